//! Connections: how many, how patient, and how they end.

use super::STREAMS_MAX;
use super::finish::Finish;
use super::guard;
use super::noting;
use super::request::From;
use super::respond::Answer;
use super::route::{self, Serving};
use futures::future::{BoxFuture, Either, ready};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use warp::http::Request;

mod patience;
mod places;
use patience::Patience;
use places::{Place, Places};

/// How many connections may be open besides those of pages that listen; one more, and one that asks nothing is closed.
const OTHERS_MAX: usize = 256;
const CONNECTIONS_MAX: usize = STREAMS_MAX + OTHERS_MAX;
/// How long a client may take to send a request's head, and how long a connection may idle.
const HEAD_TIME_MAX: Duration = Duration::from_secs(20);
/// How many bytes of a request's head are read.
const HEAD_BYTES_MAX: usize = 32 * 1024;
const HEADERS_MAX: usize = 64;
/// How long open requests may take to end at shutdown.
const FAREWELL_MAX: Duration = Duration::from_secs(5);
/// How long to wait when the system has no connection to give (too many open files).
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Answers until `shutdown` ends, then lets what is open end. Who connects from then on waits at the listener, which comes
/// back.
pub(super) async fn run(
    listener: TcpListener,
    serving: Serving,
    shutdown: impl Future<Output = ()> + Send + 'static,
    stop: watch::Sender<bool>,
) -> TcpListener {
    let mut connections = JoinSet::new();
    {
        let mut accepting = pin!(accept(&listener, serving, &mut connections));
        let mut shutdown = pin!(shutdown);
        tokio::select! {
            () = &mut accepting => {}
            () = &mut shutdown => {}
        }
    }
    stop.send_replace(true);
    let ended = async { while connections.join_next().await.is_some() {} };
    if timeout(FAREWELL_MAX, ended).await.is_err() {
        tracing::debug!("some web requests were cut off at shutdown");
        connections.shutdown().await;
    }
    listener
}

async fn accept(listener: &TcpListener, serving: Serving, connections: &mut JoinSet<()>) {
    let places = Places::new(CONNECTIONS_MAX);
    loop {
        places.room().await;
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let (serving, place) = (serving.clone(), Arc::new(places.take()));
                connections.spawn(async move {
                    tokio::select! {
                        () = place.must_leave() => tracing::debug!("a silent web connection gave way"),
                        () = converse(stream, serving, Arc::clone(&place)) => {}
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "can't accept a web connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// One connection from its first request to its end.
async fn converse(stream: TcpStream, serving: Serving, place: Arc<Place>) {
    let (Ok(local), Ok(from)) = (local_address(&stream), stream.peer_addr()) else {
        return;
    };
    let mut stopping = serving.stopping();
    let service = Guarded {
        local,
        from: From(from.ip().to_canonical()),
        place,
        serving: serving.clone(),
        inner: TowerToHyperService::new(warp::service(route::routes(serving))),
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(Patience::new(stream)), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a web connection broke");
    }
}

fn local_address(stream: &TcpStream) -> io::Result<SocketAddr> {
    stream.set_nodelay(true)?;
    let address = stream.local_addr()?;
    Ok(SocketAddr::new(address.ip().to_canonical(), address.port()))
}

/// Returns once the server is to stop.
pub(super) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stopping.wait_for(|stop| *stop).await.is_ok();
}

/// What stands before and behind every route.
struct Guarded<S> {
    local: SocketAddr,
    from: From,
    place: Arc<Place>,
    serving: Serving,
    inner: S,
}

impl<S> Service<Request<Incoming>> for Guarded<S>
where
    S: Service<Request<Incoming>, Response = Answer, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Answer, Infallible>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.from);
        let refusal = guard::refuse_host(
            &request,
            self.local,
            self.serving.front().public_url.as_ref(),
        );
        let finish = Finish::of(&mut request);
        if refusal.is_some() {
            noting::turned_away(&self.serving, self.from, request.headers());
        }
        let front = Arc::clone(self.serving.front());
        let answering = match refusal {
            Some(refusal) => Either::Left(ready(Ok(refusal))),
            None => Either::Right(self.inner.call(request)),
        };
        let answered = self.place.answering();
        Box::pin(async move {
            let _answered = answered;
            let answer = answering.await?;
            let mut answer = finish.apply(answer, &front.packed).await;
            guard::harden(&mut answer);
            noting::record(&mut answer);
            Ok(answer)
        })
    }
}
