//! Pages about one's own data with a text in every field that takes one.

use super::samples::someone;
use crate::{
    AccessBar, AccessClass, AccessDeed, AccessGroup, AccessKind, AccessPage, AccessSpan, AccessWho,
    Caller, DataPage, Health, ReachPage, ReachedFriend, Shell, StorageKind, StoragePage,
    StoragePart, StoragePledge, Way, access, data, reach, storage,
};

const KINDS: [AccessKind; 21] = [
    AccessKind::Page,
    AccessKind::PublicPage,
    AccessKind::Feed,
    AccessKind::Verb,
    AccessKind::SignIn,
    AccessKind::Asset,
    AccessKind::Photo,
    AccessKind::File,
    AccessKind::Form,
    AccessKind::Nothing,
    AccessKind::News,
    AccessKind::Connected,
    AccessKind::Compared,
    AccessKind::EntriesGiven,
    AccessKind::EntriesTaken,
    AccessKind::Pictures,
    AccessKind::Objects,
    AccessKind::ShardsTaken,
    AccessKind::ShardsGiven,
    AccessKind::Guardianship,
    AccessKind::Letter,
];
const STORED: [StorageKind; 9] = [
    StorageKind::Objects,
    StorageKind::OwnLogs,
    StorageKind::OthersLogs,
    StorageKind::Index,
    StorageKind::PhotoCache,
    StorageKind::Shards,
    StorageKind::AccessLog,
    StorageKind::Aside,
    StorageKind::Rest,
];

pub(super) fn pages(text: &str, shell: &Shell) -> Vec<(&'static str, String)> {
    let begin = DataPage {
        health: Health::Nobody,
        asked_today: Some(1),
        connected: 1,
        devices: 1,
        sessions: 1,
    };
    let unnoted = DataPage {
        asked_today: None,
        ..begin.clone()
    };
    vec![
        ("data", data(shell, &begin)),
        ("data without a log", data(shell, &unnoted)),
        ("access", access(shell, &asked(text, AccessSpan::Day))),
        (
            "access by days",
            access(shell, &asked(text, AccessSpan::Month)),
        ),
        (
            "access of some",
            access(
                shell,
                &AccessPage {
                    whose: Some(AccessClass::Friends),
                    groups: vec![],
                    next: None,
                    is_further: true,
                    ..asked(text, AccessSpan::Week)
                },
            ),
        ),
        (
            "access switched off",
            access(
                shell,
                &AccessPage {
                    days: 0,
                    ..asked(text, AccessSpan::Day)
                },
            ),
        ),
        ("reach", reach(shell, &reached(text))),
        (
            "reach by nobody",
            reach(
                shell,
                &ReachPage {
                    from_afar: None,
                    from_near: None,
                    public_url: None,
                    friends: vec![],
                    ..reached(text)
                },
            ),
        ),
        (
            "reach on one's own network",
            reach(
                shell,
                &ReachPage {
                    from_afar: None,
                    by_name_ms: None,
                    days: 0,
                    ..reached(text)
                },
            ),
        ),
        ("storage", storage(shell, &stored(text))),
        (
            "storage without pledges",
            storage(
                shell,
                &StoragePage {
                    pledges: vec![],
                    is_cut: false,
                    ..stored(text)
                },
            ),
        ),
    ]
}

fn asked(text: &str, span: AccessSpan) -> AccessPage {
    let some = || Some(text.to_owned());
    let deed = |kind, is_refused, count| AccessDeed {
        kind,
        about: some(),
        is_refused,
        count,
        items: count,
        bytes: 1,
    };
    let group = |who| AccessGroup {
        who,
        time_ms: 0,
        deeds: vec![deed(AccessKind::Page, false, 1)],
        more: 1,
    };
    let mut groups: Vec<AccessGroup> = [
        AccessWho::Browser {
            agent: text.into(),
            network: None,
        },
        AccessWho::Visitor {
            agent: text.into(),
            network: some(),
        },
        AccessWho::Command,
        AccessWho::OwnNode,
        AccessWho::UnknownNode,
        AccessWho::ManyVisitors,
        AccessWho::ManyNodes,
    ]
    .map(group)
    .into();
    groups.extend(KINDS.map(|kind| AccessGroup {
        deeds: vec![deed(kind, false, 1), deed(kind, true, 7)],
        ..group(AccessWho::Node(someone(text)))
    }));
    AccessPage {
        span,
        whose: None,
        days: 30,
        choices: vec![30, 7, 0],
        bars: vec![
            AccessBar {
                from_ms: 0,
                counts: [1, 2, 3, 4],
            },
            AccessBar {
                from_ms: 3_600_000,
                counts: [0; 4],
            },
        ],
        groups,
        next: some(),
        is_further: false,
    }
}

fn reached(text: &str) -> ReachPage {
    let friend = |way| ReachedFriend {
        person: someone(text),
        way,
        seen_ms: Some(0),
    };
    let way = |dialled_here, is_near| {
        friend(Some(Way {
            transport: text.into(),
            dialled_here,
            is_near,
            since_ms: 0,
        }))
    };
    let unknown = ReachedFriend {
        seen_ms: None,
        ..friend(None)
    };
    ReachPage {
        addresses: vec![text.into()],
        ports: vec![1, 2],
        public_url: Some(text.into()),
        by_name_ms: Some(0),
        from_afar: Some(Caller {
            person: Some(someone(text)),
            time_ms: 0,
        }),
        from_near: Some(Caller {
            person: None,
            time_ms: 0,
        }),
        days: 30,
        friends: vec![
            way(true, true),
            way(true, false),
            way(false, true),
            way(false, false),
            friend(None),
            unknown,
        ],
    }
}

fn stored(text: &str) -> StoragePage {
    let part = |kind| StoragePart { kind, bytes: 1 };
    let pledge = |pledged| StoragePledge {
        person: someone(text),
        used: 1,
        pledged,
    };
    StoragePage {
        bytes: 9,
        free: 1,
        parts: STORED.map(part).into(),
        pledges: vec![pledge(2), pledge(0)],
        photo_cache_max: 1,
        access_max: 1,
        is_cut: true,
    }
}
