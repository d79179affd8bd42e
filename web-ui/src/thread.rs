//! A conversation.

use crate::face::display_name;
use crate::form::{Writing, writing};
use crate::language::{Language, say};
use crate::page::page;
use crate::photos;
use crate::post::{Place, card, news};
use crate::text::segment;
use crate::values::{Composer, Post, Screen, Shell};
use maud::html;
use std::borrow::Cow;

/// What a conversation shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadPage {
    /// The posts in the order they were written, the root first.
    pub posts: Vec<Post>,
    /// The id of the post that the page is about, and that the form answers.
    pub focus: String,
    /// Whether the conversation began with a post that this node doesn't hold.
    pub missing_root: bool,
    /// The box for a reply; its choices begin with where the answered post is.
    pub composer: Composer,
}

/// The page at `GET /thread/{id}`: posts to `/post` (fields `csrf`, `text`, `audience`, `reply_to`).
///
/// Its script listens to `/events` and then looks at the page itself for what is new.
pub fn thread(shell: &Shell, thread: &ThreadPage) -> String {
    let language = shell.language;
    let focus = thread.posts.iter().find(|post| post.id == thread.focus);
    let content = html! {
        h1 { (say!(language, "thread-title")) }
        @if thread.missing_root {
            p.card.quiet { (say!(language, "thread-beginning")) }
        }
        div.posts data-watch {
            @for post in &thread.posts {
                (card(shell, post, if post.id == thread.focus { Place::Focus } else { Place::Thread }))
            }
        }
        (news(&format!("/thread/{}", segment(&thread.focus))))
        @if let Some(post) = focus {
            section #reply aria-label=(say!(language, "thread-reply")) {
                (writing(shell, &Writing {
                    action: "/post",
                    label: &label(language, post),
                    send: &say!(language, "thread-reply"),
                    keep: &format!("reply-{}", post.id),
                    composer: &thread.composer,
                    attached: photos::attached(shell.language, &thread.composer.attached),
                    reply_to: Some(&post.id),
                    back: None,
                    cancel: None,
                }))
            }
        }
    };
    page(
        shell,
        Screen::Other,
        &say!(language, "thread-title"),
        &content,
    )
}

fn label(language: Language, post: &Post) -> Cow<'static, str> {
    if post.mine {
        say!(language, "thread-reply-to-yourself")
    } else {
        say!(
            language,
            "thread-reply-to",
            name = display_name(&post.author)
        )
    }
}
