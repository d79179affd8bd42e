//! Links that let others into a space: `space invite`, `invites`, `uninvite`, `join`.

use std::io;

use clap::Args;
use serde::Serialize;

use super::Context;
use super::client::Patience;
use super::error::CliError;
use super::output::{Escaped, Page};
use super::values;
use super::when::{now_ms, until};
use crate::app::model::{Invite, SpaceInfo, SpaceRole};

/// How long `--wait` waits for an answer unless it says.
const WAIT_S_DEFAULT: &str = "60";
/// How long a link is for at most.
const EXPIRES_S_MAX: u64 = 10 * 365 * 24 * 60 * 60;
/// How long one may wait for an answer.
const WAIT_S_MAX: u64 = 60 * 60;

/// Make a link by which others can join; only for spaces that you are an admin of
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Who has the link can join, so send it as you would send a key. They are let in by your node, once it hears of them.

Examples:
  hearth space invite 'Book club' --uses 1 --expires 7d
  hearth space invites 'Book club'")]
pub(crate) struct InviteArgs {
    /// Its name or id
    #[arg(value_parser = values::space)]
    space: String,
    /// How many may join by it; any number unless it is given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    #[serde(skip_serializing_if = "Option::is_none")]
    uses: Option<u32>,
    /// How long it is for: a number of days, or one with m, h or d; for good unless it is given
    #[arg(long, value_name = "TIME", value_parser = lasting)]
    #[serde(rename = "expires_s", skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    /// Who joins by it may also read what was written before
    #[arg(long)]
    with_past: bool,
}

/// List the links by which others can join a space
#[derive(Debug, Args, Serialize)]
pub(crate) struct InvitesArgs {
    /// Its name or id
    #[arg(value_parser = values::space)]
    space: String,
}

/// Take a link back; who joined by it stays
#[derive(Debug, Args, Serialize)]
pub(crate) struct UninviteArgs {
    /// The invitation's id, as `hearth space invites` lists it
    id: String,
}

/// Join a space by a link that you were given
#[derive(Debug, Args, Serialize)]
pub(crate) struct JoinArgs {
    /// The link, in quotes; or - to read it from the standard input
    link: String,
    /// Wait for the answer, so many seconds at most
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = WAIT_S_DEFAULT,
        value_parser = clap::value_parser!(u64).range(0..=WAIT_S_MAX))]
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<u64>,
}

/// Reads how long something is for, in seconds.
pub(super) fn lasting(text: &str) -> Result<u64, String> {
    let wrong = || "give a number of days, or one with m, h or d, such as 12h or 7d".to_owned();
    let (number, seconds) = match text.chars().last().ok_or_else(wrong)? {
        'm' => (&text[..text.len() - 1], 60),
        'h' => (&text[..text.len() - 1], 60 * 60),
        'd' => (&text[..text.len() - 1], 24 * 60 * 60),
        _ => (text, 24 * 60 * 60),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = number
        .checked_mul(seconds)
        .filter(|seconds| *seconds <= EXPIRES_S_MAX);
    match seconds {
        None => Err("at most 3650d".to_owned()),
        Some(0) => Err("at least 1m".to_owned()),
        Some(seconds) => Ok(seconds),
    }
}

pub(super) fn invite(args: &InviteArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let invite: Invite = cx.ask("space-invite", args)?;
    cx.out.give(&invite, |invite, page| page.line(&invite.link))
}

pub(super) fn invites(args: &InvitesArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let invites: Vec<Invite> = cx.ask("space-invites", args)?;
    cx.out.give(&invites, |invites, page| {
        if invites.is_empty() {
            return page.line("There is no link: `hearth space invite SPACE` makes one.");
        }
        let now_ms = now_ms();
        invites
            .iter()
            .try_for_each(|invite| show(invite, page, now_ms))
    })
}

fn show(invite: &Invite, page: &mut Page<'_>, now_ms: u64) -> io::Result<()> {
    let of = match invite.uses {
        Some(uses) => format!("{} of {uses} joined", invite.used),
        None => format!("{} joined", invite.used),
    };
    let ends = match invite.expires_ms {
        Some(end) if end <= now_ms => "expired".to_owned(),
        Some(end) => format!("for {}", until(end, now_ms)),
        None => "for good".to_owned(),
    };
    page.line(format_args!(
        "{}  {of}, {ends}",
        page.bold(Escaped::word(&invite.id))
    ))?;
    page.line(format_args!("  {}", page.dim(Escaped::word(&invite.link))))
}

pub(super) fn uninvite(args: &UninviteArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let invite: Invite = cx.ask("space-uninvite", args)?;
    cx.out.give(&invite, |_, page| {
        page.line("Nobody joins by this link any more. Who did stays a member.")
    })
}

pub(super) fn join(args: &JoinArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let mut question = JoinArgs {
        link: args.link.clone(),
        wait: args.wait,
    };
    if question.link == "-" {
        question.link = values::link_from(cx.input)?;
    }
    let patience = match args.wait {
        Some(_) => Patience::Endless,
        None => Patience::Short,
    };
    let space: SpaceInfo = cx.ask_for("space-join", &question, patience)?;
    cx.out.give(&space, |space, page| match space.role {
        SpaceRole::Admin | SpaceRole::Member => super::spaces::show(space, page),
        SpaceRole::Invited | SpaceRole::Left => page.line(
            "You asked to join. You are let in once the one who invites hears of it; `hearth space list` tells.",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::lasting;

    #[test]
    fn how_long_a_link_is_for() {
        assert_eq!(lasting("7d"), Ok(604_800));
        assert_eq!(lasting("7"), Ok(604_800));
        assert_eq!(lasting("12h"), Ok(43_200));
        assert_eq!(lasting("5m"), Ok(300));
        for wrong in [
            "",
            "0",
            "3651",
            "7é",
            "d",
            "0d",
            "-1d",
            "1w",
            "99999999999999999999d",
            "3651d",
            "1é",
        ] {
            assert!(lasting(wrong).is_err(), "{wrong}");
        }
    }
}
