//! Numbers of bytes as people say them, in powers of ten.

/// From so many of a unit on, a digit behind the point says nothing.
const WHOLE_FROM: u64 = 100;

/// "0 bytes", "1 byte", "999 bytes", "1.5 kB", "16.4 GB", "250 TB".
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if count == 1 {
        return "1 byte".to_owned();
    }
    if count < 1_000 {
        return format!("{count} bytes");
    }
    let mut unit_bytes = 1_000;
    let (mut unit, rest) = ("kB", &UNITS[1..]);
    let mut units = rest.iter().peekable();
    // What would be written as 1000 of one unit is 1 of the next.
    while let Some(next) = units.next_if(|_| count >= unit_bytes * 1_000 - unit_bytes / 2) {
        unit = next;
        unit_bytes *= 1_000;
    }
    let tenths = rounded(count, unit_bytes / 10);
    if tenths >= WHOLE_FROM * 10 {
        format!("{} {unit}", rounded(count, unit_bytes))
    } else {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    }
}

/// How many times `part` goes into `count`, rounded.
fn rounded(count: u64, part: u64) -> u64 {
    count / part + u64::from(count % part >= part.div_ceil(2))
}

#[cfg(test)]
mod tests {
    use super::bytes;

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
            assert_eq!(bytes(count), text);
        }
    }
}
