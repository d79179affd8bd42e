//! Keys between devices: who has which, what is written under, and what those who were revoked can't reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hearth_keys::{BoxSecret, DeviceKeys, Phrase, Root};
use hearth_protocol::content::{Content, InboxAnnouncement, KeyGrant, KeyPurpose, Post};
use hearth_protocol::entry::Place;
use hearth_protocol::root::{Claim, LogEnd, Statement, generations_begin, generations_end};

use super::super::logs::{Account, Draft, Logs, Written};
use crate::genesis;
use crate::home::Home;
use crate::node;

struct Node {
    _scratch: tempfile::TempDir,
    logs: Logs,
    account: Account,
}

/// Alice's machines, and her phrase.
struct Machines {
    root: Root,
    nodes: Vec<Node>,
    now_ms: u64,
}

impl Machines {
    fn new(count: usize) -> Self {
        let phrase = Phrase::generate(&mut crate::rng::system());
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path().join("home")).unwrap();
        let (kept, _) = node::account(&home, Some("Alice"), Some(&phrase)).unwrap();
        let account = kept.account.clone();
        let mut logs = Logs::open(&scratch.path().join("store"), vec![account.clone()]).unwrap();
        genesis::ensure(&mut logs, &kept, 1).unwrap();
        let first = Node {
            _scratch: scratch,
            logs,
            account,
        };
        let mut machines = Self {
            root: phrase.root(),
            nodes: vec![first],
            now_ms: 10,
        };
        (1..count).for_each(|_| machines.add());
        machines
    }

    /// Another machine, certified, which has met nobody yet.
    fn add(&mut self) {
        let device = Arc::new(DeviceKeys::generate(&mut crate::rng::system()));
        let box_public = device.box_public();
        let certificate =
            Statement::sign(&self.root, device.id(), 1, Claim::Certify { box_public });
        let account = Account {
            device,
            certificate: certificate.clone(),
            ..self.nodes[0].account.clone()
        };
        let scratch = tempfile::tempdir().unwrap();
        let logs = Logs::open(&scratch.path().join("store"), vec![account.clone()]).unwrap();
        self.nodes.push(Node {
            _scratch: scratch,
            logs,
            account,
        });
        self.say(&certificate);
    }

    /// Everybody hears of a statement, and of all before it.
    fn say(&mut self, said: &Statement) {
        let mut known = self.nodes[0].logs.statements(&said.identity());
        known.insert(said.clone()).unwrap();
        for node in &mut self.nodes {
            node.logs.keep_statements(&known).unwrap();
        }
    }

    fn retire(&mut self, node: usize) {
        let device = self.nodes[node].account.device.id();
        self.say(&Statement::sign(&self.root, device, 2, Claim::Retire));
    }

    /// Cuts a device off where the first one holds its logs.
    fn cut(&mut self, node: usize) {
        let (identity, device) = (
            self.nodes[node].account.identity,
            self.nodes[node].account.device.id(),
        );
        let logs = &self.nodes[0].logs;
        let ends: BTreeMap<_, _> = logs
            .tops(&identity, &device)
            .into_iter()
            .map(|(log, top)| {
                let id = logs.entry(&top).unwrap().unwrap().0.id();
                (log.log, LogEnd { seq: top.seq, id })
            })
            .collect();
        self.say(&Statement::sign(&self.root, device, 3, Claim::Cut { ends }));
    }

    /// All entries reach everybody.
    fn exchange(&mut self) {
        for from in 0..self.nodes.len() {
            let held: Vec<_> = self.nodes[from]
                .logs
                .logs()
                .filter_map(|(log, state)| Some((*log, state.top()?.hi)))
                .collect();
            for (log, hi) in held {
                let (run, deletes) = self.nodes[from].logs.serve(&log, 0, hi).unwrap().unwrap();
                for to in (0..self.nodes.len()).filter(|to| *to != from) {
                    let logs = &mut self.nodes[to].logs;
                    let _ = logs.ingest(run.clone(), &deletes, self.now_ms);
                }
            }
        }
    }

    /// One machine does what is due; says whether anything was.
    fn renew(&mut self, node: usize) -> bool {
        self.now_ms += 1;
        let (now_ms, mut rng) = (self.now_ms, crate::rng::system());
        let node = &mut self.nodes[node];
        let identity = node.account.identity;
        let is_due = node.logs.are_keys_due(&identity).unwrap();
        let stored = node.logs.renew_keys(&identity, now_ms, &mut rng).unwrap();
        assert_eq!(is_due, !stored.is_empty());
        is_due
    }

    /// Until nobody has anything to do, which must be soon.
    fn settle(&mut self) {
        for _ in 0..8 {
            self.exchange();
            let renewed: Vec<bool> = (0..self.nodes.len()).map(|node| self.renew(node)).collect();
            if !renewed.contains(&true) {
                return;
            }
        }
        panic!("they go on granting");
    }

    fn keys(&self, node: usize) -> BTreeSet<(KeyPurpose, u32, [u8; 32])> {
        let node = &self.nodes[node];
        let keys = node.logs.granted_keys(&node.account.identity);
        keys.into_iter()
            .map(|key| (key.purpose, key.generation, *key.secret))
            .collect()
    }

    /// What happens before something is backed up.
    fn back_up(&mut self, node: usize) -> usize {
        self.now_ms += 1;
        let (now_ms, mut rng) = (self.now_ms, crate::rng::system());
        let node = &mut self.nodes[node];
        let identity = node.account.identity;
        let stored = node.logs.ensure_backup_key(&identity, now_ms, &mut rng);
        stored.unwrap().len()
    }

    fn backup_generations(&self, node: usize) -> Vec<u32> {
        let node = &self.nodes[node];
        let keys = node.logs.backup_keys(&node.account.identity);
        keys.iter().map(|key| key.generation).collect()
    }

    fn private_key(&self, node: usize) -> Option<[u8; 32]> {
        let node = &self.nodes[node];
        let key = node.logs.private_key(&node.account.identity).ok()?;
        Some(*key.expose_bytes())
    }

    fn inbox(&self, node: usize) -> (u32, [u8; 32]) {
        let node = &self.nodes[node];
        let inbox = node.logs.newest_inbox(&node.account.identity);
        let (generation, public) = inbox.unwrap().unwrap();
        (generation, *public.as_bytes())
    }

    /// Whether what is sealed to the newest inbox key opens at a machine.
    fn opens_inbox(&self, node: usize, (generation, public): (u32, [u8; 32])) -> bool {
        let node = &self.nodes[node];
        let secrets = node.logs.inbox_secrets(&node.account.identity);
        secrets
            .iter()
            .any(|(held, secret)| *held == generation && *secret.public().as_bytes() == public)
    }

    fn write(&mut self, node: usize, text: &str) -> Written {
        self.now_ms += 1;
        let node = &mut self.nodes[node];
        let post = Content::Post(Post {
            text: text.into(),
            ..Post::default()
        });
        let draft = Draft::private(self.now_ms, post);
        let mut rng = crate::rng::system();
        let identity = node.account.identity;
        let written = node
            .logs
            .append(&identity, false, vec![draft], self.now_ms, &mut rng);
        written.unwrap().0[0]
    }

    fn reads(&self, node: usize, written: &Written) -> bool {
        self.nodes[node]
            .logs
            .content(&written.place)
            .unwrap()
            .is_some()
    }

    /// A device says what it likes: a key of any generation, granted to whom it likes.
    fn grant(&mut self, node: usize, purpose: KeyPurpose, generation: u32, key: [u8; 32]) {
        let mut rng = crate::rng::system();
        let devices = self.nodes[0]
            .logs
            .statements(&self.root.identity())
            .current_devices();
        let node = &mut self.nodes[node];
        let account = node.account.clone();
        let log = node.logs.writable_log(&account, false, &mut rng).unwrap();
        let seq = node.logs.state(&log).top().map_or(0, |top| top.hi + 1);
        let place = Place { log, seq };
        let key = (purpose, generation, &key);
        let grant = KeyGrant::seal(key, &devices, &account.recovery, &place, &mut rng);
        let draft = Draft::public(5, Content::KeyGrant(grant));
        let appended = node.logs.append_to(&account, log, &[draft], 5, &mut rng);
        appended.unwrap();
    }

    fn announce(&mut self, node: usize, generation: u32, secret: [u8; 32]) {
        let node = &mut self.nodes[node];
        let public = BoxSecret::from_bytes(secret).public();
        let announcement = Content::Inbox(InboxAnnouncement { generation, public });
        let draft = Draft::public(5, announcement);
        let identity = node.account.identity;
        let mut rng = crate::rng::system();
        let appended = node.logs.append(&identity, true, vec![draft], 5, &mut rng);
        appended.unwrap();
    }
}

#[test]
fn a_device_that_is_added_gets_every_key_and_reads_what_was_there() {
    let mut machines = Machines::new(1);
    let old = machines.write(0, "before");
    machines.add();
    assert!(!machines.renew(1), "it waits for the other's keys");
    machines.settle();
    assert_eq!(machines.keys(0), machines.keys(1));
    assert_eq!(machines.private_key(0), machines.private_key(1));
    assert!(machines.reads(1, &old));
    let new = machines.write(1, "after");
    machines.exchange();
    assert!(machines.reads(0, &new));
    assert_eq!(machines.inbox(0).0, 0, "adding begins no new inbox");
    machines.add();
    machines.settle();
    assert_eq!(machines.keys(0), machines.keys(2));
}

#[test]
fn a_revoked_device_gets_no_key_that_is_written_under() {
    for is_cut in [false, true] {
        let mut machines = Machines::new(3);
        machines.settle();
        let (before, old) = (machines.keys(2), machines.write(0, "before"));
        machines.exchange();
        match is_cut {
            true => machines.cut(2),
            false => machines.retire(2),
        }
        machines.settle();
        assert_eq!(machines.private_key(0), machines.private_key(1));
        let new = machines.write(1, "after");
        machines.exchange();
        assert!(machines.reads(0, &new) && machines.reads(0, &old));
        assert!(machines.reads(2, &old) && !machines.reads(2, &new));
        assert_eq!(machines.keys(2), before, "not one key more");
        let inbox = machines.inbox(2);
        assert_eq!(inbox, machines.inbox(0));
        assert!(inbox.0 >= 1 << 24);
        assert!(machines.opens_inbox(0, inbox) && machines.opens_inbox(1, inbox));
        assert!(!machines.opens_inbox(2, inbox));
        // It writes nothing, not even keys.
        let mut rng = crate::rng::system();
        let identity = machines.root.identity();
        let draft = Draft::public(
            9,
            Content::Post(Post {
                text: "x".into(),
                ..Post::default()
            }),
        );
        let refused = machines.nodes[2]
            .logs
            .append(&identity, true, vec![draft], 9, &mut rng);
        assert!(refused.unwrap_err().to_string().contains("revoked"));
        // Who is added later reads all of it.
        machines.add();
        machines.settle();
        assert_eq!(machines.keys(3), machines.keys(0));
        assert!(machines.reads(3, &new) && machines.reads(3, &old));
    }
}

#[test]
fn a_revoked_device_gets_no_next_backup_key() {
    for is_cut in [false, true] {
        let mut machines = Machines::new(3);
        machines.settle();
        assert_eq!(machines.back_up(0), 1);
        machines.settle();
        let generations: Vec<_> = (0..3).map(|at| machines.backup_generations(at)).collect();
        assert_eq!(generations, [[0], [0], [0]]);
        assert_eq!(machines.back_up(0), 0, "one is enough");
        match is_cut {
            true => machines.cut(2),
            false => machines.retire(2),
        }
        machines.settle();
        assert_eq!(machines.back_up(0), 1, "is_cut: {is_cut}");
        machines.settle();
        assert_eq!(machines.backup_generations(0), [0, 1]);
        assert_eq!(machines.backup_generations(1), [0, 1]);
        assert_eq!(machines.backup_generations(2), [0]);
        assert_eq!(machines.back_up(0), 0, "it goes on under that one");
        // Who was retired and is cut since knows nothing that was begun in between.
        machines.cut(2);
        assert_eq!(machines.back_up(0), 0);
        // Who didn't begin it can't tell who else knows it.
        assert_eq!(machines.back_up(1), 1);
        machines.settle();
        assert_eq!(machines.backup_generations(2), [0]);
    }
}

#[test]
fn two_that_renew_at_the_same_time_agree() {
    let mut machines = Machines::new(3);
    machines.settle();
    machines.retire(2);
    // Neither has heard of what the other does.
    assert!(machines.renew(0) && machines.renew(1));
    let (one, other) = (machines.private_key(0), machines.private_key(1));
    assert_ne!(one, other);
    let written = [machines.write(0, "one"), machines.write(1, "other")];
    machines.settle();
    assert_eq!(machines.private_key(0), machines.private_key(1));
    assert_eq!(machines.keys(0), machines.keys(1), "both keys are kept");
    for (node, written) in [(0, &written[1]), (1, &written[0])] {
        assert!(machines.reads(node, written));
    }
    let inbox = machines.inbox(0);
    assert_eq!(inbox, machines.inbox(1));
    assert!(machines.opens_inbox(0, inbox) && machines.opens_inbox(1, inbox));
}

#[test]
fn no_generation_of_a_thief_outlives_the_cut() {
    let mut machines = Machines::new(3);
    machines.settle();
    let begin = generations_begin(&machines.nodes[0].logs.statements(&machines.root.identity()));
    let end = generations_end(&machines.nodes[0].logs.statements(&machines.root.identity()));
    let generations = [begin + 9, end - 1, end, end + 7, u32::MAX];
    let known: Vec<[u8; 32]> = (1..=5).map(|byte| [byte; 32]).collect();
    for (generation, key) in generations.into_iter().zip(&known) {
        machines.grant(2, KeyPurpose::PrivateSpace, generation, *key);
        machines.grant(2, KeyPurpose::Inbox, generation, *key);
        machines.announce(2, generation, *key);
    }
    machines.settle();
    // While it counts it may say which key counts, but none of an era to come.
    assert!(machines.inbox(0).0 < end);
    machines.cut(2);
    assert!(
        machines.private_key(0).is_none(),
        "nothing is written until there is a new key"
    );
    machines.settle();
    for node in [0, 1] {
        let key = machines.private_key(node).unwrap();
        assert!(!known.contains(&key));
        let inbox = machines.inbox(node);
        let publics: Vec<_> = known
            .iter()
            .map(|key| *BoxSecret::from_bytes(*key).public().as_bytes())
            .collect();
        assert!(!publics.contains(&inbox.1));
        assert!(inbox.0 >= end, "above all that counted before");
    }
    // Nor does one that is added later bring them back.
    machines.add();
    machines.settle();
    assert!(!known.contains(&machines.private_key(3).unwrap()));
    assert_eq!(machines.private_key(3), machines.private_key(0));
    machines.retire(3);
    machines.settle();
    assert!(!known.contains(&machines.private_key(0).unwrap()));
    // What it granted rightly goes on opening what lies under it.
    assert!(
        machines
            .keys(0)
            .contains(&(KeyPurpose::PrivateSpace, end - 1, known[1]))
    );
}

#[test]
fn keys_are_there_after_opening_again() {
    let mut machines = Machines::new(2);
    machines.settle();
    machines.retire(1);
    machines.settle();
    let (keys, key) = (machines.keys(0), machines.private_key(0));
    machines.nodes[0].logs.commit().unwrap();
    let Node {
        _scratch,
        logs,
        account,
    } = machines.nodes.remove(0);
    drop(logs);
    let logs = Logs::open(&_scratch.path().join("store"), vec![account.clone()]).unwrap();
    machines.nodes.insert(
        0,
        Node {
            _scratch,
            logs,
            account,
        },
    );
    assert_eq!((machines.keys(0), machines.private_key(0)), (keys, key));
}
