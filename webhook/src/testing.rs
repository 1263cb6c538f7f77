//! Fixtures of the tests: an index from YAML, requests, and a class that uses everything.

use std::sync::LazyLock;

use patchbay_model::{class, connector};
use serde_json::{Value, json};

use crate::index::{Index, KnownClass, KnownConnector};
use crate::review::{Kind, Operation, Request};

/// A class with two configurations, variables and parameters.
pub(crate) const GIT: &str = r#"
apiVersion: patchbay.dev/v1alpha1
kind: ConnectorClass
metadata: {name: git, uid: class-git, generation: 1}
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
        .gitconfig: |
          [url "{{ .connector.spec.address }}"]
            insteadOf = git:
      env:
        - {name: GIT_CONFIG_GLOBAL, value: "{{ .mountPath }}/.gitconfig"}
    - name: readme
      data:
        README: "clone from {{ .connector.spec.address }}"
"#;

/// A Connector of the class `git`.
pub(crate) fn connector(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "patchbay.dev/v1alpha1",
        "kind": "Connector",
        "metadata": { "namespace": namespace, "name": name, "uid": format!("{namespace}-{name}"), "generation": 1 },
        "spec": {
            "connectorClassName": "git",
            "address": "https://git.example.com/",
            "params": [{ "name": "branch", "value": "main" }],
        },
    })
}

pub(crate) fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).expect("the fixture is YAML")
}

pub(crate) fn known_class(object: &Value) -> KnownClass {
    KnownClass::read(&class::from_json(object).expect("a class")).expect("it has a name")
}

pub(crate) fn known_connector(object: &Value) -> KnownConnector {
    KnownConnector::read(&connector::from_json(object).expect("a Connector")).expect("it has a name")
}

/// The class `git`, and in namespace `demo` the Connectors `git-main` and `git-other`.
pub(crate) fn index() -> Index {
    let mut index = Index::default();
    let class = known_class(&yaml(GIT));
    assert!(class.class.is_ok(), "{:?}", class.class);
    index.apply_class(class);
    for name in ["git-main", "git-other"] {
        index.apply_connector(known_connector(&connector("demo", name)));
    }
    index.apply_connector(known_connector(&connector("team-b", "private")));
    index
}

/// The same, made once for tests that decide often and change nothing.
pub(crate) static INDEX: LazyLock<Index> = LazyLock::new(index);

/// A request of namespace `demo`.
pub(crate) fn create(group: &str, kind: &str, object: Value) -> Request {
    let version = if group == "patchbay.dev" { "v1alpha1" } else { "v1" };
    let name = object
        .pointer("/metadata/name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Request {
        uid: "1".to_owned(),
        kind: Kind {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        },
        sub_resource: String::new(),
        name: name.to_owned(),
        namespace: "demo".to_owned(),
        operation: Operation::Create,
        object,
        old_object: Value::Null,
    }
}

/// The same as an update of `old`.
pub(crate) fn update(group: &str, kind: &str, old: Value, new: Value) -> Request {
    Request {
        operation: Operation::Update,
        old_object: old,
        ..create(group, kind, new)
    }
}
