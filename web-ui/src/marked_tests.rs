#![allow(clippy::unwrap_used)]
use super::*;
use crate::values::Person;

fn html(text: &str) -> String {
    marked(text, Reading::default()).0
}

#[test]
fn marks_show() {
    let cases = [
        ("plain & <simple>", "plain &amp; &lt;simple&gt;"),
        (
            "*a* **b** `c*d*`",
            "<em>a</em> <strong>b</strong> <code>c*d*</code>",
        ),
        (
            "_a_ snake_case_word 2*3*4",
            "<em>a</em> snake_case_word 2<em>3</em>4",
        ),
        (
            "one\ntwo  \n  three\n\n\nfour",
            "one\ntwo\n  three\n\n\nfour",
        ),
        (
            "# Soup\nfor *all*",
            "<strong>Soup</strong>\nfor <em>all</em>",
        ),
        ("Soup\n====\nHot\n---\n***", "Soup\n====\nHot\n---\n***"),
        (
            "Buy:\n- milk\n- *bread*\n\nsoon",
            "Buy:<ul><li>milk</li><li><em>bread</em></li></ul>soon",
        ),
        ("3. c\n4. d", "<ol start=\"3\"><li>c</li><li>d</li></ol>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        (
            "> she said\n> so\n\nyes",
            "<blockquote>she said\nso</blockquote>yes",
        ),
        ("> one\n>\n> two", "<blockquote>one\n\ntwo</blockquote>"),
        (
            "```rust\nfn *a*() {\n\n  1 < 2\n}\n```",
            "<pre><code>fn *a*() {\n\n  1 &lt; 2\n}</code></pre>",
        ),
        (
            "a\n\n    indented *b*\n    c",
            "a\n\n    indented *b*\n    c",
        ),
        (
            "&lt;b&gt; &amp; \\*no\\*",
            "&amp;lt;b&amp;gt; &amp;amp; *no*",
        ),
        (
            "[1]: https://a.example\n[x][1]",
            "[1]: <a href=\"https://a.example\" rel=\"nofollow noopener noreferrer ugc\" dir=\"ltr\">https://a.example</a>\n[x][1]",
        ),
        ("--\nBob", "--\nBob"),
        ("", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(html(text), expected, "{text:?}");
    }
}

/// A link to elsewhere, as it is written.
fn away(address: &str, words: &str, place: &str) -> String {
    let place = match place {
        "" => String::new(),
        place => format!(" <span class=\"whereto\" dir=\"ltr\">({place})</span>"),
    };
    format!("<a href=\"{address}\" rel=\"{AWAY}\" title=\"{address}\">{words}</a>{place}")
}

#[test]
fn links_say_where_they_lead() {
    let e = "https://e.example/x_y_*z*";
    let cases = [
        (
            format!("[my *page*]({e})"),
            away(e, "my <em>page</em>", "e.example"),
        ),
        (format!("[{e}]({e} \"title\")"), away(e, e, "")),
        (format!("<{e}>"), away(e, e, "")),
        (format!("[]({e})"), away(e, e, "")),
        (
            "[e.example](https://e.example/)".into(),
            away("https://e.example/", "e.example", ""),
        ),
        (
            "![a cat](https://e.example/c.png)".into(),
            away("https://e.example/c.png", "a cat", "e.example"),
        ),
        (
            "[![a](https://a.example/)](https://b.example/)".into(),
            away("https://b.example/", "a", "b.example"),
        ),
        (
            "[write](mailto:bob@e.example)".into(),
            away("mailto:bob@e.example", "write", "bob@e.example"),
        ),
        (
            "[g](gemini://e.example/)".into(),
            away("gemini://e.example/", "g", "e.example"),
        ),
        (
            "[a #tag @x](https://e.example)".into(),
            away("https://e.example", "a #tag @x", "e.example"),
        ),
        (
            "[https://bank.example](https://e.example/)".into(),
            away("https://e.example/", "https://bank.example", "e.example"),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(html(&text), expected, "{text}");
    }
}

#[test]
fn what_may_not_be_linked_shows_as_typed() {
    for text in [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "![x](data:text/html,hi)",
        "[x](/sign-out)",
        "[x](//e.example/)",
        "[x]()",
        "[x](https://bank.example@e.example/)",
        "[x](file:///etc/passwd)",
        "[x](https://\u{202e}e.example)",
        "[x](mailto:a@b.example?cc=c@d.example)",
        "<b onclick='x()'>bold</b>",
        "<javascript:alert(1)>",
        "<script>alert(1)</script>",
        "<!-- hidden -->",
        "&#60;img&#62;",
    ] {
        let html = html(text);
        assert!(!html.contains("<a"), "{html}");
        let shown = html.replace("&lt;", "<").replace("&gt;", ">");
        assert_eq!(shown.replace("&amp;", "&"), text);
    }
}

#[test]
fn addresses_and_tags_keep_their_letters() {
    let e = "https://e.example/_a_/b*c*_d";
    let link = format!("<a href=\"{e}\" rel=\"{AWAY}\" dir=\"ltr\">{e}</a>");
    assert_eq!(
        html(&format!("*see* {e}, *{e}*")),
        format!("<em>see</em> {link}, <em>{link}</em>")
    );
    assert_eq!(
        tags("#_a_b_ `#code` \\#no **#soup** #rust_lang_\n```\n#no\n```"),
        ["_a_b_", "soup", "rust_lang_"]
    );
    assert!(html("`https://e.example/`").starts_with("<code>https://"));
    assert!(html("\\#no").starts_with("#no"));
}

#[test]
fn people_show_by_name() {
    let key = format!("hearth1{}", "q".repeat(52));
    let bob = Person {
        identity: key.clone(),
        name: "Bob *<b>*".into(),
        picture: None,
    };
    let reading = Reading {
        people: &[bob],
        is_public: false,
    };
    let text = format!("**@{key}**: `@{key}`");
    let (html, bare) = (marked(&text, reading).0, words(&text, reading));
    assert!(
        html.contains(&format!(
            " href=\"/person/{key}\" title=\"{key}\">@<bdi>Bob *&lt;b&gt;*</bdi></a>"
        )),
        "{html}"
    );
    assert!(html.contains("<strong><a class=\"mention tone-"), "{html}");
    assert!(html.ends_with(&format!("<code>@{key}</code>")), "{html}");
    assert_eq!(bare, format!("@Bob *<b>*: @{key}"));
    let visitors = Reading {
        is_public: true,
        ..reading
    };
    let html = marked(&format!("{text} #tag"), visitors).0;
    assert!(!html.contains("href") && html.contains("Bob"), "{html}");
    let unknown = marked(&text, Reading::default()).0;
    assert!(
        unknown.contains("<bdi>hearth1qqqqq…qqqq</bdi>"),
        "{unknown}"
    );
}

#[test]
fn bare_words_have_no_marks() {
    let text =
        "# Soup\n- *one*\n- [two](https://e.example)\n\n> `three` https://e.example/_x_ &amp;";
    assert_eq!(
        words(text, Reading::default()),
        "Soup\none\ntwo\nthree https://e.example/_x_ &amp;\n"
    );
}

/// Numbers that look random and are the same each time (Knuth's constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % count
    }
}

const SCRAPS: &[&str] = &[
    "*",
    "**",
    "_",
    "`",
    "```",
    "~~~",
    "\n",
    "\n\n",
    " ",
    "    ",
    "\t",
    "> ",
    "- ",
    "1. ",
    "# ",
    "---",
    "===",
    "[",
    "](",
    ")",
    "!",
    "<",
    ">",
    "&",
    "&amp;",
    "&#0;",
    "\\",
    "\"",
    "'",
    "https://e.example/_",
    "http://",
    "javascript:",
    "<https://",
    "<script>",
    "</div>",
    "<!--",
    "]]>",
    "[a](b)",
    "[1]: x",
    "#tag_",
    "@hearth1",
    "word",
    "é",
    "東京",
    "\u{202e}",
    "\u{0}",
    "\r\n",
    "\u{a0}",
    "👨‍👩‍👧",
];

/// Names of the elements in HTML, having checked that they are nested well.
fn elements(html: &str) -> HashSet<String> {
    let (mut found, mut open) = (HashSet::new(), Vec::new());
    for part in html.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect(html);
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop().as_deref(), Some(name), "{html}"),
            None => {
                let name = tag.split(' ').next().unwrap().to_owned();
                if name == "a" {
                    let is_ours =
                        tag.contains("href=\"/person/") || tag.contains("href=\"/search?q=%23");
                    assert!(is_ours || tag.contains(AWAY), "{html}");
                }
                found.insert(name.clone());
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{html}");
    found
}

#[test]
fn whatever_is_written_only_our_elements_come_out() {
    let ours = [
        "a",
        "bdi",
        "blockquote",
        "code",
        "em",
        "li",
        "ol",
        "pre",
        "span",
        "strong",
        "ul",
    ];
    let mut dice = Dice(7);
    for _ in 0..4_000 {
        let count = 1 + dice.below(24);
        let text: String = (0..count)
            .map(|_| SCRAPS[dice.below(SCRAPS.len())])
            .collect();
        let raw = written(&text, Reading::default());
        let html = html(&text);
        let names = elements(&html);
        assert!(
            names.iter().all(|name| ours.contains(&name.as_str())),
            "{text:?}: {html}"
        );
        // What was written is right already: the sanitiser finds nothing to take out.
        assert_eq!(elements(&raw.html), names, "{text:?}");
        // No word is lost.
        let words = ["word", "東京", "script"].into_iter();
        // The name of a language behind a fence is none.
        for word in words.filter(|_| !text.contains("```") && !text.contains("~~~")) {
            assert!(
                html.matches(word).count() >= text.matches(word).count(),
                "{text:?}: {html}"
            );
        }
    }
}

#[test]
fn hostile_texts_are_bounded() {
    let size = TEXT_BYTES_MAX;
    let long = |scrap: &str| scrap.repeat(size / scrap.len());
    let stairs: String = (0..350)
        .map(|depth| format!("{}- a\n", " ".repeat(depth)))
        .collect();
    let mut texts: Vec<String> = [
        ">",
        "> ",
        "- ",
        "* ",
        "1. ",
        "*",
        "*a",
        "_a ",
        "**a *b ",
        "`",
        "` ",
        "[",
        "![",
        "[a](",
        "](",
        "<",
        "<https:",
        "&",
        "\\",
        "#",
        "# a\n",
        "\n",
        "> a\n",
        "- a\n\n",
        "a\n===\n",
        "*a_ ",
        "[a](https://e.example) ",
        "[[a](",
        "#a ",
        "http://a.b ",
        "http://",
        "http://.",
        "http://a](",
        "(",
        "@hearth1",
        "```\n",
        " \t",
    ]
    .into_iter()
    .map(long)
    .collect();
    texts.push(stairs);
    texts.push((1..350).map(|count| "`".repeat(count) + " ").collect());
    texts.push(long("*") + &long("a*"));
    for text in texts {
        // Whatever took more than its length would be noticed here: this would never end.
        let html = html(&text);
        assert!(html.len() < 200 * size);
        let (mut depth, mut deepest) = (0_usize, 0);
        for part in html.split('<').skip(1) {
            depth = if part.starts_with('/') {
                depth - 1
            } else {
                depth + 1
            };
            deepest = deepest.max(depth);
        }
        assert!(deepest <= DEPTH_MAX + 2, "{deepest}: {:?}", &text[..16]);
    }
}
