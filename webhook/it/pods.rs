use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::{World, class, connector, pod, world, world_alone};

/// A namespace with the Connectors `git-main` and `git-other` of a class of this name.
fn prepared(world: &World, class_name: &str) -> String {
    let namespace = world.namespace();
    let text = class(class_name)
        + &connector(&namespace, "git-main", class_name)
        + &connector(&namespace, "git-other", class_name);
    let said = world.apply(&text);
    assert!(said.success, "{said}");
    namespace
}

/// The parts of a pod that the webhook may have touched.
fn parts(pod: &Value) -> String {
    let container = |container: &Value| {
        json!({
            "name": container["name"],
            "env": container["env"],
            "volumeMounts": container["volumeMounts"],
        })
    };
    let list = |name: &str| {
        pod["spec"][name]
            .as_array()
            .into_iter()
            .flatten()
            .map(container)
            .collect::<Vec<_>>()
    };
    let parts = json!({
        "annotations": pod["metadata"]["annotations"],
        "initContainers": list("initContainers"),
        "containers": list("containers"),
        "volumes": pod["spec"]["volumes"],
    });
    format!("{parts:#}")
}

#[test]
fn the_annotation_is_all_that_a_pod_needs() {
    let world = world();
    let namespace = prepared(&world, "pods-short");
    let created = world.created(&pod(&namespace, "web", "git-main"));
    assert_snapshot!(parts(&created));
}

#[test]
fn the_long_form_chooses_containers_paths_and_configurations() {
    let world = world();
    let namespace = prepared(&world, "pods-long");
    let annotation = "- connector: git-main\n  configurations: [gitconfig]\n  mountPath: /home/app/git\n  containers: [app]\n- git-other\n";
    let annotation = annotation.replace("- git-other", "- connector: git-other\n  containers: [proxy]");
    let created = world.created(&pod(&namespace, "web", &annotation));
    assert_snapshot!(parts(&created));
}

#[test]
fn a_pod_with_a_generated_name_and_a_copy_of_an_injected_one() {
    let world = world();
    let namespace = prepared(&world, "pods-copy");
    let generated = pod(&namespace, "web-", "git-main").replace("  name: web-\n", "  generateName: web-\n");
    let said = world.kubectl(&["create", "-o", "json", "-f", "-"], &generated);
    assert!(said.success, "{said}");
    let mut made: Value = serde_json::from_str(&said.out).expect("JSON");
    let injected = parts(&made);
    assert!(injected.contains("csi.patchbay.dev"), "{injected}");
    made["metadata"] =
        json!({ "namespace": namespace, "name": "copy", "annotations": made["metadata"]["annotations"] });
    made["status"] = Value::Null;
    assert_eq!(parts(&world.created(&made.to_string())), injected);
}

#[test]
fn pods_are_refused_with_a_sentence() {
    let world = world();
    let namespace = prepared(&world, "pods-refused");
    let good = pod(&namespace, "web", "git-main");
    let with = |annotation: &str| pod(&namespace, "web", annotation);
    let volume = |name: &str, path: &str| {
        let mounts = format!(
            "      volumeMounts: [{{name: {name}, mountPath: {path}}}]\n  volumes: [{{name: {name}, emptyDir: {{}}}}]\n---"
        );
        good.replace("---", &mounts)
    };
    let cases = [
        ("a_connector_that_does_not_exist", with("git-mian")),
        (
            "a_bad_annotation",
            with("- connector: git-main\n  mountpath: /x\n"),
        ),
        ("an_empty_annotation", with("")),
        (
            "an_unknown_configuration",
            with("- {connector: git-main, configurations: [gitconfg]}"),
        ),
        (
            "an_unknown_container",
            with("- {connector: git-main, containers: [ap]}"),
        ),
        ("a_reserved_volume_name", volume("patchbay-data", "/data")),
        ("a_mount_path_that_is_taken", volume("data", "/bindings/git-main")),
        (
            "several_things_at_once",
            with("- {connector: nothing}\n- {connector: git-main, configurations: [x]}"),
        ),
    ];
    for (name, text) in cases {
        let said = world.dry_run(&text);
        assert!(!said.success, "{name}: {said}");
        assert_snapshot!(format!("pods_{name}"), said.in_namespace(&namespace));
    }
}

#[test]
fn a_connector_that_has_just_been_made_can_be_mounted() {
    let world = world();
    let namespace = prepared(&world, "pods-fresh");
    for i in 0..5 {
        let name = format!("fresh-{i}");
        let said =
            world.apply(&(connector(&namespace, &name, "pods-fresh") + &pod(&namespace, &name, &name)));
        assert!(said.success, "{said}");
    }
}

/// The API server asks twice: the second answer must be an empty patch.
#[test]
fn asked_twice_the_pod_is_the_same() {
    let world = world_alone();
    let namespace = prepared(&world, "pods-twice");
    let text = pod(&namespace, "web", "git-main, git-other");
    let once = parts(&world.created(&text));
    let mut second = world
        .cluster
        .client()
        .json(&["get", "mutatingwebhookconfiguration", "patchbay"])
        .expect("JSON");
    second["metadata"] = json!({ "name": "second" });
    assert!(world.apply(&second.to_string()).success);
    let audit = || std::fs::read_to_string(world.cluster.audit_log_path()).unwrap_or_default();
    crate::program::until("both are asked", || {
        assert_eq!(parts(&world.created(&text)), once);
        // The audit log names the configurations that were asked and whether they changed anything.
        let log = audit();
        let asked = |name: &str, mutated: &str| {
            log.lines().any(|line| {
                line.contains(&format!("\\\"configuration\\\":\\\"{name}\\\"")) && line.contains(mutated)
            })
        };
        if asked("second", "\\\"mutated\\\":false") {
            Ok(())
        } else {
            Err("not asked yet".to_owned())
        }
    });
    assert!(
        world
            .cluster
            .client()
            .run(&["delete", "mutatingwebhookconfiguration", "second"])
            .is_ok()
    );
}

#[test]
fn pods_without_the_annotation_are_none_of_our_business() {
    let world = world();
    let namespace = world.namespace();
    let text = pod(&namespace, "web", "x").replace("patchbay.dev/mounts", "example.com/other");
    let created = world.created(&text);
    assert!(!created.to_string().contains("csi.patchbay.dev"));
}
