//! What lies in the drive.

use super::*;

pub(super) fn pages(text: &str, shell: &Shell) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let views = [
        View::Nothing,
        View::Empty,
        View::Picture,
        View::ForeignPicture,
        View::Text {
            text: text.into(),
            is_all: false,
        },
        View::Audio,
        View::Video,
        View::Pdf,
        View::Other,
        View::Away(text.into()),
    ];
    for (number, view) in views.into_iter().enumerate() {
        let page = file_page(text, view);
        pages.push((format!("file, view {number}"), file(shell, &page)));
    }
    let reason = || Reason::from(text);
    let problems = [
        FileProblem::Rename {
            name: text.into(),
            reason: reason(),
        },
        FileProblem::Move { reason: reason() },
        FileProblem::Other { reason: reason() },
    ];
    for (number, problem) in problems.into_iter().enumerate() {
        let page = FilePage {
            problem: Some(problem),
            ..file_page(text, View::Other)
        };
        pages.push((format!("file, problem {number}"), file(shell, &page)));
    }
    let gone = FilePage {
        gone_ms: Some(1),
        kind: ItemKind::Folder,
        ..file_page(text, View::Nothing)
    };
    let earlier = FilePage {
        version: Some((2, 1)),
        ..file_page(text, View::Picture)
    };
    let link = FilePage {
        kind: ItemKind::Link,
        ..file_page(text, View::Nothing)
    };
    let folder = FilePage {
        kind: ItemKind::Folder,
        ..file_page(text, View::Nothing)
    };
    let alone = FilePage {
        folders: Folders::default(),
        ..file_page(text, View::Other)
    };
    for (name, page) in [
        ("alone", alone),
        ("gone", gone),
        ("earlier", earlier),
        ("link", link),
        ("folder", folder),
    ] {
        pages.push((format!("file, {name}"), file(shell, &page)));
    }
    let refused = Refused::Files {
        taken: 1,
        refused: 2,
        reason: text.into(),
    };
    let tiles = FilesPage {
        has_tiles: true,
        removed: None,
        problem: Some(refused),
        ..files_page(text)
    };
    let large = FilesPage {
        order: None,
        sums: Sums {
            is_part: true,
            ..Sums::default()
        },
        problem: Some(Refused::NoFiles),
        ..files_page(text)
    };
    let top = FilesPage {
        path: vec![],
        here: "/files".into(),
        items: vec![],
        next: None,
        sums: Sums::default(),
        removed: None,
        problem: None,
        ..files_page(text)
    };
    pages.push(("files".into(), files(shell, &files_page(text))));
    pages.push(("files, none".into(), files(shell, &top)));
    pages.push(("files, tiles".into(), files(shell, &tiles)));
    pages.push(("files, large".into(), files(shell, &large)));
    for kind in [ItemKind::Folder, ItemKind::File] {
        let asked = RemovePage {
            name: text.into(),
            above: vec![],
            href: "/files/a".into(),
            kind,
            sums: Sums::default(),
        };
        pages.push((
            format!("file, remove {kind:?}"),
            confirm_removal(shell, &asked),
        ));
    }
    let item = |kind| RemovedItem {
        name: text.into(),
        kind,
        bytes: 1_000,
        time_ms: 0,
        href: "/files/a".into(),
    };
    let gone = |items| RemovedPage {
        path: vec![crumb(text)],
        here: "/files/a".into(),
        items,
        is_part: true,
    };
    let items = vec![item(ItemKind::Folder), item(ItemKind::File)];
    pages.push(("removed".into(), removed(shell, &gone(items))));
    pages.push(("removed, none".into(), removed(shell, &gone(vec![]))));
    pages
}

fn crumb(text: &str) -> Crumb {
    Crumb {
        name: text.into(),
        href: "/files/a".into(),
    }
}

fn files_page(text: &str) -> FilesPage {
    let sums = Sums {
        files: 3,
        folders: 2,
        bytes: 5_000,
        is_part: false,
    };
    let item = |kind| Item {
        name: text.into(),
        kind,
        bytes: 1_000,
        mtime_ms: 0,
        href: "/files/a".into(),
        sums,
    };
    FilesPage {
        path: vec![crumb(text), crumb(text)],
        here: "/files/a".into(),
        items: vec![
            item(ItemKind::Folder),
            item(ItemKind::File),
            item(ItemKind::Picture),
            item(ItemKind::Link),
        ],
        next: Some("/files?after=b".into()),
        sums,
        order: Some(Order {
            by: OrderBy::Size,
            is_reversed: true,
        }),
        has_tiles: false,
        removed: Some(Undo {
            name: text.into(),
            href: "/files/a/b".into(),
        }),
        problem: Some(Refused::Folder {
            name: text.into(),
            reason: text.into(),
        }),
    }
}

fn file_page(text: &str, view: View) -> FilePage {
    let version = |number, kind, device| Version {
        number,
        time_ms: 0,
        kind,
        bytes: 1_000,
        device,
    };
    let key = "0123456789abcdef".to_owned();
    FilePage {
        name: text.into(),
        above: vec![crumb(text)],
        href: "/files/a/b".into(),
        kind: ItemKind::File,
        bytes: 1_000,
        mtime_ms: 0,
        target: text.into(),
        sums: Sums::default(),
        view,
        version: None,
        gone_ms: None,
        history: vec![
            version(4, Some(ItemKind::File), VersionDevice::This),
            version(3, None, VersionDevice::Named(text.into())),
            version(2, Some(ItemKind::Picture), VersionDevice::Other(key)),
            version(1, Some(ItemKind::Link), VersionDevice::This),
        ],
        folders: Folders {
            all: vec![(String::new(), String::new()), ("a".into(), text.into())],
            is_part: true,
        },
        problem: None,
    }
}

#[test]
fn what_happens_to_files_is_said_before_they_come() {
    let html = files(&bare(), &files_page("Alice"));
    let form = html
        .split("enctype=\"multipart/form-data\"")
        .nth(1)
        .unwrap();
    let at = |part: &str| form.find(part).unwrap();
    assert!(at("name=\"csrf\"") < at("name=\"existing\""));
    assert!(at("value=\"replace\"") < at("name=\"files\""));
}

#[test]
fn where_there_is_no_other_folder_one_is_made_first() {
    let page = every_page("a");
    let (alone, among) = (&page["file, alone"], &page["file, folder"]);
    let (nowhere, form) = ("href=\"/files#folder-name\"", "id=\"move-to\"");
    assert!(alone.contains(nowhere) && !alone.contains(form), "{alone}");
    assert!(!among.contains(nowhere) && among.contains(form), "{among}");
}
