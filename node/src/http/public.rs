//! What the world may see without an account: one person's public posts. The same for everybody who asks, the owner
//! included, so that it may be cached.

use super::request::Head;
use super::respond::{self, Answer};
use super::route::{is_get, refuse_method};
use super::{Site, forms, now_ms};
use crate::app::model::AppError;
use hearth_web_ui as ui;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use warp::http::{HeaderName, StatusCode};

/// How long others may show what they kept of a page without asking again: as long as a delete may take to be seen by them.
const CACHED: &str = "public, max-age=60";
/// Posts on a page and in the feed.
const POSTS: u32 = 20;

/// Something to send, and what it is.
struct Document {
    content_type: &'static str,
    text: String,
    is_indexed: bool,
}

/// Answers for `/@{handle}` and what lies below it.
pub(super) async fn answer(site: &Site, head: &Head, handle: &str, below: &[&str]) -> Answer {
    if !is_get(&head.method) {
        return refuse_method(head.language(), "GET, HEAD");
    }
    match document(site, head, handle, below).await {
        Ok(Some(document)) => cacheable(head, document),
        Ok(None) => missing(head),
        Err(error) => {
            tracing::warn!(%error, "a public page can't be shown");
            respond::plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Try again later.\n".into(),
            )
        }
    }
}

/// Who may look where (RFC 9309). Pages that aren't to be found also say so themselves: who is told not to look at a page never
/// reads that.
pub(super) async fn robots(site: &Site, head: &Head) -> Answer {
    if !is_get(&head.method) {
        return refuse_method(head.language(), "GET, HEAD");
    }
    let is_indexed = site
        .app
        .public_face()
        .await
        .is_ok_and(|face| face.is_shown && face.is_indexed);
    let text = match is_indexed {
        true => "User-agent: *\nAllow: /@\nAllow: /static/\nDisallow: /\n",
        false => "User-agent: *\nDisallow: /\n",
    };
    let document = Document {
        content_type: "text/plain; charset=utf-8",
        text: text.into(),
        is_indexed,
    };
    cacheable(head, document)
}

async fn document(
    site: &Site,
    head: &Head,
    handle: &str,
    below: &[&str],
) -> Result<Option<Document>, AppError> {
    let shown = site.app.public_face().await?;
    if !shown.is_shown || !shown.is_called(handle) {
        return Ok(None);
    }
    let face = ui::PublicFace {
        person: ui::Person {
            identity: shown.profile.identity.clone(),
            name: shown.profile.name.clone(),
            picture: None,
        },
        handle: shown.handle(),
        bio: shown.profile.bio.clone(),
        origin: site.front.public_url.as_ref().map(ToString::to_string),
        is_indexed: shown.is_indexed,
        language: head.language(),
        now_ms: now_ms(),
    };
    let page = |text| Document {
        content_type: "text/html; charset=utf-8",
        text,
        is_indexed: face.is_indexed,
    };
    Ok(match below {
        [] => {
            let query = head.query();
            let posts = site.app.public_posts(POSTS, query.given("before")).await?;
            let before = posts.last().filter(|_| posts.len() == POSTS as usize);
            let before = before.map(|post| post.local_id.clone());
            let posts: Vec<_> = posts.into_iter().map(post).collect();
            Some(page(ui::public_profile(&face, &posts, before.as_deref())))
        }
        ["feed.atom"] => {
            let posts = site.app.public_posts(POSTS, None).await?;
            let posts: Vec<_> = posts.into_iter().map(post).collect();
            Some(Document {
                content_type: ui::FEED_TYPE,
                text: ui::feed(&face, &posts),
                is_indexed: face.is_indexed,
            })
        }
        [id] => {
            let id = forms::decoded(id).unwrap_or_default();
            let found = site.app.public_post(&id).await?;
            found.map(|found| page(ui::public_post(&face, &post(found))))
        }
        _ => None,
    })
}

fn post(post: crate::app::model::Post) -> ui::PublicPost {
    ui::PublicPost {
        id: post.id,
        warning: post.warning,
        text: post.text,
        time_ms: post.time_ms,
        is_edited: post.edited,
        is_reply: post.reply_to.is_some(),
    }
}

fn missing(head: &Head) -> Answer {
    respond::html(StatusCode::NOT_FOUND, ui::public_missing(head.language()))
}

/// The document, or, for who has it already, that it is the same.
fn cacheable(head: &Head, document: Document) -> Answer {
    let hash = blake3::hash(document.text.as_bytes()).to_hex();
    let tag = format!("\"{}\"", &hash[..32]);
    let known = head
        .headers
        .get(IF_NONE_MATCH)
        .and_then(|known| known.to_str().ok());
    let is_known = known.is_some_and(|known| {
        let mut tags = known
            .split(',')
            .map(|one| one.trim().trim_start_matches("W/"));
        tags.any(|one| one == tag || one == "*")
    });
    let mut answer = match is_known {
        true => respond::plain(StatusCode::NOT_MODIFIED, String::new()),
        false => respond::plain(StatusCode::OK, document.text),
    };
    let headers = answer.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static(document.content_type),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHED));
    headers.insert(
        ETAG,
        HeaderValue::from_str(&tag).expect("hex digits stand in a header"),
    );
    headers.insert("vary", HeaderValue::from_static("accept-language"));
    if !document.is_indexed {
        let name = HeaderName::from_static("x-robots-tag");
        headers.insert(name, HeaderValue::from_static("noindex, noarchive"));
    }
    answer
}
