//! The values of the command line: what can't be right is refused here, before a node is asked.

use crate::said::{Said, said};
use std::ffi::OsString;
use std::io::{self, Read};

use hearth_keys::Identity;
use hearth_protocol::bounds::{
    ADDRESS_BYTES_MAX, BIO_BYTES_MAX, EMOJI_BYTES_MAX, NAME_BYTES_MAX, PLEDGE_BYTES_MAX,
    TEXT_BYTES_MAX,
};
use hearth_protocol::link::PeerLink;
use serde::{Serialize, Serializer};

use super::error::CliError;
use crate::app::devices::DEVICE_NAME_BYTES_MAX;
use crate::app::social::LIST_NAME_BYTES_MAX;
use crate::store::reactions::is_emoji;

const LINK_BYTES_MAX: usize = 8_192;
const ID_DIGITS: usize = 64;
const LOCAL_ID_DIGITS: usize = 20;

/// An identity, sent as `hearth1…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key(Identity);

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Whom to follow, and ways to reach their node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Target {
    key: Key,
    via: Vec<String>,
}

/// An entry's id: 64 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct EntryId(String);

/// A place in this node's timelines: 20 decimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct LocalId(String);

/// A post's text: 1 byte to 16 KiB of UTF-8, as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Text(String);

/// A text on the command line, or that it comes from the standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TextSource {
    /// The argument itself.
    Given(Text),
    /// `-`
    Input,
    /// On the command line, and so long: bytes.
    TooLong(usize),
}

/// Reads a key.
pub(crate) fn key(text: &str) -> Result<Key, String> {
    if text.starts_with(hearth_protocol::link::SCHEME) {
        return Err(
            "this is a link: give only the key in it, hearth1… up to the question mark".to_owned(),
        );
    }
    text.parse().map(Key).map_err(|problem| {
        format!("{problem}. It is what `hearth id` shows on the other side, hearth1…")
    })
}

/// Reads a key, or a link that `hearth link` gave.
pub(crate) fn key_or_link(text: &str) -> Result<Target, String> {
    if text.len() > LINK_BYTES_MAX {
        return Err(format!("it is longer than {LINK_BYTES_MAX} bytes"));
    }
    let PeerLink { identity, via } = text.parse().map_err(|problem| {
        format!("{problem}. It is what `hearth link` shows on the other side, hearth:hearth1…?via=…, in quotes")
    })?;
    Ok(Target {
        key: Key(identity),
        via,
    })
}

/// Reads an entry's id; capital digits are the same digits.
pub(crate) fn entry_id(text: &str) -> Result<EntryId, String> {
    if text.len() == ID_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(EntryId(text.to_ascii_lowercase()))
    } else {
        Err(format!(
            "an id has {ID_DIGITS} digits of 0-9 and a-f: copy one from `hearth timeline`"
        ))
    }
}

/// Reads a place in a timeline.
pub(crate) fn local_id(text: &str) -> Result<LocalId, String> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u64>().is_ok();
    if text.len() == LOCAL_ID_DIGITS && is_number {
        Ok(LocalId(text.to_owned()))
    } else {
        Err(format!(
            "a place has {LOCAL_ID_DIGITS} decimal digits: copy a \"local_id\" from `hearth timeline --json`"
        ))
    }
}

/// Reads a text, or `-` for the standard input.
pub(crate) fn text_source(argument: OsString) -> Result<TextSource, String> {
    if argument == "-" {
        return Ok(TextSource::Input);
    }
    let bytes = argument.into_encoded_bytes();
    if bytes.len() > TEXT_BYTES_MAX {
        // Refused when it is read: here, the whole of it would be repeated before the reason.
        return Ok(TextSource::TooLong(bytes.len()));
    }
    text(bytes).map(TextSource::Given)
}

/// Checks a text's length and that it is UTF-8; nothing of it is changed.
pub(crate) fn text(bytes: Vec<u8>) -> Result<Text, String> {
    if bytes.is_empty() {
        return Err("the text is empty: write at least one character".to_owned());
    }
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(too_long(bytes.len()));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Text(text)),
        Err(error) => Err(format!(
            "the text isn't UTF-8 (at byte {}): save or send it as UTF-8",
            error.utf8_error().valid_up_to()
        )),
    }
}

fn too_long(length: usize) -> String {
    format!("the text has {length} bytes, and {TEXT_BYTES_MAX} is the most: split it")
}

impl TextSource {
    /// The text, read from `input` where it comes from there, every byte of it.
    ///
    /// # Errors
    /// [`CliError::Usage`] as [`text`] refuses it, [`CliError::Input`].
    pub(crate) fn read(self, input: &mut dyn Read) -> Result<Text, CliError> {
        match self {
            Self::Given(text) => Ok(text),
            Self::TooLong(length) => Err(CliError::Usage(too_long(length))),
            Self::Input => {
                let bytes = read_bounded(input).map_err(CliError::Input)?;
                if bytes.len() > TEXT_BYTES_MAX {
                    return Err(CliError::Usage(format!(
                        "the text has more than {TEXT_BYTES_MAX} bytes: split it"
                    )));
                }
                text(bytes).map_err(CliError::Usage)
            }
        }
    }
}

/// At most one byte more than a text may have: enough to know that it has too many.
fn read_bounded(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input
        .take(TEXT_BYTES_MAX as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a link from the standard input, so that its secret stands in no list of processes.
pub(crate) fn link_from(input: &mut dyn Read) -> Result<String, CliError> {
    let bytes = read_bounded(input).map_err(CliError::Input)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| CliError::Usage("what was given is no link: it isn't text".to_owned()))?;
    let link = text.trim();
    if link.is_empty() || link.len() > LINK_BYTES_MAX {
        return Err(CliError::Usage(
            "give one link, as `hearth space invite` shows it".to_owned(),
        ));
    }
    Ok(link.to_owned())
}

/// Reads what a space is called.
pub(crate) fn space_name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("a space needs a name of at least one character".to_owned());
    }
    name(text).map_err(|said| said.to_string())
}

/// Reads which space is meant: a name, an id, or a word for one that everybody has.
pub(crate) fn space(text: &str) -> Result<String, String> {
    if text.is_empty() || text.len() > NAME_BYTES_MAX {
        return Err("give a space's name or id, as `hearth space list` shows them".to_owned());
    }
    Ok(text.to_owned())
}

/// Reads what a device is called.
pub(crate) fn device_name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err("a device's name has at least one character, on one line".to_owned());
    }
    at_most(DEVICE_NAME_BYTES_MAX, text).map_err(|said| said.to_string())
}

/// Reads what a list of people is called.
pub(crate) fn list_name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err("a list's name has at least one character, on one line".to_owned());
    }
    at_most(LIST_NAME_BYTES_MAX, text).map_err(|said| said.to_string())
}

/// Reads a name that one gives to somebody.
pub(crate) fn petname(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err(
            "a name has at least one character, on one line; `--undo` takes it back".to_owned(),
        );
    }
    at_most(NAME_BYTES_MAX, text).map_err(|said| said.to_string())
}

/// Reads a reaction.
pub(crate) fn emoji(text: &str) -> Result<String, String> {
    if text.len() <= EMOJI_BYTES_MAX && is_emoji(text) {
        Ok(text.to_owned())
    } else {
        Err("a reaction is one emoji, such as ❤ or 👍".to_owned())
    }
}

/// Reads a display name.
pub(crate) fn name(text: &str) -> Result<String, Said> {
    at_most(NAME_BYTES_MAX, text)
}

/// Reads a few words about oneself.
pub(crate) fn bio(text: &str) -> Result<String, Said> {
    at_most(BIO_BYTES_MAX, text)
}

fn at_most(bytes_max: usize, text: &str) -> Result<String, Said> {
    if text.len() > bytes_max {
        let bytes = text.len();
        return Err(said!(
            "name-length",
            "it has {bytes} bytes, and {most} is the most: shorten it",
            bytes = bytes,
            most = bytes_max
        ));
    }
    Ok(text.to_owned())
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Size(u64);

impl Size {
    /// The number.
    pub(crate) fn bytes(self) -> u64 {
        self.0
    }
}

/// What a size may be given in: kB to TB are powers of ten, KiB to TiB of two.
const SIZE_UNITS: [(&str, u64); 10] = [
    ("", 1),
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KIB", 1 << 10),
    ("MIB", 1 << 20),
    ("GIB", 1 << 30),
    ("TIB", 1 << 40),
];

/// Reads a size such as `20GB`, `1.5 TiB` or `0`.
pub(crate) fn size(text: &str) -> Result<Size, Said> {
    let text = text.trim();
    let is_number = |letter: char| letter.is_ascii_digit() || letter == '.';
    let end = text.find(|letter| !is_number(letter)).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start();
    if unit.ends_with('b') {
        return Err(said!(
            "size-bits",
            "a small b means bits: write B for bytes, as in 20GB"
        ));
    }
    let spelled = unit.to_ascii_uppercase();
    let factor = SIZE_UNITS.iter().find(|(name, _)| *name == spelled);
    let bytes = factor.and_then(|(_, factor)| scaled(number, *factor));
    match bytes {
        Some(bytes) if bytes <= PLEDGE_BYTES_MAX => Ok(Size(bytes)),
        Some(_) => Err(said!("size-too-large", "it is more than any disk has")),
        None => Err(said!(
            "size-unread",
            "a size is a number with B, kB, MB, GB or TB (powers of ten), or KiB, MiB, GiB or TiB: 20GB, 1.5TiB, 0"
        )),
    }
}

/// A decimal number times `factor`, rounded down.
fn scaled(number: &str, factor: u64) -> Option<u64> {
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let is_written = |digits: &str| !digits.is_empty() && digits.len() <= 18;
    if !is_written(whole) || !is_written(part) {
        return None;
    }
    let tenths = 10_u128.pow(u32::try_from(part.len()).ok()?);
    let (whole, part): (u128, u128) = (whole.parse().ok()?, part.parse().ok()?);
    let bytes = (whole * tenths + part) * u128::from(factor) / tenths;
    Some(u64::try_from(bytes).unwrap_or(u64::MAX))
}

/// Reads an address to listen on or to dial; the network knows which of them it can use.
pub(crate) fn multiaddr(text: &str) -> Result<String, String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if text.starts_with('/') && text.len() > 1 && text.len() <= ADDRESS_BYTES_MAX && plain {
        Ok(text.to_owned())
    } else {
        Err(
            "an address looks like /ip4/0.0.0.0/tcp/4749 or /ip4/0.0.0.0/udp/4749/quic-v1"
                .to_owned(),
        )
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A key that holds: the public key of RFC 8032's first test vector.
    pub(crate) fn a_key() -> String {
        const BYTES: [u8; 32] = [
            0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64,
            0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68,
            0xf7, 0x07, 0x51, 0x1a,
        ];
        Identity::from_bytes(BYTES).to_string()
    }

    #[test]
    fn keys_are_whole_or_refused() {
        assert_eq!(key(&a_key()).unwrap().0.to_string(), a_key());
        for wrong in [
            "",
            "hearth1",
            "npub1qqq",
            &a_key()[..40],
            &a_key().replace('q', "p"),
        ] {
            let problem = key(wrong).unwrap_err();
            assert!(problem.contains("hearth id"), "{problem}");
        }
    }

    #[test]
    fn links_bring_their_ways() {
        let link = format!(
            "hearth:{}?via=/ip4/127.0.0.1/udp/4749/quic-v1&via=/ip4/127.0.0.1/tcp/4749",
            a_key()
        );
        let target = key_or_link(&link).unwrap();
        assert_eq!(target.key.0.to_string(), a_key());
        assert_eq!(
            target.via,
            ["/ip4/127.0.0.1/udp/4749/quic-v1", "/ip4/127.0.0.1/tcp/4749"]
        );
        assert!(key_or_link(&a_key()).unwrap().via.is_empty());
        assert!(
            key_or_link(&format!("hearth:{}", a_key()))
                .unwrap()
                .via
                .is_empty()
        );
    }

    #[test]
    fn wrong_links_are_refused() {
        for wrong in [
            "hearth:".to_owned(),
            "hearth:hearth1qq".to_owned(),
            format!("hearth:{}?via=nowhere", a_key()),
            format!("hearth:{}?{}", a_key(), "via=/ip4/1.2.3.4&".repeat(1_000)),
        ] {
            key_or_link(&wrong).unwrap_err();
        }
    }

    #[test]
    fn ids_have_64_digits() {
        assert_eq!(entry_id(&"aB".repeat(32)).unwrap().0, "ab".repeat(32));
        for wrong in [
            "",
            "ab",
            &"ab".repeat(33),
            &"xy".repeat(32),
            &"ü".repeat(32),
        ] {
            entry_id(wrong).unwrap_err();
        }
    }

    #[test]
    fn places_have_20_digits() {
        local_id("00103422000000000000").unwrap();
        for wrong in [
            "",
            "1",
            "+0103422000000000000",
            "99999999999999999999",
            "001034220000000000000",
        ] {
            local_id(wrong).unwrap_err();
        }
    }

    #[test]
    fn texts_are_kept_byte_for_byte() {
        let odd = " \u{feff}\u{0}\r\n\u{1b}[2J e\u{301} \n";
        let given = text_source(odd.into()).unwrap();
        assert_eq!(given.read(&mut io::empty()).unwrap().0, odd);
        let read = TextSource::Input.read(&mut odd.as_bytes()).unwrap();
        assert_eq!(read.0, odd);
        let longest = "x".repeat(TEXT_BYTES_MAX);
        assert_eq!(text(longest.clone().into()).unwrap().0, longest);
    }

    #[test]
    fn texts_that_can_not_be_are_refused() {
        for wrong in [Vec::new(), vec![b'x'; TEXT_BYTES_MAX + 1], vec![b'a', 0xff]] {
            text(wrong.clone()).unwrap_err();
            let error = TextSource::Input.read(&mut wrong.as_slice()).unwrap_err();
            assert_eq!(error.exit_code(), 2);
        }
        assert!(text(vec![b'a', 0xff]).unwrap_err().contains("byte 1"));
    }

    #[test]
    fn names_are_bounded() {
        assert_eq!(name(" Alice\n").unwrap(), " Alice\n");
        name(&"x".repeat(NAME_BYTES_MAX + 1)).unwrap_err();
        bio(&"x".repeat(BIO_BYTES_MAX)).unwrap();
        bio(&"x".repeat(BIO_BYTES_MAX + 1)).unwrap_err();
    }

    #[test]
    fn sizes_are_bytes_by_tens_or_by_twos() {
        for (text, bytes) in [
            ("0", 0),
            ("17", 17),
            ("17B", 17),
            ("3kB", 3_000),
            ("3KB", 3_000),
            ("20GB", 20_000_000_000),
            (" 20 GB ", 20_000_000_000),
            ("1.5TB", 1_500_000_000_000),
            ("1KiB", 1_024),
            ("2MiB", 2 << 20),
            ("0.5GiB", 512 << 20),
            ("1TiB", 1 << 40),
            ("0.0001kB", 0),
        ] {
            assert_eq!(size(text), Ok(Size(bytes)), "{text}");
        }
        for wrong in [
            "",
            "GB",
            "1.2.3GB",
            ".5GB",
            "5.GB",
            "-1",
            "1e9",
            "10G",
            "10XB",
            "1,5GB",
            "9999TB",
            "10 G B",
            "99999999999999999999",
            "18446744073709551616TiB",
        ] {
            let problem = size(wrong).unwrap_err();
            assert!(!problem.is_empty(), "{wrong}");
        }
        assert!(size("100Mb").unwrap_err().as_english().contains("bits"));
    }

    #[test]
    fn addresses_begin_with_a_slash() {
        multiaddr("/ip6/::/udp/0/quic-v1").unwrap();
        for wrong in [
            "",
            "/",
            "127.0.0.1:80",
            "/ip4/1.2.3.4 /tcp/1",
            &"/x".repeat(300),
        ] {
            multiaddr(wrong).unwrap_err();
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_typed_is_taken_or_explained(
            text in crate::bent::bent_text(&[
                "hearth:hearth1qqqq?via=%2Fip4%2F192.0.2.7%2Ftcp%2F4747",
                "00001790000000000000",
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF",
                "/ip4/192.0.2.7/tcp/4747",
                "Alice",
            ]),
        ) {
            let id = entry_id(&text);
            proptest::prop_assert!(id.is_err() || text.len() == ID_DIGITS);
            let place = local_id(&text);
            proptest::prop_assert!(place.is_err() || text.parse::<u64>().is_ok());
            let address = multiaddr(&text);
            proptest::prop_assert!(address.is_err() || text.starts_with('/'));
            let kept = self::text(text.clone().into_bytes());
            proptest::prop_assert_eq!(kept.is_err(), text.is_empty());
            let size = size(&text);
            proptest::prop_assert!(size.is_err() || text.contains(|c: char| c.is_ascii_digit()));
            let problems = [size.err().map(|said| said.to_string()), key(&text).err(), key_or_link(&text).err(), id.err(), place.err(), address.err()];
            for problem in problems.into_iter().flatten() {
                proptest::prop_assert!(!problem.is_empty() && problem.len() < 2_048);
            }
        }
    }
}
