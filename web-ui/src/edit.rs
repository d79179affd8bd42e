//! Changing and deleting a post.

use crate::form::{Writing, form, writing};
use crate::page::page;
use crate::post::{Place, card, thread_address};
use crate::text::segment;
use crate::values::{Choice, Composer, Post, Screen, Shell};
use maud::html;

/// What the page for changing a post shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditPage {
    /// The post as it is.
    pub post: Post,
    /// The text to go on with; when empty, the post's own.
    pub draft: String,
}

/// The page at `GET /edit/{id}`: posts there (fields `csrf`, `text`).
pub fn edit(shell: &Shell, page_values: &EditPage) -> String {
    let EditPage { post, draft } = page_values;
    let composer = Composer {
        draft: if draft.is_empty() {
            post.text.clone()
        } else {
            draft.clone()
        },
        choices: vec![Choice {
            value: String::new(),
            audience: post.audience.clone(),
        }],
        chosen: String::new(),
    };
    let content = html! {
        h1 { "Edit post" }
        (writing(shell, &Writing {
            action: &format!("/edit/{}", segment(&post.id)),
            label: "The post's text",
            send: "Save",
            keep: &format!("edit-{}", post.id),
            composer: &composer,
            reply_to: None,
            back: None,
            cancel: Some(&thread_address(post)),
        }))
        p.quiet { "It stays where it is: whoever may read it sees that it was edited." }
    };
    page(shell, Screen::Other, "Edit post", &content)
}

/// The page at `GET /delete/{id}`, which asks before it posts there (field `csrf`).
pub fn confirm_delete(shell: &Shell, post: &Post) -> String {
    let buttons = html! {
        a.button.plain href=(thread_address(post)) { "Keep it" }
        button.danger type="submit" { "Delete" }
    };
    let action = format!("/delete/{}", segment(&post.id));
    let content = html! {
        h1 { "Delete this post?" }
        (card(shell, post, Place::Quote))
        p {
            "It is gone from here at once and can't be brought back. Servers that carry it are told to "
            "drop it too; whoever has kept a copy of their own still has it."
        }
        (form(&action, "row end", &shell.csrf, &buttons))
    };
    page(shell, Screen::Other, "Delete this post?", &content)
}
