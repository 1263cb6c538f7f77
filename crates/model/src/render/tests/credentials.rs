//! Who sees a credential, and where it must not appear.

use super::*;

#[test]
fn the_secret_is_seen_only_where_the_class_says_so() {
    let open = World::with(
        json!({"credentials": true, "data": {"f": "{{ .secret.username }}:{{ .secret.password }}"}}),
    );
    assert_eq!(open.f().expect("renders"), format!("bob:{CANARY}"));
    assert!(reads_secret(&open.class, &source(&["c"], &[])));
    assert!(!reads_secret(&open.class, &source(&[], &[])));

    let closed = World::with(json!({"data": {"f": "plain"}}));
    assert!(!reads_secret(&closed.class, &source(&["c"], &[])));
    let mut without = World::with(json!({"data": {"f": "plain"}}));
    without.secret = None;
    assert_eq!(without.f().expect("the Secret is not needed"), "plain");

    let mut missing = World::with(json!({"credentials": true, "data": {"f": "{{ .secret.username }}"}}));
    missing.secret = None;
    let error = missing
        .render(&source(&["c"], &[]))
        .err()
        .expect("the Secret is needed");
    assert_eq!(
        (error.reason(), error.class()),
        (Reason::SecretNotFound, ErrorClass::Waiting)
    );
    assert_eq!(
        error.public(),
        "spec.auth.secretRef: the Secret \"creds\" does not exist, or the Connector may not use it"
    );
}

#[test]
fn keys_that_the_class_does_not_declare_are_not_seen() {
    let mut world = World::with(
        json!({"credentials": true, "data": {"f": "{{ range $k, $v := .secret }}{{ $k }} {{ end }}"}}),
    );
    world.secret = Some(secret(
        "kubernetes.io/basic-auth",
        &[
            ("username", b"a"),
            ("password", b"b"),
            ("admin-password", CANARY.as_bytes()),
        ],
    ));
    assert_eq!(world.f().expect("renders").trim(), "password username");
}

#[test]
fn a_secret_that_is_left_out_is_nil() {
    let guarded = "{{ if .secret }}{{ .secret.username }}{{ else }}anonymous{{ end }}";
    let class = class_of(
        "git",
        &json!({"auth": basic_auth(true), "configurations": [{"name": "c", "credentials": true, "data": {"f": guarded}}]}),
    );
    for spec in [
        json!({}),
        json!({"auth": {}}),
        json!({"auth": {"name": "basicAuth"}}),
    ] {
        assert_eq!(
            World::new(class.clone(), "x", spec.clone()).f().expect("renders"),
            "anonymous",
            "{spec}"
        );
    }
}

#[test]
fn a_secret_is_seen_by_its_own_connector_only() {
    let configuration =
        |name: &str| json!([{"name": name, "credentials": true, "data": {name: "{{ .secret.password }}"}}]);
    let git = class_of(
        "git",
        &json!({"auth": basic_auth(false), "configurations": configuration("git")}),
    );
    let npm = class_of(
        "npm",
        &json!({"auth": basic_auth(false), "configurations": configuration("npm")}),
    );
    let auth = json!({"auth": {"secretRef": {"name": "s"}}});
    let mut one = World::new(git, "one", auth.clone());
    let mut two = World::new(npm, "two", auth);
    one.secret = Some(secret(
        "kubernetes.io/basic-auth",
        &[("username", b"a"), ("password", b"first")],
    ));
    two.secret = Some(secret(
        "kubernetes.io/basic-auth",
        &[("username", b"a"), ("password", b"second")],
    ));
    let files = render_all(&[&one, &two], &source(&["git", "npm"], &[])).expect("renders");
    assert_eq!(content(&files, "git").as_deref(), Some("first"));
    assert_eq!(content(&files, "npm").as_deref(), Some("second"));
}

#[test]
fn no_error_carries_a_value_of_the_secret() {
    for text in [
        "{{ fail .secret.password }}",
        "{{ .secret.password | fail }}",
        "{{ index .secret.password 100000 }}",
        "{{ .secret.password.x }}",
        "{{ add .secret.password 1 }}",
        "{{ .secret.password | b64dec }}",
        "{{ .secret.password | fromJson }}",
        "{{ required .secret.password nil }}",
        "{{ template .secret.password }}",
        "{{ regexMatch .secret.password \"(\" }}",
        "{{ printf .secret.password 1 }}",
        "{{ repeat 1000000000 .secret.password }}",
    ] {
        let class = json!({"metadata": {"name": "git"}, "spec": {
            "auth": basic_auth(true), "configurations": [{"name": "c", "credentials": true, "data": {"f": text}}]}});
        let Ok(class) = class::parse(&class::from_json(&class).expect("a class")) else {
            continue;
        };
        let mut world = World::new(class.value, "x", json!({"auth": {"secretRef": {"name": "s"}}}));
        world.secret = Some(basic_secret());
        if let Err(error) = world.f() {
            assert!(!error.contains("hunter2"), "{text}: {error}");
        }
    }
}
