//! The API's verbs about photos and boosts.

use serde::Deserialize;
use serde_json::Value;
use warp::Reply;
use warp::http::header::{CONTENT_TYPE, HeaderValue};

use super::api::{bad_request, parse, value};
use super::respond::Answer;
use crate::app::App;
use crate::app::model::AppError;
use crate::media;
use crate::photos::PhotoSize;

/// Which of two sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Size {
    Small,
    #[default]
    Full,
}

/// A photo of a post, or somebody's picture.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The post's id.
    id: Option<String>,
    /// Which of its photos, from 0 on.
    #[serde(default)]
    index: usize,
    /// Instead of a post: whose picture.
    key: Option<String>,
    /// Or a photo that was kept and isn't posted.
    draft: Option<String>,
    #[serde(default)]
    size: Size,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Boost {
    id: String,
    /// Whether from now on.
    #[serde(default = "yes")]
    on: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Id {
    id: String,
}

fn yes() -> bool {
    true
}

/// Whether a verb's body is a picture's file.
pub(super) fn takes_file(verb: &str) -> bool {
    matches!(verb, "photo-keep" | "profile-picture")
}

/// Answers a verb, if it is one of these.
pub(super) async fn answer(app: &App, verb: &str, body: &[u8]) -> Result<Option<Value>, AppError> {
    Ok(Some(match verb {
        "photo-keep" => value(app.keep_photo(media::prepare(body.to_vec()).await?).await?)?,
        "profile-picture" if body.is_empty() => value(app.set_portrait(None).await?)?,
        "profile-picture" => {
            let picture = media::portrait(body.to_vec()).await?;
            value(app.set_portrait(Some(picture)).await?)?
        }
        "boost" => {
            let Boost { id, on } = parse(body)?;
            value(app.boost(&id, on).await?)?
        }
        "boosters" => value(app.boosters(&parse::<Id>(body)?.id).await?)?,
        _ => return Ok(None),
    }))
}

/// A picture's file.
pub(super) async fn file(app: &App, body: &[u8]) -> Result<Answer, AppError> {
    let wanted: Wanted = parse(body)?;
    let size = match wanted.size {
        Size::Small => PhotoSize::Small,
        Size::Full => PhotoSize::Full,
    };
    let picture = match (wanted.id, wanted.key, wanted.draft) {
        (Some(id), None, None) => app.photo(&id, wanted.index, size).await?,
        (None, Some(key), None) => app.portrait(&key, size).await?,
        (None, None, Some(draft)) => app.draft_photo(&draft, size).await?,
        _ => {
            return Err(bad_request(
                "Either a post's id, somebody's key or a draft says which picture is wanted.",
            ));
        }
    };
    let mut answer = picture.bytes.into_response();
    let media_type = HeaderValue::from_static(picture.media_type.as_str());
    answer.headers_mut().insert(CONTENT_TYPE, media_type);
    Ok(answer)
}
