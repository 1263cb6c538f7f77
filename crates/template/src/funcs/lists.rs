//! Lists.

use super::{Arguments, Function, Special, between, fixed, many, strings};
use crate::engine::meter::Failure;
use crate::engine::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    many("list", 0, list).flat().special(Special::Forgives),
    many("tuple", 0, list).flat().special(Special::Forgives),
    fixed("append", 2, append),
    fixed("append", 2, append).called("push"),
    fixed("append", 2, append).called("mustAppend"),
    fixed("append", 2, append).called("mustPush"),
    fixed("prepend", 2, prepend),
    fixed("prepend", 2, prepend).called("mustPrepend"),
    fixed("first", 1, first).flat(),
    fixed("first", 1, first).flat().called("mustFirst"),
    fixed("last", 1, last).flat(),
    fixed("last", 1, last).flat().called("mustLast"),
    fixed("rest", 1, rest),
    fixed("rest", 1, rest).called("mustRest"),
    fixed("initial", 1, initial),
    fixed("initial", 1, initial).called("mustInitial"),
    fixed("reverse", 1, reverse),
    fixed("reverse", 1, reverse).called("mustReverse"),
    fixed("uniq", 1, uniq),
    fixed("uniq", 1, uniq).called("mustUniq"),
    many("without", 1, without),
    many("without", 1, without).called("mustWithout"),
    fixed("has", 2, has).special(Special::Forgives),
    fixed("has", 2, has).special(Special::Forgives).called("mustHas"),
    fixed("compact", 1, compact),
    fixed("compact", 1, compact).called("mustCompact"),
    between("slice", 1, 3, slice),
    between("slice", 1, 3, slice).called("mustSlice"),
    many("concat", 0, concat),
    fixed("chunk", 2, chunk),
    fixed("chunk", 2, chunk).called("mustChunk"),
    fixed("sortAlpha", 1, sort_alpha),
    fixed("until", 1, until),
    fixed("untilStep", 3, until_step),
    between("seq", 0, 3, seq),
];

fn list(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    arguments.give_list(arguments.values.to_vec())
}

fn append(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let mut items = arguments.list(0)?.to_vec();
    items.push(arguments.value(1).clone());
    arguments.give_list(items)
}

fn prepend(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let mut items = vec![arguments.value(1).clone()];
    items.extend_from_slice(arguments.list(0)?);
    arguments.give_list(items)
}

fn first(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(arguments.list(0)?.first().cloned().unwrap_or(Value::Nil))
}

fn last(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(arguments.list(0)?.last().cloned().unwrap_or(Value::Nil))
}

fn rest(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let items = arguments.list(0)?.get(1..).unwrap_or_default().to_vec();
    arguments.give_list(items)
}

fn initial(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let items = arguments
        .list(0)?
        .split_last()
        .map(|(_, items)| items.to_vec())
        .unwrap_or_default();
    arguments.give_list(items)
}

fn reverse(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let items = arguments.list(0)?.iter().rev().cloned().collect();
    arguments.give_list(items)
}

fn uniq(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let items = arguments.list(0)?;
    // Each item may be compared with each.
    arguments
        .meter
        .read(arguments.value(0).weight().saturating_mul(items.len() as u64))?;
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !kept.iter().any(|other| other.equals(item)) {
            kept.push(item.clone());
        }
    }
    arguments.give_list(kept)
}

fn without(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (items, omitted) = (arguments.list(0)?, arguments.from(1));
    arguments
        .meter
        .read(arguments.value(0).weight().saturating_mul(omitted.len() as u64))?;
    let kept = items
        .iter()
        .filter(|item| !omitted.iter().any(|other| other.equals(item)))
        .cloned()
        .collect();
    arguments.give_list(kept)
}

fn has(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    if matches!(arguments.value(1), Value::Nil) {
        return Ok(Value::Bool(false));
    }
    Ok(Value::Bool(
        arguments
            .list(1)?
            .iter()
            .any(|item| item.equals(arguments.value(0))),
    ))
}

fn compact(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let items = arguments
        .list(0)?
        .iter()
        .filter(|item| item.is_true())
        .cloned()
        .collect();
    arguments.give_list(items)
}

/// A part of a list, or of text in bytes.
fn slice(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let length = match arguments.value(0) {
        Value::List(list) => list.items.len(),
        Value::Text(text) => text.bytes().len(),
        _ => return Err(arguments.wrong(0, "a list or text")),
    };
    let start = if arguments.len() > 1 {
        arguments.count(1)?
    } else {
        0
    };
    let end = if arguments.len() > 2 {
        arguments.count(2)?
    } else {
        length
    };
    let short = || Failure::message("there are fewer items than the positions say");
    match arguments.value(0) {
        Value::List(list) => {
            let items = list.items.get(start..end).ok_or_else(short)?.to_vec();
            arguments.give_list(items)
        }
        _ => {
            let part = arguments.bytes(0)?.get(start..end).ok_or_else(short)?;
            arguments.give(part)
        }
    }
}

fn concat(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let mut items = Vec::new();
    for index in 0..arguments.len() {
        items.extend_from_slice(arguments.list(index)?);
    }
    arguments.give_list(items)
}

fn chunk(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (size, items) = (arguments.count(0)?, arguments.list(1)?);
    if size == 0 {
        return Err(Failure::message("the size must be at least 1"));
    }
    let mut chunks = Vec::new();
    for part in items.chunks(size) {
        chunks.push(arguments.give_list(part.to_vec())?);
    }
    arguments.give_list(chunks)
}

fn sort_alpha(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let is_list = matches!(arguments.value(0), Value::List(_));
    let mut texts = strings::texts(arguments, 0)?;
    if !is_list && texts.is_empty() {
        return Err(Failure::Missing(0));
    }
    arguments.meter.step(texts.len() as u64)?;
    texts.sort_by(|a, b| match (a, b) {
        (Value::Text(a), Value::Text(b)) => a.bytes().cmp(b.bytes()),
        _ => std::cmp::Ordering::Equal,
    });
    arguments.give_list(texts)
}

/// `start`, `start + step`, … up to but without `stop`.
fn numbers(arguments: &mut Arguments<'_>, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, Failure> {
    let towards = if stop < start { step < 0 } else { step > 0 };
    if !towards {
        return Ok(Vec::new());
    }
    let count = (i128::from(stop) - i128::from(start))
        .unsigned_abs()
        .div_ceil(u128::from(step.unsigned_abs()));
    let count = u64::try_from(count).map_err(|_| Failure::steps())?;
    arguments.meter.step(count)?;
    arguments.meter.make(count.saturating_mul(16))?;
    let mut out = Vec::new();
    let mut next = start;
    for _ in 0..count {
        out.push(next);
        next = next.saturating_add(step);
    }
    Ok(out)
}

fn until(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let stop = arguments.int(0)?;
    let numbers = numbers(arguments, 0, stop, if stop < 0 { -1 } else { 1 })?;
    arguments.give_list(numbers.into_iter().map(Value::Int).collect())
}

fn until_step(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (start, stop, step) = (arguments.int(0)?, arguments.int(1)?, arguments.int(2)?);
    let numbers = numbers(arguments, start, stop, step)?;
    arguments.give_list(numbers.into_iter().map(Value::Int).collect())
}

/// Numbers as text with spaces between, as the shell's `seq` gives them.
fn seq(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let direction = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, step, end) = match arguments.len() {
        0 => return arguments.give(""),
        1 => {
            let end = arguments.int(0)?;
            (1, direction(1, end), end)
        }
        2 => {
            let (start, end) = (arguments.int(0)?, arguments.int(1)?);
            (start, direction(start, end), end)
        }
        _ => (arguments.int(0)?, arguments.int(1)?, arguments.int(2)?),
    };
    let stop = end.saturating_add(direction(start, end));
    let numbers = numbers(arguments, start, stop, step)?;
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    arguments.give(texts.join(" "))
}
