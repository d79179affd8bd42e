//! How much is new since somebody read last.

use super::logs::{Logs, StoreError};
use super::timeline::{Filter, Wanted};
use super::views::order;

/// How much of the order of all is looked through for a count.
const SCANNED_MAX: usize = 20_000;

impl Logs {
    /// How many posts that a timeline is of are above `after`, up to `max`. Reads no post.
    pub(crate) fn count_newer(
        &self,
        filter: &Filter,
        after: u64,
        max: usize,
    ) -> Result<u64, StoreError> {
        let wanted = Wanted::of(self, filter);
        let mut count = 0;
        for item in order().above(&self.db, after)?.take(SCANNED_MAX) {
            if wanted.has(&item?) {
                count += 1;
            }
            if count >= max {
                break;
            }
        }
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }
}
