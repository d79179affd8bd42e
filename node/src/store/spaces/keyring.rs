//! The keys of epochs, in memory, and which of them an author may have used.
//!
//! A body is tried with few keys: those that its log used last, then those of the spaces that its author can speak in. Who
//! is in none of them costs nothing.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{BODY_MARK_BYTES, Identity, SpaceKey};
use hearth_protocol::body;
use hearth_protocol::content::{EpochRecord, RecordedKeys};
use hearth_protocol::entry::{LogKey, Place};
use hearth_protocol::space::{EpochId, Space};

use super::{Audience, Opened};

/// Keys that a log used last.
const RECENT_MAX: usize = 8;
/// Logs of which that is remembered.
const RECENT_LOGS_MAX: usize = 4096;
/// Epochs of one space that one author's control entries hand on and that no entry here begins: those who are honest hand
/// on a few before their beginnings come, others shall not fill the memory. What is recorded is bounded where it is
/// recorded.
pub(crate) const UNBEGUN_PER_AUTHOR_MAX: usize = 1024;
/// Epochs of one space that one author begins and of which nobody but control entries tell.
const BEGUN_PER_AUTHOR_MAX: usize = 4096;
/// Authors of one space of whom one author's control entries tell.
const TOLD_PER_AUTHOR_MAX: usize = 2048;
/// Authors that one space may have, besides its members.
const AUTHORS_PER_SPACE_MAX: usize = 16 * 1024;
/// Keys that one body is tried with.
const TRIES_MAX: usize = 16 * 1024;

/// Number of a key in the ring.
pub(crate) type KeyNumber = usize;

/// One key.
#[derive(Debug)]
pub(crate) struct HeldKey {
    /// The key.
    pub(crate) key: SpaceKey,
    /// For whom is what it opens.
    pub(crate) audience: Audience,
    /// Whether it opens how the space is run, and not what is said in it.
    pub(crate) is_control: bool,
}

/// What is known of an epoch.
#[derive(Debug, Clone)]
pub(crate) struct HeldEpoch {
    /// As much of its keys as is known.
    pub(crate) keys: RecordedKeys,
    /// Who granted it; nobody for what a control entry handed on.
    pub(crate) granter: Option<Identity>,
    /// Of one that was begun here for one's friends, or for two: for whom it was begun, with the generations of their inbox keys.
    pub(crate) members: BTreeMap<Identity, Option<u32>>,
    /// Whether an own log says it, so that it lasts.
    pub(crate) is_recorded: bool,
    /// Whose control entry handed it on, as long as nothing else tells of it.
    handed_on_by: Option<Identity>,
}

/// Who tells of an epoch's keys.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Teller {
    /// An own log: somebody granted them.
    Record(Identity),
    /// A control entry of somebody hands them on.
    Entry(Identity),
    /// So does one that counts.
    Counting,
}

/// How much one author's control entries told of one space.
#[derive(Debug, Default)]
struct Told {
    /// Epochs that no entry here begins.
    unbegun: usize,
    /// Epochs that the author began.
    begun: usize,
    authors: usize,
}

/// One space's epochs and authors.
#[derive(Debug, Default)]
struct HeldSpace {
    epochs: BTreeMap<EpochId, HeldEpoch>,
    told: BTreeMap<Identity, Told>,
    keys: Vec<KeyNumber>,
    authors: BTreeSet<Identity>,
}

/// What changed by learning.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    /// Keys that are new, for all authors of the space.
    pub(crate) keys: BTreeSet<KeyNumber>,
    /// Authors that are new, for all keys of the space.
    pub(crate) authors: BTreeSet<Identity>,
}

impl Learned {
    /// Whether nothing was new.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.authors.is_empty()
    }
}

/// All keys of epochs.
#[derive(Debug, Default)]
pub(crate) struct Keyring {
    keys: Vec<HeldKey>,
    spaces: BTreeMap<Space, HeldSpace>,
    of_author: BTreeMap<Identity, BTreeSet<Space>>,
    recent: RefCell<BTreeMap<LogKey, Vec<KeyNumber>>>,
}

impl Keyring {
    /// Takes what a record says. `own` are the accounts here.
    pub(crate) fn learn(&mut self, record: &EpochRecord, own: &[Identity]) -> Learned {
        let space = *record.keys.space();
        let mut learned = self.learn_keys(&record.keys, Teller::Record(record.granter));
        let mut authors: Vec<Identity> = space.identities().collect();
        if matches!(space, Space::Shared { .. }) {
            authors.push(record.granter);
            authors.push(starter(&record.keys));
        }
        // Whoever was granted a key may have spoken under it.
        authors.extend(own.iter().copied());
        if own.contains(&record.granter)
            && let Some(members) = &record.members
        {
            let held = self.spaces.get_mut(&space);
            if let Some(epoch) = held.and_then(|held| held.epochs.get_mut(&record.keys.id())) {
                epoch.members.extend(members.iter().copied());
            }
            authors.extend(members.iter().map(|(member, _)| *member));
        }
        learned.authors = self.add_authors(&space, authors, None);
        learned
    }

    /// Takes keys of an epoch, however they were come by.
    pub(crate) fn learn_keys(&mut self, keys: &RecordedKeys, teller: Teller) -> Learned {
        let (space, id) = (*keys.space(), keys.id());
        let mut learned = Learned::default();
        if matches!(space, Space::Public | Space::Private(_)) {
            return learned;
        }
        let held = self.spaces.entry(space).or_default();
        let audience = Audience {
            space,
            epoch: Some(id),
        };
        let mut add = |key: &SpaceKey, is_control: bool| {
            self.keys.push(HeldKey {
                key: key.clone(),
                audience,
                is_control,
            });
            held.keys.push(self.keys.len() - 1);
            learned.keys.insert(self.keys.len() - 1);
        };
        let (granter, handed_on_by) = match teller {
            Teller::Record(granter) => (Some(granter), None),
            Teller::Entry(author) => (None, Some(author)),
            Teller::Counting => (None, None),
        };
        let is_recorded = granter.is_some();
        match held.epochs.get_mut(&id) {
            Some(known) => {
                known.granter = known.granter.or(granter);
                known.is_recorded |= is_recorded;
                if handed_on_by.is_none()
                    && let Some(author) = known.handed_on_by.take()
                {
                    held.told.entry(author).or_default().unbegun -= 1;
                }
                if known.keys.body().is_none()
                    && let Some(body) = keys.body()
                {
                    known.keys = keys.clone();
                    add(body, false);
                }
            }
            None => {
                if let Some(author) = handed_on_by {
                    let told = held.told.entry(author).or_default();
                    if told.unbegun >= UNBEGUN_PER_AUTHOR_MAX {
                        tracing::debug!(%author, "an epoch isn't kept: too many are handed on");
                        return learned;
                    }
                    told.unbegun += 1;
                }
                let epoch = HeldEpoch {
                    keys: keys.clone(),
                    granter,
                    members: BTreeMap::new(),
                    is_recorded,
                    handed_on_by,
                };
                held.epochs.insert(id, epoch);
                if let Some(body) = keys.body() {
                    add(body, false);
                }
                if matches!(space, Space::Shared { .. }) {
                    add(keys.control(), true);
                }
            }
        }
        learned
    }

    /// Takes it that an entry of `starter` begins an epoch: whoever handed it on didn't make it up.
    pub(crate) fn begun(&mut self, space: &Space, id: &EpochId, starter: &Identity) {
        let Some(held) = self.spaces.get_mut(space) else {
            return;
        };
        let Some(epoch) = held.epochs.get_mut(id) else {
            return;
        };
        let told = held.told.entry(*starter).or_default();
        if told.begun < BEGUN_PER_AUTHOR_MAX
            && let Some(author) = epoch.handed_on_by.take()
        {
            told.begun += 1;
            held.told.entry(author).or_default().unbegun -= 1;
        }
    }

    /// Takes it that these may speak in a space; gives those who are new. What `told_by` tells alone is bounded.
    pub(crate) fn add_authors(
        &mut self,
        space: &Space,
        authors: impl IntoIterator<Item = Identity>,
        told_by: Option<Identity>,
    ) -> BTreeSet<Identity> {
        let mut new = BTreeSet::new();
        let Some(held) = self.spaces.get_mut(space) else {
            return new;
        };
        for author in authors {
            if held.authors.contains(&author) {
                continue;
            }
            if let Some(teller) = told_by {
                let told = held.told.entry(teller).or_default();
                let is_full = held.authors.len() >= AUTHORS_PER_SPACE_MAX;
                if is_full || told.authors >= TOLD_PER_AUTHOR_MAX {
                    continue;
                }
                told.authors += 1;
            }
            held.authors.insert(author);
            self.of_author.entry(author).or_default().insert(*space);
            new.insert(author);
        }
        new
    }

    /// Whether somebody may speak in a space.
    pub(crate) fn has_author(&self, space: &Space, identity: &Identity) -> bool {
        let held = self.spaces.get(space);
        held.is_some_and(|held| held.authors.contains(identity))
    }

    /// Whether somebody may have used any key here.
    pub(crate) fn is_author(&self, identity: &Identity) -> bool {
        self.of_author.contains_key(identity)
    }

    /// A key by its number.
    pub(crate) fn key(&self, number: KeyNumber) -> Option<&HeldKey> {
        self.keys.get(number)
    }

    /// The keys of a space.
    pub(crate) fn keys_of(&self, space: &Space) -> impl Iterator<Item = (KeyNumber, &HeldKey)> {
        let numbers = self.spaces.get(space).into_iter();
        let numbers = numbers.flat_map(|held| held.keys.iter().rev());
        numbers.filter_map(|number| Some((*number, self.keys.get(*number)?)))
    }

    /// The keys that an author may have used, those of each space newest first.
    pub(crate) fn keys_for(
        &self,
        author: &Identity,
    ) -> impl Iterator<Item = (KeyNumber, &HeldKey)> {
        let spaces = self.of_author.get(author).into_iter().flatten();
        spaces.flat_map(|space| self.keys_of(space)).take(TRIES_MAX)
    }

    /// The key that made the body that begins with `mark` at `place`.
    pub(crate) fn made(&self, place: &Place, mark: &[u8; BODY_MARK_BYTES]) -> Option<&HeldKey> {
        if !self.is_author(&place.log.identity) {
            return None;
        }
        let at = place.to_bytes();
        let recent = self.recent.borrow().get(&place.log).cloned();
        let recent = recent.unwrap_or_default();
        let numbers = recent
            .iter()
            .filter_map(|number| Some((*number, self.keys.get(*number)?)));
        let (number, key) = numbers
            .chain(self.keys_for(&place.log.identity))
            .find(|(_, held)| held.key.made(&at, mark))?;
        self.remember(place.log, number, &recent);
        Some(key)
    }

    /// Opens a body with the keys of one space, whoever wrote it.
    pub(crate) fn open_in(&self, space: &Space, place: &Place, body: &[u8]) -> Option<Opened> {
        let (mark, at) = (body::mark(body)?, place.to_bytes());
        let mut keys = self.keys_of(space);
        let (_, held) = keys.find(|(_, held)| held.key.made(&at, mark))?;
        let content = body::open(body, place, [&held.key]).ok()?;
        (!held.is_control).then_some(Opened {
            content,
            audience: held.audience,
        })
    }

    fn remember(&self, log: LogKey, number: KeyNumber, known: &[KeyNumber]) {
        if known.first() == Some(&number) {
            return;
        }
        let mut recent = self.recent.borrow_mut();
        if recent.len() >= RECENT_LOGS_MAX && !recent.contains_key(&log) {
            recent.clear();
        }
        let numbers = recent.entry(log).or_default();
        numbers.retain(|other| *other != number);
        numbers.insert(0, number);
        numbers.truncate(RECENT_MAX);
    }

    /// Spaces of which keys are held.
    pub(crate) fn spaces(&self) -> impl Iterator<Item = &Space> {
        let held = self
            .spaces
            .iter()
            .filter(|(_, held)| !held.epochs.is_empty());
        held.map(|(space, _)| space)
    }

    /// The epochs of a space.
    pub(crate) fn epochs(&self, space: &Space) -> impl Iterator<Item = (&EpochId, &HeldEpoch)> {
        self.spaces
            .get(space)
            .into_iter()
            .flat_map(|held| &held.epochs)
    }

    /// One epoch.
    pub(crate) fn epoch(&self, space: &Space, id: &EpochId) -> Option<&HeldEpoch> {
        self.spaces.get(space)?.epochs.get(id)
    }
}

/// Who began an epoch.
fn starter(keys: &RecordedKeys) -> Identity {
    match keys {
        RecordedKeys::Whole(keys) => keys.starter,
        RecordedKeys::Control { control, .. } => control.starter,
    }
}
