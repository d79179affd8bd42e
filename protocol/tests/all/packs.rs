//! Packs from records to sealed bytes and back, and segments of logs in them.

use hearth_keys::{DeviceKeys, Phrase};
use hearth_protocol::body;
use hearth_protocol::bounds::{PACK_PAYLOAD_BYTES_MAX, RECORD_BYTES_MAX, SEGMENT_BYTES_MAX};
use hearth_protocol::content::{Content, Post};
use hearth_protocol::entry::{LogKey, LogNumber};
use hearth_protocol::memory::MemoryLogs;
use hearth_protocol::pack::{
    BackupKey, PACK_OVERHEAD_BYTES, PACK_SIZES, PackError, PackId, RECORD_HEAD_BYTES, RecordKind,
    append, open, padded_bytes, records, seal, sealed_bytes,
};
use hearth_protocol::root::{Claim, Statement};
use hearth_protocol::run::Run;
use hearth_protocol::segment::{Segment, SegmentError};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

fn key(seed: u64) -> BackupKey {
    BackupKey::generate(1, &mut ChaCha20Rng::seed_from_u64(seed))
}

fn payload(contents: &[Vec<u8>]) -> Vec<u8> {
    let mut payload = Vec::new();
    for content in contents {
        append(&mut payload, RecordKind::Object, content).unwrap();
    }
    payload
}

/// What a payload's records hold, once each was checked.
fn contents(payload: &[u8]) -> Result<Vec<Vec<u8>>, PackError> {
    records(payload)
        .map(|record| record.and_then(|r| r.verify().map(|()| r.bytes.to_vec())))
        .collect()
}

fn small_contents() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20)
}

proptest! {
    #[test]
    fn records_come_back_padded_or_not(contents_in in small_contents()) {
        let mut payload = payload(&contents_in);
        prop_assert_eq!(contents(&payload), Ok(contents_in.clone()));
        let sealed = seal(&payload, &key(1)).unwrap();
        payload.resize(padded_bytes(payload.len()).unwrap(), 0);
        let opened = open(&sealed, &key(1)).unwrap();
        prop_assert_eq!(contents(&opened), Ok(contents_in));
        prop_assert_eq!(opened, payload);
    }

    #[test]
    fn a_torn_payload_gives_what_is_whole(contents_in in small_contents(), at in any::<prop::sample::Index>()) {
        let payload = payload(&contents_in);
        let cut = at.index(payload.len() + 1);
        let mut reading = records(&payload[..cut]);
        let mut whole = Vec::new();
        let torn = loop {
            match reading.next() {
                Some(Ok(record)) => whole.push(record.bytes.to_vec()),
                Some(Err(error)) => break Some(error),
                None => break None,
            }
        };
        prop_assert_eq!(&whole[..], &contents_in[..whole.len()]);
        let end = reading.position();
        prop_assert!(end <= cut);
        let expected = (end < cut).then_some(PackError::CutOff { at: end });
        prop_assert_eq!(torn, expected);
        prop_assert!(reading.next().is_none(), "nothing follows an error");
    }

    #[test]
    fn whatever_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = contents(&bytes);
        prop_assert!(open(&bytes, &key(1)).is_err());
    }

    #[test]
    fn a_changed_bit_in_a_record_is_noticed(content in prop::collection::vec(any::<u8>(), 1..200), bit in any::<prop::sample::Index>()) {
        let mut payload = payload(std::slice::from_ref(&content));
        let bit = bit.index((payload.len() - 5) * 8);
        payload[5 + bit / 8] ^= 1 << (bit % 8);
        let is_damaged = matches!(contents(&payload), Err(PackError::Damaged { .. }));
        prop_assert!(is_damaged);
    }
}

#[test]
fn sizes_are_few_and_sealing_is_the_same_each_time() {
    for (bytes, padded) in [
        (0, PACK_SIZES[0]),
        (PACK_SIZES[0], PACK_SIZES[0]),
        (PACK_SIZES[0] + 1, PACK_SIZES[1]),
    ] {
        let payload = vec![0; bytes];
        let sealed = seal(&payload, &key(1)).unwrap();
        assert_eq!(sealed.len(), padded + PACK_OVERHEAD_BYTES);
        assert_eq!(Some(sealed.len()), sealed_bytes(bytes));
        let id = PackId::of(&sealed);
        assert_eq!(id, PackId::of(&seal(&payload, &key(1)).unwrap()));
        assert_ne!(id, PackId::of(&seal(&payload, &key(2)).unwrap()));
    }
    assert_eq!(
        padded_bytes(PACK_PAYLOAD_BYTES_MAX),
        Some(PACK_PAYLOAD_BYTES_MAX)
    );
    assert_eq!(padded_bytes(PACK_PAYLOAD_BYTES_MAX + 1), None);
}

#[test]
fn a_pack_opens_with_its_key_only_and_as_it_was() {
    let sealed = seal(&payload(&[vec![7; 100]]), &key(1)).unwrap();
    assert!(matches!(open(&sealed, &key(2)), Err(PackError::Open(_))));
    let mut newer = sealed.clone();
    newer[0] = 2;
    assert_eq!(open(&newer, &key(1)), Err(PackError::Version(2)));
    let short = &sealed[..sealed.len() - 1];
    assert_eq!(open(short, &key(1)), Err(PackError::Length(short.len())));
    for at in [1, 25, 5000, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(matches!(open(&changed, &key(1)), Err(PackError::Open(_))));
    }
}

#[test]
fn bounds_hold() {
    let mut payload = Vec::new();
    let longest = vec![1; RECORD_BYTES_MAX];
    assert_eq!(
        append(
            &mut payload,
            RecordKind::Object,
            &[&longest[..], &[1]].concat()
        ),
        Err(PackError::RecordTooLong(RECORD_BYTES_MAX + 1))
    );
    let fitting = PACK_PAYLOAD_BYTES_MAX / (RECORD_BYTES_MAX + RECORD_HEAD_BYTES);
    for _ in 0..fitting {
        append(&mut payload, RecordKind::Object, &longest).unwrap();
    }
    let before = payload.len();
    let full = append(&mut payload, RecordKind::Object, &longest);
    assert_eq!((full, payload.len()), (Err(PackError::Full), before));
    // A head that promises more than any record has.
    let head = [&[1][..], &u32::MAX.to_be_bytes(), &[0; 32]].concat();
    assert_eq!(
        contents(&head),
        Err(PackError::RecordTooLong(u32::MAX as usize))
    );
    let after_the_end = [0, 0, 5, 0];
    assert_eq!(contents(&after_the_end), Err(PackError::Padding { at: 2 }));
}

#[test]
fn kinds_that_are_newer_are_passed_over() {
    let mut payload = Vec::new();
    append(&mut payload, RecordKind::Newer(9), b"what will be").unwrap();
    append(&mut payload, RecordKind::Segment, b"logs").unwrap();
    let kinds: Vec<RecordKind> = records(&payload).map(|r| r.unwrap().kind).collect();
    assert_eq!(kinds, [RecordKind::Newer(9), RecordKind::Segment]);
}

/// Alice's statements and her social log with so many posts.
fn log(posts: usize, text_bytes: usize) -> (Vec<Vec<u8>>, Vec<Run>) {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let root = Phrase::generate(&mut rng).root();
    let device = DeviceKeys::generate(&mut rng);
    let box_public = device.box_public();
    let certificate = Statement::sign(&root, device.id(), 0, Claim::Certify { box_public });
    let statements = vec![certificate.to_bytes()];
    let mut logs = MemoryLogs::new();
    logs.add_statements(root.identity(), &statements).unwrap();
    let log = LogKey {
        identity: root.identity(),
        device: device.id(),
        log: LogNumber::SOCIAL,
    };
    let runs = (0..posts).map(|number| {
        let text = "x".repeat(text_bytes) + &number.to_string();
        let post = Content::Post(Post {
            text,
            ..Post::default()
        });
        let body = body::clear(&post, [3; 16]).unwrap();
        logs.append(&device, log, number as u64, body).unwrap()
    });
    let runs = runs.collect();
    (statements, runs)
}

#[test]
fn a_segment_carries_a_log_to_a_store_that_has_nothing() {
    let (statements, runs) = log(5, 10);
    let identity = runs[0].log.identity;
    let mut segment = Segment::new(identity, statements);
    for run in &runs {
        segment.push(run, &[]).unwrap();
    }
    let bytes = segment.to_bytes();
    let mut payload = Vec::new();
    append(&mut payload, RecordKind::Segment, &bytes).unwrap();
    let record = records(&payload).next().unwrap().unwrap();
    let read = Segment::from_bytes(identity, record.bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes, "one value, one encoding");
    let mut store = MemoryLogs::new();
    store.add_statements(identity, read.statements()).unwrap();
    for (run, tombstones) in read.into_runs() {
        store.ingest(run, &tombstones).unwrap();
    }
    assert_eq!(store.state(&runs[0].log).unwrap().top().unwrap().hi, 4);
}

#[test]
fn a_segment_takes_what_fits_and_of_one_identity() {
    let (statements, runs) = log(80, 15_000);
    let identity = runs[0].log.identity;
    let mut segment = Segment::new(identity, statements);
    let fitted = runs
        .iter()
        .take_while(|run| segment.push(run, &[]).is_ok())
        .count();
    assert!(fitted < runs.len(), "80 × 15 kB are more than fit");
    let bytes = segment.to_bytes();
    assert!(bytes.len() <= SEGMENT_BYTES_MAX && bytes.len() > SEGMENT_BYTES_MAX - 20_000);
    assert_eq!(segment.runs().len(), fitted);
    assert!(Segment::from_bytes(identity, &bytes).is_ok());

    let stranger = Phrase::generate(&mut ChaCha20Rng::seed_from_u64(6))
        .root()
        .identity();
    assert!(Segment::from_bytes(stranger, &bytes).is_err());
    let mut other = Segment::new(stranger, Vec::new());
    assert_eq!(other.push(&runs[0], &[]), Err(SegmentError::Foreign));
    for broken in [
        &bytes[..bytes.len() - 1],
        &[],
        &[2],
        &[1],
        &[&[2], &bytes[1..]].concat(),
    ] {
        assert!(Segment::from_bytes(identity, broken).is_err());
    }
}
