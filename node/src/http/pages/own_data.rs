//! One's own data: where it begins, what room it takes, who asked for it, how it is reached.

use super::Visit;
use super::actions::leads_to;
use super::keeping::safety;
use super::notice::Done;
use super::screens::done;
use crate::app::access::AccessAsked;
use crate::app::model::{
    AccessHours, AccessRow, AppError, DeviceState, ReachFriend, ReachVisit, StorageKind,
};
use crate::app::settings::ACCESS_DAYS;
use crate::http::forms::Fields;
use crate::http::own_data as verbs;
use crate::http::respond::{Answer, Problem, html};
use hearth_web_ui as ui;
use warp::http::StatusCode;

/// Rows that become one page's sentences.
const ROWS: u64 = 300;
/// What somebody does with no longer pause than this is told together,
const PAUSE_MS_MAX: u64 = 10 * 60 * 1000;
/// but not more than so much of it.
const GROUP_MS_MAX: u64 = 60 * 60 * 1000;
/// How many kinds of things are said of one.
const DEEDS_MAX: usize = 6;
const HOUR_MS: u64 = 60 * 60 * 1000;

pub(super) async fn data(visit: &Visit<'_>) -> Result<Answer, Problem> {
    let app = visit.app;
    let today = AccessAsked {
        limit: Some(1),
        hours: 24,
        ..AccessAsked::default()
    };
    let today = app.access(today).await?;
    let others = today.hours.map(|hours| {
        let lists = [&hours.friends, &hours.visitors, &hours.strangers];
        lists.into_iter().flatten().sum()
    });
    let connected = app.connected().await;
    let following = app.following().await?;
    let here = following
        .iter()
        .filter(|relation| connected.contains(&relation.identity));
    let devices = app.devices().await?;
    let current = devices
        .iter()
        .filter(|device| device.state == DeviceState::Current);
    let page = ui::DataPage {
        health: safety(&app.backup_status().await?),
        asked_today: others.filter(|_| today.days > 0),
        connected: here.count(),
        devices: current.count(),
        sessions: visit.front.sessions.told(visit.now_ms).len(),
    };
    let shell = visit.shell(None).await?;
    Ok(html(StatusCode::OK, ui::data(&shell, &page)))
}

pub(super) async fn storage(visit: &Visit<'_>) -> Result<Answer, Problem> {
    let storage = visit.app.storage().await?;
    let parts = storage.parts.iter().map(|part| ui::StoragePart {
        kind: kind_of_storage(part.kind),
        bytes: part.bytes,
    });
    let pledges = storage.pledges.into_iter().map(|one| ui::StoragePledge {
        person: person(one.identity, one.name),
        used: one.used,
        pledged: one.pledged,
    });
    let page = ui::StoragePage {
        bytes: storage.bytes,
        free: storage.free_bytes,
        parts: parts.collect(),
        pledges: pledges.collect(),
        photo_cache_max: storage.photo_cache_max,
        access_max: storage.access_max,
        is_cut: storage.is_cut,
    };
    let shell = visit.shell(None).await?;
    Ok(html(StatusCode::OK, ui::storage(&shell, &page)))
}

fn kind_of_storage(kind: StorageKind) -> ui::StorageKind {
    match kind {
        StorageKind::Objects => ui::StorageKind::Objects,
        StorageKind::OwnLogs => ui::StorageKind::OwnLogs,
        StorageKind::OthersLogs => ui::StorageKind::OthersLogs,
        StorageKind::Index => ui::StorageKind::Index,
        StorageKind::PhotoCache => ui::StorageKind::PhotoCache,
        StorageKind::Shards => ui::StorageKind::Shards,
        StorageKind::AccessLog => ui::StorageKind::AccessLog,
        StorageKind::Aside => ui::StorageKind::Aside,
        StorageKind::Rest => ui::StorageKind::Rest,
    }
}

fn person(identity: String, name: String) -> ui::Person {
    ui::Person {
        identity,
        name,
        picture: None,
    }
}

pub(super) async fn reach(visit: &Visit<'_>) -> Result<Answer, Problem> {
    let reach = verbs::reach(visit.app, visit.front).await?;
    let caller = |visit: ReachVisit| ui::Caller {
        person: visit
            .identity
            .map(|identity| person(identity, visit.name.unwrap_or_default())),
        time_ms: visit.time_ms,
    };
    let friend = |friend: ReachFriend| ui::ReachedFriend {
        way: friend.transport.map(|transport| ui::Way {
            transport,
            dialled_here: friend.dialled_here,
            is_near: friend.is_near,
            since_ms: friend.since_ms.unwrap_or_default(),
        }),
        person: person(friend.identity, friend.name),
        seen_ms: friend.seen_ms,
    };
    let mut page = ui::ReachPage {
        addresses: reach.addresses,
        ports: reach.ports,
        public_url: reach.public_url,
        by_name_ms: reach.by_name.map(|visit| visit.time_ms),
        from_afar: reach.from_afar.map(caller),
        from_near: reach.from_near.map(caller),
        days: reach.days,
        friends: reach.friends.into_iter().map(friend).collect(),
    };
    let people = page.friends.iter_mut().map(|friend| &mut friend.person);
    super::values::with_pictures(visit.app, people).await?;
    let shell = visit.shell(None).await?;
    Ok(html(StatusCode::OK, ui::reach(&shell, &page)))
}

pub(super) async fn access(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let span = ui::AccessSpan::named(query.text("span"));
    let whose = ui::AccessClass::named(query.text("who"));
    let before = query.text("before").parse().unwrap_or_default();
    let (hours, each) = span.hours();
    // Bars begin where hours of the day do.
    let hours = hours + (visit.now_ms / HOUR_MS + 1) % each;
    let log = visit.app.access(AccessAsked {
        since_ms: visit.now_ms.saturating_sub(hours * HOUR_MS),
        who: whose.map(|class| class.name().to_owned()),
        limit: Some(ROWS),
        before,
        hours,
    });
    let log = log.await?;
    let next = log.next.map(|next| {
        let who = whose.map(|class| format!("&who={}", class.name()));
        let who = who.unwrap_or_default();
        format!("/access?span={}{who}&before={next}", span.name())
    });
    let [keeping] = visit.app.settings_named([ACCESS_DAYS]).await?;
    let choices = keeping.choices.iter().filter_map(|days| days.parse().ok());
    let mut page = ui::AccessPage {
        span,
        whose,
        days: log.days,
        choices: choices.collect(),
        bars: bars(&log.hours.unwrap_or_default(), each),
        groups: groups(log.rows),
        next,
        is_further: before > 0,
    };
    let people = page
        .groups
        .iter_mut()
        .filter_map(|group| match &mut group.who {
            ui::AccessWho::Node(person) => Some(person),
            _ => None,
        });
    with_pictures(visit, people).await?;
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::access(&shell, &page)))
}

/// Chooses how long the log is kept.
pub(super) async fn keep(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let days = form.text("days");
    visit.app.set_setting(ACCESS_DAYS, Some(days)).await?;
    Ok(leads_to("/access", Done::Saved))
}

async fn with_pictures<'a>(
    visit: &Visit<'_>,
    people: impl Iterator<Item = &'a mut ui::Person>,
) -> Result<(), AppError> {
    super::values::with_pictures(visit.app, people).await
}

/// Sums by so many hours each.
fn bars(hours: &AccessHours, each: u64) -> Vec<ui::AccessBar> {
    let lists = [&hours.me, &hours.friends, &hours.visitors, &hours.strangers];
    let begin = (hours.from_ms / HOUR_MS).next_multiple_of(each);
    let skipped = usize::try_from(begin - hours.from_ms / HOUR_MS).unwrap_or(usize::MAX);
    let step = usize::try_from(each).unwrap_or(1).max(1);
    let firsts = (skipped..hours.me.len()).step_by(step);
    let bar = |first: usize| ui::AccessBar {
        from_ms: hours.from_ms + first as u64 * HOUR_MS,
        counts: lists.map(|list| list.iter().skip(first).take(step).sum()),
    };
    firsts.map(bar).collect()
}

/// A group that may still grow.
struct Growing {
    group: ui::AccessGroup,
    /// When the earliest row of it was.
    from_ms: u64,
}

/// What each asker did without a long pause, told together.
fn groups(rows: Vec<AccessRow>) -> Vec<ui::AccessGroup> {
    let mut groups: Vec<Growing> = Vec::new();
    for row in rows {
        let (who, deed) = (who(&row), deed(&row));
        let fits = |one: &&mut Growing| {
            one.group.who == who
                && one.from_ms.saturating_sub(row.to_ms) <= PAUSE_MS_MAX
                && one.group.time_ms.saturating_sub(row.from_ms) <= GROUP_MS_MAX
        };
        match groups.iter_mut().rev().find(fits) {
            Some(one) => {
                one.from_ms = one.from_ms.min(row.from_ms);
                one.group.time_ms = one.group.time_ms.max(row.to_ms);
                join(&mut one.group.deeds, deed);
            }
            None => groups.push(Growing {
                from_ms: row.from_ms,
                group: ui::AccessGroup {
                    who,
                    time_ms: row.to_ms,
                    deeds: vec![deed],
                    more: 0,
                },
            }),
        }
    }
    groups.into_iter().map(|one| shortened(one.group)).collect()
}

fn join(deeds: &mut Vec<ui::AccessDeed>, deed: ui::AccessDeed) {
    let same = |one: &&mut ui::AccessDeed| {
        (one.kind, one.is_refused) == (deed.kind, deed.is_refused) && one.about == deed.about
    };
    match deeds.iter_mut().find(same) {
        Some(one) => {
            one.count = one.count.saturating_add(deed.count);
            one.items = one.items.saturating_add(deed.items);
            one.bytes = one.bytes.saturating_add(deed.bytes);
        }
        None => deeds.push(deed),
    }
}

/// What says most stands first, and what says nothing beside other things goes.
fn shortened(mut group: ui::AccessGroup) -> ui::AccessGroup {
    let says_little = |deed: &ui::AccessDeed| {
        use ui::AccessKind::{Asset, Compared, News};
        matches!(deed.kind, Asset | Compared | News)
    };
    if !group.deeds.iter().all(says_little) {
        group.deeds.retain(|deed| !says_little(deed));
    }
    group
        .deeds
        .sort_by_key(|deed| std::cmp::Reverse((deed.is_refused, deed.bytes)));
    group.more = group.deeds.len().saturating_sub(DEEDS_MAX);
    group.deeds.truncate(DEEDS_MAX);
    group
}

fn who(row: &AccessRow) -> ui::AccessWho {
    let agent = row.agent.clone().unwrap_or_default();
    let network = row.network.clone();
    match row.who.as_str() {
        "browser" => ui::AccessWho::Browser { agent, network },
        "visitor" => ui::AccessWho::Visitor { agent, network },
        "command" => ui::AccessWho::Command,
        "node" => match (&row.identity, row.class.as_str()) {
            (Some(_), "me") => ui::AccessWho::OwnNode,
            (Some(identity), _) => {
                let name = row.name.clone().unwrap_or_default();
                ui::AccessWho::Node(person(identity.clone(), name))
            }
            (None, _) => ui::AccessWho::UnknownNode,
        },
        _ if row.class == "visitors" => ui::AccessWho::ManyVisitors,
        _ => ui::AccessWho::ManyNodes,
    }
}

fn deed(row: &AccessRow) -> ui::AccessDeed {
    let kind = kind(&row.what);
    let is_public = matches!(kind, ui::AccessKind::PublicPage | ui::AccessKind::Feed);
    ui::AccessDeed {
        kind,
        about: row.about.clone().filter(|_| is_public),
        is_refused: row.outcome != "answered" && kind != ui::AccessKind::Nothing,
        count: row.count,
        items: row.items,
        bytes: row.bytes,
    }
}

fn kind(what: &str) -> ui::AccessKind {
    match what {
        "page" => ui::AccessKind::Page,
        "public-page" => ui::AccessKind::PublicPage,
        "feed" => ui::AccessKind::Feed,
        "verb" => ui::AccessKind::Verb,
        "sign-in" => ui::AccessKind::SignIn,
        "asset" => ui::AccessKind::Asset,
        "photo" => ui::AccessKind::Photo,
        "file" => ui::AccessKind::File,
        "form" => ui::AccessKind::Form,
        "news" => ui::AccessKind::News,
        "connected" => ui::AccessKind::Connected,
        "compared" => ui::AccessKind::Compared,
        "entries-given" => ui::AccessKind::EntriesGiven,
        "entries-taken" => ui::AccessKind::EntriesTaken,
        "pictures" => ui::AccessKind::Pictures,
        "objects" => ui::AccessKind::Objects,
        "shards-taken" => ui::AccessKind::ShardsTaken,
        "shards-given" => ui::AccessKind::ShardsGiven,
        "guardianship" => ui::AccessKind::Guardianship,
        "letter" => ui::AccessKind::Letter,
        _ => ui::AccessKind::Nothing,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn row(who: &str, what: &str, to_ms: u64) -> AccessRow {
        serde_json::from_value(serde_json::json!({
            "number": 1, "from_ms": to_ms, "to_ms": to_ms, "class": "friends", "who": "node", "identity": who,
            "what": what, "outcome": "answered", "count": 1, "items": 2, "bytes": 3,
        }))
        .unwrap()
    }

    #[test]
    fn what_somebody_does_without_a_pause_is_told_together() {
        let minute = 60_000;
        let rows = vec![
            row("bob", "pictures", 100 * minute),
            row("carol", "letter", 100 * minute),
            row("bob", "entries-given", 99 * minute),
            row("bob", "entries-given", 98 * minute),
            row("bob", "compared", 98 * minute),
            row("bob", "entries-given", 60 * minute),
        ];
        let groups = groups(rows);
        let deeds = |at: usize| groups[at].deeds.iter().map(|deed| (deed.kind, deed.items));
        assert_eq!(groups.len(), 3);
        let bob = [
            (ui::AccessKind::EntriesGiven, 4),
            (ui::AccessKind::Pictures, 2),
        ];
        assert_eq!(deeds(0).collect::<Vec<_>>(), bob);
        assert_eq!(groups[0].time_ms, 100 * minute);
        let later = [(ui::AccessKind::EntriesGiven, 2)];
        assert_eq!(deeds(2).collect::<Vec<_>>(), later);
    }

    #[test]
    fn bars_are_of_whole_steps() {
        let hours = |count: usize, from: u64| AccessHours {
            from_ms: from * HOUR_MS,
            me: vec![1; count],
            friends: vec![0; count],
            visitors: vec![2; count],
            strangers: vec![0; count],
        };
        let day = bars(&hours(24, 1_000), 1);
        assert_eq!((day.len(), day[23].counts), (24, [1, 0, 2, 0]));
        // The first hours belong to a bar that is out of sight.
        let week = bars(&hours(10, 602), 6);
        assert_eq!(week[0].from_ms, 606 * HOUR_MS);
        assert_eq!(week[0].counts, [6, 0, 12, 0]);
        assert_eq!(bars(&AccessHours::default(), 24), []);
    }
}
