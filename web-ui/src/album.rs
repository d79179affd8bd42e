//! All photos of somebody.

use crate::face::{self, Size, address, face};
use crate::language::{say, say_html};
use crate::page::page;
use crate::photos::{Pictured, grid};
use crate::post::{older, thread_address};
use crate::values::{Person, Post, Relation, Screen, Shell};
use maud::html;

/// What the page of somebody's photos shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlbumPage {
    /// Whose photos.
    pub person: Person,
    /// How the reader and they follow each other.
    pub relation: Relation,
    /// Their posts that have photos, newest first.
    pub posts: Vec<Post>,
    /// The `local_id` to ask for in `?before=`; `None` when there is nothing older.
    pub next: Option<String>,
}

/// The page at `GET /person/{identity}/photos`.
pub fn album(shell: &Shell, album: &AlbumPage) -> String {
    let language = shell.language;
    let AlbumPage {
        person,
        relation,
        posts,
        next,
    } = album;
    let title = say!(language, "photos-of", name = face::display_name(person));
    let path = format!("{}/photos", address(person));
    let pictured = posts.iter().map(|post| Pictured {
        href: thread_address(post),
        warning: post.warning.as_ref(),
        photos: &post.photos,
        time_ms: post.time_ms,
    });
    let content = html! {
        div.row.album-head {
            a href=(address(person)) tabindex="-1" aria-hidden="true" { (face(person, Size::Normal)) }
            h1.grow { (say_html!(language, "photos-of", name = face::name(person))) }
        }
        @if posts.is_empty() {
            section.card.empty {
                p {
                    @if *relation == Relation::Me { (say!(language, "photos-none-mine")) }
                    @else { (say!(language, "photos-none")) }
                }
                a.button.plain href=(address(person)) { (say!(language, "photos-all-posts")) }
            }
        }
        (grid(language, shell.now_ms, pictured))
        (older(language, &path, next.as_ref()))
    };
    page(shell, Screen::Other, &title, &content)
}
