//! Who may leave letters here for whom, and with whom the account leaves its own.

use std::collections::BTreeSet;

use hearth_keys::Identity;
use hearth_protocol::space::Space;

use crate::store::StoreError;
use crate::store::logs::Logs;

/// Members that are looked at, of all spaces together.
const MEMBERS_MAX: usize = 16 * 1024;

/// People who know each other through the account: its friends, and those who are in a space with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Acquainted {
    /// Who follows the account that follows them.
    pub(super) friends: BTreeSet<Identity>,
    /// The members of each shared space that the account is in.
    circles: Vec<BTreeSet<Identity>>,
}

impl Acquainted {
    pub(super) fn read(logs: &Logs, me: &Identity) -> Result<Self, StoreError> {
        let friends = logs.friends(me)?.into_iter().collect();
        let mut circles = Vec::new();
        let mut left = MEMBERS_MAX;
        let shared = |space: &&Space| matches!(space, Space::Shared { .. });
        for space in logs.known_spaces().filter(shared) {
            let resolved = logs.resolved(space)?;
            if resolved.members.contains_key(me) && resolved.members.len() <= left {
                left -= resolved.members.len();
                circles.push(resolved.members.keys().copied().collect());
            }
        }
        Ok(Self { friends, circles })
    }

    /// Whether one may leave a letter here for the other: both are friends of the account, or in one space with it.
    pub(super) fn introduces(&self, from: &Identity, to: &Identity) -> bool {
        let mut groups = std::iter::once(&self.friends).chain(&self.circles);
        groups.any(|group| group.contains(from) && group.contains(to))
    }

    /// Whether the account leaves a letter for `to` with somebody: they are a friend, or in a space with both.
    pub(super) fn asks(&self, carrier: &Identity, to: &Identity) -> bool {
        let is_shared =
            |circle: &BTreeSet<Identity>| circle.contains(carrier) && circle.contains(to);
        self.friends.contains(carrier) || self.circles.iter().any(is_shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(number: u8) -> Identity {
        Identity::from_bytes([number; 32])
    }

    #[test]
    fn friends_are_asked_for_anybody_and_members_for_members() {
        let acquainted = Acquainted {
            friends: [who(1), who(2)].into(),
            circles: vec![[who(2), who(3), who(4)].into(), [who(5), who(6)].into()],
        };
        assert!(acquainted.introduces(&who(1), &who(2)) && acquainted.introduces(&who(3), &who(4)));
        assert!(!acquainted.introduces(&who(1), &who(3)));
        assert!(!acquainted.introduces(&who(3), &who(5)));
        assert!(acquainted.asks(&who(1), &who(9)) && acquainted.asks(&who(3), &who(4)));
        assert!(!acquainted.asks(&who(3), &who(9)) && !acquainted.asks(&who(5), &who(4)));
    }
}
