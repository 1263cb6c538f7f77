use serde_json::{Value, json};

use super::*;
use crate::class;

fn object(spec: &Value) -> ConnectorClass {
    class::from_json(&json!({"metadata": {"name": "git"}, "spec": spec})).expect("a class")
}

fn spec() -> Value {
    json!({
        "params": [{"name": "depth", "type": "integer", "default": 1}],
        "auth": {"types": [
            {"name": "basicAuth", "secretType": "kubernetes.io/basic-auth", "optional": true},
            {"name": "sshAuth", "secretType": "kubernetes.io/ssh-auth"},
        ]},
        "configurations": [
            {"name": "gitconfig", "data": {".gitconfig": "x", "extra": "x"}, "params": [{"name": "a"}, {"name": "b", "default": "x"}]},
            {"name": "netrc", "data": {".netrc": "x"}},
        ],
    })
}

fn push(list: &mut Value, item: Value) {
    list.as_array_mut().expect("a list").push(item);
}

fn connector(name: &str, spec: Value) -> Connector {
    let mut spec = spec;
    spec["address"] = json!("https://x");
    if spec.get("connectorClassName").is_none() {
        spec["connectorClassName"] = json!("git");
    }
    let object =
        connector::from_json(&json!({"metadata": {"name": name, "namespace": "team"}, "spec": spec}));
    connector::parse(&object.expect("a connector"))
        .expect("a connector")
        .value
}

fn update(
    change: impl FnOnce(&mut Value),
    connectors: &[Connector],
) -> Result<Checked<Option<Class>>, Vec<String>> {
    let old = spec();
    let mut new = old.clone();
    change(&mut new);
    admit(&object(&new), Some(&object(&old)), connectors)
        .map_err(|v| v.iter().map(ToString::to_string).collect())
}

fn ssh(name: &str) -> Connector {
    connector(
        name,
        json!({"auth": {"name": "sshAuth", "secretRef": {"name": "s"}}}),
    )
}

#[test]
fn harmless_changes_pass() {
    let connectors = [
        ssh("a"),
        connector("b", json!({"params": [{"name": "depth", "value": 3}]})),
    ];
    for change in [
        |_: &mut Value| {},
        |spec: &mut Value| push(&mut spec["params"], json!({"name": "new", "default": "x"})),
        |spec: &mut Value| {
            push(
                &mut spec["auth"]["types"],
                json!({"name": "tls", "secretType": "kubernetes.io/tls"}),
            )
        },
        |spec: &mut Value| {
            push(
                &mut spec["configurations"],
                json!({"name": "new", "data": {"f": "x"}}),
            )
        },
        |spec: &mut Value| spec["configurations"][0]["data"][".gitconfig"] = json!("y"),
        |spec: &mut Value| spec["configurations"][0]["params"][0]["default"] = json!("y"),
    ] {
        let checked = update(change, &connectors).expect("passes");
        assert!(checked.value.is_some());
        assert_eq!(checked.warnings, []);
    }
}

#[test]
fn a_change_that_strands_connectors_is_refused_with_their_names() {
    let connectors = [
        ssh("b"),
        ssh("a"),
        connector("c", json!({})),
        connector("d", json!({"connectorClassName": "other"})),
    ];
    let violations = update(
        |spec| spec["auth"]["types"] = json!([spec["auth"]["types"][0]]),
        &connectors,
    )
    .expect_err("stranded");
    assert_eq!(
        violations,
        ["spec: the change would make 2 Connectors invalid: \
          team/a (spec.auth.name: got \"sshAuth\", class \"git\" has basicAuth); \
          team/b (spec.auth.name: got \"sshAuth\", class \"git\" has basicAuth); \
          if that is meant, set the annotation patchbay.dev/allow-breaking: \"true\""]
    );
    let violations = update(
        |spec| push(&mut spec["params"], json!({"name": "new"})),
        &connectors,
    )
    .expect_err("a required param");
    assert!(
        violations[0].contains("make 3 Connectors invalid: team/a (spec.params: \"new\" (string) is missing"),
        "{violations:?}"
    );
}

#[test]
fn many_stranded_connectors_are_counted() {
    let connectors: Vec<Connector> = (0..1000).rev().map(|i| ssh(&format!("c{i:04}"))).collect();
    let violations = update(
        |spec| spec["auth"]["types"] = json!([spec["auth"]["types"][0]]),
        &connectors,
    )
    .expect_err("stranded");
    let text = &violations[0];
    assert!(
        text.contains("make 1000 Connectors invalid: team/c0000 ("),
        "{text}"
    );
    assert!(
        text.contains("team/c0009 (") && !text.contains("team/c0010"),
        "{text}"
    );
    assert!(text.contains("; 990 more; if that is meant"), "{text}");
}

#[test]
fn what_pods_may_have_mounted_may_not_vanish() {
    let connectors = [ssh("a")];
    for (change, said) in [
        (
            (|spec| spec["configurations"] = json!([spec["configurations"][0]])) as fn(&mut Value),
            "spec.configurations[netrc]: is not there any more, and pods may mount it: the class has 1 Connector",
        ),
        (
            |spec| spec["configurations"][1]["name"] = json!("netrc2"),
            "spec.configurations[netrc]: is not there any more",
        ),
        (
            |spec| spec["configurations"][0]["data"] = json!({".gitconfig": "x"}),
            "spec.configurations[gitconfig]: has no file \"extra\" any more",
        ),
        (
            |spec| spec["configurations"][0]["params"][1] = json!({"name": "b"}),
            "spec.configurations[gitconfig]: requires the parameter \"b\" now",
        ),
        (
            |spec| push(&mut spec["configurations"][0]["params"], json!({"name": "c"})),
            "spec.configurations[gitconfig]: requires the parameter \"c\" now",
        ),
        (
            |spec| spec["configurations"][0]["params"] = json!([{"name": "a"}]),
            "spec.configurations[gitconfig]: does not know the parameter \"b\" any more",
        ),
        (
            |spec| spec["configurations"][0]["params"][0]["type"] = json!("integer"),
            "spec.configurations[gitconfig]: wants \"a\" as integer now",
        ),
    ] {
        let violations = update(change, &connectors).expect_err(said);
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(violations[0].starts_with(said), "{violations:?}");
        // Nobody uses the class: nothing is lost.
        assert!(update(change, &[]).is_ok(), "{said}");
    }
}

#[test]
fn the_annotation_makes_a_warning_of_it() {
    let mut new = spec();
    new["configurations"] = json!([]);
    new["auth"]["types"] = json!([new["auth"]["types"][0]]);
    let mut new = object(&new);
    new.metadata.annotations = Some([(ANNOTATION_ALLOW_BREAKING.to_owned(), "true".to_owned())].into());
    let checked = admit(&new, Some(&object(&spec())), &[ssh("a")]).expect("allowed");
    assert_eq!(checked.warnings.len(), 3, "{:?}", checked.warnings);
    assert!(checked.value.is_some());
}

#[test]
fn a_connector_that_was_wrong_before_is_not_stranded() {
    let connectors = [connector(
        "a",
        json!({"params": [{"name": "depth", "value": "x"}]}),
    )];
    let checked = update(|spec| spec["params"][0]["default"] = json!(2), &connectors).expect("passes");
    assert!(checked.value.is_some());
}

#[test]
fn a_class_that_is_wrong_already_can_still_be_changed() {
    let old = json!({"livenessProbe": {"http": {"path": "x"}}, "params": [{"name": "a"}]});
    let mut new = old.clone();
    new["params"] = json!([{"name": "b"}]);
    let checked = admit(&object(&new), Some(&object(&old)), &[]).expect("passes");
    assert!(checked.value.is_none());
    assert_eq!(checked.warnings.len(), 1, "{:?}", checked.warnings);
    new["livenessProbe"]["http"]["path"] = json!("y");
    assert!(admit(&object(&new), Some(&object(&old)), &[]).is_err());
    let mut going = object(&json!({"livenessProbe": {}}));
    going.metadata.deletion_timestamp =
        serde_json::from_value(json!("2026-01-01T00:00:00Z")).expect("a time");
    assert!(admit(&going, Some(&object(&old)), &[]).is_ok());
}

#[test]
fn a_new_class_strands_nobody() {
    let checked = admit(
        &object(&spec()),
        None,
        &[connector("a", json!({"params": [{"name": "x", "value": 1}]}))],
    );
    assert!(checked.expect("passes").value.is_some());
}
