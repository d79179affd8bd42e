//! Photos by the pages: chosen without scripts and with them, described, posted, looked at; and forms that are made to harm.

use crate::browser::{Browser, csrf};
use crate::harness::{Home, Node, PATIENCE};
use std::io::{Read, Write};
use std::net::TcpStream;

const PHOTO: &[u8] = include_bytes!("../../src/media/tests/files/subsampled.jpg");
const DRAWING: &[u8] = include_bytes!("../../src/media/tests/files/palette.png");
const GREY: &[u8] = include_bytes!("../../src/media/tests/files/grey.jpg");
/// What a camera wrote into its photo.
const SECRET: &[u8] = b"Elm Street 7, Zanzibar";
const BOUNDARY: &str = "----what-a-browser-makes-up";

pub(crate) fn browser_of(node: &Node<'_>) -> Browser {
    Browser::signed_in(node, node.ready["web"].as_str().unwrap())
}

/// An answer whose body is bytes.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines();
        let start = format!("{name}: ");
        let found = lines.find_map(|line| line.strip_prefix(&start));
        found.unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }
}

/// Sends bytes and reads bytes. A server may answer and close before it has read all.
pub(crate) fn exchange(
    browser: &Browser,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Got {
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nconnection: close\r\nhost: {}\r\ncontent-length: {}\r\n",
        browser.web,
        body.len()
    );
    if let Some(cookie) = &browser.cookie {
        head += &format!("cookie: {cookie}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = TcpStream::connect(&browser.web).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let _ = stream.write_all(format!("{head}\r\n").as_bytes());
    let _ = stream.write_all(body);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    Got {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head,
        body: answer[end + 4..].to_vec(),
    }
}

pub(crate) fn get(browser: &Browser, path: &str) -> Got {
    exchange(browser, "GET", path, &[], b"")
}

/// A part of a form: its name, its file's name if it is a file, and its content.
pub(crate) type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

pub(crate) fn text<'a>(name: &'a str, value: &'a str) -> Part<'a> {
    (name, None, value.as_bytes())
}

fn file<'a>(name: &'a str, content: &'a [u8]) -> Part<'a> {
    (name, Some("IMG 1.jpg"), content)
}

pub(crate) fn multipart(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file.map_or(String::new(), |file| {
            format!("; filename=\"{file}\"\r\nContent-Type: application/octet-stream")
        });
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
        );
        body.extend(head.as_bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

pub(crate) fn send(browser: &Browser, action: &str, parts: &[Part<'_>]) -> Got {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [("content-type", kind.as_str())];
    exchange(browser, "POST", action, &headers, &multipart(parts))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The photo with a comment, an Exif block and a tail that all tell where it was taken.
fn telling() -> Vec<u8> {
    let exif = [&b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"[..], SECRET].concat();
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker][..], &length, content].concat()
    };
    let told = [
        &PHOTO[..2],
        &segment(0xe1, &exif),
        &segment(0xfe, SECRET),
        &PHOTO[2..],
        SECRET,
    ];
    told.concat()
}

/// The value of a hidden field.
#[track_caller]
fn value<'a>(page: &'a str, name: &str) -> &'a str {
    let start = format!("name=\"{name}\" value=\"");
    let after = page.split(&start).nth(1);
    let after = after.unwrap_or_else(|| panic!("no {name} in {page}"));
    after.split('"').next().unwrap()
}

/// The addresses of full photos on a page.
fn photos(page: &str) -> Vec<String> {
    let links = page.split("<a class=\"photo\" href=\"").skip(1);
    links
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

#[track_caller]
fn is_clean_picture(got: &Got, kind: &str) {
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(got.header("content-type"), kind);
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    assert_eq!(got.header("content-disposition"), "inline");
    assert_eq!(
        got.header("content-security-policy"),
        "default-src 'none'; sandbox"
    );
    assert!(got.header("cache-control").starts_with("private"));
    for told in [SECRET, b"Exif"] {
        assert!(!contains(&got.body, told));
    }
}

#[test]
fn photos_are_posted_without_scripts() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = browser_of(&node);
    let token = csrf(&browser.page("/"));
    let telling = telling();
    let base = [
        text("csrf", &token),
        text("text", "Look!\r\nTwo."),
        text("audience", "public"),
        text("warning", "<heights>"),
    ];
    // Of the second nothing was said: it all comes back, the photos kept.
    let parts = [
        &base[..],
        &[file("files", &telling), file("files", DRAWING)],
    ]
    .concat();
    let asked = send(&browser, "/post", &parts);
    assert_eq!(asked.status, 400);
    let page = asked.text();
    assert!(page.contains("Say what is on photo 1"), "{page}");
    assert!(page.contains("Look!\nTwo.") && page.contains("value=\"&lt;heights&gt;\""));
    let (first, second) = (value(&page, "photo-0"), value(&page, "photo-1"));
    is_clean_picture(
        &get(&browser, &format!("/photo/draft/{first}/small")),
        "image/jpeg",
    );
    // They change places, and nothing is posted by that.
    let arranged = [
        &base[..],
        &[
            text("photo-0", first),
            text("alt-0", "A \"wide\" <b>view</b>"),
            text("photo-1", second),
            text("plain-1", "yes"),
            text("arrange", "earlier-1"),
        ],
    ];
    let arranged = send(&browser, "/post", &arranged.concat());
    assert_eq!(arranged.status, 200);
    assert_eq!(value(&arranged.text(), "photo-0"), second);
    assert!(photos(&browser.page("/")).is_empty());
    let done = [
        &base[..],
        &[
            text("photo-0", second),
            text("plain-0", "yes"),
            text("photo-1", first),
            text("alt-1", "A \"wide\" <b>view</b>"),
            // What a browser sends where nothing more is chosen.
            ("files", Some(""), b""),
        ],
    ];
    let posted = send(&browser, "/post", &done.concat());
    assert_eq!(posted.status, 303, "{}", posted.text());
    let page = browser.page("/");
    let shown = photos(&page);
    assert_eq!(shown.len(), 2);
    assert!(
        page.contains("alt=\"A &quot;wide&quot; &lt;b&gt;view&lt;/b&gt;\""),
        "{page}"
    );
    assert!(page.contains("<details class=\"warned\">") && page.contains("&lt;heights&gt;"));
    assert!(page.contains("src=\"data:image/bmp;base64,"));
    for size in ["small", "full"] {
        let at = shown[1].replace("/full", &format!("/{size}"));
        let got = get(&browser, &at);
        is_clean_picture(&got, "image/jpeg");
        let tag = got.header("etag").to_owned();
        let again = exchange(&browser, "GET", &at, &[("if-none-match", &tag)], b"");
        assert_eq!((again.status, again.body.len()), (304, 0));
    }
    // Who isn't signed in sees none of it.
    let stranger = Browser::of(&node);
    assert_eq!(get(&stranger, &shown[0]).status, 401);
    for missing in ["/2/full", "/0/large", "/x/small"] {
        let at = shown[0].replace("/0/full", missing);
        assert_eq!(get(&browser, &at).status, 404, "{at}");
    }
    // They are on the page of her photos, and her words about them can change.
    let me = home.identity();
    let album = browser.page(&format!("/person/{me}/photos"));
    assert_eq!(photos(&album).len(), 2);
    let id = shown[0].split('/').nth(2).unwrap();
    let form = browser.page(&format!("/edit/{id}"));
    assert!(
        form.contains("A &quot;wide&quot; &lt;b&gt;view&lt;/b&gt;</textarea>"),
        "{form}"
    );
    let fields = [
        ("text", "Look!"),
        ("alt-0", "A drawing"),
        ("alt-1", "A view"),
    ];
    let edited = browser.submit("/", &format!("/edit/{id}"), &fields);
    assert!(edited.leads_to().contains("edited"));
    let page = browser.page("/");
    assert!(page.contains("alt=\"A drawing\"") && !page.contains("class=\"warned\""));
}

#[test]
fn a_script_sends_photos_one_by_one() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = browser_of(&node);
    let token = csrf(&browser.page("/"));
    let mine = [("x-csrf", token.as_str())];
    let kept = exchange(&browser, "POST", "/photos", &mine, &telling());
    assert_eq!(kept.status, 200, "{}", kept.text());
    let kept = kept.json();
    assert_eq!(
        (kept["width"].as_u64(), kept["height"].as_u64()),
        (Some(48), Some(32))
    );
    is_clean_picture(
        &get(&browser, kept["small"].as_str().unwrap()),
        "image/jpeg",
    );
    // Nobody else's page can send one, and what is no photo says so.
    let wrong = "0".repeat(64);
    let others: [&[(&str, &str)]; 4] = [
        &[],
        &[("x-csrf", &wrong)],
        &[mine[0], ("origin", "http://elsewhere.example")],
        &[mine[0], ("sec-fetch-site", "cross-site")],
    ];
    for headers in others {
        assert_eq!(
            exchange(&browser, "POST", "/photos", headers, GREY).status,
            403
        );
    }
    for (what, said) in [
        (&b"<html></html>"[..], "isn't a photo"),
        (&PHOTO[..300], "damaged or cut short"),
        (b"", "empty"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
    ] {
        let refused = exchange(&browser, "POST", "/photos", &mine, what);
        assert_eq!(refused.status, 400);
        let message = refused.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(said), "{message}");
    }
    assert_eq!(get(&browser, "/photos").status, 405);
    // A post of a photo alone.
    let draft = kept["draft"].as_str().unwrap();
    let fields = [
        ("text", ""),
        ("audience", "private"),
        ("photo-0", draft),
        ("alt-0", "Hills"),
    ];
    assert!(
        browser
            .submit("/", "/post", &fields)
            .leads_to()
            .contains("posted")
    );
    let page = browser.page("/");
    assert_eq!(photos(&page).len(), 1);
    assert!(page.contains("alt=\"Hills\""));
    // A draft is posted once.
    assert_eq!(browser.submit("/", "/post", &fields).status, 404);
}

#[test]
fn forms_with_files_are_bounded_and_ours() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = browser_of(&node);
    let token = csrf(&browser.page("/"));
    let csrf = text("csrf", &token);
    let words = text("text", "Not posted");
    // Without the token, with a wrong one, or with one that comes behind the file: nothing is worked on.
    for parts in [
        vec![words, file("files", GREY)],
        vec![text("csrf", "0"), file("files", GREY)],
        vec![file("files", GREY), csrf, words],
        vec![words],
    ] {
        assert_eq!(send(&browser, "/post", &parts).status, 403);
    }
    // Too many files, too long a text, too many fields.
    let many: Vec<_> = [csrf].into_iter().chain([file("files", b"x"); 9]).collect();
    assert_eq!(send(&browser, "/post", &many).status, 400);
    let long = "x".repeat(200 * 1024);
    assert_eq!(
        send(&browser, "/post", &[csrf, text("text", &long)]).status,
        413
    );
    let fields: Vec<_> = [csrf].into_iter().chain([words; 60]).collect();
    assert_eq!(send(&browser, "/post", &fields).status, 400);
    // A file that isn't taken loses no words.
    let refused = send(&browser, "/post", &[csrf, file("files", b"%PDF"), words]);
    assert_eq!(refused.status, 400);
    assert!(
        refused.text().contains("Not posted") && refused.text().contains("JPEG, PNG, WebP and GIF")
    );
    // Bodies that aren't what they say.
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let whole = multipart(&[csrf, words, file("files", GREY)]);
    for body in [&whole[..whole.len() / 2], b"", b"--", &vec![b'-'; 3 << 20]] {
        let headers = [("content-type", kind.as_str())];
        let got = exchange(&browser, "POST", "/post", &headers, body);
        assert!(matches!(got.status, 400 | 403), "{}", got.head);
    }
    // Files are taken where they belong, and nowhere else.
    assert_eq!(
        send(&browser, "/follow", &[csrf, file("files", GREY)]).status,
        415
    );
    assert!(photos(&browser.page("/")).is_empty());
    assert!(!browser.page("/").contains("Not posted"));
}

#[test]
fn a_person_has_a_picture() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = browser_of(&node);
    let me = home.identity();
    assert_eq!(get(&browser, &format!("/portrait/{me}/small")).status, 404);
    let token = csrf(&browser.page("/profile"));
    let csrf = text("csrf", &token);
    let none = send(
        &browser,
        "/profile/picture",
        &[csrf, ("picture", Some(""), b"")],
    );
    assert!(none.status == 400 && none.text().contains("No picture was chosen"));
    let telling = telling();
    let set = send(
        &browser,
        "/profile/picture",
        &[csrf, file("picture", &telling)],
    );
    assert_eq!(set.status, 303, "{}", set.text());
    for (size, side) in [("small", 32), ("full", 32)] {
        let got = get(&browser, &format!("/portrait/{me}/{size}"));
        is_clean_picture(&got, "image/jpeg");
        let frame = got
            .body
            .windows(2)
            .position(|two| two == [0xff, 0xc0])
            .unwrap();
        assert_eq!(
            got.body[frame + 5..frame + 9],
            [0, side, 0, side],
            "it is square"
        );
    }
    home.post("Hello.");
    let page = browser.page("/");
    let face = format!("src=\"/portrait/{me}/small?v=");
    assert!(
        page.matches(&face).count() >= 2,
        "beside the post and at the side: {page}"
    );
    let gone = browser.submit("/profile", "/profile/picture", &[("remove", "yes")]);
    assert!(gone.leads_to().contains("done="));
    assert_eq!(get(&browser, &format!("/portrait/{me}/small")).status, 404);
    assert!(!browser.page("/").contains("/portrait/"));
}

/// A file with a picture, for the command line.
fn file_of(home: &Home, name: &str, bytes: &[u8]) -> String {
    let path = home.file(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn visitors_see_photos_of_public_posts_and_no_others() {
    let home = Home::new("Alice");
    let node = home.up_with(&[
        "--http",
        "127.0.0.1:0",
        "--public-url",
        "https://alice.example",
    ]);
    let (photo, drawing) = (
        file_of(&home, "photo.jpg", PHOTO),
        file_of(&home, "drawing.png", DRAWING),
    );
    let posted = |args: &[&str], photo: &str| {
        let args = [&["post", "--photo", photo], args].concat();
        home.ask_text(&args, "id")
    };
    home.ask(&["profile", "--name", "Alice", "--picture", &photo]);
    let words = format!("{photo}:A \"wide\" <b>view</b>");
    let shown = posted(&["--public", "--photo", &drawing, "The ridge"], &words);
    let warned = posted(&["--public", "--warning", "Spiders", "Legs"], &photo);
    let friends = posted(&["For friends"], &drawing);
    let private = posted(&["--private", "For me"], &drawing);
    let visitor = Browser::of(&node);
    let look = |path: &str| exchange(&visitor, "GET", path, &[], b"");

    let page = visitor.page("/@alice");
    let seen = photos(&page);
    let address = |id: &str, index: u8, size: &str| format!("/@alice/{id}/photo/{index}/{size}");
    assert!(
        page.contains("alt=\"A &quot;wide&quot; &lt;b&gt;view&lt;/b&gt;\"")
            && !page.contains(&friends)
            && !page.contains(&private),
        "{page}"
    );
    for (id, index) in [(&shown, 0), (&shown, 1), (&warned, 0)] {
        let small = address(id, index, "small");
        let full = address(id, index, "full");
        assert!(page.contains(&small) && seen.contains(&full), "{page}");
        for path in [small, full] {
            let got = look(&path);
            assert_eq!(got.status, 200, "{path}: {}", got.head);
            assert!(got.header("content-type").starts_with("image/"));
            assert!(got.header("cache-control").contains("immutable"));
            let tag = got.header("etag").to_owned();
            let again = exchange(&visitor, "GET", &path, &[("if-none-match", &tag)], b"");
            assert_eq!((again.status, again.body.len()), (304, 0));
        }
    }
    // The face stands under a name that changes with it.
    let face = page.split("src=\"").nth(1).unwrap();
    let face = face.split('"').next().unwrap();
    assert!(
        face.starts_with("/@alice/portrait/") && look(face).status == 200,
        "{face}"
    );

    // Nothing else, whatever one guesses.
    let key = home.identity();
    for path in [
        address(&friends, 0, "small"),
        address(&private, 0, "full"),
        address(&shown, 2, "small"),
        address(&shown, 0, "huge"),
        format!("/@bob/{shown}/photo/0/small"),
        format!("/@alice/{shown}/photo/-1/small"),
        format!("/@alice/{shown}/photo/0/small/x"),
        "/@alice/portrait/0000000000000000/full".into(),
        format!("/@alice/portrait/{key}/full"),
    ] {
        assert_eq!(look(&path).status, 404, "{path}");
    }
    for path in [
        format!("/photo/{shown}/0/small"),
        format!("/photo/{private}/0/small"),
        format!("/portrait/{key}/small"),
    ] {
        assert_ne!(look(&path).status, 200, "{path}");
    }

    let one = visitor.page(&format!("/@alice/{shown}"));
    let image = format!(
        "property=\"og:image\" content=\"https://alice.example{}\"",
        address(&shown, 0, "full")
    );
    assert!(
        one.contains(&image) && one.contains("summary_large_image"),
        "{one}"
    );
    let behind = visitor.page(&format!("/@alice/{warned}"));
    assert!(behind.contains("https://alice.example/@alice/portrait/"));
    assert!(!behind.contains("summary_large_image"));
    let feed = visitor.page("/@alice/feed.atom");
    let in_feed = format!(
        "src=\"https://alice.example{}\"",
        address(&shown, 1, "small")
    );
    assert!(feed.contains(&in_feed.replace('"', "&quot;")), "{feed}");
    let album = visitor.page("/@alice/photos");
    assert!(
        photos(&album).contains(&address(&shown, 1, "full")),
        "{album}"
    );
    assert!(!album.contains(&friends) && !album.contains(&private));

    home.ask(&["delete", &shown]);
    assert_eq!(look(&address(&shown, 0, "small")).status, 404);
    home.ask(&["settings", "public.page", "off"]);
    assert_eq!(look(&address(&warned, 0, "small")).status, 404);
    assert_eq!(look(face).status, 404);
}
