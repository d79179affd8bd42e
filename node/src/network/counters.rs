//! What was refused, delayed or lost, by kind.

use std::sync::atomic::{AtomicU64, Ordering};

use super::frame::HEADER_BYTES;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// How often something was refused, delayed or lost since the start.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub(crate) struct Counters { $($(#[$doc])* pub(crate) $name: u64,)* }

        #[derive(Debug, Default)]
        pub(super) struct Tally { $(pub(super) $name: Count,)* }

        impl Tally {
            pub(super) fn snapshot(&self) -> Counters {
                Counters { $($name: self.$name.value(),)* }
            }
        }

        impl Counters {
            /// Each counter with its name.
            pub(crate) fn by_name(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name),)*].into_iter()
            }
        }
    };
}

counters! {
    /// Frames received.
    frames_received,
    /// Frames taken for sending.
    frames_sent,
    /// Bytes of frames received, their lengths included.
    frame_bytes_received,
    /// Bytes of frames taken for sending, their lengths included.
    frame_bytes_sent,
    /// Frames not taken because too much was waiting for their peer.
    frames_refused,
    /// Frames with a length out of bounds.
    frames_oversized,
    /// Frames that a peer had to be slowed down for.
    frames_delayed,
    /// Sessions that stalled amid a frame.
    sessions_stalled,
    /// Streams opened by a peer that shouldn't, or more of them than can be held.
    streams_refused,
    /// Peers dropped for misbehaving.
    peers_dropped,
    /// Inbound connections that failed or were refused by a limit.
    connections_in_failed,
    /// Dials that failed.
    dials_failed,
    /// Peers that couldn't be kept connected because there were too many.
    contacts_refused,
    /// Events that nobody took in time: gossip and contacts, never frames.
    events_dropped,
    /// Gossip messages received, each once.
    gossip_received,
    /// Gossip messages sent.
    gossip_sent,
    /// Gossip messages that couldn't be sent.
    gossip_unsent,
}

impl Tally {
    pub(super) fn sent(&self, frame_bytes: usize) {
        self.frames_sent.add_one();
        self.frame_bytes_sent.add(HEADER_BYTES + frame_bytes);
    }

    pub(super) fn received(&self, frame_bytes: usize) {
        self.frames_received.add_one();
        self.frame_bytes_received.add(HEADER_BYTES + frame_bytes);
    }
}

/// One number that only grows.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add(&self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
