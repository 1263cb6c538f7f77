//! Points and stretches of time.

use std::fmt;

const NANOS: i64 = 1_000_000_000;
const DAY: i64 = 86_400;
/// The first second of the year 1.
const FIRST: i64 = -62_135_596_800;
/// The last second of the year 9999.
const LAST: i64 = 253_402_300_799;

/// A stretch of time in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub i64);

/// A point in time between the years 1 and 9999, with the offset from UTC that it was written with.
#[derive(Clone, Copy)]
pub struct Timestamp {
    seconds: i64,
    nanos: u32,
    offset: i32,
}

/// A point in time as calendars and clocks show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// From 1.
    pub(crate) month: i64,
    /// From 1.
    pub(crate) day: i64,
    /// From 0.
    pub(crate) day_of_year: i64,
    /// Sunday is 0.
    pub(crate) weekday: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(crate) millisecond: i64,
}

impl Timestamp {
    /// So many seconds after the start of 1970 in UTC.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Option<Self> {
        Self::new(seconds, 0, 0)
    }

    fn new(seconds: i64, nanos: u32, offset: i32) -> Option<Self> {
        (FIRST..=LAST).contains(&seconds).then_some(Self {
            seconds,
            nanos,
            offset,
        })
    }

    /// Seconds since the start of 1970 in UTC.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// What is compared.
    pub(crate) fn instant(self) -> (i64, u32) {
        (self.seconds, self.nanos)
    }

    /// Reads RFC 3339, strictly.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| -> Option<i64> {
            let digits = text.get(from..to)?;
            digits
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| digits.parse().ok())?
        };
        let sign = |at: usize, sign: u8| bytes.get(at).filter(|byte| byte.eq_ignore_ascii_case(&sign));
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        for (at, wanted) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')] {
            sign(at, wanted)?;
        }
        let valid = (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        // Go's parser, which reads what the strict form lets through, takes neither of these letters in lower case.
        let upper = bytes.get(10) == Some(&b'T') && !text.ends_with('z');
        if !valid || !upper {
            return None;
        }
        let rest = text.get(19..)?;
        let digits = rest.strip_prefix('.').map_or(0, |fraction| {
            fraction.bytes().take_while(u8::is_ascii_digit).count()
        });
        if rest.starts_with('.') && digits == 0 {
            return None;
        }
        let zone_at = 19 + if digits == 0 { 0 } else { digits + 1 };
        let mut nanos = 0;
        for at in 0..9 {
            let digit = if at < digits { number(20 + at, 21 + at)? } else { 0 };
            nanos = nanos * 10 + digit;
        }
        let zone = text.get(zone_at..)?;
        let offset = match zone {
            "Z" => 0,
            zone if zone.len() == 6 => strict_offset(zone)?,
            _ => return None,
        };
        let local = days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
        Self::new(local - i64::from(offset), u32::try_from(nanos).ok()?, offset)
    }

    /// So much later.
    pub(crate) fn plus(self, duration: Duration) -> Option<Self> {
        let nanos = i64::from(self.nanos) + duration.0.rem_euclid(NANOS);
        let seconds = self.seconds + duration.0.div_euclid(NANOS) + nanos / NANOS;
        Self::new(seconds, u32::try_from(nanos % NANOS).ok()?, self.offset)
    }

    /// So much earlier.
    pub(crate) fn minus(self, duration: Duration) -> Option<Self> {
        self.plus(Duration(duration.0.checked_neg()?))
    }

    /// How long it is from the other to this.
    pub(crate) fn since(self, other: Self) -> Option<Duration> {
        let seconds = (self.seconds - other.seconds).checked_mul(NANOS)?;
        seconds
            .checked_add(i64::from(self.nanos) - i64::from(other.nanos))
            .map(Duration)
    }

    /// At so many seconds east of UTC.
    pub(crate) fn civil(self, offset: i32) -> Civil {
        let local = self.seconds + i64::from(offset);
        let (days, clock) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (year, month, day) = civil_from_days(days);
        Civil {
            year,
            month,
            day,
            day_of_year: days - days_from_civil(year, 1, 1),
            weekday: (days + 4).rem_euclid(7),
            hour: clock / 3600,
            minute: clock / 60 % 60,
            second: clock % 60,
            millisecond: i64::from(self.nanos) / 1_000_000,
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.civil(self.offset);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            at.year, at.month, at.day, at.hour, at.minute, at.second
        )?;
        if self.nanos != 0 {
            let digits = format!("{:09}", self.nanos);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        if self.offset == 0 {
            return f.write_str("Z");
        }
        let minutes = self.offset.abs() / 60;
        let sign = if self.offset < 0 { '-' } else { '+' };
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl fmt::Debug for Timestamp {
    /// Without the time, which is data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timestamp")
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("duration")
    }
}

impl Duration {
    /// Reads what Go reads: `1h2.5m`, `-3s`, `100ms`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest == "0" {
            return Some(Self(0));
        }
        if rest.is_empty() {
            return None;
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let (nanos, behind) = part(rest)?;
            total = total.checked_add(nanos).filter(|total| *total <= 1 << 63)?;
            rest = behind;
        }
        if negative {
            return Some(Self(0_i64.checked_sub_unsigned(total)?));
        }
        i64::try_from(total).ok().map(Self)
    }

    /// In seconds, as doubles hold them.
    #[expect(clippy::cast_precision_loss, reason = "as Go does it")]
    pub(crate) fn seconds(self) -> f64 {
        (self.0 / NANOS) as f64 + (self.0 % NANOS) as f64 / 1e9
    }
}

/// One number with its unit; the nanoseconds, and what stands behind.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "as Go does it; the fraction is below one unit"
)]
fn part(text: &str) -> Option<(u64, &str)> {
    let whole_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at_checked(whole_digits)?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(behind) => behind.split_at_checked(behind.bytes().take_while(u8::is_ascii_digit).count())?,
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let unit_length = rest
        .bytes()
        .take_while(|byte| *byte != b'.' && !byte.is_ascii_digit())
        .count();
    let (unit, rest) = rest.split_at_checked(unit_length)?;
    let unit: u64 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanos = whole.checked_mul(unit).filter(|nanos| *nanos <= 1 << 63)?;
    let (mut number, mut scale) = (0_u64, 1.0_f64);
    for digit in fraction.bytes() {
        let Some(next) = number
            .checked_mul(10)
            .and_then(|number| number.checked_add(u64::from(digit - b'0')))
            .filter(|next| *next <= i64::MAX as u64)
        else {
            break;
        };
        number = next;
        scale *= 10.0;
    }
    if number > 0 {
        nanos += (number as f64 * (unit as f64 / scale)) as u64;
    }
    (nanos <= 1 << 63).then_some((nanos, rest))
}

/// `+02:00`, strictly; seconds east of UTC.
fn strict_offset(zone: &str) -> Option<i32> {
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let two = |from: usize| -> Option<i32> {
        let digits = zone.get(from..from + 2)?;
        digits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| digits.parse().ok())?
    };
    let (hours, minutes) = (two(1)?, two(4)?);
    let valid = zone.len() == 6 && zone.get(3..4) == Some(":") && hours < 24 && minutes < 60;
    valid.then_some(sign * (hours * 3600 + minutes * 60))
}

/// The zone that a function of a timestamp is given: `UTC`, or an offset such as `+02:00`, `-2:00` or `02:00`; seconds
/// east of UTC.
pub(crate) fn parse_offset(zone: &str) -> Option<i32> {
    if zone == "UTC" || zone.is_empty() {
        return Some(0);
    }
    if zone.len() > LONGEST_ZONE {
        return None;
    }
    let (hours, minutes) = zone.split_once(':')?;
    let hours: i32 = hours.parse().ok().filter(|hours| (-23..=23).contains(hours))?;
    let minutes: i32 = minutes.parse().ok().filter(|minutes| (0..60).contains(minutes))?;
    let minutes = if zone.starts_with('-') { -minutes } else { minutes };
    Some((hours * 60 + minutes) * 60)
}

/// Far longer than an offset.
const LONGEST_ZONE: usize = 32;

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since the start of 1970. Years begin in March here, so that the day that comes and goes is the last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_read_and_written() {
        for (text, seconds, wants) in [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
            ("2009-02-13T23:31:30Z", 1_234_567_890, "2009-02-13T23:31:30Z"),
            (
                "2024-02-29T12:00:00.120+02:00",
                1_709_200_800,
                "2024-02-29T12:00:00.12+02:00",
            ),
            (
                "2024-02-29T00:00:00-00:30",
                1_709_166_600,
                "2024-02-29T00:00:00-00:30",
            ),
            ("0001-01-01T00:00:00Z", FIRST, "0001-01-01T00:00:00Z"),
            (
                "9999-12-31T23:59:59.999999999Z",
                LAST,
                "9999-12-31T23:59:59.999999999Z",
            ),
        ] {
            let read = Timestamp::parse(text).unwrap();
            assert_eq!(read.seconds(), seconds, "{text}");
            assert_eq!(read.to_string(), wants);
        }
        for text in [
            "",
            "1970-01-01",
            "1970-01-01T00:00:00",
            "1970-02-30T00:00:00Z",
            "1970-01-01 00:00:00Z",
            "1970-01-01T24:00:00Z",
            "1970-01-01T00:00:60Z",
            "0000-12-31T00:00:00Z",
            "1970-01-01T00:00:00.Z",
            "1970-01-01T00:00:00+24:00",
            "9999-12-31T23:59:59-01:00",
            "1970-01-01T00:00:00,5Z",
            "+970-01-01T00:00:00Z",
        ] {
            assert!(Timestamp::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn calendars_go_there_and_back() {
        for days in (-719_162..2_932_896).step_by(37) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }

    #[test]
    fn durations_are_read() {
        for (text, wants) in [
            ("1s", Some(NANOS)),
            ("-1.5h", Some(-5400 * NANOS)),
            ("1h2m3s4ms5us6ns", Some(3_723_004_005_006)),
            ("0", Some(0)),
            ("+0", Some(0)),
            (".5s", Some(NANOS / 2)),
            ("2562047h47m16.854775807s", Some(i64::MAX)),
            ("-2562047h47m16.854775808s", Some(i64::MIN)),
            ("2562047h47m16.854775808s", None),
            ("1", None),
            ("", None),
            ("s", None),
            (".s", None),
            ("1x", None),
            ("1 s", None),
        ] {
            assert_eq!(Duration::parse(text).map(|read| read.0), wants, "{text}");
        }
    }

    #[test]
    fn zones_are_read() {
        for (text, wants) in [
            ("UTC", Some(0)),
            ("+02:00", Some(7200)),
            ("02:30", Some(9000)),
            ("-5:00", Some(-18_000)),
            ("-00:30", Some(-1800)),
            ("24:00", None),
            ("00:60", None),
            ("Europe/Berlin", None),
            ("1:2:3", None),
        ] {
            assert_eq!(parse_offset(text), wants, "{text}");
        }
    }
}
