//! Pages, root and the entry that names it: where everything lies, whole with every guardian.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hearth_keys::BoxPublic;
use hearth_protocol::bounds::BACKUP_NUMBER_MAX;
use hearth_protocol::codec::{Bytes, encode};
use hearth_protocol::content::{BackupHead, Content};
use hearth_protocol::erasure::{Code, ShardId};
use hearth_protocol::guardian::ShardKind;
use hearth_protocol::manifest::{
    GuardianEntry, Head, PackEntry, PackKind, Page, PageEntry, PageId, Recipients, Root, RootId,
    ShardEntry, Snapshot,
};
use hearth_protocol::pack::{BackupKey, PackId};

use super::guardians::Circle;
use super::letting_go;
use super::{BackupError, Guardians, Inner, Packs};
use crate::replication::unix_ms;
use crate::restore::keys;
use crate::store::backup::{
    BackupChanges, Drop as Dropped, PackRow, PageRow, RootRow, SnapshotRow,
};
use crate::store::logs::Draft;

/// Something that lies whole with every guardian.
struct Whole {
    kind: ShardKind,
    number: u64,
    generation: u32,
    id: [u8; 32],
    bytes: Arc<Vec<u8>>,
}

/// The manifest's word on a pack; `None` before anything of it can be had.
pub(super) fn entry(pack: &PackRow) -> Option<PackEntry> {
    let code = Code::new(pack.coding.k).ok()?;
    let shards = pack.coding.shards.iter().map(|placed| ShardEntry {
        index: placed.index,
        guardian: placed.guardian,
        id: ShardId::from_bytes(placed.id),
    });
    Some(PackEntry {
        number: pack.number,
        kind: if pack.is_logs {
            PackKind::Logs
        } else {
            PackKind::Data
        },
        generation: pack.generation,
        id: PackId::from_bytes(pack.id),
        bytes: pack.bytes,
        code,
        shards: shards.collect(),
    })
}

fn failed(error: impl ToString) -> BackupError {
    BackupError::Manifest(error.to_string())
}

impl<G: Guardians, P: Packs> Inner<G, P> {
    /// Brings to guardians where everything lies; how many things they took.
    pub(super) async fn publish(&self, circle: &Circle) -> Result<usize, BackupError> {
        let newest = self.read(|logs, identity| Ok(logs.backup_snapshots(identity)?.pop()));
        let Some(newest) = newest.await? else {
            return Ok(0);
        };
        if !circle.members.values().any(|member| member.is_reachable) {
            return Ok(0);
        }
        let key = self.newest_key().await?;
        let (pages, mut sent) = self.publish_pages(circle, &key, newest.time_ms).await?;
        if pages.is_empty() {
            return Ok(sent);
        }
        let root = self.newest_root(&newest, &pages).await?;
        let bytes = Arc::new(root.bytes.clone());
        let whole = Whole {
            kind: ShardKind::Root,
            number: root.number,
            generation: key.generation,
            id: *blake3::hash(&bytes).as_bytes(),
            bytes,
        };
        let needed: Vec<[u8; 32]> = pages.iter().map(|page| *page.id.as_bytes()).collect();
        sent += self.bring(circle, &whole, &needed).await?;
        let newest_ms = newest.time_ms;
        self.announce(&root, &whole.id, newest).await?;
        self.note_pages(newest_ms, &needed).await?;
        self.sweep(&whole.id, root.number).await?;
        Ok(sent)
    }

    /// Seals every page, and brings each to whom it isn't with yet.
    async fn publish_pages(
        &self,
        circle: &Circle,
        key: &BackupKey,
        newest_ms: u64,
    ) -> Result<(Vec<PageEntry>, usize), BackupError> {
        let known = self
            .read(|logs, identity| logs.backup_pages(identity))
            .await?;
        // What was merged is left out once what took its place can be had.
        let is_whole = self.is_whole(circle).await?;
        let (mut pages, mut sent) = (Vec::new(), 0);
        let mut all = self.pages();
        while let Some((number, packs)) = all.next().await? {
            let packs: Vec<PackEntry> = packs
                .iter()
                .filter(|pack| pack.bytes > 0 && !pack.coding.shards.is_empty())
                .filter(|pack| pack.retired_ms.is_none_or(|at_ms| at_ms > newest_ms) || !is_whole)
                .filter_map(entry)
                .collect();
            if packs.is_empty() {
                continue;
            }
            let sealed = Page { packs }.seal(key).map_err(failed)?;
            let id = PageId::of(&sealed);
            let row = PageRow {
                id: *id.as_bytes(),
                generation: key.generation,
                bytes: u32::try_from(sealed.len()).map_err(failed)?,
            };
            if known.get(&number) != Some(&row) {
                let mut changes = self.changes();
                changes.page(number, &row);
                self.apply(changes).await?;
            }
            let whole = Whole {
                kind: ShardKind::Page,
                number,
                generation: key.generation,
                id: row.id,
                bytes: Arc::new(sealed),
            };
            sent += self.bring(circle, &whole, &[]).await?;
            pages.push(PageEntry {
                number,
                id,
                generation: key.generation,
                bytes: row.bytes,
            });
        }
        let mut changes = self.changes();
        let is_gone = |number: &&u64| pages.iter().all(|page| page.number != **number);
        known
            .keys()
            .filter(is_gone)
            .for_each(|number| changes.no_page(*number));
        self.apply(changes).await?;
        Ok((pages, sent))
    }

    /// Whether every pack of the newest snapshot can be had from those who count now.
    async fn is_whole(&self, circle: &Circle) -> Result<bool, BackupError> {
        let can_be_had = |pack: &PackRow| {
            let k = usize::from(pack.coding.k);
            pack.retired_ms.is_some() || (k > 0 && circle.live(&pack.coding).len() >= k)
        };
        let mut pages = self.pages();
        while let Some((_, packs)) = pages.next().await? {
            if !packs.iter().all(can_be_had) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Brings something to one member of each domain that hasn't it, and has all that is `needed` first; how many took it.
    async fn bring(
        &self,
        circle: &Circle,
        whole: &Whole,
        needed: &[[u8; 32]],
    ) -> Result<usize, BackupError> {
        let held = self
            .read(|logs, identity| logs.backup_held(identity))
            .await?;
        let mut open: BTreeMap<&[u8], Vec<u16>> = BTreeMap::new();
        let mut by_room: Vec<_> = circle.members.values().collect();
        by_room.sort_by_key(|member| std::cmp::Reverse(member.free_bytes));
        for member in by_room {
            open.entry(&member.domain).or_default().push(member.number);
        }
        let has = |number: &u16, id: &[u8; 32]| held.contains(&(*number, *id));
        open.retain(|_, members| {
            let lacks = !members.iter().any(|number| has(number, &whole.id));
            let is_ready = needed
                .iter()
                .all(|id| members.iter().any(|number| has(number, id)));
            lacks && is_ready
        });
        let mut sending: FuturesUnordered<_> = open
            .into_values()
            .map(|members| self.bring_to_one(circle, members, whole))
            .collect();
        let mut count = 0;
        while let Some(taken) = sending.next().await {
            let Some(number) = taken else { continue };
            count += 1;
            let mut changes = self.changes();
            changes.held(number, &whole.id);
            self.apply(changes).await?;
        }
        Ok(count)
    }

    async fn bring_to_one(&self, circle: &Circle, members: Vec<u16>, whole: &Whole) -> Option<u16> {
        let members = members
            .iter()
            .filter_map(|number| circle.members.get(number));
        for member in members.filter(|member| member.is_reachable) {
            let bytes = Arc::clone(&whole.bytes);
            let sent = self.send(member, whole.kind, whole.number, whole.generation, bytes);
            if sent.await.is_ok() {
                return Some(member.number);
            }
        }
        None
    }

    /// The root of the newest snapshot; a new one where the last would say something else.
    async fn newest_root(
        &self,
        newest: &SnapshotRow,
        pages: &[PageEntry],
    ) -> Result<RootRow, BackupError> {
        let mut root = self.root_of(newest, pages.to_vec()).await?;
        let slots: BTreeSet<u16> = self.slots_in_use().await?;
        root.guardians.retain(|slot, _| slots.contains(slot));
        let devices = self.recipients().await?;
        let digest = digest(&root, &devices);
        let last = self
            .read(|logs, identity| logs.backup_root(identity))
            .await?;
        if let Some(last) = last.filter(|last| last.digest == digest) {
            return Ok(last);
        }
        root.number = self.next_root_number().await?;
        let bytes = self.seal_root(&root, &devices)?;
        let row = RootRow {
            number: root.number,
            time_ms: newest.time_ms,
            is_announced: false,
            digest,
            bytes,
        };
        // Durable before it leaves: no two roots may have one number.
        let mut changes = self.changes();
        changes.root(&row);
        changes.highest_root(row.number);
        self.apply(changes).await?;
        Ok(row)
    }

    pub(super) async fn recipients(&self) -> Result<Vec<BoxPublic>, BackupError> {
        let devices = self.statements().await?.current_devices();
        Ok(devices.into_values().collect())
    }

    pub(super) fn seal_root(
        &self,
        root: &Root,
        devices: &[BoxPublic],
    ) -> Result<Vec<u8>, BackupError> {
        let recipients = Recipients {
            recovery: self.account.recovery,
            devices,
        };
        root.seal(&self.account.device, &recipients, &mut crate::rng::system())
            .map_err(failed)
    }

    /// What the root of a snapshot says; its number is for the caller to give.
    pub(super) async fn root_of(
        &self,
        newest: &SnapshotRow,
        pages: Vec<PageEntry>,
    ) -> Result<Root, BackupError> {
        let (snapshots, heads, guardians, granted) = self
            .read(|logs, identity| {
                Ok((
                    logs.backup_snapshots(identity)?,
                    logs.backup_heads(identity)?,
                    logs.backup_guardians(identity)?,
                    logs.granted_keys(identity),
                ))
            })
            .await?;
        // So that what comes back can be read as it comes.
        let extensions = [(keys::KEYS_EXTENSION, keys::extension(&granted))];
        let (kept, _) = letting_go::kept(&snapshots, unix_ms());
        let earlier = kept
            .iter()
            // At the end of all numbers several have the last: a root names none of them.
            .filter(|row| (1..BACKUP_NUMBER_MAX).contains(&row.root_number))
            .filter(|row| row.time_ms < newest.time_ms)
            .map(|row| Snapshot {
                number: row.root_number,
                time_ms: row.time_ms,
                id: RootId::from_bytes(row.root_id),
            });
        let heads = heads.into_iter().map(|((device, log), seq, id)| Head {
            device,
            log,
            seq,
            id,
        });
        let guardians = guardians.into_iter().map(|(slot, row)| {
            let entry = GuardianEntry {
                identity: row.identity,
                peer: row.peer,
                addresses: row.addresses,
            };
            (slot, entry)
        });
        Ok(Root {
            identity: self.identity(),
            device: self.account.device.id(),
            number: 0,
            time_ms: newest.time_ms,
            snapshots: earlier.collect(),
            keys: self.keys_for_root(&pages).await?,
            guardians: guardians.collect(),
            statements: self.statements().await?.to_blobs(),
            heads: heads.collect(),
            pages,
            files: newest.files,
            bytes: newest.bytes,
            extensions: extensions.into(),
        })
    }

    /// The guardians that a page names, and all who count now.
    async fn slots_in_use(&self) -> Result<BTreeSet<u16>, BackupError> {
        let mut slots: BTreeSet<u16> = self.circle().await?.members.keys().copied().collect();
        let mut pages = self.pages();
        while let Some((_, packs)) = pages.next().await? {
            let shards = packs.iter().flat_map(|pack| &pack.coding.shards);
            slots.extend(shards.map(|placed| placed.guardian));
        }
        Ok(slots)
    }

    /// Writes the entry that names a root, once a guardian holds it, and notes that its snapshot can be restored.
    async fn announce(
        &self,
        root: &RootRow,
        id: &[u8; 32],
        mut newest: SnapshotRow,
    ) -> Result<(), BackupError> {
        let held = self
            .read(|logs, identity| logs.backup_held(identity))
            .await?;
        if root.is_announced || !held.iter().any(|(_, held)| held == id) {
            return Ok(());
        }
        let head = BackupHead {
            number: root.number,
            root: *id,
        };
        let draft = Draft::private(unix_ms(), Content::BackupHead(head));
        let append = self
            .store
            .append(self.identity(), true, vec![draft], unix_ms());
        let (_, stored) = append.await?;
        (self.pass_on)(stored).await;
        (newest.root_number, newest.root_id) = (root.number, *id);
        let mut changes = self.changes();
        changes.root_head(&RootRow {
            is_announced: true,
            ..root.clone()
        });
        changes.snapshot(&newest);
        self.apply(changes).await
    }

    /// Keeps which pages the snapshots' roots name: they stay with guardians as long as the snapshots do.
    async fn note_pages(&self, newest_ms: u64, pages: &[[u8; 32]]) -> Result<(), BackupError> {
        let (known, snapshots) = self
            .read(|logs, identity| {
                let snapshots = logs.backup_snapshots(identity)?;
                Ok((logs.backup_pages_of_snapshots(identity)?, snapshots))
            })
            .await?;
        let kept: BTreeSet<u64> = snapshots.iter().map(|row| row.time_ms).collect();
        let mut changes = self.changes();
        for (time_ms, page) in &known {
            let is_stale = *time_ms == newest_ms && !pages.contains(page);
            if is_stale || !kept.contains(time_ms) {
                changes.no_page_of_snapshot(*time_ms, page);
            }
        }
        let fresh = |page: &&[u8; 32]| !known.contains(&(newest_ms, **page));
        for page in pages.iter().filter(fresh) {
            changes.page_of_snapshot(newest_ms, page);
        }
        self.apply(changes).await
    }

    /// Notes pages and roots that the newest root and the kept snapshots don't need.
    async fn sweep(&self, root: &[u8; 32], number: u64) -> Result<(), BackupError> {
        let (held, snapshots, pages) = self
            .read(|logs, identity| {
                let snapshots = logs.backup_snapshots(identity)?;
                let pages = logs.backup_pages_of_snapshots(identity)?;
                Ok((logs.backup_held(identity)?, snapshots, pages))
            })
            .await?;
        let mut needed: BTreeSet<[u8; 32]> = pages.into_iter().map(|(_, page)| page).collect();
        needed.insert(*root);
        needed.extend(snapshots.iter().map(|row| row.root_id));
        let mut changes: BackupChanges = self.changes();
        for (guardian, id) in held.into_iter().filter(|(_, id)| !needed.contains(id)) {
            changes.drop_later(&Dropped {
                guardian,
                id,
                since_root: number,
            });
        }
        self.apply(changes).await
    }
}

/// A digest of what a root says and to whom, but for its number and what changes by itself, such as addresses.
fn digest(root: &Root, devices: &[BoxPublic]) -> [u8; 32] {
    let snapshots: Vec<_> = root
        .snapshots
        .iter()
        .map(|snapshot| (snapshot.number, Bytes(*snapshot.id.as_bytes())))
        .collect();
    let pages: Vec<_> = root
        .pages
        .iter()
        .map(|page| (page.number, Bytes(*page.id.as_bytes())))
        .collect();
    let guardians: Vec<_> = root
        .guardians
        .iter()
        .map(|(slot, entry)| (*slot, Bytes(*entry.identity.as_bytes())))
        .collect();
    let generations: Vec<u32> = root.keys.iter().map(|key| key.generation).collect();
    let statements: Vec<_> = root
        .statements
        .iter()
        .map(|blob| Bytes(*blake3::hash(blob).as_bytes()))
        .collect();
    let devices: Vec<_> = devices
        .iter()
        .map(|device| Bytes(*device.as_bytes()))
        .collect();
    let said = encode(&(
        root.time_ms,
        snapshots,
        pages,
        guardians,
        generations,
        statements,
        devices,
    ));
    *blake3::hash(&said).as_bytes()
}
