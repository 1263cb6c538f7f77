//! Going through lists and maps.

use crate::{
    ast::{Expr, Macro, MacroKind},
    place::Span,
    run::{EvalErrorKind, Fault, Run},
    value::Value,
};

impl Run<'_> {
    #[inline(never)]
    pub(super) fn comprehension(&mut self, one: &Macro, at: Span) -> Result<Value, Fault> {
        let items = match self.eval(&one.target)? {
            Value::List(items) => items,
            Value::Map(map) => {
                // A map is gone through by its keys.
                self.paid(at, |meter| meter.make_list(map.len()))?;
                map.iter().map(|(key, _)| Value::from(key)).collect()
            }
            other => {
                let message = format!("a {} has no items to go through", other.type_name().word());
                return Err(self.fault_with(one.target.at, EvalErrorKind::NoOverload, message));
            }
        };
        match (one.kind, &one.predicate) {
            (MacroKind::All, Some(predicate)) => self.quantify(&items, predicate, false),
            (MacroKind::Exists, Some(predicate)) => self.quantify(&items, predicate, true),
            (MacroKind::ExistsOne, Some(predicate)) => {
                let mut count = 0_usize;
                for item in items.iter() {
                    count += usize::from(self.with_item(item, predicate, Self::eval_bool)?);
                }
                Ok(Value::Bool(count == 1))
            }
            (_, predicate) => self.collect(&items, predicate.as_ref(), one.transform.as_ref(), at),
        }
    }

    fn with_item<T>(
        &mut self,
        item: &Value,
        expr: &Expr,
        eval: fn(&mut Self, &Expr) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.locals.push(item.clone());
        let value = eval(self, expr);
        self.locals.pop();
        value
    }

    /// As if `&&`, or `||`, stood between the rounds.
    fn quantify(&mut self, items: &[Value], predicate: &Expr, ends: bool) -> Result<Value, Fault> {
        let mut last = None;
        for item in items {
            self.paid(predicate.at, |meter| meter.step(1))?;
            match self.with_item(item, predicate, Self::eval_bool) {
                Ok(value) if value == ends => return Ok(Value::Bool(ends)),
                Ok(_) => {}
                Err(fault) if fault.kind == EvalErrorKind::Limit => return Err(fault),
                Err(fault) => last = last.or(Some(fault)),
            }
        }
        match last {
            None => Ok(Value::Bool(!ends)),
            Some(fault) => Err(fault),
        }
    }

    fn collect(
        &mut self,
        items: &[Value],
        predicate: Option<&Expr>,
        transform: Option<&Expr>,
        at: Span,
    ) -> Result<Value, Fault> {
        let mut values = Vec::new();
        for item in items {
            self.paid(at, |meter| meter.step(1))?;
            let wanted = match predicate {
                Some(predicate) => self.with_item(item, predicate, Self::eval_bool)?,
                None => true,
            };
            if !wanted {
                continue;
            }
            let value = match transform {
                Some(transform) => self.with_item(item, transform, Self::eval)?,
                None => item.clone(),
            };
            self.paid(at, |meter| meter.make_list(1))?;
            values.push(value);
        }
        Ok(Value::List(values.into()))
    }
}
