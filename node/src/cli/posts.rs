//! Writing and reading: `post`, `timeline`, `posts`, `thread`, `edit`, `delete`.

use std::io;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, value_parser};
use serde::{Deserialize, Serialize};

use super::Context;
use super::error::CliError;
use super::output::{Escaped, Page};
use super::values::{self, EntryId, Key, LocalId, Text, TextSource};
use super::when::{now_ms, when};
use crate::app::model::{Post, Posted};

const LIMIT_MAX: u64 = 1_000;
/// Of a key, enough to tell two people without a name apart.
const SHORT_KEY_CHARS: usize = 16;

/// Write a post
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hearth post 'Hello, world'
  hearth post --reply-to 3f…e1 'So do I'
  hearth post - < letter.txt         the text as it is in the file, up to 16 KiB
  hearth post -- '--public is a flag, this is a text'")]
pub(crate) struct PostArgs {
    /// What you write, 1 byte to 16 KiB; `-` reads it from the standard input
    #[arg(value_parser = text_parser(), allow_hyphen_values = true)]
    text: TextSource,
    /// Everybody may read it (as is so with every post until there are closed circles)
    #[arg(long)]
    public: bool,
    /// The post that this one answers
    #[arg(long, value_name = "ID", value_parser = values::entry_id)]
    reply_to: Option<EntryId>,
}

#[cfg(test)]
impl PostArgs {
    /// The text, and whether it is public.
    pub(super) fn into_parts(self) -> (TextSource, bool) {
        (self.text, self.public)
    }
}

/// Which part of a list of posts.
#[derive(Debug, Args, Serialize)]
pub(crate) struct PageArgs {
    /// At most so many posts, 1 to 1000 [default: 40]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=LIMIT_MAX))]
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    /// Only posts before this "local_id", to read on where a list ended
    #[arg(long, value_name = "LOCALID", value_parser = values::local_id)]
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<LocalId>,
}

/// Show what you and those whom you follow wrote, newest first
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Examples:
  hearth timeline
  hearth timeline --limit 5
  hearth timeline --json | jq -r '.[].text'")]
pub(crate) struct TimelineArgs {
    #[command(flatten)]
    #[serde(flatten)]
    page: PageArgs,
}

/// Show what one person wrote, newest first
#[derive(Debug, Args, Serialize)]
pub(crate) struct PostsArgs {
    /// Their key
    #[arg(value_name = "KEY", value_parser = values::key)]
    key: Key,
    #[command(flatten)]
    #[serde(flatten)]
    page: PageArgs,
}

/// Show a post with all that belongs to its conversation, newest first
#[derive(Debug, Args, Serialize)]
pub(crate) struct ThreadArgs {
    /// Any post of the conversation
    #[arg(value_name = "ID", value_parser = values::entry_id)]
    id: EntryId,
}

/// Change the text of a post of yours
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  hearth edit 3f…e1 'Hello, whole world'")]
pub(crate) struct EditArgs {
    /// The post, by the id that it was given at first
    #[arg(value_name = "ID", value_parser = values::entry_id)]
    id: EntryId,
    /// The new text; `-` reads it from the standard input
    #[arg(value_parser = text_parser(), allow_hyphen_values = true)]
    text: TextSource,
}

/// Delete a post of yours, here and wherever it went
#[derive(Debug, Args, Serialize)]
pub(crate) struct DeleteArgs {
    /// The post, by the id that it was given at first
    #[arg(value_name = "ID", value_parser = values::entry_id)]
    id: EntryId,
}

fn text_parser() -> impl TypedValueParser<Value = TextSource> {
    OsStringValueParser::new().try_map(|text| values::text_source(text).map_err(Refusal))
}

/// A text that clap can carry as an error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refusal(String);

#[derive(Serialize)]
struct NewPost {
    text: Text,
    public: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<EntryId>,
}

#[derive(Serialize)]
struct NewText {
    id: EntryId,
    text: Text,
}

#[derive(Serialize, Deserialize)]
struct Named {
    id: String,
}

pub(super) fn post(args: PostArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let question = NewPost {
        text: args.text.read(cx.input)?,
        public: args.public,
        reply_to: args.reply_to,
    };
    let posted: Posted = cx.ask("post", &question)?;
    cx.out.give(&posted, |posted, page| {
        page.line(format_args!("Posted as {}", Escaped::word(&posted.id)))
    })
}

pub(super) fn timeline(args: &TimelineArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let nothing =
        "Nothing here yet: write with `hearth post`, or follow a friend with `hearth follow`.";
    list("timeline", args, nothing, cx)
}

pub(super) fn posts(args: &PostsArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let nothing = "Nothing of theirs is here. After `hearth follow` it comes as soon as their node, or a friend's, is reached.";
    list("posts", args, nothing, cx)
}

pub(super) fn thread(args: &ThreadArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    list(
        "thread",
        args,
        "There is nothing of this conversation here.",
        cx,
    )
}

pub(super) fn edit(args: EditArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let question = NewText {
        id: args.id,
        text: args.text.read(cx.input)?,
    };
    let named: Named = cx.ask("edit", &question)?;
    cx.out.give(&named, |named, page| {
        page.line(format_args!("Changed {}", Escaped::word(&named.id)))
    })
}

pub(super) fn delete(args: &DeleteArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let named: Named = cx.ask("delete", args)?;
    cx.out.give(&named, |named, page| {
        page.line(format_args!("Deleted {}", Escaped::word(&named.id)))
    })
}

fn list(
    verb: &str,
    question: &impl Serialize,
    nothing: &str,
    cx: &mut Context<'_>,
) -> Result<(), CliError> {
    let posts: Vec<Post> = cx.ask(verb, question)?;
    let now_ms = now_ms();
    cx.out.give(&posts, |posts, page| {
        if posts.is_empty() {
            return page.line(nothing);
        }
        posts.iter().try_for_each(|post| show(post, now_ms, page))
    })
}

/// Only head lines begin at the margin: no text can look like one.
fn show(post: &Post, now_ms: u64, page: &mut Page<'_>) -> io::Result<()> {
    let edited = if post.edited { ", edited" } else { "" };
    let time = format!("{}{edited}", when(post.time_ms, now_ms));
    page.line(format_args!(
        "{}  {}",
        page.bold(Escaped::word(&author(post))),
        page.dim(time)
    ))?;
    for line in Escaped::text(&post.text).to_string().split('\n') {
        page.line(format_args!("  {line}"))?;
    }
    if let Some(answered) = &post.reply_to {
        page.line(format_args!(
            "  {}",
            page.dim(format_args!("answers {}", Escaped::word(answered)))
        ))?;
    }
    page.line(format_args!("  {}\n", page.dim(Escaped::word(&post.id))))
}

fn author(post: &Post) -> String {
    if post.author_name.is_empty() {
        let short: String = post.author.chars().take(SHORT_KEY_CHARS).collect();
        format!("{short}…")
    } else {
        post.author_name.clone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::output::Output;
    use super::*;

    #[test]
    fn a_text_can_neither_steer_the_terminal_nor_look_like_a_post() {
        let post = Post {
            id: "ab".repeat(32),
            local_id: "0".repeat(20),
            author: "hearth1qqqqqqqqqqqqqqqqqqqqqqqq".to_owned(),
            author_name: "Eve\n\u{1b}[31m".to_owned(),
            text: "first\nAlice  just now\u{1b}[2J\r".to_owned(),
            time_ms: 0,
            reply_to: Some("cd".repeat(32)),
            edited: true,
        };
        let mut bytes = Vec::new();
        let mut out = Output::to(Box::new(&mut bytes), false);
        out.give(&post, |post, page| show(post, 1, page)).unwrap();
        drop(out);
        let id = "ab".repeat(32);
        let answered = "cd".repeat(32);
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            format!(
                "Eve\\n\\u{{1b}}[31m  just now, edited\n  first\n  Alice  just now\\u{{1b}}[2J\\r\n  answers {answered}\n  {id}\n\n"
            )
        );
    }

    #[test]
    fn who_has_no_name_has_a_key() {
        let mut post: Post = serde_json::from_str(
            r#"{"id":"","local_id":"","author":"hearth1abcdefghijkl","author_name":"","text":"x","time_ms":1}"#,
        )
        .unwrap();
        assert_eq!(author(&post), "hearth1abcdefghi…");
        post.author_name = "Bob".to_owned();
        assert_eq!(author(&post), "Bob");
    }
}
