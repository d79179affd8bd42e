//! Grants: an epoch's keys for those who are in it.
//!
//! One random grant key opens the payload, and lies in one box for each reader. Boxes have no labels, an order that says
//! nothing, and company that nobody can open, so that who carries a grant learns neither for whom nor for how many it is,
//! nor of which space.

use hearth_keys::{
    BoxPublic, BoxSecret, CryptoRng, Identity, SEALED_OVERHEAD_BYTES, SpaceKey, seal,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{EpochKeys, Space, SpaceTuple};
use crate::body::{pad_to, unpad};
use crate::bounds::{
    BODY_BYTES_MAX, CONTROL_HEADS_MAX, GRANT_BOXES_MAX, GRANT_PAST_MAX, GRANT_WITH_PAST_BOXES_MAX,
};
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};
use crate::entry::{EntryId, Place};

const VERSION: u8 = 1;
/// A sealed grant key.
pub const GRANT_BOX_BYTES: usize = 32 + SEALED_OVERHEAD_BYTES;
/// The numbers of boxes that a grant may be filled up to.
const BOX_COUNTS: [usize; 5] = [4, 16, 64, GRANT_WITH_PAST_BOXES_MAX, GRANT_BOXES_MAX];
/// The lengths that a payload is padded to. The first two fit beside the most boxes, all beside fewer.
const PAYLOAD_BYTES: [usize; 4] = [512, 1792, 4096, 15_872];

/// An epoch's keys, for whoever can open one of the boxes. It opens only in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochGrant {
    boxes: Vec<[u8; GRANT_BOX_BYTES]>,
    payload: Vec<u8>,
}

/// What a grant gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The epoch's keys.
    pub keys: EpochKeys,
    /// The newest control entries that the granter knows, ascending: where a new member begins.
    pub heads: Vec<(Identity, EntryId)>,
    /// Earlier epochs of the same space, ascending.
    pub past: Vec<EpochKeys>,
}

/// Why a grant can't be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// No recipient, or more than fit in one entry.
    #[error("a grant has 1 to {0} recipients; write one grant for each part of them")]
    Recipients(usize),
    /// More control heads than a grant names.
    #[error("a grant names at most {CONTROL_HEADS_MAX} control entries")]
    Heads,
    /// More of the past than fits in one entry.
    #[error(
        "a grant hands over at most {GRANT_PAST_MAX} earlier epochs; write one more for the rest"
    )]
    Past,
    /// An earlier epoch of another space.
    #[error("a grant hands over epochs of one space only")]
    Foreign,
}

/// (generation, starter, body key, control key)
#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeysTuple(u32, Bytes<32>, Bytes<32>, Bytes<32>);

/// (version, space, keys, control heads, earlier epochs)
type PayloadTuple = (
    u8,
    SpaceTuple,
    KeysTuple,
    Vec<(Bytes<32>, Bytes<32>)>,
    Vec<KeysTuple>,
);

impl KeysTuple {
    pub(crate) fn of(keys: &EpochKeys) -> Self {
        Self(
            keys.generation,
            Bytes(*keys.starter.as_bytes()),
            Bytes(*keys.body.expose_bytes()),
            Bytes(*keys.control.expose_bytes()),
        )
    }

    pub(crate) fn in_space(self, space: Space) -> EpochKeys {
        EpochKeys {
            space,
            generation: self.0,
            starter: Identity::from_bytes(self.1.0),
            body: SpaceKey::from_bytes(self.2.0),
            control: SpaceKey::from_bytes(self.3.0),
        }
    }
}

impl EpochGrant {
    /// Grants `keys`, and the `past` if there is any, to the holders of `recipients`, of whom there may be
    /// [`recipients_max`] (`!past.is_empty()`), for an entry at `place`.
    ///
    /// Whoever shall read is a recipient, the granter too. A key that no one can hold (of small order) gets a box that
    /// nobody opens.
    pub fn seal<R: CryptoRng + ?Sized>(
        keys: &EpochKeys,
        heads: &[(Identity, EntryId)],
        past: &[EpochKeys],
        recipients: &[BoxPublic],
        place: &Place,
        rng: &mut R,
    ) -> Result<Self, GrantError> {
        let most = recipients_max(!past.is_empty());
        if !(1..=most).contains(&recipients.len()) {
            return Err(GrantError::Recipients(most));
        }
        let payload = payload(keys, heads, past)?;
        let grant_key = SpaceKey::generate(rng);
        let secret = grant_key.expose_bytes();
        let mut boxes: Vec<_> = recipients
            .iter()
            .map(|recipient| sealed_box(recipient, &secret[..], place, rng))
            .collect();
        while !BOX_COUNTS.contains(&boxes.len()) {
            let nobody = BoxSecret::generate(rng).public();
            boxes.push(sealed_box(&nobody, &secret[..], place, rng));
        }
        boxes.sort_unstable();
        Ok(Self {
            boxes,
            payload: grant_key.seal_body(&place.to_bytes(), &payload, rng),
        })
    }

    /// How many boxes there are, with those for nobody.
    pub fn boxes(&self) -> usize {
        self.boxes.len()
    }

    /// Opens the grant, which lies at `place`, with the secret of an inbox; None if it isn't for it, or was made for
    /// another place. What it gives is what the granter says: that they may grant is for others to judge.
    pub fn open(&self, inbox: &BoxSecret, place: &Place) -> Option<Granted> {
        self.open_some(inbox, place, 0..self.boxes.len())
    }

    /// As [`open`](Self::open), with some of the boxes only: each costs an agreement of keys, and who has other things to
    /// do may come back for the rest.
    pub fn open_some(
        &self,
        inbox: &BoxSecret,
        place: &Place,
        boxes: std::ops::Range<usize>,
    ) -> Option<Granted> {
        let info = grant_info(place, &inbox.public());
        let place = place.to_bytes();
        let end = boxes.end.min(self.boxes.len());
        self.boxes
            .get(boxes.start..end)?
            .iter()
            .filter_map(|sealed| inbox.open(&info, b"", sealed).ok())
            .filter_map(|secret| Some(SpaceKey::from_bytes(secret[..].try_into().ok()?)))
            .find_map(|key| key.open_body(&place, &self.payload).ok())
            .and_then(|padded| read_payload(unpad(&padded).ok()?).ok())
    }

    pub(crate) fn to_payload(&self) -> Vec<u8> {
        encode(&(Blob(self.boxes.concat()), Blob(self.payload.clone())))
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (Blob(boxes), Blob(payload)) = decode(bytes, BODY_BYTES_MAX)?;
        let (boxes, rest) = boxes.as_chunks();
        if !rest.is_empty() || !(1..=GRANT_BOXES_MAX).contains(&boxes.len()) {
            return Err(DecodeError::Invalid(
                "a grant has 1 to 384 boxes of 80 bytes",
            ));
        }
        if !boxes.is_sorted_by(|a, b| a < b) {
            return Err(DecodeError::Invalid(
                "a grant's boxes are in ascending order, each once",
            ));
        }
        Ok(Self {
            boxes: boxes.to_vec(),
            payload,
        })
    }
}

/// How many recipients one grant may have.
pub const fn recipients_max(with_past: bool) -> usize {
    if with_past {
        GRANT_WITH_PAST_BOXES_MAX
    } else {
        GRANT_BOXES_MAX
    }
}

/// Shares recipients out to as few grants as hold them.
pub fn batches(
    recipients: &[BoxPublic],
    with_past: bool,
) -> impl ExactSizeIterator<Item = &[BoxPublic]> {
    recipients.chunks(recipients_max(with_past))
}

/// The HPKE info of a box: what it is for, where the grant lies, and who opens it.
pub fn grant_info(place: &Place, recipient: &BoxPublic) -> Vec<u8> {
    encode(&(
        "hearth/epoch-grant/1",
        Blob(place.to_bytes()),
        Bytes(*recipient.as_bytes()),
    ))
}

fn sealed_box<R: CryptoRng + ?Sized>(
    recipient: &BoxPublic,
    secret: &[u8],
    place: &Place,
    rng: &mut R,
) -> [u8; GRANT_BOX_BYTES] {
    seal(recipient, &grant_info(place, recipient), b"", secret, rng)
        .try_into()
        .expect("32 bytes and what sealing adds")
}

fn payload(
    keys: &EpochKeys,
    heads: &[(Identity, EntryId)],
    past: &[EpochKeys],
) -> Result<Zeroizing<Vec<u8>>, GrantError> {
    if past.iter().any(|earlier| earlier.space != keys.space) {
        return Err(GrantError::Foreign);
    }
    let mut heads: Vec<_> = heads
        .iter()
        .map(|(who, id)| (Bytes(*who.as_bytes()), Bytes(*id.as_bytes())))
        .collect();
    heads.sort_unstable();
    heads.dedup();
    if heads.len() > CONTROL_HEADS_MAX {
        return Err(GrantError::Heads);
    }
    let mut past: Vec<_> = past.iter().map(KeysTuple::of).collect();
    past.sort_unstable();
    past.dedup();
    if past.len() > GRANT_PAST_MAX {
        return Err(GrantError::Past);
    }
    let payload: PayloadTuple = (
        VERSION,
        keys.space.to_tuple(),
        KeysTuple::of(keys),
        heads,
        past,
    );
    pad_to(&PAYLOAD_BYTES, Zeroizing::new(encode(&payload))).ok_or(GrantError::Past)
}

fn read_payload(bytes: &[u8]) -> Result<Granted, DecodeError> {
    let (version, space, keys, heads, past): PayloadTuple = decode(bytes, BODY_BYTES_MAX)?;
    if version != VERSION {
        return Err(DecodeError::Version(version.into()));
    }
    if heads.len() > CONTROL_HEADS_MAX || !heads.is_sorted_by(|a, b| a < b) {
        return Err(DecodeError::Invalid(
            "a grant names at most 16 control entries in ascending order",
        ));
    }
    if past.len() > GRANT_PAST_MAX || !past.is_sorted_by(|a, b| a < b) {
        return Err(DecodeError::Invalid(
            "a grant hands over at most 128 epochs in ascending order",
        ));
    }
    let space = Space::from_tuple(space)?;
    let head = |(who, id): (Bytes<32>, Bytes<32>)| {
        (Identity::from_bytes(who.0), EntryId::from_bytes(id.0))
    };
    Ok(Granted {
        keys: keys.in_space(space),
        heads: heads.into_iter().map(head).collect(),
        past: past.into_iter().map(|keys| keys.in_space(space)).collect(),
    })
}
