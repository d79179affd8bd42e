//! Signed-in browsers as their owner sees them: what they are, from where, since when; and how they are signed out.

use super::api::{bad_request, parse, value};
use super::front::Front;
use super::now_ms;
use super::session::{ID_DIGITS_MIN, Told};
use crate::app::model::{AppError, ErrorKind};
use crate::said::Said;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io;
use std::net::IpAddr;

/// How much of a User-Agent is looked at.
const AGENT_BYTES_MAX: usize = 512;
/// How long a browser's name may be.
const NAME_CHARS_MAX: usize = 48;

/// What browsers say of themselves, the more special before what they all claim to be.
const BROWSERS: [(&str, &str); 12] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("Lynx/", "Lynx"),
];
const SYSTEMS: [(&str, &str); 9] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "a Mac"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
    ("Linux", "Linux"),
];

/// A browser, as far as it says what it is, and from where it asked last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Browser {
    /// Such as `Firefox on Linux`.
    pub(crate) name: String,
    /// Its address, as far as the connection tells.
    pub(crate) from: Option<IpAddr>,
}

impl Browser {
    /// Reads a `User-Agent`. Of one that isn't known its first word is kept, as plain ASCII.
    pub(super) fn of(agent: &str, from: IpAddr) -> Self {
        let end = agent.floor_char_boundary(AGENT_BYTES_MAX);
        let agent = &agent[..end];
        let known = |list: &[(&str, &'static str)]| {
            let found = list.iter().find(|(mark, _)| agent.contains(mark));
            found.map(|(_, name)| *name)
        };
        let name = match (known(&BROWSERS), known(&SYSTEMS)) {
            (Some(browser), Some(system)) => format!("{browser} on {system}"),
            (Some(browser), None) => browser.to_owned(),
            (None, Some(system)) => format!("A browser on {system}"),
            (None, None) => first_word(agent),
        };
        let from = Some(from);
        Self { name, from }
    }
}

fn first_word(agent: &str) -> String {
    let is_plain = |char: &char| char.is_ascii_alphanumeric() || "._-".contains(*char);
    let word: String = agent
        .chars()
        .take_while(is_plain)
        .take(NAME_CHARS_MAX)
        .collect();
    if word.is_empty() {
        "A browser".to_owned()
    } else {
        word
    }
}

/// A session, for the API and the command line.
#[derive(Serialize)]
struct Listed {
    id: String,
    since_ms: u64,
    used_ms: u64,
    browser: String,
    address: Option<String>,
}

impl Listed {
    fn of(told: Told) -> Self {
        Self {
            id: told.id,
            since_ms: told.since_ms,
            used_ms: told.used_ms,
            browser: told.browser.name,
            address: told.browser.from.map(|from| from.to_string()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoke {
    /// A session's id, or how it begins.
    id: Option<String>,
    /// All of them.
    #[serde(default)]
    all: bool,
}

/// The API's verbs about sessions.
pub(super) async fn answer(front: &Front, verb: &str, body: &[u8]) -> Result<Value, AppError> {
    match verb {
        "sessions" => {
            let told = front.sessions.told(now_ms());
            value(told.into_iter().map(Listed::of).collect::<Vec<_>>())
        }
        "sessions-revoke" => {
            let revoked = match parse(body)? {
                Revoke {
                    id: None,
                    all: true,
                } => front.sessions.revoke_all_but(None),
                Revoke {
                    id: Some(id),
                    all: false,
                } => revoke(front, &id)?,
                Revoke { .. } => {
                    return Err(bad_request("Name one session by its id, or say all."));
                }
            };
            written(front).await?;
            Ok(json!({ "revoked": revoked }))
        }
        "sessions-no-password" => {
            let had = front.sign_in.has_password();
            let removed = front.sign_in.remove_password().await;
            removed.map_err(|error| AppError {
                kind: ErrorKind::Failed,
                message: Said::english(error.to_string()),
            })?;
            Ok(json!({ "removed": had }))
        }
        unknown => Err(AppError {
            kind: ErrorKind::NotFound,
            message: Said::english(format!("The API has no verb {unknown:?}.")),
        }),
    }
}

/// Ends the session whose id begins so.
pub(super) fn revoke(front: &Front, id: &str) -> Result<usize, AppError> {
    let is_id = id.len() >= ID_DIGITS_MIN && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_id {
        return Err(bad_request(&format!(
            "that isn't a session's id, nor {ID_DIGITS_MIN} digits of one: `hearth sessions list` shows them"
        )));
    }
    match front.sessions.revoke(&id.to_ascii_lowercase()) {
        Ok(()) => Ok(1),
        Err(0) => Err(AppError {
            kind: ErrorKind::NotFound,
            message: Said::english(
                "no browser is signed in by that id: `hearth sessions list` shows who is",
            ),
        }),
        Err(_) => Err(bad_request("several ids begin so: give more of it")),
    }
}

/// Writes who is signed in: a session that was ended must not come back with a restart.
pub(super) async fn written(front: &Front) -> Result<(), AppError> {
    front
        .save_sessions()
        .await
        .map_err(|error| unwritten(&error))
}

/// Signed out, but the disk doesn't know.
pub(super) fn unwritten(error: &io::Error) -> AppError {
    AppError {
        kind: ErrorKind::Failed,
        message: Said::english(format!(
            "it is signed out for now, but that couldn't be written ({error}): make room or mend the disk, and do it again"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_as_people_know_them() {
        let from = IpAddr::from([192, 0, 2, 1]);
        let cases = [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.7; rv:142.0) Gecko/20100101 Firefox/142.0",
                "Firefox on a Mac",
            ),
            ("curl/8.1", "curl"),
            ("", "A browser"),
            ("<script>alert(1)</script>", "A browser"),
            ("Robot/1 <b>", "Robot"),
            ("\u{202e}x", "A browser"),
        ];
        for (agent, name) in cases {
            assert_eq!(Browser::of(agent, from).name, name, "{agent}");
        }
        let long = "x".repeat(10_000);
        assert_eq!(Browser::of(&long, from).name.len(), NAME_CHARS_MAX);
        let cut = "ä".repeat(AGENT_BYTES_MAX);
        assert_eq!(Browser::of(&cut, from).name, "A browser");
    }
}
