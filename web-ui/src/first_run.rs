//! The first run: from an empty home to an identity, one question a page. What comes once somebody lives here is
//! [`first_friend`] and the card of first steps on the home page.

use crate::devices::exposed;
use crate::form::{self, copyable, form, form_with_files, secret};
use crate::icon::{Icon, icon};
use crate::language::{Language, say};
use crate::page::{page, plain_page};
use crate::passkey::{Passkeys, maker};
use crate::photos::ACCEPTED;
use crate::problem::Reason;
use crate::qr::{Qr, picture};
use crate::values::{Screen, Shell};
use maud::{Markup, html};

/// How many steps there are.
const STEPS: usize = 5;

/// What all pages of the first run share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FirstRunShell {
    /// What the pages speak.
    pub language: Language,
    /// The token that every form carries.
    pub csrf: String,
    /// Why the last step wasn't taken.
    pub problem: Option<Reason>,
    /// Whether what is typed and shown goes through a network that others can read.
    pub is_exposed: bool,
}

/// How one will sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockPage {
    /// Whether there is a password already.
    pub password: bool,
    /// How many passkeys there are already.
    pub passkeys: usize,
    /// Whether a passkey can be made here.
    pub can_make: Passkeys,
    /// Whether nobody but this machine's own users reaches the page: then nothing need be set.
    pub may_skip: bool,
}

/// The phrase, on its only page.
#[derive(Debug, Clone, Copy)]
pub struct PhrasePage<'a> {
    /// Whose it is.
    pub name: &'a str,
    /// The words, in order.
    pub words: &'a [&'a str],
    /// Whether another phrase was shown before the server was started anew.
    pub is_again: bool,
}

/// Who to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstFriendPage {
    /// The reader's own link.
    pub link: String,
    /// The same to be read by a camera; nothing where it is too long for that.
    pub qr: Option<Qr>,
    /// What was typed and wasn't taken.
    pub draft: String,
    /// Why.
    pub problem: Option<Reason>,
}

fn step(language: Language, number: usize) -> Markup {
    html! { p.quiet.step { (say!(language, "first-step", step = number, steps = STEPS)) } }
}

/// Where secrets are typed or shown.
fn warned(shell: &FirstRunShell) -> Markup {
    html! { @if shell.is_exposed { (exposed(shell.language)) } }
}

fn problem(shell: &FirstRunShell) -> Markup {
    html! {
        @if let Some(problem) = &shell.problem { (problem.notice(shell.language, Some("problem"))) }
    }
}

/// The first page, `GET /welcome`.
pub fn welcome(shell: &FirstRunShell) -> String {
    let language = shell.language;
    let content = html! {
        section.card {
            h1 { (say!(language, "first-title")) }
            p { (say!(language, "first-about")) }
            (warned(shell))
            (problem(shell))
            ul.rows.ways {
                li {
                    a.row href="/welcome/name" {
                        (icon(Icon::Profile))
                        span.grow { span.name { (say!(language, "first-new")) } span.under { (say!(language, "first-new-about")) } }
                    }
                }
                li {
                    a.row href="/welcome/device" {
                        (icon(Icon::Device))
                        span.grow { span.name { (say!(language, "first-device")) } span.under { (say!(language, "first-device-about")) } }
                    }
                }
                li {
                    a.row href="/restore" {
                        (icon(Icon::Backup))
                        span.grow { span.name { (say!(language, "first-back")) } span.under { (say!(language, "first-back-about")) } }
                    }
                }
            }
        }
    };
    plain_page(language, &say!(language, "first-title"), &content)
}

/// The page at `GET /welcome/name`: posts there (fields `csrf`, `name`, `picture`, `no-picture`). `picture` tells the one that was
/// taken already, which is at `/welcome/picture`, from any other.
pub fn welcome_name(shell: &FirstRunShell, name: &str, picture: Option<&str>) -> String {
    let language = shell.language;
    let wrong = shell.problem.as_ref().map(|_| "problem");
    let fields = html! {
        label for="name" { (say!(language, "first-name-label")) }
        input #name type="text" name="name" value=(name) dir="auto" required maxlength="256" autocomplete="nickname"
            aria-describedby=[wrong] aria-invalid=[wrong.map(|_| "true")];
        p.quiet { (say!(language, "first-name-public")) }
        div.row.wrap.picture {
            @if let Some(version) = picture {
                span.face.large { img src={ "/welcome/picture?v=" (version) } alt=(say!(language, "first-picture-yours")); }
            }
            div.grow {
                label for="picture" { (say!(language, "first-picture")) }
                input #picture type="file" name="picture" accept=(ACCEPTED) aria-describedby="picture-about";
            }
        }
        p.quiet #picture-about { (say!(language, "photos-portrait-about")) }
        @if picture.is_some() {
            label.check {
                input type="checkbox" name="no-picture" value="yes";
                span { (say!(language, "first-picture-none")) }
            }
        }
        div.row.end {
            a.button.plain href="/welcome" { (say!(language, "first-return")) }
            button type="submit" { (say!(language, "first-next")) }
        }
    };
    let content = html! {
        section.card {
            (step(language, 1))
            h1 { (say!(language, "first-name-title")) }
            (problem(shell))
            (form_with_files("/welcome/name", "", &shell.csrf, &fields))
        }
    };
    plain_page(language, &say!(language, "first-name-title"), &content)
}

/// The fields of a new password: `new` and `again`.
pub(crate) fn new_password(language: Language, wrong: bool) -> Markup {
    let invalid = wrong.then_some("true");
    html! {
        input.hidden type="text" name="username" value="hearth" autocomplete="username" tabindex="-1" aria-hidden="true" readonly;
        label for="new" { (say!(language, "password-new")) }
        input #new type="password" name="new" required minlength="10" maxlength="1024" autocomplete="new-password"
            aria-describedby="password-advice" aria-invalid=[invalid];
        p.quiet #password-advice { (say!(language, "password-advice")) }
        label for="again" { (say!(language, "password-again")) }
        input #again type="password" name="again" required minlength="10" maxlength="1024" autocomplete="new-password"
            aria-invalid=[invalid];
    }
}

/// The page at `GET /welcome/lock`: posts to `/welcome/password` (fields `csrf`, `new`, `again`) and `/welcome/passkey`.
pub fn welcome_lock(shell: &FirstRunShell, lock: &LockPage) -> String {
    let language = shell.language;
    let is_set = lock.password || lock.passkeys > 0;
    let fields = html! {
        (new_password(language, shell.problem.is_some()))
        div.row.end { button type="submit" { (say!(language, "first-lock-set")) } }
    };
    let content = html! {
        section.card {
            (step(language, 2))
            h1 { (say!(language, "first-lock-title")) }
            p { (say!(language, "first-lock-about")) }
            (warned(shell))
            (problem(shell))
            @if lock.password { p.notice.good { (say!(language, "first-lock-has-password")) } }
            @if lock.passkeys > 0 { p.notice.good { (say!(language, "first-lock-has-passkeys", count = lock.passkeys)) } }
            @if is_set { (onwards(language)) }
            @if !lock.password { (form("/welcome/password", "", &shell.csrf, &fields)) }
            (maker(language, "/welcome/passkey", &shell.csrf, &lock.can_make, &html! {}))
            @if !is_set && lock.may_skip {
                hr;
                p.quiet { (say!(language, "first-lock-skip-means")) }
                div.row.end { a.button.plain href="/welcome/phrase" { (say!(language, "first-lock-skip")) } }
            }
        }
    };
    plain_page(language, &say!(language, "first-lock-title"), &content)
}

fn onwards(language: Language) -> Markup {
    html! { div.row.end { a.button href="/welcome/phrase" { (say!(language, "first-next")) } } }
}

/// The page at `GET /welcome/phrase`, which can be printed as a card.
pub fn welcome_phrase(shell: &FirstRunShell, phrase: &PhrasePage<'_>) -> String {
    let language = shell.language;
    let content = html! {
        section.card {
            div.screen-only {
                (step(language, 3))
                h1 { (say!(language, "first-phrase-title")) }
                @if phrase.is_again { p.notice.problem role="alert" { (say!(language, "first-phrase-again")) } }
                p { (say!(language, "first-phrase-about")) }
            (warned(shell))
            }
            div.paper {
                p.print-only.name dir="auto" { "Hearth · " (phrase.name) }
                ol.words lang="en" dir="ltr" translate="no" {
                    @for word in phrase.words { li { (word) } }
                }
                p.print-only { (say!(language, "first-phrase-printed")) }
            }
            div.screen-only {
                p.quiet { (say!(language, "first-phrase-keep")) }
                div.row.wrap.end {
                    button.plain type="button" data-print hidden { (say!(language, "first-phrase-print")) }
                    a.button href="/welcome/words" { (say!(language, "first-phrase-done")) }
                }
                noscript { p.quiet { (say!(language, "first-phrase-print-by-hand")) } }
            }
        }
    };
    plain_page(language, &say!(language, "first-phrase-title"), &content)
}

/// The page at `GET /welcome/words`: posts there (fields `csrf`, `first`, `second`). `asked` are the words' numbers, from 1.
pub fn welcome_words(shell: &FirstRunShell, asked: [usize; 2]) -> String {
    let language = shell.language;
    let wrong = shell.problem.as_ref().map(|_| "problem");
    let fields = html! {
        @for (name, number) in ["first", "second"].into_iter().zip(asked) {
            label for=(name) { (say!(language, "first-words-label", number = number)) }
            input id=(name) type="text" name=(name) required maxlength="32" dir="ltr" lang="en" autocomplete="off"
                autocapitalize="none" autocorrect="off" spellcheck="false" aria-describedby=[wrong]
                aria-invalid=[wrong.map(|_| "true")];
        }
        div.row.wrap.end {
            a.button.plain href="/welcome/phrase" { (say!(language, "first-words-look")) }
            button type="submit" { (say!(language, "first-words-done")) }
        }
    };
    let content = html! {
        section.card {
            (step(language, 4))
            h1 { (say!(language, "first-words-title")) }
            p { (say!(language, "first-words-about")) }
            (problem(shell))
            (form("/welcome/words", "", &shell.csrf, &fields))
        }
    };
    plain_page(language, &say!(language, "first-words-title"), &content)
}

/// What of the form about coming back is filled in again; the phrase never is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComeBackPage {
    /// A friend's link.
    pub via: String,
    /// Whether the old machine was stolen.
    pub stolen: bool,
}

/// The page at `GET /restore` where nobody lives yet: posts there (fields `csrf`, `phrase`, `via`, `stolen`).
pub fn welcome_back(shell: &FirstRunShell, page: &ComeBackPage) -> String {
    let language = shell.language;
    let wrong = shell.problem.as_ref().map(|_| "problem");
    let fields = html! {
        (secret("phrase", &say!(language, "first-back-phrase"), None, wrong))
        label for="via" { (say!(language, "first-back-link")) }
        input #via type="text" name="via" value=(page.via) dir="ltr" placeholder="hearth:hearth1…" autocomplete="off"
            autocapitalize="off" spellcheck="false" aria-describedby="via-advice";
        p.quiet #via-advice { (say!(language, "first-back-link-advice")) }
        label.check {
            input #stolen type="checkbox" name="stolen" value="yes" checked[page.stolen];
            span { (say!(language, "first-back-stolen")) }
        }
        div.row.wrap.end {
            a.button.plain href="/welcome" { (say!(language, "first-return")) }
            button type="submit" { (say!(language, "first-back-begin")) }
        }
    };
    let content = html! {
        section.card {
            h1 { (say!(language, "first-back")) }
            p { (say!(language, "first-back-long")) }
            (warned(shell))
            (problem(shell))
            (form("/restore", "", &shell.csrf, &fields))
        }
    };
    plain_page(language, &say!(language, "first-back"), &content)
}

/// The page at `GET /welcome/device`: posts there (fields `csrf`, `link`). What was typed isn't given back: it is secret.
pub fn welcome_device(shell: &FirstRunShell) -> String {
    let language = shell.language;
    let wrong = shell.problem.as_ref().map(|_| "problem");
    let fields = html! {
        (secret("link", &say!(language, "first-device-link"), Some("hearth-device:…"), wrong))
        div.row.wrap.end {
            a.button.plain href="/welcome" { (say!(language, "first-return")) }
            button type="submit" { (say!(language, "first-device-begin")) }
        }
    };
    let content = html! {
        section.card {
            h1 { (say!(language, "first-device")) }
            p { (say!(language, "first-device-long")) }
            (warned(shell))
            (problem(shell))
            (form("/welcome/device", "", &shell.csrf, &fields))
        }
    };
    plain_page(language, &say!(language, "first-device"), &content)
}

/// The page at `GET /welcome/friend`: posts there (fields `csrf`, `key`).
pub fn first_friend(shell: &Shell, friend: &FirstFriendPage) -> String {
    let language = shell.language;
    let wrong = friend.problem.as_ref().map(|_| "key-problem");
    let fields = html! {
        h2 { (say!(language, "friend-theirs")) }
        label for="key" { (say!(language, "friend-theirs-label")) }
        input #key type="text" name="key" value=(friend.draft) required dir="ltr" placeholder="hearth:hearth1…" autocomplete="off"
            autocapitalize="off" spellcheck="false" aria-describedby=[wrong] aria-invalid=[wrong.map(|_| "true")];
        (form::problem(language, "key-problem", friend.problem.as_ref()))
        p.quiet { (say!(language, "friend-theirs-about")) }
        div.row.end { button type="submit" { (say!(language, "friend-ask")) } }
    };
    let content = html! {
        (step(language, 5))
        h1 { (say!(language, "friend-title")) }
        (form("/welcome/friend", "card", &shell.csrf, &fields))
        section.card {
            h2 { (say!(language, "friend-mine")) }
            p { (say!(language, "friend-mine-about")) }
            (copyable(language, "my-link", &say!(language, "friend-mine-label"), &friend.link))
            @if let Some(qr) = &friend.qr { (picture(qr, &say!(language, "friend-mine-code"))) }
        }
        div.row.end { a.button.plain href="/" { (say!(language, "friend-later")) } }
    };
    page(
        shell,
        Screen::Other,
        &say!(language, "friend-title"),
        &content,
    )
}
