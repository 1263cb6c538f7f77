//! The functions of strings that the language itself has.

use crate::{
    library::{Function, Overload, Pattern},
    run::{Failure, Meter},
    value::Value,
};

use Pattern::{Bool, String};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "contains",
        overloads: &[Overload::member(&[String, String], Bool, contains)],
    },
    Function {
        name: "startsWith",
        overloads: &[Overload::member(&[String, String], Bool, starts_with)],
    },
    Function {
        name: "endsWith",
        overloads: &[Overload::member(&[String, String], Bool, ends_with)],
    },
    Function {
        name: "matches",
        overloads: &[
            Overload::global(&[String, String], Bool, matches),
            Overload::member(&[String, String], Bool, matches),
        ],
    },
];

/// Both arguments as texts; going through them is paid for.
fn two<'v>(args: &'v [Value], meter: &mut Meter) -> Result<(&'v str, &'v str), Failure> {
    match args {
        [Value::String(text), Value::String(part)] => {
            meter.read(text.len() + part.len())?;
            Ok((text, part))
        }
        _ => Err(Failure::NoOverload),
    }
}

fn contains(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let (text, part) = two(args, meter)?;
    // The search of the standard library is linear, but slower than a copy.
    meter.read(text.len().saturating_mul(4))?;
    Ok(Value::Bool(text.contains(part)))
}

fn starts_with(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let (text, part) = two(args, meter)?;
    Ok(Value::Bool(text.starts_with(part)))
}

fn ends_with(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let (text, part) = two(args, meter)?;
    Ok(Value::Bool(text.ends_with(part)))
}

fn matches(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let (text, pattern) = two(args, meter)?;
    let program = crate::regex::compile(pattern, meter)?;
    Ok(Value::Bool(program.is_match(text, meter)?))
}
