//! The page about one thing in the drive: what it is, what it was, and what can be done with it.

use crate::bytes::bytes;
use crate::files::{Crumb, ItemKind, Sums, mark, sums};
use crate::form::{button, form, problem};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::page::page;
use crate::problem::Reason;
use crate::time::stamp;
use crate::values::{Screen, Shell};
use maud::{Markup, html};

/// How many versions a page shows.
const VERSIONS_SHOWN: usize = 100;
/// How much of a device's key is shown.
const KEY_CHARS: usize = 8;

/// What the page about a file, folder or link shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePage {
    /// Its name.
    pub name: String,
    /// The folders above it, from the top of the drive.
    pub above: Vec<Crumb>,
    /// Its own address, without a query: where forms about it are sent, and where its content is.
    pub href: String,
    /// What it is, or was.
    pub kind: ItemKind,
    /// A file's length.
    pub bytes: u64,
    /// When it was changed, in milliseconds since 1970.
    pub mtime_ms: u64,
    /// Where a link leads.
    pub target: String,
    /// How much lies in a folder.
    pub sums: Sums,
    /// What can be seen of it.
    pub view: View,
    /// Which version is shown, and since when it was; none for what is there now.
    pub version: Option<(u64, u64)>,
    /// Since when it is removed.
    pub gone_ms: Option<u64>,
    /// What it was, newest first.
    pub history: Vec<Version>,
    /// Where it can be moved.
    pub folders: Folders,
    /// Why something wasn't done.
    pub problem: Option<FileProblem>,
}

/// What can be seen of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// It has no content: a folder, a link, something that is gone.
    Nothing,
    /// There is nothing in it.
    Empty,
    /// A picture.
    Picture,
    /// A picture that can't be decoded here.
    ForeignPicture,
    /// A text.
    Text {
        /// Its beginning.
        text: String,
        /// Whether that is all.
        is_all: bool,
    },
    /// Something to listen to.
    Audio,
    /// Something to watch.
    Video,
    /// A PDF document.
    Pdf,
    /// Something else.
    Other,
    /// Its content isn't here, as the sentence says.
    Away(Reason),
}

/// What a name was from some time on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Counts from 1, the oldest.
    pub number: u64,
    /// Since when.
    pub time_ms: u64,
    /// What it was; none: removed.
    pub kind: Option<ItemKind>,
    /// Its length.
    pub bytes: u64,
    /// Who said so.
    pub device: VersionDevice,
}

/// The device that changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionDevice {
    /// The one that shows this page.
    This,
    /// One that the reader gave a name.
    Named(String),
    /// Another one, by its key.
    Other(String),
}

/// Folders that something can be moved to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folders {
    /// Each as a form says it, and as it is shown; the top has no name.
    pub all: Vec<(String, String)>,
    /// Whether there are more: then one types a path.
    pub is_part: bool,
}

/// What wasn't done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileProblem {
    /// It got no other name.
    Rename {
        /// The name that was typed.
        name: String,
        /// Why.
        reason: Reason,
    },
    /// It wasn't moved.
    Move {
        /// Why.
        reason: Reason,
    },
    /// Something else.
    Other {
        /// Why.
        reason: Reason,
    },
}

/// The page at `GET /files/{path}?show`, with `version` in the query. Its forms post to `/files/{path}` with `do`: `rename`
/// (`name`), `move` (`to`), `restore` (`version`, `time`).
pub fn file(shell: &Shell, file: &FilePage) -> String {
    let language = shell.language;
    let is_there = file.gone_ms.is_none();
    let content = html! {
        (way(language, &file.above))
        h1.file-name dir="auto" { (icon(mark(file.kind))) span { (file.name) } }
        @if let Some(FileProblem::Other { reason }) = &file.problem { (reason.notice(language, None)) }
        (facts(shell, file))
        (seen(language, file))
        @if is_there && file.version.is_none() {
            section.card.deeds {
                (rename(shell, file))
                (relocate(shell, file))
                a.deed href={ (file.href) "?remove" } { (icon(Icon::Delete)) (say!(language, "drive-remove")) }
            }
        }
        (history(shell, file))
    };
    page(shell, Screen::Files, &file.name, &content)
}

/// Where something lies.
fn way(language: Language, above: &[Crumb]) -> Markup {
    html! {
        nav.way aria-label=(say!(language, "files-way")) {
            a href="/files" { (say!(language, "files-title")) }
            @for crumb in above { " / " a href=(crumb.href) dir="auto" { (crumb.name) } }
        }
    }
}

fn facts(shell: &Shell, file: &FilePage) -> Markup {
    let language = shell.language;
    let when = |time_ms| stamp(language, shell.now_ms, time_ms);
    let target = html! { bdi.key { (file.target) } };
    let content = match file.version {
        Some((version, _)) => format!("{}?version={version}", file.href),
        None => file.href.clone(),
    };
    html! {
        section.card.row.wrap.facts {
            div.grow {
                @if let Some((number, since_ms)) = file.version {
                    p.look { (say_html!(language, "drive-facts-version", version = number, when = when(since_ms))) }
                }
                @if let Some(gone_ms) = file.gone_ms {
                    p.look { (say_html!(language, "drive-facts-gone", when = when(gone_ms))) }
                }
                p {
                    @match file.kind {
                        ItemKind::Folder => (say_html!(language, "drive-facts-folder", when = when(file.mtime_ms))),
                        ItemKind::File | ItemKind::Picture => (say_html!(language, "drive-facts-file", bytes = bytes(language, file.bytes), when = when(file.mtime_ms))),
                        ItemKind::Link => (say_html!(language, "drive-facts-link", target = target)),
                    }
                }
                @if file.kind == ItemKind::Folder && file.gone_ms.is_none() { p.quiet { (sums(language, file.sums)) } }
                @if file.version.is_some() {
                    p { a href={ (file.href) "?show" } { (say!(language, "drive-facts-newest")) } }
                }
            }
            @match file.kind {
                ItemKind::Folder if file.gone_ms.is_none() => {
                    a.button.plain href=(file.href) { (icon(Icon::Files)) (say!(language, "drive-up-open")) }
                    a.button href={ (file.href) "?archive" } download { (icon(Icon::Down)) (say!(language, "drive-download")) }
                },
                ItemKind::File | ItemKind::Picture if file.gone_ms.is_none() || file.version.is_some() => {
                    a.button href=(content) download { (icon(Icon::Down)) (say!(language, "drive-download")) }
                },
                _ => {},
            }
        }
    }
}

fn seen(language: Language, file: &FilePage) -> Markup {
    let version = file.version.map(|(number, _)| format!("&version={number}"));
    let version = version.unwrap_or_default();
    let preview = format!("{}?preview=full{version}", file.href);
    let play = format!("{}?play{version}", file.href);
    let plain = |words: std::borrow::Cow<'static, str>| html! { p.quiet.card { (words) } };
    match &file.view {
        View::Nothing => html! {},
        View::Empty => plain(say!(language, "drive-see-empty")),
        View::ForeignPicture => plain(say!(language, "drive-see-foreign-picture")),
        View::Pdf => plain(say!(language, "drive-see-pdf")),
        View::Other => plain(say!(language, "drive-see-other")),
        View::Away(reason) => html! {
            p.card dir="auto" { (say!(language, "drive-see-not-here", reason = reason.words(language))) }
        },
        View::Picture => html! {
            figure.seen data-failed=(say!(language, "drive-see-picture-failed")) {
                a href=(preview) { img src=(preview) alt=(say!(language, "drive-see-picture", name = &file.name)); }
            }
        },
        View::Text { text, is_all } => html! {
            div.card.seen-text {
                section.sheet tabindex="0" aria-label=(say!(language, "drive-see-text", name = &file.name)) {
                    pre dir="auto" { "\n" (text) }
                }
                @if !is_all { p.quiet { (say!(language, "drive-see-text-part")) } }
            }
        },
        View::Audio => html! {
            section.card { audio controls preload="metadata" src=(play) aria-label=(file.name) {} p.quiet { (say!(language, "drive-see-media")) } }
        },
        View::Video => html! {
            figure.seen { video controls preload="metadata" src=(play) aria-label=(file.name) {} }
            p.quiet { (say!(language, "drive-see-media")) }
        },
    }
}

fn rename(shell: &Shell, file: &FilePage) -> Markup {
    let language = shell.language;
    let (name, reason) = match &file.problem {
        Some(FileProblem::Rename { name, reason }) => (name, Some(reason)),
        _ => (&file.name, None),
    };
    let content = html! {
        input type="hidden" name="do" value="rename";
        label for="new-name" { (say!(language, "drive-rename-name")) }
        div.row.wrap {
            input #new-name.grow type="text" name="name" value=(name) dir="auto" autocomplete="off" spellcheck="false" required
                aria-describedby=[reason.map(|_| "rename-problem")];
            button type="submit" { (say!(language, "drive-rename-button")) }
        }
        (problem(language, "rename-problem", reason))
    };
    html! {
        details open[reason.is_some()] {
            summary.deed { (icon(Icon::Edit)) (say!(language, "drive-rename")) }
            (form(&file.href, "", &shell.csrf, &content))
        }
    }
}

fn relocate(shell: &Shell, file: &FilePage) -> Markup {
    let language = shell.language;
    let reason = match &file.problem {
        Some(FileProblem::Move { reason }) => Some(reason),
        _ => None,
    };
    let shown = |path: &str| match path {
        "" => say!(language, "drive-move-top"),
        path => path.to_owned().into(),
    };
    let content = html! {
        input type="hidden" name="do" value="move";
        label for="move-to" { (say!(language, "drive-move-to")) }
        div.row.wrap {
            select #move-to.grow name="to" aria-describedby=[reason.map(|_| "move-problem")] {
                @for (value, path) in &file.folders.all { option value=(value) { (shown(path)) } }
            }
            button type="submit" { (say!(language, "drive-move-button")) }
        }
        @if file.folders.is_part {
            label for="move-path" { (say!(language, "drive-move-path")) }
            input #move-path type="text" name="path" dir="auto" autocomplete="off" spellcheck="false";
        }
        (problem(language, "move-problem", reason))
    };
    let has_none = file.folders.all.is_empty() && !file.folders.is_part;
    let make = || html! { a href="/files#folder-name" { (say!(language, "drive-move-make")) } };
    html! {
        details open[reason.is_some()] {
            summary.deed { (icon(Icon::Forward)) (say!(language, "drive-move")) }
            @if has_none {
                p { (say_html!(language, "drive-move-nowhere", link = make())) }
                (problem(language, "move-problem", reason))
            } @else {
                (form(&file.href, "", &shell.csrf, &content))
            }
        }
    }
}

fn history(shell: &Shell, file: &FilePage) -> Markup {
    let language = shell.language;
    let more = file.history.len().saturating_sub(VERSIONS_SHOWN);
    let newest = file.history.first().map(|version| version.number);
    html! {
        section.card.past-of {
            h2 { (say!(language, "drive-past")) }
            ol.rows {
                @for version in file.history.iter().take(VERSIONS_SHOWN) {
                    li { (version_row(shell, file, version, newest == Some(version.number))) }
                }
            }
            @if more > 0 {
                p.quiet { (say_html!(language, "drive-past-more", count = more, command = html! { code { "hearth files history" } })) }
            }
        }
    }
}

fn version_row(shell: &Shell, file: &FilePage, version: &Version, is_newest: bool) -> Markup {
    let language = shell.language;
    let device = match &version.device {
        VersionDevice::This => html! { (say!(language, "drive-past-this-device")) },
        VersionDevice::Named(name) => html! { bdi { (name) } },
        VersionDevice::Other(key) => {
            let short: String = key.chars().take(KEY_CHARS).collect();
            html! { (say!(language, "drive-past-device", key = short)) }
        }
    };
    let when = stamp(language, shell.now_ms, version.time_ms);
    let number = version.number.to_string();
    let is_file = matches!(version.kind, Some(ItemKind::File | ItemKind::Picture));
    let fields = [
        ("do", "restore"),
        ("version", number.as_str()),
        ("time", &version.time_ms.to_string()),
    ];
    html! {
        div.row.wrap.version {
            span.grow {
                span.name {
                    (say!(language, "drive-past-version", version = version.number))
                    @if is_newest && version.kind.is_some() { span.badge { (say!(language, "drive-past-now")) } }
                }
                span.under.wrap {
                    @match version.kind {
                        None => (say!(language, "drive-past-removed")),
                        Some(ItemKind::Folder) => (say!(language, "files-folder")),
                        Some(ItemKind::Link) => (say!(language, "files-link")),
                        Some(_) => (bytes(language, version.bytes)),
                    }
                    " · " (say_html!(language, "drive-past-by", device = device, when = when))
                }
            }
            @if is_file && !is_newest {
                a.button.plain href={ (file.href) "?show&version=" (number) } {
                    (say!(language, "drive-past-look")) span.hidden { " (" (say!(language, "drive-past-version", version = version.number)) ")" }
                }
            }
            // A folder comes back where nothing is, and as it was: it has no content of its own to go back to.
            @let is_kept = version.kind != Some(ItemKind::Folder) || file.gone_ms.is_some();
            @if version.kind.is_some() && !is_newest && is_kept {
                (button(&file.href, &shell.csrf, &fields, "plain", &html! {
                    (icon(Icon::Undo))
                    span aria-hidden="true" { (say!(language, "drive-past-restore-short")) }
                    span.hidden { (say!(language, "drive-past-restore", version = version.number)) }
                }))
            }
        }
    }
}

/// What the question before something is removed needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovePage {
    /// Its name.
    pub name: String,
    /// The folders above it.
    pub above: Vec<Crumb>,
    /// Its own address.
    pub href: String,
    /// What it is.
    pub kind: ItemKind,
    /// How much lies in a folder.
    pub sums: Sums,
}

/// The page at `GET /files/{path}?remove`, which asks before it posts to `/files/{path}` (`do=remove`).
pub fn confirm_removal(shell: &Shell, asked: &RemovePage) -> String {
    let language = shell.language;
    let is_folder = asked.kind == ItemKind::Folder;
    let title = say!(language, "drive-remove-ask", name = &asked.name);
    let buttons = html! {
        input type="hidden" name="do" value="remove";
        a.button.plain href={ (asked.href) "?show" } { (say!(language, "drive-remove-keep")) }
        button.danger type="submit" { (say!(language, "drive-remove-button")) }
    };
    let content = html! {
        (way(language, &asked.above))
        h1 dir="auto" { (title) }
        section.card {
            @if is_folder {
                p { (sums(language, asked.sums)) }
                p { (say!(language, "drive-remove-folder")) }
            } @else {
                p { (say!(language, "drive-remove-file")) }
            }
            (form(&asked.href, "row end", &shell.csrf, &buttons))
        }
    };
    page(shell, Screen::Files, &title, &content)
}

/// What was removed from a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedPage {
    /// The folders from the top of the drive to the one that it is about; empty at the top.
    pub path: Vec<Crumb>,
    /// The folder's address.
    pub here: String,
    /// It, newest first.
    pub items: Vec<RemovedItem>,
    /// Whether there is more.
    pub is_part: bool,
}

/// Something that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedItem {
    /// Its name.
    pub name: String,
    /// What it was.
    pub kind: ItemKind,
    /// Its length.
    pub bytes: u64,
    /// When it was removed.
    pub time_ms: u64,
    /// Its address.
    pub href: String,
}

/// The page at `GET /files/{path}?removed`; things come back by `do=restore` to their own addresses.
pub fn removed(shell: &Shell, page_of: &RemovedPage) -> String {
    let language = shell.language;
    let title = say!(language, "drive-removed-title");
    let name = page_of.path.last().map(|crumb| &crumb.name);
    let content = html! {
        (way(language, page_of.path.split_last().map(|(_, above)| above).unwrap_or_default()))
        h1 { (title) }
        @if let Some(name) = name {
            p.quiet { (say_html!(language, "drive-removed-from", folder = html! { bdi { (name) } })) }
        }
        @if page_of.items.is_empty() {
            section.card.empty { p { (say!(language, "drive-removed-none")) } }
        } @else {
            section.card {
                ul.rows { @for item in &page_of.items { li { (removed_row(shell, item)) } } }
            }
        }
        @if page_of.is_part { p.quiet { (say!(language, "drive-removed-more")) } }
        p { a.button.plain href=(page_of.here) { (icon(Icon::Back)) (say!(language, "drive-back")) } }
    };
    page(shell, Screen::Files, &title, &content)
}

fn removed_row(shell: &Shell, item: &RemovedItem) -> Markup {
    let language = shell.language;
    let when = stamp(language, shell.now_ms, item.time_ms);
    html! {
        div.row.item-row {
            a.row.grow href={ (item.href) "?show" } {
                span.sort-mark { (icon(mark(item.kind))) }
                span.grow {
                    bdi.name { (item.name) }
                    span.under {
                        @match item.kind {
                            ItemKind::Folder => (say!(language, "files-folder")),
                            ItemKind::Link => (say!(language, "files-link")),
                            ItemKind::File | ItemKind::Picture => (bytes(language, item.bytes)),
                        }
                        " · " (say_html!(language, "drive-removed-when", when = when))
                    }
                }
            }
            (button(&item.href, &shell.csrf, &[("do", "restore")], "plain", &html! {
                (icon(Icon::Undo))
                span { (say!(language, "drive-undo-button")) span.hidden { ": " bdi { (item.name) } } }
            }))
        }
    }
}
