//! Our own vectors, for whoever writes a second implementation.
//!
//! `HEARTH_BLESS=1 cargo test -p hearth-keys` writes them anew; without it they are compared, so
//! that no change of a derivation or a format passes unseen. What the file holds is also read back
//! from it, by functions other than those that made it.

use std::sync::LazyLock;

use bech32::primitives::iter::{ByteIterExt, Fe32IterExt};
use bech32::{Bech32, Bech32m, Fe32, Hrp};
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hearth_keys::keyfile::{decode, encode};
use hearth_keys::{
    BlobKey, BoxSecret, Context, DeviceId, DeviceKeys, Identity, KeyFileKind, Label, Phrase,
    Signature, SpaceKey, TextError, seal,
};
use serde_json::{Value, json};

use crate::support::{Replay, hex, list, string, unhex, unhex_array, vector_path, vectors};

const FILE: &str = "hearth.json";

const PHRASES: [&str; 2] = [
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
     abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
     abandon art",
    "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy \
     gospel tennis maple dilemma loan word shrug inflict delay length",
];

fn phrase(index: usize) -> Phrase {
    Phrase::parse(PHRASES[index]).unwrap()
}

fn device() -> DeviceKeys {
    DeviceKeys::from_bytes(&counting(1))
}

/// `N` bytes that count up from `first`.
fn counting<const N: usize>(first: u8) -> [u8; N] {
    std::array::from_fn(|at| first.wrapping_add(u8::try_from(at).unwrap()))
}

/// The file as it is kept, after writing it anew if that was asked for.
static KEPT: LazyLock<Value> = LazyLock::new(|| {
    if std::env::var_os("HEARTH_BLESS").is_some_and(|bless| bless == "1") {
        let text = serde_json::to_string_pretty(&made()).unwrap() + "\n";
        std::fs::write(vector_path(FILE), text).unwrap();
    }
    vectors(FILE)
});

#[test]
fn our_vectors_are_unchanged() {
    let made = made();
    for (name, part) in made.as_object().unwrap() {
        assert_eq!(Some(part), KEPT.get(name), "{name} has changed");
    }
    assert_eq!(made, *KEPT);
}

/// What the code makes of the same inputs today.
fn made() -> Value {
    json!({
        "about": "Vectors of hearth-keys. Bytes are hexadecimal.",
        "roots": [root_vector(0), root_vector(1)],
        "device": device_vector(),
        "identity_texts": {
            "valid": valid_texts(),
            "invalid": invalid_texts(),
        },
        "signatures": Context::ALL.map(signature_vector),
        "box": box_vector(),
        "space_key": space_key_vector(),
        "blob_keys": BLOB_LABELS.map(blob_key_vector),
        "key_files": [key_file_vector(None), key_file_vector(Some("open sesame"))],
    })
}

fn root_vector(index: usize) -> Value {
    let root = phrase(index).root();
    json!({
        "phrase": *phrase(index).expose(),
        "identity": root.identity().to_string(),
        "identity_key": hex(root.identity().as_bytes()),
        "recovery_secret": hex(&root.recovery().expose_bytes()[..]),
        "recovery_public": hex(root.recovery_public().as_bytes()),
        "locator": hex(&root.locator().expose_bytes()[..]),
    })
}

fn device_vector() -> Value {
    json!({
        "secret": hex(&device().to_bytes()[..]),
        "id": device().id().to_string(),
        "box_public": hex(device().box_public().as_bytes()),
    })
}

fn valid_texts() -> Value {
    let written = |index| {
        let identity = phrase(index).root().identity();
        json!({ "text": identity.to_string(), "key": hex(identity.as_bytes()) })
    };
    let upper = |index| {
        let identity = phrase(index).root().identity();
        let text = identity.to_string().to_uppercase();
        json!({ "text": text, "key": hex(identity.as_bytes()) })
    };
    json!([written(0), written(1), upper(0)])
}

fn invalid_texts() -> Value {
    let identity = phrase(0).root().identity();
    let key = identity.as_bytes();
    let good = identity.to_string();
    let with_version = |version: u8, key: &[u8]| [&[version], key].concat();
    let prefix = Hrp::parse("hearth").unwrap();
    let hearths = Hrp::parse("hearths").unwrap();
    let encode = |payload: &[u8]| bech32::encode::<Bech32m>(prefix, payload).unwrap();
    let neutral = {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        neutral
    };
    let second_form_of_neutral = {
        let mut bytes = [0xff; 32];
        bytes[0] = 0xee;
        bytes[31] = 0x7f;
        bytes
    };
    let mixed = format!("{}{}", &good[..30], good[30..].to_uppercase());
    let bech32_plain = bech32::encode::<Bech32>(prefix, &with_version(1, key)).unwrap();
    let other_prefix = bech32::encode::<Bech32m>(hearths, &with_version(1, key)).unwrap();
    let cases = [
        ("nothing", String::new()),
        ("another prefix, right checksum", other_prefix),
        ("no prefix", good[7..].to_owned()),
        ("a space before", format!(" {good}")),
        ("upper and lower case mixed", mixed),
        ("prefix and separator only", good[..7].to_owned()),
        (
            "one character replaced",
            format!("{}q{}", &good[..20], &good[21..]),
        ),
        ("cut off", good[..60].to_owned()),
        ("a line break after", format!("{good}\n")),
        ("bech32 checksum instead of bech32m", bech32_plain),
        ("version 0", encode(&with_version(0, key))),
        ("version 2", encode(&with_version(2, key))),
        (
            "version 2, another length",
            encode(&with_version(2, &[7; 40])),
        ),
        ("no payload", encode(&[])),
        ("no key", encode(&with_version(1, &[]))),
        ("31 bytes of key", encode(&with_version(1, &key[..31]))),
        (
            "33 bytes of key",
            encode(&with_version(1, &[&key[..], &[0]].concat())),
        ),
        (
            "padding bit set",
            with_padding_bit(prefix, &with_version(1, key)),
        ),
        ("no point of the curve", encode(&with_version(1, &[2; 32]))),
        ("a point of small order", encode(&with_version(1, &neutral))),
        (
            "a point written non-canonically",
            encode(&with_version(1, &second_form_of_neutral)),
        ),
    ];
    cases
        .iter()
        .map(|(why, text)| {
            let error = text.parse::<Identity>().expect_err(why);
            json!({ "why": why, "text": text, "error": name(error) })
        })
        .collect()
}

fn name(error: TextError) -> String {
    format!("{error:?}")
}

fn with_padding_bit(prefix: Hrp, payload: &[u8]) -> String {
    let mut digits: Vec<Fe32> = payload.iter().copied().bytes_to_fes().collect();
    let last = digits.last_mut().unwrap();
    *last = Fe32::try_from(last.to_u8() | 1).unwrap();
    let digits = digits.into_iter();
    digits.with_checksum::<Bech32m>(&prefix).chars().collect()
}

fn signature_vector(context: Context) -> Value {
    json!({
        "context": context.label(),
        "message": hex(b"hello"),
        "device": device().id().to_string(),
        "signature": hex(device().sign(context, b"hello").as_bytes()),
    })
}

fn box_vector() -> Value {
    let mut ephemeral = Replay(counting::<32>(100).to_vec());
    let sealed = seal(
        &device().box_public(),
        b"info",
        b"aad",
        b"hello",
        &mut ephemeral,
    );
    json!({
        "recipient_secret": hex(&device().box_secret().expose_bytes()[..]),
        "ikm_ephemeral": hex(&counting::<32>(100)),
        "info": hex(b"info"),
        "aad": hex(b"aad"),
        "plaintext": hex(b"hello"),
        "sealed": hex(&sealed),
    })
}

fn space_key_vector() -> Value {
    let key = SpaceKey::from_bytes(counting(0));
    let mut nonce = Replay(counting::<24>(200).to_vec());
    let sealed = key.seal_body(b"place", b"hello, padded\0\0\0", &mut nonce);
    let derived =
        |label: Label| json!({ "label": label.as_str(), "key": hex(&key.derive(label)[..]) });
    json!({
        "key": hex(&counting::<32>(0)),
        "place": hex(b"place"),
        "plaintext": hex(b"hello, padded\0\0\0"),
        "nonce": hex(&sealed[..24]),
        "tag": hex(&sealed[24..56]),
        "sealed": hex(&sealed),
        "derived": [
            derived(Label::BODY_TAG),
            derived(Label::BODY_ENCRYPTION),
            derived(Label::IMPORT_SALT),
        ],
    })
}

/// What blobs are sealed under, each from a secret of its own.
const BLOB_LABELS: [Label; 4] = [Label::OBJECT, Label::PACK, Label::MANIFEST, Label::ROOT];

fn blob_key_vector(label: Label) -> Value {
    let key = BlobKey::derive(label, &counting::<32>(0));
    let sealed = |plaintext: &[u8]| json!({ "plaintext": hex(plaintext), "sealed": hex(&key.seal(plaintext)) });
    json!({
        "label": label.as_str(),
        "secret": hex(&counting::<32>(0)),
        "key": hex(&key.expose_bytes()[..]),
        "blobs": [sealed(b""), sealed(b"hello"), sealed(&[7; 1500])],
    })
}

fn key_file_vector(passphrase: Option<&str>) -> Value {
    let mut salt_and_nonce = Replay(counting::<40>(50).to_vec());
    let payload = device().to_bytes();
    let file = encode(
        KeyFileKind::DEVICE_KEYS,
        &payload[..],
        passphrase.map(str::as_bytes),
        &mut salt_and_nonce,
    );
    json!({
        "kind": KeyFileKind::DEVICE_KEYS.number(),
        "passphrase": passphrase,
        "payload": hex(&payload[..]),
        "file": hex(&file),
    })
}

#[test]
fn kept_roots_come_from_their_phrases() {
    for vector in list(&KEPT, "/roots") {
        // By hand, from the seed on: what a second implementation would do.
        let words = bip39::Mnemonic::parse_normalized(string(vector, "/phrase")).unwrap();
        let seed = words.to_seed_normalized("");
        let signing = blake3::derive_key("hearth 2026-11 root signing key v1", &seed);
        let signing = ed25519_dalek::SigningKey::from_bytes(&signing);
        let public = signing.verifying_key().to_bytes();
        assert_eq!(hex(&public), string(vector, "/identity_key"));
        let recovery = blake3::derive_key("hearth 2026-11 recovery box key v1", &seed);
        assert_eq!(hex(&recovery), string(vector, "/recovery_secret"));
        let locator = blake3::derive_key("hearth 2026-11 locator secret v1", &seed);
        assert_eq!(hex(&locator), string(vector, "/locator"));
    }
}

#[test]
fn kept_texts_are_read_or_refused_for_the_reason_given() {
    let file = &*KEPT;
    for vector in list(file, "/identity_texts/valid") {
        let read: Identity = string(vector, "/text").parse().unwrap();
        assert_eq!(hex(read.as_bytes()), string(vector, "/key"));
    }
    for vector in list(file, "/identity_texts/invalid") {
        let read: Result<Identity, _> = string(vector, "/text").parse();
        let why = string(vector, "/why");
        assert_eq!(
            name(read.expect_err(why)),
            string(vector, "/error"),
            "{why}"
        );
    }
}

#[test]
fn kept_signatures_verify() {
    for vector in list(&KEPT, "/signatures") {
        let label = string(vector, "/context");
        let context = Context::ALL
            .into_iter()
            .find(|known| known.label() == label);
        let device: DeviceId = string(vector, "/device").parse().unwrap();
        let signature = Signature::from_bytes(unhex_array(string(vector, "/signature")));
        let message = unhex(string(vector, "/message"));
        device
            .verify(context.unwrap(), &message, &signature)
            .unwrap();
    }
}

#[test]
fn kept_sealed_bytes_open() {
    let file = &*KEPT;
    let field = |pointer: &str| unhex(string(file, pointer));
    let secret = BoxSecret::from_bytes(unhex_array(string(file, "/box/recipient_secret")));
    let opened = secret.open(
        &field("/box/info"),
        &field("/box/aad"),
        &field("/box/sealed"),
    );
    assert_eq!(*opened.unwrap(), field("/box/plaintext"));

    let key = SpaceKey::from_bytes(unhex_array(string(file, "/space_key/key")));
    let (place, sealed) = (field("/space_key/place"), field("/space_key/sealed"));
    assert!(key.matches(&place, &sealed));
    assert_eq!(
        *key.open_body(&place, &sealed).unwrap(),
        field("/space_key/plaintext")
    );
}

#[test]
fn kept_tags_are_keyed_hashes_of_nonce_and_place() {
    let file = &*KEPT;
    let field = |pointer: &str| unhex(string(file, pointer));
    let key = blake3::derive_key("hearth 2026-11 body tag key v1", &field("/space_key/key"));
    let hashed = [field("/space_key/nonce"), field("/space_key/place")].concat();
    let tag = blake3::keyed_hash(&key, &hashed);
    assert_eq!(hex(tag.as_bytes()), string(file, "/space_key/tag"));
}

#[test]
fn kept_blobs_open_and_their_nonces_are_keyed_hashes() {
    for vector in list(&KEPT, "/blob_keys") {
        // By hand, as another implementation would.
        let secret = unhex(string(vector, "/secret"));
        let label = BLOB_LABELS
            .into_iter()
            .find(|known| known.as_str() == string(vector, "/label"))
            .unwrap();
        let key = blake3::derive_key(label.as_str(), &secret);
        assert_eq!(hex(&key), string(vector, "/key"));
        let nonce_key = blake3::derive_key("hearth 2026-11 blob nonce key v1", &key);
        let cipher_key = blake3::derive_key("hearth 2026-11 blob encryption key v1", &key);
        for blob in list(vector, "/blobs") {
            let plaintext = unhex(string(blob, "/plaintext"));
            let sealed = unhex(string(blob, "/sealed"));
            let hash = blake3::keyed_hash(&nonce_key, &plaintext);
            let nonce = &hash.as_bytes()[..24];
            assert_eq!(&sealed[..24], nonce);
            let cipher = XChaCha20Poly1305::new_from_slice(&cipher_key).unwrap();
            let opened = cipher.decrypt(&XNonce::try_from(nonce).unwrap(), &sealed[24..]);
            assert_eq!(opened.unwrap(), plaintext);
            assert_eq!(BlobKey::from_bytes(key).open(&sealed), Ok(plaintext));
        }
    }
}

#[test]
fn kept_key_files_open() {
    for vector in list(&KEPT, "/key_files") {
        let passphrase = vector["passphrase"].as_str().map(str::as_bytes);
        let kind = KeyFileKind::new(u8::try_from(vector["kind"].as_u64().unwrap()).unwrap());
        let payload = decode(&unhex(string(vector, "/file")), kind, passphrase).unwrap();
        assert_eq!(hex(&payload), string(vector, "/payload"));
    }
}
