//! What several pages are made of: people, the frame of a page, boxes to write in, posts.

use hearth_web_ui::{
    Attached, Audience, Choice, Composer, Done, Language, Neighbour, Notice, Person, Post,
    Relation, Shell, SpaceName, Waiting,
};
use std::env;
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) const MINUTE_MS: u64 = 60_000;

/// The samples are as old as they say when one looks at them.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970");
    since.as_secs() * 1_000
}

/// What the pages speak: English, unless a language's tag stands on the command line.
pub(crate) fn language() -> Language {
    let tag = env::args().nth(2);
    tag.and_then(|tag| Language::of_tag(&tag))
        .unwrap_or_default()
}

pub(crate) fn named(name: &str) -> Person {
    Person {
        identity: format!(
            "hearth1{}qpzry9x8gf2tvdw0s3jn54khce6mua7l",
            name.to_lowercase()
        ),
        name: name.into(),
        picture: None,
    }
}

pub(crate) fn bob() -> Person {
    named("Bob")
}

pub(crate) fn shell() -> Shell {
    let neighbour = |person, relation, connected| Neighbour {
        person,
        relation,
        connected,
    };
    Shell {
        me: bob(),
        csrf: "sample".into(),
        now_ms: now_ms(),
        notice: Some(Notice::Done(Done::Posted)),
        here: "/".into(),
        waiting: Waiting {
            knocks: 1,
            unread: 3,
        },
        language: language(),
        neighbours: vec![
            neighbour(named("Alice"), Relation::Friends, true),
            neighbour(named("Carol"), Relation::Friends, true),
            neighbour(
                named("Dan of the very long name that goes on and on"),
                Relation::Following,
                false,
            ),
            neighbour(
                Person {
                    name: String::new(),
                    ..named("erin")
                },
                Relation::Following,
                false,
            ),
        ],
    }
}

pub(crate) fn quiet_shell() -> Shell {
    Shell {
        notice: None,
        neighbours: vec![],
        ..shell()
    }
}

pub(crate) fn book_club() -> SpaceName {
    SpaceName {
        id: "0b".repeat(32),
        name: "Book club".into(),
    }
}

pub(crate) fn long_space() -> SpaceName {
    SpaceName {
        id: "0c".repeat(32),
        name: "The house committee of the old mill by the canal, second floor".into(),
    }
}

/// A box that can choose; `chosen` is the value that stands.
pub(crate) fn composer(chosen: &str) -> Composer {
    let choice = |value: &str, audience| Choice {
        value: value.into(),
        audience,
    };
    Composer {
        draft: String::new(),
        choices: vec![
            choice("friends", Audience::Friends(None)),
            choice("public", Audience::Public),
            choice("private", Audience::Private),
            choice(&book_club().id, Audience::Shared(book_club())),
            choice(&long_space().id, Audience::Shared(long_space())),
        ],
        chosen: chosen.into(),
        attached: Attached::nothing_yet(),
    }
}

/// A box whose audience is given.
pub(crate) fn only(audience: Audience) -> Composer {
    Composer {
        draft: String::new(),
        choices: vec![Choice {
            value: "given".into(),
            audience,
        }],
        chosen: "given".into(),
        attached: Attached::nothing_yet(),
    }
}

pub(crate) fn post(id: &str, author: Person, minutes: u64, text: &str) -> Post {
    Post {
        id: id.into(),
        local_id: format!("{:08}", 1_000_000 - minutes),
        mine: author == bob(),
        author,
        text: text.into(),
        warning: None,
        photos: vec![],
        time_ms: now_ms() - minutes * MINUTE_MS,
        edited: false,
        audience: Audience::Public,
        reactions: vec![],
        bookmarked: false,
        mentioned: vec![],
        boosts: 0,
        boosted: false,
        boosted_by: None,
        reply_to: None,
    }
}
