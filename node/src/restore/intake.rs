//! From a pack of logs to what is known: entries into logs, and where objects lie.

use std::collections::BTreeMap;

use hearth_keys::Identity;
use hearth_protocol::entry::LogKey;
use hearth_protocol::object::ObjectId;
use hearth_protocol::pack::{Contents, RecordKind, records};
use hearth_protocol::root::StatementSet;
use hearth_protocol::segment::Segment;

use crate::replication::unix_ms;
use crate::store::logs::{Logs, Stored};
use crate::store::{Store, StoreError};

/// Entries that are made durable together.
const RUNS_AT_ONCE: usize = 64;

/// What a pack of logs brought.
#[derive(Debug, Default)]
pub(super) struct Brought {
    /// What is held now of the logs in it.
    pub(super) stored: Vec<Stored>,
    /// The identity's statements, if any was new.
    pub(super) statements: Option<StatementSet>,
    /// Which objects lie in which pack.
    pub(super) contents: BTreeMap<u64, Vec<ObjectId>>,
}

/// Takes what is in the payload of a pack of logs, the newest first; what doesn't hold is left out.
///
/// # Errors
/// The store can't go on.
pub(super) async fn take(
    store: &Store,
    identity: Identity,
    payload: &[u8],
) -> Result<Brought, StoreError> {
    let mut brought = Brought::default();
    let mut segments = Vec::new();
    for record in records(payload) {
        let Ok(record) = record else {
            tracing::warn!("a pack of logs is broken in the middle: what lies before is taken");
            break;
        };
        if record.verify().is_err() {
            tracing::warn!("a record in a pack of logs isn't what its name says: it is left out");
            continue;
        }
        match record.kind {
            RecordKind::Segment => match Segment::from_bytes(identity, record.bytes) {
                Ok(segment) => segments.push(segment),
                Err(error) => tracing::warn!(%error, "a segment of logs makes no sense"),
            },
            RecordKind::Contents => {
                if let Ok(contents) = Contents::from_bytes(record.bytes) {
                    let objects = brought.contents.entry(contents.pack).or_default();
                    objects.extend(contents.objects);
                }
            }
            RecordKind::Object | RecordKind::Newer(_) => {}
        }
    }
    let mut stored: BTreeMap<LogKey, Stored> = BTreeMap::new();
    for segment in segments.into_iter().rev() {
        let statements = segment.statements().to_vec();
        let mut runs = segment.into_runs();
        let known = store.write(move |logs| logs.take_statements(identity, &statements));
        brought.statements = known.await?.or(brought.statements);
        runs.reverse();
        while !runs.is_empty() {
            let rest = runs.split_off(runs.len().min(RUNS_AT_ONCE));
            let part = std::mem::replace(&mut runs, rest);
            let take = move |logs: &mut Logs| {
                let mut stored = Vec::new();
                for (run, deletes) in part {
                    stored.extend(logs.take_back(run, &deletes, unix_ms())?);
                }
                Ok(stored)
            };
            for now in store.write(take).await? {
                let shows = now.shows || stored.get(&now.log).is_some_and(|before| before.shows);
                stored.insert(now.log, Stored { shows, ..now });
            }
        }
    }
    brought.stored = stored.into_values().collect();
    Ok(brought)
}
