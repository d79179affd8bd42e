//! Photos from one node to others, pictures of people, boosts. Real nodes over loopback.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Home, Node, TCP, until};
use crate::restore::{done, initialised, path, restore};

/// Time for what must not come.
const NEVER: Duration = Duration::from_secs(3);

fn up(home: &Home) -> Node<'_> {
    home.up_on(&[TCP])
}

/// Both follow each other, and know it.
#[track_caller]
fn befriend(one: &Home, other: &Home) {
    one.ask(&["follow", &other.link()]);
    other.ask(&["follow", &one.link()]);
    for (one, other) in [(one, other), (other, one)] {
        let identity = other.identity();
        until("they are friends", || {
            let all = one.ask(&["following"]);
            let mut all = all.as_array().unwrap().iter();
            all.any(|it| it["identity"] == identity && it["state"] == "friends")
                .then_some(())
        });
        until("their log is here", || {
            (!one.have(&identity).is_empty()).then_some(())
        });
    }
}

#[track_caller]
fn until_reads(home: &Home, text: &str) -> Value {
    until(&format!("{text:?} is on the timeline"), || {
        let posts = home.ask(&["timeline"]);
        let mut posts = posts.as_array().unwrap().iter();
        posts.find(|post| post["text"] == text).cloned()
    })
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let body = [&kind[..], content].concat();
    let mut crc = u32::MAX;
    for byte in &body {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1));
        }
    }
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], &body, &(!crc).to_be_bytes()].concat()
}

/// A PNG (RFC 2083) of coloured noise: no two seeds look alike.
fn png(seed: u8, side: u32) -> Vec<u8> {
    let row = usize::try_from(side).unwrap() * 3;
    let mut pixels = Vec::new();
    let mut state = u32::from(seed) + 1;
    for _ in 0..side {
        pixels.extend([0_u8]);
        for _ in 0..row {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            pixels.push(u8::try_from(state >> 26).unwrap() * 2 + seed);
        }
    }
    let mut zlib = vec![0x78, 0x01];
    let blocks = pixels.chunks(0xffff);
    let last = blocks.len() - 1;
    for (number, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap();
        zlib.push(u8::from(number == last));
        zlib.extend(length.to_le_bytes());
        zlib.extend((!length).to_le_bytes());
        zlib.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in &pixels {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    zlib.extend((b << 16 | a).to_be_bytes());
    let size = side.to_be_bytes();
    let head = [&size[..], &size, &[8, 2, 0, 0, 0]].concat();
    [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(b"IHDR", &head),
        &chunk(b"IDAT", &zlib),
        &chunk(b"IEND", b""),
    ]
    .concat()
}

/// A picture's file in somebody's home.
fn picture(home: &Home, seed: u8, side: u32) -> String {
    let file = home.file(&format!("picture-{seed}.png"));
    fs::write(&file, png(seed, side)).unwrap();
    path(&file).to_owned()
}

/// A photo of a post, if it can be had.
fn photo_of(home: &Home, id: &str, number: usize, small: bool) -> Option<Vec<u8>> {
    let file = home.file("got");
    let number = number.to_string();
    let mut args = vec!["photo", id, "--number", &number, "-o", path(&file)];
    args.extend(small.then_some("--small"));
    let ended = home.run(&args);
    (ended.code == 0).then(|| fs::read(&file).unwrap())
}

#[track_caller]
fn until_photo(home: &Home, id: &str, number: usize, small: bool) -> Vec<u8> {
    until("the photo is had", || photo_of(home, id, number, small))
}

fn cached(home: &Home) -> usize {
    fs::read_dir(home.dir().join("photos")).unwrap().count()
}

fn id_of(posted: &Value) -> String {
    posted["id"].as_str().unwrap().to_owned()
}

fn is_jpeg_or_png(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xd8]) || bytes.starts_with(b"\x89PNG")
}

#[test]
fn friends_see_photos_and_have_them_from_each_other_and_strangers_see_public_ones() {
    let names = ["Alice", "Bob", "Carol", "Eve"];
    let [alice, bob, carol, eve] = names.map(Home::new);
    let (at_alice, _at_bob, at_carol, _at_eve) = (up(&alice), up(&bob), up(&carol), up(&eve));
    befriend(&alice, &bob);
    befriend(&alice, &carol);
    eve.ask(&["follow", &alice.link()]);
    // Carol reads, and isn't there when the photos come.
    let (one, two) = (picture(&alice, 1, 900), picture(&alice, 2, 300));
    at_carol.stop();
    let described = format!("{one}:A stove, lit");
    let post = [
        "post",
        "For friends",
        "--photo",
        &described,
        "--photo",
        &two,
    ];
    let posted = alice.ask(&[&post[..], &["--warning", "Heat"]].concat());
    let id = id_of(&posted);
    let own = alice.ask(&["thread", &id])[0].clone();
    assert_eq!(own["warning"], "Heat");
    assert_eq!(own["photos"][0]["alt"], "A stove, lit");
    assert_eq!(own["photos"][1]["alt"], Value::Null);
    assert_eq!(
        (&own["photos"][0]["width"], &own["photos"][1]["height"]),
        (&json!(900), &json!(300))
    );
    let small = format!("/photo/{id}/0/small");
    assert_eq!(own["photos"][0]["small"], small);
    let all = |home: &Home| {
        [(1, false), (1, true), (2, false), (2, true)]
            .map(|(number, small)| until_photo(home, &id, number, small))
    };
    let at_home = all(&alice);
    assert!(at_home.iter().all(|bytes| is_jpeg_or_png(bytes)));
    assert_ne!(at_home[0], at_home[2]);
    // At Bob's the small ones come unasked, and all are the same.
    let seen = until_reads(&bob, "For friends");
    assert_eq!(seen["photos"][0]["alt"], "A stove, lit");
    until("small pictures come unasked", || {
        (cached(&bob) >= 2).then_some(())
    });
    assert_eq!(all(&bob), at_home);
    // What friends were given in a space of theirs is nothing to who only follows.
    let public = picture(&alice, 3, 200);
    let open = id_of(&alice.ask(&["post", "For all", "--public", "--photo", &public]));
    until_reads(&eve, "For all");
    assert_eq!(
        until_photo(&eve, &open, 1, false),
        until_photo(&alice, &open, 1, false)
    );
    assert_eq!(photo_of(&eve, &id, 1, true), None);

    // Carol comes while Alice is away, and has them from Bob.
    let bobs = bob.link();
    at_alice.stop();
    let _at_carol = up(&carol);
    carol.ask(&["follow", &bobs]);
    until_reads(&carol, "For friends");
    assert_eq!(all(&carol), at_home);

    // Deleted photos go.
    let kept = cached(&bob);
    let at_alice = up(&alice);
    alice.ask(&["delete", &id]);
    until("what was deleted isn't kept", || {
        (cached(&bob) < kept).then_some(())
    });
    assert_eq!(photo_of(&bob, &id, 1, true), None);
    at_alice.stop();
}

#[test]
fn who_is_no_friend_any_longer_opens_no_new_photo() {
    let [alice, bob, carol] = ["Alice", "Bob", "Carol"].map(Home::new);
    let (_at_alice, _at_bob, _at_carol) = (up(&alice), up(&bob), up(&carol));
    befriend(&alice, &bob);
    befriend(&alice, &carol);
    let one = picture(&alice, 1, 64);
    let before = id_of(&alice.ask(&["post", "Before", "--photo", &one]));
    until_reads(&carol, "Before");
    let had = until_photo(&carol, &before, 1, false);
    alice.ask(&["unfollow", &carol.identity()]);
    let two = picture(&alice, 2, 64);
    let after = id_of(&alice.ask(&["post", "After", "--photo", &two]));
    until_reads(&bob, "After");
    until_photo(&bob, &after, 1, false);
    thread::sleep(NEVER);
    assert_eq!(photo_of(&carol, &after, 1, true), None);
    // What Carol had she still has.
    assert_eq!(photo_of(&carol, &before, 1, false), Some(had));
    // A photo can be posted once, and words on it changed.
    let edited = alice.ask(&["edit", &after, "Afterwards"]);
    assert_eq!(edited["id"], after);
    let seen = until_reads(&bob, "Afterwards");
    assert_eq!(seen["photos"].as_array().unwrap().len(), 1);
}

#[test]
fn what_one_looks_like_travels_with_ones_profile() {
    let [alice, bob] = ["Alice", "Bob"].map(Home::new);
    let (_at_alice, _at_bob) = (up(&alice), up(&bob));
    let file = picture(&alice, 5, 300);
    let profile = alice.ask(&["profile", "--picture", &file]);
    let small = format!("/portrait/{}/small", alice.identity());
    assert_eq!(profile["picture"]["small"], small);
    // Other changes keep it.
    let profile = alice.ask(&["profile", "--bio", "Likes stoves"]);
    assert_eq!(profile["picture"]["small"], small);
    bob.ask(&["follow", &alice.link()]);
    alice.ask(&["post", "Hello", "--public"]);
    let seen = until_reads(&bob, "Hello");
    assert_eq!(seen["author_picture"]["small"], small);
    let face = |home: &Home| {
        let got = home.file("face");
        let ended = home.run(&["photo", "--of", &alice.identity(), "-o", path(&got)]);
        (ended.code == 0).then(|| fs::read(&got).unwrap())
    };
    let at_bob = until("the picture is had", || face(&bob));
    assert_eq!(Some(at_bob), face(&alice));
}

#[test]
fn a_boosted_post_stands_once_where_it_was_boosted_last() {
    let [alice, bob, carol] = ["Alice", "Bob", "Carol"].map(Home::new);
    let (_at_alice, _at_bob, _at_carol) = (up(&alice), up(&bob), up(&carol));
    befriend(&alice, &bob);
    befriend(&alice, &carol);
    bob.ask(&["follow", &carol.link()]);
    let old = id_of(&alice.ask(&["post", "Old", "--public"]));
    alice.ask(&["post", "Newer", "--public"]);
    until_reads(&carol, "Newer");
    until_reads(&bob, "Newer");
    assert_eq!(bob.texts(&["timeline"]), ["Newer", "Old"]);
    let boosted = carol.ask(&["boost", &old]);
    assert_eq!(
        (&boosted["boosts"], &boosted["boosted"]),
        (&json!(1), &json!(true))
    );
    until("the boost is seen", || {
        (bob.texts(&["timeline"]) == ["Old", "Newer"]).then_some(())
    });
    let seen = bob.ask(&["timeline"])[0].clone();
    assert_eq!(seen["boosted_by"]["name"], "Carol");
    assert_eq!(
        (&seen["boosts"], &seen["boosted"]),
        (&json!(1), &Value::Null)
    );
    // Page by page it comes once, too.
    let pages: Vec<Value> = bob.all(&["timeline"]);
    assert_eq!(pages.len(), 2);
    let first = bob.ask(&["timeline", "--limit", "1"]);
    let before = first[0]["local_id"].as_str().unwrap();
    assert_eq!(bob.texts(&["timeline", "--before", before]), ["Newer"]);
    // One's own boosts don't move anything in one's own timeline; nor do boosts outlast being taken back.
    assert_eq!(carol.texts(&["timeline"]), ["Newer", "Old"]);
    bob.ask(&["reindex"]);
    assert_eq!(bob.texts(&["timeline"]), ["Old", "Newer"]);
    // Nor does anybody bring back whom one muted.
    bob.ask(&["mute", &alice.identity()]);
    assert_eq!(bob.texts(&["timeline"]), [""; 0]);
    bob.ask(&["mute", &alice.identity(), "--undo"]);
    assert_eq!(bob.texts(&["timeline"]), ["Old", "Newer"]);
    carol.ask(&["boost", &old, "--undo"]);
    until("it is taken back", || {
        (bob.texts(&["timeline"]) == ["Newer", "Old"]).then_some(())
    });
    // What is for friends is boosted among friends, and what is for oneself isn't.
    let among = id_of(&alice.ask(&["post", "Among friends"]));
    until_reads(&carol, "Among friends");
    carol.ask(&["boost", &among]);
    until("the owner counts it", || {
        (alice.ask(&["thread", &among])[0]["boosts"] == 1).then_some(())
    });
    let mine = id_of(&alice.ask(&["post", "Mine", "--private"]));
    alice.run(&["boost", &mine]).refused(2, "for yourself");
}

#[test]
fn photos_come_back_from_a_backup() {
    let (alice, phrase) = initialised("Alice");
    let node = up(&alice);
    let file = picture(&alice, 4, 1_200);
    let id = id_of(&alice.ask(&["post", "Kept", "--photo", &file]));
    let face = picture(&alice, 6, 100);
    alice.ask(&["profile", "--picture", &face]);
    let (full, small) = (
        until_photo(&alice, &id, 1, false),
        until_photo(&alice, &id, 1, true),
    );
    let folder = alice.file("disk");
    fs::create_dir(&folder).unwrap();
    alice.ask(&["backup", "to", path(&folder)]);
    node.stop();
    fs::remove_dir_all(alice.dir()).unwrap();

    let again = Home::new("Alice");
    let copy = again.file("phrase.txt");
    fs::copy(&phrase, &copy).unwrap();
    done(&restore(
        &again,
        &copy,
        &["--from", path(&folder), "--wait"],
    ));
    let _node = up(&again);
    assert_eq!(until_photo(&again, &id, 1, false), full);
    assert_eq!(until_photo(&again, &id, 1, true), small);
    let got = again.file("face");
    let me = again.identity();
    again.ask(&["photo", "--of", &me, "-o", path(&got)]);
    assert!(is_jpeg_or_png(&fs::read(&got).unwrap()));
    assert!(Path::new(&again.dir().join("photos")).is_dir());
}
