//! Running a checked tree.

mod failure;
mod macros;
mod meter;
mod operators;

#[cfg(test)]
mod tests;

use crate::{
    ast::{Call, Expr, Kind, Name, Select, Slot},
    place::Span,
    value::{Key, Map, Value},
};

pub(crate) use failure::Failure;
pub use failure::{EvalError, EvalErrorKind};
pub(crate) use meter::Meter;

/// A failure with its place. Boxed, since results are everywhere.
pub(crate) type Fault = Box<EvalError>;

/// Everything that a run needs.
pub(crate) struct Run<'r> {
    pub(crate) source: &'r str,
    /// By their numbers in the environment.
    pub(crate) variables: Vec<Option<Value>>,
    /// Of the macros around, from the outermost.
    pub(crate) locals: Vec<Value>,
    pub(crate) meter: Meter,
}

impl Run<'_> {
    /// The value of a node.
    pub(crate) fn eval(&mut self, expr: &Expr) -> Result<Value, Fault> {
        self.paid(expr.at, |meter| meter.step(1))?;
        match &expr.kind {
            Kind::Literal(value) => Ok(value.clone()),
            Kind::Name(name) => self.name(name, expr.at),
            Kind::Select(select) => self.select(select, expr.at),
            Kind::Call(call) => self.call(call, expr.at),
            Kind::Operator(operator, operands) => self.operator(*operator, operands, expr.at),
            Kind::And(terms) => self.logic(terms, false),
            Kind::Or(terms) => self.logic(terms, true),
            Kind::If(parts) => self.condition(parts),
            Kind::List(items) => self.list(items, expr.at),
            Kind::Map(entries) => self.map(entries, expr.at),
            Kind::Macro(one) => self.comprehension(one, expr.at),
        }
    }

    /// A failure at a place.
    #[cold]
    #[inline(never)]
    pub(crate) fn fault(&self, at: Span, failure: Failure) -> Fault {
        Box::new(EvalError::of(self.source, at, failure))
    }

    #[cold]
    #[inline(never)]
    fn fault_with(&self, at: Span, kind: EvalErrorKind, message: String) -> Fault {
        Box::new(EvalError::new(self.source, at, kind, message))
    }

    /// What the function gives; a failure gets its place.
    pub(crate) fn paid<T>(
        &mut self,
        at: Span,
        run: impl FnOnce(&mut Meter) -> Result<T, Failure>,
    ) -> Result<T, Fault> {
        match run(&mut self.meter) {
            Ok(value) => Ok(value),
            Err(failure) => Err(self.fault(at, failure)),
        }
    }

    #[inline(never)]
    fn name(&self, name: &Name, at: Span) -> Result<Value, Fault> {
        let found = match &name.slot {
            Slot::Variable(number) => self.variables.get(*number).cloned().flatten(),
            Slot::Local(number) => self.locals.get(*number).cloned(),
            Slot::Constant(value) => Some(value.clone()),
            Slot::Unknown => None,
        };
        found.ok_or_else(|| {
            let message = format!("the variable \"{}\" was not given", name.name);
            self.fault_with(at, EvalErrorKind::NoSuchVariable, message)
        })
    }

    #[inline(never)]
    fn select(&mut self, select: &Select, at: Span) -> Result<Value, Fault> {
        let target = self.eval(&select.target)?;
        let Value::Map(map) = &target else {
            // Only lists, which have something inside, refuse to say.
            if select.test && !matches!(target, Value::List(_)) {
                return Ok(Value::Bool(false));
            }
            let message = format!(
                "a {} has no fields, so not \"{}\" either",
                target.type_name().word(),
                select.field
            );
            return Err(self.fault_with(at, EvalErrorKind::NoOverload, message));
        };
        let key = Value::String(std::sync::Arc::clone(&select.field));
        self.paid(at, |meter| meter.seek(&key, map))?;
        match map.get(&key) {
            found if select.test => Ok(Value::Bool(found.is_some())),
            Some(value) => Ok(value.clone()),
            None => {
                let (kind, what) = if select.declared {
                    (EvalErrorKind::NoSuchField, "field")
                } else {
                    (EvalErrorKind::NoSuchKey, "key")
                };
                let message = format!("there is no {what} \"{}\"", select.field);
                Err(self.fault_with(at, kind, message))
            }
        }
    }

    #[inline(never)]
    fn call(&mut self, call: &Call, at: Span) -> Result<Value, Fault> {
        let mut args = Vec::with_capacity(call.args.len() + 1);
        for arg in call.target.iter().chain(&call.args) {
            args.push(self.eval(arg)?);
        }
        if let (Some(pattern), Some(Value::String(text))) = (&call.pattern, args.first()) {
            let found = self.paid(at, |meter| pattern.is_match(text, meter))?;
            return Ok(Value::Bool(found));
        }
        let Some(function) = call.function else {
            return Err(self.fault(at, Failure::NoOverload));
        };
        match function.run(call.overloads, call.target.is_some(), &args, &mut self.meter) {
            Err(Failure::NoOverload) => {
                let types: Vec<&str> = args.iter().map(|arg| arg.type_name().word()).collect();
                let message = format!("{} does not take ({})", call.name, types.join(", "));
                Err(self.fault_with(at, EvalErrorKind::NoOverload, message))
            }
            Err(failure) => Err(self.fault(at, failure)),
            Ok(value) => Ok(value),
        }
    }

    /// `&&` ends at the first false, `||` at the first true. A failure counts only where nothing ends it.
    #[inline(never)]
    fn logic(&mut self, terms: &[Expr], ends: bool) -> Result<Value, Fault> {
        let mut first = None;
        for term in terms {
            match self.eval_bool(term) {
                Ok(value) if value == ends => return Ok(Value::Bool(ends)),
                Ok(_) => {}
                Err(fault) if fault.kind == EvalErrorKind::Limit => return Err(fault),
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        match first {
            None => Ok(Value::Bool(!ends)),
            Some(fault) => Err(fault),
        }
    }

    /// The value of a node that must be a bool.
    pub(crate) fn eval_bool(&mut self, expr: &Expr) -> Result<bool, Fault> {
        let value = self.eval(expr)?;
        value.as_bool().ok_or_else(|| {
            let message = format!(
                "a bool is needed here, and this is a {}",
                value.type_name().word()
            );
            self.fault_with(expr.at, EvalErrorKind::NoOverload, message)
        })
    }

    #[inline(never)]
    fn condition(&mut self, parts: &[Expr; 3]) -> Result<Value, Fault> {
        let [condition, then, otherwise] = parts;
        if self.eval_bool(condition)? {
            self.eval(then)
        } else {
            self.eval(otherwise)
        }
    }

    #[inline(never)]
    fn list(&mut self, items: &[Expr], at: Span) -> Result<Value, Fault> {
        self.paid(at, |meter| meter.make_list(items.len()))?;
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.eval(item)?);
        }
        Ok(Value::List(values.into()))
    }

    #[inline(never)]
    fn map(&mut self, entries: &[(Expr, Expr)], at: Span) -> Result<Value, Fault> {
        // A node of a map is larger than its entries.
        self.paid(at, |meter| meter.make_list(4 + entries.len() * 3))?;
        let mut map = Map::default();
        for (key, value) in entries {
            let at = key.at;
            let key = self.eval(key)?;
            self.paid(at, |meter| meter.seek(&key, &map))?;
            let key = match key {
                Value::Bool(value) => Key::Bool(value),
                Value::Int(number) => Key::Int(number),
                Value::Uint(number) => Key::Uint(number),
                Value::String(text) => Key::String(text),
                other => {
                    let word = other.type_name().word();
                    let message = format!("a {word} cannot be a key; bool, int, uint and string can");
                    return Err(self.fault_with(at, EvalErrorKind::NoOverload, message));
                }
            };
            let value = self.eval(value)?;
            map.insert(key, value);
        }
        Ok(Value::Map(std::sync::Arc::new(map)))
    }
}
