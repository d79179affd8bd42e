//! Coming back with a phrase, with real nodes.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Chance, Ended, Home, Node, TCP, run, until_within};

/// "Soon", on a machine that has other things to do.
pub(crate) const MINUTES: Duration = Duration::from_secs(240);
/// How long a restore waits for what can't be had.
const PATIENCE_MS: &str = "30000";

/// A home with an identity whose phrase lies in a file beside it.
pub(crate) fn initialised(name: &str) -> (Home, PathBuf) {
    let home = Home::new(name);
    let phrase = home.file("phrase.txt");
    home.ask(&["init", "--name", name, "--phrase-file", path(&phrase)]);
    (home, phrase)
}

pub(crate) fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A node whose backup waits until it is asked.
#[track_caller]
pub(crate) fn up(home: &Home) -> Node<'_> {
    let args = ["up", "--json", "--no-mdns", "--http", "127.0.0.1:0"];
    let mut command = home.command(&args);
    command.args(["--listen", TCP]);
    command.env("HEARTH_BACKUP_DELAY_MS", "86400000");
    home.start(command)
        .unwrap_or_else(|ended| panic!("no start: {ended:?}\n{}", home.logged()))
}

/// Makes friends of two, of whom the second pledges to the first.
#[track_caller]
pub(crate) fn befriend(owner: &Home, friend: &Home) {
    let (mine, theirs) = (owner.identity(), friend.identity());
    owner.ask(&["follow", &friend.link()]);
    friend.ask(&["follow", &owner.link()]);
    friend.ask(&["pledge", &mine, "200MB"]);
    until_within(MINUTES, "the pledge counts", || {
        let guardians = owner.ask(&["guardians"]);
        let mut guardians = guardians.as_array().unwrap().iter();
        guardians
            .any(|guardian| guardian["identity"] == theirs && guardian["pledged_to_me"] != 0)
            .then_some(())
    });
}

/// Backs up until everything is where it should be.
#[track_caller]
pub(crate) fn back_up(owner: &Home) -> Value {
    until_within(MINUTES, "the backup is complete", || {
        let outcome = owner.ask(&["backup", "now", "--wait"]);
        (outcome["complete"] == true).then_some(outcome)
    })
}

/// The command that restores into `home`.
pub(crate) fn restoring(home: &Home, phrase: &Path, args: &[&str]) -> std::process::Command {
    let mut command = home.command(&["--json", "restore", "--no-mdns", "--http", "127.0.0.1:0"]);
    command.args(["--listen", TCP, "--phrase-file", path(phrase)]);
    command.env("HEARTH_RESTORE_PATIENCE_MS", PATIENCE_MS);
    command.env("HEARTH_BACKUP_DELAY_MS", "86400000");
    command.args(args);
    command
}

pub(crate) fn restore(home: &Home, phrase: &Path, args: &[&str]) -> Ended {
    run(restoring(home, phrase, args), b"")
}

/// The last event of a restore that must succeed; all before it are of its progress.
#[track_caller]
pub(crate) fn done(ended: &Ended) -> Value {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let text = std::str::from_utf8(&ended.stdout).unwrap();
    let mut events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let done = events.pop().unwrap();
    assert_eq!(done["event"], "done", "{text}");
    assert!(events.iter().all(|event| event["event"] == "progress"));
    done
}

/// It failed, and says why; what it told of its progress before doesn't matter.
#[track_caller]
fn failed(ended: &Ended, word: &str) {
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains(word), "{word:?} isn't in {ended:?}");
    assert!(!ended.stderr.contains("panicked"), "{ended:?}");
}

fn post_all(home: &Home, count: u64) -> Vec<String> {
    let texts: Vec<String> = (0..count).map(|number| format!("post {number}")).collect();
    for text in &texts {
        home.post(text);
    }
    texts
}

fn own_texts(home: &Home, identity: &str) -> Vec<String> {
    let posts = home.all(&["posts", identity]);
    posts
        .iter()
        .map(|post| post["text"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_phrase_is_checked_without_showing_it() {
    let (alice, phrase) = initialised("Alice");
    let (_bob, other) = initialised("Bob");
    let check =
        |file: &Path| alice.run(&["--json", "phrase", "check", "--phrase-file", path(file)]);
    assert_eq!(check(&phrase).json()["ok"], true);
    let wrong = check(&other);
    assert_eq!((wrong.code, &wrong.json()["ok"]), (1, &Value::Bool(false)));
    let words = fs::read_to_string(&phrase).unwrap();
    let typed = alice.run_with(&["--json", "phrase", "check"], words.as_bytes());
    assert_eq!(typed.json()["ok"], true);
    let mut mistyped: Vec<&str> = words.split_whitespace().collect();
    mistyped[3] = "hearthh";
    let unreadable = |words: &str, reason: &str| {
        let typed = alice.run_with(&["--json", "phrase", "check"], words.as_bytes());
        let no = (typed.code, &typed.json()["ok"]);
        assert_eq!(no, (1, &Value::Bool(false)), "{typed:?}");
        assert!(typed.stderr.contains(reason), "{typed:?}");
        let typed = alice.run_with(&["phrase", "check"], words.as_bytes());
        typed.refused(1, reason);
    };
    unreadable(&mistyped.join(" "), "word 4 is not in the word list");
    unreadable(&mistyped[1..].join(" "), "a phrase has 24 words");
    // The same word 24 times: its checksum is wrong.
    unreadable(&["abandon"; 24].join(" "), "don't belong together");
    let file = alice.file("mistyped.txt");
    fs::write(&file, mistyped.join(" ")).unwrap();
    let wrong = check(&file);
    assert_eq!((wrong.code, &wrong.json()["ok"]), (1, &Value::Bool(false)));
    assert!(wrong.stderr.contains("word 4 is not in the word list"));
    // What can't be opened says nothing of the phrase.
    check(&alice.file("nowhere.txt")).refused(1, "nowhere.txt");
}

#[test]
fn everything_comes_back_from_a_folder() {
    let (alice, phrase) = initialised("Alice");
    let (bob, bobs_phrase) = initialised("Bob");
    let tree = alice.file("tree");
    fs::create_dir_all(tree.join("deep/empty")).unwrap();
    fs::write(tree.join("deep/noise"), vec![7; 700_000]).unwrap();
    fs::write(tree.join("none"), b"").unwrap();
    let folder = alice.file("disk");
    fs::create_dir(&folder).unwrap();
    let identity = alice.identity();
    let texts = {
        let node = up(&alice);
        let texts = post_all(&alice, 5);
        alice.ask(&["follow", &bob.identity()]);
        alice.ask(&["files", "put", path(&tree)]);
        alice.ask(&["backup", "to", path(&folder)]);
        node.stop();
        texts
    };
    // Refusals: somebody lives there; nothing of this person; nothing at all.
    let from = ["--from", path(&folder), "--wait"];
    failed(&restore(&alice, &phrase, &from), "isn't empty");
    let stranger = Home::new("Stranger");
    failed(
        &restore(&stranger, &bobs_phrase, &from),
        "no snapshot that this phrase opens",
    );
    let again = Home::new("Alice");
    let copy = again.file("phrase.txt");
    fs::copy(&phrase, &copy).unwrap();
    let unknown = [&from[..], &["--snapshot", "123456"]].concat();
    failed(&restore(&again, &copy, &unknown), "no snapshot 123456");

    let ended = restore(&again, &copy, &from);
    let done = done(&ended);
    assert_eq!(done["identity"], *identity);
    assert_eq!((&done["posts"], &done["files"]), (&5.into(), &2.into()));
    assert_eq!(
        (&done["bytes"], &done["complete"]),
        (&700_000.into(), &true.into())
    );
    let _node = up(&again);
    assert_eq!(own_texts(&again, &identity), texts);
    assert_eq!(again.ask(&["following"])[0]["identity"], *bob.identity());
    assert_eq!(again.ask_text(&["profile"], "name"), "Alice");
    let back = again.file("back");
    again.ask(&["files", "get", "tree", path(&back)]);
    crate::files::assert_same(&tree, &back);
    // It goes on: posts, files, backups.
    again.post("I am back");
    again.ask(&["files", "put", path(&copy)]);
    let next = again.file("next");
    fs::create_dir(&next).unwrap();
    again.ask(&["backup", "to", path(&next)]);
    failed(&restore(&again, &copy, &from), "in use by another process");
}

/// The largest file in a folder.
fn largest(dir: &Path) -> PathBuf {
    let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    files
        .max_by_key(|file| fs::metadata(file).unwrap().len())
        .unwrap()
}

#[test]
fn an_older_snapshot_can_be_chosen_and_what_lacks_is_named() {
    let (alice, phrase) = initialised("Alice");
    let folder = alice.file("disk");
    fs::create_dir(&folder).unwrap();
    let identity = alice.identity();
    let (early, late) = (alice.file("early"), alice.file("late"));
    fs::write(&early, vec![1; 400_000]).unwrap();
    let noise = blake3::hash(b"late").as_bytes().repeat(70_000);
    fs::write(&late, noise).unwrap();
    let node = up(&alice);
    alice.post("early");
    alice.ask(&["files", "put", path(&early)]);
    let older = alice.ask_text(&["backup", "to", path(&folder)], "snapshot");
    alice.post("late");
    alice.ask(&["files", "put", path(&late)]);
    let newer = alice.ask_text(&["backup", "to", path(&folder)], "snapshot");
    assert_ne!(older, newer);
    node.stop();

    let from = ["--from", path(&folder), "--wait"];
    let then = Home::new("Then");
    let chosen = [&from[..], &["--snapshot", &older]].concat();
    let older = done(&restore(&then, &phrase, &chosen));
    assert_eq!((&older["posts"], &older["files"]), (&1.into(), &1.into()));

    let pack = largest(&folder.join("hearth-backup").join(&identity).join("packs"));
    let aside = alice.file("aside");
    fs::rename(&pack, &aside).unwrap();
    let now = Home::new("Now");
    let ended = restore(&now, &phrase, &from);
    failed(&ended, "the folder lacks");
    failed(&ended, "pack ");
    fs::rename(&aside, &pack).unwrap();
    let newest = done(&restore(&now, &phrase, &from));
    assert_eq!((&newest["posts"], &newest["files"]), (&2.into(), &2.into()));
    let _node = up(&now);
    let back = now.file("back");
    now.ask(&["files", "get", "late", path(&back)]);
    assert!(fs::read(&back).unwrap() == fs::read(&late).unwrap());
}

#[test]
fn kills_amid_a_restore_only_make_it_longer() {
    let (alice, phrase) = initialised("Alice");
    let (bob, _) = initialised("Bob");
    let tree = alice.file("tree");
    fs::create_dir(&tree).unwrap();
    for number in 0..12u64 {
        let bytes = blake3::hash(&number.to_be_bytes());
        let bytes: Vec<u8> = bytes.as_bytes().repeat(40_000);
        fs::write(tree.join(number.to_string()), &bytes).unwrap();
    }
    let identity = alice.identity();
    let at_bob = up(&bob);
    let texts = {
        let node = up(&alice);
        let texts = post_all(&alice, 20);
        befriend(&alice, &bob);
        alice.ask(&["files", "put", path(&tree)]);
        back_up(&alice);
        node.stop();
        texts
    };
    let again = Home::new("Alice");
    let copy = again.file("phrase.txt");
    fs::copy(&phrase, &copy).unwrap();
    let link = bob.link();
    let args = ["--via", link.as_str(), "--wait"];
    let mut chance = Chance::new();
    for _ in 0..6 {
        let mut command = restoring(&again, &copy, &args);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        thread::sleep(Duration::from_millis(100 + chance.below(1500)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // It may be over by now; and once the root was read it goes on by itself.
    let step = || {
        let state = fs::read(again.dir().join("restore.json")).unwrap();
        let state: Value = serde_json::from_slice(&state).unwrap();
        state["step"].as_str().unwrap().to_owned()
    };
    if step() == "phrase" {
        again.run(&["up"]).refused(1, "restore --phrase-file");
        done(&restore(&again, &copy, &args));
    }
    let _node = up(&again);
    until_within(MINUTES, "everything is here", || {
        (step() == "done").then_some(())
    });
    failed(&restore(&again, &copy, &args), "in use by another process");
    assert_eq!(own_texts(&again, &identity), texts);
    let back = again.file("back");
    again.ask(&["files", "get", "tree", path(&back)]);
    crate::files::assert_same(&tree, &back);
    again.post("after all that");
    let status = again.ask(&["status"]);
    let logs = status["logs"].as_array().unwrap();
    assert!(logs.iter().all(|log| log["forked"] != true), "{status}");
    drop(at_bob);
}

/// Alice, Bob and Carol are friends; Alice has posted and backed up.
struct Friends {
    alice: Home,
    phrase: PathBuf,
    bob: Home,
    carol: Home,
}

impl Friends {
    fn new() -> Self {
        let (alice, phrase) = initialised("Alice");
        Self {
            alice,
            phrase,
            bob: initialised("Bob").0,
            carol: initialised("Carol").0,
        }
    }

    fn begin(&self) -> [Node<'_>; 3] {
        let nodes = [up(&self.alice), up(&self.bob), up(&self.carol)];
        befriend(&self.alice, &self.bob);
        befriend(&self.alice, &self.carol);
        nodes
    }

    /// An empty home with Alice's phrase beside it.
    fn empty(&self) -> (Home, PathBuf) {
        let home = Home::new("Alice");
        let phrase = home.file("phrase.txt");
        fs::copy(&self.phrase, &phrase).unwrap();
        (home, phrase)
    }
}

#[test]
fn a_stolen_device_is_cut_off_and_a_lost_one_only_retired() {
    for is_stolen in [true, false] {
        let friends = Friends::new();
        let [at_alice, _at_bob, _at_carol] = friends.begin();
        let identity = friends.alice.identity();
        friends.alice.post("mine");
        friends.alice.ask(&["profile", "--bio", "Gardens"]);
        back_up(&friends.alice);
        until_within(MINUTES, "Bob has it", || {
            let texts = own_texts(&friends.bob, &identity);
            (texts == ["mine"]).then_some(())
        });
        at_alice.stop();
        let (again, phrase) = friends.empty();
        let link = friends.bob.link();
        let mut args = vec!["--via", link.as_str(), "--wait"];
        args.extend(is_stolen.then_some("--stolen"));
        let done = done(&restore(&again, &phrase, &args));
        assert_eq!(done["posts"], 1);
        assert!(done["attested_by"].as_u64().unwrap() >= 1, "{done}");
        let _node = up(&again);
        again.post("from the new one");
        // The old box comes back and says something.
        let _old = up(&friends.alice);
        let said = friends.alice.run_with(&["post", "-"], b"from the old one");
        // Told in time that it was revoked, it doesn't even say it.
        assert!(
            said.code == 0 || said.stderr.contains("revoked"),
            "{said:?}"
        );
        let mut expected = vec!["mine", "from the new one"];
        expected.extend((!is_stolen && said.code == 0).then_some("from the old one"));
        expected.sort_unstable();
        for friend in [&friends.bob, &friends.carol] {
            until_within(MINUTES, "a friend sees one person", || {
                let mut texts = own_texts(friend, &identity);
                texts.sort();
                (texts == expected).then_some(())
            });
        }
        if is_stolen {
            // Time for what must not come.
            thread::sleep(Duration::from_secs(3));
            assert_eq!(own_texts(&friends.bob, &identity).len(), 2);
        }
    }
}

/// The phrase is there when the restore begins and when it is all over, and not in between.
#[test]
fn a_stolen_device_is_cut_off_after_everything_came_back_without_the_phrase() {
    let (alice, phrase) = initialised("Alice");
    let (bob, _) = initialised("Bob");
    let folder = alice.file("disk");
    fs::create_dir(&folder).unwrap();
    let identity = alice.identity();
    let at_bob = up(&bob);
    let at_alice = up(&alice);
    bob.ask(&["follow", &alice.link()]);
    let bobs = bob.link();
    alice.ask(&["post", "--public", "mine"]);
    alice.ask(&["backup", "to", path(&folder)]);
    let reads = |expected: &[&str], what: &str| {
        until_within(MINUTES, what, || {
            let mut texts = own_texts(&bob, &identity);
            texts.sort();
            (texts == expected).then_some(())
        });
    };
    reads(&["mine"], "Bob has it");
    at_alice.stop();

    // What a cut must name isn't all there, so that it waits; then it comes, and the phrase is away.
    let pack = largest(&folder.join("hearth-backup").join(&identity).join("packs"));
    let aside = alice.file("aside");
    fs::rename(&pack, &aside).unwrap();
    let again = Home::new("Alice");
    let from = ["--from", path(&folder), "--stolen", "--wait"];
    failed(&restore(&again, &phrase, &from), "the folder lacks");
    fs::rename(&aside, &pack).unwrap();
    let state = || -> Value {
        let state = fs::read(again.dir().join("restore.json")).unwrap();
        serde_json::from_slice(&state).unwrap()
    };
    {
        let node = up(&again);
        until_within(MINUTES, "everything is here", || {
            (state()["step"] == "done").then_some(())
        });
        assert_eq!(state()["is_cut_due"], true);
        assert_eq!(own_texts(&again, &identity), ["mine"]);
        let is_told = || again.logged().contains("isn't cut off yet");
        until_within(MINUTES, "that it is due is said", || {
            is_told().then_some(())
        });
        node.stop();
    }

    // Until then, whoever has the old machine is believed.
    let thief = up(&alice);
    alice.ask(&["post", "--public", "the thief's"]);
    reads(&["mine", "the thief's"], "Bob believes it");
    thief.stop();
    at_bob.stop();
    let without = ["--from", path(&folder), "--wait"];
    failed(&restore(&again, &phrase, &without), "was restored already");
    done(&restore(&again, &phrase, &from));
    assert_eq!(state()["is_cut_due"], false);
    assert!(!again.dir().join("restore.root").exists());
    failed(&restore(&again, &phrase, &from), "was restored already");

    let (_at_bob, _again) = (up(&bob), up(&again));
    again.ask(&["follow", &bobs]);
    again.ask(&["post", "--public", "I am back"]);
    reads(&["I am back", "mine"], "what came after the cut is gone");
    // The old machine hears of it, too.
    let _thief = up(&alice);
    until_within(MINUTES, "it writes nothing any more", || {
        let said = alice.run(&["post", "--public", "once more"]);
        (said.code != 0 && said.stderr.contains("was revoked")).then_some(())
    });
    reads(&["I am back", "mine"], "nor does Bob show it");
}

#[test]
fn two_homes_restored_at_once_are_two_devices_of_one_person() {
    let friends = Friends::new();
    let [at_alice, _at_bob, _at_carol] = friends.begin();
    let identity = friends.alice.identity();
    friends.alice.post("mine");
    back_up(&friends.alice);
    at_alice.stop();
    let (one, two) = (friends.empty(), friends.empty());
    let link = friends.carol.link();
    let args = ["--via", link.as_str(), "--wait"];
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| restore(&one.0, &one.1, &args));
        let second = scope.spawn(|| restore(&two.0, &two.1, &args));
        (first.join().unwrap(), second.join().unwrap())
    });
    let (first, second) = (done(&first), done(&second));
    assert_eq!(first["identity"], second["identity"]);
    assert_ne!(first["device"], second["device"]);
    let _nodes = (up(&one.0), up(&two.0));
    one.0.post("here");
    two.0.post("and there");
    until_within(MINUTES, "a friend sees both", || {
        let mut texts = own_texts(&friends.bob, &identity);
        texts.sort();
        (texts == ["and there", "here", "mine"]).then_some(())
    });
}

#[test]
fn a_home_that_nobody_has_used_becomes_who_has_a_phrase() {
    let friends = Friends::new();
    let [at_alice, _at_bob, _at_carol] = friends.begin();
    let identity = friends.alice.identity();
    friends.alice.post("mine");
    back_up(&friends.alice);
    at_alice.stop();
    let fresh = Home::new("Fresh");
    let node = up(&fresh);
    assert_ne!(fresh.identity(), identity);
    let token = fs::read_to_string(fresh.dir().join("api.token")).unwrap();
    let words = fs::read_to_string(&friends.phrase).unwrap();
    let wish = |phrase: &str| {
        let body = serde_json::json!({ "phrase": phrase, "via": [friends.bob.link()] });
        ask_api(&node.web(), &token, "restore", &body.to_string())
    };
    let (status, answer) = wish("no phrase at all");
    assert_eq!(status, 400, "{answer}");
    let (status, answer) = wish(&words);
    assert_eq!(
        (status, &answer["identity"]),
        (200, &identity.as_str().into())
    );
    until_within(MINUTES, "it is somebody else, with their posts", || {
        let id = fresh.run(&["--json", "id"]);
        let is_alice = id.code == 0 && id.json()["identity"] == *identity;
        (is_alice && own_texts(&fresh, &identity) == ["mine"]).then_some(())
    });
    fresh.post("from the page");
    until_within(MINUTES, "what was there before is gone for good", || {
        (!fresh.dir().join("before-restore").exists()).then_some(())
    });
    // A home that was used doesn't become somebody else.
    let token = fs::read_to_string(fresh.dir().join("api.token")).unwrap();
    let body = serde_json::json!({ "phrase": words });
    let (status, answer) = ask_api(&node.web(), &token, "restore", &body.to_string());
    assert_eq!(status, 400, "{answer}");
    node.stop();
}

/// Asks the API as a program of the owner's would: status and answer.
fn ask_api(address: &str, token: &str, verb: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /api/v1/{verb} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

#[test]
fn what_can_not_be_had_is_told_and_comes_when_friends_do() {
    let (alice, phrase) = initialised("Alice");
    let names = ["Bob", "Carol", "Dave", "Erin", "Frank"];
    let friends: Vec<Home> = names.iter().map(|name| initialised(name).0).collect();
    let identity = alice.identity();
    let at_alice = up(&alice);
    let mut nodes: Vec<Node<'_>> = friends.iter().map(up).collect();
    friends.iter().for_each(|friend| befriend(&alice, friend));
    let file = alice.file("file");
    fs::write(&file, vec![5; 300_000]).unwrap();
    alice.ask(&["files", "put", path(&file)]);
    alice.post("mine");
    let outcome = back_up(&alice);
    assert_eq!(outcome["k"], 2, "{outcome}");
    at_alice.stop();
    // One friend alone has the list of everything, and a part of each pack that gives nothing away.
    nodes.drain(1..).for_each(Node::stop);
    let link = friends[0].link();
    let again = Home::new("Alice");
    let args = ["--via", link.as_str(), "--wait"];
    let mut command = restoring(&again, &phrase, &args);
    command.env("HEARTH_RESTORE_PATIENCE_MS", "3000");
    let ended = run(command, b"");
    failed(&ended, "can't be had now");
    // Erin's name comes with her; her key is in the root.
    for word in ["pack 1: could be had from", "Bob", &friends[3].identity()] {
        failed(&ended, word);
    }
    // Another one comes home, and that is enough.
    let _at_alice = up(&again);
    let _at_erin = up(&friends[3]);
    until_within(MINUTES, "everything is here", || {
        let state = fs::read(again.dir().join("restore.json")).unwrap();
        let state: Value = serde_json::from_slice(&state).unwrap();
        (state["step"] == "done").then_some(())
    });
    assert_eq!(own_texts(&again, &identity), ["mine"]);
    let back = again.file("back");
    again.ask(&["files", "get", "file", path(&back)]);
    assert!(fs::read(&back).unwrap() == fs::read(&file).unwrap());
}
