//! Whom you follow and who follows you: `follow`, `unfollow`, `following`, `followers`.

use std::fmt;
use std::io;

use clap::Args;
use serde::Serialize;

use super::error::CliError;
use super::output::{Escaped, Page};
use super::values::{self, Key, Target};
use super::{Context, Nothing};
use crate::app::model::{Relation, RelationState};

/// Follow somebody by their key or link
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
A link also says where their node is. A key alone is fine too: it is kept, and connects as soon as a way is known.
Who follows each other are friends.

Examples:
  hearth follow 'hearth:hearth1…?via=/ip4/192.0.2.7/udp/4749/quic-v1/p2p/12D3…'
  hearth follow hearth1…")]
pub(crate) struct FollowArgs {
    /// What `hearth link` or `hearth id` shows on their side
    #[arg(value_name = "KEY-OR-LINK", value_parser = values::key_or_link)]
    #[serde(flatten)]
    target: Target,
}

/// Stop following somebody
#[derive(Debug, Args, Serialize)]
pub(crate) struct UnfollowArgs {
    /// Their key, as `hearth following` lists it
    #[arg(value_name = "KEY", value_parser = values::key)]
    key: Key,
}

pub(super) fn follow(args: &FollowArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let relation: Relation = cx.ask("follow", args)?;
    cx.out.give(&relation, show_change)
}

pub(super) fn unfollow(args: &UnfollowArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let relation: Relation = cx.ask("unfollow", args)?;
    cx.out.give(&relation, show_change)
}

pub(super) fn following(cx: &mut Context<'_>) -> Result<(), CliError> {
    let relations: Vec<Relation> = cx.ask("following", &Nothing {})?;
    cx.out.give(&relations, |relations, page| {
        show_list(
            relations,
            page,
            "You follow nobody yet: ask a friend for what their `hearth link` shows.",
        )
    })
}

pub(super) fn followers(cx: &mut Context<'_>) -> Result<(), CliError> {
    let relations: Vec<Relation> = cx.ask("followers", &Nothing {})?;
    cx.out.give(&relations, |relations, page| {
        show_list(
            relations,
            page,
            "Nobody follows you yet: send what `hearth link` shows to a friend.",
        )
    })
}

fn show_change(relation: &Relation, page: &mut Page<'_>) -> io::Result<()> {
    let who = Who(relation);
    match relation.state {
        RelationState::Following => page.line(format_args!("You follow {who} now.")),
        RelationState::Friends => page.line(format_args!(
            "You and {who} follow each other: you are friends."
        )),
        RelationState::None => page.line(format_args!("You don't follow {who} any more.")),
    }
}

fn show_list(relations: &[Relation], page: &mut Page<'_>, nobody: &str) -> io::Result<()> {
    if relations.is_empty() {
        return page.line(nobody);
    }
    for relation in relations {
        let state = match relation.state {
            RelationState::Following => "following",
            RelationState::Friends => "friends",
            RelationState::None => "follows you",
        };
        let name = format!("{:<20}", Escaped::word(&relation.name).to_string());
        let identity = Escaped::word(&relation.identity);
        page.line(format_args!(
            "{state:<12} {} {}",
            page.bold(name),
            page.dim(identity)
        ))?;
    }
    Ok(())
}

/// The name, or the key while no name is known.
struct Who<'a>(&'a Relation);

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Relation { name, identity, .. } = self.0;
        let known = if name.is_empty() { identity } else { name };
        Escaped::word(known).fmt(f)
    }
}
