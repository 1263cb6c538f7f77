//! Maps: sprig's functions of the same names. Where Go's order is that of chance, ours is that of the keys.

mod copy;
mod dig;
mod entries;
mod merge;

use crate::{Call, Failure, Function, Map, Meter, Type, Value};

use Type::{Any, Anys, Bool, Map as Dict, String as Text, Strings};

pub(super) static TABLE: &[Function] = &[
    Function::new("deepCopy", &[Any], Any, copy::deep_copy),
    Function::variadic("dict", &[], Any, Dict, entries::dict),
    Function::variadic("dig", &[], Any, Any, dig::dig),
    Function::new("get", &[Dict, Text], Any, get),
    Function::new("hasKey", &[Dict, Text], Bool, has_key),
    Function::variadic("keys", &[], Dict, Strings, entries::keys),
    Function::variadic("merge", &[Dict], Dict, Any, merge::merge),
    Function::variadic("mergeOverwrite", &[Dict], Dict, Any, merge::merge_overwrite),
    Function::new("mustDeepCopy", &[Any], Any, copy::deep_copy),
    Function::variadic("mustMerge", &[Dict], Dict, Any, merge::must_merge),
    Function::variadic(
        "mustMergeOverwrite",
        &[Dict],
        Dict,
        Any,
        merge::must_merge_overwrite,
    ),
    Function::variadic("omit", &[Dict], Text, Dict, entries::omit),
    Function::variadic("pick", &[Dict], Text, Dict, entries::pick),
    Function::variadic("pluck", &[Text], Dict, Anys, entries::pluck),
    Function::new("set", &[Dict, Text, Any], Dict, set),
    Function::new("unset", &[Dict, Text], Dict, unset),
    Function::new("values", &[Dict], Anys, entries::values),
];

/// A map of an argument. What is missing or the constant nil comes as Go's nil map, which is empty.
fn dict<'a>(call: &mut Call<'_, 'a>, index: usize) -> Result<&'a Map<'a>, Failure> {
    match call.value(index) {
        Value::Missing | Value::Nil => match call.arena().nil_map(crate::Elem::Any) {
            Value::Map(map) => Ok(map),
            _ => Err(Failure::Argument(index, "is not a map")),
        },
        _ => call.map(index),
    }
}

/// A key of an argument, to be looked for in a map. Pays for that.
fn key<'a>(call: &mut Call<'_, 'a>, map: &Map<'a>, index: usize) -> Result<&'a [u8], Failure> {
    let key = call.bytes(index)?;
    call.meter().seek(key.len(), map.len())?;
    Ok(key)
}

/// The value of a key, or an empty string.
fn get<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let map = dict(call, 0)?;
    let key = key(call, map, 1)?;
    Ok(match map.get(key) {
        Value::Missing => Value::Str(b""),
        value => value,
    })
}

fn has_key<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let map = dict(call, 0)?;
    let key = key(call, map, 1)?;
    Ok(Value::Bool(map.has(key)))
}

/// Sets a value for all who hold the map.
fn set<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (map, key) = (dict(call, 0)?, call.bytes(1)?);
    if map.is_nil() {
        return Err(Failure::Argument(
            0,
            "is nil, which holds no keys; make a map with dict",
        ));
    }
    let value = call.value(2);
    put(call.meter(), map, key, value)?;
    Ok(Value::Map(map))
}

/// Sets a value, and pays for it: what stands behind the key may have to move.
fn put<'a>(meter: &mut Meter, map: &Map<'a>, key: &'a [u8], value: Value<'a>) -> Result<(), Failure> {
    meter.step(map.len() as u64 / 32)?;
    meter.seek(key.len(), map.len())?;
    meter.make(48)?;
    map.insert(key, value);
    Ok(())
}

/// Removes a key for all who hold the map.
fn unset<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let map = dict(call, 0)?;
    let key = key(call, map, 1)?;
    call.meter().step(map.len() as u64 / 32)?;
    map.remove(key);
    Ok(Value::Map(map))
}
