//! Whom you follow and who follows you: `follow`, `unfollow`, `following`, `followers`.

use std::fmt;
use std::io;

use clap::Args;
use serde::Serialize;

use super::error::CliError;
use super::output::{Escaped, Page};
use super::values::{self, Key, Target};
use super::{Context, Nothing};
use crate::app::model::{How, Relation, RelationState};

/// Follow somebody by their key or link
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
A link also says where their node is. A key alone is fine too: it is kept, and connects as soon as a way is known.
The followed one is told, and nobody else. Who follows each other, and told so, are friends.

Examples:
  hearth follow hearth1… --private         nobody is told, so you can't become friends
  hearth follow hearth1… --open            everybody may read that you follow them
  hearth follow 'hearth:hearth1…?via=/ip4/192.0.2.7/udp/4749/quic-v1/p2p/12D3…'
  hearth follow hearth1…")]
pub(crate) struct FollowArgs {
    /// What `hearth link` or `hearth id` shows on their side
    #[arg(value_name = "KEY-OR-LINK", value_parser = values::key_or_link)]
    #[serde(flatten)]
    target: Target,
    /// Let everybody read that you follow them
    #[arg(long, conflicts_with = "private")]
    #[serde(skip)]
    open: bool,
    /// Tell nobody, not even them
    #[arg(long)]
    #[serde(skip)]
    private: bool,
}

#[derive(Serialize)]
struct Follow<'a> {
    #[serde(flatten)]
    target: &'a Target,
    how: How,
}

/// List whom you follow, or whom somebody says to everybody that they follow
#[derive(Debug, Args, Serialize)]
pub(crate) struct FollowingArgs {
    /// Their key
    #[arg(value_name = "KEY", value_parser = values::key)]
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Key>,
}

/// Stop following somebody
#[derive(Debug, Args, Serialize)]
pub(crate) struct UnfollowArgs {
    /// Their key, as `hearth following` lists it
    #[arg(value_name = "KEY", value_parser = values::key)]
    key: Key,
}

pub(super) fn follow(args: &FollowArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let how = match (args.open, args.private) {
        (true, _) => How::Open,
        (_, true) => How::Private,
        _ => How::Told,
    };
    let target = &args.target;
    let relation: Relation = cx.ask("follow", &Follow { target, how })?;
    cx.out.give(&relation, show_change)
}

pub(super) fn unfollow(args: &UnfollowArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let relation: Relation = cx.ask("unfollow", args)?;
    cx.out.give(&relation, show_change)
}

pub(super) fn following(args: &FollowingArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let relations: Vec<Relation> = cx.ask("following", args)?;
    let nobody = match args.key {
        Some(_) => "They follow nobody openly, as far as this node knows.",
        None => "You follow nobody yet: ask a friend for what their `hearth link` shows.",
    };
    cx.out.give(&relations, |relations, page| {
        show_list(relations, page, nobody)
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
        RelationState::Following if relation.private => {
            page.line(format_args!("You follow {who} now, and nobody is told."))
        }
        RelationState::Following if relation.open => page.line(format_args!(
            "You follow {who} now, and everybody may read it."
        )),
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
            RelationState::Following if relation.private => "in private",
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
pub(super) struct Who<'a>(pub(super) &'a Relation);

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Relation { name, identity, .. } = self.0;
        let known = if name.is_empty() { identity } else { name };
        Escaped::word(known).fmt(f)
    }
}
