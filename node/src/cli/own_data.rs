//! One's own data: `access`, `storage`, `reach`.

use std::io;

use clap::{Args, value_parser};
use serde::Serialize;

use super::error::CliError;
use super::invites::lasting as lasting_for;
use super::output::{Escaped, Page};
use super::values;
use super::when::{count, lasting, now_ms, size, when};
use super::{Context, Nothing};
use crate::app::model::{
    AccessLog, AccessRow, Reach, ReachFriend, ReachVisit, Storage, StorageKind,
};

/// Of a key, enough to tell two people without a name apart.
const SHORT_KEY_CHARS: usize = 16;
/// Whose rows can be asked for, besides somebody's.
const CLASSES: [&str; 6] = ["me", "friends", "visitors", "strangers", "web", "peers"];

/// Show who asked your node for what, and when
#[derive(Debug, Args)]
#[command(after_help = "\
Equal requests within a minute are one line. Of visitors' addresses only the network is kept, of what they asked for no \
query; it stays on this machine. `hearth settings access.days 0` switches it off and forgets it.

Examples:
  hearth access
  hearth access --who visitors --since 7d
  hearth access --who hearth1… -n 100")]
pub(crate) struct AccessArgs {
    /// Only what came within this time: a number of days, or one with m, h or d
    #[arg(long, value_name = "TIME", value_parser = lasting_for)]
    since: Option<u64>,
    /// Only of somebody's nodes, or of me, friends, visitors, strangers, web or peers
    #[arg(long, value_name = "WHO", value_parser = who)]
    who: Option<String>,
    /// At most so many lines, 1 to 1000 [default: 50]
    #[arg(short = 'n', long, value_name = "N", value_parser = value_parser!(u64).range(1..=1000))]
    limit: Option<u64>,
    /// Only what came before this line's "number", to read on where a list ended
    #[arg(long, value_name = "NUMBER")]
    before: Option<u64>,
}

fn who(text: &str) -> Result<String, String> {
    if CLASSES.contains(&text) {
        return Ok(text.to_owned());
    }
    let key = values::key(text)
        .map_err(|problem| format!("{problem}; or say one of {}", CLASSES.join(", ")))?;
    Ok(key.to_string())
}

#[derive(Serialize)]
struct AccessAsked<'a> {
    since_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    before: u64,
}

pub(super) fn access(args: &AccessArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let now_ms = now_ms();
    let since_ms = args.since.map_or(0, |seconds| {
        now_ms.saturating_sub(seconds.saturating_mul(1000))
    });
    let asked = AccessAsked {
        since_ms,
        who: args.who.as_deref(),
        limit: args.limit,
        before: args.before.unwrap_or(0),
    };
    let log: AccessLog = cx.ask("access", &asked)?;
    cx.out.give(&log, |log, page| show_log(log, page, now_ms))
}

fn show_log(log: &AccessLog, page: &mut Page<'_>, now_ms: u64) -> io::Result<()> {
    if log.days == 0 {
        return page.line(
            "The access log is switched off. `hearth settings access.days 30` switches it on.",
        );
    }
    if log.rows.is_empty() {
        return page.line("Nobody asked for anything.");
    }
    for row in &log.rows {
        page.line(format_args!(
            "{:<13} {}  {}",
            when(row.to_ms, now_ms),
            page.bold(Escaped::word(&asker(row))),
            Escaped::word(&deed(row)),
        ))?;
    }
    match log.next {
        Some(next) => page.line(format_args!("More: `hearth access --before {next}`")),
        None => Ok(()),
    }
}

fn asker(row: &AccessRow) -> String {
    let agent = row.agent.as_deref().unwrap_or("a browser");
    let place = match &row.network {
        Some(network) => format!("{agent}, {network}"),
        None => agent.to_owned(),
    };
    match row.who.as_str() {
        "browser" => format!("you ({place})"),
        "command" => "you (command line)".to_owned(),
        "visitor" => format!("visitor ({place})"),
        "node" if row.class == "me" => "another device of yours".to_owned(),
        "node" => match (&row.name, &row.identity) {
            (Some(name), _) => format!("{name}'s node"),
            (None, Some(key)) => format!("{}'s node", shortened(key)),
            (None, None) => "a node".to_owned(),
        },
        _ => format!("more {}", row.class),
    }
}

fn shortened(key: &str) -> String {
    let short: String = key.chars().take(SHORT_KEY_CHARS).collect();
    format!("{short}…")
}

fn deed(row: &AccessRow) -> String {
    let mut said = row.what.replace('-', " ");
    match &row.about {
        Some(key) if key.starts_with("hearth1") => said = format!("{said} of {}", shortened(key)),
        Some(about) => said = format!("{said} {about}"),
        None => {}
    }
    if row.items > 0 {
        said = format!("{said}: {}", row.items);
    }
    if row.count > 1 {
        said = format!("{said}, {} times", row.count);
    }
    if row.bytes > 0 {
        said = format!("{said}, {}", size(row.bytes));
    }
    match row.outcome.as_str() {
        "answered" => said,
        outcome => format!("{said} ({outcome})"),
    }
}

pub(super) fn storage(cx: &mut Context<'_>) -> Result<(), CliError> {
    let storage: Storage = cx.ask("storage", &Nothing {})?;
    cx.out.give(&storage, show_storage)
}

fn show_storage(storage: &Storage, page: &mut Page<'_>) -> io::Result<()> {
    page.line(format_args!(
        "{} in all, {} free on the disk",
        page.bold(size(storage.bytes)),
        size(storage.free_bytes)
    ))?;
    for part in &storage.parts {
        page.line(format_args!(
            "{:>10}  {}",
            size(part.bytes),
            name(part.kind)
        ))?;
    }
    if storage.is_cut {
        page.line("There is more than could be looked at in time.")?;
    }
    for one in &storage.pledges {
        let who = if one.name.is_empty() {
            shortened(&one.identity)
        } else {
            one.name.clone()
        };
        page.line(format_args!(
            "Of {} pledged to {}, {} are used",
            size(one.pledged),
            Escaped::word(&who),
            size(one.used)
        ))?;
    }
    Ok(())
}

fn name(kind: StorageKind) -> &'static str {
    match kind {
        StorageKind::Objects => "your photos and files",
        StorageKind::OwnLogs => "what you wrote",
        StorageKind::OthersLogs => "what others wrote",
        StorageKind::Index => "timelines and search",
        StorageKind::PhotoCache => "others' photos",
        StorageKind::Shards => "friends' backups",
        StorageKind::AccessLog => "access log",
        StorageKind::Aside => "set aside",
        StorageKind::Rest => "all else",
    }
}

pub(super) fn reach(cx: &mut Context<'_>) -> Result<(), CliError> {
    let reach: Reach = cx.ask("reach", &Nothing {})?;
    let now_ms = now_ms();
    cx.out
        .give(&reach, |reach, page| show_reach(reach, page, now_ms))
}

fn show_reach(reach: &Reach, page: &mut Page<'_>, now_ms: u64) -> io::Result<()> {
    let told = |visit: &Option<ReachVisit>| match visit {
        Some(visit) => {
            let who = visit.name.as_deref().unwrap_or("somebody");
            format!("{} ({})", when(visit.time_ms, now_ms), Escaped::word(who))
        }
        None => "not lately".to_owned(),
    };
    if reach.days == 0 {
        page.line("Who calls isn't noted: the access log is switched off.")?;
    }
    page.line(format_args!(
        "Called from the internet      {}",
        told(&reach.from_afar)
    ))?;
    page.line(format_args!(
        "Called from the own network   {}",
        told(&reach.from_near)
    ))?;
    if let Some(url) = &reach.public_url {
        let last = match &reach.by_name {
            Some(visit) => when(visit.time_ms, now_ms),
            None => "nobody lately".to_owned(),
        };
        page.line(format_args!("{}   {last}", Escaped::word(url)))?;
    }
    if reach.from_afar.is_none() && !reach.ports.is_empty() {
        let ports: Vec<String> = reach.ports.iter().map(u16::to_string).collect();
        page.line(format_args!(
            "To be reached from the internet, have your router pass on TCP and UDP port {}.",
            ports.join(", ")
        ))?;
    }
    let connected = reach.friends.iter().filter(|friend| friend.connected);
    let connected = count(connected.count() as u64, "person", "people");
    page.line(format_args!(
        "\n{}",
        page.bold(format!("Connected with {connected} whom you follow"))
    ))?;
    let mut friends = reach.friends.iter();
    friends.try_for_each(|friend| show_friend(friend, page, now_ms))
}

fn show_friend(friend: &ReachFriend, page: &mut Page<'_>, now_ms: u64) -> io::Result<()> {
    let name = if friend.name.is_empty() {
        shortened(&friend.identity)
    } else {
        friend.name.clone()
    };
    let how = match (&friend.transport, friend.seen_ms) {
        (Some(transport), _) => format!(
            "by {transport}, {}{}, for {}",
            if friend.dialled_here {
                "they called"
            } else {
                "you called"
            },
            if friend.is_near {
                " on your own network"
            } else {
                ""
            },
            lasting(friend.since_ms.unwrap_or(now_ms), now_ms)
        ),
        (None, Some(seen_ms)) => format!("last heard {}", when(seen_ms, now_ms)),
        (None, None) => "not heard of yet".to_owned(),
    };
    page.line(format_args!("  {}  {how}", page.bold(Escaped::word(&name))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::output::Output;
    use super::*;

    fn shown<T: Serialize>(
        value: &T,
        show: impl FnOnce(&T, &mut Page<'_>) -> io::Result<()>,
    ) -> String {
        let mut bytes = Vec::new();
        let mut out = Output::to(Box::new(&mut bytes), false);
        out.give(value, show).unwrap();
        drop(out);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_was_asked_for_is_lines() {
        let log: AccessLog = serde_json::from_str(
            r#"{"days":30,"next":7,"rows":[
                {"number":9,"from_ms":0,"to_ms":0,"class":"friends","who":"node","identity":"hearth1bob","name":"Bob\u001b",
                 "what":"entries-given","outcome":"answered","count":2,"items":12,"bytes":2048},
                {"number":8,"from_ms":0,"to_ms":0,"class":"visitors","who":"visitor","network":"192.0.2.0/24","agent":"curl",
                 "what":"public-page","about":"/@alice","outcome":"refused","count":1,"items":0,"bytes":0}]}"#,
        )
        .unwrap();
        assert_eq!(
            shown(&log, |log, page| show_log(log, page, 120_000)),
            "2 min ago     Bob\\u{1b}'s node  entries given: 12, 2 times, 2.0 KiB\n\
             2 min ago     visitor (curl, 192.0.2.0/24)  public page /@alice (refused)\n\
             More: `hearth access --before 7`\n"
        );
    }

    #[test]
    fn reach_and_storage_are_short() {
        let reach: Reach = serde_json::from_str(
            r#"{"addresses":[],"ports":[4747],"days":30,"from_near":{"time_ms":0,"name":"Bob"},
                "friends":[{"identity":"hearth1bob","name":"Bob","connected":true,"transport":"QUIC","is_near":true,"since_ms":0}]}"#,
        )
        .unwrap();
        assert_eq!(
            shown(&reach, |reach, page| show_reach(reach, page, 120_000)),
            "Called from the internet      not lately\n\
             Called from the own network   2 min ago (Bob)\n\
             To be reached from the internet, have your router pass on TCP and UDP port 4747.\n\n\
             Connected with 1 person whom you follow\n  \
             Bob  by QUIC, you called on your own network, for 2 min\n"
        );
        let storage = Storage {
            bytes: 2048,
            free_bytes: 4096,
            parts: vec![crate::app::model::StoragePart {
                kind: StorageKind::OwnLogs,
                bytes: 2048,
            }],
            ..Storage::default()
        };
        assert_eq!(
            shown(&storage, show_storage),
            "2.0 KiB in all, 4.0 KiB free on the disk\n   2.0 KiB  what you wrote\n"
        );
    }
}
