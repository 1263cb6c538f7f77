//! Go's `fmt.Sprintf`, with bounded widths, and with errors where Go would write `%!d(string=…)` into the text.

mod spec;
mod verbs;

use spec::{Arguments, Spec, parse_spec};
use verbs::format_value;

use super::meter::{Buffer, Failure, Meter};
use super::value::Value;

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
    pad(out, &spec, value, &body);
    Ok(rest)
}

/// Pads to the width, which counts characters.
fn pad(out: &mut Buffer, spec: &Spec, value: &Value, body: &Buffer) {
    let length = match std::str::from_utf8(body.bytes()) {
        Ok(text) => text.chars().count(),
        Err(_) => body.len(),
    };
    // The items of a list have their widths already.
    let listed = matches!(value, Value::List(_));
    let missing = if listed {
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
