//! No error text carries a value of the data.

use patchbay_cel::{Limits, Type, compile};
use serde_json::{Value as Json, json};

use crate::{
    golden::{self, env, variables},
    hostile_cases,
    oracle::goldens,
};

/// What stands in every text of the data, and pieces by which its traces are known in whatever case and place.
const SECRET: &str = "S3cr3t-Canary/Kx9";
const TRACES: [&str; 4] = ["s3cr3t", "canary", "kx9", "uznjcjn0"];
/// What stands in place of every number.
const NUMBER: i64 = 918_273_645;

/// The data with a secret in every text, every number, and every key that is not part of the environment.
fn poisoned(json: &Json, keys: bool) -> Json {
    match json {
        Json::String(_) => json!(SECRET),
        Json::Number(_) => json!(NUMBER),
        Json::Array(items) => items.iter().map(|item| poisoned(item, keys)).collect(),
        Json::Object(fields) if keys => fields
            .iter()
            .enumerate()
            .map(|(at, (_, value))| (format!("{SECRET}{at}"), poisoned(value, keys)))
            .collect(),
        Json::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), poisoned(value, keys)))
            .collect(),
        other => other.clone(),
    }
}

fn poisoned_variables(data: &Json, keys: bool) -> Json {
    let poison = |(name, value): (&String, &Json)| {
        let value = match name.as_str() {
            // Times must be times, or there is nothing to run.
            "t" => json!("2019-08-17T18:27:36.45Z"),
            "p" => json!("918273645s"),
            "response" => poisoned(value, false),
            _ => poisoned(value, keys),
        };
        (name.clone(), value)
    };
    data.as_object().into_iter().flatten().map(poison).collect()
}

/// All that an error of this case says; nothing where it does not fail.
fn texts(source: &str, data: &Json, limits: &Limits) -> Vec<String> {
    let Ok(program) = compile(source, &env(), &Type::Bool) else {
        return Vec::new();
    };
    match program.run(&variables(data).unwrap(), limits) {
        Ok(value) => vec![format!("{value:?}")],
        Err(error) => vec![
            error.to_string(),
            error.public().to_owned(),
            format!("{error:?}"),
            error.kind.reason().to_owned(),
        ],
    }
}

fn leaks(source: &str, data: &Json, limits: &Limits) -> Vec<String> {
    let mut found = texts(source, data, limits);
    found.retain(|text| {
        let lower = text.to_lowercase();
        TRACES.iter().any(|trace| lower.contains(trace)) || text.contains(&NUMBER.to_string())
    });
    found
}

#[test]
fn no_error_of_an_expression_carries_a_value() {
    let mut wrong = Vec::new();
    let mut failures = 0;
    for (_, golden) in goldens() {
        for group in &golden.groups {
            for keys in [false, true] {
                let data = poisoned_variables(&group.data, keys);
                for (source, _) in &group.cases {
                    failures += usize::from(texts(source, &data, &golden::WIDE).len() > 1);
                    wrong.extend(leaks(source, &data, &golden::WIDE));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} leaks:\n{}", wrong.len(), wrong.join("\n"));
    assert!(failures > 500, "only {failures} cases fail");
}

#[test]
fn no_error_of_a_bound_carries_a_value() {
    let data = poisoned_variables(&hostile_cases::data(), false);
    for source in hostile_cases::cases() {
        let leaks = leaks(&source, &data, &Limits::default());
        assert!(leaks.is_empty(), "{leaks:?}");
    }
}
