//! Bounds of a schema, so that a hostile one can neither fetch, nor loop, nor take exponential time.

use std::collections::BTreeMap;

use patchbay_template::suggest;
use serde_json::{Map, Value};

use super::formats;
use crate::show;
use crate::violation::ViolationKind;

/// The text of a schema.
const BYTES: usize = 64 * 1024;
/// Nesting of a schema, as written.
const DEPTH: usize = 32;
/// Nesting with all references followed: the validator goes as deep.
const FOLLOWED_DEPTH: usize = 96;
/// `$ref`s of a schema.
const REFERENCES: usize = 256;
/// Nodes of a schema with all references filled in.
const EXPANDED: u64 = 10_000;
/// `unevaluatedProperties` and `unevaluatedItems`, which look at everything beside them again.
const UNEVALUATED: usize = 4;

/// Every keyword of 2020-12 that means something here, and those that only annotate.
const KEYWORDS: [&str; 62] = [
    "$comment",
    "$defs",
    "$id",
    "$ref",
    "$schema",
    "$vocabulary",
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "description",
    "else",
    "enum",
    "example",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "then",
    "title",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "writeOnly",
    "xml",
    "discriminator",
];

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What a schema may not have, and where (a JSON pointer).
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) pointer: String,
    pub(super) kind: ViolationKind,
    pub(super) message: String,
}

/// What is not checked though it looks so, and where.
pub(super) type Notes = Vec<(String, String)>;

/// Checks a schema before it is compiled. Its cost is linear in the size of the schema times its references, both of
/// which are bounded.
pub(super) fn check(schema: &Value) -> Result<Notes, Problem> {
    let bytes = schema.to_string().len();
    if bytes > BYTES {
        let message = format!("got a schema of {bytes} bytes, wants at most {BYTES}");
        return Err(Problem {
            pointer: String::new(),
            kind: ViolationKind::TooLong,
            message,
        });
    }
    let mut guard = Guard {
        root: schema,
        sizes: BTreeMap::new(),
        references: 0,
        unevaluated: 0,
        notes: Vec::new(),
    };
    let expanded = guard.schema(schema, &Place::default(), &mut Vec::new())?;
    if expanded > EXPANDED {
        let message = format!(
            "the schema has more than {EXPANDED} parts when all references are filled in; make it smaller or use fewer \
             references"
        );
        return Err(Problem {
            pointer: String::new(),
            kind: ViolationKind::TooLong,
            message,
        });
    }
    Ok(guard.notes)
}

/// Where the guard stands.
#[derive(Clone, Default)]
struct Place {
    pointer: String,
    depth: usize,
    followed: usize,
}

impl Place {
    fn step(&self, segment: &str) -> Self {
        let segment = segment.replace('~', "~0").replace('/', "~1");
        Self {
            pointer: format!("{}/{segment}", self.pointer),
            depth: self.depth + 1,
            followed: self.followed + 1,
        }
    }

    fn problem(&self, kind: ViolationKind, message: impl Into<String>) -> Problem {
        Problem {
            pointer: self.pointer.clone(),
            kind,
            message: message.into(),
        }
    }
}

struct Guard<'a> {
    root: &'a Value,
    /// Sizes of targets of references, with all references filled in.
    sizes: BTreeMap<String, u64>,
    references: usize,
    unevaluated: usize,
    notes: Notes,
}

impl<'a> Guard<'a> {
    /// The size of a schema with all references filled in. `open` holds the references that are being followed.
    fn schema(&mut self, node: &'a Value, at: &Place, open: &mut Vec<&'a str>) -> Result<u64, Problem> {
        if at.depth > DEPTH || at.followed > FOLLOWED_DEPTH {
            return Err(at.problem(ViolationKind::TooLong, "the schema is nested too deep"));
        }
        match node {
            Value::Object(fields) => self.keywords(fields, at, open),
            Value::Array(items) => {
                let mut size = 1_u64;
                for (i, item) in items.iter().enumerate() {
                    size = size.saturating_add(self.schema(item, &at.step(&i.to_string()), open)?);
                }
                Ok(size)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(1),
        }
    }

    fn keywords(
        &mut self,
        fields: &'a Map<String, Value>,
        at: &Place,
        open: &mut Vec<&'a str>,
    ) -> Result<u64, Problem> {
        let mut size = 1_u64;
        for (keyword, value) in fields {
            let here = at.step(keyword);
            let part = match keyword.as_str() {
                "$ref" => self.reference(value, &here, open)?,
                "$dynamicRef" | "$recursiveRef" | "$dynamicAnchor" | "$recursiveAnchor" | "$anchor" => {
                    let message =
                        format!("{keyword} is not supported; use $ref with a place such as #/$defs/name");
                    return Err(here.problem(ViolationKind::Forbidden, message));
                }
                "$schema" => dialect(value, &here)?,
                "$id" => {
                    let message = "$id is not supported: the schema has no address; leave it out";
                    return Err(here.problem(ViolationKind::Forbidden, message));
                }
                // Data, whose keys mean nothing.
                "enum" | "const" | "default" | "examples" => 1,
                "dependentRequired" | "discriminator" | "externalDocs" | "xml" | "$vocabulary" => {
                    self.data(value, &here)?
                }
                "format" => {
                    let unchecked = value.as_str().and_then(formats::unchecked);
                    self.notes.extend(unchecked.map(|note| (here.pointer, note)));
                    1
                }
                unknown if !KEYWORDS.contains(&unknown) => {
                    let near = suggest::nearest(unknown, KEYWORDS);
                    let note = near.map(|near| {
                        format!("JSON Schema has no such keyword, so it is ignored; did you mean {near:?}?")
                    });
                    self.notes.extend(note.map(|note| (here.pointer.clone(), note)));
                    self.data(value, &here)?
                }
                "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas"
                | "dependencies" => self.named(value, &here, open)?,
                "unevaluatedProperties" | "unevaluatedItems" => {
                    self.count_unevaluated(&here)?;
                    self.schema(value, &here, open)?
                }
                _ => self.schema(value, &here, open)?,
            };
            size = size.saturating_add(part);
        }
        Ok(size)
    }

    /// What is no schema, unless a reference leads there. Its nesting counts all the same: the compiler copies it.
    fn data(&mut self, value: &'a Value, at: &Place) -> Result<u64, Problem> {
        if at.depth > DEPTH {
            return Err(at.problem(ViolationKind::TooLong, "the schema is nested too deep"));
        }
        let mut size = 1_u64;
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    size = size.saturating_add(self.data(value, &at.step(name))?);
                }
            }
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    size = size.saturating_add(self.data(item, &at.step(&i.to_string()))?);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        Ok(size)
    }

    /// A map whose keys are names and whose values are schemas.
    fn named(&mut self, value: &'a Value, at: &Place, open: &mut Vec<&'a str>) -> Result<u64, Problem> {
        let Value::Object(schemas) = value else {
            return Ok(1);
        };
        let mut size = 1_u64;
        for (name, schema) in schemas {
            size = size.saturating_add(self.schema(schema, &at.step(name), open)?);
        }
        Ok(size)
    }

    fn count_unevaluated(&mut self, at: &Place) -> Result<(), Problem> {
        self.unevaluated += 1;
        if self.unevaluated > UNEVALUATED {
            let message = format!("wants at most {UNEVALUATED} unevaluatedProperties and unevaluatedItems");
            return Err(at.problem(ViolationKind::TooMany, message));
        }
        Ok(())
    }

    fn reference(&mut self, value: &'a Value, at: &Place, open: &mut Vec<&'a str>) -> Result<u64, Problem> {
        let Value::String(target) = value else {
            let message = format!("got {}, wants a place such as #/$defs/name", show::value(value));
            return Err(at.problem(ViolationKind::TypeInvalid, message));
        };
        let Some(pointer) = target
            .strip_prefix('#')
            .filter(|p| p.is_empty() || p.starts_with('/'))
        else {
            let message = format!(
                "got {}, wants a place in the same schema such as #/$defs/name",
                show::text(target)
            );
            return Err(at.problem(ViolationKind::Forbidden, message));
        };
        if open.contains(&pointer) || at.pointer.starts_with(&format!("{pointer}/")) {
            let message = format!(
                "{} refers to itself; schemas may not be recursive",
                show::text(target)
            );
            return Err(at.problem(ViolationKind::Forbidden, message));
        }
        self.references += 1;
        if self.references > REFERENCES {
            return Err(at.problem(
                ViolationKind::TooMany,
                format!("wants at most {REFERENCES} references"),
            ));
        }
        if let Some(size) = self.sizes.get(pointer) {
            return Ok(*size);
        }
        let Some(schema) = self.root.pointer(pointer) else {
            let message = format!("got {}, which is not in the schema", show::text(target));
            return Err(at.problem(ViolationKind::NotFound, message));
        };
        open.push(pointer);
        let place = Place {
            pointer: pointer.to_owned(),
            depth: 0,
            followed: at.followed + 1,
        };
        let size = self.schema(schema, &place, open)?;
        open.pop();
        self.sizes.insert(pointer.to_owned(), size);
        Ok(size)
    }
}

fn dialect(value: &Value, at: &Place) -> Result<u64, Problem> {
    let known = value.as_str().is_some_and(|v| v.trim_end_matches('#') == DIALECT) && at.depth == 1;
    if known {
        return Ok(1);
    }
    let message = format!(
        "got {}, wants {DIALECT:?} at the top, or nothing",
        show::value(value)
    );
    Err(at.problem(ViolationKind::NotSupported, message))
}
