//! More invalid headers, entries and runs: bytes in every form but the canonical one, and
//! signatures at the edge of what verifiers accept.

use hearth_keys::Context;
use serde_json::{Value, json};

use crate::case::{File, unhex};
use crate::cbor;
use crate::make_log::{Fields, gone, item, raw_run};
use crate::people::{alice, device};

pub(crate) type Refused = (&'static str, &'static str, &'static str, Vec<u8>);

pub(crate) fn add(file: &mut File) {
    let cases = match file.format {
        "header" => [encodings(), fields()].concat(),
        "run" => runs(),
        "entry" => return entries(file),
        _ => return,
    };
    for (name, reason, error, bytes) in &cases {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
}

/// The first header with other bytes in one field.
pub(crate) fn header_with(field: usize, bytes: &[u8]) -> Vec<u8> {
    Fields::first().with(field, bytes.to_vec()).bytes()
}

/// One value in the forms that CBOR has for it and this format hasn't.
fn encodings() -> Vec<Refused> {
    let (identity, first) = (*alice().identity().as_bytes(), Fields::first().bytes());
    let indefinite = [&[0x5f][..], &cbor::bytes(identity), &[0xff]].concat();
    let numbers: Vec<Vec<u8>> = identity
        .iter()
        .map(|&byte| cbor::uint(byte.into()))
        .collect();
    let map = [&[0xa9][..], &first[1..]].concat();
    let wide = "an integer isn't as short as it can be";
    let not_canonical = |name, reason, bytes| (name, reason, "NotCanonical", bytes);
    let malformed = |name, reason, bytes| (name, reason, "Malformed", bytes);
    vec![
        not_canonical(
            "integer in three bytes",
            wide,
            header_with(3, &[0x19, 0, 0]),
        ),
        not_canonical(
            "integer in five bytes",
            wide,
            header_with(3, &[0x1a, 0, 0, 0, 0]),
        ),
        not_canonical(
            "integer in nine bytes",
            wide,
            header_with(3, &[0x1b, 0, 0, 0, 0, 0, 0, 0, 0]),
        ),
        not_canonical(
            "256 in five bytes",
            wide,
            header_with(3, &[0x1a, 0, 0, 1, 0]),
        ),
        not_canonical(
            "wide array",
            "a length isn't as short as it can be",
            [&[0x98, 9][..], &first[1..]].concat(),
        ),
        not_canonical(
            "indefinite byte string",
            "the length is indefinite",
            header_with(1, &indefinite),
        ),
        not_canonical("tagged field", "a tag", header_with(6, &[0xc1, 0x05])),
        malformed("a float", "no integer", header_with(6, &[0xf9, 0x45, 0])),
        malformed("a map", "no array", map),
        malformed("null", "no byte string", header_with(2, &cbor::null())),
        malformed(
            "a list of integers for bytes",
            "no byte string",
            header_with(1, &cbor::array(&numbers)),
        ),
        malformed(
            "a bignum",
            "a tagged byte string is no integer",
            header_with(6, &[0xc2, 0x41, 5]),
        ),
        malformed(
            "an undefined length",
            "1C isn't CBOR",
            header_with(6, &[0x1c]),
        ),
        malformed(
            "a reserved head with sixteen bytes",
            "1C isn't CBOR, whatever follows",
            header_with(6, &[&[0x1c][..], &[0; 16]].concat()),
        ),
        malformed(
            "an integer of indefinite length",
            "1F isn't CBOR",
            header_with(6, &[0x1f]),
        ),
        malformed(
            "a byte string with a text in it",
            "the pieces of a byte string are byte strings",
            header_with(
                1,
                &[&[0x5f, 0x78][..], &cbor::bytes(identity)[1..], &[0xff]].concat(),
            ),
        ),
        malformed(
            "an indefinite byte string in another",
            "its pieces have lengths",
            header_with(1, &[&[0x5f][..], &indefinite, &[0xff]].concat()),
        ),
        malformed(
            "eight announced, nine there",
            "a field is left over",
            [&[0x88][..], &first[1..]].concat(),
        ),
        malformed(
            "ten announced, nine there",
            "a field is missing",
            [&[0x8a][..], &first[1..]].concat(),
        ),
        malformed(
            "a break for a value",
            "FF only ends what is indefinite",
            header_with(6, &[0xff]),
        ),
        malformed(
            "an array that doesn't end",
            "its break is missing",
            [&[0x9f][..], &first[1..]].concat(),
        ),
        malformed(
            "a length beyond the end",
            "more bytes are announced than there are",
            header_with(8, &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ),
    ]
}

fn fields() -> Vec<Refused> {
    let malformed = |name, reason, bytes| (name, reason, "Malformed", bytes);
    let ten = [&Fields::first().0[..], &[cbor::uint(0)]].concat();
    let out_of_bounds = "Invalid: the time is out of bounds";
    vec![
        (
            "version 0",
            "there is none",
            "Version",
            header_with(0, &cbor::uint(0)),
        ),
        malformed("ten fields", "one too many", cbor::array(&ten)),
        malformed(
            "identity of 33 bytes",
            "a key has 32 bytes",
            header_with(1, &cbor::bytes([1; 33])),
        ),
        malformed(
            "no bytes of previous",
            "an id has 32 bytes",
            header_with(5, &cbor::bytes([])),
        ),
        malformed(
            "body of 2^32 bytes",
            "its length has 32 bits",
            header_with(8, &cbor::uint(1 << 32)),
        ),
        (
            "time 2^64 - 1",
            "the time is out of bounds",
            out_of_bounds,
            header_with(6, &cbor::uint(u64::MAX)),
        ),
    ]
}

/// Signatures of device 1, made outside of this program since it can't make them.
const ABOVE_THE_ORDER: &str = "8384f99830feaa6208c28f5284292767ba39898ca2caf2d03b9b683a67a975a5\
    85177fba76520c98dbbe4bde4eafee8306095ab254dd309913961e0e6617f716";
const NEUTRAL_R: &str = "0100000000000000000000000000000000000000000000000000000000000000\
    884c7b6c1c042647008aefdc7eb1d09b1d947b725f0a1ee7d15607f5b338f805";
const NEUTRAL_R_UNREDUCED: &str = "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f\
    a83c408b2363d2fc722d4ef1e1fd62dc01f928d3d260434a829d101fc621e707";
const TORSION_IN_R: &str = "837b2a7c0f9a96124c0a1288209aabb4d8296b74b0f4d34890cc227bec4df8e6\
    fd42e236516bc22022e5c2252e3a3daa0d4fe927237c4350abb71fafe19a9204";
/// R the base point, S 1: under the neutral element as key this fits every message, and R is a good point.
const BASE_AND_ONE: &str = "5866666666666666666666666666666666666666666666666666666666666666\
    0100000000000000000000000000000000000000000000000000000000000000";
/// The key of device 1 plus a point of order 8, and signatures of two times: in one the hash is a multiple of 8.
const MIXED_KEY: &str = "4f5c0ee0a42cb0f328eb802f5bc93f7709db39eff3e2095ac3f5d61fa29f315f";
const MIXED_HOLDS: &str = "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572\
    47adab25285ea52b1eec0de192c7b3fe491a71a946d38cb50fdee270c83ce80d";
const MIXED_FAILS: &str = "7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572\
    b001ac7ebf5393c522aeee82807152647e9c2fd2cc467e979718e3fb1373f309";

fn entries(file: &mut File) {
    let header = Fields::first().bytes();
    let mixed = |time_ms: u64| {
        let device = cbor::bytes(unhex(&MIXED_KEY.into()));
        Fields::first()
            .with(2, device)
            .with(6, cbor::uint(time_ms))
            .bytes()
    };
    let given = |signature: &str| json!({ "signature": signature });
    file.valid(
        "a key with a part of small order",
        given(MIXED_HOLDS),
        &mixed(1_700_000_000_126),
    );
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let no_point = header_with(2, &cbor::bytes([2; 32]));
    let good = signature_of(&header);
    let refused: [(&str, &str, &str, Vec<u8>); 8] = [
        (
            "S above the order",
            "S isn't reduced: anybody could write the same signature anew",
            ABOVE_THE_ORDER,
            header.clone(),
        ),
        (
            "R neutral",
            "R is of small order",
            NEUTRAL_R,
            header.clone(),
        ),
        (
            "R neutral, unreduced",
            "R is of small order, and not canonical",
            NEUTRAL_R_UNREDUCED,
            header.clone(),
        ),
        (
            "R with a part of small order",
            "only the equation with cofactor holds",
            TORSION_IN_R,
            header.clone(),
        ),
        (
            "a key with a part of small order, another time",
            "only the equation with cofactor holds",
            MIXED_FAILS,
            mixed(1_700_000_000_123),
        ),
        (
            "device that is no point",
            "nobody has such a key",
            &good,
            no_point,
        ),
        (
            "device of small order, R a good point",
            "the device's key is weak, whatever R is",
            BASE_AND_ONE,
            header_with(2, &cbor::bytes(neutral)),
        ),
        (
            "another header",
            "signed was another time",
            &good,
            header_with(6, &cbor::uint(5)),
        ),
    ];
    for (name, reason, signature, header) in refused {
        file.invalid(name, (reason, "BadSignature"), given(signature), &header);
    }
}

fn signature_of(header: &[u8]) -> String {
    hearth_protocol::codec::Hex(device(1).sign(Context::ENTRY, header).as_bytes()).to_string()
}

fn runs() -> Vec<Refused> {
    let small = || item(0, cbor::bytes([1]));
    let one = raw_run(0, [0; 32], &[small()]);
    let parts = |log: u64, items: Vec<u8>| {
        [
            &[0x86][..],
            &cbor::bytes(alice().identity().as_bytes()),
            &cbor::bytes(device(1).id().as_bytes()),
            &cbor::uint(log),
            &cbor::uint(0),
            &cbor::bytes([0; 32]),
            &items,
        ]
        .concat()
    };
    assert_eq!(one, parts(0, cbor::array(&[small()])));
    let signature = || cbor::bytes([6; 64]);
    let of = |item: Vec<u8>| raw_run(0, [0; 32], &[item]);
    let four = cbor::array(&[cbor::uint(0), signature(), cbor::bytes([1]), cbor::null()]);
    let wide = [&[0x83, 0x18, 0][..], &signature(), &cbor::bytes([1])].concat();
    let short_hash = cbor::array(&[cbor::bytes([5; 31]), cbor::uint(9)]);
    let malformed = |name, reason, bytes| (name, reason, "Malformed", bytes);
    let not_canonical = |name, reason, bytes| (name, reason, "NotCanonical", bytes);
    vec![
        (
            "1 MiB and a byte",
            "1 MiB at most",
            "TooLong",
            [&one[..], &vec![0; (1 << 20) + 1 - one.len()]].concat(),
        ),
        (
            "log 2^48",
            "the log number is out of bounds",
            "Invalid: the run is out of bounds",
            parts(1 << 48, cbor::array(&[small()])),
        ),
        not_canonical(
            "wide time",
            "an integer isn't as short as it can be",
            of(wide),
        ),
        not_canonical(
            "indefinite items",
            "the length is indefinite",
            parts(0, [&[0x9f][..], &small(), &[0xff]].concat()),
        ),
        not_canonical(
            "wide number of items",
            "a length isn't as short as it can be",
            parts(0, [&[0x98, 1][..], &small()].concat()),
        ),
        malformed(
            "five fields",
            "the items are missing",
            [&[0x85][..], &one[1..one.len() - small().len() - 1]].concat(),
        ),
        malformed("item of four", "one field too many", of(four)),
        malformed(
            "item without a body",
            "a field is missing",
            of(cbor::array(&[cbor::uint(0), signature()])),
        ),
        malformed(
            "gone, hash of 31 bytes",
            "a hash has 32 bytes",
            of(item(0, short_hash)),
        ),
        malformed(
            "gone, 2^32 bytes",
            "a length has 32 bits",
            of(item(0, gone(1 << 32))),
        ),
        (
            "gone, no bytes",
            "a body has a byte",
            "Invalid: the body is empty",
            of(item(0, gone(0))),
        ),
        malformed(
            "neither body nor gone",
            "null is neither",
            of(item(0, cbor::null())),
        ),
        malformed(
            "items left out",
            "more items are announced",
            parts(0, [&[0x82][..], &small()].concat()),
        ),
    ]
}
