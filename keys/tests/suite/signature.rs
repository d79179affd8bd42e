//! Contexts keep signatures apart, and weak or altered ones are refused.

use ed25519_dalek::{Signer, SigningKey, Verifier, VerifyingKey};
use hearth_keys::{BadSignature, Context, DeviceId, DeviceKeys, Identity, Phrase, Signature};

use crate::support::{rng, unhex_array};

/// The order of the base point, little-endian (RFC 8032, section 5.1).
const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

#[test]
fn a_signature_holds_in_its_context_only() {
    let alice = Phrase::generate(&mut rng(1)).root();
    let device = DeviceKeys::generate(&mut rng(2));
    for signed in Context::ALL {
        let by_root = alice.sign(signed, b"hello");
        let by_device = device.sign(signed, b"hello");
        for shown in Context::ALL {
            let expected = if shown == signed {
                Ok(())
            } else {
                Err(BadSignature)
            };
            assert_eq!(alice.identity().verify(shown, b"hello", &by_root), expected);
            assert_eq!(device.id().verify(shown, b"hello", &by_device), expected);
        }
        assert!(
            alice
                .identity()
                .verify(signed, b"hello", &by_device)
                .is_err()
        );
    }
}

#[test]
fn what_is_signed_is_label_zero_message() {
    let seed = [9; 32];
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&seed);
    let device = DeviceKeys::from_bytes(&bytes);
    let by_hand = SigningKey::from_bytes(&seed).sign(b"hearth/presence/1\0at home");
    let signature = device.sign(Context::PRESENCE, b"at home");
    assert_eq!(signature.as_bytes(), &by_hand.to_bytes());
}

#[test]
fn contexts_are_distinct_and_frame_unambiguously() {
    for (index, context) in Context::ALL.iter().enumerate() {
        assert!(!context.label().contains('\0'));
        let later = &Context::ALL[index + 1..];
        assert!(!later.contains(context), "{} occurs twice", context.label());
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let device = DeviceKeys::generate(&mut rng(3));
    let signature = *device.sign(Context::ENTRY, b"entry").as_bytes();
    for bit in 0..512 {
        let mut changed = signature;
        changed[bit / 8] ^= 1 << (bit % 8);
        let changed = Signature::from_bytes(changed);
        let verdict = device.id().verify(Context::ENTRY, b"entry", &changed);
        assert_eq!(verdict, Err(BadSignature), "bit {bit}");
    }
}

#[test]
fn a_key_of_small_order_signs_nothing() {
    // The neutral point as key and as R, and S = 0: lax verification takes it for any message.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut forged = [0; 64];
    forged[0] = 1;

    let lax = VerifyingKey::from_bytes(&neutral).unwrap();
    let framed = b"hearth/entry/1\0anything";
    assert!(
        lax.verify(framed, &ed25519_dalek::Signature::from_bytes(&forged))
            .is_ok()
    );

    let forged = Signature::from_bytes(forged);
    let as_identity = Identity::from_bytes(neutral);
    let as_device = DeviceId::from_bytes(neutral);
    assert_eq!(
        as_identity.verify(Context::ENTRY, b"anything", &forged),
        Err(BadSignature)
    );
    assert_eq!(
        as_device.verify(Context::ENTRY, b"anything", &forged),
        Err(BadSignature)
    );
}

#[test]
fn a_second_form_of_a_signature_is_refused() {
    let device = DeviceKeys::generate(&mut rng(4));
    let signature = device.sign(Context::ENTRY, b"entry");
    assert_eq!(
        device.id().verify(Context::ENTRY, b"entry", &signature),
        Ok(())
    );
    // S and S + L are the same number modulo the order L.
    let second = Signature::from_bytes(add_order_to_s(*signature.as_bytes()));
    assert_eq!(
        device.id().verify(Context::ENTRY, b"entry", &second),
        Err(BadSignature)
    );
}

fn add_order_to_s(mut signature: [u8; 64]) -> [u8; 64] {
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(unhex_array::<32>(ORDER)) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    assert_eq!(carry, 0, "S + L fits 32 bytes");
    signature
}

#[test]
fn bytes_that_are_no_key_verify_nothing() {
    let signature = DeviceKeys::generate(&mut rng(5)).sign(Context::ENTRY, b"entry");
    let nobody = Identity::from_bytes([2; 32]);
    assert!(VerifyingKey::from_bytes(nobody.as_bytes()).is_err());
    assert_eq!(
        nobody.verify(Context::ENTRY, b"entry", &signature),
        Err(BadSignature)
    );
}

#[test]
fn an_identity_has_one_encoding() {
    // y + p for small y: the second encodings that 255 bits leave room for.
    let mut decoded = 0;
    for y in 0..19 {
        let mut bytes = [0xff; 32];
        bytes[0] = 0xed + y;
        bytes[31] = 0x7f;
        decoded += u32::from(VerifyingKey::from_bytes(&bytes).is_ok());
        assert!(!Identity::from_bytes(bytes).is_valid(), "y = {y}");
    }
    assert!(
        decoded > 0,
        "the library decodes some, so that our own check matters"
    );
}
