//! Why something wasn't done, in the reader's language where the reason is one of a few.

use crate::language::{Language, say};
use std::borrow::Cow;

/// Why somebody isn't let in, or why nothing was changed of how they come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInProblem {
    /// This browser isn't signed in.
    SignedOut,
    /// The link was used, or is too old.
    LinkOver,
    /// It isn't the password.
    WrongPassword,
    /// Too many were tried.
    TooOften {
        /// How long to wait.
        seconds: u64,
        /// Whether a passkey would let them in meanwhile.
        passkey: bool,
    },
    /// It isn't the present password, so nothing was changed.
    NotThePresentOne,
    /// Too many were tried, so nothing was changed.
    Unchanged {
        /// How long to wait.
        seconds: u64,
    },
    /// They came in too long ago to change that without anything else, so nothing was changed.
    ComeInAgain,
    /// A new password is too short.
    TooShort,
    /// The second time it was another.
    Unlike,
    /// Something else, as the sentence says, in English.
    Other(String),
}

impl SignInProblem {
    pub(crate) fn words(&self, language: Language) -> Cow<'_, str> {
        match self {
            Self::SignedOut => say!(language, "sign-in-signed-out"),
            Self::LinkOver => say!(language, "sign-in-link-over"),
            Self::WrongPassword => say!(language, "sign-in-wrong"),
            Self::TooOften { seconds, passkey } if *passkey => {
                say!(language, "sign-in-too-often-passkey", count = *seconds)
            }
            Self::TooOften { seconds, .. } => {
                say!(language, "sign-in-too-often", count = *seconds)
            }
            Self::NotThePresentOne => say!(language, "password-not-present"),
            Self::Unchanged { seconds } => {
                say!(language, "password-too-often", count = *seconds)
            }
            Self::ComeInAgain => say!(language, "sign-in-come-in-again"),
            Self::TooShort => say!(language, "password-too-short"),
            Self::Unlike => say!(language, "password-unlike"),
            Self::Other(why) => why.into(),
        }
    }

    pub(crate) fn lang(&self, language: Language) -> Option<&'static str> {
        let is_english = matches!(self, Self::Other(_));
        language.beside_english().filter(|_| is_english)
    }
}

/// Why a file that was to be brought in can't be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportProblem {
    /// No post is in it.
    Empty,
    /// It couldn't be written to disk, because of this error.
    NotKept(String),
    /// The server stops.
    Stopping,
    /// Something else, as the sentence says, in English.
    Other(String),
}

impl ImportProblem {
    pub(crate) fn words(&self, language: Language) -> Cow<'_, str> {
        match self {
            Self::Empty => say!(language, "import-no-posts"),
            Self::NotKept(error) => say!(language, "import-not-kept", error = error),
            Self::Stopping => say!(language, "import-stopping"),
            Self::Other(why) => why.into(),
        }
    }

    pub(crate) fn lang(&self, language: Language) -> Option<&'static str> {
        let is_english = matches!(self, Self::Other(_));
        language.beside_english().filter(|_| is_english)
    }
}
