//! Whom one follows and by whom one is followed.

use crate::face::{self, Size, address, face, short_key};
use crate::form::{button, copyable, form, hidden, kept, key_button, problem};
use crate::icon::{Icon, icon};
use crate::page::{page, reach};
use crate::text::linked;
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
    /// Why the last key or link wasn't followed.
    pub problem: Option<String>,
    /// The key or link that wasn't, to go on with.
    pub draft: String,
    /// A key or link and a text to knock with that weren't taken, to go on with.
    pub knock: (String, String),
    /// Why they weren't.
    pub knock_problem: Option<String>,
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
    let nobody = people.following.is_empty() && people.followers.is_empty();
    let content = html! {
        h1 { "People" }
        @for knock in &people.knocks { (knocking(shell, knock)) }
        @if nobody && people.knocks.is_empty() { (first_steps()) }
        (follow_form(shell, people))
        (knock_form(shell, people))
        section.card {
            (copyable(shell.language, "my-link", "Your link", &people.my_link))
            p.quiet { "Send it to a friend. They paste it on this page of their Hearth and follow you." }
        }
        (group(shell, "Friends: you follow each other", &those(&people.following, |relation| relation == Relation::Friends)))
        (group(shell, "You follow", &those(&people.following, |relation| relation != Relation::Friends)))
        (group(shell, "They follow you", &those(&people.followers, |relation| relation != Relation::Friends)))
        p.quiet { a href="/quiet" { "Muted and blocked people" } }
    };
    page(shell, Screen::People, "People", &content)
}

/// A knock and the three answers to it.
fn knocking(shell: &Shell, knock: &Knock) -> Markup {
    let Knock {
        person,
        text,
        time_ms,
        through,
    } = knock;
    let (csrf, key) = (shell.csrf.as_str(), person.identity.as_str());
    html! {
        section.card.asking {
            h2 { "Somebody knocks" }
            a.row href=(address(person)) {
                (face(person, Size::Normal))
                span.grow {
                    span.name { (face::name(person)) }
                    span.under { span.key { (short_key(key)) } " · " (stamp(shell.language, shell.now_ms, *time_ms)) }
                }
            }
            @if !text.is_empty() { div.text dir="auto" { (linked(text)) } }
            @if let Some(friend) = through { p.quiet { "It came by " (face::name(friend)) "’s server." } }
            p.quiet { "Names are what people call themselves; the key is who they are. If you accept, you follow each other and read what you post for friends." }
            div.row.end.wrap {
                (button("/block", csrf, &[("key", key), ("on", "yes"), ("back", "/people")], "danger", &html! { "Block" }))
                (key_button("/decline", csrf, key, "plain", &html! { "Decline" }))
                (key_button("/accept", csrf, key, "", &html! { "Accept" }))
            }
        }
    }
}

fn first_steps() -> Markup {
    html! {
        section.card.empty {
            h2 { "Nobody here yet but you" }
            p {
                "Ask a friend for their Hearth link and paste it below: their posts then appear on your home page. "
                "Send them yours, and yours appear on theirs."
            }
        }
    }
}

fn follow_form(shell: &Shell, people: &PeoplePage) -> Markup {
    let described = people.problem.as_ref().map(|_| "follow-problem");
    let content = html! {
        label for="follow-key" { "Follow somebody by their key or link" }
        div.copyable {
            input #follow-key type="text" name="key" value=(people.draft) required dir="ltr"
                placeholder="hearth1…" autocomplete="off" autocapitalize="off" spellcheck="false"
                aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
            button type="submit" { "Follow" }
        }
        label.check {
            input #follow-private type="checkbox" name="private" value="yes";
            span { "In private: nobody is told, and you don’t become friends" }
        }
        @if let Some(problem) = &people.problem {
            p.problem #follow-problem role="alert" dir="auto" { (problem) }
        }
    };
    form("/follow", "card", &shell.csrf, &content)
}

fn knock_form(shell: &Shell, people: &PeoplePage) -> Markup {
    let described = people.knock_problem.as_ref().map(|_| "knock-problem");
    let (key, text) = &people.knock;
    let words = html! {
        (hidden(&[("back", "/people")]))
        label for="knock-key" { "Their key or link" }
        input #knock-key type="text" name="key" value=(key) required dir="ltr" placeholder="hearth1…" autocomplete="off"
            autocapitalize="off" spellcheck="false" aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
        label for="knock-text" { "A word to go with it: who you are, where you met" }
        textarea #knock-text name="text" rows="2" dir="auto" { (kept(text)) }
        (problem("knock-problem", people.knock_problem.as_ref()))
        p.quiet { "It reaches them, sealed, themselves or through somebody who knows them. By knocking you follow them; if they accept, you are friends." }
        div.row.end { button type="submit" { "Knock" } }
    };
    html! {
        section.card {
            details open[described.is_some()] {
                summary { (icon(Icon::Profile)) "Knock: ask somebody to be friends" }
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

fn group(shell: &Shell, title: &str, neighbours: &[&Neighbour]) -> Markup {
    html! {
        @if !neighbours.is_empty() {
            section.card {
                h2 { (title) " " span.count { (neighbours.len()) } }
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
    let named = |verb: &str| html! { (verb) span.hidden { " " (name) } };
    match relation {
        Relation::Me => html! {},
        Relation::Following | Relation::Friends => {
            key_button("/unfollow", &shell.csrf, key, "plain", &named("Unfollow"))
        }
        Relation::FollowsMe => key_button("/follow", &shell.csrf, key, "", &named("Follow back")),
        Relation::None => key_button("/follow", &shell.csrf, key, "", &named("Follow")),
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
            language: crate::Language::default(),
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
