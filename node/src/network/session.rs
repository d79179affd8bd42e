//! One session: frames both ways on one stream, until it ends.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
    io::{ReadHalf, WriteHalf},
};
use tokio::{
    sync::{Mutex, Semaphore, mpsc, watch},
    time::timeout,
};

use super::{
    address::{Address, Peer},
    counters::Tally,
    events::{EventSender, NetworkEvent, Outgoing, SendQueue},
    frame::{self, Decoder},
    limits::{Bucket, Limits},
};

const READ_BYTES: usize = 16 << 10;
const WRITE_BYTES: usize = 64 << 10;

/// How many seconds' worth a peer may send at once.
const FRAMES_BURST_SECONDS: f64 = 5.0;
const BYTES_BURST_SECONDS: f64 = 0.5;
const CHECKS_BURST_SECONDS: f64 = 32.0;

/// Frames that cost more checks than this wait for each other, whoever they come from.
const CHECKS_UNNOTICED_MAX: u32 = 16;

/// What the owner wants of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// To go on.
    Open,
    /// To send what waits, and end.
    Flush,
    /// To end now.
    Stop,
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The peer or the connection ended it.
    Closed,
    /// The owner did.
    Stopped,
    /// The peer announced a frame out of bounds.
    Oversized,
    /// Nothing moved amid a frame.
    Stalled,
}

/// What a session is and works with.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) peer: Peer,
    pub(super) address: Address,
    pub(super) outbound: bool,
    pub(super) events: EventSender,
    pub(super) tally: Arc<Tally>,
    pub(super) limits: Limits,
    /// The peer's share of unread bytes.
    pub(super) share: Arc<Semaphore>,
    /// What everybody's costly frames draw from. Who holds it waits, and who waits for it may go away.
    pub(super) checks: Arc<Mutex<Bucket>>,
    /// Held by the one session of the peer that speaks; a newer one waits until the older has said goodbye.
    pub(super) turn: Arc<Mutex<()>>,
}

impl Session {
    /// Says `Connected`, passes frames, says `Disconnected`.
    pub(super) async fn run<S>(self, stream: S, mut phase: watch::Receiver<Phase>) -> End
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let _turn = tokio::select! {
            turn = Arc::clone(&self.turn).lock_owned() => turn,
            _ = phase.wait_for(|phase| *phase == Phase::Stop) => return End::Stopped,
        };
        let (queue, outgoing) = SendQueue::new();
        let connected = NetworkEvent::Connected {
            peer: self.peer,
            address: self.address.clone(),
            outbound: self.outbound,
        };
        if !self.events.connected(connected, queue).await {
            return End::Stopped;
        }
        tracing::debug!(address = %self.address, outbound = self.outbound, "session open");
        let end = self.pass_frames(stream, outgoing, phase).await;
        tracing::debug!(?end, "session over");
        let peer = self.peer;
        self.events.send(NetworkEvent::Disconnected { peer }).await;
        end
    }

    async fn pass_frames<S>(
        &self,
        stream: S,
        outgoing: mpsc::Receiver<Outgoing>,
        mut phase: watch::Receiver<Phase>,
    ) -> End
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (reader, writer) = stream.split();
        let writer = Writer {
            writer,
            outgoing,
            phase: phase.clone(),
            batch: Vec::new(),
            stall_time_max: self.limits.stall_time_max,
        };
        tokio::select! {
            end = self.read(reader) => end,
            end = writer.run() => end,
            _ = phase.wait_for(|phase| *phase == Phase::Stop) => End::Stopped,
        }
    }

    async fn read<S: AsyncRead>(&self, mut reader: ReadHalf<S>) -> End {
        let mut pace = Pace::new(&self.limits);
        let mut decoder = Decoder::default();
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let read = reader.read(&mut buffer);
            let count = if decoder.is_amid_frame() {
                match timeout(self.limits.stall_time_max, read).await {
                    Ok(count) => count,
                    Err(_) => return End::Stalled,
                }
            } else {
                read.await
            };
            let mut input = match count {
                Ok(count) if count > 0 => &buffer[..count],
                _ => return End::Closed,
            };
            loop {
                match decoder.next(&mut input) {
                    Ok(None) => break,
                    Ok(Some(frame)) => {
                        if !self.deliver(frame, &mut pace).await {
                            return End::Stopped;
                        }
                    }
                    Err(error) => {
                        tracing::debug!(%error, "the stream makes no sense");
                        return End::Oversized;
                    }
                }
            }
        }
    }

    async fn deliver(&self, frame: Vec<u8>, pace: &mut Pace) -> bool {
        self.tally.received(frame.len());
        let wait = pace.wait_after(frame.len());
        if !wait.is_zero() {
            self.tally.frames_delayed.add_one();
            tokio::time::sleep(wait).await;
        }
        self.await_checks((self.limits.checks_of)(&frame), pace)
            .await;
        self.events.frame(self.peer, frame, &self.share).await
    }

    /// Waits for the peer's, and if there is much to check for everybody's, share of checks.
    async fn await_checks(&self, checks: u32, pace: &mut Pace) {
        let own = pace.checks.draw(checks, Instant::now());
        if !own.is_zero() {
            self.tally.frames_delayed.add_one();
            tokio::time::sleep(own).await;
        }
        if checks > CHECKS_UNNOTICED_MAX {
            let mut all = self.checks.lock().await;
            tokio::time::sleep(all.draw(checks, Instant::now())).await;
        }
    }
}

/// The bucket that all sessions share.
pub(super) fn shared_checks(limits: &Limits) -> Arc<Mutex<Bucket>> {
    let per_second = limits.checks_in_all_per_second;
    Arc::new(Mutex::new(Bucket::new(per_second, 1.0, Instant::now())))
}

/// How fast a peer may go on.
struct Pace {
    frames: Bucket,
    bytes: Bucket,
    checks: Bucket,
}

impl Pace {
    fn new(limits: &Limits) -> Self {
        let now = Instant::now();
        Self {
            frames: Bucket::new(limits.frames_per_second, FRAMES_BURST_SECONDS, now),
            bytes: Bucket::new(limits.bytes_per_second, BYTES_BURST_SECONDS, now),
            checks: Bucket::new(limits.checks_per_second, CHECKS_BURST_SECONDS, now),
        }
    }

    fn wait_after(&mut self, bytes: usize) -> Duration {
        let now = Instant::now();
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.frames.draw(1, now).max(self.bytes.draw(bytes, now))
    }
}

/// The sending half: small frames travel together, and nothing waits for company.
struct Writer<S> {
    writer: WriteHalf<S>,
    outgoing: mpsc::Receiver<Outgoing>,
    phase: watch::Receiver<Phase>,
    batch: Vec<u8>,
    stall_time_max: Duration,
}

impl<S: AsyncWrite + Unpin> Writer<S> {
    async fn run(mut self) -> End {
        loop {
            let next = tokio::select! {
                biased;
                next = self.outgoing.recv() => next,
                _ = self.phase.wait_for(|phase| *phase != Phase::Open), if !self.outgoing.is_closed() => {
                    self.outgoing.close();
                    continue;
                }
            };
            let sent = match next {
                Some(first) => self.send(first).await,
                None => self.close().await,
            };
            if let Err(end) = sent {
                return end;
            }
        }
    }

    /// Sends `first` and whatever waits behind it.
    async fn send(&mut self, first: Outgoing) -> Result<(), End> {
        let mut next = Some(first);
        while let Some(frame) = next {
            self.put(&frame.bytes).await?;
            next = self.outgoing.try_recv().ok();
        }
        self.write_batch().await?;
        within_stall(self.stall_time_max, self.writer.flush()).await
    }

    async fn put(&mut self, frame: &[u8]) -> Result<(), End> {
        // The handle lets no other lengths in.
        let header = frame::header(frame.len()).map_err(|_| End::Stopped)?;
        self.batch.extend_from_slice(&header);
        if frame.len() < WRITE_BYTES {
            self.batch.extend_from_slice(frame);
            if self.batch.len() >= WRITE_BYTES {
                self.write_batch().await?;
            }
            return Ok(());
        }
        self.write_batch().await?;
        for piece in frame.chunks(WRITE_BYTES) {
            within_stall(self.stall_time_max, self.writer.write_all(piece)).await?;
        }
        Ok(())
    }

    async fn write_batch(&mut self) -> Result<(), End> {
        within_stall(self.stall_time_max, self.writer.write_all(&self.batch)).await?;
        self.batch.clear();
        Ok(())
    }

    /// Ends this direction and waits for the reader to see the peer's end: were the connection closed
    /// while the peer still sends, its system would throw away what hasn't been read there.
    async fn close(&mut self) -> Result<(), End> {
        within_stall(self.stall_time_max, self.writer.close()).await?;
        std::future::pending().await
    }
}

async fn within_stall(
    stall_time_max: Duration,
    io: impl Future<Output = std::io::Result<()>>,
) -> Result<(), End> {
    match timeout(stall_time_max, io).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Closed),
        Err(_) => Err(End::Stalled),
    }
}
