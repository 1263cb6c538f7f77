use serde_json::json;

use super::*;
use crate::class;

fn class() -> Class {
    let object = json!({"metadata": {"name": "git"}, "spec": {"configurations": [
        {"name": "gitconfig", "data": {".gitconfig": "x"},
         "env": [{"name": "GIT_CONFIG_GLOBAL", "value": "{{ .mountPath }}/.gitconfig"}, {"name": "GIT_TERMINAL_PROMPT", "value": "0"}]},
        {"name": "other", "data": {"f": "x"}, "env": {"GIT_CONFIG_GLOBAL": "{{ .mountPath }}/f"}},
        {"name": "broken", "data": {"f": "x"}, "env": {"A": "{{ fail \"no\" }}"}},
    ]}});
    class::parse(&class::from_json(&object).expect("a class"))
        .expect("a class")
        .value
}

fn shown(configurations: &[&str]) -> Vec<String> {
    let names: Vec<String> = configurations.iter().map(|n| (*n).to_owned()).collect();
    variables(&class(), &names, "/bindings/git")
        .expect("renders")
        .into_iter()
        .map(|v| format!("{}={} ({})", v.name, v.value, v.configuration))
        .collect()
}

#[test]
fn variables_know_where_the_volume_is() {
    assert_eq!(
        shown(&["gitconfig"]),
        [
            "GIT_CONFIG_GLOBAL=/bindings/git/.gitconfig (gitconfig)",
            "GIT_TERMINAL_PROMPT=0 (gitconfig)"
        ]
    );
    assert_eq!(shown(&["nowhere"]), [""; 0]);
}

#[test]
fn a_later_configuration_wins() {
    assert_eq!(
        shown(&["gitconfig", "other"]),
        [
            "GIT_TERMINAL_PROMPT=0 (gitconfig)",
            "GIT_CONFIG_GLOBAL=/bindings/git/f (other)"
        ]
    );
}

#[test]
fn a_variable_that_cannot_be_rendered_is_named() {
    let error = variables(&class(), &["broken".to_owned()], "/x")
        .expect_err("fails")
        .to_string();
    assert!(
        error.starts_with("variable A of configuration \"broken\" cannot be rendered: line 1"),
        "{error}"
    );
}
