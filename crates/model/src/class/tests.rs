use serde_json::json;

use super::*;

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
fn probes() {
    refused(&[
        (
            json!({"livenessProbe": {}}),
            "spec.livenessProbe: has neither http nor api, wants exactly one of them",
        ),
        (
            json!({"livenessProbe": {"http": {"path": "/"}, "api": {"path": "/"}}, "api": {"uri": "https://a"}}),
            "spec.livenessProbe: has both http and api, wants exactly one of them",
        ),
        (
            json!({"livenessProbe": {"api": {"path": "/"}}}),
            "spec.livenessProbe.api: asks the class's API service, and the class has none",
        ),
        (
            http(json!({"path": ""})),
            "spec.livenessProbe.http.path: is missing",
        ),
        (
            http(json!({"path": "health"})),
            "spec.livenessProbe.http.path: got \"health\", wants a path that begins with /",
        ),
        (
            http(json!({"path": "/", "method": "PUT"})),
            "spec.livenessProbe.http.method: got \"PUT\", wants GET or POST",
        ),
        (
            http(json!({"path": "/", "method": "get"})),
            "did you mean \"GET\"?",
        ),
        (
            http(json!({"path": "/", "scheme": "HTTPS"})),
            "spec.livenessProbe.http.scheme: got \"HTTPS\", wants http or https; did you mean \"https\"?",
        ),
        (
            http(json!({"path": "/", "host": "https://x"})),
            "spec.livenessProbe.http.host: got \"https://x\", wants a host",
        ),
        (http(json!({"path": "/", "host": "a b"})), "wants a host"),
        (http(json!({"path": "/", "host": "a:0"})), "wants a host"),
        (http(json!({"path": "/", "host": "u@h"})), "wants a host"),
        (
            http(json!({"path": "/", "response": {"cel": ""}})),
            "spec.livenessProbe.http.response.cel: is empty",
        ),
        (
            http(json!({"path": "/", "response": {"cel": "x".repeat(1025)}})),
            "got 1025 bytes, wants at most 1024",
        ),
        (
            http(json!({"path": "/{{ .Conector.Spec }}"})),
            "spec.livenessProbe.http.path: line 1, column 5:",
        ),
        (
            http(json!({"path": "/{{ b64encc .Connector.Spec.Address }}"})),
            "did you mean \"b64enc\"?",
        ),
        (
            http(json!({"path": "/{{ if }}"})),
            "spec.livenessProbe.http.path: line 1, column",
        ),
        (
            json!({"authProbes": [{"authName": "x", "probe": {"http": {"path": "/"}}}]}),
            "spec.authProbes[0].authName: got \"x\", the class has auth types none",
        ),
        (
            with_basic_auth(
                json!({"authProbes": [{"authName": "basicauth", "probe": {"http": {"path": "/"}}}]}),
            ),
            "the class has auth types basicAuth; did you mean \"basicAuth\"?",
        ),
        (
            with_basic_auth(
                json!({"authProbes": [{"authName": "basicAuth", "probe": {"http": {"path": "/"}}}, {"authName": "basicAuth", "probe": {"http": {"path": "/"}}}]}),
            ),
            "spec.authProbes[1].authName: \"basicAuth\" is there twice",
        ),
        (
            with_basic_auth(
                json!({"authProbes": [{"authName": "basicAuth", "params": [{"name": "a"}, {"name": "a"}], "probe": {"http": {"path": "/"}}}]}),
            ),
            "spec.authProbes[0].params[1].name: \"a\" is declared twice",
        ),
        (
            with_basic_auth(
                json!({"authProbes": [{"authName": "basicAuth", "probe": {"http": {"path": "/{{ .Secret.StringData.pasword }}"}}}]}),
            ),
            "spec.authProbes[0].probe.http.path: line 1, column",
        ),
    ]);
    let class = accepted(&http(json!({"path": "/", "response": {"cel": "true"}})));
    assert_eq!(class.warnings.len(), 1, "{:?}", class.warnings);
    assert_eq!(
        class.value.unsupported[0].path.as_str(),
        "spec.livenessProbe.http.response.cel"
    );
    for (host, name, port) in [
        ("git.example.com", "git.example.com", None),
        ("git.example.com:8443", "git.example.com", Some(8443)),
        ("git.example.com:80", "git.example.com", Some(80)),
        ("[::1]:8443", "::1", Some(8443)),
        ("[::1]", "::1", None),
    ] {
        let class = accepted(&http(json!({"path": "/", "host": host}))).value;
        let Some(Probe::Http(probe)) = &class.liveness else {
            panic!("an HTTP probe")
        };
        assert_eq!(
            probe.host,
            Some(Host {
                name: name.to_owned(),
                port
            }),
            "{host}"
        );
    }
}

#[test]
fn headers_are_read_in_both_spellings() {
    let headers = |headers: Value| http(json!({"path": "/", "httpHeaders": headers}));
    for both in [
        json!({"X-A": "1", "X-B": "2"}),
        json!([{"name": "X-A", "value": "1"}, {"name": "X-B", "value": "2"}]),
    ] {
        let class = accepted(&headers(both));
        let Some(Probe::Http(probe)) = &class.value.liveness else {
            panic!("an HTTP probe")
        };
        assert_eq!(
            probe.headers.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>(),
            ["x-a", "x-b"]
        );
        assert_eq!(class.warnings, []);
    }
    warned(&[
        (
            headers(json!({"X-A": 5})),
            "spec.livenessProbe.http.httpHeaders[X-A]: 5 (integer) is taken as text; put it in quotes",
        ),
        (headers(json!({"X-A": true})), "true (boolean) is taken as text"),
        (
            headers(json!([{"name": "X-A", "value": 5}])),
            "spec.livenessProbe.http.httpHeaders[0].value: 5 (integer) is taken as text",
        ),
    ]);
    refused(&[
        (
            headers(json!("X-A: 5")),
            "spec.livenessProbe.http.httpHeaders: got \"X-A: 5\" (string), wants a list of {name, value} or a map",
        ),
        (
            headers(json!({"X A": "1"})),
            "spec.livenessProbe.http.httpHeaders[X A]: got \"X A\", wants the name of an HTTP header",
        ),
        (
            headers(json!({"X-A": "1", "x-a": "2"})),
            "spec.livenessProbe.http.httpHeaders[x-a]: \"x-a\" is there twice",
        ),
        (
            headers(json!([{"name": "X-A", "value": "1"}, {"name": "x-a", "value": "2"}])),
            "spec.livenessProbe.http.httpHeaders[1].name: \"x-a\" is there twice",
        ),
        (
            headers(json!([{"name": "Host", "value": "1"}])),
            "spec.livenessProbe.http.httpHeaders[0].name: \"Host\" is set by Patchbay",
        ),
        (
            headers(json!({"Transfer-Encoding": "chunked"})),
            "is set by Patchbay",
        ),
        (headers(json!({"X-A": null})), "got null, wants a string"),
        (
            headers(json!({"X-A": ["1"]})),
            "got an array of 1 item, wants a string",
        ),
        (
            headers(json!({"X-A": {".Secret.StringData.token": null}})),
            "spec.livenessProbe.http.httpHeaders[X-A]: got an object, wants a string: YAML reads an unquoted {{ }} as a mapping, so put the template in quotes",
        ),
        (
            headers(json!([{"name": "X-A", "value": {"{ .x }": null}}])),
            "put the template in quotes",
        ),
        (
            headers(json!([{"name": "X-A"}])),
            "spec.livenessProbe.http.httpHeaders[0].value: is missing",
        ),
        (
            headers(json!([{"value": "1"}])),
            "spec.livenessProbe.http.httpHeaders[0].name: is missing",
        ),
        (
            headers(json!([{"name": 5, "value": "1"}])),
            "spec.livenessProbe.http.httpHeaders[0].name: got 5 (integer), wants a string",
        ),
        (
            headers(json!([{"name": "A", "value": "1", "vale": "1"}])),
            "spec.livenessProbe.http.httpHeaders[0].vale: is not known, an entry has name and value; did you mean \"value\"?",
        ),
        (
            headers(json!(["X-A: 1"])),
            "spec.livenessProbe.http.httpHeaders[0]: got \"X-A: 1\" (string), wants an object with name and value",
        ),
        (
            headers(json!({"X-A": "a\r\nX-B: c"})),
            "has a line break or another control character",
        ),
        (
            headers(json!({"X-A": "{{ .x }}"})),
            "spec.livenessProbe.http.httpHeaders[X-A]: line 1, column 4:",
        ),
    ]);
}

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
            "spec.configurations[0].format: got \"jsn\": unknown format; use json, yaml, toml, xml or ini; did you mean \"json\"?",
        ),
        (
            one("format", json!({"g": "json"})),
            "spec.configurations[0].format[g]: the configuration has no file \"g\"",
        ),
        (
            one("format", json!({"f": "csv"})),
            "spec.configurations[0].format[f]: got \"csv\": unknown format",
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

#[test]
fn endpoints_are_resolved() {
    let reference = json!({"kind": "Service", "name": "git", "namespace": "default"});
    for (api, url) in [
        (json!({"ref": reference}), "https://git.default.svc"),
        (
            json!({"ref": reference, "uri": "/api"}),
            "https://git.default.svc/api",
        ),
        (
            json!({"ref": reference, "uri": "api"}),
            "https://git.default.svc/api",
        ),
        (
            json!({"ref": reference, "uri": "https://other/x"}),
            "https://other/x",
        ),
        (
            json!({"uri": "https://git.example.com/api"}),
            "https://git.example.com/api",
        ),
    ] {
        let class = accepted(&json!({ "api": api })).value;
        assert_eq!(class.api.as_ref().map(|a| a.url.as_str()), Some(url), "{api}");
    }
    let reference = |field: &str, value: Value| {
        let mut reference = json!({"kind": "Service", "name": "git", "namespace": "default"});
        reference[field] = value;
        json!({"api": {"ref": reference}})
    };
    refused(&[
        (json!({"api": {}}), "spec.api: has neither ref nor uri"),
        (
            json!({"api": {"uri": "/api"}}),
            "spec.api.uri: got \"/api\", wants a whole URL, or ref beside it",
        ),
        (
            json!({"api": {"uri": "ftp://x/api"}}),
            "spec.api.uri: got \"ftp://x/api\", wants http:// or https://",
        ),
        (
            json!({"api": {"uri": "https://u:hunter2@x"}}),
            "spec.api.uri: got a URL with a password",
        ),
        (
            json!({"api": {"ref": {"kind": "Service", "name": "a", "namespace": "b"}, "uri": "//evil/x"}}),
            "spec.api.uri: got \"//evil/x\", wants a path",
        ),
        (
            reference("kind", json!("service")),
            "spec.api.ref.kind: got \"service\", wants Service; did you mean \"Service\"?",
        ),
        (reference("name", json!("Git")), "spec.api.ref.name: got \"Git\""),
        (
            reference("namespace", json!("")),
            "spec.api.ref.namespace: is missing",
        ),
        (
            json!({"api": {"uri": "https://x", "CACerts": "x"}}),
            "spec.api.CACerts: has no PEM certificate",
        ),
    ]);
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
