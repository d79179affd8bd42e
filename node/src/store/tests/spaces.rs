//! What is said in spaces, with real keys: before its key and after it, beyond a removal, carried, granted.

mod boosting;
mod carrying;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use hearth_keys::{BoxPublic, BoxSecret, DeviceKeys, Identity, Phrase, Root, SpaceKey};
use hearth_protocol::body;
use hearth_protocol::content::{
    Carried, Content, Control, ControlOp, Delete, Edit, EpochRecord, Post, RecordedKeys, Reference,
    Target,
};
use hearth_protocol::entry::{Entry, EntryId, LogKey, LogNumber, LoneEntry, Place};
use hearth_protocol::log::LogState;
use hearth_protocol::memory::{next_header, one_entry_run};
use hearth_protocol::root::{Claim, Statement, StatementSet};
use hearth_protocol::space::{Commitment, EpochGrant, EpochKeys, MembersDigest, Space};

use super::super::logs::{Account, Draft, Logs};
use super::super::spaces::waiting::SLICE;
use super::super::timeline::{Filter, SeenPost};
use crate::genesis;
use crate::home::Home;
use crate::node;

mod keeping;
mod lasting;
mod promises;
mod searching;
mod telling;

const NOW_MS: u64 = 1 << 42;

/// Alice's store.
struct Alice {
    scratch: tempfile::TempDir,
    logs: Logs,
    account: Account,
}

/// Somebody who writes elsewhere.
struct Author {
    root: Root,
    device: DeviceKeys,
    log: LogKey,
    next: (u64, EntryId),
    time_ms: u64,
}

impl Author {
    fn new() -> Self {
        let mut rng = crate::rng::system();
        let root = Phrase::generate(&mut rng).root();
        let device = DeviceKeys::generate(&mut rng);
        let log = LogKey {
            identity: root.identity(),
            device: device.id(),
            log: LogNumber::SOCIAL,
        };
        Self {
            root,
            device,
            log,
            next: (0, EntryId::NONE),
            time_ms: 1_000_000,
        }
    }

    fn identity(&self) -> Identity {
        self.log.identity
    }

    fn certificate(&self) -> Statement {
        let box_public = self.device.box_public();
        Statement::sign(
            &self.root,
            self.device.id(),
            1,
            Claim::Certify { box_public },
        )
    }

    fn place(&self) -> Place {
        Place {
            log: self.log,
            seq: self.next.0,
        }
    }

    /// The next entry, for whoever holds the key.
    fn say(&mut self, content: &Content, key: Option<&SpaceKey>) -> LoneEntry {
        let mut rng = crate::rng::system();
        let body = match key {
            Some(key) => body::seal(content, key, &self.place(), &mut rng),
            None => body::clear(content, [7; body::SALT_BYTES]),
        };
        self.say_body(body.unwrap())
    }

    fn say_body(&mut self, body: Vec<u8>) -> LoneEntry {
        self.time_ms += 1;
        let mut header = next_header(self.log, &LogState::default(), self.time_ms, &body);
        (header.place, header.previous) = (self.place(), self.next.1);
        let entry: Entry = header.sign(&self.device);
        self.next = (entry.place().seq + 1, entry.id());
        LoneEntry { entry, body }
    }

    fn post(&mut self, text: &str, key: Option<&SpaceKey>) -> LoneEntry {
        self.say(&post(text, None), key)
    }
}

impl Alice {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path()).unwrap();
        let phrase = Phrase::generate(&mut crate::rng::system());
        let (kept, _) = node::account(&home, Some("Alice"), Some(&phrase)).unwrap();
        let account = kept.account.clone();
        let store = scratch.path().join("store");
        let mut logs = Logs::open(&store, vec![account.clone()]).unwrap();
        genesis::ensure(&mut logs, &kept, 1).unwrap();
        Self {
            scratch,
            logs,
            account,
        }
    }

    fn meet(&mut self, author: &Author) {
        let mut known = StatementSet::new(author.identity());
        known.insert(author.certificate()).unwrap();
        self.logs.keep_statements(&known).unwrap();
    }

    fn hear(&mut self, said: &LoneEntry) {
        let run = one_entry_run(&said.entry, said.body.clone());
        self.logs.ingest(run, &[], NOW_MS).unwrap();
    }

    fn record(&mut self, keys: RecordedKeys, granter: Identity, members: Option<Vec<Identity>>) {
        let members = members.map(|members| members.into_iter().map(|who| (who, None)).collect());
        let record = EpochRecord {
            keys,
            granter,
            members,
        };
        let draft = Draft::private(NOW_MS, Content::EpochRecords(vec![record]));
        let (me, mut rng) = (self.account.identity, crate::rng::system());
        self.logs
            .append(&me, false, vec![draft], NOW_MS, &mut rng)
            .unwrap();
    }

    fn learn(&mut self, keys: &EpochKeys) {
        self.record(RecordedKeys::Whole(keys.clone()), keys.starter, None);
    }

    fn home(&self, authors: &[&Author], spaces: &[Space]) -> Vec<SeenPost> {
        let filter = Filter {
            authors: authors.iter().map(|author| author.identity()).collect(),
            spaces: spaces.iter().copied().collect(),
            ..Filter::default()
        };
        self.logs.timeline(&filter, None, 1_000, &|_| true).unwrap()
    }

    fn reopened(self) -> Self {
        let Self {
            scratch,
            mut logs,
            account,
        } = self;
        logs.commit().unwrap();
        drop(logs);
        let logs = Logs::open(&scratch.path().join("store"), vec![account.clone()]).unwrap();
        Self {
            scratch,
            logs,
            account,
        }
    }
}

fn post(text: &str, reply_to: Option<&LoneEntry>) -> Content {
    Content::Post(Post {
        text: text.to_owned(),
        reply_to: reply_to.map(|parent| Reference {
            place: parent.entry.place(),
            id: parent.entry.id(),
        }),
        ..Post::default()
    })
}

fn epoch(space: Space, generation: u32, starter: &Author) -> EpochKeys {
    EpochKeys::generate(
        space,
        generation,
        starter.identity(),
        &mut crate::rng::system(),
    )
}

fn texts(posts: &[SeenPost]) -> Vec<&str> {
    posts.iter().map(|seen| seen.post.text.as_str()).collect()
}

/// What a timeline is, without what only says where it was read from.
fn named(said: &LoneEntry) -> Reference {
    Reference {
        place: said.entry.place(),
        id: said.entry.id(),
    }
}

fn lines(posts: &[SeenPost]) -> Vec<(u64, EntryId, String, Space)> {
    let line = |seen: &SeenPost| (seen.local_id, seen.id, seen.post.text.clone(), seen.space);
    posts.iter().map(line).collect()
}

#[test]
fn what_came_before_its_key_shows_once_the_key_is_here_and_stays() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let keys = epoch(Space::Friends(bob.identity()), 0, &bob);
    for number in 0..100 {
        // Some of them too long for a row.
        let text = format!("{number} {}", "x".repeat(number * 20));
        let said = bob.post(&text, Some(&keys.body));
        alice.hear(&said);
    }
    assert_eq!(alice.logs.waiting().unwrap(), 100);
    assert!(alice.home(&[&bob], &[]).is_empty());
    alice.learn(&keys);
    alice.logs.retry_all(NOW_MS).unwrap();
    let seen = alice.home(&[&bob], &[]);
    assert_eq!((seen.len(), alice.logs.waiting().unwrap()), (100, 0));
    assert!(seen.iter().all(|seen| seen.space == keys.space));
    let said = bob.post("after", Some(&keys.body));
    alice.hear(&said);
    assert_eq!(alice.logs.waiting().unwrap(), 0);
    let all = lines(&alice.home(&[&bob], &[]));
    assert_eq!(all.len(), 101);
    let in_space = alice
        .logs
        .space_timeline(&keys.space, None, 1_000, &|_| true);
    assert_eq!(lines(&in_space.unwrap()), all);
    let mut alice = alice.reopened();
    assert_eq!(lines(&alice.home(&[&bob], &[])), all);
    alice.logs.reindex().unwrap();
    assert_eq!(lines(&alice.home(&[&bob], &[])), all);
    let in_space = alice
        .logs
        .space_timeline(&keys.space, None, 1_000, &|_| true);
    assert_eq!(lines(&in_space.unwrap()), all);
}

#[test]
fn what_waits_is_forgotten_when_it_is_deleted_or_cut_off() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let keys = epoch(Space::Friends(bob.identity()), 0, &bob);
    let said: Vec<LoneEntry> = (0..40)
        .map(|number| bob.post(&number.to_string(), Some(&keys.body)))
        .collect();
    said.iter().for_each(|said| alice.hear(said));
    let targets = said[3..5].iter();
    let targets = targets
        .map(|said| Target::from(said.entry.place()))
        .collect();
    let delete = bob.say(&Content::Delete(Delete { targets }), None);
    alice.hear(&delete);
    assert_eq!(alice.logs.waiting().unwrap(), 38);
    let end = hearth_protocol::root::LogEnd {
        seq: 9,
        id: said[9].entry.id(),
    };
    let ends = BTreeMap::from([(LogNumber::SOCIAL, end)]);
    let mut known = alice.logs.statements(&bob.identity());
    let cut = Statement::sign(&bob.root, bob.device.id(), 2, Claim::Cut { ends });
    known.insert(cut).unwrap();
    alice.logs.keep_statements(&known).unwrap();
    // The delete went, but what it deleted is gone all the same.
    assert_eq!(alice.logs.waiting().unwrap(), 8);
    alice.learn(&keys);
    alice.logs.retry_all(NOW_MS).unwrap();
    assert_eq!(
        texts(&alice.home(&[&bob], &[])),
        ["9", "8", "7", "6", "5", "2", "1", "0"]
    );
}

#[test]
fn a_body_counts_only_in_its_place_by_who_may_speak_and_under_the_right_key() {
    let (mut alice, mut bob, mut carol) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    alice.meet(&carol);
    let friends = epoch(Space::Friends(bob.identity()), 0, &bob);
    let shared = Space::Shared {
        creator: bob.identity(),
        nonce: [1; 16],
    };
    let shared = epoch(shared, 0, &bob);
    alice.learn(&friends);
    alice.learn(&shared);
    let direct = epoch(
        Space::direct(bob.identity(), alice.account.identity),
        0,
        &bob,
    );
    alice.learn(&direct);
    let fine = bob.post("fine", Some(&friends.body));
    alice.hear(&fine);
    // The same bytes elsewhere.
    let moved = bob.say_body(fine.body.clone());
    alice.hear(&moved);
    // Members may read how a space is run without being allowed to read what is said.
    let said = bob.post("under a key for control", Some(&shared.control));
    alice.hear(&said);
    // Others have Bob's keys, and speak in his space to his friends by themselves.
    for keys in [&friends, &direct, &shared] {
        let said = carol.post("uninvited", Some(&keys.body));
        alice.hear(&said);
    }
    let spaces = [friends.space, direct.space, shared.space];
    assert_eq!(texts(&alice.home(&[&bob, &carol], &spaces)), ["fine"]);
    alice.logs.reindex().unwrap();
    assert_eq!(texts(&alice.home(&[&bob, &carol], &spaces)), ["fine"]);
}

#[test]
fn an_edit_is_for_whom_the_post_is_and_an_answer_shows_to_who_can_read_it() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let friends = epoch(Space::Friends(bob.identity()), 0, &bob);
    let later = epoch(friends.space, 1, &bob);
    let other = epoch(
        Space::direct(bob.identity(), alice.account.identity),
        0,
        &bob,
    );
    for keys in [&friends, &later, &other] {
        alice.learn(keys);
    }
    let parent = bob.post("a secret", Some(&friends.body));
    alice.hear(&parent);
    let edit = |text: &str| {
        Content::Edit(Edit {
            target: Target::from(parent.entry.place()),
            text: text.to_owned(),
            warning: None,
            alts: Vec::new(),
        })
    };
    let text = |alice: &Alice| {
        let seen = alice.logs.post_at(&parent.entry.place()).unwrap();
        seen.unwrap().post.text
    };
    let said = bob.say(&edit("another secret"), Some(&later.body));
    alice.hear(&said);
    assert_eq!(text(&alice), "another secret");
    for key in [None, Some(&other.body)] {
        let said = bob.say(&edit("not for these"), key);
        alice.hear(&said);
        assert_eq!(text(&alice), "another secret");
    }
    let said = bob.say(&post("said to all", Some(&parent)), None);
    alice.hear(&said);
    let thread = alice.logs.thread(&said.entry.id()).unwrap();
    assert_eq!(texts(&thread), ["said to all", "another secret"]);
    // To who has no key of it the parent isn't there.
    let mut stranger = Alice::new();
    stranger.meet(&bob);
    for said in [&parent, &said].into_iter().rev() {
        let run = one_entry_run(&said.entry, said.body.clone());
        stranger.logs.ingest(run, &[], NOW_MS).unwrap();
    }
    let thread = stranger.logs.thread(&said.entry.id()).unwrap();
    assert_eq!(texts(&thread), ["said to all"]);
}

/// What begins an epoch.
fn begin(
    keys: &EpochKeys,
    (inboxes, members): (usize, MembersDigest),
    previous: &[&EpochKeys],
) -> ControlOp {
    ControlOp::Epoch {
        generation: keys.generation,
        body: Commitment::to(&keys.body),
        control: Commitment::to(&keys.control),
        members,
        inboxes: vec![None; inboxes],
        previous: previous.iter().map(|keys| keys.control_part()).collect(),
    }
}

#[test]
fn what_a_removal_voids_goes_when_the_removal_comes() {
    let (mut alice, mut bob, mut carol) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    alice.meet(&carol);
    let space = Space::Shared {
        creator: bob.identity(),
        nonce: [2; 16],
    };
    let (first, second) = (epoch(space, 0, &bob), epoch(space, 1, &bob));
    let mut parents: Vec<Reference> = Vec::new();
    let mut run = |bob: &mut Author, op: ControlOp, keys: &EpochKeys| {
        let control = Control {
            space,
            parents: parents.clone(),
            op,
        };
        let said = bob.say(&Content::Control(control), Some(&keys.control));
        parents = vec![named(&said)];
        said
    };
    let name = "Book club".to_owned();
    let mut members = vec![alice.account.identity, carol.identity()];
    members.sort();
    let add = ControlOp::Add {
        members: members.clone(),
        inboxes: vec![None; 2],
        with_past: false,
    };
    members.push(bob.identity());
    members.sort();
    let alone = (1, MembersDigest::of([&bob.identity()]));
    let together = (3, MembersDigest::of(&members));
    let steps = [
        run(&mut bob, ControlOp::Create { name }, &first),
        run(&mut bob, begin(&first, alone, &[]), &first),
        run(&mut bob, add, &first),
        run(&mut bob, begin(&second, together, &[&first]), &second),
    ];
    let in_time = carol.post("in time", Some(&second.body));
    let too_late = carol.post("too late", Some(&second.body));
    // In an order that makes each wait for what comes after it.
    alice.hear(&in_time);
    alice.hear(&too_late);
    steps.iter().for_each(|said| alice.hear(said));
    assert_eq!(alice.logs.waiting().unwrap(), 6);
    // Without the past: the keys of the first epoch's control entries come by the second's.
    alice.learn(&second);
    alice.logs.retry_all(NOW_MS).unwrap();
    assert_eq!(alice.logs.waiting().unwrap(), 0);
    let resolved = alice.logs.resolved(&space).unwrap();
    assert_eq!(
        (resolved.name.as_str(), resolved.members.len()),
        ("Book club", 3)
    );
    assert_eq!(texts(&alice.home(&[], &[space])), ["too late", "in time"]);
    let remove = ControlOp::Remove {
        member: carol.identity(),
        ends: vec![(carol.device.id(), LogNumber::SOCIAL, 0)],
    };
    let removal = run(&mut bob, remove, &second);
    alice.hear(&removal);
    assert_eq!(texts(&alice.home(&[], &[space])), ["in time"]);
    let mut alice = alice.reopened();
    assert_eq!(texts(&alice.home(&[], &[space])), ["in time"]);
    alice.logs.reindex().unwrap();
    assert_eq!(texts(&alice.home(&[], &[space])), ["in time"]);
}

#[test]
fn what_an_owner_carries_shows_with_its_author_unless_it_doesnt_hold() {
    let (mut alice, mut bob, mut carol) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    let keys = epoch(Space::Friends(bob.identity()), 0, &bob);
    alice.learn(&keys);
    let parent = bob.post("what do you think?", Some(&keys.body));
    alice.hear(&parent);
    let answer = carol.say(&post("I like it", Some(&parent)), Some(&keys.body));
    let edit = Content::Edit(Edit {
        target: Target::from(answer.entry.place()),
        text: "I love it".to_owned(),
        warning: None,
        alts: Vec::new(),
    });
    let edit = carol.say(&edit, Some(&keys.body));
    let statements = vec![carol.certificate().to_bytes()];
    let carry = |entry: &LoneEntry| {
        Content::Carried(Carried {
            statements: statements.clone(),
            entry: Box::new(entry.clone()),
        })
    };
    // Under another name, with another's signature.
    let mut mallory = Author::new();
    mallory.log.identity = carol.identity();
    let forged = mallory.say(&post("I hate it", Some(&parent)), Some(&keys.body));
    let said = bob.say(&carry(&forged), Some(&keys.body));
    alice.hear(&said);
    // For everybody: then it isn't for that space.
    let said = bob.say(&carry(&answer), None);
    alice.hear(&said);
    assert_eq!(alice.logs.thread(&parent.entry.id()).unwrap().len(), 1);
    let carrier = bob.say(&carry(&answer), Some(&keys.body));
    alice.hear(&carrier);
    let twice = bob.say(&carry(&answer), Some(&keys.body));
    alice.hear(&twice);
    let thread = alice.logs.thread(&answer.entry.id()).unwrap();
    assert_eq!(texts(&thread).len(), 2);
    let said = bob.say(&carry(&edit), Some(&keys.body));
    alice.hear(&said);
    let thread = alice.logs.thread(&answer.entry.id()).unwrap();
    let seen = thread
        .iter()
        .find(|seen| seen.id == answer.entry.id())
        .unwrap();
    assert_eq!((seen.post.text.as_str(), seen.edited), ("I love it", true));
    assert_eq!(seen.place.log.identity, carol.identity());
    assert_eq!(
        texts(&alice.home(&[&bob, &carol], &[])),
        ["what do you think?"]
    );
    // Its author takes it back.
    alice.meet(&carol);
    let targets = vec![Target::from(answer.entry.place())];
    let delete = carol.say(&Content::Delete(Delete { targets }), None);
    for said in [&answer, &edit, &delete] {
        alice.hear(said);
    }
    assert_eq!(alice.logs.thread(&parent.entry.id()).unwrap().len(), 1);
    assert!(alice.logs.post_at(&answer.entry.place()).unwrap().is_none());
}

fn strangers(count: usize) -> Vec<BoxPublic> {
    let mut rng = crate::rng::system();
    (0..count)
        .map(|_| BoxSecret::generate(&mut rng).public())
        .collect()
}

#[test]
fn grants_are_opened_in_small_steps_friends_first_and_once() {
    let (mut alice, mut bob, mut mallory) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    alice.meet(&mallory);
    let me = alice.account.identity;
    let (_, inbox) = alice.logs.newest_inbox(&me).unwrap().unwrap();
    let mut rng = crate::rng::system();
    let mut grant = |author: &mut Author, to: &[BoxPublic]| {
        let keys = epoch(Space::Friends(author.identity()), 0, author);
        let place = author.place();
        let grant = EpochGrant::seal(&keys, &[], &[], to, &place, &mut rng).unwrap();
        (keys, author.say(&Content::EpochGrant(grant), None))
    };
    for _ in 0..8 {
        let (_, said) = grant(&mut mallory, &strangers(64));
        alice.hear(&said);
    }
    let (keys, said) = grant(&mut bob, &[inbox]);
    alice.hear(&said);
    let first = BTreeSet::from([bob.identity()]);
    let seen = alice.logs.open_grants(&first, Duration::ZERO).unwrap();
    let begun = Instant::now();
    let mut seen = seen;
    while seen.is_empty() {
        seen = alice.logs.open_grants(&first, Duration::ZERO).unwrap();
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(seen[0].granted.keys, keys);
    assert_eq!((seen[0].account, seen[0].granter), (me, bob.identity()));
    // Told again after a restart, as nobody said what became of it.
    let mut alice = alice.reopened();
    let all = |alice: &mut Alice| {
        let mut seen = Vec::new();
        let mut slices = 0;
        while alice.logs.has_unopened_grants() {
            seen.extend(alice.logs.open_grants(&BTreeSet::new(), SLICE).unwrap());
            slices += 1;
        }
        (seen, slices)
    };
    let (seen, slices) = all(&mut alice);
    assert_eq!(seen.len(), 1);
    assert!(slices > 1, "all at once");
    alice.logs.settle_grant(&seen[0].place).unwrap();
    let mut alice = alice.reopened();
    assert!(all(&mut alice).0.is_empty());
    alice.logs.retry_grants_of(&bob.identity()).unwrap();
    assert_eq!(all(&mut alice).0.len(), 1);
}

#[test]
fn much_that_one_granted_keeps_nobody_elses_grant_waiting() {
    let (mut alice, mut bob, mut carol, mut stranger) =
        (Alice::new(), Author::new(), Author::new(), Author::new());
    for author in [&bob, &carol, &stranger] {
        alice.meet(author);
    }
    let me = alice.account.identity;
    let (_, inbox) = alice.logs.newest_inbox(&me).unwrap().unwrap();
    let mut rng = crate::rng::system();
    let mut grant = |author: &mut Author| {
        let keys = epoch(Space::Friends(author.identity()), 0, author);
        let place = author.place();
        let grant = EpochGrant::seal(&keys, &[], &[], &[inbox], &place, &mut rng).unwrap();
        author.say(&Content::EpochGrant(grant), None)
    };
    // Bob begins log after log.
    for number in 0..20 {
        bob.log.log = LogNumber::SOCIAL.fresh(number).unwrap();
        bob.next = (0, EntryId::NONE);
        for _ in 0..2 {
            alice.hear(&grant(&mut bob));
        }
    }
    alice.hear(&grant(&mut stranger));
    alice.hear(&grant(&mut carol));
    let first = BTreeSet::from([bob.identity(), carol.identity()]);
    let mut granters = Vec::new();
    while alice.logs.has_unopened_grants() {
        let seen = alice.logs.open_grants(&first, Duration::ZERO).unwrap();
        granters.extend(seen.into_iter().map(|seen| seen.granter));
    }
    assert_eq!(granters.len(), 42);
    let turn_of = |author: &Author| granters.iter().position(|who| *who == author.identity());
    assert!(turn_of(&carol).unwrap() < 2, "{:?}", turn_of(&carol));
    let turn = turn_of(&stranger).unwrap();
    assert!((2..10).contains(&turn), "{turn}");
}

#[test]
fn somebody_with_much_that_nobody_can_read_costs_a_slice_at_a_time() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let space = Space::Shared {
        creator: bob.identity(),
        nonce: [3; 16],
    };
    let (known, other) = (epoch(space, 0, &bob), epoch(space, 1, &bob));
    for number in 0..2_000 {
        let said = bob.post(&number.to_string(), Some(&other.body));
        alice.hear(&said);
    }
    let begun = Instant::now();
    alice.learn(&known);
    let spent = begun.elapsed();
    assert!(spent < Duration::from_secs(2), "{spent:?}");
    alice.logs.retry_all(NOW_MS).unwrap();
    assert_eq!(alice.logs.waiting().unwrap(), 2_000);
    assert!(alice.home(&[&bob], &[space]).is_empty());
}
