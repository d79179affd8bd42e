//! The tally: what all rows together must be, to notice when some are lost, old or altered.

use super::error::DbError;

/// Number, bytes and hash sum of all rows, and the number of batches that made them. The sum doesn't depend on order, so a
/// change costs the hash of one row. It finds accidents, not forgers: whoever can write the log can write the tally.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) batches: u64,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) sum: u128,
}

impl Tally {
    fn digest(key: &[u8], value: &[u8]) -> u128 {
        let mut hasher = blake3::Hasher::new();
        hasher
            .update(&(key.len() as u64).to_be_bytes())
            .update(key)
            .update(value);
        let hash = hasher.finalize();
        u128::from_be_bytes(hash.as_bytes()[..16].try_into().expect("half of 32 bytes"))
    }

    pub(super) fn add(&mut self, key: &[u8], value: &[u8]) {
        self.rows = self.rows.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add((key.len() + value.len()) as u64);
        self.sum = self.sum.wrapping_add(Self::digest(key, value));
    }

    fn subtract(&mut self, key: &[u8], value: &[u8]) {
        self.rows = self.rows.wrapping_sub(1);
        self.bytes = self.bytes.wrapping_sub((key.len() + value.len()) as u64);
        self.sum = self.sum.wrapping_sub(Self::digest(key, value));
    }

    /// A row that was `old` becomes `new`; `None` where there is no row.
    pub(super) fn change(&mut self, key: &[u8], old: Option<&[u8]>, new: Option<&[u8]>) {
        old.into_iter().for_each(|old| self.subtract(key, old));
        new.into_iter().for_each(|new| self.add(key, new));
    }

    /// Whether `counted` is what this one states.
    pub(super) fn compare(&self, counted: &Tally) -> Result<(), DbError> {
        if (self.rows, self.bytes, self.sum) == (counted.rows, counted.bytes, counted.sum) {
            return Ok(());
        }
        let what = format!(
            "{} rows were expected and {} found, or some are not the newest",
            self.rows, counted.rows
        );
        Err(DbError::damaged(what))
    }

    pub(super) fn encode(&self) -> [u8; 40] {
        let mut bytes = [0; 40];
        bytes[..8].copy_from_slice(&self.batches.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.rows.to_be_bytes());
        bytes[16..24].copy_from_slice(&self.bytes.to_be_bytes());
        bytes[24..].copy_from_slice(&self.sum.to_be_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Tally> {
        let bytes: &[u8; 40] = bytes.try_into().ok()?;
        let number = |at: usize| u64::from_be_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
        let sum = u128::from_be_bytes(bytes[24..].try_into().expect("16 bytes"));
        Some(Tally {
            batches: number(0),
            rows: number(8),
            bytes: number(16),
            sum,
        })
    }
}
