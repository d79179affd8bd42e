//! A space as it is told: its name, who is in it, how one stands in it.

use std::collections::BTreeSet;

use hearth_keys::Identity;
use hearth_protocol::space::{Role, Space};

use super::super::model::{SpaceInfo, SpaceMember, SpaceRole};
use super::audience;
use crate::store::StoreError;
use crate::store::logs::Logs;

/// The spaces of an account: those that everybody has, then the shared ones, then conversations.
pub(crate) fn spaces_of(logs: &Logs, me: &Identity) -> Vec<Space> {
    let mut spaces = vec![Space::Public, Space::Friends(*me), Space::Private(*me)];
    let known: BTreeSet<Space> = logs.known_spaces().copied().collect();
    let of_kind = |wanted: fn(&Space) -> bool| known.iter().copied().filter(wanted);
    spaces.extend(of_kind(|space| matches!(space, Space::Shared { .. })));
    spaces.extend(of_kind(|space| matches!(space, Space::Direct(..))));
    spaces
}

/// What people call a space: its own name; the other's of two; whose friends; else the word for its kind.
pub(crate) fn name_of(logs: &Logs, me: &Identity, space: &Space) -> Result<String, StoreError> {
    Ok(match space {
        Space::Shared { .. } => {
            let resolved = logs.resolved(space)?;
            match resolved.name.is_empty() {
                true => short(&space.id().to_string()),
                false => resolved.name.clone(),
            }
        }
        Space::Direct(one, other) => {
            let other = if one == me { other } else { one };
            person(logs, me, other)?
        }
        Space::Friends(owner) if owner != me => person(logs, me, owner)?,
        space => space.kind().as_str().to_owned(),
    })
}

/// What goes beside the audience's word: nothing where that says it all.
pub(crate) fn shown_name(logs: &Logs, me: &Identity, space: &Space) -> Result<String, StoreError> {
    match shows_name(me, space) {
        true => name_of(logs, me, space),
        false => Ok(String::new()),
    }
}

/// Whether a space has a name that is shown.
pub(crate) fn shows_name(me: &Identity, space: &Space) -> bool {
    match space {
        Space::Shared { .. } | Space::Direct(..) => true,
        Space::Friends(owner) => owner != me,
        Space::Public | Space::Private(_) => false,
    }
}

/// Somebody's name, or the beginning of their key.
pub(crate) fn person(logs: &Logs, me: &Identity, who: &Identity) -> Result<String, StoreError> {
    let name = logs.name_of(me, who)?;
    Ok(match name.is_empty() {
        true => short(&who.to_string()),
        false => name,
    })
}

fn short(text: &str) -> String {
    let short: String = text.chars().take(16).collect();
    format!("{short}…")
}

/// Who is in a space, as far as this account knows, and how they stand.
pub(crate) fn members_of(
    logs: &Logs,
    me: &Identity,
    space: &Space,
) -> Result<Vec<(Identity, SpaceRole)>, StoreError> {
    let with = |others: Vec<Identity>, role| {
        let others = others.into_iter().map(move |who| (who, SpaceRole::Member));
        [(*me, role)].into_iter().chain(others).collect()
    };
    Ok(match space {
        Space::Public => Vec::new(),
        Space::Private(_) => with(Vec::new(), SpaceRole::Admin),
        Space::Friends(owner) if owner == me => with(logs.friends(me)?, SpaceRole::Admin),
        Space::Friends(owner) => vec![(*owner, SpaceRole::Admin), (*me, SpaceRole::Member)],
        Space::Direct(one, other) => with(
            vec![if one == me { *other } else { *one }],
            SpaceRole::Member,
        ),
        Space::Shared { .. } => {
            let resolved = logs.resolved(space)?;
            let mut members: Vec<_> = resolved
                .members
                .iter()
                .map(|(who, role)| match role {
                    Role::Admin => (*who, SpaceRole::Admin),
                    Role::Member => (*who, SpaceRole::Member),
                })
                .collect();
            members.sort_by_key(|(_, role)| *role);
            members
        }
    })
}

/// All that is told of a space.
pub(crate) fn info_of(logs: &Logs, me: &Identity, space: &Space) -> Result<SpaceInfo, StoreError> {
    let members = members_of(logs, me, space)?;
    let own = members.iter().find(|(who, _)| who == me);
    let role = match (space, own) {
        (Space::Public, _) => SpaceRole::Member,
        (_, Some((_, role))) => *role,
        // Its keys came, and what it is didn't yet.
        (_, None) if members.is_empty() => SpaceRole::Invited,
        (_, None) => SpaceRole::Left,
    };
    let newest = match space {
        Space::Shared { .. } => {
            let resolved = logs.resolved(space)?;
            let counting = resolved.epochs.iter().filter(|(_, epoch)| epoch.counts);
            counting.map(|(id, epoch)| (epoch.generation, *id)).max()
        }
        _ => logs
            .held_epochs(space)
            .iter()
            .map(|keys| (keys.generation, keys.id()))
            .max(),
    };
    let members = members.into_iter().map(|(who, role)| {
        Ok(SpaceMember {
            identity: who.to_string(),
            name: logs.name_of(me, &who)?,
            role,
        })
    });
    Ok(SpaceInfo {
        id: space.id().to_string(),
        name: name_of(logs, me, space)?,
        kind: audience(space),
        epoch: newest.map_or(0, |(generation, _)| generation),
        epoch_id: newest.map(|(_, id)| id.to_string()),
        role,
        members: members.collect::<Result<_, StoreError>>()?,
        without_past: false,
        warnings: Vec::new(),
    })
}
