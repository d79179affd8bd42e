//! Verification: counting all rows again, to notice when some are lost, old or altered.

use super::db::{Db, DbError};
use super::tally::Tally;

/// Rows verified in one go.
const VERIFY_ROWS: usize = 64;

/// How far the counting of all rows has come: those below `cursor` are in `counted`, as they are now.
#[derive(Debug, Default)]
pub(super) struct Check {
    pub(super) cursor: Vec<u8>,
    pub(super) counted: Tally,
}

impl Db {
    /// Verifies that no row is lost, old or altered, going on where the last call stopped, for a few milliseconds; says whether
    /// it came to the end. For idle moments after opening a large store. Changes may come in between.
    ///
    /// # Errors
    /// [`DbError::Damaged`] when the rows aren't what was written: the `Db` is poisoned.
    pub(crate) fn verify_some(&self) -> Result<bool, DbError> {
        self.check_usable()?;
        let Some(mut check) = self.check.take() else {
            return Ok(true);
        };
        let mut count = 0;
        for row in self.rows(&check.cursor, None).take(VERIFY_ROWS) {
            let (mut key, value) = self.or_poison(row)?;
            check.counted.add(&key, &value);
            // The smallest key above.
            key.push(0);
            check.cursor = key;
            count += 1;
        }
        if count == VERIFY_ROWS {
            self.check.replace(Some(check));
            return Ok(false);
        }
        self.or_poison(self.tally.get().compare(&check.counted))
            .map(|()| true)
    }

    /// Verifies all rows from the beginning.
    ///
    /// # Errors
    /// As [`Self::verify_some`].
    pub(crate) fn verify(&self) -> Result<(), DbError> {
        self.check.replace(Some(Check::default()));
        while !self.verify_some()? {}
        Ok(())
    }
}
