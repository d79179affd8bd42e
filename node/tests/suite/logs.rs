//! What a node says of its work on its standard error.

use crate::browser::{Browser, path};
use crate::harness::{Home, TCP};

/// All that this program and its web server may say; libraries below log frames at their lowest level.
const EVERYTHING: &str = "hearth=trace,warp=trace,hyper=trace,libp2p=debug";

/// What follows `name` up to the end of a word.
fn value<'a>(text: &'a str, name: &str) -> &'a str {
    let (_, rest) = text.split_once(name).unwrap();
    rest.split([';', '&', '"', ' ']).next().unwrap()
}

#[test]
fn logs_hold_neither_secrets_nor_texts() {
    let home = Home::new("Alice");
    let arguments = ["--http", "127.0.0.1:0", "--listen", TCP, "--name", "Alice"];
    let mut command = home.command(&[&["up", "--json", "--no-mdns"], &arguments[..]].concat());
    command.env("RUST_LOG", EVERYTHING);
    let node = home.start(command).unwrap();
    let api = std::fs::read_to_string(home.dir().join("api.token")).unwrap();
    let phrase = node.ready["phrase"].as_str().unwrap().to_owned();
    let link = node.ready["web"].as_str().unwrap().to_owned();
    let answer = Browser::of(&node).get(&path(&link));
    let cookie = answer.header("set-cookie");
    let browser = Browser {
        web: node.web(),
        cookie: cookie.split(';').next().map(str::to_owned),
    };
    let text = "nobody else's business";
    browser.submit("/", "/post", &[("text", text)]);
    home.post("nor is this");
    browser.get("/?q=a-word-in-a-query");
    let form_token = crate::browser::csrf(&browser.page("/"));
    node.stop();

    let logged = home.logged();
    assert!(
        logged.contains("TRACE") || logged.contains("DEBUG"),
        "{logged}"
    );
    let two_words = phrase.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let session = value(cookie, "=");
    assert!(session.len() >= 32 && form_token.len() >= 16);
    for secret in [
        two_words.as_str(),
        value(&link, "token="),
        session,
        api.trim(),
        &form_token,
        text,
        "nor is this",
        "a-word-in-a-query",
    ] {
        assert!(!logged.contains(secret), "{secret:?} in\n{logged}");
    }
}
