//! Which request goes where.

use super::front::Front;
use super::noting::Noting;
use super::request::From;
use super::request::{Body, Head};
use super::respond::{self, Answer, Problem};
use super::{Site, api, coming_in, events, first_run, forms, guard, pages, public};
use hearth_web_ui::Language;
use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::sync::watch;
use warp::Filter;
use warp::http::{Method, StatusCode};

/// Who answers.
#[derive(Clone)]
pub(super) enum Serving {
    /// A node.
    Node(Arc<Site>),
    /// The pages on which somebody begins to live here.
    FirstRun(Arc<first_run::Site>),
}

impl Serving {
    /// Tells when to stop.
    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        match self {
            Self::Node(site) => site.stopping.clone(),
            Self::FirstRun(site) => site.stopping.clone(),
        }
    }

    pub(super) fn front(&self) -> &Arc<Front> {
        match self {
            Self::Node(site) => &site.front,
            Self::FirstRun(site) => &site.front,
        }
    }
}

/// Everything this server answers, as a warp filter.
pub(super) fn routes(
    serving: Serving,
) -> impl Filter<Extract = (Answer,), Error = warp::Rejection> + Clone {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    let head = warp::method()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::ext::optional::<From>())
        .map(
            |method, path: warp::path::FullPath, query, headers, from: Option<From>| Head {
                method,
                path: path.as_str().to_owned(),
                query,
                headers,
                from: from.map_or(Ipv4Addr::UNSPECIFIED.into(), |From(from)| from),
            },
        );
    head.and(warp::body::stream().map(Body::new))
        .and_then(move |head: Head, body: Body| {
            let serving = serving.clone();
            async move {
                // Who signs out is who they were.
                let noting = Noting::of(&serving, &head);
                let mut answer = answer(&serving, &head, body).await;
                if let Some(noting) = noting {
                    noting.put_on(&head, &mut answer);
                }
                // The path alone: a query may hold a sign-in token.
                tracing::debug!(method = %head.method, path = head.path, status = answer.status().as_u16(), "web");
                Ok::<_, Infallible>(answer)
            }
        })
}

async fn answer(serving: &Serving, head: &Head, body: Body) -> Answer {
    let segments: Vec<&str> = head.path.split('/').skip(1).collect();
    match segments[..] {
        ["api", "v1", verb] => match serving {
            Serving::Node(site) => api::answer(site, head, verb, body).await,
            Serving::FirstRun(site) => first_run::api(site, head, verb, body).await,
        },
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
        ["sign-in"] => coming_in::by_link(serving.front(), head).await,
        ["sign-in", way] => coming_in::by(serving.front(), head, way, body).await,
        _ => match (serving, &segments[..]) {
            (Serving::Node(site), ["robots.txt"]) => public::robots(site, head).await,
            (Serving::Node(site), [first, below @ ..]) if first.starts_with(['@', '%']) => {
                match handle(first) {
                    Some(handle) => public::answer(site, head, &handle, below).await,
                    None => signed_in(serving, head, &segments, body).await,
                }
            }
            _ => signed_in(serving, head, &segments, body).await,
        },
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

async fn signed_in(serving: &Serving, head: &Head, segments: &[&str], body: Body) -> Answer {
    let front = serving.front();
    let Some(session) = front.session_of(head).await else {
        return coming_in::refuse(front, head);
    };
    if guard::is_foreign_fetch(&head.headers) {
        let text = "Other sites' pages get nothing here.\n".into();
        return respond::plain(StatusCode::FORBIDDEN, text);
    }
    match (serving, segments) {
        (Serving::Node(site), ["events"]) if head.method == Method::GET => {
            events::listen(site, session.id()).await
        }
        (Serving::Node(_), ["events"]) => refuse_method(head.language(), "GET"),
        (Serving::Node(site), _) => pages::answer(site, head, &session, segments, body).await,
        (Serving::FirstRun(site), _) => {
            first_run::answer(site, head, &session, segments, body).await
        }
    }
}
