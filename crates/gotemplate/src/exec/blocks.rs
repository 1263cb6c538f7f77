//! Statements.

use super::fault::Fault;
use super::{Exec, Machine, Slot};
use crate::ast::{Branches, Pipe, Range, Stmt};
use crate::{Elem, Failure, List, Map, Missing, Object, Span, Value};

/// How a statement ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

impl<'a> Machine<'a> {
    pub(super) fn list(&mut self, dot: Value<'a>, list: &'a [Stmt]) -> Exec<Flow> {
        for stmt in list {
            let flow = match stmt {
                Stmt::Text(span) => {
                    self.text(*span)?;
                    continue;
                }
                Stmt::Action(pipe) => {
                    self.action(dot, pipe)?;
                    continue;
                }
                Stmt::If(branches) => self.branches(dot, branches, false)?,
                Stmt::With(branches) => self.branches(dot, branches, true)?,
                Stmt::Range(range) => self.range(dot, range)?,
                Stmt::Template {
                    span,
                    name,
                    name_span,
                    argument,
                } => {
                    self.invoke(dot, (name, *name_span), argument.as_ref(), *span)?;
                    continue;
                }
                Stmt::Break(_) => Flow::Break,
                Stmt::Continue(_) => Flow::Continue,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    #[inline]
    fn text(&mut self, span: Span) -> Exec<()> {
        let text = self
            .source
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default();
        match self.meter.output(text.len()) {
            Ok(()) => {
                self.out.push(text);
                Ok(())
            }
            Err(failure) => Err(Fault::limit(span, failure)),
        }
    }

    #[inline]
    fn action(&mut self, dot: Value<'a>, pipe: &'a Pipe) -> Exec<()> {
        let value = self.pipe(dot, pipe)?;
        if !pipe.variables.is_empty() {
            return Ok(());
        }
        if value.is_nil() && self.template.missing() == Missing::Refuse {
            return Err(self.no_value(pipe.span));
        }
        crate::fmt::print_value(&mut self.out, &mut self.meter, value)
            .map_err(|failure| Fault::unprintable(pipe.span, failure))
    }

    fn branches(&mut self, dot: Value<'a>, branches: &'a Branches, with: bool) -> Exec<Flow> {
        let mark = self.variables.len();
        let mut chosen = (dot, &branches.otherwise);
        let mut held = false;
        for arm in &branches.arms {
            let value = self.pipe(dot, &arm.pipe)?;
            if value.is_true() {
                chosen = (if with { value } else { dot }, &arm.body);
                held = true;
                break;
            }
        }
        let (dot, body) = chosen;
        let boxed = self.dot_boxed;
        self.dot_boxed &= !(with && held);
        let flow = self.deeper(branches.span, |machine| machine.list(dot, body))?;
        self.dot_boxed = boxed;
        self.variables.truncate(mark);
        Ok(flow)
    }

    fn range(&mut self, dot: Value<'a>, range: &'a Range) -> Exec<Flow> {
        let mark = self.variables.len();
        let value = self.pipe(dot, &range.pipe)?;
        let ran = match value {
            Value::List(list) => self.range_list(range, list)?,
            Value::Map(map) => self.range_map(range, map)?,
            Value::Missing | Value::Nil => false,
            Value::Int(count) => self.range_numbers(range, count, Value::Int)?,
            Value::Int64(count) => self.range_numbers(range, count, Value::Int64)?,
            Value::Int32(count) => self.range_numbers(range, count, Value::Int32)?,
            Value::Uint8(count) => self.range_numbers(range, count, Value::Uint8)?,
            Value::Uint64(count) => self.range_numbers(range, count, Value::Uint64)?,
            Value::Object(object) => self.range_object(range, object, value)?,
            Value::Bool(_) | Value::Float(_) | Value::Complex(..) | Value::Str(_) => {
                return Err(self.cannot_range(range, value));
            }
        };
        let mut flow = Flow::Next;
        if !ran {
            flow = self.deeper(range.span, |machine| machine.list(dot, &range.otherwise))?;
            // Go's range catches the break of its own else, and hands continue on.
            if flow == Flow::Break {
                flow = Flow::Next;
            }
        }
        self.variables.truncate(mark);
        Ok(flow)
    }

    fn range_list(&mut self, range: &'a Range, list: &'a List<'a>) -> Exec<bool> {
        let count = list.len();
        let boxed = list.elem == Elem::Any;
        for index in 0..count {
            // Each element as it is now: the body may have changed the list.
            let item = list.items().get(index).copied().unwrap_or(Value::Missing);
            let key = Value::Int(i64::try_from(index).unwrap_or(i64::MAX));
            if self.round(range, key, (item, boxed))? == Flow::Break {
                break;
            }
        }
        Ok(count > 0)
    }

    fn range_map(&mut self, range: &'a Range, map: &'a Map<'a>) -> Exec<bool> {
        // The entries as they were before the first round, as in Go.
        let entries = map.entries();
        self.meter
            .make(entries.len() * size_of::<(&[u8], Value<'_>)>())
            .map_err(|failure| Fault::limit(range.pipe.span, failure))?;
        let boxed = map.elem == Elem::Any;
        for (key, item) in &entries {
            if self.round(range, Value::Str(key), (*item, boxed))? == Flow::Break {
                break;
            }
        }
        Ok(!entries.is_empty())
    }

    /// The numbers from 0, of the same kind as their count.
    fn range_numbers<N>(&mut self, range: &'a Range, count: N, value: fn(N) -> Value<'a>) -> Exec<bool>
    where
        N: Copy + Default + PartialOrd,
        std::ops::Range<N>: Iterator<Item = N>,
    {
        one_variable(range)?;
        for number in N::default()..count {
            if self.round(range, Value::Missing, (value(number), false))? == Flow::Break {
                break;
            }
        }
        Ok(count > N::default())
    }

    /// Values of types of their own whose kind is a number.
    #[cold]
    fn range_object(&mut self, range: &'a Range, object: &Object, value: Value<'a>) -> Exec<bool> {
        let (count, like): (i64, fn(i64) -> Object) = match object {
            Object::Duration(count) => (*count, Object::Duration),
            Object::Month(count) => (*count, Object::Month),
            Object::Weekday(count) => (*count, Object::Weekday),
            _ => return Err(self.cannot_range(range, value)),
        };
        one_variable(range)?;
        for number in 0..count {
            self.meter
                .make(size_of::<Object>())
                .map_err(|failure| Fault::limit(range.pipe.span, failure))?;
            let item = self.arena.object(like(number));
            if self.round(range, Value::Missing, (item, false))? == Flow::Break {
                break;
            }
        }
        Ok(count > 0)
    }

    /// One round. Of two variables the first is the key. The element comes with whether it is an interface to Go.
    fn round(&mut self, range: &'a Range, key: Value<'a>, item: (Value<'a>, bool)) -> Exec<Flow> {
        let (item, item_boxed) = item;
        self.step(range.span)?;
        if range.pipe.assigns {
            match range.pipe.variables.as_slice() {
                [first, second, ..] => {
                    self.assign(first, false, key)?;
                    self.assign(second, item_boxed, item)?;
                }
                [one] => self.assign(one, item_boxed, item)?,
                [] => {}
            }
        } else {
            // What the pipe declared is on top, the element last.
            let mut declared = self.variables.iter_mut().rev();
            let values = [(item, item_boxed), (key, false)];
            for (variable, value) in declared.by_ref().take(range.pipe.variables.len()).zip(values) {
                (variable.value, variable.boxed) = value;
            }
        }
        let mark = self.variables.len();
        let boxed = std::mem::replace(&mut self.dot_boxed, item_boxed);
        let flow = self.deeper(range.span, |machine| machine.list(item, &range.body))?;
        self.dot_boxed = boxed;
        self.variables.truncate(mark);
        Ok(flow)
    }

    /// `template`.
    fn invoke(
        &mut self,
        dot: Value<'a>,
        (name, name_span): (&'a str, Span),
        argument: Option<&'a Pipe>,
        span: Span,
    ) -> Exec<()> {
        let template = self.template;
        let body = if name == template.name() {
            &template.tree().main
        } else if let Some(define) = template.tree().defines.get(name) {
            &define.body
        } else {
            return Err(self.no_template(name, name_span));
        };
        self.step(span)?;
        let argument = match argument {
            Some(pipe) => self.pipe(dot, pipe)?,
            None => Value::Missing,
        };
        let frame = std::mem::replace(&mut self.frame, self.variables.len());
        let running = std::mem::replace(&mut self.running, name);
        let boxed = std::mem::replace(&mut self.dot_boxed, false);
        self.variables.push(Slot::plain(0, argument));
        self.deeper(span, |machine| machine.list(argument, body))?;
        self.dot_boxed = boxed;
        self.variables.truncate(self.frame);
        self.frame = frame;
        self.running = running;
        Ok(())
    }
}

/// A number has no keys.
fn one_variable(range: &Range) -> Exec<()> {
    match range.pipe.variables.get(1) {
        Some(second) => Err(Fault::two_variables(second.span)),
        None => Ok(()),
    }
}

impl Fault {
    /// Why a value could not be printed.
    #[cold]
    fn unprintable(span: Span, failure: Failure) -> Box<Self> {
        match failure {
            Failure::Limit(_) => Self::limit(span, failure),
            Failure::Message(message) | Failure::Argument(_, message) => Self::typed(span, message, message),
            Failure::CannotHold { format, why } => {
                Self::typed(span, format!("{format} cannot hold the value: {why}"), why)
            }
            Failure::Types(message, _) => Self::typed(span, message, message),
            Failure::Stop(_) => Self::typed(span, "the value cannot be printed", "can't print"),
        }
    }
}
