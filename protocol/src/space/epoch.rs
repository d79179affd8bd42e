//! Epochs: who was in a space for a while, and the two keys that they had meanwhile.

use hearth_keys::derive::{Label, derive};
use hearth_keys::{CryptoRng, Identity, SpaceKey};

use super::Space;
use crate::codec::{Bytes, encode};
use crate::content::Content;
use crate::content_id::content_id;

const EPOCH_ID: Label = Label::new("hearth 2026-11 epoch id v1");
const MEMBERS: Label = Label::new("hearth 2026-11 epoch members v1");
const COMMITMENT: Label = Label::new("hearth 2026-11 epoch commitment v1");

content_id! {
    /// Names an epoch: derived from its space, its number, who began it, and both its keys. Whoever is told other keys
    /// is told of another epoch.
    EpochId
}

/// What fixes a key without giving it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commitment([u8; 32]);

impl Commitment {
    /// The commitment to `key`.
    pub fn to(key: &SpaceKey) -> Self {
        Self(*key.derive(COMMITMENT))
    }

    /// Takes the 32 bytes as they are.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Who is in an epoch, as its entry says it: whoever comes to other members by what they hold knows that something is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MembersDigest([u8; 32]);

impl MembersDigest {
    /// Of members in ascending order.
    pub fn of<'a>(members: impl IntoIterator<Item = &'a Identity>) -> Self {
        let members = members.into_iter();
        let bytes: Vec<u8> = members.flat_map(|who| *who.as_bytes()).collect();
        Self(*derive(MEMBERS, &bytes))
    }

    /// Takes the 32 bytes as they are.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Which of an epoch's two keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EpochKey {
    /// What members say.
    Body,
    /// How the space is run.
    Control,
}

impl EpochKey {
    /// Whether `content` says anything where it was found: sealed with this key of an epoch of `space`. How a space is run
    /// is said with control keys of that same space and nothing else is, so that who has only these, or only those of
    /// bodies, reads all that there is of the one and nothing of the other.
    pub fn fits(self, space: &Space, content: &Content) -> bool {
        match (self, content) {
            (Self::Control, Content::Control(control)) => control.space == *space,
            (Self::Body, Content::Control(_)) | (Self::Control, _) => false,
            (Self::Body, _) => true,
        }
    }
}

/// The keys of one epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochKeys {
    /// Whose epoch it is.
    pub space: Space,
    /// Counts up from 0 along the space's history; two that began apart from each other may have the same.
    pub generation: u32,
    /// Who began it.
    pub starter: Identity,
    /// Seals what members say.
    pub body: SpaceKey,
    /// Seals how the space is run, in shared spaces.
    pub control: SpaceKey,
}

impl EpochKeys {
    /// A new epoch with random keys.
    pub fn generate<R: CryptoRng + ?Sized>(
        space: Space,
        generation: u32,
        starter: Identity,
        rng: &mut R,
    ) -> Self {
        Self {
            space,
            generation,
            starter,
            body: SpaceKey::generate(rng),
            control: SpaceKey::generate(rng),
        }
    }

    /// The epoch's name, always of the keys at hand.
    pub fn id(&self) -> EpochId {
        self.control_part().id(&self.space)
    }

    /// All but the key of bodies: what later members get.
    pub fn control_part(&self) -> EpochControl {
        EpochControl {
            generation: self.generation,
            starter: self.starter,
            body: Commitment::to(&self.body),
            control: self.control.clone(),
        }
    }
}

/// An epoch without the key of its bodies: how the space was run can be read, what was said can't. It has what the
/// epoch's name follows from, so that nobody can pass off another key as this epoch's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochControl {
    /// As [`EpochKeys::generation`].
    pub generation: u32,
    /// Who began it.
    pub starter: Identity,
    /// Of the key that seals bodies.
    pub body: Commitment,
    /// Seals how the space is run.
    pub control: SpaceKey,
}

impl EpochControl {
    /// The name of the epoch in `space` that these are of.
    pub fn id(&self, space: &Space) -> EpochId {
        let control = Commitment::to(&self.control);
        EpochId::named(space, self.generation, &self.starter, self.body, control)
    }
}

impl EpochId {
    /// The name of an epoch, which takes no key to work out: that of the one whose starter says so, and of no other.
    pub fn named(
        space: &Space,
        generation: u32,
        starter: &Identity,
        body: Commitment,
        control: Commitment,
    ) -> Self {
        let named = encode(&(
            Bytes(*space.id().as_bytes()),
            generation,
            Bytes(*starter.as_bytes()),
            Bytes(body.0),
            Bytes(control.0),
        ));
        Self::from_bytes(*derive(EPOCH_ID, &named))
    }
}
