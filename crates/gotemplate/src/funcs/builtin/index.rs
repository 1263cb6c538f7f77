//! `len`, `index`, `slice`.

use crate::{Arena, Call, Elem, Failure, Value, fmt};

const OUT_OF_RANGE: Failure = Failure::Message("index out of range");

pub(super) fn len<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let value = call.value(0);
    let length = match value {
        Value::Str(text) => text.len(),
        Value::List(list) => list.len(),
        Value::Map(map) => map.len(),
        Value::Nil => return Err(Failure::Message("len of nil pointer")),
        Value::Missing => return Err(Failure::Message("len of untyped nil")),
        other => return Err(of_type("len of type {0}", other)),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

pub(super) fn index<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let mut item = call.value(0);
    if item.is_nil() {
        return Err(Failure::Message("index of untyped nil"));
    }
    for index in call.from(1) {
        call.meter().step(1)?;
        item = match item {
            Value::Missing | Value::Nil => return Err(Failure::Message("index of nil pointer")),
            Value::List(list) => {
                let index = position(*index, list.len())?;
                list.items().get(index).copied().ok_or(OUT_OF_RANGE)?
            }
            Value::Str(text) => {
                let index = position(*index, text.len())?;
                Value::Uint8(text.get(index).copied().ok_or(OUT_OF_RANGE)?)
            }
            Value::Map(map) => {
                let key = key(*index)?;
                call.meter().seek(key.len(), map.len())?;
                match map.get(key) {
                    Value::Missing => zero(call.arena(), map.elem),
                    found => found,
                }
            }
            other => return Err(of_type("can't index item of type {0}", other)),
        };
    }
    Ok(item)
}

pub(super) fn slice<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let item = call.value(0);
    let indexes = call.from(1);
    if item.is_nil() {
        return Err(Failure::Message("slice of untyped nil"));
    }
    if indexes.len() > 3 {
        return Err(Failure::Message("too many slice indexes: at most 3"));
    }
    let (length, capacity) = match item {
        Value::Str(_) if indexes.len() == 3 => {
            return Err(Failure::Message("cannot 3-index slice a string"));
        }
        Value::Str(text) => (text.len(), text.len()),
        Value::List(list) => (list.len(), list.capacity()),
        other => return Err(of_type("can't slice item of type {0}", other)),
    };
    let mut bounds = [0, length, capacity];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(*index, capacity)?;
    }
    let [start, end, most] = bounds;
    if start > end {
        return Err(Failure::Message(
            "invalid slice index: the start is behind the end",
        ));
    }
    if end > most {
        return Err(Failure::Message(
            "invalid slice index: the end is behind the capacity",
        ));
    }
    let part = match item {
        Value::Str(text) => text.get(start..end).map(Value::Str),
        Value::List(list) => {
            call.meter().make(48)?;
            list.part_within(start, end, most)
        }
        _ => None,
    };
    part.ok_or(OUT_OF_RANGE)
}

/// An index, which may be just behind the last element.
fn position(index: Value<'_>, most: usize) -> Result<usize, Failure> {
    let number = match index {
        Value::Int(number) | Value::Int64(number) => number,
        Value::Int32(number) => number.into(),
        Value::Uint8(number) => number.into(),
        Value::Uint64(number) => number.cast_signed(),
        Value::Missing | Value::Nil => return Err(Failure::Message("cannot index slice/array with nil")),
        other => {
            let whole = other.object().and_then(|object| object.whole());
            whole.ok_or_else(|| named("cannot index slice/array with type {0}", other))?
        }
    };
    usize::try_from(number)
        .ok()
        .filter(|number| *number <= most)
        .ok_or(OUT_OF_RANGE)
}

fn key(index: Value<'_>) -> Result<&[u8], Failure> {
    match index {
        Value::Str(key) => Ok(key),
        Value::Missing | Value::Nil => Err(Failure::Message("value is nil; should be of type string")),
        other => Err(named("value has type {0}; should be string", other)),
    }
}

/// What a map gives for a key that it does not have.
fn zero<'a>(arena: &'a Arena<'a>, elem: Elem) -> Value<'a> {
    match elem {
        Elem::Any => Value::Nil,
        Elem::String => Value::Str(b""),
        Elem::Int => Value::Int(0),
        Elem::Byte => Value::Uint8(0),
        Elem::Anys => arena.nil_list(Elem::Any),
    }
}

fn named(sentence: &'static str, value: Value<'_>) -> Failure {
    Failure::Types(sentence, [fmt::type_name(value), ""])
}

/// The same with what a pointer points to.
fn of_type(sentence: &'static str, value: Value<'_>) -> Failure {
    Failure::Types(sentence, [fmt::type_name(value).trim_start_matches('*'), ""])
}
