//! Finding the root: the newest that opens, among those that anybody keeps and whose device may be believed.
//!
//! A stolen device signs roots as well as it did before, under any number that the thief likes, and with any keys in them.
//! So every root that can be had is opened first. What the root statements say together, those in all of these and those
//! that friends passed on, tells who was cut off; nobody can take a cut back by leaving it out. Only then it is chosen:
//! see [`Standing`].

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{BoxSecret, DeviceId, Identity};
use hearth_protocol::manifest::{Head, Root, RootId, Snapshot, snapshot_id};
use hearth_protocol::root::{Bound, StatementSet};

use super::source::{Keeper, Source, Witness};

/// Roots that are tried before one is said to be the newest that opens: so many lies it takes to hide the truth.
const TRIED_MAX: usize = 256;
/// Roots that are remembered. Only who has a device of the person makes any.
const SEEN_MAX: usize = 1024;

/// Newer roots that are read when an older snapshot is restored.
const LATER_MAX: usize = 16;

/// An id may be cut short, but not to nothing.
const NAME_DIGITS_MIN: usize = 4;

/// A root that opened.
#[derive(Debug)]
pub(super) struct Found {
    /// What it says.
    pub(super) root: Root,
    /// Its name.
    pub(super) id: RootId,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The newest.
    Newest,
    /// One by the number of its root, or the beginning of its id.
    Named(String),
}

impl Wanted {
    fn fits(&self, identity: &Identity, number: u64, time_ms: u64) -> bool {
        match self {
            Wanted::Newest => true,
            Wanted::Named(name) => {
                *name == number.to_string()
                    || (name.len() >= NAME_DIGITS_MIN
                        && snapshot_id(identity, time_ms).starts_with(name.as_str()))
            }
        }
    }
}

/// How far a root may be believed, by what is known of the device that made it. A better one goes before a higher number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// The device was cut off, and the root tells of entries that the cut voids: it counts only where it is asked for by name.
    Beyond,
    /// The device was cut off, and the root keeps to where its logs end.
    Within,
    /// The device was cut off, and the root of one that wasn't names this one as an earlier snapshot.
    Vouched,
    /// Nobody cut the device off.
    Sound,
}

/// What is remembered of a root that opened.
#[derive(Debug)]
struct Seen {
    device: DeviceId,
    number: u64,
    time_ms: u64,
    snapshots: Vec<Snapshot>,
    /// Of the logs of the device itself.
    heads: Vec<Head>,
}

impl Seen {
    fn of(root: &Root) -> Self {
        let own = root.heads.iter().filter(|head| head.device == root.device);
        Self {
            device: root.device,
            number: root.number,
            time_ms: root.time_ms,
            snapshots: root.snapshots.clone(),
            heads: own.copied().collect(),
        }
    }

    /// Whether it tells of nothing that a cut voids.
    fn keeps_to(&self, statements: &StatementSet) -> bool {
        self.heads
            .iter()
            .all(|head| match statements.bound(&head.device, head.log) {
                Bound::Open => true,
                Bound::EndsAt(end) => {
                    head.seq < end.seq || (head.seq, head.id) == (end.seq, end.id)
                }
                Bound::Void => false,
            })
    }
}

/// Where roots lie: (number as told, name, length), and with whom.
type Kept<'a> = BTreeMap<(u64, RootId, u32), Vec<&'a Keeper>>;

/// Looks through the roots that witnesses keep, as often as is liked: what was opened isn't fetched again.
pub(super) struct Search<'a, S> {
    source: S,
    recovery: &'a BoxSecret,
    wanted: Wanted,
    statements: StatementSet,
    refused: BTreeSet<RootId>,
    seen: BTreeMap<RootId, Seen>,
    held: Option<Found>,
}

impl<'a, S: Source> Search<'a, S> {
    /// A search in `source` for a root that `recovery` opens; of a person of whom `statements` are known.
    pub(super) fn new(
        source: S,
        recovery: &'a BoxSecret,
        wanted: Wanted,
        statements: StatementSet,
    ) -> Self {
        Self {
            source,
            recovery,
            wanted,
            statements,
            refused: BTreeSet::new(),
            seen: BTreeMap::new(),
            held: None,
        }
    }

    /// Takes statements that others told meanwhile.
    pub(super) fn know(&mut self, statements: &StatementSet) {
        for statement in statements.iter() {
            // The same person's: nothing is foreign among them.
            let _ = self.statements.insert(statement.clone());
        }
    }

    /// All statements that are known by now.
    pub(super) fn statements(&self) -> &StatementSet {
        &self.statements
    }

    /// How many claimed to be roots, and don't open.
    pub(super) fn refused(&self) -> usize {
        self.refused.len()
    }

    /// The numbers of the roots, highest first, that don't count because their devices were cut off.
    pub(super) fn beyond(&self) -> Vec<u64> {
        let vouched = self.vouched();
        let seen = self.seen.iter();
        let beyond =
            seen.filter(|(id, seen)| self.standing(id, seen, &vouched) == Standing::Beyond);
        let numbers: BTreeSet<u64> = beyond.map(|(_, seen)| seen.number).collect();
        numbers.into_iter().rev().collect()
    }

    /// What the last [`find`](Self::find) found.
    pub(super) fn into_found(self) -> Option<Found> {
        self.held
    }

    /// The best root among those that `witnesses` keep which opens, says what they say of it, and is of a snapshot that is
    /// wanted: of the best standing, and among these the newest. Whatever doesn't open is passed over.
    pub(super) async fn find(&mut self, witnesses: &[Witness]) -> Option<&Found> {
        let mut kept = Kept::new();
        for Witness { keeper, attested } in witnesses {
            for root in &attested.roots {
                let key = (root.number, RootId::from_bytes(root.id), root.bytes);
                kept.entry(key).or_default().push(keeper);
            }
        }
        for ((number, id, bytes), keepers) in kept.iter().rev().take(TRIED_MAX) {
            if !self.seen.contains_key(id)
                && let Some(found) = self.open(*number, *id, *bytes, keepers).await
            {
                self.see(found);
            }
        }
        for (.., id) in self.ranked().into_iter().rev() {
            if self.held.as_ref().is_none_or(|held| held.id != id) {
                let Some(found) = self.open_again(&kept, id).await else {
                    continue;
                };
                self.held = Some(found);
            }
            return self.held.as_ref();
        }
        self.held = None;
        if self.wanted != Wanted::Newest {
            self.held = self.find_older().await;
        }
        self.held.as_ref()
    }

    /// Remembers a root, and keeps it whole if it may be the best.
    fn see(&mut self, found: Found) {
        let blobs = found.root.statements.iter().map(|bytes| &bytes[..]);
        if let Err(error) = self.statements.merge(blobs) {
            // They were read when it opened.
            tracing::warn!(%error, "a root's statements don't hold");
        }
        if self.seen.len() < SEEN_MAX {
            self.seen.insert(found.id, Seen::of(&found.root));
        }
        if self.ranked().last().is_some_and(|best| best.3 == found.id) {
            self.held = Some(found);
        }
    }

    fn vouched(&self) -> BTreeSet<RootId> {
        let sound = self.seen.values();
        let sound = sound.filter(|seen| !self.statements.is_cut(&seen.device));
        sound
            .flat_map(|seen| seen.snapshots.iter().map(|of| of.id))
            .collect()
    }

    fn standing(&self, id: &RootId, seen: &Seen, vouched: &BTreeSet<RootId>) -> Standing {
        if !self.statements.is_cut(&seen.device) {
            Standing::Sound
        } else if vouched.contains(id) {
            Standing::Vouched
        } else if seen.keeps_to(&self.statements) {
            Standing::Within
        } else {
            Standing::Beyond
        }
    }

    /// Those that are wanted, the best last: (standing, number, time, name).
    fn ranked(&self) -> Vec<(Standing, u64, u64, RootId)> {
        let vouched = self.vouched();
        let fits = |seen: &Seen| {
            self.wanted
                .fits(&self.statements.identity(), seen.number, seen.time_ms)
        };
        let fitting = self.seen.iter().filter(|(_, seen)| fits(seen));
        let ranked = fitting.map(|(id, seen)| {
            let standing = self.standing(id, seen, &vouched);
            (standing, seen.number, seen.time_ms, *id)
        });
        let is_named = self.wanted != Wanted::Newest;
        let mut ranked: Vec<_> = ranked
            .filter(|(standing, ..)| is_named || *standing > Standing::Beyond)
            .collect();
        ranked.sort_unstable();
        ranked
    }

    /// A root that was seen before, from whoever still keeps it.
    async fn open_again(&mut self, kept: &Kept<'_>, id: RootId) -> Option<Found> {
        for ((number, of, bytes), keepers) in kept {
            if *of == id
                && let Some(found) = self.open(*number, id, *bytes, keepers).await
            {
                return Some(found);
            }
        }
        None
    }

    /// A root that others name, and of which nobody speaks by himself any more; first those that may be believed name.
    async fn find_older(&mut self) -> Option<Found> {
        let vouched = self.vouched();
        let identity = self.statements.identity();
        let mut named: Vec<(Standing, RootId)> = Vec::new();
        for (id, seen) in &self.seen {
            let standing = self.standing(id, seen, &vouched);
            let fits = |of: &&Snapshot| self.wanted.fits(&identity, of.number, of.time_ms);
            named.extend(
                seen.snapshots
                    .iter()
                    .filter(fits)
                    .map(|of| (standing, of.id)),
            );
        }
        named.sort_unstable();
        named.dedup();
        for (_, id) in named.into_iter().rev().take(TRIED_MAX) {
            for (keeper, bytes) in self.source.keepers_of(*id.as_bytes()).await {
                let found = self.open(0, id, bytes, &[&keeper]).await;
                if let Some(found) = found.filter(|found| {
                    let root = &found.root;
                    self.wanted.fits(&identity, root.number, root.time_ms)
                }) {
                    return Some(found);
                }
            }
        }
        None
    }

    /// The newest root, and those of the snapshots that it names which are newer than `number`: newest first, and as far
    /// as they can be had.
    pub(super) async fn later(&mut self, witnesses: &[Witness], number: u64) -> Vec<Root> {
        self.find(witnesses).await;
        let newest = self.held.take();
        let Some(newest) = newest.filter(|found| found.root.number > number) else {
            return Vec::new();
        };
        let named = newest.root.snapshots.clone().into_iter().rev();
        let mut later = vec![newest.root];
        for Snapshot { id, .. } in named.filter(|of| of.number > number).take(LATER_MAX - 1) {
            let kept = witnesses.iter().filter_map(|Witness { keeper, attested }| {
                let mut kept = attested.roots.iter();
                let kept = kept.find(|root| root.id == *id.as_bytes())?;
                Some((keeper.clone(), kept.bytes))
            });
            let mut keepers: Vec<(Keeper, u32)> = kept.collect();
            if keepers.is_empty() {
                keepers = self.source.keepers_of(*id.as_bytes()).await;
            }
            for (keeper, bytes) in keepers {
                if let Some(found) = self.open(0, id, bytes, &[&keeper]).await {
                    later.push(found.root);
                    break;
                }
            }
        }
        later
    }

    async fn open(
        &mut self,
        number: u64,
        id: RootId,
        bytes: u32,
        keepers: &[&Keeper],
    ) -> Option<Found> {
        if self.refused.contains(&id) {
            return None;
        }
        let identity = self.statements.identity();
        for keeper in keepers {
            let given = self.source.fetch(keeper, *id.as_bytes(), bytes).await;
            let Some(sealed) = given.ok().filter(|sealed| RootId::of(sealed) == id) else {
                continue;
            };
            match Root::open(self.recovery, &identity, &sealed) {
                Ok(root) if number == 0 || root.number == number => {
                    return Some(Found { root, id });
                }
                Ok(root) => {
                    tracing::warn!(number, says = root.number, "a root under a wrong number");
                    // Whoever says its right number may be heard yet.
                    return None;
                }
                Err(error) => tracing::warn!(number, %error, "a root doesn't open"),
            }
            // The name says that these are the bytes: no other keeper has better ones.
            self.refused.insert(id);
            break;
        }
        None
    }
}

/// The distinct nodes that hold this root.
pub(super) fn holders<'a>(witnesses: &'a [Witness], id: &RootId) -> BTreeSet<&'a Keeper> {
    let holds = |witness: &&Witness| {
        let mut roots = witness.attested.roots.iter();
        roots.any(|root| root.id == *id.as_bytes())
    };
    let holders = witnesses.iter().filter(holds);
    holders.map(|witness| &witness.keeper).collect()
}
