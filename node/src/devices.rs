//! What goes on by itself between the devices of one person: keys are granted and renewed, and a device that was revoked
//! notices it.

use std::time::Duration;

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::root::{Claim, Statement, StatementSet};
use tokio::sync::broadcast;

use crate::app::Change;
use crate::replication::{Replication, unix_ms};
use crate::store::logs::{Logs, Stored};
use crate::store::{Account, Store, StoreError};

/// How often it is looked at what is due, should no change have told of it.
const REVIEW: Duration = Duration::from_secs(60);
/// Changes come in heaps: what is due is looked at once for all that come within this time.
const PAUSE: Duration = Duration::from_millis(200);

/// Jobs of the store's thread in a row in which keys are granted.
const ROUNDS_MAX: usize = 64;

/// How a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It speaks for its person.
    Current,
    /// It was put away.
    Retired,
    /// It was cut off.
    Cut,
}

/// How a device stands by these statements; `None` for one that was never certified.
pub(crate) fn standing(statements: &StatementSet, device: &DeviceId) -> Option<(Standing, u64)> {
    let since = |wanted: fn(&Claim) -> bool| {
        let of_device = statements.iter().filter(|said| said.device() == *device);
        let times = of_device.filter(|said| wanted(said.claim()));
        times.map(Statement::time_ms).min()
    };
    let certified = since(|claim| matches!(claim, Claim::Certify { .. }))?;
    let cut = since(|claim| matches!(claim, Claim::Cut { .. }));
    let retired = since(|claim| matches!(claim, Claim::Retire));
    Some(match (cut, retired) {
        (Some(since), _) => (Standing::Cut, since),
        (None, Some(since)) => (Standing::Retired, since),
        (None, None) => (Standing::Current, certified),
    })
}

/// Grants, renews and announces keys until nothing is due; returns what to pass on.
pub(crate) fn renew_all(logs: &mut Logs, identity: &Identity) -> Result<Vec<Stored>, StoreError> {
    let mut rng = crate::rng::system();
    logs.renew_keys(identity, unix_ms(), &mut rng)
}

/// Looks after the keys of an account, for as long as it runs.
pub(crate) async fn keep(
    account: Account,
    store: Store,
    replication: Replication,
    changes: broadcast::Sender<Change>,
) {
    let mut heard = changes.subscribe();
    let identity = account.identity;
    let mut is_told = false;
    loop {
        match review(&store, &replication, identity).await {
            Ok(()) => {}
            Err(StoreError::Closed) => return,
            Err(error) => tracing::warn!(%error, "keys aren't renewed"),
        }
        let own = account.clone();
        let said = store.read(move |logs| Ok(farewell(logs, &own))).await;
        if let Some(said) = said.ok().flatten().filter(|_| !is_told) {
            is_told = true;
            tracing::error!("{said}");
        }
        wait(&mut heard, &identity).await;
    }
}

/// What a device says of itself that writes nothing any more; `None` for one that does.
pub(crate) fn farewell(logs: &Logs, account: &Account) -> Option<String> {
    let device = account.device.id();
    let said = match standing(&logs.statements(&account.identity), &device) {
        Some((Standing::Retired, _)) => {
            "this device was retired with the phrase: it writes nothing any more and gets no new keys. Go on with another \
             device; to use this machine again, make it a new one with `hearth device add` there, in another home folder"
                .to_owned()
        }
        Some((Standing::Cut, _)) => {
            "this device was cut off with the phrase: nothing that it says counts any more, and it gets no new keys. Go on \
             with another device; to use this machine again, make it a new one with `hearth device add` there, in another \
             home folder"
                .to_owned()
        }
        Some((Standing::Current, _)) | None if logs.may_begin(account) => return None,
        Some((Standing::Current, _)) | None => StoreError::LinkUsed.to_string(),
    };
    Some(said)
}

async fn review(
    store: &Store,
    replication: &Replication,
    identity: Identity,
) -> Result<(), StoreError> {
    for _ in 0..ROUNDS_MAX {
        if !store.read(move |logs| logs.are_keys_due(&identity)).await? {
            break;
        }
        let stored = store.write(move |logs| renew_all(logs, &identity)).await?;
        if stored.is_empty() {
            break;
        }
        replication.committed(stored).await;
    }
    Ok(())
}

/// Until something of the account changed, or a while has passed.
async fn wait(heard: &mut broadcast::Receiver<Change>, identity: &Identity) {
    let changed = async {
        loop {
            match heard.recv().await {
                Ok(Change::Entries { identity: whose }) if whose == *identity => break,
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => break,
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
        tokio::time::sleep(PAUSE).await;
    };
    let _ = tokio::time::timeout(REVIEW, changed).await;
}
