//! Rows that aren't in the database yet, and how they are read together with those that are.

use std::collections::BTreeMap;
use std::iter::FusedIterator;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ahead;
use super::engine::StoredRows;
use super::error::DbError;

/// Changed rows by key; `None` where one is removed. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Overlay(Arc<Mutex<Changes>>);

#[derive(Debug, Default)]
struct Changes {
    rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    bytes: usize,
}

impl Overlay {
    fn changes(&self) -> MutexGuard<'_, Changes> {
        // Changed by single inserts: a panic elsewhere can't have left half of one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `key` was changed to; `None` when it wasn't, `Some(None)` when it was removed.
    pub(super) fn change_of(&self, key: &[u8]) -> Option<Option<Vec<u8>>> {
        self.changes().rows.get(key).cloned()
    }

    /// Takes in changes.
    pub(super) fn add(&self, rows: ahead::Rows) {
        let mut changes = self.changes();
        for (key, value) in rows {
            changes.bytes += key.len() + value.as_ref().map_or(0, Vec::len);
            changes.rows.insert(key, value);
        }
    }

    /// Bytes that were added since it was emptied.
    pub(super) fn bytes(&self) -> usize {
        self.changes().bytes
    }

    /// The changes behind `key` in order, as many as cost `most` bytes with `extra` for each, and at least one.
    pub(super) fn next_part(&self, key: Option<&[u8]>, most: usize, extra: usize) -> Vec<Pending> {
        let changes = self.changes();
        let from = key.map_or(Bound::Unbounded, Bound::Excluded);
        let mut cost = 0;
        let behind = changes.rows.range::<[u8], _>((from, Bound::Unbounded));
        let part = behind.take_while(|(key, value)| {
            let is_first = cost == 0;
            cost += extra + key.len() + value.as_ref().map_or(0, Vec::len);
            is_first || cost <= most
        });
        part.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Whether anything behind `key` was changed.
    pub(super) fn has_beyond(&self, key: &[u8]) -> bool {
        let behind = (Bound::Excluded(key), Bound::Unbounded);
        self.changes()
            .rows
            .range::<[u8], _>(behind)
            .next()
            .is_some()
    }

    /// Forgets all changes: the database has them.
    pub(super) fn clear(&self) {
        *self.changes() = Changes::default();
    }

    fn first(&self, bounds: &Bounds) -> Option<Pending> {
        let changes = self.changes();
        let found = changes.rows.range::<[u8], _>(bounds.get()?).next();
        found.map(|(key, value)| (key.clone(), value.clone()))
    }

    fn last(&self, bounds: &Bounds) -> Option<Pending> {
        let changes = self.changes();
        let found = changes.rows.range::<[u8], _>(bounds.get()?).next_back();
        found.map(|(key, value)| (key.clone(), value.clone()))
    }
}

type Pending = (Vec<u8>, Option<Vec<u8>>);
type Row = Result<(Vec<u8>, Vec<u8>), DbError>;

type Between<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

/// What of a range wasn't told yet.
#[derive(Debug)]
struct Bounds {
    from: Bound<Vec<u8>>,
    to: Bound<Vec<u8>>,
}

impl Bounds {
    /// `None` when nothing can be in it.
    fn get(&self) -> Option<Between<'_>> {
        let (from, to) = (
            self.from.as_ref().map(Vec::as_slice),
            self.to.as_ref().map(Vec::as_slice),
        );
        let is_empty = match (from, to) {
            (Bound::Included(from), Bound::Excluded(to))
            | (Bound::Excluded(from), Bound::Excluded(to)) => from >= to,
            _ => false,
        };
        (!is_empty).then_some((from, to))
    }
}

/// Rows in order of their keys; from the other end with `rev()`. Ends after the first error.
pub(crate) struct Rows {
    stored: StoredRows,
    /// Rows of `stored` that were looked at and not told, at its two ends.
    front: Option<(Vec<u8>, Vec<u8>)>,
    back: Option<(Vec<u8>, Vec<u8>)>,
    overlay: Overlay,
    bounds: Bounds,
    has_failed: bool,
}

impl Rows {
    /// The rows with `from <= key < to` of both.
    pub(super) fn new(
        stored: StoredRows,
        overlay: &Overlay,
        from: &[u8],
        to: Option<&[u8]>,
    ) -> Self {
        Self {
            stored,
            front: None,
            back: None,
            overlay: overlay.clone(),
            bounds: Bounds {
                from: Bound::Included(from.to_vec()),
                to: to.map_or(Bound::Unbounded, |to| Bound::Excluded(to.to_vec())),
            },
            has_failed: false,
        }
    }

    fn fail(&mut self, error: DbError) -> Option<Row> {
        self.has_failed = true;
        Some(Err(error))
    }
}

impl Iterator for Rows {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        while !self.has_failed {
            if self.front.is_none() {
                self.front = match self.stored.next() {
                    Some(Err(error)) => return self.fail(error),
                    Some(Ok(row)) => Some(row),
                    None => self.back.take(),
                };
            }
            let pending = self.overlay.first(&self.bounds);
            let stored = self.front.as_ref().map(|(key, _)| key);
            let is_pending_next = match (&pending, stored) {
                (Some((pending, _)), Some(stored)) => pending <= stored,
                (pending, _) => pending.is_some(),
            };
            if !is_pending_next {
                let row = self.front.take()?;
                self.bounds.from = Bound::Excluded(row.0.clone());
                return Some(Ok(row));
            }
            let (key, value) = pending?;
            if stored == Some(&key) {
                self.front = None;
            }
            self.bounds.from = Bound::Excluded(key.clone());
            if let Some(value) = value {
                return Some(Ok((key, value)));
            }
        }
        None
    }
}

impl DoubleEndedIterator for Rows {
    fn next_back(&mut self) -> Option<Row> {
        while !self.has_failed {
            if self.back.is_none() {
                self.back = match self.stored.next_back() {
                    Some(Err(error)) => return self.fail(error),
                    Some(Ok(row)) => Some(row),
                    None => self.front.take(),
                };
            }
            let pending = self.overlay.last(&self.bounds);
            let stored = self.back.as_ref().map(|(key, _)| key);
            let is_pending_next = match (&pending, stored) {
                (Some((pending, _)), Some(stored)) => pending >= stored,
                (pending, _) => pending.is_some(),
            };
            if !is_pending_next {
                let row = self.back.take()?;
                self.bounds.to = Bound::Excluded(row.0.clone());
                return Some(Ok(row));
            }
            let (key, value) = pending?;
            if stored == Some(&key) {
                self.back = None;
            }
            self.bounds.to = Bound::Excluded(key.clone());
            if let Some(value) = value {
                return Some(Ok((key, value)));
            }
        }
        None
    }
}

impl FusedIterator for Rows {}
