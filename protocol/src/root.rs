//! Root statements: what the phrase says about devices.
//!
//! A small grow-only set, merged by union, without a sequence, so that two machines with the phrase can't fork it. It
//! is sent whole before any log of the identity.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{BadSignature, BoxPublic, Context, DeviceId, Identity, Root, Signature};

use crate::bounds::{
    CUT_ENDS_MAX, LOG_NUMBER_MAX, SEQUENCE_MAX, STATEMENT_BYTES_MAX, STATEMENTS_MAX, TIME_MS_MAX,
};
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};
use crate::entry::{EntryId, LogNumber};

const VERSION: u8 = 1;
const CERTIFY: u8 = 1;
const CUT: u8 = 2;
const RETIRE: u8 = 3;

/// What the owner of the phrase says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// This device speaks for me.
    Certify {
        /// The key that others seal to this device with.
        box_public: BoxPublic,
    },
    /// This device's logs end here; every other branch, and every log that isn't named, is void. Of several cuts the
    /// lowest end counts.
    Cut {
        /// For each log the last entry that holds.
        ends: BTreeMap<LogNumber, LogEnd>,
    },
    /// This device is gone; nothing that it wrote is taken back.
    Retire,
    /// Of a kind that this program doesn't know (4 is reserved for rotating to a spare root key): kept and passed on,
    /// without effect.
    Unknown {
        /// Its number.
        kind: u8,
        /// Its payload.
        payload: Vec<u8>,
    },
}

/// The last entry of a log that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogEnd {
    /// Its sequence.
    pub seq: u64,
    /// Its id.
    pub id: EntryId,
}

/// A claim about one device, signed by the root key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    identity: Identity,
    device: DeviceId,
    time_ms: u64,
    claim: Claim,
    signature: Signature,
}

/// (version, kind, identity, device, time, payload)
type Signed = (u8, u8, Bytes<32>, Bytes<32>, u64, Blob);
type EndTuple = (LogNumber, u64, Bytes<32>);

impl Statement {
    /// Makes and signs a statement.
    pub fn sign(root: &Root, device: DeviceId, time_ms: u64, claim: Claim) -> Self {
        let identity = root.identity();
        let bytes = signed_bytes(&identity, &device, time_ms, &claim);
        let signature = root.sign(Context::ROOT_STATEMENT, &bytes);
        Self {
            identity,
            device,
            time_ms,
            claim,
            signature,
        }
    }

    /// Whose statement it is.
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// Which device it is about.
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// When it was said, ms since 1970, by the clock of who had the phrase.
    pub const fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// What it says.
    pub const fn claim(&self) -> &Claim {
        &self.claim
    }

    /// Names the statement: BLAKE3 over its bytes.
    pub fn id(&self) -> [u8; 32] {
        *blake3::hash(&self.to_bytes()).as_bytes()
    }

    /// The canonical bytes: (what is signed, signature).
    pub fn to_bytes(&self) -> Vec<u8> {
        let signed = signed_bytes(&self.identity, &self.device, self.time_ms, &self.claim);
        encode(&(Blob(signed), Bytes(*self.signature.as_bytes())))
    }

    /// Reads a statement and verifies its signature.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatementError> {
        let (signed, signature): (Blob, Bytes<64>) = decode(bytes, STATEMENT_BYTES_MAX)?;
        let (version, kind, identity, device, time_ms, payload): Signed =
            decode(&signed.0, STATEMENT_BYTES_MAX)?;
        if version != VERSION {
            return Err(DecodeError::Version(version.into()).into());
        }
        if time_ms > TIME_MS_MAX {
            return Err(DecodeError::Invalid("the time is out of bounds").into());
        }
        let identity = Identity::from_bytes(identity.0);
        let signature = Signature::from_bytes(signature.0);
        let claim = claim(kind, payload.0)?;
        identity.verify(Context::ROOT_STATEMENT, &signed.0, &signature)?;
        Ok(Self {
            identity,
            device: DeviceId::from_bytes(device.0),
            time_ms,
            claim,
            signature,
        })
    }
}

/// Why bytes aren't a statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// They don't decode.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The root key didn't sign it.
    #[error("not signed by the identity's root key")]
    Signature,
    /// It speaks of another identity.
    #[error("a statement of another identity")]
    Foreign,
}

impl From<BadSignature> for StatementError {
    fn from(_: BadSignature) -> Self {
        Self::Signature
    }
}

fn signed_bytes(identity: &Identity, device: &DeviceId, time_ms: u64, claim: &Claim) -> Vec<u8> {
    let (kind, payload) = match claim {
        Claim::Certify { box_public } => (CERTIFY, encode(&(Bytes(*box_public.as_bytes()),))),
        Claim::Cut { ends } => {
            let ends: Vec<EndTuple> = ends
                .iter()
                .map(|(log, end)| (*log, end.seq, Bytes(*end.id.as_bytes())))
                .collect();
            (CUT, encode(&(ends,)))
        }
        Claim::Retire => (RETIRE, Vec::new()),
        Claim::Unknown { kind, payload } => (*kind, payload.clone()),
    };
    let identity = Bytes(*identity.as_bytes());
    encode(&(
        VERSION,
        kind,
        identity,
        Bytes(*device.as_bytes()),
        time_ms,
        Blob(payload),
    ))
}

fn claim(kind: u8, payload: Vec<u8>) -> Result<Claim, DecodeError> {
    match kind {
        CERTIFY => {
            let (box_public,): (Bytes<32>,) = decode(&payload, STATEMENT_BYTES_MAX)?;
            Ok(Claim::Certify {
                box_public: BoxPublic::from_bytes(box_public.0),
            })
        }
        CUT => {
            let (ends,): (Vec<EndTuple>,) = decode(&payload, STATEMENT_BYTES_MAX)?;
            cut(&ends)
        }
        RETIRE if payload.is_empty() => Ok(Claim::Retire),
        RETIRE => Err(DecodeError::Invalid("a retirement carries nothing")),
        _ => Ok(Claim::Unknown { kind, payload }),
    }
}

fn cut(ends: &[EndTuple]) -> Result<Claim, DecodeError> {
    let in_bounds =
        |(log, seq, _): &EndTuple| log.number() <= LOG_NUMBER_MAX && *seq <= SEQUENCE_MAX;
    if ends.len() > CUT_ENDS_MAX || !ends.iter().all(in_bounds) {
        return Err(DecodeError::Invalid(
            "a cut names at most 16 logs, each within bounds",
        ));
    }
    if !ends.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(DecodeError::Invalid(
            "a cut names its logs in ascending order, each once",
        ));
    }
    let end = |&(log, seq, id): &EndTuple| {
        (
            log,
            LogEnd {
                seq,
                id: EntryId::from_bytes(id.0),
            },
        )
    };
    Ok(Claim::Cut {
        ends: ends.iter().map(end).collect(),
    })
}

/// Where a device's log must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Nowhere: it goes on.
    Open,
    /// With this entry.
    EndsAt(LogEnd),
    /// Nothing in it holds: the device isn't certified, or a cut doesn't name the log.
    Void,
}

/// Eras above this one can't be told from it: more devices than a set has room for.
const ERA_MAX: u32 = 254;
/// The part of a key's generation that counts within its era.
const GENERATIONS_PER_ERA_BITS: u32 = 24;

/// The lowest generation of a key that may be written under, and announced, while these statements are all that is known.
pub fn generations_begin(statements: &StatementSet) -> u32 {
    statements.era() << GENERATIONS_PER_ERA_BITS
}

/// The generation that nobody reaches who goes by these statements: what is said of it and above counts for nothing.
pub fn generations_end(statements: &StatementSet) -> u32 {
    (statements.era() + 1) << GENERATIONS_PER_ERA_BITS
}

/// All statements of one identity that are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementSet {
    identity: Identity,
    /// Cuts first (`false` sorts before `true`), then by id: what stays when there are too many is alike everywhere.
    statements: BTreeMap<(bool, [u8; 32]), Statement>,
}

impl StatementSet {
    /// An empty set.
    pub const fn new(identity: Identity) -> Self {
        Self {
            identity,
            statements: BTreeMap::new(),
        }
    }

    /// Whose it is.
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// Adds a statement; says whether the set changed. Of more than 128 the cuts and the lowest ids stay.
    pub fn insert(&mut self, statement: Statement) -> Result<bool, StatementError> {
        if statement.identity != self.identity {
            return Err(StatementError::Foreign);
        }
        let key = (
            !matches!(statement.claim, Claim::Cut { .. }),
            statement.id(),
        );
        if self.statements.contains_key(&key) {
            return Ok(false);
        }
        self.statements.insert(key, statement);
        if self.statements.len() > STATEMENTS_MAX {
            let dropped = self.statements.pop_last().map(|(key, _)| key);
            return Ok(dropped != Some(key));
        }
        Ok(true)
    }

    /// Adds every statement that decodes, verifies and is this identity's; says whether the set changed. The first
    /// that doesn't is the error, and nothing is added then.
    pub fn merge<'a>(
        &mut self,
        statements: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<bool, StatementError> {
        let statements: Vec<&[u8]> = statements.into_iter().take(STATEMENTS_MAX).collect();
        // What peers say on every connection is mostly known.
        if statements.iter().all(|bytes| self.contains(bytes)) {
            return Ok(false);
        }
        let mut merged = self.clone();
        let mut changed = false;
        for bytes in statements {
            if !merged.contains(bytes) {
                changed |= merged.insert(Statement::from_bytes(bytes)?)?;
            }
        }
        *self = merged;
        Ok(changed)
    }

    fn contains(&self, bytes: &[u8]) -> bool {
        let id = *blake3::hash(bytes).as_bytes();
        [false, true]
            .iter()
            .any(|&kind| self.statements.contains_key(&(kind, id)))
    }

    /// The statements, in the set's own order.
    pub fn iter(&self) -> impl Iterator<Item = &Statement> {
        self.statements.values()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// Each statement's canonical bytes.
    pub fn to_blobs(&self) -> Vec<Vec<u8>> {
        self.iter().map(Statement::to_bytes).collect()
    }

    /// The devices that were ever certified, with their box keys.
    pub fn devices(&self) -> BTreeMap<DeviceId, BoxPublic> {
        let certified = self.iter().filter_map(|statement| match statement.claim {
            Claim::Certify { box_public } => Some((statement.device, box_public)),
            _ => None,
        });
        certified.collect()
    }

    /// Whether a device speaks for the identity now: certified, neither cut nor retired.
    pub fn is_current(&self, device: &DeviceId) -> bool {
        let mut certified = false;
        for statement in self.iter().filter(|statement| &statement.device == device) {
            match statement.claim {
                Claim::Certify { .. } => certified = true,
                Claim::Cut { .. } | Claim::Retire => return false,
                Claim::Unknown { .. } => {}
            }
        }
        certified
    }

    /// Whether a device was cut off: whoever has it may be a thief.
    pub fn is_cut(&self, device: &DeviceId) -> bool {
        self.iter()
            .any(|said| said.device == *device && matches!(said.claim, Claim::Cut { .. }))
    }

    /// Whether a device was cut off or retired.
    pub fn is_revoked(&self, device: &DeviceId) -> bool {
        self.iter().any(|said| {
            said.device == *device && matches!(said.claim, Claim::Cut { .. } | Claim::Retire)
        })
    }

    /// The devices that others should still seal to.
    pub fn current_devices(&self) -> BTreeMap<DeviceId, BoxPublic> {
        let mut devices = self.devices();
        devices.retain(|device, _| self.is_current(device));
        devices
    }

    /// Where a log must end.
    pub fn bound(&self, device: &DeviceId, log: LogNumber) -> Bound {
        let of_device: Vec<&Claim> = self
            .iter()
            .filter(|statement| &statement.device == device)
            .map(|s| &s.claim)
            .collect();
        if !of_device
            .iter()
            .any(|claim| matches!(claim, Claim::Certify { .. }))
        {
            return Bound::Void;
        }
        let cuts: BTreeSet<Option<LogEnd>> = of_device
            .iter()
            .filter_map(|claim| {
                if let Claim::Cut { ends } = claim {
                    Some(ends.get(&log).copied())
                } else {
                    None
                }
            })
            .collect();
        // `None` (a cut that doesn't name the log) is the lowest end of all.
        match cuts.first() {
            None => Bound::Open,
            Some(None) => Bound::Void,
            Some(Some(end)) => Bound::EndsAt(*end),
        }
    }

    /// The devices that were revoked, cut off or retired.
    pub fn revoked_devices(&self) -> BTreeSet<DeviceId> {
        let revoked = self
            .iter()
            .filter(|said| matches!(said.claim, Claim::Cut { .. } | Claim::Retire));
        revoked.map(Statement::device).collect()
    }

    /// How many devices were revoked: the era of keys. Each revocation begins another one, in which no key of an earlier
    /// one is written under.
    pub fn era(&self) -> u32 {
        let devices = self.revoked_devices();
        u32::try_from(devices.len()).unwrap_or(ERA_MAX).min(ERA_MAX)
    }

    /// A digest over the whole set: equal sets, equal digests.
    pub fn digest(&self) -> [u8; 32] {
        let ids: Vec<Bytes<32>> = self.statements.keys().map(|(_, id)| Bytes(*id)).collect();
        *blake3::hash(&encode(&ids)).as_bytes()
    }
}
