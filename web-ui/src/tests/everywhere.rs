//! What holds of every page.

use super::*;

#[test]
fn naughty_strings_add_no_tag_and_no_attribute() {
    let shape = |text: &str| -> Vec<(String, Vec<String>)> {
        every_page(text)
            .values()
            .flat_map(|html| {
                tags_in(html)
                    .into_iter()
                    .map(|tag| {
                        let name = tag.split_whitespace().next().unwrap_or_default();
                        (
                            name.to_owned(),
                            attributes(tag).into_iter().map(str::to_owned).collect(),
                        )
                    })
                    .collect::<Vec<_>>()
            })
            .collect()
    };
    assert_eq!(
        shape(NAUGHTY),
        shape("harmless, as long as nothing is taken for a tag")
    );
}

#[test]
fn naughty_strings_are_shown_as_they_are() {
    let escaped = NAUGHTY
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    for (name, html) in every_page(NAUGHTY) {
        // There is nobody in it.
        let is_empty = name == "offline";
        assert!(html.contains(&escaped) || is_empty, "{name}");
        assert!(!html.contains("<script>"), "{name}");
    }
}

/// What pages may load.
const OWN: [&str; 6] = [
    "/static/",
    "/photo/",
    "/portrait/",
    "/welcome/picture?v=",
    "/files/",
    "data:image/bmp;base64,",
];

#[test]
fn no_inline_style_no_inline_script_nothing_from_elsewhere() {
    for (name, html) in every_page(NAUGHTY) {
        let tags = tags_in(&html);
        let scripts = tags.iter().filter(|tag| tag.starts_with("script"));
        for script in scripts {
            let is_ours = script.contains(" src=\"/static/") && !script.contains(" on");
            assert!(is_ours, "{name}: <{script}>");
        }
        assert!(html.contains("\" defer></script>"), "{name}");
        for tag in tags {
            for attribute in attributes(tag) {
                assert!(
                    attribute != "style" && !attribute.starts_with("on"),
                    "{name}: <{tag}>"
                );
            }
            let sources = tag.split("src=\"").nth(1);
            assert!(
                sources.is_none_or(|source| OWN.iter().any(|own| source.starts_with(own))),
                "{name}: <{tag}>"
            );
            assert!(
                !tag.starts_with("style") && !tag.starts_with("iframe"),
                "{name}: <{tag}>"
            );
        }
    }
}

#[test]
fn every_form_posts_and_carries_the_token() {
    let token = "<input type=\"hidden\" name=\"csrf\" value=\"the-token\">";
    let mut forms = 0;
    for (name, html) in every_page("Alice") {
        for form in html.split("<form").skip(1) {
            let form = form.split_once("</form>").unwrap().0;
            let (head, content) = form.split_once('>').unwrap();
            if head.contains("method=\"get\" action=\"/search\"") {
                // It changes nothing.
                continue;
            }
            assert!(
                head.contains("method=\"post\"") && head.contains("action=\"/"),
                "{name}: {head}"
            );
            // Who isn't signed in has no token yet.
            let is_entry = head.contains("action=\"/sign-in/");
            assert!(is_entry || content.starts_with(token), "{name}: {form}");
            forms += 1;
        }
    }
    assert!(forms > 30, "only {forms} forms were looked at");
}

#[test]
fn every_page_has_one_heading_one_main_and_a_language() {
    for (name, html) in every_page("Alice") {
        for once in [
            "<html lang=\"en\">",
            "<h1",
            "<main",
            " · Hearth</title>",
            "<meta name=\"viewport\"",
        ] {
            assert_eq!(html.matches(once).count(), 1, "{name}: {once}");
        }
        let signed_out = ["sign in", "error", "offline"].contains(&name.as_str())
            || name.starts_with("first run");
        assert_eq!(
            html.contains("<nav aria-label=\"Main\">"),
            !signed_out,
            "{name}"
        );
        assert_eq!(
            html.contains("class=\"skip\" href=\"#main\""),
            !signed_out,
            "{name}"
        );
    }
}

#[test]
fn every_field_has_a_label() {
    for (name, html) in every_page("Alice") {
        let fields = tags_in(&html).into_iter().filter(|tag| {
            let field = ["input ", "textarea ", "select "]
                .iter()
                .any(|start| tag.starts_with(start));
            // What only programs fill in is read out to nobody.
            let is_seen = !tag.contains("type=\"hidden\"") && !tag.contains("aria-hidden=\"true\"");
            field && is_seen
        });
        for field in fields {
            if html.contains(&format!("<label class=\"check\"><{field}>")) {
                continue;
            }
            let id = field
                .split("id=\"")
                .nth(1)
                .unwrap_or_else(|| panic!("{name}: <{field}>"))
                .split('"')
                .next()
                .unwrap();
            assert!(html.contains(&format!("for=\"{id}\"")), "{name}: <{field}>");
        }
    }
}

#[test]
fn every_post_shows_its_audience() {
    for audience in audiences("Alice") {
        let words = audience.words(Language::English).into_owned();
        let post = Post {
            audience,
            ..a_post("Bob")
        };
        let html = posts_fragment(&bare(), &[post]);
        let badge = html.split("class=\"audience ").nth(1).unwrap();
        assert!(badge.contains("<svg") && badge.contains(&words), "{words}");
    }
    for (name, html) in every_page("Alice") {
        for article in html.split("<article").skip(1) {
            let article = article.split_once("</article>").unwrap().0;
            assert!(article.contains("class=\"audience kind-"), "{name}");
        }
    }
}

#[test]
fn whoever_writes_sees_who_will_read() {
    let mut boxes = 0;
    for (name, html) in every_page("Alice") {
        for form in html.split("class=\"card writing\"").skip(1) {
            let form = form.split_once("</form>").unwrap().0;
            let chosen =
                form.contains("<select id=\"audience\"") && form.matches(" selected").count() == 1;
            let given = form.contains("class=\"audience kind-") && form.contains("said only");
            assert!(chosen != given, "{name}: {form}");
            boxes += 1;
        }
    }
    assert!(boxes > 5, "only {boxes} boxes were looked at");
}

#[test]
fn what_the_script_keeps_fresh_has_a_place_for_news() {
    let pages = every_page("x");
    for (name, html) in &pages {
        let live = html.contains("data-watch") || html.contains("data-live");
        assert_eq!(live, html.contains("id=\"news\""), "{name}");
        let starts = ["person", "space "]
            .iter()
            .any(|start| name.starts_with(start));
        let expected = starts || ["thread", "home"].contains(&name.as_str());
        assert_eq!(live, expected || name == "home without posts", "{name}");
    }
}

#[test]
fn linked_assets_exist_under_their_hash() {
    let html = sign_in(&SignInPage::default());
    let links: Vec<&str> = html
        .split("\"/static/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(links.len(), 7);
    for name in links {
        let found = asset(name).unwrap();
        let hash = name.split('.').nth(1).unwrap();
        assert!(
            hash.len() == 16 && blake3::hash(found.bytes).to_hex().starts_with(hash),
            "{name}"
        );
    }
    assert_eq!(asset("icon.svg").unwrap().content_type, "image/svg+xml");
    for unknown in [
        "",
        "style.css",
        "app.js",
        "../Cargo.toml",
        "style.0000000000000000.css",
    ] {
        assert_eq!(asset(unknown), None, "{unknown}");
    }
}
