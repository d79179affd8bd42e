//! One space: what is written there, and by whom it is read.

use crate::audience::badge;
use crate::face::{self, Size, address, display_name, face};
use crate::form::{Writing, key_button, writing};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::page::page;
use crate::photos;
use crate::post::{list, news, older};
use crate::spaces::{faces, shared};
use crate::values::{Audience, Composer, Person, Post, Role, Screen, Shell};
use maud::{Markup, html};
use std::borrow::Cow;

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
    let language = shell.language;
    let name = space.audience.title(language);
    let href = space.audience.href().unwrap_or_else(|| "/spaces".into());
    let content = html! {
        (head(language, space, &name, &href))
        @if let Some(composer) = &space.composer {
            (writing(shell, &Writing {
                action: "/post",
                label: &label(language, &space.audience),
                send: &say!(language, "space-send"),
                keep: &format!("space-{}", space.id),
                composer,
                attached: photos::attached(shell.language, &composer.attached),
                reply_to: None,
                back: Some(&href),
                cancel: None,
            }))
        }
        h2.hidden { (say!(language, "space-posts")) }
        (news(&href))
        @if space.posts.is_empty() { (empty(language, space)) }
        div.posts data-watch { (list(shell, &space.posts)) }
        (older(shell.language, &href, space.next.as_ref()))
        (read(shell, space))
    };
    // Whoever talks with one other came from the messages, or finds the way back there.
    let screen = match space.audience {
        Audience::Direct(_) => Screen::Conversations,
        _ => Screen::Spaces,
    };
    page(shell, screen, &name, &content)
}

/// Of two people: that what the other said was read. The script sends it as soon as the page is looked at.
fn read(shell: &Shell, space: &SpacePage) -> Markup {
    let is_theirs = space.posts.first().is_some_and(|post| !post.mine);
    let label = html! { (say!(shell.language, "talk-read")) };
    html! {
        @if let (Audience::Direct(other), true) = (&space.audience, is_theirs) {
            div.paging data-at-once {
                (key_button("/conversations/read", &shell.csrf, &other.identity, "plain", &label))
            }
        }
    }
}

fn people(space: &SpacePage) -> Vec<Person> {
    space
        .members
        .iter()
        .map(|member| member.person.clone())
        .collect()
}

fn label(language: Language, audience: &Audience) -> Cow<'static, str> {
    match audience {
        Audience::Private => say!(language, "space-box-private"),
        Audience::Direct(_) => say!(language, "space-box-direct"),
        Audience::Friends(_) => say!(language, "space-box-friends"),
        Audience::Public | Audience::Shared(_) => say!(language, "space-box-shared"),
    }
}

fn head(language: Language, space: &SpacePage, name: &str, href: &str) -> Markup {
    html! {
        section.card.person {
            div.row.wrap {
                @if let Audience::Direct(other) = &space.audience {
                    a href=(address(other)) aria-label=(say!(language, "space-their-page")) { (face(other, Size::Large)) }
                } @else {
                    span.mark.large { (icon(space.audience.icon())) }
                }
                div.grow {
                    h1 dir="auto" { (name) }
                    p.quiet { (standing(language, space)) }
                }
                @if matches!(space.audience, Audience::Shared(_)) && space.role.is_in() {
                    a.button.plain href={ (href) "/members" } {
                        (icon(Icon::People))
                        @if space.role == Role::Admin { (say!(language, "space-members-links")) } @else { (say!(language, "space-members")) }
                    }
                }
            }
            (who(language, space))
        }
    }
}

fn standing(language: Language, space: &SpacePage) -> Cow<'static, str> {
    let count = space.members.len();
    match &space.audience {
        Audience::Public => say!(language, "space-about-public"),
        Audience::Private => say!(language, "space-about-private"),
        Audience::Friends(_) => say!(language, "space-about-friends", count = count),
        Audience::Direct(_) => say!(language, "space-about-direct"),
        Audience::Shared(_) => shared(language, space.role, count),
    }
}

/// Who reads along, as faces first and by name on asking.
fn who(language: Language, space: &SpacePage) -> Markup {
    let is_group = matches!(space.audience, Audience::Shared(_) | Audience::Friends(_));
    html! {
        @if is_group && !space.members.is_empty() {
            details {
                summary.row { (faces(&people(space))) (say!(language, "space-who")) }
                ul.rows { @for member in &space.members { li { (member_row(language, member, &html! {})) } } }
            }
        }
    }
}

/// Somebody in a space, and what can be done about it.
pub(crate) fn member_row(language: Language, member: &Member, action: &Markup) -> Markup {
    html! {
        div.row {
            a.row.grow href=(address(&member.person)) {
                (face(&member.person, Size::Normal))
                span.grow {
                    span.name { (face::name(&member.person)) }
                    span.under { (role(language, member)) }
                }
            }
            (action)
        }
    }
}

fn role(language: Language, member: &Member) -> Cow<'static, str> {
    let role = match member.role {
        Role::Admin => say!(language, "member-admin"),
        Role::Member => say!(language, "member-member"),
        Role::Asked => say!(language, "member-asked"),
        Role::Left => say!(language, "member-left"),
    };
    if member.is_me {
        say!(language, "member-you", role = role)
    } else {
        role
    }
}

fn empty(language: Language, space: &SpacePage) -> Markup {
    html! {
        @if space.role.is_in() {
            section.card.empty {
                h2 { (say!(language, "space-empty")) }
                p {
                    @match &space.audience {
                        Audience::Direct(other) => {
                            @let name = html! { bdi dir="auto" { (display_name(other)) } };
                            (say_html!(language, "space-empty-direct", name = name))
                        }
                        Audience::Private => (say!(language, "space-empty-private")),
                        _ => (say!(language, "space-empty-shared")),
                    }
                }
            }
        } @else if space.role == Role::Asked {
            section.card.empty {
                h2 { (say!(language, "role-asked")) }
                p { (say!(language, "space-asked")) }
            }
        } @else if space.role == Role::Left {
            section.card.empty {
                h2 { (say!(language, "space-left-title")) }
                p { (say!(language, "space-left")) }
            }
        }
        @if space.role.is_in() && space.composer.is_none() {
            p.quiet { (say_html!(language, "space-read-only", audience = badge(language, &space.audience))) }
        }
    }
}
