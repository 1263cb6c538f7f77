//! Numbers as text, read as Go's `strconv` reads them.

use crate::fmt;

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberError {
    /// It is not written as one.
    Syntax,
    /// It does not fit; the nearest number that does.
    Range(i64),
}

/// A whole number. Base 0 takes the base from a prefix, and allows `_` between digits.
///
/// # Errors
/// It is none, or does not fit 64 bits.
pub(crate) fn parse_int(text: &[u8], base: u32) -> Result<i64, NumberError> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let magnitude = parse_uint(digits, base)?;
    let furthest = if negative { i64::MIN } else { i64::MAX };
    match (magnitude, negative) {
        (Some(value), true) if value <= 1 << 63 => Ok(0_i64.wrapping_sub_unsigned(value)),
        (Some(value), false) if value < 1 << 63 => Ok(i64::try_from(value).unwrap_or(furthest)),
        _ => Err(NumberError::Range(furthest)),
    }
}

/// Digits; nothing where they do not fit.
fn parse_uint(text: &[u8], base: u32) -> Result<Option<u64>, NumberError> {
    let (radix, digits) = match text {
        _ if base != 0 => (base, text),
        [b'0', b'b' | b'B', rest @ ..] if !rest.is_empty() => (2, rest),
        [b'0', b'o' | b'O', rest @ ..] if !rest.is_empty() => (8, rest),
        [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => (16, rest),
        [b'0', rest @ ..] => (8, rest),
        _ => (10, text),
    };
    if text.is_empty() {
        return Err(NumberError::Syntax);
    }
    let mut value = 0_u64;
    let mut underscores = false;
    for byte in digits {
        if *byte == b'_' && base == 0 {
            underscores = true;
            continue;
        }
        let digit = char::from(*byte).to_digit(radix).ok_or(NumberError::Syntax)?;
        let next = value
            .checked_mul(radix.into())
            .and_then(|value| value.checked_add(digit.into()));
        match next {
            Some(next) => value = next,
            // As in Go, what comes after the digit that is too much is not looked at.
            None => return Ok(None),
        }
    }
    if underscores && !underscores_fit(text) {
        return Err(NumberError::Syntax);
    }
    Ok(Some(value))
}

/// Underscores stand between digits, or between a prefix and a digit.
fn underscores_fit(text: &[u8]) -> bool {
    #[derive(PartialEq)]
    enum Saw {
        Start,
        Digit,
        Underscore,
        Other,
    }
    let text = match text {
        [b'+' | b'-', rest @ ..] => rest,
        rest => rest,
    };
    let (mut saw, hex, rest) = match text {
        [b'0', prefix, rest @ ..] if matches!(prefix | 0x20, b'b' | b'o' | b'x') => {
            (Saw::Digit, prefix | 0x20 == b'x', rest)
        }
        rest => (Saw::Start, false, rest),
    };
    for byte in rest {
        if byte.is_ascii_digit() || (hex && byte.is_ascii_hexdigit()) {
            saw = Saw::Digit;
        } else if *byte == b'_' {
            if saw != Saw::Digit {
                return false;
            }
            saw = Saw::Underscore;
        } else {
            if saw == Saw::Underscore {
                return false;
            }
            saw = Saw::Other;
        }
    }
    saw != Saw::Underscore
}

/// A floating-point number. Nothing where it is none, or too large.
pub(crate) fn parse_float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1.0, text.get(1..)?),
        b'+' => (1.0, text.get(1..)?),
        _ => (1.0, text),
    };
    if ["inf", "infinity"]
        .iter()
        .any(|name| rest.eq_ignore_ascii_case(name))
    {
        return Some(sign * f64::INFINITY);
    }
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    if text.contains('_') && !underscores_fit(text.as_bytes()) {
        return None;
    }
    let digits: String = rest.chars().filter(|char| *char != '_').collect();
    let value = match digits.get(..2) {
        Some("0x" | "0X") => parse_hex(digits.get(2..)?)?,
        _ => parse_decimal(&digits)?,
    };
    value.is_finite().then_some(sign * value)
}

fn parse_decimal(text: &str) -> Option<f64> {
    let fine = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !fine || text.starts_with(['+', '-']) {
        return None;
    }
    text.parse().ok()
}

/// A hexadecimal number with its exponent of 2: `1.8p3`.
fn parse_hex(text: &str) -> Option<f64> {
    let at = text.find(['p', 'P'])?;
    let (digits, exponent) = (text.get(..at)?, text.get(at + 1..)?);
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size: i64 = unsigned.get(..unsigned.len().min(6))?.parse().ok()?;
    let mut exponent = if exponent.starts_with('-') { -size } else { size };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() == 0 {
        return None;
    }
    let (mut mantissa, mut lost) = (0_u64, false);
    for (at, digit) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = digit.to_digit(16)?;
        let of_fraction = at >= whole.len();
        if mantissa >> 59 == 0 {
            mantissa = mantissa << 4 | u64::from(digit);
            exponent -= if of_fraction { 4 } else { 0 };
        } else {
            lost |= digit != 0;
            exponent += if of_fraction { 0 } else { 4 };
        }
    }
    Some(scale(mantissa, lost, exponent))
}

/// `mantissa * 2^exponent`, rounded once to the nearest even.
#[expect(clippy::cast_precision_loss, reason = "at most 53 bits are left")]
fn scale(mantissa: u64, lost: bool, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let bits = 64 - i64::from(mantissa.leading_zeros());
    let top = exponent + bits - 1;
    if top > 1023 {
        return f64::INFINITY;
    }
    // Numbers below 2^-1022 have fewer bits.
    let precision = if top >= -1022 { 53 } else { 53 - (-1022 - top) };
    let drop = bits - precision;
    if drop > bits {
        return 0.0;
    }
    if drop <= 0 {
        return power_of_two(mantissa as f64, exponent);
    }
    let kept = if drop >= 64 { 0 } else { mantissa >> drop };
    let half = 1_u64 << (drop - 1);
    let rest = mantissa - if drop >= 64 { 0 } else { kept << drop };
    let up = rest > half || (rest == half && (lost || kept & 1 == 1));
    power_of_two((kept + u64::from(up)) as f64, exponent + drop)
}

/// The fewest digits that read back as a finite number's magnitude, and the power of ten that they count by. Of two that
/// are equally near it has Go's, which Rust's own formatting has not.
pub(crate) fn shortest_digits(value: f64) -> (String, i64) {
    let shown = String::from_utf8(fmt::float(value.abs())).unwrap_or_default();
    let (mantissa, exponent) = shown.split_once('e').unwrap_or((&shown, "0"));
    let exponent: i64 = exponent.parse().unwrap_or_default();
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let places = i64::try_from(fraction.len()).unwrap_or_default();
    (digits.to_owned(), exponent - places)
}

/// `value * 2^exponent`, where that needs no rounding or is too large.
pub(super) fn power_of_two(mut value: f64, mut exponent: i64) -> f64 {
    while exponent != 0 && value != 0.0 && value.is_finite() {
        let step = exponent.clamp(-1000, 1000);
        value *= 2_f64.powi(i32::try_from(step).unwrap_or_default());
        exponent -= step;
    }
    value
}
