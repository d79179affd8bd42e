//! Places in the drive, as bytes and as text.
//!
//! As text (JSON, terminal) a name that is UTF-8 stands as it is; a byte that isn't part of UTF-8 stands as U+0000 and two
//! hexadecimal digits. NUL is in no name, so that nothing is ambiguous and nothing lost.

use std::fmt::Write as _;

use hearth_protocol::drive::{Name, NameError};
use thiserror::Error;

/// Longest path, its slashes included: four times what systems take at once.
pub(crate) const PATH_BYTES_MAX: usize = 16 << 10;
const ESCAPE: char = '\0';

/// Why something is no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum PathError {
    /// A part between slashes can't be a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// It is too long.
    #[error("a path has at most {PATH_BYTES_MAX} bytes")]
    TooLong,
    /// Two hexadecimal digits are missing after U+0000.
    #[error("in a path U+0000 is followed by two hexadecimal digits")]
    Escape,
}

/// A place in the drive: names from its root down, of which the root itself has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DrivePath(Vec<Name>);

impl DrivePath {
    /// The drive's root.
    pub(crate) const ROOT: Self = Self(Vec::new());

    /// Reads `/`-separated names. Empty parts and `.` count for nothing, `..` goes one up, as the root's parent is the root.
    ///
    /// # Errors
    /// Any [`PathError`] but [`PathError::Escape`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, PathError> {
        let mut names = Vec::new();
        for part in bytes.split(|byte| *byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => drop(names.pop()),
                name => names.push(Name::new(name)?),
            }
        }
        Self::from_names(names)
    }

    /// Reads a path as text, see the module.
    ///
    /// # Errors
    /// Any [`PathError`].
    pub(crate) fn from_text(text: &str) -> Result<Self, PathError> {
        Self::from_bytes(&unescape(text)?)
    }

    /// The path of these names.
    ///
    /// # Errors
    /// [`PathError::TooLong`].
    pub(crate) fn from_names(names: Vec<Name>) -> Result<Self, PathError> {
        let path = Self(names);
        if path.byte_len() > PATH_BYTES_MAX {
            return Err(PathError::TooLong);
        }
        Ok(path)
    }

    fn byte_len(&self) -> usize {
        self.0.iter().map(|name| name.as_bytes().len() + 1).sum()
    }

    /// The names, from the root down.
    pub(crate) fn names(&self) -> &[Name] {
        &self.0
    }

    /// Whether it is the root.
    pub(crate) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The folder that this lies in and its name there; `None` for the root.
    pub(crate) fn split(&self) -> Option<(Self, &Name)> {
        let (name, above) = self.0.split_last()?;
        Some((Self(above.to_vec()), name))
    }

    /// `name` below this.
    ///
    /// # Errors
    /// [`PathError::TooLong`].
    pub(crate) fn join(&self, name: &Name) -> Result<Self, PathError> {
        let mut names = self.0.clone();
        names.push(name.clone());
        Self::from_names(names)
    }

    /// Whether this is `other`, or lies below it.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// With slashes in between; the root is `/`.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        if self.is_root() {
            b"/".to_vec()
        } else {
            let names: Vec<&[u8]> = self.0.iter().map(Name::as_bytes).collect();
            names.join(&b'/')
        }
    }

    /// As text, see the module; the root is `/`.
    pub(crate) fn to_text(&self) -> String {
        escape(&self.to_bytes())
    }
}

/// Bytes as text, so that [`unescape`] gives them back.
pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            write!(text, "{ESCAPE}{byte:02x}").expect("a String takes everything");
        }
    }
    text
}

/// The bytes that a text stands for.
///
/// # Errors
/// [`PathError::Escape`].
pub(crate) fn unescape(text: &str) -> Result<Vec<u8>, PathError> {
    let mut parts = text.split(ESCAPE);
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or(PathError::Escape)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(PathError::Escape);
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| PathError::Escape)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    Ok(bytes)
}

/// Bytes for people: what isn't UTF-8 as `\xe9`.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02x}").expect("a String takes everything");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dots_and_slashes_count_for_nothing() {
        let text = |bytes: &[u8]| DrivePath::from_bytes(bytes).unwrap().to_text();
        assert_eq!(text(b""), "/");
        assert_eq!(text(b"///"), "/");
        assert_eq!(text(b"./a//b/./"), "a/b");
        assert_eq!(text(b"/a/../../b/c/.."), "b");
        assert_eq!(text(b"..."), "...");
    }

    #[test]
    fn what_no_file_system_takes_is_refused() {
        let long = [b'a'; 256];
        for path in [&b"a\0b"[..], &long] {
            let refused = DrivePath::from_bytes(path);
            assert_eq!(refused, Err(PathError::Name(NameError)), "{path:?}");
        }
        assert!(DrivePath::from_bytes(&long[1..]).is_ok());
        let deep = b"a/".repeat(PATH_BYTES_MAX / 2 + 1);
        assert_eq!(DrivePath::from_bytes(&deep), Err(PathError::TooLong));
    }

    #[test]
    fn names_that_are_not_utf8_have_a_text() {
        assert_eq!(escape(b"caf\xe9"), "caf\0e9");
        assert_eq!(escape("caf\u{e9} \\xe9".as_bytes()), "caf\u{e9} \\xe9");
        assert_eq!(unescape("caf\0e9s").unwrap(), b"caf\xe9s");
        for wrong in ["\0", "\0e", "\0+1", "\0e\u{e9}"] {
            assert_eq!(unescape(wrong), Err(PathError::Escape), "{wrong:?}");
        }
        assert_eq!(shown(b"caf\xe9"), "caf\\xe9");
    }

    #[test]
    fn a_folder_contains_itself_and_no_namesake() {
        let path = |text| DrivePath::from_text(text).unwrap();
        assert!(path("a/b").is_within(&path("a")));
        assert!(path("a").is_within(&path("a")));
        assert!(!path("ab").is_within(&path("a")));
        assert!(path("a").is_within(&DrivePath::ROOT));
    }

    proptest! {
        #[test]
        fn text_loses_nothing(bytes: Vec<u8>) {
            let bytes: Vec<u8> = bytes.into_iter().filter(|byte| *byte != 0).collect();
            prop_assert_eq!(unescape(&escape(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn any_text_is_a_path_or_refused(text: String) {
            if let Ok(path) = DrivePath::from_text(&text) {
                prop_assert_eq!(DrivePath::from_text(&path.to_text()), Ok(path));
            }
        }
    }
}
