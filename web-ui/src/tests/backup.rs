//! What friends keep, and how it comes back.

use super::*;

pub(super) fn pages(text: &str, shell: &Shell) -> Vec<(&'static str, String)> {
    let quiet = bare_in(shell.language);
    let nothing = BackupPage {
        advice: None,
        last_ms: None,
        stored_bytes: 0,
        under_way: None,
        guardians: vec![],
        snapshots: vec![],
        problem: None,
        circle: Circle::default(),
        ..backup_page(text, false)
    };
    let form = |is_possible| {
        RestorePage::Form(RestoreForm {
            via: text.into(),
            stolen: true,
            problem: Some(text.into()),
            is_possible,
            is_exposed: true,
        })
    };
    let state = RestorePage::State(RestoreState {
        stage: RestoreStage::HeldUp(text.into()),
        progress: Some(Progress { done: 3, total: 0 }),
        files: (1, 2),
        friends: vec![text.into()],
        missing: vec![
            Missing {
                what: text.into(),
                keepers: vec![],
            },
            Missing {
                what: text.into(),
                keepers: vec![text.into()],
            },
        ],
    });
    vec![
        ("backup", backup(shell, &backup_page(text, true))),
        (
            "backup, friends away",
            backup(shell, &backup_page(text, false)),
        ),
        ("backup, nothing yet", backup(&quiet, &nothing)),
        ("restore, form", restore(shell, &form(true))),
        ("restore, taken", restore(shell, &form(false))),
        ("restore, under way", restore(shell, &state)),
    ]
}

#[test]
fn a_restore_is_looked_at_again_until_it_is_done() {
    let page = |stage| {
        let state = RestoreState {
            stage,
            progress: None,
            files: (1, 2),
            friends: vec![],
            missing: vec![],
        };
        restore(&bare(), &RestorePage::State(state))
    };
    assert!(page(RestoreStage::Looking).contains("data-until-done"));
    assert!(page(RestoreStage::HeldUp("Wait".into())).contains("data-until-done"));
    assert!(!page(RestoreStage::Done(Some(1))).contains("data-until-done"));
}

#[test]
fn who_lives_here_is_told_the_way_back_by_pages() {
    let form = RestorePage::Form(RestoreForm::default());
    let html = restore(&bare(), &form);
    for told in [
        "hearth up",
        "I have a phrase",
        "href=\"/backup\"",
        "href=\"/devices/add\"",
    ] {
        assert!(html.contains(told), "{told}");
    }
}

fn backup_page(text: &str, connected: bool) -> BackupPage {
    let guardian = |pledged_to_me, pledged_by_me| Guardian {
        person: someone(text),
        connected,
        last_seen_ms: (pledged_to_me > 0).then_some(0),
        pledged_to_me,
        used_by_me: pledged_to_me / 3,
        pledged_by_me,
        used_on_me: pledged_by_me,
    };
    BackupPage {
        health: if connected {
            Health::Safe {
                losses: 3,
                friends: 5,
                is_complete: true,
            }
        } else {
            Health::NotBegun { friends: 2 }
        },
        advice: Some(Advice::Ask),
        last_ms: Some(0),
        source_bytes: 1,
        stored_bytes: u64::MAX,
        under_way: Some(2),
        guardians: vec![guardian(30, 0), guardian(0, 30), guardian(1 << 40, 7)],
        snapshots: vec![Snapshot {
            id: text.into(),
            time_ms: 0,
            files: 1,
            bytes: 2,
        }],
        friends: vec![someone(text)],
        circle: circle(text, connected),
        problem: Some(text.into()),
    }
}

/// Four around one; the last one is thought away where `is_asked`.
fn circle(text: &str, is_asked: bool) -> Circle {
    let keeper = |at: u64, is_gone| Keeper {
        person: Person {
            identity: format!("{text}{at}"),
            ..someone(text)
        },
        connected: at == 1,
        last_seen_ms: (at < 3).then_some(0),
        pieces: at - 1,
        bytes: 1_000 * at,
        pledged: 4_000,
        is_gone,
        beside: vec![text.into()],
    };
    Circle {
        keepers: vec![
            keeper(1, false),
            keeper(2, false),
            keeper(3, false),
            keeper(4, is_asked),
        ],
        is_found: true,
        logs: (5, 5),
        files: (if is_asked { 3 } else { 9 }, 9),
        survives: 1,
        placed: (7, 9),
        snapshot_ms: Some(0),
        waiting: (2, 3_000),
    }
}

fn with_circle(circle: Circle) -> String {
    let page = BackupPage {
        circle,
        ..backup_page("x", true)
    };
    backup(&bare(), &page)
}

#[test]
fn the_picture_asks_what_there_is_without_somebody() {
    let html = with_circle(circle("x", false));
    assert!(html.contains("You survive losing any 3 of 5 friends"));
    for who in ["x1", "x2", "x3", "x4"] {
        let link = format!("href=\"/backup?without={who}#circle\"");
        assert_eq!(
            html.matches(&link).count(),
            2,
            "in the picture and in the list"
        );
    }
    assert!(html.contains("7 of 9 pieces are with friends"));
    assert!(html.contains("2 entries and 3.0 kB"));

    let part = circle("x", true);
    let html = with_circle(part.clone());
    assert!(html.contains("your posts come back, but of your files only 3 bytes of 9 bytes"));
    assert!(html.contains("href=\"/backup?without=x1,x4#circle\""));
    assert!(html.contains("With them again") && !html.contains("You survive losing"));
    let all = Circle {
        files: (9, 9),
        ..part.clone()
    };
    let html = with_circle(all);
    assert!(html.contains("everything still comes back") && html.contains("any one more may go"));
    let nothing = Circle {
        is_found: false,
        ..part
    };
    assert!(with_circle(nothing).contains("nothing comes back"));
    let begun = Circle {
        snapshot_ms: None,
        ..circle("x", false)
    };
    assert!(!with_circle(begun).contains("without="));
}
