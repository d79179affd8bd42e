//! The JSON API under `/api/v1/`: one verb a path, by POST, with the API's bearer token.

use super::Site;
use super::backup;
use super::devices;
use super::files;
use super::front::Front;
use super::letters;
use super::own_data;
use super::photo_verbs as photos;
use super::request::{Body, BodyError, Head};
use super::respond::{self, Answer, status_of};
use super::sessions;
use super::social;
use super::spaces;
use crate::app::App;
use crate::app::model::{self, AppError, ErrorKind, ImportRow, Page};
use crate::app::settings::DefaultAudience;
use crate::media;
use crate::said::Said;
use futures::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;
use warp::Reply;
use warp::http::header::{CONTENT_TYPE, HeaderValue};
use warp::http::{Method, StatusCode};

/// How long a body may be.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long an import's batch may be.
const IMPORT_BYTES_MAX: usize = 16 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Follow {
    key: String,
    #[serde(default)]
    via: Vec<String>,
    /// Who is told; nothing said: the followed one, at least.
    how: Option<model::How>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Following {
    key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pledge {
    key: String,
    bytes: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileChange {
    name: Option<String>,
    bio: Option<String>,
}

/// A post; flat, as unknown fields can't be refused beside flattened ones.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPost {
    #[serde(default)]
    text: String,
    /// `public`, `friends` or `private`.
    audience: Option<model::Audience>,
    /// A space's id or name.
    space: Option<String>,
    /// Somebody's key.
    to: Option<String>,
    /// `true` is another way to say `"audience": "public"`.
    public: Option<bool>,
    /// The id of the post that it answers.
    reply_to: Option<String>,
    /// What to say of it before it is shown.
    warning: Option<String>,
    /// Photos that were kept for it.
    #[serde(default)]
    photos: Vec<model::ChosenPhoto>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostsOf {
    key: String,
    limit: Option<u64>,
    before: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    id: String,
    text: String,
    /// Its warning from now on; empty: none. Absent: as it is.
    warning: Option<String>,
    /// What there is to see on each photo, null where that needs no words. Absent: as it is.
    alts: Option<Vec<Option<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Import {
    rows: Vec<ImportRow>,
    /// `public`, `friends` or `private`; to everybody unless given.
    #[serde(default = "everybody")]
    audience: DefaultAudience,
    /// Whether these are the file's last rows.
    #[serde(default = "yes")]
    last: bool,
}

fn everybody() -> DefaultAudience {
    DefaultAudience::Public
}

fn yes() -> bool {
    true
}

/// Answers one verb.
pub(super) async fn answer(site: &Site, head: &Head, verb: &str, body: Body) -> Answer {
    if let Some(refusal) = refuse_entry(&site.front, head) {
        return refusal;
    }
    if verb.starts_with("files-") {
        let outcome = files::answer(site, head, verb, body).await;
        return outcome.unwrap_or_else(|error| refuse(status_of(&error), error));
    }
    let bytes_max = match verb {
        "import" => IMPORT_BYTES_MAX,
        _ if photos::takes_file(verb) => media::FILE_BYTES_MAX,
        _ => BODY_BYTES_MAX,
    };
    let body = match body.read(bytes_max).await {
        Ok(body) => body,
        Err(error) => return unread(error),
    };
    let outcome = if verb == "export" {
        export(&site.app).await
    } else if verb == "export-readable" {
        export_readable(&site.app).await
    } else if verb == "photo" {
        photos::file(&site.app, &body).await
    } else {
        dispatch(site, verb, &body)
            .await
            .map(|value| respond::json(StatusCode::OK, &value))
    };
    outcome.unwrap_or_else(|error| refuse(status_of(&error), error))
}

/// The answer to who doesn't hold the token, or asks wrongly. A browser's session doesn't count here,
/// so that no page can act through it.
pub(super) fn refuse_entry(front: &Front, head: &Head) -> Option<Answer> {
    let presented = head.bearer().map(|token| blake3::hash(token.as_bytes()));
    if presented != Some(front.token_hash) {
        let message = "The API's token is missing or wrong. It stands in a file in the server's \
                       home folder; the hearth command reads it by itself.";
        return Some(refuse(StatusCode::UNAUTHORIZED, bad_request(message)));
    }
    if head.method != Method::POST {
        let message = "The API's verbs are asked for by POST.";
        let refusal = refuse(StatusCode::METHOD_NOT_ALLOWED, bad_request(message));
        return Some(respond::allow(refusal, "POST"));
    }
    None
}

async fn dispatch(site: &Site, verb: &str, body: &[u8]) -> Result<Value, AppError> {
    let app = &site.app;
    match verb {
        "id" => value(app.me().await?),
        "open" => Ok(json!({ "web": site.front.sign_in_link() })),
        "link" => Ok(json!({ "link": app.link().await? })),
        "profile" => value(profile(app, parse(body)?).await?),
        "follow" => {
            let Follow { key, via, how } = parse(body)?;
            value(app.follow_as(&key, via, how).await?)
        }
        "unfollow" => value(app.unfollow(&parse::<Key>(body)?.key).await?),
        "following" => value(match parse::<Following>(body)?.key {
            Some(key) => app.following_of(&key).await?,
            None => app.following().await?,
        }),
        "followers" => value(app.followers().await?),
        "status" => value(app.status().await?),
        "pledge" => {
            let Pledge { key, bytes } = parse(body)?;
            value(app.pledge(&key, bytes).await?)
        }
        "guardians" => value(app.guardians().await?),
        "verify" => value(app.verify().await?),
        "reindex" => Ok(json!({ "entries": app.reindex().await? })),
        "compact" => {
            let (before, after) = app.compact().await?;
            Ok(json!({ "bytes_before": before, "bytes_after": after }))
        }
        "restore" => value(app.restore(parse(body)?).await?),
        "restore-status" => value(app.restore_status()),
        "stop" => {
            app.stop();
            Ok(json!({ "stopped": true }))
        }
        _ if verb.starts_with("sessions") => sessions::answer(&site.front, verb, body).await,
        _ if verb.starts_with("device") => match devices::answer(app, verb, body).await? {
            Some(answer) => Ok(answer),
            None => posts(app, verb, body).await,
        },
        _ => other(site, verb, body).await,
    }
}

/// The verbs of other files, and those about posts.
async fn other(site: &Site, verb: &str, body: &[u8]) -> Result<Value, AppError> {
    let app = &site.app;
    if let Some(answer) = own_data::answer(app, &site.front, verb, body).await? {
        return Ok(answer);
    }
    if let Some(answer) = backup::answer(app, verb, body).await? {
        return Ok(answer);
    }
    if let Some(answer) = spaces::answer(app, verb, body).await? {
        return Ok(answer);
    }
    if let Some(answer) = social::answer(app, verb, body).await? {
        return Ok(answer);
    }
    if let Some(answer) = photos::answer(app, verb, body).await? {
        return Ok(answer);
    }
    if let Some(answer) = letters::answer(app, verb, body).await? {
        return Ok(answer);
    }
    posts(app, verb, body).await
}

/// The verbs about posts.
async fn posts(app: &App, verb: &str, body: &[u8]) -> Result<Value, AppError> {
    match verb {
        "post" => {
            let asked: NewPost = parse(body)?;
            let audience = spaces::Asked {
                audience: asked.audience,
                space: asked.space,
                to: asked.to,
                public: asked.public,
            };
            let post = model::NewPost {
                text: asked.text,
                audience: audience.wish()?,
                reply_to: asked.reply_to,
                warning: asked.warning,
                photos: asked.photos,
            };
            value(app.post(post).await?)
        }
        "timeline" => value(app.timeline(parse(body)?).await?),
        "posts" => {
            let PostsOf { key, limit, before } = parse(body)?;
            let page = Page {
                limit,
                before,
                ..Page::default()
            };
            value(app.posts(&key, page).await?)
        }
        "thread" => value(app.thread(&parse::<Id>(body)?.id).await?),
        "edit" => {
            let Edit {
                id,
                text,
                warning,
                alts,
            } = parse(body)?;
            let said = model::NewWords {
                text,
                warning: warning.map(|warning| Some(warning).filter(|text| !text.is_empty())),
                alts,
            };
            value(app.edit_words(&id, said).await?)
        }
        "delete" => {
            let Id { id } = parse(body)?;
            app.delete(&id).await?;
            Ok(json!({ "id": id }))
        }
        "import" => {
            let Import {
                rows,
                audience,
                last,
            } = parse(body)?;
            value(app.import(rows, audience, last).await?)
        }
        unknown => Err(AppError {
            kind: ErrorKind::NotFound,
            message: Said::english(format!("The API has no verb {unknown:?}.")),
        }),
    }
}

async fn profile(app: &App, change: ProfileChange) -> Result<model::Profile, AppError> {
    match change {
        ProfileChange {
            name: None,
            bio: None,
        } => app.profile().await,
        ProfileChange { name, bio } => app.set_profile(name, bio).await,
    }
}

/// The export as it is read from the store.
async fn export(app: &App) -> Result<Answer, AppError> {
    stream_of(app.export().await?).await
}

/// The same as files that need no Hearth.
async fn export_readable(app: &App) -> Result<Answer, AppError> {
    stream_of(app.export_readable().await?).await
}

/// An answer of bytes as they come. What fails before the first bytes is an error like any other; what fails later breaks
/// the answer off, so that it can't pass for whole.
pub(super) async fn stream_of(
    mut chunks: Receiver<Result<Vec<u8>, AppError>>,
) -> Result<Answer, AppError> {
    let first = match chunks.recv().await {
        Some(first) => Some(first?),
        None => None,
    };
    let mut answer = warp::reply::stream(whole(first, chunks)).into_response();
    answer.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    Ok(answer)
}

fn whole(
    first: Option<Vec<u8>>,
    mut rest: Receiver<Result<Vec<u8>, AppError>>,
) -> impl Stream<Item = Result<Vec<u8>, AppError>> + Send + Sync {
    let first = stream::iter(first.map(Ok));
    first.chain(stream::poll_fn(move |context| rest.poll_recv(context)))
}

/// Reads a verb's values; no body at all is the same as none given. Verbs know their fields and refuse others: a slip of
/// the pen must not change who may read.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AppError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body)
        .map_err(|error| bad_request(&format!("The request's JSON doesn't fit: {error}.")))
}

pub(super) fn value<T: Serialize>(result: T) -> Result<Value, AppError> {
    serde_json::to_value(result).map_err(|error| AppError {
        kind: ErrorKind::Failed,
        message: Said::english(format!("The answer can't be written as JSON: {error}.")),
    })
}

pub(super) fn bad_request(message: &str) -> AppError {
    AppError::new(ErrorKind::BadRequest, Said::english(message))
}

pub(super) fn unread(error: BodyError) -> Answer {
    let status = match error {
        BodyError::TooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        BodyError::TooSlow => StatusCode::REQUEST_TIMEOUT,
        BodyError::Broken => StatusCode::BAD_REQUEST,
    };
    refuse(status, bad_request(&format!("Nothing was done: {error}.")))
}

pub(super) fn refuse(status: StatusCode, error: AppError) -> Answer {
    respond::json(status, &error)
}
