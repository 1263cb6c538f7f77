//! What a schema found, in words for a person.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

use crate::path::FieldPath;
use crate::show;
use crate::violation::{Report, ViolationKind};

/// Why the library refused a schema.
pub(super) fn not_a_schema(error: &ValidationError<'_>) -> String {
    let why = match error.kind() {
        Kind::Format { format } if format == "regex" => {
            "the pattern is not a regular expression, or uses look-around or back-references, which are not supported"
                .to_owned()
        }
        _ => error.masked_with("the value").to_string().chars().take(200).collect(),
    };
    format!(
        "got {}, which is not JSON Schema (2020-12): {why}",
        show::value(error.instance())
    )
}

/// Notes one violation of a value; more than one where the schema names several properties.
pub(super) fn explain(error: &ValidationError<'_>, place: &FieldPath, owner: &str, report: &mut Report) {
    let instance: &Value = error.instance();
    if let Some((kind, wanted)) = wanted(error.kind(), instance) {
        let message = format!("got {}, {owner} wants {wanted}", show::value(instance));
        report.deny(place, kind, message);
        return;
    }
    match error.kind() {
        // The library blames the object where none of its properties is allowed.
        Kind::FalseSchema if error.schema_path().as_str().ends_with("/additionalProperties") => {
            report.deny(
                place,
                ViolationKind::Forbidden,
                format!("has properties, {owner} wants none"),
            );
        }
        Kind::FalseSchema => {
            report.deny(
                place,
                ViolationKind::Forbidden,
                format!("{owner} does not allow it"),
            );
        }
        Kind::Required { property } => {
            let place = place.property(property.as_str().unwrap_or_default());
            report.deny(
                &place,
                ViolationKind::Required,
                format!("is missing, {owner} wants it"),
            );
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            for name in unexpected {
                let message = format!("{owner} does not know it");
                report.deny(&place.property(name), ViolationKind::Forbidden, message);
            }
        }
        _ => {
            let rule: String = error.schema_path().as_str().chars().take(120).collect();
            let got = show::value(instance);
            report.invalid(
                place,
                format!("got {got}, which breaks the rule {rule} of {owner}"),
            );
        }
    }
}

/// What would be right, where that can be said in a few words.
fn wanted(kind: &Kind, instance: &Value) -> Option<(ViolationKind, String)> {
    use ViolationKind::{Duplicate, Invalid, NotSupported, TooLong, TooMany, TypeInvalid};
    let said = match kind {
        Kind::Type { kind } => (TypeInvalid, wanted_type(kind, instance)),
        Kind::Enum { options } => (NotSupported, wanted_one_of(options, instance)),
        Kind::Constant { expected_value } => (NotSupported, show::plain(expected_value)),
        Kind::Maximum { limit } => (Invalid, format!("at most {limit}")),
        Kind::Minimum { limit } => (Invalid, format!("at least {limit}")),
        Kind::ExclusiveMaximum { limit } => (Invalid, format!("less than {limit}")),
        Kind::ExclusiveMinimum { limit } => (Invalid, format!("more than {limit}")),
        Kind::MultipleOf { multiple_of } => (Invalid, format!("a multiple of {multiple_of}")),
        Kind::MaxLength { limit } => (TooLong, format!("at most {limit} characters")),
        Kind::MinLength { limit } => (Invalid, format!("at least {limit} characters")),
        Kind::MaxItems { limit } => (TooMany, format!("at most {limit} items")),
        Kind::MinItems { limit } => (Invalid, format!("at least {limit} items")),
        Kind::MaxProperties { limit } => (TooMany, format!("at most {limit} properties")),
        Kind::MinProperties { limit } => (Invalid, format!("at least {limit} properties")),
        Kind::UniqueItems => (Duplicate, "each item once".to_owned()),
        Kind::Pattern { pattern } => (Invalid, format!("a match of {}", show::text(pattern))),
        Kind::Format { format } => (Invalid, format!("the format {}", show::text(format))),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => (
            Invalid,
            "one of its alternatives, and it is none of them".to_owned(),
        ),
        Kind::OneOfMultipleValid { .. } => (
            Invalid,
            "exactly one of its alternatives, and it is several of them".to_owned(),
        ),
        _ => return None,
    };
    Some(said)
}

fn wanted_type(kind: &TypeKind, instance: &Value) -> String {
    let wanted: Vec<&str> = match kind {
        TypeKind::Single(one) => vec![one.as_str()],
        TypeKind::Multiple(several) => several.iter().map(|t| t.as_str()).collect(),
    };
    let right = wanted
        .iter()
        .map(|t| show::with_article(t))
        .collect::<Vec<_>>()
        .join(" or ");
    match instance {
        Value::String(text) if !wanted.contains(&"string") => {
            match serde_json::from_str::<Value>(text.trim()) {
                Ok(inner) if wanted.iter().any(|t| is_type(&inner, t)) => {
                    format!("{right}: remove the quotes")
                }
                _ => right,
            }
        }
        Value::Number(_) | Value::Bool(_) if wanted.contains(&"string") => {
            format!("{right}: put it in quotes")
        }
        _ => right,
    }
}

/// Whether a value is of a type, by the type's word.
pub(crate) fn is_type(value: &Value, word: &str) -> bool {
    let own = show::type_name(value);
    own == word || (own == "integer" && word == "number")
}

fn wanted_one_of(options: &Value, instance: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let shown: Vec<String> = options.iter().map(show::plain).collect();
    let near = instance
        .as_str()
        .map(|word| show::did_you_mean(word, options.iter().filter_map(Value::as_str)))
        .unwrap_or_default();
    // As JSON, `"5"` and `5` look too much alike to leave the type out.
    let quoted = instance
        .as_str()
        .is_some_and(|text| serde_json::from_str::<Value>(text).is_ok_and(|inner| options.contains(&inner)));
    let hint = if quoted { ": remove the quotes" } else { "" };
    match shown.as_slice() {
        [only] => format!("{only}{hint}{near}"),
        several => format!("one of {}{hint}{near}", show::names(several)),
    }
}
