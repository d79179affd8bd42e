//! The 24 words on paper, and the root that they derive.
//!
//! A [`Phrase`] is a BIP39 mnemonic of 256 bits in English. Its [`Root`] comes from the BIP39 seed
//! (PBKDF2-HMAC-SHA512, 2,048 rounds, empty passphrase, 64 bytes), from which BLAKE3 derives one
//! key a purpose ([`derive`](crate::derive)).

use std::fmt;

use bip39::{Language, Mnemonic};
use ed25519_dalek::SigningKey;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::derive::{Label, derive};
use crate::identity::Identity;
use crate::sealed::{BoxPublic, BoxSecret};
use crate::signature::{self, Context, Signature};
use crate::{KEY_BYTES, random_secret};

mod suggest;

pub use suggest::Suggestions;

/// Words of a phrase.
pub const PHRASE_WORDS: usize = 24;

/// 24 words that are a person: whoever has them can become that person.
pub struct Phrase(Mnemonic);

/// Why a text isn't a phrase. The messages are for the person who typed it.
///
/// A message may show words that resemble the one mistyped: show it to that person and don't log
/// it. `Debug` leaves them out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    /// There are more or fewer than 24 words.
    #[error("a phrase has 24 words; this has {0}")]
    WrongWordCount(usize),
    /// A word isn't in the list of 2,048.
    #[error("word {position} is not in the word list{suggestions}")]
    UnknownWord {
        /// Which word, counted from 1.
        position: usize,
        /// The nearest words of the list, the likeliest first; perhaps none.
        suggestions: Suggestions,
    },
    /// All words are in the list, but they don't belong together.
    #[error(
        "these 24 words don't belong together: one is another word of the list, or two have changed places. Compare them with the paper"
    )]
    Checksum,
}

impl Phrase {
    /// A fresh random phrase.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Phrase {
        let entropy: Zeroizing<[u8; 32]> = random_secret(rng);
        let words = Mnemonic::from_entropy(&entropy[..]).expect("256 bits are 24 words");
        Phrase(words)
    }

    /// Reads a phrase as a person types it: any white space between the words, either case.
    ///
    /// # Errors
    /// [`PhraseError`] says what is wrong and, for a mistyped word, which one.
    pub fn parse(text: &str) -> Result<Phrase, PhraseError> {
        let count = text.split_whitespace().count();
        if count != PHRASE_WORDS {
            return Err(PhraseError::WrongWordCount(count));
        }
        let words = normalize(text);
        for (index, word) in words.split(' ').enumerate() {
            check_word(index + 1, word)?;
        }
        Mnemonic::parse_in_normalized(Language::English, &words)
            .map(Phrase)
            .map_err(|_| PhraseError::Checksum)
    }

    /// The 24 words, joined by single spaces: for paper only.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        join(self.0.words())
    }

    /// Derives the root. It takes a few milliseconds.
    #[must_use]
    pub fn root(&self) -> Root {
        let seed = Zeroizing::new(self.0.to_seed_normalized(""));
        Root {
            signing: SigningKey::from_bytes(&derive(Label::ROOT_SIGNING, &seed[..])),
            recovery: BoxSecret::from_secret(derive(Label::RECOVERY_BOX, &seed[..])),
            locator: Locator(derive(Label::LOCATOR, &seed[..])),
        }
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrase(secret)")
    }
}

fn check_word(position: usize, word: &str) -> Result<(), PhraseError> {
    if Language::English.find_word(word).is_some() {
        return Ok(());
    }
    Err(PhraseError::UnknownWord {
        position,
        suggestions: Suggestions::for_word(word),
    })
}

fn normalize(text: &str) -> Zeroizing<String> {
    let mut lower = Zeroizing::new(String::with_capacity(text.len()));
    lower.push_str(text);
    lower.make_ascii_lowercase();
    join(lower.split_whitespace())
}

/// Joins within one allocation, so that no half-built copy of a secret stays behind.
fn join<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Zeroizing<String> {
    let length: usize = words.clone().map(|word| word.len() + 1).sum();
    let mut joined = Zeroizing::new(String::with_capacity(length));
    for word in words {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

/// What a phrase derives. It is used and dropped: no machine keeps it.
pub struct Root {
    signing: SigningKey,
    recovery: BoxSecret,
    locator: Locator,
}

impl Root {
    /// The public root key: the person.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity::from_bytes(self.signing.verifying_key().to_bytes())
    }

    /// Signs `message` in `context` with the root key.
    #[must_use]
    pub fn sign(&self, context: Context, message: &[u8]) -> Signature {
        signature::sign(&self.signing, context, message)
    }

    /// The public half of the recovery key, which machines keep to seal to it.
    #[must_use]
    pub fn recovery_public(&self) -> BoxPublic {
        self.recovery.public()
    }

    /// The recovery key: opens after a fire what machines sealed to it.
    #[must_use]
    pub fn recovery(&self) -> &BoxSecret {
        &self.recovery
    }

    /// The locator secret, by which guardians are found again.
    #[must_use]
    pub fn locator(&self) -> &Locator {
        &self.locator
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Root(secret)")
    }
}

/// A secret by which a person without a machine finds the guardians of their backup. Unlike the
/// other keys of the root it stays on the machine too.
#[derive(Clone)]
pub struct Locator(Zeroizing<[u8; KEY_BYTES]>);

impl Locator {
    /// The locator that [`expose_bytes`](Locator::expose_bytes) gave out.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Locator {
        Locator(Zeroizing::new(bytes))
    }

    /// The secret itself, for keeping it.
    #[must_use]
    pub fn expose_bytes(&self) -> Zeroizing<[u8; KEY_BYTES]> {
        self.0.clone()
    }

    /// A key for one use of the locator; `label` is a [`Label`] or the text of one.
    #[must_use]
    pub fn derive(&self, label: impl Into<Label>) -> Zeroizing<[u8; KEY_BYTES]> {
        derive(label.into(), &self.0[..])
    }
}

impl fmt::Debug for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Locator(secret)")
    }
}
