//! Letters: what somebody asks of somebody else, outside of any log, sealed so that whoever passes it on learns nothing but
//! for whom it is.
//!
//! A letter is a record that a current device of the sender signed, with the root statements that say so, sealed (HPKE) to
//! the recipient's inbox key and padded to one of [`SEALED_BYTES`]. Each one tells how its sender can be answered: their
//! inbox key, and where their node listens.

use hearth_keys::{
    BoxPublic, BoxSecret, Context, DeviceId, DeviceKeys, Identity, SEALED_OVERHEAD_BYTES, seal,
};
use rand_core::CryptoRng;

use crate::bounds::{
    ADDRESS_BYTES_MAX, ADDRESSES_MAX, KNOCK_TEXT_BYTES_MAX, LETTER_BYTES_MAX, NAME_BYTES_MAX,
    TIME_MS_MAX,
};
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};
use crate::message::{MessageError, Record, RecordTuple};
use crate::root::{Claim, Statement, StatementSet};

/// How long sealed letters are.
pub const SEALED_BYTES: [usize; 3] = [2048, 4096, LETTER_BYTES_MAX];
/// How a sealed letter's info begins.
const INFO: &[u8] = b"hearth/letter/1";
/// Before the record stands its length.
const LENGTH_BYTES: usize = 2;
const VERSION: u8 = 1;

const KNOCK: u8 = 1;
const ACCEPTED: u8 = 2;
const JOIN: u8 = 3;
const REFUSED: u8 = 4;

/// What a letter is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matter {
    /// The sender follows the recipient, and asks to be followed back.
    Knock {
        /// A few words, 1 KiB at most; may be empty.
        text: String,
    },
    /// The sender follows the recipient, who knocked.
    Accepted,
    /// The sender was given an invitation of the recipient's, and wants to join.
    Join {
        /// The space's id.
        space: [u8; 32],
        /// The invitation's id.
        invite: [u8; 16],
        /// That the sender knows the invitation's secret: [`crate::invite::InviteSecret::proof`].
        proof: [u8; 32],
    },
    /// The recipient can't join.
    Refused {
        /// The space's id.
        space: [u8; 32],
        /// The invitation's id.
        invite: [u8; 16],
        /// Why.
        reason: JoinRefusal,
    },
    /// Of a kind that this program doesn't know.
    Unknown {
        /// Its number.
        kind: u8,
        /// Its payload.
        payload: Vec<u8>,
    },
}

/// Why somebody can't join a space by an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JoinRefusal {
    /// There is no such invitation, or the secret is wrong.
    Wrong,
    /// As many have joined by it as may.
    UsedUp,
    /// It was for a certain time.
    Expired,
    /// It was taken back.
    Revoked,
    /// Who gave it can't add members any longer.
    NotAdmin,
    /// Who gave it doesn't want the sender there.
    Unwanted,
    /// The sender joined by it before and is no longer a member.
    UsedBefore,
    /// A reason that this program doesn't know.
    Other(u8),
}

impl JoinRefusal {
    /// The number that stands for it.
    pub const fn code(self) -> u8 {
        match self {
            Self::Wrong => 1,
            Self::UsedUp => 2,
            Self::Expired => 3,
            Self::Revoked => 4,
            Self::NotAdmin => 5,
            Self::Unwanted => 6,
            Self::UsedBefore => 7,
            Self::Other(code) => code,
        }
    }

    /// What a number stands for.
    pub const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Wrong,
            2 => Self::UsedUp,
            3 => Self::Expired,
            4 => Self::Revoked,
            5 => Self::NotAdmin,
            6 => Self::Unwanted,
            7 => Self::UsedBefore,
            other => Self::Other(other),
        }
    }
}

/// What a letter says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// For whom.
    pub to: Identity,
    /// Random: who gets a letter twice knows it by this and its sender.
    pub id: [u8; 16],
    /// When it was written, ms since 1970, by the sender's clock.
    pub time_ms: u64,
    /// What the sender calls themselves.
    pub name: String,
    /// What answers are sealed to: the sender's inbox key and its generation.
    pub inbox: (u32, BoxPublic),
    /// Where the sender's node listens: multiaddrs, 8 at most.
    pub addresses: Vec<String>,
    /// What it is about.
    pub matter: Matter,
}

/// A letter that was opened, and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Who, as their root statements and a signature say.
    pub from: Identity,
    /// Which of their devices.
    pub device: DeviceId,
    /// The root statements that came along, encoded; later ones may have cut the device off.
    pub statements: Vec<Vec<u8>>,
    /// What it says.
    pub letter: Letter,
}

/// Why a letter isn't one.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// It doesn't open with this key, or isn't for this identity.
    #[error("it isn't sealed to this key")]
    Sealed,
    /// What is in it isn't a record that a current device signed.
    #[error(transparent)]
    Record(#[from] MessageError),
    /// What it says is malformed or out of bounds.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It says that it is for somebody else.
    #[error("it is for somebody else")]
    Misdirected,
    /// It is longer than a letter may be.
    #[error("it is longer than a letter may be")]
    TooLong,
}

/// (version, to, id, time, name, (inbox generation, inbox key), addresses, kind, payload)
type LetterTuple = (
    u8,
    Bytes<32>,
    Bytes<16>,
    u64,
    String,
    (u32, Bytes<32>),
    Vec<String>,
    u8,
    Blob,
);

fn info(to: &Identity) -> Vec<u8> {
    [INFO, to.as_bytes()].concat()
}

impl Letter {
    /// Signs a letter by a device that speaks for the sender, and seals it to the recipient's inbox key.
    ///
    /// Of root statements the device's certificate goes along, and others, cuts first, as far as there is room.
    ///
    /// # Errors
    /// [`LetterError::TooLong`] when it doesn't fit [`LETTER_BYTES_MAX`], [`LetterError::Decode`] when a part is out of
    /// bounds.
    pub fn seal(
        &self,
        device: &DeviceKeys,
        statements: &StatementSet,
        inbox: &BoxPublic,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, LetterError> {
        self.check()?;
        let signed = encode(&self.to_tuple());
        let room = LETTER_BYTES_MAX - SEALED_OVERHEAD_BYTES - LENGTH_BYTES;
        let mut told = StatementSet::new(statements.identity());
        let mut bytes = RECORD_BYTES + signed.len();
        for statement in by_weight(statements, device.id()) {
            let length = statement.to_bytes().len() + 5;
            if bytes + length > room {
                continue;
            }
            bytes += length;
            told.insert(statement.clone())
                .expect("statements of one set are of one identity");
        }
        let record = Record::sign(Context::LETTER, device, &told, signed);
        let padded = pad(&encode(&record.to_tuple())).ok_or(LetterError::TooLong)?;
        Ok(seal(inbox, &info(&self.to), &[], &padded, rng))
    }

    fn check(&self) -> Result<(), DecodeError> {
        let text_fits = match &self.matter {
            Matter::Knock { text } => text.len() <= KNOCK_TEXT_BYTES_MAX,
            _ => true,
        };
        let addresses_fit = self.addresses.len() <= ADDRESSES_MAX
            && self.addresses.iter().all(|a| a.len() <= ADDRESS_BYTES_MAX);
        if text_fits
            && addresses_fit
            && self.time_ms <= TIME_MS_MAX
            && self.name.len() <= NAME_BYTES_MAX
        {
            Ok(())
        } else {
            Err(DecodeError::Invalid("a letter is out of bounds"))
        }
    }

    fn to_tuple(&self) -> LetterTuple {
        let (kind, payload) = match &self.matter {
            Matter::Knock { text } => (KNOCK, encode(&(text,))),
            Matter::Accepted => (ACCEPTED, Vec::new()),
            Matter::Join {
                space,
                invite,
                proof,
            } => (
                JOIN,
                encode(&(Bytes(*space), Bytes(*invite), Bytes(*proof))),
            ),
            Matter::Refused {
                space,
                invite,
                reason,
            } => (
                REFUSED,
                encode(&(Bytes(*space), Bytes(*invite), reason.code())),
            ),
            Matter::Unknown { kind, payload } => (*kind, payload.clone()),
        };
        (
            VERSION,
            Bytes(*self.to.as_bytes()),
            Bytes(self.id),
            self.time_ms,
            self.name.clone(),
            (self.inbox.0, Bytes(*self.inbox.1.as_bytes())),
            self.addresses.clone(),
            kind,
            Blob(payload),
        )
    }

    fn from_signed(signed: &[u8]) -> Result<Self, DecodeError> {
        let (version, to, id, time_ms, name, inbox, addresses, kind, Blob(payload)): LetterTuple =
            decode(signed, LETTER_BYTES_MAX)?;
        if version != VERSION {
            return Err(DecodeError::Version(version.into()));
        }
        let letter = Self {
            to: Identity::from_bytes(to.0),
            id: id.0,
            time_ms,
            name,
            inbox: (inbox.0, BoxPublic::from_bytes(inbox.1.0)),
            addresses,
            matter: matter(kind, payload)?,
        };
        letter.check()?;
        Ok(letter)
    }
}

/// What matters most comes first: that the device was certified, whatever else is said of it, which others were cut off.
fn by_weight(statements: &StatementSet, device: DeviceId) -> Vec<&Statement> {
    let mut sorted: Vec<&Statement> = statements.iter().collect();
    let weight = |statement: &&Statement| match statement.claim() {
        Claim::Certify { .. } if statement.device() == device => 0,
        Claim::Cut { .. } | Claim::Retire if statement.device() == device => 1,
        Claim::Cut { .. } => 2,
        _ => 3,
    };
    sorted.sort_by_key(weight);
    sorted
}

/// What a record takes at most besides what is signed and its statements.
const RECORD_BYTES: usize = 160;

fn matter(kind: u8, payload: Vec<u8>) -> Result<Matter, DecodeError> {
    Ok(match kind {
        KNOCK => {
            let (text,): (String,) = decode(&payload, LETTER_BYTES_MAX)?;
            Matter::Knock { text }
        }
        ACCEPTED if payload.is_empty() => Matter::Accepted,
        ACCEPTED => return Err(DecodeError::Invalid("an acceptance carries nothing")),
        JOIN => {
            let (space, invite, proof): (Bytes<32>, Bytes<16>, Bytes<32>) =
                decode(&payload, LETTER_BYTES_MAX)?;
            Matter::Join {
                space: space.0,
                invite: invite.0,
                proof: proof.0,
            }
        }
        REFUSED => {
            let (space, invite, reason): (Bytes<32>, Bytes<16>, u8) =
                decode(&payload, LETTER_BYTES_MAX)?;
            Matter::Refused {
                space: space.0,
                invite: invite.0,
                reason: JoinRefusal::from_code(reason),
            }
        }
        kind => Matter::Unknown { kind, payload },
    })
}

/// The length, the record, and zeros up to one of a few sizes.
fn pad(record: &[u8]) -> Option<Vec<u8>> {
    let sizes = SEALED_BYTES.map(|sealed| sealed - SEALED_OVERHEAD_BYTES);
    let size = sizes
        .into_iter()
        .find(|size| LENGTH_BYTES + record.len() <= *size)?;
    let length = u16::try_from(record.len()).expect("a letter is shorter than 64 KiB");
    let mut padded = length.to_be_bytes().to_vec();
    padded.extend_from_slice(record);
    padded.resize(size, 0);
    Some(padded)
}

fn unpad(padded: &[u8]) -> Result<&[u8], DecodeError> {
    let wrong = DecodeError::Invalid("a letter is padded wrongly");
    let Some((length, rest)) = padded.split_first_chunk::<LENGTH_BYTES>() else {
        return Err(wrong);
    };
    let length = usize::from(u16::from_be_bytes(*length));
    match rest.split_at_checked(length) {
        Some((record, zeros)) if zeros.iter().all(|byte| *byte == 0) => Ok(record),
        _ => Err(wrong),
    }
}

/// Opens a sealed letter for `to` with a secret of their inbox, and verifies who wrote it.
///
/// # Errors
/// [`LetterError`]; of [`LetterError::Sealed`] another generation's secret may know better.
pub fn open(to: &Identity, secret: &BoxSecret, sealed: &[u8]) -> Result<Opened, LetterError> {
    if !SEALED_BYTES.contains(&sealed.len()) {
        return Err(LetterError::Sealed);
    }
    let padded = secret
        .open(&info(to), &[], sealed)
        .map_err(|_| LetterError::Sealed)?;
    opened(to, &padded)
}

/// Reads what was sealed, and verifies who wrote it.
///
/// # Errors
/// [`LetterError`]
pub fn opened(to: &Identity, padded: &[u8]) -> Result<Opened, LetterError> {
    let tuple: RecordTuple = decode(unpad(padded)?, LETTER_BYTES_MAX)?;
    let record = Record::from_tuple(tuple)?;
    let letter = Letter::from_signed(&record.signed)?;
    if letter.to != *to {
        return Err(LetterError::Misdirected);
    }
    record.verify(Context::LETTER)?;
    Ok(Opened {
        from: record.identity,
        device: record.device,
        statements: record.statements,
        letter,
    })
}
