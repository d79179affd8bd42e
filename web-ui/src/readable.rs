//! The pages of an export: files that any browser opens, without Hearth, a server or a script.

use crate::language::{Language, say};
use crate::time::{day, machine};
use maud::{DOCTYPE, Markup, html};

/// Who may read a post, in an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadableAudience {
    /// Everybody.
    Public,
    /// Friends.
    Friends,
    /// Oneself.
    Private,
    /// Those in a space, or one other person.
    Named(String),
}

/// A post in an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadablePost {
    /// The time that it claims, in milliseconds since 1970.
    pub time_ms: u64,
    /// Its text.
    pub text: String,
    /// What is said before it is shown.
    pub warning: Option<String>,
    /// Who may read it.
    pub audience: ReadableAudience,
    /// Whether it answers another one.
    pub is_reply: bool,
    /// Its photos: where each lies from the page's folder, empty where it isn't there; and what there is to see.
    pub photos: Vec<(String, Option<String>)>,
}

/// What an export's first page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadableIndex {
    /// Whose it is.
    pub name: String,
    /// Their key.
    pub identity: String,
    /// A few words about them.
    pub bio: String,
    /// Where their picture lies, if they have one.
    pub picture: Option<String>,
    /// When it was made, in milliseconds since 1970.
    pub time_ms: u64,
    /// How many posts there are, on how many pages.
    pub posts: (u64, u64),
    /// How many photos.
    pub photos: u64,
    /// How many files.
    pub files: u64,
    /// How much isn't there.
    pub missing: u64,
}

/// The name of a page of posts, counted from 1, the newest first.
pub fn readable_page_name(number: u64) -> String {
    format!("{number:04}.html")
}

fn document(language: Language, title: &str, style: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href=(style);
            }
            body { main.visited { (body) } }
        }
    }
    .into_string()
}

/// The first page: `index.html`, with `style.css` beside it.
pub fn readable_index(language: Language, index: &ReadableIndex) -> String {
    let (posts, pages) = index.posts;
    let body = html! {
        section.card {
            div.row {
                @if let Some(picture) = &index.picture { span.face.large { img src=(picture) alt=""; } }
                div.grow { h1 { bdi dir="auto" { (index.name) } } p.key { (index.identity) } }
            }
            @if !index.bio.is_empty() { p.text dir="auto" { (index.bio) } }
            p.quiet { (say!(language, "readable-made", date = day(language, index.time_ms))) }
        }
        section.card {
            h2 { (say!(language, "readable-inside")) }
            ul.rows {
                li { p.row { @if pages > 0 { a href={ "posts/" (readable_page_name(1)) } { (say!(language, "readable-posts", count = posts)) } } @else { (say!(language, "readable-posts", count = posts)) } } }
                li { p.row { (say!(language, "readable-photos", count = index.photos)) } }
                li { p.row { @if index.files > 0 { a href="files/" { (say!(language, "readable-files", count = index.files)) } } @else { (say!(language, "readable-files", count = index.files)) } } }
                li { p.row { a href="people.json" { (say!(language, "readable-people")) } } }
                @if index.missing > 0 { li { p.row { a href="MISSING.txt" { (say!(language, "readable-missing", count = index.missing)) } } } }
            }
        }
    };
    document(language, &index.name, "style.css", &body)
}

/// A page of posts: `posts/0001.html` and so on, the newest first.
pub fn readable_posts(
    language: Language,
    name: &str,
    (number, has_more): (u64, bool),
    posts: &[ReadablePost],
) -> String {
    let body = html! {
        p { a href="../index.html" { bdi dir="auto" { (name) } } }
        div.posts { @for post in posts { (one(language, post)) } }
        div.row.wrap {
            @if number > 1 { a.button.plain href=(readable_page_name(number - 1)) { (say!(language, "readable-newer")) } }
            span.grow {}
            @if has_more { a.button.plain href=(readable_page_name(number + 1)) { (say!(language, "readable-older")) } }
        }
    };
    document(language, name, "../style.css", &body)
}

fn one(language: Language, post: &ReadablePost) -> Markup {
    let audience = match &post.audience {
        ReadableAudience::Public => say!(language, "audience-public"),
        ReadableAudience::Friends => say!(language, "audience-friends"),
        ReadableAudience::Private => say!(language, "audience-private"),
        ReadableAudience::Named(name) => name.clone().into(),
    };
    let inside = html! {
        p.text dir="auto" { (post.text) }
        @for (file, alt) in &post.photos {
            @if file.is_empty() {
                p.quiet { (say!(language, "readable-no-photo")) }
            } @else {
                a href=(file) { img.kept src=(file) alt=(alt.as_deref().unwrap_or_default()) loading="lazy"; }
            }
        }
    };
    html! {
        article.card {
            div.who {
                span.when { time datetime=(machine(post.time_ms)) { (day(language, post.time_ms)) } }
                @if post.is_reply { span.quiet { (say!(language, "readable-reply")) } }
                span.audience { bdi dir="auto" { (audience) } }
            }
            @match &post.warning {
                Some(warning) => details { summary { bdi dir="auto" { (warning) } } (inside) },
                None => (inside),
            }
        }
    }
}
