#![allow(clippy::unwrap_used)]

use std::fs;

use hearth_protocol::object::{Object, ObjectId};

use super::cache::Cache;
use super::drafts::{DRAFTS_MAX, Drafts};
use super::looking::open;
use super::sealing::seal;
use super::{PhotoError, PhotoSize};
use crate::media::{Encoded, Kind, Prepared};

fn noise(seed: u8, bytes: usize) -> Vec<u8> {
    let mut noise = vec![0; bytes];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[seed]);
    hasher.finalize_xof().fill(&mut noise);
    noise
}

fn prepared(full_bytes: usize) -> Prepared {
    let encoded = |seed, bytes, side| Encoded {
        bytes: noise(seed, bytes),
        kind: Kind::Jpeg,
        width: side,
        height: side,
    };
    Prepared {
        full: encoded(1, full_bytes, 2000),
        small: encoded(2, 40_000, 600),
        placeholder: vec![7; 24],
    }
}

fn among(objects: &[Object], id: &ObjectId) -> Option<Vec<u8>> {
    let found = objects.iter().find(|object| object.id == *id);
    found.map(|object| object.bytes.clone())
}

#[test]
fn what_is_sealed_opens_whatever_its_length() {
    for length in [1, 1 << 20, (1 << 20) + 1, 8 << 20] {
        let (photo, objects) = seal(prepared(length)).unwrap();
        let find = |id: &ObjectId| among(&objects, id);
        let full = open(&photo, PhotoSize::Full, find).unwrap();
        assert!(full == noise(1, length), "{length} bytes");
        let small = open(&photo, PhotoSize::Small, find).unwrap();
        assert!(small == noise(2, 40_000));
    }
    let too_large = seal(prepared((8 << 20) + 1));
    assert!(matches!(too_large, Err(PhotoError::TooLarge)));
}

#[test]
fn the_same_photo_twice_is_two_photos() {
    let (one, objects) = seal(prepared(100)).unwrap();
    let (other, _) = seal(prepared(100)).unwrap();
    assert_ne!(one.full.blob.root, other.full.blob.root);
    // Another photo's key doesn't open it.
    let mixed = hearth_protocol::content::Photo {
        key: other.key,
        ..one
    };
    let opened = open(&mixed, PhotoSize::Full, |id| among(&objects, id));
    assert!(matches!(opened, Err(PhotoError::Broken)));
}

#[test]
fn what_is_not_what_the_post_says_is_not_shown() {
    let (photo, objects) = seal(prepared(3 << 20)).unwrap();
    let swapped = |id: &ObjectId| among(&objects, id).map(|_| objects[0].bytes.clone());
    assert!(matches!(
        open(&photo, PhotoSize::Full, swapped),
        Err(PhotoError::Broken)
    ));
    let mut longer = photo.clone();
    longer.small.blob.bytes += 1;
    let opened = open(&longer, PhotoSize::Small, |id| among(&objects, id));
    assert!(matches!(opened, Err(PhotoError::Broken)));
}

#[test]
fn drafts_are_kept_and_the_oldest_goes_first() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().join("drafts");
    let drafts = Drafts::open(&dir).unwrap();
    let (photo, objects) = seal(prepared(3 << 20)).unwrap();
    let first = drafts.keep(photo.clone(), &objects).unwrap();
    assert_eq!(drafts.read(&first).unwrap(), (photo, objects));
    let (small, objects) = seal(prepared(10)).unwrap();
    for _ in 0..DRAFTS_MAX {
        drafts.keep(small.clone(), &objects).unwrap();
    }
    assert!(matches!(drafts.read(&first), Err(PhotoError::NoDraft)));
    assert_eq!(fs::read_dir(&dir).unwrap().count(), DRAFTS_MAX);
    for name in ["", "..", "../drafts", "/etc/passwd"] {
        assert!(matches!(drafts.read(name), Err(PhotoError::NoDraft)));
    }
    // Of another process nothing is left that anybody could open.
    drop(drafts);
    Drafts::open(&dir).unwrap();
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
}

#[test]
fn the_cache_keeps_what_was_used_last() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = Cache::open(scratch.path()).unwrap();
    let bytes: Vec<Vec<u8>> = (0..10).map(|seed| noise(seed, 100_000)).collect();
    let ids: Vec<ObjectId> = bytes.iter().map(|bytes| ObjectId::of(bytes)).collect();
    for (id, bytes) in ids.iter().zip(&bytes) {
        cache.keep(*id, bytes).unwrap();
    }
    assert_eq!(cache.read(&ids[0]).as_ref(), Some(&bytes[0]));
    cache.limit(450_000);
    assert!(cache.bytes() <= 450_000);
    let kept = |cache: &Cache| ids.iter().map(|id| cache.has(id)).collect::<Vec<_>>();
    let last = [
        true, false, false, false, false, false, false, true, true, true,
    ];
    assert_eq!(kept(&cache), last);
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 4);
    // What lies there is known again, but for what isn't whole or isn't what its name says.
    fs::write(scratch.path().join(".new-half"), b"half").unwrap();
    fs::write(scratch.path().join(ids[7].to_string()), b"altered").unwrap();
    drop(cache);
    let cache = Cache::open(scratch.path()).unwrap();
    assert_eq!(kept(&cache), last);
    assert_eq!(cache.read(&ids[7]), None);
    assert_eq!(cache.read(&ids[8]).as_ref(), Some(&bytes[8]));
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 3);
    cache.remove(&ids[8]);
    assert_eq!(cache.read(&ids[8]), None);
}
