//! The API's verbs about people and what an account notes for itself.

use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{parse, value};
use crate::app::App;
use crate::app::model::AppError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeySwitch {
    key: String,
    #[serde(default = "yes")]
    on: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Called {
    key: String,
    /// Empty: as they call themselves.
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdSwitch {
    id: String,
    #[serde(default = "yes")]
    on: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct React {
    id: String,
    emoji: String,
    #[serde(default = "yes")]
    on: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListChange {
    list: String,
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    list: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadTo {
    space: Option<String>,
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    key: String,
    value: Option<String>,
    /// As by default from now on.
    #[serde(default)]
    unset: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UpTo {
    place: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

fn yes() -> bool {
    true
}

/// Answers a verb about people or notes; None if it is about something else.
pub(super) async fn answer(app: &App, verb: &str, body: &[u8]) -> Result<Option<Value>, AppError> {
    Ok(Some(match verb {
        "mute" => {
            let KeySwitch { key, on } = parse(body)?;
            value(app.mute(&key, on).await?)?
        }
        "mutes" => value(app.mutes().await?)?,
        "block" => {
            let KeySwitch { key, on } = parse(body)?;
            value(app.block(&key, on).await?)?
        }
        "petname" => {
            let Called { key, name } = parse(body)?;
            value(match name {
                Some(name) => app.set_petname(&key, &name).await?,
                None => app.petname(&key).await?,
            })?
        }
        "petnames" => value(app.petnames().await?)?,
        "blocks" => value(app.blocks().await?)?,
        "bookmark" => {
            let IdSwitch { id, on } = parse(body)?;
            app.bookmark(&id, on).await?;
            json!({ "id": id, "bookmarked": on })
        }
        "bookmarks" => value(app.bookmarks(None, usize::MAX).await?.posts)?,
        "react" => {
            let React { id, emoji, on } = parse(body)?;
            value(app.react(&id, &emoji, on).await?)?
        }
        "lists" => value(app.lists().await?)?,
        "list" => {
            let ListChange { list, add, remove } = parse(body)?;
            value(app.change_list(&list, &add, &remove).await?)?
        }
        "list-add" => {
            let Listed { list, key } = parse(body)?;
            value(app.change_list(&list, &[key], &[]).await?)?
        }
        "list-remove" => {
            let Listed { list, key } = parse(body)?;
            value(app.change_list(&list, &[], &[key]).await?)?
        }
        "read" => {
            let ReadTo { space, id } = parse(body)?;
            if let Some(id) = id {
                app.read_to(space.as_deref(), &id).await?;
            }
            value(app.read_positions().await?)?
        }
        "notifications" => value(app.notifications(parse(body)?).await?)?,
        "notifications-read" => {
            let UpTo { place } = parse(body)?;
            app.read_notifications(place.as_deref()).await?;
            json!({ "unread": app.unread_notifications().await? })
        }
        "search" => value(app.search(parse(body)?).await?)?,
        "complete" => value(app.complete(&parse::<Text>(body)?.text).await?)?,
        "conversations" => value(app.conversations().await?)?,
        "history" => value(app.history(&parse::<Id>(body)?.id).await?)?,
        "settings" => value(app.settings().await?)?,
        "setting" => {
            let Chosen {
                key,
                value: chosen,
                unset,
            } = parse(body)?;
            value(match (chosen, unset) {
                (None, false) => app.setting(&key).await?,
                (chosen, _) => app.set_setting(&key, chosen.as_deref()).await?,
            })?
        }
        _ => return Ok(None),
    }))
}
