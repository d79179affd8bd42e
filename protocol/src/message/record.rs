//! What a device says in its identity's name apart from any log: where it is at home, and whom it follows.
//!
//! A record carries the root statements by which its device speaks for the identity, so that it can be checked alone.

use hearth_keys::{Context, DeviceId, DeviceKeys, Identity, Signature};

use serde::Serialize;

use super::{Digest, MessageError, Subject, digest, limit};
use crate::bounds::{
    ADDRESS_BYTES_MAX, ADDRESSES_MAX, MESSAGE_BYTES_MAX, NAME_BYTES_MAX, PRESENCES_PER_PEER_MAX,
    STATEMENTS_MAX, TIME_MS_MAX,
};
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};
use crate::root::StatementSet;

/// Something that a device says in its identity's name, apart from any log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) identity: Identity,
    pub(crate) device: DeviceId,
    pub(crate) signed: Vec<u8>,
    signature: Signature,
    pub(crate) statements: Vec<Vec<u8>>,
}

/// (identity, device, what is signed, signature, root statements)
pub(crate) type RecordTuple = (Bytes<32>, Bytes<32>, Blob, Bytes<64>, Vec<Blob>);

impl Record {
    pub(crate) fn sign(
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

    pub(crate) fn to_tuple(&self) -> RecordTuple {
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

    pub(crate) fn from_tuple(
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

    /// Who says it, and by which statements.
    fn gist(&self) -> impl Serialize + use<> {
        let statements = self.statements.iter().cloned().map(Blob);
        (
            Bytes(*self.identity.as_bytes()),
            Bytes(*self.device.as_bytes()),
            statements.collect::<Vec<_>>(),
        )
    }

    /// Checks that a device that speaks for the identity signed this; returns the statements that came along.
    pub(crate) fn verify(&self, context: Context) -> Result<StatementSet, MessageError> {
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

    /// Several as a tuple of records.
    pub(crate) fn list_to_bytes(presences: &[Self]) -> Vec<u8> {
        let records = presences.iter().map(|presence| presence.record.to_tuple());
        encode(&records.collect::<Vec<_>>())
    }

    /// Reads and verifies what [`Presence::list_to_bytes`] wrote.
    pub(crate) fn list_from_bytes(bytes: &[u8]) -> Result<Vec<Self>, MessageError> {
        let records: Vec<RecordTuple> = decode(bytes, MESSAGE_BYTES_MAX)?;
        let records = limit(records, PRESENCES_PER_PEER_MAX)?.into_iter();
        records
            .map(|record| Self::from_record(Record::from_tuple(record)?))
            .collect()
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

    /// At least as many bytes as it takes.
    pub(crate) fn bytes(&self) -> usize {
        let statements = self.record.statements.iter().map(|blob| blob.len() + 5);
        160 + self.record.signed.len() + statements.sum::<usize>()
    }

    /// What it says but for when: a record that was signed again and says the same needn't be sent again.
    fn gist(&self) -> impl Serialize {
        let addresses = self.addresses.clone();
        (self.record.gist(), Blob(self.peer.clone()), addresses)
    }

    /// The digest of what these say together.
    pub(crate) fn digest(presences: &[Self]) -> Digest {
        let gists: Vec<_> = presences.iter().map(Self::gist).collect();
        digest(Subject::Presences, &gists)
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

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        encode(&self.0.to_tuple())
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let record = Record::from_tuple(decode(bytes, MESSAGE_BYTES_MAX)?)?;
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

    /// What it says but for when, as a digest.
    pub(crate) fn gist(&self) -> Digest {
        let fields = &self.1;
        let followed = Bytes(*fields.followed.as_bytes());
        let gist = (self.0.gist(), followed, fields.following, &fields.name);
        digest(Subject::Notices, &gist)
    }
}
