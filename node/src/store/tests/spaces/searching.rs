//! Looking for posts, against reading all of them; what was remembered makes no difference, nor that it was forgotten.

use hearth_protocol::content::Edit;
use proptest::prelude::*;

use super::super::super::search::Query;
use super::*;
use crate::folding::{Term, fold};

const WORDS: [&str; 12] = [
    "garden",
    "Gärten",
    "GARDEN",
    "soup",
    "東京",
    "私は東京に",
    "#tag",
    "#tagged",
    "https://e.org",
    "a",
    "Straße",
    "e\u{301}te",
];

impl Alice {
    /// By pages of a few, each of short looks.
    fn found(&self, query: &Query, page: usize, time: Duration) -> Vec<EntryId> {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let looked = self.logs.look_for(query, (before, page), time, &|_| true);
            let looked = looked.unwrap();
            found.extend(looked.posts.iter().map(|post| post.id));
            before = looked.reached;
            if before.is_none() {
                return found;
            }
        }
    }

    /// Without anything that was remembered, or any order.
    fn read_all(&self, query: &Query, authors: &[Author]) -> Vec<EntryId> {
        let refs: Vec<&Author> = authors.iter().collect();
        let posts = self.home(&refs, &[]).into_iter();
        let is_meant = |post: &SeenPost| {
            let folded = fold(&post.post.text);
            let by = |authors: &BTreeSet<Identity>| authors.contains(&post.place.log.identity);
            query.terms.iter().all(|term| term.is_in(&folded))
                && !query.without.iter().any(|term| term.is_in(&folded))
                && query.authors.as_ref().is_none_or(by)
                && query.space.is_none_or(|space| post.space == space)
                && (!query.has_link || post.post.text.contains("https://"))
                && query.from_ms.is_none_or(|from| post.time_ms >= from)
                && query.until_ms.is_none_or(|until| post.time_ms < until)
        };
        posts.filter(is_meant).map(|post| post.id).collect()
    }
}

#[derive(Debug, Clone)]
enum Event {
    Post {
        who: usize,
        words: Vec<usize>,
        to_friends: bool,
    },
    Edit {
        which: usize,
        words: Vec<usize>,
    },
    Delete {
        which: usize,
    },
    Reopen,
}

fn words() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0..WORDS.len(), 1..6)
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => (0..2_usize, words(), any::<bool>())
            .prop_map(|(who, words, to_friends)| Event::Post { who, words, to_friends }),
        3 => (0..40_usize, words()).prop_map(|(which, words)| Event::Edit { which, words }),
        2 => (0..40_usize).prop_map(|which| Event::Delete { which }),
        1 => Just(Event::Reopen),
    ]
}

fn text(words: &[usize]) -> String {
    let words: Vec<&str> = words.iter().map(|word| WORDS[*word]).collect();
    words.join(" ")
}

fn queries(authors: &[Author], keys: &EpochKeys) -> Vec<Query> {
    let of = |terms: Vec<Option<Term>>| Query {
        terms: terms.into_iter().flatten().collect(),
        ..Query::default()
    };
    let by = |author: &Author| Some(BTreeSet::from([author.identity()]));
    vec![
        of(vec![]),
        of(vec![Term::word("gard")]),
        of(vec![Term::word("garten"), Term::word("soup")]),
        of(vec![Term::word("京")]),
        of(vec![Term::word("東京に")]),
        of(vec![Term::word("#tag")]),
        of(vec![Term::beginning("#tag")]),
        of(vec![Term::phrase("soup ete")]),
        of(vec![Term::word("nowhere")]),
        of(vec![Term::word("a")]),
        Query {
            without: Term::word("garden").into_iter().collect(),
            ..of(vec![Term::word("strasse")])
        },
        Query {
            authors: by(&authors[0]),
            ..of(vec![Term::word("soup")])
        },
        Query {
            authors: Some(authors.iter().map(Author::identity).collect()),
            ..of(vec![])
        },
        Query {
            authors: Some(BTreeSet::new()),
            ..of(vec![])
        },
        Query {
            space: Some(Space::Public),
            ..of(vec![Term::word("soup")])
        },
        Query {
            space: Some(keys.space),
            ..of(vec![Term::word("soup")])
        },
        Query {
            space: Some(keys.space),
            authors: by(&authors[1]),
            ..of(vec![])
        },
        Query {
            has_link: true,
            ..of(vec![])
        },
        Query {
            from_ms: Some(1_000_050),
            until_ms: Some(1_000_150),
            ..of(vec![])
        },
    ]
}

fn play(events: &[Event]) {
    let mut alice = Alice::new();
    let mut authors = [Author::new(), Author::new()];
    authors.iter().for_each(|who| alice.meet(who));
    let keys = epoch(Space::Friends(authors[0].identity()), 0, &authors[0]);
    alice.learn(&keys);
    // Who, where, for friends.
    let mut posts: Vec<(usize, Place, bool)> = Vec::new();
    let mut time_ms = 1_000_000;
    for (event, number) in events.iter().zip(1..) {
        time_ms += 10;
        match event {
            Event::Post {
                who,
                words,
                to_friends,
            } => {
                let is_sealed = *to_friends && *who == 0;
                authors[*who].time_ms = time_ms;
                let key = is_sealed.then_some(&keys.body);
                let said = authors[*who].post(&text(words), key);
                alice.hear(&said);
                posts.push((*who, said.entry.place(), is_sealed));
            }
            Event::Edit { which, words } if !posts.is_empty() => {
                let (who, place, is_sealed) = posts[which % posts.len()];
                let edit = Content::Edit(Edit {
                    target: Target::from(place),
                    text: text(words),
                    warning: None,
                    alts: Vec::new(),
                });
                authors[who].time_ms = time_ms;
                let said = authors[who].say(&edit, is_sealed.then_some(&keys.body));
                alice.hear(&said);
            }
            Event::Delete { which } if !posts.is_empty() => {
                let (who, place, _) = posts[which % posts.len()];
                let targets = vec![Target::from(place)];
                authors[who].time_ms = time_ms;
                let said = authors[who].say(&Content::Delete(Delete { targets }), None);
                alice.hear(&said);
            }
            Event::Reopen => alice = alice.reopened(),
            _ => {}
        }
        if number % 5 == 0 || number == events.len() {
            for query in queries(&authors, &keys) {
                let expected = alice.read_all(&query, &authors);
                let found = alice.found(&query, 3, Duration::from_secs(1));
                assert_eq!(found, expected, "{query:?}");
                assert_eq!(
                    alice.found(&query, 100, Duration::ZERO),
                    expected,
                    "{query:?}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn what_is_found_is_what_reading_everything_finds(events in proptest::collection::vec(event(), 1..60)) {
        play(&events);
    }
}

/// What of a carrier's posts Alice's search finds, and in which order; looked for in one go, and by pages of one.
#[track_caller]
fn assert_found(alice: &Alice, query: &Query, expected: &[&LoneEntry]) {
    let expected: Vec<EntryId> = expected.iter().map(|said| said.entry.id()).collect();
    // The second time by what was remembered.
    for (page, time) in [(100, 1000), (100, 1000), (1, 1000), (100, 0)] {
        let found = alice.found(query, page, Duration::from_millis(time));
        assert_eq!(found, expected, "{query:?}, pages of {page}, {time} ms");
    }
}

fn of_word(word: &str) -> Query {
    Query {
        terms: Term::word(word).into_iter().collect(),
        ..Query::default()
    }
}

fn edit_of(said: &LoneEntry, text: &str) -> Content {
    Content::Edit(Edit {
        target: Target::from(said.entry.place()),
        text: text.to_owned(),
        warning: Some("sweet".to_owned()),
        alts: Vec::new(),
    })
}

#[test]
fn what_somebody_carries_is_found_once_as_it_is_and_until_it_is_gone() {
    let (mut alice, mut bob, mut carol) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    let friends = Space::Friends(bob.identity());
    let keys = epoch(friends, 0, &bob);
    alice.learn(&keys);
    let key = Some(&keys.body);
    let parent = bob.post("which soup?", key);
    alice.hear(&parent);
    carol.time_ms = bob.time_ms + 10;
    let answer = carol.say(&post("lentil soup", Some(&parent)), key);
    let other = carol.say(&post("onion soup, or none", Some(&parent)), key);
    let edit = carol.say(&edit_of(&answer, "pea stew"), key);
    let statements = vec![carol.certificate().to_bytes()];
    let carry = |entry: &LoneEntry| {
        Content::Carried(Carried {
            statements: statements.clone(),
            entry: Box::new(entry.clone()),
        })
    };
    let mut mallory = Author::new();
    mallory.log.identity = carol.identity();
    let forged = mallory.say(&post("hemlock soup", Some(&parent)), key);
    bob.time_ms += 100;
    // Bob's two devices carried the same.
    let mut carriers = Vec::new();
    for entry in [&forged, &answer, &answer, &other] {
        let carrier = bob.say(&carry(entry), key);
        alice.hear(&carrier);
        carriers.push(carrier);
    }
    // For everybody, what is for friends isn't carried.
    let said = bob.say(&carry(&other), None);
    alice.hear(&said);
    assert_found(&alice, &of_word("soup"), &[&other, &answer, &parent]);
    assert_found(&alice, &of_word("lentil"), &[&answer]);
    assert_found(&alice, &of_word("hemlock"), &[]);
    let by = |authors: &[&Author]| Query {
        authors: Some(authors.iter().map(|author| author.identity()).collect()),
        ..of_word("soup")
    };
    assert_found(&alice, &by(&[&carol]), &[&other, &answer]);
    assert_found(&alice, &by(&[&bob]), &[&parent]);
    assert_found(&alice, &by(&[&bob, &carol]), &[&other, &answer, &parent]);
    assert_found(&alice, &by(&[]), &[]);
    let within = |space: Space| Query {
        space: Some(space),
        ..of_word("soup")
    };
    assert_found(&alice, &within(friends), &[&other, &answer, &parent]);
    let elsewhere = [
        Space::Public,
        Space::Friends(carol.identity()),
        Space::Private(alice.account.identity),
    ];
    for space in elsewhere {
        assert_found(&alice, &within(space), &[]);
    }
    let older = Query {
        until_ms: Some(other.entry.header().time_ms),
        ..of_word("soup")
    };
    assert_found(&alice, &older, &[&answer, &parent]);

    // An edit that is carried, too, with a warning.
    let said = bob.say(&carry(&edit), key);
    alice.hear(&said);
    assert_found(&alice, &of_word("lentil"), &[]);
    assert_found(&alice, &of_word("stew"), &[&answer]);
    assert_found(&alice, &of_word("sweet"), &[&answer]);
    alice = alice.reopened();
    alice.logs.reindex().unwrap();
    assert_found(&alice, &of_word("stew"), &[&answer]);
    assert_found(&alice, &of_word("soup"), &[&other, &parent]);

    // Who is blocked isn't found, be it carried by whomever.
    let me = alice.account.identity;
    alice.note(carrying::blocking(&carol, Some(vec![1])), NOW_MS);
    let shows = alice.logs.unless_hidden(&me).unwrap();
    let looked = alice
        .logs
        .look_for(&of_word("soup"), (None, 9), Duration::from_secs(1), &shows);
    let found: Vec<EntryId> = looked.unwrap().posts.iter().map(|post| post.id).collect();
    assert_eq!(found, [parent.entry.id()]);

    // The owner carries one no longer.
    let targets = vec![Target::from(carriers[3].entry.place())];
    let said = bob.say(&Content::Delete(Delete { targets }), None);
    alice.hear(&said);
    assert_found(&alice, &of_word("onion"), &[]);

    // Carol's log comes, in which nothing can be read: it goes on being carried, until she deletes it.
    alice.meet(&carol);
    for said in [&answer, &other, &edit] {
        alice.hear(said);
    }
    assert_found(&alice, &of_word("stew"), &[&answer]);
    assert_found(&alice, &of_word("onion"), &[]);
    let targets = [&answer, &edit].map(|said| Target::from(said.entry.place()));
    let targets = targets.to_vec();
    let said = carol.say(&Content::Delete(Delete { targets }), None);
    alice.hear(&said);
    assert_found(&alice, &of_word("stew"), &[]);
    assert_found(&alice, &of_word("soup"), &[&parent]);
}

#[test]
fn of_many_edits_that_somebody_carries_the_newest_shows() {
    let (mut alice, mut bob, mut carol) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&bob);
    let keys = epoch(Space::Friends(bob.identity()), 0, &bob);
    alice.learn(&keys);
    let key = Some(&keys.body);
    let parent = bob.post("which soup?", key);
    alice.hear(&parent);
    let answer = carol.say(&post("lentil soup", Some(&parent)), key);
    let edits = (0..70).map(|number| format!("soup{number}"));
    let edits: Vec<LoneEntry> = edits
        .map(|text| carol.say(&edit_of(&answer, &text), key))
        .collect();
    for entry in [&answer, &answer].into_iter().chain(&edits) {
        let carried = Content::Carried(Carried {
            statements: vec![carol.certificate().to_bytes()],
            entry: Box::new(entry.clone()),
        });
        let said = bob.say(&carried, key);
        alice.hear(&said);
    }
    assert_found(&alice, &of_word("soup69"), &[&answer]);
    assert_found(&alice, &of_word("lentil"), &[]);
}

#[test]
fn what_is_read_in_its_own_log_isnt_found_a_second_time_where_it_is_carried() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.befriend(&bob);
    alice.say_to_friends(post("which soup?", None));
    let key = alice.key();
    let answer = bob.post("lentil soup", Some(&key));
    let more = bob.post("and bread", Some(&key));
    for said in [&answer, &more] {
        alice.hear(said);
    }
    assert_eq!(alice.carry(), 1);
    assert_found(&alice, &of_word("lentil"), &[&answer]);
    assert_found(&alice, &of_word("bread"), &[&more]);
    let edit = bob.say(&edit_of(&answer, "pea stew"), Some(&key));
    alice.hear(&edit);
    assert_eq!(alice.carry(), 1);
    assert_found(&alice, &of_word("lentil"), &[]);
    assert_found(&alice, &of_word("stew"), &[&answer]);
    let targets = [&answer, &edit].map(|said| Target::from(said.entry.place()));
    let targets = targets.to_vec();
    let delete = bob.say(&Content::Delete(Delete { targets }), None);
    alice.hear(&delete);
    assert_found(&alice, &of_word("stew"), &[]);
    alice.drop_carried();
    assert_found(&alice, &of_word("stew"), &[]);
    assert_found(&alice, &of_word("bread"), &[&more]);
}

/// What a search costs: `cargo test -p hearth --lib figures_of_a_search -- --ignored --nocapture`; `HEARTH_SEARCH_POSTS=100000`.
#[test]
#[ignore = "it only tells figures"]
fn figures_of_a_search() {
    let count = std::env::var("HEARTH_SEARCH_POSTS").map_or(20_000, |text| text.parse().unwrap());
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let keys = epoch(Space::Friends(bob.identity()), 0, &bob);
    alice.learn(&keys);
    let mut seed = 1_u64;
    let mut word = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // Few words are frequent, many are rare.
        let rank = (1_u64 << ((seed >> 33) % 14)) + (seed >> 50) % (1 << ((seed >> 33) % 14));
        format!(
            "{}{rank:x}",
            ["wo", "re", "ta", "ni"][usize::try_from(rank % 4).unwrap()]
        )
    };
    let mut links = Vec::new();
    for number in 0..count {
        let mut text: Vec<String> = (0..25).map(|_| word()).collect();
        if number == 100 {
            text.push("needle".to_owned());
        }
        let said = bob.post(&text.join(" "), Some(&keys.body));
        links.push(hearth_protocol::run::Link {
            entry: said.entry,
            body: Some(said.body),
        });
        if links.len() == 200 || number + 1 == count {
            let run = hearth_protocol::run::Run::of_links(&links).unwrap();
            alice.logs.ingest(run, &[], NOW_MS).unwrap();
            links.clear();
        }
    }
    alice.logs.commit().unwrap();
    for round in ["cold", "warm"] {
        for term in ["re1", "needle", "nowhere"] {
            let query = Query {
                terms: Term::phrase(term).into_iter().collect(),
                ..Query::default()
            };
            let begin = Instant::now();
            let looked = alice
                .logs
                .look_for(&query, (None, 30), Duration::from_secs(600), &|_| true)
                .unwrap();
            let took = begin.elapsed();
            eprintln!(
                "{count} sealed posts, {round}, {term:?}: {} found in {took:?}",
                looked.posts.len()
            );
        }
    }
}
