//! Files into the drive and back, as a person with real files meets it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Chance, Ended, Home, Node, run, until};

/// What a tree of files is, by relative path: kind, mode, time in ns, content or target.
type Tree = BTreeMap<OsString, (char, u32, i128, Vec<u8>)>;

fn tree(root: &Path) -> Tree {
    let mut found = Tree::new();
    let mut open = vec![root.to_owned()];
    while let Some(path) = open.pop() {
        let about = fs::symlink_metadata(&path).unwrap();
        let (kind, content) = if about.is_dir() {
            open.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            ('d', Vec::new())
        } else if about.is_symlink() {
            (
                'l',
                fs::read_link(&path).unwrap().into_os_string().into_vec(),
            )
        } else {
            assert!(about.is_file(), "{path:?}");
            ('f', fs::read(&path).unwrap())
        };
        let time = i128::from(about.mtime()) * 1_000_000_000 + i128::from(about.mtime_nsec());
        let place = path.strip_prefix(root).unwrap().as_os_str().to_owned();
        found.insert(place, (kind, about.mode() & 0o7777, time, content));
    }
    found
}

#[track_caller]
pub(crate) fn assert_same(ours: &Path, theirs: &Path) {
    let (ours, theirs) = (tree(ours), tree(theirs));
    for (path, what) in &ours {
        let (kind, mode, time, content) = what;
        let Some(got) = theirs.get(path) else {
            panic!("{path:?} isn't there");
        };
        assert_eq!((*kind, *mode, *time), (got.0, got.1, got.2), "{path:?}");
        assert!(*content == got.3, "{path:?} has another content");
    }
    assert_eq!(ours.len(), theirs.len());
}

fn set_time(path: &Path, spec: &str) {
    let set = Command::new("/usr/bin/touch")
        .args(["-h", "-d", spec])
        .arg(path)
        .status()
        .unwrap();
    assert!(set.success());
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Bytes that don't compress and that repeat for a seed.
fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let words = (0..bytes.div_ceil(8)).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(bytes).collect()
}

/// Files of all sorts.
fn zoo(root: &Path) {
    fs::create_dir_all(root.join("deep/er/and deeper")).unwrap();
    fs::create_dir(root.join("empty folder")).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(root.join(name), bytes).unwrap();
    write("empty", b"");
    write("text.txt", "grüße\n".as_bytes());
    write("deep/er/and deeper/noise", &noise(1, 3_000_000));
    write("deep/same noise", &noise(1, 3_000_000));
    write("deep/zeros", &vec![0; 2_500_000]);
    write("one chunk", &noise(2, 1 << 20));
    write("new\nline \u{1b}[31m\\ \"quoted\" 'name'", b"control");
    write(&"x".repeat(255), b"a long name");
    write(&format!("{}y", "x".repeat(254)), b"another long name");
    write("-rf", b"dash");
    fs::write(root.join(OsStr::from_bytes(b"caf\xe9 \xff")), b"latin").unwrap();
    symlink("text.txt", root.join("link")).unwrap();
    symlink("/nowhere/at/all", root.join("dangling")).unwrap();
    symlink("..", root.join("deep/up")).unwrap();
    symlink(OsStr::from_bytes(b"\xff\xfe"), root.join("odd link")).unwrap();
    symlink("t".repeat(4000), root.join("long link")).unwrap();
    write("setuid", b"#!/bin/false\n");
    set_mode(&root.join("setuid"), 0o4755);
    set_mode(&root.join("empty folder"), 0o1777);
    write("secret", b"mine");
    set_mode(&root.join("secret"), 0o400);
    fs::create_dir(root.join("closed")).unwrap();
    fs::write(root.join("closed/inside"), b"inside").unwrap();
    // Nobody but root reads what has no permissions.
    let closed = if fs::metadata(root).unwrap().uid() == 0 {
        0o000
    } else {
        0o700
    };
    set_time(&root.join("text.txt"), "2001-02-03 04:05:06.123456789 UTC");
    set_time(&root.join("empty"), "1969-07-20 20:17:40.000000001 UTC");
    set_time(&root.join("link"), "1999-12-31 23:59:59.999999999 UTC");
    set_time(&root.join("deep/er"), "2010-10-10 10:10:10.5 UTC");
    set_time(&root.join("deep"), "1950-01-01 00:00:00.25 UTC");
    set_mode(&root.join("closed"), closed);
    set_time(root, "2020-02-20 20:20:20.2 UTC");
}

fn put(home: &Home, args: &[&str]) -> Value {
    home.ask(&[&["files", "put"], args].concat())
}

fn get(home: &Home, remote: &str, local: &str) -> Value {
    home.ask(&["files", "get", remote, local])
}

fn names(home: &Home, dir: &str) -> Vec<String> {
    let listed = home.ask(&["files", "ls", dir]);
    let names = listed.as_array().unwrap().iter();
    names
        .map(|item| item["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn files_of_all_sorts_come_back_as_they_were() {
    let home = Home::new("Alice");
    let node = home.up();
    let zoo_dir = home.file("zoo");
    zoo(&zoo_dir);
    let first = put(&home, &["zoo"]);
    let files = tree(&zoo_dir).values().filter(|what| what.0 == 'f').count();
    assert_eq!(first["files"], files);
    let new_bytes = first["new_bytes"].as_u64().unwrap();
    assert!(
        (4_000_000..4_300_000).contains(&new_bytes),
        "what is the same is stored once: {first}"
    );

    assert_eq!(get(&home, "zoo", "back")["files"], files);
    assert_same(&zoo_dir, &home.file("back"));

    // Again: nothing is read, nothing written.
    let entries = |home: &Home| home.ask(&["verify"])["entries"].clone();
    let before = entries(&home);
    let again = put(&home, &["zoo", "--checksum"]);
    assert_eq!(again["files"], files);
    assert_eq!(again["new_bytes"], 0);
    assert_eq!(put(&home, &["zoo"])["new_bytes"], 0);
    assert_eq!(entries(&home), before);

    // As cp does: into a folder that is there; and what is in the root into a new one.
    fs::create_dir(home.file("there")).unwrap();
    get(&home, "zoo/deep", "there");
    assert_same(&zoo_dir.join("deep"), &home.file("there/deep"));
    get(&home, "/", "all");
    assert_same(&zoo_dir, &home.file("all/zoo"));
    get(&home, "zoo", "all");
    assert_same(&zoo_dir, &home.file("all/zoo"));

    // What is shown stays the same when the views are built anew, with the node and without.
    let shown = |home: &Home| {
        let listed = home.ask(&["files", "ls", "zoo"]);
        (listed, home.ask(&["files", "history", "zoo/text.txt"]))
    };
    let before = shown(&home);
    home.ask(&["reindex"]);
    assert_eq!(shown(&home), before);
    node.stop();
    home.ask(&["reindex"]);
    let _node = home.up();
    assert_eq!(shown(&home), before);
    get(&home, "zoo", "after");
    assert_same(&zoo_dir, &home.file("after"));
}

#[test]
fn a_listing_says_what_things_are() {
    let home = Home::new("Alice");
    let _node = home.up();
    zoo(&home.file("zoo"));
    put(&home, &["zoo", "--to", "a/b"]);
    assert_eq!(names(&home, ""), ["a"]);
    assert_eq!(names(&home, "a/"), ["b"]);
    let listed = home.ask(&["files", "ls", "/a/./b/zoo"]);
    let item = |name: &str| {
        let items = listed.as_array().unwrap().iter();
        let mut found = items.filter(|item| item["name"] == name);
        let item = found
            .next()
            .unwrap_or_else(|| panic!("no {name:?} in {listed}"));
        assert!(found.next().is_none());
        item.clone()
    };
    let text = item("text.txt");
    assert_eq!(
        text,
        json!({"name": "text.txt", "kind": "file", "bytes": 8, "mtime_ms": 981_173_106_123_i64,
            "mode": text["mode"]})
    );
    assert_eq!(item("empty")["mtime_ms"], -14_182_940_000_i64);
    assert_eq!(item("empty folder")["kind"], "dir");
    assert_eq!(item("empty folder")["mode"], 0o1777);
    assert_eq!(item("setuid")["mode"], 0o4755);
    assert_eq!(item("dangling")["kind"], "link");
    assert_eq!(item("dangling")["target"], "/nowhere/at/all");
    assert_eq!(item("caf\0e9 \0ff")["kind"], "file");
    // What JSON says can be asked for; so can the bytes themselves.
    let mut by_bytes = home.command(&["--json", "files", "ls"]);
    by_bytes.arg(OsStr::from_bytes(b"a/b/zoo/caf\xe9 \xff"));
    assert_eq!(run(by_bytes, b"").json()[0]["name"], "caf\0e9 \0ff");
    // For people, nothing that a terminal obeys.
    let shown = home.run(&["files", "ls", "a/b/zoo"]);
    let words = String::from_utf8(shown.stdout).unwrap();
    assert!(words.contains("caf\\xe9 \\xff"), "{words}");
    assert!(!words.contains('\u{1b}'), "{words}");
    assert_eq!(
        home.ask(&["files", "ls", "a/b/zoo/text.txt"])[0]["name"],
        "text.txt"
    );
}

#[test]
fn names_move_and_go_and_leave_their_history() {
    let home = Home::new("Alice");
    let _node = home.up();
    let dir = home.file("d");
    fs::create_dir_all(dir.join("sub")).unwrap();
    fs::write(dir.join("f"), b"one").unwrap();
    fs::write(dir.join("sub/g"), b"g").unwrap();
    put(&home, &["d"]);
    fs::write(dir.join("f"), b"second").unwrap();
    assert_eq!(put(&home, &["d"])["files"], 2);

    let history = home.ask(&["files", "history", "d/f"]);
    let versions: Vec<_> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|past| {
            (
                past["version"].as_u64().unwrap(),
                past["bytes"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(versions, [(2, 6), (1, 3)]);
    assert_eq!(
        home.ask(&["files", "get", "d/f", "old", "--version", "1"])["bytes"],
        3
    );
    assert_eq!(fs::read(home.file("old")).unwrap(), b"one");

    // Into a folder, to a new name, onto a file.
    home.ask(&["files", "mv", "d/f", "d/sub"]);
    assert_eq!(names(&home, "d"), ["sub"]);
    assert_eq!(names(&home, "d/sub"), ["f", "g"]);
    home.ask(&["files", "mv", "d/sub/f", "d/sub/g"]);
    get(&home, "d/sub/g", "g");
    assert_eq!(fs::read(home.file("g")).unwrap(), b"second");
    home.ask(&["files", "mv", "d/sub", "d/sub2"]);
    home.ask(&["files", "mv", "d/sub2", "/"]);
    assert_eq!(names(&home, ""), ["d", "sub2"]);
    assert_eq!(names(&home, "sub2"), ["g"]);

    home.run(&["files", "mv", "sub2", "sub2/in"])
        .refused(2, "itself");
    home.run(&["files", "mv", "sub2", "sub2"])
        .refused(2, "itself");
    home.run(&["files", "mv", "none", "x"]).refused(1, "none");
    home.run(&["files", "mv", "sub2/g", "x/y"])
        .refused(1, "x isn't in the drive");
    home.run(&["files", "mv", "/", "x"]).refused(2, "root");
    home.run(&["files", "mv", "sub2/g", "new/"])
        .refused(1, "new");

    // Removed: gone from the list, there in the history.
    home.ask(&["files", "rm", "sub2/g", "d"]);
    assert_eq!(names(&home, ""), ["sub2"]);
    assert!(names(&home, "sub2").is_empty());
    let past = home.ask(&["files", "history", "sub2/g"]);
    let kinds: Vec<_> = past
        .as_array()
        .unwrap()
        .iter()
        .map(|past| past["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["removed", "file", "file"]);
    home.run(&["files", "get", "sub2/g", "no"])
        .refused(1, "isn't in the drive");
    home.run(&["files", "get", "sub2/g", "no", "--version", "3"])
        .refused(1, "removed");
    home.run(&["files", "get", "sub2/g", "no", "--version", "9"])
        .refused(1, "3 versions");
    home.ask(&["files", "get", "sub2/g", "g1", "--version", "1"]);
    assert_eq!(fs::read(home.file("g1")).unwrap(), b"g");
    assert_eq!(home.ask(&["files", "history", "d/f"])[0]["kind"], "removed");
    // A folder that was removed comes back with what was in it.
    put(&home, &["d/sub", "--to", "box"]);
    home.ask(&["files", "rm", "box"]);
    home.ask(&["files", "get", "box", "box", "--version", "1"]);
    assert_same(&dir.join("sub"), &home.file("box/sub"));

    let mixed = home.run(&["--json", "files", "rm", "nothing", "sub2"]);
    assert_eq!(mixed.code, 1);
    assert_eq!(mixed.json()["removed"], 1);
    assert!(mixed.stderr.contains("nothing"), "{mixed:?}");
    let before = home.ask(&["files", "history", "d/f"]);
    home.ask(&["reindex"]);
    assert_eq!(home.ask(&["files", "history", "d/f"]), before);
}

#[test]
fn what_is_wrong_is_said_and_the_rest_is_done() {
    let home = Home::new("Alice");
    let _node = home.up();
    let dir = home.file("d");
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("good"), b"good").unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(dir.join("socket")).unwrap();
    let sockets = home.run(&["--json", "files", "put", "d"]);
    assert_eq!(sockets.code, 0, "{sockets:?}");
    assert_eq!(sockets.json()["files"], 1);
    assert!(sockets.stderr.contains("socket"), "{sockets:?}");

    let missing = home.run(&["--json", "files", "put", "not-there", "d/good"]);
    assert_eq!(missing.code, 1);
    assert_eq!(missing.json()["files"], 1);
    assert!(missing.stderr.contains("not-there"), "{missing:?}");

    // A folder stays where a file would come, and the other way round.
    fs::create_dir(home.file("good")).unwrap();
    fs::write(home.file("good/x"), b"x").unwrap();
    fs::write(home.file("good/y"), b"y").unwrap();
    let refused = home.run(&["--json", "files", "put", "good"]);
    assert_eq!(refused.code, 1);
    assert_eq!(refused.json()["files"], 0);
    assert_eq!(refused.stderr.lines().count(), 1, "{refused:?}");
    fs::write(home.file("f"), b"f").unwrap();
    put(&home, &["f", "--to", "d"]);
    fs::create_dir(home.file("e")).unwrap();
    fs::rename(home.file("f"), home.file("e/d")).unwrap();
    let refused = home.run(&["--json", "files", "put", "e/d"]);
    assert_eq!((refused.code, &refused.json()["files"]), (1, &json!(0)));
    let refused = home.run(&["files", "put", "e", "--to", "good"]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("isn't a folder"), "{refused:?}");
    assert_eq!(names(&home, "d"), ["f", "good"]);

    home.run(&["files", "ls", "nowhere"]).refused(1, "nowhere");
    home.run(&["files", "ls", "good/x"])
        .refused(1, "isn't a folder");
    home.run(&["files", "get", "nowhere", "x"])
        .refused(1, "nowhere");
    home.run(&["files", "get", "d", "no/such/folder"])
        .refused(1, "");
    home.run(&["files", "rm", "/"]).refused(2, "root");
    home.run(&["files", "history", "never"]).refused(1, "never");
    let long = "n".repeat(256);
    home.run(&["files", "ls", &long]).refused(2, "255 bytes");
    home.run(&["files", "put"]).refused(2, "PATH");
}

#[test]
fn dots_go_into_the_folder_itself() {
    let home = Home::new("Alice");
    let _node = home.up();
    let dir = home.file("d");
    fs::create_dir_all(dir.join("in")).unwrap();
    fs::write(dir.join("f"), b"f").unwrap();
    set_mode(&dir, 0o750);
    for args in [["put", ".", "--to", "one"], ["put", "../d/", "--to", "two"]] {
        let mut command = home.command(&[&["--json", "files"], &args[..]].concat());
        command.current_dir(&dir);
        assert_eq!(run(command, b"").code, 0);
    }
    assert_eq!(names(&home, "one"), ["f", "in"]);
    assert_eq!(names(&home, "two"), ["d"]);
    get(&home, "one", "back");
    assert_same(&dir, &home.file("back"));
}

#[test]
fn nothing_lands_outside_and_nothing_is_followed() {
    let home = Home::new("Alice");
    let _node = home.up();
    let dir = home.file("d");
    fs::create_dir_all(dir.join("sub")).unwrap();
    fs::write(dir.join("sub/f"), b"ours").unwrap();
    fs::write(dir.join("g"), b"ours").unwrap();
    fs::write(dir.join("h"), b"ours").unwrap();
    put(&home, &["d"]);
    // Links and folders lie in the way.
    let (outside, there) = (home.file("outside"), home.file("there"));
    fs::create_dir_all(outside.join("d")).unwrap();
    fs::write(outside.join("target"), b"theirs").unwrap();
    fs::create_dir_all(there.join("d/h")).unwrap();
    symlink(&outside, there.join("d/sub")).unwrap();
    symlink(outside.join("target"), there.join("d/g")).unwrap();
    let before = tree(&outside);
    let got = home.run(&["--json", "files", "get", "d", "there"]);
    assert_eq!(got.code, 1, "{got:?}");
    assert_eq!(got.json(), json!({"files": 1, "bytes": 4}));
    assert!(
        got.stderr.contains("sub") && got.stderr.contains("/h"),
        "{got:?}"
    );
    assert_eq!(tree(&outside), before);
    assert!(there.join("d/h").is_dir());
    // A link where a file comes is replaced, not written through.
    assert!(fs::symlink_metadata(there.join("d/g")).unwrap().is_file());
    assert_eq!(fs::read(there.join("d/g")).unwrap(), b"ours");
    let left: Vec<_> = fs::read_dir(there.join("d"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.as_bytes().starts_with(b".hearth-")),
        "{left:?}"
    );
    // The same for the very first name.
    symlink(&outside, home.file("x")).unwrap();
    get(&home, "d", "x");
    assert!(
        outside.join("d/sub/f").exists(),
        "a link that was named is followed, as cp does"
    );
    symlink("nowhere", home.file("y")).unwrap();
    home.run(&["files", "get", "d", "y"]).refused(1, "nowhere");
    // A read-only folder that is there gets what is new, and its mode at the end.
    set_mode(&dir, 0o555);
    put(&home, &["d"]);
    get(&home, "d", "z");
    fs::write(dir.join("new"), b"new").unwrap();
    put(&home, &["d"]);
    get(&home, "d/new", "z");
    get(&home, "d", "w");
    assert_same(&dir, &home.file("w"));
    set_mode(&dir, 0o755);
}

#[test]
fn two_puts_at_once_fill_one_folder() {
    let home = Home::new("Alice");
    let _node = home.up();
    let make = |name: &str| {
        let dir = home.file(name).join("shared");
        fs::create_dir_all(dir.join("deep/er")).unwrap();
        for number in 0..300 {
            fs::write(
                dir.join(format!("deep/er/{name}-{number}")),
                number.to_string(),
            )
            .unwrap();
        }
        fs::write(dir.join("both"), name).unwrap();
    };
    make("a");
    make("b");
    let children: Vec<Child> = ["a/shared", "b/shared"]
        .iter()
        .map(|path| {
            let mut command = home.command(&["--json", "files", "put", path, "--to", "x/y"]);
            command.stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(names(&home, "x/y/shared/deep/er").len(), 600);
    assert_eq!(names(&home, "x/y/shared"), ["both", "deep"]);
    get(&home, "x/y/shared/both", "both");
    let both = fs::read_to_string(home.file("both")).unwrap();
    assert!(both == "a" || both == "b");
}

/// Peak memory of a process, KiB.
fn peak_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or(0, |line| {
        line.trim().trim_end_matches(" kB").parse().unwrap()
    })
}

/// Runs a command to its end and gives its peak memory with it, KiB.
fn run_measured(mut command: Command) -> (Ended, u64) {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = peak.max(peak_kib(child.id()));
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    let ended = Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    (ended, peak)
}

#[test]
fn a_large_file_goes_through_in_little_memory() {
    const BYTES: u64 = 300 << 20;
    let home = Home::new("Alice");
    let node = home.up();
    let path = home.file("large");
    let mut file = File::create(&path).unwrap();
    file.set_len(BYTES).unwrap();
    for place in [0, 77 << 20, 150 << 20, 250 << 20] {
        file.seek(SeekFrom::Start(place)).unwrap();
        file.write_all(&noise(place, 12 << 20)).unwrap();
    }
    drop(file);
    let before = peak_kib(node.pid());
    let (put, peak) = run_measured(home.command(&["--json", "files", "put", "large"]));
    assert_eq!(put.code, 0, "{put:?}");
    assert_eq!(put.json()["bytes"], BYTES);
    assert!(
        put.json()["new_bytes"].as_u64().unwrap() < 52 << 20,
        "zeros cost nothing: {put:?}"
    );
    let (got, peak_of_get) =
        run_measured(home.command(&["--json", "files", "get", "large", "back"]));
    assert_eq!(got.json(), json!({"files": 1, "bytes": BYTES}));
    let grown = peak_kib(node.pid()).saturating_sub(before);
    eprintln!("the node grew by {grown} KiB, put took {peak} KiB, get {peak_of_get} KiB");
    assert!(peak < 64 << 10 && peak_of_get < 64 << 10);
    assert!(grown < 110 << 10);
    let (ours, theirs) = (
        File::open(&path).unwrap(),
        File::open(home.file("back")).unwrap(),
    );
    let (mut a, mut b) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    for place in (0..BYTES).step_by(1 << 20) {
        ours.read_exact_at(&mut a, place).unwrap();
        theirs.read_exact_at(&mut b, place).unwrap();
        assert!(a == b, "{place}");
    }
    let about = fs::metadata(home.file("back")).unwrap();
    assert_eq!(about.len(), BYTES);
    assert!(about.blocks() * 512 < BYTES / 2, "holes stay holes");
}

#[test]
fn twenty_thousand_small_files_go_through() {
    let home = Home::new("Alice");
    let node = home.up();
    let dir = home.file("many");
    fs::create_dir(&dir).unwrap();
    for number in 0..20_000u32 {
        fs::write(dir.join(format!("{number:05}")), number.to_le_bytes()).unwrap();
    }
    let begin = Instant::now();
    let (first, peak) = run_measured(home.command(&["--json", "files", "put", "many"]));
    assert_eq!(first.json()["files"], 20_000, "{first:?}");
    let took = begin.elapsed();
    let begin = Instant::now();
    std::thread::sleep(Duration::from_millis(1100));
    let again = put(&home, &["many"]);
    assert_eq!(
        (&again["files"], &again["new_bytes"]),
        (&json!(20_000), &json!(0))
    );
    eprintln!(
        "put {took:?}, again {:?}, {peak} KiB; the node {} KiB",
        begin.elapsed(),
        peak_kib(node.pid())
    );
    assert!(peak < 64 << 10);
    let listed = names(&home, "many");
    assert_eq!(listed.len(), 20_000);
    assert!(listed.is_sorted());
    get(&home, "many", "back");
    assert_same(&dir, &home.file("back"));
    home.ask(&["files", "rm", "many"]);
    assert!(names(&home, "").is_empty());
}

fn put_and_kill(home: &Home, path: &str, life: Duration) {
    let mut child = home
        .command(&["--json", "files", "put", path])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(life);
    let _ = child.kill();
    child.wait().unwrap();
}

fn crowd(dir: &Path) {
    for folder in 0..12 {
        let folder = dir.join(format!("folder {folder}"));
        fs::create_dir_all(&folder).unwrap();
        for number in 0..250u64 {
            let bytes = usize::try_from(number * 97 % 9_000).unwrap();
            fs::write(folder.join(number.to_string()), noise(number, bytes)).unwrap();
        }
    }
    fs::write(dir.join("big"), noise(9, 30 << 20)).unwrap();
}

#[test]
fn a_put_that_is_killed_is_finished_by_the_next() {
    let home = Home::new("Alice");
    let mut chance = Chance::new();
    let dir = home.file("crowd");
    crowd(&dir);
    let _node = home.up();
    for _ in 0..4 {
        put_and_kill(&home, "crowd", Duration::from_millis(chance.below(900)));
    }
    let done = put(&home, &["crowd"]);
    assert_eq!(done["files"], 3001);
    get(&home, "crowd", "back");
    assert_same(&dir, &home.file("back"));
}

#[test]
fn a_node_that_is_killed_loses_nothing_that_was_confirmed() {
    let home = Home::new("Alice");
    let mut chance = Chance::new();
    let (dir, safe) = (home.file("crowd"), home.file("safe"));
    crowd(&dir);
    fs::create_dir(&safe).unwrap();
    let mut confirmed = Vec::new();
    for round in 0..3 {
        let node: Node<'_> = home.up();
        let name = format!("safe/{round}");
        fs::write(home.file(&name), noise(round, 50_000)).unwrap();
        put(&home, &[&name, "--to", "safe"]);
        confirmed.push(round.to_string());
        let mut child = home
            .command(&["--json", "files", "put", "crowd"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(chance.below(1_200)));
        node.kill();
        until("the put ends", || child.try_wait().unwrap());
    }
    let _node = home.up();
    assert_eq!(names(&home, "safe"), confirmed);
    for round in 0..3 {
        get(&home, &format!("safe/{round}"), &format!("got-{round}"));
        assert_eq!(
            fs::read(home.file(&format!("got-{round}"))).unwrap(),
            noise(round, 50_000)
        );
    }
    put(&home, &["crowd"]);
    get(&home, "crowd", "back");
    assert_same(&dir, &home.file("back"));
}

#[test]
fn a_file_that_changes_while_it_is_read_ends_well() {
    let home = Home::new("Alice");
    let _node = home.up();
    let path: PathBuf = home.file("growing");
    fs::write(&path, noise(1, 40 << 20)).unwrap();
    let child = home
        .command(&["--json", "files", "put", "growing"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut file = File::options().append(true).open(&path).unwrap();
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(700) {
        file.write_all(b"more").unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let code = output.status.code().unwrap();
    assert!(
        code == 0 || String::from_utf8_lossy(&output.stderr).contains("changed"),
        "{output:?}"
    );
    // What was stored is what one read saw; the next put makes it right.
    put(&home, &["growing"]);
    get(&home, "growing", "back");
    let (mut a, mut b) = (Vec::new(), Vec::new());
    File::open(&path).unwrap().read_to_end(&mut a).unwrap();
    File::open(home.file("back"))
        .unwrap()
        .read_to_end(&mut b)
        .unwrap();
    assert!(a == b);
}
