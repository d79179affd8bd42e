//! How others reach this node, and what to do if nobody can.

use crate::face::{self, Size, address, face};
use crate::icon::{Icon, icon};
use crate::language::{say, say_html};
use crate::page::{page, reach as dot};
use crate::time::stamp;
use crate::values::{Person, Screen, Shell};
use maud::{Markup, html};

/// What is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachPage {
    /// Where the node listens.
    pub addresses: Vec<String>,
    /// The ports that a router would have to pass on.
    pub ports: Vec<u16>,
    /// Under which address the world sees the public page, if there is one.
    pub public_url: Option<String>,
    /// When somebody came by that name last, in milliseconds since 1970.
    pub by_name_ms: Option<u64>,
    /// Who dialled the node last from elsewhere.
    pub from_afar: Option<Caller>,
    /// Who did from its own network.
    pub from_near: Option<Caller>,
    /// How many days back that is known; 0: it isn't noted.
    pub days: u64,
    /// Those whom the reader follows, connected ones first.
    pub friends: Vec<ReachedFriend>,
}

/// Who dialled the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who, where that is known.
    pub person: Option<Person>,
    /// When, in milliseconds since 1970.
    pub time_ms: u64,
}

/// How somebody is connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachedFriend {
    /// Who.
    pub person: Person,
    /// How, while they are.
    pub way: Option<Way>,
    /// When something was heard of them last, in milliseconds since 1970.
    pub seen_ms: Option<u64>,
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// `QUIC` or `TCP`.
    pub transport: String,
    /// Whether they dialled this node.
    pub dialled_here: bool,
    /// Whether they are in the same network.
    pub is_near: bool,
    /// Since when, in milliseconds since 1970.
    pub since_ms: u64,
}

/// The page at `GET /reach`.
pub fn reach(shell: &Shell, reach: &ReachPage) -> String {
    let language = shell.language;
    let content = html! {
        h1 { (say!(language, "reach-title")) }
        (verdict(shell, reach))
        section.card {
            h2 { (say!(language, "reach-friends")) }
            @if reach.friends.is_empty() {
                p.quiet { (say!(language, "reach-friends-none")) }
            } @else {
                ul.rows { @for friend in &reach.friends { li { (row(shell, friend)) } } }
            }
        }
        section.card {
            h2 { (say!(language, "reach-public")) }
            (public(shell, reach))
        }
        section.card {
            h2 { (say!(language, "reach-listens")) }
            p { (say!(language, "reach-listens-about")) }
            ul.addresses { @for one in &reach.addresses { li { bdi.key dir="ltr" { (one) } } } }
        }
    };
    page(
        shell,
        Screen::Data,
        &say!(language, "reach-title"),
        &content,
    )
}

fn verdict(shell: &Shell, reach: &ReachPage) -> Markup {
    let language = shell.language;
    let is_reached = reach.from_afar.is_some();
    let connected = reach.friends.iter().filter(|friend| friend.way.is_some());
    let connected = connected.count();
    html! {
        section.card {
            p class=(if is_reached { "health good" } else { "health look" }) {
                (icon(Icon::Public))
                @match (&reach.from_afar, &reach.from_near) {
                    (Some(_), _) => span { (say!(language, "reach-afar")) },
                    (None, Some(_)) => span { (say!(language, "reach-near-only")) },
                    (None, None) => span { (say!(language, "reach-nobody")) },
                }
            }
            @if let Some(caller) = &reach.from_afar { p { (called(shell, caller, true)) } }
            @if let Some(caller) = &reach.from_near { p { (called(shell, caller, false)) } }
            @if reach.days == 0 {
                p.quiet { (say!(language, "reach-not-noted")) }
            } @else if !is_reached {
                p { (say!(language, "reach-no-harm", count = connected)) }
                h2 { (say!(language, "reach-do")) }
                ol.todo {
                    li { (say!(language, "reach-do-on")) }
                    @if !reach.ports.is_empty() {
                        @let ports: Vec<String> = reach.ports.iter().map(u16::to_string).collect();
                        li { (say!(language, "reach-do-port", count = reach.ports.len(), ports = ports.join(", "))) }
                    }
                    li { (say_html!(language, "reach-do-friend", link = html! { a href="/people" { (say!(language, "reach-do-friend-link")) } })) }
                }
            }
        }
    }
}

fn called(shell: &Shell, caller: &Caller, from_afar: bool) -> Markup {
    let language = shell.language;
    let when = stamp(language, shell.now_ms, caller.time_ms);
    match (&caller.person, from_afar) {
        (Some(person), true) => {
            say_html!(language, "reach-afar-by", name = named(person), when = when)
        }
        (Some(person), false) => {
            say_html!(language, "reach-near-by", name = named(person), when = when)
        }
        (None, true) => say_html!(language, "reach-afar-unknown", when = when),
        (None, false) => say_html!(language, "reach-near-unknown", when = when),
    }
}

fn named(person: &Person) -> Markup {
    html! { a href=(address(person)) { (face::name(person)) } }
}

fn row(shell: &Shell, friend: &ReachedFriend) -> Markup {
    let language = shell.language;
    html! {
        a.row href=(address(&friend.person)) {
            (face(&friend.person, Size::Normal))
            span.grow {
                span.name { (face::name(&friend.person)) }
                span.under.wrap {
                    @match (&friend.way, friend.seen_ms) {
                        (Some(way), _) => (connection(shell, way)),
                        (None, Some(seen_ms)) => (say_html!(language, "reach-seen", when = stamp(language, shell.now_ms, seen_ms))),
                        (None, None) => (say!(language, "reach-never")),
                    }
                }
            }
            (dot(language, friend.way.is_some()))
        }
    }
}

fn connection(shell: &Shell, way: &Way) -> Markup {
    let language = shell.language;
    let since = stamp(language, shell.now_ms, way.since_ms);
    let how = way.transport.as_str();
    match (way.dialled_here, way.is_near) {
        (true, true) => say_html!(language, "reach-way-in-near", how = how, since = since),
        (true, false) => say_html!(language, "reach-way-in", how = how, since = since),
        (false, true) => say_html!(language, "reach-way-out-near", how = how, since = since),
        (false, false) => say_html!(language, "reach-way-out", how = how, since = since),
    }
}

fn public(shell: &Shell, reach: &ReachPage) -> Markup {
    let language = shell.language;
    html! {
        @match &reach.public_url {
            None => {
                p { (say!(language, "reach-public-none")) }
                pre { "hearth up --public-url https://alice.example" }
            }
            Some(url) => {
                p { (say_html!(language, "reach-public-at", url = html! { bdi.key dir="ltr" { (url) } })) }
                p {
                    @match reach.by_name_ms {
                        Some(time_ms) => (say_html!(language, "reach-public-seen", when = stamp(language, shell.now_ms, time_ms))),
                        None => (say!(language, "reach-public-unseen")),
                    }
                }
            }
        }
    }
}
