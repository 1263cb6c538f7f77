//! Values by verb.

use super::super::meter::{Buffer, Failure, Meter};
use super::super::print;
use super::super::value::Value;
use super::pad;
use super::spec::Spec;

/// One value without its padding.
pub(super) fn format_value(
    meter: &mut Meter,
    spec: &Spec,
    verb: char,
    value: &Value,
    index: usize,
) -> Result<Buffer, Failure> {
    meter.make(value.weight())?;
    let mut out = Buffer::default();
    match (verb, value) {
        // The format is argument 0 of the call.
        (_, Value::Nil) => return Err(Failure::Missing(index + 1)),
        ('T', _) => out.push(type_name(value).as_bytes()),
        ('t' | 'v', Value::Bool(flag)) => out.push(if *flag { b"true" } else { b"false" }),
        ('v' | 'd' | 'x' | 'X' | 'o' | 'O' | 'b' | 'c' | 'q' | 'U', Value::Int(number)) => {
            out.push(integer(spec, verb, *number).as_bytes());
        }
        ('v' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G', Value::Float(number)) => {
            out.push(float(spec, verb, *number)?.as_bytes());
        }
        ('v' | 's' | 'q' | 'x' | 'X', Value::Text(text)) => {
            format_text(&mut out, meter, spec, verb, text.bytes())?
        }
        ('v', Value::Map(_)) => print::value(&mut out, meter, value)?,
        ('v', Value::List(_)) if spec.width.is_none() => print::value(&mut out, meter, value)?,
        (_, Value::List(list)) => {
            let each = spec.width.unwrap_or(0) + spec.precision.unwrap_or(0) + 16;
            meter.make((list.items.len() * each) as u64)?;
            out.push(b"[");
            for (position, item) in list.items.iter().enumerate() {
                if position > 0 {
                    out.push(b" ");
                }
                let mut part = Buffer::default();
                match (verb, item) {
                    ('v', Value::Nil) => part.push(b"<nil>"),
                    _ => part = format_value(meter, spec, verb, item, index)?,
                }
                pad(&mut out, spec, item, &part);
            }
            out.push(b"]");
        }
        _ => {
            let wants = match verb {
                's' => "text for %s (use %v or toString)",
                'd' => "an integer for %d (use %v or int)",
                't' => "a boolean for %t",
                'q' => "text for %q",
                'e' | 'E' | 'f' | 'F' | 'g' | 'G' => "a number with a fraction (use float64)",
                'v' | 'x' | 'X' | 'o' | 'O' | 'b' | 'c' | 'U' => "an integer or text for the verb",
                _ => return Err(Failure::message(format!("the verb %{verb} does not exist"))),
            };
            return Err(Failure::Argument {
                index: index + 1,
                wants,
                got: value.kind(),
            });
        }
    }
    Ok(out)
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Nil => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float64",
        Value::Text(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}

fn format_text(
    out: &mut Buffer,
    meter: &mut Meter,
    spec: &Spec,
    verb: char,
    bytes: &[u8],
) -> Result<(), Failure> {
    let bytes = match (verb, spec.precision) {
        // Precision counts characters of text, and bytes of hexadecimal.
        ('v' | 's' | 'q', Some(limit)) => match std::str::from_utf8(bytes) {
            Ok(text) => text
                .char_indices()
                .nth(limit)
                .map_or(text, |(at, _)| text.get(..at).unwrap_or(text))
                .as_bytes(),
            Err(_) => bytes.get(..limit).unwrap_or(bytes),
        },
        (_, Some(limit)) => bytes.get(..limit).unwrap_or(bytes),
        _ => bytes,
    };
    meter.make(bytes.len() as u64 * 4)?;
    match verb {
        'q' if spec.sharp && can_backquote(bytes) => {
            out.push(b"`");
            out.push(bytes);
            out.push(b"`");
        }
        'q' if spec.plus => crate::escape::go_quote_ascii(out, bytes),
        'q' => crate::escape::go_quote(out, bytes),
        'x' | 'X' => hexadecimal(out, spec, verb, bytes),
        _ => out.push(bytes),
    }
    Ok(())
}

fn hexadecimal(out: &mut Buffer, spec: &Spec, verb: char, bytes: &[u8]) {
    let prefix: &[u8] = match (spec.sharp, verb) {
        (false, _) => b"",
        (true, 'x') => b"0x",
        (true, _) => b"0X",
    };
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 && spec.space {
            out.push(b" ");
        }
        if index == 0 || spec.space {
            out.push(prefix);
        }
        out.push(
            if verb == 'x' {
                format!("{byte:02x}")
            } else {
                format!("{byte:02X}")
            }
            .as_bytes(),
        );
    }
}

fn can_backquote(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| {
        !text
            .chars()
            .any(|c| (c.is_control() && c != '\t') || matches!(c, '`' | '\u{feff}'))
    })
}

fn sign(spec: &Spec, negative: bool) -> &'static str {
    match (negative, spec.plus, spec.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    }
}

/// Go's `%q` of a character.
fn quoted_character(c: char) -> String {
    match c {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => {
            let mut out = Buffer::default();
            crate::escape::go_quote(&mut out, c.encode_utf8(&mut [0; 4]).as_bytes());
            String::from_utf8(out.take())
                .unwrap_or_default()
                .replace('"', "'")
        }
    }
}

fn integer(spec: &Spec, verb: char, number: i64) -> String {
    let magnitude = number.unsigned_abs();
    let character = || {
        u32::try_from(number)
            .ok()
            .and_then(char::from_u32)
            .unwrap_or('\u{fffd}')
    };
    let (prefix, digits) = match verb {
        'c' => return character().to_string(),
        'q' => return quoted_character(character()),
        'U' => return format!("U+{magnitude:04X}"),
        'x' => (if spec.sharp { "0x" } else { "" }, format!("{magnitude:x}")),
        'X' => (if spec.sharp { "0X" } else { "" }, format!("{magnitude:X}")),
        'o' => (if spec.sharp { "0" } else { "" }, format!("{magnitude:o}")),
        'O' => ("0o", format!("{magnitude:o}")),
        'b' => (if spec.sharp { "0b" } else { "" }, format!("{magnitude:b}")),
        _ => ("", magnitude.to_string()),
    };
    let sign = sign(spec, number < 0);
    let mut wanted = spec.precision.unwrap_or(0);
    if spec.zero && spec.precision.is_none() {
        wanted = spec.width.unwrap_or(0).saturating_sub(sign.len());
    }
    format!("{sign}{prefix}{digits:0>wanted$}")
}

fn float(spec: &Spec, verb: char, number: f64) -> Result<String, Failure> {
    let negative = number.is_sign_negative();
    let magnitude = number.abs();
    let digits = match (verb, spec.precision) {
        _ if !magnitude.is_finite() => if magnitude.is_nan() { "NaN" } else { "Inf" }.to_owned(),
        ('f' | 'F', precision) => format!("{magnitude:.*}", precision.unwrap_or(6)),
        ('e' | 'E', precision) => go_exponent(&format!("{magnitude:.*e}", precision.unwrap_or(6))),
        (_, None) => print::shortest(magnitude, -4, 6),
        (_, Some(_)) => {
            return Err(Failure::message(
                "%g with a precision is not supported; use %f or %e",
            ));
        }
    };
    let digits = if matches!(verb, 'E' | 'G') {
        digits.to_uppercase()
    } else {
        digits
    };
    let sign = if !negative && magnitude.is_infinite() && verb == 'v' {
        "+"
    } else {
        sign(spec, negative)
    };
    let wanted = if spec.zero {
        spec.width.unwrap_or(0).saturating_sub(sign.len())
    } else {
        0
    };
    Ok(format!("{sign}{digits:0>wanted$}"))
}

/// `1.5e3` as `1.5e+03`.
fn go_exponent(text: &str) -> String {
    match text.split_once('e') {
        Some((digits, exponent)) => match exponent.strip_prefix('-') {
            Some(exponent) => format!("{digits}e-{exponent:0>2}"),
            None => format!("{digits}e+{exponent:0>2}"),
        },
        None => text.to_owned(),
    }
}
