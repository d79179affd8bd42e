//! The keeper: puts shards where there is room, finds them again, and gives space back.
//!
//! A shard's bytes are on the disk before the index names them; a copy is named before what was copied goes. So whatever
//! moment it stops at, each name in the index has bytes, and bytes without a name are dropped with their database.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use hearth_keys::{DeviceId, Identity};

use super::generations::Generations;
use super::index::{BATCH_SHARDS_MAX, Changes, Index, Name};
use super::row::{Kept, Place, ShardInfo, ShardRow, disk_bytes};
use super::{Counts, ShardsError, folder, lock};
use crate::store::bulk::{Bulk, PIECE_BYTES};
use crate::store::db::DbError;

/// How much of what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// A database that takes that much is written no more.
    pub(super) database_bytes: u64,
    /// What is left of the disk for what is the owner's own.
    pub(super) left_bytes: u64,
    /// Says how much of the disk is free.
    pub(super) free_bytes: fn(&Path) -> std::io::Result<u64>,
    /// Space that may be wasted before anything is copied.
    pub(super) waste_bytes: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            database_bytes: 256 << 20,
            left_bytes: 256 << 20,
            free_bytes: crate::disk::free_bytes,
            waste_bytes: 64 << 20,
        }
    }
}

/// What it takes to open a keeper again.
pub(super) type Opening = (Limits, Arc<Mutex<Counts>>);

/// The database that is written.
#[derive(Debug)]
struct Current {
    number: u32,
    /// Where the next shard begins.
    next: u32,
    /// About what it takes on disk.
    bytes: u64,
    /// Whether something isn't durable.
    is_dirty: bool,
}

#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) index: Index,
    pub(super) generations: Generations,
    pub(super) limits: Limits,
    dir: PathBuf,
    current: Option<Current>,
    /// A database from before that may be written on.
    continued: Option<u32>,
    /// What is written and not durable.
    staged: Changes,
    staged_names: BTreeSet<Name>,
    /// Databases that hold what was put, or was found to be there, and isn't confirmed yet.
    staged_in: BTreeSet<u32>,
    /// Databases in which something was wrong.
    pub(super) suspects: BTreeSet<u32>,
    /// What databases take on disk that are written no more.
    pub(super) sizes: BTreeMap<u32, u64>,
    /// Databases that were written in full, and haven't been opened since.
    pub(super) written: Vec<u32>,
    /// Whether there may be space to give back.
    pub(super) is_due: bool,
    pub(super) is_verified: bool,
    /// A write failed: what is durable isn't known before all is opened anew.
    is_broken: bool,
    is_damaged: bool,
    // Dropped last.
    _lock: File,
}

impl Keeper {
    pub(super) fn open(
        dir: &Path,
        limits: Limits,
        counts: Arc<Mutex<Counts>>,
    ) -> Result<Keeper, ShardsError> {
        Keeper::open_again(dir, &(limits, counts), false)
    }

    /// Opens what is in `dir`; an index that is damaged is begun anew from what the databases say of themselves.
    pub(super) fn open_again(
        dir: &Path,
        (limits, counts): &Opening,
        is_damaged: bool,
    ) -> Result<Keeper, ShardsError> {
        let lock = folder::enter(dir)?;
        let generations = Generations::new(dir)?;
        let index = folder::open_index(dir, counts, is_damaged)?;
        let mut keeper = Keeper {
            index,
            generations,
            limits: *limits,
            dir: dir.to_owned(),
            current: None,
            continued: None,
            staged: Changes::default(),
            staged_names: BTreeSet::new(),
            staged_in: BTreeSet::new(),
            suspects: BTreeSet::new(),
            sizes: BTreeMap::new(),
            written: Vec::new(),
            is_due: true,
            is_verified: false,
            is_broken: false,
            is_damaged: false,
            _lock: lock,
        };
        keeper.agree()?;
        Ok(keeper)
    }

    pub(super) fn reopening(&self) -> (PathBuf, Opening) {
        (
            self.dir.clone(),
            (self.limits, Arc::clone(self.index.counts())),
        )
    }

    /// Makes index and databases agree.
    fn agree(&mut self) -> Result<(), ShardsError> {
        if !self.index.is_whole()? {
            for number in self.generations.numbers()? {
                self.take_in(number)?;
            }
            self.index.set_whole()?;
        }
        let there = self.generations.numbers()?;
        let named: Vec<u32> = self.index.live().keys().copied().collect();
        for number in named {
            if !there.contains(&number) {
                self.lose_database(number, "its folder is missing")?;
            }
        }
        for number in &there {
            if self.index.live_in(*number).shards == 0 {
                self.generations.remove(*number)?;
            }
        }
        self.continued = self.generations.numbers()?.last().copied();
        Ok(())
    }

    /// Puts what a database says of itself into the index. What was dropped from it is there again, until it is dropped again.
    fn take_in(&mut self, number: u32) -> Result<(), ShardsError> {
        let notes = match self.generations.bulk(number).and_then(whole_notes) {
            Err(DbError::Damaged { what }) => return self.lose_database(number, &what),
            notes => notes?,
        };
        for notes in notes.chunks(BATCH_SHARDS_MAX) {
            let mut changes = Changes::default();
            let mut seen = BTreeSet::new();
            for kept in notes.iter().rev() {
                let Kept { info, place } = kept;
                if place.database != number || !seen.insert((info.owner, info.id)) {
                    continue;
                }
                if let Some(before) = self.index.kept(&info.owner, &info.id)? {
                    changes.take(before);
                }
                changes.add(kept.clone());
            }
            self.change(changes)?;
        }
        Ok(())
    }

    /// Whether it may be written.
    pub(super) fn is_usable(&self) -> bool {
        !self.is_broken
    }

    /// Whether the index has to be begun anew.
    pub(super) fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    /// From an error on, nothing is written before all is opened anew.
    pub(super) fn or_break<T>(&mut self, result: Result<T, DbError>) -> Result<T, ShardsError> {
        result.map_err(|error| {
            self.is_broken = true;
            error.into()
        })
    }

    /// As [`Self::or_break`], for the index.
    pub(super) fn or_damaged<T>(&mut self, result: Result<T, DbError>) -> Result<T, ShardsError> {
        self.is_damaged |= matches!(result, Err(DbError::Damaged { .. }));
        self.or_break(result)
    }

    pub(super) fn change(&mut self, changes: Changes) -> Result<(), ShardsError> {
        let changed = self.index.change(changes);
        self.or_damaged(changed)
    }

    pub(super) fn kept(
        &mut self,
        owner: &Identity,
        id: &[u8; 32],
    ) -> Result<Option<Kept>, ShardsError> {
        let kept = self.index.kept(owner, id);
        self.or_damaged(kept)
    }

    /// Writes a shard; [`Self::commit`] makes it durable. Whether it is new.
    pub(super) fn put(&mut self, row: &ShardRow, bytes: &[u8]) -> Result<bool, ShardsError> {
        if self.is_broken {
            return Err(ShardsError::Poisoned);
        }
        if self.staged_names.contains(&(row.owner, row.id)) {
            return Ok(false);
        }
        if let Some(kept) = self.kept(&row.owner, &row.id)?
            && self.whole(&kept)?.is_some()
        {
            self.confirm(kept, row);
            return Ok(false);
        }
        self.check_room(bytes.len() as u64 + self.limits.left_bytes)?;
        let length = u32::try_from(bytes.len()).map_err(|_| ShardsError::Mismatch)?;
        let mut kept = Kept::new(row, length, Place::default());
        self.write(&mut kept, bytes)?;
        self.staged_names.insert((row.owner, row.id));
        self.staged.keep(&row.owner, &row.id);
        self.staged_in.insert(kept.place.database);
        self.staged.add(kept);
        Ok(true)
    }

    /// What is kept and was put again is wanted: nobody gave it up, and the newer ticket counts.
    fn confirm(&mut self, kept: Kept, row: &ShardRow) {
        self.staged.keep(&row.owner, &row.id);
        self.staged_in.insert(kept.place.database);
        if kept.info.ticket != row.ticket {
            let mut renewed = kept.clone();
            renewed.info.ticket.clone_from(&row.ticket);
            self.staged.take(kept);
            self.staged.add(renewed);
            self.staged_names.insert((row.owner, row.id));
        }
    }

    /// Refuses what would leave less than `bytes` of the disk.
    pub(super) fn check_room(&self, bytes: u64) -> Result<(), ShardsError> {
        if (self.limits.free_bytes)(&self.dir)? < bytes {
            Err(ShardsError::Full)
        } else {
            Ok(())
        }
    }

    /// Writes bytes into the current database, not yet durable, and says in `kept` where they are.
    pub(super) fn write(&mut self, kept: &mut Kept, bytes: &[u8]) -> Result<(), ShardsError> {
        let mut current = match self.current.take() {
            Some(current) => current,
            None => self.begin()?,
        };
        kept.place = Place {
            database: current.number,
            first: current.next,
        };
        let written = self.generations.bulk(current.number).and_then(|bulk| {
            let next = bulk.write(kept.place.first, bytes)?;
            bulk.note(kept.place.first, &kept.to_bytes())?;
            Ok(next)
        });
        current.next = self.or_break(written)?;
        current.bytes += disk_bytes(&kept.info);
        current.is_dirty = true;
        self.current = Some(current);
        Ok(())
    }

    /// A database to write into: the last one if there is room in it, or a new one.
    fn begin(&mut self) -> Result<Current, ShardsError> {
        if let Some(number) = self.continued.take()
            && !self.suspects.contains(&number)
        {
            let bytes = self.generations.size_on_disk(number)?;
            if bytes < self.limits.database_bytes
                && let Some(next) = self.unused_in(number)?
            {
                return Ok(Current {
                    number,
                    next,
                    bytes,
                    is_dirty: false,
                });
            }
        }
        let number = self.generations.unused()?;
        let begun = self.generations.create(number);
        self.is_broken |= begun.is_err();
        begun?;
        Ok(Current {
            number,
            next: 0,
            bytes: 0,
            is_dirty: false,
        })
    }

    /// Where a database goes on; `None` if it is damaged.
    fn unused_in(&mut self, number: u32) -> Result<Option<u32>, ShardsError> {
        match self.generations.bulk(number).map(Bulk::unused) {
            Ok(unused) => {
                let known = self.index.unused_in(number);
                Ok(Some(unused.max(self.or_damaged(known)?)))
            }
            Err(DbError::Damaged { what }) => {
                self.lose_database(number, &what)?;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Makes all that was put durable, and known.
    pub(super) fn commit(&mut self) -> Result<(), ShardsError> {
        self.staged_names.clear();
        self.staged_in.clear();
        let staged = std::mem::take(&mut self.staged);
        if self.is_broken {
            return Err(ShardsError::Poisoned);
        }
        self.flush()?;
        self.change(staged)
    }

    /// What was written is on the disk, and a database that is large enough is written no more.
    pub(super) fn flush(&mut self) -> Result<(), ShardsError> {
        let Some(current) = self.current.as_mut() else {
            return Ok(());
        };
        if current.is_dirty {
            current.is_dirty = false;
            let number = current.number;
            let flushed = self.generations.bulk(number).and_then(Bulk::flush);
            self.or_break(flushed)?;
        }
        self.current = self.current.take().filter(|current| {
            let is_full = current.bytes >= self.limits.database_bytes;
            if is_full {
                self.is_due = true;
                self.written.push(current.number);
            }
            !is_full
        });
        Ok(())
    }

    /// The number of the database that is written.
    pub(super) fn current(&self) -> Option<u32> {
        self.current.as_ref().map(|current| current.number)
    }

    /// The database that is written is written no more.
    pub(super) fn leave(&mut self, number: u32) {
        self.continued = self.continued.filter(|continued| *continued != number);
        if let Some(current) = self.current.take_if(|current| current.number == number) {
            // What isn't durable may not be there when it is opened again.
            self.is_broken |= current.is_dirty;
        }
    }

    pub(super) fn info(
        &mut self,
        owner: &Identity,
        id: &[u8; 32],
    ) -> Result<Option<ShardInfo>, ShardsError> {
        Ok(self.kept(owner, id)?.map(|kept| kept.info))
    }

    pub(super) fn list(
        &mut self,
        owner: &Identity,
        after: Option<&[u8; 32]>,
        limit: usize,
    ) -> Result<Vec<ShardInfo>, ShardsError> {
        let found = self.index.of_owner(owner, after, limit);
        Ok(infos(self.or_damaged(found)?))
    }

    pub(super) fn roots(
        &mut self,
        owner: &Identity,
        newest: usize,
    ) -> Result<Vec<ShardInfo>, ShardsError> {
        let found = self.index.roots(owner, newest);
        Ok(infos(self.or_damaged(found)?))
    }

    pub(super) fn get(
        &mut self,
        owner: &Identity,
        id: &[u8; 32],
        offset: u32,
        length: u32,
    ) -> Result<Option<Vec<u8>>, ShardsError> {
        let Some(kept) = self.kept(owner, id)? else {
            return Ok(None);
        };
        let end = offset.saturating_add(length).min(kept.info.bytes);
        if offset == 0 && end == kept.info.bytes {
            self.whole(&kept)
        } else if offset >= end {
            Ok(Some(Vec::new()))
        } else {
            self.part(&kept, offset as usize, end as usize)
        }
    }

    /// All of a shard, if it is what its id names; if not it counts as lost.
    pub(super) fn whole(&mut self, kept: &Kept) -> Result<Option<Vec<u8>>, ShardsError> {
        let Some(bytes) = self.part(kept, 0, kept.info.bytes as usize)? else {
            return Ok(None);
        };
        if *blake3::hash(&bytes).as_bytes() == kept.info.id {
            return Ok(Some(bytes));
        }
        self.lose(kept.clone(), "it isn't what its id names")?;
        Ok(None)
    }

    /// Bytes `from..to` of a shard, which has that many; if they can't be read right it counts as lost.
    fn part(
        &mut self,
        kept: &Kept,
        from: usize,
        to: usize,
    ) -> Result<Option<Vec<u8>>, ShardsError> {
        let number = kept.place.database;
        let mut wrong = String::new();
        // What was wrong in memory may be right on the disk.
        for _ in 0..2 {
            let read = match self.generations.bulk(number) {
                Err(DbError::Damaged { what }) => {
                    self.lose_database(number, &what)?;
                    return Ok(None);
                }
                bulk => read(bulk?, kept, from, to),
            };
            match read {
                Err(DbError::Damaged { what }) => wrong = what,
                read => return Ok(Some(read?)),
            }
            self.leave(number);
            self.generations.close(number);
        }
        self.lose(kept.clone(), &wrong)?;
        Ok(None)
    }

    /// Forgets a shard that can't be read.
    fn lose(&mut self, kept: Kept, what: &str) -> Result<(), ShardsError> {
        let number = kept.place.database;
        tracing::warn!(database = number, %what, "a shard that is kept for somebody can't be read and counts as lost");
        let mut changes = Changes::default();
        changes.take(kept);
        self.change(changes)?;
        lock(self.index.counts()).lost.shards += 1;
        self.suspects.insert(number);
        self.is_due = true;
        self.leave(number);
        Ok(())
    }

    /// Sets a database that can't be opened aside, and forgets what lay in it.
    pub(super) fn lose_database(&mut self, number: u32, what: &str) -> Result<(), ShardsError> {
        let shards = self.index.live_in(number).shards;
        tracing::warn!(database = number, shards, %what, "a database of shards that are kept for others is set aside as damaged; their owners will send them again");
        self.leave(number);
        // Who waits to hear that something in it is durable must not be told so.
        self.is_broken |= self.staged_in.contains(&number);
        self.generations.set_aside(number)?;
        self.suspects.remove(&number);
        self.sizes.remove(&number);
        self.written.retain(|written| *written != number);
        loop {
            let there = self.index.in_database(number, 0, BATCH_SHARDS_MAX);
            let there = self.or_damaged(there)?;
            if there.is_empty() {
                break;
            }
            let mut changes = Changes::default();
            there.into_iter().for_each(|kept| changes.take(kept));
            self.change(changes)?;
        }
        let mut counts = lock(self.index.counts());
        counts.lost.shards += shards;
        counts.lost.databases += 1;
        Ok(())
    }

    pub(super) fn release(
        &mut self,
        owner: &Identity,
        ids: &[[u8; 32]],
        device: &DeviceId,
        at_ms: u64,
    ) -> Result<u64, ShardsError> {
        let released = self.index.release(owner, ids, device, at_ms);
        self.or_damaged(released)
    }

    pub(super) fn unrelease_by(
        &mut self,
        owner: &Identity,
        device: &DeviceId,
    ) -> Result<u64, ShardsError> {
        let forgotten = self.index.unrelease_by(owner, device);
        self.or_damaged(forgotten)
    }

    /// Drops what was given up long enough ago.
    pub(super) fn sweep(&mut self, now_ms: u64, grace_ms: u64) -> Result<u64, ShardsError> {
        let Some(before_ms) = now_ms.checked_sub(grace_ms) else {
            return Ok(0);
        };
        let (mut after, mut count) = (None, 0);
        loop {
            let released = self
                .index
                .released(before_ms, after.as_ref(), BATCH_SHARDS_MAX);
            let (names, more) = self.or_damaged(released)?;
            count += self.drop_all(&names)?;
            after = more;
            if after.is_none() {
                self.remove_empty()?;
                return Ok(count);
            }
        }
    }

    /// Drops everything of `owner`.
    pub(super) fn drop_owner(&mut self, owner: &Identity) -> Result<u64, ShardsError> {
        let mut count = 0;
        loop {
            let kept = self.index.of_owner(owner, None, BATCH_SHARDS_MAX);
            let kept = self.or_damaged(kept)?.into_iter();
            let names: Vec<Name> = kept.map(|kept| (*owner, kept.info.id)).collect();
            if names.is_empty() {
                self.remove_empty()?;
                return Ok(count);
            }
            count += self.drop_all(&names)?;
        }
    }

    /// Drops these of `owner`'s.
    pub(super) fn drop_these(
        &mut self,
        owner: &Identity,
        ids: &[[u8; 32]],
    ) -> Result<u64, ShardsError> {
        let mut count = 0;
        for ids in ids.chunks(BATCH_SHARDS_MAX) {
            let names: Vec<Name> = ids.iter().map(|id| (*owner, *id)).collect();
            count += self.drop_all(&names)?;
        }
        self.remove_empty()?;
        Ok(count)
    }

    fn drop_all(&mut self, names: &[Name]) -> Result<u64, ShardsError> {
        let (mut changes, mut count) = (Changes::default(), 0);
        for (owner, id) in names {
            changes.keep(owner, id);
            if let Some(kept) = self.kept(owner, id)? {
                changes.take(kept);
                count += 1;
            }
        }
        self.change(changes)?;
        self.is_due = true;
        Ok(count)
    }
}

fn infos(found: Vec<Kept>) -> Vec<ShardInfo> {
    found.into_iter().map(|kept| kept.info).collect()
}

/// Bytes `from..to` of a shard in `bulk`.
fn read(bulk: &Bulk, kept: &Kept, from: usize, to: usize) -> Result<Vec<u8>, DbError> {
    let missing = || DbError::Damaged {
        what: "a piece is missing".into(),
    };
    let number = |at: usize| {
        let piece = u32::try_from(at / PIECE_BYTES).map_err(|_| missing())?;
        kept.place.first.checked_add(piece).ok_or_else(missing)
    };
    let skipped = from % PIECE_BYTES;
    let mut bytes = Vec::with_capacity(to - from + skipped + PIECE_BYTES);
    for number in number(from)?..=number(to - 1)? {
        bytes.extend(bulk.piece(number)?.ok_or_else(missing)?);
    }
    bytes.drain(..skipped);
    if bytes.len() < to - from {
        return Err(missing());
    }
    bytes.truncate(to - from);
    Ok(bytes)
}

/// What a database says of itself, as far as the last piece of it is there.
fn whole_notes(bulk: &Bulk) -> Result<Vec<Kept>, DbError> {
    let mut whole = Vec::new();
    for note in bulk.notes() {
        let (first, note) = note?;
        let kept = Kept::from_bytes(&note).filter(|kept| kept.place.first == first);
        let Some(kept) = kept else { continue };
        let last = first.saturating_add(kept.pieces().saturating_sub(1));
        if matches!(bulk.piece(last), Ok(Some(_))) {
            whole.push(kept);
        }
    }
    Ok(whole)
}
