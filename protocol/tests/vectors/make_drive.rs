//! What entries say about the drive and about backups.

use hearth_protocol::content::{BackupHead, BackupSettings, Content, Pledge};
use hearth_protocol::drive::{DriveChange, FolderId, Meta, Name, Node};
use hearth_protocol::object::{Blob, ObjectId};
use serde_json::Value;

use crate::case::File;
use crate::cbor;
use crate::make_content::raw;
use crate::people::bob;

const MODE: u64 = 0o644;
const TIME_NS: i64 = 1_700_000_000_123_456_789;

fn raw_node(kind: u64, mode: u64, mtime_ns: i64, rest: Vec<u8>) -> Vec<u8> {
    let meta = cbor::array(&[cbor::uint(mode), cbor::int(mtime_ns)]);
    cbor::array(&[cbor::uint(kind), cbor::bytes(cbor::array(&[meta, rest]))])
}

fn raw_blob(bytes: u64, depth: u64) -> Vec<u8> {
    cbor::array(&[cbor::uint(bytes), cbor::uint(depth), cbor::bytes([7; 32])])
}

fn raw_change(name: &[u8], node: Vec<u8>) -> Vec<u8> {
    cbor::array(&[cbor::bytes([0; 16]), cbor::bytes(name), node])
}

fn raw_drive(name: &[u8], node: Vec<u8>) -> Vec<u8> {
    raw(8, &[cbor::array(&[raw_change(name, node)])])
}

fn change(name: &[u8], node: Option<Node>) -> DriveChange {
    DriveChange {
        folder: FolderId::ROOT,
        name: Name::new(name).unwrap(),
        node,
    }
}

/// More contents for the file of all contents.
pub(crate) fn add(file: &mut File) {
    if file.format != "content" {
        return;
    }
    let meta = Meta {
        mode: 0o644,
        mtime_ns: TIME_NS,
    };
    let root = ObjectId::from_bytes([7; 32]);
    let blob = Blob {
        bytes: 5_000_000,
        depth: 1,
        root,
    };
    let of_file = Content::Drive(vec![change(b"a.txt", Some(Node::File { meta, blob }))]);
    let by_hand = raw_drive(b"a.txt", raw_node(1, MODE, TIME_NS, raw_blob(5_000_000, 1)));
    assert_eq!(of_file.to_bytes(), by_hand);
    file.valid("a file", Value::Null, &by_hand);
    let inner = FolderId::from_bytes([6; 16]);
    let old = Meta {
        mode: 0o7755,
        mtime_ns: -1,
    };
    let mut several = vec![
        change(
            b"folder",
            Some(Node::Folder {
                meta: old,
                id: inner,
            }),
        ),
        change(
            b"caf\xe9 \xff",
            Some(Node::Link {
                meta,
                target: b"../elsewhere".to_vec(),
            }),
        ),
        change(b"gone", None),
    ];
    several[1].folder = inner;
    file.valid(
        "a folder, a link in it, and one name less",
        Value::Null,
        &Content::Drive(several).to_bytes(),
    );
    let pledge = Pledge {
        to: bob().identity(),
        bytes: 10_000_000_000,
    };
    let head = BackupHead {
        number: 12,
        root: [5; 32],
    };
    let settings = BackupSettings {
        survive: Some(3),
        bytes_per_second: Some(125_000),
    };
    for (name, content) in [
        ("pledge", Content::Pledge(pledge)),
        (
            "the end of a pledge",
            Content::Pledge(Pledge { bytes: 0, ..pledge }),
        ),
        ("backup head", Content::BackupHead(head)),
        ("backup settings", Content::BackupSettings(settings)),
        (
            "backup settings, as the program likes",
            Content::BackupSettings(BackupSettings::default()),
        ),
    ] {
        file.valid(name, Value::Null, &content.to_bytes());
    }
    edges(file);
    refused_changes(file);
    refused_settings(file);
}

fn edges(file: &mut File) {
    let times = [
        ("the first moment", i64::MIN),
        ("before 1970", -257),
        ("1970", 0),
        ("the last moment", i64::MAX),
    ];
    for (name, time_ns) in times {
        file.valid(
            name,
            Value::Null,
            &raw_drive(b"f", raw_node(1, 0, time_ns, raw_blob(0, 0))),
        );
    }
    let most = raw_node(1, 0o7777, 0, raw_blob(1 << 50, 3));
    file.valid("a petabyte", Value::Null, &raw_drive(&[b'n'; 255], most));
    let far = raw_node(3, 0o777, 0, cbor::bytes([b't'; 4096]));
    file.valid(
        "a link of 4,096 bytes",
        Value::Null,
        &raw_drive(b"...", far),
    );
}

fn refused_changes(file: &mut File) {
    let names = "Invalid: not a name in a folder";
    for (case, name) in [
        ("empty name", &b""[..]),
        ("name .", b"."),
        ("name ..", b".."),
        ("name with /", b"a/b"),
        ("name with NUL", b"a\0"),
        ("name of 256 bytes in a folder", &[b'n'; 256]),
    ] {
        let bytes = raw_drive(name, cbor::null());
        file.invalid(
            case,
            ("1 to 255 bytes, no / and NUL, not . and ..", names),
            Value::Null,
            &bytes,
        );
    }
    let length = "Invalid: the content's length is out of bounds";
    let target = "Invalid: a link's target has 1 to 4096 bytes without NUL";
    let node = |kind, rest| raw_node(kind, MODE, 0, rest);
    let too_late = {
        let meta = cbor::array(&[cbor::uint(0), cbor::uint(1 << 63)]);
        let inner = cbor::array(&[meta, raw_blob(0, 0)]);
        cbor::array(&[cbor::uint(1), cbor::bytes(inner)])
    };
    for (case, reason, error, node) in [
        (
            "mode of 13 bits",
            "12 at most",
            "Invalid: a mode has 12 bits",
            raw_node(1, 0o10000, 0, raw_blob(0, 0)),
        ),
        (
            "a chunk of more than 1 MiB",
            "no object is so long",
            length,
            node(1, raw_blob((1 << 20) + 1, 0)),
        ),
        (
            "a list over nothing",
            "an empty file has none",
            length,
            node(1, raw_blob(0, 1)),
        ),
        (
            "more than a petabyte",
            "2^50 bytes at most",
            length,
            node(1, raw_blob((1 << 50) + 1, 3)),
        ),
        (
            "depth 4",
            "3 at most",
            length,
            node(1, raw_blob(1 << 30, 4)),
        ),
        (
            "the root folder in a folder",
            "it lies nowhere",
            "Invalid: nothing can hold the root folder",
            node(2, cbor::bytes([0; 16])),
        ),
        (
            "link to nothing",
            "1 byte at least",
            target,
            node(3, cbor::bytes([])),
        ),
        (
            "link with NUL",
            "no path has it",
            target,
            node(3, cbor::bytes(b"a\0b")),
        ),
        (
            "link of 4,097 bytes",
            "4,096 at most",
            target,
            node(3, cbor::bytes([b't'; 4097])),
        ),
        (
            "a node to come",
            "unknown kind of node",
            "Version",
            node(4, cbor::bytes([1; 16])),
        ),
        (
            "a folder of 17 bytes",
            "a folder has 16",
            "Malformed",
            node(2, cbor::bytes([1; 17])),
        ),
        (
            "a time of 2^63",
            "64 bits with a sign",
            "Malformed",
            too_late,
        ),
        (
            "a wide time",
            "not as short as it can be",
            "NotCanonical",
            {
                let inner = [&[0x82, 0x82, 0, 0x38, 3][..], &raw_blob(0, 0)].concat();
                cbor::array(&[cbor::uint(1), cbor::bytes(inner)])
            },
        ),
    ] {
        file.invalid(case, (reason, error), Value::Null, &raw_drive(b"f", node));
    }
    let nothing = raw(8, &[cbor::array(&[])]);
    let nothing_said = "Invalid: a change of the drive changes something";
    file.invalid(
        "no change of the drive",
        ("one at least", nothing_said),
        Value::Null,
        &nothing,
    );
}

fn refused_settings(file: &mut File) {
    let to = || cbor::bytes(bob().identity().as_bytes());
    for (case, reason, error, bytes) in [
        (
            "pledge of more than a petabyte",
            "2^50 bytes at most",
            "Invalid: nobody has so much space to pledge",
            raw(9, &[to(), cbor::uint((1 << 50) + 1)]),
        ),
        (
            "pledge of -1",
            "a length is no less than 0",
            "Malformed",
            raw(9, &[to(), cbor::int(-1)]),
        ),
        (
            "backup number 2^40",
            "out of bounds",
            "Invalid: the number is out of bounds",
            raw(10, &[cbor::uint(1 << 40), cbor::bytes([5; 32])]),
        ),
        (
            "sending nothing a second",
            "no limit is null",
            "Invalid: a backup sends something",
            raw(11, &[cbor::null(), cbor::uint(0)]),
        ),
        (
            "surviving 65,536",
            "16 bits",
            "Malformed",
            raw(11, &[cbor::uint(65_536), cbor::null()]),
        ),
    ] {
        file.invalid(case, (reason, error), Value::Null, &bytes);
    }
}
