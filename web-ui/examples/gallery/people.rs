//! People, and what the reader decided about them.

use crate::posts::timeline;
use crate::samples::{MINUTE_MS, bob, named, now_ms, quiet_shell, shell};
use hearth_web_ui::{
    Knock, Neighbour, OnList, PeoplePage, PersonPage, ProfilePage, QuietPage, Relation, Standing,
};

pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let quiet = quiet_shell();
    let nobody = PeoplePage {
        knocks: vec![],
        my_link:
            "hearth://hearth1qpzry9x8gf2tvdw0s3jn54khce6mua7lqpzry9x8gf2tvdw0s3jn5/192.0.2.7:4242"
                .into(),
        following: vec![],
        more_followers: None,
        followers: vec![],
        problem: Some("That is no Hearth key or link. A key begins with hearth1.".into()),
        draft: "hearth2oops".into(),
        knock: (String::new(), String::new()),
        knock_problem: None,
    };
    vec![
        (
            "people.html",
            hearth_web_ui::people(&shell(), &some_people()),
        ),
        ("people-empty.html", hearth_web_ui::people(&quiet, &nobody)),
        (
            "person.html",
            hearth_web_ui::person(&shell(), &alice_page()),
        ),
        (
            "person-stranger.html",
            hearth_web_ui::person(&quiet, &a_stranger()),
        ),
        (
            "quiet.html",
            hearth_web_ui::quiet(
                &quiet,
                &QuietPage {
                    muted: vec![named("Dan of the very long name that goes on and on")],
                    blocked: vec![],
                },
            ),
        ),
        (
            "profile.html",
            hearth_web_ui::profile(
                &quiet,
                &ProfilePage {
                    person: bob(),
                    bio: "I bake.\nAnd read.".into(),
                },
            ),
        ),
    ]
}

fn some_people() -> PeoplePage {
    let follower = |name, relation| Neighbour {
        person: named(name),
        relation,
        connected: false,
    };
    PeoplePage {
        my_link: "hearth://hearth1bobqpzry9x8gf2tvdw0s3jn54khce6mua7l/192.0.2.7:4242".into(),
        knocks: vec![Knock {
            person: named("Grace"),
            text: "We met at the canal on Saturday. I'm the one with the two dogs!".into(),
            time_ms: now_ms() - 90 * MINUTE_MS,
            through: Some(named("Carol")),
        }],
        following: shell().neighbours,
        more_followers: None,
        followers: vec![
            follower("Alice", Relation::Friends),
            follower("Frank", Relation::FollowsMe),
        ],
        problem: None,
        draft: String::new(),
        knock: (String::new(), String::new()),
        knock_problem: None,
    }
}

pub(crate) fn alice_page() -> PersonPage {
    PersonPage {
        person: named("Alice"),
        own_name: None,
        refused_name: None,
        bio: "Bread, canals, slow mornings.\nhttps://alice.example/".into(),
        relation: Relation::Friends,
        standing: Standing::default(),
        lists: vec![
            OnList {
                name: "Neighbours".into(),
                on: true,
            },
            OnList {
                name: "Family".into(),
                on: false,
            },
        ],
        knock: String::new(),
        link: Some("hearth://hearth1aliceqpzry9x8gf2tvdw0s3jn54khce6mua7l/192.0.2.8:4242".into()),
        posts: timeline().posts.into_iter().take(1).collect(),
        next: None,
    }
}

fn a_stranger() -> PersonPage {
    PersonPage {
        person: named("Grace from the canal"),
        own_name: Some("🌊 gracious 🌊".into()),
        relation: Relation::None,
        standing: Standing {
            is_muted: true,
            ..Standing::default()
        },
        knock: "We met at the canal.".into(),
        posts: vec![],
        ..alice_page()
    }
}
