//! Writing and reading: `post`, `timeline`, `posts`, `thread`, `edit`, `delete`.

use std::io::{self, IsTerminal, Write};

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, value_parser};
use serde::{Deserialize, Serialize};

use super::Context;
use super::error::CliError;
use super::output::{Escaped, Page};
use super::values::{self, EntryId, Key, LocalId, Text, TextSource};
use super::when::{now_ms, when};
use crate::app::model::{Audience, ChosenPhoto, Edited, Post, Posted, Setting};

const LIMIT_MAX: u64 = 1_000;
/// The setting that says for whom a post is without a word on it.
const AUDIENCE: &str = "post.audience";
/// Of a key, enough to tell two people without a name apart.
const SHORT_KEY_CHARS: usize = 16;

/// Write a post
#[derive(Debug, Args)]
#[command(after_help = "\
Without a word on it a post goes to your friends, and a reply to those who could read what it answers.

Examples:
  hearth post 'Hello, friends'
  hearth post --public 'Hello, world'
  hearth post --space 'Book club' 'What do we read next?'
  hearth post --to hearth1… 'For you alone'
  hearth post --reply-to 3f…e1 'So do I'
  hearth post 'Look' --photo stove.jpg:'A stove, lit' --photo cat.jpg
  hearth post --warning 'Spiders' 'What I found in the cellar'
  hearth post - < letter.txt         the text as it is in the file, up to 16 KiB
  hearth post -- '--public is a flag, this is a text'")]
pub(crate) struct PostArgs {
    /// What you write, 1 byte to 16 KiB; `-` reads it from the standard input
    #[arg(value_parser = text_parser(), allow_hyphen_values = true, required_unless_present = "photo")]
    text: Option<TextSource>,
    /// A photo, up to 8 of them, perhaps with what there is to see on it, for those who don't see it
    #[arg(long, value_name = "FILE[:WORDS]")]
    photo: Vec<String>,
    /// What to say before the post is shown
    #[arg(long, value_name = "TEXT")]
    warning: Option<String>,
    #[command(flatten)]
    audience: AudienceArgs,
    /// The post that this one answers
    #[arg(long, value_name = "ID", value_parser = values::entry_id)]
    reply_to: Option<EntryId>,
}

/// Who may read what is written.
#[derive(Debug, Default, Args, Serialize)]
#[group(multiple = false)]
pub(crate) struct AudienceArgs {
    /// Everybody may read it
    #[arg(long)]
    #[serde(skip)]
    public: bool,
    /// Your friends may read it: those who follow you and whom you follow
    #[arg(long)]
    #[serde(skip)]
    friends: bool,
    /// Only you may read it, on your own devices
    #[arg(long)]
    #[serde(skip)]
    private: bool,
    /// The members of this space may read it: its name or id
    #[arg(long, value_name = "SPACE", value_parser = values::space)]
    #[serde(skip_serializing_if = "Option::is_none")]
    space: Option<String>,
    /// Only this person may read it: their key
    #[arg(long, value_name = "KEY", value_parser = values::key)]
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Key>,
}

impl AudienceArgs {
    /// The word that the node knows, where it isn't one space or one person.
    pub(super) fn word(&self) -> Option<&'static str> {
        let words = [
            (self.public, "public"),
            (self.friends, "friends"),
            (self.private, "private"),
        ];
        words.into_iter().find_map(|(is, word)| is.then_some(word))
    }
}

#[cfg(test)]
impl PostArgs {
    /// The text, and whether it is public.
    pub(super) fn into_parts(self) -> (TextSource, bool) {
        (self.text.expect("a text"), self.audience.public)
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
    /// Only what is in this space: its name or id, or public, friends, private
    #[arg(long, value_name = "SPACE", value_parser = values::space)]
    #[serde(skip_serializing_if = "Option::is_none")]
    space: Option<String>,
    /// Only what the people on this list wrote
    #[arg(long, value_name = "NAME", conflicts_with = "space", value_parser = values::list_name)]
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<String>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<&'static str>,
    #[serde(flatten)]
    place: AudienceArgs,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<EntryId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    photos: Vec<ChosenPhoto>,
}

/// The setting that is asked for.
#[derive(Serialize)]
struct Asked {
    key: &'static str,
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

/// What is said before a text is typed: for whom it is, and how it ends.
fn invitation(args: &AudienceArgs, is_reply: bool, default: &str) -> String {
    let to = match (args.word(), &args.space, &args.to) {
        (None, Some(space), _) => format!("in {}", Escaped::word(space)),
        (None, None, Some(key)) => format!("to {key}"),
        (None, None, None) if is_reply => "to those who can read what it answers".to_owned(),
        (word, ..) => match word.unwrap_or(default) {
            "public" => "for everybody".to_owned(),
            "private" => "for yourself".to_owned(),
            _ => "to your friends".to_owned(),
        },
    };
    format!(
        "What you write is {to}. End it with Ctrl-D on a line of its own, or leave it with Ctrl-C:"
    )
}

/// Says for whom it will be, to who sits down to type it.
fn invite(args: &PostArgs, cx: &Context<'_>) -> Result<(), CliError> {
    if args.text != Some(TextSource::Input) || !cx.is_watched || !io::stdin().is_terminal() {
        return Ok(());
    }
    let is_reply = args.reply_to.is_some();
    let setting: Setting = cx.ask("setting", &Asked { key: AUDIENCE })?;
    let invitation = invitation(&args.audience, is_reply, &setting.value);
    // Nothing is left to do when the standard error can't be written.
    let _ = writeln!(io::stderr(), "{invitation}");
    Ok(())
}

pub(super) fn post(args: PostArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    invite(&args, cx)?;
    let question = NewPost {
        text: args.text.map(|text| text.read(cx.input)).transpose()?,
        audience: args.audience.word(),
        place: args.audience,
        reply_to: args.reply_to,
        warning: args.warning,
        photos: super::photos::keep(&args.photo, cx)?,
    };
    let posted: Posted = cx.ask("post", &question)?;
    super::warn(&posted.warnings);
    cx.out.give(&posted, |posted, page| {
        page.line(format_args!(
            "Posted {} as {}",
            whither(posted),
            Escaped::word(&posted.id)
        ))
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
    let edited: Edited = cx.ask("edit", &question)?;
    super::warn(&edited.warnings);
    cx.out.give(&edited, |edited, page| {
        page.line(format_args!("Changed {}", Escaped::word(&edited.id)))
    })
}

pub(super) fn delete(args: &DeleteArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let named: Named = cx.ask("delete", args)?;
    cx.out.give(&named, |named, page| {
        page.line(format_args!("Deleted {}", Escaped::word(&named.id)))
    })
}

/// Where a post went, as part of a sentence.
fn whither(posted: &Posted) -> String {
    match posted.audience {
        Audience::Public => "for everybody".to_owned(),
        Audience::Private => "for yourself".to_owned(),
        Audience::Friends if posted.space_name.is_empty() => "to your friends".to_owned(),
        Audience::Friends => format!("to the friends of {}", Escaped::word(&posted.space_name)),
        Audience::Shared => format!("in {}", Escaped::word(&posted.space_name)),
        Audience::Direct => format!("to {}", Escaped::word(&posted.space_name)),
    }
}

/// Who may read a post, in its head line.
fn readers(post: &Post) -> String {
    match post.audience {
        Audience::Shared => format!("in {}", Escaped::word(&post.space_name)),
        // Whichever of the two wrote it.
        Audience::Direct => format!("you and {}", Escaped::word(&post.space_name)),
        other => other.as_str().to_owned(),
    }
}

pub(super) fn list(
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
pub(super) fn show(post: &Post, now_ms: u64, page: &mut Page<'_>) -> io::Result<()> {
    let edited = if post.edited { ", edited" } else { "" };
    let time = format!("{}{edited} · {}", when(post.time_ms, now_ms), readers(post));
    page.line(format_args!(
        "{}  {}",
        page.bold(Escaped::word(&author(post))),
        page.dim(time)
    ))?;
    if let Some(who) = &post.boosted_by {
        let name = if who.name.is_empty() {
            &who.identity
        } else {
            &who.name
        };
        page.line(format_args!(
            "  {}",
            page.dim(format_args!("boosted by {}", Escaped::word(name)))
        ))?;
    }
    if let Some(warning) = &post.warning {
        page.line(format_args!("  [{}]", Escaped::word(warning)))?;
    }
    if !post.text.is_empty() {
        for line in Escaped::text(&post.text).to_string().split('\n') {
            page.line(format_args!("  {line}"))?;
        }
    }
    for (number, photo) in (1..).zip(&post.photos) {
        let words = photo.alt.as_deref().unwrap_or("no words");
        page.line(format_args!("  (photo {number}: {})", Escaped::word(words)))?;
    }
    if let Some(answered) = &post.reply_to {
        page.line(format_args!(
            "  {}",
            page.dim(format_args!("answers {}", Escaped::word(answered)))
        ))?;
    }
    if !post.reactions.is_empty() {
        let reactions = post.reactions.iter().map(|reaction| {
            let mine = if reaction.mine { "*" } else { "" };
            format!(
                "{} {}{mine}",
                Escaped::word(&reaction.emoji),
                reaction.count
            )
        });
        page.line(format_args!(
            "  {}",
            reactions.collect::<Vec<_>>().join("  ")
        ))?;
    }
    if post.boosts > 0 {
        let mine = if post.boosted { "*" } else { "" };
        page.line(format_args!("  boosts {}{mine}", post.boosts))?;
    }
    let kept = if post.bookmarked { "  bookmarked" } else { "" };
    page.line(format_args!(
        "  {}{kept}\n",
        page.dim(Escaped::word(&post.id))
    ))
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
    use crate::app::model::Reaction;

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
            answers: None,
            edited: true,
            space: String::new(),
            audience: Audience::Shared,
            space_name: "Club\nPublic".to_owned(),
            reactions: vec![Reaction {
                emoji: "❤\n".to_owned(),
                count: 2,
                mine: true,
            }],
            bookmarked: true,
            author_picture: None,
            warning: None,
            photos: Vec::new(),
            boosts: 0,
            boosted: false,
            boosted_by: None,
            mentioned: Vec::new(),
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
                "Eve\\n\\u{{1b}}[31m  just now, edited · in Club\\nPublic\n  first\n  Alice  just now\\u{{1b}}[2J\\r\n  answers {answered}\n  ❤\\n 2*\n  {id}  bookmarked\n\n"
            )
        );
    }

    #[test]
    fn who_sits_down_to_write_is_told_for_whom() {
        let nothing = AudienceArgs::default;
        let space = AudienceArgs {
            space: Some("Book\u{1b} club".to_owned()),
            ..nothing()
        };
        let private = AudienceArgs {
            private: true,
            ..nothing()
        };
        for (args, is_reply, default, said) in [
            (nothing(), false, "friends", "is to your friends."),
            (nothing(), false, "public", "is for everybody."),
            (nothing(), true, "public", "can read what it answers."),
            (private, true, "public", "is for yourself."),
            (space, false, "public", "is in Book\\u{1b} club."),
        ] {
            let invitation = invitation(&args, is_reply, default);
            assert!(invitation.contains(said), "{invitation}");
        }
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
