//! Conditions and events of real objects, with real tools behind them.

use std::time::{Duration, Instant};

use crate::bench::{BENCH, Bench, CANARY, Demo, conditions, message, wait};
use crate::tool::Tool;

#[test]
fn a_tool_that_stops_and_starts_again() {
    let mut tool = Tool::start(&format!("{CANARY}-1"));
    let demo = Demo::new("conditions-tool", &tool.url());
    let ready = demo.wait_conditions("git-main", &["Ready=True/Ready"]);
    assert_eq!(
        conditions(&ready),
        "ConnectorClassReady=True/Ready SecretReady=True/Ready LivenessReady=True/ProbeSucceeded \
         AuthReady=True/ProbeSucceeded ProxyServiceReady=True/NonProxy CACertReady=True/NoCACert Ready=True/Ready"
    );
    assert_eq!(
        ready["status"]["observedGeneration"],
        ready["metadata"]["generation"]
    );

    tool.stop();
    let down = demo.wait_conditions(
        "git-main",
        &[
            "LivenessReady=False/ConnectionFailed",
            "Ready=False/ConnectionFailed",
        ],
    );
    let place = tool.url().replace("http://", "");
    let want = format!("LivenessReady: dial tcp {place}: connection refused; is the service running?");
    assert!(
        message(&down, "Ready").starts_with(&want),
        "{}",
        message(&down, "Ready")
    );
    assert_eq!(
        message(&down, "AuthReady"),
        "the credential cannot be checked while the tool cannot be reached"
    );

    tool.start_again();
    demo.wait_conditions("git-main", &["Ready=True/Ready"]);
    let events = wait("three events", Duration::from_secs(10), || {
        let events = demo.get(&["events.events.k8s.io"]);
        let line = |e: &serde_json::Value| {
            format!(
                "{} {}",
                e["type"].as_str().unwrap(),
                e["reason"].as_str().unwrap()
            )
        };
        let mut lines: Vec<String> = events["items"].as_array().unwrap().iter().map(line).collect();
        lines.sort();
        lines.dedup();
        if lines.len() >= 2 {
            Ok(lines)
        } else {
            Err(events.to_string())
        }
    });
    assert_eq!(events, ["Normal Ready", "Warning ConnectionFailed"]);
}

/// Most new Connectors are written once, when all is known. One that takes longer is noticed meanwhile.
#[test]
fn a_new_connector_of_a_tool_that_hangs_is_noticed() {
    let demo = Demo::new("conditions-hang", "http://127.0.0.1:9");
    // It takes connections, since the kernel does, and says nothing.
    let hangs = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = hangs.local_addr().unwrap();
    demo.apply(&format!(
        "{{apiVersion: patchbay.dev/v1alpha1, kind: ConnectorClass, metadata: {{name: conditions-hang-slow}}, spec: {{
            address: {{name: address, type: string}},
            livenessProbe: {{timeoutSeconds: 10, http: {{path: /}}}}}}}}
---
{{apiVersion: patchbay.dev/v1alpha1, kind: Connector, metadata: {{name: slow, namespace: NAMESPACE}},
  spec: {{connectorClassName: conditions-hang-slow, address: 'http://{address}'}}}}"
    ));
    demo.wait_conditions(
        "slow",
        &["LivenessReady=Unknown/Checking", "Ready=Unknown/Checking"],
    );
    let late = demo.wait_conditions("slow", &["LivenessReady=False/ConnectionFailed"]);
    assert!(
        message(&late, "LivenessReady").contains("did not answer within 10 s"),
        "{late}"
    );
}

#[test]
fn a_rotation_of_the_password_is_seen_at_once() {
    let tool = Tool::start(&format!("{CANARY}-1"));
    let demo = Demo::new("conditions-rotation", &tool.url());
    demo.wait_conditions("git-main", &["AuthReady=True/ProbeSucceeded"]);
    tool.set_password(&format!("{CANARY}-2"));
    let refused = demo.wait_conditions(
        "git-main",
        &[
            "AuthReady=False/AuthenticationFailed",
            "LivenessReady=True/ProbeSucceeded",
        ],
    );
    assert!(message(&refused, "AuthReady").contains("answered 401: it refused the credential"));
    let start = Instant::now();
    demo.kubectl(&[
        "patch",
        "secret",
        "git-creds",
        "-p",
        &format!(r#"{{"stringData": {{"password": "{CANARY}-2"}}}}"#),
    ]);
    demo.wait_conditions("git-main", &["Ready=True/Ready"]);
    println!("ready again {:?} after the Secret's change", start.elapsed());
}

#[test]
fn every_stage_says_what_is_wrong() {
    let tool = Tool::start(&format!("{CANARY}-1"));
    let demo = Demo::new("conditions-stages", &tool.url());
    demo.wait_conditions("git-main", &["Ready=True/Ready"]);

    demo.kubectl(&["delete", "secret", "git-creds"]);
    let object = demo.wait_conditions(
        "git-main",
        &[
            "SecretReady=False/SecretNotFound",
            "Ready=False/SecretNotFound",
            "AuthReady=Unknown/DependencyNotReady",
            "LivenessReady=True/ProbeSucceeded",
        ],
    );
    assert_eq!(
        message(&object, "SecretReady"),
        "Secret \"conditions-stages/git-creds\" does not exist: create it, or correct the reference"
    );
    demo.apply("apiVersion: v1\nkind: Secret\nmetadata: {name: git-creds, namespace: NAMESPACE}\ntype: Opaque\nstringData: {username: CANARY-user, password: CANARY-1}");
    demo.wait_conditions("git-main", &["SecretReady=False/SecretTypeMismatch"]);
    demo.kubectl(&["delete", "secret", "git-creds"]);
    demo.apply("apiVersion: v1\nkind: Secret\nmetadata: {name: git-creds, namespace: NAMESPACE}\ntype: kubernetes.io/basic-auth\nstringData: {username: CANARY-user}");
    let object = demo.wait_conditions("git-main", &["SecretReady=False/SecretKeyMissing"]);
    assert!(message(&object, "SecretReady").contains("password"), "{object}");
    demo.apply("apiVersion: v1\nkind: Secret\nmetadata: {name: git-creds, namespace: NAMESPACE}\ntype: kubernetes.io/basic-auth\nstringData: {username: CANARY-user, password: CANARY-1}");
    demo.wait_conditions("git-main", &["Ready=True/Ready"]);

    demo.kubectl(&["delete", "connectorclass", "conditions-stages-git"]);
    let object = demo.wait_conditions(
        "git-main",
        &[
            "ConnectorClassReady=False/ConnectorClassNotFound",
            "SecretReady=Unknown/DependencyNotReady",
            "Ready=False/ConnectorClassNotFound",
        ],
    );
    assert_eq!(
        message(&object, "Ready"),
        "ConnectorClassReady: ConnectorClass \"conditions-stages-git\" does not exist: create it, or correct \
         spec.connectorClassName"
    );
    demo.apply(&include_str!("demo.yaml").replace("ADDRESS", &tool.url()));
    demo.wait_conditions("git-main", &["Ready=True/Ready"]);

    // A class that its Connector does not fit any more. There is no admission here to refuse it.
    demo.kubectl(&[
        "patch",
        "connectorclass",
        "conditions-stages-git",
        "--type=json",
        "-p",
        r#"[{"op": "add", "path": "/spec/params/-", "value": {"name": "team", "type": "string"}}]"#,
    ]);
    let object = demo.wait_conditions("git-main", &["ConnectorClassReady=False/SchemaViolation"]);
    assert!(
        message(&object, "ConnectorClassReady").contains("team"),
        "{object}"
    );

    // An address that may not be called.
    demo.apply(&include_str!("demo.yaml").replace("ADDRESS", "http://169.254.169.254/latest"));
    demo.kubectl(&[
        "patch",
        "connectorclass",
        "conditions-stages-git",
        "--type=json",
        "-p",
        r#"[{"op": "replace", "path": "/spec/params", "value": []}]"#,
    ]);
    let object = demo.wait_conditions(
        "git-main",
        &[
            "LivenessReady=False/AddressNotAllowed",
            "AuthReady=Unknown/AddressNotAllowed",
        ],
    );
    let said = message(&object, "LivenessReady");
    assert!(
        said.starts_with("169.254.169.254 is link-local or cloud metadata, and may not be probed"),
        "{said}"
    );
}

#[test]
fn a_secret_of_another_namespace_reads_as_absent_and_is_never_asked_for() {
    let tool = Tool::start(&format!("{CANARY}-1"));
    let there = Demo::new("conditions-there", &tool.url());
    let demo = Demo::new("conditions-here", &tool.url());
    let refer = |name: &str| {
        let patch = format!(
            r#"{{"spec": {{"auth": {{"secretRef": {{"name": "{name}", "namespace": "{}"}}}}}}}}"#,
            there.namespace
        );
        demo.kubectl(&["patch", "connector", "git-main", "--type=merge", "-p", &patch]);
        let object = wait("the new reference was looked at", Duration::from_secs(10), || {
            let object = demo.get(&["connector", "git-main"]);
            if object["status"]["observedGeneration"] == object["metadata"]["generation"] {
                Ok(object)
            } else {
                Err(object.to_string())
            }
        });
        let text = conditions(&object);
        assert!(text.contains("SecretReady=False/SecretNotFound"), "{text}");
        message(&object, "SecretReady").replace(name, "X")
    };
    assert_eq!(refer("git-creds"), refer("nosuch"));
    let log = std::fs::read_to_string(BENCH.cluster.audit_log_path()).unwrap();
    assert!(
        !log.contains("metadata.name%3Dnosuch"),
        "the Secret was asked for"
    );
}

#[test]
fn a_class_says_where_its_services_are_and_what_is_not_supported() {
    let tool = Tool::start("x");
    let demo = Demo::new("conditions-class", &tool.url());
    let class = |spec: &str| {
        demo.apply(&format!("apiVersion: patchbay.dev/v1alpha1\nkind: ConnectorClass\nmetadata: {{name: NAMESPACE-api}}\nspec: {spec}"))
    };
    let wait_class = |wanted: &str| {
        wait(wanted, Duration::from_secs(20), || {
            let object = demo.get(&["connectorclass", "conditions-class-api"]);
            let fresh = object["status"]["observedGeneration"] == object["metadata"]["generation"];
            let has = conditions(&object);
            if fresh && has == wanted {
                Ok(object)
            } else {
                Err(has)
            }
        })
    };
    class("{address: {name: address, type: string}}");
    wait_class("APIReady=True/NonAPI ProxyReady=True/NonProxy Supported=True/Ready Ready=True/Ready");
    class(&format!(
        "{{address: {{name: address, type: string}}, api: {{uri: {}/api}}}}",
        tool.url()
    ));
    let object = wait_class(
        "APIReady=True/ProbeSucceeded ProxyReady=True/NonProxy Supported=True/Ready Ready=True/Ready",
    );
    assert_eq!(
        object["status"]["api"]["address"]["url"],
        format!("{}/api", tool.url())
    );
    class(
        "{address: {name: address, type: string}, api: {ref: {kind: Service, name: git, namespace: default}, uri: /api}}",
    );
    let object = wait_class(
        "APIReady=False/ConnectionFailed ProxyReady=True/NonProxy Supported=True/Ready Ready=False/ConnectionFailed",
    );
    assert_eq!(
        object["status"]["api"]["address"]["url"],
        "https://git.default.svc/api"
    );
}

#[test]
fn nothing_is_written_while_nothing_changes() {
    let tool = Tool::start(&format!("{CANARY}-1"));
    let demo = Demo::new("conditions-quiet", &tool.url());
    let before = demo.wait_conditions("git-main", &["Ready=True/Ready"]);
    let probes = tool.asked("/private");
    wait("three more probes", Duration::from_secs(20), || {
        let now = tool.asked("/private");
        if now >= probes + 3 {
            Ok(())
        } else {
            Err(format!("{now}"))
        }
    });
    let after = demo.get(&["connector", "git-main"]);
    assert_eq!(
        before["metadata"]["resourceVersion"],
        after["metadata"]["resourceVersion"]
    );
}

#[test]
fn no_credential_is_anywhere_but_where_it_belongs() {
    let tool = Tool::start(&format!("{CANARY}-other"));
    let demo = Demo::new("conditions-canary", &tool.url());
    demo.wait_conditions("git-main", &["AuthReady=False/AuthenticationFailed"]);
    let encoded = crate::bench::base64(&format!("{CANARY}-user:{CANARY}-1"));
    for kind in [
        "connectors",
        "connectorclasses",
        "events",
        "events.events.k8s.io",
        "configmaps",
        "leases",
    ] {
        let all = BENCH
            .cluster
            .client()
            .run(&["get", kind, "-A", "-o", "json"])
            .unwrap();
        assert!(!all.contains(CANARY) && !all.contains(&encoded), "in {kind}");
    }
    for replica in &BENCH.replicas {
        let metrics = replica.metrics();
        assert!(
            !metrics.contains(CANARY) && !metrics.contains("conditions-canary"),
            "in the metrics"
        );
    }
    let logs = Bench::logs();
    assert!(logs.len() > 1000, "there are logs");
    assert!(!logs.contains(CANARY) && !logs.contains(&encoded), "in the logs");
    // No token either: they all begin like this.
    assert!(!logs.contains("eyJhbGciOi"), "a token in the logs");
    let audit = std::fs::read_to_string(BENCH.cluster.audit_log_path()).unwrap();
    assert!(!audit.contains(CANARY));
}

#[test]
fn only_secrets_that_connectors_name_are_asked_for() {
    let tool = Tool::start(&format!("{CANARY}-1"));
    let demo = Demo::new("conditions-asked", &tool.url());
    demo.apply("apiVersion: v1\nkind: Secret\nmetadata: {name: somebody-elses, namespace: NAMESPACE}\nstringData: {password: CANARY}");
    demo.wait_conditions("git-main", &["Ready=True/Ready"]);
    let audit = std::fs::read_to_string(BENCH.cluster.audit_log_path()).unwrap();
    let mut asked = 0;
    for line in audit.lines() {
        let Ok(event) = serde_json::from_str::<serde_json::Value>(line) else {
            continue;
        };
        if event["user"]["username"] != "patchbay-reconciler" || event["objectRef"]["resource"] != "secrets" {
            continue;
        }
        asked += 1;
        let uri = event["requestURI"].as_str().unwrap();
        let own = uri.contains("/namespaces/patchbay") && uri.contains("patchbay-broker-ca");
        assert!(
            own || (uri.contains("/namespaces/") && uri.contains("fieldSelector=metadata.name%3D")),
            "{uri}"
        );
        assert!(!uri.contains("somebody-elses"), "{uri}");
    }
    assert!(asked > 0);
}
