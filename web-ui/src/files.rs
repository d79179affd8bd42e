//! The drive: a folder, what is in it, and how more comes to it.

use crate::bytes::bytes;
use crate::form::{button, form};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::page::page;
use crate::problem::Reason;
use crate::time::stamp;
use crate::uploads::{script, upload};
use crate::values::{Screen, Shell};
use maud::{Markup, html};
use std::borrow::Cow;

/// What the page of one folder shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesPage {
    /// The folders from the top of the drive to this one, this one included; empty at the top.
    pub path: Vec<Crumb>,
    /// Its own address, without a query.
    pub here: String,
    /// What is in the folder.
    pub items: Vec<Item>,
    /// Where the next page of it is, if there is more.
    pub next: Option<String>,
    /// How much lies in it, with all that is below.
    pub sums: Sums,
    /// In which order it stands; none where it is too large to be sorted.
    pub order: Option<Order>,
    /// Whether it is shown as tiles with pictures.
    pub has_tiles: bool,
    /// Something that was removed from it just now.
    pub removed: Option<Undo>,
    /// What wasn't taken, or why there is no new folder.
    pub problem: Option<Refused>,
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
    /// A file that may be a picture, by its name.
    Picture,
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
    /// Its own address: a folder's page, a file's content; `?show` leads to the page about it.
    pub href: String,
    /// How much lies in a folder.
    pub sums: Sums,
}

/// How much lies somewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Files.
    pub files: u64,
    /// Folders.
    pub folders: u64,
    /// The files' length.
    pub bytes: u64,
    /// Whether there may be more.
    pub is_part: bool,
}

/// The order of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub by: OrderBy,
    /// Whether it is turned around.
    pub is_reversed: bool,
}

/// By what a folder is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderBy {
    /// By name.
    Name,
    /// By length, the largest first.
    Size,
    /// By time, the newest first.
    Date,
}

impl OrderBy {
    const ALL: [Self; 3] = [Self::Name, Self::Size, Self::Date];

    /// As it stands in an address.
    pub const fn named(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Size => "size",
            Self::Date => "date",
        }
    }

    fn words(self, language: Language) -> Cow<'static, str> {
        match self {
            Self::Name => say!(language, "drive-order-name"),
            Self::Size => say!(language, "drive-order-size"),
            Self::Date => say!(language, "drive-order-date"),
        }
    }
}

/// Something that was removed just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// Its name.
    pub name: String,
    /// Its address.
    pub href: String,
}

/// Why something wasn't done, and what was typed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// A new folder of this name.
    Folder {
        /// The name that was typed.
        name: String,
        /// Why.
        reason: Reason,
    },
    /// Some of the files that were sent.
    Files {
        /// How many came.
        taken: u64,
        /// How many didn't.
        refused: u64,
        /// Why the first of these didn't.
        reason: Reason,
    },
    /// Nothing was chosen.
    NoFiles,
}

/// The page at `GET /files/{path}` of a folder, with `sort`, `look`, `from` and `after` in the query; a file's own path answers
/// with its content. Files are sent to its own address, as a form with files (`csrf`, `existing`, `files`), a new folder's
/// name as `do=folder` and `name`.
pub fn files(shell: &Shell, files: &FilesPage) -> String {
    let language = shell.language;
    let here = files.path.last();
    let title = here.map_or_else(|| say!(language, "files-title"), |here| (&here.name).into());
    let content = html! {
        @if !files.path.is_empty() { (way(language, &files.path)) }
        div.row.wrap.folder-head {
            div.grow {
                h1 dir="auto" { (title) }
                p.quiet #sums { (sums(language, files.sums)) }
            }
            @if here.is_some() {
                a.button.plain href={ (files.here) "?show" } { (icon(Icon::More)) (say!(language, "drive-about-folder")) }
            }
        }
        @if let Some(removed) = &files.removed { (undo(shell, removed)) }
        @if let Some(refused) = &files.problem { (problem(language, refused)) }
        (upload(shell, &files.here))
        (new_folder(shell, files))
        div #listing { (listing(shell, files)) }
        nav.chips aria-label=(say!(language, "drive-more")) {
            a.chip href={ (files.here) "?removed" } { (icon(Icon::Delete)) (say!(language, "drive-gone-link")) }
            @if !files.items.is_empty() {
                a.chip href={ (files.here) "?archive" } download { (icon(Icon::Down)) (say!(language, "drive-archive")) }
            }
        }
        (script())
    };
    page(shell, Screen::Files, &title, &content)
}

/// Where a folder lies, and thus what is above.
pub(crate) fn way(language: Language, path: &[Crumb]) -> Markup {
    let above = &path[..path.len() - 1];
    html! {
        nav.way aria-label=(say!(language, "files-way")) {
            a href="/files" { (say!(language, "files-title")) }
            @for crumb in above { " / " a href=(crumb.href) dir="auto" { (crumb.name) } }
        }
    }
}

/// How much lies in a folder, in a sentence.
pub(crate) fn sums(language: Language, sums: Sums) -> Cow<'static, str> {
    let total = bytes(language, sums.bytes);
    if sums.is_part {
        say!(
            language,
            "drive-sums-part",
            files = sums.files,
            bytes = total
        )
    } else {
        let (files, folders) = (sums.files, sums.folders);
        say!(
            language,
            "drive-sums",
            files = files,
            folders = folders,
            bytes = total
        )
    }
}

/// The same in a few words, beside a name.
fn inside(language: Language, sums: Sums) -> Cow<'static, str> {
    let total = bytes(language, sums.bytes);
    if sums.is_part {
        say!(language, "drive-inside-part", files = sums.files)
    } else {
        say!(language, "drive-inside", files = sums.files, bytes = total)
    }
}

fn undo(shell: &Shell, removed: &Undo) -> Markup {
    let language = shell.language;
    let name = html! { bdi { (removed.name) } };
    html! {
        section.card.row.wrap.undo role="status" {
            p.grow { (say_html!(language, "drive-undo", name = name)) }
            (button(&removed.href, &shell.csrf, &[("do", "restore")], "plain", &html! {
                (icon(Icon::Undo)) (say!(language, "drive-undo-button"))
            }))
        }
    }
}

fn problem(language: Language, refused: &Refused) -> Markup {
    html! {
        @match refused {
            Refused::Folder { .. } => {},
            Refused::NoFiles => p.notice.problem role="alert" { (say!(language, "drive-nothing-chosen")) },
            Refused::Files { taken, refused, reason } => {
                div.notice.problem role="alert" {
                    p dir="auto" { (say!(language, "drive-not-taken", count = *refused, reason = reason.words(language))) }
                    p { (say!(language, "drive-some-taken", count = *taken)) }
                }
            }
        }
    }
}

fn new_folder(shell: &Shell, files: &FilesPage) -> Markup {
    let language = shell.language;
    let (name, reason) = match &files.problem {
        Some(Refused::Folder { name, reason }) => (name.as_str(), Some(reason)),
        _ => ("", None),
    };
    let content = html! {
        input type="hidden" name="do" value="folder";
        label for="folder-name" { (say!(language, "drive-new-folder-name")) }
        div.row.wrap {
            input #folder-name.grow type="text" name="name" value=(name) dir="auto" autocomplete="off" spellcheck="false" required
                aria-describedby=[reason.map(|_| "folder-problem")];
            button type="submit" { (say!(language, "drive-new-folder-make")) }
        }
        (crate::form::problem(language, "folder-problem", reason))
    };
    html! {
        details.card.new-folder open[reason.is_some()] {
            summary { (icon(Icon::NewFolder)) (say!(language, "drive-new-folder")) }
            (form(&files.here, "", &shell.csrf, &content))
        }
    }
}

fn listing(shell: &Shell, files: &FilesPage) -> Markup {
    let language = shell.language;
    html! {
        @if files.items.is_empty() { (empty(language, files.path.is_empty())) } @else {
            (ordering(language, files))
            @if files.has_tiles {
                ul.tiles { @for item in &files.items { li { (tile(item)) } } }
            } @else {
                section.card {
                    ul.rows { @for item in &files.items { li { (row(shell, item)) } } }
                }
            }
        }
        @if let Some(next) = &files.next {
            p.paging { a.button.plain href=(next) { (say!(language, "files-more")) } }
        }
    }
}

/// Links by which the folder stands in another order, or looks otherwise.
fn ordering(language: Language, files: &FilesPage) -> Markup {
    let look = if files.has_tiles { "&look=tiles" } else { "" };
    html! {
        nav.filters.ordering aria-label=(say!(language, "drive-order")) {
            @match files.order {
                None => span.quiet { (say!(language, "drive-large")) },
                Some(order) => {
                    @for by in OrderBy::ALL {
                        @let is_current = by == order.by;
                        // Chosen once more, it turns around.
                        @let minus = if is_current && !order.is_reversed { "-" } else { "" };
                        @let said = by.words(language);
                        @let backwards = is_current && order.is_reversed;
                        a.chip href={ (files.here) "?sort=" (minus) (by.named()) (look) } aria-current=[is_current.then_some("true")]
                            aria-label=[backwards.then(|| say!(language, "drive-order-backwards", order = &*said))] {
                            (said)
                            @if is_current { span.turn.reversed[order.is_reversed] { (icon(Icon::Up)) } }
                        }
                    }
                    span.grow {}
                    @let minus = if order.is_reversed { "-" } else { "" };
                    @let sort = format!("?sort={minus}{}", order.by.named());
                    a.chip href={ (files.here) (sort) } aria-current=[(!files.has_tiles).then_some("true")] {
                        (icon(Icon::List)) span.look-words { (say!(language, "drive-look-list")) }
                    }
                    a.chip href={ (files.here) (sort) "&look=tiles" } aria-current=[files.has_tiles.then_some("true")] {
                        (icon(Icon::Tiles)) span.look-words { (say!(language, "drive-look-tiles")) }
                    }
                }
            }
        }
    }
}

pub(crate) fn mark(kind: ItemKind) -> Icon {
    match kind {
        ItemKind::Folder => Icon::Files,
        ItemKind::File => Icon::File,
        ItemKind::Picture => Icon::Photo,
        ItemKind::Link => Icon::Link,
    }
}

/// Where one goes on from an item: into a folder, to the page about anything else.
fn leads_to(item: &Item) -> String {
    match item.kind {
        ItemKind::Folder => item.href.clone(),
        _ => format!("{}?show", item.href),
    }
}

fn row(shell: &Shell, item: &Item) -> Markup {
    let language = shell.language;
    let is_folder = item.kind == ItemKind::Folder;
    html! {
        div.row.item-row {
            a.row.grow href=(leads_to(item)) {
                span.sort-mark.of-folder[is_folder] { (icon(mark(item.kind))) }
                span.grow {
                    bdi.name { (item.name) }
                    span.under {
                        @match item.kind {
                            ItemKind::Folder => (inside(language, item.sums)),
                            ItemKind::File | ItemKind::Picture => (bytes(language, item.bytes)),
                            ItemKind::Link => (say!(language, "files-link")),
                        }
                        " · " (stamp(language, shell.now_ms, item.mtime_ms))
                    }
                }
            }
            @match item.kind {
                ItemKind::Folder => a.tool.more-of href={ (item.href) "?show" } aria-label=(say!(language, "drive-about", name = &item.name)) {
                    (icon(Icon::More))
                },
                ItemKind::File | ItemKind::Picture => a.tool href=(item.href) download aria-label=(say!(language, "drive-download-of", name = &item.name)) {
                    (icon(Icon::Down))
                },
                ItemKind::Link => {},
            }
        }
    }
}

fn tile(item: &Item) -> Markup {
    html! {
        a.tile href=(leads_to(item)) {
            span.shown {
                (icon(mark(item.kind)))
                @if item.kind == ItemKind::Picture {
                    img src={ (item.href) "?preview=small" } alt="" loading="lazy" decoding="async";
                }
            }
            bdi.name { (item.name) }
        }
    }
}

fn empty(language: Language, is_top: bool) -> Markup {
    html! {
        section.card.empty {
            h2 { @if is_top { (say!(language, "drive-empty-top")) } @else { (say!(language, "files-empty")) } }
            p { @if is_top { (say!(language, "drive-empty-top-about")) } @else { (say!(language, "drive-empty-about")) } }
        }
    }
}
