//! Files on their way into the drive from a page's script: one request a file, which is stored while it comes.

use super::forms::Fields;
use super::pages;
use super::request::{Body, BodyError, Head};
use super::respond::{self, Answer, sentence, status_of};
use super::session::Session;
use super::{Site, guard};
use crate::app::model::{AppError, ErrorKind};
use crate::drive::pipe::{PIECES_MAX, Piece};
use crate::drive::upload::Existing;
use crate::said::said;
use futures::StreamExt;
use serde_json::json;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use warp::http::StatusCode;
use warp::http::header::{CONTENT_LENGTH, CONTENT_TYPE};

/// How long a browser may send nothing in the middle of a file.
const SILENCE_MAX: Duration = Duration::from_secs(120);
/// In which header a script sends the form's token.
const TOKEN_HEADER: &str = "x-csrf";
/// What a file is sent as, whatever is in it; no form is.
const KIND: &str = "application/octet-stream";

/// Whether a request brings a file by itself.
pub(super) fn is_file(head: &Head) -> bool {
    let kind = head.headers.get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes() == KIND.as_bytes())
}

/// What a form or script wishes where something has the name already.
pub(super) fn existing(said: &str) -> Existing {
    match said {
        "both" => Existing::Both,
        "replace" => Existing::Replace,
        _ => Existing::Ask,
    }
}

/// `POST /files/{folder}?name=…`: a file as the whole body; the answer names where it lies.
pub(super) async fn take(
    site: &Site,
    head: &Head,
    session: &Session,
    segments: &[&str],
    body: Body,
) -> Answer {
    let token = head.headers.get(TOKEN_HEADER);
    let token = token.and_then(|token| token.to_str().ok());
    let is_own = guard::is_own_form(&head.headers, site.front.public_url.as_ref());
    if !is_own || !token.is_some_and(|token| session.owns_form(token)) {
        let message = hearth_web_ui::foreign_upload(head.language());
        return respond::json(StatusCode::FORBIDDEN, &json!({ "message": message }));
    }
    match keep(site, head, segments, body).await {
        Ok(answer) => answer,
        Err(error) => refused(head, &error),
    }
}

/// An error as a page's script reads it.
pub(super) fn refused(head: &Head, error: &AppError) -> Answer {
    let message = sentence(error, head.language());
    respond::json(status_of(error), &json!({ "message": message }))
}

async fn keep(site: &Site, head: &Head, segments: &[&str], body: Body) -> Result<Answer, AppError> {
    let folder = pages::drive_path(segments).ok_or_else(|| AppError {
        kind: ErrorKind::NotFound,
        message: said!(
            "drive-not-a-folder",
            "this isn't a folder of the drive: open it anew"
        ),
    })?;
    let query: Fields = head.query();
    let length = head.headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    let mtime_ms = query.text("modified").parse();
    let mtime_ms = mtime_ms.unwrap_or_else(|_| now_ms());
    let place = (folder.as_str(), query.text("name"));
    let existing = existing(query.text("existing"));
    let (pieces, reading) = pieces(body);
    let about = (mtime_ms, length);
    let taken = site.app.files_upload(place, about, existing, pieces).await;
    // What is left unread belongs to who answers.
    reading.abort();
    let _ = reading.await;
    Ok(match taken? {
        Some(path) => {
            let href = pages::drive_address(&path);
            respond::json(StatusCode::OK, &json!({ "href": href }))
        }
        None => respond::json(StatusCode::OK, &json!({ "taken": true })),
    })
}

/// Now, for a file that doesn't say when it was changed.
pub(super) fn now_ms() -> i64 {
    i64::try_from(super::now_ms()).unwrap_or_default()
}

/// A body as it comes, no faster than it is taken; an empty piece says that it was whole.
fn pieces(body: Body) -> (mpsc::Receiver<Piece>, JoinHandle<()>) {
    let (pieces, receiver) = mpsc::channel(PIECES_MAX);
    let reading = tokio::spawn(async move {
        let mut chunks = body.into_stream();
        loop {
            let piece = match timeout(SILENCE_MAX, chunks.next()).await {
                Ok(Some(Ok(chunk))) if chunk.is_empty() => continue,
                Ok(Some(Ok(chunk))) => Ok(chunk.to_vec()),
                Ok(Some(Err(error))) => Err(broken(error)),
                Ok(None) => Ok(Vec::new()),
                Err(_) => Err(broken(BodyError::TooSlow)),
            };
            let is_last = piece.as_ref().map_or(true, Vec::is_empty);
            if pieces.send(piece).await.is_err() || is_last {
                return;
            }
        }
    });
    (receiver, reading)
}

fn broken(error: BodyError) -> AppError {
    AppError::new(
        ErrorKind::BadRequest,
        match error {
            BodyError::TooLong { bytes_max } => said!(
                "upload-too-long",
                "the file wasn't kept: the request is longer than {most} bytes; send it again",
                most = bytes_max
            ),
            BodyError::TooSlow => said!(
                "upload-too-slow",
                "the file wasn't kept: the request didn't arrive in time; send it again"
            ),
            BodyError::Broken => said!(
                "upload-broke-off-sent",
                "the file wasn't kept: the request broke off; send it again"
            ),
        },
    )
}
