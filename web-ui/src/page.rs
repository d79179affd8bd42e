//! What surrounds every page: the document, the navigation, the rail.

use crate::assets::{MANIFEST, names};
use crate::face::{self, Size, address, face};
use crate::icon::{Icon, flame, icon};
use crate::language::{Language, say, say_html};
use crate::notice;
use crate::photos;
use crate::script;
use crate::values::{Neighbour, Screen, Shell, Waiting};
use maud::{DOCTYPE, Markup, html};

/// The `Content-Security-Policy` under which every page here works.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; media-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The colour behind everything, as the style has it, for what browsers draw around a page.
pub(crate) const LIGHT_PAPER: &str = "#faf6ef";
pub(crate) const DARK_PAPER: &str = "#181412";

/// How many friends the rail shows before it points to the People page.
const RAIL_FRIENDS_MAX: usize = 12;

/// A whole page of a signed-in reader.
pub(crate) fn page(shell: &Shell, screen: Screen, title: &str, content: &Markup) -> String {
    let language = shell.language;
    document(
        language,
        title,
        &Head::default(),
        &html! {
            a.skip href="#main" { (say!(language, "page-skip")) }
            div.frame {
                header.side {
                    a.brand href="/" { (flame()) "Hearth" }
                    (beside(language, screen))
                    (navigation(language, screen, shell.waiting))
                    a.me href=(address(&shell.me)) {
                        (face(&shell.me, Size::Small))
                        (face::name(&shell.me))
                    }
                }
                main #main tabindex="-1" {
                    @if let Some(notice) = &shell.notice { (notice::line(language, notice)) }
                    (content)
                }
                (photos::lightbox(language))
                aside aria-label=(say!(language, "rail-friends")) { (rail(language, &shell.neighbours)) }
            }
        },
    )
}

/// A page for somebody who isn't signed in, or for whom nothing else can be shown.
pub(crate) fn plain_page(language: Language, title: &str, content: &Markup) -> String {
    document(
        language,
        title,
        &Head::default(),
        &html! {
            main.alone #main {
                p.brand { (flame()) "Hearth" }
                (content)
            }
        },
    )
}

/// What a document's head has beside what all have.
pub(crate) struct Head {
    /// Whether the page has scripts.
    pub(crate) is_scripted: bool,
    pub(crate) more: Markup,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            is_scripted: true,
            more: html! {},
        }
    }
}

/// A whole document.
pub(crate) fn document(language: Language, title: &str, head: &Head, body: &Markup) -> String {
    let names = names();
    let document = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="theme-color" content=(LIGHT_PAPER) media="(prefers-color-scheme: light)";
                meta name="theme-color" content=(DARK_PAPER) media="(prefers-color-scheme: dark)";
                meta name="referrer" content="same-origin";
                title { (title) " · Hearth" }
                link rel="icon" type="image/svg+xml" href={ "/static/" (names.icon) };
                link rel="apple-touch-icon" href={ "/static/" (names.home_screen_icon()) };
                link rel="manifest" href=(MANIFEST);
                link rel="stylesheet" href={ "/static/" (names.style) };
                @if head.is_scripted {
                    script src={ "/static/" (names.script) } defer {}
                    script src={ "/static/" (names.photos) } defer {}
                    script type="module" src={ "/static/" (names.keys) } {}
                    script src={ "/static/" (names.complete) } defer {}
                }
                (head.more)
            }
            body data-words=[head.is_scripted.then(|| script::words(language))] { (body) }
        }
    };
    document.into_string()
}

fn navigation(language: Language, here: Screen, waiting: Waiting) -> Markup {
    let items = [
        (Screen::Home, "/", Icon::Home, say!(language, "nav-home")),
        (
            Screen::Notifications,
            "/notifications",
            Icon::Bell,
            say!(language, "nav-notifications"),
        ),
        (
            Screen::Conversations,
            "/conversations",
            Icon::Direct,
            say!(language, "nav-conversations"),
        ),
        (
            Screen::Search,
            "/search",
            Icon::Search,
            say!(language, "nav-search"),
        ),
        (
            Screen::Spaces,
            "/spaces",
            Icon::Spaces,
            say!(language, "nav-spaces"),
        ),
        (
            Screen::People,
            "/people",
            Icon::People,
            say!(language, "nav-people"),
        ),
        (
            Screen::Files,
            "/files",
            Icon::Files,
            say!(language, "nav-files"),
        ),
        (
            Screen::Backup,
            "/backup",
            Icon::Backup,
            say!(language, "nav-backup"),
        ),
        (
            Screen::Data,
            "/data",
            Icon::Data,
            say!(language, "nav-data"),
        ),
        (
            Screen::Profile,
            "/profile",
            Icon::Profile,
            say!(language, "nav-profile"),
        ),
    ];
    let asking = |screen| match screen {
        Screen::People => waiting.knocks,
        Screen::Notifications => waiting.unread,
        _ => 0,
    };
    // On a narrow screen these stand beside the reader's face, or on the page of one's data.
    let class = |screen| match screen {
        Screen::Conversations
        | Screen::Search
        | Screen::Files
        | Screen::Backup
        | Screen::Profile => "item wide",
        _ => "item",
    };
    let said = |screen, count| match screen {
        Screen::Notifications => say!(language, "nav-unread", count = count),
        _ => say!(language, "nav-waiting", count = count),
    };
    html! {
        nav aria-label=(say!(language, "nav-main")) {
            @for (screen, href, mark, label) in items {
                a class=(class(screen)) href=(href) aria-current=[(screen == here).then_some("page")] {
                    (icon(mark)) span { (label) }
                    @if asking(screen) > 0 {
                        span.asks {
                            span aria-hidden="true" { (badge(asking(screen))) }
                            span.hidden { (said(screen, asking(screen))) }
                        }
                    }
                }
            }
        }
    }
}

/// From so many on they aren't counted one by one.
const COUNTED_MAX: usize = 99;

fn badge(count: usize) -> String {
    match count {
        COUNTED_MAX.. => format!("{COUNTED_MAX}+"),
        count => count.to_string(),
    }
}

/// What a narrow screen's bar at the thumb has no room for.
fn beside(language: Language, here: Screen) -> Markup {
    let items = [
        (
            Screen::Search,
            "/search",
            Icon::Search,
            say!(language, "nav-search"),
        ),
        (
            Screen::Conversations,
            "/conversations",
            Icon::Direct,
            say!(language, "nav-conversations"),
        ),
    ];
    html! {
        nav.beside aria-label=(say!(language, "nav-shortcuts")) {
            @for (screen, href, mark, label) in items {
                a href=(href) aria-label=(label) aria-current=[(screen == here).then_some("page")] { (icon(mark)) }
            }
        }
    }
}

fn rail(language: Language, neighbours: &[Neighbour]) -> Markup {
    let follow = html! { a href="/people" { (say!(language, "rail-follow")) } };
    html! {
        section.card {
            h2 { (say!(language, "rail-friends")) }
            @if neighbours.is_empty() {
                p.quiet { (say_html!(language, "rail-nobody", follow = follow)) }
            } @else {
                ul.rows {
                    @for neighbour in neighbours.iter().take(RAIL_FRIENDS_MAX) {
                        li { (rail_row(language, neighbour)) }
                    }
                }
            }
            @if neighbours.len() > RAIL_FRIENDS_MAX {
                p.quiet { a href="/people" { (say!(language, "rail-all", count = neighbours.len())) } }
            }
        }
    }
}

fn rail_row(language: Language, neighbour: &Neighbour) -> Markup {
    html! {
        a.row href=(address(&neighbour.person)) {
            (face(&neighbour.person, Size::Small))
            span.grow { (face::name(&neighbour.person)) }
            (reach(language, neighbour.connected))
        }
    }
}

/// How somebody is reached now, in a word and a dot.
pub(crate) fn reach(language: Language, connected: bool) -> Markup {
    html! {
        @if connected {
            span.reach { (say!(language, "reach-direct")) span.dot.here {} }
        } @else {
            span.reach { (say!(language, "reach-away")) span.dot {} }
        }
    }
}
