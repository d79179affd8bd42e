//! Which letters were read: a letter comes by several ways and again, and counts once.

use std::collections::BTreeMap;

use super::outgoing::LASTING_MS;
use crate::store::letters::LetterKey;

/// Letters that are remembered. Those read first are forgotten first; read twice, none does any harm.
const READ_MAX: usize = 4096;
/// Letters of one sender.
const OF_ONE_MAX: usize = 32;
/// How far ahead of this node's clock another's may be.
const AHEAD_MS_MAX: u64 = 24 * 60 * 60 * 1000;

/// The letters that were read, and when they came.
#[derive(Debug, Default)]
pub(super) struct ReadLetters(BTreeMap<LetterKey, u64>);

impl ReadLetters {
    pub(super) fn new(read: Vec<(LetterKey, u64)>) -> Self {
        Self(read.into_iter().collect())
    }

    /// Whether a letter, written at `time_ms`, is to be read.
    pub(super) fn is_new(&self, key: &LetterKey, time_ms: u64, now_ms: u64) -> bool {
        let is_old = time_ms.saturating_add(LASTING_MS) <= now_ms;
        let is_ahead = time_ms > now_ms.saturating_add(AHEAD_MS_MAX);
        !is_old && !is_ahead && !self.0.contains_key(key)
    }

    /// Remembers that a letter was read; gives those that are forgotten for it.
    pub(super) fn note(&mut self, key: LetterKey, now_ms: u64) -> Vec<LetterKey> {
        let from = key.0;
        let of_one = (from, [0; 16])..=(from, [255; 16]);
        let mut gone = Vec::new();
        let oldest = |rows: &mut dyn Iterator<Item = (&LetterKey, &u64)>| {
            rows.min_by_key(|(_, received_ms)| **received_ms)
                .map(|(key, _)| *key)
        };
        if self.0.range(of_one.clone()).count() >= OF_ONE_MAX {
            gone.extend(oldest(&mut self.0.range(of_one)));
        } else if self.0.len() >= READ_MAX {
            gone.extend(oldest(&mut self.0.iter()));
        }
        for key in &gone {
            self.0.remove(key);
        }
        self.0.insert(key, now_ms);
        gone
    }
}

#[cfg(test)]
mod tests {
    use hearth_keys::Identity;

    use super::super::outgoing::LASTING_MS;
    use super::{AHEAD_MS_MAX, OF_ONE_MAX, READ_MAX, ReadLetters};

    #[test]
    fn a_letter_is_read_once_and_not_when_it_is_old() {
        let mut read = ReadLetters::default();
        let (key, now_ms) = ((Identity::from_bytes([1; 32]), [1; 16]), 10 * LASTING_MS);
        assert!(read.is_new(&key, now_ms, now_ms));
        assert!(read.note(key, now_ms).is_empty());
        assert!(!read.is_new(&key, now_ms, now_ms));
        let other = (key.0, [2; 16]);
        assert!(!read.is_new(&other, now_ms - LASTING_MS, now_ms));
        assert!(!read.is_new(&other, now_ms + AHEAD_MS_MAX + 1, now_ms));
        assert!(read.is_new(&other, now_ms + AHEAD_MS_MAX, now_ms));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut read = ReadLetters::default();
        for number in 0..200u8 {
            let _ = read.note((Identity::from_bytes([7; 32]), [number; 16]), number.into());
        }
        assert_eq!(read.0.len(), OF_ONE_MAX);
        for number in 0..2 * READ_MAX {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            let gone = read.note((Identity::from_bytes(bytes), [0; 16]), 1_000);
            assert!(gone.len() <= 1);
        }
        assert_eq!(read.0.len(), READ_MAX);
    }
}
