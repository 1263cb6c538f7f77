//! `print`, `printf`, `println`.

use crate::{Call, Failure, Value, fmt};

pub(super) fn print<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let values = call.from(0);
    // One string is printed as itself.
    if let [text @ Value::Str(_)] = values {
        return Ok(*text);
    }
    let text = fmt::sprint(call.meter(), values)?;
    Ok(Value::Str(call.arena().bytes(text)))
}

pub(super) fn println<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let values = call.from(0);
    let text = fmt::sprintln(call.meter(), values)?;
    Ok(Value::Str(call.arena().bytes(text)))
}

pub(super) fn printf<'a>(call: &mut Call<'_, 'a>) -> Result<Value<'a>, Failure> {
    let Value::Str(format) = call.value(0) else {
        return Err(Failure::Argument(0, "is not a string"));
    };
    let values = call.from(1);
    let text = fmt::sprintf(call.meter(), format, values)?;
    Ok(Value::Str(call.arena().bytes(text)))
}
