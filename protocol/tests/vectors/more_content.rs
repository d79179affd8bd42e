//! More contents, bodies and sealed keys, and the bodies of imported posts.

use hearth_keys::{BoxSecret, SpaceKey, seal};
use hearth_protocol::body;
use hearth_protocol::content::{KeyPurpose, grant_info};
use serde_json::{Value, json};

use crate::case::{File, Input, hex};
use crate::cbor;
use crate::describe;
use crate::make_content::{
    raw, raw_delete, raw_edit, raw_post, raw_post_of, raw_profile, raw_target,
};
use crate::more_log::Refused;
use crate::people::{alices_place, post, rng};

pub(crate) fn add(file: &mut File) {
    match file.format {
        "content" => contents(file),
        "body" => bodies(file),
        "key_grant" => grants(file),
        _ => {}
    }
}

/// A content whose payload is these bytes.
fn of(kind: u64, payload: &[u8]) -> Vec<u8> {
    cbor::array(&[cbor::uint(kind), cbor::bytes(payload)])
}

fn contents(file: &mut File) {
    let opaque = of(999, &[0x9f, 0x18, 0, 0xff, 0xff]);
    file.valid(
        "a kind to come, its payload nobody's business",
        Value::Null,
        &opaque,
    );
    file.valid(
        "32 KiB of a kind to come",
        Value::Null,
        &of(999, &[1; 32_000]),
    );
    let across = [
        raw_target(1, 7, 9),
        raw_target(1, 8, 0),
        raw_target(2, 0, 0),
    ];
    file.valid(
        "targets of two devices and three logs",
        Value::Null,
        &raw_delete(&across),
    );
    for (name, reason, error, bytes) in &[posts(), encodings(), kinds()].concat() {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
}

fn reply(identity_bytes: usize, log: u64, seq: u64) -> Vec<u8> {
    let reference = cbor::array(&[
        cbor::bytes(vec![1; identity_bytes]),
        cbor::bytes([2; 32]),
        cbor::uint(log),
        cbor::uint(seq),
        cbor::bytes([3; 32]),
    ]);
    raw_post("Yes!", reference)
}

fn posts() -> Vec<Refused> {
    let place = "Invalid: the place is out of bounds";
    let text = |bytes: &[u8]| {
        let text = [&[0x60 + u8::try_from(bytes.len()).unwrap()][..], bytes].concat();
        raw_post_of(text, cbor::null())
    };
    let malformed = |name, reason, bytes| (name, reason, "Malformed", bytes);
    vec![
        (
            "reply to sequence 2^40",
            "out of bounds",
            place,
            reply(32, 0, 1 << 40),
        ),
        (
            "reply to log 2^48",
            "out of bounds",
            place,
            reply(32, 1 << 48, 0),
        ),
        malformed(
            "reply to an identity of 31 bytes",
            "a key has 32 bytes",
            reply(31, 0, 0),
        ),
        malformed("half a character", "a text is UTF-8", text(&[b'a', 0xc3])),
        malformed(
            "a character in too many bytes",
            "a text is UTF-8",
            text(&[0xc0, 0x80]),
        ),
        malformed(
            "half a surrogate pair",
            "a text is UTF-8",
            text(&[0xed, 0xa0, 0x80]),
        ),
        (
            "a text of bytes",
            "a text is no byte string",
            "NotCanonical",
            raw_post_of(cbor::bytes(b"hi"), cbor::null()),
        ),
        malformed(
            "a text of bytes that aren't one",
            "a text is no byte string",
            raw_post_of(cbor::bytes([0xff]), cbor::null()),
        ),
        (
            "undefined for null",
            "F7 isn't F6",
            "Malformed",
            raw_post("hi", vec![0xf7]),
        ),
    ]
}

fn encodings() -> Vec<Refused> {
    let hi = cbor::array(&[
        cbor::text("hi"),
        cbor::null(),
        cbor::null(),
        cbor::array(&[]),
    ]);
    let whole = of(2, &hi);
    let flag = |flag: &[u8]| raw_profile("", "", flag.to_vec());
    let malformed = |name, reason, bytes| (name, reason, "Malformed", bytes);
    let not_canonical = |name, reason, bytes| (name, reason, "NotCanonical", bytes);
    vec![
        not_canonical(
            "indefinite content",
            "the length is indefinite",
            [&[0x9f][..], &whole[1..], &[0xff]].concat(),
        ),
        not_canonical("tagged content", "a tag", [&[0xc0][..], &whole].concat()),
        not_canonical(
            "wide payload",
            "a length isn't as short as it can be",
            [&[0x82, 2, 0x58, 7][..], &hi].concat(),
        ),
        not_canonical(
            "text in pieces",
            "the length is indefinite",
            raw_post_of(vec![0x7f, 0x61, b'h', 0x61, b'i', 0xff], cbor::null()),
        ),
        malformed(
            "trailing byte",
            "a byte is left over",
            [&whole[..], &[0]].concat(),
        ),
        malformed(
            "trailing byte in the payload",
            "a byte is left over",
            of(2, &[&hi[..], &[0]].concat()),
        ),
        malformed(
            "boolean in two bytes",
            "F8 14 isn't CBOR",
            flag(&[0xf8, 20]),
        ),
        malformed("a float for a boolean", "no boolean", flag(&[0xf9, 0, 0])),
        malformed(
            "a payload without bytes",
            "a payload is a byte string",
            cbor::array(&[cbor::uint(2), hi]),
        ),
        not_canonical(
            "a payload of text",
            "a payload is a byte string",
            cbor::array(&[cbor::uint(999), cbor::text("hi")]),
        ),
        not_canonical(
            "a payload of integers",
            "a payload is a byte string",
            cbor::array(&[cbor::uint(999), cbor::array(&[cbor::uint(1)])]),
        ),
        malformed(
            "a text of integers",
            "a text is no array",
            raw_post_of(cbor::array(&[cbor::uint(104)]), cbor::null()),
        ),
        malformed(
            "null for a text",
            "a text isn't nothing",
            raw_post_of(cbor::null(), cbor::null()),
        ),
        malformed(
            "an empty array for null",
            "a reply names an entry",
            raw_post("hi", cbor::array(&[])),
        ),
        malformed("an empty payload", "a post has four fields", of(2, b"")),
        malformed(
            "negative kind",
            "a kind is an unsigned integer",
            cbor::array(&[vec![0x20], cbor::bytes([0x80])]),
        ),
    ]
}

fn kinds() -> Vec<Refused> {
    let place = "Invalid: the place is out of bounds";
    let long = "Invalid: the name or the biography is too long";
    let text = |bytes: usize| "b".repeat(bytes);
    let malformed = |name, reason, bytes| (name, reason, "Malformed", bytes);
    let with_identity = [
        cbor::bytes([9; 32]),
        cbor::bytes([1; 32]),
        cbor::uint(0),
        cbor::uint(3),
    ];
    let by_device = [raw_target(2, 0, 0), raw_target(1, 0, 1)];
    vec![
        (
            "biography of 4,097 bytes",
            "4,096 at most",
            long,
            raw_profile("", &text(4097), cbor::boolean(false)),
        ),
        (
            "edit of 16,385 bytes",
            "16,384 at most",
            "TooLong",
            raw_edit(raw_target(1, 0, 1), &text(16_385)),
        ),
        (
            "edit at log 2^48",
            "out of bounds",
            place,
            raw_edit(raw_target(1, 1 << 48, 1), &text(1)),
        ),
        (
            "target at log 2^48",
            "out of bounds",
            place,
            raw_delete(&[raw_target(1, 1 << 48, 0)]),
        ),
        (
            "targets out of order by device",
            "ascending by device first",
            "Invalid: a delete names its targets in ascending order, each once",
            raw_delete(&by_device),
        ),
        malformed(
            "delete of somebody else's",
            "a target has no identity: one deletes what is one's own",
            raw_delete(&[cbor::array(&with_identity)]),
        ),
        malformed(
            "follow of 31 bytes",
            "a key has 32 bytes",
            raw(5, &[cbor::bytes([1; 31]), cbor::boolean(true)]),
        ),
        malformed(
            "inbox without a key",
            "a field is missing",
            raw(6, &[cbor::uint(1)]),
        ),
        (
            "purpose 0",
            "unknown purpose",
            "Version",
            raw(
                7,
                &[
                    cbor::uint(0),
                    cbor::uint(0),
                    cbor::array(&[]),
                    cbor::array(&[cbor::bytes([1; 80])]),
                ],
            ),
        ),
        malformed(
            "purpose 256",
            "a purpose is below 256",
            raw(
                7,
                &[
                    cbor::uint(256),
                    cbor::uint(0),
                    cbor::array(&[]),
                    cbor::array(&[cbor::bytes([1; 80])]),
                ],
            ),
        ),
    ]
}

fn bodies(file: &mut File) {
    let (key, content, place) = (
        SpaceKey::from_bytes([8; 32]),
        post("Good morning"),
        alices_place(5),
    );
    let given = |place| json!({ "place": describe::place(&place), "keys": [hex([8; 32])] });
    let own = |padded: &[u8]| {
        [
            &[2][..],
            &key.seal_body(&place.to_bytes(), padded, &mut rng()),
        ]
        .concat()
    };
    let plain = content.to_bytes();
    file.valid(
        "sealed, padded by one byte",
        given(place),
        &own(&[&plain[..], &[0x80]].concat()),
    );
    let sealed = body::seal(&content, &key, &place, &mut rng()).unwrap();
    let flipped = |at: usize| {
        let mut bytes = sealed.clone();
        bytes[at] ^= 1;
        bytes
    };
    let mut elsewhere = alices_place(5);
    elsewhere.log.log = hearth_protocol::entry::LogNumber::OWN;
    let clear = |content: &[u8]| [&[1][..], &[5; 16], content].concat();
    let wide = [&[0x98, 2][..], &plain[1..]].concat();
    let cases = [
        (
            "sealed, another log",
            "it was moved",
            "Sealed",
            given(elsewhere),
            sealed.clone(),
        ),
        (
            "nonce changed",
            "the tag covers it",
            "Sealed",
            given(alices_place(5)),
            flipped(1),
        ),
        (
            "tag changed",
            "the tag fits no key",
            "Sealed",
            given(alices_place(5)),
            flipped(25),
        ),
        (
            "padding and nothing else",
            "an empty content",
            "Malformed",
            given(alices_place(5)),
            own(&[0x80]),
        ),
        (
            "sealed, not canonical inside",
            "a length isn't as short as it can be",
            "NotCanonical",
            given(alices_place(5)),
            own(&[&wide[..], &[0x80]].concat()),
        ),
        (
            "clear, not canonical inside",
            "a length isn't as short as it can be",
            "NotCanonical",
            Value::Null,
            clear(&wide),
        ),
        (
            "clear, trailing byte",
            "a byte is left over",
            "Malformed",
            Value::Null,
            clear(&[&plain[..], &[0]].concat()),
        ),
        (
            "clear, padded",
            "only what is sealed is",
            "Malformed",
            Value::Null,
            clear(&[&plain[..], &[0x80, 0]].concat()),
        ),
        (
            "version 0",
            "unknown envelope",
            "Version",
            Value::Null,
            [&[0][..], &clear(&plain)[1..]].concat(),
        ),
    ];
    for (name, reason, error, given, bytes) in cases {
        file.invalid(name, (reason, error), given, &bytes);
    }
}

fn grants(file: &mut File) {
    let secret = BoxSecret::from_bytes([3; 32]);
    let place = alices_place(2);
    let info = grant_info(KeyPurpose::Inbox, 4, &place, &secret.public());
    let sealed = seal(&secret.public(), &info, b"", &[9; 32], &mut rng());
    let given = |place| json!({ "recipient_secret": hex([3; 32]), "purpose": 2, "generation": 4, "place": describe::place(&place) });
    file.valid("inbox", given(place), &sealed);
    let backup = grant_info(KeyPurpose::Backup, 1, &place, &secret.public());
    let backup = seal(&secret.public(), &backup, b"", &[4; 32], &mut rng());
    let given_backup = json!({ "recipient_secret": hex([3; 32]), "purpose": 3, "generation": 1, "place": describe::place(&place) });
    file.valid("backup", given_backup, &backup);
    let mut flipped = sealed.clone();
    flipped[79] ^= 1;
    let weak = [&[0; 32][..], &sealed[32..]].concat();
    let refused = [
        (
            "another place",
            "the info differs",
            given(alices_place(3)),
            sealed.clone(),
        ),
        ("flipped bit", "the tag doesn't fit", given(place), flipped),
        (
            "cut off",
            "a byte is missing",
            given(place),
            sealed[..79].to_vec(),
        ),
        (
            "47 bytes",
            "no room for a key and a tag",
            given(place),
            sealed[..47].to_vec(),
        ),
        (
            "encapsulated key of small order",
            "the shared secret would be zero, for everybody",
            given(place),
            weak,
        ),
    ];
    for (name, reason, given, bytes) in refused {
        file.invalid(name, (reason, "OpenError"), given, &bytes);
    }
}

/// What the import of a row gives: the body that a post of this time and text always has.
pub(crate) fn imports() -> File {
    let mut file = File::new(
        "import",
        "Rows of an import: the salt and the body that each becomes under a space key.",
    );
    let given = |key: u8, time_ms: u64| json!({ "key": hex([key; 32]), "time_ms": time_ms });
    file.valid("a row", given(8, 1_700_000_000_123), Input::Text("Hello"));
    file.valid(
        "another time",
        given(8, 1_700_000_000_124),
        Input::Text("Hello"),
    );
    file.valid(
        "another key",
        given(9, 1_700_000_000_123),
        Input::Text("Hello"),
    );
    file.valid("time 0", given(8, 0), Input::Text("Grüße ☕"));
    file.valid(
        "white space is kept",
        given(8, (1 << 47) - 1),
        Input::Text(" two lines\r\n "),
    );
    let empty = (
        "a text has a byte",
        "Invalid: a text has at least one character",
    );
    file.invalid("empty text", empty, given(8, 5), Input::Text(""));
    let long = ("16,384 bytes at most", "TooLong");
    file.invalid(
        "text of 16,385 bytes",
        long,
        given(8, 5),
        Input::Text(&"a".repeat(16_385)),
    );
    file
}
