//! Coming back with a phrase: the form of the first run, and how far it is.

use crate::backup::{Progress, bar};
use crate::devices::exposed;
use crate::form::{form, problem, secret};
use crate::language::{Language, say, say_html};
use crate::page::page;
use crate::problem::Reason;
use crate::values::{Screen, Shell};
use maud::{Markup, html};
use std::borrow::Cow;

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
    pub problem: Option<Reason>,
    /// Whether this home can still become somebody else.
    pub is_possible: bool,
    /// Whether what is typed here goes through a network that others can read.
    pub is_exposed: bool,
}

/// How far a restore is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreState {
    /// Where it stands.
    pub stage: RestoreStage,
    /// Bytes that came, while it is under way.
    pub progress: Option<Progress>,
    /// Files whose content is here, and all.
    pub files: (u64, u64),
    /// The friends it comes from.
    pub friends: Vec<String>,
    /// What can't be had now, and who could have it.
    pub missing: Vec<Missing>,
}

/// Where a restore stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreStage {
    /// Something holds it up, as the sentence says.
    HeldUp(Reason),
    /// Friends are looked for.
    Looking,
    /// The list of what there is is being read.
    Reading,
    /// Posts are coming.
    Posts,
    /// Posts are here, files are coming.
    Files,
    /// Everything is here, and so many friends attested it, where that is known.
    Done(Option<u64>),
}

/// Something that can't be had now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What it is, as a part of a sentence.
    pub what: Reason,
    /// Who could have it; may be empty.
    pub keepers: Vec<String>,
}

impl RestoreStage {
    fn words(&self, language: Language) -> Cow<'_, str> {
        match self {
            Self::HeldUp(why) => why.words(language),
            Self::Looking => say!(language, "restore-looking"),
            Self::Reading => say!(language, "restore-reading"),
            Self::Posts => say!(language, "restore-posts"),
            Self::Files => say!(language, "restore-coming"),
            Self::Done(None) => say!(language, "restore-done"),
            Self::Done(Some(friends)) => {
                say!(language, "restore-done-attested", friends = *friends)
            }
        }
    }
}

impl RestoreStage {
    fn lang(&self, language: Language) -> Option<&'static str> {
        match self {
            Self::HeldUp(why) => why.lang(language),
            _ => None,
        }
    }
}

impl Missing {
    fn words(&self, language: Language) -> Cow<'static, str> {
        if self.keepers.is_empty() {
            return say!(
                language,
                "restore-missing-lost",
                what = self.what.part(language)
            );
        }
        let keepers = self.keepers.join(", ");
        say!(
            language,
            "restore-missing-kept",
            what = self.what.part(language),
            keepers = keepers
        )
    }
}

/// The page at `GET /restore`: posts there (fields `csrf`, `phrase`, `via`, `stolen`).
pub fn restore(shell: &Shell, restore: &RestorePage) -> String {
    let language = shell.language;
    let title = match restore {
        RestorePage::Form(_) => say!(language, "restore-title"),
        RestorePage::State(_) => say!(language, "data-restore"),
    };
    let content = html! {
        h1 { (title) }
        @match restore {
            RestorePage::Form(fields) if fields.is_possible => (entry(shell, fields)),
            RestorePage::Form(_) => (taken(language)),
            RestorePage::State(state) => (progress(language, state)),
        }
    };
    page(shell, Screen::Other, &title, &content)
}

/// Somebody lives here: how they come back themselves, one day and on another machine.
fn taken(language: Language) -> Markup {
    let start = html! { code { "hearth up" } };
    let choice = html! { em { (say!(language, "restore-title")) } };
    let backup = html! { a href="/backup" { (say!(language, "restore-elsewhere-keepers")) } };
    let device = html! { a href="/devices/add" { (say!(language, "restore-elsewhere-add")) } };
    html! {
        section.card {
            p { (say!(language, "restore-taken")) }
            p { (say!(language, "restore-elsewhere")) }
            ol {
                li { (say!(language, "restore-elsewhere-install")) }
                li { (say_html!(language, "restore-elsewhere-up", command = start)) }
                li { (say_html!(language, "restore-elsewhere-phrase", choice = choice)) }
            }
            p { (say_html!(language, "restore-elsewhere-backup", backup = backup)) }
            p { (say_html!(language, "restore-elsewhere-device", device = device)) }
        }
    }
}

fn entry(shell: &Shell, fields: &RestoreForm) -> Markup {
    let language = shell.language;
    let command = html! { code { "hearth link" } };
    let wrong = fields.problem.as_ref().map(|_| "restore-problem");
    let content = html! {
        p { (say!(language, "restore-about")) }
        (secret("phrase", &say!(language, "restore-phrase"), None, wrong))
        (problem(language, "restore-problem", fields.problem.as_ref()))
        @if fields.is_exposed { (exposed(language)) }
        label for="via" { (say!(language, "restore-via")) }
        input #via type="text" name="via" value=(fields.via) dir="ltr" placeholder="hearth:hearth1…" autocomplete="off"
            autocapitalize="off" spellcheck="false";
        p.quiet { (say_html!(language, "restore-via-about", command = command)) }
        label.check {
            input #stolen type="checkbox" name="stolen" value="yes" checked[fields.stolen];
            span { (say!(language, "restore-stolen")) }
        }
        div.row.end { button type="submit" { (say!(language, "restore-button")) } }
    };
    form("/restore", "card", &shell.csrf, &content)
}

fn progress(language: Language, state: &RestoreState) -> Markup {
    let (here, all) = state.files;
    let goes_on = !matches!(state.stage, RestoreStage::Done(_));
    html! {
        section.card data-until-done[goes_on] {
            p.health dir="auto" lang=[state.stage.lang(language)] { (state.stage.words(language)) }
            @if let Some(progress) = &state.progress { (bar(language, &say!(language, "restore-brought"), progress)) }
            p.quiet {
                (say!(language, "restore-files", here = here, all = all))
                @if !state.friends.is_empty() { " " (say!(language, "restore-from", friends = state.friends.join(", "))) }
            }
            @if state.progress.is_some() {
                p.quiet { (say!(language, "restore-meanwhile")) }
            }
        }
        @if !state.missing.is_empty() {
            section.card {
                h2 { (say!(language, "restore-missing")) }
                ul { @for line in &state.missing { li dir="auto" { (line.words(language)) } } }
            }
        }
    }
}
