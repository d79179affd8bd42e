//! Where things are had from: what a restore asks of those who keep them. Nothing that they say is trusted.

use std::collections::BTreeMap;

use hearth_keys::Identity;
use hearth_protocol::guardian::Attested;
use hearth_protocol::manifest::GuardianEntry;
use hearth_protocol::pack::PackId;

/// One who keeps something: a friend, or a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Keeper {
    /// Who; nobody for a folder.
    pub(crate) identity: Option<Identity>,
    /// The transport id of their node: what counts as one. Empty for a folder.
    pub(crate) peer: Vec<u8>,
}

/// What somebody says of the person who comes back.
#[derive(Debug, Clone)]
pub(crate) struct Witness {
    /// Who says so.
    pub(crate) keeper: Keeper,
    /// What they say.
    pub(crate) attested: Attested,
}

/// Why something wasn't given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotGiven {
    /// They don't have it, or can't be reached.
    Absent,
    /// They gave something else.
    Wrong,
}

/// Those who keep something for the person who comes back.
pub(crate) trait Source: Clone + Send + Sync + 'static {
    /// Everybody who answers now, and what they know.
    fn witnesses(&self) -> impl Future<Output = Vec<Witness>> + Send;

    /// What `keeper` keeps under this name, `bytes` long; whoever asks checks it again.
    fn fetch(
        &self,
        keeper: &Keeper,
        id: [u8; 32],
        bytes: u32,
    ) -> impl Future<Output = Result<Vec<u8>, NotGiven>> + Send;

    /// Who of those that can be asked keeps something under this name, and how long it is.
    fn keepers_of(&self, id: [u8; 32]) -> impl Future<Output = Vec<(Keeper, u32)>> + Send;

    /// A whole pack, where there are such; not checked.
    fn pack(&self, id: PackId, bytes: u32) -> impl Future<Output = Option<Vec<u8>>> + Send;

    /// Gets into touch with those whom the root names.
    fn seek(&self, guardians: &BTreeMap<u16, GuardianEntry>) -> impl Future<Output = ()> + Send;

    /// Whether somebody can be asked now.
    fn is_reachable(&self, keeper: &Keeper) -> impl Future<Output = bool> + Send;

    /// Whether who isn't reachable now may be so later, so that waiting makes sense.
    fn may_come_back(&self) -> bool;
}
