//! How often passwords may be tried: some at once, and then ever more slowly, from one address and from all together; by browsers
//! that were signed in before, each for itself.

use crate::http::known::KnownBrowser;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// How often one may err before one has to wait.
const FREE: u32 = 5;
/// The same for everybody together.
const FREE_FOR_ALL: u32 = 40;
/// The longest wait after an error, for one address.
const WAIT_MAX: Duration = Duration::from_secs(15 * 60);
/// The same for everybody together: short, as it is the owner who waits then.
const WAIT_OF_ALL_MAX: Duration = Duration::from_secs(30);
/// After so long an error is forgotten, one after the other.
const FORGIVEN_AFTER: Duration = Duration::from_secs(10 * 60);
/// How many addresses are remembered,
const ADDRESSES_MAX: usize = 1024;
/// and how many browsers that are known.
const KNOWN_MAX: usize = 64;
/// Longer than any wait needs; keeps the arithmetic small.
const ERRORS_MAX: u32 = 64;

/// What one address, or all, did wrong.
#[derive(Debug, Clone, Copy)]
struct Strikes {
    errors: u32,
    /// When the last one was, or was forgiven.
    since: Instant,
    not_before: Instant,
}

impl Strikes {
    fn new(now: Instant) -> Self {
        Self {
            errors: 0,
            since: now,
            not_before: now,
        }
    }

    fn forgive(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.since);
        let forgiven = passed.as_secs() / FORGIVEN_AFTER.as_secs();
        let forgiven = u32::try_from(forgiven).unwrap_or(u32::MAX);
        if forgiven > 0 {
            self.errors = self.errors.saturating_sub(forgiven);
            self.since = now;
        }
    }

    fn add(&mut self, free: u32, wait_max: Duration, now: Instant) {
        self.errors = (self.errors + 1).min(ERRORS_MAX);
        self.since = now;
        if let Some(beyond) = self.errors.checked_sub(free) {
            let wait = Duration::from_secs(1u64 << beyond.min(30));
            self.not_before = now + wait.min(wait_max);
        }
    }
}

/// Those who erred, by what tells them apart, and all of them together.
struct Crowd<K> {
    by: BTreeMap<K, Strikes>,
    all: Strikes,
    /// How many are remembered; another one makes the one forgotten that tried longest ago.
    most: usize,
}

impl<K: Ord + Copy> Crowd<K> {
    fn new(most: usize, now: Instant) -> Self {
        Self {
            by: BTreeMap::new(),
            all: Strikes::new(now),
            most,
        }
    }

    /// `who`: unless nobody is told from another. `counts`: whether they are held up with all, and hold all up.
    fn begin(&mut self, who: Option<K>, counts: bool, now: Instant) -> Result<(), Duration> {
        self.all.forgive(now);
        let own = who.and_then(|who| self.by.get_mut(&who));
        let known = own.map(|own| {
            own.forgive(now);
            own.not_before
        });
        let all = counts.then_some(self.all.not_before);
        let not_before = known.into_iter().chain(all).max().unwrap_or(now);
        if now < not_before {
            return Err(not_before - now);
        }
        if let Some(who) = who {
            self.make_room(&who);
            let own = self.by.entry(who).or_insert_with(|| Strikes::new(now));
            own.add(FREE, WAIT_MAX, now);
        }
        if counts {
            self.all.add(FREE_FOR_ALL, WAIT_OF_ALL_MAX, now);
        }
        Ok(())
    }

    fn was_right(&mut self, who: Option<K>) {
        who.and_then(|who| self.by.remove(&who));
        self.all.errors = self.all.errors.saturating_sub(1);
    }

    fn make_room(&mut self, who: &K) {
        if self.by.len() < self.most || self.by.contains_key(who) {
            return;
        }
        let oldest = self.by.iter().min_by_key(|(_, strikes)| strikes.since);
        if let Some(oldest) = oldest.map(|(who, _)| *who) {
            self.by.remove(&oldest);
        }
    }
}

/// Everybody who tried and erred: whoever comes from an address, and browsers that were signed in before.
pub(super) struct Attempts {
    addresses: Crowd<IpAddr>,
    known: Crowd<KnownBrowser>,
}

impl Attempts {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            addresses: Crowd::new(ADDRESSES_MAX, now),
            known: Crowd::new(KNOWN_MAX, now),
        }
    }

    /// Counts an attempt as an error before it is looked at, so that many at once gain nothing; or says how long to wait.
    /// What is tried on this machine isn't held up by what others try. Of those whose address isn't known nobody is told
    /// from another: they are held up together. A browser that is known is held up by what it erred itself, and with others
    /// that are known: whoever was never let in has no part in that.
    pub(super) fn begin(
        &mut self,
        from: IpAddr,
        known: Option<KnownBrowser>,
        now: Instant,
    ) -> Result<(), Duration> {
        match known {
            Some(known) => self.known.begin(Some(known), true, now),
            None => self
                .addresses
                .begin(neighbourhood(from), !from.is_loopback(), now),
        }
    }

    /// It was no error.
    pub(super) fn was_right(&mut self, from: IpAddr, known: Option<KnownBrowser>) {
        match known {
            Some(known) => self.known.was_right(Some(known)),
            None => self.addresses.was_right(neighbourhood(from)),
        }
    }
}

/// Who counts as one, if the address is known. Whoever has one IPv6 address has 2^64.
fn neighbourhood(from: IpAddr) -> Option<IpAddr> {
    if from.is_unspecified() {
        return None;
    }
    Some(match from.to_canonical() {
        IpAddr::V4(ip) => ip.into(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u32) -> IpAddr {
        IpAddr::from(std::net::Ipv4Addr::from(0x0a00_0000 + number))
    }

    #[test]
    fn the_waits_of_one_address_grow_and_are_forgiven() {
        let start = Instant::now();
        let mut attempts = Attempts::new(start);
        let mut now = start;
        let mut waits = Vec::new();
        for _ in 0..24 {
            while let Err(wait) = attempts.begin(address(1), None, now) {
                waits.push(wait.as_secs());
                now += wait;
            }
        }
        assert_eq!(waits[..5], [1, 2, 4, 8, 16]);
        assert!(waits.iter().all(|wait| *wait <= WAIT_MAX.as_secs()));
        assert_eq!(
            attempts.begin(address(2), None, now),
            Ok(()),
            "others don't wait"
        );
        let later = now + FORGIVEN_AFTER * (ERRORS_MAX + 1);
        assert!((0..FREE).all(|_| attempts.begin(address(1), None, later).is_ok()));
        assert!(attempts.begin(address(1), None, later).is_err());
    }

    #[test]
    fn who_knows_it_begins_anew() {
        let now = Instant::now();
        let mut attempts = Attempts::new(now);
        for _ in 0..20 {
            for _ in 0..FREE - 1 {
                assert_eq!(
                    attempts.begin(IpAddr::from([127, 0, 0, 1]), None, now),
                    Ok(())
                );
            }
            attempts.was_right(IpAddr::from([127, 0, 0, 1]), None);
        }
    }

    #[test]
    fn many_addresses_together_are_held_up_and_take_no_memory() {
        let now = Instant::now();
        let mut attempts = Attempts::new(now);
        let admitted =
            (0..10_000).filter(|number| attempts.begin(address(*number), None, now).is_ok());
        assert_eq!(admitted.count(), FREE_FOR_ALL as usize);
        let wait = attempts.begin(address(20_000), None, now).err();
        assert_eq!(wait, Some(Duration::from_secs(1)));
        let here = IpAddr::from([127, 0, 0, 1]);
        assert_eq!(
            attempts.begin(here, None, now),
            Ok(()),
            "this machine's own aren't"
        );
        let mut later = now;
        for number in 0..3 * u32::try_from(ADDRESSES_MAX).expect("small") {
            later += WAIT_OF_ALL_MAX;
            let _ = attempts.begin(address(number), None, later);
        }
        assert!(attempts.addresses.by.len() <= ADDRESSES_MAX);
    }

    #[test]
    fn who_is_not_known_waits_with_all_and_not_for_long() {
        let now = Instant::now();
        let mut attempts = Attempts::new(now);
        let nobody = IpAddr::from([0, 0, 0, 0]);
        let admitted = (0..200).filter(|_| attempts.begin(nobody, None, now).is_ok());
        assert_eq!(admitted.count(), FREE_FOR_ALL as usize);
        let mut later = now;
        for _ in 0..200 {
            if let Err(wait) = attempts.begin(nobody, None, later) {
                assert!(wait <= WAIT_OF_ALL_MAX);
                later += wait;
            }
        }
    }

    #[test]
    fn no_stranger_holds_up_a_browser_that_is_known() {
        let start = Instant::now();
        let mut attempts = Attempts::new(start);
        let nobody = IpAddr::from([0, 0, 0, 0]);
        let [known, other] = [(); 2].map(|()| Some(KnownBrowser::random()));
        let tried = (0..200).filter(|_| attempts.begin(nobody, None, start).is_ok());
        assert_eq!(tried.count(), FREE_FOR_ALL as usize);
        assert!(attempts.begin(nobody, None, start).is_err());
        assert_eq!(attempts.begin(nobody, known, start), Ok(()));
        attempts.was_right(nobody, known);
        // Its own errors count, wherever it comes from, and are no other's.
        let tried = (0..20).filter(|number| attempts.begin(address(*number), known, start).is_ok());
        assert_eq!(tried.count(), FREE as usize);
        assert_eq!(attempts.begin(nobody, other, start), Ok(()));
        // Many are held up together, and take no memory.
        let many = (0..1_000).map(|_| Some(KnownBrowser::random()));
        let admitted = many.filter(|known| attempts.begin(nobody, *known, start).is_ok());
        assert!(admitted.count() < FREE_FOR_ALL as usize);
        let mut now = start;
        for _ in 0..2 * KNOWN_MAX {
            now += WAIT_OF_ALL_MAX;
            let _ = attempts.begin(nobody, Some(KnownBrowser::random()), now);
        }
        assert!(attempts.known.by.len() <= KNOWN_MAX);
    }

    #[test]
    fn neighbours_count_as_one() {
        let now = Instant::now();
        let mut attempts = Attempts::new(now);
        let tried = (0..20u16).filter(|last| {
            let from = Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, *last).into();
            attempts.begin(from, None, now).is_ok()
        });
        assert_eq!(tried.count(), FREE as usize);
    }
}
