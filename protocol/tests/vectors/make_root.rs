//! Phrases, written identities, key files, root statements and sets of them.

use std::collections::BTreeMap;

use hearth_keys::{Context, KeyFileKind, keyfile};
use hearth_protocol::entry::{EntryId, LogNumber};
use hearth_protocol::root::{Claim, LogEnd, Statement};
use serde_json::{Value, json};

use crate::case::{File, Input, hex};
use crate::cbor;
use crate::people::{ALICE_PHRASE, BOB_PHRASE, alice, bob, certificate, device, rng};

pub(crate) fn files() -> Vec<File> {
    vec![phrases(), identities(), key_files(), statements(), sets()]
}

fn phrases() -> File {
    let mut file = File::new("phrase", "24 words and what they derive.");
    file.valid("all zeros", Value::Null, Input::Text(ALICE_PHRASE));
    file.valid("all ones", Value::Null, Input::Text(BOB_PHRASE));
    let typed = format!("  {}\n", BOB_PHRASE.to_uppercase().replace(' ', "\t"));
    file.valid(
        "upper case, other white space",
        Value::Null,
        Input::Text(&typed),
    );
    let refused = [
        (
            "twelve words",
            "24 words are needed",
            "WrongWordCount",
            "zoo ".repeat(12),
        ),
        (
            "unknown word",
            "a word isn't in the list",
            "UnknownWord",
            BOB_PHRASE.replace("vote", "vot"),
        ),
        (
            "wrong checksum",
            "the words don't belong together",
            "Checksum",
            BOB_PHRASE.replace("vote", "zoo"),
        ),
    ];
    for (name, reason, error, text) in &refused {
        file.invalid(name, (reason, error), Value::Null, Input::Text(text));
    }
    file
}

fn identities() -> File {
    let mut file = File::new("identity", "Written identities and their 32 bytes.");
    let text = alice().identity().to_string();
    file.valid("Alice", Value::Null, Input::Text(&text));
    file.valid(
        "Bob",
        Value::Null,
        Input::Text(&bob().identity().to_string()),
    );
    file.valid(
        "all upper case",
        Value::Null,
        Input::Text(&text.to_uppercase()),
    );
    let typo = format!("{}{}", &text[..20], text[20..].replacen('q', "p", 1));
    let mixed = text.replacen('h', "H", 1);
    let small_order = hearth_keys::Identity::from_bytes([0; 32]).to_string();
    let refused = [
        ("empty", "nothing there", "NotHearth", ""),
        (
            "another prefix",
            "not of this network",
            "NotHearth",
            "npub1qqqq",
        ),
        (
            "one character changed",
            "the checksum is wrong",
            "Typo",
            &typo,
        ),
        ("cut off", "the checksum is wrong", "Typo", &text[..40]),
        (
            "mixed case",
            "bech32 forbids mixed case",
            "MixedCase",
            &mixed,
        ),
        (
            "small order",
            "the key is a point of small order",
            "NotAKey",
            &small_order,
        ),
    ];
    for (name, reason, error, text) in refused {
        file.invalid(name, (reason, error), Value::Null, Input::Text(text));
    }
    file
}

fn key_files() -> File {
    let mut file = File::new(
        "keyfile",
        "Key files: their payload, given the kind and a passphrase.",
    );
    let plain = keyfile::encode(KeyFileKind::SECRETS, b"payload", None, &mut rng());
    let kind = json!({ "kind": 3 });
    let protected = keyfile::encode(
        KeyFileKind::SECRETS,
        b"payload",
        Some(b"open sesame"),
        &mut rng(),
    );
    let with = |passphrase: &str| json!({ "kind": 3, "passphrase": passphrase });
    file.valid("plain", kind.clone(), &plain[..]);
    file.valid("with a passphrase", with("open sesame"), &protected[..]);
    let mut damaged = plain.to_vec();
    damaged[12] ^= 1;
    let mut newer = plain.to_vec();
    newer[7] = b'2';
    file.invalid(
        "damaged",
        ("the checksum is wrong", "Damaged"),
        kind.clone(),
        &damaged,
    );
    file.invalid(
        "cut off",
        ("shorter than its checksum", "Damaged"),
        kind.clone(),
        &plain[..20],
    );
    file.invalid(
        "newer",
        ("the magic names version 2", "NewerVersion"),
        kind.clone(),
        &newer,
    );
    let other = json!({ "kind": 1 });
    file.invalid(
        "another kind",
        ("it holds something else", "WrongKind"),
        other,
        &plain[..],
    );
    file.invalid(
        "no passphrase",
        ("it is protected", "PassphraseNeeded"),
        kind,
        &protected[..],
    );
    let wrong = ("another passphrase", "WrongPassphrase");
    file.invalid("wrong passphrase", wrong, with("sesame"), &protected[..]);
    file
}

/// A statement by hand: signed by Alice, whatever it says.
pub(crate) fn signed(
    version: u64,
    kind: u64,
    time_ms: u64,
    payload: &[u8],
    context: Context,
) -> Vec<u8> {
    let inner = cbor::array(&[
        cbor::uint(version),
        cbor::uint(kind),
        cbor::bytes(alice().identity().as_bytes()),
        cbor::bytes(device(1).id().as_bytes()),
        cbor::uint(time_ms),
        cbor::bytes(payload),
    ]);
    let signature = alice().sign(context, &inner);
    cbor::array(&[cbor::bytes(&inner), cbor::bytes(signature.as_bytes())])
}

pub(crate) fn cut_payload(ends: &[(u64, u64)]) -> Vec<u8> {
    let end = |&(log, seq): &(u64, u64)| {
        cbor::array(&[cbor::uint(log), cbor::uint(seq), cbor::bytes([9; 32])])
    };
    cbor::array(&[cbor::array(&ends.iter().map(end).collect::<Vec<_>>())])
}

pub(crate) fn cut(ends: &[(u64, u64)]) -> Vec<u8> {
    signed(1, 2, 5, &cut_payload(ends), Context::ROOT_STATEMENT)
}

fn statements() -> File {
    let mut file = File::new("statement", "Root statements.");
    let root = Context::ROOT_STATEMENT;
    let certify = certificate(&alice(), &device(1)).to_bytes();
    let box_key = cbor::array(&[cbor::bytes(device(1).box_public().as_bytes())]);
    assert_eq!(certify, signed(1, 1, 1_700_000_000_000, &box_key, root));
    file.valid("certify", Value::Null, &certify);
    file.valid("retire", Value::Null, &signed(1, 3, 5, b"", root));
    file.valid(
        "cut of two logs",
        Value::Null,
        &cut(&[(0, 7), (1, (1 << 40) - 1)]),
    );
    file.valid("cut of everything", Value::Null, &cut(&[]));
    file.valid(
        "a kind to come",
        Value::Null,
        &signed(1, 4, 5, b"\x01", root),
    );

    let too_many: Vec<_> = (0..17).map(|log| (log, 0)).collect();
    let mut flipped = certify.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let trailing = [&certify[..], &[0]].concat();
    let in_order = "Invalid: a cut names its logs in ascending order, each once";
    let in_bounds = "Invalid: a cut names at most 16 logs, each within bounds";
    let time = "Invalid: the time is out of bounds";
    let carries = "Invalid: a retirement carries nothing";
    let long = signed(1, 4, 5, &[0; 1500], root);
    let refused = [
        (
            "version 2",
            "the version is unknown",
            "Version",
            signed(2, 3, 5, b"", root),
        ),
        (
            "time 2^47",
            "the time is out of bounds",
            time,
            signed(1, 3, 1 << 47, b"", root),
        ),
        (
            "signed as an entry",
            "the signature is of another context",
            "Signature",
            signed(1, 3, 5, b"", Context::ENTRY),
        ),
        (
            "flipped bit",
            "the signature doesn't verify",
            "Signature",
            flipped,
        ),
        (
            "trailing byte",
            "a byte is left over",
            "Malformed",
            trailing,
        ),
        (
            "retire with a payload",
            "a retirement carries nothing",
            carries,
            signed(1, 3, 5, b"\x80", root),
        ),
        (
            "certify without a key",
            "the payload has another shape",
            "Malformed",
            signed(1, 1, 5, b"\x80", root),
        ),
        (
            "cut out of order",
            "logs are ascending",
            in_order,
            cut(&[(1, 0), (0, 0)]),
        ),
        (
            "cut twice",
            "each log once",
            in_order,
            cut(&[(0, 3), (0, 4)]),
        ),
        (
            "cut of 17 logs",
            "16 logs at most",
            in_bounds,
            cut(&too_many),
        ),
        (
            "cut at 2^40",
            "the sequence is out of bounds",
            in_bounds,
            cut(&[(0, 1 << 40)]),
        ),
        (
            "cut of log 2^48",
            "the log number is out of bounds",
            in_bounds,
            cut(&[(1 << 48, 0)]),
        ),
        ("1,600 bytes", "1,536 bytes at most", "TooLong", long),
    ];
    for (name, reason, error, bytes) in &refused {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
    file
}

pub(crate) fn end(seq: u64, id: u8) -> Claim {
    let id = EntryId::from_bytes([id; 32]);
    Claim::Cut {
        ends: BTreeMap::from([(LogNumber::SOCIAL, LogEnd { seq, id })]),
    }
}

fn sets() -> File {
    let mut file = File::new(
        "statement_set",
        "Sets of statements: what is kept, which devices are current, where the logs given end.",
    );
    let (root, one, two) = (alice(), device(1), device(2));
    let sign = |claim| Statement::sign(&root, one.id(), 9, claim);
    let certified = [certificate(&root, &one), certificate(&root, &two)];
    let with = |more: &[Statement]| [&certified[..], more].concat();
    let given = |statements: &[Statement]| {
        json!({
            "identity": hex(root.identity().as_bytes()),
            "statements": statements.iter().map(|s| hex(s.to_bytes())).collect::<Vec<_>>(),
            "logs": [[hex(one.id().as_bytes()), 0], [hex(one.id().as_bytes()), 1],
                [hex(two.id().as_bytes()), 0], [hex(device(3).id().as_bytes()), 0]],
        })
    };
    let valid = [
        ("empty", Vec::new()),
        ("two devices", with(&[])),
        ("one of them twice", with(&certified[..1])),
        ("retired", with(&[sign(Claim::Retire)])),
        (
            "cut: the lowest counts",
            with(&[sign(end(9, 1)), sign(end(4, 2)), sign(end(6, 3))]),
        ),
        (
            "cut, then nothing named",
            with(&[
                sign(end(9, 1)),
                sign(Claim::Cut {
                    ends: BTreeMap::new(),
                }),
            ]),
        ),
        ("a cut without a certificate", vec![sign(end(9, 1))]),
    ];
    for (name, statements) in &valid {
        file.valid(name, given(statements), &[]);
    }
    let foreign = given(&with(&[certificate(&bob(), &device(3))]));
    let reason = ("a statement of another identity", "Foreign");
    file.invalid("foreign", reason, foreign, &[]);
    file
}
