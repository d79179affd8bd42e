//! What a guardian does for owners who proved who they are.

use std::time::Duration;

use hearth_keys::Identity;
use hearth_protocol::bounds::{ATTESTED_ROOTS_MAX, LISTED_ITEMS_MAX, PART_BYTES_MAX};
use hearth_protocol::guardian::{
    Attested, AttestedLog, AttestedRoot, Claim, GuardMessage, KeptId, Listed, Outcome, Part,
    Pledged, Release, ShardKind, Ticket, may_ask,
};
use hearth_protocol::root::StatementSet;

use super::Guard;
use super::keeper::Claimed;
use super::task::Room;
use crate::access::{self, Kind, Note};
use crate::network::Peer;
use crate::replication::unix_ms;
use crate::shards::{ShardInfo, ShardRow, ShardsError};
use crate::store::StoreError;
use crate::store::logs::Logs;

/// What is read of the disk at once.
const READ_BYTES: u32 = 1 << 20;
/// How long a peer may take until there is room for one more piece.
const PIECE_TIME_MAX: Duration = Duration::from_secs(60);

/// Why something isn't served.
#[derive(Debug, thiserror::Error)]
pub(super) enum ServeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Shards(#[from] ShardsError),
}

/// All that is known of an identity's devices, by the owner's word and by what came here otherwise.
fn together(claimed: &StatementSet, known: &StatementSet) -> StatementSet {
    let mut all = known.clone();
    for statement in claimed.iter() {
        // Of another identity there are none in it.
        let _ = all.insert(statement.clone());
    }
    all
}

impl Guard {
    /// Looks at a claim: who asks on, if it holds and if it is somebody whom this node knows at all.
    pub(super) async fn examine(&self, peer: Peer, claim: Claim) -> Option<(Identity, Claimed)> {
        let (identity, account) = (claim.identity(), self.identity());
        let read = self.0.store.read(move |logs| {
            let is_followed = logs.is_following(&account, &identity)?;
            Ok((logs.statements(&identity), is_followed))
        });
        let (known, is_followed) = read.await.ok()?;
        let keeps_something = self.0.shards.usage().contains_key(&identity);
        // What is said of devices may come only after the claim.
        if known.is_empty() && !is_followed && !keeps_something {
            tracing::debug!(%peer, "a claim of somebody who is unknown here");
            return None;
        }
        let (from, to) = (peer.to_bytes(), self.0.network.peer().to_bytes());
        match claim.verify(&from, &to, &known) {
            Ok(statements) => {
                let device = claim.device();
                Some((identity, Claimed { device, statements }))
            }
            Err(error) => {
                tracing::warn!(%peer, %error, "a claim that doesn't hold");
                None
            }
        }
    }

    /// What this account grants owners.
    pub(super) async fn grants(&self, owners: Vec<Identity>) -> Result<Vec<Pledged>, StoreError> {
        let guardian = self.identity();
        let rows = self.0.store.read(move |logs| {
            let notices = logs.notices()?;
            let row = |owner: Identity| {
                let allowance = logs.allowance(&guardian, &owner)?;
                Ok((owner, allowance, notices.get(&owner).copied()))
            };
            owners.into_iter().map(row).collect::<Result<Vec<_>, _>>()
        });
        let rows = rows.await?;
        let usage = self.0.shards.usage();
        let pledged = |(owner, bytes, ends_ms): (Identity, u64, Option<u64>)| {
            let used = usage.get(&owner).map_or(0, |usage| usage.bytes);
            Pledged {
                owner,
                guardian,
                bytes,
                used,
                ends_ms: ends_ms.filter(|_| used > bytes),
            }
        };
        Ok(rows.into_iter().map(pledged).collect())
    }

    /// Whether a device may still ask in an owner's name.
    async fn still_may_ask(&self, claimed: &Claimed) -> Result<bool, StoreError> {
        let owner = claimed.statements.identity();
        let known = self.0.store.read(move |logs| Ok(logs.statements(&owner)));
        let all = together(&claimed.statements, &known.await?);
        Ok(may_ask(&all, &claimed.device))
    }

    /// Looks up whether an owner may store something, and how much in all.
    pub(super) async fn admit(&self, claimed: &Claimed, ticket: &Ticket) -> Result<Room, Outcome> {
        let looked_up = self.look_up(claimed, ticket).await;
        looked_up.unwrap_or_else(|error| {
            tracing::error!(%error, "can't keep anything for others");
            Err(Outcome::Failed)
        })
    }

    async fn look_up(
        &self,
        claimed: &Claimed,
        ticket: &Ticket,
    ) -> Result<Result<Room, Outcome>, ServeError> {
        let (guardian, terms) = (self.identity(), *ticket.terms());
        let owner = terms.owner;
        let read = self.0.store.read(move |logs| {
            let statements = logs.statements(&owner);
            Ok((statements, logs.allowance(&guardian, &owner)?))
        });
        let (known, allowance) = read.await?;
        let all = together(&claimed.statements, &known);
        if !may_ask(&all, &claimed.device) {
            return Ok(Err(Outcome::NoPledge));
        }
        if !may_ask(&all, &ticket.device()) || ticket.verify().is_err() {
            return Ok(Err(Outcome::Mismatch));
        }
        let is_kept = self.0.shards.has(owner, terms.id).await?;
        Ok(Ok(Room { allowance, is_kept }))
    }

    /// Keeps what a ticket names, whose signature was checked before.
    pub(super) async fn store(&self, ticket: &Ticket, bytes: Vec<u8>) -> Outcome {
        let terms = ticket.terms();
        let row = ShardRow {
            owner: terms.owner,
            id: terms.id,
            kind: terms.kind.code(),
            number: terms.number,
            generation: terms.generation,
            ticket: ticket.to_bytes(),
            now_ms: unix_ms(),
        };
        match self.0.shards.put(row, bytes).await {
            Ok(_) => Outcome::Stored,
            Err(ShardsError::Mismatch | ShardsError::TooLarge { .. }) => Outcome::Mismatch,
            Err(error) => {
                tracing::error!(%error, "can't keep what was sent");
                Outcome::Failed
            }
        }
    }

    /// Notes what a peer asked for: how many bytes it was given or brought, if it was anything.
    pub(super) fn asked_for(&self, peer: Peer, kind: Kind, bytes: Option<u64>) {
        let note = Note::of_peer(
            peer,
            kind,
            bytes.map_or(0, |_| 1),
            bytes.unwrap_or_default(),
        );
        self.0.access.note(match bytes {
            Some(_) => note,
            None => note.with(access::Outcome::Refused),
        });
    }

    /// Answers one request of who proved who they are.
    pub(super) async fn serve(&self, peer: Peer, claimed: &Claimed, asked: GuardMessage) {
        let Some(request) = asked.request() else {
            return;
        };
        let is_release = matches!(asked, GuardMessage::Release { .. });
        let kind = match asked {
            GuardMessage::Get { .. } => Kind::ShardsGiven,
            GuardMessage::Fetch { .. } => Kind::Objects,
            _ => Kind::Guardianship,
        };
        let served = match self.still_may_ask(claimed).await {
            Ok(true) => self.serve_trusted(peer, claimed, asked).await,
            Ok(false) => Ok(None),
            Err(error) => Err(error.into()),
        };
        self.asked_for(peer, kind, served.as_ref().ok().copied().flatten());
        if let Err(error) = served {
            tracing::error!(%error, "can't serve what is kept for others");
            let answer = if is_release {
                let outcome = Outcome::Failed;
                GuardMessage::Done { request, outcome }
            } else {
                GuardMessage::Absent { request }
            };
            self.reply(peer, &answer);
        }
    }

    async fn serve_trusted(
        &self,
        peer: Peer,
        claimed: &Claimed,
        asked: GuardMessage,
    ) -> Result<Option<u64>, ServeError> {
        match asked {
            GuardMessage::Get {
                request,
                owner,
                id,
                offset,
                length,
            } => {
                let wanted = (offset, length);
                self.serve_pieces(peer, request, owner, id, wanted).await
            }
            GuardMessage::List {
                request,
                owner,
                after,
            } => self.serve_list(peer, request, owner, after).await,
            GuardMessage::Release { request, release } => {
                let outcome = self.take_release(claimed, &release).await?;
                self.reply(peer, &GuardMessage::Done { request, outcome });
                Ok((outcome == Outcome::Stored).then_some(0))
            }
            GuardMessage::Attest { request, identity } => {
                let attested = self.attested(identity).await?;
                self.reply(peer, &GuardMessage::Attested { request, attested });
                Ok(Some(0))
            }
            GuardMessage::Fetch { request, id, .. } => {
                self.serve_object(peer, request, claimed, id).await
            }
            _ => Ok(None),
        }
    }

    /// Sends what was asked for as fast as it is read at the other side; how many bytes that was.
    async fn serve_pieces(
        &self,
        peer: Peer,
        request: u32,
        owner: Identity,
        id: KeptId,
        (offset, length): (u32, u32),
    ) -> Result<Option<u64>, ServeError> {
        let info = self.0.shards.info(owner, id).await?;
        let is_there = info.is_some_and(|info| length <= info.bytes.saturating_sub(offset));
        let (mut at, end) = (offset, offset.saturating_add(length));
        while is_there && at < end {
            let reading = READ_BYTES.min(end - at);
            let bytes = self.0.shards.get(owner, id, at, reading).await?;
            let Some(bytes) = bytes.filter(|bytes| bytes.len() == reading as usize) else {
                break;
            };
            for piece in bytes.chunks(PART_BYTES_MAX) {
                if !self.send_piece(peer, request, at, piece).await {
                    return Ok(Some(u64::from(at - offset)));
                }
                at += u32::try_from(piece.len()).expect("a piece is short");
            }
        }
        if at < end {
            self.reply(peer, &GuardMessage::Absent { request });
            return Ok(None);
        }
        Ok(Some(u64::from(at - offset)))
    }

    /// Sends a piece; whether it is of use to go on.
    pub(super) async fn send_piece(
        &self,
        peer: Peer,
        request: u32,
        offset: u32,
        bytes: &[u8],
    ) -> bool {
        let piece = GuardMessage::Piece(Part {
            request,
            offset,
            bytes: bytes.to_vec(),
        });
        let sending = self.0.network.send(peer, piece.to_bytes());
        matches!(
            tokio::time::timeout(PIECE_TIME_MAX, sending).await,
            Ok(Ok(()))
        )
    }

    async fn serve_list(
        &self,
        peer: Peer,
        request: u32,
        owner: Identity,
        after: Option<KeptId>,
    ) -> Result<Option<u64>, ServeError> {
        let listed = self.0.shards.list(owner, after, LISTED_ITEMS_MAX).await?;
        let more = listed.len() == LISTED_ITEMS_MAX;
        let items = listed.iter().filter_map(listed_item).collect();
        let answer = GuardMessage::Listed {
            request,
            items,
            more,
        };
        self.reply(peer, &answer);
        Ok(Some(0))
    }

    async fn take_release(
        &self,
        claimed: &Claimed,
        release: &Release,
    ) -> Result<Outcome, ServeError> {
        let owner = release.owner();
        let known = self.0.store.read(move |logs| Ok(logs.statements(&owner)));
        let all = together(&claimed.statements, &known.await?);
        let holds = release.guardian() == self.identity()
            && may_ask(&all, &release.device())
            && release.verify().is_ok();
        if !holds {
            return Ok(Outcome::Mismatch);
        }
        let (ids, device) = (release.ids().to_vec(), release.device());
        // By this node's clock: the owner's may be anywhere.
        let released = self.0.shards.release(owner, ids, device, unix_ms());
        let count = released.await?;
        tracing::info!(count, "released by its owner");
        Ok(Outcome::Stored)
    }

    /// How far this node knows an identity.
    async fn attested(&self, identity: Identity) -> Result<Attested, ServeError> {
        let logs = self.0.store.read(move |logs| Ok(heads(logs, &identity)));
        let logs = logs.await?;
        let roots = self.0.shards.roots(identity, ATTESTED_ROOTS_MAX).await?;
        let roots = roots.into_iter().map(|root| AttestedRoot {
            number: root.number,
            id: root.id,
            bytes: root.bytes,
        });
        Ok(Attested {
            logs,
            roots: roots.collect(),
        })
    }
}

/// The newest entry that is held of each social log of an identity.
fn heads(logs: &Logs, identity: &Identity) -> Vec<AttestedLog> {
    let social = logs.logs();
    let social = social.filter(|(log, _)| log.identity == *identity && log.log.is_social());
    let heads = social.filter_map(|(log, state)| {
        let top = state.top()?;
        Some(AttestedLog {
            device: log.device,
            log: log.log,
            seq: top.hi,
            id: top.head,
        })
    });
    heads.collect()
}

fn listed_item(info: &ShardInfo) -> Option<Listed> {
    Some(Listed {
        id: info.id,
        kind: ShardKind::from_code(info.kind)?,
        number: info.number,
        bytes: info.bytes,
    })
}
