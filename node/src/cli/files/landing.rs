//! Where files that come from the drive land: below one folder of this disk and nowhere else.
//!
//! Every step goes by an open folder and one name (`openat` and its like), never through a link, so that neither hostile
//! names nor links that lie in the way lead outside. A file is written under a passing name and takes its own once it is
//! whole; a folder's mode and time are set once all in it is there.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use hearth_protocol::drive::Meta;
use rustix::fs::{AtFlags, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;

use super::super::error::CliError;
use super::report::Report;
use crate::drive::frame::{Header, What};
use crate::drive::path::{DrivePath, shown};

const NS_PER_S: i64 = 1_000_000_000;
const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// A folder of this disk, and under which name in it things land; without a name, they are what is in it.
#[derive(Debug)]
pub(super) struct Target {
    folder: OwnedFd,
    name: Option<OsString>,
}

impl Target {
    /// What lands, lands in this folder itself. Links that its path goes through are followed: its owner named them.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let folder = rustix::fs::open(folder, FOLDER, Mode::empty())?;
        Ok(Self { folder, name: None })
    }

    /// What lands is one thing of this name in the folder.
    pub(super) fn with_name(self, name: OsString) -> Self {
        let name = Some(name);
        Self { name, ..self }
    }
}

struct Folder {
    fd: OwnedFd,
    path: DrivePath,
    meta: Option<Meta>,
}

/// A file that isn't whole yet.
pub(super) struct Passing {
    file: File,
    name: OsString,
    bytes: u64,
}

/// Files, folders and links as they land.
pub(super) struct Landing<'a> {
    target: Target,
    report: &'a Report,
    /// The folders down to where things land now.
    open: Vec<Folder>,
    /// A folder that couldn't be made: what is in it is left out.
    skipped: Option<DrivePath>,
    passing: String,
    count: u64,
}

impl<'a> Landing<'a> {
    pub(super) fn new(target: Target, report: &'a Report) -> Self {
        let mut random = [0; 8];
        rand_core::Rng::fill_bytes(&mut crate::rng::system(), &mut random);
        Self {
            target,
            report,
            open: Vec::new(),
            skipped: None,
            passing: format!(".hearth-{:016x}", u64::from_le_bytes(random)),
            count: 0,
        }
    }

    /// A folder, a link or a problem.
    pub(super) fn item(&mut self, header: &Header) -> Result<(), CliError> {
        if let What::Problem { words } = &header.what {
            self.trouble(header, words);
            return Ok(());
        }
        let Some(at) = self.reach(header)? else {
            return Ok(());
        };
        let landed = match &header.what {
            What::Link { target } => self.link(&at, target, header.meta),
            _ => self.folder(at, header),
        };
        self.told(header, landed).map(drop)
    }

    /// Begins a file; `None` if it can't land, which was told.
    pub(super) fn begin_file(&mut self, header: &Header) -> Result<Option<Passing>, CliError> {
        let Some(at) = self.reach(header)? else {
            return Ok(None);
        };
        let passing = self.passing_name();
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let created = self
            .parent(&at)
            .map_err(io::Error::from)
            .and_then(|parent| {
                let mode = Mode::RUSR | Mode::WUSR;
                Ok(rustix::fs::openat(parent, &passing, flags, mode)?)
            });
        let created = self.told(header, created)?;
        Ok(created.map(|fd| Passing {
            file: fd.into(),
            name: passing,
            bytes: 0,
        }))
    }

    /// Writes a part of a file. One that can't be written is given up, and that is told.
    pub(super) fn write(
        &mut self,
        file: &mut Option<Passing>,
        header: &Header,
        bytes: &[u8],
    ) -> Result<(), CliError> {
        let Some(passing) = file else { return Ok(()) };
        let written = passing.write(bytes);
        if written.is_err()
            && let Some(passing) = file.take()
        {
            self.forget(header, &passing);
        }
        self.told(header, written).map(drop)
    }

    /// Gives a file its name, mode and time, unless it broke off; its length, if it landed.
    pub(super) fn end_file(
        &mut self,
        file: Option<Passing>,
        header: &Header,
        broken: Option<String>,
    ) -> Result<Option<u64>, CliError> {
        let Some(passing) = file else {
            return Ok(None);
        };
        if let Some(words) = broken {
            self.forget(header, &passing);
            self.trouble(header, &words);
            return Ok(None);
        }
        let landed = self.settle(&passing, header);
        if landed.is_err() {
            self.forget(header, &passing);
        }
        let landed = self.told(header, landed)?;
        Ok(landed.map(|()| passing.bytes))
    }

    /// Ends: every folder has its mode and time. As with `cp`, the system brings it all to the disk in its own time: what
    /// is got stays in the drive, and waiting would also be for what others write.
    pub(super) fn end(mut self) {
        while let Some(folder) = self.open.pop() {
            self.leave(&folder);
        }
    }

    fn trouble(&self, header: &Header, words: impl std::fmt::Display) {
        self.report
            .trouble(&format!("{}: {words}", self.place(header)));
    }

    /// Where something lands, for people.
    fn place(&self, header: &Header) -> String {
        let name = self.target.name.as_deref().unwrap_or(OsStr::new("."));
        let below = header.path.to_bytes();
        match header.path.is_root() {
            true => shown(name.as_bytes()),
            false => shown(&[name.as_bytes(), b"/", &below].concat()),
        }
    }

    /// Tells what went wrong with one thing; what would go wrong with all ends everything.
    fn told<T>(&self, header: &Header, landed: io::Result<T>) -> Result<Option<T>, CliError> {
        let error = match landed {
            Ok(landed) => return Ok(Some(landed)),
            Err(error) => error,
        };
        let ends_all = matches!(
            error.kind(),
            io::ErrorKind::StorageFull
                | io::ErrorKind::QuotaExceeded
                | io::ErrorKind::ReadOnlyFilesystem
        );
        if ends_all {
            let place = self.place(header);
            return Err(CliError::Failed(format!(
                "{place} can't be written: {error}; make room and run it again"
            )));
        }
        self.trouble(header, error);
        Ok(None)
    }

    /// Leaves the folders that this isn't in. `None`: it lies in one that couldn't be made.
    fn reach(&mut self, header: &Header) -> Result<Option<DrivePath>, CliError> {
        let path = &header.path;
        let is_skipped = |skipped: &DrivePath| path.is_within(skipped);
        if self.skipped.as_ref().is_some_and(is_skipped) {
            return Ok(None);
        }
        while let Some(folder) = self.open.pop_if(|folder| {
            path.is_root() || path == &folder.path || !path.is_within(&folder.path)
        }) {
            self.leave(&folder);
        }
        let above = path.split().map(|(above, _)| above);
        if above.as_ref() == self.open.last().map(|folder| &folder.path) {
            return Ok(Some(path.clone()));
        }
        Err(CliError::Failed(
            "the node sent files out of order: are node and command of one version?".into(),
        ))
    }

    fn leave(&self, folder: &Folder) {
        let Some(meta) = folder.meta else { return };
        let set = rustix::fs::fchmod(&folder.fd, mode(meta))
            .and_then(|()| rustix::fs::futimens(&folder.fd, &times(meta)));
        if let Err(error) = set {
            let path = shown(&folder.path.to_bytes());
            let error = io::Error::from(error);
            self.report
                .trouble(&format!("{path}: its mode and time can't be set: {error}"));
        }
    }

    fn passing_name(&mut self) -> OsString {
        self.count += 1;
        format!("{}-{}", self.passing, self.count).into()
    }

    /// The folder that something at `path` lands in.
    fn parent(&self, path: &DrivePath) -> rustix::io::Result<BorrowedFd<'_>> {
        match (path.is_root(), self.open.last()) {
            (true, _) => Ok(self.target.folder.as_fd()),
            (false, Some(folder)) => Ok(folder.fd.as_fd()),
            (false, None) => Err(Errno::NOENT),
        }
    }

    /// Its name there; none for the root that lands in the target itself.
    fn name(&self, path: &DrivePath) -> Option<OsString> {
        match path.split() {
            Some((_, name)) => Some(OsString::from_vec(name.as_bytes().to_vec())),
            None => self.target.name.clone(),
        }
    }

    fn folder(&mut self, path: DrivePath, header: &Header) -> io::Result<()> {
        let made = self.make_folder(&path, header.meta);
        match made {
            Ok((fd, meta)) => {
                self.open.push(Folder { fd, path, meta });
                Ok(())
            }
            Err(error) => {
                self.skipped = Some(path);
                Err(match error {
                    Errno::NOTDIR | Errno::LOOP => {
                        io::Error::other("something that isn't a folder is in the way, and stays")
                    }
                    other => other.into(),
                })
            }
        }
    }

    fn make_folder(
        &self,
        path: &DrivePath,
        meta: Meta,
    ) -> rustix::io::Result<(OwnedFd, Option<Meta>)> {
        let Some(name) = self.name(path) else {
            return Ok((
                self.target.folder.try_clone().map_err(|_| Errno::MFILE)?,
                None,
            ));
        };
        let parent = self.parent(path)?;
        match rustix::fs::mkdirat(parent, &name, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
        let fd = rustix::fs::openat(parent, &name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
        let held = rustix::fs::fstat(&fd)?;
        let held = Mode::from_raw_mode(held.st_mode);
        if !held.contains(Mode::RWXU) {
            // One that was there and that nothing could be put into; it gets its own mode at the end.
            rustix::fs::fchmod(&fd, held | Mode::RWXU)?;
        }
        Ok((fd, Some(meta)))
    }

    fn link(&mut self, path: &DrivePath, target: &[u8], meta: Meta) -> io::Result<()> {
        let (passing, name) = (self.passing_name(), self.name(path));
        let parent = self.parent(path)?;
        let name = name.ok_or(io::ErrorKind::IsADirectory)?;
        rustix::fs::symlinkat(OsStr::from_bytes(target), parent, &passing)?;
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        let landed = rustix::fs::utimensat(parent, &passing, &times(meta), flags)
            .map_err(io::Error::from)
            .and_then(|()| take_name(parent, &passing, &name));
        if landed.is_err() {
            let _ = rustix::fs::unlinkat(parent, &passing, AtFlags::empty());
        }
        landed
    }

    fn settle(&self, passing: &Passing, header: &Header) -> io::Result<()> {
        let name = self.name(&header.path);
        let name = name.ok_or(io::ErrorKind::IsADirectory)?;
        // What was left out at its end is a hole, too.
        passing.file.set_len(passing.bytes)?;
        rustix::fs::fchmod(&passing.file, mode(header.meta))?;
        rustix::fs::futimens(&passing.file, &times(header.meta))?;
        take_name(self.parent(&header.path)?, &passing.name, &name)
    }

    fn forget(&self, header: &Header, passing: &Passing) {
        if let Ok(parent) = self.parent(&header.path) {
            // What can't be removed has a name that says what it is.
            let _ = rustix::fs::unlinkat(parent, &passing.name, AtFlags::empty());
        }
    }
}

impl Passing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.iter().all(|byte| *byte == 0) {
            self.file
                .seek(SeekFrom::Current(i64::try_from(bytes.len()).unwrap_or(0)))?;
        } else {
            self.file.write_all(bytes)?;
        }
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

fn take_name(parent: BorrowedFd<'_>, passing: &OsStr, name: &OsStr) -> io::Result<()> {
    rustix::fs::renameat(parent, passing, parent, name).map_err(|error| match error {
        Errno::ISDIR | Errno::NOTEMPTY | Errno::EXIST => {
            io::Error::other("a folder is in the way, and stays")
        }
        other => other.into(),
    })
}

fn mode(meta: Meta) -> Mode {
    Mode::from_raw_mode(meta.mode)
}

fn times(meta: Meta) -> Timestamps {
    let unchanged = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_OMIT,
    };
    Timestamps {
        last_access: unchanged,
        last_modification: Timespec {
            tv_sec: meta.mtime_ns.div_euclid(NS_PER_S),
            tv_nsec: meta.mtime_ns.rem_euclid(NS_PER_S),
        },
    }
}
