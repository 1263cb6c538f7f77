//! What a template may read, by the place where it stands.

use std::collections::{BTreeMap, BTreeSet};

mod check;
mod shapes;

pub use check::check;

/// The place of a template, which decides its roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `path` and `httpHeaders` of a probe: `.Connector` and `.Secret`, with Go's names.
    Probe,
    /// A configuration file: `.connector`, `.connectors`, `.connectorclass`, `.context`, `.configurations` and
    /// `.secret`, with JSON's names.
    Configuration,
    /// A value of `env` of a configuration: `.mountPath`.
    Env,
}

/// What the class declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The params of the configuration, which are the keys of `.configurations`, and what they hold. `None` skips the
    /// check.
    pub configurations: Option<BTreeMap<String, Holds>>,
    /// The params of the class, whose names templates look for in `.connector.spec.params`. `None` skips the check.
    pub params: Option<BTreeSet<String>>,
    /// The params of authentication, whose names templates look for in `.connector.spec.auth.params` or
    /// `.Connector.Spec.Auth.Params`. `None` skips the check.
    pub auth_params: Option<BTreeSet<String>>,
    /// The keys of the Secret, over all auth types that the template serves. `None` skips the check.
    pub secret_keys: Option<BTreeSet<String>>,
    /// Keys that are not declared and only warned about (`token` under basic auth, as the seed prints it).
    pub tolerated_secret_keys: BTreeSet<String>,
    /// The configuration says `credentials: true`. Means nothing to a probe.
    pub credentials: bool,
    /// A Connector may come without a Secret, or the template is that of a liveness probe: reading the Secret without
    /// a guard is warned about.
    pub secret_optional: bool,
}

/// What a param holds, as far as it matters to who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Text, a boolean, or a number with a fraction.
    Scalar,
    /// A whole number, which `range` counts up to.
    Whole,
    /// A list.
    List,
    /// A map, or anything.
    Any,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Unusual, and shown to the person who applies it.
    Warning,
    /// Cannot work: refused.
    Error,
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// Refused or warned about.
    pub severity: Severity,
    /// What is read, as people write it: `.secret.pasword`.
    pub read: String,
    /// What is wrong and what would be right, without the place.
    pub message: String,
}

impl Finding {
    /// The sentence with its place: `line 2, column 7: .secret.pasword is not a key …`.
    pub fn public(&self) -> String {
        format!("line {}, column {}: {}", self.line, self.column, self.message)
    }
}

#[cfg(test)]
mod tests;
