//! What a node takes for the time.

/// A node's two clocks, as functions of the world's: a steady one for the machine, and one on the wall for what its
/// author claims.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Clock {
    /// How far the steady clock is ahead; it only grows.
    pub(crate) ahead_ms: u64,
    /// How much faster the steady clock runs, in millionths; at least −900,000.
    pub(crate) drift_ppm: i64,
    /// How wrong the clock on the wall is, either way.
    pub(crate) wrong_ms: i64,
}

impl Clock {
    /// What the machine is told.
    pub(crate) fn steady_ms(&self, world_ms: u64) -> u64 {
        let drift = i128::from(world_ms) * i128::from(self.drift_ppm) / 1_000_000;
        let steady = i128::from(world_ms) + drift;
        self.ahead_ms + u64::try_from(steady).unwrap()
    }

    /// The first moment of the world's at which the steady clock shows at least this.
    pub(crate) fn world_ms(&self, steady_ms: u64) -> u64 {
        let rate = u128::try_from(1_000_000 + self.drift_ppm).unwrap();
        let since = u128::from(steady_ms.saturating_sub(self.ahead_ms));
        let guess = since * 1_000_000 / rate;
        let mut world = u64::try_from(guess).unwrap().saturating_sub(1);
        while self.steady_ms(world) < steady_ms {
            world += 1;
        }
        world
    }

    /// What an entry claims.
    pub(crate) fn claimed_ms(&self, world_ms: u64) -> u64 {
        world_ms.saturating_add_signed(self.wrong_ms)
    }
}

#[test]
fn a_clock_is_read_both_ways() {
    for drift_ppm in [-200_000, -50, 0, 7, 300_000] {
        let clock = Clock {
            ahead_ms: 12_345,
            drift_ppm,
            wrong_ms: 0,
        };
        for world in [0, 1, 999, 86_400_000] {
            let back = clock.world_ms(clock.steady_ms(world));
            assert!(back <= world && clock.steady_ms(back) == clock.steady_ms(world));
        }
    }
}
