//! A whole sync session: one machine with a store behind it, and peers that send whatever the bytes say.

use hearth_keys::Identity;
use hearth_protocol::bounds::{LETTER_BYTES_MAX, LETTER_HOPS_MAX, MESSAGE_BYTES_MAX};
use hearth_protocol::entry::{LogKey, LoneEntry};
use hearth_protocol::ingest::IngestError;
use hearth_protocol::log::LogState;
use hearth_protocol::memory::MemoryLogs;
use hearth_protocol::message::Message;
use hearth_protocol::run::Run;
use hearth_protocol::sync::{Acquaintance, Event, Ingested, Outcome, Output, PeerKey, Sync};

use crate::home::connected;
use crate::world::{check_log, world};

/// Peers that may be connected.
const PEERS: u8 = 3;
/// Events in one session.
const EVENTS_MAX: usize = 64;
/// Outputs that one event may cause: each peer gets a few messages and each open request may be tried again.
const OUTPUTS_PER_EVENT_MAX: usize = 512;

/// Feeds events to a machine. The bytes are a list of `op ‖ peer ‖ u16 BE length ‖ argument`; what is left over at the
/// end is one more event. Checks that nothing panics, that what goes out is well-formed and bounded, that only
/// connected peers are addressed, and that the store behind stays sound.
pub fn sync_session(data: &[u8]) {
    let mut session = Session::new();
    let mut rest = data;
    for _ in 0..EVENTS_MAX {
        let Some((&[op, peer, high, low], tail)) = rest.split_first_chunk() else {
            break;
        };
        let length = usize::from(u16::from_be_bytes([high, low])).min(tail.len());
        let (argument, tail) = tail.split_at(length);
        rest = tail;
        session.step(op, peer % PEERS, argument);
    }
}

struct Session {
    sync: Sync,
    store: MemoryLogs,
    now_ms: u64,
    connected: Vec<PeerKey>,
}

impl Session {
    fn new() -> Self {
        let world = world();
        let store = world.store();
        let mut sync = Sync::new(PeerKey(b"me".to_vec()));
        let logs: Vec<(LogKey, LogState)> = store
            .logs()
            .map(|(log, state)| (*log, state.clone()))
            .collect();
        sync.hold(world.statements.clone(), logs, Vec::new());
        let mut session = Self {
            sync,
            store,
            now_ms: 0,
            connected: Vec::new(),
        };
        session.handle(Event::Cared(world.statements.identity()));
        session
    }

    fn step(&mut self, op: u8, peer: u8, argument: &[u8]) {
        // The first is who the vectors' presences are about.
        let key = PeerKey([&b"peer-"[..], &[b'a' + peer]].concat());
        match op % 8 {
            0 => self.connect(key),
            1 => self.disconnect(&key),
            2 => self.handle(Event::Cared(identity(argument))),
            3 => self.handle(Event::Uncared(identity(argument))),
            4 => {
                self.now_ms += argument
                    .iter()
                    .map(|&byte| u64::from(byte) * 100)
                    .sum::<u64>();
                self.handle(Event::Tick);
            }
            _ => {
                self.connect(key.clone());
                self.handle(Event::Frame(key, argument.to_vec()));
            }
        }
    }

    fn connect(&mut self, key: PeerKey) {
        if !self.connected.contains(&key) {
            self.connected.push(key.clone());
            self.handle(connected(key));
        }
    }

    fn disconnect(&mut self, key: &PeerKey) {
        self.connected.retain(|connected| connected != key);
        self.handle(Event::Disconnected(key.clone()));
    }

    /// Hands over an event and carries out what comes of it, as a shell would.
    fn handle(&mut self, event: Event) {
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
            Output::Send(to, frame) | Output::Push { to, frame, .. } => {
                self.check_frame(&to, &frame)
            }
            Output::Ingest {
                from,
                request,
                run,
                tombstones,
            } => self.ingest(from, request, run, &tombstones),
            Output::Serve { log, lo, hi, .. } => {
                assert!(lo <= hi);
                let (run, _) = self
                    .store
                    .serve(&log, lo, hi)
                    .expect("only what is held is served");
                assert_eq!(run.last_seq(), hi);
            }
            Output::KeepStatements(set) => {
                let kept = self.store.add_statements(set.identity(), &set.to_blobs());
                assert!(kept.is_ok(), "statements are checked before they are kept");
            }
            Output::KeepFork(proof) => {
                self.store.add_fork(proof.clone());
                self.sync.handle(self.now_ms, Event::Forked(proof));
            }
            Output::Drop(peer, _) => self.connected.retain(|connected| connected != &peer),
            Output::Present(peer, presence) => assert_eq!(peer.0, presence.peer()),
            Output::Remember(_, said) => {
                let read = Acquaintance::from_bytes(&said.to_bytes());
                assert_eq!(read.expect("what is remembered can be read"), *said);
            }
            Output::Forget(_) => {}
            Output::Letter { hops, sealed, .. } => {
                assert!(hops <= LETTER_HOPS_MAX && sealed.len() <= LETTER_BYTES_MAX);
            }
            Output::Noticed(_) => panic!("nobody lives here whom one could follow"),
        }
    }

    fn check_frame(&self, to: &PeerKey, frame: &[u8]) {
        assert!(frame.len() <= MESSAGE_BYTES_MAX);
        assert!(
            self.connected.contains(to),
            "a frame for a peer that is gone"
        );
        assert!(
            Message::from_bytes(frame).is_ok(),
            "a frame that nobody can read"
        );
    }

    fn ingest(&mut self, from: PeerKey, request: u32, run: Run, tombstones: &[LoneEntry]) {
        let log = run.log;
        let outcome = match self.store.ingest(run, tombstones) {
            Ok(new) => {
                check_log(&self.store, &log, &new);
                let push = new
                    .last()
                    .and_then(|&(lo, hi)| self.store.serve(&log, lo, hi))
                    .map(Box::new);
                let state = self.store.state(&log).cloned().unwrap_or_default();
                Outcome::Stored { state, push }
            }
            Err(IngestError::Refused(refusal)) => Outcome::Refused(refusal),
            Err(IngestError::Fork(proof)) => {
                self.sync.handle(self.now_ms, Event::Forked(*proof));
                Outcome::Refused(hearth_protocol::log::Refusal::Forked)
            }
            Err(IngestError::Decode(_) | IngestError::BodyMissing { .. }) => Outcome::Damaged,
        };
        let ingested = Ingested {
            from: Some(from),
            request,
            log,
            outcome,
        };
        self.sync.handle(self.now_ms, Event::Ingested(ingested));
    }
}

/// Alice for an empty argument, else somebody made of its first byte.
fn identity(argument: &[u8]) -> Identity {
    match argument.first() {
        None => world().statements.identity(),
        Some(&byte) => Identity::from_bytes([byte; 32]),
    }
}
