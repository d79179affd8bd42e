//! In whose name a peer asks a guardian.

use hearth_keys::{Context, DeviceId, DeviceKeys, Identity, Signature};

use super::may_ask;
use crate::bounds::{GUARD_FRAME_BYTES_MAX, PEER_BYTES_MAX, STATEMENTS_MAX, TIME_MS_MAX};
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};
use crate::root::{StatementError, StatementSet};

const VERSION: u8 = 1;

/// Says that a device asks in its identity's name, between two transport peers and nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    identity: Identity,
    device: DeviceId,
    signed: Vec<u8>,
    signature: Signature,
    statements: Vec<Vec<u8>>,
}

/// (version, identity, from peer, to peer, time)
type Signed = (u8, Bytes<32>, Blob, Blob, u64);
/// (identity, device, what is signed, signature, root statements)
type ClaimTuple = (Bytes<32>, Bytes<32>, Blob, Bytes<64>, Vec<Blob>);

/// Why a claim doesn't hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// It doesn't decode.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A root statement in it is wrong.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// It was made for another pair of peers.
    #[error("a claim between other peers")]
    Elsewhere,
    /// No device that speaks for the identity signed it.
    #[error("a claim by no device of the identity, or by one that was cut off")]
    Unsigned,
}

impl Claim {
    /// Signs a claim from one transport peer to another (peer id bytes).
    pub fn sign(
        device: &DeviceKeys,
        statements: &StatementSet,
        from: &[u8],
        to: &[u8],
        time_ms: u64,
    ) -> Self {
        let identity = statements.identity();
        let (from, to) = (Blob(from.to_vec()), Blob(to.to_vec()));
        let signed: Signed = (VERSION, Bytes(*identity.as_bytes()), from, to, time_ms);
        let signed = encode(&signed);
        let signature = device.sign(Context::GUARDIAN_CLAIM, &signed);
        Self {
            identity,
            device: device.id(),
            signed,
            signature,
            statements: statements.to_blobs(),
        }
    }

    /// In whose name.
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// Which device says so.
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// The root statements that came along, encoded.
    pub fn statements(&self) -> &[Vec<u8>] {
        &self.statements
    }

    /// Checks that a device of the identity made this claim for these two peers. What is known already of the identity
    /// counts too, so that nobody gains by leaving a cut out. Returns all statements together.
    pub fn verify(
        &self,
        from: &[u8],
        to: &[u8],
        known: &StatementSet,
    ) -> Result<StatementSet, ClaimError> {
        let (version, identity, said_from, said_to, time_ms): Signed =
            decode(&self.signed, GUARD_FRAME_BYTES_MAX)?;
        if version != VERSION {
            return Err(DecodeError::Version(version.into()).into());
        }
        if time_ms > TIME_MS_MAX {
            return Err(DecodeError::Invalid("the time is out of bounds").into());
        }
        let is_here = said_from.0 == from && said_to.0 == to;
        let is_bounded = from.len() <= PEER_BYTES_MAX && to.len() <= PEER_BYTES_MAX;
        if !is_here || !is_bounded || identity.0 != *self.identity.as_bytes() {
            return Err(ClaimError::Elsewhere);
        }
        self.device
            .verify(Context::GUARDIAN_CLAIM, &self.signed, &self.signature)
            .map_err(|_| ClaimError::Unsigned)?;
        let mut statements = StatementSet::new(self.identity);
        if known.identity() == self.identity {
            statements.clone_from(known);
        }
        statements.merge(self.statements.iter().map(Vec::as_slice))?;
        if may_ask(&statements, &self.device) {
            Ok(statements)
        } else {
            Err(ClaimError::Unsigned)
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let tuple: ClaimTuple = (
            Bytes(*self.identity.as_bytes()),
            Bytes(*self.device.as_bytes()),
            Blob(self.signed.clone()),
            Bytes(*self.signature.as_bytes()),
            self.statements.iter().cloned().map(Blob).collect(),
        );
        encode(&tuple)
    }

    /// Reads a claim; whether it holds is for [`Claim::verify`] to say.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (identity, device, signed, signature, statements): ClaimTuple =
            decode(bytes, GUARD_FRAME_BYTES_MAX)?;
        if statements.len() > STATEMENTS_MAX {
            return Err(DecodeError::Invalid("too many items"));
        }
        Ok(Self {
            identity: Identity::from_bytes(identity.0),
            device: DeviceId::from_bytes(device.0),
            signed: signed.0,
            signature: Signature::from_bytes(signature.0),
            statements: statements.into_iter().map(|blob| blob.0).collect(),
        })
    }
}
