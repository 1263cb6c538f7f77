//! The variables that the webhook sets in containers, so that tools find their files.

use crate::class::Class;

/// One variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The configuration that declares it; for messages.
    pub configuration: String,
}

/// Why a variable has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("variable {variable} of configuration {configuration:?} cannot be rendered: {message}")]
pub struct EnvError {
    /// The variable.
    pub variable: String,
    /// The configuration that declares it.
    pub configuration: String,
    /// Why.
    pub message: String,
}

/// The variables of these configurations, in their order; where two set the same one, the later wins.
pub fn variables(
    _class: &Class,
    _configurations: &[String],
    _mount_path: &str,
) -> Result<Vec<Variable>, EnvError> {
    Ok(vec![])
}
