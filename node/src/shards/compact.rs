//! Giving space back: what lives in a database that is mostly dead is copied into the current one, and its folder goes.

use std::io::ErrorKind;

use super::ShardsError;
use super::index::{Changes, Live};
use super::keeper::Keeper;
use super::row::{Kept, disk_bytes};
use crate::store::db::DbError;

/// Bytes copied at once, between two jobs.
const STEP_BYTES: u64 = 4 << 20;
/// Shards copied at once.
const STEP_SHARDS: usize = 64;
/// Of the disk is used, at most, that many tenths of what lives, besides what may be wasted.
const TENTHS_MAX: u64 = 12;
/// What a database takes besides what lives in it, at least, before it is worth copying.
const GAIN_BYTES_MIN: u64 = 3 << 20;
/// Room that copying leaves.
const LEFT_BYTES: u64 = 16 << 20;
/// An index below this is left as it is; a larger one is copied when it takes that many times what lives in it.
const INDEX_BYTES_MIN: u64 = 16 << 20;
const INDEX_TIMES_MAX: u64 = 5;

impl Keeper {
    /// Does a little of what can wait; whether there is more.
    pub(super) fn idle(&mut self) -> Result<bool, ShardsError> {
        if !self.is_verified {
            let verified = self.index.verify_some();
            self.is_verified = self.or_damaged(verified)?;
            return Ok(true);
        }
        if !self.is_due {
            return Ok(false);
        }
        self.remove_empty()?;
        if let Some(number) = self.written.pop() {
            self.open_once_more(number)?;
            return Ok(true);
        }
        if let Some(number) = self.wasteful(self.limits.waste_bytes)? {
            self.copy_some(number)?;
            return Ok(true);
        }
        self.is_due = false;
        self.compact_index(INDEX_BYTES_MIN)?;
        Ok(false)
    }

    /// sled, when it opens a database, notes where everything is. Without such a note a wrong byte in its log hides all that was
    /// written after it; with one, only what it is a part of.
    fn open_once_more(&mut self, number: u32) -> Result<(), ShardsError> {
        self.generations.close(number);
        match self.generations.bulk(number) {
            Err(DbError::Damaged { what }) => self.lose_database(number, &what),
            Err(DbError::Io(error)) if error.kind() == ErrorKind::NotFound => Ok(()),
            opened => Ok(opened.map(drop)?),
        }
    }

    /// Nothing that can wait is done before the next change.
    pub(super) fn put_idle_work_off(&mut self) {
        self.is_due = false;
        self.is_verified = true;
    }

    /// Gives all space back that can be; the size on disk before and after.
    pub(super) fn compact(&mut self) -> Result<(u64, u64), ShardsError> {
        let before = self.size_on_disk()?;
        self.remove_empty()?;
        while let Some(number) = self.wasteful(0)? {
            self.copy_some(number)?;
        }
        self.compact_index(0)?;
        Ok((before, self.size_on_disk()?))
    }

    /// Removes databases in which nothing lives.
    pub(super) fn remove_empty(&mut self) -> Result<(), ShardsError> {
        for number in self.generations.numbers()? {
            if self.index.live_in(number) == Live::default() && self.current() != Some(number) {
                self.leave(number);
                self.generations.remove(number)?;
                self.sizes.remove(&number);
                self.suspects.remove(&number);
                self.written.retain(|written| *written != number);
            }
        }
        Ok(())
    }

    /// The database to be copied next: one in which something was wrong, or if more than `waste_bytes` are wasted, the one
    /// with the least living in it.
    pub(super) fn wasteful(&mut self, waste_bytes: u64) -> Result<Option<u32>, ShardsError> {
        if let Some(number) = self.suspects.first() {
            return Ok(Some(*number));
        }
        let (mut disk, mut live, mut worst) = (0, 0, None);
        for number in self.generations.numbers()? {
            let bytes = self.size_of(number)?;
            let living = self.index.live_in(number).bytes;
            disk += bytes;
            live += living;
            if bytes > living * TENTHS_MAX / 10 + GAIN_BYTES_MIN {
                let share = living * 1000 / bytes;
                worst = worst.min(Some((share, number))).or(Some((share, number)));
            }
        }
        if disk <= live * TENTHS_MAX / 10 + waste_bytes {
            return Ok(None);
        }
        Ok(worst.map(|(_, number)| number))
    }

    fn size_of(&mut self, number: u32) -> Result<u64, ShardsError> {
        if let Some(bytes) = self.sizes.get(&number) {
            return Ok(*bytes);
        }
        let bytes = self.generations.size_on_disk(number)?;
        if self.current() != Some(number) {
            self.sizes.insert(number, bytes);
        }
        Ok(bytes)
    }

    /// Copies a few shards of a database into the current one, or removes it if there are none left.
    pub(super) fn copy_some(&mut self, number: u32) -> Result<(), ShardsError> {
        self.leave(number);
        let there = self.index.in_database(number, 0, STEP_SHARDS);
        let there = self.or_damaged(there)?;
        if there.is_empty() {
            self.suspects.remove(&number);
            return self.remove_empty();
        }
        self.check_room(STEP_BYTES + LEFT_BYTES)?;
        let (mut copied, mut bytes) = (Vec::new(), 0);
        for kept in there {
            // What can't be read is forgotten, all of the database where it doesn't open any more.
            if self.is_kept_there(&kept)?
                && let Some(whole) = self.whole(&kept)?
            {
                let mut moved = kept.clone();
                self.write(&mut moved, &whole)?;
                bytes += disk_bytes(&kept.info);
                copied.push((kept, moved));
            }
            if bytes >= STEP_BYTES {
                break;
            }
        }
        self.flush()?;
        let mut changes = Changes::default();
        for (kept, moved) in copied {
            // What was copied is right even if what it was copied from was lost meanwhile, and is taken out already.
            if self.is_kept_there(&kept)? {
                changes.take(kept);
            }
            changes.add(moved);
        }
        self.change(changes)
    }

    /// Whether the index says of a shard what it said before.
    fn is_kept_there(&mut self, kept: &Kept) -> Result<bool, ShardsError> {
        let now = self.kept(&kept.info.owner, &kept.info.id)?;
        Ok(now.is_some_and(|now| now.place == kept.place))
    }

    fn compact_index(&mut self, bytes_min: u64) -> Result<(), ShardsError> {
        let size = self.index.size_on_disk()?;
        if size < bytes_min || size < INDEX_TIMES_MAX * self.index.live_bytes() {
            return Ok(());
        }
        let compacted = self.index.compact();
        self.or_damaged(compacted)
    }

    /// What all of it takes on disk.
    pub(super) fn size_on_disk(&mut self) -> Result<u64, ShardsError> {
        let mut bytes = self.index.size_on_disk()?;
        for number in self.generations.numbers()? {
            bytes += self.size_of(number)?;
        }
        Ok(bytes)
    }
}
