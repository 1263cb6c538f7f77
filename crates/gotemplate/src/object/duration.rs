//! Durations as text.

/// A fraction of a second in the largest unit that makes it at least 1.
const SMALL: [(u64, &str); 3] = [(1, "ns"), (1_000, "µs"), (1_000_000, "ms")];

/// How Go prints a duration: `1h2m0.5s`, `1.5ms`, `0s`.
pub(crate) fn show_duration(nanos: i64) -> String {
    let total = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    if total == 0 {
        return "0s".to_owned();
    }
    if total < 1_000_000_000 {
        let (unit, name) = SMALL
            .iter()
            .rev()
            .find(|(unit, _)| total >= *unit)
            .copied()
            .unwrap_or((1, "ns"));
        return format!("{sign}{}{name}", with_fraction(total, unit));
    }
    let seconds = with_fraction(total % 60_000_000_000, 1_000_000_000);
    let minutes = total / 60_000_000_000;
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// `total / unit` with as many digits of a fraction as there are.
fn with_fraction(total: u64, unit: u64) -> String {
    let (whole, mut rest) = (total / unit, total % unit);
    let mut text = whole.to_string();
    let mut unit = unit / 10;
    if rest > 0 {
        text.push('.');
    }
    while rest > 0 && unit > 0 {
        text.push_str(&(rest / unit).to_string());
        rest %= unit;
        unit /= 10;
    }
    text
}

/// The largest magnitude of a duration: that of the smallest one.
const MOST: u64 = 1 << 63;

/// Reads a duration as Go writes it.
///
/// # Errors
/// It is none, or beyond what 64 bits hold.
pub(crate) fn parse_duration(text: &[u8]) -> Option<i64> {
    let (negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if rest == b"0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (part, after) = one_part(rest)?;
        total = total.checked_add(part).filter(|total| *total <= MOST)?;
        rest = after;
    }
    if negative {
        Some(0_i64.wrapping_sub_unsigned(total))
    } else {
        i64::try_from(total).ok()
    }
}

/// One number and its unit: `1.5h`.
fn one_part(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = digits(text);
    let (whole, mut rest) = text.split_at_checked(digits)?;
    let value = leading_int(whole)?;
    let mut fraction = (0, 1.0);
    if let [b'.', after @ ..] = rest {
        let count = self::digits(after);
        if digits == 0 && count == 0 {
            return None;
        }
        let (of_fraction, after) = after.split_at_checked(count)?;
        fraction = leading_fraction(of_fraction);
        rest = after;
    } else if digits == 0 {
        return None;
    }
    let end = rest
        .iter()
        .position(|byte| *byte == b'.' || byte.is_ascii_digit())
        .unwrap_or(rest.len());
    let (name, rest) = rest.split_at_checked(end)?;
    let unit = unit(name)?;
    let mut nanos = value.checked_mul(unit).filter(|nanos| *nanos <= MOST)?;
    if fraction.0 > 0 {
        nanos = nanos
            .checked_add(scaled(fraction, unit))
            .filter(|nanos| *nanos <= MOST)?;
    }
    Some((nanos, rest))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Go reckons fractions in floating point, and so must we to round alike"
)]
fn scaled((digits, scale): (u64, f64), unit: u64) -> u64 {
    (digits as f64 * (unit as f64 / scale)) as u64
}

fn unit(name: &[u8]) -> Option<u64> {
    Some(match name {
        b"ns" => 1,
        b"us" | b"\xc2\xb5s" | b"\xce\xbcs" => 1_000,
        b"ms" => 1_000_000,
        b"s" => 1_000_000_000,
        b"m" => 60_000_000_000,
        b"h" => 3_600_000_000_000,
        _ => return None,
    })
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Digits as a number up to 2^63.
pub(super) fn leading_int(digits: &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for digit in digits {
        value = value
            .checked_mul(10)?
            .checked_add(u64::from(digit - b'0'))
            .filter(|value| *value <= MOST)?;
    }
    Some(value)
}

/// Digits after a point, and the power of ten that they are to be divided by. What goes beyond 64 bits is left out.
fn leading_fraction(digits: &[u8]) -> (u64, f64) {
    let (mut value, mut scale) = (0_u64, 1.0);
    for digit in digits {
        if value > (MOST - 1) / 10 {
            break;
        }
        let next = value * 10 + u64::from(digit - b'0');
        if next > MOST {
            break;
        }
        value = next;
        scale *= 10.0;
    }
    (value, scale)
}
