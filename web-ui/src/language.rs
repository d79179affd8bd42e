//! What pages say, by language: messages in Fluent's syntax (<https://projectfluent.org>), embedded.
//!
//! A page says `say!(language, "files-title")`, with what varies by name: `say!(language, "files-count", count = 3)`. Where a part
//! is markup (a link, a face), [`say_html!`] puts it where the translation wants it. The messages lie in `words/TAG/*.ftl`, a file
//! for each part of the pages; English is complete, and what another language lacks is said in English.
//!
//! What the node says when something isn't done it says in English to everybody ([`Reason`](crate::Reason)); the other languages
//! have words for it in `errors.ftl`, by its code.
//!
//! Messages are named `part-what`, hold whole sentences (never pieces to be joined), and choose by number or kind themselves.
//! A test reads the sources: each message that a page names exists and takes what it is given, and none is left over.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use maud::{Markup, PreEscaped, Render};

/// A language that pages can speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Complete; what others lack is said in it.
    #[default]
    English,
    /// Begun.
    German,
}

const ENGLISH: &[&str] = &[
    include_str!("../words/en/access.ftl"),
    include_str!("../words/en/drive.ftl"),
    include_str!("../words/en/find.ftl"),
    include_str!("../words/en/keeping.ftl"),
    include_str!("../words/en/look.ftl"),
    include_str!("../words/en/owning.ftl"),
    include_str!("../words/en/page.ftl"),
    include_str!("../words/en/people.ftl"),
    include_str!("../words/en/photos.ftl"),
    include_str!("../words/en/post.ftl"),
    include_str!("../words/en/public.ftl"),
    include_str!("../words/en/settings.ftl"),
    include_str!("../words/en/spaces.ftl"),
];
const GERMAN: &[&str] = &[
    include_str!("../words/de/access.ftl"),
    include_str!("../words/de/drive.ftl"),
    include_str!("../words/de/errors.ftl"),
    include_str!("../words/de/find.ftl"),
    include_str!("../words/de/keeping.ftl"),
    include_str!("../words/de/look.ftl"),
    include_str!("../words/de/owning.ftl"),
    include_str!("../words/de/page.ftl"),
    include_str!("../words/de/people.ftl"),
    include_str!("../words/de/photos.ftl"),
    include_str!("../words/de/post.ftl"),
    include_str!("../words/de/public.ftl"),
    include_str!("../words/de/settings.ftl"),
    include_str!("../words/de/spaces.ftl"),
];

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its tag (BCP 47), as in `<html lang>`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What those who speak it call it.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// English's tag, where a page speaks another language: of what is said in English to everybody.
    pub(crate) fn beside_english(self) -> Option<&'static str> {
        (self != Self::English).then_some(Self::English.tag())
    }

    /// The language of a tag, whatever its region.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split('-').next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|known| known.tag().eq_ignore_ascii_case(language))
    }

    /// The first language of an `Accept-Language` header (RFC 9110, 12.5.4) that there is; else English. Weights only matter
    /// where they say that a language isn't wanted: browsers send the wanted ones in order.
    pub fn preferred(accept: &str) -> Self {
        let wanted = accept.split(',').take(ACCEPTED_MAX).filter_map(|item| {
            let (tag, weight) = item.split_once(';').unwrap_or((item, ""));
            let refused = weight.trim().trim_start_matches("q=").parse() == Ok(0.0_f32);
            (!refused).then(|| tag.trim())
        });
        wanted.filter_map(Self::of_tag).next().unwrap_or_default()
    }

    fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH_WORDS,
            Self::German => &GERMAN_WORDS,
        }
    }

    /// A message in which nothing varies. Use [`say!`].
    pub(crate) fn plain(self, id: &'static str) -> Cow<'static, str> {
        let known = self.words().plain.get(id);
        match known.or_else(|| ENGLISH_WORDS.plain.get(id)) {
            Some(text) => Cow::Borrowed(text.as_str()),
            None => Cow::Owned(self.filled(id, &[])),
        }
    }

    /// A message with what varies in it. Use [`say!`].
    pub(crate) fn filled(self, id: &'static str, values: &[(&'static str, Value)]) -> String {
        let args: FluentArgs<'_> = values
            .iter()
            .map(|(name, value)| (*name, value.to_fluent()))
            .collect();
        let said = [self.words(), &ENGLISH_WORDS]
            .into_iter()
            .find_map(|words| words.say(id, &args));
        // The tests see to it that every message is there.
        said.unwrap_or_else(|| id.to_owned())
    }

    /// What a reason's code says, where this language has words of its own for it.
    pub(crate) fn because(self, code: &str, values: &[(&'static str, Value)]) -> Option<String> {
        let args: FluentArgs<'_> = values
            .iter()
            .map(|(name, value)| (*name, value.to_fluent()))
            .collect();
        self.words().say(&format!("why-{code}"), &args)
    }

    /// A message with markup in it. Use [`say_html!`].
    pub(crate) fn marked_up(self, id: &'static str, parts: &[(&'static str, Part)]) -> Markup {
        let values: Vec<_> = (MARK..)
            .zip(parts)
            .map(|(mark, (name, part))| match part {
                Part::Value(value) => (*name, value.clone()),
                Part::Html(_) => (*name, Value::Text(mark.to_string())),
            })
            .collect();
        let mut html = String::new();
        for letter in self.filled(id, &values).chars() {
            let at = usize::try_from(u32::from(letter).wrapping_sub(u32::from(MARK)));
            match at.ok().and_then(|at| parts.get(at)) {
                Some((_, Part::Html(markup))) => html.push_str(&markup.0),
                _ => letter.render_to(&mut html),
            }
        }
        PreEscaped(html)
    }
}

/// So many languages of a request are looked at.
const ACCEPTED_MAX: usize = 32;

/// Stands in a message for markup, until that is put in: private to this module (and to nobody's names, which are
/// cleared of it).
const MARK: char = '\u{F0000}';
const MARK_LAST: char = '\u{F00FF}';

static ENGLISH_WORDS: LazyLock<Words> = LazyLock::new(|| Words::of(Language::English, ENGLISH));
static GERMAN_WORDS: LazyLock<Words> = LazyLock::new(|| Words::of(Language::German, GERMAN));

/// The messages of one language.
struct Words {
    bundle: FluentBundle<FluentResource>,
    /// Those in which nothing varies, made once.
    plain: HashMap<String, String>,
}

impl Words {
    fn of(language: Language, files: &[&str]) -> Self {
        let tag = language.tag().parse().expect("a language's tag is one");
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Names stand in elements of their own, by which the browser isolates their direction.
        bundle.set_use_isolating(false);
        let mut ids = Vec::new();
        for file in files {
            let resource = FluentResource::try_new((*file).to_owned())
                .unwrap_or_else(|(resource, _)| resource);
            ids.extend(resource.entries().filter_map(|entry| match entry {
                fluent_syntax::ast::Entry::Message(message) => Some(message.id.name.to_owned()),
                _ => None,
            }));
            // The tests see to it that no message is said twice.
            let _ = bundle.add_resource(resource);
        }
        let mut words = Self {
            bundle,
            plain: HashMap::new(),
        };
        for id in ids {
            if let Some(text) = words.say(&id, &FluentArgs::new()) {
                words.plain.insert(id, text);
            }
        }
        words
    }

    /// None where the message isn't there, or lacks something that varies in it.
    fn say(&self, id: &str, args: &FluentArgs<'_>) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut errors = Vec::new();
        let said = self.bundle.format_pattern(pattern, Some(args), &mut errors);
        errors.is_empty().then(|| said.into_owned())
    }
}

/// Something that varies in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// As it is.
    Text(String),
    /// By which a message may choose.
    Number(u64),
}

impl Value {
    fn to_fluent(&self) -> FluentValue<'_> {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => (*number).into(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(without_marks(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(without_marks(&text))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(without_marks(text))
    }
}

impl From<Cow<'_, str>> for Value {
    fn from(text: Cow<'_, str>) -> Self {
        Self::Text(without_marks(&text))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

/// Whatever somebody wrote can't stand for markup.
fn without_marks(text: &str) -> String {
    let is_mark = |letter: &char| (MARK..=MARK_LAST).contains(letter);
    text.chars().filter(|letter| !is_mark(letter)).collect()
}

/// A part of a message that becomes markup.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// Shown as it is, escaped.
    Value(Value),
    /// Put in as it is.
    Html(Markup),
}

impl From<Markup> for Part {
    fn from(markup: Markup) -> Self {
        Self::Html(markup)
    }
}

impl<T: Into<Value>> From<T> for Part {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

/// A message as text: `say!(language, "id")`, `say!(language, "id", count = 3, name = "Alice")`.
macro_rules! say {
    ($language:expr, $id:literal) => { $language.plain($id) };
    ($language:expr, $id:literal, $($name:ident = $value:expr),+ $(,)?) => {
        ::std::borrow::Cow::<'static, str>::Owned(
            $language.filled($id, &[$((stringify!($name), $crate::language::Value::from($value))),+])
        )
    };
}

/// A message as markup, of which parts may be markup: `say_html!(language, "id", link = html! { a href="/" { "…" } })`.
macro_rules! say_html {
    ($language:expr, $id:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $language.marked_up($id, &[$((stringify!($name), $crate::language::Part::from($value))),+])
    };
}

pub(crate) use {say, say_html};

#[cfg(test)]
#[path = "language_tests.rs"]
mod tests;
