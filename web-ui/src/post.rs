//! A post as a card.

use crate::face::{self, Size, address, display_name, face};
use crate::form::audience;
use crate::icon::{Icon, icon};
use crate::text::{linked, segment};
use crate::time::stamp;
use crate::values::{Post, ReplyTo, Shell};
use maud::{Markup, html};

/// Where a card stands, which decides how much of it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a list: long texts are cut short, with a way to the whole.
    List,
    /// In its conversation: whole.
    Thread,
    /// In its conversation, and what the page is about.
    Focus,
    /// As the thing that a question is about: whole, and nothing to do on it.
    Quote,
}

/// From so many bytes or lines on, a list shows the beginning only (`.long` in the style).
const LONG_BYTES: usize = 1_600;
const LONG_LINES: usize = 18;

/// The cards alone, newest first as given, for the script to insert above those it has.
pub fn posts_fragment(shell: &Shell, posts: &[Post]) -> String {
    list(posts, shell.now_ms).into_string()
}

/// The cards of a list.
pub(crate) fn list(posts: &[Post], now_ms: u64) -> Markup {
    html! { @for post in posts { (card(post, now_ms, Place::List)) } }
}

/// One card.
pub(crate) fn card(post: &Post, now_ms: u64, place: Place) -> Markup {
    let class = if place == Place::Focus {
        "card post focus"
    } else {
        "card post"
    };
    let cut = place == Place::List && is_long(&post.text);
    html! {
        article class=(class) id={ "post-" (segment(&post.id)) }
            aria-label={ "Post by " (display_name(&post.author)) }
            data-local-id=(post.local_id) data-mine[post.mine]
            aria-current=[(place == Place::Focus).then_some("true")] {
            a.portrait href=(address(&post.author)) tabindex="-1" aria-hidden="true" {
                (face(&post.author, Size::Normal))
            }
            div.body {
                (head(post, now_ms))
                @if let Some(reply_to) = &post.reply_to { (answered(reply_to)) }
                div.text.long[cut] dir="auto" { (linked(&post.text)) }
                @if cut { a.more href=(thread_address(post)) { "Read the whole post" } }
                @if place != Place::Quote { (actions(post)) }
            }
        }
    }
}

fn is_long(text: &str) -> bool {
    text.len() > LONG_BYTES || text.lines().count() > LONG_LINES
}

fn head(post: &Post, now_ms: u64) -> Markup {
    html! {
        div.who {
            a.name href=(address(&post.author)) { (face::name(&post.author)) }
            span.when {
                a href=(thread_address(post)) { (stamp(now_ms, post.time_ms)) }
                @if post.edited { " · edited" }
            }
            (audience(post.audience))
        }
    }
}

fn answered(reply_to: &ReplyTo) -> Markup {
    html! {
        p.answers {
            @match &reply_to.author {
                Some(author) => {
                    "In reply to "
                    a href={ "/thread/" (segment(&reply_to.id)) } { (face::name(author)) }
                }
                None => "In reply to a post that hasn't arrived here",
            }
        }
    }
}

fn actions(post: &Post) -> Markup {
    let id = segment(&post.id);
    html! {
        div.actions {
            a href={ "/thread/" (id) "#text" } { (icon(Icon::Reply)) "Reply" }
            @if post.mine {
                a href={ "/edit/" (id) } { (icon(Icon::Edit)) "Edit" }
                a href={ "/delete/" (id) } { (icon(Icon::Delete)) "Delete" }
            }
        }
    }
}

/// The address of a post in its conversation; a reply is scrolled to, what it answers standing above.
pub(crate) fn thread_address(post: &Post) -> String {
    let id = segment(&post.id);
    if post.reply_to.is_some() {
        format!("/thread/{id}#post-{id}")
    } else {
        format!("/thread/{id}")
    }
}

/// Where the script says that posts have come, as a link that shows them.
pub(crate) fn news(address: &str) -> Markup {
    html! { div.news aria-live="polite" { a #news href=(address) hidden {} } }
}

/// The way to older posts.
pub(crate) fn older(path: &str, next: Option<&String>) -> Markup {
    html! {
        @if let Some(next) = next {
            p.paging { a.button.plain href={ (path) "?before=" (segment(next)) } { "Older posts" } }
        }
    }
}
