//! JSON. Keys come in their order.

use super::{Arguments, Function, fixed};
use crate::engine::meter::{Buffer, Failure};
use crate::engine::print;
use crate::engine::value::{MAX_DEPTH, TooDeep, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    fixed("toJson", 1, |a| to_json(a, Style::Html)),
    fixed("toJson", 1, |a| to_json(a, Style::Html)).called("mustToJson"),
    fixed("toRawJson", 1, |a| to_json(a, Style::Raw)),
    fixed("toRawJson", 1, |a| to_json(a, Style::Raw)).called("mustToRawJson"),
    fixed("toPrettyJson", 1, |a| to_json(a, Style::Pretty)),
    fixed("toPrettyJson", 1, |a| to_json(a, Style::Pretty)).called("mustToPrettyJson"),
    fixed("fromJson", 1, from_json),
    fixed("fromJson", 1, from_json).called("mustFromJson"),
];

#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// `<`, `>` and `&` as `\u003c`, as Go does.
    Html,
    Raw,
    /// As `Html`, with two spaces per level.
    Pretty,
}

fn to_json(arguments: &mut Arguments<'_>, style: Style) -> Result<Value, Failure> {
    let value = arguments.value(0);
    arguments.meter.make(value.weight())?;
    let mut writer = Writer {
        out: Buffer::default(),
        style,
    };
    writer.value(value, 0)?;
    let out = writer.out;
    // Indentation may be longer than the values.
    arguments.meter.make(out.len() as u64)?;
    arguments.give(out.take())
}

struct Writer {
    out: Buffer,
    style: Style,
}

impl Writer {
    fn new_line(&mut self, level: usize) {
        if self.style == Style::Pretty {
            self.out.push(b"\n");
            self.out.push("  ".repeat(level).as_bytes());
        }
    }

    fn value(&mut self, value: &Value, level: usize) -> Result<(), Failure> {
        match value {
            Value::Nil => self.out.push(b"null"),
            Value::Bool(value) => self.out.push(if *value { b"true" } else { b"false" }),
            Value::Int(value) => self.out.push(value.to_string().as_bytes()),
            Value::Float(value) => self.out.push(float(*value)?.as_bytes()),
            Value::Text(text) => {
                let text = text.str().ok_or_else(not_utf8)?;
                self.text(text);
            }
            Value::List(list) => {
                self.out.push(b"[");
                for (index, item) in list.items.iter().enumerate() {
                    if index > 0 {
                        self.out.push(b",");
                    }
                    self.new_line(level + 1);
                    self.value(item, level + 1)?;
                }
                if !list.items.is_empty() {
                    self.new_line(level);
                }
                self.out.push(b"]");
            }
            Value::Map(map) => {
                self.out.push(b"{");
                for (index, (key, item)) in map.entries.iter().enumerate() {
                    if index > 0 {
                        self.out.push(b",");
                    }
                    self.new_line(level + 1);
                    self.text(key);
                    self.out
                        .push(if self.style == Style::Pretty { b": " } else { b":" });
                    self.value(item, level + 1)?;
                }
                if !map.entries.is_empty() {
                    self.new_line(level);
                }
                self.out.push(b"}");
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        crate::escape::push_json_string(&mut self.out, text, self.style != Style::Raw);
    }
}

pub(super) fn not_utf8() -> Failure {
    Failure::message("a value is not UTF-8 text; encode it with b64enc")
}

/// Go's form: an exponent below 1e-6 and from 1e21 on, without a zero before its digits.
pub(super) fn float(value: f64) -> Result<String, Failure> {
    if !value.is_finite() {
        return Err(Failure::message("a number is not finite"));
    }
    let text = print::shortest(value, -6, 21);
    Ok(match text.split_once("e-0") {
        Some((digits, exponent)) => format!("{digits}e-{exponent}"),
        None => text,
    })
}

/// Integers stay integers; Go makes floats of them, which print with exponents when they are large.
fn from_json(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let bytes = arguments.bytes(0)?;
    // A value in memory is larger than its text.
    arguments.meter.make((bytes.len() as u64).saturating_mul(16))?;
    let json: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|_| Failure::message("the text is not JSON"))?;
    Ok(convert(&json)?)
}

/// A value of plain JSON.
pub(crate) fn convert(json: &serde_json::Value) -> Result<Value, TooDeep> {
    convert_within(json, MAX_DEPTH)
}

/// Stops before it recurses deeper than values may be.
fn convert_within(json: &serde_json::Value, levels: u32) -> Result<Value, TooDeep> {
    let below = || levels.checked_sub(1).ok_or(TooDeep);
    Ok(match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::text(text.as_str()),
        serde_json::Value::Array(items) => {
            let below = below()?;
            Value::list(
                items
                    .iter()
                    .map(|item| convert_within(item, below))
                    .collect::<Result<_, _>>()?,
            )?
        }
        serde_json::Value::Object(entries) => {
            let below = below()?;
            let entries = entries
                .iter()
                .map(|(key, value)| Ok((key.clone(), convert_within(value, below)?)));
            Value::map(entries.collect::<Result<_, TooDeep>>()?)?
        }
    })
}
