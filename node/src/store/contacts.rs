//! Rows that aren't in any log: peers that this node spoke with, and who says that they follow an account here.

use std::collections::BTreeMap;

use hearth_keys::Identity;
use hearth_protocol::codec::{decode_trusted, encode};
use hearth_protocol::content::social::register;

use super::batch::KEY_BYTES_MAX;
use super::db::{Batch, end_of_prefix};
use super::logs::{Logs, StoreError};
use super::rows::namespace;

const PEERS: u8 = 0;
const FOLLOWERS: u8 = 1;
const ROUTES: u8 = 2;
const ACQUAINTANCES: u8 = 3;
const ROW_BYTES_MAX: usize = 3072;
/// Peers that are remembered.
const PEERS_MAX: usize = 512;
/// Followers that are remembered of one account.
const FOLLOWERS_MAX: usize = 100_000;
/// Addresses that links named and that lead nowhere yet.
const ROUTES_MAX: usize = 64;

/// The length of the pieces of what a peer said: no row may be much longer.
const PIECE_BYTES: usize = 3000;

/// A peer that this node spoke with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownPeer {
    /// Its transport id.
    pub(crate) peer: Vec<u8>,
    /// Where it was reached.
    pub(crate) addresses: Vec<String>,
    /// When, ms since 1970.
    pub(crate) seen_ms: u64,
}

/// Somebody who follows an account here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Follower {
    /// Who.
    pub(crate) identity: Identity,
    /// What they call themselves.
    pub(crate) name: String,
}

fn key(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![namespace::CONTACTS, kind];
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

/// (time of the link, address)
type RouteRow = (u64, String);
type PeerRow = (u64, Vec<String>);
/// (time of the notice, following, name)
pub(crate) type FollowerRow = (u64, bool, String);

/// The keys of all that one peer said; transport ids have a length of their own.
fn acquaintance_key(peer: &[u8]) -> Vec<u8> {
    let length = u8::try_from(peer.len()).unwrap_or(u8::MAX);
    key(ACQUAINTANCES, &[&[length], peer])
}

fn route_key(address: &str) -> Vec<u8> {
    let hash = blake3::hash(address.as_bytes());
    key(ROUTES, &[&hash.as_bytes()[..16]])
}

fn without_peer(address: &str) -> &str {
    address
        .split_once("/p2p/")
        .map_or(address, |(place, _)| place)
}

impl Logs {
    /// Remembers where a peer was reached; the one unseen for longest is forgotten when there are too many.
    pub(crate) fn remember_peer(&mut self, known: &KnownPeer) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let peers = self.known_peers()?;
        let is_new = peers.iter().all(|peer| peer.peer != known.peer);
        if is_new && peers.len() >= PEERS_MAX {
            let oldest = peers.iter().min_by_key(|peer| peer.seen_ms);
            oldest
                .into_iter()
                .for_each(|oldest| batch.remove(key(PEERS, &[&oldest.peer])));
        }
        let row: PeerRow = (known.seen_ms, known.addresses.clone());
        batch.insert(key(PEERS, &[&known.peer]), encode(&row));
        // A link's address that led here has done its work.
        let reached: Vec<&str> = known
            .addresses
            .iter()
            .map(|address| without_peer(address))
            .collect();
        for (_, address) in self
            .route_rows()?
            .iter()
            .filter(|(_, address)| reached.contains(&without_peer(address)))
        {
            batch.remove(route_key(address));
        }
        self.apply(batch)
    }

    /// Takes a salvaged row as a hint, if it has the form of one and there is room.
    pub(super) fn take_contact(&mut self, key: &[u8], value: Vec<u8>) -> Result<(), StoreError> {
        let is_contact = match key {
            [namespace::CONTACTS, PEERS, ..] => {
                decode_trusted::<PeerRow>(&value, ROW_BYTES_MAX).is_ok()
            }
            [namespace::CONTACTS, FOLLOWERS, rest @ ..] => {
                rest.len() == 64 && decode_trusted::<FollowerRow>(&value, ROW_BYTES_MAX).is_ok()
            }
            [namespace::CONTACTS, ROUTES, rest @ ..] => {
                rest.len() == 16 && decode_trusted::<RouteRow>(&value, ROW_BYTES_MAX).is_ok()
            }
            _ => false,
        };
        if !is_contact || key.len() > KEY_BYTES_MAX || !self.has_room_for(key) {
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.insert(key, value);
        self.apply(batch)
    }

    fn has_room_for(&mut self, key: &[u8]) -> bool {
        let count = |logs: &Self| logs.db.prefixed(&key[..2]).count();
        match key[1] {
            PEERS => count(self) < PEERS_MAX,
            ROUTES => count(self) < ROUTES_MAX,
            _ => {
                let account = key[2..].first_chunk().copied().unwrap_or_default();
                let account = Identity::from_bytes(account);
                let held = self.follower_count(&account);
                self.follower_counts.insert(account, held + 1);
                held < FOLLOWERS_MAX
            }
        }
    }

    /// The peers that this node spoke with.
    pub(crate) fn known_peers(&self) -> Result<Vec<KnownPeer>, StoreError> {
        let rows = self.db.prefixed(&key(PEERS, &[]));
        rows.map(|row| {
            let (key, value) = row?;
            let (seen_ms, addresses): PeerRow = decode_trusted(&value, ROW_BYTES_MAX)?;
            Ok(KnownPeer {
                peer: key[2..].to_vec(),
                addresses,
                seen_ms,
            })
        })
        .collect()
    }

    /// Keeps what a peer said of itself, in place of what it said before; nothing is kept of empty bytes.
    pub(crate) fn remember_acquaintance(
        &mut self,
        peer: &[u8],
        said: &[u8],
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let base = acquaintance_key(peer);
        for row in self.db.prefixed(&base) {
            batch.remove(row?.0);
        }
        for (number, piece) in (0u16..).zip(said.chunks(PIECE_BYTES)) {
            let key = [&base[..], &number.to_be_bytes()].concat();
            batch.insert(key, piece.to_vec());
        }
        self.apply(batch)
    }

    /// What peers said of themselves, by transport id.
    pub(crate) fn acquaintances(&self) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, StoreError> {
        let base = key(ACQUAINTANCES, &[]);
        let mut said: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        for row in self.db.prefixed(&base) {
            let (key, piece) = row?;
            let peer = key.get(base.len() + 1..key.len() - 2).unwrap_or_default();
            said.entry(peer.to_vec()).or_default().extend(&piece[..]);
        }
        Ok(said)
    }

    /// Remembers an address from a link, to be tried until it leads to a peer; the oldest is forgotten when there are too
    /// many.
    pub(crate) fn remember_route(&mut self, address: &str, now_ms: u64) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let mut routes = self.route_rows()?;
        routes.retain(|(_, held)| held != address);
        routes.sort();
        let excess = (routes.len() + 1).saturating_sub(ROUTES_MAX);
        routes[..excess]
            .iter()
            .for_each(|(_, oldest)| batch.remove(route_key(oldest)));
        let row: RouteRow = (now_ms, address.to_owned());
        batch.insert(route_key(address), encode(&row));
        self.apply(batch)
    }

    /// The addresses that links named.
    pub(crate) fn routes(&self) -> Result<Vec<String>, StoreError> {
        Ok(self
            .route_rows()?
            .into_iter()
            .map(|(_, address)| address)
            .collect())
    }

    fn route_rows(&self) -> Result<Vec<RouteRow>, StoreError> {
        let rows = self.db.prefixed(&key(ROUTES, &[]));
        rows.map(|row| Ok(decode_trusted(&row?.1, ROW_BYTES_MAX)?))
            .collect()
    }

    /// Takes a follow notice; says whether it was newer than what was known.
    pub(crate) fn remember_follower(
        &mut self,
        account: &Identity,
        follower: &Identity,
        row: (u64, bool, String),
    ) -> Result<bool, StoreError> {
        let key = key(FOLLOWERS, &[account.as_bytes(), follower.as_bytes()]);
        let held = self.db.value(&key)?;
        let held: Option<FollowerRow> = held
            .map(|held| decode_trusted(&held, ROW_BYTES_MAX))
            .transpose()?;
        let count = self.follower_count(account);
        // Somebody unknown who doesn't follow is nobody to remember.
        if (held.is_none() && (count >= FOLLOWERS_MAX || !row.1))
            || held.as_ref().is_some_and(|held| held.0 >= row.0)
        {
            return Ok(false);
        }
        let mut batch = Batch::default();
        batch.insert(key, encode(&row));
        if row.1 && held.as_ref().is_none_or(|held| !held.1) {
            self.notify_of_person(&mut batch, account, follower, row.0)?;
        }
        self.apply(batch)?;
        if held.is_none() {
            self.follower_counts.insert(*account, count + 1);
        }
        Ok(true)
    }

    /// Followers of an account, past ones included, counted once: strangers decide how often this is asked.
    fn follower_count(&mut self, account: &Identity) -> usize {
        let rows = || {
            self.db
                .prefixed(&key(FOLLOWERS, &[account.as_bytes()]))
                .count()
        };
        *self.follower_counts.entry(*account).or_insert_with(rows)
    }

    /// Whether somebody follows an account here, as they said.
    pub(crate) fn is_follower(
        &self,
        account: &Identity,
        follower: &Identity,
    ) -> Result<bool, StoreError> {
        let row = self.follower_row(account, follower)?;
        Ok(row.is_some_and(|row| row.1))
    }

    fn follower_row(
        &self,
        account: &Identity,
        follower: &Identity,
    ) -> Result<Option<FollowerRow>, StoreError> {
        let key = key(FOLLOWERS, &[account.as_bytes(), follower.as_bytes()]);
        let row = self.db.value(&key)?;
        Ok(row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX))
            .transpose()?)
    }

    /// What other devices of an account heard of who follows it, where that is newer than what is known here.
    pub(crate) fn followers_told(
        &self,
        account: &Identity,
    ) -> Result<Vec<(Identity, FollowerRow)>, StoreError> {
        let mut news = Vec::new();
        for (key, value) in self.registers(account, register::FOLLOWER)? {
            let Ok(follower) = <[u8; 32]>::try_from(key).map(Identity::from_bytes) else {
                continue;
            };
            let Ok(told) = decode_trusted::<FollowerRow>(&value, ROW_BYTES_MAX) else {
                continue;
            };
            let held = self.follower_row(account, &follower)?;
            // Who isn't known and doesn't follow is nobody to remember.
            if held.map_or(told.1, |held| held.0 < told.0) {
                news.push((follower, told));
            }
        }
        Ok(news)
    }

    /// What is to be told to the other devices of an account: of whom it tells that it follows them, that they follow it
    /// or don't any longer, if that wasn't said before. With the value of the register.
    pub(crate) fn untold_followers(
        &self,
        account: &Identity,
    ) -> Result<Vec<(Identity, Vec<u8>)>, StoreError> {
        let mut untold = Vec::new();
        for (identity, state) in self.follows(account)? {
            if !state.is_told() {
                continue;
            }
            let Some(row) = self.follower_row(account, &identity)? else {
                continue;
            };
            let told = self.register(account, register::FOLLOWER, identity.as_bytes())?;
            let told =
                told.and_then(|told| decode_trusted::<FollowerRow>(&told, ROW_BYTES_MAX).ok());
            // Newer words to the same effect needn't be written down again and again.
            if told.map_or(row.1, |told| told.1 != row.1 && told.0 < row.0) {
                untold.push((identity, encode(&row)));
            }
        }
        Ok(untold)
    }

    /// What somebody called themselves when they followed an account here.
    pub(super) fn told_name_of(
        &self,
        account: &Identity,
        identity: &Identity,
    ) -> Result<String, StoreError> {
        let row = self.follower_row(account, identity)?;
        Ok(row.map(|row| row.2).unwrap_or_default())
    }

    /// Who follows an account here, and when they said so, ms since 1970.
    pub(super) fn follower_times(
        &self,
        account: &Identity,
    ) -> Result<Vec<(Identity, u64)>, StoreError> {
        let mut times = Vec::new();
        for row in self.db.prefixed(&key(FOLLOWERS, &[account.as_bytes()])) {
            let (key, value) = row?;
            let (time_ms, following, _): FollowerRow = decode_trusted(&value, ROW_BYTES_MAX)?;
            let who = key.last_chunk().filter(|_| following);
            times.extend(who.map(|bytes| (Identity::from_bytes(*bytes), time_ms)));
        }
        Ok(times)
    }

    /// Somebody who follows an account here, as they said.
    pub(crate) fn follower(
        &self,
        account: &Identity,
        who: &Identity,
    ) -> Result<Option<Follower>, StoreError> {
        let row = self.follower_row(account, who)?;
        Ok(row.filter(|row| row.1).map(|(_, _, name)| Follower {
            identity: *who,
            name,
        }))
    }

    /// Who follows an account here, as they said.
    pub(crate) fn followers(&self, account: &Identity) -> Result<Vec<Follower>, StoreError> {
        self.followers_after(account, None, usize::MAX)
    }

    /// The same in the order of their keys, from behind one on, `most` at most.
    pub(crate) fn followers_after(
        &self,
        account: &Identity,
        after: Option<&Identity>,
        most: usize,
    ) -> Result<Vec<Follower>, StoreError> {
        let mut followers = Vec::new();
        let prefix = key(FOLLOWERS, &[account.as_bytes()]);
        let from = match after {
            // The least key that is greater.
            Some(after) => [&prefix[..], after.as_bytes(), &[0]].concat(),
            None => prefix.clone(),
        };
        let to = end_of_prefix(&prefix).unwrap_or_default();
        for row in self.db.range(&from, &to) {
            if followers.len() >= most {
                break;
            }
            let (key, value) = row?;
            let (_, following, name): FollowerRow = decode_trusted(&value, ROW_BYTES_MAX)?;
            if let Some(bytes) = key.last_chunk().filter(|_| following) {
                followers.push(Follower {
                    identity: Identity::from_bytes(*bytes),
                    name,
                });
            }
        }
        Ok(followers)
    }
}
