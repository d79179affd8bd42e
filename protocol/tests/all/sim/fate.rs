//! What befalls nodes.

use std::rc::Rc;

use hearth_protocol::content::Content;

use super::people::Person;
use super::world::{What, World};

/// Something from outside that happens to a node, or to the lines between them.
pub(crate) enum Fate {
    /// It is shut down properly.
    Off(usize),
    /// Its power fails: what the disk had not finished is lost, and nobody is told.
    Crash(usize),
    /// It starts.
    On(usize),
    /// Its lid is closed: it does nothing, and then goes on as if no time had passed.
    Sleep(usize),
    Wake(usize),
    /// Somebody keeps a copy of its disk.
    Snapshot(usize),
    /// Its power fails, and its disk is put back to that copy.
    RollBack(usize),
    /// All of its disk is copied to another machine, which starts.
    Copy {
        from: usize,
        to: usize,
    },
    /// The nodes for which this says 1 are cut off from the others.
    Split(Vec<u8>),
    /// All can reach all again.
    Heal,
    /// The clock on its wall jumps.
    Jump(usize, i64),
    /// Somebody writes.
    Write(usize, Rc<Person>, Box<Content>),
}

impl World {
    /// Has something happen later.
    pub(crate) fn destine(&mut self, when_ms: u64, fate: Fate) {
        self.at(when_ms, What::Fate(fate));
    }

    pub(crate) fn befall(&mut self, fate: Fate) {
        match fate {
            Fate::Off(at) => self.shut_down(at),
            Fate::Crash(at) => self.crash(at),
            Fate::On(at) => self.start(at),
            Fate::Sleep(at) => self.sleep(at),
            Fate::Wake(at) => self.wake(at),
            Fate::Snapshot(at) => {
                let node = &mut self.nodes[at];
                node.snapshot = Some((node.logs.clone(), node.acquaintances.clone()));
            }
            Fate::RollBack(at) => {
                self.crash(at);
                if let Some((logs, acquaintances)) = self.nodes[at].snapshot.take() {
                    self.nodes[at].acquaintances = acquaintances;
                    self.nodes[at].logs = logs;
                    let node = &self.nodes[at];
                    node.devices()
                        .for_each(|device| self.truth.rolled_back(device));
                }
            }
            Fate::Copy { from, to } => {
                self.nodes[to].logs = self.nodes[from].logs.clone();
                self.start(to);
            }
            Fate::Split(sides) => self.split(&sides),
            Fate::Heal => self.heal(),
            Fate::Jump(at, wrong_ms) => self.nodes[at].clock.wrong_ms = wrong_ms,
            Fate::Write(at, person, content) if self.nodes[at].up => {
                self.write_later(at, &person, *content);
            }
            // Nobody writes on a machine that is off.
            Fate::Write(..) => {}
        }
    }

    fn shut_down(&mut self, at: usize) {
        if !self.nodes[at].up {
            return;
        }
        let peers: Vec<usize> = self.nodes[at].peers.values().copied().collect();
        for other in peers {
            self.disconnect(at, other);
        }
        self.nodes[at].up = false;
        self.nodes[at].life += 1;
    }

    fn crash(&mut self, at: usize) {
        self.nodes[at].up = false;
        self.nodes[at].life += 1;
        self.cut_off(at);
    }

    fn start(&mut self, at: usize) {
        let node = &self.nodes[at];
        let is_asleep = !node.up && !node.peers.is_empty();
        if is_asleep {
            self.wake(at);
        } else if !node.up {
            self.boot(at);
            self.dial_friends(at, 2_000);
        }
    }

    fn sleep(&mut self, at: usize) {
        if !self.nodes[at].up {
            return;
        }
        self.nodes[at].up = false;
        let peers: Vec<usize> = self.nodes[at].peers.values().copied().collect();
        for other in peers {
            self.sever(at, other);
        }
    }

    fn wake(&mut self, at: usize) {
        if self.nodes[at].up {
            return;
        }
        self.nodes[at].up = true;
        self.nodes[at].due_ms = None;
        let peers: Vec<usize> = self.nodes[at].peers.values().copied().collect();
        for other in peers {
            let (key, _) = super::wire::pair(at, other);
            let epoch = self.wires[&key].epoch;
            self.lapse_later(at, other, epoch);
        }
        self.event(at, hearth_protocol::sync::Event::Tick);
        self.dial_friends(at, 30_000);
    }

    fn split(&mut self, sides: &[u8]) {
        for (node, &side) in self.nodes.iter_mut().zip(sides) {
            node.side = side;
        }
        let apart = |&(a, b): &(usize, usize)| self.nodes[a].side != self.nodes[b].side;
        let torn: Vec<_> = self.wires.keys().copied().filter(apart).collect();
        for (a, b) in torn {
            self.sever(a, b);
        }
    }

    fn heal(&mut self) {
        self.nodes.iter_mut().for_each(|node| node.side = 0);
        for at in 0..self.nodes.len() {
            if self.nodes[at].up {
                self.dial_friends(at, 300_000);
            }
        }
    }
}
