//! Changing and deleting a post.

use crate::form::{Writing, form, writing};
use crate::language::say;
use crate::page::page;
use crate::photos;
use crate::post::{Place, card, thread_address};
use crate::text::segment;
use crate::values::{Attached, Choice, Composer, Post, Screen, Shell};
use maud::html;

/// What the page for changing a post shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditPage {
    /// The post as it is.
    pub post: Post,
    /// The text to go on with; when empty, the post's own.
    pub draft: String,
    /// Its warning and what is said of its photos, to go on with.
    pub attached: Attached,
}

/// The page at `GET /edit/{id}`: posts there (fields `csrf`, `text`, `warning`, `alt-0` and `plain-0` and so on).
pub fn edit(shell: &Shell, page_values: &EditPage) -> String {
    let language = shell.language;
    let EditPage {
        post,
        draft,
        attached,
    } = page_values;
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
        attached: attached.clone(),
    };
    let content = html! {
        h1 { (say!(language, "edit-title")) }
        (writing(shell, &Writing {
            action: &format!("/edit/{}", segment(&post.id)),
            label: &say!(language, "edit-text"),
            send: &say!(language, "edit-save"),
            keep: &format!("edit-{}", post.id),
            composer: &composer,
            attached: photos::attached(shell.language, attached),
            reply_to: None,
            back: None,
            cancel: Some(&thread_address(post)),
        }))
        p.quiet { (say!(language, "edit-about")) }
    };
    page(
        shell,
        Screen::Other,
        &say!(language, "edit-title"),
        &content,
    )
}

/// The page at `GET /delete/{id}`, which asks before it posts there (field `csrf`).
pub fn confirm_delete(shell: &Shell, post: &Post) -> String {
    let language = shell.language;
    let buttons = html! {
        a.button.plain href=(thread_address(post)) { (say!(language, "delete-keep")) }
        button.danger type="submit" { (say!(language, "delete-button")) }
    };
    let action = format!("/delete/{}", segment(&post.id));
    let content = html! {
        h1 { (say!(language, "delete-title")) }
        (card(shell, post, Place::Quote))
        p { (say!(language, "delete-about")) }
        (form(&action, "row end", &shell.csrf, &buttons))
    };
    page(
        shell,
        Screen::Other,
        &say!(language, "delete-title"),
        &content,
    )
}
