//! The root: what restore begins with.
//!
//! ```text
//! content   CBOR of what the root says (Content)
//! signed    [content, signature by the device]
//! blob      length ‖ signed ‖ zeros, sealed under a key of its own
//! root      01 ‖ [[that key, sealed to each recipient], blob]
//! ```
//!
//! The recipients' box keys are public, so that anybody could seal something to them: what makes a root one is a
//! signature by a device that the root statements in it certify. Whether that device was cut since, and whether there is
//! a newer root, only friends can tell.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use hearth_keys::{
    BlobKey, BoxPublic, BoxSecret, Context, CryptoRng, DeviceId, DeviceKeys, Identity, Label,
    SEALED_OVERHEAD_BYTES, Signature,
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::bounds::{
    ADDRESS_BYTES_MAX, ADDRESSES_MAX, BACKUP_KEYS_MAX, BACKUP_NUMBER_MAX, GUARDIANS_MAX,
    LOG_NUMBER_MAX, LOGS_PER_IDENTITY_MAX, PAGE_BYTES_MAX, PAGES_MAX, PEER_BYTES_MAX,
    ROOT_BYTES_MAX, ROOT_RECIPIENTS_MAX, SEQUENCE_MAX, SNAPSHOTS_MAX, STATEMENT_BYTES_MAX,
    STATEMENTS_MAX, TIME_MS_MAX,
};
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};
use crate::content_id::content_id;
use crate::entry::{EntryId, LogNumber};
use crate::pack::BackupKey;
use crate::root::StatementSet;

use super::page::PageId;
use super::{ManifestError, pad, unpad, versioned};

/// The version that this program writes.
const VERSION: u8 = 1;

/// What a root's key is sealed for (HPKE's `info`); the identity follows.
const SEALING_INFO: &[u8] = b"hearth/backup-root/1";

/// The number of sealed keys in a root is a multiple of this, so that it doesn't tell how many devices there are.
const RECIPIENTS_STEP: usize = 4;

/// The length of a root's key, sealed.
const SEALED_KEY_BYTES: usize = 32 + SEALED_OVERHEAD_BYTES;

content_id!(
    /// Names a root, and with it a snapshot: BLAKE3 of its sealed bytes.
    RootId
);

/// Another snapshot that can be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Snapshot {
    /// The device's count of snapshots.
    pub number: u64,
    /// When it was made, ms since 1970.
    pub time_ms: u64,
    /// Its root.
    pub id: RootId,
}

/// Somebody who keeps shards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardianEntry {
    /// Who they are.
    pub identity: Identity,
    /// Their node's peer id: what counts as one.
    pub peer: Vec<u8>,
    /// Where that node was reached, as multiaddresses.
    pub addresses: Vec<String>,
}

/// How far a log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    /// Which device wrote it.
    pub device: DeviceId,
    /// Which of its logs it is.
    pub log: LogNumber,
    /// Its highest sequence in the snapshot.
    pub seq: u64,
    /// The entry there.
    pub id: EntryId,
}

/// A page of the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageEntry {
    /// Which one: packs 256·number and up.
    pub number: u64,
    /// Its name.
    pub id: PageId,
    /// Which backup key opens it.
    pub generation: u32,
    /// Its sealed length.
    pub bytes: u32,
}

/// What a snapshot is: everything needed to get it back.
#[derive(Clone, PartialEq, Eq)]
pub struct Root {
    /// Whose backup it is.
    pub identity: Identity,
    /// Which device made it.
    pub device: DeviceId,
    /// The device's count of snapshots.
    pub number: u64,
    /// When it was made, ms since 1970.
    pub time_ms: u64,
    /// Earlier snapshots that are kept, by ascending number.
    pub snapshots: Vec<Snapshot>,
    /// The backup keys, by ascending generation.
    pub keys: Vec<BackupKey>,
    /// The guardians, by slot. A slot goes to another guardian only when no page of a kept snapshot names it.
    pub guardians: BTreeMap<u16, GuardianEntry>,
    /// The identity's root statements, encoded.
    pub statements: Vec<Vec<u8>>,
    /// The heads of the logs that the snapshot holds, ascending.
    pub heads: Vec<Head>,
    /// The pages, by ascending number.
    pub pages: Vec<PageEntry>,
    /// How many files the drive holds.
    pub files: u64,
    /// How many bytes are in them.
    pub bytes: u64,
    /// What is said besides, by kind; a reader keeps what it doesn't know. It may be secret.
    pub extensions: BTreeMap<u16, Vec<u8>>,
}

/// Who can open a root.
#[derive(Debug, Clone)]
pub struct Recipients<'a> {
    /// The identity's recovery key.
    pub recovery: BoxPublic,
    /// The box keys of its devices.
    pub devices: &'a [BoxPublic],
}

type SnapshotTuple = (u64, u64, Bytes<32>);
type KeyTuple = (u32, Bytes<32>);
/// (slot, identity, peer, addresses)
type GuardianTuple = (u16, Bytes<32>, Blob, Vec<String>);
/// (device, log, sequence, entry's id)
type HeadTuple = (Bytes<32>, LogNumber, u64, Bytes<32>);
/// (number, id, generation, length)
type PageTuple = (u64, Bytes<32>, u32, u32);
/// (kind, what it says)
type ExtensionTuple = (u16, Blob);

/// (version, identity, device, number, time, snapshots, keys, guardians, statements, heads, pages, files, bytes,
/// extensions)
#[derive(Serialize, Deserialize)]
struct Content(
    u8,
    Bytes<32>,
    Bytes<32>,
    u64,
    u64,
    Vec<SnapshotTuple>,
    Vec<KeyTuple>,
    Vec<GuardianTuple>,
    Vec<Blob>,
    Vec<HeadTuple>,
    Vec<PageTuple>,
    u64,
    u64,
    Vec<ExtensionTuple>,
);

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root")
            .field("identity", &self.identity)
            .field("device", &self.device)
            .field("number", &self.number)
            .field("time_ms", &self.time_ms)
            .field("pages", &self.pages.len())
            .finish_non_exhaustive()
    }
}

impl Root {
    /// Signs a root and seals it to all recipients. The device must be the one that the root names.
    pub fn seal<R: CryptoRng + ?Sized>(
        &self,
        device: &DeviceKeys,
        recipients: &Recipients<'_>,
        rng: &mut R,
    ) -> Result<Vec<u8>, ManifestError> {
        if device.id() != self.device {
            return Err(ManifestError::Signature);
        }
        self.check()?;
        let content = Zeroizing::new(encode(&self.to_content()));
        let signature = device.sign(Context::BACKUP_ROOT, &content);
        let mut signed = Signed(Blob(content.to_vec()), Bytes(*signature.as_bytes()));
        let padded = pad(&Zeroizing::new(encode(&signed)))?;
        signed.0.0.zeroize();
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut key[..]);
        let blob = BlobKey::derive(Label::ROOT, &key[..]).seal(&padded);
        let keys = sealed_keys(&self.identity, &key, recipients, rng)?;
        let mut sealed = vec![VERSION];
        sealed.extend_from_slice(&encode(&(keys, Blob(blob))));
        Ok(sealed)
    }

    /// Opens `identity`'s root with the recovery key or a device's box key, and checks that a device which the root
    /// statements in it certify has signed it.
    pub fn open(
        secret: &BoxSecret,
        identity: &Identity,
        sealed: &[u8],
    ) -> Result<Self, ManifestError> {
        let (keys, blob): (Vec<Bytes<SEALED_KEY_BYTES>>, Blob) =
            decode(versioned_root(sealed)?, ROOT_BYTES_MAX)?;
        if keys.len() > ROOT_RECIPIENTS_MAX || !keys.is_sorted_by(|a, b| a < b) {
            return Err(DecodeError::Invalid("too many recipients, or in disorder").into());
        }
        let info = sealing_info(identity);
        let key = keys
            .iter()
            .find_map(|key| secret.open(&info, &[], &key.0).ok())
            .ok_or(hearth_keys::OpenError)?;
        let padded = Zeroizing::new(BlobKey::derive(Label::ROOT, &key).open(&blob.0)?);
        let Signed(content, signature) = decode(unpad(&padded)?, ROOT_BYTES_MAX)?;
        let content = Zeroizing::new(content.0);
        let root = Self::from_content(decode(&content, ROOT_BYTES_MAX)?)?;
        root.check()?;
        if root.identity != *identity {
            return Err(ManifestError::Foreign);
        }
        root.verify(&content, &Signature::from_bytes(signature.0))?;
        Ok(root)
    }

    /// What the root says, neither signed nor sealed: for keeping it under a key of one's own.
    pub fn to_plain(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(encode(&self.to_content()))
    }

    /// Reads what [`to_plain`](Self::to_plain) gave. Nobody's signature is checked.
    pub fn from_plain(bytes: &[u8]) -> Result<Self, ManifestError> {
        let root = Self::from_content(decode(bytes, ROOT_BYTES_MAX)?)?;
        root.check()?;
        Ok(root)
    }

    /// The identity's root statements, verified.
    pub fn statement_set(&self) -> Result<StatementSet, ManifestError> {
        let mut set = StatementSet::new(self.identity);
        set.merge(self.statements.iter().map(|bytes| &bytes[..]))?;
        Ok(set)
    }

    /// The backup key of a generation.
    pub fn key(&self, generation: u32) -> Option<&BackupKey> {
        self.keys.iter().find(|key| key.generation == generation)
    }

    fn verify(&self, content: &[u8], signature: &Signature) -> Result<(), ManifestError> {
        let certified = self.statement_set()?.devices();
        if !certified.contains_key(&self.device) {
            return Err(ManifestError::Signature);
        }
        self.device
            .verify(Context::BACKUP_ROOT, content, signature)
            .map_err(|_| ManifestError::Signature)
    }

    fn to_content(&self) -> Content {
        let snapshot = |of: &Snapshot| (of.number, of.time_ms, Bytes(*of.id.as_bytes()));
        let key = |key: &BackupKey| (key.generation, Bytes(*key.secret));
        let guardian = |(slot, of): (&u16, &GuardianEntry)| {
            let identity = Bytes(*of.identity.as_bytes());
            (*slot, identity, Blob(of.peer.clone()), of.addresses.clone())
        };
        let head = |head: &Head| {
            let (device, id) = (head.device.as_bytes(), head.id.as_bytes());
            (Bytes(*device), head.log, head.seq, Bytes(*id))
        };
        let page = |of: &PageEntry| (of.number, Bytes(*of.id.as_bytes()), of.generation, of.bytes);
        let extension = |(kind, says): (&u16, &Vec<u8>)| (*kind, Blob(says.clone()));
        Content(
            VERSION,
            Bytes(*self.identity.as_bytes()),
            Bytes(*self.device.as_bytes()),
            self.number,
            self.time_ms,
            self.snapshots.iter().map(snapshot).collect(),
            self.keys.iter().map(key).collect(),
            self.guardians.iter().map(guardian).collect(),
            self.statements.iter().cloned().map(Blob).collect(),
            self.heads.iter().map(head).collect(),
            self.pages.iter().map(page).collect(),
            self.files,
            self.bytes,
            self.extensions.iter().map(extension).collect(),
        )
    }

    fn from_content(content: Content) -> Result<Self, DecodeError> {
        let Content(
            version,
            identity,
            device,
            number,
            time_ms,
            snapshots,
            keys,
            guardians,
            statements,
            heads,
            pages,
            files,
            bytes,
            extensions,
        ) = content;
        if version != VERSION {
            return Err(DecodeError::Version(version.into()));
        }
        let slots = guardians.iter().map(|(slot, ..)| *slot);
        let kinds = extensions.iter().map(|(kind, _)| *kind);
        if !slots.is_sorted_by(|a, b| a < b) || !kinds.is_sorted_by(|a, b| a < b) {
            return Err(DecodeError::Invalid(ASCENDING));
        }
        let snapshot = |(number, time_ms, id): SnapshotTuple| Snapshot {
            number,
            time_ms,
            id: RootId::from_bytes(id.0),
        };
        let key = |(generation, secret): KeyTuple| BackupKey {
            generation,
            secret: Zeroizing::new(secret.0),
        };
        let guardian = |(slot, identity, peer, addresses): GuardianTuple| {
            let identity = Identity::from_bytes(identity.0);
            let peer = peer.0;
            (
                slot,
                GuardianEntry {
                    identity,
                    peer,
                    addresses,
                },
            )
        };
        let head = |(device, log, seq, id): HeadTuple| Head {
            device: DeviceId::from_bytes(device.0),
            log,
            seq,
            id: EntryId::from_bytes(id.0),
        };
        let page = |(number, id, generation, bytes): PageTuple| PageEntry {
            number,
            id: PageId::from_bytes(id.0),
            generation,
            bytes,
        };
        Ok(Self {
            identity: Identity::from_bytes(identity.0),
            device: DeviceId::from_bytes(device.0),
            number,
            time_ms,
            snapshots: snapshots.into_iter().map(snapshot).collect(),
            keys: keys.into_iter().map(key).collect(),
            guardians: guardians.into_iter().map(guardian).collect(),
            statements: statements.into_iter().map(|blob| blob.0).collect(),
            heads: heads.into_iter().map(head).collect(),
            pages: pages.into_iter().map(page).collect(),
            files,
            bytes,
            extensions: extensions
                .into_iter()
                .map(|(kind, blob)| (kind, blob.0))
                .collect(),
        })
    }

    /// What a root promises beyond its shape.
    fn check(&self) -> Result<(), DecodeError> {
        let rules = [
            (
                self.number <= BACKUP_NUMBER_MAX,
                "the snapshot's number is out of bounds",
            ),
            (self.time_ms <= TIME_MS_MAX, "the time is out of bounds"),
            (
                self.snapshots_hold(),
                "the earlier snapshots are out of bounds or order",
            ),
            (
                self.keys.len() <= BACKUP_KEYS_MAX
                    && self.keys.is_sorted_by(|a, b| a.generation < b.generation),
                "the backup keys are out of bounds or order",
            ),
            (self.guardians_hold(), "the guardians are out of bounds"),
            (
                self.statements.len() <= STATEMENTS_MAX
                    && self
                        .statements
                        .iter()
                        .all(|bytes| bytes.len() <= STATEMENT_BYTES_MAX),
                "the statements are out of bounds",
            ),
            (self.heads_hold(), "the heads are out of bounds or order"),
            (self.pages_hold(), "the pages are out of bounds or order"),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(DecodeError::Invalid(rule)),
            None => Ok(()),
        }
    }

    fn snapshots_hold(&self) -> bool {
        self.snapshots.len() <= SNAPSHOTS_MAX
            && self.snapshots.is_sorted_by(|a, b| a.number < b.number)
            && self
                .snapshots
                .iter()
                .all(|of| of.number < self.number && of.time_ms <= TIME_MS_MAX)
    }

    fn guardians_hold(&self) -> bool {
        self.guardians.iter().all(|(&slot, guardian)| {
            usize::from(slot) < GUARDIANS_MAX
                && guardian.peer.len() <= PEER_BYTES_MAX
                && guardian.addresses.len() <= ADDRESSES_MAX
                && guardian
                    .addresses
                    .iter()
                    .all(|text| text.len() <= ADDRESS_BYTES_MAX)
        })
    }

    fn heads_hold(&self) -> bool {
        let in_bounds =
            |head: &Head| head.log.number() <= LOG_NUMBER_MAX && head.seq <= SEQUENCE_MAX;
        self.heads.len() <= LOGS_PER_IDENTITY_MAX
            && self.heads.iter().all(in_bounds)
            && self
                .heads
                .is_sorted_by(|a, b| (a.device, a.log) < (b.device, b.log))
    }

    fn pages_hold(&self) -> bool {
        let in_bounds = |page: &PageEntry| {
            page.number <= BACKUP_NUMBER_MAX && page.bytes as usize <= PAGE_BYTES_MAX
        };
        self.pages.len() <= PAGES_MAX
            && self.pages.iter().all(in_bounds)
            && self.pages.is_sorted_by(|a, b| a.number < b.number)
    }
}

const ASCENDING: &str = "guardians and extensions ascend, each once";

/// (content, signature over it)
#[derive(Serialize, Deserialize)]
struct Signed(Blob, Bytes<64>);

fn sealing_info(identity: &Identity) -> Vec<u8> {
    [SEALING_INFO, identity.as_bytes()].concat()
}

fn versioned_root(sealed: &[u8]) -> Result<&[u8], DecodeError> {
    let (length, limit) = (sealed.len(), ROOT_BYTES_MAX);
    if length > limit {
        return Err(DecodeError::TooLong { length, limit });
    }
    versioned(sealed, VERSION)
}

/// The root's key sealed to each recipient, with some more that nobody can open, in an order that tells nothing: sealed
/// keys begin with a random one, and by that they are sorted.
fn sealed_keys<R: CryptoRng + ?Sized>(
    identity: &Identity,
    key: &[u8; 32],
    recipients: &Recipients<'_>,
    rng: &mut R,
) -> Result<BTreeSet<Bytes<SEALED_KEY_BYTES>>, ManifestError> {
    let info = sealing_info(identity);
    let mut to: BTreeSet<BoxPublic> = recipients.devices.iter().copied().collect();
    to.insert(recipients.recovery);
    let count = to.len().next_multiple_of(RECIPIENTS_STEP);
    if count > ROOT_RECIPIENTS_MAX {
        return Err(ManifestError::TooLong(count * SEALED_KEY_BYTES));
    }
    while to.len() < count {
        to.insert(BoxSecret::generate(rng).public());
    }
    let sealed = to.iter().map(|to| {
        let sealed = hearth_keys::seal(to, &info, &[], key, rng);
        Bytes(sealed.try_into().expect("a sealed key's length is known"))
    });
    Ok(sealed.collect())
}
