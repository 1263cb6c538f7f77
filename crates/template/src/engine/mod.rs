//! Go's `text/template` over plain values: lexer, parser, interpreter.
//!
//! Every step is counted, so that no template can run, grow or nest without end, and every place in the tree knows
//! its offset in the source. What differs from Go, on purpose, because the output is a configuration file:
//!
//! - A value that is missing is false in conditions, and an error where it is printed or used; Go writes `<no value>`.
//! - `printf` with a verb that does not fit is an error; Go writes `%!d(string=…)`.
//! - `set`, `unset` and `merge` change the variable that they are given, and no other alias of it.
//! - Templates do not call themselves.

pub(crate) mod ast;
pub(crate) mod exec;
pub(crate) mod lex;
pub(crate) mod meter;
pub(crate) mod number;
pub(crate) mod parse;
pub(crate) mod print;
pub(crate) mod printf;
pub(crate) mod value;

/// Something wrong at an offset of the source.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) at: usize,
    pub(crate) kind: crate::CompileErrorKind,
}

impl Problem {
    pub(crate) fn syntax(at: usize, message: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self {
            at,
            kind: crate::CompileErrorKind::Syntax(message.into()),
        }
    }
}

/// Line and column, from 1, of an offset. Columns count characters.
pub(crate) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let at = (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let before = text.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (before.bytes().filter(|byte| *byte == b'\n').count() + 1, column)
}
