//! Contents, bodies and key grants.

use hearth_keys::{BoxSecret, DeviceId, SpaceKey, seal};
use hearth_protocol::body;
use hearth_protocol::content::{
    Content, Delete, Edit, Follow, FollowState, InboxAnnouncement, KeyGrant, KeyPurpose, Post,
    Profile, Reference, Target, grant_info,
};
use hearth_protocol::entry::EntryId;
use serde_json::{Value, json};

use crate::case::{File, hex};
use crate::cbor;
use crate::describe;
use crate::people::{alice, alices_place, bob, device, post, rng};

pub(crate) fn files() -> Vec<File> {
    vec![contents(), bodies(), grants()]
}

pub(crate) fn raw(kind: u64, payload: &[Vec<u8>]) -> Vec<u8> {
    cbor::array(&[cbor::uint(kind), cbor::bytes(cbor::array(payload))])
}

/// A post without warning and photos.
pub(crate) fn raw_post(text: &str, reply_to: Vec<u8>) -> Vec<u8> {
    raw_post_of(cbor::text(text), reply_to)
}

pub(crate) fn raw_post_of(text: Vec<u8>, reply_to: Vec<u8>) -> Vec<u8> {
    raw(2, &[text, reply_to, cbor::null(), cbor::array(&[])])
}

/// An edit without warning and words on photos.
pub(crate) fn raw_edit(target: Vec<u8>, text: &str) -> Vec<u8> {
    raw(
        3,
        &[target, cbor::text(text), cbor::null(), cbor::array(&[])],
    )
}

/// A profile without a picture.
pub(crate) fn raw_profile(name: &str, bio: &str, gossip: Vec<u8>) -> Vec<u8> {
    raw(
        1,
        &[cbor::text(name), cbor::text(bio), gossip, cbor::null()],
    )
}

pub(crate) fn raw_target(device_byte: u8, log: u64, seq: u64) -> Vec<u8> {
    cbor::array(&[
        cbor::bytes([device_byte; 32]),
        cbor::uint(log),
        cbor::uint(seq),
    ])
}

pub(crate) fn raw_delete(targets: &[Vec<u8>]) -> Vec<u8> {
    raw(4, &[cbor::array(targets)])
}

fn examples() -> Vec<(&'static str, Content)> {
    let target = Target::from(alices_place(3));
    let place = alices_place(3);
    let id = EntryId::from_bytes([9; 32]);
    let reply_to = Some(Reference { place, id });
    let profile = Profile {
        name: "Alice".into(),
        bio: "Likes ☕".into(),
        gossip: true,
        picture: None,
    };
    let reply = Post {
        text: "Yes!".into(),
        reply_to,
        ..Post::default()
    };
    let edit = Edit {
        target,
        text: "No.".into(),
        warning: None,
        alts: Vec::new(),
    };
    let follow = Follow {
        identity: bob().identity(),
        state: FollowState::Following,
    };
    let inbox = InboxAnnouncement {
        generation: 2,
        public: device(2).box_public(),
    };
    let grant = KeyGrant {
        purpose: KeyPurpose::Inbox,
        generation: 2,
        devices: vec![DeviceId::from_bytes([5; 32]), DeviceId::from_bytes([6; 32])],
        sealed: vec![vec![1; 80], vec![2; 80], vec![3; 80]],
    };
    let targets = vec![target, Target::from(alices_place(4))];
    let unknown = Content::Unknown {
        kind: 999,
        payload: b"anything".to_vec(),
    };
    vec![
        ("profile", Content::Profile(profile)),
        ("empty profile", Content::Profile(Profile::default())),
        ("post", post("Hello")),
        ("reply", Content::Post(reply)),
        ("a text of 16 KiB", post(&"a".repeat(16 * 1024))),
        ("edit", Content::Edit(edit)),
        ("delete", Content::Delete(Delete { targets })),
        ("follow", Content::Follow(follow)),
        (
            "follow in private",
            Content::Follow(Follow {
                state: FollowState::InPrivate,
                ..follow
            }),
        ),
        (
            "no follow any longer",
            Content::Follow(Follow {
                state: FollowState::None,
                ..follow
            }),
        ),
        ("inbox", Content::Inbox(inbox)),
        ("key grant", Content::KeyGrant(grant)),
        ("a kind to come", unknown),
    ]
}

fn contents() -> File {
    let mut file = File::new("content", "What is inside a body: one valid case a kind.");
    for (name, content) in examples() {
        file.valid(name, Value::Null, &content.to_bytes());
    }
    assert_eq!(post("Hello").to_bytes(), raw_post("Hello", cbor::null()));
    let many: Vec<_> = (0..32).map(|seq| raw_target(1, 0, seq)).collect();
    file.valid("32 targets", Value::Null, &raw_delete(&many));

    let more: Vec<_> = (0..33).map(|seq| raw_target(1, 0, seq)).collect();
    let (low, high) = (raw_target(1, 0, 1), raw_target(1, 0, 2));
    let text = |text: &str| raw_post(text, cbor::null());
    let order = "Invalid: a delete names its targets in ascending order, each once";
    let count = "Invalid: a delete names 1 to 32 entries";
    let empty = "Invalid: a text has at least one character";
    let place = "Invalid: the place is out of bounds";
    let grant = |devices: &[u8], sealed: &[Vec<u8>], purpose| {
        let devices: Vec<_> = devices
            .iter()
            .map(|byte| cbor::bytes([*byte; 32]))
            .collect();
        let (devices, sealed) = (cbor::array(&devices), cbor::array(sealed));
        raw(7, &[cbor::uint(purpose), cbor::uint(0), devices, sealed])
    };
    let sealed = |count: usize| vec![cbor::bytes([1; 80]); count];
    let many_devices: Vec<u8> = (0..64).collect();
    let devices = "Invalid: a grant names at most 63 devices in ascending order, each once";
    let recipients =
        "Invalid: a grant has one short sealed key for each device and one for the recovery key";
    file.valid(
        "a grant to 63 devices",
        Value::Null,
        &grant(&many_devices[..63], &sealed(64), 3),
    );
    file.valid(
        "a grant to the recovery key alone",
        Value::Null,
        &grant(&[], &sealed(1), 1),
    );
    let name = "Invalid: the name or the biography is too long";
    let broken_text = [&[0x63][..], &[0xff, 0xfe, 0xfd]].concat();
    let refused = [
        ("empty text", "a text has a byte", empty, text("")),
        (
            "text of 16,385 bytes",
            "16,384 bytes at most",
            "TooLong",
            text(&"a".repeat(16 * 1024 + 1)),
        ),
        (
            "text not UTF-8",
            "a text is UTF-8",
            "Malformed",
            raw_post_of(broken_text, cbor::null()),
        ),
        (
            "post without reply field",
            "a field is missing",
            "Malformed",
            raw(2, &[cbor::text("hi")]),
        ),
        (
            "kind 65,536",
            "a kind has 16 bits",
            "Malformed",
            raw(65_536, &[]),
        ),
        (
            "wide kind",
            "an integer isn't as short as it can be",
            "NotCanonical",
            [
                &[0x82, 0x18, 2][..],
                &cbor::bytes(cbor::array(&[
                    cbor::text("hi"),
                    cbor::null(),
                    cbor::null(),
                    cbor::array(&[]),
                ])),
            ]
            .concat(),
        ),
        (
            "not canonical inside",
            "so inside the payload",
            "NotCanonical",
            cbor::array(&[
                cbor::uint(2),
                cbor::bytes([0x84, 0x78, 2, b'h', b'i', 0xf6, 0xf6, 0x80]),
            ]),
        ),
        (
            "no targets",
            "a delete deletes something",
            count,
            raw_delete(&[]),
        ),
        ("33 targets", "32 at most", count, raw_delete(&more)),
        (
            "targets out of order",
            "ascending",
            order,
            raw_delete(&[high.clone(), low.clone()]),
        ),
        (
            "a target twice",
            "each once",
            order,
            raw_delete(&[low.clone(), low]),
        ),
        (
            "target at 2^40",
            "out of bounds",
            place,
            raw_delete(&[raw_target(1, 0, 1 << 40)]),
        ),
        (
            "edit without text",
            "a text has a byte",
            empty,
            raw_edit(high, ""),
        ),
        (
            "name of 257 bytes",
            "256 bytes at most",
            name,
            raw_profile(&"n".repeat(257), "", cbor::boolean(false)),
        ),
        (
            "gossip is 1",
            "a boolean is no integer",
            "Malformed",
            raw_profile("", "", cbor::uint(1)),
        ),
        (
            "a grant to 64 devices",
            "63 at most",
            devices,
            grant(&many_devices, &sealed(65), 1),
        ),
        (
            "a grant with its devices out of order",
            "ascending",
            devices,
            grant(&[2, 1], &sealed(3), 1),
        ),
        (
            "a grant with a device twice",
            "each once",
            devices,
            grant(&[1, 1], &sealed(3), 1),
        ),
        (
            "a grant that lacks a sealed key",
            "one for each device and one for the recovery key",
            recipients,
            grant(&[1, 2], &sealed(2), 1),
        ),
        (
            "a grant with one sealed key too many",
            "one for each device and one for the recovery key",
            recipients,
            grant(&[1], &sealed(3), 1),
        ),
        (
            "sealed key of 129 bytes",
            "128 at most",
            recipients,
            grant(&[], &[cbor::bytes([1; 129])], 1),
        ),
        (
            "purpose 4",
            "unknown purpose",
            "Version",
            grant(&[], &sealed(1), 4),
        ),
        (
            "inbox generation 2^32",
            "a generation has 32 bits",
            "Malformed",
            raw(6, &[cbor::uint(1 << 32), cbor::bytes([1; 32])]),
        ),
    ];
    for (name, reason, error, bytes) in &refused {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
    file
}

fn bodies() -> File {
    let mut file = File::new(
        "body",
        "Bodies, with the place and the keys at hand for sealed ones.",
    );
    let content = post("Good morning");
    let key = SpaceKey::from_bytes([8; 32]);
    let place = alices_place(5);
    let given = |keys: &[[u8; 32]], seq| json!({ "place": describe::place(&alices_place(seq)), "keys": keys.iter().map(hex).collect::<Vec<_>>() });
    let clear = body::clear(&content, [0x55; 16]).unwrap();
    let sealed = body::seal(&content, &key, &place, &mut rng()).unwrap();
    let longer = body::seal(&post(&"long ".repeat(900)), &key, &place, &mut rng()).unwrap();
    file.valid("clear", Value::Null, &clear);
    file.valid("sealed", given(&[[8; 32]], 5), &sealed);
    file.valid(
        "sealed, the second key opens",
        given(&[[1; 32], [8; 32]], 5),
        &sealed,
    );
    file.valid("sealed, 8 KiB", given(&[[8; 32]], 5), &longer);

    let own = |padded: &[u8]| {
        [
            &[2][..],
            &key.seal_body(&place.to_bytes(), padded, &mut rng()),
        ]
        .concat()
    };
    let mut flipped = sealed.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let zeros = own(&[0; 128]);
    let broken = own(&[&content.to_bytes()[..], &[0x81, 0, 0]].concat());
    let here = || given(&[[8; 32]], 5);
    let padding = "Invalid: the padding is broken";
    let cases = [
        ("empty", "no envelope", "Malformed", Value::Null, Vec::new()),
        (
            "version 4",
            "unknown envelope",
            "Version",
            Value::Null,
            [&[4][..], &clear[1..]].concat(),
        ),
        (
            "salt only",
            "nothing behind the salt",
            "Malformed",
            Value::Null,
            clear[..17].to_vec(),
        ),
        (
            "seal only",
            "nothing inside the seal",
            "Malformed",
            here(),
            sealed[..73].to_vec(),
        ),
        (
            "sealed, no key",
            "nobody here can open it",
            "Sealed",
            given(&[], 5),
            sealed.clone(),
        ),
        (
            "another key",
            "the tag fits no key",
            "Sealed",
            given(&[[9; 32]], 5),
            sealed.clone(),
        ),
        (
            "another place",
            "it was moved",
            "Sealed",
            given(&[[8; 32]], 6),
            sealed,
        ),
        (
            "flipped bit",
            "the ciphertext was changed",
            "OpenError",
            here(),
            flipped,
        ),
        ("padding of zeros", "no 0x80", padding, here(), zeros),
        (
            "padding of 0x81",
            "another byte where 0x80 belongs",
            padding,
            here(),
            broken,
        ),
    ];
    for (name, reason, error, given, bytes) in cases {
        file.invalid(name, (reason, error), given, &bytes);
    }
    file
}

fn grants() -> File {
    let mut file = File::new(
        "key_grant",
        "One sealed key of a key grant (HPKE): the key and the info, given who opens it.",
    );
    let secret = BoxSecret::from_bytes([3; 32]);
    let place = alices_place(2);
    let info = grant_info(KeyPurpose::PrivateSpace, 1, &place, &secret.public());
    let by_hand = cbor::array(&[
        cbor::text("hearth/key-grant/1"),
        cbor::text("private space"),
        cbor::uint(1),
        cbor::bytes(cbor::array(&[
            cbor::bytes(alice().identity().as_bytes()),
            cbor::bytes(device(1).id().as_bytes()),
            cbor::uint(0),
            cbor::uint(2),
        ])),
        cbor::bytes(secret.public().as_bytes()),
    ]);
    assert_eq!(info, by_hand);
    let sealed = seal(&secret.public(), &info, b"", &[7; 32], &mut rng());
    let given = |purpose: u8, generation: u32, secret: [u8; 32]| {
        json!({
            "recipient_secret": hex(secret), "purpose": purpose, "generation": generation,
            "place": describe::place(&place),
        })
    };
    file.valid("private space", given(1, 1, [3; 32]), &sealed);
    let refused = [
        ("another purpose", "the info differs", given(2, 1, [3; 32])),
        (
            "another generation",
            "the info differs",
            given(1, 2, [3; 32]),
        ),
        (
            "another recipient",
            "sealed to somebody else",
            given(1, 1, [4; 32]),
        ),
    ];
    for (name, reason, given) in refused {
        file.invalid(name, (reason, "OpenError"), given, &sealed);
    }
    file
}
