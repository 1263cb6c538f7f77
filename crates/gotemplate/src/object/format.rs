//! Layouts of times, and printing by them.

use super::calendar;
use super::moment::Moment;

/// A part of a layout that stands for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    Abbreviation,
    Offset(Offset),
    Fraction { digits: usize, comma: bool, trim: bool },
}

/// How an offset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// UTC is `Z`.
    pub(super) zulu: bool,
    pub(super) colons: bool,
    /// 1: hours, 2: and minutes, 3: and seconds.
    pub(super) parts: u8,
}

/// What offsets look like, after their `-` or `Z`, longest first where one begins another.
const OFFSETS: [(&[u8], bool, u8); 5] = [
    (b"070000", false, 3),
    (b"07:00:00", true, 3),
    (b"0700", false, 2),
    (b"07:00", true, 2),
    (b"07", false, 1),
];

/// Finds the first part of a layout that stands for something. Gives what is before, the part, and what is after.
pub(super) fn next_chunk(layout: &[u8]) -> Option<(&[u8], Chunk, &[u8])> {
    for at in 0..layout.len() {
        let (before, from) = layout.split_at_checked(at)?;
        if let Some((skip, chunk, len)) = chunk_here(from) {
            // `_2006` is an underscore and a year.
            let before = layout.get(..at + skip).unwrap_or(before);
            return Some((before, chunk, from.get(skip + len..)?));
        }
    }
    None
}

fn chunk_here(text: &[u8]) -> Option<(usize, Chunk, usize)> {
    let (chunk, len) = match text {
        [b'J' | b'M', ..] => word(text)?,
        [b'0', digit @ b'1'..=b'6', ..] => (zero_padded(*digit), 2),
        [b'0', b'0', b'2', ..] => (Chunk::ZeroYearDay, 3),
        [b'1', b'5', ..] => (Chunk::Hour, 2),
        [b'1', ..] => (Chunk::NumMonth, 1),
        [b'2', b'0', b'0', b'6', ..] => (Chunk::LongYear, 4),
        [b'2', ..] => (Chunk::Day, 1),
        [b'_', b'2', b'0', b'0', b'6', ..] => return Some((1, Chunk::LongYear, 4)),
        [b'_', b'2', ..] => (Chunk::UnderDay, 2),
        [b'_', b'_', b'2', ..] => (Chunk::UnderYearDay, 3),
        [b'3', ..] => (Chunk::Hour12, 1),
        [b'4', ..] => (Chunk::Minute, 1),
        [b'5', ..] => (Chunk::Second, 1),
        [b'P', b'M', ..] => (Chunk::UpperPm, 2),
        [b'p', b'm', ..] => (Chunk::LowerPm, 2),
        [sign @ (b'-' | b'Z'), rest @ ..] => {
            let (form, colons, parts) = OFFSETS.into_iter().find(|(form, ..)| rest.starts_with(form))?;
            let zulu = *sign == b'Z';
            let offset = Offset { zulu, colons, parts };
            (Chunk::Offset(offset), form.len() + 1)
        }
        [b'.' | b',', ..] => fraction(text)?,
        _ => return None,
    };
    Some((0, chunk, len))
}

fn word(text: &[u8]) -> Option<(Chunk, usize)> {
    let goes_on = text.get(3).is_some_and(u8::is_ascii_lowercase);
    if text.starts_with(b"January") {
        Some((Chunk::LongMonth, 7))
    } else if text.starts_with(b"Jan") && !goes_on {
        Some((Chunk::Month, 3))
    } else if text.starts_with(b"Monday") {
        Some((Chunk::LongWeekday, 6))
    } else if text.starts_with(b"Mon") && !goes_on {
        Some((Chunk::Weekday, 3))
    } else if text.starts_with(b"MST") {
        Some((Chunk::Abbreviation, 3))
    } else {
        None
    }
}

fn zero_padded(digit: u8) -> Chunk {
    match digit {
        b'1' => Chunk::ZeroMonth,
        b'2' => Chunk::ZeroDay,
        b'3' => Chunk::ZeroHour12,
        b'4' => Chunk::ZeroMinute,
        b'5' => Chunk::ZeroSecond,
        _ => Chunk::Year,
    }
}

fn fraction(text: &[u8]) -> Option<(Chunk, usize)> {
    let (first, rest) = text.split_first()?;
    let digit = *rest.first().filter(|digit| matches!(digit, b'0' | b'9'))?;
    let digits = rest.iter().take_while(|byte| **byte == digit).count();
    if rest.get(digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let chunk = Chunk::Fraction {
        // Go keeps twelve bits of the count.
        digits: digits & 0xfff,
        comma: *first == b',',
        trim: digit == b'9',
    };
    Some((chunk, digits + 1))
}

/// Prints a moment by a layout.
pub(super) fn format(moment: &Moment, mut layout: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(layout.len() + 10);
    while let Some((before, chunk, rest)) = next_chunk(layout) {
        out.extend_from_slice(before);
        push_chunk(&mut out, moment, chunk);
        layout = rest;
    }
    out.extend_from_slice(layout);
    out
}

fn push_chunk(out: &mut Vec<u8>, moment: &Moment, chunk: Chunk) {
    let (date, clock) = (moment.date(), moment.clock());
    let twelve = if clock.hour % 12 == 0 { 12 } else { clock.hour % 12 };
    let afternoon = clock.hour >= 12;
    let mut text = |text: &str, len: usize| out.extend(text.bytes().take(len));
    match chunk {
        Chunk::LongMonth => text(&calendar::month_name(date.month), 16),
        Chunk::Month => text(&calendar::month_name(date.month), 3),
        Chunk::LongWeekday => text(&calendar::weekday_name(moment.weekday()), 16),
        Chunk::Weekday => text(&calendar::weekday_name(moment.weekday()), 3),
        Chunk::UpperPm => text(if afternoon { "PM" } else { "AM" }, 2),
        Chunk::LowerPm => text(if afternoon { "pm" } else { "am" }, 2),
        Chunk::NumMonth => push_padded(out, date.month, 0),
        Chunk::ZeroMonth => push_padded(out, date.month, 2),
        Chunk::Day => push_padded(out, date.day, 0),
        Chunk::UnderDay => push_spaced(out, date.day, 2),
        Chunk::ZeroDay => push_padded(out, date.day, 2),
        Chunk::UnderYearDay => push_spaced(out, calendar::day_of_year(date), 3),
        Chunk::ZeroYearDay => push_padded(out, calendar::day_of_year(date), 3),
        Chunk::Hour => push_padded(out, clock.hour, 2),
        Chunk::Hour12 => push_padded(out, twelve, 0),
        Chunk::ZeroHour12 => push_padded(out, twelve, 2),
        Chunk::Minute => push_padded(out, clock.minute, 0),
        Chunk::ZeroMinute => push_padded(out, clock.minute, 2),
        Chunk::Second => push_padded(out, clock.second, 0),
        Chunk::ZeroSecond => push_padded(out, clock.second, 2),
        Chunk::LongYear => push_padded(out, date.year, 4),
        Chunk::Year => push_padded(out, date.year.wrapping_abs() % 100, 2),
        Chunk::Abbreviation => push_abbreviation(out, moment),
        Chunk::Offset(form) => push_offset(out, moment.zone.offset(), form),
        Chunk::Fraction { digits, comma, trim } => push_fraction(out, moment.nanos, digits, comma, trim),
    }
}

/// A number with zeros before it; a sign comes before them, and is not counted.
fn push_padded(out: &mut Vec<u8>, value: i64, width: usize) {
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(format!("{:0width$}", value.unsigned_abs()).as_bytes());
}

fn push_spaced(out: &mut Vec<u8>, value: i64, width: usize) {
    out.extend_from_slice(format!("{value:width$}").as_bytes());
}

fn push_abbreviation(out: &mut Vec<u8>, moment: &Moment) {
    let name = moment.zone.name();
    if name.is_empty() {
        let form = Offset {
            zulu: false,
            colons: false,
            parts: 2,
        };
        push_offset(out, moment.zone.offset(), form);
    } else {
        out.extend_from_slice(name.as_bytes());
    }
}

fn push_offset(out: &mut Vec<u8>, offset: i64, form: Offset) {
    if form.zulu && offset == 0 {
        out.push(b'Z');
        return;
    }
    // Go takes the sign of the minutes, so that an offset of less than one keeps its own in the seconds.
    let minutes = offset / 60;
    let seconds = if minutes < 0 { -offset } else { offset };
    out.push(if minutes < 0 { b'-' } else { b'+' });
    push_padded(out, minutes.abs() / 60, 2);
    if form.parts > 1 {
        if form.colons {
            out.push(b':');
        }
        push_padded(out, minutes.abs() % 60, 2);
    }
    if form.parts > 2 {
        if form.colons {
            out.push(b':');
        }
        push_padded(out, seconds % 60, 2);
    }
}

fn push_fraction(out: &mut Vec<u8>, nanos: u32, digits: usize, comma: bool, trim: bool) {
    if trim && (digits == 0 || nanos == 0) {
        return;
    }
    let all = format!("{nanos:09}");
    let mut shown = all.get(..digits.min(9)).unwrap_or(&all);
    if trim {
        shown = shown.trim_end_matches('0');
        if shown.is_empty() {
            return;
        }
    }
    out.push(if comma { b',' } else { b'.' });
    out.extend_from_slice(shown.as_bytes());
}
