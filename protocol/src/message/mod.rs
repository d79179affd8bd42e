//! What two nodes say to each other on a sync stream, one message a frame.
//!
//! A frame is `[type, payload]`. The records that must hold beyond the stream ([`Presence`], [`FollowNotice`]) are
//! signed by a certified device and carry the root statements that say so.

mod record;

use std::collections::BTreeSet;

use hearth_keys::{DeviceId, Identity};
use serde::{Deserialize, Serialize};

pub use self::record::{FollowNotice, Presence};
pub(crate) use self::record::{Record, RecordTuple};
use crate::bounds::{
    INTERESTS_PER_PEER_MAX, LETTER_HOPS_MAX, LOGS_PER_IDENTITY_MAX, MESSAGE_BYTES_MAX, RANGES_MAX,
    STATEMENTS_MAX,
};
use crate::codec::{self, Blob, Bytes, DecodeError, decode, encode};
use crate::entry::{EntryId, LogKey, LogNumber, LoneEntry, LoneEntryTuple};
use crate::fork::{ForkProof, ForkProofError};
use crate::letter::SEALED_BYTES;
use crate::root::StatementError;
use crate::run::{Run, RunTuple};

/// What a peer calls an identity that it is interested in, blinded for one direction of one pair of nodes: only who
/// knows the identity can tell that it is meant.
pub type Token = Bytes<16>;

/// The token by which `from` names `identity` to `to` (both as transport peer id bytes).
pub fn token(from: &[u8], to: &[u8], identity: &Identity) -> Token {
    let material = encode(&(
        Blob(from.to_vec()),
        Blob(to.to_vec()),
        Bytes(*identity.as_bytes()),
    ));
    let hash = blake3::derive_key("hearth 2026-11 interest token v1", &material);
    let (token, _) = hash.split_first_chunk().expect("32 is more than 16");
    Bytes(*token)
}

/// What stands for something that both sides may remember.
pub type Digest = Bytes<16>;

/// What a digest stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Presences = 0,
    Interests = 1,
    Notices = 2,
}

/// The digest of what one side says of itself.
pub(crate) fn digest<T: Serialize>(subject: Subject, value: &T) -> Digest {
    let material = encode(&(subject as u8, value));
    let hash = blake3::derive_key("hearth 2026-11 greeting digest v1", &material);
    let (digest, _) = hash.split_first_chunk().expect("32 is more than 16");
    Bytes(*digest)
}

/// The digest of a set of interests.
pub(crate) fn interests_digest(interests: &BTreeSet<Token>) -> Digest {
    digest(Subject::Interests, interests)
}

/// The gossip topic of an author.
pub fn gossip_topic(identity: &Identity) -> String {
    let hash = blake3::derive_key("hearth 2026-11 gossip topic v1", identity.as_bytes());
    codec::Hex(&hash[..16]).to_string()
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The first one on a stream: what the sender would say of itself, and what it remembers of the receiver.
    Hello(Hello),
    /// Who lives here.
    Presences(Vec<Presence>),
    /// Identities that the sender cares for from now on, and no longer.
    Interest {
        /// From now on.
        add: Vec<Token>,
        /// No longer.
        remove: Vec<Token>,
    },
    /// What the sender holds of identities that both care for, in digests.
    Compare(Compare),
    /// What the sender holds of identities that the receiver cares for.
    Have(Vec<Have>),
    /// Asks for the newest part of `lo..=hi`.
    Get {
        /// Chosen by who asks; never 0.
        request: u32,
        /// The log.
        log: LogKey,
        /// The lowest sequence.
        lo: u64,
        /// The highest sequence.
        hi: u64,
    },
    /// Entries, pushed (request 0) or asked for, with the deletes for missing bodies.
    Run {
        /// Which request it answers.
        request: u32,
        /// The entries.
        run: Run,
        /// The deletes.
        tombstones: Vec<LoneEntry>,
    },
    /// What was asked for can't be had here.
    Missing {
        /// Which request it answers.
        request: u32,
    },
    /// Somebody follows an account of the receiver, or doesn't any longer.
    Notice(FollowNotice),
    /// Proof that a log forked.
    Fork(ForkProof),
    /// A sealed letter ([`crate::letter`]) for somebody who lives at the receiver, or whom the receiver may meet.
    Letter {
        /// For whom.
        to: Identity,
        /// How often it may be passed on: 0 or 1.
        hops: u8,
        /// As long as one of [`crate::letter::SEALED_BYTES`].
        sealed: Vec<u8>,
    },
}

/// What a node would say of itself, and what it remembers that the other said, each as a digest: what is remembered
/// rightly isn't said again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hello {
    /// The sender's presences.
    pub presences: Digest,
    /// What the sender cares for.
    pub interests: Digest,
    /// What the sender remembers of the receiver.
    pub remembers: Remembers,
}

/// What a node remembers that another said, as digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembers {
    /// Its presences.
    pub presences: Digest,
    /// What it cares for.
    pub interests: Digest,
    /// Whom of those who live here its accounts follow.
    pub notices: Digest,
}

/// Digests of what a node holds of the identities that two nodes both care for, by the next four bits of their
/// [pair key](pair_key).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compare {
    /// Four bits each, the highest first: the identities whose pair keys begin so.
    pub prefix: Vec<u8>,
    /// One for each way in which the prefix can go on.
    pub digests: [[u8; BUCKET_BYTES]; BUCKETS],
}

/// Into how many parts a comparison divides identities.
pub const BUCKETS: usize = 16;
/// The length of a part's digest.
pub const BUCKET_BYTES: usize = 8;
/// How deep comparisons go.
pub const COMPARE_DEPTH_MAX: usize = 4;

/// By what two nodes sort an identity when they compare: the same for both, unknown to others.
pub fn pair_key(a: &[u8], b: &[u8], identity: &Identity) -> [u8; 16] {
    let (low, high) = if a <= b { (a, b) } else { (b, a) };
    let material = encode(&(
        Blob(low.to_vec()),
        Blob(high.to_vec()),
        Bytes(*identity.as_bytes()),
    ));
    let hash = blake3::derive_key("hearth 2026-11 pair key v1", &material);
    let (key, _) = hash.split_first_chunk().expect("32 is more than 16");
    *key
}

/// What a node holds of one identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Have {
    /// Whose.
    pub identity: Identity,
    /// All root statements, encoded.
    pub statements: Vec<Vec<u8>>,
    /// The logs.
    pub logs: Vec<LogHave>,
}

/// What a node holds of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHave {
    /// The device.
    pub device: DeviceId,
    /// The log.
    pub log: LogNumber,
    /// Inclusive ranges, ascending, apart.
    pub ranges: Vec<(u64, u64)>,
    /// The id of the entry at the end of the last range: two branches of a fork may be equally long.
    pub head: EntryId,
}

const HELLO: u8 = 1;
const INTEREST: u8 = 2;
const HAVE: u8 = 3;
const GET: u8 = 4;
const RUN: u8 = 5;
const MISSING: u8 = 6;
const NOTICE: u8 = 7;
const FORK: u8 = 8;
const PRESENCES: u8 = 9;
const COMPARE: u8 = 10;
const LETTER: u8 = 11;

/// Deletes that may come along with a run.
const TOMBSTONES_MAX: usize = 1024;
/// Identities in one [`Message::Have`].
pub const HAVES_MAX: usize = 64;

#[derive(Serialize, Deserialize)]
struct Frame(u8, Blob);

/// (device, log, ranges, head)
pub(crate) type LogHaveTuple = (Bytes<32>, LogNumber, Vec<(u64, u64)>, Bytes<32>);
pub(crate) type HaveTuple = (Bytes<32>, Vec<Blob>, Vec<LogHaveTuple>);
/// (presences, interests, [presences, interests, notices] of the receiver)
type HelloTuple = (Digest, Digest, (Digest, Digest, Digest));
/// (prefix, sixteen digests)
type CompareTuple = (Blob, Bytes<{ BUCKETS * BUCKET_BYTES }>);
/// (to, hops, sealed)
type LetterTuple = (Bytes<32>, u8, Blob);
type GetTuple = (u32, Bytes<32>, Bytes<32>, LogNumber, u64, u64);

impl Message {
    /// The bytes of the frame.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (kind, payload) = match self {
            Self::Hello(hello) => (HELLO, encode(&hello_tuple(hello))),
            Self::Presences(presences) => (PRESENCES, Presence::list_to_bytes(presences)),
            Self::Interest { add, remove } => (INTEREST, encode(&(add, remove))),
            Self::Compare(compare) => (COMPARE, encode(&compare_tuple(compare))),
            Self::Have(haves) => (
                HAVE,
                encode(&haves.iter().map(have_tuple).collect::<Vec<_>>()),
            ),
            Self::Get {
                request,
                log,
                lo,
                hi,
            } => {
                let (identity, device) = (
                    Bytes(*log.identity.as_bytes()),
                    Bytes(*log.device.as_bytes()),
                );
                (GET, encode(&(request, identity, device, log.log, lo, hi)))
            }
            Self::Run {
                request,
                run,
                tombstones,
            } => {
                let tombstones: Vec<LoneEntryTuple> =
                    tombstones.iter().map(LoneEntry::to_tuple).collect();
                (RUN, encode(&(request, run.to_tuple(), tombstones)))
            }
            Self::Missing { request } => (MISSING, encode(&(request,))),
            Self::Notice(notice) => (NOTICE, notice.to_bytes()),
            Self::Fork(proof) => (FORK, proof.to_bytes()),
            Self::Letter { to, hops, sealed } => {
                let letter: LetterTuple = (Bytes(*to.as_bytes()), *hops, Blob(sealed.clone()));
                (LETTER, encode(&letter))
            }
        };
        encode(&Frame(kind, Blob(payload)))
    }

    /// Reads a frame. Presences and notices are verified, runs only shaped.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let Frame(kind, Blob(payload)) = decode(bytes, MESSAGE_BYTES_MAX)?;
        match kind {
            HELLO => hello(&payload),
            PRESENCES => Ok(Self::Presences(Presence::list_from_bytes(&payload)?)),
            COMPARE => compare(&payload),
            INTEREST => interest(&payload),
            HAVE => have(&payload),
            GET => get(&payload),
            RUN => run(&payload),
            MISSING => {
                let (request,) = decode(&payload, MESSAGE_BYTES_MAX)?;
                Ok(Self::Missing { request })
            }
            NOTICE => Ok(Self::Notice(FollowNotice::from_bytes(&payload)?)),
            FORK => Ok(Self::Fork(ForkProof::from_bytes(&payload)?)),
            LETTER => letter(&payload),
            other => Err(DecodeError::Version(other.into()).into()),
        }
    }
}

/// Why a frame isn't a message.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// It doesn't decode.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A root statement in it is wrong.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A fork proof in it is wrong.
    #[error(transparent)]
    Fork(#[from] ForkProofError),
    /// A record in it isn't signed by a device that speaks for the identity.
    #[error("a record that no current device of the identity signed")]
    Unsigned,
}

fn limit<T>(items: Vec<T>, most: usize) -> Result<Vec<T>, DecodeError> {
    if items.len() > most {
        Err(DecodeError::Invalid("too many items"))
    } else {
        Ok(items)
    }
}

fn hello_tuple(hello: &Hello) -> HelloTuple {
    let of = &hello.remembers;
    let remembers = (of.presences, of.interests, of.notices);
    (hello.presences, hello.interests, remembers)
}

fn hello(payload: &[u8]) -> Result<Message, MessageError> {
    let (presences, interests, remembers): HelloTuple = decode(payload, MESSAGE_BYTES_MAX)?;
    let remembers = Remembers {
        presences: remembers.0,
        interests: remembers.1,
        notices: remembers.2,
    };
    Ok(Message::Hello(Hello {
        presences,
        interests,
        remembers,
    }))
}

fn compare_tuple(compare: &Compare) -> CompareTuple {
    let digests = compare.digests.as_flattened().try_into();
    let digests = digests.expect("sixteen times eight bytes");
    (Blob(compare.prefix.clone()), Bytes(digests))
}

fn compare(payload: &[u8]) -> Result<Message, MessageError> {
    let (Blob(prefix), Bytes(bytes)): CompareTuple = decode(payload, MESSAGE_BYTES_MAX)?;
    if prefix.len() >= COMPARE_DEPTH_MAX || prefix.iter().any(|&part| usize::from(part) >= BUCKETS)
    {
        return Err(DecodeError::Invalid("a prefix is out of bounds").into());
    }
    let mut digests = [[0; BUCKET_BYTES]; BUCKETS];
    digests.as_flattened_mut().copy_from_slice(&bytes);
    Ok(Message::Compare(Compare { prefix, digests }))
}

fn interest(payload: &[u8]) -> Result<Message, MessageError> {
    let (add, remove): (Vec<Token>, Vec<Token>) = decode(payload, MESSAGE_BYTES_MAX)?;
    let add = limit(add, INTERESTS_PER_PEER_MAX)?;
    Ok(Message::Interest {
        add,
        remove: limit(remove, INTERESTS_PER_PEER_MAX)?,
    })
}

pub(crate) fn have_tuple(have: &Have) -> HaveTuple {
    let log = |log: &LogHave| {
        let (device, head) = (Bytes(*log.device.as_bytes()), Bytes(*log.head.as_bytes()));
        (device, log.log, log.ranges.clone(), head)
    };
    let statements = have.statements.iter().cloned().map(Blob).collect();
    (
        Bytes(*have.identity.as_bytes()),
        statements,
        have.logs.iter().map(log).collect(),
    )
}

fn have(payload: &[u8]) -> Result<Message, MessageError> {
    let haves: Vec<HaveTuple> = decode(payload, MESSAGE_BYTES_MAX)?;
    let have = |(identity, statements, logs): HaveTuple| {
        let logs = limit(logs, LOGS_PER_IDENTITY_MAX)?
            .into_iter()
            .map(log_have)
            .collect::<Result<_, _>>()?;
        let statements = limit(statements, STATEMENTS_MAX)?
            .into_iter()
            .map(|blob| blob.0)
            .collect();
        Ok(Have {
            identity: Identity::from_bytes(identity.0),
            statements,
            logs,
        })
    };
    Ok(Message::Have(
        limit(haves, HAVES_MAX)?
            .into_iter()
            .map(have)
            .collect::<Result<_, DecodeError>>()?,
    ))
}

fn log_have((device, log, ranges, head): LogHaveTuple) -> Result<LogHave, DecodeError> {
    let ranges = limit(ranges, RANGES_MAX)?;
    // Bounds before gaps: what lies behind the highest possible sequence isn't added to.
    let in_bounds = ranges
        .iter()
        .all(|(lo, hi)| lo <= hi && *hi <= crate::bounds::SEQUENCE_MAX);
    let apart = in_bounds && ranges.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0);
    if !apart || LogNumber::new(log.number()).is_none() {
        return Err(DecodeError::Invalid("ranges are ascending and apart"));
    }
    Ok(LogHave {
        device: DeviceId::from_bytes(device.0),
        log,
        ranges,
        head: EntryId::from_bytes(head.0),
    })
}

fn letter(payload: &[u8]) -> Result<Message, MessageError> {
    let (to, hops, Blob(sealed)): LetterTuple = decode(payload, MESSAGE_BYTES_MAX)?;
    if hops > LETTER_HOPS_MAX || !SEALED_BYTES.contains(&sealed.len()) {
        return Err(DecodeError::Invalid("a letter is out of bounds").into());
    }
    let to = Identity::from_bytes(to.0);
    Ok(Message::Letter { to, hops, sealed })
}

fn get(payload: &[u8]) -> Result<Message, MessageError> {
    let (request, identity, device, log, lo, hi): GetTuple = decode(payload, MESSAGE_BYTES_MAX)?;
    if lo > hi || request == 0 {
        return Err(DecodeError::Invalid("a request has a number and a range").into());
    }
    let (identity, device) = (
        Identity::from_bytes(identity.0),
        DeviceId::from_bytes(device.0),
    );
    Ok(Message::Get {
        request,
        log: LogKey {
            identity,
            device,
            log,
        },
        lo,
        hi,
    })
}

fn run(payload: &[u8]) -> Result<Message, MessageError> {
    let (request, run, tombstones): (u32, RunTuple, Vec<LoneEntryTuple>) =
        decode(payload, MESSAGE_BYTES_MAX)?;
    let tombstones = limit(tombstones, TOMBSTONES_MAX)?;
    let tombstones = tombstones
        .into_iter()
        .map(LoneEntry::from_tuple)
        .collect::<Result<_, _>>()?;
    Ok(Message::Run {
        request,
        run: Run::from_tuple(run)?,
        tombstones,
    })
}
