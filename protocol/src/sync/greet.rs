//! Getting to know a peer: who lives there, what it cares for, whom they follow. What either remembers rightly of the
//! other, from when they last met, isn't said again.

use std::collections::BTreeSet;

use hearth_keys::Identity;

use super::acquaintance::{Acquaintance, notices_digest};
use super::peer::{PeerState, Strike};
use super::{Output, PeerKey, Sync};
use crate::bounds::INTERESTS_PER_PEER_MAX;
use crate::message::{
    Digest, FollowNotice, Hello, Message, Presence, Token, interests_digest, token,
};

/// How long what is new of a peer may wait to be remembered.
const REMEMBER_DELAY_MS: u64 = 2_000;

impl Sync {
    pub(super) fn connected(&mut self, peer: PeerKey) {
        self.disconnected(&peer);
        let remembered = self.acquaintances.meet(&peer);
        let hello = Hello {
            presences: Presence::digest(&self.presences),
            interests: interests_digest(&self.interests_told(&peer)),
            remembers: remembered.digests(),
        };
        let is_stranger = remembered.is_empty();
        let mut state = PeerState::new(remembered);
        for identity in self.holdings.keys() {
            state.name(token(&peer.0, &self.me.0, identity), *identity);
        }
        self.peers.insert(peer.clone(), state);
        self.send(&peer, &Message::Hello(hello));
        if is_stranger {
            // It will hardly remember this side, either: don't wait to be asked.
            self.say_presences(&peer);
            self.say_interests(&peer, Vec::new());
        }
    }

    pub(super) fn disconnected(&mut self, peer: &PeerKey) {
        self.fetches.forget_peer(peer);
        if self.is_worth_remembering(peer) {
            self.remember(peer);
        }
        if let Some(state) = self.peers.remove(peer) {
            let said = state.remembered.unwrap_or(state.said);
            if said.fits() {
                self.acquaintances.part(peer, said);
            } else {
                self.acquaintances.forget(peer);
            }
            self.forget_acquaintances();
        }
    }

    /// What this side cares for, as it says it to this peer.
    fn interests_told(&self, peer: &PeerKey) -> BTreeSet<Token> {
        let cares = self.cares.iter().take(INTERESTS_PER_PEER_MAX);
        cares
            .map(|identity| token(&self.me.0, &peer.0, identity))
            .collect()
    }

    fn say_presences(&mut self, peer: &PeerKey) {
        if let Some(state) = self.peers.get_mut(peer) {
            state.heard_presences = true;
            self.send(peer, &Message::Presences(self.presences.clone()));
        }
    }

    /// Says everything that this side cares for, and that it doesn't care for some any longer.
    fn say_interests(&mut self, peer: &PeerKey, remove: Vec<Token>) {
        let add = self.interests_told(peer).into_iter().collect();
        if let Some(state) = self.peers.get_mut(peer) {
            state.heard_interests = true;
            self.send(peer, &Message::Interest { add, remove });
        }
    }

    /// Tells everybody that this side cares for an identity, or no longer does.
    pub(super) fn say_interest(&mut self, identity: &Identity, cares: bool) {
        for peer in self.peer_keys() {
            let token = vec![token(&self.me.0, &peer.0, identity)];
            let (add, remove) = if cares {
                (token, Vec::new())
            } else {
                (Vec::new(), token)
            };
            if self.peers[&peer].heard_interests {
                self.send(&peer, &Message::Interest { add, remove });
            } else {
                self.say_interests(&peer, remove);
            }
        }
    }

    /// Tells everybody who lives here now.
    pub(super) fn say_who_lives_here(&mut self) {
        for peer in self.peer_keys() {
            self.say_presences(&peer);
        }
    }

    /// Takes what a peer would say of itself and what it remembers of this side.
    pub(super) fn hello(&mut self, peer: &PeerKey, hello: &Hello) {
        let Some(state) = self.peers.get_mut(peer) else {
            return;
        };
        let Some(remembered) = state.remembered.take() else {
            return self.strike(peer, Strike::Lied);
        };
        let (said_presences, said_interests) = (state.heard_presences, state.heard_interests);
        state.notices_remembered = Some(hello.remembers.notices);
        state.said.notices.clone_from(&remembered.notices);
        let digests = remembered.digests();
        if !said_presences && hello.remembers.presences != Presence::digest(&self.presences) {
            self.say_presences(peer);
        }
        let told = interests_digest(&self.interests_told(peer));
        if !said_interests && hello.remembers.interests != told {
            self.say_interests(peer, Vec::new());
        }
        if let Some(state) = self.peers.get_mut(peer) {
            (state.heard_presences, state.heard_interests) = (true, true);
        }
        if digests.interests == hello.interests {
            self.take_interests(peer, remembered.interests.into_iter().collect(), &[]);
        }
        if digests.presences == hello.presences {
            self.take_presences(peer, remembered.presences);
        }
    }

    /// Takes the latest word on who lives at a peer, in place of any earlier one.
    pub(super) fn presences(&mut self, peer: &PeerKey, presences: Vec<Presence>) {
        if presences.iter().any(|presence| presence.peer() != peer.0) {
            return self.strike(peer, Strike::Lied);
        }
        self.take_presences(peer, presences);
        self.remember_soon(peer);
    }

    fn take_presences(&mut self, peer: &PeerKey, presences: Vec<Presence>) {
        let current = presences.iter().cloned();
        let current =
            current.filter(|p| self.speaks_for(p.identity(), &p.device(), p.statements()));
        let current: Vec<Presence> = current.collect();
        let Some(state) = self.peers.get_mut(peer) else {
            return;
        };
        let hosted = current.iter().map(|p| (p.identity(), p.device())).collect();
        let before = std::mem::replace(&mut state.identities, hosted);
        let freed = state.bar(&self.blocked, &self.accounts);
        state.said.presences = presences;
        state.has_presences = true;
        let is_introduced = state.comparison.is_some();
        let mut new = BTreeSet::new();
        for presence in current {
            if !before.contains_key(&presence.identity()) {
                new.insert(presence.identity());
            }
            self.outputs
                .push_back(Output::Present(peer.clone(), presence));
        }
        self.deliver_notices(peer, &new);
        if is_introduced {
            // Another device of the same person may see own logs, too; and whoever is blocked may have moved out.
            new.extend(freed);
            self.tell_peer(peer, &new);
        } else {
            self.introduce(peer);
        }
    }

    pub(super) fn interest(&mut self, peer: &PeerKey, add: Vec<Token>, remove: &[Token]) {
        self.take_interests(peer, add, remove);
        self.remember_soon(peer);
    }

    fn take_interests(&mut self, peer: &PeerKey, add: Vec<Token>, remove: &[Token]) {
        let Some(state) = self.peers.get_mut(peer) else {
            return;
        };
        state.remove_interest(remove);
        let Some(new) = state.add_interest(add) else {
            return self.strike(peer, Strike::Lied);
        };
        state.has_interests = true;
        if state.comparison.is_some() {
            self.tell_peer(peer, &new);
        } else {
            self.introduce(peer);
        }
    }

    /// Once it is known who lives at a peer and what it cares for, the two compare what they hold of what both care
    /// for; of all else the peer is told at once.
    fn introduce(&mut self, peer: &PeerKey) {
        let Some(state) = self.peers.get_mut(peer) else {
            return;
        };
        if !(state.has_presences && state.has_interests) {
            return;
        }
        let matched = state.matched.clone();
        let compared = self.begin_comparing(peer);
        let others: BTreeSet<Identity> = matched.difference(&compared).copied().collect();
        self.tell_peer(peer, &others);
    }

    /// The notices meant for somebody who lives at a peer.
    fn notices_for(&self, hosts: impl Fn(&Identity) -> bool) -> Vec<FollowNotice> {
        let notices = self.notices.values();
        notices
            .filter(|notice| hosts(&notice.followed()))
            .cloned()
            .collect()
    }

    /// Hands over the notices for those who were found to live at a peer, unless it remembers all that is meant for it.
    fn deliver_notices(&mut self, peer: &PeerKey, new: &BTreeSet<Identity>) {
        let Some(state) = self.peers.get_mut(peer) else {
            return;
        };
        let remembered = state.notices_remembered.take();
        let identities = &self.peers[peer].identities;
        let all = self.notices_for(|followed| identities.contains_key(followed));
        let gists = all.iter().map(|n| ((n.follower(), n.followed()), n.gist()));
        let digest: Digest = notices_digest(gists);
        if remembered == Some(digest) {
            return;
        }
        for notice in all.into_iter().filter(|n| new.contains(&n.followed())) {
            self.send(peer, &Message::Notice(notice));
        }
    }

    /// Takes what somebody says of themselves and an account here, if their device still speaks for them.
    pub(super) fn noticed(&mut self, peer: &PeerKey, notice: FollowNotice) {
        let (follower, device) = (notice.follower(), notice.device());
        let counts = self.accounts.contains(&notice.followed())
            && self.speaks_for(follower, &device, notice.statements());
        if !counts {
            return;
        }
        let state = self.peers.get_mut(peer);
        if state.is_some_and(|state| state.said.notice(&notice)) {
            self.remember_soon(peer);
        }
        self.outputs.push_back(Output::Noticed(notice));
    }

    fn remember_soon(&mut self, peer: &PeerKey) {
        if let Some(state) = self.peers.get_mut(peer) {
            state.is_news = true;
            self.look_whom_to_remember();
        }
    }

    pub(super) fn look_whom_to_remember(&mut self) {
        let at_ms = self.now_ms + REMEMBER_DELAY_MS;
        self.remember_at_ms.get_or_insert(at_ms);
    }

    /// Remembers what is new of peers.
    pub(super) fn remember_all(&mut self) {
        self.remember_at_ms = None;
        for peer in self.peer_keys() {
            if self.is_worth_remembering(&peer) {
                self.remember(&peer);
            }
        }
    }

    /// Peers that host somebody who is cared for or who follows somebody here, while something about them is new.
    fn is_worth_remembering(&self, peer: &PeerKey) -> bool {
        self.peers.get(peer).is_some_and(|state| {
            let is_friend = state
                .identities
                .keys()
                .any(|host| self.cares.contains(host));
            let is_somebody = is_friend || !state.said.notices.is_empty();
            state.is_news && is_somebody && state.said.fits()
        })
    }

    fn remember(&mut self, peer: &PeerKey) {
        let Some(state) = self.peers.get_mut(peer) else {
            return;
        };
        state.is_news = false;
        self.acquaintances.note(peer, &state.said);
        let said = Box::new(state.said.clone());
        self.outputs.push_back(Output::Remember(peer.clone(), said));
        self.forget_acquaintances();
    }

    /// Tells what was remembered of a peer, before the first event.
    pub fn acquaint(&mut self, peer: PeerKey, said: Acquaintance) {
        self.acquaintances.add(&peer, said);
        self.forget_acquaintances();
    }

    /// Lets the shell forget what it kept of a peer and can't read.
    pub fn estrange(&mut self, peer: PeerKey) {
        self.outputs.push_back(Output::Forget(peer));
    }

    fn forget_acquaintances(&mut self) {
        for peer in self.acquaintances.shrink(&self.cares) {
            self.outputs.push_back(Output::Forget(peer));
        }
    }
}
