//! Whom the reader doesn't want to hear, and whom they shut out.

use crate::face::{self, Size, address, display_name, face};
use crate::form::button;
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
    let content = html! {
        h1 { "Muted and blocked" }
        p.quiet { "Nobody is told. On somebody’s page you mute and block them; here you take it back." }
        section.card {
            h2 { "Muted" }
            p.quiet { "Their posts don’t show in your timelines. Nothing else changes." }
            (group(shell, &quiet.muted, "/mute", "Unmute", "Nobody is muted."))
        }
        section.card {
            h2 { "Blocked" }
            p.quiet { "They are no friends of yours and can’t knock. Your server gives theirs nothing of yours; what they write, answer and mention shows nowhere." }
            (group(shell, &quiet.blocked, "/block", "Unblock", "Nobody is blocked."))
        }
    };
    page(shell, Screen::Profile, "Muted and blocked", &content)
}

fn group(shell: &Shell, people: &[Person], action: &str, verb: &str, nobody: &str) -> Markup {
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
                            &html! { (verb) span.hidden { " " (display_name(person)) } }))
                    }
                }
            }
        }
    }
}
