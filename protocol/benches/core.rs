//! What checking costs: signatures alone and by runs, the codec, the decision what may be stored. And what keeping files
//! costs: cutting, compressing, sealing and naming them, and back.
//! `cargo bench -p hearth-protocol`

use std::cell::RefCell;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use hearth_keys::{CryptoRng, DeviceKeys, Phrase, SpaceKey};
use hearth_protocol::body;
use hearth_protocol::content::{Content, Post};
use hearth_protocol::entry::{Entry, EntryId, LogKey, LogNumber, Place};
use hearth_protocol::ingest::{self, Held};
use hearth_protocol::log::LogState;
use hearth_protocol::memory::next_header;
use hearth_protocol::object::chunk::Chunker;
use hearth_protocol::object::{Object, ObjectKey, Sealer};
use hearth_protocol::root::{Claim, Statement, StatementSet};
use hearth_protocol::run::{Run, RunBody, RunItem};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const LENGTHS: [usize; 3] = [1, 64, 1024];

fn main() {
    divan::main();
}

struct Nothing;

impl Held for Nothing {
    fn entry(&self, _: u64) -> Option<Entry> {
        None
    }

    fn is_deleted(&self, _: u64) -> bool {
        false
    }
}

fn written(entries: usize) -> (StatementSet, Run) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let rng: &mut dyn CryptoRng = &mut rng;
    let (root, device) = (Phrase::generate(rng).root(), DeviceKeys::generate(rng));
    let claim = Claim::Certify {
        box_public: device.box_public(),
    };
    let mut statements = StatementSet::new(root.identity());
    statements
        .insert(Statement::sign(&root, device.id(), 0, claim))
        .expect("it is of this identity");
    let log = LogKey {
        identity: root.identity(),
        device: device.id(),
        log: LogNumber::SOCIAL,
    };
    let mut previous = EntryId::NONE;
    let items = (0..entries as u64).map(|seq| {
        let post = Post {
            text: format!("{seq}: {}", "as long as people write ".repeat(4)),
            ..Post::default()
        };
        let body = body::clear(&Content::Post(post), [7; body::SALT_BYTES]).expect("a short text");
        let mut header = next_header(log, &LogState::default(), 1_600_000_000_000 + seq, &body);
        (header.place, header.previous) = (Place { log, seq }, previous);
        let entry = header.sign(&device);
        previous = entry.id();
        RunItem {
            time_ms: entry.header().time_ms,
            signature: *entry.signature(),
            body: RunBody::Present(body),
        }
    });
    let run = Run {
        log,
        first_seq: 0,
        previous: EntryId::NONE,
        items: items.collect(),
    };
    (statements, run)
}

/// One signature after the other: what everything else is measured against.
#[divan::bench]
fn verify_alone(bencher: Bencher<'_, '_>) {
    let (_, run) = written(64);
    let chain = run.chain().expect("within bounds");
    let next = RefCell::new(chain.links().iter().cycle());
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        let link = next.borrow_mut().next().expect("a cycle");
        black_box(&link.entry).verify()
    });
}

/// A run as it is checked before it is stored: a hash or two an entry, one signature in all.
#[divan::bench(args = LENGTHS)]
fn plan_a_run(bencher: Bencher<'_, '_>, entries: usize) {
    let (statements, run) = written(entries);
    bencher
        .counter(ItemsCount::new(entries))
        .with_inputs(|| run.clone())
        .bench_values(|run| {
            ingest::plan(&LogState::default(), &statements, run, &[], &Nothing).expect("authentic")
        });
}

#[divan::bench(args = LENGTHS)]
fn encode_a_run(bencher: Bencher<'_, '_>, entries: usize) {
    let (_, run) = written(entries);
    bencher
        .counter(ItemsCount::new(entries))
        .bench(|| black_box(&run).to_bytes());
}

#[divan::bench(args = LENGTHS)]
fn decode_a_run(bencher: Bencher<'_, '_>, entries: usize) {
    let bytes = written(entries).1.to_bytes();
    bencher
        .counter(ItemsCount::new(entries))
        .counter(BytesCount::of_slice(&bytes))
        .bench(|| Run::from_bytes(black_box(&bytes)).expect("canonical"));
}

const FILE_BYTES: usize = 32 * 1024 * 1024;
/// What a file reaches the cutter in.
const PIECE_BYTES: usize = 256 * 1024;

/// What people keep, by halves: what no longer compresses, as photos and films don't, and what does.
fn mixed() -> Vec<u8> {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let mut file = vec![0; FILE_BYTES];
    for (number, part) in file.chunks_mut(1 << 20).enumerate() {
        rng.fill_bytes(part);
        if number % 2 == 1 {
            part.iter_mut()
                .for_each(|byte| *byte = b"etaoin shrdlu, c"[usize::from(*byte % 16)]);
            for line in part.chunks_mut(64).skip(1).step_by(2) {
                line.fill(b'-');
            }
        }
    }
    file
}

fn each_object(file: &[u8], sealer: &mut Sealer, mut take: impl FnMut(Object)) {
    let mut chunker = Chunker::new();
    for piece in file.chunks(PIECE_BYTES) {
        chunker.push(piece);
        while let Some(chunk) = chunker.next_chunk(false) {
            take(sealer.seal(chunk).expect("within bounds"));
        }
    }
    while let Some(chunk) = chunker.next_chunk(true) {
        take(sealer.seal(chunk).expect("within bounds"));
    }
}

fn object_key() -> ObjectKey {
    ObjectKey::of(&SpaceKey::from_bytes([8; 32]))
}

#[divan::bench]
fn cut_a_file(bencher: Bencher<'_, '_>) {
    let file = mixed();
    bencher.counter(BytesCount::of_slice(&file)).bench(|| {
        let mut chunker = Chunker::new();
        file.chunks(PIECE_BYTES).for_each(|piece| {
            chunker.push(piece);
            while let Some(chunk) = chunker.next_chunk(false) {
                black_box(chunk);
            }
        });
    });
}

/// Cut, compressed where it helps, sealed, named.
#[divan::bench]
fn keep_a_file(bencher: Bencher<'_, '_>) {
    let file = mixed();
    let sealer = RefCell::new(Sealer::new(object_key()));
    bencher
        .counter(BytesCount::of_slice(&file))
        .bench_local(|| {
            each_object(&file, &mut sealer.borrow_mut(), |object| {
                black_box(object);
            });
        });
}

/// The names checked, opened, decompressed.
#[divan::bench]
fn read_a_file(bencher: Bencher<'_, '_>) {
    let (file, key) = (mixed(), object_key());
    let mut objects = Vec::new();
    each_object(&file, &mut Sealer::new(key.clone()), |object| {
        objects.push(object)
    });
    bencher.counter(BytesCount::of_slice(&file)).bench(|| {
        for object in &objects {
            black_box(key.open_as(&object.id, &object.bytes).expect("its own"));
        }
    });
}
