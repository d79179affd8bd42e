//! The memo: what must be known even if nothing in the store can be read. Friends' addresses, so that what they hold comes
//! back, and whom the accounts follow, since the log that says it is nobody else's to give.
//!
//! One file beside the store: a version, the lists, and BLAKE3 over both. It is written when what it says has changed, a
//! few seconds apart at the soonest, whole or not at all.

use std::path::PathBuf;
use std::time::Duration;

use hearth_keys::Identity;
use hearth_protocol::codec::{Blob, Bytes, decode, encode};
use hearth_protocol::content::FollowState;
use tokio::sync::broadcast;

use crate::app::Change;
use crate::home::{Home, HomeError, write_private};
use crate::store::contacts::KnownPeer;
use crate::store::logs::Logs;
use crate::store::{Store, StoreError};

const VERSION: u8 = 2;
/// Peers that are noted, those seen last.
const PEERS_MAX: usize = 64;
const ADDRESSES_MAX: usize = 8;
/// Whom accounts follow, at most that many are noted.
const FOLLOWS_MAX: usize = 10_000;
const ADDRESS_BYTES_MAX: usize = 256;
const HASH_BYTES: usize = 32;
/// Longest file that is read: the lists above and some more.
const MEMO_BYTES_MAX: usize = 1 << 20;
/// From a change to its note, so that what changes together is noted together.
const PAUSE: Duration = Duration::from_secs(3);

/// What the memo says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Memo {
    /// Peers, and where they were reached. When, isn't noted, as that changes all the time.
    pub(crate) peers: Vec<(Vec<u8>, Vec<String>)>,
    /// Addresses that links named and that lead nowhere yet.
    pub(crate) routes: Vec<String>,
    /// Who follows whom, of the accounts here, and how.
    pub(crate) follows: Vec<(Identity, Identity, FollowState)>,
}

/// (version, peers, routes, follows)
type MemoTuple = (
    u8,
    Vec<(Blob, Vec<String>)>,
    Vec<String>,
    Vec<(Bytes<32>, Bytes<32>, u8)>,
);

impl Memo {
    /// What the store says now.
    pub(crate) fn of(logs: &Logs) -> Result<Memo, StoreError> {
        let mut peers = logs.known_peers()?;
        peers.sort_by_key(|peer| std::cmp::Reverse(peer.seen_ms));
        peers.truncate(PEERS_MAX);
        peers.sort_by(|a, b| a.peer.cmp(&b.peer));
        let is_short = |address: &String| address.len() <= ADDRESS_BYTES_MAX;
        let peers = peers.into_iter().map(
            |KnownPeer {
                 peer, addresses, ..
             }| {
                let addresses = addresses.into_iter().filter(is_short);
                (peer, addresses.take(ADDRESSES_MAX).collect())
            },
        );
        let mut follows = Vec::new();
        for account in logs.account_identities() {
            let followed = logs.follows(&account)?.into_iter();
            let followed = followed.filter(|(_, state)| state.follows());
            follows.extend(followed.map(|(identity, state)| (account, identity, state)));
        }
        follows.truncate(FOLLOWS_MAX);
        let mut routes = logs.routes()?;
        routes.retain(is_short);
        Ok(Memo {
            peers: peers.collect(),
            routes,
            follows,
        })
    }

    fn to_bytes(&self) -> Vec<u8> {
        let peers = self.peers.iter();
        let peers = peers.map(|(peer, addresses)| (Blob(peer.clone()), addresses.clone()));
        let follows = self.follows.iter();
        let follows =
            follows.map(|(a, b, how)| (Bytes(*a.as_bytes()), Bytes(*b.as_bytes()), how.code()));
        let tuple: MemoTuple = (
            VERSION,
            peers.collect(),
            self.routes.clone(),
            follows.collect(),
        );
        let mut bytes = encode(&tuple);
        let hash = blake3::hash(&bytes);
        bytes.extend_from_slice(hash.as_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Memo> {
        let (said, hash) = bytes.split_at_checked(bytes.len().checked_sub(HASH_BYTES)?)?;
        if blake3::hash(said).as_bytes() != hash {
            return None;
        }
        let (version, peers, routes, follows): MemoTuple = decode(said, MEMO_BYTES_MAX).ok()?;
        let identity = |bytes: Bytes<32>| Identity::from_bytes(bytes.0);
        let follows = follows.into_iter();
        let follows = follows.filter_map(|(a, b, how)| {
            Some((identity(a), identity(b), FollowState::from_code(how).ok()?))
        });
        (version == VERSION).then(|| Memo {
            peers: peers.into_iter().map(|(peer, at)| (peer.0, at)).collect(),
            routes,
            follows: follows.collect(),
        })
    }
}

fn path(home: &Home) -> PathBuf {
    home.dir().join("memo")
}

/// What the memo of `home` says; nothing when there is none or it is damaged.
pub(crate) fn read(home: &Home) -> Memo {
    let file = std::fs::File::open(path(home));
    let mut bytes = Vec::new();
    let read = file.and_then(|file| {
        let limit = MEMO_BYTES_MAX as u64;
        std::io::Read::read_to_end(&mut std::io::Read::take(file, limit), &mut bytes)
    });
    read.ok()
        .and_then(|_| Memo::from_bytes(&bytes))
        .unwrap_or_default()
}

fn write(home: &Home, memo: &Memo) -> Result<(), HomeError> {
    write_private(&path(home), &memo.to_bytes())
}

/// Keeps the memo of `home` up to date until the store or the channel of changes is closed.
pub(crate) async fn keep(home: Home, store: Store, mut changes: broadcast::Receiver<Change>) {
    let mut written = read(&home);
    loop {
        let Ok(memo) = store.read(Memo::of).await else {
            return;
        };
        if memo != written {
            let (home, noted) = (home.clone(), memo.clone());
            let outcome = tokio::task::spawn_blocking(move || write(&home, &noted)).await;
            match outcome {
                Ok(Ok(())) => written = memo,
                Ok(Err(error)) => tracing::warn!(%error, "the memo was not written"),
                Err(_) => return,
            }
        }
        // Only people are in the memo; what was missed may have been about them.
        loop {
            match changes.recv().await {
                Ok(Change::People) | Err(broadcast::error::RecvError::Lagged(_)) => break,
                Ok(Change::Entries { .. }) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_memo_is_read_back_and_a_damaged_one_says_nothing() {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path()).unwrap();
        assert_eq!(read(&home), Memo::default());
        let memo = Memo {
            peers: vec![(vec![1, 2], vec!["/ip4/192.0.2.7/tcp/1".into()])],
            routes: vec!["/ip4/192.0.2.8/tcp/1".into()],
            follows: vec![(
                Identity::from_bytes([1; 32]),
                Identity::from_bytes([2; 32]),
                FollowState::InPrivate,
            )],
        };
        write(&home, &memo).unwrap();
        assert_eq!(read(&home), memo);
        let bytes = std::fs::read(path(&home)).unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            std::fs::write(path(&home), &damaged).unwrap();
            assert_eq!(read(&home), Memo::default(), "byte {at}");
            std::fs::write(path(&home), &bytes[..at]).unwrap();
            assert_eq!(read(&home), Memo::default(), "cut at {at}");
        }
    }
}
