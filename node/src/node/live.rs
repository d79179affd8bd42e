//! One life of a node, as one account.

use tokio::signal::unix::{SignalKind, signal};

use super::account::{account, open_or_rebuild};
use super::doors::Doors;
use super::serving::serve;
use super::{Errand, HANGING_STORE_WAIT_MAX, NodeError, Ready};
use crate::cli::me::UpArgs;
use crate::home::Home;
use crate::keyring::KeptAccount;
use crate::network::Address;
use crate::rebuild;
use crate::replication::unix_ms;
use crate::restore;
use crate::store::Health;

/// Why a node ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// It was told to, or its errand is done.
    Stopped,
    /// It shall become another account, at the doors where it was.
    Wished(restore::Request, Doors),
}

/// One life of the node, as one account.
pub(super) async fn live(
    (args, home): (&UpArgs, &Home),
    errand: &mut Errand,
    made: Option<KeptAccount>,
    doors: Doors,
    ready: impl FnOnce(Ready) -> bool,
) -> Result<Ended, NodeError> {
    let asked = args.listen.iter().map(|address| address.parse());
    let asked = asked.collect::<Result<Vec<Address>, _>>()?;
    let mut terminate = signal(SignalKind::terminate()).map_err(NodeError::System)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(NodeError::System)?;
    let wish = errand.wish.take();
    let (kept, phrase) = match (&wish, made) {
        (Some(request), _) => (restore::begin::begin(home, request, unix_ms())?.0, None),
        (None, Some(made)) => (made, None),
        (None, None) => account(home, args.name.as_deref(), None)?,
    };
    let (store, thread) = open_or_rebuild(home, &kept).await?;
    let health = store.health();
    let (restoring, until) = (errand.restoring.clone(), errand.until);
    let portrait = errand.portrait.take();
    let errand = Errand {
        wish,
        portrait,
        restoring: restoring.clone(),
        until,
        is_made_by_page: false,
    };
    let served = serve(
        (args, &asked),
        (home, doors),
        &kept,
        (phrase, errand),
        store,
        ready,
        async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                () = restoring.reached(until) => {}
            }
        },
    );
    let outcome = tokio::select! {
        outcome = served => outcome,
        outcome = stuck(health.clone()) => outcome,
    };
    if let Some(what) = health.noticed().filter(|_| outcome.is_err()) {
        rebuild::note_damage(home, &what);
    }
    // The store is closed before the lock is given back, unless it hangs.
    let joined = tokio::task::spawn_blocking(move || thread.join());
    let is_damaged = matches!(outcome, Err(NodeError::Damaged { .. }));
    if is_damaged {
        let _ = tokio::time::timeout(HANGING_STORE_WAIT_MAX, joined).await;
    } else {
        let joined = joined.await;
        joined.map_err(|error| NodeError::System(std::io::Error::other(error)))?;
    }
    outcome
}

/// Ends when the store is damaged and stopping the node for it takes too long, as it waits for what never comes.
async fn stuck(mut health: Health) -> Result<Ended, NodeError> {
    let what = health.damaged().await;
    tokio::time::sleep(HANGING_STORE_WAIT_MAX).await;
    Err(NodeError::Damaged { what })
}
