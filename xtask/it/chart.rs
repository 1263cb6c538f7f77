//! The chart keeps the promises of the design: who runs as what, who may do what, what survives.

use std::collections::BTreeSet;

use patchbay_api::names;
use serde_json::{Value, json};

use crate::manifests::{Manifests, NEWEST, chart, helm, strings, template};

#[test]
fn it_passes_helms_own_checks() {
    helm(&["lint", "--strict", &chart()]).expect("helm lint");
}

#[test]
fn only_the_driver_is_privileged_and_everybody_else_is_confined() {
    let manifests = Manifests::new();
    let pods = manifests.pods();
    assert_eq!(pods.len(), 3);
    for (name, pod) in pods {
        let container = &pod["spec"]["containers"][0];
        let security = &container["securityContext"];
        assert_eq!(security["readOnlyRootFilesystem"], true, "{name}");
        assert_eq!(security["capabilities"], json!({"drop": ["ALL"]}), "{name}");
        assert_eq!(security["seccompProfile"]["type"], "RuntimeDefault", "{name}");
        for forbidden in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"] {
            assert!(pod["spec"][forbidden].is_null(), "{name} {forbidden}");
        }
        if name == "patchbay-csi-driver" {
            assert_eq!(security["privileged"], true);
            continue;
        }
        assert!(security["privileged"].is_null(), "{name}");
        assert_eq!(security["runAsNonRoot"], true, "{name}");
        assert_eq!(security["allowPrivilegeEscalation"], false, "{name}");
        assert!(pod["spec"]["volumes"].is_null(), "{name} needs no volume");
    }
}

#[test]
fn the_driver_sees_three_folders_of_its_node_and_no_token() {
    let manifests = Manifests::of(&template(NEWEST, &["--set", "kubeletDir=/opt/kubelet"]).expect("renders"));
    let pod = &manifests.get("DaemonSet", "patchbay-csi-driver")["spec"]["template"]["spec"];
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_eq!(pod["priorityClassName"], "system-node-critical");
    assert_eq!(pod["tolerations"], json!([{"operator": "Exists"}]));
    let volumes = pod["volumes"].as_array().into_iter().flatten();
    let mut folders: Vec<_> = volumes
        .filter_map(|volume| volume["hostPath"]["path"].as_str())
        .collect();
    folders.sort_unstable();
    let expected = [
        "/opt/kubelet/plugins/csi.patchbay.dev",
        "/opt/kubelet/plugins_registry",
        "/opt/kubelet/pods",
    ];
    assert_eq!(folders, expected);
    // Kubelet names folders by their path on the node, so that each is at the same place inside.
    for mount in pod["containers"][0]["volumeMounts"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let path = mount["mountPath"].as_str().expect("a path");
        let expected = (path == "/opt/kubelet/pods").then_some("Bidirectional");
        assert_eq!(mount["mountPropagation"].as_str(), expected, "{path}");
        assert!(
            folders.contains(&path) || path == "/etc/patchbay/broker-ca",
            "{path}"
        );
    }
    let arguments = strings(&pod["containers"][0]["args"]);
    assert!(
        arguments.contains(&"--kubelet-root=/opt/kubelet"),
        "{arguments:?}"
    );
}

#[test]
fn every_workload_is_probed_bounded_and_spread() {
    let manifests = Manifests::new();
    for (name, pod) in manifests.pods() {
        let container = &pod["spec"]["containers"][0];
        assert_eq!(container["livenessProbe"]["httpGet"]["path"], "/livez", "{name}");
        assert_eq!(
            container["readinessProbe"]["httpGet"]["path"], "/readyz",
            "{name}"
        );
        assert!(container["resources"]["requests"]["cpu"].is_string(), "{name}");
        assert!(container["resources"]["limits"]["memory"].is_string(), "{name}");
        assert!(pod["spec"]["priorityClassName"].is_string(), "{name}");
        let selector = &manifests.get("NetworkPolicy", name)["spec"]["podSelector"]["matchLabels"];
        for (label, value) in selector.as_object().expect("labels") {
            assert_eq!(
                &pod["metadata"]["labels"][label], value,
                "{name}: its NetworkPolicy finds other pods"
            );
        }
    }
    for name in ["patchbay-webhook", "patchbay-reconciler"] {
        let deployment = manifests.get("Deployment", name);
        assert_eq!(deployment["spec"]["replicas"], 2, "{name}");
        assert_eq!(
            manifests.get("PodDisruptionBudget", name)["spec"]["maxUnavailable"],
            1
        );
        let spread = &deployment["spec"]["template"]["spec"]["topologySpreadConstraints"][0];
        assert_eq!(spread["topologyKey"], "kubernetes.io/hostname", "{name}");
    }
}

#[test]
fn the_driver_is_declared_as_kubelet_needs_it() {
    let spec = |version: &str| {
        let manifests = Manifests::of(&template(version, &[]).expect("renders"));
        manifests.get("CSIDriver", names::DRIVER)["spec"].clone()
    };
    let mut expected = json!({
        "attachRequired": false,
        "podInfoOnMount": true,
        "volumeLifecycleModes": ["Ephemeral"],
        "requiresRepublish": true,
        "storageCapacity": false,
        "fsGroupPolicy": "None",
        "seLinuxMount": false,
        "tokenRequests": [{"audience": names::BROKER_AUDIENCE, "expirationSeconds": 3600}],
    });
    assert_eq!(
        spec("1.34.9"),
        expected,
        "an API server before 1.35 does not know the field"
    );
    expected["serviceAccountTokenInSecrets"] = json!(true);
    assert_eq!(spec("1.35.0"), expected);
    assert_eq!(spec("v1.36.1-gke.100"), expected);
}

#[test]
fn what_the_programs_fill_in_is_not_in_the_chart() {
    let manifests = Manifests::new();
    for kind in ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"] {
        for webhook in manifests.get(kind, "patchbay")["webhooks"]
            .as_array()
            .expect("webhooks")
        {
            assert!(
                webhook["clientConfig"]["caBundle"].is_null(),
                "an upgrade would take the caBundle away"
            );
            assert!(
                webhook["name"]
                    .as_str()
                    .expect("a name")
                    .ends_with(".patchbay.dev")
            );
            assert!(webhook["timeoutSeconds"].as_u64().expect("a timeout") <= 5);
        }
    }
    for (kind, name) in [
        ("Secret", "patchbay-webhook-ca"),
        ("Secret", "patchbay-broker-ca"),
        ("ConfigMap", "patchbay-broker-ca"),
    ] {
        let object = manifests.get(kind, name);
        assert!(
            object["data"].is_null() && object["stringData"].is_null(),
            "an upgrade would take {kind} {name} away"
        );
    }
}

#[test]
fn pods_are_mutated_only_when_they_ask_and_never_in_the_cluster_s_own_namespaces() {
    let arguments = ["--set", "excludedNamespaces={kube-system,monitoring}"];
    let manifests = Manifests::of(&template(NEWEST, &arguments).expect("renders"));
    let webhook = &manifests.get("MutatingWebhookConfiguration", "patchbay")["webhooks"][0];
    assert_eq!(webhook["failurePolicy"], "Ignore");
    assert_eq!(
        webhook["rules"][0]["operations"],
        json!(["CREATE"]),
        "an UPDATE may be what removes a finalizer"
    );
    let excluded = &webhook["namespaceSelector"]["matchExpressions"][0]["values"];
    assert_eq!(*excluded, json!(["kube-system", "monitoring", "patchbay-system"]));
    let condition = webhook["matchConditions"][0]["expression"]
        .as_str()
        .expect("an expression");
    assert!(condition.contains(names::ANNOTATION_MOUNTS));
}

#[test]
fn what_fails_open_is_watched_by_a_policy() {
    let manifests = Manifests::new();
    let policy = manifests.get("ValidatingAdmissionPolicy", "patchbay-mounts");
    assert_eq!(policy["spec"]["failurePolicy"], "Fail");
    let binding = manifests.get("ValidatingAdmissionPolicyBinding", "patchbay-mounts");
    assert_eq!(
        binding["spec"],
        json!({"policyName": "patchbay-mounts", "validationActions": ["Deny"]})
    );
}

#[test]
fn the_webhook_is_called_at_its_own_service() {
    let text = template(NEWEST, &["--namespace", "elsewhere"]).expect("renders");
    let manifests = Manifests::of(&text);
    let service = manifests.get("Service", "patchbay-webhook");
    let kinds = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];
    for configuration in kinds.map(|kind| manifests.get(kind, "patchbay")) {
        for webhook in configuration["webhooks"].as_array().expect("webhooks") {
            let called = &webhook["clientConfig"]["service"];
            assert_eq!(called["name"], service["metadata"]["name"]);
            assert_eq!(called["namespace"], "elsewhere");
            assert_eq!(called["port"], service["spec"]["ports"][0]["port"]);
        }
    }
    assert!(
        !text.contains("patchbay-system"),
        "the namespace is the release's"
    );
}

#[test]
fn kinds_survive_an_uninstall_and_are_upgraded() {
    let manifests = Manifests::new();
    let kept: Vec<_> = manifests
        .kind("CustomResourceDefinition")
        .map(|crd| {
            (
                &crd["metadata"]["name"],
                &crd["metadata"]["annotations"]["helm.sh/resource-policy"],
            )
        })
        .collect();
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|(_, policy)| **policy == "keep"), "{kept:?}");
    let without = Manifests::of(&template(NEWEST, &["--set", "crds.enabled=false"]).expect("renders"));
    assert_eq!(without.kind("CustomResourceDefinition").count(), 0);
}

#[test]
fn classes_come_once_the_kind_is_there_and_stay() {
    let refused = template(NEWEST, &["--set", "classes.enabled=true"]).expect_err("the kind is missing");
    assert!(
        refused.contains("Install the chart without it first"),
        "{refused}"
    );
    let known = [
        "--set",
        "classes.enabled=true",
        "--api-versions",
        "patchbay.dev/v1alpha1/ConnectorClass",
    ];
    let manifests = Manifests::of(&template(NEWEST, &known).expect("renders"));
    let shipped =
        std::fs::read_to_string(xtask::root().join("charts/patchbay/classes/git.yaml")).expect("the class");
    let shipped: Value = serde_saphyr::from_str(&shipped).expect("YAML");
    let class = manifests.get("ConnectorClass", "git");
    assert_eq!(
        class["metadata"]["annotations"]["helm.sh/resource-policy"],
        "keep"
    );
    assert_eq!(
        class["spec"], shipped["spec"],
        "helm changed the class's templates"
    );
}

#[test]
fn only_the_reconciler_reads_secrets_and_the_driver_has_no_right_at_all() {
    let manifests = Manifests::new();
    let bound: BTreeSet<_> = manifests
        .kind("ClusterRoleBinding")
        .chain(manifests.kind("RoleBinding"))
        .flat_map(|binding| binding["subjects"].as_array().into_iter().flatten())
        .filter_map(|subject| subject["name"].as_str())
        .collect();
    assert_eq!(bound, BTreeSet::from(["patchbay-reconciler", "patchbay-webhook"]));
    for role in manifests.kind("ClusterRole").chain(manifests.kind("Role")) {
        let name = &role["metadata"]["name"];
        for rule in role["rules"].as_array().into_iter().flatten() {
            for list in ["apiGroups", "resources", "verbs"] {
                assert!(!strings(&rule[list]).contains(&"*"), "{name}: {rule}");
            }
            let every_secret =
                strings(&rule["resources"]).contains(&"secrets") && rule["resourceNames"].is_null();
            if every_secret {
                assert_eq!(
                    (name, &role["kind"]),
                    (&json!("patchbay-reconciler"), &json!("ClusterRole"))
                );
                assert_eq!(
                    rule["verbs"],
                    json!(["list", "watch"]),
                    "secrets are never written"
                );
            }
        }
    }
}

#[test]
fn people_get_rights_by_the_roles_that_every_cluster_has() {
    let manifests = Manifests::new();
    let verbs = |name: &str| {
        let role = manifests.get("ClusterRole", name);
        let rules = role["rules"].as_array().expect("rules");
        rules
            .iter()
            .flat_map(|rule| strings(&rule["verbs"]))
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(
        verbs("patchbay-connector-user"),
        BTreeSet::from([names::VERB_USE.to_owned()])
    );
    assert!(verbs("patchbay-edit").contains("create") && !verbs("patchbay-view").contains("create"));
    for role in manifests.kind("ClusterRole") {
        let writes_status = role["rules"].to_string().contains("/status");
        let for_people = role["metadata"]["labels"].to_string().contains("aggregate-to");
        assert!(!(writes_status && for_people), "people do not write statuses");
    }
}

#[test]
fn mistakes_in_the_values_are_refused() {
    for (setting, named) in [
        ("replicas=3", "replicas"),
        ("webhook.replica=3", "replica"),
        ("webhook.replicas=0", "replicas"),
        ("webhook.replicas=two", "replicas"),
        ("image.digest=latest", "digest"),
        ("image.pullPolicy=Sometimes", "pullPolicy"),
        ("kubeletDir=var/lib/kubelet", "kubeletDir"),
        ("kubeletDir=/var/lib/kubelet/", "kubeletDir"),
        ("reconciler.probes.interval=45", "interval"),
        ("reconciler.probes.allowCIDRs={10.0.0.0}", "allowCIDRs"),
        ("csiDriver.tokenSeconds=60", "tokenSeconds"),
        ("csiDriver.volumeSizeLimit=4M", "volumeSizeLimit"),
        ("excludedNamespaces={Kube}", "excludedNamespaces"),
        ("csiDriver.resources.limit=1", "limit"),
    ] {
        let refused = template(NEWEST, &["--set", setting]).expect_err(setting);
        assert!(refused.contains(named), "{setting}: {refused}");
    }
}

#[test]
fn values_reach_what_they_are_for() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let settings = [
        format!("image.repository=example.com/p,image.digest={digest}"),
        "log=debug,imagePullSecrets[0].name=pull,webhook.priorityClassName=".to_owned(),
        "reconciler.probes.allowCIDRs={127.0.0.0/8,::1/128},reconciler.probes.caConfigMap=roots".to_owned(),
        "csiDriver.ephemeralVolumeProfile=,networkPolicy.enabled=false,reconciler.podLabels.team=infra"
            .to_owned(),
    ];
    let arguments: Vec<&str> = settings
        .iter()
        .flat_map(|setting| ["--set", setting.as_str()])
        .collect();
    let manifests = Manifests::of(&template(NEWEST, &arguments).expect("renders"));
    for (name, pod) in manifests.pods() {
        let container = &pod["spec"]["containers"][0];
        assert_eq!(container["image"], format!("example.com/p@{digest}"), "{name}");
        assert_eq!(
            pod["spec"]["imagePullSecrets"],
            json!([{"name": "pull"}]),
            "{name}"
        );
        let log = container["env"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|env| env["name"] == "PATCHBAY_LOG");
        assert_eq!(log.map(|env| &env["value"]), Some(&json!("debug")), "{name}");
    }
    assert!(
        manifests.get("Deployment", "patchbay-webhook")["spec"]["template"]["spec"]["priorityClassName"]
            .is_null()
    );
    let reconciler = &manifests.get("Deployment", "patchbay-reconciler")["spec"]["template"];
    assert_eq!(reconciler["metadata"]["labels"]["team"], "infra");
    let arguments = strings(&reconciler["spec"]["containers"][0]["args"]);
    for expected in [
        "--probe-allow-cidr=127.0.0.0/8,::1/128",
        "--probe-ca-file=/etc/patchbay/probe-ca/ca.crt",
    ] {
        assert!(arguments.contains(&expected), "{arguments:?}");
    }
    assert_eq!(reconciler["spec"]["volumes"][0]["configMap"]["name"], "roots");
    assert!(
        !manifests.get("CSIDriver", names::DRIVER)["metadata"]["labels"]
            .to_string()
            .contains("openshift")
    );
    assert_eq!(manifests.kind("NetworkPolicy").count(), 0);
}
