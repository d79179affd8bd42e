//! Everything that one chooses, on one page: each with a sentence on what it does, and a form of its own.

use crate::audience::picker;
use crate::bytes::bytes;
use crate::form::{button, form, problem};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::look::{Look, look_form};
use crate::page::page;
use crate::problem::Reason;
use crate::select::{Offered, Select};
use crate::values::{Composer, Screen, Shell};
use maud::{Markup, html};
use std::borrow::Cow;

/// A part of the page, with a form of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsPart {
    /// For whom new posts are.
    Posts,
    /// What the pages speak.
    Language,
    /// Light or dark, shortcuts.
    Look,
    /// What visitors see.
    Public,
    /// How much of others' photos is kept.
    Photos,
    /// How long it is noted who asked for what.
    Access,
    /// How much may be lost, and how fast to send.
    Backup,
    /// What remains to be done at the beginning.
    Steps,
}

impl SettingsPart {
    const ALL: [Self; 8] = [
        Self::Posts,
        Self::Language,
        Self::Look,
        Self::Public,
        Self::Photos,
        Self::Access,
        Self::Backup,
        Self::Steps,
    ];

    /// Its name in forms (`part`), in the query after it was saved, and in the page.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Posts => "posts",
            Self::Language => "language",
            Self::Look => "look",
            Self::Public => "public",
            Self::Photos => "photos",
            Self::Access => "access",
            Self::Backup => "backup",
            Self::Steps => "steps",
        }
    }

    /// The part of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsPage {
    /// For whom new posts are unless something else is chosen.
    pub audience: Composer,
    /// The language that was chosen for the pages; `None`: what the browser asks for.
    pub language: Option<Language>,
    /// How pages look in this browser.
    pub look: Look,
    /// Whether visitors see what is public.
    pub is_shown: bool,
    /// Whether search engines may.
    pub is_indexed: bool,
    /// Where it is on this server.
    pub public_page: String,
    /// The same under the address by which the world reaches it, if there is one.
    pub public_address: Option<String>,
    /// How much of others' photos may be kept: all sizes, and the chosen one.
    pub photo_caches: (Vec<String>, String),
    /// How many days it is noted who asked for what: all choices, and the chosen one.
    pub access_days: (Vec<String>, String),
    /// How many friends may be lost; `None`: as many as fits.
    pub survive: Option<u16>,
    /// How many there are.
    pub guardians: u64,
    /// How fast backups are sent at most, in bytes a second.
    pub bytes_per_second: Option<u64>,
    /// Whether there is a password, and how many passkeys.
    pub sign_in: (bool, usize),
    /// How many browsers are signed in.
    pub browsers: usize,
    /// Whether first steps were put away.
    pub steps_are_away: bool,
    /// What was saved just now, or why it wasn't.
    pub outcome: Option<(SettingsPart, Result<(), Reason>)>,
}

/// Rates to choose from, in bytes a second.
const RATES: [u64; 6] = [
    64_000, 256_000, 1_000_000, 4_000_000, 16_000_000, 64_000_000,
];
/// How many losses can be chosen at the most.
const LOSSES_MAX: u16 = 16;

/// The page at `GET /settings`: posts there (fields `csrf`, `part` and that part's own), to `/look` and to `/sign-out`.
pub fn settings(shell: &Shell, settings: &SettingsPage) -> String {
    let language = shell.language;
    let content = html! {
        h1 { (say!(language, "settings-title")) }
        (posts(shell, settings))
        (public(shell, settings))
        (looks(shell, settings))
        (spoken(shell, settings))
        (photos(shell, settings))
        (access(shell, settings))
        (backup(shell, settings))
        (links(&say!(language, "settings-safety"), safety(language, settings)))
        (links(&say!(language, "settings-data"), data(language)))
        (links(&say!(language, "settings-more"), more(language)))
        @if settings.steps_are_away || said(settings, SettingsPart::Steps).is_some() { (steps(shell, settings)) }
        (way_out(shell))
    };
    page(
        shell,
        Screen::Profile,
        &say!(language, "settings-title"),
        &content,
    )
}

fn said(settings: &SettingsPage, part: SettingsPart) -> Option<&Result<(), Reason>> {
    let (at, outcome) = settings.outcome.as_ref()?;
    (*at == part).then_some(outcome)
}

/// A part: its title, `content`, and what became of the last change.
fn card(
    shell: &Shell,
    settings: &SettingsPage,
    part: SettingsPart,
    title: &str,
    content: &Markup,
) -> Markup {
    let name = part.name();
    html! {
        section.card.setting id=(name) aria-labelledby={ (name) "-title" } {
            h2 id={ (name) "-title" } { (title) }
            (content)
            @match said(settings, part) {
                Some(Ok(())) => p.notice.good role="status" { (say!(shell.language, "done-saved")) },
                Some(Err(why)) => { (problem(shell.language, &format!("{name}-problem"), Some(why))) },
                None => {},
            }
        }
    }
}

/// What describes a field that wasn't taken.
fn described(settings: &SettingsPage, part: SettingsPart) -> Option<String> {
    let is_wrong = matches!(said(settings, part), Some(Err(_)));
    is_wrong.then(|| format!("{}-problem", part.name()))
}

fn part_form(shell: &Shell, part: SettingsPart, class: &str, fields: &Markup) -> Markup {
    let fields = html! {
        input type="hidden" name="part" value=(part.name());
        (fields)
    };
    form("/settings", class, &shell.csrf, &fields)
}

/// The form of a part in which one chooses: its `selects` and the button that saves, and below them what there is to know.
fn choosing(shell: &Shell, part: SettingsPart, selects: &[Select], about: &Markup) -> Markup {
    let fields = html! {
        div.fields {
            @for select in selects { (select.shown()) }
            (save(shell.language))
        }
        (about)
    };
    part_form(shell, part, "", &fields)
}

fn save(language: Language) -> Markup {
    html! { button.plain type="submit" { (say!(language, "settings-save")) } }
}

fn posts(shell: &Shell, settings: &SettingsPage) -> Markup {
    let (language, part) = (shell.language, SettingsPart::Posts);
    let fields = html! {
        (picker(language, &settings.audience))
        span.grow {}
        (save(language))
    };
    let content = html! {
        p { (say!(language, "settings-posts-about")) }
        (part_form(shell, part, "row wrap", &fields))
    };
    let title = say!(language, "settings-posts");
    card(shell, settings, part, &title, &content)
}

fn public(shell: &Shell, settings: &SettingsPage) -> Markup {
    let (language, part) = (shell.language, SettingsPart::Public);
    let page = html! { a href=(settings.public_page) { (say!(language, "settings-public-page")) } };
    let fields = html! {
        label.check {
            input type="checkbox" name="shown" value="yes" checked[settings.is_shown];
            span { (say!(language, "settings-public-shown")) span.under.wrap { (say!(language, "settings-public-shown-about")) } }
        }
        label.check {
            input type="checkbox" name="indexed" value="yes" checked[settings.is_indexed];
            span { (say!(language, "settings-public-indexed")) span.under.wrap { (say!(language, "settings-public-indexed-about")) } }
        }
        div.row.end { (save(language)) }
    };
    let command = html! { code { "hearth up --public-url https://…" } };
    let content = html! {
        p { (say_html!(language, "settings-public-about", page = page)) }
        @match &settings.public_address {
            Some(address) => p { (say_html!(language, "settings-public-there", page = html! { a href=(address) { (address) } })) },
            None => p.quiet { (say_html!(language, "settings-public-nowhere", command = command)) },
        }
        (part_form(shell, part, "", &fields))
    };
    let title = say!(language, "settings-public");
    card(shell, settings, part, &title, &content)
}

fn looks(shell: &Shell, settings: &SettingsPage) -> Markup {
    let title = say!(shell.language, "look-title");
    let content = look_form(shell, settings.look);
    card(shell, settings, SettingsPart::Look, &title, &content)
}

/// What the setting says that leaves the language to the browser.
const AUTOMATIC: &str = "automatic";

fn spoken(shell: &Shell, settings: &SettingsPage) -> Markup {
    let (language, part) = (shell.language, SettingsPart::Language);
    let chosen = settings.language;
    let by_browser = Offered::new(
        AUTOMATIC,
        say!(language, "settings-language-automatic"),
        chosen.is_none(),
    );
    let all = Language::ALL.into_iter().map(|one| Offered {
        lang: Some(one.tag()),
        ..Offered::new(one.tag(), one.own_name(), chosen == Some(one))
    });
    let select = Select {
        id: "spoken",
        name: "language",
        label: say!(language, "settings-language-about"),
        described_by: described(settings, part),
        offered: std::iter::once(by_browser).chain(all).collect(),
    };
    let title = say!(language, "settings-language");
    let content = choosing(shell, part, &[select], &html! {});
    card(shell, settings, part, &title, &content)
}

fn photos(shell: &Shell, settings: &SettingsPage) -> Markup {
    let (language, part) = (shell.language, SettingsPart::Photos);
    let (sizes, chosen) = &settings.photo_caches;
    let offered = sizes
        .iter()
        .map(|size| Offered::new(size, spaced(size), size == chosen));
    let select = Select {
        id: "cache",
        name: "cache",
        label: say!(language, "settings-photos-label"),
        described_by: Some("cache-about".into()),
        offered: offered.collect(),
    };
    let about = html! { p.quiet #cache-about { (say!(language, "settings-photos-about")) } };
    let title = say!(language, "settings-photos");
    let content = choosing(shell, part, &[select], &about);
    card(shell, settings, part, &title, &content)
}

fn access(shell: &Shell, settings: &SettingsPage) -> Markup {
    let (language, part) = (shell.language, SettingsPart::Access);
    let (all, chosen) = &settings.access_days;
    let offered = all.iter().map(|days| {
        let count = days.parse::<u64>().unwrap_or_default();
        let words = say!(language, "settings-access-days", count = count);
        Offered::new(days, words, days == chosen)
    });
    let select = Select {
        id: "days",
        name: "days",
        label: say!(language, "settings-access-label"),
        described_by: Some("days-about".into()),
        offered: offered.collect(),
    };
    let log = html! { a href="/access" { (say!(language, "access-title")) } };
    let about =
        html! { p.quiet #days-about { (say_html!(language, "settings-access-about", log = log)) } };
    let title = say!(language, "settings-access");
    let content = choosing(shell, part, &[select], &about);
    card(shell, settings, part, &title, &content)
}

/// `256MiB` as people read it.
fn spaced(size: &str) -> String {
    let digits = size.find(|letter: char| !letter.is_ascii_digit());
    let (number, unit) = size.split_at(digits.unwrap_or(size.len()));
    format!("{number} {unit}")
}

fn backup(shell: &Shell, settings: &SettingsPage) -> Markup {
    let (language, part) = (shell.language, SettingsPart::Backup);
    let selects = [
        Select {
            id: "survive",
            name: "survive",
            label: say!(language, "settings-backup-survive"),
            described_by: described(settings, part),
            offered: losses(language, settings),
        },
        Select {
            id: "rate",
            name: "rate",
            label: say!(language, "settings-backup-rate"),
            described_by: None,
            offered: rates(language, settings.bytes_per_second),
        },
    ];
    let about = html! { p.quiet { (say!(language, "settings-backup-about")) } };
    let title = say!(language, "backup-title");
    let content = choosing(shell, part, &selects, &about);
    card(shell, settings, part, &title, &content)
}

/// How many friends may be lost: fewer than there are, and what is chosen already.
fn losses(language: Language, settings: &SettingsPage) -> Vec<Offered> {
    let chosen = settings.survive;
    let most = u16::try_from(settings.guardians.saturating_sub(1)).unwrap_or(u16::MAX);
    let most = most.min(LOSSES_MAX).max(chosen.unwrap_or_default());
    let automatic = Offered::new(
        "auto",
        say!(language, "settings-backup-auto"),
        chosen.is_none(),
    );
    let some = (1..=most).map(|losses| {
        let words = say!(
            language,
            "settings-backup-losses",
            count = u64::from(losses)
        );
        Offered::new(losses, words, chosen == Some(losses))
    });
    std::iter::once(automatic).chain(some).collect()
}

/// How fast backups are sent: some rates, and what is chosen already.
fn rates(language: Language, chosen: Option<u64>) -> Vec<Offered> {
    let mut rates: Vec<u64> = RATES.into_iter().chain(chosen).collect();
    rates.sort_unstable();
    rates.dedup();
    let fastest = Offered::new(
        "none",
        say!(language, "settings-backup-fast"),
        chosen.is_none(),
    );
    let limited = rates.into_iter().map(|rate| {
        let words = say!(
            language,
            "settings-backup-a-second",
            bytes = bytes(language, rate)
        );
        Offered::new(rate, words, chosen == Some(rate))
    });
    std::iter::once(fastest).chain(limited).collect()
}

/// A page that is reached from here: where it is, its mark, its name and what it is about.
type Place = (&'static str, Icon, Cow<'static, str>, Cow<'static, str>);

fn links(title: &str, places: impl IntoIterator<Item = Place>) -> Markup {
    html! {
        section.card {
            h2 { (title) }
            ul.rows {
                @for (href, mark, name, about) in places {
                    li { a.row href=(href) { (icon(mark)) span.grow { span.name { (name) } span.under.wrap { (about) } } } }
                }
            }
        }
    }
}

fn safety(language: Language, settings: &SettingsPage) -> [Place; 4] {
    let (has_password, passkeys) = settings.sign_in;
    let ways = match (has_password, passkeys) {
        (false, 0) => say!(language, "settings-sign-in-none"),
        (true, 0) => say!(language, "settings-sign-in-password"),
        (false, count) => say!(language, "settings-sign-in-passkeys", count = count),
        (true, count) => say!(language, "settings-sign-in-both", count = count),
    };
    [
        (
            "/settings/sign-in",
            Icon::Private,
            say!(language, "sign-in-settings"),
            ways,
        ),
        (
            "/settings/sessions",
            Icon::Public,
            say!(language, "sessions-title"),
            say!(
                language,
                "settings-browsers",
                count = settings.browsers.max(1)
            ),
        ),
        (
            "/devices",
            Icon::Device,
            say!(language, "devices-title"),
            say!(language, "profile-devices-about"),
        ),
        (
            "/quiet",
            Icon::Quiet,
            say!(language, "quiet-title"),
            say!(language, "profile-quiet-about"),
        ),
    ]
}

fn data(language: Language) -> [Place; 3] {
    [
        (
            "/backup",
            Icon::Backup,
            say!(language, "backup-title"),
            say!(language, "settings-backup-where"),
        ),
        (
            "/export",
            Icon::Down,
            say!(language, "export-title"),
            say!(language, "settings-export-where"),
        ),
        (
            "/import",
            Icon::Up,
            say!(language, "import-title"),
            say!(language, "settings-import-where"),
        ),
    ]
}

fn more(language: Language) -> [Place; 2] {
    [
        (
            "/profile",
            Icon::Profile,
            say!(language, "profile-title"),
            say!(language, "settings-profile-where"),
        ),
        (
            "/shortcuts",
            Icon::List,
            say!(language, "shortcuts-title"),
            say!(language, "settings-shortcuts-where"),
        ),
    ]
}

fn steps(shell: &Shell, settings: &SettingsPage) -> Markup {
    let (language, part) = (shell.language, SettingsPart::Steps);
    let fields = html! {
        p.grow { (say!(language, "settings-steps-about")) }
        @if settings.steps_are_away {
            button.plain type="submit" { (say!(language, "settings-steps-again")) }
        }
    };
    let title = say!(language, "steps-title");
    let content = part_form(shell, part, "row wrap", &fields);
    card(shell, settings, part, &title, &content)
}

fn way_out(shell: &Shell) -> Markup {
    let language = shell.language;
    html! {
        section.card {
            h2 { (say!(language, "sign-out-button")) }
            div.row.wrap {
                p.grow { (say!(language, "sign-out-about")) }
                (button("/sign-out", &shell.csrf, &[], "plain", &html! { (say!(language, "sign-out-button")) }))
            }
        }
    }
}
