//! The drive by its pages: files come by forms and by streams, are looked at, named otherwise, removed and brought back; and
//! nothing that is in a file speaks in the page's name.

use crate::browser::{Browser, csrf};
use crate::harness::{Home, PATIENCE, until};
use crate::photos_pages::{Got, Part, browser_of, exchange, get, send, text};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

const PHOTO: &[u8] = include_bytes!("../../src/media/tests/files/subsampled.jpg");
const DRAWING: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
const MIB: usize = 1 << 20;

fn file<'a>(name: &'a str, content: &'a [u8]) -> Part<'a> {
    ("files", Some(name), content)
}

/// Sends files to a folder as its form does.
fn upload(browser: &Browser, folder: &str, existing: &str, files: &[Part<'_>]) -> Got {
    let token = csrf(&browser.page("/files"));
    let base = [text("csrf", &token), text("existing", existing)];
    send(browser, folder, &[&base[..], files].concat())
}

/// Does something by a form that stands on a page about it.
fn act(browser: &Browser, at: &str, fields: &[(&str, &str)]) -> crate::browser::Answer {
    browser.submit("/files", at, fields)
}

#[track_caller]
fn content(browser: &Browser, at: &str) -> Vec<u8> {
    let got = get(browser, at);
    assert_eq!(got.status, 200, "{at}: {}", got.text());
    unchunked(&got)
}

/// A body whether or not it came in chunks.
fn unchunked(got: &Got) -> Vec<u8> {
    if !got.head.contains("transfer-encoding: chunked") {
        return got.body.clone();
    }
    let (mut rest, mut body) = (&got.body[..], Vec::new());
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        body.extend(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    body
}

#[track_caller]
fn is_only_saved(got: &Got) {
    assert_eq!(got.header("content-type"), "application/octet-stream");
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    assert!(got.header("content-disposition").starts_with("attachment"));
    assert!(got.header("content-security-policy").contains("sandbox"));
}

#[test]
fn files_come_change_and_go_by_forms() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = browser_of(&node);
    assert!(browser.page("/files").contains("Your files go here"));

    // Two files, one of them in a folder that a browser names; the same once more; a new version.
    let two = [file("a.txt", b"one"), file("Trip/day 1.txt", b"hills")];
    let sent = upload(&browser, "/files", "both", &two);
    assert_eq!(
        (sent.status, sent.header("location")),
        (303, "/files?done=uploaded")
    );
    assert_eq!(
        upload(&browser, "/files", "both", &[file("a.txt", b"two")]).status,
        303
    );
    assert_eq!(
        upload(&browser, "/files", "replace", &[file("a.txt", b"three")]).status,
        303
    );
    assert_eq!(content(&browser, "/files/a.txt"), b"three");
    assert_eq!(content(&browser, "/files/a%20%282%29.txt"), b"two");
    assert_eq!(content(&browser, "/files/Trip/day%201.txt"), b"hills");
    assert_eq!(content(&browser, "/files/a.txt?version=1"), b"one");

    // What isn't a name is refused and told, the others come; a folder gives way to nobody.
    let long = "x".repeat(256);
    for wrong in ["../up.txt", "Trip/../../up.txt", "..", long.as_str()] {
        let sent = upload(
            &browser,
            "/files/Trip",
            "both",
            &[file(wrong, b"x"), file("ok", b"y")],
        );
        assert_eq!(sent.status, 400, "{wrong}");
        let page = sent.text();
        assert!(
            page.contains("One file wasn’t taken") && page.contains("One file is here now"),
            "{page}"
        );
    }
    let page = browser.page("/files");
    assert!(!page.contains("up.txt") && !page.contains("<b>"));
    assert_eq!(
        upload(&browser, "/files", "replace", &[file("Trip", b"x")]).status,
        400
    );
    assert_eq!(
        upload(&browser, "/files/a.txt", "both", &[file("b", b"x")]).status,
        404
    );
    let naughty = "<b>\u{202e}&quot;'.txt";
    assert_eq!(
        upload(&browser, "/files/Trip", "both", &[file(naughty, b"z")]).status,
        303
    );
    let page = browser.page("/files/Trip");
    assert!(
        page.contains("&lt;b&gt;\u{202e}&amp;quot;'.txt") && !page.contains("<b>"),
        "{page}"
    );
    assert_eq!(
        upload(&browser, "/files", "both", &[("files", Some(""), b"")]).status,
        400
    );

    // Whoever isn't this page, or says so too late, sends nothing.
    let token = csrf(&browser.page("/files"));
    let foreign: [Vec<Part<'_>>; 3] = [
        vec![file("foreign", b"x")],
        vec![text("csrf", "0"), file("foreign", b"x")],
        vec![file("foreign", b"x"), text("csrf", &token)],
    ];
    for parts in &foreign {
        assert_eq!(send(&browser, "/files", parts).status, 403);
    }
    assert_eq!(get(&browser, "/files/foreign").status, 404);
    let bare = browser.send_form("/files/a.txt", &[("do", "remove")], &[]);
    assert_eq!(bare.status, 403);

    // Folders and names.
    let made = act(
        &browser,
        "/files",
        &[("do", "folder"), ("name", " Old & new ")],
    );
    assert_eq!(made.leads_to(), "/files/Old%20%26%20new?done=folder-made");
    for wrong in ["Old & new", "a/b", "..", ""] {
        let refused = act(&browser, "/files", &[("do", "folder"), ("name", wrong)]);
        assert_eq!(refused.status, 400, "{wrong}");
        assert!(refused.body.contains("id=\"folder-problem\""), "{wrong}");
    }
    let taken = act(
        &browser,
        "/files/a.txt",
        &[("do", "rename"), ("name", "Trip")],
    );
    assert_eq!(taken.status, 400);
    assert!(taken.body.contains("Trip is there already") && taken.body.contains("value=\"Trip\""));
    let named = act(
        &browser,
        "/files/a.txt",
        &[("do", "rename"), ("name", "b.txt")],
    );
    assert_eq!(named.leads_to(), "/files/b.txt?show&done=file-renamed");
    let about = browser.page("/files/b.txt?show");
    assert!(
        about.contains("<option value=\"Old%20%26%20new\">"),
        "{about}"
    );
    let moved = act(
        &browser,
        "/files/b.txt",
        &[("do", "move"), ("to", "Old%20%26%20new")],
    );
    assert_eq!(
        moved.leads_to(),
        "/files/Old%20%26%20new/b.txt?show&done=file-moved"
    );
    let inside = act(&browser, "/files/Trip", &[("do", "move"), ("to", "Trip")]);
    assert_eq!(inside.status, 400);

    // What is found leads to the page about it, a folder to what is in it.
    let found = browser.page("/search?q=Old");
    assert!(found.contains("href=\"/files/Old%20%26%20new\""), "{found}");
    let found = browser.page("/search?q=b.txt");
    let leads_to = "href=\"/files/Old%20%26%20new/b.txt?show\"";
    assert!(found.contains(leads_to), "{found}");

    // What was named otherwise or moved isn't gone; what was removed is, and comes back with all that is in it.
    assert!(
        browser
            .page("/files?removed")
            .contains("Nothing was removed")
    );
    let asked = browser.page("/files/Trip?remove");
    assert!(
        asked.contains("Remove Trip?") && asked.contains("6 files"),
        "{asked}"
    );
    let removed = act(&browser, "/files/Trip", &[("do", "remove")]);
    assert_eq!(removed.leads_to(), "/files?was=Trip");
    assert!(browser.page("/files?was=Trip").contains("was removed"));
    // The query alone says nothing.
    assert!(!browser.page("/files?was=Zanzibar").contains("Zanzibar"));
    assert_eq!(get(&browser, "/files/Trip").status, 404);
    let gone = browser.page("/files?removed");
    assert!(
        gone.contains("href=\"/files/Trip?show\"") && !gone.contains("/files/a.txt"),
        "{gone}"
    );
    let inside = act(
        &browser,
        "/files/Trip/day%201.txt",
        &[("do", "restore"), ("version", "1")],
    );
    assert_eq!(inside.status, 400);
    assert!(
        inside.body.contains("the folder Trip is gone, too")
            || inside.body.contains("The folder Trip is gone, too"),
        "{}",
        inside.body
    );
    let back = act(&browser, "/files/Trip", &[("do", "restore")]);
    assert_eq!(back.leads_to(), "/files/Trip?show&done=file-restored");
    assert_eq!(content(&browser, "/files/Trip/day%201.txt"), b"hills");
    // A folder that went elsewhere can't be in two places.
    let named = act(
        &browser,
        "/files/Trip",
        &[("do", "rename"), ("name", "Journey")],
    );
    assert_eq!(named.status, 303);
    let twice = act(&browser, "/files/Trip", &[("do", "restore")]);
    assert_eq!(twice.status, 400);
    assert!(
        twice.body.contains("wasn’t removed from here but moved")
            || twice.body.contains("wasn't removed from here but moved"),
        "{}",
        twice.body
    );

    // An earlier version comes back, and only the one that was meant.
    let at = "/files/Journey/day%201.txt";
    assert_eq!(
        upload(
            &browser,
            "/files/Journey",
            "replace",
            &[file("day 1.txt", b"lakes")]
        )
        .status,
        303
    );
    let past = home.ask(&["files", "history", "Journey/day 1.txt"]);
    let (time, device) = (
        past[1]["time_ms"].to_string(),
        past[1]["device"].as_str().unwrap().to_owned(),
    );
    assert_eq!(device.len(), 64);
    let other = act(
        &browser,
        at,
        &[("do", "restore"), ("version", "1"), ("time", "7")],
    );
    assert_eq!(other.status, 400);
    let page = browser.page(&format!("{at}?show&version=1"));
    assert!(
        page.contains("This is version 1") && page.contains("hills"),
        "{page}"
    );
    let back = act(
        &browser,
        at,
        &[("do", "restore"), ("version", "1"), ("time", &time)],
    );
    assert_eq!(back.status, 303);
    assert_eq!(content(&browser, at), b"hills");
    assert!(browser.page(&format!("{at}?show")).contains("Version 3"));

    // The same from a terminal.
    home.ask(&["files", "rm", "Journey"]);
    let removed = home.ask(&["files", "removed"]);
    assert_eq!(
        (
            removed["items"][0]["name"].as_str(),
            removed["is_all"].as_bool()
        ),
        (Some("Journey"), Some(true))
    );
    home.ask(&["files", "restore", "Journey"]);
    home.ask(&["files", "mkdir", "Journey/more"]);
    assert!(browser.page("/files/Journey").contains("more"));

    // All of it in one archive; nobody else sees anything.
    let archive = get(&browser, "/files/Journey?archive");
    assert_eq!(archive.header("content-type"), "application/zip");
    let bytes = unchunked(&archive);
    let names = ["more/", "day 1.txt", "ok"];
    assert!(bytes.starts_with(b"PK\x03\x04"));
    for name in names {
        assert!(
            bytes
                .windows(name.len())
                .any(|window| window == name.as_bytes()),
            "{name}"
        );
    }
    assert_eq!(get(&browser, "/files/Journey/ok?archive").status, 404);
    let stranger = Browser::of(&node);
    for at in [
        "/files",
        at,
        "/files/Journey?archive",
        "/files/Journey/ok?show",
    ] {
        assert_eq!(get(&stranger, at).status, 401, "{at}");
    }
    for away in [
        "/files/..",
        "/files/%2e%2e/x",
        "/files/a%2Fb?show",
        "/files/%00?show",
    ] {
        let got = get(&browser, away);
        assert!(matches!(got.status, 400 | 404), "{away}: {}", got.status);
    }
}

#[test]
fn what_is_looked_at_is_never_a_document_of_the_page() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = browser_of(&node);
    let html = b"<!DOCTYPE html><script>document.title='gone'</script>";
    let sound = [&b"RIFF\x24\0\0\0WAVEfmt "[..], &[0; 40_000]].concat();
    let text_16 = b"\xff\xfeh\0\xe4\0";
    let long = "a line\n".repeat(60_000);
    let files = [
        file("drawing.svg", DRAWING),
        file("page.html", html),
        file("photo.jpg", PHOTO),
        // What its name says, it isn't.
        file("liar.jpg", html),
        file("sound.wav", &sound),
        file("wide.txt", text_16),
        file("long.txt", long.as_bytes()),
        file("paper.pdf", b"%PDF-1.7\n"),
        file("empty", b""),
    ];
    assert_eq!(upload(&browser, "/files", "both", &files).status, 303);

    for (at, script) in [
        (
            "/files/drawing.svg",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
        ),
        ("/files/page.html", "&lt;script&gt;document.title="),
        ("/files/liar.jpg", "&lt;script&gt;document.title="),
    ] {
        is_only_saved(&get(&browser, at));
        let page = browser.page(&format!("{at}?show"));
        assert!(page.contains(script), "{page}");
        assert!(!page.contains("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>"));
        let preview = get(&browser, &format!("{at}?preview"));
        assert_eq!(preview.status, 400, "{at}");
        assert!(preview.header("content-type").starts_with("text/plain"));
        assert_eq!(get(&browser, &format!("{at}?play")).status, 404);
    }
    for size in ["full", "small"] {
        let at = format!("/files/photo.jpg?preview={size}");
        let preview = get(&browser, &at);
        assert_eq!(preview.status, 200);
        assert_eq!(preview.header("content-type"), "image/jpeg");
        assert_eq!(
            preview.header("content-security-policy"),
            "default-src 'none'; sandbox"
        );
        assert!(preview.body.starts_with(&[0xff, 0xd8]) && preview.body != PHOTO);
        let tag = preview.header("etag").to_owned();
        let again = exchange(&browser, "GET", &at, &[("if-none-match", &tag)], b"");
        assert_eq!(again.status, 304);
    }
    assert!(
        browser
            .page("/files/wide.txt?show")
            .contains("h\u{e4}</pre>")
    );
    let page = browser.page("/files/long.txt?show");
    assert!(page.contains("first 256 KiB") && page.len() < 300_000);
    assert!(
        browser
            .page("/files/paper.pdf?show")
            .contains("This is a PDF document")
    );
    assert!(
        browser
            .page("/files/empty?show")
            .contains("There is nothing in this file")
    );
    assert_eq!(content(&browser, "/files/empty"), b"");

    // Parts, as players and broken downloads ask for them.
    let page = browser.page("/files/sound.wav?show");
    assert!(
        page.contains("<audio controls preload=\"metadata\" src=\"/files/sound.wav?play\""),
        "{page}"
    );
    for (at, kind) in [
        ("/files/sound.wav?play", "audio/wav"),
        ("/files/sound.wav", "application/octet-stream"),
    ] {
        let ranged = |range: &str| exchange(&browser, "GET", at, &[("range", range)], b"");
        let whole = get(&browser, at);
        assert_eq!(
            (whole.status, whole.header("accept-ranges")),
            (200, "bytes")
        );
        assert_eq!(whole.header("content-type"), kind);
        assert_eq!(whole.header("x-content-type-options"), "nosniff");
        assert!(whole.header("content-security-policy").contains("sandbox"));
        assert_eq!(unchunked(&whole), sound);
        let part = ranged("bytes=8-11");
        assert_eq!((part.status, unchunked(&part)), (206, b"WAVE".to_vec()));
        assert_eq!(
            part.header("content-range"),
            format!("bytes 8-11/{}", sound.len())
        );
        assert_eq!(unchunked(&ranged("bytes=-16")), [0; 16]);
        let beyond = ranged("bytes=900000-");
        assert_eq!(
            (beyond.status, beyond.header("content-range").to_owned()),
            (416, format!("bytes */{}", sound.len()))
        );
        let tag = whole.header("etag").to_owned();
        let same = exchange(
            &browser,
            "GET",
            at,
            &[("range", "bytes=8-11"), ("if-range", &tag)],
            b"",
        );
        assert_eq!(same.status, 206);
        let other = exchange(
            &browser,
            "GET",
            at,
            &[("range", "bytes=8-11"), ("if-range", "\"x\"")],
            b"",
        );
        assert_eq!(other.status, 200);
    }
}

/// Begins to send a file as a page's script does.
fn begin(browser: &Browser, at: &str, token: &str, length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(&browser.web).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let cookie = browser.cookie.as_deref().unwrap();
    let head = format!(
        "POST {at} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncookie: {cookie}\r\nx-csrf: {token}\r\n\
         content-type: application/octet-stream\r\ncontent-length: {length}\r\n\r\n",
        browser.web
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// Bytes that don't repeat.
fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let words = (0..bytes.div_ceil(8)).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(bytes).collect()
}

#[test]
fn a_script_sends_files_of_any_length_and_nothing_half() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = browser_of(&node);
    let token = csrf(&browser.page("/files"));
    let sent = |at: &str, token: &str, more: &[(&str, &str)], body: &[u8]| {
        let kind = ("content-type", "application/octet-stream");
        exchange(
            &browser,
            "POST",
            at,
            &[&[("x-csrf", token), kind], more].concat(),
            body,
        )
    };
    let at = "/files/Trip?name=new%2Fa.bin&modified=1000000000000&existing=ask";
    let first = sent(at, &token, &[], b"first");
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(first.json()["href"], "/files/Trip/new/a.bin");
    assert_eq!(
        home.ask(&["files", "ls", "Trip/new"])[0]["mtime_ms"],
        1_000_000_000_000_u64
    );
    assert_eq!(sent(at, &token, &[], b"second").json()["taken"], true);
    assert_eq!(content(&browser, "/files/Trip/new/a.bin"), b"first");
    let both = sent(&at.replace("=ask", "=both"), &token, &[], b"second");
    assert_eq!(both.json()["href"], "/files/Trip/new/a%20%282%29.bin");
    // A long one that isn't taken is told so all the same, whatever was still on its way.
    let much = vec![7; 16 * MIB];
    let refused = |token: &str| {
        let mut stream = begin(&browser, at, token, much.len());
        stream.write_all(&much).expect("it is read on");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(refused(&token).contains("{\"taken\":true}"));
    assert!(refused("0").starts_with("HTTP/1.1 403"));
    for (token, more) in [
        ("0", &[][..]),
        (
            token.as_str(),
            &[("origin", "http://elsewhere.example")][..],
        ),
        (token.as_str(), &[("sec-fetch-site", "cross-site")][..]),
    ] {
        assert_eq!(sent(at, token, more, b"x").status, 403);
    }
    for wrong in ["..%2Fx", "%2e%2e", "", "a%00b"] {
        let refused = sent(&format!("/files?name={wrong}"), &token, &[], b"x");
        assert_eq!(refused.status, 400, "{wrong}");
        assert!(
            refused.json()["message"]
                .as_str()
                .unwrap()
                .contains("a name has")
        );
    }
    // What a script asks before it sends much.
    let may =
        |name: &str, bytes: u64| get(&browser, &format!("/files/Trip?may={name}&bytes={bytes}"));
    assert_eq!(may("new%2Fa.bin", 1).json()["free"], false);
    assert_eq!(may("other", 1).json()["free"], true);
    let full = may("other", u64::MAX / 2);
    assert_eq!(full.status, 500);
    assert!(
        full.json()["message"]
            .as_str()
            .unwrap()
            .contains("disk is full")
    );

    // A long one goes through, and isn't held.
    let long = noise(7, 96 * MIB);
    let before = node.memory_kib();
    let came = sent("/files?name=long.bin", &token, &[], &long);
    assert_eq!(came.status, 200, "{}", came.text());
    let grown = node.memory_kib().saturating_sub(before);
    assert!(grown < 64 * 1024, "{grown} KiB for 96 MiB");
    assert!(content(&browser, "/files/long.bin") == long);

    // One that breaks off, and one amid which the power goes: the old one stays.
    let replace = "/files?name=long.bin&existing=replace";
    let mut broken = begin(&browser, replace, &token, 40 * MIB);
    broken.write_all(&noise(9, 12 * MIB)).unwrap();
    broken.shutdown(Shutdown::Write).unwrap();
    // Whatever is answered, it is no word that the file is there.
    let mut answer = Vec::new();
    let _ = broken.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    let short = "/files?name=short.bin";
    let mut half = begin(&browser, short, &token, 40 * MIB);
    half.write_all(&noise(11, 12 * MIB)).unwrap();
    let mut amid = begin(&browser, replace, &token, 40 * MIB);
    amid.write_all(&noise(13, 12 * MIB)).unwrap();
    node.kill();
    let node = home.up();
    let browser = browser_of(&node);
    let past = home.ask(&["files", "history", "long.bin"]);
    assert_eq!(past.as_array().unwrap().len(), 1);
    assert!(content(&browser, "/files/long.bin") == long);
    assert_eq!(get(&browser, "/files/short.bin").status, 404);
    until("nothing is left of them on the way", || {
        let names = home.ask(&["files", "ls"]);
        (names.as_array()?.len() == 2).then_some(())
    });
}
