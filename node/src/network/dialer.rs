//! When to dial whom: a machine without IO or clock. Events and `now` in, dials out.
//!
//! A wanted peer is dialled at once and then after 1, 2, 4, 5, 5, … seconds; when it has been out of
//! reach for a minute, the waits double up to five minutes.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::address::{Address, Contact, Peer};

/// More peers than this aren't kept connected.
pub(super) const TARGETS_MAX: usize = 4_096;

/// No more dials than this are under way at once: half of what the connection limits allow, so that
/// explicit dials find room.
const DIALS_MAX: usize = 32;

const EAGER: Duration = Duration::from_secs(60);
const EAGER_WAIT_MAX: Duration = Duration::from_secs(5);
const WAIT_MAX: Duration = Duration::from_secs(300);

/// A connection that held for so long wipes out the failures before it.
const STEADY: Duration = Duration::from_secs(60);

/// A dial that hasn't been answered for so long is forgotten: its outcome got lost.
const DIAL_TIME_MAX: Duration = Duration::from_secs(60);

/// What happened.
#[derive(Debug)]
pub(super) enum DialerEvent {
    /// Keep this one connected.
    Want(Contact),
    /// Don't any longer.
    Forget(Peer),
    /// Dial it no sooner than then.
    Hold(Peer, Instant),
    /// A connection is up, whoever opened it.
    Connected(Peer),
    /// The last connection is gone.
    Disconnected(Peer),
    /// A dial failed.
    Failed(Peer),
    /// Addresses that work, better than what was known.
    Learned(Contact),
    /// Time has passed.
    Tick,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting { until: Instant },
    Dialing { since: Instant },
    Connected { since: Instant },
}

#[derive(Debug)]
struct Target {
    addresses: Vec<Address>,
    state: State,
    failures: u32,
    /// The eager minute begins here.
    lost: Instant,
    wait: Duration,
}

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Dialer {
    me: Peer,
    targets: BTreeMap<Peer, Target>,
    jitter: u64,
    refused: u64,
}

impl Dialer {
    /// `seed` makes the jitter.
    pub(super) fn new(me: Peer, seed: u64) -> Self {
        Self {
            me,
            targets: BTreeMap::new(),
            jitter: seed,
            refused: 0,
        }
    }

    /// Takes in what happened and answers whom to dial now.
    pub(super) fn handle(&mut self, event: DialerEvent, now: Instant) -> Vec<Contact> {
        match event {
            DialerEvent::Want(contact) => self.want(contact, now),
            DialerEvent::Forget(peer) => drop(self.targets.remove(&peer)),
            DialerEvent::Hold(peer, until) => self.hold(peer, until),
            DialerEvent::Connected(peer) => self.connected(peer, now),
            DialerEvent::Disconnected(peer) => self.disconnected(peer, now),
            DialerEvent::Failed(peer) => self.failed(peer, now),
            DialerEvent::Learned(contact) => self.learned(contact),
            DialerEvent::Tick => self.give_up_lost_dials(now),
        }
        self.due(now)
    }

    /// When [`DialerEvent::Tick`] is needed next.
    pub(super) fn wake(&self) -> Option<Instant> {
        let full = self.dialing() >= DIALS_MAX;
        self.targets
            .values()
            .filter_map(|target| match target.state {
                State::Waiting { until } if !full => Some(until),
                State::Dialing { since } => Some(since + DIAL_TIME_MAX),
                _ => None,
            })
            .min()
    }

    /// Whether this peer is kept connected.
    pub(super) fn is_wanted(&self, peer: Peer) -> bool {
        self.targets.contains_key(&peer)
    }

    /// How many wishes had no room.
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    fn want(&mut self, contact: Contact, now: Instant) {
        if contact.peer == self.me {
            return;
        }
        let contact = Contact::new(contact.peer, contact.addresses);
        if let Some(target) = self.targets.get_mut(&contact.peer) {
            merge(target, contact);
            // Whoever says so again knows something: don't sit out a long wait.
            if let State::Waiting { .. } = target.state
                && target.wait > EAGER_WAIT_MAX
            {
                target.restart(now);
            }
        } else if self.targets.len() < TARGETS_MAX {
            self.targets
                .insert(contact.peer, Target::new(contact.addresses, now));
        } else {
            self.refused += 1;
        }
    }

    fn hold(&mut self, peer: Peer, until: Instant) {
        if let Some(target) = self.targets.get_mut(&peer) {
            target.state = State::Waiting { until };
        }
    }

    fn connected(&mut self, peer: Peer, now: Instant) {
        if let Some(target) = self.targets.get_mut(&peer)
            && !matches!(target.state, State::Connected { .. })
        {
            target.state = State::Connected { since: now };
        }
    }

    fn disconnected(&mut self, peer: Peer, now: Instant) {
        let Some(target) = self.targets.get_mut(&peer) else {
            return;
        };
        let State::Connected { since } = target.state else {
            return;
        };
        target.lost = now;
        if now.saturating_duration_since(since) > STEADY {
            target.failures = 0;
            target.wait = Duration::ZERO;
        }
        let jitter = self.next_jitter();
        if let Some(target) = self.targets.get_mut(&peer) {
            target.back_off(now, jitter);
        }
    }

    fn failed(&mut self, peer: Peer, now: Instant) {
        let jitter = self.next_jitter();
        if let Some(target) = self.targets.get_mut(&peer)
            && matches!(target.state, State::Dialing { .. })
        {
            target.back_off(now, jitter);
        }
    }

    fn learned(&mut self, contact: Contact) {
        if let Some(target) = self.targets.get_mut(&contact.peer) {
            merge(target, contact);
        }
    }

    fn give_up_lost_dials(&mut self, now: Instant) {
        let lost: Vec<Peer> = self
            .targets
            .iter()
            .filter(|(_, target)| match target.state {
                State::Dialing { since } => since + DIAL_TIME_MAX <= now,
                _ => false,
            })
            .map(|(peer, _)| *peer)
            .collect();
        for peer in lost {
            self.failed(peer, now);
        }
    }

    fn due(&mut self, now: Instant) -> Vec<Contact> {
        let mut free = DIALS_MAX.saturating_sub(self.dialing());
        let mut due: Vec<(Instant, Peer)> = self
            .targets
            .iter()
            .filter_map(|(peer, target)| match target.state {
                State::Waiting { until } if until <= now => Some((until, *peer)),
                _ => None,
            })
            .collect();
        due.sort_unstable();
        let mut dials = Vec::new();
        for (_, peer) in due {
            if free == 0 {
                break;
            }
            let target = self.targets.get_mut(&peer).expect("it was listed above");
            if target.addresses.is_empty() {
                target.back_off(now, 0);
                continue;
            }
            target.state = State::Dialing { since: now };
            free -= 1;
            dials.push(Contact {
                peer,
                addresses: target.addresses.clone(),
            });
        }
        dials
    }

    fn dialing(&self) -> usize {
        self.targets
            .values()
            .filter(|target| matches!(target.state, State::Dialing { .. }))
            .count()
    }

    /// Per mille to add to a wait: 0…100. SplitMix64 (Steele, Lea, Flood 2014); nothing secret hangs on it.
    fn next_jitter(&mut self) -> u32 {
        self.jitter = self.jitter.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.jitter;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed ^ (mixed >> 31)) % 101).unwrap_or(0)
    }
}

impl Target {
    fn new(addresses: Vec<Address>, now: Instant) -> Self {
        Self {
            addresses,
            state: State::Waiting { until: now },
            failures: 0,
            lost: now,
            wait: Duration::ZERO,
        }
    }

    fn restart(&mut self, now: Instant) {
        *self = Self::new(std::mem::take(&mut self.addresses), now);
    }

    fn back_off(&mut self, now: Instant, jitter: u32) {
        self.failures = self.failures.saturating_add(1);
        self.wait = if now.saturating_duration_since(self.lost) < EAGER {
            Duration::from_secs(1 << (self.failures - 1).min(8)).min(EAGER_WAIT_MAX)
        } else {
            (self.wait * 2).clamp(EAGER_WAIT_MAX, WAIT_MAX)
        };
        self.state = State::Waiting {
            until: now + self.wait + self.wait * jitter / 1_000,
        };
    }
}

/// What is new comes first: it was named because it works.
fn merge(target: &mut Target, contact: Contact) {
    let known = std::mem::take(&mut target.addresses);
    let all = contact.addresses.into_iter().chain(known);
    target.addresses = Contact::new(contact.peer, all).addresses;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use libp2p::identity::Keypair;

    use super::*;

    fn peer() -> Peer {
        Keypair::generate_ed25519().public().to_peer_id().into()
    }

    fn contact(peer: Peer) -> Contact {
        Contact::new(peer, ["/ip4/192.0.2.1/tcp/4747".parse().unwrap()])
    }

    /// A dialer under a clock that jumps from wake to wake.
    struct World {
        dialer: Dialer,
        start: Instant,
        now: Instant,
    }

    impl World {
        fn new() -> Self {
            let start = Instant::now();
            Self {
                dialer: Dialer::new(peer(), 7),
                start,
                now: start,
            }
        }

        fn at(&self) -> u64 {
            (self.now - self.start).as_secs()
        }

        fn tell(&mut self, event: DialerEvent) -> usize {
            self.dialer.handle(event, self.now).len()
        }

        /// Jumps to the next dial and lets it fail; answers how long it waited, in seconds.
        fn wait_and_fail(&mut self, peer: Peer) -> f64 {
            let before = self.now;
            self.now = self.dialer.wake().unwrap();
            assert_eq!(self.tell(DialerEvent::Tick), 1);
            assert_eq!(self.tell(DialerEvent::Failed(peer)), 0);
            (self.now - before).as_secs_f64()
        }
    }

    fn assert_near(waited: f64, expected: f64) {
        assert!(
            (expected..=expected * 1.101).contains(&waited),
            "waited {waited} s instead of {expected} s"
        );
    }

    #[test]
    fn eager_for_a_minute_and_then_ever_slower() {
        let mut world = World::new();
        let bob = peer();
        assert_eq!(world.tell(DialerEvent::Want(contact(bob))), 1);
        world.tell(DialerEvent::Failed(bob));
        for expected in [1.0, 2.0, 4.0, 5.0, 5.0, 5.0] {
            assert_near(world.wait_and_fail(bob), expected);
        }
        while world.at() < 60 {
            assert_near(world.wait_and_fail(bob), 5.0);
        }
        for expected in [10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0] {
            assert_near(world.wait_and_fail(bob), expected);
        }
    }

    #[test]
    fn a_steady_connection_wipes_out_failures() {
        let mut world = World::new();
        let bob = peer();
        world.tell(DialerEvent::Want(contact(bob)));
        world.tell(DialerEvent::Failed(bob));
        while world.at() < 300 {
            world.wait_and_fail(bob);
        }
        world.tell(DialerEvent::Connected(bob));
        world.now += Duration::from_secs(61);
        world.tell(DialerEvent::Disconnected(bob));
        for expected in [1.0, 2.0, 4.0, 5.0] {
            assert_near(world.wait_and_fail(bob), expected);
        }
    }

    #[test]
    fn a_flapping_peer_is_not_hammered() {
        let mut world = World::new();
        let bob = peer();
        world.tell(DialerEvent::Want(contact(bob)));
        let mut dials = 0;
        while world.at() < 600 {
            world.tell(DialerEvent::Connected(bob));
            world.now += Duration::from_millis(100);
            world.tell(DialerEvent::Disconnected(bob));
            world.now = world.dialer.wake().unwrap();
            dials += world.tell(DialerEvent::Tick);
        }
        assert!((100..=125).contains(&dials), "{dials} dials in ten minutes");
    }

    #[test]
    fn connected_peers_are_left_alone() {
        let mut world = World::new();
        let bob = peer();
        world.tell(DialerEvent::Want(contact(bob)));
        world.tell(DialerEvent::Connected(bob));
        assert_eq!(world.dialer.wake(), None);
        // The dial that lost against their connection fails afterwards.
        world.tell(DialerEvent::Failed(bob));
        world.now += Duration::from_secs(3_600);
        world.tell(DialerEvent::Tick);
        assert!(world.dialer.is_wanted(bob));
    }

    #[test]
    fn never_oneself_and_never_the_forgotten() {
        let mut world = World::new();
        let me = world.dialer.me;
        assert_eq!(world.tell(DialerEvent::Want(contact(me))), 0);
        let bob = peer();
        world.tell(DialerEvent::Want(contact(bob)));
        world.tell(DialerEvent::Forget(bob));
        assert_eq!(world.tell(DialerEvent::Failed(bob)), 0);
        assert_eq!(world.dialer.wake(), None);
    }

    #[test]
    fn wanting_again_cuts_a_long_wait_short() {
        let mut world = World::new();
        let bob = peer();
        world.tell(DialerEvent::Want(contact(bob)));
        world.tell(DialerEvent::Failed(bob));
        assert_eq!(world.tell(DialerEvent::Want(contact(bob))), 0);
        while world.at() < 120 {
            world.wait_and_fail(bob);
        }
        assert_eq!(world.tell(DialerEvent::Want(contact(bob))), 1);
    }

    #[test]
    fn a_held_peer_waits() {
        let mut world = World::new();
        let bob = peer();
        world.tell(DialerEvent::Want(contact(bob)));
        world.tell(DialerEvent::Connected(bob));
        let until = world.now + Duration::from_secs(90);
        world.tell(DialerEvent::Hold(bob, until));
        world.tell(DialerEvent::Disconnected(bob));
        assert_eq!(world.dialer.wake(), Some(until));
        world.now = until;
        assert_eq!(world.tell(DialerEvent::Tick), 1);
    }

    #[test]
    fn dials_and_targets_are_bounded() {
        let mut world = World::new();
        let peers: Vec<Peer> = (0..40).map(|_| peer()).collect();
        let dials: usize = peers
            .iter()
            .map(|peer| world.tell(DialerEvent::Want(contact(*peer))))
            .sum();
        assert_eq!(dials, DIALS_MAX);
        let dialing: Vec<Peer> = world
            .dialer
            .targets
            .iter()
            .filter(|(_, target)| matches!(target.state, State::Dialing { .. }))
            .map(|(peer, _)| *peer)
            .collect();
        assert_eq!(world.tell(DialerEvent::Failed(dialing[0])), 1);
        // An outcome that never comes doesn't take its place for ever.
        world.now += DIAL_TIME_MAX;
        assert!(world.tell(DialerEvent::Tick) > 0);
    }

    #[test]
    fn a_peer_without_an_address_is_kept_until_one_is_learned() {
        let mut world = World::new();
        let bob = peer();
        let unknown = Contact::new(bob, []);
        assert_eq!(world.tell(DialerEvent::Want(unknown)), 0);
        assert!(world.dialer.wake().unwrap() > world.now);
        world.tell(DialerEvent::Learned(contact(bob)));
        world.now = world.dialer.wake().unwrap();
        assert_eq!(world.tell(DialerEvent::Tick), 1);
    }
}
