//! What an expression may name.

use crate::{limits::SOURCE_BYTES, types::Type};

/// The variables of an expression, and how long it may be.
#[derive(Clone, Debug)]
pub struct Env {
    variables: Vec<(&'static str, Type)>,
    source_bytes: usize,
}

impl Default for Env {
    fn default() -> Self {
        Self::new()
    }
}

impl Env {
    /// One without variables.
    #[must_use]
    pub fn new() -> Self {
        Self {
            variables: Vec::new(),
            source_bytes: SOURCE_BYTES,
        }
    }

    /// Adds a variable.
    #[must_use]
    pub fn variable(mut self, name: &'static str, of: Type) -> Self {
        self.variables.push((name, of));
        self
    }

    /// The longest source, in bytes; [`SOURCE_BYTES`] where nothing is said. The time to check a source grows with the
    /// square of its length, so this is no place for megabytes.
    #[must_use]
    pub fn source_bytes(mut self, most: usize) -> Self {
        self.source_bytes = most;
        self
    }

    pub(crate) fn most_source_bytes(&self) -> usize {
        self.source_bytes
    }

    /// A variable's number and type. The last one of a name counts.
    pub(crate) fn find(&self, name: &str) -> Option<(usize, &Type)> {
        let mut all = self.variables.iter().enumerate().rev();
        all.find(|(_, (known, _))| *known == name)
            .map(|(number, (_, of))| (number, of))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.variables.iter().map(|(name, _)| *name)
    }
}
