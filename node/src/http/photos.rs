//! Photos to and from a browser.

use super::request::{Body, BodyError, Head};
use super::respond::{self, Answer, Problem, status_of};
use super::route::{is_get, refuse_method};
use super::session::Session;
use super::{Site, guard};
use crate::app::model::{AppError, ErrorKind};
use crate::media::{self, Encoded, MediaError};
use crate::photos::{PhotoBytes, PhotoSize};
use crate::said::{Said, said};
use hearth_web_ui as ui;
use serde_json::json;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use warp::Reply;
use warp::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue,
    IF_NONE_MATCH,
};
use warp::http::{Method, StatusCode};

/// How long photos may take to arrive.
pub(super) const UPLOAD_TIME_MAX: Duration = Duration::from_secs(900);
/// How many uploads may be under way: each has a file in memory.
const UPLOADS_MAX: usize = 4;
/// A browser may keep it, and asks each time whether it may still show it: somebody may have signed out since.
const CACHED: &str = "private, no-cache";
/// How long an upload waits for others.
const PLACE_TIME_MAX: Duration = Duration::from_secs(60);
/// In which header a script sends the form's token.
const TOKEN_HEADER: &str = "x-csrf";
/// What a picture that is opened by itself may do: nothing.
const PICTURE_POLICY: &str = "default-src 'none'; sandbox";

static UPLOADS: Semaphore = Semaphore::const_new(UPLOADS_MAX);

/// A place among those who upload.
///
/// # Errors
///
/// An [`AppError`] when too many do.
pub(super) async fn place() -> Result<SemaphorePermit<'static>, AppError> {
    match timeout(PLACE_TIME_MAX, UPLOADS.acquire()).await {
        Ok(Ok(place)) => Ok(place),
        _ => Err(MediaError::Busy.into()),
    }
}

/// `POST /photos`: a file as the whole body; the answer names the draft and where it is seen.
pub(super) async fn upload(site: &Site, head: &Head, session: &Session, body: Body) -> Answer {
    if head.method != Method::POST {
        return refuse_method(head.language(), "POST");
    }
    let token = head.headers.get(TOKEN_HEADER);
    let token = token.and_then(|token| token.to_str().ok());
    let is_own = guard::is_own_form(&head.headers, site.front.public_url.as_ref());
    if !is_own || !token.is_some_and(|token| session.owns_form(token)) {
        let message = ui::Reason::from(&said!(
            "photo-foreign-form",
            "This page doesn’t belong to your present session: reload it, then choose the photo again."
        ));
        let message = message.to_text(head.language());
        return respond::json(StatusCode::FORBIDDEN, &json!({ "message": message }));
    }
    match keep(site, body).await {
        Ok(answer) => answer,
        Err((status, message)) => {
            let message = ui::Reason::from(&message).to_text(head.language());
            respond::json(status, &json!({ "message": message }))
        }
    }
}

async fn keep(site: &Site, body: Body) -> Result<Answer, (StatusCode, Said)> {
    let refused = |error: AppError| (status_of(&error), error.message);
    let _place = place().await.map_err(refused)?;
    let read = body.read_within(media::FILE_BYTES_MAX, UPLOAD_TIME_MAX);
    let bytes = read.await.map_err(|error| match error {
        BodyError::TooLong { .. } => {
            let message = Said::from(&MediaError::TooLong);
            (StatusCode::PAYLOAD_TOO_LARGE, message)
        }
        _ => {
            let message = said!(
                "photo-broke-off",
                "the photo broke off on its way: choose it again"
            );
            (StatusCode::BAD_REQUEST, message)
        }
    })?;
    let photo = media::prepare(bytes).await;
    let photo = photo.map_err(|error| refused(error.into()))?;
    let draft = site.app.keep_photo(photo).await.map_err(refused)?;
    Ok(respond::json(
        StatusCode::OK,
        &json!({
            "small": format!("/photo/draft/{}/small", draft.draft),
            "draft": draft.draft,
            "width": draft.width,
            "height": draft.height,
        }),
    ))
}

/// `GET /photo/…`, `GET /portrait/…`: a picture.
pub(super) async fn show(site: &Site, head: &Head, segments: &[&str]) -> Answer {
    if !is_get(&head.method) {
        return refuse_method(head.language(), "GET, HEAD");
    }
    let picture = match segments {
        ["photo", "draft", draft, size] => match self::size(size) {
            Some(size) => site.app.draft_photo(draft, size).await,
            None => return Problem::not_found().into_answer(head.language()),
        },
        ["photo", post, index, size] => match (index.parse(), self::size(size)) {
            (Ok(index), Some(size)) => site.app.photo(post, index, size).await,
            _ => return Problem::not_found().into_answer(head.language()),
        },
        ["portrait", key, size] => match self::size(size) {
            Some(size) => site.app.portrait(key, size).await,
            None => return Problem::not_found().into_answer(head.language()),
        },
        _ => return Problem::not_found().into_answer(head.language()),
    };
    match picture {
        Ok(picture) => answer(head, picture),
        Err(error) if error.kind == ErrorKind::NotFound => respond::plain(
            StatusCode::NOT_FOUND,
            respond::sentence(&error, head.language()) + "\n",
        ),
        Err(error) => Problem::from(error).into_answer(head.language()),
    }
}

/// A picture that nobody has yet but who chose it.
pub(super) fn bare(picture: Encoded) -> Answer {
    let media_type = HeaderValue::from_static(picture.kind.content_type());
    let mut answer = picture.bytes.into_response();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, media_type);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    let policy = HeaderValue::from_static(PICTURE_POLICY);
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    answer
}

pub(super) fn size(name: &str) -> Option<PhotoSize> {
    match name {
        "small" => Some(PhotoSize::Small),
        "full" => Some(PhotoSize::Full),
        _ => None,
    }
}

/// A picture's bytes, or that the browser has them already. What another's node sent was checked against its name; what it
/// is, the browser is told and mustn't guess.
pub(super) fn answer(head: &Head, picture: PhotoBytes) -> Answer {
    let tag = format!("\"{}\"", picture.etag);
    let asked = head.headers.get(IF_NONE_MATCH);
    let asked = asked.and_then(|asked| asked.to_str().ok()).unwrap_or("");
    let has_it = asked
        .split(',')
        .any(|one| one.trim().trim_start_matches("W/") == tag);
    let mut answer = if has_it {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        picture.bytes.into_response()
    };
    let headers = answer.headers_mut();
    let media_type = HeaderValue::from_static(picture.media_type.as_str());
    headers.insert(CONTENT_TYPE, media_type);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHED));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    let policy = HeaderValue::from_static(PICTURE_POLICY);
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    answer
}
