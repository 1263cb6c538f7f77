//! The parts of timestamps and durations.

use crate::{
    library::{Function, Overload, Pattern},
    run::Failure,
    value::{Civil, Value, parse_offset},
};

use Pattern::{Duration, Int, String, Timestamp};

macro_rules! parts {
    ($($name:literal $part:expr;)*) => {
        &[$(
            Function {
                name: $name,
                overloads: &[
                    Overload::member(&[Timestamp], Int, |args, _| part(args, $part)),
                    Overload::member(&[Timestamp, String], Int, |args, _| part(args, $part)),
                ],
            },
        )*]
    };
}

macro_rules! parts_of_both {
    ($($name:literal $part:expr, $unit:literal;)*) => {
        &[$(
            Function {
                name: $name,
                overloads: &[
                    Overload::member(&[Timestamp], Int, |args, _| part(args, $part)),
                    Overload::member(&[Timestamp, String], Int, |args, _| part(args, $part)),
                    Overload::member(&[Duration], Int, |args, _| units(args, $unit)),
                ],
            },
        )*]
    };
}

pub(super) const OF_TIMESTAMPS: &[Function] = parts! {
    "getFullYear" |at| at.year;
    "getMonth" |at| at.month - 1;
    "getDayOfYear" |at| at.day_of_year;
    "getDayOfMonth" |at| at.day - 1;
    "getDate" |at| at.day;
    "getDayOfWeek" |at| at.weekday;
};

pub(super) const OF_BOTH: &[Function] = parts_of_both! {
    "getHours" |at| at.hour, 3_600_000_000_000;
    "getMinutes" |at| at.minute, 60_000_000_000;
    "getSeconds" |at| at.second, 1_000_000_000;
    "getMilliseconds" |at| at.millisecond, 1_000_000;
};

/// A part of a timestamp, in UTC or in the zone of the second argument.
fn part(args: &[Value], part: fn(Civil) -> i64) -> Result<Value, Failure> {
    let (point, zone) = match args {
        [Value::Timestamp(point)] => (point, 0),
        [Value::Timestamp(point), Value::String(zone)] => {
            let zone = parse_offset(zone).ok_or(Failure::Conversion(
                "the time zone is not known; it is \"UTC\" or an offset such as \"+02:00\"",
            ))?;
            (point, zone)
        }
        _ => return Err(Failure::NoOverload),
    };
    Ok(Value::Int(part(point.civil(zone))))
}

/// How many whole units a duration has. As cel-go counts them, with doubles: a nanosecond less than a full hour, in a
/// duration of years, is rounded up to it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "that is how it is counted"
)]
fn units(args: &[Value], nanoseconds: i64) -> Result<Value, Failure> {
    match args {
        [Value::Duration(stretch)] if nanoseconds > MILLISECOND => {
            let (whole, rest) = (stretch.0 / nanoseconds, stretch.0 % nanoseconds);
            Ok(Value::Int(
                (whole as f64 + rest as f64 / nanoseconds as f64) as i64,
            ))
        }
        [Value::Duration(stretch)] => Ok(Value::Int(stretch.0 / nanoseconds)),
        _ => Err(Failure::NoOverload),
    }
}

const MILLISECOND: i64 = 1_000_000;
