//! The question before an answer goes further than what it answers.

use crate::audience::badge;
use crate::form::{form, hidden, kept};
use crate::language::{say, say_html};
use crate::page::page;
use crate::photos;
use crate::post::{Place, card};
use crate::text::segment;
use crate::values::{Attached, Choice, Post, Screen, Shell};
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
    /// The answer's photos and warning.
    pub attached: Attached,
}

/// The page that `POST /post` answers with when a reply would be read by more than the post that it answers. It posts
/// there again, with the field `wider` (= `yes`) or with the narrower audience.
pub fn confirm_wider(shell: &Shell, wider: &WiderPage) -> String {
    let WiderPage {
        answered,
        draft,
        narrow,
        wide,
        attached,
    } = wider;
    let language = shell.language;
    let fields = html! {
        (hidden(&[("reply_to", &answered.id), ("wider", "yes")]))
        (photos::carried(attached))
        label for="text" { (say!(language, "wider-reply")) }
        textarea #text name="text" rows="3" required[!photos::has_photos(attached)] dir="auto" data-keep={ "reply-" (answered.id) } { (kept(draft)) }
        div.row.end.wrap {
            a.button.plain href={ "/thread/" (segment(&answered.id)) } { (say!(language, "wider-back")) }
            button.danger type="submit" name="audience" value=(wide.value) {
                (say!(language, "wider-widely", audience = wide.audience.words(language)))
            }
            button type="submit" name="audience" value=(narrow.value) {
                (say!(language, "wider-narrowly", audience = narrow.audience.words(language)))
            }
        }
    };
    let content = html! {
        h1 { (say!(language, "wider-question")) }
        (card(shell, answered, Place::Quote))
        p {
            (say_html!(language, "wider-about", narrow = badge(language, &narrow.audience),
                wide = badge(language, &wide.audience), sentence = wide.audience.sentence(language)))
        }
        (form("/post", "card", &shell.csrf, &fields))
    };
    page(
        shell,
        Screen::Other,
        &say!(language, "wider-title"),
        &content,
    )
}
