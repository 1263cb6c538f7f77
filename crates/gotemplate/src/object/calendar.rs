//! The Gregorian calendar, reaching back and forth without end.

/// Seconds of a day.
pub(super) const DAY: i128 = 86_400;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
}

/// The days from 1970-01-01 to a date. Months and days may be out of their range, and count on from it.
pub(super) fn days_of(year: i64, month: i64, day: i64) -> i128 {
    let months = i128::from(year) * 12 + i128::from(month) - 1;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12));
    // Years begin in March here, so that the leap day is the last one.
    let (year, month) = if month < 2 {
        (year - 1, month + 10)
    } else {
        (year, month - 2)
    };
    let before = (153 * month + 2) / 5;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + before + i128::from(day)
        - 1
        - 719_468
}

/// The date so many days after 1970-01-01.
pub(super) fn date_of(days: i128) -> Date {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    Date {
        year: narrow(year),
        month: narrow(month),
        day: narrow(day),
    }
}

/// The day of the year, from 1.
pub(super) fn day_of_year(date: Date) -> i64 {
    narrow(days_of(date.year, date.month, date.day) - days_of(date.year, 1, 1) + 1)
}

/// The weekday of the day so many days after 1970-01-01, a Thursday. Sunday is 0.
pub(super) fn weekday(days: i128) -> i64 {
    narrow((days + 4).rem_euclid(7))
}

/// The days of a month.
pub(super) fn days_in(year: i64, month: i64) -> i64 {
    narrow(days_of(year, month.saturating_add(1), 1) - days_of(year, month, 1))
}

/// Go's wrapping arithmetic: what does not fit loses its upper bits.
#[expect(clippy::cast_possible_truncation, reason = "Go's arithmetic wraps")]
pub(super) fn narrow(value: i128) -> i64 {
    value as i64
}

pub(super) fn month_name(month: i64) -> String {
    name(&MONTHS, month - 1).map_or_else(|| format!("%!Month({month})"), str::to_owned)
}

pub(super) fn weekday_name(day: i64) -> String {
    name(&WEEKDAYS, day).map_or_else(|| format!("%!Weekday({day})"), str::to_owned)
}

fn name(names: &[&'static str], at: i64) -> Option<&'static str> {
    names.get(usize::try_from(at).ok()?).copied()
}

/// Finds a month at the beginning of a text, in any case. Gives its number from 1 and its length.
pub(super) fn find_month(text: &[u8], short: bool) -> Option<(i64, usize)> {
    find(&MONTHS, text, short).map(|(at, len)| (at + 1, len))
}

/// Finds a weekday at the beginning of a text, in any case. Gives its length.
pub(super) fn find_weekday(text: &[u8], short: bool) -> Option<usize> {
    find(&WEEKDAYS, text, short).map(|(_, len)| len)
}

fn find(names: &[&str], text: &[u8], short: bool) -> Option<(i64, usize)> {
    for (at, name) in (0..).zip(names) {
        let name = if short { name.get(..3)? } else { name };
        if text
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
        {
            return Some((at, name.len()));
        }
    }
    None
}
