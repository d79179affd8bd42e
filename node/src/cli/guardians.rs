//! Friends who keep each other's data: `pledge`, `guardians`.

use std::io;

use clap::Args;
use serde::Serialize;

use super::error::CliError;
use super::output::{Escaped, Page};
use super::values::{self, Key, Size};
use super::when::{now_ms, size, when};
use super::{Context, Nothing};
use crate::app::model::{Guardian, PledgeGiven};

/// Whose node was connected so short a while ago is here.
const HERE_MS_MAX: u64 = 10_000;

/// Promise to keep a friend's data, up to a size
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
What they keep with you is sealed: you learn neither what it is nor whose names are in it. A pledge counts while you
follow each other, and may be given before they follow you. The newest one counts: 0 ends it, and what lies beyond a
smaller one stays for 30 days, so that they can move it.

Examples:
  hearth pledge hearth1… 20GB
  hearth pledge hearth1… 0")]
pub(crate) struct PledgeArgs {
    /// Their key, as `hearth following` lists it
    #[arg(value_name = "KEY", value_parser = values::key)]
    key: Key,
    /// How much: a number with B, kB…TB (powers of ten) or KiB…TiB
    #[arg(value_name = "SIZE", value_parser = values::size)]
    #[serde(rename = "bytes")]
    size: Size,
}

pub(super) fn pledge(args: &PledgeArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let given: PledgeGiven = cx.ask("pledge", args)?;
    cx.out.give(&given, |given, page| {
        let who = Escaped::word(&given.to);
        if given.bytes == 0 {
            return page.line(format_args!(
                "You pledge nothing to {who} any more. What is here stays for 30 days, so that they can move it."
            ));
        }
        page.line(format_args!(
            "You pledge {} to {who}. It counts while you follow each other.",
            size(given.bytes)
        ))
    })
}

pub(super) fn guardians(cx: &mut Context<'_>) -> Result<(), CliError> {
    let guardians: Vec<Guardian> = cx.ask("guardians", &Nothing {})?;
    cx.out.give(&guardians, |guardians, page| {
        show(guardians, page, now_ms())
    })
}

fn show(guardians: &[Guardian], page: &mut Page<'_>, now_ms: u64) -> io::Result<()> {
    if guardians.is_empty() {
        return page.line(
            "Nobody keeps your data yet: ask friends to run `hearth pledge` with your key, and do the same for them.",
        );
    }
    page.line(page.dim(format_args!(
        "{:<20} {:>21} {:>21}  {}",
        "", "keeps of yours", "you keep of theirs", "seen"
    )))?;
    for guardian in guardians {
        let known = if guardian.name.is_empty() {
            &guardian.identity
        } else {
            &guardian.name
        };
        let name: String = Escaped::word(known).to_string().chars().take(20).collect();
        page.line(format_args!(
            "{} {:>21} {:>21}  {}",
            page.bold(format!("{name:<20}")),
            share(guardian.used_by_me, guardian.pledged_to_me),
            share(guardian.used_on_me, guardian.pledged_by_me),
            seen(guardian.last_seen_ms, now_ms),
        ))?;
        page.line(format_args!(
            "  {}",
            page.dim(Escaped::word(&guardian.identity))
        ))?;
        if let Some(ends_ms) = guardian.ends_ms {
            let days = ends_ms.saturating_sub(now_ms).div_ceil(24 * 60 * 60 * 1000);
            page.line(format_args!(
                "  What they keep beyond their pledge goes within {days} days."
            ))?;
        }
    }
    Ok(())
}

/// How much of a pledge is used.
fn share(used: u64, pledged: u64) -> String {
    match (used, pledged) {
        (0, 0) => "-".to_owned(),
        _ => format!("{} of {}", size(used), size(pledged)),
    }
}

fn seen(last_seen_ms: u64, now_ms: u64) -> String {
    match last_seen_ms {
        0 => "never yet".to_owned(),
        seen if now_ms.saturating_sub(seen) < HERE_MS_MAX => "here now".to_owned(),
        seen => when(seen, now_ms),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::output::Output;
    use super::*;

    fn shown(guardians: &[Guardian]) -> String {
        let mut bytes = Vec::new();
        let mut out = Output::to(Box::new(&mut bytes), false);
        out.give(guardians, |guardians, page| {
            show(guardians, page, 1_000_000_000)
        })
        .unwrap();
        drop(out);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_table_says_who_keeps_what() {
        let alice = Guardian {
            identity: "hearth1a".to_owned(),
            name: "Alice".to_owned(),
            pledged_to_me: 2_000_000_000,
            used_by_me: 1_000_000,
            pledged_by_me: 0,
            used_on_me: 0,
            last_seen_ms: 999_999_000,
            ends_ms: None,
        };
        let bob = Guardian {
            identity: "hearth1b".to_owned(),
            name: String::new(),
            pledged_to_me: 0,
            used_by_me: 5_000,
            last_seen_ms: 0,
            ends_ms: Some(1_000_000_000 + 86_400_000),
            ..alice.clone()
        };
        let text = shown(&[alice, bob]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].starts_with("Alice "), "{text}");
        assert!(lines[1].contains("976.5 KiB of 1.8 GiB"), "{text}");
        assert!(lines[1].ends_with("-  here now"), "{text}");
        assert!(lines[3].starts_with("hearth1b "), "{text}");
        assert!(lines[3].ends_with("never yet"), "{text}");
        assert!(lines[5].contains("within 1 days"), "{text}");
        let column = |line: &str| line.find(" of ").unwrap();
        assert!(lines[1].len() > column(lines[1]), "{text}");
        assert!(shown(&[]).contains("hearth pledge"));
    }
}
