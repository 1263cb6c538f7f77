//! The static checks over cases that were answered by Go.

use gotemplate::{Template, check};

use crate::golden::Answer;
use crate::oracle::goldens;

/// What stands in a branch that never runs, and would fail if it ran, is told all the same.
const NEVER_RUN: &[&str] = &["{{if .no}}{{template \"nope\"}}{{end}}ok"];

#[test]
fn what_works_is_no_mistake() {
    let mut checked = 0;
    let mut wrong = Vec::new();
    for (topic, golden) in &goldens() {
        for group in &golden.groups {
            for (text, go) in &group.cases {
                let Ok(template) = Template::parse("t", text, &group.options()) else {
                    continue;
                };
                // Whatever the template, the search ends.
                let found = check::references(&template);
                let mistakes = check::mistakes(&template);
                if !matches!(go, Answer::Ok(_)) || NEVER_RUN.contains(&text.as_str()) {
                    continue;
                }
                checked += 1;
                if let Err(error) = found {
                    wrong.push(format!("{topic}: {text:?}\n    {error}"));
                }
                // Random templates have mistakes in their dead branches.
                if topic.starts_with("generated") {
                    continue;
                }
                wrong.extend(
                    mistakes
                        .iter()
                        .map(|mistake| format!("{topic}: {text:?}\n    {}", mistake.message)),
                );
            }
        }
    }
    assert!(checked > 5000, "{checked}");
    assert!(
        wrong.is_empty(),
        "{} of {checked}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
