//! One node of the `mesh` target: the real machine with a store behind it, carried out as a shell would.

use std::collections::VecDeque;

use hearth_protocol::bounds::{LETTER_BYTES_MAX, LETTER_HOPS_MAX, MESSAGE_BYTES_MAX};
use hearth_protocol::entry::{LogKey, LoneEntry};
use hearth_protocol::ingest::IngestError;
use hearth_protocol::log::{LogState, Refusal};
use hearth_protocol::memory::MemoryLogs;
use hearth_protocol::message::Message;
use hearth_protocol::run::Run;
use hearth_protocol::sync::{Acquaintance, Event, Ingested, Outcome, Output, PeerKey, Sync};

use crate::cast::Person;

/// Outputs that one event may cause.
const OUTPUTS_PER_EVENT_MAX: usize = 512;

/// The event of a stream that opened.
pub(crate) fn connected(peer: PeerKey) -> Event {
    Event::Connected(peer)
}

/// A frame on its way.
#[derive(Clone)]
pub(crate) struct Letter {
    pub(crate) to: PeerKey,
    pub(crate) frame: Vec<u8>,
}

/// A node.
pub(crate) struct Home {
    pub(crate) person: &'static Person,
    pub(crate) sync: Sync,
    pub(crate) store: MemoryLogs,
    /// With whom a stream is open.
    pub(crate) peers: Vec<PeerKey>,
    /// Frames that wait to be carried, in order.
    pub(crate) sent: VecDeque<Letter>,
    /// Whom it threw out since it was last looked.
    pub(crate) dropped: Vec<(PeerKey, &'static str)>,
    /// What the store has done and the machine hasn't heard of.
    unheard: VecDeque<Event>,
    now_ms: u64,
}

impl Home {
    pub(crate) fn new(person: &'static Person) -> Self {
        let mut home = Self {
            person,
            sync: Sync::new(person.peer.clone()),
            store: MemoryLogs::new(),
            peers: Vec::new(),
            sent: VecDeque::new(),
            dropped: Vec::new(),
            unheard: VecDeque::new(),
            now_ms: 0,
        };
        let blobs = person.statements.to_blobs();
        let added = home.store.add_statements(person.id(), &blobs);
        added.expect("valid statements");
        home.sync
            .hold(person.statements.clone(), Vec::new(), Vec::new());
        home.sync.set_presences(vec![person.presence.clone()]);
        home.handle(Event::Cared(person.id()));
        home
    }

    /// Writes an entry into the own log; `None` when it can't grow.
    pub(crate) fn append(&mut self, body: Vec<u8>) -> Option<Run> {
        let log = self.person.log();
        let appended = self
            .store
            .append(&self.person.device, log, self.now_ms, body);
        let run = appended.ok()?;
        let outcome = Outcome::Stored {
            state: self.state(&log),
            push: Some(Box::new((run.clone(), Vec::new()))),
        };
        self.handle(Event::Ingested(Ingested {
            from: None,
            request: 0,
            log,
            outcome,
        }));
        Some(run)
    }

    pub(crate) fn state(&self, log: &LogKey) -> LogState {
        self.store.state(log).cloned().unwrap_or_default()
    }

    pub(crate) fn connect(&mut self, peer: &PeerKey) {
        self.peers.push(peer.clone());
        self.handle(connected(peer.clone()));
    }

    pub(crate) fn disconnect(&mut self, peer: &PeerKey) {
        self.peers.retain(|other| other != peer);
        self.sent.retain(|letter| &letter.to != peer);
        self.handle(Event::Disconnected(peer.clone()));
    }

    pub(crate) fn tick(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.handle(Event::Tick);
    }

    /// Tells the machine one thing that the store has done; whether there was any.
    pub(crate) fn hear(&mut self) -> bool {
        let event = self.unheard.pop_front();
        let heard = event.is_some();
        if let Some(event) = event {
            self.handle(event);
        }
        heard
    }

    /// Hands over an event and carries out what comes of it.
    pub(crate) fn handle(&mut self, event: Event) {
        self.sync.handle(self.now_ms, event);
        let mut outputs = 0;
        while let Some(output) = self.sync.next_output() {
            outputs += 1;
            assert!(
                outputs <= OUTPUTS_PER_EVENT_MAX,
                "one event, no end of outputs"
            );
            self.carry_out(output);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Send(to, frame) | Output::Push { to, frame, .. } => self.send(to, frame),
            Output::Ingest {
                from,
                request,
                run,
                tombstones,
            } => self.ingest(from, request, run, &tombstones),
            Output::Serve {
                to,
                request,
                log,
                lo,
                hi,
            } => self.serve(to, request, &log, lo, hi),
            Output::KeepStatements(set) => {
                let kept = self.store.add_statements(set.identity(), &set.to_blobs());
                assert!(kept.is_ok(), "statements are checked before they are kept");
            }
            Output::KeepFork(proof) => {
                self.store.add_fork(proof.clone());
                self.unheard.push_back(Event::Forked(proof));
            }
            Output::Present(peer, presence) => assert_eq!(peer.0, presence.peer()),
            Output::Remember(_, said) => {
                let read = Acquaintance::from_bytes(&said.to_bytes());
                assert_eq!(read.expect("what is remembered can be read"), *said);
            }
            Output::Forget(peer) => panic!("{peer:?} is one of three"),
            Output::Noticed(notice) => assert_eq!(notice.followed(), self.person.id()),
            Output::Letter { hops, sealed, .. } => {
                assert!(hops <= LETTER_HOPS_MAX && sealed.len() <= LETTER_BYTES_MAX);
            }
            Output::Drop(peer, reason) => {
                self.peers.retain(|other| other != &peer);
                self.sent.retain(|letter| letter.to != peer);
                self.dropped.push((peer, reason));
            }
        }
    }

    fn send(&mut self, to: PeerKey, frame: Vec<u8>) {
        assert!(!frame.is_empty() && frame.len() <= MESSAGE_BYTES_MAX);
        if self.peers.contains(&to) {
            self.sent.push_back(Letter { to, frame });
        }
    }

    fn serve(&mut self, to: PeerKey, request: u32, log: &LogKey, lo: u64, hi: u64) {
        let (run, tombstones) = self
            .store
            .serve(log, lo, hi)
            .expect("only what is held is served");
        assert_eq!(run.last_seq(), hi);
        assert!(run.first_seq >= lo);
        let message = Message::Run {
            request,
            run,
            tombstones,
        };
        self.send(to, message.to_bytes());
    }

    fn ingest(&mut self, from: PeerKey, request: u32, run: Run, tombstones: &[LoneEntry]) {
        let log = run.log;
        let outcome = match self.store.ingest(run, tombstones) {
            Ok(new) => {
                let push = new
                    .last()
                    .and_then(|&(lo, hi)| self.store.serve(&log, lo, hi))
                    .map(Box::new);
                let state = self.state(&log);
                Outcome::Stored { state, push }
            }
            Err(IngestError::Refused(refusal)) => Outcome::Refused(refusal),
            Err(IngestError::Fork(proof)) => {
                self.unheard.push_back(Event::Forked(*proof));
                Outcome::Refused(Refusal::Forked)
            }
            Err(IngestError::Decode(_) | IngestError::BodyMissing { .. }) => Outcome::Damaged,
        };
        self.unheard.push_back(Event::Ingested(Ingested {
            from: Some(from),
            request,
            log,
            outcome,
        }));
    }
}
