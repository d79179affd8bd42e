//! Whose logs a shared space needs here.

use std::collections::BTreeSet;

use hearth_keys::Identity;
use hearth_protocol::content::RecordedKeys;
use hearth_protocol::space::{Resolved, Space};

use super::super::logs::Logs;
use super::super::spaces::keyring::HeldEpoch;

/// People whose logs are kept because they have to do with an epoch of which no entry is here that begins it.
const BEGINNERS_MAX: usize = 64;

impl Logs {
    /// Whose logs are needed to know all of a space that `me` is in, or is about to be in. Nobody else can have them kept by
    /// what they write: who only is named by somebody who never came to be a member matters to nobody.
    pub(super) fn needed_for(
        &self,
        me: &Identity,
        space: &Space,
        resolved: &Resolved,
    ) -> BTreeSet<Identity> {
        let is_in = resolved.members.contains_key(me);
        let beginners = self.beginners(space, resolved);
        let missing = resolved.missing.iter().map(|(who, _)| *who);
        let mut needed: BTreeSet<Identity> =
            missing.filter(|who| resolved.named.contains(who)).collect();
        // Who went comes back with keys of epochs that were begun since, or after what happened in between.
        let is_granted = beginners.iter().any(|(is_recorded, _)| *is_recorded);
        if !is_in && resolved.was_member(me) && !is_granted {
            return needed;
        }
        let was_member = resolved.named.iter().filter(|who| resolved.was_member(who));
        needed.extend(was_member.copied());
        needed.extend(space.identities());
        if !is_in {
            // What says that one is in it descends from what lies in logs of people who are known by nothing else yet.
            let beginners = beginners.into_iter().map(|(_, who)| who);
            needed.extend(beginners.take(BEGINNERS_MAX));
        }
        needed
    }

    /// Who granted or began the epochs that no entry is here of, those of epochs that an own log has first; false is
    /// before who is known by what control entries hand on alone.
    fn beginners(&self, space: &Space, resolved: &Resolved) -> Vec<(bool, Identity)> {
        let unknown = self
            .epochs(space)
            .filter(|(id, _)| !resolved.epochs.contains_key(id));
        let mut beginners: Vec<(bool, Identity)> = unknown
            .flat_map(|(_, epoch)| who_has_to_do_with(epoch))
            .collect();
        beginners.sort_unstable_by_key(|(is_recorded, who)| (!is_recorded, *who));
        beginners.dedup();
        beginners
    }
}

fn who_has_to_do_with(epoch: &HeldEpoch) -> impl Iterator<Item = (bool, Identity)> {
    let starter = match &epoch.keys {
        RecordedKeys::Whole(keys) => keys.starter,
        RecordedKeys::Control { control, .. } => control.starter,
    };
    let granter = epoch.granter.filter(|granter| *granter != starter);
    let is_recorded = epoch.is_recorded;
    [Some(starter), granter]
        .into_iter()
        .flatten()
        .map(move |who| (is_recorded, who))
}
