//! What Mallory does in a schedule of the `mesh` target, to what her machine sends and besides.

use std::collections::VecDeque;

use hearth_keys::Signature;
use hearth_protocol::body;
use hearth_protocol::bounds::SEQUENCE_MAX;
use hearth_protocol::content::{Content, Post};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, LoneEntry, Place};
use hearth_protocol::memory::{next_header, one_entry_run};
use hearth_protocol::message::{BUCKETS, Have, LogHave, Message};
use hearth_protocol::run::{Run, RunBody};
use hearth_protocol::sync::Event;

use crate::cast::cast;
use crate::home::Letter;
use crate::mesh::{MALLORY, Mesh};

impl Mesh {
    /// A frame of hers, apart from what her machine says.
    pub(crate) fn frame(&mut self, victim: usize, frame: Vec<u8>) {
        let key = cast()[MALLORY].peer.clone();
        if self.homes[victim].peers.contains(&key) {
            self.homes[victim].handle(Event::Frame(key, frame));
        }
    }

    pub(crate) fn outgoing(&mut self, argument: u8) -> Option<(usize, &mut VecDeque<Letter>)> {
        let sent = &mut self.homes[MALLORY].sent;
        let at = usize::from(argument) % sent.len().max(1);
        (!sent.is_empty()).then_some((at, sent))
    }

    pub(crate) fn swap(&mut self, argument: u8) {
        if let Some((at, sent)) = self.outgoing(argument) {
            sent.swap(0, at);
        }
    }

    pub(crate) fn repeat(&mut self, argument: u8) {
        if let Some((at, sent)) = self.outgoing(argument) {
            let again = sent[at].clone();
            sent.push_back(again);
        }
    }

    pub(crate) fn lose(&mut self, argument: u8) {
        if let Some((at, sent)) = self.outgoing(argument) {
            sent.remove(at);
        }
    }

    /// Writes bytes over a part of what she is about to send.
    pub(crate) fn damage(&mut self, argument: u8, bytes: &[u8]) {
        let Some((&[high, low], bytes)) = bytes.split_first_chunk() else {
            return;
        };
        if let Some((at, sent)) = self.outgoing(argument) {
            let frame = &mut sent[at].frame;
            let offset = usize::from(u16::from_be_bytes([high, low])) % frame.len().max(1);
            for (old, new) in frame[offset..].iter_mut().zip(bytes) {
                *old = *new;
            }
        }
    }

    /// Changes what a message of hers means, and leaves it well-formed.
    pub(crate) fn twist(&mut self, argument: u8, bytes: &[u8]) {
        let Some((at, sent)) = self.outgoing(argument) else {
            return;
        };
        if let Ok(mut message) = Message::from_bytes(&sent[at].frame) {
            bend(&mut message, bytes);
            sent[at].frame = message.to_bytes();
        }
    }

    /// Says again what was said to her, perhaps bent.
    pub(crate) fn replay(&mut self, victim: usize, argument: u8, bytes: &[u8]) {
        let at = usize::from(argument >> 1) % self.overheard.len().max(1);
        let Some(frame) = self.overheard.get(at).cloned() else {
            return;
        };
        let frame = match Message::from_bytes(&frame) {
            Ok(mut message) if !bytes.is_empty() => {
                bend(&mut message, bytes);
                message.to_bytes()
            }
            _ => frame,
        };
        self.frame(victim, frame);
    }

    /// Writes into her own log as everybody does.
    pub(crate) fn push_own(&mut self, victim: usize, bytes: &[u8]) {
        self.post(MALLORY, bytes);
        let log = cast()[MALLORY].log();
        let top = self.homes[MALLORY].state(&log).top().map(|top| top.hi);
        let served = top.and_then(|top| self.homes[MALLORY].store.serve(&log, top, top));
        if let Some((run, tombstones)) = served {
            self.push(victim, run, tombstones);
        }
    }

    /// Shows what she holds of somebody else's log, from somewhere to its end, as nobody wrote it.
    pub(crate) fn push_bent(&mut self, victim: usize, argument: u8, bytes: &[u8]) {
        let log = cast()[usize::from(argument) % 4].log();
        let top = self.homes[MALLORY].state(&log).top().map(|top| top.hi);
        let lo = u64::from(argument >> 2);
        let served = top.and_then(|top| self.homes[MALLORY].store.serve(&log, lo.min(top), top));
        let Some((run, tombstones)) = served else {
            return;
        };
        let mut message = Message::Run {
            request: 0,
            run,
            tombstones,
        };
        bend(&mut message, bytes);
        self.frame(victim, message.to_bytes());
    }

    /// Signs another entry in a place of her log, and shows it to one victim.
    pub(crate) fn fork(&mut self, victim: usize, seq: u64, bytes: &[u8]) {
        let log = cast()[MALLORY].log();
        let state = self.homes[MALLORY].state(&log);
        let Some(top) = state.top() else {
            return;
        };
        let seq = seq % (top.hi + 2);
        let place = Place { log, seq };
        let before = seq.checked_sub(1).map(|seq| Place { log, seq });
        let previous = before
            .and_then(|before| self.homes[MALLORY].store.link(&before))
            .map_or(EntryId::NONE, |link| link.entry.id());
        let post = Post {
            text: String::from_utf8_lossy(bytes).into_owned(),
            ..Post::default()
        };
        self.salt = self.salt.wrapping_add(1);
        let body = body::clear(&Content::Post(post), [self.salt; 16]).expect("short contents");
        let mut header = next_header(log, &state, self.now_ms, &body);
        (header.place, header.previous) = (place, previous);
        let run = one_entry_run(&header.sign(&cast()[MALLORY].device), body);
        self.remember(&run);
        self.push(victim, run, Vec::new());
    }

    pub(crate) fn push(&mut self, victim: usize, run: Run, tombstones: Vec<LoneEntry>) {
        let message = Message::Run {
            request: 0,
            run,
            tombstones,
        };
        self.frame(victim, message.to_bytes());
    }

    /// Claims to hold what she doesn't.
    pub(crate) fn boast(&mut self, victim: usize, bytes: &[u8]) {
        let numbers: Vec<u64> = bytes.chunks(2).map(number).collect();
        let [whose, log, rest @ ..] = &numbers[..] else {
            return;
        };
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for pair in rest.chunks_exact(2) {
            let lo = ranges.last().map_or(0, |range| range.1 + 2) + pair[0];
            ranges.push((lo, (lo + pair[1]).min(SEQUENCE_MAX)));
        }
        ranges.retain(|&(lo, hi)| lo <= hi && hi < SEQUENCE_MAX);
        let person = &cast()[usize::try_from(whose % 4).expect("below four")];
        let log = LogHave {
            device: person.device.id(),
            log: LogNumber::new(log % 4).expect("within bounds"),
            ranges,
            head: EntryId::from_bytes([bytes[0]; 32]),
        };
        let have = Have {
            identity: person.id(),
            statements: person.statements.to_blobs(),
            logs: vec![log],
        };
        self.frame(victim, Message::Have(vec![have]).to_bytes());
    }

    pub(crate) fn demand(&mut self, victim: usize, argument: u8, bytes: &[u8]) {
        let numbers: Vec<u64> = bytes.chunks(2).map(number).collect();
        let [log, lo, length, request, ..] = numbers[..] else {
            return;
        };
        let log = LogKey {
            log: LogNumber::new(log % 4).expect("within bounds"),
            ..cast()[usize::from(argument >> 1) % 4].log()
        };
        let message = Message::Get {
            request: u32::try_from(request).unwrap_or(u32::MAX).max(1),
            log,
            lo,
            hi: lo.saturating_add(length),
        };
        self.frame(victim, message.to_bytes());
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Lies of the size of one field.
fn bend(message: &mut Message, bytes: &[u8]) {
    let by = |at: usize| bytes.get(at).copied().unwrap_or_default();
    match message {
        Message::Run {
            request,
            run,
            tombstones,
        } => match by(0) % 9 {
            0 => *request = u32::from(by(1)),
            1 => run.first_seq = (run.first_seq + u64::from(by(1))) % SEQUENCE_MAX,
            2 => run.items.truncate(usize::from(by(1)).max(1)),
            3 => tombstones.clear(),
            4 => run.log = cast()[usize::from(by(1)) % 4].log(),
            5 => run.items.reverse(),
            kind => bend_item(run, kind, by(1)),
        },
        Message::Have(haves) => {
            for log in haves.iter_mut().flat_map(|have| &mut have.logs) {
                match by(0) % 3 {
                    0 => log.head = EntryId::from_bytes([by(1); 32]),
                    1 => log.ranges = vec![(u64::from(by(1)), u64::from(by(1)) + number(bytes))],
                    _ => log.ranges.truncate(usize::from(by(1))),
                }
                log.ranges
                    .retain(|&(lo, hi)| lo <= hi && hi <= SEQUENCE_MAX);
            }
        }
        Message::Get { lo, hi, .. } => {
            *lo = u64::from(by(0)).min(*hi);
            *hi = hi.saturating_add(u64::from(by(1)));
        }
        Message::Interest { add, remove } => std::mem::swap(add, remove),
        Message::Missing { request } => *request = u32::from(by(0)),
        Message::Presences(presences) => presences.truncate(usize::from(by(0)) % 2),
        Message::Hello(hello) => match by(0) % 5 {
            0 => hello.presences = hello.remembers.presences,
            1 => hello.interests = hello.remembers.interests,
            2 => hello.remembers.presences.0[0] ^= by(1),
            3 => hello.remembers.interests.0[0] ^= by(1),
            _ => hello.remembers.notices.0[0] ^= by(1),
        },
        Message::Compare(compare) => match by(0) % 2 {
            0 => compare.digests[usize::from(by(1)) % BUCKETS][0] ^= by(2),
            _ => compare.prefix = bytes.iter().take(3).map(|byte| byte % 16).collect(),
        },
        Message::Letter { hops, sealed, .. } => {
            *hops ^= by(0) & 1;
            if let Some(byte) = sealed.first_mut() {
                *byte ^= by(1);
            }
        }
        Message::Notice(_) | Message::Fork(_) => {}
    }
}

/// Lies about the newest entry of a run.
fn bend_item(run: &mut Run, kind: u8, by: u8) {
    let Some(item) = run.items.last_mut() else {
        return;
    };
    match (kind, &mut item.body) {
        (6, _) => item.time_ms += u64::from(by),
        (7, RunBody::Present(body)) => {
            if let Some(last) = body.last_mut() {
                *last ^= by;
            }
        }
        _ => item.signature = Signature::from_bytes([by; 64]),
    }
}
