//! What the reader is told: who answered, mentions, reacted, follows, knocks.

use crate::face::{Size, address, display_name, face};
use crate::form::button;
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::marked::words;
use crate::page::page;
use crate::text::{Reading, segment};
use crate::time::stamp;
use crate::values::{Person, Screen, Shell};
use maud::{Markup, html};

/// What kind of thing is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationKind {
    /// Somebody answered a post of the reader's.
    Reply,
    /// Somebody mentions the reader.
    Mention,
    /// People reacted to a post of the reader's.
    Reaction,
    /// People boosted a post of the reader's.
    Boost,
    /// Somebody follows the reader.
    Follower,
    /// Somebody became a friend.
    Friend,
    /// Somebody asks to be friends.
    Knock,
    /// Somebody let the reader into a space.
    Space,
}

/// Which kinds are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NotificationFilter {
    /// All.
    #[default]
    All,
    /// Mentions.
    Mentions,
    /// Replies.
    Replies,
    /// Reactions.
    Reactions,
    /// Followers, friends, knocks, spaces.
    People,
}

impl NotificationFilter {
    /// All of them, as they stand on the page.
    pub const ALL: [Self; 5] = [
        Self::All,
        Self::Mentions,
        Self::Replies,
        Self::Reactions,
        Self::People,
    ];

    /// What `?only=` says for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mentions => "mentions",
            Self::Replies => "replies",
            Self::Reactions => "reactions",
            Self::People => "people",
        }
    }

    fn address(self) -> String {
        match self {
            Self::All => "/notifications".into(),
            other => format!("/notifications?only={}", other.name()),
        }
    }

    fn words(self, language: Language) -> std::borrow::Cow<'static, str> {
        match self {
            Self::All => say!(language, "notify-all"),
            Self::Mentions => say!(language, "notify-mentions"),
            Self::Replies => say!(language, "notify-replies"),
            Self::Reactions => say!(language, "notify-reactions"),
            Self::People => say!(language, "notify-people"),
        }
    }
}

/// Something that is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// What kind of thing it is.
    pub kind: NotificationKind,
    /// Whether the reader hasn't read it.
    pub unread: bool,
    /// When it happened, in milliseconds since 1970, UTC.
    pub time_ms: u64,
    /// Who did it, at least one; of many a few.
    pub people: Vec<Person>,
    /// How many did.
    pub count: u64,
    /// What they reacted with.
    pub emoji: String,
    /// What they wrote, or what they reacted to, or what they say as they knock.
    pub text: String,
    /// The post or the space that it leads to; empty: the person's page.
    pub id: String,
    /// What people call the space.
    pub space_name: String,
}

/// What the page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotificationsPage {
    /// The newest first.
    pub items: Vec<Notification>,
    /// Which kinds.
    pub filter: NotificationFilter,
    /// How many weren't read.
    pub unread: u64,
    /// The place of the newest one that is shown: what "read" means.
    pub newest: String,
    /// What `?before=` says on the next page, if there is one.
    pub next: Option<String>,
}

/// The page at `GET /notifications`; `POST /notifications/read` (fields `csrf`, `place`) marks all as read.
pub fn notifications(shell: &Shell, told: &NotificationsPage) -> String {
    let language = shell.language;
    let content = html! {
        div.row.wrap.heading {
            h1.grow { (say!(language, "notify-title")) }
            @if told.unread > 0 {
                (button("/notifications/read", &shell.csrf, &[("place", &told.newest)], "plain", &html! { (say!(language, "notify-read")) }))
            }
        }
        nav.filters aria-label=(say!(language, "notify-filter")) {
            @for filter in NotificationFilter::ALL {
                a.chip href=(filter.address()) aria-current=[(filter == told.filter).then_some("page")] {
                    (filter.words(language))
                }
            }
        }
        @if told.items.is_empty() {
            section.card.empty {
                h2 { (say!(language, "notify-none")) }
                p { (say!(language, "notify-none-hint")) }
            }
        } @else {
            ol.told { @for one in &told.items { (row(shell, one)) } }
        }
        @if let Some(next) = &told.next {
            p.paging { a.button.plain href=(older(told.filter, next)) { (say!(language, "notify-older")) } }
        }
    };
    page(
        shell,
        Screen::Notifications,
        &say!(language, "notify-title"),
        &content,
    )
}

fn older(filter: NotificationFilter, next: &str) -> String {
    let address = filter.address();
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}before={}", segment(next))
}

fn row(shell: &Shell, one: &Notification) -> Markup {
    let language = shell.language;
    html! {
        li.card.note.unread[one.unread] {
            span.sign { (icon(sign(one.kind))) }
            div.grow {
                span.faces { @for person in one.people.iter().take(3) { (face(person, Size::Small)) } }
                p.what {
                    @if one.unread { span.hidden { (say!(language, "notify-new")) " " } }
                    a href=(leads_to(one)) { (sentence(language, one)) }
                    " " span.when { (stamp(shell.language, shell.now_ms, one.time_ms)) }
                }
                @if !one.text.is_empty() { p.quote dir="auto" { (quote(shell, one)) } }
            }
        }
    }
}

/// What was written, without marks; the reader is called by name.
fn quote(shell: &Shell, one: &Notification) -> String {
    let reading = Reading {
        people: std::slice::from_ref(&shell.me),
        ..Reading::default()
    };
    words(&one.text, reading)
}

const fn sign(kind: NotificationKind) -> Icon {
    match kind {
        NotificationKind::Reply => Icon::Reply,
        NotificationKind::Mention => Icon::Mention,
        NotificationKind::Reaction => Icon::React,
        NotificationKind::Boost => Icon::Boost,
        NotificationKind::Follower | NotificationKind::Friend => Icon::People,
        NotificationKind::Knock => Icon::Profile,
        NotificationKind::Space => Icon::Spaces,
    }
}

fn leads_to(one: &Notification) -> String {
    match one.kind {
        NotificationKind::Reply | NotificationKind::Mention => {
            format!("/thread/{0}#post-{0}", segment(&one.id))
        }
        NotificationKind::Reaction | NotificationKind::Boost => {
            format!("/thread/{}", segment(&one.id))
        }
        NotificationKind::Space => format!("/spaces/{}", segment(&one.id)),
        _ => one
            .people
            .first()
            .map(address)
            .unwrap_or_else(|| "/people".into()),
    }
}

/// A name in a sentence: as it is written, kept from reordering the rest.
fn bold(person: &Person) -> Markup {
    html! { bdi.name dir="auto" { (display_name(person)) } }
}

/// "Alice", "Alice and Bob", "Alice, Bob and 3 others".
fn who(language: Language, one: &Notification) -> Markup {
    match one.people.as_slice() {
        [] => html! {},
        [only] if one.count <= 1 => bold(only),
        [first, second, ..] if one.count == 2 => {
            say_html!(
                language,
                "notify-two",
                first = bold(first),
                second = bold(second)
            )
        }
        [first, second, ..] => {
            let count = one.count.saturating_sub(2);
            say_html!(
                language,
                "notify-many",
                first = bold(first),
                second = bold(second),
                count = count
            )
        }
        [first] => {
            let count = one.count.saturating_sub(1);
            say_html!(
                language,
                "notify-one-and",
                first = bold(first),
                count = count
            )
        }
    }
}

fn sentence(language: Language, one: &Notification) -> Markup {
    let who = who(language, one);
    match one.kind {
        NotificationKind::Reply => say_html!(language, "notify-reply", who = who),
        NotificationKind::Mention => say_html!(language, "notify-mention", who = who),
        NotificationKind::Reaction => {
            let emoji = html! { bdi.emoji { (one.emoji) } };
            say_html!(language, "notify-reaction", who = who, emoji = emoji)
        }
        NotificationKind::Boost => say_html!(language, "notify-boost", who = who),
        NotificationKind::Follower => say_html!(language, "notify-follower", who = who),
        NotificationKind::Friend => say_html!(language, "notify-friend", who = who),
        NotificationKind::Knock => say_html!(language, "notify-knock", who = who),
        NotificationKind::Space => {
            let space = html! { bdi.name dir="auto" { (one.space_name) } };
            say_html!(language, "notify-space", who = who, space = space)
        }
    }
}
