//! What a condition proves about the data.

use super::TooComplex;
use super::find::Finder;
use super::functions::segment;
use super::shape::{Path, Shape};
use crate::ast::{Command, Expr, ExprKind, Pipe};

/// Places that hold something when a condition is true, or when it is false.
#[derive(Default)]
pub(super) struct Truths {
    pub(super) if_true: Vec<Path>,
    pub(super) if_false: Vec<Path>,
}

impl Truths {
    fn of(shape: &Shape) -> Self {
        // A list has other elements, and an unknown key may be another one.
        let certain = |path: &&Path| !path.is_empty() && path.iter().all(|segment| segment.key().is_some());
        Self {
            if_true: shape.only().filter(certain).cloned().into_iter().collect(),
            ..Self::default()
        }
    }

    fn swapped(self) -> Self {
        Self {
            if_true: self.if_false,
            if_false: self.if_true,
        }
    }
}

pub(super) fn of_pipe<'p>(
    finder: &mut Finder<'p>,
    dot: &Shape,
    pipe: &'p Pipe,
) -> Result<Truths, TooComplex> {
    of_commands(finder, dot, &pipe.commands)
}

fn of_commands<'p>(
    finder: &mut Finder<'p>,
    dot: &Shape,
    commands: &'p [Command],
) -> Result<Truths, TooComplex> {
    match commands.split_last() {
        None => Ok(Truths::default()),
        Some((last, before)) => match last.head.kind {
            ExprKind::Function(function) => of_call(finder, dot, function.name, last, before),
            _ => of_expr(finder, dot, &last.head),
        },
    }
}

pub(super) fn of_expr<'p>(
    finder: &mut Finder<'p>,
    dot: &Shape,
    expr: &'p Expr,
) -> Result<Truths, TooComplex> {
    match &expr.kind {
        ExprKind::Paren(pipe) => of_pipe(finder, dot, pipe),
        ExprKind::Dot | ExprKind::Field(_) | ExprKind::Variable(..) | ExprKind::Chain(..) => {
            Ok(Truths::of(&finder.look(dot, expr)?))
        }
        _ => Ok(Truths::default()),
    }
}

/// `before` are the commands whose value is piped into the call.
fn of_call<'p>(
    finder: &mut Finder<'p>,
    dot: &Shape,
    name: &str,
    call: &'p Command,
    before: &'p [Command],
) -> Result<Truths, TooComplex> {
    let mut parts = Vec::new();
    for argument in &call.arguments {
        parts.push(of_expr(finder, dot, argument)?);
    }
    if !before.is_empty() {
        parts.push(of_commands(finder, dot, before)?);
    }
    let mut truths = Truths::default();
    match name {
        "and" | "all" => truths.if_true = parts.into_iter().flat_map(|part| part.if_true).collect(),
        "or" | "any" => truths.if_false = parts.into_iter().flat_map(|part| part.if_false).collect(),
        "not" | "empty" => {
            let part = parts.into_iter().next().unwrap_or_default();
            // `empty` of a condition is not its opposite in Go's eyes, but it is for what it proves.
            truths = part.swapped();
        }
        // Equal to text that is not empty, or to a number, is not missing.
        "eq" if call.arguments.iter().any(is_something) => {
            truths.if_true = parts.into_iter().flat_map(|part| part.if_true).collect();
        }
        "ne" if call.arguments.iter().any(is_something) => {
            truths.if_false = parts.into_iter().flat_map(|part| part.if_true).collect();
        }
        "hasKey" | "index" | "get" => {
            let mut shape = match call.arguments.first() {
                Some(map) => finder.look(dot, map)?,
                None => Shape::unknown(),
            };
            for key in call.arguments.iter().skip(1) {
                shape = shape.step(&segment(key));
            }
            truths = Truths::of(&shape);
        }
        _ => {}
    }
    Ok(truths)
}

fn is_something(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Text(text) => !text.is_empty(),
        ExprKind::Number(_) | ExprKind::Bool(_) => true,
        _ => false,
    }
}
