//! Numbers as Go reads and writes them.

/// A double from a text: decimal, `0x` with a binary exponent, `_` between digits, `inf`, `infinity` and `nan` in any
/// case. Too large is an error.
pub(crate) fn parse_double(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return parse_plain(text);
    }
    separated(text).then(|| parse_plain(&text.replace('_', "")))?
}

/// Whether each `_` stands between digits, or between `0x` and a digit.
fn separated(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let behind = unsigned
        .strip_prefix("0x")
        .or_else(|| unsigned.strip_prefix("0X"));
    let is_digit = |c: char| {
        if behind.is_some() {
            c.is_ascii_hexdigit()
        } else {
            c.is_ascii_digit()
        }
    };
    let mut before = if behind.is_some() { '0' } else { '.' };
    for c in behind.unwrap_or(unsigned).chars().chain(['.']) {
        if c == '_' && !is_digit(before) || before == '_' && !is_digit(c) {
            return false;
        }
        before = c;
    }
    true
}

fn parse_plain(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let word = unsigned.to_ascii_lowercase();
    if ["inf", "infinity"].contains(&word.as_str()) {
        return Some(if text.starts_with('-') {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        });
    }
    if word == "nan" {
        // Go takes no sign here.
        return (unsigned.len() == text.len()).then_some(f64::NAN);
    }
    if word.starts_with("0x") {
        let number = hexadecimal(word.get(2..)?)?;
        return Some(if text.starts_with('-') { -number } else { number });
    }
    let plain = unsigned
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    if !plain {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// `1.8p3`: digits with at most one point, and a binary exponent, which must be there.
fn hexadecimal(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once('p')?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let exponent_digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if exponent_digits.is_empty() || !exponent_digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let exponent: i64 = exponent
        .parse()
        .ok()
        .filter(|exponent: &i64| exponent.abs() < 100_000)?;
    let mut mantissa: u64 = 0;
    let mut shift: i64 = 0;
    let mut point = false;
    for digit in digits.chars() {
        if digit == '.' {
            point = true;
            continue;
        }
        let value = u64::from(digit.to_digit(16)?);
        if mantissa >> 58 == 0 {
            mantissa = mantissa << 4 | value;
            shift -= if point { 4 } else { 0 };
        } else {
            // The rest is below what a double holds; that it is not zero decides about rounding.
            mantissa |= u64::from(value != 0);
            shift += if point { 0 } else { 4 };
        }
    }
    scaled(mantissa, exponent + shift)
}

/// `mantissa * 2^exponent`, rounded once.
#[expect(clippy::cast_precision_loss, reason = "the rounding that is meant")]
fn scaled(mantissa: u64, exponent: i64) -> Option<f64> {
    let bits = i64::from(64 - mantissa.leading_zeros());
    if mantissa == 0 || exponent + bits < -1080 {
        return Some(0.0);
    }
    if exponent + bits > 1024 {
        return None;
    }
    // A number below the normal ones has fewer bits: what does not fit is folded into one bit, so that it rounds once.
    let lost = (-1074 - exponent - 2).clamp(0, 63);
    let folded = mantissa >> lost | u64::from(mantissa.trailing_zeros() < u32::try_from(lost).ok()?);
    let exponent = exponent + lost;
    let half = exponent / 2;
    let two = |power: i64| 2.0_f64.powi(i32::try_from(power).unwrap_or_default());
    Some(folded as f64 * two(half) * two(exponent - half)).filter(|number| number.is_finite())
}

/// Without what is behind the point; nothing where 64 bits do not hold it.
#[expect(clippy::cast_possible_truncation, reason = "checked before")]
pub(crate) fn truncated(number: f64) -> Option<i64> {
    // Both ends are left out, as in cel-go.
    (number > -9_223_372_036_854_775_808.0 && number < 9_223_372_036_854_775_808.0).then_some(number as i64)
}

/// The same without a sign.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked before"
)]
pub(crate) fn truncated_unsigned(number: f64) -> Option<u64> {
    (0.0..18_446_744_073_709_551_616.0)
        .contains(&number)
        .then_some(number as u64)
}

/// The shortest text that is read as the same number, as Go's `%g` writes it.
pub(crate) fn shortest(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_go_does() {
        for (number, wants) in [
            (1.0, "1"),
            (1.5, "1.5"),
            (-0.0, "-0"),
            (123456.5, "123456.5"),
            (1e5, "100000"),
            (1e6, "1e+06"),
            (123456789.125, "1.23456789125e+08"),
            (1.25e-5, "1.25e-05"),
            (0.0001, "0.0001"),
            (1e100, "1e+100"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(shortest(number), wants);
        }
    }

    #[test]
    fn doubles_are_read_as_go_does() {
        for (text, wants) in [
            ("1.5", Some(1.5)),
            ("+1.", Some(1.0)),
            (".5", Some(0.5)),
            ("1e400", None),
            ("-Inf", Some(f64::NEG_INFINITY)),
            ("0x1p-2", Some(0.25)),
            ("-0x1.8p1", Some(-3.0)),
            ("0x1p-1074", Some(5e-324)),
            ("0x1p-1075", Some(0.0)),
            ("0x1.8p-1074", Some(1e-323)),
            ("0x1p1024", None),
            ("0x1", None),
            ("1_0", Some(10.0)),
            ("0x_1p1", Some(2.0)),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("1_.5", None),
            (" 1", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(parse_double(text), wants, "{text}");
        }
        assert!(parse_double("NaN").is_some_and(f64::is_nan));
    }
}
