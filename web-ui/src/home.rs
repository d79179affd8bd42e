//! The timeline.

use crate::form::{Writing, writing};
use crate::icon::{Icon, icon};
use crate::page::page;
use crate::post::{list, news, older};
use crate::values::{Post, Screen, Shell};
use maud::{Markup, html};

/// What the timeline shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomePage {
    /// The posts, newest first.
    pub posts: Vec<Post>,
    /// Text that couldn't be posted, to go on with.
    pub draft: String,
    /// The `local_id` to ask for in `?before=`; `None` when there is nothing older.
    pub next: Option<String>,
    /// The newest post's `local_id`, from which the script asks for news; `None` when there is no
    /// post, and on older pages (`?before=`), which don't come alive.
    pub newest: Option<String>,
}

/// The page at `GET /`: posts to `/post` (fields `csrf`, `text`), pages by `/?before={local_id}`.
///
/// Its script listens to `/events` and asks `/fragment/home?after={local_id}` (without `after` when
/// there was no post) for [`crate::posts_fragment`].
pub fn home(shell: &Shell, home: &HomePage) -> String {
    let composer = Writing {
        action: "/post",
        label: "What is on your mind?",
        send: "Post",
        keep: "post",
        text: &home.draft,
        reply_to: None,
        cancel: None,
    };
    let live = home.newest.is_some() || home.posts.is_empty();
    let content = html! {
        h1.hidden { "Home" }
        @if live { (writing(&shell.csrf, &composer)) }
        @if live {
            (news("/"))
        } @else {
            p.paging { a.button.plain href="/" { (icon(Icon::Up)) "Back to the newest" } }
        }
        @if home.posts.is_empty() { (empty()) }
        div #timeline .posts data-live[live] data-newest=[home.newest.as_ref()] {
            (list(&home.posts, shell.now_ms))
        }
        (older("/", home.next.as_ref()))
    };
    page(shell, Screen::Home, "Home", &content)
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
