//! A disk whose power may end: what is on it for certain, and what may be.
//!
//! Certain is what a file held when it was synced last, and which names a folder had then. Everything since may be there
//! or not: any sector of any write, any change of a length, any change of a name. A rename happens whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::trace::Event;

/// What a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;
const ROOT: usize = 0;

/// Random numbers from a seed (splitmix64).
#[derive(Debug, Clone)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }

    /// True `eighths` times of eight.
    fn often(&mut self, eighths: u64) -> bool {
        self.next() % 8 < eighths
    }
}

/// What becomes of what wasn't synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// All of it is lost.
    Lost,
    /// Everything is there, as after a process was killed.
    Kept,
    /// It is there up to a moment, whose write is torn.
    UpTo(usize),
    /// Each sector, length and name for itself, so many times of eight.
    Any(u64),
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, data: Vec<u8> },
    Length(usize),
}

/// Names that came (with what) and went, together.
type Names = Vec<(String, Option<usize>)>;

#[derive(Debug, Clone)]
enum Node {
    File {
        durable: Vec<u8>,
        pending: Vec<(usize, Change)>,
    },
    Folder {
        durable: BTreeMap<String, usize>,
        now: BTreeMap<String, usize>,
        pending: Vec<(usize, Names)>,
    },
}

fn folder() -> Node {
    Node::Folder {
        durable: BTreeMap::new(),
        now: BTreeMap::new(),
        pending: Vec::new(),
    }
}

/// The disk at one moment.
#[derive(Debug)]
pub(super) struct Disk {
    nodes: Vec<Node>,
    by_ino: BTreeMap<u64, usize>,
    time: usize,
    /// Whether syncing does what it promises.
    is_honest: bool,
}

impl Disk {
    pub(super) fn new(is_honest: bool) -> Disk {
        Disk {
            nodes: vec![folder()],
            by_ino: BTreeMap::new(),
            time: 0,
            is_honest,
        }
    }

    pub(super) fn happen(&mut self, event: &Event) {
        self.time += 1;
        match event {
            Event::Create { path, ino } => {
                let file = Node::File {
                    durable: Vec::new(),
                    pending: Vec::new(),
                };
                self.begin(path, *ino, file);
            }
            Event::Folder { path, ino } => self.begin(path, *ino, folder()),
            Event::Write { ino, at, data } => {
                self.change(
                    *ino,
                    Change::Write {
                        at: *at,
                        data: data.clone(),
                    },
                );
            }
            Event::Length { ino, bytes } => self.change(*ino, Change::Length(*bytes)),
            Event::Sync { ino } => self.sync(*ino),
            Event::Rename { from, to } => {
                assert_eq!(from.parent(), to.parent(), "renames stay in their folder");
                let node = self.find(from).unwrap();
                self.rename(
                    from.parent().unwrap(),
                    vec![(name(from), None), (name(to), Some(node))],
                );
            }
            Event::Remove { path } => self.rename(path.parent().unwrap(), vec![(name(path), None)]),
            Event::Acknowledged(_) => {}
        }
    }

    fn find(&self, path: &Path) -> Option<usize> {
        path.iter()
            .try_fold(ROOT, |at, part| match &self.nodes[at] {
                Node::Folder { now, .. } => now.get(part.to_str().unwrap()).copied(),
                Node::File { .. } => None,
            })
    }

    fn begin(&mut self, path: &Path, ino: u64, node: Node) {
        // The outermost folder, which was there before.
        if path.as_os_str().is_empty() {
            self.by_ino.insert(ino, ROOT);
            return;
        }
        assert_eq!(self.find(path), None, "{} begins once", path.display());
        self.nodes.push(node);
        let number = self.nodes.len() - 1;
        self.by_ino.insert(ino, number);
        self.rename(path.parent().unwrap(), vec![(name(path), Some(number))]);
    }

    fn rename(&mut self, parent: &Path, names: Names) {
        let parent = self.find(parent).unwrap();
        let Node::Folder { now, pending, .. } = &mut self.nodes[parent] else {
            panic!("names are in folders");
        };
        apply(now, &names);
        pending.push((self.time, names));
    }

    fn change(&mut self, ino: u64, change: Change) {
        match &mut self.nodes[self.by_ino[&ino]] {
            Node::File { pending, .. } => pending.push((self.time, change)),
            Node::Folder { .. } => panic!("a folder is no file"),
        }
    }

    fn sync(&mut self, ino: u64) {
        match &mut self.nodes[self.by_ino[&ino]] {
            Node::File { durable, pending } if self.is_honest => {
                for (_, change) in pending.drain(..) {
                    write(durable, &change, |_| true);
                }
            }
            Node::File { .. } => {}
            Node::Folder {
                durable,
                now,
                pending,
            } => {
                durable.clone_from(now);
                pending.clear();
            }
        }
    }

    /// Writes what is there after the power ended now.
    pub(super) fn end_of_power(&self, to: &Path, fate: Fate, chance: &mut Chance) {
        self.write_folder(ROOT, to, fate, chance);
    }

    fn write_folder(&self, number: usize, to: &Path, fate: Fate, chance: &mut Chance) {
        fs::create_dir_all(to).unwrap();
        let Node::Folder {
            durable, pending, ..
        } = &self.nodes[number]
        else {
            panic!("a folder was asked for");
        };
        let mut names = durable.clone();
        for (time, change) in pending {
            if fate.keeps(*time, chance) {
                apply(&mut names, change);
            }
        }
        for (name, number) in names {
            let to = to.join(name);
            match &self.nodes[number] {
                Node::Folder { .. } => self.write_folder(number, &to, fate, chance),
                Node::File { durable, pending } => {
                    fs::write(to, content(durable, pending, fate, chance)).unwrap();
                }
            }
        }
    }
}

impl Fate {
    fn keeps(self, time: usize, chance: &mut Chance) -> bool {
        match self {
            Fate::Lost => false,
            Fate::Kept => true,
            Fate::UpTo(end) => time < end,
            Fate::Any(eighths) => chance.often(eighths),
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn apply(names: &mut BTreeMap<String, usize>, change: &Names) {
    for (name, node) in change {
        match node {
            Some(node) => drop(names.insert(name.clone(), *node)),
            None => drop(names.remove(name)),
        }
    }
}

/// Applies a change, of a write those sectors that are `kept`.
fn write(bytes: &mut Vec<u8>, change: &Change, mut kept: impl FnMut(usize) -> bool) {
    match change {
        Change::Length(length) => bytes.resize(*length, 0),
        Change::Write { at, data } => {
            let mut from = 0;
            while from < data.len() {
                let to = data
                    .len()
                    .min(from + SECTOR_BYTES - (at + from) % SECTOR_BYTES);
                if kept(from) {
                    if bytes.len() < at + to {
                        bytes.resize(at + to, 0);
                    }
                    bytes[at + from..at + to].copy_from_slice(&data[from..to]);
                }
                from = to;
            }
        }
    }
}

fn content(
    durable: &[u8],
    pending: &[(usize, Change)],
    fate: Fate,
    chance: &mut Chance,
) -> Vec<u8> {
    let mut bytes = durable.to_vec();
    for (time, change) in pending {
        match (fate, change) {
            (Fate::Any(_), Change::Write { .. }) => {
                write(&mut bytes, change, |_| fate.keeps(*time, chance));
            }
            (Fate::UpTo(end), Change::Write { data, .. }) if *time == end => {
                let torn = chance.below(data.len());
                write(&mut bytes, change, |from| from < torn);
            }
            _ if fate.keeps(*time, chance) => write(&mut bytes, change, |_| true),
            _ => {}
        }
    }
    // The new length itself may not have come to the disk.
    if matches!(fate, Fate::Any(_)) && bytes.len() > durable.len() && chance.often(1) {
        bytes.truncate(durable.len());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn images(events: &[Event], fate: Fate) -> Vec<BTreeMap<String, Vec<u8>>> {
        (0..64)
            .map(|seed| {
                let mut disk = Disk::new(true);
                events.iter().for_each(|event| disk.happen(event));
                let dir = tempfile::tempdir().unwrap();
                disk.end_of_power(dir.path(), fate, &mut Chance(seed));
                let files = fs::read_dir(dir.path()).unwrap().map(|file| {
                    let path = file.unwrap().path();
                    (name(&path), fs::read(path).unwrap())
                });
                files.collect()
            })
            .collect()
    }

    fn events() -> Vec<Event> {
        let path = PathBuf::from("a");
        vec![
            Event::Folder {
                path: PathBuf::new(),
                ino: 99,
            },
            Event::Create {
                path: path.clone(),
                ino: 7,
            },
            Event::Write {
                ino: 7,
                at: 0,
                data: vec![1; 1024],
            },
            Event::Sync { ino: 7 },
            Event::Sync { ino: 99 },
            Event::Write {
                ino: 7,
                at: 0,
                data: vec![2; 1024],
            },
            Event::Rename {
                from: path,
                to: "b".into(),
            },
        ]
    }

    #[test]
    fn what_was_synced_stays_and_the_rest_may_go() {
        let only = |name: &str, bytes: Vec<u8>| BTreeMap::from([(name.to_owned(), bytes)]);
        let lost = images(&events(), Fate::Lost);
        assert!(lost.iter().all(|image| *image == only("a", vec![1; 1024])));
        let kept = images(&events(), Fate::Kept);
        assert!(kept.iter().all(|image| *image == only("b", vec![2; 1024])));
        let any = images(&events(), Fate::Any(4));
        let mut torn = vec![1; 512];
        torn.extend([2; 512]);
        for expected in [
            only("a", torn.clone()),
            only("b", torn),
            only("a", vec![2; 1024]),
        ] {
            assert!(any.contains(&expected), "one of many ways");
        }
        assert!(
            any.iter()
                .all(|image| image.len() == 1 && image.values().all(|bytes| bytes.len() == 1024))
        );
    }
}
