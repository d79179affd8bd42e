//! What somebody sees who isn't signed in.

use crate::language::{Language, say, say_html};
use crate::page::plain_page;
use crate::passkey::{PasskeyAsk, user};
use crate::problem::SignInProblem;
use maud::{Markup, html};

/// What the signed-out page offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignInPage {
    /// What the page speaks.
    pub language: Language,
    /// Why the last way in didn't work.
    pub problem: Option<SignInProblem>,
    /// Whether there is a password.
    pub password: bool,
    /// What a passkey is asked for, where there is one and it works under this address.
    pub passkey: Option<PasskeyAsk>,
}

/// The signed-out page. Its forms go to `/sign-in/password` (field `password`) and `/sign-in/passkey`.
pub fn sign_in(page: &SignInPage) -> String {
    let language = page.language;
    let offers = page.password || page.passkey.is_some();
    let content = html! {
        section.card {
            h1 { (say!(language, "sign-in-title")) }
            @if let Some(problem) = &page.problem {
                p.notice.problem role="alert" dir="auto" lang=[problem.lang(language)] { (problem.words(language)) }
            }
            @if page.password { (password(language)) }
            @if let Some(ask) = &page.passkey { (user(language, ask)) }
            @if offers {
                details {
                    summary { (say!(language, "sign-in-otherwise")) }
                    (by_link(language))
                }
            } @else {
                (by_link(language))
            }
        }
    };
    plain_page(language, &say!(language, "sign-in"), &content)
}

fn password(language: Language) -> Markup {
    html! {
        form method="post" action="/sign-in/password" {
            label for="password" { (say!(language, "sign-in-password")) }
            // So that password managers know whose it is.
            input.hidden type="text" name="username" value="hearth" autocomplete="username" tabindex="-1" aria-hidden="true" readonly;
            input #password type="password" name="password" required autocomplete="current-password" maxlength="1024";
            div.row.end { button type="submit" { (say!(language, "sign-in")) } }
        }
    }
}

fn by_link(language: Language) -> Markup {
    let command = html! { code { "hearth open" } };
    html! {
        p { (say!(language, "sign-in-owner")) }
        pre { code { "hearth open" } }
        p.quiet { (say_html!(language, "sign-in-link", command = command)) }
    }
}
