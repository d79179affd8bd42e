//! The timeline.

use crate::first_steps::{Checklist, first_steps};
use crate::form::{Writing, writing};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::page::page;
use crate::photos;
use crate::post::{list, news, older};
use crate::values::{Audience, Composer, Post, Screen, Shell};
use maud::{Markup, html};
use std::borrow::Cow;

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
    /// What a space or a list is called.
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

/// The page at `GET /`: posts to `/post` (fields `csrf`, `text`, `audience`, and those of
/// [`crate::Attached`]), pages by `/?before={local_id}`.
/// A list's timeline is at `/?list={name}`; it has no box and doesn't come alive.
///
/// Its script listens to `/events` and asks `/fragment/home?after={local_id}` (without `after` when
/// there was no post) for [`crate::posts_fragment`].
pub fn home(shell: &Shell, home: &HomePage) -> String {
    home_with_steps(shell, home, &Checklist::default())
}

/// The same with a card of what remains to be done at the beginning.
pub fn home_with_steps(shell: &Shell, home: &HomePage, steps: &Checklist) -> String {
    let language = shell.language;
    let (label, send) = (say!(language, "home-box"), say!(language, "home-send"));
    let composer = Writing {
        action: "/post",
        label: &label,
        send: &send,
        keep: "post",
        composer: &home.composer,
        attached: photos::attached(shell.language, &home.composer.attached),
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
        h1.hidden { (say!(language, "home-title")) }
        @if live { (writing(shell, &composer)) }
        @if live { (first_steps(shell, steps)) }
        (filters(language, &home.filters))
        @if live {
            (news("/"))
        } @else if home.newest.is_none() && !home.posts.is_empty() {
            p.paging { a.button.plain href=(path) { (icon(Icon::Up)) (say!(language, "home-newest")) } }
        }
        @if home.posts.is_empty() {
            @if list_here.is_some() { (empty_list(language)) } @else { (empty(language, steps.is_unused)) }
        }
        div #timeline .posts data-live[live] data-newest=[home.newest.as_ref()] {
            (list(shell, &home.posts))
        }
        (older(language, path, home.next.as_ref()))
    };
    page(shell, Screen::Home, &say!(language, "home-title"), &content)
}

/// The ways to other timelines, once there is more than one.
fn filters(language: Language, filters: &[Filter]) -> Markup {
    html! {
        @if filters.len() > 1 {
            nav.filters aria-label=(say!(language, "home-filters")) {
                @for one in filters {
                    a.chip href=(one.href) aria-current=[one.is_here.then_some("page")] {
                        (icon(one.kind.icon())) bdi dir="auto" { (called(language, one)) }
                    }
                }
            }
        }
    }
}

fn called(language: Language, filter: &Filter) -> Cow<'_, str> {
    match filter.kind {
        FilterKind::All => say!(language, "home-everything"),
        FilterKind::Friends => Audience::Friends(None).words(language).into_owned().into(),
        FilterKind::Private => Audience::Private.words(language).into_owned().into(),
        FilterKind::Space | FilterKind::Direct | FilterKind::List => (&filter.name).into(),
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

fn empty_list(language: Language) -> Markup {
    html! {
        section.card.empty {
            h2 { (say!(language, "home-list-empty-title")) }
            p { (say!(language, "home-list-empty")) }
        }
    }
}

/// Who never used this home may have been somebody elsewhere; who did can't come back here.
fn empty(language: Language, is_unused: bool) -> Markup {
    let phrase = html! { a href="/restore" { (say!(language, "restore-title")) } };
    html! {
        section.card.empty #empty {
            h2 { (say!(language, "home-empty-title")) }
            p { (say!(language, "home-empty")) }
            a.button href="/people" { (say!(language, "home-find")) }
            @if is_unused { p { (say_html!(language, "home-returning", phrase = phrase)) } }
        }
    }
}
