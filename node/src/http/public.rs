//! What the world may see without an account: one person's public posts. The same for everybody who asks, the owner
//! included, so that it may be cached.

use super::pages::values;
use super::request::Head;
use super::respond::{self, Answer};
use super::route::{is_get, refuse_method};
use super::{App, Site, forms, now_ms, photos};
use crate::app::model::{AppError, Post};
use hearth_web_ui as ui;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH};
use warp::http::{HeaderMap, HeaderName, StatusCode};

/// How long others may show what they kept of a page without asking again: as long as a delete may take to be seen by them.
const CACHED: &str = "public, max-age=60";
/// Of pictures, which never change under their addresses: a day, after which what was deleted is gone from caches as well.
const PICTURE_CACHED: &str = "public, max-age=86400, immutable";
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
    let answered = match below {
        [id, "photo", index, size] => {
            picture(site, head, handle, Asked::Photo(id, index), size).await
        }
        ["portrait", version, size] => {
            picture(site, head, handle, Asked::Portrait(version), size).await
        }
        _ => match document(site, head, handle, below).await {
            Ok(document) => Ok(document.map(|document| cacheable(head, document))),
            Err(error) => Err(error),
        },
    };
    match answered {
        Ok(Some(answer)) => answer,
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

/// Which picture is asked for.
enum Asked<'a> {
    /// Of a post, by its id and its place among the photos.
    Photo(&'a str, &'a str),
    /// Of the owner, by its name.
    Portrait(&'a str),
}

/// A picture of a post for everybody, or of the owner.
async fn picture(
    site: &Site,
    head: &Head,
    handle: &str,
    asked: Asked<'_>,
    size: &str,
) -> Result<Option<Answer>, AppError> {
    let shown = site.app.public_face().await?;
    let Some(size) = photos::size(size) else {
        return Ok(None);
    };
    if !shown.is_shown || !shown.is_called(handle) {
        return Ok(None);
    }
    let found = match asked {
        Asked::Photo(id, index) => match index.parse() {
            Ok(index) => site.app.public_photo(id, index, size).await?,
            Err(_) => None,
        },
        Asked::Portrait(version) => site.app.public_portrait(version, size).await?,
    };
    Ok(found.map(|found| {
        let mut answer = photos::answer(head, found);
        let headers = answer.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(PICTURE_CACHED));
        unfound(headers, shown.is_indexed);
        answer
    }))
}

/// Says to search engines that they may not show it, unless they may.
fn unfound(headers: &mut HeaderMap, is_indexed: bool) {
    if !is_indexed {
        let name = HeaderName::from_static("x-robots-tag");
        headers.insert(name, HeaderValue::from_static("noindex, noarchive"));
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
    let me = [shown.profile.identity.as_str()].into_iter();
    let face = ui::PublicFace {
        person: ui::Person {
            identity: shown.profile.identity.clone(),
            name: shown.profile.name.clone(),
            picture: site.app.portraits(me).await?.into_values().next(),
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
    let as_shown = |one| post(&site.app, &face, one);
    Ok(match below {
        [] => {
            let query = head.query();
            let posts = site.app.public_posts(POSTS, query.given("before")).await?;
            let before = posts.last().filter(|_| posts.len() == POSTS as usize);
            let before = before.map(|post| post.local_id.clone());
            let posts: Vec<_> = posts.into_iter().map(as_shown).collect();
            Some(page(ui::public_profile(&face, &posts, before.as_deref())))
        }
        ["feed.atom"] => {
            let posts = site.app.public_posts(POSTS, None).await?;
            let posts: Vec<_> = posts.into_iter().map(as_shown).collect();
            Some(Document {
                content_type: ui::FEED_TYPE,
                text: ui::feed(&face, &posts),
                is_indexed: face.is_indexed,
            })
        }
        ["photos"] => {
            let query = head.query();
            let (posts, next) = site.app.public_photos(query.given("before")).await?;
            let posts: Vec<_> = posts.into_iter().map(as_shown).collect();
            Some(page(ui::public_photos(&face, &posts, next.as_deref())))
        }
        [id] => {
            let id = forms::decoded(id).unwrap_or_default();
            let found = site.app.public_post(&id).await?;
            let found = found.map(as_shown);
            found.map(|found| page(ui::public_post(&face, &found)))
        }
        _ => None,
    })
}

/// A post as visitors see it: with those of its photos that are here.
fn post(app: &App, face: &ui::PublicFace, post: Post) -> ui::PublicPost {
    let id = &post.id;
    let photos = (0..).zip(post.photos);
    let photos = photos.map(|(index, photo)| ui::Photo {
        small: face.photo_path(id, index, "small"),
        full: face.photo_path(id, index, "full"),
        ..values::photo(app, photo)
    });
    let photos = photos.filter(|photo| photo.is_here);
    ui::PublicPost {
        photos: photos.collect(),
        mentioned: post.mentioned.into_iter().map(values::somebody).collect(),
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
    unfound(headers, document.is_indexed);
    answer
}
