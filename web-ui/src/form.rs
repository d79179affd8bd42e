//! Forms: the token every one carries, and the box one writes a post in.

use crate::audience::{picker, said, send};
use crate::icon::{Icon, icon};
use crate::language::{Language, say};
use crate::photos::{may_be_empty, takes_files};
use crate::problem::Reason;
use crate::values::{Composer, Shell};
use maud::{Markup, html};

/// How many bytes of UTF-8 a post may have.
const POST_BYTES_MAX: usize = 16 * 1024;

/// A form that changes something.
pub(crate) fn form(action: &str, class: &str, csrf: &str, content: &Markup) -> Markup {
    form_of(None, action, class, csrf, content)
}

/// A form with which files can be sent. The token comes before them, so that nothing is kept for who doesn't have it.
pub(crate) fn form_with_files(action: &str, class: &str, csrf: &str, content: &Markup) -> Markup {
    form_of(Some("multipart/form-data"), action, class, csrf, content)
}

fn form_of(kind: Option<&str>, action: &str, class: &str, csrf: &str, content: &Markup) -> Markup {
    html! {
        form method="post" action=(action) class=(class) enctype=[kind] {
            input type="hidden" name="csrf" value=(csrf);
            (content)
        }
    }
}

/// A form that is one button, for actions on a key.
pub(crate) fn key_button(
    action: &str,
    csrf: &str,
    key: &str,
    class: &str,
    label: &Markup,
) -> Markup {
    button(action, csrf, &[("key", key)], class, label)
}

/// A form that is one button, with hidden fields that say what it is about.
pub(crate) fn button(
    action: &str,
    csrf: &str,
    fields: &[(&str, &str)],
    class: &str,
    label: &Markup,
) -> Markup {
    let content = html! {
        (hidden(fields))
        button type="submit" class=(class) { (label) }
    };
    form(action, "inline", csrf, &content)
}

/// Fields that nobody sees.
pub(crate) fn hidden(fields: &[(&str, &str)]) -> Markup {
    html! { @for (name, value) in fields { input type="hidden" name=(name) value=(value); } }
}

/// Why something wasn't taken; its field points to `id`.
pub(crate) fn problem(language: Language, id: &str, problem: Option<&Reason>) -> Markup {
    let lang = problem.and_then(|problem| problem.lang(language));
    let words = problem.map(|problem| problem.words(language));
    problem_in(lang, id, words.as_deref())
}

/// The same in words of another language than the page's, or of the page's where `lang` is nothing.
pub(crate) fn problem_in(lang: Option<&str>, id: &str, problem: Option<&str>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            p.problem id=(id) role="alert" dir="auto" lang=[lang] { (problem) }
        }
    }
}

/// A field for a secret of many words, `id` in the page and in its form: it isn't given back, and no browser completes or
/// corrects it. `wrong` is what says why it wasn't taken, if it wasn't.
pub(crate) fn secret(
    id: &str,
    label: &str,
    placeholder: Option<&str>,
    wrong: Option<&str>,
) -> Markup {
    html! {
        label for=(id) { (label) }
        textarea id=(id) name=(id) rows="4" required dir="ltr" placeholder=[placeholder] autocomplete="off" autocapitalize="off"
            spellcheck="false" aria-describedby=[wrong] aria-invalid=[wrong.map(|_| "true")] { (kept("")) }
    }
}

/// What a box for a post's text needs.
pub(crate) struct Writing<'a> {
    /// Where it is sent.
    pub(crate) action: &'a str,
    /// What its label says.
    pub(crate) label: &'a str,
    /// What the send button says.
    pub(crate) send: &'a str,
    /// Under which name the script keeps unsent text.
    pub(crate) keep: &'a str,
    /// The text it begins with, and for whom it can be.
    pub(crate) composer: &'a Composer,
    /// The post that is answered.
    pub(crate) reply_to: Option<&'a str>,
    /// What else it takes: photos, a warning.
    pub(crate) attached: Markup,
    /// The page that it comes back to; without one, the timeline or the conversation.
    pub(crate) back: Option<&'a str>,
    /// Where "Cancel" leads, if there is something to cancel.
    pub(crate) cancel: Option<&'a str>,
}

/// The box in which a post is written, answered or changed.
pub(crate) fn writing(shell: &Shell, writing: &Writing<'_>) -> Markup {
    let language = shell.language;
    let content = html! {
        @if let Some(path) = writing.back { input type="hidden" name="back" value=(path); }
        @if let Some(id) = writing.reply_to { input type="hidden" name="reply_to" value=(id); }
        label.hidden for="text" { (writing.label) }
        textarea #text name="text" rows="2" required[!may_be_empty(&writing.composer.attached)] dir="auto" placeholder=(writing.label)
            data-keep=(writing.keep) data-bytes-max=(POST_BYTES_MAX) { (kept(&writing.composer.draft)) }
        (writing.attached)
        (said(language, writing.composer))
        div.row.wrap.sending {
            (picker(language, writing.composer))
            output.left for="text" hidden {}
            span.grow {}
            @if let Some(href) = writing.cancel { a.button.plain data-cancel href=(href) { (say!(language, "form-cancel")) } }
            button type="submit" { span.words { (send(language, writing.send, writing.composer)) } }
        }
    };
    if takes_files(&writing.composer.attached) {
        form_with_files(writing.action, "card writing", &shell.csrf, &content)
    } else {
        form(writing.action, "card writing", &shell.csrf, &content)
    }
}

/// A textarea's text. HTML drops a newline that comes first, so one is put there to be dropped.
pub(crate) fn kept(text: &str) -> Markup {
    html! { "\n" (text) }
}

/// A text to hand on, with a button that the script shows because only it can copy.
pub(crate) fn copyable(language: Language, id: &str, label: &str, text: &str) -> Markup {
    html! {
        label for=(id) { (label) }
        div.copyable {
            input id=(id) type="text" value=(text) readonly spellcheck="false" dir="ltr";
            button.plain type="button" data-copy=(id) hidden {
                (icon(Icon::Copy)) span aria-live="polite" { (say!(language, "form-copy")) }
            }
        }
    }
}
