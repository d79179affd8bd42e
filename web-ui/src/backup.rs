//! How safe one's own data is, who keeps it, and for whom one keeps data.

use crate::bytes::bytes;
use crate::face::{self, Size, address, display_name, face};
use crate::form::form;
use crate::icon::{Icon, icon};
use crate::language::Language;
use crate::page::{page, reach};
use crate::time::stamp;
use crate::values::{Person, Screen, Shell};
use maud::{Markup, html};

/// How good a state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Safe.
    Good,
    /// Something is to be looked at.
    Look,
}

/// What the page about backups shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupPage {
    /// The state in one sentence.
    pub health: String,
    /// How good it is.
    pub tone: Tone,
    /// What to do about it, if there is something to do.
    pub advice: Option<String>,
    /// When the newest snapshot was made, in milliseconds since 1970.
    pub last_ms: Option<u64>,
    /// What is backed up, in bytes.
    pub source_bytes: u64,
    /// What guardians keep of it in all, in bytes.
    pub stored_bytes: u64,
    /// What is under way, in a sentence.
    pub under_way: Option<String>,
    /// Who pledged space to the reader, or has some pledged by them.
    pub guardians: Vec<Guardian>,
    /// The kept snapshots, newest first.
    pub snapshots: Vec<Snapshot>,
    /// Friends to whom something could be pledged.
    pub friends: Vec<Person>,
    /// Why the last pledge wasn't given.
    pub problem: Option<String>,
}

/// How far something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub what: String,
    /// How much of it is done; bytes.
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

/// The page at `GET /backup`: posts to `/backup` (field `csrf`: back up now) and to `/pledge` (fields `csrf`, `key`,
/// `size`).
pub fn backup(shell: &Shell, backup: &BackupPage) -> String {
    let keepers: Vec<&Guardian> = chosen(backup, |one| one.pledged_to_me > 0 || one.used_by_me > 0);
    let kept: Vec<&Guardian> = chosen(backup, |one| one.pledged_by_me > 0 || one.used_on_me > 0);
    let content = html! {
        h1 { "Backup" }
        (health(shell, backup))
        @if let Some(what) = &backup.under_way {
            section.card { p dir="auto" { (what) } progress aria-label=(what) {} }
        }
        section.card {
            h2 { "Who keeps what for you" }
            @if keepers.is_empty() {
                p { "Nobody yet. Ask friends who follow you, and whom you follow, to pledge you some space; they keep what they can't read." }
            } @else {
                ul.rows { @for one in keepers { li.row { (keeper(shell, one, one.used_by_me, one.pledged_to_me)) } } }
            }
        }
        section.card {
            h2 { "What you keep for others" }
            @if kept.is_empty() {
                p.quiet { "Nothing yet. Pledge a friend some space below: what they store here is encrypted, and counts against your disk only as far as you say." }
            } @else {
                ul.rows { @for one in kept { li.row { (keeper(shell, one, one.used_on_me, one.pledged_by_me)) } } }
            }
        }
        (pledge(shell, backup))
        (snapshots(shell, &backup.snapshots))
    };
    page(shell, Screen::Backup, "Backup", &content)
}

fn chosen(backup: &BackupPage, wanted: impl Fn(&Guardian) -> bool) -> Vec<&Guardian> {
    backup.guardians.iter().filter(|one| wanted(one)).collect()
}

fn health(shell: &Shell, backup: &BackupPage) -> Markup {
    let class = match backup.tone {
        Tone::Good => "health good",
        Tone::Look => "health look",
    };
    let now = html! { button type="submit" { "Back up now" } };
    html! {
        section.card {
            p class=(class) { (icon(Icon::Backup)) span dir="auto" { (backup.health) } }
            @if let Some(advice) = &backup.advice { p dir="auto" { (advice) } }
            p.quiet {
                @if let Some(last_ms) = backup.last_ms {
                    "Last backed up: " (stamp(shell.language, shell.now_ms, last_ms)) ". "
                }
                (bytes(shell.language, backup.source_bytes)) " of yours"
                @if backup.stored_bytes > 0 { ", " (bytes(shell.language, backup.stored_bytes)) " at your friends’" }
                "."
            }
            (form("/backup", "row end", &shell.csrf, &now))
        }
    }
}

/// How far something is, in words and as a bar.
pub(crate) fn bar(language: Language, progress: &Progress) -> Markup {
    let Progress { what, done, total } = progress;
    html! {
        p.row.wrap {
            span.grow dir="auto" { (what) }
            span.quiet { (bytes(language, *done)) " of " (bytes(language, *total)) }
        }
        progress aria-label=(what) value=(done) max=(total.max(&1)) {}
    }
}

fn keeper(shell: &Shell, guardian: &Guardian, used: u64, pledged: u64) -> Markup {
    let person = &guardian.person;
    let share = format!(
        "{}: {} of {} used",
        display_name(person),
        bytes(shell.language, used),
        bytes(shell.language, pledged)
    );
    html! {
        a.row.grow href=(address(person)) {
            (face(person, Size::Normal))
            span.grow {
                span.name { (face::name(person)) }
                span.under { (bytes(shell.language, used)) " of " (bytes(shell.language, pledged)) }
                meter aria-label=(share) value=(used) max=(pledged.max(1)) {}
            }
        }
        @if guardian.connected {
            (reach(shell.language, true))
        } @else if let Some(seen_ms) = guardian.last_seen_ms {
            span.reach { (stamp(shell.language, shell.now_ms, seen_ms)) span.dot {} }
        } @else {
            (reach(shell.language, false))
        }
    }
}

fn pledge(shell: &Shell, backup: &BackupPage) -> Markup {
    let described = backup.problem.as_ref().map(|_| "pledge-problem");
    let content = html! {
        h2 { "Pledge space to a friend" }
        div.fields {
            div.grow {
                label for="pledge-key" { "Friend" }
                select #pledge-key name="key" required {
                    @for friend in &backup.friends { option value=(friend.identity) { (display_name(friend)) } }
                }
            }
            div {
                label for="pledge-size" { "Space" }
                input #pledge-size type="text" name="size" required placeholder="50 GB" autocomplete="off" dir="ltr"
                    aria-describedby=[described] aria-invalid=[described.map(|_| "true")];
            }
            button type="submit" { "Pledge" }
        }
        @if let Some(problem) = &backup.problem {
            p.problem #pledge-problem role="alert" dir="auto" { (problem) }
        }
        p.quiet { "It counts once you follow each other. 0 ends it: what they keep here stays for 30 more days, and they are told." }
    };
    html! {
        @if !backup.friends.is_empty() { (form("/pledge", "card", &shell.csrf, &content)) }
    }
}

fn snapshots(shell: &Shell, snapshots: &[Snapshot]) -> Markup {
    html! {
        @if !snapshots.is_empty() {
            section.card {
                details {
                    summary { "Snapshots " span.count { (snapshots.len()) } }
                    ul.rows {
                        @for one in snapshots {
                            li.row {
                                span.grow {
                                    span.name { (stamp(shell.language, shell.now_ms, one.time_ms)) }
                                    span.under { (one.files) " files, " (bytes(shell.language, one.bytes)) }
                                }
                                span.key { (one.id.chars().take(8).collect::<String>()) }
                            }
                        }
                    }
                    p.quiet { "On a new machine, " code { "hearth restore --snapshot" } " brings one of these back." }
                }
            }
        }
    }
}
