//! Notifications, search, conversations.

use super::*;

pub(super) fn pages(text: &str, shell: &Shell) -> Vec<(String, String)> {
    let kinds = [
        NotificationKind::Reply,
        NotificationKind::Mention,
        NotificationKind::Reaction,
        NotificationKind::Boost,
        NotificationKind::Follower,
        NotificationKind::Friend,
        NotificationKind::Knock,
        NotificationKind::Space,
    ];
    let told = |kind, count: usize| Notification {
        kind,
        unread: count.is_multiple_of(2),
        time_ms: 0,
        people: (0..count.min(3)).map(|_| someone(text)).collect(),
        count: count as u64,
        emoji: text.into(),
        text: text.into(),
        id: text.into(),
        space_name: text.into(),
    };
    let all = kinds
        .into_iter()
        .flat_map(|kind| (1..6).map(move |count| told(kind, count)));
    let page = NotificationsPage {
        items: all.collect(),
        filter: NotificationFilter::People,
        unread: 2,
        newest: text.into(),
        next: Some(text.into()),
    };
    let found = SearchPage {
        query: text.into(),
        posts: vec![FoundPost {
            post: a_post(text),
            marks: std::iter::once(0..text.len()).collect(),
        }],
        people: vec![someone(text)],
        files: vec![FoundFile {
            path: text.into(),
            href: "/files".into(),
            is_folder: false,
            bytes: 5,
        }],
        next: Some(text.into()),
        back_to_ms: Some(0),
        problem: None,
    };
    let talk = |newest| Conversation {
        with: someone(text),
        unread: 3,
        newest,
    };
    let talks = [talk(Some((someone(text), text.into(), 0))), talk(None)];
    let past = HistoryPage {
        post: a_post(text),
        texts: vec![(2, text.into()), (1, text.into()), (0, text.into())],
    };
    let refused = SearchPage {
        problem: Some(text.into()),
        ..found.clone()
    };
    let nothing = SearchPage {
        query: text.into(),
        ..SearchPage::default()
    };
    let named = |name: &str, html| (name.to_owned(), html);
    vec![
        named("told", notifications(shell, &page)),
        named(
            "told nothing",
            notifications(shell, &NotificationsPage::default()),
        ),
        named("found", search(shell, &found)),
        named("search", search(shell, &SearchPage::default())),
        named("search refused", search(shell, &refused)),
        named("found nothing", search(shell, &nothing)),
        named("talks", conversations(shell, &talks)),
        named("no talks", conversations(shell, &[])),
        named("history", history(shell, &past)),
    ]
}
