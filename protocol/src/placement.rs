//! Which guardian keeps which shard.
//!
//! A guardian is drawn with a chance that follows what it has free and how often it was there: who pledged twice as much
//! carries twice as much, and all fill up together. What counts as one is the *failure domain*: a node is one, however
//! many accounts it hosts, since it burns but once; no pack has two shards there.

use std::collections::BTreeSet;

use hearth_keys::CryptoRng;

/// What fails together: a node, by its peer id.
pub type Domain = Vec<u8>;

/// Somebody who could keep a shard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What fails with it.
    pub domain: Domain,
    /// What of its pledge isn't used yet, in bytes.
    pub free_bytes: u64,
    /// How often it was there when it was looked for, in thousandths; 0 counts as 1, so that newcomers get a chance.
    pub uptime_permille: u16,
}

impl Candidate {
    fn weight(&self) -> u128 {
        u128::from(self.free_bytes) * u128::from(self.uptime_permille.clamp(1, 1000))
    }
}

/// Draws a guardian for `bytes` among those outside of the `taken` domains who have that much free; its index.
pub fn choose<R: CryptoRng + ?Sized>(
    candidates: &[Candidate],
    taken: &BTreeSet<Domain>,
    bytes: u64,
    rng: &mut R,
) -> Option<usize> {
    let fits = |candidate: &&Candidate| {
        candidate.free_bytes >= bytes.max(1) && !taken.contains(&candidate.domain)
    };
    let weights = candidates
        .iter()
        .map(|candidate| Some(candidate).filter(fits).map_or(0, Candidate::weight));
    let total: u128 = weights.clone().sum();
    let mut drawn = below(total, rng)?;
    weights
        .clone()
        .position(|weight| match drawn.checked_sub(weight) {
            Some(rest) => {
                drawn = rest;
                false
            }
            None => true,
        })
}

/// Draws guardians for `count` shards of one pack, each of `bytes`, in domains of their own; fewer where there aren't as
/// many. `taken` are the domains that have a shard of it already.
pub fn choose_many<R: CryptoRng + ?Sized>(
    candidates: &[Candidate],
    taken: &BTreeSet<Domain>,
    bytes: u64,
    count: usize,
    rng: &mut R,
) -> Vec<usize> {
    let mut taken = taken.clone();
    let mut chosen = Vec::new();
    while chosen.len() < count {
        let Some(index) = choose(candidates, &taken, bytes, rng) else {
            break;
        };
        taken.insert(candidates[index].domain.clone());
        chosen.push(index);
    }
    chosen
}

/// A number below `total`, all alike likely; `None` if there is none.
fn below<R: CryptoRng + ?Sized>(total: u128, rng: &mut R) -> Option<u128> {
    let highest = total.checked_sub(1)?;
    let mask = u128::MAX.checked_shr(highest.leading_zeros()).unwrap_or(0);
    loop {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        let drawn = u128::from_be_bytes(bytes) & mask;
        if drawn <= highest {
            return Some(drawn);
        }
    }
}
