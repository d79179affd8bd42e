//! Texts as they are searched: letters without case and accents, and where in them a word begins.
//!
//! What is folded is compared and forgotten; nothing is kept or shown folded. Only here is unicode-normalization named.

use std::ops::Range;

use unicode_normalization::char::decompose_compatible;

/// A text without case and accents; white space of any kind and length is one space, what can't be seen isn't there.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = Folding::default();
    text.chars().for_each(|c| folded.push(c));
    folded.text
}

/// A text being folded.
#[derive(Debug, Default)]
struct Folding {
    text: String,
}

impl Folding {
    fn push(&mut self, c: char) {
        if c.is_ascii_alphanumeric() {
            self.text.push(c.to_ascii_lowercase());
        } else if c.is_whitespace() {
            if !self.text.ends_with(' ') {
                self.text.push(' ');
            }
        } else if c.is_ascii() {
            self.text.push(c);
        } else {
            decompose_compatible(c, |part| self.push_part(part));
        }
    }

    fn push_part(&mut self, part: char) {
        if is_accent(part) || is_unseen(part) {
            return;
        }
        for lower in part.to_lowercase().filter(|lower| !is_accent(*lower)) {
            match lower {
                'ß' => self.text.push_str("ss"),
                'æ' => self.text.push_str("ae"),
                'œ' => self.text.push_str("oe"),
                'ς' => self.text.push('σ'),
                'ı' => self.text.push('i'),
                'ø' => self.text.push('o'),
                'ł' => self.text.push('l'),
                'đ' => self.text.push('d'),
                'ħ' => self.text.push('h'),
                space if space.is_whitespace() => self.text.push(' '),
                other => self.text.push(other),
            }
        }
    }
}

/// Marks on letters that people leave out when they search. In scripts of India marks are vowels, in kana another sound:
/// these stay.
fn is_accent(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{489}'
            | '\u{591}'..='\u{5c7}'
            | '\u{610}'..='\u{61a}'
            | '\u{640}'
            | '\u{64b}'..='\u{65f}'
            | '\u{670}'
            | '\u{6d6}'..='\u{6ed}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

/// What takes no room and can stand anywhere.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

/// Letters of scripts that put no spaces between words: a word of theirs begins anywhere.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(
        c,
        '\u{e00}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1100}'..='\u{11ff}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{2e80}'..='\u{2fdf}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{30ff}'
            | '\u{3130}'..='\u{318f}'
            | '\u{31f0}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{a960}'..='\u{a97f}'
            | '\u{ac00}'..='\u{d7ff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

/// Whether a letter goes on with a word that stands before it.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether no word goes on from one letter to the next.
fn is_edge(before: Option<char>, after: Option<char>) -> bool {
    let goes_on = |c: char| is_word(c) && !is_unspaced(c);
    !(before.is_some_and(goes_on) && after.is_some_and(goes_on))
}

/// Something to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    folded: String,
    /// Whether a word must end where it does: else it may be a word's beginning.
    is_whole: bool,
}

impl Term {
    /// The beginning of a word; a tag is a whole word. `None` if there is nothing to look for.
    pub(crate) fn word(text: &str) -> Option<Self> {
        let folded = fold(text).trim().to_owned();
        let is_whole = folded.starts_with('#') && folded.len() > 1;
        (!folded.is_empty()).then_some(Self { folded, is_whole })
    }

    /// The same, and a tag may go on, too.
    pub(crate) fn beginning(text: &str) -> Option<Self> {
        let is_whole = false;
        Self::word(text).map(|term| Self { is_whole, ..term })
    }

    /// Words that follow each other. `None` if there are none.
    pub(crate) fn phrase(text: &str) -> Option<Self> {
        let folded = fold(text).trim().to_owned();
        let is_whole = true;
        (!folded.is_empty()).then_some(Self { folded, is_whole })
    }

    /// What is looked for, folded.
    pub(crate) fn folded(&self) -> &str {
        &self.folded
    }

    /// Whether it is in a folded text.
    pub(crate) fn is_in(&self, folded: &str) -> bool {
        self.places(folded).next().is_some()
    }

    /// Where it is in a folded text.
    fn places<'a>(&'a self, folded: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let term = self.folded.as_str();
        folded.match_indices(term).filter_map(move |(at, _)| {
            let end = at + term.len();
            let begins = is_edge(folded[..at].chars().next_back(), term.chars().next());
            let ends =
                !self.is_whole || is_edge(term.chars().next_back(), folded[end..].chars().next());
            (begins && ends).then_some(at..end)
        })
    }
}

/// Where terms are in a text: ranges of its bytes, ascending, none of which touches another.
pub(crate) fn marks(text: &str, terms: &[Term]) -> Vec<Range<usize>> {
    let mut folding = Folding::default();
    // Where each letter of the text begins in the folded one, and in the text.
    let mut starts: Vec<(usize, usize)> = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        starts.push((folding.text.len(), at));
        folding.push(c);
    }
    let folded = folding.text;
    let mut found: Vec<Range<usize>> = Vec::new();
    for term in terms {
        found.extend(term.places(&folded).map(|place| {
            let first = starts.partition_point(|(start, _)| *start <= place.start);
            let from = starts
                .get(first.saturating_sub(1))
                .map_or(0, |start| start.1);
            // Letters that became nothing belong to the one before them.
            let within = starts.partition_point(|(start, _)| *start < place.end);
            let after = starts.partition_point(|(start, _)| *start <= place.end);
            let next = within.max(after.saturating_sub(1));
            let to = starts.get(next).map_or(text.len(), |start| start.1);
            let to = if place.end == folded.len() {
                text.len()
            } else {
                to
            };
            from..to
        }));
    }
    found.sort_by_key(|range| (range.start, range.end));
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for range in found {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn is_found(term: &str, text: &str) -> bool {
        Term::word(term).unwrap().is_in(&fold(text))
    }

    #[test]
    fn case_and_accents_make_no_difference() {
        for (term, text) in [
            ("cafe", "Un CAFÉ, s'il vous plaît"),
            ("café", "cafe\u{301}"),
            ("strasse", "Straße"),
            ("STRASSE", "straße"),
            ("smorrebrod", "Smørrebrød"),
            ("lodz", "Łódź"),
            ("σοφοσ", "ΣΟΦΌΣ"),
            ("istanbul", "İstanbul"),
            ("москва", "МОСКВА"),
            ("елка", "Ёлка"),
            ("ﬁne", "fine"),
            ("abc", "ＡＢＣ"),
            ("soft", "so\u{ad}ft"),
            ("שלום", "שָׁלוֹם"),
            ("محمد", "مُحَمَّد"),
        ] {
            assert!(is_found(term, text), "{term} in {text}");
        }
        assert!(!is_found("कि", "का"));
        assert!(!is_found("か", "\u{30ac}"));
    }

    #[test]
    fn words_are_found_by_their_beginning_and_others_anywhere() {
        assert!(is_found("gard", "my gardens"));
        assert!(!is_found("ardens", "my gardens"));
        assert!(is_found("東京", "私は東京に住む"));
        assert!(is_found("한국", "저는한국에"));
        assert!(is_found("mail", "an e-mail"));
        assert!(!is_found("b", "a_b"));
        assert!(is_found("#go", "I like #go!"));
        assert!(!is_found("#go", "I like #golang"));
        let phrase = Term::phrase("book  Club").unwrap();
        assert!(phrase.is_in(&fold("the BOOK\nclub.")));
        assert!(!phrase.is_in(&fold("the book clubs")));
        for nothing in ["", " ", "\u{200b}", "\u{301}"] {
            assert_eq!(Term::word(nothing), None);
            assert_eq!(Term::phrase(nothing), None);
        }
    }

    #[test]
    fn marks_are_in_the_text_as_it_was_written() {
        let terms = ["cafe", "creme", "strass"].map(|term| Term::word(term).unwrap());
        let text = "Cafe\u{301}  crème, Straße, café";
        let marks = marks(text, &terms);
        let marked: Vec<&str> = marks.into_iter().map(|range| &text[range]).collect();
        assert_eq!(marked, ["Cafe\u{301}", "crème", "Straß", "café"]);
    }

    #[test]
    fn marks_of_any_text_lie_between_its_letters() {
        let texts = [
            "İı\u{301}ßß",
            "か\u{3099}ガ東",
            "ﬁ ﬁ\u{ad}",
            "a\u{301}\u{301}b",
        ];
        for text in texts {
            let folded = fold(text);
            for (at, c) in folded.char_indices() {
                let term = Term {
                    folded: folded[at..at + c.len_utf8()].to_owned(),
                    is_whole: false,
                };
                for range in marks(text, &[term]) {
                    assert!(text.get(range).is_some_and(|part| !part.is_empty()));
                }
            }
        }
    }
}
