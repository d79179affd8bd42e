//! What friends keep of you: `backup now`, `status`, `what-if`, `snapshots`, `to`, `settings`.

use std::io;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::client::Patience;
use super::error::CliError;
use super::output::{Escaped, Page};
use super::values::{self, Size};
use super::when::{count, now_ms, size, when};
use super::{Context, Nothing};
use crate::app::backup::{Settings, SettingsWish};
use crate::backup::{Coverage, Health, Outcome, Snapshot};

/// What friends keep of you
#[derive(Debug, Args)]
#[command(
    about = "Back up to friends or to a folder, and see how safe everything is",
    after_help = "\
A running node backs up by itself, half a minute after something changed. Friends keep pieces that none of them can read;
your phrase brings everything back, with `hearth restore`.

Examples:
  hearth backup status
  hearth backup now --wait
  hearth backup what-if hearth1…
  hearth backup to /media/usb"
)]
pub(crate) struct BackupArgs {
    #[command(subcommand)]
    what: BackupVerb,
}

#[derive(Debug, Subcommand)]
enum BackupVerb {
    Now(NowArgs),
    /// Show how many friends you can lose, and what is on its way
    Status,
    WhatIf(WhatIfArgs),
    /// List the moments that can be restored, newest first
    Snapshots,
    To(ToArgs),
    Settings(SettingsArgs),
}

/// Back up what changed, now
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Answers as soon as it is certain what belongs to the snapshot, and goes on in the background.")]
struct NowArgs {
    /// Wait until everything is where it should be, or nothing more can be sent to friends who are there now
    #[arg(long)]
    wait: bool,
}

/// Show what would come back if some friends were gone
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Looks at where each piece lies now. Whoever shares a machine with one who is gone is gone too. Without a key: what there
is with everybody.

Example:
  hearth backup what-if hearth1… hearth1…")]
struct WhatIfArgs {
    /// Keys of those who are gone
    #[arg(value_name = "KEY")]
    without: Vec<String>,
}

/// Write a backup into a folder, such as a disk's
#[derive(Debug, Args)]
#[command(after_help = "\
The folder alone gives everything back: `hearth restore --phrase-file F --from DIR`. What is there already isn't written
again, nothing is removed, and several people may use one folder. Nobody can read it without your phrase.")]
struct ToArgs {
    /// The folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

/// Show or change how backups are made
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hearth backup settings
  hearth backup settings --survive 4         any four friends may be lost; takes more of their space
  hearth backup settings --rate 500kB        send at most half a megabyte a second")]
struct SettingsArgs {
    /// How many friends may be lost, whichever they are; `auto` is about three in five
    #[arg(long, value_name = "M|auto", value_parser = survive)]
    survive: Option<Survive>,
    /// How much to send a second at most; `none` sets no limit
    #[arg(long, value_name = "SIZE|none", value_parser = rate)]
    rate: Option<Rate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Survive {
    Auto,
    Losses(u16),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rate {
    None,
    BytesPerSecond(Size),
}

fn survive(text: &str) -> Result<Survive, String> {
    match text {
        "auto" => Ok(Survive::Auto),
        number => number
            .parse()
            .map(Survive::Losses)
            .map_err(|_| "say how many friends may be lost, as in 3, or `auto`".to_owned()),
    }
}

fn rate(text: &str) -> Result<Rate, String> {
    match text {
        "none" => Ok(Rate::None),
        bytes => values::size(bytes)
            .map(Rate::BytesPerSecond)
            .map_err(|said| said.to_string()),
    }
}

pub(super) fn backup(args: &BackupArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    match &args.what {
        BackupVerb::Now(args) => now(args, cx),
        BackupVerb::Status => status(cx),
        BackupVerb::WhatIf(args) => what_if(args, cx),
        BackupVerb::Snapshots => snapshots(cx),
        BackupVerb::To(args) => to(args, cx),
        BackupVerb::Settings(args) => settings(args, cx),
    }
}

fn what_if(args: &WhatIfArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let coverage: Coverage = cx.ask("backup-coverage", args)?;
    cx.out.give(&coverage, |coverage, page| {
        let back = coverage.logs_back_bytes + coverage.files_back_bytes;
        let all = coverage.logs_bytes + coverage.files_bytes;
        match (coverage.is_whole(), coverage.is_found) {
            (true, _) => page.line(format_args!(
                "All {} would come back, also after losing any {} more.",
                size(all),
                coverage.survives_losses
            ))?,
            (false, true) => page.line(format_args!(
                "{} of {} would come back.",
                size(back),
                size(all)
            ))?,
            (false, false) => {
                page.line("Nothing would come back: nobody who stays knows where it lies.")?
            }
        }
        for holder in &coverage.holders {
            page.line(format_args!(
                "{}  {} in {}{}",
                Escaped::word(&holder.identity),
                size(holder.bytes),
                count(holder.shards, "piece", "pieces"),
                if holder.is_gone { "  gone" } else { "" }
            ))?;
        }
        if coverage.waiting_entries + coverage.waiting_bytes > 0 {
            page.line(format_args!(
                "Not with friends yet: {}, {}.",
                count(coverage.waiting_entries, "entry", "entries"),
                size(coverage.waiting_bytes)
            ))?;
        }
        Ok(())
    })
}

fn now(args: &NowArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let outcome: Outcome = cx.ask_for("backup-now", args, Patience::Endless)?;
    cx.out.give(&outcome, |outcome, page| {
        told(outcome, page)?;
        if outcome.complete {
            return page.line("All of it is with your friends.");
        }
        let what = match (outcome.n, args.wait) {
            (0, _) => {
                "Nobody keeps it yet: ask a friend to run `hearth pledge` with your key, or use `hearth backup to DIR`."
            }
            (_, true) => {
                "Not all of it is with friends, and no more can be sent now: it goes on by itself once more of them are there."
            }
            (_, false) => "It is on its way to your friends: `hearth backup status` tells how far.",
        };
        page.line(what)
    })
}

fn told(outcome: &Outcome, page: &mut Page<'_>) -> io::Result<()> {
    page.line(format_args!(
        "Snapshot {}: {} new, {} sent, {} {} in all.",
        Escaped::word(&outcome.snapshot),
        size(outcome.new_bytes),
        size(outcome.sent_bytes),
        outcome.packs,
        if outcome.packs == 1 { "pack" } else { "packs" },
    ))
}

fn status(cx: &mut Context<'_>) -> Result<(), CliError> {
    let health: Health = cx.ask("backup-status", &Nothing {})?;
    cx.out.give(&health, |health, page| {
        page.line(Escaped::word(&health.sentence))?;
        if let Some(last) = &health.last_snapshot {
            page.line(format_args!(
                "Last snapshot {}, {}.",
                Escaped::word(&last.id),
                when(last.time_ms, now_ms())
            ))?;
        }
        if health.guardians > 0 {
            page.line(format_args!(
                "{} of yours take {} at friends'.",
                size(health.source_bytes),
                size(health.stored_bytes)
            ))?;
        }
        if health.packs_below_target > 0 && health.guardians > 0 {
            page.line(format_args!(
                "On its way: {} in {}.",
                counted(health.missing_shards, "shard"),
                counted(health.packs_below_target, "pack")
            ))?;
        }
        Ok(())
    })
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn snapshots(cx: &mut Context<'_>) -> Result<(), CliError> {
    let snapshots: Vec<Snapshot> = cx.ask("backup-snapshots", &Nothing {})?;
    cx.out.give(&snapshots, |snapshots, page| {
        if snapshots.is_empty() {
            return page.line("There is none yet: `hearth backup now` makes one.");
        }
        snapshots.iter().try_for_each(|snapshot| {
            page.line(format_args!(
                "{}  {}  {}, {}",
                page.bold(Escaped::word(&snapshot.id)),
                when(snapshot.time_ms, now_ms()),
                counted(snapshot.files, "file"),
                size(snapshot.bytes)
            ))
        })
    })
}

#[derive(Serialize)]
struct To {
    dir: PathBuf,
}

fn to(args: &ToArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    // The node has another folder under its feet.
    let dir = std::path::absolute(&args.dir).unwrap_or_else(|_| args.dir.clone());
    if dir.to_str().is_none() {
        let unreadable = "the folder's name isn't UTF-8 text: use one that is";
        return Err(CliError::Usage(unreadable.to_owned()));
    }
    let outcome: Outcome = cx.ask_for("backup-to", &To { dir }, Patience::Endless)?;
    cx.out.give(&outcome, |outcome, page| {
        told(outcome, page)?;
        page.line(
            "The folder alone gives all of it back: `hearth restore --from DIR`, with your phrase.",
        )
    })
}

fn settings(args: &SettingsArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let mut wish = SettingsWish::default();
    match args.survive {
        Some(Survive::Auto) => wish.survive_auto = true,
        Some(Survive::Losses(losses)) => wish.survive = Some(losses),
        None => {}
    }
    match args.rate {
        Some(Rate::None) => wish.no_rate = true,
        Some(Rate::BytesPerSecond(rate)) => wish.bytes_per_second = Some(rate.bytes()),
        None => {}
    }
    let settings: Settings = cx.ask("backup-settings", &wish)?;
    cx.out.give(&settings, |settings, page| {
        match settings.survive {
            Some(1) => page.line("Any one friend may be lost.")?,
            Some(losses) => page.line(format_args!("Any {losses} friends may be lost."))?,
            None => page.line("About three in five friends may be lost.")?,
        }
        match settings.bytes_per_second {
            Some(rate) => page.line(format_args!("At most {} a second is sent.", size(rate))),
            None => page.line("Sent as fast as can be."),
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_can_not_be_meant_is_refused() {
        assert_eq!(survive("auto"), Ok(Survive::Auto));
        assert_eq!(survive("3"), Ok(Survive::Losses(3)));
        assert!(survive("-1").is_err() && survive("many").is_err() && survive("").is_err());
        assert_eq!(rate("none"), Ok(Rate::None));
        assert!(matches!(rate("500kB"), Ok(Rate::BytesPerSecond(_))));
        assert!(rate("fast").is_err());
    }
}
