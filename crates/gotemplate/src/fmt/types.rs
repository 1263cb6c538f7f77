//! The names of Go's types.

use crate::{Elem, Value};

/// Go's name of a value's type, as `%T` shows it.
pub(crate) fn type_name(value: Value<'_>) -> &'static str {
    match value {
        Value::Missing | Value::Nil => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Int64(_) => "int64",
        Value::Int32(_) => "int32",
        Value::Uint8(_) => "uint8",
        Value::Uint64(_) => "uint64",
        Value::Float(_) => "float64",
        Value::Complex(..) => "complex128",
        Value::Str(_) => "string",
        Value::List(list) => match list.elem {
            Elem::Any => "[]interface {}",
            Elem::String => "[]string",
            Elem::Int => "[]int",
            Elem::Byte => "[]uint8",
            Elem::Anys => "[][]interface {}",
        },
        Value::Map(map) => match map.elem {
            Elem::Any => "map[string]interface {}",
            Elem::String => "map[string]string",
            Elem::Int => "map[string]int",
            Elem::Byte => "map[string]uint8",
            Elem::Anys => "map[string][]interface {}",
        },
        Value::Object(object) => object.type_name(),
    }
}

/// Go's name of a value's kind, as `reflect.ValueOf(value).Kind()` prints it.
pub(crate) fn kind_name(value: Value<'_>) -> &'static str {
    match value {
        Value::Missing | Value::Nil => "invalid",
        Value::List(_) => "slice",
        Value::Map(_) => "map",
        Value::Object(object) => object.kind(),
        Value::Bool(_)
        | Value::Int(_)
        | Value::Int64(_)
        | Value::Int32(_)
        | Value::Uint8(_)
        | Value::Uint64(_)
        | Value::Float(_)
        | Value::Complex(..)
        | Value::Str(_) => type_name(value),
    }
}
