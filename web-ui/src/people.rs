//! Whom one follows and by whom one is followed.

use crate::face::{self, Size, address, face, short_key};
use crate::form::{button, copyable, form, hidden, kept, key_button, problem};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::page::{page, reach};
use crate::problem::Reason;
use crate::text::{Reading, linked, segment};
use crate::time::stamp;
use crate::values::{Neighbour, Person, Relation, Screen, Shell};
use maud::{Markup, html};

/// What the page about people shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeoplePage {
    /// The link by which others follow the reader.
    pub my_link: String,
    /// Who knocked, newest first.
    pub knocks: Vec<Knock>,
    /// Whom the reader follows.
    pub following: Vec<Neighbour>,
    /// Who follows the reader, as far as is known.
    pub followers: Vec<Neighbour>,
    /// After whose key there are more of them, if there are.
    pub more_followers: Option<String>,
    /// Why the last key or link wasn't followed.
    pub problem: Option<Reason>,
    /// The key or link that wasn't, to go on with.
    pub draft: String,
    /// A key or link and a text to knock with that weren't taken, to go on with.
    pub knock: (String, String),
    /// Why they weren't.
    pub knock_problem: Option<Reason>,
}

/// Somebody who asks to be friends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knock {
    /// Who it is, with the name that they give themselves.
    pub person: Person,
    /// What they say; may be empty.
    pub text: String,
    /// When they knocked, in milliseconds since 1970.
    pub time_ms: u64,
    /// The friend whose server handed it over, unless theirs did itself.
    pub through: Option<Person>,
}

/// The page at `GET /people`: posts to `/follow` (fields `csrf`, `key`, and `private` from its second button),
/// `/unfollow` (`csrf`, `key`), to `/knock` (`csrf`, `key`, `text`, `back`), and for knocks to `/accept`, `/decline` and
/// `/block` (`csrf`, `key`).
pub fn people(shell: &Shell, people: &PeoplePage) -> String {
    let language = shell.language;
    let nobody = people.following.is_empty() && people.followers.is_empty();
    let is_friend = |relation| relation == Relation::Friends;
    let friends = those(&people.following, is_friend);
    let following = those(&people.following, |relation| !is_friend(relation));
    let followers = those(&people.followers, |relation| !is_friend(relation));
    let content = html! {
        h1 { (say!(language, "people-title")) }
        @for knock in &people.knocks { (knocking(shell, knock)) }
        @if nobody && people.knocks.is_empty() { (first_steps(language)) }
        (follow_form(shell, people))
        (knock_form(shell, people))
        section.card {
            (copyable(language, "my-link", &say!(language, "people-link"), &people.my_link))
            p.quiet { (say!(language, "people-link-about")) }
        }
        (group(shell, &friends, |count| say_html!(language, "people-friends", count = count)))
        (group(shell, &following, |count| say_html!(language, "people-following", count = count)))
        (group(shell, &followers, |count| say_html!(language, "people-followers", count = count)))
        @if let Some(after) = &people.more_followers {
            p.paging { a.button.plain href={ "/people?from=" (segment(after)) } { (say!(language, "people-more")) } }
        }
        p.quiet { a href="/quiet" { (say!(language, "people-quiet")) } }
    };
    page(
        shell,
        Screen::People,
        &say!(language, "people-title"),
        &content,
    )
}

/// A knock and the three answers to it.
fn knocking(shell: &Shell, knock: &Knock) -> Markup {
    let Knock {
        person,
        text,
        time_ms,
        through,
    } = knock;
    let language = shell.language;
    let (csrf, key) = (shell.csrf.as_str(), person.identity.as_str());
    html! {
        section.card.asking {
            h2 { (say!(language, "knock-title")) }
            a.row href=(address(person)) {
                (face(person, Size::Normal))
                span.grow {
                    span.name { (face::name(person)) }
                    span.under { span.key { (short_key(key)) } " · " (stamp(language, shell.now_ms, *time_ms)) }
                }
            }
            @if !text.is_empty() { div.text dir="auto" { (linked(text, Reading::default())) } }
            @if let Some(friend) = through { p.quiet { (say_html!(language, "knock-through", name = face::name(friend))) } }
            p.quiet { (say!(language, "knock-about")) }
            div.row.end.wrap {
                (button("/block", csrf, &[("key", key), ("on", "yes"), ("back", "/people")], "danger", &html! { (say!(language, "knock-block")) }))
                (key_button("/decline", csrf, key, "plain", &html! { (say!(language, "knock-decline")) }))
                (key_button("/accept", csrf, key, "", &html! { (say!(language, "knock-accept")) }))
            }
        }
    }
}

fn first_steps(language: Language) -> Markup {
    html! {
        section.card.empty {
            h2 { (say!(language, "people-empty-title")) }
            p { (say!(language, "people-empty")) }
        }
    }
}

fn follow_form(shell: &Shell, people: &PeoplePage) -> Markup {
    let language = shell.language;
    let described = people.problem.as_ref().map(|_| "follow-problem");
    let content = html! {
        label for="follow-key" { (say!(language, "follow-label")) }
        div.copyable {
            input #follow-key type="text" name="key" value=(people.draft) required dir="ltr"
                placeholder="hearth1…" autocomplete="off" autocapitalize="off" spellcheck="false"
                aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
            button type="submit" { (say!(language, "follow-button")) }
        }
        label.check {
            input #follow-private type="checkbox" name="private" value="yes";
            span { (say!(language, "follow-privately")) }
        }
        (problem(language, "follow-problem", people.problem.as_ref()))
    };
    form("/follow", "card", &shell.csrf, &content)
}

fn knock_form(shell: &Shell, people: &PeoplePage) -> Markup {
    let language = shell.language;
    let described = people.knock_problem.as_ref().map(|_| "knock-problem");
    let (key, text) = &people.knock;
    let words = html! {
        (hidden(&[("back", "/people")]))
        label for="knock-key" { (say!(language, "knock-key")) }
        input #knock-key type="text" name="key" value=(key) required dir="ltr" placeholder="hearth1…" autocomplete="off"
            autocapitalize="off" spellcheck="false" aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
        label for="knock-text" { (say!(language, "knock-text")) }
        textarea #knock-text name="text" rows="2" dir="auto" { (kept(text)) }
        (problem(language, "knock-problem", people.knock_problem.as_ref()))
        p.quiet { (say!(language, "knock-how")) }
        div.row.end { button type="submit" { (say!(language, "knock-send")) } }
    };
    html! {
        section.card {
            details open[described.is_some()] {
                summary { (icon(Icon::Profile)) (say!(language, "knock-open")) }
                (form("/knock", "", &shell.csrf, &words))
            }
        }
    }
}

/// Friends stand in both lists; the page shows everybody once.
fn those(neighbours: &[Neighbour], wanted: impl Fn(Relation) -> bool) -> Vec<&Neighbour> {
    let chosen = neighbours.iter();
    chosen.filter(|one| wanted(one.relation)).collect()
}

/// Some people, under a title that says how many they are.
fn group(shell: &Shell, neighbours: &[&Neighbour], title: impl Fn(Markup) -> Markup) -> Markup {
    let count = html! { span.count { (neighbours.len()) } };
    html! {
        @if !neighbours.is_empty() {
            section.card {
                h2 { (title(count)) }
                ul.rows { @for neighbour in neighbours { li.row { (row(shell, neighbour)) } } }
            }
        }
    }
}

fn row(shell: &Shell, neighbour: &Neighbour) -> Markup {
    let Neighbour {
        person,
        relation,
        connected,
    } = neighbour;
    html! {
        a.row.grow href=(address(person)) {
            (face(person, Size::Normal))
            span.grow {
                span.name { (face::name(person)) }
                @if face::has_name(person) { span.under { span.key { (short_key(&person.identity)) } } }
            }
        }
        (reach(shell.language, *connected))
        (row_action(shell, &person.identity, *relation, &face::display_name(person)))
    }
}

fn row_action(shell: &Shell, key: &str, relation: Relation, name: &str) -> Markup {
    let (language, csrf) = (shell.language, &shell.csrf);
    let name = html! { span.hidden { (name) } };
    match relation {
        Relation::Me => html! {},
        Relation::Following | Relation::Friends => {
            let label = say_html!(language, "unfollow-them", name = name);
            key_button("/unfollow", csrf, key, "plain", &label)
        }
        Relation::FollowsMe => {
            let label = say_html!(language, "follow-back-them", name = name);
            key_button("/follow", csrf, key, "", &label)
        }
        Relation::None => {
            let label = say_html!(language, "follow-them", name = name);
            key_button("/follow", csrf, key, "", &label)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Waiting;

    fn neighbour(name: &str, relation: Relation) -> Neighbour {
        Neighbour {
            person: Person {
                identity: format!("hearth1{name}"),
                name: name.into(),
                picture: None,
            },
            relation,
            connected: true,
        }
    }

    #[test]
    fn everybody_stands_once_and_can_be_followed_back() {
        let bob = neighbour("Bob", Relation::Friends);
        let values = PeoplePage {
            my_link: "hearth:hearth1Alice".into(),
            knocks: vec![],
            following: vec![bob.clone(), neighbour("Carol", Relation::Following)],
            more_followers: None,
            followers: vec![bob.clone(), neighbour("Dave", Relation::FollowsMe)],
            problem: None,
            draft: String::new(),
            knock: (String::new(), String::new()),
            knock_problem: None,
        };
        let shell = Shell {
            me: neighbour("Alice", Relation::Me).person,
            csrf: "token".into(),
            now_ms: 0,
            notice: None,
            neighbours: vec![],
            here: "/people".into(),
            waiting: Waiting::default(),
            language: Language::default(),
        };
        let page = people(&shell, &values);
        let at = |text: &str| page.find(text).expect(text);
        assert_eq!(page.matches("href=\"/person/hearth1Bob\"").count(), 1);
        let order = [
            at("Friends: you follow each other "),
            at(">Bob<"),
            at("You follow <"),
            at(">Carol<"),
            at("They follow you "),
            at(">Dave<"),
            at("Follow back"),
        ];
        assert!(order.is_sorted(), "{order:?}");
    }
}
