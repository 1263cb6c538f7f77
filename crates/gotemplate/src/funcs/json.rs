//! JSON as Go's `encoding/json` writes and reads it.

mod read;
mod write;

#[cfg(test)]
mod tests;

use crate::{Call, Failure, Function, Type, Value};

use write::{Style, write};

pub(super) static TABLE: &[Function] = &[
    Function::new("toJson", &[Type::Any], Type::String, |call| {
        or_empty(call, COMPACT)
    }),
    Function::new("toPrettyJson", &[Type::Any], Type::String, |call| {
        or_empty(call, PRETTY)
    }),
    Function::new("toRawJson", &[Type::Any], Type::String, |call| or_fail(call, RAW)),
    Function::new("mustToJson", &[Type::Any], Type::String, |call| {
        or_fail(call, COMPACT)
    }),
    Function::new("mustToPrettyJson", &[Type::Any], Type::String, |call| {
        or_fail(call, PRETTY)
    }),
    Function::new("mustToRawJson", &[Type::Any], Type::String, |call| {
        or_fail(call, RAW)
    }),
    Function::new("fromJson", &[Type::String], Type::Any, |call| {
        Ok(read::read(call)?.value)
    }),
    Function::new("mustFromJson", &[Type::String], Type::Any, |call| {
        let read = read::read(call)?;
        if read.failed {
            return Err(Failure::Argument(0, "is not JSON"));
        }
        Ok(read.value)
    }),
];

const COMPACT: Style = Style {
    pretty: false,
    html: true,
};
const PRETTY: Style = Style {
    pretty: true,
    html: true,
};
const RAW: Style = Style {
    pretty: false,
    html: false,
};

/// Nothing where the value has no form in JSON.
fn or_empty<'a>(call: &mut Call<'_, 'a>, style: Style) -> Result<Value<'a>, Failure> {
    match write(call.value(0), style, call.meter())? {
        Some(text) => Ok(Value::Str(call.arena().bytes(text))),
        None => Ok(Value::Str(b"")),
    }
}

fn or_fail<'a>(call: &mut Call<'_, 'a>, style: Style) -> Result<Value<'a>, Failure> {
    match write(call.value(0), style, call.meter())? {
        Some(text) => Ok(Value::Str(call.arena().bytes(text))),
        None => Err(Failure::Argument(
            0,
            "has no form in JSON: it holds itself, or a number that is not finite or is complex",
        )),
    }
}
