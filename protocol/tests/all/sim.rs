//! Many nodes in one thread: the real machines and stores over a seeded network, under a virtual clock.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{DeviceKeys, Identity, Phrase, Root};
use hearth_protocol::body;
use hearth_protocol::content::{Content, Delete, Edit, Post, Target};
use hearth_protocol::entry::{LogKey, LogNumber};
use hearth_protocol::ingest::IngestError;
use hearth_protocol::log::Refusal;
use hearth_protocol::memory::MemoryLogs;
use hearth_protocol::message::{FollowNotice, Message, Presence};
use hearth_protocol::root::{Bound, Claim, Statement, StatementSet};
use hearth_protocol::sync::{Acquaintance, Event, Ingested, Outcome, Output, PeerKey, Sync};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

/// A small generator (SplitMix64) for what isn't a secret.
#[derive(Debug, Clone)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// Somebody with a phrase.
pub(crate) struct Person {
    pub(crate) root: Root,
    pub(crate) device: DeviceKeys,
    pub(crate) certificate: Statement,
}

impl Person {
    /// Always the same one for a number.
    pub(crate) fn new(number: u8) -> Self {
        let mut rng = ChaCha20Rng::from_seed([number; 32]);
        let root = Phrase::generate(&mut rng).root();
        let device = DeviceKeys::generate(&mut rng);
        let certificate = certify(&root, &device);
        Self {
            root,
            device,
            certificate,
        }
    }

    pub(crate) fn id(&self) -> Identity {
        self.root.identity()
    }

    pub(crate) fn log(&self, log: LogNumber) -> LogKey {
        LogKey {
            identity: self.id(),
            device: self.device.id(),
            log,
        }
    }

    pub(crate) fn social(&self) -> LogKey {
        self.log(LogNumber::SOCIAL)
    }
}

pub(crate) fn certify(root: &Root, device: &DeviceKeys) -> Statement {
    let box_public = device.box_public();
    Statement::sign(root, device.id(), 0, Claim::Certify { box_public })
}

pub(crate) fn post(text: &str) -> Content {
    Content::Post(Post {
        text: text.into(),
        reply_to: None,
    })
}

/// Changes a message on its way out; `None` swallows it.
pub(crate) type Meddle = Box<dyn FnMut(Message) -> Option<Message>>;

pub(crate) struct Node {
    pub(crate) key: PeerKey,
    pub(crate) sync: Sync,
    pub(crate) logs: MemoryLogs,
    pub(crate) cares: BTreeSet<Identity>,
    pub(crate) notices: Vec<FollowNotice>,
    pub(crate) acquaintances: BTreeMap<PeerKey, Vec<u8>>,
    pub(crate) dropped: Vec<(PeerKey, &'static str)>,
    /// Every run that was stored: log, lowest, highest, in order.
    pub(crate) stored: Vec<(LogKey, u64, u64)>,
    pub(crate) sent: usize,
    pub(crate) disk_full: bool,
    meddle: Option<Meddle>,
    presences: Vec<Presence>,
    due_ms: Option<u64>,
}

enum What {
    Deliver(usize, usize, u64, Vec<u8>),
    Ingested(usize, Ingested),
    Tick(usize),
}

#[derive(Default)]
struct Link {
    epoch: u64,
    up: bool,
    arrives_ms: BTreeMap<usize, u64>,
}

/// The world: nodes, links, a clock.
pub(crate) struct World {
    pub(crate) now_ms: u64,
    pub(crate) nodes: Vec<Node>,
    pub(crate) steps: usize,
    dice: Dice,
    queue: BTreeMap<(u64, u64), What>,
    queued: u64,
    links: BTreeMap<(usize, usize), Link>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            now_ms: 0,
            nodes: Vec::new(),
            steps: 0,
            dice: Dice(seed),
            queue: BTreeMap::new(),
            queued: 0,
            links: BTreeMap::new(),
        }
    }

    /// A node without accounts.
    pub(crate) fn bare_node(&mut self) -> usize {
        let at = self.nodes.len();
        let key = PeerKey(format!("node {at}").into_bytes());
        self.nodes.push(Node {
            sync: Sync::new(key.clone()),
            key,
            logs: MemoryLogs::new(),
            cares: BTreeSet::new(),
            notices: Vec::new(),
            acquaintances: BTreeMap::new(),
            dropped: Vec::new(),
            stored: Vec::new(),
            sent: 0,
            disk_full: false,
            meddle: None,
            presences: Vec::new(),
            due_ms: None,
        });
        at
    }

    /// A node that is somebody's home.
    pub(crate) fn home(&mut self, person: &Person) -> usize {
        let at = self.bare_node();
        self.move_in(at, person, &person.device);
        at
    }

    pub(crate) fn move_in(&mut self, at: usize, person: &Person, device: &DeviceKeys) {
        let mut set = StatementSet::new(person.id());
        set.insert(person.certificate.clone()).unwrap();
        set.insert(certify(&person.root, device)).unwrap();
        let node = &mut self.nodes[at];
        let presence = Presence::sign(device, &set, &node.key.0, self.now_ms, &[]);
        node.presences.push(presence);
        node.sync.set_presences(node.presences.clone());
        self.state_set(at, &set);
        self.care(at, person.id());
    }

    fn state_set(&mut self, at: usize, set: &StatementSet) {
        let logs = &mut self.nodes[at].logs;
        logs.add_statements(set.identity(), &set.to_blobs())
            .unwrap();
        self.event(at, Event::Statements(set.clone()));
    }

    /// The owner of the phrase says something on this node.
    pub(crate) fn state(&mut self, at: usize, statement: &Statement) {
        let mut set = StatementSet::new(statement.identity());
        set.insert(statement.clone()).unwrap();
        self.state_set(at, &set);
    }

    pub(crate) fn care(&mut self, at: usize, identity: Identity) {
        self.nodes[at].cares.insert(identity);
        self.event(at, Event::Cared(identity));
    }

    pub(crate) fn uncare(&mut self, at: usize, identity: Identity) {
        self.nodes[at].cares.remove(&identity);
        self.event(at, Event::Uncared(identity));
    }

    pub(crate) fn meddle(&mut self, at: usize, meddle: Meddle) {
        self.nodes[at].meddle = Some(meddle);
    }

    /// A node with the same store that forgot everything else: what a restart does.
    pub(crate) fn restart(&mut self, at: usize, logs: MemoryLogs) {
        for other in 0..self.nodes.len() {
            self.disconnect(at, other);
        }
        let node = &mut self.nodes[at];
        node.sync = Sync::new(node.key.clone());
        node.logs = logs;
        node.sync.set_presences(node.presences.clone());
        for (peer, said) in &node.acquaintances {
            let said = Acquaintance::from_bytes(said).unwrap();
            node.sync.acquaint(peer.clone(), said);
        }
        for identity in node.cares.clone() {
            let Some(statements) = node.logs.statements(&identity) else {
                continue;
            };
            let of_identity = node.logs.logs().filter(|(log, _)| log.identity == identity);
            let held: Vec<_> = of_identity
                .map(|(log, state)| (*log, state.clone()))
                .collect();
            let forks = held
                .iter()
                .filter_map(|(log, _)| node.logs.fork(log).cloned());
            let (statements, forks) = (statements.clone(), forks.collect());
            node.sync.hold(statements, held, forks);
        }
        for identity in node.cares.clone() {
            self.event(at, Event::Cared(identity));
        }
    }

    pub(crate) fn connect(&mut self, a: usize, b: usize) {
        let link = self.links.entry((a.min(b), a.max(b))).or_default();
        if link.up || a == b {
            return;
        }
        link.up = true;
        link.epoch += 1;
        link.arrives_ms.clear();
        let (key_a, key_b) = (self.nodes[a].key.clone(), self.nodes[b].key.clone());
        self.event(a, Event::Connected(key_b));
        self.event(b, Event::Connected(key_a));
    }

    pub(crate) fn disconnect(&mut self, a: usize, b: usize) {
        let Some(link) = self.links.get_mut(&(a.min(b), a.max(b))) else {
            return;
        };
        if std::mem::take(&mut link.up) {
            let (key_a, key_b) = (self.nodes[a].key.clone(), self.nodes[b].key.clone());
            self.event(a, Event::Disconnected(key_b));
            self.event(b, Event::Disconnected(key_a));
        }
    }

    pub(crate) fn event(&mut self, at: usize, event: Event) {
        self.nodes[at].sync.handle(self.now_ms, event);
        self.carry_out(at);
    }

    fn carry_out(&mut self, at: usize) {
        while let Some(output) = self.nodes[at].sync.next_output() {
            match output {
                Output::Send(to, bytes) => self.send(at, &to, bytes),
                Output::Ingest {
                    from,
                    request,
                    run,
                    tombstones,
                } => {
                    let log = run.log;
                    let node = &mut self.nodes[at];
                    let result = if node.disk_full {
                        None
                    } else {
                        Some(node.logs.ingest(run, &tombstones))
                    };
                    let outcome = self.outcome(at, log, request, result);
                    let ingested = Ingested {
                        from: Some(from),
                        request,
                        log,
                        outcome,
                    };
                    self.later(2, What::Ingested(at, ingested));
                }
                Output::Serve {
                    to,
                    request,
                    log,
                    lo,
                    hi,
                } => {
                    let message = match self.nodes[at].logs.serve(&log, lo, hi) {
                        Some((run, tombstones)) => Message::Run {
                            request,
                            run,
                            tombstones,
                        },
                        None => Message::Missing { request },
                    };
                    self.send(at, &to, message.to_bytes());
                }
                Output::KeepStatements(set) => {
                    let logs = &mut self.nodes[at].logs;
                    logs.add_statements(set.identity(), &set.to_blobs())
                        .unwrap();
                }
                Output::KeepFork(proof) => {
                    self.nodes[at].logs.add_fork(proof.clone());
                    self.nodes[at]
                        .sync
                        .handle(self.now_ms, Event::Forked(proof));
                }
                Output::Present(..) => {}
                Output::Remember(peer, said) => {
                    let bytes = said.to_bytes();
                    self.nodes[at].acquaintances.insert(peer, bytes);
                }
                Output::Forget(peer) => {
                    self.nodes[at].acquaintances.remove(&peer);
                }
                Output::Noticed(notice) => self.nodes[at].notices.push(notice),
                Output::Drop(peer, reason) => {
                    let other = self.find(&peer);
                    self.nodes[at].dropped.push((peer, reason));
                    self.disconnect(at, other);
                }
            }
        }
        let due = self.nodes[at].sync.next_tick_ms();
        if let Some(due) = due.filter(|due| self.nodes[at].due_ms.is_none_or(|known| *due < known))
        {
            self.nodes[at].due_ms = Some(due);
            self.queued += 1;
            let when = due.max(self.now_ms);
            self.queue.insert((when, self.queued), What::Tick(at));
        }
    }

    fn outcome(
        &mut self,
        at: usize,
        log: LogKey,
        request: u32,
        result: Option<Result<Vec<(u64, u64)>, IngestError>>,
    ) -> Outcome {
        let node = &mut self.nodes[at];
        match result {
            None => Outcome::Unable,
            Some(Ok(new)) => {
                node.stored
                    .extend(new.iter().map(|&(lo, hi)| (log, lo, hi)));
                let push = new.last().filter(|_| request == 0);
                Outcome::Stored {
                    state: node.logs.state(&log).unwrap().clone(),
                    push: push
                        .and_then(|&(lo, hi)| node.logs.serve(&log, lo, hi))
                        .map(Box::new),
                }
            }
            Some(Err(IngestError::Refused(refusal))) => Outcome::Refused(refusal),
            Some(Err(IngestError::Fork(proof))) => {
                node.sync.handle(self.now_ms, Event::Forked(*proof));
                Outcome::Refused(Refusal::Forked)
            }
            Some(Err(_)) => Outcome::Damaged,
        }
    }

    fn find(&self, key: &PeerKey) -> usize {
        self.nodes.iter().position(|node| &node.key == key).unwrap()
    }

    fn send(&mut self, from: usize, to: &PeerKey, bytes: Vec<u8>) {
        let to = self.find(to);
        let node = &mut self.nodes[from];
        node.sent += 1;
        let bytes = match &mut node.meddle {
            None => bytes,
            Some(meddle) => match meddle(Message::from_bytes(&bytes).unwrap()) {
                Some(message) => message.to_bytes(),
                None => return,
            },
        };
        let link = self.links.get_mut(&(from.min(to), from.max(to))).unwrap();
        if !link.up {
            return;
        }
        let latency = 1 + self.dice.below(40);
        let arrives = link.arrives_ms.entry(to).or_default();
        *arrives = (*arrives).max(self.now_ms + latency);
        self.queued += 1;
        let what = What::Deliver(from, to, link.epoch, bytes);
        self.queue.insert((*arrives, self.queued), what);
    }

    fn later(&mut self, delay_ms: u64, what: What) {
        self.queued += 1;
        self.queue
            .insert((self.now_ms + delay_ms, self.queued), what);
    }

    /// Lets time pass, and everything happen that happens in it.
    pub(crate) fn run(&mut self, ms: u64) {
        let until = self.now_ms + ms;
        while let Some(entry) = self.queue.first_entry().filter(|e| e.key().0 <= until) {
            self.now_ms = entry.key().0;
            let what = entry.remove();
            self.step(what);
        }
        self.now_ms = until;
    }

    fn step(&mut self, what: What) {
        self.steps += 1;
        match what {
            What::Deliver(from, to, epoch, bytes) => {
                let link = &self.links[&(from.min(to), from.max(to))];
                if link.up && link.epoch == epoch {
                    let key = self.nodes[from].key.clone();
                    self.event(to, Event::Frame(key, bytes));
                }
            }
            What::Ingested(at, ingested) => self.event(at, Event::Ingested(ingested)),
            What::Tick(at) => {
                self.nodes[at].due_ms = None;
                self.event(at, Event::Tick);
            }
        }
    }

    /// Runs until nothing is left to happen; more than `steps` are a livelock.
    pub(crate) fn settle(&mut self, steps: usize) {
        let limit = self.steps + steps;
        while let Some(((when, _), what)) = self.queue.pop_first() {
            self.now_ms = when;
            self.step(what);
            assert!(self.steps < limit, "not quiet after {steps} steps");
        }
    }

    /// Writes to a log and lets the machine know.
    pub(crate) fn write(&mut self, at: usize, device: &DeviceKeys, log: LogKey, what: &Content) {
        let time_ms = self.now_ms;
        let salt = u128::from(self.dice.below(u64::MAX)).to_be_bytes();
        let body = body::clear(what, salt).unwrap();
        let node = &mut self.nodes[at];
        let run = node.logs.append(device, log, time_ms, body).unwrap();
        let state = node.logs.state(&log).unwrap().clone();
        let push = Some(Box::new((run, Vec::new())));
        let ingested = Ingested {
            from: None,
            request: 0,
            log,
            outcome: Outcome::Stored { state, push },
        };
        self.event(at, Event::Ingested(ingested));
    }

    pub(crate) fn post(&mut self, at: usize, person: &Person, text: &str) {
        self.write(at, &person.device, person.social(), &post(text));
    }

    pub(crate) fn posts(&mut self, at: usize, person: &Person, count: usize) {
        (0..count).for_each(|n| self.post(at, person, &format!("post {n}")));
    }

    pub(crate) fn delete(&mut self, at: usize, person: &Person, seq: u64) {
        let targets = vec![target(person, seq)];
        let delete = Content::Delete(Delete { targets });
        self.write(at, &person.device, person.social(), &delete);
    }

    pub(crate) fn edit(&mut self, at: usize, person: &Person, seq: u64, text: &str) {
        let edit = Content::Edit(Edit {
            target: target(person, seq),
            text: text.into(),
        });
        self.write(at, &person.device, person.social(), &edit);
    }

    /// The ranges that a node holds of a log.
    pub(crate) fn held(&self, at: usize, log: &LogKey) -> Vec<(u64, u64)> {
        let state = self.nodes[at].logs.state(log);
        let ranges = state.map(|state| state.ranges().iter());
        ranges
            .into_iter()
            .flatten()
            .map(|range| (range.lo, range.hi))
            .collect()
    }

    /// Checks that a node holds exactly what another does of everything that it cares for of an identity.
    pub(crate) fn assert_same(&self, a: usize, b: usize, identity: Identity) {
        let social = |at: usize| -> Vec<_> {
            let logs = self.nodes[at].logs.logs();
            logs.filter(|(log, _)| log.identity == identity && log.log.is_social())
                .filter(|(log, _)| self.bound(at, log) != Bound::Void)
                .map(|(log, state)| {
                    let ranges = state.ranges().to_vec();
                    let bodies: Vec<_> = ranges
                        .iter()
                        .flat_map(|range| range.lo..=range.hi)
                        .map(|seq| hearth_protocol::entry::Place { log: *log, seq })
                        .map(|place| self.nodes[at].logs.link(&place).cloned())
                        .collect();
                    (*log, ranges, bodies)
                })
                .collect()
        };
        assert!(social(a) == social(b), "nodes {a} and {b} differ");
    }

    fn bound(&self, at: usize, log: &LogKey) -> Bound {
        let statements = self.nodes[at].logs.statements(&log.identity);
        statements.map_or(Bound::Void, |set| set.bound(&log.device, log.log))
    }
}

pub(crate) fn target(person: &Person, seq: u64) -> Target {
    Target {
        device: person.device.id(),
        log: LogNumber::SOCIAL,
        seq,
    }
}

/// Tells a story with many seeds; the one that it fails with is printed.
pub(crate) fn each_seed(count: u64, story: impl Fn(&mut World)) {
    for seed in 0..count {
        let telling = std::panic::AssertUnwindSafe(|| story(&mut World::new(seed)));
        if let Err(panic) = std::panic::catch_unwind(telling) {
            eprintln!("the story fails with seed {seed}");
            std::panic::resume_unwind(panic);
        }
    }
}
