//! Renders templates whose output is known from Go, and gives tests of functions a short way to render one.

use serde_json::{Value, json};

use crate::{Data, ExecErrorKind, Limits, Options, Template};

/// More than any of these templates needs.
const LIMITS: Limits = Limits {
    output_bytes: 1 << 20,
    steps: 2_000_000,
    work_bytes: 1 << 26,
    depth: 100,
};

/// The output; or the phase of the error, and what it says.
pub(crate) fn render(
    template: &str,
    data: &Value,
    limits: &Limits,
) -> Result<Vec<u8>, (&'static str, String)> {
    let template = Template::parse("test", template, &Options::sprig())
        .map_err(|error| ("parse", error.kind.to_string()))?;
    let data = Data::from_json(data).unwrap();
    match template.render(&data, limits) {
        Ok(output) => Ok(output.as_bytes().to_vec()),
        Err(error) => Err(match error.kind {
            ExecErrorKind::Limit(why) => ("limit", why.to_owned()),
            kind => ("exec", kind.to_string()),
        }),
    }
}

/// The output of a template without data, or the error's words.
pub(crate) fn text(template: &str) -> String {
    match render(template, &json!(null), &LIMITS) {
        Ok(output) => String::from_utf8_lossy(&output).into_owned(),
        Err((_, why)) => why,
    }
}

/// Fails if a template does not reach one of the usual limits.
pub(crate) fn assert_limited(template: &str, data: &Value) {
    let result = render(template, data, &Limits::default());
    assert!(
        matches!(result, Err(("limit", _))),
        "{template}: {:?}",
        result.map(|output| output.len())
    );
}

/// The answers were made by testdata/answer.go.
#[test]
fn templates_give_what_they_give_in_go() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in include_str!("testdata/answers.jsonl").lines() {
        count += 1;
        let case: Value = serde_json::from_str(line).unwrap();
        let template = case["t"].as_str().unwrap();
        let expected = match (&case["ok"], &case["hex"], &case["error"]) {
            (Value::String(text), ..) => Ok(text.clone().into_bytes()),
            (_, Value::String(hex), _) => Ok(bytes(hex)),
            (_, _, error) => Err(error.as_str().unwrap()),
        };
        let found = render(template, &case["d"], &LIMITS);
        if found.as_ref().map_err(|(phase, _)| *phase) != expected.as_ref().map_err(|phase| *phase) {
            wrong.push(format!(
                "{line}\n   gives {:?}",
                found.map(|output| String::from_utf8_lossy(&output).into_owned())
            ));
        }
    }
    let shown: Vec<_> = wrong.iter().take(20).cloned().collect();
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{}",
        wrong.len(),
        shown.join("\n")
    );
    assert!(count > 2000, "{count}");
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
    hex.as_bytes()
        .chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}
