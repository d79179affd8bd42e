//! What entries say beside posts: reactions, boosts, what is carried for friends, and the owner's own lists and settings.

use crate::bounds::{
    BODY_BYTES_MAX, CARRIED_STATEMENTS_MAX, EMOJI_BYTES_MAX, REGISTER_KEY_BYTES_MAX,
    REGISTER_VALUE_BYTES_MAX, STATEMENT_BYTES_MAX,
};
use crate::codec::{Blob, DecodeError, decode, encode};
use crate::entry::{LoneEntry, LoneEntryTuple};

use super::{Reference, ReferenceTuple, reference, reference_tuple};

/// What a friend said in the owner's friends' space, served on to those who don't know that friend. Its author's
/// signature and statements come along, so that the owner can't put words into a mouth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The author's root statements as encoded, as many as show that the device is theirs; at most 32.
    pub statements: Vec<Vec<u8>>,
    /// The entry, with its own signature and its body as it lies in the author's log.
    pub entry: Box<LoneEntry>,
}

/// A reaction, or that it is taken back. For each author, target and emoji the highest (time, id) counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// To what.
    pub target: Reference,
    /// 1 to 32 bytes.
    pub emoji: String,
    /// Whether from now on.
    pub on: bool,
}

/// That one's readers may want to see a post, or that it is taken back. For each author and target the highest (time, id)
/// counts. In the same space as its target, and so never for more people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boost {
    /// The post.
    pub target: Reference,
    /// Whether from now on.
    pub on: bool,
}

/// One value of the owner's, by register and key. For each of these the highest (time, id) counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// What kind of thing it is; see [`register`].
    pub register: u8,
    /// Of what; at most 64 bytes.
    pub key: Vec<u8>,
    /// What holds from now on, at most 2,048 bytes; None where nothing does.
    pub value: Option<Vec<u8>>,
}

/// The numbers that stand for registers.
pub mod register {
    /// Key: an identity that isn't shown.
    pub const MUTE: u8 = 1;
    /// Key: an identity that is neither shown nor served.
    pub const BLOCK: u8 = 2;
    /// Key: an entry's id; value: the reference to it.
    pub const BOOKMARK: u8 = 3;
    /// Key: the first 16 bytes of the BLAKE3 of a list's name, then a member's identity; value: the list's name.
    pub const LIST_MEMBER: u8 = 4;
    /// Key: a space's id, or 32 zero bytes for the home timeline; value: (time, id) of the last entry read.
    pub const READING_POSITION: u8 = 5;
    /// Key: a setting's name; value: text.
    pub const SETTING: u8 = 6;
    /// Key: an invite's id, 16 bytes; value: what the invite allows.
    pub const INVITE: u8 = 7;
    /// Key: the id of a space that was asked to be let in.
    pub const JOIN_ASKED: u8 = 8;
    /// Key: an identity that was asked to be friends.
    pub const KNOCK_SENT: u8 = 9;
    /// Key: an identity whose asking was declined.
    pub const KNOCK_DECLINED: u8 = 10;
    /// Key: an identity that said whether it follows this one; value: (time of the notice in ms, following, name).
    pub const FOLLOWER: u8 = 12;
    /// Key: a device's signing key; value: what its person calls it, as text.
    pub const DEVICE_NAME: u8 = 13;
    /// Key: a shared space's id ‖ an identity that went out of it; value: the ids of the entries that had added them by then.
    pub const WENT: u8 = 14;
    /// Key: an identity; value: what this account calls them, as text.
    pub const PETNAME: u8 = 15;
}

impl Carried {
    pub(super) fn payload(&self) -> Vec<u8> {
        let statements: Vec<_> = self.statements.iter().cloned().map(Blob).collect();
        encode(&(statements, self.entry.to_tuple()))
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, DecodeError> {
        let (statements, entry): (Vec<Blob>, LoneEntryTuple) = decode(payload, BODY_BYTES_MAX)?;
        let too_long = |statement: &Blob| statement.0.len() > STATEMENT_BYTES_MAX;
        if statements.len() > CARRIED_STATEMENTS_MAX || statements.iter().any(too_long) {
            return Err(DecodeError::Invalid(
                "at most 32 statements of 1536 bytes are carried along",
            ));
        }
        Ok(Self {
            statements: statements.into_iter().map(|blob| blob.0).collect(),
            entry: Box::new(LoneEntry::from_tuple(entry)?),
        })
    }
}

impl Reaction {
    pub(super) fn payload(&self) -> Vec<u8> {
        encode(&(reference_tuple(self.target), &self.emoji, self.on))
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, DecodeError> {
        let (target, emoji, on): (ReferenceTuple, String, bool) = decode(payload, BODY_BYTES_MAX)?;
        check_emoji(&emoji)?;
        Ok(Self {
            target: reference(target)?,
            emoji,
            on,
        })
    }
}

impl Boost {
    pub(super) fn payload(self) -> Vec<u8> {
        encode(&(reference_tuple(self.target), self.on))
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, DecodeError> {
        let (target, on): (ReferenceTuple, bool) = decode(payload, BODY_BYTES_MAX)?;
        Ok(Self {
            target: reference(target)?,
            on,
        })
    }
}

impl Register {
    /// Whether the key and the value are within bounds.
    pub fn check(&self) -> Result<(), DecodeError> {
        let value_bytes = self.value.as_ref().map_or(0, Vec::len);
        if self.key.len() > REGISTER_KEY_BYTES_MAX || value_bytes > REGISTER_VALUE_BYTES_MAX {
            return Err(DecodeError::Invalid(
                "a register has a key of at most 64 bytes and a value of at most 2048",
            ));
        }
        Ok(())
    }

    pub(super) fn payload(&self) -> Vec<u8> {
        let value = self.value.clone().map(Blob);
        encode(&(self.register, Blob(self.key.clone()), value))
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, DecodeError> {
        let (register, Blob(key), value): (u8, Blob, Option<Blob>) =
            decode(payload, BODY_BYTES_MAX)?;
        let register = Self {
            register,
            key,
            value: value.map(|blob| blob.0),
        };
        register.check()?;
        Ok(register)
    }
}

/// Checks what somebody wants to react with: 1 to 32 bytes.
pub fn check_emoji(emoji: &str) -> Result<(), DecodeError> {
    if (1..=EMOJI_BYTES_MAX).contains(&emoji.len()) {
        Ok(())
    } else {
        Err(DecodeError::Invalid("a reaction has 1 to 32 bytes"))
    }
}
