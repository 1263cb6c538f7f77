//! Lists made of lists.

use super::{give, items};
use crate::{Call, Elem, Failure, Value};

/// The list with a value behind it.
pub(super) fn append<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let items = items(call, 0)?;
    let all = items.iter().copied().chain([call.value(1)]);
    give(call, Elem::Any, items.len() + 1, all)
}

/// The list with a value before it.
pub(super) fn prepend<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let items = items(call, 0)?;
    let all = [call.value(1)].into_iter().chain(items.iter().copied());
    give(call, Elem::Any, items.len() + 1, all)
}

pub(super) fn reverse<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let items = items(call, 0)?;
    give(call, Elem::Any, items.len(), items.iter().rev().copied())
}

/// The elements of all lists. Where there is none, Go gives a nil slice.
pub(super) fn concat<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let mut lists = Vec::with_capacity(call.len());
    for index in 0..call.len() {
        lists.push(items(call, index)?);
    }
    let count = lists.iter().map(|list| list.len()).sum();
    if count == 0 {
        return Ok(call.arena().nil_list(Elem::Any));
    }
    give(call, Elem::Any, count, lists.into_iter().flatten().copied())
}
