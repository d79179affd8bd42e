//! Whom the reader doesn't want to hear, and whom they shut out.

use crate::face::{self, Size, address, display_name, face};
use crate::form::button;
use crate::language::{say, say_html};
use crate::page::page;
use crate::values::{Person, Screen, Shell};
use maud::{Markup, html};

/// What the page about muted and blocked people shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuietPage {
    /// Whose posts don't show.
    pub muted: Vec<Person>,
    /// Who gets nothing and shows nowhere.
    pub blocked: Vec<Person>,
}

/// The page at `GET /quiet`: posts to `/mute` and `/block` (fields `csrf`, `key`, `on`, `back`).
pub fn quiet(shell: &Shell, quiet: &QuietPage) -> String {
    let language = shell.language;
    let unmute = |name| say_html!(language, "quiet-unmute", name = name);
    let unblock = |name| say_html!(language, "quiet-unblock", name = name);
    let content = html! {
        h1 { (say!(language, "quiet-title")) }
        p.quiet { (say!(language, "quiet-about")) }
        section.card {
            h2 { (say!(language, "quiet-muted")) }
            p.quiet { (say!(language, "quiet-muted-about")) }
            (group(shell, &quiet.muted, "/mute", unmute, &say!(language, "quiet-nobody-muted")))
        }
        section.card {
            h2 { (say!(language, "quiet-blocked")) }
            p.quiet { (say!(language, "quiet-blocked-about")) }
            (group(shell, &quiet.blocked, "/block", unblock, &say!(language, "quiet-nobody-blocked")))
        }
    };
    page(
        shell,
        Screen::Profile,
        &say!(language, "quiet-title"),
        &content,
    )
}

fn group(
    shell: &Shell,
    people: &[Person],
    action: &str,
    undo: impl Fn(Markup) -> Markup,
    nobody: &str,
) -> Markup {
    html! {
        @if people.is_empty() { p { (nobody) } } @else {
            ul.rows {
                @for person in people {
                    li.row {
                        a.row.grow href=(address(person)) {
                            (face(person, Size::Normal))
                            span.grow { span.name { (face::name(person)) } }
                        }
                        (button(action, &shell.csrf, &[("key", &person.identity), ("on", ""), ("back", &shell.here)], "plain",
                            &undo(html! { span.hidden { (display_name(person)) } })))
                    }
                }
            }
        }
    }
}
