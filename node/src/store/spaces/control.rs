//! How shared spaces are run: the control entries that are held, and what they amount to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hearth_keys::Identity;
use hearth_protocol::content::{Content, ControlOp, Reference};
use hearth_protocol::entry::{LogKey, Place};
use hearth_protocol::root::Bound;
use hearth_protocol::space::{ControlEntry, EpochId, Resolved, Space, resolve};

use super::opening::place_of;
use super::{Audience, SpaceHandle};
use crate::store::logs::{Logs, StoreError};
use crate::store::rows::{Handle, KeptBody, key};
use crate::store::views::view_key;

/// The view of control entries by space.
const CONTROLS: u8 = 43;
/// Control entries of one identity that are read, and bytes of them, the first ones of its logs in ascending order: whoever
/// writes without end doesn't make others work without end. What of them is looked at is the history's business.
const CONTROLS_PER_IDENTITY_MAX: usize = 16 * 1024;
const CONTROL_BYTES_PER_IDENTITY_MAX: usize = 32 << 20;
/// So long what people say who aren't in a space, and never ran it, changes nothing that was worked out before, and it isn't
/// looked again whether something comes that others wait for.
const CALM: Duration = Duration::from_secs(10);
/// Spaces whose members are at hand.
const RESOLVED_MAX: usize = 256;

/// What control entries amount to, where it was asked.
#[derive(Debug, Default)]
pub(super) struct Controls(BTreeMap<Space, Known>);

#[derive(Debug)]
struct Known {
    resolved: Arc<Resolved>,
    /// Since when something may have changed that can wait.
    since: Option<Instant>,
}

impl Controls {
    fn get(&self, space: &Space) -> Option<Arc<Resolved>> {
        let known = self.0.get(space)?;
        let is_over = known.since.is_some_and(|since| since.elapsed() >= CALM);
        (!is_over).then(|| Arc::clone(&known.resolved))
    }

    fn keep(&mut self, space: Space, resolved: &Arc<Resolved>) {
        if self.0.len() >= RESOLVED_MAX {
            self.clear();
        }
        let waits = !resolved.missing.is_empty();
        let known = Known {
            resolved: Arc::clone(resolved),
            since: waits.then(Instant::now),
        };
        self.0.insert(space, known);
    }

    /// Another key to read entries is there.
    pub(super) fn forget(&mut self, space: &Space) {
        self.0.remove(space);
    }

    /// Another entry is there, or one less.
    pub(super) fn forget_by(&mut self, space: &Space, author: &Identity) {
        let Some(known) = self.0.get_mut(space) else {
            return;
        };
        let resolved = &known.resolved;
        if resolved.members.contains_key(author)
            || resolved.was_admin(author)
            || !resolved.was_member(author)
        {
            self.forget(space);
        } else {
            known.since.get_or_insert_with(Instant::now);
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// namespace ‖ view ‖ space ‖ log and sequence of the entry
pub(in crate::store) fn control_key(space: SpaceHandle, log: Handle, seq: u64) -> Vec<u8> {
    let mut rest = space.to_be_bytes().to_vec();
    rest.extend_from_slice(&key(0, log, seq)[1..]);
    view_key(CONTROLS, &rest)
}

impl Logs {
    /// Forgets what a space's control entries amounted to: one of somebody's came or went.
    pub(in crate::store) fn forget_resolved(&self, space: &Space, author: &Identity) {
        let mut controls = self.spaces.controls.borrow_mut();
        controls.forget_by(space, author);
    }

    /// Where the control entries of a space lie that could be read.
    fn control_places(&self, handle: SpaceHandle) -> Result<Vec<Place>, StoreError> {
        let mut of_logs: BTreeMap<LogKey, Vec<Place>> = BTreeMap::new();
        for row in self.db.prefixed(&view_key(CONTROLS, &handle.to_be_bytes())) {
            if let Some(place) = place_of(self, &row?.0) {
                of_logs.entry(place.log).or_default().push(place);
            }
        }
        Ok(of_logs.into_values().flatten().collect())
    }

    /// What the control entries of a shared space that are held amount to.
    pub(crate) fn resolved(&self, space: &Space) -> Result<Arc<Resolved>, StoreError> {
        if let Some(resolved) = self.spaces.controls.borrow().get(space) {
            return Ok(resolved);
        }
        let entries = self.control_entries(space)?;
        let gone = |parent: &Reference| self.is_gone(parent);
        let mut resolved = resolve(space, &entries, &gone);
        resolved.back = self.came_back(space, &resolved)?;
        let resolved = Arc::new(resolved);
        self.spaces.controls.borrow_mut().keep(*space, &resolved);
        Ok(resolved)
    }

    /// Whether an entry that isn't at hand never comes: its log was cut before it, or goes on otherwise there.
    fn is_gone(&self, Reference { place, id }: &Reference) -> bool {
        let log = &place.log;
        if self.is_in_dispute(place) {
            return true;
        }
        // What can't be read back may come from somebody else.
        if let Ok(Some((held, item))) = self.entry(place) {
            return held.id() != *id || matches!(item.body, KeptBody::Gone { .. });
        }
        match self.bound_of(log) {
            Bound::Open => false,
            // Who isn't certified as far as is known may be yet.
            Bound::Void => {
                let statements = self.statements.get(&log.identity);
                statements.is_some_and(|statements| statements.is_cut(&log.device))
            }
            Bound::EndsAt(end) => place.seq > end.seq,
        }
    }

    /// Whether a place lies where its log is known to have forked and no cut says which branch holds: one has the one entry
    /// and another the other, so that neither counts.
    fn is_in_dispute(&self, place: &Place) -> bool {
        let fork = self.forks.get(&place.log);
        fork.is_some_and(|proof| proof.place().seq <= place.seq)
            && self.bound_of(&place.log) == Bound::Open
    }

    fn bound_of(&self, log: &LogKey) -> Bound {
        let statements = self.statements.get(&log.identity);
        statements.map_or(Bound::Void, |statements| {
            statements.bound(&log.device, log.log)
        })
    }

    /// Forgets what all spaces' control entries amounted to: a log ended, and what waited for more of it needn't any more.
    pub(in crate::store) fn forget_all_resolved(&self) {
        self.spaces.controls.borrow_mut().clear();
        self.space_news.send_modify(|count| *count += 1);
    }

    /// The control entries of a shared space that are held.
    pub(crate) fn control_entries(&self, space: &Space) -> Result<Vec<ControlEntry>, StoreError> {
        let Some(handle) = self.spaces.handle(space) else {
            return Ok(Vec::new());
        };
        let mut entries = Vec::new();
        let mut read: BTreeMap<Identity, (usize, usize)> = BTreeMap::new();
        for place in self.control_places(handle)? {
            let (count, bytes) = read.entry(place.log.identity).or_default();
            if *count >= CONTROLS_PER_IDENTITY_MAX || *bytes >= CONTROL_BYTES_PER_IDENTITY_MAX {
                continue;
            }
            *count += 1;
            entries.extend(self.control_at(space, &place, bytes)?);
        }
        Ok(entries)
    }

    /// Reads one; `bytes` grows by its length.
    fn control_at(
        &self,
        space: &Space,
        place: &Place,
        bytes: &mut usize,
    ) -> Result<Option<ControlEntry>, StoreError> {
        if self.is_in_dispute(place) {
            return Ok(None);
        }
        let Some((entry, item)) = self.entry(place)? else {
            return Ok(None);
        };
        *bytes += entry.header().body_bytes as usize;
        let body = self.body_of(place, &item.body)?;
        let opened = body.and_then(|body| self.open_body(place, &body));
        let Some((opened, under)) = opened.and_then(|opened| {
            let under = opened.audience.epoch?;
            Some((opened, under))
        }) else {
            return Ok(None);
        };
        Ok(match opened.content {
            Content::Control(mut control)
                if control.space == *space && opened.audience.space == *space =>
            {
                // What isn't known has no effect, whatever it says.
                if let ControlOp::Unknown { payload, .. } = &mut control.op {
                    payload.clear();
                }
                Some(ControlEntry {
                    id: entry.id(),
                    place: *place,
                    under,
                    control,
                })
            }
            _ => None,
        })
    }

    /// Whether what lies at a place and was sealed for `audience` counts there: by somebody who is in the space, and not
    /// beyond where a removal ends what they say.
    pub(crate) fn counts(&self, place: &Place, audience: &Audience) -> Result<bool, StoreError> {
        match (&audience.space, &audience.epoch) {
            (Space::Shared { .. }, Some(epoch)) => self.counts_in(&audience.space, place, epoch),
            _ => Ok(true),
        }
    }

    fn counts_in(&self, space: &Space, place: &Place, epoch: &EpochId) -> Result<bool, StoreError> {
        Ok(self.resolved(space)?.counts(place, epoch))
    }

    /// Learns the keys that control entries hand on, until no entry becomes readable by it.
    pub(super) fn load_controls(&mut self) -> Result<(), StoreError> {
        let handles: Vec<SpaceHandle> = self.spaces.handles.values().copied().collect();
        for handle in handles {
            let places = self.control_places(handle)?;
            for _ in 0..=places.len() {
                let mut learned = false;
                for place in &places {
                    learned |= self.learn_control(place)?;
                }
                if !learned {
                    break;
                }
            }
        }
        Ok(())
    }
}
