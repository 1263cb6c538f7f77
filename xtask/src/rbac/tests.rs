use super::*;

const MANIFESTS: &str = "
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader, namespace: ns}
---
# a comment only
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: everywhere}
rules:
- apiGroups: [patchbay.dev]
  resources: [connectors, connectorclasses]
  verbs: [list, watch]
- apiGroups: ['']
  resources: [secrets]
  verbs: [list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: for-people}
rules:
- apiGroups: [patchbay.dev]
  resources: [connectors]
  verbs: [use]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: here, namespace: ns}
rules:
- apiGroups: ['']
  resources: [secrets]
  resourceNames: [ca]
  verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: everywhere}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: everywhere}
subjects: [{kind: ServiceAccount, name: reader, namespace: ns}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: here, namespace: ns}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: here}
subjects: [{kind: ServiceAccount, name: reader, namespace: ns}]
";

fn event(verb: &str, uri: &str, object: &str, code: u16) -> String {
    format!(
        r#"{{"kind":"Event","stage":"ResponseComplete","verb":"{verb}","requestURI":"{uri}","user":{{"username":"system:serviceaccount:ns:reader"}},"objectRef":{object},"responseStatus":{{"code":{code}}}}}"#
    )
}

fn report(events: &[String]) -> Report {
    compare(MANIFESTS, events.join("\n").as_bytes(), "ns").expect("both can be read")
}

/// Uses of every grant.
fn everything() -> Vec<String> {
    let kind = |resource: &str| {
        format!(r#"{{"resource":"{resource}","apiGroup":"patchbay.dev","apiVersion":"v1alpha1"}}"#)
    };
    vec![
        event("list", "/x", &kind("connectors"), 200),
        event("watch", "/x", &kind("connectors"), 200),
        event("list", "/x", &kind("connectorclasses"), 200),
        event("watch", "/x", &kind("connectorclasses"), 200),
        event(
            "list",
            "/api/v1/namespaces/a/secrets?fieldSelector=metadata.name%3Dlogin&limit=1",
            r#"{"resource":"secrets","namespace":"a"}"#,
            200,
        ),
        event(
            "get",
            "/api/v1/namespaces/ns/secrets/ca",
            r#"{"resource":"secrets","namespace":"ns","name":"ca"}"#,
            200,
        ),
    ]
}

#[test]
fn equal_grants_and_calls_are_clean() {
    let report = report(&everything());
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.grants, report.calls), (6, 6));
}

#[test]
fn a_grant_that_nobody_uses_is_named() {
    let mut events = everything();
    events.pop();
    let shown = report(&events).to_string();
    assert!(
        shown.contains("unused:  reader: get secrets \"ca\" in namespace ns"),
        "{shown}"
    );
}

#[test]
fn a_call_without_a_grant_is_named() {
    let mut events = everything();
    events.push(event(
        "delete",
        "/x",
        r#"{"resource":"pods","namespace":"a","name":"p"}"#,
        403,
    ));
    events.push(event(
        "get",
        "/x",
        r#"{"resource":"secrets","namespace":"ns","name":"other"}"#,
        200,
    ));
    let shown = report(&events).to_string();
    assert!(
        shown.contains("missing: reader: delete pods \"p\" in namespace a: was refused"),
        "{shown}"
    );
    assert!(
        shown.contains("missing: reader: get secrets \"other\" in namespace ns: was let through"),
        "{shown}"
    );
}

#[test]
fn others_and_discovery_do_not_count() {
    let mut events = everything();
    events.push(
        r#"{"verb":"get","requestURI":"/version","user":{"username":"system:serviceaccount:ns:reader"}}"#
            .to_owned(),
    );
    events.push(
        r#"{"verb":"get","user":{"username":"admin"},"objectRef":{"resource":"nodes","name":"n"}}"#
            .to_owned(),
    );
    assert!(report(&events).is_clean());
}

#[test]
fn an_excuse_fits_only_what_it_names() {
    let allowed = [Allowed {
        account: "reader",
        resource: "secrets",
        verb: "get",
        reason: "a test",
    }];
    let grants = grants::of_manifests(MANIFESTS).expect("well formed");
    let found = difference(&grants, &BTreeSet::new(), &allowed);
    assert_eq!(
        found.excused.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["reader: get secrets \"ca\" in namespace ns"]
    );
    assert_eq!(found.unused.len(), 5);
}

#[test]
fn a_log_without_our_calls_is_an_error() {
    assert!(compare(MANIFESTS, &b""[..], "ns").is_err());
    assert!(compare(MANIFESTS, &b"not json"[..], "ns").is_err());
}
