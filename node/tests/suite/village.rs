//! Five people, two circles, and all that befalls them: a removal, a second machine, a theft, a fire.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Home, Node, until_within};
use crate::restore::{back_up, befriend, done, initialised, path, restore, up};

/// "Soon", on a machine that has other things to do.
const SOON: Duration = Duration::from_secs(120);

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;
const DAVE: usize = 3;
const ERIN: usize = 4;
const NAMES: [&str; 5] = ["Alice", "Bob", "Carol", "Dave", "Erin"];
const EVERYBODY: [usize; 5] = [ALICE, BOB, CAROL, DAVE, ERIN];
/// Who sings, from the beginning to the end.
const CHOIR: [usize; 4] = [ALICE, BOB, DAVE, ERIN];

/// Something said: its text, where it was said, and who may read it.
struct Said {
    text: String,
    audience: String,
    space: String,
    readers: Vec<usize>,
}

impl Said {
    fn shelved(&self) -> (String, String, String) {
        (self.text.clone(), self.audience.clone(), self.space.clone())
    }
}

/// What somebody reads: texts with their audience and space.
type Shelf = BTreeSet<(String, String, String)>;

/// The people at the homes where they live now, and all that was said.
struct Village<'a> {
    homes: [&'a Home; 5],
    keys: [String; 5],
    /// A space that Alice founded, and who is in it now.
    club: String,
    readers: Vec<usize>,
    /// A space that Bob founded.
    choir: String,
    said: Vec<Said>,
}

impl Village<'_> {
    /// Who is at this home now says something, which `readers` can read and nobody else.
    #[track_caller]
    fn say(&mut self, who: usize, audience: &[&str], text: &str, readers: &[usize]) {
        let posted =
            self.homes[who].ask_with(&[&["post", "-"], audience].concat(), text.as_bytes());
        self.note(&posted, text, readers);
    }

    fn note(&mut self, posted: &Value, text: &str, readers: &[usize]) {
        let field = |name: &str| posted[name].as_str().unwrap().to_owned();
        self.said.push(Said {
            text: text.to_owned(),
            audience: field("audience"),
            space: field("space"),
            readers: readers.to_vec(),
        });
    }

    /// All that somebody should be able to read by now.
    fn shelf_of(&self, reader: usize) -> Shelf {
        let said = self.said.iter();
        said.filter(|said| said.readers.contains(&reader))
            .map(Said::shelved)
            .collect()
    }

    /// Everybody holds what the others wrote, and reads what is for them, and nothing else.
    #[track_caller]
    fn assert_settled(&self) {
        for reader in EVERYBODY {
            for writer in EVERYBODY {
                if self.are_close(reader, writer) {
                    until_carried(self.homes[reader], self.homes[writer], &self.keys[writer]);
                }
            }
            until_shelf(NAMES[reader], self.homes[reader], &self.shelf_of(reader));
        }
        for reader in EVERYBODY {
            let shelf = shelf(self.homes[reader]);
            assert_eq!(shelf, self.shelf_of(reader), "{}", NAMES[reader]);
        }
    }

    /// Whether two carry each other's logs: as friends, or as members of one space.
    fn are_close(&self, one: usize, other: usize) -> bool {
        let both_in = |space: &[usize]| space.contains(&one) && space.contains(&other);
        one == ALICE || other == ALICE || both_in(&CHOIR) || both_in(&self.readers)
    }

    #[track_caller]
    fn until_in(&self, who: usize, space: &str) {
        until_within(SOON, "somebody is in a space", || {
            let spaces = self.homes[who].ask(&["space", "list"]);
            let mut spaces = spaces.as_array().unwrap().iter();
            let found = spaces.find(|info| info["id"] == space)?;
            ["admin", "member"]
                .contains(&found["role"].as_str()?)
                .then_some(())
        });
    }
}

fn shelf(home: &Home) -> Shelf {
    let posts = home.ask(&["timeline", "--limit", "1000"]);
    let posts = posts.as_array().unwrap().iter();
    let field = |post: &Value, name: &str| post[name].as_str().unwrap().to_owned();
    posts
        .map(|post| {
            (
                field(post, "text"),
                field(post, "audience"),
                field(post, "space"),
            )
        })
        .collect()
}

#[track_caller]
fn until_shelf(who: &str, home: &Home, expected: &Shelf) {
    let begin = Instant::now();
    loop {
        let shelf = shelf(home);
        if shelf == *expected {
            return;
        }
        let lacking: Vec<_> = expected.difference(&shelf).collect();
        let surplus: Vec<_> = shelf.difference(expected).collect();
        assert!(
            begin.elapsed() < SOON,
            "{who} lacks {lacking:?} and has {surplus:?}"
        );
        thread::sleep(Duration::from_millis(100));
    }
}

/// What a home holds of somebody's social logs, by device and number.
fn logs_of(home: &Home, identity: &str) -> BTreeMap<(String, u64), Value> {
    let status = home.ask(&["status"]);
    let logs = status["logs"].as_array().unwrap().iter();
    let number = |log: &Value| log["log"].as_u64().unwrap();
    logs.filter(|log| log["identity"] == identity && number(log) % 2 == 0)
        .map(|log| {
            let device = log["device"].as_str().unwrap().to_owned();
            ((device, number(log)), log["have"].clone())
        })
        .collect()
}

#[track_caller]
fn until_carried(to: &Home, from: &Home, identity: &str) {
    until_within(SOON, "all of it was carried over", || {
        (logs_of(to, identity) == logs_of(from, identity)).then_some(())
    });
}

fn epoch_of(home: &Home, space: &str) -> String {
    home.ask_text(&["space", "show", space], "epoch_id")
}

/// Processes that stand still, as if the network were cut: who asks them waits.
struct Frozen(Vec<u32>);

impl Frozen {
    fn new<'a>(nodes: impl Iterator<Item = &'a Node<'a>>) -> Self {
        let frozen = Self(nodes.map(Node::pid).collect());
        frozen.signal("-STOP");
        frozen
    }

    fn signal(&self, signal: &str) {
        let pids = self.0.iter().map(u32::to_string);
        let sent = Command::new("/bin/kill").arg(signal).args(pids).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy_tree(&path, &target);
        } else if kind.is_file() {
            fs::copy(&path, &target).unwrap();
        }
    }
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
}

/// A second machine of Alice's, made by a link; and its key.
fn second_machine(alice: &Home, phrase: &Path) -> (Home, String) {
    let added = alice.ask(&["device", "add", "--phrase-file", path(phrase)]);
    let text = |field: &str| added[field].as_str().unwrap().to_owned();
    let laptop = Home::new("Alice's laptop");
    let link = text("link");
    laptop.ask_with(&["device", "join", "--link-file", "-"], link.as_bytes());
    (laptop, text("device"))
}

/// Once it has the keys, a machine can write to whomever its person can.
#[track_caller]
fn until_writes(home: &Home, audience: &[&str], text: &str) -> Value {
    until_within(SOON, "the new machine has the keys", || {
        let args = [&["--json", "post", "-"], audience].concat();
        let ended = home.run_with(&args, text.as_bytes());
        (ended.code == 0).then(|| ended.json())
    })
}

/// A post of Alice's for every audience that she has, from whichever machine is given.
fn alice_says(village: &mut Village<'_>, from: &Home, when: &str) {
    let (club, choir, bob) = (&village.club, &village.choir, &village.keys[BOB]);
    let everywhere: [(&[&str], &str, &[usize]); 6] = [
        (&["--private"], "for myself", &[ALICE]),
        (&["--to", bob], "for Bob", &[ALICE, BOB]),
        (&["--friends"], "for friends", &EVERYBODY),
        (&["--space", club], "for the club", &village.readers),
        (&["--space", choir], "for the choir", &CHOIR),
        (&["--public"], "for all", &EVERYBODY),
    ];
    let posted = everywhere.map(|(audience, what, readers)| {
        let text = format!("Alice, {what}, {when}");
        (until_writes(from, audience, &text), text, readers.to_vec())
    });
    for (posted, text, readers) in posted {
        village.note(&posted, &text, &readers);
    }
}

/// What the others say in the spaces that they share with her, and to her.
fn others_say(village: &mut Village<'_>, when: &str) {
    let (club, choir) = (village.club.clone(), village.choir.clone());
    let (alice, readers) = (village.keys[ALICE].clone(), village.readers.clone());
    let mut everywhere: Vec<(usize, &[&str], &[usize])> = Vec::new();
    let (to_alice, in_club, in_choir) = (
        ["--to", alice.as_str()],
        ["--space", club.as_str()],
        ["--space", choir.as_str()],
    );
    everywhere.push((BOB, &to_alice, &[ALICE, BOB]));
    for who in [BOB, CAROL].into_iter().filter(|who| readers.contains(who)) {
        everywhere.push((who, &in_club, &readers));
    }
    for who in [BOB, DAVE, ERIN] {
        everywhere.push((who, &in_choir, &CHOIR));
    }
    everywhere.push((CAROL, &["--friends"], &[ALICE, CAROL]));
    everywhere.push((DAVE, &["--friends"], &[ALICE, BOB, DAVE]));
    for (number, (who, audience, readers)) in everywhere.into_iter().enumerate() {
        let text = format!("{} {number}, {when}", NAMES[who]);
        village.say(who, audience, &text, readers);
    }
}

/// Friendships, pledges and two spaces; one of the singers comes by a link.
fn settle_in<'a>(homes: [&'a Home; 5]) -> Village<'a> {
    let [alice, bob, _, dave, erin] = homes;
    homes[1..].iter().for_each(|friend| befriend(alice, friend));
    bob.ask(&["follow", &dave.link()]);
    dave.ask(&["follow", &bob.link()]);
    let keys = homes.map(Home::identity);
    for friend in [BOB, CAROL, DAVE, ERIN] {
        until_friends(homes, &keys, ALICE, friend);
    }
    until_friends(homes, &keys, BOB, DAVE);
    let members = ["--member", &keys[BOB], "--member", &keys[CAROL]];
    let club = [&["space", "create", "Book club"][..], &members].concat();
    let club = alice.ask_text(&club, "id");
    let members = ["--member", &keys[ALICE], "--member", &keys[DAVE]];
    let choir = [&["space", "create", "Choir"][..], &members].concat();
    let choir = bob.ask_text(&choir, "id");
    let link = bob.ask_text(&["space", "invite", &choir, "--uses", "1"], "link");
    assert_eq!(
        erin.ask(&["space", "join", &link, "--wait", "60"])["role"],
        "member"
    );
    let village = Village {
        homes,
        keys,
        club,
        readers: vec![ALICE, BOB, CAROL],
        choir,
        said: Vec::new(),
    };
    for who in [BOB, CAROL] {
        village.until_in(who, &village.club);
    }
    for who in CHOIR {
        village.until_in(who, &village.choir);
    }
    for (one, other) in [(BOB, DAVE), (BOB, ERIN), (DAVE, ERIN), (ERIN, DAVE)] {
        until_carried(homes[one], homes[other], &village.keys[other]);
    }
    village
}

/// Two know that they are friends, and hold each other's logs.
#[track_caller]
fn until_friends(homes: [&Home; 5], keys: &[String; 5], one: usize, other: usize) {
    for (here, there) in [(one, other), (other, one)] {
        until_within(SOON, "they are friends", || {
            let all = homes[here].ask(&["following"]);
            let mut all = all.as_array().unwrap().iter();
            let is_it = |it: &Value| it["identity"] == keys[there] && it["state"] == "friends";
            all.any(is_it).then_some(())
        });
        until_carried(homes[here], homes[there], &keys[there]);
    }
}

/// Carol is taken out of the club while she sleeps, and writes there before she hears of it.
fn remove_carol<'a>(village: &mut Village<'a>, nodes: &mut BTreeMap<usize, Node<'a>>) {
    nodes.remove(&CAROL).unwrap().stop();
    let [alice, bob, carol, ..] = village.homes;
    let club = village.club.clone();
    let before = epoch_of(alice, &club);
    alice.ask(&["space", "remove", &club, &village.keys[CAROL]]);
    assert_ne!(epoch_of(alice, &club), before);
    village.readers.retain(|who| *who != CAROL);
    until_within(SOON, "Bob knows", || {
        (epoch_of(bob, &club) == epoch_of(alice, &club)).then_some(())
    });
    village.say(ALICE, &["--space", &club], "without Carol", &[ALICE, BOB]);
    let frozen = Frozen::new(nodes.values());
    nodes.insert(CAROL, up(carol));
    carol.ask(&["post", "with the old key", "--space", &club]);
    village.say(CAROL, &["--friends"], "I was away", &[ALICE, CAROL]);
    drop(frozen);
    until_within(SOON, "Carol knows", || {
        (carol.ask(&["space", "show", &club])["role"] == "left").then_some(())
    });
    carol
        .run(&["post", "once more", "--space", &club])
        .refused(2, "any more");
    others_say(village, "after the removal");
    alice_says(village, village.homes[ALICE], "after the removal");
    village.assert_settled();
}

/// A laptop of Alice's reads what she ever read, and writes wherever she can; both go on.
fn live_with_two(village: &mut Village<'_>, laptop: &Home) {
    let alice = village.homes[ALICE];
    until_shelf("the laptop", laptop, &village.shelf_of(ALICE));
    until_within(SOON, "the laptop knows her friends", || {
        let all = laptop.ask(&["following"]);
        let mut all = all.as_array().unwrap().iter();
        all.all(|it| it["state"] == "friends").then_some(())
    });
    alice_says(village, laptop, "from the laptop");
    alice_says(village, alice, "beside the laptop");
    others_say(village, "to both machines");
    village.assert_settled();
    until_shelf("the laptop", laptop, &village.shelf_of(ALICE));
}

/// The laptop is stolen: from the moment that Alice says so its keys open nothing new, and it is heard by nobody.
fn rob<'a>(
    village: &mut Village<'a>,
    nodes: &BTreeMap<usize, Node<'a>>,
    thief: &Home,
    revoke: &[&str],
) {
    let alice = village.homes[ALICE];
    let loot = village.shelf_of(ALICE);
    let (club, choir) = (village.club.clone(), village.choir.clone());
    let spaces = [club.as_str(), choir.as_str()];
    let before = spaces.map(|space| epoch_of(alice, space));
    alice.ask(revoke);
    for (space, before) in spaces.iter().zip(&before) {
        until_within(SOON, "a new epoch begins", || {
            (epoch_of(alice, space) != *before).then_some(())
        });
    }
    for who in [BOB, CAROL, DAVE, ERIN] {
        until_carried(village.homes[who], alice, &village.keys[ALICE]);
    }
    // He writes before he can hear that the machine counts for nothing.
    let frozen = Frozen::new(nodes.values());
    let at_thief = up(thief);
    let bob = village.keys[BOB].clone();
    let audiences: [&[&str]; 5] = [
        &["--public"],
        &["--friends"],
        &["--space", &club],
        &["--space", &choir],
        &["--to", &bob],
    ];
    for audience in audiences {
        thief.ask(&[&["post", "send money"], audience].concat());
    }
    drop(frozen);
    until_within(SOON, "the thief is told", || {
        let status = thief.ask(&["status"]);
        let said = status["revoked"].as_str()?;
        said.contains("cut off").then_some(())
    });
    thief
        .run(&["post", "more money", "--public"])
        .refused(1, "revoked");
    let said_before = village.said.len();
    alice_says(village, alice, "after the theft");
    others_say(village, "after the theft");
    village.assert_settled();
    // He carries what is new, and reads what everybody may.
    let mut shelf = loot;
    let public = village.said[said_before..].iter();
    shelf.extend(
        public
            .filter(|said| said.audience == "public")
            .map(Said::shelved),
    );
    until_carried(thief, alice, &village.keys[ALICE]);
    until_shelf("the thief", thief, &shelf);
    drop(at_thief);
}

#[test]
fn a_village_lives_through_a_removal_a_theft_and_a_fire() {
    let (homes, phrases): (Vec<Home>, Vec<PathBuf>) = NAMES.map(initialised).into_iter().unzip();
    let (phrase, again) = (&phrases[ALICE], Home::new("Alice"));
    let homes = [0, 1, 2, 3, 4].map(|who| &homes[who]);
    let mut nodes: BTreeMap<usize, Node<'_>> = EVERYBODY.map(|who| (who, up(homes[who]))).into();
    let mut village = settle_in(homes);
    let alice = homes[ALICE];
    alice_says(&mut village, alice, "at first");
    others_say(&mut village, "at first");
    village.assert_settled();

    remove_carol(&mut village, &mut nodes);

    let (laptop, device) = second_machine(alice, phrase);
    let at_laptop = up(&laptop);
    live_with_two(&mut village, &laptop);
    at_laptop.stop();

    let thief = Home::new("Thief");
    copy_tree(&laptop.dir(), &thief.dir());
    let revoke = ["device", "revoke", &device, "--stolen", "--phrase-file"];
    let revoke = [&revoke[..], &[path(phrase)]].concat();
    rob(&mut village, &nodes, &thief, &revoke);

    // The fire.
    back_up(alice);
    drop(nodes.remove(&ALICE));
    fs::remove_dir_all(alice.dir()).unwrap();
    let copy = again.file("phrase.txt");
    fs::copy(phrase, &copy).unwrap();
    let link = homes[BOB].link();
    let restored = done(&restore(&again, &copy, &["--via", &link, "--wait"]));
    assert_eq!(restored["identity"], *village.keys[ALICE]);
    let _at_again = up(&again);
    village.homes[ALICE] = &again;
    until_shelf("the restored Alice", &again, &village.shelf_of(ALICE));
    alice_says(&mut village, &again, "after the fire");
    others_say(&mut village, "after the fire");
    village.assert_settled();
}
