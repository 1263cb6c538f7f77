//! The functions that `text/template` itself brings.

use super::{Arguments, Function, Special, fixed, many};
use crate::engine::meter::{Buffer, Failure};
use crate::engine::value::Value;
use crate::engine::{print, printf};

pub(super) const FUNCTIONS: &[Function] = &[
    many("and", 1, unreached).flat().special(Special::And),
    many("or", 1, unreached).flat().special(Special::Or),
    fixed("not", 1, not).flat().special(Special::Forgives),
    fixed("len", 1, len).flat(),
    many("index", 1, index).flat().special(Special::Forgives),
    many("print", 0, print),
    many("println", 0, println),
    many("printf", 1, printf),
    many("html", 0, html),
    many("js", 0, js),
    many("urlquery", 0, urlquery),
    many("eq", 2, eq).special(Special::Forgives),
    fixed("ne", 2, ne).special(Special::Forgives),
    fixed("lt", 2, lt),
    fixed("le", 2, le),
    fixed("gt", 2, gt),
    fixed("ge", 2, ge),
];

/// The interpreter runs `and` and `or` itself, because they leave arguments out.
fn unreached(_: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Nil)
}

fn not(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(!arguments.value(0).is_true()))
}

fn len(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let length = match arguments.value(0) {
        Value::Text(text) => text.bytes().len(),
        Value::List(list) => list.items.len(),
        Value::Map(map) => map.entries.len(),
        _ => return Err(arguments.wrong(0, "text, a list or a map")),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// A key that a map does not have gives empty text.
fn index(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let mut value = arguments.value(0).clone();
    for (position, key) in arguments.from(1).iter().enumerate() {
        let position = position + 1;
        value = match (&value, key) {
            (Value::Map(map), Value::Text(key)) => match key.str().and_then(|key| map.entries.get(key)) {
                Some(found) => found.clone(),
                None => return arguments.give(""),
            },
            (Value::Map(_), _) => return Err(arguments.wrong(position, "text, which is the key of a map")),
            (Value::List(list), Value::Int(at)) => {
                let found = usize::try_from(*at).ok().and_then(|at| list.items.get(at));
                found.cloned().ok_or_else(out_of_range)?
            }
            (Value::Text(text), Value::Int(at)) => {
                let found = usize::try_from(*at).ok().and_then(|at| text.bytes().get(at));
                Value::Int(i64::from(*found.ok_or_else(out_of_range)?))
            }
            (Value::List(_) | Value::Text(_), _) => return Err(arguments.wrong(position, "an integer")),
            _ if position == 1 => return Err(arguments.wrong(0, "a list or a map")),
            (Value::Nil, _) => return Err(Failure::message("there is nothing below the key")),
            (other, _) => return Err(Failure::message(format!("{} has no keys", other.kind()))),
        };
    }
    Ok(value)
}

pub(super) fn out_of_range() -> Failure {
    Failure::message("there are fewer items than the index says")
}

/// The text of all arguments; one that is missing is an error, because Go's `<nil>` helps nobody in a file.
fn printed(arguments: &mut Arguments<'_>) -> Result<Buffer, Failure> {
    if let Some(index) = arguments
        .values
        .iter()
        .position(|value| matches!(value, Value::Nil))
    {
        return Err(Failure::Missing(index));
    }
    let mut out = Buffer::default();
    print::sprint(&mut out, arguments.meter, arguments.values)?;
    Ok(out)
}

fn print(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let out = printed(arguments)?;
    arguments.give(out.take())
}

fn println(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    if let Some(index) = arguments
        .values
        .iter()
        .position(|value| matches!(value, Value::Nil))
    {
        return Err(Failure::Missing(index));
    }
    let mut out = Buffer::default();
    for (index, value) in arguments.values.iter().enumerate() {
        if index > 0 {
            out.push(b" ");
        }
        print::value(&mut out, arguments.meter, value)?;
    }
    out.push(b"\n");
    arguments.give(out.take())
}

fn printf(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let format = arguments.bytes(0)?;
    let out = printf::sprintf(arguments.meter, format, arguments.from(1))?;
    arguments.give(out.take())
}

fn html(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let text = printed(arguments)?;
    let mut out = Buffer::default();
    for byte in text.bytes() {
        match byte {
            0 => out.push("\u{fffd}".as_bytes()),
            b'"' => out.push(b"&#34;"),
            b'\'' => out.push(b"&#39;"),
            b'&' => out.push(b"&amp;"),
            b'<' => out.push(b"&lt;"),
            b'>' => out.push(b"&gt;"),
            byte => out.push(&[*byte]),
        }
    }
    arguments.give(out.take())
}

fn js(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let text = printed(arguments)?;
    let mut out = Buffer::default();
    for c in String::from_utf8_lossy(text.bytes()).chars() {
        match c {
            '\\' => out.push(br"\\"),
            '\'' => out.push(br"\'"),
            '"' => out.push(b"\\\""),
            '<' | '>' | '&' | '=' => out.push(format!("\\u{:04X}", u32::from(c)).as_bytes()),
            c if c < ' ' || (!c.is_ascii() && !crate::escape::is_printable(c)) => {
                out.push(format!("\\u{:04X}", u32::from(c)).as_bytes());
            }
            c => out.push(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    arguments.give(out.take())
}

fn urlquery(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let text = printed(arguments)?;
    let mut out = Buffer::default();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push(b"+"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(&[*byte]),
            byte => out.push(format!("%{byte:02X}").as_bytes()),
        }
    }
    arguments.give(out.take())
}

fn equal(left: &Value, right: &Value) -> Result<bool, Failure> {
    match (left, right) {
        (Value::Bool(_), Value::Bool(_))
        | (Value::Int(_), Value::Int(_))
        | (Value::Float(_), Value::Float(_))
        | (Value::Text(_), Value::Text(_)) => Ok(left.equals(right)),
        (Value::Nil, _) | (_, Value::Nil) => Ok(left.equals(right)),
        (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_)) => Err(Failure::message(
            "lists and maps cannot be compared; use deepEqual",
        )),
        _ => Err(not_comparable(left, right)),
    }
}

fn not_comparable(left: &Value, right: &Value) -> Failure {
    Failure::message(format!(
        "{} cannot be compared with {}",
        left.kind(),
        right.kind()
    ))
}

fn eq(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    for other in arguments.from(1) {
        if equal(arguments.value(0), other)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn ne(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(!equal(arguments.value(0), arguments.value(1))?))
}

fn less(arguments: &Arguments<'_>, left: usize, right: usize) -> Result<bool, Failure> {
    match (arguments.value(left), arguments.value(right)) {
        (Value::Int(a), Value::Int(b)) => Ok(a < b),
        (Value::Float(a), Value::Float(b)) => Ok(a < b),
        (Value::Text(a), Value::Text(b)) => Ok(a.bytes() < b.bytes()),
        (Value::Nil, _) => Err(Failure::Missing(left)),
        (_, Value::Nil) => Err(Failure::Missing(right)),
        (a, b) => Err(not_comparable(a, b)),
    }
}

fn lt(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    less(arguments, 0, 1).map(Value::Bool)
}

fn le(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(
        less(arguments, 0, 1)? || equal(arguments.value(0), arguments.value(1))?,
    ))
}

fn gt(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(
        !less(arguments, 0, 1)? && !equal(arguments.value(0), arguments.value(1))?,
    ))
}

fn ge(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(!less(arguments, 0, 1)?))
}
