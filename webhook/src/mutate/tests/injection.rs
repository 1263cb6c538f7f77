//! What pods get.

use serde_json::{Value, json};

use super::{applied, decide, injected, pod};
use crate::mutate::mutate;
use crate::review::{Operation, Outcome};
use crate::testing::{create, index};

/// The volume of `git-main` with all configurations.
fn volume_name(pod: &Value) -> String {
    let name = pod["spec"]["volumes"][0]["name"]
        .as_str()
        .expect("a volume")
        .to_owned();
    let hex = name.strip_prefix("patchbay-").expect("the reserved prefix");
    assert!(
        hex.len() == 8 && hex.chars().all(|c| c.is_ascii_hexdigit()),
        "{name}"
    );
    name
}

#[test]
fn the_short_form_mounts_everything_everywhere() {
    let before = pod("git-main");
    let after = injected(&before);
    let volume = volume_name(&after);
    let mounts = json!([{ "name": volume, "mountPath": "/bindings/git-main", "readOnly": true }]);
    let env = json!([
        { "name": "SERVICE_BINDING_ROOT", "value": "/bindings" },
        { "name": "GIT_CONFIG_GLOBAL", "value": "/bindings/git-main/.gitconfig" },
    ]);
    let stamp = after["metadata"]["annotations"]["patchbay.dev/injected"]
        .as_str()
        .expect("a stamp")
        .to_owned();
    let want = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "web",
            "annotations": { "patchbay.dev/mounts": "git-main", "patchbay.dev/injected": stamp },
        },
        "spec": {
            "initContainers": [
                { "name": "setup", "image": "i", "env": env, "volumeMounts": mounts },
                { "name": "proxy", "image": "i", "restartPolicy": "Always", "env": env, "volumeMounts": mounts },
            ],
            "containers": [{ "name": "app", "image": "i", "env": env, "volumeMounts": mounts }],
            "volumes": [{
                "name": volume,
                "csi": {
                    "driver": "csi.patchbay.dev",
                    "readOnly": true,
                    "volumeAttributes": after["spec"]["volumes"][0]["csi"]["volumeAttributes"],
                },
            }],
        },
    });
    assert_eq!(after, want);
    assert!(stamp.ends_with(&format!(" {volume}")), "{stamp}");
    let attributes = after["spec"]["volumes"][0]["csi"]["volumeAttributes"]
        .as_object()
        .expect("attributes");
    let parsed = attributes
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
    let source = patchbay_model::volume::parse_attributes(&parsed.collect())
        .expect("the driver takes them")
        .value;
    assert_eq!(source.connectors[0].name, "git-main");
    assert_eq!(source.configurations, ["gitconfig", "readme"]);
}

#[test]
fn the_long_form_chooses() {
    let annotation =
        "- connector: git-main\n  configurations: [gitconfig]\n  mountPath: /home/app\n  containers: [app]\n";
    let after = injected(&pod(annotation));
    assert_eq!(
        after["spec"]["initContainers"],
        pod(annotation)["spec"]["initContainers"]
    );
    assert_eq!(
        after["spec"]["containers"][0]["volumeMounts"],
        json!([{ "name": volume_name(&after), "mountPath": "/home/app", "readOnly": true }])
    );
    assert_eq!(
        after["spec"]["containers"][0]["env"],
        json!([{ "name": "GIT_CONFIG_GLOBAL", "value": "/home/app/.gitconfig" }])
    );
}

#[test]
fn mounts_of_the_same_content_share_a_volume() {
    let after = injected(&pod(
        "- {connector: git-main, mountPath: /a, containers: [app]}\n- {connector: git-main, mountPath: /b, containers: [setup]}\n",
    ));
    assert_eq!(after["spec"]["volumes"].as_array().map(Vec::len), Some(1));
    let after = injected(&pod("git-main, git-other"));
    assert_eq!(after["spec"]["volumes"].as_array().map(Vec::len), Some(2));
}

#[test]
fn lists_that_exist_are_appended_to() {
    let mut before = pod("git-main");
    before["spec"]["volumes"] = json!([{ "name": "cache", "emptyDir": {} }]);
    before["spec"]["containers"][0]["volumeMounts"] = json!([{ "name": "cache", "mountPath": "/cache" }]);
    before["spec"]["containers"][0]["env"] = json!([{ "name": "HOME", "value": "/root" }]);
    let after = injected(&before);
    assert_eq!(after["spec"]["volumes"][0], before["spec"]["volumes"][0]);
    let app = &after["spec"]["containers"][0];
    assert_eq!(
        app["volumeMounts"][0],
        json!({ "name": "cache", "mountPath": "/cache" })
    );
    assert_eq!(app["volumeMounts"][1]["mountPath"], "/bindings/git-main");
    assert_eq!(app["env"][0], json!({ "name": "HOME", "value": "/root" }));
    assert_eq!(app["env"].as_array().map(Vec::len), Some(3));
}

#[test]
fn null_lists_are_replaced() {
    let mut before = pod("git-main");
    before["spec"]["volumes"] = Value::Null;
    before["spec"]["containers"][0]["env"] = Value::Null;
    before["spec"]["containers"][0]["volumeMounts"] = Value::Null;
    let after = injected(&before);
    assert_eq!(after["spec"]["volumes"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        after["spec"]["containers"][0]["env"].as_array().map(Vec::len),
        Some(2)
    );
}

#[test]
fn a_binding_root_of_the_container_is_respected() {
    let mut before = pod("git-main");
    before["spec"]["containers"][0]["env"] = json!([
        { "name": "SERVICE_BINDING_ROOT", "value": "/ignored" },
        { "name": "SERVICE_BINDING_ROOT", "value": "/platform/bindings/" },
    ]);
    let after = injected(&before);
    let app = &after["spec"]["containers"][0];
    assert_eq!(app["volumeMounts"][0]["mountPath"], "/platform/bindings/git-main");
    assert_eq!(
        app["env"][2],
        json!({ "name": "GIT_CONFIG_GLOBAL", "value": "/platform/bindings/git-main/.gitconfig" })
    );
    assert_eq!(app["env"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        after["spec"]["initContainers"][0]["volumeMounts"][0]["mountPath"],
        "/bindings/git-main"
    );
}

#[test]
fn a_variable_of_the_container_is_kept() {
    let mut before = pod("- {connector: git-main, mountPath: /x, containers: [app]}");
    before["spec"]["containers"][0]["env"] = json!([{ "name": "GIT_CONFIG_GLOBAL", "value": "/mine" }]);
    let verdict = decide(&before);
    assert_eq!(
        verdict.warnings,
        [
            "spec.containers[0].env[GIT_CONFIG_GLOBAL]: is kept; \"git-main\" would have set it to /x/.gitconfig"
        ]
    );
    assert_eq!(
        applied(&before, &verdict)["spec"]["containers"][0]["env"],
        before["spec"]["containers"][0]["env"]
    );
}

#[test]
fn the_first_of_two_mounts_sets_a_variable() {
    let annotation =
        "- {connector: git-main, containers: [app]}\n- {connector: git-other, containers: [app]}\n";
    let verdict = decide(&pod(annotation));
    assert_eq!(
        verdict.warnings,
        [
            "metadata.annotations[patchbay.dev/mounts][1]: GIT_CONFIG_GLOBAL of container \"app\" is set for another mount \
          already; the program that reads it will not find the files of \"git-other\" by itself"
        ]
    );
    let after = applied(&pod(annotation), &verdict);
    assert_eq!(
        after["spec"]["containers"][0]["env"][1]["value"],
        "/bindings/git-main/.gitconfig"
    );
    assert_eq!(verdict.audit["mounts"], "git-main,git-other");
}

#[test]
fn a_mount_below_a_read_only_one_is_warned_about() {
    let mut before = pod("- {connector: git-main, mountPath: /data/git, containers: [app]}");
    before["spec"]["volumes"] = json!([{ "name": "data", "configMap": { "name": "x" } }]);
    before["spec"]["containers"][0]["volumeMounts"] =
        json!([{ "name": "data", "mountPath": "/data", "readOnly": true }]);
    assert_eq!(
        decide(&before).warnings,
        [
            "spec.containers[0].volumeMounts[0]: is read-only, so the container starts only if the volume holds the \
          directory for /data/git (\"git-main\")"
        ]
    );
}

#[test]
fn the_second_call_has_nothing_to_do() {
    let after = injected(&pod("git-main, git-other"));
    let again = decide(&after);
    assert_eq!(
        (again.denial, again.patch, again.outcome),
        (None, vec![], Outcome::Accepted)
    );
}

#[test]
fn a_container_that_another_mutator_added_gets_its_mounts() {
    let mut other = injected(&pod("git-main"));
    other["spec"]["containers"]
        .as_array_mut()
        .unwrap()
        .insert(0, json!({ "name": "mesh", "image": "m" }));
    other["spec"]["volumes"]
        .as_array_mut()
        .unwrap()
        .insert(0, json!({ "name": "mesh-certs", "emptyDir": {} }));
    let after = injected(&other);
    assert_eq!(
        after["spec"]["containers"][0]["volumeMounts"][0]["mountPath"],
        "/bindings/git-main"
    );
    assert_eq!(after["spec"]["containers"][1], other["spec"]["containers"][1]);
    assert_eq!(after["spec"]["volumes"], other["spec"]["volumes"]);
    assert_eq!(decide(&after).patch, vec![]);
}

#[test]
fn a_copy_of_an_injected_pod_is_as_good_as_the_first() {
    let mut copy = injected(&pod("git-main"));
    copy["metadata"]["name"] = json!("copy");
    assert_eq!(decide(&copy).patch, vec![]);
}

#[test]
fn what_does_not_concern_us_passes() {
    let mut mirror = pod("nonsense: [");
    mirror["metadata"]["annotations"]["kubernetes.io/config.mirror"] = json!("x");
    let mut plain = pod("git-main");
    plain["metadata"]["annotations"]
        .as_object_mut()
        .unwrap()
        .shift_remove("patchbay.dev/mounts");
    for object in [mirror, plain] {
        let verdict = decide(&object);
        assert_eq!((verdict.outcome, verdict.patch), (Outcome::NotConcerned, vec![]));
    }
    let mut request = create("", "Pod", pod("git-main"));
    request.operation = Operation::Update;
    assert_eq!(mutate(&request, &index()).outcome, Outcome::NotConcerned);
    request.operation = Operation::Create;
    request.sub_resource = "ephemeralcontainers".to_owned();
    assert_eq!(mutate(&request, &index()).outcome, Outcome::NotConcerned);
    assert_eq!(
        mutate(&create("apps", "Deployment", pod("git-main")), &index()).outcome,
        Outcome::NotConcerned
    );
}
