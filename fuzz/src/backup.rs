//! What comes back from guardians: packs, segments, shards, pages, roots.

use std::sync::OnceLock;

use hearth_keys::{BlobKey, BoxSecret, Context, DeviceKeys, Label, SEALED_OVERHEAD_BYTES, seal};
use hearth_protocol::codec::{Blob, Bytes, encode};
use hearth_protocol::erasure::{Code, CodeError};
use hearth_protocol::manifest::{MANIFEST_SIZES, Page, Root};
use hearth_protocol::pack::{self, BackupKey, Contents, PackId, append, records};
use hearth_protocol::segment::Segment;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use zeroize::Zeroizing;

use crate::world::world;

fn backup_key() -> BackupKey {
    BackupKey {
        generation: 1,
        secret: Zeroizing::new([5; 32]),
    }
}

/// A pack's payload, record by record.
pub fn pack_records(data: &[u8]) {
    let mut reading = records(data);
    let mut again = Vec::new();
    let mut whole = true;
    for record in &mut reading {
        let Ok(record) = record else {
            whole = false;
            break;
        };
        if record.verify().is_ok() {
            let before = again.len();
            append(&mut again, record.kind, record.bytes).expect("it was in a pack");
            assert_eq!(
                data[record.end() - (again.len() - before)..record.end()],
                again[before..],
                "one record, one encoding"
            );
        }
    }
    let end = reading.position();
    assert!(again.len() <= end && end <= data.len());
    assert!(!whole || data[end..].iter().all(|&byte| byte == 0));
    assert!(reading.next().is_none(), "nothing follows the end");
}

/// A sealed pack: as it is; and one that was sealed from the data, with a byte changed where the data says.
pub fn sealed_pack(data: &[u8]) {
    let key = backup_key();
    assert!(pack::open(data, &key).is_err(), "nobody else has the key");
    let Some((place, payload)) = data.split_first_chunk() else {
        return;
    };
    let Ok(mut sealed) = pack::seal(payload, &key) else {
        return;
    };
    let opened = pack::open(&sealed, &key).expect("it was just sealed");
    assert!(opened.starts_with(payload) && opened[payload.len()..].iter().all(|&byte| byte == 0));
    let at = u32::from_be_bytes(*place) as usize % sealed.len();
    sealed[at] ^= 1;
    assert!(pack::open(&sealed, &key).is_err(), "a changed pack opens");
}

/// What a pack of objects holds, told in a pack of logs.
pub fn pack_contents(data: &[u8]) {
    if let Ok(contents) = Contents::from_bytes(data) {
        assert_eq!(contents.to_bytes(), data, "one value, one encoding");
        let again = Contents::of_pack(contents.pack, &contents.objects);
        assert_eq!(again, [contents], "as much as one record tells");
    }
}

/// A segment of Alice's logs.
pub fn segment(data: &[u8]) {
    let identity = world().log.identity;
    if let Ok(segment) = Segment::from_bytes(identity, data) {
        assert_eq!(segment.to_bytes(), data, "one value, one encoding");
        assert!(
            segment
                .runs()
                .iter()
                .all(|(run, _)| run.log.identity == identity)
        );
    }
}

/// Shards that are nobody's: `k` (1), pack's length (2), then shards of index (1), length (2), bytes. And the whole as a
/// pack, of which one shard is changed.
pub fn shards(data: &[u8]) {
    let Some((&[k, high, low], rest)) = data.split_first_chunk() else {
        return;
    };
    let Ok(code) = Code::new(k) else {
        return;
    };
    let id = PackId::of(rest);
    let pack_bytes = usize::from(u16::from_be_bytes([high, low]));
    let given = shards_of(rest);
    if let Ok(pack) = code.decode(&id, pack_bytes, &given) {
        assert_eq!((PackId::of(&pack), pack.len()), (id, pack_bytes));
    }
    let indices: Vec<u16> = (0..u16::from(k) + 2).collect();
    let Ok(mut coded) = code.encode(rest, &indices) else {
        assert!(rest.is_empty(), "any bytes can be coded");
        return;
    };
    let wrong = usize::from(low) % coded.len();
    let at = usize::from(high) % coded[wrong].len();
    coded[wrong][at] ^= 1;
    let all: Vec<(u16, &[u8])> = (0..).zip(coded.iter().map(Vec::as_slice)).collect();
    let index = all[wrong].0;
    assert_eq!(code.verify(rest, &all), Err(CodeError::Foreign(index)));
    let good: Vec<_> = all
        .iter()
        .filter(|shard| shard.0 != index)
        .copied()
        .collect();
    assert_eq!(code.decode(&id, rest.len(), &good).as_deref(), Ok(rest));
}

fn shards_of(mut rest: &[u8]) -> Vec<(u16, &[u8])> {
    let mut shards = Vec::new();
    while let Some((&[index, high, low], after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([high, low])).min(after.len());
        let (shard, after) = after.split_at(length);
        shards.push((u16::from(index), shard));
        rest = after;
    }
    shards
}

/// Length, content, zeros; `None` if it is too long.
fn padded(content: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(content.len()).ok()?.to_be_bytes();
    let mut padded = [&length[..], content].concat();
    let size = MANIFEST_SIZES
        .into_iter()
        .find(|&size| size >= padded.len())?;
    padded.resize(size, 0);
    Some(padded)
}

/// What a page says, sealed as a guardian can't; and a page as it is.
pub fn page(data: &[u8]) {
    let key = backup_key();
    assert!(Page::open(&key, data).is_err(), "nobody else has the key");
    let Some(padded) = padded(data) else {
        return;
    };
    let blob = BlobKey::derive(Label::MANIFEST, &key.secret[..]).seal(&padded);
    let sealed = [&[1], &blob[..]].concat();
    if let Ok(page) = Page::open(&key, &sealed) {
        assert_eq!(
            page.seal(&key).ok(),
            Some(sealed),
            "one value, one encoding"
        );
    }
}

/// The key of all roots here, sealed to the box key [7; 32].
fn sealed_root_key() -> &'static [u8; 32 + SEALED_OVERHEAD_BYTES] {
    static KEY: OnceLock<[u8; 32 + SEALED_OVERHEAD_BYTES]> = OnceLock::new();
    KEY.get_or_init(|| {
        let info = [
            &b"hearth/backup-root/1"[..],
            world().log.identity.as_bytes(),
        ]
        .concat();
        let to = BoxSecret::from_bytes([7; 32]).public();
        let sealed = seal(
            &to,
            &info,
            &[],
            &[6; 32],
            &mut ChaCha8Rng::from_seed([8; 32]),
        );
        sealed.try_into().expect("a sealed key's length is known")
    })
}

/// What a root says, signed by Alice's device and sealed; and a root as it is.
pub fn root(data: &[u8]) {
    let secret = BoxSecret::from_bytes([7; 32]);
    let identity = world().log.identity;
    assert!(
        Root::open(&secret, &identity, data).is_err(),
        "nobody else signs for Alice"
    );
    let mut bytes = [1; 64];
    bytes[32..].fill(101);
    let signature = DeviceKeys::from_bytes(&bytes).sign(Context::BACKUP_ROOT, data);
    let signed = encode(&(Blob(data.to_vec()), Bytes(*signature.as_bytes())));
    let Some(padded) = padded(&signed) else {
        return;
    };
    let blob = BlobKey::derive(Label::ROOT, &[6; 32]).seal(&padded);
    let sealed = encode(&([Bytes(*sealed_root_key())], Blob(blob)));
    let sealed = [&[1], &sealed[..]].concat();
    if let Ok(root) = Root::open(&secret, &identity, &sealed) {
        let certified = root.statement_set().expect("it was checked").devices();
        assert!(certified.contains_key(&root.device));
        assert!(root.identity == identity && root.snapshots.iter().all(|s| s.number < root.number));
    }
}
