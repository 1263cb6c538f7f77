//! The tree of a parsed template. Every node knows its place in the source.
//!
//! The tree is read-only for those outside: it is made by [`crate::Template::parse`] and walked by static checkers.

use std::collections::BTreeMap;

use crate::{Function, Span};

/// A template with the templates that it defines.
#[derive(Debug)]
pub struct Program {
    /// The statements outside of `define`.
    pub main: Vec<Stmt>,
    /// What `define` and `block` define, by name.
    pub defines: BTreeMap<Box<str>, Define>,
}

/// One `define` or `block`.
#[derive(Debug)]
pub struct Define {
    /// The whole action `{{ define "name" }}`.
    pub span: Span,
    /// Its statements.
    pub body: Vec<Stmt>,
}

/// One piece of a template.
#[derive(Debug)]
pub enum Stmt {
    /// Text outside of actions, after trimming: a stretch of the source.
    Text(Span),
    /// `{{ pipe }}`: prints its value, unless it declares or assigns.
    Action(Pipe),
    /// `if … else if … else … end`.
    If(Branches),
    /// `with … else with … else … end`.
    With(Branches),
    /// `range … else … end`.
    Range(Range),
    /// `template "name" pipe`, and what `block` leaves in its place.
    Template {
        /// The whole action.
        span: Span,
        /// The name, and its place.
        name: Box<str>,
        /// The place of the name.
        name_span: Span,
        /// What becomes the dot. Nothing: the dot is nil.
        argument: Option<Pipe>,
    },
    /// `break`.
    Break(Span),
    /// `continue`.
    Continue(Span),
}

/// `if` with its `else if`s, or `with` with its `else with`s, as a list: a chain of any length does not nest. Each arm
/// is tried in turn; the variables of earlier pipes are seen by later arms.
#[derive(Debug)]
pub struct Branches {
    /// The action of the first `if` or `with`.
    pub span: Span,
    /// Conditions and what they guard. At least one.
    pub arms: Vec<Arm>,
    /// After the last `else`.
    pub otherwise: Vec<Stmt>,
}

/// A condition with what it guards.
#[derive(Debug)]
pub struct Arm {
    /// The condition.
    pub pipe: Pipe,
    /// What runs where it is true. In a `with` the dot is the value of the pipe.
    pub body: Vec<Stmt>,
}

/// `range`. The variables of the pipe are the key and the element, or the element.
#[derive(Debug)]
pub struct Range {
    /// The action.
    pub span: Span,
    /// What is gone through.
    pub pipe: Pipe,
    /// For each element.
    pub body: Vec<Stmt>,
    /// Where there is no element.
    pub otherwise: Vec<Stmt>,
}

/// Commands, each of which hands its value to the next as the last argument.
#[derive(Debug)]
pub struct Pipe {
    /// All of it.
    pub span: Span,
    /// The variables that are declared or set.
    pub variables: Vec<Variable>,
    /// They are set (`=`) and not declared (`:=`).
    pub assigns: bool,
    /// At least one.
    pub commands: Vec<Command>,
}

/// A variable.
#[derive(Debug)]
pub struct Variable {
    /// With its `$`.
    pub name: Box<str>,
    /// Where it is written.
    pub span: Span,
    /// The number of its name: equal names have equal numbers. That of `$` is 0.
    pub number: u32,
    /// Its place on the stack of the template that it belongs to; `$` is in slot 0. [`Variable::NOWHERE`] for one that
    /// is not declared there: Go's parser lets it through where an earlier branch declares it, and it fails when it
    /// runs. What is declared in parentheses that `and` and `or` may skip makes the slots behind it uncertain; Go
    /// looks variables up by name.
    pub slot: usize,
}

impl Variable {
    /// The slot of what is not declared.
    pub const NOWHERE: usize = usize::MAX;
}

/// A value, or a function, method or field with its arguments.
#[derive(Debug)]
pub struct Command {
    /// All of it.
    pub span: Span,
    /// What is called, or the value.
    pub head: Expr,
    /// What is written behind it. Only functions and methods take any.
    pub arguments: Vec<Expr>,
}

/// A value with its place.
#[derive(Debug)]
pub struct Expr {
    /// All of it.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// What a value is made of.
#[derive(Debug)]
pub enum ExprKind {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    /// `true`, `false`
    Bool(bool),
    /// A number or a character.
    Number(Box<Number>),
    /// A string, quoted or raw, as it reads.
    Text(Box<[u8]>),
    /// `.a.b`
    Field(Vec<Ident>),
    /// `$x.a.b`
    Variable(Variable, Vec<Ident>),
    /// A function.
    Function(&'static Function),
    /// `(…)`
    Paren(Box<Pipe>),
    /// `(…).a.b`, and the like behind anything else.
    Chain(Box<Expr>, Vec<Ident>),
}

/// The name of a field, key or method.
#[derive(Debug)]
pub struct Ident {
    /// Without its dot.
    pub name: Box<str>,
    /// With its dot.
    pub span: Span,
}

/// A constant, as each kind of number that it fits exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// As an `int`.
    pub int: Option<i64>,
    /// As a `uint`.
    pub uint: Option<u64>,
    /// As a `float64`.
    pub float: Option<f64>,
    /// As a `complex128`.
    pub complex: Option<(f64, f64)>,
    /// What it is where any kind will do.
    pub ideal: Ideal,
}

/// The kind of a constant where any kind will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ideal {
    /// `12`, `'a'`
    Int,
    /// `1.5`, `1e3`
    Float,
    /// `1i`
    Complex,
    /// A whole number that no `int` holds: Go refuses it when it runs.
    Overflow,
}
