//! Times as people say them, by arithmetic alone: no clock, no time zone but UTC.

use crate::language::{Language, say};
use maud::{Markup, html};
use std::borrow::Cow;

const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// From so many days on, a date says more than a count.
const RELATIVE_DAYS_MAX: u64 = 7;
/// The last millisecond of the year 9999, the last that HTML's `datetime` can say.
const TIME_MS_MAX: u64 = 253_402_300_799_999;

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Date {
    year: u64,
    /// 1 to 12.
    month: u64,
    /// 1 to 31.
    day: u64,
}

impl Date {
    /// The day on which a moment lies.
    ///
    /// Counts in eras of 400 years that begin on the first of March, so that the leap day comes
    /// last: the method of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    fn of(time_ms: u64) -> Self {
        let days = time_ms / DAY_MS + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let leaps = day_of_era / 1_460;
        let year_of_era = (day_of_era + day_of_era / 36_524 - leaps - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let month = if march_month < 10 {
            march_month + 3
        } else {
            march_month - 9
        };
        Self {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * march_month + 2) / 5 + 1,
        }
    }

    fn month_name(self, language: Language) -> Cow<'static, str> {
        month_name(language, self.month)
    }
}

/// The day on which a moment lies, with its year.
pub(crate) fn day(language: Language, time_ms: u64) -> Cow<'static, str> {
    let date = Date::of(time_ms.min(TIME_MS_MAX));
    let (day, month, year) = (date.day, date.month_name(language), date.year);
    say!(
        language,
        "time-date-year",
        day = day,
        month = month,
        year = year
    )
}

/// The year in which a moment lies.
pub(crate) fn year(time_ms: u64) -> u64 {
    Date::of(time_ms.min(TIME_MS_MAX)).year
}

/// The short name of a month, 1 to 12.
pub(crate) fn month_name(language: Language, month: u64) -> Cow<'static, str> {
    say!(language, "time-month", month = month)
}

/// How long ago something was: "now", "4 min", "3\u{a0}h", "2 d", then a date, with the year when it
/// isn't this one. A clock that runs up to a day ahead counts as now. `static/app.js` says the same.
pub(crate) fn relative(language: Language, now_ms: u64, time_ms: u64) -> Cow<'static, str> {
    let ago_ms = now_ms.saturating_sub(time_ms);
    if time_ms.saturating_sub(now_ms) > DAY_MS || ago_ms >= RELATIVE_DAYS_MAX * DAY_MS {
        date(language, now_ms, time_ms)
    } else if ago_ms < MINUTE_MS {
        say!(language, "time-now")
    } else if ago_ms < HOUR_MS {
        say!(language, "time-minutes", count = ago_ms / MINUTE_MS)
    } else if ago_ms < DAY_MS {
        say!(language, "time-hours", count = ago_ms / HOUR_MS)
    } else {
        say!(language, "time-days", count = ago_ms / DAY_MS)
    }
}

fn date(language: Language, now_ms: u64, time_ms: u64) -> Cow<'static, str> {
    if year(time_ms) != year(now_ms) {
        return day(language, time_ms);
    }
    let date = Date::of(time_ms.min(TIME_MS_MAX));
    let (day, month) = (date.day, date.month_name(language));
    say!(language, "time-date", day = day, month = month)
}

/// The hour in which a moment lies, with its day.
pub(crate) fn hour(language: Language, time_ms: u64) -> Cow<'static, str> {
    let time_ms = time_ms.min(TIME_MS_MAX);
    let date = Date::of(time_ms);
    let (hour, ..) = clock(time_ms);
    say!(
        language,
        "time-hour",
        day = date.day,
        month = date.month_name(language),
        clock = format!("{hour:02}:00")
    )
}

/// The moment as HTML's `datetime` wants it (RFC 3339, UTC, whole seconds).
pub(crate) fn machine(time_ms: u64) -> String {
    let time_ms = time_ms.min(TIME_MS_MAX);
    let Date { year, month, day } = Date::of(time_ms);
    let (hour, minute, second) = clock(time_ms);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The moment in full, for whoever points at the short form.
fn full(language: Language, time_ms: u64) -> Cow<'static, str> {
    let time_ms = time_ms.min(TIME_MS_MAX);
    let date = Date::of(time_ms);
    let (hour, minute, _) = clock(time_ms);
    say!(
        language,
        "time-full",
        day = date.day,
        month = date.month_name(language),
        year = date.year,
        clock = format!("{hour:02}:{minute:02}")
    )
}

fn clock(time_ms: u64) -> (u64, u64, u64) {
    let in_day = time_ms % DAY_MS;
    (
        in_day / HOUR_MS,
        in_day % HOUR_MS / MINUTE_MS,
        in_day % MINUTE_MS / SECOND_MS,
    )
}

/// A `<time>` that the script keeps fresh.
pub(crate) fn stamp(language: Language, now_ms: u64, time_ms: u64) -> Markup {
    html! {
        time datetime=(machine(time_ms)) title=(full(language, time_ms)) {
            (relative(language, now_ms, time_ms))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_meet_the_calendar() {
        let cases = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399_999, "2000-02-28T23:59:59Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (951_868_800_000, "2000-03-01T00:00:00Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00Z"),
            (1_735_689_599_000, "2024-12-31T23:59:59Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (4_107_456_000_000, "2100-02-28T00:00:00Z"),
            (u64::MAX, "9999-12-31T23:59:59Z"),
        ];
        for (time_ms, said) in cases {
            assert_eq!(machine(time_ms), said);
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = Date::of(0);
        for day in 1..150_000 {
            let date = Date::of(day * DAY_MS);
            let next_day =
                (date.year, date.month) == (last.year, last.month) && date.day == last.day + 1;
            let next_month =
                date.day == 1 && date.year == last.year && date.month == last.month + 1;
            let next_year = (date.day, date.month) == (1, 1) && date.year == last.year + 1;
            assert!(
                next_day || next_month || next_year,
                "{last:?} then {date:?}"
            );
            assert!((1..=31).contains(&date.day) && (1..=12).contains(&date.month));
            last = date;
        }
    }

    #[test]
    fn the_past_is_counted_and_then_dated() {
        let now = 1_790_000_000_000; // 21 September 2026, 14:13:20
        let cases = [
            (now, "now"),
            (now - 59_999, "now"),
            (now - MINUTE_MS, "1 min"),
            (now - HOUR_MS + 1, "59 min"),
            (now - HOUR_MS, "1 h"),
            (now - DAY_MS + 1, "23 h"),
            (now - DAY_MS, "1 d"),
            (now - 7 * DAY_MS + 1, "6 d"),
            (now - 7 * DAY_MS, "14 Sep"),
            (now - 365 * DAY_MS, "21 Sep 2025"),
            (now + HOUR_MS, "now"),
            (now + 2 * DAY_MS, "23 Sep"),
            (u64::MAX, "31 Dec 9999"),
        ];
        for (time_ms, said) in cases {
            assert_eq!(relative(Language::English, now, time_ms), said);
        }
        let german = |time_ms| relative(Language::German, now, time_ms);
        assert_eq!(german(now - 3 * HOUR_MS), "3\u{a0}h");
        assert_eq!(german(now - 7 * DAY_MS), "14.\u{a0}Sept.");
        assert_eq!(german(now - 365 * DAY_MS), "21.\u{a0}Sept. 2025");
        assert_eq!(
            full(Language::German, now),
            "21.\u{a0}Sept. 2026, 14:13 UTC"
        );
        assert_eq!(full(Language::English, now), "21 Sep 2026, 14:13 UTC");
    }
}
