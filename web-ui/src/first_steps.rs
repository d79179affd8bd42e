//! The card on the home page that says what remains to be done at the beginning.

use crate::form::button;
use crate::icon::{Icon, icon};
use crate::language::{Language, say};
use crate::values::Shell;
use maud::{Markup, html};
use std::borrow::Cow;

/// With so many friends nobody keeps a whole copy any more.
const GUARDIANS_WANTED: u64 = 5;

/// Something to be done at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstStep {
    /// Setting a password or a passkey.
    SignIn,
    /// Finding somebody to follow.
    Friend,
    /// Choosing a picture of oneself.
    Picture,
    /// Having friends keep the backup.
    Guardians,
    /// Bringing in what was written elsewhere.
    Import,
    /// An address under which visitors reach one's page.
    Address,
}

/// What the card says. Steps that were put away are in neither list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checklist {
    /// What remains.
    pub remaining: Vec<FirstStep>,
    /// What is done.
    pub done: Vec<FirstStep>,
    /// How many friends keep the backup.
    pub guardians: u64,
    /// Whether this home was never used, so that one can still come back here with a phrase.
    pub is_unused: bool,
}

impl FirstStep {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::SignIn,
        Self::Friend,
        Self::Picture,
        Self::Guardians,
        Self::Import,
        Self::Address,
    ];

    /// Its name in a form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Friend => "friend",
            Self::Picture => "picture",
            Self::Guardians => "guardians",
            Self::Import => "import",
            Self::Address => "address",
        }
    }

    fn place(self) -> (&'static str, Icon) {
        match self {
            Self::SignIn => ("/settings/sign-in", Icon::Private),
            Self::Friend => ("/welcome/friend", Icon::People),
            Self::Picture => ("/profile#picture", Icon::Photo),
            Self::Guardians => ("/backup", Icon::Backup),
            Self::Import => ("/import", Icon::Up),
            Self::Address => ("/settings#public", Icon::Public),
        }
    }

    fn words(self, language: Language, guardians: u64) -> (Cow<'static, str>, Cow<'static, str>) {
        match self {
            Self::SignIn => (
                say!(language, "steps-sign-in"),
                say!(language, "steps-sign-in-about"),
            ),
            Self::Friend => (
                say!(language, "steps-friend"),
                say!(language, "steps-friend-about"),
            ),
            Self::Picture => (
                say!(language, "steps-picture"),
                say!(language, "steps-picture-about"),
            ),
            Self::Guardians if guardians == 0 => (
                say!(language, "steps-guardians"),
                say!(language, "steps-guardians-about"),
            ),
            Self::Guardians => (
                say!(
                    language,
                    "steps-guardians-some",
                    count = guardians,
                    wanted = GUARDIANS_WANTED
                ),
                match guardians {
                    1 => say!(language, "advice-more"),
                    _ => say!(language, "advice-five"),
                },
            ),
            Self::Import => (
                say!(language, "steps-import"),
                say!(language, "steps-import-about"),
            ),
            Self::Address => (
                say!(language, "steps-address"),
                say!(language, "steps-address-about"),
            ),
        }
    }
}

/// The card; each step leads to where it is done, and can be put away (`/welcome/dismiss`, fields `csrf`, `step`). It goes with
/// the last step that remains.
pub(crate) fn first_steps(shell: &Shell, list: &Checklist) -> Markup {
    let language = shell.language;
    let all = list.remaining.len() + list.done.len();
    html! {
        @if !list.remaining.is_empty() {
            section.card.steps aria-labelledby="steps" {
                h2 #steps { (say!(language, "steps-title")) }
                @if !list.done.is_empty() {
                    progress aria-labelledby="steps" value=(list.done.len()) max=(all) {}
                }
                ul.rows {
                    @for step in &list.remaining {
                        @let (href, mark) = step.place();
                        @let (title, about) = step.words(language, list.guardians);
                        li.row {
                            a.row.grow href=(href) {
                                (icon(mark))
                                span.grow { span.name { (title) } span.under { (about) } }
                            }
                            (button("/welcome/dismiss", &shell.csrf, &[("step", step.name())], "quiet", &html! {
                                (say!(language, "steps-dismiss"))
                                span.hidden { ": " (title) }
                            }))
                        }
                    }
                }
                @if !list.done.is_empty() {
                    details {
                        summary { (say!(language, "steps-done", done = list.done.len(), all = all)) }
                        ul.ticked {
                            @for step in &list.done {
                                @let (href, _) = step.place();
                                li { (icon(Icon::Done)) a href=(href) { (step.words(language, list.guardians).0) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
