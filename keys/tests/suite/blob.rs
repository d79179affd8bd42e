//! Blobs: alike whenever they are sealed again, and opened by their key alone.

use std::collections::BTreeSet;

use hearth_keys::{BLOB_OVERHEAD_BYTES, BlobKey, Label, OpenError};

use crate::support::rng;

#[test]
fn the_same_content_gives_the_same_blob_and_opens() {
    let key = BlobKey::generate(&mut rng(70));
    for plaintext in [&b""[..], b"hello", &[7; 2_000_000]] {
        let sealed = key.seal(plaintext);
        assert_eq!(sealed.len(), plaintext.len() + BLOB_OVERHEAD_BYTES);
        assert_eq!(sealed, key.seal(plaintext));
        assert_eq!(key.open(&sealed).unwrap(), plaintext);
        let mut framed = b"before".to_vec();
        key.seal_onto(plaintext, &mut framed);
        assert_eq!(framed, [b"before", &sealed[..]].concat());
    }
}

#[test]
fn a_key_comes_back_from_its_bytes() {
    let key = BlobKey::generate(&mut rng(71));
    let again = BlobKey::from_bytes(*key.expose_bytes());
    assert_eq!(again.seal(b"hello"), key.seal(b"hello"));
}

#[test]
fn labels_secrets_and_contents_keep_blobs_apart() {
    let labels = [Label::OBJECT, Label::PACK, Label::MANIFEST, Label::ROOT];
    let mut keys: Vec<_> = labels
        .map(|label| BlobKey::derive(label, &[1; 32]))
        .to_vec();
    keys.push(BlobKey::derive(Label::OBJECT, &[2; 32]));
    let mut nonces = BTreeSet::new();
    for (at, key) in keys.iter().enumerate() {
        for plaintext in [&b"hello"[..], b"hello\0", b"hellp"] {
            let sealed = key.seal(plaintext);
            assert!(nonces.insert(sealed[..24].to_vec()), "a nonce came twice");
            for (other, key) in keys.iter().enumerate() {
                let expected = if other == at {
                    Ok(plaintext.to_vec())
                } else {
                    Err(OpenError)
                };
                assert_eq!(key.open(&sealed), expected);
            }
        }
    }
}

#[test]
fn a_changed_or_cut_blob_does_not_open() {
    let key = BlobKey::from_bytes([5; 32]);
    let sealed = key.seal(b"hello");
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(key.open(&changed), Err(OpenError), "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert_eq!(
            key.open(&sealed[..length]),
            Err(OpenError),
            "{length} bytes"
        );
    }
    assert_eq!(key.open(&[&sealed[..], &[0]].concat()), Err(OpenError));
}

#[test]
fn a_nonce_that_is_not_its_contents_is_refused() {
    // Sealed by hand under the right key, with a nonce of one's own choice: authentic, and yet not this blob.
    use chacha20poly1305::aead::{Aead, KeyInit};
    let key = BlobKey::from_bytes([5; 32]);
    let cipher_key = hearth_keys::derive::derive(Label::BLOB_ENCRYPTION, &[5; 32]);
    let cipher = chacha20poly1305::XChaCha20Poly1305::new_from_slice(&cipher_key[..]).unwrap();
    let nonce = [9; 24];
    let ciphertext = cipher.encrypt(&nonce.into(), &b"hello"[..]).unwrap();
    assert_eq!(
        key.open(&[&nonce[..], &ciphertext].concat()),
        Err(OpenError)
    );
}
