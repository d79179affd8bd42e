//! How much is new since somebody read last.

use std::collections::BTreeSet;

use hearth_keys::Identity;

use super::logs::{Logs, StoreError};
use super::views::order;

/// How much of the order of all is looked through for a count.
const SCANNED_MAX: usize = 20_000;

impl Logs {
    /// How many posts of `authors` are above `after`, up to `max`. Reads no post.
    pub(crate) fn count_newer(
        &self,
        authors: &BTreeSet<Identity>,
        after: u64,
        max: usize,
    ) -> Result<u64, StoreError> {
        let mut count = 0;
        for item in order().above(&self.db, after)?.take(SCANNED_MAX) {
            let item = item?;
            let log = self.by_handle.get(&item.log);
            if log.is_some_and(|log| authors.contains(&log.identity)) {
                count += 1;
            }
            if count >= max {
                break;
            }
        }
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }
}
