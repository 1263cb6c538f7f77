//! What is shipped, and what the seeds print, is accepted.

use std::path::Path;

use serde_json::{Value, json};

use super::cases::{root, run};

fn validate(args: &[&str]) -> (i32, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut all = vec!["validate", "-o", "json"];
    all.extend(args);
    let (code, stdout, stderr) = run(folder.path(), &all, b"");
    assert!(stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    (code, serde_json::from_slice(&stdout).expect("JSON"))
}

#[test]
fn shipped_classes_are_right_without_a_warning() {
    let folder = root().join("charts/patchbay/classes");
    let (code, report) = validate(&["--strict", &folder.display().to_string()]);
    assert_eq!(code, 0, "{report:#}");
    assert_eq!(report["findings"], json!([]));
}

#[test]
fn examples_are_right_but_the_wrong_one() {
    let (examples, classes) = (root().join("examples"), root().join("charts/patchbay/classes"));
    let (code, report) = validate(&[
        "-f",
        &examples.display().to_string(),
        "-f",
        &classes.display().to_string(),
    ]);
    assert_eq!(code, 1);
    for finding in report["findings"].as_array().expect("a list") {
        let file = Path::new(finding["file"].as_str().expect("a file"));
        let wrong = file
            .file_name()
            .is_some_and(|name| name == "05-wrong-connector.yaml");
        assert!(wrong, "{finding:#}");
    }
    assert_eq!(report["summary"]["errors"], json!(4), "{report:#}");
}

/// Every snippet of seed 002, made whole as the model's tests make it whole.
#[test]
fn seeds_are_accepted() {
    let folder = root().join("crates/model/cases/seed-002");
    let whole = tempfile::tempdir().expect("a folder");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the snippets") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        count += 1;
        let text = std::fs::read_to_string(&path).expect("a snippet");
        let lines: Vec<&str> = text.lines().collect();
        let has = |word: &str| lines.iter().any(|line| line.starts_with(word));
        let mut made: Vec<String> = lines
            .iter()
            .filter(|line| !line.starts_with("apiVersion:"))
            .map(|line| (*line).to_owned())
            .collect();
        made.insert(0, "apiVersion: patchbay.dev/v1alpha1".to_owned());
        for (word, line) in [
            ("kind:", "kind: ConnectorClass"),
            ("metadata:", "metadata: {name: git}"),
            ("spec:", "spec:"),
        ] {
            if !has(word) {
                made.push(line.to_owned());
            }
        }
        if text.contains("authProbes:") && !text.contains("types:") {
            let at = made
                .iter()
                .position(|line| line.starts_with("spec:"))
                .expect("a spec");
            let indent = made
                .get(at + 1)
                .map_or(2, |line| line.len() - line.trim_start().len());
            let auth = "auth: {types: [{name: basicAuth, secretType: kubernetes.io/basic-auth}]}";
            made.insert(at + 1, format!("{}{auth}", " ".repeat(indent)));
        }
        let text = made.join("\n");
        let text = if text.ends_with("spec:") {
            format!("{text} {{}}")
        } else {
            text
        };
        std::fs::write(whole.path().join(path.file_name().expect("a name")), text).expect("written");
    }
    assert_eq!(count, 26);
    let (_, report) = validate(&[&whole.path().display().to_string()]);
    let errors: Vec<&Value> = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|finding| finding["severity"] == json!("error"))
        .collect();
    assert_eq!(errors, Vec::<&Value>::new());
    assert_eq!(report["summary"]["objects"], json!(26));
}
