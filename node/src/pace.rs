//! How much somebody may cause: some at once, and then one in a while.

use std::time::{Duration, Instant};

/// What is left of what somebody may cause.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    burst: u32,
    every: Duration,
    left: u32,
    since: Instant,
}

impl Pace {
    /// `burst` at once, and one more after each `every`.
    pub(crate) const fn new(burst: u32, every: Duration, now: Instant) -> Self {
        Self {
            burst,
            every,
            left: burst,
            since: now,
        }
    }

    /// Whether one more may come now; then it is counted.
    pub(crate) fn admits(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.since);
        let gained = u32::try_from(passed.as_nanos() / self.every.as_nanos().max(1));
        let gained = gained.unwrap_or(u32::MAX);
        if self.left.saturating_add(gained) >= self.burst {
            (self.left, self.since) = (self.burst, now);
        } else {
            self.left += gained;
            self.since += self.every * gained;
        }
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        true
    }

    /// Whether nothing of it is used up: who has such a pace needn't be remembered.
    pub(crate) fn is_full(&self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.since);
        passed >= self.every * (self.burst - self.left)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Pace;

    #[test]
    fn some_come_at_once_and_then_one_in_a_while() {
        let start = Instant::now();
        let mut pace = Pace::new(3, Duration::from_secs(10), start);
        let admitted = |pace: &mut Pace, at: u64| {
            let now = start + Duration::from_secs(at);
            (0..10).filter(|_| pace.admits(now)).count()
        };
        assert_eq!(admitted(&mut pace, 0), 3);
        assert_eq!(admitted(&mut pace, 9), 0);
        assert_eq!(admitted(&mut pace, 15), 1);
        assert_eq!(admitted(&mut pace, 20), 1);
        assert!(!pace.is_full(start + Duration::from_secs(40)));
        assert!(pace.is_full(start + Duration::from_secs(50)));
        assert_eq!(admitted(&mut pace, 1_000_000), 3);
    }
}
