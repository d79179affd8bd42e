//! Posts' texts as Markdown, restrained: emphasis, strong words, code, lists, quotes and links; a microblog, not a document.
//!
//! Line breaks stay as they were typed. Headings are strong words, pictures from elsewhere are links to them, and of HTML every
//! letter shows. A parser (pulldown-cmark, CommonMark 0.31) says where the marks are; what is written from that goes through a
//! sanitiser (ammonia), so that no fault on the way there lets markup through. This file alone names the two.
//!
//! The parser reads a *shadow* of the text: of the same length, byte for byte, without the marks that mean nothing here (HTML,
//! entities, definitions, lines of hyphens) and without those in addresses and tags, where they aren't meant. All that is shown
//! is taken from the text itself, from the places that the parser names.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use maud::{Markup, PreEscaped, Render, html};
use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use crate::face::TONES;
use crate::text::{AWAY, Piece, Reading, called, has_ink, pieces, shown, whereto, whole_words};

/// Texts beyond this show without Markdown. A post's text is shorter by far.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Of marks within marks, so many show.
const DEPTH_MAX: usize = 8;

/// A post's text as HTML.
pub(crate) fn marked(text: &str, reading: Reading<'_>) -> Markup {
    let html = written(text, reading).html;
    PreEscaped(SANITISER.clean(&html).to_string())
}

/// The words of a post's text, without marks, on lines as typed: for titles, previews and other places where text is bare.
pub(crate) fn words(text: &str, reading: Reading<'_>) -> String {
    written(text, reading).words
}

/// The tags in a post's text, without their `#`, in order, as often as they are there; what is in code is none.
pub fn tags(text: &str) -> Vec<String> {
    written(text, Reading::default()).tags
}

fn written(text: &str, reading: Reading<'_>) -> Written {
    let shadow = shadow(text);
    let mut writer = Writer {
        text,
        shadow: &shadow,
        reading,
        out: Written::default(),
        open: Vec::new(),
        shown: 0,
        blocks: 0,
        link: None,
        waiting: None,
        end: 0,
        is_fresh: true,
        is_code: false,
    };
    if text.len() > TEXT_BYTES_MAX {
        writer.waiting = Some(0..text.len());
    } else {
        for (event, range) in Parser::new_ext(&shadow, Options::empty()).into_offset_iter() {
            writer.take(event, range);
        }
    }
    writer.flush();
    writer.out
}

// ---- The shadow ----

/// Where an address or a tag has these, they are letters of it.
const MARKS: &[u8] = b"*_`~[]\\!|";
/// Stands for a mark that isn't one: a letter in words, a sign elsewhere, so that what is beside it stays what it is.
const LETTER: u8 = b'x';
const SIGN: u8 = b'\'';

/// The text as the parser reads it.
fn shadow(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let words = whole_words(text);
    for word in &words {
        for byte in &mut bytes[word.clone()] {
            if MARKS.contains(byte) {
                *byte = LETTER;
            }
        }
    }
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        line_of_shadow(&mut bytes[at..at + line.len()]);
        at += line.len();
    }
    for at in 0..bytes.len() {
        match bytes[at] {
            b'&' => bytes[at] = SIGN,
            b'<' if !begins_address(&bytes[at + 1..]) => bytes[at] = SIGN,
            b':' if at > 0 && bytes[at - 1] == b']' => bytes[at] = SIGN,
            _ => {}
        }
    }
    String::from_utf8(bytes).expect("letters of one byte gave way to such letters")
}

/// A line of hyphens and the like underlines no heading and rules nothing off; what stands deep within lists and quotes is words.
fn line_of_shadow(line: &mut [u8]) {
    let is_ruler = |byte: &u8| b" \t\r\n>-=*_".contains(byte);
    let is_lone_sign = line.iter().all(is_ruler);
    let mut depth = 0;
    for byte in line {
        match *byte {
            b'>' if depth < DEPTH_MAX => depth += 1,
            b'-' | b'=' | b'*' | b'_' if is_lone_sign => *byte = SIGN,
            b'-' | b'*' | b'+' | b'.' | b')' if depth < DEPTH_MAX => depth += 1,
            b'>' | b'-' | b'*' | b'+' | b'.' | b')' => *byte = SIGN,
            b' ' | b'\t' | b'0'..=b'9' => {}
            _ => break,
        }
    }
}

/// Whether what follows a `<` makes it that of an address: `<https://…>`.
fn begins_address(rest: &[u8]) -> bool {
    let schemes = ["http:", "https:", "gemini:", "mailto:"].into_iter();
    schemes.map(str::as_bytes).any(|scheme| {
        let head = rest.get(..scheme.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    })
}

// ---- Writing ----

/// What became of a text.
#[derive(Debug, Default)]
struct Written {
    html: String,
    words: String,
    tags: Vec<String>,
}

/// A link that is being written.
#[derive(Clone, Copy)]
struct Link<'a> {
    /// None where it may lead nowhere: then it shows as it was typed.
    address: Option<&'a str>,
    /// Where its words begin.
    words_from: usize,
    /// How many links are open in it, which lead nowhere.
    inner: usize,
}

struct Writer<'a> {
    text: &'a str,
    shadow: &'a str,
    reading: Reading<'a>,
    out: Written,
    /// What is open, by the tag that closes it; empty where it doesn't show.
    open: Vec<&'static str>,
    /// How many of these show.
    shown: usize,
    /// How many lists and quotes are open.
    blocks: usize,
    /// The outermost link.
    link: Option<Link<'a>>,
    /// Text that isn't written yet, since more of it may follow.
    waiting: Option<Range<usize>>,
    /// Up to where the text was written.
    end: usize,
    /// Whether a block begins: what separates lines isn't wanted.
    is_fresh: bool,
    /// Whether lines of code are read.
    is_code: bool,
}

impl<'a> Writer<'a> {
    fn take(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Text(said) => self.words(&said, range),
            Event::Code(said) => {
                self.between(range.start);
                self.code(&said, &range);
            }
            Event::SoftBreak | Event::HardBreak => {
                self.flush();
                self.push("\n");
                self.end = range.end;
            }
            Event::Start(tag) => self.begin(tag, range),
            Event::End(tag) => self.finish(tag, &range),
            // The shadow has none of these; should there be some, they are words.
            _ => self.words(&self.shadow[range.clone()], range),
        }
    }

    /// Words, which may go on with the next event.
    fn words(&mut self, said: &str, range: Range<usize>) {
        if self.shadow.get(range.clone()) != Some(said) {
            // The parser's own, such as what is left of a tab.
            self.between(range.start);
            self.push(said);
            self.end = range.end;
            return;
        }
        match &mut self.waiting {
            Some(waiting) if waiting.end == range.start => waiting.end = range.end,
            _ => {
                self.between(range.start);
                self.end = range.end;
                self.waiting = Some(range);
            }
        }
    }

    /// Writes what waits, and the blanks that were typed up to a place.
    fn between(&mut self, start: usize) {
        self.flush();
        let blank = self.text.get(self.end..start).unwrap_or_default();
        let is_flowing = self.blocks == 0 && !self.is_fresh && !self.is_code;
        if is_flowing && blank.chars().all(char::is_whitespace) {
            self.push(blank);
        }
        self.is_fresh = false;
    }

    /// Writes what waits.
    fn flush(&mut self) {
        let Some(range) = self.waiting.take() else {
            return;
        };
        self.end = range.end;
        let text = self.text;
        let words = &text[range.clone()];
        if self.is_code || self.link.is_some() {
            self.push(words);
            return;
        }
        // What a backslash stands before is meant as it is.
        let is_plain = text[..range.start].ends_with('\\');
        let plain = words.chars().next().filter(|_| is_plain);
        let (plain, rest) = words.split_at(plain.map_or(0, char::len_utf8));
        self.push(plain);
        for piece in pieces(rest) {
            shown(piece, self.reading).render_to(&mut self.out.html);
            match piece {
                Piece::Plain(words) | Piece::Link(words) => self.out.words.push_str(words),
                Piece::Tag(tag) => {
                    self.out.words.extend(["#", tag]);
                    self.out.tags.push(tag.to_owned());
                }
                Piece::Mention(key) => {
                    self.out.words.push('@');
                    self.out.words.push_str(&called(key, self.reading));
                }
            }
        }
    }

    /// Puts words in as they are.
    fn push(&mut self, words: &str) {
        words.render_to(&mut self.out.html);
        self.out.words.push_str(words);
    }

    fn code(&mut self, said: &str, range: &Range<usize>) {
        let shadow = &self.shadow[range.clone()];
        let own = shadow.find(said).filter(|_| !said.is_empty());
        // Else lines were joined in it.
        let said = own.map_or(said, |at| {
            &self.text[range.start + at..range.start + at + said.len()]
        });
        self.out.html.push_str("<code>");
        self.push(said);
        self.out.html.push_str("</code>");
        self.end = range.end;
    }

    /// What stands behind the sign that begins lines of code.
    fn fence(&mut self, said: &str, range: &Range<usize>) {
        let shadow = &self.shadow[range.clone()];
        let typed = shadow.find(said).map(|at| range.start + at);
        let typed = typed.and_then(|at| self.text.get(at..at + said.len()));
        self.push(typed.unwrap_or(said));
        self.push("\n");
    }

    /// Opens something; not what is too deep.
    fn open(&mut self, begin: &str, end: &'static str) {
        if self.shown < DEPTH_MAX {
            self.out.html.push_str(begin);
            self.open.push(end);
            self.shown += 1;
        } else {
            self.open.push("");
        }
    }

    fn close(&mut self) {
        self.flush();
        if let Some(end) = self.open.pop().filter(|end| !end.is_empty()) {
            self.out.html.push_str(end);
            self.shown -= 1;
        }
    }

    /// Opens a block: a list, a quote, lines of code.
    fn block(&mut self, begin: &str, end: &'static str) {
        self.flush();
        // Blanks before it would stand as an empty line.
        self.out.html.truncate(self.out.html.trim_end().len());
        if !self.out.words.is_empty() && !self.out.words.ends_with('\n') {
            self.out.words.push('\n');
        }
        self.open(begin, end);
        self.is_fresh = true;
    }

    fn begin(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Paragraph => self.paragraph(),
            Tag::Heading { .. } => {
                self.paragraph();
                self.between(range.start);
                self.open("<strong>", "</strong>");
                self.is_fresh = true;
            }
            Tag::BlockQuote(_) => {
                self.block("<blockquote>", "</blockquote>");
                self.blocks += 1;
            }
            Tag::List(first) => {
                match first {
                    None => self.block("<ul>", "</ul>"),
                    Some(1) => self.block("<ol>", "</ol>"),
                    Some(first) => self.block(&format!("<ol start=\"{first}\">"), "</ol>"),
                }
                self.blocks += 1;
            }
            Tag::Item => self.block("<li>", "</li>"),
            Tag::CodeBlock(CodeBlockKind::Fenced(said)) => {
                self.block("<pre><code>", "</code></pre>");
                self.is_code = true;
                // The name of a language needn't show; a line that was meant as one does.
                if said.trim().contains(char::is_whitespace) {
                    self.fence(&said, &range);
                }
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => {
                self.paragraph();
                self.open.push("");
            }
            Tag::Emphasis => self.inline(&range, "<em>", "</em>"),
            Tag::Strong => self.inline(&range, "<strong>", "</strong>"),
            Tag::Link {
                link_type,
                dest_url,
                ..
            } => self.begin_link(link_type, &dest_url, &range),
            Tag::Image {
                link_type,
                dest_url,
                ..
            } => self.begin_link(link_type, &dest_url, &range),
            _ => self.open.push(""),
        }
    }

    /// What was typed between it and the words before it is kept, but within lists and quotes, where marks are among that.
    fn paragraph(&mut self) {
        self.flush();
        if self.blocks > 0 && !self.is_fresh {
            self.push("\n\n");
        }
    }

    fn inline(&mut self, range: &Range<usize>, begin: &str, end: &'static str) {
        self.between(range.start);
        self.open(begin, end);
    }

    fn finish(&mut self, tag: TagEnd, range: &Range<usize>) {
        match tag {
            TagEnd::Paragraph => self.flush(),
            TagEnd::Link | TagEnd::Image => self.finish_link(range),
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Heading(_) => {
                self.close();
                self.end = range.end;
                // A heading ends with its line.
                if self.text[..self.end].ends_with('\n') {
                    self.end -= 1;
                }
                self.is_fresh = false;
            }
            TagEnd::CodeBlock if !self.is_code => self.close(),
            TagEnd::BlockQuote(_) | TagEnd::List(_) => {
                self.blocks -= 1;
                self.end_block(range);
            }
            _ => self.end_block(range),
        }
    }

    fn end_block(&mut self, range: &Range<usize>) {
        self.flush();
        self.out.html.truncate(self.out.html.trim_end().len());
        self.close();
        self.end = range.end;
        self.is_fresh = true;
        self.is_code = false;
        if !self.out.words.is_empty() && !self.out.words.ends_with('\n') {
            self.out.words.push('\n');
        }
    }

    // ---- Links ----

    fn begin_link(&mut self, kind: LinkType, said: &str, range: &Range<usize>) {
        self.between(range.start);
        self.open_link(kind, said, range);
    }

    fn open_link(&mut self, kind: LinkType, said: &str, range: &Range<usize>) {
        if let Some(outer) = &mut self.link {
            outer.inner += 1;
            return;
        }
        let address = self.address(kind, said, range);
        if let Some(address) = address {
            let tag = html! { a href=(address) rel=(AWAY) title=(address) {} }.0;
            self.open(tag.trim_end_matches("</a>"), "</a>");
            self.end = range.start + 1;
        } else {
            let marks = if self.text[range.start..].starts_with('!') {
                2
            } else {
                1
            };
            self.end = range.start + marks;
            self.push(&self.text[range.start..self.end]);
            self.open.push("");
        }
        self.link = Some(Link {
            address,
            words_from: self.out.words.len(),
            inner: 0,
        });
    }

    /// A link's address as it was typed, if it may lead there.
    fn address(&self, kind: LinkType, said: &str, range: &Range<usize>) -> Option<&'a str> {
        let at = match kind {
            LinkType::Autolink => 1,
            LinkType::Inline => self.shadow[range.clone()].rfind(said)?,
            _ => return None,
        };
        let begin = range.start + at;
        let typed = self.text.get(begin..begin + said.len())?;
        whereto(typed).map(|_| typed)
    }

    /// Says where a link leads unless its words do.
    fn finish_link(&mut self, range: &Range<usize>) {
        self.flush();
        match &mut self.link {
            Some(outer) if outer.inner > 0 => outer.inner -= 1,
            _ => self.close_link(range),
        }
        self.end = range.end;
    }

    fn close_link(&mut self, range: &Range<usize>) {
        let Some(link) = self.link.take() else {
            return;
        };
        let Some(address) = link.address else {
            self.push(&self.text[self.end..range.end]);
            return self.close();
        };
        let words = self.out.words[link.words_from..].trim();
        let place = whereto(address).unwrap_or_default();
        let is_said = [address, place].contains(&words);
        if !has_ink(words) {
            self.push(address);
            return self.close();
        }
        self.close();
        if !is_said {
            let place = html! { " " span.whereto dir="ltr" { "(" (place) ")" } };
            self.out.html.push_str(&place.0);
        }
    }
}

// ---- The sanitiser ----

/// Lets through what is written here and nothing else.
static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let blocks = [
        "blockquote",
        "code",
        "em",
        "li",
        "ol",
        "pre",
        "strong",
        "ul",
    ];
    let tags = blocks.into_iter().chain(["a", "bdi", "span"]);
    let attributes: HashMap<&str, HashSet<&str>> = [
        ("a", ["class", "dir", "href", "rel", "title"].into()),
        ("ol", ["start"].into()),
        ("span", ["class", "dir", "title"].into()),
    ]
    .into();
    let mut sanitiser = Builder::empty();
    sanitiser
        .tags(tags.collect())
        .tag_attributes(attributes)
        .url_schemes(["gemini", "http", "https", "mailto"].into())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .attribute_filter(|_, name, value| {
            let is_kept = match name {
                "class" => value.split(' ').all(is_class),
                "dir" => value == "ltr",
                "rel" => value == AWAY,
                "href" => !value.starts_with("//"),
                _ => true,
            };
            is_kept.then_some(Cow::Borrowed(value))
        });
    sanitiser
});

fn is_class(class: &str) -> bool {
    let tone = class.strip_prefix("tone-").map(str::parse::<u8>);
    matches!(class, "mention" | "tag" | "whereto") || matches!(tone, Some(Ok(tone)) if tone < TONES)
}

#[cfg(test)]
#[path = "marked_tests.rs"]
mod tests;
