//! Go's `fmt.Sprintf`, with bounded widths, and with errors where Go would write `%!d(string=…)` into the text.

use super::meter::{Buffer, Failure, Meter};
use super::print;
use super::value::Value;

/// The widest field and the longest precision.
const MAX_WIDTH: usize = 4096;

/// Formats `values` by `format`.
///
/// *Errors*: a verb that does not fit its value, values left over or missing, widths over 4096.
pub(crate) fn sprintf(meter: &mut Meter, format: &[u8], values: &[Value]) -> Result<Buffer, Failure> {
    meter.make(format.len() as u64)?;
    let mut out = Buffer::default();
    let mut arguments = Arguments {
        values,
        next: 0,
        reordered: false,
    };
    let mut rest = format;
    while let Some(percent) = rest.iter().position(|byte| *byte == b'%') {
        let (text, after) = rest.split_at(percent);
        out.push(text);
        rest = directive(
            &mut out,
            meter,
            after.get(1..).unwrap_or_default(),
            &mut arguments,
        )?;
    }
    out.push(rest);
    if !arguments.reordered && arguments.next < values.len() {
        return Err(Failure::message("there are more values than verbs in the format"));
    }
    Ok(out)
}

struct Arguments<'a> {
    values: &'a [Value],
    next: usize,
    reordered: bool,
}

impl<'a> Arguments<'a> {
    fn take(&mut self) -> Result<(&'a Value, usize), Failure> {
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
struct Spec {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// One directive, after its `%`. Gives what follows it.
fn directive<'f>(
    out: &mut Buffer,
    meter: &mut Meter,
    format: &'f [u8],
    arguments: &mut Arguments<'_>,
) -> Result<&'f [u8], Failure> {
    let (spec, rest) = parse_spec(format, arguments)?;
    let unfinished = || Failure::message("the format ends inside of a verb");
    let text = rest
        .utf8_chunks()
        .next()
        .map(|chunk| chunk.valid())
        .unwrap_or_default();
    let verb = text.chars().next().ok_or_else(unfinished)?;
    let rest = rest.get(verb.len_utf8()..).unwrap_or_default();
    if verb == '%' {
        out.push(b"%");
        return Ok(rest);
    }
    let (value, index) = arguments.take()?;
    meter.make((spec.width.unwrap_or(0) + spec.precision.unwrap_or(0)) as u64)?;
    let body = format_value(meter, &spec, verb, value, index)?;
    pad(out, &spec, verb, value, &body);
    Ok(rest)
}

fn parse_spec<'f>(format: &'f [u8], arguments: &mut Arguments<'_>) -> Result<(Spec, &'f [u8]), Failure> {
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

fn format_value(
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
        ('v', Value::List(_) | Value::Map(_)) => print::value(&mut out, meter, value)?,
        (_, Value::List(list)) => {
            meter.step(list.items.len() as u64)?;
            out.push(b"[");
            for (position, item) in list.items.iter().enumerate() {
                if position > 0 {
                    out.push(b" ");
                }
                let part = format_value(meter, spec, verb, item, index)?;
                pad(&mut out, spec, verb, item, &part);
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
        'q' => return format!("{:?}", character()),
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

/// Pads to the width, which counts characters.
fn pad(out: &mut Buffer, spec: &Spec, verb: char, value: &Value, body: &Buffer) {
    let inside = matches!(value, Value::List(_)) && verb != 'v';
    let length = match std::str::from_utf8(body.bytes()) {
        Ok(text) => text.chars().count(),
        Err(_) => body.len(),
    };
    let missing = if inside {
        0
    } else {
        spec.width.unwrap_or(0).saturating_sub(length)
    };
    let zero = spec.zero && !spec.minus && matches!(value, Value::Text(_));
    let padding = if zero { "0" } else { " " }.repeat(missing);
    if spec.minus {
        out.push(body.bytes());
        out.push(padding.as_bytes());
    } else {
        out.push(padding.as_bytes());
        out.push(body.bytes());
    }
}
