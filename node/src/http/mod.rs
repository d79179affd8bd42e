//! The local web server: pages for the owner's browser, the JSON API behind the CLI, live events.
//!
//! It is the only place that knows warp. A request passes, in this order: the connection limits
//! (`connection`), the Host check that stops DNS rebinding (`guard`), the router (`route`), and then
//! either the bearer token (`api`) or the session (`session`) and, for everything that changes
//! something, the form token and the origin (`guard`, `forms`).
//!
//! Where it listens, who is signed in and how one signs in (`front`) stays while the node behind it changes: first there may
//! be none (`first_run`), then there is one, which may once more begin anew as somebody else.

mod api;
mod backup;
mod coming_in;
mod connection;
mod devices;
mod drive;
mod events;
mod files;
mod finish;
mod first_run;
#[cfg(test)]
mod foreign_tests;
mod forms;
mod front;
mod guard;
mod imports;
mod known;
mod letters;
mod multipart;
mod noting;
mod own_data;
mod pages;
mod photo_verbs;
mod photos;
mod public;
mod public_url;
mod request;
mod respond;
mod route;
mod session;
mod sessions;
mod sign_in;
mod social;
mod spaces;
mod tickets;
mod uploads;

pub(crate) use front::{Entrance, HttpConfig};

use crate::app::App;
use crate::first_run::FirstRun;
use front::Front;
pub(crate) use public_url::PublicUrl;
use route::Serving;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use thiserror::Error;
use tokio::sync::{Semaphore, watch};
use zeroize::Zeroizing;

/// How many pages may listen for live events at once. Each costs a connection of its own.
const STREAMS_MAX: usize = 1024;

/// Why the server doesn't start.
#[derive(Debug, Error)]
pub(crate) enum HttpError {
    /// Somebody else listens there.
    #[error(
        "another program already listens on {address}; stop it, or choose another address with --http"
    )]
    InUse {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The address can't be listened on.
    #[error("can't listen on {address} ({source}); choose another address with --http")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The file of sessions, or that of password and passkeys, is there but can't be read.
    #[error("can't read {} ({source}); check who may read it", path.display())]
    Sessions {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What all requests to a node share.
struct Site {
    app: App,
    front: Arc<Front>,
    streams: Arc<Semaphore>,
    /// What open pages are told.
    told: watch::Receiver<events::Told>,
    stopping: watch::Receiver<bool>,
}

/// A token for the API: 256 random bits as text, new at each start.
pub(crate) fn new_token() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; 32]);
    rand_core::Rng::fill_bytes(&mut crate::rng::system(), &mut bytes[..]);
    Zeroizing::new(hearth_protocol::codec::Hex(&bytes[..]).to_string())
}

/// Answers for a node at an entrance, until `shutdown` has ended and open requests are answered (or a few seconds later);
/// gives the entrance back then. Nothing is answered before the returned future runs.
pub(crate) fn serve(
    entrance: Entrance,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> impl Future<Output = Entrance> + Send + 'static {
    let (stop, stopping) = watch::channel(false);
    let Entrance { listener, front } = entrance;
    let (telling, told) = watch::channel(events::Told::default());
    let herald = events::herald(app.clone(), telling, stopping.clone());
    let site = Site {
        app,
        front: Arc::clone(&front),
        streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        told,
        stopping,
    };
    let serving = Serving::Node(Arc::new(site));
    async move {
        let serving = connection::run(listener, serving, shutdown, stop);
        let ((), listener) = tokio::join!(herald, serving);
        Entrance { listener, front }
    }
}

/// The same for a home that nobody lives in yet: the pages on which an identity is made.
pub(crate) fn serve_first_run(
    entrance: Entrance,
    first_run: FirstRun,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> impl Future<Output = Entrance> + Send + 'static {
    let (stop, stopping) = watch::channel(false);
    let Entrance { listener, front } = entrance;
    let site = first_run::Site {
        first_run,
        front: Arc::clone(&front),
        stopping,
    };
    let serving = Serving::FirstRun(Arc::new(site));
    async move {
        let listener = connection::run(listener, serving, shutdown, stop).await;
        Entrance { listener, front }
    }
}

/// The address to write in a link: a server that listens everywhere is reached here by loopback.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Now, in milliseconds since 1970; a clock that stands before that counts as 0.
fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// 256 bits from the operating system.
fn random_secret() -> Zeroizing<[u8; 32]> {
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(secret.as_mut()).expect("the operating system gives random bytes");
    secret
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn links_lead_to_an_address_that_a_browser_can_open() {
        let cases = [
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("0.0.0.0:8420", "127.0.0.1:8420"),
            ("[::]:8420", "[::1]:8420"),
            ("192.168.1.7:8420", "192.168.1.7:8420"),
        ];
        for (bound, written) in cases {
            assert_eq!(reachable(bound.parse().unwrap()).to_string(), written);
        }
    }
}
