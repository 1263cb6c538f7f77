//! Input that nobody sends by accident. Any pod can reach an admission endpoint: nothing that it sends may panic, hang,
//! or be answered by other than a review or a plain refusal.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::mutate::mutate;
use crate::review::{Request, answer};
use crate::testing::{GIT, INDEX, connector, yaml};
use crate::validate::validate;

fn pod() -> Value {
    json!({
        "metadata": { "name": "web", "annotations": {
            "patchbay.dev/mounts": "- {connector: git-main, containers: [app], mountPath: /x}",
            "patchbay.dev/injected": "x",
        } },
        "spec": {
            "volumes": [{ "name": "data", "csi": { "driver": "x", "volumeAttributes": {} } }],
            "initContainers": [{ "name": "init", "env": [{ "name": "A", "value": "b" }] }],
            "containers": [{ "name": "app", "volumeMounts": [{ "name": "data", "mountPath": "/data" }] }],
        },
    })
}

/// Good reviews of every kind that is decided on.
fn reviews() -> Vec<Value> {
    let review = |group: &str, version: &str, kind: &str, object: Value| {
        json!({
            "apiVersion": "admission.k8s.io/v1",
            "kind": "AdmissionReview",
            "request": {
                "uid": "u-1",
                "kind": { "group": group, "version": version, "kind": kind },
                "name": "x",
                "namespace": "demo",
                "operation": "UPDATE",
                "object": object,
                "oldObject": object,
            },
        })
    };
    let workload =
        json!({ "metadata": { "ownerReferences": [{ "controller": true }] }, "spec": { "template": pod() } });
    let mut creation = review("", "v1", "Pod", pod());
    creation["request"]["operation"] = json!("CREATE");
    vec![
        creation,
        review("patchbay.dev", "v1alpha1", "Connector", connector("demo", "x")),
        review("patchbay.dev", "v1alpha1", "ConnectorClass", yaml(GIT)),
        review("apps", "v1", "Deployment", workload.clone()),
        review(
            "batch",
            "v1",
            "CronJob",
            json!({ "spec": { "jobTemplate": workload } }),
        ),
    ]
}

fn pointers(value: &Value, place: &str, all: &mut Vec<String>) {
    all.push(place.to_owned());
    let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(fields) => {
            fields
                .iter()
                .for_each(|(name, value)| pointers(value, &format!("{place}/{}", escape(name)), all));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| pointers(value, &format!("{place}/{index}"), all));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn hostile() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!(-1)),
        Just(json!(1e308)),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null, [], { "": "" }])),
        Just(json!({ "a/b~c": { "\u{0}": [1] } })),
        Just(json!("{{")),
        Just(json!("{{ range . }}{{ end")),
        Just(json!("- [")),
        Just(json!("- &a [*a, *a]")),
        Just(json!("../../..")),
        Just(json!("\u{202e}\u{0}\n")),
        Just(json!("a".repeat(100_000))),
        Just(json!("[".repeat(10_000))),
        ".{0,30}".prop_map(Value::String),
    ]
}

/// Whatever comes: an answer that is JSON, or a refusal to read it.
fn survives(body: &[u8]) {
    let Ok(request) = Request::read(body) else { return };
    for verdict in [validate(&request, &*INDEX), mutate(&request, &*INDEX)] {
        let answer: Value =
            serde_json::from_slice(&answer(&request.uid, Some(&request), &verdict)).expect("JSON");
        assert_eq!(answer["response"]["uid"], request.uid.as_str());
        assert!(answer.to_string().len() < 4 << 20);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_review_with_something_else_in_it(
        which in 0usize..5,
        changes in prop::collection::vec((any::<prop::sample::Index>(), hostile()), 1..4),
    ) {
        let mut review = reviews().swap_remove(which);
        for (place, value) in changes {
            let mut all = Vec::new();
            pointers(&review, "", &mut all);
            let place = all.swap_remove(place.index(all.len()));
            *review.pointer_mut(&place).expect("the place exists") = value;
        }
        survives(review.to_string().as_bytes());
    }

    #[test]
    fn a_review_that_is_cut_or_damaged(which in 0usize..5, cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = reviews().swap_remove(which).to_string().into_bytes();
        let at = cut.index(body.len());
        survives(&body[..at]);
        body[at] = byte;
        survives(&body);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
    }
}

#[test]
fn a_pod_of_many_small_parts_is_refused_or_answered_shortly() {
    let mut review = reviews().swap_remove(0);
    let names: Vec<Value> = (0..20_000).map(|i| json!({ "name": format!("v{i}") })).collect();
    review["request"]["object"]["spec"]["volumes"] = names.clone().into();
    review["request"]["object"]["spec"]["containers"] = names.into();
    survives(review.to_string().as_bytes());
}
