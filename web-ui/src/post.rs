//! A post as a card.

use crate::audience::badge;
use crate::face::{self, Size, address, display_name, face};
use crate::form::{button, form, hidden};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::marked::marked;
use crate::photos;
use crate::text::{Reading, segment};
use crate::time::stamp;
use crate::values::{Audience, Person, Post, ReplyTo, Shell};
use maud::{Markup, html};
use std::borrow::Cow;

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

/// The emojis that every card offers, with what they are called.
fn usual(language: Language) -> [(&'static str, Cow<'static, str>); 6] {
    [
        ("👍", say!(language, "emoji-thumbs-up")),
        ("❤️", say!(language, "emoji-heart")),
        ("😂", say!(language, "emoji-laughing")),
        ("😮", say!(language, "emoji-surprised")),
        ("😢", say!(language, "emoji-sad")),
        ("🎉", say!(language, "emoji-celebrating")),
    ]
}

/// The cards alone, newest first as given, for the script to insert above those it has.
pub fn posts_fragment(shell: &Shell, posts: &[Post]) -> String {
    list(shell, posts).into_string()
}

/// The cards of a list.
pub(crate) fn list(shell: &Shell, posts: &[Post]) -> Markup {
    html! { @for post in posts { (card(shell, post, Place::List)) } }
}

/// One card.
pub(crate) fn card(shell: &Shell, post: &Post, place: Place) -> Markup {
    let language = shell.language;
    let class = if place == Place::Focus {
        "card post focus"
    } else {
        "card post"
    };
    let cut = place == Place::List && is_long(&post.text);
    let said = html! {
        @if !post.text.is_empty() { div.text.long[cut] dir="auto" { (marked(&post.text, reading(post))) } }
        @if cut { a.more href=(thread_address(post)) { (say!(language, "post-whole")) } }
        (photos::shown(language, &post.photos))
    };
    html! {
        article class=(class) id={ "post-" (segment(&post.id)) }
            aria-label=(say!(language, "post-by", name = display_name(&post.author)))
            data-local-id=(post.local_id) data-mine[post.mine]
            aria-current=[(place == Place::Focus).then_some("true")] {
            a.portrait href=(address(&post.author)) tabindex="-1" aria-hidden="true" {
                (face(&post.author, Size::Normal))
            }
            div.body {
                @if let Some(who) = &post.boosted_by { (boosted_by(language, who)) }
                (head(language, post, shell.now_ms))
                @if let Some(reply_to) = &post.reply_to { (answered(language, reply_to)) }
                (photos::behind_warning(language, post.warning.as_ref(), &said))
                @if place != Place::Quote {
                    (reactions(shell, post))
                    (actions(shell, post))
                }
            }
        }
    }
}

/// How a post's text is read.
pub(crate) fn reading(post: &Post) -> Reading<'_> {
    Reading {
        people: &post.mentioned,
        is_public: false,
    }
}

fn boosted_by(language: Language, who: &Person) -> Markup {
    let name = html! { a href=(address(who)) { (face::name(who)) } };
    html! { p.boosted { (icon(Icon::Boost)) span { (say_html!(language, "post-boosted-by", name = name)) } } }
}

fn is_long(text: &str) -> bool {
    text.len() > LONG_BYTES || text.lines().count() > LONG_LINES
}

fn head(language: Language, post: &Post, now_ms: u64) -> Markup {
    html! {
        div.who {
            a.name href=(address(&post.author)) { (face::name(&post.author)) }
            span.when {
                a href=(thread_address(post)) { (stamp(language, now_ms, post.time_ms)) }
                @if post.edited { " · " a.edited href={ "/history/" (segment(&post.id)) } { (say!(language, "post-edited")) } }
                @if post.bookmarked { " · " (say!(language, "post-bookmarked")) }
            }
            (badge(language, &post.audience))
        }
    }
}

fn answered(language: Language, reply_to: &ReplyTo) -> Markup {
    html! {
        p.answers {
            @match &reply_to.author {
                Some(author) => {
                    @let name = html! { a href={ "/thread/" (segment(&reply_to.id)) } { (face::name(author)) } };
                    (say_html!(language, "post-in-reply", name = name))
                }
                None => (say!(language, "post-in-reply-missing")),
            }
        }
    }
}

/// What people answered without words; pressing one says it too, or takes it back.
fn reactions(shell: &Shell, post: &Post) -> Markup {
    let language = shell.language;
    let chips = html! {
        (hidden(&[("id", &post.id), ("back", &shell.here)]))
        @for one in &post.reactions {
            button.chip.mine[one.mine] type="submit" name=(if one.mine { "off" } else { "on" }) value=(one.emoji)
                aria-pressed=(if one.mine { "true" } else { "false" }) {
                bdi.emoji { (one.emoji) } " " (one.count)
                span.hidden {
                    " " @if one.mine { (say!(language, "post-reaction-mine")) } @else { (say!(language, "post-reaction-theirs")) }
                }
            }
        }
    };
    html! {
        @if !post.reactions.is_empty() { (form("/react", "reactions", &shell.csrf, &chips)) }
    }
}

fn actions(shell: &Shell, post: &Post) -> Markup {
    let language = shell.language;
    let id = segment(&post.id);
    html! {
        div.actions {
            a href={ "/thread/" (id) "#text" } { (icon(Icon::Reply)) (say!(language, "post-reply")) }
            @if may_be_boosted(&post.audience) { (boost(shell, post)) }
            details {
                summary { (icon(Icon::React)) (say!(language, "post-react")) }
                (offered(shell, post))
            }
            details {
                summary { (icon(Icon::More)) (say!(language, "post-more")) }
                div.row.wrap {
                    (bookmark(shell, post))
                    @if post.mine {
                        a href={ "/edit/" (id) } { (icon(Icon::Edit)) (say!(language, "post-edit")) }
                        a href={ "/delete/" (id) } { (icon(Icon::Delete)) (say!(language, "post-delete")) }
                    }
                }
            }
        }
    }
}

/// The emojis that are a press away, and a field for any other. Two forms: in one, the Enter key in the field would press
/// the first emoji.
fn offered(shell: &Shell, post: &Post) -> Markup {
    let language = shell.language;
    let about = [("id", post.id.as_str()), ("back", shell.here.as_str())];
    let usual = html! {
        (hidden(&about))
        @for (emoji, word) in usual(language) {
            button.chip type="submit" name="on" value=(emoji) aria-label=(word) { (emoji) }
        }
    };
    let field = format!("emoji-{}", segment(&post.id));
    let own = html! {
        (hidden(&about))
        label.hidden for=(field) { (say!(language, "post-emoji")) }
        input id=(field) type="text" name="on" required maxlength="12" size="4" autocomplete="off" placeholder=(say!(language, "post-emoji-example"));
        button.plain type="submit" { (say!(language, "post-react")) }
    };
    html! {
        (form("/react", "reactions", &shell.csrf, &usual))
        (form("/react", "reactions own", &shell.csrf, &own))
    }
}

/// Whether there are others who would see a boost.
fn may_be_boosted(audience: &Audience) -> bool {
    match audience {
        Audience::Public | Audience::Friends(_) | Audience::Shared(_) => true,
        Audience::Private | Audience::Direct(_) => false,
    }
}

fn boost(shell: &Shell, post: &Post) -> Markup {
    let language = shell.language;
    let (on, words) = if post.boosted {
        ("", say!(language, "post-unboost"))
    } else {
        ("yes", say!(language, "post-boost"))
    };
    let content = html! {
        (hidden(&[("id", &post.id), ("on", on), ("back", &shell.here)]))
        button.quiet.mine[post.boosted] type="submit" {
            (icon(Icon::Boost)) (words)
            @if post.boosts > 0 {
                " " span aria-hidden="true" { (post.boosts) }
                span.hidden { " " (say!(language, "post-boosts", count = post.boosts)) }
            }
        }
    };
    form("/boost", "inline", &shell.csrf, &content)
}

fn bookmark(shell: &Shell, post: &Post) -> Markup {
    let language = shell.language;
    let (on, words) = if post.bookmarked {
        ("", say!(language, "post-unbookmark"))
    } else {
        ("yes", say!(language, "post-bookmark"))
    };
    let fields = [
        ("id", post.id.as_str()),
        ("on", on),
        ("back", shell.here.as_str()),
    ];
    let label = html! { (icon(Icon::Bookmark)) (words) };
    button("/bookmark", &shell.csrf, &fields, "quiet", &label)
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
pub(crate) fn older(language: Language, path: &str, next: Option<&String>) -> Markup {
    let joint = if path.contains('?') { "&" } else { "?" };
    html! {
        @if let Some(next) = next {
            p.paging { a.button.plain href={ (path) (joint) "before=" (segment(next)) } { (say!(language, "post-older")) } }
        }
    }
}
