//! Re-checking what is stored: every signature, every hash, every link.

use std::collections::BTreeMap;

use hearth_protocol::entry::{Entry, EntryId, LogKey, Place};

use super::logs::{Logs, StoreError, damaged};
use super::rows::{KeptBody, KeptRun, key, namespace, number_of};

/// Rows that are read at once.
const ROWS_AT_ONCE: usize = 64;

/// An entry, with what is wrong with its body.
pub(crate) type CheckedEntry = (Entry, Option<&'static str>);

/// A piece of a log, read for checking.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Rows: what each says comes before it, and its entries with what is wrong with their bodies.
    pub(crate) rows: Vec<(EntryId, Vec<CheckedEntry>)>,
    /// What couldn't be read at all.
    pub(crate) unreadable: Vec<(u64, String)>,
    /// Where to go on; `None` at the log's end.
    pub(crate) next: Option<u64>,
}

impl Logs {
    /// All logs held.
    pub(crate) fn log_keys(&self) -> Vec<LogKey> {
        self.logs.keys().copied().collect()
    }

    /// Reads rows of a log from `from` on, for checking.
    pub(crate) fn piece(&self, log: LogKey, from: u64) -> Result<Piece, StoreError> {
        let mut piece = Piece {
            rows: Vec::new(),
            unreadable: Vec::new(),
            next: None,
        };
        let Some(handle) = self.logs.get(&log).map(|meta| meta.handle) else {
            return Ok(piece);
        };
        let rows = self.db.range(
            &key(namespace::RUNS, handle, from),
            &key(namespace::RUNS, handle, u64::MAX),
        );
        for row in rows {
            let (key, row) = row?;
            let first = number_of(&key);
            if piece.rows.len() + piece.unreadable.len() == ROWS_AT_ONCE {
                piece.next = Some(first);
                break;
            }
            match KeptRun::from_row(&row) {
                Err(error) => piece.unreadable.push((first, error.to_string())),
                Ok(run) => {
                    let mut entries = Vec::with_capacity(run.items.len());
                    for (entry, item) in run.entries(log, first) {
                        let wrong = self.body_fault(&entry.place(), &entry, &item.body)?;
                        entries.push((entry, wrong));
                    }
                    piece.rows.push((run.previous, entries));
                }
            }
        }
        Ok(piece)
    }

    fn body_fault(
        &self,
        place: &Place,
        entry: &Entry,
        body: &KeptBody,
    ) -> Result<Option<&'static str>, StoreError> {
        match body {
            KeptBody::Inline(_) => Ok(None),
            KeptBody::Gone { .. } => {
                let handle = self.logs.get(&place.log).map_or(0, |meta| meta.handle);
                let tombstone = self
                    .db
                    .value(&key(namespace::TOMBSTONES, handle, place.seq))?;
                Ok(tombstone
                    .is_none()
                    .then_some("its body is missing, and nothing says that it was deleted"))
            }
            KeptBody::Apart { .. } => {
                let body = self.body_of(place, body)?.unwrap_or_default();
                let right = hearth_protocol::entry::body_matches(entry.header(), &body);
                Ok((!right).then_some("its body isn't the one that it names"))
            }
        }
    }

    /// Reads every entry once, so that rows and bodies that make no sense come to light.
    pub(crate) fn check_entries(&self) -> Result<(), StoreError> {
        for log in self.log_keys() {
            let mut from = Some(0);
            while let Some(at) = from {
                let piece = self.piece(log, at)?;
                let faults = piece.rows.iter().flat_map(|(_, entries)| entries);
                let has_fault = faults.into_iter().any(|(_, fault)| fault.is_some());
                if has_fault || !piece.unreadable.is_empty() {
                    return Err(damaged("an entry"));
                }
                from = piece.next;
            }
        }
        Ok(())
    }

    /// Reads every row once, so that damage in the database itself comes to light.
    pub(crate) fn verify_rows(&self) -> Result<(), StoreError> {
        Ok(self.db.verify()?)
    }
}

/// The verdict over a log's entries, fed in ascending order.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Entries read.
    pub(crate) entries: u64,
    /// Entries whose own signature verifies.
    pub(crate) ok: u64,
    /// Entries that only an authentic successor names.
    pub(crate) vouched: u64,
    /// What is wrong, by sequence.
    pub(crate) bad: BTreeMap<u64, String>,
    /// Entries without a valid signature, waiting for a successor to vouch for them.
    waiting: Vec<u64>,
    last: Option<(u64, EntryId)>,
}

impl Verdict {
    /// Takes the next entries, which name `previous` as the one before them.
    pub(crate) fn add(&mut self, previous: EntryId, entries: &[CheckedEntry]) {
        let Some((first, _)) = entries.first() else {
            return;
        };
        let seq = first.place().seq;
        if self
            .last
            .is_some_and(|(last, id)| last + 1 == seq && id != previous)
        {
            // Nothing ties these to what came before: nobody vouches for it.
            self.give_up("no valid signature, and its successor names another entry");
        }
        if self.last.is_none_or(|(last, _)| last + 1 != seq) {
            self.give_up("no valid signature");
        }
        for (entry, fault) in entries {
            self.add_entry(entry, *fault);
        }
    }

    fn add_entry(&mut self, entry: &Entry, fault: Option<&'static str>) {
        let seq = entry.place().seq;
        self.entries += 1;
        self.last = Some((seq, entry.id()));
        match (entry.verify(), fault) {
            (_, Some(fault)) => {
                self.bad.insert(seq, fault.to_owned());
            }
            (Ok(()), None) => {
                self.ok += 1;
                self.vouched += self.waiting.len() as u64;
                self.waiting.clear();
            }
            (Err(_), None) => self.waiting.push(seq),
        }
    }

    /// Counts what could not be read.
    pub(crate) fn add_unreadable(&mut self, seq: u64, why: String) {
        self.entries += 1;
        self.bad.insert(seq, why);
    }

    fn give_up(&mut self, why: &str) {
        for seq in self.waiting.drain(..) {
            self.bad.insert(seq, why.to_owned());
        }
    }

    /// No successor comes any more.
    pub(crate) fn finish(&mut self) {
        self.give_up("no valid signature");
    }
}
