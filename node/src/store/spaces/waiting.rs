//! Bodies that no key opens yet.
//!
//! ```text
//! WAITING ‖ log ‖ sequence / 32 → (sequence % 32 ‖ nonce and tag of the body)…
//! ```
//!
//! When keys come, or an author turns out to be a member, what waits of the logs in question is tried by nonce and tag
//! alone, a little at a time; only what a key has made is read, shown, and given its place in the orders.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use hearth_keys::{BODY_MARK_BYTES, Identity};
use hearth_protocol::entry::{LogKey, Place};

use super::Opened;
use super::keyring::KeyNumber;
use crate::replication::unix_ms;
use crate::store::db::{Batch, Db, DbError};
use crate::store::logs::{Logs, StoreError};
use crate::store::rows::{Handle, key, namespace, number_of};
#[cfg(test)]
use crate::store::views::view_key;
use crate::store::views::{Views, place_key};

/// The view of what waits.
const WAITING: u8 = 42;
/// Bodies whose marks share a row.
const PER_ROW: u64 = 32;
/// An offset in a row, and a mark.
const WAITING_BYTES: usize = 1 + BODY_MARK_BYTES;
/// There while not all that waits was tried with all that is known.
const UNTRIED: [u8; 2] = [namespace::UNFINISHED, 1];
/// How long trying holds up the store at a time.
pub(crate) const SLICE: Duration = Duration::from_millis(5);
/// Bodies that are read together,
const SHOWN_MAX: usize = 64;
/// and what they may add to a batch: the last of them up to about 3 MiB more.
const PART_BYTES: usize = 2 << 20;

type Mark = [u8; BODY_MARK_BYTES];

/// Changes of what waits, on their way into a batch.
#[derive(Debug, Default)]
pub(in crate::store) struct WaitingRows(BTreeMap<(Handle, u64), BTreeMap<u8, Mark>>);

impl WaitingRows {
    fn row(
        &mut self,
        db: &Db,
        handle: Handle,
        seq: u64,
    ) -> Result<&mut BTreeMap<u8, Mark>, DbError> {
        use std::collections::btree_map::Entry;
        Ok(match self.0.entry((handle, seq / PER_ROW)) {
            Entry::Occupied(row) => row.into_mut(),
            Entry::Vacant(row) => {
                let stored = db.value(&place_key(WAITING, handle, seq / PER_ROW))?;
                row.insert(stored.map_or_else(BTreeMap::new, |row| marks(&row).collect()))
            }
        })
    }

    /// Has a sealed body wait for its key.
    pub(in crate::store) fn wait(
        &mut self,
        db: &Db,
        (handle, seq): (Handle, u64),
        mark: &Mark,
    ) -> Result<(), DbError> {
        self.row(db, handle, seq)?.insert(offset(seq), *mark);
        Ok(())
    }

    /// A body doesn't wait any more; says whether it did.
    pub(in crate::store) fn settle(
        &mut self,
        db: &Db,
        handle: Handle,
        seq: u64,
    ) -> Result<bool, DbError> {
        Ok(self.row(db, handle, seq)?.remove(&offset(seq)).is_some())
    }

    /// Puts the changes into `batch`.
    pub(in crate::store) fn finish(self, batch: &mut Batch) {
        for ((handle, row), marks) in self.0 {
            let key = place_key(WAITING, handle, row);
            if marks.is_empty() {
                batch.remove(key);
                continue;
            }
            let mut value = Vec::with_capacity(marks.len() * WAITING_BYTES);
            for (offset, mark) in marks {
                value.push(offset);
                value.extend_from_slice(&mark);
            }
            batch.insert(key, value);
        }
    }
}

fn offset(seq: u64) -> u8 {
    u8::try_from(seq % PER_ROW).expect("below 32")
}

fn marks(row: &[u8]) -> impl Iterator<Item = (u8, Mark)> {
    let (chunks, _) = row.as_chunks::<WAITING_BYTES>();
    chunks.iter().filter_map(|chunk| {
        let (offset, mark) = chunk.split_first()?;
        Some((*offset, mark.try_into().ok()?))
    })
}

/// What is to be tried of a log.
#[derive(Debug, Default)]
struct Retry {
    /// The first row that wasn't looked at.
    next_row: u64,
    keys: BTreeSet<KeyNumber>,
    with_private: bool,
}

/// What is to be tried.
#[derive(Debug, Default)]
pub(in crate::store) struct Retries(BTreeMap<Handle, Retry>);

impl Retries {
    /// Has what waits of a log tried with these keys, from the beginning.
    pub(super) fn add(&mut self, log: Handle, keys: &BTreeSet<KeyNumber>, with_private: bool) {
        let retry = self.0.entry(log).or_default();
        retry.next_row = 0;
        retry.keys.extend(keys);
        retry.with_private |= with_private;
    }

    /// Whether nothing is left to try.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Logs {
    /// Has what waits of an account's own logs tried with its private keys.
    pub(super) fn retry_private(&mut self, identity: &Identity) {
        for (log, meta) in &self.logs {
            if log.identity == *identity {
                let none = BTreeSet::new();
                self.spaces.retries.add(meta.handle, &none, true);
            }
        }
    }

    /// Begins anew with what an earlier process left untried.
    pub(super) fn load_retries(&mut self) -> Result<(), StoreError> {
        self.spaces.retries = Retries::default();
        if self.db.value(&UNTRIED)?.is_none() {
            return Ok(());
        }
        for (log, meta) in &self.logs {
            let keys = self.spaces.keyring.keys_for(&log.identity);
            let keys: BTreeSet<KeyNumber> = keys.map(|(number, _)| number).collect();
            let is_own = self.accounts.iter().any(|own| own.identity == log.identity);
            if is_own || !keys.is_empty() {
                self.spaces.retries.add(meta.handle, &keys, is_own);
            }
        }
        Ok(())
    }

    /// Whether something that waits is to be tried.
    pub(in crate::store) fn has_untried(&self) -> bool {
        !self.spaces.retries.is_empty()
    }

    /// Tries what waits for a few milliseconds; says whether something to read came of it. What is left is tried when the
    /// store's thread has nothing else to do, also by a later process.
    pub(in crate::store) fn retry_some(&mut self, now_ms: u64) -> Result<bool, StoreError> {
        if self.spaces.retries.is_empty() {
            return Ok(false);
        }
        let begun = Instant::now();
        let mut shows = false;
        while begun.elapsed() < SLICE && !self.spaces.retries.is_empty() {
            shows |= self.retry_part(begun, now_ms)?;
        }
        let is_marked = self.db.value(&UNTRIED)?.is_some();
        let mut batch = Batch::default();
        match (self.spaces.retries.is_empty(), is_marked) {
            (true, true) => batch.remove(UNTRIED),
            (false, false) => batch.insert(UNTRIED, []),
            _ => return Ok(shows),
        }
        self.apply(batch)?;
        Ok(shows)
    }

    /// Tries what waits for a moment, if anything does, and makes it durable what came of it.
    pub(in crate::store) fn retry_when_idle(&mut self) {
        if !self.has_untried() {
            return;
        }
        let tried = self.retry_some(unix_ms());
        let tried = tried.and_then(|shows| self.commit_ahead().map(|()| shows));
        match tried {
            Ok(true) => self.readable.send_modify(|count| *count += 1),
            Ok(false) => {}
            Err(error) => {
                self.note_damage(&error);
                tracing::warn!(%error, "what waits for keys isn't tried before the next start");
                self.spaces.retries = Retries::default();
            }
        }
    }

    /// Tries everything that is to be tried.
    pub(in crate::store) fn retry_all(&mut self, now_ms: u64) -> Result<(), StoreError> {
        while self.has_untried() {
            self.retry_some(now_ms)?;
        }
        Ok(())
    }

    /// Tries rows of one log, up to as many bodies as are shown together.
    fn retry_part(&mut self, begun: Instant, now_ms: u64) -> Result<bool, StoreError> {
        let Some((handle, retry)) = self.spaces.retries.0.pop_first() else {
            return Ok(false);
        };
        let Some(log) = self.by_handle.get(&handle).copied() else {
            return Ok(false);
        };
        let mut found = Vec::new();
        let mut next_row = None;
        let from = place_key(WAITING, handle, retry.next_row);
        let to = place_key(WAITING, handle, u64::MAX);
        for (count, row) in self.db.range(&from, &to).enumerate() {
            let (key, value) = row?;
            let number = number_of(&key);
            if found.len() >= SHOWN_MAX || (count > 0 && begun.elapsed() >= SLICE) {
                next_row = Some(number);
                break;
            }
            found.extend(self.opened_by(&retry, log, number, &value));
        }
        let shows = self.show_waiting(handle, found, now_ms)?;
        if let Some(next_row) = next_row {
            // What was learned meanwhile has it begin anew.
            let left = self.spaces.retries.0.entry(handle).or_insert(Retry {
                next_row,
                ..Retry::default()
            });
            left.keys.extend(&retry.keys);
            left.with_private |= retry.with_private;
        }
        Ok(shows)
    }

    /// The places in a row of what waits whose bodies one of the keys has made.
    fn opened_by(&self, retry: &Retry, log: LogKey, row: u64, value: &[u8]) -> Vec<Place> {
        let keyring = &self.spaces.keyring;
        let held = retry.keys.iter().filter_map(|number| keyring.key(*number));
        let mut keys: Vec<_> = held.map(|held| &held.key).collect();
        if retry.with_private {
            keys.extend(self.space_keys(&log.identity));
        }
        let places = marks(value).filter_map(|(offset, mark)| {
            let seq = row * PER_ROW + u64::from(offset);
            let place = Place { log, seq };
            let at = place.to_bytes();
            keys.iter().any(|key| key.made(&at, &mark)).then_some(place)
        });
        places.collect()
    }

    /// Shows bodies that waited, each of which a key opens now.
    fn show_waiting(
        &mut self,
        handle: Handle,
        places: Vec<Place>,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        if places.is_empty() {
            return Ok(false);
        }
        let mut batch = Batch::default();
        let mut opened: Vec<(Place, Opened)> = Vec::with_capacity(places.len());
        for place in places {
            if let Some(content) = self.opened(&place)? {
                self.take_opened(&mut batch, &place, &content)?;
                opened.push((place, content));
            }
        }
        let shows = !opened.is_empty();
        let mut rest = opened.as_slice();
        loop {
            let mut views = Views::begin(&self.db);
            while let Some(((place, opened), after)) = rest.split_first() {
                self.show_late(&mut views, &mut batch, (handle, place), opened, now_ms)?;
                rest = after;
                if batch.bytes() > PART_BYTES {
                    break;
                }
            }
            views.finish(&mut batch)?;
            self.apply(std::mem::take(&mut batch))?;
            if rest.is_empty() {
                return Ok(shows);
            }
        }
    }

    /// Shows a body that waited, at the place in the orders that it had before the views were built anew, or has from now on.
    fn show_late(
        &self,
        views: &mut Views<'_>,
        batch: &mut Batch,
        (handle, place): (Handle, &Place),
        opened: &Opened,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let Some((first, mut run)) = self.run_row(batch, handle, place.seq)? else {
            return Ok(());
        };
        let index = usize::try_from(place.seq - first).unwrap_or(usize::MAX);
        let Some((entry, item)) = run.entries(place.log, first).nth(index) else {
            return Ok(());
        };
        let time_ms = entry.header().time_ms;
        let local_id = match item.local_id {
            None => views.new_local_id((&opened.content, time_ms), now_ms)?,
            kept => kept,
        };
        run.items[index].local_id = local_id.filter(|id| *id != time_ms << 16);
        batch.insert(key(namespace::RUNS, handle, first), run.to_row());
        views.settle(handle, place.seq)?;
        self.show(views, batch, &entry, opened, local_id)
    }

    /// How many bodies wait for a key. Reads all rows.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> Result<usize, StoreError> {
        let rows = self.db.prefixed(&view_key(WAITING, &[]));
        rows.map(|row| Ok(marks(&row?.1).count())).sum()
    }
}
