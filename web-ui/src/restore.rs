//! Coming back with a phrase: the form of the first run, and how far it is.

use crate::backup::{Progress, bar};
use crate::form::{form, kept};
use crate::page::page;
use crate::values::{Screen, Shell};
use maud::{Markup, html};

/// What the page about restoring shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestorePage {
    /// Nothing was restored: the form.
    Form(RestoreForm),
    /// It is under way, or has ended.
    State(RestoreState),
}

/// The form of the first run. The phrase is never filled in again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoreForm {
    /// A friend's link, to go on with.
    pub via: String,
    /// Whether the old machine was stolen.
    pub stolen: bool,
    /// Why it wasn't begun.
    pub problem: Option<String>,
    /// Whether this home can still become somebody else.
    pub is_possible: bool,
}

/// How far a restore is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreState {
    /// The state in one sentence.
    pub sentence: String,
    /// Bytes that came, while it is under way.
    pub progress: Option<Progress>,
    /// Files whose content is here, and all.
    pub files: (u64, u64),
    /// The friends it comes from.
    pub friends: Vec<String>,
    /// What can't be had now, and who could have it.
    pub missing: Vec<String>,
}

/// The page at `GET /restore`: posts there (fields `csrf`, `phrase`, `via`, `stolen`).
pub fn restore(shell: &Shell, restore: &RestorePage) -> String {
    let content = html! {
        h1 { "I have a phrase" }
        @match restore {
            RestorePage::Form(fields) if fields.is_possible => (entry(shell, fields)),
            RestorePage::Form(_) => (taken()),
            RestorePage::State(state) => (progress(shell, state)),
        }
    };
    page(shell, Screen::Other, "I have a phrase", &content)
}

fn taken() -> Markup {
    html! {
        section.card {
            p { "This server is somebody already, so nobody else can be brought back here." }
            p { "Start Hearth in another, empty home, and restore there:" }
            pre { code { "hearth --home DIR restore --phrase-file FILE --via LINK" } }
        }
    }
}

fn entry(shell: &Shell, fields: &RestoreForm) -> Markup {
    let described = fields.problem.as_ref().map(|_| "restore-problem");
    let content = html! {
        p { "Type the 24 words from your paper, and one friend’s link. Everything that your friends keep for you comes back: first who you are and your newest posts, then your files." }
        label for="phrase" { "Your phrase" }
        textarea #phrase name="phrase" rows="4" required dir="ltr" autocomplete="off" autocapitalize="off"
            spellcheck="false" aria-describedby=[described] aria-invalid=[described.map(|_| "true")] { (kept("")) }
        @if let Some(problem) = &fields.problem {
            p.problem #restore-problem role="alert" dir="auto" { (problem) }
        }
        label for="via" { "A friend’s link" }
        input #via type="text" name="via" value=(fields.via) dir="ltr" placeholder="hearth:hearth1…" autocomplete="off"
            autocapitalize="off" spellcheck="false";
        p.quiet { "They find it on their People page, or by " code { "hearth link" } ". Friends on the same network are found without." }
        label.check {
            input #stolen type="checkbox" name="stolen" value="yes" checked[fields.stolen];
            span { "My old machine was stolen: nothing that it says from now on shall count" }
        }
        div.row.end { button type="submit" { "Bring me back" } }
    };
    form("/restore", "card", &shell.csrf, &content)
}

fn progress(shell: &Shell, state: &RestoreState) -> Markup {
    let (here, all) = state.files;
    html! {
        section.card {
            p.health dir="auto" { (state.sentence) }
            @if let Some(progress) = &state.progress { (bar(shell.language, progress)) }
            p.quiet {
                (here) " of " (all) " files are here."
                @if !state.friends.is_empty() { " From " (state.friends.join(", ")) "." }
            }
            @if state.progress.is_some() {
                p.quiet { "You can read, post and open files meanwhile: what you open comes first." }
            }
        }
        @if !state.missing.is_empty() {
            section.card {
                h2 { "What can’t be had now" }
                ul { @for line in &state.missing { li dir="auto" { (line) } } }
            }
        }
    }
}
