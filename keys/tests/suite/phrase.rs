//! Phrases as people type them.

use hearth_keys::{Phrase, PhraseError};

use crate::support::rng;

/// BIP39's vector for 256 bits of 0x7f.
const WORDS: &str = "legal winner thank year wave sausage worth useful legal winner thank year \
    wave sausage worth useful legal winner thank year wave sausage worth title";

fn replace(position: usize, word: &str) -> String {
    let mut words: Vec<_> = WORDS.split(' ').collect();
    words[position - 1] = word;
    words.join(" ")
}

/// What is said about word 3 when it is typed like this.
fn suggestions(typed: &str) -> Vec<&'static str> {
    match Phrase::parse(&replace(3, typed)) {
        Err(PhraseError::UnknownWord {
            position: 3,
            suggestions,
        }) => suggestions.words().to_vec(),
        other => panic!("{typed}: {other:?}"),
    }
}

#[test]
fn a_phrase_reads_back_however_it_is_spaced() {
    let identity = Phrase::parse(WORDS).unwrap().root().identity();
    let lines = WORDS.replace(" wave", "\r\n\twave");
    for text in [
        lines,
        format!("  {WORDS}\n"),
        WORDS.to_uppercase(),
        WORDS.replace(' ', "   "),
    ] {
        let phrase = Phrase::parse(&text).unwrap();
        assert_eq!(*phrase.expose(), WORDS);
        assert_eq!(phrase.root().identity(), identity);
    }
}

#[test]
fn fresh_phrases_read_back_and_differ() {
    let mut rng = rng(30);
    let first = Phrase::generate(&mut rng);
    let second = Phrase::generate(&mut rng);
    let first_again = Phrase::parse(&first.expose()).unwrap();
    assert_eq!(first_again.root().identity(), first.root().identity());
    assert_ne!(first.root().identity(), second.root().identity());
}

#[test]
fn the_count_of_words_is_told() {
    for (text, count) in [("", 0), ("legal", 1), (&WORDS[6..], 23)] {
        let error = Phrase::parse(text).unwrap_err();
        assert_eq!(error, PhraseError::WrongWordCount(count));
        assert!(error.to_string().contains(&count.to_string()));
    }
    // Twelve words are BIP39 as well, but not ours.
    let twelve = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    assert_eq!(
        Phrase::parse(twelve).unwrap_err(),
        PhraseError::WrongWordCount(12)
    );
}

#[test]
fn a_mistyped_word_is_named_and_the_nearest_suggested() {
    assert_eq!(suggestions("thnak"), ["thank"]);
    assert_eq!(suggestions("thankk"), ["thank"]);
    assert_eq!(suggestions("thankful"), ["thank"]);
    assert_eq!(suggestions("winnre"), ["winner"]);
    assert_eq!(suggestions("abandonment"), ["abandon"]);
    assert!(suggestions("hearth").contains(&"heart"));
    assert!(suggestions("xyzzyxyzzy").is_empty());
    assert!(suggestions("ééé").is_empty());
    assert!(suggestions(&"q".repeat(100_000)).is_empty());
}

#[test]
fn the_message_reads_well() {
    let said = |typed| Phrase::parse(&replace(3, typed)).unwrap_err().to_string();
    assert_eq!(
        said("thnak"),
        "word 3 is not in the word list: did you mean “thank”?"
    );
    assert_eq!(said("xyzzyxyzzy"), "word 3 is not in the word list");
}

#[test]
fn words_that_do_not_belong_together_are_noticed() {
    let swapped = WORDS.replacen("legal winner", "winner legal", 1);
    assert_eq!(Phrase::parse(&swapped).unwrap_err(), PhraseError::Checksum);
    let other = replace(24, "tired");
    assert_eq!(Phrase::parse(&other).unwrap_err(), PhraseError::Checksum);
}

#[test]
fn the_keys_of_a_root_are_unrelated() {
    let root = Phrase::parse(WORDS).unwrap().root();
    let keys = [
        *root.identity().as_bytes(),
        *root.recovery_public().as_bytes(),
        *root.recovery().expose_bytes(),
        *root.locator().expose_bytes(),
    ];
    for (index, key) in keys.iter().enumerate() {
        assert!(!keys[index + 1..].contains(key));
    }
    assert_eq!(root.recovery().public(), root.recovery_public());
}
