//! Objects, and the lists over a file's chunks.

use hearth_keys::{BlobKey, Label, SpaceKey};
use hearth_protocol::object::chunk::Chunker;
use hearth_protocol::object::list::{self, Item};
use hearth_protocol::object::{ObjectId, ObjectKey};
use serde_json::{Value, json};

use crate::case::{File, hex, unhex_array};
use crate::cbor;
use crate::read::name;

const SPACE_KEY: [u8; 32] = [8; 32];

pub(crate) fn files() -> Vec<File> {
    vec![objects(), lists(), cuts()]
}

// --- reading

pub(crate) fn read_object(bytes: &[u8], given: &Value) -> Result<Value, String> {
    let key = ObjectKey::of(&SpaceKey::from_bytes(unhex_array(&given["key"])));
    let content = match given["id"].as_str() {
        Some(_) => key.open_as(&ObjectId::from_bytes(unhex_array(&given["id"])), bytes),
        None => key.open(bytes),
    };
    let content = content.map_err(name)?;
    Ok(json!({
        "id": hex(ObjectId::of(bytes).as_bytes()),
        "bytes": content.len(),
        "hash": hex(blake3::hash(&content).as_bytes()),
    }))
}

pub(crate) fn read_list(bytes: &[u8], given: &Value) -> Result<Value, String> {
    let items = list::decode(bytes, given["bytes"].as_u64().unwrap()).map_err(name)?;
    assert_eq!(list::encode(&items), bytes, "one value, one encoding");
    Ok(json!({
        "items": items.len(),
        "first": [hex(items[0].id.as_bytes()), items[0].bytes],
        "last": [hex(items[items.len() - 1].id.as_bytes()), items[items.len() - 1].bytes],
    }))
}

/// Content that anybody can make from eight bytes: what a linear congruential generator (Knuth's MMIX) has uppermost.
fn generated(seed: &[u8], bytes: usize) -> Vec<u8> {
    let mut state = u64::from_be_bytes(seed.try_into().unwrap());
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..bytes).map(|_| next()).collect()
}

pub(crate) fn read_cuts(seed: &[u8], given: &Value) -> Value {
    let bytes = usize::try_from(given["bytes"].as_u64().unwrap()).unwrap();
    let mut chunker = Chunker::new();
    chunker.push(&generated(seed, bytes));
    let mut lengths = Vec::new();
    while let Some(chunk) = chunker.next_chunk(true) {
        lengths.push(chunk.len());
    }
    json!({ "chunks": lengths })
}

// --- objects

fn given() -> Value {
    json!({ "key": hex(SPACE_KEY) })
}

/// An object with this inside, put together by hand.
fn object(frame: &[u8]) -> Vec<u8> {
    let key = BlobKey::derive(Label::OBJECT, &SPACE_KEY);
    [&[1][..], &key.seal(frame)].concat()
}

/// A zstd frame by hand (RFC 8878, section 3.1.1): one segment, its length in four bytes, one block.
fn zstd(length: u32, block_kind: u8, block_length: u32, block: &[u8]) -> Vec<u8> {
    let head = 1 | u32::from(block_kind) << 1 | block_length << 3;
    let magic = [0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    [
        &[1][..],
        &magic,
        &length.to_le_bytes(),
        &head.to_le_bytes()[..3],
        block,
    ]
    .concat()
}

const AS_IT_IS: u8 = 0;
const REPEATED: u8 = 1;

fn objects() -> File {
    let mut file = File::new(
        "object",
        "Objects, given the private space's key and, where it was asked for by name, its id: how long the content is, and its BLAKE3.",
    );
    let key = ObjectKey::of(&SpaceKey::from_bytes(SPACE_KEY));
    let hello = object(b"\0hello");
    assert_eq!(key.seal(b"hello").unwrap().bytes, hello);
    let asked = |id: ObjectId| json!({ "key": hex(SPACE_KEY), "id": hex(id.as_bytes()) });
    file.valid("content as it is", given(), &hello);
    file.valid("asked for by its name", asked(ObjectId::of(&hello)), &hello);
    file.valid("nothing", given(), &object(b"\0"));
    let repeated = zstd(100_000, REPEATED, 100_000, b"a");
    file.valid("a byte, 100,000 times", given(), &object(&repeated));
    file.valid(
        "a frame that saves nothing",
        given(),
        &object(&zstd(5, AS_IT_IS, 5, b"hello")),
    );
    let words = "It was the best of times, it was the worst of times. ".repeat(40);
    let written = key.seal(words.as_bytes()).unwrap().bytes;
    assert!(written.len() < words.len() / 4);
    file.valid("a text, compressed", given(), &written);
    refused_objects(&mut file, &hello);
    file
}

fn refused_objects(file: &mut File, hello: &[u8]) {
    let mut flipped = hello.to_vec();
    flipped[20] ^= 1;
    let chosen_nonce = {
        let mut blob = hello.to_vec();
        blob[1..25].fill(9);
        blob
    };
    let other_key = json!({ "key": hex([9; 32]) });
    let other_id = json!({ "key": hex(SPACE_KEY), "id": hex([1; 32]) });
    let swollen = zstd(1024 * 1024 + 1, REPEATED, 100, b"a");
    let repeated = zstd(100, REPEATED, 100, b"a");
    let silent = [&[1, 0x28, 0xb5, 0x2f, 0xfd, 0, 0x38][..], &repeated[10..]].concat();
    let cases = [
        ("no bytes", "no version", "OpenError", given(), Vec::new()),
        (
            "version 2",
            "unknown version",
            "Version",
            given(),
            [&[2][..], &hello[1..]].concat(),
        ),
        (
            "flipped bit",
            "the tag doesn't fit",
            "OpenError",
            given(),
            flipped,
        ),
        (
            "another nonce",
            "the tag doesn't fit",
            "OpenError",
            given(),
            chosen_nonce,
        ),
        (
            "cut off",
            "a byte is missing",
            "OpenError",
            given(),
            hello[..hello.len() - 1].to_vec(),
        ),
        (
            "40 bytes",
            "no room for a nonce and a tag",
            "OpenError",
            given(),
            hello[..40].to_vec(),
        ),
        (
            "another key",
            "of another space",
            "OpenError",
            other_key,
            hello.to_vec(),
        ),
        (
            "another object",
            "not the one asked for",
            "OtherContent",
            other_id,
            hello.to_vec(),
        ),
        (
            "1 MiB and 43 bytes",
            "1 MiB of content at most",
            "TooLong",
            given(),
            {
                let mut long = vec![0; 1024 * 1024 + 43];
                long[0] = 1;
                long
            },
        ),
        (
            "nothing inside",
            "no byte that says how",
            "Content",
            given(),
            object(b""),
        ),
        (
            "compressed in way 2",
            "unknown",
            "Version",
            given(),
            object(b"\x02hello"),
        ),
        (
            "no frame",
            "not zstd",
            "Content",
            given(),
            object(b"\x01hello"),
        ),
        (
            "more than 1 MiB",
            "its length is out of bounds",
            "Content",
            given(),
            object(&swollen),
        ),
        (
            "a length that isn't said",
            "a frame says its length",
            "Content",
            given(),
            object(&silent),
        ),
        (
            "a length too small",
            "the block has 100",
            "Content",
            given(),
            object(&zstd(99, REPEATED, 100, b"a")),
        ),
        (
            "a length too large",
            "the block has 100",
            "Content",
            given(),
            object(&zstd(101, REPEATED, 100, b"a")),
        ),
        (
            "a byte after the frame",
            "one frame",
            "Content",
            given(),
            object(&[&repeated[..], &[0]].concat()),
        ),
        ("two frames", "one frame", "Content", given(), {
            object(&[&repeated[..], &zstd(0, AS_IT_IS, 0, b"")[1..]].concat())
        }),
    ];
    for (name, reason, error, given, bytes) in cases {
        file.invalid(name, (reason, error), given, &bytes);
    }
}

// --- lists

fn raw_list(version: u64, items: &[(u8, u64)]) -> Vec<u8> {
    let item = |&(id, bytes): &(u8, u64)| cbor::array(&[cbor::bytes([id; 32]), cbor::uint(bytes)]);
    let items: Vec<_> = items.iter().map(item).collect();
    cbor::array(&[cbor::uint(version), cbor::array(&items)])
}

fn lists() -> File {
    let mut file = File::new(
        "list",
        "Lists over a file's chunks, given how many bytes they must stand for: how many items, the first and the last.",
    );
    let stands_for = |bytes: u64| json!({ "bytes": bytes });
    let two = raw_list(1, &[(1, 300_000), (2, 7)]);
    let item = |id, bytes| Item {
        id: ObjectId::from_bytes([id; 32]),
        bytes,
    };
    assert_eq!(list::encode(&[item(1, 300_000), item(2, 7)]), two);
    file.valid("two chunks", stands_for(300_007), &two);
    file.valid("one", stands_for(1), &raw_list(1, &[(1, 1)]));
    file.valid(
        "4,096 times the same",
        stands_for(4096 << 18),
        &raw_list(1, &[(3, 1 << 18); 4096]),
    );
    let sum = "Invalid: a list's items must add up to what it stands for";
    let count = "Invalid: a list has 1 to 4096 items";
    let wide = [&two[..38], &[0x1b, 0, 0, 0, 0], &two[39..]].concat();
    let cases = [
        (
            "no items",
            "an empty file has no list",
            count,
            0,
            raw_list(1, &[]),
        ),
        (
            "4,097 items",
            "4,096 at most",
            count,
            4097,
            raw_list(1, &[(3, 1); 4097]),
        ),
        (
            "a byte too many",
            "the sum differs",
            sum,
            300_006,
            two.clone(),
        ),
        (
            "a byte too few",
            "the sum differs",
            sum,
            300_008,
            two.clone(),
        ),
        (
            "an empty item",
            "every item stands for something",
            sum,
            5,
            raw_list(1, &[(1, 5), (2, 0)]),
        ),
        (
            "a sum of 2^64",
            "it overflows",
            sum,
            0,
            raw_list(1, &[(1, u64::MAX), (2, 1)]),
        ),
        (
            "version 2",
            "unknown version",
            "Version",
            300_007,
            [&[0x82, 2][..], &two[2..]].concat(),
        ),
        (
            "a wide integer",
            "not as short as it can be",
            "NotCanonical",
            300_007,
            wide,
        ),
        (
            "a byte after it",
            "nothing follows",
            "Malformed",
            300_007,
            [&two[..], &[0]].concat(),
        ),
        (
            "cut off",
            "a byte is missing",
            "Malformed",
            300_007,
            two[..two.len() - 1].to_vec(),
        ),
        ("no bytes", "no list", "Malformed", 0, Vec::new()),
        ("an id of 31 bytes", "an id has 32", "Malformed", 1, {
            let item = cbor::array(&[cbor::bytes([1; 31]), cbor::uint(1)]);
            cbor::array(&[cbor::uint(1), cbor::array(&[item])])
        }),
        (
            "1 MiB and a byte",
            "no object is so long",
            "TooLong",
            1,
            vec![0; 1024 * 1024 + 1],
        ),
    ];
    for (name, reason, error, bytes, list) in cases {
        file.invalid(name, (reason, error), stands_for(bytes), &list);
    }
    file
}

// --- cuts

fn cuts() -> File {
    let mut file = File::new(
        "cuts",
        "Where content is cut, made of eight bytes and given its length: state = state * 6364136223846793005 + 1442695040888963407 modulo 2^64, from the eight bytes as a big-endian number on, gives the state's uppermost byte each time.",
    );
    for (name, seed, bytes) in [
        ("nothing", 0_u64, 0),
        ("a byte", 1, 1),
        ("64 KiB, one chunk", 2, 65_536),
        ("64 KiB and a byte, not tested", 2, 65_537),
        ("more than a mebibyte", 3, 1_200_000),
        ("less, and an odd number", 4, 600_001),
    ] {
        file.valid(name, json!({ "bytes": bytes }), &seed.to_be_bytes());
    }
    file
}
