//! Peers that break the rules. Each has an honest machine and the true data behind it, as a friend does, and changes,
//! withholds or makes up what goes out.

use hearth_protocol::bounds::SEQUENCE_MAX;
use hearth_protocol::codec::Bytes;
use hearth_protocol::entry::LogNumber;
use hearth_protocol::message::{Have, LogHave, Message};
use hearth_protocol::run::{Run, RunBody};

use super::dice::Dice;
use super::world::World;

/// Changes a message on its way out; `None` swallows it.
pub(crate) type Meddle = Box<dyn FnMut(Message) -> Option<Message>>;

/// What an adversary does at the mouth of a node.
pub(crate) trait Adversary {
    /// What goes out in place of a message.
    fn speak(&mut self, message: Message) -> Vec<Message> {
        vec![message]
    }

    /// Whether the machine gets to see what came.
    fn hear(&mut self, _message: &Message) -> bool {
        true
    }

    /// How often it speaks on its own account.
    fn pace_ms(&self) -> Option<u64> {
        None
    }

    /// Frames for one peer, on its own account.
    fn rant(&mut self) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

struct Meddler(Meddle);

impl Adversary for Meddler {
    fn speak(&mut self, message: Message) -> Vec<Message> {
        (self.0)(message).into_iter().collect()
    }
}

impl World {
    pub(crate) fn meddle(&mut self, at: usize, meddle: Meddle) {
        self.corrupt(at, Box::new(Meddler(meddle)));
    }
}

/// Alters bodies, swaps signatures, breaks links, claims what it hasn't, and pushes what it made up.
pub(crate) struct Liar {
    dice: Dice,
    /// A true run, to be made a false one.
    last: Option<Run>,
}

impl Liar {
    pub(crate) fn new(seed: u64) -> Self {
        let dice = Dice(seed);
        Self { dice, last: None }
    }

    fn falsify(&mut self, run: &mut Run) {
        let at = self.dice.index(run.items.len());
        match self.dice.below(6) {
            0 => {
                if let RunBody::Present(body) = &mut run.items[at].body {
                    let byte = self.dice.index(body.len());
                    body[byte] ^= 0x20;
                }
            }
            1 => {
                let foreign = self.last.as_ref().map(|run| run.items[0].signature);
                if let (Some(foreign), Some(last)) = (foreign, run.items.last_mut()) {
                    last.signature = foreign;
                }
            }
            2 => run.previous = hearth_protocol::entry::EntryId::from_bytes([7; 32]),
            3 => run.items[at].time_ms += 1,
            4 => run.first_seq += 1,
            _ => {
                let item = &mut run.items[at];
                if let RunBody::Present(body) = &item.body {
                    let hash = *blake3::hash(body).as_bytes();
                    let bytes = u32::try_from(body.len()).unwrap();
                    item.body = RunBody::Gone { hash, bytes };
                }
            }
        }
    }

    fn boast(&mut self, have: &mut Have) {
        for log in &mut have.logs {
            let top = log.ranges.last().map_or(0, |range| range.1);
            log.ranges = vec![(0, (top + self.dice.below(60)).min(SEQUENCE_MAX))];
        }
        if let Some(log) = have.logs.first().cloned() {
            let number = log.log.number() + 2 * (1 + self.dice.below(9));
            let log = LogHave {
                log: LogNumber::new(number).unwrap(),
                ..log
            };
            have.logs.push(log);
        }
    }
}

impl Adversary for Liar {
    fn speak(&mut self, mut message: Message) -> Vec<Message> {
        match &mut message {
            Message::Run { run, .. } if self.dice.per_mille(700) => {
                let truth = run.clone();
                self.falsify(run);
                self.last = Some(truth);
            }
            Message::Run { run, .. } => self.last = Some(run.clone()),
            Message::Have(haves) if self.dice.per_mille(500) => {
                haves.iter_mut().for_each(|have| self.boast(have));
            }
            _ => {}
        }
        vec![message]
    }

    fn pace_ms(&self) -> Option<u64> {
        Some(600_000)
    }

    fn rant(&mut self) -> Vec<Vec<u8>> {
        let Some(mut run) = self.last.clone() else {
            return Vec::new();
        };
        self.falsify(&mut run);
        let made_up = Message::Run {
            request: 0,
            run,
            tombstones: Vec::new(),
        };
        vec![made_up.to_bytes()]
    }
}

/// Says what it has, takes requests, and never answers; nor does it pass anything on.
pub(crate) struct Staller;

impl Adversary for Staller {
    fn speak(&mut self, message: Message) -> Vec<Message> {
        match message {
            Message::Run { .. } | Message::Missing { .. } => Vec::new(),
            other => vec![other],
        }
    }
}

/// Sends as much as it may: garbage, and what is valid and of no use.
pub(crate) struct Flooder {
    dice: Dice,
    frames_left: u32,
    /// A run that everybody has.
    stale: Option<Run>,
    is_tidy: bool,
}

impl Flooder {
    /// A tidy one sends no garbage, and so is never caught lying.
    pub(crate) fn new(seed: u64, frames: u32, is_tidy: bool) -> Self {
        Self {
            dice: Dice(seed),
            frames_left: frames,
            stale: None,
            is_tidy,
        }
    }

    fn noise(&mut self, bytes: usize) -> Vec<u8> {
        (0..bytes)
            .map(|_| u8::try_from(self.dice.below(256)).unwrap())
            .collect()
    }

    fn useless(&mut self) -> Vec<u8> {
        let stale = self.stale.clone();
        let message = match (self.dice.below(4), stale) {
            (0, Some(run)) => Message::Run {
                request: 0,
                run,
                tombstones: Vec::new(),
            },
            (1, Some(run)) => Message::Get {
                request: 1,
                log: run.log,
                lo: 0,
                hi: SEQUENCE_MAX - self.dice.below(9),
            },
            (2, Some(run)) => Message::Get {
                request: 2,
                log: run.log,
                lo: 0,
                hi: run.last_seq(),
            },
            _ => {
                let token = |n: u8| Bytes([n; 16]);
                Message::Interest {
                    add: (0..20).map(token).collect(),
                    remove: (0..20).map(token).collect(),
                }
            }
        };
        message.to_bytes()
    }
}

impl Adversary for Flooder {
    fn hear(&mut self, message: &Message) -> bool {
        if let Message::Run { run, .. } = message {
            self.stale = Some(run.clone());
        }
        true
    }

    fn pace_ms(&self) -> Option<u64> {
        (self.frames_left > 0).then_some(100)
    }

    fn rant(&mut self) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        for _ in 0..5 {
            if self.frames_left > 0 {
                self.frames_left -= 1;
                frames.push(match self.dice.below(8) {
                    0 if !self.is_tidy => self.noise(200),
                    _ => self.useless(),
                });
            }
        }
        frames
    }
}

/// Serves the beginning of each log and says that this is all there is.
pub(crate) struct PrefixServer;

const fn half(hi: u64) -> u64 {
    hi / 2
}

impl Adversary for PrefixServer {
    fn speak(&mut self, message: Message) -> Vec<Message> {
        match message {
            // Its own posts it does send.
            Message::Run { request: 0, .. } => Vec::new(),
            Message::Have(mut haves) => {
                for log in haves.iter_mut().flat_map(|have| &mut have.logs) {
                    let top = log.ranges.last().map_or(0, |range| range.1);
                    log.ranges.retain(|range| range.0 <= half(top));
                    if let Some(last) = log.ranges.last_mut() {
                        last.1 = last.1.min(half(top));
                    }
                }
                vec![Message::Have(haves)]
            }
            other => vec![other],
        }
    }
}
