//! Friends as those who keep things.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join_all;
use hearth_keys::Identity;
use hearth_protocol::manifest::GuardianEntry;
use hearth_protocol::pack::PackId;
use tokio::time::timeout;

use super::source::{Keeper, NotGiven, Source, Witness};
use crate::guardian::{GetError, Guard};
use crate::network::{Contact, NetworkHandle, Peer};

/// How long somebody may take to say what they know.
const WITNESS_TIME_MAX: Duration = Duration::from_secs(10);

/// Everybody who is connected and took the claim.
#[derive(Debug, Clone)]
pub(super) struct Friends {
    guard: Guard,
    network: NetworkHandle,
}

impl Friends {
    /// Asks everybody who is connected from now on.
    pub(super) fn new(guard: Guard, network: NetworkHandle) -> Self {
        guard.claim_everywhere(true);
        Self { guard, network }
    }

    async fn ask(&self, peer: Peer, identities: BTreeSet<Identity>) -> Option<Witness> {
        let asked = self.guard.attest_from(peer, self.guard.identity());
        let attested = match timeout(WITNESS_TIME_MAX, asked).await {
            Ok(Ok(attested)) => attested,
            Ok(Err(error)) => {
                tracing::debug!(%peer, %error, "no word of what they keep");
                return None;
            }
            Err(_) => return None,
        };
        let keeper = Keeper {
            identity: identities.into_iter().next(),
            peer: peer.to_bytes(),
        };
        Some(Witness { keeper, attested })
    }
}

impl Source for Friends {
    async fn witnesses(&self) -> Vec<Witness> {
        let reachable = self.guard.reachable().into_iter();
        let asked = reachable.map(|one| self.ask(one.peer, one.identities));
        join_all(asked).await.into_iter().flatten().collect()
    }

    async fn fetch(&self, keeper: &Keeper, id: [u8; 32], bytes: u32) -> Result<Vec<u8>, NotGiven> {
        let Ok(peer) = Peer::from_bytes(&keeper.peer) else {
            return Err(NotGiven::Absent);
        };
        let mut got = self.guard.get_from(peer, id, bytes).await;
        // Their node may be another one by now.
        if let (Err(GetError::Ask(_)), Some(identity)) = (&got, &keeper.identity) {
            got = self.guard.get(identity, id, bytes).await;
        }
        got.map_err(|error| match error {
            GetError::Wrong => NotGiven::Wrong,
            GetError::Absent | GetError::Ask(_) => NotGiven::Absent,
        })
    }

    async fn keepers_of(&self, id: [u8; 32]) -> Vec<(Keeper, u32)> {
        let mut keepers = Vec::new();
        for one in self.guard.reachable() {
            let Ok(items) = self.guard.list_from(one.peer).await else {
                continue;
            };
            let found = items.into_iter().find(|item| item.id == id);
            let keeper = Keeper {
                identity: one.identities.into_iter().next(),
                peer: one.peer.to_bytes(),
            };
            keepers.extend(found.map(|item| (keeper, item.bytes)));
        }
        keepers
    }

    async fn pack(&self, _: PackId, _: u32) -> Option<Vec<u8>> {
        None
    }

    async fn seek(&self, guardians: &BTreeMap<u16, GuardianEntry>) {
        for guardian in guardians.values() {
            let Ok(peer) = Peer::from_bytes(&guardian.peer) else {
                continue;
            };
            let addresses = guardian.addresses.iter();
            let addresses = addresses.filter_map(|address| address.parse().ok());
            if let Err(error) = self.network.want(Contact::new(peer, addresses)) {
                tracing::debug!(%error, "a guardian isn't dialled");
            }
        }
    }

    async fn is_reachable(&self, keeper: &Keeper) -> bool {
        let is_it = |identities: &BTreeSet<Identity>| {
            keeper
                .identity
                .is_some_and(|identity| identities.contains(&identity))
        };
        self.guard
            .reachable()
            .iter()
            .any(|one| one.peer.to_bytes() == keeper.peer || is_it(&one.identities))
    }

    fn may_come_back(&self) -> bool {
        true
    }
}
