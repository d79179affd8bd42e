//! What an error says: in English to everybody, and by which name, with which values, a page says it in its reader's language.
//!
//! The English words stand where the error is made, and nowhere else. `web-ui/words/TAG/errors.ftl` says the same under the code in
//! other languages; `tests/suite/said.rs` reads the sources and sees to it that every code has its words there.

mod errors;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// What happened and what to do, in one or two sentences. Use [`said!`](crate::said::said), or [`Said::of`] for an error that has
/// its English words already.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Said {
    code: &'static str,
    values: Vec<(&'static str, Value)>,
    english: String,
}

/// Something that varies in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// As it is.
    Text(String),
    /// By which a message may choose.
    Number(u64),
}

impl Said {
    /// With a code; nothing varies in it yet.
    pub(crate) fn new(code: &'static str, english: impl Into<String>) -> Self {
        Self {
            code,
            values: Vec::new(),
            english: english.into(),
        }
    }

    /// What an error says.
    pub(crate) fn of(code: &'static str, error: &impl fmt::Display) -> Self {
        Self::new(code, error.to_string())
    }

    /// What no page shows: it is for commands and programs.
    pub(crate) fn english(english: impl Into<String>) -> Self {
        Self::new("", english)
    }

    /// The same, with something that varies.
    pub(crate) fn with(mut self, name: &'static str, value: impl ToValue) -> Self {
        self.values.push((name, value.to_value()));
        self
    }

    /// The same in other English words: pages in other languages say it as before.
    pub(crate) fn in_english(mut self, english: String) -> Self {
        self.english = english;
        self
    }

    /// Its name, for good; empty where no page shows it.
    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    /// What varies, by name.
    pub(crate) fn values(&self) -> &[(&'static str, Value)] {
        &self.values
    }

    /// What it says to commands and programs.
    pub(crate) fn as_english(&self) -> &str {
        &self.english
    }

    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.english.is_empty()
    }
}

impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.english)
    }
}

impl std::error::Error for Said {}

impl fmt::Debug for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?} ({})", self.english, self.code)
    }
}

/// In JSON it is its English words.
impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.english)
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::english)
    }
}

/// What may vary in what is said.
pub(crate) trait ToValue {
    fn to_value(&self) -> Value;
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl ToValue for Cow<'_, str> {
    fn to_value(&self) -> Value {
        Value::Text(self.clone().into_owned())
    }
}

impl ToValue for std::io::Error {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {
        $(impl ToValue for $number {
            fn to_value(&self) -> Value {
                Value::Number(u64::try_from(*self).unwrap_or(u64::MAX))
            }
        })*
    };
}

numbers!(u8, u16, u32, u64, usize, i32);

/// `said!("code", "in English, with {what} varies", what = value)`.
macro_rules! said {
    ($code:literal, $english:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        $(let $name = &$value;)*
        let english = ::std::format!($english $(, $name = $name)*);
        let said = $crate::said::Said::new($code, english);
        $(let said = said.with(stringify!($name), $name);)*
        said
    }};
}

pub(crate) use said;
