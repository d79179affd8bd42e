//! What a page says about the action before it.

use crate::http::respond::sentence;
use hearth_web_ui::Notice;

pub(super) use hearth_web_ui::Done;

/// The line for an action that wasn't done.
pub(super) fn problem(text: &str) -> Notice {
    Notice::Problem(sentence(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_becomes_a_sentence() {
        let cases = [
            ("this is not a key", "This is not a key."),
            ("it failed (disk full)", "It failed (disk full)."),
            ("éa!", "Éa!"),
            ("", "."),
        ];
        for (words, said) in cases {
            assert_eq!(problem(words), Notice::Problem(said.into()));
        }
    }
}
