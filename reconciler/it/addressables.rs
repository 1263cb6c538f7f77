//! Classes whose API service is where the status of another object says.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::{ADDRESSED, CANARY, Demo, Replica, conditions, message, wait};
use crate::tool::Tool;

const NAMESPACE: &str = "addressables";
/// A kind that is not there, or may not be read, is looked for about every half minute.
const LATER: Duration = Duration::from_secs(75);
const SOON: Duration = Duration::from_secs(15);

const CRD: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gateways.addressables.example.com}
spec:
  group: addressables.example.com
  scope: Namespaced
  names: {kind: Gateway, plural: gateways, singular: gateway, listKind: GatewayList}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
";

const CLASS: &str = "
apiVersion: patchbay.dev/v1alpha1
kind: ConnectorClass
metadata: {name: NAMESPACE-api}
spec:
  address: {name: address, type: string}
  api: {ref: {kind: Gateway, apiVersion: addressables.example.com/v1, namespace: NAMESPACE, name: git}}
  livenessProbe: {api: {path: /}}
---
apiVersion: patchbay.dev/v1alpha1
kind: Connector
metadata: {name: by-api, namespace: NAMESPACE}
spec: {connectorClassName: NAMESPACE-api, address: 'http://127.0.0.1:9'}
";

const GATEWAY: &str =
    "apiVersion: addressables.example.com/v1\nkind: Gateway\nmetadata: {name: git, namespace: NAMESPACE}\n";

struct Stage {
    demo: Demo,
}

impl Stage {
    fn class(&self) -> Value {
        self.demo.get(&["connectorclass", "addressables-api"])
    }

    fn connector(&self) -> Value {
        self.demo.get(&["connector", "by-api"])
    }

    fn until(&self, condition: &str, limit: Duration) -> Value {
        wait(condition, limit, || {
            let object = self.class();
            let has = conditions(&object);
            if has.split(' ').any(|c| c == condition) {
                Ok(object)
            } else {
                Err(has)
            }
        })
    }

    fn say(&self, status: &Value) {
        let patch = json!({ "status": status }).to_string();
        self.demo.kubectl(&[
            "patch",
            "gateway",
            "git",
            "--subresource=status",
            "--type=merge",
            "-p",
            &patch,
        ]);
    }

    fn versions(&self) -> [Value; 2] {
        [self.class(), self.connector()].map(|object| object["metadata"]["resourceVersion"].clone())
    }

    /// Gives the reconciler a right as the controller manager does with a ClusterRole that has the label. There is none
    /// in this control plane.
    fn grant(&self) {
        let rules = r#"{"rules": [{"apiGroups": ["addressables.example.com"], "resources": ["gateways"], "verbs": ["list", "watch"]}]}"#;
        self.demo.kubectl(&[
            "patch",
            "clusterrole",
            "patchbay-addressable-resolver",
            "--type=merge",
            "-p",
            rules,
        ]);
    }

    /// What the reconciler asked for of Gateways so far.
    fn requests(&self) -> Vec<String> {
        let audit = std::fs::read_to_string(self.demo.bench.cluster.audit_log_path()).unwrap();
        let events = audit
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let ours = events.filter(|event| {
            event["user"]["username"] == "patchbay-reconciler"
                && event["objectRef"]["resource"] == "gateways"
                && (event["stage"] == "ResponseStarted" || event["verb"] == "list")
        });
        ours.map(|event| event["requestURI"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[test]
fn an_address_in_the_status_of_an_object_comes_changes_and_goes() {
    let mut tool = Tool::start(&format!("{CANARY}-1"));
    let other = Tool::start(&format!("{CANARY}-1"));
    let kubeconfig = ADDRESSED
        .cluster
        .user_kubeconfig("patchbay-reconciler", &[])
        .unwrap();
    let mut replica = Replica::start(&kubeconfig, "patchbay-system", "first");
    let stage = Stage {
        demo: Demo::on(&ADDRESSED, NAMESPACE, &tool.url()),
    };
    stage.demo.apply(CLASS);

    // Nothing is there, then the kind is, then the right, then the object, then its address.
    let class = stage.until("APIReady=False/EndpointKindNotFound", SOON);
    assert_eq!(
        message(&class, "APIReady"),
        "spec.api.ref: no kind Gateway in addressables.example.com/v1: is its operator installed?"
    );
    stage
        .demo
        .wait_conditions("by-api", &["LivenessReady=Unknown/DependencyNotReady"]);
    stage.demo.apply(CRD);
    let class = stage.until("APIReady=Unknown/EndpointNotReadable", LATER);
    let said = message(&class, "APIReady");
    assert!(
        said.contains(
            "list and watch of gateways.addressables.example.com with patchbay.dev/addressable: \"true\""
        ),
        "{said}"
    );
    stage.grant();
    stage.until("APIReady=False/EndpointNotFound", LATER);
    stage.demo.apply(GATEWAY);
    stage.until("APIReady=False/EndpointWithoutAddress", SOON);
    stage.say(&json!({"address": {"url": tool.url()}}));
    let class = stage.until("APIReady=True/ProbeSucceeded", SOON);
    assert_eq!(class["status"]["api"]["address"]["url"], tool.url());
    stage
        .demo
        .wait_conditions("by-api", &["LivenessReady=True/ProbeSucceeded"]);

    // It changes: from then on the other one is asked.
    let before = other.asked("/");
    stage.say(&json!({"address": null, "addresses": [{"name": "http", "url": other.url()}]}));
    wait("the new address is in the status", SOON, || {
        let url = stage.class()["status"]["api"]["address"]["url"].clone();
        if url == other.url() && other.asked("/") > before {
            Ok(())
        } else {
            Err(url.to_string())
        }
    });
    tool.stop();
    stage
        .demo
        .wait_conditions("by-api", &["LivenessReady=True/ProbeSucceeded"]);

    // What stands there is nobody's word: the same checks as for every address.
    stage.say(&json!({"addresses": [{"url": "http://169.254.169.254/latest"}]}));
    stage.until("APIReady=False/AddressNotAllowed", SOON);
    stage
        .demo
        .wait_conditions("by-api", &["LivenessReady=False/AddressNotAllowed"]);
    stage.say(&json!({"addresses": [{"url": format!("http://user:{CANARY}@example.com")}]}));
    let class = stage.until("APIReady=False/EndpointAddressInvalid", SOON);
    assert!(!class["status"].to_string().contains(CANARY), "{class}");
    stage.say(&json!({"addresses": [{"url": other.url()}]}));
    stage.until("Ready=True/Ready", SOON);
    stage.demo.wait_conditions("by-api", &["Ready=True/Ready"]);

    restart_writes_nothing(&stage, &mut replica, &kubeconfig, &other);

    // It goes: the address, the object, the kind.
    stage.say(&json!({"addresses": null}));
    let class = stage.until("APIReady=False/EndpointWithoutAddress", SOON);
    assert_eq!(class["status"]["api"], Value::Null);
    stage
        .demo
        .wait_conditions("by-api", &["LivenessReady=Unknown/DependencyNotReady"]);
    stage.demo.kubectl(&["delete", "gateway", "git"]);
    stage.until("APIReady=False/EndpointNotFound", SOON);
    stage
        .demo
        .kubectl(&["delete", "crd", "gateways.addressables.example.com"]);
    stage.until("APIReady=False/EndpointKindNotFound", LATER);
    replica.stop();
}

fn restart_writes_nothing(stage: &Stage, replica: &mut Replica, kubeconfig: &std::path::Path, tool: &Tool) {
    let (versions, asked) = (stage.versions(), stage.requests());
    replica.stop();
    *replica = Replica::start(kubeconfig, "patchbay-system", "second");
    replica.wait_ready();
    let probed = tool.asked("/");
    wait("the new leader has probed", Duration::from_secs(60), || {
        let now = tool.asked("/");
        if now >= probed + 5 {
            Ok(())
        } else {
            Err(now.to_string())
        }
    });
    assert_eq!(stage.versions(), versions, "something was written");
    // One list and one watch of the one object, and then silence.
    let new: Vec<String> = stage.requests().split_off(asked.len());
    assert!(
        (1..=2).contains(&new.len())
            && new
                .iter()
                .all(|uri| uri.contains("/namespaces/addressables/gateways?")
                    && uri.contains("metadata.name%3Dgit")),
        "{new:?}"
    );
}
