//! Opening bodies, and learning the keys for it.

use std::collections::BTreeSet;

use hearth_keys::Identity;
use hearth_protocol::body;
use hearth_protocol::content::{Content, Control, ControlOp, EpochRecord, RecordedKeys};
use hearth_protocol::entry::Place;
use hearth_protocol::space::{EpochControl, EpochId, Space};

use super::keyring::{HeldEpoch, Learned, Teller};
use super::{Audience, Opened};
use crate::store::db::Batch;
use crate::store::logs::{Logs, StoreError};
use crate::store::rows::{Handle, key, number_of};
use crate::store::views::view_key;

/// The view of own entries that record epochs.
const EPOCH_RECORDS: u8 = 41;

/// namespace ‖ view ‖ author ‖ log and sequence of the entry
pub(in crate::store) fn records_key(author: Handle, log: Handle, seq: u64) -> Vec<u8> {
    let mut rest = author.to_be_bytes().to_vec();
    rest.extend_from_slice(&key(0, log, seq)[1..]);
    view_key(EPOCH_RECORDS, &rest)
}

/// The place at the end of a view's key.
pub(in crate::store) fn place_of(logs: &Logs, view_key: &[u8]) -> Option<Place> {
    let (rest, _) = view_key.split_last_chunk::<8>()?;
    let handle = Handle::from_be_bytes(*rest.last_chunk()?);
    Some(Place {
        log: *logs.by_handle.get(&handle)?,
        seq: number_of(view_key),
    })
}

impl Logs {
    /// What a body says and to whom, if it can be read here.
    pub(crate) fn open_body(&self, place: &Place, bytes: &[u8]) -> Option<Opened> {
        let Some(mark) = body::mark(bytes) else {
            let content = body::open_clear(bytes).ok()?;
            let audience = Audience::PUBLIC;
            return Some(Opened { content, audience });
        };
        let identity = &place.log.identity;
        if let Some(held) = self.spaces.keyring.made(place, mark) {
            let content = body::open(bytes, place, [&held.key]).ok()?;
            // How a space is run is readable by members who may not read what was said, and is said nowhere else.
            let is_control = matches!(content, Content::Control(_));
            return (is_control == held.is_control).then_some(Opened {
                content,
                audience: held.audience,
            });
        }
        let content = body::open(bytes, place, self.space_keys(identity)).ok()?;
        let audience = Audience {
            space: Space::Private(*identity),
            epoch: None,
        };
        Some(Opened { content, audience })
    }

    fn take_record(&mut self, record: &EpochRecord) {
        let own = self.account_identities();
        let learned = self.spaces.keyring.learn(record, &own);
        self.use_learned(record.keys.space(), learned);
    }

    /// Has what waits tried again with what was learned.
    pub(super) fn use_learned(&mut self, space: &Space, learned: Learned) {
        if learned.is_empty() {
            return;
        }
        if matches!(space, Space::Shared { .. }) {
            self.spaces.controls.borrow_mut().forget(space);
        }
        let keyring = &self.spaces.keyring;
        let all = keyring.keys_of(space).map(|(number, _)| number).collect();
        for log in self.logs.iter() {
            let (author, handle) = (log.0.identity, log.1.handle);
            if learned.authors.contains(&author) {
                self.spaces.retries.add(handle, &all, false);
            } else if keyring.has_author(space, &author) {
                self.spaces.retries.add(handle, &learned.keys, false);
            }
        }
    }

    /// Does what an entry that was just opened brings about before anything is shown: keys, handles.
    pub(in crate::store) fn take_opened(
        &mut self,
        batch: &mut Batch,
        place: &Place,
        opened: &Opened,
    ) -> Result<(), StoreError> {
        let identity = place.log.identity;
        match &opened.content {
            Content::KeyGrant(grant) if self.accept_grant(place, grant) => {
                self.retry_private(&identity);
            }
            Content::Edit(edit) => self.expect(batch, edit.target.place(identity).log)?,
            Content::Post(_) | Content::Boost(_) => {
                self.space_handle(batch, &opened.audience.space)?;
            }
            Content::EpochRecords(records) if self.is_own_record(place, &opened.audience) => {
                records.iter().for_each(|record| self.take_record(record));
            }
            Content::Control(control) if control.space == opened.audience.space => {
                self.space_handle(batch, &control.space)?;
                self.space_news.send_modify(|count| *count += 1);
                self.take_control(&identity, opened);
            }
            _ => {}
        }
        Ok(())
    }

    /// Learns what a step in running a space tells: earlier control keys, and who else may speak. Only who begins an epoch
    /// hands on keys, those of epochs before it.
    fn take_control(&mut self, author: &Identity, opened: &Opened) -> bool {
        let (Content::Control(Control { op, .. }), space) =
            (&opened.content, &opened.audience.space)
        else {
            return false;
        };
        self.space_news.send_modify(|count| *count += 1);
        self.spaces.controls.borrow_mut().forget_by(space, author);
        let mut learned = Learned::default();
        let mut authors = vec![*author];
        match op {
            ControlOp::Epoch {
                generation,
                body,
                control,
                previous,
                ..
            } => {
                let begun = EpochId::named(space, *generation, author, *body, *control);
                if opened.audience.epoch == Some(begun) {
                    self.spaces.keyring.begun(space, &begun, author);
                    let earlier = earlier_than(*generation, previous);
                    authors.extend(earlier.clone().map(|control| control.starter));
                    learned = self.hand_on(space, earlier, Teller::Entry(*author));
                }
            }
            ControlOp::Add { members, .. } => authors.extend(members.iter().copied()),
            _ => {}
        }
        let keyring = &mut self.spaces.keyring;
        learned.authors = keyring.add_authors(space, authors, Some(*author));
        let is_new = !learned.is_empty();
        self.use_learned(space, learned);
        is_new
    }

    fn hand_on<'a>(
        &mut self,
        space: &Space,
        controls: impl Iterator<Item = &'a EpochControl>,
        teller: Teller,
    ) -> Learned {
        let mut learned = Learned::default();
        for control in controls {
            let keys = RecordedKeys::Control {
                space: *space,
                control: control.clone(),
            };
            let more = self.spaces.keyring.learn_keys(&keys, teller);
            learned.keys.extend(more.keys);
        }
        learned
    }

    /// Learns the keys that entries which count hand on, where they weren't kept before for there being too many.
    pub(crate) fn learn_passed_over(&mut self, space: &Space) -> Result<(), StoreError> {
        let resolved = self.resolved(space)?;
        let counting = resolved.epochs.values().filter(|epoch| epoch.counts);
        let mut handed_on = counting.flat_map(|epoch| &epoch.previous);
        if handed_on.all(|id| self.epoch(space, id).is_some()) {
            return Ok(());
        }
        let mut learned = Learned::default();
        for entry in self.control_entries(space)? {
            let begun = resolved.epochs.get(&entry.under);
            let counts = begun.is_some_and(|epoch| epoch.counts && epoch.entry == entry.id);
            if let ControlOp::Epoch { previous, .. } = &entry.control.op
                && counts
            {
                let more = self.hand_on(space, previous.iter(), Teller::Counting);
                learned.keys.extend(more.keys);
            }
        }
        self.use_learned(space, learned);
        Ok(())
    }

    /// Takes it that these speak in a space, however many others are said to.
    pub(crate) fn hear_members(&mut self, space: &Space, members: &BTreeSet<Identity>) {
        let keyring = &mut self.spaces.keyring;
        let learned = Learned {
            keys: BTreeSet::new(),
            authors: keyring.add_authors(space, members.iter().copied(), None),
        };
        self.use_learned(space, learned);
    }

    /// Whether an entry is one of the account's own records: nobody else says which keys are known here.
    pub(in crate::store) fn is_own_record(&self, place: &Place, audience: &Audience) -> bool {
        let identity = place.log.identity;
        !place.log.log.is_social()
            && audience.space == Space::Private(identity)
            && self.account(&identity).is_ok()
    }

    /// Learns all epochs that own logs and control entries tell, after an opening.
    pub(in crate::store) fn load_epochs(&mut self) -> Result<(), StoreError> {
        self.load_spaces()?;
        for account in self.account_identities() {
            let Some(handle) = self.identities.get(&account) else {
                continue;
            };
            let rows = self
                .db
                .prefixed(&view_key(EPOCH_RECORDS, &handle.to_be_bytes()));
            let places: Result<Vec<Option<Place>>, _> = rows
                .map(|row| Ok::<_, StoreError>(place_of(self, &row?.0)))
                .collect();
            for place in places?.into_iter().flatten() {
                if let Some(Content::EpochRecords(records)) = self.content(&place)? {
                    records.iter().for_each(|record| self.take_record(record));
                }
            }
        }
        self.load_controls()?;
        self.load_retries()?;
        self.load_grants()
    }

    /// The epochs of a space whose keys are held here.
    pub(crate) fn epochs(&self, space: &Space) -> impl Iterator<Item = (&EpochId, &HeldEpoch)> {
        self.spaces.keyring.epochs(space)
    }

    /// One epoch whose keys are held here.
    pub(crate) fn epoch(&self, space: &Space, id: &EpochId) -> Option<&HeldEpoch> {
        self.spaces.keyring.epoch(space, id)
    }

    /// Spaces of which keys are held here.
    pub(crate) fn known_spaces(&self) -> impl Iterator<Item = &Space> {
        self.spaces.keyring.spaces()
    }

    /// Learns what a control entry hands on; says whether anything was new.
    pub(super) fn learn_control(&mut self, place: &Place) -> Result<bool, StoreError> {
        let opened = self.opened(place)?;
        Ok(opened.is_some_and(|opened| match &opened.content {
            Content::Control(control) if control.space == opened.audience.space => {
                self.take_control(&place.log.identity, &opened)
            }
            _ => false,
        }))
    }
}

/// What an epoch that counts `generation` can follow on.
fn earlier_than(
    generation: u32,
    previous: &[EpochControl],
) -> impl Iterator<Item = &EpochControl> + Clone {
    previous
        .iter()
        .filter(move |earlier| earlier.generation < generation)
}
