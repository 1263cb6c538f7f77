use serde_json::json;

use super::*;
use crate::class;
use crate::connector::from_json;

/// A class that has become stricter than the Connectors below.
fn strict() -> Class {
    let object = json!({"metadata": {"name": "git"}, "spec": {
        "params": [
            {"name": "depth", "type": "integer", "default": 1},
            {"name": "branch", "enum": ["main", "trunk"], "default": "main"},
            {"name": "organisation"},
        ],
    }});
    class::parse(&class::from_json(&object).expect("a class"))
        .expect("a class")
        .value
}

#[expect(clippy::needless_pass_by_value, reason = "tables of literals read better")]
fn connector(spec: Value) -> patchbay_api::Connector {
    from_json(&json!({"metadata": {"name": "x", "namespace": "y"}, "spec": spec})).expect("a connector")
}

fn stored() -> Value {
    json!({
        "connectorClassName": "git",
        "address": "https://x",
        "params": [{"name": "depth", "value": "5"}, {"name": "branch", "value": "main"}],
    })
}

fn update(change: impl FnOnce(&mut Value)) -> Result<Checked<Option<Bound>>, String> {
    let old = stored();
    let mut new = old.clone();
    change(&mut new);
    admit_update(&connector(old), &connector(new), Some(&strict())).map_err(|v| v.to_string())
}

#[test]
fn a_connector_that_its_class_left_behind_can_still_be_changed() {
    for change in [
        |_: &mut Value| {},
        |spec: &mut Value| spec["address"] = json!("https://y"),
        |spec: &mut Value| spec["params"][1]["value"] = json!("trunk"),
        // A new item before the wrong one changes its position and nothing else.
        |spec: &mut Value| {
            spec["params"] = json!([{"name": "branch", "value": "main"}, {"name": "depth", "value": "5"}]);
        },
        |spec: &mut Value| spec["caCertSecretRef"] = json!({"name": "ca"}),
    ] {
        let checked = update(change).expect("accepted");
        assert_eq!(checked.value, None);
        assert_eq!(checked.warnings.len(), 2, "{:?}", checked.warnings);
        assert!(
            checked
                .warnings
                .iter()
                .all(|w| w.message.ends_with("(accepted because it was so before)"))
        );
    }
}

#[test]
fn new_and_changed_fields_are_refused() {
    for (change, said) in [
        (
            (|spec: &mut Value| spec["params"][0]["value"] = json!("6")) as fn(&mut Value),
            "spec.params[0].value: got \"6\" (string), class \"git\" wants an integer: remove the quotes",
        ),
        (
            |spec| spec["params"][1]["value"] = json!("mian"),
            "spec.params[1].value: got \"mian\" (string)",
        ),
        (|spec| spec["address"] = json!("x"), "spec.address: got \"x\""),
        (
            |spec| {
                spec["params"]
                    .as_array_mut()
                    .expect("a list")
                    .push(json!({"name": "nope", "value": 1}))
            },
            "spec.params[2].name: got \"nope\"",
        ),
        (
            |spec| spec["auth"] = json!({"name": "x"}),
            "spec.auth: class \"git\" takes no credentials",
        ),
    ] {
        let error = update(change).expect_err(said);
        assert!(error.starts_with(said), "{error}");
    }
}

#[test]
fn a_connector_that_was_put_right_is_bound() {
    let checked = update(|spec| {
        spec["params"] = json!([{"name": "depth", "value": 5}, {"name": "organisation", "value": "acme"}]);
    })
    .expect("accepted");
    assert!(checked.value.is_some());
    assert_eq!(checked.warnings, []);
}

#[test]
fn another_class_is_another_set_of_rules() {
    let mut old = stored();
    old["connectorClassName"] = json!("older");
    let error = admit_update(&connector(old), &connector(stored()), Some(&strict())).expect_err("all counts");
    assert_eq!(error.count(), 2, "{error}");
}

#[test]
fn an_object_that_is_being_deleted_passes() {
    let mut new = connector(json!({"connectorClassName": "Wrong", "address": "x"}));
    new.metadata.deletion_timestamp = serde_json::from_value(json!("2026-01-01T00:00:00Z")).expect("a time");
    let checked = admit_update(&connector(stored()), &new, Some(&strict())).expect("passes");
    assert_eq!(checked.warnings, []);
}

#[test]
fn long_values_that_differ_at_the_end_only_are_different() {
    let long = |end: &str| {
        let mut spec = stored();
        spec["params"][0]["value"] = json!(format!("{}{end}", "x".repeat(200)));
        connector(spec)
    };
    assert!(admit_update(&long("a"), &long("a"), Some(&strict())).is_ok());
    assert!(admit_update(&long("a"), &long("b"), Some(&strict())).is_err());
}
