//! What visitors without an account see: public posts, and no trace of anything else.

use crate::browser::{Answer, Browser};
use crate::harness::{Home, Node};

/// Asks as somebody from the world would, by the name that the server was given.
fn ask(node: &Node<'_>, host: &str, path: &str, more: &[(&str, &str)]) -> Answer {
    let mut headers = vec![("host", host)];
    headers.extend(more);
    Browser::of(node).request("GET", path, &headers, "")
}

#[test]
fn visitors_see_what_is_public_and_nothing_else() {
    let home = Home::new("Alice");
    let node = home.up_with(&[
        "--http",
        "127.0.0.1:0",
        "--public-url",
        "https://alice.example",
    ]);
    home.ask(&[
        "profile",
        "--name",
        "Alice B.",
        "--bio",
        "Radios <b>& gardens</b>",
    ]);
    let shown = home.ask_text(
        &[
            "post",
            "--public",
            "First light on the ridge, see https://a.example/?x=1&y=2",
        ],
        "id",
    );
    home.ask(&["post", "--public", "--warning", "Spiders", "Eight legs"]);
    let hidden = home.ask_text(&["post", "The key lies under the stone"], "id");
    let private = home.ask_text(&["post", "--private", "Call the doctor"], "id");
    let visitor = Browser::of(&node);

    let page = visitor.get("/@alice-b");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("First light on the ridge") && page.body.contains("Alice B."));
    assert!(page.body.contains("Radios &lt;b&gt;&amp; gardens"));
    for secret in ["stone", "doctor", hidden.as_str(), private.as_str()] {
        assert!(!page.body.contains(secret), "{secret}");
    }
    assert!(
        page.body
            .contains("<summary><bdi dir=\"auto\">Spiders</bdi></summary>")
    );
    assert!(page.body.contains("property=\"og:title\"") && page.body.contains("noindex"));
    assert!(page.body.contains("https://alice.example/@alice-b"));
    assert!(!page.body.contains("<script"), "a visitor needs none");
    assert_eq!(page.header("cache-control"), "public, max-age=60");
    assert!(!page.headers.contains_key("set-cookie"));

    // The same under the key, with the sign escaped, and for the owner.
    let key = home.identity();
    for path in [format!("/@{key}"), "/%40alice-b".into(), "/@Alice-B".into()] {
        assert_eq!(visitor.get(&path).body.len(), page.body.len(), "{path}");
    }
    let owner = Browser::signed_in(&node, &home.ask_text(&["open"], "web"));
    assert_eq!(owner.page("/@alice-b").len(), page.body.len());

    let one = visitor.get(&format!("/@alice-b/{shown}"));
    assert!(one.status == 200 && one.body.contains("content=\"article\""));
    for missing in [
        format!("/@alice-b/{hidden}"),
        format!("/@alice-b/{private}"),
        "/@alice-b/00".into(),
        "/@bob".into(),
        "/@".into(),
        "/@alice-b/feed.atom/x".into(),
    ] {
        let answer = visitor.get(&missing);
        assert_eq!(answer.status, 404, "{missing}");
        assert!(!answer.body.contains("stone") && !answer.body.contains("doctor"));
    }

    let feed = visitor.get("/@alice-b/feed.atom");
    assert!(
        feed.header("content-type")
            .starts_with("application/atom+xml")
    );
    assert!(feed.body.contains("First light on the ridge") && !feed.body.contains("stone"));
    assert!(
        feed.body
            .contains(&format!("<id>hearth:{key}#{shown}</id>"))
    );

    // Who has it already isn't sent it again.
    let tag = feed.header("etag").to_owned();
    let again = ask(
        &node,
        "alice.example",
        "/@alice-b/feed.atom",
        &[("if-none-match", &tag)],
    );
    assert_eq!((again.status, again.body.as_str()), (304, ""));

    home.ask(&["delete", &shown]);
    assert!(
        !visitor
            .get("/@alice-b/feed.atom")
            .body
            .contains("First light")
    );
    assert_eq!(visitor.get(&format!("/@alice-b/{shown}")).status, 404);
}

#[test]
fn who_does_not_want_to_be_seen_is_not() {
    let home = Home::new("Alice");
    let node = home.up();
    home.ask(&["post", "--public", "Hello, world"]);
    let visitor = Browser::of(&node);
    assert_eq!(
        visitor.get("/robots.txt").body,
        "User-agent: *\nDisallow: /\n"
    );
    home.ask(&["settings", "public.index", "on"]);
    assert!(visitor.get("/robots.txt").body.contains("Allow: /@"));
    let page = visitor.get("/@alice");
    assert!(page.status == 200 && !page.body.contains("noindex"));
    home.ask(&["settings", "public.page", "off"]);
    assert_eq!(visitor.get("/@alice").status, 404);
    assert_eq!(visitor.get("/@alice/feed.atom").status, 404);
    assert_eq!(
        visitor.get("/robots.txt").body,
        "User-agent: *\nDisallow: /\n"
    );
}

#[test]
fn only_the_name_that_it_was_given_is_answered() {
    let home = Home::new("Alice");
    let node = home.up_with(&[
        "--http",
        "127.0.0.1:0",
        "--public-url",
        "https://alice.example",
    ]);
    let page = format!("/@{}", home.identity());
    assert_eq!(ask(&node, "alice.example", &page, &[]).status, 200);
    assert_eq!(ask(&node, "rebound.example", &page, &[]).status, 421);
    node.stop();
    home.run(&["up", "--public-url", "alice.example/page"])
        .refused(2, "https://alice.example");
}
