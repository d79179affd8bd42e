//! Shards: stable as guardians join, enough when any `k` are there, and never a pack that isn't one.

use hearth_protocol::bounds::{CODE_K_MAX, PACK_BYTES_MAX, SHARD_INDEX_MAX};
use hearth_protocol::erasure::{Code, CodeError, SHARD_GRAIN_BYTES, ShardId};
use hearth_protocol::pack::PackId;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

fn noise(seed: u64, bytes: usize) -> Vec<u8> {
    let mut noise = vec![0; bytes];
    ChaCha20Rng::seed_from_u64(seed).fill_bytes(&mut noise);
    noise
}

fn code(k: u8) -> Code {
    Code::new(k).unwrap()
}

fn shards(code: Code, pack: &[u8], n: u16) -> Vec<(u16, Vec<u8>)> {
    let indices: Vec<u16> = (0..n).collect();
    let shards = code.encode(pack, &indices).unwrap();
    indices.into_iter().zip(shards).collect()
}

fn borrowed(shards: &[(u16, Vec<u8>)]) -> Vec<(u16, &[u8])> {
    shards
        .iter()
        .map(|(index, shard)| (*index, &shard[..]))
        .collect()
}

fn decoded(code: Code, pack: &[u8], shards: &[(u16, Vec<u8>)]) -> Result<Vec<u8>, CodeError> {
    code.decode(&PackId::of(pack), pack.len(), &borrowed(shards))
}

/// A pack, a code, and how many guardians.
fn cases() -> impl Strategy<Value = (Vec<u8>, Code, u16)> {
    (1..=CODE_K_MAX, 0_u16..64, 1_usize..3000, any::<u64>()).prop_map(|(k, more, bytes, seed)| {
        let n = (u16::from(k) + more).min(64);
        (noise(seed, bytes), code(k), n)
    })
}

proptest! {
    #[test]
    fn any_k_shards_give_the_pack((pack, code, n) in cases(), seed in any::<u64>()) {
        let mut some = shards(code, &pack, n);
        shuffle(&mut some, seed);
        some.truncate(code.k().into());
        prop_assert_eq!(decoded(code, &pack, &some), Ok(pack.clone()));
        some.pop();
        prop_assert_eq!(
            decoded(code, &pack, &some),
            Err(CodeError::TooFew { have: usize::from(code.k()) - 1, need: code.k().into() })
        );
    }

    #[test]
    fn a_shard_is_the_same_whichever_others_are_asked_for((pack, code, n) in cases(), some in prop::collection::vec(0_u16..64, 1..6)) {
        let all = shards(code, &pack, 64);
        let fewer = shards(code, &pack, n);
        prop_assert_eq!(&all[..usize::from(n)], &fewer[..]);
        for (index, shard) in some.iter().zip(code.encode(&pack, &some).unwrap()) {
            prop_assert_eq!(&all[usize::from(*index)].1, &shard);
        }
    }

    #[test]
    fn a_wrong_shard_is_noticed((pack, code, n) in cases(), seed in any::<u64>(), at in any::<prop::sample::Index>()) {
        let all = shards(code, &pack, n);
        prop_assert_eq!(code.verify(&pack, &borrowed(&all)), Ok(()));
        let mut some = all;
        shuffle(&mut some, seed);
        some.truncate(code.k().into());
        let wrong = at.index(some.len());
        let byte = at.index(some[wrong].1.len());
        // Behind the pack's end, too.
        some[wrong].1[byte] ^= 0x10;
        let index = some[wrong].0;
        prop_assert_eq!(code.verify(&pack, &borrowed(&some)), Err(CodeError::Foreign(index)));
        prop_assert_eq!(decoded(code, &pack, &some), Err(CodeError::Wrong));
    }

    #[test]
    fn swapped_and_truncated_shards_are_errors((pack, code, n) in cases(), seed in any::<u64>()) {
        prop_assume!(code.k() > 1);
        let all = shards(code, &pack, n);
        let mut some = all.clone();
        shuffle(&mut some, seed);
        some.truncate(code.k().into());
        let (first, second) = (some[0].0, some[1].0);
        if some[0].1 != some[1].1 {
            (some[0].0, some[1].0) = (second, first);
            prop_assert_eq!(decoded(code, &pack, &some), Err(CodeError::Wrong));
            let is_foreign = matches!(code.verify(&pack, &borrowed(&some)), Err(CodeError::Foreign(_)));
            prop_assert!(is_foreign);
        }
        some[0].0 = some[1].0;
        prop_assert_eq!(decoded(code, &pack, &some), Err(CodeError::Twice(some[1].0)));
        some[0].0 = SHARD_INDEX_MAX + 1;
        prop_assert_eq!(decoded(code, &pack, &some), Err(CodeError::Index(SHARD_INDEX_MAX + 1)));
        let mut short = all;
        short[0].1.pop();
        let is_short = matches!(decoded(code, &pack, &short), Err(CodeError::ShardLength { index: 0, .. }));
        prop_assert!(is_short);
    }

    #[test]
    fn whatever_bytes_come_decoding_only_says_no(
        k in any::<u8>(),
        bytes in prop_oneof![0_usize..2000, Just(PACK_BYTES_MAX + 1), Just(usize::MAX)],
        given in prop::collection::vec((0_u16..300, prop::collection::vec(any::<u8>(), 0..200)), 0..20),
    ) {
        let Ok(code) = Code::new(k) else { return Ok(()) };
        let nothing = PackId::from_bytes([0; 32]);
        prop_assert!(code.decode(&nothing, bytes, &borrowed(&given)).is_err());
    }
}

fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    for last in (1..items.len()).rev() {
        let other = usize::try_from(rng.next_u32()).unwrap() % (last + 1);
        items.swap(last, other);
    }
}

#[test]
fn verifying_finds_a_wrong_shard_wherever_it_is() {
    let (code, pack) = (code(3), noise(9, 1000));
    let all = shards(code, &pack, 11);
    for wrong in 0..11 {
        let mut some = all.clone();
        some[wrong].1[7] ^= 1;
        let index = some[wrong].0;
        assert_eq!(
            code.verify(&pack, &borrowed(&some)),
            Err(CodeError::Foreign(index))
        );
    }
    // One alone, as when a guardian joins.
    assert_eq!(code.verify(&pack, &borrowed(&all[9..10])), Ok(()));
    assert_eq!(
        code.verify(&noise(10, 1000), &borrowed(&all[9..10])),
        Err(CodeError::Foreign(9))
    );
}

#[test]
fn a_whole_pack_at_the_worst_loss() {
    // Longer than what is worked on at a time, and no multiple of anything.
    let pack = noise(1, PACK_BYTES_MAX);
    for (k, indices) in [
        (2, vec![3, 250]),
        (4, vec![6, 7, 8, 9]),
        (16, (24..40).collect()),
    ] {
        let code = code(k);
        let coded = code.encode(&pack, &indices).unwrap();
        let coded: Vec<_> = indices.into_iter().zip(coded).collect();
        assert_eq!(decoded(code, &pack, &coded), Ok(pack.clone()));
    }
}

#[test]
fn lengths_and_copies() {
    assert_eq!(Code::new(0), Err(CodeError::Code(0)));
    assert_eq!(Code::new(CODE_K_MAX + 1), Err(CodeError::Code(17)));
    assert_eq!(code(2).shard_bytes(65_577), 32_832);
    assert_eq!(code(2).shard_bytes(65_577) % SHARD_GRAIN_BYTES, 0);
    assert_eq!(Code::COPIES.shard_bytes(65_577), 65_577);
    let pack = noise(2, 700);
    let copies = Code::COPIES.encode(&pack, &[0, 5]).unwrap();
    assert_eq!(copies, [pack.clone(), pack.clone()]);
    assert_eq!(ShardId::of(&pack).as_bytes(), PackId::of(&pack).as_bytes());
    assert_eq!(code(2).encode(&[], &[0]), Err(CodeError::PackLength(0)));
    assert_eq!(code(2).encode(&pack, &[256]), Err(CodeError::Index(256)));
}
