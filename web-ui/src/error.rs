//! What somebody sees when a page can't be shown.

use crate::language::Language;
use crate::page::plain_page;
use maud::html;

/// A page that says what happened (`title`, `message`) and what to do about it.
///
/// `status` is the HTTP status, shown small for whoever asks for it.
pub fn error(status: u16, title: &str, message: &str, what_to_do: &str) -> String {
    let content = html! {
        section.card {
            h1 dir="auto" { (title) }
            p dir="auto" { (message) }
            p dir="auto" { (what_to_do) }
            div.row { a.button href="/" { "Go home" } span.grow {} span.quiet { "Error " (status) } }
        }
    };
    plain_page(Language::default(), title, &content)
}
