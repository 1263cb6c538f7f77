//! Agreement with cel-go over the goldens.

use std::{collections::BTreeSet, path::Path};

use crate::golden::{self, Accepted, Golden};

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

/// The same value of the same type, or an error in the same phase. What differs is listed, and what is listed differs.
#[test]
fn agrees_with_cel_go() {
    let accepted = accepted();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut agree = 0;
    for (topic, golden) in &goldens() {
        assert!(!golden.about.is_empty(), "{topic}");
        for group in &golden.groups {
            for (source, go) in &group.cases {
                let ours = golden::ours(source, &group.data);
                if ours.agrees(go) {
                    agree += 1;
                } else if let Some(at) = accepted.iter().position(|one| one.explains(source, go, &ours)) {
                    seen.insert(at);
                } else {
                    wrong.push(format!(
                        "{topic}: {source}\n    go   {}\n    ours {}",
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
        assert!(seen.contains(&at), "this differs no more: {}", one.reason);
    }
    assert!(agree > 1500, "only {agree} cases");
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
