//! Why a run fails.

use std::fmt;

use crate::place::{Span, line_and_column};

/// What went wrong, without its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Steps,
    Bytes,
    NoSuchKey,
    NoOverload,
    DivisionByZero,
    Overflow,
    /// What is out of range.
    Range(&'static str),
    /// What cannot be read as something else.
    Conversion(&'static str),
    /// Why a pattern is none.
    Regex(&'static str),
}

/// Why a run failed. It holds nothing of the data: names in it are those that the expression itself has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvalError {
    /// What went wrong.
    pub kind: EvalErrorKind,
    /// Where in the source, in bytes.
    pub offset: usize,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    message: String,
}

/// The kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EvalErrorKind {
    /// A map does not have a key.
    NoSuchKey,
    /// An object does not have a field that it is declared with.
    NoSuchField,
    /// A function or operator does not take values of these types.
    NoOverload,
    /// A whole number was divided by zero.
    DivisionByZero,
    /// A number or time became too large or too small.
    Overflow,
    /// An index is outside of its list or text.
    Range,
    /// A text is not what it should be read as.
    Conversion,
    /// A pattern is no regular expression, or too large.
    BadRegex,
    /// The run needs more steps or bytes than its [`Limits`](crate::Limits).
    Limit,
    /// The result is of another type than was asked for.
    WrongResult,
    /// A variable was not given.
    NoSuchVariable,
}

impl EvalErrorKind {
    /// One word for it.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoSuchKey => "NoSuchKey",
            Self::NoSuchField => "NoSuchField",
            Self::NoOverload => "NoOverload",
            Self::DivisionByZero => "DivisionByZero",
            Self::Overflow => "Overflow",
            Self::Range => "OutOfRange",
            Self::Conversion => "BadConversion",
            Self::BadRegex => "BadPattern",
            Self::Limit => "LimitExceeded",
            Self::WrongResult => "WrongResult",
            Self::NoSuchVariable => "NoSuchVariable",
        }
    }
}

impl EvalError {
    pub(crate) fn new(source: &str, at: Span, kind: EvalErrorKind, message: impl Into<String>) -> Self {
        let offset = at.start as usize;
        let (line, column) = line_and_column(source, offset);
        Self {
            kind,
            offset,
            line,
            column,
            message: message.into(),
        }
    }

    pub(crate) fn of(source: &str, at: Span, failure: Failure) -> Self {
        let (kind, message) = match failure {
            Failure::Steps => (
                EvalErrorKind::Limit,
                "the expression needs too many steps over this data",
            ),
            Failure::Bytes => (
                EvalErrorKind::Limit,
                "the expression makes too much data on the way",
            ),
            Failure::NoSuchKey => (EvalErrorKind::NoSuchKey, "there is no such key"),
            Failure::NoOverload => (
                EvalErrorKind::NoOverload,
                "the values do not have the right types",
            ),
            Failure::DivisionByZero => (EvalErrorKind::DivisionByZero, "division by zero"),
            Failure::Overflow => (EvalErrorKind::Overflow, "the result is too large or too small"),
            Failure::Range(what) => (EvalErrorKind::Range, what),
            Failure::Conversion(what) => (EvalErrorKind::Conversion, what),
            Failure::Regex(what) => (EvalErrorKind::BadRegex, what),
        };
        Self::new(source, at, kind, message)
    }

    /// What went wrong, for everybody to read.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for EvalError {
    /// `1:5: message`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for EvalError {}
