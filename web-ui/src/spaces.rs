//! All the spaces: who reads what.

use crate::audience::space_name;
use crate::face::{Size, face};
use crate::form::{button, form, kept, problem};
use crate::icon::icon;
use crate::language::{Language, say, say_html};
use crate::page::page;
use crate::problem::Reason;
use crate::text::{has_ink, segment};
use crate::values::{Audience, Person, Role, Screen, Shell, SpaceName};
use maud::{Markup, html};
use std::borrow::Cow;

/// How many faces stand in a row before a number says how many more there are.
const FACES_MAX: usize = 5;
/// How much of a space's id stands for a name that isn't known.
const ID_CHARS: usize = 8;

/// What the page about spaces shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpacesPage {
    /// All that the reader is in, or was, or asked to join.
    pub spaces: Vec<SpaceRow>,
    /// Those that the reader asked to join and wasn't let into.
    pub refused: Vec<NotLetIn>,
    /// The name and the members of a space that couldn't be made, to go on with.
    pub create: (String, String),
    /// Why it wasn't made.
    pub create_problem: Option<Reason>,
    /// A link by which nobody could join, to go on with.
    pub join: String,
    /// Why it didn't work.
    pub join_problem: Option<Reason>,
}

/// A space that the reader couldn't join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotLetIn {
    /// Its id: what the form names it by.
    pub id: String,
    /// What it is called; empty if that isn't known.
    pub name: String,
    /// Why not, and what to do.
    pub why: Reason,
}

/// One space in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceRow {
    /// Its id: what the forms name it by.
    pub id: String,
    /// Which one it is.
    pub audience: Audience,
    /// What the reader is in it.
    pub role: Role,
    /// Who is in it, as far as is known here.
    pub members: Vec<Person>,
}

impl Role {
    /// It in words, from the reader's side.
    pub(crate) fn words(self, language: Language) -> Cow<'static, str> {
        match self {
            Self::Admin => say!(language, "role-admin"),
            Self::Member => say!(language, "role-member"),
            Self::Asked => say!(language, "role-asked"),
            Self::Left => say!(language, "role-left"),
        }
    }

    /// Whether the reader can read and write there.
    pub(crate) fn is_in(self) -> bool {
        matches!(self, Self::Admin | Self::Member)
    }
}

/// The page at `GET /spaces`: posts to `/spaces/create` (fields `csrf`, `name`, `members`), `/spaces/join` (`csrf`,
/// `link`) and `/spaces/{id}/dismiss` (`csrf`).
pub fn spaces(shell: &Shell, spaces: &SpacesPage) -> String {
    let language = shell.language;
    let of = |wanted: &dyn Fn(&SpaceRow) -> bool| -> Vec<&SpaceRow> {
        spaces.spaces.iter().filter(|one| wanted(one)).collect()
    };
    let is_shared = |one: &SpaceRow| matches!(one.audience, Audience::Shared(_));
    let is_direct = |one: &SpaceRow| matches!(one.audience, Audience::Direct(_));
    let shared = of(&|one| is_shared(one) && one.role.is_in());
    let direct = of(&|one| is_direct(one) && one.role.is_in());
    let own = of(&|one| !is_shared(one) && !is_direct(one));
    let asked = of(&|one| one.role == Role::Asked);
    let left = of(&|one| one.role == Role::Left);
    let content = html! {
        h1 { (say!(language, "spaces-title")) }
        p.quiet { (say!(language, "spaces-about")) }
        @for one in &spaces.refused { (not_let_in(shell, one)) }
        (group(language, &say!(language, "spaces-own"), &own))
        @if shared.is_empty() { (nothing_shared(language)) }
        (group(language, &say!(language, "spaces-shared"), &shared))
        (group(language, &say!(language, "spaces-direct"), &direct))
        (group(language, &say!(language, "spaces-asked"), &asked))
        (create_form(shell, spaces))
        (join_form(shell, spaces))
        (group(language, &say!(language, "spaces-left"), &left))
    };
    page(
        shell,
        Screen::Spaces,
        &say!(language, "spaces-title"),
        &content,
    )
}

fn not_let_in(shell: &Shell, space: &NotLetIn) -> Markup {
    let language = shell.language;
    let path = format!("/spaces/{}/dismiss", segment(&space.id));
    let name = html! { bdi dir="auto" { (known_name(language, &space.id, &space.name)) } };
    html! {
        section.card {
            h2 { (say_html!(language, "spaces-refused", name = name)) }
            p dir="auto" lang=[space.why.lang(language)] { (space.why.words(language)) }
            div.row.end { (button(&path, &shell.csrf, &[], "plain", &html! { (say!(language, "spaces-dismiss")) })) }
        }
    }
}

/// A space's name, or what tells it from others while its name isn't known.
fn known_name(language: Language, id: &str, name: &str) -> String {
    if has_ink(name) {
        return name.trim().to_owned();
    }
    let id: String = id.chars().take(ID_CHARS).collect();
    say!(language, "space-unnamed", id = id).into_owned()
}

/// The title of a space in a list.
fn title(language: Language, space: &SpaceRow) -> String {
    match &space.audience {
        Audience::Shared(SpaceName { id, name }) if !space.role.is_in() => {
            known_name(language, id, name)
        }
        Audience::Shared(name) => space_name(language, name).into_owned(),
        audience => audience.title(language),
    }
}

fn nothing_shared(language: Language) -> Markup {
    html! {
        section.card.empty {
            h2 { (say!(language, "spaces-none-title")) }
            p { (say!(language, "spaces-none")) }
        }
    }
}

fn group(language: Language, title: &str, spaces: &[&SpaceRow]) -> Markup {
    html! {
        @if !spaces.is_empty() {
            section.card {
                h2 { (title) " " span.count { (spaces.len()) } }
                ul.rows { @for one in spaces { li { (row(language, one)) } } }
            }
        }
    }
}

fn row(language: Language, space: &SpaceRow) -> Markup {
    let inside = html! {
        span.mark.large { (icon(space.audience.icon())) }
        span.grow {
            bdi.name dir="auto" { (title(language, space)) }
            span.under.wrap { (about(language, space)) }
        }
        (faces(&space.members))
    };
    html! {
        @match space.audience.href().filter(|_| space.role.is_in()) {
            Some(href) => a.row href=(href) { (inside) },
            None => div.row { (inside) },
        }
    }
}

fn about(language: Language, space: &SpaceRow) -> Cow<'static, str> {
    let count = space.members.len();
    match &space.audience {
        Audience::Public => say!(language, "spaces-about-public"),
        Audience::Private => say!(language, "spaces-about-private"),
        Audience::Friends(_) => say!(language, "spaces-about-friends", count = count),
        Audience::Direct(_) => say!(language, "spaces-about-direct"),
        Audience::Shared(_) if count == 0 => space.role.words(language),
        Audience::Shared(_) => shared(language, space.role, count),
    }
}

/// What the reader is in a shared space, and of how many.
pub(crate) fn shared(language: Language, role: Role, count: usize) -> Cow<'static, str> {
    let role = role.words(language);
    say!(language, "spaces-about-shared", role = role, count = count)
}

/// A few of the faces.
pub(crate) fn faces(people: &[Person]) -> Markup {
    html! {
        span.faces aria-hidden="true" {
            @for person in people.iter().take(FACES_MAX) { (face(person, Size::Small)) }
            @if people.len() > FACES_MAX { span.quiet { "+" (people.len() - FACES_MAX) } }
        }
    }
}

fn create_form(shell: &Shell, page: &SpacesPage) -> Markup {
    let language = shell.language;
    let described = page.create_problem.as_ref().map(|_| "create-problem");
    let hint = html! { span.quiet { (say!(language, "create-members-hint")) } };
    let (name, members) = &page.create;
    let content = html! {
        h2 { (say!(language, "create-title")) }
        label for="space-name" { (say!(language, "create-name")) }
        input #space-name type="text" name="name" value=(name) required dir="auto" autocomplete="off"
            placeholder=(say!(language, "create-name-example")) aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
        label for="space-members" { (say_html!(language, "create-members", hint = hint)) }
        textarea #space-members name="members" rows="2" dir="ltr" autocomplete="off" autocapitalize="off"
            spellcheck="false" placeholder="hearth1…" { (kept(members)) }
        (problem(language, "create-problem", page.create_problem.as_ref()))
        div.row.end { button type="submit" { (say!(language, "create-button")) } }
    };
    form("/spaces/create", "card", &shell.csrf, &content)
}

fn join_form(shell: &Shell, page: &SpacesPage) -> Markup {
    let language = shell.language;
    let described = page.join_problem.as_ref().map(|_| "join-problem");
    let content = html! {
        label for="join-link" { (say!(language, "join-label")) }
        div.copyable {
            input #join-link type="text" name="link" value=(page.join) required dir="ltr" placeholder="hearth:hearth1…"
                autocomplete="off" autocapitalize="off" spellcheck="false"
                aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
            button type="submit" { (say!(language, "join-button")) }
        }
        (problem(language, "join-problem", page.join_problem.as_ref()))
    };
    form("/spaces/join", "card", &shell.csrf, &content)
}
