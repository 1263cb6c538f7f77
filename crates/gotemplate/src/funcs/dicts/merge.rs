//! `merge` and its like: what mergo does with maps.

use super::{dict, put};
use crate::{Call, Elem, Failure, Map, Meter, Object, Value};

/// Merging never takes more stack than this many levels need.
const MAX_LEVELS: u32 = 256;

/// Why maps cannot be merged.
enum Stop {
    /// Ends the rendering in any case: a panic in Go, or a limit.
    Failed(Failure),
    /// An error in Go, which `merge` drops.
    Refused,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Fills what the first map lacks, or has only empty.
pub(super) fn merge<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    run(call, false, false)
}

/// Replaces what the first map has.
pub(super) fn merge_overwrite<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    run(call, true, false)
}

pub(super) fn must_merge<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    run(call, false, true)
}

pub(super) fn must_merge_overwrite<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    run(call, true, true)
}

/// Changes the first map, and gives it.
fn run<'a>(call: &mut Call<'_, 'a>, overwrite: bool, must: bool) -> Result<Value<'a>, Failure> {
    let mut into = dict(call, 0)?;
    for index in 1..call.len() {
        let from = dict(call, index)?;
        if into.is_nil() && !from.is_nil() {
            // Go makes a new map then.
            if let Value::Map(made) = call.give_map(Elem::Any, Vec::new())? {
                into = made;
            }
        }
        let levels = call.meter().depth().min(MAX_LEVELS);
        let meter = call.meter();
        match (Merger { meter, overwrite }).maps(into, from, levels) {
            Ok(()) => {}
            Err(Stop::Failed(failure)) => return Err(failure),
            Err(Stop::Refused) if must => {
                return Err(Failure::Message(
                    "the maps hold values of types that cannot be merged",
                ));
            }
            Err(Stop::Refused) => return Ok(Value::Str(b"")),
        }
    }
    Ok(Value::Map(into))
}

struct Merger<'m> {
    meter: &'m mut Meter,
    overwrite: bool,
}

impl Merger<'_> {
    fn maps<'a>(&mut self, into: &'a Map<'a>, from: &'a Map<'a>, levels: u32) -> Result<(), Stop> {
        // A nil map inside of another one cannot be filled; whoever holds it replaces it.
        if into.is_nil() {
            return Ok(());
        }
        let levels = levels
            .checked_sub(1)
            .ok_or(Failure::Limit("the maps are nested too deeply to be merged"))?;
        self.meter.step(from.len() as u64 * 2 + 1)?;
        for (key, new) in from.entries() {
            self.entry(into, from.elem, key, new, levels)?;
        }
        Ok(())
    }

    fn entry<'a>(
        &mut self,
        into: &'a Map<'a>,
        elem: Elem,
        key: &'a [u8],
        new: Value<'a>,
        levels: u32,
    ) -> Result<(), Stop> {
        self.meter.seek(key.len(), into.len())?;
        let old = into.get(key);
        match new {
            Value::Missing | Value::Nil => {
                if self.overwrite {
                    self.set(into, elem, key, new)?;
                }
                return Ok(());
            }
            // Go sets the old or the new one at once.
            Value::List(_) if into.elem != Elem::Any => return Err(PANIC.into()),
            Value::Map(from) => match old {
                Value::Map(old) => self.maps(old, from, levels)?,
                Value::Object(old) if !from.is_nil() => self.pointer(old, new)?,
                _ => {}
            },
            Value::Object(object) => match old {
                Value::Map(old) if old.is_nil() && !is_pointer(object) => return Err(PANIC.into()),
                Value::Object(old) => self.pointer(old, new)?,
                _ => {}
            },
            _ => {}
        }
        let fills = is_empty(old);
        let both_maps = matches!((old, new), (Value::Map(_), Value::Map(_)));
        if !fills && (both_maps || matches!(new, Value::List(_))) {
            // Merged already, or replaced already where that is wanted.
            if self.overwrite && !both_maps {
                self.set(into, elem, key, new)?;
            }
            return Ok(());
        }
        if fills || self.overwrite {
            self.set(into, elem, key, new)?;
        }
        Ok(())
    }

    /// An old pointer takes only another pointer, or what it points to; or anything, where that replaces it.
    fn pointer(&self, old: &Object, new: Value<'_>) -> Result<(), Stop> {
        let fits = match new {
            Value::Object(new) if is_pointer(new) => {
                if self.overwrite && is_pointer(old) && old.type_name() != new.type_name() {
                    return Err(PANIC.into());
                }
                true
            }
            Value::Object(Object::BareVersion(_)) => matches!(old, Object::Version(_)),
            _ => false,
        };
        if is_pointer(old) && !fits && !self.overwrite {
            return Err(Stop::Refused);
        }
        Ok(())
    }

    fn set<'a>(&mut self, into: &Map<'a>, elem: Elem, key: &'a [u8], value: Value<'a>) -> Result<(), Stop> {
        if into.elem != Elem::Any && into.elem != elem {
            return Err(PANIC.into());
        }
        put(self.meter, into, key, value)?;
        Ok(())
    }
}

const PANIC: Failure = Failure::Message("a map of strings cannot take a value of another type");

fn is_pointer(object: &Object) -> bool {
    object.kind() == "ptr"
}

/// What mergo takes for empty.
fn is_empty(value: Value<'_>) -> bool {
    !matches!(value, Value::Complex(..)) && !value.is_true()
}
