//! Choosing between values, and stopping.

use super::{Arguments, Function, Special, between, fixed, many};
use crate::engine::meter::Failure;
use crate::engine::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    between("default", 1, 2, default)
        .flat()
        .special(Special::Forgives),
    fixed("empty", 1, empty).flat().special(Special::Forgives),
    many("coalesce", 0, coalesce).flat().special(Special::Forgives),
    many("all", 0, all).flat().special(Special::Forgives),
    many("any", 0, any).flat().special(Special::Forgives),
    fixed("ternary", 3, ternary).flat().special(Special::Forgives),
    fixed("fail", 1, fail).flat(),
    fixed("required", 2, required).flat(),
];

fn default(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let given = arguments.value(1);
    Ok(if given.is_true() {
        given
    } else {
        arguments.value(0)
    }
    .clone())
}

fn empty(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(!arguments.value(0).is_true()))
}

fn coalesce(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(arguments
        .values
        .iter()
        .find(|value| value.is_true())
        .cloned()
        .unwrap_or(Value::Nil))
}

fn all(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(arguments.values.iter().all(Value::is_true)))
}

fn any(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(arguments.values.iter().any(Value::is_true)))
}

fn ternary(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let index = if arguments.bool(2)? { 0 } else { 1 };
    Ok(arguments.value(index).clone())
}

fn fail(_: &mut Arguments<'_>) -> Result<Value, Failure> {
    Err(Failure::Stop)
}

/// Helm's `required`: the value, or a stop where it is missing or empty text.
fn required(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    match arguments.value(1) {
        Value::Nil => Err(Failure::Stop),
        Value::Text(text) if text.bytes().is_empty() => Err(Failure::Stop),
        value => Ok(value.clone()),
    }
}
