//! Why something wasn't done, in the reader's language where the reason is one of a few.

use crate::language::{Language, Value, say};
use maud::{Markup, html};
use std::borrow::Cow;

/// Why something wasn't done, as the node says it to everybody in English. Where the code's words are there in the reader's
/// language (`why-CODE` in `words/TAG/errors.ftl`), a page says these, with the same values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    code: &'static str,
    values: Vec<(&'static str, Value)>,
    english: String,
}

impl Reason {
    /// A reason by its code; nothing varies in it yet.
    pub fn new(code: &'static str, english: impl Into<String>) -> Self {
        Self {
            code,
            values: Vec::new(),
            english: english.into(),
        }
    }

    /// The same, with a text in it.
    #[must_use]
    pub fn with_text(mut self, name: &'static str, text: &str) -> Self {
        self.values.push((name, text.into()));
        self
    }

    /// The same, with a number in it, by which a message may choose.
    #[must_use]
    pub fn with_number(mut self, name: &'static str, number: u64) -> Self {
        self.values.push((name, number.into()));
        self
    }

    /// What it says, and the language of that where it isn't the reader's.
    fn said(&self, language: Language) -> (String, Option<&'static str>) {
        match language.because(self.code, &self.values) {
            Some(words) => (words, None),
            None => (sentence(&self.english), language.beside_english()),
        }
    }

    pub(crate) fn words(&self, language: Language) -> Cow<'_, str> {
        self.said(language).0.into()
    }

    pub(crate) fn lang(&self, language: Language) -> Option<&'static str> {
        self.said(language).1
    }

    /// What it says within a sentence.
    pub(crate) fn part(&self, language: Language) -> String {
        let words = language.because(self.code, &self.values);
        words.unwrap_or_else(|| self.english.clone())
    }

    /// What it says to a script that shows it.
    pub fn to_text(&self, language: Language) -> String {
        self.said(language).0
    }

    /// As a line above what it is about.
    pub(crate) fn notice(&self, language: Language, id: Option<&str>) -> Markup {
        let (words, lang) = self.said(language);
        html! { p.notice.problem id=[id] role="alert" dir="auto" lang=[lang] { (words) } }
    }
}

/// What has no code is said in English everywhere.
impl From<&str> for Reason {
    fn from(english: &str) -> Self {
        Self::new("", english)
    }
}

impl From<String> for Reason {
    fn from(english: String) -> Self {
        Self::new("", english)
    }
}

/// An error's words, which go on after a colon in a terminal, as a sentence on a page.
fn sentence(words: &str) -> String {
    let mut rest = words.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    let end = if words.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    first.chain(rest.as_str().chars()).collect::<String>() + end
}

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
    /// Something else.
    Other(Reason),
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
            Self::Other(why) => why.words(language),
        }
    }

    pub(crate) fn lang(&self, language: Language) -> Option<&'static str> {
        match self {
            Self::Other(why) => why.lang(language),
            _ => None,
        }
    }
}

/// Why a file that was to be brought in can't be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportProblem {
    /// No post is in it.
    Empty,
    /// Something else.
    Other(Reason),
}

impl ImportProblem {
    pub(crate) fn words(&self, language: Language) -> Cow<'_, str> {
        match self {
            Self::Empty => say!(language, "import-no-posts"),
            Self::Other(why) => why.words(language),
        }
    }

    pub(crate) fn lang(&self, language: Language) -> Option<&'static str> {
        match self {
            Self::Other(why) => why.lang(language),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_becomes_a_sentence() {
        let cases = [
            ("this is not a key", "This is not a key."),
            ("it failed (disk full)", "It failed (disk full)."),
            ("éa!", "Éa!"),
            ("", "."),
        ];
        for (words, said) in cases {
            assert_eq!(Reason::from(words).to_text(Language::English), said);
        }
    }

    #[test]
    fn a_reason_is_said_by_its_code_where_that_has_words() {
        let reason = |code| {
            let reason = Reason::new(code, "the text has 9 bytes, and a post at most 4");
            reason.with_number("length", 9).with_number("limit", 4)
        };
        let (said, lang) = reason("post-too-long").said(Language::German);
        assert!(said.contains('9') && said.contains('4'), "{said}");
        assert!(said != sentence(&reason("").english), "{said}");
        assert_eq!(lang, None);
        for code in ["", "of-a-newer-node"] {
            let (said, lang) = reason(code).said(Language::German);
            assert_eq!(said, "The text has 9 bytes, and a post at most 4.");
            assert_eq!(lang, Some("en"));
        }
        assert_eq!(reason("post-too-long").lang(Language::English), None);
        // A value that is missing leaves the whole in English rather than half said.
        let lacking = Reason::new("post-too-long", "it is long");
        assert_eq!(lacking.lang(Language::German), Some("en"));
    }
}
