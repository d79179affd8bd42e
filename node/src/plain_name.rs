//! Names of files as other programs take them, for archives that are unpacked anywhere.

/// How long one name in an archive's path may be: more than file systems take, tools refuse.
const NAME_BYTES_MAX: usize = 255;
/// How much behind a name's last dot counts as its ending.
const ENDING_BYTES_MAX: usize = 16;
/// How much of a name's hash keeps it apart from others.
const HASH_DIGITS: usize = 8;

/// A name that unpacks to itself everywhere: nothing that leads elsewhere, nothing that can't be seen, UTF-8. Where that isn't the
/// true name, a part of the true one's hash stands before the ending, as another name may look the same.
pub(crate) fn plain_name(name: &[u8]) -> String {
    // Behind a colon, Windows looks for a drive's letter or a file's second content.
    let is_odd = |letter: char| letter.is_control() || matches!(letter, '/' | '\\' | ':');
    let plain: String = String::from_utf8_lossy(name)
        .chars()
        .map(|letter| if is_odd(letter) { '_' } else { letter })
        .collect();
    let leads_away = matches!(plain.as_str(), "" | "." | "..");
    if plain.as_bytes() == name && plain.len() <= NAME_BYTES_MAX && !leads_away {
        return plain;
    }
    let plain = if leads_away { "_" } else { &plain };
    let dot = plain.rfind('.').filter(|dot| *dot > 0);
    let dot = dot.filter(|dot| plain.len() - dot <= ENDING_BYTES_MAX);
    let (stem, ending) = plain.split_at(dot.unwrap_or(plain.len()));
    let room = NAME_BYTES_MAX - ending.len() - 1 - HASH_DIGITS;
    let stem = &stem[..stem.floor_char_boundary(room)];
    let hash = blake3::hash(name).to_hex();
    format!("{stem}-{}{ending}", &hash[..HASH_DIGITS])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_plain_stays() {
        let long = "x".repeat(255);
        for name in ["a.txt", ".hidden", "a.b.c", "ä ö", "a..", long.as_str()] {
            assert_eq!(plain_name(name.as_bytes()), name);
        }
    }

    #[test]
    fn names_that_look_the_same_stay_apart() {
        let (one, other) = (b"caf\xe9.txt", b"caf\xe8.txt");
        let named = plain_name(one);
        assert!(
            named.starts_with("caf\u{fffd}-") && named.ends_with(".txt"),
            "{named}"
        );
        let long = |end: &str| format!("{}{end}.jpeg", "ä".repeat(140)).into_bytes();
        let (long_one, long_other) = (long("1"), long("2"));
        let odd: [&[u8]; 14] = [
            one,
            other,
            b"a\\b",
            b"a_b",
            b"a/b",
            b"C:b",
            b"a:b",
            b"a\nb",
            b"",
            b".",
            b"..",
            b"_",
            &long_one,
            &long_other,
        ];
        let names: BTreeSet<String> = odd.iter().map(|name| plain_name(name)).collect();
        assert_eq!(names.len(), odd.len(), "{names:?}");
        for name in &names {
            let leads_away = matches!(name.as_str(), "" | "." | "..");
            assert!(
                !leads_away && !name.contains(['/', '\\', ':', '\n']),
                "{name}"
            );
            assert!(name.len() <= NAME_BYTES_MAX, "{name}");
        }
        assert!(plain_name(&long_one).ends_with(".jpeg"));
    }
}
