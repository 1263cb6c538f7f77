//! Probes and their headers.

use super::*;

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
