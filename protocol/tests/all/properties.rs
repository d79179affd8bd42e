//! Properties, each against the simplest model of it.

use std::collections::BTreeSet;

use hearth_protocol::bounds::RUN_ENTRIES_MAX;
use hearth_protocol::content::{Content, Delete};
use hearth_protocol::entry::{ENTRY_VERSION, Header, LASTING_ENTRY_VERSION, LoneEntry, Place};
use hearth_protocol::ingest::{self, IngestError};
use hearth_protocol::memory::MemoryLogs;
use hearth_protocol::message::{Have, LogHave, Message};
use hearth_protocol::root::{Claim, LogEnd, Statement, StatementSet};
use hearth_protocol::run::{Run, RunBody};
use hearth_protocol::{body, entry::EntryId, entry::LogNumber, log::Refusal};
use proptest::prelude::*;

use crate::sim::{Person, post, target};

/// A store that knows Alice's device.
fn store(alice: &Person) -> MemoryLogs {
    let mut logs = MemoryLogs::new();
    logs.add_statements(alice.id(), &[alice.certificate.to_bytes()])
        .unwrap();
    logs
}

fn written(alice: &Person, count: u64) -> MemoryLogs {
    let mut logs = store(alice);
    for n in 0..count {
        let body = body::clear(&post(&format!("post {n}")), [1; 16]).unwrap();
        logs.append(&alice.device, alice.social(), n, body).unwrap();
    }
    logs
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_log_is_a_set_however_its_parts_arrive(parts in prop::collection::vec((0u64..60, 0u64..25), 1..30)) {
        let alice = Person::new(1);
        let (source, mut copy) = (written(&alice, 60), store(&alice));
        let mut model = BTreeSet::new();
        for (lo, more) in parts {
            let (lo, hi) = (lo, (lo + more).min(59));
            let (run, _) = source.serve(&alice.social(), lo, hi).unwrap();
            let new = copy.ingest(run, &[]).unwrap();
            let new: BTreeSet<u64> = new.iter().flat_map(|&(lo, hi)| lo..=hi).collect();
            let expected: BTreeSet<u64> = (lo..=hi).filter(|seq| !model.contains(seq)).collect();
            prop_assert_eq!(new, expected);
            model.extend(lo..=hi);
            let state = copy.state(&alice.social()).unwrap();
            let missing: BTreeSet<u64> =
                state.missing(0, 70).iter().flat_map(|&(lo, hi)| lo..=hi).collect();
            let expected: BTreeSet<u64> = (0..=70).filter(|seq| !model.contains(seq)).collect();
            prop_assert_eq!(missing, expected);
            prop_assert!((0..70).all(|seq| state.holds(seq) == model.contains(&seq)));
            prop_assert!(state.ranges().windows(2).all(|pair| pair[0].hi + 1 < pair[1].lo));
        }
    }

    #[test]
    fn any_flipped_byte_is_noticed(at in any::<prop::sample::Index>(), bit in 0u8..8, anchored: bool) {
        let alice = Person::new(1);
        let (source, mut copy) = (written(&alice, 12), store(&alice));
        if anchored {
            let (run, _) = source.serve(&alice.social(), 10, 11).unwrap();
            copy.ingest(run, &[]).unwrap();
        }
        let (run, _) = source.serve(&alice.social(), 4, 9).unwrap();
        let mut bytes = run.to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(run) = Run::from_bytes(&bytes) {
            prop_assert!(copy.ingest(run, &[]).is_err());
        }
    }

    #[test]
    fn runs_and_claims_survive_the_wire(lo in 0u64..20, more in 0u64..20, ranges in prop::collection::btree_set(0u64..1000, 0..20)) {
        let alice = Person::new(1);
        let source = written(&alice, 20);
        let (run, tombstones) = source.serve(&alice.social(), lo, (lo + more).min(19)).unwrap();
        prop_assert_eq!(run.clone().chain().unwrap().to_run(), run.clone());
        prop_assert_eq!(Run::from_bytes(&run.to_bytes()).unwrap(), run.clone());
        let ranges = ranges.into_iter().map(|n| (3 * n, 3 * n + 1)).collect();
        let logs = vec![LogHave { device: alice.device.id(), log: LogNumber::SOCIAL, ranges, head: EntryId::NONE }];
        let statements = vec![alice.certificate.to_bytes()];
        let have = Have { identity: alice.id(), statements, logs };
        for message in [Message::Have(vec![have]), Message::Run { request: 3, run, tombstones }] {
            prop_assert_eq!(Message::from_bytes(&message.to_bytes()).unwrap(), message);
        }
    }

    #[test]
    fn frames_of_noise_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Message::from_bytes(&bytes);
        let mut framed = vec![0x82, bytes.first().map_or(1, |byte| byte % 9), 0x59];
        framed.extend(u16::try_from(bytes.len()).unwrap().to_be_bytes());
        framed.extend(&bytes);
        prop_assert!(Message::from_bytes(&framed).is_err() || !bytes.is_empty());
    }

    #[test]
    fn statements_merge_alike_in_any_order(order in Just((0usize..150).collect::<Vec<_>>()).prop_shuffle()) {
        let alice = Person::new(1);
        let statement = |n: usize| {
            let claim = match n % 5 {
                0 => Claim::Cut { ends: [(LogNumber::SOCIAL, LogEnd { seq: n as u64, id: EntryId::NONE })].into() },
                1 => Claim::Retire,
                _ => Claim::Certify { box_public: alice.device.box_public() },
            };
            Statement::sign(&alice.root, alice.device.id(), n as u64, claim)
        };
        let union = |order: &[usize]| {
            let mut set = StatementSet::new(alice.id());
            for &n in order {
                set.insert(statement(n)).unwrap();
            }
            set
        };
        let (a, b) = (union(&order), union(&(0..150).collect::<Vec<_>>()));
        prop_assert_eq!(a.digest(), b.digest());
        prop_assert_eq!(a, b);
    }
}

#[test]
fn a_signature_vouches_for_what_lies_below_it_and_nothing_else() {
    let alice = Person::new(1);
    let source = written(&alice, 10);
    let log = alice.social();
    let (mut run, _) = source.serve(&log, 3, 6).unwrap();
    let (other, _) = source.serve(&log, 9, 9).unwrap();
    run.items.last_mut().unwrap().signature = other.items[0].signature;
    let mut copy = store(&alice);
    let refused = copy.ingest(run, &[]).unwrap_err();
    assert!(matches!(refused, IngestError::Refused(Refusal::Signature)));
}

#[test]
fn an_unsigned_contradiction_is_its_senders_fault() {
    let alice = Person::new(1);
    let source = written(&alice, 10);
    let (mut copy, log) = (written(&alice, 5), alice.social());
    let (mut run, _) = source.serve(&log, 2, 4).unwrap();
    run.items[1].time_ms += 1;
    let refused = copy.ingest(run, &[]).unwrap_err();
    assert!(
        matches!(refused, IngestError::Refused(Refusal::Signature)),
        "{refused}"
    );
}

#[test]
fn a_hundred_thousand_entries_take_steps_in_proportion() {
    use crate::sim::World;
    const ENTRIES: u64 = 100_000;
    let (alice, bob) = (Person::new(1), Person::new(2));
    let mut world = World::new(5);
    let (a, b) = (world.home(&alice), world.home(&bob));
    let body = body::clear(&post("a"), [1; 16]).unwrap();
    let log = alice.social();
    let mut previous = EntryId::NONE;
    for first_seq in (0..ENTRIES).step_by(RUN_ENTRIES_MAX) {
        let mut run = Run {
            log,
            first_seq,
            previous,
            items: Vec::new(),
        };
        for seq in first_seq..(first_seq + RUN_ENTRIES_MAX as u64).min(ENTRIES) {
            let place = Place { log, seq };
            let header = Header {
                place,
                previous,
                time_ms: seq,
                body_hash: *blake3::hash(&body).as_bytes(),
                body_bytes: u32::try_from(body.len()).unwrap(),
                lasts: false,
            };
            let entry = header.sign(&alice.device);
            previous = entry.id();
            let one = hearth_protocol::memory::one_entry_run(&entry, body.clone());
            run.items.extend(one.items);
        }
        world.truth.signed(&run);
        world.nodes[a].logs.ingest(run, &[]).unwrap();
    }
    world.restart(a, world.nodes[a].logs.clone());
    world.care(b, alice.id());
    world.connect(a, b);
    world.settle(5_000);
    assert_eq!(world.held(b, &log), [(0, ENTRIES - 1)]);
    assert!(world.steps < 2_000, "{} steps", world.steps);
}

#[test]
fn a_delete_cannot_be_deleted_in_whatever_order_the_two_arrive() {
    let alice = Person::new(1);
    let (mut source, log) = (written(&alice, 3), alice.social());
    for seq in [1, 3] {
        let targets = vec![target(&alice, seq)];
        let delete = body::clear(&Content::Delete(Delete { targets }), [2; 16]).unwrap();
        source.append(&alice.device, log, 9, delete).unwrap();
    }
    for parts in [[(0, 2), (3, 3), (4, 4)], [(4, 4), (3, 3), (0, 2)]] {
        let mut copy = store(&alice);
        for (lo, hi) in parts {
            let (run, tombstones) = source.serve(&log, lo, hi).unwrap();
            copy.ingest(run, &tombstones).unwrap();
        }
        let bodies =
            [0, 1, 2, 3, 4].map(|seq| copy.link(&Place { log, seq }).unwrap().body.is_some());
        assert_eq!(bodies, [true, false, true, true, true]);
    }
}

/// Three posts, a body that lasts at sequence 3, a post, and a delete of all but the first.
fn with_a_lasting_body(alice: &Person) -> MemoryLogs {
    let (mut source, log) = (written(alice, 3), alice.social());
    let lasting = [&[3][..], &[7; 200]].concat();
    source.append(&alice.device, log, 4, lasting).unwrap();
    let clear = |content: &Content| body::clear(content, [2; 16]).unwrap();
    source
        .append(&alice.device, log, 5, clear(&post("and on")))
        .unwrap();
    let targets = [1, 2, 3, 4].map(|seq| target(alice, seq)).to_vec();
    let delete = clear(&Content::Delete(Delete { targets }));
    source.append(&alice.device, log, 6, delete).unwrap();
    source
}

#[test]
fn nobody_can_say_that_a_lasting_body_was_deleted() {
    let alice = Person::new(1);
    let (source, log) = (with_a_lasting_body(&alice), alice.social());
    let kept = |logs: &MemoryLogs, seq| {
        logs.link(&Place { log, seq })
            .is_some_and(|link| link.body.is_some())
    };
    assert_eq!(
        [0, 1, 3, 4, 5].map(|seq| kept(&source, seq)),
        [true, false, true, false, true]
    );
    let delete = source.link(&Place { log, seq: 5 }).unwrap().clone();
    let delete = LoneEntry {
        entry: delete.entry,
        body: delete.body.unwrap(),
    };
    assert!(ingest::effective_delete(&delete).is_some());
    // Alone, last, in the middle; to who holds nothing, and to who holds what comes before or after it.
    for (lo, hi) in [(3, 3), (0, 3), (0, 5), (2, 4)] {
        let (run, _) = source.serve(&log, lo, hi).unwrap();
        let mut claimed = run.clone();
        let item = &mut claimed.items[usize::try_from(3 - lo).unwrap()];
        let RunBody::Present(body) = &item.body else {
            panic!("a lasting body goes along");
        };
        item.body = RunBody::Gone {
            hash: *blake3::hash(body).as_bytes(),
            bytes: u32::try_from(body.len()).unwrap(),
        };
        let heights = [
            None,
            lo.checked_sub(1).map(|top| (0, top)),
            (hi < 5).then_some((hi + 1, 5)),
        ];
        for held in heights {
            let mut copy = store(&alice);
            if let Some((lo, hi)) = held {
                let (part, deletes) = source.serve(&log, lo, hi).unwrap();
                copy.ingest(part, &deletes).unwrap();
            }
            let along = [delete.clone()];
            let refused = copy.ingest(claimed.clone(), &along).unwrap_err();
            assert!(
                matches!(refused, IngestError::Refused(Refusal::Signature)),
                "{lo} to {hi}, {held:?} held: {refused}"
            );
            // Whoever offers the entry as it is says it with its body, and it stays.
            copy.ingest(run.clone(), &along).unwrap();
            assert!(
                kept(&copy, 3)
                    && copy.link(&Place { log, seq: 3 }) == source.link(&Place { log, seq: 3 })
            );
        }
    }
}

#[test]
fn a_header_says_whether_its_body_lasts() {
    let alice = Person::new(1);
    let (source, log) = (with_a_lasting_body(&alice), alice.social());
    for (seq, version) in [(0, ENTRY_VERSION), (3, LASTING_ENTRY_VERSION)] {
        let link = source.link(&Place { log, seq }).unwrap();
        let header = link.entry.header();
        assert_eq!(header.to_bytes()[1], version);
        assert_eq!(Header::from_bytes(&header.to_bytes()).as_ref(), Ok(header));
        let mut other = header.clone();
        other.lasts = !other.lasts;
        let lone = |header: &Header| LoneEntry {
            entry: header.clone().sign(&alice.device),
            body: link.body.clone().unwrap(),
        };
        assert!(lone(header).body_matches() && !lone(&other).body_matches());
        assert_ne!(lone(header).entry.id(), lone(&other).entry.id());
    }
}

#[test]
fn a_missing_body_needs_a_delete_that_names_it() {
    let alice = Person::new(1);
    let (mut source, log) = (written(&alice, 3), alice.social());
    let targets = vec![target(&alice, 1)];
    let delete = body::clear(&Content::Delete(Delete { targets }), [2; 16]).unwrap();
    source.append(&alice.device, log, 9, delete).unwrap();
    let (run, tombstones) = source.serve(&log, 0, 2).unwrap();
    assert_eq!(tombstones.len(), 1);
    let mut copy = store(&alice);
    let refused = copy.ingest(run.clone(), &[]).unwrap_err();
    assert!(matches!(refused, IngestError::BodyMissing { seq: 1 }));
    let mut forged = tombstones.clone();
    forged[0].body[5] ^= 1;
    assert!(copy.ingest(run.clone(), &forged).is_err());
    assert_eq!(copy.ingest(run, &tombstones).unwrap(), [(0, 2)]);
}
