//! What people wrote, made safe to show: links, tags and mentions found, everything else left as it is.

use crate::face::{display_name, short_key, tone};
use crate::values::Person;
use maud::{Markup, html};
use std::ops::Range;

/// A stretch of text that is a link, or isn't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Plain(&'a str),
    Link(&'a str),
    /// Without its `#`.
    Tag(&'a str),
    /// Somebody's key, without the `@`.
    Mention(&'a str),
}

/// Who reads a text, and whom it may name.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reading<'a> {
    /// Those of the mentioned who are known; others show by the ends of their keys.
    pub(crate) people: &'a [Person],
    /// Whether anybody may read it: then tags and mentions lead nowhere, since visitors have no search and no people's pages.
    pub(crate) is_public: bool,
}

/// What a link to somewhere else says of itself.
pub(crate) const AWAY: &str = "nofollow noopener noreferrer ugc";

/// The text with its `http` and `https` addresses made clickable, tags leading to a search and mentions to people.
///
/// The visible text of a link is its address, so that it can't pretend to lead elsewhere.
pub(crate) fn linked(text: &str, reading: Reading<'_>) -> Markup {
    html! { @for piece in pieces(text) { (shown(piece, reading)) } }
}

/// One piece, as HTML.
pub(crate) fn shown(piece: Piece<'_>, reading: Reading<'_>) -> Markup {
    html! {
        @match piece {
            Piece::Plain(plain) => (plain),
            Piece::Link(address) => a href=(address) rel=(AWAY) dir="ltr" { (address) },
            Piece::Tag(tag) => @if reading.is_public {
                span.tag { "#" (tag) }
            } @else {
                a.tag href={ "/search?q=%23" (segment(tag)) } { "#" (tag) }
            },
            Piece::Mention(key) => (mention(key, reading)),
        }
    }
}

/// Somebody by the name that they are known by, in the colour of their face.
fn mention(key: &str, reading: Reading<'_>) -> Markup {
    let class = format!("mention tone-{}", tone(key));
    let words = html! { "@" bdi { (called(key, reading)) } };
    html! {
        @if reading.is_public {
            span class=(class) title=(key) { (words) }
        } @else {
            a class=(class) href={ "/person/" (segment(key)) } title=(key) { (words) }
        }
    }
}

/// What somebody is called, by their key.
pub(crate) fn called(key: &str, reading: Reading<'_>) -> String {
    let known = reading.people.iter().find(|known| known.identity == key);
    known.map_or_else(|| short_key(key), display_name)
}

pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut plain_from, mut seek_from) = (0, 0);
    while let Some(start) = next_scheme(text, seek_from) {
        let address = address_at(text, start);
        seek_from = start + SCHEME_BYTES_MIN.max(address.len());
        if !address.is_empty() {
            plain(&mut pieces, &text[plain_from..start]);
            pieces.push(Piece::Link(address));
            plain_from = seek_from;
        }
    }
    plain(&mut pieces, &text[plain_from..]);
    pieces
}

/// What stands between links: tags and mentions, and the rest.
fn plain<'a>(pieces: &mut Vec<Piece<'a>>, text: &'a str) {
    let mut from = 0;
    while let Some((start, end, piece)) = next_word(text, from) {
        if from < start {
            pieces.push(Piece::Plain(&text[from..start]));
        }
        pieces.push(piece);
        from = end;
    }
    if from < text.len() {
        pieces.push(Piece::Plain(&text[from..]));
    }
}

/// The longest tag, in bytes.
const TAG_BYTES_MAX: usize = 128;
/// How a mention begins.
const MENTION: &str = "@hearth1";
/// The shortest and the longest key.
const KEY_CHARS: std::ops::RangeInclusive<usize> = 50..=80;

/// The next tag or mention: where it begins and ends, and what it is.
fn next_word(text: &str, from: usize) -> Option<(usize, usize, Piece<'_>)> {
    text[from..]
        .match_indices(['#', '@'])
        .find_map(|(at, sign)| {
            let start = from + at;
            let word_before = text[..start]
                .chars()
                .next_back()
                .is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '#' | '&' | '/'));
            let rest = &text[start..];
            if sign == "@" {
                let key = rest.starts_with(MENTION).then(|| &rest[1..])?;
                let end = key
                    .find(|c: char| !c.is_ascii_alphanumeric())
                    .unwrap_or(key.len());
                let key = KEY_CHARS.contains(&end).then(|| &key[..end])?;
                return Some((start, start + 1 + end, Piece::Mention(key)));
            }
            let tag = &rest[1..];
            let end = tag.find(|c: char| !is_in_tag(c)).unwrap_or(tag.len());
            let tag = &tag[..end];
            let is_tag =
                !word_before && tag.len() <= TAG_BYTES_MAX && tag.chars().any(char::is_alphabetic);
            is_tag.then(|| (start, start + 1 + end, Piece::Tag(tag)))
        })
}

fn is_in_tag(c: char) -> bool {
    // Vowels and accents that stand apart from their letters belong to them.
    c.is_alphanumeric() || c == '_' || matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{dff}')
}

/// Where the text has addresses and tags: in these, marks aren't Markdown's.
pub(crate) fn whole_words(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let ranges = pieces(text).into_iter().filter_map(|piece| {
        let (length, is_whole) = match piece {
            Piece::Plain(plain) => (plain.len(), false),
            Piece::Link(address) => (address.len(), true),
            Piece::Tag(tag) => (1 + tag.len(), true),
            Piece::Mention(key) => (1 + key.len(), false),
        };
        at += length;
        is_whole.then(|| at - length..at)
    });
    ranges.collect()
}

const SCHEMES: [&str; 2] = ["https://", "http://"];
const SCHEME_BYTES_MIN: usize = 7;
/// What is longer isn't linked: each place where an address may begin is looked at so far.
const ADDRESS_BYTES_MAX: usize = 2048;

/// Where the next `http://` or `https://` begins that isn't the tail of a longer word.
fn next_scheme(text: &str, from: usize) -> Option<usize> {
    text.as_bytes()
        .get(from..)?
        .iter()
        .zip(from..)
        .filter(|(byte, _)| byte.eq_ignore_ascii_case(&b'h'))
        .map(|(_, at)| at)
        .find(|&at| {
            let word_before = text[..at]
                .chars()
                .next_back()
                .is_some_and(char::is_alphanumeric);
            !word_before && scheme_length(&text[at..]).is_some()
        })
}

fn scheme_length(text: &str) -> Option<usize> {
    SCHEMES
        .iter()
        .map(|scheme| scheme.len())
        .zip(SCHEMES)
        .find_map(|(length, scheme)| {
            let head = text.as_bytes().get(..length)?;
            head.eq_ignore_ascii_case(scheme.as_bytes())
                .then_some(length)
        })
}

/// The address that begins at `start`; empty when what stands there shouldn't be clickable.
fn address_at(text: &str, start: usize) -> &str {
    let rest = &text[start..];
    let mut chars = rest.char_indices();
    let end = chars.find(|(at, c)| *at > ADDRESS_BYTES_MAX || ends_address(*c));
    let end = end.map_or(rest.len(), |(at, _)| at);
    if end > ADDRESS_BYTES_MAX {
        return "";
    }
    // In "[https://a.example](https://b.example)" there are two.
    let end = rest[..end].find("](").unwrap_or(end);
    let address = without_trailing_marks(&rest[..end]);
    match scheme_length(address) {
        Some(scheme) if host(&address[scheme..]).is_some() => address,
        _ => "",
    }
}

/// The host that an address without its scheme leads to; None where there is none, or where one might take it for another.
fn host(rest: &str) -> Option<&str> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let begins_like_a_host =
        authority.starts_with('[') || authority.starts_with(char::is_alphanumeric);
    // "https://bank.example@elsewhere.example" and its backslash cousins lead elsewhere.
    let may_mislead = authority.contains(['@', '\\']);
    (begins_like_a_host && !may_mislead).then_some(authority)
}

/// Where an address that stands behind other words leads: its host, or whom a letter goes to. None where it may not be linked.
pub(crate) fn whereto(address: &str) -> Option<&str> {
    if address.contains(ends_address) {
        return None;
    }
    let (scheme, rest) = address.split_once(':')?;
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" | "gemini" => host(rest.strip_prefix("//")?),
        "mailto" => (rest.contains('@') && !rest.contains(['?', '\\'])).then_some(rest),
        _ => None,
    }
}

fn ends_address(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '<' | '>' | '"' | '`' | '«' | '»' | '“' | '”' | '„')
        || is_invisible(c)
}

/// Characters that take no room but can hide, reorder or join what surrounds them.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether there is anything to see in a text.
pub(crate) fn has_ink(text: &str) -> bool {
    let no_ink = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c);
    !text.chars().all(no_ink)
}

/// A sentence's own marks don't belong to the address it ends with; a bracket does when it was
/// opened within.
fn without_trailing_marks(mut address: &str) -> &str {
    let mut brackets = Brackets::of(address);
    while let Some(last) = address.chars().next_back() {
        let belongs = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '…' | '’' | '。'
            | '、' | '，' | '！' | '？' => false,
            ')' | ']' | '}' => brackets.is_opened_before(last),
            _ => true,
        };
        if belongs {
            break;
        }
        brackets.count(last, -1);
        address = &address[..address.len() - last.len_utf8()];
    }
    address
}

/// How many more brackets of each kind are closed than opened. Counted once: a text may end in any number of them.
struct Brackets([i32; 3]);

impl Brackets {
    fn of(text: &str) -> Self {
        let mut brackets = Self([0; 3]);
        text.chars().for_each(|c| brackets.count(c, 1));
        brackets
    }

    fn count(&mut self, c: char, by: i32) {
        match c {
            '(' => self.0[0] -= by,
            ')' => self.0[0] += by,
            '[' => self.0[1] -= by,
            ']' => self.0[1] += by,
            '{' => self.0[2] -= by,
            '}' => self.0[2] += by,
            _ => {}
        }
    }

    fn is_opened_before(&self, closing: char) -> bool {
        let kind = match closing {
            ')' => 0,
            ']' => 1,
            _ => 2,
        };
        self.0[kind] <= 0
    }
}

/// A piece of a path, percent-encoded, so that no id can lead to another route.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The links found, having checked that the pieces make up the text again.
    fn links(text: &str) -> Vec<&str> {
        let pieces = pieces(text);
        let whole: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Plain(text) | Piece::Link(text) => (*text).to_owned(),
                Piece::Tag(tag) => format!("#{tag}"),
                Piece::Mention(key) => format!("@{key}"),
            })
            .collect();
        assert_eq!(whole, text);
        let links = pieces.iter().filter_map(|piece| match piece {
            Piece::Link(address) => Some(*address),
            _ => None,
        });
        links.collect()
    }

    #[test]
    fn finds_addresses() {
        assert_eq!(
            links("see https://example.org/a?b=c&d#e now"),
            ["https://example.org/a?b=c&d#e"]
        );
        assert_eq!(links("HTTP://EXAMPLE.ORG"), ["HTTP://EXAMPLE.ORG"]);
        assert_eq!(
            links("http://a.example http://b.example"),
            ["http://a.example", "http://b.example"]
        );
        assert_eq!(links("http://[::1]:8080/x"), ["http://[::1]:8080/x"]);
        assert_eq!(
            links("https://münchen.example/straße"),
            ["https://münchen.example/straße"]
        );
        assert_eq!(links("看https://例え.example/道。"), Vec::<&str>::new());
        assert_eq!(
            links("看 https://例え.example/道。"),
            ["https://例え.example/道"]
        );
        assert_eq!(
            links("http://a.example/http://b.example"),
            ["http://a.example/http://b.example"]
        );
    }

    #[test]
    fn finds_tags_and_mentions() {
        let key = format!("hearth1{}", "q".repeat(52));
        let text = format!(
            "#Soup, (#rust_lang) a#b ##c #1 #2nd #ünï https://e.org/#x &#39; @{key}. @hearth1short #東京"
        );
        links(&text);
        let tags: Vec<_> = pieces(&text)
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Tag(tag) => Some(tag),
                _ => None,
            })
            .collect();
        assert_eq!(tags, ["Soup", "rust_lang", "2nd", "ünï", "東京"]);
        let out = linked(&text, Reading::default()).0;
        assert!(
            out.contains("<a class=\"tag\" href=\"/search?q=%23Soup\">#Soup</a>,"),
            "{out}"
        );
        assert!(out.contains(&format!("href=\"/person/{key}\"")), "{out}");
        assert!(out.contains("@hearth1short "), "{out}");
    }

    #[test]
    fn leaves_the_sentence_its_marks() {
        assert_eq!(links("Go to https://example.org."), ["https://example.org"]);
        assert_eq!(links("(https://example.org/)"), ["https://example.org/"]);
        assert_eq!(
            links("https://example.org/a_(b)!?"),
            ["https://example.org/a_(b)"]
        );
        assert_eq!(links("“https://example.org”…"), ["https://example.org"]);
        assert_eq!(links("https://example.org/x'"), ["https://example.org/x"]);
    }

    #[test]
    fn refuses_what_is_no_address_or_misleads() {
        for text in [
            "",
            "h",
            "http",
            "http://",
            "https://.",
            "https:// example.org",
            "https:///x",
            "xhttps://example.org",
            "éhttps://example.org",
            "javascript:alert(1)",
            "javascript://example.org/%0aalert(1)",
            "data:text/html,x",
            "ftp://example.org",
            "https://bank.example@evil.example/",
            "https://bank.example\\@evil.example",
            "https://\u{202e}gro.example",
            "http://)))",
            "ｈttp://example.org",
        ] {
            assert_eq!(links(text), Vec::<&str>::new(), "{text:?}");
        }
    }

    #[test]
    fn naughty_strings_stay_inside_their_attribute() {
        let out = linked(
            "https://example.org/\"onmouseover=alert(1) https://e.org/'x<script>&",
            Reading::default(),
        )
        .0;
        assert!(out.contains("href=\"https://example.org/\""), "{out}");
        assert!(out.contains("</a>&quot;onmouseover=alert(1) "), "{out}");
        assert!(!out.contains("<script"), "{out}");
        assert!(!links("https://example.org/\u{202e}gpj.exe")[0].contains('\u{202e}'));
    }

    #[test]
    fn every_cut_of_a_naughty_text_is_survived() {
        let text = "é(http://ü.example/)«https://h.hh/http://»http:https://🔥.example…\u{202e}";
        for (at, _) in text.char_indices() {
            links(&text[at..]);
            links(&text[..at]);
        }
    }

    #[test]
    fn segments_hold_no_reserved_characters() {
        assert_eq!(segment("hearth1qq-_~"), "hearth1qq-_~");
        assert_eq!(segment("../a?b#c%é"), "%2E%2E%2Fa%3Fb%23c%25%C3%A9");
    }
}
