//! Values as numbers, as spf13/cast turns them: what is none is 0.

use super::number::{parse_float, parse_int};
use crate::{Object, Value};

/// As `int64`.
pub(crate) fn to_int64(value: Value<'_>) -> i64 {
    match value {
        Value::Int(value) | Value::Int64(value) => value,
        Value::Int32(value) => value.into(),
        Value::Uint8(value) => value.into(),
        Value::Uint64(value) => value.cast_signed(),
        Value::Float(value) => truncate(value),
        Value::Bool(value) => value.into(),
        Value::Str(text) => parse_int(without_zero_decimals(text), 0).unwrap_or(0),
        Value::Object(Object::Month(value) | Object::Weekday(value)) => *value,
        Value::Missing
        | Value::Nil
        | Value::Complex(..)
        | Value::List(_)
        | Value::Map(_)
        | Value::Object(_) => 0,
    }
}

/// As `float64`.
#[expect(clippy::cast_precision_loss, reason = "Go's conversion rounds")]
pub(crate) fn to_float64(value: Value<'_>) -> f64 {
    match value {
        Value::Float(value) => value,
        Value::Uint64(value) => value as f64,
        Value::Str(text) => parse_float(text).unwrap_or(0.0),
        other => to_int64(other) as f64,
    }
}

/// Go's conversion of a `float64` to an `int64`, as x86-64 does it: what does not fit is the smallest number.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(crate) fn truncate(value: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) {
        value as i64
    } else {
        i64::MIN
    }
}

/// `1.00` as `1`; anything else as it is.
fn without_zero_decimals(text: &[u8]) -> &[u8] {
    let mut zero = false;
    for (at, byte) in text.iter().enumerate().rev() {
        match byte {
            b'.' if zero => return text.get(..at).unwrap_or_default(),
            // A dot at the very end is passed over, as cast does it.
            b'.' => {}
            b'0' => zero = true,
            _ => break,
        }
    }
    text
}
