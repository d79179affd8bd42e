//! Letters that are kept for others until these are connected.
//!
//! Kept is only what a friend's node leaves for another friend, or a member's for another member, for a fortnight, so many of each sender and for each
//! recipient. What was handed over is remembered as long, so that who leaves it again doesn't have it handed over again.

use std::collections::BTreeSet;

use hearth_keys::Identity;

use crate::store::letters::KeptRow;

/// How long a letter is kept.
const KEPT_MS: u64 = 14 * 24 * 60 * 60 * 1000;
/// Letters that one friend may have waiting here.
const FROM_ONE_MAX: usize = 32;
/// Letters that may wait for one friend.
const FOR_ONE_MAX: usize = 64;
/// Letters of one friend for another one.
const FROM_ONE_FOR_ONE_MAX: usize = 4;
/// Letters that may wait in all.
const KEPT_MAX: usize = 1024;
/// Of these so many by people who are no friends.
const OF_OTHERS_MAX: usize = 256;
/// And so many of them for one.
const OF_OTHERS_FOR_ONE_MAX: usize = FOR_ONE_MAX / 2;
/// On so many of the recipient's sessions a letter is handed over: the first may break before it is read.
const HANDED_MAX: u8 = 2;

/// What is kept, in memory; the store has the bytes.
#[derive(Debug, Default)]
pub(super) struct Mailbox(Vec<KeptRow>);

/// What a new letter changes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Admitted {
    pub(super) row: KeptRow,
    /// What gives way.
    pub(super) gone: Vec<KeptRow>,
}

/// By what a letter is known to who can't read it.
pub(super) fn hash_of(sealed: &[u8]) -> [u8; 16] {
    let hash = blake3::hash(sealed);
    let (short, _) = hash
        .as_bytes()
        .split_first_chunk()
        .expect("32 is more than 16");
    *short
}

impl Mailbox {
    pub(super) const fn new(rows: Vec<KeptRow>) -> Self {
        Self(rows)
    }

    /// Takes a letter of somebody for somebody else, if there is room and it isn't here already.
    pub(super) fn admit(
        &mut self,
        (from, to): (Identity, Identity),
        friends: &BTreeSet<Identity>,
        sealed: &[u8],
        now_ms: u64,
    ) -> Option<Admitted> {
        let row = KeptRow {
            to,
            hash: hash_of(sealed),
            received_ms: now_ms,
            from,
            handed: 0,
        };
        let is_known = |held: &KeptRow| held.to == to && held.hash == row.hash;
        if self.0.iter().any(is_known) {
            return None;
        }
        let mut gone = Vec::new();
        // A sender's newer words take the place of their older ones; nobody's take that of another's.
        self.shrink(FROM_ONE_FOR_ONE_MAX, &mut gone, |held| {
            held.from == from && held.to == to
        });
        self.shrink(FROM_ONE_MAX, &mut gone, |held| held.from == from);
        let for_one = self.0.iter().filter(|held| held.to == to).count();
        let of_others = |for_whom: &dyn Fn(&Identity) -> bool| {
            let is_meant = |held: &&KeptRow| !friends.contains(&held.from) && for_whom(&held.to);
            self.0.iter().filter(is_meant).count()
        };
        let has_room = friends.contains(&from)
            || of_others(&|_| true) < OF_OTHERS_MAX
                && of_others(&|whom| *whom == to) < OF_OTHERS_FOR_ONE_MAX;
        if for_one >= FOR_ONE_MAX || self.0.len() >= KEPT_MAX || !has_room {
            return None;
        }
        self.0.push(row.clone());
        Some(Admitted { row, gone })
    }

    /// Makes room for one more of a kind, of which there may be `most`.
    fn shrink(&mut self, most: usize, gone: &mut Vec<KeptRow>, kind: impl Fn(&KeptRow) -> bool) {
        while self.0.iter().filter(|held| kind(held)).count() >= most {
            let alike = self.0.iter().enumerate().filter(|(_, held)| kind(held));
            let least = alike.min_by_key(|(_, held)| (held.handed == 0, held.received_ms));
            let Some((at, _)) = least else { return };
            gone.push(self.0.remove(at));
        }
    }

    /// Those that wait for somebody.
    pub(super) fn waiting_for(&self, to: &Identity) -> Vec<KeptRow> {
        let waiting = self.0.iter();
        waiting
            .filter(|row| row.to == *to && row.handed < HANDED_MAX)
            .cloned()
            .collect()
    }

    /// For whom something waits.
    pub(super) fn recipients(&self) -> Vec<Identity> {
        let waiting = self.0.iter().filter(|row| row.handed < HANDED_MAX);
        let mut recipients: Vec<Identity> = waiting.map(|row| row.to).collect();
        recipients.sort();
        recipients.dedup();
        recipients
    }

    /// Notes that a letter was handed over; gives its row as it is now, and whether its bytes may go.
    pub(super) fn handed(&mut self, row: &KeptRow) -> Option<(KeptRow, bool)> {
        let held = self
            .0
            .iter_mut()
            .find(|held| held.to == row.to && held.hash == row.hash)?;
        held.handed = held.handed.saturating_add(1);
        Some((held.clone(), held.handed >= HANDED_MAX))
    }

    /// Lets go what is too old, and what would not be taken any longer.
    pub(super) fn expire(
        &mut self,
        now_ms: u64,
        introduces: impl Fn(&Identity, &Identity) -> bool,
    ) -> Vec<KeptRow> {
        let mut gone = Vec::new();
        self.0.retain(|row| {
            let is_over = row.received_ms.saturating_add(KEPT_MS) <= now_ms;
            let stays = !is_over && introduces(&row.from, &row.to);
            if !stays {
                gone.push(row.clone());
            }
            stays
        });
        gone
    }
}

#[cfg(test)]
mod tests {
    use hearth_keys::Identity;

    use super::{
        BTreeSet, FOR_ONE_MAX, FROM_ONE_FOR_ONE_MAX, FROM_ONE_MAX, HANDED_MAX, KEPT_MAX, KEPT_MS,
        Mailbox, OF_OTHERS_FOR_ONE_MAX, OF_OTHERS_MAX,
    };

    fn person(number: usize) -> Identity {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        Identity::from_bytes(bytes)
    }

    #[test]
    fn nobody_fills_the_mailbox_of_others() {
        let mut mailbox = Mailbox::default();
        let (mallory, bob) = (person(1), person(2));
        // Nobody but Alice is a friend.
        let friends = BTreeSet::from([person(9)]);
        for sender in 0..10_000usize {
            let _ = mailbox.admit(
                (person(5_000 + sender), bob),
                &friends,
                &sender.to_be_bytes(),
                0,
            );
        }
        assert_eq!(mailbox.waiting_for(&bob).len(), OF_OTHERS_FOR_ONE_MAX);
        for whom in 0..10_000usize {
            let pair = (person(5_000 + whom), person(20_000 + whom));
            let _ = mailbox.admit(pair, &friends, &[1], 0);
        }
        assert_eq!(mailbox.0.len(), OF_OTHERS_MAX);
        let alice = (person(9), bob);
        assert!(mailbox.admit(alice, &friends, b"Alice's", 0).is_some());
        // All are.
        let friends = (0..20_000).map(person).collect();
        for number in 0..1_000usize {
            let _ = mailbox.admit((mallory, bob), &friends, &number.to_be_bytes(), 1);
            let _ = mailbox.admit(
                (mallory, person(100 + number)),
                &friends,
                &number.to_be_bytes(),
                1,
            );
        }
        let waiting = mailbox.waiting_for(&bob);
        assert!(waiting.iter().any(|row| row.from == person(9)));
        let of_mallory = mailbox.0.iter().filter(|row| row.from == mallory);
        assert!(of_mallory.count() <= FROM_ONE_MAX);
        for sender in 0..10_000usize {
            for number in 0..6u8 {
                let _ = mailbox.admit((person(5_000 + sender), bob), &friends, &[number], 2);
            }
        }
        assert!(mailbox.waiting_for(&bob).len() <= FOR_ONE_MAX);
        let of_one =
            |row: &&crate::store::letters::KeptRow| row.from == person(5_000) && row.to == bob;
        assert!(mailbox.0.iter().filter(of_one).count() <= FROM_ONE_FOR_ONE_MAX);
        assert!(mailbox.0.len() <= KEPT_MAX);
    }

    #[test]
    fn what_was_handed_over_is_not_handed_over_for_ever() {
        let mut mailbox = Mailbox::default();
        let (alice, bob) = (person(1), person(2));
        let friends = BTreeSet::from([alice, bob]);
        let row = mailbox
            .admit((alice, bob), &friends, b"hello", 0)
            .map(|new| new.row);
        let row = row.expect("there is room");
        for _ in 0..HANDED_MAX {
            assert_eq!(mailbox.recipients(), [bob]);
            assert!(mailbox.handed(&row).is_some());
        }
        assert!(mailbox.waiting_for(&bob).is_empty());
        // Left again, it isn't handed over again.
        assert_eq!(mailbox.admit((alice, bob), &friends, b"hello", 1), None);
        assert!(mailbox.expire(KEPT_MS - 1, |_, _| true).is_empty());
        assert_eq!(mailbox.expire(KEPT_MS, |_, _| true).len(), 1);
        assert!(
            mailbox
                .admit((alice, bob), &friends, b"hello", KEPT_MS)
                .is_some()
        );
        assert_eq!(mailbox.expire(KEPT_MS, |from, _| *from != alice).len(), 1);
    }
}
