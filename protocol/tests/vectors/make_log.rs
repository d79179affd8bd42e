//! Headers, entries, runs and deletes.

use hearth_keys::{Context, SpaceKey};
use hearth_protocol::body;
use hearth_protocol::content::{Content, Delete, Target};
use hearth_protocol::entry::{Entry, LoneEntry};
use hearth_protocol::memory::next_header;
use hearth_protocol::run::Run;
use serde_json::{Value, json};

use crate::case::{File, hex};
use crate::cbor;
use crate::make_ingest::without_body;
use crate::people::{
    alice, alices_log, alices_place, chain, device, entry_with_body, part, post, rng, with_a_step,
};

pub(crate) fn files() -> Vec<File> {
    vec![headers(), entries(), runs(), deletes()]
}

/// The fields of a header, each as CBOR.
pub(crate) struct Fields(pub(crate) [Vec<u8>; 9]);

impl Fields {
    pub(crate) fn first() -> Self {
        Self([
            cbor::uint(1),
            cbor::bytes(alice().identity().as_bytes()),
            cbor::bytes(device(1).id().as_bytes()),
            cbor::uint(0),
            cbor::uint(0),
            cbor::bytes([0; 32]),
            cbor::uint(1_700_000_000_123),
            cbor::bytes([3; 32]),
            cbor::uint(42),
        ])
    }

    pub(crate) fn with(mut self, field: usize, value: Vec<u8>) -> Self {
        self.0[field] = value;
        self
    }

    pub(crate) fn later() -> Self {
        Self::first()
            .with(4, cbor::uint(5))
            .with(5, cbor::bytes([8; 32]))
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        cbor::array(&self.0)
    }
}

fn headers() -> File {
    let mut file = File::new("header", "Entry headers.");
    let first = Fields::first().bytes();
    file.valid("the first of a log", Value::Null, &first);
    file.valid("a later one", Value::Null, &Fields::later().bytes());
    let lasting = Fields::later().with(0, cbor::uint(2));
    file.valid("of a body that lasts", Value::Null, &lasting.bytes());
    let most = Fields::later()
        .with(3, cbor::uint((1 << 48) - 1))
        .with(4, cbor::uint((1 << 40) - 1))
        .with(6, cbor::uint((1 << 47) - 1))
        .with(8, cbor::uint(32 * 1024));
    file.valid("every bound reached", Value::Null, &most.bytes());

    let wide = |byte: u8| vec![0x18, byte];
    let indefinite = [&[0x9f][..], &first[1..], &[0xff]].concat();
    let (no_previous, too_long) = (
        "Invalid: only the first entry has no previous one",
        [&first[..], &[0; 300]].concat(),
    );
    let seq = "Invalid: the sequence is out of bounds";
    let refused = [
        (
            "version 3",
            "the version is unknown",
            "Version",
            Fields::first().with(0, cbor::uint(3)).bytes(),
        ),
        (
            "version 256",
            "the version isn't one byte",
            "Malformed",
            Fields::first().with(0, cbor::uint(256)).bytes(),
        ),
        (
            "wide integer",
            "an integer isn't as short as it can be",
            "NotCanonical",
            Fields::first().with(3, wide(0)).bytes(),
        ),
        (
            "wide byte string",
            "a length isn't as short as it can be",
            "NotCanonical",
            Fields::first()
                .with(7, [&[0x59, 0, 32][..], &[3; 32]].concat())
                .bytes(),
        ),
        (
            "indefinite array",
            "the length is indefinite",
            "NotCanonical",
            indefinite,
        ),
        (
            "tagged",
            "a tag",
            "NotCanonical",
            [&[0xc1][..], &first].concat(),
        ),
        (
            "trailing byte",
            "a byte is left over",
            "Malformed",
            [&first[..], &[0]].concat(),
        ),
        (
            "cut off",
            "a byte is missing",
            "Malformed",
            first[..first.len() - 1].to_vec(),
        ),
        (
            "eight fields",
            "a field is missing",
            "Malformed",
            cbor::array(&Fields::first().0[..8]),
        ),
        (
            "text for bytes",
            "the device is a text",
            "Malformed",
            Fields::first().with(2, cbor::text(&"d".repeat(32))).bytes(),
        ),
        (
            "device of 31 bytes",
            "a key has 32 bytes",
            "Malformed",
            Fields::first().with(2, cbor::bytes([1; 31])).bytes(),
        ),
        (
            "negative time",
            "an integer below 0",
            "Malformed",
            Fields::first().with(6, vec![0x20]).bytes(),
        ),
        ("empty input", "nothing there", "Malformed", Vec::new()),
        ("441 bytes", "300 bytes at most", "TooLong", too_long),
        (
            "log 2^48",
            "the log number is out of bounds",
            "Invalid: the log number is out of bounds",
            Fields::first().with(3, cbor::uint(1 << 48)).bytes(),
        ),
        (
            "sequence 2^40",
            "the sequence is out of bounds",
            seq,
            Fields::later().with(4, cbor::uint(1 << 40)).bytes(),
        ),
        (
            "time 2^47",
            "the time is out of bounds",
            "Invalid: the time is out of bounds",
            Fields::first().with(6, cbor::uint(1 << 47)).bytes(),
        ),
        (
            "body of 32,769 bytes",
            "the body is too long",
            "Invalid: the body is too long",
            Fields::first().with(8, cbor::uint(32 * 1024 + 1)).bytes(),
        ),
        (
            "body of no bytes",
            "the body is empty",
            "Invalid: the body is empty",
            Fields::first().with(8, cbor::uint(0)).bytes(),
        ),
        (
            "first with a previous",
            "sequence 0 has no previous entry",
            no_previous,
            Fields::first().with(5, cbor::bytes([8; 32])).bytes(),
        ),
        (
            "later without a previous",
            "every other one has one",
            no_previous,
            Fields::later().with(5, cbor::bytes([0; 32])).bytes(),
        ),
    ];
    for (name, reason, error, bytes) in &refused {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
    file
}

fn entries() -> File {
    let mut file = File::new("entry", "A header, and given its signature the entry's id.");
    let header = Fields::first().bytes();
    let signature = device(1).sign(Context::ENTRY, &header);
    let given = |bytes: &[u8]| json!({ "signature": hex(bytes) });
    file.valid("signed", given(signature.as_bytes()), &header);
    let lasting = Fields::first().with(0, cbor::uint(2)).bytes();
    let its_signature = device(1).sign(Context::ENTRY, &lasting);
    file.valid(
        "signed, of a body that lasts",
        given(its_signature.as_bytes()),
        &lasting,
    );
    let mut flipped = *signature.as_bytes();
    flipped[40] ^= 1;
    let other = device(2).sign(Context::ENTRY, &header);
    let context = device(1).sign(Context::PRESENCE, &header);
    let mut neutral = [0; 32];
    neutral[0] = 1;
    // R the neutral element, S 0, under a key of small order: lenient verifiers accept this for every message.
    let weak = Fields::first().with(2, cbor::bytes(neutral)).bytes();
    let weak_signature = [&neutral[..], &[0; 32]].concat();
    let refused: [(&str, &str, &[u8], &[u8]); 6] = [
        (
            "of a body that lasts, signed as of one that doesn't",
            "the version is signed too",
            signature.as_bytes(),
            &lasting,
        ),
        ("flipped bit", "S was changed", &flipped, &header),
        (
            "another device",
            "signed by another key",
            other.as_bytes(),
            &header,
        ),
        (
            "another context",
            "signed as a presence",
            context.as_bytes(),
            &header,
        ),
        (
            "device of small order",
            "the device's key is weak",
            &weak_signature,
            &weak,
        ),
        (
            "signature of zeros",
            "no signature at all",
            &[0; 64],
            &header,
        ),
    ];
    for (name, reason, signature, header) in refused {
        file.invalid(name, (reason, "BadSignature"), given(signature), header);
    }
    file
}

/// A run by hand: of Alice's log, items as they are given.
pub(crate) fn raw_run(first_seq: u64, previous: [u8; 32], items: &[Vec<u8>]) -> Vec<u8> {
    cbor::array(&[
        cbor::bytes(alice().identity().as_bytes()),
        cbor::bytes(device(1).id().as_bytes()),
        cbor::uint(0),
        cbor::uint(first_seq),
        cbor::bytes(previous),
        cbor::array(items),
    ])
}

pub(crate) fn item(time_ms: u64, body: Vec<u8>) -> Vec<u8> {
    cbor::array(&[cbor::uint(time_ms), cbor::bytes([6; 64]), body])
}

pub(crate) fn gone(bytes: u64) -> Vec<u8> {
    cbor::array(&[cbor::bytes([5; 32]), cbor::uint(bytes)])
}

fn runs() -> File {
    let mut file = File::new(
        "run",
        "Runs, with the first and the last entry that they imply. Signatures aren't checked here.",
    );
    let run = chain(&[post("one"), post("two"), post("three")]);
    file.valid("three posts", Value::Null, &run.to_bytes());
    file.valid("one entry", Value::Null, &part(&run, 1, 1).to_bytes());
    let deleted = without_body(run.clone(), 1);
    file.valid("its second body gone", Value::Null, &deleted.to_bytes());
    let step = with_a_step();
    file.valid("its second body lasts", Value::Null, &step.to_bytes());
    file.valid(
        "that body said to be gone: another entry",
        Value::Null,
        &without_body(part(&step, 1, 1), 0).to_bytes(),
    );
    file.valid(
        "the entry that it was",
        Value::Null,
        &part(&step, 1, 1).to_bytes(),
    );
    let small = || item(0, cbor::bytes([1]));
    let many = |n: usize| raw_run(0, [0; 32], &vec![small(); n]);
    file.valid("1,024 entries", Value::Null, &many(1024));

    let size = "Invalid: a run has 1 to 1,024 entries";
    let top = (1 << 40) - 1;
    let previous = "Invalid: only the first entry has no previous one";
    let whole = run.to_bytes();
    let refused = [
        ("no entries", "a run has an entry", size, many(0)),
        ("1,025 entries", "1,024 entries at most", size, many(1025)),
        (
            "trailing byte",
            "a byte is left over",
            "Malformed",
            [&whole[..], &[0]].concat(),
        ),
        (
            "beyond the last sequence",
            "its second entry is out of bounds",
            "Invalid: the run is out of bounds",
            raw_run(top, [9; 32], &[small(), small()]),
        ),
        (
            "beginning at 2^64 - 1",
            "adding to the sequence would overflow",
            "Invalid: the run is out of bounds",
            raw_run(u64::MAX, [9; 32], &[small()]),
        ),
        (
            "first with a previous",
            "sequence 0 has no previous entry",
            previous,
            raw_run(0, [9; 32], &[small()]),
        ),
        (
            "later without a previous",
            "every other one has one",
            previous,
            raw_run(4, [0; 32], &[small()]),
        ),
        (
            "time 2^47",
            "the time is out of bounds",
            "Invalid: the time is out of bounds",
            raw_run(0, [0; 32], &[item(1 << 47, cbor::bytes([1]))]),
        ),
        (
            "empty body",
            "a body has a byte",
            "Invalid: the body is empty",
            raw_run(0, [0; 32], &[item(0, cbor::bytes([]))]),
        ),
        (
            "body too long",
            "32,768 bytes at most",
            "Invalid: the body is too long",
            raw_run(0, [0; 32], &[item(0, cbor::bytes(vec![1; 32_769]))]),
        ),
        (
            "gone, too long",
            "32,768 bytes at most",
            "Invalid: the body is too long",
            raw_run(0, [0; 32], &[item(0, gone(32_769))]),
        ),
        (
            "body is a text",
            "neither bytes nor a pair",
            "Malformed",
            raw_run(0, [0; 32], &[item(0, cbor::text("hi"))]),
        ),
        (
            "signature of 63 bytes",
            "a signature has 64 bytes",
            "Malformed",
            raw_run(
                0,
                [0; 32],
                &[cbor::array(&[
                    cbor::uint(0),
                    cbor::bytes([6; 63]),
                    cbor::bytes([1]),
                ])],
            ),
        ),
    ];
    for (name, reason, error, bytes) in &refused {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
    file
}

pub(crate) fn lone(body: Vec<u8>) -> LoneEntry {
    let header = next_header(alices_log(), &Default::default(), 9, &body);
    LoneEntry {
        entry: header.sign(&device(1)),
        body,
    }
}

fn deletes() -> File {
    let mut file = File::new(
        "delete",
        "Lone entries that are effective deletes, and what they delete.",
    );
    let target = |seq| Target::from(alices_place(seq));
    let content = Content::Delete(Delete {
        targets: vec![target(3), target(4)],
    });
    let good = lone(body::clear(&content, [4; 16]).unwrap());
    file.valid("two targets", Value::Null, &good.to_bytes());

    let key = SpaceKey::from_bytes([8; 32]);
    let sealed = lone(body::seal(&content, &key, &alices_place(0), &mut rng()).unwrap());
    let mut flipped = *good.entry.signature().as_bytes();
    flipped[0] ^= 1;
    let unsigned = LoneEntry {
        entry: Entry::new(
            good.entry.header().clone(),
            hearth_keys::Signature::from_bytes(flipped),
        ),
        body: good.body.clone(),
    };
    let mut swapped = good.clone();
    *swapped.body.last_mut().unwrap() ^= 1;
    let plain = lone(body::clear(&post("no delete"), [4; 16]).unwrap());
    let mut lasting = good.entry.header().clone();
    lasting.lasts = true;
    let lasting = LoneEntry {
        entry: lasting.sign(&device(1)),
        body: good.body.clone(),
    };
    let step = entry_with_body(&with_a_step(), 1);
    let mut passing = step.entry.header().clone();
    passing.lasts = false;
    let passing = LoneEntry {
        entry: passing.sign(&device(1)),
        body: step.body.clone(),
    };
    let mut long = good.clone();
    long.body = vec![1; 32_769];
    let refused = [
        ("sealed", "a delete is clear", "NotEffective", sealed),
        (
            "bad signature",
            "its own signature must verify",
            "NotEffective",
            unsigned,
        ),
        ("a post", "it deletes nothing", "NotEffective", plain),
        (
            "another body",
            "the header names another body",
            "BodyMismatch",
            swapped,
        ),
        (
            "version 2",
            "a header of version 2 names a body that lasts",
            "BodyMismatch",
            lasting,
        ),
        ("a step", "it deletes nothing", "NotEffective", step),
        (
            "a step with version 1",
            "its body lasts",
            "BodyMismatch",
            passing,
        ),
        ("body too long", "32,768 bytes at most", "TooLong", long),
    ];
    for (name, reason, error, lone) in &refused {
        file.invalid(name, (reason, error), Value::Null, &lone.to_bytes());
    }
    file
}

/// The run as it is, for other makers.
pub(crate) fn bytes(run: &Run) -> Value {
    hex(run.to_bytes())
}
