//! Who is in a shared space, and what an admin can do about it.

use crate::audience::space_name;
use crate::face::display_name;
use crate::form::{button, copyable, form, problem};
use crate::page::page;
use crate::space::{Member, member_row};
use crate::text::segment;
use crate::time::stamp;
use crate::values::{Person, Role, Screen, Shell, SpaceName};
use maud::{Markup, html};

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
    pub problem: Option<String>,
    /// Why no link could be made.
    pub invite_problem: Option<String>,
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
    let base = format!("/spaces/{}", segment(&space.id));
    let is_admin = *role == Role::Admin;
    let content = html! {
        nav.way aria-label="Where this page belongs" {
            a href="/spaces" { "Spaces" } " / " a href=(base) dir="auto" { (space_name(space)) }
        }
        h1 { "Members" }
        @if is_admin { (add_form(shell, &base, page_values)) }
        section.card {
            h2 { "In this space " span.count { (members.len()) } }
            ul.rows {
                @for member in members {
                    li { (member_row(member, &html! { @if is_admin && !member.is_me { (power(shell, &base, member)) } })) }
                }
            }
            @if !is_admin { p.quiet { "Only admins add and remove people." } }
        }
        @if is_admin { (links(shell, &base, page_values)) }
        @if is_admin { (rename(shell, &base, space)) }
        (leave(shell, &base))
    };
    page(shell, Screen::Spaces, "Members", &content)
}

fn past_check(id: &str) -> Markup {
    html! {
        label.check {
            input id=(id) type="checkbox" name="past" value="yes";
            span {
                "With the past: also what was written before. "
                span.quiet { "Without it, they read only what is written from now on." }
            }
        }
    }
}

fn add_form(shell: &Shell, base: &str, values: &MembersPage) -> Markup {
    let described = values.problem.as_ref().map(|_| "add-problem");
    let content = html! {
        label for="add-key" { "Add somebody by their key" }
        div.copyable {
            input #add-key type="text" name="key" value=(values.draft) required dir="ltr" list=[(!values.friends.is_empty()).then_some("friends")]
                placeholder="hearth1…" autocomplete="off" autocapitalize="off" spellcheck="false"
                aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
            button type="submit" { "Add" }
        }
        @if !values.friends.is_empty() {
            datalist #friends {
                @for friend in &values.friends { option value=(friend.identity) { (display_name(friend)) } }
            }
        }
        (problem("add-problem", values.problem.as_ref()))
        (past_check("add-past"))
    };
    form(&format!("{base}/add"), "card", &shell.csrf, &content)
}

/// What an admin can do about somebody; a press shows it, another does it.
fn power(shell: &Shell, base: &str, member: &Member) -> Markup {
    let name = display_name(&member.person);
    let key = [("key", member.person.identity.as_str())];
    html! {
        details.power {
            summary { "Change" span.hidden { " " (name) } }
            div.row.wrap {
                @if member.role == Role::Member {
                    (button(&format!("{base}/promote"), &shell.csrf, &key, "plain", &html! { "Make admin" }))
                }
                (button(&format!("{base}/remove"), &shell.csrf, &key, "danger", &html! { "Remove" }))
            }
            p.quiet { "Whoever is removed can’t read what is written from then on. What they have read, they have read." }
        }
    }
}

fn links(shell: &Shell, base: &str, values: &MembersPage) -> Markup {
    let described = values.invite_problem.as_ref().map(|_| "invite-problem");
    let make = html! {
        div.fields {
            div {
                label for="invite-uses" { "For how many" }
                input #invite-uses type="number" name="uses" min="1" max="1000" value="1" inputmode="numeric"
                    aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
            }
            div.grow {
                label for="invite-expires" { "Works for" }
                select #invite-expires name="expires" {
                    option value="1d" { "a day" }
                    option value="7d" selected { "a week" }
                    option value="30d" { "a month" }
                }
            }
            button type="submit" { "Make a link" }
        }
        (past_check("invite-past"))
        (problem("invite-problem", values.invite_problem.as_ref()))
    };
    html! {
        section.card {
            h2 { "Invitation links" }
            p.quiet { "Whoever has such a link can join, so send it only to those who should. Your server lets them in when it hears of it." }
            (form(&format!("{base}/invite"), "", &shell.csrf, &make))
            @if !values.invites.is_empty() {
                ul.rows.links { @for invite in &values.invites { li { (link_row(shell, base, invite)) } } }
            }
        }
    }
}

fn link_row(shell: &Shell, base: &str, invite: &Invite) -> Markup {
    let id = format!("invite-{}", segment(&invite.id));
    html! {
        (copyable(&id, &used(invite), &invite.link))
        div.row.wrap {
            p.quiet.grow {
                @match invite.expires_ms {
                    Some(ms) if ms <= shell.now_ms => "It no longer works: its time is over.",
                    Some(ms) => (ends(shell.now_ms, ms)),
                    None => "It works until you take it back.",
                }
            }
            (button(&format!("{base}/uninvite"), &shell.csrf, &[("invite", &invite.id)], "plain", &html! { "Take back" }))
        }
    }
}

fn ends(now_ms: u64, ends_ms: u64) -> Markup {
    html! {
        @match (ends_ms - now_ms) / HOUR_MS {
            0 => "It ends within an hour.",
            1 => "It ends in an hour.",
            hours @ 2..=47 => { "It ends in " (hours) " hours." }
            _ => { "It ends on " (stamp(now_ms, ends_ms)) "." }
        }
    }
}

fn used(invite: &Invite) -> String {
    match invite.uses {
        Some(uses) => format!("{} of {uses} joined by this", invite.used),
        None => format!("{} joined by this", invite.used),
    }
}

fn rename(shell: &Shell, base: &str, space: &SpaceName) -> Markup {
    let content = html! {
        label for="rename" { "Name of the space" }
        div.copyable {
            input #rename type="text" name="name" value=(space.name) required dir="auto" autocomplete="off";
            button.plain type="submit" { "Rename" }
        }
    };
    form(&format!("{base}/rename"), "card", &shell.csrf, &content)
}

fn leave(shell: &Shell, base: &str) -> Markup {
    let content = html! {
        p { "You no longer read what is written there, and to come back, somebody must add you again. What you wrote stays with its members." }
        div.row.end { button.danger type="submit" { "Leave" } }
    };
    html! {
        section.card {
            details {
                summary { "Leave this space…" }
                (form(&format!("{base}/leave"), "", &shell.csrf, &content))
            }
        }
    }
}
