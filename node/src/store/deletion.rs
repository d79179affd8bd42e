//! Bodies that go, and the deletes that stand for them.

use hearth_protocol::entry::{LoneEntry, Place};
use hearth_protocol::ingest;

use super::db::Batch;
use super::logs::{Logs, StoreError};
use super::rows::{Handle, KeptBody, key, namespace, piece_key, pieces};
use super::views::Views;

impl Logs {
    /// Lets a body go and keeps the delete that says so. A delete's own body stays, and a step's in running a space.
    pub(super) fn delete(
        &self,
        views: &mut Views<'_>,
        batch: &mut Batch,
        place: Place,
        proof: &LoneEntry,
    ) -> Result<(), StoreError> {
        let Some(handle) = self.logs.get(&place.log).map(|meta| meta.handle) else {
            return Ok(());
        };
        if let Some((first, mut run)) = self.run_row(batch, handle, place.seq)? {
            let index = usize::try_from(place.seq - first).unwrap_or(usize::MAX);
            let Some((entry, item)) = run.entries(place.log, first).nth(index) else {
                return Ok(());
            };
            let item = item.clone();
            if let Some(body) = self.pending_body(batch, handle, &place, &item.body)? {
                let lone = LoneEntry { entry, body };
                if ingest::outlasts_deletes(&lone) {
                    return Ok(());
                }
                self.hide(views, batch, &lone.entry, &lone.body, item.local_id)?;
                for (number, _) in
                    pieces(&lone.body).filter(|_| matches!(item.body, KeptBody::Apart { .. }))
                {
                    batch.remove(piece_key(handle, place.seq, number));
                }
                let header = lone.entry.header();
                run.items[index].body = KeptBody::Gone {
                    hash: header.body_hash,
                    bytes: header.body_bytes,
                };
                batch.insert(key(namespace::RUNS, handle, first), run.to_row());
            }
        }
        self.keep_tombstone(batch, handle, place.seq, proof)
    }

    pub(super) fn pending_body(
        &self,
        batch: &Batch,
        handle: Handle,
        place: &Place,
        body: &KeptBody,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let pending = |number| {
            batch
                .change_of(&piece_key(handle, place.seq, number))
                .flatten()
        };
        if matches!(body, KeptBody::Apart { .. }) && pending(0).is_some() {
            return Ok(Some(
                (0..=u8::MAX)
                    .map_while(pending)
                    .flatten()
                    .copied()
                    .collect(),
            ));
        }
        self.body_of(place, body)
    }

    pub(super) fn keep_tombstone(
        &self,
        batch: &mut Batch,
        handle: Handle,
        seq: u64,
        proof: &LoneEntry,
    ) -> Result<(), StoreError> {
        let key = key(namespace::TOMBSTONES, handle, seq);
        if self.db.value(&key)?.is_none() {
            batch.insert(key, proof.to_bytes());
        }
        Ok(())
    }
}
