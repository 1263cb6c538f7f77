//! Values as text: Go's `fmt.Sprint` and `%v`.

use super::meter::{Buffer, Failure, Meter};
use super::value::Value;

/// Appends `%v` of a value.
///
/// *Errors*: only those of the meter.
pub(crate) fn value(out: &mut Buffer, meter: &mut Meter, value: &Value) -> Result<(), Failure> {
    meter.make(value.weight())?;
    append(out, value);
    Ok(())
}

/// Depth is bounded by that of values.
fn append(out: &mut Buffer, value: &Value) {
    match value {
        Value::Nil => out.push(b"<nil>"),
        Value::Bool(value) => out.push(if *value { b"true" } else { b"false" }),
        Value::Int(value) => out.push(value.to_string().as_bytes()),
        Value::Float(value) => out.push(float(*value).as_bytes()),
        Value::Text(text) => out.push(text.bytes()),
        Value::List(list) => {
            out.push(b"[");
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    out.push(b" ");
                }
                append(out, item);
            }
            out.push(b"]");
        }
        Value::Map(map) => {
            out.push(b"map[");
            for (index, (key, item)) in map.entries.iter().enumerate() {
                if index > 0 {
                    out.push(b" ");
                }
                out.push(key.as_bytes());
                out.push(b":");
                append(out, item);
            }
            out.push(b"]");
        }
    }
}

/// `fmt.Sprint`: a space between two operands where neither is text.
pub(crate) fn sprint(out: &mut Buffer, meter: &mut Meter, values: &[Value]) -> Result<(), Failure> {
    let mut previous_text = true;
    for (index, item) in values.iter().enumerate() {
        let text = matches!(item, Value::Text(_));
        if index > 0 && !text && !previous_text {
            out.push(b" ");
        }
        previous_text = text;
        value(out, meter, item)?;
    }
    Ok(())
}

/// Go's `%v` of a float64: `%g` with the shortest digits.
pub(crate) fn float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    shortest(value, -4, 6)
}

/// The shortest digits that read back as the value; with an exponent where it is below `low` or from `high` on.
pub(crate) fn shortest(value: f64, low: i32, high: i32) -> String {
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value == 0.0 || (exponent >= low && exponent < high) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_in_go() {
        for (value, wants) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (1.5, "1.5"),
            (0.1, "0.1"),
            (1e6, "1e+06"),
            (100_000.0, "100000"),
            (1e20, "1e+20"),
            (1e21, "1e+21"),
            (123_456_789.0, "1.23456789e+08"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (f64::INFINITY, "+Inf"),
        ] {
            assert_eq!(float(value), wants);
        }
    }
}
