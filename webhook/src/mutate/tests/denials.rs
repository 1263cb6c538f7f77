//! What pods are refused for, and in which words.

use serde_json::{Value, json};

use super::{decide, denied, injected, pod};
use crate::review::Outcome;

const PLACE: &str = "metadata.annotations[patchbay.dev/mounts]";

#[test]
fn a_connector_that_does_not_exist() {
    assert_eq!(
        denied(&pod("git-mian")),
        format!(
            "{PLACE}: Connector \"git-mian\" does not exist in namespace \"demo\"; did you mean \"git-main\"? \
             (there are: \"git-main\", \"git-other\")"
        )
    );
    assert_eq!(decide(&pod("git-mian")).outcome, Outcome::ConnectorNotFound);
}

#[test]
fn a_connector_of_another_namespace_reads_the_same_whether_it_exists_or_not() {
    let message = |name: &str| {
        format!(
            "{PLACE}[0]: Connector \"{name}\" of namespace \"team-b\" does not exist, or is not shared with namespace \
             \"demo\"; mount a Connector of the pod's own namespace"
        )
    };
    for name in ["private", "nothing"] {
        let annotation = format!("- {{connector: {name}, namespace: team-b}}");
        assert_eq!(denied(&pod(&annotation)), message(name));
    }
}

#[test]
fn an_unknown_configuration() {
    let message = denied(&pod("- {connector: git-main, configurations: [gitconfg]}"));
    assert!(
        message.starts_with(PLACE) && message.contains("gitconfg") && message.contains("gitconfig"),
        "{message}"
    );
}

#[test]
fn an_unknown_container() {
    assert_eq!(
        denied(&pod("- {connector: git-main, containers: [app, ap]}")),
        format!(
            "{PLACE}[0].containers[1]: the pod has no container \"ap\"; did you mean \"app\"? (there are: \"setup\", \
             \"proxy\", \"app\")"
        )
    );
}

#[test]
fn an_empty_annotation() {
    let message = denied(&pod(""));
    assert!(message.starts_with(PLACE), "{message}");
}

#[test]
fn a_volume_that_uses_the_reserved_prefix() {
    let mut object = pod("git-main");
    object["spec"]["volumes"] = json!([{ "name": "patchbay-data", "emptyDir": {} }]);
    assert_eq!(
        denied(&object),
        format!(
            "spec.volumes[0].name: names that begin with \"patchbay-\" are reserved for the volumes of {PLACE}; rename \
             the volume, or remove it if it was copied from another pod"
        )
    );
}

#[test]
fn a_volume_of_ours_that_somebody_changed() {
    for change in [
        |csi: &mut Value| csi["readOnly"] = json!(false),
        |csi: &mut Value| csi["driver"] = json!("other"),
        |csi: &mut Value| csi["volumeAttributes"]["connectors"] = json!("git-other"),
    ] {
        let mut object = injected(&pod("git-main"));
        change(&mut object["spec"]["volumes"][0]["csi"]);
        assert!(denied(&object).starts_with("spec.volumes[0].name: names that begin with"));
    }
}

#[test]
fn a_mount_path_that_is_taken() {
    let mut object = pod("- {connector: git-main, mountPath: /home/app, containers: [app]}");
    object["spec"]["volumes"] = json!([{ "name": "home", "emptyDir": {} }]);
    object["spec"]["containers"][0]["volumeMounts"] = json!([{ "name": "home", "mountPath": "/home/app/" }]);
    assert_eq!(
        denied(&object),
        "spec.containers[0].volumeMounts[0].mountPath: /home/app is where \"git-main\" is to be mounted; give one of \
         them another path"
    );
    object["spec"]["containers"][0]["volumeMounts"][0]["mountPath"] = json!("/home/app/.cache");
    assert_eq!(
        denied(&object),
        "spec.containers[0].volumeMounts[0].mountPath: lies inside /home/app, where \"git-main\" is to be mounted \
         read-only; give one of them another path"
    );
}

#[test]
fn two_mounts_at_the_same_place() {
    let annotation = "- {connector: git-main, mountPath: /x}\n- {connector: git-other, mountPath: /x/y, containers: [app]}\n";
    assert_eq!(
        denied(&pod(annotation)),
        format!(
            "{PLACE}[1]: /x/y in container \"app\" is the place of another mount of this annotation, or inside or \
             around it; give one of them another mountPath"
        )
    );
}

#[test]
fn a_mount_of_ours_that_is_writable() {
    let mut object = injected(&pod("git-main"));
    object["spec"]["containers"][0]["volumeMounts"][0]["readOnly"] = json!(false);
    assert_eq!(
        denied(&object),
        "spec.containers[0].volumeMounts[0].readOnly: must be true: what Patchbay mounts is read-only"
    );
}

#[test]
fn a_binding_root_that_is_not_known() {
    let place = "spec.containers[0].env[SERVICE_BINDING_ROOT]";
    for (variable, want) in [
        (
            json!({ "name": "SERVICE_BINDING_ROOT", "valueFrom": { "configMapKeyRef": { "name": "a", "key": "b" } } }),
            "comes from elsewhere (valueFrom) and is not known before the container starts",
        ),
        (
            json!({ "name": "SERVICE_BINDING_ROOT", "value": "$(HOME)/bindings" }),
            "refers to other variables and is not known before the container starts",
        ),
        (
            json!({ "name": "SERVICE_BINDING_ROOT", "value": "bindings" }),
            "is not an absolute path",
        ),
        (
            json!({ "name": "SERVICE_BINDING_ROOT" }),
            "is not an absolute path",
        ),
    ] {
        let mut object = pod("git-main");
        object["spec"]["containers"][0]["env"] = json!([variable]);
        assert_eq!(
            denied(&object),
            format!("{place}: {want}, so there is no place for \"git-main\"; give that mount a mountPath")
        );
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let mut object = pod("- connector: nothing\n- {connector: git-main, configurations: [x]}\n");
    object["spec"]["volumes"] = json!([{ "name": "patchbay-data", "emptyDir": {} }]);
    let verdict = decide(&object);
    assert_eq!(verdict.denial.expect("refused").causes.len(), 2);
}

#[test]
fn too_many_containers() {
    let mut object = pod("git-main, git-other");
    let container = |i: usize| json!({ "name": format!("c{i}"), "image": "i" });
    object["spec"]["containers"] = (0..1500).map(container).collect();
    assert_eq!(
        denied(&object),
        "spec: mounts times containers must not be more than 2000"
    );
}

/// The API server has checked all this before it asks us.
#[test]
fn pods_of_another_shape() {
    for (pointer, value, want) in [
        (
            "/metadata/annotations/patchbay.dev~1mounts",
            json!(1),
            "metadata.annotations[patchbay.dev/mounts]: must be text",
        ),
        (
            "/metadata/annotations/patchbay.dev~1mounts",
            json!(["canary"]),
            "metadata.annotations[patchbay.dev/mounts]: must be text",
        ),
        ("/spec", json!("canary"), "spec: must be an object"),
        (
            "/spec/containers",
            json!({ "canary": 1 }),
            "spec.containers: must be a list",
        ),
        (
            "/spec/containers/0",
            json!("canary"),
            "spec.containers[0]: must be an object",
        ),
        (
            "/spec/containers/0/name",
            json!(["canary"]),
            "spec.containers[0].name: must be text",
        ),
        (
            "/spec/initContainers",
            json!(7),
            "spec.initContainers: must be a list",
        ),
    ] {
        let mut object = pod("git-main");
        *object.pointer_mut(pointer).expect("the place exists") = value;
        assert_eq!(denied(&object), want);
    }
    let mut object = pod("git-main");
    object["spec"]["containers"][0]["env"] = json!([{ "name": "A", "value": 5 }]);
    object["spec"]["containers"][0]["volumeMounts"] = json!("canary");
    object["spec"]["volumes"] = json!([null]);
    assert_eq!(
        denied(&object),
        "3 violations:\n- spec.volumes[0]: must be an object\n- spec.containers[0].volumeMounts: must be a list\n\
         - spec.containers[0].env[0].value: must be text"
    );
}

/// The API server refuses such a pod. Here it must only do no harm.
#[test]
fn a_pod_without_a_spec() {
    let object = json!({ "metadata": { "annotations": { "patchbay.dev/mounts": "git-main" } } });
    let after = injected(&object);
    assert_eq!(after.get("spec"), None);
}
