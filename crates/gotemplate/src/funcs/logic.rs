//! Choices: what is empty, what stands for it, and `fail`.

use crate::{Call, Failure, Function, Type, Value};

use Type::{Any, Bool, String as Text};

pub(super) static TABLE: &[Function] = &[
    Function::variadic("all", &[], Any, Bool, all),
    Function::variadic("any", &[], Any, Bool, any),
    Function::variadic("coalesce", &[], Any, Any, coalesce),
    Function::variadic("default", &[Any], Any, Any, default),
    Function::new("empty", &[Any], Bool, empty),
    Function::new("fail", &[Text], Text, fail),
    Function::new("hello", &[], Text, hello),
    Function::new("ternary", &[Any, Any, Bool], Any, ternary),
];

fn all<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(Value::Bool(call.from(0).iter().all(|value| value.is_true())))
}

fn any<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(Value::Bool(call.from(0).iter().any(|value| value.is_true())))
}

/// The first value that is not empty.
fn coalesce<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let found = call.from(0).iter().find(|value| value.is_true());
    Ok(found.copied().unwrap_or(Value::Nil))
}

/// The second value, or the first where the second is empty or not there.
fn default<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let given = call.value(1);
    Ok(if given.is_true() { given } else { call.value(0) })
}

fn empty<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(Value::Bool(!call.value(0).is_true()))
}

fn fail<'a>(_: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Err(Failure::Stop(0))
}

fn hello<'a>(_: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(Value::Str(b"Hello!"))
}

fn ternary<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let chosen = if call.bool(2)? { 0 } else { 1 };
    Ok(call.value(chosen))
}
