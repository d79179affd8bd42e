//! A folder as one ZIP file that is written while it is read (APPNOTE 6.3.10): contents as they are, each with its checksum and
//! length behind it, since neither is known before. What is above 4 GiB is said in the larger form (ZIP64).
//!
//! Of what was written stays in memory what the directory at the end says of it, within a bound.

use std::fmt::Write as _;
use std::io::{self, Write};

use hearth_protocol::drive::{Meta, Name};
use tokio::sync::mpsc;

use super::Drive;
use super::frame::{FrameError, Header, Piece as Content, Reader, What};
use super::path::DrivePath;
use super::pipe::{PIECES_MAX, Piece, PipeReader, PipeWriter};
use crate::app::model::{AppError, ErrorKind};
use crate::plain_name::plain_name;

/// How long the directory may be: some hundred thousand files.
const DIRECTORY_BYTES_MAX: usize = 32 << 20;
/// What is told of things that couldn't be put in.
const LACKING_BYTES_MAX: usize = 64 << 10;
const LACKING_NAME: &str = "NOT IN THIS ARCHIVE.txt";
/// From here on a length needs the larger form.
const LARGE: u64 = u32::MAX as u64;
const NS_PER_S: i64 = 1_000_000_000;
/// The names are UTF-8; checksum and lengths stand behind the content.
const FLAGS: u16 = (1 << 11) | (1 << 3);
const VERSION: u16 = 20;
const VERSION_LARGE: u16 = 45;
/// Modes are those of Unix.
const MADE_BY: u16 = (3 << 8) | VERSION_LARGE;

impl Drive {
    /// A folder with all below it as one ZIP file.
    pub(crate) async fn archive(&self, path: DrivePath) -> Result<mpsc::Receiver<Piece>, AppError> {
        let items = self.get(path, None).await?;
        let (pieces, receiver) = mpsc::channel(PIECES_MAX);
        tokio::task::spawn_blocking(move || {
            let archive = Archive::new(PipeWriter::new(pieces.clone()));
            if let Err(error) = fill(archive, PipeReader::new(items)) {
                // Nobody may be left to tell.
                let _ = pieces.blocking_send(Err(AppError {
                    kind: ErrorKind::Failed,
                    message: error.to_string(),
                }));
            }
        });
        Ok(receiver)
    }
}

/// Puts all that a stream of items has into an archive.
fn fill<W: Write>(mut archive: Archive<W>, items: PipeReader) -> io::Result<W> {
    let unread = |error: FrameError| io::Error::other(error.to_string());
    let mut reader = Reader::begin(items).map_err(unread)?;
    let mut buffer = Vec::new();
    while let Some(Header { path, meta, what }) = reader.header().map_err(unread)? {
        let name = entry_name(&path);
        match what {
            What::Folder if path.is_root() => {}
            What::Folder => archive.folder(&name, meta)?,
            What::Link { .. } => {
                archive.lacks(&name, "a link, which archives for everybody don't hold")
            }
            What::Problem { words } => archive.lacks(&name, &words),
            What::File { bytes } => {
                archive.begin(&name, meta, bytes)?;
                loop {
                    match reader.piece(&mut buffer).map_err(unread)? {
                        Content::Bytes => archive.content(&buffer)?,
                        Content::Whole => break,
                        Content::Broken(words) => {
                            archive.lacks(&name, &words);
                            break;
                        }
                    }
                }
                archive.end()?;
            }
        }
    }
    archive.finish()
}

/// A path as archives name it.
fn entry_name(path: &DrivePath) -> String {
    let names = path.names().iter().map(Name::as_bytes);
    names.map(plain_name).collect::<Vec<_>>().join("/")
}

/// What the directory says of an entry.
struct Entry {
    name: String,
    meta: Meta,
    is_folder: bool,
    is_large: bool,
    checksum: u32,
    bytes: u64,
    offset: u64,
}

/// An archive that is being written.
struct Archive<W> {
    output: W,
    written: u64,
    /// Of what was written, as it stands in the directory.
    directory: Vec<u8>,
    entries: u64,
    open: Option<Entry>,
    lacking: String,
}

impl<W: Write> Archive<W> {
    fn new(output: W) -> Self {
        Self {
            output,
            written: 0,
            directory: Vec::new(),
            entries: 0,
            open: None,
            lacking: String::new(),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        self.output.write_all(bytes)
    }

    fn lacks(&mut self, name: &str, why: &str) {
        if self.lacking.len() < LACKING_BYTES_MAX {
            writeln!(self.lacking, "{name}: {why}").expect("a String takes everything");
        }
    }

    fn folder(&mut self, name: &str, meta: Meta) -> io::Result<()> {
        self.begin(&format!("{name}/"), meta, 0)?;
        self.end()
    }

    /// Begins an entry that will have about so many bytes.
    fn begin(&mut self, name: &str, meta: Meta, bytes: u64) -> io::Result<()> {
        let entry = Entry {
            is_folder: name.ends_with('/'),
            name: name.to_owned(),
            meta,
            // Files don't change while they are read here, but a form that is too small can't be mended afterwards.
            is_large: bytes >= LARGE,
            checksum: u32::MAX,
            bytes: 0,
            offset: self.written,
        };
        let mut head = Fields::default();
        head.four(0x0403_4b50);
        head.two(if entry.is_large {
            VERSION_LARGE
        } else {
            VERSION
        });
        head.two(FLAGS).two(0);
        head.dos_time(entry.meta);
        let length = if entry.is_large { u32::MAX } else { 0 };
        head.four(0).four(length).four(length);
        let mut extra = Fields::default();
        extra.time(entry.meta);
        if entry.is_large {
            extra.two(1).two(16).eight(0).eight(0);
        }
        head.named(name, &extra.0);
        self.write(&head.0)?;
        self.open = Some(entry);
        Ok(())
    }

    fn content(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(entry) = &mut self.open {
            entry.checksum = checksum(entry.checksum, bytes);
            entry.bytes += bytes.len() as u64;
            if !entry.is_large && entry.bytes >= LARGE {
                return Err(io::Error::other("a file is longer than the drive says"));
            }
        }
        self.write(bytes)
    }

    fn end(&mut self) -> io::Result<()> {
        let Some(entry) = self.open.take() else {
            return Ok(());
        };
        let checksum = !entry.checksum;
        let mut tail = Fields::default();
        tail.four(0x0807_4b50).four(checksum);
        if entry.is_large {
            tail.eight(entry.bytes).eight(entry.bytes);
        } else {
            let bytes = short(entry.bytes);
            tail.four(bytes).four(bytes);
        }
        self.write(&tail.0)?;
        self.list(&entry, checksum);
        if self.directory.len() > DIRECTORY_BYTES_MAX {
            return Err(io::Error::other(
                "this folder has too many files for one archive: take it folder by folder, or with `hearth files get`",
            ));
        }
        Ok(())
    }

    /// Notes an entry in the directory.
    fn list(&mut self, entry: &Entry, checksum: u32) {
        let is_large = entry.bytes >= LARGE || entry.offset >= LARGE;
        let mut head = Fields::default();
        head.four(0x0201_4b50).two(MADE_BY);
        let needs_large = is_large || entry.is_large;
        head.two(if needs_large { VERSION_LARGE } else { VERSION });
        head.two(FLAGS).two(0);
        head.dos_time(entry.meta);
        head.four(checksum);
        let (bytes, offset) = if is_large {
            (u32::MAX, u32::MAX)
        } else {
            (short(entry.bytes), short(entry.offset))
        };
        head.four(bytes).four(bytes);
        let mut extra = Fields::default();
        extra.time(entry.meta);
        if is_large {
            extra.two(1).two(24);
            extra
                .eight(entry.bytes)
                .eight(entry.bytes)
                .eight(entry.offset);
        }
        head.lengths(&entry.name, &extra.0);
        let kind = if entry.is_folder {
            0o040_000
        } else {
            0o100_000
        };
        let dos = if entry.is_folder { 0x10 } else { 0 };
        let mode = ((kind | (entry.meta.mode & 0o777)) << 16) | dos;
        head.two(0).two(0).two(0).four(mode).four(offset);
        self.directory.extend(head.0);
        self.directory.extend(entry.name.as_bytes());
        self.directory.extend(extra.0);
        self.entries += 1;
    }

    /// Writes what is lacking, if anything is, and the directory.
    fn finish(mut self) -> io::Result<W> {
        let lacking = std::mem::take(&mut self.lacking);
        if !lacking.is_empty() {
            let meta = Meta {
                mode: 0o644,
                mtime_ns: 0,
            };
            self.begin(LACKING_NAME, meta, lacking.len() as u64)?;
            self.content(lacking.as_bytes())?;
            self.end()?;
        }
        let (offset, directory) = (self.written, std::mem::take(&mut self.directory));
        self.write(&directory)?;
        let (bytes, entries) = (directory.len() as u64, self.entries);
        let mut tail = Fields::default();
        if offset >= LARGE || entries >= u64::from(u16::MAX) {
            let place = self.written;
            tail.four(0x0606_4b50)
                .eight(44)
                .two(MADE_BY)
                .two(VERSION_LARGE);
            tail.four(0).four(0).eight(entries).eight(entries);
            tail.eight(bytes).eight(offset);
            tail.four(0x0706_4b50).four(0).eight(place).four(1);
        }
        let count = u16::try_from(entries).unwrap_or(u16::MAX);
        tail.four(0x0605_4b50).two(0).two(0).two(count).two(count);
        tail.four(short(bytes)).four(short(offset)).two(0);
        self.write(&tail.0)?;
        self.output.flush()?;
        Ok(self.output)
    }
}

/// A number in the shorter form, or what says that it stands in the larger one.
fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Fields of a head, little-endian.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn two(&mut self, number: u16) -> &mut Self {
        self.0.extend(number.to_le_bytes());
        self
    }

    fn four(&mut self, number: u32) -> &mut Self {
        self.0.extend(number.to_le_bytes());
        self
    }

    fn eight(&mut self, number: u64) -> &mut Self {
        self.0.extend(number.to_le_bytes());
        self
    }

    fn lengths(&mut self, name: &str, extra: &[u8]) -> &mut Self {
        // A path of the drive is far shorter.
        self.two(u16::try_from(name.len()).unwrap_or(u16::MAX));
        self.two(u16::try_from(extra.len()).unwrap_or(u16::MAX))
    }

    fn named(&mut self, name: &str, extra: &[u8]) {
        self.lengths(name, extra);
        self.0.extend(name.as_bytes());
        self.0.extend(extra);
    }

    /// Seconds since 1970, as Unix programs read them.
    fn time(&mut self, meta: Meta) {
        let seconds = meta.mtime_ns.div_euclid(NS_PER_S);
        if let Ok(seconds) = i32::try_from(seconds) {
            self.two(0x5455).two(5);
            self.0.push(1);
            self.0.extend(seconds.to_le_bytes());
        }
    }

    /// Time and date as DOS had them, in UTC: two seconds, from 1980 on.
    fn dos_time(&mut self, meta: Meta) {
        /// The first and the last day that can be said, since 1970.
        const DAYS: (i64, i64) = (3_652, 50_402);
        let seconds = meta.mtime_ns.div_euclid(NS_PER_S);
        let (days, seconds) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let days = days.clamp(DAYS.0, DAYS.1);
        let (year, month, day) = date(days);
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        let time = (hours << 11) | (minutes << 5) | (seconds % 60 / 2);
        let date = ((year - 1980) << 9) | (month << 5) | day;
        let fits = |number: i64| u16::try_from(number).unwrap_or_default();
        self.two(fits(time)).two(fits(date));
    }
}

/// Year, month and day of a day since 1970 (Gregorian), by counting: there are few enough.
fn date(mut days: i64) -> (i64, i64, i64) {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    while days >= 365 + i64::from(is_leap(year)) {
        days -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + i64::from(is_leap(year));
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    for (length, month) in lengths.into_iter().zip(1..) {
        if days < length {
            return (year, month, days + 1);
        }
        days -= length;
    }
    (year, 12, 31)
}

/// CRC-32 (ITU-T V.42), going on from a state that begins with all ones and is inverted at the end.
fn checksum(state: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(state, |state, byte| {
        let [low, ..] = state.to_le_bytes();
        CHECKSUMS[usize::from(low ^ byte)] ^ (state >> 8)
    })
}

const CHECKSUMS: [u32; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    let mut number = 0_u32;
    while at < 256 {
        let (mut state, mut bit) = (number, 0);
        while bit < 8 {
            state = if state & 1 == 1 {
                (state >> 1) ^ 0xedb8_8320
            } else {
                state >> 1
            };
            bit += 1;
        }
        table[at] = state;
        at += 1;
        number += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn meta(seconds: i64) -> Meta {
        Meta {
            mode: 0o640,
            mtime_ns: seconds * NS_PER_S,
        }
    }

    #[test]
    fn checksums_and_days_are_right() {
        assert_eq!(!checksum(u32::MAX, b"123456789"), 0xcbf4_3926);
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(20_454), (2026, 1, 1));
        assert_eq!((date(3_652), date(50_402)), ((1980, 1, 1), (2107, 12, 31)));
    }

    #[test]
    fn each_entry_stands_where_the_directory_says() {
        let mut archive = Archive::new(Vec::new());
        archive.folder("a", meta(1_000_000_000)).unwrap();
        archive.begin("a/b.txt", meta(-1), 5).unwrap();
        archive.content(b"he").unwrap();
        archive.content(b"llo").unwrap();
        archive.end().unwrap();
        archive.lacks("a/link", "a link");
        let bytes = archive.finish().unwrap();
        let four = |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk().unwrap());
        let two = |at: usize| u16::from_le_bytes(*bytes[at..].first_chunk().unwrap());
        let end = bytes.len() - 22;
        assert_eq!((four(end), two(end + 10)), (0x0605_4b50, 3));
        let mut at = usize::try_from(four(end + 16)).unwrap();
        let mut names = Vec::new();
        for _ in 0..3 {
            assert_eq!(four(at), 0x0201_4b50);
            let (name, extra) = (usize::from(two(at + 28)), usize::from(two(at + 30)));
            let offset = usize::try_from(four(at + 42)).unwrap();
            assert_eq!(four(offset), 0x0403_4b50);
            let said = &bytes[at + 46..at + 46 + name];
            assert_eq!(&bytes[offset + 30..offset + 30 + name], said);
            names.push(String::from_utf8(said.to_vec()).unwrap());
            at += 46 + name + extra;
        }
        assert_eq!(names, ["a/", "a/b.txt", LACKING_NAME]);
        assert_eq!(at, end);
    }

    #[test]
    fn what_would_lead_elsewhere_is_a_name_in_an_archive() {
        let name = |path: &[u8]| entry_name(&DrivePath::from_bytes(path).unwrap());
        assert_eq!(name(b"a/b.txt"), "a/b.txt");
        let odd = name(b"a\\..\\b/c");
        assert!(odd.starts_with("a_.-") && odd.ends_with("._b/c"), "{odd}");
        // Unpacked, neither overwrites the other.
        for (one, other) in [(&b"caf\xe9"[..], &b"caf\xe8"[..]), (b"a\\b", b"a_b")] {
            assert_ne!(name(one), name(other));
        }
    }
}
