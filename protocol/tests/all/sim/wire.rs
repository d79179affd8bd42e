//! The transport: reliable ordered streams between two nodes, over lines that are slow, lossy and short.

use super::dice::Dice;

/// What the lines are like.
///
/// A stream is reliable and ordered, so a lost packet is never a lost message: it is a delay (the retransmission, and
/// everything behind it waits) or, now and then, the end of the connection with whatever was under way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    /// A line's own delay one way, at least and below.
    pub(crate) latency_ms: (u64, u64),
    /// What each frame may take longer.
    pub(crate) jitter_ms: u64,
    /// Frames in a thousand that are retransmitted, each time with twice the delay.
    pub(crate) lost_per_mille: u64,
    /// The first such delay.
    pub(crate) retransmit_ms: u64,
    /// Frames in a million with which the connection breaks.
    pub(crate) broken_per_million: u64,
    /// What a home's line carries upwards; 0: as much as one likes.
    pub(crate) upload_bytes_per_ms: u64,
}

impl Weather {
    /// No loss: what stories are told in.
    pub(crate) const CALM: Self = Self {
        latency_ms: (1, 2),
        jitter_ms: 40,
        lost_per_mille: 0,
        retransmit_ms: 0,
        broken_per_million: 0,
        upload_bytes_per_ms: 0,
    };

    /// Homes in many towns: 5–60 ms one way, one frame in a hundred lost, 8 Mbit/s upwards.
    pub(crate) const HOMELY: Self = Self {
        latency_ms: (5, 60),
        jitter_ms: 10,
        lost_per_mille: 10,
        retransmit_ms: 200,
        broken_per_million: 50,
        upload_bytes_per_ms: 1_000,
    };

    /// A line's own delay, drawn once.
    pub(crate) fn draw_latency_ms(&self, dice: &mut Dice) -> u64 {
        dice.between(self.latency_ms.0, self.latency_ms.1)
    }

    /// What a frame takes longer than the line's own delay.
    pub(crate) fn draw_extra_ms(&self, dice: &mut Dice) -> u64 {
        let mut extra = dice.below(self.jitter_ms.max(1));
        let mut wait = self.retransmit_ms;
        while self.lost_per_mille > 0 && dice.per_mille(self.lost_per_mille) {
            extra += wait;
            wait *= 2;
        }
        extra
    }

    pub(crate) fn breaks(&self, dice: &mut Dice) -> bool {
        self.broken_per_million > 0 && dice.below(1_000_000) < self.broken_per_million
    }
}

/// A connection between two nodes, the one with the lower number first.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    /// Which connection of the two this is: what was sent on an earlier one never arrives.
    pub(crate) epoch: u64,
    /// Whether either side takes it for open: the other may be gone without having said so.
    pub(crate) believes: [bool; 2],
    /// Nothing gets through any longer, whatever the sides believe.
    pub(crate) broken: bool,
    /// When the last frame to each side arrives: none overtakes it.
    pub(crate) arrives_ms: [u64; 2],
    /// The line's own delay; 0 before it is drawn.
    pub(crate) latency_ms: u64,
}

impl Wire {
    pub(crate) const fn is_open(&self) -> bool {
        self.believes[0] && self.believes[1] && !self.broken
    }
}

/// The two in the order in which a wire has them, and which of its sides `a` is.
pub(crate) fn pair(a: usize, b: usize) -> ((usize, usize), usize) {
    ((a.min(b), a.max(b)), usize::from(a > b))
}
