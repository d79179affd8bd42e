//! What two nodes say to each other on a sync stream, one message a frame.
//!
//! A frame is `[type, payload]`. The records that must hold beyond the stream ([`Presence`], [`FollowNotice`]) are
//! signed by a certified device and carry the root statements that say so.

use hearth_keys::{Context, DeviceId, DeviceKeys, Identity, Signature};
use serde::{Deserialize, Serialize};

use crate::bounds::{
    ADDRESS_BYTES_MAX, ADDRESSES_MAX, INTERESTS_PER_PEER_MAX, LOGS_PER_IDENTITY_MAX,
    MESSAGE_BYTES_MAX, NAME_BYTES_MAX, PRESENCES_PER_PEER_MAX, RANGES_MAX, STATEMENTS_MAX,
    TIME_MS_MAX,
};
use crate::codec::{self, Blob, Bytes, DecodeError, decode, encode};
use crate::entry::{EntryId, LogKey, LogNumber, LoneEntry, LoneEntryTuple};
use crate::fork::{ForkProof, ForkProofError};
use crate::root::{StatementError, StatementSet};
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

/// The gossip topic of an author.
pub fn gossip_topic(identity: &Identity) -> String {
    let hash = blake3::derive_key("hearth 2026-11 gossip topic v1", identity.as_bytes());
    codec::Hex(&hash[..16]).to_string()
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The first one on a stream: who lives here.
    Hello(Vec<Presence>),
    /// Identities that the sender cares for from now on, and no longer.
    Interest {
        /// From now on.
        add: Vec<Token>,
        /// No longer.
        remove: Vec<Token>,
    },
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

/// Deletes that may come along with a run.
const TOMBSTONES_MAX: usize = 1024;
/// Identities in one [`Message::Have`].
pub const HAVES_MAX: usize = 64;

#[derive(Serialize, Deserialize)]
struct Frame(u8, Blob);

/// (device, log, ranges, head)
type LogHaveTuple = (Bytes<32>, LogNumber, Vec<(u64, u64)>, Bytes<32>);
type HaveTuple = (Bytes<32>, Vec<Blob>, Vec<LogHaveTuple>);
type GetTuple = (u32, Bytes<32>, Bytes<32>, LogNumber, u64, u64);

impl Message {
    /// The bytes of the frame.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (kind, payload) = match self {
            Self::Hello(presences) => (
                HELLO,
                encode(&presences.iter().map(Presence::to_tuple).collect::<Vec<_>>()),
            ),
            Self::Interest { add, remove } => (INTEREST, encode(&(add, remove))),
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
            Self::Notice(notice) => (NOTICE, encode(&notice.0.to_tuple())),
            Self::Fork(proof) => (FORK, proof.to_bytes()),
        };
        encode(&Frame(kind, Blob(payload)))
    }

    /// Reads a frame. Presences and notices are verified, runs only shaped.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let Frame(kind, Blob(payload)) = decode(bytes, MESSAGE_BYTES_MAX)?;
        match kind {
            HELLO => hello(&payload),
            INTEREST => interest(&payload),
            HAVE => have(&payload),
            GET => get(&payload),
            RUN => run(&payload),
            MISSING => {
                let (request,) = decode(&payload, MESSAGE_BYTES_MAX)?;
                Ok(Self::Missing { request })
            }
            NOTICE => Ok(Self::Notice(FollowNotice::from_record(
                Record::from_bytes(&payload)?,
            )?)),
            FORK => Ok(Self::Fork(ForkProof::from_bytes(&payload)?)),
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

fn hello(payload: &[u8]) -> Result<Message, MessageError> {
    let records: Vec<RecordTuple> = decode(payload, MESSAGE_BYTES_MAX)?;
    let records = limit(records, PRESENCES_PER_PEER_MAX)?;
    let presence = |tuple| Presence::from_record(Record::from_tuple(tuple)?);
    Ok(Message::Hello(
        records
            .into_iter()
            .map(presence)
            .collect::<Result<_, _>>()?,
    ))
}

fn interest(payload: &[u8]) -> Result<Message, MessageError> {
    let (add, remove): (Vec<Token>, Vec<Token>) = decode(payload, MESSAGE_BYTES_MAX)?;
    let add = limit(add, INTERESTS_PER_PEER_MAX)?;
    Ok(Message::Interest {
        add,
        remove: limit(remove, INTERESTS_PER_PEER_MAX)?,
    })
}

fn have_tuple(have: &Have) -> HaveTuple {
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

/// Something that a device says in its identity's name, apart from any log.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    identity: Identity,
    device: DeviceId,
    signed: Vec<u8>,
    signature: Signature,
    statements: Vec<Vec<u8>>,
}

/// (identity, device, what is signed, signature, root statements)
type RecordTuple = (Bytes<32>, Bytes<32>, Blob, Bytes<64>, Vec<Blob>);

impl Record {
    fn sign(
        context: Context,
        device: &DeviceKeys,
        statements: &StatementSet,
        signed: Vec<u8>,
    ) -> Self {
        let signature = device.sign(context, &signed);
        let (identity, statements) = (statements.identity(), statements.to_blobs());
        Self {
            identity,
            device: device.id(),
            signed,
            signature,
            statements,
        }
    }

    fn to_tuple(&self) -> RecordTuple {
        let (identity, device) = (
            Bytes(*self.identity.as_bytes()),
            Bytes(*self.device.as_bytes()),
        );
        let statements = self.statements.iter().cloned().map(Blob).collect();
        (
            identity,
            device,
            Blob(self.signed.clone()),
            Bytes(*self.signature.as_bytes()),
            statements,
        )
    }

    fn from_tuple(
        (identity, device, signed, signature, statements): RecordTuple,
    ) -> Result<Self, DecodeError> {
        Ok(Self {
            identity: Identity::from_bytes(identity.0),
            device: DeviceId::from_bytes(device.0),
            signed: signed.0,
            signature: Signature::from_bytes(signature.0),
            statements: limit(statements, STATEMENTS_MAX)?
                .into_iter()
                .map(|blob| blob.0)
                .collect(),
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_tuple(decode(bytes, MESSAGE_BYTES_MAX)?)
    }

    /// Checks that a device that speaks for the identity signed this; returns the statements that came along.
    fn verify(&self, context: Context) -> Result<StatementSet, MessageError> {
        let mut statements = StatementSet::new(self.identity);
        statements.merge(self.statements.iter().map(Vec::as_slice))?;
        if !statements.is_current(&self.device) {
            return Err(MessageError::Unsigned);
        }
        self.device
            .verify(context, &self.signed, &self.signature)
            .map_err(|_| MessageError::Unsigned)?;
        Ok(statements)
    }
}

const RECORD_VERSION: u8 = 1;

/// Says at which transport peer an identity is at home now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    record: Record,
    peer: Vec<u8>,
    addresses: Vec<String>,
}

/// (version, peer, time, addresses)
type PresenceTuple = (u8, Blob, u64, Vec<String>);

impl Presence {
    /// Signs a presence at `peer` (transport peer id bytes), reachable at `addresses` (multiaddrs, 8 at most).
    pub fn sign(
        device: &DeviceKeys,
        statements: &StatementSet,
        peer: &[u8],
        time_ms: u64,
        addresses: &[String],
    ) -> Self {
        let addresses: Vec<String> = addresses.iter().take(ADDRESSES_MAX).cloned().collect();
        let signed = encode(&(RECORD_VERSION, Blob(peer.to_vec()), time_ms, &addresses));
        let record = Record::sign(Context::PRESENCE, device, statements, signed);
        Self {
            record,
            peer: peer.to_vec(),
            addresses,
        }
    }

    fn to_tuple(&self) -> RecordTuple {
        self.record.to_tuple()
    }

    fn from_record(record: Record) -> Result<Self, MessageError> {
        record.verify(Context::PRESENCE)?;
        let (version, peer, time_ms, addresses): PresenceTuple =
            decode(&record.signed, MESSAGE_BYTES_MAX)?;
        if version != RECORD_VERSION {
            return Err(DecodeError::Version(version.into()).into());
        }
        let addresses = limit(addresses, ADDRESSES_MAX)?;
        if time_ms > TIME_MS_MAX
            || peer.0.len() > 64
            || addresses.iter().any(|a| a.len() > ADDRESS_BYTES_MAX)
        {
            return Err(DecodeError::Invalid("a presence is out of bounds").into());
        }
        Ok(Self {
            record,
            peer: peer.0,
            addresses,
        })
    }

    /// Who is present.
    pub const fn identity(&self) -> Identity {
        self.record.identity
    }

    /// Which device says so.
    pub const fn device(&self) -> DeviceId {
        self.record.device
    }

    /// At which transport peer.
    pub fn peer(&self) -> &[u8] {
        &self.peer
    }

    /// Where that peer listens.
    pub fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// The root statements that came along, encoded.
    pub fn statements(&self) -> &[Vec<u8>] {
        &self.record.statements
    }
}

/// Says that one identity follows another, to the followed one alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowNotice(Record, NoticeFields);

#[derive(Debug, Clone, PartialEq, Eq)]
struct NoticeFields {
    followed: Identity,
    following: bool,
    time_ms: u64,
    name: String,
}

/// (version, followed, following, time, the follower's display name)
type NoticeTuple = (u8, Bytes<32>, bool, u64, String);

impl FollowNotice {
    /// Signs a notice.
    pub fn sign(
        device: &DeviceKeys,
        statements: &StatementSet,
        followed: Identity,
        following: bool,
        time_ms: u64,
        name: &str,
    ) -> Self {
        let fields = NoticeFields {
            followed,
            following,
            time_ms,
            name: name.to_owned(),
        };
        let signed = encode(&(
            RECORD_VERSION,
            Bytes(*followed.as_bytes()),
            following,
            time_ms,
            name,
        ));
        Self(
            Record::sign(Context::FOLLOW_NOTICE, device, statements, signed),
            fields,
        )
    }

    fn from_record(record: Record) -> Result<Self, MessageError> {
        record.verify(Context::FOLLOW_NOTICE)?;
        let (version, followed, following, time_ms, name): NoticeTuple =
            decode(&record.signed, MESSAGE_BYTES_MAX)?;
        if version != RECORD_VERSION {
            return Err(DecodeError::Version(version.into()).into());
        }
        if time_ms > TIME_MS_MAX || name.len() > NAME_BYTES_MAX {
            return Err(DecodeError::Invalid("a notice is out of bounds").into());
        }
        let followed = Identity::from_bytes(followed.0);
        Ok(Self(
            record,
            NoticeFields {
                followed,
                following,
                time_ms,
                name,
            },
        ))
    }

    /// Who follows.
    pub const fn follower(&self) -> Identity {
        self.0.identity
    }

    /// Which device says so.
    pub const fn device(&self) -> DeviceId {
        self.0.device
    }

    /// The root statements that came along, encoded.
    pub fn statements(&self) -> &[Vec<u8>] {
        &self.0.statements
    }

    /// Whom.
    pub const fn followed(&self) -> Identity {
        self.1.followed
    }

    /// Whether still.
    pub const fn following(&self) -> bool {
        self.1.following
    }

    /// When this was said, ms since 1970: the newest notice counts.
    pub const fn time_ms(&self) -> u64 {
        self.1.time_ms
    }

    /// What the follower calls themselves.
    pub fn name(&self) -> &str {
        &self.1.name
    }
}
