//! How files come from a browser: a form that works by itself, and what the script makes of it.

use crate::assets::names;
use crate::bytes::bytes;
use crate::form::form_with_files;
use crate::icon::{Icon, icon};
use crate::language::{Language, say};
use crate::values::Shell;
use maud::{Markup, html};
use std::borrow::Cow;

/// How many files one browser page takes at once.
const FILES_MAX: usize = 10_000;

/// A number of bytes that are said as such.
const FEW: u64 = 77;

/// The form by which files come to the folder at `here`.
pub(crate) fn upload(shell: &Shell, here: &str) -> Markup {
    let language = shell.language;
    let content = html! {
        p.drop-hint { (icon(Icon::Upload)) span { (say!(language, "drive-here-drop")) } }
        // Files are taken as they come: by then the server must know what to do where one has the same name.
        fieldset.taken {
            legend { (say!(language, "drive-taken")) }
            label.check {
                input #existing-both type="radio" name="existing" value="both" checked;
                span { (say!(language, "drive-taken-both")) }
            }
            label.check {
                input #existing-replace type="radio" name="existing" value="replace";
                span { (say!(language, "drive-taken-replace")) }
            }
        }
        div.row.wrap.choosing {
            label.button for="files" { (icon(Icon::File)) (say!(language, "drive-here-choose")) }
            input #files type="file" name="files" multiple required;
            button.plain type="button" data-folder hidden { (icon(Icon::Files)) (say!(language, "drive-here-folder")) }
        }
        button.send type="submit" { (icon(Icon::Upload)) (say!(language, "drive-here-send")) }
    };
    html! {
        section.drop data-drive=(here) data-files-max=(FILES_MAX) {
            (form_with_files(here, "card upload", &shell.csrf, &content))
        }
        (progress(language))
    }
}

/// What the script shows of files on their way.
fn progress(language: Language) -> Markup {
    let say_all = |all: &'static str| -> String { all.to_owned() };
    let all = say!(
        language,
        "drive-up-all",
        done = say_all("{done}"),
        all = say_all("{all}"),
        bytes = say_all("{bytes}"),
        total = say_all("{total}")
    );
    html! {
        section.card.uploads hidden aria-labelledby="uploads-title" data-all=(all)
            data-done=(say!(language, "drive-up-done")) data-some=(say!(language, "drive-up-some"))
            data-waits=(say!(language, "drive-up-waits")) data-here=(say!(language, "drive-up-here"))
            data-skipped=(say!(language, "drive-up-skipped")) data-cancelled=(say!(language, "drive-up-cancelled"))
            data-working=(say!(language, "drive-up-working")) data-failed=(say!(language, "drive-up-failed"))
            data-few=(bytes(language, FEW).replacen(&FEW.to_string(), "{n}", 1))
            data-taken=(say!(language, "drive-up-taken"))
            data-many=(say!(language, "drive-up-many", count = FILES_MAX)) {
            div.row.wrap {
                h2 #uploads-title.grow { (say!(language, "drive-up-title")) }
                button.plain.cancel-all type="button" { (say!(language, "drive-up-cancel-all")) }
                button.plain.close type="button" hidden { (say!(language, "drive-up-close")) }
            }
            p.state.quiet role="status" {}
            progress.all max="1" value="0" aria-labelledby="uploads-title" {}
            p.problem.many role="alert" hidden {}
            ul.rows {}
            template.one-upload { (one(language)) }
        }
    }
}

/// Why a file from a page of an earlier session isn't taken, for the page's script.
pub fn foreign_upload(language: Language) -> Cow<'static, str> {
    say!(language, "drive-up-foreign")
}

/// One file on its way.
fn one(language: Language) -> Markup {
    html! {
        li.coming {
            div.row.wrap {
                span.grow {
                    bdi.name {}
                    span.under.wrap { span.size {} " · " span.state {} }
                    progress max="1" value="0" hidden {}
                }
                button.plain.cancel type="button" { (say!(language, "drive-up-cancel")) }
                button.plain.again type="button" hidden { (say!(language, "drive-up-again")) }
                a.button.plain.open hidden { (say!(language, "drive-up-open")) }
            }
            div.row.wrap.asks-what hidden {
                button type="button" data-answer="replace" { (say!(language, "drive-up-replace")) }
                button.plain type="button" data-answer="both" { (say!(language, "drive-up-both")) }
                button.plain type="button" data-answer="skip" { (say!(language, "drive-up-skip")) }
                label.check {
                    input type="checkbox";
                    span { (say!(language, "drive-up-every")) }
                }
            }
        }
    }
}

/// The script that only pages of folders have.
pub(crate) fn script() -> Markup {
    html! { script src={ "/static/" (names().drive) } defer {} }
}
