//! How much is new since somebody read last.

use hearth_keys::Identity;
use hearth_protocol::space::Space;

use super::logs::{Logs, StoreError};
use super::timeline::{Filter, Wanted};
use super::views::{order, order_of_space};

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

    /// How many posts of others in a space are newer than what an account read there, up to `max`. Who wrote last has read.
    pub(crate) fn unread_in(
        &self,
        space: &Space,
        account: &Identity,
        read_ms: u64,
        max: u64,
    ) -> Result<u64, StoreError> {
        let Some(handle) = self.spaces.handle(space) else {
            return Ok(0);
        };
        let mut count = 0;
        for item in order_of_space(handle).below(&self.db, None) {
            let item = item?;
            let author = self.by_handle.get(&item.log).map(|log| log.identity);
            if item.local_id >> 16 <= read_ms || author == Some(*account) || count >= max {
                break;
            }
            count += 1;
        }
        Ok(count)
    }
}
