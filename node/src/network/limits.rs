//! What one peer, and all of them together, may take of this node.

use std::time::{Duration, Instant};

/// A frame is never longer than this.
pub(crate) const FRAME_BYTES_MAX: usize = 1 << 20;

/// A gossip message is never longer than this; 4 KiB of libp2p's 64 KiB are left for its envelope.
pub(crate) const GOSSIP_BYTES_MAX: usize = 60 << 10;

/// A node subscribes to no more topics than this.
pub(crate) const TOPICS_MAX: usize = 64;

/// A topic's name is never longer than this.
pub(crate) const TOPIC_BYTES_MAX: usize = 128;

/// Bounds that a configuration may change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Established connections in all.
    pub(crate) connections_max: u32,
    /// Established connections that strangers opened: one more, and one of them gives way.
    pub(crate) connections_in_max: u32,
    /// Established connections with one peer.
    pub(crate) connections_per_peer_max: u32,
    /// Connections that others began and that haven't finished their handshake: one more, and one of them gives way.
    pub(crate) handshakes_in_max: u32,
    /// Dials under way.
    pub(crate) handshakes_out_max: u32,
    /// While the process is larger than this, it takes no more connections.
    pub(crate) memory_bytes_max: usize,
    /// Frames that one peer may send a second, in the long run.
    pub(crate) frames_per_second: u32,
    /// Bytes that one peer may send a second, in the long run.
    pub(crate) bytes_per_second: u32,
    /// How many signatures may have to be checked to read a frame: what is in one, others know.
    pub(crate) checks_of: fn(&[u8]) -> u32,
    /// Such checks that one peer may cause a second, in the long run.
    pub(crate) checks_per_second: u32,
    /// Such checks that all frames with many of them may cause a second, together.
    pub(crate) checks_in_all_per_second: u32,
    /// No progress for so long amid a frame, in or out, ends the session.
    pub(crate) stall_time_max: Duration,
    /// Bytes of received frames of one peer that may wait to be taken; at least a frame's maximum.
    pub(crate) unread_bytes_per_peer_max: usize,
    /// Bytes of received frames that may wait to be taken; at least a frame's maximum.
    pub(crate) unread_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 512,
            connections_in_max: 256,
            connections_per_peer_max: 4,
            // A half-open connection costs some KiB and an open file. Whoever means well is through in less time than it
            // takes to begin so many.
            handshakes_in_max: 384,
            handshakes_out_max: 64,
            memory_bytes_max: 2 << 30,
            frames_per_second: 2_000,
            bytes_per_second: 64 << 20,
            checks_of: |_| 0,
            // One check takes 40 µs: a third of a core when every place is taken by somebody who does nothing else.
            checks_per_second: 32,
            checks_in_all_per_second: 8_000,
            stall_time_max: Duration::from_secs(30),
            unread_bytes_per_peer_max: 2 << 20,
            unread_bytes_max: 32 << 20,
        }
    }
}

/// A token bucket that answers how long to wait instead of refusing: it may be overdrawn once, and then
/// whoever draws waits until it would be level.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// A full bucket that holds `burst_seconds` worth of `per_second`.
    pub(super) fn new(per_second: u32, burst_seconds: f64, now: Instant) -> Self {
        let burst = f64::from(per_second) * burst_seconds;
        Self {
            per_second: f64::from(per_second),
            burst,
            tokens: burst,
            filled: now,
        }
    }

    /// Draws `cost`, and says how long to wait before going on.
    pub(super) fn draw(&mut self, cost: u32, now: Instant) -> Duration {
        let elapsed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = now;
        self.tokens = (self.tokens + elapsed * self.per_second).min(self.burst) - f64::from(cost);
        if self.tokens >= 0.0 {
            return Duration::ZERO;
        }
        Duration::try_from_secs_f64(-self.tokens / self.per_second)
            .unwrap_or(Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_lets_a_burst_pass_and_then_holds_the_rate() {
        let mut now = Instant::now();
        let start = now;
        let mut bucket = Bucket::new(1_000, 2.0, now);
        for _ in 0..2_000 {
            assert_eq!(bucket.draw(1, now), Duration::ZERO);
        }
        for _ in 0..5_000 {
            now += bucket.draw(1, now);
        }
        let seconds = (now - start).as_secs_f64();
        assert!((4.9..5.1).contains(&seconds), "{seconds}");
    }

    #[test]
    fn bucket_survives_a_clock_that_stands_still_and_costs_above_the_burst() {
        let now = Instant::now();
        let mut bucket = Bucket::new(100, 1.0, now);
        let wait = bucket.draw(1_100, now);
        assert_eq!(wait.as_secs(), 10);
        assert_eq!(bucket.draw(0, now + wait), Duration::ZERO);
    }
}
