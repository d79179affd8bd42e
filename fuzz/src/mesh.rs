//! Three honest nodes and Mallory's, all real machines with stores, under a schedule that the bytes say: who posts and
//! when, what arrives in which order, how Mallory changes what her node sends, how long nothing happens.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hearth_keys::{Identity, Signature};
use hearth_protocol::body;
use hearth_protocol::bounds::SEQUENCE_MAX;
use hearth_protocol::content::{Content, Delete, Post, Target};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, LoneEntry, Place};
use hearth_protocol::memory::{next_header, one_entry_run};
use hearth_protocol::message::{BUCKETS, Have, LogHave, Message};
use hearth_protocol::run::{Run, RunBody};
use hearth_protocol::sync::Event;

use crate::cast::cast;
use crate::home::{Home, Letter};

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;
const MALLORY: usize = 3;

/// Who is connected with whom at first. Carol gets what Alice writes by way of Bob.
const LINKS: [(usize, usize); 4] = [(ALICE, BOB), (BOB, CAROL), (MALLORY, BOB), (MALLORY, ALICE)];
/// Steps of one schedule.
const STEPS_MAX: usize = 96;
/// Frames that travel before everything must be still: beyond it somebody chatters for ever.
const FRAMES_UNTIL_STILL_MAX: usize = 20_000;
/// Frames that Mallory remembers.
const OVERHEARD_MAX: usize = 256;
/// Entries of one author: more only make it slow.
const POSTS_MAX: usize = 24;
/// How long the honest nodes have at the end, and how often they may be woken in that time.
const RECOVERY_MS: u64 = 300_000;
const WAKES_MAX: usize = 2_000;

/// Runs a schedule. The bytes are a list of `op ‖ argument ‖ length ‖ bytes`, each but the last one byte. Whatever it
/// says: nobody stores what an author didn't write, no honest node throws out another, nothing goes on for ever, and once
/// Mallory is gone the honest ones come to hold the same.
pub fn mesh(data: &[u8]) {
    let mut mesh = Mesh::new();
    let mut rest = data;
    for _ in 0..STEPS_MAX {
        let Some((&[op, argument, length], tail)) = rest.split_first_chunk() else {
            break;
        };
        let (bytes, tail) = tail.split_at(usize::from(length).min(tail.len()));
        rest = tail;
        mesh.step(op, argument, bytes);
        mesh.check_drops();
    }
    mesh.check_stores();
    mesh.recover();
    mesh.check_stores();
    mesh.check_same();
}

struct Mesh {
    homes: [Home; 4],
    /// What has been signed, by whom and where: in Mallory's log several in one place.
    written: BTreeMap<Place, BTreeSet<EntryId>>,
    overheard: VecDeque<Vec<u8>>,
    now_ms: u64,
    salt: u8,
}

impl Mesh {
    fn new() -> Self {
        let mut mesh = Self {
            homes: cast().each_ref().map(Home::new),
            written: BTreeMap::new(),
            overheard: VecDeque::new(),
            now_ms: 0,
            salt: 0,
        };
        let cares: [(usize, &[usize]); 4] = [
            (ALICE, &[MALLORY]),
            (BOB, &[ALICE, CAROL, MALLORY]),
            (CAROL, &[ALICE]),
            (MALLORY, &[ALICE, BOB, CAROL]),
        ];
        for (at, others) in cares {
            for &other in others {
                mesh.homes[at].handle(Event::Cared(cast()[other].id()));
                let notice = cast()[at].follows(&cast()[other]);
                mesh.homes[at].sync.set_notice(notice);
            }
        }
        mesh.post(ALICE, b"one");
        mesh.post(ALICE, b"two");
        mesh.post(CAROL, b"three");
        LINKS.iter().for_each(|&(a, b)| mesh.connect(a, b));
        mesh
    }

    fn step(&mut self, op: u8, argument: u8, bytes: &[u8]) {
        let who = usize::from(argument) % 4;
        let victim = if argument & 1 == 0 { BOB } else { ALICE };
        match op % 20 {
            0 => self.still(),
            1 => drop(self.carry(who)),
            2 => drop(self.homes[who].hear()),
            3 => self.post(ALICE, bytes),
            4 => self.post(CAROL, bytes),
            5 => self.delete(ALICE, u64::from(argument)),
            6 => self.wait(u64::from(argument) * 500),
            7 => self.toggle(who),
            8 => self.frame(victim, bytes.to_vec()),
            9 => self.swap(argument),
            10 => self.repeat(argument),
            11 => self.lose(argument),
            12 => self.damage(argument, bytes),
            13 => self.twist(argument, bytes),
            14 => self.replay(victim, argument, bytes),
            15 if argument & 2 == 0 => self.push_own(victim, bytes),
            15 => self.push_bent(victim, argument >> 2, bytes),
            16 => self.fork(victim, u64::from(argument >> 1), bytes),
            17 => self.boast(victim, bytes),
            18 => self.demand(victim, argument, bytes),
            _ => self.care(argument, bytes),
        }
    }

    fn connect(&mut self, a: usize, b: usize) {
        let (key_a, key_b) = (&cast()[a].peer, &cast()[b].peer);
        if !self.homes[a].peers.contains(key_b) {
            self.homes[a].connect(key_b);
            self.homes[b].connect(key_a);
        }
    }

    fn disconnect(&mut self, a: usize, b: usize) {
        self.homes[a].disconnect(&cast()[b].peer);
        self.homes[b].disconnect(&cast()[a].peer);
    }

    fn toggle(&mut self, link: usize) {
        let (a, b) = LINKS[link];
        if self.homes[a].peers.contains(&cast()[b].peer) {
            self.disconnect(a, b);
        } else {
            self.connect(a, b);
        }
    }

    fn wait(&mut self, ms: u64) {
        self.now_ms += ms;
        self.homes
            .iter_mut()
            .for_each(|home| home.tick(self.now_ms));
    }

    /// Carries the oldest frame that a node sent; whether there was one.
    fn carry(&mut self, from: usize) -> bool {
        let Some(Letter { to, frame }) = self.homes[from].sent.pop_front() else {
            return false;
        };
        let at = cast().iter().position(|person| person.peer == to);
        if at == Some(MALLORY) && self.overheard.len() < OVERHEARD_MAX {
            self.overheard.push_back(frame.clone());
        }
        let key = cast()[from].peer.clone();
        self.homes[at.expect("everybody is here")].handle(Event::Frame(key, frame));
        true
    }

    /// Everything that is under way happens, until nothing is.
    fn still(&mut self) {
        let mut frames = 0;
        loop {
            let mut moved = false;
            for at in 0..self.homes.len() {
                while self.homes[at].hear() {
                    moved = true;
                }
                while self.carry(at) {
                    moved = true;
                    frames += 1;
                    assert!(frames < FRAMES_UNTIL_STILL_MAX, "chatter without end");
                }
            }
            self.check_drops();
            if !moved {
                return;
            }
        }
    }

    // --- what honest people do

    fn post(&mut self, at: usize, text: &[u8]) {
        let text = String::from_utf8_lossy(text).into_owned();
        let reply_to = None;
        self.write(at, &Content::Post(Post { text, reply_to }));
    }

    fn delete(&mut self, at: usize, seq: u64) {
        let log = cast()[at].log();
        let top = self.homes[at].state(&log).top().map_or(0, |top| top.hi + 1);
        let place = Place {
            log,
            seq: seq % top.max(1),
        };
        let targets = vec![Target::from(place)];
        self.write(at, &Content::Delete(Delete { targets }));
    }

    fn write(&mut self, at: usize, content: &Content) {
        self.salt = self.salt.wrapping_add(1);
        let full = self
            .homes
            .get(at)
            .and_then(|home| home.state(&cast()[at].log()).top().copied())
            .is_some_and(|top| top.hi >= POSTS_MAX as u64);
        if full {
            return;
        }
        let body = body::clear(content, [self.salt; 16]).expect("short contents");
        if let Some(run) = self.homes[at].append(body) {
            self.remember(&run);
        }
    }

    /// What a run of one says is written.
    fn remember(&mut self, run: &Run) {
        let chain = run.clone().chain().expect("a run that was just made");
        for link in chain.into_links() {
            let ids = self.written.entry(link.entry.place()).or_default();
            ids.insert(link.entry.id());
        }
    }

    // --- what Mallory does

    /// A frame of hers, apart from what her machine says.
    fn frame(&mut self, victim: usize, frame: Vec<u8>) {
        let key = cast()[MALLORY].peer.clone();
        if self.homes[victim].peers.contains(&key) {
            self.homes[victim].handle(Event::Frame(key, frame));
        }
    }

    fn outgoing(&mut self, argument: u8) -> Option<(usize, &mut VecDeque<Letter>)> {
        let sent = &mut self.homes[MALLORY].sent;
        let at = usize::from(argument) % sent.len().max(1);
        (!sent.is_empty()).then_some((at, sent))
    }

    fn swap(&mut self, argument: u8) {
        if let Some((at, sent)) = self.outgoing(argument) {
            sent.swap(0, at);
        }
    }

    fn repeat(&mut self, argument: u8) {
        if let Some((at, sent)) = self.outgoing(argument) {
            let again = sent[at].clone();
            sent.push_back(again);
        }
    }

    fn lose(&mut self, argument: u8) {
        if let Some((at, sent)) = self.outgoing(argument) {
            sent.remove(at);
        }
    }

    /// Writes bytes over a part of what she is about to send.
    fn damage(&mut self, argument: u8, bytes: &[u8]) {
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
    fn twist(&mut self, argument: u8, bytes: &[u8]) {
        let Some((at, sent)) = self.outgoing(argument) else {
            return;
        };
        if let Ok(mut message) = Message::from_bytes(&sent[at].frame) {
            bend(&mut message, bytes);
            sent[at].frame = message.to_bytes();
        }
    }

    /// Says again what was said to her, perhaps bent.
    fn replay(&mut self, victim: usize, argument: u8, bytes: &[u8]) {
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
    fn push_own(&mut self, victim: usize, bytes: &[u8]) {
        self.post(MALLORY, bytes);
        let log = cast()[MALLORY].log();
        let top = self.homes[MALLORY].state(&log).top().map(|top| top.hi);
        let served = top.and_then(|top| self.homes[MALLORY].store.serve(&log, top, top));
        if let Some((run, tombstones)) = served {
            self.push(victim, run, tombstones);
        }
    }

    /// Shows what she holds of somebody else's log, from somewhere to its end, as nobody wrote it.
    fn push_bent(&mut self, victim: usize, argument: u8, bytes: &[u8]) {
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
    fn fork(&mut self, victim: usize, seq: u64, bytes: &[u8]) {
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
            reply_to: None,
        };
        self.salt = self.salt.wrapping_add(1);
        let body = body::clear(&Content::Post(post), [self.salt; 16]).expect("short contents");
        let mut header = next_header(log, &state, self.now_ms, &body);
        (header.place, header.previous) = (place, previous);
        let run = one_entry_run(&header.sign(&cast()[MALLORY].device), body);
        self.remember(&run);
        self.push(victim, run, Vec::new());
    }

    fn push(&mut self, victim: usize, run: Run, tombstones: Vec<LoneEntry>) {
        let message = Message::Run {
            request: 0,
            run,
            tombstones,
        };
        self.frame(victim, message.to_bytes());
    }

    /// Claims to hold what she doesn't.
    fn boast(&mut self, victim: usize, bytes: &[u8]) {
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

    fn demand(&mut self, victim: usize, argument: u8, bytes: &[u8]) {
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

    /// Bob's interests change, also in people whom nobody knows.
    fn care(&mut self, argument: u8, bytes: &[u8]) {
        let identity = match bytes.first() {
            None => cast()[MALLORY].id(),
            Some(&byte) => Identity::from_bytes([byte; 32]),
        };
        let event = match argument & 1 {
            0 => Event::Cared(identity),
            _ => Event::Uncared(identity),
        };
        self.homes[BOB].handle(event);
    }

    // --- what must hold

    fn check_drops(&mut self) {
        for at in [ALICE, BOB, CAROL] {
            for (peer, reason) in std::mem::take(&mut self.homes[at].dropped) {
                assert!(
                    peer == cast()[MALLORY].peer,
                    "an honest node was thrown out: {reason}"
                );
                self.disconnect(MALLORY, at);
            }
        }
        for (peer, _) in std::mem::take(&mut self.homes[MALLORY].dropped) {
            let at = cast().iter().position(|person| person.peer == peer);
            self.disconnect(MALLORY, at.expect("everybody is here"));
        }
    }

    /// Nobody holds what its author didn't write.
    fn check_stores(&self) {
        for home in &self.homes[..MALLORY] {
            for (log, state) in home.store.logs() {
                for range in state.ranges() {
                    (range.lo..=range.hi).for_each(|seq| self.check_entry(home, *log, seq));
                }
            }
        }
    }

    fn check_entry(&self, home: &Home, log: LogKey, seq: u64) {
        let place = Place { log, seq };
        let link = home.store.link(&place).expect("a range is held");
        let ids = self.written.get(&place);
        assert!(
            ids.is_some_and(|ids| ids.contains(&link.entry.id())),
            "nobody wrote this"
        );
    }

    /// Mallory is gone, and everybody else has time.
    fn recover(&mut self) {
        self.disconnect(MALLORY, ALICE);
        self.disconnect(MALLORY, BOB);
        for (a, b) in [(ALICE, BOB), (BOB, CAROL)] {
            self.disconnect(a, b);
            self.connect(a, b);
        }
        let end_ms = self.now_ms + RECOVERY_MS;
        for wake in 0.. {
            assert!(wake < WAKES_MAX, "woken without end");
            self.still();
            let due = self.homes[..MALLORY].iter();
            let due = due.filter_map(|home| home.sync.next_tick_ms()).min();
            match due.filter(|due| *due < end_ms) {
                Some(due) => self.wait(due.saturating_sub(self.now_ms).max(1)),
                None => break,
            }
        }
    }

    fn check_same(&self) {
        for (author, readers) in [(ALICE, &[BOB, CAROL][..]), (CAROL, &[BOB])] {
            let log = cast()[author].log();
            let own = self.homes[author].state(&log);
            for &reader in readers {
                let theirs = self.homes[reader].state(&log);
                assert_eq!(theirs.ranges(), own.ranges(), "something is missing");
                for range in own.ranges() {
                    (range.lo..=range.hi)
                        .for_each(|seq| self.check_body(author, reader, Place { log, seq }));
                }
            }
        }
    }

    fn check_body(&self, author: usize, reader: usize, place: Place) {
        let body = |at: usize| {
            let link = self.homes[at].store.link(&place);
            link.expect("a range is held").body.clone()
        };
        assert_eq!(body(author), body(reader), "a body differs");
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
