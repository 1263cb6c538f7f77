//! Calls of probes that speak something else than HTTP.

use super::*;
use crate::call::{Call, Encryption, Exchange};

fn shown(call: &Call) -> String {
    let text = |bytes: &SecretBytes| String::from_utf8_lossy(bytes.expose()).into_owned();
    let place = format!("{} {}", call.host, call.port);
    let protection = |e: Encryption| match e {
        Encryption::Plain => "plain",
        Encryption::StartTls => "startTLS",
        Encryption::Tls => "tls",
    };
    match &call.exchange {
        Exchange::Http(_) => format!("http {place}"),
        Exchange::Tcp => format!("tcp {place}"),
        Exchange::Tls { server_name } => format!("tls {place} {}", server_name.as_deref().unwrap_or("-")),
        Exchange::Grpc { service, tls } => {
            format!("grpc {place} {} {service:?}", if *tls { "tls" } else { "plain" })
        }
        Exchange::Server(server) => {
            let login = server.login.as_ref();
            let login = login.map_or(String::new(), |l| {
                format!(" {}:{}", text(&l.username), text(&l.password))
            });
            let database = server
                .database
                .as_ref()
                .map_or(String::new(), |d| format!(" /{d}"));
            let protection = protection(server.encryption);
            format!(
                "{} {place} {protection}{login}{database}",
                server.protocol.as_str()
            )
        }
    }
}

fn live(address: &str, probe: &Value) -> Result<String, RenderError> {
    let class = class_of("db", &json!({ "livenessProbe": probe }));
    let world = World::new(class, "x", json!({ "address": address }));
    liveness_request(&world.as_probe()).map(|call| shown(&call.expect("a probe")))
}

#[test]
fn ports_and_protection_come_from_the_probe_then_the_address_then_the_protocol() {
    for (address, probe, wanted) in [
        ("https://h", json!({"tcp": {}}), "tcp h 443"),
        ("foo://h:1", json!({"tcp": {}}), "tcp h 1"),
        (
            "foo://h:1",
            json!({"tcp": {"host": "other", "port": 2}}),
            "tcp other 2",
        ),
        ("https://[::1]:8443", json!({"tls": {}}), "tls ::1 8443 -"),
        (
            "http://h",
            json!({"tls": {"serverName": "git.example.com"}}),
            "tls h 443 git.example.com",
        ),
        ("ldaps://h", json!({"tls": {}}), "tls h 636 -"),
        ("foo://h", json!({"tls": {}}), "tls h 443 -"),
        ("http://h", json!({"grpc": {}}), "grpc h 80 plain \"\""),
        (
            "https://h",
            json!({"grpc": {"service": "a.B"}}),
            "grpc h 443 tls \"a.B\"",
        ),
        ("grpc://h:50051", json!({"grpc": {}}), "grpc h 50051 plain \"\""),
        (
            "http://h",
            json!({"grpc": {"tls": "direct"}}),
            "grpc h 443 tls \"\"",
        ),
        (
            "http://h:8080",
            json!({"grpc": {"tls": "direct"}}),
            "grpc h 8080 tls \"\"",
        ),
        (
            "https://h",
            json!({"grpc": {"port": 9000}}),
            "grpc h 9000 tls \"\"",
        ),
        ("postgres://h", json!({"postgres": {}}), "postgres h 5432 plain"),
        (
            "postgresql://h:6543/app?sslmode=require",
            json!({"postgres": {}}),
            "postgres h 6543 startTLS",
        ),
        (
            "postgres://h?sslmode=verify-full",
            json!({"postgres": {}}),
            "postgres h 5432 startTLS",
        ),
        (
            "postgres://h?sslmode=disable",
            json!({"postgres": {}}),
            "postgres h 5432 plain",
        ),
        (
            "postgres://h?sslmode=require",
            json!({"postgres": {"tls": "none"}}),
            "postgres h 5432 plain",
        ),
        // The port of a web address is no port of a database, unless somebody wrote it.
        ("https://h", json!({"postgres": {}}), "postgres h 5432 plain"),
        ("https://h:7777", json!({"postgres": {}}), "postgres h 7777 plain"),
        (
            "mysql://h?ssl-mode=VERIFY_IDENTITY",
            json!({"mysql": {}}),
            "mysql h 3306 startTLS",
        ),
        (
            "mariadb://h?tls=true",
            json!({"mysql": {}}),
            "mysql h 3306 startTLS",
        ),
        ("redis://h", json!({"redis": {}}), "redis h 6379 plain"),
        ("rediss://h:6380", json!({"redis": {}}), "redis h 6380 tls"),
        (
            "redis://h",
            json!({"redis": {"tls": "direct"}}),
            "redis h 6379 tls",
        ),
        ("smtp://h", json!({"smtp": {}}), "smtp h 25 plain"),
        ("smtp://h:587", json!({"smtp": {}}), "smtp h 587 startTLS"),
        (
            "smtp://h",
            json!({"smtp": {"tls": "startTLS"}}),
            "smtp h 587 startTLS",
        ),
        (
            "smtp://h:2525",
            json!({"smtp": {"tls": "startTLS"}}),
            "smtp h 2525 startTLS",
        ),
        ("smtps://h", json!({"smtp": {}}), "smtp h 465 tls"),
        ("ldap://h", json!({"ldap": {}}), "ldap h 389 plain"),
        (
            "ldap://h",
            json!({"ldap": {"tls": "startTLS"}}),
            "ldap h 389 startTLS",
        ),
        ("ldaps://h", json!({"ldap": {}}), "ldap h 636 tls"),
        ("kafka://h", json!({"kafka": {}}), "kafka h 9092 plain"),
        ("kafkas://h", json!({"kafka": {}}), "kafka h 9093 tls"),
        (
            "https://h",
            json!({"kafka": {"host": "broker", "port": 9094}}),
            "kafka broker 9094 plain",
        ),
    ] {
        let got = live(address, &probe).unwrap_or_else(|e| panic!("{address} {probe}: {e}"));
        assert_eq!(got, wanted, "{address} {probe}");
    }
    let error = live("foo://h", &json!({"tcp": {}})).expect_err("no port");
    assert_eq!(error.reason(), Reason::Invalid);
    assert!(
        error
            .public()
            .contains("the liveness probe of class \"db\" needs a port"),
        "{error}"
    );
}

/// A world with an auth probe and a Secret of these values.
fn login(address: &str, probe: &Value, secret: Option<(&str, &str)>) -> World {
    let class = class_of(
        "db",
        &json!({
            "auth": basic_auth(true),
            "authProbes": [{"authName": "basicAuth", "probe": probe}],
            "params": [{"name": "db", "default": "orders"}],
        }),
    );
    let mut world = World::new(
        class,
        "x",
        json!({"address": address, "auth": {"name": "basicAuth"}}),
    );
    world.secret = secret.map(|(user, password)| SecretData {
        type_: "kubernetes.io/basic-auth".to_owned(),
        data: BTreeMap::from([
            ("username".to_owned(), SecretBytes::new(user.as_bytes().to_vec())),
            (
                "password".to_owned(),
                SecretBytes::new(password.as_bytes().to_vec()),
            ),
        ]),
    });
    world
}

#[test]
fn logins_come_from_the_secret() {
    const PARAM: &str =
        "{{ range .Connector.Spec.Params }}{{ if eq .Name \"db\" }}{{ .Value.StringVal }}{{ end }}{{ end }}";
    for (address, probe, secret, wanted) in [
        (
            "postgres://h/app",
            json!({"postgres": {}}),
            Some(("bob", "pw")),
            "postgres h 5432 plain bob:pw /app",
        ),
        (
            "postgres://h/a%20b/x",
            json!({"postgres": {}}),
            Some(("bob", "pw")),
            "postgres h 5432 plain bob:pw /a b",
        ),
        (
            "postgres://h",
            json!({"postgres": {}}),
            Some(("bob", "pw")),
            "postgres h 5432 plain bob:pw",
        ),
        (
            "postgres://h/app",
            json!({"postgres": {"database": PARAM}}),
            Some(("bob", "pw")),
            "postgres h 5432 plain bob:pw /orders",
        ),
        // The path of a web address is no database.
        (
            "https://h/ui",
            json!({"mysql": {}}),
            Some(("bob", "pw")),
            "mysql h 3306 plain bob:pw",
        ),
        (
            "redis://h/3",
            json!({"redis": {}}),
            Some(("", "pw")),
            "redis h 6379 plain :pw /3",
        ),
        (
            "redis://h",
            json!({"redis": {"username": ""}}),
            Some(("bob", "pw")),
            "redis h 6379 plain :pw",
        ),
        (
            "ldap://h/dc=example",
            json!({"ldap": {"username": "cn={{ .Secret.StringData.username }}"}}),
            Some(("bob", "pw")),
            "ldap h 389 plain cn=bob:pw",
        ),
        (
            "smtp://h",
            json!({"smtp": {}}),
            Some(("bob", " p w ")),
            "smtp h 25 plain bob: p w ",
        ),
        (
            "kafkas://h",
            json!({"kafka": {}}),
            Some(("bob", "pä")),
            "kafka h 9093 tls bob:pä",
        ),
        // Without a Secret there is nothing to log in with.
        (
            "postgres://h/app",
            json!({"postgres": {}}),
            None,
            "postgres h 5432 plain",
        ),
        (
            "postgres://h/app",
            json!({"postgres": {"username": "{{ if .Secret }}x{{ end }}", "password": ""}}),
            None,
            "postgres h 5432 plain",
        ),
    ] {
        let world = login(address, &probe, secret);
        let call = auth_request(&world.as_probe()).unwrap_or_else(|e| panic!("{address} {probe}: {e}"));
        assert_eq!(shown(&call.expect("a probe")), wanted, "{address} {probe}");
    }
}

#[test]
fn logins_that_cannot_be_sent_are_refused_without_a_value() {
    let long = format!("{CANARY}{}", "x".repeat(1024));
    let broken = format!("{CANARY}\n");
    for (address, probe, secret, said) in [
        (
            "ldap://h",
            json!({"ldap": {}}),
            (CANARY, ""),
            "has an empty password",
        ),
        (
            "ldap://h",
            json!({"ldap": {}}),
            ("", CANARY),
            "has an empty username",
        ),
        (
            "ldap://h",
            json!({"ldap": {}}),
            ("bob", broken.as_str()),
            "gets a password with a line break",
        ),
        (
            "ldap://h",
            json!({"ldap": {}}),
            (broken.as_str(), "pw"),
            "gets a username with a line break",
        ),
        (
            "ldap://h",
            json!({"ldap": {}}),
            ("bob", long.as_str()),
            "gets a password of more than 1024 bytes",
        ),
        (
            "redis://h/x",
            json!({"redis": {}}),
            ("bob", CANARY),
            "names a database that is no number",
        ),
        (
            "redis://h/+1",
            json!({"redis": {}}),
            ("bob", CANARY),
            "names a database that is no number",
        ),
        (
            "redis://h/65536",
            json!({"redis": {}}),
            ("bob", CANARY),
            "names a database that is no number",
        ),
        (
            "mysql://h/a%00b",
            json!({"mysql": {}}),
            ("bob", CANARY),
            "names a database that no server can have",
        ),
        (
            "ldap://h",
            json!({"ldap": {"username": "{{ fail .Secret.StringData.password }}"}}),
            ("bob", CANARY),
            "username of the auth probe of class \"db\" cannot be rendered",
        ),
    ] {
        let world = login(address, &probe, Some(secret));
        let error = auth_request(&world.as_probe())
            .err()
            .unwrap_or_else(|| panic!("{said}"));
        assert!(error.public().contains(said), "{address} {probe}: {error}");
        assert!(!error.public().contains("hunter2"), "{error}");
    }
}

#[test]
fn a_class_can_say_how_long_a_call_may_take() {
    let class = class_of("db", &json!({"livenessProbe": {"tcp": {}, "timeoutSeconds": 7}}));
    let world = World::new(class, "x", json!({}));
    let call = liveness_request(&world.as_probe())
        .unwrap_or_else(|e| panic!("{e}"))
        .expect("a probe");
    assert_eq!(call.timeout.map(|t| t.as_secs()), Some(7));
}
