//! Entries and runs as they are kept and served.

use hearth_protocol::bounds::{HEADER_BYTES_MAX, RUN_BYTES_TARGET, RUN_ENTRIES_MAX};
use hearth_protocol::content::Content;
use hearth_protocol::entry::{Entry, LogKey, LoneEntry, Place};
use hearth_protocol::run::{Link, Run};

use super::db::Batch;
use super::logs::{Logs, StoreError, damaged};
use super::rows::{Handle, KeptBody, KeptItem, KeptRun, key, namespace, number_of};
use super::spaces::Opened;

impl Logs {
    /// The row that holds the entry at `seq`, as the batch would leave it.
    pub(super) fn run_row(
        &self,
        batch: &Batch,
        handle: Handle,
        seq: u64,
    ) -> Result<Option<(u64, KeptRun)>, StoreError> {
        let (from, at) = (
            key(namespace::RUNS, handle, 0),
            key(namespace::RUNS, handle, seq),
        );
        let mut to = at.clone();
        to.push(0);
        let pending = batch.rows.range(from.clone()..=at).next_back();
        let stored = self.db.last_below(&from, &to)?;
        let (key, row) = match (pending, stored) {
            (Some((key, Some(row))), stored) if stored.as_ref().is_none_or(|(k, _)| k <= key) => {
                (key.clone(), row.clone())
            }
            (_, Some((key, row))) => (key, row),
            _ => return Ok(None),
        };
        let first = number_of(&key);
        let run = KeptRun::from_row(&row)?;
        Ok((seq < first + run.items.len() as u64).then_some((first, run)))
    }

    /// An entry that is held, with what is kept of it.
    pub(crate) fn entry(&self, place: &Place) -> Result<Option<(Entry, KeptItem)>, StoreError> {
        let Some(meta) = self.logs.get(&place.log) else {
            return Ok(None);
        };
        Ok(self.entries_up_to(meta.handle, place.seq)?.pop())
    }

    /// The entry at `seq` and those before it in the same row, ascending; none when it isn't held.
    pub(super) fn entries_up_to(
        &self,
        handle: Handle,
        seq: u64,
    ) -> Result<Vec<(Entry, KeptItem)>, StoreError> {
        let Some(log) = self.by_handle.get(&handle) else {
            return Ok(Vec::new());
        };
        let Some((first, run)) = self.run_row(&Batch::default(), handle, seq)? else {
            return Ok(Vec::new());
        };
        let count = usize::try_from(seq - first).map_or(usize::MAX, |index| index + 1);
        let entries = run.entries(*log, first).take(count);
        Ok(entries.map(|(entry, item)| (entry, item.clone())).collect())
    }

    /// An entry that is held, with its body unless that was deleted.
    pub(crate) fn link(&self, place: &Place) -> Result<Option<Link>, StoreError> {
        let Some((entry, item)) = self.entry(place)? else {
            return Ok(None);
        };
        let body = self.body_of(place, &item.body)?;
        Ok(Some(Link { entry, body }))
    }

    pub(super) fn body_of(
        &self,
        place: &Place,
        body: &KeptBody,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        match body {
            KeptBody::Inline(body) => Ok(Some(body.clone())),
            KeptBody::Gone { .. } => Ok(None),
            KeptBody::Apart { bytes, .. } => {
                let handle = self.logs.get(&place.log).map_or(0, |meta| meta.handle);
                let mut body = Vec::with_capacity(*bytes as usize);
                for row in self.db.prefixed(&key(namespace::BODIES, handle, place.seq)) {
                    body.extend_from_slice(&row?.1);
                }
                Ok(Some(body))
            }
        }
    }

    /// What an entry that is held says, if its body is here and can be read.
    pub(crate) fn content(&self, place: &Place) -> Result<Option<Content>, StoreError> {
        Ok(self.opened(place)?.map(|opened| opened.content))
    }

    /// What an entry that is held says and to whom, if its body is here and can be read.
    pub(crate) fn opened(&self, place: &Place) -> Result<Option<Opened>, StoreError> {
        let link = self.link(place)?;
        let body = link.and_then(|link| link.body);
        Ok(body.and_then(|body| self.open_body(place, &body)))
    }

    pub(super) fn tombstone(
        &self,
        handle: Handle,
        seq: u64,
    ) -> Result<Option<LoneEntry>, StoreError> {
        let row = self.db.value(&key(namespace::TOMBSTONES, handle, seq))?;
        Ok(row.map(|row| LoneEntry::from_bytes(&row)).transpose()?)
    }

    /// The newest part of `lo..=hi` that fits an answer, with the deletes for what is missing in it; `None` when `hi`
    /// isn't held.
    pub(crate) fn serve(
        &self,
        log: &LogKey,
        lo: u64,
        hi: u64,
    ) -> Result<Option<(Run, Vec<LoneEntry>)>, StoreError> {
        let Some(meta) = self.logs.get(log) else {
            return Ok(None);
        };
        let handle = meta.handle;
        let Some(range) = meta
            .state
            .ranges()
            .iter()
            .find(|range| range.lo <= hi && hi <= range.hi)
        else {
            return Ok(None);
        };
        let lo = lo.max(range.lo);
        let (mut links, mut proofs): (Vec<Link>, Vec<LoneEntry>) = (Vec::new(), Vec::new());
        let (mut bytes, mut next) = (0, Some(hi));
        while let Some(at) =
            next.filter(|at| *at >= lo && bytes < RUN_BYTES_TARGET && links.len() < RUN_ENTRIES_MAX)
        {
            let (first, run) = self
                .run_row(&Batch::default(), handle, at)?
                .ok_or_else(|| damaged("a run"))?;
            let entries: Vec<(Entry, &KeptItem)> = run.entries(*log, first).collect();
            for (entry, item) in entries.into_iter().rev() {
                let place = entry.place();
                if place.seq > at
                    || place.seq < lo
                    || links.len() == RUN_ENTRIES_MAX
                    || bytes >= RUN_BYTES_TARGET
                {
                    continue;
                }
                let body = self.body_of(&place, &item.body)?;
                bytes += 80 + body.as_ref().map_or(48, Vec::len);
                if body.is_none()
                    && let Some(proof) = self.tombstone(handle, place.seq)?
                    && !proofs.contains(&proof)
                {
                    bytes += HEADER_BYTES_MAX + proof.body.len();
                    proofs.push(proof);
                }
                links.push(Link { entry, body });
            }
            next = first.checked_sub(1);
        }
        links.reverse();
        Ok(Run::of_links(&links).map(|run| (run, proofs)))
    }
}
