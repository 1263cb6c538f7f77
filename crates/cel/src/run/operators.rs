//! Operators.

use std::cmp::Ordering;

use crate::{
    ast::{Expr, Operator},
    place::Span,
    run::{EvalErrorKind, Failure, Fault, Meter, Run},
    value::{Duration, Value, compare, equal, whole},
};

impl Run<'_> {
    #[inline(never)]
    pub(super) fn operator(
        &mut self,
        operator: Operator,
        operands: &[Expr],
        at: Span,
    ) -> Result<Value, Fault> {
        let (left, right) = match operands {
            [operand] => (self.eval(operand)?, Value::Null),
            [left, right] => (self.eval(left)?, self.eval(right)?),
            _ => return Err(self.fault(at, Failure::NoOverload)),
        };
        match apply(operator, &left, &right, &mut self.meter) {
            Ok(value) => Ok(value),
            Err(Failure::NoOverload) => {
                let sign = operator.sign();
                let (left, right) = (left.type_name().word(), right.type_name().word());
                let message = match operands {
                    [_] => format!("\"{sign}\" does not take a {left}"),
                    _ => format!("\"{sign}\" does not take {left} and {right}"),
                };
                Err(self.fault_with(at, EvalErrorKind::NoOverload, message))
            }
            Err(failure) => Err(self.fault(at, failure)),
        }
    }
}

fn apply(operator: Operator, left: &Value, right: &Value, meter: &mut Meter) -> Result<Value, Failure> {
    let ordered = |wanted: fn(Ordering) -> bool, meter: &mut Meter| {
        let order = compare(left, right, meter)?.ok_or(Failure::NoOverload)?;
        Ok(Value::Bool(order.is_some_and(wanted)))
    };
    match operator {
        Operator::Add => add(left, right, meter),
        Operator::Subtract => subtract(left, right),
        Operator::Multiply => multiply(left, right),
        Operator::Divide => divide(left, right),
        Operator::Modulo => modulo(left, right),
        Operator::Less => ordered(Ordering::is_lt, meter),
        Operator::LessOrEqual => ordered(Ordering::is_le, meter),
        Operator::Greater => ordered(Ordering::is_gt, meter),
        Operator::GreaterOrEqual => ordered(Ordering::is_ge, meter),
        Operator::Equal => Ok(Value::Bool(equal(left, right, meter)?)),
        Operator::NotEqual => Ok(Value::Bool(!equal(left, right, meter)?)),
        Operator::In => contains(left, right, meter),
        Operator::Index => index(left, right, meter),
        Operator::Not => left
            .as_bool()
            .map(|value| Value::Bool(!value))
            .ok_or(Failure::NoOverload),
        Operator::Negate => negate(left),
    }
}

fn add(left: &Value, right: &Value, meter: &mut Meter) -> Result<Value, Failure> {
    Ok(match (left, right) {
        (Value::Int(left), Value::Int(right)) => {
            Value::Int(left.checked_add(*right).ok_or(Failure::Overflow)?)
        }
        (Value::Uint(left), Value::Uint(right)) => {
            Value::Uint(left.checked_add(*right).ok_or(Failure::Overflow)?)
        }
        (Value::Double(left), Value::Double(right)) => Value::Double(left + right),
        (Value::String(left), Value::String(right)) => {
            meter.make(left.len() + right.len())?;
            Value::from([&**left, &**right].concat())
        }
        (Value::Bytes(left), Value::Bytes(right)) => {
            meter.make(left.len() + right.len())?;
            Value::Bytes([&**left, &**right].concat().into())
        }
        (Value::List(left), Value::List(right)) => {
            meter.make_list(left.len() + right.len())?;
            left.iter().chain(right.iter()).cloned().collect()
        }
        (Value::Duration(left), Value::Duration(right)) => {
            Value::Duration(Duration(left.0.checked_add(right.0).ok_or(Failure::Overflow)?))
        }
        (Value::Timestamp(point), Value::Duration(stretch))
        | (Value::Duration(stretch), Value::Timestamp(point)) => {
            Value::Timestamp(point.plus(*stretch).ok_or(Failure::Overflow)?)
        }
        _ => return Err(Failure::NoOverload),
    })
}

fn subtract(left: &Value, right: &Value) -> Result<Value, Failure> {
    let value = match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.checked_sub(*right).map(Value::Int),
        (Value::Uint(left), Value::Uint(right)) => left.checked_sub(*right).map(Value::Uint),
        (Value::Double(left), Value::Double(right)) => Some(Value::Double(left - right)),
        (Value::Duration(left), Value::Duration(right)) => left
            .0
            .checked_sub(right.0)
            .map(|nanos| Value::Duration(Duration(nanos))),
        (Value::Timestamp(left), Value::Timestamp(right)) => left.since(*right).map(Value::Duration),
        (Value::Timestamp(point), Value::Duration(stretch)) => point.minus(*stretch).map(Value::Timestamp),
        _ => return Err(Failure::NoOverload),
    };
    value.ok_or(Failure::Overflow)
}

fn multiply(left: &Value, right: &Value) -> Result<Value, Failure> {
    let value = match (left, right) {
        (Value::Int(left), Value::Int(right)) => left.checked_mul(*right).map(Value::Int),
        (Value::Uint(left), Value::Uint(right)) => left.checked_mul(*right).map(Value::Uint),
        (Value::Double(left), Value::Double(right)) => Some(Value::Double(left * right)),
        _ => return Err(Failure::NoOverload),
    };
    value.ok_or(Failure::Overflow)
}

fn divide(left: &Value, right: &Value) -> Result<Value, Failure> {
    let value = match (left, right) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => {
            return Err(Failure::DivisionByZero);
        }
        (Value::Int(left), Value::Int(right)) => left.checked_div(*right).map(Value::Int),
        (Value::Uint(left), Value::Uint(right)) => left.checked_div(*right).map(Value::Uint),
        (Value::Double(left), Value::Double(right)) => Some(Value::Double(left / right)),
        _ => return Err(Failure::NoOverload),
    };
    value.ok_or(Failure::Overflow)
}

fn modulo(left: &Value, right: &Value) -> Result<Value, Failure> {
    let value = match (left, right) {
        (Value::Int(_), Value::Int(0)) | (Value::Uint(_), Value::Uint(0)) => {
            return Err(Failure::DivisionByZero);
        }
        (Value::Int(left), Value::Int(right)) => left.checked_rem(*right).map(Value::Int),
        (Value::Uint(left), Value::Uint(right)) => left.checked_rem(*right).map(Value::Uint),
        _ => return Err(Failure::NoOverload),
    };
    value.ok_or(Failure::Overflow)
}

fn negate(operand: &Value) -> Result<Value, Failure> {
    let value = match operand {
        Value::Int(number) => number.checked_neg().map(Value::Int),
        Value::Double(number) => Some(Value::Double(-number)),
        Value::Duration(stretch) => stretch
            .0
            .checked_neg()
            .map(|nanos| Value::Duration(Duration(nanos))),
        _ => return Err(Failure::NoOverload),
    };
    value.ok_or(Failure::Overflow)
}

fn contains(item: &Value, within: &Value, meter: &mut Meter) -> Result<Value, Failure> {
    match within {
        Value::List(items) => {
            for one in items.iter() {
                if equal(item, one, meter)? {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        }
        Value::Map(map) => {
            meter.seek(item, map)?;
            Ok(Value::Bool(map.get(item).is_some()))
        }
        _ => Err(Failure::NoOverload),
    }
}

fn index(of: &Value, at: &Value, meter: &mut Meter) -> Result<Value, Failure> {
    match of {
        Value::Map(map) => {
            meter.seek(at, map)?;
            map.get(at).cloned().ok_or(Failure::NoSuchKey)
        }
        Value::List(items) => {
            let number = match at {
                Value::Int(number) => usize::try_from(*number).ok(),
                Value::Uint(number) => usize::try_from(*number).ok(),
                Value::Double(number) => {
                    let whole = whole(*number).ok_or(Failure::Range("the index is no whole number"))?;
                    usize::try_from(whole).ok()
                }
                _ => return Err(Failure::NoOverload),
            };
            number
                .and_then(|number| items.get(number))
                .cloned()
                .ok_or(Failure::Range("the index is outside of the list"))
        }
        _ => Err(Failure::NoOverload),
    }
}
