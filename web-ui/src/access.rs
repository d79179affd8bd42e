//! The access log: who asked for what and when, as a plot and in sentences.

mod plot;
mod rows;

use crate::form::form;
use crate::language::{Language, say};
use crate::page::page;
use crate::select::{Offered, Select};
use crate::values::{Screen, Shell};
use maud::{Markup, html};
pub use plot::AccessBar;
pub use rows::{AccessDeed, AccessGroup, AccessKind, AccessWho};
use std::borrow::Cow;

/// The page of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessPage {
    /// How far back it is drawn.
    pub span: AccessSpan,
    /// Whose rows are shown; everybody's if nobody is named.
    pub whose: Option<AccessClass>,
    /// How many days the log goes back; 0: it is switched off.
    pub days: u64,
    /// How many it may, as one can choose.
    pub choices: Vec<u64>,
    /// How much there was, the oldest first.
    pub bars: Vec<AccessBar>,
    /// Who did what, newest first.
    pub groups: Vec<AccessGroup>,
    /// Where the next page of it is, if there is more.
    pub next: Option<String>,
    /// Whether this isn't the first page of it.
    pub is_further: bool,
}

/// How far back it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessSpan {
    /// 24 hours, by hours.
    Day,
    /// 7 days, by six hours.
    Week,
    /// 30 days, by days.
    Month,
}

impl AccessSpan {
    const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// As it stands in an address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The span of this name; a day for any other.
    pub fn named(name: &str) -> Self {
        let found = Self::ALL.into_iter().find(|span| span.name() == name);
        found.unwrap_or(Self::Day)
    }

    /// How many hours it has, and how many of them each bar has.
    pub fn hours(self) -> (u64, u64) {
        match self {
            Self::Day => (24, 1),
            Self::Week => (7 * 24, 6),
            Self::Month => (30 * 24, 24),
        }
    }

    fn words(self, language: Language) -> Cow<'static, str> {
        match self {
            Self::Day => say!(language, "access-day"),
            Self::Week => say!(language, "access-week"),
            Self::Month => say!(language, "access-month"),
        }
    }
}

/// Whose requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessClass {
    /// The reader's own.
    Me,
    /// Of people whom the reader follows or shares a space with.
    Friends,
    /// By the web, without an account.
    Visitors,
    /// Of other nodes.
    Strangers,
}

impl AccessClass {
    /// All of them, as they are drawn from the bottom.
    pub const ALL: [Self; 4] = [Self::Me, Self::Friends, Self::Visitors, Self::Strangers];

    /// As it stands in an address, and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Me => "me",
            Self::Friends => "friends",
            Self::Visitors => "visitors",
            Self::Strangers => "strangers",
        }
    }

    /// The class of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    fn words(self, language: Language) -> Cow<'static, str> {
        match self {
            Self::Me => say!(language, "access-me"),
            Self::Friends => say!(language, "access-friends"),
            Self::Visitors => say!(language, "access-visitors"),
            Self::Strangers => say!(language, "access-strangers"),
        }
    }
}

/// The page at `GET /access` (`?span=day|week|month&who=me|friends|visitors|strangers&before=N`): posts to `/access/keep`
/// (fields `csrf`, `days`).
pub fn access(shell: &Shell, access: &AccessPage) -> String {
    let language = shell.language;
    let content = html! {
        h1 { (say!(language, "access-title")) }
        @if access.days == 0 {
            section.card.empty {
                h2 { (say!(language, "access-off")) }
                p { (say!(language, "access-off-how")) }
            }
        } @else {
            (spans(language, access))
            (plot::plot(shell, access))
            (rows::rows(shell, access))
            p.quiet { (say!(language, "access-about")) }
        }
        (keeping(shell, access))
    };
    page(
        shell,
        Screen::Data,
        &say!(language, "access-title"),
        &content,
    )
}

fn keeping(shell: &Shell, access: &AccessPage) -> Markup {
    let language = shell.language;
    let offered = access.choices.iter().map(|days| {
        let words = say!(language, "access-keep-days", count = *days);
        Offered::new(days, words, *days == access.days)
    });
    let select = Select {
        id: "days",
        name: "days",
        label: say!(language, "access-keep"),
        described_by: None,
        offered: offered.collect(),
    };
    let fields = html! {
        div.fields {
            (select.shown())
            button.plain type="submit" { (say!(language, "settings-save")) }
        }
    };
    html! { section.card { (form("/access/keep", "", &shell.csrf, &fields)) } }
}

fn link(span: AccessSpan, whose: Option<AccessClass>) -> String {
    match whose {
        Some(class) => format!("/access?span={}&who={}", span.name(), class.name()),
        None => format!("/access?span={}", span.name()),
    }
}

fn spans(language: Language, access: &AccessPage) -> Markup {
    html! {
        nav.filters aria-label=(say!(language, "access-span")) {
            @for span in AccessSpan::ALL {
                a.chip href=(link(span, access.whose)) aria-current=[(span == access.span).then_some("true")] {
                    (span.words(language))
                }
            }
        }
    }
}
