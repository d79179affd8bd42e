//! Who appears in the vectors: fixed phrases and device keys, so that every file can be made again.

use hearth_keys::{DeviceKeys, Phrase, Root, SpaceKey};
use hearth_protocol::body;
use hearth_protocol::content::{Content, Control, ControlOp, Delete, Post, Target};
use hearth_protocol::entry::{Entry, LogKey, LogNumber, LoneEntry, Place};
use hearth_protocol::memory::{next_header, one_entry_run};
use hearth_protocol::root::{Claim, Statement};
use hearth_protocol::run::Run;
use hearth_protocol::space::Space;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

pub(crate) const ALICE_PHRASE: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
    abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";
pub(crate) const BOB_PHRASE: &str = "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo \
    zoo zoo zoo vote";

pub(crate) fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([7; 32])
}

pub(crate) fn alice() -> Root {
    Phrase::parse(ALICE_PHRASE).unwrap().root()
}

pub(crate) fn bob() -> Root {
    Phrase::parse(BOB_PHRASE).unwrap().root()
}

/// A device whose signing seed and box secret are made of one byte each.
pub(crate) fn device(number: u8) -> DeviceKeys {
    let mut bytes = [number; 64];
    bytes[32..].fill(number + 100);
    DeviceKeys::from_bytes(&bytes)
}

pub(crate) fn certificate(root: &Root, device: &DeviceKeys) -> Statement {
    let claim = Claim::Certify {
        box_public: device.box_public(),
    };
    Statement::sign(root, device.id(), 1_700_000_000_000, claim)
}

/// The social log of Alice's first device.
pub(crate) fn alices_log() -> LogKey {
    LogKey {
        identity: alice().identity(),
        device: device(1).id(),
        log: LogNumber::SOCIAL,
    }
}

pub(crate) fn alices_place(seq: u64) -> Place {
    Place {
        log: alices_log(),
        seq,
    }
}

pub(crate) fn post(text: &str) -> Content {
    Content::Post(Post {
        text: text.to_owned(),
        ..Post::default()
    })
}

/// Signs contents one after another into Alice's social log; times count seconds.
pub(crate) fn chain(contents: &[Content]) -> Run {
    let clear = |content| body::clear(content, [0x55; 16]).unwrap();
    chain_of(contents.iter().map(clear))
}

/// The same of bodies.
pub(crate) fn chain_of(bodies: impl IntoIterator<Item = Vec<u8>>) -> Run {
    let mut run: Option<Run> = None;
    for (second, body) in (0..).zip(bodies) {
        let previous: Option<Entry> = run.clone().map(|run| run.chain().unwrap().last().clone());
        let mut header = next_header(alices_log(), &Default::default(), second * 1000, &body);
        if let Some(previous) = previous {
            header.previous = previous.id();
            header.place.seq = previous.place().seq + 1;
        }
        let one = one_entry_run(&header.sign(&device(1)), body);
        match &mut run {
            Some(run) => run.items.extend(one.items),
            None => run = Some(one),
        }
    }
    run.unwrap()
}

/// Posts around a step of a shared space, whose body lasts, at sequence 1, and a delete that names it at sequence 2.
pub(crate) fn with_a_step() -> Run {
    let space = Space::Shared {
        creator: alice().identity(),
        nonce: [2; 16],
    };
    let op = ControlOp::Create {
        name: "Book club".to_owned(),
    };
    let parents = Vec::new();
    let step = Content::Control(Control { space, parents, op });
    let key = SpaceKey::from_bytes([8; 32]);
    let step = body::seal(&step, &key, &alices_place(1), &mut rng()).unwrap();
    let clear = |content| body::clear(&content, [0x55; 16]).unwrap();
    let targets = vec![Target::from(alices_place(1))];
    let delete = Content::Delete(Delete { targets });
    chain_of([
        clear(post("post 0")),
        step,
        clear(delete),
        clear(post("post 3")),
    ])
}

/// The part of a run with these sequences.
pub(crate) fn part(run: &Run, lo: u64, hi: u64) -> Run {
    let chain = run.clone().chain().unwrap();
    let mut part = run.clone();
    part.first_seq = lo;
    part.previous = chain.at(lo).unwrap().entry.header().previous;
    part.items = (lo..=hi)
        .map(|seq| run.items[usize::try_from(seq - run.first_seq).unwrap()].clone())
        .collect();
    part
}

/// The entry at a sequence of a run, by itself.
pub(crate) fn entry_with_body(run: &Run, seq: u64) -> LoneEntry {
    let link = run.clone().chain().unwrap().at(seq).unwrap().clone();
    LoneEntry {
        entry: link.entry,
        body: link.body.unwrap(),
    }
}

/// The entry at a sequence of a run.
pub(crate) fn entry(run: &Run, seq: u64) -> Entry {
    run.clone().chain().unwrap().at(seq).unwrap().entry.clone()
}
