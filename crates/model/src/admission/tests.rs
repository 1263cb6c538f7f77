//! Where not everything is known. What the webhook says, who knows all, is in its own tests.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Decision, Known, KnownClass, KnownConnector, Review, pod, validate};
use crate::{class, connector};

/// Some files: the class `git`, and the Connector `git-main` of namespace `demo`.
struct Files;

fn git() -> Value {
    json!({
        "apiVersion": "patchbay.dev/v1alpha1", "kind": "ConnectorClass", "metadata": {"name": "git"},
        "spec": {
            "address": {"type": "string"},
            "configurations": [{"name": "gitconfig", "data": {".gitconfig": "{{ .connector.spec.address }}"}}],
        },
    })
}

fn git_main(class: &str) -> Value {
    json!({
        "apiVersion": "patchbay.dev/v1alpha1", "kind": "Connector",
        "metadata": {"name": "git-main", "namespace": "demo"},
        "spec": {"connectorClassName": class, "address": "https://git.example.com"},
    })
}

impl Known for Files {
    fn class(&self, name: &str) -> Option<Arc<KnownClass>> {
        let class = class::from_json(&git()).expect("a class");
        (name == "git").then(|| Arc::new(KnownClass::read(&class).expect("it has a name")))
    }

    fn connector(&self, namespace: &str, name: &str) -> Option<Arc<KnownConnector>> {
        let class = match name {
            "git-main" => "git",
            "other" => "elsewhere",
            _ => return None,
        };
        let connector = connector::from_json(&git_main(class)).expect("a Connector");
        (namespace == "demo").then(|| Arc::new(KnownConnector::read(&connector).expect("it has a name")))
    }

    fn connectors_of(&self, _: &str) -> Vec<Arc<KnownConnector>> {
        vec![]
    }

    fn class_names(&self, _: usize) -> Vec<String> {
        vec!["git".to_owned()]
    }

    fn connector_names(&self, _: &str, _: usize) -> Vec<String> {
        vec!["git-main".to_owned()]
    }

    fn is_complete(&self) -> bool {
        false
    }
}

fn decide(group: &str, version: &str, object: &Value) -> Option<Decision> {
    let text = |pointer| {
        object
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let review = Review {
        group,
        version,
        kind: text("/kind"),
        name: text("/metadata/name"),
        namespace: "demo",
        object,
        old: None,
    };
    validate(&review, &Files)
}

fn said(decision: &Decision) -> (Vec<String>, Vec<String>) {
    let refused = decision.refusal.iter().flat_map(|it| &it.problems);
    (
        refused.map(ToString::to_string).collect(),
        decision.warnings.iter().map(ToString::to_string).collect(),
    )
}

#[test]
fn a_class_that_is_elsewhere_is_a_warning() {
    let object = git_main("gti");
    let (refused, warnings) = said(&decide("patchbay.dev", "v1alpha1", &object).expect("ours"));
    assert_eq!(refused, [""; 0]);
    assert_eq!(
        warnings,
        [
            "spec.connectorClassName: ConnectorClass \"gti\" is not among these objects (did you mean \"git\"?); nothing \
             of this Connector is checked against it"
        ]
    );
}

#[test]
fn what_needs_no_class_is_refused_all_the_same() {
    let mut object = git_main("elsewhere");
    object["spec"]["address"] = json!("git.example.com");
    let (refused, warnings) = said(&decide("patchbay.dev", "v1alpha1", &object).expect("ours"));
    assert_eq!(
        (refused.len(), warnings.len()),
        (1, 1),
        "{refused:?} {warnings:?}"
    );
    assert!(refused[0].starts_with("spec.address: "), "{refused:?}");
}

fn template(annotation: &str) -> Value {
    json!({
        "metadata": {"annotations": {"patchbay.dev/mounts": annotation}},
        "spec": {
            "containers": [{"name": "app"}],
            "volumes": [{"name": "patchbay-12345678", "csi": {"driver": "csi.patchbay.dev"}}],
        },
    })
}

#[test]
fn a_connector_that_is_elsewhere_is_a_warning() {
    let pod = template("elsewhere, other");
    let read = pod::read(&pod).expect("a pod").expect("with the annotation");
    let decided = pod::decide(&read, "demo", &Files).expect("allowed");
    let warnings: Vec<_> = decided.warnings.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        warnings,
        [
            "Connector \"elsewhere\" of namespace \"demo\" is not among these objects; the mount is not checked against it",
            "ConnectorClass \"elsewhere\" of Connector \"other\" is not among these objects; the mount is not checked \
             against it",
        ]
    );
    let workload = json!({"kind": "Deployment", "spec": {"template": template("git-mian")}});
    let decision = decide("apps", "v1", &workload).expect("it concerns us");
    assert!(decision.incomplete);
    let (refused, warnings) = said(&decision);
    assert_eq!((refused.len(), warnings.len()), (0, 1));
    assert!(
        warnings[0].contains("(did you mean \"git-main\"?)") && !warnings[0].contains("refused"),
        "{warnings:?}"
    );
}

#[test]
fn what_is_here_is_checked() {
    let pod = template("git-main");
    let read = pod::read(&pod).expect("a pod").expect("with the annotation");
    let refusal = pod::decide(&read, "demo", &Files).expect_err("the volume's name is not its to have");
    assert!(
        refusal
            .problems
            .to_string()
            .starts_with("spec.volumes[0].name: names that begin with")
    );
}
