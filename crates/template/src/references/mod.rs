//! What a template reads and calls, found without rendering it.
//!
//! The search follows the dot, `$` and variables through blocks, loops, named templates and the functions that only
//! pass values on. Where it loses track of a value it says nothing more about it; what was read of the data until then
//! is already told.

mod condition;
mod find;
mod functions;
mod shape;

pub(crate) use find::find;

use crate::Engine;

/// What a template reads and calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// Every reading of the data, in the order of the source.
    pub reads: Vec<Reference>,
    /// Every call of a function, in the order of the source.
    pub functions: Vec<FunctionUse>,
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
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Field(key) | Self::Index(key) => Some(key),
            Self::Element | Self::Dynamic => None,
        }
    }
}

impl Reference {
    /// The first key of the path: `secret` of `.secret.username`. `None` for the root as a whole.
    pub fn root(&self) -> Option<&str> {
        self.path.first().and_then(Segment::key)
    }

    /// The path as people write it in Go templates: `.connector.spec.params[].name`.
    pub fn dotted(&self) -> String {
        let mut text = String::new();
        for segment in &self.path {
            match segment {
                Segment::Field(key) | Segment::Index(key) => {
                    text.push('.');
                    text.push_str(key);
                }
                Segment::Element | Segment::Dynamic => text.push_str("[]"),
            }
        }
        if text.is_empty() { ".".to_owned() } else { text }
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

#[cfg(test)]
mod tests;
