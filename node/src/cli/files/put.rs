//! `hearth files put`: walks what is named, asks the node by batches what it wants of it, and sends that.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, ReadDir};
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use clap::Args;
use hearth_protocol::bounds::MODE_MAX;
use hearth_protocol::drive::{Meta, Name};
use rustix::fs::OFlags;
use serde::Serialize;

use super::super::Context;
use super::super::client::Client;
use super::super::error::CliError;
use super::super::when::{count, size};
use super::remote;
use super::report::{Report, is_watched};
use crate::drive::frame::{Header, What, Writer};
use crate::drive::path::{DrivePath, shown};
use crate::drive::pipe::PipeWriter;
use crate::drive::place::Verdict;
use crate::drive::put::PutReport;

/// A batch has so many items at most,
const BATCH_ITEMS: usize = 2_000;
/// files of so many bytes together, but one file at least,
const BATCH_BYTES: u64 = 64 << 20;
/// and paths so long together.
const BATCH_NAMES_BYTES: usize = 1 << 20;
/// A file up to this size that changes while it is read is read again,
const READ_AGAIN_BYTES_MAX: u64 = 16 << 20;
/// so many times in all.
const READS_MAX: u32 = 3;
const BUFFER_BYTES: usize = 256 << 10;
const NS_PER_S: i128 = 1_000_000_000;

/// Put files, folders and links into the drive
#[derive(Debug, Args)]
#[command(after_help = "\
`put P --to D` makes D/P in the drive, with what is missing of D. What is there unchanged (same length, time and mode) \
isn't read again. An interrupted put keeps what it did: run it again to finish it.")]
pub(super) struct PutArgs {
    /// What
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Into which folder of the drive [default: its root]
    #[arg(long, value_name = "DIR")]
    to: Option<OsString>,
    /// Read every file, also those that look unchanged
    #[arg(long)]
    checksum: bool,
}

#[derive(Default, Serialize)]
struct Done {
    files: u64,
    bytes: u64,
    new_bytes: u64,
}

pub(super) fn put(args: &PutArgs, cx: &mut Context<'_>) -> Result<u8, CliError> {
    let to = remote(&args.to.clone().unwrap_or_default())?;
    let client = Client::of(&cx.home)?;
    let total = is_watched(cx).then(|| args.paths.iter().map(|path| bytes_in(path)).sum());
    let report = Report::watched(cx, total);
    let mut put = Put {
        client: &client,
        report: &report,
        verb: match args.checksum {
            true => "files-offer?checksum=1",
            false => "files-offer",
        },
        batch: Vec::new(),
        bytes: 0,
        names_bytes: 0,
        done: Done::default(),
        refused: None,
    };
    let outcome = args.paths.iter().try_for_each(|path| put.path(path, &to));
    let outcome = outcome.and_then(|()| put.send());
    report.end();
    let done = put.done;
    outcome?;
    cx.out.give(&done, |done, page| {
        page.line(format_args!(
            "Put {} ({}); {} were new.",
            count(done.files, "file", "files"),
            size(done.bytes),
            size(done.new_bytes)
        ))
    })?;
    Ok(report.exit_code())
}

/// How many bytes the files in a folder have, as far as one can look.
fn bytes_in(path: &Path) -> u64 {
    let Ok(about) = fs::symlink_metadata(path) else {
        return 0;
    };
    if about.is_file() {
        return about.len();
    }
    if !about.is_dir() {
        return 0;
    }
    let mut open: Vec<ReadDir> = fs::read_dir(path).into_iter().collect();
    let mut bytes = 0;
    while let Some(folder) = open.last_mut() {
        match folder.next() {
            None => drop(open.pop()),
            Some(Ok(entry)) => match entry.metadata() {
                Ok(about) if about.is_dir() => open.extend(fs::read_dir(entry.path())),
                Ok(about) if about.is_file() => bytes += about.len(),
                _ => {}
            },
            Some(Err(_)) => {}
        }
    }
    bytes
}

/// Something to be put.
struct Queued {
    local: PathBuf,
    header: Header,
}

/// A folder that is being read.
struct Walking {
    entries: ReadDir,
    local: PathBuf,
    remote: DrivePath,
}

struct Put<'a> {
    client: &'a Client,
    report: &'a Report,
    verb: &'static str,
    batch: Vec<Queued>,
    bytes: u64,
    names_bytes: usize,
    done: Done,
    /// What was refused last: it is said once, not of all that lies below.
    refused: Option<DrivePath>,
}

impl Put<'_> {
    fn trouble(&self, local: &Path, words: impl std::fmt::Display) {
        let local = shown(local.as_os_str().as_bytes());
        self.report.trouble(&format!("{local}: {words}"));
    }

    /// Puts what the command line names into `to`.
    fn path(&mut self, local: &Path, to: &DrivePath) -> Result<(), CliError> {
        let about = match fs::symlink_metadata(local) {
            Ok(about) => about,
            Err(error) => {
                self.trouble(local, error);
                return Ok(());
            }
        };
        // `.`, `..` and `/` have no name of their own: what is in them goes into the folder, as with `cp -a`.
        let remote = match base_name(local) {
            None => to.clone(),
            Some(name) => match Name::new(name).map(|name| to.join(&name)) {
                Ok(Ok(remote)) => remote,
                Ok(Err(error)) => return Err(CliError::Usage(error.to_string())),
                Err(error) => return Err(CliError::Usage(error.to_string())),
            },
        };
        let mut open = Vec::new();
        open.extend(self.item(local.to_owned(), remote, &about)?);
        while let Some(folder) = open.last_mut() {
            let Some(entry) = folder.entries.next() else {
                open.pop();
                continue;
            };
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.trouble(&folder.local, error);
                    open.pop();
                    continue;
                }
            };
            let local = entry.path();
            let name = Name::new(entry.file_name().into_vec());
            let remote = match name.map(|name| folder.remote.join(&name)) {
                Ok(Ok(remote)) => remote,
                Ok(Err(error)) => {
                    self.trouble(&local, error);
                    continue;
                }
                Err(error) => {
                    self.trouble(&local, error);
                    continue;
                }
            };
            match entry.metadata() {
                Ok(about) => open.extend(self.item(local, remote, &about)?),
                // What vanished while the folder was read needn't be missed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.trouble(&local, error),
            }
        }
        Ok(())
    }

    /// Queues something, and opens it if it is a folder.
    fn item(
        &mut self,
        local: PathBuf,
        remote: DrivePath,
        about: &Metadata,
    ) -> Result<Option<Walking>, CliError> {
        let kind = about.file_type();
        let what = if kind.is_dir() {
            What::Folder
        } else if kind.is_file() {
            What::File { bytes: about.len() }
        } else if kind.is_symlink() {
            match fs::read_link(&local) {
                Ok(target) => What::Link {
                    target: target.into_os_string().into_vec(),
                },
                Err(error) => {
                    self.trouble(&local, error);
                    return Ok(None);
                }
            }
        } else {
            let what = if kind.is_socket() {
                "a socket"
            } else if kind.is_fifo() {
                "a pipe"
            } else {
                "a device"
            };
            let local = shown(local.as_os_str().as_bytes());
            self.report
                .warn(&format!("{local}: left out, it is {what}"));
            return Ok(None);
        };
        let is_folder = what == What::Folder;
        let walking = match is_folder.then(|| fs::read_dir(&local)).transpose() {
            Ok(entries) => entries.map(|entries| Walking {
                entries,
                local: local.clone(),
                remote: remote.clone(),
            }),
            Err(error) => {
                self.trouble(&local, format_args!("what is in it can't be read: {error}"));
                None
            }
        };
        let meta = meta(about);
        let path = remote;
        // The root has neither mode nor time.
        if !path.is_root() {
            self.queue(local, Header { path, meta, what })?;
        }
        Ok(walking)
    }

    fn queue(&mut self, local: PathBuf, header: Header) -> Result<(), CliError> {
        let names_bytes = local.as_os_str().len() + header.path.to_bytes().len();
        let bytes = match &header.what {
            What::File { bytes } => *bytes,
            _ => 0,
        };
        if self.batch.len() == BATCH_ITEMS
            || self.bytes.saturating_add(bytes) > BATCH_BYTES
            || self.names_bytes > BATCH_NAMES_BYTES
        {
            self.send()?;
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.names_bytes += names_bytes;
        self.batch.push(Queued { local, header });
        Ok(())
    }

    /// Asks what is wanted of the batch, and sends it.
    fn send(&mut self) -> Result<(), CliError> {
        (self.bytes, self.names_bytes) = (0, 0);
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        let verdicts: Vec<Verdict> = self.client.upload(self.verb, |pipe| {
            let mut writer = Writer::begin(pipe)?;
            batch
                .iter()
                .try_for_each(|item| writer.header(&item.header))?;
            writer.end().map(drop)
        })?;
        let mut wanted = Vec::new();
        for (item, verdict) in batch.into_iter().zip(verdicts) {
            match (verdict, &item.header.what) {
                (Verdict::Here, What::File { bytes }) => {
                    self.done.files += 1;
                    self.done.bytes += bytes;
                    self.report.went(*bytes);
                }
                (Verdict::Here, _) => {}
                (Verdict::Wanted, _) => wanted.push(item),
                (refusal, _) => self.refuse(&item, refusal),
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let mut sending = Sending {
            report: self.report,
            sent: Vec::new(),
        };
        let taken: PutReport = self
            .client
            .upload("files-put", |pipe| sending.all(&wanted, pipe))?;
        let sent = sending.sent;
        self.done.files += taken.files;
        self.done.bytes += taken.bytes;
        self.done.new_bytes += taken.new_bytes;
        for (at, refusal) in taken.refused {
            let item = usize::try_from(at).ok().and_then(|at| sent.get(at));
            if let Some(item) = item.and_then(|item| wanted.get(*item)) {
                self.refuse(item, refusal);
            }
        }
        Ok(())
    }

    fn refuse(&mut self, item: &Queued, refusal: Verdict) {
        let path = &item.header.path;
        let is_told = |refused: &DrivePath| path.is_within(refused);
        if self.refused.as_ref().is_some_and(is_told) {
            return;
        }
        self.refused = Some(path.clone());
        let path = shown(&path.to_bytes());
        let words = match refusal {
            Verdict::FolderInTheWay => {
                format!("in the drive {path} is a folder, and stays: remove or move it first")
            }
            _ => format!(
                "in the drive something that isn't a folder stands at {path} or above it, and stays: remove or move it first"
            ),
        };
        self.trouble(&item.local, words);
    }
}

/// The name that a path's last part has; none for `.`, `..` and `/`.
fn base_name(path: &Path) -> Option<Vec<u8>> {
    let bytes = path.as_os_str().as_bytes();
    let end = bytes.iter().rposition(|byte| *byte != b'/')? + 1;
    let start = bytes[..end].iter().rposition(|byte| *byte == b'/');
    let name = &bytes[start.map_or(0, |slash| slash + 1)..end];
    (!matches!(name, b"." | b"..")).then(|| name.to_vec())
}

fn meta(about: &Metadata) -> Meta {
    let ns = i128::from(about.mtime()) * NS_PER_S + i128::from(about.mtime_nsec());
    let clamped = ns.clamp(i64::MIN.into(), i64::MAX.into());
    Meta {
        mode: about.mode() & MODE_MAX,
        mtime_ns: i64::try_from(clamped).unwrap_or(i64::MAX),
    }
}

/// The part of a batch that is wanted, on its way.
struct Sending<'a> {
    report: &'a Report,
    /// Which item of the batch each item of the stream is.
    sent: Vec<usize>,
}

/// What became of reading a file.
enum Reading {
    Same,
    Changed,
}

impl Sending<'_> {
    fn all(&mut self, wanted: &[Queued], pipe: &mut PipeWriter) -> io::Result<()> {
        let mut writer = Writer::begin(pipe)?;
        let mut buffer = vec![0; BUFFER_BYTES];
        for (at, item) in wanted.iter().enumerate() {
            match item.header.what {
                What::File { .. } => self.file(at, item, &mut writer, &mut buffer)?,
                _ => {
                    writer.header(&item.header)?;
                    self.sent.push(at);
                }
            }
        }
        writer.end().map(drop)
    }

    fn trouble(&self, item: &Queued, words: impl std::fmt::Display) {
        let local = shown(item.local.as_os_str().as_bytes());
        self.report.trouble(&format!("{local}: {words}"));
    }

    fn file(
        &mut self,
        at: usize,
        item: &Queued,
        writer: &mut Writer<&mut PipeWriter>,
        buffer: &mut [u8],
    ) -> io::Result<()> {
        for read in 1..=READS_MAX {
            let (mut file, about) = match open(&item.local) {
                Ok(opened) => opened,
                Err(error) => {
                    self.trouble(item, error);
                    return Ok(());
                }
            };
            let bytes = about.len();
            let header = Header {
                path: item.header.path.clone(),
                meta: meta(&about),
                what: What::File { bytes },
            };
            writer.header(&header)?;
            self.sent.push(at);
            let reading = match self.content(&mut file, &about, writer, buffer)? {
                Ok(reading) => reading,
                Err(error) => {
                    self.trouble(item, &error);
                    return writer.broken(&error.to_string());
                }
            };
            match reading {
                Reading::Same => return writer.whole(),
                Reading::Changed if read < READS_MAX && bytes <= READ_AGAIN_BYTES_MAX => {
                    writer.broken("it changed while it was read")?;
                }
                Reading::Changed => {
                    self.trouble(item, "it changed while it was read: put it again");
                    return writer.whole();
                }
            }
        }
        Ok(())
    }

    /// Sends a file's bytes up to its end. The outer error is the connection's, the inner one the file's.
    fn content(
        &self,
        file: &mut File,
        before: &Metadata,
        writer: &mut Writer<&mut PipeWriter>,
        buffer: &mut [u8],
    ) -> io::Result<io::Result<Reading>> {
        let mut bytes = 0;
        loop {
            let taken = match file.read(buffer) {
                Ok(0) => break,
                Ok(taken) => taken,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Err(error)),
            };
            bytes += taken as u64;
            writer.piece(&buffer[..taken])?;
            self.report.went(taken as u64);
        }
        Ok(file.metadata().map(|after| {
            let is_same = bytes == before.len()
                && after.len() == bytes
                && (after.mtime(), after.mtime_nsec()) == (before.mtime(), before.mtime_nsec());
            if is_same {
                Reading::Same
            } else {
                Reading::Changed
            }
        }))
    }
}

/// Opens a file that was a plain one when it was looked at; what took its place meanwhile is neither followed nor waited for.
fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC).bits();
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.cast_signed())
        .open(path)?;
    let about = file.metadata()?;
    if about.is_file() {
        Ok((file, about))
    } else {
        Err(io::Error::other("it isn't a plain file any more"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_the_names_that_cp_gives_them() {
        let name = |path: &str| {
            base_name(Path::new(path)).map(|name| String::from_utf8_lossy(&name).into_owned())
        };
        for (path, expected) in [
            ("a", Some("a")),
            ("a/", Some("a")),
            ("/x/y//", Some("y")),
            (".", None),
            ("..", None),
            ("a/..", None),
            ("./", None),
            ("/", None),
            ("...", Some("...")),
        ] {
            assert_eq!(name(path).as_deref(), expected, "{path}");
        }
    }
}
