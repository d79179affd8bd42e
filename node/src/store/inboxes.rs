//! The inbox keys that identities announced: what others seal to.

use std::collections::BTreeSet;

use hearth_keys::{BoxPublic, Identity};
use hearth_protocol::codec::{Bytes, decode_trusted};
use hearth_protocol::root::{Bound, generations_end};

use super::logs::{Logs, StoreError};
use super::rows::Handle;
use super::views::{ROW_BYTES_MAX, view_key};

/// The view's number.
const INBOXES: u8 = 24;

/// (generation, entry id, public key); the highest of each log counts.
pub(super) type InboxRow = (u64, Bytes<32>, Bytes<32>);

pub(super) fn inbox_key(author: Handle, log: Handle) -> Vec<u8> {
    let mut rest = author.to_be_bytes().to_vec();
    rest.extend_from_slice(&log.to_be_bytes());
    view_key(INBOXES, &rest)
}

impl Logs {
    /// The inbox key to seal to for an identity, with its generation; `None` while none is known.
    ///
    /// What a device announced that doesn't speak for the identity any more counts only while no other announced anything;
    /// and a generation that nobody could have reached under the statements that are known doesn't count at all, so that
    /// whoever had a stolen device can't have announced one above all that come.
    pub(crate) fn newest_inbox(
        &self,
        identity: &Identity,
    ) -> Result<Option<(u32, BoxPublic)>, StoreError> {
        let newest = self.inbox_words(identity)?.pop_last();
        Ok(newest.map(InboxWord::key))
    }

    /// The newest one that a device announced which speaks for the identity now.
    pub(super) fn present_inbox(
        &self,
        identity: &Identity,
    ) -> Result<Option<(u32, BoxPublic)>, StoreError> {
        let newest = self.inbox_words(identity)?.pop_last();
        Ok(newest.filter(|word| word.is_current).map(InboxWord::key))
    }

    fn inbox_words(&self, identity: &Identity) -> Result<BTreeSet<InboxWord>, StoreError> {
        let mut words = BTreeSet::new();
        let known = self
            .identities
            .get(identity)
            .zip(self.statements.get(identity));
        let Some((handle, statements)) = known else {
            return Ok(words);
        };
        let end = generations_end(statements);
        for row in self.db.prefixed(&view_key(INBOXES, &handle.to_be_bytes())) {
            let (key, value) = row?;
            let (generation, id, public): InboxRow = decode_trusted(&value, ROW_BYTES_MAX)?;
            let log = key.last_chunk().map(|bytes| Handle::from_be_bytes(*bytes));
            let Some(log) = log.and_then(|log| self.by_handle.get(&log)) else {
                continue;
            };
            let is_void = statements.bound(&log.device, log.log) == Bound::Void;
            let generation = u32::try_from(generation).ok();
            if let Some(generation) = generation.filter(|g| *g < end && !is_void) {
                words.insert(InboxWord {
                    is_current: statements.is_current(&log.device),
                    generation,
                    id: id.0,
                    public: public.0,
                });
            }
        }
        Ok(words)
    }
}

/// What a device announced; the greatest counts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct InboxWord {
    is_current: bool,
    generation: u32,
    id: [u8; 32],
    public: [u8; 32],
}

impl InboxWord {
    fn key(self) -> (u32, BoxPublic) {
        (self.generation, BoxPublic::from_bytes(self.public))
    }
}
