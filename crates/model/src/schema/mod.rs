//! JSON Schemas (2020-12) that classes bring: bounded, without references to other documents, linear in time.

mod formats;
mod guard;
mod messages;

pub(crate) use messages::is_type;

use std::sync::Arc;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use crate::path::FieldPath;
use crate::violation::Report;

/// A pattern may compile to this many bytes.
const PATTERN_BYTES: usize = 1 << 20;
/// An answer lists at most this many violations of one schema.
const ERRORS_LISTED: usize = 32;

/// A compiled schema. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Schema(Arc<Compiled>);

struct Compiled {
    validator: Validator,
    /// As written, for messages.
    source: Value,
}

impl std::fmt::Debug for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Schema")
    }
}

impl Schema {
    /// Compiles a schema that a person wrote at `path`.
    ///
    /// # Guarantees
    /// What comes out validates in time linear in the size of the value: references stay inside the document and never
    /// go in a circle, the schema is bounded with all references filled in, and patterns run without backtracking.
    pub(crate) fn compile(schema: &Value, path: &FieldPath, report: &mut Report) -> Option<Self> {
        match guard::check(schema) {
            Err(problem) => {
                let place = locate(path, schema, &problem.pointer);
                report.deny(&place, problem.kind, problem.message);
                return None;
            }
            Ok(notes) => {
                for (pointer, note) in notes {
                    report.warn(&locate(path, schema, &pointer), note);
                }
            }
        }
        match Self::build(schema) {
            Ok(schema) => Some(schema),
            Err(error) => {
                let place = locate(path, schema, error.instance_path().as_str());
                report.invalid(&place, messages::not_a_schema(&error));
                None
            }
        }
    }

    fn build(schema: &Value) -> Result<Self, jsonschema::ValidationError<'static>> {
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .offline()
            // A person who writes `format: uri` means it.
            .should_validate_formats(true)
            .with_pattern_options(
                PatternOptions::regex()
                    .size_limit(PATTERN_BYTES)
                    .dfa_size_limit(PATTERN_BYTES),
            )
            .build(schema)?;
        Ok(Self(Arc::new(Compiled {
            validator,
            source: schema.clone(),
        })))
    }

    /// Notes every violation of a value at `path`. `owner` is for messages: `class "git"`.
    pub(crate) fn check(&self, value: &Value, path: &FieldPath, owner: &str, report: &mut Report) {
        // Nearly always so, and nothing has to be collected for it.
        if self.0.validator.is_valid(value) {
            return;
        }
        let explainer = messages::Explainer {
            schema: &self.0.source,
            value,
            path,
            owner,
            depth: 0,
        };
        for error in self.0.validator.iter_errors(value).take(ERRORS_LISTED) {
            for violation in explainer.explain(&error) {
                report.push(violation);
            }
        }
    }
}

/// A JSON pointer into `root` as a field path below `path`.
fn locate(path: &FieldPath, root: &Value, pointer: &str) -> FieldPath {
    let mut place = path.clone();
    let mut here = Some(root);
    for segment in pointer.split('/').skip(1) {
        let name = segment.replace("~1", "/").replace("~0", "~");
        let index = name
            .parse::<usize>()
            .ok()
            .filter(|_| here.is_some_and(Value::is_array));
        (place, here) = match index {
            Some(index) => (place.index(index), here.and_then(|v| v.get(index))),
            None => (place.property(&name), here.and_then(|v| v.get(&name))),
        };
    }
    place
}

#[cfg(test)]
mod tests;
