//! Reading moments by a layout.

use super::calendar::{self, Date};
use super::duration::leading_int;
use super::format::{Chunk, Offset, next_chunk};
use super::moment::{Clock, Moment, Zone};

/// What has been read.
struct Fields {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: i64,
    morning: bool,
    afternoon: bool,
    utc: bool,
    offset: Option<i64>,
    zone: String,
}

/// Reads a moment; what names no zone is in the local one.
///
/// # Errors
/// The text does not follow the layout, or names a day or time that does not exist.
pub(super) fn parse(mut layout: &[u8], mut text: &[u8]) -> Option<Moment> {
    let mut fields = Fields::new();
    while let Some((before, chunk, rest)) = next_chunk(layout) {
        text = skip(text, before)?;
        layout = rest;
        text = fields.read(chunk, text, layout)?;
    }
    if !skip(text, layout)?.is_empty() {
        return None;
    }
    fields.moment()
}

/// Takes literal text away. A run of spaces stands for any other.
fn skip<'t>(mut text: &'t [u8], mut literal: &[u8]) -> Option<&'t [u8]> {
    while let Some((first, rest)) = literal.split_first() {
        if *first == b' ' {
            if text.first().is_some_and(|byte| *byte != b' ') {
                return None;
            }
            literal = cut_spaces(literal);
            text = cut_spaces(text);
            continue;
        }
        let (own, after) = text.split_first()?;
        if own != first {
            return None;
        }
        text = after;
        literal = rest;
    }
    Some(text)
}

fn cut_spaces(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|byte| **byte == b' ').count();
    text.get(spaces..).unwrap_or_default()
}

impl Fields {
    fn new() -> Self {
        Self {
            year: 0,
            month: None,
            day: None,
            of_year: None,
            hour: 0,
            minute: 0,
            second: 0,
            nanos: 0,
            morning: false,
            afternoon: false,
            utc: false,
            offset: None,
            zone: String::new(),
        }
    }

    /// Reads one part; gives the text after it.
    fn read<'t>(&mut self, chunk: Chunk, text: &'t [u8], layout: &[u8]) -> Option<&'t [u8]> {
        match chunk {
            Chunk::Year | Chunk::LongYear => self.read_year(chunk, text),
            Chunk::Month | Chunk::LongMonth | Chunk::NumMonth | Chunk::ZeroMonth => {
                self.read_month(chunk, text)
            }
            Chunk::Weekday | Chunk::LongWeekday => {
                text.get(calendar::find_weekday(text, chunk == Chunk::Weekday)?..)
            }
            Chunk::Day | Chunk::UnderDay | Chunk::ZeroDay => {
                let text = padding(text, usize::from(chunk == Chunk::UnderDay));
                let (day, rest) = number(text, 2, chunk == Chunk::ZeroDay)?;
                self.day = Some(day);
                Some(rest)
            }
            Chunk::UnderYearDay | Chunk::ZeroYearDay => {
                let text = padding(text, if chunk == Chunk::UnderYearDay { 2 } else { 0 });
                let (day, rest) = number(text, 3, chunk == Chunk::ZeroYearDay)?;
                self.of_year = Some(day);
                Some(rest)
            }
            Chunk::Hour => below(24, &mut self.hour, number(text, 2, false)?),
            Chunk::Hour12 | Chunk::ZeroHour12 => {
                below(13, &mut self.hour, number(text, 2, chunk == Chunk::ZeroHour12)?)
            }
            Chunk::Minute | Chunk::ZeroMinute => {
                below(60, &mut self.minute, number(text, 2, chunk == Chunk::ZeroMinute)?)
            }
            Chunk::Second | Chunk::ZeroSecond => self.read_second(chunk, text, layout),
            Chunk::UpperPm => self.read_half(text, b"AM", b"PM"),
            Chunk::LowerPm => self.read_half(text, b"am", b"pm"),
            Chunk::Abbreviation => self.read_zone(text),
            Chunk::Offset(form) => self.read_offset(form, text),
            Chunk::Fraction { digits, trim, .. } => self.read_fraction(digits, trim, text),
        }
    }

    fn read_year<'t>(&mut self, chunk: Chunk, text: &'t [u8]) -> Option<&'t [u8]> {
        if chunk == Chunk::LongYear {
            text.first().filter(|byte| byte.is_ascii_digit())?;
            let (own, rest) = text.split_at_checked(4)?;
            self.year = signed(own)?;
            return Some(rest);
        }
        let (own, rest) = text.split_at_checked(2)?;
        let year = signed(own)?;
        self.year = year + if year >= 69 { 1900 } else { 2000 };
        Some(rest)
    }

    fn read_month<'t>(&mut self, chunk: Chunk, text: &'t [u8]) -> Option<&'t [u8]> {
        let (month, rest) = match chunk {
            Chunk::NumMonth | Chunk::ZeroMonth => {
                let (month, rest) = number(text, 2, chunk == Chunk::ZeroMonth)?;
                if !(1..=12).contains(&month) {
                    return None;
                }
                (month, rest)
            }
            _ => {
                let (month, len) = calendar::find_month(text, chunk == Chunk::Month)?;
                (month, text.get(len..)?)
            }
        };
        self.month = Some(month);
        Some(rest)
    }

    /// A fraction may follow the seconds even where the layout has none.
    fn read_second<'t>(&mut self, chunk: Chunk, text: &'t [u8], layout: &[u8]) -> Option<&'t [u8]> {
        let own = number(text, 2, chunk == Chunk::ZeroSecond)?;
        let rest = below(60, &mut self.second, own)?;
        let [b'.' | b',', digit, ..] = rest else {
            return Some(rest);
        };
        let next = next_chunk(layout).map(|(_, chunk, _)| chunk);
        if !digit.is_ascii_digit() || matches!(next, Some(Chunk::Fraction { .. })) {
            return Some(rest);
        }
        self.read_fraction(0, true, rest)
    }

    fn read_half<'t>(&mut self, text: &'t [u8], am: &[u8], pm: &[u8]) -> Option<&'t [u8]> {
        let (own, rest) = text.split_at_checked(2)?;
        if own == am {
            self.morning = true;
        } else if own == pm {
            self.afternoon = true;
        } else {
            return None;
        }
        Some(rest)
    }

    fn read_zone<'t>(&mut self, text: &'t [u8]) -> Option<&'t [u8]> {
        if let Some(rest) = text.strip_prefix(b"UTC") {
            self.utc = true;
            return Some(rest);
        }
        let (own, rest) = text.split_at_checked(zone_len(text)?)?;
        self.zone = String::from_utf8_lossy(own).into_owned();
        Some(rest)
    }

    fn read_offset<'t>(&mut self, form: Offset, text: &'t [u8]) -> Option<&'t [u8]> {
        if let (true, [b'Z', rest @ ..]) = (form.zulu, text) {
            self.utc = true;
            return Some(rest);
        }
        let (sign, mut rest) = text.split_first()?;
        let mut parts = [0; 3];
        for (at, part) in parts.iter_mut().enumerate().take(form.parts.into()) {
            if at > 0 && form.colons {
                rest = rest.strip_prefix(b":")?;
            }
            (*part, rest) = number(rest, 2, true)?;
        }
        let [hours, minutes, seconds] = parts;
        if hours > 24 || minutes > 60 || seconds > 60 {
            return None;
        }
        let offset = (hours * 60 + minutes) * 60 + seconds;
        let offset = match sign {
            b'+' => offset,
            b'-' => -offset,
            _ => return None,
        };
        // In Go -1 stands for no offset.
        self.offset = Some(offset).filter(|offset| *offset != -1);
        Some(rest)
    }

    fn read_fraction<'t>(&mut self, digits: usize, any: bool, text: &'t [u8]) -> Option<&'t [u8]> {
        let count = if any {
            let [b'.' | b',', digit, ..] = text else {
                return Some(text);
            };
            if !digit.is_ascii_digit() {
                return Some(text);
            }
            text.iter()
                .skip(1)
                .take_while(|byte| byte.is_ascii_digit())
                .count()
        } else {
            digits
        };
        let (own, rest) = text.split_at_checked(count + 1)?;
        let (point, own) = own.split_first()?;
        if !matches!(point, b'.' | b',') {
            return None;
        }
        let kept = own.get(..own.len().min(9))?;
        let mut nanos = signed(kept).filter(|nanos| *nanos >= 0)?;
        for _ in kept.len()..9 {
            nanos *= 10;
        }
        self.nanos = nanos;
        Some(rest)
    }

    fn moment(self) -> Option<Moment> {
        let date = self.date()?;
        let mut hour = self.hour;
        if self.afternoon && hour < 12 {
            hour += 12;
        } else if self.morning && hour == 12 {
            hour = 0;
        }
        let clock = Clock {
            hour,
            minute: self.minute,
            second: self.second,
        };
        let zone = if self.utc {
            Zone::Utc
        } else if let Some(offset) = self.offset {
            if offset == 0 && (self.zone.is_empty() || self.zone == "UTC") {
                Zone::Local
            } else {
                Zone::fixed(self.zone, offset)
            }
        } else if self.zone.is_empty() {
            Zone::Local
        } else {
            let offset = self
                .zone
                .strip_prefix("GMT")
                .and_then(|offset| signed(offset.as_bytes()));
            // The time is read as UTC, and only shown in the zone.
            let nanos = u32::try_from(self.nanos).ok()?;
            let moment = Moment::at(date, clock, nanos, Zone::Utc);
            return Some(moment.within(Zone::fixed(self.zone, offset.unwrap_or(0) * 3600)));
        };
        Some(Moment::at(date, clock, u32::try_from(self.nanos).ok()?, zone))
    }

    fn date(&self) -> Option<Date> {
        let year = self.year;
        let (month, day) = match self.of_year {
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
            Some(of_year) => {
                let leap = calendar::days_in(year, 2) == 29;
                if !(1..=if leap { 366 } else { 365 }).contains(&of_year) {
                    return None;
                }
                let date = calendar::date_of(calendar::days_of(year, 1, of_year));
                if self.month.is_some_and(|month| month != date.month)
                    || self.day.is_some_and(|day| day != date.day)
                {
                    return None;
                }
                (date.month, date.day)
            }
        };
        let date = Date { year, month, day };
        (1..=calendar::days_in(year, month))
            .contains(&day)
            .then_some(date)
    }
}

fn padding(text: &[u8], most: usize) -> &[u8] {
    let spaces = text.iter().take(most).take_while(|byte| **byte == b' ').count();
    text.get(spaces..).unwrap_or_default()
}

fn below<'t>(limit: i64, field: &mut i64, (value, rest): (i64, &'t [u8])) -> Option<&'t [u8]> {
    *field = value;
    (value < limit).then_some(rest)
}

/// Up to so many digits, or exactly as many.
fn number(text: &[u8], most: usize, exactly: bool) -> Option<(i64, &[u8])> {
    let count = text
        .iter()
        .take(most)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if count == 0 || (exactly && count != most) {
        return None;
    }
    let (own, rest) = text.split_at_checked(count)?;
    Some((signed(own)?, rest))
}

/// Digits, which a sign may come before.
fn signed(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = i64::try_from(leading_int(digits)?).ok()?;
    Some(if negative { -value } else { value })
}

/// The length of what looks like the abbreviation of a zone.
fn zone_len(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = text.strip_prefix(b"GMT") {
        return Some(3 + offset_len(rest));
    }
    if matches!(text.first(), Some(b'+' | b'-')) {
        return Some(offset_len(text)).filter(|len| *len > 0);
    }
    let upper = text.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    match upper {
        5 if text.get(4) == Some(&b'T') => Some(5),
        4 if text.get(3) == Some(&b'T') || text.starts_with(b"WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

/// The length of an offset in hours: `+3`, `-11`. 0 where there is none.
fn offset_len(text: &[u8]) -> usize {
    let [b'+' | b'-', rest @ ..] = text else {
        return 0;
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match rest.get(..digits).and_then(leading_int) {
        Some(hours) if digits > 0 && hours <= 23 => digits + 1,
        _ => 0,
    }
}

impl Moment {
    /// Reads a moment by a layout of Go's. What names no zone is in the local zone, which is UTC.
    #[must_use]
    pub fn parse(layout: &[u8], text: &[u8]) -> Option<Self> {
        parse(layout, text)
    }
}
