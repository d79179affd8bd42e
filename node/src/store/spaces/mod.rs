//! What is said in spaces: the keys that open it, what waits for its key, and who has a say.
//!
//! A body doesn't say which space it is in: the key that opens it tells. Keys are learned from records in own logs
//! ([`keyring`], [`opening`]); what no key opens yet waits by its nonce and tag alone ([`waiting`]) and is shown once the key
//! comes. Grants of others are opened a little at a time ([`granted`]).

pub(crate) mod carried;
pub(in crate::store) mod carried_reactions;
pub(crate) mod control;
pub(crate) mod granted;
pub(crate) mod keyring;
pub(crate) mod opening;
pub(crate) mod waiting;

use std::cell::RefCell;
use std::collections::BTreeMap;

use hearth_protocol::content::Content;
use hearth_protocol::space::{EpochId, Space};

use self::control::Controls;
use self::granted::GrantWork;
use self::keyring::Keyring;
use self::waiting::Retries;
use super::db::Batch;
use super::inboxes::ToldInboxes;
use super::logs::{Logs, StoreError, damaged};
use super::views::{BOOSTED, view_key};

/// The view of spaces by handle.
const SPACES: u8 = 40;

/// A space's handle in orders; 0 is the public space.
pub(crate) type SpaceHandle = u32;

/// Handles have so many bits.
pub(in crate::store) const SPACE_HANDLE_BITS: u32 = 24;

/// For whom a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Audience {
    /// The space.
    pub(crate) space: Space,
    /// The epoch whose key sealed it; none in the public space, nor in the private one, whose keys are granted otherwise.
    pub(crate) epoch: Option<EpochId>,
}

impl Audience {
    /// Everybody.
    pub(crate) const PUBLIC: Self = Self {
        space: Space::Public,
        epoch: None,
    };
}

/// What a body says, and to whom.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    /// What.
    pub(crate) content: Content,
    /// To whom.
    pub(crate) audience: Audience,
}

/// What is at hand of spaces.
#[derive(Debug, Default)]
pub(in crate::store) struct Spaces {
    pub(in crate::store) keyring: Keyring,
    handles: BTreeMap<Space, SpaceHandle>,
    pub(in crate::store) retries: Retries,
    grants: GrantWork,
    controls: RefCell<Controls>,
    pub(in crate::store) told_inboxes: ToldInboxes,
}

impl Spaces {
    /// The handle of a space, if anything in it was ever shown.
    pub(in crate::store) fn handle(&self, space: &Space) -> Option<SpaceHandle> {
        match space {
            Space::Public => Some(0),
            other => self.handles.get(other).copied(),
        }
    }

    /// Forgets what the views say, which are built anew.
    pub(in crate::store) fn forget_views(&mut self) {
        self.handles.clear();
        self.retries = Retries::default();
        self.grants = GrantWork::default();
        self.controls.borrow_mut().clear();
    }
}

impl Logs {
    /// The handle of a space, a new one for a new space. As with logs its row goes into every batch.
    pub(super) fn space_handle(
        &mut self,
        batch: &mut Batch,
        space: &Space,
    ) -> Result<SpaceHandle, StoreError> {
        if *space == Space::Public {
            return Ok(0);
        }
        let handles = &mut self.spaces.handles;
        let next = handles.values().max().map_or(1, |last| last + 1);
        let handle = *handles.entry(*space).or_insert(next);
        if handle >= BOOSTED {
            return Err(damaged("a space's handle"));
        }
        batch.insert(view_key(SPACES, &handle.to_be_bytes()), space.to_bytes());
        Ok(handle)
    }

    /// Reads which handles spaces have.
    pub(super) fn load_spaces(&mut self) -> Result<(), StoreError> {
        for row in self.db.prefixed(&view_key(SPACES, &[])) {
            let (key, value) = row?;
            let handle = key
                .last_chunk()
                .map_or(0, |bytes| u32::from_be_bytes(*bytes));
            self.spaces
                .handles
                .insert(Space::from_bytes(&value)?, handle);
        }
        Ok(())
    }
}
