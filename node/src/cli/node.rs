//! The node itself: `status`, `verify`, `export`, `reindex`, `compact`, `stop`.

use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::client::{Client, Patience};
use super::error::{CliError, DONE, FAILED};
use super::offline::{self, Reindexed};
use super::output::{Escaped, Page};
use super::when::{count, lasting, now_ms, size, thousands};
use super::{Context, Nothing};
use crate::app::model::{LogStatus, PeerStatus, Status, VerifyReport};
use crate::home::PrivateFile;

const STOP_SECONDS_MAX: u64 = 30;
const STOP_POLL_MS: u64 = 50;
const SHORT_HEX_CHARS: usize = 12;
const SHORT_KEY_CHARS: usize = 20;

/// Check every entry again: signatures, chains and bodies
#[derive(Debug, Args)]
#[command(after_help = "\
With --file, an exported log is checked without a node. The exit code is 1 when an entry doesn't hold; the answer says \
which.

Examples:
  hearth verify
  hearth verify --file backup.hearth")]
pub(crate) struct VerifyArgs {
    /// Check this exported log instead of what the node holds
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Write your own log, or all that is yours, to a file
#[derive(Debug, Args)]
#[command(after_help = "\
The file holds what you wrote, signed, readable by you alone (mode 0600). It takes the place of an older one of that \
name only once it is whole. `hearth verify --file FILE` checks it anywhere.

With --readable it is a tar archive that needs no Hearth: your posts as pages and as data, your photos and files. It isn't \
encrypted: whoever has it reads all of it.

Examples:
  hearth export backup.hearth
  hearth export --readable mine.tar")]
pub(crate) struct ExportArgs {
    /// Posts, photos and files to be read without Hearth, as a tar archive
    #[arg(long)]
    readable: bool,
    /// The file
    file: PathBuf,
}

/// Build timelines and other views anew from the logs
#[derive(Debug, Args)]
#[command(after_help = "Works with and without a running node.")]
pub(crate) struct ReindexArgs {}

/// Stop the running node
#[derive(Debug, Args)]
#[command(after_help = "\
Returns once the node has ended. Where systemd started it, it starts it again: use `systemctl stop hearth` (with --user \
for a service of your own) instead.")]
pub(crate) struct StopArgs {}

pub(super) fn status(cx: &mut Context<'_>) -> Result<(), CliError> {
    let status: Status = cx.ask("status", &Nothing {})?;
    let now_ms = now_ms();
    cx.out
        .give(&status, |status, page| show_status(status, now_ms, page))
}

fn show_status(status: &Status, now_ms: u64, page: &mut Page<'_>) -> io::Result<()> {
    page.line(format_args!(
        "Identity   {}",
        page.bold(Escaped::word(&status.identity))
    ))?;
    page.line(format_args!(
        "Version    {}",
        Escaped::word(&status.version)
    ))?;
    page.line(format_args!("Store      {}", size(status.store_bytes)))?;
    if let Some(rebuilt) = &status.rebuilt {
        page.line(format_args!(
            "Rebuilt    {} ago with {} that could be read, as it was damaged ({}); the damaged one is in {}",
            lasting(rebuilt.time_ms, now_ms),
            count(rebuilt.entries, "entry", "entries"),
            Escaped::word(&rebuilt.damage),
            Escaped::word(&rebuilt.aside),
        ))?;
    }
    if let Some(revoked) = &status.revoked {
        page.line(format_args!("Revoked    {}", Escaped::word(revoked)))?;
    }
    page.line(format_args!("\n{}", page.bold("Reachable at")))?;
    for address in &status.addresses {
        page.line(format_args!("  {}", Escaped::word(address)))?;
    }
    let peers = format!(
        "Connected with {}",
        count(status.peers.len() as u64, "peer", "peers")
    );
    page.line(format_args!("\n{}", page.bold(peers)))?;
    for peer in &status.peers {
        show_peer(peer, now_ms, page)?;
    }
    let logs = format!("Holding {}", count(status.logs.len() as u64, "log", "logs"));
    page.line(format_args!("\n{}", page.bold(logs)))?;
    status.logs.iter().try_for_each(|log| show_log(log, page))
}

fn show_peer(peer: &PeerStatus, now_ms: u64, page: &mut Page<'_>) -> io::Result<()> {
    let since = lasting(peer.since_ms, now_ms);
    page.line(format_args!(
        "  {since:<7} {}",
        Escaped::word(&peer.address)
    ))?;
    for identity in &peer.identities {
        page.line(format_args!(
            "          {}",
            page.dim(Escaped::word(identity))
        ))?;
    }
    Ok(())
}

fn show_log(log: &LogStatus, page: &mut Page<'_>) -> io::Result<()> {
    let have: Vec<String> = log.have.iter().map(range).collect();
    page.line(format_args!(
        "  {}  {}  log {}  {}{}",
        shortened(&log.identity, SHORT_KEY_CHARS),
        page.dim(shortened(&log.device, SHORT_HEX_CHARS)),
        log.log,
        if have.is_empty() {
            "nothing yet".to_owned()
        } else {
            have.join(", ")
        },
        if log.forked { "  FORKED" } else { "" },
    ))
}

fn range(&(low, high): &(u64, u64)) -> String {
    if low == high {
        low.to_string()
    } else {
        format!("{low}–{high}")
    }
}

fn shortened(text: &str, chars: usize) -> String {
    let short: String = text.chars().take(chars).collect();
    format!("{}…", Escaped::word(&short))
}

/// Gives the exit code: entries that don't hold are an answer and a failure.
pub(super) fn verify(args: &VerifyArgs, cx: &mut Context<'_>) -> Result<u8, CliError> {
    let report = match &args.file {
        Some(file) => offline::verify_file(file)?,
        None => cx.ask_for("verify", &Nothing {}, Patience::Endless)?,
    };
    cx.out.give(&report, show_report)?;
    Ok(if report.bad.is_empty() { DONE } else { FAILED })
}

fn show_report(report: &VerifyReport, page: &mut Page<'_>) -> io::Result<()> {
    page.line(format_args!(
        "{}: {} signed, {} vouched for by a successor, {} bad",
        count(report.entries, "entry", "entries"),
        thousands(report.ok),
        thousands(report.vouched),
        thousands(report.bad.len() as u64),
    ))?;
    for bad in &report.bad {
        page.line(format_args!(
            "  {} device {} log {} entry {}: {}",
            Escaped::word(&bad.identity),
            shortened(&bad.device, SHORT_HEX_CHARS),
            bad.log,
            bad.seq,
            Escaped::word(&bad.reason),
        ))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Exported<'a> {
    file: &'a Path,
    bytes: u64,
    /// What was written, read again and checked.
    #[serde(flatten)]
    checked: VerifyReport,
}

/// The same of what can be read without Hearth.
#[derive(Serialize)]
struct Readable<'a> {
    file: &'a Path,
    bytes: u64,
}

pub(super) fn export(args: &ExportArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let client = Client::of(&cx.home)?;
    let mut file = PrivateFile::create(&args.file)?;
    if args.readable {
        let bytes = client.download("export-readable", &Nothing {}, &mut file)?;
        file.commit()?;
        let readable = Readable {
            file: &args.file,
            bytes,
        };
        return cx.out.give(&readable, |readable, page| {
            page.line(format_args!(
                "Wrote {} to {}. It isn't encrypted.",
                size(readable.bytes),
                readable.file.display()
            ))
        });
    }
    let bytes = client.download("export", &Nothing {}, &mut file)?;
    file.commit()?;
    let exported = Exported {
        file: &args.file,
        bytes,
        checked: offline::verify_file(&args.file)?,
    };
    cx.out.give(&exported, |exported, page| {
        page.line(format_args!(
            "Wrote {} with {} to {}, and checked it.",
            size(exported.bytes),
            count(exported.checked.entries, "entry", "entries"),
            exported.file.display()
        ))
    })
}

pub(super) fn reindex(_: &ReindexArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let done: Reindexed = cx.ask_or("reindex", Patience::Endless, offline::reindex)?;
    cx.out.give(&done, |done, page| {
        let entries = count(done.entries, "entry", "entries");
        page.line(format_args!("Built the views anew from {entries}."))
    })
}

#[derive(Serialize, Deserialize)]
struct Compacted {
    bytes_before: u64,
    bytes_after: u64,
}

pub(super) fn compact(cx: &mut Context<'_>) -> Result<(), CliError> {
    let done: Compacted = cx.ask_for("compact", &Nothing {}, Patience::Endless)?;
    cx.out.give(&done, |done, page| {
        page.line(format_args!(
            "The store took {} and takes {} now.",
            size(done.bytes_before),
            size(done.bytes_after)
        ))
    })
}

#[derive(Serialize, Deserialize)]
struct Stopped {
    stopped: bool,
}

pub(super) fn stop(_: &StopArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let stopped: Stopped = cx.ask("stop", &Nothing {})?;
    wait_until_free(cx)?;
    cx.out
        .give(&stopped, |_, page| page.line("The node has stopped."))
}

/// What comes next on the command line may open the same home.
fn wait_until_free(cx: &Context<'_>) -> Result<(), CliError> {
    let begin = Instant::now();
    while cx.home.is_in_use() {
        if begin.elapsed() > Duration::from_secs(STOP_SECONDS_MAX) {
            return Err(CliError::Failed(format!(
                "the node was told to stop and hasn't ended within {STOP_SECONDS_MAX} s: see its logs"
            )));
        }
        sleep(Duration::from_millis(STOP_POLL_MS));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::output::Output;
    use super::*;

    #[test]
    fn a_status_is_a_short_table() {
        let status: Status = serde_json::from_str(
            r#"{"identity":"hearth1me","addresses":["/ip4/127.0.0.1/tcp/1/p2p/12D3"],
                "peers":[{"peer":"12D3","identities":["hearth1bob"],"address":"/ip4/192.0.2.7/tcp/2","since_ms":0}],
                "logs":[{"identity":"hearth1qqqqqqqqqqqqqqqqqqqq","device":"abababababababab","log":0,"have":[[0,3],[7,7]],"forked":true},
                        {"identity":"hearth1bob\u001b","device":"cd","log":1,"have":[]}],
                "store_bytes":2048,"version":"0.1.0"}"#,
        )
        .unwrap();
        let mut bytes = Vec::new();
        let mut out = Output::to(Box::new(&mut bytes), false);
        out.give(&status, |status, page| show_status(status, 120_000, page))
            .unwrap();
        drop(out);
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "Identity   hearth1me\nVersion    0.1.0\nStore      2.0 KiB\n\n\
             Reachable at\n  /ip4/127.0.0.1/tcp/1/p2p/12D3\n\n\
             Connected with 1 peer\n  2 min   /ip4/192.0.2.7/tcp/2\n          hearth1bob\n\n\
             Holding 2 logs\n  hearth1qqqqqqqqqqqqq…  abababababab…  log 0  0–3, 7  FORKED\n  \
             hearth1bob\\u{1b}…  cd…  log 1  nothing yet\n"
        );
    }
}
