//! The chart's life against a real API server: installed, filled in by the programs, upgraded, removed, installed
//! again.

use std::process::Command;

use patchbay_cluster::{ControlPlane, Options, on_failure_dump};
use serde_json::Value;

use crate::manifests::{HELM, chart};

/// Any PEM will do: the API server looks only at its form.
const BUNDLE: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t";

struct Cluster(ControlPlane);

impl Cluster {
    fn helm(&self, arguments: &[&str]) -> String {
        let output = Command::new(&*HELM)
            .args(arguments)
            .args(["--namespace", "patchbay-system"])
            .env("KUBECONFIG", self.0.kubeconfig_path())
            .env("HELM_NO_PLUGINS", "1")
            .output()
            .expect("helm runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.success(),
            "helm {}: {}",
            arguments.join(" "),
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    fn kubectl(&self, arguments: &[&str]) -> String {
        self.0.client().run(arguments).expect("kubectl")
    }

    fn object(&self, words: &[&str]) -> Value {
        self.0
            .client()
            .json(&[&["get", "--namespace", "patchbay-system"], words].concat())
            .expect("it is there")
    }

    fn exists(&self, words: &[&str]) -> bool {
        self.0
            .client()
            .json(&[&["get", "--namespace", "patchbay-system"], words].concat())
            .is_ok()
    }

    /// What the programs do when they come up.
    fn fill_in(&self) {
        let patch = |words: &[&str], patch: &str| {
            let fixed = [
                "patch",
                "--namespace",
                "patchbay-system",
                "--type=json",
                "--patch",
                patch,
            ];
            self.kubectl(&[&fixed[..], words].concat());
        };
        let data = r#"[{"op": "add", "path": "/data", "value": {"tls.key": "c2VjcmV0"}}]"#;
        patch(&["secret", "patchbay-webhook-ca"], data);
        patch(&["secret", "patchbay-broker-ca"], data);
        patch(
            &["configmap", "patchbay-broker-ca"],
            r#"[{"op": "add", "path": "/data", "value": {"ca.crt": "x"}}]"#,
        );
        let bundle =
            format!(r#"[{{"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": "{BUNDLE}"}}]"#);
        patch(&["validatingwebhookconfiguration", "patchbay"], &bundle);
        patch(&["mutatingwebhookconfiguration", "patchbay"], &bundle);
    }

    fn assert_filled_in(&self) {
        assert_eq!(
            self.object(&["secret", "patchbay-webhook-ca"])["data"]["tls.key"],
            "c2VjcmV0"
        );
        assert_eq!(
            self.object(&["secret", "patchbay-broker-ca"])["data"]["tls.key"],
            "c2VjcmV0"
        );
        assert_eq!(
            self.object(&["configmap", "patchbay-broker-ca"])["data"]["ca.crt"],
            "x"
        );
        for kind in ["validatingwebhookconfiguration", "mutatingwebhookconfiguration"] {
            assert_eq!(
                self.object(&[kind, "patchbay"])["webhooks"][0]["clientConfig"]["caBundle"],
                BUNDLE,
                "{kind}"
            );
        }
    }
}

#[test]
fn it_is_installed_upgraded_removed_and_installed_again() {
    let cluster = Cluster(ControlPlane::start(Options::default()).expect("a control plane"));
    let _logs = on_failure_dump(&cluster.0);
    let chart = chart();

    cluster.helm(&["install", "patchbay", &chart, "--create-namespace"]);
    assert_eq!(
        cluster.object(&["csidriver", "csi.patchbay.dev"])["spec"]["serviceAccountTokenInSecrets"],
        true
    );
    let columns = cluster.kubectl(&["get", "connectors,connectorclasses", "--all-namespaces"]);
    assert_eq!(columns, "", "the kinds are served, and there is nothing of them");

    cluster.fill_in();
    cluster.helm(&[
        "upgrade",
        "patchbay",
        &chart,
        "--set",
        "log=debug,webhook.replicas=3",
    ]);
    cluster.assert_filled_in();
    assert_eq!(
        cluster.object(&["deployment", "patchbay-webhook"])["spec"]["replicas"],
        3
    );
    cluster.helm(&["rollback", "patchbay", "1"]);
    cluster.assert_filled_in();
    assert_eq!(
        cluster.object(&["deployment", "patchbay-webhook"])["spec"]["replicas"],
        2
    );

    cluster.helm(&["uninstall", "patchbay"]);
    assert!(
        cluster.exists(&["crd", "connectors.patchbay.dev"]),
        "the kinds stay"
    );
    for gone in [
        ["validatingwebhookconfiguration", "patchbay"],
        ["mutatingwebhookconfiguration", "patchbay"],
        ["csidriver", "csi.patchbay.dev"],
        ["clusterrole", "patchbay-reconciler"],
        ["secret", "patchbay-webhook-ca"],
    ] {
        assert!(!cluster.exists(&gone), "{gone:?} is left");
    }
    cluster.helm(&["install", "patchbay", &chart]);
    assert!(cluster.object(&["secret", "patchbay-webhook-ca"])["data"].is_null());
}
