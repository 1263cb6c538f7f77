//! What a template reads and calls, with lines and columns; the same for both languages.

use gotemplate::{Span, check};

pub use gotemplate::check::{Segment, Use};

use crate::lines::Lines;
use crate::problem::Problem;
use crate::{CompileErrorKind, Engine};

/// What a template reads and calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Every reading of the data, in the order of the source.
    pub reads: Vec<Reference>,
    /// Every call of a function, in the order of the source.
    pub functions: Vec<FunctionUse>,
    /// What fails whenever it runs, whatever the data, in the order of the source.
    pub mistakes: Vec<Mistake>,
    /// Every comparison of a reading with plain text: `eq .name "branch"`.
    pub comparisons: Vec<Comparison>,
    /// The language, for messages.
    pub engine: Engine,
}

/// One call of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionUse {
    /// Its name.
    pub name: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// A reading of the data that is compared with plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What is read.
    pub path: Vec<Segment>,
    /// With what it is compared.
    pub text: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// Something that fails whenever it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong and what would be right, without the place.
    pub message: String,
}

/// One reading of the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// From the root: `.secret.username` is `[Field("secret"), Field("username")]`; the root as a whole (`.` or `$`)
    /// is empty.
    pub path: Vec<Segment>,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// Read only where an enclosing `if`, `with` or `and` found it, something that it is part of, or something beside
    /// it to be there; or where nothing is wrong when it is missing. So the map that it is read of is there.
    pub guarded: bool,
    /// Read only where it itself was found to be there, or where nothing is wrong when it is missing.
    pub proven: bool,
    /// What it is read for, where that needs a value of some kind.
    pub used_as: Use,
}

impl Reference {
    /// The first key of the path: `secret` of `.secret.username`. `None` for the root as a whole.
    pub fn root(&self) -> Option<&str> {
        self.path.first().and_then(Segment::key)
    }

    /// The path as people write it: `.connector.spec.params[].name`.
    pub fn dotted(&self) -> String {
        check::dotted(&self.path)
    }
}

impl References {
    /// The keys read directly below `prefix`, each with its reading: with `["secret"]` every `x` of `.secret.x`.
    pub fn keys_below<'a>(
        &'a self,
        prefix: &'a [&str],
    ) -> impl Iterator<Item = (&'a str, &'a Reference)> + 'a {
        self.reads.iter().filter_map(move |read| {
            let (head, tail) = read.path.split_at_checked(prefix.len())?;
            let same = head
                .iter()
                .zip(prefix)
                .all(|(segment, key)| segment.key() == Some(*key));
            let key = tail.first()?.key()?;
            same.then_some((key, read))
        })
    }

    /// Whether anything at or below `prefix` is read. The root as a whole counts as reading everything.
    pub fn reads_below(&self, prefix: &[&str]) -> bool {
        self.reads.iter().any(|read| {
            read.path
                .iter()
                .zip(prefix)
                .all(|(segment, key)| segment.key().is_none_or(|own| own == *key))
        })
    }
}

/// What a template of Go's language reads and calls.
///
/// *Errors*: templates that call so many others that nobody can tell.
pub(crate) fn find(template: &gotemplate::Template) -> Result<References, Problem> {
    let lines = Lines::of(template.source());
    let place = |span: Span| lines.place(template.source(), span.start as usize);
    let found = check::references(template).map_err(|error| Problem {
        at: error.span.start as usize,
        kind: CompileErrorKind::TooLarge(error.to_string().into()),
    })?;
    let reads = found.reads.into_iter().map(|read| {
        let (line, column) = place(read.span);
        Reference {
            path: read.path,
            line,
            column,
            guarded: read.guarded,
            proven: read.proven,
            used_as: read.used_as,
        }
    });
    let functions = found.functions.iter().map(|function| {
        let (line, column) = place(function.span);
        FunctionUse {
            name: function.name.to_owned(),
            line,
            column,
        }
    });
    let mistakes = check::mistakes(template).into_iter().map(|mistake| {
        let (line, column) = place(mistake.span);
        Mistake {
            line,
            column,
            message: mistake.message,
        }
    });
    let comparisons = found.comparisons.into_iter().map(|comparison| {
        let (line, column) = place(comparison.span);
        Comparison {
            path: comparison.path,
            text: comparison.text,
            line,
            column,
        }
    });
    Ok(References {
        reads: reads.collect(),
        functions: functions.collect(),
        mistakes: mistakes.collect(),
        comparisons: comparisons.collect(),
        engine: Engine::Go,
    })
}
