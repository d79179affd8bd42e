//! Files on their way between a command and its node: one stream of items, read and written without holding any.
//!
//! ```text
//! stream  01 ‖ item… ‖ end
//! item    length (u32, big-endian) ‖ header ‖ content, if it is a file that travels with its content
//! header  CBOR [kind, [name…], mode, mtime_ns, bytes, rest]
//!         kind: 0 end, 1 file, 2 folder, 3 link (rest: its target), 4 problem (rest: what is wrong, as text)
//! content piece… ‖ length 0 ‖ 00                              (whole)
//!         piece… ‖ length 0 ‖ 01 ‖ length ‖ words             (it broke off, and why)
//! piece   length (u32, big-endian) ‖ bytes
//! ```
//!
//! Pieces rather than a length, because a file may grow or shrink while it is read.

use std::io::{self, Read, Write};

use hearth_protocol::bounds::{LINK_TARGET_BYTES_MAX, MODE_MAX};
use hearth_protocol::codec::{Blob, DecodeError, decode, encode};
use hearth_protocol::drive::{Meta, Name, NameError};
use thiserror::Error;

use super::path::{DrivePath, PATH_BYTES_MAX, PathError};

const VERSION: u8 = 1;
const HEADER_BYTES_MAX: usize = 2 * PATH_BYTES_MAX + LINK_TARGET_BYTES_MAX + 256;
/// Longest piece of a file's content.
pub(crate) const PIECE_BYTES_MAX: usize = 1 << 20;
/// Longest words about a problem.
const WORDS_BYTES_MAX: usize = 4096;

mod kind {
    pub(super) const END: u8 = 0;
    pub(super) const FILE: u8 = 1;
    pub(super) const FOLDER: u8 = 2;
    pub(super) const LINK: u8 = 3;
    pub(super) const PROBLEM: u8 = 4;
}

/// What an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// A file with about so many bytes: those that come count.
    File {
        /// Its length when it was looked at.
        bytes: u64,
    },
    /// A folder.
    Folder,
    /// A symbolic link.
    Link {
        /// Where to, as it was written.
        target: Vec<u8>,
    },
    /// Something that isn't sent, and why.
    Problem {
        /// What is wrong.
        words: String,
    },
}

/// An item, a file's content aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// Where.
    pub(crate) path: DrivePath,
    /// Mode and time; zeros for a problem.
    pub(crate) meta: Meta,
    /// What.
    pub(crate) what: What,
}

/// What comes next of a file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Bytes, in the buffer that was given.
    Bytes,
    /// All of it was there.
    Whole,
    /// It broke off, and why.
    Broken(String),
}

/// Why a stream can't be read on.
#[derive(Debug, Error)]
pub(crate) enum FrameError {
    /// It ended, or whoever sends it is gone.
    #[error("the stream of files broke off")]
    Io(#[from] io::Error),
    /// Not such a stream, or of a newer version.
    #[error("this isn't a stream of files as this version knows it")]
    Version,
    /// A header doesn't decode.
    #[error("a file's header is malformed: {0}")]
    Header(#[from] DecodeError),
    /// A header names no place.
    #[error("a file's path is wrong: {0}")]
    Path(#[from] PathError),
    /// A header names what is no name.
    #[error("a file's name is wrong: {0}")]
    Name(#[from] NameError),
    /// A length is out of bounds.
    #[error("a length in the stream of files is out of bounds")]
    Length,
}

type HeaderTuple = (u8, Vec<Blob>, u32, i64, u64, Blob);

impl Header {
    fn to_bytes(&self) -> Vec<u8> {
        let (kind, bytes, rest) = match &self.what {
            What::File { bytes } => (kind::FILE, *bytes, Vec::new()),
            What::Folder => (kind::FOLDER, 0, Vec::new()),
            What::Link { target } => (kind::LINK, 0, target.clone()),
            What::Problem { words } => (kind::PROBLEM, 0, short(words).as_bytes().to_vec()),
        };
        let names = self.path.names().iter();
        let names = names.map(|name| Blob(name.as_bytes().to_vec())).collect();
        let tuple: HeaderTuple = (
            kind,
            names,
            self.meta.mode,
            self.meta.mtime_ns,
            bytes,
            Blob(rest),
        );
        encode(&tuple)
    }

    /// `None` for the end.
    fn from_bytes(header: &[u8]) -> Result<Option<Self>, FrameError> {
        let (kind, names, mode, mtime_ns, bytes, Blob(rest)): HeaderTuple =
            decode(header, HEADER_BYTES_MAX)?;
        let what = match kind {
            kind::END => return Ok(None),
            kind::FILE => What::File { bytes },
            kind::FOLDER => What::Folder,
            kind::LINK => What::Link {
                target: target(rest)?,
            },
            kind::PROBLEM => What::Problem {
                words: String::from_utf8_lossy(&rest).into_owned(),
            },
            other => return Err(DecodeError::Version(other.into()).into()),
        };
        if mode > MODE_MAX {
            return Err(DecodeError::Invalid("a mode has twelve bits").into());
        }
        let names = names.into_iter().map(|Blob(name)| Name::new(name));
        let names = names.collect::<Result<_, NameError>>()?;
        let path = DrivePath::from_names(names)?;
        let meta = Meta { mode, mtime_ns };
        Ok(Some(Self { path, meta, what }))
    }
}

fn target(target: Vec<u8>) -> Result<Vec<u8>, DecodeError> {
    if target.is_empty() || target.len() > LINK_TARGET_BYTES_MAX || target.contains(&0) {
        return Err(DecodeError::Invalid(
            "a link's target has 1 to 4096 bytes, without NUL",
        ));
    }
    Ok(target)
}

fn short(words: &str) -> &str {
    &words[..words.floor_char_boundary(WORDS_BYTES_MAX)]
}

/// Writes items.
pub(crate) struct Writer<W> {
    output: W,
}

impl<W: Write> Writer<W> {
    /// Begins a stream.
    pub(crate) fn begin(mut output: W) -> io::Result<Self> {
        output.write_all(&[VERSION])?;
        Ok(Self { output })
    }

    /// An item. What follows a file's header is up to who reads: its content, or the next item where only headers are asked.
    pub(crate) fn header(&mut self, header: &Header) -> io::Result<()> {
        self.block(&header.to_bytes())
    }

    /// A part of a file's content.
    pub(crate) fn piece(&mut self, bytes: &[u8]) -> io::Result<()> {
        let pieces = bytes.chunks(PIECE_BYTES_MAX);
        pieces.into_iter().try_for_each(|piece| self.block(piece))
    }

    /// The end of a file's content, of which all is there.
    pub(crate) fn whole(&mut self) -> io::Result<()> {
        self.block(&[])?;
        self.output.write_all(&[0])
    }

    /// The end of a file's content, which broke off.
    pub(crate) fn broken(&mut self, words: &str) -> io::Result<()> {
        self.block(&[])?;
        self.output.write_all(&[1])?;
        self.block(short(words).as_bytes())
    }

    /// Ends the stream.
    pub(crate) fn end(mut self) -> io::Result<W> {
        let end: HeaderTuple = (kind::END, Vec::new(), 0, 0, 0, Blob(Vec::new()));
        self.block(&encode(&end))?;
        self.output.flush()?;
        Ok(self.output)
    }

    fn block(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.output.write_all(&length.to_be_bytes())?;
        self.output.write_all(bytes)
    }
}

/// Reads items. Whoever reads must read a file's content to its end before the next item.
pub(crate) struct Reader<R> {
    input: R,
}

impl<R: Read> Reader<R> {
    /// Begins to read a stream.
    pub(crate) fn begin(mut input: R) -> Result<Self, FrameError> {
        let mut version = [0];
        input.read_exact(&mut version)?;
        if version == [VERSION] {
            Ok(Self { input })
        } else {
            Err(FrameError::Version)
        }
    }

    /// The next item; `None` at the end.
    pub(crate) fn header(&mut self) -> Result<Option<Header>, FrameError> {
        let mut bytes = Vec::new();
        self.block(&mut bytes, HEADER_BYTES_MAX)?;
        Header::from_bytes(&bytes)
    }

    /// What comes next of a file's content; bytes come into `buffer`, in place of what it held.
    pub(crate) fn piece(&mut self, buffer: &mut Vec<u8>) -> Result<Piece, FrameError> {
        self.block(buffer, PIECE_BYTES_MAX)?;
        if !buffer.is_empty() {
            return Ok(Piece::Bytes);
        }
        let mut ending = [0];
        self.input.read_exact(&mut ending)?;
        match ending {
            [0] => Ok(Piece::Whole),
            [1] => {
                let mut words = Vec::new();
                self.block(&mut words, WORDS_BYTES_MAX)?;
                Ok(Piece::Broken(String::from_utf8_lossy(&words).into_owned()))
            }
            _ => Err(FrameError::Version),
        }
    }

    fn block(&mut self, buffer: &mut Vec<u8>, bytes_max: usize) -> Result<(), FrameError> {
        let mut length = [0; 4];
        self.input.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| FrameError::Length)?;
        if length > bytes_max {
            return Err(FrameError::Length);
        }
        // Taken as it comes: a length that lies doesn't make us hold anything.
        buffer.clear();
        let taken = (&mut self.input).take(length as u64).read_to_end(buffer)?;
        if taken < length {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn header(what: What) -> Header {
        let path = DrivePath::from_bytes(b"a/caf\xe9").unwrap();
        let meta = Meta {
            mode: 0o4755,
            mtime_ns: -1,
        };
        Header { path, meta, what }
    }

    fn items() -> Vec<Header> {
        let link = What::Link {
            target: b"../\xff".to_vec(),
        };
        let problem = What::Problem {
            words: "gone".into(),
        };
        let mut items: Vec<Header> = [What::Folder, What::File { bytes: 7 }, link]
            .into_iter()
            .map(header)
            .collect();
        items.push(Header {
            path: DrivePath::ROOT,
            meta: Meta {
                mode: 0,
                mtime_ns: 0,
            },
            what: problem,
        });
        items
    }

    fn stream() -> Vec<u8> {
        let mut writer = Writer::begin(Vec::new()).unwrap();
        for item in items() {
            writer.header(&item).unwrap();
            if matches!(item.what, What::File { .. }) {
                writer.piece(b"1234").unwrap();
                writer.piece(b"").unwrap();
                writer.piece(b"567").unwrap();
                writer.broken("no more").unwrap();
            }
        }
        writer.end().unwrap()
    }

    /// Everything in a stream, up to its end or the first mistake.
    fn read(bytes: &[u8]) -> Result<(Vec<Header>, Vec<u8>), FrameError> {
        let mut reader = Reader::begin(bytes)?;
        let (mut items, mut content, mut buffer) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(header) = reader.header()? {
            if matches!(header.what, What::File { .. }) {
                loop {
                    match reader.piece(&mut buffer)? {
                        Piece::Bytes => content.extend_from_slice(&buffer),
                        Piece::Whole => break,
                        Piece::Broken(words) => {
                            content.extend_from_slice(words.as_bytes());
                            break;
                        }
                    }
                }
            }
            items.push(header);
        }
        Ok((items, content))
    }

    #[test]
    fn what_is_written_is_read() {
        let (read, content) = read(&stream()).unwrap();
        assert_eq!(read, items());
        assert_eq!(content, b"1234567no more");
    }

    #[test]
    fn a_stream_that_ends_early_is_told_from_a_whole_one() {
        let stream = stream();
        for length in 0..stream.len() {
            assert!(read(&stream[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn hostile_headers_are_refused() {
        let with = |names: &[&[u8]], mode, kind, rest: &[u8]| {
            let names = names.iter().map(|name| Blob(name.to_vec())).collect();
            let tuple: HeaderTuple = (kind, names, mode, 0, 0, Blob(rest.to_vec()));
            Header::from_bytes(&encode(&tuple))
        };
        assert!(with(&[b"a"], 0o644, kind::FILE, b"").is_ok());
        for name in [&b".."[..], b".", b"", b"a/b", b"/etc", b"a\0"] {
            let refused = with(&[b"a", name], 0o644, kind::FILE, b"");
            assert!(matches!(refused, Err(FrameError::Name(_))), "{name:?}");
        }
        assert!(with(&[b"a"], 0o10000, kind::FILE, b"").is_err());
        assert!(with(&[b"a"], 0o777, kind::LINK, b"").is_err());
        assert!(with(&[b"a"], 0o777, kind::LINK, &[b'x'; 4097]).is_err());
        assert!(with(&[b"a"], 0, 9, b"").is_err());
    }

    proptest! {
        #[test]
        fn foreign_bytes_end_in_an_error_or_an_end(bytes: Vec<u8>) {
            let _ = read(&[&[VERSION], bytes.as_slice()].concat());
        }

        #[test]
        fn a_damaged_stream_is_read_or_refused(at in 0usize..200, to: u8) {
            let mut stream = stream();
            let at = at % stream.len();
            stream[at] = to;
            if let Ok((items, _)) = read(&stream) {
                prop_assert!(items.iter().all(|item| item.meta.mode <= MODE_MAX));
            }
        }
    }
}
