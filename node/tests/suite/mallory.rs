//! A peer that speaks the transport by hand, whatever it likes: not made of the node's own network code.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use hearth_keys::{DeviceKeys, Identity, Phrase};
use hearth_protocol::body;
use hearth_protocol::content::{Content, Post};
use hearth_protocol::entry::{LogKey, LogNumber};
use hearth_protocol::guardian::{GuardMessage, is_guard_frame};
use hearth_protocol::memory::MemoryLogs;
use hearth_protocol::message::{
    BUCKET_BYTES, BUCKETS, Compare, Have, LogHave, Message, Presence, token,
};
use hearth_protocol::root::{Claim, Statement, StatementSet};
use hearth_protocol::run::Run;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId, Stream, StreamProtocol, SwarmBuilder, noise, tcp, yamux};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::harness::{Node, PATIENCE};

const PROTOCOL: StreamProtocol = StreamProtocol::new("/hearth/sync/1");
const PHRASE: &str = "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful \
    legal winner thank year wave sausage worth title";

/// Somebody with a phrase, a device and a log of their own, and no scruples.
pub(crate) struct Person {
    pub(crate) device: DeviceKeys,
    pub(crate) statements: StatementSet,
    pub(crate) logs: MemoryLogs,
}

impl Person {
    pub(crate) fn new() -> Self {
        let root = Phrase::parse(PHRASE).unwrap().root();
        let device = DeviceKeys::from_bytes(&[77; 64]);
        let mut statements = StatementSet::new(root.identity());
        let box_public = device.box_public();
        let claim = Claim::Certify { box_public };
        let certificate = Statement::sign(&root, device.id(), 0, claim);
        statements.insert(certificate).unwrap();
        // Words that mean nothing: each costs whoever reads it a check.
        for number in 0..120_u64 {
            let claim = Claim::Unknown {
                kind: 99,
                payload: number.to_be_bytes().to_vec(),
            };
            let word = Statement::sign(&root, device.id(), number, claim);
            statements.insert(word).unwrap();
        }
        let mut logs = MemoryLogs::new();
        logs.add_statements(root.identity(), &statements.to_blobs())
            .unwrap();
        Self {
            device,
            statements,
            logs,
        }
    }

    pub(crate) fn id(&self) -> Identity {
        self.statements.identity()
    }

    pub(crate) fn log(&self) -> LogKey {
        LogKey {
            identity: self.id(),
            device: self.device.id(),
            log: LogNumber::SOCIAL,
        }
    }

    /// The next entry of the log: the same text in the same place is the same entry.
    pub(crate) fn post(&mut self, text: &str) -> Run {
        let post = Content::Post(Post {
            text: text.to_owned(),
            ..Post::default()
        });
        let body = body::clear(&post, [9; 16]).unwrap();
        let log = self.log();
        self.logs.append(&self.device, log, 1_000, body).unwrap()
    }

    /// What she says that she holds of her log.
    pub(crate) fn have(&self) -> Message {
        have(&self.logs, &self.statements, self.log())
    }
}

/// The message that tells what is held of a log.
pub(crate) fn have(logs: &MemoryLogs, statements: &StatementSet, log: LogKey) -> Message {
    let state = logs.state(&log).unwrap();
    Message::Have(vec![Have {
        identity: log.identity,
        statements: statements.to_blobs(),
        logs: vec![LogHave {
            device: log.device,
            log: log.log,
            ranges: state.ranges().iter().map(|r| (r.lo, r.hi)).collect(),
            head: state.top().unwrap().head,
        }],
    }])
}

pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// A connection with a victim. What it does happens on a thread of its own.
pub(crate) struct Mallory {
    runtime: Arc<Runtime>,
    control: libp2p_stream::Control,
    pub(crate) peer: PeerId,
    pub(crate) victim: PeerId,
}

impl Mallory {
    /// Finishes the handshake, and says nothing.
    pub(crate) fn towards(victim: &Node<'_>) -> Self {
        Self::on(&Self::runtime(), victim)
    }

    /// Many of them, each another peer.
    pub(crate) fn many(victim: &Node<'_>, count: usize) -> Vec<Self> {
        let runtime = Self::runtime();
        (0..count).map(|_| Self::on(&runtime, victim)).collect()
    }

    fn runtime() -> Arc<Runtime> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        Arc::new(builder.worker_threads(1).enable_all().build().unwrap())
    }

    fn on(runtime: &Arc<Runtime>, victim: &Node<'_>) -> Self {
        let address: Multiaddr = victim.address("/tcp/").parse().unwrap();
        let theirs = victim.address("/tcp/").rsplit('/').next().unwrap().parse();
        let victim: PeerId = theirs.unwrap();
        // The smaller id opens the stream.
        let key = loop {
            let key = Keypair::generate_ed25519();
            if key.public().to_peer_id().to_bytes() < victim.to_bytes() {
                break key;
            }
        };
        let peer = key.public().to_peer_id();
        let control = runtime.block_on(async {
            let mut swarm = SwarmBuilder::with_existing_identity(key)
                .with_tokio()
                .with_tcp(
                    tcp::Config::default(),
                    noise::Config::new,
                    yamux::Config::default,
                )
                .unwrap()
                .with_behaviour(|_| libp2p_stream::Behaviour::new())
                .unwrap()
                .with_swarm_config(|config| {
                    config.with_idle_connection_timeout(Duration::from_secs(600))
                })
                .build();
            swarm.dial(address).unwrap();
            let connected = async {
                while !swarm.is_connected(&victim) {
                    swarm.select_next_some().await;
                }
            };
            timeout(PATIENCE, connected).await.unwrap();
            let control = swarm.behaviour().new_control();
            tokio::spawn(async move {
                loop {
                    swarm.select_next_some().await;
                }
            });
            control
        });
        Self {
            runtime: Arc::clone(runtime),
            control,
            peer,
            victim,
        }
    }

    /// Opens a sync stream; `None` when the victim doesn't have her.
    pub(crate) fn open(&mut self) -> Option<Talk<'_>> {
        let opening = self.control.open_stream(self.victim, PROTOCOL);
        let opened = self
            .runtime
            .block_on(async { timeout(Duration::from_secs(10), opening).await });
        let stream = opened.ok()?.ok()?;
        Some(Talk {
            runtime: &self.runtime,
            stream,
        })
    }

    /// What says that somebody lives with her.
    pub(crate) fn presences(&self, person: &Person, times: usize) -> Message {
        let peer = self.peer.to_bytes();
        let presence = Presence::sign(&person.device, &person.statements, &peer, now_ms(), &[]);
        Message::Presences(vec![presence; times])
    }

    /// What makes a node tell what it holds of somebody: nobody lives with her, she cares for them, and has nothing.
    pub(crate) fn interest(&self, identity: &Identity) -> [Message; 3] {
        let add = token(&self.peer.to_bytes(), &self.victim.to_bytes(), identity);
        let interest = Message::Interest {
            add: vec![add],
            remove: Vec::new(),
        };
        let nothing = Compare {
            prefix: Vec::new(),
            digests: [[0; BUCKET_BYTES]; BUCKETS],
        };
        [
            Message::Presences(Vec::new()),
            interest,
            Message::Compare(nothing),
        ]
    }
}

/// A sync stream.
pub(crate) struct Talk<'a> {
    runtime: &'a Runtime,
    stream: Stream,
}

impl Talk<'_> {
    /// Sends bytes as they are; whether they were taken, within `time`.
    pub(crate) fn send_raw(&mut self, bytes: &[u8], time: Duration) -> bool {
        let stream = &mut self.stream;
        self.runtime.block_on(async {
            let sending = async {
                stream.write_all(bytes).await?;
                stream.flush().await
            };
            matches!(timeout(time, sending).await, Ok(Ok(())))
        })
    }

    pub(crate) fn send_frame(&mut self, frame: &[u8]) -> bool {
        self.try_frame(frame, PATIENCE)
    }

    fn try_frame(&mut self, frame: &[u8], time: Duration) -> bool {
        let length = u32::try_from(frame.len()).unwrap().to_be_bytes();
        self.send_raw(&[&length[..], frame].concat(), time)
    }

    pub(crate) fn say(&mut self, message: &Message) -> bool {
        self.send_frame(&message.to_bytes())
    }

    /// Says something if it is taken within `time`; if it isn't, nothing more can be said: half of it may have gone.
    pub(crate) fn try_say(&mut self, message: &Message, time: Duration) -> bool {
        self.try_frame(&message.to_bytes(), time)
    }

    /// The next frame, or `None` when the stream ended or `time` is over.
    fn hear_frame(&mut self, time: Duration) -> Option<Vec<u8>> {
        let stream = &mut self.stream;
        self.runtime.block_on(async {
            let reading = async {
                let mut length = [0; 4];
                stream.read_exact(&mut length).await.ok()?;
                let mut frame = vec![0; u32::from_be_bytes(length) as usize];
                stream.read_exact(&mut frame).await.ok()?;
                Some(frame)
            };
            timeout(time, reading).await.ok().flatten()
        })
    }

    /// The next message of replication, or `None` when the stream ended or `time` is over.
    pub(crate) fn hear(&mut self, time: Duration) -> Option<Message> {
        let end = Instant::now() + time;
        loop {
            let frame = self.hear_frame(end.saturating_duration_since(Instant::now()))?;
            if !is_guard_frame(&frame) {
                return Some(Message::from_bytes(&frame).unwrap());
            }
        }
    }

    /// The next message between owners and guardians, or `None` when the stream ended or `time` is over.
    pub(crate) fn hear_guard(&mut self, time: Duration) -> Option<GuardMessage> {
        let end = Instant::now() + time;
        loop {
            let frame = self.hear_frame(end.saturating_duration_since(Instant::now()))?;
            if is_guard_frame(&frame) {
                return Some(GuardMessage::from_bytes(&frame).unwrap());
            }
        }
    }

    /// Answers what is asked from a store, each answer changed by `meddle`, until the stream ends or `time` is over.
    /// Whether something was asked.
    pub(crate) fn serve(
        &mut self,
        logs: &MemoryLogs,
        time: Duration,
        mut meddle: impl FnMut(&mut Run),
    ) -> bool {
        let (end, mut asked) = (Instant::now() + time, false);
        while let Some(message) = self.hear(end.saturating_duration_since(Instant::now())) {
            let Message::Get {
                request,
                log,
                lo,
                hi,
            } = message
            else {
                continue;
            };
            let answer = match logs.serve(&log, lo, hi) {
                Some((mut run, tombstones)) => {
                    meddle(&mut run);
                    asked = true;
                    Message::Run {
                        request,
                        run,
                        tombstones,
                    }
                }
                None => Message::Missing { request },
            };
            if !self.say(&answer) {
                break;
            }
        }
        asked
    }

    /// Whether the victim ends the stream within `time`.
    pub(crate) fn is_ended(&mut self, time: Duration) -> bool {
        let stream = &mut self.stream;
        self.runtime.block_on(async {
            let mut rest = [0; 4096];
            let ended = async { while matches!(stream.read(&mut rest).await, Ok(1..)) {} };
            timeout(time, ended).await.is_ok()
        })
    }
}
