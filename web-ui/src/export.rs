//! Taking everything away: two kinds of archive, each with a sentence on what is in it and who can read it.

use crate::form::form;
use crate::icon::{Icon, icon};
use crate::language::{say, say_html};
use crate::page::page;
use crate::values::{Screen, Shell};
use maud::html;

/// The page at `GET /export`: posts there (fields `csrf`, `kind`: `readable` or `signed`), which gives a file.
pub fn export(shell: &Shell) -> String {
    let language = shell.language;
    let kind = |kind: &str, class: &str, label: &str| {
        let fields = html! {
            input type="hidden" name="kind" value=(kind);
            button class=(class) type="submit" data-stays { (icon(Icon::Down)) (label) }
        };
        form("/export", "row end", &shell.csrf, &fields)
    };
    let check = html! { code { "hearth verify --file" } };
    let terminal = html! { code { "hearth export --readable FILE.tar" } };
    let content = html! {
        h1 { (say!(language, "export-title")) }
        p { (say!(language, "export-about")) }
        section.card {
            h2 { (say!(language, "export-readable")) }
            p { (say!(language, "export-readable-about")) }
            ul.inside {
                li { (icon(Icon::Reply)) (say!(language, "export-inside-posts")) }
                li { (icon(Icon::Photo)) (say!(language, "export-inside-photos")) }
                li { (icon(Icon::Files)) (say!(language, "export-inside-files")) }
                li { (icon(Icon::People)) (say!(language, "export-inside-people")) }
            }
            p.warns { (icon(Icon::Warning)) span { (say!(language, "export-readable-open")) } }
            (kind("readable", "", &say!(language, "export-readable-button")))
        }
        section.card {
            h2 { (say!(language, "export-signed")) }
            p { (say!(language, "export-signed-about")) }
            p.quiet { (say_html!(language, "export-signed-check", command = check)) }
            (kind("signed", "plain", &say!(language, "export-signed-button")))
        }
        p.quiet { (say_html!(language, "export-terminal", command = terminal)) }
    };
    page(
        shell,
        Screen::Profile,
        &say!(language, "export-title"),
        &content,
    )
}
