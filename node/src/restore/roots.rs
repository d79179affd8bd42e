//! Finding the root: the newest that opens, among those that anybody keeps.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{BoxSecret, Identity};
use hearth_protocol::manifest::{Root, RootId, Snapshot};

use super::source::{Keeper, Source, Witness};
use crate::backup::snapshot_id;

/// Roots that are tried before one is said to be the newest that opens: so many lies it takes to hide the truth.
const TRIED_MAX: usize = 256;

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

/// Looks through the roots that witnesses keep.
pub(super) struct Search<'a, S> {
    /// Where they are had from.
    pub(super) source: &'a S,
    /// What opens them.
    pub(super) recovery: &'a BoxSecret,
    /// Whose they are.
    pub(super) identity: &'a Identity,
    /// Those that are no roots.
    pub(super) refused: &'a mut BTreeSet<RootId>,
}

impl<S: Source> Search<'_, S> {
    /// The newest root among those that `witnesses` keep which opens, says what they say of it, and is of a snapshot that is
    /// wanted. Whatever doesn't open is passed over.
    pub(super) async fn find(&mut self, witnesses: &[Witness], wanted: &Wanted) -> Option<Found> {
        let mut kept: BTreeMap<(u64, RootId, u32), Vec<&Keeper>> = BTreeMap::new();
        for Witness { keeper, attested } in witnesses {
            for root in &attested.roots {
                let key = (root.number, RootId::from_bytes(root.id), root.bytes);
                kept.entry(key).or_default().push(keeper);
            }
        }
        let mut best: Option<Found> = None;
        let mut older: BTreeSet<RootId> = BTreeSet::new();
        for ((number, id, bytes), keepers) in kept.into_iter().rev().take(TRIED_MAX) {
            // Files in a folder don't say their numbers: each is looked at.
            let is_older = |best: &Found| number != 0 && best.root.number >= number;
            if best.as_ref().is_some_and(is_older) {
                break;
            }
            let Some(found) = self.open(number, id, bytes, &keepers).await else {
                continue;
            };
            let root = &found.root;
            let fits = |of: &&Snapshot| wanted.fits(self.identity, of.number, of.time_ms);
            older.extend(root.snapshots.iter().filter(fits).map(|of| of.id));
            let is_newer = best
                .as_ref()
                .is_none_or(|best| best.root.number < root.number);
            if is_newer && wanted.fits(self.identity, root.number, root.time_ms) {
                best = Some(found);
            }
        }
        if best.is_none() && *wanted != Wanted::Newest {
            best = self.find_older(older).await;
        }
        best
    }

    /// A root that newer ones name, and of which nobody speaks by himself any more.
    async fn find_older(&mut self, older: BTreeSet<RootId>) -> Option<Found> {
        for id in older {
            for (keeper, bytes) in self.source.keepers_of(*id.as_bytes()).await {
                if let Some(found) = self.open(0, id, bytes, &[&keeper]).await {
                    return Some(found);
                }
            }
        }
        None
    }

    /// The newest root, and those of the snapshots that it names which are newer than `number`: newest first, and as far
    /// as they can be had.
    pub(super) async fn later(&mut self, witnesses: &[Witness], number: u64) -> Vec<Root> {
        let newest = self.find(witnesses, &Wanted::Newest).await;
        let Some(newest) = newest.filter(|found| found.root.number > number) else {
            return Vec::new();
        };
        let named = newest.root.snapshots.clone().into_iter().rev();
        let mut later = vec![newest.root];
        for Snapshot { id, .. } in named.filter(|of| of.number > number).take(LATER_MAX - 1) {
            let mut found = None;
            for Witness { keeper, attested } in witnesses {
                let mut kept = attested.roots.iter();
                if let Some(kept) = kept.find(|root| root.id == *id.as_bytes())
                    && found.is_none()
                {
                    found = self.open(0, id, kept.bytes, &[keeper]).await;
                }
            }
            if found.is_none() {
                found = self.find_older(BTreeSet::from([id])).await;
            }
            later.extend(found.map(|found| found.root));
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
        for keeper in keepers {
            let given = self.source.fetch(keeper, *id.as_bytes(), bytes).await;
            let Some(sealed) = given.ok().filter(|sealed| RootId::of(sealed) == id) else {
                continue;
            };
            match Root::open(self.recovery, self.identity, &sealed) {
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
