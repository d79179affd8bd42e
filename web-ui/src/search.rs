//! Looking for posts, people and files.

use crate::audience::badge;
use crate::bytes::bytes;
use crate::face::{self, Size, address, face};
use crate::form::problem;
use crate::icon::{Icon, icon};
use crate::language::say;
use crate::page::page;
use crate::photos;
use crate::post::thread_address;
use crate::problem::Reason;
use crate::text::segment;
use crate::time::{day, stamp};
use crate::values::{Person, Post, Screen, Shell};
use maud::{Markup, html};
use std::ops::Range;

/// Of a long text, so many characters before the first place that was looked for are shown,
const BEFORE_CHARS: usize = 80;
/// and so many in all.
const EXCERPT_CHARS: usize = 420;

/// A post that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPost {
    /// The post.
    pub post: Post,
    /// Where in its text is what was looked for: ranges of bytes, ascending.
    pub marks: Vec<Range<usize>>,
}

/// A file or folder that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Where it is, as it is shown.
    pub path: String,
    /// The page that shows it.
    pub href: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// A file's length.
    pub bytes: u64,
}

/// What the page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchPage {
    /// What was typed; nothing: the page before anything is looked for.
    pub query: String,
    /// What is wrong with it.
    pub problem: Option<Reason>,
    /// Posts, the newest first.
    pub posts: Vec<FoundPost>,
    /// People of such a name.
    pub people: Vec<Person>,
    /// Files of such a name.
    pub files: Vec<FoundFile>,
    /// What `?before=` says to look further, if there may be more.
    pub next: Option<String>,
    /// Back to when posts were looked at, in milliseconds since 1970, UTC, if time didn't suffice.
    pub back_to_ms: Option<u64>,
}

/// The page at `GET /search` (`q`, `before`).
pub fn search(shell: &Shell, found: &SearchPage) -> String {
    let language = shell.language;
    let content = html! {
        h1 { (say!(language, "search-title")) }
        (field(shell, found))
        @if found.query.is_empty() {
            (hints(shell))
        } @else if found.problem.is_none() {
            @if !found.people.is_empty() { (people(shell, &found.people)) }
            @if !found.files.is_empty() { (files(shell, &found.files)) }
            @if !found.posts.is_empty() {
                div.posts { @for one in &found.posts { (post(shell, one)) } }
            }
            (ending(shell, found))
        }
    };
    page(
        shell,
        Screen::Search,
        &say!(language, "search-title"),
        &content,
    )
}

fn field(shell: &Shell, found: &SearchPage) -> Markup {
    let language = shell.language;
    html! {
        form.card.seeking method="get" action="/search" role="search" {
            label.hidden for="q" { (say!(language, "search-label")) }
            div.row {
                input #q type="search" name="q" value=(found.query) dir="auto" maxlength="1000" autocomplete="off"
                    placeholder=(say!(language, "search-label")) autofocus[found.query.is_empty()]
                    aria-describedby=[found.problem.as_ref().map(|_| "problem")];
                button type="submit" { (icon(Icon::Search)) span { (say!(language, "search-go")) } }
            }
            (problem(language, "problem", found.problem.as_ref()))
        }
    }
}

fn hints(shell: &Shell) -> Markup {
    let language = shell.language;
    let hints = [
        (
            say!(language, "search-typed-phrase"),
            say!(language, "search-hint-phrase"),
        ),
        (
            say!(language, "search-typed-not"),
            say!(language, "search-hint-not"),
        ),
        (
            say!(language, "search-typed-tag"),
            say!(language, "search-hint-tag"),
        ),
        (
            say!(language, "search-typed-from"),
            say!(language, "search-hint-from"),
        ),
        (
            say!(language, "search-typed-in"),
            say!(language, "search-hint-in"),
        ),
        ("is:mine".into(), say!(language, "search-hint-mine")),
        ("has:link".into(), say!(language, "search-hint-link")),
        ("has:photo".into(), say!(language, "search-hint-photo")),
        ("after:2026-05".into(), say!(language, "search-hint-after")),
        ("before:2026".into(), say!(language, "search-hint-before")),
    ];
    html! {
        section.card.hints {
            p { (say!(language, "search-hint")) }
            dl {
                @for (typed, means) in hints {
                    div { dt { code { (typed) } } dd { (means) } }
                }
            }
        }
    }
}

fn people(shell: &Shell, people: &[Person]) -> Markup {
    html! {
        section.card {
            h2 { (say!(shell.language, "search-people")) }
            ul.rows {
                @for person in people {
                    li { a.row href=(address(person)) { (face(person, Size::Small)) span.grow { (face::name(person)) } } }
                }
            }
        }
    }
}

fn files(shell: &Shell, files: &[FoundFile]) -> Markup {
    let language = shell.language;
    html! {
        section.card {
            h2 { (say!(shell.language, "search-files")) }
            ul.rows {
                @for file in files {
                    li {
                        a.row href=(file.href) {
                            (icon(if file.is_folder { Icon::Files } else { Icon::File }))
                            bdi.grow.name dir="auto" { (file.path) }
                            @if !file.is_folder { span.quiet { (bytes(language, file.bytes)) } }
                        }
                    }
                }
            }
        }
    }
}

fn post(shell: &Shell, found: &FoundPost) -> Markup {
    let post = &found.post;
    let said = html! {
        a.excerpt href=(thread_address(post)) dir="auto" { (excerpt(&post.text, &found.marks)) }
    };
    html! {
        article.card.post.found aria-label=(say!(shell.language, "search-post-by", name = face::display_name(&post.author))) {
            a.portrait href=(address(&post.author)) tabindex="-1" aria-hidden="true" {
                (face(&post.author, Size::Normal))
            }
            div.body {
                div.who {
                    a.name href=(address(&post.author)) { (face::name(&post.author)) }
                    span.when { a href=(thread_address(post)) { (stamp(shell.language, shell.now_ms, post.time_ms)) } }
                    (badge(shell.language, &post.audience))
                }
                (photos::behind_warning(shell.language, post.warning.as_ref(), &said))
            }
        }
    }
}

/// The part of a text around what was looked for, with that marked.
fn excerpt(text: &str, marks: &[Range<usize>]) -> Markup {
    let shown = window(text, marks.first().map_or(0, |mark| mark.start));
    let mut pieces: Vec<(&str, bool)> = Vec::new();
    let mut at = shown.start;
    for mark in marks {
        let (from, to) = (
            mark.start.clamp(at, shown.end),
            mark.end.clamp(at, shown.end),
        );
        // Ranges that don't fit the text mark nothing.
        let (Some(plain), Some(marked)) = (text.get(at..from), text.get(from..to)) else {
            continue;
        };
        pieces.push((plain, false));
        pieces.push((marked, true));
        at = to;
    }
    pieces.push((text.get(at..shown.end).unwrap_or_default(), false));
    html! {
        @if shown.start > 0 { "… " }
        @for (piece, is_marked) in pieces {
            @if piece.is_empty() {} @else if is_marked { mark { (piece) } } @else { (piece) }
        }
        @if shown.end < text.len() { " …" }
    }
}

/// What of a text is shown around `at`.
fn window(text: &str, at: usize) -> Range<usize> {
    let at = (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let start = text[..at]
        .char_indices()
        .rev()
        .take(BEFORE_CHARS)
        .last()
        .map_or(at, |(start, _)| start);
    // A short way to the beginning is shown whole.
    let start = if text[..start].chars().count() < BEFORE_CHARS {
        0
    } else {
        start
    };
    let end = text[start..]
        .char_indices()
        .nth(EXCERPT_CHARS)
        .map_or(text.len(), |(end, _)| start + end);
    start..end
}

fn ending(shell: &Shell, found: &SearchPage) -> Markup {
    let language = shell.language;
    let nothing = found.posts.is_empty() && found.people.is_empty() && found.files.is_empty();
    let further = found.next.as_ref().map(|next| {
        format!(
            "/search?q={}&before={}",
            segment(&found.query),
            segment(next)
        )
    });
    html! {
        @if let Some(back_to_ms) = found.back_to_ms {
            p.card.quiet role="status" {
                (say!(language, "search-back-to", date = day(language, back_to_ms)))
            }
        } @else if nothing {
            section.card.empty {
                h2 { (say!(language, "search-none")) }
                p { (say!(language, "search-none-hint")) }
            }
        }
        @if let Some(href) = further {
            p.paging {
                a.button.plain href=(href) {
                    @if found.back_to_ms.is_some() { (say!(language, "search-further")) } @else { (say!(language, "search-more")) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_for_is_marked_and_nothing_gets_out_of_its_element() {
        let text = "<b>Soup</b> & soup";
        let out = excerpt(text, &[3..7, 14..18]).0;
        assert_eq!(
            out,
            "&lt;b&gt;<mark>Soup</mark>&lt;/b&gt; &amp; <mark>soup</mark>"
        );
    }

    #[test]
    fn ranges_that_do_not_fit_mark_nothing_and_break_nothing() {
        let text = "éé<script>";
        for (from, to) in [(1, 3), (0, 99), (99, 100), (2, 1)] {
            let out = excerpt(
                text,
                &[Range {
                    start: from,
                    end: to,
                }],
            )
            .0;
            assert!(!out.contains("<script"), "{out}");
        }
    }

    #[test]
    fn of_a_long_text_the_part_around_the_first_mark_is_shown() {
        let text = format!("{}needle{}", "é ".repeat(2_000), " é".repeat(2_000));
        let at = text.find("needle").unwrap_or_default();
        let hit = at..at + 6;
        let out = excerpt(&text, std::slice::from_ref(&hit)).0;
        assert!(out.contains("<mark>needle</mark>"), "{out}");
        assert!(out.starts_with('…') && out.ends_with('…') && out.len() < 1_000);
        assert_eq!(excerpt("short", &[]).0, "short");
    }
}
