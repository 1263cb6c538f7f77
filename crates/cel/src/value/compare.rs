//! Equality and order.

use std::cmp::Ordering;

use crate::{
    run::{Failure, Meter},
    value::{Map, Value},
};

/// Values inside one another that are compared. What serde_json reads, and what an expression builds, is far below.
const MOST_LEVELS: usize = 256;

/// Whether two values are equal. Values of different types are not, but numbers are compared by what they are.
pub(crate) fn equal(left: &Value, right: &Value, meter: &mut Meter) -> Result<bool, Failure> {
    equal_within(left, right, meter, MOST_LEVELS)
}

fn equal_within(left: &Value, right: &Value, meter: &mut Meter, levels: usize) -> Result<bool, Failure> {
    let levels = levels.checked_sub(1).ok_or(Failure::Steps)?;
    meter.step(1)?;
    Ok(match (left, right) {
        (Value::List(left), Value::List(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right.iter()) {
                if !equal_within(left, right, meter, levels)? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(left), Value::Map(right)) => return equal_maps(left, right, meter, levels),
        _ => equal_scalars(left, right, meter)?,
    })
}

fn equal_maps(left: &Map, right: &Map, meter: &mut Meter, levels: usize) -> Result<bool, Failure> {
    if left.len() != right.len() {
        return Ok(false);
    }
    for (key, value) in left.iter() {
        let key = Value::from(key);
        meter.seek(&key, right)?;
        let Some(other) = right.get(&key) else {
            return Ok(false);
        };
        if !equal_within(value, other, meter, levels)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_scalars(left: &Value, right: &Value, meter: &mut Meter) -> Result<bool, Failure> {
    Ok(match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::String(left), Value::String(right)) => {
            meter.read(left.len().min(right.len()))?;
            left == right
        }
        (Value::Bytes(left), Value::Bytes(right)) => {
            meter.read(left.len().min(right.len()))?;
            left == right
        }
        (Value::Timestamp(left), Value::Timestamp(right)) => left.instant() == right.instant(),
        (Value::Duration(left), Value::Duration(right)) => left == right,
        (Value::Type(left), Value::Type(right)) => left == right,
        _ => numbers(left, right) == Some(Some(Ordering::Equal)),
    })
}

/// The order of two values; nothing where they have none. The inner option is empty where one of them is no number.
pub(crate) fn compare(
    left: &Value,
    right: &Value,
    meter: &mut Meter,
) -> Result<Option<Option<Ordering>>, Failure> {
    Ok(match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Some(Some(left.cmp(right))),
        (Value::String(left), Value::String(right)) => {
            meter.read(left.len().min(right.len()))?;
            Some(Some(left.cmp(right)))
        }
        (Value::Bytes(left), Value::Bytes(right)) => {
            meter.read(left.len().min(right.len()))?;
            Some(Some(left.cmp(right)))
        }
        (Value::Timestamp(left), Value::Timestamp(right)) => Some(Some(left.instant().cmp(&right.instant()))),
        (Value::Duration(left), Value::Duration(right)) => Some(Some(left.cmp(right))),
        _ => match numbers(left, right) {
            // What is no number is before and behind nothing, and cel-go asks for that before it looks at types.
            None if is_nan(left) || is_nan(right) && has_order(left) => Some(None),
            order => order,
        },
    })
}

fn is_nan(value: &Value) -> bool {
    matches!(value, Value::Double(number) if number.is_nan())
}

fn has_order(value: &Value) -> bool {
    !matches!(
        value,
        Value::Null | Value::List(_) | Value::Map(_) | Value::Type(_)
    )
}

fn numbers(left: &Value, right: &Value) -> Option<Option<Ordering>> {
    Some(match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(right)),
        (Value::Uint(left), Value::Uint(right)) => Some(left.cmp(right)),
        (Value::Double(left), Value::Double(right)) => left.partial_cmp(right),
        (Value::Int(left), Value::Uint(right)) => Some(int_and_uint(*left, *right)),
        (Value::Uint(left), Value::Int(right)) => Some(int_and_uint(*right, *left).reverse()),
        (Value::Double(left), Value::Int(right)) => double_and_int(*left, *right),
        (Value::Int(left), Value::Double(right)) => double_and_int(*right, *left).map(Ordering::reverse),
        (Value::Double(left), Value::Uint(right)) => double_and_uint(*left, *right),
        (Value::Uint(left), Value::Double(right)) => double_and_uint(*right, *left).map(Ordering::reverse),
        _ => return None,
    })
}

fn int_and_uint(left: i64, right: u64) -> Ordering {
    u64::try_from(left).map_or(Ordering::Less, |left| left.cmp(&right))
}

/// As doubles, as cel-go does it: a large whole number is rounded first.
#[expect(clippy::cast_precision_loss, reason = "meant")]
fn double_and_int(left: f64, right: i64) -> Option<Ordering> {
    left.partial_cmp(&(right as f64))
}

#[expect(clippy::cast_precision_loss, reason = "meant")]
fn double_and_uint(left: f64, right: u64) -> Option<Ordering> {
    left.partial_cmp(&(right as f64))
}
