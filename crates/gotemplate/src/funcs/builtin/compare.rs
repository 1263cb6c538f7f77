//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`: only values of the same basic kind can be compared, and whole numbers with whole
//! numbers of the other sign.

use std::cmp::Ordering;

use crate::{Call, Failure, Value, fmt};

/// What Go's basic kinds hold.
enum Basic<'a> {
    Bool(bool),
    Whole(i128),
    Float(f64),
    Complex(f64, f64),
    Text(&'a [u8]),
    /// Nil, lists, maps, structs.
    None,
}

const BAD_TYPE: Failure = Failure::Message("invalid type for comparison");

pub(super) fn eq<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let first = call.value(0);
    let others = call.from(1);
    if others.is_empty() {
        return Err(Failure::Message("missing argument for comparison"));
    }
    for other in others {
        pay(call, first, *other)?;
        if equal(first, *other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn ne<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (a, b) = both(call)?;
    Ok(Value::Bool(!equal(a, b)?))
}

pub(super) fn lt<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (a, b) = both(call)?;
    Ok(Value::Bool(less(a, b)?))
}

pub(super) fn le<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (a, b) = both(call)?;
    Ok(Value::Bool(less(a, b)? || equal(a, b)?))
}

pub(super) fn gt<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (a, b) = both(call)?;
    // As Go has it: so it holds for NaN.
    Ok(Value::Bool(!(less(a, b)? || equal(a, b)?)))
}

pub(super) fn ge<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (a, b) = both(call)?;
    Ok(Value::Bool(!less(a, b)?))
}

fn both<'a>(call: &mut Call<'_, 'a>) -> Result<(Value<'a>, Value<'a>), Failure> {
    let (a, b) = (call.value(0), call.value(1));
    pay(call, a, b)?;
    Ok((a, b))
}

/// Pays for looking at both.
fn pay(call: &mut Call<'_, '_>, a: Value<'_>, b: Value<'_>) -> Result<(), Failure> {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => call.meter().read(a.len().min(b.len())),
        _ => call.meter().step(1),
    }
}

fn basic(value: Value<'_>) -> Basic<'_> {
    match value {
        Value::Bool(value) => Basic::Bool(value),
        Value::Int(value) | Value::Int64(value) => Basic::Whole(value.into()),
        Value::Int32(value) => Basic::Whole(value.into()),
        Value::Uint8(value) => Basic::Whole(value.into()),
        Value::Uint64(value) => Basic::Whole(value.into()),
        Value::Float(value) => Basic::Float(value),
        Value::Complex(re, im) => Basic::Complex(re, im),
        Value::Str(text) => Basic::Text(text),
        Value::Object(object) => object
            .whole()
            .map_or(Basic::None, |value| Basic::Whole(value.into())),
        Value::Missing | Value::Nil | Value::List(_) | Value::Map(_) => Basic::None,
    }
}

fn incompatible(a: Value<'_>, b: Value<'_>) -> Failure {
    Failure::Types(
        "incompatible types for comparison: {0} and {1}",
        [fmt::type_name(a), fmt::type_name(b)],
    )
}

/// Go's `==`, as far as templates have it.
fn equal(a: Value<'_>, b: Value<'_>) -> Result<bool, Failure> {
    match (basic(a), basic(b)) {
        (Basic::Bool(a), Basic::Bool(b)) => Ok(a == b),
        (Basic::Whole(a), Basic::Whole(b)) => Ok(a == b),
        (Basic::Float(a), Basic::Float(b)) => Ok(a == b),
        (Basic::Complex(re, im), Basic::Complex(re2, im2)) => Ok(re == re2 && im == im2),
        (Basic::Text(a), Basic::Text(b)) => Ok(a == b),
        (Basic::None, Basic::None) => equal_others(a, b),
        // Nil is different from every other thing.
        _ if a.is_nil() || b.is_nil() => Ok(false),
        _ => Err(incompatible(a, b)),
    }
}

/// Nil, lists, maps and structs.
fn equal_others(a: Value<'_>, b: Value<'_>) -> Result<bool, Failure> {
    let nothing = |value: Value<'_>| match value {
        Value::List(list) => list.is_nil(),
        Value::Map(map) => map.is_nil(),
        other => other.is_nil(),
    };
    if !a.is_nil() && !b.is_nil() && fmt::kind_name(a) != fmt::kind_name(b) {
        return Err(Failure::Types(
            "non-comparable types {0} and {1}",
            [fmt::type_name(a), fmt::type_name(b)],
        ));
    }
    if nothing(a) || nothing(b) {
        return Ok(nothing(a) == nothing(b));
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => Ok(a.same(b)),
        _ => Err(Failure::Types("non-comparable type {0}", [fmt::type_name(b), ""])),
    }
}

/// Go's `<`, as far as templates have it.
fn less(a: Value<'_>, b: Value<'_>) -> Result<bool, Failure> {
    let order = match (basic(a), basic(b)) {
        (Basic::None, _) | (_, Basic::None) => return Err(BAD_TYPE),
        (Basic::Bool(_), Basic::Bool(_)) | (Basic::Complex(..), Basic::Complex(..)) => return Err(BAD_TYPE),
        (Basic::Whole(a), Basic::Whole(b)) => Some(a.cmp(&b)),
        (Basic::Float(a), Basic::Float(b)) => a.partial_cmp(&b),
        (Basic::Text(a), Basic::Text(b)) => Some(a.cmp(b)),
        _ => return Err(incompatible(a, b)),
    };
    Ok(order == Some(Ordering::Less))
}
