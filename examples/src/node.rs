//! The smallest shell around a replication machine: a store in memory, and frames in a list.

use hearth_keys::Identity;
use hearth_protocol::entry::{LogKey, LoneEntry};
use hearth_protocol::ingest::IngestError;
use hearth_protocol::log::LogState;
use hearth_protocol::memory::MemoryLogs;
use hearth_protocol::message::Message;
use hearth_protocol::root::StatementError;
use hearth_protocol::run::Run;
use hearth_protocol::sync::{Event, Ingested, Outcome, Output, PeerKey, Sync};

/// A node without a network.
pub struct Node {
    /// What it calls itself.
    pub key: PeerKey,
    /// What it holds.
    pub store: MemoryLogs,
    sync: Sync,
}

impl Node {
    /// A node that holds nothing.
    pub fn new(name: &str) -> Self {
        let key = PeerKey(name.as_bytes().to_vec());
        Self {
            sync: Sync::new(key.clone()),
            key,
            store: MemoryLogs::new(),
        }
    }

    /// Takes in an identity's statements.
    ///
    /// # Errors
    /// When one of them isn't the identity's.
    pub fn learn(&mut self, identity: Identity, blobs: &[Vec<u8>]) -> Result<(), StatementError> {
        self.store.add_statements(identity, blobs).map(drop)
    }

    /// Tells the machine what the store holds, as a shell does when it starts.
    pub fn hold_all(&mut self) {
        let identities: std::collections::BTreeSet<_> =
            self.store.logs().map(|(log, _)| log.identity).collect();
        for identity in identities {
            let of_identity = self
                .store
                .logs()
                .filter(|(log, _)| log.identity == identity);
            let logs = of_identity
                .map(|(log, state)| (*log, state.clone()))
                .collect();
            if let Some(statements) = self.store.statements(&identity) {
                self.sync.hold(statements.clone(), logs, Vec::new());
            }
        }
    }

    /// Hands the machine an event.
    pub fn handle(&mut self, now_ms: u64, event: Event) {
        self.sync.handle(now_ms, event);
    }

    /// Tells the machine of a run that was written here and is stored.
    pub fn written(&mut self, now_ms: u64, run: Run) {
        let log = run.log;
        let state = self.store.state(&log).cloned().unwrap_or_default();
        let push = Some(Box::new((run, Vec::new())));
        let ingested = Ingested {
            from: None,
            request: 0,
            log,
            outcome: Outcome::Stored { state, push },
        };
        self.sync.handle(now_ms, Event::Ingested(ingested));
    }

    /// Carries out what the machine wants done; returns the frames that it wants sent. There is one other node, so
    /// nobody asks to whom.
    pub fn take_frames(&mut self, now_ms: u64) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        while let Some(output) = self.sync.next_output() {
            match output {
                Output::Send(_, frame) | Output::Push { frame, .. } => frames.push(frame),
                Output::Serve {
                    request,
                    log,
                    lo,
                    hi,
                    ..
                } => {
                    let answer = match self.store.serve(&log, lo, hi) {
                        Some((run, tombstones)) => Message::Run {
                            request,
                            run,
                            tombstones,
                        },
                        None => Message::Missing { request },
                    };
                    frames.push(answer.to_bytes());
                }
                Output::Ingest {
                    from,
                    request,
                    run,
                    tombstones,
                } => {
                    let outcome = self.store_run(&run, &tombstones);
                    let (from, log) = (Some(from), run.log);
                    let ingested = Ingested {
                        from,
                        request,
                        log,
                        outcome,
                    };
                    self.sync.handle(now_ms, Event::Ingested(ingested));
                }
                Output::KeepStatements(set) => {
                    let kept = self.store.add_statements(set.identity(), &set.to_blobs());
                    kept.expect("the machine checked them");
                    for (log, state) in self.store.enforce_bounds(&set.identity()) {
                        self.sync
                            .handle(now_ms, Event::Ingested(cut_back(log, state)));
                    }
                }
                Output::KeepFork(proof) => self.store.add_fork(proof),
                // These two never meet again, and nobody lives here.
                Output::Remember(..) | Output::Forget(_) => {}
                Output::Present(..)
                | Output::Noticed(_)
                | Output::Letter { .. }
                | Output::Drop(..) => {}
            }
        }
        frames
    }

    fn store_run(&mut self, run: &Run, tombstones: &[LoneEntry]) -> Outcome {
        match self.store.ingest(run.clone(), tombstones) {
            Ok(_) => Outcome::Stored {
                state: self.store.state(&run.log).cloned().unwrap_or_default(),
                push: None,
            },
            Err(IngestError::Refused(refusal)) => Outcome::Refused(refusal),
            Err(_) => Outcome::Damaged,
        }
    }
}

/// What the machine is told of a log that lost entries to a cut.
fn cut_back(log: LogKey, state: LogState) -> Ingested {
    Ingested {
        from: None,
        request: 0,
        log,
        outcome: Outcome::Stored { state, push: None },
    }
}
