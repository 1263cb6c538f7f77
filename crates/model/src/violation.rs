//! What is wrong with an object: every violation, each with its place.

use std::fmt;

use crate::path::FieldPath;

/// More violations than this are counted and not listed: an answer must stay readable, and small.
const LIST_LIMIT: usize = 64;

/// The kind of a violation, in the words of Kubernetes' `StatusCause`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ViolationKind {
    /// The value cannot be used.
    Invalid,
    /// A value is missing.
    Required,
    /// The value is not one of those that are known.
    NotSupported,
    /// The value is there twice.
    Duplicate,
    /// The field may not be set here.
    Forbidden,
    /// What the value names does not exist.
    NotFound,
    /// The value has the wrong type.
    TypeInvalid,
    /// The value is too long.
    TooLong,
    /// There are too many values.
    TooMany,
}

impl ViolationKind {
    /// The word for `details.causes[].reason`.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Invalid => "FieldValueInvalid",
            Self::Required => "FieldValueRequired",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Duplicate => "FieldValueDuplicate",
            Self::Forbidden => "FieldValueForbidden",
            Self::NotFound => "FieldValueNotFound",
            Self::TypeInvalid => "FieldValueTypeInvalid",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
        }
    }
}

/// One thing that is wrong: where, what was got, and what would be right. Never a value of a Secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Violation {
    /// Where.
    pub path: FieldPath,
    /// Of what kind.
    pub kind: ViolationKind,
    /// What, for a person; without the path.
    pub message: String,
}

/// All that is wrong with an object, in the order of its fields. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations {
    listed: Vec<Violation>,
    /// How many more there are.
    unlisted: usize,
}

impl Violations {
    /// One violation.
    #[must_use]
    pub fn one(path: FieldPath, kind: ViolationKind, message: impl Into<String>) -> Self {
        Self {
            listed: vec![Violation {
                path,
                kind,
                message: message.into(),
            }],
            unlisted: 0,
        }
    }

    /// The violations; at most 64 are listed, see [`Violations::unlisted`].
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.listed.iter()
    }

    /// How many there are, listed or not.
    #[must_use]
    pub fn count(&self) -> usize {
        self.listed.len() + self.unlisted
    }

    /// How many are not listed.
    #[must_use]
    pub fn unlisted(&self) -> usize {
        self.unlisted
    }
}

impl<'a> IntoIterator for &'a Violations {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// One violation reads as `path: message`; several as a count and a list with one line each.
impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.listed.as_slice()
            && self.unlisted == 0
        {
            return only.fmt(f);
        }
        write!(f, "{} violations:", self.count())?;
        for violation in &self.listed {
            write!(f, "\n- {violation}")?;
        }
        if self.unlisted > 0 {
            write!(f, "\n- and {} more", self.unlisted)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// Something unusual that is accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// Where.
    pub path: FieldPath,
    /// What, for a person; without the path.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// A value that obeys the rules, and what is unusual about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked<T> {
    /// The value.
    pub value: T,
    /// In the order of the fields.
    pub warnings: Vec<Warning>,
}

impl<T> Checked<T> {
    /// The same warnings with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Checked<U> {
        Checked {
            value: f(self.value),
            warnings: self.warnings,
        }
    }
}

/// Collects violations and warnings while an object is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    violations: Vec<Violation>,
    unlisted: usize,
    warnings: Vec<Warning>,
}

impl Report {
    /// Notes a violation.
    pub(crate) fn deny(&mut self, path: &FieldPath, kind: ViolationKind, message: impl Into<String>) {
        self.push(Violation {
            path: path.clone(),
            kind,
            message: message.into(),
        });
    }

    /// Notes a violation of kind [`ViolationKind::Invalid`].
    pub(crate) fn invalid(&mut self, path: &FieldPath, message: impl Into<String>) {
        self.deny(path, ViolationKind::Invalid, message);
    }

    /// Notes a violation made elsewhere.
    pub(crate) fn push(&mut self, violation: Violation) {
        if self.violations.len() < LIST_LIMIT {
            self.violations.push(violation);
        } else {
            self.unlisted += 1;
        }
    }

    /// Notes a warning.
    pub(crate) fn warn(&mut self, path: &FieldPath, message: impl Into<String>) {
        if self.warnings.len() < LIST_LIMIT {
            self.warnings.push(Warning {
                path: path.clone(),
                message: message.into(),
            });
        }
    }

    /// Puts what was noted in the order of a key, which keeps the order of equal ones.
    pub(crate) fn sort_by(&mut self, key: impl Fn(&FieldPath) -> usize) {
        self.violations.sort_by_key(|violation| key(&violation.path));
        self.warnings.sort_by_key(|warning| key(&warning.path));
    }

    /// Takes over the warnings of another check.
    pub(crate) fn extend_warnings(&mut self, warnings: Vec<Warning>) {
        for warning in warnings {
            self.warn(&warning.path, warning.message);
        }
    }

    /// Takes over the violations of another check.
    pub(crate) fn extend(&mut self, violations: Violations) {
        self.unlisted += violations.unlisted;
        for violation in violations.listed {
            self.push(violation);
        }
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// The value, if nothing is wrong.
    pub(crate) fn finish<T>(self, value: T) -> Result<Checked<T>, Violations> {
        if self.violations.is_empty() {
            Ok(Checked {
                value,
                warnings: self.warnings,
            })
        } else {
            Err(Violations {
                listed: self.violations,
                unlisted: self.unlisted,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_violation_is_one_line() {
        let one = Violations::one(
            FieldPath::new("spec.address"),
            ViolationKind::Required,
            "an address is needed",
        );
        assert_eq!(one.to_string(), "spec.address: an address is needed");
        assert_eq!(one.count(), 1);
    }

    #[test]
    fn several_violations_are_a_list() {
        let mut report = Report::default();
        report.invalid(&FieldPath::new("a"), "first");
        report.invalid(&FieldPath::new("b"), "second");
        let violations = report.finish(()).expect_err("two violations");
        assert_eq!(violations.to_string(), "2 violations:\n- a: first\n- b: second");
    }

    #[test]
    fn a_flood_is_counted_and_not_listed() {
        let mut report = Report::default();
        for i in 0..1000 {
            report.invalid(&FieldPath::new("spec.params").index(i), "no");
        }
        let violations = report.finish(()).expect_err("many violations");
        assert_eq!(violations.count(), 1000);
        assert_eq!(violations.iter().count(), LIST_LIMIT);
        assert!(violations.to_string().ends_with("- and 936 more"));
    }
}
