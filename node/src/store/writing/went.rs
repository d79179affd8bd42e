//! Who went out of shared spaces, as this account saw it. A step that took somebody out may go with its author's log, for
//! all who don't look further; whoever saw it grants nothing to who is back by that alone, and an admin takes them out again.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;
use hearth_protocol::codec::{Bytes, decode_trusted, encode};
use hearth_protocol::content::social::register;
use hearth_protocol::content::{Content, Register};
use hearth_protocol::entry::EntryId;
use hearth_protocol::space::{Resolved, Space};

use super::super::logs::{Draft, Logs, StoreError, Stored};

/// Entries that added somebody, of which so many are noted.
const ADDS_MAX: usize = 58;
/// People who are noted at once.
const NOTED_AT_ONCE: usize = 64;
/// A noted value is shorter.
const VALUE_BYTES_MAX: usize = 2048;

/// By which entries somebody had been added when they went.
type Went = BTreeMap<Identity, BTreeSet<EntryId>>;

fn went_key(space: &Space, who: &Identity) -> Vec<u8> {
    [&space.id().as_bytes()[..], who.as_bytes()].concat()
}

impl Logs {
    /// Who is a member only because a step isn't there any more.
    pub(in crate::store) fn came_back(
        &self,
        space: &Space,
        resolved: &Resolved,
    ) -> Result<BTreeSet<Identity>, StoreError> {
        let mut back = BTreeSet::new();
        for account in self.account_identities() {
            for (who, adds) in self.went(&account, space)? {
                if resolved.members.contains_key(&who) && resolved.adds(&who).is_subset(&adds) {
                    back.insert(who);
                }
            }
        }
        Ok(back)
    }

    /// Notes who isn't in a space any more.
    pub(super) fn note_gone(
        &mut self,
        me: &Identity,
        space: &Space,
        resolved: &Resolved,
        now_ms: u64,
    ) -> Result<Vec<Stored>, StoreError> {
        let known = self.went(me, space)?;
        let is_out = |who: &&Identity| !resolved.members.contains_key(who);
        let gone = resolved.named.iter().filter(is_out);
        let gone = gone.map(|who| (who, resolved.adds(who)));
        let news = gone.filter(|(who, adds)| {
            let noted = known.get(who);
            !adds.is_empty() && noted.is_none_or(|noted| !adds.is_subset(noted))
        });
        let drafts: Vec<Draft> = news
            .take(NOTED_AT_ONCE)
            .map(|(who, adds)| {
                let adds = adds.iter().take(ADDS_MAX).map(|id| Bytes(*id.as_bytes()));
                let value = encode(&adds.collect::<Vec<_>>());
                let noted = Register {
                    register: register::WENT,
                    key: went_key(space, who),
                    value: Some(value),
                };
                Draft::private(now_ms, Content::Register(noted))
            })
            .collect();
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let mut rng = crate::rng::system();
        let (_, stored) = self.append(me, false, drafts, now_ms, &mut rng)?;
        Ok(stored)
    }

    fn went(&self, account: &Identity, space: &Space) -> Result<Went, StoreError> {
        let mut went = Went::new();
        let space = space.id();
        for (key, value) in self.registers(account, register::WENT)? {
            let Some((of, who)) = key.split_first_chunk::<32>() else {
                continue;
            };
            let adds: Result<Vec<Bytes<32>>, _> = decode_trusted(&value, VALUE_BYTES_MAX);
            let (Ok(who), Ok(adds)) = (<[u8; 32]>::try_from(who), adds) else {
                continue;
            };
            if of == space.as_bytes() {
                let adds = adds.into_iter().map(|id| EntryId::from_bytes(id.0));
                went.insert(Identity::from_bytes(who), adds.collect());
            }
        }
        Ok(went)
    }
}
