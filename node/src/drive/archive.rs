//! A folder as one ZIP file that is written while it is read: contents as they are, each with its checksum and length behind
//! it, since neither is known before.
//!
//! `rawzip` knows the format, with the larger form (ZIP64) where something is above 4 GiB. It needs nothing but a writer, and an
//! archive that breaks off stays without its end; `zip` would write that as it is dropped, and so make a part look like the
//! whole. Of what was written stays in memory what the directory at the end says of it, within a bound.

use crate::said::Said;
use std::fmt::Write as _;
use std::io::{self, Write};

use hearth_protocol::drive::{Meta, Name};
use rawzip::ZipArchiveWriter;
use rawzip::time::UtcDateTime;
use tokio::sync::mpsc;

use super::Drive;
use super::frame::{FrameError, Header, Piece as Content, Reader, What};
use super::path::DrivePath;
use super::pipe::{PIECES_MAX, Piece, PipeReader, PipeWriter};
use crate::app::model::{AppError, ErrorKind};
use crate::plain_name::plain_name;

/// How much memory the directory may take: that of some hundred thousand files.
const DIRECTORY_BYTES_MAX: usize = 48 << 20;
/// About what an entry takes there besides its name.
const ENTRY_BYTES: usize = 192;
/// What is told of things that couldn't be put in.
const LACKING_BYTES_MAX: usize = 64 << 10;
const LACKING_NAME: &str = "NOT IN THIS ARCHIVE.txt";
const NS_PER_S: i64 = 1_000_000_000;
/// What Unix calls a folder and a file, in a mode.
const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;

impl Drive {
    /// A folder with all below it as one ZIP file.
    pub(crate) async fn archive(&self, path: DrivePath) -> Result<mpsc::Receiver<Piece>, AppError> {
        let items = self.get(path, None).await?;
        let (pieces, receiver) = mpsc::channel(PIECES_MAX);
        tokio::task::spawn_blocking(move || {
            let archive = Archive::new(PipeWriter::new(pieces.clone()));
            if let Err(error) = fill(archive, PipeReader::new(items)) {
                // Nobody may be left to tell.
                let _ = pieces.blocking_send(Err(AppError::new(
                    ErrorKind::Failed,
                    Said::english(error.to_string()),
                )));
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
            What::File { .. } => {
                let broken = archive.file(&name, meta, |file| {
                    loop {
                        match reader.piece(&mut buffer).map_err(unread)? {
                            Content::Bytes => file.write_all(&buffer)?,
                            Content::Whole => return Ok(None),
                            Content::Broken(words) => return Ok(Some(words)),
                        }
                    }
                })?;
                if let Some(words) = broken {
                    archive.lacks(&name, &words);
                }
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

/// An archive that is being written.
struct Archive<W> {
    output: ZipArchiveWriter<Unhurried<W>>,
    directory_bytes: usize,
    lacking: String,
}

impl<W: Write> Archive<W> {
    fn new(output: W) -> Self {
        Self {
            output: ZipArchiveWriter::new(Unhurried(output)),
            directory_bytes: 0,
            lacking: String::new(),
        }
    }

    fn lacks(&mut self, name: &str, why: &str) {
        if self.lacking.len() < LACKING_BYTES_MAX {
            writeln!(self.lacking, "{name}: {why}").expect("a String takes everything");
        }
    }

    /// Counts an entry of the directory.
    fn list(&mut self, name: &str) -> io::Result<()> {
        self.directory_bytes += ENTRY_BYTES + name.len();
        if self.directory_bytes > DIRECTORY_BYTES_MAX {
            return Err(io::Error::other(
                "this folder has too many files for one archive: take it folder by folder, or with `hearth files get`",
            ));
        }
        Ok(())
    }

    fn folder(&mut self, name: &str, meta: Meta) -> io::Result<()> {
        self.list(name)?;
        let name = format!("{name}/");
        let folder = self.output.new_dir(&name).last_modified(time(meta));
        let folder = folder.unix_permissions(FOLDER | permissions(meta));
        folder.create().map_err(io::Error::other)?;
        Ok(())
    }

    /// Puts a file in, with what `fill` writes; gives what that says.
    fn file<T>(
        &mut self,
        name: &str,
        meta: Meta,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<T>,
    ) -> io::Result<T> {
        self.list(name)?;
        let file = self.output.new_file(name).last_modified(time(meta));
        let file = file.unix_permissions(FILE | permissions(meta));
        let (mut entry, config) = file.start().map_err(io::Error::other)?;
        let mut content = config.wrap(&mut entry);
        let told = fill(&mut content)?;
        let (_, sums) = content.finish().map_err(io::Error::other)?;
        entry.finish(sums).map_err(io::Error::other)?;
        Ok(told)
    }

    /// Writes what is lacking, if anything is, and the directory.
    fn finish(mut self) -> io::Result<W> {
        let lacking = std::mem::take(&mut self.lacking);
        if !lacking.is_empty() {
            let meta = Meta {
                mode: 0o644,
                mtime_ns: 0,
            };
            self.file(LACKING_NAME, meta, |file| {
                file.write_all(lacking.as_bytes())
            })?;
        }
        let Unhurried(mut output) = self.output.finish().map_err(io::Error::other)?;
        output.flush()?;
        Ok(output)
    }
}

fn permissions(meta: Meta) -> u32 {
    meta.mode & 0o777
}

fn time(meta: Meta) -> UtcDateTime {
    UtcDateTime::from_unix(meta.mtime_ns.div_euclid(NS_PER_S))
}

/// A writer for which the end of a file is no reason to pass on less than a whole piece.
struct Unhurried<W>(W);

impl<W: Write> Write for Unhurried<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::process::{Command, Stdio};

    fn meta(seconds: i64) -> Meta {
        Meta {
            mode: 0o640,
            mtime_ns: seconds * NS_PER_S,
        }
    }

    fn archived() -> Vec<u8> {
        let mut archive = Archive::new(Vec::new());
        archive.folder("a", meta(1_000_000_000)).unwrap();
        let written = archive.file("a/b.txt", meta(1_000_000_000), |file| {
            file.write_all(b"he")?;
            file.write_all(b"llo")
        });
        written.unwrap();
        let empty = archive.file("a/\u{e4} \u{1f525}", meta(-1), |_| Ok(()));
        empty.unwrap();
        archive.lacks("a/link", "a link");
        archive.finish().unwrap()
    }

    #[test]
    fn each_entry_stands_where_the_directory_says() {
        let bytes = archived();
        let four = |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk().unwrap());
        let two = |at: usize| u16::from_le_bytes(*bytes[at..].first_chunk().unwrap());
        let end = bytes.len() - 22;
        assert_eq!((four(end), two(end + 10)), (0x0605_4b50, 4));
        let mut at = usize::try_from(four(end + 16)).unwrap();
        let mut names = Vec::new();
        for _ in 0..4 {
            assert_eq!(four(at), 0x0201_4b50);
            let (name, extra) = (usize::from(two(at + 28)), usize::from(two(at + 30)));
            let offset = usize::try_from(four(at + 42)).unwrap();
            assert_eq!(four(offset), 0x0403_4b50);
            let said = &bytes[at + 46..at + 46 + name];
            assert_eq!(&bytes[offset + 30..offset + 30 + name], said);
            names.push(String::from_utf8(said.to_vec()).unwrap());
            at += 46 + name + extra;
        }
        assert_eq!(names, ["a/", "a/b.txt", "a/\u{e4} \u{1f525}", LACKING_NAME]);
        assert_eq!(at, end);
    }

    /// What another program reads in it; nothing where that isn't there.
    #[test]
    fn another_program_reads_what_was_put_in() {
        const READ: &str = "
import io, sys, zipfile
archive = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
assert archive.testzip() is None
for entry in archive.infolist():
    mode, time = entry.external_attr >> 16, entry.date_time
    print(ascii(entry.filename), oct(mode), time[0], archive.read(entry), entry.compress_type)
";
        let python = Command::new("python3")
            .args(["-c", READ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut python = match python {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            started => started.unwrap(),
        };
        python.stdin.take().unwrap().write_all(&archived()).unwrap();
        let read = python.wait_with_output().unwrap();
        assert!(read.status.success());
        let lines = String::from_utf8(read.stdout).unwrap();
        let expected = [
            "'a/' 0o40640 2001 b'' 0",
            "'a/b.txt' 0o100640 2001 b'hello' 0",
            r"'a/\xe4 \U0001f525' 0o100640 1980 b'' 0",
            r"'NOT IN THIS ARCHIVE.txt' 0o100644 1980 b'a/link: a link\n' 0",
        ];
        assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_breaks_off_has_no_end_and_too_much_is_refused() {
        let mut output = Vec::new();
        let mut archive = Archive::new(&mut output);
        let broken = archive.file("a", meta(0), |_| Err::<(), _>(io::Error::other("broken")));
        assert_eq!(broken.unwrap_err().to_string(), "broken");
        drop(archive);
        assert!(!output.windows(4).any(|four| four == b"PK\x05\x06"));

        let mut archive = Archive::new(io::sink());
        archive.directory_bytes = DIRECTORY_BYTES_MAX - ENTRY_BYTES - 1;
        archive.folder("a", meta(0)).unwrap();
        let refused = archive.folder("b", meta(0)).unwrap_err();
        assert!(refused.to_string().contains("folder by folder"));
    }

    #[test]
    fn what_would_lead_elsewhere_is_a_name_in_an_archive() {
        let name = |path: &[u8]| entry_name(&DrivePath::from_bytes(path).unwrap());
        assert_eq!(name(b"a/b.txt"), "a/b.txt");
        let odd = name(b"a\\..\\b/c");
        assert!(odd.starts_with("a_.-") && odd.ends_with("._b/c"), "{odd}");
        let time = name(b"at 10:30.txt");
        assert!(
            time.starts_with("at 10_30-") && time.ends_with(".txt"),
            "{time}"
        );
        // Unpacked, neither overwrites the other.
        for (one, other) in [(&b"caf\xe9"[..], &b"caf\xe8"[..]), (b"a\\b", b"a_b")] {
            assert_ne!(name(one), name(other));
        }
    }
}
