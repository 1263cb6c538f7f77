//! Sequences of whole numbers.

use crate::{Call, Elem, Failure, Value};

pub(super) fn until<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let count = call.int(0)?;
    let step = if count < 0 { -1 } else { 1 };
    list(call, 0, count, step)
}

pub(super) fn until_step<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (start, stop, step) = (call.int(0)?, call.int(1)?, call.int(2)?);
    list(call, start, stop, step)
}

fn list<'a>(call: &mut Call<'_, 'a>, start: i64, stop: i64, step: i64) -> Result<Value<'a>, Failure> {
    let count = count(call, start, stop, step, 24)?;
    let items = numbers(start, step, count).map(Value::Int).collect();
    call.give_list(Elem::Int, items)
}

fn numbers(start: i64, step: i64, count: usize) -> impl Iterator<Item = i64> {
    std::iter::successors(Some(start), move |last| last.checked_add(step)).take(count)
}

/// How many numbers there are, each of which takes so many bytes. They are paid for before they are made.
fn count(call: &mut Call<'_, '_>, start: i64, stop: i64, step: i64, bytes: u64) -> Result<usize, Failure> {
    let distance = i128::from(stop) - i128::from(start);
    if distance == 0 || step == 0 || (distance < 0) != (step < 0) {
        return Ok(0);
    }
    let count = distance.unsigned_abs().div_ceil(i128::from(step).unsigned_abs());
    let beyond = i128::from(start) + i128::from(step) * i128::try_from(count).unwrap_or(i128::MAX);
    // Go would run over the end of its integers, and begin again at their other end.
    if i64::try_from(beyond).is_err() || count > u128::from(call.meter().room() / bytes) {
        return Err(Failure::Limit("the sequence of numbers is too long"));
    }
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    call.meter().step(count as u64 / 2)?;
    Ok(count)
}

pub(super) fn seq<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let towards = |start: i64, end: i64| if end < start { -1 } else { 1 };
    let (start, end, step) = match call.len() {
        1 => (1, call.int(0)?, towards(1, call.int(0)?)),
        2 => {
            let (start, end) = (call.int(0)?, call.int(1)?);
            (start, end, towards(start, end))
        }
        3 => (call.int(0)?, call.int(2)?, call.int(1)?),
        _ => return call.give(""),
    };
    if call.len() == 3 && end < start && step > 0 {
        return call.give("");
    }
    let stop = end.wrapping_add(towards(start, end));
    let count = count(call, start, stop, step, 21)?;
    let mut text = String::new();
    for number in numbers(start, step, count) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&number.to_string());
    }
    call.give(text)
}
