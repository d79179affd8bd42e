//! Invitations to a space, as links: whose it is, ways to reach them, and a secret that proves that one was invited.
//!
//! `hearth:hearth1…?via=<multiaddr>&via=…&space=<64 hex digits>&invite=<base64url, 43 characters>`; the last one is the
//! invitation's id (16 bytes) ‖ its secret (16 bytes). The secret itself never travels again: who joins sends a MAC under it
//! that holds for their own identity alone.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hearth_keys::derive::derive;
use hearth_keys::{Identity, Label};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::codec::{Bytes, Hex, encode};
use crate::link::{LinkError, PeerLink};

/// Under which key a proof is made.
const PROOF: Label = Label::new("hearth 2026-11 invite proof v1");

/// What proves that somebody was invited.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteSecret {
    id: [u8; 16],
    secret: Zeroizing<[u8; 16]>,
}

impl fmt::Debug for InviteSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InviteSecret({}, secret)", Hex(&self.id))
    }
}

impl InviteSecret {
    /// A fresh one.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let (mut id, mut secret) = ([0; 16], Zeroizing::new([0; 16]));
        rng.fill_bytes(&mut id);
        rng.fill_bytes(&mut secret[..]);
        Self { id, secret }
    }

    /// One that was kept.
    pub fn new(id: [u8; 16], secret: [u8; 16]) -> Self {
        let secret = Zeroizing::new(secret);
        Self { id, secret }
    }

    /// By what both sides know the invitation.
    pub const fn id(&self) -> [u8; 16] {
        self.id
    }

    /// The secret itself, for keeping it.
    pub fn expose_secret(&self) -> [u8; 16] {
        *self.secret
    }

    fn mac(&self, inviter: &Identity, space: &[u8; 32], joiner: &Identity) -> blake3::Hash {
        let secret = Zeroizing::new([self.id, *self.secret].concat());
        let key = derive(PROOF, &secret);
        let message = encode(&(
            Bytes(*inviter.as_bytes()),
            Bytes(*space),
            Bytes(self.id),
            Bytes(*joiner.as_bytes()),
        ));
        blake3::keyed_hash(&key, &message)
    }

    /// Proves to `inviter` that `joiner` knows the secret; it proves nothing for anybody else.
    pub fn proof(&self, inviter: &Identity, space: &[u8; 32], joiner: &Identity) -> [u8; 32] {
        *self.mac(inviter, space, joiner).as_bytes()
    }

    /// Whether this is that proof. Compares in constant time.
    pub fn is_proof(
        &self,
        inviter: &Identity,
        space: &[u8; 32],
        joiner: &Identity,
        proof: &[u8; 32],
    ) -> bool {
        self.mac(inviter, space, joiner) == *proof
    }
}

/// An invitation as it is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteLink {
    /// Who invites, and how to reach them.
    pub from: PeerLink,
    /// The space's id.
    pub space: [u8; 32],
    /// The invitation's id and secret.
    pub secret: InviteSecret,
}

impl fmt::Display for InviteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = &self.secret;
        let invite = Zeroizing::new([secret.id, *secret.secret].concat());
        let separator = if self.from.via.is_empty() { '?' } else { '&' };
        write!(
            f,
            "{}{separator}space={}&invite={}",
            self.from,
            Hex(&self.space),
            URL_SAFE_NO_PAD.encode(&invite[..])
        )
    }
}

impl FromStr for InviteLink {
    type Err = LinkError;

    fn from_str(text: &str) -> Result<Self, LinkError> {
        let (before, query) = text.split_once('?').ok_or(LinkError::NoInvite)?;
        let (mut space, mut invite) = (None, None);
        let mut rest = Vec::new();
        for part in query.split('&') {
            match part.split_once('=') {
                Some(("space", value)) if space.is_none() => space = Some(read_space(value)?),
                Some(("invite", value)) if invite.is_none() => invite = Some(read_invite(value)?),
                _ => rest.push(part),
            }
        }
        let (Some(space), Some(secret)) = (space, invite) else {
            return Err(LinkError::NoInvite);
        };
        let from = format!("{before}?{}", rest.join("&")).parse()?;
        Ok(Self {
            from,
            space,
            secret,
        })
    }
}

fn read_space(text: &str) -> Result<[u8; 32], LinkError> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = text
        .as_bytes()
        .chunks(2)
        .map(|pair| match *pair {
            [high, low] => Some(digit(high)? * 16 + digit(low)?),
            _ => None,
        })
        .collect();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(LinkError::Invite)
}

fn read_invite(text: &str) -> Result<InviteSecret, LinkError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().map(Zeroizing::new);
    let bytes = bytes.ok_or(LinkError::Invite)?;
    let (id, secret) = bytes
        .split_first_chunk::<16>()
        .and_then(|(id, secret)| Some((*id, secret.try_into().ok()?)))
        .ok_or(LinkError::Invite)?;
    Ok(InviteSecret::new(id, secret))
}
