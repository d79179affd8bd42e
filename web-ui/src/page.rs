//! What surrounds every page: the document, the navigation, the rail.

use crate::assets::names;
use crate::face::{self, Size, address, face};
use crate::icon::{Icon, flame, icon};
use crate::values::{Neighbour, Notice, NoticeKind, Screen, Shell, Waiting};
use maud::{DOCTYPE, Markup, html};

/// The `Content-Security-Policy` under which every page here works.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How many friends the rail shows before it points to the People page.
const RAIL_FRIENDS_MAX: usize = 12;

/// A whole page of a signed-in reader.
pub(crate) fn page(shell: &Shell, screen: Screen, title: &str, content: &Markup) -> String {
    document(
        title,
        &html! {
            a.skip href="#main" { "Skip to content" }
            div.frame {
                header.side {
                    a.brand href="/" { (flame()) "Hearth" }
                    (navigation(screen, shell.waiting))
                    a.me href=(address(&shell.me)) {
                        (face(&shell.me, Size::Small))
                        (face::name(&shell.me))
                    }
                }
                main #main tabindex="-1" {
                    @if let Some(notice) = &shell.notice { (notice_line(notice)) }
                    (content)
                }
                aside aria-label="Friends" { (rail(&shell.neighbours)) }
            }
        },
    )
}

/// A page for somebody who isn't signed in, or for whom nothing else can be shown.
pub(crate) fn plain_page(title: &str, content: &Markup) -> String {
    document(
        title,
        &html! {
            main.alone #main {
                p.brand { (flame()) "Hearth" }
                (content)
            }
        },
    )
}

fn document(title: &str, body: &Markup) -> String {
    let names = names();
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="theme-color" content="#faf6ef" media="(prefers-color-scheme: light)";
                meta name="theme-color" content="#181412" media="(prefers-color-scheme: dark)";
                meta name="referrer" content="same-origin";
                title { (title) " · Hearth" }
                link rel="icon" type="image/svg+xml" href={ "/static/" (names.icon) };
                link rel="stylesheet" href={ "/static/" (names.style) };
                script src={ "/static/" (names.script) } defer {}
            }
            body { (body) }
        }
    };
    document.into_string()
}

fn navigation(here: Screen, waiting: Waiting) -> Markup {
    let items = [
        (Screen::Home, "/", Icon::Home, "Home", 0),
        (Screen::Spaces, "/spaces", Icon::Spaces, "Spaces", 0),
        (
            Screen::People,
            "/people",
            Icon::People,
            "People",
            waiting.knocks,
        ),
        (Screen::Files, "/files", Icon::Files, "Files", 0),
        (Screen::Backup, "/backup", Icon::Backup, "Backup", 0),
        (Screen::Profile, "/profile", Icon::Profile, "Profile", 0),
    ];
    html! {
        nav aria-label="Main" {
            @for (screen, href, mark, label, asking) in items {
                a.item href=(href) aria-current=[(screen == here).then_some("page")] {
                    (icon(mark)) span { (label) }
                    @if asking > 0 { span.asks { (asking) span.hidden { " waiting for your answer" } } }
                }
            }
        }
    }
}

fn notice_line(notice: &Notice) -> Markup {
    let (class, role) = match notice.kind {
        NoticeKind::Good => ("notice good", "status"),
        NoticeKind::Problem => ("notice problem", "alert"),
    };
    html! { p class=(class) role=(role) dir="auto" { (notice.text) } }
}

fn rail(neighbours: &[Neighbour]) -> Markup {
    html! {
        section.card {
            h2 { "Friends" }
            @if neighbours.is_empty() {
                p.quiet { "Nobody yet. " a href="/people" { "Follow somebody" } " and they appear here." }
            } @else {
                ul.rows {
                    @for neighbour in neighbours.iter().take(RAIL_FRIENDS_MAX) {
                        li { (rail_row(neighbour)) }
                    }
                }
            }
            @if neighbours.len() > RAIL_FRIENDS_MAX {
                p.quiet { a href="/people" { "All " (neighbours.len()) " people" } }
            }
        }
    }
}

fn rail_row(neighbour: &Neighbour) -> Markup {
    html! {
        a.row href=(address(&neighbour.person)) {
            (face(&neighbour.person, Size::Small))
            span.grow { (face::name(&neighbour.person)) }
            (reach(neighbour.connected))
        }
    }
}

/// How somebody is reached now, in a word and a dot.
pub(crate) fn reach(connected: bool) -> Markup {
    html! {
        @if connected {
            span.reach { "direct" span.dot.here {} }
        } @else {
            span.reach { "away" span.dot {} }
        }
    }
}
