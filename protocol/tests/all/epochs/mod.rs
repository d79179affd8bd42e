//! Spaces: their names, their epochs' names, what is sealed for them, and what attackers try with it.

mod contents;
mod grants;

use hearth_keys::{BoxSecret, Identity, SpaceKey};
use hearth_protocol::body::{self, BodyError};
use hearth_protocol::content::{Content, Control, ControlOp, Reference};
use hearth_protocol::entry::{EntryId, LogNumber, Place};
use hearth_protocol::space::{EpochKey, EpochKeys, Space, SpaceId};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::sim::{Person, post};

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn identity(byte: u8) -> Identity {
    Identity::from_bytes([byte; 32])
}

fn place(seq: u64) -> Place {
    Place {
        log: Person::new(1).social(),
        seq,
    }
}

fn parent(place: Place) -> Reference {
    let id = EntryId::from_bytes([1; 32]);
    Reference { place, id }
}

fn club() -> Space {
    Space::found(identity(1), &mut rng(5))
}

fn epoch(generation: u32) -> EpochKeys {
    EpochKeys::generate(club(), generation, identity(1), &mut rng(generation.into()))
}

fn inboxes(count: usize) -> Vec<BoxSecret> {
    let mut rng = rng(77);
    (0..count).map(|_| BoxSecret::generate(&mut rng)).collect()
}

#[test]
fn a_space_is_named_by_what_it_is_and_by_nothing_else() {
    let (alice, bob) = (identity(1), identity(2));
    let nonce = [9; 16];
    let spaces = [
        Space::Public,
        Space::Private(alice),
        Space::Friends(alice),
        Space::Friends(bob),
        Space::direct(alice, bob),
        Space::Shared {
            creator: alice,
            nonce,
        },
        Space::Shared {
            creator: bob,
            nonce,
        },
        Space::Shared {
            creator: alice,
            nonce: [8; 16],
        },
    ];
    let mut names: Vec<SpaceId> = spaces.iter().map(Space::id).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), spaces.len());
    for space in spaces {
        assert_eq!(Space::from_bytes(&space.to_bytes()), Ok(space));
        assert_eq!(space.id().to_string().parse(), Ok(space.id()));
    }
    assert_eq!(Space::direct(bob, alice), Space::direct(alice, bob));
    assert_eq!(Space::direct(alice, alice), Space::Private(alice));
}

#[test]
fn an_epoch_is_named_by_all_that_is_told_of_it() {
    let told = epoch(3);
    let other = SpaceKey::from_bytes([4; 32]);
    let changed = [
        EpochKeys {
            space: Space::Friends(identity(1)),
            ..told.clone()
        },
        EpochKeys {
            generation: 4,
            ..told.clone()
        },
        EpochKeys {
            starter: identity(2),
            ..told.clone()
        },
        EpochKeys {
            body: other.clone(),
            ..told.clone()
        },
        EpochKeys {
            control: other,
            ..told.clone()
        },
        EpochKeys {
            body: told.control.clone(),
            control: told.body.clone(),
            ..told.clone()
        },
    ];
    for lie in changed {
        assert_ne!(lie.id(), told.id(), "{lie:?}");
    }
    assert_eq!(told.control_part().id(&told.space), told.id());
    let mut forged = told.control_part();
    forged.control = SpaceKey::from_bytes([4; 32]);
    assert_ne!(
        forged.id(&told.space),
        told.id(),
        "another control key isn't this epoch's"
    );
}

#[test]
fn a_body_opens_in_its_place_with_its_epochs_key_alone() {
    let (epochs, here) = ([epoch(0), epoch(1), epoch(2)], place(5));
    let content = post("for the club");
    for epoch in &epochs {
        let sealed = body::seal(&content, &epoch.body, &here, &mut rng(9)).unwrap();
        let mark = body::mark(&sealed).unwrap();
        let made: Vec<_> = epochs
            .iter()
            .flat_map(|epoch| [&epoch.body, &epoch.control])
            .filter(|key| key.made(&here.to_bytes(), mark))
            .collect();
        assert_eq!(made, [&epoch.body], "the tag finds the one key");
        let opened = body::open(&sealed, &here, epochs.iter().map(|epoch| &epoch.body));
        assert_eq!(opened.unwrap(), content);

        let mut elsewhere = [place(5), place(5), place(6)];
        elsewhere[0].log.log = LogNumber::OWN;
        elsewhere[1].log = Person::new(2).social();
        for moved in elsewhere {
            assert!(!epoch.body.made(&moved.to_bytes(), mark));
            let opened = body::open(&sealed, &moved, [&epoch.body]);
            assert!(matches!(opened, Err(BodyError::Sealed)), "{moved:?}");
        }
    }
    assert_eq!(body::mark(&body::clear(&content, [1; 16]).unwrap()), None);
    assert_eq!(body::mark(&[2; 73]), None, "nothing inside the seal");
    assert_eq!(body::mark(&[]), None);
}

#[test]
fn a_body_put_together_of_two_opens_with_neither_key() {
    let (one, other, here) = (epoch(0), epoch(1), place(5));
    let sealed =
        |epoch: &EpochKeys| body::seal(&post("?"), &epoch.body, &here, &mut rng(9)).unwrap();
    let (mine, theirs) = (sealed(&one), sealed(&other));
    // The nonce is the same, as the randomness is; only tag and ciphertext differ.
    let mixed = [&mine[..57], &theirs[57..]].concat();
    for key in [&one.body, &other.body] {
        assert!(body::open(&mixed, &here, [key]).is_err());
    }
}

#[test]
fn how_a_space_is_run_counts_under_its_own_control_key_alone() {
    let control = |space| {
        Content::Control(Control {
            space,
            parents: vec![parent(place(1))],
            op: ControlOp::Leave,
        })
    };
    let (club, other) = (club(), Space::found(identity(1), &mut rng(6)));
    assert!(EpochKey::Control.fits(&club, &control(club)));
    assert!(!EpochKey::Control.fits(&other, &control(club)));
    assert!(!EpochKey::Body.fits(&club, &control(club)));
    assert!(!EpochKey::Control.fits(&club, &post("Hello")));
    assert!(EpochKey::Body.fits(&club, &post("Hello")));
}
