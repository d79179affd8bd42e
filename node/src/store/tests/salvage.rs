//! Stores damaged at random: nothing wrong is ever served, and what can be read is salvaged.
//!
//! `HEARTH_FAULT_ROUNDS` is how many damages are tried (220 unless set), `HEARTH_FAULT_SEED` repeats a run.

use std::collections::BTreeMap;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use hearth_keys::Phrase;
use hearth_protocol::content::{Content, Follow, FollowState, Post};
use hearth_protocol::entry::{EntryId, LogKey, Place};
use hearth_protocol::log::LogState;

use super::super::carve::carve;
use super::super::contacts::KnownPeer;
use super::super::logs::{Draft, Logs};
use super::super::salvage::{Item, salvage};
use super::power::{Chance, rounds, seed};
use super::*;
use crate::genesis;
use crate::home::Home;
use crate::keyring::KeptAccount;
use crate::node;

const ROUNDS_DEFAULT: usize = 220;
/// Of these, those that aren't in the database yet.
const POSTS_WAITING: u64 = 5;
const POSTS: u64 = 60;
const SECONDS_MAX: Duration = Duration::from_secs(60);
const PAGE_BYTES: u64 = 4096;

/// Entries by where they lie.
type Entries = BTreeMap<(LogKey, u64), EntryId>;

struct Pristine {
    scratch: tempfile::TempDir,
    kept: KeptAccount,
    rows: Vec<(Vec<u8>, Vec<u8>)>,
    entries: Entries,
    /// A copy of the database from before its last third was written.
    older: PathBuf,
}

fn kept(dir: &Path, name: &str) -> KeptAccount {
    let home = Home::open(dir).unwrap();
    let phrase = Phrase::generate(&mut crate::rng::system());
    node::account(&home, Some(name), Some(&phrase)).unwrap().0
}

fn rows_of(logs: &Logs) -> Vec<(Vec<u8>, Vec<u8>)> {
    logs.db
        .range(&[], &[u8::MAX; 9])
        .map(Result::unwrap)
        .collect()
}

/// Every entry held, each of them authentic and with its body.
fn entries_of(logs: &Logs) -> Entries {
    let held: Vec<(LogKey, LogState)> = logs
        .logs()
        .map(|(log, state)| (*log, state.clone()))
        .collect();
    let mut entries = Entries::new();
    for (log, state) in held {
        for range in state.ranges() {
            for seq in range.lo..=range.hi {
                let link = logs.link(&Place { log, seq }).unwrap().unwrap();
                link.entry.verify().unwrap();
                assert!(
                    link.body
                        .is_none_or(|body| hearth_protocol::entry::body_matches(
                            link.entry.header(),
                            &body
                        ))
                );
                entries.insert((log, seq), link.entry.id());
            }
        }
    }
    entries
}

fn post(logs: &mut Logs, kept: &KeptAccount, number: u64) {
    let text = format!(
        "{number} {}",
        "y".repeat(usize::try_from(number * 61 % 2400).unwrap())
    );
    let draft = Draft::public(
        number,
        Content::Post(Post {
            text,
            ..Post::default()
        }),
    );
    logs.append(
        &kept.account.identity,
        true,
        vec![draft],
        9_000,
        &mut crate::rng::system(),
    )
    .unwrap();
    logs.commit().unwrap();
}

/// Alice's store: own posts, whom she follows, what Bob wrote, and where he is.
fn pristine() -> Pristine {
    let scratch = tempfile::tempdir().unwrap();
    let (alice, bob) = (
        kept(&scratch.path().join("alice"), "Alice"),
        kept(&scratch.path().join("bob"), "Bob"),
    );
    let mut at_bob =
        Logs::open(&scratch.path().join("bob/store"), vec![bob.account.clone()]).unwrap();
    genesis::ensure(&mut at_bob, &bob, 1).unwrap();
    let store = scratch.path().join("store");
    let mut logs = Logs::open(&store, vec![alice.account.clone()]).unwrap();
    genesis::ensure(&mut logs, &alice, 1).unwrap();
    let follow = Content::Follow(Follow {
        identity: bob.account.identity,
        state: FollowState::InPrivate,
    });
    logs.append(
        &alice.account.identity,
        false,
        vec![Draft::private(1, follow)],
        1,
        &mut crate::rng::system(),
    )
    .unwrap();
    logs.keep_statements(&at_bob.statements(&bob.account.identity))
        .unwrap();
    logs.remember_peer(&KnownPeer {
        peer: vec![7; 38],
        addresses: vec!["/ip4/192.0.2.7/tcp/4747".into()],
        seen_ms: 1,
    })
    .unwrap();
    let older = scratch.path().join("older");
    for number in 0..POSTS {
        post(&mut logs, &alice, number);
        post(&mut at_bob, &bob, number);
        if number % 4 == 0 {
            // What waits in the write-ahead file goes into the database.
            drop(logs);
            logs = Logs::open(&store, vec![alice.account.clone()]).unwrap();
        }
        if number == POSTS / 3 * 2 {
            copy(&database(&store), &older);
        }
    }
    let held: Vec<(LogKey, u64)> = at_bob
        .logs()
        .filter_map(|(log, state)| Some((*log, state.top()?.hi)))
        .collect();
    for (log, hi) in held.into_iter().filter(|(log, _)| log.log.is_social()) {
        let mut hi = Some(hi);
        while let Some(at) = hi {
            let (run, deletes) = at_bob.serve(&log, 0, at).unwrap().unwrap();
            hi = run.first_seq.checked_sub(1);
            logs.ingest(run, &deletes, 9_000).unwrap();
        }
    }
    logs.commit().unwrap();
    drop(logs);
    // Opened once more, so that there is a snapshot; and killed after some posts, which lie in the write-ahead file.
    let mut logs = Logs::open(&store, vec![alice.account.clone()]).unwrap();
    (POSTS..POSTS + POSTS_WAITING).for_each(|number| post(&mut logs, &alice, number));
    let (rows, entries) = (rows_of(&logs), entries_of(&logs));
    let killed = scratch.path().join("killed");
    copy(&store, &killed);
    drop(logs);
    fs::remove_dir_all(&store).unwrap();
    fs::rename(killed, &store).unwrap();
    Pristine {
        scratch,
        kept: alice,
        rows,
        entries,
        older,
    }
}

/// Does something to the files of `store`, and says what.
fn damage(store: &Path, pristine: &Pristine, chance: &mut Chance) -> String {
    let database = database(store);
    let mut files: Vec<PathBuf> = fs::read_dir(&database)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.retain(|file| file.is_file());
    files.sort();
    if chance.below(8) == 0 {
        return damage_ahead(store, chance);
    }
    let log = database.join("db");
    // The log is what is large; the others are hit now and then.
    let file = if chance.below(4) == 0 {
        files[chance.below(files.len())].clone()
    } else {
        log.clone()
    };
    let length = fs::metadata(&file).unwrap().len();
    let opened = fs::File::options()
        .read(true)
        .write(true)
        .open(&file)
        .unwrap();
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    let any_page = |chance: &mut Chance| chance.next() % (length / PAGE_BYTES).max(1) * PAGE_BYTES;
    match chance.below(7) {
        0..=2 => {
            let mut touched = Vec::new();
            for _ in 0..=chance.below(3) {
                let at = chance.next() % length.max(1);
                let mut byte = [0];
                if opened.read_exact_at(&mut byte, at).is_ok() {
                    opened
                        .write_all_at(&[byte[0] ^ (1 << chance.below(8))], at)
                        .unwrap();
                    touched.push(at);
                }
            }
            format!("bits of {name} at {touched:?}")
        }
        3 => {
            let at = any_page(chance);
            let bytes = usize::try_from(PAGE_BYTES.min(length - at)).unwrap();
            opened.write_all_at(&vec![0; bytes], at).unwrap();
            format!("{name} zeroed at {at}")
        }
        4 => {
            let kept = chance.next() % length.max(1);
            opened.set_len(kept).unwrap();
            format!("{name} cut at {kept} of {length}")
        }
        5 => {
            let (a, b) = (any_page(chance), any_page(chance));
            let (mut page_a, mut page_b) = (vec![0; 4096], vec![0; 4096]);
            if opened.read_exact_at(&mut page_a, a).is_ok()
                && opened.read_exact_at(&mut page_b, b).is_ok()
            {
                opened.write_all_at(&page_b, a).unwrap();
                opened.write_all_at(&page_a, b).unwrap();
            }
            format!("{name}: pages at {a} and {b} swapped")
        }
        _ if chance.below(2) == 0 => {
            fs::remove_file(&file).unwrap();
            format!("{name} removed")
        }
        _ => {
            let older = pristine.older.join(&name);
            if older.is_file() {
                fs::copy(older, &file).unwrap();
            }
            format!("an older {name}")
        }
    }
}

/// Changes a byte of what waits for the database.
fn damage_ahead(store: &Path, chance: &mut Chance) -> String {
    let path = store.join("AHEAD");
    let mut bytes = fs::read(&path).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    let at = chance.below(used);
    bytes[at] ^= 1 << chance.below(8);
    fs::write(&path, bytes).unwrap();
    format!("a bit of AHEAD at {at}")
}

#[derive(Debug, Default)]
struct Tried {
    harmless: usize,
    refused: usize,
    unreadable: usize,
    entries: usize,
}

fn try_one(pristine: &Pristine, chance: &mut Chance, tried: &mut Tried) {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    copy(&pristine.scratch.path().join("store"), &store);
    let what = damage(&store, pristine, chance);
    let log = database(&store).join("db");
    let before = fs::read(&log).ok();
    let begin = Instant::now();
    match Logs::open(&store, vec![pristine.kept.account.clone()]) {
        Ok(logs) => {
            assert!(
                rows_of(&logs) == pristine.rows,
                "{what}: rows are lost or altered, and served"
            );
            tried.harmless += 1;
        }
        Err(error) => {
            assert!(error.is_damage(), "{what}: {error}");
            tried.refused += 1;
            // sled wipes out what it takes for a torn end; as it was found, it is still there.
            let kept = log.parent().unwrap().with_extension("before").join("db");
            assert!(fs::read(kept).ok() == before, "{what}: no copy is kept");
            let found = salvaged(&store);
            let brought = taken(pristine, found, &what);
            tried.entries += brought;
            tried.unreadable += usize::from(brought == 0);
        }
    }
    assert!(
        begin.elapsed() < SECONDS_MAX,
        "{what}: {:?}",
        begin.elapsed()
    );
}

fn salvaged(store: &Path) -> Vec<Item> {
    let mut items = Vec::new();
    salvage(store, &mut |item| {
        items.push(item);
        Ok(())
    })
    .unwrap();
    items
}

/// Takes items into a fresh store; everything there is authentic and was in the pristine one.
fn taken(pristine: &Pristine, items: Vec<Item>, what: &str) -> usize {
    let dir = tempfile::tempdir().unwrap();
    let account = pristine.kept.account.clone();
    let mut fresh = Logs::open(dir.path(), vec![account.clone()]).unwrap();
    for item in items {
        fresh.take_salvaged(item, 9_000).unwrap();
    }
    fresh.commit().unwrap();
    let brought = entries_of(&fresh);
    for (place, id) in &brought {
        assert_eq!(pristine.entries.get(place), Some(id), "{what}");
    }
    // What is written from now on contradicts nothing that was there.
    fresh.begin_anew(&account).unwrap();
    genesis::ensure(
        &mut fresh,
        &KeptAccount {
            account,
            ..pristine.kept.clone()
        },
        9_000,
    )
    .unwrap();
    post(&mut fresh, &pristine.kept, 0);
    for (place, id) in entries_of(&fresh) {
        assert!(
            brought.contains_key(&place) || !pristine.entries.contains_key(&place),
            "{what}: {id} is a fork"
        );
    }
    brought.len()
}

#[test]
fn random_damage_is_noticed_and_what_is_left_is_salvaged() {
    let mut pristine = pristine();
    pristine.kept.account.is_new = false;
    let mut chance = Chance(seed());
    let (rounds, mut tried) = (rounds(ROUNDS_DEFAULT), Tried::default());
    for _ in 0..rounds {
        try_one(&pristine, &mut chance, &mut tried);
    }
    eprintln!("{tried:?}, of {} entries each", pristine.entries.len());
    assert_eq!(tried.harmless + tried.refused, rounds);
    if rounds >= ROUNDS_DEFAULT {
        assert!(
            tried.refused * 4 > rounds && tried.harmless * 8 > rounds,
            "{tried:?}"
        );
        // Damaged stores give much of what was in them, on average.
        assert!(
            tried.entries * 5 > tried.refused * pristine.entries.len() * 2,
            "{tried:?}"
        );
    }
}

/// Nothing is damaged: everything comes over, and the device goes on in logs of its own.
#[test]
fn a_whole_store_is_salvaged_whole() {
    let mut pristine = pristine();
    pristine.kept.account.is_new = false;
    let items = salvaged(&pristine.scratch.path().join("store"));
    assert!(items.iter().any(|item| matches!(item, Item::Contact(..))));
    assert_eq!(taken(&pristine, items, "nothing"), pristine.entries.len());
}

/// The index isn't looked at: rows are found in the file alone.
#[test]
fn a_database_is_searched_without_its_index() {
    let mut pristine = pristine();
    pristine.kept.account.is_new = false;
    let mut items = Vec::new();
    let database = database(&pristine.scratch.path().join("store"));
    carve(&database, &mut |item| {
        items.push(item);
        Ok(())
    })
    .unwrap();
    let count = taken(&pristine, items, "nothing");
    eprintln!("{count} of {}", pristine.entries.len());
    let waiting = usize::try_from(POSTS_WAITING).unwrap();
    assert_eq!(count, pristine.entries.len() - waiting);
}
