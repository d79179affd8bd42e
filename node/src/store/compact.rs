//! Compaction: copying what lives into a new database, for sled gives hardly any space back.

use super::db::{Db, DbError};
use super::engine::Engine;

/// What a compaction has just finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// All rows were copied, and are on the disk.
    Copied,
    /// The copy was opened anew and every row of it counted.
    Checked,
    /// The copy is the database that counts.
    Swapped,
    /// The old one is gone.
    Removed,
}

impl Db {
    /// Copies what lives into a new database and puts it in place of the old one, which needs as much free space as
    /// [`Self::live_bytes`] and some more. A crash at any moment leaves one of the two.
    ///
    /// # Errors
    /// [`DbError::Full`] and others: the old database stays in use, unless it is poisoned then.
    pub(crate) fn compact(&mut self) -> Result<(), DbError> {
        self.compact_watched(|_| {})
    }

    /// [`Self::compact`], telling `watch` of each step.
    pub(super) fn compact_watched(&mut self, mut watch: impl FnMut(Step)) -> Result<(), DbError> {
        self.settle()?;
        let copy = match self.copy(&mut watch) {
            Ok(copy) => copy,
            Err(error) => {
                self.remove_leftovers();
                return Err(error);
            }
        };
        let advanced = self.folder.advance();
        self.or_poison(advanced)?;
        watch(Step::Swapped);
        drop(std::mem::replace(&mut self.engine, copy));
        self.check.replace(None);
        self.remove_leftovers();
        watch(Step::Removed);
        Ok(())
    }

    fn copy(&self, watch: &mut impl FnMut(Step)) -> Result<Engine, DbError> {
        let path = self.folder.next_database();
        let copy = Engine::create(&path)?;
        let tally = self.tally.get();
        copy.fill(self.engine.all_rows(), &tally)?;
        copy.flush()?;
        drop(copy);
        watch(Step::Copied);
        // Opened anew, because that also makes the next opening fast: sled takes its snapshot then.
        let copy = Engine::open(&path)?;
        tally.compare(&copy.count(tally.batches)?)?;
        watch(Step::Checked);
        Ok(copy)
    }

    /// What can't be removed now is removed at the next opening.
    fn remove_leftovers(&self) {
        if let Err(error) = self.folder.remove_leftovers() {
            tracing::warn!(%error, "a database that isn't needed any more was not removed");
        }
    }
}
