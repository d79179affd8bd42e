//! The words of the list that a mistyped word may have meant.

use std::fmt;

use bip39::Language;

/// More suggestions would rather confuse.
const SUGGESTIONS_MAX: usize = 3;

/// Words further away than this many edits aren't worth showing.
const DISTANCE_MAX: usize = 2;

/// No word of the list is longer than 8 letters: what is longer than this resembles none.
const WORD_BYTES_MAX: usize = 16;

/// The words of the list that are nearest to a mistyped one, the likeliest first; perhaps none.
///
/// `Display` is the end of a sentence: `: did you mean “abandon” or “ability”?`.
#[derive(Clone, PartialEq, Eq)]
pub struct Suggestions(Vec<&'static str>);

impl Suggestions {
    /// The suggested words.
    #[must_use]
    pub fn words(&self) -> &[&'static str] {
        &self.0
    }

    pub(super) fn for_word(typed: &str) -> Suggestions {
        if typed.len() > WORD_BYTES_MAX {
            return Suggestions(Vec::new());
        }
        let mut near: Vec<_> = Language::English
            .word_list()
            .iter()
            .map(|word| (rank(typed, word), *word))
            .filter(|(rank, _)| *rank <= DISTANCE_MAX)
            .collect();
        near.sort_unstable();
        let best = near.first().map(|(rank, _)| *rank);
        near.retain(|(rank, _)| Some(*rank) == best);
        near.truncate(SUGGESTIONS_MAX);
        Suggestions(near.into_iter().map(|(_, word)| word).collect())
    }
}

impl fmt::Display for Suggestions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            let before = if index == 0 { ": did you mean" } else { " or" };
            write!(f, "{before} “{word}”")?;
        }
        if self.0.is_empty() {
            Ok(())
        } else {
            f.write_str("?")
        }
    }
}

impl fmt::Debug for Suggestions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Suggestions({} secret)", self.0.len())
    }
}

/// Edits between the two; the first four letters of a word name it (BIP39), so typing on wrongly
/// after these counts as one.
fn rank(typed: &str, word: &str) -> usize {
    let edits = distance(typed.as_bytes(), word.as_bytes());
    match (typed.get(..4), word.get(..4)) {
        (Some(typed), Some(word)) if typed == word => edits.min(1),
        _ => edits,
    }
}

/// Optimal string alignment distance: letters put in, left out, replaced, or two neighbours
/// swapped.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut older = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(older[j - 2] + 1);
            }
        }
        older = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
