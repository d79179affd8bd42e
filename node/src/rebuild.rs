//! A damaged store is set aside and begun anew, without anybody who types.
//!
//! What can be read of it comes over, checked like anything a stranger sends; what can't comes back from friends. The fresh
//! store is made beside the damaged one and takes its place only once it is whole:
//!
//! ```text
//! store/            the damaged one           → store-damaged-1/, kept as it is
//! store-new/        while it is being filled  → store/
//! store/DAMAGED     damage was noticed while the node ran: look closely at the next start
//! store/REBUILT     when this was done, and what came of it
//! ```
//!
//! A power cut in between leaves one of three: the damaged store (begin again), no `store` but a whole `store-new`
//! (rename it), or the fresh store. The reading is done by a process of its own, as sled may hang, abort or eat memory on
//! such files.

use std::fs;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use hearth_protocol::content::{Content, Follow};
use hearth_protocol::root::StatementSet;
use serde::{Deserialize, Serialize};

use crate::genesis;
use crate::home::{Home, HomeError, make_private_folder, sync_folder, write_private};
use crate::keyring::KeptAccount;
use crate::memo::{self, Memo};
use crate::replication::unix_ms;
use crate::rng;
use crate::store::StoreError;
use crate::store::contacts::KnownPeer;
use crate::store::logs::{Draft, Logs};
use crate::store::salvage::{self, Item};

/// The hidden verb of the process that reads.
pub(crate) const SALVAGE_VERB: &str = "salvage-store";
const DAMAGED_FILE: &str = "DAMAGED";
const REBUILT_FILE: &str = "REBUILT";
const ASIDE_PREFIX: &str = "store-damaged-";
/// Damaged stores that are kept.
const ASIDE_MAX: usize = 2;
/// A reader that says nothing for so long hangs.
const SILENCE_MAX: Duration = Duration::from_secs(60);
/// Items that may wait to be taken.
const ITEMS_MAX: usize = 256;
/// Items between two times of making them durable.
const ITEMS_PER_COMMIT: u64 = 256;

/// What came of a rebuilding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rebuilt {
    /// When, ms since 1970.
    pub(crate) time_ms: u64,
    /// What was found to be wrong.
    pub(crate) damage: String,
    /// The folder in the home where the damaged store lies.
    pub(crate) aside: String,
    /// Entries that could be read and hold.
    pub(crate) entries: u64,
    /// Whether everything readable was read: else the reading itself was cut short.
    pub(crate) is_whole: bool,
}

/// Why a damaged store wasn't rebuilt; it lies where it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RebuildError {
    /// The fresh store.
    #[error("the store is damaged, and a fresh one can't be made: {0}")]
    Store(#[from] StoreError),
    /// The home.
    #[error("the store is damaged, and a fresh one can't be made")]
    Home(#[from] HomeError),
    /// The files.
    #[error("the store is damaged, and can't be set aside")]
    Files(#[source] io::Error),
}

fn fresh_dir(home: &Home) -> PathBuf {
    home.dir().join("store-new")
}

/// Notes that damage was noticed while the node ran.
pub(crate) fn note_damage(home: &Home, damage: &str) {
    let path = home.store_dir().join(DAMAGED_FILE);
    if let Err(error) = write_private(&path, damage.as_bytes()) {
        tracing::warn!(%error, "the damage was not noted");
    }
}

/// When the store was rebuilt last, if ever.
pub(crate) fn rebuilt(home: &Home) -> Option<Rebuilt> {
    let text = fs::read(home.store_dir().join(REBUILT_FILE)).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Finishes a rebuilding that was cut short, or removes what it left. To be called with the home locked, before anything
/// else looks for a store.
///
/// # Errors
/// [`RebuildError`]
pub(crate) fn finish(home: &Home) -> Result<(), RebuildError> {
    let fresh = fresh_dir(home);
    if fresh.is_dir() {
        if !home.store_dir().exists() && fresh.join(REBUILT_FILE).exists() {
            put_in_place(home)?;
        } else {
            fs::remove_dir_all(&fresh).map_err(RebuildError::Files)?;
        }
    }
    // The last one may have ended before it came to that; what stays for once is no reason not to start.
    let forgotten = forget_asides(home);
    let _ = forgotten.inspect_err(|error| tracing::warn!(%error, "older damaged stores stay"));
    Ok(())
}

/// Before the store is opened: looks closely where damage was noticed. Blocks. To be called with the home locked and no
/// store open.
///
/// # Errors
/// [`RebuildError`] when a damaged store couldn't be rebuilt. Other things that ail a store are left to its opening.
pub(crate) fn prepare(home: &Home, kept: &KeptAccount) -> Result<(), RebuildError> {
    finish(home)?;
    let store = home.store_dir();
    let marker = store.join(DAMAGED_FILE);
    if !marker.exists() {
        return Ok(());
    }
    match examine(&store, kept) {
        Err(error) if error.is_damage() => rebuild(home, kept, &error),
        Ok(()) => {
            tracing::info!("damage was noticed, but every entry of the store checks out");
            fs::remove_file(marker).map_err(RebuildError::Files)
        }
        _ => Ok(()),
    }
}

fn what_is_wrong(error: &StoreError) -> String {
    match error {
        StoreError::Db(crate::store::DbError::Damaged { what }) => what.clone(),
        other => other.to_string(),
    }
}

/// Looks at every row and every entry.
fn examine(store: &Path, kept: &KeptAccount) -> Result<(), StoreError> {
    let logs = Logs::open(store, vec![kept.account.clone()])?;
    logs.verify_rows()?;
    logs.check_entries()?;
    Memo::of(&logs)?;
    logs.followers(&kept.account.identity).map(drop)
}

/// Puts a fresh store with what can be read in place of the damaged one. Blocks. To be called with the home locked and no
/// store open.
///
/// # Errors
/// [`RebuildError`]: the damaged store lies where it was, or will at the next start.
pub(crate) fn rebuild(
    home: &Home,
    kept: &KeptAccount,
    error: &StoreError,
) -> Result<(), RebuildError> {
    let damage = what_is_wrong(error);
    let aside = next_aside(home).map_err(RebuildError::Files)?;
    tracing::error!(
        %damage,
        aside = %aside.display(),
        "the store is damaged: it is being set aside, and what can be read of it brought over; the rest comes back from friends"
    );
    let filled = fill(home, kept).and_then(|(entries, is_whole)| {
        let rebuilt = Rebuilt {
            time_ms: unix_ms(),
            damage,
            aside: name_of(&aside),
            entries,
            is_whole,
        };
        let text = serde_json::to_vec(&rebuilt).expect("text and numbers are JSON");
        write_private(&fresh_dir(home).join(REBUILT_FILE), &text)?;
        Ok(entries)
    });
    let entries = match filled {
        Ok(entries) => entries,
        Err(error) => {
            // A disk that is full shouldn't stay so.
            let _ = fs::remove_dir_all(fresh_dir(home));
            return Err(error);
        }
    };
    fs::rename(home.store_dir(), &aside).map_err(RebuildError::Files)?;
    sync_folder(home.dir())?;
    put_in_place(home)?;
    tracing::warn!(entries, "the store was rebuilt");
    forget_asides(home).map_err(RebuildError::Files)
}

fn put_in_place(home: &Home) -> Result<(), RebuildError> {
    fs::rename(fresh_dir(home), home.store_dir()).map_err(RebuildError::Files)?;
    Ok(sync_folder(home.dir())?)
}

/// Fills the fresh store; returns how many entries came over, and whether the reading came to its end.
fn fill(home: &Home, kept: &KeptAccount) -> Result<(u64, bool), RebuildError> {
    let fresh = fresh_dir(home);
    make_private_folder(&fresh)?;
    let mut account = kept.account.clone();
    account.is_new = false;
    let mut logs = Logs::open(&fresh, vec![account.clone()])?;
    // The key file vouches for it, whatever the damaged store can still say.
    let mut own = StatementSet::new(account.identity);
    if own.insert(account.certificate.clone()).is_ok() {
        logs.keep_statements(&own)?;
    }
    let mut entries = 0;
    let is_whole = salvaged(home, |number, item| {
        entries += logs.take_salvaged(item, unix_ms())?;
        if number % ITEMS_PER_COMMIT == 0 {
            logs.commit()?;
        }
        Ok(())
    })?;
    logs.begin_anew(&account)?;
    let kept = KeptAccount {
        account,
        ..kept.clone()
    };
    genesis::ensure_for(home, &mut logs, &kept, unix_ms())?;
    remember(&mut logs, &kept, &memo::read(home))?;
    logs.commit()?;
    Ok((entries, is_whole))
}

/// Brings over from the memo what the salvage didn't find. Whom the account follows is written anew where no entry that
/// was found says anything of them; where one does, it counts.
fn remember(logs: &mut Logs, kept: &KeptAccount, memo: &Memo) -> Result<(), StoreError> {
    let known = logs.known_peers()?;
    for (peer, addresses) in &memo.peers {
        if known.iter().all(|known| known.peer != *peer) {
            logs.remember_peer(&KnownPeer {
                peer: peer.clone(),
                addresses: addresses.clone(),
                seen_ms: 0,
            })?;
        }
    }
    let routes = logs.routes()?;
    for route in memo.routes.iter().filter(|route| !routes.contains(route)) {
        logs.remember_route(route, unix_ms())?;
    }
    let identity = kept.account.identity;
    let said = logs.follows(&identity)?;
    let unsaid = memo.follows.iter().filter(|(account, followed, _)| {
        *account == identity && *followed != identity && !said.contains_key(followed)
    });
    let drafts: Vec<Draft> = unsaid
        .map(|(_, followed, state)| Follow {
            identity: *followed,
            state: *state,
        })
        .map(|follow| Draft::private(unix_ms(), Content::Follow(follow)))
        .collect();
    // While a restore is under way the key may be missing, and whom one follows comes back with it.
    if !drafts.is_empty() && logs.private_key(&identity).is_ok() {
        logs.append(&identity, false, drafts, unix_ms(), &mut rng::system())?;
    }
    Ok(())
}

/// Gives what a process of its own reads of the damaged store to `take`, numbered; says whether it came to its end.
fn salvaged(
    home: &Home,
    mut take: impl FnMut(u64, Item) -> Result<(), StoreError>,
) -> Result<bool, RebuildError> {
    let mut reader = start_reader(home).map_err(RebuildError::Files)?;
    let items = items_of(&mut reader);
    let (mut number, mut is_whole) = (0, false);
    let outcome = loop {
        match items.recv_timeout(SILENCE_MAX) {
            Ok(Some(item)) => {
                number += 1;
                if let Err(error) = take(number, item) {
                    break Err(error.into());
                }
            }
            Ok(None) => {
                is_whole = true;
                break Ok(());
            }
            // It ended early, or hangs.
            Err(_) => break Ok(()),
        }
    };
    let _ = reader.kill();
    let _ = reader.wait();
    outcome.map(|()| is_whole)
}

fn start_reader(home: &Home) -> io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .arg(SALVAGE_VERB)
        .arg("--home")
        .arg(home.dir())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

/// What the reader writes, up to where it makes sense; the channel closes there.
fn items_of(reader: &mut Child) -> mpsc::Receiver<Option<Item>> {
    let (sender, items) = mpsc::sync_channel(ITEMS_MAX);
    if let Some(stdout) = reader.stdout.take() {
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Ok(item) = salvage::read_item(&mut stdout) {
                let is_end = item.is_none();
                if sender.send(item).is_err() || is_end {
                    return;
                }
            }
        });
    }
    items
}

/// The reader's work: writes what can be read of the store in `home` to `out`.
///
/// # Errors
/// Nobody listens, or the folder can't be listed.
pub(crate) fn write_salvage(home: &Home, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    salvage::salvage(&home.store_dir(), &mut |item| item.write(&mut out))?;
    salvage::write_end(&mut out)
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The damaged stores in `home` by number, ascending.
fn asides(home: &Home) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut asides = Vec::new();
    for entry in fs::read_dir(home.dir())? {
        let path = entry?.path();
        let number = name_of(&path)
            .strip_prefix(ASIDE_PREFIX)
            .and_then(|number| number.parse().ok());
        asides.extend(number.map(|number| (number, path)));
    }
    asides.sort();
    Ok(asides)
}

fn next_aside(home: &Home) -> io::Result<PathBuf> {
    let last = asides(home)?.last().map_or(0, |(number, _)| *number);
    Ok(home.dir().join(format!("{ASIDE_PREFIX}{}", last + 1)))
}

/// Keeps the newest damaged store and, of those before, the largest: should a disk fail again and again, the first one is
/// where most could still be found.
fn forget_asides(home: &Home) -> io::Result<()> {
    let mut asides = asides(home)?;
    asides.pop();
    asides.sort_by_key(|(_, path)| std::cmp::Reverse(bytes_in(path)));
    for (_, path) in asides.into_iter().skip(ASIDE_MAX - 1) {
        tracing::warn!(path = %path.display(), "an older damaged store is removed");
        fs::remove_dir_all(path)?;
    }
    Ok(())
}

fn bytes_in(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => bytes_in(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn home_with(folders: &[(&str, usize)]) -> (tempfile::TempDir, Home) {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path()).unwrap();
        for (name, bytes) in folders {
            fs::create_dir(scratch.path().join(name)).unwrap();
            fs::write(scratch.path().join(name).join("db"), vec![1; *bytes]).unwrap();
        }
        (scratch, home)
    }

    #[test]
    fn the_newest_and_the_largest_damaged_stores_are_kept() {
        let folders = [
            ("store-damaged-1", 900),
            ("store-damaged-2", 5),
            ("store-damaged-10", 7),
        ];
        let (_scratch, home) = home_with(&folders);
        assert_eq!(name_of(&next_aside(&home).unwrap()), "store-damaged-11");
        finish(&home).unwrap();
        let kept: Vec<u64> = asides(&home)
            .unwrap()
            .into_iter()
            .map(|(number, _)| number)
            .collect();
        assert_eq!(kept, [1, 10]);
    }

    #[test]
    fn a_rebuilding_that_was_cut_short_is_finished_or_begun_again() {
        let phrase = hearth_keys::Phrase::generate(&mut rng::system());
        for is_swapped in [false, true] {
            let scratch = tempfile::tempdir().unwrap();
            let home = Home::open(scratch.path()).unwrap();
            let (kept, _) = crate::node::account(&home, Some("Alice"), Some(&phrase)).unwrap();
            make_private_folder(&home.store_dir()).unwrap();
            let mut logs = Logs::open(&home.store_dir(), vec![kept.account.clone()]).unwrap();
            genesis::ensure(&mut logs, &kept, 1).unwrap();
            logs.commit().unwrap();
            drop(logs);
            if is_swapped {
                fs::write(home.store_dir().join(REBUILT_FILE), "{}").unwrap();
                fs::rename(home.store_dir(), fresh_dir(&home)).unwrap();
            } else {
                make_private_folder(&fresh_dir(&home)).unwrap();
            }
            prepare(&home, &kept).unwrap();
            assert!(!fresh_dir(&home).exists());
            let logs = Logs::open(&home.store_dir(), vec![kept.account.clone()]).unwrap();
            assert_eq!(logs.logs().count(), 2);
            assert_eq!(rebuilt(&home), None);
        }
    }

    #[test]
    fn a_false_alarm_is_forgotten() {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path()).unwrap();
        let phrase = hearth_keys::Phrase::generate(&mut rng::system());
        let (kept, _) = crate::node::account(&home, Some("Alice"), Some(&phrase)).unwrap();
        make_private_folder(&home.store_dir()).unwrap();
        drop(Logs::open(&home.store_dir(), vec![kept.account.clone()]).unwrap());
        note_damage(&home, "a shadow");
        prepare(&home, &kept).unwrap();
        assert!(!home.store_dir().join(DAMAGED_FILE).exists());
        assert!(asides(&home).unwrap().is_empty());
    }
}
