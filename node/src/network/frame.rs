//! Frames on a byte stream: a big-endian `u32` length (1…[`FRAME_BYTES_MAX`]), then so many bytes.
//!
//! No IO here: bytes in, frames out.

use super::limits::FRAME_BYTES_MAX;

/// A frame's length takes so many bytes.
pub(super) const HEADER_BYTES: usize = 4;

/// Room is made for no more than this ahead of what arrived.
const GROWTH_BYTES_MAX: usize = 64 << 10;

/// The length of a frame isn't 1…[`FRAME_BYTES_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {length} bytes: 1 to {FRAME_BYTES_MAX} are allowed")]
pub(super) struct FrameError {
    length: usize,
}

/// The header of a frame of `length` bytes.
pub(super) fn header(length: usize) -> Result<[u8; HEADER_BYTES], FrameError> {
    match u32::try_from(check(length)?) {
        Ok(length) => Ok(length.to_be_bytes()),
        Err(_) => Err(FrameError { length }),
    }
}

fn check(length: usize) -> Result<usize, FrameError> {
    if (1..=FRAME_BYTES_MAX).contains(&length) {
        Ok(length)
    } else {
        Err(FrameError { length })
    }
}

/// Cuts a byte stream into frames, however it was split on its way.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    header: [u8; HEADER_BYTES],
    header_filled: usize,
    body: Vec<u8>,
}

impl Decoder {
    /// Whether a frame has begun and isn't complete.
    pub(super) fn is_amid_frame(&self) -> bool {
        self.header_filled > 0
    }

    /// Takes bytes off the front of `input` until a frame is complete or nothing is left.
    ///
    /// # Errors
    /// When a length is out of bounds; the stream can't be read any further then.
    pub(super) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Vec<u8>>, FrameError> {
        self.fill_header(input);
        if self.header_filled < HEADER_BYTES {
            return Ok(None);
        }
        let length = check(u32::from_be_bytes(self.header) as usize)?;
        self.fill_body(length, input);
        if self.body.len() < length {
            return Ok(None);
        }
        self.header_filled = 0;
        Ok(Some(std::mem::take(&mut self.body)))
    }

    fn fill_header(&mut self, input: &mut &[u8]) {
        let taken = input.len().min(HEADER_BYTES - self.header_filled);
        let (head, rest) = input.split_at(taken);
        self.header[self.header_filled..self.header_filled + taken].copy_from_slice(head);
        self.header_filled += taken;
        *input = rest;
    }

    fn fill_body(&mut self, length: usize, input: &mut &[u8]) {
        let missing = length - self.body.len();
        let taken = input.len().min(missing);
        let (piece, rest) = input.split_at(taken);
        if self.body.capacity() - self.body.len() < taken {
            self.body
                .reserve_exact(missing.min(taken.max(GROWTH_BYTES_MAX)));
        }
        self.body.extend_from_slice(piece);
        *input = rest;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn encode(frames: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for frame in frames {
            bytes.extend_from_slice(&header(frame.len()).unwrap());
            bytes.extend_from_slice(frame);
        }
        bytes
    }

    fn decode(decoder: &mut Decoder, mut input: &[u8]) -> Result<Vec<Vec<u8>>, FrameError> {
        let mut frames = Vec::new();
        while let Some(frame) = decoder.next(&mut input)? {
            frames.push(frame);
        }
        assert!(input.is_empty());
        Ok(frames)
    }

    /// A small generator, so that a failing seed can be named.
    fn numbers(mut state: u64) -> impl FnMut(usize) -> usize {
        move |below| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % below as u64).unwrap()
        }
    }

    #[test]
    fn any_frames_survive_any_split() {
        for seed in 1..200 {
            let mut number = numbers(seed);
            let frames: Vec<Vec<u8>> = (0..number(20))
                .map(|index| vec![u8::try_from(index).unwrap(); 1 + number(3_000)])
                .collect();
            let bytes = encode(&frames);
            let mut decoder = Decoder::default();
            let mut decoded = Vec::new();
            let mut at = 0;
            while at < bytes.len() {
                let end = (at + 1 + number(700)).min(bytes.len());
                decoded.extend(decode(&mut decoder, &bytes[at..end]).unwrap());
                at = end;
            }
            assert_eq!(decoded, frames, "seed {seed}");
            assert!(!decoder.is_amid_frame());
        }
    }

    #[test]
    fn every_noise_ends_in_frames_or_an_error() {
        for seed in 1..300 {
            let mut number = numbers(seed);
            let noise: Vec<u8> = (0..number(200))
                .map(|_| u8::try_from(number(256)).unwrap())
                .collect();
            let mut decoder = Decoder::default();
            match decode(&mut decoder, &noise) {
                Ok(frames) => {
                    let whole = encode(&frames);
                    assert_eq!(whole, noise[..whole.len()]);
                }
                Err(error) => assert!(check(error.length).is_err()),
            }
        }
    }

    #[test]
    fn lengths_are_bounded_on_both_sides() {
        for length in [0, FRAME_BYTES_MAX + 1, usize::MAX] {
            assert_eq!(header(length), Err(FrameError { length }));
        }
        let largest = vec![7; FRAME_BYTES_MAX];
        let bytes = encode(std::slice::from_ref(&largest));
        assert_eq!(
            decode(&mut Decoder::default(), &bytes).unwrap(),
            vec![largest]
        );
        for claimed in [0_u32, (1 << 20) + 1, u32::MAX] {
            let mut decoder = Decoder::default();
            assert!(decode(&mut decoder, &claimed.to_be_bytes()).is_err());
        }
    }

    #[test]
    fn a_claimed_length_costs_no_memory() {
        let mut decoder = Decoder::default();
        let mut input: &[u8] = &header(FRAME_BYTES_MAX).unwrap();
        assert_eq!(decoder.next(&mut input), Ok(None));
        assert!(decoder.is_amid_frame());
        assert_eq!(decoder.body.capacity(), 0);
        let mut input: &[u8] = &[1; 100];
        assert_eq!(decoder.next(&mut input), Ok(None));
        assert!(decoder.body.capacity() <= GROWTH_BYTES_MAX + 100);
    }
}
