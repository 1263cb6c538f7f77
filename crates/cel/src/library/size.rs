//! `size`, `type`, `dyn`.

use crate::{
    library::{Function, Overload, Pattern},
    run::{Failure, Meter},
    value::Value,
};

use Pattern::{A, B, Bytes, Int, String};

const LIST: Pattern = Pattern::List(&A);
const MAP: Pattern = Pattern::Map(&A, &B);

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "size",
        overloads: &[
            Overload::global(&[Bytes], Int, size),
            Overload::member(&[Bytes], Int, size),
            Overload::global(&[LIST], Int, size),
            Overload::member(&[LIST], Int, size),
            Overload::global(&[MAP], Int, size),
            Overload::member(&[MAP], Int, size),
            Overload::global(&[String], Int, size),
            Overload::member(&[String], Int, size),
        ],
    },
    Function {
        name: "type",
        overloads: &[Overload::global(&[A], Pattern::Type, type_of)],
    },
    Function {
        name: "dyn",
        overloads: &[Overload::global(&[A], Pattern::Dyn, same)],
    },
];

fn size(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let size = match args {
        [Value::String(text)] => {
            meter.read(text.len())?;
            text.chars().count()
        }
        [Value::Bytes(bytes)] => bytes.len(),
        [Value::List(items)] => items.len(),
        [Value::Map(map)] => map.len(),
        _ => return Err(Failure::NoOverload),
    };
    Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX)))
}

fn type_of(args: &[Value], _: &mut Meter) -> Result<Value, Failure> {
    match args {
        [value] => Ok(Value::Type(value.type_name())),
        _ => Err(Failure::NoOverload),
    }
}

/// The argument itself.
pub(super) fn same(args: &[Value], _: &mut Meter) -> Result<Value, Failure> {
    args.first().cloned().ok_or(Failure::NoOverload)
}
