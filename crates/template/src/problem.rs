//! Something wrong at an offset of the source.

use gotemplate::Place;

use crate::CompileErrorKind;

/// Something wrong at an offset of the source.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) at: usize,
    pub(crate) kind: CompileErrorKind,
}

/// Line and column, from 1, of an offset. Columns count characters.
pub(crate) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let Place { line, column } = Place::of(text, at);
    (line, column)
}
