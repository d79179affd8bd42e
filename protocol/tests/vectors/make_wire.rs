//! Messages, fork proofs, links, tokens and topics.

use std::slice::from_ref;

use hearth_keys::Context;
use hearth_protocol::codec::{Blob, Bytes};
use hearth_protocol::entry::{Entry, EntryId, LogNumber, LoneEntry};
use hearth_protocol::fork::ForkProof;
use hearth_protocol::memory::next_header;
use hearth_protocol::message::{
    Compare, FollowNotice, Have, Hello, LogHave, Message, Presence, Remembers, token,
};
use hearth_protocol::root::StatementSet;
use hearth_protocol::{body, codec, content};
use serde_json::{Value, json};

use crate::case::{File, Input, hex};
use crate::cbor;
use crate::people::{alice, alices_log, alices_place, bob, certificate, chain, device, post};

pub(crate) fn files() -> Vec<File> {
    vec![messages(), fork_proofs(), links(), names()]
}

fn alices_statements() -> StatementSet {
    let mut set = StatementSet::new(alice().identity());
    set.insert(certificate(&alice(), &device(1))).unwrap();
    set
}

fn frame(kind: u64, payload: &[u8]) -> Vec<u8> {
    cbor::array(&[cbor::uint(kind), cbor::bytes(payload)])
}

fn have(ranges: &[(u64, u64)]) -> Message {
    let log = LogHave {
        device: device(1).id(),
        log: LogNumber::SOCIAL,
        ranges: ranges.to_vec(),
        head: EntryId::from_bytes([7; 32]),
    };
    Message::Have(vec![Have {
        identity: alice().identity(),
        statements: alices_statements().to_blobs(),
        logs: vec![log],
    }])
}

fn compare(prefix: &[u8]) -> Compare {
    Compare {
        prefix: prefix.to_vec(),
        digests: std::array::from_fn(|part| [u8::try_from(part).unwrap(); 8]),
    }
}

fn get(request: u32, lo: u64, hi: u64) -> Message {
    Message::Get {
        request,
        log: alices_log(),
        lo,
        hi,
    }
}

/// Two entries in Alice's first place, lower id first.
fn twins() -> (Entry, Entry) {
    let twin = |text: &str| {
        let body = body::clear(&post(text), [1; 16]).unwrap();
        next_header(alices_log(), &Default::default(), 0, &body).sign(&device(1))
    };
    let (a, b) = (twin("one"), twin("other"));
    if a.id() < b.id() { (a, b) } else { (b, a) }
}

fn delete() -> LoneEntry {
    let targets = vec![content::Target::from(alices_place(1))];
    let body = body::clear(
        &content::Content::Delete(content::Delete { targets }),
        [1; 16],
    )
    .unwrap();
    LoneEntry {
        entry: next_header(alices_log(), &Default::default(), 0, &body).sign(&device(1)),
        body,
    }
}

fn examples() -> Vec<(&'static str, Message)> {
    let set = alices_statements();
    let address = "/ip4/192.0.2.7/tcp/4747".to_owned();
    let presence = Presence::sign(&device(1), &set, b"peer-a", 5, from_ref(&address));
    let notice = FollowNotice::sign(&device(1), &set, bob().identity(), true, 5, "Alice");
    let hello = Hello {
        presences: Bytes([1; 16]),
        interests: Bytes([2; 16]),
        remembers: Remembers {
            presences: Bytes([3; 16]),
            interests: Bytes([4; 16]),
            notices: Bytes([5; 16]),
        },
    };
    let interest = Message::Interest {
        add: vec![token(b"peer-a", b"peer-b", &bob().identity())],
        remove: vec![Bytes([2; 16])],
    };
    let run = |tombstones| Message::Run {
        request: 3,
        run: chain(&[post("one"), post("two")]),
        tombstones,
    };
    let (lower, higher) = twins();
    vec![
        ("hello", Message::Hello(hello)),
        ("nobody lives here", Message::Presences(Vec::new())),
        ("presences", Message::Presences(vec![presence])),
        ("compare", Message::Compare(compare(&[]))),
        ("compare further", Message::Compare(compare(&[0, 15, 7]))),
        ("interest", interest),
        ("have", have(&[(0, 4), (6, 9)])),
        ("get", get(3, 0, 63)),
        ("run", run(Vec::new())),
        ("run with a delete", run(vec![delete()])),
        ("missing", Message::Missing { request: 3 }),
        ("notice", Message::Notice(notice)),
        (
            "fork",
            Message::Fork(ForkProof::new(lower, higher).unwrap()),
        ),
        ("letter", letter(1, 2048)),
        ("letter that goes no further", letter(0, 8192)),
    ]
}

fn letter(hops: u8, bytes: usize) -> Message {
    Message::Letter {
        to: bob().identity(),
        hops,
        sealed: vec![5; bytes],
    }
}

/// A presence record by hand.
fn record(version: u64, time_ms: u64, addresses: usize, signer: u8, context: Context) -> Vec<u8> {
    let addresses: Vec<_> = (0..addresses).map(|_| cbor::text("/memory/1")).collect();
    let signed = cbor::array(&[
        cbor::uint(version),
        cbor::bytes(b"peer-a"),
        cbor::uint(time_ms),
        cbor::array(&addresses),
    ]);
    let device = device(signer);
    let statements: Vec<_> = alices_statements()
        .to_blobs()
        .iter()
        .map(cbor::bytes)
        .collect();
    let record = cbor::array(&[
        cbor::bytes(alice().identity().as_bytes()),
        cbor::bytes(device.id().as_bytes()),
        cbor::bytes(&signed),
        cbor::bytes(device.sign(context, &signed).as_bytes()),
        cbor::array(&statements),
    ]);
    frame(9, &cbor::array(&[record]))
}

/// A follow notice by hand.
fn notice(time_ms: u64, name: &str) -> Vec<u8> {
    let signed = cbor::array(&[
        cbor::uint(1),
        cbor::bytes(bob().identity().as_bytes()),
        cbor::boolean(true),
        cbor::uint(time_ms),
        cbor::text(name),
    ]);
    let statements = alices_statements().to_blobs();
    let statements: Vec<_> = statements.iter().map(cbor::bytes).collect();
    let signature = device(1).sign(Context::FOLLOW_NOTICE, &signed);
    let record = cbor::array(&[
        cbor::bytes(alice().identity().as_bytes()),
        cbor::bytes(device(1).id().as_bytes()),
        cbor::bytes(&signed),
        cbor::bytes(signature.as_bytes()),
        cbor::array(&statements),
    ]);
    frame(7, &record)
}

fn messages() -> File {
    let mut file = File::new("message", "Frames of a sync stream, without their length.");
    for (name, message) in examples() {
        file.valid(name, Value::Null, &message.to_bytes());
    }
    let here = Context::PRESENCE;
    file.valid("presence by hand", Value::Null, &record(1, 5, 8, 1, here));
    let longest = notice((1 << 47) - 1, &"a".repeat(256));
    file.valid("notice by hand", Value::Null, &longest);

    for (name, crooked) in [
        ("letter that goes far", letter(2, 2048)),
        ("letter of no such length", letter(0, 2049)),
    ] {
        let why = (
            "one hop at most, and one of three lengths",
            "Invalid: a letter is out of bounds",
        );
        file.invalid(name, why, Value::Null, &crooked.to_bytes());
    }
    let apart = "Invalid: ranges are ascending and apart";
    let range = "Invalid: a request has a number and a range";
    let many: Vec<_> = (0..257).map(|n| (3 * n, 3 * n)).collect();
    let missing = Message::Missing { request: 3 }.to_bytes();
    let items = "Invalid: too many items";
    let refused = [
        (
            "type 12",
            "an unknown type, to be passed over",
            "Version",
            frame(12, b""),
        ),
        ("empty", "nothing there", "Malformed", Vec::new()),
        (
            "trailing byte",
            "a byte is left over",
            "Malformed",
            [&missing[..], &[0]].concat(),
        ),
        (
            "wide type",
            "an integer isn't as short as it can be",
            "NotCanonical",
            [
                &[0x82, 0x18, 6][..],
                &cbor::bytes(cbor::array(&[cbor::uint(3)])),
            ]
            .concat(),
        ),
        (
            "compare a part of 17",
            "a part is one of sixteen",
            "Invalid: a prefix is out of bounds",
            Message::Compare(compare(&[16])).to_bytes(),
        ),
        (
            "compare too deep",
            "a prefix has three parts at most",
            "Invalid: a prefix is out of bounds",
            Message::Compare(compare(&[1, 2, 3, 4])).to_bytes(),
        ),
        (
            "ranges touch",
            "they are one range",
            apart,
            have(&[(0, 4), (5, 9)]).to_bytes(),
        ),
        (
            "ranges overlap",
            "ranges are apart",
            apart,
            have(&[(0, 4), (3, 9)]).to_bytes(),
        ),
        (
            "ranges descend",
            "ranges ascend",
            apart,
            have(&[(6, 9), (0, 4)]).to_bytes(),
        ),
        (
            "range backwards",
            "low before high",
            apart,
            have(&[(4, 0)]).to_bytes(),
        ),
        (
            "range to 2^40",
            "the sequence is out of bounds",
            apart,
            have(&[(0, 1 << 40)]).to_bytes(),
        ),
        (
            "range to the highest integer",
            "sequences end at 2^40 - 1",
            apart,
            have(&[(0, u64::MAX), (5, 9)]).to_bytes(),
        ),
        ("257 ranges", "256 at most", items, have(&many).to_bytes()),
        (
            "get 0",
            "0 stands for a push",
            range,
            get(0, 0, 9).to_bytes(),
        ),
        (
            "get backwards",
            "low before high",
            range,
            get(1, 9, 0).to_bytes(),
        ),
        (
            "presence of version 2",
            "unknown version",
            "Version",
            record(2, 5, 1, 1, here),
        ),
        (
            "presence at 2^47",
            "the time is out of bounds",
            "Invalid: a presence is out of bounds",
            record(1, 1 << 47, 1, 1, here),
        ),
        (
            "presence with 9 addresses",
            "8 at most",
            items,
            record(1, 5, 9, 1, here),
        ),
        (
            "presence of a stranger",
            "the device isn't certified",
            "Unsigned",
            record(1, 5, 1, 2, here),
        ),
        (
            "notice at 2^47",
            "the time is out of bounds",
            "Invalid: a notice is out of bounds",
            notice(1 << 47, "Alice"),
        ),
        (
            "notice with a name of 257 bytes",
            "256 at most",
            "Invalid: a notice is out of bounds",
            notice(5, &"a".repeat(257)),
        ),
        (
            "presence signed as a notice",
            "another context",
            "Unsigned",
            record(1, 5, 1, 1, Context::FOLLOW_NOTICE),
        ),
    ];
    for (name, reason, error, bytes) in &refused {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
    let tokens = Message::Interest {
        add: vec![Bytes([1; 16]); 16 * 1024 + 1],
        remove: Vec::new(),
    };
    let reason = ("16,384 at most", items);
    file.invalid("16,385 tokens", reason, Value::Null, &tokens.to_bytes());
    file
}

fn fork_proofs() -> File {
    let mut file = File::new("fork_proof", "Two signed entries in one place.");
    let (lower, higher) = twins();
    let proof = ForkProof::new(lower.clone(), higher.clone()).unwrap();
    file.valid("a fork", Value::Null, &proof.to_bytes());
    let side = |entry: &Entry| {
        (
            Blob(entry.header().to_bytes()),
            Bytes(*entry.signature().as_bytes()),
        )
    };
    let both = |a: &Entry, b: &Entry| codec::encode(&(side(a), side(b)));
    let run = chain(&[post("one"), post("two")]);
    let (first, second) = (crate::people::entry(&run, 0), crate::people::entry(&run, 1));
    let elsewhere = if first.id() < second.id() {
        both(&first, &second)
    } else {
        both(&second, &first)
    };
    let forged = Entry::new(
        higher.header().clone(),
        hearth_keys::Signature::from_bytes([1; 64]),
    );
    let unsigned = if forged.id() > lower.id() {
        both(&lower, &forged)
    } else {
        both(&forged, &lower)
    };
    let refused = [
        (
            "equal sides",
            "an entry doesn't contradict itself",
            "NotCanonical",
            both(&lower, &lower),
        ),
        (
            "higher id first",
            "the lower id comes first",
            "NotCanonical",
            both(&higher, &lower),
        ),
        (
            "two places",
            "neighbours don't contradict each other",
            "NoContradiction",
            elsewhere,
        ),
        (
            "one side unsigned",
            "both signatures must verify",
            "Signature",
            unsigned,
        ),
    ];
    for (name, reason, error, bytes) in &refused {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
    file
}

fn links() -> File {
    let mut file = File::new("link", "Links, and how they are written.");
    let key = alice().identity().to_string();
    let via = |addresses: &str| format!("hearth:{key}?{addresses}");
    let valid = [
        ("bare key", key.clone()),
        ("no address", format!("hearth:{key}")),
        (
            "two addresses",
            via("via=/ip4/192.0.2.7/tcp/4747&via=/dns/a.example/udp/1/quic-v1"),
        ),
        ("percent", via("via=%2Fdns%2Fb%C3%BCcher.example%2Ftcp%2F1")),
    ];
    for (name, text) in &valid {
        file.valid(name, Value::Null, Input::Text(text));
    }
    let nine = via(&["via=/memory/1"; 9].join("&"));
    let refused = [
        (
            "unknown parameter",
            "only via is known",
            "Parameter",
            via("at=/ip4/192.0.2.7/tcp/4747"),
        ),
        (
            "no slash",
            "no multiaddr",
            "Address",
            via("via=192.0.2.7:4747"),
        ),
        (
            "control character",
            "a line break in an address",
            "Address",
            via("via=/dns/a%0Ab"),
        ),
        (
            "half an escape",
            "two digits follow a percent sign",
            "Address",
            via("via=/dns/a%4"),
        ),
        (
            "not UTF-8",
            "escapes make a text",
            "Address",
            via("via=/dns/%FF"),
        ),
        (
            "address of 257 bytes",
            "256 at most",
            "Address",
            via(&format!("via=/{}", "a".repeat(256))),
        ),
        ("nine addresses", "8 at most", "TooManyAddresses", nine),
        (
            "wrong key",
            "the checksum is wrong",
            "Typo",
            via("").replace('q', "p"),
        ),
    ];
    for (name, reason, error, text) in &refused {
        file.invalid(name, (reason, error), Value::Null, Input::Text(text));
    }
    file
}

fn names() -> File {
    let mut file = File::new(
        "name",
        "An identity's interest token from one peer to another, and its gossip topic.",
    );
    let given = |from: &[u8], to: &[u8]| json!({ "from": hex(from), "to": hex(to) });
    let alice = alice().identity();
    file.valid("there", given(b"peer-a", b"peer-b"), alice.as_bytes());
    file.valid("and back", given(b"peer-b", b"peer-a"), alice.as_bytes());
    file
}
