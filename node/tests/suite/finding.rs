//! What one is told, what one looks for, whom one talks with, what posts said before: by command line, API and page.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::harness::{Home, Node, until};

fn public(home: &Home, text: &str) -> String {
    home.ask_text(&["post", "--public", "--", text], "id")
}

fn reply(home: &Home, to: &str, text: &str) -> String {
    home.ask_text(&["post", "--public", "--reply-to", to, "--", text], "id")
}

#[track_caller]
fn befriend(one: &Home, other: &Home) {
    one.ask(&["follow", &other.link()]);
    other.ask(&["follow", &one.link()]);
    for (home, friend) in [(one, other), (other, one)] {
        until("they are friends", || {
            let following = home.ask(&["following"]);
            let mut following = following.as_array().unwrap().iter();
            let is_friend =
                |it: &Value| it["identity"] == friend.identity() && it["state"] == "friends";
            following.any(is_friend).then_some(())
        });
    }
}

/// Kinds with the first person's name, newest first.
fn told(home: &Home, args: &[&str]) -> Vec<(String, String)> {
    let told = home.ask(&[&["notifications"], args].concat());
    let items = told["items"].as_array().unwrap().iter();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    items
        .map(|one| (word(&one["kind"]), word(&one["people"][0]["name"])))
        .collect()
}

fn found(home: &Home, query: &str) -> Vec<String> {
    let found = home.ask(&["search", query]);
    let posts = found["posts"].as_array().unwrap().iter();
    posts
        .map(|post| post["text"].as_str().unwrap().to_owned())
        .collect()
}

fn browser(home: &Home, node: &Node<'_>) -> Browser {
    Browser::signed_in(node, &home.ask_text(&["open"], "web"))
}

#[test]
fn one_is_told_of_answers_mentions_reactions_and_people_and_reads_them_everywhere() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (at_alice, _at_bob) = (alice.up(), bob.up());
    befriend(&alice, &bob);
    let mine = public(&alice, "First light on the ridge");
    until("Bob has it", || {
        bob.texts(&["timeline"])
            .contains(&"First light on the ridge".to_owned())
            .then_some(())
    });
    reply(&bob, &mine, "I see it too <b>");
    public(&bob, &format!("Thank you @{}", alice.identity()));
    bob.ask(&["react", &mine, "❤"]);
    until("Alice is told of all", || {
        let mut kinds: Vec<String> = told(&alice, &[]).into_iter().map(|one| one.0).collect();
        kinds.sort();
        (kinds == ["friend", "mention", "reaction", "reply"]).then_some(())
    });
    let all = alice.ask(&["notifications"]);
    assert_eq!(all["unread"], 4);
    assert!(
        all["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["unread"] == true)
    );
    let mentions = alice.ask(&["notifications", "--only", "mentions"]);
    assert_eq!(mentions["items"].as_array().unwrap().len(), 1);
    assert_eq!(told(&bob, &[]), [("friend".to_owned(), "Alice".to_owned())]);

    let browser = browser(&alice, &at_alice);
    let page = browser.page("/notifications");
    for part in [
        "Mark all as read",
        "answered you",
        "mentioned you",
        "reacted",
        "❤",
        "are friends now",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains("I see it too &lt;b&gt;"), "{page}");
    let badge = r#"<span class="asks">"#;
    let home = browser.page("/");
    assert!(home.contains("4 unread") && home.contains(badge), "{home}");
    assert!(
        !browser
            .page("/notifications?only=replies")
            .contains("mentioned you")
    );
    let answer = browser.submit("/notifications", "/notifications/read", &[]);
    assert_eq!(answer.leads_to(), "/notifications");
    assert_eq!(alice.ask(&["notifications"])["unread"], 0);
    assert!(!browser.page("/").contains(badge));
    assert_eq!(told(&alice, &["--unread"]), []);

    // What is muted isn't told, nor what was taken back or deleted; what is said of it is kept over a rebuild.
    let before = alice.ask(&["notifications"]);
    alice.ask(&["reindex"]);
    assert_eq!(alice.ask(&["notifications"]), before);
    bob.ask(&["react", &mine, "❤", "--undo"]);
    until("the reaction is gone", || {
        told(&alice, &["--only", "reactions"])
            .is_empty()
            .then_some(())
    });
    alice.ask(&["mute", &bob.identity()]);
    assert_eq!(told(&alice, &[]), []);
    alice.ask(&["mute", &bob.identity(), "--undo"]);
    assert_eq!(told(&alice, &[]).len(), 3);

    reply(&bob, &mine, "And once more");
    until("that is new", || {
        (alice.ask(&["notifications"])["unread"] == 1).then_some(())
    });
    assert_eq!(
        alice.ask(&["notifications", "--unread", "--read"])["items"][0]["kind"],
        "reply"
    );
    assert_eq!(alice.ask(&["notifications"])["unread"], 0);
    // A reading position of notifications is none of a timeline.
    assert_eq!(alice.ask(&["read"]), json!([]));

    // A mention that an edit adds is told as well, once, and goes with the words.
    let mentions = || told(&alice, &["--only", "mentions"]).len();
    assert_eq!(mentions(), 1);
    let thanks = public(&bob, "Thanks to all");
    let named = format!("Thanks to all, and to @{}", alice.identity());
    bob.ask(&["edit", &thanks, &named]);
    until("the edit's mention is told", || {
        (mentions() == 2).then_some(())
    });
    let before = alice.ask(&["notifications"]);
    alice.ask(&["reindex"]);
    assert_eq!(alice.ask(&["notifications"]), before);
    bob.ask(&["edit", &thanks, "Thanks to all again"]);
    until("it went with the words", || (mentions() == 1).then_some(()));

    // What is said is found as it is now, with what warns of it, for whomever it is; of who is blocked nothing is.
    // A search that took long gives what it has so far.
    until("the edit is found", || {
        (found(&alice, "thanks again") == ["Thanks to all again"]).then_some(())
    });
    assert_eq!(found(&alice, "\"all, and\""), Vec::<String>::new());
    let whisper = ["post", "--to", &alice.identity(), "--warning", "a secret"];
    bob.ask(&[&whisper[..], &["--", "The ridge is ours"]].concat());
    until("it is found by what warns of it", || {
        (found(&alice, "secret") == ["The ridge is ours"]).then_some(())
    });
    let whispered = until("it is found by what it says", || {
        alice.ask(&["search", "ours"])["posts"].get(0).cloned()
    });
    assert_eq!(whispered["audience"], "direct");
    until("both are found", || {
        (found(&alice, "ridge").len() == 2).then_some(())
    });
    assert_eq!(alice.ask(&["search", "bob"])["people"][0]["name"], "Bob");
    alice.ask(&["block", &bob.identity()]);
    until("Alice's own is found", || {
        (found(&alice, "ridge") == ["First light on the ridge"]).then_some(())
    });
    assert_eq!(alice.ask(&["search", "bob"])["people"], json!([]));
}

#[test]
fn posts_people_and_files_are_found_by_what_is_said_of_them() {
    let alice = Home::new("Älice");
    let at_alice = alice.up();
    public(&alice, "The café opens on Saturday #Bakery");
    alice.ask(&[
        "post",
        "--private",
        "--",
        "Remember the bread, not the cake",
    ]);
    let third = public(&alice, "A link: https://example.org/bread");
    public(&alice, "私は東京に住んでいます");
    assert_eq!(
        found(&alice, "CAFE sat"),
        ["The café opens on Saturday #Bakery"]
    );
    assert_eq!(
        found(&alice, "#bakery"),
        ["The café opens on Saturday #Bakery"]
    );
    assert_eq!(found(&alice, "東京"), ["私は東京に住んでいます"]);
    assert_eq!(found(&alice, "bread").len(), 2);
    assert_eq!(
        found(&alice, "bread -cake"),
        ["A link: https://example.org/bread"]
    );
    assert_eq!(
        found(&alice, "bread in:private"),
        ["Remember the bread, not the cake"]
    );
    assert_eq!(
        found(&alice, "has:link from:alice is:mine after:2020").len(),
        1
    );
    assert_eq!(found(&alice, "\"the bread\"").len(), 1);
    assert_eq!(found(&alice, "bread before:2020").len(), 0);
    assert_eq!(found(&alice, "unheard-of").len(), 0);
    assert_eq!(
        alice.ask(&["search", "alice"])["people"][0]["name"],
        "Älice"
    );
    alice.run(&["search", "before:soon"]).refused(2, "no date");
    alice
        .run(&["search", "from:nobody x"])
        .refused(2, "nobody called");

    let browser = browser(&alice, &at_alice);
    let page = browser.page("/search?q=CAFE");
    assert!(page.contains("The <mark>café</mark> opens"), "{page}");
    assert!(
        browser
            .page("/search?q=%3Cscript%3Ealert(1)")
            .contains("value=\"&lt;script&gt;alert(1)\"")
    );
    assert!(browser.page("/search").contains("from:name"));
    assert!(browser.page("/search?q=has:cats").contains("has:link"));
    let tagged = browser.page("/");
    assert!(tagged.contains("href=\"/search?q=%23Bakery\""), "{tagged}");
    let offers: Value = serde_json::from_str(&browser.page("/complete?q=%23ba")).unwrap();
    assert_eq!(offers[0]["insert"], "#Bakery");
    let offers: Value = serde_json::from_str(&browser.page("/complete?q=%40ali")).unwrap();
    assert_eq!(offers, json!([]), "oneself isn't offered");

    // What was changed is found by its new words; what was deleted isn't found.
    alice.ask(&["edit", &third, "A link: https://example.org/soup"]);
    assert_eq!(found(&alice, "bread").len(), 1);
    assert_eq!(found(&alice, "soup").len(), 1);
    let texts = alice.ask(&["history", &third]);
    assert_eq!(texts[0]["text"], "A link: https://example.org/soup");
    assert_eq!(texts[1]["text"], "A link: https://example.org/bread");
    assert!(
        browser
            .page("/")
            .contains(&format!("href=\"/history/{third}\""))
    );
    assert!(
        browser
            .page(&format!("/history/{third}"))
            .contains("/bread")
    );
    alice.ask(&["delete", &third]);
    assert_eq!(found(&alice, "soup").len(), 0);
}

#[test]
fn whom_one_talks_with_alone_is_listed_with_what_is_unread() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (at_alice, _at_bob) = (alice.up(), bob.up());
    befriend(&alice, &bob);
    let (to_alice, to_bob) = (alice.identity(), bob.identity());
    bob.ask(&["post", "--to", &to_alice, "--", "Psst"]);
    bob.ask(&["post", "--to", &to_alice, "--", "Are you there?"]);
    until("both came", || {
        (alice.ask(&["conversations"])[0]["unread"] == 2).then_some(())
    });
    let conversations = alice.ask(&["conversations"]);
    assert_eq!(conversations[0]["identity"], to_bob.as_str());
    assert_eq!(conversations[0]["newest"]["text"], "Are you there?");
    let browser = browser(&alice, &at_alice);
    let page = browser.page("/conversations");
    assert!(page.contains("Are you there?") && page.contains(&format!("/with/{to_bob}")));
    assert!(!page.contains("Psst"), "{page}");
    let answer = browser.submit("/conversations", "/conversations/read", &[("key", &to_bob)]);
    assert_eq!(answer.leads_to(), "/conversations");
    assert_eq!(alice.ask(&["conversations"])[0]["unread"], 0);
    bob.ask(&["post", "--to", &to_alice, "--", "Hello?"]);
    until("it is new", || {
        (alice.ask(&["conversations"])[0]["unread"] == 1).then_some(())
    });
    alice.ask(&["post", "--to", &to_bob, "--", "Here I am"]);
    let conversations = alice.ask(&["conversations"]);
    assert_eq!(conversations[0]["unread"], 0, "who answers has read");
    assert!(browser.page("/conversations").contains("You: Here I am"));
    assert_eq!(found(&alice, "psst"), ["Psst"]);
}
