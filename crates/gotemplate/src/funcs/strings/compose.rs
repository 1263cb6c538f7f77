//! Texts made of texts.

use memchr::{memchr_iter, memmem};

use crate::funcs::text::{Runes, Text, count_runes, give_exact};
use crate::{Call, Failure, Value, fmt};

/// The text so many times.
pub(super) fn repeat<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let count = call.int(0)?;
    let text = call.bytes(1)?;
    let count = usize::try_from(count).map_err(|_| Failure::Argument(0, "is negative"))?;
    if text.is_empty() || count == 0 {
        return Ok(Value::Str(b""));
    }
    give_exact(call, text.len().checked_mul(count), |out| {
        // Doubling is the fastest way to fill.
        out.extend_from_slice(text);
        while out.len() < text.len() * count {
            let more = out.len().min(text.len() * count - out.len());
            out.extend_from_within(..more);
        }
    })
}

pub(super) fn indent<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    indented(call, b"")
}

pub(super) fn nindent<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    indented(call, b"\n")
}

/// Spaces before every line, and something before all.
fn indented<'a>(call: &mut Call<'_, 'a>, before: &[u8]) -> Result<Value<'a>, Failure> {
    let spaces = usize::try_from(call.int(0)?).map_err(|_| Failure::Argument(0, "is negative"))?;
    let text = call.bytes(1)?;
    let lines = memchr_iter(b'\n', text).count() + 1;
    let length = spaces
        .checked_mul(lines)
        .and_then(|pads| pads.checked_add(text.len()))
        .and_then(|length| length.checked_add(before.len()));
    give_exact(call, length, |out| {
        out.extend_from_slice(before);
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            out.resize(out.len() + spaces, b' ');
            out.extend_from_slice(line);
        }
        if text.is_empty() || text.ends_with(b"\n") {
            out.resize(out.len() + spaces, b' ');
        }
    })
}

/// `strings.ReplaceAll`
pub(super) fn replace<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (old, new, text) = (call.bytes(0)?, call.bytes(1)?, call.bytes(2)?);
    if old == new {
        return Ok(Value::Str(text));
    }
    let finder = memmem::Finder::new(old);
    let count = match old {
        [] => count_runes(text) + 1,
        _ => finder.find_iter(text).count(),
    };
    if count == 0 {
        return Ok(Value::Str(text));
    }
    let kept = text.len() - count * old.len();
    let length = count
        .checked_mul(new.len())
        .and_then(|added| added.checked_add(kept));
    give_exact(call, length, |out| {
        if old.is_empty() {
            between_runes(out, text, new);
            return;
        }
        let mut rest = 0;
        for at in finder.find_iter(text) {
            out.extend_from_slice(text.get(rest..at).unwrap_or_default());
            out.extend_from_slice(new);
            rest = at + old.len();
        }
        out.extend_from_slice(text.get(rest..).unwrap_or_default());
    })
}

/// Go replaces nothing at all before, between and behind the characters.
fn between_runes(out: &mut Vec<u8>, text: &[u8], new: &[u8]) {
    let mut rest = text;
    for (_, width) in Runes(text) {
        let (char, behind) = rest.split_at(width.min(rest.len()));
        out.extend_from_slice(new);
        out.extend_from_slice(char);
        rest = behind;
    }
    out.extend_from_slice(new);
}

/// Gives the pieces of all arguments that are not nil, with spaces between.
fn spaced<'a>(
    call: &mut Call<'_, 'a>,
    mut piece: impl FnMut(&mut Call<'_, 'a>, &mut Text, Value<'a>) -> Result<(), Failure>,
) -> Result<Value<'a>, Failure> {
    let mut out = Text::new(call, 0);
    let mut is_first = true;
    for value in call.from(0).iter().filter(|value| !value.is_nil()) {
        if !std::mem::take(&mut is_first) {
            out.push(b" ")?;
        }
        piece(call, &mut out, *value)?;
    }
    out.give(call)
}

/// Pushes what `%v` prints.
fn push_printed<'a>(call: &mut Call<'_, 'a>, out: &mut Text, value: Value<'a>) -> Result<(), Failure> {
    match value {
        Value::Str(text) => {
            call.meter().read(text.len())?;
            out.push(text)
        }
        _ => {
            let printed = fmt::sprint(call.meter(), &[value])?;
            out.push(call.arena().bytes(printed))
        }
    }
}

pub(super) fn cat<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    spaced(call, push_printed)
}

pub(super) fn squote<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    spaced(call, |call, out, value| {
        out.push(b"'")?;
        push_printed(call, out, value)?;
        out.push(b"'")
    })
}

pub(super) fn quote<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    spaced(call, |call, out, value| {
        let text = fmt::to_string(call.arena(), call.meter(), value)?;
        let quoted = fmt::quote(call.meter(), text)?;
        out.push(call.arena().bytes(quoted))
    })
}
