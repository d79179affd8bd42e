//! Somebody with a store, pack files and a backup.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use hearth_keys::{Identity, Phrase};
use hearth_protocol::content::{BackupSettings, Content, Post};
use hearth_protocol::object::ObjectId;
use tempfile::TempDir;

use super::Friends;
use super::friends::Restored;
use crate::backup::{Backup, Outcome, Parts};
use crate::home::Home;
use crate::keyring::{self, KeptAccount, PhraseCare};
use crate::objects::Objects;
use crate::replication::unix_ms;
use crate::store::logs::Draft;
use crate::store::{Store, StoreThread};

/// A person whose node is up.
pub(in crate::backup) struct Person {
    pub(in crate::backup) home: TempDir,
    pub(in crate::backup) kept: KeptAccount,
    pub(in crate::backup) phrase: Phrase,
    pub(in crate::backup) store: Store,
    thread: StoreThread,
    pub(in crate::backup) objects: Objects,
    pub(in crate::backup) friends: Friends,
    pub(in crate::backup) backup: Backup<Friends, Objects>,
    /// What was put so far.
    pub(in crate::backup) put: BTreeSet<ObjectId>,
}

impl Person {
    pub(in crate::backup) async fn new(friends: Friends) -> Self {
        let phrase = Phrase::generate(&mut crate::rng::system());
        Self::with_phrase(phrase, friends).await
    }

    /// Another device of the same person, with nothing on it.
    pub(in crate::backup) async fn with_phrase(phrase: Phrase, friends: Friends) -> Self {
        let home = tempfile::tempdir().unwrap();
        let kept = keyring::create(
            &Home::at(home.path().to_owned()),
            &phrase,
            PhraseCare::Known,
            "",
            unix_ms(),
        );
        Self::up(home, kept.unwrap(), phrase, friends, BTreeSet::new()).await
    }

    async fn up(
        dir: TempDir,
        kept: KeptAccount,
        phrase: Phrase,
        friends: Friends,
        put: BTreeSet<ObjectId>,
    ) -> Self {
        let home = Home::at(dir.path().to_owned());
        let (store, thread) = crate::node::open_store(&home, &kept).await.unwrap();
        let identity = kept.account.identity;
        let objects = Objects::open(&home, store.clone(), identity).await.unwrap();
        let parts = Parts {
            account: kept.account.clone(),
            store: store.clone(),
            packs: objects.clone(),
            guardians: friends.clone(),
            pass_on: Arc::new(|_| Box::pin(async {})),
        };
        let backup = Backup::new(parts, Duration::from_millis(200));
        Self {
            home: dir,
            kept,
            phrase,
            store,
            thread,
            objects,
            friends,
            backup,
            put,
        }
    }

    /// The node ends, and another process begins where it was.
    pub(in crate::backup) async fn again(self) -> Self {
        let Self {
            home,
            mut kept,
            phrase,
            store,
            thread,
            objects,
            friends,
            backup,
            put,
        } = self;
        drop((store, objects, backup));
        tokio::task::spawn_blocking(move || thread.join())
            .await
            .unwrap();
        kept.account.is_new = false;
        Self::up(home, kept, phrase, friends, put).await
    }

    pub(in crate::backup) fn identity(&self) -> Identity {
        self.kept.account.identity
    }

    /// Some content that is nobody else's.
    pub(in crate::backup) async fn put(&mut self, pieces: usize, bytes: usize) {
        for _ in 0..pieces {
            let mut content = vec![0; bytes];
            rand_core::Rng::fill_bytes(&mut crate::rng::system(), &mut content);
            self.put.insert(self.objects.put(content).await.unwrap().id);
        }
        self.objects.commit().await.unwrap();
    }

    pub(in crate::backup) async fn write(&self, social: bool, content: Content) {
        let draft = Draft::private(unix_ms(), content);
        self.store
            .append(self.identity(), social, vec![draft], unix_ms())
            .await
            .unwrap();
    }

    pub(in crate::backup) async fn post(&self, text: &str) {
        let post = Content::Post(Post {
            text: text.to_owned(),
            ..Post::default()
        });
        self.write(true, post).await;
    }

    pub(in crate::backup) async fn set(&self, settings: BackupSettings) {
        self.write(false, Content::BackupSettings(settings)).await;
    }

    /// Fixes a snapshot and runs a round, as the tasks would.
    pub(in crate::backup) async fn back_up(&self) -> Outcome {
        let engine = &self.backup.0;
        let before = engine.sent_bytes.load(std::sync::atomic::Ordering::Relaxed);
        let fixed = engine.fix().await.unwrap();
        engine.round().await.unwrap();
        let sent = engine.sent_bytes.load(std::sync::atomic::Ordering::Relaxed) - before;
        engine.outcome(&fixed, sent).await.unwrap()
    }

    pub(in crate::backup) async fn round(&self) {
        self.backup.0.round().await.unwrap();
    }

    /// Entries in all own logs.
    pub(in crate::backup) async fn entries(&self) -> u64 {
        let identity = self.identity();
        let count = self.store.read(move |logs| {
            let own = logs.logs().filter(|(log, _)| log.identity == identity);
            let ranges = own.flat_map(|(_, state)| state.ranges().to_vec());
            Ok(ranges.map(|range| range.hi - range.lo + 1).sum())
        });
        count.await.unwrap()
    }

    /// What comes back from a phrase, without the friends in these places.
    pub(in crate::backup) fn restored(&self, lost: &[usize]) -> Option<Restored> {
        let root = self.phrase.root();
        self.friends
            .restore(root.recovery(), &self.identity(), lost, None)
    }

    /// What comes back of an older snapshot as its own root and pages say.
    pub(in crate::backup) fn restored_as(&self, root_id: [u8; 32]) -> Option<Restored> {
        let (root, identity) = (self.phrase.root(), self.identity());
        self.friends
            .restore(root.recovery(), &identity, &[], Some(root_id))
    }

    /// Checks that everything that was put and written comes back, whoever `losses` of the friends are that are lost.
    #[track_caller]
    pub(in crate::backup) fn check_restorable(&self, losses: usize, entries_min: u64) {
        let count = self.friends.all().len();
        let mut lost: Vec<usize> = (0..losses).collect();
        loop {
            let restored = self
                .restored(&lost)
                .unwrap_or_else(|| panic!("lost {lost:?}, and not everything comes back"));
            assert!(restored.objects.is_superset(&self.put), "lost {lost:?}");
            assert!(restored.announced.is_superset(&self.put));
            assert!(restored.entries >= entries_min, "{restored:?}");
            // The next choice of so many.
            let Some(at) = (0..losses).rfind(|at| lost[*at] < count - losses + at) else {
                return;
            };
            lost[at] += 1;
            for next in at + 1..losses {
                lost[next] = lost[next - 1] + 1;
            }
        }
    }
}

impl Person {
    /// Checks that everything comes back without the friends in these places.
    #[track_caller]
    pub(in crate::backup) fn check_restorable_without(&self, lost: &[usize]) {
        let restored = self.restored(lost).expect("everything comes back");
        assert!(restored.objects.is_superset(&self.put));
    }

    /// The same words once more.
    pub(in crate::backup) fn same_phrase(&self) -> Phrase {
        Phrase::parse(&self.phrase.expose()).unwrap()
    }

    /// The tasks that run by themselves.
    pub(in crate::backup) fn start(
        &self,
    ) -> (Backup<Friends, Objects>, crate::backup::BackupTasks) {
        let backup = self.backup.clone();
        let tasks = backup.run();
        (backup, tasks)
    }
}
