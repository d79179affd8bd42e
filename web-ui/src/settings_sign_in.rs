//! How one signs in: the password and the passkeys, set, changed and removed.

use crate::first_run::new_password;
use crate::form::{button, form};
use crate::icon::{Icon, icon};
use crate::language::{say, say_html};
use crate::page::page;
use crate::passkey::{Passkeys, maker};
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
    /// When, in milliseconds since 1970.
    pub made_ms: u64,
    /// When it let somebody in last, or was made.
    pub used_ms: u64,
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
    /// Why something wasn't done.
    pub problem: Option<String>,
}

/// The page at `GET /settings/sign-in`: posts to `/settings/sign-in/password` (fields `csrf`, `new`, `again`, `others`),
/// `/settings/sign-in/no-password` (`csrf`), `/settings/sign-in/passkey` and `/settings/sign-in/no-passkey` (`csrf`, `id`).
pub fn settings_sign_in(shell: &Shell, settings: &SignInSettings) -> String {
    let language = shell.language;
    let is_last = settings.passkeys.len() + usize::from(settings.password) == 1;
    let content = html! {
        h1 { (say!(language, "sign-in-settings")) }
        p { (say!(language, "sign-in-settings-about")) }
        @if let Some(problem) = &settings.problem { p.notice.problem role="alert" dir="auto" { (problem) } }
        (password(shell, settings, is_last))
        section.card {
            h2 { (say!(language, "passkey-title")) }
            p { (say!(language, "passkey-about")) }
            @if !settings.passkeys.is_empty() {
                ul.rows { @for passkey in &settings.passkeys { (row(shell, passkey, is_last)) } }
            }
            (maker(language, "/settings/sign-in/passkey", &shell.csrf, &settings.can_make))
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

fn password(shell: &Shell, settings: &SignInSettings, is_last: bool) -> Markup {
    let language = shell.language;
    let fields = html! {
        (new_password(language, false))
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
    html! {
        section.card {
            h2 { (say!(language, "password-title")) }
            p {
                @if settings.password { (say!(language, "password-is-set")) } @else { (say!(language, "password-is-not-set")) }
            }
            details open[!settings.password] {
                summary {
                    @if settings.password { (say!(language, "password-change")) } @else { (say!(language, "password-set")) }
                }
                (form("/settings/sign-in/password", "", &shell.csrf, &fields))
            }
            @if settings.password {
                details {
                    summary { (say!(language, "password-remove")) }
                    @if is_last { p { (say!(language, "sign-in-last")) } }
                    (button("/settings/sign-in/no-password", &shell.csrf, &[], "danger", &html! { (say!(language, "password-remove")) }))
                }
            }
        }
    }
}

fn row(shell: &Shell, passkey: &Passkey, is_last: bool) -> Markup {
    let language = shell.language;
    let made = stamp(language, shell.now_ms, passkey.made_ms);
    let used = stamp(language, shell.now_ms, passkey.used_ms);
    html! {
        li {
            div.row.wrap.browser {
                (icon(Icon::Private))
                span.grow {
                    bdi.name dir="auto" { (passkey.name) }
                    span.under { (say_html!(language, "passkey-times", made = made, used = used)) }
                }
                details.power {
                    summary { (say!(language, "passkey-remove")) }
                    @if is_last { p { (say!(language, "sign-in-last")) } }
                    (button("/settings/sign-in/no-passkey", &shell.csrf, &[("id", &passkey.id)], "danger", &html! {
                        (say!(language, "passkey-remove"))
                    }))
                }
            }
        }
    }
}
