//! The CLI and the webhook say the same of the same objects: the same mistakes, in the same words, at the same fields, in
//! the same order.

use patchbay_cli::input::Inputs;
use patchbay_cli::output::Severity;
use patchbay_cli::source::Source;
use patchbay_cli::validate::{Finding, ObjectName, validate};
use patchbay_model::{class, connector};
use patchbay_webhook::index::{Index, KnownClass, KnownConnector};
use patchbay_webhook::mutate::mutate;
use patchbay_webhook::review::{Kind, Operation, Request, Verdict};
use serde_json::Value;

/// What is in the cluster, and in the files.
const WORLD: &str = r#"
apiVersion: patchbay.dev/v1alpha1
kind: ConnectorClass
metadata: {name: git}
spec:
  address: {type: string}
  params:
  - {name: branch, type: string, enum: [main, develop]}
  auth:
    types:
    - {name: basicAuth, secretType: kubernetes.io/basic-auth, optional: true}
  configurations:
  - name: gitconfig
    params:
    - {name: depth, type: integer, default: 1}
    data:
      .gitconfig: "{{ .connector.spec.address }}"
    env:
    - {name: GIT_CONFIG_GLOBAL, value: "{{ .mountPath }}/.gitconfig"}
---
apiVersion: patchbay.dev/v1alpha1
kind: Connector
metadata: {name: git-main, namespace: demo}
spec:
  connectorClassName: git
  address: https://git.example.com
  params:
  - {name: branch, value: main}
"#;

/// Objects of every kind, right and wrong. Where the webhook knows that something does not exist, and files cannot know,
/// they differ on purpose: that is not here.
const OBJECTS: &[&str] = &[
    // A class: names, types, templates in two places, warnings of what is read without a guard.
    r#"
apiVersion: patchbay.dev/v1alpha1
kind: ConnectorClass
metadata: {name: other}
spec:
  params:
  - {name: a, type: interger}
  - {name: a, default: 5}
  auth:
    types:
    - {name: b}
    - {name: c, secretType: Opaque, params: [{name: token}]}
  authProbes:
  - authName: nope
    probe: {http: {path: "{{ .Nope }}"}}
  configurations:
  - name: x
    data:
      one: "{{ nofunc }}"
      two: "text\n{{ .connector.spec.adress }}"
      three: "{{ if }}"
"#,
    r#"
apiVersion: patchbay.dev/v1alpha1
kind: ConnectorClass
metadata: {name: warned}
spec:
  auth:
    types:
    - {name: b, secretType: kubernetes.io/opaque, optional: true, params: [{name: token}]}
  authProbes:
  - authName: b
  configurations:
  - name: x
    credentials: true
    data: {one: "{{ .secret.token }} {{ .context.token }}"}
"#,
    // Probes of every sort: kinds, times, headers and expressions.
    r#"
apiVersion: patchbay.dev/v1alpha1
kind: ConnectorClass
metadata: {name: probes}
spec:
  auth:
    types:
    - {name: b, secretType: kubernetes.io/basic-auth}
    - {name: c, secretType: Opaque, params: [{name: pw}]}
  livenessProbe:
    http: {path: /, httpHeaders: {Host: x}, response: {cel: "response.status == 200"}}
    periodSeconds: 5
    timeoutSeconds: 6
  authProbes:
  - authName: b
    probe: {postgres: {tls: direct, port: 0}, failureThreshold: 11}
  - authName: c
    probe: {redis: {}}
"#,
    r#"
apiVersion: patchbay.dev/v1alpha1
kind: ConnectorClass
metadata: {name: addressable}
spec:
  api: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: a, namespace: b}}
  livenessProbe: {tcp: {}, grpc: {}}
"#,
    r"
apiVersion: patchbay.dev/v1alpha1
kind: ConnectorClass
metadata: {name: malformed}
spec: {params: text}
",
    r#"
apiVersion: patchbay.dev/v1alpha1
kind: Connector
metadata: {name: new, namespace: demo}
spec:
  connectorClassName: git
  address: git.example.com
  addressExtensions: [{name: x, value: y}]
  auth: {name: basicauth, secretRef: {name: Not_A_Name}}
  params:
  - {name: branch, value: mian}
  - {name: depth, value: 5}
  caCertSecretRef: {name: ""}
"#,
    r"
apiVersion: patchbay.dev/v1alpha1
kind: Connector
metadata: {name: fine, namespace: demo}
spec:
  connectorClassName: git
  address: https://bob@git.example.com
  params: [{name: branch, value: main}]
",
    r"
apiVersion: patchbay.dev/v1alpha1
kind: Connector
metadata: {name: malformed, namespace: demo}
spec: {connectorClassName: git, params: [{value: 1}]}
",
    r"
apiVersion: patchbay.dev/v1alpha1
kind: Connector
metadata: {name: classless, namespace: demo}
spec: {connectorClassName: '', address: x}
",
    r#"
apiVersion: v1
kind: Pod
metadata:
  name: fine
  namespace: demo
  annotations: {patchbay.dev/mounts: git-main}
spec:
  containers:
  - name: app
    env: [{name: GIT_CONFIG_GLOBAL, value: /mine}]
"#,
    r#"
apiVersion: v1
kind: Pod
metadata:
  name: wrong
  namespace: demo
  annotations:
    patchbay.dev/mounts: |
      - connector: git-main
        mountPath: relative
        configurations: 5
      - conector: git-main
spec:
  containers: [{name: app}]
"#,
    r#"
apiVersion: v1
kind: Pod
metadata:
  name: clash
  namespace: demo
  annotations:
    patchbay.dev/mounts: |
      - connector: git-main
        mountPath: /a/b
        containers: [app, ap]
        params: {gitconfig: {depth: "1", dpeth: 1}}
spec:
  volumes: [{name: patchbay-12345678}]
  containers:
  - name: app
    volumeMounts: [{name: x, mountPath: /a/b/c}, {name: y, mountPath: /a, readOnly: true}]
"#,
    r#"
apiVersion: v1
kind: Pod
metadata:
  name: clash-only
  namespace: demo
  annotations:
    patchbay.dev/mounts: '[{connector: git-main, mountPath: /a/b, containers: [app, ap]}]'
spec:
  volumes: [{name: patchbay-12345678}]
  containers:
  - name: app
    volumeMounts: [{name: x, mountPath: /a/b/c}, {name: y, mountPath: /a, readOnly: true}]
"#,
    r#"
apiVersion: v1
kind: Pod
metadata:
  name: elsewhere
  namespace: demo
  annotations:
    patchbay.dev/mounts: '[{connector: git-main, namespace: other}]'
spec: {containers: [{name: app}]}
"#,
    r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: empty, namespace: demo}
spec:
  template:
    metadata: {annotations: {patchbay.dev/mounts: ""}}
    spec: {containers: [{name: app}]}
"#,
    r#"
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: refused, namespace: demo}
spec:
  template:
    metadata: {annotations: {patchbay.dev/mounts: '[{connector: git-main, configurations: [nope]}]'}}
    spec: {containers: [{name: app}]}
"#,
    r#"
apiVersion: batch/v1
kind: CronJob
metadata: {name: warned, namespace: demo}
spec:
  jobTemplate:
    spec:
      template:
        metadata: {annotations: {patchbay.dev/mounts: "git-main,,git-main"}}
        spec: {containers: [{name: app}]}
"#,
];

fn json(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).expect("YAML")
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn index() -> Index {
    let mut index = Index::default();
    for object in json(WORLD) {
        if text(&object, "/kind") == "ConnectorClass" {
            let class = class::from_json(&object).expect("a class");
            index.apply_class(KnownClass::read(&class).expect("it has a name"));
        } else {
            let connector = connector::from_json(&object).expect("a Connector");
            index.apply_connector(KnownConnector::read(&connector).expect("it has a name"));
        }
    }
    index
}

fn request(object: &Value) -> Request {
    let (group, version) = match text(object, "/apiVersion").split_once('/') {
        Some((group, version)) => (group, version),
        None => ("", text(object, "/apiVersion")),
    };
    Request {
        uid: "1".to_owned(),
        kind: Kind {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: text(object, "/kind").to_owned(),
        },
        sub_resource: String::new(),
        name: text(object, "/metadata/name").to_owned(),
        namespace: text(object, "/metadata/namespace").to_owned(),
        operation: Operation::Create,
        object: object.clone(),
        old_object: Value::Null,
    }
}

/// Mistakes as `field: message (reason)`, then warnings.
fn webhook(object: &Value, index: &Index) -> Vec<String> {
    let request = request(object);
    let verdict: Verdict = if request.kind.kind == "Pod" {
        mutate(&request, index)
    } else {
        patchbay_webhook::validate::validate(&request, index)
    };
    let causes = verdict.denial.iter().flat_map(|denial| &denial.causes);
    let refused = causes.map(|it| format!("error {}: {} ({})", it.field, it.message, it.reason));
    let warned = verdict.warnings.iter().map(|it| format!("warning {it}"));
    refused.chain(warned).collect()
}

fn cli(object: &Value, written: &str) -> Vec<String> {
    let inputs = Inputs {
        sources: vec![
            Source::new("world", WORLD.to_owned()),
            Source::new("object", written.to_owned()),
        ],
        missing: vec![],
    };
    let is_about = |name: &ObjectName| {
        (name.kind.as_str(), name.name.as_str()) == (text(object, "/kind"), text(object, "/metadata/name"))
    };
    let say = |it: &Finding| match it.severity {
        Severity::Error => format!("error {}: {} ({})", it.path, it.message, it.reason),
        Severity::Warning => format!("warning {}: {}", it.path, it.message),
    };
    let findings = validate(&inputs, "default").findings;
    let about = findings
        .iter()
        .filter(|it| it.object.as_ref().is_some_and(is_about));
    about.map(say).collect()
}

#[test]
fn the_cli_and_the_webhook_say_the_same() {
    let index = index();
    let mut said = 0;
    for written in OBJECTS {
        for object in json(written) {
            let wanted = webhook(&object, &index);
            said += wanted.len();
            assert_eq!(cli(&object, written), wanted, "{written}");
        }
    }
    assert!(said > 30, "the objects are wrong in {said} ways only");
}
