//! What visitors see who have no account here: one person's public posts, on pages without scripts, and as a feed.
//!
//! Nothing here depends on who asks, so that all of it may be cached by anybody.

use crate::face::{Size, display_name, face_from, has_name};
use crate::language::{Language, say};
use crate::marked::{marked, words};
use crate::page::{Head, document};
use crate::photos::{self, Pictured, grid};
use crate::text::{Reading, has_ink, linked, segment};
use crate::time::stamp;
use crate::values::{Person, Photo};
use maud::{Markup, html};

/// How many letters of a post stand for it in a title and in a preview.
const TITLE_CHARS: usize = 70;
const PREVIEW_CHARS: usize = 200;
/// How visitors read.
const PUBLIC: Reading<'_> = Reading {
    people: &[],
    is_public: true,
};

/// Whose public pages these are, and how they may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicFace {
    /// The person.
    pub person: Person,
    /// What stands behind the `@` of their addresses.
    pub handle: String,
    /// A few words of theirs.
    pub bio: String,
    /// The server's own address for the world, such as `https://alice.example`; None where there is none.
    pub origin: Option<String>,
    /// Whether search engines may show it.
    pub is_indexed: bool,
    /// What the pages speak.
    pub language: Language,
    /// Now, in milliseconds since 1970, UTC.
    pub now_ms: u64,
}

/// A post for everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicPost {
    /// Its id: stands in `/@{handle}/{id}`.
    pub id: String,
    /// What its author warns of, before it is read.
    pub warning: Option<String>,
    /// Its text.
    pub text: String,
    /// When it was written, in milliseconds since 1970, UTC.
    pub time_ms: u64,
    /// Whether its text was changed since.
    pub is_edited: bool,
    /// Whether it answers something.
    pub is_reply: bool,
    /// Those whom its text mentions, by the names that they give themselves.
    pub mentioned: Vec<Person>,
    /// Its photos that are here, at addresses below [`PublicFace::photo_path`].
    pub photos: Vec<Photo>,
}

impl PublicFace {
    /// The path of the person's page.
    pub fn path(&self) -> String {
        format!("/@{}", segment(&self.handle))
    }

    /// The path of a post.
    pub fn post_path(&self, id: &str) -> String {
        format!("{}/{}", self.path(), segment(id))
    }

    /// The path of a post's photo, in one of its two sizes: what is there never changes.
    pub fn photo_path(&self, id: &str, index: usize, size: &str) -> String {
        format!("{}/photo/{index}/{size}", self.post_path(id))
    }

    /// The path of the person's picture, if they have one here; another picture has another.
    pub(crate) fn portrait_path(&self, size: &str) -> Option<String> {
        let version = segment(self.person.picture.as_ref()?);
        Some(format!("{}/portrait/{version}/{size}", self.path()))
    }

    /// The path of the page with all photos.
    pub(crate) fn photos_path(&self) -> String {
        format!("{}/photos", self.path())
    }

    /// The path of the feed.
    pub fn feed_path(&self) -> String {
        format!("{}/feed.atom", self.path())
    }

    /// A path as the world names it, if it can.
    pub(crate) fn address(&self, path: &str) -> Option<String> {
        self.origin.as_ref().map(|origin| format!("{origin}{path}"))
    }

    pub(crate) fn name(&self) -> String {
        display_name(&self.person)
    }
}

impl PublicPost {
    /// What may be shown of it unasked: its text, or only what it warns of.
    fn open(&self) -> String {
        match &self.warning {
            Some(warning) => warning.clone(),
            None => words(&self.text, self.reading()),
        }
    }

    /// How visitors read it.
    pub(crate) fn reading(&self) -> Reading<'_> {
        Reading {
            people: &self.mentioned,
            ..PUBLIC
        }
    }

    /// The first line that says something, cut short.
    pub(crate) fn title(&self) -> String {
        let open = self.open();
        let line = open.lines().find(|line| has_ink(line));
        let alt = || self.photos.iter().find_map(|photo| photo.alt.as_deref());
        shortened(line.or_else(alt).unwrap_or_default().trim(), TITLE_CHARS)
    }
}

/// The page at `GET /@{handle}`: posts as given, newest first; `before` leads on to older ones.
pub fn public_profile(face: &PublicFace, posts: &[PublicPost], before: Option<&str>) -> String {
    let language = face.language;
    let about = if has_ink(&face.bio) {
        shortened(&face.bio, PREVIEW_CHARS)
    } else {
        say!(language, "public-about", name = face.name()).into_owned()
    };
    let content = html! {
        (who(face, true))
        @if posts.is_empty() {
            section.card.empty {
                h2 { (say!(language, "public-empty")) }
            }
        }
        div.posts { @for post in posts { (card(face, post)) } }
        @if let Some(before) = before {
            p.paging { a.button.plain rel="next" href={ (face.path()) "?before=" (segment(before)) } { (say!(language, "public-older")) } }
        }
    };
    let preview = Preview {
        kind: "profile",
        path: face.path(),
        title: face.name(),
        about,
        picture: Picture::of(face),
    };
    public_page(face, &preview, &content)
}

/// The page at `GET /@{handle}/{id}`.
pub fn public_post(face: &PublicFace, post: &PublicPost) -> String {
    let content = html! {
        (who(face, false))
        h1.hidden { (say!(face.language, "public-post-by", name = face.name())) }
        (card(face, post))
        p.paging { a.button.plain href=(face.path()) { (say!(face.language, "public-all")) } }
    };
    let preview = Preview {
        kind: "article",
        path: face.post_path(&post.id),
        title: format!("{}: {}", face.name(), post.title()),
        about: shortened(&post.open(), PREVIEW_CHARS),
        picture: Picture::of_post(post).or_else(|| Picture::of(face)),
    };
    public_page(face, &preview, &content)
}

/// The page at `GET /@{handle}/photos`: the posts that have some, newest first; `before` leads on to older ones.
pub fn public_photos(face: &PublicFace, posts: &[PublicPost], before: Option<&str>) -> String {
    let language = face.language;
    let title = say!(language, "photos-of", name = face.name());
    let pictured = posts.iter().map(|post| Pictured {
        href: face.post_path(&post.id),
        warning: post.warning.as_ref(),
        photos: &post.photos,
        time_ms: post.time_ms,
    });
    let content = html! {
        (who(face, false))
        h1 { (title) }
        @if posts.is_empty() { p.card.quiet { (say!(language, "photos-none")) } }
        (grid(language, face.now_ms, pictured))
        @if let Some(before) = before {
            p.paging { a.button.plain rel="next" href={ (face.photos_path()) "?before=" (segment(before)) } { (say!(language, "public-older")) } }
        }
    };
    let open = posts.iter().find(|post| post.warning.is_none());
    let preview = Preview {
        kind: "website",
        path: face.photos_path(),
        about: title.clone().into_owned(),
        title: title.into_owned(),
        picture: open
            .and_then(Picture::of_post)
            .or_else(|| Picture::of(face)),
    };
    public_page(face, &preview, &content)
}

/// What stands where there is no such page, or none any more.
pub fn public_missing(language: Language) -> String {
    let content = html! {
        main.alone #main {
            section.card {
                h1 { (say!(language, "public-missing")) }
                p { (say!(language, "public-missing-why")) }
            }
        }
    };
    let head = Head {
        is_scripted: false,
        more: html! { meta name="robots" content="noindex"; },
    };
    let title = say!(language, "public-missing");
    document(language, &title, &head, &content)
}

/// What other programs show of a page (<https://ogp.me>).
struct Preview {
    kind: &'static str,
    path: String,
    title: String,
    about: String,
    picture: Option<Picture>,
}

/// What a preview shows beside words.
struct Picture {
    path: String,
    /// Pixels, where they are known.
    size: Option<(u16, u16)>,
    alt: Option<String>,
    /// Whether it is more than a face.
    is_large: bool,
}

impl Picture {
    fn of(face: &PublicFace) -> Option<Self> {
        Some(Self {
            path: face.portrait_path("full")?,
            size: None,
            alt: Some(face.name()),
            is_large: false,
        })
    }

    /// A post's first photo, unless it is warned of.
    fn of_post(post: &PublicPost) -> Option<Self> {
        let photo = post.photos.first().filter(|_| post.warning.is_none())?;
        Some(Self {
            path: photo.full.clone(),
            size: Some((photo.width, photo.height)),
            alt: photo.alt.clone(),
            is_large: true,
        })
    }
}

fn pictured(face: &PublicFace, picture: &Picture) -> Markup {
    html! {
        // Programs that read this want whole addresses.
        @if let Some(address) = face.address(&picture.path) {
            meta property="og:image" content=(address);
            @if let Some((width, height)) = picture.size {
                meta property="og:image:width" content=(width);
                meta property="og:image:height" content=(height);
            }
            @if let Some(alt) = &picture.alt { meta property="og:image:alt" content=(alt); }
        }
    }
}

fn public_page(face: &PublicFace, preview: &Preview, content: &Markup) -> String {
    let name = face.name();
    let feed_title = say!(face.language, "public-feed-of", name = name.as_str());
    let is_large = preview.picture.as_ref().is_some_and(|it| it.is_large);
    let more = html! {
        meta name="description" content=(preview.about);
        meta property="og:type" content=(preview.kind);
        meta property="og:title" content=(preview.title);
        meta property="og:description" content=(preview.about);
        meta property="og:site_name" content=(name);
        @if let Some(picture) = &preview.picture { (pictured(face, picture)) }
        meta name="twitter:card" content=(if is_large { "summary_large_image" } else { "summary" });
        @if let Some(address) = face.address(&preview.path) {
            link rel="canonical" href=(address);
            meta property="og:url" content=(address);
        }
        @if !face.is_indexed { meta name="robots" content="noindex, noarchive"; }
        link rel="alternate" type="application/atom+xml" title=(feed_title) href=(face.feed_path());
    };
    let head = Head {
        is_scripted: false,
        more,
    };
    let body = html! {
        a.skip href="#main" { (say!(face.language, "page-skip")) }
        main.visited #main tabindex="-1" { (content) }
        footer.visited { p.quiet { (say!(face.language, "public-made-with")) } }
    };
    document(face.language, &preview.title, &head, &body)
}

/// Whose page it is. The name is the page's heading where it is about the person.
fn who(about: &PublicFace, is_heading: bool) -> Markup {
    let language = about.language;
    let name = html! { bdi dir="auto" { (about.name()) } };
    html! {
        section.card.person {
            div.row.wrap {
                a href=(about.path()) tabindex="-1" aria-hidden="true" { (face_from(&about.person, Size::Large, about.portrait_path("full"))) }
                div.grow {
                    @if is_heading { h1 { (name) } } @else { p.name { a href=(about.path()) { (name) } } }
                    @if is_heading && has_name(&about.person) { p.key { (about.person.identity) } }
                }
                @if is_heading { a.button.plain href=(about.photos_path()) { (say!(language, "public-photos")) } }
                a.button.plain type="application/atom+xml" href=(about.feed_path()) { (say!(language, "public-feed")) }
            }
            @if is_heading && has_ink(&about.bio) { div.text dir="auto" { (linked(&about.bio, PUBLIC)) } }
            @if is_heading {
                details {
                    summary { (say!(language, "public-follow")) }
                    p { (say!(language, "public-follow-how")) }
                    pre { code { "hearth:" (about.person.identity) } }
                }
            }
        }
    }
}

fn card(about: &PublicFace, post: &PublicPost) -> Markup {
    let language = about.language;
    html! {
        article.card.post id={ "post-" (segment(&post.id)) } aria-label=(say!(language, "public-post-by", name = about.name())) {
            div.body {
                div.who {
                    span.when {
                        a href=(about.post_path(&post.id)) { (stamp(language, about.now_ms, post.time_ms)) }
                        @if post.is_reply { " · " (say!(language, "public-reply")) }
                        @if post.is_edited { " · " (say!(language, "public-edited")) }
                    }
                }
                @match &post.warning {
                    Some(warning) => details.warned {
                        summary { bdi dir="auto" { (warning) } }
                        (said(language, post))
                    },
                    None => (said(language, post)),
                }
            }
        }
    }
}

fn said(language: Language, post: &PublicPost) -> Markup {
    html! {
        @if !post.text.is_empty() { div.text dir="auto" { (marked(&post.text, post.reading())) } }
        (photos::shown(language, &post.photos))
    }
}

/// The beginning of a text, on one line.
pub(crate) fn shortened(text: &str, chars_max: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= chars_max {
        return line;
    }
    let kept: String = line.chars().take(chars_max - 1).collect();
    let whole = kept
        .rsplit_once(' ')
        .map_or(kept.as_str(), |(words, _)| words);
    format!("{}…", whole.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_words() {
        assert_eq!(shortened("one\n two", 20), "one two");
        assert_eq!(shortened("one two three", 9), "one two…");
        assert_eq!(shortened("abcdefghij", 5), "abcd…");
        assert_eq!(shortened("äöü äöü", 5), "äöü…");
    }
}
