//! A moment, and the zone that it is shown in.

use std::sync::Arc;

use super::calendar::{self, DAY, Date, narrow};
use super::format;

/// A zone. The local zone is UTC here, whatever the host's is.
#[derive(Clone, Debug)]
pub enum Zone {
    /// `time.UTC`
    Utc,
    /// `time.Local`, which is UTC.
    Local,
    /// Another one.
    Fixed(Arc<FixedZone>),
}

/// A zone with the same offset at any time.
#[derive(Debug, PartialEq, Eq)]
pub struct FixedZone {
    name: String,
    /// Seconds east of UTC.
    offset: i64,
}

/// Go's `time.Time`, without a monotonic clock.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Since 1970.
    pub(super) seconds: i64,
    /// Below 1e9.
    pub(super) nanos: u32,
    pub(super) zone: Zone,
}

/// Hour, minute and second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

/// Seconds from the year 1, where Go's zero time lies, to 1970.
const FROM_YEAR_ONE: i64 = 62_135_596_800;
const SECOND: i128 = 1_000_000_000;

impl Zone {
    /// A zone that has a name, which may be empty, and an offset in seconds east of UTC.
    #[must_use]
    pub fn fixed(name: impl Into<String>, offset: i64) -> Self {
        let name = name.into();
        Self::Fixed(Arc::new(FixedZone { name, offset }))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Utc | Self::Local => "UTC",
            Self::Fixed(zone) => &zone.name,
        }
    }

    /// Go's `==` of pointers to zones. Only of those without a name and with whole hours there is one each.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Utc, Self::Utc) | (Self::Local, Self::Local) => true,
            (Self::Fixed(a), Self::Fixed(b)) => {
                let hours = -12 * 3600..=14 * 3600;
                let known = a.name.is_empty() && a.offset % 3600 == 0 && hours.contains(&a.offset);
                Arc::ptr_eq(a, b) || (known && a == b)
            }
            _ => false,
        }
    }

    /// Go's `reflect.DeepEqual` of pointers to zones.
    pub(super) fn deep_equal(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Fixed(a), Self::Fixed(b)) => a == b,
            _ => self.same(other),
        }
    }

    /// Seconds east of UTC.
    #[must_use]
    pub fn offset(&self) -> i64 {
        match self {
            Self::Utc | Self::Local => 0,
            Self::Fixed(zone) => zone.offset,
        }
    }
}

impl Moment {
    /// Go's zero time: the year 1, UTC.
    #[must_use]
    pub fn zero() -> Self {
        Self::new(-FROM_YEAR_ONE, 0, Zone::Utc)
    }

    /// Seconds and nanoseconds since 1970.
    #[must_use]
    pub fn new(seconds: i64, nanos: u32, zone: Zone) -> Self {
        Self { seconds, nanos, zone }
    }

    /// The same moment, shown in another zone.
    #[must_use]
    pub fn within(&self, zone: Zone) -> Self {
        Self::new(self.seconds, self.nanos, zone)
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn unix(&self) -> i64 {
        self.seconds
    }

    /// A moment of a date and a time of day in a zone. All numbers may be out of their range, and count on from it.
    pub(super) fn at(date: Date, clock: Clock, nanos: u32, zone: Zone) -> Self {
        let days = calendar::days_of(date.year, date.month, date.day);
        let seconds = days * DAY
            + i128::from(clock.hour) * 3600
            + i128::from(clock.minute) * 60
            + i128::from(clock.second)
            - i128::from(zone.offset());
        Self::new(narrow(seconds), nanos, zone)
    }

    /// Seconds from 1970 to what the zone's calendar and clocks show. Go counts from a year long past in 64 bits, and
    /// what lies before that year comes out at the other end.
    fn shown(&self) -> i128 {
        let first = calendar::days_of(-292_277_022_400, 3, 1) * DAY;
        let seconds = i128::from(self.seconds) + i128::from(self.zone.offset());
        first + (seconds - first).rem_euclid(1 << 64)
    }

    pub(super) fn days(&self) -> i128 {
        self.shown().div_euclid(DAY)
    }

    pub(super) fn date(&self) -> Date {
        calendar::date_of(self.days())
    }

    pub(super) fn clock(&self) -> Clock {
        let of_day = narrow(self.shown().rem_euclid(DAY));
        Clock {
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }

    pub(super) fn weekday(&self) -> i64 {
        calendar::weekday(self.days())
    }

    pub(super) fn is_zero(&self) -> bool {
        self.seconds == -FROM_YEAR_ONE && self.nanos == 0
    }

    /// Go's `==`, or its `reflect.DeepEqual`, by how zones are compared.
    pub(super) fn equal(&self, other: &Self, zones: impl Fn(&Zone, &Zone) -> bool) -> bool {
        self.seconds == other.seconds && self.nanos == other.nanos && zones(&self.zone, &other.zone)
    }

    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        (self.seconds, self.nanos).cmp(&(other.seconds, other.nanos))
    }

    /// Adds nanoseconds.
    #[must_use]
    pub fn plus(&self, duration: i64) -> Self {
        let nanos = i128::from(self.nanos) + i128::from(duration);
        let seconds = i128::from(self.seconds) + nanos.div_euclid(SECOND);
        let nanos = u32::try_from(nanos.rem_euclid(SECOND)).unwrap_or_default();
        Self::new(narrow(seconds), nanos, self.zone.clone())
    }

    /// The nanoseconds from another moment to this one, or the furthest there are.
    pub(super) fn since(&self, other: &Self) -> i64 {
        let seconds = i128::from(self.seconds) - i128::from(other.seconds);
        let nanos = seconds * SECOND + i128::from(self.nanos) - i128::from(other.nanos);
        i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
    }

    /// Adds years, months and days of the calendar.
    pub(super) fn plus_date(&self, years: i64, months: i64, days: i64) -> Self {
        let date = self.date();
        let date = Date {
            year: date.year.wrapping_add(years),
            month: date.month.wrapping_add(months),
            day: date.day.wrapping_add(days),
        };
        Self::at(date, self.clock(), self.nanos, self.zone.clone())
    }

    /// The nanoseconds since the last multiple of a duration, counted from the year 1.
    fn beyond(&self, duration: i64) -> i64 {
        let seconds = i128::from(self.seconds) + i128::from(FROM_YEAR_ONE);
        let nanos = seconds * SECOND + i128::from(self.nanos);
        narrow(nanos.rem_euclid(i128::from(duration)))
    }

    pub(super) fn truncate(&self, duration: i64) -> Self {
        if duration <= 0 {
            return self.clone();
        }
        self.plus(-self.beyond(duration))
    }

    pub(super) fn round(&self, duration: i64) -> Self {
        if duration <= 0 {
            return self.clone();
        }
        let beyond = self.beyond(duration);
        if beyond < duration - beyond {
            self.plus(-beyond)
        } else {
            self.plus(duration - beyond)
        }
    }

    pub(super) fn text(&self) -> String {
        lossy(&self.format(b"2006-01-02 15:04:05.999999999 -0700 MST"))
    }

    pub(super) fn go_syntax(&self) -> String {
        let (date, clock) = (self.date(), self.clock());
        let zone = match &self.zone {
            Zone::Utc => "time.UTC".to_owned(),
            Zone::Local => "time.Local".to_owned(),
            Zone::Fixed(zone) => format!("time.Location({:?})", zone.name),
        };
        format!(
            "time.Date({}, time.{}, {}, {}, {}, {}, {}, {zone})",
            date.year,
            calendar::month_name(date.month),
            date.day,
            clock.hour,
            clock.minute,
            clock.second,
            self.nanos
        )
    }

    /// RFC 3339 with nanoseconds, or nothing where that has no way to write it.
    pub(super) fn rfc3339_strict(&self) -> Option<String> {
        let hours = self.zone.offset().abs() / 3600;
        if !(0..=9999).contains(&self.date().year) || hours >= 24 {
            return None;
        }
        Some(lossy(&self.format(b"2006-01-02T15:04:05.999999999Z07:00")))
    }

    /// The moment by a layout of Go's.
    #[must_use]
    pub fn format(&self, layout: &[u8]) -> Vec<u8> {
        format::format(self, layout)
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
