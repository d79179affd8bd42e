//! How others reach this node, and it them.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;

use super::App;
use super::model::{AppError, Reach, ReachFriend, ReachVisit};
use crate::access::{Visit, Who};
use crate::network::Address;
use crate::replication::ConnectedPeer;

impl App {
    /// Where this node listens, who reached it lately, and how friends are connected.
    pub(crate) async fn reach(&self) -> Result<Reach, AppError> {
        let addresses = self.0.network.addresses();
        let heard = self.0.access.heard().await;
        let peers = self.0.replication.peers().await;
        let visits = [&heard.far, &heard.near, &heard.by_name];
        let visitors = visits.into_iter().flatten().filter_map(identity_of);
        let names = self.names_of(visitors.collect()).await?;
        let told = |visit: &Visit| ReachVisit {
            time_ms: visit.time_ms,
            identity: identity_of(visit).map(|identity| identity.to_string()),
            name: identity_of(visit)
                .and_then(|identity| names.get(&identity).cloned())
                .filter(|name| !name.is_empty()),
        };
        Ok(Reach {
            ports: ports(&addresses),
            addresses: addresses.iter().map(ToString::to_string).collect(),
            // Known to who serves the pages.
            public_url: None,
            from_afar: heard.far.as_ref().map(told),
            from_near: heard.near.as_ref().map(told),
            by_name: heard.by_name.as_ref().map(told),
            days: self.0.access.days(),
            friends: self.friends_reached(&peers, &heard.people).await?,
        })
    }

    async fn friends_reached(
        &self,
        peers: &[ConnectedPeer],
        heard: &BTreeMap<Identity, u64>,
    ) -> Result<Vec<ReachFriend>, AppError> {
        let seen: BTreeMap<Identity, u64> = self
            .0
            .guard
            .guardians()
            .await?
            .into_iter()
            .filter_map(|state| Some((state.identity, state.last_seen_ms?)))
            .collect();
        let of = |relation: super::model::Relation| {
            let identity: Option<Identity> = relation.identity.parse().ok();
            let peer = peers
                .iter()
                .find(|peer| identity.is_some_and(|who| peer.identities.contains(&who)));
            let times = [heard, &seen].map(|times| times.get(&identity?).copied());
            ReachFriend {
                identity: relation.identity,
                name: relation.name,
                connected: peer.is_some(),
                transport: peer.map(|peer| peer.address.transport().to_owned()),
                dialled_here: peer.is_some_and(|peer| !peer.is_outbound),
                is_near: peer.is_some_and(|peer| peer.address.is_near()),
                since_ms: peer.map(|peer| peer.since_ms),
                seen_ms: times.into_iter().flatten().max(),
            }
        };
        let mut friends: Vec<ReachFriend> = self.following().await?.into_iter().map(of).collect();
        friends.sort_by_key(|friend| (!friend.connected, std::cmp::Reverse(friend.seen_ms)));
        Ok(friends)
    }
}

/// The ports at which others could come in, where they aren't of this machine alone.
fn ports(addresses: &[Address]) -> Vec<u16> {
    let open = addresses.iter().filter(|address| !address.is_loopback());
    let ports: BTreeSet<u16> = open.map(Address::port).filter(|port| *port > 0).collect();
    ports.into_iter().collect()
}

fn identity_of(visit: &Visit) -> Option<Identity> {
    match &visit.who {
        Who::Peer { identity, .. } => *identity,
        _ => None,
    }
}
