//! A few people, one space, and who has shown whom what so far.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use hearth_keys::{BoxSecret, DeviceId, Identity};
use hearth_protocol::body;
use hearth_protocol::content::{Content, Control, ControlOp, InboxAnnouncement, Post};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, Place};
use hearth_protocol::space::{EpochGrant, EpochId, EpochKeys, EpochPlan, Resolved, Space};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::home::{Home, Item, Own};

pub(crate) const PEOPLE: usize = 5;
/// Epochs that are begun in a row until one can be written in.
const BEGUN_IN_A_ROW_MAX: usize = 8;

/// What was true as a post was written by somebody honest.
pub(crate) struct Said {
    pub(crate) item: usize,
    pub(crate) epoch: EpochId,
    /// Who was a member, as its writer had it.
    pub(crate) members: BTreeSet<usize>,
    /// The steps that its writer held and could read.
    pub(crate) held: BTreeSet<usize>,
    /// Devices that were revoked, as far as the writer knew.
    pub(crate) revoked: BTreeSet<usize>,
}

pub(crate) struct World {
    pub(crate) rng: ChaCha20Rng,
    pub(crate) people: Vec<Identity>,
    pub(crate) space: Space,
    pub(crate) homes: Vec<Home>,
    pub(crate) items: Vec<Item>,
    next_seq: BTreeMap<DeviceId, u64>,
    pub(crate) said: Vec<Said>,
    /// Who was handed an epoch later, with the past, by which entries.
    pub(crate) handed: BTreeMap<(usize, EpochId), Vec<usize>>,
    /// To whom an epoch's keys were granted by its starter.
    pub(crate) granted: BTreeMap<EpochId, BTreeSet<usize>>,
    /// Who broke the rules on purpose.
    pub(crate) villains: BTreeSet<usize>,
    /// Devices that were cut, each with the sequence from which on nothing of it holds.
    pub(crate) cuts: BTreeMap<DeviceId, u64>,
    /// Whoever may have been an admin at some time.
    pub(crate) admins: BTreeSet<usize>,
}

thread_local! {
    /// Keys cost time and tell nothing here: each person has the same ones in every history.
    static INBOXES: RefCell<BTreeMap<(usize, u32), Rc<BoxSecret>>> = const { RefCell::new(BTreeMap::new()) };
}

fn inbox_of(person: usize, generation: u32) -> Rc<BoxSecret> {
    INBOXES.with_borrow_mut(|known| {
        let seed = [
            u8::try_from(person).unwrap(),
            u8::try_from(generation).unwrap(),
        ]
        .repeat(16);
        let new = || Rc::new(BoxSecret::from_bytes(*blake3::hash(&seed).as_bytes()));
        Rc::clone(known.entry((person, generation)).or_insert_with(new))
    })
}

impl World {
    /// The first person founds a space. The others know nothing of it yet.
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = Self::before(seed);
        let op = ControlOp::Create {
            name: "Hearth".into(),
        };
        let control = Control {
            space: world.space,
            parents: Vec::new(),
            op,
        };
        let keys = EpochKeys::generate(world.space, 0, world.people[0], &mut world.rng);
        world.homes[0].know(&keys);
        world.write_control(0, &control, &keys);
        let plan = world.plan_epoch(0);
        world.begin(0, &plan, &keys);
        world
    }

    fn before(seed: u64) -> Self {
        let people: Vec<Identity> = (0..PEOPLE)
            .map(|person| {
                Identity::from_bytes(
                    *blake3::hash(format!("{seed} {person}").as_bytes()).as_bytes(),
                )
            })
            .collect();
        let space = Space::Shared {
            creator: people[0],
            nonce: [9; 16],
        };
        let mut world = Self {
            rng: ChaCha20Rng::seed_from_u64(seed),
            people,
            space,
            homes: Vec::new(),
            items: Vec::new(),
            next_seq: BTreeMap::new(),
            said: Vec::new(),
            handed: BTreeMap::new(),
            granted: BTreeMap::new(),
            villains: BTreeSet::new(),
            cuts: BTreeMap::new(),
            admins: [0].into(),
        };
        for person in 0..PEOPLE {
            world.add_home(person, Own::default());
            world.renew_inbox(person, 0);
        }
        // Whoever may be added must have been heard of.
        world.gather();
        world
    }

    fn add_home(&mut self, person: usize, own: Own) {
        let number = u8::try_from(self.homes.len()).unwrap();
        let device = DeviceId::from_bytes([number; 32]);
        self.homes.push(Home::new(person, device, own));
    }

    fn renew_inbox(&mut self, at: usize, generation: u32) {
        let secret = inbox_of(self.homes[at].person, generation);
        let public = secret.public();
        self.homes[at].own.inboxes.insert(generation, secret);
        self.write_clear(
            at,
            &Content::Inbox(InboxAnnouncement { generation, public }),
        );
    }

    pub(crate) fn place(&self, at: usize) -> Place {
        let home = &self.homes[at];
        let seq = self.next_seq.get(&home.device).copied().unwrap_or(0);
        let log = LogKey {
            identity: self.people[home.person],
            device: home.device,
            log: LogNumber::SOCIAL,
        };
        Place { log, seq }
    }

    /// Puts a body into the log of a device, as it is.
    pub(crate) fn write(&mut self, at: usize, body: Vec<u8>) -> usize {
        let place = self.place(at);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&place.to_bytes()).update(&body);
        let id = EntryId::from_bytes(*hasher.finalize().as_bytes());
        self.next_seq.insert(place.log.device, place.seq + 1);
        self.items.push(Item { id, place, body });
        let item = self.items.len() - 1;
        self.show(at, [item]);
        item
    }

    fn write_clear(&mut self, at: usize, content: &Content) {
        let body = body::clear(content, [0; 16]).unwrap();
        self.write(at, body);
    }

    pub(crate) fn write_control(
        &mut self,
        at: usize,
        control: &Control,
        keys: &EpochKeys,
    ) -> usize {
        let content = Content::Control(control.clone());
        let body = body::seal(&content, &keys.control, &self.place(at), &mut self.rng).unwrap();
        self.write(at, body)
    }

    /// Shows items to a device.
    pub(crate) fn show(&mut self, to: usize, items: impl IntoIterator<Item = usize>) {
        let people = &self.people;
        let who = |place: &Place| {
            people
                .iter()
                .position(|who| *who == place.log.identity)
                .unwrap()
        };
        self.homes[to].take(&self.items, items, who);
        self.homes[to].learn(&self.items, &self.space);
    }

    /// Tells a device of cuts.
    fn tell(&mut self, to: usize, cuts: BTreeMap<DeviceId, u64>) {
        self.homes[to].obey(&self.items, cuts);
    }

    /// All that a device holds goes to another, of which `lost` may keep some back; devices of one person also have their
    /// own log in common, as long as neither was revoked.
    pub(crate) fn hand(&mut self, from: usize, to: usize, lost: impl Fn(usize) -> bool) {
        let items: Vec<usize> = self.homes[from]
            .held
            .iter()
            .copied()
            .filter(|&item| !lost(item))
            .collect();
        let same = self.homes[from].person == self.homes[to].person;
        if same && from != to && !self.homes[from].revoked && !self.homes[to].revoked {
            let own = self.homes[from].own.clone();
            let mine = &mut self.homes[to].own;
            mine.inboxes.extend(own.inboxes);
            for (id, known) in own.epochs {
                let kept = mine.epochs.entry(id).or_insert_with(|| known.clone());
                kept.body = kept.body.take().or(known.body);
            }
        }
        self.tell(to, self.homes[from].cuts.clone());
        self.show(to, items);
    }

    /// Everybody is shown everything.
    pub(crate) fn gather(&mut self) {
        for _ in 0..2 {
            for to in 0..self.homes.len() {
                for from in 0..self.homes.len() {
                    if self.homes[from].person == self.homes[to].person {
                        self.hand(from, to, |_| false);
                    }
                }
                self.tell(to, self.cuts.clone());
                self.show(to, 0..self.items.len());
            }
        }
    }

    pub(crate) fn resolved(&self, at: usize) -> Resolved {
        self.homes[at].resolved(&self.space)
    }

    pub(crate) fn person(&self, who: &Identity) -> usize {
        self.people.iter().position(|known| known == who).unwrap()
    }

    pub(crate) fn newest_inbox(&self, at: usize, who: &Identity) -> Option<u32> {
        self.homes[at]
            .newest
            .get(&self.person(who))
            .map(|(generation, _)| *generation)
    }

    fn plan_epoch(&self, at: usize) -> EpochPlan {
        let home = &self.homes[at];
        let me = &self.people[home.person];
        self.resolved(at)
            .plan_epoch(me, &|who| self.newest_inbox(at, who), &|id| {
                home.own.epochs.contains_key(id)
            })
    }

    fn begin(&mut self, at: usize, plan: &EpochPlan, keys: &EpochKeys) {
        let to: Vec<Identity> = plan
            .members
            .iter()
            .filter(|(_, inbox)| inbox.is_some())
            .map(|(who, _)| *who)
            .collect();
        self.homes[at].know(keys);
        self.grant(at, keys, &[], &to);
        let known = &self.homes[at].own.epochs;
        let previous = plan
            .previous
            .iter()
            .map(|id| known[id].control.clone())
            .collect();
        let control = plan.control(keys, previous);
        self.write_control(at, &control, keys);
        let granted = self.granted.entry(keys.id()).or_default();
        let people = &self.people;
        granted.extend(
            to.iter()
                .map(|who| people.iter().position(|known| known == who).unwrap()),
        );
    }

    pub(crate) fn grant(
        &mut self,
        at: usize,
        keys: &EpochKeys,
        past: &[EpochKeys],
        to: &[Identity],
    ) {
        let recipients: Vec<_> = to
            .iter()
            .filter_map(|who| Some(self.homes[at].newest.get(&self.person(who))?.1))
            .collect();
        if recipients.is_empty() {
            return;
        }
        let place = self.place(at);
        let grant = EpochGrant::seal(keys, &[], past, &recipients, &place, &mut self.rng).unwrap();
        self.write_clear(at, &Content::EpochGrant(grant));
    }

    /// The epoch that an honest device writes in, which it begins if there is none.
    pub(crate) fn epoch(&mut self, at: usize) -> EpochKeys {
        for _ in 0..BEGUN_IN_A_ROW_MAX {
            let home = &self.homes[at];
            let resolved = self.resolved(at);
            let epoch = resolved.epoch_to_write(&|who| self.newest_inbox(at, who), &|id| {
                home.holds_body_key(id)
            });
            if let Some(epoch) = epoch {
                return self.homes[at].keys(&self.space, &epoch).unwrap();
            }
            self.renew(at);
        }
        panic!("no epoch can be written in, whatever is begun");
    }

    /// Begins an epoch, whether there is need for one or not.
    pub(crate) fn renew(&mut self, at: usize) {
        let plan = self.plan_epoch(at);
        let starter = self.people[self.homes[at].person];
        let keys = EpochKeys::generate(self.space, plan.generation, starter, &mut self.rng);
        self.begin(at, &plan, &keys);
    }

    pub(crate) fn is_member(&self, at: usize) -> bool {
        self.resolved(at)
            .members
            .contains_key(&self.people[self.homes[at].person])
    }

    /// Says something, as an honest device does; says whether it could.
    pub(crate) fn post(&mut self, at: usize) -> bool {
        if !self.is_member(at) {
            return false;
        }
        let keys = self.epoch(at);
        let members = self
            .resolved(at)
            .members
            .keys()
            .map(|who| self.person(who))
            .collect();
        let home = &self.homes[at];
        // A key that was renewed tells that the devices which don't have it were revoked.
        let revoked = |other: &usize| {
            let other = &self.homes[*other];
            let newest = home
                .newest
                .get(&other.person)
                .map_or(0, |(generation, _)| *generation);
            other.revoked && !other.own.inboxes.contains_key(&newest)
        };
        let revoked = (0..self.homes.len()).filter(revoked).collect();
        let is_step = |item: &usize| home.controls.contains_key(&self.items[*item].id);
        let steps = home.held.iter().copied().filter(is_step).collect();
        let post = Content::Post(Post {
            text: format!("{}", self.items.len()),
            ..Post::default()
        });
        let body = body::seal(&post, &keys.body, &self.place(at), &mut self.rng).unwrap();
        let item = self.write(at, body);
        self.said.push(Said {
            item,
            epoch: keys.id(),
            members,
            held: steps,
            revoked,
        });
        true
    }

    /// Takes a step in running the space, as an honest device does; says whether it could.
    pub(crate) fn step(&mut self, at: usize, op: ControlOp) -> bool {
        let resolved = self.resolved(at);
        let me = self.people[self.homes[at].person];
        let admin = resolved.senior.contains(&me);
        let allowed = match &op {
            ControlOp::Leave => resolved.members.contains_key(&me),
            ControlOp::Remove { member, .. } => {
                admin && *member != me && resolved.members.contains_key(member)
            }
            ControlOp::Promote { member } if *member == me => resolved.heir == Some(me),
            ControlOp::Promote { member } => admin && resolved.members.contains_key(member),
            _ => admin,
        };
        if allowed {
            let keys = self.epoch(at);
            let by = (&me, &keys.id());
            let control = self.resolved(at).step(&self.space, by, op);
            self.write_control(at, &control, &keys);
        }
        allowed
    }

    pub(crate) fn add(&mut self, at: usize, whom: usize, with_past: bool) -> bool {
        let (me, added) = (self.people[self.homes[at].person], self.people[whom]);
        if !self.resolved(at).senior.contains(&me) {
            return false;
        }
        let keys = self.epoch(at);
        let resolved = self.resolved(at);
        let home = &self.homes[at];
        let plan = resolved.plan_add(
            (&self.space, &me, &keys.id()),
            &[added].into(),
            with_past,
            &|who| self.newest_inbox(at, who),
            &|id| home.holds_body_key(id),
        );
        let entry = self.write_control(at, &plan.control, &keys);
        if !plan.past_for.is_empty() {
            let held: Vec<EpochKeys> = (self.homes[at].own.epochs.keys())
                .filter_map(|id| self.homes[at].keys(&self.space, id))
                .filter(|past| past.id() != keys.id())
                .collect();
            self.grant(at, &keys, &held, &plan.past_for);
            for keys in held.iter().chain([&keys]) {
                let handed = self.handed.entry((whom, keys.id())).or_default();
                handed.push(entry);
            }
        }
        self.epoch(at);
        true
    }

    pub(crate) fn remove(&mut self, at: usize, whom: usize) -> bool {
        let ends = self.ends(at, whom);
        let member = self.people[whom];
        let removed = self.step(at, ControlOp::Remove { member, ends });
        if removed {
            self.epoch(at);
        }
        removed
    }

    /// The last entry that a device holds of each of somebody's logs.
    pub(crate) fn ends(&self, at: usize, whom: usize) -> Vec<(DeviceId, LogNumber, u64)> {
        let mut ends = BTreeMap::new();
        for &item in &self.homes[at].held {
            let Place { log, seq } = self.items[item].place;
            if log.identity == self.people[whom] {
                let end = ends.entry((log.device, log.log)).or_insert(seq);
                *end = seq.max(*end);
            }
        }
        ends.into_iter()
            .map(|((device, log), seq)| (device, log, seq))
            .collect()
    }

    pub(crate) fn leave(&mut self, at: usize) -> bool {
        let me = self.people[self.homes[at].person];
        self.is_member(at)
            && self
                .resolved(at)
                .plan_leave(&me)
                .into_iter()
                .all(|op| self.step(at, op))
    }

    pub(crate) fn promote(&mut self, at: usize, whom: usize) -> bool {
        let member = self.people[whom];
        self.admins.insert(whom);
        self.step(at, ControlOp::Promote { member })
    }

    pub(crate) fn rename(&mut self, at: usize) -> bool {
        let name = format!("{}", self.items.len());
        self.step(at, ControlOp::Rename { name })
    }

    /// A new device of the same person.
    pub(crate) fn new_device(&mut self, at: usize) {
        let own = self.homes[at].own.clone();
        self.add_home(self.homes[at].person, own);
        let new = self.homes.len() - 1;
        self.hand(at, new, |_| false);
    }

    /// A device is cut off `back` entries before its end: by another of the same person, who lost it, or by itself, to
    /// take back what others built on.
    pub(crate) fn cut(&mut self, at: usize, back: u64) {
        let person = self.homes[at].person;
        let device = self.homes[at].device;
        let end = self.next_seq.get(&device).copied().unwrap_or(0);
        self.cuts.insert(device, end.saturating_sub(back));
        self.homes[at].revoked = true;
        let sibling = (0..self.homes.len())
            .find(|&other| self.homes[other].person == person && !self.homes[other].revoked);
        match sibling {
            Some(sibling) => {
                self.tell(sibling, self.cuts.clone());
                let newest = self.homes[sibling].own.inboxes.keys().max().copied();
                self.renew_inbox(sibling, newest.unwrap() + 1);
            }
            None => _ = self.villains.insert(person),
        }
    }

    /// Another device of the same person is revoked by this one: a new inbox key, that the other isn't given.
    pub(crate) fn revoke(&mut self, at: usize) -> bool {
        let person = self.homes[at].person;
        let other = (0..self.homes.len()).find(|&other| {
            other != at && self.homes[other].person == person && !self.homes[other].revoked
        });
        let Some(other) = other else {
            return false;
        };
        self.homes[other].revoked = true;
        for sibling in 0..self.homes.len() {
            if self.homes[sibling].person == person {
                self.hand(sibling, at, |_| true);
            }
        }
        let newest = self.homes[at].own.inboxes.keys().max().copied().unwrap();
        self.renew_inbox(at, newest + 1);
        true
    }
}
