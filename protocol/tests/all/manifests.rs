//! Pages and roots, sealed and opened: by whom they may be, and what they promise.

use std::collections::BTreeMap;

use hearth_keys::{BlobKey, BoxSecret, CryptoRng, DeviceKeys, Label, Phrase, Root as Paper};
use hearth_protocol::bounds::{
    PAGE_BYTES_MAX, PAGE_PACKS_MAX, ROOT_BYTES_MAX, SHARDS_PER_PACK_MAX,
};
use hearth_protocol::entry::{EntryId, LogNumber};
use hearth_protocol::erasure::{Code, ShardId};
use hearth_protocol::manifest::{
    GuardianEntry, Head, MANIFEST_SIZES, ManifestError, PackEntry, PackKind, Page, PageEntry,
    PageId, Recipients, Root, RootId, ShardEntry, Snapshot, page_number,
};
use hearth_protocol::pack::{BackupKey, PackId};
use hearth_protocol::root::{Claim, Statement};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

struct Alice {
    paper: Paper,
    device: DeviceKeys,
    rng: ChaCha20Rng,
}

fn alice() -> Alice {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    Alice {
        paper: Phrase::generate(&mut rng).root(),
        device: DeviceKeys::generate(&mut rng),
        rng,
    }
}

impl Alice {
    fn root(&mut self) -> Root {
        let box_public = self.device.box_public();
        let claim = Claim::Certify { box_public };
        let certificate = Statement::sign(&self.paper, self.device.id(), 0, claim);
        let guardian = GuardianEntry {
            identity: Phrase::generate(&mut self.rng).root().identity(),
            peer: vec![7; 38],
            addresses: vec!["/ip4/192.0.2.1/udp/7000/quic-v1".into()],
        };
        Root {
            identity: self.paper.identity(),
            device: self.device.id(),
            number: 4,
            time_ms: 1_700_000_000_000,
            snapshots: vec![Snapshot {
                number: 3,
                time_ms: 1_600_000_000_000,
                id: RootId::from_bytes([3; 32]),
            }],
            keys: vec![BackupKey::generate(1, &mut self.rng)],
            guardians: BTreeMap::from([(0, guardian.clone()), (5, guardian)]),
            statements: vec![certificate.to_bytes()],
            heads: vec![Head {
                device: self.device.id(),
                log: LogNumber::SOCIAL,
                seq: 41,
                id: EntryId::from_bytes([4; 32]),
            }],
            pages: vec![PageEntry {
                number: 0,
                id: PageId::from_bytes([5; 32]),
                generation: 1,
                bytes: 4137,
            }],
            files: 12,
            bytes: 3456,
            extensions: BTreeMap::from([(9, b"what will be".to_vec())]),
        }
    }

    fn seal(&mut self, root: &Root) -> Result<Vec<u8>, ManifestError> {
        let recipients = Recipients {
            recovery: self.paper.recovery_public(),
            devices: &[self.device.box_public()],
        };
        root.seal(&self.device, &recipients, &mut self.rng)
    }

    fn open(&self, sealed: &[u8]) -> Result<Root, ManifestError> {
        Root::open(self.paper.recovery(), &self.paper.identity(), sealed)
    }
}

#[test]
fn a_root_opens_by_the_phrase_and_by_a_device_and_for_nobody_else() {
    let mut alice = alice();
    let root = alice.root();
    let sealed = alice.seal(&root).unwrap();
    assert_eq!(alice.open(&sealed).unwrap(), root);
    let identity = alice.paper.identity();
    assert_eq!(
        Root::open(alice.device.box_secret(), &identity, &sealed).unwrap(),
        root
    );
    let stranger = BoxSecret::generate(&mut alice.rng);
    assert!(Root::open(&stranger, &identity, &sealed).is_err());
    let other = Phrase::generate(&mut alice.rng).root().identity();
    assert!(Root::open(alice.paper.recovery(), &other, &sealed).is_err());
    assert_ne!(alice.seal(&root).unwrap(), sealed, "a fresh key each time");
    let shown = format!("{root:?}");
    assert!(
        !shown.contains("119, 104, 97, 116"),
        "extensions may be secret: {shown}"
    );
    let secret = format!("{:?}", &root.keys[0].secret[..4]);
    assert!(!shown.contains(&secret[1..secret.len() - 1]));
}

#[test]
fn roots_have_few_lengths_and_do_not_tell_how_many_devices_there_are() {
    let mut alice = alice();
    let mut root = alice.root();
    let one = alice.seal(&root).unwrap().len();
    root.heads[0].seq = 1 << 39;
    root.extensions.clear();
    let recovery = alice.paper.recovery_public();
    let others = [1_u8, 2, 3].map(|_| BoxSecret::generate(&mut alice.rng).public());
    let recipients = Recipients {
        recovery,
        devices: &others,
    };
    let three = root
        .seal(&alice.device, &recipients, &mut alice.rng)
        .unwrap();
    assert_eq!(three.len(), one);
    assert!(one < MANIFEST_SIZES[0] + 500);
}

#[test]
fn whatever_is_changed_in_a_root_it_opens_no_longer() {
    let mut alice = alice();
    let root = alice.root();
    let sealed = alice.seal(&root).unwrap();
    for at in (0..sealed.len()).step_by(7) {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        // A key that was sealed to somebody else is none of ours: the root may still open, to the same.
        if let Ok(opened) = alice.open(&changed) {
            assert_eq!(opened, root);
            assert!(at < 400, "byte {at} is in the blob");
        }
    }
    for bytes in [0, 1, 90, sealed.len() - 1] {
        assert!(alice.open(&sealed[..bytes]).is_err());
    }
    assert!(alice.open(&vec![1; ROOT_BYTES_MAX + 1]).is_err());
}

#[test]
fn a_root_by_a_device_that_is_not_certified_is_no_root() {
    let mut alice = alice();
    let mut root = alice.root();
    // Mallory knows the recovery key's public half, and Alice's certificate, but no device's secret.
    let mallory = DeviceKeys::generate(&mut alice.rng);
    let recipients = Recipients {
        recovery: alice.paper.recovery_public(),
        devices: &[],
    };
    assert!(matches!(
        root.seal(&mallory, &recipients, &mut alice.rng),
        Err(ManifestError::Signature)
    ));
    root.device = mallory.id();
    let forged = root.seal(&mallory, &recipients, &mut alice.rng).unwrap();
    assert!(matches!(alice.open(&forged), Err(ManifestError::Signature)));
}

#[test]
fn a_root_keeps_its_bounds_and_its_order() {
    let mut alice = alice();
    let good = alice.root();
    let broken: [fn(&mut Root); 8] = [
        |root| root.number = 1 << 40,
        |root| root.time_ms = 1 << 47,
        |root| root.snapshots[0].number = 4,
        |root| root.keys.push(root.keys[0].clone()),
        |root| root.heads.push(root.heads[0]),
        |root| root.pages.push(root.pages[0]),
        |root| root.statements = vec![vec![0; 16]; 129],
        |root| {
            let guardian = root.guardians[&0].clone();
            root.guardians.insert(256, guardian);
        },
    ];
    for (number, bend) in broken.into_iter().enumerate() {
        let mut root = good.clone();
        bend(&mut root);
        assert!(
            matches!(alice.seal(&root), Err(ManifestError::Decode(_))),
            "{number}"
        );
    }
    let mut long = good;
    long.extensions.insert(10, vec![0; 1 << 20]);
    assert!(matches!(alice.seal(&long), Err(ManifestError::TooLong(_))));
}

fn pack(number: u64, shards: u16) -> PackEntry {
    let shards = (0..shards).map(|index| ShardEntry {
        index,
        guardian: index,
        id: ShardId::from_bytes([9; 32]),
    });
    PackEntry {
        number,
        kind: PackKind::Data,
        generation: u32::MAX,
        id: PackId::from_bytes([8; 32]),
        bytes: 8 << 20,
        code: Code::new(16).unwrap(),
        shards: shards.collect(),
    }
}

fn key(rng: &mut impl CryptoRng) -> BackupKey {
    BackupKey::generate(1, rng)
}

#[test]
fn the_largest_page_fits_and_comes_back() {
    let key = key(&mut alice().rng);
    let shards = u16::try_from(SHARDS_PER_PACK_MAX).unwrap();
    let packs = (0..PAGE_PACKS_MAX as u64).map(|at| pack((1 << 40) - 256 + at, shards));
    let page = Page {
        packs: packs.collect(),
    };
    let sealed = page.seal(&key).unwrap();
    assert!(sealed.len() <= PAGE_BYTES_MAX);
    assert_eq!(Page::open(&key, &sealed).unwrap(), page);
    assert_eq!(page.seal(&key).unwrap(), sealed, "the same each time");
    let other = BackupKey::generate(1, &mut ChaCha20Rng::seed_from_u64(8));
    assert!(Page::open(&other, &sealed).is_err());
    assert!(Page::open(&key, &sealed[1..]).is_err());
    let empty = Page::default();
    assert_eq!(Page::open(&key, &empty.seal(&key).unwrap()).unwrap(), empty);
}

#[test]
fn a_page_keeps_its_bounds_and_its_order() {
    let key = key(&mut alice().rng);
    let sealed = |packs: Vec<PackEntry>| Page { packs }.seal(&key).map(|_| ());
    assert_eq!((page_number(255), page_number(256)), (0, 1));
    assert!(sealed(vec![pack(0, 2), pack(255, 2)]).is_ok());
    assert!(sealed(vec![pack(255, 2), pack(256, 2)]).is_err());
    assert!(sealed(vec![pack(1, 2), pack(1, 2)]).is_err());
    let broken: [fn(&mut PackEntry); 5] = [
        |pack| pack.bytes = 0,
        |pack| pack.bytes = 9 << 20,
        |pack| pack.number = 1 << 40,
        |pack| pack.shards[1].index = 0,
        |pack| pack.shards[1].guardian = 256,
    ];
    for bend in broken {
        let mut entry = pack(0, 2);
        bend(&mut entry);
        assert!(sealed(vec![entry]).is_err());
    }
}

#[test]
fn a_page_with_something_in_its_padding_is_none() {
    let key = key(&mut alice().rng);
    let page = Page {
        packs: vec![pack(0, 1)],
    };
    let sealed = page.seal(&key).unwrap();
    let blob_key = BlobKey::derive(Label::MANIFEST, &key.secret[..]);
    let plain = blob_key.open(&sealed[1..]).unwrap();
    assert!(MANIFEST_SIZES.contains(&plain.len()));
    let again = |plain: &[u8]| {
        let sealed = [&[1], &blob_key.seal(plain)[..]].concat();
        Page::open(&key, &sealed)
    };
    assert_eq!(again(&plain).unwrap(), page);
    let mut last = plain.clone();
    *last.last_mut().unwrap() = 1;
    let mut beyond = plain.clone();
    beyond[0] = 0xff;
    for broken in [&last[..], &beyond, &plain[..plain.len() - 1], &[]] {
        assert!(matches!(again(broken), Err(ManifestError::Decode(_))));
    }
}
