//! Fixing a snapshot: from here on everything up to now lies in closed packs.

use std::collections::BTreeSet;

use hearth_protocol::drive::{FolderId, Node};
use hearth_protocol::entry::LogKey;
use hearth_protocol::pack::{self, Contents, RecordKind};
use hearth_protocol::segment::{Segment, SegmentError};

use super::placing::in_background;
use super::{BackupError, Guardians, Inner, PackFile, Packs};
use crate::replication::unix_ms;
use crate::store::backup::{BackupChanges, Coding, News, PackRow, SnapshotRow};

/// Entries that are read at once.
const ENTRIES_AT_ONCE: u64 = 256;
/// Names that are read at once.
const NAMES_AT_ONCE: usize = 1024;
/// Folders that may wait while files are counted; more aren't counted.
const FOLDERS_MAX: usize = 1 << 20;
/// Rows of packs in one batch.
const PACKS_AT_ONCE: usize = 1024;

impl<G: Guardians, P: Packs> Inner<G, P> {
    /// Whether there is anything that the newest snapshot doesn't hold.
    pub(super) async fn has_changed(&self) -> Result<bool, BackupError> {
        // Asked every few seconds: numbers only go up, so that the highest tells.
        let highest = self
            .read(|logs, identity| logs.backup_highest_pack(identity))
            .await?;
        let is_new =
            |file: &PackFile| file.bytes > 0 && (!file.is_closed || Some(file.number) > highest);
        if self.packs.list().await?.iter().any(is_new) {
            return Ok(true);
        }
        let news = self.read(|logs, identity| logs.backup_news(identity));
        Ok(news.await?.is_worth_it)
    }

    /// Fixes a snapshot, or gives the newest one if it holds everything.
    pub(super) async fn fix(&self) -> Result<Fixed, BackupError> {
        let _fixing = self.fixing.lock().await;
        self.check_free()?;
        self.check_current().await?;
        self.ensure_key().await?;
        let newest = self
            .read(|logs, identity| Ok(logs.backup_snapshots(identity)?.pop()))
            .await?;
        if let Some(snapshot) = newest.clone()
            && !self.has_changed().await?
        {
            let new_bytes = 0;
            return Ok(Fixed {
                snapshot,
                new_bytes,
            });
        }
        let news = self
            .read(|logs, identity| logs.backup_news(identity))
            .await?;
        let (files, bytes) = self.count_files(&news, newest.as_ref()).await?;
        self.packs.close().await?;
        let merged = self.merge().await?;
        self.write_contents().await?;
        self.write_segments(&news).await?;
        self.packs.close().await?;
        let previous_ms = newest.map_or(0, |newest| newest.time_ms);
        let snapshot = SnapshotRow {
            time_ms: unix_ms().max(previous_ms + 1),
            root_number: 0,
            root_id: [0; 32],
            files,
            bytes,
            new_bytes: 0,
            sent_bytes: 0,
            statements: news.digest,
            is_complete: false,
        };
        self.note_fixed(snapshot, &news, &merged).await
    }

    /// Writes all that is new into the store at once: the packs, what of the logs lies in them, and the snapshot.
    async fn note_fixed(
        &self,
        mut snapshot: SnapshotRow,
        news: &News,
        merged: &BTreeSet<u64>,
    ) -> Result<Fixed, BackupError> {
        let known = self
            .read(|logs, identity| logs.backup_pack_numbers(identity))
            .await?;
        let files = self.packs.list().await?;
        let fresh: Vec<&PackFile> = files
            .iter()
            .filter(|file| file.is_closed && file.bytes > 0 && !known.contains(&file.number))
            .collect();
        snapshot.new_bytes = fresh.iter().map(|file| u64::from(file.bytes)).sum();
        // Many rows are several batches; a pack without a snapshot is in none, and is found again.
        let mut changes = self.changes();
        for (count, file) in fresh.iter().enumerate() {
            changes.pack(&unsealed(file, snapshot.time_ms));
            if (count + 1).is_multiple_of(PACKS_AT_ONCE) {
                self.apply(std::mem::replace(&mut changes, self.changes()))
                    .await?;
            }
        }
        let covered = self
            .read(|logs, identity| logs.backup_covered(identity))
            .await?;
        for (log, lo, hi) in &news.ranges {
            let of = (log.device, log.log);
            let before = covered.get(&of).map_or(&[][..], Vec::as_slice);
            // What goes on where another range ended makes that one longer: a row for each log, not for each snapshot.
            let longer = before.iter().find(|(_, to)| to + 1 == *lo);
            let from = longer.map_or(*lo, |(from, _)| *from);
            changes.covered(&of, (from, *hi));
        }
        let before = self
            .read(|logs, identity| logs.backup_heads(identity))
            .await?;
        before.iter().for_each(|(log, ..)| changes.no_head(log));
        for (log, seq, id) in &news.heads {
            changes.head(log, *seq, id);
        }
        changes.snapshot(&snapshot);
        self.apply_retiring(changes, merged, snapshot.time_ms)
            .await?;
        self.progress
            .send_modify(|progress| progress.is_complete = false);
        let new_bytes = snapshot.new_bytes;
        Ok(Fixed {
            snapshot,
            new_bytes,
        })
    }

    /// Applies changes, with which these packs aren't needed any more.
    async fn apply_retiring(
        &self,
        mut changes: BackupChanges,
        merged: &BTreeSet<u64>,
        time_ms: u64,
    ) -> Result<(), BackupError> {
        let (identity, merged) = (self.identity(), merged.clone());
        let write = self.store.write(move |logs| {
            for number in merged {
                if let Some(mut pack) = logs.backup_pack(&identity, number)? {
                    pack.retired_ms = Some(time_ms);
                    changes.pack(&pack);
                }
            }
            logs.change_backup(changes)
        });
        Ok(write.await?)
    }

    /// Makes one of many small packs; gives those that aren't needed from now on.
    async fn merge(&self) -> Result<BTreeSet<u64>, BackupError> {
        use hearth_protocol::backup_plan::{self, LivePack};
        use hearth_protocol::manifest::PackKind;
        let known = self
            .read(|logs, identity| logs.backup_packs(identity, 0, usize::MAX))
            .await?;
        let live: Vec<LivePack> = known
            .iter()
            .filter(|pack| pack.retired_ms.is_none())
            .map(|pack| LivePack {
                number: pack.number,
                kind: if pack.is_logs {
                    PackKind::Logs
                } else {
                    PackKind::Data
                },
                payload_bytes: pack.payload_bytes,
            })
            .collect();
        let mut merged = BTreeSet::new();
        for group in backup_plan::merges(&live) {
            // Where nothing is read from them any more there is no new one; it came before a kill.
            match self.packs.merge(group.clone()).await {
                Ok(_) => merged.extend(group),
                Err(BackupError::Packs(error)) => {
                    tracing::warn!(%error, "small packs aren't merged");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(merged)
    }

    /// Tells in the pack of logs what lies in packs of objects that no snapshot holds yet: so that who restores knows where
    /// each object is before having any.
    async fn write_contents(&self) -> Result<(), BackupError> {
        let known = self
            .read(|logs, identity| logs.backup_pack_numbers(identity))
            .await?;
        let is_fresh = |file: &PackFile| {
            file.is_closed && !file.is_logs && file.bytes > 0 && !known.contains(&file.number)
        };
        for file in self.packs.list().await?.into_iter().filter(is_fresh) {
            let payload = match self.packs.read(file.number).await {
                // Damaged: what is new besides is no less worth keeping. Who restores has no use for what is in it.
                Err(BackupError::Packs(error)) => {
                    tracing::warn!(number = file.number, %error, "the snapshot doesn't tell what lies in a pack");
                    continue;
                }
                read => read?,
            };
            let contents = in_background(move || contents(file.number, &payload)).await?;
            for part in contents {
                let bytes = part.to_bytes();
                self.packs.put_record(RecordKind::Contents, bytes).await?;
            }
        }
        Ok(())
    }

    /// Writes entries into segments, each as long as it may be.
    async fn write_segments(&self, news: &News) -> Result<(), BackupError> {
        let empty = || Segment::new(self.identity(), news.statements.clone());
        let mut segment = empty();
        let mut is_worth_it = !news.statements.is_empty();
        for (log, lo, hi) in &news.ranges {
            let mut next = *lo;
            while next <= *hi {
                let (run, tombstones) = self.run(log, next, *hi).await?;
                next = run.last_seq() + 1;
                is_worth_it = true;
                if segment.push(&run, &tombstones) == Err(SegmentError::Full) {
                    let full = std::mem::replace(&mut segment, empty());
                    let bytes = full.to_bytes();
                    self.packs.put_record(RecordKind::Segment, bytes).await?;
                    segment
                        .push(&run, &tombstones)
                        .map_err(|error| BackupError::Packs(error.to_string()))?;
                }
            }
        }
        if is_worth_it {
            let bytes = segment.to_bytes();
            self.packs.put_record(RecordKind::Segment, bytes).await?;
        }
        Ok(())
    }

    /// Some entries from `next` on.
    async fn run(
        &self,
        log: &LogKey,
        next: u64,
        hi: u64,
    ) -> Result<
        (
            hearth_protocol::run::Run,
            Vec<hearth_protocol::entry::LoneEntry>,
        ),
        BackupError,
    > {
        // What is served ends at the upper end asked for and may begin later than asked: ask for less then.
        let mut upper = hi.min(next + ENTRIES_AT_ONCE - 1);
        loop {
            let of = *log;
            let served = self.read(move |logs, _| logs.serve(&of, next, upper));
            let served = served.await?;
            let (run, tombstones) = served.ok_or_else(|| {
                BackupError::Packs("an entry vanished while it was backed up".into())
            })?;
            match run.first_seq.checked_sub(1).filter(|below| *below >= next) {
                Some(below) => upper = below,
                None => return Ok((run, tombstones)),
            }
        }
    }

    /// How many files the drive holds, and how many bytes are in them; counted again only where own entries are new.
    async fn count_files(
        &self,
        news: &News,
        newest: Option<&SnapshotRow>,
    ) -> Result<(u64, u64), BackupError> {
        let may_differ = news.ranges.iter().any(|(log, ..)| !log.log.is_social());
        if let Some(newest) = newest.filter(|_| !may_differ) {
            return Ok((newest.files, newest.bytes));
        }
        let (mut files, mut bytes) = (0, 0);
        let mut seen = BTreeSet::from([FolderId::ROOT]);
        let mut folders = vec![FolderId::ROOT];
        while let Some(folder) = folders.pop() {
            let mut after = None;
            loop {
                let listing = self.read(move |logs, identity| {
                    logs.drive_list(identity, &folder, after.as_ref(), NAMES_AT_ONCE)
                });
                let listing = listing.await?;
                for version in listing.versions {
                    match version.node {
                        Some(Node::File { blob, .. }) => {
                            files += 1;
                            bytes += blob.bytes;
                        }
                        Some(Node::Folder { id, .. })
                            if seen.len() < FOLDERS_MAX && seen.insert(id) =>
                        {
                            folders.push(id);
                        }
                        _ => {}
                    }
                }
                match listing.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        Ok((files, bytes))
    }
}

/// What fixing gave.
#[derive(Debug, Clone)]
pub(super) struct Fixed {
    pub(super) snapshot: SnapshotRow,
    /// What was new; 0 where nothing was.
    pub(super) new_bytes: u64,
}

/// What tells which objects a pack holds.
fn contents(number: u64, payload: &[u8]) -> Result<Vec<Contents>, BackupError> {
    let mut objects = Vec::new();
    for record in pack::records(payload) {
        let record = record.map_err(|error| BackupError::Packs(error.to_string()))?;
        if record.kind == RecordKind::Object {
            objects.push(record.id);
        }
    }
    Ok(Contents::of_pack(number, &objects))
}

fn unsealed(file: &PackFile, born_ms: u64) -> PackRow {
    PackRow {
        number: file.number,
        is_logs: file.is_logs,
        generation: 0,
        id: [0; 32],
        bytes: 0,
        payload_bytes: file.bytes,
        born_ms,
        retired_ms: None,
        coding: Coding::default(),
    }
}
