//! All the spaces: who reads what.

use crate::face::{Size, face};
use crate::form::{button, form, kept, problem};
use crate::icon::icon;
use crate::page::page;
use crate::text::segment;
use crate::values::{Audience, Person, Role, Screen, Shell};
use maud::{Markup, html};

/// How many faces stand in a row before a number says how many more there are.
const FACES_MAX: usize = 5;

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
    pub create_problem: Option<String>,
    /// A link by which nobody could join, to go on with.
    pub join: String,
    /// Why it didn't work.
    pub join_problem: Option<String>,
}

/// A space that the reader couldn't join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotLetIn {
    /// Its id: what the form names it by.
    pub id: String,
    /// What it is called, as far as that is known.
    pub name: String,
    /// Why not, and what to do.
    pub why: String,
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
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Admin => "You are an admin",
            Self::Member => "You are a member",
            Self::Asked => "You asked to join",
            Self::Left => "You left",
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
        h1 { "Spaces" }
        p.quiet { "A space says who reads. What you write in one is encrypted for those who are in it." }
        @for one in &spaces.refused { (not_let_in(shell, one)) }
        (group("From the first day", &own))
        @if shared.is_empty() { (nothing_shared()) }
        (group("Shared with others", &shared))
        (group("One to one", &direct))
        (group("Waiting to be let in", &asked))
        (create_form(shell, spaces))
        (join_form(shell, spaces))
        (group("Left", &left))
    };
    page(shell, Screen::Spaces, "Spaces", &content)
}

fn not_let_in(shell: &Shell, space: &NotLetIn) -> Markup {
    let path = format!("/spaces/{}/dismiss", segment(&space.id));
    html! {
        section.card {
            h2 { "You couldn’t join " bdi dir="auto" { (space.name) } }
            p { (space.why) }
            div.row.end { (button(&path, &shell.csrf, &[], "plain", &html! { "Dismiss" })) }
        }
    }
}

fn nothing_shared() -> Markup {
    html! {
        section.card.empty {
            h2 { "No shared space yet" }
            p { "A family, a book club, a house: begin a space for it below, or join one by a link that its admin sends you." }
        }
    }
}

fn group(title: &str, spaces: &[&SpaceRow]) -> Markup {
    html! {
        @if !spaces.is_empty() {
            section.card {
                h2 { (title) " " span.count { (spaces.len()) } }
                ul.rows { @for one in spaces { li { (row(one)) } } }
            }
        }
    }
}

fn row(space: &SpaceRow) -> Markup {
    let inside = html! {
        span.mark.large { (icon(space.audience.icon())) }
        span.grow {
            bdi.name dir="auto" { (space.audience.title()) }
            span.under { (about(space)) }
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

fn about(space: &SpaceRow) -> String {
    match &space.audience {
        Audience::Public => "Everybody may read it".into(),
        Audience::Private => "Your notes to yourself, on all your devices".into(),
        Audience::Friends(_) => match space.members.len() {
            0 => "Nobody yet: friends are those who follow you and whom you follow".into(),
            1 => "One friend reads what you post here".into(),
            more => format!("{more} friends read what you post here"),
        },
        Audience::Direct(_) => "Nobody but you two".into(),
        Audience::Shared(_) if space.members.is_empty() => space.role.words().into(),
        Audience::Shared(_) => {
            let members = number(space.members.len(), "member", "members");
            format!("{} · {members}", space.role.words())
        }
    }
}

pub(crate) fn number(count: usize, one: &str, more: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {more}")
    }
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
    let described = page.create_problem.as_ref().map(|_| "create-problem");
    let (name, members) = &page.create;
    let content = html! {
        h2 { "Begin a space" }
        label for="space-name" { "Name" }
        input #space-name type="text" name="name" value=(name) required dir="auto" autocomplete="off"
            placeholder="Book club" aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
        label for="space-members" { "Members to begin with " span.quiet { "(keys, one a line; you can add more later)" } }
        textarea #space-members name="members" rows="2" dir="ltr" autocomplete="off" autocapitalize="off"
            spellcheck="false" placeholder="hearth1…" { (kept(members)) }
        (problem("create-problem", page.create_problem.as_ref()))
        div.row.end { button type="submit" { "Begin it" } }
    };
    form("/spaces/create", "card", &shell.csrf, &content)
}

fn join_form(shell: &Shell, page: &SpacesPage) -> Markup {
    let described = page.join_problem.as_ref().map(|_| "join-problem");
    let content = html! {
        label for="join-link" { "Join by an invitation link" }
        div.copyable {
            input #join-link type="text" name="link" value=(page.join) required dir="ltr" placeholder="hearth:hearth1…"
                autocomplete="off" autocapitalize="off" spellcheck="false"
                aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
            button type="submit" { "Join" }
        }
        (problem("join-problem", page.join_problem.as_ref()))
    };
    form("/spaces/join", "card", &shell.csrf, &content)
}
