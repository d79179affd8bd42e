//! From a run that somebody sent to what may be stored: the one decision that every store makes alike.

use std::collections::BTreeMap;

use crate::body;
use crate::codec::DecodeError;
use crate::content::{Content, Delete, Target};
use crate::entry::{Entry, LoneEntry, Place};
use crate::fork::ForkProof;
use crate::log::{Admission, LogState, Refusal};
use crate::root::{Bound, StatementSet};
use crate::run::{Chain, Link, Run};

/// How many held entries are compared to find one whose signature proves a fork.
const FORK_CANDIDATES_MAX: u64 = 64;

/// What a store knows of one log while it takes in a run.
pub trait Held {
    /// The entry at a sequence that is held.
    fn entry(&self, seq: u64) -> Option<Entry>;
    /// Whether there is a tombstone for a sequence.
    fn is_deleted(&self, seq: u64) -> bool;
}

/// What a store does with a run.
#[derive(Debug)]
pub struct Plan {
    /// What is new and what is held afterwards.
    pub admission: Admission,
    /// The new entries, ascending. A body is there unless a tombstone says that it may be missing.
    pub links: Vec<Link>,
    /// Entries whose bodies go, each with the delete that says so.
    pub deletes: Vec<(Target, LoneEntry)>,
}

/// Why a run isn't stored.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// It doesn't decode, or something in it is out of bounds.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It isn't authentic, or doesn't fit to what is held.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A body is missing without a valid delete.
    #[error("the body at sequence {seq} is missing, and nothing says that it was deleted")]
    BodyMissing {
        /// Where.
        seq: u64,
    },
    /// It contradicts what is held, and both are signed: to be kept, and told as
    /// [`Event::Forked`](crate::sync::Event::Forked) and [`Refusal::Forked`].
    #[error("the log forked")]
    Fork(Box<ForkProof>),
}

/// Decides what to do with `run`, given what is held and known. `tombstones` are the deletes that came along for
/// bodies that are missing.
pub fn plan(
    state: &LogState,
    statements: &StatementSet,
    run: Run,
    tombstones: &[LoneEntry],
    held: &impl Held,
) -> Result<Plan, IngestError> {
    let log = run.log;
    let bound = statements.bound(&log.device, log.log);
    let mut chain = run.chain()?;
    if let Bound::EndsAt(end) = bound {
        chain = chain.up_to(end.seq).ok_or(Refusal::Cut)?;
    }
    let held_id = |seq| held.entry(seq).map(|entry| entry.id());
    let admission = match state.admit(&chain, bound, held_id) {
        Ok(admission) => admission,
        Err(Refusal::Conflict { lo, hi }) => return Err(conflict(&chain, lo, hi, held)),
        Err(refusal @ Refusal::Unlinked { .. }) => return Err(blame(&chain, refusal)),
        Err(refusal) => return Err(refusal.into()),
    };
    let on_branch = |lone: &LoneEntry| match bound {
        Bound::EndsAt(_) => holds_in_its_place(lone, &chain, held),
        Bound::Open | Bound::Void => true,
    };
    let mut proofs = proven_deletes(statements, tombstones);
    proofs.retain(|_, lone| on_branch(lone));
    let is_new = |seq| {
        admission
            .new
            .iter()
            .any(|&(lo, hi)| (lo..=hi).contains(&seq))
    };
    let mut links: Vec<Link> = chain.into_links();
    links.retain(|link| is_new(link.entry.place().seq));
    let mut deletes = Vec::new();
    for link in &mut links {
        let place = link.entry.place();
        if link.body.is_none() && !held.is_deleted(place.seq) {
            let proof = proofs
                .remove(&place)
                .ok_or_else(|| unproven(statements, tombstones, &place))?;
            deletes.push((Target::from(place), proof.clone()));
        } else if held.is_deleted(place.seq) && !keeps_its_body(link) {
            link.body = None;
        }
    }
    let said = links.iter().filter_map(|link| {
        let body = link.body.as_ref()?;
        let lone = LoneEntry {
            entry: link.entry.clone(),
            body: body.clone(),
        };
        Some((effective_delete(&lone)?, lone))
    });
    deletes.extend(
        said.flat_map(|(delete, lone)| delete.targets.into_iter().map(move |t| (t, lone.clone()))),
    );
    Ok(Plan {
        admission,
        links,
        deletes,
    })
}

/// Whether a delete is the entry that holds in its place, as far as that is known: on a log that a cut ends, whoever
/// has the device's key goes on signing entries that lie before the end and on no branch that counts.
fn holds_in_its_place(lone: &LoneEntry, chain: &Chain, held: &impl Held) -> bool {
    let place = lone.entry.place();
    if place.log != chain.log() {
        return true;
    }
    let offered = chain.at(place.seq).map(|link| link.entry.id());
    let id = offered.or_else(|| held.entry(place.seq).map(|entry| entry.id()));
    id.is_none_or(|id| id == lone.entry.id())
}

/// A delete that a cut took away was one when its sender obeyed: what is missing for its sake is nobody's lie.
fn unproven(statements: &StatementSet, tombstones: &[LoneEntry], place: &Place) -> IngestError {
    let target = Target::from(*place);
    let devices = statements.devices();
    let was_proven = tombstones.iter().any(|lone| {
        let theirs = lone.entry.place().log;
        theirs.identity == place.log.identity
            && devices.contains_key(&theirs.device)
            && lone.body_matches()
            && effective_delete(lone).is_some_and(|delete| delete.targets.contains(&target))
    });
    if was_proven {
        Refusal::Cut.into()
    } else {
        IngestError::BodyMissing { seq: place.seq }
    }
}

fn conflict(chain: &Chain, lo: u64, hi: u64, held: &impl Held) -> IngestError {
    let lowest = lo.max(hi.saturating_sub(FORK_CANDIDATES_MAX));
    for seq in (lowest..=hi).rev() {
        let Some((ours, theirs)) = held.entry(seq).zip(chain.at(seq)) else {
            continue;
        };
        if ours.id() == theirs.entry.id() {
            break;
        }
        if let Ok(proof) = ForkProof::new(ours, theirs.entry.clone()) {
            return IngestError::Fork(Box::new(proof));
        }
    }
    blame(chain, Refusal::Conflict { lo, hi })
}

/// A chain that contradicts what is held, yet is signed, is its author's doing; one that isn't signed is its sender's.
fn blame(chain: &Chain, refusal: Refusal) -> IngestError {
    match chain.last().verify() {
        Ok(()) => refusal.into(),
        Err(_) => Refusal::Signature.into(),
    }
}

fn keeps_its_body(link: &Link) -> bool {
    link.body.as_ref().is_some_and(|body| {
        let lone = LoneEntry {
            entry: link.entry.clone(),
            body: body.clone(),
        };
        outlasts_deletes(&lone)
    })
}

/// Whether an entry's body stays though a delete names it. Deletes can't be deleted, in whatever order the two arrive:
/// else carriers would disagree on what is gone. Nor can steps in running a space: others' rights rest on them. (One that is
/// said to be gone has another header than its author signed, and is refused with it.)
pub fn outlasts_deletes(lone: &LoneEntry) -> bool {
    body::is_lasting(&lone.body) || effective_delete(lone).is_some()
}

/// The delete that an entry with its body is, if it is an effective one: clear, and with a signature of its own that
/// verifies (so that it can travel alone).
pub fn effective_delete(lone: &LoneEntry) -> Option<Delete> {
    if !body::is_clear(&lone.body) || !is_delete(&lone.body) {
        return None;
    }
    match body::open_clear(&lone.body) {
        Ok(Content::Delete(delete)) if lone.entry.verify().is_ok() => Some(delete),
        _ => None,
    }
}

/// A cheap look before anything is decoded: `82 04` is how content of kind 4 begins.
fn is_delete(body: &[u8]) -> bool {
    body.get(1 + body::SALT_BYTES..)
        .is_some_and(|content| content.starts_with(&[0x82, 0x04]))
}

/// The places that these lone entries delete, each entry checked whole: of the identity, by a device that it vouches
/// for, within the bound of its log, and signed.
pub fn proven_deletes<'a>(
    statements: &StatementSet,
    lone: &'a [LoneEntry],
) -> BTreeMap<Place, &'a LoneEntry> {
    let mut proven = BTreeMap::new();
    for lone in lone.iter().filter(|lone| is_admissible(statements, lone)) {
        let identity = statements.identity();
        let targets = effective_delete(lone)
            .map(|delete| delete.targets)
            .unwrap_or_default();
        proven.extend(targets.iter().map(|target| (target.place(identity), lone)));
    }
    proven
}

fn is_admissible(statements: &StatementSet, lone: &LoneEntry) -> bool {
    let place = lone.entry.place();
    let in_bounds = match statements.bound(&place.log.device, place.log.log) {
        Bound::Open => true,
        Bound::EndsAt(end) if place.seq == end.seq => lone.entry.id() == end.id,
        Bound::EndsAt(end) => place.seq < end.seq,
        Bound::Void => false,
    };
    in_bounds && place.log.identity == statements.identity() && lone.body_matches()
}
