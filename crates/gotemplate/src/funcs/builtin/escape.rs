//! `html`, `js`, `urlquery`.

use crate::{Call, Failure, Value, fmt};

pub(super) fn html<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    escaped(call, html_piece)
}

pub(super) fn js<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    escaped(call, js_piece)
}

pub(super) fn urlquery<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    escaped(call, url_piece)
}

/// What stands for the first bytes of a text.
enum Piece {
    /// So many bytes stay.
    Stays(usize),
    /// A byte becomes this.
    Fixed(&'static [u8]),
    /// A byte becomes `%41` or `\u0041`.
    Hex(&'static [u8], u8),
    /// A character of so many bytes becomes `\u` with its number.
    Unicode(u32, usize),
}

/// The text of the arguments with each piece replaced.
fn escaped<'a>(call: &mut Call<'_, 'a>, piece_of: fn(&[u8]) -> Option<Piece>) -> Result<Value<'a>, Failure> {
    let text = text_of_all(call)?;
    call.meter().read(text.len())?;
    let (mut length, mut changes) = (0, false);
    walk(text, piece_of, |piece| {
        changes |= !matches!(piece, Written::Same(_));
        length += piece.bytes().len();
    });
    if !changes {
        return Ok(Value::Str(text));
    }
    call.meter().make(length + 16)?;
    let mut out = Vec::with_capacity(length);
    walk(text, piece_of, |piece| out.extend_from_slice(piece.bytes()));
    Ok(Value::Str(call.arena().bytes(out)))
}

/// A piece as it is written.
enum Written<'t> {
    Same(&'t [u8]),
    Fixed(&'static [u8]),
    Made([u8; 10], usize),
}

impl Written<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Same(text) => text,
            Self::Fixed(text) => text,
            Self::Made(text, length) => text.get(..*length).unwrap_or_default(),
        }
    }
}

fn walk(text: &[u8], piece_of: fn(&[u8]) -> Option<Piece>, mut visit: impl FnMut(Written<'_>)) {
    let mut rest = text;
    let mut same = 0;
    while let Some(piece) = piece_of(rest.get(same..).unwrap_or_default()) {
        let (written, width) = match piece {
            Piece::Stays(width) => {
                same += width;
                continue;
            }
            Piece::Fixed(text) => (Written::Fixed(text), 1),
            Piece::Hex(prefix, byte) => (made(prefix, u32::from(byte), 2), 1),
            Piece::Unicode(number, width) => {
                (made(b"\\u", number, if number > 0xffff { 5 } else { 4 }), width)
            }
        };
        let (before, after) = rest.split_at(same);
        visit(Written::Same(before));
        visit(written);
        rest = after.get(width..).unwrap_or_default();
        same = 0;
    }
    visit(Written::Same(rest));
}

/// A prefix with a number in base 16, large letters. Characters beyond the fifth plane take six digits.
fn made(prefix: &[u8], number: u32, digits: u32) -> Written<'static> {
    let digits = if number > 0xf_ffff { 6 } else { digits };
    let hex = (0..digits).rev().map(|digit| {
        let four = (number >> (4 * digit)) & 15;
        char::from_digit(four, 16).map_or(b'0', |digit| digit.to_ascii_uppercase() as u8)
    });
    let mut text = [0; 10];
    let mut length = 0;
    for (place, byte) in text.iter_mut().zip(prefix.iter().copied().chain(hex)) {
        *place = byte;
        length += 1;
    }
    Written::Made(text, length)
}

/// As many bytes as stay at once.
fn run(text: &[u8], stays: impl Fn(u8) -> bool) -> Option<Piece> {
    match text.iter().position(|byte| !stays(*byte)) {
        Some(0) => None,
        Some(length) => Some(Piece::Stays(length)),
        None => Some(Piece::Stays(text.len())),
    }
}

fn html_piece(text: &[u8]) -> Option<Piece> {
    Some(match text.first()? {
        0 => Piece::Fixed("\u{fffd}".as_bytes()),
        b'"' => Piece::Fixed(b"&#34;"),
        b'\'' => Piece::Fixed(b"&#39;"),
        b'&' => Piece::Fixed(b"&amp;"),
        b'<' => Piece::Fixed(b"&lt;"),
        b'>' => Piece::Fixed(b"&gt;"),
        _ => {
            return run(text, |byte| {
                !matches!(byte, 0 | b'"' | b'\'' | b'&' | b'<' | b'>')
            });
        }
    })
}

fn js_piece(text: &[u8]) -> Option<Piece> {
    let byte = *text.first()?;
    Some(match byte {
        b'\\' => Piece::Fixed(b"\\\\"),
        b'\'' => Piece::Fixed(b"\\'"),
        b'"' => Piece::Fixed(b"\\\""),
        b'<' | b'>' | b'&' | b'=' | 0..0x20 => Piece::Hex(b"\\u00", byte),
        0x20..0x80 => {
            return run(text, |byte| {
                matches!(byte, 0x20..0x80)
                    && !matches!(byte, b'\\' | b'\'' | b'"' | b'<' | b'>' | b'&' | b'=')
            });
        }
        _ => match fmt::decode(text)? {
            (Some(char), width) if !fmt::is_printable(char) => Piece::Unicode(char.into(), width),
            // A byte that is no UTF-8 stays, too.
            (_, width) => Piece::Stays(width),
        },
    })
}

fn url_piece(text: &[u8]) -> Option<Piece> {
    let byte = *text.first()?;
    Some(match byte {
        b' ' => Piece::Fixed(b"+"),
        _ => {
            let stays =
                |byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~');
            return run(text, stays).or(Some(Piece::Hex(b"%", byte)));
        }
    })
}

/// The arguments printed one after the other, as an action prints each.
fn text_of_all<'a>(call: &mut Call<'_, 'a>) -> Result<&'a [u8], Failure> {
    let values = call.from(0);
    if let [Value::Str(text)] = values {
        return Ok(text);
    }
    call.meter().step(values.len() as u64)?;
    let values: Vec<Value<'a>> = values
        .iter()
        .map(|value| {
            if value.is_nil() {
                Value::Str(fmt::NO_VALUE)
            } else {
                *value
            }
        })
        .collect();
    let text = fmt::sprint(call.meter(), &values)?;
    Ok(call.arena().bytes(text))
}
