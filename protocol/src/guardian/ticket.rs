//! An owner's word for what a guardian keeps.

use hearth_keys::{BadSignature, Context, DeviceId, DeviceKeys, Identity, Signature};

use super::KeptId;
use crate::bounds::{KEPT_BYTES_MAX, SEQUENCE_MAX, TIME_MS_MAX};
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};

const VERSION: u8 = 1;
const TICKET_BYTES_MAX: usize = 512;

/// What it is that a guardian keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShardKind {
    /// A shard of a pack.
    Shard = 1,
    /// A page of the manifest.
    Page = 2,
    /// A backup's root.
    Root = 3,
}

impl ShardKind {
    /// The number that stands for it.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The kind that a number stands for.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Shard),
            2 => Some(Self::Page),
            3 => Some(Self::Root),
            _ => None,
        }
    }
}

/// What a ticket is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Whose it is.
    pub owner: Identity,
    /// Who is to keep it.
    pub guardian: Identity,
    /// BLAKE3 of the bytes.
    pub id: KeptId,
    /// How many they are: 1 byte to 9 MiB.
    pub bytes: u32,
    /// What they are.
    pub kind: ShardKind,
    /// The number of the pack, page or root.
    pub number: u64,
    /// The generation of the keys that they are sealed under.
    pub generation: u32,
    /// When the guardian may drop it unasked, ms since 1970.
    pub expires_ms: u64,
}

/// Terms that a device of the owner signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    terms: Terms,
    device: DeviceId,
    signature: Signature,
}

/// (version, owner, guardian, id, bytes, kind, number, generation, expires, device)
type Signed = (
    u8,
    Bytes<32>,
    Bytes<32>,
    Bytes<32>,
    u32,
    u8,
    u64,
    u32,
    u64,
    Bytes<32>,
);

/// Why bytes don't fit a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// There are more or fewer.
    #[error("not as many bytes as the ticket says")]
    Length,
    /// They are others.
    #[error("not the bytes that the ticket names")]
    Hash,
}

impl Ticket {
    /// Signs terms.
    pub fn sign(device: &DeviceKeys, terms: Terms) -> Self {
        let signed = signed_bytes(&terms, &device.id());
        Self {
            terms,
            device: device.id(),
            signature: device.sign(Context::TICKET, &signed),
        }
    }

    /// What it is about.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Which device signed it. Whether that one speaks for the owner, the owner's statements tell.
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// Checks that the device signed it.
    pub fn verify(&self) -> Result<(), BadSignature> {
        let signed = signed_bytes(&self.terms, &self.device);
        self.device
            .verify(Context::TICKET, &signed, &self.signature)
    }

    /// Checks that these are the bytes that it names.
    pub fn check(&self, bytes: &[u8]) -> Result<(), TicketError> {
        if u32::try_from(bytes.len()) != Ok(self.terms.bytes) {
            return Err(TicketError::Length);
        }
        if *blake3::hash(bytes).as_bytes() != self.terms.id {
            return Err(TicketError::Hash);
        }
        Ok(())
    }

    /// The canonical bytes: (what is signed, signature).
    pub fn to_bytes(&self) -> Vec<u8> {
        let signed = signed_bytes(&self.terms, &self.device);
        encode(&(Blob(signed), Bytes(*self.signature.as_bytes())))
    }

    /// Reads a ticket; its signature is for [`Ticket::verify`] to check.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (signed, signature): (Blob, Bytes<64>) = decode(bytes, TICKET_BYTES_MAX)?;
        let (version, owner, guardian, id, bytes, kind, number, generation, expires_ms, device): Signed =
            decode(&signed.0, TICKET_BYTES_MAX)?;
        if version != VERSION {
            return Err(DecodeError::Version(version.into()));
        }
        let is_bounded = (1..=KEPT_BYTES_MAX).contains(&bytes)
            && number <= SEQUENCE_MAX
            && expires_ms <= TIME_MS_MAX;
        let Some(kind) = ShardKind::from_code(kind).filter(|_| is_bounded) else {
            return Err(DecodeError::Invalid("a ticket is out of bounds"));
        };
        let terms = Terms {
            owner: Identity::from_bytes(owner.0),
            guardian: Identity::from_bytes(guardian.0),
            id: id.0,
            bytes,
            kind,
            number,
            generation,
            expires_ms,
        };
        Ok(Self {
            terms,
            device: DeviceId::from_bytes(device.0),
            signature: Signature::from_bytes(signature.0),
        })
    }
}

fn signed_bytes(terms: &Terms, device: &DeviceId) -> Vec<u8> {
    let signed: Signed = (
        VERSION,
        Bytes(*terms.owner.as_bytes()),
        Bytes(*terms.guardian.as_bytes()),
        Bytes(terms.id),
        terms.bytes,
        terms.kind.code(),
        terms.number,
        terms.generation,
        terms.expires_ms,
        Bytes(*device.as_bytes()),
    );
    encode(&signed)
}
