//! What Alice's node does in a shared space when others did what she didn't know of, or what they mustn't.

use std::sync::Arc;

use hearth_protocol::content::InboxAnnouncement;
use hearth_protocol::root::LogEnd;
use hearth_protocol::space::{EpochControl, Granted, Resolved, Step};

use super::super::super::inboxes::ToldInbox;
use super::super::super::spaces::keyring::UNBEGUN_PER_AUTHOR_MAX;
use super::super::super::writing::{Change, Rests, Verdict};
use super::carrying::blocking;
use super::*;

impl Alice {
    fn founds(&mut self, members: &[&Author]) -> Space {
        let members = members.iter().map(|author| author.identity()).collect();
        let me = self.account.identity;
        let founded = self.logs.found_space(&me, "Shed", &members, NOW_MS);
        founded.unwrap().unwrap().0
    }

    fn changes(&mut self, space: &Space, change: Change) {
        let me = self.account.identity;
        let changed = self.logs.change_space(&me, space, change, NOW_MS);
        changed.unwrap().unwrap();
    }

    fn says(&mut self, space: &Space, text: &str) {
        let contents = vec![(NOW_MS, post(text, None))];
        let me = self.account.identity;
        let placed = self.logs.write_in(&me, space, contents, NOW_MS);
        placed.unwrap().unwrap();
    }

    fn sees(&self, space: &Space) -> Arc<Resolved> {
        self.logs.resolved(space).unwrap()
    }

    fn controls(&self, space: &Space) -> usize {
        self.logs.control_entries(space).unwrap().len()
    }

    fn members(&self, space: &Space) -> (usize, MembersDigest) {
        let members = &self.sees(space).members;
        (members.len(), MembersDigest::of(members.keys()))
    }

    fn newest(&self, space: &Space) -> EpochKeys {
        let held = self.logs.held_epochs(space).into_iter();
        held.max_by_key(|keys| keys.generation).unwrap()
    }
}

impl Alice {
    /// What somebody who begins an epoch now names as its parents.
    fn parents(&self, space: &Space, author: &Author) -> Vec<Reference> {
        self.sees(space).parents(Step {
            author: &author.identity(),
            runs: None,
        })
    }

    /// What her social log grants to who has a secret.
    fn grants(&self, secret: &BoxSecret) -> Vec<Granted> {
        let me = self.account.identity;
        let mine = self.logs.logs();
        let mine = mine.filter(|(log, _)| log.identity == me && log.log.is_social());
        let ends = mine.filter_map(|(log, state)| Some((*log, state.top()?.hi)));
        let places = ends.flat_map(|(log, end)| (0..=end).map(move |seq| Place { log, seq }));
        let opened = places.filter_map(|place| match self.logs.content(&place).unwrap() {
            Some(Content::EpochGrant(grant)) => grant.open(secret, &place),
            _ => None,
        });
        opened.collect()
    }

    /// Somebody's inbox key is known by a letter; its secret.
    fn reads_letter(&mut self, author: &Author, generation: u32) -> BoxSecret {
        let secret = BoxSecret::generate(&mut crate::rng::system());
        self.meet(author);
        self.logs.tell_inbox(ToldInbox {
            identity: author.identity(),
            device: author.device.id(),
            inbox: (generation, secret.public()),
        });
        secret
    }
}

impl Author {
    /// Says again how an epoch of theirs begins, and that it follows on `previous`.
    fn begins_again(
        &mut self,
        keys: &EpochKeys,
        parents: Vec<Reference>,
        previous: &[&EpochKeys],
    ) -> LoneEntry {
        let mut previous: Vec<EpochControl> =
            previous.iter().map(|keys| keys.control_part()).collect();
        previous.sort_by_key(|part| {
            let control = *part.control.expose_bytes();
            (part.generation, part.starter, part.body, control)
        });
        let op = ControlOp::Epoch {
            generation: keys.generation,
            body: Commitment::to(&keys.body),
            control: Commitment::to(&keys.control),
            members: MembersDigest::from_bytes([0; 32]),
            inboxes: vec![Some(0); 3],
            previous,
        };
        let control = Control {
            space: keys.space,
            parents,
            op,
        };
        self.say(&Content::Control(control), Some(&keys.control))
    }

    fn begins(
        &mut self,
        (space, generation, (members, digest)): (Space, u32, (usize, MembersDigest)),
        parents: Vec<Reference>,
        previous: Vec<EpochControl>,
    ) -> (EpochKeys, LoneEntry) {
        let keys = epoch(space, generation, self);
        let op = ControlOp::Epoch {
            generation,
            body: Commitment::to(&keys.body),
            control: Commitment::to(&keys.control),
            members: digest,
            inboxes: vec![Some(0); members],
            previous,
        };
        let control = Control { space, parents, op };
        let said = self.say(&Content::Control(control), Some(&keys.control));
        (keys, said)
    }
}

#[test]
fn an_epoch_that_only_a_void_one_hands_on_is_handed_on_and_no_step_lies_under_a_void_one() {
    let (mut alice, mut bob, mut mallory) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    alice.meet(&mallory);
    let space = alice.founds(&[&bob, &mallory]);
    let last = alice.newest(&space);
    let by = Step {
        author: &bob.identity(),
        runs: None,
    };
    let heads = alice.sees(&space).parents(by);
    // Bob begins an epoch, on which Mallory builds higher and higher; Alice hears of it when she has removed Mallory.
    let next = last.generation + 1;
    let who = alice.members(&space);
    let previous = vec![last.control_part()];
    let (apart, said) = bob.begins((space, next, who), heads, previous);
    let mut heard = vec![(apart.clone(), named(&said), said)];
    for generation in next + 1..next + 4 {
        let (before, parent, _) = heard.last().unwrap();
        let (previous, parents) = (vec![before.control_part()], vec![*parent]);
        let (keys, said) = mallory.begins((space, generation, who), parents, previous);
        heard.push((keys, named(&said), said));
    }
    alice.changes(&space, Change::Remove(mallory.identity()));
    for (keys, _, said) in &heard {
        alice.learn(keys);
        alice.hear(said);
    }
    let resolved = alice.sees(&space);
    assert!(resolved.epochs[&apart.id()].counts);
    assert!(!resolved.epochs[&heard[3].0.id()].counts);
    // No epoch fits now: a step all the same has to lie where others take it.
    alice.changes(&space, Change::Rename("Barn".to_owned()));
    assert_eq!(alice.sees(&space).name, "Barn");
    let readable = |keys: &EpochKeys| {
        let renamed = alice.logs.control_entries(&space).unwrap();
        let mut renamed = renamed.into_iter();
        let found = renamed.find(|entry| matches!(entry.control.op, ControlOp::Rename { .. }));
        found.unwrap().under == keys.id()
    };
    assert!(!heard.iter().any(|(keys, _, _)| readable(keys)));
    alice.says(&space, "one");
    let steps = alice.controls(&space);
    alice.says(&space, "two");
    assert_eq!(alice.controls(&space), steps, "epochs without end");
    assert!(
        alice
            .logs
            .usable(&space, &alice.sees(&space))
            .unwrap()
            .is_some()
    );
}

fn is_out_of(alice: &Alice, space: &Space, who: &Author) -> bool {
    let resolved = alice.sees(space);
    !resolved.members.contains_key(&who.identity())
        && resolved.members.len() == 1
        && resolved.missing.is_empty()
}

#[test]
fn who_was_removed_takes_no_step_away_that_others_built_on() {
    let (mut alice, mut mallory) = (Alice::new(), Author::new());
    alice.meet(&mallory);
    let space = alice.founds(&[&mallory]);
    let last = alice.newest(&space);
    let by = Step {
        author: &mallory.identity(),
        runs: None,
    };
    let heads = alice.sees(&space).parents(by);
    let next = last.generation + 1;
    let who = alice.members(&space);
    let (keys, said) = mallory.begins((space, next, who), heads, vec![last.control_part()]);
    alice.learn(&keys);
    alice.hear(&said);
    assert!(alice.sees(&space).epochs[&keys.id()].counts);
    alice.changes(&space, Change::Remove(mallory.identity()));
    assert!(is_out_of(&alice, &space, &mallory));

    let steps = alice.controls(&space);
    let target = Target {
        device: mallory.device.id(),
        log: LogNumber::SOCIAL,
        seq: said.entry.place().seq,
    };
    let targets = vec![target];
    let deletes = mallory.say(&Content::Delete(Delete { targets }), None);
    alice.hear(&deletes);
    assert_eq!(alice.controls(&space), steps);
    assert!(is_out_of(&alice, &space, &mallory));

    let mut known = alice.logs.statements(&mallory.identity());
    let ends = BTreeMap::new();
    let cut = Statement::sign(&mallory.root, mallory.device.id(), 2, Claim::Cut { ends });
    known.insert(cut).unwrap();
    alice.logs.keep_statements(&known).unwrap();
    assert_eq!(alice.controls(&space), steps - 1);
    assert!(is_out_of(&alice, &space, &mallory));
    alice.says(&space, "among ourselves");
    let newest = alice.newest(&space);
    assert!(newest.generation > next && newest.id() != keys.id());
    let usable = alice.logs.usable(&space, &alice.sees(&space)).unwrap();
    assert_eq!(usable, Some(newest));
}

fn keeps(alice: &mut Alice, rests: &mut Rests) {
    keeps_at(alice, rests, NOW_MS);
}

/// Whose logs she needs.
fn keeps_at(alice: &mut Alice, rests: &mut Rests, now_ms: u64) -> BTreeSet<Identity> {
    let me = alice.account.identity;
    alice.logs.keep_spaces(&me, rests, now_ms).unwrap().0
}

#[test]
fn what_falls_on_an_admin_is_done_once_and_epochs_that_all_can_read_wait_for_the_next_writer() {
    let (mut alice, mut bob, mut carol) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    alice.meet(&carol);
    let space = alice.founds(&[&bob, &carol]);
    let mut rests = Rests::default();
    let (heads, last) = (alice.parents(&space, &bob), alice.newest(&space));
    let before = alice.controls(&space);
    for author in [&mut bob, &mut carol] {
        let previous = vec![last.control_part()];
        let next = (space, last.generation + 1, alice.members(&space));
        let (keys, said) = author.begins(next, heads.clone(), previous);
        alice.learn(&keys);
        alice.hear(&said);
    }
    keeps(&mut alice, &mut rests);
    assert_eq!(alice.controls(&space), before + 2);
    // Somebody goes.
    let control = Control {
        space,
        parents: alice.parents(&space, &bob),
        op: ControlOp::Leave,
    };
    let said = bob.say(&Content::Control(control), Some(&last.control));
    alice.hear(&said);
    assert_eq!(alice.sees(&space).members.len(), 2);
    for _ in 0..3 {
        keeps(&mut alice, &mut rests);
        assert_eq!(alice.controls(&space), before + 4);
    }
}

#[test]
fn who_is_no_friend_any_more_does_not_read_what_friends_answer() {
    let (mut alice, bob) = (Alice::new(), Author::new());
    let me = alice.account.identity;
    let space = Space::Friends(me);
    let keys = EpochKeys::generate(space, 5, me, &mut crate::rng::system());
    let whole = RecordedKeys::Whole(keys);
    let members = BTreeSet::from([me, bob.identity()]);
    alice.record(whole, me, Some(members.into_iter().collect()));
    let mut rests = Rests::default();
    for _ in 0..3 {
        keeps(&mut alice, &mut rests);
        assert_eq!(alice.newest(&space).generation, 6);
    }
}

#[test]
fn invented_epochs_keep_out_no_real_ones_and_strangers_bring_none() {
    let (mut alice, bob, mallory) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    alice.meet(&mallory);
    let space = alice.founds(&[&bob, &mallory]);
    alice.changes(&space, Change::Remove(mallory.identity()));
    let me = alice.account.identity;
    let invented = |first: u32| Granted {
        keys: epoch(space, first, &mallory),
        heads: Vec::new(),
        past: (1..128)
            .map(|at| epoch(space, first + at, &mallory))
            .collect(),
    };
    for at in 0..12 {
        let granted = [(invented(1000 + 128 * at), mallory.identity())];
        alice.logs.keep_granted(&me, &granted, NOW_MS).unwrap();
    }
    let held = |alice: &Alice| alice.logs.held_epochs(&space).len();
    let many = held(&alice);
    assert!(many < 1100, "{many}");
    let real = Granted {
        keys: epoch(space, 7, &bob),
        heads: Vec::new(),
        past: Vec::new(),
    };
    let judge = |alice: &Alice, granter: &Author| {
        let judged = alice.logs.judge(&me, &real, &granter.identity(), false);
        judged.unwrap()
    };
    assert_eq!(judge(&alice, &bob), Verdict::Take);
    assert_eq!(judge(&alice, &Author::new()), Verdict::Wait);
    let granted = [(real.clone(), bob.identity())];
    alice.logs.keep_granted(&me, &granted, NOW_MS).unwrap();
    assert_eq!(held(&alice), many + 1);
    alice.says(&space, "still here");
}

#[test]
fn who_is_blocked_gets_no_key_for_what_friends_answer_afterwards() {
    let (mut alice, bob, carol) = (Alice::new(), Author::new(), Author::new());
    alice.befriend(&bob);
    alice.befriend(&carol);
    let (bobs, carols) = (alice.reads_letter(&bob, 0), alice.reads_letter(&carol, 0));
    alice.say_to_friends(post("who comes?", None));
    assert_eq!(alice.grants(&bobs).len(), 1);
    let mut rests = Rests::default();
    keeps(&mut alice, &mut rests);
    assert_eq!(alice.grants(&carols).len(), 1);
    alice.note(blocking(&bob, Some(vec![1])), NOW_MS);
    keeps(&mut alice, &mut rests);
    // Friends answer under the newest that they were granted, whether Alice says something or not.
    let newest = alice.newest(&Space::Friends(alice.me()));
    let granted = |secret: &BoxSecret| {
        let granted = alice.grants(secret).into_iter();
        granted.map(|granted| granted.keys.id()).collect::<Vec<_>>()
    };
    assert_eq!(granted(&carols).len(), 2);
    assert!(granted(&carols).contains(&newest.id()));
    assert_eq!(granted(&bobs).len(), 1);
    assert!(!granted(&bobs).contains(&newest.id()));
}

#[test]
fn who_asks_in_by_a_letter_gets_the_past_by_the_key_in_it_if_there_can_be_such_a_key() {
    let (mut alice, carol, mallory) = (Alice::new(), Author::new(), Author::new());
    let space = alice.founds(&[]);
    alice.says(&space, "before");
    alice.changes(&space, Change::Rename("Barn".to_owned()));
    let keys = alice.newest(&space);
    let adds = |alice: &mut Alice, author: &Author| {
        let members = BTreeSet::from([author.identity()]);
        let with_past = true;
        alice.changes(&space, Change::Add { members, with_past });
    };
    let secret = alice.reads_letter(&carol, 3);
    adds(&mut alice, &carol);
    let granted = alice.grants(&secret);
    assert!(granted.iter().any(|granted| granted.keys == keys));
    let me = alice.me();
    assert!(alice.sees(&space).owed_the_past(&me).is_empty());
    // Above all that real ones could reach.
    for generation in [1 << 24, u32::MAX] {
        let secret = alice.reads_letter(&mallory, generation);
        let known = alice.logs.newest_inbox(&mallory.identity()).unwrap();
        assert_eq!(known, None);
        if generation == u32::MAX {
            adds(&mut alice, &mallory);
            assert!(alice.grants(&secret).is_empty());
        }
    }
    let owed = alice.sees(&space).owed_the_past(&me);
    assert_eq!(owed, BTreeSet::from([mallory.identity()]));
}

#[test]
fn what_never_comes_stops_no_renewal_and_has_nobody_cared_for() {
    let (mut alice, mut bob, mut mallory) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    alice.meet(&mallory);
    let space = alice.founds(&[&bob, &mallory]);
    let last = alice.newest(&space);
    let mut never = bob.place();
    never.seq = 1_000;
    for place in [Author::new().place(), never] {
        let id = EntryId::from_bytes([7; 32]);
        let control = Control {
            space,
            parents: vec![Reference { place, id }],
            op: ControlOp::Leave,
        };
        let said = mallory.say(&Content::Control(control), Some(&last.control));
        alice.hear(&said);
    }
    let control = Control {
        space,
        parents: alice.parents(&space, &bob),
        op: ControlOp::Leave,
    };
    let said = bob.say(&Content::Control(control), Some(&last.control));
    alice.hear(&said);
    let steps = alice.controls(&space);
    let mut rests = Rests::default();
    let needed = keeps_at(&mut alice, &mut rests, NOW_MS);
    let both = BTreeSet::from([bob.identity(), mallory.identity()]);
    assert_eq!(needed, both);
    assert!(!alice.sees(&space).missing.is_empty());
    assert_eq!(alice.controls(&space), steps, "waited for");
    keeps_at(&mut alice, &mut rests, NOW_MS + 31_000);
    assert_eq!(alice.controls(&space), steps + 1);
    assert_eq!(alice.newest(&space).generation, last.generation + 1);
    keeps_at(&mut alice, &mut rests, NOW_MS + 62_000);
    assert_eq!(alice.controls(&space), steps + 1);
}

#[test]
fn what_one_author_hands_on_is_bounded_and_what_counts_is_learned_all_the_same() {
    let (mut alice, mut bob, mut mallory) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    alice.meet(&mallory);
    let space = alice.founds(&[&bob, &mallory]);
    let (heads, last) = (alice.parents(&space, &bob), alice.newest(&space));
    let next = (space, last.generation + 1, alice.members(&space));
    let (hers, said) = mallory.begins(next, heads.clone(), vec![last.control_part()]);
    alice.learn(&hers);
    alice.hear(&said);
    let held = |alice: &Alice| alice.logs.epochs(&space).count();
    let before = held(&alice);
    let invent = |mallory: &Author| -> Vec<EpochKeys> {
        (0..16).map(|_| epoch(space, 0, mallory)).collect()
    };
    for _ in 0..UNBEGUN_PER_AUTHOR_MAX / 16 + 20 {
        let invented = invent(&mallory);
        let invented: Vec<&EpochKeys> = invented.iter().collect();
        let said = mallory.begins_again(&hers, heads.clone(), &invented);
        alice.hear(&said);
    }
    assert_eq!(held(&alice), before + UNBEGUN_PER_AUTHOR_MAX);
    // Under a key that isn't hers nothing is handed on.
    let (other, _) = mallory.begins(next, heads.clone(), Vec::new());
    let control = Control {
        space,
        parents: heads.clone(),
        op: begin(&other, alice.members(&space), &[&epoch(space, 0, &bob)]),
    };
    let said = mallory.say(&Content::Control(control), Some(&last.control));
    alice.hear(&said);
    assert_eq!(held(&alice), before + UNBEGUN_PER_AUTHOR_MAX);
    // Others still do; and so does what counts of hers.
    let (bobs, hidden) = (epoch(space, 0, &bob), epoch(space, 0, &bob));
    let (keys, said) = bob.begins(next, heads.clone(), vec![bobs.control_part()]);
    alice.learn(&keys);
    alice.hear(&said);
    assert!(alice.logs.epoch(&space, &bobs.id()).is_some());
    let heads = alice.parents(&space, &mallory);
    let (keys, said) = mallory.begins(
        (space, last.generation + 2, alice.members(&space)),
        heads,
        vec![hidden.control_part()],
    );
    alice.learn(&keys);
    alice.hear(&said);
    assert!(alice.sees(&space).epochs[&keys.id()].counts);
    assert!(alice.logs.epoch(&space, &hidden.id()).is_none());
    keeps(&mut alice, &mut Rests::default());
    assert!(alice.logs.epoch(&space, &hidden.id()).is_some());
    let alice = alice.reopened();
    assert!(held(&alice) <= before + UNBEGUN_PER_AUTHOR_MAX + 4);
}

#[test]
fn who_left_and_takes_that_back_by_a_cut_is_granted_nothing_and_taken_out() {
    let (mut alice, bob, mut mallory) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    alice.meet(&mallory);
    let public = BoxSecret::generate(&mut crate::rng::system()).public();
    let inbox = InboxAnnouncement {
        generation: 0,
        public,
    };
    let inbox = mallory.say(&Content::Inbox(inbox), None);
    alice.hear(&inbox);
    let space = alice.founds(&[&bob, &mallory]);
    let last = alice.newest(&space);
    let granted = alice.sees(&space).epoch_members(&last.id()).unwrap();
    assert_eq!(granted.get(&mallory.identity()), Some(&Some(0)));
    let control = Control {
        space,
        parents: alice.parents(&space, &mallory),
        op: ControlOp::Leave,
    };
    let left = mallory.say(&Content::Control(control), Some(&last.control));
    alice.hear(&left);
    let mut rests = Rests::default();
    keeps_at(&mut alice, &mut rests, NOW_MS);
    let renewed = alice.newest(&space);
    assert_eq!(renewed.generation, last.generation + 1);

    let mut known = alice.logs.statements(&mallory.identity());
    let end = LogEnd {
        seq: 0,
        id: inbox.entry.id(),
    };
    let ends = BTreeMap::from([(LogNumber::SOCIAL, end)]);
    let cut = Statement::sign(&mallory.root, mallory.device.id(), 2, Claim::Cut { ends });
    known.insert(cut).unwrap();
    alice.logs.keep_statements(&known).unwrap();
    let resolved = alice.sees(&space);
    assert!(resolved.members.contains_key(&mallory.identity()));
    assert_eq!(resolved.back, [mallory.identity()].into());
    alice.says(&space, "among ourselves");
    let newest = alice.newest(&space);
    let granted = alice.sees(&space).epoch_members(&newest.id()).unwrap();
    assert_eq!(granted.get(&mallory.identity()), Some(&None));
    // So it is after a start, too.
    let mut alice = alice.reopened();
    assert_eq!(alice.sees(&space).back, [mallory.identity()].into());
    keeps_at(&mut alice, &mut rests, NOW_MS + 120_000);
    let resolved = alice.sees(&space);
    assert!(!resolved.members.contains_key(&mallory.identity()) && resolved.back.is_empty());
}
