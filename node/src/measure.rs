//! What the benchmarks see of the inside: a node without its web server, and authors who write as much as is asked.
//!
//! Nothing here is used by the program. Mistakes end the benchmark, so that no figure comes from half a run.

pub mod spaces;

use std::path::Path;

use hearth_keys::{DeviceKeys, Identity, Phrase, Signature};
use hearth_protocol::body::{self, SALT_BYTES};
use hearth_protocol::content::{Content, Post};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, Place};
use hearth_protocol::log::LogState;
use hearth_protocol::memory::next_header;
use hearth_protocol::root::{Claim, Statement, StatementSet};
use hearth_protocol::run::{Run, RunBody, RunItem};
use tokio::runtime::Runtime;

use crate::access::Access;
use crate::app::{self, App, model::Page};
use crate::backup::{Backup, Parts};
use crate::beginning::beginning;
use crate::guardian::Guard;
use crate::home::{Home, SHARDS_DIR};
use crate::keyring::KeptAccount;
use crate::network::{self, Limits, Listen, NetworkConfig, NetworkHandle};
use crate::objects::Objects;
use crate::photos::Photos;
use crate::replication::unix_ms;
use crate::shards::{ShardRow, Shards, ShardsThread};
use crate::store::logs::{Draft, Logs};
use crate::store::{Store, StoreThread};
use crate::{keyring, node, replication, rng};

/// Which entries of a run bear a real signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// Each, as an author's node writes them.
    All,
    /// The last, which vouches for the others: quicker to make, and the same to check.
    Last,
}

/// What an author's bodies are to the node that keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readable {
    /// Clear posts: they go into the views.
    Posts,
    /// As long, and sealed for others: the log alone is kept.
    Sealed,
}

/// Somebody whom the node follows.
#[derive(Debug)]
pub struct Author {
    device: DeviceKeys,
    statements: StatementSet,
    log: LogKey,
    next: (u64, EntryId),
}

impl Default for Author {
    fn default() -> Self {
        Self::new()
    }
}

impl Author {
    /// A new person with one device.
    pub fn new() -> Self {
        let root = Phrase::generate(&mut rng::system()).root();
        let device = DeviceKeys::generate(&mut rng::system());
        let claim = Claim::Certify {
            box_public: device.box_public(),
        };
        let mut statements = StatementSet::new(root.identity());
        statements
            .insert(Statement::sign(&root, device.id(), 0, claim))
            .expect("it is of this identity");
        let log = LogKey {
            identity: root.identity(),
            device: device.id(),
            log: LogNumber::SOCIAL,
        };
        Self {
            device,
            statements,
            log,
            next: (0, EntryId::NONE),
        }
    }

    /// Who it is, as text.
    pub fn identity(&self) -> String {
        self.log.identity.to_string()
    }

    /// The next entries of the log: one for each time and text.
    pub fn write<'a>(
        &mut self,
        posts: impl IntoIterator<Item = (u64, &'a str)>,
        readable: Readable,
        signed: Signed,
    ) -> Run {
        let (times, texts): (Vec<u64>, Vec<&str>) = posts.into_iter().unzip();
        let mut texts = texts.into_iter();
        self.write_bodies(times, signed, |place| {
            let text = texts.next().expect("as many as times");
            body_of(text, readable, place.seq)
        })
    }

    /// The next entries of the log: one for each time, with the body made for its place.
    fn write_bodies(
        &mut self,
        times: impl IntoIterator<Item = u64>,
        signed: Signed,
        mut body_at: impl FnMut(&Place) -> Vec<u8>,
    ) -> Run {
        let (first_seq, previous) = self.next;
        let times: Vec<u64> = times.into_iter().collect();
        let count = times.len();
        let mut items = Vec::with_capacity(count);
        for (number, time_ms) in times.into_iter().enumerate() {
            let place = Place {
                log: self.log,
                seq: self.next.0,
            };
            let body = body_at(&place);
            let mut header = next_header(self.log, &LogState::default(), time_ms, &body);
            (header.place, header.previous) = (place, self.next.1);
            let entry = if signed == Signed::All || number + 1 == count {
                header.sign(&self.device)
            } else {
                hearth_protocol::entry::Entry::new(header, Signature::from_bytes([7; 64]))
            };
            self.next = (place.seq + 1, entry.id());
            items.push(RunItem {
                time_ms,
                signature: *entry.signature(),
                body: RunBody::Present(body),
            });
        }
        Run {
            log: self.log,
            first_seq,
            previous,
            items,
        }
    }
}

fn body_of(text: &str, readable: Readable, seq: u64) -> Vec<u8> {
    let mut salt = [0; SALT_BYTES];
    salt[..8].copy_from_slice(&seq.to_be_bytes());
    let post = Post {
        text: text.to_owned(),
        ..Post::default()
    };
    let mut body = body::clear(&Content::Post(post), salt).expect("a text of a post's length");
    if readable == Readable::Sealed {
        body[0] = 2;
    }
    body
}

/// Verifies each signature of a run by itself; says how many hold.
pub fn verify_each(run: &Run) -> usize {
    let chain = run.clone().chain().expect("a run within bounds");
    let holds = chain
        .links()
        .iter()
        .filter(|link| link.entry.verify().is_ok());
    holds.count()
}

/// A store that one thread uses directly, as the store's own thread does.
#[derive(Debug)]
pub struct Kept {
    logs: Logs,
    account: KeptAccount,
}

impl Kept {
    /// Opens the store of the home in `dir`, making what is missing.
    pub fn open(dir: &Path) -> Self {
        let home = Home::open(dir).expect("a usable folder");
        let (account, phrase) = node::account(&home, Some("Alice"), None).expect("an account");
        if phrase.is_some() {
            keyring::told(&home).expect("a usable folder");
        }
        crate::home::make_private_folder(&home.store_dir()).expect("a usable folder");
        let mut logs =
            Logs::open(&home.store_dir(), vec![account.account.clone()]).expect("a store");
        crate::genesis::ensure(&mut logs, &account, unix_ms()).expect("first entries");
        logs.commit().expect("a commit");
        Self { logs, account }
    }

    /// Learns who speaks for an author.
    pub fn meet(&mut self, author: &Author) {
        self.logs
            .keep_statements(&author.statements)
            .expect("statements are kept");
    }

    /// Takes in a run; durable after [`Self::commit`].
    pub fn ingest(&mut self, run: Run) {
        self.logs
            .ingest(run, &[], unix_ms())
            .expect("an acceptable run");
    }

    /// Writes own posts; durable after [`Self::commit`].
    pub fn append(&mut self, texts: &[&str]) {
        let drafts = texts.iter().map(|text| {
            let post = Post {
                text: (*text).to_owned(),
                ..Post::default()
            };
            Draft::public(unix_ms(), Content::Post(post))
        });
        let identity = self.account.account.identity;
        self.logs
            .append(
                &identity,
                true,
                drafts.collect(),
                unix_ms(),
                &mut rng::system(),
            )
            .expect("posts are written");
    }

    /// Makes all so far durable.
    pub fn commit(&mut self) {
        self.logs.commit().expect("a commit");
    }

    /// What the store takes on disk, in bytes.
    pub fn size_on_disk(&self) -> u64 {
        self.logs.size_on_disk().expect("a size")
    }
}

/// A node of one account on loopback, without its web server.
#[derive(Debug)]
pub struct Node {
    runtime: Runtime,
    app: App,
    network: NetworkHandle,
    store: Store,
    _thread: StoreThread,
}

impl Node {
    /// Starts it on the home in `dir`.
    pub fn start(dir: &Path) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let home = Home::open(dir).expect("a usable folder");
        let (kept, phrase) = node::account(&home, Some("Alice"), None).expect("an account");
        if phrase.is_some() {
            keyring::told(&home).expect("a usable folder");
        }
        let (app, network, store, thread) = runtime.block_on(start(&home, &kept));
        Self {
            runtime,
            app,
            network,
            store,
            _thread: thread,
        }
    }

    /// Follows an author.
    pub fn follow(&self, author: &Author) {
        self.runtime
            .block_on(self.app.follow(&author.identity(), Vec::new()))
            .expect("a follow");
    }

    /// Learns who speaks for an author, followed or not.
    pub fn meet(&self, author: &Author) {
        let statements = author.statements.clone();
        self.runtime
            .block_on(
                self.store
                    .write(move |logs| logs.keep_statements(&statements)),
            )
            .expect("statements are kept");
    }

    /// Takes in runs, made durable together.
    pub fn ingest(&self, runs: Vec<Run>) {
        self.runtime.block_on(async {
            let mut pending = Vec::with_capacity(runs.len());
            for run in runs {
                let write = self
                    .store
                    .begin_write(move |logs| logs.ingest(run, &[], unix_ms()));
                pending.push(write.await.expect("the store's thread"));
            }
            for pending in pending {
                pending.done().await.expect("an acceptable run");
            }
        });
    }

    /// A page of the home timeline: ids and cursors, newest first.
    pub fn timeline(&self, limit: u64, before: Option<&str>) -> Vec<(String, String)> {
        let page = Page {
            limit: Some(limit),
            before: before.map(str::to_owned),
            space: None,
            list: None,
        };
        let posts = self
            .runtime
            .block_on(self.app.timeline(page))
            .expect("a page");
        posts
            .into_iter()
            .map(|post| (post.id, post.local_id))
            .collect()
    }

    /// The text of a post by its id.
    pub fn post(&self, id: &str) -> String {
        let post = self.runtime.block_on(self.app.post_by_id(id));
        post.expect("a post").text
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.runtime.block_on(self.network.clone().shutdown());
    }
}

async fn start(home: &Home, kept: &KeptAccount) -> (App, NetworkHandle, Store, StoreThread) {
    let (store, thread) = node::open_store(home, kept).await.expect("a store");
    let config = NetworkConfig {
        key: keyring::transport_key(home).expect("a key"),
        listen: Listen::Exactly(vec!["/ip4/127.0.0.1/tcp/0".parse().expect("well-formed")]),
        mdns: false,
        contacts: Vec::new(),
        limits: Limits::default(),
    };
    let (network, events) = network::start(config).await.expect("a network");
    let identity: Identity = kept.account.identity;
    let follows = store
        .read(move |logs| logs.follows(&identity))
        .await
        .expect("follows");
    let beginning = beginning(&store, kept, &network, &follows)
        .await
        .expect("a beginning");
    let changes = app::changes();
    let (shards, _) = Shards::open(&home.dir().join(SHARDS_DIR)).expect("a folder for shards");
    let news = changes.subscribe();
    let started = Guard::start(
        kept.account.clone(),
        network.clone(),
        store.clone(),
        shards,
        Access::nowhere(identity),
        news,
    );
    let (guard, guarding) = started.await.expect("a guardian");
    // Ends with the process.
    std::mem::forget(guarding);
    let (letters, _) = crate::letters::Letters::new();
    let (replication, _) = replication::start(
        beginning,
        store.clone(),
        network.clone(),
        events,
        changes.clone(),
        (guard.clone(), letters.clone(), Access::nowhere(identity)),
    );
    let objects = Objects::open(home, store.clone(), identity).await;
    let objects = objects.expect("objects");
    let backup = Backup::idle(Parts {
        account: kept.account.clone(),
        store: store.clone(),
        packs: objects.clone(),
        guardians: guard.clone(),
        pass_on: std::sync::Arc::new(|_| Box::pin(async {})),
    });
    let photos = Photos::open(home.dir(), objects.clone(), guard.clone()).expect("folders");
    let app = App::new(
        kept.account.clone(),
        (None, crate::restore::Restoring::default()),
        (store.clone(), objects, photos, home),
        (replication, guard, backup),
        (network.clone(), letters, Access::nowhere(identity)),
        changes,
        follows,
    );
    (app, network, store, thread)
}

/// What a guardian keeps, at its handle.
#[derive(Debug)]
pub struct Guarded {
    shards: Shards,
    thread: ShardsThread,
    runtime: Runtime,
    owner: Identity,
}

impl Guarded {
    /// Opens what is kept in `dir`.
    pub fn open(dir: &Path) -> Self {
        let (shards, thread) = Shards::open(dir).expect("a guardian's folder");
        Self {
            shards,
            thread,
            runtime: Runtime::new().expect("a runtime"),
            owner: Identity::from_bytes([7; 32]),
        }
    }

    /// Keeps shards that are asked for at the same time, all durable when it returns.
    pub fn put(&self, together: Vec<Vec<u8>>) {
        let puts = together.into_iter().map(|bytes| {
            let row = ShardRow {
                owner: self.owner,
                id: *blake3::hash(&bytes).as_bytes(),
                kind: 1,
                number: 0,
                generation: 0,
                ticket: vec![0; 300],
                now_ms: 0,
            };
            self.shards.put(row, bytes)
        });
        let done = self.runtime.block_on(futures::future::join_all(puts));
        done.into_iter().for_each(|new| {
            new.expect("room");
        });
    }

    /// Reads a shard by parts, as it is sent, and says how long it is.
    pub fn read(&self, id: [u8; 32], part_bytes: u32) -> usize {
        self.runtime.block_on(async {
            let mut offset = 0;
            loop {
                let part = self.shards.get(self.owner, id, offset, part_bytes);
                let part = part.await.expect("a disk").expect("kept");
                offset += u32::try_from(part.len()).expect("a part");
                if part.len() < part_bytes as usize {
                    return offset as usize;
                }
            }
        })
    }

    /// Gives up shards and drops them.
    pub fn give_up(&self, ids: Vec<[u8; 32]>) {
        let device = hearth_keys::DeviceId::from_bytes([8; 32]);
        self.runtime.block_on(async {
            let released = self.shards.release(self.owner, ids, device, 0);
            released.await.expect("a disk");
            self.shards.sweep(1, 1).await.expect("a disk");
        });
    }

    /// Gives space back; bytes on disk before and after.
    pub fn compact(&self) -> (u64, u64) {
        let compacted = self.runtime.block_on(self.shards.compact());
        compacted.expect("a disk")
    }

    /// What the shards that are kept count for in a quota.
    pub fn live_bytes(&self) -> u64 {
        self.shards.usage().values().map(|usage| usage.bytes).sum()
    }

    /// Waits until everything is closed.
    pub fn close(self) {
        drop(self.shards);
        self.thread.join();
    }
}
