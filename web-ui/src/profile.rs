//! What the reader says about themselves, and the way out.

use crate::face::{Size, address, face};
use crate::form::{form, kept};
use crate::icon::{Icon, icon};
use crate::language::{Language, say};
use crate::page::page;
use crate::photos;
use crate::values::{Person, Screen, Shell};
use maud::html;
use std::borrow::Cow;

/// A page that is reached from here: where it is, its mark, its name and what it is about.
type Place = (&'static str, Icon, Cow<'static, str>, Cow<'static, str>);

/// The pages that are reached from here.
fn places(language: Language) -> [Place; 4] {
    [
        (
            "/settings",
            Icon::Settings,
            say!(language, "settings-title"),
            say!(language, "profile-settings-about"),
        ),
        (
            "/bookmarks",
            Icon::Bookmark,
            say!(language, "bookmarks-title"),
            say!(language, "profile-bookmarks-about"),
        ),
        (
            "/quiet",
            Icon::Quiet,
            say!(language, "quiet-title"),
            say!(language, "profile-quiet-about"),
        ),
        (
            "/devices",
            Icon::Device,
            say!(language, "devices-title"),
            say!(language, "profile-devices-about"),
        ),
    ]
}

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
    let language = shell.language;
    let fields = html! {
        label for="name" { (say!(language, "profile-name")) }
        input #name type="text" name="name" value=(profile.person.name) dir="auto"
            autocomplete="nickname" placeholder=(say!(language, "profile-name-example"));
        label for="bio" { (say!(language, "profile-bio")) }
        textarea #bio name="bio" rows="4" dir="auto" data-keep="bio" { (kept(&profile.bio)) }
        p.quiet { (say!(language, "profile-about")) }
        div.row.end { button type="submit" { (say!(language, "profile-save")) } }
    };
    let way_out = html! {
        p.grow.quiet { (say!(language, "sign-out-about")) }
        button.plain type="submit" { (say!(language, "sign-out-button")) }
    };
    let content = html! {
        h1 { (say!(language, "profile-title")) }
        section.card {
            div.row.wrap {
                (face(&profile.person, Size::Large))
                p.grow.key { (profile.person.identity) }
                a.button.plain href=(address(&profile.person)) { (say!(language, "profile-see")) }
            }
        }
        (form("/profile", "card", &shell.csrf, &fields))
        (photos::portrait_form(shell.language, &shell.csrf, &profile.person))
        section.card {
            h2 { (say!(language, "profile-more")) }
            ul.rows {
                @for (href, mark, title, about) in places(language) {
                    li { a.row href=(href) { (icon(mark)) span.grow { span.name { (title) } span.under { (about) } } } }
                }
            }
        }
        section.card {
            (form("/sign-out", "row wrap sign-out", &shell.csrf, &way_out))
        }
    };
    page(
        shell,
        Screen::Profile,
        &say!(language, "profile-title"),
        &content,
    )
}
