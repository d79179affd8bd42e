//! Cuts: what a lost device said counts no more, however much it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use hearth_keys::{DeviceKeys, Identity, Phrase, Root};
use hearth_protocol::bounds::{BIO_BYTES_MAX, NAME_BYTES_MAX, TIME_MS_MAX};
use hearth_protocol::content::{
    BackupSettings, Content, Delete, Follow, FollowState, Pledge, Post, Profile, Target,
};
use hearth_protocol::entry::{LogKey, LogNumber};
use hearth_protocol::root::{Claim, LogEnd, Statement, StatementSet};

use super::super::logs::{Account, Draft, Logs, Written};
use super::super::rows::namespace;
use super::super::views::{IDS, order};
use crate::genesis;
use crate::home::Home;
use crate::node;

/// More than fits several parts of a truncation.
const POSTS: u64 = 1_500;
/// After anything that the first start writes.
const LATER_MS: u64 = 1 << 42;

/// Alice's store, and a device of hers that is to be stolen.
struct Place {
    scratch: tempfile::TempDir,
    logs: Logs,
    alice: Account,
    stolen: Account,
    root: Root,
}

impl Place {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path()).unwrap();
        let mut rng = crate::rng::system();
        let phrase = Phrase::generate(&mut rng);
        let (kept, _) = node::account(&home, Some("Alice"), Some(&phrase)).unwrap();
        let (root, alice) = (phrase.root(), kept.account.clone());
        let device = Arc::new(DeviceKeys::generate(&mut rng));
        let box_public = device.box_public();
        let certify = Claim::Certify { box_public };
        let certificate = Statement::sign(&root, device.id(), 1, certify);
        let stolen = Account {
            device,
            certificate: certificate.clone(),
            ..alice.clone()
        };
        let mut logs = Logs::open(&scratch.path().join("store"), vec![alice.clone()]).unwrap();
        genesis::ensure(&mut logs, &kept, 1).unwrap();
        let mut place = Self {
            scratch,
            logs,
            alice,
            stolen,
            root,
        };
        let known = place.with(certificate);
        place.logs.keep_statements(&known).unwrap();
        place
    }

    fn with(&self, statement: Statement) -> StatementSet {
        let mut known = self.logs.statements(&self.alice.identity);
        known.insert(statement).unwrap();
        known
    }

    /// What says that the stolen device's logs end with these entries.
    fn cut(&self, ends: &[&Written]) -> StatementSet {
        let end = |written: &&Written| {
            let (seq, id) = (written.place.seq, written.id);
            (written.place.log.log, LogEnd { seq, id })
        };
        let ends: BTreeMap<LogNumber, LogEnd> = ends.iter().map(end).collect();
        let device = self.stolen.device.id();
        self.with(Statement::sign(&self.root, device, 2, Claim::Cut { ends }))
    }

    fn write(
        &mut self,
        by: &Account,
        log: LogNumber,
        contents: impl IntoIterator<Item = (u64, Content)>,
    ) -> Vec<Written> {
        let log = LogKey {
            identity: by.identity,
            device: by.device.id(),
            log,
        };
        let draft = |(time_ms, content)| match log.log.is_social() {
            true => Draft::public(time_ms, content),
            false => Draft::private(time_ms, content),
        };
        let drafts: Vec<Draft> = contents.into_iter().map(draft).collect();
        let mut rng = crate::rng::system();
        let written = self.logs.append_to(by, log, &drafts, 10_000, &mut rng);
        written.unwrap().0
    }

    fn reopened(self) -> Self {
        let Self {
            scratch,
            mut logs,
            alice,
            stolen,
            root,
        } = self;
        logs.commit().unwrap();
        drop(logs);
        let logs = Logs::open(&scratch.path().join("store"), vec![alice.clone()]).unwrap();
        Self {
            scratch,
            logs,
            alice,
            stolen,
            root,
        }
    }

    fn views(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let rows = self.logs.db.prefixed(&[namespace::VIEWS]);
        // Ids may lead to entries that are gone.
        rows.map(Result::unwrap)
            .filter(|(key, _)| key[1] != IDS)
            .collect()
    }

    fn words(&self, bob: &Identity) -> (u64, bool, Option<u16>, String) {
        let (logs, alice) = (&self.logs, &self.alice.identity);
        (
            logs.pledge(alice, bob).unwrap(),
            logs.is_following(alice, bob).unwrap(),
            logs.backup_settings(alice).unwrap().survive,
            logs.profile(alice).unwrap().name,
        )
    }
}

fn words(bob: Identity, number: u64, following: bool) -> Vec<Content> {
    vec![
        Content::Pledge(Pledge {
            to: bob,
            bytes: number,
        }),
        Content::Follow(Follow {
            identity: bob,
            state: if following {
                FollowState::Following
            } else {
                FollowState::None
            },
        }),
        Content::BackupSettings(BackupSettings {
            survive: Some(u16::try_from(number % 60_000).unwrap()),
            bytes_per_second: None,
        }),
        Content::Profile(Profile {
            name: format!("Alice {number}"),
            bio: String::new(),
            gossip: true,
            picture: None,
        }),
    ]
}

fn posts(count: u64) -> impl Iterator<Item = (u64, Content)> {
    (0..count).map(|number| {
        let text = format!("{number}");
        let post = Post {
            text,
            ..Post::default()
        };
        (1_000 + number, Content::Post(post))
    })
}

#[test]
fn what_a_cut_device_said_counts_no_more() {
    let mut place = Place::new();
    let bob = Phrase::generate(&mut crate::rng::system())
        .root()
        .identity();
    let (alice, stolen) = (place.alice.clone(), place.stolen.clone());
    let at = |time_ms: u64, words: Vec<Content>| {
        let at = words.into_iter().map(move |word| (time_ms, word));
        at.collect::<Vec<_>>()
    };
    place.write(&alice, LogNumber::OWN, at(LATER_MS, words(bob, 7, true)));
    let kept = place.write(
        &stolen,
        LogNumber::OWN,
        at(LATER_MS + 2, words(bob, 8, true)),
    );
    let eight = (8, true, Some(8), "Alice 8".to_owned());
    assert_eq!(place.words(&bob), eight);
    // Until for ever, and in between, and long before.
    for (time_ms, number) in [
        (TIME_MS_MAX, 1 << 50),
        (LATER_MS + 1, 9),
        (1, 10),
        (TIME_MS_MAX, 11),
    ] {
        let said = at(time_ms, words(bob, number, false));
        place.write(&stolen, LogNumber::OWN, said);
    }
    assert!(!place.words(&bob).1);
    let cut = place.cut(&[kept.last().unwrap()]);
    let ended = place.logs.keep_statements(&cut).unwrap();
    assert_eq!(ended.len(), 1);
    assert_eq!(place.words(&bob), eight);
    let views = place.views();
    place.logs.reindex().unwrap();
    assert!(place.views() == views, "as if it had never been said");

    // Of a device that never was itself, nothing counts.
    let cut = place.cut(&[]);
    place.logs.keep_statements(&cut).unwrap();
    let seven = (7, true, Some(7), "Alice 7".to_owned());
    assert_eq!(place.words(&bob), seven);
}

#[test]
fn a_word_that_is_deleted_gives_way_to_the_one_before() {
    let mut place = Place::new();
    let bob = Phrase::generate(&mut crate::rng::system())
        .root()
        .identity();
    let alice = place.alice.clone();
    let mut said = Vec::new();
    for number in [3, 4, 5] {
        let words = words(bob, number, true).into_iter();
        let words = words.map(|word| (LATER_MS + number, word));
        said.push(place.write(&alice, LogNumber::OWN, words.collect::<Vec<_>>()));
    }
    for (gone, left) in [(1, 5), (2, 3)] {
        let mut targets: Vec<Target> = said[gone].iter().map(|at| at.place.into()).collect();
        targets.sort();
        let delete = Draft::public(LATER_MS, Content::Delete(Delete { targets }));
        let mut rng = crate::rng::system();
        place
            .logs
            .append(&alice.identity, false, vec![delete], 1, &mut rng)
            .unwrap();
        let expected = (left, true, Some(u16::try_from(left).unwrap()));
        let (pledged, following, survive, name) = place.words(&bob);
        assert_eq!((pledged, following, survive), expected);
        assert_eq!(name, format!("Alice {left}"));
    }
}

#[test]
fn a_store_of_an_older_form_is_shown_anew() {
    let mut place = Place::new();
    let alice = place.alice.clone();
    place.write(&alice, LogNumber::SOCIAL, posts(3));
    let before = place.views();
    let mut batch = super::super::db::Batch::default();
    before.iter().for_each(|(key, _)| batch.remove(key.clone()));
    place.logs.apply(batch).unwrap();
    let place = place.reopened();
    assert!(place.views() == before);
}

#[test]
fn a_cut_of_much_is_done_by_parts_and_gone_on_with() {
    let mut place = Place::new();
    let stolen = place.stolen.clone();
    let before = place.views();
    let written = place.write(&stolen, LogNumber::SOCIAL, posts(POSTS));
    let kept = place.write(&stolen, LogNumber::OWN, posts(3));
    let log = written[0].place.log;
    let cut = place.cut(&[&written[9], &kept[2]]);
    // What a process does that ends in between.
    place.logs.note_statements(&cut).unwrap();
    let from = place.logs.truncate_part(log, 10).unwrap();
    assert!(10 < from && from < POSTS, "{from}");
    assert_eq!(
        place.logs.state(&log).top().map(|top| top.hi + 1),
        Some(from)
    );

    let mut place = place.reopened();
    let top = place.logs.state(&log).top().copied().unwrap();
    assert_eq!((top.hi, top.head), (9, written[9].id));
    assert_eq!(place.logs.state(&kept[0].place.log).top().unwrap().hi, 2);
    assert!(place.logs.entry(&written[9].place).unwrap().is_some());
    assert!(place.logs.entry(&written[10].place).unwrap().is_none());
    let shown = |logs: &Logs| order().len(&logs.db).unwrap();
    assert_eq!(shown(&place.logs), 13);

    // All of it goes, and at once.
    let cut = place.cut(&[]);
    assert_eq!(place.logs.keep_statements(&cut).unwrap().len(), 2);
    assert!(place.logs.state(&log).ranges().is_empty());
    assert_eq!(shown(&place.logs), 0);
    place.logs.reindex().unwrap();
    assert!(before.iter().all(|row| place.views().contains(row)));
}

#[test]
fn the_longest_profile_is_kept_and_gives_way_to_a_shorter_one() {
    let mut place = Place::new();
    let alice = place.alice.clone();
    let long = Profile {
        name: "N".repeat(NAME_BYTES_MAX),
        bio: "é".repeat(BIO_BYTES_MAX / 2),
        gossip: true,
        picture: None,
    };
    let short = Profile {
        bio: "b".repeat(2_048),
        ..long.clone()
    };
    for (time_ms, profile) in [
        (LATER_MS, &long),
        (LATER_MS + 1, &short),
        (LATER_MS + 2, &long),
    ] {
        let said = vec![(time_ms, Content::Profile(profile.clone()))];
        place.write(&alice, LogNumber::SOCIAL, said);
        assert_eq!(place.logs.profile(&alice.identity).unwrap(), *profile);
    }
    place.logs.reindex().unwrap();
    place.logs.commit().unwrap();
    assert_eq!(place.logs.profile(&alice.identity).unwrap(), long);
}
