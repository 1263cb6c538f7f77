//! Texts and lists of texts.

use memchr::memmem;

use crate::funcs::text::{Runes, count_runes, give_exact};
use crate::{Call, Elem, Failure, List, Value, fmt};

/// Anything as a `[]string`: one as it is, the elements of others without nil, anything else as its one element.
fn strings<'a>(call: &mut Call<'_, 'a>, value: Value<'a>) -> Result<&'a List<'a>, Failure> {
    let single = [value];
    let values = match value {
        Value::List(list) if list.elem == Elem::String => return Ok(list),
        Value::List(list) => list.items(),
        _ => &single,
    };
    call.meter().step(values.len() as u64)?;
    let mut texts = Vec::with_capacity(values.len());
    for value in values.iter().filter(|value| !value.is_nil()) {
        texts.push(Value::Str(fmt::to_string(call.arena(), call.meter(), *value)?));
    }
    match call.give_list(Elem::String, texts)? {
        Value::List(list) => Ok(list),
        _ => Err(Failure::Argument(0, "is not a list")),
    }
}

/// The bytes of the strings.
fn texts<'a>(list: &List<'a>) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    list.items().iter().map(|item| match item {
        Value::Str(text) => *text,
        _ => b"",
    })
}

pub(super) fn to_strings<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    strings(call, call.value(0)).map(Value::List)
}

pub(super) fn join<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let between = call.bytes(0)?;
    let list = strings(call, call.value(1))?;
    let count = list.len();
    call.meter().step(count as u64)?;
    let length = texts(list)
        .try_fold(0_usize, |sum, text| sum.checked_add(text.len()))
        .zip(between.len().checked_mul(count.saturating_sub(1)))
        .and_then(|(texts, gaps)| texts.checked_add(gaps));
    give_exact(call, length, |out| {
        for (index, text) in texts(list).enumerate() {
            if index > 0 {
                out.extend_from_slice(between);
            }
            out.extend_from_slice(text);
        }
    })
}

/// Sorts bytewise. A `[]string` is sorted where it lies, for all who hold it.
pub(super) fn sort_alpha<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let value = call.value(0);
    if value.is_nil() {
        return call.give_texts(["<nil>"]);
    }
    let list = strings(call, value)?;
    let mut sorted: Vec<&[u8]> = texts(list).collect();
    // Every round goes through all texts, of which many may be the same one.
    let bytes: u64 = sorted.iter().map(|text| text.len() as u64).sum();
    let round = bytes / 64 + sorted.len() as u64 / 4 + 1;
    call.meter().step(round)?;
    if !sorted.is_sorted() {
        let rounds = u64::from(sorted.len().ilog2());
        call.meter().step(rounds.saturating_mul(round))?;
        call.meter().make(sorted.len() * size_of::<Value<'_>>())?;
        sorted.sort_unstable();
        list.replace(call.arena().slice(sorted.into_iter().map(Value::Str)));
    }
    Ok(Value::List(list))
}

/// Go's `strings.SplitN`: at most `limit` parts.
fn parts<'a>(
    call: &mut Call<'_, 'a>,
    by: &[u8],
    limit: usize,
    text: &'a [u8],
) -> Result<Vec<&'a [u8]>, Failure> {
    let finder = memmem::Finder::new(by);
    let count = match (limit, by) {
        (0, _) => 0,
        (_, []) => count_runes(text).min(limit),
        _ => finder.find_iter(text).take(limit - 1).count() + 1,
    };
    call.meter().step(count as u64)?;
    call.meter().make(count * size_of::<&[u8]>())?;
    let mut parts = Vec::with_capacity(count);
    let mut rest = text;
    let mut runes = Runes(text);
    while parts.len() + 1 < count {
        let (end, skipped) = match by {
            [] => (runes.next().map_or(0, |(_, width)| width), 0),
            _ => (finder.find(rest).unwrap_or(rest.len()), by.len()),
        };
        parts.push(rest.get(..end).unwrap_or(rest));
        rest = rest.get(end + skipped..).unwrap_or_default();
    }
    if parts.len() < count {
        parts.push(rest);
    }
    Ok(parts)
}

pub(super) fn split_list<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (by, text) = (call.bytes(0)?, call.bytes(1)?);
    let parts = parts(call, by, usize::MAX, text)?;
    call.give_list(Elem::String, parts.into_iter().map(Value::Str).collect())
}

pub(super) fn split<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (by, text) = (call.bytes(0)?, call.bytes(1)?);
    let parts = parts(call, by, usize::MAX, text)?;
    numbered(call, parts)
}

pub(super) fn splitn<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let limit = usize::try_from(call.int(1)?).unwrap_or(usize::MAX);
    let (by, text) = (call.bytes(0)?, call.bytes(2)?);
    let parts = parts(call, by, limit, text)?;
    numbered(call, parts)
}

/// A map with the keys `_0`, `_1` …
fn numbered<'a>(call: &mut Call<'_, 'a>, parts: Vec<&'a [u8]>) -> Result<Value<'a>, Failure> {
    let mut entries = Vec::with_capacity(parts.len());
    for (index, part) in parts.into_iter().enumerate() {
        let Value::Str(key) = call.give(format!("_{index}"))? else {
            continue;
        };
        entries.push((key, Value::Str(part)));
    }
    call.give_map(Elem::String, entries)
}
