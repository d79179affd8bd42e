//! Runs as they meet what a store holds: stored, or refused and why.

use std::collections::BTreeMap;

use hearth_keys::{DeviceKeys, Signature};
use hearth_protocol::content::{Content, Delete, Target};
use hearth_protocol::entry::{LogNumber, LoneEntry};
use hearth_protocol::fork::ForkProof;
use hearth_protocol::root::{Claim, LogEnd, Statement};
use hearth_protocol::run::{Run, RunBody};
use serde_json::{Value, json};

use crate::case::{File, hex};
use crate::make_log::bytes;
use crate::people::{
    alice, alices_place, certificate, chain, device, entry, entry_with_body, part, post,
};

/// The store before a run comes.
pub(crate) struct Store {
    pub(crate) statements: Vec<Statement>,
    held: Vec<Run>,
    tombstones: Vec<LoneEntry>,
    fork: Option<ForkProof>,
    later: Vec<Statement>,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self {
            statements: vec![certificate(&alice(), &device(1))],
            held: Vec::new(),
            tombstones: Vec::new(),
            fork: None,
            later: Vec::new(),
        }
    }

    pub(crate) fn says(mut self, claim: Claim) -> Self {
        self.statements
            .push(Statement::sign(&alice(), device(1).id(), 9, claim));
        self
    }

    /// Said once all of this was held.
    pub(crate) fn says_later(mut self, claim: Claim) -> Self {
        self.later
            .push(Statement::sign(&alice(), device(1).id(), 9, claim));
        self
    }

    pub(crate) fn holds(mut self, run: Run) -> Self {
        self.held.push(run);
        self
    }

    pub(crate) fn with(mut self, tombstone: &LoneEntry) -> Self {
        self.tombstones.push(tombstone.clone());
        self
    }

    /// Knows that the log forked at the third of five posts.
    pub(crate) fn forked(mut self) -> Self {
        let (one, other) = (entry(&story(), 2), entry(&branch(2), 2));
        self.fork = Some(ForkProof::new(one, other).unwrap());
        self
    }

    pub(crate) fn given(&self) -> Value {
        let mut given = json!({
            "identity": hex(alice().identity().as_bytes()),
            "statements": blobs(&self.statements),
            "held": self.held.iter().map(|run| json!({ "run": bytes(run) })).collect::<Vec<_>>(),
            "tombstones": self.tombstones.iter().map(|t| hex(t.to_bytes())).collect::<Vec<_>>(),
        });
        if let Some(proof) = &self.fork {
            given["fork"] = hex(proof.to_bytes());
        }
        if !self.later.is_empty() {
            given["later_statements"] = blobs(&self.later);
        }
        given
    }
}

fn blobs(statements: &[Statement]) -> Value {
    statements.iter().map(|s| hex(s.to_bytes())).collect()
}

pub(crate) fn cut_at(seq: u64, run: &Run) -> Claim {
    let id = entry(run, seq).id();
    Claim::Cut {
        ends: BTreeMap::from([(LogNumber::SOCIAL, LogEnd { seq, id })]),
    }
}

/// Five posts, and a sixth entry that deletes sequence 1.
pub(crate) fn story() -> Run {
    let mut contents: Vec<_> = (0..5).map(|n| post(&format!("post {n}"))).collect();
    let targets = vec![Target::from(alices_place(1))];
    contents.push(Content::Delete(Delete { targets }));
    chain(&contents)
}

pub(crate) fn tombstone(run: &Run) -> LoneEntry {
    entry_with_body(run, 5)
}

/// A delete of sequence 0 where the story has something else.
fn delete_instead_of(seq: u64) -> LoneEntry {
    let mut contents: Vec<_> = (0..seq).map(|n| post(&format!("post {n}"))).collect();
    let targets = vec![Target::from(alices_place(0))];
    contents.push(Content::Delete(Delete { targets }));
    entry_with_body(&chain(&contents), seq)
}

/// A post, its delete, and a delete of that delete.
fn deletes_of_deletes() -> Run {
    let delete = |seq| {
        Content::Delete(Delete {
            targets: vec![Target::from(alices_place(seq))],
        })
    };
    chain(&[post("post 0"), delete(0), delete(1)])
}

pub(crate) fn without_body(mut run: Run, index: usize) -> Run {
    if let RunBody::Present(body) = &run.items[index].body {
        run.items[index].body = RunBody::Gone {
            hash: *blake3::hash(body).as_bytes(),
            bytes: u32::try_from(body.len()).unwrap(),
        };
    }
    run
}

/// The same posts but for the text at `from`, and all that follows.
pub(crate) fn branch(from: usize) -> Run {
    let text = |n: usize| {
        if n < from {
            format!("post {n}")
        } else {
            format!("branch {n}")
        }
    };
    chain(&(0..5).map(|n| post(&text(n))).collect::<Vec<_>>())
}

/// Signs an entry wrongly and everything after it rightly, each naming the one before.
pub(crate) fn with_bad_signature_at(seq: u64) -> Run {
    let mut run = part(&story(), 0, 4);
    let keys: DeviceKeys = device(1);
    for at in seq..5 {
        let index = usize::try_from(at).unwrap();
        let header = entry(&run, at).header().clone();
        run.items[index].signature = if at == seq {
            Signature::from_bytes([7; 64])
        } else {
            *header.sign(&keys).signature()
        };
    }
    run
}

pub(crate) fn files() -> Vec<File> {
    let mut file = File::new(
        "ingest",
        "A run that comes to a store which holds other runs and knows statements; tombstones came along with it.",
    );
    accepted(&mut file);
    refused(&mut file);
    vec![file]
}

fn accepted(file: &mut File) {
    let run = story();
    let (old, mid, new) = (part(&run, 0, 1), part(&run, 2, 3), part(&run, 4, 5));
    let deleted = without_body(part(&run, 0, 3), 1);
    let vouched = with_bad_signature_at(2);
    let cut = || Store::new().says(cut_at(3, &run));
    let deletes = deletes_of_deletes();
    let cases = [
        ("a whole log", Store::new(), run.clone()),
        ("its newest part", Store::new(), new.clone()),
        (
            "the part before",
            Store::new().holds(new.clone()),
            mid.clone(),
        ),
        ("a gap stays", Store::new().holds(new.clone()), old.clone()),
        (
            "the gap closes",
            Store::new().holds(new.clone()).holds(old.clone()),
            mid,
        ),
        ("nothing new", Store::new().holds(run.clone()), new.clone()),
        (
            "a successor vouches within the run",
            Store::new(),
            vouched.clone(),
        ),
        (
            "a held successor vouches",
            Store::new().holds(part(&vouched, 3, 4)),
            part(&vouched, 0, 2),
        ),
        (
            "a body gone, its delete held",
            Store::new().holds(new.clone()),
            deleted.clone(),
        ),
        (
            "a body gone, its delete came along",
            Store::new().with(&tombstone(&run)),
            deleted,
        ),
        (
            "a delete comes last",
            Store::new().holds(part(&run, 0, 4)),
            new,
        ),
        (
            "after retiring",
            Store::new().says(Claim::Retire),
            run.clone(),
        ),
        ("up to the cut", cut(), part(&run, 0, 3)),
        (
            "across the cut: what lies beyond is dropped",
            cut(),
            run.clone(),
        ),
        ("behind the cut, linked", cut().holds(part(&run, 2, 3)), old),
        (
            "a delete that a later one names keeps its body",
            Store::new(),
            deletes.clone(),
        ),
        (
            "also when the later one came first",
            Store::new().holds(part(&deletes, 2, 2)),
            part(&deletes, 0, 1),
        ),
        (
            "a forked log up to the fork",
            Store::new().holds(part(&run, 0, 0)).forked(),
            part(&run, 1, 1),
        ),
        (
            "the past of a forked log",
            Store::new().holds(part(&run, 2, 3)).forked(),
            part(&run, 0, 1),
        ),
        (
            "a forked log grows up to the cut",
            Store::new()
                .holds(part(&run, 0, 1))
                .forked()
                .says_later(cut_at(3, &run)),
            part(&run, 2, 3),
        ),
    ];
    for (name, store, run) in &cases {
        file.valid(name, store.given(), &run.to_bytes());
    }
}

fn refused(file: &mut File) {
    let run = story();
    let bad = with_bad_signature_at(2);
    let other = branch(2);
    let deleted = without_body(part(&run, 0, 3), 1);
    let cut = || Store::new().says(cut_at(3, &run));
    let mut uncertified = Store::new();
    uncertified.statements.clear();
    let mut foreign = tombstone(&run);
    foreign.entry = foreign.entry.header().clone().sign(&device(2));
    let unlinked = branch(0);
    let cases = [
        (
            "no certificate",
            "nobody vouches for the device",
            "Void",
            uncertified,
            run.clone(),
        ),
        (
            "a cut that doesn't name the log",
            "all of it is void",
            "Void",
            Store::new().says(Claim::Cut {
                ends: BTreeMap::new(),
            }),
            run.clone(),
        ),
        (
            "bad last signature",
            "nothing vouches for the last entry",
            "Signature",
            Store::new(),
            part(&bad, 0, 2),
        ),
        (
            "a body gone without a delete",
            "nothing says that it was deleted",
            "BodyMissing",
            Store::new(),
            deleted.clone(),
        ),
        (
            "a delete that another device signed",
            "its own signature doesn't verify",
            "BodyMissing",
            Store::new().with(&foreign),
            deleted.clone(),
        ),
        (
            "a body gone, its delete beyond the cut",
            "the delete doesn't hold, which its sender needn't know",
            "Cut",
            cut().with(&tombstone(&run)),
            deleted,
        ),
        (
            "a body gone, its delete in the place of the cut's entry",
            "the cut names another entry",
            "Cut",
            cut().with(&delete_instead_of(3)),
            without_body(part(&run, 0, 3), 0),
        ),
        (
            "a body gone, its delete in the place of an entry that the cut keeps",
            "what is held is tied to the cut's entry, and another",
            "Cut",
            Store::new()
                .says(cut_at(5, &run))
                .holds(part(&run, 2, 5))
                .with(&delete_instead_of(3)),
            without_body(part(&run, 0, 1), 0),
        ),
        (
            "another branch",
            "both are signed: a fork",
            "Fork",
            Store::new().holds(part(&run, 0, 4)),
            other.clone(),
        ),
        (
            "another branch, unsigned",
            "they differ, and nothing shows that its author wrote this one",
            "Signature",
            Store::new().holds(part(&run, 0, 2)),
            part(&bad, 0, 2),
        ),
        (
            "another branch, and no two signatures to prove it",
            "they differ first where the one held has a bad signature",
            "Conflict",
            Store::new().holds(bad.clone()),
            part(&run, 0, 2),
        ),
        (
            "doesn't name the head",
            "its previous entry isn't the one held",
            "Unlinked",
            Store::new().holds(part(&run, 0, 2)),
            part(&unlinked, 3, 4),
        ),
        (
            "isn't named by the successor",
            "the one held names another entry",
            "Unlinked",
            Store::new().holds(part(&run, 3, 4)),
            part(&unlinked, 0, 2),
        ),
        (
            "isn't named by the successor, unsigned",
            "nothing shows that its author wrote it",
            "Signature",
            Store::new().holds(part(&run, 3, 4)),
            part(&bad, 0, 2),
        ),
        (
            "a forked log to the fork's place",
            "it forked there",
            "Forked",
            Store::new().holds(part(&run, 0, 0)).forked(),
            part(&run, 1, 2),
        ),
        (
            "grows on a forked log",
            "nothing is added above what is held",
            "Forked",
            Store::new().holds(part(&run, 0, 3)).forked(),
            part(&run, 4, 5),
        ),
        (
            "beyond the cut",
            "nothing there holds",
            "Cut",
            cut(),
            part(&run, 4, 5),
        ),
        (
            "another branch at the cut",
            "the cut names another entry",
            "Cut",
            cut(),
            part(&other, 0, 3),
        ),
        (
            "before the cut, not linked",
            "only what is tied to the cut's entry holds",
            "Cut",
            cut(),
            part(&run, 0, 2),
        ),
    ];
    for (name, reason, error, store, run) in &cases {
        file.invalid(name, (reason, error), store.given(), &run.to_bytes());
    }
}
