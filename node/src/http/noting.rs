//! What the access log is told of each request. Of its path only what cannot hold a secret, of its query and body nothing.

use super::front::Front;
use super::now_ms;
use super::request::{From, Head};
use super::respond::Answer;
use super::route::{Serving, is_get};
use super::sessions::Browser;
use crate::access::{Access, Asker, Client, Kind, Net, Note, Outcome};
use hyper::body::Body as _;
use warp::http::header::{CONTENT_LENGTH, USER_AGENT};
use warp::http::{HeaderMap, Method, StatusCode};

/// How long a verb or the name of a page is at most.
const WORD_BYTES_MAX: usize = 32;

/// A request that isn't answered yet.
pub(super) struct Noting {
    access: Access,
    asker: Asker,
    is_owner: bool,
    is_head: bool,
}

/// A request that was answered, but for how long the answer becomes.
#[derive(Clone)]
struct Noted {
    access: Access,
    note: Note,
    is_head: bool,
}

impl Noting {
    /// Who asks; None where nothing is noted.
    pub(super) fn of(serving: &Serving, head: &Head) -> Option<Self> {
        let Serving::Node(site) = serving else {
            return None;
        };
        let access = site.app.noted();
        if access.days() == 0 {
            return None;
        }
        let front = &site.front;
        let is_owner = is_signed_in(front, head);
        let public = front.public_url.as_ref();
        let client = Client {
            net: Net::around(front.origin_of(head)),
            agent: head.browser().name,
            by_name: public.is_some_and(|public| public.is_host(head.host())),
        };
        Some(Self {
            access: access.clone(),
            asker: match is_owner {
                true => Asker::Owner(client),
                false => Asker::Visitor(client),
            },
            is_owner,
            is_head: head.method == Method::HEAD,
        })
    }

    /// Lets the answer carry what is to be noted of it.
    pub(super) fn put_on(mut self, head: &Head, answer: &mut Answer) {
        let status = answer.status();
        let (kind, about) = self.what(head, status);
        if kind == Kind::Verb && status != StatusCode::UNAUTHORIZED {
            self.asker = Asker::Command;
        }
        let note = Note {
            asker: self.asker,
            kind,
            about,
            outcome: match status.as_u16() {
                0..400 => Outcome::Answered,
                400..500 => Outcome::Refused,
                _ => Outcome::Failed,
            },
            items: 0,
            bytes: 0,
        };
        answer.extensions_mut().insert(Noted {
            access: self.access,
            note,
            is_head: self.is_head,
        });
    }

    fn what(&self, head: &Head, status: StatusCode) -> (Kind, String) {
        let segments: Vec<&str> = head.path.split('/').skip(1).collect();
        let is_there = status.as_u16() < 400;
        match segments[..] {
            ["api", "v1", verb] if status != StatusCode::UNAUTHORIZED => (Kind::Verb, word(verb)),
            ["static", _]
            | ["manifest.webmanifest" | "sw.js" | "offline" | "favicon.ico" | "robots.txt"] => {
                (Kind::Asset, String::new())
            }
            ["sign-in", ..] => (Kind::SignIn, String::new()),
            // What is there was named by the owner, or is made of it.
            [first, .., "feed.atom"] if first.starts_with(['@', '%']) && is_there => {
                (Kind::Feed, head.path.clone())
            }
            [first, ..] if first.starts_with(['@', '%']) && is_there => {
                (Kind::PublicPage, head.path.clone())
            }
            _ if !self.is_owner || status == StatusCode::NOT_FOUND => {
                (Kind::Nothing, String::new())
            }
            ["events"] => (Kind::News, String::new()),
            ["photo" | "portrait" | "photos", ..] => (Kind::Photo, String::new()),
            ["files", ..] if is_get(&head.method) => (Kind::File, String::new()),
            [first, ..] if is_get(&head.method) => (Kind::Page, word(first)),
            [first, ..] => (Kind::Form, word(first)),
            [] => (Kind::Nothing, String::new()),
        }
    }
}

/// Notes a request that was meant for another server.
pub(super) fn turned_away(serving: &Serving, from: From, headers: &HeaderMap) {
    let Serving::Node(site) = serving else { return };
    let agent = headers.get(USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok());
    let browser = Browser::of(agent.unwrap_or_default(), from.0);
    site.app.noted().note(Note {
        asker: Asker::Visitor(Client {
            net: Net::around(from.0),
            agent: browser.name,
            by_name: false,
        }),
        kind: Kind::Nothing,
        about: String::new(),
        outcome: Outcome::Refused,
        items: 0,
        bytes: 0,
    });
}

fn is_signed_in(front: &Front, head: &Head) -> bool {
    let now_ms = now_ms();
    head.cookies(&front.sessions.cookie_name())
        .any(|cookie| front.sessions.find(cookie, now_ms).is_some())
}

/// A word as this server's own addresses have them; nothing of any other.
fn word(text: &str) -> String {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    let is_own = text.len() <= WORD_BYTES_MAX && text.bytes().all(is_word);
    if is_own {
        text.to_owned()
    } else {
        String::new()
    }
}

/// Notes a request, now that its answer is as it goes out.
pub(super) fn record(answer: &mut Answer) {
    let Some(noted) = answer.extensions_mut().remove::<Noted>() else {
        return;
    };
    let Noted {
        access,
        mut note,
        is_head,
    } = noted;
    let length = answer.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    let length = length.or_else(|| answer.body().size_hint().exact());
    note.bytes = length.filter(|_| !is_head).unwrap_or_default();
    access.note(note);
}
