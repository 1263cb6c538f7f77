//! Text as functions read and make it: bytes that need not be UTF-8, paid for before they are made.

use crate::fmt::decode;
use crate::meter::Buffer;
use crate::{Call, Failure, Value};

const TOO_MUCH: Failure = Failure::Limit("the template makes too much text on the way");

/// What stands for bytes that are no character, as Go's `utf8.RuneError`.
pub(crate) const NO_CHAR: char = char::REPLACEMENT_CHARACTER;

/// The characters of a text with the number of their bytes. A byte that is no UTF-8 is [`NO_CHAR`] of width 1.
#[derive(Clone)]
pub(crate) struct Runes<'t>(pub(crate) &'t [u8]);

impl Iterator for Runes<'_> {
    type Item = (char, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let (char, width) = decode(self.0)?;
        self.0 = self.0.get(width..).unwrap_or_default();
        Some((char.unwrap_or(NO_CHAR), width))
    }
}

/// The last character with the number of its bytes.
pub(crate) fn last_rune(text: &[u8]) -> Option<(char, usize)> {
    let last = *text.last()?;
    if last.is_ascii() {
        return Some((char::from(last), 1));
    }
    let starts = |byte: &u8| *byte & 0xc0 != 0x80;
    let back = text.iter().rev().take(4).position(starts);
    let char = back.and_then(|back| {
        let tail = text.get(text.len() - back - 1..)?;
        let (char, width) = decode(tail)?;
        (width == tail.len()).then_some((char?, width))
    });
    Some(char.unwrap_or((NO_CHAR, 1)))
}

/// Go's `utf8.RuneCount`.
pub(crate) fn count_runes(text: &[u8]) -> usize {
    match std::str::from_utf8(text) {
        Ok(text) => text.chars().count(),
        Err(_) => Runes(text).count(),
    }
}

/// Gives a text of exactly `length` bytes (nothing: more than can be counted). They are paid before `fill` makes them.
pub(crate) fn give_exact<'a>(
    call: &mut Call<'_, 'a>,
    length: Option<usize>,
    fill: impl FnOnce(&mut Vec<u8>),
) -> Result<Value<'a>, Failure> {
    let length = length.ok_or(TOO_MUCH)?;
    call.meter().make(length.saturating_add(16))?;
    // Never grows, so that no copy is left behind.
    let mut text = Vec::with_capacity(length);
    fill(&mut text);
    debug_assert_eq!(text.len(), length);
    Ok(Value::Str(call.arena().bytes(text)))
}

/// Gives a part of an argument, which costs nothing more.
pub(crate) fn give_part<'a>(text: Option<&'a [u8]>) -> Result<Value<'a>, Failure> {
    text.map(Value::Str)
        .ok_or(Failure::Message("the place is outside of the text"))
}

/// A text that grows within the bytes that may still be made.
pub(crate) struct Text {
    out: Buffer,
    room: usize,
}

impl Text {
    pub(crate) fn new(call: &mut Call<'_, '_>, likely: usize) -> Self {
        let room = usize::try_from(call.meter().room()).unwrap_or(usize::MAX);
        Self {
            out: Buffer::with_capacity(likely.min(room)),
            room,
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if self.room < bytes.len() {
            return Err(TOO_MUCH);
        }
        self.room -= bytes.len();
        self.out.push(bytes);
        Ok(())
    }

    #[inline]
    pub(crate) fn push_char(&mut self, char: char) -> Result<(), Failure> {
        self.push(char.encode_utf8(&mut [0; 4]).as_bytes())
    }

    /// Gives the text, and pays for it.
    pub(crate) fn give<'a>(self, call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
        let text = std::mem::take(&mut *self.out.into_zeroizing());
        call.give(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_character_count_one_by_one() {
        let text = b"a\xffb\xe4\xb8\xed\xa0\x80\xc3\xa9";
        let chars: Vec<_> = Runes(text).collect();
        let bad = (NO_CHAR, 1);
        assert_eq!(
            chars,
            [('a', 1), bad, ('b', 1), bad, bad, bad, bad, bad, ('é', 2)]
        );
        assert_eq!(count_runes(text), 9);
    }

    #[test]
    fn the_last_character_is_found_from_behind() {
        assert_eq!(last_rune(b""), None);
        assert_eq!(last_rune("aé".as_bytes()), Some(('é', 2)));
        assert_eq!(last_rune("😀".as_bytes()), Some(('😀', 4)));
        for bad in [
            b"a\xff".as_slice(),
            b"\xa9",
            b"\xc3\xa9\xa9",
            b"\xe4\xb8",
            b"\xed\xa0\x80",
        ] {
            assert_eq!(last_rune(bad), Some((NO_CHAR, 1)));
        }
    }
}
