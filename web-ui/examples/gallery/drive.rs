//! Samples of the drive's pages.

use crate::samples::{MINUTE_MS, now_ms, quiet_shell};
use hearth_web_ui::{
    Crumb, FilePage, FilesPage, Folders, Item, ItemKind, Order, OrderBy, Refused, RemovePage,
    RemovedItem, RemovedPage, Sums, Undo, Version, VersionDevice, View, confirm_removal, file,
    files, removed,
};

pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let shell = quiet_shell();
    let empty = FilesPage {
        path: vec![],
        here: "/files".into(),
        items: vec![],
        sums: Sums::default(),
        next: None,
        ..folder()
    };
    let tiles = FilesPage {
        has_tiles: true,
        ..folder()
    };
    let refused = FilesPage {
        removed: Some(Undo {
            name: "notes.txt".into(),
            href: "files.html".into(),
        }),
        problem: Some(Refused::Files {
            taken: 3,
            refused: 1,
            reason: "The disk is full: free some space and try again.".into(),
        }),
        ..folder()
    };
    let gone = FilePage {
        gone_ms: Some(now_ms() - 5 * MINUTE_MS),
        view: View::Nothing,
        ..letter()
    };
    let asked = RemovePage {
        name: "Summer at the lake".into(),
        above: vec![crumb("Photos")],
        href: "files.html".into(),
        kind: ItemKind::Folder,
        sums: sums(212, 3, 1_400_000_000),
    };
    vec![
        ("files.html", files(&shell, &folder())),
        ("files-empty.html", files(&shell, &empty)),
        ("files-tiles.html", files(&shell, &tiles)),
        ("files-refused.html", files(&shell, &refused)),
        ("file.html", file(&shell, &letter())),
        ("file-gone.html", file(&shell, &gone)),
        ("file-remove.html", confirm_removal(&shell, &asked)),
        ("files-removed.html", removed(&shell, &taken_out())),
    ]
}

fn sums(files: u64, folders: u64, bytes: u64) -> Sums {
    Sums {
        files,
        folders,
        bytes,
        is_part: false,
    }
}

fn crumb(name: &str) -> Crumb {
    Crumb {
        name: name.into(),
        href: "files.html".into(),
    }
}

fn folder() -> FilesPage {
    let item = |name: &str, kind, bytes| Item {
        name: name.into(),
        kind,
        bytes,
        mtime_ms: now_ms() - 90 * MINUTE_MS,
        href: "files.html".into(),
        sums: sums(212, 3, 1_400_000_000),
    };
    FilesPage {
        path: vec![crumb("Photos"), crumb("2026")],
        here: "files.html".into(),
        items: vec![
            item("Summer at the lake", ItemKind::Folder, 0),
            item("ridge.jpg", ItemKind::Picture, 4_194_304),
            item(&"a-name-without-any-end".repeat(8), ItemKind::File, 1),
            item("\u{5e9}\u{5dc}\u{5d5}\u{5dd}.txt", ItemKind::File, 12_000),
            item("latest", ItemKind::Link, 0),
        ],
        next: Some("files.html".into()),
        sums: sums(215, 3, 1_404_206_305),
        order: Some(Order {
            by: OrderBy::Name,
            is_reversed: false,
        }),
        has_tiles: false,
        removed: None,
        problem: None,
    }
}

fn letter() -> FilePage {
    let version = |number, minutes, kind, bytes, device| Version {
        number,
        time_ms: now_ms() - minutes * MINUTE_MS,
        kind,
        bytes,
        device,
    };
    let laptop = || VersionDevice::Named("Laptop".into());
    let other = || VersionDevice::Other("5f1d8a2b".into());
    FilePage {
        name: "letter.txt".into(),
        above: vec![crumb("Papers"), crumb("2026")],
        href: "files.html".into(),
        kind: ItemKind::File,
        bytes: 1_312,
        mtime_ms: now_ms() - 3 * MINUTE_MS,
        target: String::new(),
        sums: Sums::default(),
        view: View::Text {
            text: "Dear Bob,\n\nthe ice is thick enough to skate on.\n".into(),
            is_all: true,
        },
        version: None,
        gone_ms: None,
        history: vec![
            version(4, 3, Some(ItemKind::File), 1_312, VersionDevice::This),
            version(3, 90, None, 0, laptop()),
            version(2, 2_000, Some(ItemKind::File), 1_201, laptop()),
            version(1, 9_000, Some(ItemKind::File), 14, other()),
        ],
        folders: Folders {
            all: vec![
                (String::new(), String::new()),
                ("Papers".into(), "Papers".into()),
            ],
            is_part: false,
        },
        problem: None,
    }
}

fn taken_out() -> RemovedPage {
    let item = |name: &str, kind, minutes| RemovedItem {
        name: name.into(),
        kind,
        bytes: 48_000,
        time_ms: now_ms() - minutes * MINUTE_MS,
        href: "files.html".into(),
    };
    RemovedPage {
        path: vec![crumb("Papers")],
        here: "files.html".into(),
        items: vec![
            item("draft of the draft.txt", ItemKind::File, 2),
            item("Old invoices", ItemKind::Folder, 4_000),
        ],
        is_part: true,
    }
}
