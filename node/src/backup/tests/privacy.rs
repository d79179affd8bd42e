//! What guardians see: bytes of a few lengths, alike for nobody.

use std::collections::BTreeSet;

use hearth_protocol::guardian::ShardKind;
use hearth_protocol::manifest::MANIFEST_SIZES;
use hearth_protocol::pack::{PACK_OVERHEAD_BYTES, PACK_SIZES};

use super::{Friends, Person};

const KNOWN: &[u8] = b"A file that everybody has: its bytes, its length, its name known-file.txt. ";

#[tokio::test]
async fn guardians_see_neither_names_nor_sizes_nor_whether_one_has_a_known_file() {
    let friends = Friends::default();
    friends.join();
    let known = KNOWN.repeat(500);
    let mut kept = Vec::new();
    for length in [0, 1, 77_777] {
        friends.all()[0].kept.clear();
        let mut owner = Person::new(friends.clone()).await;
        owner.objects.put(known.clone()).await.unwrap();
        owner.put(1, length).await;
        owner.post("known-file.txt").await;
        assert!(owner.back_up().await.complete);
        kept.push(friends.all()[0].kept.clone());
    }
    let mut ids = BTreeSet::new();
    let packs: Vec<usize> = PACK_SIZES.iter().map(|b| b + PACK_OVERHEAD_BYTES).collect();
    for (id, (ticket, bytes)) in kept.iter().flatten() {
        assert!(ids.insert(*id), "two owners' backups share something");
        match ticket.terms().kind {
            ShardKind::Shard => assert!(packs.contains(&bytes.len()), "{}", bytes.len()),
            ShardKind::Page => {
                let padded = bytes.len() - PACK_OVERHEAD_BYTES;
                assert!(MANIFEST_SIZES.contains(&padded), "{padded}");
            }
            // Its own keys and what is padded to a size.
            ShardKind::Root => assert!(
                MANIFEST_SIZES
                    .iter()
                    .any(|size| (1..600).contains(&(bytes.len() - size))),
                "{}",
                bytes.len()
            ),
        }
        let ticket = ticket.to_bytes();
        for known in [&KNOWN[..32], &b"known-file.txt"[..], b"Alice"] {
            for seen in [&bytes[..], &ticket[..]] {
                assert!(!seen.windows(known.len()).any(|window| window == known));
            }
        }
    }
    // Nor do any two things share as much as a block of sixteen bytes.
    let mut blocks = BTreeSet::new();
    for (_, bytes) in kept.iter().flat_map(|kept| kept.values()) {
        for block in bytes.chunks_exact(16).skip(1) {
            let block: [u8; 16] = block.try_into().unwrap();
            assert!(blocks.insert(block), "the same block twice");
        }
    }
}
