//! Somebody's page.

use crate::face::{self, Size, address, display_name, face};
use crate::form::{copyable, key_button};
use crate::page::page;
use crate::post::{list, news, older};
use crate::text::linked;
use crate::values::{Person, Post, Relation, Screen, Shell};
use maud::{Markup, html};

/// What somebody's page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonPage {
    /// Who it is.
    pub person: Person,
    /// What they say about themselves; may be empty.
    pub bio: String,
    /// How the reader and they follow each other.
    pub relation: Relation,
    /// A link by which others can follow them, when one is known.
    pub link: Option<String>,
    /// Their posts, newest first.
    pub posts: Vec<Post>,
    /// The `local_id` to ask for in `?before=`; `None` when there is nothing older.
    pub next: Option<String>,
}

/// The page at `GET /person/{identity}`: posts to `/follow` and `/unfollow` (fields `csrf`, `key`).
///
/// Its script listens to `/events` and then looks at the page itself for what is new.
pub fn person(shell: &Shell, page_values: &PersonPage) -> String {
    let PersonPage {
        person,
        relation,
        posts,
        ..
    } = page_values;
    let name = display_name(person);
    let screen = if *relation == Relation::Me {
        Screen::Profile
    } else {
        Screen::Other
    };
    let content = html! {
        (head(shell, page_values))
        h2.hidden { "Posts" }
        (news(&address(person)))
        @if posts.is_empty() { (no_posts(*relation, &name)) }
        div.posts data-watch { (list(posts, shell.now_ms)) }
        (older(&address(person), page_values.next.as_ref()))
    };
    page(shell, screen, &name, &content)
}

fn head(shell: &Shell, page_values: &PersonPage) -> Markup {
    let PersonPage {
        person,
        bio,
        relation,
        link,
        ..
    } = page_values;
    html! {
        section.card.person {
            div.row.wrap {
                (face(person, Size::Large))
                div.grow {
                    h1 { (face::name(person)) }
                    @if !relation.words().is_empty() { p.quiet { (relation.words()) } }
                }
                (relation_action(shell, person, *relation))
            }
            @if !bio.is_empty() { div.text dir="auto" { (linked(bio)) } }
            details {
                summary { "Key and link" }
                (copyable("key", "Their key: names them for ever, whatever they call themselves", &person.identity))
                @if let Some(link) = link { (copyable("link", "Their link: lets somebody else follow them", link)) }
            }
        }
    }
}

/// What can be done about the relation: follow, unfollow, or for oneself, edit.
fn relation_action(shell: &Shell, person: &Person, relation: Relation) -> Markup {
    let (csrf, key) = (shell.csrf.as_str(), person.identity.as_str());
    match relation {
        Relation::Me => html! { a.button.plain href="/profile" { "Edit profile" } },
        Relation::Following | Relation::Friends => {
            key_button("/unfollow", csrf, key, "plain", &html! { "Unfollow" })
        }
        Relation::FollowsMe => key_button("/follow", csrf, key, "", &html! { "Follow back" }),
        Relation::None => key_button("/follow", csrf, key, "", &html! { "Follow" }),
    }
}

fn no_posts(relation: Relation, name: &str) -> Markup {
    html! {
        section.card.empty {
            @if relation == Relation::Me {
                p { "You haven't posted yet." }
                a.button href="/" { "Write your first post" }
            } @else if relation.followed() {
                p { "Nothing from " bdi dir="auto" { (name) } " has arrived here yet. Their posts come as soon as one of their servers, or a friend who carries them, is reached." }
            } @else {
                p { "No post of " bdi dir="auto" { (name) } " is held here. Follow them, and their posts are fetched." }
            }
        }
    }
}
