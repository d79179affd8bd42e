//! Nodes with real sockets in one process.
#![allow(clippy::unwrap_used)]

mod foreign;
mod gossip;
mod hostile;
mod reach;
mod sessions;

use std::{collections::VecDeque, time::Duration};

use tokio::time::timeout;
use zeroize::Zeroizing;

use super::*;

/// Nothing on loopback takes this long, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

const TCP: &str = "/ip4/127.0.0.1/tcp/0";
const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";

struct Node {
    handle: NetworkHandle,
    events: NetworkEvents,
    /// What came while something else was waited for.
    earlier: VecDeque<NetworkEvent>,
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    seed
}

fn peer_of(seed: [u8; 32]) -> Peer {
    let mut seed = seed;
    let key = Keypair::ed25519_from_bytes(&mut seed[..]).unwrap();
    key.public().to_peer_id().into()
}

fn config(seed: [u8; 32], listen: Listen) -> NetworkConfig {
    NetworkConfig {
        key: Zeroizing::new(seed),
        listen,
        mdns: false,
        contacts: Vec::new(),
        limits: Limits::default(),
    }
}

fn exactly(text: &str) -> Listen {
    Listen::Exactly(vec![address(text)])
}

impl Node {
    async fn with_config(config: NetworkConfig) -> Self {
        let (handle, events) = start(config).await.unwrap();
        let earlier = VecDeque::new();
        Self {
            handle,
            events,
            earlier,
        }
    }

    async fn with_seed(seed: [u8; 32], listen: &str) -> Self {
        Self::with_config(config(seed, exactly(listen))).await
    }

    async fn new(listen: &str) -> Self {
        Self::with_seed(seed(), listen).await
    }

    fn peer(&self) -> Peer {
        self.handle.peer()
    }

    fn contact(&self) -> Contact {
        Contact::new(self.peer(), self.handle.addresses())
    }

    fn want(&self, other: &Self) {
        self.handle.want(other.contact()).unwrap();
    }

    /// Takes the first event that fits, and leaves the others for later.
    async fn expect<T>(
        &mut self,
        what: &str,
        mut fit: impl FnMut(&NetworkEvent) -> Option<T>,
    ) -> T {
        for index in 0..self.earlier.len() {
            if let Some(found) = fit(&self.earlier[index]) {
                self.earlier.remove(index);
                return found;
            }
        }
        let search = async {
            loop {
                let event = self.events.recv().await.expect("the network runs");
                match fit(&event) {
                    Some(found) => return found,
                    None => self.earlier.push_back(event),
                }
            }
        };
        timeout(PATIENCE, search)
            .await
            .unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    async fn connected(&mut self, other: Peer) -> bool {
        self.expect("Connected", |event| match event {
            NetworkEvent::Connected { peer, outbound, .. } if *peer == other => Some(*outbound),
            _ => None,
        })
        .await
    }

    async fn disconnected(&mut self, other: Peer) {
        self.expect("Disconnected", |event| {
            (*event == NetworkEvent::Disconnected { peer: other }).then_some(())
        })
        .await;
    }

    async fn frame(&mut self) -> Vec<u8> {
        self.expect("Frame", |event| match event {
            NetworkEvent::Frame { bytes, .. } => Some(bytes.clone()),
            _ => None,
        })
        .await
    }

    /// What was left for later, and what comes within `time`.
    async fn overhear(&mut self, time: Duration) -> Vec<NetworkEvent> {
        let mut heard = Vec::from(std::mem::take(&mut self.earlier));
        let listen = async {
            while let Some(event) = self.events.recv().await {
                heard.push(event);
            }
        };
        let _ = timeout(time, listen).await;
        heard
    }
}

/// Two nodes, the first having dialled the second.
async fn pair(listen: &str) -> (Node, Node) {
    let mut alice = Node::new(listen).await;
    let mut bob = Node::new(listen).await;
    alice.want(&bob);
    assert!(alice.connected(bob.peer()).await);
    assert!(!bob.connected(alice.peer()).await);
    (alice, bob)
}
