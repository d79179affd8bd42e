//! What somebody sees when a page can't be shown.

use crate::language::{Language, say};
use crate::page::plain_page;
use crate::problem::Reason;
use maud::html;
use std::borrow::Cow;

/// Why a page can't be shown, or why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing is at the address.
    NotFound,
    /// A post is somebody else's.
    NotMine,
    /// A form was made for another session, or by another site.
    ForeignForm,
    /// A form can't be read.
    Form(FormTrouble),
    /// The address answers other methods.
    NotAllowed,
    /// What was asked for can't be done.
    Refused(Reason),
    /// It isn't here.
    Missing(Reason),
    /// It should have worked.
    Failed(Reason),
    /// Signed out, but not on disk, because of this error.
    SignedOutForNow(String),
    /// The server was told to stop.
    Stopping,
}

/// Why a form can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormTrouble {
    /// It isn't URL-encoded.
    OtherKind,
    /// It is too long.
    TooLong,
    /// It came too slowly.
    TooSlow,
    /// It broke off.
    Broken,
    /// Its fields aren't well-formed, or there are too many.
    Malformed,
}

/// What it says.
struct Said<'a> {
    title: Cow<'static, str>,
    what: Cow<'a, str>,
    what_to_do: Cow<'static, str>,
}

impl Trouble {
    fn said(&self, language: Language) -> Said<'_> {
        let said = |title, what, what_to_do| Said {
            title,
            what,
            what_to_do,
        };
        match self {
            Self::NotFound => said(
                say!(language, "error-not-found"),
                say!(language, "error-not-found-what"),
                say!(language, "error-not-found-do"),
            ),
            Self::NotMine => said(
                say!(language, "error-not-mine"),
                say!(language, "error-not-mine-what"),
                say!(language, "error-not-mine-do"),
            ),
            Self::ForeignForm => said(
                say!(language, "error-undone"),
                say!(language, "error-foreign-form-what"),
                say!(language, "error-foreign-form-do"),
            ),
            Self::Form(form) => said(
                say!(language, "error-undone"),
                form.words(language),
                say!(language, "error-form-do"),
            ),
            Self::NotAllowed => said(
                say!(language, "error-method"),
                say!(language, "error-method-what"),
                say!(language, "error-method-do"),
            ),
            Self::Refused(what) => said(
                say!(language, "error-refused"),
                what.words(language),
                say!(language, "error-refused-do"),
            ),
            Self::Missing(what) => said(
                say!(language, "error-not-found"),
                what.words(language),
                say!(language, "error-missing-do"),
            ),
            Self::Failed(what) => said(
                say!(language, "error-failed"),
                what.words(language),
                say!(language, "error-failed-do"),
            ),
            Self::SignedOutForNow(error) => said(
                say!(language, "error-signed-out"),
                say!(language, "error-signed-out-what", error = error),
                say!(language, "error-signed-out-do"),
            ),
            Self::Stopping => said(
                say!(language, "error-stopping"),
                say!(language, "error-stopping-what"),
                say!(language, "error-stopping-do"),
            ),
        }
    }
}

impl Trouble {
    /// In which language the reason is said, where it isn't the page's.
    fn lang(&self, language: Language) -> Option<&'static str> {
        match self {
            Self::Refused(why) | Self::Missing(why) | Self::Failed(why) => why.lang(language),
            _ => None,
        }
    }
}

impl FormTrouble {
    fn words(self, language: Language) -> Cow<'static, str> {
        match self {
            Self::OtherKind => say!(language, "error-form-kind"),
            Self::TooLong => say!(language, "error-form-long"),
            Self::TooSlow => say!(language, "error-form-slow"),
            Self::Broken => say!(language, "error-form-broken"),
            Self::Malformed => say!(language, "error-form-malformed"),
        }
    }
}

/// A page that says what happened and what to do about it.
///
/// `status` is the HTTP status, shown small for whoever asks for it.
pub fn error(language: Language, status: u16, trouble: &Trouble) -> String {
    let Said {
        title,
        what,
        what_to_do,
    } = trouble.said(language);
    let content = html! {
        section.card {
            h1 { (title) }
            p dir="auto" lang=[trouble.lang(language)] { (what) }
            p { (what_to_do) }
            div.row {
                a.button href="/" { (say!(language, "error-home")) }
                span.grow {}
                span.quiet { (say!(language, "error-number", number = u32::from(status))) }
            }
        }
    };
    plain_page(language, &title, &content)
}
