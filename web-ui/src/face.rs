//! How people look on a page: a name that is never empty, an initial on a colour from their key.

use crate::text::{has_ink, is_invisible, segment};
use crate::values::Person;
use maud::{Markup, html};

/// How many colours `static/style.css` has for faces: `.tone-0` and up.
pub(crate) const TONES: u8 = 12;

/// How much of a long key is shown at either end.
const KEY_HEAD_CHARS: usize = 12;
const KEY_TAIL_CHARS: usize = 4;

/// How large a face is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Small,
    Normal,
    Large,
}

/// The person's name, or their shortened key when there is nothing to see in the name.
pub(crate) fn display_name(person: &Person) -> String {
    if has_name(person) {
        person.name.trim().to_owned()
    } else {
        short_key(&person.identity)
    }
}

/// What somebody is called on pages.
pub fn called(person: &Person) -> String {
    display_name(person)
}

/// Whether the name holds anything that can be seen.
pub(crate) fn has_name(person: &Person) -> bool {
    has_ink(&person.name)
}

/// Whether it isn't known who somebody is.
pub(crate) fn is_unknown(person: &Person) -> bool {
    !has_name(person) && person.identity.is_empty()
}

/// The two ends of a key, enough to tell people of one name apart.
pub(crate) fn short_key(identity: &str) -> String {
    let length = identity.chars().count();
    if length <= KEY_HEAD_CHARS + KEY_TAIL_CHARS + 1 {
        return identity.to_owned();
    }
    let head: String = identity.chars().take(KEY_HEAD_CHARS).collect();
    let tail: String = identity.chars().skip(length - KEY_TAIL_CHARS).collect();
    format!("{head}…{tail}")
}

/// The address of a person's page.
pub(crate) fn address(person: &Person) -> String {
    format!("/person/{}", segment(&person.identity))
}

/// The name, kept from reordering what stands around it.
pub(crate) fn name(person: &Person) -> Markup {
    html! { bdi dir="auto" title=(person.identity) { (display_name(person)) } }
}

/// The round mark beside a name; says nothing to a screen reader, since the name does.
pub(crate) fn face(person: &Person, size: Size) -> Markup {
    let file = match size {
        Size::Small | Size::Normal => "small",
        Size::Large => "full",
    };
    let picture = person.picture.as_ref();
    face_from(
        person,
        size,
        picture.map(|version| portrait(person, file, version)),
    )
}

/// The same with the picture at an address, if there is one.
pub(crate) fn face_from(person: &Person, size: Size, picture: Option<String>) -> Markup {
    let class = match size {
        Size::Small => "face small",
        Size::Normal => "face",
        Size::Large => "face large",
    };
    let class = format!("{class} tone-{}", tone(&person.identity));
    html! {
        span class=(class) aria-hidden="true" {
            @match picture {
                Some(address) => img src=(address) alt="" loading="lazy" decoding="async";,
                None => (initial(person)),
            }
        }
    }
}

/// The address of somebody's picture, in one of its two sizes.
pub(crate) fn portrait(person: &Person, size: &str, version: &str) -> String {
    let identity = segment(&person.identity);
    format!("/portrait/{identity}/{size}?v={}", segment(version))
}

/// The colour that is theirs on every page of every node: the identity's hash, modulo the colours.
pub(crate) fn tone(identity: &str) -> u8 {
    blake3::hash(identity.as_bytes()).as_bytes()[0] % TONES
}

pub(crate) fn initial(person: &Person) -> String {
    let nameless = person
        .identity
        .strip_prefix("hearth1")
        .unwrap_or(&person.identity);
    let source = if has_name(person) {
        person.name.as_str()
    } else {
        nameless
    };
    let seen = |c: &char| !(c.is_whitespace() || c.is_control() || is_invisible(*c));
    let first = source
        .chars()
        .find(|c| c.is_alphanumeric())
        .or_else(|| source.chars().find(seen));
    first
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(identity: &str, name: &str) -> Person {
        Person {
            identity: identity.into(),
            name: name.into(),
            picture: None,
        }
    }

    #[test]
    fn a_name_without_ink_gives_way_to_the_key() {
        for name in ["", "  ", "\u{200b}\u{202e}", "\u{3164}", "\n\t", "\u{2800}"] {
            let person = person("hearth1qpzry9x8gf2tvdw0s3jn54khce6mua7l", name);
            assert_eq!(display_name(&person), "hearth1qpzry…ua7l");
            assert_eq!(initial(&person), "Q");
        }
        assert_eq!(display_name(&person("hearth1", " Alice ")), "Alice");
    }

    #[test]
    fn initials_are_seen_and_large() {
        for (name, said) in [
            ("alice", "A"),
            ("(bob)", "B"),
            ("🔥", "🔥"),
            ("ßen", "SS"),
            ("مريم", "م"),
        ] {
            assert_eq!(initial(&person("hearth1", name)), said);
        }
    }

    #[test]
    fn short_keys_cut_between_characters() {
        assert_eq!(short_key("hearth1abc"), "hearth1abc");
        assert_eq!(
            short_key(&"é".repeat(30)),
            format!("{}…{}", "é".repeat(12), "é".repeat(4))
        );
    }

    #[test]
    fn tones_spread_over_all_colours() {
        let tones: std::collections::BTreeSet<u8> =
            (0..200).map(|n| tone(&format!("hearth1{n}"))).collect();
        assert_eq!(tones.len(), usize::from(TONES));
    }
}
