//! One node: machine, store, clock, and what it takes to carry out what the machine wants.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use hearth_keys::{DeviceId, DeviceKeys, Identity};
use hearth_protocol::content::Content;
use hearth_protocol::entry::{LogKey, LogNumber, LoneEntry, Place};
use hearth_protocol::fork::ForkProof;
use hearth_protocol::ingest::IngestError;
use hearth_protocol::log::{LogState, Refusal};
use hearth_protocol::memory::MemoryLogs;
use hearth_protocol::message::{FollowNotice, Message, Presence};
use hearth_protocol::root::StatementSet;
use hearth_protocol::run::Run;
use hearth_protocol::sync::{Acquaintance, Event, Ingested, Outcome, Output, PeerKey, Sync};

use super::adversary::Adversary;
use super::clock::Clock;
use super::people::Person;
use super::wire::Weather;
use super::world::{What, World};

/// The first penalty for a breach, doubled six times at most.
const PENALTY_MS: u64 = 60_000;

/// What a store is to do.
pub(super) enum Job {
    Ingest {
        from: PeerKey,
        request: u32,
        run: Run,
        tombstones: Vec<LoneEntry>,
    },
    Statements(StatementSet),
    Fork(ForkProof),
    Write {
        person: Rc<Person>,
        content: Content,
    },
}

pub(crate) struct Node {
    pub(crate) key: PeerKey,
    pub(crate) sync: Sync,
    pub(crate) logs: MemoryLogs,
    pub(crate) cares: BTreeSet<Identity>,
    pub(crate) notices: Vec<FollowNotice>,
    /// What it keeps of peers that it met.
    pub(crate) acquaintances: BTreeMap<PeerKey, Vec<u8>>,
    pub(crate) dropped: Vec<(PeerKey, &'static str)>,
    /// Every run that was stored: log, lowest, highest, in order.
    pub(crate) stored: Vec<(LogKey, u64, u64)>,
    pub(crate) sent: usize,
    pub(crate) disk_full: bool,
    pub(crate) clock: Clock,
    /// Whom it dials.
    pub(crate) friends: BTreeSet<usize>,
    /// Whom it takes itself to be connected to.
    pub(crate) peers: BTreeMap<PeerKey, usize>,
    pub(crate) up: bool,
    /// How often it began anew.
    pub(crate) life: u64,
    /// On which side of a partition it is.
    pub(crate) side: u8,
    /// Until when it refuses whom, and after how many breaches.
    pub(super) penalties: BTreeMap<usize, (u64, u32)>,
    pub(super) adversary: Option<Box<dyn Adversary>>,
    /// An earlier copy of the disk.
    pub(super) snapshot: Option<(MemoryLogs, BTreeMap<PeerKey, Vec<u8>>)>,
    pub(super) due_ms: Option<u64>,
    pub(super) presences: Vec<Presence>,
    disk_free_ms: u64,
    line_free_us: u64,
}

impl Node {
    pub(super) fn new(key: Vec<u8>) -> Self {
        let key = PeerKey(key);
        Self {
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
            clock: Clock::default(),
            friends: BTreeSet::new(),
            peers: BTreeMap::new(),
            up: true,
            life: 0,
            side: 0,
            penalties: BTreeMap::new(),
            adversary: None,
            snapshot: None,
            due_ms: None,
            presences: Vec::new(),
            disk_free_ms: 0,
            line_free_us: 0,
        }
    }

    pub(crate) fn is_honest(&self) -> bool {
        self.adversary.is_none()
    }

    /// Whether a device is this node's.
    pub(crate) fn speaks_for(&self, device: &DeviceId) -> bool {
        self.devices().any(|known| known == *device)
    }

    pub(super) fn devices(&self) -> impl Iterator<Item = DeviceId> {
        self.presences.iter().map(Presence::device)
    }

    /// Somebody lives here from now on.
    pub(super) fn welcome(&mut self, device: &DeviceKeys, set: &StatementSet, now_ms: u64) {
        let presence = Presence::sign(device, set, &self.key.0, now_ms, &[]);
        self.presences.push(presence);
        self.sync.set_presences(self.presences.clone());
    }

    /// A machine that knows what the store holds and nothing else. The caller lets it care.
    fn begin_anew(&mut self) {
        self.life += 1;
        self.due_ms = None;
        self.sync = Sync::new(self.key.clone());
        self.sync.set_presences(self.presences.clone());
        for (peer, said) in &self.acquaintances {
            let said = Acquaintance::from_bytes(said).unwrap();
            self.sync.acquaint(peer.clone(), said);
        }
        // Also of those whom nobody here cares for now: somebody may again.
        for statements in self.logs.all_statements() {
            let of_identity = self.logs.logs();
            let of_identity = of_identity.filter(|(log, _)| log.identity == statements.identity());
            let held: Vec<_> = of_identity
                .map(|(log, state)| (*log, state.clone()))
                .collect();
            let forks = held
                .iter()
                .filter_map(|(log, _)| self.logs.fork(log).cloned());
            let forks = forks.collect();
            self.sync.hold(statements.clone(), held, forks);
        }
    }

    /// What goes out in place of a frame.
    pub(super) fn speak(&mut self, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        let Some(adversary) = &mut self.adversary else {
            return vec![bytes];
        };
        let message = Message::from_bytes(&bytes).unwrap();
        let messages = adversary.speak(message).into_iter();
        messages.map(|message| message.to_bytes()).collect()
    }

    /// Whether the machine gets to see a frame.
    pub(super) fn hear(&mut self, bytes: &[u8]) -> bool {
        let Some(adversary) = &mut self.adversary else {
            return true;
        };
        Message::from_bytes(bytes).is_ok_and(|message| adversary.hear(&message))
    }

    /// When a frame has left the house.
    pub(super) fn upload(&mut self, now_ms: u64, bytes: usize, weather: Weather) -> u64 {
        if weather.upload_bytes_per_ms == 0 {
            return now_ms;
        }
        let takes_us = bytes as u64 * 1_000 / weather.upload_bytes_per_ms;
        self.line_free_us = self.line_free_us.max(now_ms * 1_000) + takes_us;
        self.line_free_us / 1_000
    }

    /// The log that a device writes now: its newest, or a fresh one when that forked.
    pub(super) fn writable_log(&self, person: &Person, skip: u16) -> LogKey {
        let first = person.social();
        let of_device = self.logs.logs().filter(|(log, _)| {
            (log.identity, log.device) == (first.identity, first.device) && log.log.is_social()
        });
        let newest = of_device.max_by_key(|(log, _)| log.log);
        match newest {
            Some((log, state)) if state.is_forked() => {
                person.log(log.log.fresh(skip).expect("numbers suffice"))
            }
            Some((log, _)) => *log,
            None => person.log(LogNumber::SOCIAL),
        }
    }
}

impl World {
    /// A node with the same store that forgot everything else: what a restart does.
    pub(crate) fn restart(&mut self, at: usize, logs: MemoryLogs) {
        let peers: Vec<usize> = self.nodes[at].peers.values().copied().collect();
        for other in peers {
            self.disconnect(at, other);
        }
        self.nodes[at].logs = logs;
        self.boot(at);
    }

    pub(super) fn boot(&mut self, at: usize) {
        self.nodes[at].begin_anew();
        self.nodes[at].up = true;
        for identity in self.nodes[at].cares.clone() {
            self.event(at, Event::Cared(identity));
        }
    }

    pub(crate) fn event(&mut self, at: usize, event: Event) {
        if !self.nodes[at].up {
            return;
        }
        let now_ms = self.nodes[at].clock.steady_ms(self.now_ms);
        self.nodes[at].sync.handle(now_ms, event);
        self.carry_out(at);
    }

    /// The one place where the machine's wishes are met.
    fn carry_out(&mut self, at: usize) {
        while let Some(output) = self.nodes[at].sync.next_output() {
            match output {
                Output::Send(to, bytes)
                | Output::Push {
                    to, frame: bytes, ..
                } => self.send(at, &to, bytes),
                Output::Ingest {
                    from,
                    request,
                    run,
                    tombstones,
                } => {
                    if self.nodes[at].is_honest() {
                        self.tally.copies += run.items.len() as u64;
                    }
                    let job = Job::Ingest {
                        from,
                        request,
                        run,
                        tombstones,
                    };
                    self.work(at, job);
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
                Output::KeepStatements(set) => self.work(at, Job::Statements(set)),
                Output::KeepFork(proof) => self.work(at, Job::Fork(proof)),
                Output::Present(..) | Output::Letter { .. } => {}
                Output::Remember(peer, said) => {
                    let kept = &mut self.nodes[at].acquaintances;
                    kept.insert(peer, said.to_bytes());
                }
                Output::Forget(peer) => {
                    self.nodes[at].acquaintances.remove(&peer);
                }
                Output::Noticed(notice) => self.nodes[at].notices.push(notice),
                Output::Drop(peer, reason) => self.drop_peer(at, peer, reason),
            }
        }
        let node = &self.nodes[at];
        let due = node.sync.next_tick_ms();
        if let Some(due) = due.filter(|due| node.due_ms.is_none_or(|known| *due < known)) {
            let when = node.clock.world_ms(due);
            self.nodes[at].due_ms = Some(due);
            self.at(when, What::Tick(at));
        }
    }

    fn drop_peer(&mut self, at: usize, peer: PeerKey, reason: &'static str) {
        let other = self.nodes[at].peers.get(&peer).copied();
        self.nodes[at].dropped.push((peer, reason));
        let Some(other) = other else { return };
        let now_ms = self.now_ms;
        let penalty = self.nodes[at].penalties.entry(other).or_default();
        *penalty = (now_ms + (PENALTY_MS << penalty.1.min(6)), penalty.1 + 1);
        self.disconnect(at, other);
    }

    /// Queues a job for the disk.
    pub(super) fn work(&mut self, at: usize, job: Job) {
        let node = &mut self.nodes[at];
        node.disk_free_ms = node.disk_free_ms.max(self.now_ms);
        let when = node.disk_free_ms + self.disk_ms;
        let life = node.life;
        self.at(when, What::Done(at, life, Box::new(job)));
    }

    pub(super) fn done(&mut self, at: usize, life: u64, job: Job) {
        if self.nodes[at].life != life {
            return;
        }
        if !self.nodes[at].up {
            // Asleep: the disk goes on when the rest does.
            return self.later(1_000, What::Done(at, life, Box::new(job)));
        }
        match job {
            Job::Ingest {
                from,
                request,
                run,
                tombstones,
            } => self.ingest(at, from, request, run, &tombstones),
            Job::Statements(set) => {
                let logs = &mut self.nodes[at].logs;
                logs.add_statements(set.identity(), &set.to_blobs())
                    .unwrap();
            }
            Job::Fork(proof) => {
                self.nodes[at].logs.add_fork(proof.clone());
                self.event(at, Event::Forked(proof));
            }
            Job::Write { person, content } => {
                let skip = u16::try_from(self.dice.below(1 << 16)).unwrap();
                let log = self.nodes[at].writable_log(&person, skip);
                self.write(at, &person.device, log, &content);
            }
        }
    }

    fn ingest(
        &mut self,
        at: usize,
        from: PeerKey,
        request: u32,
        run: Run,
        tombstones: &[LoneEntry],
    ) {
        let log = run.log;
        let node = &mut self.nodes[at];
        let before = node.logs.state(&log).cloned().unwrap_or_default();
        let outcome = if node.disk_full {
            Outcome::Unable
        } else {
            match node.logs.ingest(run, tombstones) {
                Ok(new) => self.stored(at, log, request, &before, &new),
                Err(IngestError::Refused(refusal)) => Outcome::Refused(refusal),
                Err(IngestError::Fork(proof)) => {
                    self.event(at, Event::Forked(*proof));
                    Outcome::Refused(Refusal::Forked)
                }
                Err(_) => Outcome::Damaged,
            }
        };
        let ingested = Ingested {
            from: Some(from),
            request,
            log,
            outcome,
        };
        self.event(at, Event::Ingested(ingested));
    }

    /// Checks what a store took in, and says what became of it.
    fn stored(
        &mut self,
        at: usize,
        log: LogKey,
        request: u32,
        before: &LogState,
        new: &[(u64, u64)],
    ) -> Outcome {
        let node = &mut self.nodes[at];
        let state = node.logs.state(&log).unwrap().clone();
        let kept = |range: &hearth_protocol::log::Range| state.missing(range.lo, range.hi);
        let lost = before.ranges().iter().find(|range| !kept(range).is_empty());
        assert!(lost.is_none(), "node {at} lost {lost:?} of {log:?}");
        for seq in new.iter().flat_map(|&(lo, hi)| lo..=hi) {
            let link = node.logs.link(&Place { log, seq });
            let link = link.expect("what is new is held");
            self.truth.check(at, link);
            if node.adversary.is_none() {
                self.tally.deliveries += 1;
                self.truth
                    .arrived(link.entry.id(), at, node.life, self.now_ms);
            }
        }
        node.stored
            .extend(new.iter().map(|&(lo, hi)| (log, lo, hi)));
        let push = new.last().filter(|_| request == 0);
        Outcome::Stored {
            push: push
                .and_then(|&(lo, hi)| node.logs.serve(&log, lo, hi))
                .map(Box::new),
            state,
        }
    }
}
