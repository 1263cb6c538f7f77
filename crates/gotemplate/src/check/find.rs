//! Walks the tree and tells every reading of the data.

use std::collections::BTreeSet;

use super::condition::Truths;
use super::functions::{argument_need, changes, is_and, is_or};
use super::shape::{Path, Shape};
use super::{Comparison, FunctionUse, Reference, References, Segment, TooComplex, Use};
use crate::Span;
use crate::ast::{Branches, Command, Expr, ExprKind, Ident, Pipe, Program, Range, Stmt};

/// Nodes to visit. Named templates are visited at each of their calls, so their number can grow fast.
const MAX_VISITS: usize = 200_000;

/// Blocks, parentheses and calls of templates inside one another. Keeps the stack small.
const MAX_DEPTH: usize = 100;

type Found<T> = Result<T, TooComplex>;

/// Finds what a program reads and calls.
pub(super) fn find<'p>(program: &'p Program, own_name: &'p str) -> Found<References> {
    let mut finder = Finder {
        program,
        visits: MAX_VISITS,
        depth: 0,
        frame: vec![Shape::root()],
        guards: Vec::new(),
        reads: BTreeSet::new(),
        writes: BTreeSet::new(),
        calls: BTreeSet::new(),
        comparisons: BTreeSet::new(),
        entered: BTreeSet::new(),
        own_name,
        running: Vec::new(),
    };
    finder.list(&Shape::root(), &program.main)?;
    for (name, define) in &program.defines {
        // What is never called can only be looked at without its data.
        if !finder.entered.contains(&**name) {
            finder.frame = vec![Shape::unknown()];
            finder.list(&Shape::unknown(), &define.body)?;
        }
    }
    let Finder {
        mut reads,
        writes,
        calls,
        comparisons,
        ..
    } = finder;
    // What the template itself put into the data is not read of the data.
    reads.retain(|read| !writes.iter().any(|place| is_below(&read.path, place)));
    Ok(References {
        reads: merged(reads),
        functions: calls.into_iter().collect(),
        comparisons: comparisons.into_iter().collect(),
    })
}

/// One reference per place and path: guarded only where it is so each time.
fn merged(reads: BTreeSet<Reference>) -> Vec<Reference> {
    let mut out: Vec<Reference> = Vec::new();
    for read in reads {
        // `guarded: false` sorts first.
        let known = out
            .last()
            .is_some_and(|last| (last.span, &last.path) == (read.span, &read.path));
        if known {
            if let Some(last) = out.last_mut() {
                last.used_as = last.used_as.max(read.used_as);
            }
        } else {
            out.push(read);
        }
    }
    out
}

pub(super) struct Finder<'p> {
    program: &'p Program,
    visits: usize,
    depth: usize,
    /// The variables of the template that is looked at.
    frame: Vec<Shape>,
    /// Places that are known to hold something here.
    pub(super) guards: Vec<Path>,
    reads: BTreeSet<Reference>,
    /// Places of the data that the template sets.
    writes: BTreeSet<Path>,
    calls: BTreeSet<FunctionUse>,
    comparisons: BTreeSet<Comparison>,
    entered: BTreeSet<&'p str>,
    /// The templates that are entered and not left yet.
    running: Vec<&'p str>,
    /// The name of the template as a whole, by which it may call itself.
    own_name: &'p str,
}

/// Whether it matters that a value is missing.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Need {
    /// It is printed, or a function wants it.
    Must,
    /// It is tested, kept or passed on.
    May,
}

impl<'p> Finder<'p> {
    fn visit(&mut self, span: Span) -> Found<()> {
        self.visits_of(span, 1)
    }

    /// Pays for a copy of the variables.
    fn copy_of_frame(&mut self, span: Span) -> Found<Vec<Shape>> {
        self.visits_of(span, self.frame.len() / 4)?;
        Ok(self.frame.clone())
    }

    fn visits_of(&mut self, span: Span, count: usize) -> Found<()> {
        self.visits = self.visits.checked_sub(count).ok_or(TooComplex { span })?;
        Ok(())
    }

    fn list(&mut self, dot: &Shape, list: &'p [Stmt]) -> Found<()> {
        list.iter().try_for_each(|stmt| self.statement(dot, stmt))
    }

    /// One level deeper.
    fn inner<T>(&mut self, span: Span, go: impl FnOnce(&mut Self) -> Found<T>) -> Found<T> {
        if self.depth >= MAX_DEPTH {
            return Err(TooComplex { span });
        }
        self.depth += 1;
        let result = go(self);
        self.depth -= 1;
        result
    }

    fn statement(&mut self, dot: &Shape, stmt: &'p Stmt) -> Found<()> {
        match stmt {
            Stmt::Text(_) | Stmt::Break(_) | Stmt::Continue(_) => Ok(()),
            Stmt::Action(pipe) => {
                let need = if pipe.variables.is_empty() {
                    Need::Must
                } else {
                    Need::May
                };
                let value = self.pipe(dot, pipe, need)?;
                if need == Need::Must {
                    self.read_whole(&value, pipe.span);
                }
                Ok(())
            }
            Stmt::If(branches) => self.inner(branches.span, |finder| finder.branches(dot, branches, false)),
            Stmt::With(branches) => self.inner(branches.span, |finder| finder.branches(dot, branches, true)),
            Stmt::Range(range) => self.inner(range.span, |finder| finder.range(dot, range)),
            Stmt::Template {
                span, name, argument, ..
            } => self.inner(*span, |finder| {
                finder.template(dot, *span, name, argument.as_ref())
            }),
        }
    }

    fn template(&mut self, dot: &Shape, span: Span, name: &str, argument: Option<&'p Pipe>) -> Found<()> {
        self.visit(span)?;
        let argument = match argument {
            Some(pipe) => self.pipe(dot, pipe, Need::May)?,
            None => Shape::unknown(),
        };
        let program = self.program;
        let (name, body) = match program.defines.get_key_value(name) {
            Some((name, define)) => (&**name, &define.body),
            None if name == self.own_name => (self.own_name, &program.main),
            None => return Ok(()),
        };
        self.entered.insert(name);
        // A template that calls itself is looked at once more, with what it hands on, and not for ever.
        if self.running.iter().filter(|running| **running == name).count() > 1 {
            return Ok(());
        }
        self.running.push(name);
        let frame = std::mem::replace(&mut self.frame, vec![argument.clone()]);
        let result = self.list(&argument, body);
        self.frame = frame;
        self.running.pop();
        result
    }

    fn branches(&mut self, dot: &Shape, branches: &'p Branches, with: bool) -> Found<()> {
        let outer = self.frame.len();
        let guards = self.guards.len();
        let mut ends: Vec<Vec<Shape>> = Vec::new();
        for arm in &branches.arms {
            let value = self.pipe(dot, &arm.pipe, Need::May)?;
            let truths = self.truths(dot, &arm.pipe)?;
            let (frame, outside) = (self.copy_of_frame(arm.pipe.span)?, self.guards.len());
            self.guards.extend(truths.if_true);
            self.list(if with { &value } else { dot }, &arm.body)?;
            self.guards.truncate(outside);
            ends.push(std::mem::replace(&mut self.frame, frame));
            // What follows runs only where this was false.
            self.guards.extend(truths.if_false);
        }
        self.list(dot, &branches.otherwise)?;
        for end in ends {
            self.join(&end);
        }
        self.frame.truncate(outer);
        self.guards.truncate(guards);
        Ok(())
    }

    /// Each variable may be what it is on either way.
    fn join(&mut self, other: &[Shape]) {
        for (own, other) in self.frame.iter_mut().zip(other) {
            if own != other {
                *own = own.or(other);
            }
        }
    }

    fn range(&mut self, dot: &Shape, range: &'p Range) -> Found<()> {
        let outer = self.frame.len();
        let value = self.pipe(dot, &range.pipe, Need::May)?;
        let span = range
            .pipe
            .commands
            .last()
            .map_or(range.span, |last| match last.head.kind {
                ExprKind::Function(_) => last.span,
                _ => last.head.span,
            });
        self.read_for(&value, span, Need::May, Use::Range);
        let guards = self.guards.len();
        self.guards.extend(value.only().cloned());
        let item = value.step(&Segment::Element);
        let inner = self.frame.len();
        // The second round sees what the first one left in the variables.
        for _ in 0..2 {
            let before = self.copy_of_frame(range.pipe.span)?;
            match range.pipe.variables.as_slice() {
                [one] => self.set(one.slot, item.clone()),
                [key, one] => {
                    self.set(key.slot, Shape::unknown());
                    self.set(one.slot, item.clone());
                }
                _ => {}
            }
            self.list(&item, &range.body)?;
            self.frame.truncate(inner);
            self.join(&before);
            if self.frame == before {
                break;
            }
        }
        self.guards.truncate(guards);
        self.list(dot, &range.otherwise)?;
        self.frame.truncate(outer);
        Ok(())
    }

    fn set(&mut self, slot: usize, value: Shape) {
        if let Some(variable) = self.frame.get_mut(slot) {
            *variable = value;
        }
    }

    pub(super) fn pipe(&mut self, dot: &Shape, pipe: &'p Pipe, need: Need) -> Found<Shape> {
        let mut piped: Option<Shape> = None;
        for (index, command) in pipe.commands.iter().enumerate() {
            // A value in front of a function is needed as the function needs it.
            let next = pipe.commands.get(index + 1);
            let need = match next.map(|next| (&next.head.kind, next.arguments.len())) {
                Some((ExprKind::Function(function), count)) => argument_need(function, count, need),
                _ => need,
            };
            piped = Some(match command.head.kind {
                ExprKind::Function(_) => self.call(dot, command, piped, need)?,
                _ => {
                    let value = self.expr(dot, &command.head, need)?;
                    if !command.arguments.is_empty() || piped.is_some() {
                        self.read_for(&value, command.head.span, Need::May, Use::Call);
                    }
                    value
                }
            });
        }
        let value = piped.unwrap_or_default();
        for variable in &pipe.variables {
            if pipe.assigns {
                self.set(variable.slot, value.clone());
            } else {
                self.frame.push(value.clone());
            }
        }
        Ok(value)
    }

    fn call(&mut self, dot: &Shape, call: &'p Command, piped: Option<Shape>, need: Need) -> Found<Shape> {
        let ExprKind::Function(function) = call.head.kind else {
            return Ok(Shape::unknown());
        };
        self.visit(call.span)?;
        self.calls.insert(FunctionUse {
            span: call.span,
            name: function.name,
        });
        let guards = self.guards.len();
        let mut arguments = Vec::new();
        for (index, argument) in call.arguments.iter().enumerate() {
            let need = argument_need(function, index, need);
            arguments.push(self.expr(dot, argument, need)?);
            // Later arguments of `and` and `or` are read only where the earlier ones let them.
            if is_and(function) {
                let truths = self.truths_of(dot, argument)?;
                self.guards.extend(truths.if_true);
            } else if is_or(function) {
                let truths = self.truths_of(dot, argument)?;
                self.guards.extend(truths.if_false);
            }
        }
        self.guards.truncate(guards);
        if matches!(function.name, "eq" | "ne") {
            self.note_comparison(call, &arguments, piped.as_ref());
        }
        arguments.extend(piped);
        let passed = self.result(function, call, &arguments, need);
        if changes(function) {
            self.note_change(function.name, call, &arguments, &passed);
        }
        Ok(passed)
    }

    /// `eq .name "branch"`, in either order.
    fn note_comparison(&mut self, call: &'p Command, arguments: &[Shape], piped: Option<&Shape>) {
        let paths = arguments.iter().chain(piped).filter_map(Shape::only);
        let Some(path) = paths.into_iter().next() else {
            return;
        };
        for argument in &call.arguments {
            if let Some(text) = super::functions::text(argument) {
                self.comparisons.insert(Comparison {
                    span: argument.span,
                    path: path.clone(),
                    text,
                });
            }
        }
    }

    /// `set` and its like change the map that they are given, for all who hold it.
    fn note_change(&mut self, name: &str, call: &Command, arguments: &[Shape], changed: &Shape) {
        if let Some(ExprKind::Variable(variable, fields)) = call.arguments.first().map(|first| &first.kind)
            && fields.is_empty()
            && variable.slot > 0
        {
            self.set(variable.slot, changed.clone());
        }
        let Some(map) = arguments.first() else { return };
        let key = match (name, call.arguments.get(1)) {
            ("set", Some(key)) => super::functions::segment(key),
            // What a merge brings nobody knows.
            _ => Segment::Dynamic,
        };
        for place in &map.paths {
            let mut place = place.clone();
            if key.key().is_some() {
                place.push(key.clone());
            }
            // Whoever merges into the root may read anything of it: that is told as before.
            if !place.is_empty() && name != "unset" {
                self.writes.insert(place);
            }
        }
    }

    fn expr(&mut self, dot: &Shape, expr: &'p Expr, need: Need) -> Found<Shape> {
        self.visit(expr.span)?;
        let none: &[Ident] = &[];
        let (start, fields) = match &expr.kind {
            ExprKind::Nil | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) => {
                return Ok(Shape::unknown());
            }
            ExprKind::Function(function) => {
                self.calls.insert(FunctionUse {
                    span: expr.span,
                    name: function.name,
                });
                return Ok(Shape::unknown());
            }
            ExprKind::Dot => (dot.clone(), none),
            ExprKind::Field(fields) => (dot.clone(), fields.as_slice()),
            ExprKind::Variable(variable, fields) => (
                self.frame.get(variable.slot).cloned().unwrap_or_default(),
                fields.as_slice(),
            ),
            ExprKind::Paren(pipe) => return self.inner(expr.span, |finder| finder.pipe(dot, pipe, need)),
            ExprKind::Chain(inner, fields) => (self.expr(dot, inner, Need::May)?, fields.as_slice()),
        };
        let value = fields.iter().fold(start, |value, field| value.field(&field.name));
        self.read(&value, expr.span, need);
        Ok(value)
    }

    /// Tells a reading, unless it is that of the whole root, which may only be passed on.
    pub(super) fn read(&mut self, value: &Shape, span: Span, need: Need) {
        self.read_for(value, span, need, Use::Value);
    }

    fn read_for(&mut self, value: &Shape, span: Span, need: Need, used_as: Use) {
        for path in &value.paths {
            if !path.is_empty() {
                let proven = need == Need::May || self.guards.iter().any(|guard| is_below(guard, path));
                let guarded = proven || self.is_guarded(path);
                self.reads.insert(Reference {
                    span,
                    path: path.clone(),
                    guarded,
                    proven,
                    used_as,
                });
            }
        }
    }

    /// The whole root is printed, or goes into a function that may look at all of it.
    pub(super) fn read_whole(&mut self, value: &Shape, span: Span) {
        if value.paths.contains(&Vec::new()) {
            self.reads.insert(Reference {
                span,
                path: Vec::new(),
                guarded: false,
                proven: false,
                used_as: Use::Value,
            });
        }
    }

    /// A test of a place proves it, and what it is part of.
    fn is_guarded(&self, path: &Path) -> bool {
        self.guards.iter().any(|guard| {
            let parent = guard.split_last().map(|(_, parent)| parent).unwrap_or_default();
            is_below(path, guard) || (!parent.is_empty() && is_below(path, parent))
        })
    }

    pub(super) fn look(&mut self, dot: &Shape, expr: &'p Expr) -> Found<Shape> {
        self.expr(dot, expr, Need::May)
    }

    pub(super) fn truths(&mut self, dot: &Shape, pipe: &'p Pipe) -> Found<Truths> {
        super::condition::of_pipe(self, dot, pipe)
    }

    fn truths_of(&mut self, dot: &Shape, expr: &'p Expr) -> Found<Truths> {
        super::condition::of_expr(self, dot, expr)
    }
}

/// `.a` and `index . "a"` are the same place.
fn is_below(path: &[Segment], place: &[Segment]) -> bool {
    path.len() >= place.len()
        && path
            .iter()
            .zip(place)
            .all(|(own, other)| own.key() == other.key())
}
