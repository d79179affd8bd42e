//! Sealing to one recipient and to a space: what opens, and what doesn't.

use hearth_keys::{
    BODY_MARK_BYTES, BoxPublic, BoxSecret, InboxKey, Label, OpenError, SEALED_BODY_OVERHEAD_BYTES,
    SEALED_OVERHEAD_BYTES, SpaceKey, seal,
};
use rand_core::CryptoRng;

use crate::support::rng;

#[test]
fn what_is_sealed_to_bob_opens_for_bob_only() {
    let mut rng = rng(40);
    let bob = InboxKey::generate(1, &mut rng);
    let carol = InboxKey::generate(2, &mut rng);
    for plaintext in [&b""[..], b"hello", &[7; 40_000]] {
        let sealed = seal(&bob.public(), b"info", b"aad", plaintext, &mut rng);
        assert_eq!(sealed.len(), plaintext.len() + SEALED_OVERHEAD_BYTES);
        assert_eq!(
            **bob.secret.open(b"info", b"aad", &sealed).unwrap(),
            *plaintext
        );
        let others = [
            carol.secret.open(b"info", b"aad", &sealed),
            bob.secret.open(b"info2", b"aad", &sealed),
            bob.secret.open(b"info", b"", &sealed),
            bob.secret.open(b"aad", b"info", &sealed),
        ];
        assert!(others.iter().all(|opened| *opened == Err(OpenError)));
    }
}

#[test]
fn a_trait_object_is_randomness_enough() {
    let mut rng = rng(41);
    let rng: &mut dyn CryptoRng = &mut rng;
    let bob = BoxSecret::generate(rng);
    let sealed = seal(&bob.public(), b"", b"", b"hello", rng);
    assert_eq!(*bob.open(b"", b"", &sealed).unwrap(), b"hello");
    let key = SpaceKey::generate(rng);
    assert!(key.matches(b"here", &key.seal_body(b"here", b"hello", rng)));
}

#[test]
fn a_changed_sealed_message_does_not_open() {
    let mut rng = rng(42);
    let bob = BoxSecret::generate(&mut rng);
    let sealed = seal(&bob.public(), b"info", b"", b"hello", &mut rng);
    for bit in 0..sealed.len() * 8 {
        // X25519 ignores the highest bit of a point (RFC 7748, section 5), but HPKE hashes it in.
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            bob.open(b"info", b"", &changed),
            Err(OpenError),
            "bit {bit}"
        );
    }
    for length in 0..sealed.len() {
        assert_eq!(
            bob.open(b"info", b"", &sealed[..length]),
            Err(OpenError),
            "{length}"
        );
    }
}

#[test]
fn a_key_without_a_holder_is_told_and_opens_for_nobody() {
    let mut rng = rng(43);
    let mut one = [0; 32];
    one[0] = 1;
    for bytes in [[0; 32], one] {
        let nobody = BoxPublic::from_bytes(bytes);
        assert!(!nobody.is_usable());
        let sealed = seal(&nobody, b"", b"", b"hello", &mut rng);
        assert_eq!(sealed.len(), 5 + SEALED_OVERHEAD_BYTES);
        assert!(
            BoxSecret::from_bytes(bytes)
                .open(b"", b"", &sealed)
                .is_err()
        );
    }
    assert!(BoxSecret::generate(&mut rng).public().is_usable());
}

#[test]
fn an_encapsulated_key_of_small_order_does_not_open() {
    let bob = BoxSecret::generate(&mut rng(44));
    assert_eq!(bob.open(b"", b"", &[0; 64]), Err(OpenError));
}

#[test]
fn box_secrets_keep_through_bytes() {
    let bob = BoxSecret::generate(&mut rng(45));
    let again = BoxSecret::from_bytes(*bob.expose_bytes());
    assert_eq!(bob.public(), again.public());
}

#[test]
fn a_body_opens_with_its_key_at_its_place_only() {
    let mut rng = rng(46);
    let friends = SpaceKey::generate(&mut rng);
    let family = SpaceKey::generate(&mut rng);
    for plaintext in [&b""[..], b"hello", &[7; 32_768]] {
        let sealed = friends.seal_body(b"here", plaintext, &mut rng);
        assert_eq!(sealed.len(), plaintext.len() + SEALED_BODY_OVERHEAD_BYTES);
        assert!(friends.matches(b"here", &sealed));
        assert_eq!(**friends.open_body(b"here", &sealed).unwrap(), *plaintext);
        for (key, place) in [
            (&friends, &b"there"[..]),
            (&friends, b""),
            (&family, b"here"),
        ] {
            assert!(!key.matches(place, &sealed));
            assert_eq!(key.open_body(place, &sealed), Err(OpenError));
        }
    }
}

#[test]
fn a_changed_body_does_not_open() {
    let mut rng = rng(47);
    let key = SpaceKey::generate(&mut rng);
    let sealed = key.seal_body(b"here", b"hello", &mut rng);
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            key.open_body(b"here", &changed),
            Err(OpenError),
            "bit {bit}"
        );
        assert_eq!(key.matches(b"here", &changed), bit / 8 >= 56, "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert_eq!(
            key.open_body(b"here", &sealed[..length]),
            Err(OpenError),
            "{length}"
        );
    }
    for length in 0..SEALED_BODY_OVERHEAD_BYTES {
        assert!(!key.matches(b"here", &sealed[..length]), "{length}");
    }
}

#[test]
fn the_beginning_of_a_body_tells_whether_a_key_made_it() {
    let mut rng = rng(50);
    let friends = SpaceKey::generate(&mut rng);
    let family = SpaceKey::generate(&mut rng);
    let sealed = friends.seal_body(b"here", b"hello", &mut rng);
    let mark = sealed.first_chunk::<BODY_MARK_BYTES>().unwrap();
    assert!(friends.made(b"here", mark));
    assert!(!friends.made(b"there", mark) && !family.made(b"here", mark));
    for bit in 0..BODY_MARK_BYTES * 8 {
        let mut changed = *mark;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!friends.made(b"here", &changed), "bit {bit}");
    }
}

#[test]
fn space_keys_are_equal_when_their_bytes_are() {
    let mut rng = rng(51);
    let (one, other) = (SpaceKey::generate(&mut rng), SpaceKey::generate(&mut rng));
    assert_eq!(one, SpaceKey::from_bytes(*one.expose_bytes()));
    assert_ne!(one, other);
}

#[test]
fn sealing_twice_looks_different() {
    let mut rng = rng(48);
    let key = SpaceKey::generate(&mut rng);
    let first = key.seal_body(b"here", b"hello", &mut rng);
    let second = key.seal_body(b"here", b"hello", &mut rng);
    assert!(first.chunks(8).zip(second.chunks(8)).all(|(a, b)| a != b));
}

#[test]
fn derived_keys_differ_by_label_and_key() {
    let mut rng = rng(49);
    let friends = SpaceKey::generate(&mut rng);
    let family = SpaceKey::generate(&mut rng);
    let salt = friends.derive(Label::IMPORT_SALT);
    assert_eq!(salt, friends.derive("hearth 2026-11 import salt v1"));
    assert_eq!(salt, friends.clone().derive(Label::IMPORT_SALT));
    assert_ne!(salt, friends.derive(Label::BODY_TAG));
    assert_ne!(salt, family.derive(Label::IMPORT_SALT));
    assert_ne!(salt, friends.expose_bytes());
}
