//! Runs a program: statements here, values in [`expr`].

mod expr;

use std::borrow::Cow;

use super::ast::{Branches, Pipe, Program, Range, Stmt};
use super::meter::{Buffer, Failure, Meter};
use super::parse::is_silent;
use super::print;
use super::value::Value;
use crate::funcs::Cache;
use crate::{Limits, RenderErrorKind};

/// A failure and its place.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) kind: RenderErrorKind,
}

/// Runs a program over its data.
///
/// *Guarantees*: ends within the limits; recursion is bounded by `limits.depth`.
pub(crate) fn run(program: &Program, source: &str, data: &Value, limits: &Limits) -> Result<Buffer, Fault> {
    let mut machine = Machine {
        program,
        source,
        meter: Meter::new(limits),
        out: Buffer::default(),
        variables: vec![data.clone()],
        frame: 0,
        depth: 0,
        max_depth: limits.depth,
        cache: Cache::default(),
    };
    machine.list(data, &program.main)?;
    Ok(machine.out)
}

struct Machine<'p> {
    program: &'p Program,
    source: &'p str,
    meter: Meter,
    out: Buffer,
    /// The variables of all running templates; those of the innermost start at `frame`.
    variables: Vec<Value>,
    frame: usize,
    depth: usize,
    max_depth: usize,
    cache: Cache,
}

/// How a statement ended.
#[derive(Clone, Copy, PartialEq)]
enum Flow {
    Next,
    Break,
    Continue,
}

impl Machine<'_> {
    fn list(&mut self, dot: &Value, list: &[Stmt]) -> Result<Flow, Fault> {
        for stmt in list {
            let flow = self.statement(dot, stmt)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, dot: &Value, stmt: &Stmt) -> Result<Flow, Fault> {
        match stmt {
            Stmt::Text { at, text } => {
                self.meter
                    .output(&mut self.out, text.as_bytes())
                    .map_err(|failure| limit_fault(*at, failure))?;
                Ok(Flow::Next)
            }
            Stmt::Action(pipe) => self.action(dot, pipe),
            Stmt::If(branches) => self.branches(dot, branches, false),
            Stmt::With(branches) => self.branches(dot, branches, true),
            Stmt::Range(range) => self.range(dot, range),
            Stmt::Template { at, name, argument } => self.template(dot, *at, name, argument.as_ref()),
            Stmt::Break => Ok(Flow::Break),
            Stmt::Continue => Ok(Flow::Continue),
        }
    }

    fn deeper<T>(&mut self, at: usize, body: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= self.max_depth {
            let message = Cow::Borrowed("templates, blocks and parentheses are nested too deeply");
            return Err(Fault {
                at,
                kind: RenderErrorKind::Limit(message),
            });
        }
        self.depth += 1;
        let result = body(self);
        self.depth -= 1;
        result
    }

    fn action(&mut self, dot: &Value, pipe: &Pipe) -> Result<Flow, Fault> {
        let value = self.pipe(dot, pipe)?;
        if is_silent(pipe) {
            return Ok(Flow::Next);
        }
        match &value {
            Value::Nil => {
                return Err(Fault {
                    at: pipe.at,
                    kind: RenderErrorKind::NoValue(self.snippet(pipe.at, pipe.end)),
                });
            }
            Value::Text(text) => self.meter.output(&mut self.out, text.bytes()),
            other => {
                let mut printed = Buffer::default();
                print::value(&mut printed, &mut self.meter, other)
                    .and_then(|()| self.meter.output(&mut self.out, printed.bytes()))
            }
        }
        .map_err(|failure| limit_fault(pipe.at, failure))?;
        Ok(Flow::Next)
    }

    fn branches(&mut self, dot: &Value, branches: &Branches, with: bool) -> Result<Flow, Fault> {
        let mark = self.variables.len();
        let flow = self.chosen(dot, branches, with);
        self.variables.truncate(mark);
        flow
    }

    fn chosen(&mut self, dot: &Value, branches: &Branches, with: bool) -> Result<Flow, Fault> {
        for (pipe, body) in &branches.arms {
            let value = self.pipe(dot, pipe)?;
            if value.is_true() {
                let dot = if with { &value } else { dot };
                return self.deeper(pipe.at, |machine| machine.list(dot, body));
            }
        }
        let at = branches.arms.first().map_or(0, |(pipe, _)| pipe.at);
        self.deeper(at, |machine| machine.list(dot, &branches.otherwise))
    }

    fn range(&mut self, dot: &Value, range: &Range) -> Result<Flow, Fault> {
        let mark = self.variables.len();
        let flow = self.rounds(dot, range);
        self.variables.truncate(mark);
        flow
    }

    fn rounds(&mut self, dot: &Value, range: &Range) -> Result<Flow, Fault> {
        let value = self.pipe(dot, &range.pipe)?;
        let at = range.pipe.at;
        let mut ran = false;
        let ended = match &value {
            Value::Nil => Ok(()),
            Value::Int(_) if range.pipe.sets.len() > 1 => {
                let message = "range over a number sets one variable".to_owned();
                return Err(Fault {
                    at,
                    kind: RenderErrorKind::Type(message),
                });
            }
            Value::Int(count) => (0..*count).try_for_each(|index| {
                ran = true;
                self.round(range, Value::Nil, &Value::Int(index))
            }),
            Value::List(list) => list.items.iter().enumerate().try_for_each(|(index, item)| {
                ran = true;
                self.round(range, Value::Int(i64::try_from(index).unwrap_or(i64::MAX)), item)
            }),
            Value::Map(map) => map.entries.iter().try_for_each(|(key, item)| {
                ran = true;
                self.round(range, Value::text(key.as_str()), item)
            }),
            other => {
                let message = format!(
                    "range goes through lists, maps and numbers, not through {}",
                    other.kind()
                );
                return Err(Fault {
                    at,
                    kind: RenderErrorKind::Type(message),
                });
            }
        };
        match ended {
            Err(Round::Fault(fault)) => Err(fault),
            Err(Round::Break) | Ok(()) if ran => Ok(Flow::Next),
            Err(Round::Break) | Ok(()) => self.deeper(at, |machine| machine.list(dot, &range.otherwise)),
        }
    }

    fn round(&mut self, range: &Range, key: Value, item: &Value) -> Result<(), Round> {
        let at = range.pipe.at;
        self.meter
            .step(1)
            .map_err(|failure| Round::Fault(limit_fault(at, failure)))?;
        match *range.pipe.sets.as_slice() {
            [one] => self.set(one, item.clone()),
            [first, second] => {
                self.set(first, key);
                self.set(second, item.clone());
            }
            _ => {}
        }
        let mark = self.variables.len();
        let flow = self.deeper(at, |machine| machine.list(item, &range.body));
        self.variables.truncate(mark);
        match flow {
            Ok(Flow::Next | Flow::Continue) => Ok(()),
            Ok(Flow::Break) => Err(Round::Break),
            Err(fault) => Err(Round::Fault(fault)),
        }
    }

    fn template(
        &mut self,
        dot: &Value,
        at: usize,
        name: &str,
        argument: Option<&Pipe>,
    ) -> Result<Flow, Fault> {
        let argument = match argument {
            Some(pipe) => self.pipe(dot, pipe)?,
            None => Value::Nil,
        };
        let program = self.program;
        let Some(body) = program.defines.get(name) else {
            return Err(Fault {
                at,
                kind: RenderErrorKind::Type(format!("no template {name:?} is defined")),
            });
        };
        self.meter.step(1).map_err(|failure| limit_fault(at, failure))?;
        let frame = std::mem::replace(&mut self.frame, self.variables.len());
        self.variables.push(argument.clone());
        let result = self.deeper(at, |machine| machine.list(&argument, body));
        self.variables.truncate(self.frame);
        self.frame = frame;
        result.map(|_| Flow::Next)
    }

    fn set(&mut self, slot: usize, value: Value) {
        if let Some(variable) = self.variables.get_mut(self.frame + slot) {
            *variable = value;
        }
    }

    /// What stands at a place of the source, short and on one line.
    fn snippet(&self, at: usize, end: usize) -> String {
        const LONGEST: usize = 60;
        let text = self.source.get(at..end).unwrap_or_default();
        let mut short: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if short.chars().count() > LONGEST {
            short = short.chars().take(LONGEST).collect();
            short.push('…');
        }
        if short.is_empty() {
            "a value".to_owned()
        } else {
            short
        }
    }
}

/// Why the rounds of a range stopped early.
enum Round {
    Break,
    Fault(Fault),
}

/// A failure of the meter, which alone can stop what is no call.
fn limit_fault(at: usize, failure: Failure) -> Fault {
    let kind = match failure {
        Failure::Limit(message) | Failure::Message(message) => RenderErrorKind::Limit(message),
        Failure::Missing(_) | Failure::Argument { .. } | Failure::Stop => {
            RenderErrorKind::Type("the value does not fit here".to_owned())
        }
    };
    Fault { at, kind }
}
