//! `Sprintf`: formats with verbs.

use super::printer::Printer;
use super::text::decode;
use crate::{Failure, Value};

/// Widths and precisions beyond this are none, as in Go.
const TOO_LARGE: i64 = 1_000_000;

/// Reads a format.
struct Reader<'f, 'a> {
    format: &'f [u8],
    values: &'f [Value<'a>],
    /// The next byte of the format.
    at: usize,
    /// The next operand.
    next: usize,
    /// An operand was chosen by its number: not all need be used then.
    reordered: bool,
    /// All numbers of operands of this verb are there.
    good: bool,
    /// What was read last is the number of an operand.
    after_index: bool,
}

/// Writes a format with its operands filled in.
pub(super) fn format(printer: &mut Printer<'_>, format: &[u8], values: &[Value<'_>]) -> Result<(), Failure> {
    let mut reader = Reader {
        format,
        values,
        at: 0,
        next: 0,
        reordered: false,
        good: true,
        after_index: false,
    };
    loop {
        let rest = format.get(reader.at..).unwrap_or_default();
        let plain = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
        printer.write(rest.get(..plain).unwrap_or_default())?;
        reader.at += plain + 1;
        if plain == rest.len() {
            break;
        }
        reader.good = true;
        reader.after_index = false;
        printer.effort(1)?;
        printer.reset();
        // Most verbs are a letter and nothing else.
        if !reader.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
            printer.is_bare = false;
            reader.flags(printer);
            reader.width_and_precision(printer)?;
        }
        let Some((verb, width)) = decode(format.get(reader.at..).unwrap_or_default()) else {
            printer.write(b"%!(NOVERB)")?;
            break;
        };
        reader.at += width;
        reader.verb(printer, verb.unwrap_or(char::REPLACEMENT_CHARACTER))?;
    }
    if reader.reordered {
        return Ok(());
    }
    extra(printer, values.get(reader.next..).unwrap_or_default())
}

/// Operands that no verb asked for.
fn extra(printer: &mut Printer<'_>, values: &[Value<'_>]) -> Result<(), Failure> {
    if values.is_empty() {
        return Ok(());
    }
    printer.reset();
    printer.write(b"%!(EXTRA ")?;
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            printer.write(b", ")?;
        }
        printer.typed(*value)?;
    }
    printer.write(b")")
}

impl Reader<'_, '_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn flags(&mut self, printer: &mut Printer<'_>) {
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => printer.flags.sharp = true,
                b'0' => printer.flags.zero = true,
                b'+' => printer.flags.plus = true,
                b'-' => printer.flags.minus = true,
                b' ' => printer.flags.space = true,
                _ => return,
            }
            self.at += 1;
        }
    }

    fn width_and_precision(&mut self, printer: &mut Printer<'_>) -> Result<(), Failure> {
        self.index();
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.operand() {
                Some(width) => {
                    printer.flags.width = Some(width.unsigned_abs() as usize);
                    if width < 0 {
                        printer.flags.minus = true;
                        printer.flags.zero = false;
                    }
                }
                None => printer.write(b"%!(BADWIDTH)")?,
            }
            self.after_index = false;
        } else {
            printer.flags.width = self.number();
            if self.after_index && printer.flags.width.is_some() {
                self.good = false;
            }
        }
        // A point at the very end is a verb.
        if self.peek() == Some(b'.') && self.at + 1 < self.format.len() {
            self.at += 1;
            if self.after_index {
                self.good = false;
            }
            self.index();
            if self.peek() == Some(b'*') {
                self.at += 1;
                printer.flags.precision = self
                    .operand()
                    .and_then(|precision| usize::try_from(precision).ok());
                if printer.flags.precision.is_none() {
                    printer.write(b"%!(BADPREC)")?;
                }
                self.after_index = false;
            } else {
                printer.flags.precision = Some(self.number().unwrap_or(0));
            }
        }
        if !self.after_index {
            self.index();
        }
        Ok(())
    }

    fn verb(&mut self, printer: &mut Printer<'_>, verb: char) -> Result<(), Failure> {
        let problem: &[u8] = match (verb, self.good, self.values.get(self.next)) {
            ('%', ..) => return printer.write(b"%"),
            (_, false, _) => b"(BADINDEX)",
            (_, true, None) => b"(MISSING)",
            (_, true, Some(value)) => {
                self.next += 1;
                if matches!(verb, 'v' | 'w') {
                    // `%#v` and `%+v` are formats of their own.
                    printer.flags.syntax = std::mem::take(&mut printer.flags.sharp);
                    printer.flags.plus = false;
                }
                return printer.argument(*value, verb);
            }
        };
        printer.write(b"%!")?;
        printer.write_char(verb)?;
        printer.write(problem)
    }

    /// A decimal number. One that is far too large ends the format.
    fn number(&mut self) -> Option<usize> {
        let (number, end) = decimal(self.format, self.at, self.format.len());
        self.at = end;
        number
    }

    /// A width or precision that is an operand.
    fn operand(&mut self) -> Option<i64> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        let number = match value {
            Value::Int(number) | Value::Int64(number) => *number,
            Value::Int32(number) => i64::from(*number),
            Value::Uint8(number) => i64::from(*number),
            Value::Uint64(number) => i64::try_from(*number).ok()?,
            Value::Object(object) => object.whole()?,
            _ => return None,
        };
        (-TOO_LARGE..=TOO_LARGE).contains(&number).then_some(number)
    }

    /// `[3]`: the number of the next operand.
    fn index(&mut self) {
        self.after_index = false;
        if self.peek() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = self.format.get(self.at..).unwrap_or_default();
        let close = rest.iter().position(|byte| *byte == b']');
        let (Some(close), true) = (close, rest.len() >= 3) else {
            self.good = false;
            self.at += 1;
            return;
        };
        let (number, end) = decimal(rest, 1, close);
        self.at += close + 1;
        match number.filter(|_| end == close) {
            Some(number) if (1..=self.values.len()).contains(&number) => {
                self.next = number - 1;
                self.after_index = true;
            }
            Some(_) => {
                self.good = false;
                self.after_index = true;
            }
            None => self.good = false,
        }
    }
}

/// A number, and where it ends. One that is too large is none and reaches to `end`.
fn decimal(text: &[u8], start: usize, end: usize) -> (Option<usize>, usize) {
    let mut number = None;
    let mut at = start;
    while let Some(byte) = text.get(at).filter(|byte| at < end && byte.is_ascii_digit()) {
        let so_far = number.unwrap_or(0);
        if so_far > TOO_LARGE as usize {
            return (None, end);
        }
        number = Some(so_far * 10 + usize::from(byte - b'0'));
        at += 1;
    }
    (number, at.max(start).min(end.max(start)))
}
