//! Requests of probes.

use super::*;
use crate::call::{Call, Exchange, HttpCall, Success};

/// The class that the seed prints as its complete example.
fn seed() -> Value {
    json!({
        "address": {"name": "address", "type": "string"},
        "auth": {"types": [
            {"name": "basicAuth", "secretType": "kubernetes.io/basic-auth", "optional": true},
            {"name": "sshAuth", "secretType": "kubernetes.io/ssh-auth"},
        ]},
        "livenessProbe": {"http": {"path": "/"}},
        "authProbes": [{
            "authName": "basicAuth",
            "params": [{"name": "repository", "type": "string"}],
            "probe": {"http": {
                "path": "/{{- range .Connector.Spec.Auth.Params }}{{- if eq .Name \"repository\" }}{{ .Value.StringVal }}{{ end }}{{- end }}/info/refs?service=git-upload-pack",
                "httpHeaders": [{"name": "Authorization", "value": "{{- if .Secret }}Basic {{ printf \"%s:%s\" .Secret.StringData.username .Secret.StringData.password | b64enc }} {{- end }}"}],
            }},
        }],
    })
}

fn http(call: &Call) -> &HttpCall {
    match &call.exchange {
        Exchange::Http(http) => http,
        _ => panic!("not HTTP"),
    }
}

fn shown(call: &Call) -> String {
    let plan = http(call);
    let text = |bytes: &SecretBytes| String::from_utf8_lossy(bytes.expose()).into_owned();
    let host = if call.host.contains(':') {
        format!("[{}]", call.host)
    } else {
        call.host.clone()
    };
    let mut shown = format!(
        "{} {}://{host}:{}{}",
        plan.method.as_str(),
        plan.scheme.as_str(),
        call.port,
        text(&plan.target)
    );
    for (name, value) in &plan.headers {
        shown.push_str(&format!(" {name}: {}", text(value)));
    }
    shown
}

#[test]
fn the_probes_of_the_seed() {
    let auth = json!({"name": "basicAuth", "secretRef": {"name": "s"}, "params": [{"name": "repository", "value": "team/app"}]});
    let mut world = World::new(class_of("git", &seed()), "x", json!({"auth": auth}));
    world.secret = Some(basic_secret());
    let liveness = liveness_request(&world.as_probe())
        .unwrap_or_else(|e| panic!("{e}"))
        .expect("a probe");
    assert_eq!(shown(&liveness), "GET https://git.example.com:443/");
    let plan = auth_request(&world.as_probe())
        .unwrap_or_else(|e| panic!("{e}"))
        .expect("a probe");
    assert_eq!(
        shown(&plan),
        "GET https://git.example.com:443/team/app/info/refs?service=git-upload-pack authorization: Basic Ym9iOmh1bnRlcjItY2FuYXJ5"
    );
    // Without a Secret the guard leaves the header out.
    world.secret = None;
    let plan = auth_request(&world.as_probe())
        .unwrap_or_else(|e| panic!("{e}"))
        .expect("a probe");
    assert_eq!(http(&plan).headers.len(), 0);
}

#[test]
fn there_may_be_no_probe() {
    let world = World::new(class_of("git", &seed()), "x", json!({}));
    assert!(
        auth_request(&world.as_probe())
            .unwrap_or_else(|e| panic!("{e}"))
            .is_none(),
        "the Connector has no auth"
    );
    let ssh = World::new(
        class_of("git", &seed()),
        "x",
        json!({"auth": {"name": "sshAuth", "secretRef": {"name": "s"}}}),
    );
    assert!(
        auth_request(&ssh.as_probe())
            .unwrap_or_else(|e| panic!("{e}"))
            .is_none(),
        "the class has no such probe"
    );
    let none = World::new(class_of("x", &json!({})), "x", json!({}));
    assert!(
        liveness_request(&none.as_probe())
            .unwrap_or_else(|e| panic!("{e}"))
            .is_none()
    );
}

#[expect(clippy::needless_pass_by_value, reason = "tables of literals read better")]
fn liveness(address: &str, http: Value) -> Result<String, RenderError> {
    let class = class_of(
        "git",
        &json!({"livenessProbe": {"http": http}, "params": [{"name": "p", "default": ""}]}),
    );
    let world = World::new(class, "x", json!({ "address": address }));
    liveness_request(&world.as_probe()).map(|plan| shown(&plan.expect("a probe")))
}

#[test]
fn a_request_goes_to_the_host_of_the_address_and_not_to_its_path() {
    for (address, http, wanted) in [
        (
            "https://git.example.com/base/",
            json!({"path": "/health"}),
            "GET https://git.example.com:443/health",
        ),
        (
            "http://git.example.com:8080",
            json!({"path": "/", "method": "POST"}),
            "POST http://git.example.com:8080/",
        ),
        (
            "https://[::1]:8443",
            json!({"path": "/x?a=b"}),
            "GET https://[::1]:8443/x?a=b",
        ),
        (
            "https://h",
            json!({"path": "/", "host": "other"}),
            "GET https://other:443/",
        ),
        (
            "https://h:8443",
            json!({"path": "/", "host": "other:99"}),
            "GET https://other:99/",
        ),
        (
            "https://h",
            json!({"path": "/", "scheme": "http"}),
            "GET http://h:80/",
        ),
        (
            "https://h:8443",
            json!({"path": "/", "scheme": "http"}),
            "GET http://h:8443/",
        ),
        (
            "https://h",
            json!({"path": "/a b/ä"}),
            "GET https://h:443/a%20b/%C3%A4",
        ),
        ("https://h", json!({"path": "/a%20b"}), "GET https://h:443/a%20b"),
        ("https://h", json!({"path": "/a#b"}), "GET https://h:443/a"),
        (
            "https://h",
            json!({"path": "//evil/x"}),
            "GET https://h:443//evil/x",
        ),
        (
            "https://h",
            json!({"path": "{{ \"/x\" }}"}),
            "GET https://h:443/x",
        ),
        (
            "https://h",
            json!({"path": "/", "httpHeaders": {"X-A": "  a  ", "X-B": "{{ \"\" }}"}}),
            "GET https://h:443/ x-a: a",
        ),
    ] {
        assert_eq!(
            liveness(address, http.clone()).unwrap_or_else(|e| panic!("{http}: {e}")),
            wanted,
            "{address} {http}"
        );
    }
}

#[test]
fn what_no_request_can_carry_is_refused() {
    for (http, said) in [
        (
            json!({"path": "{{ \"\" }}"}),
            "has a path that renders to nothing",
        ),
        (
            json!({"path": "{{ \"x\" }}"}),
            "has a path that does not begin with a slash",
        ),
        (
            json!({"path": "/{{ \"\\r\\nX: y\" }}"}),
            "has a line break or another control character in its path",
        ),
        (
            json!({"path": "/", "httpHeaders": {"X-A": "a{{ \"\\r\\nX-B: c\" }}"}}),
            "gives header \"x-a\" a line break",
        ),
        (
            json!({"path": "/", "httpHeaders": {"X-A": "a{{ \"\\n\" }}b"}}),
            "gives header \"x-a\" a line break",
        ),
        (
            json!({"path": "/{{ repeat 9000 \"x\" }}"}),
            "has a path of more than 8192 bytes",
        ),
        (
            json!({"path": "/{{ fail \"no\" }}"}),
            "path of the liveness probe of class \"git\" cannot be rendered: line 1",
        ),
    ] {
        let error = liveness("https://h", http.clone()).expect_err(said);
        assert!(error.public().contains(said), "{http}: {error}");
    }
}

#[test]
fn an_api_probe_keeps_the_path_of_the_api() {
    let world = |path: &str, uri: &str| {
        let spec = json!({"api": {"uri": uri}, "livenessProbe": {"api": {"path": path}}});
        World::new(class_of("git", &spec), "x", json!({}))
    };
    for (uri, path, wanted) in [
        (
            "https://api.example.com",
            "/health",
            "GET https://api.example.com:443/health",
        ),
        (
            "https://api.example.com/v1/",
            "health",
            "GET https://api.example.com:443/v1/health",
        ),
        (
            "http://api:8080/v1",
            "/health?x=y",
            "GET http://api:8080/v1/health?x=y",
        ),
        ("http://api:8080/v1", "?x=y", "GET http://api:8080/v1?x=y"),
        ("http://api:8080", "?x=y", "GET http://api:8080/?x=y"),
        ("http://api:8080", "", "GET http://api:8080/"),
        ("http://[::1]:8080/v1", "", "GET http://[::1]:8080/v1/"),
    ] {
        let world = world(path, uri);
        let plan = liveness_request(&world.as_probe())
            .unwrap_or_else(|e| panic!("{e}"))
            .expect("a probe");
        assert_eq!(shown(&plan), wanted);
        assert_eq!(http(&plan).success, Success::Api);
    }
    let world = world("/x", "https://api.example.com");
    let resolved = ProbeInput {
        api_address: Some("http://resolved:81/y"),
        ..world.as_probe()
    };
    let plan = liveness_request(&resolved)
        .unwrap_or_else(|e| panic!("{e}"))
        .expect("a probe");
    assert_eq!(shown(&plan), "GET http://resolved:81/y/x");
    let broken = ProbeInput {
        api_address: Some("ftp://x"),
        ..world.as_probe()
    };
    assert!(liveness_request(&broken).is_err());
}

#[test]
fn no_error_of_a_probe_carries_a_value_of_the_secret() {
    for text in [
        "/{{ fail .Secret.StringData.password }}",
        "/{{ index .Secret.StringData.password 99999 }}",
        "{{ .Secret.StringData.password }}",
    ] {
        let spec = json!({"auth": basic_auth(false), "authProbes": [{"authName": "basicAuth", "probe": {"http": {"path": text}}}]});
        let mut world = World::new(
            class_of("git", &spec),
            "x",
            json!({"auth": {"secretRef": {"name": "s"}}}),
        );
        world.secret = Some(basic_secret());
        let error = auth_request(&world.as_probe())
            .err()
            .unwrap_or_else(|| panic!("{text} fails"))
            .to_string();
        assert!(!error.contains("hunter2"), "{text}: {error}");
    }
}
