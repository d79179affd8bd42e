//! Who is mentioned in a text: `@hearth1…`.

use hearth_keys::Identity;

/// How a mention begins.
const MENTION: &str = "@hearth1";
/// Of a text that is full of them, those that are looked at.
const MENTIONS_MAX: usize = 256;

/// The identities that a text mentions, in order, as often as it does.
pub(crate) fn mentioned(text: &str) -> impl Iterator<Item = Identity> + '_ {
    let found = text.match_indices(MENTION).take(MENTIONS_MAX);
    found.filter_map(|(at, _)| {
        let key = &text[at + 1..];
        let end = key.find(|c: char| !c.is_ascii_alphanumeric());
        key[..end.unwrap_or(key.len())].parse().ok()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use hearth_keys::Phrase;

    use super::mentioned;

    fn somebody() -> hearth_keys::Identity {
        let phrase = Phrase::generate(&mut crate::rng::system());
        phrase.root().identity()
    }

    #[test]
    fn mentions_are_whole_keys_after_an_at() {
        let [alice, bob] = [somebody(), somebody()];
        let text = format!("@{alice}, have you met (@{bob})? {alice} @hearth1qqq @{bob}x");
        assert_eq!(mentioned(&text).collect::<Vec<_>>(), [alice, bob]);
        assert_eq!(mentioned("nobody @ all").count(), 0);
        assert_eq!(mentioned(&format!("ü@{bob}ü")).next(), Some(bob));
    }
}
