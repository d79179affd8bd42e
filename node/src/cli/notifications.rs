//! What you are told: `notifications`.

use std::io;

use clap::{Args, ValueEnum, value_parser};
use serde::{Deserialize, Serialize};

use super::error::CliError;
use super::output::{Escaped, Page};
use super::when::{count, now_ms, when};
use super::{Context, Nothing};
use crate::app::model::{Notification, NotificationKind, Notifications, Person};

/// Of a key, enough to tell two people without a name apart.
const SHORT_KEY_CHARS: usize = 16;
/// Of a text, what stands beside what happened.
const TEXT_CHARS: usize = 120;

/// Show who answered you, mentions you, reacted, follows and knocks, newest first
#[derive(Debug, Args)]
#[command(after_help = "\
Whom you mute or block tells you nothing. What you read is read on all your devices.

Examples:
  hearth notifications
  hearth notifications --unread --read      what is new, and that you read it
  hearth notifications --only mentions")]
pub(crate) struct NotificationsArgs {
    /// Only what you haven't read
    #[arg(long)]
    unread: bool,
    /// Note that you read all of it
    #[arg(long)]
    read: bool,
    /// Only of one kind
    #[arg(long, value_name = "KIND")]
    only: Option<Kind>,
    /// At most so many, 1 to 100 [default: 30]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=100))]
    limit: Option<u64>,
    /// Only what stands after this "place", to read on where a list ended
    #[arg(long, value_name = "PLACE")]
    before: Option<String>,
}

/// Which of them.
#[derive(Debug, Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// Who mentions you
    Mentions,
    /// Answers to what you wrote
    Replies,
    /// Reactions to it, and who boosted it
    Reactions,
    /// Who follows, knocks, became a friend, or let you into a space
    People,
}

#[derive(Serialize)]
struct Asked {
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    only: Option<Kind>,
    unread: bool,
}

#[derive(Deserialize)]
struct Left {
    #[serde(rename = "unread")]
    _unread: u64,
}

pub(super) fn notifications(args: NotificationsArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let asked = Asked {
        limit: args.limit,
        before: args.before,
        only: args.only,
        unread: args.unread,
    };
    let told: Notifications = cx.ask("notifications", &asked)?;
    if args.read {
        let _: Left = cx.ask("notifications-read", &Nothing {})?;
    }
    let now_ms = now_ms();
    cx.out.give(&told, |told, page| {
        if told.items.is_empty() {
            return page.line("Nothing to tell.");
        }
        told.items
            .iter()
            .try_for_each(|one| show(one, now_ms, page))
    })
}

fn name(person: &Person) -> String {
    if person.name.is_empty() {
        let short: String = person.identity.chars().take(SHORT_KEY_CHARS).collect();
        format!("{short}…")
    } else {
        Escaped::word(&person.name).to_string()
    }
}

/// "Alice", "Alice and Bob", "Alice, Bob and 3 others".
fn names(one: &Notification) -> String {
    let mut names: Vec<String> = one.people.iter().map(name).collect();
    let shown = if one.count > 2 { 2 } else { names.len() };
    names.truncate(shown);
    let others = one.count.saturating_sub(names.len() as u64);
    if others > 0 {
        names.push(count(others, "other", "others"));
    }
    let last = names.pop().unwrap_or_default();
    match names.is_empty() {
        true => last,
        false => format!("{} and {last}", names.join(", ")),
    }
}

fn did(one: &Notification) -> String {
    match one.kind {
        NotificationKind::Reply => "answered you".to_owned(),
        NotificationKind::Mention => "mentions you".to_owned(),
        NotificationKind::Reaction => {
            let emoji = one.emoji.as_deref().unwrap_or_default();
            format!("reacted {} to", Escaped::word(emoji))
        }
        NotificationKind::Boost => "boosted".to_owned(),
        NotificationKind::Follower => "follows you".to_owned(),
        NotificationKind::Friend => "and you are friends now".to_owned(),
        NotificationKind::Knock => "asks to be friends".to_owned(),
        NotificationKind::Space => {
            format!("let you into {}", Escaped::word(&one.space_name))
        }
    }
}

fn show(one: &Notification, now_ms: u64, page: &mut Page<'_>) -> io::Result<()> {
    let mark = if one.unread { "* " } else { "  " };
    page.line(format_args!(
        "{mark}{} {}  {}",
        page.bold(names(one)),
        did(one),
        page.dim(when(one.time_ms, now_ms))
    ))?;
    let text = one
        .post
        .as_ref()
        .map(|post| &post.text)
        .or(one.text.as_ref());
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        let mut short: String = text.chars().take(TEXT_CHARS).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        page.line(format_args!("    {}", Escaped::word(&short)))?;
    }
    if let Some(post) = &one.post {
        page.line(format_args!("    {}", page.dim(Escaped::word(&post.id))))?;
    }
    Ok(())
}
