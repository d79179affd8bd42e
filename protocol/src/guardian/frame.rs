//! How the messages become frames.

use hearth_keys::{DeviceId, Identity};
use serde::{Deserialize, Serialize};

use super::{
    Attested, AttestedLog, AttestedRoot, Claim, GuardMessage, Listed, Outcome, Part, Pledged,
    Release, ShardKind, Ticket,
};
use crate::bounds::{
    ATTESTED_ROOTS_MAX, GUARD_FRAME_BYTES_MAX, KEPT_BYTES_MAX, LISTED_ITEMS_MAX, LOG_NUMBER_MAX,
    LOGS_PER_IDENTITY_MAX, PART_BYTES_MAX, SEQUENCE_MAX, TIME_MS_MAX,
};
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};
use crate::entry::{EntryId, LogNumber};

const CLAIM: u8 = 32;
const PLEDGED: u8 = 33;
const PUT: u8 = 34;
const PART: u8 = 35;
const DONE: u8 = 36;
const GET: u8 = 37;
const PIECE: u8 = 38;
const ABSENT: u8 = 39;
const LIST: u8 = 40;
const LISTED: u8 = 41;
const RELEASE: u8 = 42;
const ATTEST: u8 = 43;
const ATTESTED: u8 = 44;
const FETCH: u8 = 45;
const COMING: u8 = 46;
const PICTURE: u8 = 47;
/// Kinds below this one, from [`CLAIM`] on, belong to guardians.
const KINDS_END: u8 = 64;

#[derive(Serialize, Deserialize)]
struct Frame(u8, Blob);

/// (owner, guardian, bytes, used, when the rest ends)
type PledgedTuple = (Bytes<32>, Bytes<32>, u64, u64, Option<u64>);
type PartTuple = (u32, u32, Blob);
type GetTuple = (u32, Bytes<32>, Bytes<32>, u32, u32);
type ListTuple = (u32, Bytes<32>, Option<Bytes<32>>);
/// (request, [(id, kind, number, bytes)], more)
type ListedTuple = (u32, Vec<(Bytes<32>, u8, u64, u32)>, bool);
/// (request, [(device, log, sequence, id)], [(number, id, bytes)])
type AttestedTuple = (
    u32,
    Vec<(Bytes<32>, LogNumber, u64, Bytes<32>)>,
    Vec<(u64, Bytes<32>, u32)>,
);

/// Whether a frame is between owner and guardian, told by its first bytes.
pub fn is_guard_frame(frame: &[u8]) -> bool {
    matches!(frame, [0x82, 0x18, kind, ..] if (CLAIM..KINDS_END).contains(kind))
}

impl GuardMessage {
    /// The bytes of the frame.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (kind, payload) = match self {
            Self::Claim(claim) => (CLAIM, claim.to_bytes()),
            Self::Pledged(pledged) => (PLEDGED, encode(&pledged_tuple(pledged))),
            Self::Put { request, ticket } => (PUT, encode(&(request, Blob(ticket.to_bytes())))),
            Self::Part(part) => (PART, part_bytes(part)),
            Self::Done { request, outcome } => (DONE, encode(&(request, outcome_code(*outcome)))),
            Self::Get {
                request,
                owner,
                id,
                offset,
                length,
            } => {
                let owner = Bytes(*owner.as_bytes());
                (GET, encode(&(request, owner, Bytes(*id), offset, length)))
            }
            Self::Piece(part) => (PIECE, part_bytes(part)),
            Self::Absent { request } => (ABSENT, encode(&(request,))),
            Self::List {
                request,
                owner,
                after,
            } => {
                let owner = Bytes(*owner.as_bytes());
                (LIST, encode(&(request, owner, after.map(Bytes))))
            }
            Self::Listed {
                request,
                items,
                more,
            } => (LISTED, listed_bytes(*request, items, *more)),
            Self::Release { request, release } => {
                (RELEASE, encode(&(request, Blob(release.to_bytes()))))
            }
            Self::Attest { request, identity } => {
                (ATTEST, encode(&(request, Bytes(*identity.as_bytes()))))
            }
            Self::Attested { request, attested } => (ATTESTED, attested_bytes(*request, attested)),
            Self::Fetch { request, owner, id } => {
                let owner = Bytes(*owner.as_bytes());
                (FETCH, encode(&(request, owner, Bytes(*id))))
            }
            Self::Picture { request, root, id } => {
                (PICTURE, encode(&(request, Bytes(*root), Bytes(*id))))
            }
            Self::Coming { request, bytes } => (COMING, encode(&(request, bytes))),
        };
        encode(&Frame(kind, Blob(payload)))
    }

    /// Reads a frame: its shape and bounds, no signature.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let Frame(kind, Blob(payload)) = decode(bytes, GUARD_FRAME_BYTES_MAX)?;
        let message = match kind {
            CLAIM => Self::Claim(Claim::from_bytes(&payload)?),
            PLEDGED => Self::Pledged(pledged(&payload)?),
            PUT => {
                let (request, ticket): (u32, Blob) = decode(&payload, GUARD_FRAME_BYTES_MAX)?;
                let ticket = Ticket::from_bytes(&ticket.0)?;
                Self::Put { request, ticket }
            }
            PART => Self::Part(part(&payload)?),
            DONE => {
                let (request, outcome): (u32, u8) = decode(&payload, GUARD_FRAME_BYTES_MAX)?;
                let outcome = outcome_of(outcome)?;
                Self::Done { request, outcome }
            }
            GET => get(&payload)?,
            PIECE => Self::Piece(part(&payload)?),
            ABSENT => {
                let (request,) = decode(&payload, GUARD_FRAME_BYTES_MAX)?;
                Self::Absent { request }
            }
            LIST => {
                let (request, owner, after): ListTuple = decode(&payload, GUARD_FRAME_BYTES_MAX)?;
                let owner = Identity::from_bytes(owner.0);
                let after = after.map(|id| id.0);
                Self::List {
                    request,
                    owner,
                    after,
                }
            }
            LISTED => listed(&payload)?,
            RELEASE => {
                let (request, release): (u32, Blob) = decode(&payload, GUARD_FRAME_BYTES_MAX)?;
                let release = Release::from_bytes(&release.0)?;
                Self::Release { request, release }
            }
            ATTEST => {
                let (request, identity): (u32, Bytes<32>) =
                    decode(&payload, GUARD_FRAME_BYTES_MAX)?;
                let identity = Identity::from_bytes(identity.0);
                Self::Attest { request, identity }
            }
            ATTESTED => attested(&payload)?,
            FETCH => {
                let (request, owner, id): (u32, Bytes<32>, Bytes<32>) =
                    decode(&payload, GUARD_FRAME_BYTES_MAX)?;
                let (owner, id) = (Identity::from_bytes(owner.0), id.0);
                Self::Fetch { request, owner, id }
            }
            PICTURE => {
                let (request, root, id): (u32, Bytes<32>, Bytes<32>) =
                    decode(&payload, GUARD_FRAME_BYTES_MAX)?;
                let (root, id) = (root.0, id.0);
                Self::Picture { request, root, id }
            }
            COMING => {
                let (request, bytes): (u32, u32) = decode(&payload, GUARD_FRAME_BYTES_MAX)?;
                if !(1..=KEPT_BYTES_MAX).contains(&bytes) {
                    return Err(DecodeError::Invalid("an object is out of bounds"));
                }
                Self::Coming { request, bytes }
            }
            other => return Err(DecodeError::Version(other.into())),
        };
        match message.request() {
            Some(0) => Err(DecodeError::Invalid("a request has a number")),
            _ => Ok(message),
        }
    }

    /// The number of the request that it is, belongs to or answers.
    pub const fn request(&self) -> Option<u32> {
        match self {
            Self::Claim(_) | Self::Pledged(_) => None,
            Self::Part(part) | Self::Piece(part) => Some(part.request),
            Self::Put { request, .. }
            | Self::Done { request, .. }
            | Self::Get { request, .. }
            | Self::Absent { request }
            | Self::List { request, .. }
            | Self::Listed { request, .. }
            | Self::Release { request, .. }
            | Self::Attest { request, .. }
            | Self::Attested { request, .. }
            | Self::Fetch { request, .. }
            | Self::Picture { request, .. }
            | Self::Coming { request, .. } => Some(*request),
        }
    }
}

fn pledged_tuple(pledged: &Pledged) -> PledgedTuple {
    (
        Bytes(*pledged.owner.as_bytes()),
        Bytes(*pledged.guardian.as_bytes()),
        pledged.bytes,
        pledged.used,
        pledged.ends_ms,
    )
}

fn pledged(payload: &[u8]) -> Result<Pledged, DecodeError> {
    let (owner, guardian, bytes, used, ends_ms): PledgedTuple =
        decode(payload, GUARD_FRAME_BYTES_MAX)?;
    if ends_ms.is_some_and(|ends_ms| ends_ms > TIME_MS_MAX) {
        return Err(DecodeError::Invalid("the time is out of bounds"));
    }
    Ok(Pledged {
        owner: Identity::from_bytes(owner.0),
        guardian: Identity::from_bytes(guardian.0),
        bytes,
        used,
        ends_ms,
    })
}

fn part_bytes(part: &Part) -> Vec<u8> {
    encode(&(
        part.request,
        part.offset,
        serde_bytes::Bytes::new(&part.bytes),
    ))
}

fn part(payload: &[u8]) -> Result<Part, DecodeError> {
    let (request, offset, bytes): PartTuple = decode(payload, GUARD_FRAME_BYTES_MAX)?;
    let bytes = bytes.0;
    let end = u64::from(offset) + bytes.len() as u64;
    if !(1..=PART_BYTES_MAX).contains(&bytes.len()) || end > u64::from(KEPT_BYTES_MAX) {
        return Err(DecodeError::Invalid("a part is out of bounds"));
    }
    Ok(Part {
        request,
        offset,
        bytes,
    })
}

const fn outcome_code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Stored => 0,
        Outcome::NoPledge => 1,
        Outcome::OverQuota => 2,
        Outcome::Busy => 3,
        Outcome::Mismatch => 4,
        Outcome::Failed => 5,
    }
}

fn outcome_of(code: u8) -> Result<Outcome, DecodeError> {
    Ok(match code {
        0 => Outcome::Stored,
        1 => Outcome::NoPledge,
        2 => Outcome::OverQuota,
        3 => Outcome::Busy,
        4 => Outcome::Mismatch,
        5 => Outcome::Failed,
        other => return Err(DecodeError::Version(other.into())),
    })
}

fn get(payload: &[u8]) -> Result<GuardMessage, DecodeError> {
    let (request, owner, id, offset, length): GetTuple = decode(payload, GUARD_FRAME_BYTES_MAX)?;
    let end = u64::from(offset) + u64::from(length);
    if length == 0 || end > u64::from(KEPT_BYTES_MAX) {
        return Err(DecodeError::Invalid("a request is out of bounds"));
    }
    Ok(GuardMessage::Get {
        request,
        owner: Identity::from_bytes(owner.0),
        id: id.0,
        offset,
        length,
    })
}

fn listed_bytes(request: u32, items: &[Listed], more: bool) -> Vec<u8> {
    let items = items.iter();
    let items = items.map(|item| (Bytes(item.id), item.kind.code(), item.number, item.bytes));
    let tuple: ListedTuple = (request, items.collect(), more);
    encode(&tuple)
}

fn listed(payload: &[u8]) -> Result<GuardMessage, DecodeError> {
    let (request, items, more): ListedTuple = decode(payload, GUARD_FRAME_BYTES_MAX)?;
    if items.len() > LISTED_ITEMS_MAX {
        return Err(DecodeError::Invalid("too many items"));
    }
    if !items.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(DecodeError::Invalid("items are ascending, each once"));
    }
    let item = |(id, kind, number, bytes): (Bytes<32>, u8, u64, u32)| {
        let is_bounded = (1..=KEPT_BYTES_MAX).contains(&bytes) && number <= SEQUENCE_MAX;
        let kind = ShardKind::from_code(kind).filter(|_| is_bounded);
        let kind = kind.ok_or(DecodeError::Invalid("an item is out of bounds"))?;
        Ok(Listed {
            id: id.0,
            kind,
            number,
            bytes,
        })
    };
    let items = items.into_iter().map(item).collect::<Result<_, _>>()?;
    Ok(GuardMessage::Listed {
        request,
        items,
        more,
    })
}

fn attested_bytes(request: u32, attested: &Attested) -> Vec<u8> {
    let log = |log: &AttestedLog| {
        let (device, id) = (Bytes(*log.device.as_bytes()), Bytes(*log.id.as_bytes()));
        (device, log.log, log.seq, id)
    };
    let tuple: AttestedTuple = (
        request,
        attested.logs.iter().map(log).collect(),
        attested
            .roots
            .iter()
            .map(|root| (root.number, Bytes(root.id), root.bytes))
            .collect(),
    );
    encode(&tuple)
}

fn attested(payload: &[u8]) -> Result<GuardMessage, DecodeError> {
    let (request, logs, roots): AttestedTuple = decode(payload, GUARD_FRAME_BYTES_MAX)?;
    let is_bounded = logs.len() <= LOGS_PER_IDENTITY_MAX
        && roots.len() <= ATTESTED_ROOTS_MAX
        && logs
            .iter()
            .all(|(_, log, seq, _)| log.number() <= LOG_NUMBER_MAX && *seq <= SEQUENCE_MAX)
        && roots.iter().all(|(number, _, bytes)| {
            *number <= SEQUENCE_MAX && (1..=KEPT_BYTES_MAX).contains(bytes)
        });
    if !is_bounded {
        return Err(DecodeError::Invalid("what is attested is out of bounds"));
    }
    let logs = logs.into_iter().map(|(device, log, seq, id)| AttestedLog {
        device: DeviceId::from_bytes(device.0),
        log,
        seq,
        id: EntryId::from_bytes(id.0),
    });
    let roots = roots.into_iter().map(|(number, id, bytes)| AttestedRoot {
        number,
        id: id.0,
        bytes,
    });
    let attested = Attested {
        logs: logs.collect(),
        roots: roots.collect(),
    };
    Ok(GuardMessage::Attested { request, attested })
}
