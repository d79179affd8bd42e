//! The question before an answer goes further than what it answers.

use crate::audience::badge;
use crate::form::{form, hidden, kept};
use crate::page::page;
use crate::post::{Place, card};
use crate::text::segment;
use crate::values::{Choice, Post, Screen, Shell};
use maud::html;

/// What the question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WiderPage {
    /// The post that is answered.
    pub answered: Post,
    /// The answer.
    pub draft: String,
    /// Where the answered post is.
    pub narrow: Choice,
    /// Where the answer was to go.
    pub wide: Choice,
}

/// The page that `POST /post` answers with when a reply would be read by more than the post that it answers. It posts
/// there again, with the field `wider` (= `yes`) or with the narrower audience.
pub fn confirm_wider(shell: &Shell, wider: &WiderPage) -> String {
    let WiderPage {
        answered,
        draft,
        narrow,
        wide,
    } = wider;
    let fields = html! {
        (hidden(&[("reply_to", &answered.id), ("wider", "yes")]))
        label for="text" { "Your reply" }
        textarea #text name="text" rows="3" required dir="auto" data-keep={ "reply-" (answered.id) } { (kept(draft)) }
        div.row.end.wrap {
            a.button.plain href={ "/thread/" (segment(&answered.id)) } { "Go back" }
            button.danger type="submit" name="audience" value=(wide.value) { "Reply: " (wide.audience.words()) }
            button type="submit" name="audience" value=(narrow.value) { "Keep it among: " (narrow.audience.words()) }
        }
    };
    let content = html! {
        h1 { "Shall more people read your reply than what it answers?" }
        (card(shell, answered, Place::Quote))
        p {
            "This post is for " (badge(&narrow.audience)) ". Your reply would be for " (badge(&wide.audience)) ": "
            (wide.audience.sentence()) " Whoever reads it learns that there is something that it answers, and by whom."
        }
        (form("/post", "card", &shell.csrf, &fields))
    };
    page(shell, Screen::Other, "Shall more people read it?", &content)
}
