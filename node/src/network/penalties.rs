//! Peers that misbehaved, and until when they are refused: a minute at first, twice as long each time, at
//! most an hour.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::address::Peer;

const FIRST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(3_600);

/// Good conduct for so long after a refusal wipes out what was before.
const FORGIVEN: Duration = Duration::from_secs(24 * 3_600);

/// No more peers than this are remembered; a new key costs nothing, so there is no point in more.
const PENALTIES_MAX: usize = 1_024;

#[derive(Debug, Clone, Copy)]
struct Penalty {
    strikes: u32,
    until: Instant,
    is_blocked: bool,
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Penalties {
    by_peer: BTreeMap<Peer, Penalty>,
}

impl Penalties {
    /// Counts one more misdeed and answers until when the peer is refused, and whom to let in in its place.
    pub(super) fn strike(&mut self, peer: Peer, now: Instant) -> (Instant, Option<Peer>) {
        let freed = self.make_room(peer);
        let penalty = self.by_peer.entry(peer).or_insert(Penalty {
            strikes: 0,
            until: now,
            is_blocked: true,
        });
        let doublings = penalty.strikes.min(6);
        penalty.strikes = penalty.strikes.saturating_add(1);
        penalty.until = now + (FIRST * (1 << doublings)).min(LONGEST);
        penalty.is_blocked = true;
        (penalty.until, freed)
    }

    /// Whose time is over by now.
    pub(super) fn release(&mut self, now: Instant) -> Vec<Peer> {
        self.by_peer
            .retain(|_, penalty| penalty.is_blocked || now < penalty.until + FORGIVEN);
        let mut released = Vec::new();
        for (peer, penalty) in &mut self.by_peer {
            if penalty.is_blocked && penalty.until <= now {
                penalty.is_blocked = false;
                released.push(*peer);
            }
        }
        released
    }

    /// When the next one's time is over.
    pub(super) fn wake(&self) -> Option<Instant> {
        self.by_peer
            .values()
            .filter(|penalty| penalty.is_blocked)
            .map(|penalty| penalty.until)
            .min()
    }

    fn make_room(&mut self, peer: Peer) -> Option<Peer> {
        if self.by_peer.len() < PENALTIES_MAX || self.by_peer.contains_key(&peer) {
            return None;
        }
        let soonest = self
            .by_peer
            .iter()
            .min_by_key(|(_, penalty)| penalty.until)
            .map(|(peer, _)| *peer)?;
        self.by_peer.remove(&soonest);
        Some(soonest)
    }
}

#[cfg(test)]
mod tests {
    use libp2p::identity::Keypair;

    use super::*;

    fn peer() -> Peer {
        Keypair::generate_ed25519().public().to_peer_id().into()
    }

    #[test]
    fn refusals_grow_to_an_hour_and_are_forgiven() {
        let mut penalties = Penalties::default();
        let mallory = peer();
        let mut now = Instant::now();
        for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
            let (until, _) = penalties.strike(mallory, now);
            assert_eq!(until - now, Duration::from_secs(60 * minutes));
            assert_eq!(penalties.wake(), Some(until));
            assert!(penalties.release(now).is_empty());
            now = until;
            assert_eq!(penalties.release(now), [mallory]);
            assert!(penalties.release(now).is_empty());
        }
        now += FORGIVEN;
        penalties.release(now);
        let (until, _) = penalties.strike(mallory, now);
        assert_eq!(until - now, FIRST);
    }

    #[test]
    fn the_list_is_bounded_and_nobody_stays_blocked_for_ever() {
        let mut penalties = Penalties::default();
        let now = Instant::now();
        let mut freed = Vec::new();
        for _ in 0..PENALTIES_MAX + 3 {
            freed.extend(penalties.strike(peer(), now).1);
        }
        assert_eq!(freed.len(), 3);
        assert_eq!(penalties.release(now + LONGEST).len(), PENALTIES_MAX);
    }
}
