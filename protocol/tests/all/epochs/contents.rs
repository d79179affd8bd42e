//! Contents about spaces, reactions and registers: one encoding each, and nothing lenient.

use hearth_keys::{DeviceId, SpaceKey};
use hearth_protocol::body;
use hearth_protocol::bounds::{EPOCH_RECORDS_MAX, RECORD_MEMBERS_MAX};
use hearth_protocol::content::{
    Carried, Content, Control, ControlOp, EpochRecord, Reaction, RecordedKeys, Reference, Register,
};
use hearth_protocol::entry::{EntryId, LogNumber, LoneEntry};
use hearth_protocol::memory::next_header;
use hearth_protocol::space::{Commitment, EpochKeys, MembersDigest, Space};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::{club, epoch, identity, place, rng};
use crate::sim::{Person, post};

fn keys() -> impl Strategy<Value = EpochKeys> {
    (any::<u32>(), any::<u8>(), any::<[u8; 2]>(), any::<bool>()).prop_map(
        |(generation, starter, [body, control], shared)| EpochKeys {
            space: if shared {
                club()
            } else {
                Space::Friends(identity(1))
            },
            generation,
            starter: identity(starter),
            body: SpaceKey::from_bytes([body; 32]),
            control: SpaceKey::from_bytes([control; 32]),
        },
    )
}

fn op() -> impl Strategy<Value = ControlOp> {
    let end = btree_map((any::<u8>(), 0u64..1 << 48), 0u64..1 << 40, 0..8);
    let name = "[a-z☕]{1,40}";
    prop_oneof![
        (
            btree_map(any::<u8>(), option::of(any::<u32>()), 1..20),
            any::<bool>()
        )
            .prop_map(|(members, with_past)| {
                let (members, inboxes): (Vec<_>, Vec<_>) = members.into_iter().unzip();
                let members = members.into_iter().map(identity).collect();
                ControlOp::Add {
                    members,
                    inboxes,
                    with_past,
                }
            }),
        (any::<u8>(), end).prop_map(|(member, ends)| ControlOp::Remove {
            member: identity(member),
            ends: ends
                .into_iter()
                .map(|((device, log), seq)| {
                    let log = LogNumber::new(log).unwrap();
                    (DeviceId::from_bytes([device; 32]), log, seq)
                })
                .collect(),
        }),
        any::<u8>().prop_map(|member| ControlOp::Promote {
            member: identity(member)
        }),
        name.prop_map(|name| ControlOp::Rename { name }),
        Just(ControlOp::Leave),
        (
            keys(),
            vec(option::of(any::<u32>()), 1..40),
            btree_set(any::<u32>(), 0..16)
        )
            .prop_map(|(keys, inboxes, previous)| ControlOp::Epoch {
                body: Commitment::to(&keys.body),
                control: Commitment::to(&keys.control),
                generation: keys.generation,
                members: MembersDigest::from_bytes([keys.generation.to_le_bytes()[0]; 32]),
                inboxes,
                previous: previous
                    .into_iter()
                    .map(|generation| EpochKeys {
                        generation,
                        ..keys.clone()
                    }
                    .control_part())
                    .collect(),
            },),
        (8u8.., vec(any::<u8>(), 0..40))
            .prop_map(|(kind, payload)| ControlOp::Unknown { kind, payload }),
    ]
}

fn content() -> impl Strategy<Value = Content> {
    let parents = btree_set(any::<[u8; 2]>(), 1..16);
    let control = (parents, op()).prop_map(|(parents, op)| {
        let parents = parents
            .into_iter()
            .map(|[seq, id]| Reference {
                place: place(seq.into()),
                id: EntryId::from_bytes([id; 32]),
            })
            .collect();
        Content::Control(Control {
            space: club(),
            parents,
            op,
        })
    });
    let members = btree_map(any::<u8>(), option::of(any::<u32>()), 0..20);
    let record = (keys(), any::<bool>(), any::<u8>(), option::of(members)).prop_map(
        |(keys, whole, granter, members)| EpochRecord {
            keys: if whole {
                RecordedKeys::Whole(keys)
            } else {
                let (space, control) = (keys.space, keys.control_part());
                RecordedKeys::Control { space, control }
            },
            granter: identity(granter),
            members: members.map(|members| {
                members
                    .into_iter()
                    .map(|(who, inbox)| (identity(who), inbox))
                    .collect()
            }),
        },
    );
    let reaction = ("[a-z🔥]{1,8}", any::<bool>(), 0u64..1 << 40).prop_map(|(emoji, on, seq)| {
        let target = Reference {
            place: place(seq),
            id: EntryId::from_bytes([3; 32]),
        };
        Content::Reaction(Reaction { target, emoji, on })
    });
    let register = (
        any::<u8>(),
        vec(any::<u8>(), 0..=64),
        option::of(vec(any::<u8>(), 0..200)),
    )
        .prop_map(|(register, key, value)| {
            Content::Register(Register {
                register,
                key,
                value,
            })
        });
    prop_oneof![
        control,
        vec(record, 1..6).prop_map(Content::EpochRecords),
        reaction,
        register,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn contents_have_one_encoding(content in content()) {
        prop_assert_eq!(Content::from_bytes(&content.to_bytes()), Ok(content));
    }

    #[test]
    fn changed_bytes_are_refused_or_say_something_else(
        content in content(), at in any::<prop::sample::Index>(), bit in 0u8..8,
    ) {
        let mut bytes = content.to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(changed) = Content::from_bytes(&bytes) {
            prop_assert_ne!(&changed, &content);
            prop_assert_eq!(changed.to_bytes(), bytes);
        }
    }
}

#[test]
fn a_record_knows_its_epoch_with_the_body_key_or_without() {
    let whole = RecordedKeys::Whole(epoch(3));
    let control = RecordedKeys::Control {
        space: club(),
        control: epoch(3).control_part(),
    };
    assert_eq!(whole.id(), epoch(3).id());
    assert_eq!(control.id(), epoch(3).id());
    assert_eq!((whole.space(), control.space()), (&club(), &club()));
    assert_eq!((whole.body(), control.body()), (Some(&epoch(3).body), None));
    assert_eq!(whole.control(), control.control());
}

#[test]
fn records_are_bounded_in_number_and_in_members() {
    let record = |members: usize| EpochRecord {
        keys: RecordedKeys::Whole(EpochKeys {
            generation: u32::MAX,
            ..epoch(1)
        }),
        granter: identity(1),
        members: Some(
            (0..members as u64)
                .map(|member| {
                    let mut bytes = [0; 32];
                    bytes[..8].copy_from_slice(&member.to_be_bytes());
                    (hearth_keys::Identity::from_bytes(bytes), None)
                })
                .collect(),
        ),
    };
    let read = |records: Vec<EpochRecord>| {
        let content = Content::EpochRecords(records);
        Content::from_bytes(&content.to_bytes()).is_ok_and(|read| read == content)
    };
    assert!(read(vec![record(RECORD_MEMBERS_MAX)]));
    assert!(!read(vec![record(RECORD_MEMBERS_MAX + 1)]));
    assert!(read(vec![record(0); EPOCH_RECORDS_MAX]));
    assert!(!read(vec![record(0); EPOCH_RECORDS_MAX + 1]));
    assert!(!read(Vec::new()));
}

#[test]
fn the_longest_reply_can_be_carried() {
    let (owner, friend) = (Person::new(1), Person::new(2));
    let key = epoch(0).body;
    let mut lies_at = place(0);
    lies_at.log = friend.social();
    let sealed = body::seal(&post(&"a".repeat(16 * 1024)), &key, &lies_at, &mut rng(1)).unwrap();
    let entry = next_header(friend.social(), &Default::default(), 5, &sealed).sign(&friend.device);
    let carried = Carried {
        statements: vec![friend.certificate.to_bytes()],
        entry: Box::new(LoneEntry {
            entry,
            body: sealed,
        }),
    };
    let content = Content::Carried(carried.clone());
    let mut here = place(9);
    here.log = owner.social();
    let body = body::seal(&content, &key, &here, &mut rng(2)).unwrap();
    let Content::Carried(back) = body::open(&body, &here, [&key]).unwrap() else {
        panic!("it is what was carried");
    };
    assert_eq!(back, carried);
    assert!(back.entry.entry.verify().is_ok() && back.entry.body_matches());
    let inner = body::open(&back.entry.body, &back.entry.entry.place(), [&key]);
    assert_eq!(inner.unwrap(), post(&"a".repeat(16 * 1024)));
}
