//! What you note for yourself and think of posts: `mute`, `block`, `bookmark`, `react`, `list`, `lists`, `read`, `settings`.

use std::io;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::error::CliError;
use super::output::{Escaped, Page};
use super::values::{self, EntryId, Key};
use super::when::{count, now_ms, when};
use super::{Context, Nothing, posts};
use crate::app::model::{Blocked, Muted, PeopleList, Person, Post, ReadTo, Setting};

/// Keep somebody's posts, or those of a space, out of your timeline; without a word on whom: list them
#[derive(Debug, Args)]
#[command(after_help = "\
Nobody is told. In conversations and on their own page their posts still show.

Examples:
  hearth mute hearth1…
  hearth mute 'Book club'
  hearth mute hearth1… --undo")]
pub(crate) struct MuteArgs {
    /// Their key, or a space's name or id
    #[arg(value_name = "KEY-OR-SPACE", value_parser = key_or_space)]
    key: Option<String>,
    /// Let them in again
    #[arg(long, requires = "key")]
    undo: bool,
}

/// Have nothing more to do with somebody; without a word on whom: list them
#[derive(Debug, Args)]
#[command(after_help = "\
It ends following and friendship, hides their posts, replies, reactions and mentions from you, refuses their knocks, and
your node gives theirs nothing of yours any more. What they could read before, they may have kept; and what is public they
may get from others. In spaces that both of you are in they go on reading. `--undo` doesn't bring friendship back by itself.")]
pub(crate) struct BlockArgs {
    /// Their key
    #[arg(value_name = "KEY", value_parser = values::key)]
    key: Option<Key>,
    /// End it
    #[arg(long, requires = "key")]
    undo: bool,
}

/// Keep a post to come back to; without a word on which: show all of them
#[derive(Debug, Args)]
pub(crate) struct BookmarkArgs {
    /// The post
    #[arg(value_name = "ID", value_parser = values::entry_id)]
    id: Option<EntryId>,
    /// Keep it no longer
    #[arg(long, requires = "id")]
    undo: bool,
}

/// Say with one emoji what you think of a post
#[derive(Debug, Args)]
#[command(after_help = "\
Those who may read the post may read the reaction.

Examples:
  hearth react 3f…e1 ❤
  hearth react 3f…e1 ❤ --undo")]
pub(crate) struct ReactArgs {
    /// The post
    #[arg(value_name = "ID", value_parser = values::entry_id)]
    id: EntryId,
    /// The emoji
    #[arg(value_parser = values::emoji)]
    emoji: String,
    /// Take it back
    #[arg(long)]
    undo: bool,
}

/// Show a list of people, and put people on it or take them off
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Only you see your lists. A list begins with the first one who is put on it and ends with the last one who is taken off.

Examples:
  hearth list Neighbours --add hearth1… --add hearth1…
  hearth list Neighbours --remove hearth1…
  hearth timeline --list Neighbours")]
pub(crate) struct ListArgs {
    /// The list's name
    #[arg(value_parser = values::list_name)]
    #[serde(rename = "list")]
    name: String,
    /// Put them on it
    #[arg(long, value_name = "KEY", value_parser = values::key)]
    add: Vec<Key>,
    /// Take them off it
    #[arg(long, value_name = "KEY", value_parser = values::key)]
    remove: Vec<Key>,
}

/// Show how far you read; with a post: note that you read up to it
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
All your devices know it.

Examples:
  hearth read
  hearth read 3f…e1
  hearth read 3f…e1 --space 'Book club'")]
pub(crate) struct ReadArgs {
    /// The last post that you read
    #[arg(value_name = "ID", value_parser = values::entry_id)]
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<EntryId>,
    /// In this space rather than in the timeline: its name or id
    #[arg(long, value_name = "SPACE", requires = "id", value_parser = values::space)]
    #[serde(skip_serializing_if = "Option::is_none")]
    space: Option<String>,
}

/// Show what you chose, and choose
#[derive(Debug, Args)]
#[command(after_help = "\
Settings go along to all your devices and come back with a restore.

Examples:
  hearth settings
  hearth settings post.audience public     new posts are for everybody unless they say otherwise
  hearth settings post.audience --unset")]
pub(crate) struct SettingsArgs {
    /// Which setting
    name: Option<String>,
    /// What it shall be
    #[arg(requires = "name")]
    value: Option<String>,
    /// As it is by default
    #[arg(long, requires = "name", conflicts_with = "value")]
    unset: bool,
}

#[derive(Serialize)]
struct Switch<T> {
    key: T,
    on: bool,
}

#[derive(Serialize)]
struct Bookmark {
    id: EntryId,
    on: bool,
}

#[derive(Serialize, Deserialize)]
struct Bookmarked {
    id: String,
    bookmarked: bool,
}

#[derive(Serialize)]
struct React {
    id: EntryId,
    emoji: String,
    on: bool,
}

#[derive(Serialize)]
struct Choose {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    unset: bool,
}

/// A key, or what may be a space's name.
fn key_or_space(text: &str) -> Result<String, String> {
    if text.starts_with("hearth1") {
        values::key(text).map(|key| key.to_string())
    } else {
        values::space(text)
    }
}

pub(super) fn mute(args: MuteArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let Some(key) = args.key else {
        let muted: Vec<Muted> = cx.ask("mutes", &Nothing {})?;
        return cx.out.give(&muted, |muted, page| {
            if muted.is_empty() {
                return page.line("Nobody and nothing is muted.");
            }
            muted.iter().try_for_each(|muted| named_line(muted, page))
        });
    };
    let on = !args.undo;
    let muted: Muted = cx.ask("mute", &Switch { key, on })?;
    cx.out.give(&muted, |muted, page| {
        let who = called(muted);
        if on {
            page.line(format_args!(
                "{who} doesn't show in your timeline any more."
            ))
        } else {
            page.line(format_args!("{who} shows in your timeline again."))
        }
    })
}

/// The name, or the key or id while there is none.
fn called(muted: &Muted) -> String {
    let id = muted.identity.as_ref().or(muted.space.as_ref());
    let known = if muted.name.is_empty() {
        id.cloned().unwrap_or_default()
    } else {
        muted.name.clone()
    };
    Escaped::word(&known).to_string()
}

fn named_line(muted: &Muted, page: &mut Page<'_>) -> io::Result<()> {
    let id = muted.identity.as_ref().or(muted.space.as_ref());
    line_of(&muted.name, id.map_or("", String::as_str), page)
}

fn line_of(name: &str, id: &str, page: &mut Page<'_>) -> io::Result<()> {
    let name = format!("{:<20}", Escaped::word(name).to_string());
    page.line(format_args!(
        "{} {}",
        page.bold(name),
        page.dim(Escaped::word(id))
    ))
}

fn people(people: &[Person], page: &mut Page<'_>) -> io::Result<()> {
    people
        .iter()
        .try_for_each(|person| line_of(&person.name, &person.identity, page))
}

pub(super) fn block(args: BlockArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let Some(key) = args.key else {
        let blocked: Vec<Person> = cx.ask("blocks", &Nothing {})?;
        return cx.out.give(&blocked, |blocked, page| {
            if blocked.is_empty() {
                return page.line("You block nobody.");
            }
            people(blocked, page)
        });
    };
    let on = !args.undo;
    let blocked: Blocked = cx.ask("block", &Switch { key, on })?;
    super::warn(&blocked.warnings);
    cx.out.give(&blocked, |blocked, page| {
        let who = super::people::Who(&blocked.relation);
        if on {
            page.line(format_args!("You block {who} now."))
        } else {
            page.line(format_args!("You don't block {who} any more."))
        }
    })
}

pub(super) fn bookmark(args: BookmarkArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let Some(id) = args.id else {
        return posts::list(
            "bookmarks",
            &Nothing {},
            "No post is bookmarked: keep one with `hearth bookmark ID`.",
            cx,
        );
    };
    let on = !args.undo;
    let bookmarked: Bookmarked = cx.ask("bookmark", &Bookmark { id, on })?;
    cx.out.give(&bookmarked, |bookmarked, page| {
        let id = Escaped::word(&bookmarked.id);
        if on {
            page.line(format_args!("Bookmarked {id}"))
        } else {
            page.line(format_args!("No longer bookmarked: {id}"))
        }
    })
}

pub(super) fn react(args: ReactArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let (id, emoji, on) = (args.id, args.emoji, !args.undo);
    let post: Post = cx.ask("react", &React { id, emoji, on })?;
    let now_ms = now_ms();
    cx.out
        .give(&post, |post, page| posts::show(post, now_ms, page))
}

pub(super) fn list(args: &ListArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let list: PeopleList = cx.ask("list", args)?;
    cx.out.give(&list, |list, page| {
        if list.members.is_empty() {
            let name = Escaped::word(&list.name);
            return page.line(format_args!(
                "Nobody is on a list {name}: put people on it with --add KEY."
            ));
        }
        people(&list.members, page)
    })
}

pub(super) fn lists(cx: &mut Context<'_>) -> Result<(), CliError> {
    let lists: Vec<PeopleList> = cx.ask("lists", &Nothing {})?;
    cx.out.give(&lists, |lists, page| {
        if lists.is_empty() {
            return page.line("You have no lists: begin one with `hearth list NAME --add KEY`.");
        }
        for list in lists {
            let name = format!("{:<20}", Escaped::word(&list.name).to_string());
            let members = u64::try_from(list.members.len()).unwrap_or(u64::MAX);
            let members = count(members, "person", "people");
            page.line(format_args!("{} {members}", page.bold(name)))?;
        }
        Ok(())
    })
}

pub(super) fn read(args: &ReadArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let positions: Vec<ReadTo> = cx.ask("read", args)?;
    let now_ms = now_ms();
    cx.out.give(&positions, |positions, page| {
        if positions.is_empty() {
            return page.line("You noted nowhere how far you read: `hearth read ID` does.");
        }
        positions
            .iter()
            .try_for_each(|position| read_line(position, now_ms, page))
    })
}

fn read_line(position: &ReadTo, now_ms: u64, page: &mut Page<'_>) -> io::Result<()> {
    let place = match (&position.space, &position.space_name) {
        (None, _) => "timeline",
        (Some(id), name) if name.is_empty() => id,
        (Some(_), name) => name,
    };
    let place = format!("{:<20}", Escaped::word(place).to_string());
    let unread = match position.unread {
        Some(unread) => format!("{unread} unread, "),
        None => String::new(),
    };
    page.line(format_args!(
        "{} {unread}read up to {}  {}",
        page.bold(place),
        when(position.time_ms, now_ms),
        page.dim(Escaped::word(&position.id))
    ))
}

pub(super) fn settings(args: SettingsArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let Some(key) = args.name else {
        let settings: Vec<Setting> = cx.ask("settings", &Nothing {})?;
        return cx.out.give(&settings, |settings, page| {
            settings
                .iter()
                .try_for_each(|setting| set_line(setting, page))
        });
    };
    let (value, unset) = (args.value, args.unset);
    let setting: Setting = cx.ask("setting", &Choose { key, value, unset })?;
    cx.out.give(&setting, set_line)
}

fn set_line(setting: &Setting, page: &mut Page<'_>) -> io::Result<()> {
    let choices = format!("({})", setting.choices.join(", "));
    page.line(format_args!(
        "{} = {}  {}",
        Escaped::word(&setting.name),
        page.bold(Escaped::word(&setting.value)),
        page.dim(Escaped::word(&choices))
    ))
}
