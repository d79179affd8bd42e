//! What is held of a log, and what may be added to it.
//!
//! A log is held as ranges, newest first, its past perhaps missing. An entry is authentic if its own signature
//! verifies, or if an authentic successor (or a cut by the root key) names it; one signature thus carries a whole run.

use crate::bounds::RANGES_MAX;
use crate::entry::EntryId;
use crate::root::Bound;
use crate::run::Chain;

/// Neighbouring entries that are held, with what links them to the missing ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The lowest sequence.
    pub lo: u64,
    /// The highest sequence.
    pub hi: u64,
    /// What the entry at `lo` names as its previous one.
    pub previous: EntryId,
    /// The id of the entry at `hi`.
    pub head: EntryId,
}

/// What is held of one log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogState {
    ranges: Vec<Range>,
    /// The lowest place of which it is proven that two entries lie there.
    forked_at: Option<u64>,
}

/// What adding a chain changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// The sequences that are new, inclusive ranges, ascending; empty when all of it was held.
    pub new: Vec<(u64, u64)>,
    /// What is held afterwards.
    pub state: LogState,
}

/// Why a chain isn't added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The device isn't certified, or was cut off before this log.
    #[error("the identity doesn't vouch for this log")]
    Void,
    /// It lies behind a cut and isn't tied to the cut's entry.
    #[error("the identity cut this log off on another branch")]
    Cut,
    /// The last signature doesn't verify and nothing held names the entry.
    #[error("the last signature doesn't verify")]
    Signature,
    /// Held and offered entries between these sequences differ.
    #[error("another entry is held at sequence {hi}")]
    Conflict {
        /// The lowest sequence where both exist.
        lo: u64,
        /// The highest sequence where both exist.
        hi: u64,
    },
    /// It doesn't link to what is held at this sequence, which it doesn't cover.
    #[error("it doesn't link to the entry held at sequence {seq}")]
    Unlinked {
        /// The sequence on whose entry the two sides disagree.
        seq: u64,
    },
    /// The log forked; nothing grows on it.
    #[error("the log forked")]
    Forked,
    /// More gaps than are kept track of.
    #[error("too many gaps")]
    Scattered,
}

impl LogState {
    /// Restores a state from ranges that were kept, ascending and apart.
    pub fn from_ranges(ranges: Vec<Range>, forked_at: Option<u64>) -> Self {
        Self { ranges, forked_at }
    }

    /// The ranges held, ascending, never touching.
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }

    /// The newest range.
    pub fn top(&self) -> Option<&Range> {
        self.ranges.last()
    }

    /// Whether there is proof that the log forked.
    pub const fn is_forked(&self) -> bool {
        self.forked_at.is_some()
    }

    /// Where the log forked, as far as that is proven.
    pub const fn forked_at(&self) -> Option<u64> {
        self.forked_at
    }

    /// Remembers that there is proof of a fork at a sequence: growth stops there.
    pub fn set_forked(&mut self, seq: u64) {
        self.forked_at = Some(self.forked_at.map_or(seq, |known| known.min(seq)));
    }

    /// Whether the entry at `seq` is held.
    pub fn holds(&self, seq: u64) -> bool {
        self.range_at(seq).is_some()
    }

    fn range_at(&self, seq: u64) -> Option<&Range> {
        let after = self.ranges.partition_point(|range| range.lo <= seq);
        self.ranges[..after].last().filter(|range| seq <= range.hi)
    }

    /// The parts of `lo..=hi` that aren't held, ascending.
    pub fn missing(&self, lo: u64, hi: u64) -> Vec<(u64, u64)> {
        let mut missing = Vec::new();
        let mut next = lo;
        for range in self
            .ranges
            .iter()
            .filter(|range| range.hi >= lo && range.lo <= hi)
        {
            if range.lo > next {
                missing.push((next, range.lo - 1));
            }
            next = next.max(range.hi + 1);
        }
        if next <= hi {
            missing.push((next, hi));
        }
        missing
    }

    /// Decides whether `chain` may be added, given where the log must end. `held_id` tells the id of the entry held
    /// at a sequence inside a range.
    ///
    /// Costs one signature verification at most.
    pub fn admit(
        &self,
        chain: &Chain,
        bound: Bound,
        held_id: impl Fn(u64) -> Option<EntryId>,
    ) -> Result<Admission, Refusal> {
        let mut vouched = self.check_links(chain, held_id)?;
        match bound {
            Bound::Void => return Err(Refusal::Void),
            Bound::EndsAt(end) if chain.last_seq() > end.seq => return Err(Refusal::Cut),
            Bound::EndsAt(end) if chain.last_seq() == end.seq => {
                if chain.last().id() != end.id {
                    return Err(Refusal::Cut);
                }
                vouched = Some(end.seq);
            }
            Bound::EndsAt(_) | Bound::Open => {}
        }
        let new = self.missing(chain.first_seq(), chain.last_seq());
        let Some(&(_, newest)) = new.last() else {
            return Ok(Admission {
                new,
                state: self.clone(),
            });
        };
        let grows = self.top().is_some_and(|top| newest > top.hi);
        // What lies below the fork is no matter of dispute; and a cut by the root key says which branch holds, so that a
        // forked log may still be completed up to it.
        let disputed = self.forked_at.is_some_and(|fork| newest >= fork);
        if disputed && grows && bound == Bound::Open {
            return Err(Refusal::Forked);
        }
        if vouched.is_none_or(|vouched| vouched < newest) {
            if bound != Bound::Open {
                return Err(Refusal::Cut);
            }
            chain.last().verify().map_err(|_| Refusal::Signature)?;
        }
        let state = self.with(chain);
        if state.ranges.len() > RANGES_MAX {
            Err(Refusal::Scattered)
        } else {
            Ok(Admission { new, state })
        }
    }

    /// Compares the chain with every range that it touches; returns the highest sequence in it that a held entry
    /// vouches for.
    fn check_links(
        &self,
        chain: &Chain,
        held_id: impl Fn(u64) -> Option<EntryId>,
    ) -> Result<Option<u64>, Refusal> {
        let (first, last) = (chain.first_seq(), chain.last_seq());
        let mut vouched = None;
        for range in &self.ranges {
            if range.hi + 1 == first && chain.first().header().previous != range.head {
                return Err(Refusal::Unlinked { seq: range.hi });
            }
            if range.lo == last + 1 {
                if chain.last().id() != range.previous {
                    return Err(Refusal::Unlinked { seq: range.lo });
                }
                vouched = vouched.max(Some(last));
            }
            let (lo, hi) = (range.lo.max(first), range.hi.min(last));
            if lo <= hi {
                let held = if hi == range.hi {
                    Some(range.head)
                } else {
                    held_id(hi)
                };
                if held != chain.at(hi).map(|link| link.entry.id()) {
                    return Err(Refusal::Conflict { lo, hi });
                }
                vouched = vouched.max(Some(hi));
            }
        }
        Ok(vouched)
    }

    /// The state with a chain added that links with all it touches.
    fn with(&self, chain: &Chain) -> Self {
        let mut merged = Range {
            lo: chain.first_seq(),
            hi: chain.last_seq(),
            previous: chain.first().header().previous,
            head: chain.last().id(),
        };
        let mut ranges = Vec::with_capacity(self.ranges.len() + 1);
        for range in &self.ranges {
            if range.hi + 1 < merged.lo || range.lo > merged.hi + 1 {
                ranges.push(*range);
                continue;
            }
            if range.lo < merged.lo {
                (merged.lo, merged.previous) = (range.lo, range.previous);
            }
            if range.hi > merged.hi {
                (merged.hi, merged.head) = (range.hi, range.head);
            }
        }
        let at = ranges.partition_point(|range| range.lo < merged.lo);
        ranges.insert(at, merged);
        Self {
            ranges,
            forked_at: self.forked_at,
        }
    }
}
