//! Bringing in what was written elsewhere: a file, a look at what is in it, for whom, and how far it is.

use crate::form::{button, form, form_with_files, hidden, problem_in};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::page::page;
use crate::problem::{ImportProblem, Reason};
use crate::time::year;
use crate::values::{Screen, Shell};
use maud::{Markup, html};

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportStage {
    /// There is no file yet.
    Nothing,
    /// A file is being looked at.
    Looking,
    /// This is in it.
    Seen {
        /// How many posts.
        posts: u64,
        /// How many of them are here already.
        here: u64,
        /// The earliest and the latest time, in milliseconds since 1970.
        times_ms: (u64, u64),
    },
    /// It is being brought in.
    Running {
        /// How many are done.
        done: u64,
        /// How many there are; 0 where that isn't known.
        posts: u64,
    },
    /// All of it is in.
    Done {
        /// How many came in.
        imported: u64,
        /// How many were here already.
        skipped: u64,
    },
    /// It isn't a file of posts.
    Wrong(ImportProblem),
    /// It ended before all was in, and can go on.
    Interrupted(Reason),
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportPage {
    /// What the file is called.
    pub name: String,
    /// Which file it is: forms about it carry this.
    pub turn: u64,
    /// Whether a form was sent that was about another file.
    pub is_other: bool,
    /// How far it is.
    pub stage: ImportStage,
}

/// The page at `GET /import`: posts there (fields `csrf`, `file`), to `/import/begin` (`csrf`, `turn`, `audience`: `private`,
/// `friends` or `public`) and to `/import/discard` (`csrf`, `turn`). While something is under way its script asks for it again.
pub fn import(shell: &Shell, import: &ImportPage) -> String {
    let language = shell.language;
    let content = html! {
        h1 { (say!(language, "import-title")) }
        @if import.is_other {
            p.notice.problem role="alert" { (say!(language, "import-other")) }
        }
        @match &import.stage {
            ImportStage::Nothing => (choose(shell, None)),
            ImportStage::Wrong(why) => (choose(shell, Some(why))),
            ImportStage::Looking => (under_way(language, &say!(language, "import-looking", name = &import.name), None)),
            ImportStage::Running { done, posts } => {
                (under_way(language, &say!(language, "import-running", done = *done, posts = *posts), Some((*done, *posts))))
            },
            ImportStage::Seen { posts, here, times_ms } => (seen(shell, import, (*posts, *here), *times_ms)),
            ImportStage::Interrupted(why) => (interrupted(shell, import.turn, why)),
            ImportStage::Done { imported, skipped } => (over(shell, import.turn, (*imported, *skipped))),
        }
    };
    page(
        shell,
        Screen::Profile,
        &say!(language, "import-title"),
        &content,
    )
}

fn choose(shell: &Shell, problem: Option<&ImportProblem>) -> Markup {
    let language = shell.language;
    let wrong = problem.map(|_| "import-problem");
    let lang = problem.and_then(|problem| problem.lang(language));
    let words = problem.map(|problem| problem.words(language));
    let fields = html! {
        label for="file" { (say!(language, "import-file")) }
        input #file type="file" name="file" required accept=".jsonl,.ndjson,.json,application/x-ndjson,application/json"
            aria-describedby=[wrong] aria-invalid=[wrong.map(|_| "true")];
        (problem_in(lang, "import-problem", words.as_deref()))
        div.row.end { button type="submit" { (icon(Icon::Up)) (say!(language, "import-look")) } }
    };
    let line = r#"{"time_ms": 1577880324097, "text": "Happy new year!"}"#;
    let terminal = html! { code { "hearth import posts FILE.jsonl" } };
    html! {
        p { (say!(language, "import-about")) }
        (form_with_files("/import", "card", &shell.csrf, &fields))
        section.card {
            details {
                summary { (say!(language, "import-which")) }
                p { (say!(language, "import-format")) }
                pre dir="ltr" { (line) }
                p.quiet { (say!(language, "import-own")) }
                p.quiet { (say_html!(language, "import-terminal", command = terminal)) }
            }
        }
    }
}

/// Something that goes on by itself; without scripts, a link looks again.
fn under_way(language: Language, said: &str, share: Option<(u64, u64)>) -> Markup {
    html! {
        section.card data-until-done {
            p.said-large role="status" { (said) }
            @match share {
                Some((done, all)) if all > 0 => progress aria-label=(said) value=(done.min(all)) max=(all) {},
                _ => progress aria-label=(said) {},
            }
            p.quiet { (say!(language, "import-meanwhile")) }
            p { a href="/import" { (say!(language, "import-again")) } }
        }
    }
}

/// What is found, in a sentence: "312 posts from 2014–2021, 40 of them already here".
fn found(language: Language, (posts, here): (u64, u64), (first, last): (u64, u64)) -> String {
    let (from, to) = (year(first), year(last));
    let years = if from == to {
        from.to_string()
    } else {
        format!("{from}–{to}")
    };
    let found = say!(language, "import-found", posts = posts, years = years);
    match here {
        0 => found.into_owned(),
        here if here == posts => {
            format!("{found} {}", say!(language, "import-all-here"))
        }
        here => format!(
            "{found} {}",
            say!(language, "import-some-here", here = here)
        ),
    }
}

fn discard(shell: &Shell, turn: u64, label: &Markup) -> Markup {
    let turn = [("turn", &*turn.to_string())];
    button("/import/discard", &shell.csrf, &turn, "plain", label)
}

fn seen(shell: &Shell, import: &ImportPage, counts: (u64, u64), times_ms: (u64, u64)) -> Markup {
    let language = shell.language;
    let (posts, here) = counts;
    let fields = html! {
        (hidden(&[("turn", &import.turn.to_string())]))
        (audiences(language))
        div.row.wrap.end {
            button type="submit" { (say!(language, "import-begin", count = posts.saturating_sub(here))) }
        }
    };
    html! {
        section.card {
            p.quiet { bdi dir="auto" { (import.name) } }
            p.said-large { (found(language, counts, times_ms)) }
            @if posts > here { (form("/import/begin", "", &shell.csrf, &fields)) }
            (discard(shell, import.turn, &html! { (say!(language, "import-discard")) }))
        }
    }
}

/// For whom; never for everybody unless somebody says so.
fn audiences(language: Language) -> Markup {
    let kinds = [
        (
            "private",
            say!(language, "import-private"),
            say!(language, "import-private-about"),
        ),
        (
            "friends",
            say!(language, "import-friends"),
            say!(language, "import-friends-about"),
        ),
        (
            "public",
            say!(language, "import-public"),
            say!(language, "import-public-about"),
        ),
    ];
    html! {
        fieldset {
            legend { (say!(language, "import-for-whom")) }
            @for (value, name, about) in kinds {
                label.check {
                    input type="radio" name="audience" value=(value) required checked[value == "private"];
                    span { (name) span.under.wrap { (about) } }
                }
            }
        }
    }
}

fn interrupted(shell: &Shell, turn: u64, why: &Reason) -> Markup {
    let language = shell.language;
    let fields = html! {
        (hidden(&[("turn", &turn.to_string())]))
        (audiences(language))
        div.row.wrap.end { button type="submit" { (say!(language, "import-go-on")) } }
    };
    html! {
        section.card {
            (why.notice(language, None))
            p { (say!(language, "import-interrupted")) }
            (form("/import/begin", "", &shell.csrf, &fields))
            (discard(shell, turn, &html! { (say!(language, "import-discard")) }))
        }
    }
}

fn over(shell: &Shell, turn: u64, (imported, skipped): (u64, u64)) -> Markup {
    let language = shell.language;
    html! {
        section.card {
            p.notice.good role="status" { (say!(language, "import-done", count = imported)) }
            @if skipped > 0 { p { (say!(language, "import-skipped", count = skipped)) } }
            div.row.wrap {
                a.button href=(crate::face::address(&shell.me)) { (say!(language, "import-see")) }
                (discard(shell, turn, &html! { (say!(language, "import-another")) }))
            }
        }
    }
}
