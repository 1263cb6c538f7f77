use serde_json::json;

use super::*;

mod configurations;
mod endpoints;
mod probes;
mod tera;

fn object(spec: &Value) -> ConnectorClass {
    from_json(&json!({"metadata": {"name": "git"}, "spec": spec})).unwrap_or_else(|e| panic!("{spec}: {e}"))
}

fn parse_spec(spec: &Value) -> Result<Checked<Class>, Vec<String>> {
    parse(&object(spec)).map_err(|violations| violations.iter().map(ToString::to_string).collect())
}

fn accepted(spec: &Value) -> Checked<Class> {
    parse_spec(spec).unwrap_or_else(|e| panic!("{spec}: {e:#?}"))
}

/// Each spec has one violation that says this.
fn refused(cases: &[(Value, &str)]) {
    for (spec, said) in cases {
        let violations = parse_spec(spec)
            .err()
            .unwrap_or_else(|| panic!("{spec} is refused: {said}"));
        assert_eq!(violations.len(), 1, "{spec}: {violations:#?}");
        assert!(violations[0].contains(said), "{spec}: {violations:#?}");
    }
}

/// Each spec is accepted with one warning that says this.
fn warned(cases: &[(Value, &str)]) {
    for (spec, said) in cases {
        let warnings: Vec<String> = accepted(spec).warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warnings.len(), 1, "{spec}: {warnings:#?}");
        assert!(warnings[0].contains(said), "{spec}: {warnings:#?}");
    }
}

fn with_basic_auth(mut spec: Value) -> Value {
    spec["auth"] = json!({"types": [{"name": "basicAuth", "secretType": "kubernetes.io/basic-auth"}]});
    spec
}

#[test]
fn an_empty_class_is_a_class() {
    let class = accepted(&json!({})).value;
    assert_eq!(class.name, "git");
    assert_eq!(class.shown(), "class \"git\"");
    assert!(!class.probes_over_http());
}

#[test]
fn addresses() {
    refused(&[
        (
            json!({"address": {"type": "integer"}}),
            "spec.address.type: got \"integer\", wants \"string\": an address is a string",
        ),
        (
            json!({"address": {"type": "url"}}),
            "spec.address.type: got \"url\", wants one of string",
        ),
        (
            json!({"address": {"name": "a b"}}),
            "spec.address.name: got \"a b\"",
        ),
        (
            json!({"address": {"default": "git.example.com"}}),
            "spec.address.default: got \"git.example.com\", wants a URL",
        ),
        (
            json!({"address": {"default": 5}}),
            "spec.address.default: got 5 (integer), the declared type is string",
        ),
        (
            json!({"address": {"default": "ssh://host"}, "livenessProbe": {"http": {"path": "/"}}}),
            "spec.address.default: got \"ssh://host\", wants http:// or https://: the class probes over HTTP",
        ),
        (
            json!({"addressExtensions": [{"name": "a"}, {"name": "a"}]}),
            "spec.addressExtensions[1].name: \"a\" is declared twice",
        ),
        (
            json!({"addressExtensions": [{"name": "a", "type": "object"}]}),
            "spec.addressExtensions[0].type: got \"object\", wants \"string\"",
        ),
        (
            json!({"addressExtensions": [{"name": "a", "default": "ssh://host"}]}),
            "spec.addressExtensions[0].default: got \"ssh://host\", wants http:// or https://",
        ),
    ]);
    accepted(&json!({"address": {"default": "ssh://host"}}));
}

#[test]
fn params_and_schema() {
    refused(&[
        (
            json!({"params": [{"name": "a", "type": "bool"}]}),
            "spec.params[0].type: got \"bool\"",
        ),
        (
            json!({"schema": {"type": "strng"}}),
            "spec.schema.type: got \"strng\"",
        ),
        (
            json!({"schema": {"$ref": "http://metadata.internal/"}}),
            "spec.schema[$ref]: got \"http://metadata.internal/\", wants a place in the same schema",
        ),
    ]);
}

#[test]
fn auth_types() {
    let types = |types: Value| json!({"auth": {"types": types}});
    refused(&[
        (
            types(json!([{"name": "", "secretType": "kubernetes.io/tls"}])),
            "spec.auth.types[0].name: got \"\", wants letters",
        ),
        (
            types(
                json!([{"name": "a", "secretType": "kubernetes.io/tls"}, {"name": "a", "secretType": "kubernetes.io/tls"}]),
            ),
            "spec.auth.types[1].name: \"a\" is there twice",
        ),
        (
            types(json!([{"name": "a"}])),
            "spec.auth.types[0].secretType: is missing, wants kubernetes.io/basic-auth, kubernetes.io/ssh-auth, kubernetes.io/tls, kubernetes.io/dockerconfigjson and Opaque or a type of your own",
        ),
        (
            types(json!([{"name": "a", "secretType": "Opaque"}])),
            "spec.auth.types[0].params: is missing: a Secret of type \"Opaque\" has no known keys",
        ),
        (
            types(json!([{"name": "a", "secretType": "kubernetes.io/basicauth"}])),
            "did you mean \"kubernetes.io/basic-auth\"?",
        ),
        (
            types(json!([{"name": "a", "secretType": "example.com/pat"}])),
            "spec.auth.types[0].params: is missing",
        ),
        (
            types(json!([{"name": "a", "secretType": "a b", "params": [{"name": "k"}]}])),
            "spec.auth.types[0].secretType: got \"a b\"",
        ),
        (
            types(
                json!([{"name": "a", "secretType": "Opaque", "params": [{"name": "k", "type": "integer"}]}]),
            ),
            "spec.auth.types[0].params[0].type: got \"integer\", wants \"string\": a value of a Secret is a string",
        ),
        (
            types(json!([{"name": "a", "secretType": "Opaque", "params": [{"name": "a/b"}]}])),
            "spec.auth.types[0].params[0].name: got \"a/b\"",
        ),
    ]);
    warned(&[(
        types(json!([{"name": "a", "secretType": "kubernetes.io/Opaque", "params": [{"name": "k"}]}])),
        "spec.auth.types[0].secretType: \"kubernetes.io/Opaque\" is taken as \"Opaque\"",
    )]);
    for (secret_type, wanted) in [
        ("kubernetes.io/basic-auth", SecretType::BasicAuth),
        ("kubernetes.io/ssh-auth", SecretType::SshAuth),
        ("kubernetes.io/tls", SecretType::Tls),
        ("kubernetes.io/dockerconfigjson", SecretType::DockerConfigJson),
    ] {
        let class = accepted(&types(json!([{"name": "a", "secretType": secret_type}]))).value;
        assert_eq!(class.auth_types[0].secret_type, wanted);
        assert!(!class.auth_types[0].keys().is_empty());
    }
}

#[expect(clippy::needless_pass_by_value, reason = "tables of literals read better")]
fn http(http: Value) -> Value {
    json!({ "livenessProbe": { "http": http } })
}

#[test]
fn what_is_not_supported_is_kept_and_listed() {
    let class = accepted(&json!({
        "auth": {"types": [{"name": "a", "secretType": "kubernetes.io/tls", "generator": {"rego": "package proxy"}}]},
        "api": {"uri": "https://x", "permissions": {"rego": "package permissions"}},
        "proxy": {"uri": "https://x", "authExtractor": {"rego": "package proxy"}},
    }))
    .value;
    let paths: Vec<&str> = class.unsupported.iter().map(|u| u.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "spec.auth.types[0].generator.rego",
            "spec.api.permissions.rego",
            "spec.proxy",
            "spec.proxy.authExtractor.rego"
        ]
    );
}

#[test]
fn every_violation_of_a_class_is_reported_in_order() {
    let violations = parse_spec(&json!({
        "address": {"type": "int"},
        "params": [{"name": "a", "default": 5}],
        "auth": {"types": [{"name": "x", "secretType": "Opaque"}]},
        "livenessProbe": {"http": {"path": "x", "method": "PUT"}},
        "authProbes": [{"authName": "y", "probe": {}}],
        "configurations": [{"name": "c", "data": {"..f": "{{ nope }}"}}],
        "api": {},
    }))
    .expect_err("much is wrong");
    let paths: Vec<&str> = violations
        .iter()
        .map(|v| v.split(": ").next().unwrap_or_default())
        .collect();
    assert_eq!(
        paths,
        [
            "spec.address.type",
            "spec.params[0].default",
            "spec.auth.types[0].params",
            "spec.livenessProbe.http.path",
            "spec.livenessProbe.http.method",
            "spec.authProbes[0].authName",
            "spec.authProbes[0].probe",
            "spec.configurations[0].data[..f]",
            "spec.configurations[0].data[..f]",
            "spec.api",
        ]
    );
}

#[test]
fn a_class_may_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Class>();
}
