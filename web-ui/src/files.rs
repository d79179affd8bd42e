//! The drive: folders, and files to take away.

use crate::bytes::bytes;
use crate::icon::{Icon, icon};
use crate::language::{Language, say};
use crate::page::page;
use crate::time::stamp;
use crate::values::{Screen, Shell};
use maud::{Markup, html};

/// What the page of one folder shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesPage {
    /// The folders from the top of the drive to this one, this one included; empty at the top.
    pub path: Vec<Crumb>,
    /// What is in the folder.
    pub items: Vec<Item>,
    /// Where the next page of it is, if there is more.
    pub next: Option<String>,
}

/// A folder on the way here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    /// Its name.
    pub name: String,
    /// Where it is shown.
    pub href: String,
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// A folder.
    Folder,
    /// A file.
    File,
    /// A symbolic link.
    Link,
}

/// A file, folder or link in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ItemKind,
    /// A file's length in bytes.
    pub bytes: u64,
    /// When it was changed, in milliseconds since 1970; before that, 0.
    pub mtime_ms: u64,
    /// Where it leads; links lead nowhere.
    pub href: Option<String>,
}

/// The page at `GET /files/{path}`; a file's own path answers with its content.
pub fn files(shell: &Shell, files: &FilesPage) -> String {
    let language = shell.language;
    let here = files.path.last();
    let title = here.map_or_else(|| say!(language, "files-title"), |here| (&here.name).into());
    let content = html! {
        h1 dir="auto" { (title) }
        @if !files.path.is_empty() { (way(language, &files.path)) }
        @if files.items.is_empty() { (empty(language, files.path.is_empty())) } @else {
            section.card {
                ul.rows { @for item in &files.items { li { (row(shell, item)) } } }
            }
        }
        @if let Some(next) = &files.next {
            p.paging { a.button.plain href=(next) { (say!(language, "files-more")) } }
        }
    };
    page(shell, Screen::Files, &title, &content)
}

fn way(language: Language, path: &[Crumb]) -> Markup {
    let above = &path[..path.len() - 1];
    html! {
        nav.way aria-label=(say!(language, "files-way")) {
            a href="/files" { (say!(language, "files-title")) }
            @for crumb in above { " / " a href=(crumb.href) dir="auto" { (crumb.name) } }
        }
    }
}

fn row(shell: &Shell, item: &Item) -> Markup {
    let language = shell.language;
    let mark = match item.kind {
        ItemKind::Folder => Icon::Files,
        ItemKind::File => Icon::File,
        ItemKind::Link => Icon::Link,
    };
    let inside = html! {
        (icon(mark))
        span.grow {
            bdi.name { (item.name) }
            span.under {
                @match item.kind {
                    ItemKind::Folder => (say!(language, "files-folder")),
                    ItemKind::File => (bytes(language, item.bytes)),
                    ItemKind::Link => (say!(language, "files-link")),
                }
                " · " (stamp(language, shell.now_ms, item.mtime_ms))
            }
        }
    };
    html! {
        @match &item.href {
            Some(href) => a.row href=(href) { (inside) },
            None => div.row { (inside) },
        }
    }
}

fn empty(language: Language, is_top: bool) -> Markup {
    html! {
        section.card.empty {
            h2 { @if is_top { (say!(language, "files-empty-top")) } @else { (say!(language, "files-empty")) } }
            p { (say!(language, "files-how")) }
            pre { code { "hearth files put Photos" } }
        }
    }
}
