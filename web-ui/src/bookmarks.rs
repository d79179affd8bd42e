//! What the reader keeps to come back to.

use crate::icon::{Icon, icon};
use crate::page::page;
use crate::post::list;
use crate::values::{Post, Screen, Shell};
use maud::html;

/// What the page about bookmarks shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookmarksPage {
    /// The posts, the one that was kept last first.
    pub posts: Vec<Post>,
    /// How many more are kept whose posts aren't here (any more).
    pub missing: usize,
}

/// The page at `GET /bookmarks`.
pub fn bookmarks(shell: &Shell, bookmarks: &BookmarksPage) -> String {
    let content = html! {
        h1 { "Bookmarks" }
        @if bookmarks.posts.is_empty() {
            section.card.empty {
                h2 { "Nothing kept yet" }
                p { "Under “More” on every post you can bookmark it. Nobody but you knows." }
            }
        } @else {
            p.quiet { (icon(Icon::Private)) " Nobody but you knows what is on this page." }
        }
        div.posts { (list(shell, &bookmarks.posts)) }
        @match bookmarks.missing {
            0 => {},
            1 => p.quiet { "One more is kept whose post isn’t here: it was deleted, or hasn’t arrived." },
            more => p.quiet { (more) " more are kept whose posts aren’t here: they were deleted, or haven’t arrived." },
        }
    };
    page(shell, Screen::Profile, "Bookmarks", &content)
}
