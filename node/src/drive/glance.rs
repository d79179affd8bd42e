//! What a file is, by its first bytes, and what of it can be shown on a page.

use crate::said::said;
use std::time::Duration;

use tokio::time::timeout;

use super::Drive;
use super::get::Reading;
use super::path::DrivePath;
use crate::app::model::{AppError, ErrorKind};
use crate::media;

/// How long a page waits for what it shows of a file.
const LOOK_TIME_MAX: Duration = Duration::from_secs(4);
/// So much of a text is shown.
const TEXT_BYTES_MAX: usize = 256 << 10;
/// Of so many letters one may be a control, that a text of one byte a letter is still taken for one.
const LETTERS_PER_CONTROL: usize = 500;

/// What can be shown of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight {
    /// There is nothing in it.
    Empty,
    /// A picture that may be decoded here.
    Picture,
    /// A picture that can't be decoded here.
    ForeignPicture,
    /// A text, and whether that is all of it.
    Text(String, bool),
    /// Something to be listened to, and its media type.
    Audio(&'static str),
    /// Something to be watched, and its media type.
    Video(&'static str),
    /// A document.
    Pdf,
    /// Anything else.
    Other,
}

/// A file at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glance {
    /// Its length.
    pub(crate) bytes: u64,
    /// What can be shown of it.
    pub(crate) sight: Sight,
}

impl Drive {
    /// Looks at a file; `None` where the path leads to a folder or link.
    pub(crate) async fn glance(
        &self,
        path: DrivePath,
        version: Option<u64>,
    ) -> Result<Option<Glance>, AppError> {
        let reading = self.read(path, version, 0, TEXT_BYTES_MAX as u64).await?;
        let Some(reading) = reading else {
            return Ok(None);
        };
        let bytes = reading.bytes;
        let head = whole(reading, LOOK_TIME_MAX).await?;
        let is_all = head.len() as u64 == bytes;
        let sight = sight(&head, is_all);
        Ok(Some(Glance { bytes, sight }))
    }
}

/// All that was asked for of a file, if it comes in time: what isn't here may be on its way for days.
pub(super) async fn whole(mut reading: Reading, time_max: Duration) -> Result<Vec<u8>, AppError> {
    let read = async {
        let mut bytes = Vec::new();
        while let Some(piece) = reading.pieces.recv().await {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    };
    let late = AppError {
        kind: ErrorKind::Failed,
        message: said!(
            "content-on-its-way",
            "it is still on its way here: look again in a while"
        ),
    };
    timeout(time_max, read).await.unwrap_or(Err(late))
}

/// What a file is that begins so.
pub(crate) fn sight(head: &[u8], is_all: bool) -> Sight {
    if head.is_empty() {
        return Sight::Empty;
    }
    match media::first_look(head) {
        Some(true) => return Sight::Picture,
        Some(false) => return Sight::ForeignPicture,
        None => {}
    }
    if let Some(kind) = video(head) {
        return Sight::Video(kind);
    }
    if let Some(kind) = audio(head) {
        return Sight::Audio(kind);
    }
    if head.starts_with(b"%PDF-") {
        return Sight::Pdf;
    }
    match text(head, is_all) {
        Some(text) => Sight::Text(text, is_all),
        None => Sight::Other,
    }
}

fn video(head: &[u8]) -> Option<&'static str> {
    let begins = |part: &[u8], within: usize| {
        let head = &head[..head.len().min(within)];
        head.windows(part.len()).any(|window| window == part)
    };
    if head.get(4..8) == Some(b"ftyp") && !is_mp4_audio(head) {
        return Some(match head.get(8..12) {
            Some(b"qt  ") => "video/quicktime",
            _ => "video/mp4",
        });
    }
    if head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) && begins(b"webm", 64) {
        return Some("video/webm");
    }
    (head.starts_with(b"OggS") && begins(b"\x80theora", 128)).then_some("video/ogg")
}

/// By its brand (ISO 14496-12, 4.3).
fn is_mp4_audio(head: &[u8]) -> bool {
    matches!(head.get(8..12), Some(b"M4A " | b"M4B " | b"M4P "))
}

fn audio(head: &[u8]) -> Option<&'static str> {
    let is_wave = head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE");
    match head {
        _ if head.get(4..8) == Some(b"ftyp") && is_mp4_audio(head) => Some("audio/mp4"),
        [b'I', b'D', b'3', ..] | [0xff, 0xfa | 0xfb | 0xf2 | 0xf3, ..] => Some("audio/mpeg"),
        [0xff, 0xf1 | 0xf9, ..] => Some("audio/aac"),
        _ if head.starts_with(b"fLaC") => Some("audio/flac"),
        _ if head.starts_with(b"OggS") => Some("audio/ogg"),
        _ if is_wave => Some("audio/wav"),
        _ => None,
    }
}

/// A text in the encoding that its bytes speak for: UTF-8, UTF-16 with a mark, else one byte a letter (the first 256 of
/// Unicode).
fn text(head: &[u8], is_all: bool) -> Option<String> {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units = head[2..].as_chunks::<2>().0.iter().map(|two| from(*two));
        char::decode_utf16(units)
            .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    match head {
        [0xff, 0xfe, ..] => return Some(wide(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => return Some(wide(u16::from_be_bytes)),
        _ if head.contains(&0) => return None,
        _ => {}
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let controls = head.iter().filter(|byte| is_control(**byte)).count();
    if controls > head.len() / LETTERS_PER_CONTROL {
        return None;
    }
    match std::str::from_utf8(head) {
        Ok(text) => Some(text.to_owned()),
        // A letter that was cut in two.
        Err(error) if !is_all && error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()])
                .ok()
                .map(str::to_owned)
        }
        Err(_) => Some(head.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// Other than what ends lines and pages, sets tabs and colours terminals.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(text: &str) -> Sight {
        Sight::Text(text.into(), true)
    }

    #[test]
    fn files_are_told_by_their_first_bytes() {
        let cases: [(&[u8], Sight); 20] = [
            (b"", Sight::Empty),
            (b"\xff\xd8\xff\xe0", Sight::Picture),
            (b"\x89PNG\r\n\x1a\n", Sight::Picture),
            (b"\0\0\0\x18ftypheic", Sight::ForeignPicture),
            (b"\0\0\0\x18ftypisom", Sight::Video("video/mp4")),
            (b"\0\0\0\x14ftypqt  ", Sight::Video("video/quicktime")),
            (b"\0\0\0\x18ftypM4A \0", Sight::Audio("audio/mp4")),
            (
                b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm",
                Sight::Video("video/webm"),
            ),
            (b"\x1a\x45\xdf\xa3\x9f\0matroska", Sight::Other),
            (b"OggS\0\x02", Sight::Audio("audio/ogg")),
            (b"OggS\0\x02\0\0\x80theora", Sight::Video("video/ogg")),
            (b"ID3\x04", Sight::Audio("audio/mpeg")),
            (b"RIFF\0\0\0\0WAVE", Sight::Audio("audio/wav")),
            (b"%PDF-1.7", Sight::Pdf),
            (
                b"<script>alert(1)</script>",
                said("<script>alert(1)</script>"),
            ),
            (b"\xef\xbb\xbfmark", said("mark")),
            (b"\xff\xfeh\0i\0", said("hi")),
            (b"\xfe\xff\0h\xd8\0", said("h\u{fffd}")),
            (b"caf\xe9", said("caf\u{e9}")),
            (b"\x7fELF\x02\x01\x01\0", Sight::Other),
        ];
        for (head, expected) in cases {
            assert_eq!(sight(head, true), expected, "{head:?}");
        }
    }

    #[test]
    fn a_letter_that_was_cut_in_two_is_left_out() {
        let cut = "ab\u{e4}".as_bytes();
        let cut = &cut[..cut.len() - 1];
        assert_eq!(sight(cut, false), Sight::Text("ab".into(), false));
        assert_eq!(sight(cut, true), said("ab\u{c3}"));
    }

    proptest! {
        #[test]
        fn anything_can_be_looked_at(head: Vec<u8>, is_all: bool) {
            let _ = sight(&head, is_all);
        }
    }
}
