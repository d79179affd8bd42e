//! What owners and guardians say: one form each, bounded, and signed by who may ask.

use hearth_keys::{DeviceId, DeviceKeys, Identity, Phrase, Root};
use hearth_protocol::bounds::{
    ATTESTED_ROOTS_MAX, KEPT_BYTES_MAX, LISTED_ITEMS_MAX, PART_BYTES_MAX, RELEASE_IDS_MAX,
};
use hearth_protocol::entry::{EntryId, LogNumber};
use hearth_protocol::guardian::{
    Attested, AttestedLog, AttestedRoot, Claim, ClaimError, GuardMessage, Listed, Outcome, Part,
    Pledged, Release, ShardKind, Terms, Ticket, TicketError, is_guard_frame,
};
use hearth_protocol::message::Message;
use hearth_protocol::root::{Claim as Word, Statement, StatementSet};
use hearth_protocol::weight::signatures_max;
use proptest::prelude::*;

const WORDS: &str = "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote";
const FROM: &[u8] = b"a peer";
const TO: &[u8] = b"another";

fn root() -> Root {
    Phrase::parse(WORDS).unwrap().root()
}

fn device(seed: u8) -> DeviceKeys {
    DeviceKeys::from_bytes(&[seed; 64])
}

fn certified(device: &DeviceKeys) -> StatementSet {
    let box_public = device.box_public();
    said(&[(device.id(), Word::Certify { box_public })])
}

fn said(words: &[(DeviceId, Word)]) -> StatementSet {
    let mut set = StatementSet::new(root().identity());
    for (device, word) in words {
        let statement = Statement::sign(&root(), *device, 7, word.clone());
        set.insert(statement).unwrap();
    }
    set
}

fn unknown() -> StatementSet {
    StatementSet::new(root().identity())
}

/// The claim as the other side reads it.
fn read(claim: Claim) -> Claim {
    let frame = GuardMessage::Claim(claim).to_bytes();
    match GuardMessage::from_bytes(&frame).unwrap() {
        GuardMessage::Claim(claim) => claim,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_claim_holds_between_its_two_peers_alone() {
    let claim = read(Claim::sign(&device(1), &certified(&device(1)), FROM, TO, 9));
    assert_eq!(
        claim.verify(FROM, TO, &unknown()),
        Ok(certified(&device(1)))
    );
    for (from, to) in [(TO, FROM), (FROM, FROM), (FROM, &TO[1..])] {
        assert_eq!(
            claim.verify(from, to, &unknown()),
            Err(ClaimError::Elsewhere)
        );
    }
}

#[test]
fn a_device_that_was_cut_claims_nothing_whatever_it_leaves_out() {
    let thief = device(1);
    let claim = read(Claim::sign(&thief, &certified(&thief), FROM, TO, 9));
    let cut = Word::Cut {
        ends: std::collections::BTreeMap::new(),
    };
    assert_eq!(
        claim.verify(FROM, TO, &said(&[(thief.id(), cut)])),
        Err(ClaimError::Unsigned)
    );
    // One that was only retired may fetch what it left.
    let retired = said(&[(thief.id(), Word::Retire)]);
    assert!(claim.verify(FROM, TO, &retired).is_ok());
}

#[test]
fn a_device_that_nobody_certified_claims_nothing() {
    let claim = read(Claim::sign(&device(2), &certified(&device(1)), FROM, TO, 9));
    assert_eq!(
        claim.verify(FROM, TO, &unknown()),
        Err(ClaimError::Unsigned)
    );
}

#[test]
fn claims_cost_what_they_weigh() {
    let claim = GuardMessage::Claim(Claim::sign(&device(1), &certified(&device(1)), FROM, TO, 9));
    assert!(signatures_max(&claim.to_bytes()) >= 2);
    assert_eq!(
        signatures_max(&GuardMessage::Absent { request: 1 }.to_bytes()),
        0
    );
}

#[test]
fn frames_of_replication_are_told_apart() {
    assert!(!is_guard_frame(&Message::Missing { request: 7 }.to_bytes()));
    assert!(!is_guard_frame(&[]));
    assert!(!is_guard_frame(&[0x82, 0x18]));
    assert!(!is_guard_frame(&[0x82, 0x18, 64]));
}

fn terms(bytes: &[u8]) -> Terms {
    Terms {
        owner: root().identity(),
        guardian: Identity::from_bytes([5; 32]),
        id: *blake3::hash(bytes).as_bytes(),
        bytes: u32::try_from(bytes.len()).unwrap(),
        kind: ShardKind::Page,
        number: 3,
        generation: 2,
        expires_ms: 1_000,
    }
}

#[test]
fn a_ticket_names_its_bytes_and_nothing_else() {
    let ticket = Ticket::sign(&device(1), terms(b"sealed"));
    assert_eq!(ticket.verify(), Ok(()));
    assert_eq!(ticket.check(b"sealed"), Ok(()));
    assert_eq!(ticket.check(b"sealed!"), Err(TicketError::Length));
    assert_eq!(ticket.check(b"sealeD"), Err(TicketError::Hash));
    let bytes = ticket.to_bytes();
    assert_eq!(Ticket::from_bytes(&bytes), Ok(ticket));
    for at in 0..bytes.len() {
        let mut bent = bytes.clone();
        bent[at] ^= 1;
        let holds = Ticket::from_bytes(&bent).is_ok_and(|bent| bent.verify().is_ok());
        assert!(!holds, "byte {at}");
    }
}

#[test]
fn what_is_beyond_its_bounds_is_refused() {
    let empty = Terms {
        bytes: 0,
        ..terms(b"")
    };
    let long = Terms {
        bytes: KEPT_BYTES_MAX + 1,
        ..terms(b"")
    };
    for terms in [empty, long] {
        let ticket = Ticket::sign(&device(1), terms);
        assert!(Ticket::from_bytes(&ticket.to_bytes()).is_err());
    }
    let part = |offset, length| {
        let bytes = vec![7; length];
        let request = 1;
        let part = Part {
            request,
            offset,
            bytes,
        };
        GuardMessage::from_bytes(&GuardMessage::Part(part).to_bytes())
    };
    assert!(part(0, PART_BYTES_MAX).is_ok());
    assert!(part(0, 0).is_err());
    assert!(part(0, PART_BYTES_MAX + 1).is_err());
    assert!(part(KEPT_BYTES_MAX, 1).is_err());
    assert!(part(u32::MAX, 1).is_err());
    let numberless = GuardMessage::Absent { request: 0 };
    assert!(GuardMessage::from_bytes(&numberless.to_bytes()).is_err());
    assert_eq!(
        Release::sign(&device(1), root().identity(), root().identity(), 1, &[]),
        None
    );
}

fn id() -> impl Strategy<Value = [u8; 32]> {
    any::<[u8; 32]>()
}

fn identity() -> impl Strategy<Value = Identity> {
    id().prop_map(Identity::from_bytes)
}

fn kind() -> impl Strategy<Value = ShardKind> {
    prop::sample::select(vec![ShardKind::Shard, ShardKind::Page, ShardKind::Root])
}

fn listed() -> impl Strategy<Value = Vec<Listed>> {
    let item = (id(), kind(), 0..1_u64 << 40, 1..=KEPT_BYTES_MAX);
    prop::collection::vec(item, 0..20).prop_map(|items| {
        let mut items: Vec<Listed> = items
            .into_iter()
            .map(|(id, kind, number, bytes)| Listed {
                id,
                kind,
                number,
                bytes,
            })
            .collect();
        items.sort_by_key(|item| item.id);
        items.dedup_by_key(|item| item.id);
        items
    })
}

fn attested() -> impl Strategy<Value = Attested> {
    let log =
        (id(), any::<u32>(), any::<u32>(), id()).prop_map(|(device, log, seq, id)| AttestedLog {
            device: DeviceId::from_bytes(device),
            log: LogNumber::new(u64::from(log)).unwrap(),
            seq: seq.into(),
            id: EntryId::from_bytes(id),
        });
    let root = (any::<u32>(), id(), 1..=KEPT_BYTES_MAX);
    let root = root.prop_map(|(number, id, bytes)| AttestedRoot {
        number: number.into(),
        id,
        bytes,
    });
    let logs = prop::collection::vec(log, 0..4);
    (logs, prop::collection::vec(root, 0..=ATTESTED_ROOTS_MAX))
        .prop_map(|(logs, roots)| Attested { logs, roots })
}

fn message() -> impl Strategy<Value = GuardMessage> {
    let request = || 1..=u32::MAX;
    let outcome = prop::sample::select(vec![
        Outcome::Stored,
        Outcome::NoPledge,
        Outcome::OverQuota,
        Outcome::Busy,
        Outcome::Mismatch,
        Outcome::Failed,
    ]);
    let pledged = (
        identity(),
        identity(),
        any::<u64>(),
        any::<u64>(),
        any::<Option<u32>>(),
    );
    let part = (
        request(),
        0..1_u32 << 20,
        prop::collection::vec(any::<u8>(), 1..2000),
    )
        .prop_map(|(request, offset, bytes)| Part {
            request,
            offset,
            bytes,
        });
    let get = (request(), identity(), id(), 0..1_u32 << 20, 1..1_u32 << 20);
    let ids = prop::collection::vec(id(), 1..30);
    prop_oneof![
        pledged.prop_map(|(owner, guardian, bytes, used, ends)| {
            let ends_ms = ends.map(u64::from);
            GuardMessage::Pledged(Pledged {
                owner,
                guardian,
                bytes,
                used,
                ends_ms,
            })
        }),
        (
            request(),
            prop::collection::vec(any::<u8>(), 1..100),
            kind()
        )
            .prop_map(|(request, bytes, kind)| {
                let ticket = Ticket::sign(
                    &device(1),
                    Terms {
                        kind,
                        ..terms(&bytes)
                    },
                );
                GuardMessage::Put { request, ticket }
            }),
        part.clone().prop_map(GuardMessage::Part),
        part.prop_map(GuardMessage::Piece),
        (request(), outcome).prop_map(|(request, outcome)| GuardMessage::Done { request, outcome }),
        get.prop_map(|(request, owner, id, offset, length)| GuardMessage::Get {
            request,
            owner,
            id,
            offset,
            length
        }),
        request().prop_map(|request| GuardMessage::Absent { request }),
        (request(), identity(), any::<Option<[u8; 32]>>()).prop_map(|(request, owner, after)| {
            GuardMessage::List {
                request,
                owner,
                after,
            }
        }),
        (request(), listed(), any::<bool>()).prop_map(|(request, items, more)| {
            GuardMessage::Listed {
                request,
                items,
                more,
            }
        }),
        (request(), identity(), any::<u32>(), ids).prop_map(|(request, guardian, time_ms, ids)| {
            let owner = root().identity();
            let release = Release::sign(&device(1), owner, guardian, time_ms.into(), &ids).unwrap();
            assert_eq!(release.verify(), Ok(()));
            GuardMessage::Release { request, release }
        }),
        (request(), identity())
            .prop_map(|(request, identity)| GuardMessage::Attest { request, identity }),
        (request(), attested())
            .prop_map(|(request, attested)| GuardMessage::Attested { request, attested }),
        (request(), identity(), any::<[u8; 32]>())
            .prop_map(|(request, owner, id)| GuardMessage::Fetch { request, owner, id }),
        (request(), 1..=KEPT_BYTES_MAX)
            .prop_map(|(request, bytes)| GuardMessage::Coming { request, bytes }),
        any::<u32>().prop_map(|time_ms| {
            GuardMessage::Claim(Claim::sign(
                &device(1),
                &certified(&device(1)),
                FROM,
                TO,
                time_ms.into(),
            ))
        }),
    ]
}

proptest! {
    #[test]
    fn every_message_has_one_form(message in message()) {
        let frame = message.to_bytes();
        prop_assert!(is_guard_frame(&frame));
        prop_assert_eq!(GuardMessage::from_bytes(&frame), Ok(message));
        prop_assert!(Message::from_bytes(&frame).is_err(), "replication doesn't take it for its own");
    }

    #[test]
    fn whatever_is_read_is_written_the_same(message in message(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut frame = message.to_bytes();
        let at = at.index(frame.len());
        frame[at] = byte;
        if let Ok(bent) = GuardMessage::from_bytes(&frame) {
            prop_assert_eq!(bent.to_bytes(), frame);
        }
    }
}

#[test]
fn the_longest_lists_fit_a_frame() {
    let id = |number: usize| *blake3::hash(&number.to_be_bytes()).as_bytes();
    let mut items: Vec<Listed> = (0..LISTED_ITEMS_MAX)
        .map(|number| Listed {
            id: id(number),
            kind: ShardKind::Shard,
            number: 1 << 39,
            bytes: KEPT_BYTES_MAX,
        })
        .collect();
    items.sort_by_key(|item| item.id);
    let (request, more) = (u32::MAX, true);
    let listed = GuardMessage::Listed {
        request,
        items,
        more,
    };
    assert_eq!(GuardMessage::from_bytes(&listed.to_bytes()), Ok(listed));
    let ids: Vec<_> = (0..2 * RELEASE_IDS_MAX).map(id).collect();
    let owner = root().identity();
    let release = Release::sign(&device(1), owner, owner, 1, &ids).unwrap();
    assert_eq!(release.ids().len(), RELEASE_IDS_MAX);
    let message = GuardMessage::Release { request, release };
    assert_eq!(GuardMessage::from_bytes(&message.to_bytes()), Ok(message));
}
