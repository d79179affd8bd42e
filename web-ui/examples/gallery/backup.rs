//! What friends keep, and how it comes back.

use crate::samples::{MINUTE_MS, named, now_ms, quiet_shell};
use hearth_web_ui::{
    Advice, BackupPage, Circle, Guardian, Health, Keeper, Missing, Progress, RestoreForm,
    RestorePage, RestoreStage, RestoreState, Snapshot,
};

pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let quiet = quiet_shell();
    vec![
        ("backup.html", hearth_web_ui::backup(&quiet, &safe())),
        (
            "backup-empty.html",
            hearth_web_ui::backup(&quiet, &unsafe_yet()),
        ),
        ("backup-without.html", without(&[1])),
        ("backup-without-many.html", without(&[0, 1, 3])),
        (
            "restore.html",
            hearth_web_ui::restore(&quiet, &phrase_form()),
        ),
        (
            "restore-progress.html",
            hearth_web_ui::restore(&quiet, &coming_back()),
        ),
    ]
}

const GB: u64 = 1_000_000_000;

fn safe() -> BackupPage {
    let guardian = |name, connected, days: u64, pledged: u64| Guardian {
        person: named(name),
        connected,
        last_seen_ms: Some(now_ms() - days * 24 * 60 * MINUTE_MS),
        pledged_to_me: pledged * GB,
        used_by_me: 16_400_000_000,
        pledged_by_me: if connected { 40 * GB } else { 0 },
        used_on_me: if connected { 3 * GB } else { 0 },
    };
    BackupPage {
        health: Health::Safe {
            losses: 3,
            friends: 5,
            is_complete: true,
        },
        advice: None,
        last_ms: Some(now_ms() - 12 * MINUTE_MS),
        source_bytes: 32_800_000_000,
        stored_bytes: 82 * GB,
        under_way: Some(12),
        guardians: vec![
            guardian("Alice", true, 0, 50),
            guardian("Carol", true, 0, 20),
            guardian(
                "Dan of the very long name that goes on and on",
                false,
                2,
                40,
            ),
            guardian("Erin", false, 20, 17),
        ],
        snapshots: vec![Snapshot {
            id: "5f0c2a9d77".into(),
            time_ms: now_ms() - 12 * MINUTE_MS,
            files: 13_102,
            bytes: 32_800_000_000,
        }],
        friends: vec![named("Alice"), named("Carol")],
        problem: None,
        circle: circle(&[]),
    }
}

fn unsafe_yet() -> BackupPage {
    BackupPage {
        health: Health::Nobody,
        advice: Some(Advice::Ask),
        last_ms: None,
        stored_bytes: 0,
        under_way: None,
        guardians: vec![],
        snapshots: vec![],
        problem: Some("“lots” is no size: write 50 GB, or 0 to end it.".into()),
        circle: Circle::default(),
        ..safe()
    }
}

/// Five around one; those at these places are thought away.
fn circle(gone: &[usize]) -> Circle {
    const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
    let names = [
        "Alice",
        "Carol",
        "Dan of the very long name",
        "Erin",
        "Frank",
    ];
    let keepers = names.into_iter().enumerate();
    let keepers = keepers.map(|(at, name)| Keeper {
        person: named(name),
        connected: at < 2,
        last_seen_ms: (at < 4).then(|| now_ms() - [0, 0, 2, 20][at] * DAY_MS),
        pieces: if at == 4 { 0 } else { 1_204 },
        bytes: if at == 4 { 0 } else { 16_400_000_000 },
        pledged: [50, 20, 40, 60, 30][at] * 1_000_000_000,
        is_gone: gone.contains(&at),
        beside: vec![],
    });
    Circle {
        keepers: keepers.collect(),
        is_found: true,
        logs: (412_000_000, 412_000_000),
        files: match gone.len() {
            ..3 => (32_400_000_000, 32_400_000_000),
            _ => (12_000_000_000, 32_400_000_000),
        },
        survives: 2,
        placed: (4_816, 6_020),
        snapshot_ms: Some(now_ms() - 12 * MINUTE_MS),
        waiting: (3, 4_200_000),
    }
}

fn without(gone: &[usize]) -> String {
    let page = BackupPage {
        circle: circle(gone),
        ..safe()
    };
    hearth_web_ui::backup(&quiet_shell(), &page)
}

fn phrase_form() -> RestorePage {
    RestorePage::Form(RestoreForm {
        problem: Some("Word 7 is not in the word list; did you mean “candle”?".into()),
        is_possible: true,
        is_exposed: true,
        ..RestoreForm::default()
    })
}

fn coming_back() -> RestorePage {
    RestorePage::State(RestoreState {
        stage: RestoreStage::Files,
        progress: Some(Progress {
            done: 3 * GB,
            total: 32 * GB,
        }),
        files: (1_200, 13_102),
        friends: vec!["Alice".into(), "Carol".into()],
        missing: vec![Missing {
            what: "Photos/2019/lake.mov".into(),
            keepers: vec!["Dan".into(), "Erin".into()],
        }],
    })
}
