//! What a value is.

use super::{Arguments, Function, Special, fixed};
use crate::engine::meter::Failure;
use crate::engine::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    fixed("kindOf", 1, kind_of).flat().special(Special::Forgives),
    fixed("kindIs", 2, kind_is).flat().special(Special::Forgives),
    fixed("typeOf", 1, type_of).flat().special(Special::Forgives),
    fixed("typeIs", 2, type_is).flat().special(Special::Forgives),
    fixed("typeIsLike", 2, type_is).flat().special(Special::Forgives),
    fixed("deepEqual", 2, deep_equal).special(Special::Forgives),
];

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Nil => "invalid",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float64",
        Value::Text(_) => "string",
        Value::List(_) => "slice",
        Value::Map(_) => "map",
    }
}

fn kind_of(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    arguments.give(kind(arguments.value(0)))
}

/// All integers are alike here, whatever Go's data would have made of them.
fn kind_is(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (wanted, value) = (arguments.str(0)?, arguments.value(1));
    Ok(Value::Bool(
        wanted == kind(value) || (wanted == "int64" && matches!(value, Value::Int(_))),
    ))
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Nil => "<nil>",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
        other => kind(other),
    }
}

fn type_of(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    arguments.give(type_name(arguments.value(0)))
}

fn type_is(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    let (wanted, value) = (arguments.str(0)?, arguments.value(1));
    Ok(Value::Bool(
        wanted == type_name(value) || (wanted == "int64" && matches!(value, Value::Int(_))),
    ))
}

fn deep_equal(arguments: &mut Arguments<'_>) -> Result<Value, Failure> {
    Ok(Value::Bool(arguments.value(0).equals(arguments.value(1))))
}
