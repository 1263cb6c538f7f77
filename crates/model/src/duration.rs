//! Durations as Go writes them: `30m`, `1h30m`, `1.5h`, `90s`.

use std::time::Duration;

/// Longer ones than this are mistakes.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// Reads a duration. Signs are not taken: no duration here can be negative.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    if rest.is_empty() || rest.len() > 64 {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let unit_end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_end);
        total = total.checked_add(part(number, unit)?)?;
        if total > LONGEST {
            return None;
        }
        rest = next;
    }
    Some(total)
}

fn part(number: &str, unit: &str) -> Option<Duration> {
    let nanos_per_unit: u64 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60 * 1_000_000_000,
        "h" => 3600 * 1_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let nanos = whole
        .checked_mul(nanos_per_unit)?
        .checked_add(fraction_nanos(fraction, nanos_per_unit)?)?;
    Some(Duration::from_nanos(nanos))
}

/// `fraction` of a unit; digits that are too fine are dropped, as Go does.
fn fraction_nanos(fraction: &str, nanos_per_unit: u64) -> Option<u64> {
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut nanos = 0_u64;
    let mut place = nanos_per_unit;
    for digit in fraction.bytes() {
        place /= 10;
        nanos += u64::from(digit - b'0') * place;
    }
    Some(nanos)
}

/// Writes a duration so that [`parse`] and Go read the same.
pub(crate) fn show(duration: Duration) -> String {
    let (secs, nanos) = (duration.as_secs(), duration.subsec_nanos());
    if nanos > 0 {
        return format!("{secs}s{nanos}ns");
    }
    match (secs / 3600, secs % 3600 / 60, secs % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, 0) => format!("{m}m"),
        (h, 0, 0) => format!("{h}h"),
        (0, m, s) => format!("{m}m{s}s"),
        (h, m, 0) => format!("{h}h{m}m"),
        (h, m, s) => format!("{h}h{m}m{s}s"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn go_durations_are_read() {
        for (text, secs) in [
            ("30m", Some(1800.0)),
            ("1h30m", Some(5400.0)),
            ("1.5h", Some(5400.0)),
            (".5m", Some(30.0)),
            ("90s", Some(90.0)),
            ("1m500ms", Some(60.5)),
            ("0", Some(0.0)),
            ("0s", Some(0.0)),
            ("10us", Some(0.000_01)),
            ("10µs", Some(0.000_01)),
            ("", None),
            ("30", None),
            ("m", None),
            (".m", None),
            ("1x", None),
            ("-30m", None),
            ("1 h", None),
            ("1.2.3h", None),
            ("30m ", None),
            ("99999999999999999999h", None),
            ("9999999h", None),
        ] {
            assert_eq!(parse(text).map(|d| d.as_secs_f64()), secs, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(secs in 0_u64..LONGEST.as_secs(), nanos in 0_u32..1_000_000_000) {
            let duration = Duration::new(secs, nanos);
            prop_assert_eq!(parse(&show(duration)), Some(duration));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
