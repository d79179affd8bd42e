//! Boosts, and which pictures are named.

use hearth_protocol::content::{Boost, MediaType, Photo, PhotoKey, Picture};
use hearth_protocol::object::{Blob, ObjectId};

use super::*;

fn boost(of: &LoneEntry, on: bool) -> Content {
    let target = named(of);
    Content::Boost(Boost { target, on })
}

fn delete(of: &LoneEntry) -> Content {
    let targets = vec![Target::from(of.entry.place())];
    Content::Delete(Delete { targets })
}

impl Alice {
    /// Her timeline: what these wrote, and where they boosted it.
    fn boosted_home(&self, authors: &[Identity]) -> Vec<SeenPost> {
        let filter = Filter {
            authors: authors.iter().copied().collect(),
            boosts_for: Some(self.account.identity),
            ..Filter::default()
        };
        let all = self.logs.timeline(&filter, None, 1_000, &|_| true).unwrap();
        // However it is read, it is the same.
        let mut newer = self.logs.newer(&filter, 0, 1_000, &|_| true).unwrap();
        newer.reverse();
        assert_eq!(lines(&newer), lines(&all));
        let mut paged: Vec<SeenPost> = Vec::new();
        loop {
            let before = paged.last().map(|last| last.local_id);
            let page = self.logs.timeline(&filter, before, 1, &|_| true).unwrap();
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(lines(&paged), lines(&all));
        all
    }

    fn boosts(&self, said: &LoneEntry) -> usize {
        let me = self.account.identity;
        let post = self.logs.post_at(&said.entry.place()).unwrap().unwrap();
        let hidden = self.logs.hidden(&me).unwrap();
        self.logs.boosters(&me, &post, &hidden).unwrap().len()
    }
}

#[test]
fn of_several_boosts_the_newest_counts_and_what_is_taken_back_moves_nothing() {
    let (mut alice, mut bob, mut carol) = (Alice::new(), Author::new(), Author::new());
    carol.time_ms += 10_000;
    alice.meet(&bob);
    alice.meet(&carol);
    let said = ["one", "two", "three"].map(|text| bob.post(text, None));
    said.iter().for_each(|said| alice.hear(said));
    let both_of_them = [bob.identity(), carol.identity()];
    let shown = |alice: &Alice| {
        let posts = alice.boosted_home(&both_of_them);
        posts
            .into_iter()
            .map(|post| (post.post.text, post.boosted_by.is_some()))
            .collect::<Vec<_>>()
    };
    let is = |shown: Vec<(String, bool)>, expected: &[(&str, bool)]| {
        let shown: Vec<_> = shown
            .iter()
            .map(|(text, by)| (text.as_str(), *by))
            .collect();
        assert_eq!(shown, expected);
    };
    let none = [("three", false), ("two", false), ("one", false)];
    is(shown(&alice), &none);
    let first = carol.say(&boost(&said[0], true), None);
    let (off, again) = (
        carol.say(&boost(&said[0], false), None),
        carol.say(&boost(&said[0], true), None),
    );
    let second = carol.say(&boost(&said[1], true), None);
    alice.hear(&first);
    let one = [("one", true), ("three", false), ("two", false)];
    is(shown(&alice), &one);
    alice.hear(&off);
    is(shown(&alice), &none);
    assert_eq!(alice.boosts(&said[0]), 0);
    alice.hear(&again);
    is(shown(&alice), &one);
    alice.hear(&second);
    let both = [("two", true), ("one", true), ("three", false)];
    is(shown(&alice), &both);
    assert_eq!((alice.boosts(&said[0]), alice.boosts(&said[2])), (1, 0));
    alice.logs.reindex().unwrap();
    is(shown(&alice), &both);
    let mut alice = alice.reopened();
    is(shown(&alice), &both);
    // A boost that is deleted leaves the word before it.
    alice.hear(&carol.say(&delete(&again), None));
    is(
        shown(&alice),
        &[("two", true), ("three", false), ("one", false)],
    );
    // A post that is deleted goes with its boosts.
    alice.hear(&bob.say(&delete(&said[1]), None));
    let left = alice.boosted_home(&both_of_them);
    assert_eq!(texts(&left), ["three", "one"]);
    // Who isn't wanted moves nothing; whom one follows, but not the author, shows what they boosted.
    assert_eq!(
        texts(&alice.boosted_home(&both_of_them[..1])),
        ["three", "one"]
    );
    alice.hear(&carol.say(&boost(&said[2], true), None));
    assert_eq!(texts(&alice.boosted_home(&both_of_them[1..])), ["three"]);
}

#[test]
fn boosts_without_end_that_show_nothing_keep_no_post_away() {
    let (mut alice, mut bob, mut carol) = (Alice::new(), Author::new(), Author::new());
    carol.time_ms += 10_000;
    alice.meet(&bob);
    alice.meet(&carol);
    let (said, old) = (bob.post("one", None), bob.post("two", None));
    alice.hear(&said);
    alice.hear(&old);
    // Again and again the same, and what nobody holds.
    let unheld: Vec<_> = (0..3_000).map(|_| bob.post("nobody's", None)).collect();
    let again = (0..1_000).map(|_| carol.say(&boost(&said, true), None));
    let mut flood: Vec<_> = again.collect();
    flood.extend(
        unheld
            .iter()
            .map(|post| carol.say(&boost(post, true), None)),
    );
    let links: Vec<_> = flood
        .into_iter()
        .map(|said| hearth_protocol::run::Link {
            entry: said.entry,
            body: Some(said.body),
        })
        .collect();
    for part in links.chunks(200) {
        let run = hearth_protocol::run::Run::of_links(part).unwrap();
        alice.logs.ingest(run, &[], NOW_MS).unwrap();
    }
    let both = [bob.identity(), carol.identity()];
    let filter = Filter {
        authors: both.into_iter().collect(),
        boosts_for: Some(alice.account.identity),
        ..Filter::default()
    };
    // Once each, however often; and beyond so many that are nothing, posts stand at their own places.
    let carols = alice.logs.identities[&carol.identity()];
    let stand = super::super::super::views::order_of_author(carols);
    assert_eq!(stand.len(&alice.logs.db).unwrap(), 3_001);
    let page = alice.logs.timeline(&filter, None, 10, &|_| true).unwrap();
    let lines: Vec<_> = page
        .iter()
        .map(|seen| (&*seen.post.text, seen.boosted_by))
        .collect();
    assert_eq!(lines, [("two", None), ("one", None)]);
    let (first, order) = (&alice.logs, stand.below(&alice.logs.db, None));
    let last_of_flood = order.last().unwrap().unwrap().local_id;
    let page = first
        .timeline(&filter, Some(last_of_flood + 1), 10, &|_| true)
        .unwrap();
    let lines: Vec<_> = page
        .iter()
        .map(|seen| (&*seen.post.text, seen.boosted_by))
        .collect();
    assert_eq!(lines, [("one", Some(carol.identity())), ("two", None)]);
}

#[test]
fn a_boost_counts_in_the_space_of_its_post_alone() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let keys = epoch(Space::Friends(bob.identity()), 0, &bob);
    alice.learn(&keys);
    let said = bob.post("among us", Some(&keys.body));
    let open = bob.post("for all", None);
    alice.hear(&said);
    alice.hear(&open);
    let him = [bob.identity()];
    let home = |alice: &Alice| alice.boosted_home(&him);
    // For all, of what isn't: nobody is told by this that there is anything.
    alice.hear(&bob.say(&boost(&said, true), None));
    assert_eq!(texts(&home(&alice)), ["for all", "among us"]);
    assert_eq!(alice.boosts(&said), 0);
    // Nor does what is sealed count of what is for all.
    alice.hear(&bob.say(&boost(&open, true), Some(&keys.body)));
    assert_eq!(alice.boosts(&open), 0);
    alice.hear(&bob.say(&boost(&said, true), Some(&keys.body)));
    assert_eq!(texts(&home(&alice)), ["among us", "for all"]);
    assert_eq!(alice.boosts(&said), 1);
}

fn photo(number: u8) -> Photo {
    let picture = |root: u8| Picture {
        blob: Blob {
            bytes: 9,
            depth: 0,
            root: ObjectId::from_bytes([root; 32]),
        },
        media: MediaType::Jpeg,
        width: 3,
        height: 3,
    };
    Photo {
        key: PhotoKey::from_bytes([number; 32]),
        full: picture(number),
        small: picture(number + 1),
        placeholder: Vec::new(),
        alt: Some("A stove".to_owned()),
    }
}

#[test]
fn who_names_a_picture_under_another_key_hides_it_from_nobody() {
    let (mut alice, mut mallory, mut bob) = (Alice::new(), Author::new(), Author::new());
    alice.meet(&mallory);
    alice.meet(&bob);
    let with = |key: u8| {
        let mut named = photo(10);
        named.key = PhotoKey::from_bytes([key; 32]);
        Content::Post(Post {
            photos: vec![named],
            ..Post::default()
        })
    };
    let named: Vec<_> = (0..600)
        .map(|number| mallory.say(&with(100 + u8::try_from(number % 50).unwrap()), None))
        .map(|said| hearth_protocol::run::Link {
            entry: said.entry,
            body: Some(said.body),
        })
        .collect();
    for part in named.chunks(200) {
        let run = hearth_protocol::run::Run::of_links(part).unwrap();
        alice.logs.ingest(run, &[], NOW_MS).unwrap();
    }
    alice.hear(&bob.say(&with(10), None));
    let root = ObjectId::from_bytes([10; 32]);
    let named = alice.logs.named_pictures(&root).unwrap();
    let keys: Vec<_> = named.iter().map(|(key, _)| *key).collect();
    assert!(keys.len() <= 4 && keys.contains(&PhotoKey::from_bytes([10; 32])));
}

#[test]
fn a_picture_is_known_as_long_as_something_readable_names_it() {
    let (mut alice, mut bob) = (Alice::new(), Author::new());
    alice.meet(&bob);
    let keys = epoch(Space::Friends(bob.identity()), 0, &bob);
    let with = |photos: &[u8]| {
        Content::Post(Post {
            text: "Look".to_owned(),
            photos: photos.iter().map(|number| photo(*number)).collect(),
            ..Post::default()
        })
    };
    let key_of = |alice: &Alice, root: u8| {
        let named = alice.logs.named_pictures(&ObjectId::from_bytes([root; 32]));
        let named = named.unwrap();
        assert!(named.len() < 2);
        named.first().map(|(key, _)| *key)
    };
    let said = bob.say(&with(&[10, 20]), None);
    let sealed = bob.say(&with(&[30]), Some(&keys.body));
    alice.hear(&said);
    alice.hear(&sealed);
    for (root, key) in [(10, 10), (11, 10), (20, 20), (21, 20)] {
        assert_eq!(key_of(&alice, root), Some(PhotoKey::from_bytes([key; 32])));
    }
    // Nobody is told of what can't be read here, or isn't named at all.
    assert_eq!((key_of(&alice, 30), key_of(&alice, 99)), (None, None));
    alice.learn(&keys);
    alice.logs.retry_all(NOW_MS).unwrap();
    assert!(key_of(&alice, 30).is_some());
    // Words on photos can be changed, photos can't.
    let edit = Content::Edit(Edit {
        target: Target::from(said.entry.place()),
        text: String::new(),
        warning: Some("Heat".to_owned()),
        alts: vec![None],
    });
    alice.hear(&bob.say(&edit, None));
    let seen = alice.logs.post_at(&said.entry.place()).unwrap().unwrap();
    let alts = seen.post.photos.iter().map(|photo| photo.alt.is_some());
    assert_eq!(alts.collect::<Vec<_>>(), [false, true]);
    assert_eq!(
        (seen.post.warning.as_deref(), seen.post.text.as_str()),
        (Some("Heat"), "")
    );
    alice.logs.reindex().unwrap();
    assert!(key_of(&alice, 21).is_some() && key_of(&alice, 31).is_some());
    alice.hear(&bob.say(&delete(&said), None));
    assert_eq!((key_of(&alice, 10), key_of(&alice, 21)), (None, None));
    assert_eq!(alice.logs.pictures_gone.take().len(), 2);
    // Of a profile the newest counts.
    let profile = |number| {
        Content::Profile(hearth_protocol::content::Profile {
            picture: Some(photo(number)),
            ..Default::default()
        })
    };
    alice.hear(&bob.say(&profile(40), None));
    assert!(key_of(&alice, 41).is_some());
    alice.hear(&bob.say(&profile(50), None));
    assert_eq!(key_of(&alice, 41), None);
    assert!(key_of(&alice, 50).is_some());
    let portrait = alice.logs.portrait(&bob.identity()).unwrap().unwrap().0;
    assert_eq!(portrait, photo(50));
}
