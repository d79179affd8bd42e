//! The timeline.

use crate::form::{Writing, writing};
use crate::icon::{Icon, icon};
use crate::page::page;
use crate::post::{list, news, older};
use crate::values::{Composer, Post, Screen, Shell};
use maud::{Markup, html};

/// What the timeline shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomePage {
    /// The posts, newest first.
    pub posts: Vec<Post>,
    /// The box for a new post.
    pub composer: Composer,
    /// The other timelines there are: of spaces, of lists.
    pub filters: Vec<Filter>,
    /// The `local_id` to ask for in `?before=`; `None` when there is nothing older.
    pub next: Option<String>,
    /// The newest post's `local_id`, from which the script asks for news; `None` when there is no
    /// post, and on older pages (`?before=`), which don't come alive.
    pub newest: Option<String>,
}

/// A part of what there is to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub href: String,
    /// What it is of.
    pub kind: FilterKind,
    /// Whether it is what the page shows.
    pub is_here: bool,
}

/// What a filter lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterKind {
    /// Everything.
    All,
    /// The posts of the reader's friends space.
    Friends,
    /// The posts that only the reader can read.
    Private,
    /// The posts of one shared space.
    Space,
    /// The posts of two people.
    Direct,
    /// The posts of people on a list.
    List,
}

/// The page at `GET /`: posts to `/post` (fields `csrf`, `text`, `audience`), pages by `/?before={local_id}`.
/// A list's timeline is at `/?list={name}`; it has no box and doesn't come alive.
///
/// Its script listens to `/events` and asks `/fragment/home?after={local_id}` (without `after` when
/// there was no post) for [`crate::posts_fragment`].
pub fn home(shell: &Shell, home: &HomePage) -> String {
    let composer = Writing {
        action: "/post",
        label: "What is on your mind?",
        send: "Post",
        keep: "post",
        composer: &home.composer,
        reply_to: None,
        back: None,
        cancel: None,
    };
    let list_here = home
        .filters
        .iter()
        .find(|one| one.is_here && one.kind == FilterKind::List);
    let path = list_here.map_or("/", |list| list.href.as_str());
    let live = list_here.is_none() && (home.newest.is_some() || home.posts.is_empty());
    let content = html! {
        h1.hidden { "Home" }
        @if live { (writing(shell, &composer)) }
        (filters(&home.filters))
        @if live {
            (news("/"))
        } @else if home.newest.is_none() && !home.posts.is_empty() {
            p.paging { a.button.plain href=(path) { (icon(Icon::Up)) "Back to the newest" } }
        }
        @if home.posts.is_empty() {
            @if list_here.is_some() { (empty_list()) } @else { (empty()) }
        }
        div #timeline .posts data-live[live] data-newest=[home.newest.as_ref()] {
            (list(shell, &home.posts))
        }
        (older(path, home.next.as_ref()))
    };
    page(shell, Screen::Home, "Home", &content)
}

/// The ways to other timelines, once there is more than one.
fn filters(filters: &[Filter]) -> Markup {
    html! {
        @if filters.len() > 1 {
            nav.filters aria-label="What to read" {
                @for one in filters {
                    a.chip href=(one.href) aria-current=[one.is_here.then_some("page")] {
                        (icon(one.kind.icon())) bdi dir="auto" { (one.name) }
                    }
                }
            }
        }
    }
}

impl FilterKind {
    fn icon(self) -> Icon {
        match self {
            Self::All => Icon::Home,
            Self::Friends => Icon::People,
            Self::Private => Icon::Private,
            Self::Space => Icon::Spaces,
            Self::Direct => Icon::Direct,
            Self::List => Icon::List,
        }
    }
}

fn empty_list() -> Markup {
    html! {
        section.card.empty {
            h2 { "Nothing from this list yet" }
            p { "On somebody’s page you say which lists they are on." }
        }
    }
}

fn empty() -> Markup {
    html! {
        section.card.empty #empty {
            h2 { "The fire is lit, and it is quiet" }
            p {
                "Here stands what you write and what those write whom you follow. "
                "Ask a friend for their Hearth link, or send them yours."
            }
            a.button href="/people" { "Find your people" }
            p { "You were here before? " a href="/restore" { "I have a phrase" } }
        }
    }
}
