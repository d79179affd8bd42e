//! What the reader says about themselves, and the way out.

use crate::face::{Size, address, face};
use crate::form::{form, kept};
use crate::page::page;
use crate::values::{Person, Screen, Shell};
use maud::html;

/// What the page for one's own profile shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfilePage {
    /// The reader, with the name that stands in the form.
    pub person: Person,
    /// What stands in the form as the bio.
    pub bio: String,
}

/// The page at `GET /profile`: posts there (fields `csrf`, `name`, `bio`) and to `/sign-out` (`csrf`).
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
            h2 { "This browser" }
            (form("/sign-out", "row wrap sign-out", &shell.csrf, &way_out))
        }
    };
    page(shell, Screen::Profile, "Profile", &content)
}
