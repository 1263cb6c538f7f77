//! Config files and what their templates may read.

use super::*;

fn files(configuration: Value) -> Value {
    let mut configuration = configuration;
    configuration["name"] = json!("c");
    json!({ "configurations": [configuration] })
}

#[test]
fn configurations() {
    let data = |text: &str| files(json!({"data": {"f": text}}));
    let one = |key: &str, value: Value| files(json!({"data": {"f": "x"}, key: value}));
    refused(&[
        (
            json!({"configurations": [{"name": "a,b", "data": {"f": "x"}}]}),
            "spec.configurations[0].name: got \"a,b\", wants letters",
        ),
        (
            json!({"configurations": [{"name": "!a", "data": {"f": "x"}}]}),
            "spec.configurations[0].name: got \"!a\"",
        ),
        (
            json!({"configurations": [{"name": "a", "data": {"f": "x"}}, {"name": "a", "data": {"g": "x"}}]}),
            "spec.configurations[1].name: \"a\" is there twice",
        ),
        (
            files(json!({"data": {"../f": "x"}})),
            "spec.configurations[0].data[../f]: got \"../f\", wants a plain file name",
        ),
        (files(json!({"data": {"a/b": "x"}})), "wants a plain file name"),
        (
            files(json!({"data": {"..data": "x"}})),
            "wants a plain file name, which does not begin with '..'",
        ),
        (files(json!({"data": {".": "x"}})), "wants a plain file name"),
        (files(json!({"data": {"": "x"}})), "wants a plain file name"),
        (
            files(json!({"data": {"f".repeat(254): "x"}})),
            "wants a plain file name",
        ),
        (
            one("engine", json!("Jinja")),
            "spec.configurations[0].engine: got \"Jinja\": unknown template engine",
        ),
        (
            one("format", json!("jsn")),
            "spec.configurations[0].format: got \"jsn\", wants json, yaml, toml, xml, ini or properties; did you mean \"json\"?",
        ),
        (
            one("format", json!({"g": "json"})),
            "spec.configurations[0].format[g]: the configuration has no file \"g\"",
        ),
        (
            one("format", json!({"f": "csv"})),
            "spec.configurations[0].format[f]: got \"csv\", wants json, yaml",
        ),
        (
            one("format", json!(5)),
            "spec.configurations[0].format: got 5 (integer), wants one word or a map",
        ),
        (
            one("env", json!("A=b")),
            "spec.configurations[0].env: got \"A=b\" (string), wants a list of {name, value} or a map",
        ),
        (
            one("env", json!({"A-B": "x"})),
            "spec.configurations[0].env[A-B]: got \"A-B\", wants the name of a variable",
        ),
        (
            one(
                "env",
                json!([{"name": "A", "value": "x"}, {"name": "A", "value": "y"}]),
            ),
            "spec.configurations[0].env[1].name: \"A\" is there twice",
        ),
        (
            one("env", json!({"SERVICE_BINDING_ROOT": "/x"})),
            "spec.configurations[0].env[SERVICE_BINDING_ROOT]: says where all connections",
        ),
        (
            one("env", json!([{"name": "A", "value": "{{ .mountpath }}"}])),
            "spec.configurations[0].env[0].value: line 1, column 4:",
        ),
        (
            one("env", json!({"A": "{{ .secret.password }}"})),
            "spec.configurations[0].env[A]: line 1, column 4:",
        ),
        (
            data("{{ nope }}"),
            "spec.configurations[0].data[f]: line 1, column 4: function \"nope\" is not known",
        ),
        (
            data("\n  {{ .conector }}"),
            "spec.configurations[0].data[f]: line 2, column 6:",
        ),
        (
            data("{{ .Connector.Spec.Address }}"),
            "spec.configurations[0].data[f]: line 1, column 4:",
        ),
        (
            data("{{ .configurations.scope }}"),
            "spec.configurations[0].data[f]: line 1, column 4:",
        ),
        (
            data("{{ env \"HOME\" }}"),
            "spec.configurations[0].data[f]: line 1, column 4: function \"env\" is not available",
        ),
        (
            data("{{ template \"x\" }}"),
            "spec.configurations[0].data[f]: line 1, column",
        ),
        (data("{{ if"), "spec.configurations[0].data[f]: line 1, column"),
        (
            data(&"x".repeat(17_000)),
            "spec.configurations[0].data[f]: line 1, column 1:",
        ),
        (
            with_basic_auth(data("{{ .secret.password }}")),
            "spec.configurations[0].data[f]: line 1, column 4:",
        ),
        (
            with_basic_auth(files(
                json!({"credentials": true, "data": {"f": "{{ .secret.pasword }}"}}),
            )),
            "did you mean",
        ),
        (
            files(
                json!({"data": (0..65).map(|i| (format!("f{i}"), json!("x"))).collect::<serde_json::Map<_, _>>()}),
            ),
            "got 65 files, wants at most 64",
        ),
    ]);
    warned(&[
        (
            files(json!({})),
            "spec.configurations[0]: has neither files nor env",
        ),
        (
            json!({"configurations": [{"name": "a", "data": {"f": "x"}}, {"name": "b", "data": {"f": "x"}}]}),
            "spec.configurations[1].data[f]: configuration \"a\" has this file too",
        ),
        (
            one("credentials", json!(true)),
            "spec.configurations[0].credentials: the class has no auth types",
        ),
        (
            one("env", json!({"A": 5})),
            "spec.configurations[0].env[A]: 5 (integer) is taken as text",
        ),
        (
            data("{{ .context.token }}"),
            "spec.configurations[0].data[f]: .context.token has a value only where a secretless proxy runs",
        ),
        (data("{{ .connectorclass.proxyAddress }}"), "a secretless proxy"),
        (
            with_basic_auth(files(
                json!({"credentials": true, "data": {"f": "{{ .secret.token }}"}}),
            )),
            "spec.configurations[0].data[f]: line 1, column 4:",
        ),
    ]);
    let spec = with_basic_auth(files(json!({
        "credentials": true,
        "engine": "go",
        "format": "ini",
        "params": [{"name": "scope", "default": "@acme"}],
        "data": {"f": "{{ .secret.password | b64enc }} {{ .configurations.scope }} {{ .connector.spec.address }}"},
        "env": {"F": "{{ .mountPath }}/f"},
    })));
    let class = accepted(&spec);
    assert_eq!(class.warnings, []);
    let configuration = class.value.configuration("c").expect("the configuration");
    assert!(configuration.credentials);
    assert_eq!(configuration.files[0].name, "f");
    assert_eq!(configuration.env[0].name, "F");
}

#[test]
fn an_unguarded_secret_is_warned_about_where_it_may_be_missing() {
    let class = |optional: bool, text: &str| {
        json!({
            "auth": {"types": [{"name": "basicAuth", "secretType": "kubernetes.io/basic-auth", "optional": optional}]},
            "configurations": [{"name": "c", "credentials": true, "data": {"f": text}}],
        })
    };
    warned(&[(
        class(true, "{{ .secret.password }}"),
        "spec.configurations[0].data[f]: line 1, column 4:",
    )]);
    for spec in [
        class(false, "{{ .secret.password }}"),
        class(true, "{{ if .secret }}{{ .secret.password }}{{ end }}"),
    ] {
        assert_eq!(accepted(&spec).warnings, [], "{spec}");
    }
    let liveness = with_basic_auth(http(json!({"path": "/{{ .Secret.StringData.username }}"})));
    warned(&[(liveness, "spec.livenessProbe.http.path: line 1, column 5:")]);
}

#[test]
fn a_key_that_another_auth_type_lacks_is_warned_about() {
    let class = |text: &str| {
        json!({
            "auth": {"types": [
                {"name": "basicAuth", "secretType": "kubernetes.io/basic-auth"},
                {"name": "sshAuth", "secretType": "kubernetes.io/ssh-auth"},
            ]},
            "configurations": [{"name": "c", "credentials": true, "data": {"f": text}}],
        })
    };
    warned(&[(
        class("{{ .secret.password }}"),
        "spec.configurations[0].data[f]: .secret.password has no value under auth type sshAuth; guard it with {{ if .secret.password }}",
    )]);
    let guarded = class("{{ if .secret.password }}{{ .secret.password }}{{ end }}");
    assert_eq!(accepted(&guarded).warnings, []);
}
