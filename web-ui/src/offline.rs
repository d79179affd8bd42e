//! What an installed page shows while its server can't be reached.

use crate::language::{Language, say};
use crate::page::plain_page;
use maud::html;

/// The page at `GET /offline`, which the service worker keeps. It holds nothing of anybody.
pub fn offline(language: Language) -> String {
    let title = say!(language, "offline-title");
    let content = html! {
        section.card {
            h1 { (title) }
            p { (say!(language, "offline-why")) }
            p.quiet { (say!(language, "offline-safe")) }
            // The address is still the one that was asked for.
            div.row.end { a.button href="" { (say!(language, "offline-again")) } }
        }
    };
    plain_page(language, &title, &content)
}
