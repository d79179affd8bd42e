//! Changes of the drive: what may be said, that it fits, and that it has one encoding.

use hearth_keys::SpaceKey;
use hearth_protocol::body;
use hearth_protocol::bounds::{BODY_BYTES_MAX, DRIVE_NAME_BYTES_MAX, LINK_TARGET_BYTES_MAX};
use hearth_protocol::content::Content;
use hearth_protocol::drive::{DriveChange, FolderId, Meta, Name, NameError, Node, batches};
use hearth_protocol::entry::Place;
use hearth_protocol::object::{Blob, ObjectId};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::sim::Person;

fn name(bytes: &[u8]) -> Name {
    Name::new(bytes).unwrap()
}

#[test]
fn names_are_what_file_systems_take() {
    for good in [
        &b"a"[..],
        b"...",
        b".hidden",
        b"caf\xe9",
        "☕ 1.txt".as_bytes(),
        &[b'n'; 255],
    ] {
        assert_eq!(name(good).as_bytes(), good);
    }
    for bad in [&b""[..], b".", b"..", b"a/b", b"/", b"a\0", &[b'n'; 256]] {
        assert_eq!(Name::new(bad), Err(NameError), "{bad:?}");
    }
    assert_eq!(name(b"caf\xe9").to_string(), "caf\u{fffd}");
}

fn changed(node: Option<Node>) -> DriveChange {
    DriveChange {
        folder: FolderId::ROOT,
        name: name(b"thing"),
        node,
    }
}

#[test]
fn what_no_file_system_has_is_refused() {
    let meta = Meta {
        mode: 0o644,
        mtime_ns: 0,
    };
    let file = |bytes, depth| {
        let root = ObjectId::from_bytes([1; 32]);
        let blob = Blob { bytes, depth, root };
        changed(Some(Node::File { meta, blob }))
    };
    let folder = |meta, id| changed(Some(Node::Folder { meta, id }));
    let link = |target: &[u8]| {
        changed(Some(Node::Link {
            meta,
            target: target.to_vec(),
        }))
    };
    let some = FolderId::from_bytes([1; 16]);
    let reads = |change| {
        let content = Content::Drive(vec![change]);
        Content::from_bytes(&content.to_bytes()) == Ok(content)
    };
    let good = [
        changed(None),
        file(0, 0),
        file(1 << 20, 0),
        file(1, 1),
        file(1 << 50, 3),
        folder(
            Meta {
                mode: 0o7777,
                mtime_ns: i64::MIN,
            },
            some,
        ),
        folder(
            Meta {
                mode: 0,
                mtime_ns: i64::MAX,
            },
            some,
        ),
        link(b"../nowhere"),
        link(&[b't'; LINK_TARGET_BYTES_MAX]),
    ];
    for change in good {
        assert!(reads(change.clone()), "{change:?}");
    }
    let bad = [
        file((1 << 20) + 1, 0),
        file(0, 1),
        file((1 << 50) + 1, 3),
        file(1 << 30, 4),
        folder(
            Meta {
                mode: 0o10000,
                mtime_ns: 0,
            },
            some,
        ),
        folder(meta, FolderId::ROOT),
        link(b""),
        link(b"a\0b"),
        link(&[b't'; LINK_TARGET_BYTES_MAX + 1]),
    ];
    for change in bad {
        assert!(!reads(change.clone()), "{change:?}");
    }
    assert!(Content::from_bytes(&Content::Drive(Vec::new()).to_bytes()).is_err());
}

fn any_change() -> impl Strategy<Value = DriveChange> {
    let meta = (0u32..=0o7777, any::<i64>()).prop_map(|(mode, mtime_ns)| Meta { mode, mtime_ns });
    let node = (meta, 0..4u8, any::<[u8; 32]>(), 0u64..1 << 50).prop_flat_map(
        |(meta, kind, id, bytes)| {
            let root = ObjectId::from_bytes(id);
            let folder = FolderId::from_bytes([id[0] | 1; 16]);
            let blob = match bytes {
                0..=0xf_ffff => Blob {
                    bytes,
                    depth: 0,
                    root,
                },
                _ => Blob {
                    bytes,
                    depth: 1 + id[0] % 3,
                    root,
                },
            };
            prop::collection::vec(1..=255u8, 1..LINK_TARGET_BYTES_MAX).prop_map(move |target| {
                match kind {
                    0 => None,
                    1 => Some(Node::File { meta, blob }),
                    2 => Some(Node::Folder { meta, id: folder }),
                    _ => Some(Node::Link { meta, target }),
                }
            })
        },
    );
    let name = prop::collection::vec(b'0'..=255, 1..=DRIVE_NAME_BYTES_MAX);
    (any::<[u8; 16]>(), name, node).prop_map(|(folder, name, node)| DriveChange {
        folder: FolderId::from_bytes(folder),
        name: Name::new(name).unwrap(),
        node,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn batches_fit_an_entry_and_keep_the_order(changes in prop::collection::vec(any_change(), 0..120)) {
        let batches = batches(changes.clone());
        prop_assert_eq!(batches.concat(), changes);
        let alice = Person::new(1);
        let key = SpaceKey::from_bytes([8; 32]);
        let place = Place { log: alice.social(), seq: 0 };
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for batch in batches {
            let content = Content::Drive(batch);
            let sealed = body::seal(&content, &key, &place, &mut rng).unwrap();
            prop_assert!(sealed.len() <= BODY_BYTES_MAX);
            prop_assert_eq!(body::open(&sealed, &place, [&key]).unwrap(), content);
        }
    }
}

#[test]
fn a_batch_is_as_large_as_an_entry_bears() {
    let change = |n: u32| DriveChange {
        folder: FolderId::ROOT,
        name: name(n.to_string().as_bytes()),
        node: Some(Node::File {
            meta: Meta {
                mode: 0o644,
                mtime_ns: i64::from(n),
            },
            blob: Blob {
                bytes: 5,
                depth: 0,
                root: ObjectId::from_bytes([7; 32]),
            },
        }),
    };
    let changes: Vec<_> = (0..10_000).map(change).collect();
    let batches = batches(changes);
    let least = batches[..batches.len() - 1]
        .iter()
        .map(Vec::len)
        .min()
        .unwrap();
    assert!(
        least > 300,
        "a folder of small files costs one entry for {least} files"
    );
}
