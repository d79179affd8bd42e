//! What the reader says about themselves, and the way out.

use crate::audience::picker;
use crate::face::{Size, address, face};
use crate::form::{form, kept};
use crate::icon::{Icon, icon};
use crate::language::{Language, say};
use crate::look::{Look, look_form};
use crate::page::page;
use crate::photos;
use crate::values::{Composer, Person, Screen, Shell};
use maud::{Markup, html};
use std::borrow::Cow;

/// A page that is reached from here: where it is, its mark, its name and what it is about.
type Place = (&'static str, Icon, Cow<'static, str>, Cow<'static, str>);

/// The pages that are reached from here.
fn places(language: Language) -> [Place; 3] {
    [
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
    /// For whom new posts are unless something else is chosen; empty where there is nothing to choose.
    pub audience: Composer,
    /// The language that was chosen for the pages; `None`: what the browser asks for.
    pub language: Option<Language>,
    /// How pages look in this browser.
    pub look: Look,
}

/// The page at `GET /profile`: posts there (fields `csrf`, `name`, `bio`), to `/settings` (`csrf`, and `audience` or `language`),
/// to `/look` (`csrf`, `theme`, `shortcuts`) and to `/sign-out` (`csrf`).
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
        (default_audience(shell, &profile.audience))
        (spoken(shell, profile.language))
        section.card #look {
            h2 { (say!(shell.language, "look-title")) }
            (look_form(shell, profile.look))
            (form("/sign-out", "row wrap sign-out", &shell.csrf, &way_out))
            ul.rows {
                li { a.row href="/settings/sign-in" { (icon(Icon::Private)) span.grow { span.name { (say!(shell.language, "sign-in-settings")) } } } }
                li { a.row href="/settings/sessions" { (icon(Icon::Device)) span.grow { span.name { (say!(shell.language, "sessions-title")) } } } }
            }
        }
    };
    page(
        shell,
        Screen::Profile,
        &say!(language, "profile-title"),
        &content,
    )
}

fn default_audience(shell: &Shell, audience: &Composer) -> Markup {
    let language = shell.language;
    let content = html! {
        h2 { (say!(language, "settings-posts")) }
        div.row.wrap {
            p.grow { (say!(language, "settings-posts-about")) }
            (picker(language, audience))
            button.plain type="submit" { (say!(language, "settings-save")) }
        }
    };
    html! {
        @if audience.choices.len() > 1 { (form("/settings", "card", &shell.csrf, &content)) }
    }
}

/// What the setting says that leaves the language to the browser.
const AUTOMATIC: &str = "automatic";

/// In which language the pages are.
fn spoken(shell: &Shell, chosen: Option<Language>) -> Markup {
    let language = shell.language;
    let content = html! {
        h2 { (say!(language, "settings-language")) }
        div.fields {
            div.grow {
                label for="language" { (say!(language, "settings-language-about")) }
                select #language name="language" autocomplete="off" {
                    option value=(AUTOMATIC) selected[chosen.is_none()] { (say!(language, "settings-language-automatic")) }
                    @for one in Language::ALL {
                        option value=(one.tag()) lang=(one.tag()) selected[chosen == Some(one)] { (one.own_name()) }
                    }
                }
            }
            button.plain type="submit" { (say!(language, "settings-save")) }
        }
    };
    form("/settings", "card", &shell.csrf, &content)
}
