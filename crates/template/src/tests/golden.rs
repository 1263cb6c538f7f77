//! What Go's `text/template` with sprig 3.3 prints, case by case.

use serde::Deserialize;
use serde_json::Value;

use super::render;

#[derive(Deserialize)]
struct Golden {
    data: Value,
    /// Template and output.
    cases: Vec<(String, String)>,
}

#[test]
fn outputs_are_those_of_go() {
    let golden: Golden = serde_json::from_str(include_str!("../../testdata/go.json")).unwrap();
    assert!(golden.cases.len() > 400, "{}", golden.cases.len());
    let wrong: Vec<String> = golden
        .cases
        .iter()
        .filter_map(|(template, wants)| match render(template, &golden.data) {
            Ok(got) if got == *wants => None,
            got => Some(format!("{template}\n   got {got:?}\n wants {wants:?}")),
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        golden.cases.len(),
        wrong.join("\n")
    );
}
