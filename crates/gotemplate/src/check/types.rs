//! What is known of the type of an expression, whatever the data.

use crate::Type;
use crate::ast::{Command, Expr, ExprKind, Number, Pipe};

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Known {
    /// Its type.
    Of(Type),
    /// A constant that is a number.
    Number(Number),
    /// Another constant.
    Constant(Type),
    /// `nil`.
    Nil,
    /// Nothing.
    Unknown,
}

impl Known {
    /// What a function gives. `interface {}` may hold anything.
    fn result(type_: Type) -> Self {
        match type_ {
            Type::Any | Type::Reflect => Self::Unknown,
            known => Self::Of(known),
        }
    }

    /// The type where it is certain that the value is a scalar, in words.
    pub(super) fn scalar(self) -> Option<&'static str> {
        match self {
            Self::Of(type_) | Self::Constant(type_) => match type_ {
                Type::String => Some("a string"),
                Type::Bool => Some("a bool"),
                Type::Int | Type::Int64 | Type::Uint64 => Some("a whole number"),
                Type::Float => Some("a float64"),
                _ => None,
            },
            Self::Number(_) => Some("a number"),
            Self::Nil | Self::Unknown => None,
        }
    }

    /// Whether `range` refuses it.
    pub(super) fn cannot_be_ranged(self) -> bool {
        match self {
            Self::Of(type_) | Self::Constant(type_) => {
                matches!(type_, Type::String | Type::Bool | Type::Float)
            }
            Self::Number(number) => number.int.is_none(),
            Self::Nil | Self::Unknown => false,
        }
    }

    /// Whether a parameter may take it, as Go decides it when the template runs.
    pub(super) fn fits(self, param: Type) -> bool {
        if matches!(param, Type::Any | Type::Reflect) {
            return true;
        }
        match self {
            Self::Unknown => true,
            Self::Of(type_) | Self::Constant(type_) => type_ == param,
            Self::Number(number) => match param {
                Type::Int | Type::Int64 => number.int.is_some(),
                Type::Uint64 => number.uint.is_some(),
                Type::Float => number.float.is_some(),
                _ => false,
            },
            Self::Nil => matches!(
                param,
                Type::Anys | Type::Strings | Type::Ints | Type::Map | Type::StringMap | Type::Version
            ),
        }
    }

    /// In words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Of(type_) | Self::Constant(type_) => words(type_),
            Self::Number(_) => "a number",
            Self::Nil => "nil",
            Self::Unknown => "a value",
        }
    }
}

/// A type in words.
pub(super) fn words(type_: Type) -> &'static str {
    match type_ {
        Type::Any | Type::Reflect => "a value",
        Type::Bool => "a bool",
        Type::String => "a string",
        Type::Int => "an int",
        Type::Int64 => "an int64",
        Type::Uint64 => "a uint64",
        Type::Float => "a float64",
        Type::Anys => "a list",
        Type::Strings => "a list of strings",
        Type::Ints => "a list of ints",
        Type::Map => "a map",
        Type::StringMap => "a map of strings",
        Type::Time => "a time",
        Type::Version => "a version",
        _ => "a value of another kind",
    }
}

/// What is known of an expression.
pub(super) fn of_expr(expr: &Expr) -> Known {
    match &expr.kind {
        ExprKind::Nil => Known::Nil,
        ExprKind::Bool(_) => Known::Constant(Type::Bool),
        ExprKind::Number(number) => Known::Number(**number),
        ExprKind::Text(_) => Known::Constant(Type::String),
        ExprKind::Function(function) => Known::result(function.result),
        ExprKind::Paren(pipe) => of_pipe(pipe),
        ExprKind::Dot | ExprKind::Field(_) | ExprKind::Variable(..) | ExprKind::Chain(..) => Known::Unknown,
    }
}

/// What is known of the value of a pipe. A constant in parentheses is a value of its type, and no constant any more.
pub(super) fn of_pipe(pipe: &Pipe) -> Known {
    match pipe.commands.last().map_or(Known::Unknown, of_command) {
        Known::Number(number) => match number.ideal {
            crate::ast::Ideal::Int => Known::Of(Type::Int),
            crate::ast::Ideal::Float => Known::Of(Type::Float),
            crate::ast::Ideal::Complex | crate::ast::Ideal::Overflow => Known::Unknown,
        },
        Known::Constant(type_) => Known::Of(type_),
        known => known,
    }
}

/// What is known of what a command hands on.
pub(super) fn of_command(command: &Command) -> Known {
    of_expr(&command.head)
}
