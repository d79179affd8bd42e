//! What the script says, in the reader's language: an attribute of the page's body, since no script and no data may stand
//! in the page itself.

use crate::language::{Language, say};
use crate::time::month_name;
use std::borrow::Cow;

/// For each plural form that our languages have, a number that takes it (CLDR's names; `Intl.PluralRules` gives them).
const FORMS: [(&str, u64); 2] = [("one", 1), ("other", 77)];

/// The script's words: a line each, `name=text`; of those that are said by number, `name.form=text`, in which `{n}`
/// stands for the number.
pub(crate) fn words(language: Language) -> String {
    let months: Vec<_> = (1..=12)
        .map(|month| month_name(language, month).into_owned())
        .collect();
    let (day, month, year) = ("{day}", "{month}", "{year}");
    let plain = [
        ("now", say!(language, "time-now")),
        ("months", months.join("|").into()),
        (
            "date",
            say!(language, "time-date", day = day, month = month),
        ),
        (
            "date-year",
            say!(
                language,
                "time-date-year",
                day = day,
                month = month,
                year = year
            ),
        ),
        ("copy", say!(language, "form-copy")),
        ("copied", say!(language, "form-copied")),
    ];
    let counted = FORMS.iter().flat_map(|(form, number)| {
        let said = counted(language, *number).into_iter();
        said.map(move |(name, text)| (format!("{name}.{form}"), with_place(&text, *number)))
    });
    let plain = plain.map(|(name, text)| (name.to_owned(), text.into_owned()));
    let lines = plain.into_iter().chain(counted);
    let lines: Vec<_> = lines.map(|(name, text)| format!("{name}={text}")).collect();
    lines.join("\n")
}

fn counted(language: Language, count: u64) -> [(&'static str, Cow<'static, str>); 8] {
    [
        ("minutes", say!(language, "time-minutes", count = count)),
        ("hours", say!(language, "time-hours", count = count)),
        ("days", say!(language, "time-days", count = count)),
        ("left", say!(language, "form-bytes-left", count = count)),
        ("over", say!(language, "form-bytes-over", count = count)),
        ("too-long", say!(language, "form-too-long", count = count)),
        ("unread", say!(language, "nav-unread", count = count)),
        ("news", say!(language, "news-count", count = count)),
    ]
}

/// The text with a place for the number; a language may also say "one" in a word.
fn with_place(text: &str, number: u64) -> String {
    text.replacen(&number.to_string(), "{n}", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_told_a_line_a_word() {
        let german = words(Language::German);
        let lines: Vec<_> = german.lines().collect();
        assert!(lines.contains(&"days.one={n}\u{a0}Tag"));
        assert!(lines.contains(&"days.other={n}\u{a0}Tage"));
        assert!(lines.contains(&"date-year={day}.\u{a0}{month} {year}"));
        for line in lines {
            let (name, text) = line.split_once('=').expect("a line has a name");
            let is_counted = name.contains('.');
            assert_eq!(is_counted, text.contains("{n}"), "{line}");
            assert!(!text.contains(|c: char| c.is_ascii_digit()), "{line}");
        }
        let named = |language| -> Vec<String> {
            let lines = words(language);
            let names = lines.lines().filter_map(|line| line.split('=').next());
            names.map(str::to_owned).collect()
        };
        assert_eq!(named(Language::English), named(Language::German));
        let script = include_str!("../static/app.js");
        for name in named(Language::English) {
            let name = name.split('.').next().expect("split gives one");
            assert!(
                script.contains(&format!("(\"{name}\"")),
                "nothing says {name}"
            );
        }
    }
}
