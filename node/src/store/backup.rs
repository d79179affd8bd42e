//! What a node knows of its own backup: packs and where their shards lie, snapshots, what guardians hold.
//!
//! Nothing here is in any log, and all of it is small: it says what was *done*, so that a node that was killed goes on
//! where it was. Keys are `namespace ‖ kind ‖ identity ‖ rest`.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::bounds::GUARDIANS_MAX;
use hearth_protocol::codec::{Blob, Bytes, decode_trusted, encode};
use hearth_protocol::content::{BackupSettings, Content};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, Place};

use super::db::Batch;
use super::logs::{Logs, StoreError, damaged};
use super::rows::{Handle, namespace};
use super::views::{BACKUP_SETTINGS, view_key};

const STATE: u8 = 64;
const PACKS: u8 = 65;
const NEXT_CODINGS: u8 = 66;
const COVERED: u8 = 67;
const SNAPSHOTS: u8 = 68;
const HEADS: u8 = 69;
const GUARDIANS: u8 = 70;
const PAGES: u8 = 71;
const HELD: u8 = 72;
const ROOT: u8 = 73;
const DROPS: u8 = 74;
const FOLDERS: u8 = 75;

const ROW_BYTES_MAX: usize = 3072;
/// A piece of the sealed root.
const PIECE_BYTES: usize = 3000;
/// Shards that one pack may have: their names fit a row.
pub(crate) const SHARDS_MAX: usize = 64;
/// Entries that are looked at to see whether they say more than where the backup is.
const HEADS_LOOKED_AT: u64 = 32;

/// A pack that was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PackRow {
    /// Its number among this account's packs.
    pub(crate) number: u64,
    /// Whether it holds log segments rather than objects.
    pub(crate) is_logs: bool,
    /// Of the key that it is sealed under.
    pub(crate) generation: u32,
    /// BLAKE3 of the sealed bytes.
    pub(crate) id: [u8; 32],
    /// The sealed length.
    pub(crate) bytes: u32,
    /// What is in it, without padding.
    pub(crate) payload_bytes: u32,
    /// The first snapshot that needs it, ms since 1970.
    pub(crate) born_ms: u64,
    /// The first snapshot that needs it no more.
    pub(crate) retired_ms: Option<u64>,
    /// How it lies with guardians: what the manifest says.
    pub(crate) coding: Coding,
}

/// A code, and which of its shards are where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Coding {
    /// Shards that are needed; 0 before anything was decided.
    pub(crate) k: u8,
    /// The shards that a guardian confirmed.
    pub(crate) shards: Vec<Placed>,
}

/// A shard that a guardian confirmed to hold durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Which of the code's shards.
    pub(crate) index: u16,
    /// Who holds it, by the number of their row.
    pub(crate) guardian: u16,
    /// BLAKE3 of its bytes.
    pub(crate) id: [u8; 32],
}

/// A moment that can be restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SnapshotRow {
    /// When it was fixed, ms since 1970; no two have the same.
    pub(crate) time_ms: u64,
    /// The newest root of it that went out; 0 before any did.
    pub(crate) root_number: u64,
    /// That root's id.
    pub(crate) root_id: [u8; 32],
    /// Files in the drive then.
    pub(crate) files: u64,
    /// Bytes in them, and in the logs.
    pub(crate) bytes: u64,
    /// What was new since the snapshot before, in bytes.
    pub(crate) new_bytes: u64,
    /// What went to guardians for it.
    pub(crate) sent_bytes: u64,
    /// The statements that were known, as their digest.
    pub(crate) statements: [u8; 32],
    /// Whether every shard of it was once where it should be.
    pub(crate) is_complete: bool,
}

/// Somebody who holds or held something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GuardianRow {
    /// Who.
    pub(crate) identity: Identity,
    /// Their node's transport id, as of the last contact.
    pub(crate) peer: Vec<u8>,
    /// Where it was reached.
    pub(crate) addresses: Vec<String>,
}

/// A page of the manifest as it went out last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageRow {
    /// BLAKE3 of the sealed bytes.
    pub(crate) id: [u8; 32],
    /// Of the key that it is sealed under.
    pub(crate) generation: u32,
    /// The sealed length.
    pub(crate) bytes: u32,
}

/// The newest root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RootRow {
    /// Its number: each root has one more than the one before.
    pub(crate) number: u64,
    /// The snapshot that it is of.
    pub(crate) time_ms: u64,
    /// Whether the social log names it.
    pub(crate) is_announced: bool,
    /// What it says, apart from its number: another root is made where this would be another.
    pub(crate) digest: [u8; 32],
    /// The sealed bytes.
    pub(crate) bytes: Vec<u8>,
}

/// Something that a guardian holds and no snapshot needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Drop {
    /// Who holds it.
    pub(crate) guardian: u16,
    /// Its id.
    pub(crate) id: [u8; 32],
    /// The first root that doesn't name it any more: it must be with guardians before this is let go.
    pub(crate) since_root: u64,
}

/// What no pack holds yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct News {
    /// Entries, ascending in each log.
    pub(crate) ranges: Vec<(LogKey, u64, u64)>,
    /// The newest entry of each log.
    pub(crate) heads: Vec<(LogOf, u64, EntryId)>,
    /// The statements, encoded.
    pub(crate) statements: Vec<Vec<u8>>,
    /// Their digest.
    pub(crate) digest: [u8; 32],
    /// Whether any of it is more than the word on where the backup is.
    pub(crate) is_worth_it: bool,
}

/// A log's place in the account's: device and number.
pub(crate) type LogOf = (DeviceId, LogNumber);

/// (version, highest root number used)
type StateRow = (u8, u64);
type ShardTuple = (u16, u16, Bytes<32>);
/// (is logs, generation, id, bytes, payload, born, retired or 0, k, shards)
type PackTuple = (
    bool,
    u32,
    Bytes<32>,
    u32,
    u32,
    u64,
    u64,
    u8,
    Vec<ShardTuple>,
);
/// (root number, root id, files, bytes, new bytes, sent bytes, statements, complete)
type SnapshotTuple = (u64, Bytes<32>, u64, u64, u64, u64, Bytes<32>, bool);
/// (number, snapshot, announced, digest, length)
type RootTuple = (u64, u64, bool, Bytes<32>, u32);

fn key(kind: u8, identity: &Identity, rest: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![namespace::BACKUP, kind];
    key.extend_from_slice(identity.as_bytes());
    rest.iter().for_each(|part| key.extend_from_slice(part));
    key
}

fn tail<const N: usize>(key: &[u8]) -> [u8; N] {
    key.last_chunk().copied().unwrap_or([0; N])
}

fn shard_tuples(coding: &Coding) -> Vec<ShardTuple> {
    let shards = coding.shards.iter().take(SHARDS_MAX);
    shards
        .map(|placed| (placed.index, placed.guardian, Bytes(placed.id)))
        .collect()
}

fn coding(k: u8, shards: Vec<ShardTuple>) -> Coding {
    let shards = shards.into_iter().map(|(index, guardian, id)| Placed {
        index,
        guardian,
        id: id.0,
    });
    Coding {
        k,
        shards: shards.collect(),
    }
}

fn log_key(identity: &Identity, kind: u8, (device, log): &LogOf) -> Vec<u8> {
    key(
        kind,
        identity,
        &[device.as_bytes(), &log.number().to_be_bytes()],
    )
}

fn log_of(bytes: &[u8]) -> Option<LogOf> {
    let (device, number) = bytes.split_first_chunk::<32>()?;
    let number = u64::from_be_bytes(*number.first_chunk()?);
    Some((DeviceId::from_bytes(*device), LogNumber::new(number)?))
}

/// (time, id, survive, bytes per second)
pub(super) type SettingsRow = (u64, Bytes<32>, Option<u16>, Option<u64>);

/// The view row of the newest settings of an author.
pub(super) fn settings_key(author: Handle) -> Vec<u8> {
    view_key(BACKUP_SETTINGS, &author.to_be_bytes())
}

/// The parts of `lo..=hi` that `covered` leaves out; ranges may overlap.
fn uncovered(covered: &[(u64, u64)], (lo, hi): (u64, u64)) -> Vec<(u64, u64)> {
    let mut parts = Vec::new();
    let mut next = lo;
    for (from, to) in covered.iter().filter(|(from, to)| *to >= lo && *from <= hi) {
        if *from > next {
            parts.push((next, from - 1));
        }
        next = next.max(to + 1);
    }
    if next <= hi {
        parts.push((next, hi));
    }
    parts
}

/// Changes of one account's backup rows that happen together.
#[derive(Debug)]
pub(crate) struct BackupChanges {
    identity: Identity,
    batch: Batch,
}

impl BackupChanges {
    /// Nothing yet.
    pub(crate) fn of(identity: Identity) -> Self {
        Self {
            identity,
            batch: Batch::default(),
        }
    }

    fn insert(&mut self, kind: u8, rest: &[&[u8]], value: Vec<u8>) {
        self.batch.insert(key(kind, &self.identity, rest), value);
    }

    fn remove(&mut self, kind: u8, rest: &[&[u8]]) {
        self.batch.remove(key(kind, &self.identity, rest));
    }

    /// Keeps a pack.
    pub(crate) fn pack(&mut self, pack: &PackRow) {
        let row: PackTuple = (
            pack.is_logs,
            pack.generation,
            Bytes(pack.id),
            pack.bytes,
            pack.payload_bytes,
            pack.born_ms,
            pack.retired_ms.unwrap_or(0),
            pack.coding.k,
            shard_tuples(&pack.coding),
        );
        self.insert(PACKS, &[&pack.number.to_be_bytes()], encode(&row));
    }

    /// Forgets a pack and its next code.
    pub(crate) fn no_pack(&mut self, number: u64) {
        self.remove(PACKS, &[&number.to_be_bytes()]);
        self.remove(NEXT_CODINGS, &[&number.to_be_bytes()]);
    }

    /// Keeps the code that shall take the place of a pack's present one.
    pub(crate) fn next_coding(&mut self, number: u64, next: &Coding) {
        let row = encode(&(next.k, shard_tuples(next)));
        self.insert(NEXT_CODINGS, &[&number.to_be_bytes()], row);
    }

    /// Forgets a pack's next code.
    pub(crate) fn no_next_coding(&mut self, number: u64) {
        self.remove(NEXT_CODINGS, &[&number.to_be_bytes()]);
    }

    /// Notes that `lo..=hi` of a log lies in packs.
    pub(crate) fn covered(&mut self, log: &LogOf, (lo, hi): (u64, u64)) {
        let mut key = log_key(&self.identity, COVERED, log);
        key.extend_from_slice(&lo.to_be_bytes());
        self.batch.insert(key, encode(&(hi,)));
    }

    /// Keeps a snapshot.
    pub(crate) fn snapshot(&mut self, row: &SnapshotRow) {
        let tuple: SnapshotTuple = (
            row.root_number,
            Bytes(row.root_id),
            row.files,
            row.bytes,
            row.new_bytes,
            row.sent_bytes,
            Bytes(row.statements),
            row.is_complete,
        );
        self.insert(SNAPSHOTS, &[&row.time_ms.to_be_bytes()], encode(&tuple));
    }

    /// Forgets a snapshot.
    pub(crate) fn no_snapshot(&mut self, time_ms: u64) {
        self.remove(SNAPSHOTS, &[&time_ms.to_be_bytes()]);
    }

    /// Notes the newest entry of a log in the newest snapshot.
    pub(crate) fn head(&mut self, log: &LogOf, seq: u64, id: &EntryId) {
        let key = log_key(&self.identity, HEADS, log);
        self.batch
            .insert(key, encode(&(seq, Bytes(*id.as_bytes()))));
    }

    /// Forgets the newest entry of a log: the log is gone.
    pub(crate) fn no_head(&mut self, log: &LogOf) {
        self.batch.remove(log_key(&self.identity, HEADS, log));
    }

    /// Keeps who a guardian is and where.
    pub(crate) fn guardian(&mut self, number: u16, row: &GuardianRow) {
        let tuple = (
            Bytes(*row.identity.as_bytes()),
            Blob(row.peer.clone()),
            row.addresses.clone(),
        );
        self.insert(GUARDIANS, &[&number.to_be_bytes()], encode(&tuple));
    }

    /// Keeps what a page is now.
    pub(crate) fn page(&mut self, number: u64, page: &PageRow) {
        let row = encode(&(Bytes(page.id), page.generation, page.bytes));
        self.insert(PAGES, &[&number.to_be_bytes()], row);
    }

    /// Forgets a page: no pack is left in it.
    pub(crate) fn no_page(&mut self, number: u64) {
        self.remove(PAGES, &[&number.to_be_bytes()]);
    }

    /// Notes that a guardian holds a page or root.
    pub(crate) fn held(&mut self, guardian: u16, id: &[u8; 32]) {
        self.insert(HELD, &[&guardian.to_be_bytes(), id], Vec::new());
    }

    /// Notes that a guardian may let something go once a root is with the guardians, or has it never been.
    pub(crate) fn drop_later(&mut self, drop: &Drop) {
        self.remove(HELD, &[&drop.guardian.to_be_bytes(), &drop.id]);
        let row = encode(&(drop.since_root,));
        self.insert(DROPS, &[&drop.guardian.to_be_bytes(), &drop.id], row);
    }

    /// Notes that what was to be let go was.
    pub(crate) fn no_drop(&mut self, guardian: u16, id: &[u8; 32]) {
        self.remove(DROPS, &[&guardian.to_be_bytes(), id]);
    }

    /// Keeps the newest root.
    pub(crate) fn root(&mut self, root: &RootRow) {
        for (number, piece) in (1u16..).zip(root.bytes.chunks(PIECE_BYTES)) {
            self.insert(ROOT, &[&number.to_be_bytes()], piece.to_vec());
        }
        self.root_head(root);
    }

    /// Keeps what is known of the newest root, whose bytes are there.
    pub(crate) fn root_head(&mut self, root: &RootRow) {
        let bytes = u32::try_from(root.bytes.len()).unwrap_or(u32::MAX);
        let digest = Bytes(root.digest);
        let row: RootTuple = (root.number, root.time_ms, root.is_announced, digest, bytes);
        self.insert(ROOT, &[&0u16.to_be_bytes()], encode(&row));
    }

    /// Notes the highest root number that was used.
    pub(crate) fn highest_root(&mut self, root_number: u64) {
        let row: StateRow = (1, root_number);
        self.insert(STATE, &[], encode(&row));
    }

    /// Notes which root and snapshot a folder holds.
    pub(crate) fn folder(&mut self, folder: &[u8; 16], root_id: &[u8; 32], pages: &[u8; 32]) {
        let row = encode(&(Bytes(*root_id), Bytes(*pages)));
        self.insert(FOLDERS, &[folder], row);
    }
}

impl Logs {
    /// Applies changes of backup rows.
    pub(crate) fn change_backup(&mut self, changes: BackupChanges) -> Result<(), StoreError> {
        self.apply(changes.batch)
    }

    /// Up to `limit` packs from number `from` on, ascending.
    pub(crate) fn backup_packs(
        &self,
        identity: &Identity,
        from: u64,
        limit: usize,
    ) -> Result<Vec<PackRow>, StoreError> {
        let first = key(PACKS, identity, &[&from.to_be_bytes()]);
        let mut end = key(PACKS, identity, &[&u64::MAX.to_be_bytes()]);
        end.push(0);
        let rows = self.db.range(&first, &end).take(limit);
        rows.map(|row| {
            let (key, value) = row?;
            let number = u64::from_be_bytes(tail(&key));
            let (is_logs, generation, id, bytes, payload_bytes, born_ms, retired, k, shards): PackTuple =
                decode_trusted(&value, ROW_BYTES_MAX)?;
            Ok(PackRow {
                number,
                is_logs,
                generation,
                id: id.0,
                bytes,
                payload_bytes,
                born_ms,
                retired_ms: (retired != 0).then_some(retired),
                coding: coding(k, shards),
            })
        })
        .collect()
    }

    /// A pack.
    pub(crate) fn backup_pack(
        &self,
        identity: &Identity,
        number: u64,
    ) -> Result<Option<PackRow>, StoreError> {
        let found = self.backup_packs(identity, number, 1)?.pop();
        Ok(found.filter(|pack| pack.number == number))
    }

    /// The code that shall take the place of a pack's present one.
    pub(crate) fn next_coding(
        &self,
        identity: &Identity,
        number: u64,
    ) -> Result<Option<Coding>, StoreError> {
        let row = self
            .db
            .value(&key(NEXT_CODINGS, identity, &[&number.to_be_bytes()]))?;
        let row = row.map(|row| {
            let (k, shards): (u8, Vec<ShardTuple>) = decode_trusted(&row, ROW_BYTES_MAX)?;
            Ok(coding(k, shards))
        });
        row.transpose()
    }

    /// What of each log lies in packs, ascending ranges, as they were written.
    pub(crate) fn backup_covered(
        &self,
        identity: &Identity,
    ) -> Result<BTreeMap<LogOf, Vec<(u64, u64)>>, StoreError> {
        let base = key(COVERED, identity, &[]);
        let mut covered: BTreeMap<LogOf, Vec<(u64, u64)>> = BTreeMap::new();
        for row in self.db.prefixed(&base) {
            let (key, value) = row?;
            let log = log_of(&key[base.len()..]).ok_or_else(|| damaged("a covered range"))?;
            let (hi,): (u64,) = decode_trusted(&value, ROW_BYTES_MAX)?;
            let lo = u64::from_be_bytes(tail(&key));
            covered.entry(log).or_default().push((lo, hi));
        }
        Ok(covered)
    }

    /// All snapshots, oldest first.
    pub(crate) fn backup_snapshots(
        &self,
        identity: &Identity,
    ) -> Result<Vec<SnapshotRow>, StoreError> {
        let rows = self.db.prefixed(&key(SNAPSHOTS, identity, &[]));
        rows.map(|row| {
            let (key, value) = row?;
            let (
                root_number,
                root_id,
                files,
                bytes,
                new_bytes,
                sent_bytes,
                statements,
                is_complete,
            ): SnapshotTuple = decode_trusted(&value, ROW_BYTES_MAX)?;
            Ok(SnapshotRow {
                time_ms: u64::from_be_bytes(tail(&key)),
                root_number,
                root_id: root_id.0,
                files,
                bytes,
                new_bytes,
                sent_bytes,
                statements: statements.0,
                is_complete,
            })
        })
        .collect()
    }

    /// The newest entries of the newest snapshot.
    pub(crate) fn backup_heads(
        &self,
        identity: &Identity,
    ) -> Result<Vec<(LogOf, u64, EntryId)>, StoreError> {
        let base = key(HEADS, identity, &[]);
        let rows = self.db.prefixed(&base);
        rows.map(|row| {
            let (key, value) = row?;
            let log = log_of(&key[base.len()..]).ok_or_else(|| damaged("a snapshot's head"))?;
            let (seq, id): (u64, Bytes<32>) = decode_trusted(&value, ROW_BYTES_MAX)?;
            Ok((log, seq, EntryId::from_bytes(id.0)))
        })
        .collect()
    }

    /// Who ever held anything.
    pub(crate) fn backup_guardians(
        &self,
        identity: &Identity,
    ) -> Result<BTreeMap<u16, GuardianRow>, StoreError> {
        let rows = self.db.prefixed(&key(GUARDIANS, identity, &[]));
        rows.map(|row| {
            let (key, value) = row?;
            let (who, peer, addresses): (Bytes<32>, Blob, Vec<String>) =
                decode_trusted(&value, ROW_BYTES_MAX)?;
            let row = GuardianRow {
                identity: Identity::from_bytes(who.0),
                peer: peer.0,
                addresses,
            };
            Ok((u16::from_be_bytes(tail(&key)), row))
        })
        .collect()
    }

    /// The number of a guardian's row, which is written or brought up to date; `None` once there are too many.
    pub(crate) fn backup_guardian(
        &mut self,
        identity: &Identity,
        guardian: &GuardianRow,
    ) -> Result<Option<u16>, StoreError> {
        let known = self.backup_guardians(identity)?;
        let found = known
            .iter()
            .find(|(_, row)| row.identity == guardian.identity);
        let number = match found {
            Some((number, row)) if row == guardian => return Ok(Some(*number)),
            Some((number, _)) => *number,
            None if known.len() >= GUARDIANS_MAX => return Ok(None),
            None => known.last_key_value().map_or(0, |(number, _)| number + 1),
        };
        let mut changes = BackupChanges::of(*identity);
        changes.guardian(number, guardian);
        self.change_backup(changes)?;
        Ok(Some(number))
    }

    /// The pages of the manifest as they went out last.
    pub(crate) fn backup_pages(
        &self,
        identity: &Identity,
    ) -> Result<BTreeMap<u64, PageRow>, StoreError> {
        let rows = self.db.prefixed(&key(PAGES, identity, &[]));
        rows.map(|row| {
            let (key, value) = row?;
            let (id, generation, bytes): (Bytes<32>, u32, u32) =
                decode_trusted(&value, ROW_BYTES_MAX)?;
            let page = PageRow {
                id: id.0,
                generation,
                bytes,
            };
            Ok((u64::from_be_bytes(tail(&key)), page))
        })
        .collect()
    }

    /// The pages and roots that guardians hold.
    pub(crate) fn backup_held(
        &self,
        identity: &Identity,
    ) -> Result<BTreeSet<(u16, [u8; 32])>, StoreError> {
        let base = key(HELD, identity, &[]);
        let rows = self.db.prefixed(&base);
        rows.map(|row| {
            let (key, _) = row?;
            let guardian = key[base.len()..].first_chunk().copied().unwrap_or_default();
            Ok((u16::from_be_bytes(guardian), tail(&key)))
        })
        .collect()
    }

    /// Up to `limit` things that guardians may let go once a root is with them.
    pub(crate) fn backup_drops(
        &self,
        identity: &Identity,
        limit: usize,
    ) -> Result<Vec<Drop>, StoreError> {
        let base = key(DROPS, identity, &[]);
        let rows = self.db.prefixed(&base).take(limit);
        rows.map(|row| {
            let (key, value) = row?;
            let guardian = key[base.len()..].first_chunk().copied().unwrap_or_default();
            let (since_root,): (u64,) = decode_trusted(&value, ROW_BYTES_MAX)?;
            Ok(Drop {
                guardian: u16::from_be_bytes(guardian),
                id: tail(&key),
                since_root,
            })
        })
        .collect()
    }

    /// What of the account's logs no pack holds yet.
    pub(crate) fn backup_news(&self, identity: &Identity) -> Result<News, StoreError> {
        let covered = self.backup_covered(identity)?;
        let statements = self.statements(identity);
        let mut news = News {
            statements: statements.to_blobs(),
            digest: statements.digest(),
            ..News::default()
        };
        let newest = self.backup_snapshots(identity)?.pop();
        news.is_worth_it = newest.is_none_or(|newest| newest.statements != news.digest);
        for (log, state) in self.logs().filter(|(log, _)| log.identity == *identity) {
            let of = (log.device, log.log);
            let covered = covered.get(&of).map_or(&[][..], Vec::as_slice);
            for range in state.ranges() {
                for (lo, hi) in uncovered(covered, (range.lo, range.hi)) {
                    news.ranges.push((*log, lo, hi));
                    news.is_worth_it = news.is_worth_it || self.says_more(log, lo, hi)?;
                }
            }
            if let Some(top) = state.top() {
                news.heads.push((of, top.hi, top.head));
            }
        }
        Ok(news)
    }

    /// Whether entries say anything but where the backup is.
    fn says_more(&self, log: &LogKey, lo: u64, hi: u64) -> Result<bool, StoreError> {
        if !log.log.is_social() || hi - lo >= HEADS_LOOKED_AT {
            return Ok(true);
        }
        for seq in lo..=hi {
            let place = Place { log: *log, seq };
            let link = self.link(&place)?;
            let content = link
                .and_then(|link| link.body)
                .and_then(|body| self.open_body(&place, &body));
            if !matches!(content, Some(Content::BackupHead(_))) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How the owner wants backups, as they said last.
    pub(crate) fn backup_settings(
        &self,
        identity: &Identity,
    ) -> Result<BackupSettings, StoreError> {
        let nothing = BackupSettings {
            survive: None,
            bytes_per_second: None,
        };
        let Some(author) = self.identities.get(identity) else {
            return Ok(nothing);
        };
        let row = self.db.value(&settings_key(*author))?;
        let row: Option<SettingsRow> = row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX))
            .transpose()?;
        Ok(
            row.map_or(nothing, |(.., survive, bytes_per_second)| BackupSettings {
                survive,
                bytes_per_second,
            }),
        )
    }

    /// When the owner said how they want backups; 0 if they never did.
    pub(crate) fn backup_settings_time_ms(&self, identity: &Identity) -> Result<u64, StoreError> {
        let Some(author) = self.identities.get(identity) else {
            return Ok(0);
        };
        let row = self.db.value(&settings_key(*author))?;
        let row: Option<SettingsRow> = row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX))
            .transpose()?;
        Ok(row.map_or(0, |(time_ms, ..)| time_ms))
    }

    /// Which packs there are.
    pub(crate) fn backup_pack_numbers(
        &self,
        identity: &Identity,
    ) -> Result<BTreeSet<u64>, StoreError> {
        let rows = self.db.prefixed(&key(PACKS, identity, &[]));
        rows.map(|row| Ok(u64::from_be_bytes(tail(&row?.0))))
            .collect()
    }

    /// The newest root, if there is one.
    pub(crate) fn backup_root(&self, identity: &Identity) -> Result<Option<RootRow>, StoreError> {
        let Some(head) = self
            .db
            .value(&key(ROOT, identity, &[&0u16.to_be_bytes()]))?
        else {
            return Ok(None);
        };
        let (number, time_ms, is_announced, digest, length): RootTuple =
            decode_trusted(&head, ROW_BYTES_MAX)?;
        let mut bytes = Vec::with_capacity(length as usize);
        for row in self.db.prefixed(&key(ROOT, identity, &[])).skip(1) {
            bytes.extend_from_slice(&row?.1);
        }
        // A longer root may have lain there before.
        bytes.truncate(length as usize);
        if bytes.len() < length as usize {
            return Err(damaged("a part of the backup's root"));
        }
        Ok(Some(RootRow {
            number,
            time_ms,
            is_announced,
            digest: digest.0,
            bytes,
        }))
    }

    /// The highest root number that was used.
    pub(crate) fn backup_highest_root(&self, identity: &Identity) -> Result<u64, StoreError> {
        let row = self.db.value(&key(STATE, identity, &[]))?;
        let row: Option<StateRow> = row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX))
            .transpose()?;
        Ok(row.map_or(0, |(_, root)| root))
    }

    /// What a folder was given last: the root, and a digest of what the root names.
    pub(crate) fn backup_folder(
        &self,
        identity: &Identity,
        folder: &[u8; 16],
    ) -> Result<Option<([u8; 32], [u8; 32])>, StoreError> {
        let row = self.db.value(&key(FOLDERS, identity, &[folder]))?;
        let row = row.map(|row| {
            let (root, pages): (Bytes<32>, Bytes<32>) = decode_trusted(&row, ROW_BYTES_MAX)?;
            Ok((root.0, pages.0))
        });
        row.transpose()
    }
}
