//! How fast a backup may send: a bucket of bytes that fills at the rate that the owner set.

use std::time::Duration;

use tokio::time::Instant;

/// What may be sent at once, as time at the rate: an idle hour doesn't make a flood.
const BURST: Duration = Duration::from_secs(1);

/// A bucket of bytes. May be overdrawn by one thing that is sent: the next one waits for it.
#[derive(Debug)]
pub(super) struct Pace {
    bytes_per_second: Option<u64>,
    /// Until when what was sent takes at the rate.
    busy_until: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            bytes_per_second: None,
            busy_until: now,
        }
    }

    /// From now on at most so fast; `None` sets no limit.
    pub(super) fn set(&mut self, bytes_per_second: Option<u64>, now: Instant) {
        if self.bytes_per_second != bytes_per_second {
            self.bytes_per_second = bytes_per_second;
            self.busy_until = self.busy_until.min(now);
        }
    }

    /// Takes `bytes` out; says how long to wait before they are sent.
    pub(super) fn take(&mut self, bytes: u64, now: Instant) -> Duration {
        let Some(rate) = self.bytes_per_second.filter(|rate| *rate > 0) else {
            return Duration::ZERO;
        };
        let from = self.busy_until.max(now.checked_sub(BURST).unwrap_or(now));
        let millis = bytes.saturating_mul(1000) / rate;
        self.busy_until = from + Duration::from_millis(millis);
        from.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_keeps_to_the_rate() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        assert_eq!(pace.take(1 << 40, begin), Duration::ZERO, "no limit");
        pace.set(Some(1000), begin);
        let mut now = begin;
        for _ in 0..10 {
            now += pace.take(500, now);
        }
        // Ten times half a second, less what may be sent at once.
        let took = now - begin;
        assert!((3000..=5000).contains(&took.as_millis()), "{took:?}");
        pace.set(None, now);
        assert_eq!(pace.take(500, now), Duration::ZERO);
    }
}
