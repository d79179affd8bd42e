//! Logs in rows: what is held, what comes in, what goes out.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use hearth_keys::{BoxPublic, DeviceId, DeviceKeys, Identity, SpaceKey};
use hearth_protocol::body;
use hearth_protocol::bounds::LOGS_PER_IDENTITY_MAX;
use hearth_protocol::codec::{Bytes, DecodeError, decode_trusted, encode};
use hearth_protocol::content::{Content, KeyPurpose};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, LoneEntry, Place};
use hearth_protocol::fork::ForkProof;
use hearth_protocol::ingest::IngestError;
use hearth_protocol::log::{LogState, Range, Refusal};
use hearth_protocol::pack::BackupKey;
use hearth_protocol::root::{Bound, Statement, StatementSet};
use hearth_protocol::run::Run;
use tokio::sync::watch;

use super::db::{Batch, Db, DbError};
use super::held_keys::{HeldKey, HeldKeys};
use super::notifications::NotifiedCounts;
use super::petnames::PetnameCache;
use super::photos::PicturesGone;
use super::registers::HiddenCache;
use super::renewal::Beginning;
use super::rows::{Handle, STORE_VERSION, handle_prefix, namespace, number_of};
use super::search::Signatures;
use super::spaces::Spaces;

/// A row's longest encoded range, statement or proof.
const SMALL_ROW_BYTES_MAX: usize = 3072;

/// Smaller stores aren't compacted by themselves.
const COMPACTED_FROM_BYTES: u64 = 64 << 20;
/// A store is compacted once it is larger than what lives in it by this factor.
const DEAD_TO_LIVE_MAX: u64 = 4;

/// Why the store didn't do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The database can't.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A row doesn't decode.
    #[error(
        "the store is damaged: a row doesn't decode ({0}); `hearth up` sets it aside and begins a fresh one with what can be read of it, and what friends hold comes back"
    )]
    Row(#[from] DecodeError),
    /// A run isn't acceptable.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Content doesn't fit an entry.
    #[error(transparent)]
    Body(#[from] body::BodyError),
    /// What others were waiting for together with this one failed.
    #[error("{0}")]
    NotDurable(String),
    /// There is no such account here.
    #[error("no such account on this node")]
    NoAccount,
    /// This device wasn't granted the keys yet under which it could write for its person alone.
    #[error(
        "this device has no keys yet: it gets them from your other device once the two have met; let both run and be connected"
    )]
    NoKeys,
    /// Another machine writes as this device.
    #[error(
        "the link that made this device was used on another machine, too, which goes on with it: this one writes nothing. Give it a link of its own with `hearth device add`, in another home folder"
    )]
    LinkUsed,
    /// This device was retired or cut off.
    #[error(
        "this device was revoked with the phrase and writes nothing any more: what it wrote is with your other devices; to use it again, make it a new device with `hearth device add` on another one, or restore into an empty folder"
    )]
    Revoked,
    /// The store's thread has ended.
    #[error("the node is stopping")]
    Closed,
}

impl StoreError {
    /// Whether what is stored isn't what was written, as opposed to a disk that is full or a request that makes no sense.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, Self::Db(DbError::Damaged { .. }) | Self::Row(_))
    }

    /// The same error, for another who waited for it.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Db(error @ (DbError::Full(_) | DbError::Io(_))) => Self::Db(error.again()),
            _ => Self::NotDurable(self.to_string()),
        }
    }
}

/// An account on this node: what its device needs to write and to read.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Who.
    pub(crate) identity: Identity,
    /// The device's keys.
    pub(crate) device: Arc<DeviceKeys>,
    /// What everything recoverable is sealed to as well.
    pub(crate) recovery: BoxPublic,
    /// The root's word for the device.
    pub(crate) certificate: Statement,
    /// Whether the device was made just now. An older one that holds no log has lost its store: what it wrote may be
    /// with friends, and writing the same log from its beginning again would fork it.
    pub(crate) is_new: bool,
}

/// Something to be written.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// The time that is claimed.
    pub(crate) time_ms: u64,
    /// What it says.
    pub(crate) content: Content,
    /// For whom.
    pub(crate) audience: DraftAudience,
}

impl Draft {
    /// For everybody, with a fresh salt.
    pub(crate) fn public(time_ms: u64, content: Content) -> Self {
        let mut salt = [0; body::SALT_BYTES];
        rand_core::Rng::fill_bytes(&mut crate::rng::system(), &mut salt);
        let audience = DraftAudience::Clear(salt);
        Self {
            time_ms,
            content,
            audience,
        }
    }

    /// For own devices.
    pub(crate) fn private(time_ms: u64, content: Content) -> Self {
        let audience = DraftAudience::Private;
        Self {
            time_ms,
            content,
            audience,
        }
    }
}

/// Who can read a draft once it is written.
#[derive(Debug, Clone)]
pub(crate) enum DraftAudience {
    /// Everybody; with the salt of its body.
    Clear([u8; body::SALT_BYTES]),
    /// Own devices.
    Private,
    /// All who hold this key.
    Sealed(SpaceKey),
}

/// What became of a run.
#[derive(Debug)]
pub(crate) struct Stored {
    /// The log.
    pub(crate) log: LogKey,
    /// What is held now.
    pub(crate) state: LogState,
    /// What was new of it, if anything was and it is one piece, with the deletes for missing bodies.
    pub(crate) push: Option<Box<(Run, Vec<LoneEntry>)>>,
    /// Whether a timeline may have changed.
    pub(crate) shows: bool,
}

/// An entry that was written here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    /// Its id.
    pub(crate) id: EntryId,
    /// Where it lies.
    pub(crate) place: Place,
}

#[derive(Debug)]
pub(super) struct LogMeta {
    pub(super) handle: Handle,
    pub(super) state: LogState,
}

/// Everything that the store's thread owns.
#[derive(Debug)]
pub(crate) struct Logs {
    pub(super) db: Db,
    pub(super) identities: BTreeMap<Identity, Handle>,
    pub(super) logs: BTreeMap<LogKey, LogMeta>,
    pub(super) by_handle: BTreeMap<Handle, LogKey>,
    pub(super) statements: BTreeMap<Identity, StatementSet>,
    pub(super) forks: BTreeMap<LogKey, ForkProof>,
    pub(super) accounts: Vec<Account>,
    /// What was granted to the devices here.
    pub(super) keys: BTreeMap<(Identity, KeyPurpose), HeldKeys>,
    /// The keys that packs are sealed under, by generation.
    pub(super) backup: BTreeMap<(Identity, u32), BackupKey>,
    /// How many followers are remembered of those accounts where it was asked.
    pub(super) follower_counts: BTreeMap<Identity, usize>,
    pub(super) beginnings: BTreeMap<Identity, Beginning>,
    /// Whom accounts don't want to see.
    pub(super) hidden: HiddenCache,
    pub(super) petnames: PetnameCache,
    /// How much accounts are told.
    pub(super) notified: NotifiedCounts,
    /// Which posts may have what is searched for.
    pub(super) signatures: Signatures,
    /// Keys of epochs, and what else is at hand of spaces.
    pub(super) spaces: Spaces,
    /// Counts when something became readable that was held before.
    pub(super) readable: watch::Sender<u64>,
    /// Accounts whose device here was made by a link.
    pub(super) joined: BTreeSet<Identity>,
    /// Counts grants of epochs, and steps in running spaces.
    pub(super) space_news: watch::Sender<u64>,
    /// Photos of posts that were deleted, for whoever keeps copies.
    pub(super) pictures_gone: PicturesGone,
    /// Counts changes of drives.
    pub(super) drive_changes: Cell<u64>,
    /// What was found to be wrong with the store.
    pub(super) damage: watch::Sender<Option<String>>,
}

impl Logs {
    /// Opens the store and reads what must be at hand: handles, ranges, statements, proofs.
    pub(crate) fn open(dir: &Path, accounts: Vec<Account>) -> Result<Self, StoreError> {
        let mut db = Db::open(dir, STORE_VERSION)?;
        if db.version() < STORE_VERSION {
            db.record_version(STORE_VERSION)?;
        }
        let mut logs = Self {
            db,
            identities: BTreeMap::new(),
            logs: BTreeMap::new(),
            by_handle: BTreeMap::new(),
            statements: BTreeMap::new(),
            forks: BTreeMap::new(),
            accounts,
            keys: BTreeMap::new(),
            backup: BTreeMap::new(),
            follower_counts: BTreeMap::new(),
            beginnings: BTreeMap::new(),
            hidden: HiddenCache::default(),
            petnames: PetnameCache::default(),
            notified: NotifiedCounts::default(),
            signatures: Signatures::default(),
            spaces: Spaces::default(),
            readable: watch::Sender::new(0),
            joined: BTreeSet::new(),
            space_news: watch::Sender::new(0),
            pictures_gone: PicturesGone::default(),
            drive_changes: Cell::new(0),
            damage: watch::Sender::new(None),
        };
        logs.load()?;
        logs.load_beginnings()?;
        logs.finish_views()?;
        logs.begin_notifying()?;
        logs.load_keys()?;
        logs.load_epochs()?;
        logs.enforce_cuts()?;
        Ok(logs)
    }

    pub(super) fn load(&mut self) -> Result<(), StoreError> {
        for row in self.db.prefixed(&[namespace::IDENTITIES]) {
            let (key, value) = row?;
            let (identity,): (Bytes<32>,) = decode_trusted(&value, SMALL_ROW_BYTES_MAX)?;
            self.identities
                .insert(Identity::from_bytes(identity.0), handle_of(&key));
        }
        for row in self.db.prefixed(&[namespace::LOGS]) {
            let (key, value) = row?;
            let (identity, device, log): (Bytes<32>, Bytes<32>, LogNumber) =
                decode_trusted(&value, SMALL_ROW_BYTES_MAX)?;
            let identity = Identity::from_bytes(identity.0);
            let log = LogKey {
                identity,
                device: DeviceId::from_bytes(device.0),
                log,
            };
            let handle = handle_of(&key);
            let ranges = self.load_ranges(handle)?;
            self.logs.insert(
                log,
                LogMeta {
                    handle,
                    state: LogState::from_ranges(ranges, None),
                },
            );
            self.by_handle.insert(handle, log);
        }
        for row in self.db.prefixed(&[namespace::STATEMENTS]) {
            let (_, value) = row?;
            let statement =
                Statement::from_bytes(&value).map_err(|_| damaged("a root statement"))?;
            let identity = statement.identity();
            let set = self
                .statements
                .entry(identity)
                .or_insert_with(|| StatementSet::new(identity));
            set.insert(statement)
                .map_err(|_| damaged("a root statement"))?;
        }
        for row in self.db.prefixed(&[namespace::FORKS]) {
            let (_, value) = row?;
            let proof = ForkProof::from_bytes(&value).map_err(|_| damaged("a fork proof"))?;
            self.remember_fork(proof);
        }
        Ok(())
    }

    pub(super) fn load_ranges(&self, handle: Handle) -> Result<Vec<Range>, StoreError> {
        let rows = self.db.prefixed(&handle_prefix(namespace::RANGES, handle));
        rows.map(|row| {
            let (key, value) = row?;
            let (hi, previous, head): (u64, Bytes<32>, Bytes<32>) =
                decode_trusted(&value, SMALL_ROW_BYTES_MAX)?;
            let (previous, head) = (EntryId::from_bytes(previous.0), EntryId::from_bytes(head.0));
            Ok(Range {
                lo: number_of(&key),
                hi,
                previous,
                head,
            })
        })
        .collect()
    }

    pub(super) fn remember_fork(&mut self, proof: ForkProof) {
        let log = proof.place().log;
        if let Some(meta) = self.logs.get_mut(&log) {
            meta.state.set_forked(proof.place().seq);
        }
        self.forks.entry(log).or_insert(proof);
    }

    /// Makes all changes so far durable.
    pub(crate) fn commit(&mut self) -> Result<(), StoreError> {
        Ok(self.db.commit()?)
    }

    /// As [`Self::commit`], but for that what [`Self::is_settling_due`] tells is left to be done before the next change.
    pub(super) fn commit_ahead(&mut self) -> Result<(), StoreError> {
        Ok(self.db.commit_ahead()?)
    }

    /// Whether much was committed that isn't in sled yet.
    pub(super) fn is_settling_due(&self) -> bool {
        self.db.is_settling_due()
    }

    /// Brings a part of it there; says whether that was all.
    pub(super) fn settle_some(&self) -> Result<bool, StoreError> {
        Ok(self.db.settle_some()?)
    }

    /// Copies what lives into a new database; returns the size on disk before and after.
    pub(super) fn compact(&mut self) -> Result<(u64, u64), StoreError> {
        let before = self.db.size_on_disk()?;
        self.db.compact()?;
        Ok((before, self.db.size_on_disk()?))
    }

    /// Gives space back when most of what lies on disk is dead.
    pub(super) fn compact_if_worth_it(&mut self) {
        let worth_it = self.db.size_on_disk().is_ok_and(|bytes| {
            bytes >= COMPACTED_FROM_BYTES && bytes / DEAD_TO_LIVE_MAX >= self.db.live_bytes()
        });
        if worth_it {
            match self.compact() {
                Ok((before, after)) => tracing::info!(before, after, "space given back"),
                Err(error) => {
                    self.note_damage(&error);
                    tracing::warn!(%error, "no space given back");
                }
            }
        }
    }

    /// Looks at some rows for damage while nothing else is to do; `true` once all were seen.
    pub(super) fn verify_some(&self) -> Result<bool, StoreError> {
        Ok(self.db.verify_some()?)
    }

    /// The store's size on disk.
    pub(crate) fn size_on_disk(&self) -> Result<u64, StoreError> {
        Ok(self.db.size_on_disk()? + self.db.size_ahead())
    }

    /// Notes an error that is damage: from now on nothing more is written or confirmed.
    pub(super) fn note_damage(&self, error: &StoreError) {
        if error.is_damage() {
            self.db.is_poisoned.set(true);
            self.damage.send_if_modified(|damage| {
                let is_first = damage.is_none();
                damage.get_or_insert_with(|| error.to_string());
                is_first
            });
        }
    }

    /// Another number whenever something changed in a drive here.
    pub(crate) fn drive_changes(&self) -> u64 {
        self.drive_changes.get()
    }

    pub(super) fn count_drive_change(&self) {
        self.drive_changes.set(self.drive_changes.get() + 1);
    }

    /// The accounts here.
    pub(crate) fn account_identities(&self) -> Vec<Identity> {
        let accounts = self.accounts.iter();
        accounts.map(|account| account.identity).collect()
    }

    /// What is known of an identity's devices.
    pub(crate) fn statements(&self, identity: &Identity) -> StatementSet {
        self.statements
            .get(identity)
            .cloned()
            .unwrap_or_else(|| StatementSet::new(*identity))
    }

    /// All statements held.
    pub(crate) fn all_statements(&self) -> impl Iterator<Item = &StatementSet> {
        self.statements.values()
    }

    /// All logs held and what of them.
    pub(crate) fn logs(&self) -> impl Iterator<Item = (&LogKey, &LogState)> {
        self.logs.iter().map(|(log, meta)| (log, &meta.state))
    }

    /// The proofs of forked logs.
    pub(crate) fn forks(&self) -> impl Iterator<Item = &ForkProof> {
        self.forks.values()
    }

    /// The handle of a log, a new one for a new log. Its rows go into every batch: should the one that brought them
    /// fail, the next still does, and rows that are there already cost nothing.
    pub(super) fn handle(&mut self, batch: &mut Batch, log: LogKey) -> Result<Handle, StoreError> {
        let handle = match self.logs.get(&log) {
            Some(meta) => meta.handle,
            None => {
                if !self.has_room(&log.identity) {
                    return Err(IngestError::Refused(Refusal::Scattered).into());
                }
                let handle = self
                    .by_handle
                    .last_key_value()
                    .map_or(0, |(handle, _)| handle + 1);
                self.logs.insert(
                    log,
                    LogMeta {
                        handle,
                        state: LogState::default(),
                    },
                );
                self.by_handle.insert(handle, log);
                handle
            }
        };
        self.identity_handle(batch, log.identity);
        let row = (
            Bytes(*log.identity.as_bytes()),
            Bytes(*log.device.as_bytes()),
            log.log,
        );
        batch.insert(handle_prefix(namespace::LOGS, handle), encode(&row));
        Ok(handle)
    }

    /// Whether another log of the identity is kept. Logs that a cut voids take no room: else whoever stole a device
    /// could fill it for good.
    pub(super) fn has_room(&self, identity: &Identity) -> bool {
        let statements = self.statements(identity);
        let counts = |held: &&LogKey| {
            held.identity == *identity && statements.bound(&held.device, held.log) != Bound::Void
        };
        self.logs.keys().filter(counts).count() < LOGS_PER_IDENTITY_MAX
    }

    pub(super) fn identity_handle(&mut self, batch: &mut Batch, identity: Identity) {
        let next = self
            .identities
            .values()
            .max()
            .map_or(0, |handle| handle + 1);
        let handle = *self.identities.entry(identity).or_insert(next);
        batch.insert(
            handle_prefix(namespace::IDENTITIES, handle),
            encode(&(Bytes(*identity.as_bytes()),)),
        );
    }

    /// What is held of a log.
    pub(crate) fn state(&self, log: &LogKey) -> LogState {
        self.logs
            .get(log)
            .map(|meta| meta.state.clone())
            .unwrap_or_default()
    }

    pub(super) fn account(&self, identity: &Identity) -> Result<&Account, StoreError> {
        self.accounts
            .iter()
            .find(|account| &account.identity == identity)
            .ok_or(StoreError::NoAccount)
    }

    /// The key of an account's private space that is written under now.
    ///
    /// # Errors
    /// [`StoreError::NoKeys`] while there is none: [`Logs::renew_keys`] makes one, or another device's grant is awaited.
    pub(crate) fn private_key(&self, identity: &Identity) -> Result<&SpaceKey, StoreError> {
        self.present_key(identity, KeyPurpose::PrivateSpace)
            .and_then(HeldKey::space)
            .ok_or(StoreError::NoKeys)
    }

    /// The key of an account's private space, of the first generation: what must stay alike for ever derives from it.
    pub(crate) fn first_private_key(&self, identity: &Identity) -> Result<&SpaceKey, StoreError> {
        self.space_keys(identity).next().ok_or(StoreError::NoKeys)
    }

    /// Applies a batch of rows that aren't logs.
    pub(super) fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        Ok(self.db.apply(batch)?)
    }
}

fn handle_of(key: &[u8]) -> Handle {
    key.last_chunk()
        .map_or(0, |bytes| Handle::from_be_bytes(*bytes))
}

pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Db(DbError::Damaged {
        what: format!("{what} is missing or wrong"),
    })
}
