//! Finding what was said: `search`, `conversations`, `history`.

use std::io;

use clap::{Args, value_parser};
use serde::Serialize;

use super::error::CliError;
use super::output::{Escaped, Page};
use super::values::{self, EntryId, LocalId};
use super::when::{count, now_ms, when};
use super::{Context, Nothing, posts};
use crate::app::model::{Conversation, PastText, Person, Results};

/// Of a text, what stands beside a name.
const TEXT_CHARS: usize = 80;
/// Of a key, enough to tell two people without a name apart.
const SHORT_KEY_CHARS: usize = 16;

/// Look for posts, people and files
#[derive(Debug, Args)]
#[command(after_help = "\
All words must be there, in any order, in whichever case and with or without accents; a word may go on. The newest posts
come first, of all that is here and that you can read: public, of friends, in spaces, your own.

  \"two words\"        these words, one behind the other
  -word              not this word
  #tag               this tag
  from:NAME          by this person: a name, a key, or `me`
  in:SPACE           in this space: its name or id, or public, friends, private
  is:mine            by you
  has:link           with a link; has:photo: with a photo
  before:DATE        before this day, month or year: 2026-05-17, 2026-05, 2026
  after:DATE         from its beginning on

Examples:
  hearth search soup from:alice
  hearth search '\"book club\" in:Neighbours after:2026-01'")]
pub(crate) struct SearchArgs {
    /// What to look for
    #[arg(required = true, value_name = "QUERY")]
    query: Vec<String>,
    /// At most so many posts, 1 to 100 [default: 30]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=100))]
    limit: Option<u64>,
    /// Only posts before this "local_id", to look further where a list ended
    #[arg(long, value_name = "LOCALID", value_parser = values::local_id)]
    before: Option<LocalId>,
}

/// Show what a post said before it was changed, newest first
#[derive(Debug, Args, Serialize)]
pub(crate) struct HistoryArgs {
    /// The post, by the id that it was given at first
    #[arg(value_name = "ID", value_parser = values::entry_id)]
    id: EntryId,
}

#[derive(Serialize)]
struct Asked {
    query: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<LocalId>,
}

fn name(person: &Person) -> String {
    if person.name.is_empty() {
        let short: String = person.identity.chars().take(SHORT_KEY_CHARS).collect();
        format!("{short}…")
    } else {
        Escaped::word(&person.name).to_string()
    }
}

/// Words that the shell took apart go together again; where one has spaces in it, it was quoted for the shell alone.
fn whole(words: &[String]) -> String {
    words.join(" ")
}

pub(super) fn search(args: SearchArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let asked = Asked {
        query: whole(&args.query),
        limit: args.limit,
        before: args.before,
    };
    let results: Results = cx.ask("search", &asked)?;
    let now_ms = now_ms();
    cx.out.give(&results, |results, page| {
        for person in &results.people {
            let key = page.dim(Escaped::word(&person.identity));
            page.line(format_args!("{}  {key}", page.bold(name(person))))?;
        }
        for file in &results.files {
            page.line(Escaped::word(&file.path))?;
        }
        if !(results.people.is_empty() && results.files.is_empty()) {
            page.line("")?;
        }
        results
            .posts
            .iter()
            .try_for_each(|found| posts::show(&found.post, now_ms, page))?;
        ending(results, now_ms, page)
    })
}

fn ending(results: &Results, now_ms: u64, page: &mut Page<'_>) -> io::Result<()> {
    match (&results.next, results.back_to_ms) {
        (Some(next), Some(back_to_ms)) => page.line(format_args!(
            "Looked through posts back to {}. To look further: --before {}",
            when(back_to_ms, now_ms),
            Escaped::word(next)
        )),
        (Some(next), None) => page.line(format_args!("More: --before {}", Escaped::word(next))),
        (None, _) if results.posts.is_empty() => page.line("No post here has that."),
        (None, _) => Ok(()),
    }
}

pub(super) fn history(args: &HistoryArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let texts: Vec<PastText> = cx.ask("history", args)?;
    let now_ms = now_ms();
    cx.out.give(&texts, |texts, page| {
        texts.iter().try_for_each(|past| {
            page.line(page.dim(when(past.time_ms, now_ms)))?;
            for line in Escaped::text(&past.text).to_string().split('\n') {
                page.line(format_args!("  {line}"))?;
            }
            Ok(())
        })
    })
}

pub(super) fn conversations(cx: &mut Context<'_>) -> Result<(), CliError> {
    let conversations: Vec<Conversation> = cx.ask("conversations", &Nothing {})?;
    let now_ms = now_ms();
    cx.out.give(&conversations, |conversations, page| {
        if conversations.is_empty() {
            return page
                .line("You talk with nobody alone yet: `hearth post --to KEY 'Hello'` begins.");
        }
        conversations
            .iter()
            .try_for_each(|one| line(one, now_ms, page))
    })
}

fn line(one: &Conversation, now_ms: u64, page: &mut Page<'_>) -> io::Result<()> {
    let unread = match one.unread {
        0 => String::new(),
        unread => format!("  {}", count(unread, "unread post", "unread posts")),
    };
    let time = one.newest.as_ref().map(|post| when(post.time_ms, now_ms));
    page.line(format_args!(
        "{}  {}{unread}",
        page.bold(name(&one.with)),
        page.dim(time.unwrap_or_default())
    ))?;
    if let Some(post) = &one.newest {
        let mut short: String = post.text.chars().take(TEXT_CHARS).collect();
        if short.len() < post.text.len() {
            short.push('…');
        }
        page.line(format_args!("  {}", Escaped::word(&short)))?;
    }
    page.line(format_args!(
        "  {}",
        page.dim(Escaped::word(&one.with.identity))
    ))
}
