//! What the reader says about themselves, and the way out.

use crate::audience::picker;
use crate::face::{Size, address, face};
use crate::form::{form, kept};
use crate::icon::{Icon, icon};
use crate::language::say;
use crate::look::{Look, look_form};
use crate::page::page;
use crate::values::{Composer, Person, Screen, Shell};
use maud::{Markup, html};

/// The pages that are reached from here.
const PLACES: [(&str, Icon, &str, &str); 3] = [
    (
        "/bookmarks",
        Icon::Bookmark,
        "Bookmarks",
        "Posts that you keep to come back to",
    ),
    (
        "/quiet",
        Icon::Quiet,
        "Muted and blocked",
        "Whom you don’t want to hear",
    ),
    (
        "/devices",
        Icon::Device,
        "Devices",
        "The machines that are you",
    ),
];

/// What the page for one's own profile shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfilePage {
    /// The reader, with the name that stands in the form.
    pub person: Person,
    /// What stands in the form as the bio.
    pub bio: String,
    /// For whom new posts are unless something else is chosen; empty where there is nothing to choose.
    pub audience: Composer,
    /// How pages look in this browser.
    pub look: Look,
}

/// The page at `GET /profile`: posts there (fields `csrf`, `name`, `bio`), to `/settings`
/// (`csrf`, `audience`), to `/look` (`csrf`, `theme`, `shortcuts`) and to `/sign-out` (`csrf`).
pub fn profile(shell: &Shell, profile: &ProfilePage) -> String {
    let fields = html! {
        label for="name" { "Name" }
        input #name type="text" name="name" value=(profile.person.name) dir="auto"
            autocomplete="nickname" placeholder="How your friends call you";
        label for="bio" { "About you" }
        textarea #bio name="bio" rows="4" dir="auto" data-keep="bio" { (kept(&profile.bio)) }
        p.quiet { "Name and words are public: whoever has your key can read them." }
        div.row.end { button type="submit" { "Save" } }
    };
    let way_out = html! {
        p.grow.quiet { "Signing out closes Hearth in this browser only. Your server goes on." }
        button.plain type="submit" { "Sign out" }
    };
    let content = html! {
        h1 { "Profile" }
        section.card {
            div.row.wrap {
                (face(&profile.person, Size::Large))
                p.grow.key { (profile.person.identity) }
                a.button.plain href=(address(&profile.person)) { "See your page" }
            }
        }
        (form("/profile", "card", &shell.csrf, &fields))
        section.card {
            h2 { "More of yours" }
            ul.rows {
                @for (href, mark, title, about) in PLACES {
                    li { a.row href=(href) { (icon(mark)) span.grow { span.name { (title) } span.under { (about) } } } }
                }
            }
        }
        (default_audience(shell, &profile.audience))
        section.card #look {
            h2 { (say!(shell.language, "look-title")) }
            (look_form(shell, profile.look))
            (form("/sign-out", "row wrap sign-out", &shell.csrf, &way_out))
        }
    };
    page(shell, Screen::Profile, "Profile", &content)
}

fn default_audience(shell: &Shell, audience: &Composer) -> Markup {
    let content = html! {
        h2 { "New posts" }
        div.row.wrap {
            p.grow { "Unless you choose something else while writing, they are for" }
            (picker(shell.language, audience))
            button.plain type="submit" { "Save" }
        }
    };
    html! {
        @if audience.choices.len() > 1 { (form("/settings", "card", &shell.csrf, &content)) }
    }
}
