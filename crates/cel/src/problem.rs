//! What is wrong with a source.

use std::fmt;

use crate::place::{Span, line_and_column};

/// Something that is wrong with a source, found before it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it begins, in bytes.
    pub offset: usize,
    /// How long the part is that it is about, in bytes; at least 1.
    pub length: usize,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong, for a person.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(source: &str, span: Span, message: impl Into<String>) -> Self {
        let offset = (span.start as usize).min(source.len());
        let (line, column) = line_and_column(source, offset);
        Self {
            offset,
            length: (span.end.saturating_sub(span.start) as usize).max(1),
            line,
            column,
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    /// `1:5: message`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for Problem {}
