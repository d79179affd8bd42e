//! Nodes, wires, a clock, and a heap of what happens when.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::rc::Rc;

use hearth_keys::{DeviceKeys, Identity};
use hearth_protocol::body;
use hearth_protocol::content::{Content, Delete, Edit};
use hearth_protocol::entry::{EntryId, LogKey, Place};
use hearth_protocol::root::{Bound, Statement, StatementSet};
use hearth_protocol::sync::{Event, Ingested, Outcome};

use super::adversary::Adversary;
use super::dice::Dice;
use super::fate::Fate;
use super::node::{Job, Node};
use super::people::{Person, certify, post, target};
use super::tally::Tally;
use super::truth::Truth;
use super::wire::{Weather, Wire};

/// Something that happens.
pub(super) enum What {
    /// A frame arrives: from, to, on which connection.
    Deliver(usize, usize, u64, Vec<u8>),
    /// A job of the node's disk is done, if it is still in the same life.
    Done(usize, u64, Box<Job>),
    Tick(usize),
    /// A node notices that the connection to another is gone.
    Lapse(usize, usize, u64),
    /// Two nodes try to connect.
    Dial(usize, usize),
    /// An adversary speaks on its own account.
    Rant(usize),
    Fate(Fate),
}

struct Scheduled {
    when_ms: u64,
    number: u64,
    what: What,
}

impl Scheduled {
    const fn key(&self) -> (u64, u64) {
        (self.when_ms, self.number)
    }
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // The earliest is the greatest: what the heap gives first.
        other.key().cmp(&self.key())
    }
}

/// The world.
pub(crate) struct World {
    pub(crate) now_ms: u64,
    pub(crate) nodes: Vec<Node>,
    pub(crate) steps: usize,
    pub(crate) weather: Weather,
    /// How long a store takes for one job.
    pub(crate) disk_ms: u64,
    /// Whether lost connections are dialled again.
    pub(crate) redials: bool,
    pub(crate) truth: Truth,
    pub(crate) tally: Tally,
    /// A digest of everything that happened, in order.
    pub(crate) trace: u64,
    pub(super) dice: Dice,
    pub(super) wires: BTreeMap<(usize, usize), Wire>,
    queue: BinaryHeap<Scheduled>,
    queued: u64,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            now_ms: 0,
            nodes: Vec::new(),
            steps: 0,
            weather: Weather::CALM,
            disk_ms: 2,
            redials: false,
            truth: Truth::default(),
            tally: Tally::default(),
            trace: seed,
            dice: Dice(seed),
            wires: BTreeMap::new(),
            queue: BinaryHeap::new(),
            queued: 0,
        }
    }

    /// A node without accounts.
    pub(crate) fn bare_node(&mut self) -> usize {
        let at = self.nodes.len();
        self.nodes
            .push(Node::new(format!("node {at}").into_bytes()));
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
        if device.id() != person.device.id() {
            set.insert(certify(&person.root, device)).unwrap();
        }
        self.nodes[at].welcome(device, &set, self.now_ms);
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

    /// Gives a node to an adversary.
    pub(crate) fn corrupt(&mut self, at: usize, adversary: Box<dyn Adversary>) {
        if let Some(pace_ms) = adversary.pace_ms() {
            self.later(pace_ms, What::Rant(at));
        }
        self.nodes[at].adversary = Some(adversary);
    }

    pub(super) fn later(&mut self, delay_ms: u64, what: What) {
        self.at(self.now_ms + delay_ms, what);
    }

    pub(super) fn at(&mut self, when_ms: u64, what: What) {
        self.queued += 1;
        self.queue.push(Scheduled {
            when_ms: when_ms.max(self.now_ms),
            number: self.queued,
            what,
        });
    }

    /// Lets time pass, and everything happen that happens in it.
    pub(crate) fn run(&mut self, ms: u64) {
        let until = self.now_ms + ms;
        while let Some(next) = self.queue.peek().filter(|next| next.when_ms <= until) {
            self.now_ms = next.when_ms;
            let Scheduled { what, .. } = self.queue.pop().expect("it was just there");
            self.step(what);
        }
        self.now_ms = until;
    }

    /// Runs until nothing is left to happen; more than `steps` are a livelock.
    pub(crate) fn settle(&mut self, steps: usize) {
        let limit = self.steps + steps;
        while let Some(Scheduled { when_ms, what, .. }) = self.queue.pop() {
            self.now_ms = when_ms;
            self.step(what);
            assert!(self.steps < limit, "not quiet after {steps} steps");
        }
    }

    fn step(&mut self, what: What) {
        self.steps += 1;
        match what {
            What::Deliver(from, to, epoch, bytes) => {
                self.trace(1, from, to, &bytes);
                self.deliver(from, to, epoch, bytes);
            }
            What::Done(at, life, job) => {
                self.trace(2, at, 0, &[]);
                self.done(at, life, *job);
            }
            What::Tick(at) => {
                self.trace(3, at, 0, &[]);
                self.nodes[at].due_ms = None;
                self.event(at, Event::Tick);
            }
            What::Lapse(at, other, epoch) => self.lapse(at, other, epoch),
            What::Dial(a, b) => self.dial(a, b),
            What::Rant(at) => self.rant(at),
            What::Fate(fate) => self.befall(fate),
        }
    }

    fn trace(&mut self, kind: u64, a: usize, b: usize, bytes: &[u8]) {
        let mut mix = |value: u64| {
            let mixed = (self.trace ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            self.trace = mixed ^ (mixed >> 29);
        };
        [self.now_ms, kind, a as u64, b as u64, bytes.len() as u64]
            .into_iter()
            .for_each(&mut mix);
        if let Some(last) = bytes.last_chunk() {
            mix(u64::from_be_bytes(*last));
        }
    }

    /// Writes to a log, at once, and lets the machine know.
    pub(crate) fn write(&mut self, at: usize, device: &DeviceKeys, log: LogKey, what: &Content) {
        let time_ms = self.nodes[at].clock.claimed_ms(self.now_ms);
        let salt = u128::from(self.dice.below(u64::MAX)).to_be_bytes();
        let body = body::clear(what, salt).unwrap();
        let node = &mut self.nodes[at];
        let run = node.logs.append(device, log, time_ms, body).unwrap();
        let state = node.logs.state(&log).unwrap().clone();
        let id = state.top().unwrap().head;
        self.truth.signed(&run);
        let awaited = self.audience(at, log.identity);
        self.truth.await_at(id, self.now_ms, awaited);
        let push = Some(Box::new((run, Vec::new())));
        let ingested = Ingested {
            from: None,
            request: 0,
            log,
            outcome: Outcome::Stored { state, push },
        };
        self.event(at, Event::Ingested(ingested));
    }

    /// Who cares for an identity and can be reached from a node over open connections of those who do.
    fn audience(&self, from: usize, identity: Identity) -> BTreeMap<usize, u64> {
        let mut audience = BTreeMap::new();
        let mut seen = BTreeSet::from([from]);
        let mut edge = vec![from];
        while let Some(at) = edge.pop() {
            for &peer in self.nodes[at].peers.values() {
                let node = &self.nodes[peer];
                let cares = node.is_honest() && node.up && node.cares.contains(&identity);
                let (key, _) = super::wire::pair(at, peer);
                let open = self.wires.get(&key).is_some_and(Wire::is_open);
                if cares && open && seen.insert(peer) {
                    audience.insert(peer, node.life);
                    edge.push(peer);
                }
            }
        }
        audience
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
            warning: None,
            alts: Vec::new(),
        });
        self.write(at, &person.device, person.social(), &edit);
    }

    /// Has somebody write when the disk gets to it.
    pub(crate) fn write_later(&mut self, at: usize, person: &Rc<Person>, content: Content) {
        let person = Rc::clone(person);
        self.work(at, Job::Write { person, content });
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

    pub(crate) fn held_id(&self, at: usize, place: &Place) -> Option<EntryId> {
        Some(self.nodes[at].logs.link(place)?.entry.id())
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
                        .map(|seq| Place { log: *log, seq })
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
