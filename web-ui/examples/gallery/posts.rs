//! Timelines, conversations, and what is done with one post.

use crate::samples::{bob, book_club, composer, long_space, named, post, quiet_shell, shell};
use hearth_web_ui::{
    Attached, Audience, BookmarksPage, Choice, Composer, EditPage, Filter, FilterKind, HomePage,
    Person, Post, Reaction, ReplyTo, ThreadPage, WiderPage,
};

pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let quiet = quiet_shell();
    let empty = HomePage {
        posts: vec![],
        composer: composer("friends"),
        filters: vec![],
        next: None,
        newest: None,
    };
    vec![
        ("home.html", hearth_web_ui::home(&shell(), &timeline())),
        ("home-empty.html", hearth_web_ui::home(&quiet, &empty)),
        (
            "home-public.html",
            hearth_web_ui::home(
                &quiet,
                &HomePage {
                    composer: Composer {
                        draft: "The bakery opens on Saturday.".into(),
                        ..composer("public")
                    },
                    ..timeline()
                },
            ),
        ),
        (
            "thread.html",
            hearth_web_ui::thread(&shell(), &conversation()),
        ),
        ("wider.html", hearth_web_ui::confirm_wider(&quiet, &wider())),
        (
            "bookmarks.html",
            hearth_web_ui::bookmarks(
                &quiet,
                &BookmarksPage {
                    posts: timeline().posts.into_iter().take(1).collect(),
                    missing: 1,
                    next: Some("1".into()),
                },
            ),
        ),
        (
            "edit.html",
            hearth_web_ui::edit(
                &quiet,
                &EditPage {
                    post: own_post(),
                    draft: String::new(),
                    attached: Attached::Edited {
                        warning: None,
                        photos: vec![],
                    },
                },
            ),
        ),
        (
            "delete.html",
            hearth_web_ui::confirm_delete(&quiet, &own_post()),
        ),
    ]
}

fn filters() -> Vec<Filter> {
    let filter = |name: &str, href: &str, kind| Filter {
        name: name.into(),
        href: href.into(),
        kind,
        is_here: kind == FilterKind::All,
    };
    vec![
        filter("Everything", "home.html", FilterKind::All),
        filter("Friends", "space.html", FilterKind::Friends),
        filter("Book club", "space.html", FilterKind::Space),
        filter("Alice", "with.html", FilterKind::Direct),
        filter("Only you", "space.html", FilterKind::Private),
        filter("Neighbours", "home.html", FilterKind::List),
    ]
}

pub(crate) fn timeline() -> HomePage {
    let bakery =
        "The bakery by the canal opens again on Saturday. I'm going at eight, who comes along?";
    let long = "A line of a long text, and then another one.\n".repeat(40);
    let posts = vec![
        post("a1", named("Alice"), 4, bakery),
        answer(
            post("b2", bob(), 9, "I do! Keep me a croissant."),
            "a1",
            Some(named("Alice")),
        ),
        own_post(),
        answer(
            post(
                "c1",
                named("Carol"),
                190,
                "Chapter nine changes everything.\nNo spoilers until Tuesday!",
            ),
            "x",
            None,
        ),
        post(
            "m1",
            named("مريم"),
            60 * 26,
            "صباح الخير! القراءة جزء من كل يوم.",
        ),
        post(
            "d1",
            named("Dan of the very long name that goes on and on and on, truly, without end"),
            60 * 24 * 5,
            &"unbreakable".repeat(30),
        ),
        post(
            "l1",
            Person {
                name: String::new(),
                ..named("erin")
            },
            60 * 24 * 40,
            &long,
        ),
        post("k1", named("Heidi"), 60 * 24 * 41, MARKED),
    ];
    let mut posts = posts;
    let reaction = |emoji: &str, count, mine| Reaction {
        emoji: emoji.into(),
        count,
        mine,
    };
    posts[0].boosts = 3;
    posts[3].boosted_by = Some(named("Bob"));
    posts[2].boosts = 1;
    posts[2].boosted = true;
    let [alice, grace] = ["Alice", "Grace"].map(|name| Person {
        identity: format!("hearth1{}{}", name.to_lowercase(), "q".repeat(52)),
        ..named(name)
    });
    posts[1].text = format!(
        "I do, @{}! Ask @{} too, and keep me a croissant.",
        alice.identity, grace.identity
    );
    posts[1].mentioned = vec![alice];
    posts[0].audience = Audience::Friends(Some(named("Alice")));
    posts[0].reactions = vec![reaction("🎉", 3, true), reaction("❤️", 1, false)];
    posts[1].audience = Audience::Friends(Some(named("Alice")));
    posts[2].bookmarked = true;
    posts[3].audience = Audience::Shared(book_club());
    posts[4].audience = Audience::Direct(named("مريم"));
    posts[5].audience = Audience::Shared(long_space());
    posts[5].reactions = vec![reaction(&"long".repeat(8), 1_000_000, false)];
    HomePage {
        newest: posts.first().map(|post| post.local_id.clone()),
        posts,
        composer: composer("friends"),
        filters: filters(),
        next: Some("7".into()),
    }
}

/// A text with all marks that show.
pub(crate) const MARKED: &str = "# Leek soup\n*For four*, half an hour, see [my grandmother's](https://soup.example/leek_and_potato):\n- three \
**leeks**\n- potatoes\n  1. peel\n  2. dice\n\n> Salt, and then\n> wait.\n\nMeasured with `soup --litres 2 --very-long-option-that-goes-on`:\n\
```\nfor leek in leeks {\n    slice(leek); // this line is long, so that one sees what becomes of such lines on a phone\n}\n```\n\
#soup_of_the_day";

pub(crate) fn own_post() -> Post {
    let text = "First light on the ridge. More of it at https://example.org/ridge/(north).";
    Post {
        edited: true,
        ..post("b1", bob(), 61, text)
    }
}

fn answer(mut post: Post, id: &str, author: Option<Person>) -> Post {
    post.reply_to = Some(ReplyTo {
        id: id.into(),
        author,
    });
    post
}

fn conversation() -> ThreadPage {
    let posts = timeline().posts.into_iter().take(2).collect();
    ThreadPage {
        posts,
        focus: "b2".into(),
        missing_root: true,
        composer: Composer {
            choices: vec![
                Choice {
                    value: "friends-of-alice".into(),
                    audience: Audience::Friends(Some(named("Alice"))),
                },
                Choice {
                    value: "public".into(),
                    audience: Audience::Public,
                },
            ],
            ..Composer::default()
        },
    }
}

fn wider() -> WiderPage {
    let audience = Audience::Friends(Some(named("Alice")));
    let answered = Post {
        audience: audience.clone(),
        ..timeline().posts.remove(0)
    };
    let choice = |value: &str, audience| Choice {
        value: value.into(),
        audience,
    };
    WiderPage {
        answered,
        draft: "See you there!".into(),
        narrow: choice("friends", audience),
        wide: choice("public", Audience::Public),
        attached: Attached::nothing_yet(),
    }
}
