//! Somebody's page.

use crate::face::{self, Size, address, display_name, face};
use crate::form::{button, copyable, form, kept, key_button};
use crate::icon::{Icon, icon};
use crate::page::page;
use crate::post::{list, news, older};
use crate::text::linked;
use crate::time::stamp;
use crate::values::{Audience, Person, Post, Relation, Screen, Shell};
use maud::{Markup, html};

/// What somebody's page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonPage {
    /// Who it is.
    pub person: Person,
    /// What they say about themselves; may be empty.
    pub bio: String,
    /// How the reader and they follow each other.
    pub relation: Relation,
    /// How the reader shields themselves from them, and what they are to each other besides.
    pub standing: Standing,
    /// The reader's lists, and whether they are on each.
    pub lists: Vec<OnList>,
    /// A text to knock with that wasn't taken, to go on with.
    pub knock: String,
    /// A link by which others can follow them, when one is known.
    pub link: Option<String>,
    /// Their posts, newest first.
    pub posts: Vec<Post>,
    /// The `local_id` to ask for in `?before=`; `None` when there is nothing older.
    pub next: Option<String>,
}

/// What the reader decided about somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Their posts don't show in timelines.
    pub is_muted: bool,
    /// They get nothing and show nowhere.
    pub is_blocked: bool,
    /// The reader follows them and nobody is told.
    pub follows_privately: bool,
    /// They knocked, and wait for an answer.
    pub knocks: bool,
    /// When the reader knocked, in milliseconds since 1970, if there was no answer yet.
    pub knocked_ms: Option<u64>,
}

/// A list of people, and whether somebody is on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnList {
    /// The list's name.
    pub name: String,
    /// Whether they are on it.
    pub on: bool,
}

/// The page at `GET /person/{identity}`: posts to `/follow` (fields `csrf`, `key`, `private`), `/unfollow`, `/accept`,
/// `/decline` (`csrf`, `key`), `/knock` (`csrf`, `key`, `text`), `/mute` and `/block` (`csrf`, `key`, `on`, `back`) and
/// `/list` (`csrf`, `key`, `name`, `on`).
///
/// Its script listens to `/events` and then looks at the page itself for what is new.
pub fn person(shell: &Shell, page_values: &PersonPage) -> String {
    let PersonPage {
        person,
        relation,
        posts,
        ..
    } = page_values;
    let name = display_name(person);
    let screen = if *relation == Relation::Me {
        Screen::Profile
    } else {
        Screen::Other
    };
    let content = html! {
        (head(shell, page_values))
        h2.hidden { "Posts" }
        (news(&address(person)))
        @if posts.is_empty() { (no_posts(*relation, &name)) }
        div.posts data-watch { (list(shell, posts)) }
        (older(&address(person), page_values.next.as_ref()))
    };
    page(shell, screen, &name, &content)
}

fn head(shell: &Shell, page_values: &PersonPage) -> Markup {
    let PersonPage {
        person,
        bio,
        relation,
        link,
        ..
    } = page_values;
    html! {
        section.card.person {
            div.row.wrap {
                (face(person, Size::Large))
                div.grow {
                    h1 { (face::name(person)) }
                    @if !relation.words().is_empty() { p.quiet { (relation.words()) } }
                }
                (relation_action(shell, page_values))
            }
            @if !bio.is_empty() { div.text dir="auto" { (linked(bio)) } }
            (together(shell, page_values))
            details {
                summary { "Key and link" }
                (copyable(shell.language, "key", "Their key: names them for ever, whatever they call themselves", &person.identity))
                @if let Some(link) = link { (copyable(shell.language, "link", "Their link: lets somebody else follow them", link)) }
            }
            @if *relation != Relation::Me {
                (lists(shell, page_values))
                (shields(shell, page_values))
            }
        }
    }
}

/// What can be done about the relation: follow, unfollow, or for oneself, edit.
fn relation_action(shell: &Shell, values: &PersonPage) -> Markup {
    let (csrf, key) = (shell.csrf.as_str(), values.person.identity.as_str());
    if values.standing.is_blocked {
        let fields = [("key", key), ("on", ""), ("back", shell.here.as_str())];
        return button("/block", csrf, &fields, "plain", &html! { "Unblock" });
    }
    match values.relation {
        Relation::Me => html! { a.button.plain href="/profile" { "Edit profile" } },
        Relation::Following | Relation::Friends => {
            key_button("/unfollow", csrf, key, "plain", &html! { "Unfollow" })
        }
        Relation::FollowsMe => key_button("/follow", csrf, key, "", &html! { "Follow back" }),
        Relation::None => key_button("/follow", csrf, key, "", &html! { "Follow" }),
    }
}

/// What two people can begin: write to each other alone, or ask to be friends.
fn together(shell: &Shell, values: &PersonPage) -> Markup {
    let PersonPage {
        person,
        relation,
        standing,
        ..
    } = values;
    let csrf = shell.csrf.as_str();
    html! {
        @if *relation == Relation::Me || standing.is_blocked {
        } @else if *relation == Relation::Friends {
            div.row { a.button.plain href=(with(person)) { (icon(Icon::Direct)) "Write to them alone" } }
        } @else if standing.knocks {
            p { "They knocked: they ask to be friends." }
            div.row.wrap {
                (key_button("/decline", csrf, &person.identity, "plain", &html! { "Decline" }))
                (key_button("/accept", csrf, &person.identity, "", &html! { "Accept" }))
            }
        } @else {
            (knock(shell, values))
        }
    }
}

/// The address of the conversation with somebody alone.
fn with(person: &Person) -> String {
    Audience::Direct(person.clone()).href().unwrap_or_default()
}

fn knock(shell: &Shell, values: &PersonPage) -> Markup {
    let words = html! {
        input type="hidden" name="key" value=(values.person.identity);
        label for="knock-text" { "A word to go with it: who you are, where you met" }
        textarea #knock-text name="text" rows="2" dir="auto" { (kept(&values.knock)) }
        p.quiet { "It reaches them, sealed, through somebody who knows them. By knocking you follow them; if they accept, you are friends." }
        div.row.end { button type="submit" { "Knock" } }
    };
    html! {
        @if let Some(ms) = values.standing.knocked_ms {
            p.quiet { "You knocked " (stamp(shell.language, shell.now_ms, ms)) ". If they accept, you are friends." }
        }
        details open[!values.knock.is_empty()] {
            summary {
                (icon(Icon::Profile))
                @if values.standing.knocked_ms.is_some() { "Knock again" } @else { "Knock: ask to be friends" }
            }
            (form("/knock", "", &shell.csrf, &words))
        }
    }
}

fn lists(shell: &Shell, values: &PersonPage) -> Markup {
    let key = values.person.identity.as_str();
    let add = html! {
        input type="hidden" name="key" value=(key);
        input type="hidden" name="on" value="yes";
        label for="list-name" { "Put them on a list" }
        div.copyable {
            input #list-name type="text" name="name" required dir="auto" autocomplete="off" placeholder="Neighbours";
            button.plain type="submit" { "Add" }
        }
    };
    html! {
        details {
            summary { (icon(Icon::List)) "Lists" }
            @if !values.lists.is_empty() {
                ul.chips {
                    @for one in &values.lists {
                        li {
                            (button("/list", &shell.csrf, &[("key", key), ("name", &one.name), ("on", if one.on { "" } else { "yes" })],
                                if one.on { "chip mine" } else { "chip" },
                                &html! { span aria-hidden="true" { @if one.on { "✓" } @else { "+" } } bdi dir="auto" { (one.name) }
                                    span.hidden { @if one.on { ": take them off" } @else { ": put them on" } } }))
                        }
                    }
                }
            }
            (form("/list", "", &shell.csrf, &add))
            p.quiet { "Nobody but you sees your lists. On your home page each has a timeline." }
        }
    }
}

fn shields(shell: &Shell, values: &PersonPage) -> Markup {
    let (key, standing) = (values.person.identity.as_str(), &values.standing);
    let switch = |action, is_on: bool, class, words: &str| {
        let on = if is_on { "" } else { "yes" };
        let fields = [("key", key), ("on", on), ("back", shell.here.as_str())];
        button(action, &shell.csrf, &fields, class, &html! { (words) })
    };
    html! {
        @if standing.is_muted { p.quiet { "You muted them: their posts show only here." } }
        @if standing.is_blocked { p.quiet { "You blocked them: they get nothing of yours, and what they write shows nowhere." } }
        @if standing.follows_privately { p.quiet { (icon(Icon::Private)) " You follow them in private: nobody is told." } }
        details {
            summary { (icon(Icon::Quiet)) "Mute or block" }
            div.row.wrap {
                @if standing.is_muted { (switch("/mute", true, "plain", "Unmute")) } @else { (switch("/mute", false, "plain", "Mute")) }
                @if !standing.is_blocked { (switch("/block", false, "danger", "Block")) }
            }
            p.quiet {
                "Muting hides their posts from your timelines. Blocking also ends following and friendship: your server gives theirs "
                "nothing of yours, and their posts, replies, mentions and knocks show nowhere. Nobody is told of either."
            }
        }
    }
}

fn no_posts(relation: Relation, name: &str) -> Markup {
    html! {
        section.card.empty {
            @if relation == Relation::Me {
                p { "You haven't posted yet." }
                a.button href="/" { "Write your first post" }
            } @else if relation.followed() {
                p { "Nothing from " bdi dir="auto" { (name) } " has arrived here yet. Their posts come as soon as one of their servers, or a friend who carries them, is reached." }
            } @else {
                p { "No post of " bdi dir="auto" { (name) } " is held here. Follow them, and their posts are fetched." }
            }
        }
    }
}
