//! The file of how one signs in: `sign-in.json`, mode 0600.
//!
//! `version` 2; `user`, 16 random bytes as hex, by which authenticators tell this page's passkeys from others'; `password`, what
//! [`PasswordHash`] has as bytes, as hex, or null; `passkeys`, each with the name of the site that it was made for
//! (`party`), its id and key as hex, the key's kind, how far it counted, its name, and when it was made and used last.

use super::super::HttpError;
use super::super::random_secret;
use super::super::session::read_bounded;
use super::party::Party;
use super::passkey::PublicKey;
use crate::home::{HomeError, write_private};
use hearth_keys::{PASSWORD_HASH_BYTES, PasswordHash};
use hearth_protocol::codec::Hex;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

const FILE_NAME: &str = "sign-in.json";
const VERSION: u32 = 2;
const USER_BYTES: usize = 16;
/// How many passkeys there may be.
pub(super) const PASSKEYS_MAX: usize = 16;

/// A passkey that lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Passkey {
    /// The name under which it does, as [`Party::id`] has it.
    pub(super) party: String,
    pub(super) id: Vec<u8>,
    pub(super) key: PublicKey,
    pub(super) count: u32,
    /// In which browser it was made.
    pub(super) name: String,
    pub(super) made_ms: u64,
    pub(super) used_ms: u64,
}

/// What lets in besides links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) user: [u8; USER_BYTES],
    pub(super) password: Option<PasswordHash>,
    pub(super) passkeys: Vec<Passkey>,
}

#[derive(Serialize, Deserialize)]
struct PasskeyFile {
    party: String,
    id: String,
    kind: String,
    key: String,
    count: u32,
    name: String,
    made_ms: u64,
    used_ms: u64,
}

#[derive(Serialize, Deserialize)]
struct KeptFile {
    version: u32,
    user: String,
    password: Option<String>,
    passkeys: Vec<PasskeyFile>,
}

impl Kept {
    fn none() -> Self {
        let mut user = [0; USER_BYTES];
        user.copy_from_slice(&random_secret()[..USER_BYTES]);
        Self {
            user,
            password: None,
            passkeys: Vec::new(),
        }
    }

    /// The passkeys that let in under one name.
    pub(super) fn of(&self, party: &Party) -> impl Iterator<Item = &Passkey> {
        let is_of = |passkey: &&Passkey| passkey.party == party.id();
        self.passkeys.iter().filter(is_of)
    }

    /// Where it lies.
    pub(super) fn path(state_dir: &Path) -> PathBuf {
        state_dir.join(FILE_NAME)
    }

    /// Reads the file. Of one that can't be understood nothing lets in; links still do.
    pub(super) fn read(path: &Path) -> Result<Self, HttpError> {
        match read_bounded(path) {
            Ok(bytes) => Ok(parse(&bytes).unwrap_or_else(|| {
                tracing::warn!(
                    "the kept password and passkeys can't be understood: sign in by `hearth open` and set them anew"
                );
                Self::none()
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::none()),
            Err(source) => {
                let path = path.to_owned();
                Err(HttpError::Sessions { path, source })
            }
        }
    }

    /// Writes it, whole or not at all. Blocks.
    pub(super) fn write(&self, path: &Path) -> Result<(), HomeError> {
        let hex = |bytes: &[u8]| Hex(bytes).to_string();
        let passkeys = self.passkeys.iter().map(|passkey| {
            let (kind, key) = passkey.key.parts();
            PasskeyFile {
                party: passkey.party.clone(),
                id: hex(&passkey.id),
                kind: kind.to_owned(),
                key: hex(key),
                count: passkey.count,
                name: passkey.name.clone(),
                made_ms: passkey.made_ms,
                used_ms: passkey.used_ms,
            }
        });
        let password = self.password.as_ref();
        let file = KeptFile {
            version: VERSION,
            user: hex(&self.user),
            password: password.map(|password| hex(&password.to_bytes())),
            passkeys: passkeys.collect(),
        };
        write_private(
            path,
            &serde_json::to_vec(&file).expect("text and numbers are JSON"),
        )
    }
}

fn parse(bytes: &[u8]) -> Option<Kept> {
    let file: KeptFile = serde_json::from_slice(bytes).ok()?;
    if file.version != VERSION || file.passkeys.len() > PASSKEYS_MAX {
        return None;
    }
    let password = match file.password {
        Some(text) => {
            let bytes: [u8; PASSWORD_HASH_BYTES] = unhex(&text)?.try_into().ok()?;
            Some(PasswordHash::from_bytes(&bytes)?)
        }
        None => None,
    };
    let passkey = |passkey: PasskeyFile| {
        Some(Passkey {
            party: passkey.party,
            id: unhex(&passkey.id)?,
            key: PublicKey::from_parts(&passkey.kind, &unhex(&passkey.key)?)?,
            count: passkey.count,
            name: passkey.name,
            made_ms: passkey.made_ms,
            used_ms: passkey.used_ms,
        })
    };
    Some(Kept {
        user: unhex(&file.user)?.try_into().ok()?,
        password,
        passkeys: file
            .passkeys
            .into_iter()
            .map(passkey)
            .collect::<Option<_>>()?,
    })
}

/// Bytes out of pairs of hexadecimal digits.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn kept() -> Kept {
        Kept {
            password: Some(PasswordHash::of_none(&mut crate::rng::system())),
            passkeys: vec![
                Passkey {
                    party: "localhost".into(),
                    id: vec![1, 2, 255],
                    key: PublicKey::Ed25519([7; 32]),
                    count: 3,
                    name: "Firefox on Linux".into(),
                    made_ms: 4,
                    used_ms: 5,
                },
                Passkey {
                    party: "alice.example".into(),
                    id: vec![9],
                    key: PublicKey::Es256([4; 65]),
                    count: 0,
                    name: "\u{202e}<b>".into(),
                    made_ms: 0,
                    used_ms: 0,
                },
            ],
            ..Kept::none()
        }
    }

    #[test]
    fn what_is_kept_comes_back_and_is_the_owners_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let path = Kept::path(scratch.path());
        assert!(Kept::read(&path).unwrap().password.is_none());
        let kept = kept();
        kept.write(&path).unwrap();
        assert_eq!(Kept::read(&path).unwrap(), kept);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_not_understood_lets_nobody_in() {
        let scratch = tempfile::tempdir().unwrap();
        let path = Kept::path(scratch.path());
        kept().write(&path).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        for bad in [
            String::new(),
            "{}".into(),
            good[..good.len() / 2].into(),
            good.replace("\"version\":2", "\"version\":1"),
            good.replace("\"party\"", "\"for\""),
            good.replace("es256", "rsa"),
            good.replace("00010000", "7f010000"),
        ] {
            assert_ne!(bad, good);
            fs::write(&path, &bad).unwrap();
            let read = Kept::read(&path).unwrap();
            assert!(read.password.is_none() && read.passkeys.is_empty(), "{bad}");
        }
        assert_eq!(unhex("0g"), None);
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("fF00"), Some(vec![255, 0]));
    }
}
