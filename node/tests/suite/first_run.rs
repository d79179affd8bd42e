//! From an empty home to the first post, in a browser without scripts; and what is left where that was cut short.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;

use crate::browser::{Answer, Browser, csrf, path};
use crate::harness::{Home, PATIENCE, TCP, run, until};

const UP: [&str; 6] = ["up", "--no-mdns", "--http", "127.0.0.1:0", "--listen", TCP];
const PASSWORD: &str = "correct horse";
const PICTURE: &[u8] = include_bytes!("../../src/media/tests/files/palette.png");

/// A node that was started as people start it, killed when it is dropped.
struct Started {
    child: Child,
    /// The page, with a sign-in that works once.
    link: String,
    lines: mpsc::Receiver<String>,
}

impl Started {
    fn at(home: &Home) -> Self {
        let mut command = home.command(&UP);
        let mut log = std::fs::File::options();
        let log = log.create(true).append(true).open(home.file("stderr.log"));
        let log = log.unwrap();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (told, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = told.send(line);
            }
        });
        let mut started = Self {
            child,
            link: String::new(),
            lines,
        };
        started.link = started.told("Your page");
        started
    }

    /// The last word of the next line that begins so.
    #[track_caller]
    fn told(&self, beginning: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("nothing says {beginning:?}"));
            if line.starts_with(beginning) {
                return line.rsplit(' ').next().unwrap().to_owned();
            }
        }
    }

    fn web(&self) -> String {
        let host = self.link.strip_prefix("http://").unwrap();
        host.split('/').next().unwrap().to_owned()
    }

    /// A browser that followed a link.
    #[track_caller]
    fn browser(&self, link: &str) -> Browser {
        let mut browser = Browser {
            web: self.web(),
            cookie: None,
        };
        let answer = browser.get(&path(link));
        assert_eq!(answer.leads_to(), "/");
        let cookie = answer.header("set-cookie").split(';').next();
        browser.cookie = cookie.map(str::to_owned);
        browser
    }

    /// As a power cut ends it.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The words on the page that shows them.
#[track_caller]
fn words(page: &str) -> Vec<String> {
    let list = page.split("<ol class=\"words\"").nth(1).unwrap();
    let list = list.split("</ol>").next().unwrap();
    let words: Vec<String> = list
        .split("<li>")
        .skip(1)
        .map(|item| item.split('<').next().unwrap().to_owned())
        .collect();
    assert_eq!(words.len(), 24, "{page}");
    words
}

/// Which words a page asks for, counted from 0.
#[track_caller]
fn asked(page: &str) -> Vec<usize> {
    let asked: Vec<usize> = page
        .split("Word number ")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap().parse::<usize>().unwrap() - 1)
        .collect();
    assert_eq!(asked.len(), 2, "{page}");
    asked
}

fn name(browser: &Browser, name: &str) -> Answer {
    browser.submit("/welcome/name", "/welcome/name", &[("name", name)])
}

/// Sends a name with a picture; the answer's status, and where it leads or what it says.
fn name_with_picture(browser: &Browser, name: &str, picture: &[u8]) -> (u16, String) {
    let token = csrf(&browser.page("/welcome/name"));
    let mut body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--x\r\n\
         Content-Disposition: form-data; name=\"name\"\r\n\r\n{name}\r\n--x\r\n\
         Content-Disposition: form-data; name=\"picture\"; filename=\"me.png\"\r\n\
         Content-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend(picture);
    body.extend(b"\r\n--x--\r\n");
    let head = format!(
        "POST /welcome/name HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncookie: {}\r\n\
         content-type: multipart/form-data; boundary=x\r\ncontent-length: {}\r\n\r\n",
        browser.web,
        browser.cookie.as_deref().unwrap_or_default(),
        body.len()
    );
    let mut stream = TcpStream::connect(&browser.web).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

/// Answers with the right words.
#[track_caller]
fn answer(browser: &Browser) -> Answer {
    let words = words(&browser.page("/welcome/phrase"));
    let asked = asked(&browser.page("/welcome/words"));
    let fields = [
        ("first", words[asked[0]].as_str()),
        ("second", &words[asked[1]]),
    ];
    browser.submit("/welcome/words", "/welcome/words", &fields)
}

#[test]
fn somebody_begins_on_the_page_and_writes_their_first_post() {
    let (friend, home) = (Home::new("Bob"), Home::new("Alice"));
    let _at_friend = friend.up_on(&[TCP]);
    let node = Started::at(&home);
    // Commands say what to do meanwhile.
    for verb in [
        &["status"][..],
        &["id"],
        &["timeline"],
        &["post", "too early"],
    ] {
        home.run(verb).refused(1, "hearth open");
    }
    home.run(&["init"]).refused(1, "in use");
    assert!(!home.dir().join("store").exists() && !home.dir().join("keys").exists());

    let stranger = Browser {
        web: node.web(),
        cookie: None,
    };
    assert_eq!(stranger.get("/welcome/name").status, 401);
    let browser = node.browser(&home.ask_text(&["open"], "web"));
    let _ = node.browser(&node.link);
    assert_eq!(browser.get("/").leads_to(), "/welcome");
    let welcome = browser.page("/welcome");
    assert!(welcome.contains("new here") && welcome.contains("I have a phrase"));
    for early in ["/welcome/lock", "/welcome/phrase", "/welcome/words"] {
        assert_eq!(browser.get(early).leads_to(), "/welcome/name", "{early}");
    }
    assert_eq!(name(&browser, " ").status, 400);
    assert_eq!(name(&browser, &"x".repeat(5000)).status, 400);
    assert_eq!(name(&browser, "<b>Alice</b>").leads_to(), "/welcome/lock");
    // A picture too, if one likes: looked at at once, and shown again.
    let (status, said) = name_with_picture(&browser, "<b>Alice</b>", b"no picture");
    assert_eq!(status, 400, "{said}");
    assert_eq!(browser.get("/welcome/picture").status, 404);
    let (status, said) = name_with_picture(&browser, "<b>Alice</b>", PICTURE);
    assert!(
        status == 303 && said.contains("location: /welcome/lock"),
        "{said}"
    );
    assert!(
        browser
            .page("/welcome/name")
            .contains("/welcome/picture?v=")
    );

    let lock = browser.page("/welcome/lock");
    assert!(lock.contains("Skip this") && lock.contains("programs on this machine"));
    let set = |new: &str, again: &str| {
        let fields = [("new", new), ("again", again)];
        browser.submit("/welcome/lock", "/welcome/password", &fields)
    };
    assert_eq!(set("short", "short").status, 400);
    assert_eq!(set(PASSWORD, "another one").status, 400);
    assert_eq!(set(PASSWORD, PASSWORD).leads_to(), "/welcome/lock");
    assert!(
        browser
            .page("/welcome/lock")
            .contains("Your password is set")
    );

    assert_eq!(browser.get("/welcome/words").leads_to(), "/welcome/phrase");
    let shown = browser.get("/welcome/phrase");
    assert_eq!(shown.header("cache-control"), "no-store");
    assert!(shown.body.contains("&lt;b&gt;Alice") && !shown.body.contains("<b>Alice"));
    let phrase = words(&shown.body);
    let asked = asked(&browser.page("/welcome/words"));
    let check = |first: &str, second: &str| {
        let fields = [("first", first), ("second", second)];
        browser.submit("/welcome/words", "/welcome/words", &fields)
    };
    let (first, second) = (phrase[asked[0]].as_str(), phrase[asked[1]].as_str());
    for (first, second) in [
        ("", ""),
        (first, "zzz"),
        ("zzz", second),
        (first, &phrase.join(" ")),
    ] {
        let refused = check(first, second);
        assert_eq!(refused.status, 400, "{first} {second}");
        assert!(refused.body.contains("Look again"));
    }
    assert_eq!(
        words(&browser.page("/welcome/phrase")),
        phrase,
        "one phrase"
    );
    // Nobody else's form makes anybody.
    let token = csrf(&browser.page("/welcome/words"));
    let right = [("first", first), ("second", second)];
    let signed = [right[0], right[1], ("csrf", token.as_str())];
    assert_eq!(browser.send_form("/welcome/words", &right, &[]).status, 403);
    let foreign = browser.send_form(
        "/welcome/words",
        &signed,
        &[("origin", "http://evil.example")],
    );
    assert_eq!(foreign.status, 403);
    assert_eq!(
        stranger.send_form("/welcome/words", &signed, &[]).status,
        401
    );
    assert!(!home.dir().join("keys").exists());

    let right = check(&format!(" {} ", first.to_uppercase()), second);
    assert_eq!(right.leads_to(), "/welcome/friend");
    // The same browser, at the same address, as soon as the node is there.
    let page = browser.page("/welcome/friend");
    let identity = node.told("You are");
    assert!(page.contains("<svg class=\"qr\"") && page.contains(&identity));
    assert_eq!(home.identity(), identity);
    assert!(
        home.ask(&["profile"])["picture"].is_object(),
        "the one that was chosen"
    );
    let befriend =
        |key: &str| browser.submit("/welcome/friend", "/welcome/friend", &[("key", key)]);
    assert_eq!(befriend("hearth2oops").status, 400);
    assert!(browser.page("/").contains("What remains"));
    assert!(befriend(&friend.link()).leads_to().starts_with("/?done="));
    let posted = browser.submit(
        "/",
        "/post",
        &[("text", "My first post"), ("audience", "friends")],
    );
    assert!(posted.leads_to().starts_with("/?done="), "{posted:?}");
    assert_eq!(home.texts(&["timeline"]), ["My first post"]);
    until("the friend was asked", || {
        let knocks = friend.ask(&["knocks"]);
        (knocks[0]["identity"] == identity.as_str()).then_some(())
    });

    // What remains can be put away.
    let front = browser.page("/");
    let remains = |step: &str| front.contains(&format!("name=\"step\" value=\"{step}\""));
    assert!(front.contains("Let friends keep your backup") && remains("guardians"));
    assert!(!remains("friend") && !remains("sign-in"), "{front}");
    assert!(front.contains("3 of 6 done"), "{front}");
    for step in ["guardians", "import", "address"] {
        assert!(browser.page("/").contains("What remains"));
        let away = browser.submit("/", "/welcome/dismiss", &[("step", step)]);
        assert_eq!(away.leads_to(), "/");
    }
    assert!(!browser.page("/").contains("What remains"));
    assert!(browser.page("/settings").contains("Show them again"));
    let again = browser.submit("/settings", "/settings", &[("part", "steps")]);
    assert!(again.leads_to().starts_with("/settings?done=saved"));
    assert!(browser.page("/").contains("What remains"));
    let nothing = browser.submit("/", "/welcome/dismiss", &[("step", "everything")]);
    assert_eq!(nothing.status, 404);
    for over in ["/welcome", "/welcome/phrase", "/welcome/words"] {
        assert_eq!(browser.get(over).leads_to(), "/", "{over}");
    }

    // The phrase is that of the identity, and lies nowhere.
    let paper = home.file("paper.txt");
    std::fs::write(&paper, phrase.join(" ")).unwrap();
    let paper = paper.to_str().unwrap().to_owned();
    let pocket = Home::new("pocket");
    let made = pocket.ask(&["init", "--phrase-file", &paper]);
    assert_eq!(made["identity"], identity.as_str());
    let two = phrase[..2].join(" ");
    assert!(!is_anywhere(&home.dir(), two.as_bytes()) && !home.logged().contains(&two));
    assert!(!is_anywhere(&home.dir(), PASSWORD.as_bytes()));
    assert!(!home.dir().join("first-run.json").exists());
    home.ask(&["stop"]);

    // From now on it is a node like any other.
    let node = Started::at(&home);
    let browser = Browser {
        web: node.web(),
        ..browser
    };
    assert!(browser.page("/").contains("My first post"));
    assert_eq!(home.identity(), identity);
}

fn is_anywhere(folder: &std::path::Path, text: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return is_anywhere(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text)
    })
}

#[test]
fn killed_at_any_step_it_goes_on_and_nobody_is_half_there() {
    let home = Home::new("Alice");
    let node = Started::at(&home);
    let browser = node.browser(&node.link);
    node.kill();

    let node = Started::at(&home);
    let browser = Browser {
        web: node.web(),
        ..browser
    };
    assert_eq!(browser.get("/").leads_to(), "/welcome", "still signed in");
    name(&browser, "Alice");
    node.kill();

    let node = Started::at(&home);
    let browser = Browser {
        web: node.web(),
        ..browser
    };
    assert_eq!(browser.get("/").leads_to(), "/welcome/lock");
    assert!(browser.page("/welcome/name").contains("Alice"));
    let shown = browser.page("/welcome/phrase");
    assert!(!shown.contains("started anew"));
    let before = words(&shown);
    node.kill();
    assert!(!home.dir().join("keys").exists());
    home.run(&["id"]).refused(1, "no identity");

    let node = Started::at(&home);
    let browser = Browser {
        web: node.web(),
        ..browser
    };
    assert_eq!(browser.get("/welcome/words").leads_to(), "/welcome/phrase");
    let shown = browser.page("/welcome/phrase");
    assert!(shown.contains("started anew"), "{shown}");
    assert_ne!(words(&shown), before, "what nobody confirmed is of no use");
    let begun = std::time::Instant::now();
    assert_eq!(answer(&browser).leads_to(), "/welcome/friend");
    // While the node begins, or just after.
    node.kill();
    eprintln!("killed {:?} after the words", begun.elapsed());

    let node = Started::at(&home);
    let browser = Browser {
        web: node.web(),
        ..browser
    };
    assert!(
        browser
            .page("/welcome/friend")
            .contains("Your first friend")
    );
    assert_eq!(home.ask(&["id"])["name"], "Alice");
    home.ask(&["post", "here", "--public"]);
    // A name counts at the first run only.
    home.ask(&["stop"]);
    drop(node);
    let node = home.up();
    assert!(node.ready.get("phrase").is_none());
}

#[test]
fn who_asks_for_an_identity_at_once_gets_one() {
    for extra in [&["--name", "Alice"][..], &["--json"]] {
        let home = Home::new("Alice");
        // A page that nobody used leaves nothing in the way.
        let node = Started::at(&home);
        name(&node.browser(&node.link), "Somebody");
        node.kill();
        let mut command = home.command(&UP);
        command
            .args(extra)
            .stdout(Stdio::piped())
            .stdin(Stdio::null());
        let mut child = command.spawn().unwrap();
        until("somebody lives here", || {
            home.run(&["id"])
                .stdout
                .starts_with(b"Identity")
                .then_some(())
        });
        assert!(!home.dir().join("first-run.json").exists());
        home.ask(&["stop"]);
        child.wait().unwrap();
    }
}

#[test]
fn somebody_with_a_phrase_comes_back_on_the_page() {
    let home = Home::new("Alice");
    let node = Started::at(&home);
    let browser = node.browser(&node.link);
    let back = |phrase: &str, via: &str| {
        let fields = [("phrase", phrase), ("via", via)];
        browser.submit("/restore", "/restore", &fields)
    };
    let wrong = back("abandon abandon", "hearth:nobody");
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("hearth:nobody") && !wrong.body.contains("abandon abandon"));

    let other = Home::new("paper");
    let made = other.ask(&["init"]);
    let phrase = made["phrase"].as_str().unwrap();
    assert_eq!(back(phrase, "nonsense").status, 400);
    assert_eq!(back(phrase, "").leads_to(), "/restore");
    let page = browser.page("/restore");
    assert!(page.contains("Looking for your friends"), "{page}");
    assert_eq!(home.ask(&["id"])["identity"], made["identity"]);
    node.kill();

    // Nothing was found yet, and the phrase is gone: the page asks again.
    let node = Started::at(&home);
    let browser = Browser {
        web: node.web(),
        ..browser
    };
    assert_eq!(browser.get("/").leads_to(), "/welcome");
    assert!(!home.dir().join("store").exists());
    name(&browser, "Alice");
    assert_eq!(answer(&browser).leads_to(), "/welcome/friend");
    assert!(
        browser
            .page("/welcome/friend")
            .contains("Your first friend")
    );
    assert_ne!(home.ask(&["id"])["identity"], made["identity"]);
}

#[test]
fn a_second_machine_comes_and_goes_by_pages_alone() {
    let alice = Home::new("Alice");
    let first = Started::at(&alice);
    let here = first.browser(&first.link);
    name(&here, "Alice");
    let phrase = words(&here.page("/welcome/phrase")).join(" ");
    assert_eq!(answer(&here).leads_to(), "/welcome/friend");
    assert_eq!(here.get("/welcome/friend").status, 200);
    alice.ask(&["post", "from the tower", "--public"]);

    let add = |phrase: &str| {
        let fields = [("name", "Laptop"), ("phrase", phrase)];
        here.submit("/devices/add", "/devices/add", &fields)
    };
    let wrong = add(&phrase.replacen(' ', " abandon ", 1));
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("A phrase has 24 words") && !wrong.body.contains(&phrase[..20]));
    let others = Home::new("paper").ask(&["init"])["phrase"].to_string();
    let refused = add(others.trim_matches('"'));
    assert_eq!(refused.status, 400);
    assert!(refused.body.contains("another identity"), "{refused:?}");
    let added = add(&phrase);
    assert_eq!(added.status, 200, "{added:?}");
    assert_eq!(added.headers["cache-control"], "no-store");
    let link = added.body.split("hearth-device:").nth(1).unwrap();
    let link = format!("hearth-device:{}", link.split('"').next().unwrap());

    let laptop = Home::new("Laptop");
    let second = Started::at(&laptop);
    let there = second.browser(&second.link);
    let join = |link: &str| there.submit("/welcome/device", "/welcome/device", &[("link", link)]);
    let wrong = join("hearth-device:AAAA");
    assert_eq!(wrong.status, 400);
    assert!(!wrong.body.contains("hearth-device:AAAA"));
    assert_eq!(join(&link).leads_to(), "/");
    assert_eq!(there.get("/").status, 200);
    assert_eq!(laptop.identity(), alice.identity());
    until("the laptop reads what the tower wrote", || {
        let texts = laptop.texts(&["timeline"]);
        texts.contains(&"from the tower".to_owned()).then_some(())
    });

    let device = laptop.ask_text(&["id"], "device");
    assert!(here.page("/devices").contains(&device));
    let form = format!("/devices/remove?device={device}");
    let remove = |phrase: &str| {
        let fields = [
            ("device", device.as_str()),
            ("phrase", phrase),
            ("stolen", "yes"),
        ];
        here.submit(&form, "/devices/remove", &fields)
    };
    assert_eq!(remove(others.trim_matches('"')).status, 400);
    assert_eq!(remove(&phrase).leads_to(), "/devices?done=device-cut");
    until("the laptop notices", || {
        let status = laptop.ask(&["status"]);
        status["revoked"].as_str().map(|_| ())
    });
    // This machine itself isn't taken out by its own page.
    let own = alice.ask_text(&["id"], "device");
    assert_eq!(
        here.get(&format!("/devices/remove?device={own}")).status,
        404
    );
    for log in [alice.file("stderr.log"), laptop.file("stderr.log")] {
        let log = std::fs::read_to_string(log).unwrap();
        assert!(!log.contains(&phrase) && !log.contains(&link));
    }
}

#[test]
fn a_password_lets_in_until_it_is_tried_too_often() {
    let home = Home::new("Alice");
    let node = home.up();
    let owner = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    let stranger = Browser::of(&node);
    let try_one =
        |password: &str| stranger.send_form("/sign-in/password", &[("password", password)], &[]);
    let before = try_one(PASSWORD);
    assert_eq!(before.status, 403);
    let settings = "/settings/sign-in";
    let change = |now: &str, new: &str, others: &str| {
        let fields = [
            ("now", now),
            ("new", new),
            ("again", new),
            ("others", others),
        ];
        owner.submit(settings, "/settings/sign-in/password", &fields)
    };
    let set = |new: &str, again: &str, others: &str| {
        let fields = [("new", new), ("again", again), ("others", others)];
        owner.submit(settings, "/settings/sign-in/password", &fields)
    };
    assert_eq!(set("too short", "too short", "").status, 400);
    assert_eq!(
        set(PASSWORD, PASSWORD, "").leads_to(),
        "/settings/sign-in?done=saved"
    );
    assert!(stranger.get("/").body.contains("type=\"password\""));
    let wrong = try_one("incorrect horse");
    assert_eq!((wrong.status, &wrong.body), (403, &before.body), "alike");
    assert_eq!(wrong.headers.get("set-cookie"), None);
    let right = try_one(PASSWORD);
    assert_eq!(right.leads_to(), "/");
    assert!(
        right
            .header("set-cookie")
            .contains("; HttpOnly; SameSite=Lax")
    );
    let known = right.header("set-cookie (2)");
    assert!(known.starts_with("hearth_known_") && known.contains("; HttpOnly; SameSite=Lax"));
    let mut known_browser = Browser::of(&node);
    let known_by = |known: &str| known.split(';').next().map(ToOwned::to_owned);
    known_browser.cookie = known_by(known);
    assert_eq!(known_browser.get("/").status, 401, "it opens nothing");
    let foreign = [("origin", "http://evil.example")];
    let fields = [("password", PASSWORD)];
    assert_eq!(
        stranger
            .send_form("/sign-in/password", &fields, &foreign)
            .status,
        403
    );
    assert_eq!(stranger.get("/sign-in/password").status, 405);
    assert_eq!(stranger.get("/sign-in/nowhere").status, 404);

    // Who got hold of an open browser can't lock its owner out.
    let remove = |now: &str| {
        let fields = [("now", now)];
        owner.submit(settings, "/settings/sign-in/no-password", &fields)
    };
    let add = |now: &str| {
        let fields = [("now", now)];
        owner.submit(settings, "/settings/sign-in/passkey", &fields)
    };
    for refused in [
        add("incorrect horse"),
        set("battery staple", "battery staple", "yes"),
        change("incorrect horse", "battery staple", "yes"),
        remove(""),
    ] {
        assert_eq!(refused.status, 403);
        assert!(refused.body.contains("isn’t the present password"));
    }
    let other = Browser::signed_in(&node, &home.ask_text(&["open"], "web"));
    assert_eq!(try_one(PASSWORD).status, 303, "it is the same");
    // Another password signs the others out, if that is wished.
    assert_eq!(change(PASSWORD, "battery staple", "yes").status, 303);
    assert_eq!((other.get("/").status, owner.get("/").status), (401, 200));
    assert_eq!(remove("battery staple").status, 303);
    assert_eq!(set(PASSWORD, PASSWORD, "").status, 303);
    known_browser.cookie = known_by(try_one(PASSWORD).header("set-cookie (2)"));

    // The waits grow: of a long one enough is left for what comes next.
    let waits = until("it was tried too often", || {
        let answer = try_one("incorrect horse");
        let wait = answer.headers.get("retry-after")?;
        assert_eq!(answer.status, 429);
        wait.parse::<u64>().ok().filter(|seconds| *seconds >= 16)
    });
    assert!(waits <= 900);
    assert_eq!(try_one(PASSWORD).status, 429, "also who knows it");
    // But whoever was signed in before isn't locked out by strangers, nor is who is signed in.
    let fields = [("password", PASSWORD)];
    let again = known_browser.send_form("/sign-in/password", &fields, &[]);
    assert_eq!(again.leads_to(), "/");
    let kept = again.header("set-cookie (2)").split(';').next();
    assert_eq!(kept, known_browser.cookie.as_deref(), "it stays the one");
    assert_eq!(set("battery staple", "battery staple", "").status, 403);
    // Commands and links go on working.
    home.post("still here");
    let other = Browser::signed_in(&node, &home.ask_text(&["open"], "web"));
    assert_eq!(other.get("/").status, 200);
    // Who is at the machine needs no password.
    let removed = home.ask(&["sessions", "no-password"]);
    assert_eq!(removed["removed"], true);
    assert!(!stranger.get("/").body.contains("type=\"password\""));
    assert_eq!(
        home.ask(&["sessions", "no-password"])["removed"],
        false,
        "there is none"
    );
    assert_eq!(set("battery staple", "battery staple", "").status, 303);
    assert_eq!((other.get("/").status, owner.get("/").status), (200, 200));
    assert!(home.dir().join("sign-in.json").exists());
}

#[test]
fn sessions_are_listed_and_revoked() {
    let home = Home::new("Alice");
    let node = home.up();
    let here = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    let link = home.ask_text(&["open"], "web");
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0";
    let entered = Browser::of(&node).request("GET", &path(&link), &[("user-agent", agent)], "");
    let there = Browser {
        web: node.web(),
        cookie: entered
            .header("set-cookie")
            .split(';')
            .next()
            .map(str::to_owned),
    };
    let third = Browser::signed_in(&node, &home.ask_text(&["open"], "web"));
    let listed = home.ask(&["sessions", "list"]);
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 3);
    let firefox = listed
        .iter()
        .find(|session| session["browser"] == "Firefox on Linux");
    let firefox = firefox.expect("it said what it is");
    assert_eq!(firefox["address"], "127.0.0.1");
    let id = firefox["id"].as_str().unwrap();
    let page = here.page("/settings/sessions");
    assert!(
        page.contains("Firefox on Linux") && page.contains("This one"),
        "{page}"
    );

    home.run(&["sessions", "revoke", "00"])
        .refused(2, "sessions list");
    home.run(&["sessions", "revoke", &"0".repeat(16)])
        .refused(1, "no browser");
    assert_eq!(home.ask(&["sessions", "revoke", &id[..16]])["revoked"], 1);
    assert_eq!((there.get("/").status, here.get("/").status), (401, 200));
    let gone = here.submit(
        "/settings/sessions",
        "/settings/sessions/revoke",
        &[("id", id)],
    );
    assert_eq!(gone.status, 404);
    let others = here.submit("/settings/sessions", "/settings/sessions/others", &[]);
    assert_eq!(others.leads_to(), "/settings/sessions?done=signed-out");
    assert_eq!((third.get("/").status, here.get("/").status), (401, 200));
    // A revoked session doesn't come back with a restart.
    node.stop();
    let node = home.up();
    let again = |browser: Browser| Browser {
        web: node.web(),
        ..browser
    };
    let (here, third) = (again(here), again(third));
    assert_eq!((third.get("/").status, here.get("/").status), (401, 200));
    assert_eq!(home.ask(&["sessions", "revoke", "--all"])["revoked"], 1);
    assert_eq!(here.get("/").status, 401);
    let usage = run(home.command(&["sessions", "revoke"]), b"");
    assert_eq!(usage.code, 2);
}

/// The cookie that an answer sets first: its name and value.
#[track_caller]
fn cookie(answer: &Answer) -> &str {
    answer.header("set-cookie").split(';').next().unwrap()
}

#[test]
fn who_copied_a_cookie_is_a_stranger_once_the_others_are_signed_out() {
    let home = Home::new("Alice");
    let node = home.up();
    let mut owner = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    let session = owner.cookie.clone().unwrap();
    let fields = [("new", PASSWORD), ("again", PASSWORD)];
    let set = owner.submit("/settings/sign-in", "/settings/sign-in/password", &fields);
    assert_eq!(set.status, 303);
    // Who is signed in without a cookie by which to be known is given one by the settings, and always that one.
    assert!(!owner.get("/people").headers.contains_key("set-cookie"));
    let given = owner.get("/settings/sessions");
    let copied = cookie(&given).to_owned();
    assert!(copied.starts_with("hearth_known_"), "{copied}");
    assert!(
        given
            .header("set-cookie")
            .contains("; HttpOnly; SameSite=Lax")
    );
    assert_eq!(cookie(&owner.get("/settings")), copied);
    owner.cookie = Some(format!("{session}; {copied}"));
    assert!(!owner.get("/settings").headers.contains_key("set-cookie"));

    let holder = |cookie: &str| Browser {
        web: node.web(),
        cookie: Some(cookie.to_owned()),
    };
    let try_one = |browser: &Browser, password: &str| {
        let fields = [("password", password)];
        browser.send_form("/sign-in/password", &fields, &[]).status
    };
    let stranger = Browser::of(&node);
    until("strangers tried too often", || {
        let fields = [("password", "incorrect horse")];
        let answer = stranger.send_form("/sign-in/password", &fields, &[]);
        let wait = answer.headers.get("retry-after")?;
        wait.parse::<u64>().ok().filter(|seconds| *seconds >= 16)
    });
    assert_eq!(try_one(&stranger, PASSWORD), 429);
    let thief = holder(&copied);
    assert_eq!(
        try_one(&thief, "incorrect horse"),
        403,
        "a count of its own"
    );

    let others = owner.submit("/settings/sessions", "/settings/sessions/others", &[]);
    assert_eq!(others.leads_to(), "/settings/sessions?done=signed-out");
    let renewed = cookie(&others).to_owned();
    assert!(renewed.starts_with("hearth_known_") && renewed != copied);
    assert_eq!(try_one(&thief, PASSWORD), 429, "a stranger's count");
    assert_eq!(try_one(&holder(&renewed), PASSWORD), 303);
    // Another password does the same, where it signs the others out.
    owner.cookie = Some(format!("{session}; {renewed}"));
    let change = |others: &[(&str, &str)]| {
        let fields = [
            &[("now", PASSWORD), ("new", PASSWORD), ("again", PASSWORD)],
            others,
        ]
        .concat();
        owner.submit("/settings/sign-in", "/settings/sign-in/password", &fields)
    };
    assert!(!change(&[]).headers.contains_key("set-cookie"));
    let again = cookie(&change(&[("others", "yes")])).to_owned();
    assert_ne!(again, renewed);

    // It outlives a restart.
    node.stop();
    let node = home.up();
    let page = |known: &str| {
        let browser = Browser {
            web: node.web(),
            cookie: Some(format!("{session}; {known}")),
        };
        let answer = browser.get("/settings");
        assert_eq!(answer.status, 200);
        answer
    };
    assert!(!page(&again).headers.contains_key("set-cookie"));
    for stale in [&copied, &renewed] {
        assert_eq!(cookie(&page(stale)), again);
    }
    // Where everybody is signed out, nobody is known.
    home.ask(&["sessions", "revoke", "--all"]);
    let other = Browser::signed_in(&node, &home.ask_text(&["open"], "web"));
    let session = other.cookie.clone().unwrap();
    let browser = Browser {
        cookie: Some(format!("{session}; {again}")),
        ..other
    };
    assert_ne!(cookie(&browser.get("/settings")), again);
}

#[test]
fn passkeys_are_asked_for_under_the_name_that_the_page_is_open_under() {
    let home = Home::new("Alice");
    let public = [
        "--http",
        "127.0.0.1:0",
        "--public-url",
        "https://alice.example",
    ];
    let node = home.up_with(&public);
    let owner = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    let page = |host: &str| {
        let answer = owner.request("GET", "/settings/sign-in", &[("host", host)], "");
        assert_eq!(answer.status, 200, "{host}");
        answer.body
    };
    let local = node.web().replace("127.0.0.1", "localhost");
    for (host, party) in [("alice.example", "alice.example"), (&local, "localhost")] {
        let page = page(host);
        assert!(page.contains(&format!("data-party=\"{party}\"")), "{page}");
    }
    let page = page(&node.web());
    assert!(!page.contains("data-party"));
    assert!(
        page.contains("<a href=\"https://alice.example/\">Open this page as alice.example</a>")
    );
}
