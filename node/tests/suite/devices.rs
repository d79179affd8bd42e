//! A person with several machines: added by a link, writing side by side, revoked.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::harness::{Chance, Home, TCP, until};

/// Somebody's phrase, in a file beside their first home.
struct Owner {
    home: Home,
    phrase: PathBuf,
}

impl Owner {
    fn new(name: &str) -> Self {
        let home = Home::new(name);
        let phrase = home.file("phrase.txt");
        home.ask(&[
            "init",
            "--name",
            name,
            "--phrase-file",
            phrase.to_str().unwrap(),
        ]);
        Self { home, phrase }
    }

    fn phrase(&self) -> &str {
        self.phrase.to_str().unwrap()
    }

    /// The link for another device, and that device's key.
    fn add(&self) -> (String, String) {
        let added = self.home.ask(&[
            "device",
            "add",
            "--phrase-file",
            self.phrase(),
            "--name",
            "laptop",
        ]);
        let text = |field: &str| added[field].as_str().unwrap().to_owned();
        (text("link"), text("device"))
    }

    fn revoke(&self, device: &str, stolen: bool) -> Value {
        let mut args = vec!["device", "revoke", device, "--phrase-file", self.phrase()];
        args.extend(stolen.then_some("--stolen"));
        self.home.ask(&args)
    }
}

fn join(name: &str, link: &str) -> Home {
    let home = Home::new(name);
    home.ask_with(
        &["device", "join", "--link-file", "-"],
        format!("{link}\n").as_bytes(),
    );
    home
}

fn post(home: &Home, audience: &str, text: &str) -> Value {
    home.ask_with(&["post", audience, "-"], text.as_bytes())
}

fn until_reads(home: &Home, texts: &[&str]) {
    until(&format!("{texts:?} are read"), || {
        let shown = home.texts(&["timeline"]);
        texts
            .iter()
            .all(|text| shown.iter().any(|shown| shown == text))
            .then_some(())
    });
}

/// Once it has the keys, a device can write for its person alone.
fn until_writes(home: &Home, text: &str) {
    until("the new device has the keys", || {
        let ended = home.run_with(&["--json", "post", "--private", "-"], text.as_bytes());
        (ended.code == 0).then_some(())
    });
}

fn state_of(home: &Home, device: &str) -> String {
    let devices = home.ask(&["device", "list"]);
    let devices = devices.as_array().unwrap();
    let known = devices.iter().find(|known| known["device"] == device);
    known
        .map(|known| known["state"].as_str().unwrap().to_owned())
        .unwrap_or_default()
}

#[test]
fn two_machines_are_one_person() {
    let alice = Owner::new("Alice");
    let _at_alice = alice.home.up_on(&[TCP]);
    post(&alice.home, "--public", "before there were two");
    post(&alice.home, "--private", "a note from before");
    let folder = alice.home.file("garden");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("beans.txt"), "sown in May").unwrap();
    alice.home.ask(&["files", "put", folder.to_str().unwrap()]);

    let (link, device) = alice.add();
    let laptop = join("Alice", &link);
    let at_laptop = laptop.up_on(&[TCP]);
    assert_eq!(laptop.identity(), alice.home.identity());
    until_reads(&laptop, &["before there were two", "a note from before"]);
    until_writes(&laptop, "a note from the laptop");
    post(&laptop, "--public", "from the laptop");
    until_reads(&alice.home, &["a note from the laptop", "from the laptop"]);
    post(&alice.home, "--private", "a second note");
    until_reads(&laptop, &["a second note"]);
    until_listed(&laptop, "/garden", "beans.txt");
    let devices = laptop.ask(&["device", "list"]);
    let devices = devices.as_array().unwrap();
    assert_eq!(devices.len(), 2);
    assert!(devices.iter().all(|device| device["current"] == true));
    assert_eq!(
        (&devices[0]["device"], &devices[0]["this"]),
        (&Value::from(device), &Value::from(true))
    );
    assert_eq!(
        (&devices[0]["name"], &devices[1]["name"]),
        (&"laptop".into(), &"".into())
    );

    // They find each other again by what they remember.
    at_laptop.stop();
    post(&alice.home, "--private", "while the laptop slept");
    let _at_laptop = laptop.up_on(&[TCP]);
    until_reads(&laptop, &["while the laptop slept"]);
}

#[test]
fn a_retired_machine_keeps_what_it_wrote_and_writes_no_more() {
    let (alice, bob) = (Owner::new("Alice"), Owner::new("Bob"));
    let (_at_alice, _at_bob) = (alice.home.up_on(&[TCP]), bob.home.up_on(&[TCP]));
    bob.home.ask(&["follow", &alice.home.link()]);
    let (link, device) = alice.add();
    let laptop = join("Alice", &link);
    let _at_laptop = laptop.up_on(&[TCP]);
    until_writes(&laptop, "a note");
    post(&laptop, "--public", "from the laptop");
    until_reads(&bob.home, &["from the laptop"]);

    let devices = alice.revoke(&device[..8], false);
    assert!(
        devices
            .as_array()
            .unwrap()
            .iter()
            .any(|known| known["state"] == "retired")
    );
    until("the laptop notices", || {
        let status = laptop.ask(&["status"]);
        status["revoked"]
            .as_str()
            .map(|said| assert!(said.contains("retired"), "{said}"))
    });
    laptop
        .run(&["post", "--public", "more"])
        .refused(1, "revoked");
    laptop
        .run(&["post", "--private", "more"])
        .refused(1, "revoked");
    until("its log says so", || {
        laptop
            .logged()
            .contains("this device was retired")
            .then_some(())
    });
    assert!(
        bob.home
            .texts(&["timeline"])
            .contains(&"from the laptop".to_owned())
    );
    // New keys: what is written now doesn't open there.
    post(&alice.home, "--private", "after the laptop");
    post(&alice.home, "--public", "a sign");
    until_reads(&laptop, &["a sign"]);
    assert!(
        !laptop
            .texts(&["timeline"])
            .contains(&"after the laptop".to_owned())
    );
    until_reads(&alice.home, &["after the laptop", "from the laptop"]);
    // Nothing is undone, and nothing said twice.
    let again = alice
        .home
        .run(&["device", "revoke", &device, "--phrase-file", alice.phrase()]);
    again.refused(1, "retired already");
}

#[test]
fn a_stolen_machine_says_nothing_that_counts() {
    let (alice, bob) = (Owner::new("Alice"), Owner::new("Bob"));
    let (_at_alice, _at_bob) = (alice.home.up_on(&[TCP]), bob.home.up_on(&[TCP]));
    bob.home.ask(&["follow", &alice.home.link()]);
    let (link, device) = alice.add();
    let laptop = join("Alice", &link);
    let at_laptop = laptop.up_on(&[TCP]);
    until_writes(&laptop, "a note");
    post(&laptop, "--public", "while it was mine");
    until_reads(&bob.home, &["while it was mine"]);
    until_reads(&alice.home, &["while it was mine"]);
    at_laptop.stop();

    // The thief writes before he hears of anything, and meets Bob first.
    alice.revoke(&device, true);
    assert_eq!(state_of(&alice.home, &device), "cut");
    until("Bob knows", || {
        let logged = bob.home.ask(&["status"]);
        let _ = logged;
        post(&alice.home, "--public", "my laptop was stolen");
        Some(())
    });
    until_reads(&bob.home, &["my laptop was stolen"]);
    let at_laptop = laptop.up_on(&[TCP]);
    let written = laptop.run(&["--json", "post", "--public", "send money"]);
    until("the thief is told", || {
        laptop.ask(&["status"])["revoked"]
            .as_str()
            .map(|said| assert!(said.contains("cut off"), "{said}"))
    });
    laptop
        .run(&["post", "--public", "more money"])
        .refused(1, "revoked");
    post(&alice.home, "--private", "what the thief mustn't read");
    post(&alice.home, "--public", "a sign");
    until_reads(&bob.home, &["a sign"]);
    let shown = bob.home.texts(&["timeline"]);
    assert!(!shown.contains(&"send money".to_owned()), "{written:?}");
    assert!(
        shown.contains(&"while it was mine".to_owned()),
        "what came before holds"
    );
    assert!(
        !laptop
            .texts(&["timeline"])
            .contains(&"what the thief mustn't read".to_owned())
    );
    assert!(
        !laptop
            .texts(&["timeline"])
            .contains(&"send money".to_owned())
    );
    drop(at_laptop);
}

#[test]
fn wrong_links_phrases_and_devices_are_refused() {
    let (alice, bob) = (Owner::new("Alice"), Owner::new("Bob"));
    let _at_alice = alice.home.up_on(&[TCP]);
    let (link, device) = alice.add();
    let fresh = Home::new("fresh");
    let join_with = |home: &Home, link: &str| {
        home.run_with(&["device", "join", "--link-file", "-"], link.as_bytes())
    };
    join_with(&fresh, "hearth:hearth1qq").refused(2, "device add");
    join_with(&fresh, &link[..link.len() - 3]).refused(2, "isn't whole");
    join_with(&bob.home, &link).refused(1, "isn't empty");
    assert!(!fresh.dir().join("keys").exists());

    let run = |args: &[&str]| alice.home.run(args);
    run(&["device", "add", "--phrase-file", bob.phrase()]).refused(1, "another identity's");
    run(&["device", "revoke", &device, "--phrase-file", bob.phrase()])
        .refused(1, "another identity's");
    run(&["device", "revoke", "zz", "--phrase-file", alice.phrase()]).refused(1, "device list");
    let own = alice.home.ask_text(&["id"], "device");
    run(&["device", "revoke", &own, "--phrase-file", alice.phrase()]).refused(1, "you are using");
    assert_eq!(state_of(&alice.home, &own), "current");

    // The link in a file isn't readable by others, and isn't written over.
    let file = alice.home.file("link.txt");
    let args = [
        "device",
        "add",
        "--out",
        file.to_str().unwrap(),
        "--phrase-file",
        alice.phrase(),
    ];
    let added = alice.home.ask(&args);
    assert!(added.get("link").is_none());
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    run(&args).refused(1, "is there already");
    let second = Home::new("second");
    let up = ["init", "--link-file", file.to_str().unwrap()];
    assert_eq!(second.ask(&up)["identity"], alice.home.identity());
    // The same home again is no harm.
    assert_eq!(second.ask(&up)["identity"], alice.home.identity());
}

#[test]
fn a_link_is_for_one_machine() {
    let alice = Owner::new("Alice");
    let _at_alice = alice.home.up_on(&[TCP]);
    let (link, _) = alice.add();
    let first = join("first", &link);
    let at_first = first.up_on(&[TCP]);
    until_writes(&first, "from the first");
    until_reads(&alice.home, &["from the first"]);
    let second = join("second", &link);
    let _at_second = second.up_on(&[TCP]);
    until("the second notices", || {
        let status = second.ask(&["status"]);
        status["revoked"]
            .as_str()
            .map(|said| assert!(said.contains("another machine"), "{said}"))
    });
    second
        .run(&["post", "--public", "twice"])
        .refused(1, "another machine");
    post(&first, "--public", "I go on");
    until_reads(&alice.home, &["I go on"]);
    drop(at_first);
}

fn relation_with(home: &Home, other: &str) -> Value {
    let all = home.ask(&["following"]);
    let mut all = all.as_array().unwrap().iter();
    let found = all.find(|relation| relation["identity"] == other);
    found.map_or(Value::Null, |relation| relation["state"].clone())
}

#[test]
fn a_second_machine_knows_the_friends_that_the_first_one_met() {
    let (alice, bob) = (Owner::new("Alice"), Owner::new("Bob"));
    let at_alice = alice.home.up_on(&[TCP]);
    let at_bob = bob.home.up_on(&[TCP]);
    let bobs = bob.home.identity();
    alice.home.ask(&["follow", &bob.home.link()]);
    bob.home.ask(&["follow", &alice.home.link()]);
    let until_it_is = |home: &Home, state: &str| {
        until(&format!("Bob counts as {state}"), || {
            (relation_with(home, &bobs) == state).then_some(())
        });
    };
    until_it_is(&alice.home, "friends");
    post(&bob.home, "--friends", "to friends");
    until_reads(&alice.home, &["to friends"]);
    at_bob.stop();

    // He is away, and tells the laptop nothing.
    let (link, _) = alice.add();
    let laptop = join("Alice", &link);
    let at_laptop = laptop.up_on(&[TCP]);
    until_it_is(&laptop, "friends");
    until_writes(&laptop, "a note");
    post(&laptop, "--friends", "from the laptop");
    until_reads(&alice.home, &["from the laptop"]);
    at_laptop.stop();
    let _at_bob = bob.home.up_on(&[TCP]);
    until_reads(&bob.home, &["from the laptop"]);

    // What ends while the laptop is off ends there too.
    bob.home.ask(&["unfollow", &alice.home.identity()]);
    until("Alice knows", || {
        (relation_with(&alice.home, &bobs) != "friends").then_some(())
    });
    let _at_laptop = laptop.up_on(&[TCP]);
    until("the laptop knows", || {
        (relation_with(&laptop, &bobs) != "friends").then_some(())
    });
    drop(at_alice);
}

fn until_listed(home: &Home, folder: &str, name: &str) {
    until("the files are listed", || {
        let listed = home.run(&["--json", "files", "ls", folder]);
        String::from_utf8_lossy(&listed.stdout)
            .contains(name)
            .then_some(())
    });
}

#[test]
fn what_one_machine_stored_the_other_one_can_get() {
    let alice = Owner::new("Alice");
    let at_alice = alice.home.up_on(&[TCP]);
    let folder = alice.home.file("garden");
    fs::create_dir(&folder).unwrap();
    // Of many chunks, none like the other.
    let mut random = Chance::new();
    let photo: Vec<u8> = (0..400_000)
        .flat_map(|_| random.below(u64::MAX).to_be_bytes())
        .collect();
    fs::write(folder.join("photo"), &photo).unwrap();
    fs::write(folder.join("beans.txt"), "sown in May").unwrap();
    alice.home.ask(&["files", "put", folder.to_str().unwrap()]);

    let (link, device) = alice.add();
    let laptop = join("Alice", &link);
    let at_laptop = laptop.up_on(&[TCP]);
    until_listed(&laptop, "/garden", "photo");
    until_writes(&laptop, "a note");
    let got = laptop.file("got");
    until("the files are here", || {
        let _ = fs::remove_dir_all(&got);
        let ended = laptop.run(&["files", "get", "/garden", got.to_str().unwrap()]);
        (ended.code == 0).then_some(())
    });
    assert!(fs::read(got.join("photo")).unwrap() == photo);
    assert_eq!(fs::read(got.join("beans.txt")).unwrap(), b"sown in May");

    // And the other way.
    let list = laptop.file("list.txt");
    fs::write(&list, "peas, beans").unwrap();
    laptop.ask(&["files", "put", list.to_str().unwrap()]);
    until_listed(&alice.home, "/", "list.txt");
    let copy = alice.home.file("copy.txt");
    alice
        .home
        .ask(&["files", "get", "/list.txt", copy.to_str().unwrap()]);
    assert_eq!(fs::read(&copy).unwrap(), b"peas, beans");

    // Nothing is kept of what was only read; who is retired is given nothing.
    fs::remove_dir_all(&got).unwrap();
    alice.revoke(&device, false);
    until("the laptop knows", || {
        laptop.ask(&["status"])["revoked"].as_str().map(drop)
    });
    let refused = || {
        let ended = laptop.run(&["files", "get", "/garden", got.to_str().unwrap()]);
        assert_ne!(ended.code, 0);
        assert!(
            ended.stderr.contains("another device of yours"),
            "{ended:?}"
        );
    };
    refused();
    at_alice.stop();
    refused();
    drop(at_laptop);
}

#[test]
fn two_machines_of_an_admin_begin_one_epoch_and_not_one_after_the_other() {
    let alice = Owner::new("Alice");
    let (bob, carol) = (Home::new("Bob"), Home::new("Carol"));
    let _at_alice = alice.home.up_on(&[TCP]);
    let (_at_bob, _at_carol) = (bob.up_on(&[TCP]), carol.up_on(&[TCP]));
    for friend in [&bob, &carol] {
        alice.home.ask(&["follow", &friend.link()]);
        friend.ask(&["follow", &alice.home.link()]);
        until("their log is here", || {
            let held = !alice.home.have(&friend.identity()).is_empty();
            let is_heard = !friend.have(&alice.home.identity()).is_empty();
            (held && is_heard).then_some(())
        });
    }
    let (link, _) = alice.add();
    let laptop = join("Alice", &link);
    let _at_laptop = laptop.up_on(&[TCP]);
    until_writes(&laptop, "a note");
    let (bobs, carols) = (bob.identity(), carol.identity());
    let founding = [
        "space", "create", "Choir", "--member", &bobs, "--member", &carols,
    ];
    let made = alice.home.ask(&founding);
    let id = made["id"].as_str().unwrap();
    // How many are in it, and which epoch is written in.
    let seen = |home: &Home| {
        let spaces = home.ask(&["space", "list"]);
        let mut spaces = spaces.as_array().unwrap().iter();
        let info = spaces.find(|info| info["id"] == id)?;
        let members = info["members"].as_array()?.len();
        Some((members, info["epoch"].as_u64()?))
    };
    let begun = seen(&alice.home).unwrap();
    assert_eq!(begun.0, 3);
    for home in [&laptop, &bob, &carol] {
        until("all see the space", || {
            (seen(home) == Some(begun)).then_some(())
        });
    }
    bob.ask(&["space", "leave", id]);
    let after = (2, begun.1 + 1);
    let homes = [&alice.home, &laptop, &carol];
    for home in homes {
        until("a new epoch is there", || {
            (seen(home) == Some(after)).then_some(())
        });
    }
    for _ in 0..20 {
        std::thread::sleep(std::time::Duration::from_millis(300));
        for home in homes {
            assert_eq!(seen(home), Some(after));
        }
    }
    carol.ask(&["post", "we two", "--space", id]);
    for home in homes {
        until_reads(home, &["we two"]);
        assert_eq!(seen(home), Some(after));
    }
}
