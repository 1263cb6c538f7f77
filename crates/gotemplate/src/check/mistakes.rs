//! What fails whenever it runs, whatever the data.

use super::Mistake;
use super::types::{self, Known};
use crate::ast::{Branches, Command, Expr, ExprKind, Ident, Pipe, Program, Range, Stmt};
use crate::{Function, Span};

/// Finds mistakes in the order of the source.
pub(super) fn find(program: &Program, own_name: &str) -> Vec<Mistake> {
    let mut finder = Finder {
        program,
        own_name,
        mistakes: Vec::new(),
    };
    finder.list(&program.main);
    for define in program.defines.values() {
        finder.list(&define.body);
    }
    finder.mistakes.sort_by_key(|mistake| mistake.span);
    finder.mistakes
}

struct Finder<'p> {
    program: &'p Program,
    own_name: &'p str,
    mistakes: Vec<Mistake>,
}

impl Finder<'_> {
    fn note(&mut self, span: Span, message: impl Into<String>) {
        self.mistakes.push(Mistake {
            span,
            message: message.into(),
        });
    }

    /// Nesting is bounded by the parser.
    fn list(&mut self, list: &[Stmt]) {
        for stmt in list {
            match stmt {
                Stmt::Text(_) | Stmt::Break(_) | Stmt::Continue(_) => {}
                Stmt::Action(pipe) => self.pipe(pipe),
                Stmt::If(branches) | Stmt::With(branches) => self.branches(branches),
                Stmt::Range(range) => self.range(range),
                Stmt::Template {
                    name,
                    name_span,
                    argument,
                    ..
                } => {
                    if &**name != self.own_name && !self.program.defines.contains_key(name) {
                        let known: Vec<String> = self
                            .program
                            .defines
                            .keys()
                            .map(|name| format!("{name:?}"))
                            .collect();
                        let help = if known.is_empty() {
                            "none is".to_owned()
                        } else {
                            format!("there are {}", known.join(", "))
                        };
                        self.note(
                            *name_span,
                            format!("no template {name:?} is defined here; {help}"),
                        );
                    }
                    if let Some(pipe) = argument {
                        self.pipe(pipe);
                    }
                }
            }
        }
    }

    fn branches(&mut self, branches: &Branches) {
        for arm in &branches.arms {
            self.pipe(&arm.pipe);
            self.list(&arm.body);
        }
        self.list(&branches.otherwise);
    }

    fn range(&mut self, range: &Range) {
        self.pipe(&range.pipe);
        let known = types::of_pipe(&range.pipe);
        if known.cannot_be_ranged() {
            let message = format!(
                "range goes through lists, maps and whole numbers, and this is {}",
                known.words()
            );
            self.note(range.pipe.span, message);
        }
        self.list(&range.body);
        self.list(&range.otherwise);
    }

    fn pipe(&mut self, pipe: &Pipe) {
        let mut piped: Option<Known> = None;
        for command in &pipe.commands {
            if !matches!(command.head.kind, ExprKind::Function(_)) {
                self.expr(&command.head);
            }
            for argument in &command.arguments {
                self.expr(argument);
            }
            if let ExprKind::Function(function) = command.head.kind {
                self.call(function, command, piped);
            }
            // The value of a pipe is no constant any more.
            piped = Some(match types::of_command(command) {
                Known::Constant(type_) => Known::Of(type_),
                Known::Number(_) => Known::Unknown,
                known => known,
            });
        }
    }

    fn call(&mut self, function: &Function, command: &Command, piped: Option<Known>) {
        let count = command.arguments.len() + usize::from(piped.is_some());
        if !function.takes(count) {
            self.note(command.span, wrong_count(function, count, piped.is_some()));
            return;
        }
        for (index, argument) in command.arguments.iter().enumerate() {
            self.argument(function, index, types::of_expr(argument), argument.span);
        }
        if let Some(piped) = piped {
            self.argument(function, count - 1, piped, command.span);
        }
    }

    fn argument(&mut self, function: &Function, index: usize, known: Known, span: Span) {
        let Some(param) = function.param(index) else {
            return;
        };
        if !known.fits(param) {
            let message = format!(
                "{} wants {} as argument {}, and this is {}{}",
                function.name,
                types::words(param),
                index + 1,
                known.words(),
                conversion(param),
            );
            self.note(span, message);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Paren(pipe) => self.pipe(pipe),
            ExprKind::Chain(inner, fields) => {
                self.expr(inner);
                self.fields(inner, fields);
            }
            // In the place of an argument, a function is called without any.
            ExprKind::Function(function) if !function.takes(0) => {
                self.note(
                    expr.span,
                    format!(
                        "{}; put it in parentheses with its arguments",
                        wrong_count(function, 0, false)
                    ),
                );
            }
            _ => {}
        }
    }

    fn fields(&mut self, inner: &Expr, fields: &[Ident]) {
        if let (Some(what), Some(field)) = (types::of_expr(inner).scalar(), fields.first()) {
            self.note(field.span, format!("{what} has no field {:?}", &*field.name));
        }
    }
}

fn wrong_count(function: &Function, count: usize, piped: bool) -> String {
    let with_pipe = if piped {
        ", the value of the pipe counted"
    } else {
        ""
    };
    let given = if count == 0 {
        "none is".to_owned()
    } else {
        format!("{count} {}", if count == 1 { "is" } else { "are" })
    };
    format!(
        "{} takes {}, and {given} given{with_pipe}",
        function.name,
        function.wants()
    )
}

/// The function that makes the type, where there is one.
fn conversion(param: crate::Type) -> &'static str {
    match param {
        crate::Type::String => "; toString makes one",
        crate::Type::Int => "; int makes one",
        crate::Type::Int64 => "; int64 makes one",
        crate::Type::Float => "; float64 makes one",
        _ => "",
    }
}
