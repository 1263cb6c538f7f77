//! `deepCopy`.

use crate::{Call, Failure, Object, Value, Version, Zone};

/// What Go's copy of any version is.
const ZERO: Version = Version {
    major: 0,
    minor: 0,
    patch: 0,
    pre: String::new(),
    metadata: String::new(),
    original: String::new(),
};

/// A copy that shares no list and no map with its origin.
///
/// A map that holds itself has a copy without end: the bytes that may be made end it.
pub(super) fn deep_copy<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    if call.value(0).is_nil() {
        return Err(Failure::Argument(0, "is nil, of which there is no copy"));
    }
    // Copies whose elements are still the origin's.
    let mut shallow = Vec::new();
    let copy = copy_one(call, &mut shallow, call.value(0))?;
    while let Some(copy) = shallow.pop() {
        match copy {
            Value::List(list) if list.items().iter().any(is_shared) => {
                let mut items = list.items().to_vec();
                for item in &mut items {
                    *item = copy_one(call, &mut shallow, *item)?;
                }
                list.replace(call.arena().slice(items));
            }
            Value::Map(map) => {
                for (key, value) in map.entries().into_iter().filter(|(_, value)| is_shared(value)) {
                    map.insert(key, copy_one(call, &mut shallow, value)?);
                }
            }
            _ => {}
        }
    }
    Ok(copy)
}

/// Whether a change of one is seen by all who hold it.
fn is_shared(value: &Value<'_>) -> bool {
    matches!(value, Value::List(_) | Value::Map(_) | Value::Object(_))
}

fn copy_one<'a>(
    call: &mut Call<'_, 'a>,
    shallow: &mut Vec<Value<'a>>,
    value: Value<'a>,
) -> Result<Value<'a>, Failure> {
    let copy = match value {
        Value::List(list) if list.is_nil() => call.arena().nil_list(list.elem),
        Value::Map(map) if map.is_nil() => call.arena().nil_map(map.elem),
        Value::List(list) => {
            call.meter().make(list.len() * size_of::<Value<'_>>() + 48)?;
            call.arena().list(list.elem, list.items().iter().copied())
        }
        Value::Map(map) => {
            call.meter().step(map.len() as u64 / 2)?;
            call.meter().make(map.len() * 48 + 48)?;
            call.arena().map(map.elem, map.entries())
        }
        Value::Object(object) => return Ok(call.arena().object(copy_object(object))),
        _ => return Ok(value),
    };
    shallow.push(copy);
    Ok(copy)
}

/// Fields that are not exported are not copied in Go, and a version or a zone has no others.
fn copy_object(object: &Object) -> Object {
    match object {
        Object::Version(_) => Object::Version(ZERO),
        Object::BareVersion(_) => Object::BareVersion(ZERO),
        Object::Location(_) => Object::Location(Zone::fixed(String::new(), 0)),
        Object::Time(_) | Object::Duration(_) | Object::Month(_) | Object::Weekday(_) => object.clone(),
    }
}
