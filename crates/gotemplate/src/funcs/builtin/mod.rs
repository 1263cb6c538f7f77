//! What Go's `text/template` brings of its own.

mod compare;
mod escape;
mod index;
mod print;

#[cfg(test)]
pub(crate) mod tests;

use crate::{Call, Failure, Function, Type, Value, fmt};

/// The functions.
pub(crate) static BUILTIN: &[Function] = &[
    Function::variadic("and", &[Type::Reflect], Type::Reflect, Type::Reflect, and).stops_at(false),
    Function::variadic("or", &[Type::Reflect], Type::Reflect, Type::Reflect, or).stops_at(true),
    Function::new("not", &[Type::Reflect], Type::Bool, not),
    Function::new("len", &[Type::Reflect], Type::Int, index::len),
    Function::variadic(
        "index",
        &[Type::Reflect],
        Type::Reflect,
        Type::Reflect,
        index::index,
    ),
    Function::variadic(
        "slice",
        &[Type::Reflect],
        Type::Reflect,
        Type::Reflect,
        index::slice,
    )
    .concrete(),
    Function::variadic("print", &[], Type::Any, Type::String, print::print).shows(),
    Function::variadic("printf", &[Type::String], Type::Any, Type::String, print::printf).shows(),
    Function::variadic("println", &[], Type::Any, Type::String, print::println).shows(),
    Function::variadic("html", &[], Type::Any, Type::String, escape::html).shows(),
    Function::variadic("js", &[], Type::Any, Type::String, escape::js).shows(),
    Function::variadic("urlquery", &[], Type::Any, Type::String, escape::urlquery).shows(),
    Function::variadic("eq", &[Type::Reflect], Type::Reflect, Type::Bool, compare::eq),
    Function::new("ne", &[Type::Reflect, Type::Reflect], Type::Bool, compare::ne),
    Function::new("lt", &[Type::Reflect, Type::Reflect], Type::Bool, compare::lt),
    Function::new("le", &[Type::Reflect, Type::Reflect], Type::Bool, compare::le),
    Function::new("gt", &[Type::Reflect, Type::Reflect], Type::Bool, compare::gt),
    Function::new("ge", &[Type::Reflect, Type::Reflect], Type::Bool, compare::ge),
    Function::variadic("call", &[Type::Reflect], Type::Reflect, Type::Reflect, call),
];

/// What is left out of them, with the reason.
pub(crate) static REFUSED_BUILTIN: &[(&str, &str)] = &[];

/// Calls a function that the data holds. Data holds none, so it always fails, and only where it runs, as in Go.
fn call<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    match call.value(0) {
        Value::Missing | Value::Nil => Err(Failure::Message("call of nil")),
        other => Err(Failure::Types(
            "non-function of type {0}",
            [fmt::type_name(other), ""],
        )),
    }
}

/// The first argument that is false, or the last one. Where the machine evaluates arguments one by one, it stops
/// itself at the first that is false.
fn and<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(first(call, false))
}

/// The first argument that is true, or the last one.
fn or<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(first(call, true))
}

fn first<'a>(call: &Call<'_, 'a>, truth: bool) -> Value<'a> {
    let values = call.from(0);
    let found = values.iter().find(|value| value.is_true() == truth);
    found.or(values.last()).copied().unwrap_or(Value::Nil)
}

fn not<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(Value::Bool(!call.value(0).is_true()))
}
