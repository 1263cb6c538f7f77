//! Numbers.

mod cast;
mod decimal;
mod number;
mod power;
mod sequence;

#[cfg(test)]
mod tests;

use decimal::Decimal;

pub(crate) use cast::{to_float64, to_int64};
pub(crate) use number::{NumberError, parse_int, shortest_digits};

use crate::{Call, Failure, Function, Meter, Type, Value, fmt};

pub(super) static TABLE: &[Function] = &[
    Function::new("int64", &[Type::Any], Type::Int64, |call| int(call, Value::Int64)),
    Function::new("int", &[Type::Any], Type::Int, |call| int(call, Value::Int)),
    Function::new("float64", &[Type::Any], Type::Float, |call| {
        float(call, |value| value)
    }),
    Function::new("toDecimal", &[Type::Any], Type::Int64, to_decimal),
    Function::new("atoi", &[Type::String], Type::Int, atoi),
    Function::new("add1", &[Type::Any], Type::Int64, |call| {
        int(call, |value| Value::Int64(value.wrapping_add(1)))
    }),
    Function::variadic("add", &[], Type::Any, Type::Int64, |call| {
        whole(call, Some(0), |a, b| Ok(a.wrapping_add(b)))
    }),
    Function::new("sub", &[Type::Any, Type::Any], Type::Int64, |call| {
        whole(call, None, |a, b| Ok(a.wrapping_sub(b)))
    }),
    Function::variadic("mul", &[Type::Any], Type::Any, Type::Int64, |call| {
        whole(call, None, |a, b| Ok(a.wrapping_mul(b)))
    }),
    Function::new("div", &[Type::Any, Type::Any], Type::Int64, |call| {
        whole(call, None, |a, b| quotient(b, || a.wrapping_div(b)))
    }),
    Function::new("mod", &[Type::Any, Type::Any], Type::Int64, |call| {
        whole(call, None, |a, b| quotient(b, || a.wrapping_rem(b)))
    }),
    Function::variadic("max", &[Type::Any], Type::Any, Type::Int64, largest),
    Function::variadic("biggest", &[Type::Any], Type::Any, Type::Int64, largest),
    Function::variadic("min", &[Type::Any], Type::Any, Type::Int64, |call| {
        whole(call, None, |a, b| Ok(a.min(b)))
    }),
    Function::variadic("maxf", &[Type::Any], Type::Any, Type::Float, |call| {
        floats(call, max_float)
    }),
    Function::variadic("minf", &[Type::Any], Type::Any, Type::Float, |call| {
        floats(call, min_float)
    }),
    Function::new("add1f", &[Type::Any], Type::Float, |call| {
        numbers(call)?;
        let sum = Decimal::of(to_float64(call.value(0)))?.add(&Decimal::of(1.0)?, call.meter())?;
        Ok(Value::Float(sum.to_float(call.meter())?))
    }),
    Function::variadic("addf", &[], Type::Any, Type::Float, |call| {
        decimals(call, Some(0.0), Decimal::add)
    }),
    Function::variadic("subf", &[Type::Any], Type::Any, Type::Float, |call| {
        decimals(call, None, Decimal::subtract)
    }),
    Function::variadic("mulf", &[Type::Any], Type::Any, Type::Float, |call| {
        decimals(call, None, Decimal::multiply)
    }),
    Function::variadic("divf", &[Type::Any], Type::Any, Type::Float, |call| {
        decimals(call, None, Decimal::divide)
    }),
    Function::new("floor", &[Type::Any], Type::Float, |call| float(call, f64::floor)),
    Function::new("ceil", &[Type::Any], Type::Float, |call| float(call, f64::ceil)),
    Function::variadic("round", &[Type::Any, Type::Int], Type::Float, Type::Float, round),
    Function::new("until", &[Type::Int], Type::Ints, sequence::until),
    Function::new(
        "untilStep",
        &[Type::Int, Type::Int, Type::Int],
        Type::Ints,
        sequence::until_step,
    ),
    Function::variadic("seq", &[], Type::Int, Type::String, sequence::seq),
];

fn atoi<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let value = match parse_int(call.bytes(0)?, 10) {
        Ok(value) | Err(NumberError::Range(value)) => value,
        Err(NumberError::Syntax) => 0,
    };
    Ok(Value::Int(value))
}

/// The value's text, read as an octal number.
fn to_decimal<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let octal = |text: &[u8]| parse_int(text, 8).unwrap_or(0);
    Ok(Value::Int64(match call.value(0) {
        Value::Str(_) => octal(call.bytes(0)?),
        Value::Float(value) => octal(&fmt::float(value)),
        Value::Uint64(value) => octal(value.to_string().as_bytes()),
        Value::Int(_) | Value::Int64(_) | Value::Int32(_) | Value::Uint8(_) => {
            octal(call.int(0)?.to_string().as_bytes())
        }
        _ => 0,
    }))
}

/// The arguments. Pays for those that are to be read as numbers.
fn numbers<'c, 'a>(call: &mut Call<'c, 'a>) -> Result<&'c [Value<'a>], Failure> {
    let arguments = call.from(0);
    call.meter().step(arguments.len() as u64 / 4)?;
    for value in arguments {
        if let Value::Str(text) = value {
            call.meter().read(text.len() * 16)?;
        }
    }
    Ok(arguments)
}

fn int<'a>(call: &mut Call<'_, 'a>, of: impl Fn(i64) -> Value<'a>) -> Result<Value<'a>, Failure> {
    numbers(call)?;
    Ok(of(to_int64(call.value(0))))
}

fn float<'a>(call: &mut Call<'_, 'a>, of: impl Fn(f64) -> f64) -> Result<Value<'a>, Failure> {
    numbers(call)?;
    Ok(Value::Float(of(to_float64(call.value(0)))))
}

/// Goes through whole numbers from the left.
fn whole<'a>(
    call: &mut Call<'_, 'a>,
    start: Option<i64>,
    step: impl Fn(i64, i64) -> Result<i64, Failure>,
) -> Result<Value<'a>, Failure> {
    let mut numbers = numbers(call)?.iter().map(|value| to_int64(*value));
    let first = start.or_else(|| numbers.next()).unwrap_or_default();
    numbers.try_fold(first, step).map(Value::Int64)
}

fn quotient(divisor: i64, of: impl FnOnce() -> i64) -> Result<i64, Failure> {
    if divisor == 0 {
        return Err(Failure::Message("divides by zero"));
    }
    Ok(of())
}

fn largest<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    whole(call, None, |a, b| Ok(a.max(b)))
}

fn floats<'a>(call: &mut Call<'_, 'a>, step: impl Fn(f64, f64) -> f64) -> Result<Value<'a>, Failure> {
    let numbers = numbers(call)?.iter().map(|value| to_float64(*value));
    Ok(Value::Float(numbers.reduce(step).unwrap_or_default()))
}

/// Infinity goes before no number, and 0 before -0.
fn max_float(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == b {
        if a.is_sign_negative() { b } else { a }
    } else {
        a.max(b)
    }
}

fn min_float(a: f64, b: f64) -> f64 {
    -max_float(-a, -b)
}

/// Goes through decimals from the left.
fn decimals<'a>(
    call: &mut Call<'_, 'a>,
    start: Option<f64>,
    step: impl Fn(&Decimal, &Decimal, &mut Meter) -> Result<Decimal, Failure>,
) -> Result<Value<'a>, Failure> {
    let mut numbers = numbers(call)?.iter().map(|value| to_float64(*value));
    let first = start.or_else(|| numbers.next()).unwrap_or_default();
    let mut result = Decimal::of(first)?;
    for number in numbers {
        call.meter().step(4)?;
        result = step(&result, &Decimal::of(number)?, call.meter())?;
    }
    Ok(Value::Float(result.to_float(call.meter())?))
}

fn round<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    numbers(call)?;
    let on = if call.len() > 2 { call.float(2)? } else { 0.5 };
    let power = power::power_of_ten(call.int(1)?);
    let digit = power * to_float64(call.value(0));
    let fraction = digit - digit.trunc();
    let rounded = if fraction >= on {
        digit.ceil()
    } else {
        digit.floor()
    };
    Ok(Value::Float(rounded / power))
}
