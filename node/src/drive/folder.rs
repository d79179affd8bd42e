//! A folder in an order that people look for things in, and the folders that something can be moved to.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hearth_protocol::drive::{FolderId, Node};

use super::Drive;
use super::path::DrivePath;
use super::show::{Item, ItemKind};
use crate::app::model::AppError;
use crate::folding::fold;

/// A folder with more names isn't sorted otherwise than by their bytes.
const SORTED_MAX: usize = 5_000;
const AT_ONCE: usize = 1_000;
/// Folders that are offered to move something to.
const OFFERED_MAX: usize = 300;
/// Names that are looked at for these.
const LOOKED_AT_MAX: usize = 20_000;

/// By what a folder is sorted; folders stand before files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// By name, as people read it: case counts for nothing, and 10 comes after 9.
    #[default]
    Name,
    /// By length, the largest first.
    Size,
    /// By time, the newest first.
    Time,
}

/// A folder, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sorted {
    /// What was asked for of it.
    pub(crate) items: Vec<Item>,
    /// How many there are.
    pub(crate) count: usize,
}

/// Paths of folders, and whether there are no others.
type Folders = (Vec<DrivePath>, bool);

/// The folders that were found last, and after which change of the drive.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<(u64, Folders)>>);

impl Known {
    fn kept(&self) -> MutexGuard<'_, Option<(u64, Folders)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at(&self, changes: u64) -> Option<Folders> {
        let kept = self.kept();
        let (_, folders) = kept.as_ref().filter(|(known, _)| *known == changes)?;
        Some(folders.clone())
    }

    fn keep(&self, changes: u64, folders: Folders) {
        *self.kept() = Some((changes, folders));
    }
}

impl Drive {
    /// `limit` items of a folder from the one at `from` on; `None` where it has too many to be sorted.
    pub(crate) async fn sorted(
        &self,
        path: DrivePath,
        (order, is_reversed): (Order, bool),
        from: usize,
        limit: usize,
    ) -> Result<Option<Sorted>, AppError> {
        let mut items = Vec::new();
        let mut after = None;
        loop {
            let page = self.list_after(path.clone(), after, AT_ONCE).await?;
            items.extend(page.0);
            if items.len() > SORTED_MAX {
                return Ok(None);
            }
            match page.1 {
                None => break,
                next => after = next,
            }
        }
        sort(&mut items, order, is_reversed);
        let count = items.len();
        let items = items.into_iter().skip(from).take(limit).collect();
        Ok(Some(Sorted { items, count }))
    }

    /// The drive's folders, each with what is above it first, at most [`OFFERED_MAX`]; and whether these are all. They are
    /// looked for once after each change.
    pub(crate) async fn folders(&self) -> Result<Folders, AppError> {
        let changes = self.store.read(|logs| Ok(logs.drive_changes())).await?;
        if let Some(known) = self.folders.at(changes) {
            return Ok(known);
        }
        let found = self.find_folders().await?;
        self.folders.keep(changes, found.clone());
        Ok(found)
    }

    async fn find_folders(&self) -> Result<Folders, AppError> {
        let identity = self.identity;
        let mut found = Vec::new();
        let mut seen = BTreeSet::from([FolderId::ROOT]);
        let mut open = vec![(DrivePath::ROOT, FolderId::ROOT)];
        let mut looked_at = 0;
        while let Some((path, id)) = open.pop() {
            found.push(path.clone());
            if found.len() >= OFFERED_MAX {
                return Ok((found, open.is_empty()));
            }
            let (mut below, mut after) = (Vec::new(), None);
            loop {
                let part = self
                    .store
                    .read(move |logs| logs.drive_list(&identity, &id, after.as_ref(), AT_ONCE));
                let part = part.await?;
                looked_at += part.versions.len();
                below.extend(
                    part.versions
                        .into_iter()
                        .filter_map(|version| match version.node {
                            Some(Node::Folder { id, .. }) => Some((version.name, id)),
                            _ => None,
                        }),
                );
                after = part.next;
                if looked_at > LOOKED_AT_MAX {
                    return Ok((found, false));
                }
                if after.is_none() {
                    break;
                }
            }
            // The last one is looked at next.
            below.sort_by(|one, other| other.0.cmp(&one.0));
            for (name, id) in below {
                if let Ok(path) = path.join(&name)
                    && seen.insert(id)
                {
                    open.push((path, id));
                }
            }
        }
        Ok((found, true))
    }
}

fn sort(items: &mut [Item], order: Order, is_reversed: bool) {
    items.sort_by_cached_key(|item| {
        let name = Readable::of(&item.name);
        let rank = match order {
            Order::Name => 0,
            Order::Size => i64::try_from(item.bytes).unwrap_or(i64::MAX),
            Order::Time => item.mtime_ms,
        };
        (Reverse(rank), name)
    });
    if is_reversed {
        items.reverse();
    }
    items.sort_by_key(|item| item.kind != ItemKind::Dir);
}

/// A name as it is compared: folded, numbers by their value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Readable(Vec<Part>, String);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Sign(char),
    Number(Digits),
    Letter(char),
}

/// Digits without zeros in front; the longer are the more.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Digits(String);

impl PartialOrd for Digits {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Digits {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.0.len().cmp(&other.0.len());
        length.then_with(|| self.0.cmp(&other.0))
    }
}

impl Readable {
    fn of(name: &str) -> Self {
        let folded = fold(name);
        let mut parts = Vec::new();
        let mut rest = folded.as_str();
        while let Some(first) = rest.chars().next() {
            let digits = rest.find(|c: char| !c.is_ascii_digit());
            let digits = digits.unwrap_or(rest.len());
            if digits > 0 {
                let value = rest[..digits].trim_start_matches('0');
                parts.push(Part::Number(Digits(value.to_owned())));
                rest = &rest[digits..];
            } else {
                parts.push(if first.is_alphanumeric() {
                    Part::Letter(first)
                } else {
                    Part::Sign(first)
                });
                rest = &rest[first.len_utf8()..];
            }
        }
        Self(parts, name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(name: &str, kind: ItemKind, bytes: u64, mtime_ms: i64) -> Item {
        Item {
            name: name.to_owned(),
            kind,
            bytes,
            mtime_ms,
            mode: 0,
            target: None,
        }
    }

    #[test]
    fn folders_come_first_and_names_as_people_read_them() {
        let some = || {
            vec![
                item("img10.jpg", ItemKind::File, 3, 5),
                item("Zoo", ItemKind::Dir, 0, 1),
                item("img9.jpg", ItemKind::File, 7, -2),
                item("Ärger", ItemKind::Dir, 0, 9),
                item("IMG09b.jpg", ItemKind::File, 1, 7),
            ]
        };
        let names = |order, is_reversed| -> Vec<String> {
            let mut items = some();
            sort(&mut items, order, is_reversed);
            items.into_iter().map(|item| item.name).collect()
        };
        let by_name = ["Ärger", "Zoo", "img9.jpg", "IMG09b.jpg", "img10.jpg"];
        assert_eq!(names(Order::Name, false), by_name);
        let backwards = ["Zoo", "Ärger", "img10.jpg", "IMG09b.jpg", "img9.jpg"];
        assert_eq!(names(Order::Name, true), backwards);
        let by_size = ["Ärger", "Zoo", "img9.jpg", "img10.jpg", "IMG09b.jpg"];
        assert_eq!(names(Order::Size, false), by_size);
        let by_time = ["Ärger", "Zoo", "IMG09b.jpg", "img10.jpg", "img9.jpg"];
        assert_eq!(names(Order::Time, false), by_time);
    }

    #[test]
    fn numbers_of_any_length_are_compared() {
        let long = |last: char| Readable::of(&format!("x{}{last}", "9".repeat(400)));
        assert!(long('1') < long('2') && Readable::of("x2") < long('0'));
        assert!(Readable::of("a01") != Readable::of("a1"));
    }
}
