//! Finding rows in a database's log file without its index: the last resort, when a wrong byte keeps all of it from being
//! opened, and a second look at what the index no longer leads to.
//!
//! A row's value lies in one piece behind its length. Those that look like runs, logs and statements are picked out; runs
//! are put in order by their entries' ids, each of which names the one before, from a log's first entry on, and long bodies
//! are recognised by their hash. What is found is no more trusted than anything else that is salvaged.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use hearth_protocol::entry::{EntryId, LogKey, body_matches};
use hearth_protocol::root::Statement;

use super::engine::{SEGMENT_BYTES, lengths_before};
use super::rows::{KeptBody, KeptRun};
use super::salvage::{Item, log_of_row, runs};

/// Rows of one database that are looked at.
const ROWS_MAX: usize = 1 << 20;
/// Logs whose first entries are looked for.
const LOGS_MAX: usize = 4096;
/// Signatures that are checked to find logs' first entries.
const CHECKS_MAX: usize = 1 << 16;

/// Where a value lies in the file.
type Spot = (u64, usize);

/// What looks like rows.
#[derive(Debug, Default)]
struct Found {
    /// Runs, by the entry that they name as the one before.
    runs: BTreeMap<EntryId, Vec<Spot>>,
    /// Hashes of what was looked at: rows are written again and again.
    seen: HashSet<[u8; 16]>,
    logs: BTreeSet<LogKey>,
    statements: BTreeSet<Vec<u8>>,
}

/// Gives what can be found in the database at `path` to `take`.
///
/// # Errors
/// Those of `take`. A file that can't be read gives nothing.
pub(super) fn carve(path: &Path, take: &mut dyn FnMut(Item) -> io::Result<()>) -> io::Result<()> {
    let Ok(file) = File::open(path.join("db")) else {
        return Ok(());
    };
    let mut found = Found::default();
    each_segment(&file, &mut |at, bytes| found.look_at(at, bytes));
    let statements = std::mem::take(&mut found.statements);
    statements
        .into_iter()
        .try_for_each(|statement| take(Item::Statement(statement)))?;
    let rows = found.in_order(&file);
    let bodies = Bodies::of(&file, &rows);
    for (log, first, run) in rows {
        let items = runs(&run, log, first, |entry, item| match &item.body {
            KeptBody::Inline(body) => Some((Some(body.clone()), None)),
            KeptBody::Apart { hash, .. } => {
                let body = bodies.read(&file, hash)?;
                body_matches(entry.header(), &body).then_some((Some(body), None))
            }
            KeptBody::Gone { .. } => None,
        });
        items.into_iter().try_for_each(&mut *take)?;
    }
    Ok(())
}

/// Reads the file by segments, across whose borders nothing lies. What can't be read is left out.
fn each_segment(file: &File, look: &mut dyn FnMut(u64, &[u8])) {
    let length = file.metadata().map_or(0, |found| found.len());
    let mut bytes = vec![0; SEGMENT_BYTES];
    for at in (0..length).step_by(SEGMENT_BYTES) {
        let count = file.read_at(&mut bytes, at).unwrap_or(0);
        look(at, &bytes[..count]);
    }
}

fn read(file: &File, (at, length): Spot) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, at).ok()?;
    Some(bytes)
}

impl Found {
    fn look_at(&mut self, segment: u64, bytes: &[u8]) {
        for (at, start) in bytes.windows(3).enumerate() {
            // How tuples begin whose first part is a byte string of 24 to 255 bytes.
            let kind = match *start {
                [0x82, 0x58, 32] => Kind::Run,
                [0x83, 0x58, 32] => Kind::Log,
                [0x82, 0x58, _] => Kind::Statement,
                _ => continue,
            };
            for length in lengths_before(bytes, at) {
                if let Some(value) = bytes.get(at..at + length) {
                    self.consider(kind, value, (segment + at as u64, length));
                }
            }
        }
    }

    fn consider(&mut self, kind: Kind, value: &[u8], spot: Spot) {
        let hash = blake3::hash(value);
        let hash = *hash.as_bytes().first_chunk().expect("a hash has 32 bytes");
        if self.seen.len() >= ROWS_MAX || !self.seen.insert(hash) {
            return;
        }
        match kind {
            Kind::Run => {
                if let Ok(run) = KeptRun::from_row(value) {
                    self.runs.entry(run.previous).or_default().push(spot);
                }
            }
            Kind::Log if self.logs.len() < LOGS_MAX => self.logs.extend(log_of_row(value)),
            Kind::Statement if self.statements.len() < LOGS_MAX => {
                let statement = Statement::from_bytes(value).ok();
                self.statements.extend(statement.map(|_| value.to_vec()));
            }
            _ => {}
        }
    }

    /// Of one row there are many forms, as it grows with each entry that is added.
    fn longest_first(&self, previous: &EntryId) -> Vec<Spot> {
        let mut spots = self.runs.get(previous).cloned().unwrap_or_default();
        spots.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
        spots
    }

    /// The rows of each log that follow from its first entry, own logs first: they hold the keys to read the rest.
    fn in_order(&self, file: &File) -> Vec<(LogKey, u64, KeptRun)> {
        let mut logs: Vec<LogKey> = self.logs.iter().copied().collect();
        logs.sort_by_key(|log| (log.log.is_social(), *log));
        let (mut rows, mut checks) = (Vec::new(), 0);
        for log in logs {
            let (mut seen, mut covered) = (BTreeSet::new(), BTreeSet::new());
            let mut ahead = VecDeque::from([(EntryId::NONE, 0)]);
            while let Some((previous, first)) = ahead.pop_front() {
                if !seen.insert(previous) {
                    continue;
                }
                for spot in self.longest_first(&previous) {
                    let run = read(file, spot).and_then(|row| KeptRun::from_row(&row).ok());
                    let Some(run) = run else { continue };
                    if previous == EntryId::NONE {
                        checks += 1;
                        if checks > CHECKS_MAX || !begins(&run, log) {
                            continue;
                        }
                    }
                    let mut is_new = false;
                    for (entry, item) in run.entries(log, first) {
                        let id = entry.id();
                        ahead.push_back((id, entry.place().seq + 1));
                        // An older form of the row may still have a body that went since.
                        let is_gone = matches!(item.body, KeptBody::Gone { .. });
                        is_new |= !is_gone && covered.insert(id);
                    }
                    if is_new {
                        rows.push((log, first, run));
                    }
                }
            }
        }
        rows
    }
}

/// Whether a log begins with this run.
fn begins(run: &KeptRun, log: LogKey) -> bool {
    let first = run.entries(log, 0).next();
    first.is_some_and(|(entry, _)| entry.verify().is_ok())
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Run,
    Log,
    Statement,
}

/// Where long bodies lie that rows name, of those in one piece.
#[derive(Debug, Default)]
struct Bodies(BTreeMap<[u8; 32], Spot>);

impl Bodies {
    fn of(file: &File, rows: &[(LogKey, u64, KeptRun)]) -> Self {
        let mut wanted: BTreeMap<usize, BTreeSet<[u8; 32]>> = BTreeMap::new();
        for item in rows.iter().flat_map(|(_, _, run)| &run.items) {
            if let KeptBody::Apart { hash, bytes, .. } = &item.body {
                wanted.entry(*bytes as usize).or_default().insert(*hash);
            }
        }
        let mut bodies = Self::default();
        if wanted.is_empty() {
            return bodies;
        }
        each_segment(file, &mut |segment, bytes| {
            for (at, before) in (3..).zip(bytes.windows(3)) {
                // A long body's length takes two or three bytes.
                if before[0] != 249 && !(241..=248).contains(&before[1]) {
                    continue;
                }
                for length in lengths_before(bytes, at) {
                    let (Some(hashes), Some(value)) =
                        (wanted.get(&length), bytes.get(at..at + length))
                    else {
                        continue;
                    };
                    let hash = *blake3::hash(value).as_bytes();
                    if hashes.contains(&hash) {
                        bodies.0.insert(hash, (segment + at as u64, length));
                    }
                }
            }
        });
        bodies
    }

    fn read(&self, file: &File, hash: &[u8; 32]) -> Option<Vec<u8>> {
        read(file, *self.0.get(hash)?)
    }
}
