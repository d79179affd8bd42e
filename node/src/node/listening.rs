//! Where a node listens: as it was told, else where it did last.

use serde::{Deserialize, Serialize};

use super::NodeError;
use crate::cli::me::UpArgs;
use crate::home::{Home, write_private};
use crate::keyring;
use crate::network::{
    self, Address, Contact, Limits, Listen, NetworkConfig, NetworkError, NetworkHandle,
    PORT_DEFAULT, Peer, default_addresses, kept_addresses,
};
use crate::store::Store;

/// The file that remembers where the node listened.
const LISTEN_FILE: &str = "listen.json";

pub(super) async fn start_network(
    asked: &[Address],
    args: &UpArgs,
    home: &Home,
    store: &Store,
) -> Result<(NetworkHandle, network::NetworkEvents), NodeError> {
    let known = store.read(|logs| logs.known_peers()).await?;
    let contacts = known.into_iter().filter_map(|known| {
        let peer = Peer::from_bytes(&known.peer).ok()?;
        let addresses = known.addresses.iter();
        Some(Contact::new(
            peer,
            addresses.filter_map(|address| address.parse().ok()),
        ))
    });
    let contacts: Vec<Contact> = contacts.collect();
    let mut outcome = Err(NetworkError::NoAddress);
    for listen in listen(asked, args, home) {
        let config = NetworkConfig {
            key: keyring::transport_key(home)?,
            listen,
            mdns: !args.no_mdns,
            contacts: contacts.clone(),
            limits: Limits {
                checks_of: hearth_protocol::weight::signatures_max,
                ..Limits::default()
            },
        };
        outcome = network::start(config).await;
        if outcome.is_ok() {
            break;
        }
    }
    Ok(outcome?)
}

/// Where the node listened last, by the `--listen` that asked for it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Listened {
    asked: Vec<String>,
    got: Vec<String>,
}

/// Where to listen, the most wanted first.
fn listen(asked: &[Address], args: &UpArgs, home: &Home) -> Vec<Listen> {
    let kept = listened(home);
    let got = kept.got.iter().filter_map(|address| address.parse().ok());
    let got: Vec<Address> = got.filter(|_| kept.asked == args.listen).collect();
    if !asked.is_empty() {
        // "Any port" means the one of last time, while it is free.
        let same = network::with_kept_ports(asked, &got);
        return vec![Listen::Exactly(same), Listen::Exactly(asked.to_vec())];
    }
    vec![Listen::Preferred(if got.is_empty() {
        default_addresses(PORT_DEFAULT)
    } else {
        kept_addresses(&got)
    })]
}

fn listened(home: &Home) -> Listened {
    let text = std::fs::read(home.dir().join(LISTEN_FILE)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Remembers the ports, so that links that were given away go on working.
pub(super) fn remember_listening(home: &Home, args: &UpArgs, network: &NetworkHandle) {
    let got = network
        .addresses()
        .iter()
        .map(|address| address.without_peer().to_string())
        .collect();
    let listened = Listened {
        asked: args.listen.clone(),
        got,
    };
    let text = serde_json::to_vec(&listened).expect("text is JSON");
    if let Err(error) = write_private(&home.dir().join(LISTEN_FILE), &text) {
        tracing::warn!(%error, "the ports aren't remembered");
    }
}
