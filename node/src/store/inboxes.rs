//! The inbox keys that identities announced: what others seal to.

use std::collections::{BTreeSet, VecDeque};

use hearth_keys::{BoxPublic, DeviceId, Identity};
use hearth_protocol::codec::{Bytes, decode_trusted};
use hearth_protocol::root::{Bound, generations_end};

use super::logs::{Logs, StoreError};
use super::rows::Handle;
use super::views::{ROW_BYTES_MAX, view_key};

/// The view's number.
const INBOXES: u8 = 24;
/// Whose letters are remembered for the inbox keys in them.
const TOLD_MAX: usize = 256;

/// Inbox keys that letters told of people whose logs aren't here yet; gone when the node ends, as the logs come then.
#[derive(Debug, Default)]
pub(in crate::store) struct ToldInboxes(VecDeque<ToldInbox>);

/// An inbox key in somebody's letter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToldInbox {
    /// Whose.
    pub(crate) identity: Identity,
    /// The device that signed the letter.
    pub(crate) device: DeviceId,
    /// The key and its generation.
    pub(crate) inbox: (u32, BoxPublic),
}

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

    /// Takes it that somebody's letter told of an inbox key. It counts while no device that speaks for them has announced
    /// one in their log, and as what is announced under the statements that are known.
    pub(crate) fn tell_inbox(&mut self, told: ToldInbox) {
        let all = &mut self.spaces.told_inboxes.0;
        all.retain(|other| other.identity != told.identity);
        all.push_back(told);
        if all.len() > TOLD_MAX {
            all.pop_front();
        }
    }

    fn inbox_words(&self, identity: &Identity) -> Result<BTreeSet<InboxWord>, StoreError> {
        let mut words = BTreeSet::new();
        let Some(statements) = self.statements.get(identity) else {
            return Ok(words);
        };
        let end = generations_end(statements);
        let handle = self.identities.get(identity);
        let rows = handle.map(|handle| self.db.prefixed(&view_key(INBOXES, &handle.to_be_bytes())));
        for row in rows.into_iter().flatten() {
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
        let mut told = self.spaces.told_inboxes.0.iter();
        let told = told.find(|told| told.identity == *identity);
        if let Some(told) = told
            && told.inbox.0 < end
            && statements.is_current(&told.device)
            && !words.iter().any(|word| word.is_current)
        {
            words.insert(InboxWord {
                is_current: true,
                generation: told.inbox.0,
                id: [0; 32],
                public: *told.inbox.1.as_bytes(),
            });
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
