//! Go's `reflect.DeepEqual`.

use std::collections::HashSet;

use crate::{Failure, List, Map, Meter, Value};

/// Whether two values are of the same type and equal, through lists and maps.
///
/// # Guarantees
/// Ends for maps that hold themselves, and takes no stack for depth.
///
/// # Errors
/// The steps are used up.
pub(crate) fn deep_equal<'a>(meter: &mut Meter, a: Value<'a>, b: Value<'a>) -> Result<bool, Failure> {
    let mut pairs = Pairs::default();
    let mut next = Some((a, b));
    while let Some((a, b)) = next {
        meter.step(1)?;
        let is_equal = match (a, b) {
            (Value::List(a), Value::List(b)) => pairs.lists(meter, a, b)?,
            (Value::Map(a), Value::Map(b)) => pairs.maps(meter, a, b)?,
            (Value::Str(a), Value::Str(b)) => {
                meter.read(a.len().min(b.len()))?;
                a == b
            }
            _ => plain_equal(a, b),
        };
        if !is_equal {
            return Ok(false);
        }
        next = pairs.todo.pop();
    }
    Ok(true)
}

/// Pairs that must be equal, too.
#[derive(Default)]
struct Pairs<'a> {
    todo: Vec<(Value<'a>, Value<'a>)>,
    /// The maps that are taken for equal while they are compared. Only maps can hold themselves.
    seen: HashSet<(*const Map<'a>, *const Map<'a>)>,
}

impl<'a> Pairs<'a> {
    fn lists(&mut self, meter: &mut Meter, a: &List<'a>, b: &List<'a>) -> Result<bool, Failure> {
        if a.elem != b.elem || a.is_nil() != b.is_nil() || a.len() != b.len() {
            return Ok(false);
        }
        if !a.same(b) {
            meter.step(a.len() as u64 / 4)?;
            let pairs = a.items().iter().zip(b.items());
            self.todo.extend(pairs.rev().map(|(a, b)| (*a, *b)));
        }
        Ok(true)
    }

    fn maps(&mut self, meter: &mut Meter, a: &'a Map<'a>, b: &'a Map<'a>) -> Result<bool, Failure> {
        if a.elem != b.elem || a.is_nil() != b.is_nil() || a.len() != b.len() {
            return Ok(false);
        }
        if std::ptr::eq(a, b) || !self.seen.insert((a, b)) {
            return Ok(true);
        }
        meter.step(a.len() as u64 / 2)?;
        for ((key_a, a), (key_b, b)) in a.entries().into_iter().zip(b.entries()) {
            if key_a != key_b {
                return Ok(false);
            }
            self.todo.push((a, b));
        }
        Ok(true)
    }
}

#[expect(clippy::float_cmp, reason = "Go compares exactly")]
fn plain_equal(a: Value<'_>, b: Value<'_>) -> bool {
    match (a, b) {
        (Value::Missing | Value::Nil, Value::Missing | Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) | (Value::Int64(a), Value::Int64(b)) => a == b,
        (Value::Int32(a), Value::Int32(b)) => a == b,
        (Value::Uint8(a), Value::Uint8(b)) => a == b,
        (Value::Uint64(a), Value::Uint64(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Complex(a, b), Value::Complex(c, d)) => a == c && b == d,
        (Value::Object(a), Value::Object(b)) => a.deep_equal(b),
        _ => false,
    }
}
