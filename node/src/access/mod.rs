//! The access log: who asked this node for what and when, by the web and from other nodes. It is its owner's alone: not
//! backed up, sent nowhere, and gone after so many days as they say.
//!
//! [`Access::note`] never waits and touches no file: equal requests within a minute are one row with a count (`gather`). A task
//! writes what is over into files that are only added to (`book`), and the present minute every few seconds, so that a killed
//! process loses no more than these. Sums by hour (`hours`) stay when rows had to go.
//!
//! Never kept: queries, bodies, forms, tokens, whole addresses of visitors, what exactly a browser calls itself.

mod book;
mod gather;
mod hours;
mod note;
mod row;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hearth_keys::Identity;
use tokio::sync::watch;

use self::book::{Book, DAY_MS, SERIES_BYTES_MAX};
use self::gather::Gather;
pub(crate) use self::hours::{Hour, of as of_hour};
pub(crate) use self::note::{Asker, Class, Client, Kind, Net, Note, Outcome, Who};
pub(crate) use self::row::Row;
use crate::network::Peer;
use crate::replication::unix_ms;

/// The folder in the home.
pub(crate) const ACCESS_DIR: &str = "access";
/// How long rows are kept unless the owner says otherwise.
pub(crate) const DAYS_DEFAULT: u64 = 30;
/// How much the log takes on the disk, but for the present minute and the sums.
pub(crate) const BYTES_MAX: u64 = 2 * SERIES_BYTES_MAX;
/// How often it is looked at what is to be written: so much a killed process may lose, and a little.
const TICK: Duration = Duration::from_secs(2);
/// How often what is too old is dropped, and the sums are written.
const UPKEEP_EVERY: Duration = Duration::from_secs(60 * 60);
/// The first time comes sooner, as some nodes don't run for hours, but not before a clock that was never set is.
const UPKEEP_FIRST: Duration = Duration::from_secs(10 * 60);
/// A clock that went so much otherwise than time passed is believed only the next time that it is looked at: one that is wrong
/// for a moment must not make everything too old.
const CLOCK_JUMP_MS_MAX: u64 = 60 * 60 * 1000;

/// A handle to the access log. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Access(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    gather: Mutex<Gather>,
    /// None where there is nowhere to write; taken before `gather` by whoever takes both.
    book: Mutex<Option<Book>>,
    /// How many days rows are kept; 0: nothing is noted.
    days: AtomicU64,
}

/// What is asked of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Rows that ended since then, ms since 1970.
    pub(crate) since_ms: u64,
    /// Rows before this number; 0: from the newest on.
    pub(crate) before: u64,
    /// How many rows at most.
    pub(crate) limit: usize,
    /// Whose.
    pub(crate) whose: Whose,
}

/// Whose rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Everybody's.
    #[default]
    All,
    /// By the web, the owner's too.
    Web,
    /// Other nodes'.
    Peers,
    /// Of one class.
    Class(Class),
    /// Of one person's nodes.
    Person(Identity),
}

impl Whose {
    fn are(self, row: &Row) -> bool {
        match (self, &row.who) {
            (Self::All, _) => true,
            (Self::Class(class), who) => who.class() == class,
            (Self::Person(person), Who::Peer { identity, .. }) => *identity == Some(person),
            (Self::Person(_), _) => false,
            (Self::Peers, who) => matches!(who, Who::Peer { .. } | Who::Strangers),
            (Self::Web, who) => {
                matches!(who, Who::Owner(_) | Who::Visitor(_) | Who::Visitors)
            }
        }
    }
}

/// Somebody, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visit {
    /// Who.
    pub(crate) who: Who,
    /// When last, ms since 1970.
    pub(crate) time_ms: u64,
}

/// Who was heard of, and how others reached this node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// When nodes of each person asked for something last.
    pub(crate) people: BTreeMap<Identity, u64>,
    /// Who dialled this node last from its own network.
    pub(crate) near: Option<Visit>,
    /// Who dialled it last from elsewhere.
    pub(crate) far: Option<Visit>,
    /// Who came last by the name that the world knows it by.
    pub(crate) by_name: Option<Visit>,
}

/// What is noted of a node that dialled this one from its own network; of others it is [`FAR`].
pub(crate) const NEAR: &str = "near";
/// From elsewhere.
pub(crate) const FAR: &str = "far";

impl Heard {
    fn look(&mut self, row: &Row) {
        let newer = |place: &mut Option<Visit>| {
            if place.as_ref().is_none_or(|last| last.time_ms < row.to_ms) {
                *place = Some(Visit {
                    who: row.who.clone(),
                    time_ms: row.to_ms,
                });
            }
        };
        match &row.who {
            Who::Peer { identity, .. } => {
                if let Some(identity) = identity {
                    let last_ms = self.people.entry(*identity).or_default();
                    *last_ms = row.to_ms.max(*last_ms);
                }
                match (row.kind, row.about.as_str()) {
                    (Kind::Connected, NEAR) => newer(&mut self.near),
                    (Kind::Connected, FAR) => newer(&mut self.far),
                    _ => {}
                }
            }
            Who::Owner(client) | Who::Visitor(client) if client.by_name => {
                newer(&mut self.by_name);
            }
            _ => {}
        }
    }
}

/// Rows, and whether there are more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Newest first.
    pub(crate) rows: Vec<Row>,
    /// Before which number the next page begins, if there may be one.
    pub(crate) next: Option<u64>,
}

impl Access {
    /// Opens the log of an account in a folder. Where that can't be used, what is noted is forgotten after a minute, and a
    /// warning says why: nobody's node stays away for this.
    pub(crate) fn open(dir: &Path, me: Identity) -> Self {
        let book = Book::open(dir)
            .inspect_err(|error| tracing::warn!(%error, "there will be no access log"))
            .ok();
        let mut gather = Gather::new(me);
        gather.count_from(book.as_ref().map_or(1, Book::next));
        Self(Arc::new(Inner {
            gather: Mutex::new(gather),
            book: Mutex::new(book),
            days: AtomicU64::new(DAYS_DEFAULT),
        }))
    }

    /// A log that nothing is written to.
    pub(crate) fn nowhere(me: Identity) -> Self {
        Self(Arc::new(Inner {
            gather: Mutex::new(Gather::new(me)),
            book: Mutex::new(None),
            days: AtomicU64::new(DAYS_DEFAULT),
        }))
    }

    fn gather(&self) -> MutexGuard<'_, Gather> {
        // A panic elsewhere can't have left more than a sum half-counted.
        self.0.gather.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn book(&self) -> MutexGuard<'_, Option<Book>> {
        // As above: what it knows of its files it learns anew at the next start.
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request that was answered. Never waits for a disk.
    pub(crate) fn note(&self, note: Note) {
        self.note_at(note, unix_ms());
    }

    fn note_at(&self, note: Note, now_ms: u64) {
        if self.days() > 0 {
            self.gather().note(note, now_ms);
        }
    }

    /// A connected peer proved that somebody lives there.
    pub(crate) fn hosts(&self, peer: Peer, identity: Identity) {
        self.gather().hosts(peer, identity);
    }

    /// The session with a peer is over.
    pub(crate) fn gone(&self, peer: &Peer) {
        self.gather().gone(peer);
    }

    /// Whom the account follows or shares a space with, from now on.
    pub(crate) fn knows(&self, known: BTreeSet<Identity>) {
        self.gather().knows(known);
    }

    /// How many days rows are kept.
    pub(crate) fn days(&self) -> u64 {
        self.0.days.load(Ordering::Relaxed)
    }

    /// The same at the start, when nothing is known of the clock: what is too old goes later.
    pub(crate) async fn begin_with(&self, days: u64) {
        match days {
            0 => self.keep_for(0).await,
            days => self.0.days.store(days, Ordering::Relaxed),
        }
    }

    /// From now on rows are kept for so many days. With 0 nothing is noted, and all that was is gone.
    pub(crate) async fn keep_for(&self, days: u64) {
        // What is too old otherwise goes in time, when the clock has shown that it can be believed.
        if self.0.days.swap(days, Ordering::Relaxed) <= days && days > 0 {
            return;
        }
        let access = self.clone();
        in_background(move || {
            let mut book = access.book();
            if days == 0 {
                access.gather().wipe();
            }
            let done = book.as_mut().map(|book| match days {
                0 => book.wipe(),
                days => book.prune(unix_ms(), days),
            });
            warn(done.unwrap_or(Ok(())));
        })
        .await;
    }

    /// The newest rows that are asked for.
    pub(crate) async fn rows(&self, asked: Asked) -> Page {
        let access = self.clone();
        let oldest_ms = unix_ms().saturating_sub(self.days().saturating_mul(DAY_MS));
        in_background(move || {
            let book = access.book();
            let fresh = access.gather().present();
            let before = if asked.before == 0 {
                u64::MAX
            } else {
                asked.before
            };
            let since_ms = asked.since_ms.max(oldest_ms);
            let wanted = |row: &Row| row.to_ms >= since_ms && asked.whose.are(row);
            let found = match book.as_ref() {
                Some(book) => book.newest(fresh, before, asked.limit, wanted),
                None => book::newest_of(fresh, before, asked.limit, wanted),
            };
            Page {
                rows: found.rows,
                next: found.looked_to,
            }
        })
        .await
        .unwrap_or_default()
    }

    /// When each person's nodes were heard of last, as far as the log goes back, and when this node was last dialled: from
    /// this network, and from the rest of the world.
    pub(crate) async fn heard(&self) -> Heard {
        let access = self.clone();
        let found = in_background(move || {
            let book = access.book();
            let fresh = access.gather().present();
            let mut heard = Heard::default();
            let look = |row: &Row| {
                heard.look(row);
                false
            };
            match book.as_ref() {
                Some(book) => book.newest(fresh, u64::MAX, 0, look),
                None => book::newest_of(fresh, u64::MAX, 0, look),
            };
            heard
        });
        found.await.unwrap_or_default()
    }

    /// What was asked for in each hour from one to another, both included; hours since 1970.
    pub(crate) async fn hours(&self, first: u64, last: u64) -> Vec<Hour> {
        let access = self.clone();
        let hours = in_background(move || {
            let book = access.book();
            let fresh = access.gather().present();
            let written = book.as_ref().map(|book| book.hours.clone());
            hours::with_rows(&written.unwrap_or_default(), &fresh).between(first, last)
        });
        hours.await.unwrap_or_default()
    }

    /// Writes down what is noted, until told to stop; then everything.
    pub(crate) async fn keep(self, mut stopped: watch::Receiver<bool>) {
        let mut tick = tokio::time::interval(TICK);
        let begin = tokio::time::Instant::now() + UPKEEP_FIRST;
        let mut upkeep = tokio::time::interval_at(begin, UPKEEP_EVERY);
        let (mut clock, mut notes) = ((unix_ms(), Instant::now()), 0);
        loop {
            tokio::select! {
                () = until_told(&mut stopped) => break,
                _ = tick.tick() => {
                    let access = self.clone();
                    notes = in_background(move || access.write_down(notes, unix_ms())).await.unwrap_or(notes);
                }
                _ = upkeep.tick() => {
                    let now = (unix_ms(), Instant::now());
                    let passed = u64::try_from((now.1 - clock.1).as_millis()).unwrap_or(u64::MAX);
                    let is_steady = now.0.abs_diff(clock.0.saturating_add(passed)) <= CLOCK_JUMP_MS_MAX;
                    clock = now;
                    let access = self.clone();
                    in_background(move || access.keep_up(is_steady.then_some(now.0))).await;
                }
            }
        }
        in_background(move || self.close()).await;
    }

    /// Writes the rows that are over, and those that aren't where something came since `notes`; how many notes there are now.
    fn write_down(&self, notes: u64, now_ms: u64) -> u64 {
        let mut book = self.book();
        let (ripe, present, now) = {
            let mut gather = self.gather();
            let ripe = gather.take_ripe(now_ms);
            (ripe, gather.present(), gather.notes())
        };
        if let Some(book) = book.as_mut().filter(|_| now != notes || !ripe.is_empty()) {
            warn(book.append(&ripe).and_then(|()| book.write_open(&present)));
        }
        now
    }

    /// Drops what is too old, by a clock that can be believed, and writes the sums.
    fn keep_up(&self, now_ms: Option<u64>) {
        let days = self.days();
        if let Some(book) = self.book().as_mut().filter(|_| days > 0) {
            let pruned = now_ms.map_or(Ok(()), |now_ms| book.prune(now_ms, days));
            warn(pruned.and_then(|()| book.write_hours()));
        }
    }

    /// Writes everything.
    fn close(&self) {
        let mut book = self.book();
        let rows = self.gather().take_all();
        if let Some(book) = book.as_mut().filter(|_| self.days() > 0) {
            let written = book.append(&rows).and_then(|()| book.write_open(&[]));
            warn(written.and_then(|()| book.write_hours()));
        }
    }
}

async fn until_told(stopped: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stopped.wait_for(|stop| *stop).await.is_ok();
}

fn warn(done: io::Result<()>) {
    if let Err(error) = done {
        tracing::warn!(%error, "the access log can't be written; the node goes on without");
    }
}

/// None where the runtime ends meanwhile.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
