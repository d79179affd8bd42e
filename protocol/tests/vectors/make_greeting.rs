//! What two nodes that met before say by digests, as the machine says it.

use hearth_keys::Root;
use hearth_protocol::body;
use hearth_protocol::codec::{self, Blob, Bytes};
use hearth_protocol::fork::ForkProof;
use hearth_protocol::memory::{MemoryLogs, next_header};
use hearth_protocol::message::{
    BUCKETS, COMPARE_DEPTH_MAX, Compare, FollowNotice, Message, Presence, pair_key, token,
};
use hearth_protocol::root::StatementSet;
use hearth_protocol::run::Run;
use hearth_protocol::sync::{Event, Output, PeerKey, Sync};
use serde_json::{Value, json};

use crate::case::{File, hex, unhex};
use crate::people::{alice, alices_log, bob, certificate, chain, device, post};

const HERE: &[u8] = b"peer-b";
const THERE: &[u8] = b"peer-a";

pub(crate) fn files() -> Vec<File> {
    vec![greetings(), comparisons()]
}

fn statements(root: &Root, number: u8) -> StatementSet {
    let mut set = StatementSet::new(root.identity());
    set.insert(certificate(root, &device(number))).unwrap();
    set
}

fn blobs(parts: &[Vec<u8>]) -> Vec<u8> {
    codec::encode(&parts.iter().cloned().map(Blob).collect::<Vec<_>>())
}

fn greetings() -> File {
    let mut file = File::new(
        "greeting",
        "Frames that a peer sends, and the digests by which it is told later what is remembered of them.",
    );
    let (set, addresses) = (
        statements(&alice(), 1),
        ["/ip4/192.0.2.7/tcp/4747".to_owned()],
    );
    let presence = |time_ms| Presence::sign(&device(1), &set, THERE, time_ms, &addresses);
    let presences = |time_ms| Message::Presences(vec![presence(time_ms)]).to_bytes();
    let notice = |following, time_ms, name: &str| {
        let followed = bob().identity();
        Message::Notice(FollowNotice::sign(
            &device(1),
            &set,
            followed,
            following,
            time_ms,
            name,
        ))
        .to_bytes()
    };
    let interest = |add: &[u8], remove: &[u8]| {
        let tokens = |of: &[u8]| of.iter().map(|&byte| Bytes([byte; 16])).collect();
        Message::Interest {
            add: tokens(add),
            remove: tokens(remove),
        }
        .to_bytes()
    };
    let cases = [
        ("nothing", vec![]),
        ("a presence", vec![presences(5)]),
        (
            "the same one, signed later",
            vec![presences(5), presences(6)],
        ),
        (
            "interests",
            vec![
                presences(5),
                interest(&[3, 1, 2], &[]),
                interest(&[4], &[1]),
            ],
        ),
        ("a notice", vec![presences(5), notice(true, 5, "Alice")]),
        (
            "the same one, signed later",
            vec![presences(5), notice(true, 7, "Alice")],
        ),
        (
            "another name",
            vec![presences(5), notice(true, 5, "Alicia")],
        ),
        (
            "no longer",
            vec![notice(true, 5, "Alice"), notice(false, 6, "Alice")],
        ),
        (
            "all",
            vec![
                presences(5),
                interest(&[9, 8], &[]),
                notice(true, 5, "Alice"),
            ],
        ),
    ];
    let given = json!({ "lives_here": hex(bob().identity().as_bytes()) });
    for (name, frames) in cases {
        file.valid(name, given.clone(), &blobs(&frames));
    }
    file
}

/// What is remembered of a peer after these frames.
pub(crate) fn remembered(bytes: &[u8]) -> Value {
    let frames: Vec<Blob> = codec::decode(bytes, 1 << 20).unwrap();
    let peer = PeerKey(THERE.to_vec());
    let mut sync = Sync::new(PeerKey(HERE.to_vec()));
    let here = Presence::sign(&device(2), &statements(&bob(), 2), HERE, 1, &[]);
    sync.set_presences(vec![here]);
    sync.handle(0, Event::Cared(alice().identity()));
    sync.handle(0, Event::Connected(peer.clone()));
    for frame in frames {
        sync.handle(0, Event::Frame(peer.clone(), frame.0));
    }
    // A peer is remembered for somebody known who lives there, or who follows somebody here.
    let mut known = Vec::new();
    sync.handle(9_999, Event::Tick);
    while let Some(output) = sync.next_output() {
        if let Output::Remember(_, said) = output {
            known.push(said);
        }
    }
    let mut later = Sync::new(PeerKey(HERE.to_vec()));
    if let Some(said) = known.pop() {
        later.acquaint(peer.clone(), *said);
    }
    later.handle(0, Event::Connected(peer));
    let hello = sent(&mut later)
        .into_iter()
        .find_map(|message| match message {
            Message::Hello(hello) => Some(hello.remembers),
            _ => None,
        });
    let hello = hello.expect("a hello comes first");
    json!({
        "presences": hex(hello.presences.0),
        "interests": hex(hello.interests.0),
        "notices": hex(hello.notices.0),
    })
}

fn sent(sync: &mut Sync) -> Vec<Message> {
    let mut messages = Vec::new();
    while let Some(output) = sync.next_output() {
        if let Output::Send(_, frame) = output {
            messages.push(Message::from_bytes(&frame).unwrap());
        }
    }
    messages
}

fn comparisons() -> File {
    let mut file = File::new(
        "comparison",
        "The digests of the parts of what two nodes both care for; the bytes are the prefix.",
    );
    let key = pair_key(HERE, THERE, &alice().identity());
    let run = chain(&[post("one"), post("two")]);
    let longer = chain(&[post("one"), post("two"), post("three")]);
    let twin = |text: &str| {
        let body = body::clear(&post(text), [1; 16]).unwrap();
        next_header(alices_log(), &Default::default(), 0, &body).sign(&device(1))
    };
    let (one, other) = (twin("one"), twin("other"));
    let (lower, higher) = if one.id() < other.id() {
        (one, other)
    } else {
        (other, one)
    };
    let fork = ForkProof::new(lower, higher).unwrap().to_bytes();
    let holds = |run: Option<&Run>, fork: Option<&[u8]>| {
        json!([
            {
                "statements": [hex(certificate(&alice(), &device(1)).to_bytes())],
                "run": run.map_or(Value::Null, |run| hex(run.to_bytes())),
                "fork": fork.map_or(Value::Null, hex),
            },
            { "statements": [hex(certificate(&bob(), &device(2)).to_bytes())], "run": null, "fork": null },
        ])
    };
    let given = |holds: Value| json!({ "peers": [hex(HERE), hex(THERE)], "holds": holds });
    file.valid("nothing", given(json!([])), &[]);
    file.valid("statements alone", given(holds(None, None)), &[]);
    file.valid("a log", given(holds(Some(&run), None)), &[]);
    file.valid("a longer one", given(holds(Some(&longer), None)), &[]);
    file.valid("a forked one", given(holds(Some(&run), Some(&fork))), &[]);
    let first = key[0] >> 4;
    file.valid("a part", given(holds(Some(&run), None)), &[first]);
    let deep = [first, key[0] & 15, key[1] >> 4];
    assert!(deep.len() < COMPARE_DEPTH_MAX);
    file.valid("a part of a part", given(holds(Some(&run), None)), &deep);
    file
}

/// The digests that the machine sends for a prefix.
pub(crate) fn compared(prefix: &[u8], given: &Value) -> Value {
    let peers = given["peers"].as_array().unwrap();
    let (here, there) = (unhex(&peers[0]), unhex(&peers[1]));
    let peer = PeerKey(there.clone());
    let mut sync = Sync::new(PeerKey(here.clone()));
    let mut tokens = Vec::new();
    for held in given["holds"].as_array().unwrap() {
        let mut store = MemoryLogs::new();
        let blobs: Vec<Vec<u8>> = held["statements"]
            .as_array()
            .unwrap()
            .iter()
            .map(unhex)
            .collect();
        let identity = hearth_protocol::root::Statement::from_bytes(&blobs[0])
            .unwrap()
            .identity();
        store.add_statements(identity, &blobs).unwrap();
        if !held["run"].is_null() {
            store
                .ingest(Run::from_bytes(&unhex(&held["run"])).unwrap(), &[])
                .unwrap();
        }
        let forks = (!held["fork"].is_null())
            .then(|| ForkProof::from_bytes(&unhex(&held["fork"])).unwrap());
        let logs = store
            .logs()
            .map(|(log, state)| (*log, state.clone()))
            .collect();
        let set = store.statements(&identity).unwrap().clone();
        sync.hold(set, logs, forks.into_iter().collect());
        sync.handle(0, Event::Cared(identity));
        tokens.push(token(&there, &here, &identity));
    }
    sync.handle(0, Event::Connected(peer.clone()));
    let interest = Message::Interest {
        add: tokens,
        remove: Vec::new(),
    };
    let none = Compare {
        prefix: prefix.to_vec(),
        digests: [[0; 8]; BUCKETS],
    };
    for message in [
        Message::Presences(Vec::new()),
        interest,
        Message::Compare(none),
    ] {
        sync.handle(0, Event::Frame(peer.clone(), message.to_bytes()));
    }
    let digests = sent(&mut sync)
        .into_iter()
        .find_map(|message| match message {
            Message::Compare(compare) if compare.prefix == prefix => Some(compare.digests),
            _ => None,
        });
    let digests = digests.expect("what comes is answered");
    json!({ "digests": digests.iter().map(hex).collect::<Vec<_>>() })
}
