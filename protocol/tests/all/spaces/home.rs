//! One device of somebody: what it holds, which keys it knows, and what it makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use hearth_keys::{BoxPublic, BoxSecret, DeviceId, SpaceKey};
use hearth_protocol::body;
use hearth_protocol::content::{Content, ControlOp};
use hearth_protocol::entry::{EntryId, Place};
use hearth_protocol::space::{
    ControlEntry, EpochControl, EpochId, EpochKeys, Resolved, Space, resolve,
};

/// An entry as it lies in somebody's log.
pub(crate) struct Item {
    pub(crate) id: EntryId,
    pub(crate) place: Place,
    pub(crate) body: Vec<u8>,
}

/// What is known of an epoch.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) control: EpochControl,
    pub(crate) body: Option<SpaceKey>,
}

/// What an account has in its own logs: shared by its devices.
#[derive(Clone, Default)]
pub(crate) struct Own {
    pub(crate) inboxes: BTreeMap<u32, Rc<BoxSecret>>,
    pub(crate) epochs: BTreeMap<EpochId, Known>,
}

pub(crate) struct Home {
    pub(crate) person: usize,
    pub(crate) device: DeviceId,
    pub(crate) revoked: bool,
    pub(crate) own: Own,
    /// Devices of which is known that they were cut, and the sequence from which on nothing holds.
    pub(crate) cuts: BTreeMap<DeviceId, u64>,
    pub(crate) held: BTreeSet<usize>,
    pub(crate) newest: BTreeMap<usize, (u32, BoxPublic)>,
    pub(crate) controls: BTreeMap<EntryId, ControlEntry>,
    /// Bodies that opened, and under which epoch.
    pub(crate) opened: BTreeMap<usize, EpochId>,
    /// Sealed bodies that didn't open yet.
    waiting: BTreeSet<usize>,
    grants: BTreeSet<usize>,
    tried: BTreeSet<(usize, u32)>,
}

impl Home {
    pub(crate) fn new(person: usize, device: DeviceId, own: Own) -> Self {
        Self {
            person,
            device,
            revoked: false,
            own,
            cuts: BTreeMap::new(),
            held: BTreeSet::new(),
            newest: BTreeMap::new(),
            controls: BTreeMap::new(),
            opened: BTreeMap::new(),
            waiting: BTreeSet::new(),
            grants: BTreeSet::new(),
            tried: BTreeSet::new(),
        }
    }

    pub(crate) fn know(&mut self, keys: &EpochKeys) {
        let known = Known {
            control: keys.control_part(),
            body: Some(keys.body.clone()),
        };
        self.own.epochs.insert(keys.id(), known);
    }

    pub(crate) fn holds_body_key(&self, epoch: &EpochId) -> bool {
        (self.own.epochs.get(epoch)).is_some_and(|known| known.body.is_some())
    }

    pub(crate) fn keys(&self, space: &Space, epoch: &EpochId) -> Option<EpochKeys> {
        let known = self.own.epochs.get(epoch)?;
        Some(EpochKeys {
            space: *space,
            generation: known.control.generation,
            starter: known.control.starter,
            body: known.body.clone()?,
            control: known.control.control.clone(),
        })
    }

    pub(crate) fn take(
        &mut self,
        items: &[Item],
        taken: impl IntoIterator<Item = usize>,
        who: impl Fn(&Place) -> usize,
    ) {
        for item in taken {
            let Item { place, body, .. } = &items[item];
            if is_cut(&self.cuts, place) || !self.held.insert(item) {
                continue;
            }
            if !body::is_clear(body) {
                self.waiting.insert(item);
                continue;
            }
            match body::open_clear(body) {
                Ok(Content::Inbox(inbox)) => {
                    let newest = self
                        .newest
                        .entry(who(place))
                        .or_insert((inbox.generation, inbox.public));
                    if newest.0 < inbox.generation {
                        *newest = (inbox.generation, inbox.public);
                    }
                }
                Ok(Content::EpochGrant(_)) => _ = self.grants.insert(item),
                _ => {}
            }
        }
    }

    /// Opens whatever can be opened, until nothing more does.
    pub(crate) fn learn(&mut self, items: &[Item], space: &Space) {
        self.open_grants(items, space);
        let mut fresh = true;
        while fresh {
            fresh = false;
            for item in self.waiting.clone() {
                fresh |= self.open(item, &items[item], space);
            }
        }
    }

    fn open_grants(&mut self, items: &[Item], space: &Space) {
        for &item in &self.grants {
            let Item { place, body, .. } = &items[item];
            for (generation, secret) in &self.own.inboxes {
                if !self.tried.insert((item, *generation)) {
                    continue;
                }
                let Ok(Content::EpochGrant(grant)) = body::open_clear(body) else {
                    continue;
                };
                let Some(granted) = grant.open(secret, place) else {
                    continue;
                };
                for keys in granted.past.iter().chain([&granted.keys]) {
                    if keys.space == *space {
                        let known = Known {
                            control: keys.control_part(),
                            body: Some(keys.body.clone()),
                        };
                        self.own.epochs.insert(keys.id(), known);
                    }
                }
            }
        }
    }

    /// Tries what is known of keys; says whether new ones came of it.
    fn open(&mut self, at: usize, item: &Item, space: &Space) -> bool {
        let place = item.place.to_bytes();
        let Some(mark) = body::mark(&item.body) else {
            return false;
        };
        let mut learned = Vec::new();
        for (epoch, known) in &self.own.epochs {
            if known.control.control.made(&place, mark) {
                self.waiting.remove(&at);
                let key = &known.control.control;
                if let Ok(Content::Control(control)) = body::open(&item.body, &item.place, [key]) {
                    if let ControlOp::Epoch { previous, .. } = &control.op {
                        learned.extend(previous.iter().cloned());
                    }
                    let entry = ControlEntry {
                        id: item.id,
                        place: item.place,
                        under: *epoch,
                        control,
                    };
                    self.controls.insert(item.id, entry);
                }
                break;
            }
            if known
                .body
                .as_ref()
                .is_some_and(|body| body.made(&place, mark))
            {
                self.waiting.remove(&at);
                let key = known.body.as_ref().unwrap();
                if let Ok(Content::Post(_)) = body::open(&item.body, &item.place, [key]) {
                    self.opened.insert(at, *epoch);
                }
                break;
            }
        }
        let before = self.own.epochs.len();
        for control in learned {
            let id = control.id(space);
            self.own.epochs.entry(id).or_insert(Known {
                control,
                body: None,
            });
        }
        self.own.epochs.len() > before
    }

    pub(crate) fn resolved(&self, space: &Space) -> Resolved {
        let entries: Vec<_> = self.controls.values().cloned().collect();
        resolve(space, &entries, &|parent| is_cut(&self.cuts, &parent.place))
    }

    /// Drops what doesn't hold any more.
    pub(crate) fn obey(&mut self, items: &[Item], cuts: BTreeMap<DeviceId, u64>) {
        self.cuts.extend(cuts);
        let cuts = &self.cuts;
        let holds = |item: &usize| !is_cut(cuts, &items[*item].place);
        self.held.retain(holds);
        self.waiting.retain(holds);
        self.grants.retain(holds);
        self.controls.retain(|_, entry| !is_cut(cuts, &entry.place));
    }
}

pub(crate) fn is_cut(cuts: &BTreeMap<DeviceId, u64>, place: &Place) -> bool {
    (cuts.get(&place.log.device)).is_some_and(|end| place.seq >= *end)
}
