//! What somebody types to look for something: words, phrases, filters.

use crate::folding::Term;
use crate::said::{Said, said};

/// The longest of it, in bytes.
pub(crate) const QUERY_BYTES_MAX: usize = 1_024;
/// Words, phrases and filters of one.
const PARTS_MAX: usize = 32;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// What was typed, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) terms: Vec<Term>,
    pub(super) without: Vec<Term>,
    /// Keys and names.
    pub(super) from: Vec<String>,
    /// A space's id or name.
    pub(super) space: Option<String>,
    pub(super) has_link: bool,
    pub(super) has_photo: bool,
    pub(super) is_mine: bool,
    pub(super) from_ms: Option<u64>,
    pub(super) until_ms: Option<u64>,
}

impl Typed {
    /// Whether nothing is said of who wrote it, where and when.
    pub(super) fn is_of_names(&self) -> bool {
        !self.terms.is_empty()
            && self.from.is_empty()
            && self.space.is_none()
            && !self.has_link
            && !self.has_photo
            && !self.is_mine
            && self.from_ms.is_none()
            && self.until_ms.is_none()
    }
}

/// One part of what was typed.
struct Part<'a> {
    is_not: bool,
    /// What stands before a colon, if that is a filter's name.
    filter: Option<&'a str>,
    text: &'a str,
    is_quoted: bool,
}

const FILTERS: [&str; 6] = ["from", "in", "has", "before", "after", "is"];

/// Takes the first part off.
fn part(rest: &str) -> Option<(Part<'_>, &str)> {
    let rest = rest.trim_start();
    if rest.is_empty() {
        return None;
    }
    let (is_not, rest) = match rest.strip_prefix('-') {
        Some(after) if !after.is_empty() && !after.starts_with(char::is_whitespace) => {
            (true, after)
        }
        _ => (false, rest),
    };
    let filter = FILTERS.into_iter().find_map(|name| {
        let after = rest.strip_prefix(name)?.strip_prefix(':')?;
        Some((name, after))
    });
    let (filter, rest) = match filter {
        Some((name, after)) if !is_not => (Some(name), after),
        _ => (None, rest),
    };
    let (text, rest, is_quoted) = match rest.strip_prefix('"') {
        Some(quoted) => {
            // A quote that isn't closed goes to the end.
            let (text, rest) = quoted.split_once('"').unwrap_or((quoted, ""));
            (text, rest, true)
        }
        None => {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            (&rest[..end], &rest[end..], false)
        }
    };
    let part = Part {
        is_not,
        filter,
        text,
        is_quoted,
    };
    Some((part, rest))
}

/// Reads what was typed.
///
/// # Errors
/// What is wrong with it, and how to say it.
pub(super) fn read(text: &str) -> Result<Typed, Said> {
    if text.len() > QUERY_BYTES_MAX {
        return Err(said!(
            "search-too-long",
            "what is looked for has at most {most} bytes: take fewer words",
            most = QUERY_BYTES_MAX
        ));
    }
    let (mut typed, mut rest, mut count) = (Typed::default(), text, 0);
    while let Some((part, after)) = part(rest) {
        rest = after;
        count += 1;
        if count > PARTS_MAX {
            return Err(said!(
                "search-too-many-words",
                "at most {most} words are looked for at once: take fewer",
                most = PARTS_MAX
            ));
        }
        match part.filter {
            Some(filter) => typed.filter(filter, part.text.trim())?,
            None => {
                let term = match part.is_quoted {
                    true => Term::phrase(part.text),
                    false => Term::word(part.text),
                };
                match part.is_not {
                    true => typed.without.extend(term),
                    false => typed.terms.extend(term),
                }
            }
        }
    }
    let is_any = !typed.terms.is_empty() || typed.space.is_some() || !typed.from.is_empty();
    let is_any = is_any || typed.has_link || typed.has_photo || typed.is_mine;
    if is_any || typed.from_ms.is_some() || typed.until_ms.is_some() {
        Ok(typed)
    } else {
        Err(said!(
            "search-empty",
            "say what to look for: a word, or a filter such as from:NAME"
        ))
    }
}

impl Typed {
    fn filter(&mut self, name: &str, value: &str) -> Result<(), Said> {
        if value.is_empty() {
            return Err(said!(
                "search-filter-empty",
                "{name}: needs a word right behind it",
                name = name
            ));
        }
        match (name, value) {
            ("from", who) => self.from.push(who.to_owned()),
            ("in", space) => self.space = Some(space.to_owned()),
            ("has", "link") => self.has_link = true,
            ("has", "photo") => self.has_photo = true,
            ("has", _) => return Err(said!("search-has", "has: knows has:link and has:photo")),
            ("is", "mine") => self.is_mine = true,
            ("is", _) => return Err(said!("search-is", "is: knows one word: is:mine")),
            ("before", date) => self.until_ms = Some(day(date)?),
            (_, date) => self.from_ms = Some(day(date)?),
        }
        Ok(())
    }
}

/// When a day, month or year begins, ms since 1970.
fn day(text: &str) -> Result<u64, Said> {
    let wrong = || {
        said!(
            "search-date",
            "{text:?} is no date: write it as 2026-05-17, 2026-05 or 2026",
            text = text
        )
    };
    let mut parts = text.split('-').map(|part| {
        let is_plain = (1..=4).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_digit());
        part.parse::<u64>().ok().filter(|_| is_plain)
    });
    let mut next = |default| parts.next().unwrap_or(Some(default)).ok_or_else(wrong);
    let (year, month, day) = (next(1970)?, next(1)?, next(1)?);
    let is_date = (1970..=9999).contains(&year) && (1..=12).contains(&month);
    if !is_date || day < 1 || day > days_in(year, month) || text.split('-').count() > 3 {
        return Err(wrong());
    }
    let years: u64 = (1970..year)
        .map(|year| if is_leap(year) { 366 } else { 365 })
        .sum();
    let months: u64 = (1..month).map(|month| days_in(year, month)).sum();
    Ok((years + months + day - 1) * DAY_MS)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn words(terms: &[Term]) -> Vec<&str> {
        terms.iter().map(Term::folded).collect()
    }

    #[test]
    fn words_phrases_and_filters_are_told_apart() {
        let typed = read("Hello \"big  World\" -bad -\"very bad\" from:\"Alice B\" from:hearth1x in:Club has:link is:mine").unwrap();
        assert_eq!(words(&typed.terms), ["hello", "big world"]);
        assert_eq!(words(&typed.without), ["bad", "very bad"]);
        assert_eq!(typed.from, ["Alice B", "hearth1x"]);
        assert_eq!(typed.space.as_deref(), Some("Club"));
        assert!(typed.has_link && typed.is_mine && !typed.is_of_names());
        let typed = read("https://example.org 5:30 - \"open end").unwrap();
        assert_eq!(
            words(&typed.terms),
            ["https://example.org", "5:30", "-", "open end"]
        );
        assert!(typed.is_of_names());
    }

    #[test]
    fn dates_begin_days_months_and_years() {
        assert_eq!(day("1970"), Ok(0));
        assert_eq!(day("1970-02"), Ok(31 * DAY_MS));
        assert_eq!(day("2000-03-01"), Ok(951_868_800_000));
        assert_eq!(day("2026-11-23"), Ok(1_795_392_000_000));
        for wrong in [
            "",
            "x",
            "1969",
            "2026-13",
            "2026-02-29",
            "2026-1-1-1",
            "2026--1",
            "+2026",
            "20260",
        ] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
        let typed = read("before:2026-01-01 after:2025").unwrap();
        assert!(typed.from_ms < typed.until_ms);
    }

    #[test]
    fn what_says_nothing_is_refused_with_a_reason() {
        for wrong in [
            "",
            "  ",
            "-not",
            "from:",
            "has:cats",
            "is:there",
            "before:soon",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read(&"a ".repeat(40)).is_err());
        assert!(read(&"a".repeat(2000)).is_err());
    }

    #[test]
    fn nothing_that_is_typed_breaks_it() {
        for text in [
            "\"",
            "-",
            "--",
            "-\"",
            "from:\"",
            "\u{202e}",
            "in:\"x",
            "é\"é\"é",
            ":",
            "a:\"b c\"",
        ] {
            for (at, _) in text.char_indices() {
                let _ = read(&text[at..]);
            }
        }
    }
}
