//! More lone entries that are no effective deletes, and fork proofs that prove nothing.

use hearth_keys::Context;
use hearth_protocol::body;
use hearth_protocol::content::{Content, Delete, Target};
use serde_json::Value;

use crate::case::File;
use crate::cbor;
use crate::make_content::{raw_delete, raw_target};
use crate::make_log::{Fields, lone};
use crate::more_log::{Refused, header_with};
use crate::people::{alices_place, bob, device};

pub(crate) fn add(file: &mut File) {
    let cases = match file.format {
        "delete" => deletes(),
        "fork_proof" => {
            let one = Fields::first().bytes();
            let lasting = proof(&one, &header_with(0, &cbor::uint(2)));
            file.valid("one body that lasts", Value::Null, &lasting);
            fork_proofs()
        }
        _ => return,
    };
    for (name, reason, error, bytes) in &cases {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
}

fn deletes() -> Vec<Refused> {
    let content = Content::Delete(Delete {
        targets: vec![Target::from(alices_place(3))],
    });
    let good = lone(body::clear(&content, [4; 16]).unwrap());
    let by_hand = |content: Vec<u8>| lone([&[1][..], &[4; 16], &content].concat()).to_bytes();
    let targets = |n: u64| (0..n).map(|seq| raw_target(1, 0, seq)).collect::<Vec<_>>();
    let (header, signature) = (
        good.entry.header().to_bytes(),
        *good.entry.signature().as_bytes(),
    );
    let parts = |parts: &[Vec<u8>]| cbor::array(parts);
    let whole = good.to_bytes();
    let notice = device(1).sign(Context::FOLLOW_NOTICE, &header);
    let not_effective = |name, reason, bytes| (name, reason, "NotEffective", bytes);
    let malformed = |name, reason, bytes| (name, reason, "Malformed", bytes);
    let wide_header = [&[0x98, 9][..], &header[1..]].concat();
    vec![
        not_effective(
            "33 targets",
            "32 at most",
            by_hand(raw_delete(&targets(33))),
        ),
        not_effective(
            "no targets",
            "a delete deletes something",
            by_hand(raw_delete(&[])),
        ),
        not_effective(
            "targets out of order",
            "ascending",
            by_hand(raw_delete(&[raw_target(1, 0, 2), raw_target(1, 0, 1)])),
        ),
        not_effective(
            "a target with an identity",
            "a delete reaches its own identity only",
            by_hand(raw_delete(&[cbor::array(&[
                cbor::bytes(bob().identity().as_bytes()),
                cbor::bytes([1; 32]),
                cbor::uint(0),
                cbor::uint(3),
            ])])),
        ),
        not_effective(
            "another kind of body",
            "an unknown envelope is no delete",
            lone([&[3][..], &[4; 16], &content.to_bytes()].concat()).to_bytes(),
        ),
        not_effective(
            "signed as a notice",
            "another context",
            parts(&[
                cbor::bytes(&header),
                cbor::bytes(notice.as_bytes()),
                cbor::bytes(&good.body),
            ]),
        ),
        (
            "header not canonical",
            "a length isn't as short as it can be",
            "NotCanonical",
            parts(&[
                cbor::bytes(wide_header),
                cbor::bytes(signature),
                cbor::bytes(&good.body),
            ]),
        ),
        (
            "wide body",
            "a length isn't as short as it can be",
            "NotCanonical",
            wide_body(&header, &signature, &good.body),
        ),
        malformed(
            "no body",
            "a field is missing",
            parts(&[cbor::bytes(&header), cbor::bytes(signature)]),
        ),
        malformed(
            "signature of 65 bytes",
            "a signature has 64 bytes",
            parts(&[
                cbor::bytes(&header),
                cbor::bytes([1; 65]),
                cbor::bytes(&good.body),
            ]),
        ),
        malformed(
            "trailing byte",
            "a byte is left over",
            [&whole[..], &[0]].concat(),
        ),
        (
            "33,197 bytes",
            "33,196 at most",
            "TooLong",
            [&whole[..], &vec![0; 33_197 - whole.len()]].concat(),
        ),
    ]
}

fn wide_body(header: &[u8], signature: &[u8; 64], body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [
        &[0x83][..],
        &cbor::bytes(header),
        &cbor::bytes(signature),
        &[0x59],
        &length,
        body,
    ]
    .concat()
}

/// A side of a proof: a header by hand, signed by device 1.
fn side(header: &[u8]) -> Vec<u8> {
    let signature = device(1).sign(Context::ENTRY, header);
    cbor::array(&[cbor::bytes(header), cbor::bytes(signature.as_bytes())])
}

/// Two sides, the lower id first.
fn sides(one: &[u8], other: &[u8]) -> [Vec<u8>; 2] {
    let id = |header: &[u8]| {
        let signature = device(1).sign(Context::ENTRY, header);
        *blake3::hash(&[header, signature.as_bytes()].concat()).as_bytes()
    };
    let in_order = id(one) < id(other);
    let (low, high) = if in_order { (one, other) } else { (other, one) };
    [side(low), side(high)]
}

fn proof(one: &[u8], other: &[u8]) -> Vec<u8> {
    cbor::array(&sides(one, other))
}

fn fork_proofs() -> Vec<Refused> {
    let one = Fields::first().bytes();
    let other = header_with(6, &cbor::uint(5));
    let good = proof(&one, &other);
    let no_contradiction =
        |name, reason, header: Vec<u8>| (name, reason, "NoContradiction", proof(&one, &header));
    let [low, high] = sides(&one, &other);
    vec![
        no_contradiction(
            "two logs",
            "each log has its own entry there",
            header_with(3, &cbor::uint(2)),
        ),
        no_contradiction(
            "two identities",
            "each has a log of its own",
            header_with(1, &cbor::bytes(bob().identity().as_bytes())),
        ),
        (
            "out of bounds",
            "the time is out of bounds",
            "Invalid: the time is out of bounds",
            proof(&one, &header_with(6, &cbor::uint(1 << 47))),
        ),
        (
            "version 3",
            "the version is unknown",
            "Version",
            proof(&one, &header_with(0, &cbor::uint(3))),
        ),
        (
            "wide side",
            "a length isn't as short as it can be",
            "NotCanonical",
            [&[0x82, 0x98, 2][..], &low[1..], &high].concat(),
        ),
        (
            "header not canonical",
            "an integer isn't as short as it can be",
            "NotCanonical",
            proof(&one, &header_with(3, &[0x18, 0])),
        ),
        (
            "one side",
            "a side is missing",
            "Malformed",
            cbor::array(std::slice::from_ref(&low)),
        ),
        (
            "three sides",
            "one too many",
            "Malformed",
            cbor::array(&[low.clone(), high.clone(), high]),
        ),
        (
            "trailing byte",
            "a byte is left over",
            "Malformed",
            [&good[..], &[0]].concat(),
        ),
        (
            "761 bytes",
            "760 at most",
            "TooLong",
            [&good[..], &vec![0; 761 - good.len()]].concat(),
        ),
    ]
}
