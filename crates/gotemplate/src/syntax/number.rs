//! Number constants as Go reads them: a constant is of every kind that holds it exactly.

use super::problem::quoted;
use super::unquote::{self, Constant};
use crate::ast::{Ideal, Number};
use crate::place::shortened;

/// Why a constant is none, for a person and in Go's words.
pub(super) struct NotANumber {
    pub(super) message: String,
    pub(super) go: String,
}

#[cold]
fn wrong(message: impl Into<String>, go: impl Into<String>) -> NotANumber {
    NotANumber {
        message: message.into(),
        go: go.into(),
    }
}

/// `'a'`
pub(super) fn character(text: &str) -> Result<Number, NotANumber> {
    match unquote::character(text) {
        Constant::Char(code) => Ok(Number {
            int: Some(code.into()),
            uint: Some(code.into()),
            float: Some(code.into()),
            complex: None,
            ideal: Ideal::Int,
        }),
        Constant::Several => Err(wrong(
            "single quotes hold one character; use \"…\" for text",
            format!("malformed character constant: {}", shortened(text)),
        )),
        Constant::Invalid => Err(wrong(
            "single quotes hold one character, or an escape such as '\\n'; use \"…\" for text",
            "invalid syntax",
        )),
    }
}

/// `1+2i`
pub(super) fn complex(text: &str) -> Result<Number, NotANumber> {
    let read = || {
        let (real, rest) = text.split_at_checked(float_length(text.as_bytes()))?;
        // The sign is part of the second number.
        let sign = rest.strip_prefix(['+', '-'])?;
        let length = float_length(sign.as_bytes());
        let imaginary = rest.get(..length + 1)?;
        sign.get(length..)?.strip_prefix('i')?;
        Some((parse_float(real)?, parse_float(imaginary)?))
    };
    let (real, imaginary) = read().ok_or_else(|| {
        wrong(
            format!("{} is no complex number", quoted(text)),
            "syntax error scanning complex number",
        )
    })?;
    Ok(simplified(real, imaginary))
}

/// All other numbers.
pub(super) fn number(text: &str) -> Result<Number, NotANumber> {
    if let Some(imaginary) = text.strip_suffix('i').and_then(parse_float) {
        return Ok(simplified(0.0, imaginary));
    }
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    let magnitude = parse_integer(digits);
    let int = magnitude.and_then(|whole| {
        let signed = i128::from(whole) * if negative { -1 } else { 1 };
        i64::try_from(signed).ok()
    });
    // A sign makes it no uint, but for -0 and +0.
    let uint = magnitude.filter(|whole| digits.len() == text.len() || *whole == 0);
    let looks_like_float = text.contains(['.', 'e', 'E', 'p', 'P']);
    let ideal = |float: Option<f64>| {
        if float.is_some() && looks_like_float && !is_hex_integer(text) {
            Ideal::Float
        } else if int.is_some() {
            Ideal::Int
        } else {
            Ideal::Overflow
        }
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "Go rounds a whole constant to a float in the same way"
    )]
    if let Some(float) = int.map(|int| int as f64).or(uint.map(|uint| uint as f64)) {
        return Ok(Number {
            int,
            uint,
            float: Some(float),
            complex: None,
            ideal: ideal(Some(float)),
        });
    }
    match parse_float(text) {
        Some(_) if !looks_like_float => Err(wrong(
            format!("{} is larger than any whole number here can be", quoted(text)),
            format!("integer overflow: {}", quoted(text)),
        )),
        Some(float) => Ok(Number {
            int: whole(float),
            uint: unsigned(float),
            float: Some(float),
            complex: None,
            ideal: ideal(Some(float)),
        }),
        None => Err(wrong(
            format!("{} is no number", quoted(text)),
            format!("illegal number syntax: {}", quoted(text)),
        )),
    }
}

fn simplified(real: f64, imaginary: f64) -> Number {
    let float = (imaginary == 0.0).then_some(real);
    Number {
        int: float.and_then(whole),
        uint: float.and_then(unsigned),
        float,
        complex: Some((real, imaginary)),
        ideal: Ideal::Complex,
    }
}

/// As an `int`, where it is one exactly.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is whole and in the range"
)]
fn whole(float: f64) -> Option<i64> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    (float.fract() == 0.0 && (-BEYOND..BEYOND).contains(&float)).then_some(float as i64)
}

/// As a `uint`, where it is one exactly.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is whole and in the range"
)]
fn unsigned(float: f64) -> Option<u64> {
    const BEYOND: f64 = 18_446_744_073_709_551_616.0;
    (float.fract() == 0.0 && (0.0..BEYOND).contains(&float)).then_some(float as u64)
}

/// Go does not see a hexadecimal number behind a sign, and takes its `e` for an exponent.
fn is_hex_integer(text: &str) -> bool {
    text.len() > 2 && (text.starts_with("0x") || text.starts_with("0X")) && !text.contains(['p', 'P'])
}

/// An unsigned integer with its prefix. `None` also where it needs more than 64 bits.
fn parse_integer(text: &str) -> Option<u64> {
    let (radix, digits) = match text.as_bytes() {
        [b'0', b'b' | b'B', _, ..] => (2, text.get(2..)?),
        [b'0', b'o' | b'O', _, ..] => (8, text.get(2..)?),
        [b'0', b'x' | b'X', _, ..] => (16, text.get(2..)?),
        [b'0', ..] => (8, text),
        [] => return None,
        _ => (10, text),
    };
    let mut value = 0u64;
    for byte in digits.bytes().filter(|byte| *byte != b'_') {
        let digit = char::from(byte).to_digit(radix)?;
        value = value.checked_mul(radix.into())?.checked_add(digit.into())?;
    }
    underscores_separate_digits(text).then_some(value)
}

/// Underscores stand between digits, or between the prefix and a digit.
fn underscores_separate_digits(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (hex, prefix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (true, 2),
        [b'0', b'b' | b'B' | b'o' | b'O', ..] => (false, 2),
        _ => (false, 0),
    };
    let is_digit = |byte: u8| byte.is_ascii_digit() || (hex && byte.is_ascii_hexdigit());
    let mut last = if prefix > 0 { b'0' } else { b'^' };
    for byte in text.bytes().skip(prefix) {
        let class = if is_digit(byte) { b'0' } else { byte };
        if (class == b'_' && last != b'0') || (last == b'_' && class != b'0') {
            return false;
        }
        last = class;
    }
    last != b'_'
}

/// How many bytes at the front Go's `fmt.Sscan` takes for a float.
fn float_length(text: &[u8]) -> usize {
    let mut at = 0;
    let accept = |at: &mut usize, set: &[u8]| {
        let found = text.get(*at).is_some_and(|byte| set.contains(byte));
        *at += usize::from(found);
        found
    };
    accept(&mut at, b"+-");
    let (mut digits, mut exponent): (&[u8], &[u8]) = (b"0123456789_", b"eEpP");
    if accept(&mut at, b"0") && accept(&mut at, b"xX") {
        (digits, exponent) = (b"0123456789aAbBcCdDeEfF_", b"pP");
    }
    while accept(&mut at, digits) {}
    if accept(&mut at, b".") {
        while accept(&mut at, digits) {}
    }
    if accept(&mut at, exponent) {
        accept(&mut at, b"+-");
        while accept(&mut at, b"0123456789_") {}
    }
    at
}

/// A decimal or hexadecimal float. `None` also where it is larger than all floats.
fn parse_float(text: &str) -> Option<f64> {
    if text.contains('_') && !underscores_separate_digits(text) {
        return None;
    }
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    if let Some(hex) = unsigned.strip_prefix("0x").or(unsigned.strip_prefix("0X")) {
        let value = hex_float(hex)?;
        return Some(if plain.starts_with('-') { -value } else { value });
    }
    // Rust reads more than Go's numbers: names such as inf.
    let is_number = unsigned
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    let value: f64 = is_number.then(|| plain.parse().ok()).flatten()?;
    value.is_finite().then_some(value)
}

/// `1.8p3`, the digits hexadecimal, the exponent a power of two.
fn hex_float(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['p', 'P'])?;
    let negative = exponent.starts_with('-');
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if exponent.is_empty() || !exponent.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size: i64 = exponent.parse().unwrap_or(i64::MAX).min(100_000);
    let mut power = if negative { -size } else { size };
    let mut mantissa = 0u64;
    let (mut any, mut fraction, mut lost) = (false, false, false);
    for c in digits.chars() {
        if c == '.' && !fraction {
            fraction = true;
            continue;
        }
        let digit = c.to_digit(16)?;
        any = true;
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | u64::from(digit);
            power -= if fraction { 4 } else { 0 };
        } else {
            lost |= digit != 0;
            power += if fraction { 0 } else { 4 };
        }
    }
    if !any {
        return None;
    }
    let value = scaled(mantissa, lost, power);
    value.is_finite().then_some(value)
}

/// `mantissa * 2^power`, rounded once, to the nearest even. `lost`: the mantissa was a bit larger.
fn scaled(mantissa: u64, lost: bool, power: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    // The top bit is set; what is lost counts less than the lowest one.
    let shift = mantissa.leading_zeros();
    let mantissa = mantissa << shift;
    let power = power - i64::from(shift);
    // The exponent of a number 1.xxx * 2^exponent, and how many bits a float has left at that size.
    let exponent = power + 63;
    let bits = (exponent + 1075).clamp(0, 53);
    if exponent > 1023 {
        return f64::INFINITY;
    }
    let dropped = 64 - bits;
    let (kept, rest) = if dropped >= 64 {
        (0, mantissa)
    } else {
        (mantissa >> dropped, mantissa << bits)
    };
    let half = 1u64 << 63;
    // Below half of the smallest float there is nothing.
    let far_below = exponent < -1075;
    let up = !far_below && (rest > half || (rest == half && (lost || kept & 1 == 1)));
    let kept = kept + u64::from(up);
    // What is kept is at most 2^53, which a float holds exactly; so is each power of two here.
    #[expect(clippy::cast_precision_loss, reason = "at most 2^53")]
    let whole = kept as f64;
    let power = i32::try_from(power + dropped).unwrap_or(i32::MIN);
    // In two halves, since 2^-1074 alone is the smallest float, and 2^1023 the largest power.
    let half_power = power / 2;
    whole * 2f64.powi(half_power) * 2f64.powi(power - half_power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Option<Number> {
        number(text).ok()
    }

    #[test]
    fn whole_numbers_fit_every_kind() {
        for (text, int, uint) in [
            ("0", Some(0), Some(0)),
            ("-12", Some(-12), None),
            ("+3", Some(3), None),
            ("0x1F", Some(31), Some(31)),
            ("0b101", Some(5), Some(5)),
            ("0o17", Some(15), Some(15)),
            ("017", Some(15), Some(15)),
            ("1_000", Some(1000), Some(1000)),
            ("0x_f", Some(15), Some(15)),
            ("0_7", Some(7), Some(7)),
            ("-0", Some(0), Some(0)),
            ("9223372036854775807", Some(i64::MAX), Some(i64::MAX as u64)),
            ("-9223372036854775808", Some(i64::MIN), None),
            ("9223372036854775808", None, Some(1 << 63)),
            ("18446744073709551615", None, Some(u64::MAX)),
            ("1e3", Some(1000), Some(1000)),
            ("-1e3", Some(-1000), None),
            ("1.5", None, None),
            ("9223372036854775808.0", None, Some(1 << 63)),
        ] {
            let got = kinds(text).unwrap();
            assert_eq!((got.int, got.uint), (int, uint), "{text}");
        }
    }

    #[test]
    fn what_is_no_number() {
        for text in [
            "18446744073709551616",
            "1e999",
            "1__0",
            "1_",
            "0x",
            "0x1.8",
            "089",
            "-",
            ".",
            "1e",
            "1e_5",
            "0b2",
            "0x1i",
            "+i",
        ] {
            assert_eq!(kinds(text), None, "{text}");
        }
    }

    #[test]
    fn floats_and_their_ideal_kind() {
        for (text, float, ideal) in [
            ("1.5", 1.5, Ideal::Float),
            ("-.5", -0.5, Ideal::Float),
            ("1e3", 1000.0, Ideal::Float),
            ("0x1e", 30.0, Ideal::Int),
            ("-0x1e", -30.0, Ideal::Float),
            ("0x1p-2", 0.25, Ideal::Float),
            ("0x1.8p1", 3.0, Ideal::Float),
            ("0x_1.8p1", 3.0, Ideal::Float),
            ("0x1p-1074", f64::from_bits(1), Ideal::Float),
            ("0x1p-1075", 0.0, Ideal::Float),
            ("0x1.8p-1075", f64::from_bits(1), Ideal::Float),
            ("0x1.fffffffffffffp1023", f64::MAX, Ideal::Float),
            ("0x1.00000000000008p0", 1.0, Ideal::Float),
            ("0x1.000000000000081p0", 1.0 + f64::EPSILON, Ideal::Float),
            (
                "0x1.0000000000000800000000000001p0",
                1.0 + f64::EPSILON,
                Ideal::Float,
            ),
            ("1_000.5", 1000.5, Ideal::Float),
            (
                "18446744073709551615",
                18_446_744_073_709_551_615.0,
                Ideal::Overflow,
            ),
            ("12", 12.0, Ideal::Int),
        ] {
            let got = kinds(text).unwrap();
            assert_eq!((got.float, got.ideal), (Some(float), ideal), "{text}");
        }
        assert_eq!(kinds("0x1p1024"), None);
        assert_eq!(kinds("0x1.fffffffffffff8p1023"), None);
    }

    #[test]
    fn complex_numbers() {
        assert_eq!(kinds("2i").unwrap().complex, Some((0.0, 2.0)));
        assert_eq!(kinds("0i").unwrap().int, Some(0));
        assert_eq!(complex("1+2i").ok().unwrap().complex, Some((1.0, 2.0)));
        assert_eq!(
            complex("-1.5e1-0x1p1i").ok().unwrap().complex,
            Some((-15.0, -2.0))
        );
        assert_eq!(complex("3+0i").ok().unwrap().int, Some(3));
        for text in ["1+i", "1i+2i", "0x1+2i", "0b1+2i"] {
            assert!(complex(text).is_err(), "{text}");
        }
    }
}
