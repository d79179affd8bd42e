//! Everything that one chooses, on one page: each with a sentence on what it does, and a form of its own.

use crate::audience::picker;
use crate::bytes::bytes;
use crate::form::{button, form, problem};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::look::{Look, look_form};
use crate::page::page;
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
    pub outcome: Option<(SettingsPart, Result<(), String>)>,
}

/// Rates to choose from, in bytes a second.
const RATES: [u64; 6] = [
    64_000, 256_000, 1_000_000, 4_000_000, 16_000_000, 64_000_000,
];

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

fn said(settings: &SettingsPage, part: SettingsPart) -> Option<&Result<(), String>> {
    let (at, outcome) = settings.outcome.as_ref()?;
    (*at == part).then_some(outcome)
}

/// A card with what became of the last change in it.
fn card(shell: &Shell, settings: &SettingsPage, part: SettingsPart, content: &Markup) -> Markup {
    html! {
        section.card.setting id=(part.name()) aria-labelledby={ (part.name()) "-title" } {
            (content)
            @match said(settings, part) {
                Some(Ok(())) => p.notice.good role="status" { (say!(shell.language, "done-saved")) },
                Some(Err(why)) => { (problem(shell.language, &format!("{}-problem", part.name()), Some(why))) },
                None => {},
            }
        }
    }
}

fn heading(part: SettingsPart, title: &str) -> Markup {
    html! { h2 id={ (part.name()) "-title" } { (title) } }
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
    card(
        shell,
        settings,
        part,
        &html! {
            (heading(part, &say!(language, "settings-posts")))
            p { (say!(language, "settings-posts-about")) }
            (part_form(shell, part, "row wrap", &fields))
        },
    )
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
    card(
        shell,
        settings,
        part,
        &html! {
            (heading(part, &say!(language, "settings-public")))
            p { (say_html!(language, "settings-public-about", page = page)) }
            @match &settings.public_address {
                Some(address) => p { (say_html!(language, "settings-public-there", page = html! { a href=(address) { (address) } })) },
                None => p.quiet { (say_html!(language, "settings-public-nowhere", command = command)) },
            }
            (part_form(shell, part, "", &fields))
        },
    )
}

fn looks(shell: &Shell, settings: &SettingsPage) -> Markup {
    let part = SettingsPart::Look;
    card(
        shell,
        settings,
        part,
        &html! {
            (heading(part, &say!(shell.language, "look-title")))
            (look_form(shell, settings.look))
        },
    )
}

/// What the setting says that leaves the language to the browser.
const AUTOMATIC: &str = "automatic";

fn spoken(shell: &Shell, settings: &SettingsPage) -> Markup {
    let (language, part) = (shell.language, SettingsPart::Language);
    let chosen = settings.language;
    let fields = html! {
        div.fields {
            div.grow {
                label for="spoken" { (say!(language, "settings-language-about")) }
                select #spoken name="language" autocomplete="off" aria-describedby=[described(settings, part)] {
                    option value=(AUTOMATIC) selected[chosen.is_none()] { (say!(language, "settings-language-automatic")) }
                    @for one in Language::ALL {
                        option value=(one.tag()) lang=(one.tag()) selected[chosen == Some(one)] { (one.own_name()) }
                    }
                }
            }
            (save(language))
        }
    };
    card(
        shell,
        settings,
        part,
        &html! {
            (heading(part, &say!(language, "settings-language")))
            (part_form(shell, part, "", &fields))
        },
    )
}

fn photos(shell: &Shell, settings: &SettingsPage) -> Markup {
    let (language, part) = (shell.language, SettingsPart::Photos);
    let (sizes, chosen) = &settings.photo_caches;
    let fields = html! {
        div.fields {
            div.grow {
                label for="cache" { (say!(language, "settings-photos-label")) }
                select #cache name="cache" autocomplete="off" aria-describedby="cache-about" {
                    @for size in sizes { option value=(size) selected[size == chosen] { (spaced(size)) } }
                }
            }
            (save(language))
        }
        p.quiet #cache-about { (say!(language, "settings-photos-about")) }
    };
    card(
        shell,
        settings,
        part,
        &html! {
            (heading(part, &say!(language, "settings-photos")))
            (part_form(shell, part, "", &fields))
        },
    )
}

fn access(shell: &Shell, settings: &SettingsPage) -> Markup {
    let (language, part) = (shell.language, SettingsPart::Access);
    let (choices, chosen) = &settings.access_days;
    let log = html! { a href="/access" { (say!(language, "access-title")) } };
    let fields = html! {
        div.fields {
            div.grow {
                label for="days" { (say!(language, "settings-access-label")) }
                select #days name="days" autocomplete="off" aria-describedby="days-about" {
                    @for days in choices {
                        option value=(days) selected[days == chosen] {
                            (say!(language, "settings-access-days", count = days.parse::<u64>().unwrap_or_default()))
                        }
                    }
                }
            }
            (save(language))
        }
        p.quiet #days-about { (say_html!(language, "settings-access-about", log = log)) }
    };
    card(
        shell,
        settings,
        part,
        &html! {
            (heading(part, &say!(language, "settings-access")))
            (part_form(shell, part, "", &fields))
        },
    )
}

/// `256MiB` as people read it.
fn spaced(size: &str) -> String {
    let digits = size.find(|letter: char| !letter.is_ascii_digit());
    let (number, unit) = size.split_at(digits.unwrap_or(size.len()));
    format!("{number} {unit}")
}

fn backup(shell: &Shell, settings: &SettingsPage) -> Markup {
    let (language, part) = (shell.language, SettingsPart::Backup);
    let most = u16::try_from(settings.guardians.saturating_sub(1)).unwrap_or(u16::MAX);
    let most = most.min(16).max(settings.survive.unwrap_or_default());
    let present = settings.bytes_per_second;
    let mut rates: Vec<u64> = RATES.into_iter().chain(present).collect();
    rates.sort_unstable();
    rates.dedup();
    let fields = html! {
        div.fields {
            div.grow {
                label for="survive" { (say!(language, "settings-backup-survive")) }
                select #survive name="survive" autocomplete="off" aria-describedby=[described(settings, part)] {
                    option value="auto" selected[settings.survive.is_none()] { (say!(language, "settings-backup-auto")) }
                    @for losses in 1..=most {
                        option value=(losses) selected[settings.survive == Some(losses)] {
                            (say!(language, "settings-backup-losses", count = u64::from(losses)))
                        }
                    }
                }
            }
            div.grow {
                label for="rate" { (say!(language, "settings-backup-rate")) }
                select #rate name="rate" autocomplete="off" {
                    option value="none" selected[present.is_none()] { (say!(language, "settings-backup-fast")) }
                    @for rate in rates {
                        option value=(rate) selected[present == Some(rate)] {
                            (say!(language, "settings-backup-a-second", bytes = bytes(language, rate)))
                        }
                    }
                }
            }
            (save(language))
        }
        p.quiet { (say!(language, "settings-backup-about")) }
    };
    card(
        shell,
        settings,
        part,
        &html! {
            (heading(part, &say!(language, "backup-title")))
            (part_form(shell, part, "", &fields))
        },
    )
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
    card(
        shell,
        settings,
        part,
        &html! {
            (heading(part, &say!(language, "steps-title")))
            (part_form(shell, part, "row wrap", &fields))
        },
    )
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
