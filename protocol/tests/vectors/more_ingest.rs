//! More runs that meet a store: deletes by others, deletes that only a successor vouches for, bounds that come late, and
//! headers out of bounds.

use std::collections::BTreeMap;

use hearth_keys::{DeviceKeys, Root, Signature, SpaceKey};
use hearth_protocol::body;
use hearth_protocol::content::{Content, Delete, Target};
use hearth_protocol::entry::{Entry, EntryId, Header, LogKey, LogNumber, LoneEntry, Place};
use hearth_protocol::memory::one_entry_run;
use hearth_protocol::root::{Claim, Statement};
use hearth_protocol::run::{Run, RunItem};

use crate::case::File;
use crate::make_ingest::{
    Store, branch, cut_at, story, tombstone, with_bad_signature_at, without_body,
};
use crate::people::{
    alice, alices_log, alices_place, bob, certificate, chain, device, entry_with_body, part, post,
    rng, with_a_step,
};

pub(crate) fn add(file: &mut File) {
    if file.format == "ingest" {
        accepted(file);
        refused(file);
    }
}

/// An entry in the first place of a log that says this, by whoever has the device.
fn first_entry(root: &Root, device: &DeviceKeys, log: LogNumber, body: Vec<u8>) -> LoneEntry {
    let log = LogKey {
        identity: root.identity(),
        device: device.id(),
        log,
    };
    let header = Header {
        place: Place { log, seq: 0 },
        previous: EntryId::NONE,
        time_ms: 7,
        body_hash: *blake3::hash(&body).as_bytes(),
        body_bytes: u32::try_from(body.len()).unwrap(),
        lasts: body::is_lasting(&body),
    };
    LoneEntry {
        entry: header.sign(device),
        body,
    }
}

fn delete_of(targets: &[Place]) -> Content {
    Content::Delete(Delete {
        targets: targets.iter().copied().map(Target::from).collect(),
    })
}

fn delete_body(targets: &[Place]) -> Vec<u8> {
    body::clear(&delete_of(targets), [4; 16]).unwrap()
}

/// One post somewhere in Alice's log, nothing known of its neighbours.
fn alone(seq: u64) -> Run {
    let body = body::clear(&post("."), [4; 16]).unwrap();
    let header = Header {
        place: alices_place(seq),
        previous: EntryId::from_bytes([9; 32]),
        time_ms: 7,
        body_hash: *blake3::hash(&body).as_bytes(),
        body_bytes: u32::try_from(body.len()).unwrap(),
        lasts: body::is_lasting(&body),
    };
    one_entry_run(&header.sign(&device(1)), body)
}

/// A delete of sequence 1 of Alice's log, first in the social log of another of her devices.
fn by_device(number: u8) -> LoneEntry {
    first_entry(
        &alice(),
        &device(number),
        LogNumber::SOCIAL,
        delete_body(&[alices_place(1)]),
    )
}

/// Sequences 0 to 3 of the story, the second body gone.
fn deleted() -> Run {
    without_body(part(&story(), 0, 3), 1)
}

/// The story and a post behind, so that a successor vouches for the delete, whose own signature is bad.
fn vouched_delete() -> Run {
    let mut contents: Vec<_> = (0..5).map(|n| post(&format!("post {n}"))).collect();
    contents.extend([delete_of(&[alices_place(1)]), post("post 6")]);
    let whole = chain(&contents);
    let mut run = part(&whole, 0, 5);
    run.items[5].signature = Signature::from_bytes([7; 64]);
    let vouched = run.clone().chain().unwrap().last().clone();
    let mut header = crate::people::entry(&whole, 6).header().clone();
    header.previous = vouched.id();
    run.items.push(RunItem {
        signature: *header.sign(&device(1)).signature(),
        ..whole.items[6].clone()
    });
    run
}

fn certifies(number: u8) -> Statement {
    certificate(&alice(), &device(number))
}

fn knows(mut store: Store, statement: Statement) -> Store {
    store.statements.push(statement);
    store
}

/// A cut of Alice's second device, with these ends.
fn cuts_second(ends: &[(u64, EntryId)]) -> Statement {
    let end = |&(seq, id)| (LogNumber::SOCIAL, hearth_protocol::root::LogEnd { seq, id });
    let ends: BTreeMap<_, _> = ends.iter().map(end).collect();
    Statement::sign(&alice(), device(2).id(), 9, Claim::Cut { ends })
}

fn accepted(file: &mut File) {
    let run = story();
    let second = || knows(Store::new(), certifies(2));
    let by_second = by_device(2);
    let cut_there = cuts_second(&[(0, by_second.entry.id())]);
    let both = first_entry(
        &alice(),
        &device(2),
        LogNumber::SOCIAL,
        delete_body(&[alices_place(1), alices_place(5)]),
    );
    let own = first_entry(
        &alice(),
        &device(2),
        LogNumber::OWN,
        delete_body(&[alices_place(1)]),
    );
    let forked = || Store::new().forked();
    let cases = [
        (
            "a body gone, deleted by another device",
            second().with(&by_second),
            deleted(),
        ),
        (
            "a body gone, deleted in another device's own log",
            second().with(&own),
            deleted(),
        ),
        (
            "a body gone, its delete where a cut ends another device",
            knows(second(), cut_there).with(&by_second),
            deleted(),
        ),
        (
            "what else a delete names that came along has no effect yet",
            second().holds(part(&run, 4, 4)).with(&both),
            deleted(),
        ),
        (
            "a body gone that a delete in the same run names, which came along too",
            Store::new().with(&tombstone(&run)),
            without_body(run.clone(), 1),
        ),
        (
            "a delete that only its successor vouches for deletes nothing",
            Store::new(),
            vouched_delete(),
        ),
        (
            "either branch of a forked log of which nothing is held",
            forked(),
            part(&branch(2), 0, 4),
        ),
        (
            "a cut that came late: what lay beyond is dropped",
            Store::new()
                .holds(part(&run, 0, 4))
                .says_later(cut_at(2, &run)),
            part(&run, 0, 1),
        ),
        (
            "a cut that came late, on another branch: nothing of it is kept",
            Store::new().holds(branch(2)).says_later(cut_at(3, &run)),
            part(&run, 2, 3),
        ),
        (
            "retired late: what was held stays",
            Store::new()
                .holds(part(&run, 0, 1))
                .says_later(Claim::Retire),
            part(&run, 2, 3),
        ),
        (
            "trimmed at the cut, and what is left is held",
            Store::new().says(cut_at(3, &run)).holds(part(&run, 0, 3)),
            part(&run, 2, 5),
        ),
    ];
    for (name, store, run) in cases.into_iter().chain(steps()) {
        file.valid(name, store.given(), &run.to_bytes());
    }
}

/// A step of a shared space, its body there whatever a delete says.
fn steps() -> [(&'static str, Store, Run); 3] {
    let run = with_a_step();
    let delete = entry_with_body(&run, 2);
    [
        (
            "a delete that names a lasting body",
            Store::new(),
            run.clone(),
        ),
        (
            "a lasting body, a delete of it held",
            Store::new().holds(part(&run, 2, 3)),
            part(&run, 0, 1),
        ),
        (
            "a lasting body, a delete of it came along",
            Store::new().with(&delete),
            part(&run, 0, 1),
        ),
    ]
}

/// The same step said to be gone.
fn steps_without_bodies() -> Vec<Case> {
    let run = with_a_step();
    let delete = entry_with_body(&run, 2);
    let case = |name, reason, store, run| (name, reason, "Signature", store, without_body(run, 1));
    vec![
        case(
            "a lasting body said to be gone, its delete came along",
            "its header has another version than the one signed",
            Store::new().with(&delete),
            part(&run, 0, 1),
        ),
        case(
            "a lasting body said to be gone, its delete in the run as well",
            "every id behind it changes, and the last signature is of other bytes",
            Store::new().with(&delete),
            run.clone(),
        ),
        case(
            "a lasting body said to be gone, its delete held",
            "its successor names another entry",
            Store::new().holds(part(&run, 2, 3)),
            part(&run, 0, 1),
        ),
    ]
}

type Case = (&'static str, &'static str, &'static str, Store, Run);

fn refused(file: &mut File) {
    let cases = others_deletes()
        .into_iter()
        .chain(no_deletes())
        .chain(steps_without_bodies())
        .chain(chains());
    for (name, reason, error, store, run) in cases {
        file.invalid(name, (reason, error), store.given(), &run.to_bytes());
    }
}

/// Deletes of what one doesn't own, or may not speak for any longer.
fn others_deletes() -> Vec<Case> {
    let second = || knows(Store::new(), certifies(2));
    let body = || delete_body(&[alices_place(1)]);
    let bobs = first_entry(&bob(), &device(3), LogNumber::SOCIAL, body());
    let by_second = by_device(2);
    let elsewhere = EntryId::from_bytes([9; 32]);
    let missing = |name, reason, store: Store| (name, reason, "BodyMissing", store, deleted());
    let cut = |name, reason, store: Store| (name, reason, "Cut", store, deleted());
    vec![
        missing(
            "a body gone, deleted by somebody else",
            "Bob deletes what is his",
            Store::new().with(&bobs),
        ),
        missing(
            "a body gone, deleted by a device that nobody certified",
            "it doesn't speak for Alice",
            Store::new().with(&by_device(2)),
        ),
        cut(
            "a body gone, deleted by a device that was cut off from that log",
            "the cut doesn't name the log",
            knows(second(), cuts_second(&[])).with(&by_second),
        ),
        cut(
            "a body gone, its delete not the one where a cut ends another device",
            "the cut names another entry",
            knows(second(), cuts_second(&[(0, elsewhere)])).with(&by_second),
        ),
    ]
}

/// What says nothing about the body that is gone.
fn no_deletes() -> Vec<Case> {
    let run = story();
    let good = tombstone(&run);
    let missing = |name, reason, store: Store| (name, reason, "BodyMissing", store, deleted());
    let of = |targets: &[Place]| {
        let entry = first_entry(&alice(), &device(1), LogNumber::OWN, delete_body(targets));
        Store::new().with(&entry)
    };
    let mut other_log = alices_place(1);
    other_log.log.log = LogNumber::OWN;
    let mut swapped = good.clone();
    swapped.body = delete_body(&[alices_place(0), alices_place(1)]);
    let key = SpaceKey::from_bytes([8; 32]);
    let sealed = body::seal(
        &delete_of(&[alices_place(1)]),
        &key,
        &alices_place(0),
        &mut rng(),
    )
    .unwrap();
    let sealed = first_entry(&alice(), &device(1), LogNumber::OWN, sealed);
    let unsigned = LoneEntry {
        entry: Entry::new(good.entry.header().clone(), Signature::from_bytes([7; 64])),
        body: good.body.clone(),
    };
    vec![
        missing(
            "a body gone, another deleted",
            "the delete names sequence 2",
            of(&[alices_place(2)]),
        ),
        missing(
            "a body gone, the same place of another log deleted",
            "the delete names log 1",
            of(&[other_log]),
        ),
        missing(
            "a body gone, its delete with another body",
            "the header names another body",
            Store::new().with(&swapped),
        ),
        missing(
            "a body gone, its delete sealed",
            "a delete is clear",
            Store::new().with(&sealed),
        ),
        missing(
            "a body gone, its delete unsigned",
            "its own signature doesn't verify",
            Store::new().with(&unsigned),
        ),
        missing(
            "a body gone, its delete held but only vouched for",
            "its own signature doesn't verify",
            Store::new().holds(part(&vouched_delete(), 4, 6)),
        ),
        (
            "a body gone, its delete in the same run alone",
            "it has to come along or to be held",
            "BodyMissing",
            Store::new(),
            without_body(run, 1),
        ),
    ]
}

fn chains() -> Vec<Case> {
    let run = story();
    let mut late = part(&run, 0, 3);
    late.items[3].time_ms = 1 << 47;
    let mut changed = part(&run, 0, 3);
    changed.items[1].time_ms += 1;
    let mut bobs = run.clone();
    bobs.log = LogKey {
        identity: bob().identity(),
        ..alices_log()
    };
    let mut unlinked = part(&branch(0), 3, 4);
    unlinked.items[1].signature = Signature::from_bytes([7; 64]);
    let bad = with_bad_signature_at(2);
    let held = || Store::new().holds(part(&run, 0, 2));
    vec![
        (
            "a header out of bounds",
            "the last time is 2^47",
            "Invalid: the time is out of bounds",
            Store::new(),
            late,
        ),
        (
            "a time changed in the middle",
            "every id behind it changes, and the last signature is of other bytes",
            "Signature",
            Store::new(),
            changed,
        ),
        (
            "somebody else's log",
            "Alice's statements say nothing of Bob's devices",
            "Void",
            Store::new(),
            bobs,
        ),
        (
            "doesn't name the head, unsigned",
            "nothing shows that its author wrote it",
            "Signature",
            held(),
            unlinked,
        ),
        (
            "void, late",
            "what was held is dropped, and this isn't taken",
            "Void",
            held().says_later(Claim::Cut {
                ends: BTreeMap::new(),
            }),
            part(&run, 3, 4),
        ),
        (
            "beyond the cut, late",
            "nothing there holds",
            "Cut",
            held().says_later(cut_at(2, &run)),
            part(&run, 3, 4),
        ),
        (
            "on a forked log, from below to above what is held",
            "nothing is added above what is held",
            "Forked",
            Store::new().holds(part(&run, 2, 3)).forked(),
            part(&run, 0, 4),
        ),
        (
            "a 257th range",
            "256 at most: each is an entry of its own",
            "Scattered",
            (1..=256).fold(Store::new(), |store, n| store.holds(alone(2 * n))),
            alone(514),
        ),
        (
            "a bad signature inside, and nothing behind it",
            "a successor vouches for what lies before it, not behind",
            "Signature",
            Store::new(),
            part(&bad, 1, 2),
        ),
    ]
}
