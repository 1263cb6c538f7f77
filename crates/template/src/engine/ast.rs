//! The tree of a parsed template. Every place knows its offset in the source.

use std::collections::BTreeMap;

use crate::funcs::Function;

/// A whole template with the templates that it defines.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) main: Vec<Stmt>,
    pub(crate) defines: BTreeMap<String, Vec<Stmt>>,
}

/// One piece of a template.
#[derive(Debug)]
pub(crate) enum Stmt {
    Text {
        at: usize,
        text: String,
    },
    /// Prints its value, unless it declares or assigns.
    Action(Pipe),
    If(Branches),
    With(Branches),
    Range(Range),
    Template {
        at: usize,
        name: String,
        argument: Option<Pipe>,
    },
    Break,
    Continue,
}

/// `if … else if … else`, as a list: a chain of any length does not nest.
#[derive(Debug)]
pub(crate) struct Branches {
    pub(crate) arms: Vec<(Pipe, Vec<Stmt>)>,
    pub(crate) otherwise: Vec<Stmt>,
}

/// `range`. The variables of the pipe are the key and the element, or the element.
#[derive(Debug)]
pub(crate) struct Range {
    pub(crate) pipe: Pipe,
    pub(crate) body: Vec<Stmt>,
    pub(crate) otherwise: Vec<Stmt>,
}

/// Commands, each of which hands its value to the next.
#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) at: usize,
    pub(crate) end: usize,
    /// Slots of the variables that are set.
    pub(crate) sets: Vec<usize>,
    /// The variables are new.
    pub(crate) declares: bool,
    pub(crate) commands: Vec<Command>,
}

/// A function with its arguments, or one value.
#[derive(Debug)]
pub(crate) enum Command {
    Value(Expr),
    Call(Call),
}

/// A call. The value of the pipe comes after the written arguments.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) at: usize,
    pub(crate) end: usize,
    pub(crate) function: &'static Function,
    pub(crate) arguments: Vec<Expr>,
}

/// A value with its place.
#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) at: usize,
    pub(crate) end: usize,
    pub(crate) kind: ExprKind,
}

/// What a value is made of.
#[derive(Debug)]
pub(crate) enum ExprKind {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Vec<u8>),
    /// `.` and `.a.b`.
    Dot(Vec<String>),
    /// `$x.a.b`, with the slot of the variable; slot 0 is `$`.
    Variable(usize, Vec<String>),
    /// A function without arguments in the place of an argument.
    Call(&'static Function),
    /// `(…).a.b`.
    Paren(Box<Pipe>, Vec<String>),
}
