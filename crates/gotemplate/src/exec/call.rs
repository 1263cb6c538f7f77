//! Calls.

use super::fault::Fault;
use super::pipe::Piped;
use super::{Exec, Machine};
use crate::ast::{Expr, ExprKind};
use crate::{Call, Function, Missing, Span, Type, Value};

/// A place where something is called, with what it is given.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    /// All of it.
    pub(super) span: Span,
    /// What is called.
    pub(super) head: Span,
    pub(super) arguments: &'a [Expr],
    pub(super) piped: Option<Piped<'a>>,
    /// What has the fields is an interface to Go, which its errors tell.
    pub(super) boxed: bool,
}

impl<'a> Site<'a> {
    pub(super) fn without_arguments(span: Span) -> Self {
        Self {
            span,
            head: span,
            arguments: &[],
            piped: None,
            boxed: false,
        }
    }

    pub(super) fn of(self, boxed: bool) -> Self {
        Self { boxed, ..self }
    }

    /// A function that stands for an argument.
    pub(super) fn alone(expr: &Expr) -> Self {
        Self::without_arguments(expr.span)
    }

    pub(super) fn takes_something(&self) -> bool {
        !self.arguments.is_empty() || self.piped.is_some()
    }

    pub(super) fn count(&self) -> usize {
        self.arguments.len() + usize::from(self.piped.is_some())
    }
}

impl<'a> Machine<'a> {
    /// Calls a function, or a method with its receiver.
    pub(super) fn call(
        &mut self,
        dot: Value<'a>,
        function: &'static Function,
        site: &Site<'a>,
        receiver: Option<Value<'a>>,
    ) -> Exec<Value<'a>> {
        if !function.takes(site.count()) {
            return Err(Fault::wrong_count(function, site));
        }
        if let Some(stop) = function.stops_at {
            return self.short_circuit(dot, site, stop);
        }
        let base = self.arguments.len();
        for (index, argument) in site.arguments.iter().enumerate() {
            let wanted = function.param(index).unwrap_or(Type::Any);
            let value = self.argument(dot, wanted, argument, function)?;
            self.arguments.push(value);
        }
        if let Some(piped) = site.piped {
            let wanted = function.param(site.arguments.len()).unwrap_or(Type::Any);
            let mut value = piped.value;
            self.fit(&mut value, wanted, piped.from.span, function)?;
            self.arguments.push(value);
        }
        if function.shows && self.template.missing() == Missing::Refuse {
            self.deny_missing(base, site)?;
        }
        if function.concrete {
            self.deny_boxed(function, site)?;
        }
        self.arguments.extend(receiver);
        let result = (function.run)(&mut Call {
            arguments: self.arguments.get(base..).unwrap_or_default(),
            meter: &mut self.meter,
            cache: &mut self.cache,
            arena: self.arena,
        });
        self.arguments.truncate(base);
        result.map_err(|failure| self.failed(function, failure, site))
    }

    #[cold]
    fn deny_missing(&self, base: usize, site: &Site<'a>) -> Exec<()> {
        let given = self.arguments.get(base..).unwrap_or_default();
        match given.iter().position(|value| value.is_nil()) {
            None => Ok(()),
            Some(index) => {
                let written = site.arguments.get(index).map(|argument| argument.span);
                let piped = site.piped.map(|piped| piped.from.span);
                Err(self.no_value(written.or(piped).unwrap_or(site.span)))
            }
        }
    }

    /// Refuses arguments behind the first that are interfaces to Go.
    fn deny_boxed(&mut self, function: &'static Function, site: &Site<'a>) -> Exec<()> {
        for argument in site.arguments.iter().skip(1) {
            let boxed = match &argument.kind {
                ExprKind::Dot => self.dot_boxed,
                ExprKind::Variable(variable, fields) => !fields.is_empty() || self.variable(variable)?.boxed,
                ExprKind::Field(_) | ExprKind::Chain(..) => true,
                _ => false,
            };
            if boxed {
                return Err(self.boxed(argument.span, function));
            }
        }
        Ok(())
    }

    /// `and` gives the first argument that is false, `or` the first that is true; else the last. Those behind are not
    /// looked at; what the pipe brings is the last one.
    fn short_circuit(&mut self, dot: Value<'a>, site: &Site<'a>, stop: bool) -> Exec<Value<'a>> {
        let mut value = Value::Missing;
        for argument in site.arguments {
            value = self.evaluated(dot, argument)?;
            if value.is_true() == stop {
                return Ok(value);
            }
        }
        Ok(site.piped.map_or(value, |piped| piped.value))
    }

    /// An argument of the wanted type.
    #[inline]
    fn argument(
        &mut self,
        dot: Value<'a>,
        wanted: Type,
        expr: &'a Expr,
        function: &'static Function,
    ) -> Exec<Value<'a>> {
        match &expr.kind {
            ExprKind::Nil => self.nil_as(wanted, expr, function),
            ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) => {
                self.constant_as(wanted, expr, function)
            }
            _ => {
                let mut value = self.evaluated(dot, expr)?;
                self.fit(&mut value, wanted, expr.span, function)?;
                Ok(value)
            }
        }
    }

    /// An argument of any type.
    #[inline]
    fn evaluated(&mut self, dot: Value<'a>, expr: &'a Expr) -> Exec<Value<'a>> {
        self.step(expr.span)?;
        match &expr.kind {
            ExprKind::Dot => Ok(dot),
            ExprKind::Field(fields) => {
                let site = Site::without_arguments(expr.span).of(self.dot_boxed);
                self.fields(dot, dot, fields, &site)
            }
            ExprKind::Variable(variable, fields) => {
                let slot = self.variable(variable)?;
                let site = Site::without_arguments(expr.span).of(slot.boxed);
                self.fields(dot, slot.value, fields, &site)
            }
            ExprKind::Paren(pipe) => self.paren(dot, expr, pipe),
            ExprKind::Function(function) => self.call(dot, function, &Site::alone(expr), None),
            ExprKind::Chain(inner, fields) => {
                let value = self.chained(dot, inner)?;
                self.fields(dot, value, fields, &Site::without_arguments(expr.span))
            }
            ExprKind::Nil => Ok(Value::Missing),
            ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) => self.ideal(expr),
        }
    }
}

impl Fault {
    /// The type that an argument of a function must have, for its errors.
    pub(super) fn wanted(function: &Function, wanted: Type) -> String {
        format!("{} wants {} here", function.name, wanted.words())
    }
}
