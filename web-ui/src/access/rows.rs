//! Who did what, in sentences.

use super::{AccessPage, link};
use crate::bytes::bytes;
use crate::face::{self, Size, address, face};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::time::stamp;
use crate::values::{Person, Shell};
use maud::{Markup, html};
use std::borrow::Cow;

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

pub(super) fn rows(shell: &Shell, access: &AccessPage) -> Markup {
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
