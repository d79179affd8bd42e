//! `application/x-www-form-urlencoded` (URL Standard), from forms and queries.

use std::collections::BTreeMap;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

/// More than any form here has.
pub(super) const FIELDS_MAX: usize = 48;

/// Why fields can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum FormError {
    /// There are too many.
    #[error("the form has too many fields")]
    TooMany,
    /// A percent sign stands before something else than two hexadecimal digits.
    #[error("the form isn't well-formed")]
    Escape,
    /// A name or value isn't UTF-8.
    #[error("the form isn't valid UTF-8")]
    Utf8,
}

/// Named values. Of two with one name the first counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(BTreeMap<String, String>);

/// Passwords and phrases come this way.
impl Drop for Fields {
    fn drop(&mut self) {
        self.0.values_mut().for_each(Zeroize::zeroize);
    }
}

impl Fields {
    /// Reads the fields of a form. Browsers send each line of a text ended by CR LF, whatever was
    /// typed; here it becomes LF again.
    pub(super) fn parse_form(body: &[u8]) -> Result<Self, FormError> {
        parse(body, |value| value.replace("\r\n", "\n"))
    }

    /// Reads the fields of a query, byte for byte.
    pub(super) fn parse_query(query: &str) -> Result<Self, FormError> {
        parse(query.as_bytes(), str::to_owned)
    }

    /// Fields that were read in another way.
    pub(super) fn of(pairs: Vec<(String, String)>) -> Result<Self, FormError> {
        if pairs.len() > FIELDS_MAX {
            return Err(FormError::TooMany);
        }
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            fields.entry(name).or_insert(value);
        }
        Ok(Self(fields))
    }

    /// Puts photos behind those that the form names already.
    pub(super) fn add_photos(&mut self, drafts: Vec<String>) {
        let mut free = (0..FIELDS_MAX).map(|index| format!("photo-{index}"));
        for draft in drafts {
            let is_free = |name: &String| self.given(name).is_none();
            if let Some(name) = free.find(is_free) {
                self.0.insert(name, draft);
            }
        }
    }

    /// A field's value, empty when there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether there is such a field, empty or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A field's value unless it is empty or missing.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|value| !value.is_empty())
    }
}

fn parse(bytes: &[u8], clean: impl Fn(&str) -> String) -> Result<Fields, FormError> {
    let mut fields = BTreeMap::new();
    for pair in bytes
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
    {
        if fields.len() == FIELDS_MAX {
            return Err(FormError::TooMany);
        }
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let name = decode(halves.next().unwrap_or_default())?;
        let value = Zeroizing::new(decode(halves.next().unwrap_or_default())?);
        fields.entry(name).or_insert_with(|| clean(&value));
    }
    Ok(Fields(fields))
}

/// A part of a path as text; `None` where it isn't well-formed. Unlike in forms, a plus sign stands for itself.
pub(super) fn decoded(part: &str) -> Option<String> {
    decode(part.replace('+', "%2B").as_bytes()).ok()
}

fn decode(encoded: &[u8]) -> Result<String, FormError> {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => {
                let [high, low, after @ ..] = tail else {
                    return Err(FormError::Escape);
                };
                decoded.push(nibble(*high)? << 4 | nibble(*low)?);
                rest = after;
            }
            other => decoded.push(*other),
        }
    }
    String::from_utf8(decoded).map_err(|error| {
        error.into_bytes().zeroize();
        FormError::Utf8
    })
}

fn nibble(digit: u8) -> Result<u8, FormError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(FormError::Escape),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn fields_are_decoded() {
        let form = Fields::parse_form(b"a=1+%2B+1&text=%C3%A4%0D%0A%0a%0D&a=2&empty=&bare&x=y=z");
        let form = form.unwrap();
        assert_eq!(form.text("a"), "1 + 1");
        assert_eq!(form.text("text"), "ä\n\n\r");
        assert_eq!(form.text("x"), "y=z");
        assert_eq!(form.given("empty"), None);
        assert_eq!(form.given("bare"), None);
        assert_eq!(form.given("missing"), None);
        assert_eq!(form.given("a"), Some("1 + 1"));
    }

    #[test]
    fn queries_keep_their_line_ends() {
        let query = Fields::parse_query("a=%0D%0A").unwrap();
        assert_eq!(query.text("a"), "\r\n");
    }

    #[test]
    fn every_byte_survives_its_escape() {
        for text in ["\0\u{1}\u{7f}", "=&%+;?#", "\u{10ffff}\u{202e}", "\r", "\n"] {
            let escaped: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let form = Fields::parse_form(format!("text={escaped}").as_bytes()).unwrap();
            assert_eq!(form.text("text"), text);
        }
    }

    #[test]
    fn what_is_not_a_form_is_refused() {
        let many = "&a=b".repeat(FIELDS_MAX + 1);
        let names: String = (0..=FIELDS_MAX).map(|n| format!("&n{n}=b")).collect();
        assert!(Fields::parse_form(many.as_bytes()).is_ok());
        let cases = [
            (names.as_bytes(), FormError::TooMany),
            (b"a=%", FormError::Escape),
            (b"a=%2", FormError::Escape),
            (b"a=%+1", FormError::Escape),
            (b"a=%zz", FormError::Escape),
            (b"a=%ff", FormError::Utf8),
            (b"\xff=a", FormError::Utf8),
        ];
        for (bytes, error) in cases {
            assert_eq!(Fields::parse_form(bytes), Err(error));
        }
    }
}
