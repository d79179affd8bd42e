//! Messages and the pages that say them fit together.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

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

/// What the sources say: the message's id, and by what macro and with which names it is filled.
fn said() -> Vec<(String, bool, Names)> {
    let mut said = Vec::new();
    for file in std::fs::read_dir(root().join("src")).unwrap() {
        let path = file.unwrap().path();
        // What tests say is nobody's.
        let is_tests = path.is_dir();
        if is_tests || path.ends_with("language.rs") || path.ends_with("language_tests.rs") {
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
        for (id, names) in messages(language) {
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
