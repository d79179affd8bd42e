//! Large histories, and such as somebody made up to be slow.

use std::time::{Duration, Instant};

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::content::{Control, ControlOp, Reference};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, Place};
use hearth_protocol::space::{
    Commitment, ControlEntry, EpochId, MembersDigest, Role, Space, resolve,
};

/// Debug builds on busy machines; what is meant to be caught takes minutes.
const LONG: Duration = Duration::from_secs(20);

struct Book {
    space: Space,
    entries: Vec<ControlEntry>,
    under: EpochId,
}

fn who(number: usize) -> Identity {
    Identity::from_bytes(*blake3::hash(&number.to_be_bytes()).as_bytes())
}

impl Book {
    fn new() -> Self {
        let mut book = Self {
            space: Space::Shared {
                creator: who(0),
                nonce: [1; 16],
            },
            entries: Vec::new(),
            under: EpochId::from_bytes([0; 32]),
        };
        book.write(
            0,
            &[],
            ControlOp::Create {
                name: "Book".into(),
            },
        );
        let (body, control) = (
            Commitment::from_bytes([1; 32]),
            Commitment::from_bytes([2; 32]),
        );
        book.under = EpochId::named(&book.space, 0, &who(0), body, control);
        let epoch = ControlOp::Epoch {
            generation: 0,
            body,
            control,
            members: MembersDigest::of([&who(0)]),
            inboxes: vec![Some(0)],
            previous: Vec::new(),
        };
        book.write(0, &[0], epoch);
        book
    }

    fn write(&mut self, author: usize, parents: &[usize], op: ControlOp) -> usize {
        let number = self.entries.len();
        let mut parents: Vec<_> = (parents.iter())
            .map(|&at| Reference {
                place: self.entries[at].place,
                id: self.entries[at].id,
            })
            .collect();
        parents.sort_unstable();
        parents.dedup();
        let log = LogKey {
            identity: who(author),
            device: DeviceId::from_bytes([0; 32]),
            log: LogNumber::SOCIAL,
        };
        self.entries.push(ControlEntry {
            id: EntryId::from_bytes(*blake3::hash(&number.to_le_bytes()).as_bytes()),
            place: Place {
                log,
                seq: number as u64,
            },
            under: self.under,
            control: Control {
                space: self.space,
                parents,
                op,
            },
        });
        number
    }

    fn add(&mut self, author: usize, parents: &[usize], whom: std::ops::Range<usize>) -> usize {
        let mut members: Vec<_> = whom.map(who).collect();
        members.sort_unstable();
        let op = ControlOp::Add {
            inboxes: vec![Some(0); members.len()],
            members,
            with_past: true,
        };
        self.write(author, parents, op)
    }

    fn remove(&mut self, author: usize, parents: &[usize], whom: usize) -> usize {
        let op = ControlOp::Remove {
            member: who(whom),
            ends: Vec::new(),
        };
        self.write(author, parents, op)
    }

    fn timed(&self, what: &str) -> hearth_protocol::space::Resolved {
        let start = Instant::now();
        let resolved = resolve(&self.space, &self.entries, &|_| false);
        let took = start.elapsed();
        eprintln!("{what}: {} entries in {took:?}", self.entries.len());
        assert!(took < LONG, "{what} takes {took:?}");
        resolved
    }
}

fn rename() -> ControlOp {
    ControlOp::Rename { name: "x".into() }
}

#[test]
fn a_thousand_members_and_five_thousand_entries_are_quick() {
    let mut book = Book::new();
    let mut head = book.add(0, &[1], 1..501);
    head = book.add(0, &[head], 501..1001);
    for number in 0..5000 - 4 {
        let whom = 1 + number / 3 % 1000;
        head = match number % 3 {
            0 => book.remove(0, &[head], whom),
            1 => book.add(0, &[head], whom..whom + 1),
            _ => book.write(0, &[head], rename()),
        };
    }
    let resolved = book.timed("a long history");
    assert!((1000..=1001).contains(&resolved.members.len()));
    assert_eq!(resolved.members[&who(0)], Role::Admin);
    let start = Instant::now();
    let write = resolved.epoch_to_write(&|_| Some(0), &|_| true);
    eprintln!("and the epoch to write in {:?}", start.elapsed());
    assert_eq!(write, None);
}

#[test]
fn a_deep_history_takes_no_stack_and_a_wide_one_no_time() {
    let mut book = Book::new();
    let mut head = 1;
    for _ in 0..10_000 {
        head = book.write(0, &[head], rename());
    }
    assert_eq!(book.timed("deep").heads.len(), 1);

    let mut book = Book::new();
    for number in 0..10_000usize {
        let latest = book.entries.len();
        let parents: Vec<usize> = (0..16)
            .map(|back| latest - 1 - (back * number) % latest)
            .collect();
        book.write(0, &parents, rename());
    }
    book.timed("wide");
}

#[test]
fn many_admins_who_remove_one_another_apart_take_no_time() {
    let mut book = Book::new();
    let mut head = book.add(0, &[1], 1..501);
    for whom in 1..501 {
        head = book.write(0, &[head], ControlOp::Promote { member: who(whom) });
    }
    for author in 1..501 {
        for step in 1..9 {
            book.remove(author, &[head], 1 + (author + step * 37) % 500);
        }
    }
    let resolved = book.timed("removals apart");
    assert!(resolved.members.contains_key(&who(0)));
}

#[test]
fn one_who_goes_and_comes_without_end_takes_no_time() {
    let mut book = Book::new();
    let start = book.add(0, &[1], 1..2);
    let mut head = start;
    for _ in 0..1500 {
        let away = book.write(1, &[head], ControlOp::Leave);
        book.write(1, &[start, head], ControlOp::Leave);
        head = book.add(0, &[away], 1..2);
    }
    book.timed("coming and going");
}

#[test]
fn what_begins_nowhere_crowds_out_nothing() {
    let mut book = Book::new();
    let head = book.add(0, &[1], 1..3);
    for _ in 0..20_000 {
        book.write(1, &[], rename());
    }
    // As shallow as can be, by somebody who was a member.
    for _ in 0..8_000 {
        book.write(1, &[head], ControlOp::Leave);
    }
    let mut last = head;
    for _ in 0..100 {
        last = book.write(0, &[last], rename());
    }
    book.remove(0, &[last], 2);
    let resolved = book.timed("a flood");
    assert_eq!(resolved.members.len(), 1);
    assert!(!resolved.members.contains_key(&who(2)));
}

#[test]
fn only_members_say_what_is_missing() {
    let mut book = Book::new();
    let head = book.add(0, &[1], 1..3);
    let away = book.remove(0, &[head], 1);
    let lost = |author: usize, number: u8| {
        let log = LogKey {
            identity: who(author),
            device: DeviceId::from_bytes([0; 32]),
            log: LogNumber::SOCIAL,
        };
        Reference {
            place: Place { log, seq: 1 << 20 },
            id: EntryId::from_bytes([number; 32]),
        }
    };
    for (author, parents) in [
        // Removed; a stranger; of a stranger; of a member.
        (1, vec![lost(2, 1)]),
        (7, vec![lost(2, 2)]),
        (2, vec![lost(9, 3)]),
        (2, vec![lost(2, 4)]),
    ] {
        let at = book.write(author, &[away], rename());
        book.entries[at].control.parents = parents;
    }
    let resolved = resolve(&book.space, &book.entries, &|_| false);
    assert_eq!(resolved.missing, [(who(2), lost(2, 4).id)]);
    assert_eq!(resolved.members.len(), 2);
}

#[test]
fn a_space_has_room_for_so_many_people_and_no_more() {
    let mut book = Book::new();
    let mut head = 1;
    for batch in 0..9 {
        head = book.add(0, &[head], 1 + batch * 512..1 + (batch + 1) * 512);
    }
    let resolved = book.timed("more people than there is room for");
    // The ninth 512 don't fit beside the founder and eight, nor do the eighth.
    assert_eq!(resolved.members.len(), 1 + 7 * 512);
}

#[test]
fn a_space_with_more_steps_than_room_is_at_its_end() {
    let mut book = Book::new();
    let mut head = book.add(0, &[1], 1..5);
    for whom in 1..5 {
        head = book.write(0, &[head], ControlOp::Promote { member: who(whom) });
    }
    for author in 1..5 {
        for _ in 0..4096 {
            book.write(author, &[head], rename());
        }
    }
    let resolved = book.timed("a flood by four admins");
    assert!(resolved.is_full && !resolved.has_room(&who(0)));
}

#[test]
fn one_who_goes_and_comes_in_disorder_takes_no_time() {
    let mut book = Book::new();
    let start = book.add(0, &[1], 1..3);
    let mut gone = Vec::new();
    for _ in 0..1300 {
        gone.push(book.remove(0, &[start], 1));
    }
    while gone.len() > 1 {
        let merged: Vec<_> = gone
            .chunks(24)
            .map(|some| book.write(0, some, rename()))
            .collect();
        gone = merged;
    }
    let back = book.add(0, &gone, 1..2);
    let mut apart = start;
    for _ in 0..1300 {
        apart = book.add(0, &[apart], 1..2);
    }
    for _ in 0..500 {
        book.write(1, &[back, apart], ControlOp::Leave);
    }
    book.timed("coming and going in disorder");
}
