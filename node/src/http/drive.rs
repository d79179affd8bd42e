//! Files of the drive on their way out as bytes: saved, looked at as pictures that this node encoded, listened to, watched.
//!
//! A file is never a document of this origin: what is saved has no type, what is played has the type that its first bytes speak
//! for, and both come with a policy that allows nothing.

use super::api::stream_of;
use super::forms::Fields;
use super::request::Head;
use super::respond::{self, Answer, Problem};
use crate::app::App;
use crate::app::model::AppError;
use crate::drive::{ItemKind, PreviewSize, Sight};
use crate::said::said;
use serde_json::json;
use warp::Reply;
use warp::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, IF_RANGE,
    RANGE,
};
use warp::http::{Method, StatusCode};

/// What a file that is opened by itself may do: nothing.
const POLICY: &str = "default-src 'none'; sandbox";
/// The same where the browser itself makes a player of it.
const PLAYER_POLICY: &str = "default-src 'none'; media-src 'self'; sandbox";
/// A browser may keep it, and asks each time whether it may still show it.
const CACHED: &str = "private, no-cache";

/// A part of a file: where it begins, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    from: u64,
    bytes: u64,
}

/// What is asked for of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// All of it.
    Whole,
    /// A part.
    Part(Part),
    /// A part that isn't there.
    Beyond,
}

/// Reads a `Range` (RFC 9110, 14.1.2). Of several only one could be sent; then all is.
fn asked(range: Option<&str>, bytes: u64) -> Asked {
    let spec = range.and_then(|range| range.trim().strip_prefix("bytes="));
    let Some((first, last)) = spec.and_then(|spec| spec.trim().split_once('-')) else {
        return Asked::Whole;
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    // More digits than fit mean "beyond".
    let number = |text: &str| text.parse().unwrap_or(u64::MAX);
    let part = match (first, last) {
        ("", last) if is_number(last) => {
            let length = number(last).min(bytes);
            Part {
                from: bytes - length,
                bytes: length,
            }
        }
        (first, last) if is_number(first) && (last.is_empty() || is_number(last)) => {
            let from = number(first);
            let end = if last.is_empty() {
                bytes
            } else {
                number(last).saturating_add(1).min(bytes)
            };
            if from >= bytes {
                return Asked::Beyond;
            }
            if end <= from {
                return Asked::Whole;
            }
            Part {
                from,
                bytes: end - from,
            }
        }
        _ => return Asked::Whole,
    };
    if part.bytes == 0 {
        Asked::Beyond
    } else {
        Asked::Part(part)
    }
}

fn text<'a>(head: &'a Head, name: &HeaderName) -> Option<&'a str> {
    head.headers.get(name)?.to_str().ok()
}

/// A file to be saved: whatever is in it, shown here it would speak in this page's name.
pub(super) async fn download(
    app: &App,
    head: &Head,
    path: &str,
    version: Option<u64>,
) -> Result<Answer, Problem> {
    let mut answer = content(app, head, path, version).await?;
    let name = path.rsplit('/').next().unwrap_or_default();
    let headers = answer.headers_mut();
    let fixed = HeaderValue::from_static;
    headers.insert(CONTENT_TYPE, fixed("application/octet-stream"));
    headers.insert(CONTENT_SECURITY_POLICY, fixed(POLICY));
    headers.insert(CONTENT_DISPOSITION, attachment(name));
    Ok(answer)
}

/// That it is saved, and under which name (RFC 8187), as it is shown.
fn attachment(name: &str) -> HeaderValue {
    let name = super::pages::encoded(&super::pages::drive_name(name));
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment"))
}

/// A file to be listened to or watched, if its first bytes say that it is such a one.
pub(super) async fn play(
    app: &App,
    head: &Head,
    path: &str,
    version: Option<u64>,
) -> Result<Answer, Problem> {
    let glance = app.files_glance(path, version).await?;
    let kind = match glance.map(|glance| glance.sight) {
        Some(Sight::Audio(kind) | Sight::Video(kind)) => kind,
        _ => return Err(Problem::not_found()),
    };
    let mut answer = content(app, head, path, version).await?;
    let headers = answer.headers_mut();
    let fixed = HeaderValue::from_static;
    headers.insert(CONTENT_TYPE, fixed(kind));
    headers.insert(CONTENT_SECURITY_POLICY, fixed(PLAYER_POLICY));
    headers.insert(CONTENT_DISPOSITION, fixed("inline"));
    Ok(answer)
}

/// A file's bytes, or the part of them that is asked for.
async fn content(
    app: &App,
    head: &Head,
    path: &str,
    version: Option<u64>,
) -> Result<Answer, Problem> {
    // What it is now, whatever it will be when its bytes go out.
    let looked = app.files_read(path, version, 0, 0).await?;
    let looked = looked.ok_or_else(Problem::not_found)?;
    let tag = format!("\"{}\"", crate::drive::get::tag(&looked.root));
    let is_same = text(head, &IF_RANGE).is_none_or(|known| known == tag);
    let range = text(head, &RANGE).filter(|_| is_same && head.method == Method::GET);
    let wanted = asked(range, looked.bytes);
    let (from, bytes) = match wanted {
        Asked::Whole => (0, looked.bytes),
        Asked::Part(part) => (part.from, part.bytes),
        Asked::Beyond => {
            let mut answer = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
            let range = format!("bytes */{}", looked.bytes);
            if let Ok(range) = HeaderValue::from_str(&range) {
                answer.headers_mut().insert(CONTENT_RANGE, range);
            }
            return Ok(answer);
        }
    };
    let reading = app.files_read(path, version, from, bytes).await?;
    let reading = reading
        .filter(|reading| reading.root == looked.root)
        .ok_or_else(|| {
            Problem::from(AppError {
                kind: crate::app::model::ErrorKind::Failed,
                message: said!(
                    "file-changed-now",
                    "the file was changed at this very moment: ask for it again"
                ),
            })
        })?;
    let mut answer = stream_of(reading.pieces).await?;
    let headers = answer.headers_mut();
    let set = |text: &str| HeaderValue::from_str(text).ok();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_LENGTH, bytes.into());
    headers.extend(set(&tag).map(|tag| (ETAG, tag)));
    if let Asked::Part(Part { from, bytes }) = wanted {
        let range = format!("bytes {from}-{}/{}", from + bytes - 1, looked.bytes);
        headers.extend(set(&range).map(|range| (CONTENT_RANGE, range)));
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(answer)
}

/// A picture, decoded and encoded anew; what can't be is an error in plain text, which a page's script replaces by words.
pub(super) async fn preview(
    app: &App,
    head: &Head,
    path: &str,
    version: Option<u64>,
    is_small: bool,
) -> Result<Answer, AppError> {
    let size = if is_small {
        PreviewSize::Small
    } else {
        PreviewSize::Full
    };
    let preview = match app.files_preview(path, version, size).await {
        Ok(preview) => preview,
        Err(error) => {
            let words = respond::sentence(&error, head.language()) + "\n";
            return Ok(respond::plain(respond::status_of(&error), words));
        }
    };
    let tag = format!("\"{}-{}\"", preview.tag, if is_small { "s" } else { "f" });
    let has_it = text(head, &IF_NONE_MATCH).is_some_and(|known| known.contains(&tag));
    let mut answer = if has_it {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        preview.bytes.into_response()
    };
    let headers = answer.headers_mut();
    let fixed = HeaderValue::from_static;
    headers.insert(CONTENT_TYPE, fixed(preview.media_type));
    headers.insert(CACHE_CONTROL, fixed(CACHED));
    headers.insert(CONTENT_DISPOSITION, fixed("inline"));
    headers.insert(CONTENT_SECURITY_POLICY, fixed(POLICY));
    headers.extend(HeaderValue::from_str(&tag).map(|tag| (ETAG, tag)));
    Ok(answer)
}

/// Whether a file may come: what a script asks before it sends a long one.
pub(super) async fn may_come(
    app: &App,
    head: &Head,
    path: &str,
    query: &Fields,
) -> Result<Answer, Problem> {
    let bytes = query.text("bytes").parse().unwrap_or_default();
    let answer = match app.files_may_come(path, query.text("may"), bytes).await {
        Ok(is_free) => respond::json(StatusCode::OK, &json!({ "free": is_free })),
        Err(error) => super::uploads::refused(head, &error),
    };
    Ok(answer)
}

/// A folder with all below it as one file.
pub(super) async fn archive(app: &App, path: &str, name: &str) -> Result<Answer, Problem> {
    if app.files_kind(path).await? != Some(ItemKind::Dir) {
        return Err(Problem::not_found());
    }
    let pieces = app.files_archive(path).await?;
    let mut answer = stream_of(pieces).await?;
    let name = if name.is_empty() { "Files" } else { name };
    let headers = answer.headers_mut();
    let fixed = HeaderValue::from_static;
    headers.insert(CONTENT_TYPE, fixed("application/zip"));
    headers.insert(CACHE_CONTROL, fixed("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, fixed(POLICY));
    headers.insert(CONTENT_DISPOSITION, attachment(&format!("{name}.zip")));
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_saved_under_the_names_that_are_shown() {
        let saved = |name| attachment(name).to_str().map(str::to_owned).ok();
        let expected = "attachment; filename*=UTF-8''caf%EF%BF%BD%20%C3%A4.txt";
        assert_eq!(saved("caf\0e9 ä.txt").as_deref(), Some(expected));
    }

    #[test]
    fn one_range_is_understood_and_whatever_else_means_all() {
        let part = |from, bytes| Asked::Part(Part { from, bytes });
        let cases = [
            (None, 10, Asked::Whole),
            (Some("bytes=0-"), 10, part(0, 10)),
            (Some("bytes=0-3"), 10, part(0, 4)),
            (Some("bytes=4-99"), 10, part(4, 6)),
            (Some("bytes=9-"), 10, part(9, 1)),
            (Some("bytes=-3"), 10, part(7, 3)),
            (Some("bytes=-99"), 10, part(0, 10)),
            (Some("bytes=10-"), 10, Asked::Beyond),
            (Some("bytes=0-"), 0, Asked::Beyond),
            (Some("bytes=-0"), 10, Asked::Beyond),
            (Some("bytes=99999999999999999999-"), 10, Asked::Beyond),
            (Some("bytes=0-99999999999999999999"), 10, part(0, 10)),
            (Some("bytes=3-1"), 10, Asked::Whole),
            (Some("bytes=0-1,3-4"), 10, Asked::Whole),
            (Some("bytes=a-b"), 10, Asked::Whole),
            (Some("bytes=+1-2"), 10, Asked::Whole),
            (Some("bytes=-"), 10, Asked::Whole),
            (Some("lines=0-1"), 10, Asked::Whole),
        ];
        for (range, bytes, expected) in cases {
            assert_eq!(asked(range, bytes), expected, "{range:?} of {bytes}");
        }
    }
}
