//! Upper, lower and title case; and what looks at bytes as if each were a character, as its origin does.

use crate::funcs::text::{Runes, Text};
use crate::unicode::{
    is_digit, is_letter, is_lower, is_space, is_title, is_upper, to_lower, to_title, to_upper,
};
use crate::{Call, Failure, Value};

/// Replaces every character. Bytes that are none become the replacement character.
fn map<'a>(call: &mut Call<'_, 'a>, mut each: impl FnMut(char) -> char) -> Result<Value<'a>, Failure> {
    let text = call.bytes(0)?;
    let mut out = Text::new(call, text.len());
    for (char, _) in Runes(text) {
        out.push_char(each(char))?;
    }
    out.give(call)
}

/// `strings.ToUpper`
pub(super) fn upper<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let text = call.bytes(0)?;
    match text.is_ascii() {
        true if !text.iter().any(u8::is_ascii_lowercase) => Ok(Value::Str(text)),
        true => call.give(text.to_ascii_uppercase()),
        false => map(call, to_upper),
    }
}

/// `strings.ToLower`
pub(super) fn lower<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let text = call.bytes(0)?;
    match text.is_ascii() {
        true if !text.iter().any(u8::is_ascii_uppercase) => Ok(Value::Str(text)),
        true => call.give(text.to_ascii_lowercase()),
        false => map(call, to_lower),
    }
}

/// `strings.Title`: letters that begin a word.
pub(super) fn title<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let mut before = ' ';
    map(call, |char| {
        let begins = separates(before);
        before = char;
        if begins { to_title(char) } else { char }
    })
}

fn separates(char: char) -> bool {
    if char.is_ascii() {
        return !char.is_ascii_alphanumeric() && char != '_';
    }
    !is_letter(char) && !is_digit(char) && is_space(char)
}

/// The first character of every word in lower case.
pub(super) fn untitle<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let mut begins = true;
    map(call, |char| {
        if is_space(char) {
            begins = true;
            char
        } else if std::mem::take(&mut begins) {
            to_lower(char)
        } else {
            char
        }
    })
}

pub(super) fn swapcase<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    // Every character is looked up in several tables.
    let length = call.bytes(0)?.len();
    call.meter().step(length as u64 / 16)?;
    let mut begins = true;
    map(call, |char| {
        if is_upper(char) || is_title(char) {
            begins = false;
            to_lower(char)
        } else if is_lower(char) {
            if std::mem::take(&mut begins) {
                to_title(char)
            } else {
                to_upper(char)
            }
        } else {
            begins = is_space(char);
            char
        }
    })
}

/// The first byte of every word, each taken for a character.
pub(super) fn initials<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let text = call.bytes(0)?;
    let mut out = Text::new(call, 0);
    let mut begins = true;
    for byte in text {
        let char = char::from(*byte);
        if is_space(char) {
            begins = true;
        } else if std::mem::take(&mut begins) {
            out.push_char(char)?;
        }
    }
    out.give(call)
}

/// Without white space, each byte taken for a character: where any is dropped, text beyond ASCII is garbled.
pub(super) fn nospace<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let text = call.bytes(0)?;
    if !text.iter().any(|byte| is_space(char::from(*byte))) {
        return Ok(Value::Str(text));
    }
    let mut out = Text::new(call, text.len());
    for char in text.iter().map(|byte| char::from(*byte)) {
        if !is_space(char) {
            out.push_char(char)?;
        }
    }
    out.give(call)
}
