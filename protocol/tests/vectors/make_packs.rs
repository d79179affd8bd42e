//! Packs, segments, shards.

use hearth_protocol::object::ObjectId;
use hearth_protocol::pack::{RecordKind, append};
use hearth_protocol::segment::Segment;
use serde_json::{Value, json};

use crate::case::{File, hex};
use crate::cbor;
use crate::make_ingest::{story, tombstone, without_body};
use crate::people::{alice, bob, certificate, device, part};

pub(crate) fn files() -> Vec<File> {
    vec![packs(), contents(), segments(), shards()]
}

/// A generation's backup key.
pub(crate) fn secret() -> Value {
    json!({ "secret": hex([5; 32]) })
}

fn record(kind: RecordKind, bytes: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    append(&mut payload, kind, bytes).unwrap();
    payload
}

fn packs() -> File {
    let about = "Payloads of packs: records, and the pack that sealing under a backup key gives.";
    let mut file = File::new("pack", about);
    let two = [
        record(RecordKind::Object, b"one object"),
        record(
            RecordKind::Segment,
            b"no segment, but a record doesn't care",
        ),
    ]
    .concat();
    file.valid("nothing", secret(), b"");
    file.valid("two records", secret(), &two);
    file.valid("padded", secret(), &[&two[..], &[0; 40]].concat());
    file.valid(
        "an empty record",
        secret(),
        &record(RecordKind::Object, b""),
    );
    file.valid(
        "of a newer kind",
        secret(),
        &record(RecordKind::Newer(200), b"?"),
    );
    let long = record(RecordKind::Object, &[7; 70_000]);
    file.valid("of the second size", secret(), &long);

    let mut changed = two.clone();
    changed[40] ^= 1;
    let mut renamed = two.clone();
    renamed[5] ^= 1;
    let head = |length: u32| [&[1][..], &length.to_be_bytes(), &[0; 32]].concat();
    let cut_off = |bytes: usize| two[..bytes].to_vec();
    let refused = [
        (
            "cut off in the bytes",
            "a byte is missing",
            "CutOff",
            cut_off(two.len() - 1),
        ),
        (
            "cut off in the head",
            "a head has 37 bytes",
            "CutOff",
            cut_off(20),
        ),
        (
            "cut off after the kind",
            "a head has 37 bytes",
            "CutOff",
            cut_off(1),
        ),
        (
            "changed bytes",
            "they aren't what the id names",
            "Damaged",
            changed,
        ),
        (
            "another id",
            "it isn't what the bytes are",
            "Damaged",
            renamed,
        ),
        (
            "too long",
            "1 MiB and 64 bytes at most",
            "RecordTooLong",
            head((1 << 20) + 65),
        ),
        (
            "far too long",
            "1 MiB and 64 bytes at most",
            "RecordTooLong",
            head(u32::MAX),
        ),
        (
            "a record after the end",
            "zeros follow",
            "Padding",
            [&[0][..], &two].concat(),
        ),
        (
            "a byte after the end",
            "zeros follow",
            "Padding",
            [&two[..], &[0, 0, 9]].concat(),
        ),
    ];
    for (name, reason, error, payload) in &refused {
        file.invalid(name, (reason, error), secret(), payload);
    }
    file
}

fn contents() -> File {
    let about = "What a pack of objects holds, told in a pack of logs: records of kind 3.";
    let mut file = File::new("pack_contents", about);
    let of = |version: u64, pack: Vec<u8>, ids: &[u8]| {
        cbor::array(&[cbor::uint(version), pack, cbor::bytes(ids)])
    };
    let two: Vec<u8> = [ObjectId::of(b"one object"), ObjectId::of(b"another")]
        .iter()
        .flat_map(|id| *id.as_bytes())
        .collect();
    let good = of(1, cbor::uint(300), &two);
    file.valid("of two objects", Value::Null, &good);
    let widest = of(1, cbor::uint(u64::MAX), &two[..32]);
    file.valid("of one, in a pack far out", Value::Null, &widest);
    let most = of(1, cbor::uint(0), &[7; 32 << 14]);
    file.valid("of 16,384 objects", Value::Null, &most);
    let count = "Invalid: a pack's contents are 1 to 16,384 ids";
    let refused = [
        (
            "version 2",
            "unknown version",
            "Version",
            of(2, cbor::uint(300), &two),
        ),
        (
            "of nothing",
            "an id at least",
            count,
            of(1, cbor::uint(300), b""),
        ),
        (
            "a broken id",
            "32 bytes each",
            count,
            of(1, cbor::uint(300), &two[..63]),
        ),
        (
            "of 16,385 objects",
            "16,384 at most",
            count,
            of(1, cbor::uint(300), &[7; (32 << 14) + 32]),
        ),
        (
            "no number",
            "a pack has one",
            "Malformed",
            of(1, cbor::null(), &two),
        ),
        (
            "a wide number",
            "not as short as it can be",
            "NotCanonical",
            of(1, vec![0x18, 7], &two),
        ),
        (
            "ids one by one",
            "they are one byte string",
            "Malformed",
            cbor::array(&[
                cbor::uint(1),
                cbor::uint(300),
                cbor::array(&[cbor::bytes(&two[..32])]),
            ]),
        ),
        (
            "a byte left over",
            "one value",
            "Malformed",
            [&good[..], &[0]].concat(),
        ),
        (
            "cut off",
            "a byte is missing",
            "Malformed",
            good[..good.len() - 1].to_vec(),
        ),
        (
            "too long",
            "1 MiB and 64 bytes at most",
            "TooLong",
            vec![0; (1 << 20) + 65],
        ),
    ];
    for (name, reason, error, bytes) in &refused {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
    file
}

fn alices() -> Value {
    json!({ "identity": hex(alice().identity().as_bytes()) })
}

fn segments() -> File {
    let about = "Segments of Alice's logs, as they lie in packs. Signatures aren't checked here.";
    let mut file = File::new("segment", about);
    let story = story();
    let certificate = certificate(&alice(), &device(1)).to_bytes();
    let mut segment = Segment::new(alice().identity(), vec![certificate.clone()]);
    let past = without_body(part(&story, 0, 3), 1);
    segment.push(&past, &[tombstone(&story)]).unwrap();
    segment.push(&part(&story, 4, 5), &[]).unwrap();
    let whole = segment.to_bytes();
    let empty = Segment::new(alice().identity(), Vec::new()).to_bytes();
    file.valid("a log with a deleted post", alices(), &whole);
    file.valid("nothing", alices(), &empty);

    let of = |statements: &[Vec<u8>], runs: &[Vec<u8>]| {
        let tuple = cbor::array(&[cbor::array(statements), cbor::array(runs)]);
        [&[1], &tuple[..]].concat()
    };
    let newest = part(&story, 4, 5).to_bytes();
    let pair = cbor::array(&[newest.clone(), cbor::array(&[])]);
    let statement = cbor::bytes(&certificate);
    assert_eq!(of(&[], &[]), empty);
    let bobs = json!({ "identity": hex(bob().identity().as_bytes()) });
    let foreign = "Invalid: a run of another identity's log";
    file.invalid(
        "somebody else's",
        ("the runs are Alice's", foreign),
        bobs,
        &whole,
    );
    let many = "Invalid: too many statements, or one that is too long";
    let long = [&whole[..], &[0]].concat();
    let refused = [
        ("empty", "a version is missing", "Malformed", Vec::new()),
        (
            "version 2",
            "unknown version",
            "Version",
            [&[2], &whole[1..]].concat(),
        ),
        ("a byte left over", "one value", "Malformed", long),
        (
            "cut off",
            "a byte is missing",
            "Malformed",
            whole[..whole.len() - 1].to_vec(),
        ),
        (
            "a wide array",
            "not as short as it can be",
            "NotCanonical",
            { [&[1, 0x98, 2], &empty[2..]].concat() },
        ),
        (
            "129 statements",
            "128 at most",
            many,
            of(&vec![statement; 129], &[]),
        ),
        (
            "a long statement",
            "1,536 bytes at most",
            many,
            of(&[cbor::bytes(vec![0; 1537])], &[]),
        ),
        (
            "a run alone",
            "a run comes with its deletes",
            "Malformed",
            of(&[], &[newest]),
        ),
        (
            "too long",
            "1 MiB at most",
            "TooLong",
            of(&[cbor::bytes(vec![0; 1 << 20])], &[pair]),
        ),
    ];
    for (name, reason, error, bytes) in &refused {
        file.invalid(name, (reason, error), alices(), bytes);
    }
    file
}

fn shards() -> File {
    let about =
        "Shards of packs (any bytes stand for one): their length, and the ids of those asked for.";
    let mut file = File::new("shards", about);
    let pack: Vec<u8> = (0..=255)
        .cycle()
        .take(500)
        .map(|byte: u8| byte.wrapping_mul(29))
        .collect();
    let asked = |k: u8, indices: &[u16]| json!({ "k": k, "indices": indices });
    file.valid("copies", asked(1, &[0, 1, 77]), &pack);
    file.valid("two of five", asked(2, &[0, 1, 2, 3, 4]), &pack);
    file.valid("two, far out", asked(2, &[254, 255]), &pack);
    file.valid("three, some of them", asked(3, &[10, 2, 3]), &pack);
    file.valid(
        "four of ten",
        asked(4, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        &pack,
    );
    file.valid("sixteen", asked(16, &[15, 16, 31, 32, 63]), &pack);
    file.valid("a byte", asked(5, &[0, 4, 5, 9]), &pack[3..4]);
    file.valid("whole pieces", asked(7, &[6, 7, 8]), &pack[..448]);
    let none = ("1 to 16", "Code");
    file.invalid("no pieces", none, asked(0, &[0]), &pack);
    file.invalid("17 pieces", none, asked(17, &[0]), &pack);
    file.invalid(
        "an index too high",
        ("255 at most", "Index"),
        asked(2, &[256]),
        &pack,
    );
    file.invalid(
        "an empty pack",
        ("a byte at least", "PackLength"),
        asked(2, &[0]),
        b"",
    );
    file.invalid(
        "a shard twice",
        ("each index once", "Twice"),
        asked(2, &[3, 3]),
        &pack,
    );
    file
}
