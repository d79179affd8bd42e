//! Strings that were made to break pages, in every field that people can write. No markup breaks out, whatever page is looked at.
//!
//! `naughty.json` is ours; the browser suite reads it too.

use std::collections::BTreeSet;

use crate::browser::Browser;
use crate::harness::Home;

const PHOTO: &[u8] = include_bytes!("../../src/media/tests/files/subsampled.jpg");

fn naughty() -> Vec<String> {
    serde_json::from_str(include_str!("naughty.json")).unwrap()
}

/// Elements without an end.
const VOID: &[&str] = &[
    "br", "img", "input", "link", "meta", "path", "rect", "circle",
];

/// Reads a page as strictly as our pages are written: each `<` begins a tag, each attribute has a name that isn't an event's or a
/// style, values stand in double quotes, and what is opened is closed. What breaks out of its place breaks one of these.
#[track_caller]
fn is_whole(page: &str, what: &str) {
    let mut open: Vec<&str> = Vec::new();
    let rest = page.strip_prefix("<!DOCTYPE html>").expect(what);
    for part in rest.split('<').skip(1) {
        let (tag, text) = tag_of(part).unwrap_or_else(|why| panic!("{what}: {why}: <{part}"));
        assert!(!text.contains('>'), "{what}: {text}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{what}: <{part}");
        } else {
            let name = tag.split([' ', '\n']).next().unwrap();
            if !VOID.contains(&name) {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{what}: {open:?}");
}

/// What stands within a tag, and the text behind it.
fn tag_of(part: &str) -> Result<(&str, &str), String> {
    let name = part.strip_prefix('/').unwrap_or(part);
    let letters = name.find(|c: char| !c.is_ascii_alphanumeric());
    let letters = letters.ok_or("no end")?;
    if letters == 0 {
        return Err("no name".into());
    }
    let element = &name[..letters];
    let mut rest = &name[letters..];
    while let Some(more) = rest.strip_prefix(' ') {
        let end = more.find(['=', ' ', '>']).ok_or("no end of an attribute")?;
        let attribute = &more[..end];
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == ':';
        let is_event = attribute.to_ascii_lowercase().starts_with("on");
        if !attribute.chars().all(is_plain) || is_event || ["style", "srcdoc"].contains(&attribute)
        {
            return Err(format!("an attribute {attribute:?}"));
        }
        rest = &more[end..];
        if let Some(value) = rest.strip_prefix("=\"") {
            let end = value.find('"').ok_or("no end of a value")?;
            let leads = ["href", "src", "action"].contains(&attribute);
            let value_is = value[..end].to_ascii_lowercase();
            if leads && value_is.contains("script:") {
                return Err(format!("an address {value_is:?}"));
            }
            if element == "script" && attribute == "src" && !value_is.starts_with("/static/") {
                return Err("a script of others".into());
            }
            rest = &value[end + 1..];
        }
    }
    let text = rest
        .strip_prefix('>')
        .ok_or_else(|| format!("{rest:.20}"))?;
    if element == "script" && !text.is_empty() {
        return Err("a script within the page".into());
    }
    Ok((&part[..part.len() - text.len() - 1], text))
}

/// At most so many bytes of it.
fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Sends a form. It is taken, or refused with a page that is whole.
#[track_caller]
fn send(browser: &Browser, csrf: &str, action: &str, fields: &[(&str, &str)]) -> Option<String> {
    let fields = [fields, &[("csrf", csrf)]].concat();
    let answer = browser.send_form(action, &fields, &[]);
    match answer.status {
        303 => Some(answer.leads_to().to_owned()),
        400 | 404 => {
            is_whole(&answer.body, action);
            None
        }
        other => panic!("{action} {other}: {fields:?}"),
    }
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn files_with_such_names(home: &Home) -> BTreeSet<String> {
    let folder = home.file("names");
    std::fs::create_dir_all(&folder).unwrap();
    let names = naughty().into_iter().map(|text| cut(&text, 200).to_owned());
    let names: BTreeSet<String> = names
        .filter(|name| !name.is_empty() && !name.contains(['\0', '/']))
        .collect();
    for name in &names {
        std::fs::write(folder.join(name), name).unwrap();
    }
    home.ask(&["files", "put", folder.to_str().unwrap()]);
    names
}

/// Pages on which what was written stands.
fn pages(home: &Home, friend: &str, found: &[String]) -> Vec<String> {
    let me = home.identity();
    let mut pages: Vec<String> = [
        "/",
        "/people",
        "/profile",
        "/spaces",
        "/files/names",
        "/search",
        "/bookmarks",
        "/quiet",
        "/notifications",
    ]
    .map(str::to_owned)
    .into();
    pages.extend([me.as_str(), friend].map(|key| format!("/person/{key}")));
    pages.extend([
        format!("/@{me}"),
        format!("/@{me}/photos"),
        format!("/person/{me}/photos"),
    ]);
    pages.extend(found.iter().cloned());
    pages
}

#[test]
fn whatever_people_write_no_markup_breaks_out() {
    let (home, other) = (Home::new("Alice"), Home::new("Bob"));
    let (node, _there) = (home.up(), other.up());
    let browser = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    let friend = other.identity();
    let page = browser.page("/");
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap();
    let csrf = csrf.split('"').next().unwrap();
    let photo = home.file("photo.jpg");
    std::fs::write(&photo, PHOTO).unwrap();
    let pictured = format!("{}:A stove", photo.to_str().unwrap());
    let pictured = home.ask_text(&["post", "--public", "--photo", &pictured, "Look"], "id");
    let names = files_with_such_names(&home);
    assert!(names.len() > 40);

    let mut spaces = BTreeSet::new();
    for (number, text) in naughty().iter().enumerate() {
        let send = |action: &str, fields: &[(&str, &str)]| send(&browser, csrf, action, fields);
        let (warning, name) = (cut(text, 200), cut(text, 120));
        send(
            "/post",
            &[("text", text), ("warning", warning), ("audience", "public")],
        );
        send("/post", &[("text", text), ("audience", "private")]);
        send(
            &format!("/edit/{pictured}"),
            &[("text", text), ("alt-0", text)],
        );
        send("/profile", &[("name", name), ("bio", text)]);
        send("/list", &[("key", &friend), ("name", name), ("on", "yes")]);
        send("/petname", &[("key", &friend), ("name", name)]);
        send("/react", &[("id", &pictured), ("on", text)]);
        send("/follow", &[("key", text)]);
        if number % 4 == 0 {
            spaces.extend(send("/spaces/create", &[("name", name)]));
        }
        let mut found = vec![format!("/search?q={}", escaped(text))];
        // All pages each time would be thousands: each page is looked at with some, and at the end with all.
        let all = pages(&home, &friend, &found);
        found.extend(all.into_iter().skip(number % 7).step_by(7));
        for path in found {
            let answer = browser.get(&path);
            assert!(
                [200, 400].contains(&answer.status),
                "{path}: {}",
                answer.status
            );
            is_whole(&answer.body, &format!("{text:?} on {path}"));
        }
    }
    let found = spaces
        .iter()
        .map(|path| path.split('?').next().unwrap().to_owned());
    let mut all = pages(&home, &friend, &found.collect::<Vec<_>>());
    all.extend([
        format!("/thread/{pictured}"),
        format!("/history/{pictured}"),
        format!("/edit/{pictured}"),
    ]);
    for path in all {
        is_whole(&browser.page(&path), &path);
    }
    // The feed is whole for who reads XML strictly: nothing in it is a tag that isn't Atom's.
    let feed = browser.page(&format!("/@{}/feed.atom", home.identity()));
    let atom = [
        "?xml",
        "feed",
        "title",
        "id",
        "updated",
        "link",
        "author",
        "name",
        "uri",
        "entry",
        "published",
        "content",
    ];
    for part in feed.split('<').skip(1) {
        let name = part
            .trim_start_matches('/')
            .split([' ', '>', '/'])
            .next()
            .unwrap();
        assert!(atom.contains(&name), "<{part}");
    }
    assert!(!feed.contains('\0'));
}
