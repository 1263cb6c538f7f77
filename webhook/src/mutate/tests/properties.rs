//! What holds for any pod.

use json_patch::PatchOperation;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{applied, decide};
use crate::review::Patch;

/// Annotations: good ones mostly, so that most cases come through.
fn annotation() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("git-main".to_owned()),
        Just("git-main, git-other".to_owned()),
        Just("- {connector: git-main, mountPath: /home/app}".to_owned()),
        Just("- {connector: git-main, configurations: [gitconfig], containers: [a]}\n- connector: git-other\n".to_owned()),
        Just("- {connector: git-main, mountPath: /a/b}\n- {connector: git-main, mountPath: /a/c, containers: [b]}".to_owned()),
        "[a-z,/ :\\[\\]{}-]{0,40}",
    ]
}

fn path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "/data",
        "/cache",
        "/home",
        "/home/app/.cache",
        "/bindings",
        "/a",
        "/a/b/../d",
        "//x/",
    ])
}

fn env() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["HOME", "GIT_CONFIG_GLOBAL", "SERVICE_BINDING_ROOT", "A/B~C"]);
    let value = prop_oneof![
        Just(json!({ "value": "/elsewhere" })),
        Just(json!({ "value": "" })),
        Just(json!({ "valueFrom": { "fieldRef": { "fieldPath": "metadata.name" } } })),
    ];
    (name, value).prop_map(|(name, mut value)| {
        value["name"] = name.into();
        value
    })
}

fn container(name: &'static str) -> impl Strategy<Value = Value> {
    let mounts = prop::option::of(prop::collection::vec((path(), any::<bool>()), 0..3));
    let env = prop::option::of(prop::collection::vec(env(), 0..3));
    (mounts, env, any::<bool>()).prop_map(move |(mounts, env, unknown_fields)| {
        let mut container = json!({ "name": name, "image": "i" });
        if let Some(mounts) = mounts {
            let mount =
                |(path, read_only)| json!({ "name": "data", "mountPath": path, "readOnly": read_only });
            container["volumeMounts"] = mounts.into_iter().map(mount).collect();
        }
        if let Some(env) = env {
            container["env"] = env.into();
        }
        if unknown_fields {
            container["fieldOfTomorrow"] = json!({ "volumeMounts": [], "a/b": null });
        }
        container
    })
}

prop_compose! {
    fn pod()(
        annotation in annotation(),
        a in container("a"),
        b in prop::option::of(container("b")),
        init in prop::option::of(container("init")),
        volumes in prop::option::of(prop::sample::select(vec!["data", "patchbay-", "patchbay-12345678", "x/y~z"])),
        stamp in prop::option::of("[a-z ]{0,20}"),
    ) -> Value {
        let containers: Vec<Value> = [Some(a), b].into_iter().flatten().collect();
        let mut pod = json!({
            "metadata": { "annotations": { "patchbay.dev/mounts": annotation, "a/b~c": "x" } },
            "spec": { "containers": containers, "fieldOfTomorrow": [1, null] },
        });
        if let Some(init) = init {
            pod["spec"]["initContainers"] = json!([init]);
        }
        if let Some(name) = volumes {
            pod["spec"]["volumes"] = json!([{ "name": name, "emptyDir": {} }]);
        }
        if let Some(stamp) = stamp {
            pod["metadata"]["annotations"]["patchbay.dev/injected"] = stamp.into();
        }
        pod
    }
}

/// What `pod` becomes; `None` when it is refused, which must have a reason for a person.
fn outcome(pod: &Value) -> Option<(Value, Patch)> {
    let verdict = decide(pod);
    match &verdict.denial {
        None => Some((applied(pod, &verdict), verdict.patch)),
        Some(denial) => {
            assert!(!denial.message.is_empty() && !denial.causes.is_empty());
            assert_eq!(verdict.patch, vec![]);
            None
        }
    }
}

/// `after` has all of `before`: objects have all their fields, lists begin with the same items.
fn only_adds(before: &Value, after: &Value) -> bool {
    let field = |fields: &Map<String, Value>, (name, value): (&String, &Value)| {
        name == "patchbay.dev/injected" || fields.get(name).is_some_and(|new| only_adds(value, new))
    };
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => old.iter().all(|entry| field(new, entry)),
        (Value::Array(old), Value::Array(new)) => {
            old.len() <= new.len() && old.iter().zip(new).all(|(old, new)| only_adds(old, new))
        }
        (old, new) => old == new,
    }
}

fn is_allowed_place(pointer: &str) -> bool {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    match parts.as_slice() {
        ["metadata", "annotations", "patchbay.dev~1injected"]
        | ["spec", "volumes"]
        | ["spec", "volumes", "-"] => true,
        [
            "spec",
            "containers" | "initContainers",
            index,
            "env" | "volumeMounts",
            rest @ ..,
        ] => index.parse::<usize>().is_ok() && (rest.is_empty() || rest == ["-"]),
        _ => false,
    }
}

/// What another mutator may do between two calls.
fn meddle(pod: &mut Value) {
    let containers = pod["spec"]["containers"].as_array_mut().expect("containers");
    containers.insert(
        0,
        json!({ "name": "mesh", "image": "m", "env": [{ "name": "MESH", "value": "1" }] }),
    );
    for container in containers {
        if let Some(mounts) = container.get_mut("volumeMounts").and_then(Value::as_array_mut) {
            mounts.insert(0, json!({ "name": "mesh", "mountPath": "/var/run/mesh" }));
        }
    }
    if let Some(volumes) = pod["spec"].get_mut("volumes").and_then(Value::as_array_mut) {
        volumes.insert(0, json!({ "name": "mesh", "emptyDir": {} }));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_patch_applies_and_only_adds(pod in pod()) {
        if let Some((after, patch)) = outcome(&pod) {
            prop_assert!(only_adds(&pod, &after));
            for operation in &patch {
                let PatchOperation::Add(add) = operation else { panic!("not an addition: {operation:?}") };
                prop_assert!(is_allowed_place(add.path.as_str()), "{}", add.path);
            }
        }
    }

    #[test]
    fn asked_again_there_is_nothing_to_do(pod in pod()) {
        if let Some((after, _)) = outcome(&pod) {
            let again = outcome(&after);
            prop_assert!(matches!(&again, Some((_, patch)) if patch.is_empty()), "{again:?}");
        }
    }

    #[test]
    fn other_mutators_may_come_between(pod in pod()) {
        if let Some((mut after, _)) = outcome(&pod) {
            meddle(&mut after);
            let second = outcome(&after);
            prop_assert!(second.is_some(), "refused after another mutator");
            let (second, _) = second.unwrap_or_default();
            prop_assert!(only_adds(&after, &second));
            let third = outcome(&second);
            prop_assert!(matches!(&third, Some((_, patch)) if patch.is_empty()), "{third:?}");
        }
    }

    #[test]
    fn containers_that_are_not_named_are_untouched(mut pod in pod()) {
        pod["metadata"]["annotations"]["patchbay.dev/mounts"] = "- {connector: git-main, mountPath: /mnt/x, containers: [a]}".into();
        if let Some((after, _)) = outcome(&pod) {
            prop_assert_eq!(&after["spec"]["initContainers"], &pod["spec"]["initContainers"]);
            prop_assert_eq!(&after["spec"]["containers"][1], &pod["spec"]["containers"][1]);
        }
    }

    #[test]
    fn every_mount_is_there_and_read_only(pod in pod()) {
        if let Some((after, _)) = outcome(&pod) {
            let stamp = after["metadata"]["annotations"]["patchbay.dev/injected"].as_str().unwrap_or_default();
            let names: Vec<&str> = stamp.split(' ').skip(1).collect();
            prop_assert!(!names.is_empty());
            let lists = [&after["spec"]["containers"], &after["spec"]["initContainers"]];
            let containers = || lists.into_iter().filter_map(Value::as_array).flatten();
            let mounts: Vec<&Value> = containers().filter_map(|it| it["volumeMounts"].as_array()).flatten().collect();
            for name in names {
                let volumes = after["spec"]["volumes"].as_array().unwrap();
                prop_assert!(volumes.iter().any(|v| v["name"] == name && v["csi"]["readOnly"] == true));
                let mut ours = mounts.iter().filter(|mount| mount["name"] == name).peekable();
                prop_assert!(ours.peek().is_some());
                prop_assert!(ours.all(|mount| mount["readOnly"] == true));
            }
        }
    }
}
