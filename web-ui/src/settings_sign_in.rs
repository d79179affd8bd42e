//! How one signs in: the password and the passkeys, set, changed and removed.

use crate::first_run::new_password;
use crate::form::{form, problem_in};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::page::page;
use crate::passkey::{Passkeys, maker};
use crate::problem::SignInProblem;
use crate::time::stamp;
use crate::values::{Screen, Shell};
use maud::{Markup, html};

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id, hex.
    pub id: String,
    /// In which browser it was made.
    pub name: String,
    /// The name of the server under which alone it works; told unless all are for the name under which the page is open.
    pub place: Option<String>,
    /// When, in milliseconds since 1970.
    pub made_ms: u64,
    /// When it let somebody in last, or was made.
    pub used_ms: u64,
}

/// Something on the page that can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInPart {
    /// The password is set or changed.
    Password,
    /// The password is removed.
    NoPassword,
    /// A passkey is made.
    Passkey,
    /// The passkey of this id is removed.
    NoPasskey(String),
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInSettings {
    /// Whether there is a password.
    pub password: bool,
    /// The passkeys.
    pub passkeys: Vec<Passkey>,
    /// Whether one can be made here.
    pub can_make: Passkeys,
    /// Whether the reader may change it as they came in; else they come in anew before.
    pub proves: bool,
    /// What wasn't done, and why.
    pub problem: Option<(SignInPart, SignInProblem)>,
}

impl SignInSettings {
    fn problem_with(&self, part: &SignInPart) -> Option<&SignInProblem> {
        let (at, problem) = self.problem.as_ref()?;
        (at == part).then_some(problem)
    }
}

/// The page at `GET /settings/sign-in`: posts to `/settings/sign-in/password` (fields `csrf`, `now`, `new`, `again`, `others`),
/// `/settings/sign-in/no-password` (`csrf`, `now`), `/settings/sign-in/passkey` (`csrf`, `now` and what the
/// authenticator says) and `/settings/sign-in/no-passkey` (`csrf`, `id`, `now`). `now` is the present password, asked where
/// there is one.
pub fn settings_sign_in(shell: &Shell, settings: &SignInSettings) -> String {
    let language = shell.language;
    let is_last = settings.passkeys.len() + usize::from(settings.password) == 1;
    let content = html! {
        h1 { (say!(language, "sign-in-settings")) }
        p { (say!(language, "sign-in-settings-about")) }
        @if !settings.proves { p.notice.look role="note" { (say!(language, "sign-in-anew")) } }
        (password(shell, settings, is_last))
        section.card {
            h2 { (say!(language, "passkey-title")) }
            p { (say!(language, "passkey-about")) }
            @if !settings.passkeys.is_empty() {
                ul.rows {
                    @for (at, passkey) in settings.passkeys.iter().enumerate() { (row(shell, settings, (at, passkey), is_last)) }
                }
            }
            (problem(language, "passkey-problem", settings.problem_with(&SignInPart::Passkey)))
            (maker(language, "/settings/sign-in/passkey", &shell.csrf, &settings.can_make, &present(language, settings, "now-adding", "password-forgotten")))
        }
        section.card {
            h2 { (say!(language, "sign-in-links")) }
            p { (say_html!(language, "sign-in-links-about", command = html! { code { "hearth open" } })) }
        }
        p { a href="/settings/sessions" { (say!(language, "sessions-title")) } }
    };
    page(
        shell,
        Screen::Profile,
        &say!(language, "sign-in-settings"),
        &content,
    )
}

fn problem(language: Language, id: &str, problem: Option<&SignInProblem>) -> Markup {
    let lang = problem.and_then(|problem| problem.lang(language));
    let words = problem.map(|problem| problem.words(language));
    problem_in(lang, id, words.as_deref())
}

/// The field for the present password, where there is one: whoever only got hold of an open browser doesn't know it.
fn present(language: Language, settings: &SignInSettings, id: &str, described: &str) -> Markup {
    html! {
        @if settings.password {
            label for=(id) { (say!(language, "password-now")) }
            input id=(id) type="password" name="now" required maxlength="1024" autocomplete="current-password"
                aria-describedby=(described);
        }
    }
}

fn password(shell: &Shell, settings: &SignInSettings, is_last: bool) -> Markup {
    let language = shell.language;
    let (unset, kept) = (
        settings.problem_with(&SignInPart::Password),
        settings.problem_with(&SignInPart::NoPassword),
    );
    let fields = html! {
        (problem(language, "password-problem", unset))
        (present(language, settings, "now", "password-forgotten"))
        (new_password(language, unset.is_some()))
        label.check {
            input #others type="checkbox" name="others" value="yes" checked;
            span { (say!(language, "password-others")) }
        }
        div.row.end {
            button type="submit" {
                @if settings.password { (say!(language, "password-change")) } @else { (say!(language, "password-set")) }
            }
        }
    };
    let removing = html! {
        @if is_last { p { (say!(language, "sign-in-last")) } }
        (problem(language, "no-password-problem", kept))
        (present(language, settings, "now-removing", "password-forgotten"))
        div.row.end { button.danger type="submit" { (say!(language, "password-remove")) } }
    };
    let forget = html! { code { "hearth sessions no-password" } };
    html! {
        section.card {
            h2 { (say!(language, "password-title")) }
            p {
                @if settings.password { (say!(language, "password-is-set")) } @else { (say!(language, "password-is-not-set")) }
            }
            details open[!settings.password || unset.is_some()] {
                summary {
                    @if settings.password { (say!(language, "password-change")) } @else { (say!(language, "password-set")) }
                }
                (form("/settings/sign-in/password", "", &shell.csrf, &fields))
            }
            @if settings.password {
                details open[kept.is_some()] {
                    summary { (say!(language, "password-remove")) }
                    (form("/settings/sign-in/no-password", "", &shell.csrf, &removing))
                }
                p.quiet #password-forgotten { (say_html!(language, "password-forgotten", command = forget)) }
            }
        }
    }
}

fn row(
    shell: &Shell,
    settings: &SignInSettings,
    (at, passkey): (usize, &Passkey),
    is_last: bool,
) -> Markup {
    let language = shell.language;
    let made = stamp(language, shell.now_ms, passkey.made_ms);
    let used = stamp(language, shell.now_ms, passkey.used_ms);
    let kept = settings.problem_with(&SignInPart::NoPasskey(passkey.id.clone()));
    let removing = html! {
        input type="hidden" name="id" value=(passkey.id);
        @if is_last { p { (say!(language, "sign-in-last")) } }
        (problem(language, &format!("passkey-problem-{at}"), kept))
        (present(language, settings, &format!("now-{at}"), "password-forgotten"))
        div.row.end { button.danger type="submit" { (say!(language, "passkey-remove")) } }
    };
    html! {
        li {
            div.row.wrap.browser {
                (icon(Icon::Private))
                span.grow {
                    bdi.name dir="auto" { (passkey.name) }
                    @if let Some(place) = &passkey.place {
                        span.under { (say!(language, "passkey-place", name = place.as_str())) }
                    }
                    span.under { (say_html!(language, "passkey-times", made = made, used = used)) }
                }
                details.power open[kept.is_some()] {
                    summary { (say!(language, "passkey-remove")) }
                    (form("/settings/sign-in/no-passkey", "", &shell.csrf, &removing))
                }
            }
        }
    }
}
