//! More export files and links.

use hearth_protocol::archive::MAGIC;
use serde_json::Value;

use crate::case::{File, Input};
use crate::cbor;
use crate::make_ingest::{story, tombstone};
use crate::make_log::{item, raw_run};
use crate::more_log::Refused;
use crate::people::{alice, part};

pub(crate) fn add(file: &mut File) {
    match file.format {
        "archive" => archives(file),
        "link" => links(file),
        _ => {}
    }
}

fn item_of(kind: u64, payload: &[u8]) -> Vec<u8> {
    let item = cbor::array(&[cbor::uint(kind), cbor::bytes(payload)]);
    let length = u32::try_from(item.len()).unwrap().to_be_bytes();
    [&length[..], &item].concat()
}

fn of(statements: &[u8], run: &[u8], counts: [u64; 2]) -> Vec<u8> {
    let end = cbor::array(&counts.map(cbor::uint));
    [
        &MAGIC[..],
        &item_of(1, statements),
        &item_of(2, run),
        &item_of(3, &end),
    ]
    .concat()
}

fn archives(file: &mut File) {
    let run = part(&story(), 4, 5).to_bytes();
    let none = cbor::array(&[]);
    let with = |run: &[u8], lone: &[u8]| {
        of(
            &cbor::array(&[]),
            &cbor::array(&[run.to_vec(), lone.to_vec()]),
            [1, 2],
        )
    };
    file.valid(
        "statements aren't looked into",
        Value::Null,
        &of(
            &cbor::array(&[cbor::bytes([1])]),
            &cbor::array(&[run.clone(), none.clone()]),
            [1, 2],
        ),
    );
    let lone = tombstone(&story()).to_bytes();
    let wide_run = [&[0x98, 6][..], &run[1..]].concat();
    let many = raw_run(0, [0; 32], &vec![item(0, cbor::bytes([1])); 1025]);
    let empty = raw_run(0, [0; 32], &[]);
    let short = cbor::array(&[lone[1..].to_vec()]);
    let refused: Vec<Refused> = vec![
        (
            "run not canonical",
            "a length isn't as short as it can be",
            "NotCanonical",
            with(&wide_run, &none),
        ),
        (
            "run of 1,025",
            "1,024 at most",
            "Invalid: a run has 1 to 1,024 entries",
            with(&many, &none),
        ),
        (
            "run of nothing",
            "a run has an entry",
            "Invalid: a run has 1 to 1,024 entries",
            with(&empty, &none),
        ),
        (
            "a run's body gone by text",
            "a hash and a length belong there",
            "Malformed",
            with(&raw_run(0, [0; 32], &[item(0, cbor::text("gone"))]), &none),
        ),
        (
            "a delete that is none",
            "a lone entry has three fields",
            "Malformed",
            with(&run, &short),
        ),
        (
            "a delete that isn't canonical",
            "a length isn't as short as it can be",
            "NotCanonical",
            with(&run, &[&[0x81, 0x98, 3][..], &lone[1..]].concat()),
        ),
        (
            "statements of integers",
            "a statement is a byte string",
            "Malformed",
            of(
                &cbor::array(&[cbor::uint(1)]),
                &cbor::array(&[run.clone(), none.clone()]),
                [1, 2],
            ),
        ),
        (
            "indefinite statements",
            "the length is indefinite",
            "NotCanonical",
            of(&[0x9f, 0xff], &cbor::array(&[run.clone(), none]), [1, 2]),
        ),
    ];
    for (name, reason, error, bytes) in &refused {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
}

fn links(file: &mut File) {
    let key = alice().identity().to_string();
    let at = |via: &str| format!("hearth:{key}?via={via}");
    let valid = [
        ("empty parts", format!("hearth:{key}?&via=/a&&via=/b&")),
        (
            "escapes of either case, also of what needs none",
            at("%2fip4%2F%61"),
        ),
        ("256 bytes", at(&format!("/{}", "a".repeat(255)))),
        (
            "eight addresses",
            format!("hearth:{key}?{}", ["via=/a"; 8].join("&")),
        ),
        (
            "upper case identity",
            format!("hearth:{}", key.to_uppercase()),
        ),
    ];
    for (name, text) in &valid {
        file.valid(name, Value::Null, Input::Text(text));
    }
    let refused = [
        ("nothing", "no identity", "NotHearth", String::new()),
        (
            "scheme alone",
            "no identity",
            "NotHearth",
            "hearth:".to_owned(),
        ),
        (
            "another scheme",
            "not of this network",
            "NotHearth",
            format!("http:{key}"),
        ),
        ("via without a value", "no multiaddr", "Address", at("")),
        (
            "via without an equals sign",
            "only via= is known",
            "Parameter",
            format!("hearth:{key}?via"),
        ),
        (
            "VIA",
            "names are lower case",
            "Parameter",
            format!("hearth:{key}?VIA=/a"),
        ),
        (
            "delete character",
            "a control character",
            "Address",
            at("/a%7F"),
        ),
        (
            "control character beyond ASCII",
            "U+0085 is one too",
            "Address",
            at("/a%C2%85"),
        ),
        (
            "no hexadecimal digits",
            "two hexadecimal digits follow a percent sign",
            "Address",
            at("/a%+1"),
        ),
    ];
    for (name, reason, error, text) in &refused {
        file.invalid(name, (reason, error), Value::Null, Input::Text(text));
    }
}
