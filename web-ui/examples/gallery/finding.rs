//! Notifications, search, conversations, and what a post said before.

use crate::posts::own_post;
use crate::samples::{MINUTE_MS, bob, named, now_ms, post, quiet_shell};
use hearth_web_ui::{
    Conversation, FoundFile, FoundPost, HistoryPage, Notification, NotificationKind,
    NotificationsPage, Person, SearchPage,
};

pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let mut pages = told();
    pages.extend(found());
    pages.extend(talks());
    pages.extend(changed());
    pages
}

fn told() -> Vec<(&'static str, String)> {
    let shell = quiet_shell();
    let told = |kind, minutes: u64, people: &[&str], count, text: &str| Notification {
        kind,
        unread: minutes < 100,
        time_ms: now_ms() - minutes * MINUTE_MS,
        people: people.iter().map(|name| named(name)).collect(),
        count,
        emoji: "❤️".into(),
        text: text.into(),
        id: "a1".into(),
        space_name: "Book club".into(),
    };
    let long = long();
    let items = vec![
        told(
            NotificationKind::Reply,
            4,
            &["Alice"],
            1,
            "I do! Keep me a croissant.",
        ),
        told(
            NotificationKind::Reaction,
            12,
            &["Alice", "Carol", "Dan"],
            5,
            "First light on the ridge.",
        ),
        told(
            NotificationKind::Knock,
            55,
            &["Erin"],
            1,
            "We met at the bakery on Saturday.",
        ),
        told(NotificationKind::Mention, 130, &["Carol"], 1, &long),
        told(
            NotificationKind::Reaction,
            300,
            &["مريم", "Carol"],
            2,
            "صباح الخير! القراءة جزء من كل يوم.",
        ),
        told(
            NotificationKind::Friend,
            2_000,
            &["Dan of the very long name that goes on and on and does not end for a while"],
            1,
            "",
        ),
        told(NotificationKind::Space, 3_000, &["Alice"], 1, ""),
        told(NotificationKind::Follower, 9_000, &["Frank"], 1, ""),
    ];
    let page = NotificationsPage {
        items,
        unread: 3,
        next: Some("x".into()),
        ..NotificationsPage::default()
    };
    vec![
        (
            "notifications.html",
            hearth_web_ui::notifications(&shell, &page),
        ),
        (
            "notifications-empty.html",
            hearth_web_ui::notifications(&shell, &NotificationsPage::default()),
        ),
    ]
}

fn found() -> Vec<(&'static str, String)> {
    let shell = quiet_shell();
    let long = long();
    let found = |id: &str, author: Person, minutes, text: &str, word: &str| FoundPost {
        post: post(id, author, minutes, text),
        marks: text
            .match_indices(word)
            .map(|(at, _)| at..at + word.len())
            .collect(),
    };
    let results = SearchPage {
        query: "bakery from:alice".into(),
        posts: vec![
            found(
                "a1",
                named("Alice"),
                4,
                "The bakery by the canal opens again on Saturday. I'm going at eight, who comes along?",
                "bakery",
            ),
            found(
                "a2",
                named("Alice"),
                9_000,
                &format!("{} bakery {long}", long.repeat(3)),
                "bakery",
            ),
            found(
                "m1",
                named("مريم"),
                60 * 26,
                "صباح الخير! القراءة جزء من كل يوم.",
                "القراءة",
            ),
        ],
        people: vec![named("Bakery by the canal")],
        files: vec![
            FoundFile {
                path: "/letters/bakery-2026.pdf".into(),
                href: "/files".into(),
                is_folder: false,
                bytes: 123_456,
            },
            FoundFile {
                path: "/photos/bakery".into(),
                href: "/files".into(),
                is_folder: true,
                bytes: 0,
            },
        ],
        next: Some("1".into()),
        back_to_ms: Some(now_ms() - 90 * 24 * 60 * MINUTE_MS),
        problem: None,
    };
    let refused = SearchPage {
        query: "before:soon".into(),
        problem: Some("\"soon\" is no date: write it as 2026-05-17, 2026-05 or 2026".into()),
        ..SearchPage::default()
    };
    let nothing = SearchPage {
        query: "unheard-of".into(),
        ..SearchPage::default()
    };
    vec![
        ("search.html", hearth_web_ui::search(&shell, &results)),
        (
            "search-empty.html",
            hearth_web_ui::search(&shell, &SearchPage::default()),
        ),
        (
            "search-refused.html",
            hearth_web_ui::search(&shell, &refused),
        ),
        (
            "search-nothing.html",
            hearth_web_ui::search(&shell, &nothing),
        ),
    ]
}

fn talks() -> Vec<(&'static str, String)> {
    let shell = quiet_shell();
    let long = long();
    let talk = |name: &str, author: Person, unread, text: &str, minutes: u64| Conversation {
        with: named(name),
        unread,
        newest: Some((author, text.into(), now_ms() - minutes * MINUTE_MS)),
    };
    let talks = [
        talk(
            "Alice",
            named("Alice"),
            2,
            "Shall we meet at the bridge?",
            3,
        ),
        talk("Carol", bob(), 0, &long, 200),
        talk(
            "Dan of the very long name that goes on and on and does not end for a while",
            named("Dan"),
            12,
            "ok",
            9_000,
        ),
        talk(
            "مريم",
            named("مريم"),
            0,
            "صباح الخير! القراءة جزء من كل يوم.",
            60 * 26,
        ),
    ];
    vec![
        (
            "conversations.html",
            hearth_web_ui::conversations(&shell, &talks),
        ),
        (
            "conversations-empty.html",
            hearth_web_ui::conversations(&shell, &[]),
        ),
    ]
}

fn changed() -> [(&'static str, String); 1] {
    let past = HistoryPage {
        post: own_post(),
        texts: vec![
            (now_ms() - 5 * MINUTE_MS, own_post().text),
            (
                now_ms() - 30 * MINUTE_MS,
                "First light on the rigde. More of it later.".into(),
            ),
            (
                now_ms() - 61 * MINUTE_MS,
                "First light on the rigde.".into(),
            ),
        ],
    };
    [(
        "history.html",
        hearth_web_ui::history(&quiet_shell(), &past),
    )]
}

/// A text longer than a row.
fn long() -> String {
    "Chapter nine changes everything, and I have been thinking about it since Tuesday: the letter, the door that was open, and why nobody in the whole street has ever asked about the dog.".repeat(2)
}
