//! What the machine wants done: frames sent, runs stored and served.

use std::future::Future;

use hearth_keys::Identity;
use hearth_protocol::entry::{LogKey, LoneEntry};
use hearth_protocol::ingest::IngestError;
use hearth_protocol::log::Refusal;
use hearth_protocol::message::Message;
use hearth_protocol::run::{Run, RunBody};
use hearth_protocol::sync::{Ingested, Outcome, Output, PeerKey};

use super::shell::{Done, Shell, Shown};
use super::unix_ms;
use crate::access::{self, Kind, Note};
use crate::letters::Arrived;
use crate::network::{DropReason, Peer, SendError};
use crate::store::StoreError;
use crate::store::logs::Stored;

/// Answers and frames that may be on their way to one peer. An honest one has fewer requests open.
const SENDS_PER_PEER_MAX: usize = 32;

impl Shell {
    pub(super) async fn carry_out(&mut self) {
        while let Some(output) = self.sync.next_output() {
            match output {
                Output::Send(peer, frame) => self.send(&peer, frame),
                Output::Push {
                    to,
                    frame,
                    log,
                    entries,
                } => {
                    if let Ok(peer) = Peer::from_bytes(&to.0) {
                        let bytes = frame.len() as u64;
                        let note = Note::of_peer(peer, Kind::EntriesGiven, entries, bytes);
                        self.access.note(note.about(&log.identity.to_string()));
                    }
                    self.send(&to, frame);
                }
                Output::Ingest {
                    from,
                    request,
                    run,
                    tombstones,
                } => {
                    self.ingest(from, request, run, tombstones).await;
                }
                Output::Serve {
                    to,
                    request,
                    log,
                    lo,
                    hi,
                } => self.serve(&to, request, log, lo, hi),
                Output::KeepStatements(statements) => {
                    let identity = statements.identity();
                    let kept = move |logs: &mut crate::store::logs::Logs| {
                        let cut = logs.keep_statements(&statements)?;
                        Ok(Done::Said(identity, cut))
                    };
                    self.keep(kept).await;
                }
                Output::KeepFork(proof) => {
                    let keep = move |logs: &mut crate::store::logs::Logs| {
                        logs.keep_fork(proof.clone()).map(|()| Done::Forked(proof))
                    };
                    self.keep(keep).await;
                }
                Output::Present(peer, presence) => self.present(&peer, &presence).await,
                Output::Noticed(notice) => self.noticed(notice).await,
                // Read by who keeps letters, once a node does.
                Output::Letter {
                    from,
                    to,
                    hops,
                    sealed,
                } => self.letter(&from, to, hops, sealed),
                Output::Remember(peer, said) => self.remember_said(peer, said.to_bytes()).await,
                Output::Forget(peer) => self.remember_said(peer, Vec::new()).await,
                Output::Drop(peer, reason) => {
                    tracing::warn!(reason, "peer dropped");
                    if let Ok(peer) = Peer::from_bytes(&peer.0) {
                        let _ = self.network.drop_peer(peer, DropReason::Lie);
                    }
                }
            }
        }
    }

    fn letter(&self, from: &PeerKey, to: Identity, hops: u8, sealed: Vec<u8>) {
        if let Ok(peer) = Peer::from_bytes(&from.0) {
            let bytes = sealed.len() as u64;
            self.access
                .note(Note::of_peer(peer, Kind::Letter, 1, bytes));
            self.letters.arrived(Arrived {
                peer,
                to,
                hops,
                sealed,
            });
        }
    }

    pub(super) fn send(&mut self, peer: &PeerKey, frame: Vec<u8>) {
        let Ok(peer) = Peer::from_bytes(&peer.0) else {
            return;
        };
        match self.network.try_send(peer, frame.clone()) {
            Ok(()) | Err(SendError::NotConnected) => {}
            Err(SendError::Size) => tracing::error!(bytes = frame.len(), "a frame out of bounds"),
            Err(SendError::Full) => {
                let network = self.network.clone();
                // What it misses it finds when it comes back, and asks for as fast as it can take it.
                self.send_later(peer, DropReason::Slow, async move {
                    let _ = network.send(peer, frame).await;
                });
            }
        }
    }

    /// Sends when the peer is ready for it. When too much waits for it already it is dropped for that `reason`, so that
    /// it can't hold up others.
    fn send_later(
        &mut self,
        peer: Peer,
        reason: DropReason,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let waiting = self.sending.entry(peer).or_default();
        if *waiting >= SENDS_PER_PEER_MAX {
            let _ = self.network.drop_peer(peer, reason);
            return;
        }
        *waiting += 1;
        self.sends.push(Box::pin(async move {
            work.await;
            peer
        }));
    }

    /// A send is over.
    pub(super) fn sent(&mut self, peer: Peer) {
        if let Some(waiting) = self.sending.get_mut(&peer) {
            *waiting -= 1;
            if *waiting == 0 {
                self.sending.remove(&peer);
            }
        }
    }

    pub(super) async fn ingest(
        &mut self,
        from: PeerKey,
        request: u32,
        run: Run,
        tombstones: Vec<LoneEntry>,
    ) {
        let log = run.log;
        let (entries, bytes) = weight(&run);
        let pending = self
            .store
            .begin_write(move |logs| logs.ingest(run, &tombstones, unix_ms()))
            .await;
        let Ok(pending) = pending else { return };
        let (access, peer) = (self.access.clone(), Peer::from_bytes(&from.0));
        self.work.push(Box::pin(async move {
            let stored = pending.done().await;
            if let Ok(peer) = peer {
                let note = Note::of_peer(peer, Kind::EntriesTaken, entries, bytes);
                access.note(match &stored {
                    Ok(_) => note,
                    Err(StoreError::Ingest(_)) => note.with(access::Outcome::Refused),
                    Err(_) => note.with(access::Outcome::Failed),
                });
            }
            finished(Some(from), request, log, stored)
        }));
    }

    pub(super) fn serve(&mut self, to: &PeerKey, request: u32, log: LogKey, lo: u64, hi: u64) {
        let Ok(peer) = Peer::from_bytes(&to.0) else {
            return;
        };
        let (store, network) = (self.store.clone(), self.network.clone());
        let access = self.access.clone();
        self.send_later(peer, DropReason::Flood, async move {
            let served = store.read(move |logs| logs.serve(&log, lo, hi)).await;
            let given = match &served {
                Ok(Some((run, _))) => weight(run),
                _ => (0, 0),
            };
            let note = Note::of_peer(peer, Kind::EntriesGiven, given.0, given.1);
            let note = note.about(&log.identity.to_string());
            access.note(match &served {
                Ok(Some(_)) => note,
                Ok(None) => note.with(access::Outcome::Refused),
                Err(_) => note.with(access::Outcome::Failed),
            });
            let message = match served {
                Ok(Some((run, tombstones))) => Message::Run {
                    request,
                    run,
                    tombstones,
                },
                Ok(None) | Err(StoreError::Closed) => Message::Missing { request },
                Err(error) => {
                    tracing::error!(%error, "can't serve");
                    Message::Missing { request }
                }
            };
            let _ = network.send(peer, message.to_bytes()).await;
        });
    }

    pub(super) async fn keep<F>(&mut self, write: F)
    where
        F: FnOnce(&mut crate::store::logs::Logs) -> Result<Done, StoreError> + Send + 'static,
    {
        let Ok(pending) = self.store.begin_write(write).await else {
            return;
        };
        self.work.push(Box::pin(async move {
            pending.done().await.unwrap_or_else(|error| {
                tracing::error!(%error, "not kept");
                Done::Nothing
            })
        }));
    }
}

/// How many entries a run has, and the bytes of their bodies.
fn weight(run: &Run) -> (u64, u64) {
    let bytes = run.items.iter().map(|item| match &item.body {
        RunBody::Present(body) => body.len() as u64,
        RunBody::Gone { .. } => 0,
    });
    (run.items.len() as u64, bytes.sum())
}

/// Turns the store's answer into the machine's event.
pub(super) fn finished(
    from: Option<PeerKey>,
    request: u32,
    log: LogKey,
    stored: Result<Stored, StoreError>,
) -> Done {
    let (outcome, fork, shown) = match stored {
        Ok(stored) => {
            let shown = stored.shows.then_some(Shown { log });
            (
                Outcome::Stored {
                    state: stored.state,
                    push: stored.push,
                },
                None,
                shown,
            )
        }
        Err(StoreError::Ingest(IngestError::Refused(refusal))) => {
            (Outcome::Refused(refusal), None, None)
        }
        Err(StoreError::Ingest(IngestError::Fork(proof))) => {
            (Outcome::Refused(Refusal::Forked), Some(proof), None)
        }
        Err(StoreError::Ingest(error)) => {
            tracing::warn!(%error, "a damaged run");
            (Outcome::Damaged, None, None)
        }
        Err(error) => {
            tracing::error!(%error, "the store takes nothing");
            (Outcome::Unable, None, None)
        }
    };
    Done::Ingested(
        Ingested {
            from,
            request,
            log,
            outcome,
        },
        fork,
        shown,
    )
}
