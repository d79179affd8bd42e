//! What pages say in another language than English.

use super::*;

/// What a page says: its texts, and what attributes say.
fn said(html: &str) -> Vec<String> {
    let texts = html.split('>').filter_map(|rest| rest.split('<').next());
    let attributes = ["aria-label=\"", "placeholder=\"", "title=\"", "alt=\""];
    let attributes = attributes
        .iter()
        .flat_map(|name| html.split(name).skip(1))
        .filter_map(|rest| rest.split('"').next());
    let plain = |text: &str| {
        text.replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
            .trim()
            .to_owned()
    };
    texts.chain(attributes).map(plain).collect()
}

/// What needs no translation: names, and what is typed in terminals.
fn is_the_same_everywhere(text: &str) -> bool {
    let own_names = Language::ALL.map(Language::own_name);
    ["Hearth", "§ · Hearth", "hearth1…", "hearth:hearth1…", "hearth-device:…"].contains(&text)
        || own_names.contains(&text)
        // Filters of a search.
        || ["is:", "has:", "after:", "before:"].iter().any(|filter| text.starts_with(filter))
        || ["hearth ", "https://", "{\"time_ms\""].iter().any(|code| text.starts_with(code))
        || !text.chars().any(char::is_alphabetic)
}

#[test]
fn a_page_in_german_says_nothing_in_english() {
    // Whatever people wrote says nothing here that could be taken for a word.
    let english = every_page_in(Language::English, "§");
    let (mut words, mut untranslated) = (0, BTreeMap::new());
    let german = every_page_in(Language::German, "§");
    for (name, html) in german {
        assert!(html.contains("<html lang=\"de\">"), "{name}");
        let known = said(&english[&name]);
        let known: std::collections::BTreeSet<_> = known.iter().collect();
        for text in said(&html) {
            words += 1;
            if known.contains(&text) && !is_the_same_everywhere(&text) {
                untranslated.insert(text, name.clone());
            }
        }
    }
    // Keys have single letters; some words both languages have.
    untranslated.retain(|text, _| text.chars().count() > 1);
    for both in [
        "Admin",
        "Name",
        "Link",
        "Links",
        "Hearth · §",
        "#tag",
        "-word",
        "word",
        "Passkeys",
        "Hearth",
        "hearth1me",
        "Bob",
        "50 GB",
        "2 GiB",
    ] {
        untranslated.remove(both);
    }
    assert!(words > 1_000, "only {words} texts were looked at");
    assert!(untranslated.is_empty(), "{untranslated:#?}");
}

#[test]
fn what_the_node_says_in_english_beside_a_field_is_marked_in_german() {
    for (name, html) in every_page_in(Language::German, "§") {
        let problems = html.split("<p class=\"problem\"").skip(1);
        for problem in problems.filter(|problem| !problem.contains(" hidden>")) {
            let (opening, text) = problem.split_once('>').unwrap();
            let is_said_by_the_node = text.starts_with('§');
            assert!(
                !is_said_by_the_node || opening.contains("lang=\"en\""),
                "{name}: {opening}"
            );
        }
    }
}
