//! When something is done in a space without being asked, so that nobody does it again and again: at once by the first
//! device, much later by others, and with ever longer pauses where it didn't help.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use hearth_protocol::space::Space;

/// How long it is waited for what others descend from and isn't there: it may be about to come, or never come.
const LACKING_WAIT_MS: u64 = 30_000;
/// How long devices other than the first wait at least, so that it has done it meanwhile.
const OTHERS_WAIT_MS: u64 = 60_000;
/// The first pause after something that didn't help; each further one is four times as long.
const PAUSE_MS: u64 = 10_000;
/// Pauses grow up to so many times.
const LONGER_MAX: u32 = 5;
/// However the causes change: so much is done in a minute.
const PER_MINUTE_MAX: usize = 6;
const MINUTE_MS: u64 = 60_000;

/// What stands for a reason to do something.
pub(super) type Cause = u64;

/// What stands for a reason that follows from `facts`, as long as the node runs.
pub(super) fn cause_of(facts: &impl Hash) -> Cause {
    let mut hasher = DefaultHasher::new();
    facts.hash(&mut hasher);
    hasher.finish()
}

/// For each space what was done last.
#[derive(Debug, Default)]
pub(crate) struct Rests(BTreeMap<Space, Rest>);

#[derive(Debug, Default)]
struct Rest {
    cause: Cause,
    /// Since when there is this cause; nothing while there is none.
    since_ms: Option<u64>,
    /// How long a device that isn't the first waits.
    others_wait_ms: u64,
    /// How often something was done for this cause.
    times: u32,
    /// Before that nothing is done.
    until_ms: u64,
    /// When something was done, for whatever cause.
    done_ms: Vec<u64>,
}

/// Who would do something, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// This is the device on which it falls first.
    pub(super) is_first: bool,
    /// Something is named that isn't there.
    pub(super) is_lacking: bool,
    /// For one cause it is done once only.
    pub(super) is_once: bool,
}

impl Rests {
    /// Whether to do now what `cause` asks for; then it counts as done.
    pub(super) fn is_due(&mut self, space: &Space, cause: Cause, turn: Turn, now_ms: u64) -> bool {
        let rest = self.0.entry(*space).or_default();
        if rest.cause != cause {
            let done_ms = std::mem::take(&mut rest.done_ms);
            *rest = Rest {
                cause,
                others_wait_ms: OTHERS_WAIT_MS + random_ms(2 * OTHERS_WAIT_MS),
                done_ms,
                ..Rest::default()
            };
        }
        let since_ms = *rest.since_ms.get_or_insert(now_ms);
        let wait_ms = match (turn.is_first, turn.is_lacking) {
            (true, false) => 0,
            (true, true) => LACKING_WAIT_MS,
            (false, _) => rest.others_wait_ms,
        };
        rest.done_ms.retain(|done| done + MINUTE_MS > now_ms);
        let is_over = turn.is_once && rest.times > 0;
        let is_early = now_ms < rest.until_ms.max(since_ms + wait_ms);
        if is_over || is_early || rest.done_ms.len() >= PER_MINUTE_MAX {
            return false;
        }
        rest.until_ms = now_ms + (PAUSE_MS << (2 * rest.times.min(LONGER_MAX)));
        rest.times += 1;
        rest.done_ms.push(now_ms);
        true
    }

    /// Nothing is to do in a space.
    pub(super) fn settle(&mut self, space: &Space) {
        if let Some(rest) = self.0.get_mut(space) {
            rest.since_ms = None;
        }
    }
}

fn random_ms(end_ms: u64) -> u64 {
    use rand_core::Rng as _;
    let mut bytes = [0; 8];
    crate::rng::system().fill_bytes(&mut bytes);
    u64::from_le_bytes(bytes) % end_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Turn = Turn {
        is_first: true,
        is_lacking: false,
        is_once: false,
    };

    #[test]
    fn what_does_not_help_is_done_ever_more_rarely() {
        let mut rests = Rests::default();
        let space = Space::Public;
        let mut count = |first_s: u64, cause: u64| {
            let seconds = (first_s..first_s + 3600).map(|s| 1_000_000 + s * 1000);
            seconds
                .filter(|now_ms| rests.is_due(&space, cause, FIRST, *now_ms))
                .count()
        };
        let (once, again) = (count(0, 1), count(3600, 2));
        assert!((3..=6).contains(&once) && once == again, "{once} {again}");
        // Causes without end.
        let done = (0..600).filter(|at| rests.is_due(&space, 10 + at, FIRST, 9_000_000 + at * 100));
        assert_eq!(done.count(), PER_MINUTE_MAX);
    }

    #[test]
    fn other_devices_wait_so_is_waited_for_what_is_lacking_and_some_is_tried_only_once() {
        let space = Space::Public;
        let (mut other, second) = (
            Rests::default(),
            Turn {
                is_first: false,
                ..FIRST
            },
        );
        assert!(!other.is_due(&space, 1, second, 1));
        assert!(!other.is_due(&space, 1, second, OTHERS_WAIT_MS));
        other.settle(&space);
        assert!(!other.is_due(&space, 1, second, 3 * OTHERS_WAIT_MS + 1));
        assert!(other.is_due(&space, 1, second, 6 * OTHERS_WAIT_MS + 1));
        let (mut lacking, turn) = (
            Rests::default(),
            Turn {
                is_lacking: true,
                ..FIRST
            },
        );
        assert!(!lacking.is_due(&space, 1, turn, 1));
        assert!(!lacking.is_due(&space, 1, turn, LACKING_WAIT_MS));
        assert!(lacking.is_due(&space, 1, turn, LACKING_WAIT_MS + 1));
        assert!(!lacking.is_due(&space, 2, turn, 100_000));
        assert!(lacking.is_due(&space, 2, FIRST, 100_001), "it came");
        let (mut heir, turn) = (
            Rests::default(),
            Turn {
                is_once: true,
                ..FIRST
            },
        );
        assert!(heir.is_due(&space, 1, turn, 1));
        assert!(!heir.is_due(&space, 1, turn, 1 << 40));
        assert!(heir.is_due(&space, 2, turn, 1 << 40));
    }
}
