//! What spaces cost: finding the key of a body among many and opening it; granting a new epoch to a thousand members.
//! `cargo bench -p hearth-protocol --bench spaces`

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use hearth_keys::{BoxPublic, BoxSecret, DeviceId, Identity, SpaceKey};
use hearth_protocol::body;
use hearth_protocol::content::{Content, Control, ControlOp, Post, Reference};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, Place};
use hearth_protocol::space::grant::batches;
use hearth_protocol::space::{Commitment, EpochGrant, EpochKeys, MembersDigest, Space};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

const BODIES: usize = 10_000;
const SPACES: usize = 20;
const EPOCHS: u32 = 4;
const AUTHORS: usize = 100;
const MEMBERS: usize = 1000;

fn main() {
    divan::main();
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

fn identity(number: usize) -> Identity {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
    Identity::from_bytes(bytes)
}

fn place(author: usize, seq: u64) -> Place {
    Place {
        log: LogKey {
            identity: identity(author),
            device: DeviceId::from_bytes([1; 32]),
            log: LogNumber::SOCIAL,
        },
        seq,
    }
}

fn epochs() -> Vec<EpochKeys> {
    let mut rng = rng();
    (0..SPACES)
        .flat_map(|number| {
            let space = Space::found(identity(number), &mut rng);
            (0..EPOCHS)
                .map(|generation| EpochKeys::generate(space, generation, identity(1), &mut rng))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Bodies by a hundred authors, each of whom writes in a few spaces, whichever comes.
fn sealed(epochs: &[EpochKeys]) -> Vec<(Place, Vec<u8>)> {
    let mut rng = rng();
    (0..BODIES)
        .map(|number| {
            let author = number % AUTHORS;
            let place = place(author, (number / AUTHORS) as u64);
            let at = (author * 7 + number / AUTHORS / 8 * 13) % epochs.len();
            let post = Post {
                text: "as long as people write ".repeat(6),
                ..Post::default()
            };
            let sealed = body::seal(&Content::Post(post), &epochs[at].body, &place, &mut rng);
            (place, sealed.expect("a short post"))
        })
        .collect()
}

/// Each body's key is looked for among all, body and control keys of 80 epochs.
#[divan::bench]
fn open_10_000_bodies_trying_every_key(bencher: Bencher<'_, '_>) {
    let epochs = epochs();
    let bodies = sealed(&epochs);
    let keys: Vec<_> = epochs
        .iter()
        .flat_map(|epoch| [&epoch.body, &epoch.control])
        .collect();
    bencher.counter(ItemsCount::new(BODIES)).bench(|| {
        for (place, sealed) in &bodies {
            black_box(body::open(sealed, place, keys.iter().copied()).expect("held"));
        }
    });
}

/// As readers do it: first the keys that this author used last.
#[divan::bench]
fn open_10_000_bodies_the_authors_last_keys_first(bencher: Bencher<'_, '_>) {
    let epochs = epochs();
    let bodies = sealed(&epochs);
    let keys: Vec<_> = epochs
        .iter()
        .flat_map(|epoch| [epoch.body.clone(), epoch.control.clone()])
        .collect();
    bencher.counter(ItemsCount::new(BODIES)).bench(|| {
        let mut orders: Vec<Vec<usize>> = vec![(0..keys.len()).collect(); AUTHORS];
        for (number, (place, sealed)) in bodies.iter().enumerate() {
            let order = &mut orders[number % AUTHORS];
            let mark = body::mark(sealed).expect("sealed");
            let lies_at = place.to_bytes();
            let found = order
                .iter()
                .position(|&at| keys[at].made(&lies_at, mark))
                .expect("held");
            order[..=found].rotate_right(1);
            black_box(body::open(sealed, place, [&keys[order[0]]]).expect("its key"));
        }
    });
}

/// What a reader does who holds none of the keys.
#[divan::bench]
fn pass_over_10_000_bodies_of_others(bencher: Bencher<'_, '_>) {
    let epochs = epochs();
    let bodies = sealed(&epochs);
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let keys: Vec<_> = (0..SPACES).map(|_| SpaceKey::generate(&mut rng)).collect();
    bencher.counter(ItemsCount::new(BODIES)).bench(|| {
        for (place, sealed) in &bodies {
            assert!(body::open(sealed, place, &keys).is_err());
        }
    });
}

fn members() -> Vec<BoxPublic> {
    let mut rng = rng();
    (0..MEMBERS)
        .map(|_| BoxSecret::generate(&mut rng).public())
        .collect()
}

/// All that a removal writes: the step itself, the grants, the epoch. How long it is is printed once.
fn removal(space: Space, keys: &EpochKeys, members: &[BoxPublic]) -> Vec<Vec<u8>> {
    let mut rng = rng();
    let parent = Reference {
        place: place(1, 0),
        id: EntryId::from_bytes([1; 32]),
    };
    let parents: Vec<Reference> = (0..8)
        .map(|seq| Reference {
            place: place(1, seq),
            ..parent
        })
        .collect();
    let heads = [(identity(1), parent.id)];
    let control = |op, seq, rng: &mut ChaCha20Rng| {
        let content = Content::Control(Control {
            space,
            parents: parents.clone(),
            op,
        });
        body::seal(&content, &keys.control, &place(1, seq), rng).expect("it fits")
    };
    let remove = ControlOp::Remove {
        member: identity(7),
        ends: vec![(DeviceId::from_bytes([1; 32]), LogNumber::SOCIAL, 500)],
    };
    let mut bodies = vec![control(remove, 0, &mut rng)];
    for (seq, batch) in (1..).zip(batches(members, false)) {
        let grant = EpochGrant::seal(keys, &heads, &[], batch, &place(1, seq), &mut rng);
        let content = Content::EpochGrant(grant.expect("a batch fits"));
        bodies.push(body::clear(&content, [1; 16]).expect("it fits"));
    }
    let epoch = ControlOp::Epoch {
        generation: keys.generation,
        body: Commitment::to(&keys.body),
        control: Commitment::to(&keys.control),
        members: MembersDigest::from_bytes([1; 32]),
        inboxes: vec![Some(1); members.len()],
        previous: (0..4)
            .map(|generation| {
                EpochKeys {
                    generation,
                    ..keys.clone()
                }
                .control_part()
            })
            .collect(),
    };
    bodies.push(control(epoch, bodies.len() as u64, &mut rng));
    bodies
}

#[divan::bench]
fn remove_one_of_1_000_members(bencher: Bencher<'_, '_>) {
    let members = members();
    let space = Space::found(identity(1), &mut rng());
    let keys = EpochKeys::generate(space, 5, identity(1), &mut rng());
    let bodies = removal(space, &keys, &members);
    let bytes: usize = bodies.iter().map(|body| body.len() + 64 + 8).sum();
    eprintln!(
        "a removal among 1,000: {} entries, {bytes} bytes in a run",
        bodies.len()
    );
    bencher.bench(|| removal(space, &keys, black_box(&members)));
}

/// What a member does who finds the grant: at worst the last of 384 boxes is theirs.
#[divan::bench]
fn look_for_ones_box_among_384(bencher: Bencher<'_, '_>) {
    let members = members();
    let space = Space::found(identity(1), &mut rng());
    let keys = EpochKeys::generate(space, 5, identity(1), &mut rng());
    let grant = EpochGrant::seal(&keys, &[], &[], &members[..384], &place(1, 1), &mut rng());
    let grant = grant.expect("it fits");
    let stranger = BoxSecret::generate(&mut ChaCha20Rng::seed_from_u64(9));
    bencher
        .counter(ItemsCount::new(384usize))
        .bench(|| assert!(grant.open(black_box(&stranger), &place(1, 1)).is_none()));
}
