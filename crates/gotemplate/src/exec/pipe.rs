//! Pipes and commands.

use super::call::Site;
use super::fault::Fault;
use super::{Exec, Machine, Slot};
use crate::Value;
use crate::ast::{Command, Expr, ExprKind, Pipe};

/// The value that a pipe hands on, and what it came from.
#[derive(Clone, Copy)]
pub(super) struct Piped<'a> {
    pub(super) value: Value<'a>,
    pub(super) from: &'a Command,
}

impl<'a> Machine<'a> {
    /// The value of a pipe. Nil comes out as missing: what a pipe gives is the thing inside of an interface.
    #[inline]
    pub(super) fn pipe(&mut self, dot: Value<'a>, pipe: &'a Pipe) -> Exec<Value<'a>> {
        // Most pipes are one command.
        let Some((first, others)) = pipe.commands.split_first() else {
            return Ok(Value::Missing);
        };
        let mut value = self.command(dot, first, None)?;
        let mut from = first;
        for command in others {
            let piped = Piped {
                value: unboxed(value),
                from,
            };
            value = self.command(dot, command, Some(piped))?;
            from = command;
        }
        value = unboxed(value);
        if !pipe.variables.is_empty() {
            self.set(pipe, value)?;
        }
        Ok(value)
    }

    fn set(&mut self, pipe: &'a Pipe, value: Value<'a>) -> Exec<()> {
        for variable in &pipe.variables {
            if pipe.assigns {
                self.assign(variable, false, value)?;
            } else {
                self.variables.push(Slot::plain(variable.number, value));
            }
        }
        Ok(())
    }

    fn command(&mut self, dot: Value<'a>, command: &'a Command, piped: Option<Piped<'a>>) -> Exec<Value<'a>> {
        self.step(command.span)?;
        let head = &command.head;
        let site = Site {
            span: command.span,
            head: head.span,
            arguments: &command.arguments,
            piped,
            boxed: false,
        };
        match &head.kind {
            ExprKind::Field(fields) => self.fields(dot, dot, fields, &site.of(self.dot_boxed)),
            ExprKind::Function(function) => self.call(dot, function, &site, None),
            ExprKind::Variable(variable, fields) => {
                let slot = self.variable(variable)?;
                if fields.is_empty() {
                    self.takes_nothing(&site)?;
                    return Ok(slot.value);
                }
                self.fields(dot, slot.value, fields, &site.of(slot.boxed))
            }
            ExprKind::Chain(inner, fields) => {
                let value = self.chained(dot, inner)?;
                self.fields(dot, value, fields, &site)
            }
            ExprKind::Paren(pipe) => {
                self.takes_nothing(&site)?;
                self.paren(dot, head, pipe)
            }
            ExprKind::Dot => {
                self.takes_nothing(&site)?;
                Ok(dot)
            }
            ExprKind::Nil => {
                self.takes_nothing(&site)?;
                Err(Fault::nil_command(head.span))
            }
            ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) => {
                self.takes_nothing(&site)?;
                self.ideal(head)
            }
        }
    }

    pub(super) fn paren(&mut self, dot: Value<'a>, expr: &'a Expr, pipe: &'a Pipe) -> Exec<Value<'a>> {
        self.deeper(expr.span, |machine| machine.pipe(dot, pipe))
    }

    /// What stands before the fields of a chain.
    pub(super) fn chained(&mut self, dot: Value<'a>, inner: &'a Expr) -> Exec<Value<'a>> {
        match &inner.kind {
            ExprKind::Paren(pipe) => self.paren(dot, inner, pipe),
            ExprKind::Function(function) => self.call(dot, function, &Site::alone(inner), None),
            // The parser makes no other chains.
            _ => self.ideal(inner),
        }
    }

    /// Values that are no functions take no arguments.
    #[inline]
    fn takes_nothing(&self, site: &Site<'a>) -> Exec<()> {
        if site.takes_something() {
            return Err(self.not_a_function(site));
        }
        Ok(())
    }
}

/// What is inside of an interface: nil is nothing at all.
#[inline]
fn unboxed(value: Value<'_>) -> Value<'_> {
    if let Value::Nil = value {
        Value::Missing
    } else {
        value
    }
}
