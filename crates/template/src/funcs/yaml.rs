//! YAML, in the block style that people write. Keys come in their order.

use super::json::{float, not_utf8};
use super::{Arguments, Function, fixed};
use crate::engine::meter::{Buffer, Failure};
use crate::engine::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    fixed("toYaml", 1, to_yaml),
    fixed("toYaml", 1, to_yaml).called("mustToYaml"),
];

/// Without a line break at the end, as Helm gives it.
fn to_yaml(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let value = arguments.value(0);
    arguments.meter.make(value.weight())?;
    let mut out = Buffer::default();
    block(&mut out, value, 0)?;
    arguments.meter.make(out.len() as u64)?;
    arguments.give(out.take())
}

/// A value at the start of a line that is already indented by `indent`.
fn block(out: &mut Buffer, value: &Value, indent: usize) -> Result<(), Failure> {
    match value {
        Value::Map(map) if !map.entries.is_empty() => {
            for (index, (key, item)) in map.entries.iter().enumerate() {
                if index > 0 {
                    new_line(out, indent);
                }
                scalar_text(out, key);
                out.push(b":");
                match item {
                    // Go's writer does not indent a list below its key.
                    Value::List(list) if !list.items.is_empty() => {
                        new_line(out, indent);
                        block(out, item, indent)?;
                    }
                    Value::Map(map) if !map.entries.is_empty() => {
                        new_line(out, indent + 2);
                        block(out, item, indent + 2)?;
                    }
                    _ => {
                        out.push(b" ");
                        block(out, item, indent)?;
                    }
                }
            }
        }
        Value::List(list) if !list.items.is_empty() => {
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    new_line(out, indent);
                }
                out.push(b"- ");
                block(out, item, indent + 2)?;
            }
        }
        Value::Map(_) => out.push(b"{}"),
        Value::List(_) => out.push(b"[]"),
        Value::Nil => out.push(b"null"),
        Value::Bool(value) => out.push(if *value { b"true" } else { b"false" }),
        Value::Int(value) => out.push(value.to_string().as_bytes()),
        Value::Float(value) => out.push(float(*value)?.as_bytes()),
        Value::Text(text) => scalar_text(out, text.str().ok_or_else(not_utf8)?),
    }
    Ok(())
}

fn new_line(out: &mut Buffer, indent: usize) {
    out.push(b"\n");
    out.push(" ".repeat(indent).as_bytes());
}

fn scalar_text(out: &mut Buffer, text: &str) {
    if is_plain(text) {
        out.push(text.as_bytes());
    } else {
        crate::escape::push_yaml_string(out, text);
    }
}

/// Text that every reader of YAML takes as text without quotes. Rather too few than too many.
fn is_plain(text: &str) -> bool {
    let inner = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/' | '+' | '@' | '=' | ',')
    };
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/');
    let ends = !text.ends_with(' ');
    let scheme = |text: &str| text.replace("://", "/").chars().all(inner);
    let reserved = [
        "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity",
    ];
    starts && ends && scheme(text) && !reserved.contains(&text.to_ascii_lowercase().as_str())
}
