//! Reading what is left of a damaged store. Nothing read here is trusted: whoever takes it checks it as if a stranger
//! had sent it.
//!
//! The rows are read below [`Db`](super::db::Db) and its checks, from both ends of each range up to the first that can't
//! be, since what follows an unreadable row can't be reached across it; before, the file itself is searched ([`carve`](super::carve)),
//! for what the index doesn't lead to. sled may panic, loop or eat memory on such files:
//! panics are turned into errors here, the rest is contained by running this in a process of its own (`rebuild`).

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::codec::{Blob, Bytes, decode, decode_trusted, encode};
use hearth_protocol::entry::{Entry, LogKey, LogNumber, Place, body_matches};
use hearth_protocol::run::{Link, Run};

use super::ahead;
use super::carve::carve;
use super::db::end_of_prefix;
use super::engine::{Engine, Pair};
use super::folder::COPY_SUFFIX;
use super::rows::{Handle, KeptBody, KeptItem, KeptRun, handle_prefix, key, namespace, number_of};

/// Longest body that is put together from its pieces.
const PIECES_MAX: usize = 256;
/// Longest item that travels; a row's run with its bodies and deletes is far below it.
const ITEM_BYTES_MAX: usize = 4 << 20;
/// Ends what a salvage writes: without it the reader was cut short.
const END: u8 = 0;
const STATEMENT: u8 = 1;
const RUN: u8 = 2;
const FORK: u8 = 3;
const CONTACT: u8 = 4;

/// Something that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    /// A root statement's bytes.
    Statement(Vec<u8>),
    /// A run's bytes, and the deletes for what is missing in it.
    Run(Vec<u8>, Vec<Vec<u8>>),
    /// A fork proof's bytes.
    Fork(Vec<u8>),
    /// A contact's row.
    Contact(Vec<u8>, Vec<u8>),
}

/// (kind, parts)
type ItemTuple = (u8, Vec<Blob>);

impl Item {
    fn to_tuple(&self) -> ItemTuple {
        let blobs = |parts: &[&Vec<u8>]| parts.iter().map(|part| Blob((*part).clone())).collect();
        match self {
            Item::Statement(bytes) => (STATEMENT, blobs(&[bytes])),
            Item::Run(run, deletes) => {
                let parts: Vec<&Vec<u8>> = [run].into_iter().chain(deletes).collect();
                (RUN, blobs(&parts))
            }
            Item::Fork(bytes) => (FORK, blobs(&[bytes])),
            Item::Contact(key, value) => (CONTACT, blobs(&[key, value])),
        }
    }

    fn from_tuple((kind, parts): ItemTuple) -> Option<Item> {
        let mut parts = parts.into_iter().map(|part| part.0);
        let first = parts.next()?;
        Some(match kind {
            STATEMENT => Item::Statement(first),
            RUN => Item::Run(first, parts.collect()),
            FORK => Item::Fork(first),
            CONTACT => Item::Contact(first, parts.next()?),
            _ => return None,
        })
    }

    /// Writes it to a pipe.
    pub(crate) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        write_frame(to, &encode(&self.to_tuple()))
    }
}

/// Says, in a pipe, that all was read that can be.
pub(crate) fn write_end(to: &mut impl Write) -> io::Result<()> {
    write_frame(to, &encode(&(END, Vec::<Blob>::new())))?;
    to.flush()
}

fn write_frame(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(bytes)
}

/// The next item from a pipe; `None` at its end.
///
/// # Errors
/// Whoever wrote ended early, or wrote something else.
pub(crate) fn read_item(from: &mut impl Read) -> io::Result<Option<Item>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > ITEM_BYTES_MAX {
        return Err(io::Error::other("an item is too long"));
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    let tuple: ItemTuple = decode(&bytes, ITEM_BYTES_MAX).map_err(io::Error::other)?;
    if tuple.0 == END {
        return Ok(None);
    }
    let item = Item::from_tuple(tuple);
    item.map(Some)
        .ok_or_else(|| io::Error::other("an unknown item"))
}

/// Reads every database directory of the store in `dir`, the newest first, and gives what can be read to `take`.
///
/// # Errors
/// Those of `take`, and of listing `dir`. That something can't be read is none.
pub(crate) fn salvage(dir: &Path, take: &mut dyn FnMut(Item) -> io::Result<()>) -> io::Result<()> {
    for path in databases(dir)? {
        // First, because opening it may wipe out what can be found.
        carve(&path, take)?;
        if path.to_string_lossy().ends_with(COPY_SUFFIX) {
            continue;
        }
        match Engine::open(&path) {
            Ok(engine) => {
                let waiting = ahead::readable(dir);
                salvage_database(&Left { engine, waiting }, take)?;
            }
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "the database can't be opened");
            }
        }
    }
    Ok(())
}

fn databases(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| name.starts_with("db-")) && path.is_dir() {
            paths.push(path);
        }
    }
    paths.sort();
    paths.reverse();
    Ok(paths)
}

/// What is left of a store.
struct Left {
    engine: Engine,
    /// What was to go into the database next.
    waiting: ahead::Rows,
}

impl Left {
    fn value(&self, key: &[u8]) -> Option<Vec<u8>> {
        match self.waiting.get(key) {
            Some(waiting) => waiting.clone(),
            None => self.engine.value(key).ok().flatten(),
        }
    }

    /// Gives a row of the database to `take`, unless what waits changes or removes it.
    fn give(&self, row: Pair, take: &mut dyn FnMut(Pair) -> io::Result<()>) -> io::Result<()> {
        if self.waiting.contains_key(&row.0) {
            Ok(())
        } else {
            take(row)
        }
    }

    fn waiting(&self, prefix: &[u8]) -> impl Iterator<Item = Pair> {
        let rows = self.waiting.range(prefix.to_vec()..);
        let rows = rows.take_while(move |(key, _)| key.starts_with(prefix));
        rows.filter_map(|(key, value)| Some((key.clone(), value.clone()?)))
    }
}

fn salvage_database(left: &Left, take: &mut dyn FnMut(Item) -> io::Result<()>) -> io::Result<()> {
    readable(left, &[namespace::STATEMENTS], &mut |(_, value)| {
        take(Item::Statement(value))
    })?;
    readable(left, &[namespace::CONTACTS], &mut |(key, value)| {
        take(Item::Contact(key, value))
    })?;
    let mut logs = BTreeMap::new();
    readable(left, &[namespace::LOGS], &mut |(key, value)| {
        logs.extend(log_of(&key, &value));
        Ok(())
    })?;
    let mut logs: Vec<(LogKey, Handle)> = logs.into_iter().collect();
    // Own logs first: they hold the keys to read the rest.
    logs.sort_by_key(|(log, _)| (log.log.is_social(), *log));
    for (log, handle) in logs {
        let prefix = handle_prefix(namespace::RUNS, handle);
        readable(left, &prefix, &mut |(key, value)| {
            let Ok(run) = KeptRun::from_row(&value) else {
                return Ok(());
            };
            let first = number_of(&key);
            runs_of(left, (log, handle), first, &run)
                .into_iter()
                .try_for_each(&mut *take)
        })?;
    }
    readable(left, &[namespace::FORKS], &mut |(_, value)| {
        take(Item::Fork(value))
    })
}

fn log_of(key: &[u8], value: &[u8]) -> Option<(LogKey, Handle)> {
    let handle = Handle::from_be_bytes(key.last_chunk().copied()?);
    Some((log_of_row(value)?, handle))
}

/// The log that a row of logs names.
pub(super) fn log_of_row(value: &[u8]) -> Option<LogKey> {
    let (identity, device, log): (Bytes<32>, Bytes<32>, LogNumber) =
        decode_trusted(value, value.len()).ok()?;
    Some(LogKey {
        identity: Identity::from_bytes(identity.0),
        device: DeviceId::from_bytes(device.0),
        log: LogNumber::new(log.number())?,
    })
}

/// Gives the rows below `prefix` to `take`: those that wait, and of those that are in the database ascending up to one
/// that can't be read, then descending down to it.
fn readable(
    left: &Left,
    prefix: &[u8],
    take: &mut dyn FnMut(Pair) -> io::Result<()>,
) -> io::Result<()> {
    left.waiting(prefix).try_for_each(&mut *take)?;
    let engine = &left.engine;
    let end = end_of_prefix(prefix);
    let mut reached: Option<Vec<u8>> = None;
    let mut is_whole = true;
    for row in engine.rows(prefix, end.as_deref()) {
        match row {
            // A tree whose parts are mixed up may lead in circles.
            Ok((key, _)) if reached.as_ref().is_some_and(|reached| *reached >= key) => {
                is_whole = false;
                break;
            }
            Ok(row) => {
                reached = Some(row.0.clone());
                left.give(row, take)?;
            }
            Err(error) => {
                tracing::warn!(%error, "a row can't be read");
                is_whole = false;
                break;
            }
        }
    }
    if is_whole {
        return Ok(());
    }
    let mut above: Option<Vec<u8>> = None;
    for row in engine.rows(prefix, end.as_deref()).rev() {
        match row {
            Ok((key, _)) if reached.as_ref().is_some_and(|reached| *reached >= key) => break,
            Ok((key, _)) if above.as_ref().is_some_and(|above| *above <= key) => break,
            Ok(row) => {
                above = Some(row.0.clone());
                left.give(row, take)?;
            }
            Err(_) => break,
        }
    }
    Ok(())
}

fn runs_of(left: &Left, (log, handle): (LogKey, Handle), first: u64, run: &KeptRun) -> Vec<Item> {
    runs(run, log, first, |entry, item| match &item.body {
        KeptBody::Inline(body) => Some((Some(body.clone()), None)),
        KeptBody::Apart { .. } => {
            let body = pieces(left, handle, &entry.place())?;
            body_matches(entry.header(), &body).then_some((Some(body), None))
        }
        KeptBody::Gone { .. } => {
            let delete = left.value(&key(namespace::TOMBSTONES, handle, entry.place().seq));
            Some((None, Some(delete?)))
        }
    })
}

/// A body, or none and the delete that stands for it.
type FoundBody = (Option<Vec<u8>>, Option<Vec<u8>>);

/// The entries of a row as runs: one, unless `body_of` finds nothing for an entry among them.
pub(super) fn runs(
    run: &KeptRun,
    log: LogKey,
    first: u64,
    mut body_of: impl FnMut(&Entry, &KeptItem) -> Option<FoundBody>,
) -> Vec<Item> {
    let (mut items, mut links, mut deletes) = (Vec::new(), Vec::new(), Vec::new());
    let mut flush = |links: &mut Vec<Link>, deletes: &mut Vec<Vec<u8>>| {
        let run = Run::of_links(links).map(|run| run.to_bytes());
        items.extend(run.map(|run| Item::Run(run, std::mem::take(deletes))));
        links.clear();
    };
    for (entry, item) in run.entries(log, first) {
        match body_of(&entry, item) {
            Some((body, delete)) => {
                deletes.extend(delete.filter(|delete| !deletes.contains(delete)));
                links.push(Link { entry, body });
            }
            None => flush(&mut links, &mut deletes),
        }
    }
    flush(&mut links, &mut deletes);
    items
}

fn pieces(left: &Left, handle: Handle, place: &Place) -> Option<Vec<u8>> {
    let prefix = key(namespace::BODIES, handle, place.seq);
    let rows = left.engine.rows(&prefix, end_of_prefix(&prefix).as_deref());
    let mut pieces: BTreeMap<Vec<u8>, Vec<u8>> = left.waiting(&prefix).collect();
    for row in rows.take(PIECES_MAX) {
        let (key, piece) = row.ok()?;
        pieces.entry(key).or_insert(piece);
    }
    Some(pieces.into_values().flatten().collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn items_travel_and_an_early_end_is_noticed() {
        let items = [
            Item::Statement(vec![1]),
            Item::Run(vec![2; 400], vec![vec![3], vec![]]),
            Item::Fork(vec![]),
            Item::Contact(vec![10, 0], vec![4]),
        ];
        let mut pipe = Vec::new();
        items.iter().for_each(|item| item.write(&mut pipe).unwrap());
        let cut_short = pipe.len();
        write_end(&mut pipe).unwrap();
        let mut read = pipe.as_slice();
        for item in items {
            assert_eq!(read_item(&mut read).unwrap(), Some(item));
        }
        assert_eq!(read_item(&mut read).unwrap(), None);
        let mut read = &pipe[..cut_short];
        while let Ok(item) = read_item(&mut read) {
            assert!(item.is_some());
        }
        assert!(read.is_empty());
        assert!(read_item(&mut &[255; 9][..]).is_err());
    }
}
