//! No error text carries a value of the data.

use gotemplate::{Data, Limits, Template};
use serde_json::{Value, json};

use crate::{
    golden::{Group, WIDE},
    hostile::SMALL,
    hostile_cases,
    oracle::goldens,
};

/// What stands in every text of the data, and pieces by which its traces are known in whatever case and place.
const SECRET: &str = "S3cr3t-Canary/Kx9";
const TRACES: [&str; 5] = ["s3cr3t", "canary", "kx9", "S3cr3t-Canary/Kx9", "UzNjcjN0"];
/// What stands in place of every number.
const NUMBER: i64 = 918_273_645;

/// The data with a secret in every field.
fn poisoned(value: &Value, numbers: bool) -> Value {
    match value {
        Value::String(_) => json!(SECRET),
        Value::Number(_) if numbers => json!(NUMBER),
        Value::Array(items) => items.iter().map(|item| poisoned(item, numbers)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), poisoned(value, numbers)))
            .collect(),
        other => other.clone(),
    }
}

/// Every text that an error of this case has; nothing where it does not fail.
fn texts(group: &Group, template: &str, data: &Value, limits: &Limits) -> Vec<String> {
    let Ok(parsed) = Template::parse("main", template, &group.options()) else {
        return Vec::new();
    };
    let data = Data::from_json(data).unwrap();
    match parsed.render(&data, limits) {
        Ok(_) => Vec::new(),
        Err(error) => vec![
            error.to_string(),
            error.go(),
            format!("{error:?}"),
            error.reason().to_owned(),
            error.context.to_string(),
            gotemplate::excerpt(template, error.span),
        ],
    }
}

/// The texts that show the secret, where the template itself does not.
fn leaks(group: &Group, template: &str, data: &Value, limits: &Limits) -> Vec<String> {
    let mut found = texts(group, template, data, limits);
    found.retain(|text| {
        let lower = text.to_lowercase();
        TRACES.iter().any(|trace| lower.contains(&trace.to_lowercase())) || text.contains(&NUMBER.to_string())
    });
    found
}

#[test]
fn no_error_carries_a_value() {
    let mut wrong = Vec::new();
    let mut failures = 0;
    for (_, golden) in goldens() {
        for group in &golden.groups {
            for numbers in [false, true] {
                let data = poisoned(&group.data, numbers);
                for (template, _) in &group.cases {
                    failures += usize::from(!texts(group, template, &data, &WIDE).is_empty());
                    let leaks = leaks(group, template, &data, &WIDE);
                    wrong.extend(leaks.first().map(|text| format!("{template:?}: {text}")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} leaks:\n{}", wrong.len(), wrong.join("\n"));
    assert!(failures > 2000, "only {failures} cases fail");
}

#[test]
fn no_error_of_a_bound_carries_a_value() {
    let group = Group {
        sprig: true,
        data: poisoned(&hostile_cases::data(), false),
        ..Group::default()
    };
    for (template, _) in hostile_cases::cases() {
        let leaks = leaks(&group, &template, &group.data, &SMALL);
        assert!(leaks.is_empty(), "{leaks:?}");
    }
}
