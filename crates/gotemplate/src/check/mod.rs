//! What can be said of a template without rendering it: what it reads and calls, and mistakes that no data can mend.
//!
//! [`references`] follows the dot, `$` and variables through blocks, loops, named templates and the functions that only
//! pass values on. Where it loses track of a value it says nothing more about it; what was read of the data until then
//! is already told. [`mistakes`] tells what fails whenever it runs: wrong numbers of arguments, constants that fit no
//! parameter, fields of what has none.

mod condition;
mod find;
mod functions;
mod mistakes;
mod shape;
mod types;

#[cfg(test)]
mod tests;

use crate::{Span, Template};

/// Finds what a template reads and calls.
///
/// # Errors
/// Templates that call so many others that nobody can tell.
pub fn references(template: &Template) -> Result<References, TooComplex> {
    find::find(template.tree(), template.name())
}

/// Finds what fails whenever it runs, in the order of the source. What stands in a branch that never runs is told too.
#[must_use]
pub fn mistakes(template: &Template) -> Vec<Mistake> {
    mistakes::find(template.tree(), template.name())
}

/// A template with so many blocks, or so many calls of named templates, that it cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the blocks and templates are so many, or so deep, that they cannot be checked")]
pub struct TooComplex {
    /// Where the search gave up.
    pub span: Span,
}

/// Something that fails whenever it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub span: Span,
    /// What is wrong and what would be right, for a person.
    pub message: String,
}

/// What a template reads and calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Every reading of the data, in the order of the source.
    pub reads: Vec<Reference>,
    /// Every call of a function, in the order of the source.
    pub functions: Vec<FunctionUse>,
    /// Every comparison of a reading with plain text, in the order of the source: `eq .name "branch"`.
    pub comparisons: Vec<Comparison>,
}

/// A reading of the data that is compared with plain text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Comparison {
    /// The text.
    pub span: Span,
    /// What is read.
    pub path: Vec<Segment>,
    /// With what it is compared.
    pub text: String,
}

/// One call of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FunctionUse {
    /// The name and its arguments.
    pub span: Span,
    /// Its name.
    pub name: &'static str,
}

/// One reading of the data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Where.
    pub span: Span,
    /// From the root: `.secret.username` is `[Field("secret"), Field("username")]`; the root as a whole (`.` or `$`)
    /// is empty.
    pub path: Vec<Segment>,
    /// Read only where an enclosing `if`, `with` or `and` found it, something that it is part of, or something beside
    /// it to be there; or where nothing is wrong when it is missing. So the map that it is read of is there.
    pub guarded: bool,
    /// Read only where it itself was found to be there, or where nothing is wrong when it is missing.
    pub proven: bool,
    /// What it is read for, where that needs a value of some kind.
    pub used_as: Use,
}

/// What a reading is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// Anything.
    Value,
    /// `range` goes through it.
    Range,
    /// It is given arguments, as only functions and methods are.
    Call,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// `.name`.
    Field(String),
    /// `index x "name"`, `get x "name"` and the like.
    Index(String),
    /// One element of a list, or one value of a map: `range x`, `index x 0`, `first x`.
    Element,
    /// A key that only rendering knows: `index x $key`.
    Dynamic,
}

impl Segment {
    /// The key, where it is known.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Field(key) | Self::Index(key) => Some(key),
            Self::Element | Self::Dynamic => None,
        }
    }
}

impl Reference {
    /// The first key of the path: `secret` of `.secret.username`. `None` for the root as a whole.
    #[must_use]
    pub fn root(&self) -> Option<&str> {
        self.path.first().and_then(Segment::key)
    }

    /// The path as people write it: `.connector.spec.params[].name`.
    #[must_use]
    pub fn dotted(&self) -> String {
        dotted(&self.path)
    }
}

/// A path as people write it: `.connector.spec.params[].name`; `.` for the root.
#[must_use]
pub fn dotted(path: &[Segment]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment.key() {
            Some(key) => {
                text.push('.');
                text.push_str(key);
            }
            None => text.push_str("[]"),
        }
    }
    if text.is_empty() { ".".to_owned() } else { text }
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
    #[must_use]
    pub fn reads_below(&self, prefix: &[&str]) -> bool {
        self.reads.iter().any(|read| {
            read.path
                .iter()
                .zip(prefix)
                .all(|(segment, key)| segment.key().is_none_or(|own| own == *key))
        })
    }
}
