//! How safe one's own data is, who keeps it, and for whom one keeps data.

use crate::bytes::bytes;
use crate::circle::{self, Circle};
use crate::face::{self, Size, address, display_name, face};
use crate::form::{form, problem};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::page::{page, reach};
use crate::problem::Reason;
use crate::time::stamp;
use crate::values::{Person, Screen, Shell};
use maud::{Markup, html};
use std::borrow::Cow;

/// How safe everything is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Nobody keeps anything.
    Nobody,
    /// Friends would keep it, but there is no snapshot yet.
    NotBegun {
        /// How many would.
        friends: u64,
    },
    /// One friend keeps all of it.
    One,
    /// It is being brought to friends.
    UnderWay {
        /// To how many.
        friends: u64,
    },
    /// Some friends may be lost, whichever they are.
    Safe {
        /// How many may.
        losses: u64,
        /// How many there are.
        friends: u64,
        /// Whether everything lies where it should.
        is_complete: bool,
    },
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Ask friends.
    Ask,
    /// Ask more of them.
    More,
    /// Wait until they are there.
    Wait,
    /// With a few more nobody would keep a whole copy.
    Five,
}

/// What the page about backups shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupPage {
    /// How safe everything is.
    pub health: Health,
    /// What to do about it, if there is something to do.
    pub advice: Option<Advice>,
    /// When the newest snapshot was made, in milliseconds since 1970.
    pub last_ms: Option<u64>,
    /// What is backed up, in bytes.
    pub source_bytes: u64,
    /// What guardians keep of it in all, in bytes.
    pub stored_bytes: u64,
    /// While something is being brought to friends, how many pieces there are to go.
    pub under_way: Option<u64>,
    /// Who pledged space to the reader, or has some pledged by them.
    pub guardians: Vec<Guardian>,
    /// The kept snapshots, newest first.
    pub snapshots: Vec<Snapshot>,
    /// Friends to whom something could be pledged.
    pub friends: Vec<Person>,
    /// Why the last pledge wasn't given.
    pub problem: Option<Reason>,
    /// What friends hold as it lies now, and what there would be without some of them.
    pub circle: Circle,
}

/// How far something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// How much is done; bytes.
    pub done: u64,
    /// How much there is; bytes.
    pub total: u64,
}

/// A friend who keeps data for the reader, or the other way round. All numbers are bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardian {
    /// Who it is.
    pub person: Person,
    /// Whether a node of theirs is connected now.
    pub connected: bool,
    /// When it was last.
    pub last_seen_ms: Option<u64>,
    /// What they pledged to the reader.
    pub pledged_to_me: u64,
    /// What of that is used.
    pub used_by_me: u64,
    /// What the reader pledged to them.
    pub pledged_by_me: u64,
    /// What of that is used.
    pub used_on_me: u64,
}

/// A state that can be gone back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// By which `hearth restore --snapshot` names it.
    pub id: String,
    /// When it was made, in milliseconds since 1970.
    pub time_ms: u64,
    /// The files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The page at `GET /backup`; `?without={key},{key}` asks what there is without these. Posts to `/backup` (field `csrf`: back up
/// now) and to `/pledge` (fields `csrf`, `key`, `size`).
pub fn backup(shell: &Shell, backup: &BackupPage) -> String {
    let kept: Vec<&Guardian> = chosen(backup, |one| one.pledged_by_me > 0 || one.used_on_me > 0);
    let language = shell.language;
    let circle = &backup.circle;
    let content = html! {
        h1 { (say!(language, "backup-title")) }
        (health(shell, backup))
        section.card {
            h2 { (say!(language, "backup-keepers")) }
            @if circle.keepers.is_empty() {
                p { (say!(language, "backup-keepers-none")) }
            } @else {
                ul.rows { @for keeper in &circle.keepers { (circle::row(shell, circle, keeper)) } }
            }
        }
        section.card {
            h2 { (say!(language, "backup-kept")) }
            @if kept.is_empty() {
                p.quiet { (say!(language, "backup-kept-none")) }
            } @else {
                ul.rows { @for one in kept { li.row { (keeper(shell, one, one.used_on_me, one.pledged_by_me)) } } }
            }
        }
        (pledge(shell, backup))
        (snapshots(shell, &backup.snapshots))
    };
    page(
        shell,
        Screen::Backup,
        &say!(language, "backup-title"),
        &content,
    )
}

fn chosen(backup: &BackupPage, wanted: impl Fn(&Guardian) -> bool) -> Vec<&Guardian> {
    backup.guardians.iter().filter(|one| wanted(one)).collect()
}

impl Health {
    pub(crate) fn words(self, language: Language) -> Cow<'static, str> {
        match self {
            Self::Nobody => say!(language, "health-nobody"),
            Self::NotBegun { friends } => {
                say!(language, "health-not-begun", friends = friends)
            }
            Self::One => say!(language, "health-one"),
            Self::UnderWay { friends } => {
                say!(language, "health-under-way", friends = friends)
            }
            Self::Safe {
                losses, friends, ..
            } => say!(language, "health-safe", losses = losses, friends = friends),
        }
    }
}

impl Advice {
    fn words(self, language: Language) -> Markup {
        match self {
            Self::Ask => {
                let disk = html! { code { "hearth backup to DIR" } };
                say_html!(language, "advice-ask", disk = disk)
            }
            Self::More => html! { (say!(language, "advice-more")) },
            Self::Wait => html! { (say!(language, "advice-wait")) },
            Self::Five => html! { (say!(language, "advice-five")) },
        }
    }
}

fn health(shell: &Shell, backup: &BackupPage) -> Markup {
    let (language, circle) = (shell.language, &backup.circle);
    let (is_good, said) = match backup.health {
        _ if circle.is_asked() => circle::without(language, circle),
        health => {
            let is_good = matches!(
                health,
                Health::Safe {
                    is_complete: true,
                    ..
                }
            );
            (is_good, html! { (health.words(language)) })
        }
    };
    let class = if is_good {
        "health good"
    } else {
        "health look"
    };
    let now = html! { button type="submit" { (say!(language, "backup-now")) } };
    html! {
        section.card #circle aria-labelledby="circle-said" {
            p class=(class) #circle-said role=[circle.is_asked().then_some("status")] { (icon(Icon::Backup)) span { (said) } }
            @if circle.is_asked() {
                (circle::after_that(language, circle))
            } @else if let Some(advice) = backup.advice {
                p { (advice.words(language)) }
            }
            @if !circle.keepers.is_empty() {
                (circle::picture(shell, circle))
                (circle::legend(language))
                @if circle.snapshot_ms.is_some() && !circle.is_asked() { p.quiet.hint { (say!(language, "circle-hint")) } }
            }
            (circle::under_way(shell, circle, backup.under_way.is_some()))
            (made(shell, backup))
            div.row.wrap.end {
                @if backup.advice.is_some_and(|advice| advice != Advice::Wait) {
                    a.button.plain href="/welcome/friend" { (say!(language, "circle-invite")) }
                }
                @if backup.advice.is_some_and(|advice| advice != Advice::Wait) && !backup.friends.is_empty() {
                    a.button.plain href="#pledge-key" { (say!(language, "pledge-title")) }
                }
                (form("/backup", "inline", &shell.csrf, &now))
            }
        }
    }
}

/// When it was made last, and how large it is.
fn made(shell: &Shell, backup: &BackupPage) -> Markup {
    let language = shell.language;
    let (source, stored) = (backup.source_bytes, backup.stored_bytes);
    html! {
        p.quiet {
            @if let Some(last_ms) = backup.last_ms {
                @let date = stamp(language, shell.now_ms, last_ms);
                (say_html!(language, "backup-last", date = date)) " "
            }
            @if stored > 0 {
                (say!(language, "backup-size-stored", bytes = bytes(language, source), stored = bytes(language, stored)))
            } @else {
                (say!(language, "backup-size", bytes = bytes(language, source)))
            }
        }
    }
}

/// How far something is, in words and as a bar.
pub(crate) fn bar(language: Language, what: &str, progress: &Progress) -> Markup {
    let Progress { done, total } = progress;
    let (here, all) = (bytes(language, *done), bytes(language, *total));
    html! {
        p.row.wrap {
            span.grow { (what) }
            span.quiet { (say!(language, "backup-of", done = here, total = all)) }
        }
        progress aria-label=(what) value=(done) max=(total.max(&1)) {}
    }
}

fn keeper(shell: &Shell, guardian: &Guardian, used: u64, pledged: u64) -> Markup {
    let person = &guardian.person;
    let language = shell.language;
    let (here, all) = (bytes(language, used), bytes(language, pledged));
    let name = display_name(person);
    let share = say!(
        language,
        "backup-share",
        name = name,
        used = &*here,
        pledged = &*all
    );
    html! {
        a.row.grow href=(address(person)) {
            (face(person, Size::Normal))
            span.grow {
                span.name { (face::name(person)) }
                span.under { (say!(language, "backup-of", done = here, total = all)) }
                meter aria-label=(share) value=(used) max=(pledged.max(1)) {}
            }
        }
        @if guardian.connected {
            (reach(language, true))
        } @else if let Some(seen_ms) = guardian.last_seen_ms {
            span.reach { (stamp(language, shell.now_ms, seen_ms)) span.dot {} }
        } @else {
            (reach(language, false))
        }
    }
}

fn pledge(shell: &Shell, backup: &BackupPage) -> Markup {
    let language = shell.language;
    let described = backup.problem.as_ref().map(|_| "pledge-problem");
    let content = html! {
        h2 { (say!(language, "pledge-title")) }
        div.fields {
            div.grow {
                label for="pledge-key" { (say!(language, "pledge-friend")) }
                select #pledge-key name="key" required {
                    @for friend in &backup.friends { option value=(friend.identity) { (display_name(friend)) } }
                }
            }
            div {
                label for="pledge-size" { (say!(language, "pledge-size")) }
                input #pledge-size type="text" name="size" required placeholder="50 GB" autocomplete="off" dir="ltr"
                    aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
            }
            button type="submit" { (say!(language, "pledge-button")) }
        }
        (problem(language, "pledge-problem", backup.problem.as_ref()))
        p.quiet { (say!(language, "pledge-about")) }
    };
    html! {
        @if !backup.friends.is_empty() { (form("/pledge", "card", &shell.csrf, &content)) }
    }
}

fn snapshots(shell: &Shell, snapshots: &[Snapshot]) -> Markup {
    let language = shell.language;
    let count = html! { span.count { (snapshots.len()) } };
    let command = html! { code { "hearth restore --snapshot" } };
    html! {
        @if !snapshots.is_empty() {
            section.card {
                details {
                    summary { (say_html!(language, "snapshots-title", count = count)) }
                    ul.rows {
                        @for one in snapshots {
                            li.row {
                                span.grow {
                                    span.name { (stamp(language, shell.now_ms, one.time_ms)) }
                                    span.under {
                                        (say!(language, "snapshots-holds", count = one.files, bytes = bytes(language, one.bytes)))
                                    }
                                }
                                span.key { (one.id.chars().take(8).collect::<String>()) }
                            }
                        }
                    }
                    p.quiet { (say_html!(language, "snapshots-how", command = command)) }
                }
            }
        }
    }
}
