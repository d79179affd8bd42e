//! Numbers of bytes as people say them, in powers of ten.

use crate::language::{Language, say};
use std::borrow::Cow;

/// From so many of a unit on, a digit behind the point says nothing.
const WHOLE_FROM: u64 = 100;

/// "0 bytes", "1 byte", "999 bytes", "1.5 kB", "16.4 GB", "250 TB".
pub(crate) fn bytes(language: Language, count: u64) -> Cow<'static, str> {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if count < 1_000 {
        return say!(language, "bytes-few", count = count);
    }
    let mut unit_bytes = 1_000;
    let (mut unit, rest) = (&UNITS[0], &UNITS[1..]);
    let mut units = rest.iter().peekable();
    // What would be written as 1000 of one unit is 1 of the next.
    while let Some(next) = units.next_if(|_| count >= unit_bytes * 1_000 - unit_bytes / 2) {
        unit = next;
        unit_bytes *= 1_000;
    }
    let tenths = rounded(count, unit_bytes / 10);
    if tenths >= WHOLE_FROM * 10 {
        let whole = rounded(count, unit_bytes);
        say!(language, "bytes-whole", whole = whole, unit = *unit)
    } else {
        let (whole, tenth) = (tenths / 10, tenths % 10);
        say!(
            language,
            "bytes-tenths",
            whole = whole,
            tenth = tenth,
            unit = *unit
        )
    }
}

/// How many times `part` goes into `count`, rounded.
fn rounded(count: u64, part: u64) -> u64 {
    count / part + u64::from(count % part >= part.div_ceil(2))
}

#[cfg(test)]
mod tests {
    use super::{Language, bytes};

    #[test]
    fn sizes_are_short() {
        let cases = [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1.0 kB"),
            (1_049, "1.0 kB"),
            (1_050, "1.1 kB"),
            (99_949, "99.9 kB"),
            (99_950, "100 kB"),
            (100_400, "100 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (16_400_000_000, "16.4 GB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (count, text) in cases {
            assert_eq!(bytes(Language::English, count), text);
        }
        let german = |count| bytes(Language::German, count);
        assert_eq!([german(1), german(999)], ["1\u{a0}Byte", "999\u{a0}Byte"]);
        assert_eq!(german(16_400_000_000), "16,4\u{a0}GB");
    }
}
