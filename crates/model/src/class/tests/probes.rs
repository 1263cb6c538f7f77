//! Probes and their headers.

use proptest::prelude::*;

use super::*;
use crate::call::{Encryption, Protocol};

fn http_of(probe: Option<&Probe>) -> &HttpProbe {
    match probe.map(|probe| &probe.check) {
        Some(Check::Http(http)) => http,
        other => panic!("an HTTP probe, and not {other:?}"),
    }
}

#[test]
fn probes() {
    refused(&[
        (
            json!({"livenessProbe": {}}),
            "spec.livenessProbe: has no kind, wants exactly one of http, api, tcp, tls, grpc, postgres, mysql",
        ),
        (
            json!({"livenessProbe": {"http": {"path": "/"}, "api": {"path": "/"}}, "api": {"uri": "https://a"}}),
            "spec.livenessProbe: has http and api, wants exactly one of them",
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
    for (host, name, port) in [
        ("git.example.com", "git.example.com", None),
        ("git.example.com:8443", "git.example.com", Some(8443)),
        ("git.example.com:80", "git.example.com", Some(80)),
        ("[::1]:8443", "::1", Some(8443)),
        ("[::1]", "::1", None),
    ] {
        let class = accepted(&http(json!({"path": "/", "host": host}))).value;
        let probe = http_of(class.liveness.as_ref());
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
        let probe = http_of(class.value.liveness.as_ref());
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
            "spec.livenessProbe.http.httpHeaders[0].name: \"Host\" is set by Patchbay: to call another host, use host beside",
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

#[test]
fn headers_that_would_change_the_exchange_are_refused_in_every_case_and_spelling() {
    for name in [
        "Host",
        "HOST",
        "content-length",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "Upgrade",
        "TE",
        "Trailer",
        "Expect",
        "HTTP2-Settings",
        "Proxy-Authorization",
        "proxy-connection",
        "Proxy-Authenticate",
        ":authority",
        ":path",
        "X:A",
        "X\r\nA",
        " Host",
        "Host ",
        "Hos\u{0442}",
    ] {
        refused(&[
            (
                http(json!({"path": "/", "httpHeaders": {name: "1"}})),
                "spec.livenessProbe.http.httpHeaders[",
            ),
            (
                http(json!({"path": "/", "httpHeaders": [{"name": name, "value": "1"}]})),
                "spec.livenessProbe.http.httpHeaders[0].name: ",
            ),
        ]);
    }
    let many: Vec<Value> = (0..33)
        .map(|i| json!({"name": format!("X-{i}"), "value": "1"}))
        .collect();
    let long: Vec<Value> = (0..5)
        .map(|i| json!({"name": format!("X-{i}"), "value": "v".repeat(15_000)}))
        .collect();
    refused(&[
        (
            http(json!({"path": "/", "httpHeaders": many})),
            "spec.livenessProbe.http.httpHeaders: got 33 headers, wants at most 32",
        ),
        (
            http(json!({"path": "/", "httpHeaders": long})),
            "spec.livenessProbe.http.httpHeaders: got 75015 bytes in all, wants at most 65536",
        ),
    ]);
}

#[expect(clippy::needless_pass_by_value, reason = "tables of literals read better")]
fn liveness(probe: Value) -> Value {
    json!({ "livenessProbe": probe })
}

#[expect(clippy::needless_pass_by_value, reason = "tables of literals read better")]
fn auth(probe: Value) -> Value {
    with_basic_auth(json!({"authProbes": [{"authName": "basicAuth", "probe": probe}]}))
}

/// An auth type whose Secret has the key `pw` only.
#[expect(clippy::needless_pass_by_value, reason = "tables of literals read better")]
fn opaque(probe: Value) -> Value {
    json!({
        "auth": {"types": [{"name": "a", "secretType": "Opaque", "params": [{"name": "pw"}]}]},
        "authProbes": [{"authName": "a", "probe": probe}],
    })
}

#[test]
fn timing() {
    let timed = |field: &str, value: Value| {
        let mut probe = json!({"tcp": {}});
        probe[field] = value;
        liveness(probe)
    };
    refused(&[
        (
            timed("periodSeconds", json!(0)),
            "spec.livenessProbe.periodSeconds: got 0, wants 1 to 86400 seconds",
        ),
        (
            timed("periodSeconds", json!(86_401)),
            "got 86401, wants 1 to 86400 seconds",
        ),
        (
            timed("periodSeconds", json!(i64::MIN)),
            "wants 1 to 86400 seconds",
        ),
        (
            timed("timeoutSeconds", json!(61)),
            "spec.livenessProbe.timeoutSeconds: got 61, wants 1 to 60 seconds",
        ),
        (
            timed("successThreshold", json!(0)),
            "spec.livenessProbe.successThreshold: got 0, wants 1 to 10 times",
        ),
        (
            timed("failureThreshold", json!(-1)),
            "spec.livenessProbe.failureThreshold: got -1, wants 1 to 10 times",
        ),
        (
            liveness(json!({"tcp": {}, "periodSeconds": 5, "timeoutSeconds": 6})),
            "spec.livenessProbe.timeoutSeconds: got 6, wants at most the 5 of periodSeconds",
        ),
        (
            auth(json!({"http": {"path": "/"}, "periodSeconds": 0})),
            "spec.authProbes[0].probe.periodSeconds: got 0",
        ),
    ]);
    let class = accepted(&liveness(json!({"tcp": {}}))).value;
    assert_eq!(class.liveness.as_ref().map(|p| p.timing), Some(Timing::default()));
}

proptest! {
    #[test]
    fn timing_is_within_its_bounds_or_refused(
        period in proptest::option::of(-2_i64..90_000),
        timeout in proptest::option::of(-2_i64..70),
        success in proptest::option::of(-2_i64..14),
        failure in proptest::option::of(any::<i64>()),
    ) {
        let mut probe = json!({"tcp": {}});
        for (field, value) in [
            ("periodSeconds", period),
            ("timeoutSeconds", timeout),
            ("successThreshold", success),
            ("failureThreshold", failure),
        ] {
            if let Some(value) = value {
                probe[field] = json!(value);
            }
        }
        let good = period.is_none_or(|p| (1..=86_400).contains(&p))
            && timeout.is_none_or(|t| (1..=60).contains(&t) && period.is_none_or(|p| t <= p))
            && success.is_none_or(|t| (1..=10).contains(&t))
            && failure.is_none_or(|t| (1..=10).contains(&t));
        match parse_spec(&liveness(probe)) {
            Ok(class) => {
                prop_assert!(good);
                let timing = class.value.liveness.as_ref().map(|p| p.timing).unwrap_or_default();
                prop_assert_eq!(timing.period.map(|p| p.as_secs()), period.map(i64::unsigned_abs));
                prop_assert_eq!(timing.timeout.map(|t| t.as_secs()), timeout.map(i64::unsigned_abs));
                prop_assert_eq!(u64::from(timing.success_threshold), success.map_or(1, i64::unsigned_abs));
            }
            Err(_) => prop_assert!(!good),
        }
    }

    #[test]
    fn an_accepted_header_can_be_sent(name in "[ -~]{1,12}|(?i:host|te|upgrade|proxy-[a-z]{1,4})", value in ".{0,12}") {
        let spec = http(json!({"path": "/", "httpHeaders": [{"name": name, "value": value}]}));
        if let Ok(class) = parse_spec(&spec) {
            let (name, _) = &http_of(class.value.liveness.as_ref()).headers[0];
            prop_assert!(name.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase() && b != b':'));
            prop_assert!(!name.starts_with("proxy-") && !["host", "te", "upgrade"].contains(&name.as_str()));
        }
    }
}

#[test]
fn kinds_that_speak_something_else_than_http() {
    refused(&[
        (
            liveness(json!({"tcp": {}, "postgres": {}, "kafka": {}})),
            "spec.livenessProbe: has tcp and postgres and kafka, wants exactly one of them",
        ),
        (
            liveness(json!({"periodSeconds": 5})),
            "spec.livenessProbe: has no kind",
        ),
        (
            liveness(json!({"tcp": {"port": 0}})),
            "spec.livenessProbe.tcp.port: got 0, wants a port from 1 to 65535",
        ),
        (
            liveness(json!({"tcp": {"port": 65_536}})),
            "wants a port from 1 to 65535",
        ),
        (
            liveness(json!({"tcp": {"host": "db:5432"}})),
            "spec.livenessProbe.tcp.host: got \"db:5432\", wants the host alone: the port has a field",
        ),
        (
            liveness(json!({"tcp": {"host": "https://db"}})),
            "spec.livenessProbe.tcp.host: got \"https://db\", wants a host such as db.example.com",
        ),
        (
            liveness(json!({"tls": {"serverName": "a b"}})),
            "spec.livenessProbe.tls.serverName: got \"a b\", wants a host",
        ),
        (
            liveness(json!({"grpc": {"service": "a b"}})),
            "spec.livenessProbe.grpc.service: got \"a b\", wants the name of a service",
        ),
        (
            liveness(json!({"grpc": {"tls": "startTLS"}})),
            "spec.livenessProbe.grpc.tls: got \"startTLS\", wants none or direct",
        ),
        (
            liveness(json!({"postgres": {"tls": "direct"}})),
            "spec.livenessProbe.postgres.tls: got \"direct\", wants none or startTLS",
        ),
        (
            liveness(json!({"smtp": {"tls": "starttls"}})),
            "spec.livenessProbe.smtp.tls: got \"starttls\", wants none or startTLS or direct; did you mean \"startTLS\"?",
        ),
        (
            liveness(json!({"redis": {"tls": "startTLS"}})),
            "wants none or direct",
        ),
        (
            liveness(json!({"mysql": {"password": "x"}})),
            "spec.livenessProbe.mysql.password: is not used: a liveness probe never logs in",
        ),
        (
            liveness(json!({"ldap": {"username": "x"}})),
            "a liveness probe never logs in",
        ),
        (
            liveness(json!({"redis": {"database": "0"}})),
            "a liveness probe never logs in",
        ),
        (
            auth(json!({"tcp": {}})),
            "spec.authProbes[0].probe.tcp: sends no credential, so it cannot check one",
        ),
        (auth(json!({"tls": {}})), "sends no credential"),
        (auth(json!({"grpc": {}})), "sends no credential"),
        (
            auth(json!({"postgres": {"database": "{{ .Secret.StringData.username }}"}})),
            "spec.authProbes[0].probe.postgres.database: reads the Secret",
        ),
        (
            auth(json!({"postgres": {"password": "{{ .Secret.StringData.pw }}"}})),
            "spec.authProbes[0].probe.postgres.password: line 1, column",
        ),
        (
            opaque(json!({"redis": {}})),
            "spec.authProbes[0].probe.redis.password: is missing, and the Secret has no key password: wants a template \
             such as \"{{ .Secret.StringData.pw }}\"",
        ),
        (
            opaque(json!({"smtp": {"password": "{{ .Secret.StringData.pw }}"}})),
            "spec.authProbes[0].probe.smtp.username: is missing",
        ),
        (
            json!({"authProbes": [{"authName": "x", "probe": {"redis": {}}}]}),
            "spec.authProbes[0].authName: got \"x\"",
        ),
    ]);
    for spec in [
        liveness(json!({"tcp": {"host": "::1", "port": 1}})),
        liveness(json!({"tls": {"serverName": "git.example.com"}})),
        liveness(json!({"grpc": {"service": "shop.v1.Orders", "tls": "direct"}})),
        liveness(json!({"kafka": {"tls": "direct"}})),
        auth(json!({"postgres": {"database": "{{ .Connector.Name }}"}})),
        auth(json!({"ldap": {"username": "cn={{ .Secret.StringData.username }},dc=example"}})),
        opaque(json!({"redis": {"password": "{{ .Secret.StringData.pw }}"}})),
    ] {
        accepted(&spec);
    }
    let class = accepted(&auth(json!({"mysql": {"tls": "startTLS", "port": 3307}}))).value;
    let Some(Check::Server(server)) = class.auth_probes[0].probe.as_ref().map(|p| &p.check) else {
        panic!("a server")
    };
    assert_eq!(
        (server.protocol, server.encryption, server.place.port),
        (Protocol::Mysql, Some(Encryption::StartTls), Some(3307))
    );
    let login = server.login.as_ref().expect("a login");
    assert!(matches!(login.username, Some(LoginField::Key("username"))));
    assert!(matches!(login.password, LoginField::Key("password")));
    assert!(!class.probes_over_http());
}

#[test]
fn expressions_are_checked_with_the_class() {
    let cel = |cel: &str| http(json!({"path": "/", "response": {"cel": cel}}));
    refused(&[
        (cel("  "), "spec.livenessProbe.http.response.cel: is empty"),
        (
            cel("response.statuscode == 200"),
            "spec.livenessProbe.http.response.cel: line 1, column",
        ),
        (cel("response.statuscode == 200"), "statusCode"),
        (cel("response.statusCode"), "of type int"),
        (cel("response.statusCode == '200'"), "line 1, column"),
        (cel("status == 200"), "line 1, column 1:"),
        (cel("response.statusCode ==\n  "), "line 2, column"),
        (cel(&"(".repeat(1000)), "line 1, column"),
    ]);
    // Every problem is said.
    let several = parse_spec(&cel("a == 1 && b == 2")).err().map(|v| v.len());
    assert_eq!(several, Some(2));
    for good in [
        "response.statusCode == 200",
        "response.statusCode in [200, 401] && response.body.version.startsWith('v')",
        "response.headers['content-type'].exists(t, t.contains('json'))",
        "response.bodyString.contains('ok') ? true : response.body == null",
    ] {
        let class = accepted(&cel(good));
        assert_eq!(class.warnings, []);
        assert!(class.value.unsupported.is_empty());
        let program = http_of(class.value.liveness.as_ref()).success.as_ref();
        assert_eq!(program.map(patchbay_cel::Program::source), Some(good));
    }
}
