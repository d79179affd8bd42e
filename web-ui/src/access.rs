//! The access log: who asked for what and when, as a plot and in sentences.

use crate::bytes::bytes;
use crate::face::{self, Size, address, face};
use crate::form::form;
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::page::page;
use crate::select::{Offered, Select};
use crate::time::{day, hour, stamp};
use crate::values::{Person, Screen, Shell};
use maud::{Markup, html};
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

/// One bar of the plot: how many requests each class made, by [`AccessClass::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessBar {
    /// When it begins, in milliseconds since 1970.
    pub from_ms: u64,
    /// How many.
    pub counts: [u64; 4],
}

impl AccessBar {
    fn sum(self) -> u64 {
        self.counts
            .iter()
            .fold(0, |sum, one| sum.saturating_add(*one))
    }
}

/// What one asker did within some minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessGroup {
    /// Who.
    pub who: AccessWho,
    /// When last, in milliseconds since 1970.
    pub time_ms: u64,
    /// What, in the order in which it is said.
    pub deeds: Vec<AccessDeed>,
    /// How many more kinds of things than are said.
    pub more: usize,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessWho {
    /// A browser of the reader's.
    Browser {
        /// What kind, such as `Firefox on Linux`.
        agent: String,
        /// From which network, where that is known.
        network: Option<String>,
    },
    /// The command line.
    Command,
    /// Somebody by the web.
    Visitor {
        /// What kind of browser or program.
        agent: String,
        /// From which network, where that is known.
        network: Option<String>,
    },
    /// Another node of the reader's.
    OwnNode,
    /// Somebody's node.
    Node(Person),
    /// A node that didn't say who lives there.
    UnknownNode,
    /// More visitors than are told apart.
    ManyVisitors,
    /// More nodes than are told apart.
    ManyNodes,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessKind {
    /// Pages of the reader's.
    Page,
    /// A page for everybody.
    PublicPage,
    /// A feed for everybody.
    Feed,
    /// Commands.
    Verb,
    /// To be let in.
    SignIn,
    /// Styles, scripts, icons.
    Asset,
    /// Photos by the web.
    Photo,
    /// Files and folders.
    File,
    /// Something was changed.
    Form,
    /// What isn't there, or isn't public.
    Nothing,
    /// To be told what is new.
    News,
    /// A connection.
    Connected,
    /// What is new.
    Compared,
    /// Entries that they fetched.
    EntriesGiven,
    /// Entries that they brought.
    EntriesTaken,
    /// Pieces of pictures.
    Pictures,
    /// Pieces of files.
    Objects,
    /// Pieces of their backup that they brought.
    ShardsTaken,
    /// Pieces of their backup that they fetched.
    ShardsGiven,
    /// What is kept, and may be.
    Guardianship,
    /// Letters.
    Letter,
}

/// Something that somebody did, once or more often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessDeed {
    /// What.
    pub kind: AccessKind,
    /// Which public page.
    pub about: Option<String>,
    /// Whether they didn't get it.
    pub is_refused: bool,
    /// How often.
    pub count: u64,
    /// How many things.
    pub items: u64,
    /// How many bytes.
    pub bytes: u64,
}

impl AccessDeed {
    fn words(&self, language: Language) -> Cow<'static, str> {
        let said = self.plain_words(language);
        match self.is_refused {
            true => say!(language, "access-refused", what = said),
            false => said,
        }
    }

    fn plain_words(&self, language: Language) -> Cow<'static, str> {
        let (count, items) = (self.count, self.items.max(self.count));
        let size = || bytes(language, self.bytes);
        let about = || shortened(self.about.as_deref().unwrap_or_default());
        match self.kind {
            AccessKind::Page => say!(language, "access-page", count = count),
            AccessKind::PublicPage => {
                say!(
                    language,
                    "access-public-page",
                    count = count,
                    page = about()
                )
            }
            AccessKind::Feed => say!(language, "access-feed", count = count, page = about()),
            AccessKind::Verb => say!(language, "access-verb", count = count),
            AccessKind::SignIn => say!(language, "access-sign-in", count = count),
            AccessKind::Asset => say!(language, "access-asset"),
            AccessKind::Photo => say!(language, "access-photo", count = count),
            AccessKind::File => say!(language, "access-file", count = count),
            AccessKind::Form => say!(language, "access-form", count = count),
            AccessKind::Nothing => say!(language, "access-nothing", count = count),
            AccessKind::News => say!(language, "access-news"),
            AccessKind::Connected => say!(language, "access-connected", count = count),
            AccessKind::Compared => say!(language, "access-compared"),
            AccessKind::EntriesGiven => {
                say!(
                    language,
                    "access-entries-given",
                    count = self.items,
                    size = size()
                )
            }
            AccessKind::EntriesTaken => {
                say!(
                    language,
                    "access-entries-taken",
                    count = self.items,
                    size = size()
                )
            }
            AccessKind::Pictures => say!(language, "access-pictures", size = size()),
            AccessKind::Objects => say!(language, "access-objects", size = size()),
            AccessKind::ShardsTaken => {
                say!(
                    language,
                    "access-shards-taken",
                    count = items,
                    size = size()
                )
            }
            AccessKind::ShardsGiven => {
                say!(
                    language,
                    "access-shards-given",
                    count = items,
                    size = size()
                )
            }
            AccessKind::Guardianship => say!(language, "access-guardianship"),
            AccessKind::Letter => say!(language, "access-letter", count = count),
        }
    }
}

/// A post's id is longer than a line; its beginning tells it from others.
fn shortened(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name.chars().count() <= NAME_CHARS_MAX {
        return path.to_owned();
    }
    let name: String = name.chars().take(NAME_CHARS_SHOWN).collect();
    format!("{folder}/{name}…")
}

/// A longer name is shortened,
const NAME_CHARS_MAX: usize = 32;
/// to so much.
const NAME_CHARS_SHOWN: usize = 12;

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
            (plot(shell, access))
            (rows(shell, access))
            p.quiet { (say!(language, "access-about")) }
        }
        (keeping(shell, access.days))
    };
    page(
        shell,
        Screen::Data,
        &say!(language, "access-title"),
        &content,
    )
}

/// How many days the log may go back.
const DAYS: [u64; 5] = [7, 30, 90, 365, 0];

fn keeping(shell: &Shell, chosen: u64) -> Markup {
    let language = shell.language;
    let offered = DAYS.map(|days| {
        let words = say!(language, "access-keep-days", count = days);
        Offered::new(days, words, days == chosen)
    });
    let select = Select {
        id: "days",
        name: "days",
        label: say!(language, "access-keep"),
        described_by: None,
        offered: offered.into(),
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

fn total(access: &AccessPage, class: usize) -> u64 {
    let counts = access.bars.iter().filter_map(|bar| bar.counts.get(class));
    counts.fold(0, |sum, one| sum.saturating_add(*one))
}

fn plot(shell: &Shell, access: &AccessPage) -> Markup {
    let language = shell.language;
    let others: u64 = (1..4).fold(0, |sum, class| sum.saturating_add(total(access, class)));
    let mine = total(access, 0);
    let highest = access.bars.iter().map(|bar| bar.sum()).max().unwrap_or(0);
    html! {
        section.card.plot {
            h2 { (say!(language, "access-sum", others = others, mine = mine)) }
            p.scale aria-hidden="true" { (say!(language, "access-scale", count = highest)) }
            (drawing(language, access, highest))
            div.axis aria-hidden="true" { (axis(shell, access)) }
            ul.chips {
                @for (at, class) in AccessClass::ALL.into_iter().enumerate() { li { (legend(language, access, at, class)) } }
                @if access.whose.is_some() {
                    li { a.chip href=(link(access.span, None)) { (say!(language, "access-everybody")) } }
                }
            }
            (table(language, access))
        }
    }
}

fn legend(language: Language, access: &AccessPage, at: usize, class: AccessClass) -> Markup {
    html! {
        a.chip href=(link(access.span, Some(class))) aria-current=[(access.whose == Some(class)).then_some("true")] {
            svg.swatch viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false" {
                rect class={ "who-" (class.name()) } width="12" height="12" rx="3" {}
            }
            (class.words(language)) " "
            span.count { (total(access, at)) }
        }
    }
}

/// The plot's own measures; it is stretched to the page.
const BAR_WIDTH: u64 = 20;
const BAR_GAP: u64 = 4;
const HEIGHT: u64 = 160;
/// What there was of is seen.
const PART_HEIGHT_MIN: u64 = 2;

fn drawing(language: Language, access: &AccessPage, highest: u64) -> Markup {
    let width = access.bars.len() as u64 * (BAR_WIDTH + BAR_GAP);
    html! {
        svg.drawing viewBox={ "0 0 " (width.max(1)) " " (HEIGHT) } preserveAspectRatio="none" role="img"
            aria-labelledby="plot-title" aria-describedby="plot-desc" {
            title #plot-title { (say!(language, "access-plot")) }
            desc #plot-desc { (say!(language, "access-plot-about")) }
            @for (at, bar) in (0_u64..).zip(&access.bars) {
                g {
                    title { (bar_words(language, access.span, *bar)) }
                    rect.behind x=(at * (BAR_WIDTH + BAR_GAP)) y="0" width=(BAR_WIDTH) height=(HEIGHT) {}
                    @for (class, y, height) in stack(*bar, highest) {
                        rect class={ "who-" (class.name()) } x=(at * (BAR_WIDTH + BAR_GAP)) y=(y) width=(BAR_WIDTH) height=(height) {}
                    }
                }
            }
        }
    }
}

/// The parts of a bar from the bottom: where each begins from above, and how high it is.
fn stack(bar: AccessBar, highest: u64) -> Vec<(AccessClass, u64, u64)> {
    let room = HEIGHT - 4 * PART_HEIGHT_MIN;
    let mut top = HEIGHT;
    let there = AccessClass::ALL.into_iter().zip(bar.counts);
    let there = there.filter(|(_, count)| *count > 0);
    let parts = there.map(|(class, count)| {
        let share = u128::from(count) * u128::from(room) / u128::from(highest.max(1));
        let height = PART_HEIGHT_MIN + u64::try_from(share).unwrap_or(room).min(room);
        top = top.saturating_sub(height);
        (class, top, height)
    });
    parts.collect()
}

fn bar_words(language: Language, span: AccessSpan, bar: AccessBar) -> Cow<'static, str> {
    let [me, friends, visitors, strangers] = bar.counts;
    say!(
        language,
        "access-bar",
        when = moment(language, span, bar.from_ms),
        me = me,
        friends = friends,
        visitors = visitors,
        strangers = strangers
    )
}

fn moment(language: Language, span: AccessSpan, time_ms: u64) -> Cow<'static, str> {
    match span {
        AccessSpan::Month => day(language, time_ms),
        AccessSpan::Day | AccessSpan::Week => hour(language, time_ms),
    }
}

fn axis(shell: &Shell, access: &AccessPage) -> Markup {
    let language = shell.language;
    let (first, middle) = (access.bars.first(), access.bars.get(access.bars.len() / 2));
    html! {
        @for bar in [first, middle].into_iter().flatten() {
            span { (moment(language, access.span, bar.from_ms)) }
        }
        span { (say!(language, "time-now")) }
    }
}

fn table(language: Language, access: &AccessPage) -> Markup {
    html! {
        details {
            summary { (say!(language, "access-table")) }
            section.scroll tabindex="0" aria-label=(say!(language, "access-plot")) {
                table {
                    caption.hidden { (say!(language, "access-plot-about")) }
                    thead {
                        tr {
                            th scope="col" { (say!(language, "access-when")) }
                            @for class in AccessClass::ALL { th scope="col" { (class.words(language)) } }
                        }
                    }
                    tbody {
                        @for bar in access.bars.iter().rev() {
                            tr {
                                th scope="row" { (moment(language, access.span, bar.from_ms)) }
                                @for count in bar.counts { td { (count) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn rows(shell: &Shell, access: &AccessPage) -> Markup {
    let language = shell.language;
    html! {
        section.card {
            h2 {
                @match access.whose {
                    Some(class) => (class.words(language)),
                    None => (say!(language, "access-newest")),
                }
            }
            @if access.groups.is_empty() {
                p.quiet { (say!(language, "access-nobody")) }
            } @else {
                ul.rows.log { @for group in &access.groups { li { (row(shell, group)) } } }
            }
        }
        @if access.next.is_some() || access.is_further {
            p.paging {
                @if let Some(next) = &access.next {
                    a.button.plain href=(next) { (say!(language, "access-older")) }
                }
                @if access.is_further {
                    a href=(link(access.span, access.whose)) { (say!(language, "access-back")) }
                }
            }
        }
    }
}

fn row(shell: &Shell, group: &AccessGroup) -> Markup {
    let language = shell.language;
    html! {
        div.row {
            (mark(group))
            span.grow {
                span.name { (who(language, &group.who)) }
                @for deed in &group.deeds { span.did { (deed.words(language)) } }
                @if group.more > 0 { span.did { (say!(language, "access-more", count = group.more)) } }
            }
            span.when { (stamp(language, shell.now_ms, group.time_ms)) }
        }
    }
}

fn mark(group: &AccessGroup) -> Markup {
    match &group.who {
        AccessWho::Node(person) => face(person, Size::Small),
        AccessWho::Browser { .. } => sign(Icon::Profile),
        AccessWho::Command | AccessWho::OwnNode => sign(Icon::Device),
        AccessWho::Visitor { .. } | AccessWho::ManyVisitors => sign(Icon::Public),
        AccessWho::UnknownNode | AccessWho::ManyNodes => sign(Icon::People),
    }
}

fn sign(what: Icon) -> Markup {
    html! { span.sign { (icon(what)) } }
}

fn who(language: Language, who: &AccessWho) -> Markup {
    let place = |agent: &str, network: &Option<String>| {
        let network = network.as_deref().unwrap_or_default();
        html! { bdi { (agent) } @if !network.is_empty() { " " bdi.key dir="ltr" { (network) } } }
    };
    match who {
        AccessWho::Browser { agent, network } => {
            say_html!(
                language,
                "access-who-browser",
                browser = place(agent, network)
            )
        }
        AccessWho::Visitor { agent, network } => {
            say_html!(
                language,
                "access-who-visitor",
                browser = place(agent, network)
            )
        }
        AccessWho::Node(person) => {
            let name = html! { a href=(address(person)) { (face::name(person)) } };
            say_html!(language, "access-who-node", name = name)
        }
        AccessWho::Command => html! { (say!(language, "access-who-command")) },
        AccessWho::OwnNode => html! { (say!(language, "access-who-own-node")) },
        AccessWho::UnknownNode => html! { (say!(language, "access-who-unknown")) },
        AccessWho::ManyVisitors => html! { (say!(language, "access-who-visitors")) },
        AccessWho::ManyNodes => html! { (say!(language, "access-who-nodes")) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_fit_and_what_is_there_is_seen() {
        for counts in [
            [0, 0, 0, 0],
            [1, 0, 0, 0],
            [u64::MAX, 1, 1, 1],
            [u64::MAX, u64::MAX, u64::MAX, u64::MAX],
            [3, 4, 5, 6],
        ] {
            let bar = AccessBar { from_ms: 0, counts };
            let parts = stack(bar, bar.sum());
            assert_eq!(
                parts.len(),
                counts.iter().filter(|count| **count > 0).count()
            );
            assert!(
                parts
                    .iter()
                    .all(|(_, _, height)| *height >= PART_HEIGHT_MIN)
            );
            if counts != [u64::MAX; 4] {
                let sum: u64 = parts.iter().map(|(_, _, height)| height).sum();
                assert!(sum <= HEIGHT, "{counts:?}");
            }
        }
    }
}
