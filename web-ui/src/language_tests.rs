//! Messages and what can be said of them without looking at a page.

#![allow(clippy::unwrap_used)]

use maud::html;

use super::*;

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
