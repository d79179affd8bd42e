//! The card on the home page that says what remains to be done at the beginning.

use crate::form::button;
use crate::icon::{Icon, icon};
use crate::language::{Language, say};
use crate::values::Shell;
use maud::{Markup, html};
use std::borrow::Cow;

/// Something that remains to be done at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstStep {
    /// Neither a password nor a passkey is set.
    SignIn,
    /// Nobody is followed yet.
    Friend,
    /// Nobody keeps anything yet.
    Guardians,
}

impl FirstStep {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::SignIn, Self::Friend, Self::Guardians];

    /// Its name in a form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Friend => "friend",
            Self::Guardians => "guardians",
        }
    }

    fn place(self) -> (&'static str, Icon) {
        match self {
            Self::SignIn => ("/settings/sign-in", Icon::Private),
            Self::Friend => ("/welcome/friend", Icon::People),
            Self::Guardians => ("/backup", Icon::Backup),
        }
    }

    fn words(self, language: Language) -> (Cow<'static, str>, Cow<'static, str>) {
        match self {
            Self::SignIn => (
                say!(language, "steps-sign-in"),
                say!(language, "steps-sign-in-about"),
            ),
            Self::Friend => (
                say!(language, "steps-friend"),
                say!(language, "steps-friend-about"),
            ),
            Self::Guardians => (
                say!(language, "steps-guardians"),
                say!(language, "steps-guardians-about"),
            ),
        }
    }
}

/// The card; each step leads to where it is done, and can be put away (`/welcome/dismiss`, fields `csrf`, `step`).
pub(crate) fn first_steps(shell: &Shell, steps: &[FirstStep]) -> Markup {
    let language = shell.language;
    html! {
        @if !steps.is_empty() {
            section.card.steps aria-labelledby="steps" {
                h2 #steps { (say!(language, "steps-title")) }
                ul.rows {
                    @for step in steps {
                        @let (href, mark) = step.place();
                        @let (title, about) = step.words(language);
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
            }
        }
    }
}
