//! Numbers. As in sprig, integer functions take anything that looks like an integer, and drop fractions.

use super::{Arguments, Function, between, fixed, many};
use crate::engine::meter::Failure;
use crate::engine::number::{self, Number};
use crate::engine::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    fixed("int", 1, int),
    fixed("int64", 1, int),
    fixed("float64", 1, float64),
    fixed("add1", 1, |a| Ok(Value::Int(integer(a, 0)?.wrapping_add(1)))),
    many("add", 0, |a| fold(a, 0, 0, i64::wrapping_add)),
    fixed("sub", 2, |a| {
        Ok(Value::Int(integer(a, 0)?.wrapping_sub(integer(a, 1)?)))
    }),
    many("mul", 1, |a| fold(a, 0, 1, i64::wrapping_mul)),
    fixed("div", 2, |a| by(a, i64::wrapping_div)),
    fixed("mod", 2, |a| by(a, i64::wrapping_rem)),
    many("max", 1, |a| fold(a, 0, i64::MIN, i64::max)),
    many("biggest", 1, |a| fold(a, 0, i64::MIN, i64::max)),
    many("min", 1, |a| fold(a, 0, i64::MAX, i64::min)),
    many("maxf", 1, |a| fold_float(a, f64::max)),
    many("minf", 1, |a| fold_float(a, f64::min)),
    fixed("floor", 1, |a| Ok(Value::Float(float(a, 0)?.floor()))),
    fixed("ceil", 1, |a| Ok(Value::Float(float(a, 0)?.ceil()))),
    between("round", 2, 3, round),
];

fn missing(arguments: &Arguments<'_>, index: usize) -> Result<(), Failure> {
    if matches!(arguments.value(index), Value::Nil) {
        Err(Failure::Missing(index))
    } else {
        Ok(())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "as sprig: the fraction is dropped, and the ends are held"
)]
fn truncate(number: f64) -> i64 {
    number as i64
}

#[expect(clippy::cast_precision_loss, reason = "as sprig: a float has 53 bits")]
fn widen(number: i64) -> f64 {
    number as f64
}

/// Any value as an integer; text that is none is 0.
fn integer(arguments: &Arguments<'_>, index: usize) -> Result<i64, Failure> {
    missing(arguments, index)?;
    Ok(match arguments.value(index) {
        Value::Int(number) => *number,
        Value::Float(number) => truncate(*number),
        Value::Bool(value) => i64::from(*value),
        Value::Text(text) => {
            let text = text.str().unwrap_or_default();
            let whole = match text.split_once('.') {
                Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
                _ => text,
            };
            match number::parse(whole) {
                Some(Number::Int(number)) => number,
                _ => 0,
            }
        }
        _ => return Err(arguments.wrong(index, "a number")),
    })
}

fn float(arguments: &Arguments<'_>, index: usize) -> Result<f64, Failure> {
    missing(arguments, index)?;
    Ok(match arguments.value(index) {
        Value::Int(number) => widen(*number),
        Value::Float(number) => *number,
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Text(text) => text.str().and_then(|text| text.parse().ok()).unwrap_or(0.0),
        _ => return Err(arguments.wrong(index, "a number")),
    })
}

fn int(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    integer(arguments, 0).map(Value::Int)
}

fn float64(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    float(arguments, 0).map(Value::Float)
}

fn fold(
    arguments: &Arguments<'_>,
    from: usize,
    start: i64,
    step: fn(i64, i64) -> i64,
) -> Result<Value, Failure> {
    (from..arguments.len())
        .try_fold(start, |sum, index| Ok(step(sum, integer(arguments, index)?)))
        .map(Value::Int)
}

fn fold_float(arguments: &Arguments<'_>, step: fn(f64, f64) -> f64) -> Result<Value, Failure> {
    let first = float(arguments, 0)?;
    (1..arguments.len())
        .try_fold(first, |sum, index| Ok(step(sum, float(arguments, index)?)))
        .map(Value::Float)
}

fn by(arguments: &Arguments<'_>, divide: fn(i64, i64) -> i64) -> Result<Value, Failure> {
    let (left, right) = (integer(arguments, 0)?, integer(arguments, 1)?);
    if right == 0 {
        return Err(Failure::message("division by zero"));
    }
    Ok(Value::Int(divide(left, right)))
}

/// Rounds to a number of places, up from `.5` or from the third argument on.
fn round(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (value, places) = (float(arguments, 0)?, integer(arguments, 1)?);
    let up_from = if arguments.len() > 2 {
        float(arguments, 2)?
    } else {
        0.5
    };
    let power = 10f64.powi(i32::try_from(places).unwrap_or(i32::MAX));
    let digits = power * value;
    let rounded = if digits.fract() >= up_from {
        digits.ceil()
    } else {
        digits.floor()
    };
    Ok(Value::Float(rounded / power))
}
