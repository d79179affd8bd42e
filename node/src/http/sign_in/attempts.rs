//! How often passwords may be tried: some at once, and then ever more slowly, from one address and from all together.

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
/// How many addresses are remembered; another one makes the one forgotten that tried longest ago.
const ADDRESSES_MAX: usize = 1024;
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

/// Everybody who tried and erred.
pub(super) struct Attempts {
    by: BTreeMap<IpAddr, Strikes>,
    all: Strikes,
}

impl Attempts {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            by: BTreeMap::new(),
            all: Strikes::new(now),
        }
    }

    /// Counts an attempt as an error before it is looked at, so that many at once gain nothing; or says how long to wait.
    /// What is tried on this machine isn't held up by what others try. Of those whose address isn't known nobody is told
    /// from another: they are held up together.
    pub(super) fn begin(&mut self, from: IpAddr, now: Instant) -> Result<(), Duration> {
        let key = neighbourhood(from);
        self.all.forgive(now);
        let known = self.by.get_mut(&key).map(|own| {
            own.forgive(now);
            own.not_before
        });
        let all = (!from.is_loopback()).then_some(self.all.not_before);
        let not_before = known.into_iter().chain(all).max().unwrap_or(now);
        if now < not_before {
            return Err(not_before - now);
        }
        if from.is_unspecified() {
            self.all.add(FREE_FOR_ALL, WAIT_OF_ALL_MAX, now);
            return Ok(());
        }
        self.make_room(&key);
        let own = self.by.entry(key).or_insert_with(|| Strikes::new(now));
        own.add(FREE, WAIT_MAX, now);
        if !from.is_loopback() {
            self.all.add(FREE_FOR_ALL, WAIT_OF_ALL_MAX, now);
        }
        Ok(())
    }

    /// It was no error.
    pub(super) fn was_right(&mut self, from: IpAddr) {
        self.by.remove(&neighbourhood(from));
        self.all.errors = self.all.errors.saturating_sub(1);
    }

    fn make_room(&mut self, key: &IpAddr) {
        if self.by.len() < ADDRESSES_MAX || self.by.contains_key(key) {
            return;
        }
        let oldest = self.by.iter().min_by_key(|(_, strikes)| strikes.since);
        if let Some(oldest) = oldest.map(|(key, _)| *key) {
            self.by.remove(&oldest);
        }
    }
}

/// Whoever has one IPv6 address has 2^64.
fn neighbourhood(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V4(ip) => ip.into(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
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
            while let Err(wait) = attempts.begin(address(1), now) {
                waits.push(wait.as_secs());
                now += wait;
            }
        }
        assert_eq!(waits[..5], [1, 2, 4, 8, 16]);
        assert!(waits.iter().all(|wait| *wait <= WAIT_MAX.as_secs()));
        assert_eq!(attempts.begin(address(2), now), Ok(()), "others don't wait");
        let later = now + FORGIVEN_AFTER * (ERRORS_MAX + 1);
        assert!((0..FREE).all(|_| attempts.begin(address(1), later).is_ok()));
        assert!(attempts.begin(address(1), later).is_err());
    }

    #[test]
    fn who_knows_it_begins_anew() {
        let now = Instant::now();
        let mut attempts = Attempts::new(now);
        for _ in 0..20 {
            for _ in 0..FREE - 1 {
                assert_eq!(attempts.begin(IpAddr::from([127, 0, 0, 1]), now), Ok(()));
            }
            attempts.was_right(IpAddr::from([127, 0, 0, 1]));
        }
    }

    #[test]
    fn many_addresses_together_are_held_up_and_take_no_memory() {
        let now = Instant::now();
        let mut attempts = Attempts::new(now);
        let admitted = (0..10_000).filter(|number| attempts.begin(address(*number), now).is_ok());
        assert_eq!(admitted.count(), FREE_FOR_ALL as usize);
        let wait = attempts.begin(address(20_000), now).err();
        assert_eq!(wait, Some(Duration::from_secs(1)));
        let here = IpAddr::from([127, 0, 0, 1]);
        assert_eq!(
            attempts.begin(here, now),
            Ok(()),
            "this machine's own aren't"
        );
        let mut later = now;
        for number in 0..3 * u32::try_from(ADDRESSES_MAX).expect("small") {
            later += WAIT_OF_ALL_MAX;
            let _ = attempts.begin(address(number), later);
        }
        assert!(attempts.by.len() <= ADDRESSES_MAX);
    }

    #[test]
    fn who_is_not_known_waits_with_all_and_not_for_long() {
        let now = Instant::now();
        let mut attempts = Attempts::new(now);
        let nobody = IpAddr::from([0, 0, 0, 0]);
        let admitted = (0..200).filter(|_| attempts.begin(nobody, now).is_ok());
        assert_eq!(admitted.count(), FREE_FOR_ALL as usize);
        let mut later = now;
        for _ in 0..200 {
            if let Err(wait) = attempts.begin(nobody, later) {
                assert!(wait <= WAIT_OF_ALL_MAX);
                later += wait;
            }
        }
    }

    #[test]
    fn neighbours_count_as_one() {
        let now = Instant::now();
        let mut attempts = Attempts::new(now);
        let tried = (0..20u16).filter(|last| {
            let from = Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, *last).into();
            attempts.begin(from, now).is_ok()
        });
        assert_eq!(tried.count(), FREE as usize);
    }
}
