//! Somebody's page.

use crate::face::{self, Size, address, display_name, face};
use crate::form::{button, copyable, form, kept, key_button, problem};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::page::page;
use crate::post::{list, news, older};
use crate::problem::Reason;
use crate::text::{Reading, has_ink, linked};
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
    /// Their own name, where the reader gave them the one that `person` has.
    pub own_name: Option<String>,
    /// A name that wasn't taken, and why.
    pub refused_name: Option<(String, Reason)>,
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
/// `/decline` (`csrf`, `key`), `/knock` (`csrf`, `key`, `text`), `/petname` (`csrf`, `key`, `name`), `/mute` and `/block` (`csrf`, `key`, `on`, `back`) and
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
    let language = shell.language;
    let name = display_name(person);
    let screen = if *relation == Relation::Me {
        Screen::Profile
    } else {
        Screen::Other
    };
    let content = html! {
        (head(shell, page_values))
        h2.hidden { (say!(language, "person-posts")) }
        (news(&address(person)))
        // Of whom one blocked it is said already why nothing is here.
        @if posts.is_empty() && !page_values.standing.is_blocked { (no_posts(language, *relation, &name)) }
        div.posts data-watch { (list(shell, posts)) }
        (older(language, &address(person), page_values.next.as_ref()))
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
    let language = shell.language;
    let words = relation.words(language);
    html! {
        section.card.person {
            div.row.wrap {
                (face(person, Size::Large))
                div.grow {
                    h1 { (face::name(person)) }
                    @if let Some(own) = page_values.own_name.as_ref().filter(|own| has_ink(own)) {
                        p.quiet { (say_html!(language, "petname-own", name = html! { bdi dir="auto" { (own.trim()) } })) }
                    }
                    @if !words.is_empty() { p.quiet { (words) } }
                }
                (relation_action(shell, page_values))
            }
            @if !bio.is_empty() { div.text dir="auto" { (linked(bio, Reading::default())) } }
            (together(shell, page_values))
            div.row.wrap {
                @if *relation == Relation::Friends && !page_values.standing.is_blocked {
                    a.button.plain href=(with(person)) { (icon(Icon::Direct)) (say!(language, "person-write")) }
                }
                a.button.plain href={ (address(person)) "/photos" } { (icon(Icon::Photo)) (say!(language, "photos-see-all")) }
            }
            details {
                summary { (say!(language, "person-key-and-link")) }
                (copyable(language, "key", &say!(language, "person-key"), &person.identity))
                @if let Some(link) = link { (copyable(language, "link", &say!(language, "person-link"), link)) }
            }
            @if *relation != Relation::Me {
                (petname(shell, page_values))
                (lists(shell, page_values))
                (shields(shell, page_values))
            }
        }
    }
}

/// What can be done about the relation: follow, unfollow, or for oneself, edit.
fn relation_action(shell: &Shell, values: &PersonPage) -> Markup {
    let language = shell.language;
    let (csrf, key) = (shell.csrf.as_str(), values.person.identity.as_str());
    if values.standing.is_blocked {
        let fields = [("key", key), ("on", ""), ("back", shell.here.as_str())];
        return button(
            "/block",
            csrf,
            &fields,
            "plain",
            &html! { (say!(language, "person-unblock")) },
        );
    }
    match values.relation {
        Relation::Me => {
            html! { a.button.plain href="/profile" { (say!(language, "person-edit")) } }
        }
        Relation::Following | Relation::Friends => key_button(
            "/unfollow",
            csrf,
            key,
            "plain",
            &html! { (say!(language, "person-unfollow")) },
        ),
        Relation::FollowsMe => key_button(
            "/follow",
            csrf,
            key,
            "",
            &html! { (say!(language, "person-follow-back")) },
        ),
        Relation::None => key_button(
            "/follow",
            csrf,
            key,
            "",
            &html! { (say!(language, "follow-button")) },
        ),
    }
}

/// What two people who are no friends can begin: ask to be friends, and answer that.
fn together(shell: &Shell, values: &PersonPage) -> Markup {
    let PersonPage {
        person,
        relation,
        standing,
        ..
    } = values;
    let language = shell.language;
    let csrf = shell.csrf.as_str();
    html! {
        @if matches!(*relation, Relation::Me | Relation::Friends) || standing.is_blocked {
        } @else if standing.knocks {
            p { (say!(language, "person-knocks")) }
            div.row.wrap {
                (key_button("/decline", csrf, &person.identity, "plain", &html! { (say!(language, "knock-decline")) }))
                (key_button("/accept", csrf, &person.identity, "", &html! { (say!(language, "knock-accept")) }))
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
    let language = shell.language;
    let words = html! {
        input type="hidden" name="key" value=(values.person.identity);
        label for="knock-text" { (say!(language, "knock-text")) }
        textarea #knock-text name="text" rows="2" dir="auto" { (kept(&values.knock)) }
        p.quiet { (say!(language, "person-knock-how")) }
        div.row.end { button type="submit" { (say!(language, "knock-send")) } }
    };
    html! {
        @if let Some(ms) = values.standing.knocked_ms {
            p.quiet { (say_html!(language, "person-knocked", date = stamp(language, shell.now_ms, ms))) }
        }
        details open[!values.knock.is_empty()] {
            summary {
                (icon(Icon::Profile))
                @if values.standing.knocked_ms.is_some() { (say!(language, "person-knock-again")) } @else { (say!(language, "person-knock")) }
            }
            (form("/knock", "", &shell.csrf, &words))
        }
    }
}

/// A name for the reader's eyes alone.
fn petname(shell: &Shell, values: &PersonPage) -> Markup {
    let language = shell.language;
    let given = values.own_name.as_ref().map(|_| &values.person.name);
    let refused = values.refused_name.as_ref();
    let (name, why) = match refused {
        Some((name, why)) => (Some(name), Some(why)),
        None => (given, None),
    };
    let described = why.map(|_| "petname-problem");
    let content = html! {
        input type="hidden" name="key" value=(values.person.identity);
        label for="petname" { (say!(language, "petname-label")) }
        div.copyable {
            input #petname type="text" name="name" value=(name.map_or("", String::as_str)) dir="auto" autocomplete="off"
                aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
            button.plain type="submit" { (say!(language, "petname-save")) }
        }
        (problem(language, "petname-problem", why))
        p.quiet { (say!(language, "petname-about")) }
    };
    html! {
        details open[refused.is_some()] {
            summary { (icon(Icon::Edit)) (say!(language, "petname-open")) }
            (form("/petname", "", &shell.csrf, &content))
        }
    }
}

fn lists(shell: &Shell, values: &PersonPage) -> Markup {
    let language = shell.language;
    let key = values.person.identity.as_str();
    let add = html! {
        input type="hidden" name="key" value=(key);
        input type="hidden" name="on" value="yes";
        label for="list-name" { (say!(language, "person-list-add")) }
        div.copyable {
            input #list-name type="text" name="name" required dir="auto" autocomplete="off" placeholder=(say!(language, "person-list-example"));
            button.plain type="submit" { (say!(language, "person-list-button")) }
        }
    };
    html! {
        details {
            summary { (icon(Icon::List)) (say!(language, "person-lists")) }
            @if !values.lists.is_empty() {
                ul.chips {
                    @for one in &values.lists {
                        li {
                            (button("/list", &shell.csrf, &[("key", key), ("name", &one.name), ("on", if one.on { "" } else { "yes" })],
                                if one.on { "chip mine" } else { "chip" },
                                &html! { span aria-hidden="true" { @if one.on { "✓" } @else { "+" } } bdi dir="auto" { (one.name) }
                                    span.hidden { " " @if one.on { (say!(language, "person-list-off")) } @else { (say!(language, "person-list-on")) } } }))
                        }
                    }
                }
            }
            (form("/list", "", &shell.csrf, &add))
            p.quiet { (say!(language, "person-lists-about")) }
        }
    }
}

fn shields(shell: &Shell, values: &PersonPage) -> Markup {
    let language = shell.language;
    let (key, standing) = (values.person.identity.as_str(), &values.standing);
    let switch = |action, is_on: bool, class, words: &str| {
        let on = if is_on { "" } else { "yes" };
        let fields = [("key", key), ("on", on), ("back", shell.here.as_str())];
        button(action, &shell.csrf, &fields, class, &html! { (words) })
    };
    html! {
        @if standing.is_muted { p.quiet { (say!(language, "person-muted")) } }
        @if standing.is_blocked { p.quiet { (say!(language, "person-blocked")) } }
        @if standing.follows_privately { p.quiet { (icon(Icon::Private)) " " (say!(language, "person-privately")) } }
        details {
            summary { (icon(Icon::Quiet)) (say!(language, "person-shields")) }
            div.row.wrap {
                @if standing.is_muted { (switch("/mute", true, "plain", &say!(language, "person-unmute"))) } @else { (switch("/mute", false, "plain", &say!(language, "person-mute"))) }
                @if !standing.is_blocked { (switch("/block", false, "danger", &say!(language, "knock-block"))) }
            }
            p.quiet { (say!(language, "person-shields-about")) }
        }
    }
}

fn no_posts(language: Language, relation: Relation, name: &str) -> Markup {
    let name = html! { bdi dir="auto" { (name) } };
    html! {
        section.card.empty {
            @if relation == Relation::Me {
                p { (say!(language, "person-silent-me")) }
                a.button href="/" { (say!(language, "person-first-post")) }
            } @else if relation.followed() {
                p { (say_html!(language, "person-silent", name = name)) }
            } @else {
                p { (say_html!(language, "person-unfollowed", name = name)) }
            }
        }
    }
}
