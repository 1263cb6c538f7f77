//! Walks the tree and tells every reading of the data.

use std::collections::BTreeSet;

use super::condition::Truths;
use super::functions::argument_need;
use super::shape::{Path, Shape};
use super::{FunctionUse, Reference, References, Segment};
use crate::CompileErrorKind;
use crate::engine::ast::{Branches, Call, Command, Expr, ExprKind, Pipe, Program, Range, Stmt};
use crate::engine::{Problem, line_and_column};
use crate::funcs::Special;

/// Nodes to visit. Named templates are visited at each of their calls, so their number can grow fast.
const MAX_VISITS: usize = 200_000;

/// Blocks and calls of templates inside one another, as deep as rendering allows.
const MAX_DEPTH: usize = 100;

/// Finds what a program reads and calls.
///
/// *Errors*: templates that call so many others that nobody can tell.
pub(crate) fn find(program: &Program, source: &str) -> Result<References, Problem> {
    let mut finder = Finder {
        program,
        visits: MAX_VISITS,
        depth: 0,
        frame: vec![Shape::root()],
        guards: Vec::new(),
        reads: BTreeSet::new(),
        calls: BTreeSet::new(),
        entered: BTreeSet::new(),
    };
    finder.list(&Shape::root(), &program.main)?;
    for (name, body) in &program.defines {
        // What is never called can only be looked at without its data.
        if !finder.entered.contains(name.as_str()) {
            finder.frame = vec![Shape::unknown()];
            finder.list(&Shape::unknown(), body)?;
        }
    }
    let place = |at: usize| line_and_column(source, at);
    let functions = finder.calls.iter().map(|(at, name)| {
        let (line, column) = place(*at);
        FunctionUse {
            name: (*name).to_owned(),
            line,
            column,
        }
    });
    let functions = functions.collect();
    Ok(References {
        reads: merged(finder.reads, place),
        functions,
        engine: crate::Engine::Go,
    })
}

/// One reference per place and path: guarded only where it is so each time.
fn merged(reads: BTreeSet<Read>, place: impl Fn(usize) -> (usize, usize)) -> Vec<Reference> {
    let mut out: Vec<Reference> = Vec::new();
    let mut last: Option<(usize, Path)> = None;
    for read in reads {
        let key = (read.at, read.path.clone());
        // `guarded: false` sorts first.
        if last.as_ref() == Some(&key) {
            continue;
        }
        let (line, column) = place(read.at);
        out.push(Reference {
            path: read.path,
            line,
            column,
            guarded: read.guarded,
            proven: read.proven,
        });
        last = Some(key);
    }
    out
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Read {
    at: usize,
    path: Path,
    guarded: bool,
    proven: bool,
}

pub(super) struct Finder<'p> {
    program: &'p Program,
    visits: usize,
    depth: usize,
    /// The variables of the template that is looked at.
    frame: Vec<Shape>,
    /// Places that are known to hold something here.
    pub(super) guards: Vec<Path>,
    reads: BTreeSet<Read>,
    calls: BTreeSet<(usize, &'static str)>,
    entered: BTreeSet<&'p str>,
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
    fn visit(&mut self, at: usize) -> Result<(), Problem> {
        self.visits_of(at, 1)
    }

    /// Pays for a copy of the variables.
    fn copy_of_frame(&mut self, at: usize) -> Result<Vec<Shape>, Problem> {
        self.visits_of(at, self.frame.len() / 4)?;
        Ok(self.frame.clone())
    }

    fn visits_of(&mut self, at: usize, count: usize) -> Result<(), Problem> {
        self.visits = self.visits.checked_sub(count).ok_or_else(|| {
            let message = "the blocks and templates are so many that they cannot be checked";
            Problem {
                at,
                kind: CompileErrorKind::TooLarge(message.into()),
            }
        })?;
        Ok(())
    }

    fn list(&mut self, dot: &Shape, list: &'p [Stmt]) -> Result<(), Problem> {
        self.depth += 1;
        let result = list.iter().try_for_each(|stmt| self.statement(dot, stmt));
        self.depth -= 1;
        result
    }

    fn statement(&mut self, dot: &Shape, stmt: &'p Stmt) -> Result<(), Problem> {
        match stmt {
            Stmt::Text { .. } | Stmt::Break | Stmt::Continue => Ok(()),
            Stmt::Action(pipe) => {
                let need = if pipe.sets.is_empty() {
                    Need::Must
                } else {
                    Need::May
                };
                let value = self.pipe(dot, pipe, need)?;
                if need == Need::Must {
                    self.read_whole(&value, pipe.at);
                }
                Ok(())
            }
            Stmt::If(branches) => self.branches(dot, branches, false),
            Stmt::With(branches) => self.branches(dot, branches, true),
            Stmt::Range(range) => self.range(dot, range),
            Stmt::Template { at, name, argument } => {
                self.visit(*at)?;
                if self.depth > MAX_DEPTH {
                    let message = "templates call one another too deeply";
                    return Err(Problem {
                        at: *at,
                        kind: CompileErrorKind::TooLarge(message.into()),
                    });
                }
                let argument = match argument {
                    Some(pipe) => self.pipe(dot, pipe, Need::May)?,
                    None => Shape::unknown(),
                };
                let program = self.program;
                let Some((name, body)) = program.defines.get_key_value(name) else {
                    return Ok(());
                };
                self.entered.insert(name);
                let frame = std::mem::replace(&mut self.frame, vec![argument.clone()]);
                let result = self.list(&argument, body);
                self.frame = frame;
                result
            }
        }
    }

    fn branches(&mut self, dot: &Shape, branches: &'p Branches, with: bool) -> Result<(), Problem> {
        let outer = self.frame.len();
        let guards = self.guards.len();
        let mut ends: Vec<Vec<Shape>> = Vec::new();
        for (pipe, body) in &branches.arms {
            let value = self.pipe(dot, pipe, Need::May)?;
            let truths = self.truths(dot, pipe)?;
            let (frame, outside) = (self.copy_of_frame(pipe.at)?, self.guards.len());
            self.guards.extend(truths.if_true);
            self.list(if with { &value } else { dot }, body)?;
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

    fn range(&mut self, dot: &Shape, range: &'p Range) -> Result<(), Problem> {
        let outer = self.frame.len();
        let value = self.pipe(dot, &range.pipe, Need::May)?;
        let guards = self.guards.len();
        self.guards.extend(value.only().cloned());
        let item = value.step(&Segment::Element);
        let inner = self.frame.len();
        // The second round sees what the first one left in the variables.
        for _ in 0..2 {
            let before = self.copy_of_frame(range.pipe.at)?;
            match *range.pipe.sets.as_slice() {
                [one] => self.set(one, item.clone()),
                [key, one] => {
                    self.set(key, Shape::unknown());
                    self.set(one, item.clone());
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

    pub(super) fn pipe(&mut self, dot: &Shape, pipe: &'p Pipe, need: Need) -> Result<Shape, Problem> {
        let mut piped: Option<Shape> = None;
        for (index, command) in pipe.commands.iter().enumerate() {
            // A value in front of a function is needed as the function needs it.
            let need = match pipe.commands.get(index + 1) {
                Some(Command::Call(next)) => argument_need(next.function, next.arguments.len(), need),
                _ => need,
            };
            piped = Some(match command {
                Command::Value(expr) => self.expr(dot, expr, need)?,
                Command::Call(call) => self.call(dot, call, piped, need)?,
            });
        }
        let value = piped.unwrap_or_default();
        for slot in &pipe.sets {
            if pipe.declares {
                self.frame.push(value.clone());
            } else {
                self.set(*slot, value.clone());
            }
        }
        Ok(value)
    }

    fn call(
        &mut self,
        dot: &Shape,
        call: &'p Call,
        piped: Option<Shape>,
        need: Need,
    ) -> Result<Shape, Problem> {
        self.visit(call.at)?;
        self.calls.insert((call.at, call.function.name));
        let guards = self.guards.len();
        let mut arguments = Vec::new();
        for (index, argument) in call.arguments.iter().enumerate() {
            let need = argument_need(call.function, index, need);
            arguments.push(self.expr(dot, argument, need)?);
            // Later arguments of `and` and `or` are read only where the earlier ones let them.
            match call.function.special {
                Special::And => {
                    let truths = self.truths_of(dot, argument)?;
                    self.guards.extend(truths.if_true);
                }
                Special::Or => {
                    let truths = self.truths_of(dot, argument)?;
                    self.guards.extend(truths.if_false);
                }
                Special::None | Special::Changes | Special::Forgives => {}
            }
        }
        self.guards.truncate(guards);
        arguments.extend(piped);
        let passed = self.result(call, &arguments, need);
        if let (
            Special::Changes,
            Some(Expr {
                kind: ExprKind::Variable(slot, fields),
                ..
            }),
        ) = (call.function.special, call.arguments.first())
            && fields.is_empty()
            && *slot > 0
        {
            self.set(*slot, passed.clone());
        }
        Ok(passed)
    }

    fn expr(&mut self, dot: &Shape, expr: &'p Expr, need: Need) -> Result<Shape, Problem> {
        self.visit(expr.at)?;
        let (start, fields) = match &expr.kind {
            ExprKind::Nil | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Text(_) => {
                return Ok(Shape::unknown());
            }
            ExprKind::Call(function) => {
                self.calls.insert((expr.at, function.name));
                return Ok(Shape::unknown());
            }
            ExprKind::Dot(fields) => (dot.clone(), fields),
            ExprKind::Variable(slot, fields) => (self.frame.get(*slot).cloned().unwrap_or_default(), fields),
            ExprKind::Paren(pipe, fields) => {
                let need = if fields.is_empty() { need } else { Need::May };
                (self.pipe(dot, pipe, need)?, fields)
            }
        };
        let value = fields.iter().fold(start, |value, field| value.field(field));
        if !fields.is_empty() || matches!(expr.kind, ExprKind::Dot(_) | ExprKind::Variable(..)) {
            self.read(&value, expr.at, need);
        }
        Ok(value)
    }

    /// Tells a reading, unless it is that of the whole root, which may only be passed on.
    pub(super) fn read(&mut self, value: &Shape, at: usize, need: Need) {
        for path in &value.paths {
            if !path.is_empty() {
                let proven = need == Need::May || self.guards.iter().any(|guard| is_below(guard, path));
                let guarded = proven || self.is_guarded(path);
                self.reads.insert(Read {
                    at,
                    path: path.clone(),
                    guarded,
                    proven,
                });
            }
        }
    }

    /// The whole root is printed, or goes into a function that may look at all of it.
    pub(super) fn read_whole(&mut self, value: &Shape, at: usize) {
        if value.paths.contains(&Vec::new()) {
            self.reads.insert(Read {
                at,
                path: Vec::new(),
                guarded: false,
                proven: false,
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

    pub(super) fn look(&mut self, dot: &Shape, expr: &'p Expr) -> Result<Shape, Problem> {
        self.expr(dot, expr, Need::May)
    }

    pub(super) fn truths(&mut self, dot: &Shape, pipe: &'p Pipe) -> Result<Truths, Problem> {
        super::condition::of_pipe(self, dot, pipe)
    }

    fn truths_of(&mut self, dot: &Shape, expr: &'p Expr) -> Result<Truths, Problem> {
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
