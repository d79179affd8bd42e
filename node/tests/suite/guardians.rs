//! Friends who keep each other's data: who may, how much, and how that ends.

use std::time::{Duration, Instant};

use hearth_keys::{Identity, Phrase};
use hearth_protocol::bounds::PART_BYTES_MAX;
use hearth_protocol::guardian::{
    Claim, GuardMessage, Outcome, Part, Pledged, Release, ShardKind, Terms, Ticket,
};
use hearth_protocol::message::{FollowNotice, Message};
use serde_json::{Value, json};

use crate::harness::{Home, Node, PATIENCE, QUIC, TCP, until};
use crate::mallory::{Mallory, Person, Talk, now_ms};

/// Nothing comes in so long a time.
const SILENCE: Duration = Duration::from_millis(1_500);
const MEGABYTE: u64 = 1_000_000;

/// What a home says of somebody as a guardian.
fn guardian(home: &Home, identity: &str) -> Option<Value> {
    let guardians = home.ask(&["guardians"]);
    let mut guardians = guardians.as_array().unwrap().iter();
    guardians
        .find(|guardian| guardian["identity"] == identity)
        .cloned()
}

#[track_caller]
fn until_guardian(home: &Home, identity: &str, field: &str, bytes: u64) {
    until(&format!("{field} is {bytes}"), || {
        let known = guardian(home, identity).map_or(0, |known| known[field].as_u64().unwrap());
        (known == bytes).then_some(())
    });
}

#[test]
fn a_pledge_counts_once_both_follow_each_other() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (_at_alice, at_bob) = (alice.up(), bob.up());
    let (alices, bobs) = (alice.identity(), bob.identity());
    assert_eq!(alice.ask(&["guardians"]), json!([]));
    let answer = alice.ask(&["pledge", &bobs, "20MB"]);
    assert_eq!(answer, json!({ "to": bobs, "bytes": 20 * MEGABYTE }));
    until_guardian(&alice, &bobs, "pledged_by_me", 20 * MEGABYTE);

    bob.ask(&["follow", &alice.link()]);
    until("they are connected", || {
        bob.is_connected_with(&alices).then_some(())
    });
    std::thread::sleep(SILENCE);
    assert_eq!(guardian(&bob, &alices), None, "Alice doesn't follow him");

    alice.ask(&["follow", &bobs]);
    until_guardian(&bob, &alices, "pledged_to_me", 20 * MEGABYTE);
    let known = guardian(&bob, &alices).unwrap();
    assert_eq!(known["name"], "Alice");
    assert_eq!(known["used_by_me"], 0);
    assert!(known["last_seen_ms"].as_u64().unwrap() > now_ms() - 60_000);
    bob.ask(&["pledge", &alices, "5MiB"]);
    until_guardian(&alice, &bobs, "pledged_to_me", 5 << 20);

    // What is remembered outlives the process, and isn't believed for ever.
    drop(at_bob);
    alice.ask(&["pledge", &bobs, "1kB"]);
    let _at_bob = bob.up();
    assert_eq!(guardian(&bob, &alices).unwrap()["pledged_by_me"], 5 << 20);
    until_guardian(&bob, &alices, "pledged_to_me", 1_000);
    until_guardian(&alice, &bobs, "pledged_to_me", 5 << 20);

    bob.ask(&["unfollow", &alices]);
    until_guardian(&alice, &bobs, "pledged_to_me", 0);
    alice.ask(&["pledge", &bobs, "0"]);
    until("nothing is left of it", || {
        guardian(&alice, &bobs).is_none().then_some(())
    });
}

#[test]
fn pledges_that_make_no_sense_are_refused() {
    let alice = Home::new("Alice");
    let _at_alice = alice.up();
    let me = alice.identity();
    alice
        .run(&["pledge", &me, "20GB"])
        .refused(2, "your own key");
    alice.run(&["pledge", &me, "20Gb"]).refused(2, "bits");
    alice.run(&["pledge", &me, "much"]).refused(2, "20GB");
    alice
        .run(&["pledge", "hearth1", "1GB"])
        .refused(2, "hearth id");
    assert_eq!(alice.ask(&["guardians"]), json!([]));
}

/// Somebody who asks a guardian by hand.
struct Owner<'a> {
    person: &'a Person,
    talk: Talk<'a>,
    guardian: Identity,
    /// The number of the last request.
    request: u32,
    peers: (Vec<u8>, Vec<u8>),
    /// What was told last of what is pledged, while something else was waited for.
    told: Option<Pledged>,
}

impl<'a> Owner<'a> {
    fn of(person: &'a Person, mallory: &'a mut Mallory, alice: &str) -> Self {
        let peers = (mallory.peer.to_bytes(), mallory.victim.to_bytes());
        let presence = mallory.presences(person, 1);
        let mut talk = mallory.open().unwrap();
        talk.say(&presence);
        Self {
            person,
            talk,
            guardian: alice.parse().unwrap(),
            request: 0,
            peers,
            told: None,
        }
    }

    fn follow(&mut self) {
        let (device, statements) = (&self.person.device, &self.person.statements);
        let (alice, now) = (self.guardian, now_ms());
        let notice = FollowNotice::sign(device, statements, alice, true, now, "Mallory");
        self.talk.say(&Message::Notice(notice));
    }

    fn say(&mut self, message: &GuardMessage) {
        assert!(self.talk.send_frame(&message.to_bytes()));
    }

    fn claim(&mut self) {
        let (from, to) = (self.peers.0.clone(), self.peers.1.clone());
        self.claim_between(&from, &to);
    }

    fn claim_between(&mut self, from: &[u8], to: &[u8]) {
        let (device, statements) = (&self.person.device, &self.person.statements);
        let claim = Claim::sign(device, statements, from, to, now_ms());
        self.say(&GuardMessage::Claim(claim));
    }

    /// The next answer to a request; what is pledged may be told at any time.
    fn answer(&mut self) -> GuardMessage {
        loop {
            match self.talk.hear_guard(PATIENCE).expect("an answer") {
                GuardMessage::Pledged(pledged) => self.told = Some(pledged),
                GuardMessage::Claim(_) => {}
                answer => return answer,
            }
        }
    }

    /// Waits until she is told that what is pledged is as `fits` says.
    fn until_pledged(&mut self, fits: impl Fn(&Pledged) -> bool) -> Pledged {
        let (end, mut told) = (Instant::now() + PATIENCE, self.told.take());
        if let Some(pledged) = told.take_if(|told| fits(told)) {
            return pledged;
        }
        while let Some(heard) = self
            .talk
            .hear_guard(end.saturating_duration_since(Instant::now()))
        {
            if let GuardMessage::Pledged(pledged) = heard {
                if fits(&pledged) {
                    return pledged;
                }
                told = Some(pledged);
            }
        }
        panic!("nothing like that was told, but {told:?}");
    }

    fn ticket(&self, bytes: &[u8], kind: ShardKind, number: u64) -> Ticket {
        let terms = Terms {
            owner: self.person.id(),
            guardian: self.guardian,
            id: *blake3::hash(bytes).as_bytes(),
            bytes: u32::try_from(bytes.len()).unwrap(),
            kind,
            number,
            generation: 0,
            expires_ms: now_ms() + 1_000_000,
        };
        Ticket::sign(&self.person.device, terms)
    }

    fn put(&mut self, bytes: &[u8]) -> Outcome {
        let ticket = self.ticket(bytes, ShardKind::Shard, 1);
        self.put_as(ticket, bytes)
    }

    fn put_as(&mut self, ticket: Ticket, bytes: &[u8]) -> Outcome {
        self.request += 1;
        let request = self.request;
        self.say(&GuardMessage::Put { request, ticket });
        let mut offset = 0;
        for part in bytes.chunks(PART_BYTES_MAX) {
            let bytes = part.to_vec();
            let part = Part {
                request,
                offset,
                bytes,
            };
            offset += u32::try_from(part.bytes.len()).unwrap();
            self.say(&GuardMessage::Part(part));
        }
        match self.answer() {
            GuardMessage::Done {
                request: of,
                outcome,
            } if of == request => outcome,
            other => panic!("{other:?}"),
        }
    }

    fn get(&mut self, owner: Identity, bytes: &[u8]) -> Option<Vec<u8>> {
        self.request += 1;
        let get = GuardMessage::Get {
            request: self.request,
            owner,
            id: *blake3::hash(bytes).as_bytes(),
            offset: 0,
            length: u32::try_from(bytes.len()).unwrap(),
        };
        self.say(&get);
        let mut got = Vec::new();
        while got.len() < bytes.len() {
            match self.answer() {
                GuardMessage::Piece(piece) => {
                    assert_eq!(
                        (piece.request, piece.offset as usize),
                        (self.request, got.len())
                    );
                    got.extend(piece.bytes);
                }
                GuardMessage::Absent { .. } => return None,
                other => panic!("{other:?}"),
            }
        }
        Some(got)
    }

    fn release(&mut self, bytes: &[&[u8]]) -> Outcome {
        self.request += 1;
        let ids: Vec<[u8; 32]> = bytes.iter().map(|b| *blake3::hash(b).as_bytes()).collect();
        let (owner, guardian) = (self.person.id(), self.guardian);
        let release = Release::sign(&self.person.device, owner, guardian, now_ms(), &ids);
        let request = self.request;
        let release = release.unwrap();
        self.say(&GuardMessage::Release { request, release });
        match self.answer() {
            GuardMessage::Done { outcome, .. } => outcome,
            other => panic!("{other:?}"),
        }
    }

    fn list(&mut self) -> Vec<[u8; 32]> {
        self.request += 1;
        self.say(&GuardMessage::List {
            request: self.request,
            owner: self.person.id(),
            after: None,
        });
        match self.answer() {
            GuardMessage::Listed { items, more, .. } => {
                assert!(!more);
                items.iter().map(|item| item.id).collect()
            }
            other => panic!("{other:?}"),
        }
    }
}

fn up_with<'a>(home: &'a Home, variables: &[(&str, &str)]) -> Node<'a> {
    let mut command = home.command(&["up", "--json", "--no-mdns", "--http", "127.0.0.1:0"]);
    command.args(["--name", "Alice", "--listen", TCP, "--listen", QUIC]);
    command.envs(variables.iter().copied());
    home.start(command).unwrap()
}

/// Bytes of a length that no other length begins with.
/// What shards with so many bytes count for: whole pieces, and the rows that tell of them.
fn charged<const N: usize>(lengths: [u64; N]) -> u64 {
    let charge = |length: u64| length.div_ceil(4_088) * 4_096 + 1_024;
    lengths.into_iter().map(charge).sum()
}

fn bytes(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new()
        .update(&length.to_be_bytes())
        .finalize_xof()
        .fill(&mut bytes);
    bytes
}

#[test]
fn a_friend_is_kept_for_up_to_the_pledge_and_gets_it_back() {
    let alice = Home::new("Alice");
    let at_alice = up_with(&alice, &[]);
    let (alices, mallorys) = (alice.identity(), Person::new());
    let name = mallorys.id().to_string();
    alice.ask(&["follow", &name]);
    alice.ask(&["pledge", &name, "1MB"]);
    let mut mallory = Mallory::towards(&at_alice);
    let mut owner = Owner::of(&mallorys, &mut mallory, &alices);
    owner.follow();
    until_guardian(&alice, &name, "pledged_by_me", MEGABYTE);
    let (small, large) = (bytes(100), bytes(700_000));
    assert_eq!(
        owner.put(&small),
        Outcome::NoPledge,
        "she has to claim first"
    );
    owner.claim();
    let pledged = owner.until_pledged(|pledged| pledged.bytes > 0);
    assert_eq!((pledged.bytes, pledged.used), (MEGABYTE, 0));
    assert_eq!(pledged.guardian.to_string(), alices);

    assert_eq!(owner.put(&small), Outcome::Stored);
    assert_eq!(owner.put(&large), Outcome::Stored);
    assert_eq!(owner.put(&large), Outcome::Stored, "it is there already");
    assert_eq!(owner.put(&bytes(300_001)), Outcome::OverQuota);
    let pledged = owner.until_pledged(|pledged| pledged.used > 10_000);
    assert_eq!(pledged.used, charged([100, 700_000]));
    assert_eq!(owner.get(mallorys.id(), &large).as_ref(), Some(&large));
    assert_eq!(owner.get(mallorys.id(), b"something else"), None);
    let mut ids = [&small, &large].map(|bytes| *blake3::hash(bytes).as_bytes());
    ids.sort_unstable();
    assert_eq!(owner.list(), ids);
    until_guardian(&alice, &name, "used_on_me", charged([100, 700_000]));

    // What isn't as its ticket says, whoever signed it.
    let ticket = owner.ticket(&bytes(50), ShardKind::Shard, 1);
    assert_eq!(
        owner.put_as(ticket, &bytes(50)[..49].repeat(2)),
        Outcome::Mismatch
    );
    assert_eq!(owner.put_as(ticket, &bytes(51)[..50]), Outcome::Mismatch);
    let mut other = ticket.terms().to_owned();
    other.guardian = mallorys.id();
    let other = Ticket::sign(&mallorys.device, other);
    assert_eq!(owner.put_as(other, &bytes(50)), Outcome::Mismatch);

    // A restart forgets nothing.
    drop(owner);
    drop(at_alice);
    let at_alice = alice.up();
    until_guardian(&alice, &name, "used_on_me", charged([100, 700_000]));
    let mut mallory = Mallory::towards(&at_alice);
    let mut owner = Owner::of(&mallorys, &mut mallory, &alices);
    owner.claim();
    owner.until_pledged(|pledged| pledged.used == charged([100, 700_000]));
    assert_eq!(owner.get(mallorys.id(), &small).as_ref(), Some(&small));
}

#[test]
fn what_is_released_goes_after_its_time_and_what_is_put_again_stays() {
    let alice = Home::new("Alice");
    let at_alice = up_with(&alice, &[("HEARTH_RELEASE_GRACE_MS", "3000")]);
    let (alices, mallorys) = (alice.identity(), Person::new());
    let name = mallorys.id().to_string();
    alice.ask(&["follow", &name]);
    alice.ask(&["pledge", &name, "1MB"]);
    let mut mallory = Mallory::towards(&at_alice);
    let mut owner = Owner::of(&mallorys, &mut mallory, &alices);
    owner.follow();
    owner.claim();
    owner.until_pledged(|pledged| pledged.bytes > 0);
    let (first, second, third) = (bytes(1_000), bytes(2_000), bytes(4_000));
    for bytes in [&first, &second, &third] {
        assert_eq!(owner.put(bytes), Outcome::Stored);
    }
    assert_eq!(owner.release(&[&first, &second]), Outcome::Stored);
    assert_eq!(owner.put(&second), Outcome::Stored);
    assert_eq!(owner.get(mallorys.id(), &first).as_ref(), Some(&first));
    owner.until_pledged(|pledged| pledged.used == charged([2_000, 4_000]));
    assert_eq!(owner.get(mallorys.id(), &first), None);
    assert_eq!(owner.get(mallorys.id(), &second).as_ref(), Some(&second));
}

#[test]
fn a_pledge_ends_with_notice() {
    let alice = Home::new("Alice");
    let at_alice = up_with(&alice, &[("HEARTH_NOTICE_MS", "4000")]);
    let (alices, mallorys) = (alice.identity(), Person::new());
    let name = mallorys.id().to_string();
    alice.ask(&["follow", &name]);
    alice.ask(&["pledge", &name, "1MB"]);
    let mut mallory = Mallory::towards(&at_alice);
    let mut owner = Owner::of(&mallorys, &mut mallory, &alices);
    owner.follow();
    owner.claim();
    owner.until_pledged(|pledged| pledged.bytes > 0);
    let (root, shard) = (bytes(1_000), bytes(2_000));
    let ticket = owner.ticket(&root, ShardKind::Root, 1);
    assert_eq!(owner.put_as(ticket, &root), Outcome::Stored);
    assert_eq!(owner.put(&shard), Outcome::Stored);

    alice.ask(&["pledge", &name, "6kB"]);
    let pledged =
        owner.until_pledged(|pledged| pledged.bytes == 6_000 && pledged.ends_ms.is_some());
    assert_eq!(pledged.used, charged([1_000, 2_000]));
    assert_eq!(owner.put(&bytes(10)), Outcome::OverQuota);
    assert_eq!(owner.get(mallorys.id(), &shard).as_ref(), Some(&shard));
    // What all of it needs stays longest.
    owner.until_pledged(|pledged| pledged.used == charged([1_000]) && pledged.ends_ms.is_none());
    assert_eq!(owner.get(mallorys.id(), &root).as_ref(), Some(&root));

    // Who isn't followed any longer has notice too, and may fetch what is theirs meanwhile.
    alice.ask(&["unfollow", &name]);
    owner.until_pledged(|pledged| pledged.bytes == 0 && pledged.ends_ms.is_some());
    assert_eq!(owner.put(&bytes(10)), Outcome::NoPledge);
    assert_eq!(owner.get(mallorys.id(), &root).as_ref(), Some(&root));
    owner.until_pledged(|pledged| pledged.used == 0);
    assert_eq!(owner.get(mallorys.id(), &root), None);
}

#[test]
fn only_friends_are_guardians() {
    let alice = Home::new("Alice");
    let at_alice = up_with(&alice, &[]);
    let (alices, mallorys) = (alice.identity(), Person::new());
    let name = mallorys.id().to_string();
    alice.ask(&["follow", &name]);
    let mut mallory = Mallory::towards(&at_alice);
    let mut friend = Owner::of(&mallorys, &mut mallory, &alices);
    friend.follow();
    while !matches!(
        friend.talk.hear_guard(PATIENCE).expect("Alice's claim"),
        GuardMessage::Claim(_)
    ) {}
    let says = |friend: &mut Owner, bytes, used| {
        let (owner, guardian) = (friend.guardian, mallorys.id());
        let ends_ms = None;
        friend.say(&GuardMessage::Pledged(Pledged {
            owner,
            guardian,
            bytes,
            used,
            ends_ms,
        }));
    };
    says(&mut friend, MEGABYTE, 700);
    until_guardian(&alice, &name, "pledged_to_me", MEGABYTE);

    // Who isn't followed any longer gets nothing new, whatever they say, and is known as long as they keep something.
    alice.ask(&["unfollow", &name]);
    until_guardian(&alice, &name, "pledged_to_me", 0);
    says(&mut friend, 2 * MEGABYTE, 600);
    until_guardian(&alice, &name, "used_by_me", 600);
    assert_eq!(guardian(&alice, &name).unwrap()["pledged_to_me"], 0);
    says(&mut friend, 2 * MEGABYTE, 0);
    until("nothing is left of it", || {
        guardian(&alice, &name).is_none().then_some(())
    });
    alice.ask(&["follow", &name]);
    until_guardian(&alice, &name, "pledged_to_me", 2 * MEGABYTE);
}

#[test]
fn nobody_keeps_other_owners_out() {
    let alice = Home::new("Alice");
    let at_alice = up_with(&alice, &[]);
    let (alices, mallorys) = (alice.identity(), Person::new());
    let name = mallorys.id().to_string();
    alice.ask(&["follow", &name]);
    alice.ask(&["pledge", &name, "1MB"]);
    let mut nodes: Vec<Mallory> = (0..2).map(|_| Mallory::towards(&at_alice)).collect();
    let mut owners = nodes.iter_mut().map(|node| {
        let mut owner = Owner::of(&mallorys, node, &alices);
        owner.follow();
        owner.claim();
        owner.until_pledged(|pledged| pledged.bytes > 0);
        owner
    });
    let (mut first, mut second) = (owners.next().unwrap(), owners.next().unwrap());
    let whole = [bytes(100), bytes(200)];
    for (number, bytes) in (1000..).zip(&whole) {
        let ticket = first.ticket(bytes, ShardKind::Shard, 1);
        first.say(&GuardMessage::Put {
            request: number,
            ticket,
        });
    }
    assert_eq!(first.put(&bytes(50)), Outcome::Busy);
    // That she has another node doesn't help her.
    assert_eq!(second.put(&bytes(50)), Outcome::Busy);
    first.say(&GuardMessage::Part(Part {
        request: 1000,
        offset: 0,
        bytes: whole[0].clone(),
    }));
    let stored = first.answer();
    assert!(matches!(
        stored,
        GuardMessage::Done {
            request: 1000,
            outcome: Outcome::Stored
        }
    ));
    assert_eq!(second.put(&bytes(50)), Outcome::Stored);
}

#[test]
fn strangers_and_liars_get_and_leave_nothing() {
    let alice = Home::new("Alice");
    let at_alice = up_with(&alice, &[]);
    let (alices, mallorys) = (alice.identity(), Person::new());
    let name = mallorys.id().to_string();

    // Nobody knows her here: her claims aren't even looked at.
    let mut mallory = Mallory::towards(&at_alice);
    let mut stranger = Owner::of(&mallorys, &mut mallory, &alices);
    stranger.claim();
    assert_eq!(stranger.talk.hear_guard(SILENCE), None);
    assert_eq!(stranger.put(&bytes(10)), Outcome::NoPledge);
    assert_eq!(stranger.get(alices.parse().unwrap(), &bytes(10)), None);
    drop(stranger);

    // A friend of Alice's keeps something with her.
    alice.ask(&["follow", &name]);
    alice.ask(&["pledge", &name, "1MB"]);
    let mut mallory = Mallory::towards(&at_alice);
    let mut owner = Owner::of(&mallorys, &mut mallory, &alices);
    owner.follow();
    owner.claim();
    owner.until_pledged(|pledged| pledged.bytes > 0);
    let secret = bytes(5_000);
    assert_eq!(owner.put(&secret), Outcome::Stored);

    // Another peer shows a claim that was made for that one, claims as somebody with no device, and asks all the same.
    let mut other = Mallory::towards(&at_alice);
    let mut liar = Owner::of(&mallorys, &mut other, &alices);
    let (from, to) = owner.peers.clone();
    liar.claim_between(&from, &to);
    // Alice may claim from her, and pledges her nothing.
    let heard = liar.talk.hear_guard(SILENCE);
    assert!(
        !matches!(heard, Some(GuardMessage::Pledged(_))),
        "{heard:?}"
    );
    assert_eq!(liar.get(mallorys.id(), &secret), None);
    assert_eq!(liar.put(&bytes(10)), Outcome::NoPledge);
    assert_eq!(liar.release(&[&secret]), Outcome::NoPledge);
    drop(liar);
    let words = "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote";
    let root = Phrase::parse(words).unwrap().root();
    assert_ne!(root.identity(), mallorys.id());
    // She may well claim to be herself, and gets nothing of others by it.
    assert_eq!(owner.get(root.identity(), &secret), None);

    // Frames that make no sense end the session.
    let mut third = Mallory::towards(&at_alice);
    let mut talk = third.open().unwrap();
    talk.send_frame(&[0x82, 0x18, 34, 0x41, 0]);
    assert!(talk.is_ended(PATIENCE));
    assert_eq!(owner.get(mallorys.id(), &secret).as_ref(), Some(&secret));
}
