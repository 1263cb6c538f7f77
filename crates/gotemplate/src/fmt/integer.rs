//! Whole numbers: `%d`, `%b`, `%o`, `%O`, `%x`, `%X`, `%c`, `%q`, `%U`.

use super::printable::is_printable;
use super::printer::Printer;
use super::text::char_of;
use crate::Failure;

/// A decimal number on the stack.
pub(super) struct Decimal {
    bytes: [u8; 20],
    start: usize,
}

impl Decimal {
    #[inline]
    pub(super) fn of(number: i64) -> Self {
        let mut decimal = Self {
            bytes: [b'-'; 20],
            start: 20,
        };
        let mut left = number.unsigned_abs();
        for place in decimal.bytes.iter_mut().rev() {
            *place = b'0' + (left % 10) as u8;
            left /= 10;
            decimal.start -= 1;
            if left == 0 {
                break;
            }
        }
        if number < 0 {
            // What is before the digits is a sign.
            decimal.start -= 1;
        }
        decimal
    }

    #[inline]
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

/// Writes digits to the end of a buffer that is long enough. Gives where they begin.
#[inline]
fn digits(buffer: &mut [u8], mut number: u64, base: u64, alphabet: &[u8]) -> usize {
    let mut start = buffer.len();
    loop {
        start = start.saturating_sub(1);
        let digit = usize::try_from(number % base).unwrap_or_default();
        if let (Some(place), Some(letter)) = (buffer.get_mut(start), alphabet.get(digit)) {
            *place = *letter;
        }
        number /= base;
        if number == 0 {
            return start;
        }
    }
}

/// A whole number: its bits, and whether they are to be read with a sign.
#[derive(Clone, Copy)]
pub(super) struct Whole {
    pub(super) bits: u64,
    pub(super) signed: bool,
}

impl From<i64> for Whole {
    fn from(number: i64) -> Self {
        Self {
            bits: number.cast_unsigned(),
            signed: true,
        }
    }
}

impl From<u64> for Whole {
    fn from(bits: u64) -> Self {
        Self { bits, signed: false }
    }
}

impl Printer<'_> {
    /// A whole number for a verb. Gives whether the verb is one for numbers.
    pub(super) fn whole(&mut self, number: Whole, verb: char) -> Result<bool, Failure> {
        match verb {
            'v' if self.flags.syntax && !number.signed => self.hexadecimal(number.bits)?,
            'v' | 'd' => self.based(number, 10, verb)?,
            'b' => self.based(number, 2, verb)?,
            'o' | 'O' => self.based(number, 8, verb)?,
            'x' | 'X' => self.based(number, 16, verb)?,
            'c' => self.character(number.bits)?,
            'q' => self.quoted_character(number.bits)?,
            'U' => self.code_point(number.bits)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// In base 16 with `0x` in front.
    pub(super) fn hexadecimal(&mut self, bits: u64) -> Result<(), Failure> {
        let sharp = std::mem::replace(&mut self.flags.sharp, true);
        self.based(bits.into(), 16, 'v')?;
        self.flags.sharp = sharp;
        Ok(())
    }

    fn based(&mut self, number: Whole, base: u64, verb: char) -> Result<(), Failure> {
        let flags = self.flags;
        let negative = number.signed && number.bits.cast_signed() < 0;
        let magnitude = if negative {
            number.bits.wrapping_neg()
        } else {
            number.bits
        };
        // A precision of 0 prints nothing of a 0 but the padding, which is never zeros.
        if flags.precision == Some(0) && magnitude == 0 {
            return self.fill(b' ', flags.width.unwrap_or(0));
        }
        let least = match (flags.precision, flags.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if flags.zero && !flags.minus => {
                width.saturating_sub(usize::from(negative || flags.plus || flags.space))
            }
            _ => 0,
        };
        let alphabet: &[u8; 16] = if verb == 'X' {
            b"0123456789ABCDEF"
        } else {
            b"0123456789abcdef"
        };
        let mut buffer = [0; 64];
        let start = digits(&mut buffer, magnitude, base, alphabet);
        let digits = buffer.get(start..).unwrap_or_default();
        let zeros = least.saturating_sub(digits.len());
        let sign: &[u8] = match (negative, flags.plus, flags.space) {
            (true, ..) => b"-",
            (_, true, _) => b"+",
            (.., true) => b" ",
            _ => b"",
        };
        let starts_with_zero = zeros > 0 || digits.first() == Some(&b'0');
        let prefix: &[u8] = match (base, verb) {
            (8, 'O') if flags.sharp && !starts_with_zero => b"0o0",
            (8, 'O') => b"0o",
            _ if !flags.sharp => b"",
            (2, _) => b"0b",
            (8, _) if !starts_with_zero => b"0",
            (16, 'X') => b"0X",
            (16, _) => b"0x",
            _ => b"",
        };
        self.number(&[sign, prefix], zeros, digits)
    }

    /// `%U`
    fn code_point(&mut self, bits: u64) -> Result<(), Failure> {
        let mut buffer = [0; 64];
        let start = digits(&mut buffer, bits, 16, b"0123456789ABCDEF");
        let digits = buffer.get(start..).unwrap_or_default();
        let zeros = self
            .flags
            .precision
            .unwrap_or(0)
            .max(4)
            .saturating_sub(digits.len());
        let char = char_of(bits);
        if !(self.flags.sharp && u64::from(u32::from(char)) == bits && is_printable(char)) {
            return self.number(&[b"U+"], zeros, digits);
        }
        let mut quoted = [0; 4];
        let quoted = char.encode_utf8(&mut quoted).as_bytes();
        let chars = 2 + zeros + digits.len() + 4;
        let missing = self.flags.width.unwrap_or(0).saturating_sub(chars);
        let minus = self.flags.minus;
        if !minus {
            self.fill(b' ', missing)?;
        }
        self.write(b"U+")?;
        self.fill(b'0', zeros)?;
        for piece in [digits, b" '", quoted, b"'"] {
            self.write(piece)?;
        }
        if minus {
            self.fill(b' ', missing)?;
        }
        Ok(())
    }

    /// ASCII pieces, zeros and digits, padded with spaces to the width.
    fn number(&mut self, front: &[&[u8]], zeros: usize, digits: &[u8]) -> Result<(), Failure> {
        let length = front.iter().map(|piece| piece.len()).sum::<usize>() + zeros + digits.len();
        let missing = self.flags.width.unwrap_or(0).saturating_sub(length);
        let minus = self.flags.minus;
        if !minus {
            self.fill(b' ', missing)?;
        }
        for piece in front {
            self.write(piece)?;
        }
        self.fill(b'0', zeros)?;
        self.write(digits)?;
        if minus {
            self.fill(b' ', missing)?;
        }
        Ok(())
    }
}
