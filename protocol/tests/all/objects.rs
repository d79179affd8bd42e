//! Objects from content to content: where it is cut, what sealing shows, what comes back.

use hearth_keys::{Label, SpaceKey};
use hearth_protocol::bounds::{
    CHUNK_BYTES_AVERAGE, CHUNK_BYTES_MIN, LIST_ITEMS_MAX, OBJECT_BYTES_MAX,
};
use hearth_protocol::object::chunk::{Chunker, cut};
use hearth_protocol::object::list::{Builder, Item, Walk, Wanted};
use hearth_protocol::object::{
    Blob, OBJECT_OVERHEAD_BYTES, Object, ObjectError, ObjectId, ObjectKey, Sealer,
};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};

const MEBIBYTE: usize = 1024 * 1024;

fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut content = vec![0; bytes];
    ChaCha20Rng::seed_from_u64(seed).fill_bytes(&mut content);
    content
}

fn key() -> ObjectKey {
    ObjectKey::of(&SpaceKey::from_bytes([8; 32]))
}

/// The chunks of content that comes in pieces of these lengths, again and again.
fn chunks(content: &[u8], pieces: &[usize]) -> Vec<Vec<u8>> {
    let (mut chunker, mut chunks) = (Chunker::new(), Vec::new());
    let mut rest = content;
    for &piece in pieces.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (now, later) = rest.split_at(piece.min(rest.len()));
        chunker.push(now);
        while let Some(chunk) = chunker.next_chunk(false) {
            chunks.push(chunk.to_vec());
        }
        rest = later;
    }
    while let Some(chunk) = chunker.next_chunk(true) {
        chunks.push(chunk.to_vec());
    }
    chunks
}

#[test]
fn chunks_make_up_the_content_and_keep_their_lengths() {
    for (content, name) in [
        (noise(1, 20 * MEBIBYTE), "noise"),
        (vec![0; 5 * MEBIBYTE + 7], "zeros"),
        (noise(2, CHUNK_BYTES_MIN), "the least"),
        (vec![9], "a byte"),
        (Vec::new(), "nothing"),
    ] {
        let chunks = chunks(&content, &[300_000]);
        assert_eq!(chunks.concat(), content, "{name}");
        let (last, others) = chunks.split_last().unwrap();
        assert!(last.len() <= OBJECT_BYTES_MAX, "{name}");
        let range = CHUNK_BYTES_MIN..=OBJECT_BYTES_MAX;
        assert!(
            others.iter().all(|chunk| range.contains(&chunk.len())),
            "{name}"
        );
    }
    let lengths = chunks(&noise(1, 20 * MEBIBYTE), &[MEBIBYTE]).len();
    let average = 20 * MEBIBYTE / lengths;
    assert!(
        (CHUNK_BYTES_AVERAGE * 3 / 4..CHUNK_BYTES_AVERAGE * 3 / 2).contains(&average),
        "{average}"
    );
}

#[test]
fn an_insertion_changes_the_chunks_around_it_only() {
    let before = noise(3, 16 * MEBIBYTE);
    let at = 5 * MEBIBYTE + 12_345;
    let after = [&before[..at], b"a few words more", &before[at..]].concat();
    let set = |content| -> BTreeSet<Vec<u8>> { chunks(content, &[70_000]).into_iter().collect() };
    let (before, after) = (set(&before), set(&after));
    let new = after.difference(&before).count();
    assert!(
        (1..=3).contains(&new),
        "{new} of {} chunks are new",
        after.len()
    );
}

#[test]
fn cutting_waits_for_as_much_as_it_needs() {
    let content = noise(4, 2 * MEBIBYTE);
    assert_eq!(cut(&content[..OBJECT_BYTES_MAX - 1], false), None);
    assert_eq!(
        cut(&content[..OBJECT_BYTES_MAX], false),
        cut(&content, true)
    );
    assert_eq!(cut(b"", true), None);
    assert_eq!(cut(b"short", true), Some(5));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn where_pieces_end_doesn_t_matter(
        bytes in 0..4 * MEBIBYTE,
        seed in 0u64..4,
        pieces in prop::collection::vec(1usize..700_000, 1..6),
    ) {
        let content = noise(seed, bytes);
        let whole = chunks(&content, &[content.len().max(1)]);
        let by_hand = {
            let (mut rest, mut lengths) = (&content[..], Vec::new());
            while let Some(length) = cut(rest, true) {
                lengths.push(length);
                rest = &rest[length..];
            }
            lengths
        };
        prop_assert_eq!(&chunks(&content, &pieces), &whole);
        let lengths: Vec<_> = whole.iter().map(Vec::len).filter(|&length| length > 0).collect();
        prop_assert_eq!(lengths, by_hand);
    }

    #[test]
    fn an_object_gives_back_its_content(
        bytes in 0..3000usize,
        seed in any::<u64>(),
        repeated in 1usize..300,
    ) {
        let content = noise(seed, bytes).repeat(repeated);
        let mut sealer = Sealer::new(key());
        let object = sealer.seal(&content).unwrap();
        prop_assert_eq!(&object, &sealer.seal(&content).unwrap(), "sealing is deterministic");
        prop_assert_eq!(&object, &key().seal(&content).unwrap(), "whatever was sealed before");
        prop_assert!(object.bytes.len() <= content.len() + OBJECT_OVERHEAD_BYTES);
        prop_assert_eq!(object.id, ObjectId::of(&object.bytes));
        prop_assert_eq!(key().open_as(&object.id, &object.bytes).unwrap(), content);
    }
}

#[test]
fn a_file_comes_back_through_its_lists() {
    let key = key();
    let content = [noise(6, 3 * MEBIBYTE), vec![b'x'; 3 * MEBIBYTE]].concat();
    for content in [&content[..], &content[..100], b""] {
        let mut stored = BTreeMap::new();
        let mut store = |plain: &[u8]| {
            let Object { id, bytes } = key.seal(plain).unwrap();
            stored.insert(id, bytes);
            id
        };
        let mut builder = Builder::new();
        for chunk in chunks(content, &[100_000]) {
            let id = store(&chunk);
            builder.push(Item {
                id,
                bytes: chunk.len() as u64,
            });
        }
        while let Some((place, list)) = builder.next_list(true) {
            builder.stored(place, store(&list));
        }
        let blob = builder.blob().unwrap();
        assert_eq!(blob.bytes, content.len() as u64);
        assert_eq!(blob.depth, u8::from(content.len() > OBJECT_BYTES_MAX));
        assert_eq!(read(blob, &key, &stored), content);
    }
}

fn read(blob: Blob, key: &ObjectKey, stored: &BTreeMap<ObjectId, Vec<u8>>) -> Vec<u8> {
    let open = |id| key.open_as(&id, &stored[&id]).unwrap();
    let (mut walk, mut content) = (Walk::new(blob), Vec::new());
    while let Some(wanted) = walk.next_wanted() {
        match wanted {
            Wanted::List(list) => walk.enter(&open(list.id)).unwrap(),
            Wanted::Chunk(chunk) => {
                let bytes = open(chunk.id);
                assert_eq!(bytes.len() as u64, chunk.bytes);
                content.extend(bytes);
            }
        }
    }
    content
}

#[test]
fn every_flipped_bit_is_noticed() {
    let key = key();
    for content in [&b"fourscore"[..], &[b'a'; 500], b""] {
        let Object { id, bytes } = key.seal(content).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(key.open(&flipped).is_err(), "bit {bit}");
            assert_eq!(key.open_as(&id, &flipped), Err(ObjectError::OtherContent));
        }
        for length in 0..bytes.len() {
            assert!(key.open(&bytes[..length]).is_err(), "{length} bytes");
        }
        let other = ObjectKey::of(&SpaceKey::from_bytes([9; 32]));
        assert!(matches!(other.open(&bytes), Err(ObjectError::Open(_))));
    }
}

#[test]
fn content_is_compressed_where_it_helps_only() {
    let mut sealer = Sealer::new(key());
    let mut length = |content: &[u8]| sealer.seal(content).unwrap().bytes.len();
    let photo = noise(7, 200_000);
    assert_eq!(length(&photo), photo.len() + OBJECT_OVERHEAD_BYTES);
    assert_eq!(length(b""), OBJECT_OVERHEAD_BYTES);
    assert_eq!(length(b"aaa"), 3 + OBJECT_OVERHEAD_BYTES);
    assert!(length(&[b'a'; 200_000]) < 200);
    // A twentieth that compresses isn't worth the time of decompressing.
    let hardly = [&photo[..95_000], &[0; 5000]].concat();
    assert_eq!(length(&hardly), hardly.len() + OBJECT_OVERHEAD_BYTES);
    assert!(length(&[&photo[..80_000], &[0; 20_000]].concat()) < 81_000);
}

#[test]
fn what_is_too_long_is_refused_on_both_sides() {
    let key = key();
    let most = noise(8, OBJECT_BYTES_MAX);
    let object = key.seal(&most).unwrap();
    assert_eq!(object.bytes.len(), OBJECT_BYTES_MAX + OBJECT_OVERHEAD_BYTES);
    assert_eq!(key.open(&object.bytes).unwrap(), most);
    let more = [&most[..], &[0]].concat();
    assert_eq!(key.seal(&more), Err(ObjectError::TooLong(more.len())));
    let longer = [&object.bytes[..], &[0]].concat();
    assert_eq!(key.open(&longer), Err(ObjectError::TooLong(longer.len())));
}

/// An object of this key with this inside, whatever it is.
fn forged(frame: &[u8]) -> Vec<u8> {
    let space = SpaceKey::from_bytes([8; 32]);
    let key = hearth_keys::BlobKey::derive(Label::OBJECT, &space.expose_bytes()[..]);
    [&[1][..], &key.seal(frame)].concat()
}

fn zstd_frame(content: &[u8]) -> Vec<u8> {
    [&[1][..], &zstd::bulk::compress(content, 19).unwrap()].concat()
}

#[test]
fn a_frame_that_swells_is_refused_before_it_does() {
    let key = key();
    assert_eq!(key.open(&forged(&zstd_frame(b"fine"))).unwrap(), b"fine");
    let bomb = zstd_frame(&vec![0; OBJECT_BYTES_MAX + 1]);
    assert!(bomb.len() < 200, "a bomb is small");
    assert_eq!(key.open(&forged(&bomb)), Err(ObjectError::Content));
    // RFC 8878 writes lengths from 256 on less 256. A frame that says it is shorter than it is; one that doesn't say; two; half a one.
    let honest = zstd_frame(&[5; 300]);
    let says = honest.windows(2).position(|two| two == [44, 0]).unwrap();
    let mut lie = honest.clone();
    lie[says] -= 1;
    let mut silent = vec![1];
    silent.extend(zstd::stream::encode_all(&[5; 300][..], 1).unwrap());
    let two = [&honest[..], &honest[1..]].concat();
    let empty = zstd_frame(b"");
    let and_nothing = [&honest[..], &empty[1..]].concat();
    for broken in [
        &lie[..],
        &silent,
        &two,
        &and_nothing,
        &honest[..honest.len() - 1],
        &[1],
        &[],
    ] {
        assert_eq!(
            key.open(&forged(broken)),
            Err(ObjectError::Content),
            "{broken:02x?}"
        );
    }
    assert_eq!(key.open(&forged(&[2, 0])), Err(ObjectError::Version(2)));
    let newer = [&[2][..], &forged(b"\0x")[1..]].concat();
    assert_eq!(key.open(&newer), Err(ObjectError::Version(2)));
}

#[test]
fn a_full_list_is_an_object() {
    let item = |n: u64| Item {
        id: ObjectId::of(&n.to_be_bytes()),
        bytes: u64::MAX >> 13,
    };
    let items: Vec<_> = (0..LIST_ITEMS_MAX as u64).map(item).collect();
    let content = hearth_protocol::object::list::encode(&items);
    assert!(content.len() < OBJECT_BYTES_MAX / 4, "{}", content.len());
    let sum = items.iter().map(|item| item.bytes).sum();
    assert_eq!(
        hearth_protocol::object::list::decode(&content, sum),
        Ok(items)
    );
}
