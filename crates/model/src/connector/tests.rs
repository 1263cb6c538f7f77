use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::class;
use crate::violation::ViolationKind;

fn class_of(spec: &Value) -> Class {
    let object = class::from_json(&json!({"metadata": {"name": "git"}, "spec": spec})).expect("a class");
    class::parse(&object)
        .unwrap_or_else(|e| panic!("{spec}: {e}"))
        .value
}

/// A class with a bit of everything.
fn git() -> Class {
    class_of(&json!({
        "address": {"type": "string"},
        "params": [
            {"name": "depth", "type": "integer", "default": 1},
            {"name": "branch", "enum": ["main", "trunk"], "default": "main"},
            {"name": "organisation"},
        ],
        "auth": {"types": [
            {"name": "basicAuth", "secretType": "kubernetes.io/basic-auth"},
            {"name": "sshAuth", "secretType": "kubernetes.io/ssh-auth"},
        ]},
        "livenessProbe": {"http": {"path": "/"}},
        "authProbes": [
            {"authName": "basicAuth", "params": [{"name": "repository"}], "probe": {"http": {"path": "/"}}},
        ],
    }))
}

fn object(spec: &Value) -> patchbay_api::Connector {
    let mut spec = spec.clone();
    if spec.get("connectorClassName").is_none() {
        spec["connectorClassName"] = json!("git");
    }
    from_json(&json!({"metadata": {"name": "git-main", "namespace": "team"}, "spec": spec}))
        .expect("a connector")
}

fn admit_spec(spec: &Value, class: Option<&Class>) -> Result<Checked<Option<Bound>>, Vec<String>> {
    admit(&object(spec), class).map_err(|v| v.iter().map(ToString::to_string).collect())
}

/// Each spec has one violation that says this.
fn refused(class: &Class, cases: &[(Value, &str)]) {
    for (spec, said) in cases {
        let violations = admit_spec(spec, Some(class))
            .err()
            .unwrap_or_else(|| panic!("{spec} is refused: {said}"));
        assert_eq!(violations.len(), 1, "{spec}: {violations:#?}");
        assert!(violations[0].contains(said), "{spec}: {violations:#?}");
    }
}

fn bound(spec: &Value, class: &Class) -> Bound {
    let checked = admit_spec(spec, Some(class)).unwrap_or_else(|e| panic!("{spec}: {e:#?}"));
    let both = check(&parse(&object(spec)).expect("parses").value, class)
        .expect("fits")
        .value;
    let bound = checked.value.expect("there is a class");
    assert_eq!(bound, both, "the two ways agree");
    bound
}

#[test]
fn four_things_that_are_wrong_are_four_violations_in_one_list() {
    let spec = json!({
        "address": "git.example.com",
        "auth": {"name": "oauth", "secretRef": {"name": "creds"}},
        "params": [{"name": "depth", "value": "5"}],
    });
    let violations = admit(&object(&spec), Some(&git())).expect_err("four violations");
    assert_eq!(
        violations.to_string(),
        "4 violations:\n\
         - spec.address: got \"git.example.com\", wants a URL with a scheme and a host such as https://git.example.com; did you mean \"https://git.example.com\"?\n\
         - spec.auth.name: got \"oauth\", class \"git\" has basicAuth and sshAuth\n\
         - spec.params[0].value: got \"5\" (string), class \"git\" wants an integer: remove the quotes\n\
         - spec.params: \"organisation\" (string) is missing, class \"git\" requires it"
    );
    let kinds: Vec<ViolationKind> = violations.iter().map(|v| v.kind).collect();
    assert_eq!(
        kinds,
        [
            ViolationKind::Invalid,
            ViolationKind::NotSupported,
            ViolationKind::TypeInvalid,
            ViolationKind::Required
        ]
    );
}

#[test]
fn a_good_connector_is_bound_with_all_defaults() {
    let spec = json!({
        "address": "https://Git.Example.com:443/base",
        "auth": {"name": "basicAuth", "secretRef": {"name": "creds"}, "params": [{"name": "repository", "value": "a/b"}]},
        "params": [{"name": "organisation", "value": "acme"}],
        "caCertSecretRef": {"name": "ca"},
    });
    let bound = bound(&spec, &git());
    assert_eq!(bound.address.host, "git.example.com");
    assert_eq!(bound.address.text, "https://Git.Example.com:443/base");
    assert_eq!(
        json!(bound.params),
        json!({"branch": "main", "depth": 1, "organisation": "acme"})
    );
    let auth = bound.auth.expect("auth");
    assert_eq!(auth.type_name, "basicAuth");
    assert_eq!(
        auth.secret,
        Some(SecretName {
            namespace: "team".to_owned(),
            name: "creds".to_owned()
        })
    );
    assert_eq!(json!(auth.params), json!({"repository": "a/b"}));
    assert_eq!(bound.ca_secret.as_deref(), Some("ca"));
}

#[test]
fn without_a_class_only_the_connector_itself_is_checked() {
    let spec = json!({"address": "https://x", "params": [{"name": "whatever", "value": 5}]});
    let checked = admit_spec(&spec, None).expect("accepted");
    assert_eq!(checked.value, None);
    assert_eq!(checked.warnings.len(), 1);
    assert!(
        checked.warnings[0]
            .to_string()
            .contains("spec.connectorClassName: class \"git\" does not exist (yet)")
    );
    let violations =
        admit_spec(&json!({"address": "x", "connectorClassName": "Git"}), None).expect_err("two");
    assert_eq!(violations.len(), 2, "{violations:?}");
}

#[test]
fn addresses() {
    let any = class_of(&json!({}));
    let default = class_of(&json!({"address": {"default": "https://default.example.com"}}));
    let listed = class_of(&json!({"address": {"enum": ["https://a", "https://b"]}}));
    let probed = class_of(&json!({"livenessProbe": {"http": {"path": "/"}}}));
    assert_eq!(
        bound(&json!({"address": "ssh://git@host:2222/x"}), &any)
            .address
            .port,
        Some(2222)
    );
    assert_eq!(bound(&json!({}), &default).address.host, "default.example.com");
    assert_eq!(
        bound(&json!({"address": "https://own"}), &default).address.host,
        "own"
    );
    assert_eq!(bound(&json!({"address": "https://a"}), &listed).address.host, "a");
    refused(
        &any,
        &[
            (
                json!({}),
                "spec.address: is missing, and class \"git\" has no default: wants a URL",
            ),
            (json!({"address": ""}), "spec.address: got an empty address"),
            (
                json!({"address": "http://host:0"}),
                "the port must be a number from 1 to 65535",
            ),
            (
                json!({"address": "http://me:hunter2@host"}),
                "spec.address: got a URL with a password",
            ),
        ],
    );
    refused(
        &listed,
        &[(
            json!({"address": "https://c"}),
            "spec.address: got \"https://c\", class \"git\" wants one of \"https://a\" and \"https://b\"",
        )],
    );
    refused(
        &probed,
        &[(
            json!({"address": "ssh://host"}),
            "spec.address: got \"ssh://host\", wants http:// or https://: class \"git\" probes over HTTP",
        )],
    );
    let checked = admit_spec(&json!({"address": "ssh://git@host"}), Some(&any)).expect("a bare user");
    assert_eq!(checked.warnings.len(), 1, "{:?}", checked.warnings);
}

#[test]
fn further_addresses() {
    let class =
        class_of(&json!({"addressExtensions": [{"name": "api"}, {"name": "web", "default": "https://web"}]}));
    let spec =
        |extensions: Value| json!({"address": "https://git.example.com", "addressExtensions": extensions});
    let bound = bound(&spec(json!([{"name": "api", "value": "https://api"}])), &class);
    let hosts: Vec<(&str, &str)> = bound
        .address_extensions
        .iter()
        .map(|(name, a)| (name.as_str(), a.host.as_str()))
        .collect();
    assert_eq!(hosts, [("api", "api"), ("web", "web")]);
    refused(
        &class,
        &[
            (
                spec(json!([])),
                "spec.addressExtensions: \"api\" (string) is missing, class \"git\" requires it",
            ),
            (
                spec(json!([{"name": "api", "value": "https://a"}, {"name": "ap", "value": "https://b"}])),
                "spec.addressExtensions[1].name: got \"ap\", class \"git\" has api and web",
            ),
            (
                spec(json!([{"name": "api", "value": "https://a"}, {"name": "api", "value": "https://b"}])),
                "spec.addressExtensions[1].name: \"api\" is given twice",
            ),
            (
                spec(json!([{"name": "api", "value": ""}])),
                "spec.addressExtensions[0].value: got an empty address",
            ),
            (
                spec(json!([{"name": "api", "value": "ssh://a"}])),
                "spec.addressExtensions[0].value: got \"ssh://a\", wants http:// or https://",
            ),
            (
                spec(json!([{"name": "api", "value": 5}])),
                "spec.addressExtensions[0].value: got 5 (integer), class \"git\" wants a string",
            ),
            (
                spec(json!([{"name": "api", "value": "HTTPS://GIT.example.com:443/"}])),
                "spec.addressExtensions[0].value: got \"HTTPS://GIT.example.com:443/\", which is spec.address again",
            ),
        ],
    );
}

#[test]
fn credentials() {
    let git = git();
    let spec = |auth: Value| json!({"address": "https://x", "params": [{"name": "organisation", "value": "a"}], "auth": auth});
    let repository = json!([{"name": "repository", "value": "a"}]);
    let basic = |secret: Value| spec(json!({"name": "basicAuth", "secretRef": secret, "params": repository}));
    refused(
        &git,
        &[
            (
                json!({"address": "https://x", "params": [{"name": "organisation", "value": "a"}]}),
                "spec.auth: is missing, class \"git\" wants credentials: basicAuth and sshAuth",
            ),
            (
                spec(json!({"secretRef": {"name": "s"}})),
                "spec.auth.name: is missing, class \"git\" has several auth types: basicAuth and sshAuth",
            ),
            (
                spec(json!({"name": "sshauth", "secretRef": {"name": "s"}})),
                "spec.auth.name: got \"sshauth\", class \"git\" has basicAuth and sshAuth; did you mean \"sshAuth\"?",
            ),
            (
                spec(json!({"name": "sshAuth"})),
                "spec.auth.secretRef: is missing, auth type \"sshAuth\" of class \"git\" wants a Secret of type kubernetes.io/ssh-auth",
            ),
            (
                spec(json!({"name": "basicAuth", "secretRef": {"name": "s"}})),
                "spec.auth.params: \"repository\" (string) is missing, auth type \"basicAuth\" of class \"git\" requires it",
            ),
            (
                spec(json!({"name": "sshAuth", "secretRef": {"name": "s"}, "params": repository})),
                "spec.auth.params[0].name: got \"repository\", auth type \"sshAuth\" of class \"git\" takes none here",
            ),
            (
                basic(json!({"name": ""})),
                "spec.auth.secretRef.name: is missing, wants the name of a Secret",
            ),
            (
                basic(json!({"name": "A_b"})),
                "spec.auth.secretRef.name: got \"A_b\"",
            ),
            (
                basic(json!({"name": "s", "namespace": "a.b"})),
                "spec.auth.secretRef.namespace: got \"a.b\"",
            ),
            (
                basic(json!({"name": "s", "kind": "ConfigMap"})),
                "spec.auth.secretRef.kind: got \"ConfigMap\", wants Secret",
            ),
            (
                basic(json!({"name": "s", "apiVersion": "v2"})),
                "spec.auth.secretRef.apiVersion: got \"v2\", wants v1",
            ),
        ],
    );
    for (secret, warnings) in [
        (json!({"name": "s"}), 0),
        (
            json!({"name": "s", "namespace": "team", "kind": "Secret", "apiVersion": "v1"}),
            0,
        ),
        (json!({"name": "s", "namespace": "other"}), 1),
        (
            json!({"name": "s", "uid": "x", "fieldPath": "y", "resourceVersion": "1"}),
            3,
        ),
    ] {
        let checked =
            admit_spec(&basic(secret.clone()), Some(&git)).unwrap_or_else(|e| panic!("{secret}: {e:#?}"));
        assert_eq!(
            checked.warnings.len(),
            warnings,
            "{secret}: {:?}",
            checked.warnings
        );
    }
}

#[test]
fn credentials_may_be_left_out_where_a_type_is_optional() {
    let types = |types: Value| class_of(&json!({"auth": {"types": types}}));
    let one = types(json!([{"name": "a", "secretType": "kubernetes.io/tls", "optional": true}]));
    let two = types(json!([
        {"name": "a", "secretType": "kubernetes.io/tls"},
        {"name": "b", "secretType": "kubernetes.io/ssh-auth", "optional": true},
    ]));
    let none = types(json!([]));
    let spec = |auth: Value| json!({"address": "https://x", "auth": auth});
    for class in [&one, &two, &none] {
        assert_eq!(bound(&json!({"address": "https://x"}), class).auth, None);
    }
    for (class, auth, wanted) in [
        (&one, json!({}), ("a", None)),
        (&one, json!({"secretRef": {"name": "s"}}), ("a", Some("s"))),
        (&two, json!({}), ("b", None)),
        (&two, json!({"name": "b"}), ("b", None)),
        (
            &two,
            json!({"name": "a", "secretRef": {"name": "s"}}),
            ("a", Some("s")),
        ),
    ] {
        let auth = bound(&spec(auth), class).auth.expect("auth");
        assert_eq!(
            (
                auth.type_name.as_str(),
                auth.secret.as_ref().map(|s| s.name.as_str())
            ),
            wanted
        );
    }
    refused(
        &two,
        &[
            (spec(json!({"name": "a"})), "spec.auth.secretRef: is missing"),
            (
                spec(json!({"secretRef": {"name": "s"}})),
                "spec.auth.name: is missing",
            ),
        ],
    );
    refused(
        &none,
        &[(
            spec(json!({"secretRef": {"name": "s"}})),
            "spec.auth: class \"git\" takes no credentials",
        )],
    );
}

#[test]
fn the_schema_of_the_class_sees_the_whole_spec_with_defaults() {
    let class = class_of(&json!({
        "address": {"default": "https://x"},
        "params": [{"name": "a"}, {"name": "b", "default": "x"}],
        "schema": {
            "required": ["address", "caCertSecretRef"],
            "properties": {
                "address": {"pattern": "^https:"},
                "params": {"minItems": 2, "items": {"properties": {"value": {"maxLength": 3}}}},
            },
        },
    }));
    let violations =
        admit_spec(&json!({"params": [{"name": "a", "value": "long"}]}), Some(&class)).expect_err("two");
    assert_eq!(
        violations,
        [
            "spec.params[0].value: got \"long\" (string), class \"git\" wants at most 3 characters",
            "spec.caCertSecretRef: is missing, class \"git\" wants it",
        ]
    );
    bound(
        &json!({"params": [{"name": "a", "value": "ok"}], "caCertSecretRef": {"name": "ca"}}),
        &class,
    );
}

#[test]
fn other_fields() {
    let class = class_of(&json!({}));
    refused(
        &class,
        &[
            (
                json!({"connectorClassName": "", "address": "https://x"}),
                "spec.connectorClassName: is missing",
            ),
            (
                json!({"connectorClassName": "a/b", "address": "https://x"}),
                "spec.connectorClassName: got \"a/b\"",
            ),
            (
                json!({"address": "https://x", "caCertSecretRef": {"name": ""}}),
                "spec.caCertSecretRef.name: is missing",
            ),
            (
                json!({"address": "https://x", "params": [{"name": "a", "value": 1}]}),
                "spec.params[0].name: got \"a\", class \"git\" takes none here",
            ),
        ],
    );
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z:/@.]{0,12}".prop_map(Value::from),
        Just(json!("https://x"))
    ];
    let key = prop_oneof![
        Just("name".to_owned()),
        Just("value".to_owned()),
        Just("types".to_owned()),
        Just("http".to_owned()),
        Just("path".to_owned()),
        Just("default".to_owned()),
        Just("enum".to_owned()),
        Just("$ref".to_owned()),
        Just("secretRef".to_owned()),
        Just("params".to_owned()),
        Just("data".to_owned()),
        Just("properties".to_owned()),
        Just("probe".to_owned()),
        Just("ref".to_owned()),
        Just("secretType".to_owned()),
        "[a-z]{0,4}",
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..5)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

fn spec_of(fields: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::collection::btree_map(prop::sample::select(fields), json_value(), 0..6)
        .prop_map(|m| Value::Object(m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()))
}

const CONNECTOR: &[&str] = &[
    "connectorClassName",
    "address",
    "addressExtensions",
    "auth",
    "params",
    "caCertSecretRef",
];
const CLASS: &[&str] = &[
    "address",
    "addressExtensions",
    "params",
    "schema",
    "auth",
    "livenessProbe",
    "authProbes",
    "configurations",
    "api",
    "proxy",
];

proptest! {
    #[test]
    fn any_json_is_judged_without_a_panic_and_always_the_same(spec in spec_of(CONNECTOR), class in spec_of(CLASS)) {
        let class = class::from_json(&json!({"metadata": {"name": "git"}, "spec": class}))
            .and_then(|object| class::parse(&object))
            .map_or_else(|_| git(), |checked| checked.value);
        if let Ok(object) = from_json(&json!({"metadata": {"name": "x", "namespace": "y"}, "spec": spec})) {
            let first = admit(&object, Some(&class));
            prop_assert_eq!(&first, &admit(&object, Some(&class)));
            if let Ok(checked) = &first {
                let parsed = parse(&object).expect("what is admitted can be read");
                let bound = check(&parsed.value, &class).expect("what is admitted fits").value;
                prop_assert_eq!(checked.value.as_ref(), Some(&bound));
            }
        }
    }

    #[test]
    fn any_address_is_judged_without_a_panic(address in prop_oneof![".{0,60}", "[a-z]{1,4}://[\\[\\]a-z0-9.:@/?#%-]{0,30}"]) {
        let object = object(&json!({"address": address}));
        match admit(&object, Some(&class_of(&json!({})))) {
            Ok(checked) => {
                let address = checked.value.expect("a class").address;
                prop_assert!(!address.host.is_empty() && address.port != Some(0));
            }
            Err(violations) => prop_assert!(violations.to_string().starts_with("spec.address: ")),
        }
    }
}
