//! The home folder: first runs, devices, who may use it, and what is left when something is wrong with it.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Home, TCP, run, until};

const UP: [&str; 6] = [
    "up",
    "--json",
    "--no-mdns",
    "--http",
    "127.0.0.1:0",
    "--listen",
];
/// How long a node may take to end.
const PROMPTLY: Duration = Duration::from_secs(10);

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_phrase_is_shown_once_and_lies_nowhere() {
    let home = Home::new("Alice");
    let node = home.up();
    let phrase = node.ready["phrase"].as_str().unwrap().to_owned();
    let identity = node.ready["identity"].clone();
    node.stop();
    let node = home.up_with(&[
        "--http",
        "127.0.0.1:0",
        "--listen",
        TCP,
        "--name",
        "Mallory",
    ]);
    assert_eq!(
        (node.ready.get("phrase"), &node.ready["identity"]),
        (None, &identity)
    );
    assert_eq!(
        home.ask(&["profile"])["name"],
        "Alice",
        "a name counts at the first run only"
    );
    node.stop();
    let two_words = phrase.split(' ').take(2).collect::<Vec<_>>().join(" ");
    for file in files(&home.dir()) {
        let bytes = fs::read(&file).unwrap();
        assert!(
            !bytes
                .windows(two_words.len())
                .any(|window| window == two_words.as_bytes()),
            "{}",
            file.display()
        );
    }
    assert!(!home.logged().contains(&two_words));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path))
        } else {
            files.push(path)
        }
    }
    files
}

#[test]
fn what_is_private_is_the_owners_alone() {
    let home = Home::new("Alice");
    let _node = home.up();
    assert_eq!(mode(&home.dir()), 0o700);
    assert_eq!(mode(&home.dir().join("api.token")), 0o600);
    assert_eq!(mode(&home.dir().join("keys")), 0o700);
    assert_eq!(mode(&home.dir().join("store")), 0o700);
    for file in files(&home.dir().join("keys")) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn init_makes_what_up_goes_on_with() {
    let home = Home::new("Alice");
    let made = home.ask(&["init", "--name", "Alice"]);
    assert_eq!(made.as_object().unwrap().len(), 2);
    assert_eq!(made["phrase"].as_str().unwrap().split(' ').count(), 24);
    let offline = home.ask(&["id"]);
    assert_eq!(
        (&offline["identity"], &offline["name"]),
        (&made["identity"], &"Alice".into())
    );
    home.run(&["init"]).refused(1, "already");
    let node = home.up();
    assert_eq!(
        (&node.ready["identity"], node.ready.get("phrase")),
        (&made["identity"], None)
    );
    assert_eq!(home.ask(&["id"]), offline);
    home.run(&["init"]).refused(1, "in use");
}

#[test]
fn one_phrase_is_one_person_on_two_machines() {
    let (desk, pocket, friend) = (Home::new("desk"), Home::new("pocket"), Home::new("Bob"));
    let phrase = desk.file("phrase.txt");
    let phrase = phrase.to_str().unwrap();
    let made = desk.ask(&["init", "--name", "Alice", "--phrase-file", phrase]);
    assert_eq!(
        made.as_object().unwrap().len(),
        1,
        "the phrase is in the file: {made}"
    );
    assert_eq!(mode(Path::new(phrase)), 0o600);
    assert_eq!(
        fs::read_to_string(phrase)
            .unwrap()
            .split_whitespace()
            .count(),
        24
    );
    assert_eq!(pocket.ask(&["init", "--phrase-file", phrase]), made);
    let identity = made["identity"].as_str().unwrap();
    assert_eq!(pocket.identity(), identity);
    assert_ne!(pocket.ask(&["id"])["device"], desk.ask(&["id"])["device"]);

    let (_at_desk, _at_pocket, _at_friend) = (desk.up(), pocket.up(), friend.up());
    friend.ask(&["follow", &desk.link()]);
    friend.ask(&["follow", &pocket.link()]);
    desk.post("from the desk");
    pocket.post("on the way");
    for home in [&friend, &desk, &pocket] {
        // The newest comes first: the name may come after the posts. A second device brought none of its own.
        until("both devices' posts are there, of one author", || {
            let posts = home.ask(&["posts", identity]);
            let names: Vec<_> = posts
                .as_array()
                .unwrap()
                .iter()
                .map(|post| &post["author_name"])
                .collect();
            (names == ["Alice", "Alice"]).then_some(())
        });
    }
    let status = friend.ask(&["status"]);
    let logs = status["logs"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|log| log["identity"] == identity);
    let devices: std::collections::BTreeSet<_> =
        logs.map(|log| log["device"].as_str().unwrap()).collect();
    assert_eq!(devices.len(), 2, "{status}");
    assert_eq!(friend.ask(&["following"]).as_array().unwrap().len(), 1);
}

#[test]
fn a_wrong_phrase_makes_nobody() {
    let home = Home::new("Alice");
    let file = home.file("phrase.txt");
    for wrong in ["", "abandon", &"abandon ".repeat(24), &"hearth ".repeat(24)] {
        fs::write(&file, wrong).unwrap();
        home.run(&["init", "--phrase-file", file.to_str().unwrap()])
            .refused(2, "phrase");
    }
    home.run(&["id"]).refused(1, "no identity");
}

#[test]
fn a_home_has_one_process_at_a_time() {
    let home = Home::new("Alice");
    let mut node = home.up();
    let second = home.run(&[&UP[..], &[TCP]].concat());
    second.refused(1, "in use");
    assert!(second.stderr.contains("hearth stop"), "{second:?}");
    assert!(node.is_running());
    home.post("still here");
}

#[test]
fn a_taken_port_is_named() {
    let home = Home::new("Alice");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (http, port) = (address.to_string(), address.port().to_string());
    home.run(&[
        "up",
        "--json",
        "--no-mdns",
        "--http",
        &http,
        "--listen",
        TCP,
    ])
    .refused(1, &port);
    home.run(&[&UP[..], &[&format!("/ip4/127.0.0.1/tcp/{port}")]].concat())
        .refused(1, &port);
    // Nothing of that stands in the way afterwards.
    home.up().stop();
}

#[test]
fn a_kept_port_that_is_taken_now_is_replaced() {
    let home = Home::new("Alice");
    let node = home.up_on(&[TCP]);
    let before = node.address("/tcp/");
    node.stop();
    let taken = TcpListener::bind((
        "127.0.0.1",
        before.split('/').nth(4).unwrap().parse().unwrap(),
    ))
    .unwrap();
    let node = home.up_on(&[TCP]);
    assert_ne!(node.address("/tcp/"), before);
    drop(taken);
}

#[test]
fn nodes_end_when_they_are_told_to() {
    let home = Home::new("Alice");
    let node = home.up();
    home.post("before");
    let begin = Instant::now();
    node.terminate();
    let (code, rest) = node.ended();
    assert_eq!(
        (code, rest.as_str()),
        (Some(0), ""),
        "one JSON value and nothing after it"
    );
    assert!(begin.elapsed() < PROMPTLY);
    assert!(!home.dir().join("api.json").exists() && !home.dir().join("api.token").exists());

    let node = home.up();
    node.interrupt();
    assert_eq!(node.ended().0, Some(0));

    let node = home.up();
    let begin = Instant::now();
    assert_eq!(home.ask(&["stop"]), json!({ "stopped": true }));
    // `stop` came back, so the home is free at once.
    let next = home.up();
    assert_eq!(node.ended().0, Some(0));
    assert!(begin.elapsed() < PROMPTLY);
    assert_eq!(home.texts(&["timeline"]), ["before"]);
    next.stop();
}

/// An open page (a stream of events that never ends) and a silent connection hold nothing up.
#[test]
fn nobody_who_is_connected_holds_up_the_end() {
    let home = Home::new("Alice");
    let node = home.up();
    let silent = std::net::TcpStream::connect(node.web()).unwrap();
    let mut half = std::net::TcpStream::connect(node.web()).unwrap();
    half.write_all(b"POST /api/v1/post HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n")
        .unwrap();
    let peer = std::net::TcpStream::connect((
        "127.0.0.1",
        node.address("/tcp/")
            .split('/')
            .nth(4)
            .unwrap()
            .parse()
            .unwrap(),
    ));
    let begin = Instant::now();
    node.terminate();
    assert_eq!(node.ended().0, Some(0));
    assert!(begin.elapsed() < PROMPTLY, "{:?}", begin.elapsed());
    drop((silent, half, peer));
}

/// A stopped home with some posts, and its database's largest file.
fn with_posts() -> (Home, PathBuf) {
    let home = Home::new("Alice");
    let node = home.up();
    for number in 0..50 {
        home.post(&format!("{number} {}", "x".repeat(1_000)));
    }
    node.stop();
    let database = files(&home.dir().join("store"))
        .into_iter()
        .find(|file| file.ends_with("db-000001/db"));
    (home, database.unwrap())
}

/// Verbs that work without a node tell; the node itself helps itself.
#[test]
fn a_damaged_database_is_told_and_set_aside() {
    let (home, file) = with_posts();
    let whole = fs::read(&file).unwrap();
    let damages: [(&str, Vec<u8>); 4] = [
        // The file is longer than what is in it.
        ("cut short", whole[..whole.len() / 64].to_vec()),
        ("zeros", vec![0; whole.len()]),
        ("nothing", Vec::new()),
        (
            "noise",
            (0..whole.len())
                .map(|at| u8::try_from(at * 7 % 251).unwrap())
                .collect(),
        ),
    ];
    for (number, (what, bytes)) in (1..).zip(damages) {
        fs::write(&file, bytes).unwrap();
        // A store this small would be brought back from what was written ahead.
        fs::write(home.dir().join("store/AHEAD"), [0]).unwrap();
        home.run(&["id"]).refused(1, "damaged");
        let node = home.up_on(&[TCP]);
        let status = home.ask(&["status"]);
        let aside = format!("store-damaged-{number}");
        assert_eq!(status["rebuilt"]["aside"], aside.as_str(), "{what}");
        assert!(home.dir().join(aside).is_dir());
        assert_eq!(home.ask(&["id"])["name"], "Alice", "{what}");
        home.post("after");
        assert!(!home.logged().contains("panicked"), "{}", home.logged());
        node.stop();
    }
    let (keys, account) = (home.dir().join("keys"), home.identity_file());
    let kept = fs::read(&account).unwrap();
    fs::write(&account, &kept[..kept.len() / 2]).unwrap();
    home.run(&[&UP[..], &[TCP]].concat())
        .refused(1, keys.to_str().unwrap());
}

impl Home {
    fn identity_file(&self) -> PathBuf {
        let mut files = files(&self.dir().join("keys"));
        files.retain(|file| file.to_string_lossy().ends_with(".account"));
        files.pop().unwrap()
    }
}

#[test]
fn a_newer_store_is_refused_untouched() {
    let (home, _) = with_posts();
    let version = home.dir().join("store/VERSION");
    let known = fs::read(&version).unwrap();
    fs::write(&version, "1000000").unwrap();
    let snapshot = || -> Vec<_> {
        files(&home.dir().join("store"))
            .iter()
            .map(|file| (file.clone(), fs::read(file).unwrap()))
            .collect()
    };
    let before = snapshot();
    for args in [&[&UP[..], &[TCP]].concat()[..], &["id"], &["reindex"]] {
        home.run(args).refused(1, "newer version");
    }
    assert!(before == snapshot(), "nothing was changed");
    fs::write(&version, known).unwrap();
    let _node = home.up();
    assert_eq!(home.all(&["timeline"]).len(), 50);
}

/// Never with root's rights, under which it would be the system's own folder that is written to.
#[test]
fn a_service_is_a_unit_in_the_users_own_folder() {
    let home = Home::new("Alice");
    let scratch = home.file("");
    let program = home.file("hearth");
    fs::copy(env!("CARGO_BIN_EXE_hearth"), &program).unwrap();
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let as_user = |args: &[&str]| {
        let mut command = home.command_of(&program, args);
        if is_root {
            const NOBODY: u32 = 65_534;
            chown(&scratch, Some(NOBODY), Some(NOBODY)).unwrap();
            command.uid(NOBODY).gid(NOBODY);
        }
        run(command, b"")
    };
    let ended = as_user(&["service", "install", "--json"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let installed: Value = ended.json();
    let unit = home.file("user/.config/systemd/user/hearth.service");
    assert_eq!(installed["unit"], unit.to_str().unwrap());
    assert_eq!(
        installed["enabled"], false,
        "there is no systemctl on this PATH"
    );
    assert_eq!(
        installed["phrase"].as_str().unwrap().split(' ').count(),
        24,
        "as nobody sees it later"
    );
    let text = fs::read_to_string(&unit).unwrap();
    let start = format!(
        "ExecStart=\"{}\" up --home \"{}\"",
        program.display(),
        home.dir().display()
    );
    assert!(text.lines().any(|line| line == start), "{start} in {text}");
    let again = as_user(&["--json", "service", "install"]).json();
    assert_eq!(again.get("phrase"), None);
    assert_eq!(
        as_user(&["service", "uninstall", "--json"]).json()["removed"],
        true
    );
    assert!(!unit.exists() && home.dir().join("keys").exists());
}

#[test]
fn keys_under_a_passphrase_need_it() {
    let home = Home::new("Alice");
    let (right, wrong) = (home.file("right"), home.file("wrong"));
    fs::write(&right, "correct horse\n").unwrap();
    fs::write(&wrong, "battery staple\n").unwrap();
    let with = |file: Option<&Path>, args: &[&str]| {
        let mut command = home.command(args);
        command.envs(file.map(|file| ("HEARTH_PASSPHRASE_FILE", file)));
        command
    };
    let made = run(with(Some(&right), &["init", "--json"]), b"").json();
    let up = [&UP[..], &[TCP]].concat();
    for file in [None, Some(wrong.as_path())] {
        run(with(file, &up), b"").refused(1, "passphrase");
        run(with(file, &["id"]), b"").refused(1, "passphrase");
    }
    run(with(Some(&home.file("nowhere")), &up), b"").refused(1, "nowhere");
    let node = home.start(with(Some(&right), &up)).unwrap();
    assert_eq!(node.ready["identity"], made["identity"]);
    // The running node's keys are open: asking it needs no passphrase.
    assert_eq!(home.identity(), node.ready["identity"]);
}

/// A first run that fails before its phrase is shown leaves nothing that only that phrase could bring back.
#[test]
fn a_phrase_that_nobody_saw_is_of_no_account() {
    let home = Home::new("Alice");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    let up = ["up", "--json", "--no-mdns", "--listen", TCP];
    let refused = home.run(&[&up[..], &["--http", &port]].concat());
    refused.refused(1, "already listens");
    let node = home.start(home.command(&[&up[..], &["--http", "127.0.0.1:0"]].concat()));
    let node = node.unwrap();
    assert!(node.ready["phrase"].is_string(), "{}", node.ready);
    let identity = home.identity();
    node.stop();
    let node = home.start(home.command(&[&up[..], &["--http", "127.0.0.1:0"]].concat()));
    assert!(node.unwrap().ready.get("phrase").is_none());
    assert_eq!(home.identity(), identity);
}

#[test]
fn a_store_without_keys_gets_no_new_owner() {
    let home = Home::new("Alice");
    home.ask(&["init"]);
    fs::rename(home.dir().join("keys"), home.file("keys")).unwrap();
    let refused = home.run(&["up", "--no-mdns", "--listen", TCP]);
    refused.refused(1, "keys are missing");
    fs::rename(home.file("keys"), home.dir().join("keys")).unwrap();
    home.ask(&["id"]);
}
