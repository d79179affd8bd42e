//! `hearth files`: putting files into the drive, getting them back, and what is done with their names.

mod get;
mod landing;
mod put;
mod report;

use std::cell::RefCell;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt;

use clap::{Args, Subcommand};
use serde::ser::{Error as _, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};

use super::Context;
use super::client::{Client, ClientError, Patience};
use super::error::{CliError, DONE, FAILED};
use super::output::{Escaped, Page};
use super::when::{now_ms, size, when};
use crate::app::model::ErrorKind;
use crate::drive::path::{DrivePath, escape, shown, unescape};
use crate::drive::{Item, ItemKind, Page as Part, Past, RemovedList};

/// Names asked for at once.
const NAMES_AT_ONCE: usize = 2_000;

/// Keep files in your drive
#[derive(Debug, Args)]
#[command(after_help = "\
Files, folders and links keep names, modes and times, as with `cp -a`. What is changed or removed stays in the history.

Examples:
  hearth files put Photos                  puts Photos into the drive
  hearth files put Photos --to 2026        puts it there as 2026/Photos
  hearth files get Photos .                gets it back as ./Photos
  hearth files history Photos/me.jpg
  hearth files get --version 1 Photos/me.jpg me-then.jpg
  hearth files restore --version 1 Photos/me.jpg

In JSON, a byte of a name that isn't UTF-8 is U+0000 and two hexadecimal digits.")]
pub(crate) struct FilesArgs {
    #[command(subcommand)]
    verb: FilesVerb,
}

#[derive(Debug, Subcommand)]
enum FilesVerb {
    Put(put::PutArgs),
    Get(get::GetArgs),
    /// List a folder
    Ls {
        /// The folder [default: the drive's root]
        #[arg(value_name = "DIR")]
        path: Option<OsString>,
    },
    /// Move or rename, as `mv` does
    Mv {
        /// What
        #[arg(value_name = "FROM")]
        from: OsString,
        /// Where to; into it, if that is a folder
        #[arg(value_name = "TO")]
        to: OsString,
    },
    /// Remove files, links and folders with all that is in them; their history stays
    Rm {
        /// What
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<OsString>,
    },
    /// Make an empty folder
    Mkdir {
        /// Where
        #[arg(value_name = "DIR")]
        path: OsString,
    },
    /// Bring back what was removed, or what a file was in an earlier version
    Restore {
        /// What
        #[arg(value_name = "PATH")]
        path: OsString,
        /// Which version, as `history` shows them [default: what it was before it was removed]
        #[arg(long, value_name = "N")]
        version: Option<u64>,
    },
    /// List what was removed from a folder, newest first
    Removed {
        /// The folder [default: the drive's root]
        #[arg(value_name = "DIR")]
        path: Option<OsString>,
    },
    /// Show what a file was, newest first, also if it is removed
    History {
        /// The file
        #[arg(value_name = "FILE")]
        path: OsString,
    },
}

pub(super) fn files(args: FilesArgs, cx: &mut Context<'_>) -> Result<u8, CliError> {
    match args.verb {
        FilesVerb::Put(args) => put::put(&args, cx),
        FilesVerb::Get(args) => get::get(&args, cx),
        FilesVerb::Ls { path } => list(&path.unwrap_or_default(), cx).map(|()| DONE),
        FilesVerb::Mv { from, to } => rename(&from, &to, cx).map(|()| DONE),
        FilesVerb::Rm { paths } => remove(&paths, cx),
        FilesVerb::Mkdir { path } => make_folder(&path, cx).map(|()| DONE),
        FilesVerb::Restore { path, version } => restore(&path, version, cx).map(|()| DONE),
        FilesVerb::Removed { path } => removed(&path.unwrap_or_default(), cx).map(|()| DONE),
        FilesVerb::History { path } => history(&path, cx).map(|()| DONE),
    }
}

/// A path on the command line as the node reads it.
fn text(path: &OsString) -> String {
    escape(path.as_bytes())
}

/// A path in the drive that was given on the command line.
fn remote(path: &OsString) -> Result<DrivePath, CliError> {
    DrivePath::from_bytes(path.as_bytes()).map_err(|error| {
        let path = shown(path.as_bytes());
        CliError::Usage(format!("{path} can't be a path in the drive: {error}"))
    })
}

/// A name or path from the node, for people.
fn legible(name: &str) -> String {
    unescape(name).map_or_else(|_| name.to_owned(), |bytes| shown(&bytes))
}

#[derive(Serialize)]
struct ListQuestion<'a> {
    path: &'a str,
    after: Option<String>,
    limit: usize,
}

/// A folder as a list that is asked for part by part while it is written.
struct Listing<'a> {
    client: &'a Client,
    path: String,
    /// The part that was asked for first, so that a path that isn't there is refused before anything is written.
    first: RefCell<Option<Part>>,
    error: RefCell<Option<ClientError>>,
}

impl Listing<'_> {
    fn part(&self, after: Option<String>) -> Result<Part, ClientError> {
        let question = ListQuestion {
            path: &self.path,
            after,
            limit: NAMES_AT_ONCE,
        };
        self.client.ask("files-ls", &question, Patience::Short)
    }

    /// Shows every item; what the node refuses is kept.
    fn each<E>(
        &self,
        broken: impl Fn() -> E,
        mut show: impl FnMut(&Item) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut part = self.first.borrow_mut().take();
        while let Some(Part { items, next }) = part {
            items.iter().try_for_each(&mut show)?;
            part = match next {
                None => None,
                after => Some(self.part(after).map_err(|error| {
                    *self.error.borrow_mut() = Some(error);
                    broken()
                })?),
            };
        }
        Ok(())
    }
}

impl Serialize for Listing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let broken = || S::Error::custom("the node gives no more");
        self.each(broken, |item| list.serialize_element(item))?;
        list.end()
    }
}

fn list(path: &OsString, cx: &mut Context<'_>) -> Result<(), CliError> {
    let client = Client::of(&cx.home)?;
    let listing = Listing {
        client: &client,
        path: text(path),
        first: RefCell::new(None),
        error: RefCell::new(None),
    };
    let first = listing.part(None)?;
    listing.first.replace(Some(first));
    let now_ms = now_ms();
    let given = cx.out.give(&listing, |listing, page| {
        let broken = || io::Error::other("the node gives no more");
        listing.each(broken, |item| show_item(item, now_ms, page))
    });
    match listing.error.take() {
        Some(error) => Err(error.into()),
        None => given,
    }
}

fn show_item(item: &Item, now_ms: u64, page: &mut Page<'_>) -> io::Result<()> {
    let name = legible(&item.name);
    let name = Escaped::word(&name);
    let bytes = match item.kind {
        ItemKind::File => size(item.bytes),
        _ => String::new(),
    };
    let time = when(u64::try_from(item.mtime_ms).unwrap_or(0), now_ms);
    let line = format!("{:04o}  {bytes:>10}  {time:<16}  ", item.mode);
    let line = page.dim(line);
    match (item.kind, &item.target) {
        (ItemKind::Dir, _) => page.line(format_args!("{line}{}/", page.bold(name))),
        (_, Some(target)) => {
            let target = legible(target);
            page.line(format_args!("{line}{name} -> {}", Escaped::word(&target)))
        }
        _ => page.line(format_args!("{line}{name}")),
    }
}

#[derive(Serialize, Deserialize)]
struct Moved {
    from: String,
    to: String,
}

fn rename(from: &OsString, to: &OsString, cx: &mut Context<'_>) -> Result<(), CliError> {
    let (from, to) = (text(from), text(to));
    let moved: Moved = cx.ask("files-mv", &Moved { from, to })?;
    cx.out.give(&moved, |moved, page| {
        let (from, to) = (legible(&moved.from), legible(&moved.to));
        let (from, to) = (Escaped::word(&from), Escaped::word(&to));
        page.line(format_args!("{from} is {to} now."))
    })
}

#[derive(Serialize)]
struct At {
    path: String,
}

#[derive(Serialize, Deserialize)]
struct Removed {
    removed: u64,
}

fn remove(paths: &[OsString], cx: &mut Context<'_>) -> Result<u8, CliError> {
    let report = report::Report::quiet();
    let mut sum = Removed { removed: 0 };
    for path in paths {
        let path = text(path);
        match cx.ask::<Removed>("files-rm", &At { path }) {
            Ok(done) => sum.removed += done.removed,
            // One that isn't there keeps none of the others.
            Err(CliError::Client(ClientError::Refused(refusal)))
                if refusal.kind == ErrorKind::NotFound =>
            {
                report.trouble(refusal.message.as_english());
            }
            Err(error) => return Err(error),
        }
    }
    cx.out.give(&sum, |sum, page| {
        page.line(format_args!(
            "Removed {}. `hearth files history` still shows them.",
            super::when::count(sum.removed, "path", "paths")
        ))
    })?;
    Ok(report.exit_code())
}

#[derive(Serialize, Deserialize)]
struct Placed {
    path: String,
}

fn make_folder(path: &OsString, cx: &mut Context<'_>) -> Result<(), CliError> {
    let path = text(path);
    let made: Placed = cx.ask("files-mkdir", &At { path })?;
    cx.out.give(&made, |made, page| {
        let path = legible(&made.path);
        page.line(format_args!("{} is there now.", Escaped::word(&path)))
    })
}

#[derive(Serialize)]
struct Return {
    path: String,
    version: Option<u64>,
}

fn restore(path: &OsString, version: Option<u64>, cx: &mut Context<'_>) -> Result<(), CliError> {
    let path = text(path);
    let back: Placed = cx.ask("files-restore", &Return { path, version })?;
    cx.out.give(&back, |back, page| {
        let path = legible(&back.path);
        page.line(format_args!("{} is back.", Escaped::word(&path)))
    })
}

fn removed(path: &OsString, cx: &mut Context<'_>) -> Result<(), CliError> {
    let path = text(path);
    let list: RemovedList = cx.ask("files-removed", &At { path })?;
    let now_ms = now_ms();
    cx.out.give(&list, |list, page| {
        if list.items.is_empty() {
            page.line(format_args!("Nothing was removed from here."))?;
        }
        for item in &list.items {
            let name = legible(&item.name);
            let what = match item.kind {
                ItemKind::File => size(item.bytes),
                ItemKind::Dir => "folder".to_owned(),
                _ => "link".to_owned(),
            };
            let time = when(item.time_ms, now_ms);
            let line = page.dim(format!("removed {time:<16}  {what:>10}  "));
            page.line(format_args!("{line}{}", Escaped::word(&name)))?;
        }
        if !list.is_all {
            page.line(format_args!("There is more: older removals aren't listed."))?;
        }
        Ok(())
    })
}

fn history(path: &OsString, cx: &mut Context<'_>) -> Result<(), CliError> {
    let path = text(path);
    let past: Vec<Past> = cx.ask("files-history", &At { path })?;
    let now_ms = now_ms();
    cx.out.give(&past, |past, page| {
        past.iter().try_for_each(|past| {
            let what = match past.kind {
                ItemKind::File => size(past.bytes),
                ItemKind::Dir => "folder".to_owned(),
                ItemKind::Link => "link".to_owned(),
                ItemKind::Removed => "removed".to_owned(),
            };
            let since = when(past.time_ms, now_ms);
            let number = format!("version {}", past.version);
            page.line(format_args!("{number:<12}  {since:<16}  {what}"))
        })
    })
}

/// The exit code of a command that did what it could.
fn code(troubles: u64) -> u8 {
    if troubles == 0 { DONE } else { FAILED }
}
