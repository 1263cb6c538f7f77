//! What a scalar without quotes means to a reader of YAML 1.1, as go-yaml 2 sees it.

/// What a word without quotes stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// A date or a point in time. Readers into free data take it as text.
    Time,
    /// `<<`.
    Merge,
    Text,
}

/// What `word` stands for.
pub(super) fn meaning(word: &str) -> Meaning {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => return Meaning::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Meaning::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Meaning::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Meaning::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Meaning::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Meaning::Float(f64::NEG_INFINITY),
        "<<" => return Meaning::Merge,
        _ => {}
    }
    match word.as_bytes().first() {
        Some(b'.') => float(word).unwrap_or(Meaning::Text),
        Some(b'0'..=b'9' | b'+' | b'-') if is_time(word) => Meaning::Time,
        Some(b'0'..=b'9' | b'+' | b'-') => number(&word.replace('_', "")).unwrap_or(Meaning::Text),
        _ => Meaning::Text,
    }
}

/// An integer in any of Go's notations, or a float.
fn number(word: &str) -> Option<Meaning> {
    let (negative, digits) = match word.as_bytes().first() {
        Some(b'-') => (true, word.get(1..)?),
        Some(b'+') => (false, word.get(1..)?),
        _ => (false, word),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    // A sign among the digits is none of ours.
    let plain = digits.starts_with(|c: char| c.is_ascii_alphanumeric());
    if let Some(size) = plain.then(|| u64::from_str_radix(digits, base).ok()).flatten() {
        match (negative, i64::try_from(size)) {
            (false, Ok(value)) => return Some(Meaning::Int(value)),
            (true, Ok(value)) => return Some(Meaning::Int(-value)),
            (true, Err(_)) if size == i64::MIN.unsigned_abs() => return Some(Meaning::Int(i64::MIN)),
            (false, Err(_)) if !word.starts_with('+') => return Some(Meaning::Uint(size)),
            _ => {}
        }
    }
    float(word)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, in range.
fn float(word: &str) -> Option<Meaning> {
    let unsigned = word.strip_prefix(['-', '+']).unwrap_or(word);
    let (digits, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (unsigned.get(..at)?, Some(unsigned.get(at + 1..)?)),
        None => (unsigned, None),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let exponent = exponent.map(|e| e.strip_prefix(['-', '+']).unwrap_or(e));
    let well_formed = all(whole)
        && all(part)
        && !(whole.is_empty() && part.is_empty())
        && exponent.is_none_or(|e| !e.is_empty() && all(e));
    let value: f64 = well_formed.then(|| word.parse().ok()).flatten()?;
    value.is_finite().then_some(Meaning::Float(value))
}

/// Numbers to the base of 60 of YAML 1.1: `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`.
pub(super) fn is_base_60(word: &str) -> bool {
    let unsigned = word.strip_prefix(['-', '+']).unwrap_or(word);
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mut groups = whole.split(':');
    let first = groups
        .next()
        .is_some_and(|g| digits(g) && g.starts_with(|c: char| c.is_ascii_digit()));
    let sixty = |group: &str| match group.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    };
    let mut rest = groups.peekable();
    first && digits(part) && rest.peek().is_some() && rest.all(sixty)
}

/// `2006-1-2`, alone or with a time: `T15:4:5.6Z`, `t15:4:5+01:00`, ` 15:4:5`.
fn is_time(word: &str) -> bool {
    let Some(at) = word.find([' ', 'T', 't']) else {
        return is_date(word);
    };
    let (date, time) = word.split_at(at);
    if !is_date(date) {
        return false;
    }
    if let Some(time) = time.strip_prefix(' ') {
        return is_clock(time);
    }
    let time = time.get(1..).unwrap_or_default();
    match (time.strip_suffix('Z'), time.find(['+', '-'])) {
        (Some(clock), _) => is_clock(clock),
        (None, Some(at)) => {
            let (clock, zone) = time.split_at(at);
            is_clock(clock) && is_zone(zone)
        }
        (None, None) => false,
    }
}

/// A number of one or two digits.
fn small(text: &str) -> Option<u32> {
    let digits = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(4, '-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    let (Ok(year), Some(month), Some(day)) = (year.parse::<u32>(), small(month), small(day)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    is_year && (1..=days).contains(&day)
}

fn is_clock(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(4, ':').collect();
    let [hour, minute, second] = parts.as_slice() else {
        return false;
    };
    let (second, fraction) = second.split_once(['.', ',']).unwrap_or((second, "0"));
    let below = |text: &str, bound: u32| small(text).is_some_and(|number| number < bound);
    let digits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    below(hour, 24) && below(minute, 60) && below(second, 60) && digits
}

/// `+01:00`.
fn is_zone(text: &str) -> bool {
    let Some((hours, minutes)) = text.get(1..).and_then(|text| text.split_once(':')) else {
        return false;
    };
    let both = hours.len() == 2 && minutes.len() == 2;
    both && small(hours).is_some_and(|h| h <= 24) && small(minutes).is_some_and(|m| m <= 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_what_go_yaml_makes_of_them() {
        for (word, wants) in [
            ("", Meaning::Null),
            ("yes", Meaning::Bool(true)),
            ("N", Meaning::Bool(false)),
            ("yEs", Meaning::Text),
            ("12", Meaning::Int(12)),
            ("-0x1f", Meaning::Int(-31)),
            ("0o17", Meaning::Int(15)),
            ("017", Meaning::Int(15)),
            ("08", Meaning::Float(8.0)),
            ("1_000", Meaning::Int(1000)),
            ("18446744073709551615", Meaning::Uint(u64::MAX)),
            ("-9223372036854775808", Meaning::Int(i64::MIN)),
            (
                "18446744073709551616",
                Meaning::Float(18_446_744_073_709_551_616.0),
            ),
            (".5", Meaning::Float(0.5)),
            ("1.", Meaning::Float(1.0)),
            ("1e3", Meaning::Float(1000.0)),
            ("1e999", Meaning::Text),
            (".", Meaning::Text),
            ("-", Meaning::Text),
            ("--1", Meaning::Text),
            ("0x", Meaning::Text),
            ("0x-1", Meaning::Text),
            ("2024-02-29", Meaning::Time),
            ("2023-02-29", Meaning::Text),
            ("2024-1-2T3:4:5Z", Meaning::Time),
            ("2024-1-2t3:4:5.678+01:00", Meaning::Time),
            ("2024-1-2 3:4:5", Meaning::Time),
            ("2024-1-2 3:4", Meaning::Text),
            ("<<", Meaning::Merge),
        ] {
            assert_eq!(meaning(word), wants, "{word}");
        }
        for (word, wants) in [
            ("1:30", true),
            ("190:20:30.15", true),
            ("1:60", false),
            ("1", false),
            (":1", false),
        ] {
            assert_eq!(is_base_60(word), wants, "{word}");
        }
    }
}
