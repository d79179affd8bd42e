//! The promise as a whole: the box burns, and everything is back from friends.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::files::assert_same;
use crate::harness::{Home, Node, until_within};
use crate::replication::real_posts;
use crate::restore::{MINUTES, back_up, befriend, done, initialised, path, restore, up};

const FRIENDS: [&str; 5] = ["Bob", "Carol", "Dave", "Erin", "Frank"];

/// A folder as people have them: sources, pictures' worth of noise, things alike, names in many scripts, links, modes.
fn a_life(dir: &Path) {
    let noise = |seed: u64, bytes: usize| {
        let mut noise = vec![0; bytes];
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_be_bytes());
        hasher.finalize_xof().fill(&mut noise);
        noise
    };
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    fs::create_dir_all(dir.join("sources")).unwrap();
    for source in fs::read_dir(sources).unwrap() {
        let source = source.unwrap().path();
        if source.is_file() {
            let name = source.file_name().unwrap();
            fs::copy(&source, dir.join("sources").join(name)).unwrap();
        }
    }
    for (name, bytes) in [
        ("film.bin", 9_000_000),
        ("photo 1.jpg", 2_100_000),
        ("photo 2.jpg", 1_400_000),
        ("none", 0),
        ("one byte", 1),
    ] {
        fs::write(dir.join(name), noise(bytes as u64, bytes)).unwrap();
    }
    fs::copy(dir.join("photo 1.jpg"), dir.join("photo 1 (copy).jpg")).unwrap();
    fs::create_dir_all(dir.join("ein/sehr/tiefer/Ordner/mit/nichts/darin")).unwrap();
    fs::write(dir.join("ein/Grüße 🌻.txt"), "ü".repeat(70_000)).unwrap();
    symlink("../film.bin", dir.join("ein/film")).unwrap();
    symlink("/nowhere/at all", dir.join("broken")).unwrap();
    fs::set_permissions(dir.join("one byte"), fs::Permissions::from_mode(0o751)).unwrap();
    fs::set_permissions(dir.join("none"), fs::Permissions::from_mode(0o400)).unwrap();
    let then = SystemTime::UNIX_EPOCH + Duration::new(1_234_567_890, 123_456_789);
    let photo = fs::File::options()
        .write(true)
        .open(dir.join("photo 2.jpg"));
    photo.unwrap().set_modified(then).unwrap();
}

/// Turns bytes over in all that a friend keeps for others.
fn corrupt(friend: &Home) {
    let mut spoilt = 0;
    let mut open = vec![friend.dir().join("shards")];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if fs::metadata(&path).unwrap().len() > 100_000 {
                let mut bytes = fs::read(&path).unwrap();
                bytes
                    .iter_mut()
                    .skip(50_000)
                    .step_by(40_000)
                    .for_each(|byte| *byte ^= 0x55);
                spoilt += 1;
                fs::write(&path, bytes).unwrap();
            }
        }
    }
    assert!(spoilt > 0, "there was something to spoil");
}

fn posts_of(home: &Home, identity: &str) -> Vec<(Value, Value, Value)> {
    let posts = home.all(&["posts", identity]);
    posts
        .into_iter()
        .map(|post| {
            (
                post["id"].clone(),
                post["time_ms"].clone(),
                post["text"].clone(),
            )
        })
        .collect()
}

/// No log has a gap or a fork.
fn assert_sound(home: &Home, identity: &str) {
    let status = home.ask(&["status"]);
    let logs = status["logs"].as_array().unwrap();
    for log in logs.iter().filter(|log| log["identity"] == identity) {
        assert_ne!(log["forked"], true, "{log}");
        let have: Vec<(u64, u64)> = serde_json::from_value(log["have"].clone()).unwrap();
        assert!(matches!(have[..], [(0, _)]), "{log}");
    }
}

#[test]
fn the_box_burns_and_everything_is_back() {
    let (alice, phrase) = initialised("Alice");
    let friends: Vec<Home> = FRIENDS.iter().map(|name| initialised(name).0).collect();
    let identity = alice.identity();
    let life: PathBuf = alice.file("life");
    a_life(&life);
    let at_alice = up(&alice);
    let mut nodes: Vec<Node<'_>> = friends.iter().map(up).collect();
    for friend in &friends {
        befriend(&alice, friend);
    }
    let imported = alice.ask(&["import", "posts", path(&real_posts())]);
    assert_eq!(imported["imported"], 2_100);
    let put = alice.ask(&["files", "put", path(&life)]);
    let outcome = back_up(&alice);
    assert_eq!(
        (&outcome["k"], &outcome["n"]),
        (&2.into(), &5.into()),
        "{outcome}"
    );
    let posts = posts_of(&alice, &identity);
    until_within(MINUTES, "a friend has all posts", || {
        (posts_of(&friends[4], &identity).len() == posts.len()).then_some(())
    });

    // The fire: two friends are gone for ever, a third one's disk is rotten, and the box is ash.
    drop(at_alice);
    fs::remove_dir_all(alice.dir()).unwrap();
    for gone in &friends[..2] {
        drop(nodes.remove(0));
        fs::remove_dir_all(gone.dir()).unwrap();
    }
    drop(nodes.remove(0));
    corrupt(&friends[2]);
    nodes.insert(0, up(&friends[2]));

    let again = Home::new("Alice");
    let copy = phrase_of(&phrase, &again);
    let link = friends[3].link();
    let ended = restore(&again, &copy, &["--via", &link, "--wait"]);
    let done = done(&ended);
    assert_eq!(done["identity"], *identity);
    assert_eq!(
        (&done["posts"], &done["files"]),
        (&2_100.into(), &put["files"])
    );
    assert!(done["attested_by"].as_u64().unwrap() >= 2, "{done}");
    eprintln!("restored in {} s", done["seconds"]);

    let at_alice = up(&again);
    assert_eq!(posts_of(&again, &identity), posts, "every post");
    let back = again.file("back");
    again.ask(&["files", "get", "life", path(&back)]);
    assert_same(&life, &back);
    assert_sound(&again, &identity);
    again.post("The paper was worth it");
    for friend in &friends[3..] {
        until_within(MINUTES, "followers see one person", || {
            let posts_there = posts_of(friend, &identity);
            (posts_there.len() == posts.len() + 1).then_some(())
        });
        assert_eq!(posts_of(friend, &identity)[..posts.len()], posts);
        assert_sound(friend, &identity);
    }
    // And the next backup goes on from there: the new box may burn, too.
    until_within(
        MINUTES,
        "what is left of the friends keeps it again",
        || {
            let outcome = again.run(&["--json", "backup", "now", "--wait"]);
            (outcome.code == 0).then_some(())
        },
    );
    drop(at_alice);
    fs::remove_dir_all(again.dir()).unwrap();
    let third = Home::new("Alice");
    let ended = restore(
        &third,
        &phrase_of(&copy, &third),
        &["--via", &link, "--wait"],
    );
    assert_eq!(crate::restore::done(&ended)["posts"], 2_101);
    let _at_alice = up(&third);
    let back = third.file("back");
    third.ask(&["files", "get", "life", path(&back)]);
    assert_same(&life, &back);
}

/// A copy of a phrase beside another home.
fn phrase_of(phrase: &Path, home: &Home) -> PathBuf {
    let copy = home.file("phrase.txt");
    fs::copy(phrase, &copy).unwrap();
    copy
}
