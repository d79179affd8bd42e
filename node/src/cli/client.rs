//! Asks the running node over its local API: one request, one answer, one connection.

use crate::said::Said;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use futures::{StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::app::model::{AppError, ErrorKind};
use crate::drive::pipe::{PIECES_MAX, Piece, PipeReader, PipeWriter};
use crate::home::{ApiAccess, Home, HomeError};

const CONNECT_SECONDS_MAX: u64 = 5;
const ANSWER_SECONDS_MAX: u64 = 60;
/// A page of 1,000 posts of 16 KiB, each byte of which JSON writes with six, fits.
const ANSWER_BYTES_MAX: usize = 128 << 20;
const REFUSAL_BYTES_MAX: usize = 64 << 10;

/// Why there is no answer, or none to go on with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// No node has this home open.
    #[error("no node is running in {}: start it with `hearth up`, or name another home with `--home`", .dir.display())]
    NotRunning {
        /// The home folder.
        dir: PathBuf,
    },
    /// How to reach the node can't be read.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The node refused, and says why.
    #[error(transparent)]
    Refused(AppError),
    /// Whatever answers there isn't a Hearth node that knows us.
    #[error(
        "{address} answered with status {status}, as a node doesn't: start the node of this home again with `hearth up`"
    )]
    Stranger {
        /// Where.
        address: SocketAddr,
        /// What it said.
        status: StatusCode,
    },
    /// It takes too long.
    #[error(
        "the node at {address} didn't answer within {seconds} s: see its logs, or start it again"
    )]
    Slow {
        /// Where.
        address: SocketAddr,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The connection broke.
    #[error(
        "the connection to the node at {address} broke: is it still running? `hearth status` tells"
    )]
    Broken {
        /// Where.
        address: SocketAddr,
        /// How.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer isn't what this version knows.
    #[error(
        "the node's answer isn't understood: are node and command of one version? Start the node again with this one"
    )]
    Answer(#[source] serde_json::Error),
    /// The answer is longer than any answer may be.
    #[error(
        "the node's answer is longer than {ANSWER_BYTES_MAX} bytes: ask for less with `--limit`"
    )]
    TooLong,
    /// The system gives no means for a connection.
    #[error("can't make a connection")]
    System(#[source] io::Error),
    /// What comes from the node can't be kept.
    #[error("can't write what the node sends: is the disk full?")]
    Sink(#[source] io::Error),
}

/// How long an answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// For what a node answers at once.
    Short,
    /// For work whose length depends on how much there is.
    Endless,
}

/// What carries one request and its answer.
type Connection = tokio::task::JoinHandle<Result<(), hyper::Error>>;

/// The running node, as its owner's commands see it.
pub(crate) struct Client {
    runtime: Runtime,
    address: SocketAddr,
    token: Zeroizing<String>,
    dir: PathBuf,
}

impl Client {
    /// The node that has `home` open, by the files that it left there. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::NotRunning`], [`ClientError::Home`], [`ClientError::System`].
    pub(crate) fn of(home: &Home) -> Result<Self, ClientError> {
        let dir = home.dir().to_owned();
        let Some(ApiAccess { address, token }) = home.api()? else {
            return Err(ClientError::NotRunning { dir });
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ClientError::System)?;
        Ok(Self {
            runtime,
            address,
            token,
            dir,
        })
    }

    /// Asks `verb` with `question` and waits for its answer.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub(crate) fn ask<Q: Serialize, A: DeserializeOwned>(
        &self,
        verb: &str,
        question: &Q,
        patience: Patience,
    ) -> Result<A, ClientError> {
        let whole = async { self.collect(self.send(verb, question).await?).await };
        let answer = match patience {
            Patience::Endless => self.runtime.block_on(whole)?,
            Patience::Short => self
                .runtime
                .block_on(async { timeout(Duration::from_secs(ANSWER_SECONDS_MAX), whole).await })
                .map_err(|_| self.slow(ANSWER_SECONDS_MAX))??,
        };
        serde_json::from_slice(&answer).map_err(ClientError::Answer)
    }

    /// Asks `verb` and passes the bytes of its answer on to `sink` as they come; gives their number.
    ///
    /// # Errors
    /// Any [`ClientError`]; `sink` has received a part then.
    pub(crate) fn download<Q: Serialize>(
        &self,
        verb: &str,
        question: &Q,
        sink: &mut impl Write,
    ) -> Result<u64, ClientError> {
        let mut bytes = 0;
        self.runtime.block_on(async {
            let response = self.send(verb, question).await?;
            self.receive(response, |piece| {
                bytes += piece.len() as u64;
                sink.write_all(piece).map_err(ClientError::Sink)
            })
            .await
        })?;
        Ok(bytes)
    }

    /// Sends what `produce` writes, as it is written, to `verb`, and waits for its answer. `produce` runs on a thread of its
    /// own; an error of it breaks the request off.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub(crate) fn upload<A: DeserializeOwned>(
        &self,
        verb: &str,
        produce: impl FnOnce(&mut PipeWriter) -> io::Result<()> + Send,
    ) -> Result<A, ClientError> {
        let (pieces, mut receiver) = mpsc::channel(PIECES_MAX);
        let stream = stream::poll_fn(move |context| receiver.poll_recv(context))
            .map(|piece: Piece| piece.map(|bytes| Frame::data(Bytes::from(bytes))));
        let body = UnsyncBoxBody::new(StreamBody::new(stream));
        let answer = thread::scope(|scope| {
            scope.spawn(move || {
                let mut pipe = PipeWriter::new(pieces.clone());
                let written = produce(&mut pipe).and_then(|()| Write::flush(&mut pipe));
                if let Err(error) = written {
                    // Who takes them may be gone, and says so itself.
                    let _ = pieces.blocking_send(Err(broken_off(&error)));
                }
            });
            self.runtime.block_on(async {
                let request = self.request(verb, "application/octet-stream", body);
                let (sender, connection) = self.open().await?;
                let answer = async { self.collect(self.exchange(sender, request).await?).await };
                let answer = answer.await;
                // A node that answered early takes no more: whoever still writes learns it by the end of the connection.
                connection.abort();
                let _ = connection.await;
                answer
            })
        })?;
        serde_json::from_slice(&answer).map_err(ClientError::Answer)
    }

    /// Asks `verb` and has `consume` read its answer, as it comes, on a thread of its own.
    ///
    /// # Errors
    /// Any [`ClientError`]. Of an answer that breaks off, `consume` learns by an error in reading.
    pub(crate) fn fetch<Q: Serialize, T: Send>(
        &self,
        verb: &str,
        question: &Q,
        consume: impl FnOnce(PipeReader) -> T + Send,
    ) -> Result<T, ClientError> {
        let response = self.runtime.block_on(self.send(verb, question))?;
        let (pieces, receiver) = mpsc::channel(PIECES_MAX);
        thread::scope(|scope| {
            let consumer = scope.spawn(move || consume(PipeReader::new(receiver)));
            self.runtime.block_on(pass_on(response, pieces));
            consumer
                .join()
                .map_err(|_| ClientError::System(io::Error::other("a thread gave up")))
        })
    }

    async fn collect(&self, response: Response<Incoming>) -> Result<Vec<u8>, ClientError> {
        let mut answer = Vec::new();
        self.receive(response, |piece| {
            if answer.len() + piece.len() > ANSWER_BYTES_MAX {
                return Err(ClientError::TooLong);
            }
            answer.extend_from_slice(piece);
            Ok(())
        })
        .await?;
        Ok(answer)
    }

    async fn send<Q: Serialize>(
        &self,
        verb: &str,
        question: &Q,
    ) -> Result<Response<Incoming>, ClientError> {
        let body = serde_json::to_vec(question).expect("questions are structs with text keys");
        let body = Full::new(Bytes::from(body));
        self.send_request(self.request(verb, "application/json", body))
            .await
    }

    async fn send_request<B>(&self, request: Request<B>) -> Result<Response<Incoming>, ClientError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (sender, _) = self.open().await?;
        self.exchange(sender, request).await
    }

    async fn open<B>(&self) -> Result<(http1::SendRequest<B>, Connection), ClientError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let stream = self.connect().await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.broken(error))?;
        // Its errors come back through the request that it carries.
        Ok((sender, tokio::spawn(connection)))
    }

    async fn exchange<B>(
        &self,
        mut sender: http1::SendRequest<B>,
        request: Request<B>,
    ) -> Result<Response<Incoming>, ClientError>
    where
        B: Body<Data = Bytes> + Send + 'static,
    {
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| self.broken(error))?;
        if response.status() == StatusCode::OK {
            Ok(response)
        } else {
            Err(self.refusal(response).await)
        }
    }

    fn request<B>(&self, verb: &str, content_type: &'static str, body: B) -> Request<B> {
        let bearer = Zeroizing::new(format!("Bearer {}", self.token.as_str()));
        let mut authorization =
            HeaderValue::from_str(&bearer).unwrap_or(HeaderValue::from_static("Bearer"));
        authorization.set_sensitive(true);
        Request::post(format!("/api/v1/{verb}"))
            .header(HOST, self.address.to_string())
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_TYPE, content_type)
            .body(body)
            .expect("verbs are plain words")
    }

    async fn connect(&self) -> Result<TcpStream, ClientError> {
        let limit = Duration::from_secs(CONNECT_SECONDS_MAX);
        match timeout(limit, TcpStream::connect(self.address)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(source)) if source.kind() == io::ErrorKind::ConnectionRefused => {
                let dir = self.dir.clone();
                Err(ClientError::NotRunning { dir })
            }
            Ok(Err(source)) => Err(self.broken(source)),
            Err(_) => Err(self.slow(CONNECT_SECONDS_MAX)),
        }
    }

    async fn receive(
        &self,
        response: Response<Incoming>,
        mut take: impl FnMut(&[u8]) -> Result<(), ClientError>,
    ) -> Result<(), ClientError> {
        let mut body = response.into_body();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.broken(error))?;
            if let Some(piece) = frame.data_ref() {
                take(piece)?;
            }
        }
        Ok(())
    }

    /// The node's own words, or, where these aren't a node's words, that they aren't.
    async fn refusal(&self, response: Response<Incoming>) -> ClientError {
        let (address, status) = (self.address, response.status());
        let mut words = Vec::new();
        let heard = self
            .receive(response, |piece| {
                if words.len() + piece.len() > REFUSAL_BYTES_MAX {
                    return Err(ClientError::TooLong);
                }
                words.extend_from_slice(piece);
                Ok(())
            })
            .await;
        match (heard, serde_json::from_slice(&words)) {
            (Ok(()), Ok(refusal)) => ClientError::Refused(refusal),
            _ => ClientError::Stranger { address, status },
        }
    }

    fn slow(&self, seconds: u64) -> ClientError {
        let address = self.address;
        ClientError::Slow { address, seconds }
    }

    fn broken(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ClientError {
        ClientError::Broken {
            address: self.address,
            source: source.into(),
        }
    }
}

/// Passes an answer on to a thread, until it ends or nobody takes it.
async fn pass_on(response: Response<Incoming>, pieces: mpsc::Sender<Piece>) {
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        let piece = match frame {
            Ok(frame) => match frame.into_data() {
                Ok(bytes) => Ok(bytes.to_vec()),
                Err(_) => continue,
            },
            Err(error) => Err(broken_off(&error)),
        };
        if pieces.send(piece).await.is_err() {
            return;
        }
    }
}

fn broken_off(error: &dyn std::error::Error) -> AppError {
    let message = Said::english(error.to_string());
    let kind = ErrorKind::Failed;
    AppError { kind, message }
}
