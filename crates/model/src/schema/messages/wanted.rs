//! What would be right, where that can be said in a few words.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::Value;

use crate::show;
use crate::violation::ViolationKind;

/// The kind of a violation and the end of a sentence that begins with "wants".
pub(super) fn wanted(kind: &Kind, instance: &Value) -> Option<(ViolationKind, String)> {
    use ViolationKind::{Duplicate, Invalid, NotSupported, TooLong, TooMany, TypeInvalid};
    let number = |limit: &u64, noun: &str| show::count(usize::try_from(*limit).unwrap_or(usize::MAX), noun);
    let properties = |limit: &u64| match limit {
        1 => "1 property".to_owned(),
        _ => format!("{limit} properties"),
    };
    let said = match kind {
        Kind::Type { kind } => (TypeInvalid, of_types(&type_words(kind), instance)),
        Kind::Enum { options } => (NotSupported, one_of(options, instance)),
        Kind::Constant { expected_value } => (NotSupported, constant(expected_value, instance)),
        Kind::Maximum { limit } => (Invalid, format!("at most {limit}")),
        Kind::Minimum { limit } => (Invalid, format!("at least {limit}")),
        Kind::ExclusiveMaximum { limit } => (Invalid, format!("less than {limit}")),
        Kind::ExclusiveMinimum { limit } => (Invalid, format!("more than {limit}")),
        Kind::MultipleOf { multiple_of } => (Invalid, format!("a multiple of {multiple_of}")),
        Kind::MaxLength { limit } => (TooLong, format!("at most {}", number(limit, "character"))),
        Kind::MinLength { limit } => (Invalid, format!("at least {}", number(limit, "character"))),
        Kind::MaxItems { limit } => (TooMany, format!("at most {}", number(limit, "item"))),
        Kind::MinItems { limit } => (Invalid, format!("at least {}", number(limit, "item"))),
        Kind::MaxProperties { limit } => (TooMany, format!("at most {}", properties(limit))),
        Kind::MinProperties { limit } => (Invalid, format!("at least {}", properties(limit))),
        Kind::UniqueItems => (Duplicate, unique(instance)),
        Kind::Pattern { pattern } => (Invalid, format!("a match of {}", show::text(pattern))),
        Kind::Format { format } => (Invalid, super::super::formats::shown(format)),
        _ => return None,
    };
    Some(said)
}

pub(super) fn type_words(kind: &TypeKind) -> Vec<&'static str> {
    match kind {
        TypeKind::Single(one) => vec![one.as_str()],
        TypeKind::Multiple(several) => several.iter().map(|t| t.as_str()).collect(),
    }
}

/// `a string or an integer`, with what a person probably did wrong.
pub(super) fn of_types(wanted: &[&str], instance: &Value) -> String {
    let right: Vec<String> = wanted.iter().map(|word| show::with_article(word)).collect();
    let right = right.join(" or ");
    let hint = match instance {
        Value::String(text) if !wanted.contains(&"string") => {
            let inner = read_plain(text);
            let fits = inner.is_some_and(|inner| wanted.iter().any(|word| is_type(&inner, word)));
            if fits { ": remove the quotes" } else { "" }
        }
        Value::Number(_) | Value::Bool(_) if wanted.contains(&"string") => ": put it in quotes",
        _ => "",
    };
    let listed = wanted == ["array"] && hint.is_empty() && !instance.is_null();
    let hint = if listed { ": put it in a list" } else { hint };
    format!("{right}{hint}")
}

/// What a text would be without its quotes.
fn read_plain(text: &str) -> Option<Value> {
    serde_json::from_str(text.trim()).ok()
}

/// Whether a value is of a type, by the type's word.
pub(crate) fn is_type(value: &Value, word: &str) -> bool {
    let own = show::type_name(value);
    own == word || (own == "integer" && word == "number")
}

fn one_of(options: &Value, instance: &Value) -> String {
    let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
    let shown: Vec<String> = options.iter().map(show::plain).collect();
    let near = instance
        .as_str()
        .map(|word| show::did_you_mean(word, options.iter().filter_map(Value::as_str)))
        .unwrap_or_default();
    let hint = options
        .iter()
        .map(|option| quotes(option, instance))
        .find(|hint| !hint.is_empty());
    let hint = hint.unwrap_or_default();
    match shown.as_slice() {
        [only] => format!("{only}{hint}{near}"),
        several => format!("one of {}{hint}{near}", show::names(several)),
    }
}

fn constant(wanted: &Value, instance: &Value) -> String {
    format!("{}{}", show::plain(wanted), quotes(wanted, instance))
}

/// As JSON, `"5"` and `5` look too much alike to leave the difference out.
fn quotes(wanted: &Value, instance: &Value) -> &'static str {
    let same = |text: &str, value: &Value| read_plain(text).is_some_and(|inner| inner == *value);
    match (wanted, instance) {
        (Value::String(_), Value::String(_)) => "",
        (_, Value::String(text)) if same(text, wanted) => ": remove the quotes",
        (Value::String(text), _) if same(text, instance) => ": put it in quotes",
        _ => "",
    }
}

/// Names the first item that is there twice.
fn unique(instance: &Value) -> String {
    const COMPARED: usize = 500;
    let items = instance.as_array().map(Vec::as_slice).unwrap_or_default();
    let items = items.get(..COMPARED.min(items.len())).unwrap_or_default();
    let twice = items.iter().enumerate().find_map(|(index, item)| {
        let first = items.iter().take(index).position(|earlier| earlier == item)?;
        Some((first, index))
    });
    match twice {
        Some((first, second)) => format!("each item once: [{first}] and [{second}] are equal"),
        None => "each item once".to_owned(),
    }
}
