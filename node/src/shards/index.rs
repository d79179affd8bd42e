//! The index: which shards are kept for whom and where they lie, who gave them up, and sums of all that.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::codec::{Bytes, decode, encode};

use super::row::{Kept, Place, ROOT_KIND, ShardInfo, charged_bytes, disk_bytes};
use super::{Counts, Usage, lock};
use crate::store::batch::VALUE_BYTES_MAX;
use crate::store::db::{Batch, Db, DbError};

const VERSION: u32 = 1;
/// owner ‖ id → [`Kept`]
const SHARD: u8 = 1;
/// database ‖ first piece → owner ‖ id
const PLACE: u8 = 2;
/// owner ‖ number ‖ id, of backup roots
const ROOT: u8 = 3;
/// owner ‖ id → who gave it up, and when
const RELEASE: u8 = 4;
/// There once the index knows of everything that lies in the databases.
const WHOLE: [u8; 2] = [5, 1];
const MARK: &[u8] = &[1];

/// Devices that are noted to have given up one shard.
const RELEASES_MAX: usize = 16;
/// Shards changed by one batch.
pub(super) const BATCH_SHARDS_MAX: usize = 256;

/// (device, time)
type Release = (Bytes<32>, u64);

/// What lives in a database, and about what that takes on the disk if nothing else is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Live {
    pub(super) bytes: u64,
    pub(super) shards: u64,
}

/// An owner and a shard's id.
pub(super) type Name = (Identity, [u8; 32]);

#[derive(Debug)]
pub(super) struct Index {
    db: Db,
    sums: Sums,
    counts: Arc<Mutex<Counts>>,
    /// Whether handles see what is summed up: not before that is all of it, or who asks meanwhile finds quotas unused.
    is_shown: bool,
}

/// What is kept, summed up.
#[derive(Debug, Default)]
struct Sums {
    live: BTreeMap<u32, Live>,
    usage: BTreeMap<Identity, Usage>,
}

/// Changes that happen together, and what they add and take.
#[derive(Debug, Default)]
pub(super) struct Changes {
    batch: Batch,
    added: Vec<Kept>,
    taken: Vec<Kept>,
}

impl Changes {
    /// Puts `kept` into the index. What it takes the place of must be taken out before.
    pub(super) fn add(&mut self, kept: Kept) {
        let Kept { info, place } = &kept;
        self.batch
            .insert(shard_key(&info.owner, &info.id), kept.to_bytes());
        self.batch
            .insert(place_key(place), name(&info.owner, &info.id));
        if info.kind == ROOT_KIND {
            self.batch.insert(root_key(info), MARK);
        }
        self.added.push(kept);
    }

    /// Takes `kept` out of the index, but not what was said of giving it up.
    pub(super) fn take(&mut self, kept: Kept) {
        let Kept { info, place } = &kept;
        self.batch.remove(shard_key(&info.owner, &info.id));
        self.batch.remove(place_key(place));
        if info.kind == ROOT_KIND {
            self.batch.remove(root_key(info));
        }
        self.taken.push(kept);
    }

    /// Forgets that the shard was given up.
    pub(super) fn keep(&mut self, owner: &Identity, id: &[u8; 32]) {
        self.batch.remove(release_key(owner, id));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }
}

impl Index {
    /// Opens the index in `dir`, and sums up what it says.
    pub(super) fn open(dir: &Path, counts: Arc<Mutex<Counts>>) -> Result<Index, DbError> {
        let db = Db::open(dir, VERSION)?;
        let mut sums = Sums::default();
        for row in db.prefixed(&[SHARD]) {
            sums.add(&kept(&row?.1)?);
        }
        let mut index = Index {
            db,
            sums,
            counts,
            is_shown: false,
        };
        if index.is_whole()? {
            index.show();
        }
        Ok(index)
    }

    /// Handles see what is kept, from now on.
    fn show(&mut self) {
        self.is_shown = true;
        lock(&self.counts).usage.clone_from(&self.sums.usage);
    }

    /// Whether everything that lies in the databases was taken in.
    pub(super) fn is_whole(&self) -> Result<bool, DbError> {
        Ok(self.db.value(&WHOLE)?.is_some())
    }

    pub(super) fn set_whole(&mut self) -> Result<(), DbError> {
        let mut batch = Batch::default();
        batch.insert(WHOLE, MARK);
        self.db.apply(batch)?;
        self.db.commit()?;
        self.show();
        Ok(())
    }

    /// Makes changes, durable when this returns.
    pub(super) fn change(&mut self, changes: Changes) -> Result<(), DbError> {
        if !changes.is_empty() {
            self.db.apply(changes.batch)?;
            self.sum_up(&changes.added, &changes.taken);
            self.db.commit()?;
        }
        Ok(())
    }

    fn sum_up(&mut self, added: &[Kept], taken: &[Kept]) {
        added.iter().for_each(|kept| self.sums.add(kept));
        taken.iter().for_each(|kept| self.sums.take(kept));
        self.sums.forget_empty();
        if !self.is_shown {
            return;
        }
        let mut counts = lock(&self.counts);
        let owners: BTreeSet<Identity> = added
            .iter()
            .chain(taken)
            .map(|kept| kept.info.owner)
            .collect();
        for owner in owners {
            match self.sums.usage.get(&owner) {
                Some(usage) => counts.usage.insert(owner, *usage),
                None => counts.usage.remove(&owner),
            };
        }
    }

    pub(super) fn kept(&self, owner: &Identity, id: &[u8; 32]) -> Result<Option<Kept>, DbError> {
        let row = self.db.value(&shard_key(owner, id))?;
        row.as_deref().map(kept).transpose()
    }

    /// Shards of `owner` behind `after`, by their ids.
    pub(super) fn of_owner(
        &self,
        owner: &Identity,
        after: Option<&[u8; 32]>,
        limit: usize,
    ) -> Result<Vec<Kept>, DbError> {
        let (mut from, mut to) = (vec![SHARD], vec![SHARD]);
        from.extend(owner.as_bytes());
        to.extend(owner.as_bytes());
        to.extend([u8::MAX; 33]);
        if let Some(after) = after {
            from.extend(after);
            from.push(0);
        }
        let rows = self.db.range(&from, &to).take(limit);
        rows.map(|row| kept(&row?.1)).collect()
    }

    /// The roots of `owner` with the highest numbers, the highest first.
    pub(super) fn roots(&self, owner: &Identity, newest: usize) -> Result<Vec<Kept>, DbError> {
        let mut prefix = vec![ROOT];
        prefix.extend(owner.as_bytes());
        let rows = self.db.prefixed(&prefix).rev().take(newest);
        let ids = rows.map(|row| {
            let (key, _) = row?;
            let id = key
                .get(prefix.len() + 8..)
                .and_then(|id| id.try_into().ok());
            id.ok_or_else(another_form)
        });
        let mut roots = Vec::new();
        for id in ids.collect::<Result<Vec<[u8; 32]>, DbError>>()? {
            roots.extend(self.kept(owner, &id)?);
        }
        Ok(roots)
    }

    /// What lies in `database` from piece `from` on, in order, at most `limit`.
    pub(super) fn in_database(
        &self,
        database: u32,
        from: u32,
        limit: usize,
    ) -> Result<Vec<Kept>, DbError> {
        let from = place_key(&Place {
            database,
            first: from,
        });
        let mut to = place_key(&Place {
            database,
            first: u32::MAX,
        });
        to.push(0);
        let names = self.db.range(&from, &to).take(limit);
        let names = names.map(|row| split_name(&row?.1));
        let mut found = Vec::new();
        for (owner, id) in names.collect::<Result<Vec<Name>, DbError>>()? {
            found.extend(self.kept(&owner, &id)?);
        }
        Ok(found)
    }

    /// The number behind the last piece of `database` that the index knows of.
    pub(super) fn unused_in(&self, database: u32) -> Result<u32, DbError> {
        let to = place_key(&Place {
            database,
            first: u32::MAX,
        });
        let from = place_key(&Place { database, first: 0 });
        let Some((_, name)) = self.db.last_below(&from, &to)? else {
            return Ok(0);
        };
        let (owner, id) = split_name(&name)?;
        let last = self.kept(&owner, &id)?;
        Ok(last.map_or(0, |last| last.place.first.saturating_add(last.pieces())))
    }

    pub(super) fn counts(&self) -> &Arc<Mutex<Counts>> {
        &self.counts
    }

    /// What lives in each database; one in which nothing does isn't there.
    pub(super) fn live(&self) -> &BTreeMap<u32, Live> {
        &self.sums.live
    }

    pub(super) fn live_in(&self, database: u32) -> Live {
        self.sums.live.get(&database).copied().unwrap_or_default()
    }

    /// Notes that `device` gave shards up; how many of them there are.
    pub(super) fn release(
        &mut self,
        owner: &Identity,
        ids: &[[u8; 32]],
        device: &DeviceId,
        at_ms: u64,
    ) -> Result<u64, DbError> {
        let mut count = 0;
        for ids in ids.chunks(BATCH_SHARDS_MAX) {
            let mut batch = Batch::default();
            for id in ids {
                if self.db.value(&shard_key(owner, id))?.is_none() {
                    continue;
                }
                count += 1;
                let mut releases = self.releases(&release_key(owner, id))?;
                let is_noted = releases.iter().any(|(by, _)| by.0 == *device.as_bytes());
                if !is_noted && releases.len() < RELEASES_MAX {
                    releases.push((Bytes(*device.as_bytes()), at_ms));
                    batch.insert(release_key(owner, id), encode(&releases));
                }
            }
            if !batch.is_empty() {
                self.db.apply(batch)?;
            }
        }
        self.db.commit()?;
        Ok(count)
    }

    fn releases(&self, key: &[u8]) -> Result<Vec<Release>, DbError> {
        match self.db.value(key)? {
            Some(bytes) => releases(&bytes),
            None => Ok(Vec::new()),
        }
    }

    /// Forgets what `device` gave up of `owner`'s; of how many shards.
    pub(super) fn unrelease_by(
        &mut self,
        owner: &Identity,
        device: &DeviceId,
    ) -> Result<u64, DbError> {
        let mut from = release_key(owner, &[0; 32]);
        let mut to = release_key(owner, &[u8::MAX; 32]);
        to.push(0);
        let mut count = 0;
        loop {
            let rows = self.db.range(&from, &to).take(BATCH_SHARDS_MAX);
            let rows = rows.collect::<Result<Vec<_>, DbError>>()?;
            let Some((last, _)) = rows.last() else {
                self.db.commit()?;
                return Ok(count);
            };
            from.clone_from(last);
            from.push(0);
            let mut batch = Batch::default();
            for (key, bytes) in rows {
                let mut by = releases(&bytes)?;
                let before = by.len();
                by.retain(|(by, _)| by.0 != *device.as_bytes());
                if by.len() == before {
                    continue;
                }
                count += 1;
                if by.is_empty() {
                    batch.remove(key);
                } else {
                    batch.insert(key, encode(&by));
                }
            }
            if !batch.is_empty() {
                self.db.apply(batch)?;
            }
        }
    }

    /// Shards, at most `limit` behind `after`, that were given up at `before_ms` or earlier. And where to go on, if there may
    /// be more.
    pub(super) fn released(
        &self,
        before_ms: u64,
        after: Option<&Name>,
        limit: usize,
    ) -> Result<(Vec<Name>, Option<Name>), DbError> {
        let from = after.map_or(vec![RELEASE], |(owner, id)| {
            let mut from = release_key(owner, id);
            from.push(0);
            from
        });
        let rows = self.db.range(&from, &[RELEASE + 1]).take(limit);
        let (mut found, mut last, mut count) = (Vec::new(), None, 0);
        for row in rows {
            let (key, bytes) = row?;
            let name = split_name(key.get(1..).unwrap_or_default())?;
            let is_due = |(_, at_ms): &Release| *at_ms <= before_ms;
            if releases(&bytes)?.iter().any(is_due) {
                found.push(name);
            }
            last = Some(name);
            count += 1;
        }
        Ok((found, last.filter(|_| count == limit)))
    }

    /// Looks for damage in a part of the index; whether all of it was looked at.
    pub(super) fn verify_some(&self) -> Result<bool, DbError> {
        self.db.verify_some()
    }

    pub(super) fn size_on_disk(&self) -> Result<u64, DbError> {
        Ok(self.db.size_on_disk()? + self.db.size_ahead())
    }

    pub(super) fn live_bytes(&self) -> u64 {
        self.db.live_bytes()
    }

    pub(super) fn compact(&mut self) -> Result<(), DbError> {
        self.db.compact()
    }
}

impl Sums {
    fn add(&mut self, Kept { info, place }: &Kept) {
        let live = self.live.entry(place.database).or_default();
        live.bytes += disk_bytes(info);
        live.shards += 1;
        let usage = self.usage.entry(info.owner).or_default();
        usage.bytes += charged_bytes(info.bytes);
        usage.shards += 1;
    }

    fn take(&mut self, Kept { info, place }: &Kept) {
        if let Some(live) = self.live.get_mut(&place.database) {
            live.bytes = live.bytes.saturating_sub(disk_bytes(info));
            live.shards = live.shards.saturating_sub(1);
        }
        if let Some(usage) = self.usage.get_mut(&info.owner) {
            usage.bytes = usage.bytes.saturating_sub(charged_bytes(info.bytes));
            usage.shards = usage.shards.saturating_sub(1);
        }
    }

    fn forget_empty(&mut self) {
        self.live.retain(|_, live| live.shards > 0);
        self.usage.retain(|_, usage| usage.shards > 0);
    }
}

fn kept(bytes: &[u8]) -> Result<Kept, DbError> {
    Kept::from_bytes(bytes).ok_or_else(another_form)
}

fn releases(bytes: &[u8]) -> Result<Vec<Release>, DbError> {
    decode(bytes, VALUE_BYTES_MAX).map_err(|_| another_form())
}

fn another_form() -> DbError {
    DbError::Damaged {
        what: "a row of the index of shards has another form".into(),
    }
}

fn name(owner: &Identity, id: &[u8; 32]) -> Vec<u8> {
    [owner.as_bytes().as_slice(), id].concat()
}

fn split_name(bytes: &[u8]) -> Result<Name, DbError> {
    let (owner, id) = bytes.split_first_chunk().ok_or_else(another_form)?;
    let id = id.try_into().map_err(|_| another_form())?;
    Ok((Identity::from_bytes(*owner), id))
}

fn shard_key(owner: &Identity, id: &[u8; 32]) -> Vec<u8> {
    [&[SHARD], owner.as_bytes().as_slice(), id].concat()
}

fn release_key(owner: &Identity, id: &[u8; 32]) -> Vec<u8> {
    [&[RELEASE], owner.as_bytes().as_slice(), id].concat()
}

fn root_key(info: &ShardInfo) -> Vec<u8> {
    let number = info.number.to_be_bytes();
    [&[ROOT], info.owner.as_bytes().as_slice(), &number, &info.id].concat()
}

fn place_key(place: &Place) -> Vec<u8> {
    let (database, first) = (place.database.to_be_bytes(), place.first.to_be_bytes());
    [&[PLACE], database.as_slice(), &first].concat()
}
