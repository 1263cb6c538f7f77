//! Constants: what they are where any kind will do, and what they become where a kind is wanted.

use super::fault::Fault;
use super::{Exec, Machine};
use crate::ast::{Expr, ExprKind, Ideal, Number};
use crate::{Function, Type, Value};

impl<'a> Machine<'a> {
    /// A constant where any kind will do.
    #[inline]
    pub(super) fn ideal(&self, expr: &'a Expr) -> Exec<Value<'a>> {
        match &expr.kind {
            ExprKind::Bool(value) => Ok(Value::Bool(*value)),
            ExprKind::Text(text) => Ok(Value::Str(text)),
            ExprKind::Number(number) => self.ideal_number(expr, number),
            _ => Ok(Value::Missing),
        }
    }

    fn ideal_number(&self, expr: &Expr, number: &Number) -> Exec<Value<'a>> {
        match (number.ideal, number.complex, number.float, number.int) {
            (Ideal::Complex, Some((real, imaginary)), ..) => Ok(Value::Complex(real, imaginary)),
            (Ideal::Float, _, Some(float), _) => Ok(Value::Float(float)),
            (Ideal::Int, .., Some(int)) => Ok(Value::Int(int)),
            _ => Err(self.overflows(expr)),
        }
    }

    /// A constant where a type is wanted: numbers become what fits them exactly.
    #[inline]
    pub(super) fn constant_as(
        &mut self,
        wanted: Type,
        expr: &'a Expr,
        function: &'static Function,
    ) -> Exec<Value<'a>> {
        self.step(expr.span)?;
        if let Type::Any | Type::Reflect = wanted {
            return self.ideal(expr);
        }
        let value = match (&expr.kind, wanted) {
            (ExprKind::Text(text), Type::String) => Some(Value::Str(text)),
            (ExprKind::Bool(value), Type::Bool) => Some(Value::Bool(*value)),
            (ExprKind::Number(number), Type::Int | Type::Month | Type::Weekday) => number.int.map(Value::Int),
            (ExprKind::Number(number), Type::Int64 | Type::Duration) => number.int.map(Value::Int64),
            (ExprKind::Number(number), Type::Uint64) => number.uint.map(Value::Uint64),
            (ExprKind::Number(number), Type::Float) => number.float.map(Value::Float),
            _ => None,
        };
        value.ok_or_else(|| self.wrong_constant(wanted, expr, function))
    }

    /// `nil` where a type is wanted.
    #[cold]
    pub(super) fn nil_as(&self, wanted: Type, expr: &Expr, function: &'static Function) -> Exec<Value<'a>> {
        self.nil_of(wanted).ok_or_else(|| {
            Fault::typed(
                expr.span,
                format!("{}, and nil is none", Fault::wanted(function, wanted)),
                format!("cannot assign nil to {}", wanted.go()),
            )
        })
    }
}
