//! Who has to leave when too many came. Attackers have connections in plenty but not addresses from everywhere: the
//! largest group of neighbouring addresses gives way first, and in it who came first. Whoever means well needs a place
//! for a moment only, until it is known who they are.
//!
//! No IO and no clock here.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use libp2p::{Multiaddr, multiaddr::Protocol};

/// Neighbouring addresses: what one customer or one hoster's machine commonly has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    /// A /24.
    V4([u8; 3]),
    /// A /48.
    V6([u8; 6]),
    /// No IP address.
    Other,
}

impl Group {
    pub(super) fn of(address: &Multiaddr) -> Self {
        let ip = address.iter().find_map(|part| match part {
            Protocol::Ip4(ip) => Some(IpAddr::V4(ip)),
            Protocol::Ip6(ip) => Some(IpAddr::V6(ip).to_canonical()),
            _ => None,
        });
        match ip {
            Some(IpAddr::V4(ip)) => {
                let [a, b, c, _] = ip.octets();
                Self::V4([a, b, c])
            }
            Some(IpAddr::V6(ip)) => {
                let octets = ip.octets();
                Self::V6(std::array::from_fn(|at| octets[at]))
            }
            None => Self::Other,
        }
    }
}

/// Those who are here, at most so many; `K` ascends in the order in which they came.
#[derive(Debug)]
pub(super) struct Crowd<K> {
    most: usize,
    group_of: BTreeMap<K, Group>,
    groups: BTreeMap<Group, BTreeSet<K>>,
}

impl<K: Copy + Ord> Crowd<K> {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            group_of: BTreeMap::new(),
            groups: BTreeMap::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.group_of.len()
    }

    /// Takes in a newcomer; returns who has to leave for it.
    pub(super) fn enter(&mut self, key: K, group: Group) -> Option<K> {
        let leaving = (self.len() >= self.most).then(|| self.first_to_leave());
        if let Some(leaving) = leaving.flatten() {
            self.leave(leaving);
        }
        self.group_of.insert(key, group);
        self.groups.entry(group).or_default().insert(key);
        leaving.flatten()
    }

    pub(super) fn leave(&mut self, key: K) {
        let Some(group) = self.group_of.remove(&key) else {
            return;
        };
        let is_empty = self.groups.get_mut(&group).is_none_or(|members| {
            members.remove(&key);
            members.is_empty()
        });
        if is_empty {
            self.groups.remove(&group);
        }
    }

    /// Of the largest group who came first.
    pub(super) fn first_to_leave(&self) -> Option<K> {
        let largest = self.groups.values().max_by_key(|members| members.len());
        largest?.first().copied()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn group(text: &str) -> Group {
        Group::of(&text.parse().unwrap())
    }

    #[test]
    fn neighbours_are_one_group() {
        let near = group("/ip4/192.0.2.7/tcp/1");
        assert_eq!(near, group("/ip4/192.0.2.9/udp/2/quic-v1"));
        assert_eq!(near, group("/ip6/::ffff:192.0.2.9/tcp/2"));
        assert_ne!(near, group("/ip4/192.0.3.7/tcp/1"));
        let six = group("/ip6/2001:db8:1:2::3/tcp/1");
        assert_eq!(six, group("/ip6/2001:db8:1:ff::9/tcp/1"));
        assert_ne!(six, group("/ip6/2001:db8:2::3/tcp/1"));
        assert_eq!(group("/memory/7"), Group::Other);
    }

    #[test]
    fn the_largest_group_gives_way_and_in_it_who_came_first() {
        let (many, few) = (Group::V4([10, 0, 0]), Group::V4([192, 0, 2]));
        let mut crowd = Crowd::new(4);
        for (key, group) in [(0, few), (1, many), (2, many), (3, many)] {
            assert_eq!(crowd.enter(key, group), None);
        }
        assert_eq!(crowd.enter(4, many), Some(1));
        assert_eq!(crowd.enter(5, many), Some(2));
        crowd.leave(3);
        assert_eq!(crowd.enter(6, few), None);
        assert_eq!(crowd.len(), 4);
        assert!(crowd.group_of.contains_key(&0), "whoever is alone stays");
    }

    #[test]
    fn nothing_is_left_of_who_went() {
        let mut crowd = Crowd::new(3);
        for key in 0..1_000 {
            let network = u8::try_from(key % 256).unwrap();
            crowd.enter(key, Group::V4([10, 0, network]));
            crowd.leave(key);
            crowd.leave(key);
        }
        assert_eq!((crowd.len(), crowd.groups.len()), (0, 0));
        assert_eq!(crowd.first_to_leave(), None);
    }
}
