//! Browsers that are signed in to one's page: `sessions list`, `sessions revoke`, `sessions no-password`.

use std::io;

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use super::error::CliError;
use super::output::{Escaped, Page};
use super::when::{count, now_ms, when};
use super::{Context, Nothing};

/// How much of an id is shown, and suffices.
const ID_CHARS: usize = 16;

/// List the browsers that are signed in to your page, and sign them out
#[derive(Debug, Args)]
pub(crate) struct SessionsArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the browsers that are signed in
    List,
    Revoke(RevokeArgs),
    /// Remove the password, where it was forgotten: the page asks for it before it changes how one signs in
    NoPassword,
}

/// Sign a browser out
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Examples:
  hearth sessions list
  hearth sessions revoke 3fa9c0d1e2b3a495
  hearth sessions revoke --all")]
pub(crate) struct RevokeArgs {
    /// Its id, as `hearth sessions list` shows it
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// All of them
    #[arg(long)]
    all: bool,
}

#[derive(Serialize, Deserialize)]
struct Session {
    id: String,
    since_ms: u64,
    used_ms: u64,
    browser: String,
    address: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Revoked {
    revoked: u64,
}

#[derive(Serialize, Deserialize)]
struct Removed {
    /// Whether there was one.
    removed: bool,
}

pub(super) fn sessions(args: SessionsArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    match args.what {
        What::List => {
            let sessions: Vec<Session> = cx.ask("sessions", &Nothing {})?;
            cx.out
                .give(&sessions, |sessions, page| show(sessions, page, now_ms()))
        }
        What::Revoke(args) => {
            let revoked: Revoked = cx.ask("sessions-revoke", &args)?;
            cx.out.give(&revoked, |revoked, page| {
                let browsers = count(revoked.revoked, "browser", "browsers");
                page.line(format_args!("Signed out {browsers}."))
            })
        }
        What::NoPassword => {
            let removed: Removed = cx.ask("sessions-no-password", &Nothing {})?;
            cx.out.give(&removed, |removed, page| {
                page.line(if removed.removed {
                    "The password is removed. `hearth open` prints a link that signs you in; set another one on the page."
                } else {
                    "There is no password."
                })
            })
        }
    }
}

fn show(sessions: &[Session], page: &mut Page<'_>, now_ms: u64) -> io::Result<()> {
    if sessions.is_empty() {
        return page
            .line("No browser is signed in. `hearth open` prints a link that signs one in.");
    }
    for session in sessions {
        let id: String = session.id.chars().take(ID_CHARS).collect();
        page.line(format_args!(
            "{}  {}  used {}, since {}{}",
            Escaped::word(&id),
            page.bold(Escaped::word(&session.browser)),
            when(session.used_ms, now_ms),
            when(session.since_ms, now_ms),
            match &session.address {
                Some(address) => format!("  from {}", Escaped::word(address)),
                None => String::new(),
            },
        ))?;
    }
    page.line("`hearth sessions revoke ID` signs one out.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::output::Output;
    use super::*;

    #[test]
    fn sessions_are_lines() {
        let sessions: Vec<Session> = serde_json::from_str(
            r#"[{"id":"3fa9c0d1e2b3a4953fa9c0d1e2b3a495","since_ms":0,"used_ms":60000,"browser":"Firefox on Linux","address":"127.0.0.1"},
                {"id":"00","since_ms":0,"used_ms":0,"browser":"\u001b[2J","address":null}]"#,
        )
        .unwrap();
        let mut bytes = Vec::new();
        let mut out = Output::to(Box::new(&mut bytes), false);
        out.give(&sessions, |sessions, page| show(sessions, page, 120_000))
            .unwrap();
        drop(out);
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "3fa9c0d1e2b3a495  Firefox on Linux  used 1 min ago, since 2 min ago  from 127.0.0.1\n\
             00  \\u{1b}[2J  used 2 min ago, since 2 min ago\n\
             `hearth sessions revoke ID` signs one out.\n"
        );
    }
}
