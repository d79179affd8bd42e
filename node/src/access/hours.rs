//! How many requests there were in each hour, and whose: what a plot is drawn from when the rows are long gone.

use std::collections::BTreeMap;

use hearth_protocol::codec;

use super::note::Class;
use super::row::Row;

pub(super) const HOUR_MS: u64 = 60 * 60 * 1000;
/// Hours that are kept at most, whatever the clock did: a year and a bit.
const HOURS_MAX: usize = 9_000;
/// How far ahead of the clock an hour may lie.
const AHEAD_HOURS_MAX: u64 = 48;
const FILE_BYTES_MAX: usize = 1 << 20;
const VERSION: u8 = 1;
const CHECK_CONTEXT: &str = "hearth 2026 access log hours v1";
const CHECK_BYTES: usize = 32;

/// Requests and bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    /// How many requests.
    pub(crate) count: u64,
    /// Bytes that were given or brought.
    pub(crate) bytes: u64,
}

/// One hour's sums, by [`Class::place`].
pub(crate) type Hour = [Sum; 4];

/// The sums of all hours, and up to which rows they go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hours {
    by_hour: BTreeMap<u64, Hour>,
    /// The last row that was counted, of each series.
    pub(super) counted: [u64; 2],
}

/// Version, the last rows that were counted; of each hour its number and the counts and bytes of the four classes.
type Wire = (u8, (u64, u64), Vec<(u64, [u64; 4], [u64; 4])>);

impl Hours {
    pub(super) fn add(&mut self, row: &Row) {
        let hour = self.by_hour.entry(row.from_ms / HOUR_MS).or_default();
        let sum = &mut hour[row.who.class().place()];
        sum.count = sum.count.saturating_add(row.count);
        sum.bytes = sum.bytes.saturating_add(row.bytes);
    }

    /// Forgets all sums, but not which rows were counted.
    pub(super) fn forget(&mut self) {
        self.by_hour.clear();
    }

    /// Drops what is too old, and what lies where no clock is.
    pub(super) fn prune(&mut self, now_ms: u64, days: u64) {
        let now = now_ms / HOUR_MS;
        let (first, last) = (now.saturating_sub(days * 24), now + AHEAD_HOURS_MAX);
        self.by_hour.retain(|hour, _| (first..=last).contains(hour));
        while self.by_hour.len() > HOURS_MAX {
            self.by_hour.pop_first();
        }
    }

    /// The hours from one to another, both included, with zeros where nothing was.
    pub(super) fn between(&self, first: u64, last: u64) -> Vec<Hour> {
        (first..=last)
            .map(|hour| self.by_hour.get(&hour).copied().unwrap_or_default())
            .collect()
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let counts = |hour: &Hour| hour.map(|sum| sum.count);
        let bytes = |hour: &Hour| hour.map(|sum| sum.bytes);
        let hours = self.by_hour.iter();
        let wire: Wire = (
            VERSION,
            (self.counted[0], self.counted[1]),
            hours
                .map(|(number, hour)| (*number, counts(hour), bytes(hour)))
                .collect(),
        );
        let mut file = codec::encode(&wire);
        let check = blake3::derive_key(CHECK_CONTEXT, &file);
        file.extend_from_slice(&check);
        file
    }

    /// None where the file isn't whole, or of another version: the sums are made anew from the rows then.
    pub(super) fn from_bytes(file: &[u8]) -> Option<Self> {
        let (bytes, check) = file.split_at_checked(file.len().checked_sub(CHECK_BYTES)?)?;
        if blake3::derive_key(CHECK_CONTEXT, bytes) != check {
            return None;
        }
        let (version, counted, hours): Wire = codec::decode(bytes, FILE_BYTES_MAX).ok()?;
        if version != VERSION {
            return None;
        }
        let hour = |(number, counts, bytes): (u64, [u64; 4], [u64; 4])| {
            let sum = |at: usize| Sum {
                count: counts[at],
                bytes: bytes[at],
            };
            (number, std::array::from_fn(sum))
        };
        Some(Self {
            by_hour: hours.into_iter().map(hour).collect(),
            counted: counted.into(),
        })
    }
}

/// The sums of rows that aren't counted yet, put beside those that are.
pub(super) fn with_rows(hours: &Hours, rows: &[Row]) -> Hours {
    let mut all = hours.clone();
    rows.iter().for_each(|row| all.add(row));
    all
}

/// What a class has of an hour.
pub(crate) fn of(hour: &Hour, class: Class) -> Sum {
    hour[class.place()]
}
