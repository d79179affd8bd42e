#![allow(clippy::unwrap_used)]
use super::*;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};

const HOST: &str = "localhost:4748";

/// The page on this machine.
pub(in crate::http) fn local() -> Party {
    Party::at(HOST, None).unwrap()
}

/// The page as the world reaches it.
pub(in crate::http) fn public() -> Party {
    Party::of_public(&"https://alice.example".parse().unwrap()).unwrap()
}

enum Secret {
    Es256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// An authenticator with one passkey, in software.
pub(in crate::http) struct Authenticator {
    pub(in crate::http) id: Vec<u8>,
    secret: Secret,
    pub(in crate::http) count: u32,
    pub(in crate::http) flags: u8,
    pub(in crate::http) party: String,
    pub(in crate::http) origin: String,
    pub(in crate::http) cross_origin: bool,
}

fn head(kind: u8, number: usize) -> Vec<u8> {
    match u8::try_from(number) {
        Ok(small @ 0..=23) => vec![kind << 5 | small],
        Ok(small) => vec![kind << 5 | 24, small],
        Err(_) => [
            &[kind << 5 | 25],
            &u16::try_from(number).unwrap().to_be_bytes()[..],
        ]
        .concat(),
    }
}

fn bytes(of: &[u8]) -> Vec<u8> {
    [&head(2, of.len())[..], of].concat()
}

fn text(of: &str) -> Vec<u8> {
    [&head(3, of.len())[..], of.as_bytes()].concat()
}

impl Authenticator {
    pub(in crate::http) fn new(with_ed25519: bool) -> Self {
        Self::at(&local(), with_ed25519)
    }

    /// One whose passkey is for somebody.
    pub(in crate::http) fn at(party: &Party, with_ed25519: bool) -> Self {
        let random = SystemRandom::new();
        let secret = if with_ed25519 {
            let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
            Secret::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap())
        } else {
            let kind = &ECDSA_P256_SHA256_ASN1_SIGNING;
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
            Secret::Es256(EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).unwrap())
        };
        Self {
            id: b"an id of this passkey".to_vec(),
            secret,
            count: 0,
            flags: USER_PRESENT | USER_VERIFIED,
            party: party.id().to_owned(),
            origin: party.origin().to_owned(),
            cross_origin: false,
        }
    }

    fn cose(&self) -> Vec<u8> {
        match &self.secret {
            Secret::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (bytes(&point[1..33]), bytes(&point[33..]));
                [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21][..], &x, &[0x22], &y].concat()
            }
            Secret::Ed25519(pair) => {
                let key = bytes(pair.public_key().as_ref());
                [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21][..], &key].concat()
            }
        }
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let party = digest(&SHA256, self.party.as_bytes());
        [party.as_ref(), &[flags], &self.count.to_be_bytes()].concat()
    }

    fn client_data(&self, kind: &str, challenge: &[u8]) -> Vec<u8> {
        let challenge = text_of(challenge);
        let said = serde_json::json!({
            "type": kind, "challenge": challenge, "origin": self.origin,
            "crossOrigin": self.cross_origin,
        });
        said.to_string().into_bytes()
    }

    /// Client data and attestation object of a new passkey.
    pub(in crate::http) fn make(&mut self, challenge: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let data = [
            &self.data(self.flags | KEY_INCLUDED)[..],
            &[0; 16],
            &length,
            &self.id,
            &self.cose(),
        ]
        .concat();
        let object = [
            head(5, 3),
            text("fmt"),
            text("none"),
            text("attStmt"),
            head(5, 0),
            text("authData"),
            bytes(&data),
        ];
        (
            self.client_data("webauthn.create", challenge),
            object.concat(),
        )
    }

    pub(in crate::http) fn answer(&mut self, challenge: &[u8]) -> Answer {
        self.count += 1;
        let client_data = self.client_data("webauthn.get", challenge);
        let authenticator_data = self.data(self.flags);
        let hash = digest(&SHA256, &client_data);
        let signed = [&authenticator_data[..], hash.as_ref()].concat();
        let signature = match &self.secret {
            Secret::Es256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), &signed).unwrap();
                signature.as_ref().to_vec()
            }
            Secret::Ed25519(pair) => pair.sign(&signed).as_ref().to_vec(),
        };
        Answer {
            id: self.id.clone(),
            client_data,
            authenticator_data,
            signature,
        }
    }
}

fn registered(authenticator: &mut Authenticator) -> Result<(Made, Vec<u8>), PasskeyError> {
    registered_at(authenticator, &local())
}

fn registered_at(
    authenticator: &mut Authenticator,
    party: &Party,
) -> Result<(Made, Vec<u8>), PasskeyError> {
    let (client_data, attestation) = authenticator.make(b"a challenge");
    made(&client_data, &attestation, party)
}

#[test]
fn a_passkey_is_made_and_used() {
    for with_ed25519 in [false, true] {
        let mut authenticator = Authenticator::new(with_ed25519);
        let (made, challenge) = registered(&mut authenticator).unwrap();
        assert_eq!(challenge, b"a challenge");
        assert_eq!(made.id, authenticator.id);
        let (kind, bytes) = made.key.parts();
        assert_eq!(PublicKey::from_parts(kind, bytes), Some(made.key.clone()));
        let answer = authenticator.answer(b"another");
        let (challenge, count) = answered((&made.key, made.count), &answer, &local()).unwrap();
        assert_eq!((&challenge[..], count), (&b"another"[..], 1));
        let refused = |answer: &Answer| answered((&made.key, 0), answer, &local()).unwrap_err();
        let mut bent = answer.clone();
        *bent.signature.last_mut().unwrap() ^= 1;
        assert_eq!(refused(&bent), PasskeyError::BadSignature);
        let mut bent = answer.clone();
        bent.authenticator_data[36] ^= 1;
        assert_eq!(refused(&bent), PasskeyError::BadSignature);
        let other = Authenticator::new(with_ed25519).answer(b"another");
        assert_eq!(refused(&other), PasskeyError::BadSignature);
        let copied = answered((&made.key, 1), &answer, &local()).unwrap_err();
        assert_eq!(copied, PasskeyError::Copied);
        let (client_data, attestation) = authenticator.make(b"x");
        let create_for_get = Answer {
            client_data,
            ..answer.clone()
        };
        assert_eq!(refused(&create_for_get), PasskeyError::Malformed);
        assert!(super::made(&answer.client_data, &attestation, &local()).is_err());
    }
}

#[test]
fn what_is_for_another_page_or_unverified_is_refused() {
    let refused = |change: fn(&mut Authenticator)| {
        let mut authenticator = Authenticator::new(false);
        change(&mut authenticator);
        registered(&mut authenticator).unwrap_err()
    };
    assert_eq!(
        refused(|a| a.flags = USER_PRESENT),
        PasskeyError::Unverified
    );
    assert_eq!(
        refused(|a| a.flags = USER_VERIFIED),
        PasskeyError::Unverified
    );
    assert_eq!(
        refused(|a| a.party = "evil.example".into()),
        PasskeyError::Elsewhere
    );
    for origin in [
        "http://evil.example:4748",
        "https://localhost:4748",
        "http://localhost:4749",
        "http://localhost",
        "http://localhost:4748/",
        "null",
    ] {
        let mut authenticator = Authenticator::new(false);
        authenticator.origin = origin.into();
        assert_eq!(
            registered(&mut authenticator).unwrap_err(),
            PasskeyError::Elsewhere,
            "{origin}"
        );
    }
    assert_eq!(refused(|a| a.cross_origin = true), PasskeyError::Elsewhere);
}

#[test]
fn a_passkey_is_good_for_the_page_that_it_was_made_for_alone() {
    for (here, there) in [(local(), public()), (public(), local())] {
        let mut authenticator = Authenticator::at(&here, false);
        let (made, _) = registered_at(&mut authenticator, &here).unwrap();
        let key = (&made.key, made.count);
        let answer = authenticator.answer(b"x");
        assert!(answered(key, &answer, &here).is_ok());
        let elsewhere = Err(PasskeyError::Elsewhere);
        assert_eq!(answered(key, &answer, &there), elsewhere);
        let refused = registered_at(&mut authenticator, &there).unwrap_err();
        assert_eq!(refused, PasskeyError::Elsewhere);
        // Neither does it help to lie about one of the two.
        authenticator.origin = there.origin().to_owned();
        let answer = authenticator.answer(b"x");
        assert_eq!(answered(key, &answer, &there), elsewhere, "its name");
        assert_eq!(answered(key, &answer, &here), elsewhere, "its origin");
    }
}

#[test]
fn what_is_like_the_public_name_is_not_it() {
    let mut authenticator = Authenticator::at(&public(), false);
    let (made, _) = registered_at(&mut authenticator, &public()).unwrap();
    for origin in [
        "http://alice.example",
        "https://x.alice.example",
        "https://example",
        "https://alice.example:8443",
        "https://alice.example:443",
        "https://alice.example.",
        "https://alice.example/",
        "https://ALICE.example",
        "https://alice.example.evil.example",
        "https://localhost",
        "null",
        "",
    ] {
        authenticator.origin = origin.to_owned();
        let refused = registered_at(&mut authenticator, &public()).unwrap_err();
        assert_eq!(refused, PasskeyError::Elsewhere, "{origin}");
        let answer = authenticator.answer(b"x");
        let refused = answered((&made.key, made.count), &answer, &public()).unwrap_err();
        assert_eq!(refused, PasskeyError::Elsewhere, "{origin}");
    }
    authenticator.origin = public().origin().to_owned();
    for party in ["x.alice.example", "example", "localhost", ""] {
        authenticator.party = party.to_owned();
        let refused = registered_at(&mut authenticator, &public()).unwrap_err();
        assert_eq!(refused, PasskeyError::Elsewhere, "{party}");
    }
    authenticator.party = public().id().to_owned();
    authenticator.cross_origin = true;
    let answer = authenticator.answer(b"x");
    let refused = answered((&made.key, made.count), &answer, &public()).unwrap_err();
    assert_eq!(refused, PasskeyError::Elsewhere, "in somebody else's frame");
    // A page under another port is another page of the same name.
    let other_port = "https://alice.example:8443".parse().unwrap();
    let other_port = Party::of_public(&other_port).unwrap();
    let mut moved = Authenticator::at(&other_port, false);
    assert!(registered_at(&mut moved, &other_port).is_ok());
    assert_eq!(moved.party, public().id());
    assert!(registered_at(&mut moved, &public()).is_err());
}

#[test]
fn another_kind_of_key_is_refused() {
    // RSA (COSE -257), and P-256 under the wrong algorithm.
    let rsa = [0xa3, 1, 3, 3, 0x39, 1, 0, 0x20, 0x41, 0];
    assert_eq!(PublicKey::from_cose(&rsa), Err(PasskeyError::UnknownKind));
    let mut cose = Authenticator::new(false).cose();
    cose[4] = 0x27;
    assert_eq!(PublicKey::from_cose(&cose), Err(PasskeyError::UnknownKind));
}

proptest::proptest! {
    #[test]
    fn no_bytes_break_it(at: proptest::sample::Index, with: u8, cut: proptest::sample::Index) {
        let mut authenticator = Authenticator::new(true);
        let (client_data, attestation) = authenticator.make(b"x");
        let mut bent = attestation.clone();
        let place = at.index(bent.len());
        bent[place] = with;
        let _ = made(&client_data, &bent, &local());
        bent.truncate(cut.index(attestation.len()));
        let _ = made(&client_data, &bent, &local());
        let mut bent = client_data.clone();
        let place = at.index(bent.len());
        bent[place] = with;
        let _ = made(&bent, &attestation, &local());
        let _ = PublicKey::from_cose(&attestation[cut.index(attestation.len())..]);
    }
}
