//! Lists of `{name, value}` that may also be written as a map: headers and variables.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::path::FieldPath;
use crate::show;
use crate::violation::{Report, ViolationKind};

/// One entry and where it stands.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) name_path: FieldPath,
    pub(super) value_path: FieldPath,
}

impl Entry {
    /// The entry of a list, `at` its place.
    pub(super) fn in_list(name: &str, value: &str, at: &FieldPath) -> Self {
        let (name_path, value_path) = (at.child("name"), at.child("value"));
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            name_path,
            value_path,
        }
    }
}

/// The entries of a map. Numbers and booleans are taken as text, with a warning.
pub(super) fn in_map(map: &BTreeMap<String, Value>, path: &FieldPath, report: &mut Report) -> Vec<Entry> {
    let entry = |(name, value): (&String, &Value)| {
        let at = path.key(name);
        let value = scalar(value, &at, report)?;
        Some(Entry {
            name: name.clone(),
            value,
            name_path: at.clone(),
            value_path: at,
        })
    };
    map.iter().filter_map(entry).collect()
}

/// What is neither a map nor exactly a list of `{name: string, value: string}`: as much of it as can be read.
pub(super) fn in_other(other: &Value, path: &FieldPath, report: &mut Report) -> Vec<Entry> {
    if let Value::Array(items) = other {
        return items
            .iter()
            .enumerate()
            .filter_map(|(i, item)| in_item(item, &path.index(i), report))
            .collect();
    }
    let message = format!(
        "got {}, wants a list of {{name, value}} or a map",
        show::value(other)
    );
    report.deny(path, ViolationKind::TypeInvalid, message);
    vec![]
}

fn in_item(item: &Value, at: &FieldPath, report: &mut Report) -> Option<Entry> {
    let Value::Object(fields) = item else {
        let message = format!("got {}, wants an object with name and value", show::value(item));
        report.deny(at, ViolationKind::TypeInvalid, message);
        return None;
    };
    for field in fields
        .keys()
        .filter(|field| !["name", "value"].contains(&field.as_str()))
    {
        let near = show::did_you_mean(field, ["name", "value"]);
        let message = format!("is not known, an entry has name and value{near}");
        report.deny(&at.property(field), ViolationKind::Forbidden, message);
    }
    let (name_path, value_path) = (at.child("name"), at.child("value"));
    let name = match fields.get("name") {
        Some(Value::String(name)) => Some(name.clone()),
        Some(other) => wrong(other, &name_path, report),
        None => missing(&name_path, report),
    };
    let value = match fields.get("value") {
        Some(value) => scalar(value, &value_path, report),
        None => missing(&value_path, report),
    };
    Some(Entry {
        name: name?,
        value: value?,
        name_path,
        value_path,
    })
}

fn missing(path: &FieldPath, report: &mut Report) -> Option<String> {
    report.deny(path, ViolationKind::Required, "is missing");
    None
}

fn wrong(value: &Value, path: &FieldPath, report: &mut Report) -> Option<String> {
    report.deny(
        path,
        ViolationKind::TypeInvalid,
        format!("got {}, wants a string", show::value(value)),
    );
    None
}

/// A value as text: numbers and booleans as they are written, with a warning.
fn scalar(value: &Value, path: &FieldPath, report: &mut Report) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => {
            report.warn(
                path,
                format!("{} is taken as text; put it in quotes", show::value(value)),
            );
            Some(value.to_string())
        }
        Value::Object(fields) => {
            report.deny(path, ViolationKind::TypeInvalid, mapping(fields));
            None
        }
        Value::Null | Value::Array(_) => wrong(value, path, report),
    }
}

/// YAML reads an unquoted `{{ .x }}` as a mapping in a mapping.
fn mapping(fields: &Map<String, Value>) -> String {
    let template =
        fields.keys().any(|key| key.contains(['.', '{', ' ', '|'])) || fields.values().any(Value::is_null);
    let why = if template {
        ": YAML reads an unquoted {{ }} as a mapping, so put the template in quotes"
    } else {
        ""
    };
    format!("got an object, wants a string{why}")
}
