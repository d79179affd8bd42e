//! Objects and lists: what comes back from guardians, and what a file's tree is read from.

use hearth_keys::{BlobKey, Label};
use hearth_protocol::bounds::{LIST_ITEMS_MAX, OBJECT_BYTES_MAX};
use hearth_protocol::object::list::{self, Item, Walk, Wanted};
use hearth_protocol::object::{Blob, ObjectId, ObjectKey};

use crate::world;

/// An object: the bytes as they come if the first is even, else sealed by us, so that what is inside is reached.
pub fn object(data: &[u8]) {
    let Some((&how, data)) = data.split_first() else {
        return;
    };
    let space = &world::world().space_key;
    let key = ObjectKey::of(space);
    let bytes = if how % 2 == 0 {
        data.to_vec()
    } else {
        let blobs = BlobKey::derive(Label::OBJECT, &space.expose_bytes()[..]);
        [&[1][..], &blobs.seal(data)].concat()
    };
    let opened = key.open(&bytes);
    assert_eq!(key.open_as(&ObjectId::of(&bytes), &bytes), opened);
    if let Ok(content) = opened {
        assert!(content.len() <= OBJECT_BYTES_MAX);
        let again = key.seal(&content).expect("within bounds");
        assert_eq!(key.open(&again.bytes), Ok(content));
    }
}

/// A list that is said to stand for as many bytes as the first eight bytes say; walked, too.
pub fn list(data: &[u8]) {
    let Some((bytes, content)) = data.split_first_chunk() else {
        return;
    };
    let bytes = u64::from_be_bytes(*bytes);
    let decoded = list::decode(content, bytes);
    let root = ObjectId::of(content);
    let mut walk = Walk::new(Blob {
        bytes,
        depth: 1,
        root,
    });
    let wanted = Some(Wanted::List(Item { id: root, bytes }));
    assert_eq!(walk.next_wanted(), wanted);
    assert_eq!(walk.enter(content).is_ok(), decoded.is_ok());
    let Ok(items) = decoded else {
        assert_eq!(walk.next_wanted(), wanted, "nothing wrong is entered");
        return;
    };
    assert_eq!(list::encode(&items), content, "one value, one encoding");
    assert!((1..=LIST_ITEMS_MAX).contains(&items.len()));
    assert_eq!(items.iter().map(|item| item.bytes).sum::<u64>(), bytes);
    for item in items {
        assert_eq!(walk.next_wanted(), Some(Wanted::Chunk(item)));
    }
    assert_eq!(walk.next_wanted(), None);
}
