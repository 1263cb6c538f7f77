//! Number constants as Go reads them.

/// A constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Float(f64),
}

/// Reads `12`, `-0x1f`, `0b1`, `0o17`, `017`, `1_000`, `1.5`, `1e3`. `None` for what is no number, for imaginary ones
/// and for integers that do not fit 64 bits.
pub(crate) fn parse(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, text.get(1..)?),
        [b'+', ..] => (false, text.get(1..)?),
        _ => (false, text),
    };
    if !digits
        .as_bytes()
        .first()
        .is_some_and(|first| first.is_ascii_digit() || *first == b'.')
    {
        return None;
    }
    if let Some(value) = integer(digits) {
        let value = if negative { -value } else { value };
        return i64::try_from(value).ok().map(Number::Int);
    }
    let decimal = digits
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-' | b'_'));
    if !decimal || bad_underscores(digits) {
        return None;
    }
    if !digits.contains(['.', 'e', 'E']) {
        return None;
    }
    let value: f64 = digits.replace('_', "").parse().ok()?;
    value
        .is_finite()
        .then_some(Number::Float(if negative { -value } else { value }))
}

/// An unsigned integer; wide enough that the caller sees what does not fit.
fn integer(text: &str) -> Option<i128> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (text.get(2..)?, 16),
        [b'0', b'o' | b'O', ..] => (text.get(2..)?, 8),
        [b'0', b'b' | b'B', ..] => (text.get(2..)?, 2),
        [b'0', _, ..] => (text.get(1..)?, 8),
        _ => (text, 10),
    };
    // After a prefix one underscore may follow at once.
    let after_prefix = if radix == 10 {
        digits
    } else {
        digits.strip_prefix('_').unwrap_or(digits)
    };
    if bad_underscores(after_prefix) || !after_prefix.chars().all(|c| c == '_' || c.is_digit(radix)) {
        return None;
    }
    let plain = after_prefix.replace('_', "");
    // Too long for 128 bits is too long for 64 as well.
    Some(i128::from_str_radix(&plain, radix).unwrap_or(i128::MAX))
}

fn bad_underscores(text: &str) -> bool {
    text.is_empty() || text.starts_with('_') || text.ends_with('_') || text.contains("__")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        for (text, wants) in [
            ("0", Some(Number::Int(0))),
            ("-12", Some(Number::Int(-12))),
            ("+3", Some(Number::Int(3))),
            ("0x1F", Some(Number::Int(31))),
            ("0b101", Some(Number::Int(5))),
            ("0o17", Some(Number::Int(15))),
            ("017", Some(Number::Int(15))),
            ("1_000", Some(Number::Int(1000))),
            ("0x_f", Some(Number::Int(15))),
            ("1.5", Some(Number::Float(1.5))),
            ("-.5", Some(Number::Float(-0.5))),
            ("1e3", Some(Number::Float(1000.0))),
            ("9223372036854775807", Some(Number::Int(i64::MAX))),
            ("-9223372036854775808", Some(Number::Int(i64::MIN))),
            ("9223372036854775808", None),
            ("99999999999999999999999999999999999999999999", None),
            ("1e999", None),
            ("1__0", None),
            ("1_", None),
            ("1i", None),
            ("0x", None),
            ("089", None),
            ("-", None),
            ("..", None),
        ] {
            assert_eq!(parse(text), wants, "{text}");
        }
    }
}
