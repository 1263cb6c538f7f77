//! Types: sprig's `typeOf`, `kindOf` and their like.

use crate::funcs::compare;
use crate::{Call, Failure, Function, Type, Value, fmt};

use Type::{Any, Bool, String as Text};

pub(super) static TABLE: &[Function] = &[
    Function::new("deepEqual", &[Any, Any], Bool, deep_equal),
    Function::new("kindIs", &[Text, Any], Bool, kind_is),
    Function::new("kindOf", &[Any], Text, kind_of),
    Function::new("typeIs", &[Text, Any], Bool, type_is),
    Function::new("typeIsLike", &[Text, Any], Bool, type_is_like),
    Function::new("typeOf", &[Any], Text, type_of),
];

fn deep_equal<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let (a, b) = (call.value(0), call.value(1));
    compare::deep_equal(call.meter(), a, b).map(Value::Bool)
}

fn type_of<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(Value::Str(fmt::type_name(call.value(0)).as_bytes()))
}

fn kind_of<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    Ok(Value::Str(fmt::kind_name(call.value(0)).as_bytes()))
}

fn type_is<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let name = call.bytes(0)?;
    Ok(Value::Bool(name == fmt::type_name(call.value(1)).as_bytes()))
}

/// The type, or a pointer to it.
fn type_is_like<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let name = call.bytes(0)?;
    let own = fmt::type_name(call.value(1)).as_bytes();
    Ok(Value::Bool(name == own || own.strip_prefix(b"*") == Some(name)))
}

fn kind_is<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let name = call.bytes(0)?;
    Ok(Value::Bool(name == fmt::kind_name(call.value(1)).as_bytes()))
}
