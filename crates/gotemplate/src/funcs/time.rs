//! Dates and durations of a given input. The local zone is UTC, whatever the host's is.

#[cfg(test)]
mod tests;

use crate::funcs::math::{NumberError, parse_int};
use crate::object::{parse_duration, show_duration};
use crate::{Call, Failure, Function, Moment, Object, Type, Value, Zone};

pub(super) static TABLE: &[Function] = &[
    Function::new("date", &[Type::String, Type::Any], Type::String, |call| {
        let layout = call.bytes(0)?;
        date(call, layout, 1, Zone::Local)
    }),
    Function::new("dateInZone", DATE_IN_ZONE, Type::String, date_in_zone),
    Function::new("date_in_zone", DATE_IN_ZONE, Type::String, date_in_zone),
    Function::new("htmlDate", &[Type::Any], Type::String, |call| {
        date(call, HTML, 0, Zone::Local)
    }),
    Function::new(
        "htmlDateInZone",
        &[Type::Any, Type::String],
        Type::String,
        |call| {
            let zone = zone(call, 1)?;
            date(call, HTML, 0, zone)
        },
    ),
    Function::new("dateModify", DATE_MODIFY, Type::Time, date_modify),
    Function::new("date_modify", DATE_MODIFY, Type::Time, date_modify),
    Function::new("mustDateModify", DATE_MODIFY, Type::Time, must_date_modify),
    Function::new("must_date_modify", DATE_MODIFY, Type::Time, must_date_modify),
    Function::new("toDate", &[Type::String, Type::String], Type::Time, |call| {
        let moment = parse(call)?.unwrap_or_else(Moment::zero);
        give(call, moment)
    }),
    Function::new("mustToDate", &[Type::String, Type::String], Type::Time, |call| {
        let moment = parse(call)?.ok_or(Failure::Argument(1, "is not a date of that layout"))?;
        give(call, moment)
    }),
    Function::new("unixEpoch", &[Type::Time], Type::String, |call| {
        let seconds = moment(call, 0)?.unix();
        call.give(seconds.to_string())
    }),
    Function::new("duration", &[Type::Any], Type::String, duration),
    Function::new("durationRound", &[Type::Any], Type::String, duration_round),
];

static DATE_IN_ZONE: &[Type] = &[Type::String, Type::Any, Type::String];
static DATE_MODIFY: &[Type] = &[Type::String, Type::Time];
const HTML: &[u8] = b"2006-01-02";

const NO_CLOCK: &str = "is not a date, so that this would show the present time, which templates cannot see; \
    give a date of toDate, or seconds since 1970";

fn moment<'a>(call: &Call<'_, 'a>, index: usize) -> Result<&'a Moment, Failure> {
    match call.value(index) {
        Value::Object(Object::Time(moment)) => Ok(moment),
        _ => Err(Failure::Argument(index, "is not a date")),
    }
}

fn give<'a>(call: &mut Call<'_, 'a>, moment: Moment) -> Result<Value<'a>, Failure> {
    call.meter().make(std::mem::size_of::<Object>())?;
    Ok(call.arena().object(Object::Time(moment)))
}

/// A date or seconds since 1970 by a layout.
fn date<'a>(call: &mut Call<'_, 'a>, layout: &[u8], index: usize, zone: Zone) -> Result<Value<'a>, Failure> {
    let moment = match call.value(index) {
        Value::Object(Object::Time(moment)) => moment.within(zone),
        Value::Int(_) | Value::Int64(_) | Value::Int32(_) => Moment::new(call.int(index)?, 0, zone),
        _ => return Err(Failure::Argument(index, NO_CLOCK)),
    };
    call.meter().read(layout.len() * 32)?;
    let text = moment.format(layout);
    call.give(text)
}

fn date_in_zone<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let layout = call.bytes(0)?;
    let zone = zone(call, 2)?;
    date(call, layout, 1, zone)
}

/// A zone by its name. Go takes what no zone can be called as UTC.
fn zone(call: &mut Call<'_, '_>, index: usize) -> Result<Zone, Failure> {
    const UNKNOWN: &str = "is the name of a time zone, of which only UTC, Local, Etc/UTC and Etc/GMT with an offset \
        are known here";
    let name = call.bytes(index)?;
    if name.starts_with(b"/") || name.starts_with(b"\\") || name.windows(2).any(|pair| pair == b"..") {
        return Ok(Zone::Utc);
    }
    match name {
        b"" | b"UTC" => Ok(Zone::Utc),
        b"Local" => Ok(Zone::Local),
        b"GMT" | b"Etc/GMT" => Ok(Zone::fixed("GMT", 0)),
        b"Etc/UTC" => Ok(Zone::fixed("UTC", 0)),
        _ => fixed_zone(name).ok_or(Failure::Argument(index, UNKNOWN)),
    }
}

/// `Etc/GMT+5` is five hours west.
fn fixed_zone(name: &[u8]) -> Option<Zone> {
    let text = std::str::from_utf8(name.strip_prefix(b"Etc/GMT")?).ok()?;
    let (sign, digits) = (text.get(..1)?, text.get(1..)?);
    let hours: i64 = digits.parse().ok()?;
    if hours.to_string() != digits {
        return None;
    }
    match (sign, hours) {
        ("+" | "-", 0) => Some(Zone::fixed("GMT", 0)),
        ("+", 1..=12) => Some(Zone::fixed(format!("-{hours:02}"), -hours * 3600)),
        ("-", 1..=14) => Some(Zone::fixed(format!("+{hours:02}"), hours * 3600)),
        _ => None,
    }
}

fn date_modify<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let by = parse_duration(call.bytes(0)?).unwrap_or(0);
    let moment = moment(call, 1)?.plus(by);
    give(call, moment)
}

fn must_date_modify<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let by = parse_duration(call.bytes(0)?).ok_or(Failure::Argument(0, "is not a duration such as 1h30m"))?;
    let moment = moment(call, 1)?.plus(by);
    give(call, moment)
}

fn parse(call: &mut Call<'_, '_>) -> Result<Option<Moment>, Failure> {
    let (layout, text) = (call.bytes(0)?, call.bytes(1)?);
    call.meter().read(layout.len() * 32)?;
    Ok(Moment::parse(layout, text))
}

/// Seconds as text or `int64`; anything else is none.
fn duration<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let seconds = match call.value(0) {
        Value::Str(_) => match parse_int(call.bytes(0)?, 10) {
            Ok(value) | Err(NumberError::Range(value)) => value,
            Err(NumberError::Syntax) => 0,
        },
        Value::Int64(value) => value,
        _ => 0,
    };
    call.give(show_duration(seconds.wrapping_mul(1_000_000_000)))
}

/// The largest unit that goes into a duration more than once, or exactly once into less than the next.
fn duration_round<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    const HOUR: u64 = 3_600_000_000_000;
    const UNITS: [(u64, &str); 6] = [
        (HOUR * 24 * 365, "y"),
        (HOUR * 24 * 30, "mo"),
        (HOUR * 24, "d"),
        (HOUR, "h"),
        (HOUR / 60, "m"),
        (HOUR / 3600, "s"),
    ];
    let nanos = match call.value(0) {
        Value::Str(_) => parse_duration(call.bytes(0)?).unwrap_or(0),
        Value::Int64(value) => value,
        Value::Object(Object::Time(_)) => {
            return Err(Failure::Argument(
                0,
                "is a date, whose age depends on the present time, which templates cannot see",
            ));
        }
        _ => 0,
    };
    let size = nanos.unsigned_abs();
    let unit = UNITS.iter().find(|(unit, _)| size > *unit);
    call.give(unit.map_or_else(
        || "0s".to_owned(),
        |(unit, name)| format!("{}{name}", size / unit),
    ))
}
