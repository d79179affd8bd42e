//! Whom the reader talks with alone, and what a post said before.

use crate::face::{self, Size, address, display_name, face};
use crate::form::key_button;
use crate::icon::{Icon, icon};
use crate::language::{say, say_html};
use crate::marked::{marked, words};
use crate::page::page;
use crate::photos::behind_warning;
use crate::post::{reading, thread_address};
use crate::text::Reading;
use crate::time::stamp;
use crate::values::{Person, Post, Screen, Shell};
use maud::{Markup, html};

/// Characters of the newest line that are shown.
const LINE_CHARS: usize = 160;

/// A conversation of two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// With whom.
    pub with: Person,
    /// How many of their posts weren't read.
    pub unread: u64,
    /// Who wrote last, what, and when in milliseconds since 1970, UTC.
    pub newest: Option<(Person, String, u64)>,
}

/// The page at `GET /conversations`; `POST /conversations/read` (fields `csrf`, `key`) marks one as read.
pub fn conversations(shell: &Shell, conversations: &[Conversation]) -> String {
    let language = shell.language;
    let content = html! {
        h1 { (say!(language, "talk-title")) }
        @if conversations.is_empty() {
            section.card.empty {
                h2 { (say!(language, "talk-none")) }
                p { (say!(language, "talk-none-hint")) }
                a.button href="/people" { (say!(language, "talk-people")) }
            }
        } @else {
            p.quiet { (icon(Icon::Private)) " " (say!(language, "talk-who")) }
            ul.told { @for one in conversations { (row(shell, one)) } }
        }
    };
    page(
        shell,
        Screen::Conversations,
        &say!(language, "talk-title"),
        &content,
    )
}

fn row(shell: &Shell, one: &Conversation) -> Markup {
    let language = shell.language;
    let href = address(&one.with).replacen("/person/", "/with/", 1);
    html! {
        li.card.talk.unread[one.unread > 0] {
            a.row href=(href) {
                (face(&one.with, Size::Normal))
                span.grow {
                    span.row {
                        span.grow.name { (face::name(&one.with)) }
                        @if let Some((_, _, time_ms)) = &one.newest { span.when { (stamp(shell.language, shell.now_ms, *time_ms)) } }
                        @if one.unread > 0 {
                            span.asks {
                                span aria-hidden="true" { (one.unread) }
                                span.hidden { (say!(language, "talk-unread", count = one.unread)) }
                            }
                        }
                    }
                    @if let Some((author, text, _)) = &one.newest { span.line dir="auto" { (line(shell, author, text)) } }
                }
            }
            @if one.unread > 0 {
                (key_button("/conversations/read", &shell.csrf, &one.with.identity, "quiet", &html! {
                    span aria-hidden="true" { (say!(language, "talk-read")) }
                    span.hidden { (say!(language, "talk-read-whose", name = display_name(&one.with))) }
                }))
            }
        }
    }
}

fn line(shell: &Shell, author: &Person, text: &str) -> Markup {
    let text = words(text, Reading::default());
    let short: String = text.chars().take(LINE_CHARS).collect();
    html! {
        @if author.identity == shell.me.identity {
            (say_html!(shell.language, "talk-you", text = short))
        } @else {
            (short)
        }
    }
}

/// What a post says and said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage {
    /// The post as it is now.
    pub post: Post,
    /// Texts with when they were written, in milliseconds since 1970, UTC; the newest first.
    pub texts: Vec<(u64, String)>,
}

/// The page at `GET /history/{id}`.
pub fn history(shell: &Shell, history: &HistoryPage) -> String {
    let language = shell.language;
    let name = display_name(&history.post.author);
    let content = html! {
        h1 { (say!(language, "past-title")) }
        p.quiet {
            a href=(thread_address(&history.post)) { (say!(language, "past-back", name = name)) }
        }
        ol.told {
            @for (number, (time_ms, text)) in history.texts.iter().enumerate() {
                li.card.past {
                    h2 {
                        @if number == 0 { (say!(language, "past-now")) }
                        @else if number + 1 == history.texts.len() { (say!(language, "past-first")) }
                        @else { (say!(language, "past-earlier")) }
                        " · " span.when { (stamp(shell.language, shell.now_ms, *time_ms)) }
                    }
                    @let said = html! { div.text dir="auto" { (marked(text, reading(&history.post))) } };
                    (behind_warning(language, history.post.warning.as_ref(), &said))
                }
            }
        }
        @if history.texts.len() < 2 { p.card.quiet { (say!(language, "past-none")) } }
    };
    page(
        shell,
        Screen::Other,
        &say!(language, "past-title"),
        &content,
    )
}
