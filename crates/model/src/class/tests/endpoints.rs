//! Where the API service and the proxy are.

use super::*;

fn git(field: &str, value: Value) -> Value {
    let mut reference = json!({"kind": "Service", "name": "git", "namespace": "default"});
    reference[field] = value;
    reference
}

fn service() -> Value {
    git("kind", json!("Service"))
}

#[test]
fn the_examples_of_the_seed_and_their_neighbours() {
    for (api, url) in [
        // As printed.
        (json!({"ref": service()}), "https://git.default.svc"),
        (
            json!({"uri": "https://git.default.svc/api"}),
            "https://git.default.svc/api",
        ),
        (
            json!({"ref": service(), "uri": "/api"}),
            "https://git.default.svc/api",
        ),
        // RFC 3986: a path without a slash is merged with the empty path of the base.
        (
            json!({"ref": service(), "uri": "api"}),
            "https://git.default.svc/api",
        ),
        (
            json!({"ref": service(), "uri": "/api/v4/"}),
            "https://git.default.svc/api/v4/",
        ),
        (
            json!({"ref": service(), "uri": "./api"}),
            "https://git.default.svc/api",
        ),
        (
            json!({"ref": service(), "uri": "../api"}),
            "https://git.default.svc/api",
        ),
        (
            json!({"ref": service(), "uri": "?v=4"}),
            "https://git.default.svc/?v=4",
        ),
        (json!({"ref": service(), "uri": " "}), "https://git.default.svc"),
        (
            json!({"ref": git("apiVersion", json!("v1"))}),
            "https://git.default.svc",
        ),
        // A whole URL wins over the Service, and stays as it is written.
        (
            json!({"ref": service(), "uri": "https://git.example.com/api"}),
            "https://git.example.com/api",
        ),
        (json!({"uri": "http://git.example.com"}), "http://git.example.com"),
        (
            json!({"uri": "https://git.example.com:8443/a/"}),
            "https://git.example.com:8443/a/",
        ),
    ] {
        for field in ["api", "proxy"] {
            let class = accepted(&json!({ field: api })).value;
            let endpoint = if field == "api" { &class.api } else { &class.proxy };
            assert_eq!(
                endpoint.as_ref().and_then(Endpoint::url),
                Some(url),
                "{field} {api}"
            );
        }
    }
}

#[test]
fn what_cannot_be_resolved_is_explained() {
    let api = |api: Value| json!({ "api": api });
    let reference = |field: &str, value: Value| api(json!({ "ref": git(field, value) }));
    refused(&[
        (api(json!({})), "spec.api: has neither ref nor uri"),
        (
            api(json!({"uri": "/api"})),
            "spec.api.uri: got \"/api\", wants a whole URL, or ref beside it",
        ),
        (api(json!({"uri": "git.default.svc:443"})), "wants a whole URL"),
        (
            api(json!({"uri": "ftp://x/api"})),
            "spec.api.uri: got \"ftp://x/api\", wants http:// or https://",
        ),
        (api(json!({"uri": "https://"})), "the host is missing"),
        (
            api(json!({"uri": "https://u:hunter2@x"})),
            "spec.api.uri: got a URL with a password",
        ),
        (
            api(json!({"uri": "https://u@x"})),
            "spec.api.uri: must not hold a user",
        ),
        (
            api(json!({"ref": service(), "uri": "//evil/x"})),
            "spec.api.uri: got \"//evil/x\", wants a path",
        ),
        (
            api(json!({"ref": service(), "uri": "//u:p@git.default.svc/api"})),
            "wants a path such as /api, or a whole URL",
        ),
        (api(json!({"ref": service(), "uri": "mailto:x"})), "wants a path"),
        (
            reference("kind", json!("service")),
            "spec.api.ref.kind: got \"service\", wants Service; another kind needs its apiVersion; did you mean \"Service\"?",
        ),
        (
            reference("kind", json!("Deployment")),
            "another kind needs its apiVersion",
        ),
        (reference("name", json!("Git")), "spec.api.ref.name: got \"Git\""),
        (reference("name", json!("evil.com#")), "spec.api.ref.name: got"),
        (
            reference("namespace", json!("")),
            "spec.api.ref.namespace: is missing",
        ),
        (
            reference("apiVersion", json!("v2")),
            "spec.api.ref.apiVersion: got \"v2\", wants v1",
        ),
        (
            reference("apiVersion", json!("/v1")),
            "spec.api.ref.apiVersion: got",
        ),
        (
            reference("apiVersion", json!("a/b/c")),
            "spec.api.ref.apiVersion: got",
        ),
        (reference("group", json!("A b")), "spec.api.ref.group: got"),
        (
            api(json!({"uri": "https://x", "CACerts": "x"})),
            "spec.api.CACerts: has no PEM certificate",
        ),
    ]);
    let mut both = git("group", json!("a.example.com"));
    both["apiVersion"] = json!("b.example.com/v1");
    refused(&[(
        api(json!({ "ref": both })),
        "spec.api.ref.group: got \"a.example.com\", and apiVersion has \"b.example.com\"",
    )]);
    warned(&[(
        reference("address", json!("internal")),
        "spec.api.ref.address: is not used: a Service has only one address",
    )]);
}

#[test]
fn other_objects_say_in_their_status_where_they_are() {
    let mut reference = git("apiVersion", json!("serving.knative.dev/v1"));
    reference["address"] = json!("internal");
    let spec = json!({"api": {"ref": reference, "uri": "api"}});
    assert_eq!(accepted(&spec).warnings, []);
    let class = accepted(&spec).value;
    let Some(Location::Addressable(object)) = class.api.as_ref().map(|api| &api.location) else {
        panic!("another object")
    };
    let want = Addressable {
        group: "serving.knative.dev".to_owned(),
        version: Some("v1".to_owned()),
        kind: "Service".to_owned(),
        namespace: "default".to_owned(),
        name: "git".to_owned(),
        address: Some("internal".to_owned()),
        uri: Some("api".to_owned()),
    };
    assert_eq!(object, &want);
    for (address, url) in [
        (
            "http://git.default.example.com",
            Some("http://git.default.example.com/api"),
        ),
        ("https://h:8443/base/", Some("https://h:8443/base/api")),
        ("ftp://h", None),
        ("http://u@h", None),
        ("http://u:p@h", None),
        ("http://h/a b", None),
        ("http://h:0", None),
        ("http:///x", None),
        ("http://h/\r\nx", None),
        (&format!("http://h/{}", "x".repeat(3000)), None),
        ("nonsense", None),
        ("", None),
    ] {
        assert_eq!(object.resolve(address).ok().as_deref(), url, "{address}");
    }
    let without = Addressable { uri: None, ..want };
    assert_eq!(object.place(), without);
    assert_eq!(without.resolve("http://h/base").as_deref(), Ok("http://h/base"));
    let said = without.resolve("http://u:hunter2@h").unwrap_err();
    assert!(!said.contains("hunter2"), "{said}");
    // Without a version, and with a path that leads elsewhere.
    let group = git("group", json!("eventing.knative.dev"));
    assert!(
        accepted(&json!({"api": {"ref": group}}))
            .value
            .api
            .as_ref()
            .is_some_and(|api| api.url().is_none())
    );
    refused(&[(
        json!({"api": {"ref": group, "uri": "//evil/x"}}),
        "spec.api.uri: got \"//evil/x\", wants a path",
    )]);
    // A whole URL needs nobody's status.
    let whole = accepted(&json!({"api": {"ref": group, "uri": "https://x/y"}}));
    assert_eq!(
        whole.value.api.as_ref().and_then(Endpoint::url),
        Some("https://x/y")
    );
    assert_eq!(whole.warnings, []);
}

#[test]
fn a_broken_class_still_has_a_place() {
    let path = FieldPath::new("spec").child("api");
    let found = locate(None, Some("https://x"), &path);
    assert_eq!(found.ok(), Some(Location::Url("https://x".to_owned())));
    let error = locate(None, None, &path).err().map(|e| e.to_string());
    assert_eq!(
        error.as_deref(),
        Some("spec.api: has neither ref nor uri, wants at least one of them")
    );
}
