//! Strings: `%s`, `%x`, `%q`, `%c`.

use super::printer::Printer;
use super::quote::{self, Charset};
use crate::Failure;

/// What stands for a character that is none.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The first character and how many bytes it takes. Bytes that are no UTF-8 are no character, one at a time.
#[inline]
pub(crate) fn decode(text: &[u8]) -> Option<(Option<char>, usize)> {
    let first = *text.first()?;
    let width = match first {
        0..=0x7f => return Some((Some(char::from(first)), 1)),
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Some((None, 1)),
    };
    let char = text
        .get(..width)
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .and_then(|text| text.chars().next());
    Some((char, if char.is_some() { width } else { 1 }))
}

/// How many characters there are, each byte that is no UTF-8 being one.
pub(super) fn count(text: &[u8]) -> usize {
    let mut count = 0;
    let mut rest = text;
    loop {
        match std::str::from_utf8(rest) {
            Ok(valid) => return count + valid.chars().count(),
            Err(error) => {
                let (valid, bad) = rest.split_at(error.valid_up_to());
                count += std::str::from_utf8(valid).map_or(0, |valid| valid.chars().count()) + 1;
                rest = bad.get(1..).unwrap_or_default();
            }
        }
    }
}

/// The first characters.
fn truncate(text: &[u8], chars: Option<usize>) -> &[u8] {
    let Some(chars) = chars else { return text };
    // A character has at least one byte.
    if chars >= text.len() {
        return text;
    }
    let mut at = 0;
    for _ in 0..chars {
        match decode(text.get(at..).unwrap_or_default()) {
            Some((_, width)) => at += width,
            None => break,
        }
    }
    text.get(..at).unwrap_or(text)
}

/// The character of a number. Numbers that are none give the replacement character.
pub(super) fn char_of(number: u64) -> char {
    u32::try_from(number)
        .ok()
        .and_then(char::from_u32)
        .unwrap_or(REPLACEMENT)
}

impl Printer<'_> {
    /// A string for a verb.
    pub(super) fn string(&mut self, text: &[u8], verb: char) -> Result<bool, Failure> {
        match verb {
            'v' if self.flags.syntax => self.quoted(text)?,
            'v' | 's' => self.plain(text)?,
            'x' => self.hex(text, b"0123456789abcdefx")?,
            'X' => self.hex(text, b"0123456789ABCDEFX")?,
            'q' => self.quoted(text)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `%s`
    pub(super) fn plain(&mut self, text: &[u8]) -> Result<(), Failure> {
        let text = truncate(text, self.flags.precision);
        self.pad(&[text], || count(text))
    }

    /// `%q`
    fn quoted(&mut self, text: &[u8]) -> Result<(), Failure> {
        let text = truncate(text, self.flags.precision);
        if self.flags.sharp && quote::can_backquote(text) {
            return self.pad(&[b"`", text, b"`"], || count(text) + 2);
        }
        let charset = if self.flags.plus {
            Charset::Ascii
        } else {
            Charset::Printable
        };
        let missing = match self.flags.width {
            None | Some(0) => 0,
            Some(width) => {
                let mut chars = 0;
                quote::text(text, charset, &mut |piece| {
                    chars += count(piece);
                    Ok(())
                })?;
                width.saturating_sub(chars)
            }
        };
        if !self.flags.minus {
            self.padding(missing)?;
        }
        quote::text(text, charset, &mut |piece| self.write(piece))?;
        if self.flags.minus {
            self.padding(missing)?;
        }
        Ok(())
    }

    /// `%x`, `%X`: the last of the digits is the letter of the prefix.
    fn hex(&mut self, text: &[u8], digits: &[u8; 17]) -> Result<(), Failure> {
        let flags = self.flags;
        let length = flags.precision.map_or(text.len(), |most| most.min(text.len()));
        let text = text.get(..length).unwrap_or_default();
        if text.is_empty() {
            return self.padding(flags.width.unwrap_or(0));
        }
        let [.., letter] = *digits;
        let each = if flags.sharp && flags.space { 4 } else { 2 };
        let between = if flags.space { length - 1 } else { 0 };
        let prefix = if flags.sharp && !flags.space { 2 } else { 0 };
        let missing = flags
            .width
            .unwrap_or(0)
            .saturating_sub(each * length + between + prefix);
        if !flags.minus {
            self.padding(missing)?;
        }
        if flags.sharp {
            self.write(&[b'0', letter])?;
        }
        for (index, byte) in text.iter().enumerate() {
            if flags.space && index > 0 {
                self.write(b" ")?;
                if flags.sharp {
                    self.write(&[b'0', letter])?;
                }
            }
            let digit = |four: u8| digits.get(usize::from(four)).copied().unwrap_or(b'0');
            self.write(&[digit(byte >> 4), digit(byte & 15)])?;
        }
        if flags.minus {
            self.padding(missing)?;
        }
        Ok(())
    }

    /// `%c`
    pub(super) fn character(&mut self, number: u64) -> Result<(), Failure> {
        let mut buffer = [0; 4];
        let text = char_of(number).encode_utf8(&mut buffer).as_bytes();
        self.pad(&[text], || 1)
    }

    /// `%q` of a number.
    pub(super) fn quoted_character(&mut self, number: u64) -> Result<(), Failure> {
        let charset = if self.flags.plus {
            Charset::Ascii
        } else {
            Charset::Printable
        };
        let text = quote::character(char_of(number), charset);
        self.pad(&[text.bytes()], || count(text.bytes()))
    }
}
