//! What checking costs: signatures alone and by runs, the codec, the decision what may be stored.
//! `cargo bench -p hearth-protocol`

use std::cell::RefCell;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use hearth_keys::{CryptoRng, DeviceKeys, Phrase};
use hearth_protocol::body;
use hearth_protocol::content::{Content, Post};
use hearth_protocol::entry::{Entry, EntryId, LogKey, LogNumber, Place};
use hearth_protocol::ingest::{self, Held};
use hearth_protocol::log::LogState;
use hearth_protocol::memory::next_header;
use hearth_protocol::root::{Claim, Statement, StatementSet};
use hearth_protocol::run::{Run, RunBody, RunItem};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

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
            reply_to: None,
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
