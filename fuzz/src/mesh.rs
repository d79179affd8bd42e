//! Three honest nodes and Mallory's, all real machines with stores, under a schedule that the bytes say: who posts and
//! when, what arrives in which order, how Mallory changes what her node sends, how long nothing happens.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hearth_keys::Identity;
use hearth_protocol::body;
use hearth_protocol::content::{Content, Delete, Post, Target};
use hearth_protocol::entry::{EntryId, LogKey, Place};
use hearth_protocol::run::Run;
use hearth_protocol::sync::Event;

use crate::cast::cast;
use crate::home::{Home, Letter};

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;
pub(crate) const MALLORY: usize = 3;

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

pub(crate) struct Mesh {
    pub(crate) homes: [Home; 4],
    /// What has been signed, by whom and where: in Mallory's log several in one place.
    written: BTreeMap<Place, BTreeSet<EntryId>>,
    pub(crate) overheard: VecDeque<Vec<u8>>,
    pub(crate) now_ms: u64,
    pub(crate) salt: u8,
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

    pub(crate) fn post(&mut self, at: usize, text: &[u8]) {
        let text = String::from_utf8_lossy(text).into_owned();
        let reply_to = None;
        self.write(
            at,
            &Content::Post(Post {
                text,
                reply_to,
                ..Post::default()
            }),
        );
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
    pub(crate) fn remember(&mut self, run: &Run) {
        let chain = run.clone().chain().expect("a run that was just made");
        for link in chain.into_links() {
            let ids = self.written.entry(link.entry.place()).or_default();
            ids.insert(link.entry.id());
        }
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
