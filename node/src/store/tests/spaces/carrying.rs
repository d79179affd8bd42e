//! What friends answer in Alice's space is carried, whatever one of them writes; what is taken back goes in all copies.

mod reacting;

use hearth_keys::{DeviceId, Identity, SpaceKey};
use hearth_protocol::body::SEALED_CONTENT_BYTES_MAX;
use hearth_protocol::bounds::{BODY_BYTES_MAX, CARRIED_STATEMENTS_MAX};
use hearth_protocol::content::social::register;
use hearth_protocol::content::{
    Carried, Content, Delete, Edit, Follow, FollowState, Register, Target,
};
use hearth_protocol::entry::{EntryId, LogNumber, LoneEntry, Place};
use hearth_protocol::root::{Claim, LogEnd, Statement, StatementSet};
use hearth_protocol::space::Space;

use super::{Alice, Author, NOW_MS, post};
use crate::store::logs::Draft;
use crate::store::writing::Refusal;

impl Alice {
    pub(super) fn me(&self) -> Identity {
        self.account.identity
    }

    pub(super) fn note(&mut self, content: Content, time_ms: u64) {
        let (me, mut rng) = (self.me(), crate::rng::system());
        let drafts = vec![Draft::private(time_ms, content)];
        self.logs
            .append(&me, false, drafts, NOW_MS, &mut rng)
            .unwrap();
    }

    pub(super) fn befriend(&mut self, author: &Author) {
        self.meet(author);
        let (me, identity) = (self.me(), author.identity());
        let state = FollowState::Following;
        self.note(Content::Follow(Follow { identity, state }), NOW_MS);
        let row = (1, true, String::new());
        self.logs.remember_follower(&me, &identity, row).unwrap();
        assert!(self.logs.are_friends(&me, &identity).unwrap());
    }

    /// Writes into the space of her friends; the key that it was sealed under is there from then on.
    pub(super) fn say_to_friends(&mut self, content: Content) -> Place {
        let (me, contents) = (self.me(), vec![(NOW_MS, content)]);
        let placed = self
            .logs
            .write_in(&me, &Space::Friends(me), contents, NOW_MS);
        placed.unwrap().unwrap().written[0].place
    }

    pub(super) fn key(&self) -> SpaceKey {
        let held = self.logs.held_epochs(&Space::Friends(self.me()));
        let newest = held.into_iter().max_by_key(|keys| keys.generation);
        newest.unwrap().body
    }

    pub(super) fn carry(&mut self) -> usize {
        let me = self.me();
        self.logs.carry_replies(&me, NOW_MS).unwrap().len()
    }

    /// What carries an entry, as it is read again.
    fn carriers(&self, entry: &LoneEntry) -> Vec<(Place, Carried)> {
        let places = self.logs.carriers_of(&self.me(), &entry.entry.id());
        let content = |place: Place| match self.logs.content(&place).unwrap() {
            Some(Content::Carried(carried)) => (place, carried),
            other => panic!("{other:?} carries nothing"),
        };
        places.unwrap().into_iter().map(content).collect()
    }

    pub(super) fn drop_carried(&mut self) -> usize {
        let (me, mut after) = (self.me(), None);
        let stored = self.logs.drop_carried(&me, &mut after, NOW_MS).unwrap();
        assert_eq!(after, None);
        stored.len()
    }
}

impl Author {
    /// A post with as much padding as fits an entry.
    fn pad(&mut self, text: &str, key: &SpaceKey) -> LoneEntry {
        let mut content = post(text, None).to_bytes();
        content.push(0x80);
        content.resize(SEALED_CONTENT_BYTES_MAX + 1, 0);
        let place = self.place().to_bytes();
        let mut rng = crate::rng::system();
        let mut body = vec![2];
        body.extend_from_slice(&key.seal_body(&place, &content, &mut rng));
        assert_eq!(body.len(), BODY_BYTES_MAX);
        self.say_body(body)
    }

    /// Says of a device that it is cut off, at as much length as it goes.
    fn cut_at_length(&self, device: [u8; 32]) -> Statement {
        let end = LogEnd {
            seq: 1 << 39,
            id: EntryId::from_bytes([7; 32]),
        };
        let ends = (1..=16).map(|number| (LogNumber::SOCIAL.fresh(number).unwrap(), end));
        let claim = Claim::Cut {
            ends: ends.collect(),
        };
        Statement::sign(&self.root, DeviceId::from_bytes(device), 3, claim)
    }
}

#[test]
fn one_reply_that_doesnt_fit_an_entry_keeps_no_other_from_being_carried() {
    let (mut alice, mut bob, mut carol) = (Alice::new(), Author::new(), Author::new());
    alice.befriend(&bob);
    alice.befriend(&carol);
    alice.say_to_friends(post("what do you think?", None));
    let key = alice.key();
    let padded: Vec<LoneEntry> = (0..3)
        .map(|_| bob.pad("nothing much", &key))
        .inspect(|said| alice.hear(said))
        .collect();
    let fine = carol.post("a lot", Some(&key));
    alice.hear(&fine);
    // Bob's came, and is shown: it just isn't served on.
    let space = Space::Friends(alice.me());
    let seen = alice.logs.space_timeline(&space, None, 10, &|_| true);
    assert_eq!(seen.unwrap().len(), 5);
    assert_eq!(alice.carry(), 1);
    assert_eq!(alice.carriers(&fine).len(), 1);
    assert!(padded.iter().all(|said| alice.carriers(said).is_empty()));
    assert_eq!(alice.carry(), 0);
    let last = carol.post("still a lot", Some(&key));
    alice.hear(&last);
    assert_eq!(alice.carry(), 1);
    assert_eq!(alice.carriers(&last).len(), 1);
}

#[test]
fn of_many_statements_those_go_along_that_are_needed_and_fit() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.befriend(&bob);
    let mut known = StatementSet::new(bob.identity());
    known.insert(bob.certificate()).unwrap();
    for number in 1..=100 {
        known.insert(bob.cut_at_length([number; 32])).unwrap();
    }
    alice.logs.keep_statements(&known).unwrap();
    alice.say_to_friends(post("what do you think?", None));
    let key = alice.key();
    let short = bob.post("nothing much", Some(&key));
    let long = bob.post(&"x".repeat(16 * 1024), Some(&key));
    [&short, &long]
        .into_iter()
        .for_each(|said| alice.hear(said));
    alice.carry();
    for said in [&short, &long] {
        let carriers = alice.carriers(said);
        let [(_, carried)] = &carriers[..] else {
            panic!("{} copies", carriers.len());
        };
        assert_eq!(carried.statements[0], bob.certificate().to_bytes());
        let count = carried.statements.len();
        assert!((2..=CARRIED_STATEMENTS_MAX).contains(&count), "{count}");
        assert_eq!(*carried.entry, *said);
    }
}

#[test]
fn what_is_taken_back_goes_in_all_copies_and_once() {
    let (mut alice, mut bob, mut carol) = (Alice::new(), Author::new(), Author::new());
    alice.befriend(&bob);
    alice.befriend(&carol);
    alice.say_to_friends(post("what do you think?", None));
    let key = alice.key();
    let answer = bob.post("I hate it", Some(&key));
    let edit = Content::Edit(Edit {
        target: Target::from(answer.entry.place()),
        text: "I like it".to_owned(),
        warning: None,
        alts: Vec::new(),
    });
    let edit = bob.say(&edit, Some(&key));
    let other = carol.post("I love it", Some(&key));
    for said in [&answer, &edit, &other] {
        alice.hear(said);
    }
    assert_eq!(alice.carry(), 1);
    // As another device of hers does at the same time.
    let copy = |entry: &LoneEntry| {
        Content::Carried(Carried {
            statements: Vec::new(),
            entry: Box::new(entry.clone()),
        })
    };
    let mut copies = vec![
        alice.say_to_friends(copy(&answer)),
        alice.say_to_friends(copy(&edit)),
    ];
    let carriers = alice.carriers(&answer);
    assert_eq!(carriers.len(), 2);
    copies.extend(carriers.into_iter().map(|(place, _)| place));
    assert_eq!(alice.drop_carried(), 0);
    let targets = [&answer, &edit].map(|said| Target::from(said.entry.place()));
    let targets = targets.to_vec();
    let delete = bob.say(&Content::Delete(Delete { targets }), None);
    alice.hear(&delete);
    assert_eq!(alice.drop_carried(), 1);
    for place in copies {
        assert!(alice.logs.link(&place).unwrap().unwrap().body.is_none());
    }
    let left = alice.logs.let_go(&alice.me(), None, 100).unwrap();
    assert!(left.carriers.is_empty());
    assert_eq!(alice.drop_carried(), 0);
    assert_eq!(alice.carry(), 0);
    let carriers = alice.carriers(&other);
    assert_eq!(carriers.len(), 1);
    // Nothing of it comes back when the views are built anew.
    alice.logs.reindex().unwrap();
    assert!(alice.carriers(&answer).is_empty());
    assert_eq!(alice.carriers(&other).len(), 1);
}

#[test]
fn what_is_let_go_is_found_page_by_page_also_when_its_device_is_cut_off() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.befriend(&bob);
    alice.say_to_friends(post("what do you think?", None));
    let key = alice.key();
    let said: Vec<LoneEntry> = (0..20)
        .map(|number| bob.post(&number.to_string(), Some(&key)))
        .inspect(|said| alice.hear(said))
        .collect();
    alice.carry();
    let targets = said.iter().map(|said| Target::from(said.entry.place()));
    let targets = targets.collect();
    let delete = bob.say(&Content::Delete(Delete { targets }), None);
    alice.hear(&delete);
    let (me, mut after, mut found) = (alice.me(), None, 0);
    loop {
        let page = alice.logs.let_go(&me, after.as_deref(), 6).unwrap();
        assert!(page.carriers.len() <= 6);
        found += page.carriers.len();
        match page.last {
            Some(last) => after = Some(last),
            None => break,
        }
    }
    assert_eq!(found, 20);
    let mut known = alice.logs.statements(&bob.identity());
    let claim = Claim::Cut {
        ends: [].into_iter().collect(),
    };
    let cut = Statement::sign(&bob.root, bob.device.id(), 2, claim);
    known.insert(cut).unwrap();
    alice.logs.keep_statements(&known).unwrap();
    alice.drop_carried();
    assert_eq!(alice.drop_carried(), 0);
    assert!(said.iter().all(|said| alice.carriers(said).is_empty()));
}

pub(super) fn blocking(author: &Author, value: Option<Vec<u8>>) -> Content {
    Content::Register(Register {
        register: register::BLOCK,
        key: author.identity().as_bytes().to_vec(),
        value,
    })
}

#[test]
fn nothing_is_written_to_somebody_who_is_blocked() {
    let (mut alice, bob) = (Alice::new(), Author::new());
    alice.befriend(&bob);
    let me = alice.me();
    let space = Space::direct(me, bob.identity());
    let write = |alice: &mut Alice| {
        let contents = vec![(NOW_MS, post("only you", None))];
        alice.logs.write_in(&me, &space, contents, NOW_MS).unwrap()
    };
    let block = |value| blocking(&bob, value);
    let written = write(&mut alice).unwrap().written;
    assert_eq!(written.len(), 1);
    alice.note(block(Some(vec![1])), NOW_MS);
    assert_eq!(write(&mut alice).unwrap_err(), Refusal::Blocked);
    alice.note(block(None), NOW_MS + 1);
    assert!(write(&mut alice).is_ok());
}
