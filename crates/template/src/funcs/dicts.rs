//! Maps. Keys come in their order, so that the same data gives the same file.
//!
//! In sprig `set`, `unset` and `merge` change the map behind all its names. Here they give a changed map, and the
//! interpreter writes it back to the variable that is their first argument.

use std::collections::BTreeMap;

use super::{Arguments, Function, Special, fixed, many};
use crate::engine::meter::Failure;
use crate::engine::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    many("dict", 0, dict).flat().special(Special::Forgives),
    fixed("get", 2, get).flat(),
    fixed("set", 3, set).special(Special::Changes),
    fixed("unset", 2, unset).special(Special::Changes),
    fixed("hasKey", 2, has_key).flat().special(Special::Forgives),
    many("keys", 0, keys),
    fixed("values", 1, values),
    many("pluck", 1, pluck),
    many("pick", 1, pick),
    many("omit", 1, omit),
    many("merge", 1, |a| merge(a, false)).special(Special::Changes),
    many("merge", 1, |a| merge(a, false))
        .special(Special::Changes)
        .called("mustMerge"),
    many("mergeOverwrite", 1, |a| merge(a, true)).special(Special::Changes),
    many("mergeOverwrite", 1, |a| merge(a, true))
        .special(Special::Changes)
        .called("mustMergeOverwrite"),
    fixed("deepCopy", 1, copy).flat(),
    fixed("deepCopy", 1, copy).flat().called("mustDeepCopy"),
    many("dig", 3, dig).flat().special(Special::Forgives),
];

fn key_of(arguments: &mut Arguments<'_>, value: &Value) -> Result<String, Failure> {
    let text = arguments.printed(value)?;
    text.str()
        .map(str::to_owned)
        .ok_or_else(|| Failure::message("a key is not UTF-8"))
}

fn dict(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let mut entries = BTreeMap::new();
    for pair in arguments.values.chunks(2) {
        let Some(key) = pair.first() else { continue };
        let key = key_of(arguments, key)?;
        let value = match pair.get(1) {
            Some(value) => value.clone(),
            None => arguments.give("")?,
        };
        entries.insert(key, value);
    }
    arguments.give_map(entries)
}

fn get(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    match arguments.map(0)?.get(arguments.str(1)?) {
        Some(value) => Ok(value.clone()),
        None => arguments.give(""),
    }
}

fn set(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let mut entries = arguments.map(0)?.clone();
    entries.insert(arguments.str(1)?.to_owned(), arguments.value(2).clone());
    arguments.give_map(entries)
}

fn unset(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let mut entries = arguments.map(0)?.clone();
    entries.remove(arguments.str(1)?);
    arguments.give_map(entries)
}

fn has_key(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    if matches!(arguments.value(0), Value::Nil) {
        return Ok(Value::Bool(false));
    }
    Ok(Value::Bool(arguments.map(0)?.contains_key(arguments.str(1)?)))
}

fn keys(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let mut found = Vec::new();
    for index in 0..arguments.len() {
        found.extend(arguments.map(index)?.keys().map(String::as_str));
    }
    arguments.give_texts(found.into_iter())
}

fn values(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let items = arguments.map(0)?.values().cloned().collect();
    arguments.give_list(items)
}

fn pluck(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let key = arguments.str(0)?;
    let mut items = Vec::new();
    for index in 1..arguments.len() {
        items.extend(arguments.map(index)?.get(key).cloned());
    }
    arguments.give_list(items)
}

fn named(arguments: &Arguments<'_>) -> Result<Vec<String>, Failure> {
    (1..arguments.len())
        .map(|index| arguments.str(index).map(str::to_owned))
        .collect()
}

fn pick(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let map = arguments.map(0)?;
    let entries = named(arguments)?
        .into_iter()
        .filter_map(|key| map.get(&key).cloned().map(|value| (key, value)));
    let entries = entries.collect();
    arguments.give_map(entries)
}

fn omit(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let mut entries = arguments.map(0)?.clone();
    for key in named(arguments)? {
        entries.remove(&key);
    }
    arguments.give_map(entries)
}

fn merge(arguments: &mut Arguments<'_>, overwrite: bool) -> Result<Value, Failure> {
    let mut merged = arguments.map(0)?.clone();
    for index in 1..arguments.len() {
        let source = arguments.map(index)?;
        merged = merged_maps(arguments, merged, source, overwrite)?;
    }
    arguments.give_map(merged)
}

/// Maps below the same key are merged too. Otherwise what is empty gives way; with `overwrite` everything does.
fn merged_maps(
    arguments: &mut Arguments<'_>,
    mut into: BTreeMap<String, Value>,
    from: &BTreeMap<String, Value>,
    overwrite: bool,
) -> Result<BTreeMap<String, Value>, Failure> {
    arguments.meter.step((into.len() + from.len()) as u64)?;
    for (key, new) in from {
        let value = match (into.get(key), new) {
            (Some(Value::Map(old)), Value::Map(new)) => {
                let entries = merged_maps(arguments, old.entries.clone(), &new.entries, overwrite)?;
                arguments.give_map(entries)?
            }
            (Some(old), _) if old.is_true() && !overwrite => old.clone(),
            (_, new) => new.clone(),
        };
        into.insert(key.clone(), value);
    }
    Ok(into)
}

/// Values never change, so a copy is the value itself.
fn copy(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(arguments.value(0).clone())
}

/// `dig "a" "b" default map`.
fn dig(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let last = arguments.len() - 1;
    let mut value = arguments.value(last).clone();
    for index in 0..last - 1 {
        let Value::Map(map) = &value else {
            return Err(if index == 0 {
                arguments.wrong(last, "a map")
            } else {
                Failure::message("a key leads to no map")
            });
        };
        match map.entries.get(arguments.str(index)?) {
            Some(found) => value = found.clone(),
            None => return Ok(arguments.value(last - 1).clone()),
        }
    }
    Ok(value)
}
