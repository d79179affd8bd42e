//! What must hold of every page, whatever people call themselves and write. Each area's file makes its pages (`pages`) of the
//! values in `samples`, and says what must hold of these alone.

#![allow(clippy::unwrap_used)]

mod backup;
mod devices;
mod drive;
mod everywhere;
mod finding;
mod own_data;
mod owning;
mod people;
mod pictures;
mod posts;
mod reading;
mod samples;
mod signing_in;
mod spaces;
mod style;
mod words;

use super::*;
use reading::*;
use samples::*;
use std::collections::BTreeMap;

/// Every page, with `text` in every field that takes one.
fn every_page(text: &str) -> BTreeMap<String, String> {
    every_page_in(Language::English, text)
}

/// The same in a language.
fn every_page_in(language: Language, text: &str) -> BTreeMap<String, String> {
    let shell = Shell {
        language,
        ..shell_of(text, Notice::Problem(text.into()))
    };
    let mut pages = BTreeMap::new();
    add(&mut pages, backup::pages(text, &shell));
    add(&mut pages, devices::pages(text, &shell));
    add(&mut pages, drive::pages(text, &shell));
    add(&mut pages, finding::pages(text, &shell));
    add(&mut pages, owning::pages(text, &shell));
    add(&mut pages, own_data::pages(text, &shell));
    add(&mut pages, people::pages(text, &shell));
    add(&mut pages, pictures::pages(text, &shell));
    add(&mut pages, posts::pages(text, &shell));
    add(&mut pages, signing_in::pages(text, &shell));
    add(&mut pages, spaces::pages(text, &shell));
    let trouble = Trouble::Missing(text.into());
    let rest = [
        ("shortcuts", shortcuts(&shell)),
        ("offline", offline(language)),
        ("error", error(language, 404, &trouble)),
    ];
    add(&mut pages, rest);
    pages
}

fn add(
    pages: &mut BTreeMap<String, String>,
    more: impl IntoIterator<Item = (impl Into<String>, String)>,
) {
    for (name, html) in more {
        let name = name.into();
        assert!(
            pages.insert(name.clone(), html).is_none(),
            "{name} stands twice"
        );
    }
}
