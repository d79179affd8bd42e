//! What is remembered of peers while they are away, so that what is still true isn't said again.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;

use super::PeerKey;
use crate::bounds::{INTERESTS_PER_PEER_MAX, REMEMBERED_BYTES_MAX};
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};
use crate::message::{
    Digest, FollowNotice, MessageError, Presence, Remembers, Subject, Token, digest,
    interests_digest,
};

/// Peers that are remembered.
const PEERS_MAX: usize = 256;
/// What is remembered of all peers together, encoded.
const BYTES_MAX: usize = 4 << 20;
/// Follow notices of one peer that are remembered.
const NOTICES_MAX: usize = 64;

const VERSION: u8 = 1;

/// What a peer said of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acquaintance {
    /// Who lives there, as they said it.
    pub(super) presences: Vec<Presence>,
    /// What it cares for, blinded.
    pub(super) interests: BTreeSet<Token>,
    /// What its accounts said of following those who live here: follower, followed, and the notice's gist.
    pub(super) notices: BTreeMap<(Identity, Identity), Digest>,
}

/// (version, presences as a message, tokens one after the other, [(follower, followed, gist)])
type AcquaintanceTuple = (u8, Blob, Blob, Vec<(Bytes<32>, Bytes<32>, Digest)>);

impl Acquaintance {
    /// Bytes to be kept; only [`Acquaintance::from_bytes`] reads them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let tokens: Vec<u8> = self.interests.iter().flat_map(|token| token.0).collect();
        let notices = self.notices.iter().map(|((follower, followed), gist)| {
            let follower = Bytes(*follower.as_bytes());
            (follower, Bytes(*followed.as_bytes()), *gist)
        });
        let presences = Presence::list_to_bytes(&self.presences);
        encode(&(
            VERSION,
            Blob(presences),
            Blob(tokens),
            notices.collect::<Vec<_>>(),
        ))
    }

    /// Reads what [`Acquaintance::to_bytes`] wrote.
    ///
    /// # Errors
    /// Other bytes; presences that nobody signed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let (version, presences, tokens, notices): AcquaintanceTuple =
            decode(bytes, REMEMBERED_BYTES_MAX)?;
        if version != VERSION {
            return Err(DecodeError::Version(version.into()).into());
        }
        let (tokens, rest) = tokens.0.as_chunks();
        if !rest.is_empty() || tokens.len() > INTERESTS_PER_PEER_MAX || notices.len() > NOTICES_MAX
        {
            return Err(DecodeError::Invalid("more than is remembered of a peer").into());
        }
        let notices = notices.into_iter().map(|(follower, followed, gist)| {
            let follower = Identity::from_bytes(follower.0);
            ((follower, Identity::from_bytes(followed.0)), gist)
        });
        Ok(Self {
            presences: Presence::list_from_bytes(&presences.0)?,
            interests: tokens.iter().copied().map(Bytes).collect(),
            notices: notices.collect(),
        })
    }

    /// At least as many bytes as it takes.
    fn bytes(&self) -> usize {
        let presences: usize = self.presences.iter().map(Presence::bytes).sum();
        64 + presences + 16 * self.interests.len() + 96 * self.notices.len()
    }

    /// Whether it is short enough to be remembered.
    pub(super) fn fits(&self) -> bool {
        self.bytes() <= REMEMBERED_BYTES_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.presences.is_empty() && self.interests.is_empty() && self.notices.is_empty()
    }

    /// What the peer is told that is remembered of it.
    pub(super) fn digests(&self) -> Remembers {
        Remembers {
            presences: Presence::digest(&self.presences),
            interests: interests_digest(&self.interests),
            notices: notices_digest(self.notices.iter().map(|(&pair, &gist)| (pair, gist))),
        }
    }

    /// Takes a notice that counts; says whether it changed anything.
    pub(super) fn notice(&mut self, notice: &FollowNotice) -> bool {
        let pair = (notice.follower(), notice.followed());
        let has_room = self.notices.len() < NOTICES_MAX || self.notices.contains_key(&pair);
        has_room && self.notices.insert(pair, notice.gist()) != Some(notice.gist())
    }
}

/// The digest of notices, in the order of their pairs.
pub(super) fn notices_digest(
    notices: impl Iterator<Item = ((Identity, Identity), Digest)>,
) -> Digest {
    let notices = notices.map(|((follower, followed), gist)| {
        let follower = Bytes(*follower.as_bytes());
        (follower, Bytes(*followed.as_bytes()), gist)
    });
    digest(Subject::Notices, &notices.collect::<Vec<_>>())
}

/// One peer that is remembered.
#[derive(Debug)]
struct Remembered {
    /// The higher, the later it was met.
    turn: u64,
    hosts: Vec<Identity>,
    bytes: usize,
    /// What it said; `None` while it is connected.
    said: Option<Acquaintance>,
}

/// All peers that are remembered.
#[derive(Debug, Default)]
pub(super) struct Acquaintances {
    peers: BTreeMap<PeerKey, Remembered>,
    bytes: usize,
    turn: u64,
}

impl Acquaintances {
    /// Remembers a peer that is away.
    pub(super) fn add(&mut self, peer: &PeerKey, said: Acquaintance) {
        self.note(peer, &said);
        self.part(peer, said);
    }

    /// Will remember a peer that is connected, once it leaves.
    pub(super) fn note(&mut self, peer: &PeerKey, said: &Acquaintance) {
        self.forget(peer);
        self.turn += 1;
        let remembered = Remembered {
            turn: self.turn,
            hosts: said.presences.iter().map(Presence::identity).collect(),
            bytes: said.bytes(),
            said: None,
        };
        self.bytes += remembered.bytes;
        self.peers.insert(peer.clone(), remembered);
    }

    /// What was remembered of a peer that comes back.
    pub(super) fn meet(&mut self, peer: &PeerKey) -> Acquaintance {
        self.turn += 1;
        let Some(remembered) = self.peers.get_mut(peer) else {
            return Acquaintance::default();
        };
        remembered.turn = self.turn;
        remembered.said.take().unwrap_or_default()
    }

    /// A peer left that said this: it is remembered if it was [noted](Self::note).
    pub(super) fn part(&mut self, peer: &PeerKey, said: Acquaintance) {
        if !self.peers.contains_key(peer) {
            return;
        }
        // It may have said more since.
        self.note(peer, &said);
        if let Some(remembered) = self.peers.get_mut(peer) {
            remembered.said = Some(said);
        }
    }

    /// Forgets whom there is no room for: first who hosts nobody that is cared for, then who was met longest ago.
    pub(super) fn shrink(&mut self, cares: &BTreeSet<Identity>) -> Vec<PeerKey> {
        let mut forgotten = Vec::new();
        while self.peers.len() > PEERS_MAX || self.bytes > BYTES_MAX {
            let worth = |remembered: &Remembered| {
                let is_friend = remembered.hosts.iter().any(|host| cares.contains(host));
                (is_friend, remembered.turn)
            };
            let least = self.peers.iter().min_by_key(|(_, it)| worth(it));
            let Some(peer) = least.map(|(peer, _)| peer.clone()) else {
                break;
            };
            self.forget(&peer);
            forgotten.push(peer);
        }
        forgotten
    }

    pub(super) fn forget(&mut self, peer: &PeerKey) {
        let gone = self.peers.remove(peer);
        self.bytes -= gone.map_or(0, |gone| gone.bytes);
    }
}
