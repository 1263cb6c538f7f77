//! Alternatives: which one was probably meant, and what is wrong in it.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

use super::{Explainer, wanted};
use crate::path::FieldPath;
use crate::show;
use crate::violation::{Violation, ViolationKind};

/// What is wrong in the nearest alternative is listed up to this many.
const LISTED: usize = 3;
/// Alternatives within alternatives are followed this deep.
pub(super) const DEPTH: usize = 3;

/// The errors of each alternative.
type Branches = [Vec<ValidationError<'static>>];

/// One violation for a value that fits none of its alternatives. `one` where exactly one must fit.
pub(super) fn none_fits(
    explainer: &Explainer<'_>,
    error: &ValidationError<'_>,
    branches: &Branches,
    one: bool,
) -> Violation {
    let place = explainer.place(error);
    if let Some(violation) = required(explainer, &place, branches, one) {
        return violation;
    }
    let owner = explainer.owner;
    let got = show::value(error.instance());
    if let Some(words) = types(error, branches) {
        let message = format!(
            "got {got}, {owner} wants {}",
            wanted::of_types(&words, error.instance())
        );
        return Violation {
            path: place,
            kind: ViolationKind::TypeInvalid,
            message,
        };
    }
    let count = branches.len();
    let mut message = format!("got {got}, {owner} wants one of {count} alternatives, and it is none of them");
    let nearest = branches
        .iter()
        .enumerate()
        .min_by_key(|(_, errors)| distance(error, errors));
    if let Some((index, errors)) = nearest.filter(|_| explainer.depth < DEPTH) {
        let name = explainer.branch_name(error, index);
        message.push_str(&format!("; nearest is {name}: {}", listed(explainer, errors)));
    }
    Violation {
        path: place,
        kind: ViolationKind::Invalid,
        message,
    }
}

/// A value that fits several of its alternatives, where it must fit one.
pub(super) fn several_fit(
    explainer: &Explainer<'_>,
    error: &ValidationError<'_>,
    branches: &Branches,
) -> Violation {
    let fitting: Vec<usize> = (0..branches.len())
        .filter(|index| branches.get(*index).is_some_and(Vec::is_empty))
        .collect();
    let names: Vec<String> = fitting
        .iter()
        .map(|index| explainer.branch_name(error, *index))
        .collect();
    let which = if names.is_empty() {
        String::new()
    } else {
        format!(": {}", show::names(&names))
    };
    let message = format!(
        "got {}, {} wants exactly one of its alternatives, and it is several of them{which}",
        show::value(error.instance()),
        explainer.owner
    );
    Violation {
        path: explainer.place(error),
        kind: ViolationKind::Invalid,
        message,
    }
}

/// How far a value is from an alternative: another type is farther than another word where the alternatives are told
/// apart, and that is farther than any number of small mistakes.
fn distance(outer: &ValidationError<'_>, errors: &[ValidationError<'static>]) -> (usize, usize, usize) {
    let count = |test: &dyn Fn(&ValidationError<'static>) -> bool| errors.iter().filter(|e| test(e)).count();
    let other_type = count(&|e| {
        matches!(e.kind(), Kind::Type { .. }) && e.instance_path().as_str() == outer.instance_path().as_str()
    });
    let other_word = count(&|e| matches!(e.kind(), Kind::Constant { .. } | Kind::Enum { .. }));
    (other_type, other_word, errors.len())
}

/// What is wrong in one alternative, in one line.
fn listed(explainer: &Explainer<'_>, errors: &[ValidationError<'static>]) -> String {
    let inner = explainer.inner();
    let all: Vec<Violation> = errors.iter().flat_map(|error| inner.explain(error)).collect();
    let mut shown: Vec<String> = all.iter().take(LISTED).map(brief).collect();
    if all.len() > LISTED {
        shown.push(format!("and {} more", all.len() - LISTED));
    }
    shown.join("; ")
}

fn brief(violation: &Violation) -> String {
    match violation.kind {
        ViolationKind::Required if violation.message.starts_with("is missing") => {
            format!("{} is missing", violation.path)
        }
        _ => violation.to_string(),
    }
}

/// Alternatives that only ask for a property each: `wants at least one of "user" and "token"`.
fn required(
    explainer: &Explainer<'_>,
    place: &FieldPath,
    branches: &Branches,
    one: bool,
) -> Option<Violation> {
    let missing = |errors: &Vec<ValidationError<'static>>| match errors.as_slice() {
        [error] => match error.kind() {
            Kind::Required { property } if explainer.place(error) == *place => {
                property.as_str().map(show::text)
            }
            _ => None,
        },
        _ => None,
    };
    let names: Vec<String> = branches.iter().map(missing).collect::<Option<_>>()?;
    let how_many = if one { "exactly" } else { "at least" };
    Some(Violation {
        path: place.clone(),
        kind: ViolationKind::Required,
        message: format!(
            "{} wants {how_many} one of {}",
            explainer.owner,
            show::names(&names)
        ),
    })
}

/// Alternatives that only differ in their type.
fn types(outer: &ValidationError<'_>, branches: &Branches) -> Option<Vec<&'static str>> {
    let own = |errors: &Vec<ValidationError<'static>>| {
        let here = |e: &ValidationError<'_>| e.instance_path().as_str() == outer.instance_path().as_str();
        errors.iter().find_map(|error| match error.kind() {
            Kind::Type { kind } if here(error) => Some(wanted::type_words(kind)),
            _ => None,
        })
    };
    let words: Vec<Vec<&'static str>> = branches.iter().map(own).collect::<Option<_>>()?;
    let mut unique: Vec<&'static str> = Vec::new();
    for word in words.into_iter().flatten() {
        if !unique.contains(&word) {
            unique.push(word);
        }
    }
    Some(unique)
}

/// A schema in a few words, if that is possible.
pub(super) fn described(schema: &Value) -> Option<String> {
    let text = |name: &str| schema.get(name).and_then(Value::as_str);
    if let Some(title) = text("title") {
        return Some(show::text(title));
    }
    if let Some(value) = schema.get("const") {
        return Some(show::plain(value));
    }
    if let Some(options) = schema.get("enum").and_then(Value::as_array) {
        let shown: Vec<String> = options.iter().map(show::plain).collect();
        return Some(format!("one of {}", show::names(&shown)));
    }
    if let Some(pattern) = text("pattern") {
        return Some(format!("a match of {}", show::text(pattern)));
    }
    if let Some(names) = schema.get("required").and_then(Value::as_array) {
        let names: Vec<String> = names.iter().filter_map(Value::as_str).map(show::text).collect();
        return Some(format!("an object with {}", show::names(&names)));
    }
    text("type").map(show::with_article)
}
