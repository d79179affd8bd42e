//! Settings, exports, imports.

use crate::samples::{bob, composer, language, now_ms, quiet_shell, shell};
use hearth_web_ui::{
    ImportPage, ImportStage, Look, ReadableAudience, ReadableIndex, ReadablePost, SettingsPage,
    SettingsPart, import, readable_index, readable_posts, settings,
};

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

pub(crate) fn pages() -> Vec<(&'static str, String)> {
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
    let language = language();
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
        identity: bob().identity,
        bio: "I bake.\nAnd read.".into(),
        picture: None,
        time_ms: now_ms(),
        posts: (312, 2),
        photos: 40,
        files: 1_204,
        missing: 1,
    };
    vec![
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
