//! What an owner and a guardian say to each other: somebody whose data a friend's node keeps, and that node.
//!
//! The frames travel on the same session as those of [`message`](crate::message), each `[kind, payload]` with kinds
//! from 32 on. An owner says by a [`Claim`] in whose name it asks; everything else counts only for identities that were
//! claimed on the same session. A guardian keeps sealed bytes by their BLAKE3 hash, each under a [`Ticket`] that a device
//! of its owner signed, until a [`Release`] or the end of a pledge.

mod claim;
mod frame;
mod release;
mod ticket;

use hearth_keys::{DeviceId, Identity};

pub use self::claim::{Claim, ClaimError};
pub use self::frame::is_guard_frame;
pub use self::release::Release;
pub use self::ticket::{ShardKind, Terms, Ticket, TicketError};
use crate::entry::{EntryId, LogNumber};
use crate::root::{Bound, StatementSet};

/// Names what a guardian keeps: BLAKE3 of its bytes.
pub type KeptId = [u8; 32];

/// A message between an owner and a guardian. Requests are numbered by who asks, never 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardMessage {
    /// Owner: in whose name it asks from here on.
    Claim(Claim),
    /// Guardian: what it grants; after a claim, and whenever that changes.
    Pledged(Pledged),
    /// Owner: keep these bytes, which follow as [`GuardMessage::Part`]s.
    Put {
        /// Its number.
        request: u32,
        /// What comes, and on whose word.
        ticket: Ticket,
    },
    /// Owner: a piece of what is to be kept; pieces come in order and none is longer than 64 KiB.
    Part(Part),
    /// Guardian: what became of a [`GuardMessage::Put`] or a [`GuardMessage::Release`].
    Done {
        /// Which.
        request: u32,
        /// What became of it.
        outcome: Outcome,
    },
    /// Owner: send a part of what is kept.
    Get {
        /// Its number.
        request: u32,
        /// Whose it is.
        owner: Identity,
        /// What.
        id: KeptId,
        /// From which byte on.
        offset: u32,
        /// How many bytes, at least one.
        length: u32,
    },
    /// Guardian: a piece of what was asked for; in order, none longer than 64 KiB.
    Piece(Part),
    /// Guardian: what was asked for isn't kept here, or isn't so long.
    Absent {
        /// Which request.
        request: u32,
    },
    /// Owner: say what is kept.
    List {
        /// Its number.
        request: u32,
        /// Of whom.
        owner: Identity,
        /// Only ids above this one.
        after: Option<KeptId>,
    },
    /// Guardian: what is kept, by ascending id.
    Listed {
        /// Which request.
        request: u32,
        /// At most 1,024.
        items: Vec<Listed>,
        /// Whether there is more behind the last.
        more: bool,
    },
    /// Owner: these needn't be kept any longer, once the time of grace is over.
    Release {
        /// Its number.
        request: u32,
        /// What, on whose word.
        release: Release,
    },
    /// Owner: say how far you know me.
    Attest {
        /// Its number.
        request: u32,
        /// Whom.
        identity: Identity,
    },
    /// Guardian: how far it knows an identity.
    Attested {
        /// Which request.
        request: u32,
        /// What it knows.
        attested: Attested,
    },
    /// A device of an identity, to another one of the same: send an object's sealed bytes.
    Fetch {
        /// Its number.
        request: u32,
        /// Whose it is.
        owner: Identity,
        /// Which.
        id: KeptId,
    },
    /// To anybody: send the sealed bytes of an object of a picture, by who knows its name.
    Picture {
        /// Its number.
        request: u32,
        /// Where the picture begins, as a post or a profile says.
        root: KeptId,
        /// Which object: that one, or one that the list in it names.
        id: KeptId,
    },
    /// The answer: the object's pieces follow.
    Coming {
        /// Which request.
        request: u32,
        /// How many bytes they are together, at least one.
        bytes: u32,
    },
}

/// What an account at the guardian grants an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pledged {
    /// To whom.
    pub owner: Identity,
    /// Who pledged.
    pub guardian: Identity,
    /// How much may be kept in all: what was pledged while both follow each other, else 0.
    pub bytes: u64,
    /// How much is kept.
    pub used: u64,
    /// When what is beyond `bytes` will be dropped, ms since 1970; only while there is such.
    pub ends_ms: Option<u64>,
}

/// Some of the bytes of something that is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// Of which request.
    pub request: u32,
    /// From which byte on.
    pub offset: u32,
    /// 1 byte to 64 KiB.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (request, offset, length) = (self.request, self.offset, self.bytes.len());
        write!(f, "Part({request}, {offset}…+{length})")
    }
}

/// What became of something that a guardian was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It is done, and durable; also where it was already.
    Stored,
    /// The guardian pledged nothing, or the two aren't friends.
    NoPledge,
    /// There is no room for it under the pledge.
    OverQuota,
    /// Too much is under way: try again soon.
    Busy,
    /// Hash, length, order or signature are wrong.
    Mismatch,
    /// The guardian can't, perhaps because its disk is full.
    Failed,
}

/// One thing that a guardian keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub id: KeptId,
    /// What it is.
    pub kind: ShardKind,
    /// The number of its pack, page or root.
    pub number: u64,
    /// Its length.
    pub bytes: u32,
}

/// How far a guardian knows somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attested {
    /// The newest entry that it holds of each social log.
    pub logs: Vec<AttestedLog>,
    /// The newest roots that it keeps, the newest first.
    pub roots: Vec<AttestedRoot>,
}

/// The newest entry of a log that a guardian holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttestedLog {
    /// The device that wrote it.
    pub device: DeviceId,
    /// The log.
    pub log: LogNumber,
    /// The entry's sequence.
    pub seq: u64,
    /// Its id.
    pub id: EntryId,
}

/// A root that a guardian keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttestedRoot {
    /// Which backup it is of.
    pub number: u64,
    /// Its name.
    pub id: KeptId,
    /// Its length.
    pub bytes: u32,
}

/// Whether a device may ask in an identity's name: certified and not cut off. One that was only retired may.
pub fn may_ask(statements: &StatementSet, device: &DeviceId) -> bool {
    statements.bound(device, LogNumber::SOCIAL) == Bound::Open
}
