//! What takes how much room: one bar, and a sentence for each part of it.

use crate::bytes::bytes;
use crate::face::display_name;
use crate::language::{Language, say};
use crate::page::page;
use crate::values::{Person, Screen, Shell};
use maud::{Markup, html};
use std::borrow::Cow;

/// What lies on the disk. All sizes are bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoragePage {
    /// All of it.
    pub bytes: u64,
    /// What is free on the disk.
    pub free: u64,
    /// By kind, the largest first.
    pub parts: Vec<StoragePart>,
    /// Friends whose backups are kept here.
    pub pledges: Vec<StoragePledge>,
    /// How much of others' photos may be kept.
    pub photo_cache_max: u64,
    /// How long the access log may become.
    pub access_max: u64,
    /// Whether there was more than could be looked at in time.
    pub is_cut: bool,
}

/// One kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoragePart {
    /// What.
    pub kind: StorageKind,
    /// How much.
    pub bytes: u64,
}

/// What may take room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageKind {
    /// One's own files and photos.
    Objects,
    /// One's own logs.
    OwnLogs,
    /// Logs of others.
    OthersLogs,
    /// What is made of logs.
    Index,
    /// Others' photos.
    PhotoCache,
    /// What is kept for friends.
    Shards,
    /// Who asked for what.
    AccessLog,
    /// What was set aside.
    Aside,
    /// All else.
    Rest,
}

impl StorageKind {
    /// How it is drawn.
    fn class(self) -> &'static str {
        match self {
            Self::Objects => "part own",
            Self::OwnLogs => "part words",
            Self::OthersLogs => "part others",
            Self::Index => "part index",
            Self::PhotoCache => "part photos",
            Self::Shards => "part kept",
            Self::AccessLog => "part access",
            Self::Aside => "part aside",
            Self::Rest => "part rest",
        }
    }

    fn name(self, language: Language) -> Cow<'static, str> {
        match self {
            Self::Objects => say!(language, "storage-objects"),
            Self::OwnLogs => say!(language, "storage-own-logs"),
            Self::OthersLogs => say!(language, "storage-others-logs"),
            Self::Index => say!(language, "storage-index"),
            Self::PhotoCache => say!(language, "storage-photos"),
            Self::Shards => say!(language, "storage-shards"),
            Self::AccessLog => say!(language, "storage-access"),
            Self::Aside => say!(language, "storage-aside"),
            Self::Rest => say!(language, "storage-rest"),
        }
    }

    fn about(self, language: Language, storage: &StoragePage) -> Cow<'static, str> {
        match self {
            Self::Objects => say!(language, "storage-objects-about"),
            Self::OwnLogs => say!(language, "storage-own-logs-about"),
            Self::OthersLogs => say!(language, "storage-others-logs-about"),
            Self::Index => say!(language, "storage-index-about"),
            Self::PhotoCache => say!(
                language,
                "storage-photos-about",
                most = bytes(language, storage.photo_cache_max)
            ),
            Self::Shards => say!(language, "storage-shards-about"),
            Self::AccessLog => say!(
                language,
                "storage-access-about",
                most = bytes(language, storage.access_max)
            ),
            Self::Aside => say!(language, "storage-aside-about"),
            Self::Rest => say!(language, "storage-rest-about"),
        }
    }
}

/// What is kept for a friend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoragePledge {
    /// Who.
    pub person: Person,
    /// What is kept.
    pub used: u64,
    /// What was pledged.
    pub pledged: u64,
}

/// The page at `GET /storage`.
pub fn storage(shell: &Shell, storage: &StoragePage) -> String {
    let language = shell.language;
    let content = html! {
        h1 { (say!(language, "storage-title")) }
        section.card {
            p.health.good { (sum(language, storage)) }
            (bar(language, storage))
            @if storage.is_cut { p.quiet { (say!(language, "storage-cut")) } }
            ul.rows.kinds { @for part in &storage.parts { li { (row(language, storage, *part)) } } }
        }
        section.card {
            h2 { (say!(language, "storage-pledged")) }
            @if storage.pledges.is_empty() {
                p { (say!(language, "storage-pledged-none")) }
            } @else {
                @let used = storage.pledges.iter().map(|one| one.used).sum();
                @let pledged = storage.pledges.iter().map(|one| one.pledged).sum();
                p { (say!(language, "storage-pledged-sum", used = bytes(language, used), pledged = bytes(language, pledged))) }
                ul.rows { @for one in &storage.pledges { li { (pledge(language, one)) } } }
            }
            p { a href="/backup" { (say!(language, "storage-pledge-change")) } }
        }
        p.quiet { (say!(language, "storage-looked")) }
    };
    page(
        shell,
        Screen::Data,
        &say!(language, "storage-title"),
        &content,
    )
}

fn sum(language: Language, storage: &StoragePage) -> Cow<'static, str> {
    let (used, free) = (
        bytes(language, storage.bytes),
        bytes(language, storage.free),
    );
    say!(language, "storage-sum", used = used, free = free)
}

/// How wide the bar is drawn; it is stretched to the page.
const WIDTH: u64 = 1_000;
/// What is there is seen.
const PART_WIDTH_MIN: u64 = 6;

fn bar(language: Language, storage: &StoragePage) -> Markup {
    let widths = widths(storage);
    let mut at = 0;
    let parts = storage.parts.iter().zip(widths).map(|(part, width)| {
        let x = at;
        at += width;
        (part, x, width)
    });
    let parts: Vec<_> = parts.collect();
    html! {
        svg.bar viewBox={ "0 0 " (WIDTH) " 16" } preserveAspectRatio="none" role="img" aria-labelledby="bar-title" {
            title #bar-title { (sum(language, storage)) }
            @for (part, x, width) in parts {
                rect class=(part.kind.class()) x=(x) y="0" width=(width.saturating_sub(2)) height="16" {
                    title { (part.kind.name(language)) ": " (bytes(language, part.bytes)) }
                }
            }
        }
    }
}

/// Each part's width: by its size, but none too small to be seen.
fn widths(storage: &StoragePage) -> Vec<u64> {
    let count = storage.parts.len() as u64;
    let rest = WIDTH.saturating_sub(count * PART_WIDTH_MIN);
    let all: u128 = storage
        .parts
        .iter()
        .map(|part| u128::from(part.bytes))
        .sum();
    let share = |part: &StoragePart| {
        let share = u128::from(part.bytes) * u128::from(rest) / all.max(1);
        PART_WIDTH_MIN + u64::try_from(share).unwrap_or(rest)
    };
    storage.parts.iter().map(share).collect()
}

fn row(language: Language, storage: &StoragePage, part: StoragePart) -> Markup {
    html! {
        div.row {
            svg.swatch viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false" {
                rect class=(part.kind.class()) width="12" height="12" rx="3" {}
            }
            span.grow {
                span.name { (part.kind.name(language)) }
                span.under.wrap { (part.kind.about(language, storage)) }
            }
            span.size { (bytes(language, part.bytes)) }
        }
    }
}

fn pledge(language: Language, one: &StoragePledge) -> Markup {
    let (used, pledged) = (bytes(language, one.used), bytes(language, one.pledged));
    let label = say!(
        language,
        "backup-share",
        name = display_name(&one.person),
        used = used.clone(),
        pledged = pledged.clone()
    );
    html! {
        div.row {
            span.grow {
                bdi.name dir="auto" { (display_name(&one.person)) }
                span.under { (say!(language, "storage-pledge", used = used, pledged = pledged)) }
                @if one.pledged > 0 {
                    meter min="0" max=(one.pledged) value=(one.used.min(one.pledged)) aria-label=(label) {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_seen_and_the_bar_is_never_too_wide() {
        let sizes: [&[u64]; 5] = [&[], &[0], &[1], &[u64::MAX, 1, 0], &[5, 5, 5, 5]];
        for sizes in sizes {
            let part = |bytes: &u64| StoragePart {
                kind: StorageKind::Rest,
                bytes: *bytes,
            };
            let page = StoragePage {
                bytes: 0,
                free: 0,
                parts: sizes.iter().map(part).collect(),
                pledges: vec![],
                photo_cache_max: 0,
                access_max: 0,
                is_cut: false,
            };
            let widths = widths(&page);
            assert!(widths.iter().sum::<u64>() <= WIDTH);
            assert!(widths.iter().all(|width| *width >= PART_WIDTH_MIN));
        }
    }
}
