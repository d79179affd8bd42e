//! Guardians in memory, and what can be got back from them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use hearth_keys::{BoxSecret, Identity, Phrase};
use hearth_protocol::guardian::{KeptId, Outcome as Answer, Release, ShardKind, Ticket};
use hearth_protocol::manifest::{Page, Root};
use hearth_protocol::object::ObjectId;
use hearth_protocol::pack::{self, RecordKind};
use hearth_protocol::segment::Segment;
use tokio::sync::Notify;

use crate::backup::{Guardians, Pledger};

pub(in crate::backup) const ROOM: u64 = 1 << 30;

/// One who keeps things.
#[derive(Debug, Clone)]
pub(in crate::backup) struct Friend {
    pub(in crate::backup) identity: Identity,
    pub(in crate::backup) peer: Vec<u8>,
    pub(in crate::backup) pledged_bytes: u64,
    pub(in crate::backup) is_reachable: bool,
    /// What is answered to every put, if not what is true.
    pub(in crate::backup) refusal: Option<Answer>,
    pub(in crate::backup) kept: BTreeMap<[u8; 32], (Ticket, Vec<u8>)>,
    pub(in crate::backup) released: BTreeSet<[u8; 32]>,
    /// Everything that was ever put, in order.
    pub(in crate::backup) puts: Vec<[u8; 32]>,
}

#[derive(Debug, Default)]
struct Shared {
    friends: Mutex<Vec<Friend>>,
    /// Once so many things were put in all, nothing answers any more.
    puts_left: Mutex<Option<usize>>,
    stuck: Notify,
}

/// A circle of friends.
#[derive(Debug, Clone, Default)]
pub(in crate::backup) struct Friends(Arc<Shared>);

/// What came back.
#[derive(Debug, Default)]
pub(in crate::backup) struct Restored {
    pub(in crate::backup) number: u64,
    pub(in crate::backup) objects: BTreeSet<ObjectId>,
    /// Objects that a pack of logs tells of.
    pub(in crate::backup) announced: BTreeSet<ObjectId>,
    pub(in crate::backup) entries: u64,
    pub(in crate::backup) root: Option<Root>,
    pub(in crate::backup) root_id: [u8; 32],
    pub(in crate::backup) pages: Vec<Page>,
    /// What lies in each pack.
    pub(in crate::backup) payloads: BTreeMap<u64, Vec<u8>>,
}

impl Friends {
    pub(in crate::backup) fn all(&self) -> MutexGuard<'_, Vec<Friend>> {
        self.0.friends.lock().unwrap()
    }

    /// One more friend, on a node of their own; their place.
    pub(in crate::backup) fn join(&self) -> usize {
        let count = self.all().len();
        self.join_on(format!("node {count}").as_bytes())
    }

    pub(in crate::backup) fn join_on(&self, peer: &[u8]) -> usize {
        let mut friends = self.all();
        friends.push(Friend {
            identity: Phrase::generate(&mut crate::rng::system())
                .root()
                .identity(),
            peer: peer.to_vec(),
            pledged_bytes: ROOM,
            is_reachable: true,
            refusal: None,
            kept: BTreeMap::new(),
            released: BTreeSet::new(),
            puts: Vec::new(),
        });
        friends.len() - 1
    }

    /// Lets so many puts through and no more: what is waited for after that never comes.
    pub(in crate::backup) fn get_stuck_after(&self, puts: Option<usize>) {
        *self.0.puts_left.lock().unwrap() = puts;
    }

    pub(in crate::backup) async fn stuck(&self) {
        self.0.stuck.notified().await;
    }

    pub(in crate::backup) fn puts(&self) -> usize {
        self.all().iter().map(|friend| friend.puts.len()).sum()
    }

    async fn pass(&self) {
        let is_over = {
            let mut left = self.0.puts_left.lock().unwrap();
            match left.as_mut() {
                Some(0) => true,
                Some(left) => {
                    *left -= 1;
                    false
                }
                None => false,
            }
        };
        if is_over {
            self.0.stuck.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// What comes back without the friends in these places, of one root or the newest.
    pub(in crate::backup) fn restore(
        &self,
        secret: &BoxSecret,
        owner: &Identity,
        lost: &[usize],
        of: Option<[u8; 32]>,
    ) -> Option<Restored> {
        let friends = self.all();
        let left: Vec<&Friend> = (0..)
            .zip(friends.iter())
            .filter(|(place, _)| !lost.contains(place))
            .map(|(_, friend)| friend)
            .collect();
        let find = |id: &[u8; 32]| left.iter().find_map(|friend| friend.kept.get(id));
        let roots = left
            .iter()
            .flat_map(|friend| friend.kept.values())
            .filter(|(ticket, _)| ticket.terms().kind == ShardKind::Root);
        let newest = roots.max_by_key(|(ticket, _)| ticket.terms().number);
        let (_, sealed) = match of {
            Some(root) => find(&root)?,
            None => newest?,
        };
        let root = Root::open(secret, owner, sealed).unwrap();
        let mut restored = Restored {
            number: root.number,
            root_id: *blake3::hash(sealed).as_bytes(),
            ..Restored::default()
        };
        for page in &root.pages {
            let (_, sealed) = find(page.id.as_bytes())?;
            let page = Page::open(root.key(page.generation).unwrap(), sealed).unwrap();
            for entry in &page.packs {
                let shards: Vec<(u16, &[u8])> = entry
                    .shards
                    .iter()
                    .filter_map(|shard| {
                        let guardian = &root.guardians[&shard.guardian].identity;
                        let friend = left.iter().find(|friend| friend.identity == *guardian)?;
                        let (_, bytes) = friend.kept.get(shard.id.as_bytes())?;
                        Some((shard.index, &bytes[..]))
                    })
                    .collect();
                let sealed = entry.code.decode(&entry.id, entry.bytes as usize, &shards);
                let key = root.key(entry.generation).unwrap();
                let payload = pack::open(&sealed.ok()?, key).unwrap();
                restored.take(owner, &payload);
                restored.payloads.insert(entry.number, payload);
            }
            restored.pages.push(page);
        }
        restored.root = Some(root);
        Some(restored)
    }
}

impl Restored {
    pub(in crate::backup) fn take(&mut self, owner: &Identity, payload: &[u8]) {
        for record in pack::records(payload) {
            let record = record.unwrap();
            match record.kind {
                RecordKind::Object => {
                    self.objects.insert(record.id);
                }
                RecordKind::Segment => {
                    let segment = Segment::from_bytes(*owner, record.bytes).unwrap();
                    let counts = segment.runs().iter().map(|(run, _)| run.items.len() as u64);
                    self.entries += counts.sum::<u64>();
                }
                RecordKind::Contents => {
                    let contents = pack::Contents::from_bytes(record.bytes).unwrap();
                    self.announced.extend(contents.objects);
                }
                RecordKind::Newer(kind) => panic!("a record of kind {kind}"),
            }
        }
    }
}

impl Guardians for Friends {
    async fn pledgers(&self, _owner: Identity) -> Vec<Pledger> {
        let friends = self.all();
        let pledger = |friend: &Friend| Pledger {
            identity: friend.identity,
            peer: friend.peer.clone(),
            addresses: Vec::new(),
            pledged_bytes: friend.pledged_bytes,
            used_bytes: friend.used(),
            uptime: 900,
            is_reachable: friend.is_reachable,
        };
        friends.iter().map(pledger).collect()
    }

    async fn put(&self, ticket: Ticket, bytes: Arc<Vec<u8>>) -> Option<Answer> {
        self.pass().await;
        let mut friends = self.all();
        let friend = friends
            .iter_mut()
            .find(|friend| friend.identity == ticket.terms().guardian)?;
        friend.puts.push(ticket.terms().id);
        if !friend.is_reachable {
            return None;
        }
        if let Some(refusal) = friend.refusal {
            return Some(refusal);
        }
        ticket.verify().unwrap();
        ticket.check(&bytes).unwrap();
        if friend.used() + bytes.len() as u64 > friend.pledged_bytes {
            return Some(Answer::OverQuota);
        }
        let id = ticket.terms().id;
        friend.released.remove(&id);
        friend.kept.insert(id, (ticket, bytes.to_vec()));
        Some(Answer::Stored)
    }

    async fn kept(&self, guardian: Identity) -> Option<BTreeSet<KeptId>> {
        let friends = self.all();
        let mut asked = friends.iter().filter(|friend| friend.is_reachable);
        let friend = asked.find(|friend| friend.identity == guardian)?;
        Some(friend.kept.keys().copied().collect())
    }

    async fn release(&self, release: Release) -> Option<Answer> {
        let mut friends = self.all();
        let friend = friends
            .iter_mut()
            .find(|friend| friend.identity == release.guardian())?;
        release.verify().unwrap();
        if !friend.is_reachable {
            return None;
        }
        friend.released.extend(release.ids());
        Some(Answer::Stored)
    }
}

impl Friend {
    fn used(&self) -> u64 {
        let kept = self.kept.values();
        kept.map(|(_, bytes)| bytes.len() as u64).sum()
    }

    /// What was released goes: the time of grace is over.
    pub(in crate::backup) fn let_go(&mut self) {
        let released = std::mem::take(&mut self.released);
        self.kept.retain(|id, _| !released.contains(id));
    }
}
