//! Samples of the pages about one's own data.

use crate::samples::{MINUTE_MS, named, now_ms, quiet_shell};
use hearth_web_ui::{
    AccessBar, AccessClass, AccessDeed, AccessGroup, AccessKind, AccessPage, AccessSpan, AccessWho,
    Caller, DataPage, Health, ReachPage, ReachedFriend, StorageKind, StoragePage, StoragePart,
    StoragePledge, Way, access, data, reach, storage,
};

const HOUR_MS: u64 = 60 * MINUTE_MS;
const GB: u64 = 1_000_000_000;

pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let shell = quiet_shell();
    let off = AccessPage {
        days: 0,
        ..asked(AccessSpan::Day)
    };
    let nobody = AccessPage {
        groups: vec![],
        whose: Some(AccessClass::Strangers),
        bars: bars(AccessSpan::Week, |_| [0; 4]),
        ..asked(AccessSpan::Week)
    };
    vec![
        (
            "data.html",
            data(
                &shell,
                &DataPage {
                    health: Health::Safe {
                        losses: 3,
                        friends: 5,
                        is_complete: true,
                    },
                    asked_today: Some(1_248),
                    connected: 4,
                    devices: 2,
                    sessions: 3,
                },
            ),
        ),
        ("access.html", access(&shell, &asked(AccessSpan::Day))),
        (
            "access-month.html",
            access(&shell, &asked(AccessSpan::Month)),
        ),
        ("access-nobody.html", access(&shell, &nobody)),
        ("access-off.html", access(&shell, &off)),
        ("reach.html", reach(&shell, &reached())),
        ("reach-nobody.html", reach(&shell, &unreached())),
        ("storage.html", storage(&shell, &stored())),
    ]
}

fn bars(span: AccessSpan, counts: impl Fn(u64) -> [u64; 4]) -> Vec<AccessBar> {
    let (hours, each) = span.hours();
    let count = hours / each;
    let bar = |at: u64| AccessBar {
        from_ms: now_ms() / HOUR_MS * HOUR_MS - (count - 1 - at) * each * HOUR_MS,
        counts: counts(at),
    };
    (0..count).map(bar).collect()
}

fn asked(span: AccessSpan) -> AccessPage {
    let wave = |at: u64| {
        let awake = (at + 3) % 24 / 6;
        [
            awake * 17 + at % 5,
            9 + at * 7 % 13,
            if at % 9 == 4 { 64 } else { at % 4 * 3 },
            at % 3,
        ]
    };
    let deed = |kind, count, items, bytes| AccessDeed {
        kind,
        about: None,
        is_refused: false,
        count,
        items,
        bytes,
    };
    let group = |who, minutes: u64, deeds| AccessGroup {
        who,
        time_ms: now_ms() - minutes * MINUTE_MS,
        deeds,
        more: 0,
    };
    let firefox = || "Firefox on Linux".to_owned();
    AccessPage {
        span,
        whose: None,
        days: 30,
        choices: vec![30, 7, 0],
        bars: bars(span, wave),
        groups: vec![
            group(
                AccessWho::Browser {
                    agent: firefox(),
                    network: None,
                },
                0,
                vec![
                    deed(AccessKind::Page, 7, 0, 90_000),
                    deed(AccessKind::Form, 1, 0, 0),
                ],
            ),
            group(
                AccessWho::Node(named("Bob")),
                4,
                vec![
                    deed(AccessKind::EntriesGiven, 2, 12, 4_700),
                    deed(AccessKind::Pictures, 9, 9, 3_400_000),
                ],
            ),
            group(
                AccessWho::Visitor {
                    agent: "Safari on iPhone".into(),
                    network: Some("203.0.113.0/24".into()),
                },
                17,
                vec![AccessDeed {
                    about: Some(
                        "/@alice/3fa9c0d1e2b3a4953fa9c0d1e2b3a4953fa9c0d1e2b3a4953fa9c0d1e2b3a495"
                            .into(),
                    ),
                    ..deed(AccessKind::PublicPage, 2, 0, 18_000)
                }],
            ),
            group(
                AccessWho::Visitor {
                    agent: "python-requests".into(),
                    network: None,
                },
                44,
                vec![
                    AccessDeed {
                        is_refused: true,
                        ..deed(AccessKind::SignIn, 12, 0, 0)
                    },
                    deed(AccessKind::Nothing, 212, 0, 0),
                ],
            ),
            group(
                AccessWho::Node(named("Dan of the very long name that goes on and on")),
                190,
                vec![deed(AccessKind::ShardsTaken, 31, 31, 260_000_000)],
            ),
            group(
                AccessWho::Command,
                240,
                vec![deed(AccessKind::Verb, 3, 0, 0)],
            ),
            group(
                AccessWho::UnknownNode,
                1_000,
                vec![deed(AccessKind::Connected, 1, 0, 0)],
            ),
        ],
        next: Some("/access?span=day&before=17".into()),
        is_further: false,
    }
}

fn reached() -> ReachPage {
    let way = |transport: &str, dialled_here, is_near| Way {
        transport: transport.into(),
        dialled_here,
        is_near,
        since_ms: now_ms() - 3 * HOUR_MS,
    };
    let friend = |name, way, seen_ms| ReachedFriend {
        person: named(name),
        way,
        seen_ms,
    };
    ReachPage {
        addresses: vec![
            "/ip4/192.0.2.7/tcp/4747/p2p/12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X".into(),
            "/ip4/192.0.2.7/udp/4747/quic-v1/p2p/12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X".into(),
        ],
        ports: vec![4747],
        public_url: Some("https://alice.example".into()),
        by_name_ms: Some(now_ms() - 17 * MINUTE_MS),
        from_afar: Some(Caller {
            person: Some(named("Bob")),
            time_ms: now_ms() - 2 * HOUR_MS,
        }),
        from_near: Some(Caller {
            person: None,
            time_ms: now_ms() - 26 * HOUR_MS,
        }),
        days: 30,
        friends: vec![
            friend("Bob", Some(way("QUIC", true, false)), None),
            friend("Carol", Some(way("TCP", false, true)), None),
            friend("Dan of the very long name that goes on and on", None, Some(now_ms() - 50 * HOUR_MS)),
            friend("Erin", None, None),
        ],
    }
}

fn unreached() -> ReachPage {
    ReachPage {
        public_url: None,
        from_afar: None,
        from_near: None,
        ..reached()
    }
}

fn stored() -> StoragePage {
    let part = |kind, bytes| StoragePart { kind, bytes };
    let parts = vec![
        part(StorageKind::Objects, 14 * GB),
        part(StorageKind::Shards, 6_200_000_000),
        part(StorageKind::PhotoCache, 1_400_000_000),
        part(StorageKind::Index, 310_000_000),
        part(StorageKind::OthersLogs, 180_000_000),
        part(StorageKind::OwnLogs, 21_000_000),
        part(StorageKind::AccessLog, 3_100_000),
        part(StorageKind::Rest, 64_000),
    ];
    let pledge = |name, used, pledged| StoragePledge {
        person: named(name),
        used,
        pledged,
    };
    StoragePage {
        bytes: parts.iter().map(|part| part.bytes).sum(),
        free: 180 * GB,
        parts,
        pledges: vec![
            pledge("Bob", 5 * GB, 20 * GB),
            pledge("Carol", 1_200_000_000, 5 * GB),
        ],
        photo_cache_max: 2 << 30,
        access_max: 16 << 20,
        is_cut: false,
    }
}
