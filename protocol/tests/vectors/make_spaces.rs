//! Spaces, the grants of their epochs, and bodies sealed for them.

use hearth_keys::{BoxSecret, SpaceKey, seal};
use hearth_protocol::body;
use hearth_protocol::content::{Content, Control, ControlOp, Reaction, Reference};
use hearth_protocol::entry::{EntryId, Place};
use hearth_protocol::space::grant::grant_info;
use hearth_protocol::space::{EpochGrant, EpochKeys, Space};
use serde_json::{Value, json};

use crate::case::{File, hex};
use crate::cbor;
use crate::describe;
use crate::make_content::raw;
use crate::people::{alice, alices_place, bob, device, post, rng};

pub(crate) fn files() -> Vec<File> {
    vec![spaces(), grants(), bodies()]
}

/// A shared space that Alice founded.
pub(crate) fn club() -> Space {
    Space::Shared {
        creator: alice().identity(),
        nonce: [5; 16],
    }
}

pub(crate) fn epoch(space: Space, generation: u32, byte: u8) -> EpochKeys {
    EpochKeys {
        space,
        generation,
        starter: alice().identity(),
        body: SpaceKey::from_bytes([byte; 32]),
        control: SpaceKey::from_bytes([byte + 1; 32]),
    }
}

pub(crate) fn raw_space(kind: u64, identities: &[[u8; 32]], nonce: &[u8]) -> Vec<u8> {
    let identities: Vec<_> = identities.iter().map(cbor::bytes).collect();
    cbor::array(&[
        cbor::uint(kind),
        cbor::array(&identities),
        cbor::bytes(nonce),
    ])
}

fn spaces() -> File {
    let mut file = File::new("space", "What a space is, and the name that follows.");
    let (one, other) = (alice().identity(), bob().identity());
    let examples = [
        ("public", Space::Public),
        ("private", Space::Private(one)),
        ("friends", Space::Friends(one)),
        ("somebody else's friends", Space::Friends(other)),
        ("shared", club()),
        ("direct", Space::direct(one, other)),
    ];
    for (name, space) in examples {
        file.valid(name, Value::Null, &space.to_bytes());
    }
    assert_eq!(
        Space::Friends(one).to_bytes(),
        raw_space(3, &[*one.as_bytes()], b"")
    );
    let named = "Invalid: a space names whom its kind asks for, in ascending order";
    let (low, high) = ([1; 32], [2; 32]);
    let wide = [
        &[0x83, 0x18, 1][..],
        &cbor::array(&[]),
        &cbor::bytes([0u8; 0]),
    ];
    let refused = [
        (
            "public with an owner",
            "it is nobody's",
            named,
            raw_space(1, &[low], b""),
        ),
        (
            "friends of nobody",
            "an owner",
            named,
            raw_space(3, &[], b""),
        ),
        (
            "friends with a nonce",
            "one space of friends each",
            named,
            raw_space(3, &[low], &[5; 16]),
        ),
        (
            "direct, descending",
            "the lower first",
            named,
            raw_space(5, &[high, low], b""),
        ),
        (
            "direct with oneself",
            "two people",
            named,
            raw_space(5, &[low, low], b""),
        ),
        (
            "direct of three",
            "two people",
            named,
            raw_space(5, &[low, high, [3; 32]], b""),
        ),
        (
            "shared, 15 bytes",
            "16 tell it apart",
            "Invalid: a shared space has 16 bytes that tell it apart",
            raw_space(4, &[low], &[5; 15]),
        ),
        (
            "shared by two",
            "one founder",
            "Invalid: a shared space has one founder",
            raw_space(4, &[low, high], &[5; 16]),
        ),
        ("kind 6", "unknown", "Version", raw_space(6, &[low], b"")),
        ("kind 0", "unknown", "Version", raw_space(0, &[], b"")),
        (
            "kind 256",
            "a kind is below 256",
            "Malformed",
            raw_space(256, &[], b""),
        ),
        (
            "wide kind",
            "an integer isn't as short as it can be",
            "NotCanonical",
            wide.concat(),
        ),
        (
            "of 129 bytes",
            "128 at most",
            "TooLong",
            [&raw_space(1, &[], b"")[..], &[0; 125]].concat(),
        ),
    ];
    for (name, reason, error, bytes) in &refused {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
    file
}

/// Alice's and Bob's inboxes.
fn inbox(byte: u8) -> BoxSecret {
    BoxSecret::from_bytes([byte; 32])
}

fn given(secret: u8, place: &Place) -> Value {
    json!({ "recipient_secret": hex([secret; 32]), "place": describe::place(place) })
}

/// A grant put together by hand, under the grant key of 32 bytes 6.
struct ByHand {
    boxes: Vec<Vec<u8>>,
    payload: Vec<u8>,
}

impl ByHand {
    fn new(payload: &[u8]) -> Self {
        let place = alices_place(7);
        let padded = [payload, &[0x80, 0, 0]].concat();
        let mut boxes: Vec<_> = [3, 4].map(|who| Self::sealed(who, 6, &place)).to_vec();
        boxes.sort();
        Self {
            boxes,
            payload: SpaceKey::from_bytes([6; 32]).seal_body(
                &place.to_bytes(),
                &padded,
                &mut rng(),
            ),
        }
    }

    fn sealed(who: u8, key: u8, place: &Place) -> Vec<u8> {
        let recipient = inbox(who).public();
        let info = grant_info(place, &recipient);
        seal(&recipient, &info, b"", &[key; 32], &mut rng())
    }

    fn bytes(&self) -> Vec<u8> {
        raw(
            12,
            &[cbor::bytes(self.boxes.concat()), cbor::bytes(&self.payload)],
        )
    }
}

fn raw_keys(generation: u64, byte: u8) -> Vec<u8> {
    cbor::array(&[
        cbor::uint(generation),
        cbor::bytes(alice().identity().as_bytes()),
        cbor::bytes([byte; 32]),
        cbor::bytes([byte + 1; 32]),
    ])
}

fn raw_payload(version: u64, space: &[u8], heads: &[Vec<u8>], past: &[Vec<u8>]) -> Vec<u8> {
    cbor::array(&[
        cbor::uint(version),
        space.to_vec(),
        raw_keys(2, 8),
        cbor::array(heads),
        cbor::array(past),
    ])
}

fn raw_head(byte: u8) -> Vec<u8> {
    cbor::array(&[cbor::bytes([byte; 32]), cbor::bytes([9; 32])])
}

fn grants() -> File {
    let mut file = File::new(
        "epoch_grant",
        "Grants of epochs as content, given where they lie and who opens them. Inbox secrets are 32 bytes alike.",
    );
    let place = alices_place(7);
    let keys = epoch(club(), 2, 8);
    let both = [inbox(3).public(), inbox(4).public()];
    let heads = [
        (alice().identity(), EntryId::from_bytes([9; 32])),
        (bob().identity(), EntryId::from_bytes([8; 32])),
    ];
    let past = [epoch(club(), 0, 20), epoch(club(), 1, 30)];
    let of_club = EpochGrant::seal(&keys, &heads, &past, &both, &place, &mut rng()).unwrap();
    let of_club = Content::EpochGrant(of_club).to_bytes();
    let friends = epoch(Space::Friends(alice().identity()), 0, 8);
    let to_friends = EpochGrant::seal(&friends, &[], &[], &both[..1], &place, &mut rng()).unwrap();
    let direct = epoch(
        Space::direct(alice().identity(), bob().identity()),
        u32::MAX,
        8,
    );
    let between = EpochGrant::seal(&direct, &[], &[], &both, &place, &mut rng()).unwrap();
    file.valid("with the past, Alice", given(3, &place), &of_club);
    file.valid("with the past, Bob", given(4, &place), &of_club);
    file.valid(
        "friends",
        given(3, &place),
        &Content::EpochGrant(to_friends).to_bytes(),
    );
    file.valid(
        "one to one",
        given(4, &place),
        &Content::EpochGrant(between).to_bytes(),
    );
    let plain = raw_payload(1, &club().to_bytes(), &[], &[]);
    let by_hand = ByHand::new(&plain);
    file.valid("two boxes, no company", given(4, &place), &by_hand.bytes());
    let mut two_keys = ByHand::new(&plain);
    two_keys.boxes = vec![ByHand::sealed(3, 6, &place), ByHand::sealed(4, 5, &place)];
    two_keys.boxes.sort();
    file.valid(
        "another key in Bob's box, Alice",
        given(3, &place),
        &two_keys.bytes(),
    );
    let opens = "OpenError";
    let mut refused = vec![
        (
            "another key in Bob's box, Bob",
            "the payload commits to one key",
            opens,
            given(4, &place),
            two_keys.bytes(),
        ),
        (
            "another place",
            "it was moved, or replayed",
            opens,
            given(3, &alices_place(8)),
            by_hand.bytes(),
        ),
        (
            "not for Carol",
            "no box opens",
            opens,
            given(5, &place),
            by_hand.bytes(),
        ),
    ];
    refused.extend(boxes(&by_hand));
    refused.extend(payloads());
    for (name, reason, error, given, bytes) in refused {
        file.invalid(name, (reason, error), given, &bytes);
    }
    file
}

type Case = (&'static str, &'static str, &'static str, Value, Vec<u8>);

fn boxes(good: &ByHand) -> Vec<Case> {
    let place = alices_place(7);
    let count = "Invalid: a grant has 1 to 384 boxes of 80 bytes";
    let order = "Invalid: a grant's boxes are in ascending order, each once";
    let with = |boxes: Vec<Vec<u8>>| {
        let payload = good.payload.clone();
        ByHand { boxes, payload }.bytes()
    };
    let elsewhere = vec![ByHand::sealed(3, 6, &alices_place(6))];
    let info = grant_info(&place, &inbox(4).public());
    let swapped = seal(&inbox(3).public(), &info, b"", &[6; 32], &mut rng());
    let short = seal(
        &inbox(3).public(),
        &grant_info(&place, &inbox(3).public()),
        b"",
        &[6; 31],
        &mut rng(),
    );
    let mut weak = ByHand::sealed(3, 6, &place);
    weak[..32].fill(0);
    let many: Vec<_> = (0..=384u16)
        .map(|at| [&at.to_be_bytes()[..], &[7; 78]].concat())
        .collect();
    let reversed: Vec<_> = good.boxes.iter().rev().cloned().collect();
    let twice = vec![good.boxes[0].clone(); 2];
    let case = |name, reason, error, bytes| (name, reason, error, given(3, &place), bytes);
    vec![
        case(
            "a box of another place",
            "its info differs",
            "OpenError",
            with(elsewhere),
        ),
        case(
            "a box made out to Bob",
            "its info differs",
            "OpenError",
            with(vec![swapped]),
        ),
        case(
            "encapsulated key of small order",
            "the shared secret would be zero, for everybody",
            "OpenError",
            with(vec![weak]),
        ),
        case(
            "a key of 31 bytes",
            "a box that is too short",
            count,
            with(vec![short]),
        ),
        case("no box", "for nobody", count, with(Vec::new())),
        case("385 boxes", "384 at most", count, with(many)),
        case("boxes descending", "ascending", order, with(reversed)),
        case("a box twice", "each once", order, with(twice)),
    ]
}

fn payloads() -> Vec<Case> {
    let place = alices_place(7);
    let club = club().to_bytes();
    let (low, high) = (raw_head(1), raw_head(2));
    let heads: Vec<_> = (0..17).map(raw_head).collect();
    let (old, older) = (raw_keys(1, 30), raw_keys(0, 20));
    let past: Vec<_> = (0..129)
        .map(|generation| raw_keys(generation, 20))
        .collect();
    let payload = |name, reason, payload: &[u8]| {
        let bytes = ByHand::new(payload).bytes();
        (name, reason, "OpenError", given(3, &place), bytes)
    };
    let mut flipped = ByHand::new(&raw_payload(1, &club, &[], &[]));
    flipped.payload[24] ^= 1;
    let mut changed = ByHand::new(&raw_payload(1, &club, &[], &[]));
    *changed.payload.last_mut().unwrap() ^= 1;
    let mut nothing = ByHand::new(b"");
    nothing.payload.clear();
    let broken =
        |name, reason, grant: ByHand| (name, reason, "OpenError", given(3, &place), grant.bytes());
    vec![
        payload("version 2", "unknown", &raw_payload(2, &club, &[], &[])),
        payload(
            "a kind of space to come",
            "unknown",
            &raw_payload(1, &raw_space(6, &[], b""), &[], &[]),
        ),
        payload(
            "heads descending",
            "ascending",
            &raw_payload(1, &club, &[high, low], &[]),
        ),
        payload(
            "17 heads",
            "16 at most",
            &raw_payload(1, &club, &heads, &[]),
        ),
        payload(
            "the past descending",
            "ascending",
            &raw_payload(1, &club, &[], &[old.clone(), older]),
        ),
        payload(
            "an epoch of the past twice",
            "each once",
            &raw_payload(1, &club, &[], &[old.clone(), old]),
        ),
        payload(
            "129 epochs of the past",
            "128 at most",
            &raw_payload(1, &club, &[], &past),
        ),
        payload("an empty payload", "nothing in it", b""),
        broken("tag changed", "it commits to no key here", flipped),
        broken("payload changed", "the seal is broken", changed),
        broken("no payload", "nothing to open", nothing),
        (
            "a number for boxes",
            "boxes are bytes",
            "Malformed",
            given(3, &place),
            raw(12, &[cbor::uint(1), cbor::bytes([1; 80])]),
        ),
        (
            "boxes one by one",
            "boxes are one byte string",
            "Malformed",
            given(3, &place),
            raw(
                12,
                &[cbor::array(&[cbor::bytes([1; 80])]), cbor::bytes([1; 80])],
            ),
        ),
        (
            "a post",
            "no grant",
            "Kind",
            given(3, &place),
            post("Hello").to_bytes(),
        ),
    ]
}

fn bodies() -> File {
    let mut file = File::new(
        "space_body",
        "Sealed bodies, given their place and the epochs whose keys are held: whom they are for, and what they say.",
    );
    let friends = epoch(Space::Friends(alice().identity()), 4, 8);
    let epochs = [friends.clone(), epoch(club(), 0, 20), epoch(club(), 1, 30)];
    let known = |epochs: &[EpochKeys], place: &Place| {
        let epoch = |epoch: &EpochKeys| {
            json!({
                "space": hex(epoch.space.to_bytes()),
                "generation": epoch.generation,
                "starter": hex(epoch.starter.as_bytes()),
                "body": hex(&epoch.body.expose_bytes()[..]),
                "control": hex(&epoch.control.expose_bytes()[..]),
            })
        };
        json!({
            "place": describe::place(place),
            "epochs": epochs.iter().map(epoch).collect::<Vec<_>>(),
        })
    };
    let place = alices_place(5);
    let sealed =
        |content: &Content, key: &SpaceKey| body::seal(content, key, &place, &mut rng()).unwrap();
    let reaction = Content::Reaction(Reaction {
        target: Reference {
            place: alices_place(3),
            id: EntryId::from_bytes([9; 32]),
        },
        emoji: "🔥".into(),
        on: true,
    });
    let rename = |space| {
        Content::Control(Control {
            space,
            parents: vec![Reference {
                place: alices_place(3),
                id: EntryId::from_bytes([9; 32]),
            }],
            op: ControlOp::Rename {
                name: "Readers".into(),
            },
        })
    };
    let here = || known(&epochs, &place);
    let hello = sealed(&post("Hello, friends"), &friends.body);
    file.valid("to friends", here(), &hello);
    file.valid(
        "to a club, its newest epoch",
        here(),
        &sealed(&post("Hello, readers"), &epochs[2].body),
    );
    file.valid(
        "a reaction, an earlier epoch",
        here(),
        &sealed(&reaction, &epochs[1].body),
    );
    file.valid(
        "how the club is run",
        here(),
        &sealed(&rename(club()), &epochs[2].control),
    );
    let mut flipped = hello.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut tag = hello.clone();
    tag[25] ^= 1;
    let of_version = |version: u8, mut body: Vec<u8>| {
        body[0] = version;
        body
    };
    let mut other_device = place;
    other_device.log.device = device(2).id();
    let cases = [
        (
            "moved",
            "another sequence",
            "Sealed",
            known(&epochs, &alices_place(6)),
            hello.clone(),
        ),
        (
            "moved to another device",
            "another log",
            "Sealed",
            known(&epochs, &other_device),
            hello.clone(),
        ),
        (
            "an epoch that isn't held",
            "no tag fits",
            "Sealed",
            known(&epochs[1..], &place),
            hello.clone(),
        ),
        ("a changed tag", "no tag fits", "Sealed", here(), tag),
        (
            "a changed end",
            "the seal is broken",
            "OpenError",
            here(),
            flipped,
        ),
        (
            "a step that could be deleted",
            "it stays whatever deletes name it",
            "Invalid: a body lasts if it runs a space, and no other does",
            here(),
            of_version(2, sealed(&rename(club()), &epochs[2].control)),
        ),
        (
            "a post that stays",
            "only steps do",
            "Invalid: a body lasts if it runs a space, and no other does",
            here(),
            of_version(3, hello.clone()),
        ),
        (
            "a step of the club, sealed as a post",
            "it is run with control keys",
            "Kind",
            here(),
            sealed(&rename(club()), &epochs[2].body),
        ),
        (
            "a post, sealed with a control key",
            "only how it is run",
            "Kind",
            here(),
            sealed(&post("Hello"), &epochs[2].control),
        ),
        (
            "a step of another club",
            "with this one's control key",
            "Kind",
            here(),
            sealed(
                &rename(Space::Shared {
                    creator: alice().identity(),
                    nonce: [6; 16],
                }),
                &epochs[2].control,
            ),
        ),
        (
            "clear",
            "for everybody",
            "Sealed",
            here(),
            body::clear(&post("Hello"), [5; 16]).unwrap(),
        ),
        (
            "nothing inside the seal",
            "it ends too early",
            "Malformed",
            here(),
            hello[..73].to_vec(),
        ),
    ];
    for (name, reason, error, given, bytes) in cases {
        file.invalid(name, (reason, error), given, &bytes);
    }
    file
}
