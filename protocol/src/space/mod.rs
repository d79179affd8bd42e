//! Spaces: who may read.
//!
//! Everything is said in a space. All but the public one are the same mechanism: members, and for each [`epoch`] of the
//! space two random keys, one for what members say and one for how the space is run. An epoch's keys come to its members
//! by a [`grant`]; which epoch's key opens a body tells whom the body was for, and nothing in it needs to say so.
//!
//! A space's name follows from what it is, so that nobody can claim one: friends' and private spaces from their owner,
//! one to one from the two, shared ones from who founded them.

use std::fmt;

use hearth_keys::derive::{Label, derive};
use hearth_keys::{CryptoRng, Identity};
use serde::{Deserialize, Serialize};

use crate::codec::{Blob, Bytes, DecodeError, decode, encode};
use crate::content_id::content_id;

pub mod epoch;
pub mod grant;
mod history;
mod judge;
mod order;
mod parents;
pub mod plan;
pub mod resolve;
mod rows;

pub use epoch::{Commitment, EpochControl, EpochId, EpochKey, EpochKeys, MembersDigest};
pub use grant::{EpochGrant, GrantError, Granted};
pub use order::Gone;
pub use parents::Step;
pub use plan::{AddPlan, EpochPlan};
pub use resolve::{ControlEntry, EpochState, Resolved, Role, resolve};

const SPACE_ID: Label = Label::new("hearth 2026-11 space id v1");

/// The random bytes that tell a founder's shared spaces apart.
pub const SPACE_NONCE_BYTES: usize = 16;
/// An encoded space is shorter.
const SPACE_BYTES_MAX: usize = 128;

content_id! {
    /// Names a space: derived from what it is.
    SpaceId
}

/// What a space is, and all that its name follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// The whole world.
    Public,
    /// One's own devices.
    Private(Identity),
    /// One's friends, whom only the owner knows in full.
    Friends(Identity),
    /// Two people; the lower identity first. [`Space::direct`] orders them.
    Direct(Identity, Identity),
    /// Members, some of them admins, as control entries say.
    Shared {
        /// Who founded it.
        creator: Identity,
        /// Random.
        nonce: [u8; SPACE_NONCE_BYTES],
    },
}

/// The kinds of spaces, by the numbers that stand for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SpaceKind {
    /// [`Space::Public`]
    Public = 1,
    /// [`Space::Private`]
    Private = 2,
    /// [`Space::Friends`]
    Friends = 3,
    /// [`Space::Shared`]
    Shared = 4,
    /// [`Space::Direct`]
    Direct = 5,
}

impl SpaceKind {
    /// The word that pages, commands and the interface have for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Friends => "friends",
            Self::Shared => "shared",
            Self::Direct => "direct",
        }
    }
}

impl fmt::Display for SpaceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// (kind, identities, nonce)
#[derive(Serialize, Deserialize)]
pub(crate) struct SpaceTuple(u8, Vec<Bytes<32>>, Blob);

impl Space {
    /// The space of two people, whoever of them asks. Of one and the same it is their private space.
    pub fn direct(one: Identity, other: Identity) -> Self {
        match one.cmp(&other) {
            std::cmp::Ordering::Less => Self::Direct(one, other),
            std::cmp::Ordering::Greater => Self::Direct(other, one),
            std::cmp::Ordering::Equal => Self::Private(one),
        }
    }

    /// A new shared space.
    pub fn found<R: CryptoRng + ?Sized>(creator: Identity, rng: &mut R) -> Self {
        let mut nonce = [0; SPACE_NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        Self::Shared { creator, nonce }
    }

    /// Its kind.
    pub const fn kind(&self) -> SpaceKind {
        match self {
            Self::Public => SpaceKind::Public,
            Self::Private(_) => SpaceKind::Private,
            Self::Friends(_) => SpaceKind::Friends,
            Self::Direct(..) => SpaceKind::Direct,
            Self::Shared { .. } => SpaceKind::Shared,
        }
    }

    /// Its name.
    pub fn id(&self) -> SpaceId {
        SpaceId::from_bytes(*derive(SPACE_ID, &self.to_bytes()))
    }

    /// Whom the name follows from: nobody, the owner, the founder, or the two.
    pub fn identities(&self) -> impl Iterator<Item = Identity> + use<> {
        let (one, other) = match *self {
            Self::Public => (None, None),
            Self::Private(owner) | Self::Friends(owner) => (Some(owner), None),
            Self::Shared { creator, .. } => (Some(creator), None),
            Self::Direct(one, other) => (Some(one), Some(other)),
        };
        one.into_iter().chain(other)
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(&self.to_tuple())
    }

    /// Reads them back.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_tuple(decode(bytes, SPACE_BYTES_MAX)?)
    }

    pub(crate) fn to_tuple(self) -> SpaceTuple {
        let identities = self.identities().map(|who| Bytes(*who.as_bytes()));
        let nonce = match self {
            Self::Shared { nonce, .. } => nonce.to_vec(),
            _ => Vec::new(),
        };
        SpaceTuple(self.kind() as u8, identities.collect(), Blob(nonce))
    }

    pub(crate) fn from_tuple(
        SpaceTuple(kind, identities, nonce): SpaceTuple,
    ) -> Result<Self, DecodeError> {
        const PUBLIC: u8 = SpaceKind::Public as u8;
        const PRIVATE: u8 = SpaceKind::Private as u8;
        const FRIENDS: u8 = SpaceKind::Friends as u8;
        const SHARED: u8 = SpaceKind::Shared as u8;
        const DIRECT: u8 = SpaceKind::Direct as u8;
        let identity = |bytes: &Bytes<32>| Identity::from_bytes(bytes.0);
        match (kind, &identities[..], &nonce.0[..]) {
            (PUBLIC, [], []) => Ok(Self::Public),
            (PRIVATE, [owner], []) => Ok(Self::Private(identity(owner))),
            (FRIENDS, [owner], []) => Ok(Self::Friends(identity(owner))),
            (SHARED, [creator], nonce) => Ok(Self::Shared {
                creator: identity(creator),
                nonce: nonce.try_into().map_err(|_| {
                    DecodeError::Invalid("a shared space has 16 bytes that tell it apart")
                })?,
            }),
            (DIRECT, [one, other], []) if one < other => {
                Ok(Self::Direct(identity(one), identity(other)))
            }
            (PUBLIC | PRIVATE | FRIENDS | DIRECT, ..) => Err(DecodeError::Invalid(
                "a space names whom its kind asks for, in ascending order",
            )),
            (SHARED, ..) => Err(DecodeError::Invalid("a shared space has one founder")),
            (newer, ..) => Err(DecodeError::Version(newer.into())),
        }
    }
}
