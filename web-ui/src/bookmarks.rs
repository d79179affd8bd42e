//! What the reader keeps to come back to.

use crate::icon::{Icon, icon};
use crate::language::say;
use crate::page::page;
use crate::post::{list, older};
use crate::values::{Post, Screen, Shell};
use maud::html;

/// What the page about bookmarks shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookmarksPage {
    /// The posts, the one that was kept last first.
    pub posts: Vec<Post>,
    /// How many are kept between them whose posts aren't here (any more).
    pub missing: usize,
    /// What to ask for in `?before=`; `None` when there is nothing older.
    pub next: Option<String>,
}

/// The page at `GET /bookmarks`.
pub fn bookmarks(shell: &Shell, bookmarks: &BookmarksPage) -> String {
    let language = shell.language;
    let content = html! {
        h1 { (say!(language, "bookmarks-title")) }
        @if bookmarks.posts.is_empty() && bookmarks.missing == 0 {
            section.card.empty {
                h2 { (say!(language, "bookmarks-empty-title")) }
                p { (say!(language, "bookmarks-empty")) }
            }
        } @else {
            p.quiet { (icon(Icon::Private)) " " (say!(language, "bookmarks-private")) }
        }
        div.posts { (list(shell, &bookmarks.posts)) }
        @if bookmarks.missing > 0 {
            p.quiet { (say!(language, "bookmarks-missing", count = bookmarks.missing)) }
        }
        (older(language, "/bookmarks", bookmarks.next.as_ref()))
    };
    page(
        shell,
        Screen::Profile,
        &say!(language, "bookmarks-title"),
        &content,
    )
}
