//! The admission policy by itself, in a namespace that the mutating webhook does not serve.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::{World, world};

const VOLUME: &str = "patchbay-12345678";

/// As the webhook leaves it.
fn complete() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "namespace": "kube-system",
            "name": "by-hand",
            "annotations": {
                "patchbay.dev/mounts": "git-main",
                "patchbay.dev/injected": format!("0123456789abcdef {VOLUME}"),
            },
        },
        "spec": {
            "containers": [{
                "name": "app",
                "image": "example.com/image:1",
                "volumeMounts": [{ "name": VOLUME, "mountPath": "/bindings/git-main", "readOnly": true }],
            }],
            "volumes": [{ "name": VOLUME, "csi": { "driver": "csi.patchbay.dev", "readOnly": true } }],
        },
    })
}

fn said(world: &World, change: impl FnOnce(&mut Value)) -> String {
    let mut pod = complete();
    change(&mut pod);
    world.dry_run(&pod.to_string()).to_string()
}

#[test]
fn a_pod_that_asked_must_have_got() {
    let world = world();
    assert!(said(&world, |_| {}).starts_with("accepted"));
    assert_snapshot!(
        "policy_no_stamp",
        said(&world, |pod| {
            pod["metadata"]["annotations"]
                .as_object_mut()
                .unwrap()
                .shift_remove("patchbay.dev/injected");
        })
    );
    assert_snapshot!(
        "policy_empty_stamp",
        said(&world, |pod| {
            pod["metadata"]["annotations"]["patchbay.dev/injected"] = json!("0123456789abcdef");
        })
    );
    assert_snapshot!(
        "policy_no_volume",
        said(&world, |pod| {
            pod["spec"]["volumes"] = json!([{ "name": VOLUME, "emptyDir": {} }]);
        })
    );
    assert_snapshot!(
        "policy_writable_volume",
        said(&world, |pod| {
            pod["spec"]["volumes"][0]["csi"]["readOnly"] = json!(false);
        })
    );
    assert_snapshot!(
        "policy_not_mounted",
        said(&world, |pod| {
            pod["spec"]["containers"][0]["volumeMounts"] = json!([]);
        })
    );
    assert_snapshot!(
        "policy_mounted_writable",
        said(&world, |pod| {
            pod["spec"]["initContainers"] = json!([{
                "name": "setup",
                "image": "example.com/image:1",
                "volumeMounts": [{ "name": VOLUME, "mountPath": "/x" }],
            }]);
        })
    );
}

#[test]
fn mounted_in_an_init_container_alone_is_enough() {
    let world = world();
    let text = said(&world, |pod| {
        let mut setup = pod["spec"]["containers"][0].clone();
        setup["name"] = json!("setup");
        pod["spec"]["initContainers"] = json!([setup]);
        pod["spec"]["containers"][0]["volumeMounts"] = Value::Null;
    });
    assert!(text.starts_with("accepted"), "{text}");
}

#[test]
fn a_pod_that_did_not_ask_is_left_alone() {
    let world = world();
    let text = said(&world, |pod| {
        pod["metadata"]["annotations"] = json!({});
        pod["spec"]["volumes"][0]["csi"]["readOnly"] = json!(false);
    });
    assert!(text.starts_with("accepted"), "{text}");
}
