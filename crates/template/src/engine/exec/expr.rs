//! Values of pipes, calls and expressions.

use super::super::ast::{Call, Command, Expr, ExprKind, Pipe};
use super::super::meter::Failure;
use super::super::value::Value;
use super::{Fault, Machine, limit_fault};
use crate::RenderErrorKind;
use crate::funcs::{Arguments, Function, Special};

/// The value that the pipe hands on, and where it was written.
struct Piped {
    value: Value,
    at: usize,
    end: usize,
}

impl Machine<'_> {
    pub(super) fn pipe(&mut self, dot: &Value, pipe: &Pipe) -> Result<Value, Fault> {
        let mut piped: Option<Piped> = None;
        for command in &pipe.commands {
            self.meter
                .step(1)
                .map_err(|failure| limit_fault(pipe.at, failure))?;
            let next = match command {
                Command::Value(expr) => Piped {
                    value: self.expr(dot, expr)?,
                    at: expr.at,
                    end: expr.end,
                },
                Command::Call(call) => Piped {
                    value: self.call(dot, call, piped)?,
                    at: call.at,
                    end: call.end,
                },
            };
            piped = Some(next);
        }
        let value = piped.map_or(Value::Nil, |piped| piped.value);
        for slot in &pipe.sets {
            if pipe.declares {
                self.variables.push(value.clone());
            } else {
                self.set(*slot, value.clone());
            }
        }
        Ok(value)
    }

    fn call(&mut self, dot: &Value, call: &Call, piped: Option<Piped>) -> Result<Value, Fault> {
        match call.function.special {
            Special::And => return self.short_circuit(dot, call, piped, false),
            Special::Or => return self.short_circuit(dot, call, piped, true),
            _ => {}
        }
        let mut values = Vec::with_capacity(call.arguments.len() + 1);
        for argument in &call.arguments {
            values.push(self.expr(dot, argument)?);
        }
        let last = piped.as_ref().map(|piped| (piped.at, piped.end));
        values.extend(piped.map(|piped| piped.value));
        let result = self.apply(call.function, &values, call.at, |index| {
            call.arguments
                .get(index)
                .map(|argument| (argument.at, argument.end))
                .or(last)
        });
        let result = result.map_err(|fault| name_stop(fault, call))?;
        self.write_back(call, &result);
        Ok(result)
    }

    /// `set $map …` and its like change the variable that they name.
    fn write_back(&mut self, call: &Call, result: &Value) {
        if call.function.special == Special::Changes
            && let Some(Expr {
                kind: ExprKind::Variable(slot, fields),
                ..
            }) = call.arguments.first()
            && fields.is_empty()
            && *slot > 0
        {
            self.set(*slot, result.clone());
        }
    }

    /// `and` gives the first argument that is false, `or` the first that is true; else the last.
    fn short_circuit(
        &mut self,
        dot: &Value,
        call: &Call,
        piped: Option<Piped>,
        stop: bool,
    ) -> Result<Value, Fault> {
        let mut value = Value::Nil;
        for argument in &call.arguments {
            value = self.expr(dot, argument)?;
            if value.is_true() == stop {
                return Ok(value);
            }
        }
        Ok(piped.map_or(value, |piped| piped.value))
    }

    fn apply(
        &mut self,
        function: &'static Function,
        values: &[Value],
        at: usize,
        place: impl Fn(usize) -> Option<(usize, usize)>,
    ) -> Result<Value, Fault> {
        let weight: u64 = if function.flat {
            0
        } else {
            values.iter().map(Value::weight).fold(0, u64::saturating_add)
        };
        let paid = self.meter.read(weight);
        let result = paid.and_then(|()| {
            (function.run)(&mut Arguments {
                values,
                meter: &mut self.meter,
                cache: &mut self.cache,
            })
        });
        result.map_err(|failure| self.fault(function, at, failure, place))
    }

    fn fault(
        &self,
        function: &'static Function,
        at: usize,
        failure: Failure,
        place: impl Fn(usize) -> Option<(usize, usize)>,
    ) -> Fault {
        let name = function.name;
        match failure {
            Failure::Missing(index) => {
                let (start, end) = place(index).unwrap_or((at, at));
                Fault {
                    at: start,
                    kind: RenderErrorKind::NoValue(self.snippet(start, end)),
                }
            }
            Failure::Argument { index, wants, got } => {
                let (start, end) = place(index).unwrap_or((at, at));
                let what = self.snippet(start, end);
                Fault {
                    at: start,
                    kind: RenderErrorKind::Type(format!("{name} wants {wants}, and {what} is {got}")),
                }
            }
            Failure::Message(message) => Fault {
                at,
                kind: RenderErrorKind::Function {
                    function: name.to_owned(),
                    message,
                },
            },
            Failure::Limit(message) => Fault {
                at,
                kind: RenderErrorKind::Limit(message),
            },
            Failure::Stop => Fault {
                at,
                kind: RenderErrorKind::Failed(None),
            },
        }
    }

    fn expr(&mut self, dot: &Value, expr: &Expr) -> Result<Value, Fault> {
        self.meter
            .step(1)
            .map_err(|failure| limit_fault(expr.at, failure))?;
        match &expr.kind {
            ExprKind::Nil => Ok(Value::Nil),
            ExprKind::Bool(value) => Ok(Value::Bool(*value)),
            ExprKind::Int(value) => Ok(Value::Int(*value)),
            ExprKind::Float(value) => Ok(Value::Float(*value)),
            ExprKind::Text(text) => self
                .meter
                .text(text.clone())
                .map_err(|failure| limit_fault(expr.at, failure)),
            ExprKind::Dot(fields) => self.fields(expr, dot.clone(), fields),
            ExprKind::Variable(slot, fields) => {
                let value = self
                    .variables
                    .get(self.frame + slot)
                    .cloned()
                    .unwrap_or(Value::Nil);
                self.fields(expr, value, fields)
            }
            ExprKind::Call(function) => self.apply(function, &[], expr.at, |_| None),
            ExprKind::Paren(pipe, fields) => {
                let value = self.deeper(expr.at, |machine| machine.pipe(dot, pipe))?;
                self.fields(expr, value, fields)
            }
        }
    }

    /// Reads fields one after the other. A field of nothing is nothing, so that conditions can look for it.
    fn fields(&mut self, expr: &Expr, mut value: Value, fields: &[String]) -> Result<Value, Fault> {
        for field in fields {
            value = match &value {
                Value::Map(map) => map.entries.get(field).cloned().unwrap_or(Value::Nil),
                Value::Nil => Value::Nil,
                other => {
                    let message = format!(
                        "{} reads the field {field} of {}",
                        self.snippet(expr.at, expr.end),
                        other.kind()
                    );
                    return Err(Fault {
                        at: expr.at,
                        kind: RenderErrorKind::Type(message),
                    });
                }
            };
        }
        self.meter
            .step(fields.len() as u64)
            .map_err(|failure| limit_fault(expr.at, failure))?;
        Ok(value)
    }
}

/// The message of `fail` and `required` may be shown where it is a plain string of the template: anything else could
/// be made of data.
fn name_stop(mut fault: Fault, call: &Call) -> Fault {
    if let RenderErrorKind::Failed(message) = &mut fault.kind
        && let Some(Expr {
            kind: ExprKind::Text(text),
            ..
        }) = call.arguments.first()
    {
        *message = String::from_utf8(text.clone()).ok();
    }
    fault
}
