//! One space: what is written there, and by whom it is read.

use crate::audience::badge;
use crate::face::{self, Size, address, display_name, face};
use crate::form::{Writing, writing};
use crate::icon::{Icon, icon};
use crate::page::page;
use crate::post::{list, news, older};
use crate::spaces::{faces, number};
use crate::values::{Audience, Composer, Person, Post, Role, Screen, Shell};
use maud::{Markup, html};

/// What a space's page shows. The space of two people is such a page too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpacePage {
    /// Its id.
    pub id: String,
    /// Which one it is.
    pub audience: Audience,
    /// What the reader is in it.
    pub role: Role,
    /// Who is in it, as far as is known here.
    pub members: Vec<Member>,
    /// The box for a post there; `None` where the reader can't write.
    pub composer: Option<Composer>,
    /// Its posts, newest first.
    pub posts: Vec<Post>,
    /// The `local_id` to ask for in `?before=`; `None` when there is nothing older.
    pub next: Option<String>,
}

/// Somebody in a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who it is.
    pub person: Person,
    /// What they are in it.
    pub role: Role,
    /// Whether it is the reader.
    pub is_me: bool,
}

/// The page at `GET /spaces/{id}`, `/spaces/friends`, `/spaces/private` and `/with/{identity}`: posts to `/post` (fields
/// `csrf`, `text`, `audience`, `back`).
///
/// Its script listens to `/events` and then looks at the page itself for what is new.
pub fn space(shell: &Shell, space: &SpacePage) -> String {
    let name = space.audience.title();
    let href = space.audience.href().unwrap_or_else(|| "/spaces".into());
    let content = html! {
        (head(space, &name, &href))
        @if let Some(composer) = &space.composer {
            (writing(&shell.csrf, &Writing {
                action: "/post",
                label: label(&space.audience),
                send: "Post",
                keep: &format!("space-{}", space.id),
                composer,
                reply_to: None,
                back: Some(&href),
                cancel: None,
            }))
        }
        h2.hidden { "Posts" }
        (news(&href))
        @if space.posts.is_empty() { (empty(space)) }
        div.posts data-watch { (list(shell, &space.posts)) }
        (older(&href, space.next.as_ref()))
    };
    page(shell, Screen::Spaces, &name, &content)
}

fn people(space: &SpacePage) -> Vec<Person> {
    space
        .members
        .iter()
        .map(|member| member.person.clone())
        .collect()
}

fn label(audience: &Audience) -> &'static str {
    match audience {
        Audience::Private => "A note to yourself",
        Audience::Direct(_) => "Write to them",
        Audience::Friends(_) => "What do your friends want to know?",
        Audience::Public | Audience::Shared(_) => "Write to everybody in this space",
    }
}

fn head(space: &SpacePage, name: &str, href: &str) -> Markup {
    html! {
        section.card.person {
            div.row.wrap {
                @if let Audience::Direct(other) = &space.audience {
                    a href=(address(other)) aria-label="Their page" { (face(other, Size::Large)) }
                } @else {
                    span.mark.large { (icon(space.audience.icon())) }
                }
                div.grow {
                    h1 dir="auto" { (name) }
                    p.quiet { (standing(space)) }
                }
                @if matches!(space.audience, Audience::Shared(_)) && space.role.is_in() {
                    a.button.plain href={ (href) "/members" } {
                        (icon(Icon::People)) @if space.role == Role::Admin { "Members and links" } @else { "Members" }
                    }
                }
            }
            (who(space))
        }
    }
}

fn standing(space: &SpacePage) -> String {
    match &space.audience {
        Audience::Public => "Everybody may read what is here".into(),
        Audience::Private => "Notes that only your own devices can open".into(),
        Audience::Friends(_) => format!(
            "{}. What you write here, and what they answer, is for them",
            number(space.members.len(), "friend", "friends")
        ),
        Audience::Direct(_) => "Nobody but you two can read what is here".into(),
        Audience::Shared(_) => format!(
            "{} · {}",
            space.role.words(),
            number(space.members.len(), "member", "members")
        ),
    }
}

/// Who reads along, as faces first and by name on asking.
fn who(space: &SpacePage) -> Markup {
    let is_group = matches!(space.audience, Audience::Shared(_) | Audience::Friends(_));
    html! {
        @if is_group && !space.members.is_empty() {
            details {
                summary.row { (faces(&people(space))) "Who reads here" }
                ul.rows { @for member in &space.members { li { (member_row(member, &html! {})) } } }
            }
        }
    }
}

/// Somebody in a space, and what can be done about it.
pub(crate) fn member_row(member: &Member, action: &Markup) -> Markup {
    html! {
        div.row {
            a.row.grow href=(address(&member.person)) {
                (face(&member.person, Size::Normal))
                span.grow {
                    span.name { (face::name(&member.person)) }
                    span.under {
                        @match member.role {
                            Role::Admin => "Admin",
                            Role::Member => "Member",
                            Role::Asked => "Asked to join",
                            Role::Left => "Left",
                        }
                        @if member.is_me { ", you" }
                    }
                }
            }
            (action)
        }
    }
}

fn empty(space: &SpacePage) -> Markup {
    html! {
        @if space.role.is_in() {
            section.card.empty {
                h2 { "Nothing here yet" }
                p {
                    @match &space.audience {
                        Audience::Direct(other) => {
                            "What you write reaches " bdi dir="auto" { (display_name(other)) } " and nobody else."
                        }
                        Audience::Private => "A shopping list, a thought, a link for later.",
                        _ => "What is posted from now on appears here, and on the home page of everybody in it.",
                    }
                }
            }
        } @else if space.role == Role::Asked {
            section.card.empty {
                h2 { "You asked to join" }
                p { "Posts appear here as soon as somebody who may let you in has done so. Their server must be reached for that." }
            }
        } @else if space.role == Role::Left {
            section.card.empty {
                h2 { "You left this space" }
                p { "You no longer read what is written here. Somebody who is in it can add you again." }
            }
        }
        @if space.role.is_in() && space.composer.is_none() { p.quiet { (badge(&space.audience)) " You can read here, but not write." } }
    }
}
