//! What visitors see.

use crate::photos;
use crate::posts::MARKED;
use crate::samples::{MINUTE_MS, language, named, now_ms};
use hearth_web_ui::{
    Person, PublicFace, PublicPost, public_missing, public_photos, public_post, public_profile,
};

fn face() -> PublicFace {
    PublicFace {
        person: Person {
            name: "Alice of the Canal".into(),
            ..named("Alice")
        },
        handle: "alice-of-the-canal".into(),
        bio: "Bread, canals, slow mornings.\nhttps://alice.example/".into(),
        origin: Some("https://alice.example".into()),
        is_indexed: false,
        language: language(),
        now_ms: now_ms(),
    }
}

fn post(id: &str, minutes: u64, text: &str, count: usize) -> PublicPost {
    PublicPost {
        id: id.into(),
        warning: None,
        text: text.into(),
        time_ms: now_ms() - minutes * MINUTE_MS,
        is_edited: false,
        is_reply: false,
        mentioned: vec![],
        photos: photos::some(count),
    }
}

/// The public pages.
pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let (face, language) = (face(), language());
    let grace = Person {
        identity: format!("hearth1grace{}", "q".repeat(52)),
        ..named("Grace")
    };
    let posts = vec![
        PublicPost {
            mentioned: vec![grace.clone()],
            ..post(
                "v1",
                5,
                &format!(
                    "From the ridge this morning, with @{} #canal",
                    grace.identity
                ),
                3,
            )
        },
        PublicPost {
            warning: Some("Spiders".into()),
            ..post("v2", 50, "Eight legs.", 1)
        },
        PublicPost {
            is_edited: true,
            is_reply: true,
            ..post("v3", 500, MARKED, 0)
        },
        post("v4", 5_000, "", 1),
    ];
    let pictured: Vec<_> = posts
        .iter()
        .filter(|it| !it.photos.is_empty())
        .cloned()
        .collect();
    vec![
        ("public.html", public_profile(&face, &posts, Some("7"))),
        ("public-post.html", public_post(&face, &posts[0])),
        (
            "public-photos.html",
            public_photos(&face, &pictured, Some("7")),
        ),
        ("public-missing.html", public_missing(language)),
    ]
}
