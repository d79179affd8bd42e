//! The drive's rows against a plain list of all that was said.

use std::collections::BTreeMap;

use hearth_keys::{Identity, Phrase};
use hearth_protocol::content::{Content, Delete, Target};
use hearth_protocol::drive::{DriveChange, FolderId, Meta, Name, Node};
use hearth_protocol::object::{Blob, ObjectId};

use super::super::drive::{Age, Lookup, Version};
use super::super::logs::{Draft, Logs, Written};
use super::super::views::{DRIVE, DRIVE_HISTORY, view_key};
use crate::genesis;
use crate::home::Home;
use crate::node;

const ENTRIES: u64 = 150;

struct Place {
    _scratch: tempfile::TempDir,
    logs: Logs,
    me: Identity,
}

impl Place {
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path()).unwrap();
        let phrase = Phrase::generate(&mut crate::rng::system());
        let (kept, _) = node::account(&home, Some("Alice"), Some(&phrase)).unwrap();
        let store = scratch.path().join("store");
        let mut logs = Logs::open(&store, vec![kept.account.clone()]).unwrap();
        genesis::ensure(&mut logs, &kept, 1).unwrap();
        let me = kept.account.identity;
        Self {
            _scratch: scratch,
            logs,
            me,
        }
    }

    fn write(&mut self, time_ms: u64, content: Content) -> Written {
        let draft = match content {
            Content::Delete(_) => Draft::public(time_ms, content),
            _ => Draft::private(time_ms, content),
        };
        let mut rng = crate::rng::system();
        let written = self.logs.append(&self.me, false, vec![draft], 1, &mut rng);
        written.unwrap().0[0]
    }

    fn rows(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let of = |view| self.logs.db.prefixed(&view_key(view, &[]));
        of(DRIVE)
            .chain(of(DRIVE_HISTORY))
            .map(Result::unwrap)
            .collect()
    }

    fn history(&self, folder: &FolderId, name: &Name) -> Vec<Version> {
        self.logs
            .drive_history(&self.me, folder, name, 1000)
            .unwrap()
    }
}

fn dice(number: u64, faces: u64) -> u64 {
    let hash = blake3::hash(&number.to_le_bytes());
    u64::from_le_bytes(*hash.as_bytes().first_chunk().unwrap()) % faces
}

fn name(bytes: impl Into<Vec<u8>>) -> Name {
    Name::new(bytes).unwrap()
}

/// A few names, among them long ones that share what stands in a key.
fn names() -> Vec<Name> {
    let long = |end: &str| name(format!("{}{end}", "n".repeat(64)));
    let mut names = vec![name("a"), name("a\u{1}"), name(*b"\xff"), long("")];
    names.extend([long("a"), long("b")]);
    names
}

fn node_of(number: u64) -> Option<Node> {
    let meta = Meta {
        mode: 0o644,
        mtime_ns: i64::try_from(number).unwrap() - 70,
    };
    match dice(number + 1_000_000, 5) {
        0 => None,
        1 => Some(Node::Link {
            meta,
            // Some too long for a row.
            target: vec![b't'; 1 + usize::try_from(dice(number, 4096)).unwrap()],
        }),
        2 => Some(Node::Folder {
            meta,
            id: FolderId::from_bytes([1 + u8::try_from(number % 200).unwrap(); 16]),
        }),
        _ => Some(Node::File {
            meta,
            blob: Blob {
                bytes: number,
                depth: 0,
                root: ObjectId::from_bytes([7; 32]),
            },
        }),
    }
}

type Said = BTreeMap<(FolderId, Name), BTreeMap<Age, Option<Node>>>;

#[track_caller]
fn check(place: &Place, said: &Said, folders: &[FolderId]) {
    for folder in folders {
        let mut here = Vec::new();
        for name in names() {
            let mut expected: Vec<Version> = said
                .get(&(*folder, name.clone()))
                .into_iter()
                .flatten()
                .map(|(age, node)| Version {
                    age: *age,
                    name: name.clone(),
                    node: node.clone(),
                })
                .collect();
            expected.reverse();
            assert_eq!(place.history(folder, &name), expected);
            here.extend(
                expected
                    .into_iter()
                    .next()
                    .filter(|version| version.node.is_some()),
            );
        }
        for limit in [1, 2, 100] {
            let (mut listed, mut after) = (Vec::new(), None);
            loop {
                let part = place
                    .logs
                    .drive_list(&place.me, folder, after.as_ref(), limit);
                let part = part.unwrap();
                listed.extend(part.versions);
                after = part.next;
                if after.is_none() {
                    break;
                }
            }
            listed.sort_by(|a, b| a.name.cmp(&b.name));
            here.sort_by(|a, b| a.name.cmp(&b.name));
            assert_eq!(listed, here);
        }
    }
}

#[test]
fn the_newest_word_counts_whenever_it_comes_and_goes() {
    let mut place = Place::new();
    let folders = [FolderId::ROOT, FolderId::from_bytes([1; 16])];
    let mut said = Said::new();
    let mut entries = Vec::new();
    for number in 0..ENTRIES {
        let changes: Vec<DriveChange> = (0..1 + dice(number, 6))
            .map(|at| {
                let number = number * 10 + at;
                let all = names();
                let which = usize::try_from(dice(number + 5_000, all.len() as u64)).unwrap();
                DriveChange {
                    folder: folders[usize::try_from(dice(number, 2)).unwrap()],
                    name: all[which].clone(),
                    node: node_of(number),
                }
            })
            .collect();
        // Few times, so that many are alike, and in no order.
        let time_ms = 1_000 + dice(number + 77, 40);
        let written = place.write(time_ms, Content::Drive(changes.clone()));
        for (change, index) in changes.iter().zip(0..) {
            let age = Age {
                time_ms,
                id: written.id,
                index,
            };
            let names = said
                .entry((change.folder, change.name.clone()))
                .or_default();
            names.insert(age, change.node.clone());
        }
        entries.push(written);
    }
    check(&place, &said, &folders);

    // Bodies go, and what they said with them.
    let mut gone: Vec<Written> = Vec::new();
    for (written, number) in entries.iter().zip(0..) {
        if dice(number + 123, 2) == 0 {
            gone.push(*written);
        }
    }
    for chunk in gone.chunks(32) {
        let mut targets: Vec<Target> = chunk.iter().map(|written| written.place.into()).collect();
        targets.sort();
        place.write(2_000, Content::Delete(Delete { targets }));
    }
    for versions in said.values_mut() {
        versions.retain(|age, _| !gone.iter().any(|written| written.id == age.id));
    }
    check(&place, &said, &folders);

    let before = place.rows();
    assert!(!before.is_empty());
    place.logs.reindex().unwrap();
    assert_eq!(place.rows(), before);
}

#[test]
fn what_is_written_is_newer_than_what_it_replaces() {
    let mut place = Place::new();
    let me = place.me;
    let mut rng = crate::rng::system();
    let change = |number| DriveChange {
        folder: FolderId::ROOT,
        name: name("a"),
        node: node_of(number),
    };
    // The clock is set back in between; and of two changes of one name at once the last counts.
    for (now_ms, numbers) in [(5_000, [3, 4]), (4_000, [5, 6]), (5_000, [6, 3])] {
        let changes = numbers.map(change).to_vec();
        place
            .logs
            .drive_change(&me, changes, now_ms, &mut rng)
            .unwrap();
        let held = place.logs.drive_node(&me, &FolderId::ROOT, &name("a"));
        assert_eq!(held.unwrap(), node_of(numbers[1]));
    }
    let times: Vec<u64> = place
        .history(&FolderId::ROOT, &name("a"))
        .iter()
        .map(|version| version.age.time_ms)
        .collect();
    assert_eq!(times, [5_002, 5_001, 5_000]);
}

#[test]
fn removed_folders_are_found_in_the_past_only() {
    let mut place = Place::new();
    let me = place.me;
    let mut rng = crate::rng::system();
    let id = FolderId::from_bytes([9; 16]);
    let meta = Meta {
        mode: 0o755,
        mtime_ns: 0,
    };
    for node in [Some(Node::Folder { meta, id }), None] {
        let change = DriveChange {
            folder: FolderId::ROOT,
            name: name("d"),
            node,
        };
        place
            .logs
            .drive_change(&me, vec![change], 1, &mut rng)
            .unwrap();
    }
    let find = |past| place.logs.drive_folder(&me, &[name("d")], past).unwrap();
    assert_eq!(find(false), Lookup::Missing(0));
    assert_eq!(find(true), Lookup::Folder(id));
}
