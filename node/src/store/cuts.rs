//! Statements and proofs, and what they void.

use std::collections::BTreeSet;

use hearth_keys::DeviceId;
use hearth_protocol::entry::{EntryId, LogKey, Place};
use hearth_protocol::fork::ForkProof;
use hearth_protocol::log::{LogState, Range};
use hearth_protocol::root::{Bound, Claim, Statement, StatementSet};

use super::db::Batch;
use super::logs::{Logs, StoreError};
use super::rows::{Handle, handle_prefix, key, namespace, piece_key, pieces};
use super::views::Views;

/// Entries that one batch drops: each may change two rows of the orders and one of another entry's.
const PART_ENTRIES_MAX: usize = 512;
/// No more of them once the batch has so many bytes. One entry adds up to about 3 MiB, namely when it changed more than a
/// thousand names of the drive.
const PART_BYTES: usize = 2 << 20;

impl Logs {
    /// Keeps statements; drops what a cut among them voids, and returns what is held now of those logs.
    pub(crate) fn keep_statements(
        &mut self,
        statements: &StatementSet,
    ) -> Result<Vec<(LogKey, LogState)>, StoreError> {
        let identity = statements.identity();
        self.note_statements(statements)?;
        let mut known = self.statements(&identity);
        for statement in statements.iter() {
            // The same identity's, so that nothing can be foreign among them.
            let _ = known.insert(statement.clone());
        }
        let statements = &known;
        self.statements.insert(identity, known.clone());
        let logs: Vec<LogKey> = self
            .logs
            .keys()
            .filter(|log| log.identity == identity)
            .copied()
            .collect();
        let mut cut = Vec::new();
        for log in logs {
            if self.enforce_bound(log, statements.bound(&log.device, log.log))? {
                cut.push((log, self.state(&log)));
            }
        }
        let is_cut = |statement: &Statement| matches!(statement.claim(), Claim::Cut { .. });
        if statements.iter().any(is_cut) {
            self.forget_all_resolved();
        }
        Ok(cut)
    }

    /// Keeps statements, without doing what they say.
    pub(super) fn note_statements(&self, statements: &StatementSet) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for statement in statements.iter() {
            let mut key = vec![namespace::STATEMENTS];
            key.extend_from_slice(statements.identity().as_bytes());
            key.extend_from_slice(&statement.id());
            batch.insert(key, statement.to_bytes());
        }
        self.apply(batch)
    }

    /// Drops what lies behind a cut, or all of a log that is on another branch; says whether there was any.
    pub(super) fn enforce_bound(&mut self, log: LogKey, bound: Bound) -> Result<bool, StoreError> {
        let state = self
            .logs
            .get(&log)
            .map(|meta| meta.state.clone())
            .unwrap_or_default();
        let keep_below = match bound {
            Bound::Open => return Ok(false),
            Bound::Void => 0,
            Bound::EndsAt(end) => {
                let held = if state.holds(end.seq) {
                    self.entry(&Place { log, seq: end.seq })?
                } else {
                    None
                };
                // Without the cut's own entry nothing ties what is held to the branch that holds.
                if held.is_some_and(|(entry, _)| entry.id() == end.id) {
                    end.seq + 1
                } else {
                    0
                }
            }
        };
        let is_beyond = state.top().is_some_and(|top| top.hi >= keep_below);
        if is_beyond {
            self.truncate(log, keep_below)?;
        }
        Ok(is_beyond)
    }

    /// Keeps a proof; growth stops there.
    pub(crate) fn keep_fork(&mut self, proof: ForkProof) -> Result<(), StoreError> {
        let log = proof.place().log;
        let mut batch = Batch::default();
        let handle = self.handle(&mut batch, log)?;
        batch.insert(handle_prefix(namespace::FORKS, handle), proof.to_bytes());
        self.db.apply(batch)?;
        self.remember_fork(proof);
        self.forget_all_resolved();
        Ok(())
    }

    /// Goes on with what a cut voids and an earlier process, or a write that failed, left there.
    pub(super) fn enforce_cuts(&mut self) -> Result<(), StoreError> {
        let mut bounds = Vec::new();
        for statements in self.statements.values() {
            let cuts = statements.iter();
            let cut: BTreeSet<DeviceId> = cuts
                .filter(|statement| matches!(statement.claim(), Claim::Cut { .. }))
                .map(Statement::device)
                .collect();
            if cut.is_empty() {
                continue;
            }
            let identity = statements.identity();
            for log in self.logs.keys() {
                if log.identity == identity && cut.contains(&log.device) {
                    bounds.push((*log, statements.bound(&log.device, log.log)));
                }
            }
        }
        let mut had_any = false;
        for (log, bound) in bounds {
            had_any |= self.enforce_bound(log, bound)?;
        }
        if had_any {
            tracing::info!("dropped the rest of what a cut voids");
            self.commit()?;
        }
        Ok(())
    }

    /// Drops the entries from `seq` on, from the top down and by parts: no batch is too large for any number of them, and
    /// what an interruption leaves is a log that ends later.
    fn truncate(&mut self, log: LogKey, seq: u64) -> Result<(), StoreError> {
        while self.truncate_part(log, seq)? > seq {}
        Ok(())
    }

    /// Drops the highest entries from `seq` on, as many as one batch takes; gives the sequence from which on none is held.
    pub(super) fn truncate_part(&mut self, log: LogKey, seq: u64) -> Result<u64, StoreError> {
        let Some(meta) = self.logs.get(&log) else {
            return Ok(seq);
        };
        let (handle, forked) = (meta.handle, meta.state.forked_at());
        let mut batch = Batch::default();
        let mut views = Views::begin(&self.db);
        // Only what is held, for sequences may lie as far apart as their author likes.
        let held = meta.state.ranges().iter().rev();
        let held = held
            .filter(|range| range.hi >= seq)
            .flat_map(|range| (range.lo.max(seq)..=range.hi).rev());
        let (mut from, mut count) = (seq, 0);
        for at in held {
            if count == PART_ENTRIES_MAX || batch.bytes() > PART_BYTES {
                break;
            }
            (from, count) = (at, count + 1);
            if let Some((entry, item)) = self.entry(&Place { log, seq: at })?
                && let Some(body) = self.body_of(&entry.place(), &item.body)?
            {
                self.hide(&mut views, &mut batch, &entry, &body, item.local_id)?;
                for (number, _) in pieces(&body) {
                    batch.remove(piece_key(handle, at, number));
                }
            }
        }
        views.finish(&mut batch)?;
        let ranges = self.ranges_below(log, from)?;
        self.drop_runs(&mut batch, handle, from)?;
        self.apply_state(batch, log, LogState::from_ranges(ranges, forked))?;
        let is_last = self.state(&log).top().is_none_or(|top| top.hi < seq);
        Ok(if is_last { seq } else { from })
    }

    /// What of a log's ranges lies below `seq`.
    fn ranges_below(&self, log: LogKey, seq: u64) -> Result<Vec<Range>, StoreError> {
        let state = self.state(&log);
        let mut ranges = Vec::new();
        for range in state.ranges().iter().filter(|range| range.lo < seq) {
            let mut kept = *range;
            if range.hi >= seq {
                kept.hi = seq - 1;
                let last = self.entry(&Place { log, seq: seq - 1 })?;
                kept.head = last.map_or(EntryId::NONE, |(entry, _)| entry.id());
            }
            ranges.push(kept);
        }
        Ok(ranges)
    }

    /// Removes the rows of entries from `seq` on.
    fn drop_runs(&self, batch: &mut Batch, handle: Handle, seq: u64) -> Result<(), StoreError> {
        if let Some((first, mut run)) = seq
            .checked_sub(1)
            .map(|at| self.run_row(batch, handle, at))
            .transpose()?
            .flatten()
        {
            run.items
                .truncate(usize::try_from(seq - first).unwrap_or(usize::MAX));
            batch.insert(key(namespace::RUNS, handle, first), run.to_row());
        }
        for row in self.db.range(
            &key(namespace::RUNS, handle, seq),
            &key(namespace::RUNS, handle, u64::MAX),
        ) {
            batch.remove(row?.0);
        }
        Ok(())
    }
}
