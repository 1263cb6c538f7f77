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
    let got = || show::value(instance);
    let mut deny =
        |kind, wanted: String| report.deny(place, kind, format!("got {}, {owner} wants {wanted}", got()));
    let number = |limit: &Value| show::plain(limit);
    match error.kind() {
        Kind::Type { kind } => deny(ViolationKind::TypeInvalid, wanted_type(kind, instance)),
        Kind::Enum { options } => deny(ViolationKind::NotSupported, wanted_one_of(options, instance)),
        Kind::Constant { expected_value } => deny(ViolationKind::NotSupported, show::plain(expected_value)),
        Kind::Maximum { limit } => deny(ViolationKind::Invalid, format!("at most {}", number(limit))),
        Kind::Minimum { limit } => deny(ViolationKind::Invalid, format!("at least {}", number(limit))),
        Kind::ExclusiveMaximum { limit } => {
            deny(ViolationKind::Invalid, format!("less than {}", number(limit)))
        }
        Kind::ExclusiveMinimum { limit } => {
            deny(ViolationKind::Invalid, format!("more than {}", number(limit)))
        }
        Kind::MultipleOf { multiple_of } => {
            deny(ViolationKind::Invalid, format!("a multiple of {multiple_of}"))
        }
        Kind::MaxLength { limit } => deny(ViolationKind::TooLong, format!("at most {limit} characters")),
        Kind::MinLength { limit } => deny(ViolationKind::Invalid, format!("at least {limit} characters")),
        Kind::MaxItems { limit } => deny(ViolationKind::TooMany, format!("at most {limit} items")),
        Kind::MinItems { limit } => deny(ViolationKind::Invalid, format!("at least {limit} items")),
        Kind::MaxProperties { limit } => deny(ViolationKind::TooMany, format!("at most {limit} properties")),
        Kind::MinProperties { limit } => deny(ViolationKind::Invalid, format!("at least {limit} properties")),
        Kind::UniqueItems => deny(ViolationKind::Duplicate, "each item once".to_owned()),
        Kind::Pattern { pattern } => deny(
            ViolationKind::Invalid,
            format!("a match of {}", show::text(pattern)),
        ),
        Kind::Format { format } => deny(
            ViolationKind::Invalid,
            format!("the format {}", show::text(format)),
        ),
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            deny(
                ViolationKind::Invalid,
                "one of its alternatives, and it is none of them".to_owned(),
            );
        }
        Kind::OneOfMultipleValid { .. } => {
            deny(
                ViolationKind::Invalid,
                "exactly one of its alternatives, and it is several of them".to_owned(),
            );
        }
        // The library blames the object where none of its properties is allowed.
        Kind::FalseSchema if error.schema_path().as_str().ends_with("/additionalProperties") => {
            report.deny(
                place,
                ViolationKind::Forbidden,
                format!("has properties, {owner} wants none"),
            );
        }
        Kind::FalseSchema => report.deny(
            place,
            ViolationKind::Forbidden,
            format!("{owner} does not allow it"),
        ),
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            report.deny(
                &place.property(name),
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
            report.invalid(
                place,
                format!("got {}, which breaks the rule {rule} of {owner}", got()),
            );
        }
    }
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
