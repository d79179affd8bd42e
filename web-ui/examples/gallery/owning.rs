//! Settings, exports and imports.

use super::{composer, quiet_shell, shell};
use hearth_web_ui::{
    BackupPage, Checklist, Circle, FirstStep, ImportPage, ImportStage, Keeper, Look,
    ReadableAudience, ReadableIndex, ReadablePost, SettingsPage, SettingsPart, backup, import,
    readable_index, readable_posts, settings,
};

pub(super) fn checklist() -> Checklist {
    Checklist {
        remaining: vec![FirstStep::Guardians, FirstStep::Import, FirstStep::Address],
        done: vec![FirstStep::SignIn, FirstStep::Friend, FirstStep::Picture],
        guardians: 2,
    }
}

/// Five around one; those at these places are thought away.
pub(super) fn circle(gone: &[usize]) -> Circle {
    const DAY_MS: u64 = 24 * 60 * super::MINUTE_MS;
    let names = [
        "Alice",
        "Carol",
        "Dan of the very long name",
        "Erin",
        "Frank",
    ];
    let keepers = names.into_iter().enumerate();
    let keepers = keepers.map(|(at, name)| Keeper {
        person: super::named(name),
        connected: at < 2,
        last_seen_ms: (at < 4).then(|| super::now_ms() - [0, 0, 2, 20][at] * DAY_MS),
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
        snapshot_ms: Some(super::now_ms() - 12 * super::MINUTE_MS),
        waiting: (3, 4_200_000),
    }
}

fn without(gone: &[usize]) -> String {
    let page = BackupPage {
        circle: circle(gone),
        ..super::safe()
    };
    backup(&quiet_shell(), &page)
}

fn choices() -> SettingsPage {
    SettingsPage {
        audience: composer("friends"),
        language: None,
        look: Look::default(),
        is_shown: true,
        is_indexed: false,
        public_page: "/@bob".into(),
        public_address: None,
        photo_caches: (
            vec!["2GiB".into(), "256MiB".into(), "1GiB".into()],
            "2GiB".into(),
        ),
        access_days: (vec!["30".into(), "0".into(), "7".into()], "30".into()),
        survive: None,
        guardians: 4,
        bytes_per_second: None,
        sign_in: (true, 1),
        browsers: 2,
        steps_are_away: true,
        outcome: Some((SettingsPart::Public, Ok(()))),
    }
}

pub(super) fn pages() -> Vec<(&'static str, String)> {
    let importing = |stage| {
        let name = "posts-2014-2021.jsonl".into();
        import(
            &quiet_shell(),
            &ImportPage {
                name,
                turn: 7,
                is_other: false,
                stage,
            },
        )
    };
    let language = super::language();
    let post = |text: &str| ReadablePost {
        time_ms: 1_617_235_200_000,
        text: text.into(),
        warning: None,
        audience: ReadableAudience::Friends,
        is_reply: false,
        photos: vec![],
    };
    let index = ReadableIndex {
        name: "Bob".into(),
        identity: super::bob().identity,
        bio: "I bake.\nAnd read.".into(),
        picture: None,
        time_ms: super::now_ms(),
        posts: (312, 2),
        photos: 40,
        files: 1_204,
        missing: 1,
    };
    vec![
        ("backup-without.html", without(&[1])),
        ("backup-without-many.html", without(&[0, 1, 3])),
        ("settings.html", settings(&shell(), &choices())),
        ("export.html", hearth_web_ui::export(&quiet_shell())),
        ("import.html", importing(ImportStage::Nothing)),
        (
            "import-seen.html",
            importing(ImportStage::Seen {
                posts: 312,
                here: 40,
                times_ms: (1_388_534_400_000, 1_617_235_200_000),
            }),
        ),
        (
            "import-running.html",
            importing(ImportStage::Running {
                done: 120,
                posts: 312,
            }),
        ),
        (
            "import-done.html",
            importing(ImportStage::Done {
                imported: 272,
                skipped: 40,
            }),
        ),
        ("readable-index.html", readable_index(language, &index)),
        (
            "readable-posts.html",
            readable_posts(
                language,
                "Bob",
                (1, true),
                &[post("The bakery by the canal opens again."), post("Bread.")],
            ),
        ),
    ]
}
