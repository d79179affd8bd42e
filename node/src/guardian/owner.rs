//! The owner's side: claims, and what guardians answer to them.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hearth_keys::Identity;
use hearth_protocol::bounds::PRESENCES_PER_PEER_MAX;
use hearth_protocol::guardian::{Claim, GuardMessage, Pledged, may_ask};

use super::Guard;
use super::sessions::{ClaimMade, Session};
use super::standing::Standing;
use crate::network::Peer;
use crate::replication::unix_ms;

/// How long an answer to a claim may take before it is made again.
const CLAIM_AGAIN: Duration = Duration::from_secs(20);

impl Guard {
    /// Claims towards every peer where that is due: where a friend lives, or who keeps something still, or another device of
    /// one's own, or everywhere if that is wanted.
    pub(super) fn claim_where_due(&self, standing: &Standing) {
        let device = &self.0.account.device;
        // A device that was cut off speaks for nobody.
        if !may_ask(&standing.statements, &device.id()) {
            return;
        }
        let everywhere = self.0.everywhere.load(Ordering::Relaxed);
        let wanted: BTreeSet<Identity> = {
            let guarded = self.guarded();
            let keeping = guarded.iter().filter(|(_, row)| row.used > 0);
            let keeping = keeping.map(|(guardian, _)| guardian);
            let friends = keeping.chain(&standing.friends).copied();
            friends.chain([self.identity()]).collect()
        };
        let (statements, now) = (standing.statements.digest(), Instant::now());
        let me = self.0.network.peer().to_bytes();
        for (peer, session) in self.0.sessions.lock().iter_mut() {
            let is_wanted = everywhere || !session.identities.is_disjoint(&wanted);
            if !is_wanted || !is_due(session, &statements, now) {
                continue;
            }
            let to = peer.to_bytes();
            let claim = Claim::sign(device, &standing.statements, &me, &to, unix_ms());
            let frame = GuardMessage::Claim(claim).to_bytes();
            // One that isn't taken is made again when this is called the next time.
            if self.0.network.try_send(*peer, frame).is_ok() {
                session.claim = Some(ClaimMade {
                    at: now,
                    statements,
                    identities: session.identities.len(),
                });
            }
        }
    }

    /// Takes what an account at a peer says that it grants. Whether it lives there is looked at when it counts.
    pub(super) fn pledged(&self, peer: Peer, pledged: Pledged) {
        let me = self.identity();
        if pledged.owner != me {
            return;
        }
        let mut sessions = self.0.sessions.lock();
        let session = sessions.get_mut(&peer);
        let Some(session) = session.filter(|session| session.claim.is_some()) else {
            return;
        };
        // Nobody pledges to themselves: another device of the account took the claim.
        if pledged.guardian == me {
            session.is_own = session.identities.contains(&me);
            return;
        }
        if session.pledged.len() < PRESENCES_PER_PEER_MAX
            || session.pledged.contains_key(&pledged.guardian)
        {
            session.pledged.insert(pledged.guardian, pledged);
        }
    }
}

fn is_due(session: &Session, statements: &[u8; 32], now: Instant) -> bool {
    session.claim.is_none_or(|claim| {
        let is_unanswered = !session.is_open() && now > claim.at + CLAIM_AGAIN;
        let has_changed =
            claim.statements != *statements || claim.identities < session.identities.len();
        is_unanswered || (has_changed && now > claim.at + Duration::from_secs(1))
    })
}
