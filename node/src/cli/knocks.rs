//! Asking to be friends, and answering: `knock`, `knocks`, `accept`, `decline`.

use std::io;

use clap::Args;
use hearth_protocol::bounds::KNOCK_TEXT_BYTES_MAX;
use serde::Serialize;

use super::error::CliError;
use super::output::{Escaped, Page};
use super::people::Who;
use super::values::{self, Key, Target};
use super::when::{now_ms, when};
use super::{Context, Nothing};
use crate::app::model::{Knock, Relation, RelationState};

/// Ask somebody to be friends
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
You follow them from now on; once they accept, you are friends. If their node can't be reached, yours leaves the knock
with friends of both of you, as soon as it meets one who is.

Examples:
  hearth knock hearth1… 'We met at the book club'
  hearth knock 'hearth:hearth1…?via=/ip4/192.0.2.7/udp/4749/quic-v1/p2p/12D3…'")]
pub(crate) struct KnockArgs {
    /// Their key or link
    #[arg(value_name = "KEY-OR-LINK", value_parser = values::key_or_link)]
    #[serde(flatten)]
    target: Target,
    /// A few words, so that they know who you are
    #[arg(value_parser = knock_text, default_value = "")]
    text: String,
}

/// Become friends with somebody who knocked
#[derive(Debug, Args, Serialize)]
pub(crate) struct AcceptArgs {
    /// Their key, as `hearth knocks` lists it
    #[arg(value_parser = values::key)]
    key: Key,
}

/// Don't become friends with somebody who knocked; they aren't told, and can't knock again
#[derive(Debug, Args, Serialize)]
pub(crate) struct DeclineArgs {
    /// Their key, as `hearth knocks` lists it
    #[arg(value_parser = values::key)]
    key: Key,
    /// Block them as well
    #[arg(long)]
    block: bool,
}

fn knock_text(text: &str) -> Result<String, String> {
    if text.len() > KNOCK_TEXT_BYTES_MAX {
        return Err(format!(
            "it is longer than {KNOCK_TEXT_BYTES_MAX} bytes: say it shorter"
        ));
    }
    Ok(text.to_owned())
}

pub(super) fn knock(args: &KnockArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let relation: Relation = cx.ask("knock", args)?;
    cx.out.give(&relation, |relation, page| {
        let who = Who(relation);
        if relation.state == RelationState::Friends {
            return page.line(format_args!("{who} follows you already: you are friends."));
        }
        page.line(format_args!(
            "You follow {who} now, and ask to be friends. `hearth following` tells when you are."
        ))
    })
}

pub(super) fn knocks(cx: &mut Context<'_>) -> Result<(), CliError> {
    let knocks: Vec<Knock> = cx.ask("knocks", &Nothing {})?;
    cx.out
        .give(&knocks, |knocks, page| show(knocks, page, now_ms()))
}

fn show(knocks: &[Knock], page: &mut Page<'_>, now_ms: u64) -> io::Result<()> {
    if knocks.is_empty() {
        return page.line("Nobody knocked. What was answered isn't listed any more.");
    }
    for knock in knocks {
        let name = Escaped::word(&knock.name);
        page.line(format_args!(
            "{}  {}  {}",
            page.bold(name),
            when(knock.time_ms, now_ms),
            page.dim(Escaped::word(&knock.identity))
        ))?;
        if !knock.text.is_empty() {
            page.line(format_args!("  {}", Escaped::word(&knock.text)))?;
        }
    }
    page.line("`hearth accept KEY` makes you friends; `hearth decline KEY` doesn't.")
}

pub(super) fn accept(args: &AcceptArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let relation: Relation = cx.ask("accept", args)?;
    cx.out.give(&relation, |relation, page| {
        page.line(format_args!("You and {} are friends.", Who(relation)))
    })
}

pub(super) fn decline(args: &DeclineArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let relation: Relation = cx.ask("decline", args)?;
    cx.out.give(&relation, |relation, page| {
        page.line(format_args!(
            "Declined. {} isn't told, and can't knock again.",
            Who(relation)
        ))
    })
}
