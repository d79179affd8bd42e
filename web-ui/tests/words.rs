//! Messages and the pages that say them fit together.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser::parse;
use hearth_web_ui::Language;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What varies in a message.
type Names = BTreeSet<String>;

fn names_in(pattern: &Pattern<&str>, found: &mut Names) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            in_expression(expression, found);
        }
    }
}

fn in_expression(expression: &Expression<&str>, found: &mut Names) {
    match expression {
        Expression::Inline(inline) => in_inline(inline, found),
        Expression::Select { selector, variants } => {
            in_inline(selector, found);
            variants
                .iter()
                .for_each(|variant| names_in(&variant.value, found));
        }
    }
}

fn in_inline(inline: &InlineExpression<&str>, found: &mut Names) {
    match inline {
        InlineExpression::VariableReference { id } => _ = found.insert(id.name.to_owned()),
        InlineExpression::Placeable { expression } => in_expression(expression, found),
        InlineExpression::FunctionReference { .. } => panic!("no functions are given"),
        _ => {}
    }
}

/// The files of a language.
fn files(language: Language) -> Vec<String> {
    let folder = root().join("words").join(language.tag());
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect()
}

/// All messages of a language, each with what varies in it.
fn messages(language: Language) -> BTreeMap<String, Names> {
    let mut messages = BTreeMap::new();
    for file in &files(language) {
        let parsed =
            parse(file.as_str()).unwrap_or_else(|(_, errors)| panic!("{errors:?} in {file}"));
        for entry in parsed.body {
            let Entry::Message(message) = entry else {
                continue;
            };
            let mut names = Names::new();
            names_in(
                &message.value.expect("every message says something"),
                &mut names,
            );
            let known = messages.insert(message.id.name.to_owned(), names);
            assert!(known.is_none(), "{} is said twice", message.id.name);
        }
    }
    messages
}

/// The sources in a folder and in those below it, but for tests: what they say is nobody's.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let below = entries.flat_map(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if path.ends_with("tests") => Vec::new(),
            true => sources(&path),
            false => vec![path],
        }
    });
    below.collect()
}

/// What the sources say: the message's id, and by what macro and with which names it is filled.
fn said() -> Vec<(String, bool, Names)> {
    let mut said = Vec::new();
    for path in sources(&root().join("src")) {
        if path.ends_with("language.rs") || path.ends_with("language_tests.rs") {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        for (html, opening) in [(false, "say!("), (true, "say_html!(")] {
            for (at, _) in source.match_indices(opening) {
                let inside = within(&source[at + opening.len()..]);
                said.push(arguments(inside, html));
            }
        }
    }
    said
}

/// Up to the bracket that closes.
fn within(text: &str) -> &str {
    let (mut depth, mut quoted, mut escaped) = (1, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' | '{' | '[' if !quoted => depth += 1,
            ')' | '}' | ']' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    panic!("a bracket isn't closed: {text}");
}

fn arguments(inside: &str, html: bool) -> (String, bool, Names) {
    let mut parts = Vec::new();
    let mut rest = inside;
    while !rest.trim().is_empty() {
        let part = top_level(rest);
        parts.push(rest[..part].trim());
        rest = rest.get(part + 1..).unwrap_or_default();
    }
    let id = parts[1].trim_matches('"').to_owned();
    let names = parts[2..].iter();
    let name = |part: &&str| part.split('=').next().unwrap().trim().to_owned();
    (id, html, names.map(name).collect())
}

/// Where the next argument begins.
fn top_level(text: &str) -> usize {
    let (mut depth, mut quoted) = (0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '(' | '{' | '[' if !quoted => depth += 1,
            ')' | '}' | ']' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

#[test]
fn pages_say_what_there_is_and_all_of_it() {
    let known = messages(Language::English);
    let mut used = BTreeSet::new();
    for (id, html, names) in said() {
        let takes = known.get(&id);
        let takes = takes.unwrap_or_else(|| panic!("there is no message {id}"));
        assert_eq!(*takes, names, "what {id} takes, and what it is given");
        assert!(!html || !names.is_empty(), "{id} has no markup in it");
        used.insert(id);
    }
    let left_over: Vec<_> = known.keys().filter(|id| !used.contains(*id)).collect();
    assert!(left_over.is_empty(), "no page says {left_over:?}");
}

#[test]
fn every_language_says_the_same_things() {
    let known = messages(Language::English);
    for language in Language::ALL {
        let messages = messages(language).into_iter();
        // What the node says in English itself; `said.rs` of its suite sees to these.
        for (id, names) in messages.filter(|(id, _)| !id.starts_with("why-")) {
            let expected = known.get(&id);
            assert_eq!(expected, Some(&names), "{id} in {}", language.own_name());
        }
    }
}

#[test]
fn german_is_complete() {
    let german = messages(Language::German);
    let lacking: Vec<_> = messages(Language::English)
        .into_keys()
        .filter(|id| !german.contains_key(id))
        .collect();
    assert!(lacking.is_empty(), "not said in German: {lacking:?}");
}

#[test]
fn every_file_of_words_is_embedded() {
    let embedding = std::fs::read_to_string(root().join("src/language.rs")).unwrap();
    for language in Language::ALL {
        let folder = root().join("words").join(language.tag());
        for file in std::fs::read_dir(folder).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let path = format!("\"../words/{}/{name}\"", language.tag());
            assert!(embedding.contains(&path), "{path} is embedded");
        }
    }
}

/// How the node gives what it says its code.
const CODED: [&str; 5] = ["said!(", "Said::new(", "::of(", " of(", "self.wrong("];

/// What the node says when something isn't done: each code, with the names of what varies.
fn reasons() -> Vec<(String, Names)> {
    let mut reasons = Vec::new();
    let mut folders = vec![root().join("../node/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                reasons_in(&std::fs::read_to_string(path).unwrap(), &mut reasons);
            }
        }
    }
    reasons
}

fn reasons_in(source: &str, reasons: &mut Vec<(String, Names)>) {
    // Comments and tests say nothing to anybody.
    let source = source.split("#[cfg(test)]").next().unwrap();
    let lines = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let source = lines.collect::<Vec<_>>().join("\n");
    for opening in CODED {
        for (at, _) in source.match_indices(opening) {
            let inside = within(&source[at + opening.len()..]);
            let Some(code) = inside.trim_start().strip_prefix('"') else {
                continue;
            };
            let code = code.split('"').next().unwrap();
            if code.is_empty() {
                continue;
            }
            let after = &source[at + opening.len() + inside.len() + 1..];
            let mut names = with_names(after);
            match opening {
                // After the code and the English words.
                "said!(" => names.extend(arguments(inside, false).2),
                " of(" => names.extend(defined(&source[..at], "let of = ", ";\n")),
                "self.wrong(" => names.extend(defined(&source, "fn wrong(", "\n    }")),
                _ => {}
            }
            reasons.push((code.to_owned(), names));
        }
    }
}

/// The names that what is defined so gives.
fn defined(source: &str, beginning: &str, end: &str) -> Names {
    let from = source.rfind(beginning).expect("it is defined");
    let body = source[from..].split(end).next().unwrap();
    let givings = body.split(".with(").skip(1);
    givings
        .map(|giving| giving.split('"').nth(1).unwrap().to_owned())
        .collect()
}

/// The names in each `.with("NAME", …)` that follows at once.
fn with_names(text: &str) -> Names {
    let (mut names, mut rest) = (Names::new(), text);
    while let Some(args) = rest.trim_start().strip_prefix(".with(") {
        let inside = within(args);
        names.insert(inside.split('"').nth(1).unwrap().to_owned());
        rest = &args[inside.len() + 1..];
    }
    names
}

#[test]
fn whatever_the_node_says_is_said_in_every_language() {
    let reasons = reasons();
    assert!(reasons.len() > 200, "{}", reasons.len());
    for language in Language::ALL
        .into_iter()
        .filter(|it| *it != Language::English)
    {
        let known = messages(language);
        let mut left_over: BTreeSet<&str> = (known.keys())
            .filter_map(|id| id.strip_prefix("why-"))
            .collect();
        for (code, names) in &reasons {
            let takes = known.get(&format!("why-{code}"));
            let takes = takes.unwrap_or_else(|| panic!("{code} isn't said in {language:?}"));
            assert!(takes.is_subset(names), "{code}: {takes:?} of {names:?}");
            left_over.remove(code.as_str());
        }
        assert!(left_over.is_empty(), "nobody says {left_over:?}");
    }
}

/// Days that are never said as a time ago.
const DAYS: [&str; 3] = ["invite-ends-on", "readable-made", "search-back-to"];

#[test]
fn times_stand_where_a_date_reads_as_well_as_five_minutes() {
    for language in Language::ALL {
        for line in files(language).iter().flat_map(|file| file.lines()) {
            if DAYS.iter().any(|day| line.starts_with(day)) {
                continue;
            }
            for name in ["date", "when", "since", "made"] {
                for (at, _) in line.match_indices(&format!("{{ ${name} }}")) {
                    let before = &line[..at];
                    let is_apart = [": ", "(", ", ", "= "];
                    assert!(is_apart.iter().any(|end| before.ends_with(end)), "{line}");
                }
            }
        }
    }
}
