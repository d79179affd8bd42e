//! The local web server: pages for the owner's browser, the JSON API behind the CLI, live events.
//!
//! It is the only place that knows warp. A request passes, in this order: the connection limits
//! (`connection`), the Host check that stops DNS rebinding (`guard`), the router (`route`), and then
//! either the bearer token (`api`) or the session (`session`) and, for everything that changes
//! something, the form token and the origin (`guard`, `forms`).

mod api;
mod backup;
mod connection;
mod devices;
mod events;
mod files;
mod finish;
#[cfg(test)]
mod foreign_tests;
mod forms;
mod guard;
mod letters;
mod pages;
mod photo_verbs;
mod public;
mod public_url;
mod request;
mod respond;
mod route;
mod session;
mod social;
mod spaces;
mod tickets;

use crate::app::App;
pub(crate) use public_url::PublicUrl;
use session::Sessions;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use thiserror::Error;
use tickets::{Lifetime, Tickets};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use zeroize::Zeroizing;

/// How many pages may listen for live events at once. Each costs a connection of its own.
const STREAMS_MAX: usize = 1024;

/// Where and for whom the server listens.
pub(crate) struct HttpConfig {
    /// Where to listen; port 0 means any.
    pub(crate) address: SocketAddr,
    /// Whether the owner asked for this very address: then it must be free. Otherwise another port
    /// is taken when it isn't.
    pub(crate) explicit: bool,
    /// What the API asks for as a bearer token.
    pub(crate) token: Zeroizing<String>,
    /// The folder in which sessions outlive a restart.
    pub(crate) state_dir: PathBuf,
    /// Under which address the world reaches it, if it does.
    pub(crate) public_url: Option<PublicUrl>,
}

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
    /// The file of sessions is there but can't be read.
    #[error("can't read {} ({source}); check who may read it", path.display())]
    Sessions {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What all requests share.
struct Site {
    app: App,
    /// The hash of the API's token: comparing hashes takes the same time wherever they differ.
    token_hash: blake3::Hash,
    sessions: Arc<Sessions>,
    tickets: Tickets,
    address: SocketAddr,
    public_url: Option<PublicUrl>,
    streams: Arc<Semaphore>,
    /// What open pages are told.
    told: watch::Receiver<events::Told>,
    packed: finish::Packed,
    stopping: watch::Receiver<bool>,
}

impl Site {
    /// A link that signs one browser in, once.
    fn sign_in_link(&self) -> String {
        let token = self.tickets.issue(Instant::now());
        let address = reachable(self.address);
        format!("http://{address}/sign-in?token={}", token.as_str())
    }
}

/// A handle to the running server.
#[derive(Clone)]
pub(crate) struct Web {
    site: Arc<Site>,
}

impl Web {
    /// Where the server listens, with the port that it really has.
    pub(crate) fn address(&self) -> SocketAddr {
        self.site.address
    }

    /// A new link that signs one browser in. It works once; the first one ever made (which `hearth
    /// up` prints) for a day, later ones for 15 minutes.
    pub(crate) fn sign_in_link(&self) -> String {
        self.site.sign_in_link()
    }
}

/// A token for the API: 256 random bits as text, new at each start.
pub(crate) fn new_token() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; 32]);
    rand_core::Rng::fill_bytes(&mut crate::rng::system(), &mut bytes[..]);
    Zeroizing::new(hearth_protocol::codec::Hex(&bytes[..]).to_string())
}

/// Binds the address and makes ready to serve; nothing is answered before the returned future runs.
///
/// The future ends once `shutdown` has ended and open requests are answered (or a few seconds later).
///
/// # Errors
///
/// [`HttpError::InUse`] when `config.explicit` and the port is taken, [`HttpError::Bind`] when the
/// address can't be had at all, [`HttpError::Sessions`] when the kept sessions can't be read.
pub(crate) async fn serve(
    config: HttpConfig,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(Web, impl Future<Output = ()> + Send + 'static), HttpError> {
    let listener = bind(config.address, config.explicit).await?;
    let address = listener.local_addr().map_err(|source| HttpError::Bind {
        address: config.address,
        source,
    })?;
    let (stop, stopping) = watch::channel(false);
    let (telling, told) = watch::channel(events::Told::default());
    let herald = events::herald(app.clone(), telling, stopping.clone());
    let site = Arc::new(Site {
        app,
        token_hash: blake3::hash(config.token.as_bytes()),
        sessions: Arc::new(Sessions::open(&config.state_dir, now_ms())?),
        tickets: Tickets::new(Lifetime::default()),
        address,
        public_url: config.public_url,
        streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        told,
        packed: finish::Packed::default(),
        stopping,
    });
    let web = Web {
        site: Arc::clone(&site),
    };
    let serving = connection::run(listener, site, shutdown, stop);
    Ok((web, async { _ = tokio::join!(herald, serving) }))
}

async fn bind(address: SocketAddr, explicit: bool) -> Result<TcpListener, HttpError> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(source) if source.kind() != io::ErrorKind::AddrInUse => {
            Err(HttpError::Bind { address, source })
        }
        Err(_) if explicit => Err(HttpError::InUse { address }),
        Err(_) => TcpListener::bind(SocketAddr::new(address.ip(), 0))
            .await
            .map_err(|source| HttpError::Bind { address, source }),
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

    #[tokio::test]
    async fn a_taken_port_is_an_error_only_for_who_asked_for_it() {
        let first = bind("127.0.0.1:0".parse().unwrap(), true).await.unwrap();
        let taken = first.local_addr().unwrap();
        assert!(matches!(
            bind(taken, true).await,
            Err(HttpError::InUse { address }) if address == taken
        ));
        let other = bind(taken, false).await.unwrap().local_addr().unwrap();
        assert_eq!(other.ip(), taken.ip());
        assert_ne!(other.port(), taken.port());
    }
}
