//! Where content is cut: by what it says, not where it lies, so that an insertion changes the chunks around it only.
//!
//! FastCDC (Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data Deduplication", 2016;
//! "The Design of Fast Content-Defined Chunking for Data Deduplication Based Storage Systems", 2020) with the tables of
//! the `fastcdc` package, at normalization level 2.

use fastcdc::v2020::{self, MASKS};

use crate::bounds::{CHUNK_BYTES_AVERAGE, CHUNK_BYTES_MIN, OBJECT_BYTES_MAX};

/// The chunk's average length as a power of two: a mask of so many bits is met that seldom.
const AVERAGE_BITS: usize = CHUNK_BYTES_AVERAGE.ilog2() as usize;
/// Two bits stricter below the average and two laxer above it keep most chunks near it.
const STRICT: u64 = MASKS[AVERAGE_BITS + 2];
const LAX: u64 = MASKS[AVERAGE_BITS - 2];

/// How long the first chunk of `bytes` is. None where more bytes are needed to tell: with `is_last`, where there are
/// none; without, below [`OBJECT_BYTES_MAX`].
pub fn cut(bytes: &[u8], is_last: bool) -> Option<usize> {
    if bytes.is_empty() || (!is_last && bytes.len() < OBJECT_BYTES_MAX) {
        return None;
    }
    let (_, length) = v2020::cut(
        bytes,
        CHUNK_BYTES_MIN,
        CHUNK_BYTES_AVERAGE,
        OBJECT_BYTES_MAX,
        STRICT,
        LAX,
        STRICT << 1,
        LAX << 1,
    );
    Some(length)
}

/// Cuts content that comes in pieces. Push a piece, take chunks until there is none, push the next; then it holds
/// less than [`OBJECT_BYTES_MAX`] uncut, and in all never more than twice that and a piece.
#[derive(Debug, Default)]
pub struct Chunker {
    buffer: Vec<u8>,
    /// Where what isn't cut yet begins.
    start: usize,
    chunks: u64,
}

impl Chunker {
    /// A chunker at the beginning of some content.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece of the content, of any length.
    pub fn push(&mut self, piece: &[u8]) {
        // Moving the rest costs what was cut since it was last moved, so a byte is moved once or less.
        if self.start >= self.buffer.len() - self.start {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(piece);
    }

    /// The next chunk, or None where the next piece is needed first. `is_last`: there is no next piece; of empty content,
    /// the one chunk is empty.
    pub fn next_chunk(&mut self, is_last: bool) -> Option<&[u8]> {
        let rest = &self.buffer[self.start..];
        let length = match cut(rest, is_last) {
            Some(length) => length,
            None if is_last && self.chunks == 0 => 0,
            None => return None,
        };
        self.chunks += 1;
        self.start += length;
        Some(&self.buffer[self.start - length..self.start])
    }
}
