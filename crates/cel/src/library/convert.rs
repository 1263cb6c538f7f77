//! From one type to another.

use crate::{
    library::{Function, Overload, Pattern, size::same},
    number,
    run::{Failure, Meter},
    value::{Duration as Stretch, Timestamp as Point, Value},
};

use Pattern::{Bool, Bytes, Double, Duration, Int, String, Timestamp, Uint};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "bool",
        overloads: &[
            Overload::global(&[Bool], Bool, same),
            Overload::global(&[String], Bool, bool_of),
        ],
    },
    Function {
        name: "bytes",
        overloads: &[
            Overload::global(&[Bytes], Bytes, same),
            Overload::global(&[String], Bytes, bytes_of),
        ],
    },
    Function {
        name: "double",
        overloads: &[
            Overload::global(&[Double], Double, same),
            Overload::global(&[Int], Double, double_of),
            Overload::global(&[String], Double, double_of),
            Overload::global(&[Uint], Double, double_of),
        ],
    },
    Function {
        name: "duration",
        overloads: &[
            Overload::global(&[Duration], Duration, same),
            Overload::global(&[String], Duration, duration_of),
        ],
    },
    Function {
        name: "int",
        overloads: &[
            Overload::global(&[Int], Int, same),
            Overload::global(&[Double], Int, int_of),
            Overload::global(&[Duration], Int, int_of),
            Overload::global(&[String], Int, int_of),
            Overload::global(&[Timestamp], Int, int_of),
            Overload::global(&[Uint], Int, int_of),
        ],
    },
    Function {
        name: "string",
        overloads: &[
            Overload::global(&[String], String, same),
            Overload::global(&[Bool], String, string_of),
            Overload::global(&[Bytes], String, string_of),
            Overload::global(&[Double], String, string_of),
            Overload::global(&[Duration], String, string_of),
            Overload::global(&[Int], String, string_of),
            Overload::global(&[Timestamp], String, string_of),
            Overload::global(&[Uint], String, string_of),
        ],
    },
    Function {
        name: "timestamp",
        overloads: &[
            Overload::global(&[Timestamp], Timestamp, same),
            Overload::global(&[Int], Timestamp, timestamp_of),
            Overload::global(&[String], Timestamp, timestamp_of),
        ],
    },
    Function {
        name: "uint",
        overloads: &[
            Overload::global(&[Uint], Uint, same),
            Overload::global(&[Double], Uint, uint_of),
            Overload::global(&[Int], Uint, uint_of),
            Overload::global(&[String], Uint, uint_of),
        ],
    },
];

fn bool_of(args: &[Value], _: &mut Meter) -> Result<Value, Failure> {
    match args {
        [Value::String(text)] => match &**text {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(Value::Bool(false)),
            _ => Err(Failure::Conversion(
                "the text is no bool, such as \"true\" or \"false\"",
            )),
        },
        _ => Err(Failure::NoOverload),
    }
}

fn bytes_of(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    match args {
        [Value::String(text)] => {
            meter.make(text.len())?;
            Ok(Value::from(text.as_bytes()))
        }
        _ => Err(Failure::NoOverload),
    }
}

#[expect(clippy::cast_precision_loss, reason = "that is what the conversion does")]
fn double_of(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let number = match args {
        [Value::Int(number)] => *number as f64,
        [Value::Uint(number)] => *number as f64,
        [Value::String(text)] => {
            meter.walk(text.len())?;
            number::parse_double(text).ok_or(Failure::Conversion("the text is no number, such as \"1.5\""))?
        }
        _ => return Err(Failure::NoOverload),
    };
    Ok(Value::Double(number))
}

fn duration_of(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    match args {
        [Value::String(text)] => {
            meter.walk(text.len())?;
            let stretch = Stretch::parse(text).ok_or(Failure::Conversion(
                "the text is no duration, such as \"1h30m\" or \"1.5s\"",
            ))?;
            Ok(Value::Duration(stretch))
        }
        _ => Err(Failure::NoOverload),
    }
}

fn int_of(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let number = match args {
        [Value::Double(number)] => number::truncated(*number).ok_or(Failure::Overflow)?,
        [Value::Uint(number)] => i64::try_from(*number).map_err(|_| Failure::Overflow)?,
        [Value::Duration(stretch)] => stretch.0,
        [Value::Timestamp(point)] => point.seconds(),
        [Value::String(text)] => {
            meter.walk(text.len())?;
            text.parse()
                .map_err(|_| Failure::Conversion("the text is no whole number of 64 bits, such as \"42\""))?
        }
        _ => return Err(Failure::NoOverload),
    };
    Ok(Value::Int(number))
}

fn uint_of(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let number = match args {
        [Value::Double(number)] => number::truncated_unsigned(*number).ok_or(Failure::Overflow)?,
        [Value::Int(number)] => u64::try_from(*number).map_err(|_| Failure::Overflow)?,
        [Value::String(text)] => {
            meter.walk(text.len())?;
            // Rust takes a sign here, Go does not.
            text.parse()
                .ok()
                .filter(|_| !text.starts_with('+'))
                .ok_or(Failure::Conversion(
                    "the text is no whole number from zero, such as \"42\"",
                ))?
        }
        _ => return Err(Failure::NoOverload),
    };
    Ok(Value::Uint(number))
}

fn string_of(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    if let [Value::Bytes(bytes)] = args {
        meter.make(bytes.len())?;
        meter.read(bytes.len())?;
        return std::str::from_utf8(bytes)
            .map(Value::from)
            .map_err(|_| Failure::Conversion("the bytes are not UTF-8"));
    }
    meter.make(32)?;
    Ok(Value::from(match args {
        [Value::Bool(value)] => value.to_string(),
        [Value::Int(number)] => number.to_string(),
        [Value::Uint(number)] => number.to_string(),
        [Value::Double(number)] => number::shortest(*number),
        [Value::Duration(stretch)] => format!("{}s", stretch.seconds()),
        [Value::Timestamp(point)] => point.to_string(),
        _ => return Err(Failure::NoOverload),
    }))
}

fn timestamp_of(args: &[Value], meter: &mut Meter) -> Result<Value, Failure> {
    let point = match args {
        [Value::Int(seconds)] => Point::from_seconds(*seconds).ok_or(Failure::Overflow)?,
        [Value::String(text)] => {
            meter.walk(text.len())?;
            Point::parse(text).ok_or(Failure::Conversion(
                "the text is no time, such as \"2026-01-31T12:00:00Z\"",
            ))?
        }
        _ => return Err(Failure::NoOverload),
    };
    Ok(Value::Timestamp(point))
}
