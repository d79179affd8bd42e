//! Shards: a pack spread over guardians so that any `k` of them give it back.
//!
//! The code is systematic Reed–Solomon over GF(2¹⁶) (Lin, Chung and Han, "Novel Polynomial Basis and Its Application to
//! Reed–Solomon Erasure Codes", 2014, as `reed-solomon-simd` does it): the pack cut into `k` pieces of equal length is
//! shards 0 to k−1, and what the polynomial through them gives at further places are shards k and up.
//!
//! Which of the library's two arrangements is used depends, unless one says, on how many shards are asked for; then a
//! shard's bytes would change as guardians join. Here it is always the *low rate* one, where a shard depends on the pack,
//! `k` and its own index alone.
//!
//! With `k` = 1 each shard is the pack itself.

use reed_solomon_simd::engine::DefaultEngine;
use reed_solomon_simd::rate::{LowRateDecoder, LowRateEncoder, RateDecoder, RateEncoder};

use crate::bounds::{CODE_K_MAX, PACK_BYTES_MAX, SHARD_INDEX_MAX};
use crate::content_id::content_id;
use crate::pack::PackId;

content_id!(
    /// Names a shard: BLAKE3 of its bytes. With one of `k` = 1 it is the pack's own id.
    ShardId
);

/// A shard's length is a multiple of this.
pub const SHARD_GRAIN_BYTES: usize = 64;

/// What the library works on at a time: packs are coded in slices, so that memory doesn't grow with the indices.
const WORK_BYTES: usize = 8 * 1024 * 1024;

/// How many shards a pack needs to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u8);

/// Why shards can't be made or don't give a pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// `k` is 0 or above its bound.
    #[error("no pack is cut into {0} pieces")]
    Code(u8),
    /// A pack is empty or longer than any may be.
    #[error("no pack is {0} bytes long")]
    PackLength(usize),
    /// An index is out of bounds.
    #[error("there is no shard {0}")]
    Index(u16),
    /// One index comes twice.
    #[error("shard {0} is there twice")]
    Twice(u16),
    /// A shard isn't as long as those of this pack are.
    #[error("shard {index} has {length} bytes instead of {expected}")]
    ShardLength {
        /// Which one.
        index: u16,
        /// Its length.
        length: usize,
        /// What its length must be.
        expected: usize,
    },
    /// Fewer shards than the code needs.
    #[error("{have} shards, of which {need} are needed")]
    TooFew {
        /// How many there are.
        have: usize,
        /// How many it takes.
        need: usize,
    },
    /// The shards give other bytes than the pack named: at least one of them is wrong.
    #[error("the shards don't give the pack: one of them is wrong or belongs elsewhere")]
    Wrong,
    /// A shard isn't what the pack's code gives for its index.
    #[error("shard {0} doesn't belong to the pack")]
    Foreign(u16),
}

impl Code {
    /// Every shard is the whole pack.
    pub const COPIES: Self = Self(1);

    /// A code of which any `k` shards give the pack.
    pub const fn new(k: u8) -> Result<Self, CodeError> {
        if k == 0 || k > CODE_K_MAX {
            Err(CodeError::Code(k))
        } else {
            Ok(Self(k))
        }
    }

    /// How many shards give the pack.
    pub const fn k(self) -> u8 {
        self.0
    }

    /// The length of each shard of a pack of `pack_bytes`.
    pub const fn shard_bytes(self, pack_bytes: usize) -> usize {
        if self.0 == 1 {
            pack_bytes
        } else {
            pack_bytes
                .div_ceil(self.0 as usize)
                .next_multiple_of(SHARD_GRAIN_BYTES)
        }
    }

    /// The shards of a sealed pack at `indices`, in their order.
    pub fn encode(self, sealed: &[u8], indices: &[u16]) -> Result<Vec<Vec<u8>>, CodeError> {
        check_pack(sealed.len())?;
        if let Some(&index) = indices.iter().find(|&&index| index > SHARD_INDEX_MAX) {
            return Err(CodeError::Index(index));
        }
        if self == Self::COPIES {
            return Ok(indices.iter().map(|_| sealed.to_vec()).collect());
        }
        let pieces = self.pieces(sealed);
        let k = usize::from(self.0);
        let mut shards: Vec<Vec<u8>> = indices
            .iter()
            .map(|&index| pieces.get(usize::from(index)).cloned().unwrap_or_default())
            .collect();
        if let Some(&last) = indices.iter().max().filter(|&&last| usize::from(last) >= k) {
            let wanted = indices
                .iter()
                .zip(&mut shards)
                .filter_map(|(&index, shard)| Some((usize::from(index).checked_sub(k)?, shard)))
                .collect();
            self.encode_recovery(&pieces, usize::from(last) + 1 - k, wanted);
        }
        Ok(shards)
    }

    /// The pack cut into `k` pieces, the last padded with zeros.
    fn pieces(self, sealed: &[u8]) -> Vec<Vec<u8>> {
        let bytes = self.shard_bytes(sealed.len());
        let piece = |number: usize| {
            let from = (number * bytes).min(sealed.len());
            let mut piece = sealed[from..sealed.len().min(from + bytes)].to_vec();
            piece.resize(bytes, 0);
            piece
        };
        (0..usize::from(self.0)).map(piece).collect()
    }

    /// Fills the `wanted` of the first `count` recovery shards, slice by slice.
    fn encode_recovery(
        self,
        pieces: &[Vec<u8>],
        count: usize,
        mut wanted: Vec<(usize, &mut Vec<u8>)>,
    ) {
        let k = usize::from(self.0);
        let bytes = pieces[0].len();
        let mut encoder: Option<LowRateEncoder<DefaultEngine>> = None;
        for (from, to) in slices(bytes, count + k.next_power_of_two()) {
            const BOUNDED: &str = "k, the shards' number and their length are within bounds";
            let engine = match &mut encoder {
                Some(encoder) => {
                    encoder.reset(k, count, to - from).expect(BOUNDED);
                    encoder
                }
                none => none.insert(
                    LowRateEncoder::new(k, count, to - from, DefaultEngine::new(), None)
                        .expect(BOUNDED),
                ),
            };
            for piece in pieces {
                engine
                    .add_original_shard(&piece[from..to])
                    .expect("k pieces of one length");
            }
            let coded = engine.encode().expect("all k pieces are there");
            for (number, shard) in &mut wanted {
                shard.extend_from_slice(coded.recovery(*number).expect("below the count"));
            }
        }
    }

    /// The pack that is named `id` and `pack_bytes` long, from any `k` of its shards. Of more the
    /// pieces are taken, then the first that make them `k`.
    ///
    /// [`CodeError::Wrong`] if what comes out isn't that pack.
    pub fn decode(
        self,
        id: &PackId,
        pack_bytes: usize,
        shards: &[(u16, &[u8])],
    ) -> Result<Vec<u8>, CodeError> {
        self.check(pack_bytes, shards)?;
        let mut joined = self.join(pack_bytes, shards)?;
        let is_padded = joined[pack_bytes..].iter().all(|&byte| byte == 0);
        joined.truncate(pack_bytes);
        if is_padded && PackId::of(&joined) == *id {
            Ok(joined)
        } else {
            Err(CodeError::Wrong)
        }
    }

    /// Checks that each of `shards`, however many, is what this pack's code gives: they are decoded, in sets that
    /// contain every one of them, and the outcome is compared with the pack.
    pub fn verify(self, sealed: &[u8], shards: &[(u16, &[u8])]) -> Result<(), CodeError> {
        self.check(sealed.len(), shards)?;
        let k = u16::from(self.0);
        if self == Self::COPIES {
            return match shards.iter().find(|(_, shard)| *shard != sealed) {
                Some((index, _)) => Err(CodeError::Foreign(*index)),
                None => Ok(()),
            };
        }
        let pieces = self.pieces(sealed);
        let (data, recovery): (Vec<_>, Vec<_>) =
            shards.iter().copied().partition(|(index, _)| *index < k);
        for (index, shard) in data {
            if pieces[usize::from(index)] != shard {
                return Err(CodeError::Foreign(index));
            }
        }
        for set in recovery.chunks(usize::from(k)) {
            if !self.gives(sealed.len(), &pieces, set) {
                let wrong = set
                    .iter()
                    .find(|&&shard| !self.gives(sealed.len(), &pieces, &[shard]));
                return Err(CodeError::Foreign(wrong.unwrap_or(&set[0]).0));
            }
        }
        Ok(())
    }

    /// Whether up to `k` recovery shards, with as many pieces as are missing then, decode to the pack. Each of them
    /// stands for a piece that isn't given, so that a wrong one shows.
    fn gives(self, bytes: usize, pieces: &[Vec<u8>], recovery: &[(u16, &[u8])]) -> bool {
        let filling = pieces.iter().zip(0..).skip(recovery.len());
        let filling = filling.map(|(piece, index)| (index, &piece[..]));
        let set: Vec<(u16, &[u8])> = filling.chain(recovery.iter().copied()).collect();
        self.join(bytes, &set)
            .is_ok_and(|joined| joined.chunks(pieces[0].len()).eq(pieces.iter()))
    }

    fn check(self, pack_bytes: usize, shards: &[(u16, &[u8])]) -> Result<(), CodeError> {
        check_pack(pack_bytes)?;
        let expected = self.shard_bytes(pack_bytes);
        let mut seen = [false; SHARD_INDEX_MAX as usize + 1];
        for &(index, shard) in shards {
            let seen = seen
                .get_mut(usize::from(index))
                .ok_or(CodeError::Index(index))?;
            if std::mem::replace(seen, true) {
                return Err(CodeError::Twice(index));
            }
            if shard.len() != expected {
                let length = shard.len();
                return Err(CodeError::ShardLength {
                    index,
                    length,
                    expected,
                });
            }
        }
        Ok(())
    }

    /// Joins `k` shards that were checked; the outcome is whatever they give, padding included.
    fn join(self, pack_bytes: usize, shards: &[(u16, &[u8])]) -> Result<Vec<u8>, CodeError> {
        let k = usize::from(self.0);
        if shards.len() < k {
            let have = shards.len();
            return Err(CodeError::TooFew { have, need: k });
        }
        if self == Self::COPIES {
            return Ok(shards[0].1.to_vec());
        }
        let bytes = self.shard_bytes(pack_bytes);
        let mut joined = vec![0; k * bytes];
        let (data, recovery): (Vec<_>, Vec<_>) = shards
            .iter()
            .copied()
            .partition(|(index, _)| usize::from(*index) < k);
        for &(index, shard) in &data {
            joined[usize::from(index) * bytes..][..bytes].copy_from_slice(shard);
        }
        if data.len() < k {
            self.recover(&data, &recovery[..k - data.len()], &mut joined);
        }
        Ok(joined)
    }

    /// Fills in the pieces that are missing in `joined`, slice by slice.
    fn recover(self, data: &[(u16, &[u8])], recovery: &[(u16, &[u8])], joined: &mut [u8]) {
        let k = usize::from(self.0);
        let bytes = joined.len() / k;
        let number = |index: u16| usize::from(index) - k;
        let count = recovery.iter().map(|(index, _)| number(*index) + 1).max();
        let count = count.expect("something is missing, so that recovery shards are at hand");
        let places = (k.next_power_of_two() + count).next_power_of_two();
        for (from, to) in slices(bytes, places) {
            let mut decoder: LowRateDecoder<DefaultEngine> =
                LowRateDecoder::new(k, count, to - from, DefaultEngine::new(), None)
                    .expect("k, the shards' number and their length are within bounds");
            for (index, shard) in data {
                decoder
                    .add_original_shard(usize::from(*index), &shard[from..to])
                    .expect("each index once, below k, all of one length");
            }
            for (index, shard) in recovery {
                decoder
                    .add_recovery_shard(number(*index), &shard[from..to])
                    .expect("each index once, all of one length");
            }
            let restored = decoder.decode().expect("k shards in all");
            for (index, piece) in restored.restored_original_iter() {
                joined[index * bytes + from..index * bytes + to].copy_from_slice(piece);
            }
        }
    }
}

const fn check_pack(bytes: usize) -> Result<(), CodeError> {
    if bytes == 0 || bytes > PACK_BYTES_MAX {
        Err(CodeError::PackLength(bytes))
    } else {
        Ok(())
    }
}

/// Cuts shards of `bytes` so that `places` of them at a time stay within [`WORK_BYTES`].
fn slices(bytes: usize, places: usize) -> impl Iterator<Item = (usize, usize)> {
    let step = (WORK_BYTES / places / SHARD_GRAIN_BYTES).max(1) * SHARD_GRAIN_BYTES;
    (0..bytes)
        .step_by(step)
        .map(move |from| (from, bytes.min(from + step)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_librarys_own_where_both_arrangements_agree() {
        // Asked for next_pow2(k) recovery shards or more, the library chooses what is chosen here, or its equal.
        for k in 2..=CODE_K_MAX {
            let pack: Vec<u8> = (0..=255).cycle().take(usize::from(k) * 128).collect();
            let pieces: Vec<&[u8]> = pack.chunks(128).collect();
            for count in [1, 2].map(|times| times * usize::from(k).next_power_of_two()) {
                let theirs = reed_solomon_simd::encode(pieces.len(), count, &pieces);
                let indices: Vec<u16> = (u16::from(k)..).take(count).collect();
                let ours = Code::new(k).expect("within bounds").encode(&pack, &indices);
                assert_eq!(ours.ok(), theirs.ok(), "k = {k}, {count} more");
            }
        }
    }
}
