//! What an account is told, against a simple reference; and what comes late, is hidden, taken back or deleted.

use std::collections::BTreeMap;

use hearth_protocol::codec::{Bytes, encode};
use hearth_protocol::content::social::register;
use hearth_protocol::content::{Reaction, Register};
use proptest::prelude::*;

use super::super::super::notifications::{Notification, Only, POSITION, What};
use super::*;
use crate::replication::unix_ms;

/// Kind, by whom, which post, with what: enough to tell one from another.
type Line = (u64, &'static str, Vec<Identity>, Option<EntryId>, String);

fn line(told: &Notification) -> Line {
    let (when, _) = told.spot;
    let author = |post: &SeenPost| vec![post.place.log.identity];
    match &told.what {
        What::Reply(post) => (when, "reply", author(post), Some(post.id), String::new()),
        What::Mention(post) => (when, "mention", author(post), Some(post.id), String::new()),
        What::Reaction(post, emoji, people) => {
            let mut people = people.clone();
            people.sort();
            (when, "reaction", people, Some(post.id), emoji.clone())
        }
        What::Boost(post, people) => (when, "boost", people.clone(), Some(post.id), String::new()),
        What::Follower(who) => (when, "follower", vec![*who], None, String::new()),
        What::Friend(who) => (when, "friend", vec![*who], None, String::new()),
        What::Knock(who, _) => (when, "knock", vec![*who], None, String::new()),
        What::Added(_, by) => (when, "added", vec![*by], None, String::new()),
    }
}

impl Alice {
    fn told(&self) -> Vec<Line> {
        let me = self.account.identity;
        let told = self.logs.notifications(&me, Only::All, (None, 0), 10_000);
        told.unwrap().iter().map(line).collect()
    }

    fn unread(&self) -> u64 {
        self.logs
            .unread_notifications(&self.account.identity, 99)
            .unwrap()
    }

    fn write(&mut self, social: bool, draft: Draft) -> Reference {
        let (me, mut rng) = (self.account.identity, crate::rng::system());
        let (written, _) = self
            .logs
            .append(&me, social, vec![draft], NOW_MS, &mut rng)
            .unwrap();
        let Some(written) = written.first() else {
            panic!("nothing was written");
        };
        Reference {
            place: written.place,
            id: written.id,
        }
    }

    fn publish(&mut self, text: &str) -> Reference {
        self.write(true, Draft::public(1, post(text, None)))
    }

    fn register(&mut self, number: u8, key: &[u8], value: Option<&[u8]>, time_ms: u64) {
        let register = Register {
            register: number,
            key: key.to_vec(),
            value: value.map(<[u8]>::to_vec),
        };
        self.write(false, Draft::private(time_ms, Content::Register(register)));
    }

    fn read_up_to(&mut self, when: u64) {
        let value = encode(&(when, Bytes([0; 32])));
        self.register(register::READING_POSITION, POSITION, Some(&value), when);
    }
}

fn answer(text: &str, to: Reference) -> Content {
    Content::Post(Post {
        text: text.to_owned(),
        reply_to: Some(to),
        ..Post::default()
    })
}

fn reaction(target: Reference, emoji: &str, on: bool) -> Content {
    Content::Reaction(Reaction {
        target,
        emoji: emoji.to_owned(),
        on,
    })
}

#[test]
fn followers_become_friends_and_knocks_are_answered() {
    let (mut alice, bob) = (Alice::new(), Author::new());
    let me = alice.account.identity;
    alice
        .logs
        .remember_follower(&me, &bob.identity(), (5, true, "Bob".into()))
        .unwrap();
    assert_eq!(
        alice.told(),
        [(5, "follower", vec![bob.identity()], None, String::new())]
    );
    let follow = hearth_protocol::content::Follow {
        identity: bob.identity(),
        state: hearth_protocol::content::FollowState::Following,
    };
    alice.write(false, Draft::private(9, Content::Follow(follow)));
    let friend = [(5, "friend", vec![bob.identity()], None, String::new())];
    assert_eq!(alice.told(), friend);
    alice.logs.reindex().unwrap();
    assert_eq!(alice.told(), friend);
    alice
        .logs
        .remember_follower(&me, &bob.identity(), (10, false, "Bob".into()))
        .unwrap();
    assert_eq!(alice.told(), []);
}

#[test]
fn what_comes_after_later_things_were_read_is_new_all_the_same() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let mine = alice.publish("mine");
    bob.time_ms = 1_000;
    let long_ago = bob.say(&answer("long ago", mine), None);
    std::thread::sleep(Duration::from_millis(30));
    bob.time_ms = unix_ms() - 20;
    let [first, second] = ["first", "second"].map(|text| bob.say(&answer(text, mine), None));
    alice.hear(&second);
    assert_eq!(alice.unread(), 1);
    let (when, ..) = alice.told()[0];
    alice.read_up_to(when);
    assert_eq!(alice.unread(), 0);
    std::thread::sleep(Duration::from_millis(5));
    // What is older than the store is what a new device catches up with.
    alice.hear(&long_ago);
    assert_eq!((alice.told().len(), alice.unread()), (2, 0));
    alice.hear(&first);
    let told = alice.told();
    assert_eq!(
        (told.len(), alice.unread(), told[0].3),
        (3, 1, Some(first.entry.id()))
    );
    alice.logs.reindex().unwrap();
    assert_eq!((alice.told(), alice.unread()), (told.clone(), 1));
    let mut alice = alice.reopened();
    assert_eq!((alice.told(), alice.unread()), (told.clone(), 1));
    alice.read_up_to(told[0].0);
    assert_eq!(alice.unread(), 0);
}

#[test]
fn who_is_blocked_brings_nothing_to_the_top() {
    let (mut alice, mut bob, mut mallory) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    alice.meet(&mallory);
    let (me, target, other) = (
        alice.account.identity,
        alice.publish("mine"),
        alice.publish("mine, too"),
    );
    let boost = |on| Content::Boost(hearth_protocol::content::Boost { target, on });
    bob.time_ms = 1_000;
    let said = [
        bob.say(&reaction(target, "❤", true), None),
        bob.say(&boost(true), None),
        bob.say(&answer("so do I", other), None),
    ];
    said.iter().for_each(|said| alice.hear(said));
    let before = alice.told();
    assert_eq!(before[0].1, "reply");
    alice.read_up_to(before[0].0);
    let key = mallory.identity();
    alice.register(register::BLOCK, key.as_bytes(), Some(&[]), 2_000);
    mallory.time_ms = 3_000;
    for on in [true, false, true] {
        for content in [reaction(target, "❤", on), boost(on)] {
            let said = mallory.say(&content, None);
            alice.hear(&said);
        }
        assert_eq!((alice.told(), alice.unread()), (before.clone(), 0));
    }
    alice.logs.reindex().unwrap();
    assert_eq!((alice.told(), alice.unread()), (before.clone(), 0));
    // Page by page as well.
    let (mut spot, mut paged) = (None, Vec::new());
    while let Some(next) = alice
        .logs
        .notifications(&me, Only::All, (spot, 0), 1)
        .unwrap()
        .pop()
    {
        spot = Some(next.spot);
        paged.push(line(&next));
    }
    assert_eq!(paged, before);
    // Somebody else's word does.
    bob.time_ms = 4_000;
    let said = bob.say(&reaction(target, "❤", true), None);
    alice.hear(&said);
    assert_eq!((alice.told()[0].1, alice.unread()), ("reaction", 1));
    alice.register(register::BLOCK, key.as_bytes(), None, 5_000);
    assert_eq!(alice.told()[0].2.len(), 2);
}

#[test]
fn a_boost_is_told_until_it_is_taken_back() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let target = alice.publish("mine");
    let boost = |on| Content::Boost(hearth_protocol::content::Boost { target, on });
    bob.time_ms = 1_000;
    let said = bob.say(&boost(true), None);
    alice.hear(&said);
    let told = [(
        1_001,
        "boost",
        vec![bob.identity()],
        Some(target.id),
        String::new(),
    )];
    assert_eq!(alice.told(), told);
    alice.logs.reindex().unwrap();
    assert_eq!(alice.told(), told);
    let said = bob.say(&boost(false), None);
    alice.hear(&said);
    assert_eq!(alice.told(), []);
}

#[test]
fn a_page_goes_on_where_the_last_one_ended() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let mine = alice.publish("mine");
    for number in 0..25 {
        let said = bob.say(&answer(&number.to_string(), mine), None);
        alice.hear(&said);
    }
    let (me, all) = (alice.account.identity, alice.told());
    let (mut before, mut paged) = (None, Vec::new());
    loop {
        let page = alice
            .logs
            .notifications(&me, Only::Replies, (before, 0), 4)
            .unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.spot);
        paged.extend(page.iter().map(line));
    }
    assert_eq!((paged.len(), paged), (25, all));
    let mentions = alice
        .logs
        .notifications(&me, Only::Mentions, (None, 0), 4)
        .unwrap();
    assert!(mentions.is_empty());
}

#[test]
fn a_mention_that_an_edit_adds_is_told_once_whichever_comes_first() {
    for is_edit_first in [false, true] {
        let (mut alice, mut bob) = (Alice::new(), Author::new());
        alice.meet(&bob);
        let me = alice.account.identity;
        let said = bob.post("hello, all", None);
        let edit = |text: String| {
            Content::Edit(Edit {
                target: Target::from(said.entry.place()),
                text,
                warning: None,
                alts: Vec::new(),
            })
        };
        let edited = bob.say(&edit(format!("hello, @{me}")), None);
        let mut heard = [&said, &edited];
        if is_edit_first {
            heard.reverse();
        }
        heard.into_iter().for_each(|said| alice.hear(said));
        let lines = |alice: &Alice| -> Vec<_> {
            let told = alice.told().into_iter();
            told.map(|(_, kind, who, id, _)| (kind, who, id)).collect()
        };
        let told = [("mention", vec![bob.identity()], Some(said.entry.id()))];
        assert_eq!(lines(&alice), told);
        alice.logs.reindex().unwrap();
        assert_eq!(lines(&alice), told);
        // Once it is there an edit that keeps it says nothing new, and one that drops it takes it back.
        let kept = bob.say(&edit(format!("hello again, @{me}")), None);
        alice.hear(&kept);
        assert_eq!(lines(&alice), told);
        let dropped = bob.say(&edit("hello, none".to_owned()), None);
        alice.hear(&dropped);
        assert_eq!(lines(&alice), []);
    }
    // A post that mentions from the beginning is told of as such, and not twice.
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let text = format!("hey @{}", alice.account.identity);
    let said = bob.post(&text, None);
    alice.hear(&said);
    let edit = Edit {
        target: Target::from(said.entry.place()),
        text: text + "!",
        warning: None,
        alts: Vec::new(),
    };
    let edited = bob.say(&Content::Edit(edit), None);
    alice.hear(&edited);
    assert_eq!(alice.told().len(), 1);
}

#[test]
fn only_the_newest_are_kept() {
    use super::super::super::notifications::{OTHERS_MAX, PEOPLE_MAX};
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let mine = alice.publish("mine");
    let count = OTHERS_MAX + 500;
    let mut said: Vec<LoneEntry> = Vec::new();
    for number in 0..count {
        said.push(bob.say(&answer(&number.to_string(), mine), None));
    }
    let links = said.iter().map(|said| hearth_protocol::run::Link {
        entry: said.entry.clone(),
        body: Some(said.body.clone()),
    });
    let links: Vec<_> = links.collect();
    for part in links.chunks(200) {
        let run = hearth_protocol::run::Run::of_links(part).unwrap();
        alice.logs.ingest(run, &[], NOW_MS).unwrap();
    }
    let newest = said.last().unwrap().entry.id();
    let told = alice.told();
    assert_eq!((told.len(), told[0].3), (OTHERS_MAX, Some(newest)));
    alice.logs.reindex().unwrap();
    assert_eq!(alice.told(), told);
    // However many follow or knock, what was said stays, and the newest of them.
    let me = alice.account.identity;
    let mut batch = super::super::super::db::Batch::default();
    for number in 0..PEOPLE_MAX + 500 {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
        let who = Identity::from_bytes(bytes);
        let time_ms = NOW_MS + number as u64;
        alice
            .logs
            .notify_of_person(&mut batch, &me, &who, time_ms)
            .unwrap();
        if number % 50 == 0 {
            alice.logs.apply(std::mem::take(&mut batch)).unwrap();
        }
    }
    alice.logs.apply(batch).unwrap();
    assert_eq!(alice.told(), told);
    assert_eq!(alice.logs.notified_rows(&me), OTHERS_MAX + PEOPLE_MAX);
}

/// What happens, by number: who, and to which of the posts that there are.
#[derive(Debug, Clone)]
enum Event {
    Publish,
    Reply {
        who: usize,
        to: usize,
    },
    Mention {
        who: usize,
    },
    React {
        who: usize,
        to: usize,
        emoji: usize,
        on: bool,
    },
    Delete {
        who: usize,
        which: usize,
    },
    DeleteMine {
        which: usize,
    },
    Mute {
        who: usize,
        on: bool,
    },
    Block {
        who: usize,
        on: bool,
    },
    Reopen,
    Reindex,
}

fn event() -> impl Strategy<Value = Event> {
    let who = || 0..3_usize;
    prop_oneof![
        3 => Just(Event::Publish),
        5 => (who(), 0..6_usize).prop_map(|(who, to)| Event::Reply { who, to }),
        3 => who().prop_map(|who| Event::Mention { who }),
        9 => (who(), 0..6_usize, 0..2_usize, proptest::bool::weighted(0.7))
            .prop_map(|(who, to, emoji, on)| Event::React { who, to, emoji, on }),
        2 => (who(), 0..6_usize).prop_map(|(who, which)| Event::Delete { who, which }),
        1 => (0..6_usize).prop_map(|which| Event::DeleteMine { which }),
        1 => (who(), any::<bool>()).prop_map(|(who, on)| Event::Mute { who, on }),
        1 => (who(), any::<bool>()).prop_map(|(who, on)| Event::Block { who, on }),
        1 => Just(Event::Reopen),
        1 => Just(Event::Reindex),
    ]
}

const EMOJI: [&str; 2] = ["❤", "👍"];

/// What was said, as lists.
#[derive(Default)]
struct Known {
    mine: Vec<(Reference, bool)>,
    /// Time, kind, author, which, the post of mine, whether it is there.
    posts: Vec<(u64, &'static str, usize, EntryId, Place, bool)>,
    /// To which, with what, who: when the newest word was said, and which.
    reactions: BTreeMap<(usize, usize, usize), (u64, bool)>,
    newest: BTreeMap<(usize, usize), u64>,
    quiet: [(bool, bool); 3],
}

impl Known {
    fn told(&self, people: &[Author]) -> Vec<Line> {
        let is_quiet = |who: usize| self.quiet[who].0 || self.quiet[who].1;
        let mut lines = Vec::new();
        for (time_ms, kind, who, id, _, is_there) in &self.posts {
            if *is_there && !is_quiet(*who) {
                let author = vec![people[*who].identity()];
                lines.push((*time_ms, *kind, author, Some(*id), String::new()));
            }
        }
        for ((to, emoji), time_ms) in &self.newest {
            let (target, is_there) = &self.mine[*to];
            let word = |who: &usize| self.reactions.get(&(*to, *emoji, *who)).copied();
            let on = |who: &usize| word(who).is_some_and(|(_, on)| on);
            // Who is quiet brings nothing up.
            let by_quiet = (0..people.len()).any(|who| is_quiet(who) && word(&who).is_some());
            let heard = (0..people.len()).filter(|who| on(who) && !is_quiet(*who));
            let heard = heard.filter_map(|who| word(&who)).map(|word| word.0).max();
            let time_ms = heard.filter(|_| by_quiet).unwrap_or(*time_ms);
            let by = (0..people.len()).filter(|who| on(who) && !is_quiet(*who));
            let mut by: Vec<Identity> = by.map(|who| people[who].identity()).collect();
            by.sort();
            if *is_there && !by.is_empty() {
                lines.push((
                    time_ms,
                    "reaction",
                    by,
                    Some(target.id),
                    EMOJI[*emoji].to_owned(),
                ));
            }
        }
        lines.sort_by_key(|line| std::cmp::Reverse(line.0));
        lines
    }
}

fn play(events: &[Event]) {
    let mut alice = Alice::new();
    let me = alice.account.identity;
    let mut people = [Author::new(), Author::new(), Author::new()];
    people.iter().for_each(|who| alice.meet(who));
    let mut known = Known::default();
    let mut time_ms = 1_000_000;
    for event in events {
        time_ms += 10;
        match event {
            Event::Publish => known.mine.push((alice.publish("mine"), true)),
            Event::Reply { who, to } if !known.mine.is_empty() => {
                let target = known.mine[to % known.mine.len()].0;
                people[*who].time_ms = time_ms;
                let said = people[*who].say(&answer("so do I", target), None);
                alice.hear(&said);
                let place = said.entry.place();
                known
                    .posts
                    .push((time_ms + 1, "reply", *who, said.entry.id(), place, true));
            }
            Event::Mention { who } => {
                people[*who].time_ms = time_ms;
                let said = people[*who].post(&format!("hey @{me}!"), None);
                alice.hear(&said);
                let place = said.entry.place();
                known
                    .posts
                    .push((time_ms + 1, "mention", *who, said.entry.id(), place, true));
            }
            Event::React { who, to, emoji, on } if !known.mine.is_empty() => {
                let to = to % known.mine.len();
                people[*who].time_ms = time_ms;
                let content = reaction(known.mine[to].0, EMOJI[*emoji], *on);
                let said = people[*who].say(&content, None);
                alice.hear(&said);
                let word = (time_ms + 1, *on);
                known.reactions.insert((to, *emoji, *who), word);
                if *on {
                    known.newest.insert((to, *emoji), time_ms + 1);
                }
            }
            Event::Delete { who, which } => {
                let mut posts = known.posts.iter_mut().filter(|post| post.2 == *who);
                let Some(post) = posts.nth(*which) else {
                    continue;
                };
                post.5 = false;
                let targets = vec![Target::from(post.4)];
                people[*who].time_ms = time_ms;
                let said = people[*who].say(&Content::Delete(Delete { targets }), None);
                alice.hear(&said);
            }
            Event::DeleteMine { which } => {
                let Some(post) = known.mine.get_mut(*which).filter(|post| post.1) else {
                    continue;
                };
                post.1 = false;
                let targets = vec![Target::from(post.0.place)];
                alice.write(
                    true,
                    Draft::public(time_ms, Content::Delete(Delete { targets })),
                );
            }
            Event::Mute { who, on } => {
                known.quiet[*who].0 = *on;
                let (key, value) = (people[*who].identity(), on.then_some(&[][..]));
                alice.register(register::MUTE, key.as_bytes(), value, time_ms);
            }
            Event::Block { who, on } => {
                known.quiet[*who].1 = *on;
                let (key, value) = (people[*who].identity(), on.then_some(&[][..]));
                alice.register(register::BLOCK, key.as_bytes(), value, time_ms);
            }
            Event::Reopen => alice = alice.reopened(),
            Event::Reindex => {
                alice.logs.reindex().unwrap();
            }
            _ => {}
        }
        assert_eq!(alice.told(), known.told(&people), "{event:?}");
    }
    alice.logs.reindex().unwrap();
    assert_eq!(alice.told(), known.told(&people));
    assert_eq!(alice.unread(), known.told(&people).len().min(99) as u64);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_told_is_what_a_list_says(events in proptest::collection::vec(event(), 1..40)) {
        play(&events);
    }
}
