//! Grants of epochs in others' logs: noted when they come, opened a little at a time.
//!
//! ```text
//! NOTED ‖ log ‖ sequence → eight bytes of each inbox key that doesn't open it
//! ASIDE ‖ log ‖ sequence → likewise, of all keys that were there: looked at again once there is another
//! ```
//!
//! Boxes have no labels, so that finding out that a grant isn't for here costs an agreement of keys for each. Who is known
//! comes first, each in turn whatever others write, and now and then somebody else.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use hearth_keys::{BoxSecret, Identity};
use hearth_protocol::content::Content;
use hearth_protocol::entry::Place;
use hearth_protocol::space::{EpochGrant, Granted};

use crate::store::db::Batch;
use crate::store::logs::{Logs, StoreError};
use crate::store::rows::{Handle, number_of};
use crate::store::views::{place_key, view_key};

const NOTED: u8 = 47;
const ASIDE: u8 = 48;
/// Rows that are noted again at once when there is another inbox key.
const AGAIN_MAX: usize = 512;
/// Boxes that are tried before the clock is looked at.
const BOXES_AT_ONCE: usize = 8;
/// Of so many grants one is of somebody unknown, should there be one.
const TURNS: u8 = 8;
/// Bytes by which an inbox key is remembered.
const PRINT_BYTES: usize = 8;
/// Keys that are remembered in a row; with more, all are tried again.
const PRINTS_MAX: usize = 256;

type Print = [u8; PRINT_BYTES];

/// A grant that opened.
#[derive(Debug, Clone)]
pub(crate) struct GrantSeen {
    /// The account that it is for.
    pub(crate) account: Identity,
    /// Who granted it, as far as an entry in their log says.
    pub(crate) granter: Identity,
    /// Where it lies.
    pub(crate) place: Place,
    /// What it gives.
    pub(crate) granted: Granted,
}

/// What is being opened.
#[derive(Debug, Default)]
pub(super) struct GrantWork {
    /// Logs of which grants may be noted.
    noted: BTreeSet<Handle>,
    /// The log of somebody unknown that had its turn last.
    last: Handle,
    /// Somebody known who had their turn last.
    last_known: Option<Identity>,
    /// Grants of known people that were opened since one of somebody unknown was.
    turns: u8,
    /// What was told already and isn't settled yet.
    told: BTreeSet<Place>,
    current: Option<Opening>,
    /// The keys that were there when rows were last noted again.
    prints: Option<BTreeSet<Print>>,
}

/// A grant on its way.
#[derive(Debug)]
struct Opening {
    place: Place,
    grant: EpochGrant,
    /// The keys that are left to try, each of an account here.
    secrets: Vec<(Identity, BoxSecret)>,
    next_box: usize,
    tried: BTreeSet<Print>,
}

enum Step {
    More,
    Opened(Identity, Box<Granted>),
    Closed,
}

impl Opening {
    /// Tries a few boxes.
    fn step(&mut self) -> Step {
        let Some((account, secret)) = self.secrets.last() else {
            return Step::Closed;
        };
        let end = self.next_box + BOXES_AT_ONCE;
        if let Some(granted) = self
            .grant
            .open_some(secret, &self.place, self.next_box..end)
        {
            return Step::Opened(*account, Box::new(granted));
        }
        self.next_box = end;
        if end >= self.grant.boxes() {
            self.tried.insert(print_of(secret));
            self.secrets.pop();
            self.next_box = 0;
        }
        Step::More
    }
}

fn print_of(secret: &BoxSecret) -> Print {
    let hash = blake3::hash(secret.public().as_bytes());
    let (print, _) = hash
        .as_bytes()
        .split_first_chunk()
        .expect("a hash is longer");
    *print
}

fn prints_of(row: &[u8]) -> BTreeSet<Print> {
    row.as_chunks().0.iter().copied().collect()
}

fn row_of(prints: &BTreeSet<Print>) -> Vec<u8> {
    prints.iter().take(PRINTS_MAX).flatten().copied().collect()
}

impl Logs {
    /// Notes a grant that came in.
    pub(in crate::store) fn note_grant(&self, batch: &mut Batch, handle: Handle, seq: u64) {
        batch.insert(place_key(NOTED, handle, seq), []);
    }

    /// Grants of a log were noted.
    pub(in crate::store) fn count_grants(&mut self, handle: Handle) {
        self.spaces.grants.noted.insert(handle);
        self.space_news.send_modify(|count| *count += 1);
    }

    /// A grant goes.
    pub(in crate::store) fn forget_grant(&self, batch: &mut Batch, handle: Handle, seq: u64) {
        batch.remove(place_key(NOTED, handle, seq));
        batch.remove(place_key(ASIDE, handle, seq));
    }

    /// Finds what is noted.
    pub(in crate::store) fn load_grants(&mut self) -> Result<(), StoreError> {
        self.spaces.grants = GrantWork::default();
        let mut noted = BTreeSet::new();
        for row in self.db.prefixed(&view_key(NOTED, &[])) {
            noted.extend(handle_in(&row?.0));
        }
        self.spaces.grants.noted = noted;
        Ok(())
    }

    /// Whether grants are left to open.
    pub(crate) fn has_unopened_grants(&self) -> bool {
        self.spaces.grants.current.is_some() || !self.spaces.grants.noted.is_empty()
    }

    /// Opens grants that came in, those of `first` before all others, for about as long as `budget`; gives those that are
    /// for an account here. Each is given again after the next start, until it is settled
    /// ([`Self::settle_grant`]).
    pub(crate) fn open_grants(
        &mut self,
        first: &BTreeSet<Identity>,
        budget: Duration,
    ) -> Result<Vec<GrantSeen>, StoreError> {
        let begun = Instant::now();
        let secrets = self.all_inbox_secrets();
        self.note_again(&secrets)?;
        let mut seen = Vec::new();
        loop {
            if self.spaces.grants.current.is_none() && !self.begin_next(first, &secrets)? {
                break;
            }
            if let Some(mut opening) = self.spaces.grants.current.take() {
                match opening.step() {
                    Step::More => self.spaces.grants.current = Some(opening),
                    Step::Closed => self.set_aside(&opening.place, &opening.tried)?,
                    Step::Opened(account, granted) => {
                        // Noted until it is settled, but not looked at again before the next start.
                        self.spaces.grants.told.insert(opening.place);
                        seen.push(GrantSeen {
                            account,
                            granter: opening.place.log.identity,
                            place: opening.place,
                            granted: *granted,
                        });
                    }
                }
            }
            if begun.elapsed() >= budget {
                break;
            }
        }
        Ok(seen)
    }

    /// What a grant gave is recorded, or isn't wanted: it isn't given again, unless [`Self::retry_grants_of`] asks for it.
    pub(crate) fn settle_grant(&mut self, place: &Place) -> Result<(), StoreError> {
        self.spaces.grants.told.remove(place);
        let prints = self.all_inbox_secrets();
        let prints = prints.iter().map(|(_, secret)| print_of(secret)).collect();
        self.set_aside(place, &prints)
    }

    /// Has all grants of somebody opened again: of one who is a friend only now, say.
    pub(crate) fn retry_grants_of(&mut self, granter: &Identity) -> Result<(), StoreError> {
        let logs = self.logs.iter();
        let logs = logs.filter(|(log, _)| log.identity == *granter && log.log.is_social());
        let handles: Vec<Handle> = logs.map(|(_, meta)| meta.handle).collect();
        for handle in handles {
            let prefix = view_key(ASIDE, &handle.to_be_bytes());
            let keys: Result<Vec<Vec<u8>>, _> = self
                .db
                .prefixed(&prefix)
                .map(|row| Ok::<_, StoreError>(row?.0))
                .collect();
            let mut batch = Batch::default();
            for key in keys? {
                batch.insert(place_key(NOTED, handle, number_of(&key)), []);
                batch.remove(key);
                self.count_grants(handle);
            }
            self.apply(batch)?;
        }
        Ok(())
    }

    fn all_inbox_secrets(&self) -> Vec<(Identity, BoxSecret)> {
        let mut secrets = Vec::new();
        for account in self.account_identities() {
            let of_account = self.inbox_secrets(&account).into_iter();
            // Taken from the end: the newest first.
            secrets.extend(of_account.map(|(_, secret)| (account, secret)));
        }
        secrets
    }

    /// Has what was set aside looked at again when there is a key that wasn't there.
    fn note_again(&mut self, secrets: &[(Identity, BoxSecret)]) -> Result<(), StoreError> {
        let now: BTreeSet<Print> = secrets.iter().map(|(_, secret)| print_of(secret)).collect();
        if self.spaces.grants.prints.as_ref() == Some(&now) {
            return Ok(());
        }
        let mut batch = Batch::default();
        let mut handles = Vec::new();
        let mut is_all = true;
        for row in self.db.prefixed(&view_key(ASIDE, &[])) {
            let (key, value) = row?;
            let Some(handle) = handle_in(&key) else {
                continue;
            };
            if now.is_subset(&prints_of(&value)) {
                continue;
            }
            if handles.len() == AGAIN_MAX {
                is_all = false;
                break;
            }
            batch.insert(place_key(NOTED, handle, number_of(&key)), value);
            batch.remove(key);
            handles.push(handle);
        }
        self.apply(batch)?;
        handles
            .into_iter()
            .for_each(|handle| self.count_grants(handle));
        if is_all {
            self.spaces.grants.prints = Some(now);
        }
        Ok(())
    }

    /// Puts a grant aside that no key that is there opens.
    fn set_aside(&mut self, place: &Place, tried: &BTreeSet<Print>) -> Result<(), StoreError> {
        let Some(handle) = self.logs.get(&place.log).map(|meta| meta.handle) else {
            return Ok(());
        };
        let noted = place_key(NOTED, handle, place.seq);
        if self.db.value(&noted)?.is_none() {
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.remove(noted);
        batch.insert(place_key(ASIDE, handle, place.seq), row_of(tried));
        self.apply(batch)
    }

    /// Takes up the next grant; says whether there was one.
    fn begin_next(
        &mut self,
        first: &BTreeSet<Identity>,
        secrets: &[(Identity, BoxSecret)],
    ) -> Result<bool, StoreError> {
        while let Some(handle) = self.next_log(first) {
            let Some((place, tried)) = self.next_noted(handle)? else {
                self.spaces.grants.noted.remove(&handle);
                continue;
            };
            let Some(Content::EpochGrant(grant)) = self.content(&place)? else {
                let mut batch = Batch::default();
                self.forget_grant(&mut batch, handle, place.seq);
                self.apply(batch)?;
                continue;
            };
            let left = secrets.iter();
            let left = left.filter(|(_, secret)| !tried.contains(&print_of(secret)));
            self.spaces.grants.current = Some(Opening {
                place,
                grant,
                secrets: left.cloned().collect(),
                next_box: 0,
                tried,
            });
            return Ok(true);
        }
        Ok(false)
    }

    /// The log whose turn it is: of the known ones it goes round by author, so that neither much that one wrote nor many
    /// logs of one keep what another granted waiting.
    fn next_log(&mut self, first: &BTreeSet<Identity>) -> Option<Handle> {
        let work = &mut self.spaces.grants;
        let author_of = |handle: &Handle| self.by_handle.get(handle).map(|log| log.identity);
        let is_known = |author: &Identity| first.contains(author);
        let known = work.noted.iter();
        let known = known
            .filter_map(|handle| Some((author_of(handle).filter(is_known)?, *handle)))
            .min_by_key(|(author, handle)| (Some(*author) <= work.last_known, *author, *handle));
        let is_unknown =
            |handle: &&Handle| !author_of(handle).is_some_and(|author| is_known(&author));
        if let Some((author, handle)) = known
            && work.turns + 1 < TURNS
        {
            work.last_known = Some(author);
            work.turns += 1;
            return Some(handle);
        }
        work.turns = 0;
        let after = work.noted.range(work.last.saturating_add(1)..);
        let unknown = after.chain(&work.noted).find(is_unknown);
        match (unknown.copied(), known) {
            (Some(next), _) => {
                work.last = next;
                Some(next)
            }
            (None, Some((author, handle))) => {
                work.last_known = Some(author);
                Some(handle)
            }
            (None, None) => None,
        }
    }

    /// The newest noted grant of a log that wasn't told yet, with the keys that don't open it.
    fn next_noted(&self, handle: Handle) -> Result<Option<(Place, BTreeSet<Print>)>, StoreError> {
        let Some(log) = self.by_handle.get(&handle) else {
            return Ok(None);
        };
        let rows = self.db.prefixed(&view_key(NOTED, &handle.to_be_bytes()));
        for row in rows.rev() {
            let (key, value) = row?;
            let place = Place {
                log: *log,
                seq: number_of(&key),
            };
            if !self.spaces.grants.told.contains(&place) {
                return Ok(Some((place, prints_of(&value))));
            }
        }
        Ok(None)
    }
}

fn handle_in(key: &[u8]) -> Option<Handle> {
    let bytes = key.get(2..6)?.try_into().ok()?;
    Some(Handle::from_be_bytes(bytes))
}
