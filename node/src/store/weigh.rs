//! How much of the store whose logs take.

use hearth_protocol::entry::LogKey;

use super::logs::{Logs, StoreError};
use super::rows::namespace;

/// Some of the rows that entries lie in, weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Weighed {
    /// Bytes of keys and values, by log; a log may come several times.
    pub(crate) logs: Vec<(LogKey, u64)>,
    /// Where to go on, if that isn't all.
    pub(crate) next: Option<Vec<u8>>,
}

impl Logs {
    /// Weighs up to `rows_max` rows of entries, from a key that an earlier call gave, or from the first on.
    ///
    /// # Errors
    /// Where the store is damaged.
    pub(crate) fn weigh_logs(
        &self,
        from: Option<Vec<u8>>,
        rows_max: usize,
    ) -> Result<Weighed, StoreError> {
        let from = from.unwrap_or_else(|| vec![namespace::RUNS]);
        let mut weighed = Weighed {
            logs: Vec::new(),
            next: None,
        };
        // Runs, and behind them the bodies that lie apart.
        for (count, row) in self.db.range(&from, &[namespace::BODIES + 1]).enumerate() {
            let (key, value) = row?;
            if count == rows_max {
                weighed.next = Some(key.to_vec());
                break;
            }
            let handle = key.get(1..5).and_then(|bytes| bytes.try_into().ok());
            let log = handle.and_then(|bytes| self.by_handle.get(&u32::from_be_bytes(bytes)));
            let Some(log) = log else { continue };
            let bytes = (key.len() + value.len()) as u64;
            match weighed.logs.last_mut() {
                Some((last, sum)) if last == log => *sum += bytes,
                _ => weighed.logs.push((*log, bytes)),
            }
        }
        Ok(weighed)
    }
}
