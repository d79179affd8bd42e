//! Vectors that others published: they show that the libraries are what we take them for.

use bip39::{Language, Mnemonic};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use ed25519_dalek::{Signer, SigningKey};
use hearth_keys::{BoxPublic, BoxSecret, DeviceKeys, Phrase, seal};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, setup_receiver};

use crate::support::{Replay, hex, list, string, unhex, unhex_array, vectors};

#[test]
fn bip39_phrases_are_the_published_ones() {
    let file = vectors("bip39.json");
    for vector in list(&file, "/vectors") {
        let words = string(vector, "/words");
        let drawn = Phrase::generate(&mut Replay(unhex(string(vector, "/entropy"))));
        assert_eq!(*drawn.expose(), words);
        assert_eq!(*Phrase::parse(words).unwrap().expose(), words);
    }
}

#[test]
fn bip39_seeds_are_the_published_ones() {
    let file = vectors("bip39.json");
    for vector in list(&file, "/vectors") {
        let words = string(vector, "/words");
        let phrase = Mnemonic::parse_in_normalized(Language::English, words).unwrap();
        let seed = phrase.to_seed_normalized(string(&file, "/passphrase"));
        assert_eq!(hex(&seed), string(vector, "/seed"), "{words}");
    }
}

#[test]
fn ed25519_signatures_are_the_published_ones() {
    let file = vectors("ed25519.json");
    for vector in list(&file, "/vectors") {
        let name = string(vector, "/name");
        let message = unhex(string(vector, "/message"));
        let key = SigningKey::from_bytes(&unhex_array(string(vector, "/secret")));
        let signature = key.sign(&message);
        assert_eq!(
            hex(&signature.to_bytes()),
            string(vector, "/signature"),
            "{name}"
        );
        key.verifying_key()
            .verify_strict(&message, &signature)
            .unwrap();

        let mut device = [0; 64];
        device[..32].copy_from_slice(key.as_bytes());
        let id = DeviceKeys::from_bytes(&device).id();
        assert_eq!(id.to_string(), string(vector, "/public"), "{name}");
    }
}

#[test]
fn xchacha20_poly1305_is_the_published_one() {
    let file = vectors("xchacha20poly1305.json");
    for vector in list(&file, "/vectors") {
        let cipher = XChaCha20Poly1305::new_from_slice(&unhex(string(vector, "/key"))).unwrap();
        let nonce = XNonce::from(unhex_array::<24>(string(vector, "/nonce")));
        let (msg, aad) = (
            unhex(string(vector, "/plaintext")),
            unhex(string(vector, "/aad")),
        );
        let sealed = cipher
            .encrypt(
                &nonce,
                Payload {
                    msg: &msg,
                    aad: &aad,
                },
            )
            .unwrap();
        let expected = format!(
            "{}{}",
            string(vector, "/ciphertext"),
            string(vector, "/tag")
        );
        assert_eq!(hex(&sealed), expected);
        let opened = cipher.decrypt(
            &nonce,
            Payload {
                msg: &sealed,
                aad: &aad,
            },
        );
        assert_eq!(opened.unwrap(), msg);
    }
}

#[test]
fn hpke_opens_the_published_message() {
    let file = vectors("hpke.json");
    let secret = BoxSecret::from_bytes(unhex_array(string(&file, "/recipient_secret")));
    assert_eq!(
        hex(secret.public().as_bytes()),
        string(&file, "/recipient_public")
    );
    let first = &list(&file, "/messages")[0];
    let sealed = unhex(&[string(&file, "/encapsulated"), string(first, "/ciphertext")].concat());
    let (info, aad) = (unhex(string(&file, "/info")), unhex(string(first, "/aad")));
    let opened = secret.open(&info, &aad, &sealed).unwrap();
    assert_eq!(hex(&opened), string(&file, "/plaintext"));
}

#[test]
fn hpke_seals_the_published_message() {
    let file = vectors("hpke.json");
    let first = &list(&file, "/messages")[0];
    let sealed = seal(
        &BoxPublic::from_bytes(unhex_array(string(&file, "/recipient_public"))),
        &unhex(string(&file, "/info")),
        &unhex(string(first, "/aad")),
        &unhex(string(&file, "/plaintext")),
        &mut Replay(unhex(string(&file, "/ikm_ephemeral"))),
    );
    let expected = [string(&file, "/encapsulated"), string(first, "/ciphertext")].concat();
    assert_eq!(hex(&sealed), expected);
}

#[test]
fn hpke_opens_the_published_sequence() {
    type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
    type Encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey;
    let file = vectors("hpke.json");
    let secret = PrivateKey::from_bytes(&unhex(string(&file, "/recipient_secret"))).unwrap();
    let sent = Encapsulated::from_bytes(&unhex(string(&file, "/encapsulated"))).unwrap();
    let info = unhex(string(&file, "/info"));
    let mut context = setup_receiver::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &secret,
        &sent,
        &info,
    )
    .unwrap();
    for message in list(&file, "/messages") {
        let (sealed, aad) = (string(message, "/ciphertext"), string(message, "/aad"));
        let opened = context.open(&unhex(sealed), &unhex(aad)).unwrap();
        assert_eq!(hex(&opened), string(&file, "/plaintext"));
    }
}
