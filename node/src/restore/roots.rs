//! Finding the root: the newest that opens, among those that anybody keeps.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{BoxSecret, Identity};
use hearth_protocol::manifest::{Root, RootId};

use super::source::{Keeper, Source, Witness};

/// Roots that are tried before one is said to be the newest that opens: so many lies it takes to hide the truth.
const TRIED_MAX: usize = 256;

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
    /// One by its number, or the beginning of its id.
    Named(String),
}

impl Wanted {
    fn fits(&self, number: u64, id: &[u8; 32]) -> bool {
        let Wanted::Named(name) = self else {
            return true;
        };
        let hex = hearth_protocol::codec::Hex(id).to_string();
        *name == number.to_string() || (name.len() >= 4 && hex.starts_with(name.as_str()))
    }
}

/// The newest root among those that `witnesses` keep which opens and says what they say of it. Whatever doesn't is passed
/// over; `refused` remembers it.
pub(super) async fn find<S: Source>(
    source: &S,
    witnesses: &[Witness],
    wanted: &Wanted,
    (recovery, identity): (&BoxSecret, &Identity),
    refused: &mut BTreeSet<RootId>,
) -> Option<Found> {
    let mut kept: BTreeMap<(u64, RootId, u32), Vec<&Keeper>> = BTreeMap::new();
    for Witness { keeper, attested } in witnesses {
        for root in &attested.roots {
            if wanted.fits(root.number, &root.id) {
                let key = (root.number, RootId::from_bytes(root.id), root.bytes);
                kept.entry(key).or_default().push(keeper);
            }
        }
    }
    for ((number, id, bytes), keepers) in kept.into_iter().rev().take(TRIED_MAX) {
        if refused.contains(&id) {
            continue;
        }
        for keeper in keepers {
            let given = source.fetch(keeper, *id.as_bytes(), bytes).await;
            let Some(sealed) = given.ok().filter(|sealed| RootId::of(sealed) == id) else {
                continue;
            };
            match Root::open(recovery, identity, &sealed) {
                Ok(root) if root.number == number => return Some(Found { root, id }),
                Ok(root) => tracing::warn!(number, says = root.number, "a root under a wrong number"),
                Err(error) => tracing::warn!(number, %error, "a root doesn't open"),
            }
            // The name says that these are the bytes: no other keeper has better ones.
            refused.insert(id);
            break;
        }
    }
    None
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
