//! Elements chosen by what they are.

use std::collections::HashSet;

use super::items;
use crate::funcs::compare::deep_equal;
use crate::{Call, Elem, Failure, Meter, Value};

/// Without what is empty.
pub(super) fn compact<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let items = items(call, 0)?;
    call.meter().step(items.len() as u64)?;
    let kept = items.iter().filter(|item| item.is_true()).copied().collect();
    call.give_list(Elem::Any, kept)
}

/// Whether a value is in a list. Nothing is in nil.
pub(super) fn has<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    if call.value(1).is_nil() {
        return Ok(Value::Bool(false));
    }
    let (needle, items) = (call.value(0), items(call, 1)?);
    contains(call.meter(), items, needle).map(Value::Bool)
}

fn contains<'a>(meter: &mut Meter, items: &[Value<'a>], needle: Value<'a>) -> Result<bool, Failure> {
    for item in items {
        if deep_equal(meter, needle, *item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Without some values.
pub(super) fn without<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let items = items(call, 0)?;
    let omitted = call.from(1);
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        if !contains(call.meter(), omitted, *item)? {
            kept.push(*item);
        }
    }
    call.give_list(Elem::Any, kept)
}

/// What makes two plain values the same: their type and value.
#[derive(PartialEq, Eq, Hash)]
enum Plain<'a> {
    Nil,
    Bool(bool),
    Int(i64),
    Int64(i64),
    Int32(i32),
    Uint8(u8),
    Uint64(u64),
    Str(&'a [u8]),
}

impl<'a> Plain<'a> {
    fn of(value: Value<'a>) -> Option<Self> {
        Some(match value {
            Value::Missing | Value::Nil => Self::Nil,
            Value::Bool(value) => Self::Bool(value),
            Value::Int(value) => Self::Int(value),
            Value::Int64(value) => Self::Int64(value),
            Value::Int32(value) => Self::Int32(value),
            Value::Uint8(value) => Self::Uint8(value),
            Value::Uint64(value) => Self::Uint64(value),
            Value::Str(value) => Self::Str(value),
            Value::Float(_) | Value::Complex(..) | Value::List(_) | Value::Map(_) | Value::Object(_) => {
                return None;
            }
        })
    }
}

/// The first of all that are equal. Plain values are looked up, the others are compared with one another.
pub(super) fn uniq<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let items = items(call, 0)?;
    let mut plain = HashSet::new();
    let mut others: Vec<Value<'a>> = Vec::new();
    let mut kept = Vec::new();
    for item in items {
        call.meter().step(1)?;
        let is_new = if let Some(key) = Plain::of(*item) {
            if let Plain::Str(text) = key {
                call.meter().read(text.len())?;
            }
            plain.insert(key)
        } else if contains(call.meter(), &others, *item)? {
            false
        } else {
            others.push(*item);
            true
        };
        if is_new {
            kept.push(*item);
        }
    }
    call.give_list(Elem::Any, kept)
}
