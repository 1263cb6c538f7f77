//! The data of a template: one document of YAML or JSON.

use serde_json::Value;

use crate::source::{Place, Source};
use crate::yaml::{self, Syntax};

/// Data that cannot be used.
pub(super) struct Problem {
    pub(super) place: Place,
    pub(super) message: String,
}

/// Reads data as Kubernetes reads objects, but for keys that are given twice: they are refused.
pub(super) fn read(source: &Source) -> Result<Value, Problem> {
    let is_json = source.name.to_ascii_lowercase().ends_with(".json");
    let stream = yaml::read(&source.text, if is_json { Syntax::Json } else { Syntax::Guess });
    let problem = |at: usize, message: &str| Problem {
        place: source.place(at),
        message: message.to_owned(),
    };
    if let Some(error) = stream.error {
        return Err(problem(error.at, &error.message));
    }
    let mut documents = stream.documents.iter();
    let first = documents.next();
    if let Some(second) = documents.find_map(|document| document.root.as_ref()) {
        return Err(problem(second.at, "there is more than one document"));
    }
    if let Some(duplicate) = first.and_then(|document| document.duplicates.first()) {
        let line = source.place(duplicate.first).line;
        let message = format!("{} is given twice, first in line {line}", duplicate.path);
        return Err(problem(duplicate.at, &message));
    }
    Ok(first
        .and_then(|document| document.root.as_ref())
        .map_or(Value::Null, |root| root.node.to_json()))
}
