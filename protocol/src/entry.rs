//! Entries: small signed facts, each in its place in a device's log.
//!
//! An entry is a header and a signature; the body lies apart, so that it can go while the chain stays. The stages are
//! types: [`Header`] (what will be said), [`Entry`] (said and signed), and [`Run`](crate::run::Run) (many, checked
//! together).

use std::fmt;
use std::str::FromStr;

use hearth_keys::{BadSignature, Context, DeviceId, DeviceKeys, Identity, Signature};
use serde::{Deserialize, Serialize};

use crate::body::is_lasting;
use crate::bounds::{BODY_BYTES_MAX, HEADER_BYTES_MAX, LOG_NUMBER_MAX, SEQUENCE_MAX, TIME_MS_MAX};
use crate::codec::{self, Blob, Bytes, DecodeError, Hex};

/// The version of an entry's header whose body goes once a delete names it.
pub const ENTRY_VERSION: u8 = 1;
/// The version of one whose body lasts, in which nothing else differs: so whoever carries the entry can't say to
/// somebody new that the body was deleted.
pub const LASTING_ENTRY_VERSION: u8 = 2;

/// Names an entry: BLAKE3 over its header and its signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId([u8; 32]);

impl EntryId {
    /// What the first entry of a log names as its previous one.
    pub const NONE: Self = Self([0; 32]);

    /// Takes the 32 bytes as they are.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn of(header: &[u8], signature: &Signature) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(header).update(signature.as_bytes());
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryId({})", Hex(&self.0[..4]))
    }
}

/// A text that isn't an entry id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an entry id is 64 lower-case hexadecimal digits")]
pub struct EntryIdError;

impl FromStr for EntryId {
    type Err = EntryIdError;

    fn from_str(text: &str) -> Result<Self, EntryIdError> {
        codec::from_hex(text).map(Self).ok_or(EntryIdError)
    }
}

/// Which log of a device: even numbers are social logs, odd ones own logs; a fresh one has a higher number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogNumber(u64);

impl LogNumber {
    /// The social log that a device begins with.
    pub const SOCIAL: Self = Self(0);
    /// The own log that a device begins with.
    pub const OWN: Self = Self(1);

    /// Takes a number within bounds.
    pub fn new(number: u64) -> Option<Self> {
        (number <= LOG_NUMBER_MAX).then_some(Self(number))
    }

    /// The number.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Followers carry social logs; only own devices and guardians carry the others.
    pub const fn is_social(self) -> bool {
        self.0.is_multiple_of(2)
    }

    /// A fresh number of the same kind, `1 + skip` generations on: what a device does after a fork. Two copies of
    /// one disk draw different `skip`s, so that they don't fork again.
    pub fn fresh(self, skip: u16) -> Option<Self> {
        Self::new(self.0 + 2 * (1 + u64::from(skip)))
    }
}

/// A log: one of a device of an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogKey {
    /// Whose it is.
    pub identity: Identity,
    /// Which device writes it.
    pub device: DeviceId,
    /// Which of the device's logs it is.
    pub log: LogNumber,
}

/// Where an entry lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The log.
    pub log: LogKey,
    /// The position in it, from 0.
    pub seq: u64,
}

impl Place {
    /// The bytes that bind a sealed body to its place: canonical CBOR of (identity, device, log, sequence).
    pub fn to_bytes(&self) -> Vec<u8> {
        let LogKey {
            identity,
            device,
            log,
        } = self.log;
        codec::encode(&(
            Bytes(*identity.as_bytes()),
            Bytes(*device.as_bytes()),
            log,
            self.seq,
        ))
    }
}

/// What an entry says about itself; the signature covers its canonical bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Where it lies.
    pub place: Place,
    /// The entry before it; [`EntryId::NONE`] exactly at sequence 0.
    pub previous: EntryId,
    /// The time that its author claims, ms since 1970. It never validates anything.
    pub time_ms: u64,
    /// BLAKE3 of the body.
    pub body_hash: [u8; 32],
    /// The body's length.
    pub body_bytes: u32,
    /// Whether the body is a lasting one, which stays whatever deletes name it: what the version says.
    pub lasts: bool,
}

/// (version, identity, device, log, sequence, previous, time, body hash, body length)
type HeaderTuple = (
    u8,
    Bytes<32>,
    Bytes<32>,
    LogNumber,
    u64,
    Bytes<32>,
    u64,
    Bytes<32>,
    u32,
);

impl Header {
    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let LogKey {
            identity,
            device,
            log,
        } = self.place.log;
        let version = if self.lasts {
            LASTING_ENTRY_VERSION
        } else {
            ENTRY_VERSION
        };
        codec::encode(&(
            version,
            Bytes(*identity.as_bytes()),
            Bytes(*device.as_bytes()),
            log,
            self.place.seq,
            Bytes(self.previous.0),
            self.time_ms,
            Bytes(self.body_hash),
            self.body_bytes,
        ))
    }

    /// Reads a header and checks every bound.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (version, identity, device, log, seq, previous, time_ms, body_hash, body_bytes): HeaderTuple =
            codec::decode(bytes, HEADER_BYTES_MAX)?;
        let lasts = match version {
            ENTRY_VERSION => false,
            LASTING_ENTRY_VERSION => true,
            other => return Err(DecodeError::Version(other.into())),
        };
        let log = LogKey {
            identity: Identity::from_bytes(identity.0),
            device: DeviceId::from_bytes(device.0),
            log,
        };
        let header = Self {
            place: Place { log, seq },
            previous: EntryId(previous.0),
            time_ms,
            body_hash: body_hash.0,
            body_bytes,
            lasts,
        };
        header.check_bounds()?;
        Ok(header)
    }

    /// Checks what the encoding alone doesn't.
    pub fn check_bounds(&self) -> Result<(), DecodeError> {
        let rules = [
            (
                self.place.log.log.number() <= LOG_NUMBER_MAX,
                "the log number is out of bounds",
            ),
            (
                self.place.seq <= SEQUENCE_MAX,
                "the sequence is out of bounds",
            ),
            (self.time_ms <= TIME_MS_MAX, "the time is out of bounds"),
            (
                self.body_bytes as usize <= BODY_BYTES_MAX,
                "the body is too long",
            ),
            (self.body_bytes > 0, "the body is empty"),
            (
                (self.place.seq == 0) == (self.previous == EntryId::NONE),
                "only the first entry has no previous one",
            ),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(DecodeError::Invalid(rule)),
            None => Ok(()),
        }
    }

    /// Signs with the device's key.
    pub fn sign(self, device: &DeviceKeys) -> Entry {
        let signature = device.sign(Context::ENTRY, &self.to_bytes());
        Entry::new(self, signature)
    }
}

/// A header with its signature. Whether the signature holds is for [`Entry::verify`] or a successor to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    header: Header,
    signature: Signature,
    id: EntryId,
}

impl Entry {
    /// Puts the two together and names them.
    pub fn new(header: Header, signature: Signature) -> Self {
        let id = EntryId::of(&header.to_bytes(), &signature);
        Self {
            header,
            signature,
            id,
        }
    }

    /// What it says about itself.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The signature as it came.
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Its name.
    pub const fn id(&self) -> EntryId {
        self.id
    }

    /// Where it lies.
    pub const fn place(&self) -> Place {
        self.header.place
    }

    /// Checks its own signature, strictly.
    pub fn verify(&self) -> Result<(), BadSignature> {
        self.header.place.log.device.verify(
            Context::ENTRY,
            &self.header.to_bytes(),
            &self.signature,
        )
    }
}

/// An entry with its body, by itself: a delete that travels as the reason for a missing body, or one side of a fork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoneEntry {
    /// The entry.
    pub entry: Entry,
    /// Its body; empty where only the header matters.
    pub body: Vec<u8>,
}

/// (header, signature, body)
pub(crate) type LoneEntryTuple = (Blob, Bytes<64>, Blob);

impl LoneEntry {
    pub(crate) fn to_tuple(&self) -> LoneEntryTuple {
        let header = self.entry.header.to_bytes();
        (
            Blob(header),
            Bytes(*self.entry.signature.as_bytes()),
            Blob(self.body.clone()),
        )
    }

    pub(crate) fn from_tuple(
        (header, signature, body): LoneEntryTuple,
    ) -> Result<Self, DecodeError> {
        let entry = Entry::new(
            Header::from_bytes(&header.0)?,
            Signature::from_bytes(signature.0),
        );
        if body.0.len() > BODY_BYTES_MAX {
            return Err(DecodeError::TooLong {
                length: body.0.len(),
                limit: BODY_BYTES_MAX,
            });
        }
        Ok(Self {
            entry,
            body: body.0,
        })
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(&self.to_tuple())
    }

    /// Reads them back; the signature isn't checked.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_tuple(codec::decode(
            bytes,
            HEADER_BYTES_MAX + BODY_BYTES_MAX + 128,
        )?)
    }

    /// Whether the body is the one that the header names.
    pub fn body_matches(&self) -> bool {
        body_matches(&self.entry.header, &self.body)
    }
}

/// Whether `body` is the one that `header` names, and lasts exactly if the header says so.
pub fn body_matches(header: &Header, body: &[u8]) -> bool {
    body.len() == header.body_bytes as usize
        && is_lasting(body) == header.lasts
        && blake3::hash(body).as_bytes() == &header.body_hash
}
