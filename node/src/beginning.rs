//! What replication begins with: what is held, what is remembered, and what is said of the account.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;
use hearth_protocol::content::FollowState;
use hearth_protocol::message::{FollowNotice, Presence};
use hearth_protocol::sync::{Acquaintance, PeerKey, Sync};

use crate::keyring::KeptAccount;
use crate::network::{Address, NetworkHandle};
use crate::replication::{Beginning, unix_ms};
use crate::store::logs::Logs;
use crate::store::{Account, Store, StoreError};

/// Whom an account follows, how, and whom it followed once.
pub(crate) type Follows = BTreeMap<Identity, FollowState>;

/// Reads all that replication must know before its first event.
pub(crate) async fn beginning(
    store: &Store,
    kept: &KeptAccount,
    network: &NetworkHandle,
    follows: &Follows,
) -> Result<Beginning, StoreError> {
    let account = kept.account.clone();
    let identity = account.identity;
    let me = network.peer().to_bytes();
    let mut addresses = network.addresses();
    addresses.retain(|address| !address.is_link_local());
    let addresses: Vec<String> = addresses.iter().map(Address::to_string).collect();
    let mut cares: BTreeSet<Identity> = follows
        .iter()
        .filter(|(_, state)| state.follows())
        .map(|(identity, _)| *identity)
        .collect();
    cares.insert(identity);
    let follows = follows.clone();
    let mut known = cares.clone();
    let (sync, followers, routes) = store
        .read(move |logs| {
            let mut sync = Sync::new(PeerKey(me.clone()));
            for statements in logs.all_statements() {
                let identity = statements.identity();
                let held = logs.logs().filter(|(log, _)| log.identity == identity);
                let held = held.map(|(log, state)| (*log, state.clone())).collect();
                let forks = logs
                    .forks()
                    .filter(|proof| proof.place().log.identity == identity)
                    .cloned()
                    .collect();
                sync.hold(statements.clone(), held, forks);
            }
            let statements = logs.statements(&identity);
            // A device that was cut off or retired speaks for nobody, and would be taken for a liar.
            if statements.is_current(&account.device.id()) {
                let device = &account.device;
                let presence = Presence::sign(device, &statements, &me, unix_ms(), &addresses);
                sync.set_presences(vec![presence]);
            }
            sync.set_blocked(logs.hidden(&identity)?.blocked.clone());
            for notice in follow_notices(logs, &account, &follows)? {
                sync.set_notice(notice);
            }
            for (peer, said) in logs.acquaintances()? {
                match Acquaintance::from_bytes(&said) {
                    Ok(said) => sync.acquaint(PeerKey(peer), said),
                    Err(error) => {
                        tracing::debug!(%error, "a peer isn't remembered");
                        sync.estrange(PeerKey(peer));
                    }
                }
            }
            Ok((sync, logs.followers(&identity)?, logs.routes()?))
        })
        .await?;
    known.extend(followers.into_iter().map(|follower| follower.identity));
    let routes = routes
        .iter()
        .filter_map(|route| route.parse().ok())
        .collect();
    Ok(Beginning {
        sync,
        cares,
        known,
        routes,
    })
}

/// What those are told whom the account follows, and whom it told so once. Who is followed in private hears nothing.
fn follow_notices(
    logs: &Logs,
    account: &Account,
    follows: &Follows,
) -> Result<Vec<FollowNotice>, StoreError> {
    let me = account.identity;
    let (statements, name) = (logs.statements(&me), logs.profile(&me)?.name);
    let notice = |(followed, state): (&Identity, &FollowState)| {
        if !logs.was_told(&me, followed)? {
            return Ok(None);
        }
        let said_ms = logs.follow_time_ms(&me, followed)?;
        let time_ms = unix_ms().max(said_ms);
        let device = &account.device;
        Ok(Some(FollowNotice::sign(
            device,
            &statements,
            *followed,
            state.is_told(),
            time_ms,
            &name,
        )))
    };
    follows
        .iter()
        .filter_map(|follow| notice(follow).transpose())
        .collect()
}
