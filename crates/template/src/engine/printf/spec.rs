//! Flags, widths and precisions.

use super::super::meter::Failure;
use super::super::value::Value;

/// The widest field and the longest precision.
const MAX_WIDTH: usize = 4096;

/// The values, and which of them is next.
pub(super) struct Arguments<'a> {
    pub(super) values: &'a [Value],
    pub(super) next: usize,
    pub(super) reordered: bool,
}

impl<'a> Arguments<'a> {
    pub(super) fn take(&mut self) -> Result<(&'a Value, usize), Failure> {
        let index = self.next;
        self.next += 1;
        let value = self
            .values
            .get(index)
            .ok_or_else(|| Failure::message("there are more verbs in the format than values"))?;
        Ok((value, index))
    }
}

/// The part of a directive before its verb.
#[derive(Default)]
pub(super) struct Spec {
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

pub(super) fn parse_spec<'f>(
    format: &'f [u8],
    arguments: &mut Arguments<'_>,
) -> Result<(Spec, &'f [u8]), Failure> {
    let mut spec = Spec::default();
    let mut rest = format;
    while let [flag, after @ ..] = rest {
        match flag {
            b'+' => spec.plus = true,
            b'-' => spec.minus = true,
            b'#' => spec.sharp = true,
            b' ' => spec.space = true,
            b'0' => spec.zero = true,
            _ => break,
        }
        rest = after;
    }
    rest = argument_index(rest, arguments)?;
    (spec.width, rest) = count(rest, arguments, &mut spec.minus)?;
    if let [b'.', after @ ..] = rest {
        let mut negative = false;
        let after = argument_index(after, arguments)?;
        let (precision, after) = count(after, arguments, &mut negative)?;
        spec.precision = if negative {
            None
        } else {
            Some(precision.unwrap_or(0))
        };
        rest = after;
    }
    if spec.minus {
        spec.zero = false;
    }
    rest = argument_index(rest, arguments)?;
    Ok((spec, rest))
}

/// `[2]`: the next value to use.
fn argument_index<'f>(format: &'f [u8], arguments: &mut Arguments<'_>) -> Result<&'f [u8], Failure> {
    let [b'[', after @ ..] = format else {
        return Ok(format);
    };
    let wrong = || Failure::message("the format has a value number that is not there");
    let close = after.iter().position(|byte| *byte == b']').ok_or_else(wrong)?;
    let (digits, rest) = after.split_at(close);
    let digits = std::str::from_utf8(digits).map_err(|_| wrong())?;
    let number: usize = digits.parse().map_err(|_| wrong())?;
    if number == 0 || number > arguments.values.len() {
        return Err(wrong());
    }
    arguments.next = number - 1;
    arguments.reordered = true;
    Ok(rest.get(1..).unwrap_or_default())
}

/// Digits, or `*` for a value.
fn count<'f>(
    format: &'f [u8],
    arguments: &mut Arguments<'_>,
    negative: &mut bool,
) -> Result<(Option<usize>, &'f [u8]), Failure> {
    let too_wide = || {
        Failure::message(format!(
            "widths and precisions over {MAX_WIDTH} are not supported"
        ))
    };
    if let [b'*', after @ ..] = format {
        let (value, index) = arguments.take()?;
        let Value::Int(number) = value else {
            return Err(Failure::Argument {
                index: index + 1,
                wants: "an integer for *",
                got: value.kind(),
            });
        };
        *negative |= *number < 0;
        let width = usize::try_from(number.unsigned_abs()).map_err(|_| too_wide())?;
        return if width > MAX_WIDTH {
            Err(too_wide())
        } else {
            Ok((Some(width), after))
        };
    }
    let length = format.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return Ok((None, format));
    }
    let (digits, rest) = format.split_at(length);
    let width = std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.parse::<usize>().ok());
    match width {
        Some(width) if width <= MAX_WIDTH => Ok((Some(width), rest)),
        _ => Err(too_wide()),
    }
}
