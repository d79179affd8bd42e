//! What somebody may do who doesn't keep to the rules but has the keys that they have.

use std::collections::BTreeSet;

use hearth_keys::Identity;
use hearth_protocol::body;
use hearth_protocol::content::{Content, Control, ControlOp, Post, Reference};
use hearth_protocol::space::{EpochId, EpochKeys};

use super::world::World;

impl World {
    fn turn(&mut self, at: usize) {
        self.villains.insert(self.homes[at].person);
    }

    /// The control key that somebody has of an epoch, as if they had the other one too.
    fn control_keys(&self, at: usize, epoch: &EpochId) -> EpochKeys {
        let control = &self.homes[at].own.epochs[epoch].control;
        EpochKeys {
            space: self.space,
            generation: control.generation,
            starter: control.starter,
            body: control.control.clone(),
            control: control.control.clone(),
        }
    }

    /// Takes a step as if nothing had been seen since some earlier entries, chosen by `dice`.
    pub(crate) fn backdate(&mut self, at: usize, op: ControlOp, dice: usize) -> bool {
        let known: Vec<Reference> = (self.homes[at].controls.values())
            .map(|entry| Reference {
                place: entry.place,
                id: entry.id,
            })
            .collect();
        let epochs: Vec<EpochId> = self.homes[at].own.epochs.keys().copied().collect();
        if known.is_empty() || epochs.is_empty() {
            return false;
        }
        self.turn(at);
        let picks = [dice, dice / 7, dice / 7];
        let parents: BTreeSet<_> = picks.map(|pick| known[pick % known.len()]).into();
        let control = Control {
            space: self.space,
            parents: parents.into_iter().collect(),
            op,
        };
        let keys = self.control_keys(at, &epochs[dice % epochs.len()]);
        self.write_control(at, &control, &keys);
        true
    }

    /// Begins an epoch for all members, and gives its keys to one other at most.
    pub(crate) fn pass_over(&mut self, at: usize, but: usize) -> bool {
        if !self.is_member(at) {
            return false;
        }
        self.turn(at);
        let home = &self.homes[at];
        let plan = self.resolved(at).plan_epoch(
            &self.people[home.person],
            &|who| self.newest_inbox(at, who),
            &|id| home.own.epochs.contains_key(id),
        );
        let me = self.people[home.person];
        let previous = plan
            .previous
            .iter()
            .map(|id| home.own.epochs[id].control.clone())
            .collect();
        let keys = EpochKeys::generate(self.space, plan.generation, me, &mut self.rng);
        let to: BTreeSet<Identity> = [me, self.people[but]].into();
        let to: Vec<Identity> = to
            .into_iter()
            .filter(|who| plan.members.contains_key(who))
            .collect();
        self.homes[at].know(&keys);
        self.grant(at, &keys, &[], &to);
        self.write_control(at, &plan.control(&keys, previous), &keys);
        let granted = to.iter().map(|who| self.person(who)).collect();
        self.granted.insert(keys.id(), granted);
        true
    }

    /// Grants keys that belong to no epoch, under another's name, and uses them.
    pub(crate) fn stray(&mut self, at: usize, instead_of: usize) {
        self.turn(at);
        let starter = self.people[instead_of];
        let keys = EpochKeys::generate(self.space, 1, starter, &mut self.rng);
        let everybody = self.people.clone();
        self.grant(at, &keys, &[], &everybody);
        let rename = ControlOp::Rename {
            name: "stray".into(),
        };
        let me = self.people[self.homes[at].person];
        let by = (&me, &keys.id());
        let control = self.resolved(at).step(&self.space, by, rename);
        if !control.parents.is_empty() {
            self.write_control(at, &control, &keys);
        }
        let post = Content::Post(Post {
            text: "stray".into(),
            ..Post::default()
        });
        let body = body::seal(&post, &keys.body, &self.place(at), &mut self.rng).unwrap();
        self.write(at, body);
    }

    /// Puts what lies elsewhere into one's own log.
    pub(crate) fn replay(&mut self, at: usize, item: usize) -> usize {
        self.turn(at);
        let body = self.items[item].body.clone();
        self.write(at, body)
    }
}
