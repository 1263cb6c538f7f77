//! The variables that the webhook sets in containers, so that tools find their files.

use patchbay_template::{Limits, SecretScope};
use serde_json::json;

use crate::class::Class;

/// The longest value, in bytes.
const LONGEST: usize = 4 * 1024;

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

/// The variables of these configurations, in their order; where two set the same one, the later wins. Configurations
/// that the class does not have are passed over.
///
/// # Errors
/// The first variable that has no value.
pub fn variables(
    class: &Class,
    configurations: &[String],
    mount_path: &str,
) -> Result<Vec<Variable>, EnvError> {
    let root = json!({ "mountPath": mount_path });
    let limits = Limits {
        output_bytes: LONGEST,
        ..Limits::default()
    };
    let mut variables: Vec<Variable> = Vec::new();
    for configuration in configurations.iter().filter_map(|name| class.configuration(name)) {
        for var in &configuration.env {
            let error = |message: String| EnvError {
                variable: var.name.clone(),
                configuration: configuration.name.clone(),
                message,
            };
            let rendered = var
                .template
                .render(&root, &SecretScope::none(), &limits)
                .map_err(|e| error(e.public()))?;
            let value = String::from_utf8(rendered.as_bytes().to_vec())
                .ok()
                .filter(|value| !value.contains('\0'))
                .ok_or_else(|| error("the value is not text".to_owned()))?;
            variables.retain(|earlier| earlier.name != var.name);
            variables.push(Variable {
                name: var.name.clone(),
                value,
                configuration: configuration.name.clone(),
            });
        }
    }
    Ok(variables)
}

#[cfg(test)]
mod tests;
