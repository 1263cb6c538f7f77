//! `float64` and `complex128`: `%e`, `%f`, `%g`, `%b`, `%x`.
//!
//! The digits come from Rust's own formatting, which is exact and rounds half to even like Go's; what differs is how
//! they are laid out.

use std::io::Write as _;

use zeroize::Zeroizing;

use super::integer::Decimal;
use super::printer::Printer;
use crate::Failure;

/// More decimals than any `float64` has: further ones are zeros.
const MOST_DECIMALS: usize = 1100;

/// More digits than any `float64` has.
const MOST_DIGITS: usize = 800;

/// How many bytes a number takes at most besides the decimals that are asked for: 17 digits or 309, sign, point,
/// exponent, and what `#` adds.
fn longest(value: f64, verb: u8) -> usize {
    match verb {
        b'f' if value.abs() >= 1e17 => 330,
        _ => 40,
    }
}

/// Below this every whole number has a `float64` of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// How many steps take as long as finding the digits: those that are exact take far longer than the first few.
fn steps(value: f64, verb: u8, precision: Option<usize>) -> u64 {
    let decimals = precision.unwrap_or(0).min(MOST_DECIMALS) as u64;
    let whole = match verb {
        b'f' if value.is_finite() => value.abs().max(1.0).log10() as u64,
        _ => 0,
    };
    2 + (decimals + whole).saturating_sub(17) / 4
}

/// The digits of a number that is not negative: `0.digits` times ten to the power of `point`.
struct Digits {
    digits: Zeroizing<Vec<u8>>,
    point: i32,
}

impl Digits {
    /// The fewest digits that read back the same, or so many, rounded. Without zeros at the end.
    fn of(value: f64, digits: Option<usize>) -> Self {
        let value = value.abs();
        let mut digits = digits.map_or_else(|| fewest(value), |count| rounded(value, count));
        let (mantissa, exponent) = exponential(&digits);
        let end = mantissa.len();
        digits.truncate(end);
        if end > 1 {
            // The point.
            digits.remove(1);
        }
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let point = if digits.is_empty() { 0 } else { exponent + 1 };
        Self { digits, point }
    }
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok(), "memory takes what is written to it");
}

/// So many digits, as `1.25e-7`.
fn rounded(value: f64, digits: usize) -> Zeroizing<Vec<u8>> {
    let decimals = digits.clamp(1, MOST_DIGITS) - 1;
    let mut text = Zeroizing::new(Vec::with_capacity(decimals + 16));
    put(&mut text, format_args!("{value:.decimals$e}"));
    text
}

/// The fewest digits that read back the same, as `1.25e-7`. Of two that are equally near Go takes the even one and Rust
/// the larger one; that happens from the 16th digit on.
fn fewest(value: f64) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(32));
    // Whole numbers that are exact have no shorter digits than their own.
    if value.fract() == 0.0 && value < EXACT {
        let whole = Decimal::of(value as i64);
        let exponent = whole.bytes().len() - 1;
        text.extend_from_slice(whole.bytes());
        if exponent > 0 {
            text.insert(1, b'.');
        }
        put(&mut text, format_args!("e{exponent}"));
        return text;
    }
    put(&mut text, format_args!("{value:e}"));
    let digits = exponential(&text).0.len().saturating_sub(1);
    if digits < 16 {
        return text;
    }
    let even = rounded(value, digits);
    let reads_back = std::str::from_utf8(&even).is_ok_and(|text| text.parse() == Ok(value));
    if reads_back { even } else { text }
}

/// Splits `1.25e-7` into its mantissa and exponent.
fn exponential(text: &[u8]) -> (&[u8], i32) {
    let at = text.iter().position(|byte| *byte == b'e').unwrap_or(text.len());
    let (mantissa, exponent) = text.split_at(at);
    let number = |digits: &[u8]| {
        digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + i32::from(digit & 15))
    };
    let exponent = match exponent {
        [_, b'-', digits @ ..] => -number(digits),
        [_, digits @ ..] => number(digits),
        [] => 0,
    };
    (mantissa, exponent)
}

/// As `%v` shows it.
pub(super) fn shortest(value: f64) -> Vec<u8> {
    let mut out = Vec::with_capacity(32);
    append(&mut out, value, b'g', None);
    if out == b"+Inf" || !out.starts_with(b"+") {
        return out;
    }
    out.split_off(1)
}

/// Appends a number as Go's `strconv.AppendFloat` does. No precision: as many digits as are needed (not for `e`, `f`).
fn append(out: &mut Vec<u8>, value: f64, verb: u8, precision: Option<usize>) {
    if value.is_nan() {
        return out.extend_from_slice(b"NaN");
    }
    if value.is_infinite() {
        return out.extend_from_slice(if value > 0.0 { b"+Inf" } else { b"-Inf" });
    }
    if value.is_sign_negative() {
        out.push(b'-');
    }
    match verb {
        b'b' => binary(out, value),
        b'x' | b'X' => hexadecimal(out, value, verb, precision),
        b'e' | b'E' => {
            let precision = precision.unwrap_or(0);
            let digits = Digits::of(value, Some(precision.saturating_add(1)));
            with_exponent(out, &digits, precision, verb);
        }
        b'f' => {
            let precision = precision.unwrap_or(0);
            let shown = precision.min(MOST_DECIMALS);
            put(out, format_args!("{:.shown$}", value.abs()));
            out.resize(out.len() + (precision - shown), b'0');
        }
        _ => general(out, value, verb, precision),
    }
}

/// `%g`, `%G`: with an exponent where it is small or large, else without.
fn general(out: &mut Vec<u8>, value: f64, verb: u8, precision: Option<usize>) {
    let digits = Digits::of(value, precision);
    let count = digits.digits.len();
    let precision_asked = precision.map_or(count, |precision| precision.max(1));
    // As signed numbers: the point may be far to the left.
    let as_point = |size: usize| i32::try_from(size).unwrap_or(i32::MAX);
    let turn = match precision {
        None => 6,
        Some(_) if precision_asked > count && as_point(count) >= digits.point => count,
        Some(_) => precision_asked,
    };
    let exponent = digits.point - 1;
    if exponent < -4 || exponent >= as_point(turn) {
        let shown = precision_asked.min(count).saturating_sub(1);
        return with_exponent(out, &digits, shown, if verb == b'G' { b'E' } else { b'e' });
    }
    let shown = if as_point(precision_asked) > digits.point {
        count
    } else {
        precision_asked
    };
    plain(
        out,
        &digits,
        usize::try_from(as_point(shown) - digits.point).unwrap_or(0),
    );
}

/// `d.ddde±dd`
fn with_exponent(out: &mut Vec<u8>, digits: &Digits, decimals: usize, letter: u8) {
    let mut all = digits.digits.iter().copied();
    out.push(all.next().unwrap_or(b'0'));
    if decimals > 0 {
        out.push(b'.');
        let end = out.len() + decimals;
        out.extend(all.take(decimals));
        out.resize(end, b'0');
    }
    let exponent = if digits.digits.is_empty() {
        0
    } else {
        digits.point - 1
    };
    let sign = if exponent < 0 { '-' } else { '+' };
    put(
        out,
        format_args!("{}{sign}{:02}", char::from(letter), exponent.unsigned_abs()),
    );
}

/// `ddd.ddd`
fn plain(out: &mut Vec<u8>, digits: &Digits, decimals: usize) {
    let count = digits.digits.len();
    let whole = usize::try_from(digits.point).unwrap_or(0);
    if whole == 0 {
        out.push(b'0');
    }
    let end = out.len() + whole;
    out.extend(digits.digits.iter().take(whole));
    out.resize(end, b'0');
    if decimals == 0 {
        return;
    }
    out.push(b'.');
    let end = out.len() + decimals;
    let leading = usize::try_from(-digits.point).unwrap_or(0).min(decimals);
    out.resize(out.len() + leading, b'0');
    out.extend(
        digits
            .digits
            .iter()
            .skip(whole.min(count))
            .take(decimals - leading),
    );
    out.resize(end, b'0');
}

/// The mantissa as a whole number and the exponent of two: `mantissa * 2^exponent`.
fn parts(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let mantissa = bits & ((1 << 52) - 1);
    match i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0) {
        0 => (mantissa, -1074),
        exponent => (mantissa | (1 << 52), exponent - 1075),
    }
}

/// `%b`: `ddddp±ddd`
fn binary(out: &mut Vec<u8>, value: f64) {
    let (mantissa, exponent) = parts(value);
    put(out, format_args!("{mantissa}p{exponent:+}"));
}

/// `%x`, `%X`: `0x1.yyyp±dd`
fn hexadecimal(out: &mut Vec<u8>, value: f64, verb: u8, precision: Option<usize>) {
    let (mut mantissa, mut exponent) = parts(value);
    // The leading one at bit 60, so that the exponent is that of the first digit.
    exponent = if mantissa == 0 { 0 } else { exponent + 52 };
    mantissa <<= 8;
    while mantissa != 0 && mantissa & (1 << 60) == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Some(precision) = precision
        && precision < 15
    {
        let shift = precision * 4;
        let rest = (mantissa << shift) & ((1 << 60) - 1);
        mantissa >>= 60 - shift;
        // Half rounds to even.
        if rest | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & (1 << 61) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let digits: &[u8; 16] = if verb == b'X' {
        b"0123456789ABCDEF"
    } else {
        b"0123456789abcdef"
    };
    out.extend_from_slice(&[b'0', verb, b'0' + u8::from(mantissa & (1 << 60) != 0)]);
    mantissa <<= 4;
    let decimals = precision.unwrap_or_else(|| (64 - mantissa.trailing_zeros() as usize).div_ceil(4));
    if decimals > 0 {
        out.push(b'.');
    }
    for _ in 0..decimals.min(16) {
        let digit = usize::try_from(mantissa >> 60).unwrap_or(0);
        out.push(digits.get(digit).copied().unwrap_or(b'0'));
        mantissa <<= 4;
    }
    out.resize(out.len() + decimals.saturating_sub(16), b'0');
    let (letter, sign) = (
        if verb == b'X' { 'P' } else { 'p' },
        if exponent < 0 { '-' } else { '+' },
    );
    put(out, format_args!("{letter}{sign}{:02}", exponent.unsigned_abs()));
}

impl Printer<'_> {
    /// A `float64` for a verb. Gives whether the verb is one for such numbers.
    pub(super) fn float(&mut self, value: f64, verb: char) -> Result<bool, Failure> {
        let (verb, precision) = match verb {
            'v' | 'g' => (b'g', None),
            'G' => (b'G', None),
            'b' => (b'b', None),
            'x' => (b'x', None),
            'X' => (b'X', None),
            'e' => (b'e', Some(6)),
            'E' => (b'E', Some(6)),
            'f' | 'F' => (b'f', Some(6)),
            _ => return Ok(false),
        };
        self.laid_out(value, verb, self.flags.precision.or(precision))?;
        Ok(true)
    }

    /// A `complex128` for a verb: `(1+2i)`.
    pub(super) fn complex(&mut self, re: f64, im: f64, verb: char) -> Result<bool, Failure> {
        if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
            return Ok(false);
        }
        self.write(b"(")?;
        self.float(re, verb)?;
        let plus = std::mem::replace(&mut self.flags.plus, true);
        self.float(im, verb)?;
        self.flags.plus = plus;
        self.write(b"i)")?;
        Ok(true)
    }

    fn laid_out(&mut self, value: f64, verb: u8, precision: Option<usize>) -> Result<(), Failure> {
        let flags = self.flags;
        self.effort(steps(value, verb, precision))?;
        let most = longest(value, verb) + precision.unwrap_or(0);
        if most > 1024 {
            self.scratch(most)?;
        }
        let mut number = Zeroizing::new(Vec::with_capacity(most));
        append(&mut number, value, verb, precision);
        let mut sign = match number.first() {
            Some(b'-') => b'-',
            _ => b'+',
        };
        if matches!(number.first(), Some(b'-' | b'+')) {
            number.remove(0);
        }
        if flags.space && sign == b'+' && !flags.plus {
            sign = b' ';
        }
        if !value.is_finite() {
            // Not a number to fill up with zeros; NaN has no sign unless asked for.
            let sign: &[u8] = if value.is_nan() && !flags.space && !flags.plus {
                b""
            } else {
                &[sign]
            };
            let zero = std::mem::replace(&mut self.flags.zero, false);
            self.pad_ascii(&[sign, &number])?;
            self.flags.zero = zero;
            return Ok(());
        }
        if flags.sharp && verb != b'b' {
            keep_zeros(&mut number, verb, precision);
        }
        if !flags.plus && sign == b'+' {
            return self.pad_ascii(&[&number]);
        }
        match flags.width {
            Some(width) if flags.zero && !flags.minus && width > number.len() + 1 => {
                self.write(&[sign])?;
                self.padding(width - number.len() - 1)?;
                self.write(&number)
            }
            _ => self.pad_ascii(&[&[sign], &number]),
        }
    }
}

/// `%#`: always a decimal point, and the zeros behind it that `%g` leaves out.
fn keep_zeros(number: &mut Vec<u8>, verb: u8, precision: Option<usize>) {
    let mut missing = match verb {
        b'g' | b'G' | b'x' => precision.unwrap_or(6),
        _ => 0,
    };
    let is_exponent = |byte: &u8| match byte {
        b'p' | b'P' => true,
        b'e' | b'E' => !matches!(verb, b'x' | b'X'),
        _ => false,
    };
    let at = number.iter().position(is_exponent).unwrap_or(number.len());
    let exponent = number.split_off(at);
    let has_point = number.contains(&b'.');
    // The digits from the first that is no zero on are there already. (Go counts the x of 0x too.)
    let there = number
        .iter()
        .filter(|byte| **byte != b'.')
        .skip_while(|byte| **byte == b'0')
        .count();
    missing = missing.saturating_sub(there);
    if !has_point {
        if number.as_slice() == b"0" {
            missing = missing.saturating_sub(1);
        }
        number.push(b'.');
    }
    number.resize(number.len() + missing, b'0');
    number.extend_from_slice(&exponent);
}
