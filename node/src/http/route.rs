//! Which request goes where.

use super::request::{Body, Head};
use super::respond::{self, Answer, Problem};
use super::session::Session;
use super::{Site, api, events, forms, guard, now_ms, pages, public};
use hearth_web_ui::Language;
use std::convert::Infallible;
use std::sync::Arc;
use warp::Filter;
use warp::http::{Method, StatusCode};

/// Everything this server answers, as a warp filter.
pub(super) fn routes(
    site: Arc<Site>,
) -> impl Filter<Extract = (Answer,), Error = warp::Rejection> + Clone {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    let head = warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .map(|method, path: warp::path::FullPath, query, headers| Head {
            method,
            path: path.as_str().to_owned(),
            query,
            headers,
        });
    head.and(warp::body::stream().map(Body::new))
        .and_then(move |head: Head, body: Body| {
            let site = Arc::clone(&site);
            async move {
                let answer = answer(&site, &head, body).await;
                // The path alone: a query may hold a sign-in token.
                tracing::debug!(method = %head.method, path = head.path, status = answer.status().as_u16(), "web");
                Ok::<_, Infallible>(answer)
            }
        })
}

async fn answer(site: &Arc<Site>, head: &Head, body: Body) -> Answer {
    let segments: Vec<&str> = head.path.split('/').skip(1).collect();
    match segments[..] {
        ["api", "v1", verb] => api::answer(site, head, verb, body).await,
        ["static", name] => only_get(head, || file(name, name != ICON)),
        ["manifest.webmanifest"] => {
            let kind = "application/manifest+json";
            only_get(head, || respond::text(kind, hearth_web_ui::manifest()))
        }
        ["sw.js"] => {
            let kind = "text/javascript; charset=utf-8";
            only_get(head, || {
                respond::text(kind, hearth_web_ui::service_worker())
            })
        }
        ["offline"] => only_get(head, || {
            respond::html(StatusCode::OK, hearth_web_ui::offline(head.language()))
        }),
        ["favicon.ico"] => only_get(head, || file(ICON, false)),
        ["sign-in"] => sign_in(site, head).await,
        ["robots.txt"] => public::robots(site, head).await,
        [first, ref below @ ..] if first.starts_with(['@', '%']) => match handle(first) {
            Some(handle) => public::answer(site, head, &handle, below).await,
            None => signed_in(site, head, &segments, body).await,
        },
        _ => signed_in(site, head, &segments, body).await,
    }
}

/// Whom the first piece of a path means; its `@` may be written as `%40`.
fn handle(piece: &str) -> Option<String> {
    Some(forms::decoded(piece)?.strip_prefix('@')?.to_owned())
}

/// The name under which the icon can be had whatever its content.
const ICON: &str = "icon.svg";

fn file(name: &str, fixed: bool) -> Answer {
    match hearth_web_ui::asset(name) {
        Some(asset) => respond::asset(asset, fixed),
        None => respond::plain(StatusCode::NOT_FOUND, "There is no such file.\n".into()),
    }
}

fn only_get(head: &Head, answer: impl FnOnce() -> Answer) -> Answer {
    if is_get(&head.method) {
        answer()
    } else {
        refuse_method(head.language(), "GET, HEAD")
    }
}

/// Whether a request only asks to see; hyper leaves the body out for HEAD.
pub(super) fn is_get(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD
}

pub(super) fn refuse_method(language: Language, allowed: &'static str) -> Answer {
    respond::allow(Problem::not_allowed().into_answer(language), allowed)
}

/// Follows a one-time link. HEAD doesn't: programs that look at links for their users send it.
async fn sign_in(site: &Arc<Site>, head: &Head) -> Answer {
    if head.method != Method::GET {
        return refuse_method(head.language(), "GET");
    }
    let query = head.query();
    let Some(token) = query.given("token") else {
        return respond::sign_in(StatusCode::OK, None);
    };
    if site.tickets.redeem(token, std::time::Instant::now()) {
        return pages::enter(site).await;
    }
    if session_of(site, head).is_some() {
        // Who is in already (and reloads, or goes back) needn't be told about an old link.
        return respond::see_other("/");
    }
    let problem = "This link was used already, or it is too old. Make a new one.";
    respond::sign_in(StatusCode::FORBIDDEN, Some(problem))
}

fn session_of(site: &Site, head: &Head) -> Option<Session> {
    let now_ms = now_ms();
    head.cookies(&site.sessions.cookie_name())
        .find_map(|cookie| site.sessions.find(cookie, now_ms))
}

async fn signed_in(site: &Arc<Site>, head: &Head, segments: &[&str], body: Body) -> Answer {
    let Some(session) = session_of(site, head) else {
        let problem = (!is_get(&head.method))
            .then_some("You aren't signed in in this browser, so nothing was done.");
        return respond::sign_in(StatusCode::UNAUTHORIZED, problem);
    };
    if guard::is_foreign_fetch(&head.headers) {
        let text = "Other sites' pages get nothing here.\n".into();
        return respond::plain(StatusCode::FORBIDDEN, text);
    }
    match segments {
        ["events"] if head.method == Method::GET => events::listen(site, session.id()),
        ["events"] => refuse_method(head.language(), "GET"),
        _ => pages::answer(site, head, &session, segments, body).await,
    }
}
