//! Grants: who opens them, what fits, and what attackers try.

use hearth_keys::{BoxPublic, BoxSecret, SpaceKey, seal};
use hearth_protocol::body;
use hearth_protocol::bounds::{
    BODY_BYTES_MAX, CONTROL_HEADS_MAX, GRANT_BOXES_MAX, GRANT_PAST_MAX, GRANT_WITH_PAST_BOXES_MAX,
    MEMBERS_MAX,
};
use hearth_protocol::codec::{Blob, encode};
use hearth_protocol::content::{Content, Control, ControlOp, kind};
use hearth_protocol::entry::EntryId;
use hearth_protocol::space::grant::{GRANT_BOX_BYTES, batches, grant_info};
use hearth_protocol::space::{Commitment, EpochGrant, EpochKeys, GrantError, MembersDigest, Space};
use proptest::prelude::*;

use super::{club, epoch, identity, inboxes, parent, place, rng};

fn publics(inboxes: &[BoxSecret]) -> Vec<BoxPublic> {
    inboxes.iter().map(BoxSecret::public).collect()
}

fn granted(keys: &EpochKeys, to: &[BoxPublic]) -> EpochGrant {
    EpochGrant::seal(keys, &[], &[], to, &place(3), &mut rng(1)).unwrap()
}

/// The boxes and the payload, as an attacker sees them.
fn parts(grant: &EpochGrant) -> (Vec<Vec<u8>>, Vec<u8>) {
    let bytes = Content::EpochGrant(grant.clone()).to_bytes();
    let (_, Blob(payload)): (u16, Blob) =
        hearth_protocol::codec::decode(&bytes, BODY_BYTES_MAX).unwrap();
    let (Blob(boxes), Blob(payload)): (Blob, Blob) =
        hearth_protocol::codec::decode(&payload, BODY_BYTES_MAX).unwrap();
    let boxes = boxes.chunks(GRANT_BOX_BYTES).map(<[u8]>::to_vec).collect();
    (boxes, payload)
}

/// What an attacker puts together; None where it isn't even read.
fn assembled(mut boxes: Vec<Vec<u8>>, payload: &[u8]) -> Option<EpochGrant> {
    boxes.sort();
    let payload = encode(&(Blob(boxes.concat()), Blob(payload.to_vec())));
    match Content::from_bytes(&encode(&(kind::EPOCH_GRANT, Blob(payload)))) {
        Ok(Content::EpochGrant(grant)) => Some(grant),
        _ => None,
    }
}

#[test]
fn all_members_get_the_same_keys_and_nobody_else_gets_any() {
    let (keys, past) = (epoch(2), [epoch(1), epoch(0)]);
    let everybody = inboxes(9);
    let (members, others) = everybody.split_at(5);
    let heads = [
        (identity(2), EntryId::from_bytes([2; 32])),
        (identity(1), EntryId::from_bytes([1; 32])),
    ];
    let grant = EpochGrant::seal(
        &keys,
        &heads,
        &past,
        &publics(members),
        &place(3),
        &mut rng(1),
    )
    .unwrap();
    assert_eq!(grant.boxes(), 16, "filled up");
    let content = Content::EpochGrant(grant.clone());
    assert_eq!(Content::from_bytes(&content.to_bytes()), Ok(content));
    for member in members {
        let granted = grant.open(member, &place(3)).unwrap();
        assert_eq!(granted.keys, keys);
        assert_eq!(granted.heads, [heads[1], heads[0]]);
        assert_eq!(granted.past.len(), 2);
        for earlier in &past {
            assert!(granted.past.contains(earlier));
        }
        let in_pieces =
            [0..4, 4..8, 8..12, 12..100].map(|part| grant.open_some(member, &place(3), part));
        assert_eq!(in_pieces.iter().flatten().count(), 1, "one box each");
        assert_eq!(grant.open_some(member, &place(3), 16..20), None);
        assert_eq!(grant.open_some(member, &place(3), 20..30), None);
    }
    for other in others {
        assert_eq!(grant.open(other, &place(3)), None);
    }
}

#[test]
fn a_grant_replayed_in_another_place_opens_for_nobody() {
    let member = inboxes(1);
    let grant = granted(&epoch(0), &publics(&member));
    assert!(grant.open(&member[0], &place(3)).is_some());
    let mut elsewhere = place(3);
    elsewhere.log.identity = identity(7);
    for moved in [place(4), elsewhere] {
        assert_eq!(grant.open(&member[0], &moved), None);
    }
}

#[test]
fn swapped_boxes_and_payloads_open_for_nobody() {
    let members = inboxes(2);
    let (alice, bob) = (&members[0], &members[1]);
    let to = publics(&members);
    let (one, other) = (
        granted(&epoch(0), &to[..1]),
        EpochGrant::seal(&epoch(1), &[], &[], &to[1..], &place(3), &mut rng(2)).unwrap(),
    );
    let ((boxes, payload), (other_boxes, other_payload)) = (parts(&one), parts(&other));
    let mixed = assembled(other_boxes.clone(), &payload).unwrap();
    assert_eq!(
        (mixed.open(alice, &place(3)), mixed.open(bob, &place(3))),
        (None, None)
    );
    let both = assembled([boxes, other_boxes].concat(), &other_payload).unwrap();
    assert_eq!(
        both.open(alice, &place(3)),
        None,
        "Alice's box has another key"
    );
    assert_eq!(both.open(bob, &place(3)).unwrap().keys, epoch(1));
}

#[test]
fn no_grant_tells_two_readers_different_keys() {
    let members = inboxes(2);
    let keys = [SpaceKey::from_bytes([1; 32]), SpaceKey::from_bytes([2; 32])];
    let boxes: Vec<_> = members
        .iter()
        .zip(&keys)
        .map(|(member, key)| {
            let info = grant_info(&place(3), &member.public());
            seal(
                &member.public(),
                &info,
                b"",
                &key.expose_bytes()[..],
                &mut rng(3),
            )
        })
        .collect();
    let (_, honest) = parts(&granted(&epoch(0), &publics(&members)));
    // Whatever the payload is, its tag is one key's: sealed with the first, with the second, or with neither.
    let padded = [&b"whatever"[..], &[0x80]].concat();
    let sealed = |key: &SpaceKey| key.seal_body(&place(3).to_bytes(), &padded, &mut rng(4));
    for payload in [sealed(&keys[0]), sealed(&keys[1]), honest] {
        let fits = keys
            .iter()
            .filter(|key| key.matches(&place(3).to_bytes(), &payload))
            .count();
        assert!(fits <= 1);
        let grant = assembled(boxes.clone(), &payload).unwrap();
        let opened = members
            .iter()
            .filter(|member| grant.open(member, &place(3)).is_some());
        assert_eq!(opened.count(), 0, "{:?}", payload.len());
    }
    // Two grants may, and then these are two epochs.
    assert_ne!(
        epoch(0).id(),
        EpochKeys::generate(club(), 0, identity(1), &mut rng(99)).id()
    );
}

#[test]
fn boxes_beyond_bounds_equal_or_out_of_order_are_refused() {
    let boxed = |at: u16| [&at.to_be_bytes()[..], &[1; 78]].concat();
    let many = |count| (0..count).map(boxed).collect::<Vec<_>>();
    assert!(assembled(many(384), &[1; 100]).is_some());
    assert!(assembled(many(385), &[1; 100]).is_none());
    assert!(assembled(Vec::new(), &[1; 100]).is_none());
    assert!(assembled(vec![boxed(1), boxed(1)], &[1; 100]).is_none());
    assert!(assembled(vec![vec![1; 79]], &[1; 100]).is_none());
    let unsorted = encode(&(Blob([boxed(2), boxed(1)].concat()), Blob(vec![1; 100])));
    assert!(Content::from_bytes(&encode(&(kind::EPOCH_GRANT, Blob(unsorted)))).is_err());
}

#[test]
fn a_member_whose_key_nobody_holds_keeps_no_one_from_reading() {
    let member = inboxes(1);
    let weak = BoxPublic::from_bytes([0; 32]);
    assert!(!weak.is_usable());
    let grant = granted(&epoch(0), &[weak, member[0].public()]);
    assert_eq!(grant.open(&member[0], &place(3)).unwrap().keys, epoch(0));
    // An attacker's box whose agreement would be zero for everybody opens for nobody.
    let (mut boxes, payload) = parts(&grant);
    boxes.iter_mut().for_each(|sealed| sealed[..32].fill(0));
    boxes.truncate(1);
    assert_eq!(
        assembled(boxes, &payload)
            .unwrap()
            .open(&member[0], &place(3)),
        None
    );
}

#[test]
fn what_cannot_be_granted_at_once_is_said() {
    let keys = epoch(0);
    let to = vec![inboxes(1)[0].public(); GRANT_BOXES_MAX + 1];
    let seal = |heads: &[_], past: &[EpochKeys], to: &[BoxPublic]| {
        EpochGrant::seal(&keys, heads, past, to, &place(3), &mut rng(1)).map(|grant| grant.boxes())
    };
    let head = |byte: u8| (identity(byte), EntryId::from_bytes([1; 32]));
    let heads: Vec<_> = (0..17).map(head).collect();
    assert_eq!(seal(&[], &[], &[]), Err(GrantError::Recipients(384)));
    assert_eq!(seal(&[], &[], &to), Err(GrantError::Recipients(384)));
    assert_eq!(
        seal(&[], &[epoch(1)], &to[..193]),
        Err(GrantError::Recipients(192))
    );
    assert_eq!(seal(&heads, &[], &to[..1]), Err(GrantError::Heads));
    assert_eq!(seal(&heads[..16], &[], &to[..1]), Ok(4));
    let twice = [heads[0], heads[0]];
    assert_eq!(seal(&twice, &[], &to[..1]), Ok(4), "named once");
    let foreign = EpochKeys {
        space: Space::Friends(identity(1)),
        ..epoch(1)
    };
    assert_eq!(seal(&[], &[foreign], &to[..1]), Err(GrantError::Foreign));
    let long: Vec<_> = (1..130).map(epoch).collect();
    assert_eq!(seal(&[], &long, &to[..1]), Err(GrantError::Past));
}

#[test]
fn the_largest_grants_fit_an_entry() {
    let heads: Vec<_> = (0..16)
        .map(|byte| (identity(byte), EntryId::from_bytes([1; 32])))
        .collect();
    let past: Vec<_> = (0..128).map(|back| epoch(u32::MAX - 1 - back)).collect();
    assert_eq!(
        (heads.len(), past.len()),
        (CONTROL_HEADS_MAX, GRANT_PAST_MAX)
    );
    let keys = EpochKeys {
        generation: u32::MAX,
        ..epoch(0)
    };
    for (past, boxes) in [
        (&[][..], GRANT_BOXES_MAX),
        (&past[..], GRANT_WITH_PAST_BOXES_MAX),
    ] {
        let to = publics(&inboxes(boxes));
        let grant = EpochGrant::seal(&keys, &heads, past, &to, &place(3), &mut rng(1)).unwrap();
        let body = body::clear(&Content::EpochGrant(grant), [1; 16]).unwrap();
        assert!(body.len() <= BODY_BYTES_MAX);
    }
}

#[test]
fn a_thousand_members_take_less_than_150_kib() {
    let to = publics(&inboxes(1000));
    let mut bytes = 0;
    for (seq, batch) in (3..).zip(batches(&to, false)) {
        let grant =
            EpochGrant::seal(&epoch(9), &[], &[], batch, &place(seq), &mut rng(seq)).unwrap();
        bytes += body::clear(&Content::EpochGrant(grant), [1; 16])
            .unwrap()
            .len()
            + 300;
    }
    let sealed = |op| {
        let parents = (0..24).map(|seq| parent(place(seq))).collect();
        let content = Content::Control(Control {
            space: club(),
            parents,
            op,
        });
        body::seal(&content, &epoch(9).control, &place(1), &mut rng(1))
            .unwrap()
            .len()
            + 300
    };
    bytes += sealed(ControlOp::Remove {
        member: identity(1),
        ends: Vec::new(),
    });
    bytes += sealed(ControlOp::Epoch {
        generation: 9,
        body: Commitment::to(&epoch(9).body),
        control: Commitment::to(&epoch(9).control),
        members: MembersDigest::from_bytes([1; 32]),
        inboxes: vec![Some(3); 1000],
        previous: (0..16).map(|n| epoch(n).control_part()).collect(),
    });
    assert!(bytes < 150 * 1024, "{bytes} bytes");
}

#[test]
fn the_largest_epoch_fits_an_entry() {
    let op = ControlOp::Epoch {
        generation: u32::MAX,
        body: Commitment::to(&epoch(9).body),
        control: Commitment::to(&epoch(9).control),
        members: MembersDigest::from_bytes([1; 32]),
        inboxes: vec![Some(u32::MAX); MEMBERS_MAX],
        previous: (0..16).map(|n| epoch(n).control_part()).collect(),
    };
    let parents = (0..24).map(|seq| parent(place(seq))).collect();
    let content = Content::Control(Control {
        space: club(),
        parents,
        op,
    });
    let body = body::seal(&content, &epoch(9).control, &place(1), &mut rng(1)).unwrap();
    assert_eq!(
        body::open(&body, &place(1), [&epoch(9).control]).unwrap(),
        content
    );
}

#[test]
fn nothing_printed_gives_a_key_away() {
    let keys = epoch(0);
    let member = inboxes(1);
    let granted = granted(&keys, &publics(&member))
        .open(&member[0], &place(3))
        .unwrap();
    let said = format!("{granted:?} {:?}", keys.control_part());
    for key in [&keys.body, &keys.control] {
        let bytes = key.expose_bytes();
        let hex = hearth_protocol::codec::Hex(&bytes[..8]).to_string();
        assert!(!said.contains(&hex) && !said.contains(&format!("{}, {}", bytes[0], bytes[1])));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is done to a grant's bytes: it isn't read, opens for nobody, or says what it said.
    #[test]
    fn a_changed_grant_says_nothing_new(at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<bool>()) {
        let member = inboxes(1);
        let grant = granted(&epoch(0), &publics(&member));
        let mut bytes = Content::EpochGrant(grant.clone()).to_bytes();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
        if let Ok(Content::EpochGrant(changed)) = Content::from_bytes(&bytes)
            && let Some(granted) = changed.open(&member[0], &place(3))
        {
            prop_assert_eq!(granted.keys, epoch(0));
        }
    }

    /// Members of any two sets: who is in one opens it, who isn't doesn't, whatever the company.
    #[test]
    fn only_members_open(members in prop::collection::btree_set(0usize..12, 1..12)) {
        let everybody = inboxes(12);
        let to: Vec<_> = members.iter().map(|&at| everybody[at].public()).collect();
        let grant = granted(&epoch(0), &to);
        prop_assert!([4, 16].contains(&grant.boxes()));
        for (at, inbox) in everybody.iter().enumerate() {
            prop_assert_eq!(grant.open(inbox, &place(3)).is_some(), members.contains(&at));
        }
    }
}
