//! Parts of a text. Lengths and places count bytes.

use zeroize::Zeroizing;

use crate::funcs::text::{Runes, Text, give_part, last_rune};
use crate::unicode::is_space;
use crate::{Call, Failure, Value};

fn at(place: i64) -> Option<usize> {
    usize::try_from(place).ok()
}

/// A length that fits: no text is longer than memory.
fn length(text: &[u8]) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

/// The first `width` bytes, the last three of them dots, where the text is longer.
pub(super) fn abbrev<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let width = call.int(0)?;
    let text = call.bytes(1)?;
    if width < 4 {
        return Ok(Value::Str(text));
    }
    abbreviate(call, text, 0, width)
}

/// `width` bytes from `offset` on, with dots for what is left out on either side.
pub(super) fn abbrevboth<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (left, right) = (call.int(0)?, call.int(1)?);
    let text = call.bytes(2)?;
    if right < 4 || (left > 0 && right < 7) {
        return Ok(Value::Str(text));
    }
    abbreviate(call, text, left, right)
}

/// `width` is at least 4.
fn abbreviate<'a>(
    call: &mut Call<'_, 'a>,
    text: &'a [u8],
    offset: i64,
    width: i64,
) -> Result<Value<'a>, Failure> {
    let len = length(text);
    if len <= width {
        return Ok(Value::Str(text));
    }
    let mut offset = offset.min(len);
    // Go's sums wrap.
    if len.wrapping_sub(offset) < width - 3 {
        offset = len - (width - 3);
    }
    let part = |from: i64, to: i64| text.get(at(from)?..at(to)?);
    let (before, middle, after): (&[u8], _, &[u8]) = if offset <= 4 {
        (b"", part(0, width - 3), b"...")
    } else if width < 7 {
        // Refused there, and the error is dropped.
        return Ok(Value::Str(b""));
    } else if offset.wrapping_add(width - 3) < len {
        (b"...", part(offset, offset + width - 6), b"...")
    } else {
        (b"...", part(len - (width - 3), len), b"")
    };
    let middle = middle.unwrap_or_default();
    let mut out = Text::new(call, middle.len() + 6);
    for piece in [before, middle, after] {
        out.push(piece)?;
    }
    out.give(call)
}

/// The first bytes; or, of a negative number, the last ones.
pub(super) fn trunc<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let count = call.int(0)?;
    let text = call.bytes(1)?;
    let kept = match at(count) {
        Some(count) => text.get(..count),
        None => length(text)
            .checked_add(count)
            .filter(|start| *start > 0)
            .and_then(at)
            .and_then(|start| text.get(start..)),
    };
    Ok(Value::Str(kept.unwrap_or(text)))
}

/// From a place to another one; from the beginning if the first is negative, to the end if the second is.
pub(super) fn substr<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (start, end) = (at(call.int(0)?), at(call.int(1)?));
    let text = call.bytes(2)?;
    give_part(match (start, end) {
        (None, None) => None,
        (None, Some(end)) => text.get(..end),
        (Some(start), Some(end)) if end <= text.len() => text.get(start..end),
        (Some(start), _) => text.get(start..),
    })
}

/// Cuts characters off both ends.
fn trim_where(mut text: &[u8], off: impl Fn(char) -> bool) -> &[u8] {
    while let Some((char, width)) = Runes(text).next()
        && off(char)
    {
        text = text.get(width..).unwrap_or_default();
    }
    while let Some((char, width)) = last_rune(text)
        && off(char)
    {
        text = text.get(..text.len() - width).unwrap_or_default();
    }
    text
}

/// `strings.TrimSpace`
pub(super) fn trim<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(Value::Str(trim_where(call.bytes(0)?, is_space)))
}

/// `strings.Trim`: the characters of the first argument off both ends of the second one.
pub(super) fn trim_all<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (set_text, text) = (call.bytes(0)?, call.bytes(1)?);
    // A long set is sorted, so that no text is compared with all of it. It may hold a secret.
    call.meter().make(set_text.len() * size_of::<char>())?;
    let mut set: Zeroizing<Vec<char>> = Zeroizing::new(Vec::with_capacity(set_text.len()));
    set.extend(Runes(set_text).map(|(char, _)| char));
    set.sort_unstable();
    Ok(Value::Str(trim_where(text, |char| {
        set.binary_search(&char).is_ok()
    })))
}

/// `strings.TrimPrefix`
pub(super) fn trim_prefix<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (part, text) = (call.bytes(0)?, call.bytes(1)?);
    Ok(Value::Str(text.strip_prefix(part).unwrap_or(text)))
}

/// `strings.TrimSuffix`
pub(super) fn trim_suffix<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (part, text) = (call.bytes(0)?, call.bytes(1)?);
    Ok(Value::Str(text.strip_suffix(part).unwrap_or(text)))
}
