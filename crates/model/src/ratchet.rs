//! Rules that came later than an object must not brick it: what was wrong before stays allowed until it is changed.

use serde_json::Value;

use crate::path::FieldPath;
use crate::violation::{Checked, Report, Violation, ViolationKind, Violations};

/// Makes warnings of those violations of `new` that `old` already has at the same place with the same value.
///
/// # Errors
/// The others.
pub(crate) fn forgive(
    violations: Violations,
    before: Option<&Violations>,
    old: &Value,
    new: &Value,
) -> Result<Checked<()>, Violations> {
    let mut report = Report::default();
    let known: Vec<(String, &Violation)> = before
        .into_iter()
        .flatten()
        .map(|violation| (identity(&violation.path, old), violation))
        .collect();
    // Those that are not listed cannot be compared. They count as old where the old object had as many.
    if violations.unlisted() > before.map_or(0, Violations::unlisted) {
        return Err(violations);
    }
    for violation in &violations {
        let place = identity(&violation.path, new);
        let was_there = known.iter().any(|(old_place, old_violation)| {
            *old_place == place
                && old_violation.kind == violation.kind
                && old_violation.message == violation.message
                && (violation.kind == ViolationKind::Required
                    || lookup(&old_violation.path, old) == lookup(&violation.path, new))
        });
        if was_there {
            report.warn(
                &violation.path,
                format!("{} (accepted because it was so before)", violation.message),
            );
        } else {
            report.push(violation.clone());
        }
    }
    report.finish(())
}

/// A path whose list positions are names where the items have them, so that a new item before another changes nothing.
fn identity(path: &FieldPath, root: &Value) -> String {
    let mut here = Some(root);
    let mut text = String::new();
    for step in steps(path) {
        text.push('/');
        match (&step, here) {
            (Step::Index(index), Some(value)) => {
                here = value.get(*index);
                let name = here.and_then(|item| item.get("name")).and_then(Value::as_str);
                match name {
                    Some(name) => text.push_str(&format!("={name}")),
                    None => text.push_str(&index.to_string()),
                }
            }
            (Step::Index(index), None) => text.push_str(&index.to_string()),
            (Step::Key(key), value) => {
                here = value.and_then(|v| v.get(key));
                text.push_str(key);
            }
        }
    }
    text
}

fn lookup<'a>(path: &FieldPath, root: &'a Value) -> Option<&'a Value> {
    steps(path).into_iter().try_fold(root, |here, step| match step {
        Step::Index(index) => here.get(index),
        Step::Key(key) => here.get(key),
    })
}

enum Step {
    Index(usize),
    Key(String),
}

/// The steps of a path. A key that is a number reads as a position; such a key is of a map whose values then differ
/// only in being found or not, on both sides alike.
fn steps(path: &FieldPath) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path.as_str();
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (key, after) = inner.split_once(']').unwrap_or((inner, ""));
            steps.push(
                key.parse()
                    .map_or_else(|_| Step::Key(key.to_owned()), Step::Index),
            );
            rest = after;
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (field, after) = rest.split_at(end);
            steps.push(Step::Key(field.to_owned()));
            rest = after;
        }
    }
    steps
}
