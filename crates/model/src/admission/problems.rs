//! Violations that can be added to, and may be none.

use crate::path::FieldPath;
use crate::violation::{Violation, ViolationKind, Violations};

/// All that is wrong with an object: [`Violations`] that can be added to, and may be none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    listed: Vec<Violation>,
    unlisted: usize,
}

/// More than this are counted and not listed.
const LIST_LIMIT: usize = 64;

impl Problems {
    /// Notes one.
    pub fn add(&mut self, path: &FieldPath, kind: ViolationKind, message: impl Into<String>) {
        self.push(Violation {
            path: path.clone(),
            kind,
            message: message.into(),
        });
    }

    fn push(&mut self, violation: Violation) {
        if self.listed.len() < LIST_LIMIT {
            self.listed.push(violation);
        } else {
            self.unlisted += 1;
        }
    }

    /// Takes over those of another check.
    pub fn extend(&mut self, violations: &Violations) {
        self.unlisted += violations.unlisted();
        for violation in violations {
            self.push(violation.clone());
        }
    }

    /// Each of them, in order; at most 64 are listed, see [`Problems::unlisted`].
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.listed.iter()
    }

    /// How many are not listed.
    #[must_use]
    pub fn unlisted(&self) -> usize {
        self.unlisted
    }

    /// The same, for an object that is a part of another one, at this place.
    #[must_use]
    pub fn below(mut self, place: &FieldPath) -> Self {
        for violation in &mut self.listed {
            violation.path = FieldPath::new(&format!("{place}.{}", violation.path));
        }
        self
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl From<Violations> for Problems {
    fn from(violations: Violations) -> Self {
        let mut problems = Self::default();
        problems.extend(&violations);
        problems
    }
}

/// One reads as `path: message`; several as a count and a list with one line each, as [`Violations`] do.
impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.listed.len() + self.unlisted;
        if let ([only], 1) = (self.listed.as_slice(), count) {
            return write!(f, "{only}");
        }
        write!(f, "{count} violations:")?;
        for violation in &self.listed {
            write!(f, "\n- {violation}")?;
        }
        if self.unlisted > 0 {
            write!(f, "\n- and {} more", self.unlisted)?;
        }
        Ok(())
    }
}
