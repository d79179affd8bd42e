//! Who says to everybody whom they follow.

use hearth_keys::Identity;
use hearth_protocol::codec::{Bytes, decode_trusted};
use hearth_protocol::entry::Place;

use super::logs::{Logs, StoreError};
use super::rows::Handle;
use super::views::{EARLIER, OPEN_FOLLOWS, ROW_BYTES_MAX, view_key};

/// (time, id, the state's number, where it stands)
pub(super) type OpenFollowRow = (u64, Bytes<32>, u8, (Handle, u64));

/// Of somebody who follows very many, those that are read.
const OPEN_FOLLOWS_MAX: usize = 10_000;

pub(super) fn open_follow_key(author: Handle, followed: &Identity) -> Vec<u8> {
    let mut rest = author.to_be_bytes().to_vec();
    rest.extend_from_slice(followed.as_bytes());
    view_key(OPEN_FOLLOWS, &rest)
}

impl Logs {
    /// Whom somebody follows openly, as far as that is held.
    pub(crate) fn open_follows(&self, author: &Identity) -> Result<Vec<Identity>, StoreError> {
        let mut follows = Vec::new();
        let Some(handle) = self.identities.get(author) else {
            return Ok(follows);
        };
        let rows = self
            .db
            .prefixed(&view_key(OPEN_FOLLOWS, &handle.to_be_bytes()));
        for row in rows.take(OPEN_FOLLOWS_MAX) {
            let (key, row) = row?;
            let (_, _, state, _): OpenFollowRow = decode_trusted(&row, ROW_BYTES_MAX)?;
            if let Some(identity) = key.last_chunk().filter(|_| state != 0) {
                follows.push(Identity::from_bytes(*identity));
            }
        }
        Ok(follows)
    }

    /// The entries by which somebody says that they follow `followed`.
    pub(crate) fn open_follow_places(
        &self,
        author: &Identity,
        followed: &Identity,
    ) -> Result<Vec<Place>, StoreError> {
        let Some(handle) = self.identities.get(author) else {
            return Ok(Vec::new());
        };
        let key = open_follow_key(*handle, followed);
        let mut rows: Vec<Vec<u8>> = self.db.value(&key)?.into_iter().collect();
        for row in self.db.prefixed(&view_key(EARLIER, &key[1..])) {
            rows.push(row?.1);
        }
        let mut places = Vec::with_capacity(rows.len());
        for row in rows {
            let (_, _, _, (log, seq)): OpenFollowRow = decode_trusted(&row, ROW_BYTES_MAX)?;
            places.extend(self.by_handle.get(&log).map(|log| Place { log: *log, seq }));
        }
        Ok(places)
    }
}
