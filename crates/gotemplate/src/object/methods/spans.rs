//! Methods of durations, months, weekdays and zones.

use super::receiver;
use crate::object::Object;
use crate::{Call, Failure, Function, Type, Value};

pub(super) static DURATION: &[Function] = &[
    Function::new("String", &[], Type::String, text),
    Function::new("Hours", &[], Type::Float, |call| in_unit(call, 3_600_000_000_000)),
    Function::new("Minutes", &[], Type::Float, |call| in_unit(call, 60_000_000_000)),
    Function::new("Seconds", &[], Type::Float, |call| in_unit(call, 1_000_000_000)),
    Function::new("Milliseconds", &[], Type::Int64, |call| {
        whole(call, |nanos| nanos / 1_000_000)
    }),
    Function::new("Microseconds", &[], Type::Int64, |call| {
        whole(call, |nanos| nanos / 1_000)
    }),
    Function::new("Nanoseconds", &[], Type::Int64, |call| whole(call, |nanos| nanos)),
    Function::new("Abs", &[], Type::Duration, |call| {
        let nanos = nanos(call)?.saturating_abs();
        Ok(call.arena().object(Object::Duration(nanos)))
    }),
    Function::new("Truncate", &[Type::Duration], Type::Duration, |call| {
        by(call, |nanos, unit| nanos - nanos % unit)
    }),
    Function::new("Round", &[Type::Duration], Type::Duration, |call| by(call, round)),
];

/// Those of values that have nothing but a name.
pub(super) static NAMED: &[Function] = &[Function::new("String", &[], Type::String, text)];

fn text<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let text = receiver(call)?.text();
    call.give(text)
}

fn nanos(call: &Call<'_, '_>) -> Result<i64, Failure> {
    Ok(receiver(call)?.whole().unwrap_or_default())
}

fn whole<'a>(call: &mut Call<'_, 'a>, of: impl Fn(i64) -> i64) -> Result<Value<'a>, Failure> {
    Ok(Value::Int64(of(nanos(call)?)))
}

/// Whole units and the rest apart, as Go does, so that the result rounds as there.
#[expect(clippy::cast_precision_loss, reason = "Go reckons these in floating point")]
fn in_unit<'a>(call: &mut Call<'_, 'a>, unit: i64) -> Result<Value<'a>, Failure> {
    let nanos = nanos(call)?;
    let value = (nanos / unit) as f64 + (nanos % unit) as f64 / unit as f64;
    Ok(Value::Float(value))
}

fn by<'a>(call: &mut Call<'_, 'a>, of: impl Fn(i64, i64) -> i64) -> Result<Value<'a>, Failure> {
    let nanos = nanos(call)?;
    let unit = duration(call, 0)?;
    let result = if unit <= 0 { nanos } else { of(nanos, unit) };
    Ok(call.arena().object(Object::Duration(result)))
}

/// To the nearest multiple; half way away from zero; the furthest there is where that overflows.
fn round(nanos: i64, unit: i64) -> i64 {
    let rest = nanos % unit;
    let magnitude = rest.unsigned_abs();
    if magnitude + magnitude < unit.unsigned_abs() {
        nanos - rest
    } else if nanos < 0 {
        (nanos - rest).saturating_sub(unit)
    } else {
        (nanos - rest).saturating_add(unit)
    }
}

/// A duration that is an argument. A constant comes as a number.
pub(super) fn duration(call: &Call<'_, '_>, index: usize) -> Result<i64, Failure> {
    match call.value(index) {
        Value::Object(object) => object
            .whole()
            .ok_or(Failure::Argument(index, "is not a duration")),
        _ => call.int(index),
    }
}
