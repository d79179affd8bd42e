//! What backing up costs: sealing packs, coding them, checking the shards, and getting a pack back.
//! `cargo bench -p hearth-protocol --bench packs`

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use hearth_protocol::bounds::{PACK_BYTES_MAX, PACK_PAYLOAD_BYTES_MAX};
use hearth_protocol::erasure::Code;
use hearth_protocol::pack::{self, BackupKey, PackId};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

fn main() {
    divan::main();
}

fn noise(bytes: usize) -> Vec<u8> {
    let mut noise = vec![0; bytes];
    ChaCha20Rng::seed_from_u64(1).fill_bytes(&mut noise);
    noise
}

fn backup_key() -> BackupKey {
    BackupKey::generate(1, &mut ChaCha20Rng::seed_from_u64(3))
}

/// A payload that fills the largest pack, as a backup has many.
#[divan::bench]
fn seal_a_pack(bencher: Bencher<'_, '_>) {
    let (payload, key) = (noise(PACK_PAYLOAD_BYTES_MAX), backup_key());
    bencher
        .counter(BytesCount::of_slice(&payload))
        .bench(|| pack::seal(black_box(&payload), &key).expect("within bounds"));
}

#[divan::bench]
fn open_a_pack(bencher: Bencher<'_, '_>) {
    let key = backup_key();
    let sealed = pack::seal(&noise(PACK_PAYLOAD_BYTES_MAX), &key).expect("within bounds");
    bencher
        .counter(BytesCount::of_slice(&sealed))
        .bench(|| pack::open(black_box(&sealed), &key).expect("its own"));
}

/// (k, n) as five, ten and fifteen guardians have it.
const CODES: [(u8, u16); 3] = [(2, 5), (4, 10), (6, 15)];

fn coded((k, n): (u8, u16), sealed: &[u8]) -> (Code, Vec<(u16, Vec<u8>)>) {
    let code = Code::new(k).expect("within bounds");
    let indices: Vec<u16> = (0..n).collect();
    let shards = code.encode(sealed, &indices).expect("within bounds");
    (code, indices.into_iter().zip(shards).collect())
}

/// All shards of a pack of the largest size. Bytes are those of the pack.
#[divan::bench(args = CODES)]
fn encode_shards(bencher: Bencher<'_, '_>, code: (u8, u16)) {
    let sealed = noise(PACK_BYTES_MAX);
    bencher
        .counter(BytesCount::of_slice(&sealed))
        .bench(|| coded(code, black_box(&sealed)));
}

/// That every shard belongs to the pack: what happens before one is sent.
#[divan::bench(args = CODES)]
fn verify_shards(bencher: Bencher<'_, '_>, code: (u8, u16)) {
    let sealed = noise(PACK_BYTES_MAX);
    let (code, shards) = coded(code, &sealed);
    let shards: Vec<_> = shards
        .iter()
        .map(|(index, shard)| (*index, &shard[..]))
        .collect();
    bencher
        .counter(BytesCount::of_slice(&sealed))
        .bench(|| code.verify(&sealed, black_box(&shards)).expect("its own"));
}

/// A pack of which no piece is left, from the last `k` shards.
#[divan::bench(args = CODES)]
fn decode_at_worst_loss(bencher: Bencher<'_, '_>, code: (u8, u16)) {
    let sealed = noise(PACK_BYTES_MAX);
    let id = PackId::of(&sealed);
    let (code, shards) = coded(code, &sealed);
    let shards: Vec<_> = shards.iter().rev().take(code.k().into()).collect();
    let shards: Vec<_> = shards
        .iter()
        .map(|(index, shard)| (*index, &shard[..]))
        .collect();
    bencher.counter(BytesCount::of_slice(&sealed)).bench(|| {
        code.decode(&id, sealed.len(), black_box(&shards))
            .expect("enough")
    });
}
