//! What friends react in Alice's space is carried while it stands, and no more of it than anybody means.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hearth_keys::SpaceKey;
use hearth_protocol::content::{Carried, Content, Delete, Reaction, Reference, Target};
use hearth_protocol::entry::{EntryId, LoneEntry, Place};
use hearth_protocol::root::{Claim, Statement};
use hearth_protocol::space::Space;

use super::super::{Alice, Author, NOW_MS, epoch, post};
use crate::store::registers::Hidden;
use crate::store::writing::Reacting;

const HEART: &str = "❤";

/// What is said of a post.
fn reaction(to: (Place, EntryId), emoji: &str, on: bool) -> Content {
    let (place, id) = to;
    let target = Reference { place, id };
    let emoji = emoji.to_owned();
    Content::Reaction(Reaction { target, emoji, on })
}

fn reference(entry: &LoneEntry) -> (Place, EntryId) {
    (entry.entry.place(), entry.entry.id())
}

/// Different ones.
fn emoji(number: u32) -> String {
    char::from_u32(0x1f600 + number).unwrap().to_string()
}

/// What Alice's node remembers while it carries.
struct Carrying {
    reacting: Reacting,
    begun: Instant,
    passed: Duration,
}

impl Carrying {
    fn new() -> Self {
        Self {
            reacting: Reacting::default(),
            begun: Instant::now(),
            passed: Duration::ZERO,
        }
    }

    /// One job; how many entries that wrote.
    fn once(&mut self, alice: &mut Alice) -> usize {
        let (me, now) = (alice.me(), self.begun + self.passed);
        let stored = alice
            .logs
            .carry_reactions(&me, &mut self.reacting, now, NOW_MS);
        let pushes = stored.unwrap().into_iter().filter_map(|stored| stored.push);
        pushes.map(|push| push.0.items.len()).sum()
    }
}

impl Alice {
    /// A post to her friends.
    fn ask_friends(&mut self, text: &str) -> (Place, EntryId) {
        let place = self.say_to_friends(post(text, None));
        let (entry, _) = self.logs.entry(&place).unwrap().unwrap();
        (place, entry.id())
    }

    /// The emoji that she carries of somebody, with how many copies.
    fn carried_of(&self, target: EntryId, author: &Author) -> BTreeMap<String, usize> {
        let me = self.me();
        let carried = self
            .logs
            .reactions_carried_of(&me, &target, &author.identity());
        let mut copies = BTreeMap::new();
        for it in carried.unwrap() {
            assert!(it.on);
            *copies.entry(it.emoji).or_default() += 1;
        }
        copies
    }

    fn hear_reaction(
        &mut self,
        author: &mut Author,
        to: (Place, EntryId),
        (emoji, on): (&str, bool),
        key: &SpaceKey,
    ) -> LoneEntry {
        let said = author.say(&reaction(to, emoji, on), Some(key));
        self.hear(&said);
        said
    }

    /// What shows of a post: emoji and how many.
    fn reacted_to(&self, place: &Place) -> Vec<(String, u64)> {
        let post = self.logs.post_at(place).unwrap().unwrap();
        let reactions = self.logs.reactions(&self.me(), &post, &Hidden::default());
        let reactions = reactions.unwrap().into_iter();
        reactions
            .map(|reacted| (reacted.emoji, reacted.count))
            .collect()
    }
}

fn hearts(count: usize) -> BTreeMap<String, usize> {
    (count > 0)
        .then(|| (HEART.to_owned(), count))
        .into_iter()
        .collect()
}

#[test]
fn a_friends_reaction_is_carried_while_it_stands() {
    let (mut alice, mut bob, mut stranger) = (Alice::new(), Author::new(), Author::new());
    alice.befriend(&bob);
    alice.meet(&stranger);
    let asked = alice.ask_friends("what do you think?");
    let (key, mut carrying) = (alice.key(), Carrying::new());
    alice.hear_reaction(&mut bob, asked, (HEART, true), &key);
    alice.hear_reaction(&mut stranger, asked, (HEART, true), &key);
    assert_eq!(carrying.once(&mut alice), 1);
    assert_eq!(carrying.once(&mut alice), 0);
    assert_eq!(alice.carried_of(asked.1, &bob), hearts(1));
    assert_eq!(alice.carried_of(asked.1, &stranger), hearts(0));
    // Said once more: the newest word is carried, and that alone.
    let again = alice.hear_reaction(&mut bob, asked, (HEART, true), &key);
    assert_eq!(carrying.once(&mut alice), 2);
    assert_eq!(alice.carried_of(asked.1, &bob), hearts(1));
    // As another device of hers does at the same time.
    let entry = Box::new(again);
    let statements = Vec::new();
    alice.say_to_friends(Content::Carried(Carried { statements, entry }));
    assert_eq!(alice.carried_of(asked.1, &bob), hearts(2));
    assert_eq!(carrying.once(&mut alice), 0);
    // Nothing is forgotten or done twice when the views are built anew.
    alice.logs.reindex().unwrap();
    assert_eq!(alice.carried_of(asked.1, &bob), hearts(2));
    assert_eq!(carrying.once(&mut alice), 0);
    // Taken back, it goes in all copies.
    alice.hear_reaction(&mut bob, asked, (HEART, false), &key);
    assert_eq!(carrying.once(&mut alice), 1);
    assert_eq!(alice.carried_of(asked.1, &bob), hearts(0));
    assert_eq!(carrying.once(&mut alice), 0);
    // And comes again; said and taken back in between, nothing is.
    alice.hear_reaction(&mut bob, asked, (HEART, true), &key);
    alice.hear_reaction(&mut bob, asked, ("👍", true), &key);
    alice.hear_reaction(&mut bob, asked, ("👍", false), &key);
    assert_eq!(carrying.once(&mut alice), 1);
    assert_eq!(alice.carried_of(asked.1, &bob), hearts(1));
}

#[test]
fn what_another_own_device_carries_stays_unless_this_one_knows_better() {
    let (mut alice, mut bob, mut carol) = (Alice::new(), Author::new(), Author::new());
    alice.befriend(&bob);
    // Only the other device met Carol.
    alice.meet(&carol);
    let asked = alice.ask_friends("what do you think?");
    let (key, mut carrying) = (alice.key(), Carrying::new());
    let copy = |alice: &mut Alice, entry: &LoneEntry| {
        let (statements, entry) = (Vec::new(), Box::new(entry.clone()));
        alice.say_to_friends(Content::Carried(Carried { statements, entry }));
    };
    let said = alice.hear_reaction(&mut carol, asked, (HEART, true), &key);
    copy(&mut alice, &said);
    assert_eq!(carrying.once(&mut alice), 0);
    assert_eq!(alice.carried_of(asked.1, &carol), hearts(1));
    // Of Bob's two words it had both, and this one the first.
    alice.hear_reaction(&mut bob, asked, (HEART, true), &key);
    let newer = bob.say(&reaction(asked, HEART, true), Some(&key));
    copy(&mut alice, &newer);
    assert_eq!(carrying.once(&mut alice), 0);
    alice.hear(&newer);
    assert_eq!(carrying.once(&mut alice), 0);
    assert_eq!(alice.carried_of(asked.1, &bob), hearts(1));
    // A reaction to what isn't here yet.
    let elsewhere = (
        Place {
            seq: asked.0.seq + 1_000,
            ..asked.0
        },
        EntryId::from_bytes([7; 32]),
    );
    let said = alice.hear_reaction(&mut bob, elsewhere, (HEART, true), &key);
    copy(&mut alice, &said);
    assert_eq!(carrying.once(&mut alice), 0);
    assert_eq!(alice.carried_of(elsewhere.1, &bob), hearts(1));
    // That Bob took his back is clear to both.
    alice.hear_reaction(&mut bob, asked, (HEART, false), &key);
    assert_eq!(carrying.once(&mut alice), 1);
    assert_eq!(alice.carried_of(asked.1, &bob), hearts(0));
    assert_eq!(alice.carried_of(asked.1, &carol), hearts(1));
}

#[test]
fn what_is_carried_goes_with_the_post_and_with_the_reaction() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.befriend(&bob);
    let asked = ["one", "two"].map(|text| alice.ask_friends(text));
    let (key, mut carrying) = (alice.key(), Carrying::new());
    let said = asked.map(|to| alice.hear_reaction(&mut bob, to, (HEART, true), &key));
    assert_eq!(carrying.once(&mut alice), 2);
    let delete = |place: Place| {
        let targets = vec![Target::from(place)];
        Content::Delete(Delete { targets })
    };
    let (me, mut rng) = (alice.me(), crate::rng::system());
    let drafts = vec![super::Draft::public(NOW_MS, delete(asked[0].0))];
    alice
        .logs
        .append(&me, true, drafts, NOW_MS, &mut rng)
        .unwrap();
    assert_eq!(carrying.once(&mut alice), 1);
    assert_eq!(alice.carried_of(asked[0].1, &bob), hearts(0));
    assert_eq!(alice.carried_of(asked[1].1, &bob), hearts(1));
    let delete = bob.say(&delete(said[1].entry.place()), None);
    alice.hear(&delete);
    assert_eq!(alice.drop_carried(), 1);
    assert_eq!(alice.carried_of(asked[1].1, &bob), hearts(0));
    assert_eq!(carrying.once(&mut alice), 0);
    assert!(alice.logs.reacted(None, 10).unwrap().is_empty());
}

#[test]
fn no_friend_has_more_carried_than_anybody_means() {
    let (mut alice, mut bob, mut carol) = (Alice::new(), Author::new(), Author::new());
    alice.befriend(&bob);
    alice.befriend(&carol);
    let asked = alice.ask_friends("what do you think?");
    let (key, mut carrying) = (alice.key(), Carrying::new());
    // Many emoji; words; posts that aren't there, or are elsewhere.
    for number in 0..20 {
        alice.hear_reaction(&mut bob, asked, (&emoji(number), true), &key);
    }
    alice.hear_reaction(&mut carol, asked, ("oh no", true), &key);
    let public = carol.post("for everybody", None);
    alice.hear(&public);
    alice.hear_reaction(&mut carol, reference(&public), (HEART, true), &key);
    for number in 0..200 {
        let nowhere = (asked.0, EntryId::from_bytes([number; 32]));
        alice.hear_reaction(&mut carol, nowhere, (HEART, true), &key);
    }
    assert_eq!(carrying.once(&mut alice), 8);
    assert_eq!(alice.carried_of(asked.1, &bob).len(), 8);
    assert!(alice.logs.reacted(None, 10).unwrap().is_empty());
    // To and fro.
    let mut written = 0;
    for _ in 0..200 {
        for on in [true, false] {
            alice.hear_reaction(&mut carol, asked, (HEART, on), &key);
            written += carrying.once(&mut alice);
        }
    }
    assert_eq!(written, 2 * 64, "each is carried once, and deleted once");
    alice.hear_reaction(&mut carol, asked, (HEART, true), &key);
    assert_eq!(carrying.once(&mut alice), 0, "later");
    assert_eq!(alice.logs.reacted(None, 10).unwrap().len(), 1);
    // Nobody else has to wait for her.
    let dave = alice.ask_friends("and now?");
    alice.hear_reaction(&mut bob, dave, (HEART, true), &key);
    assert_eq!(carrying.once(&mut alice), 1);
    carrying.passed += Duration::from_secs(60);
    assert_eq!(carrying.once(&mut alice), 1);
    assert_eq!(alice.carried_of(asked.1, &carol), hearts(1));
    assert!(alice.logs.reacted(None, 10).unwrap().is_empty());
}

#[test]
fn much_is_carried_a_little_at_a_time() {
    let mut alice = Alice::new();
    let mut friends: Vec<Author> = (0..5).map(|_| Author::new()).collect();
    friends.iter().for_each(|friend| alice.befriend(friend));
    let asked: Vec<_> = (0..70)
        .map(|number| alice.ask_friends(&number.to_string()))
        .collect();
    let (key, mut carrying) = (alice.key(), Carrying::new());
    for friend in &mut friends {
        for to in &asked {
            alice.hear_reaction(friend, *to, (HEART, true), &key);
        }
    }
    let mut jobs = Vec::new();
    for _ in 0..20 {
        jobs.push(carrying.once(&mut alice));
    }
    assert!(jobs.iter().all(|written| *written <= 64), "{jobs:?}");
    assert_eq!(jobs.iter().sum::<usize>(), 5 * 64, "{jobs:?}");
    assert_eq!(alice.logs.reacted(None, 100).unwrap().len(), 5 * 6);
    carrying.passed += Duration::from_secs(6 * 60);
    let more: usize = (0..5).map(|_| carrying.once(&mut alice)).sum();
    assert_eq!(more, 5 * 6);
}

#[test]
fn what_an_owner_carries_of_reactions_counts_once_and_while_it_holds() {
    let (mut alice, mut bob, mut carol) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    let keys = epoch(Space::Friends(bob.identity()), 0, &bob);
    alice.learn(&keys);
    let asked = bob.post("what do you think?", Some(&keys.body));
    alice.hear(&asked);
    let (to, place) = (reference(&asked), asked.entry.place());
    let certificate = carol.certificate().to_bytes();
    let carry = |entry: &LoneEntry| {
        let (statements, entry) = (vec![certificate.clone()], Box::new(entry.clone()));
        Content::Carried(Carried { statements, entry })
    };
    let said = carol.say(&reaction(to, HEART, true), Some(&keys.body));
    // Under another name; for everybody; by somebody who doesn't own the space.
    let (mut mallory, mut eve) = (Author::new(), Author::new());
    mallory.log.identity = carol.identity();
    let forged = mallory.say(&reaction(to, HEART, true), Some(&keys.body));
    alice.meet(&eve);
    for entry in [
        bob.say(&carry(&forged), Some(&keys.body)),
        bob.say(&carry(&said), None),
        eve.say(&carry(&said), Some(&keys.body)),
    ] {
        alice.hear(&entry);
    }
    assert_eq!(alice.reacted_to(&place), []);
    let copies = [0, 1].map(|_| bob.say(&carry(&said), Some(&keys.body)));
    copies.iter().for_each(|copy| alice.hear(copy));
    let heart = || vec![(HEART.to_owned(), 1)];
    assert_eq!(alice.reacted_to(&place), heart());
    alice.logs.reindex().unwrap();
    assert_eq!(alice.reacted_to(&place), heart());
    // One of them goes, then the other.
    let targets = |entry: &LoneEntry| vec![Target::from(entry.entry.place())];
    let mut delete = |entry: &LoneEntry, alice: &mut Alice| {
        let targets = targets(entry);
        let delete = bob.say(&Content::Delete(Delete { targets }), None);
        alice.hear(&delete);
    };
    delete(&copies[0], &mut alice);
    assert_eq!(alice.reacted_to(&place), heart());
    delete(&copies[1], &mut alice);
    assert_eq!(alice.reacted_to(&place), []);
    // Who knows that Carol deleted it needn't be told by Bob.
    let carried = bob.say(&carry(&said), Some(&keys.body));
    alice.hear(&carried);
    assert_eq!(alice.reacted_to(&place), heart());
    alice.meet(&carol);
    let delete = Content::Delete(Delete {
        targets: targets(&said),
    });
    let delete = carol.say(&delete, None);
    [&said, &delete].into_iter().for_each(|it| alice.hear(it));
    assert_eq!(alice.reacted_to(&place), []);
    let last = carol.say(&reaction(to, HEART, true), Some(&keys.body));
    let carried = bob.say(&carry(&last), Some(&keys.body));
    alice.hear(&carried);
    assert_eq!(alice.reacted_to(&place), heart());
    // Her own shows at once, counts once when it comes back, and doesn't once she took it back.
    let mut react = |alice: &mut Alice, on, time_ms| {
        let (me, space) = (alice.me(), Space::Friends(bob.identity()));
        let contents = vec![(time_ms, reaction(to, HEART, on))];
        let placed = alice.logs.write_in(&me, &space, contents, NOW_MS);
        let own = placed.unwrap().unwrap().written[0].place;
        let link = alice.logs.link(&own).unwrap().unwrap();
        let entry = LoneEntry {
            entry: link.entry,
            body: link.body.unwrap(),
        };
        let (statements, entry) = (vec![], Box::new(entry));
        bob.say(
            &Content::Carried(Carried { statements, entry }),
            Some(&keys.body),
        )
    };
    let carried = react(&mut alice, true, NOW_MS);
    let two = vec![(HEART.to_owned(), 2)];
    assert_eq!(alice.reacted_to(&place), two);
    alice.hear(&carried);
    assert_eq!(alice.reacted_to(&place), two);
    react(&mut alice, false, NOW_MS + 1);
    assert_eq!(alice.reacted_to(&place), heart());
    // Her device is cut off: nothing of it counts.
    let ends = BTreeMap::new();
    let cut = Statement::sign(&carol.root, carol.device.id(), 2, Claim::Cut { ends });
    let mut known = alice.logs.statements(&carol.identity());
    known.insert(cut).unwrap();
    alice.logs.keep_statements(&known).unwrap();
    assert_eq!(alice.reacted_to(&place), []);
}
