//! Values as text, as Go's `fmt` and `strconv` write them.
//!
//! What is made is paid for: text for the template's output as output, all else as work.

mod float;
mod integer;
mod object;
mod printable;
mod printer;
mod quote;
mod show;
mod text;
mod types;
mod verb;

#[cfg(test)]
pub(crate) mod tests;

use crate::meter::Buffer;
use crate::{Arena, Failure, Meter, Value};

pub(crate) use printable::is_printable;
pub(crate) use text::decode;
pub(crate) use types::{kind_name, type_name};

use printer::Printer;

/// What stands for something that is not there.
pub(crate) const NO_VALUE: &[u8] = b"<no value>";

/// Prints what `{{ value }}` prints. Pays for it as output.
///
/// # Errors
/// The output would be too long, no steps are left, or the value nests too deeply.
pub(crate) fn print_value(out: &mut Buffer, meter: &mut Meter, value: Value<'_>) -> Result<(), Failure> {
    let plain = |out: &mut Buffer, meter: &mut Meter, text: &[u8]| {
        meter.output(text.len())?;
        out.push(text);
        Ok(())
    };
    match value {
        Value::Missing | Value::Nil => plain(out, meter, NO_VALUE),
        Value::Str(text) => plain(out, meter, text),
        Value::Bool(true) => plain(out, meter, b"true"),
        Value::Bool(false) => plain(out, meter, b"false"),
        Value::Int(number) | Value::Int64(number) => plain(out, meter, integer::Decimal::of(number).bytes()),
        _ => {
            let mut printer = Printer::to_output(out, meter);
            printer.argument(value, 'v')?;
            printer.settle()
        }
    }
}

/// Go's `fmt.Sprint`: spaces between operands where neither is a string. Pays for the text: give it to the arena.
///
/// # Errors
/// The bytes or steps are used up, or a value nests too deeply.
pub(crate) fn sprint(meter: &mut Meter, values: &[Value<'_>]) -> Result<Vec<u8>, Failure> {
    made(meter, |printer| {
        let mut after_text = true;
        for value in values {
            let is_text = matches!(value, Value::Str(_));
            if !is_text && !after_text {
                printer.write(b" ")?;
            }
            printer.argument(*value, 'v')?;
            after_text = is_text;
        }
        Ok(())
    })
}

/// Go's `fmt.Sprintln`: spaces between all operands, and a new line. Pays for the text: give it to the arena.
///
/// # Errors
/// The bytes or steps are used up, or a value nests too deeply.
pub(crate) fn sprintln(meter: &mut Meter, values: &[Value<'_>]) -> Result<Vec<u8>, Failure> {
    made(meter, |printer| {
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                printer.write(b" ")?;
            }
            printer.argument(*value, 'v')?;
        }
        printer.write(b"\n")
    })
}

/// Go's `fmt.Sprintf`. Pays for the text: give it to the arena.
///
/// # Errors
/// The bytes or steps are used up, a value nests too deeply, or something is asked for that depends on the machine
/// (`%p` of a list or map is an address).
pub(crate) fn sprintf(meter: &mut Meter, format: &[u8], values: &[Value<'_>]) -> Result<Vec<u8>, Failure> {
    meter.read(format.len())?;
    made(meter, |printer| verb::format(printer, format, values))
}

/// Go's `strconv.Quote`. Pays for the text: give it to the arena.
///
/// # Errors
/// The bytes or steps are used up.
pub(crate) fn quote(meter: &mut Meter, text: &[u8]) -> Result<Vec<u8>, Failure> {
    made(meter, |printer| {
        quote::text(text, quote::Charset::Printable, &mut |piece| printer.write(piece))
    })
}

/// A value as sprig's functions read anything as text (its `strval`): strings and bytes as they are, all else as
/// `%v`. Pays for what it makes.
///
/// # Errors
/// The bytes or steps are used up, or the value nests too deeply.
pub(crate) fn to_string<'a>(
    arena: &'a Arena<'a>,
    meter: &mut Meter,
    value: Value<'a>,
) -> Result<&'a [u8], Failure> {
    if let Value::Str(text) = value {
        return Ok(text);
    }
    if let Value::List(list) = value
        && list.elem == crate::Elem::Byte
    {
        meter.make(list.len() + 16)?;
        return Ok(arena.bytes(show::bytes_of(list)));
    }
    Ok(arena.bytes(sprint(meter, &[value])?))
}

/// A `float64` as `%v` shows it: the fewest digits that read back the same, with an exponent below 0.0001 and from a
/// million on.
pub(crate) fn float(value: f64) -> Vec<u8> {
    float::shortest(value)
}

/// Runs a printer over a buffer of its own.
fn made(
    meter: &mut Meter,
    print: impl FnOnce(&mut Printer<'_>) -> Result<(), Failure>,
) -> Result<Vec<u8>, Failure> {
    meter.make(16)?;
    let mut out = Buffer::with_capacity(32);
    let mut printer = Printer::to_work(&mut out, meter);
    print(&mut printer)?;
    printer.settle()?;
    // The caller gives it to the arena, which wipes it.
    Ok(std::mem::take(&mut *out.into_zeroizing()))
}
