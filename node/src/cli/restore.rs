//! Coming back with a phrase: `restore`, and `phrase check`.

use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use hearth_keys::Phrase;
use hearth_protocol::link::PeerLink;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use zeroize::Zeroizing;

use super::Context;
use super::error::{CliError, DONE, FAILED};
use super::me::{UpArgs, socket_address};
use super::offline;
use super::output::{Escaped, Output, Page};
use super::values;
use super::when::{count, size};
use crate::home::Home;
use crate::node::Errand;
use crate::restore::{Done, Request, Restoring, Stage, Status, Until, Way};

/// How often it is told how far a restore is.
const TOLD_EVERY: Duration = Duration::from_millis(500);
/// A phrase that is typed is never longer.
const TYPED_BYTES_MAX: u64 = 4096;

/// Get everything back from your phrase, onto an empty home
#[derive(Debug, Args)]
#[command(after_help = "\
Makes this machine a new device of yours and retires the old one. What friends keep for you comes back: first who you \
are and your newest posts, then your files. You can post and read meanwhile. It ends once identity, posts and the list of your \
files are here, and `hearth up` goes on with the rest; with --wait it ends when everything is here.
Killed or cut off, it goes on where it was: run it again, or `hearth up`.

Examples:
  hearth restore --phrase-file phrase.txt --via 'hearth:hearth1…?via=…'
  hearth restore --phrase-file phrase.txt --from /media/usb/backup --wait
  hearth restore --via 'hearth:…' --stolen        the old machine is in foreign hands: cut it off")]
pub(crate) struct RestoreArgs {
    /// The file that holds the 24 words; asked for on the terminal unless given
    #[arg(long, value_name = "F")]
    phrase_file: Option<PathBuf>,
    /// A friend's link (`hearth link` on their side); may be given several times
    #[arg(long, value_name = "LINK", value_parser = link, conflicts_with = "from")]
    via: Vec<PeerLink>,
    /// A folder that `hearth backup to` wrote, instead of friends
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// An older snapshot: its number, or the beginning of its id [default: the newest]
    #[arg(long, value_name = "ID", value_parser = snapshot)]
    snapshot: Option<String>,
    /// The old machine is in foreign hands: nothing that it says from now on counts
    #[arg(long)]
    stolen: bool,
    /// End only when everything is here
    #[arg(long)]
    wait: bool,
    /// Where your page and the local API listen meanwhile, as with `up`
    #[arg(long, value_name = "ADDR:PORT", value_parser = socket_address)]
    http: Option<SocketAddr>,
    /// Where other nodes reach this one, as with `up`
    #[arg(long, value_name = "MULTIADDR", value_parser = values::multiaddr)]
    listen: Vec<String>,
    /// Neither look for nodes in the local network nor be found there
    #[arg(long)]
    no_mdns: bool,
}

/// Something about your phrase
#[derive(Debug, Args)]
#[command(about = "Check that you still have your phrase")]
pub(crate) struct PhraseArgs {
    #[command(subcommand)]
    what: PhraseVerb,
}

#[derive(Debug, Subcommand)]
enum PhraseVerb {
    Check(PhraseCheckArgs),
}

/// Check that a phrase is the one of this home
#[derive(Debug, Args)]
#[command(after_help = "\
Asks for the 24 words, and doesn't show them. The exit code is 1 when they are another identity's, and when a word isn't in \
the list or the words don't belong together, which is said. No node need run, and nothing is sent anywhere.

Examples:
  hearth phrase check
  hearth phrase check --phrase-file phrase.txt")]
struct PhraseCheckArgs {
    /// Take the words from this file
    #[arg(long, value_name = "F")]
    phrase_file: Option<PathBuf>,
}

fn link(text: &str) -> Result<PeerLink, String> {
    text.trim().parse().map_err(|problem| {
        format!("{problem}. It is what `hearth link` shows on a friend's side, hearth:hearth1…?via=…, in quotes")
    })
}

fn snapshot(text: &str) -> Result<String, String> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_number && text.len() <= 64 {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("give a number or an id as `hearth backup snapshots` shows them".to_owned()),
    }
}

#[derive(Serialize)]
struct Checked {
    ok: bool,
}

pub(super) fn phrase(args: &PhraseArgs, cx: &mut Context<'_>) -> Result<u8, CliError> {
    let PhraseVerb::Check(PhraseCheckArgs { phrase_file }) = &args.what;
    let identity = offline::resting_identity(&cx.home)?;
    let phrase = match the_phrase(phrase_file.as_ref(), cx) {
        Err(CliError::Phrase(why)) => {
            // Asked rightly, and the answer is no; why, the standard error says.
            cx.out.give(&Checked { ok: false }, |_, _| Ok(()))?;
            return Err(CliError::Failed(why));
        }
        read => read?,
    };
    let checked = Checked {
        ok: phrase.root().identity() == identity,
    };
    cx.out.give(&checked, |checked, page| match checked.ok {
        true => page.line("This is your phrase."),
        false => page.line(
            "This is a right phrase, but another identity's: the account in this home doesn't come back with it.",
        ),
    })?;
    Ok(if checked.ok { DONE } else { FAILED })
}

/// The phrase from its file, else typed unseen on the terminal, else from the standard input.
pub(super) fn the_phrase(file: Option<&PathBuf>, cx: &mut Context<'_>) -> Result<Phrase, CliError> {
    if let Some(file) = file {
        return offline::read_phrase(file);
    }
    let terminal = console::Term::stderr();
    let text = if cx.is_watched && io::stdin().is_terminal() {
        terminal
            .write_str("Your 24 words (they aren't shown): ")
            .and_then(|()| terminal.read_secure_line())
            .map(Zeroizing::new)
            .map_err(CliError::Input)?
    } else {
        let mut text = Zeroizing::new(String::new());
        let mut input = io::Read::take(&mut *cx.input, TYPED_BYTES_MAX);
        io::Read::read_to_string(&mut input, &mut text).map_err(CliError::Input)?;
        text
    };
    Phrase::parse(&text).map_err(|error| CliError::Phrase(format!("the phrase: {error}")))
}

pub(super) fn restore(args: RestoreArgs, cx: &mut Context<'_>) -> Result<u8, CliError> {
    let phrase = the_phrase(args.phrase_file.as_ref(), cx)?;
    let way = match args.from {
        Some(folder) => Way::Folder(absolute(folder)?),
        None => Way::Friends(args.via),
    };
    let home = Home::open(cx.home.dir())?;
    let restoring = Restoring::default();
    let until = if args.wait {
        Until::Whole
    } else {
        Until::Usable
    };
    let errand = Errand {
        wish: Some(Request {
            phrase,
            way,
            snapshot: args.snapshot,
            is_stolen: args.stolen,
        }),
        restoring: restoring.clone(),
        until,
        is_made_by_page: false,
        portrait: None,
    };
    let up = UpArgs {
        http: args.http,
        public_url: None,
        listen: args.listen,
        name: None,
        no_mdns: args.no_mdns,
        link_file: None,
    };
    let mut teller = Teller::new(cx.is_watched && !cx.out.is_json());
    offline::restore(up, errand, &home, async {
        loop {
            tokio::time::sleep(TOLD_EVERY).await;
            if let Some(status) = restoring.status() {
                teller.tell(&status, &mut cx.out);
            }
        }
    })?;
    let status = restoring.status().unwrap_or_default();
    teller.end();
    end(&status, until, &mut cx.out)
}

fn absolute(folder: PathBuf) -> Result<PathBuf, CliError> {
    std::path::absolute(&folder).map_err(|source| CliError::Read {
        path: folder.display().to_string(),
        source,
    })
}

/// Says what came of it; the exit code says whether it came as far as was asked.
fn end(status: &Status, until: Until, out: &mut Output<'_>) -> Result<u8, CliError> {
    if !until.is_reached(status) {
        let problem = match status.problem.as_english() {
            "" => "the restore ended early: run it again, and it goes on".to_owned(),
            problem => format!("{problem}{}", list_of_missing(status)),
        };
        return Err(CliError::Failed(problem));
    }
    let done = status.done.clone().unwrap_or_default();
    let event = DoneEvent {
        event: "done",
        done: &done,
        complete: status.stage == Stage::Done && status.files >= status.files_total,
    };
    out.give(&event, |event, page| show_done(event, status, page))?;
    Ok(DONE)
}

fn list_of_missing(status: &Status) -> String {
    let mut text = String::new();
    for missing in &status.missing {
        let keepers = match missing.keepers.is_empty() {
            true => "nobody is known to have it".to_owned(),
            false => format!("could be had from {}", missing.keepers.join(", ")),
        };
        text.push_str(&format!("\n  {}: {keepers}", missing.what));
    }
    if status.missing_more > 0 {
        text.push_str(&format!("\n  and {} more", status.missing_more));
    }
    text
}

#[derive(Serialize)]
struct DoneEvent<'a> {
    event: &'static str,
    #[serde(flatten)]
    done: &'a Done,
    complete: bool,
}

fn show_done(event: &DoneEvent<'_>, status: &Status, page: &mut Page<'_>) -> io::Result<()> {
    let done = event.done;
    page.line(format_args!("You are {} again.", page.bold(&done.identity)))?;
    let attested = match done.attested_by {
        0 => String::new(),
        friends => format!(
            "; {} attested this snapshot",
            count(friends, "friend", "friends")
        ),
    };
    page.line(format_args!(
        "{} and {} ({}) in {} s{attested}.",
        count(done.posts, "post", "posts"),
        count(done.files, "file", "files"),
        size(done.bytes),
        done.seconds,
    ))?;
    if let Some(newer) = done.newer_head_seen {
        page.line(format_args!(
            "A newer snapshot, number {newer}, was announced, but nobody who answered has it: this is number {}.",
            status.snapshot
        ))?;
    }
    if !event.complete {
        page.line(format_args!(
            "{} of {} files are here; `hearth up` fetches the rest, those first that you open.",
            status.files, status.files_total
        ))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct ProgressEvent<'a> {
    event: &'static str,
    stage: Stage,
    bytes: u64,
    bytes_total: u64,
    files: u64,
    files_total: u64,
    packs: u64,
    packs_total: u64,
    friends: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    problem: &'a str,
}

/// Tells how far it is, when that has changed.
struct Teller {
    bar: Option<ProgressBar>,
    told: Option<Status>,
}

impl Teller {
    fn new(is_watched: bool) -> Self {
        let style = ProgressStyle::with_template("{bar:30} {bytes} of {total_bytes}  {wide_msg}");
        let bar = is_watched.then(|| {
            let bar = ProgressBar::new(0);
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, told: None }
    }

    fn tell(&mut self, status: &Status, out: &mut Output<'_>) {
        if self.told.as_ref() == Some(status) {
            return;
        }
        let is_new_sentence = self
            .told
            .as_ref()
            .is_none_or(|told| sentence(told) != sentence(status));
        if let Some(bar) = &self.bar {
            bar.set_length(status.bytes_total);
            bar.set_position(status.bytes);
            bar.set_message(Escaped::word(&sentence(status)).to_string());
        } else if out.is_json() || is_new_sentence {
            let event = ProgressEvent {
                event: "progress",
                stage: status.stage,
                bytes: status.bytes,
                bytes_total: status.bytes_total,
                files: status.files,
                files_total: status.files_total,
                packs: status.packs,
                packs_total: status.packs_total,
                friends: &status.friends,
                problem: status.problem.as_english(),
            };
            // Who doesn't listen any more still wants their things back.
            let _ = out.give(&event, |_, page| {
                page.line(Escaped::word(&sentence(status)))
            });
        }
        self.told = Some(status.clone());
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// How far it is, in words.
pub(crate) fn sentence(status: &Status) -> String {
    let from = match status.friends.is_empty() {
        true => String::new(),
        false => format!(", from {}", status.friends.join(", ")),
    };
    let stage = match status.stage {
        Stage::Looking => format!("Looking for what is kept for you{from}"),
        Stage::Reading => format!("Reading the list of what is kept for you{from}"),
        Stage::Posts => format!("Your profile and your posts are coming{from}"),
        Stage::Files => format!(
            "Your files are coming: {} of {}{from}",
            status.files, status.files_total
        ),
        Stage::Done => "Everything is here".to_owned(),
    };
    match status.problem.as_english() {
        "" => stage,
        problem => format!("{stage}; {problem}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn said(json: bool, say: impl FnOnce(&mut Output<'_>)) -> String {
        let mut bytes = Vec::new();
        let mut out = Output::to(Box::new(&mut bytes), false);
        out.set_json(json);
        say(&mut out);
        drop(out);
        String::from_utf8(bytes).unwrap()
    }

    fn status() -> Status {
        Status {
            stage: Stage::Files,
            bytes: 5,
            bytes_total: 10,
            files: 1,
            files_total: 2,
            friends: vec!["Bob".into()],
            ..Status::default()
        }
    }

    #[test]
    fn progress_is_told_once() {
        let text = said(true, |out| {
            let mut teller = Teller::new(false);
            teller.tell(&status(), out);
            teller.tell(&status(), out);
        });
        assert_eq!(text.lines().count(), 1);
        let event: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(event["event"], "progress");
        assert_eq!(event["stage"], "files");
        assert_eq!(event["friends"][0], "Bob");
        let text = said(false, |out| Teller::new(false).tell(&status(), out));
        assert_eq!(text, "Your files are coming: 1 of 2, from Bob\n");
    }

    #[test]
    fn the_end_says_what_came_and_what_can_not_be_had() {
        let mut status = status();
        status.done = Some(Done {
            posts: 3,
            attested_by: 2,
            ..Done::default()
        });
        let text = said(true, |out| {
            assert_eq!(end(&status, Until::Usable, out).unwrap(), DONE);
        });
        let event: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&event["event"], &event["posts"], &event["complete"]),
            (&"done".into(), &3.into(), &false.into())
        );
        status.problem = crate::said::Said::english("2 packs can't be had");
        status.set_missing(vec![crate::restore::Missing {
            what: crate::said::Said::english("pack 7"),
            keepers: vec!["Bob".into(), "Carol".into()],
        }]);
        let mut out = Output::to(Box::new(io::sink()), false);
        let error = end(&status, Until::Whole, &mut out).unwrap_err();
        assert_eq!(error.exit_code(), FAILED);
        assert!(
            error
                .to_string()
                .contains("pack 7: could be had from Bob, Carol")
        );
    }

    #[test]
    fn a_snapshot_is_a_number_or_the_beginning_of_an_id() {
        assert_eq!(snapshot("12").unwrap(), "12");
        assert_eq!(snapshot("AB0f").unwrap(), "ab0f");
        assert!(snapshot("").is_err() && snapshot("yesterday").is_err());
    }
}
