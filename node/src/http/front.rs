//! What lasts for as long as the process does, whichever node answers behind it: where it listens, who is signed in, how one
//! signs in.

use super::finish::Packed;
use super::imports::Imports;
use super::known::{self, KnownBrowser};
use super::respond::{self, Answer};
use super::session::{LIFETIME_S, Session, SessionId, Sessions};
use super::sign_in::SignIn;
use super::sign_in::party::Party;
use super::tickets::{Lifetime, Tickets};
use super::{HttpError, PublicUrl, now_ms, reachable};
use crate::http::request::Head;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::{TcpListener, TcpSocket};
use warp::http::header::{HeaderValue, SET_COOKIE};
use zeroize::Zeroizing;

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

/// What all requests share, whatever answers them.
pub(super) struct Front {
    /// The hash of the API's token: comparing hashes takes the same time wherever they differ.
    pub(super) token_hash: blake3::Hash,
    pub(super) sessions: Arc<Sessions>,
    pub(super) tickets: Tickets,
    pub(super) sign_in: SignIn,
    /// What is brought in from elsewhere by the page.
    pub(super) imports: Imports,
    pub(super) address: SocketAddr,
    pub(super) public_url: Option<PublicUrl>,
    pub(super) packed: Packed,
    localhost: Localhost,
}

/// Whether the name `localhost` leads here and to nobody else: browsers may look for it at either loopback address.
enum Localhost {
    /// It does, as long as this keeps the port at the other address from programs of other users. Nothing listens there, so
    /// that browsers come back to this one.
    Ours(#[allow(dead_code, reason = "it is kept, not used")] Option<TcpSocket>),
    /// Another program has the port there.
    Shared,
}

impl Localhost {
    fn at(address: SocketAddr) -> Self {
        let (other, socket) = match address.ip() {
            IpAddr::V4(_) => (Ipv6Addr::LOCALHOST.into(), TcpSocket::new_v6()),
            IpAddr::V6(_) => (Ipv4Addr::LOCALHOST.into(), TcpSocket::new_v4()),
        };
        let other = SocketAddr::new(other, address.port());
        // Where there is no such address, nobody else can be found at it.
        let Ok(socket) = socket else {
            return Self::Ours(None);
        };
        match socket.bind(other) {
            Ok(()) => Self::Ours(Some(socket)),
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => Self::Ours(None),
            Err(error) => {
                tracing::debug!(%other, %error, "passkeys need a name that another program has too");
                Self::Shared
            }
        }
    }
}

/// A bound address at which requests wait for somebody who answers them.
pub(crate) struct Entrance {
    pub(super) listener: TcpListener,
    pub(super) front: Arc<Front>,
}

impl Entrance {
    /// Binds the address; nothing is answered yet.
    ///
    /// # Errors
    ///
    /// [`HttpError::InUse`] when `config.explicit` and the port is taken, [`HttpError::Bind`] when the
    /// address can't be had at all, [`HttpError::Sessions`] when what is kept of browsers and of signing in can't be read.
    pub(crate) async fn open(config: HttpConfig) -> Result<Self, HttpError> {
        let listener = bind(config.address, config.explicit).await?;
        let address = listener.local_addr().map_err(|source| HttpError::Bind {
            address: config.address,
            source,
        })?;
        let front = Front {
            token_hash: blake3::hash(config.token.as_bytes()),
            sessions: Arc::new(Sessions::open(&config.state_dir, now_ms())?),
            tickets: Tickets::new(Lifetime::default()),
            sign_in: SignIn::open(&config.state_dir)?,
            imports: Imports::open(&config.state_dir),
            address,
            public_url: config.public_url,
            packed: Packed::default(),
            localhost: Localhost::at(address),
        };
        let front = Arc::new(front);
        Ok(Self { listener, front })
    }

    /// The handle by which links are made, wherever the entrance goes.
    pub(crate) fn web(&self) -> Web {
        let front = Arc::clone(&self.front);
        Web { front }
    }
}

/// A handle to the server.
#[derive(Clone)]
pub(crate) struct Web {
    front: Arc<Front>,
}

impl Web {
    /// Where the server listens, with the port that it really has.
    pub(crate) fn address(&self) -> SocketAddr {
        self.front.address
    }

    /// A new link that signs one browser in. It works once; the first one ever made (which `hearth
    /// up` prints) for a day, later ones for 15 minutes.
    pub(crate) fn sign_in_link(&self) -> String {
        self.front.sign_in_link()
    }
}

impl Front {
    /// A link that signs one browser in, once.
    pub(super) fn sign_in_link(&self) -> String {
        let token = self.tickets.issue(Instant::now());
        let address = reachable(self.address);
        format!("http://{address}/sign-in?token={}", token.as_str())
    }

    /// Whether nobody but this machine's own users can reach the page.
    pub(super) fn is_loopback(&self) -> bool {
        self.address.ip().is_loopback() && self.public_url.is_none()
    }

    /// Whether a browser can be led to the name `localhost`, under which passkeys work.
    pub(super) fn has_localhost(&self) -> bool {
        self.is_loopback() && matches!(self.localhost, Localhost::Ours(_))
    }

    /// For whom passkeys are, at the name under which the browser came; nobody where it allows none.
    pub(super) fn party(&self, head: &Head) -> Option<Party> {
        Party::at(head.host(), self.public_url.as_ref())
    }

    /// From where a request comes; unspecified where a server in front of this one may have passed it on for somebody who
    /// isn't known. The connection tells, not what the request says of itself.
    pub(super) fn origin_of(&self, head: &Head) -> IpAddr {
        match self.public_url {
            Some(_) if head.from.is_loopback() => Ipv4Addr::UNSPECIFIED.into(),
            _ => head.from,
        }
    }

    /// Whether the browser came by TLS, to the server in front of this one.
    fn is_tls(&self, head: &Head) -> bool {
        let public = self.public_url.as_ref();
        public.is_some_and(|public| public.is_https() && public.is_host(head.host()))
    }

    /// Whether what goes between the browser and here can be read on the way: over a network, without TLS as far as is known.
    pub(super) fn is_exposed(&self, head: &Head) -> bool {
        let is_here = head.from.is_loopback() && !self.is_by_public_name(head);
        !is_here && !self.is_tls(head)
    }

    fn is_by_public_name(&self, head: &Head) -> bool {
        let public = self.public_url.as_ref();
        public.is_some_and(|public| public.is_host(head.host()))
    }

    /// The session of who asks. Using it is noted.
    pub(super) async fn session_of(&self, head: &Head) -> Option<Session> {
        let now_ms = now_ms();
        let session = head
            .cookies(&self.sessions.cookie_name())
            .find_map(|cookie| self.sessions.find(cookie, now_ms))?;
        if self.sessions.used(session.id(), head.from, now_ms) {
            self.save_sessions_or_warn().await;
        }
        Some(session)
    }

    /// Signs a browser in and sends it on.
    pub(super) async fn enter(&self, head: &Head, to: &str) -> Answer {
        let session = self.sessions.begin(head.browser(), now_ms());
        // Whoever was let in stays in; only a restart will forget them.
        self.save_sessions_or_warn().await;
        let secret = session.cookie_value();
        let answer = self.with_cookie(head, respond::see_other(to), &secret, LIFETIME_S);
        self.with_known_cookie(head, session.id(), answer)
    }

    /// Which browser asks, if it was signed in before.
    pub(super) fn known_browser(&self, head: &Head) -> Option<KnownBrowser> {
        let name = self.sessions.known_cookie_name();
        head.cookies(&name)
            .find_map(|value| self.sessions.known(value))
    }

    /// Gives a browser that is signed in the cookie by which it is known, if it has none or one that counts no more.
    pub(super) fn making_known(&self, head: &Head, id: SessionId, answer: Answer) -> Answer {
        match self.known_browser(head) {
            Some(_) => answer,
            None => self.with_known_cookie(head, id, answer),
        }
    }

    /// Has a browser known, now and once it is signed out; one that has such a cookie keeps it for another year.
    fn with_known_cookie(&self, head: &Head, id: SessionId, mut answer: Answer) -> Answer {
        let name = self.sessions.known_cookie_name();
        let kept = head
            .cookies(&name)
            .find(|value| self.sessions.known(value).is_some());
        let kept = kept.map(ToOwned::to_owned);
        if let Some(value) = kept.or_else(|| self.sessions.known_cookie_value(id)) {
            let cookie = self.cookie(head, &name, &value, known::LIFETIME_S);
            answer.headers_mut().append(SET_COOKIE, cookie);
        }
        answer
    }

    /// Ends a session; its browser learns it by the answer.
    pub(super) async fn leave(
        &self,
        head: &Head,
        session: &Session,
        answer: Answer,
    ) -> io::Result<Answer> {
        self.sessions.end(session.id());
        self.save_sessions().await?;
        Ok(self.with_cookie(head, answer, "", 0))
    }

    /// Signs all other browsers out; none that was known is any more, but the one that asked, by its answer.
    pub(super) async fn sign_others_out(
        &self,
        head: &Head,
        session: &Session,
        answer: Answer,
    ) -> io::Result<Answer> {
        self.sessions.revoke_all_but(Some(session.id()));
        self.save_sessions().await?;
        Ok(self.with_known_cookie(head, session.id(), answer))
    }

    async fn save_sessions_or_warn(&self) {
        if let Err(error) = self.save_sessions().await {
            tracing::warn!(%error, "can't keep who is signed in");
        }
    }

    /// Writes who is signed in.
    pub(super) async fn save_sessions(&self) -> io::Result<()> {
        let sessions = Arc::clone(&self.sessions);
        tokio::task::spawn_blocking(move || sessions.save())
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    /// Sets the session's cookie: `Secure` where the browser came by TLS, which loopback has not.
    fn with_cookie(&self, head: &Head, mut answer: Answer, secret: &str, age_s: u64) -> Answer {
        let cookie = self.cookie(head, &self.sessions.cookie_name(), secret, age_s);
        answer.headers_mut().insert(SET_COOKIE, cookie);
        answer
    }

    fn cookie(&self, head: &Head, name: &str, value: &str, age_s: u64) -> HeaderValue {
        let secure = if self.is_tls(head) { "; Secure" } else { "" };
        let cookie =
            format!("{name}={value}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Lax{secure}");
        let mut cookie =
            HeaderValue::from_str(&cookie).expect("hexadecimal digits fit in a header");
        cookie.set_sensitive(true);
        cookie
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn localhost_is_ones_own_or_nobody_is_led_there() {
        let here = bind("127.0.0.1:0".parse().unwrap(), true).await.unwrap();
        let address = here.local_addr().unwrap();
        let kept = Localhost::at(address);
        assert!(matches!(kept, Localhost::Ours(_)));
        // Nobody else gets the port now, nor did this one if somebody else had it. (There may be no such address at all.)
        if matches!(kept, Localhost::Ours(Some(_))) {
            assert!(matches!(Localhost::at(address), Localhost::Shared));
            drop(kept);
            assert!(matches!(Localhost::at(address), Localhost::Ours(Some(_))));
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
