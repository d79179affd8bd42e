//! Who may read: `space create`, `list`, `show`, `add`, `remove`, `promote`, `rename`, `leave`.

use std::io;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::error::CliError;
use super::output::{Escaped, Page};
use super::values::{self, Key};
use super::{Context, Nothing, invites};
use crate::app::model::{Audience, SpaceInfo, SpaceMember, SpaceRole};

/// Of a space's id, enough to tell two of the same name apart.
const SHORT_ID_CHARS: usize = 16;

/// Closed circles: who is in them, and who runs them
#[derive(Debug, Args)]
#[command(after_help = "\
SPACE is a name, where only one of your spaces has it, or an id.

Examples:
  hearth space create 'Book club' --member hearth1… --member hearth1…
  hearth post --space 'Book club' 'What do we read next?'
  hearth timeline --space 'Book club'
  hearth space add 'Book club' hearth1… --with-past
  hearth space remove 'Book club' hearth1…")]
pub(crate) struct SpaceArgs {
    #[command(subcommand)]
    verb: SpaceVerb,
}

#[derive(Debug, Subcommand)]
enum SpaceVerb {
    Create(CreateArgs),
    /// List the spaces that you are in
    List,
    /// Show a space and who is in it
    Show(OfSpace),
    Add(AddArgs),
    /// Take a member out; who left, too: what they say from now on counts no more
    Remove(MemberArgs),
    /// Make a member an admin
    Promote(MemberArgs),
    Rename(RenameArgs),
    /// Go out of a space; its only admin is followed by the member who was there first
    Leave(OfSpace),
    Invite(invites::InviteArgs),
    Invites(invites::InvitesArgs),
    Uninvite(invites::UninviteArgs),
    Join(invites::JoinArgs),
}

/// Found a space; you are its first admin
#[derive(Debug, Args, Serialize)]
struct CreateArgs {
    /// What it is called
    #[arg(value_parser = values::space_name)]
    name: String,
    /// Somebody who is in it from the beginning; may be given several times
    #[arg(long = "member", value_name = "KEY", value_parser = values::key)]
    members: Vec<Key>,
}

/// Show a space and who is in it
#[derive(Debug, Args, Serialize)]
struct OfSpace {
    /// Its name or id
    #[arg(value_parser = values::space)]
    space: String,
}

/// Add somebody; from now on they read along
#[derive(Debug, Args, Serialize)]
struct AddArgs {
    /// Its name or id
    #[arg(value_parser = values::space)]
    space: String,
    /// Whom
    #[arg(value_parser = values::key)]
    key: Key,
    /// They may also read what was written before
    #[arg(long)]
    with_past: bool,
}

/// Change how a member stands: `remove` takes them out, `promote` makes them an admin
#[derive(Debug, Args, Serialize)]
struct MemberArgs {
    /// Its name or id
    #[arg(value_parser = values::space)]
    space: String,
    /// Whom
    #[arg(value_parser = values::key)]
    key: Key,
}

/// Call a space something else
#[derive(Debug, Args, Serialize)]
struct RenameArgs {
    /// Its name or id
    #[arg(value_parser = values::space)]
    space: String,
    /// What it is called from now on
    #[arg(value_parser = values::space_name)]
    name: String,
}

pub(super) fn space(args: &SpaceArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    match &args.verb {
        SpaceVerb::Create(args) => change("space-create", args, cx),
        SpaceVerb::List => list(cx),
        SpaceVerb::Show(args) => change("space", args, cx),
        SpaceVerb::Add(args) => change("space-add", args, cx),
        SpaceVerb::Remove(args) => change("space-remove", args, cx),
        SpaceVerb::Promote(args) => change("space-promote", args, cx),
        SpaceVerb::Rename(args) => change("space-rename", args, cx),
        SpaceVerb::Leave(args) => leave(args, cx),
        SpaceVerb::Invite(args) => invites::invite(args, cx),
        SpaceVerb::Invites(args) => invites::invites(args, cx),
        SpaceVerb::Uninvite(args) => invites::uninvite(args, cx),
        SpaceVerb::Join(args) => invites::join(args, cx),
    }
}

fn change(verb: &str, question: &impl Serialize, cx: &mut Context<'_>) -> Result<(), CliError> {
    let space: SpaceInfo = cx.ask(verb, question)?;
    super::warn(&space.warnings);
    cx.out.give(&space, show)
}

fn leave(args: &OfSpace, cx: &mut Context<'_>) -> Result<(), CliError> {
    let space: SpaceInfo = cx.ask("space-leave", args)?;
    super::warn(&space.warnings);
    cx.out.give(&space, |space, page| {
        page.line(format_args!("You left {}.", Escaped::word(&space.name)))
    })
}

fn list(cx: &mut Context<'_>) -> Result<(), CliError> {
    let spaces: Vec<SpaceInfo> = cx.ask("spaces", &Nothing {})?;
    cx.out.give(&spaces, |spaces, page| {
        spaces.iter().try_for_each(|space| head(space, page))
    })
}

/// One line of a list.
fn head(space: &SpaceInfo, page: &mut Page<'_>) -> io::Result<()> {
    let name = format!("{:<24}", Escaped::word(&space.name).to_string());
    let kind = space.kind.as_str();
    let role = space.role.as_str();
    let count = match space.kind {
        Audience::Public => String::new(),
        _ => super::when::count(
            u64::try_from(space.members.len()).unwrap_or(u64::MAX),
            "member",
            "members",
        ),
    };
    let short: String = space.id.chars().take(SHORT_ID_CHARS).collect();
    page.line(format_args!(
        "{} {kind:<8} {role:<8} {count:<12} {}",
        page.bold(name),
        page.dim(Escaped::word(&short))
    ))
}

/// All that there is to say of one.
pub(super) fn show(space: &SpaceInfo, page: &mut Page<'_>) -> io::Result<()> {
    page.line(format_args!(
        "{}  {}, epoch {}",
        page.bold(Escaped::word(&space.name)),
        space.kind.as_str(),
        space.epoch
    ))?;
    page.line(format_args!("  {}", page.dim(Escaped::word(&space.id))))?;
    match space.role {
        SpaceRole::Left => page.line("  You aren't in it any more.")?,
        SpaceRole::Invited => page.line("  You asked to come in, and aren't in yet.")?,
        SpaceRole::Admin | SpaceRole::Member => {}
    }
    space.members.iter().try_for_each(|who| member(who, page))
}

fn member(who: &SpaceMember, page: &mut Page<'_>) -> io::Result<()> {
    let name = format!("{:<20}", Escaped::word(&who.name).to_string());
    page.line(format_args!(
        "  {:<8} {} {}",
        who.role.as_str(),
        page.bold(name),
        page.dim(Escaped::word(&who.identity))
    ))
}
