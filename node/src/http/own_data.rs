//! The API's verbs about one's own data: who asked for it, how it is reached, what room it takes.

use serde_json::Value;

use super::api::{parse, value};
use super::front::Front;
use crate::app::App;
use crate::app::model::{AppError, Reach};

/// Answers a verb; `None` if there is none of this name.
pub(super) async fn answer(
    app: &App,
    front: &Front,
    verb: &str,
    body: &[u8],
) -> Result<Option<Value>, AppError> {
    let answer = match verb {
        "access" => value(app.access(parse(body)?).await?),
        "reach" => value(reach(app, front).await?),
        "storage" => value(app.storage().await?),
        _ => return Ok(None),
    };
    answer.map(Some)
}

/// How this node is reached, by its public name too.
pub(super) async fn reach(app: &App, front: &Front) -> Result<Reach, AppError> {
    let public_url = front.public_url.as_ref().map(ToString::to_string);
    Ok(Reach {
        public_url,
        ..app.reach().await?
    })
}
