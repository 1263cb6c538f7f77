//! `dig`: a value deep inside of maps.

use crate::{Call, Elem, Failure, Map, Value};

/// The value at a path of keys, or the argument before the map where a key is missing.
pub(super) fn dig<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let Some(last) = call.len().checked_sub(1).filter(|last| *last >= 2) else {
        return Err(Failure::Message(
            "needs a key or more, a value for when they are missing, and a map",
        ));
    };
    let mut map = inner(call.value(last)).ok_or(Failure::Argument(last, "is not a map"))?;
    let mut keys = Vec::with_capacity(last - 1);
    for index in 0..last - 1 {
        keys.push(call.bytes(index)?);
    }
    let mut keys = keys.into_iter().peekable();
    while let Some(key) = keys.next() {
        call.meter().seek(key.len(), map.len())?;
        let found = match map.get(key) {
            Value::Missing => break,
            found => found,
        };
        if keys.peek().is_none() {
            return Ok(found);
        }
        map = inner(found).ok_or(Failure::Argument(
            last,
            "holds a value that is not a map at one of the keys",
        ))?;
    }
    Ok(call.value(last - 1))
}

/// Only a `map[string]interface {}` does.
fn inner(value: Value<'_>) -> Option<&Map<'_>> {
    match value {
        Value::Map(map) if map.elem == Elem::Any => Some(map),
        _ => None,
    }
}
