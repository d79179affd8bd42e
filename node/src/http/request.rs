//! A request, split into what can be looked at and what must first be read.

use super::forms::Fields;
use super::sessions::Browser;
use futures::stream::BoxStream;
use futures::stream::{self, Fuse};
use futures::{Stream, StreamExt, TryStreamExt};
use hearth_web_ui::Language;
use hyper::body::Bytes;
use std::future::poll_fn;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use thiserror::Error;
use tokio::time::timeout;
use warp::Buf;
use warp::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, COOKIE as COOKIES, HOST, USER_AGENT};
use warp::http::{HeaderMap, Method};

/// How long a client may take to send a whole body.
const BODY_TIME_MAX: Duration = Duration::from_secs(60);
/// How much is read of a body that nobody wants any more, and for how long.
const REST_BYTES_MAX: usize = 64 << 20;
const REST_TIME_MAX: Duration = Duration::from_secs(10);
/// How many cookies of our name are tried: other programs on this machine can set one too (cookies
/// don't know ports), for a path of its own.
const COOKIES_TRIED_MAX: usize = 4;

/// A request without its body.
pub(super) struct Head {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    /// Who asks, as far as the connection tells.
    pub(super) from: IpAddr,
}

/// The address that a connection comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct From(pub(super) IpAddr);

impl Head {
    /// The query's fields; one that isn't well-formed counts as none.
    pub(super) fn query(&self) -> Fields {
        Fields::parse_query(&self.query).unwrap_or_default()
    }

    /// The values of the cookies of one name: what might be a session's secret.
    pub(super) fn cookies<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .get_all(COOKIES)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(move |(given, _)| *given == name)
            .map(|(_, value)| value)
            .take(COOKIES_TRIED_MAX)
    }

    /// The language that the browser asks for.
    pub(super) fn language(&self) -> Language {
        let accept = self.headers.get(ACCEPT_LANGUAGE);
        let accept = accept.and_then(|value| value.to_str().ok());
        accept.map(Language::preferred).unwrap_or_default()
    }

    /// The browser that asks, as far as it says what it is.
    pub(super) fn browser(&self) -> Browser {
        let agent = self.headers.get(USER_AGENT);
        let agent = agent.and_then(|value| value.to_str().ok());
        Browser::of(agent.unwrap_or_default(), self.from)
    }

    /// The host that the address names, as it stands in the request.
    pub(super) fn host(&self) -> &str {
        let host = self.headers.get(HOST);
        host.and_then(|host| host.to_str().ok()).unwrap_or_default()
    }

    /// The bearer token (RFC 6750).
    pub(super) fn bearer(&self) -> Option<&str> {
        let value = self.headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim())
    }
}

/// Why a body can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum BodyError {
    /// It is longer than the place it was sent to allows.
    #[error("the request is longer than {bytes_max} bytes")]
    TooLong {
        /// How long it may be.
        bytes_max: usize,
    },
    /// It came too slowly.
    #[error("the request didn't arrive in time")]
    TooSlow,
    /// The connection broke.
    #[error("the request broke off")]
    Broken,
}

/// A body that hasn't been read.
pub(super) struct Body(BoxStream<'static, Result<Bytes, BodyError>>);

impl Body {
    pub(super) fn new<B: Buf, E: 'static>(
        chunks: impl Stream<Item = Result<B, E>> + Send + 'static,
    ) -> Self {
        let chunks = chunks
            .map_ok(|mut chunk| chunk.copy_to_bytes(chunk.remaining()))
            .map_err(|_| BodyError::Broken);
        Self(chunks.boxed())
    }

    /// The whole body, if it is no longer than `bytes_max`.
    pub(super) async fn read(self, bytes_max: usize) -> Result<Vec<u8>, BodyError> {
        self.read_within(bytes_max, BODY_TIME_MAX).await
    }

    /// The body as it comes, of any length.
    pub(super) fn into_stream(self) -> BoxStream<'static, Result<Bytes, BodyError>> {
        self.0
    }

    /// The body to be read, and what will be left of it then.
    pub(super) fn with_rest(self) -> (Self, Rest) {
        let rest = Rest(Arc::new(Mutex::new(self.0.fuse())));
        let read = Rest(Arc::clone(&rest.0));
        let chunks = stream::poll_fn(move |context| read.poll_next(context));
        (Self(chunks.boxed()), rest)
    }

    /// The same with as much time as it takes to send a long one.
    pub(super) async fn read_within(
        self,
        bytes_max: usize,
        time_max: Duration,
    ) -> Result<Vec<u8>, BodyError> {
        timeout(time_max, collect(self.0, bytes_max))
            .await
            .unwrap_or(Err(BodyError::TooSlow))
    }
}

/// What is left of a body. A browser that is still sending while the connection closes may lose the answer.
pub(super) struct Rest(Arc<Mutex<Fuse<Pieces>>>);

type Pieces = BoxStream<'static, Result<Bytes, BodyError>>;

impl Rest {
    fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let mut chunks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        chunks.poll_next_unpin(context)
    }

    /// Reads it for nobody, up to a bound. Whoever read the body must have stopped.
    pub(super) async fn discard(self) {
        self.discard_within(REST_BYTES_MAX, REST_TIME_MAX).await;
    }

    async fn discard_within(self, bytes_max: usize, time_max: Duration) {
        let mut read = 0_usize;
        let reading = async {
            while let Some(Ok(chunk)) = poll_fn(|context| self.poll_next(context)).await {
                read += chunk.len();
                if read > bytes_max {
                    return;
                }
            }
        };
        // The answer is given all the same.
        let _ = timeout(time_max, reading).await;
    }
}

async fn collect(
    mut chunks: BoxStream<'static, Result<Bytes, BodyError>>,
    bytes_max: usize,
) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = chunks.try_next().await? {
        if chunk.len() > bytes_max - body.len() {
            return Err(BodyError::TooLong { bytes_max });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use futures::stream;
    use warp::http::HeaderValue;
    use warp::http::header::HeaderName;

    fn head(name: HeaderName, values: &[&str]) -> Head {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name.clone(), HeaderValue::from_str(value).unwrap());
        }
        Head {
            method: Method::GET,
            path: "/".into(),
            query: String::new(),
            headers,
            from: std::net::Ipv4Addr::LOCALHOST.into(),
        }
    }

    #[test]
    fn cookies_of_a_name_are_found_among_others() {
        let head = head(
            COOKIES,
            &[
                "a=1; hearth_session=x;hearth_sessions=y",
                "hearth_session=z=z",
            ],
        );
        let found: Vec<_> = head.cookies("hearth_session").collect();
        assert_eq!(found, ["x", "z=z"]);
    }

    #[test]
    fn only_bearer_tokens_count() {
        let cases = [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            ("Basic abc", None),
            ("abc", None),
            ("Bearer", None),
        ];
        for (value, token) in cases {
            assert_eq!(head(AUTHORIZATION, &[value]).bearer(), token, "{value}");
        }
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_bound() {
        let body = || {
            let chunks = [b"ab".as_slice(), b"", b"cd"];
            Body::new(stream::iter(chunks.map(Ok::<_, ()>)))
        };
        assert_eq!(body().read(4).await, Ok(b"abcd".to_vec()));
        assert_eq!(
            body().read(3).await,
            Err(BodyError::TooLong { bytes_max: 3 })
        );
        let broken = Body::new(stream::iter([Ok(b"ab".as_slice()), Err(())]));
        assert_eq!(broken.read(9).await, Err(BodyError::Broken));
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let body = Body::new(stream::pending::<Result<&[u8], ()>>());
        let time_max = Duration::from_millis(10);
        assert_eq!(body.read_within(9, time_max).await, Err(BodyError::TooSlow));
    }

    #[tokio::test]
    async fn what_nobody_wants_is_read_on_up_to_a_bound() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let body = || {
            let taken = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&taken);
            let chunks = stream::iter(0..10).map(move |_| {
                count.fetch_add(1, Ordering::Relaxed);
                Ok::<_, ()>(b"ab".as_slice())
            });
            (Body::new(chunks).with_rest(), taken)
        };
        let long = Duration::from_secs(60);
        let ((refused, rest), taken) = body();
        let too_long = BodyError::TooLong { bytes_max: 1 };
        assert_eq!(refused.read(1).await, Err(too_long));
        assert_eq!(taken.load(Ordering::Relaxed), 1);
        rest.discard_within(100, long).await;
        assert_eq!(taken.load(Ordering::Relaxed), 10);
        let ((unread, rest), taken) = body();
        drop(unread);
        rest.discard_within(5, long).await;
        assert_eq!(taken.load(Ordering::Relaxed), 3);
        // What was read whole leaves nothing.
        let ((whole, rest), _) = body();
        assert_eq!(whole.read(20).await.map(|bytes| bytes.len()), Ok(20));
        rest.discard_within(0, long).await;
        // What doesn't come isn't waited for.
        let silent = Body::new(stream::pending::<Result<&[u8], ()>>());
        let (_, rest) = silent.with_rest();
        rest.discard_within(9, Duration::from_millis(10)).await;
    }
}
