//! What can be done with single keys; the script shows this page in a dialog.

use crate::language::{Language, say};
use crate::page::page;
use crate::values::{Screen, Shell};
use maud::{Markup, html};

/// The page at `GET /shortcuts`. `static/keys.js` does what it says, and shows it after `?`.
pub fn shortcuts(shell: &Shell) -> String {
    let language = shell.language;
    let title = say!(language, "shortcuts-title");
    let groups = [
        (
            say!(language, "shortcuts-move"),
            vec![
                ("j", say!(language, "shortcuts-next")),
                ("k", say!(language, "shortcuts-previous")),
                ("o", say!(language, "shortcuts-open")),
                ("x", say!(language, "shortcuts-unfold")),
                (".", say!(language, "shortcuts-news")),
            ],
        ),
        (
            say!(language, "shortcuts-act"),
            vec![
                ("c", say!(language, "shortcuts-write")),
                ("r", say!(language, "shortcuts-reply")),
                ("f", say!(language, "shortcuts-heart")),
                ("b", say!(language, "shortcuts-bookmark")),
                ("B", say!(language, "shortcuts-boost")),
                ("d", say!(language, "shortcuts-delete")),
            ],
        ),
        (
            say!(language, "shortcuts-go"),
            vec![
                ("g h", say!(language, "shortcuts-home")),
                ("g n", say!(language, "shortcuts-notifications")),
                ("g s", say!(language, "shortcuts-spaces")),
                ("g p", say!(language, "shortcuts-own-page")),
                ("/", say!(language, "shortcuts-search")),
                ("?", say!(language, "shortcuts-help")),
            ],
        ),
    ];
    let content = html! {
        h1 { (title) }
        section.card.shortcuts data-close=(say!(language, "shortcuts-close")) {
            @for (heading, keys) in groups {
                h2 { (heading) }
                dl {
                    @for (key, does) in keys {
                        div {
                            dt { @for one in key.split(' ') { kbd { (one) } " " } }
                            dd { (does) }
                        }
                    }
                }
            }
            (marks(language))
            p.quiet { (say!(language, "shortcuts-switch")) " " a href="/settings#look" { (say!(language, "shortcuts-switch-where")) } }
        }
    };
    page(shell, Screen::Profile, &title, &content)
}

/// What may stand in a post's text (`crate::marked`).
fn marks(language: Language) -> Markup {
    let marks = [
        ("*…*", say!(language, "marks-emphasis")),
        ("**…**", say!(language, "marks-strong")),
        ("`…`", say!(language, "marks-code")),
        ("- …", say!(language, "marks-list")),
        ("> …", say!(language, "marks-quote")),
        ("[…](…)", say!(language, "marks-link")),
    ];
    html! {
        h2 { (say!(language, "marks-title")) }
        dl {
            @for (mark, does) in marks {
                div { dt { kbd { (mark) } } dd { (does) } }
            }
        }
        p.quiet { (say!(language, "marks-about")) }
    }
}
