//! Entries in and out of maps.

use super::{dict as map_of, key as key_of};
use crate::{Call, Elem, Failure, Value, fmt};

/// A map of keys and values in turn. A last key without a value has an empty string.
pub(super) fn dict<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let pairs = call.from(0).chunks(2);
    let mut entries = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let (key, value) = match pair {
            [key, value] => (*key, *value),
            [key] => (*key, Value::Str(b"")),
            _ => continue,
        };
        let key = fmt::to_string(call.arena(), call.meter(), key)?;
        call.meter().seek(key.len(), entries.len())?;
        entries.push((key, value));
    }
    call.give_map(Elem::Any, entries)
}

/// The entries of an argument. Pays for going through them.
fn entries<'a>(call: &mut Call<'_, 'a>, index: usize) -> Result<Vec<(&'a [u8], Value<'a>)>, Failure> {
    let map = map_of(call, index)?;
    call.meter().step(map.len() as u64)?;
    Ok(map.entries())
}

/// The keys of all maps.
pub(super) fn keys<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let mut keys = Vec::new();
    for index in 0..call.len() {
        keys.extend(entries(call, index)?.into_iter().map(|(key, _)| Value::Str(key)));
    }
    call.give_list(Elem::String, keys)
}

pub(super) fn values<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let values = entries(call, 0)?.into_iter().map(|(_, value)| value).collect();
    call.give_list(Elem::Any, values)
}

/// What the maps have for one key.
pub(super) fn pluck<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let key = call.bytes(0)?;
    let mut found = Vec::new();
    for index in 1..call.len() {
        call.meter().step(1)?;
        let map = map_of(call, index)?;
        call.meter().seek(key.len(), map.len())?;
        match map.get(key) {
            Value::Missing => {}
            value => found.push(value),
        }
    }
    call.give_list(Elem::Any, found)
}

/// A map of some of the keys.
pub(super) fn pick<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let map = map_of(call, 0)?;
    let mut picked = Vec::new();
    for index in 1..call.len() {
        let key = key_of(call, map, index)?;
        match map.get(key) {
            Value::Missing => {}
            value => picked.push((key, value)),
        }
    }
    call.give_map(Elem::Any, picked)
}

/// A map without some of the keys.
pub(super) fn omit<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let mut omitted = Vec::new();
    for index in 1..call.len() {
        let key = call.bytes(index)?;
        call.meter().seek(key.len(), omitted.len())?;
        omitted.push(key);
    }
    omitted.sort_unstable();
    let mut kept = entries(call, 0)?;
    for (key, _) in &kept {
        call.meter().seek(key.len(), omitted.len())?;
    }
    kept.retain(|(key, _)| omitted.binary_search(key).is_err());
    call.give_map(Elem::Any, kept)
}
