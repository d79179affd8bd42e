//! A home's first start, and its store under a mixture of everything.

use hearth_keys::Phrase;
use hearth_protocol::content::{Content, Post};
use hearth_protocol::entry::{LogKey, Place};
use hearth_protocol::log::LogState;
use tokio::task::JoinSet;

use super::*;
use crate::home::Home;
use crate::keyring;
use crate::node;
use crate::store::logs::{Draft, Logs, Stored};
use crate::store::{Store, StoreError};

const WRITERS: u64 = 4;
const POSTS: u64 = 40;

pub(in super::super) fn post(text: String) -> Draft {
    Draft::public(
        1_000,
        Content::Post(Post {
            text,
            ..Post::default()
        }),
    )
}

/// What is said of an entry once it is acknowledged.
pub(in super::super) fn said(log: &LogKey, seq: u64, id: &str) -> String {
    format!(
        "{} {} {} {seq} {id}",
        log.identity,
        log.device,
        log.log.number()
    )
}

/// The child's work; does nothing in an ordinary test run.
#[test]
fn child_that_lives() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else {
        return;
    };
    let home = Home::open(Path::new(&dir).join("deep/home")).unwrap();
    let (kept, phrase) = node::account(&home, Some("Alice"), None).unwrap();
    assert!(phrase.is_some());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (store, thread) = node::open_store(&home, &kept).await.unwrap();
        keyring::told(&home).unwrap();
        acknowledge(&format!("identity {}", kept.account.identity));
        let transport = keyring::transport_key(&home).unwrap();
        acknowledge(&format!(
            "transport {}",
            blake3::hash(&transport[..]).to_hex()
        ));
        let bob = somebody_else().await;
        let mut tasks = JoinSet::new();
        for writer in 0..WRITERS {
            tasks.spawn(write(store.clone(), kept.account.identity, writer));
        }
        tasks.spawn(take_in(store.clone(), bob));
        tasks.join_all().await;
        store.write(|logs| logs.reindex()).await.unwrap();
        store.compact().await.unwrap();
        write(store.clone(), kept.account.identity, 99).await;
        drop(store);
        thread.join();
        let (store, thread) = node::open_store(&home, &kept).await.unwrap();
        write(store.clone(), kept.account.identity, 100).await;
        drop(store);
        thread.join();
    });
}

async fn write(store: Store, identity: hearth_keys::Identity, writer: u64) {
    for number in 0..POSTS {
        let text = format!(
            "{writer} {number} {}",
            "x".repeat(usize::try_from(number * 97 % 2500).unwrap())
        );
        let written = store.write(move |logs| {
            logs.append(
                &identity,
                number % 5 > 0,
                vec![post(text)],
                2_000,
                &mut crate::rng::system(),
            )
        });
        for entry in written.await.unwrap().0 {
            acknowledge(&said(
                &entry.place.log,
                entry.place.seq,
                &entry.id.to_string(),
            ));
        }
    }
}

/// Another's statements and runs.
type Other = (
    hearth_protocol::root::StatementSet,
    Vec<hearth_protocol::run::Run>,
);

/// What Bob wrote, on a disk that isn't recorded.
async fn somebody_else() -> Other {
    let scratch = tempfile::tempdir().unwrap();
    let home = Home::open(scratch.path()).unwrap();
    let phrase = Phrase::generate(&mut crate::rng::system());
    let (kept, _) = node::account(&home, Some("Bob"), Some(&phrase)).unwrap();
    let (store, thread) = node::open_store(&home, &kept).await.unwrap();
    let identity = kept.account.identity;
    let other = store.write(move |logs| {
        let mut runs = Vec::new();
        for number in 0..30 {
            let drafts: Vec<Draft> = (0..10)
                .map(|part| post(format!("Bob {number} {part}")))
                .collect();
            let stored = logs
                .append(&identity, true, drafts, 3_000, &mut crate::rng::system())?
                .1;
            runs.extend(stored.into_iter().filter_map(|stored| Some(stored.push?.0)));
        }
        Ok((logs.statements(&identity), runs))
    });
    let other = other.await.unwrap();
    drop(store);
    thread.join();
    other
}

async fn take_in(store: Store, (statements, runs): Other) {
    store
        .write(move |logs| logs.keep_statements(&statements).map(drop))
        .await
        .unwrap();
    // The newest first, as a follower gets them.
    for run in runs.into_iter().rev() {
        let (log, last) = (run.log, run.last_seq());
        let stored: Stored = store
            .write(move |logs| logs.ingest(run, &[], 4_000))
            .await
            .unwrap();
        let head = stored
            .state
            .ranges()
            .iter()
            .find(|range| range.lo <= last && last <= range.hi)
            .unwrap();
        acknowledge(&said(&log, head.hi, &head.head.to_string()));
    }
}

/// Everything acknowledged is there, and what is there holds.
fn check_home(disk: &Path, acknowledged: &[&str]) -> Result<(), String> {
    let dir = disk.join("deep/home");
    let home = Home::open(&dir).map_err(|error| error.to_string())?;
    let was_told = acknowledged
        .iter()
        .find_map(|said| said.strip_prefix("identity "));
    let (kept, phrase) =
        node::account(&home, Some("Alice"), None).map_err(|error| error.to_string())?;
    let is_same = |identity| phrase.is_none() && kept.account.identity.to_string() == identity;
    if was_told.is_some_and(|identity| !is_same(identity)) {
        return Err("the identity is gone".into());
    }
    for said in acknowledged
        .iter()
        .filter_map(|said| said.strip_prefix("transport "))
    {
        let key = keyring::transport_key(&home).map_err(|error| error.to_string())?;
        if blake3::hash(&key[..]).to_hex().as_str() != said {
            return Err("the transport key is another one".into());
        }
    }
    let mut logs = Logs::open(&home.store_dir(), vec![kept.account.clone()])
        .map_err(|error| error.to_string())?;
    check_logs(&logs, acknowledged)?;
    // It goes on, behind all that was acknowledged.
    crate::genesis::ensure(&mut logs, &kept, 5_000).map_err(|error| error.to_string())?;
    let more = logs.append(
        &kept.account.identity,
        true,
        vec![post("more".into())],
        5_000,
        &mut crate::rng::system(),
    );
    more.map_err(|error| error.to_string())?;
    logs.commit().map_err(|error| error.to_string())?;
    check_logs(&logs, acknowledged)
}

pub(in super::super) fn check_logs(logs: &Logs, acknowledged: &[&str]) -> Result<(), String> {
    let held: Vec<(LogKey, LogState)> = logs
        .logs()
        .map(|(log, state)| (*log, state.clone()))
        .collect();
    let mut there = std::collections::BTreeSet::new();
    for (log, state) in &held {
        for range in state.ranges() {
            for seq in range.lo..=range.hi {
                let link = logs
                    .link(&Place { log: *log, seq })
                    .map_err(|error: StoreError| error.to_string())?;
                let link = link.ok_or("an entry isn't there")?;
                let body = link.body.ok_or("a body isn't there")?;
                if !hearth_protocol::entry::body_matches(link.entry.header(), &body) {
                    return Err("a body is another one".into());
                }
                there.insert(said(log, seq, &link.entry.id().to_string()));
            }
        }
    }
    for said in acknowledged {
        if !said.starts_with("identity ")
            && !said.starts_with("transport ")
            && !there.contains(*said)
        {
            return Err(format!("{said} is lost"));
        }
    }
    Ok(())
}

#[test]
fn no_entry_and_no_key_that_was_acknowledged_is_lost() {
    let events = record("child_that_lives", &[]);
    let seen = end_power_often(&events, (rounds(ROUNDS_DEFAULT), true), check_home);
    assert!(seen.lost.is_empty(), "of {}: {:#?}", seen.disks, seen.lost);
}

/// The first start alone, which makes folders and keys: more disks of fewer events.
#[test]
fn a_first_start_may_end_at_any_moment() {
    let mut events = record("child_that_lives", &[]);
    let told = events.iter().position(
        |event| matches!(event, Event::Acknowledged(said) if said.starts_with("transport")),
    );
    events.truncate(told.unwrap() + 12);
    let seen = end_power_often(&events, (rounds(ROUNDS_DEFAULT), true), check_home);
    assert!(seen.lost.is_empty(), "of {}: {:#?}", seen.disks, seen.lost);
}
