//! What a notification is about, and its row.

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::codec::{Blob, Bytes, decode_trusted, encode};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, Place};
use hearth_protocol::space::Space;

use super::super::logs::StoreError;
use super::super::rows::Handle;
use super::super::views::ROW_BYTES_MAX;
use super::HASH_BYTES;

const POST: u8 = 1;
const REACTION: u8 = 2;
pub(super) const PERSON: u8 = 3;
const ADDED: u8 = 4;
const BOOST: u8 = 5;
const EDITED: u8 = 6;

/// What a notification is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// The post that an entry is or carries, with its id.
    Post(EntryId, (Handle, u64)),
    /// Reactions with an emoji to the account's own post.
    Reaction(Place, EntryId, String),
    /// Boosts of the account's own post.
    Boost(Place, EntryId),
    /// The post at a place, which an edit made mention the account. Either of the two may come first.
    Edited(Place),
    /// Somebody who follows, knocks, or became a friend.
    Person(Identity),
    /// A space, and who let the account into it.
    Added(Space, Identity),
}

/// Of an own post: (device, log, sequence, id, emoji)
type OwnRow = (Bytes<32>, LogNumber, u64, Bytes<32>, String);

/// (identity, device, log, sequence)
type PlaceRow = (Bytes<32>, Bytes<32>, LogNumber, u64);

fn own_row(place: &Place, id: &EntryId, emoji: &str) -> Vec<u8> {
    let device = Bytes(*place.log.device.as_bytes());
    let id = Bytes(*id.as_bytes());
    let row: OwnRow = (device, place.log.log, place.seq, id, emoji.to_owned());
    encode(&row)
}

impl Subject {
    pub(super) fn hash(&self) -> [u8; HASH_BYTES] {
        let mut hasher = blake3::Hasher::new();
        match self {
            Self::Post(id, _) => hasher.update(&[POST]).update(id.as_bytes()),
            Self::Reaction(_, id, emoji) => hasher
                .update(&[REACTION])
                .update(id.as_bytes())
                .update(emoji.as_bytes()),
            Self::Boost(_, id) => hasher.update(&[BOOST]).update(id.as_bytes()),
            Self::Edited(place) => hasher.update(&[EDITED]).update(&place.to_bytes()),
            Self::Person(who) => hasher.update(&[PERSON]).update(who.as_bytes()),
            Self::Added(space, by) => hasher
                .update(&[ADDED])
                .update(by.as_bytes())
                .update(&space.to_bytes()),
        };
        let hash = hasher.finalize();
        *hash.as_bytes().first_chunk().expect("a hash is longer")
    }

    /// Whether people add to it one after the other.
    pub(super) fn is_echo(&self) -> bool {
        matches!(self, Self::Reaction(..) | Self::Boost(..))
    }

    pub(super) fn is_person(&self) -> bool {
        matches!(self, Self::Person(_))
    }

    pub(super) fn to_row(&self) -> Vec<u8> {
        let (kind, rest) = match self {
            Self::Post(id, at) => (POST, encode(&(Bytes(*id.as_bytes()), *at))),
            Self::Reaction(place, id, emoji) => (REACTION, own_row(place, id, emoji)),
            Self::Boost(place, id) => (BOOST, own_row(place, id, "")),
            Self::Edited(Place { log, seq }) => {
                let (identity, device) = (log.identity.as_bytes(), log.device.as_bytes());
                let row: PlaceRow = (Bytes(*identity), Bytes(*device), log.log, *seq);
                (EDITED, encode(&row))
            }
            Self::Person(who) => (PERSON, who.as_bytes().to_vec()),
            Self::Added(space, by) => {
                let by = Bytes(*by.as_bytes());
                (ADDED, encode(&(by, Blob(space.to_bytes()))))
            }
        };
        [&[kind], &rest[..]].concat()
    }

    pub(super) fn from_row(account: &Identity, row: &[u8]) -> Result<Option<Self>, StoreError> {
        let Some((kind, rest)) = row.split_first() else {
            return Ok(None);
        };
        Ok(match *kind {
            POST => {
                let (id, at): (Bytes<32>, (Handle, u64)) = decode_trusted(rest, ROW_BYTES_MAX)?;
                Some(Self::Post(EntryId::from_bytes(id.0), at))
            }
            REACTION | BOOST => {
                let (device, log, seq, id, emoji): OwnRow = decode_trusted(rest, ROW_BYTES_MAX)?;
                let log = LogKey {
                    identity: *account,
                    device: DeviceId::from_bytes(device.0),
                    log,
                };
                let (place, id) = (Place { log, seq }, EntryId::from_bytes(id.0));
                Some(match *kind {
                    BOOST => Self::Boost(place, id),
                    _ => Self::Reaction(place, id, emoji),
                })
            }
            EDITED => {
                let (identity, device, log, seq): PlaceRow = decode_trusted(rest, ROW_BYTES_MAX)?;
                let log = LogKey {
                    identity: Identity::from_bytes(identity.0),
                    device: DeviceId::from_bytes(device.0),
                    log,
                };
                Some(Self::Edited(Place { log, seq }))
            }
            PERSON => rest
                .try_into()
                .ok()
                .map(|bytes| Self::Person(Identity::from_bytes(bytes))),
            ADDED => {
                let (by, space): (Bytes<32>, Blob) = decode_trusted(rest, ROW_BYTES_MAX)?;
                let space = Space::from_bytes(&space.0)?;
                Some(Self::Added(space, Identity::from_bytes(by.0)))
            }
            // A newer program's.
            _ => None,
        })
    }
}
