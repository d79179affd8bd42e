//! Settings, exports, imports and the checklist.

use super::*;

fn chosen(text: &str) -> SettingsPage {
    SettingsPage {
        audience: composer(text),
        language: None,
        look: Look::default(),
        is_shown: true,
        is_indexed: false,
        public_page: "/@bob".into(),
        public_address: Some("https://bob.example/@bob".into()),
        photo_caches: (vec!["2GiB".into(), text.into()], "2GiB".into()),
        access_days: (vec!["30".into(), text.into()], "30".into()),
        survive: Some(3),
        guardians: 2,
        bytes_per_second: Some(123_456),
        sign_in: (true, 2),
        browsers: 3,
        steps_are_away: true,
        outcome: Some((SettingsPart::Backup, Err(text.into()))),
    }
}

fn post(text: &str, audience: ReadableAudience) -> ReadablePost {
    ReadablePost {
        time_ms: 0,
        text: text.into(),
        warning: Some(text.into()),
        audience,
        is_reply: true,
        photos: vec![
            ("../photos/a.jpg".into(), Some(text.into())),
            (String::new(), None),
        ],
    }
}

pub(super) fn pages(text: &str, shell: &Shell) -> Vec<(&'static str, String)> {
    let importing = |stage| {
        let name = text.into();
        import(
            shell,
            &ImportPage {
                name,
                turn: 7,
                is_other: false,
                stage,
            },
        )
    };
    let seen = ImportStage::Seen {
        posts: 312,
        here: 40,
        times_ms: (1_388_534_400_000, 1_617_235_200_000),
    };
    let (done, posts) = (3, 9);
    vec![
        ("settings", settings(shell, &chosen(text))),
        ("export", export(shell)),
        ("import", importing(ImportStage::Nothing)),
        (
            "import, wrong",
            importing(ImportStage::Wrong(ImportProblem::Other(text.into()))),
        ),
        ("import, looking", importing(ImportStage::Looking)),
        ("import, seen", importing(seen)),
        (
            "import, running",
            importing(ImportStage::Running { done, posts }),
        ),
        (
            "import, interrupted",
            importing(ImportStage::Interrupted(text.into())),
        ),
        (
            "import, done",
            importing(ImportStage::Done {
                imported: 3,
                skipped: 2,
            }),
        ),
    ]
}

#[test]
fn settings_bring_back_what_was_chosen_and_say_why_not() {
    let html = settings(&bare(), &chosen("wrong"));
    assert!(html.contains("<option value=\"3\" selected>"), "{html}");
    assert!(html.contains("<option value=\"123456\" selected>"));
    assert!(html.contains("id=\"backup-problem\" role=\"alert\" dir=\"auto\">Wrong.<"));
    assert!(html.contains("aria-describedby=\"backup-problem\""));
    assert!(html.contains("A password and 2 passkeys are set"));
    assert!(html.contains("href=\"https://bob.example/@bob\""));
    let saved = SettingsPage {
        outcome: Some((SettingsPart::Public, Ok(()))),
        public_address: None,
        ..chosen("x")
    };
    let html = settings(&bare(), &saved);
    assert_eq!(html.matches("Saved.").count(), 1);
    assert!(html.contains("--public-url"));
    for part in [
        "posts", "language", "public", "photos", "access", "backup", "steps",
    ] {
        let named = format!("name=\"part\" value=\"{part}\"");
        assert!(html.contains(&named), "{part}");
        assert!(SettingsPart::named(part).is_some_and(|known| known.name() == part));
    }
}

#[test]
fn an_import_is_for_nobody_else_unless_somebody_says_so() {
    let seen = |posts, here| {
        let stage = ImportStage::Seen {
            posts,
            here,
            times_ms: (1_388_534_400_000, 1_617_235_200_000),
        };
        let name = "old.jsonl".into();
        import(
            &bare(),
            &ImportPage {
                name,
                turn: 7,
                is_other: false,
                stage,
            },
        )
    };
    let html = seen(312, 40);
    assert!(html.contains("312 posts from 2014–2021. 40 of them are already here."));
    assert!(html.contains("Bring in 272 posts"));
    assert!(html.contains("value=\"private\" required checked"));
    assert_eq!(html.matches(" checked").count(), 1);
    let all = seen(1, 1);
    assert!(all.contains("All of it is already here.") && !all.contains("/import/begin"));
}

#[test]
fn an_export_needs_no_server() {
    let audience = || ReadableAudience::Named(NAUGHTY.into());
    let page = readable_posts(
        Language::English,
        NAUGHTY,
        (2, true),
        &[post(NAUGHTY, audience())],
    );
    let index = ReadableIndex {
        name: NAUGHTY.into(),
        identity: "hearth1x".into(),
        bio: NAUGHTY.into(),
        picture: Some("portrait.jpg".into()),
        time_ms: 0,
        posts: (3, 1),
        photos: 1,
        files: 0,
        missing: 2,
    };
    let first = readable_index(Language::German, &index);
    for html in [&page, &first] {
        assert!(
            !html.contains("<script") && !html.contains("<b onclick"),
            "{html}"
        );
        for place in html.split("=\"").skip(1) {
            assert!(
                !place.starts_with('/') && !place.starts_with("http"),
                "{place}"
            );
        }
    }
    assert!(page.contains("href=\"0001.html\"") && page.contains("href=\"0003.html\""));
    assert!(first.contains("href=\"posts/0001.html\"") && first.contains("href=\"MISSING.txt\""));
}

#[test]
fn the_checklist_ticks_and_folds_what_is_done() {
    let empty = HomePage {
        posts: vec![],
        composer: Composer::default(),
        filters: vec![],
        next: None,
        newest: None,
    };
    let list = Checklist {
        remaining: vec![FirstStep::Guardians, FirstStep::Import],
        done: vec![FirstStep::SignIn],
        guardians: 2,
        is_unused: false,
    };
    let html = home_with_steps(&bare(), &empty, &list);
    assert!(!html.contains("href=\"/restore\""));
    let unused = Checklist {
        is_unused: true,
        ..list.clone()
    };
    assert!(home_with_steps(&bare(), &empty, &unused).contains("href=\"/restore\""));
    assert!(html.contains("2 of 5 friends keep your backup") && html.contains("1 of 3 done"));
    assert!(html.contains("href=\"/import\""));
    assert_eq!(html.matches("action=\"/welcome/dismiss\"").count(), 2);
    assert!(html.contains("With five friends") && !html.contains("One friend is a beginning"));
    let one = Checklist {
        guardians: 1,
        ..list.clone()
    };
    assert!(home_with_steps(&bare(), &empty, &one).contains("One friend is a beginning"));
    let done = Checklist {
        remaining: vec![],
        ..list
    };
    assert!(!home_with_steps(&bare(), &empty, &done).contains("What remains"));
}
