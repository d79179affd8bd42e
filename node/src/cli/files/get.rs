//! `hearth files get`: what lies at a place in the drive, onto this disk.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::super::Context;
use super::super::client::Client;
use super::super::error::CliError;
use super::super::when::{count, size};
use super::landing::{Landing, Target};
use super::report::Report;
use super::{remote, text};
use crate::drive::frame::{Piece, Reader, What};
use crate::drive::path::{DrivePath, shown};
use crate::drive::pipe::PipeReader;

/// Get files, folders and links back from the drive
#[derive(Debug, Args)]
#[command(after_help = "\
`get R L` makes L, or L/R if L is a folder. What lies there under the same names is replaced; a folder never by a file.")]
pub(super) struct GetArgs {
    /// What
    #[arg(value_name = "REMOTE")]
    remote: OsString,
    /// Where to
    #[arg(value_name = "LOCAL")]
    local: PathBuf,
    /// As it was in this version, see `history`
    #[arg(long, value_name = "N")]
    version: Option<u64>,
}

#[derive(Serialize)]
struct Question {
    path: String,
    version: Option<u64>,
}

#[derive(Debug, Default, Serialize)]
struct Done {
    files: u64,
    bytes: u64,
}

pub(super) fn get(args: &GetArgs, cx: &mut Context<'_>) -> Result<u8, CliError> {
    let from = remote(&args.remote)?;
    let target = target(&from, &args.local)?;
    let client = Client::of(&cx.home)?;
    let report = Report::watched(cx, None);
    let question = Question {
        path: text(&args.remote),
        version: args.version,
    };
    let landed = client.fetch("files-get", &question, |pipe| land(pipe, target, &report));
    report.end();
    let done = landed??;
    cx.out.give(&done, |done, page| {
        let files = count(done.files, "file", "files");
        page.line(format_args!("Got {files} ({}).", size(done.bytes)))
    })?;
    Ok(report.exit_code())
}

/// Where `cp -a` would put it.
fn target(from: &DrivePath, local: &Path) -> Result<Target, CliError> {
    let shown = || shown(local.as_os_str().as_bytes());
    let open = |folder: &Path| {
        Target::open(folder).map_err(|source| CliError::Read {
            path: super::super::output::Escaped::word(&folder.display().to_string()).to_string(),
            source,
        })
    };
    match fs::metadata(local) {
        Ok(about) if about.is_dir() => {
            let folder = open(local)?;
            Ok(match from.split() {
                Some((_, name)) => folder.with_name(OsString::from_vec(name.as_bytes().to_vec())),
                None => folder,
            })
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(CliError::Read {
            path: shown(),
            source: error,
        }),
        Err(_) if fs::symlink_metadata(local).is_ok() => Err(CliError::Failed(format!(
            "{} is a link that leads nowhere: remove it, or name another place",
            shown()
        ))),
        _ => {
            let name = local.file_name().ok_or_else(|| {
                CliError::Failed(format!("there is no folder {}: make it first", shown()))
            })?;
            let above = match local.parent() {
                Some(above) if above != Path::new("") => above,
                _ => Path::new("."),
            };
            Ok(open(above)?.with_name(name.to_owned()))
        }
    }
}

fn land(pipe: PipeReader, target: Target, report: &Report) -> Result<Done, CliError> {
    let broken =
        |error| CliError::Failed(format!("the files aren't all here: {error}; run it again"));
    let mut reader = Reader::begin(pipe).map_err(broken)?;
    let mut landing = Landing::new(target, report);
    let mut buffer = Vec::new();
    let mut done = Done::default();
    while let Some(header) = reader.header().map_err(broken)? {
        if !matches!(header.what, What::File { .. }) {
            landing.item(&header)?;
            continue;
        }
        let mut file = landing.begin_file(&header)?;
        let words = loop {
            match reader.piece(&mut buffer).map_err(broken)? {
                Piece::Bytes => {
                    report.went(buffer.len() as u64);
                    landing.write(&mut file, &header, &buffer)?;
                }
                Piece::Whole => break None,
                Piece::Broken(words) => break Some(words),
            }
        };
        if let Some(bytes) = landing.end_file(file, &header, words)? {
            done.files += 1;
            done.bytes += bytes;
        }
    }
    landing.end();
    Ok(done)
}
