//! Messages and the pages that say them fit together.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser::parse;
use maud::html;

use super::*;

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

/// All messages of a language, each with what varies in it.
fn messages(files: &[&str]) -> BTreeMap<String, Names> {
    let mut messages = BTreeMap::new();
    for file in files {
        let parsed = parse(*file).unwrap_or_else(|(_, errors)| panic!("{errors:?} in {file}"));
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
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in std::fs::read_dir(sources).unwrap() {
        let path = file.unwrap().path();
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
    let known = messages(ENGLISH);
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
    let known = messages(ENGLISH);
    for (id, names) in messages(GERMAN) {
        assert_eq!(
            known.get(&id),
            Some(&names),
            "{id} in German and in English"
        );
    }
    let words = GERMAN_WORDS.plain.len();
    assert!(words > 0, "a second language is begun");
}

#[test]
fn browsers_get_what_they_ask_for() {
    let cases = [
        ("de", Language::German),
        ("de-AT,de;q=0.9,en;q=0.8", Language::German),
        ("fr, en-GB;q=0.8, de;q=0.1", Language::English),
        ("de;q=0, en", Language::English),
        ("tlh", Language::English),
        ("", Language::English),
        (";;,,q=", Language::English),
    ];
    for (accept, language) in cases {
        assert_eq!(Language::preferred(accept), language, "{accept}");
    }
}

#[test]
fn what_people_are_called_stays_text() {
    let link = || html! { a href="/people" { "<here>" } };
    let said = say_html!(Language::English, "rail-nobody", follow = link());
    assert_eq!(
        said.into_string(),
        "Nobody yet. <a href=\"/people\">&lt;here&gt;</a> and they appear here."
    );
    let naughty = format!("<b>{MARK}\" & {{ $x }}");
    let said = say_html!(Language::English, "rail-nobody", follow = naughty.as_str());
    assert!(said.into_string().contains("&lt;b&gt;&quot; &amp; { $x }"));
    for count in [0_u64, 1, 2] {
        let said = say!(Language::English, "nav-waiting", count = count);
        assert_eq!(said.contains("waits"), count == 1);
    }
}
