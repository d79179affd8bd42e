//! Coming back with a phrase: the form of the first run, and how far it is.

use crate::backup::{Progress, bar};
use crate::devices::exposed;
use crate::form::{form, kept};
use crate::language::{Language, say, say_html};
use crate::page::page;
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
    pub problem: Option<String>,
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
    HeldUp(String),
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
    /// What it is.
    pub what: String,
    /// Who could have it; may be empty.
    pub keepers: Vec<String>,
}

impl RestoreStage {
    fn words(&self, language: Language) -> Cow<'_, str> {
        match self {
            Self::HeldUp(why) => why.into(),
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

impl Missing {
    fn words(&self, language: Language) -> Cow<'static, str> {
        if self.keepers.is_empty() {
            return say!(language, "restore-missing-lost", what = &self.what);
        }
        let keepers = self.keepers.join(", ");
        say!(
            language,
            "restore-missing-kept",
            what = &self.what,
            keepers = keepers
        )
    }
}

/// The page at `GET /restore`: posts there (fields `csrf`, `phrase`, `via`, `stolen`).
pub fn restore(shell: &Shell, restore: &RestorePage) -> String {
    let language = shell.language;
    let content = html! {
        h1 { (say!(language, "restore-title")) }
        @match restore {
            RestorePage::Form(fields) if fields.is_possible => (entry(shell, fields)),
            RestorePage::Form(_) => (taken(language)),
            RestorePage::State(state) => (progress(language, state)),
        }
    };
    page(
        shell,
        Screen::Other,
        &say!(language, "restore-title"),
        &content,
    )
}

fn taken(language: Language) -> Markup {
    html! {
        section.card {
            p { (say!(language, "restore-taken")) }
            p { (say!(language, "restore-elsewhere")) }
            pre { code { "hearth --home DIR restore --phrase-file FILE --via LINK" } }
        }
    }
}

fn entry(shell: &Shell, fields: &RestoreForm) -> Markup {
    let language = shell.language;
    let command = html! { code { "hearth link" } };
    let described = fields.problem.as_ref().map(|_| "restore-problem");
    let content = html! {
        p { (say!(language, "restore-about")) }
        label for="phrase" { (say!(language, "restore-phrase")) }
        textarea #phrase name="phrase" rows="4" required dir="ltr" autocomplete="off" autocapitalize="off"
            spellcheck="false" aria-describedby=[described] aria-invalid=[described.map(|_| "true")] { (kept("")) }
        @if let Some(problem) = &fields.problem {
            p.problem #restore-problem role="alert" dir="auto" lang=[language.beside_english()] { (problem) }
        }
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
    html! {
        section.card {
            p.health dir="auto" { (state.stage.words(language)) }
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
