//! Times, sizes and numbers as people say them.

use std::time::{SystemTime, UNIX_EPOCH};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// The end of the year 9999.
const SAYABLE_MS_MAX: u64 = 253_402_300_799_999;

/// Milliseconds since 1970, by this machine's clock.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|past| u64::try_from(past.as_millis()).ok())
        .unwrap_or(0)
}

/// When something was, seen from `now_ms`: "3 min ago" within a week, else its date and time in UTC. A time that lies
/// ahead is claimed by a wrong clock and given as it is.
pub(crate) fn when(time_ms: u64, now_ms: u64) -> String {
    match now_ms.checked_sub(time_ms) {
        Some(past) if past < MINUTE_MS => "just now".to_owned(),
        Some(past) if past < HOUR_MS => format!("{} min ago", past / MINUTE_MS),
        Some(past) if past < DAY_MS => format!("{} h ago", past / HOUR_MS),
        Some(past) if past < 2 * DAY_MS => "yesterday".to_owned(),
        Some(past) if past < 7 * DAY_MS => format!("{} days ago", past / DAY_MS),
        _ => date(time_ms),
    }
}

/// How long something has lasted.
pub(crate) fn lasting(since_ms: u64, now_ms: u64) -> String {
    match now_ms.saturating_sub(since_ms) {
        past if past < MINUTE_MS => format!("{} s", past / 1_000),
        past if past < HOUR_MS => format!("{} min", past / MINUTE_MS),
        past if past < DAY_MS => format!("{} h", past / HOUR_MS),
        past => format!("{} d", past / DAY_MS),
    }
}

/// How long it is until `time_ms`.
pub(crate) fn until(time_ms: u64, now_ms: u64) -> String {
    lasting(now_ms, time_ms)
}

fn date(time_ms: u64) -> String {
    if time_ms > SAYABLE_MS_MAX {
        return format!("{time_ms} ms after 1970");
    }
    let (year, month, day) = civil_date(time_ms / DAY_MS);
    let minutes = time_ms % DAY_MS / MINUTE_MS;
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02} UTC",
        minutes / 60,
        minutes % 60
    )
}

/// Year, month and day of the `days`-th day after 1970-01-01. Years are counted from March, so that the leap day is a
/// year's last and a month's first day follows from its number alone (Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms").
fn civil_date(days: u64) -> (u64, u64, u64) {
    const DAYS_FROM_0000_03_01: u64 = 719_468;
    const DAYS_IN_400_YEARS: u64 = 146_097;
    let days = days + DAYS_FROM_0000_03_01;
    let (era, day) = (days / DAYS_IN_400_YEARS, days % DAYS_IN_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march_month = (5 * day + 2) / 153;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = era * 400 + year + u64::from(month <= 2);
    (year, month, day - (153 * march_month + 2) / 5 + 1)
}

/// A size: "512 B", "1.5 KiB".
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1_024 {
        return format!("{bytes} B");
    }
    // Tenths in whole numbers: no float, no rounding up to 1024.0.
    let mut tenths = u128::from(bytes) * 10 / 1_024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1_024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// A number with its thousands apart, and what it counts: "2,100 posts".
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        thousands(number),
        if number == 1 { one } else { many }
    )
}

/// A number with its thousands apart: "2,100".
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_near_or_dated() {
        let now = 1_600_000_000_000;
        let ago = |past| when(now - past, now);
        assert_eq!(ago(0), "just now");
        assert_eq!(ago(3 * MINUTE_MS + 5), "3 min ago");
        assert_eq!(ago(HOUR_MS), "1 h ago");
        assert_eq!(ago(DAY_MS), "yesterday");
        assert_eq!(ago(6 * DAY_MS), "6 days ago");
        assert_eq!(ago(7 * DAY_MS), "2020-09-06 12:26 UTC");
        assert_eq!(when(now + 1, now), "2020-09-13 12:26 UTC");
        assert_eq!(when(u64::MAX, now), format!("{} ms after 1970", u64::MAX));
    }

    #[test]
    fn dates_know_leap_years() {
        assert_eq!(civil_date(0), (1970, 1, 1));
        assert_eq!(civil_date(11_016), (2000, 2, 29));
        assert_eq!(civil_date(19_782), (2024, 2, 29));
        assert_eq!(civil_date(19_783), (2024, 3, 1));
        assert_eq!(civil_date(47_541), (2100, 3, 1));
        assert_eq!(date(SAYABLE_MS_MAX), "9999-12-31 23:59 UTC");
    }

    #[test]
    fn sizes_and_numbers_are_readable() {
        assert_eq!(size(0), "0 B");
        assert_eq!(size(1_023), "1023 B");
        assert_eq!(size(1_536), "1.5 KiB");
        assert_eq!(size((1 << 20) - 1), "1023.9 KiB");
        assert_eq!(size(u64::MAX), "16383.9 PiB");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(count(1, "post", "posts"), "1 post");
        assert_eq!(count(0, "post", "posts"), "0 posts");
        assert_eq!(lasting(0, 59_999), "59 s");
        assert_eq!(lasting(5, 0), "0 s");
    }
}
