//! The API's verbs about files. Contents go through as streams, of any length, at the pace of the slower side.

use super::Site;
use super::api::{bad_request, parse, stream_of, value};
use super::request::{Body, BodyError, Head};
use super::respond::{self, Answer};
use crate::app::App;
use crate::app::model::{AppError, ErrorKind};
use crate::drive::Choice;
use crate::drive::pipe::{PIECES_MAX, Piece};
use crate::said::Said;
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use warp::http::StatusCode;

/// How long the headers of an offer may be.
const OFFER_BYTES_MAX: usize = 16 << 20;
/// How long the questions of the other verbs may be.
const QUESTION_BYTES_MAX: usize = 4 << 20;
/// How long a client may send nothing in the middle of a stream.
const SILENCE_MAX: Duration = Duration::from_secs(600);
/// Names that a listing gives at once unless it is asked otherwise.
const LIMIT: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Get {
    path: String,
    version: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    path: String,
    after: Option<String>,
    #[serde(default = "limit")]
    limit: usize,
}

fn limit() -> usize {
    LIMIT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    from: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    path: String,
}

/// Answers a verb that begins with `files-`.
pub(super) async fn answer(
    site: &Site,
    head: &Head,
    verb: &str,
    body: Body,
) -> Result<Answer, AppError> {
    let app = &site.app;
    let answer = match verb {
        "files-put" => serde_json::to_value(app.files_put(pieces(body)).await?),
        "files-offer" => {
            let stream = read(body, OFFER_BYTES_MAX).await?;
            let reads_all = head.query().given("checksum").is_some();
            serde_json::to_value(app.files_offer(&stream, reads_all).await?)
        }
        "files-get" => {
            let Get { path, version } = parse(&read(body, QUESTION_BYTES_MAX).await?)?;
            return stream_of(app.files_get(&path, version).await?).await;
        }
        _ => Ok(names(app, verb, &read(body, QUESTION_BYTES_MAX).await?).await?),
    };
    let answer = answer.map_err(|error| AppError {
        kind: ErrorKind::Failed,
        message: Said::english(format!("The answer can't be written as JSON: {error}.")),
    })?;
    Ok(respond::json(StatusCode::OK, &answer))
}

/// The verbs that need no content.
async fn names(app: &App, verb: &str, body: &[u8]) -> Result<Value, AppError> {
    match verb {
        "files-ls" => {
            let List { path, after, limit } = parse(body)?;
            value(app.files_list(&path, after.as_deref(), limit).await?)
        }
        "files-mv" => {
            let Move { from, to } = parse(body)?;
            let moved = app.files_move(&from, &to).await?;
            Ok(json!({ "from": from, "to": moved }))
        }
        "files-rm" => {
            let At { path } = parse(body)?;
            app.files_remove(&path).await?;
            Ok(json!({ "removed": 1 }))
        }
        "files-mkdir" => {
            let At { path } = parse(body)?;
            Ok(json!({ "path": app.files_make_folder(&path).await? }))
        }
        "files-restore" => {
            let Get { path, version } = parse(body)?;
            let choice = version.map(|version| Choice {
                version,
                time_ms: None,
            });
            Ok(json!({ "path": app.files_restore(&path, choice).await? }))
        }
        "files-removed" => {
            let List { path, .. } = parse(body)?;
            value(app.files_removed(&path).await?)
        }
        "files-history" => value(app.files_history(&parse::<At>(body)?.path).await?),
        unknown => Err(AppError {
            kind: ErrorKind::NotFound,
            message: Said::english(format!("The API has no verb {unknown:?}.")),
        }),
    }
}

async fn read(body: Body, bytes_max: usize) -> Result<Vec<u8>, AppError> {
    let read = body.read(bytes_max).await;
    read.map_err(|error| bad_request(&format!("Nothing was done: {error}.")))
}

/// A body as it comes, no faster than it is taken.
pub(super) fn pieces(body: Body) -> mpsc::Receiver<Piece> {
    let (pieces, receiver) = mpsc::channel(PIECES_MAX);
    tokio::spawn(async move {
        let mut chunks = body.into_stream();
        loop {
            let next = timeout(SILENCE_MAX, chunks.next()).await;
            let piece = match next {
                Ok(None) => return,
                Ok(Some(Ok(chunk))) => Ok(chunk.to_vec()),
                Ok(Some(Err(error))) => Err(bad_request(&format!("{error}"))),
                Err(_) => Err(bad_request(&format!("{}", BodyError::TooSlow))),
            };
            let is_last = piece.is_err();
            if pieces.send(piece).await.is_err() || is_last {
                return;
            }
        }
    });
    receiver
}
