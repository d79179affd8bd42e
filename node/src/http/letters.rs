//! The API's verbs about knocks and invitations.

use serde::Deserialize;
use serde_json::Value;

use super::api::{parse, value};
use crate::app::App;
use crate::app::model::AppError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Knock {
    key: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    via: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decline {
    key: String,
    #[serde(default)]
    block: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewInvite {
    space: String,
    uses: Option<u32>,
    expires_s: Option<u64>,
    #[serde(default)]
    with_past: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfSpace {
    space: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Join {
    link: String,
    /// How many seconds to wait until it is answered.
    wait: Option<u64>,
}

/// Answers a verb about knocks and invitations; None if it is about something else.
pub(super) async fn answer(app: &App, verb: &str, body: &[u8]) -> Result<Option<Value>, AppError> {
    let answer = match verb {
        "knock" => {
            let Knock { key, text, via } = parse(body)?;
            value(app.knock(&key, text, via).await?)
        }
        "knocks" => value(app.knocks().await?),
        "accept" => value(app.accept(&parse::<Key>(body)?.key).await?),
        "decline" => {
            let Decline { key, block } = parse(body)?;
            value(app.decline(&key, block).await?)
        }
        "space-invite" => {
            let asked: NewInvite = parse(body)?;
            let limits = (asked.uses, asked.expires_s);
            let invite = app.space_invite(&asked.space, limits, asked.with_past);
            value(invite.await?)
        }
        "space-invites" => value(app.space_invites(&parse::<OfSpace>(body)?.space).await?),
        "space-uninvite" => value(app.space_uninvite(&parse::<Id>(body)?.id).await?),
        "space-join" => {
            let Join { link, wait } = parse(body)?;
            value(app.space_join(&link, wait.unwrap_or(0)).await?)
        }
        _ => return Ok(None),
    };
    answer.map(Some)
}
