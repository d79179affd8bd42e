//! What came within the present minute: equal requests are one row with a count, and there are never more rows than some.

use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;

use super::note::{
    ABOUT_BYTES_MAX, AGENT_BYTES_MAX, Asker, Class, Kind, Note, Outcome, Standing, Who, cut,
};
use super::row::Row;
use crate::network::Peer;

const MINUTE_MS: u64 = 60_000;
/// Rows of a minute that the whole world may make; what is beyond counts together.
const FOREIGN_ROWS_MAX: usize = 64;
/// Rows of a minute that the account and those it knows may make.
const KNOWN_ROWS_MAX: usize = 448;
/// Peers of whom it is remembered who lives there.
const PEERS_MAX: usize = 4096;
/// Who lives at one peer, as far as that is looked at.
const IDENTITIES_MAX: usize = 16;
/// Rows of minutes that are over and aren't written yet; beyond these some are lost.
const RIPE_MAX: usize = 4096;

/// One asker, one kind of thing, one outcome.
type Key = (Asker, Kind, String, Outcome);

#[derive(Debug, Clone)]
struct Sum {
    number: u64,
    from_ms: u64,
    to_ms: u64,
    count: u64,
    items: u64,
    bytes: u64,
}

impl Sum {
    fn begun(next: &mut u64, now_ms: u64) -> Self {
        let number = *next;
        *next += 1;
        Self {
            number,
            from_ms: now_ms,
            to_ms: now_ms,
            count: 0,
            items: 0,
            bytes: 0,
        }
    }
}

/// Who lives at a peer.
#[derive(Debug, Default)]
struct Home {
    identities: BTreeSet<Identity>,
    /// Whether it is connected no longer.
    is_gone: bool,
}

/// What isn't in a file yet.
#[derive(Debug)]
pub(super) struct Gather {
    me: Identity,
    /// Whom the account follows or shares a space with.
    known: BTreeSet<Identity>,
    peers: BTreeMap<Peer, Home>,
    next: u64,
    /// Which minute since 1970 the sums are of.
    minute: u64,
    sums: BTreeMap<Key, Sum>,
    foreign: usize,
    more: BTreeMap<(Class, Kind, Outcome), Sum>,
    ripe: Vec<Row>,
    /// Counts up with each note.
    notes: u64,
}

impl Gather {
    pub(super) fn new(me: Identity) -> Self {
        Self {
            me,
            known: BTreeSet::new(),
            peers: BTreeMap::new(),
            next: 1,
            minute: 0,
            sums: BTreeMap::new(),
            foreign: 0,
            more: BTreeMap::new(),
            ripe: Vec::new(),
            notes: 0,
        }
    }

    /// From which number on rows count.
    pub(super) fn count_from(&mut self, next: u64) {
        self.next = self.next.max(next);
    }

    pub(super) fn knows(&mut self, known: BTreeSet<Identity>) {
        self.known = known;
    }

    pub(super) fn hosts(&mut self, peer: Peer, identity: Identity) {
        if self.peers.len() >= PEERS_MAX && !self.peers.contains_key(&peer) {
            return;
        }
        let home = self.peers.entry(peer).or_default();
        home.is_gone = false;
        if home.identities.len() < IDENTITIES_MAX {
            home.identities.insert(identity);
        }
    }

    pub(super) fn gone(&mut self, peer: &Peer) {
        if let Some(home) = self.peers.get_mut(peer) {
            home.is_gone = true;
        }
    }

    /// How many notes there were: whether something is new.
    pub(super) fn notes(&self) -> u64 {
        self.notes
    }

    pub(super) fn note(&mut self, note: Note, now_ms: u64) {
        self.turn_to(now_ms / MINUTE_MS);
        self.notes += 1;
        let Note {
            mut asker,
            kind,
            about,
            outcome,
            items,
            bytes,
        } = note;
        if let Asker::Owner(client) | Asker::Visitor(client) = &mut asker {
            client.agent = cut(std::mem::take(&mut client.agent), AGENT_BYTES_MAX);
        }
        let key = (asker, kind, cut(about, ABOUT_BYTES_MAX), outcome);
        if !self.sums.contains_key(&key) {
            self.begin(&key, now_ms);
        }
        let sum = match self.sums.get_mut(&key) {
            Some(sum) => sum,
            None => {
                let class = self.class(&key.0);
                let new = || Sum::begun(&mut self.next, now_ms);
                let more = self.more.entry((class, kind, outcome));
                more.or_insert_with(new)
            }
        };
        // A clock that was set back within the minute makes no row end before it began.
        sum.to_ms = sum.to_ms.max(now_ms);
        sum.count = sum.count.saturating_add(1);
        sum.items = sum.items.saturating_add(items);
        sum.bytes = sum.bytes.saturating_add(bytes);
    }

    /// Begins a row, if there is room for one more of its sort.
    fn begin(&mut self, key: &Key, now_ms: u64) {
        let is_foreign = self.class(&key.0).is_foreign();
        let has_room = match is_foreign {
            true => self.foreign < FOREIGN_ROWS_MAX,
            false => self.sums.len() - self.foreign < KNOWN_ROWS_MAX,
        };
        if has_room {
            self.foreign += usize::from(is_foreign);
            let sum = Sum::begun(&mut self.next, now_ms);
            self.sums.insert(key.clone(), sum);
        }
    }

    /// What was begun in another minute is over, whichever way the clock went.
    fn turn_to(&mut self, minute: u64) {
        if minute != self.minute {
            let mut rows = self.unfinished();
            self.ripe.append(&mut rows);
            self.ripe.truncate(RIPE_MAX);
            self.sums.clear();
            self.more.clear();
            self.foreign = 0;
            self.minute = minute;
            self.peers.retain(|_, home| !home.is_gone);
        }
    }

    /// Rows that are over, by their numbers; they aren't here any longer.
    pub(super) fn take_ripe(&mut self, now_ms: u64) -> Vec<Row> {
        self.turn_to(now_ms / MINUTE_MS);
        std::mem::take(&mut self.ripe)
    }

    /// Everything, over or not.
    pub(super) fn take_all(&mut self) -> Vec<Row> {
        self.turn_to(u64::MAX);
        std::mem::take(&mut self.ripe)
    }

    /// What is here, by its numbers.
    pub(super) fn present(&self) -> Vec<Row> {
        let mut rows = self.ripe.clone();
        rows.append(&mut self.unfinished());
        rows
    }

    /// Rows of the present minute, by their numbers.
    fn unfinished(&self) -> Vec<Row> {
        let sums = self
            .sums
            .iter()
            .map(|((asker, kind, about, outcome), sum)| {
                row(self.who(asker), (*kind, about.clone(), *outcome), sum)
            });
        let more = self.more.iter().map(|((class, kind, outcome), sum)| {
            let who = match class {
                Class::Visitors => Who::Visitors,
                Class::Me => Who::Command,
                Class::Friends | Class::Strangers => Who::Strangers,
            };
            row(who, (*kind, String::new(), *outcome), sum)
        });
        let mut rows: Vec<Row> = sums.chain(more).collect();
        rows.sort_by_key(|row| row.number);
        rows
    }

    fn who(&self, asker: &Asker) -> Who {
        match asker {
            Asker::Owner(client) => Who::Owner(client.clone()),
            Asker::Command => Who::Command,
            Asker::Visitor(client) => Who::Visitor(client.clone()),
            Asker::Peer(peer) => {
                let (standing, identity) = self.resident(peer);
                Who::Peer {
                    peer: peer.to_bytes(),
                    identity,
                    standing,
                }
            }
        }
    }

    fn class(&self, asker: &Asker) -> Class {
        match asker {
            Asker::Owner(_) | Asker::Command => Class::Me,
            Asker::Visitor(_) => Class::Visitors,
            Asker::Peer(peer) => self.resident(peer).0.class(),
        }
    }

    /// Who lives at a peer; of several the one who is known best.
    fn resident(&self, peer: &Peer) -> (Standing, Option<Identity>) {
        let home = self.peers.get(peer);
        let identities = home.iter().flat_map(|home| &home.identities);
        let mut best = (Standing::Stranger, None);
        for identity in identities {
            let standing = match identity {
                me if *me == self.me => Standing::Own,
                known if self.known.contains(known) => Standing::Known,
                _ => Standing::Stranger,
            };
            if best.1.is_none() || standing < best.0 {
                best = (standing, Some(*identity));
            }
        }
        best
    }

    /// Forgets everything but who is who.
    pub(super) fn wipe(&mut self) {
        self.sums.clear();
        self.more.clear();
        self.ripe.clear();
        self.foreign = 0;
    }
}

fn row(who: Who, (kind, about, outcome): (Kind, String, Outcome), sum: &Sum) -> Row {
    Row {
        number: sum.number,
        from_ms: sum.from_ms,
        to_ms: sum.to_ms,
        who,
        kind,
        about,
        outcome,
        count: sum.count,
        items: sum.items,
        bytes: sum.bytes,
    }
}
