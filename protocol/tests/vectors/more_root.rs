//! More root statements and sets of them, phrases, written identities, key files.

use std::collections::BTreeMap;

use hearth_keys::{Context, DeviceKeys};
use hearth_protocol::root::{Claim, Statement};
use serde_json::{Value, json};

use crate::case::{File, Input, hex};
use crate::cbor;
use crate::make_root::{cut, cut_payload, end, signed};
use crate::more_log::Refused;
use crate::people::{ALICE_PHRASE, BOB_PHRASE, alice, bob, certificate, device, rng};

pub(crate) fn add(file: &mut File) {
    match file.format {
        "statement" => statements(file),
        "statement_set" => sets(file),
        "phrase" => phrases(file),
        "identity" => identities(file),
        "keyfile" => key_files(file),
        _ => {}
    }
}

fn inner(identity: &[u8], device: &DeviceKeys) -> Vec<u8> {
    cbor::array(&[
        cbor::uint(1),
        cbor::uint(3),
        cbor::bytes(identity),
        cbor::bytes(device.id().as_bytes()),
        cbor::uint(5),
        cbor::bytes([]),
    ])
}

fn outer(inner: &[u8], signature: &[u8]) -> Vec<u8> {
    cbor::array(&[cbor::bytes(inner), cbor::bytes(signature)])
}

fn statements(file: &mut File) {
    let ends = |logs: u64| (0..logs).map(|log| (log, 0)).collect::<Vec<_>>();
    file.valid("cut of 16 logs", Value::Null, &cut(&ends(16)));
    for (name, reason, error, bytes) in &[who_signed(), encodings(), payloads()].concat() {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
}

fn who_signed() -> Vec<Refused> {
    let context = Context::ROOT_STATEMENT;
    let inner_of = |identity: &[u8]| inner(identity, &device(1));
    let alices = inner_of(alice().identity().as_bytes());
    let mut neutral = [0; 64];
    neutral[0] = 1;
    let refused = |name, reason, bytes| (name, reason, "Signature", bytes);
    vec![
        refused(
            "signed by Bob",
            "only Alice speaks of her devices",
            outer(&alices, bob().sign(context, &alices).as_bytes()),
        ),
        refused(
            "signed by the device",
            "no device speaks of itself",
            outer(&alices, device(1).sign(context, &alices).as_bytes()),
        ),
        refused(
            "identity of small order",
            "a key under which anything can be signed",
            outer(&inner_of(&neutral[..32]), &neutral),
        ),
    ]
}

fn encodings() -> Vec<Refused> {
    let context = Context::ROOT_STATEMENT;
    let identity = alice().identity();
    let plain = inner(identity.as_bytes(), &device(1));
    let sign = |inner: &[u8]| outer(inner, alice().sign(context, inner).as_bytes());
    let signature = *alice().sign(context, &plain).as_bytes();
    let whole = outer(&plain, &signature);
    let with =
        |at: usize, instead: &[u8]| sign(&[&plain[..at], instead, &plain[at + 1..]].concat());
    let wide = "an integer isn't as short as it can be";
    let not_canonical = |name, reason, bytes| (name, reason, "NotCanonical", bytes);
    let malformed = |name, reason, bytes| (name, reason, "Malformed", bytes);
    vec![
        not_canonical("wide kind", wide, with(2, &[0x18, 3])),
        not_canonical(
            "wide pair",
            "a length isn't as short as it can be",
            [&[0x98, 2][..], &whole[1..]].concat(),
        ),
        not_canonical(
            "indefinite pair",
            "the length is indefinite",
            [&[0x9f][..], &whole[1..], &[0xff]].concat(),
        ),
        not_canonical(
            "tagged",
            "a tag",
            [&[0xd9, 0xd9, 0xf7][..], &whole].concat(),
        ),
        malformed("kind 256", "a kind is below 256", with(2, &[0x19, 1, 0])),
        malformed(
            "trailing byte inside",
            "a byte is left over",
            sign(&[&plain[..], &[0]].concat()),
        ),
        malformed(
            "signature of 63 bytes",
            "a signature has 64 bytes",
            outer(&plain, &signature[1..]),
        ),
        malformed(
            "no signature",
            "a field is missing",
            cbor::array(&[cbor::bytes(&plain)]),
        ),
        ("version 0", "there is none", "Version", with(1, &[0])),
    ]
}

fn payloads() -> Vec<Refused> {
    let root = Context::ROOT_STATEMENT;
    let certify = |payload: &[u8]| signed(1, 1, 5, payload, root);
    let key = cbor::array(&[cbor::bytes([1; 32])]);
    let ends = cut_payload(&[(0, 3)]);
    let wide_ends = [&[0x81, 0x98, 1][..], &ends[2..]].concat();
    let two_fields = cbor::array(&[cbor::array(&[cbor::array(&[cbor::uint(0), cbor::uint(3)])])]);
    let malformed = |name, reason, bytes| (name, reason, "Malformed", bytes);
    let not_canonical = |name, reason, bytes| (name, reason, "NotCanonical", bytes);
    vec![
        malformed(
            "box key of 31 bytes",
            "a key has 32 bytes",
            certify(&cbor::array(&[cbor::bytes([1; 31])])),
        ),
        malformed(
            "trailing byte in the payload",
            "a byte is left over",
            certify(&[&key[..], &[0]].concat()),
        ),
        not_canonical(
            "wide payload",
            "a length isn't as short as it can be",
            certify(&[&[0x98, 1][..], &key[1..]].concat()),
        ),
        not_canonical(
            "cut, wide list",
            "a length isn't as short as it can be",
            signed(1, 2, 5, &wide_ends, root),
        ),
        malformed(
            "cut, no id",
            "an end has three fields",
            signed(1, 2, 5, &two_fields, root),
        ),
    ]
}

fn sets(file: &mut File) {
    let (root, one, two) = (alice(), device(1), device(2));
    let sign = |claim| Statement::sign(&root, one.id(), 9, claim);
    let certified = || vec![certificate(&root, &one), certificate(&root, &two)];
    let given = |statements: &[Vec<u8>]| {
        json!({
            "identity": hex(root.identity().as_bytes()),
            "statements": statements.iter().map(hex).collect::<Vec<_>>(),
            "logs": [[hex(one.id().as_bytes()), 0], [hex(two.id().as_bytes()), 0]],
        })
    };
    let bytes = |statements: &[Statement]| {
        statements
            .iter()
            .map(Statement::to_bytes)
            .collect::<Vec<_>>()
    };
    let with = |more: &[Statement]| bytes(&[&certified()[..], more].concat());
    let unknown = |number: u8| Claim::Unknown {
        kind: 9,
        payload: vec![number],
    };
    let many: Vec<_> = (0..126).map(|number| sign(unknown(number))).collect();
    let late_cut = [&many[..], &[sign(end(9, 1))]].concat();
    let valid = [
        (
            "retired and cut",
            with(&[sign(Claim::Retire), sign(end(4, 2))]),
        ),
        (
            "two cuts at one sequence: the lower id counts",
            with(&[sign(end(4, 2)), sign(end(4, 1))]),
        ),
        ("128 are read, the cut behind them isn't", with(&late_cut)),
        ("127 and the cut", with(&late_cut[1..])),
    ];
    for (name, statements) in &valid {
        file.valid(name, given(statements), &[]);
    }
    let with_one = |more: Vec<u8>| given(&[bytes(&certified()), vec![more]].concat());
    let mut forged = sign(Claim::Retire).to_bytes();
    *forged.last_mut().unwrap() ^= 1;
    let by_device = {
        let inner = inner(root.identity().as_bytes(), &two);
        outer(&inner, two.sign(Context::ROOT_STATEMENT, &inner).as_bytes())
    };
    let twice = [(0, 3), (0, 4)];
    let refused = [
        (
            "one forged",
            "one that doesn't verify makes all of it invalid",
            "Signature",
            forged,
        ),
        (
            "one by a device",
            "no device speaks of another",
            "Signature",
            by_device,
        ),
        (
            "one of a version to come",
            "the version is unknown",
            "Version",
            signed(2, 3, 5, b"", Context::ROOT_STATEMENT),
        ),
        (
            "one out of bounds",
            "the time is out of bounds",
            "Invalid: the time is out of bounds",
            signed(1, 3, 1 << 47, b"", Context::ROOT_STATEMENT),
        ),
        (
            "one cut out of order",
            "each log once",
            "Invalid: a cut names its logs in ascending order, each once",
            cut(&twice),
        ),
    ];
    for (name, reason, error, statement) in refused {
        file.invalid(name, (reason, error), with_one(statement), &[]);
    }
    let void = Claim::Cut {
        ends: BTreeMap::new(),
    };
    file.valid(
        "everything cut, another device untouched",
        given(&with(&[sign(void)])),
        &[],
    );
}

fn phrases(file: &mut File) {
    let refused = [
        (
            "nothing",
            "24 words are needed",
            "WrongWordCount",
            String::new(),
        ),
        (
            "25 words",
            "24 words are needed",
            "WrongWordCount",
            format!("{BOB_PHRASE} zoo"),
        ),
        (
            "two words exchanged",
            "the words don't belong together",
            "Checksum",
            BOB_PHRASE.replacen("zoo vote", "vote zoo", 1),
        ),
        (
            "four letters for a word",
            "words are written whole",
            "UnknownWord",
            ALICE_PHRASE.replacen("abandon", "aban", 1),
        ),
    ];
    for (name, reason, error, text) in &refused {
        file.invalid(name, (reason, error), Value::Null, Input::Text(text));
    }
}

fn identities(file: &mut File) {
    let text = alice().identity().to_string();
    let long = format!("{text}{}", "q".repeat(1024 - text.len()));
    let b = text.replacen("qy6", "by6", 1);
    let refused = [
        (
            "a space behind",
            "no character of bech32",
            "Typo",
            format!("{text} "),
        ),
        ("a character that bech32 hasn't", "b is left out", "Typo", b),
        (
            "prefix alone",
            "nothing behind it",
            "NotHearth",
            "hearth".to_owned(),
        ),
        ("1,024 characters", "1,023 at most", "Typo", long),
    ];
    for (name, reason, error, text) in &refused {
        file.invalid(name, (reason, error), Value::Null, Input::Text(text));
    }
}

/// A key file with its checksum, whatever it says.
fn checked(content: &[u8]) -> Vec<u8> {
    [content, &blake3::hash(content).as_bytes()[..16]].concat()
}

fn protected(memory_kib: u32, passes: u32, lanes: u32) -> Vec<u8> {
    sealed_in([memory_kib, passes, lanes], 23)
}

/// A salt, a nonce and a seal of this length that nobody made.
fn sealed_in(costs: [u32; 3], seal_bytes: usize) -> Vec<u8> {
    let costs = costs.map(u32::to_be_bytes).concat();
    let rest = vec![7; 16 + 24 + seal_bytes];
    checked(&[b"HRTHKEY1\x03\x01", &costs[..], &rest].concat())
}

fn key_files(file: &mut File) {
    let kind = json!({ "kind": 3 });
    let with = json!({ "kind": 3, "passphrase": "open sesame" });
    let plain = hearth_keys::keyfile::encode(
        hearth_keys::KeyFileKind::SECRETS,
        b"payload",
        None,
        &mut rng(),
    );
    file.valid("no payload", kind.clone(), &checked(b"HRTHKEY1\x03\x00"));
    let refused = [
        (
            "another file",
            "it doesn't begin as a key file does",
            "Damaged",
            kind.clone(),
            b"-----BEGIN KEY-----\n-----END KEY-----".to_vec(),
        ),
        (
            "empty",
            "nothing there",
            "Damaged",
            kind.clone(),
            Vec::new(),
        ),
        (
            "trailing byte",
            "the checksum isn't last",
            "Damaged",
            kind.clone(),
            [&plain[..], &[0]].concat(),
        ),
        (
            "protection 2",
            "a newer version may know it",
            "NewerVersion",
            kind,
            checked(b"HRTHKEY1\x03\x02payload"),
        ),
        (
            "more than 256 MiB to open",
            "262,144 KiB at most",
            "TooCostly",
            with.clone(),
            protected(262_145, 3, 1),
        ),
        (
            "eleven passes to open",
            "10 at most",
            "TooCostly",
            with.clone(),
            protected(65_536, 11, 1),
        ),
        (
            "five lanes to open",
            "4 at most",
            "TooCostly",
            with.clone(),
            protected(65_536, 3, 5),
        ),
        (
            "no pass to open",
            "one at least",
            "Damaged",
            with.clone(),
            protected(65_536, 0, 1),
        ),
        (
            "no lane to open",
            "one at least",
            "Damaged",
            with.clone(),
            protected(65_536, 3, 0),
        ),
        (
            "less memory than Argon2 needs",
            "8 KiB a lane at least",
            "Damaged",
            with.clone(),
            protected(7, 3, 1),
        ),
        (
            "seal cut off",
            "no room for its tag",
            "Damaged",
            with,
            sealed_in([65_536, 3, 1], 15),
        ),
    ];
    for (name, reason, error, given, bytes) in refused {
        file.invalid(name, (reason, error), given, &bytes);
    }
}
