//! Parts of lists.

use super::{give, items};
use crate::funcs::math::to_int64;
use crate::{Call, Elem, Failure, Value};

pub(super) fn first<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(items(call, 0)?.first().copied().unwrap_or(Value::Nil))
}

pub(super) fn last<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(items(call, 0)?.last().copied().unwrap_or(Value::Nil))
}

/// All but the first.
pub(super) fn rest<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let rest = items(call, 0)?.split_first().map(|(_, rest)| rest);
    copy_or_nil(call, rest)
}

/// All but the last.
pub(super) fn initial<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let initial = items(call, 0)?.split_last().map(|(_, initial)| initial);
    copy_or_nil(call, initial)
}

/// Of an empty list, Go gives a nil slice.
fn copy_or_nil<'a>(call: &mut Call<'_, 'a>, items: Option<&'a [Value<'a>]>) -> Result<Value<'a>, Failure> {
    match items {
        Some(items) => give(call, Elem::Any, items.len(), items.iter().copied()),
        None => Ok(call.arena().nil_list(Elem::Any)),
    }
}

/// The elements from a place on, or between two. It shares them with the list.
pub(super) fn slice<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let list = call.list(0)?;
    if list.is_empty() {
        return Ok(Value::Nil);
    }
    let place = |index: usize, otherwise: usize| {
        if index >= call.len() {
            return Ok(otherwise);
        }
        usize::try_from(to_int64(call.value(index))).map_err(|_| Failure::Argument(index, "is negative"))
    };
    let (start, end) = (place(1, 0)?, place(2, list.len())?);
    call.meter().make(48)?;
    list.part(start, end).ok_or(Failure::Argument(
        0,
        "has no such part: an index is out of its range",
    ))
}

/// Lists of `size` elements each.
pub(super) fn chunk<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    const BAD_SIZE: Failure = Failure::Argument(0, "is no size of a list");
    let size = call.int(0)?;
    let items = items(call, 1)?;
    let (size, items) = match (usize::try_from(size), items) {
        (Ok(0), _) => return Err(BAD_SIZE),
        (Ok(size), _) => (size, items),
        // Go's sums give these for sizes below zero.
        (Err(_), [_]) if size < -1 => (1, items),
        (Err(_), [_, more @ ..]) if !more.is_empty() && more.len() as u64 <= size.unsigned_abs() => {
            (1, Default::default())
        }
        (Err(_), _) => return Err(BAD_SIZE),
    };
    let mut chunks = Vec::new();
    for part in items.chunks(size) {
        chunks.push(give(call, Elem::Any, part.len(), part.iter().copied())?);
    }
    call.give_list(Elem::Anys, chunks)
}
