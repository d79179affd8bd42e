//! Sets of entries as bits, by their index in the order of a history.

/// For each entry of a history the set of those before it that it descends from.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    words: Vec<u64>,
    /// Where each row begins; the last one is where the next would.
    starts: Vec<usize>,
}

impl Rows {
    /// Adds the next entry's row: its parents and all their ancestors.
    pub(super) fn push(&mut self, parents: &[usize]) {
        let start = self.words.len();
        let index = self.starts.len();
        self.starts.push(start);
        self.words.resize(start + index.div_ceil(64), 0);
        let (earlier, row) = self.words.split_at_mut(start);
        for &parent in parents {
            let from = self.starts[parent];
            let length = parent.div_ceil(64);
            for (word, more) in row.iter_mut().zip(&earlier[from..from + length]) {
                *word |= more;
            }
            row[parent / 64] |= 1 << (parent % 64);
        }
    }

    /// Takes the last row away.
    pub(super) fn pop(&mut self) {
        if let Some(start) = self.starts.pop() {
            self.words.truncate(start);
        }
    }

    /// Whether `entry` descends from `ancestor`.
    pub(super) fn has(&self, entry: usize, ancestor: usize) -> bool {
        ancestor < entry
            && self.words[self.starts[entry] + ancestor / 64] >> (ancestor % 64) & 1 == 1
    }

    /// Adds all that `entry` descends from to a set.
    pub(super) fn join(&self, entry: usize, set: &mut Bits) {
        let start = self.starts[entry];
        let row = &self.words[start..start + entry.div_ceil(64)];
        for (word, more) in set.0.iter_mut().zip(row) {
            *word |= more;
        }
    }
}

/// A set of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// None of `length` entries.
    pub(super) fn none(length: usize) -> Self {
        Self(vec![0; length.div_ceil(64)])
    }

    /// All of `length` entries.
    pub(super) fn all(length: usize) -> Self {
        let mut all = Self::none(length);
        (0..length).for_each(|index| {
            all.insert(index);
        });
        all
    }

    pub(super) fn has(&self, index: usize) -> bool {
        self.0[index / 64] >> (index % 64) & 1 == 1
    }

    /// Says whether it is new.
    pub(super) fn insert(&mut self, index: usize) -> bool {
        let (word, bit) = (&mut self.0[index / 64], 1 << (index % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    pub(super) fn remove(&mut self, index: usize) {
        self.0[index / 64] &= !(1 << (index % 64));
    }
}
