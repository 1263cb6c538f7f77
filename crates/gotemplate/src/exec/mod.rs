//! Runs a tree over data: statements in [`blocks`], pipes in [`pipe`], calls in [`call`], what fits where in [`fit`].
//!
//! Nothing is allocated for a node: values are cheap to copy, variables and arguments lie on one stack each, and
//! errors are made only when they happen.

mod blocks;
mod call;
mod constant;
mod fault;
mod field;
mod fit;
mod pipe;

use crate::ast::Variable;
use crate::funcs::Cache;
use crate::meter::Buffer;
use crate::wiped::Wiped;
use crate::{Arena, Data, ExecError, Failure, Limits, Meter, Span, Template, Value};

use fault::Fault;

/// What evaluation gives. The error is boxed, so that the way without one is short.
type Exec<T> = Result<T, Box<Fault>>;

pub(crate) fn render(template: &Template, data: &Data<'_>, limits: &Limits) -> Result<Wiped, ExecError> {
    let arena = Arena::new();
    let mut machine = Machine::new(template, &arena, limits);
    // Nil at the root is not even an interface.
    let root = match data {
        Data::Null => Value::Missing,
        data => arena.given(data),
    };
    match machine.run(root) {
        Ok(()) => Ok(machine.out.into_wiped()),
        Err(fault) => Err(machine.explain(*fault)),
    }
}

/// A rendering.
struct Machine<'a> {
    template: &'a Template,
    source: &'a [u8],
    arena: &'a Arena<'a>,
    meter: Meter,
    cache: Cache,
    out: Buffer,
    /// The variables of all running templates; those of the innermost start at `frame`.
    variables: Vec<Slot<'a>>,
    frame: usize,
    /// The dot is an interface to Go: what a range takes out of lists and maps is.
    dot_boxed: bool,
    /// The arguments of all calls that are being evaluated.
    arguments: Vec<Value<'a>>,
    /// The template that runs.
    running: &'a str,
    depth: u32,
    max_depth: u32,
}

/// A variable.
#[derive(Clone, Copy)]
struct Slot<'a> {
    /// The number of its name.
    number: u32,
    /// It is an interface to Go: what a range takes out of lists and maps is. What a pipe gives never is.
    boxed: bool,
    value: Value<'a>,
}

impl<'a> Slot<'a> {
    /// A variable that a pipe sets.
    fn plain(number: u32, value: Value<'a>) -> Self {
        Self {
            number,
            boxed: false,
            value,
        }
    }
}

impl<'a> Machine<'a> {
    fn new(template: &'a Template, arena: &'a Arena<'a>, limits: &Limits) -> Self {
        let source = template.source().as_bytes();
        Self {
            template,
            source,
            arena,
            meter: Meter::new(limits),
            cache: Cache::default(),
            // Most outputs are about as long as their template.
            out: Buffer::with_capacity(source.len().min(limits.output_bytes) + 64),
            variables: Vec::with_capacity(16),
            frame: 0,
            dot_boxed: false,
            arguments: Vec::with_capacity(16),
            running: template.name(),
            depth: 0,
            max_depth: limits.levels(),
        }
    }

    fn run(&mut self, root: Value<'a>) -> Exec<()> {
        let template = self.template;
        self.variables.push(Slot::plain(0, root));
        self.list(root, &template.tree().main).map(|_| ())
    }

    /// Pays for one node.
    #[inline]
    fn step(&mut self, span: Span) -> Exec<()> {
        match self.meter.step(1) {
            Ok(()) => Ok(()),
            Err(failure) => Err(Fault::limit(span, failure)),
        }
    }

    /// One level deeper. Where the body fails nobody asks for the depth any more.
    #[inline]
    fn deeper<T>(&mut self, span: Span, body: impl FnOnce(&mut Self) -> Exec<T>) -> Exec<T> {
        if self.depth >= self.max_depth {
            let message = "templates, blocks and parentheses are nested too deeply";
            return Err(Fault::limit(span, Failure::Limit(message)));
        }
        self.depth += 1;
        let result = body(self)?;
        self.depth -= 1;
        Ok(result)
    }

    /// The value of a variable: of those with its name the one that was declared last.
    fn variable(&mut self, variable: &Variable) -> Exec<Slot<'a>> {
        let own = self.variables.get(self.frame..).unwrap_or_default();
        let mut found = own.iter().rev().enumerate();
        match found.find(|(_, slot)| slot.number == variable.number) {
            Some((passed, slot)) => {
                let slot = *slot;
                self.pay_search(passed, variable.span)?;
                Ok(slot)
            }
            None => Err(Fault::undefined(variable)),
        }
    }

    fn assign(&mut self, variable: &Variable, boxed: bool, value: Value<'a>) -> Exec<()> {
        let own = self.variables.get_mut(self.frame..).unwrap_or_default();
        let mut found = own.iter_mut().rev().enumerate();
        match found.find(|(_, slot)| slot.number == variable.number) {
            Some((passed, slot)) => {
                slot.value = value;
                slot.boxed = boxed;
                self.pay_search(passed, variable.span)
            }
            None => Err(Fault::undefined(variable)),
        }
    }

    /// A template with many variables pays for looking through them.
    #[inline]
    fn pay_search(&mut self, passed: usize, span: Span) -> Exec<()> {
        if passed < 32 {
            return Ok(());
        }
        self.meter
            .step(passed as u64 / 32)
            .map_err(|failure| Fault::limit(span, failure))
    }
}

#[cfg(test)]
mod tests;
