//! The browsers that are signed in.

use crate::form::button;
use crate::icon::{Icon, icon};
use crate::language::{say, say_html};
use crate::page::page;
use crate::time::stamp;
use crate::values::{Screen, Shell};
use maud::{Markup, html};

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What revokes it.
    pub id: String,
    /// What it is, such as `Firefox on Linux`.
    pub browser: String,
    /// From where it was used last; empty where that isn't known.
    pub address: String,
    /// Since when, in milliseconds since 1970.
    pub since_ms: u64,
    /// When it was used last.
    pub used_ms: u64,
    /// Whether it is the reader's.
    pub is_this: bool,
}

/// The page at `GET /settings/sessions`: posts to `/settings/sessions/revoke` (fields `csrf`, `id`),
/// `/settings/sessions/others` and `/sign-out` (`csrf`).
pub fn settings_sessions(shell: &Shell, sessions: &[Session]) -> String {
    let language = shell.language;
    let others = sessions.iter().filter(|session| !session.is_this).count();
    let content = html! {
        h1 { (say!(language, "sessions-title")) }
        p { (say!(language, "sessions-about")) }
        section.card {
            ul.rows { @for session in sessions { li { (row(shell, session)) } } }
        }
        @if others > 0 {
            section.card {
                div.row.wrap {
                    p.grow { (say!(language, "sessions-others-about", count = others)) }
                    (button("/settings/sessions/others", &shell.csrf, &[], "danger", &html! { (say!(language, "sessions-others")) }))
                }
            }
        }
        p { a href="/settings/sign-in" { (say!(language, "sign-in-settings")) } }
    };
    page(
        shell,
        Screen::Profile,
        &say!(language, "sessions-title"),
        &content,
    )
}

fn row(shell: &Shell, session: &Session) -> Markup {
    let language = shell.language;
    let since = stamp(language, shell.now_ms, session.since_ms);
    let used = stamp(language, shell.now_ms, session.used_ms);
    html! {
        div.row.wrap.browser {
            (icon(Icon::Device))
            span.grow {
                bdi.name dir="auto" { (session.browser) }
                span.under {
                    @if !session.address.is_empty() { bdi dir="ltr" { (session.address) } " " }
                    (say_html!(language, "sessions-times", since = since, used = used))
                }
            }
            @if session.is_this {
                span.quiet { (say!(language, "sessions-this")) }
                (button("/sign-out", &shell.csrf, &[], "plain", &html! { (say!(language, "sessions-sign-out")) }))
            } @else {
                (button("/settings/sessions/revoke", &shell.csrf, &[("id", &session.id)], "plain", &html! {
                    (say!(language, "sessions-revoke"))
                    span.hidden { ": " (session.browser) }
                }))
            }
        }
    }
}
