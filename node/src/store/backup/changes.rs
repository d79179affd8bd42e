//! Changes of backup rows.

use hearth_keys::Identity;
use hearth_protocol::codec::{Blob, Bytes, encode};
use hearth_protocol::entry::EntryId;

use super::{
    COVERED, Coding, DROPS, Drop, FOLDERS, FolderRow, GUARDIANS, GuardianRow, HEADS, HELD, LogOf,
    NEXT_CODINGS, PACKS, PAGES, PAGES_OF_SNAPSHOTS, PIECE_BYTES, PackRow, PackTuple, PageRow, ROOT,
    RootRow, RootTuple, SEALING, SNAPSHOTS, STATE, SealingRow, SnapshotRow, SnapshotTuple,
    StateRow, key, log_key, shard_tuples,
};
use crate::store::db::Batch;

/// Changes of one account's backup rows that happen together.
#[derive(Debug)]
pub(crate) struct BackupChanges {
    identity: Identity,
    pub(super) batch: Batch,
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

    /// Notes that the newest root of a snapshot names a page.
    pub(crate) fn page_of_snapshot(&mut self, time_ms: u64, page: &[u8; 32]) {
        let time_ms = time_ms.to_be_bytes();
        self.insert(PAGES_OF_SNAPSHOTS, &[&time_ms, page], Vec::new());
    }

    /// Notes that no root of a snapshot that counts names a page.
    pub(crate) fn no_page_of_snapshot(&mut self, time_ms: u64, page: &[u8; 32]) {
        self.remove(PAGES_OF_SNAPSHOTS, &[&time_ms.to_be_bytes(), page]);
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

    /// Notes that a guardian holds a page or root; if it was to be let go, that is over.
    pub(crate) fn held(&mut self, guardian: u16, id: &[u8; 32]) {
        self.no_drop(guardian, id);
        self.insert(HELD, &[&guardian.to_be_bytes(), id], Vec::new());
    }

    /// A guardian doesn't hold a page or root any longer.
    pub(crate) fn not_held(&mut self, guardian: u16, id: &[u8; 32]) {
        self.remove(HELD, &[&guardian.to_be_bytes(), id]);
    }

    /// Notes that a guardian may let something go once a root is with the guardians, or has it never been.
    pub(crate) fn drop_later(&mut self, drop: &Drop) {
        self.remove(HELD, &[&drop.guardian.to_be_bytes(), &drop.id]);
        let row = encode(&(drop.since_root,));
        self.insert(DROPS, &[&drop.guardian.to_be_bytes(), &drop.id], row);
    }

    /// Notes that something was let go, or isn't to be any more.
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

    /// Notes which generation packs are sealed under from now on, and which devices are revoked.
    pub(crate) fn sealing(&mut self, generation: u32, revoked: [u8; 32]) {
        let row: SealingRow = (generation, Bytes(revoked));
        self.insert(SEALING, &[], encode(&row));
    }

    /// Notes which root and snapshot a folder holds.
    pub(crate) fn folder(&mut self, folder: &[u8; 16], row: &FolderRow) {
        let row = encode(&(Bytes(row.root_id), Bytes(row.digest)));
        self.insert(FOLDERS, &[folder], row);
    }
}
