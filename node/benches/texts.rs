//! Texts as long as people's posts are: a median of 90 characters, few above 200.

const WORDS: &str = "a morning walk with the old dog down to the river and back again where the ferry used \
    to stop before they built the bridge which nobody wanted but everybody uses now and in the evening soup bread \
    some music from next door too loud as ever still better than silence isn't it friends I think so yes";

/// The text with this number; alike in each run.
pub(crate) fn text(number: usize) -> String {
    // A small hash spreads the lengths; the square makes long ones rare.
    let spread = (number.wrapping_mul(2_654_435_761) >> 7) % 1000;
    text_of(number, 24 + spread * spread / 4200 + spread / 16)
}

/// The text with this number, of so many characters.
pub(crate) fn text_of(number: usize, characters: usize) -> String {
    let mut text = format!("{number}:");
    let words = WORDS.split_whitespace().cycle().skip(number % 53);
    for word in words {
        if text.len() >= characters {
            break;
        }
        text.push(' ');
        text.push_str(word);
    }
    text.truncate(characters.max(1));
    text
}
