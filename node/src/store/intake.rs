//! From a checked run to rows and views.

use std::collections::BTreeSet;

use hearth_protocol::codec::{Bytes, encode};
use hearth_protocol::content::Content;
use hearth_protocol::entry::{Entry, EntryId, LogKey, LoneEntry, Place};
use hearth_protocol::ingest::{self, Held, IngestError};
use hearth_protocol::log::LogState;
use hearth_protocol::run::{Link, Run};

use super::db::Batch;
use super::logs::{Logs, StoreError, Stored};
use super::rows::{
    Handle, KeptBody, KeptItem, KeptRun, RUN_ROW_BYTES_MAX, key, lies_apart, namespace, number_of,
    piece_key, pieces,
};
use super::spaces::Opened;
use super::views::Views;

impl Logs {
    /// Checks a run and takes in what is new of it. `now_ms` is when it is first seen.
    pub(crate) fn ingest(
        &mut self,
        run: Run,
        tombstones: &[LoneEntry],
        now_ms: u64,
    ) -> Result<Stored, StoreError> {
        let log = run.log;
        let state = self.state(&log);
        let statements = self.statements(&log.identity);
        let held = HeldHere::for_run(self, &run)?;
        let plan = match ingest::plan(&state, &statements, run, tombstones, &held) {
            Err(IngestError::Fork(proof)) => {
                self.keep_fork((*proof).clone())?;
                return Err(IngestError::Fork(proof).into());
            }
            other => other?,
        };
        if plan.links.is_empty() {
            return Ok(Stored {
                log,
                state,
                push: None,
                shows: false,
            });
        }
        let push = Run::of_links(&plan.links).map(|run| {
            let mut proofs: Vec<LoneEntry> = Vec::new();
            for (_, proof) in &plan.deletes {
                if !proofs.contains(proof) {
                    proofs.push(proof.clone());
                }
            }
            Box::new((run, proofs))
        });
        let mut batch = Batch::default();
        let handle = self.handle(&mut batch, log)?;
        let contents = self.contents(&mut batch, &plan.links)?;
        let grants = contents.iter().flatten();
        let grants = grants.filter(|opened| matches!(opened.content, Content::EpochGrant(_)));
        let grants = grants.count();
        for (target, _) in &plan.deletes {
            self.expect(&mut batch, target.place(log.identity).log)?;
        }
        let mut views = Views::begin(&self.db);
        let shows = self.write_links(
            &mut views,
            &mut batch,
            handle,
            (&plan.links, contents),
            now_ms,
        )?;
        for (target, proof) in &plan.deletes {
            self.delete(&mut views, &mut batch, target.place(log.identity), proof)?;
        }
        views.finish(&mut batch)?;
        self.apply_state(batch, log, plan.admission.state.clone())?;
        if grants > 0 {
            self.count_grants(handle);
        }
        let shows = shows | self.retry_some(now_ms)?;
        Ok(Stored {
            log,
            state: plan.admission.state,
            push,
            shows: shows || !plan.deletes.is_empty(),
        })
    }

    /// Applies a batch together with what is held of a log after it.
    pub(super) fn apply_state(
        &mut self,
        mut batch: Batch,
        log: LogKey,
        state: LogState,
    ) -> Result<(), StoreError> {
        let Some(meta) = self.logs.get_mut(&log) else {
            return Ok(());
        };
        for range in meta
            .state
            .ranges()
            .iter()
            .filter(|range| !state.ranges().contains(range))
        {
            batch.remove(key(namespace::RANGES, meta.handle, range.lo));
        }
        for range in state
            .ranges()
            .iter()
            .filter(|range| !meta.state.ranges().contains(range))
        {
            let row = encode(&(
                range.hi,
                Bytes(*range.previous.as_bytes()),
                Bytes(*range.head.as_bytes()),
            ));
            batch.insert(key(namespace::RANGES, meta.handle, range.lo), row);
        }
        self.db.apply(batch)?;
        meta.state = state;
        Ok(())
    }

    /// Writes entries into rows and views; says whether something to read is among them.
    pub(super) fn write_links(
        &self,
        views: &mut Views<'_>,
        batch: &mut Batch,
        handle: Handle,
        (links, contents): (&[Link], Vec<Option<Opened>>),
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let mut kept: Vec<(u64, EntryId, KeptItem)> = Vec::with_capacity(links.len());
        let mut shows = false;
        for (link, opened) in links.iter().zip(contents) {
            let place = link.entry.place();
            let time_ms = link.entry.header().time_ms;
            let local_id = match &opened {
                Some(opened) => views.new_local_id((&opened.content, time_ms), now_ms)?,
                None => None,
            };
            shows |= opened.is_some();
            match (&opened, &link.body) {
                (Some(opened), _) => self.show(views, batch, &link.entry, opened, local_id)?,
                (None, Some(body)) => views.wait(handle, place.seq, body)?,
                (None, None) => {}
            }
            views.add_id(handle, place.seq, &link.entry.id());
            kept.push((
                place.seq,
                link.entry.header().previous,
                self.keep_body(batch, handle, link, local_id),
            ));
        }
        self.write_runs(batch, handle, kept)?;
        Ok(shows)
    }

    pub(super) fn keep_body(
        &self,
        batch: &mut Batch,
        handle: Handle,
        link: &Link,
        local_id: Option<u64>,
    ) -> KeptItem {
        let header = link.entry.header();
        let (hash, bytes) = (header.body_hash, header.body_bytes);
        let body = match &link.body {
            None => KeptBody::Gone { hash, bytes },
            Some(body) if lies_apart(body) => {
                for (number, piece) in pieces(body) {
                    batch.insert(piece_key(handle, header.place.seq, number), piece);
                }
                KeptBody::Apart {
                    hash,
                    bytes,
                    lasts: header.lasts,
                }
            }
            Some(body) => KeptBody::Inline(body.clone()),
        };
        let local_id = local_id.filter(|id| *id != header.time_ms << 16);
        KeptItem {
            time_ms: header.time_ms,
            signature: *link.entry.signature(),
            body,
            local_id,
        }
    }

    /// Packs entries into rows: the last row below them is filled first.
    pub(super) fn write_runs(
        &self,
        batch: &mut Batch,
        handle: Handle,
        kept: Vec<(u64, EntryId, KeptItem)>,
    ) -> Result<(), StoreError> {
        let mut open: Option<(u64, KeptRun)> = None;
        for (seq, previous, item) in kept {
            if open.is_none() && seq > 0 {
                open = self.run_row(batch, handle, seq - 1)?;
            }
            let fits = open.as_ref().is_some_and(|(first, run)| {
                first + run.items.len() as u64 == seq
                    && run.row_bytes() + item.row_bytes() <= RUN_ROW_BYTES_MAX
            });
            if !fits {
                if let Some((first, run)) = open.take() {
                    batch.insert(key(namespace::RUNS, handle, first), run.to_row());
                }
                open = Some((
                    seq,
                    KeptRun {
                        previous,
                        items: Vec::new(),
                    },
                ));
            }
            if let Some((_, run)) = &mut open {
                run.items.push(item);
            }
        }
        if let Some((first, run)) = open {
            batch.insert(key(namespace::RUNS, handle, first), run.to_row());
        }
        Ok(())
    }
}

struct HeldHere<'a> {
    logs: &'a Logs,
    log: LogKey,
    /// Sequences within the run for which there is a tombstone: looked up at once, for it is asked of each entry.
    deleted: BTreeSet<u64>,
}

impl<'a> HeldHere<'a> {
    fn for_run(logs: &'a Logs, run: &Run) -> Result<Self, StoreError> {
        let mut deleted = BTreeSet::new();
        if let Some(meta) = logs.logs.get(&run.log) {
            let end = run.first_seq.saturating_add(run.items.len() as u64);
            let [from, to] =
                [run.first_seq, end].map(|seq| key(namespace::TOMBSTONES, meta.handle, seq));
            for row in logs.db.range(&from, &to) {
                deleted.insert(number_of(&row?.0));
            }
        }
        Ok(Self {
            logs,
            log: run.log,
            deleted,
        })
    }
}

impl Held for HeldHere<'_> {
    fn entry(&self, seq: u64) -> Option<Entry> {
        let place = Place { log: self.log, seq };
        self.logs
            .entry(&place)
            .ok()
            .flatten()
            .map(|(entry, _)| entry)
    }

    fn is_deleted(&self, seq: u64) -> bool {
        self.deleted.contains(&seq)
    }
}
