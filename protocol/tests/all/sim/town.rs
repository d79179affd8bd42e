//! A town of homes that lives for a day.

use std::collections::BTreeSet;
use std::rc::Rc;

use hearth_protocol::content::{Content, Delete, Edit, Target};
use hearth_protocol::entry::LogNumber;

use super::adversary::{Adversary, Flooder, Liar, PrefixServer, Staller};
use super::clock::Clock;
use super::dice::Dice;
use super::fate::Fate;
use super::graph::Graph;
use super::people::{Person, post};
use super::tally::{Figures, Tally};
use super::verdict::Verdict;
use super::wire::Weather;
use super::world::World;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 3_600_000;
const YEAR_MS: i64 = 365 * 24 * 3_600_000;
/// Homes that take no connections from outside: two of them can't connect.
const HIDDEN_PER_MILLE: u64 = 300;
/// How long after the last blow everything may take to be everywhere.
const CALM_MS: u64 = 2 * HOUR_MS;

/// What kind of town.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) nodes: usize,
    pub(crate) seed: u64,
    pub(crate) hours: u64,
    /// Entries written a node, in all.
    pub(crate) posts_per_node: u64,
    pub(crate) hostile_per_mille: usize,
    pub(crate) rolled_back_per_mille: usize,
    pub(crate) copied_per_mille: usize,
}

impl Plan {
    /// A day in which everything goes wrong somewhere.
    pub(crate) const fn day(nodes: usize, seed: u64) -> Self {
        Self {
            nodes,
            seed,
            hours: 24,
            posts_per_node: 2,
            hostile_per_mille: 20,
            rolled_back_per_mille: 6,
            copied_per_mille: 4,
        }
    }

    fn share(&self, per_mille: usize) -> usize {
        (self.nodes * per_mille).div_ceil(1_000)
    }
}

/// When a machine is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// A box in a corner: always.
    Box,
    /// A desktop: off at night.
    Desktop,
    /// A laptop whose lid is closed now and then.
    Laptop,
}

/// The town.
pub(crate) struct Town {
    pub(crate) world: World,
    plan: Plan,
    people: Vec<Rc<Person>>,
    graph: Graph,
    dice: Dice,
    hostile: Vec<usize>,
}

impl Town {
    pub(crate) fn new(plan: Plan) -> Self {
        let mut dice = Dice(plan.seed ^ 0x7061_7274_7920);
        let graph = Graph::new(plan.nodes, &mut dice);
        let people = Person::many(plan.nodes);
        let mut world = World::new(plan.seed);
        world.weather = Weather::HOMELY;
        world.disk_ms = 4;
        world.redials = true;
        for person in &people {
            world.home(person);
        }
        let mut town = Self {
            world,
            plan,
            people: people.into_iter().map(Rc::new).collect(),
            graph,
            dice,
            hostile: Vec::new(),
        };
        town.befriend();
        town.set_clocks();
        town
    }

    fn befriend(&mut self) {
        let count = self.plan.nodes;
        let hidden: Vec<bool> = (0..count)
            .map(|_| self.dice.per_mille(HIDDEN_PER_MILLE))
            .collect();
        let both = self.graph.ties.iter();
        let both = both.flat_map(|&(a, b)| [(a, b), (b, a)]);
        let follows: BTreeSet<(usize, usize)> =
            both.chain(self.graph.one_way.iter().copied()).collect();
        for (from, to) in follows {
            let identity = self.people[to].id();
            self.world.care(from, identity);
            if !(hidden[from] && hidden[to]) {
                self.world.nodes[from].friends.insert(to);
            }
        }
    }

    fn set_clocks(&mut self) {
        for node in &mut self.world.nodes {
            node.clock = Clock {
                ahead_ms: self.dice.below(1 << 32),
                drift_ppm: i64::try_from(self.dice.below(200)).unwrap() - 100,
                wrong_ms: i64::try_from(self.dice.below(4_000)).unwrap() - 2_000,
            };
            if self.dice.per_mille(50) {
                node.clock.wrong_ms = (i64::try_from(self.dice.below(20)).unwrap() - 10) * YEAR_MS;
            }
        }
    }

    /// Lives through the day, heals, judges, and rests.
    pub(crate) fn live(&mut self) -> (Figures, Verdict) {
        self.corrupt();
        self.turn_on();
        self.write();
        self.come_and_go();
        self.fail();
        self.roll_back();
        self.copy();
        self.world.run(self.plan.hours * HOUR_MS);
        self.world.befall(Fate::Heal);
        for at in 0..self.world.nodes.len() {
            self.world.destine(self.world.now_ms, Fate::On(at));
        }
        self.world.run(CALM_MS);
        let life = self.world.tally;
        let verdict = self.world.judge();
        let mut figures = self.figures(verdict, life);
        self.rest(&mut figures);
        figures.steps = self.world.steps as u64;
        figures.trace = self.world.trace;
        (figures, verdict)
    }

    /// Some friends aren't.
    fn corrupt(&mut self) {
        for n in 0..self.plan.share(self.plan.hostile_per_mille) {
            let at = self.anybody();
            if self.hostile.contains(&at) {
                continue;
            }
            let seed = self.plan.seed ^ n as u64;
            let adversary: Box<dyn Adversary> = match n % 5 {
                0 => Box::new(Liar::new(seed)),
                1 => Box::new(Staller),
                2 => Box::new(PrefixServer),
                3 => Box::new(Flooder::new(seed, 2_000, true)),
                _ => Box::new(Flooder::new(seed, 2_000, false)),
            };
            self.hostile.push(at);
            self.world.truth.distrust(self.people[at].device.id());
            self.world.corrupt(at, adversary);
        }
    }

    fn anybody(&mut self) -> usize {
        self.dice.index(self.plan.nodes)
    }

    /// Somebody who isn't an adversary.
    fn victim(&mut self) -> usize {
        loop {
            let at = self.anybody();
            if !self.hostile.contains(&at) {
                return at;
            }
        }
    }

    fn moment(&mut self) -> u64 {
        self.dice.below(self.plan.hours * HOUR_MS)
    }

    fn turn_on(&mut self) {
        for at in 0..self.plan.nodes {
            self.world.befall(Fate::Off(at));
            let when = self.dice.below(10 * MINUTE_MS);
            self.world.destine(when, Fate::On(at));
        }
    }

    fn write(&mut self) {
        for at in 0..self.plan.nodes {
            for _ in 0..self.plan.posts_per_node {
                let when = self.moment();
                self.write_at(when, at, at);
            }
        }
    }

    /// Has a person write on one of their machines.
    fn write_at(&mut self, when: u64, at: usize, whose: usize) {
        let person = Rc::clone(&self.people[whose]);
        let target = Target {
            device: person.device.id(),
            log: LogNumber::SOCIAL,
            seq: self.dice.below(self.plan.posts_per_node),
        };
        let length = 20 + self.dice.index(300);
        let text = "town news ".repeat(length / 10);
        let content = match self.dice.below(100) {
            0..8 => Content::Edit(Edit {
                target,
                text,
                warning: None,
                alts: Vec::new(),
            }),
            8..16 => Content::Delete(Delete {
                targets: vec![target],
            }),
            _ => post(&text),
        };
        self.world
            .destine(when, Fate::Write(at, person, Box::new(content)));
    }

    fn come_and_go(&mut self) {
        let end = self.plan.hours * HOUR_MS;
        for at in 0..self.plan.nodes {
            let habit = match self.dice.below(10) {
                0..6 => Habit::Box,
                6..9 => Habit::Desktop,
                _ => Habit::Laptop,
            };
            match habit {
                Habit::Box => {}
                Habit::Desktop => {
                    let off = (end / 2) + self.dice.below(end / 12);
                    let on = off + end / 4 + self.dice.below(end / 12);
                    self.world.destine(off, Fate::Off(at));
                    self.world.destine(on, Fate::On(at));
                }
                Habit::Laptop => {
                    let mut when = self.dice.below(end / 4);
                    while when < end {
                        self.world.destine(when, Fate::Sleep(at));
                        when += self.dice.between(10 * MINUTE_MS, HOUR_MS);
                        self.world.destine(when, Fate::Wake(at));
                        when += self.dice.between(end / 8, end / 4);
                    }
                }
            }
        }
    }

    /// Power fails here and there; twice, a cable at sea; and clocks jump.
    fn fail(&mut self) {
        for _ in 0..self.plan.share(40) {
            let (when, at) = (self.moment(), self.anybody());
            self.world.destine(when, Fate::Crash(at));
            let on = when + self.dice.between(10_000, 10 * MINUTE_MS);
            self.world.destine(on, Fate::On(at));
        }
        for _ in 0..self.plan.share(20) {
            let (when, at) = (self.moment(), self.anybody());
            let wrong = (i64::try_from(self.dice.below(8)).unwrap() - 4) * YEAR_MS;
            self.world.destine(when, Fate::Jump(at, wrong));
        }
        let end = self.plan.hours * HOUR_MS;
        for from in [end / 5, 3 * end / 5] {
            let far = |dice: &mut Dice| u8::from(dice.per_mille(300));
            let sides = (0..self.plan.nodes).map(|_| far(&mut self.dice)).collect();
            self.world.destine(from, Fate::Split(sides));
            let heal = from + self.dice.between(end / 20, end / 10);
            self.world.destine(heal, Fate::Heal);
        }
    }

    /// Disks are put back to what they were; of their owners, every other writes before friends could tell.
    fn roll_back(&mut self) {
        for n in 0..self.plan.share(self.plan.rolled_back_per_mille) {
            let at = self.victim();
            let snapshot = self.moment() / 2;
            let back = snapshot
                + self
                    .dice
                    .between(HOUR_MS / 4, self.plan.hours * HOUR_MS / 3);
            let on = back + self.dice.between(5_000, 5 * MINUTE_MS);
            for _ in 0..3 {
                let when = self.dice.between(snapshot, back);
                self.write_at(when, at, at);
            }
            self.world.destine(snapshot, Fate::Snapshot(at));
            self.world.destine(back, Fate::RollBack(at));
            self.world.destine(on, Fate::On(at));
            let soon = if n % 2 == 0 { 50 } else { MINUTE_MS };
            self.write_at(on + soon, at, at);
            self.write_at(on + HOUR_MS / 6, at, at);
        }
    }

    /// Homes are copied, and both go on.
    fn copy(&mut self) {
        for _ in 0..self.plan.share(self.plan.copied_per_mille) {
            let from = self.victim();
            let to = self.world.copy_of(from);
            let when = self.moment() / 2;
            self.world.destine(when, Fate::Copy { from, to });
            for _ in 0..4 {
                for at in [from, to] {
                    let later = when + self.dice.below(self.plan.hours * HOUR_MS / 2);
                    self.write_at(later, at, from);
                }
            }
        }
    }

    fn figures(&self, verdict: Verdict, life: Tally) -> Figures {
        let degrees = self.graph.degrees(self.plan.nodes);
        let reach = self.world.truth.reach_ms();
        let mut reach_ms = [[0; 2]; 3];
        for (column, both) in reach_ms.iter_mut().enumerate() {
            let mut of_all: Vec<u64> = reach.iter().map(|entry| entry[column]).collect();
            of_all.sort_unstable();
            let last = of_all.len().saturating_sub(1);
            let at = |percent: usize| {
                of_all
                    .get(last * percent / 100)
                    .copied()
                    .unwrap_or_default()
            };
            *both = [at(50), at(95)];
        }
        Figures {
            nodes: self.plan.nodes as u64,
            friends_median: degrees[degrees.len() / 2],
            friends_max: degrees[degrees.len() - 1],
            entries: verdict.entries,
            forks: verdict.forks,
            life,
            reach_ms,
            ..Figures::default()
        }
    }

    /// An hour in which nobody says anything, and one in which moreover a tenth of all restart.
    fn rest(&mut self, figures: &mut Figures) {
        for at in self.hostile.clone() {
            self.world.befall(Fate::Off(at));
        }
        self.world.run(MINUTE_MS);
        let nodes = self.plan.nodes as f64;
        let before = self.world.tally;
        self.world.run(HOUR_MS);
        let quiet = self.world.tally.since(&before);
        let before = self.world.tally;
        for _ in 0..self.plan.share(100) {
            let at = self.victim();
            let when = self.world.now_ms + self.dice.below(HOUR_MS / 2);
            self.world.destine(when, Fate::Off(at));
            self.world.destine(when + 5 * MINUTE_MS, Fate::On(at));
        }
        self.world.run(HOUR_MS);
        let churn = self.world.tally.since(&before);
        figures.rest_bytes = quiet.all_bytes() as f64 / nodes;
        figures.rest_churn_bytes = churn.all_bytes() as f64 / nodes;
        figures.rest_connections = 2.0 * churn.connections as f64 / nodes;
    }
}

impl World {
    /// Another machine, off, that will be a copy of this one.
    pub(crate) fn copy_of(&mut self, of: usize) -> usize {
        let at = self.bare_node();
        let original = &self.nodes[of];
        let (key, friends, cares) = (
            original.key.clone(),
            original.friends.clone(),
            original.cares.clone(),
        );
        let (clock, presences) = (original.clock, original.presences.clone());
        let copy = &mut self.nodes[at];
        (copy.key, copy.friends, copy.cares) = (key, friends, cares);
        (copy.clock, copy.presences, copy.up) = (clock, presences, false);
        at
    }
}
