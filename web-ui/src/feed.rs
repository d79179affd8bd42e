//! A person's public posts as an Atom feed (RFC 4287).

use crate::language::say;
use crate::marked::marked;
use crate::public::{PublicFace, PublicPost};
use crate::time::machine;
use maud::{Markup, PreEscaped, html};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io;

/// The media type of what [`feed`] gives (RFC 4287, 7).
pub const FEED_TYPE: &str = "application/atom+xml; charset=utf-8";

/// The document at `GET /@{handle}/feed.atom`.
///
/// Entries are named `hearth:{identity}#{id}`, whatever the server's address is, so that readers know them again when the
/// person moves. Links are absolute where the server knows its address, else relative to `xml:base`'s absence: to the feed's.
pub fn feed(face: &PublicFace, posts: &[PublicPost]) -> String {
    let mut bytes = Vec::new();
    write(&mut Writer::new(&mut bytes), face, posts).expect("memory takes all that is written");
    String::from_utf8(bytes).expect("text and tags are UTF-8")
}

fn write(
    out: &mut Writer<&mut Vec<u8>>,
    face: &PublicFace,
    posts: &[PublicPost],
) -> io::Result<()> {
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let root = out
        .create_element("feed")
        .with_attribute(("xmlns", "http://www.w3.org/2005/Atom"))
        .with_attribute(("xml:lang", face.language.tag()));
    root.write_inner_content(|out| {
        let name = face.name();
        let title = say!(face.language, "public-feed-of", name = name.as_str());
        text(out, "title", &title)?;
        text(out, "id", &format!("hearth:{}", face.person.identity))?;
        text(out, "updated", &machine(newest_ms(posts)))?;
        link(out, "self", &whole(face, &face.feed_path()))?;
        link(out, "alternate", &whole(face, &face.path()))?;
        out.create_element("author").write_inner_content(|out| {
            text(out, "name", &name)?;
            text(out, "uri", &whole(face, &face.path()))
        })?;
        posts.iter().try_for_each(|post| entry(out, face, post))
    })?;
    Ok(())
}

fn entry(out: &mut Writer<&mut Vec<u8>>, face: &PublicFace, post: &PublicPost) -> io::Result<()> {
    let path = whole(face, &face.post_path(&post.id));
    let id = format!("hearth:{}#{}", face.person.identity, post.id);
    out.create_element("entry").write_inner_content(|out| {
        text(out, "title", &post.title())?;
        text(out, "id", &id)?;
        text(out, "published", &machine(post.time_ms))?;
        text(out, "updated", &machine(post.time_ms))?;
        link(out, "alternate", &path)?;
        let mut text = marked(&post.text, post.reading())
            .into_string()
            .replace('\n', "<br>");
        text.push_str(&pictures(face, post).0);
        let html = match &post.warning {
            Some(warning) => {
                html! { details { summary { (warning) } (PreEscaped(text)) } }.into_string()
            }
            None => text,
        };
        let content = out
            .create_element("content")
            .with_attribute(("type", "html"));
        content.write_text_content(BytesText::new(&clean(&html)))?;
        Ok(())
    })?;
    Ok(())
}

/// A post's photos, each leading to its full size.
fn pictures(face: &PublicFace, post: &PublicPost) -> Markup {
    html! {
        @for photo in &post.photos {
            p {
                a href=(whole(face, &photo.full)) {
                    img src=(whole(face, &photo.small)) width=(photo.width) height=(photo.height)
                        alt=(photo.alt.as_deref().unwrap_or_default());
                }
            }
        }
    }
}

fn newest_ms(posts: &[PublicPost]) -> u64 {
    posts.iter().map(|post| post.time_ms).max().unwrap_or(0)
}

fn whole(face: &PublicFace, path: &str) -> String {
    face.address(path).unwrap_or_else(|| path.to_owned())
}

fn text(out: &mut Writer<&mut Vec<u8>>, name: &str, content: &str) -> io::Result<()> {
    out.create_element(name)
        .write_text_content(BytesText::new(&clean(content)))?;
    Ok(())
}

fn link(out: &mut Writer<&mut Vec<u8>>, relation: &str, address: &str) -> io::Result<()> {
    out.create_element("link")
        .with_attribute(("rel", relation))
        .with_attribute(("href", address))
        .write_empty()?;
    Ok(())
}

/// Without the letters that XML 1.0 can't hold, however they are escaped (2.2, "Char").
fn clean(text: &str) -> String {
    let is_char = |letter: &char| !matches!(letter, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    text.chars().filter(is_char).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::language::Language;
    use crate::values::Person;
    use quick_xml::Reader;

    fn face(name: &str) -> PublicFace {
        PublicFace {
            person: Person {
                identity: "hearth1alice".into(),
                name: name.into(),
                picture: None,
            },
            handle: "alice".into(),
            bio: String::new(),
            origin: Some("https://alice.example".into()),
            is_indexed: false,
            language: Language::English,
            now_ms: 0,
        }
    }

    fn post(text: &str) -> PublicPost {
        PublicPost {
            id: "ab12".into(),
            warning: None,
            text: text.into(),
            time_ms: 1_790_000_000_000,
            is_edited: false,
            is_reply: false,
            mentioned: vec![],
            photos: vec![],
        }
    }

    /// Every text of the document, having checked that it is well-formed.
    fn texts(xml: &str) -> Vec<String> {
        let mut reader = Reader::from_str(xml);
        let (mut texts, mut depth) = (vec![String::new()], 0_i32);
        loop {
            match reader.read_event().unwrap() {
                Event::Start(_) => {
                    depth += 1;
                    texts.push(String::new());
                }
                Event::End(_) => {
                    depth -= 1;
                    texts.push(String::new());
                }
                Event::Text(text) => texts.last_mut().unwrap().push_str(&text.decode().unwrap()),
                Event::GeneralRef(name) => {
                    let name = name.decode().unwrap();
                    let letter = match quick_xml::escape::resolve_predefined_entity(&name) {
                        Some(letter) => letter.to_owned(),
                        None => panic!("an unknown entity: {name}"),
                    };
                    texts.last_mut().unwrap().push_str(&letter);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0);
        texts.into_iter().filter(|text| !text.is_empty()).collect()
    }

    #[test]
    fn whatever_is_written_the_feed_is_well_formed_and_says_it() {
        let naughty = "</content>]]> & \"<script>alert(1)</script>\u{0}\u{8}\u{fffe}\u{202e}é\nhttps://a.example/?x=1&y=2";
        let xml = feed(&face(naughty), &[post(naughty)]);
        let texts = texts(&xml);
        let html = texts.iter().find(|text| text.contains("<a href")).unwrap();
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script"));
        assert!(html.contains("<br>"));
        assert!(texts.iter().any(|text| text == "hearth:hearth1alice#ab12"));
        assert!(xml.contains("https://alice.example/@alice/ab12"));
    }

    #[test]
    fn what_is_warned_of_stays_folded() {
        let warned = PublicPost {
            warning: Some("<spiders>".into()),
            ..post("Eight legs")
        };
        let xml = feed(&face("Alice"), &[warned]);
        let texts = texts(&xml);
        assert!(texts.contains(&"<spiders>".to_owned()), "the title");
        let folded = "<details><summary>&lt;spiders&gt;</summary>Eight legs</details>";
        assert!(texts.contains(&folded.to_owned()), "{texts:?}");
    }

    #[test]
    fn a_feed_without_posts_is_one() {
        let texts = texts(&feed(&face("Alice"), &[]));
        assert!(texts.contains(&"1970-01-01T00:00:00Z".to_owned()));
    }
}
