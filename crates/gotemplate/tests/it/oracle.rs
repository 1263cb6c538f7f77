//! Agreement with Go over the goldens.

use std::{collections::BTreeSet, path::Path};

use gotemplate::{ParseErrorKind, Template};

use crate::golden::{self, Accepted, Answer, Golden};

fn testdata(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

/// Differences that are meant.
fn accepted() -> Vec<Accepted> {
    golden::accepted(&testdata("differences.json")).unwrap()
}

pub(crate) fn goldens() -> Vec<(String, Golden)> {
    golden::read(&testdata("go")).unwrap()
}

/// Byte for byte, or an error in the same phase. What differs is listed, and what is listed differs.
#[test]
fn agrees_with_go() {
    let accepted = accepted();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut agree = 0;
    for (topic, golden) in &goldens() {
        assert!(!golden.about.is_empty(), "{topic}");
        for group in &golden.groups {
            for (template, go) in &group.cases {
                let ours = group.ours(template);
                if ours.agrees(go) {
                    agree += 1;
                } else if let Some(at) = accepted.iter().position(|one| one.explains(template, &ours)) {
                    seen.insert(at);
                } else {
                    wrong.push(format!(
                        "{topic}: {template:?}\n    go   {}\n    ours {}",
                        go.shown(),
                        ours.shown()
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ, {agree} agree:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    for (at, one) in accepted.iter().enumerate() {
        let expected = !one.says.is_empty() || !one.cases.is_empty();
        assert!(
            !expected || seen.contains(&at),
            "this differs no more: {}",
            one.reason
        );
    }
    assert!(agree > 6000, "only {agree} cases");
}

/// The list gives its reasons in sentences.
#[test]
fn every_difference_has_its_reason() {
    for Accepted { reason, .. } in accepted() {
        assert!(
            reason.split(' ').count() >= 4 && reason.ends_with('.'),
            "{reason:?}"
        );
    }
}

/// What is left out on purpose says so by name, wherever it stands.
#[test]
fn what_is_refused_says_why() {
    let group = golden::Group {
        sprig: true,
        ..golden::Group::default()
    };
    for one in accepted() {
        for name in one.functions {
            let text = format!("{{{{ if false }}}}{{{{ {name} }}}}{{{{ end }}}}");
            let error = Template::parse("main", &text, &group.options()).expect_err(&name);
            assert!(
                matches!(error.kind, ParseErrorKind::RefusedFunction { .. }),
                "{name}: {error}"
            );
            assert_eq!(error.reason(), "TemplateForbiddenFunction");
        }
    }
}

/// Where both fail, our words for Go's error are the words that Go has, in most cases: people look for them.
#[test]
fn errors_say_what_go_says() {
    let mut same = 0;
    let mut all = 0;
    for (_, golden) in goldens() {
        for group in golden.groups {
            for (template, go) in &group.cases {
                match (go, group.ours(template)) {
                    (Answer::Parse(go), Answer::Parse(ours)) | (Answer::Exec(go), Answer::Exec(ours)) => {
                        all += 1;
                        same += usize::from(message(go) == message(&ours));
                    }
                    _ => {}
                }
            }
        }
    }
    println!("{same} of {all} errors have Go's own words");
    assert!(same * 2 > all, "only {same} of {all} errors have Go's own words");
}

/// An error's text without the place.
fn message(text: &str) -> &str {
    let after = |text: &'static str| move |from: &str| from.find(text).map(|at| at + text.len());
    if let Some(at) = after(">: ")(text) {
        return text.get(at..).unwrap_or(text);
    }
    text.splitn(3, ": ").nth(2).unwrap_or(text)
}
