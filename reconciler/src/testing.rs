//! Objects for tests.

use std::sync::Arc;

use patchbay_api::{Connector, ConnectorClass};
use patchbay_model::secret::{SecretBytes, SecretData};

use crate::sources::{SecretObject, SecretState};

/// A class with a liveness probe, an auth probe, and a configuration that carries the credential.
pub(crate) const GIT: &str = r#"
metadata: {name: git, uid: class-uid, generation: 1}
spec:
  address: {name: address, type: string}
  params:
  - {name: depth, type: integer, default: 1}
  auth:
    types:
    - {name: basicAuth, secretType: kubernetes.io/basic-auth, optional: true}
  livenessProbe: {http: {path: /}}
  authProbes:
  - authName: basicAuth
    probe:
      http:
        path: /info/refs
        httpHeaders:
        - name: Authorization
          value: '{{- if .Secret }}Basic {{ printf "%s:%s" .Secret.StringData.username .Secret.StringData.password | b64enc }}{{- end }}'
  configurations:
  - name: gitconfig
    credentials: true
    data:
      .gitconfig: |
        {{- with .secret }}password = {{ .password }}{{ end }}
  - name: plain
    data:
      plain.txt: |
        address = {{ .connector.spec.address }}
"#;

/// A Connector of that class.
pub(crate) const GIT_MAIN: &str = r#"
metadata: {name: git-main, namespace: demo, uid: connector-uid, generation: 1}
spec:
  connectorClassName: git
  address: http://git.demo.svc:3000
  auth: {name: basicAuth, secretRef: {name: git-creds}}
"#;

pub(crate) fn class(yaml: &str) -> ConnectorClass {
    let head = "apiVersion: patchbay.dev/v1alpha1\nkind: ConnectorClass\n";
    serde_saphyr::from_str(&format!("{head}{yaml}")).expect("a class")
}

pub(crate) fn connector(yaml: &str) -> Connector {
    let head = "apiVersion: patchbay.dev/v1alpha1\nkind: Connector\n";
    serde_saphyr::from_str(&format!("{head}{yaml}")).expect("a Connector")
}

/// A Secret of type basic-auth with these keys; every value is `canary-<key>`.
pub(crate) fn secret(version: &str, keys: &[&str]) -> SecretState {
    let data = keys.iter().map(|key| {
        (
            (*key).to_owned(),
            SecretBytes::new(format!("canary-{key}").into_bytes()),
        )
    });
    let data = SecretData {
        type_: "kubernetes.io/basic-auth".to_owned(),
        data: data.collect(),
    };
    SecretState::Present(Arc::new(SecretObject {
        data,
        version: version.to_owned(),
    }))
}

/// What a probe may have found.
pub(crate) fn verdict(
    status: patchbay_model::status::Status,
    reason: patchbay_api::conditions::Reason,
) -> crate::probes::verdict::Verdict {
    crate::probes::verdict::Verdict::new(status, reason, "as the tool said".to_owned())
}
