//! Who is in a shared space, and what an admin can do about it.

use crate::audience::space_name;
use crate::face::display_name;
use crate::form::{button, copyable, form, problem, problem_in};
use crate::language::{Language, say, say_html};
use crate::page::page;
use crate::problem::Reason;
use crate::space::{Member, member_row};
use crate::text::segment;
use crate::time::stamp;
use crate::values::{Person, Role, Screen, Shell, SpaceName};
use maud::{Markup, html};
use std::borrow::Cow;

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// What the page about a space's members shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembersPage {
    /// The space.
    pub space: SpaceName,
    /// What the reader is in it.
    pub role: Role,
    /// Who is in it.
    pub members: Vec<Member>,
    /// Links by which people can join, newest first.
    pub invites: Vec<Invite>,
    /// People who could be added at a press: friends who aren't in it.
    pub friends: Vec<Person>,
    /// A key that couldn't be added, to go on with.
    pub draft: String,
    /// Why it wasn't.
    pub problem: Option<Reason>,
    /// Why no link could be made.
    pub invite_problem: Option<InviteProblem>,
}

/// Why no link could be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InviteProblem {
    /// It isn't said for how many it is, or for too many.
    Uses,
    /// It isn't said for how long it works.
    Time,
    /// Something else.
    Other(Reason),
}

impl InviteProblem {
    fn words(&self, language: Language) -> Cow<'_, str> {
        match self {
            Self::Uses => say!(language, "invite-uses-problem"),
            Self::Time => say!(language, "invite-time-problem"),
            Self::Other(why) => why.words(language),
        }
    }

    fn lang(&self, language: Language) -> Option<&'static str> {
        match self {
            Self::Other(why) => why.lang(language),
            _ => None,
        }
    }
}

/// A link by which people can join a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Its name, by which it is taken back.
    pub id: String,
    /// The link.
    pub link: String,
    /// How many may join by it; `None`: as many as come.
    pub uses: Option<u64>,
    /// How many have.
    pub used: u64,
    /// When it ends, in milliseconds since 1970; `None`: when it is taken back.
    pub expires_ms: Option<u64>,
}

/// The page at `GET /spaces/{id}/members`: posts to `/spaces/{id}/…`: `add` (fields `csrf`, `key`, `past`), `remove` and
/// `promote` (`csrf`, `key`), `rename` (`csrf`, `name`), `leave` (`csrf`), `invite` (`csrf`, `uses`, `expires`, `past`)
/// and `uninvite` (`csrf`, `invite`).
pub fn members(shell: &Shell, page_values: &MembersPage) -> String {
    let MembersPage {
        space,
        role,
        members,
        ..
    } = page_values;
    let language = shell.language;
    let base = format!("/spaces/{}", segment(&space.id));
    let count = html! { span.count { (members.len()) } };
    let is_admin = *role == Role::Admin;
    let content = html! {
        nav.way aria-label=(say!(language, "members-way")) {
            a href="/spaces" { (say!(language, "spaces-title")) } " / " a href=(base) dir="auto" { (space_name(language, space)) }
        }
        h1 { (say!(language, "members-title")) }
        @if is_admin { (add_form(shell, &base, page_values)) }
        section.card {
            h2 { (say_html!(language, "members-here", count = count)) }
            ul.rows {
                @for member in members {
                    li { (member_row(language, member, &html! { @if is_admin && !member.is_me { (power(shell, &base, member)) } })) }
                }
            }
            @if !is_admin { p.quiet { (say!(language, "members-admins-only")) } }
        }
        @if is_admin { (links(shell, &base, page_values)) }
        @if is_admin { (rename(shell, &base, space)) }
        (leave(shell, &base))
    };
    page(
        shell,
        Screen::Spaces,
        &say!(language, "members-title"),
        &content,
    )
}

fn past_check(language: Language, id: &str) -> Markup {
    let hint = html! { span.quiet { (say!(language, "members-past-hint")) } };
    html! {
        label.check {
            input id=(id) type="checkbox" name="past" value="yes";
            span { (say_html!(language, "members-past", hint = hint)) }
        }
    }
}

fn add_form(shell: &Shell, base: &str, values: &MembersPage) -> Markup {
    let language = shell.language;
    let described = values.problem.as_ref().map(|_| "add-problem");
    let content = html! {
        label for="add-key" { (say!(language, "members-add")) }
        div.copyable {
            input #add-key type="text" name="key" value=(values.draft) required dir="ltr" list=[(!values.friends.is_empty()).then_some("friends")]
                placeholder="hearth1…" autocomplete="off" autocapitalize="off" spellcheck="false"
                aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
            button type="submit" { (say!(language, "members-add-button")) }
        }
        @if !values.friends.is_empty() {
            datalist #friends {
                @for friend in &values.friends { option value=(friend.identity) { (display_name(friend)) } }
            }
        }
        (problem(language, "add-problem", values.problem.as_ref()))
        (past_check(language, "add-past"))
    };
    form(&format!("{base}/add"), "card", &shell.csrf, &content)
}

/// What an admin can do about somebody; a press shows it, another does it.
fn power(shell: &Shell, base: &str, member: &Member) -> Markup {
    let language = shell.language;
    let name = html! { span.hidden { (display_name(&member.person)) } };
    let key = [("key", member.person.identity.as_str())];
    html! {
        details.power {
            summary { (say_html!(language, "members-change", name = name)) }
            div.row.wrap {
                @if member.role == Role::Member {
                    (button(&format!("{base}/promote"), &shell.csrf, &key, "plain", &html! { (say!(language, "members-promote")) }))
                }
                (button(&format!("{base}/remove"), &shell.csrf, &key, "danger", &html! { (say!(language, "members-remove")) }))
            }
            p.quiet { (say!(language, "members-removal")) }
        }
    }
}

fn links(shell: &Shell, base: &str, values: &MembersPage) -> Markup {
    let language = shell.language;
    let described = values.invite_problem.as_ref().map(|_| "invite-problem");
    let invite_problem = values.invite_problem.as_ref();
    let lang = invite_problem.and_then(|problem| problem.lang(language));
    let invite_problem = invite_problem.map(|problem| problem.words(language));
    let make = html! {
        div.fields {
            div {
                label for="invite-uses" { (say!(language, "invite-uses")) }
                input #invite-uses type="number" name="uses" min="1" max="1000" value="1" inputmode="numeric"
                    aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
            }
            div.grow {
                label for="invite-expires" { (say!(language, "invite-time")) }
                select #invite-expires name="expires" {
                    option value="1d" { (say!(language, "invite-day")) }
                    option value="7d" selected { (say!(language, "invite-week")) }
                    option value="30d" { (say!(language, "invite-month")) }
                }
            }
            button type="submit" { (say!(language, "invite-make")) }
        }
        (past_check(language, "invite-past"))
        (problem_in(lang, "invite-problem", invite_problem.as_deref()))
    };
    html! {
        section.card {
            h2 { (say!(language, "invite-title")) }
            p.quiet { (say!(language, "invite-about")) }
            (form(&format!("{base}/invite"), "", &shell.csrf, &make))
            @if !values.invites.is_empty() {
                ul.rows.links { @for invite in &values.invites { li { (link_row(shell, base, invite)) } } }
            }
        }
    }
}

fn link_row(shell: &Shell, base: &str, invite: &Invite) -> Markup {
    let language = shell.language;
    let id = format!("invite-{}", segment(&invite.id));
    html! {
        (copyable(language, &id, &used(language, invite), &invite.link))
        div.row.wrap {
            p.quiet.grow {
                @match invite.expires_ms {
                    Some(ms) if ms <= shell.now_ms => (say!(language, "invite-over")),
                    Some(ms) => (ends(language, shell.now_ms, ms)),
                    None => (say!(language, "invite-endless")),
                }
            }
            (button(&format!("{base}/uninvite"), &shell.csrf, &[("invite", &invite.id)], "plain", &html! { (say!(language, "invite-take-back")) }))
        }
    }
}

fn ends(language: Language, now_ms: u64, ends_ms: u64) -> Markup {
    match (ends_ms - now_ms) / HOUR_MS {
        hours @ ..48 => html! { (say!(language, "invite-ends-hours", hours = hours)) },
        _ => {
            let date = stamp(language, now_ms, ends_ms);
            say_html!(language, "invite-ends-on", date = date)
        }
    }
}

fn used(language: Language, invite: &Invite) -> Cow<'static, str> {
    let used = invite.used;
    match invite.uses {
        Some(uses) => say!(language, "invite-used-of", used = used, uses = uses),
        None => say!(language, "invite-used", used = used),
    }
}

fn rename(shell: &Shell, base: &str, space: &SpaceName) -> Markup {
    let language = shell.language;
    let content = html! {
        label for="rename" { (say!(language, "members-name")) }
        div.copyable {
            input #rename type="text" name="name" value=(space.name) required dir="auto" autocomplete="off";
            button.plain type="submit" { (say!(language, "members-rename")) }
        }
    };
    form(&format!("{base}/rename"), "card", &shell.csrf, &content)
}

fn leave(shell: &Shell, base: &str) -> Markup {
    let language = shell.language;
    let content = html! {
        p { (say!(language, "members-leave-about")) }
        div.row.end { button.danger type="submit" { (say!(language, "members-leave-button")) } }
    };
    html! {
        section.card {
            details {
                summary { (say!(language, "members-leave")) }
                (form(&format!("{base}/leave"), "", &shell.csrf, &content))
            }
        }
    }
}
