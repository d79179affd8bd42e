//! Photos and boosts: what `post --photo` and `profile --picture` send; `photo`, `boost`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::Context;
use super::client::Client;
use super::error::CliError;
use super::posts;
use super::values::{self, EntryId, Key};
use super::when::{now_ms, size};
use crate::app::model::{ChosenPhoto, PhotoDraft, Post, Profile};
use crate::home::PrivateFile;
use crate::media::FILE_BYTES_MAX;

/// Boost a post: have those who can read it and follow you see it
#[derive(Debug, Args)]
#[command(after_help = "\
A boost goes to nobody who couldn't read the post anyway. Followers of yours who hold the post find it in their timeline, \
with your name.

Examples:
  hearth boost 3f…e1
  hearth boost 3f…e1 --undo")]
pub(crate) struct BoostArgs {
    /// The post
    #[arg(value_name = "ID", value_parser = values::entry_id)]
    id: EntryId,
    /// Take it back
    #[arg(long)]
    undo: bool,
}

/// Write a photo of a post, or somebody's picture, to a file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hearth photo 3f…e1 --output stove.jpg              the first photo of a post
  hearth photo 3f…e1 --number 2 --output fire.jpg    the second one
  hearth photo --of hearth1… --output face.jpg       what somebody looks like")]
pub(crate) struct PhotoArgs {
    /// The post
    #[arg(value_name = "ID", value_parser = values::entry_id, required_unless_present = "of")]
    id: Option<EntryId>,
    /// Which of its photos
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    number: u8,
    /// Instead of a post: whose picture
    #[arg(long, value_name = "KEY", value_parser = values::key, conflicts_with = "id")]
    of: Option<Key>,
    /// The small one, as in lists
    #[arg(long)]
    small: bool,
    /// The file; one that is there is replaced
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

#[derive(Serialize)]
struct Boost {
    id: EntryId,
    on: bool,
}

#[derive(Serialize)]
struct Wanted {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<EntryId>,
    index: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Key>,
    size: &'static str,
}

#[derive(Serialize, Deserialize)]
struct Written {
    file: PathBuf,
    bytes: u64,
}

pub(super) fn boost(args: BoostArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let on = !args.undo;
    let post: Post = cx.ask("boost", &Boost { id: args.id, on })?;
    let now_ms = now_ms();
    cx.out
        .give(&post, |post, page| posts::show(post, now_ms, page))
}

pub(super) fn photo(args: PhotoArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let wanted = Wanted {
        id: args.id,
        index: args.number - 1,
        key: args.of,
        size: if args.small { "small" } else { "full" },
    };
    let client = Client::of(&cx.home)?;
    let mut file = PrivateFile::create(&args.output)?;
    let bytes = client.download("photo", &wanted, &mut file)?;
    file.commit()?;
    let written = Written {
        file: args.output,
        bytes,
    };
    cx.out.give(&written, |written, page| {
        page.line(format_args!(
            "Wrote {} to {}.",
            size(written.bytes),
            written.file.display()
        ))
    })
}

/// A photo's file, and what there is to see on it.
fn chosen(text: &str) -> (&Path, Option<&str>) {
    // A name may have a colon in it, too.
    let whole = Path::new(text);
    let mut colons = text.match_indices(':').map(|(at, _)| at);
    if whole.is_file() {
        return (whole, None);
    }
    match colons.find(|at| Path::new(&text[..*at]).is_file()) {
        Some(at) => (Path::new(&text[..at]), Some(&text[at + 1..])),
        None => (whole, None),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let failed = |source| CliError::Read {
        path: path.display().to_string(),
        source,
    };
    let length = fs::metadata(path).map_err(failed)?.len();
    if length > FILE_BYTES_MAX as u64 {
        return Err(CliError::Usage(format!(
            "{} has {}, and a photo at most {}: make it smaller first",
            path.display(),
            size(length),
            size(FILE_BYTES_MAX as u64)
        )));
    }
    fs::read(path).map_err(failed)
}

/// Gives photos to the node, which keeps them for a post.
pub(super) fn keep(photos: &[String], cx: &Context<'_>) -> Result<Vec<ChosenPhoto>, CliError> {
    let mut kept = Vec::with_capacity(photos.len());
    for photo in photos {
        let (path, alt) = chosen(photo);
        let bytes = read(path)?;
        let client = Client::of(&cx.home)?;
        let draft: PhotoDraft = client.upload("photo-keep", |pipe| pipe.write_all(&bytes))?;
        kept.push(ChosenPhoto {
            draft: draft.draft,
            alt: alt.filter(|alt| !alt.is_empty()).map(str::to_owned),
        });
    }
    Ok(kept)
}

/// Says what one looks like.
pub(super) fn picture(path: &Path, cx: &Context<'_>) -> Result<Profile, CliError> {
    let bytes = read(path)?;
    let client = Client::of(&cx.home)?;
    Ok(client.upload("profile-picture", |pipe| pipe.write_all(&bytes))?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_and_its_words_are_told_apart() {
        let scratch = tempfile::tempdir().unwrap();
        let plain = scratch.path().join("stove.jpg");
        let odd = scratch.path().join("at 12:30.jpg");
        fs::write(&plain, b"x").unwrap();
        fs::write(&odd, b"x").unwrap();
        let (plain, odd) = (plain.to_str().unwrap(), odd.to_str().unwrap());
        assert_eq!(chosen(plain), (Path::new(plain), None));
        assert_eq!(chosen(odd), (Path::new(odd), None));
        let said = format!("{plain}:a stove: hot");
        assert_eq!(chosen(&said), (Path::new(plain), Some("a stove: hot")));
        let said = format!("{odd}:a stove");
        assert_eq!(chosen(&said), (Path::new(odd), Some("a stove")));
        assert_eq!(chosen("nothing:x"), (Path::new("nothing:x"), None));
    }
}
