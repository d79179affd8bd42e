//! A thousand pages that are open at once.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::browser::Browser;
use crate::harness::{Home, Node, PATIENCE};
use crate::vitals::Vitals;

const PAGES: usize = 1_000;
/// What they may take of the node's memory, all together, and of one core while nothing happens.
const MEMORY_KIB_MAX: u64 = 150 * 1024;
const CORES_MAX: f64 = 0.1;
const REST: Duration = Duration::from_secs(5);

fn open(browser: &Browser) -> TcpStream {
    let mut stream = browser.send("GET", "/events", &[], "");
    let mut head = [0; 15];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    stream
}

/// Reads until `word` comes.
fn hear(stream: &mut TcpStream, word: &str) {
    let (mut heard, mut chunk) = (Vec::new(), [0; 1024]);
    while !String::from_utf8_lossy(&heard).contains(word) {
        let length = stream.read(&mut chunk).unwrap();
        assert!(length > 0, "ended before {word}: {heard:?}");
        heard.extend_from_slice(&chunk[..length]);
    }
}

fn at_rest(node: &Node<'_>) -> Vitals {
    let before = Vitals::of(node);
    std::thread::sleep(REST);
    let after = Vitals::of(node);
    let cores = after.cores_since(&before);
    eprintln!("at rest: {} MiB, {cores:.3} cores", after.memory_kib / 1024);
    assert!(cores < CORES_MAX, "{cores} cores");
    after
}

#[test]
fn a_thousand_open_pages_cost_little_and_all_hear_the_news() {
    let home = Home::new("Alice");
    let node = home.up();
    let browser = Browser::signed_in(&node, node.ready["web"].as_str().unwrap());
    home.post("Before.");
    let alone = Vitals::of(&node);
    eprintln!("alone: {} MiB", alone.memory_kib / 1024);
    let begin = Instant::now();
    let mut pages: Vec<TcpStream> = (0..PAGES).map(|_| open(&browser)).collect();
    eprintln!("{PAGES} pages open after {:?}", begin.elapsed());
    let resting = at_rest(&node);
    assert!(
        resting.memory_kib < MEMORY_KIB_MAX,
        "{} KiB",
        resting.memory_kib
    );

    let begin = Instant::now();
    let id = home.ask_with(&["post", "-", "--public"], b"News.");
    assert!(id["id"].is_string());
    for page in &mut pages {
        page.set_read_timeout(Some(PATIENCE)).unwrap();
        hear(page, "event:post");
    }
    eprintln!("all heard of it after {:?}", begin.elapsed());
    // The owner's own page is answered meanwhile, and afterwards.
    assert!(browser.page("/").contains("News."));
    at_rest(&node);

    // Who signs out is told nothing more.
    let signed_out = browser.submit("/profile", "/sign-out", &[]);
    assert_eq!(signed_out.leads_to(), "/sign-in");
    home.post("Private news.");
    hear(&mut pages[0], "event:bye");
    let mut rest = String::new();
    pages[1].write_all(b"").unwrap();
    pages[1].read_to_string(&mut rest).unwrap_or_default();
    assert!(
        rest.contains("event:bye") && !rest.contains("event:post"),
        "{rest}"
    );
}
