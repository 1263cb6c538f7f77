//! What the chart makes, as far as a control plane without nodes can use it.

use std::process::Command;

use patchbay_cluster::ControlPlane;
use serde_json::{Value, json};

pub(crate) const SYSTEM: &str = "patchbay-system";

/// Applies rights, Secrets, ConfigMaps and webhook configurations, with the balancer's port instead of the Service.
pub(crate) fn apply(cluster: &ControlPlane, source: &str, webhook: u16) {
    let wanted = [
        "ServiceAccount",
        "ClusterRole",
        "ClusterRoleBinding",
        "Role",
        "RoleBinding",
        "Secret",
        "ConfigMap",
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
        "CustomResourceDefinition",
    ];
    let items: Vec<Value> = rendered(source)
        .into_iter()
        .filter(|object| wanted.contains(&object["kind"].as_str().unwrap_or_default()))
        .map(|object| at_port(object, webhook))
        .collect();
    assert!(items.len() > 10, "the chart makes more than {}", items.len());
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    cluster.client().apply_ok(&list.to_string()).unwrap();
}

/// The objects of the chart.
pub(crate) fn rendered(source: &str) -> Vec<Value> {
    let chart = concat!(env!("CARGO_MANIFEST_DIR"), "/../../charts/patchbay");
    let output = Command::new(patchbay_cluster::tools::helm().unwrap())
        .args(["template", "patchbay", chart, "--namespace", SYSTEM])
        .args(["--set", &format!("certificates.source={source}")])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    let documents = text.split("\n---").map(|one| one.trim_start_matches("---"));
    let parsed = documents.map(|one| serde_saphyr::from_str::<Value>(one).unwrap());
    parsed.filter(Value::is_object).collect()
}

fn at_port(mut object: Value, port: u16) -> Value {
    for webhook in object["webhooks"].as_array_mut().into_iter().flatten() {
        let path = webhook["clientConfig"]["service"]["path"]
            .as_str()
            .unwrap()
            .to_owned();
        webhook["clientConfig"] = json!({"url": format!("https://localhost:{port}{path}")});
    }
    object
}

#[test]
fn cert_manager_gets_certificates_that_fit_what_the_programs_ask_for() {
    let find = |source: &str, kind: &str| {
        let objects = rendered(source);
        objects
            .into_iter()
            .filter(|object| object["kind"] == kind)
            .collect::<Vec<_>>()
    };
    for source in ["patchbay", "secret"] {
        assert!(find(source, "Certificate").is_empty() && find(source, "Issuer").is_empty());
    }
    let certificates = find("cert-manager", "Certificate");
    for (name, secret) in [
        ("patchbay-webhook", "patchbay-webhook-tls"),
        ("patchbay-broker", "patchbay-broker-tls"),
    ] {
        let one = certificates
            .iter()
            .find(|one| one["metadata"]["name"] == name)
            .unwrap();
        assert_eq!(one["spec"]["secretName"], secret);
        assert_eq!(one["spec"]["dnsNames"][0], format!("{name}.{SYSTEM}.svc"));
        let deployments = find("cert-manager", "Deployment");
        let flag = format!("--tls-secret={secret}");
        let used = deployments.iter().filter(|deployment| {
            let args = &deployment["spec"]["template"]["spec"]["containers"][0]["args"];
            let has = |word: &str| args.as_array().unwrap().iter().any(|arg| arg == word);
            has(&flag) && has("--use-tls-secret")
        });
        assert_eq!(used.count(), 1, "{flag}");
    }
}
