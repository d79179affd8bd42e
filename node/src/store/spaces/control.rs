//! How shared spaces are run: the control entries that are held, and what they amount to.

use std::collections::BTreeMap;
use std::sync::Arc;

use hearth_keys::Identity;
use hearth_protocol::content::{Content, Reference};
use hearth_protocol::entry::{LogKey, Place};
use hearth_protocol::fork::ForkProof;
use hearth_protocol::root::{Bound, StatementSet};
use hearth_protocol::space::{ControlEntry, EpochId, Resolved, Space, resolve};

use super::opening::place_of;
use super::{Audience, SpaceHandle};
use crate::store::logs::{Logs, StoreError};
use crate::store::rows::{Handle, KeptBody, key};
use crate::store::views::view_key;

/// The view of control entries by space.
const CONTROLS: u8 = 43;
/// Control entries of one log that are looked at, the first ones: whoever writes without end doesn't make others work
/// without end, and all leave out the same once they hold the same.
const CONTROLS_PER_LOG_MAX: usize = 4096;
/// Of one identity's logs, in ascending order.
const CONTROLS_PER_IDENTITY_MAX: usize = 4 * CONTROLS_PER_LOG_MAX;
/// Spaces whose members are at hand.
const RESOLVED_MAX: usize = 256;

/// What control entries amount to, where it was asked.
#[derive(Debug, Default)]
pub(super) struct Controls(BTreeMap<Space, Arc<Resolved>>);

impl Controls {
    /// Another entry is there, or another key to read them.
    pub(super) fn forget(&mut self, space: &Space) {
        self.0.remove(space);
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
    /// Forgets what a space's control entries amounted to: one came or went.
    pub(in crate::store) fn forget_resolved(&self, space: &Space) {
        self.spaces.controls.borrow_mut().forget(space);
    }

    /// Where the control entries of a space lie that could be read.
    fn control_places(&self, handle: SpaceHandle) -> Result<Vec<Place>, StoreError> {
        let mut of_logs: BTreeMap<LogKey, Vec<Place>> = BTreeMap::new();
        for row in self.db.prefixed(&view_key(CONTROLS, &handle.to_be_bytes())) {
            if let Some(place) = place_of(self, &row?.0) {
                let of_log = of_logs.entry(place.log).or_default();
                if of_log.len() < CONTROLS_PER_LOG_MAX {
                    of_log.push(place);
                }
            }
        }
        let mut places: Vec<Place> = Vec::new();
        let mut of_identity: BTreeMap<Identity, usize> = BTreeMap::new();
        for place in of_logs.into_values().flatten() {
            let count = of_identity.entry(place.log.identity).or_default();
            *count += 1;
            if *count <= CONTROLS_PER_IDENTITY_MAX {
                places.push(place);
            }
        }
        Ok(places)
    }

    /// What the control entries of a shared space that are held amount to.
    pub(crate) fn resolved(&self, space: &Space) -> Result<Arc<Resolved>, StoreError> {
        if let Some(resolved) = self.spaces.controls.borrow().0.get(space) {
            return Ok(Arc::clone(resolved));
        }
        let entries = self.control_entries(space)?;
        let gone = |parent: &Reference| self.is_gone(parent);
        let resolved = Arc::new(resolve(space, &entries, &gone));
        let mut controls = self.spaces.controls.borrow_mut();
        if controls.0.len() >= RESOLVED_MAX {
            controls.clear();
        }
        controls.0.insert(*space, Arc::clone(&resolved));
        Ok(resolved)
    }

    /// Whether an entry that isn't at hand never comes: its log was cut before it, or goes on otherwise there.
    fn is_gone(&self, Reference { place, id }: &Reference) -> bool {
        let log = &place.log;
        // What can't be read back may come from somebody else.
        if let Ok(Some((held, item))) = self.entry(place) {
            return held.id() != *id || matches!(item.body, KeptBody::Gone { .. });
        }
        let is_forked = |proof: &ForkProof| proof.place().seq <= place.seq;
        let is_cut = |statements: &StatementSet| match statements.bound(&log.device, log.log) {
            Bound::Open => false,
            // Who isn't certified as far as is known may be yet.
            Bound::Void => statements.is_cut(&log.device),
            Bound::EndsAt(end) => place.seq > end.seq,
        };
        self.forks.get(log).is_some_and(is_forked)
            || self.statements.get(&log.identity).is_some_and(is_cut)
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
        for place in self.control_places(handle)? {
            entries.extend(self.control_at(space, &place)?);
        }
        Ok(entries)
    }

    fn control_at(&self, space: &Space, place: &Place) -> Result<Option<ControlEntry>, StoreError> {
        let Some((entry, item)) = self.entry(place)? else {
            return Ok(None);
        };
        let body = self.body_of(place, &item.body)?;
        let opened = body.and_then(|body| self.open_body(place, &body));
        let Some((opened, under)) = opened.and_then(|opened| {
            let under = opened.audience.epoch?;
            Some((opened, under))
        }) else {
            return Ok(None);
        };
        Ok(match opened.content {
            Content::Control(control)
                if control.space == *space && opened.audience.space == *space =>
            {
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
