use super::*;
use crate::testing::{GIT, GIT_MAIN, class, connector, secret};

fn key(name: &str) -> Key {
    Key::new("demo", name)
}

fn filled() -> Index {
    let mut index = Index::default();
    index.apply_class(class(GIT));
    index.apply_connector(connector(GIT_MAIN));
    index.set_secret(&key("git-creds"), secret("1", &["username", "password"]));
    index
}

#[test]
fn only_what_matters_is_a_change() {
    let mut index = filled();
    let git_main = Sources::from([Source::Connector(key("git-main"))]);
    assert_eq!(index.apply_connector(connector(GIT_MAIN)), Sources::new());
    let mut touched = connector(GIT_MAIN);
    touched.metadata.resource_version = Some("99".to_owned());
    assert_eq!(index.apply_connector(touched.clone()), Sources::new());
    touched.metadata.labels = Some([("a".to_owned(), "b".to_owned())].into());
    assert_eq!(index.apply_connector(touched.clone()), git_main);
    touched.metadata.uid = Some("another one".to_owned());
    assert_eq!(index.apply_connector(touched.clone()), git_main);
    touched.spec.address = Some("http://other".to_owned());
    assert_eq!(index.apply_connector(touched), git_main);
    assert_eq!(index.delete_connector(&key("git-main")), git_main);
    assert_eq!(index.delete_connector(&key("git-main")), Sources::new());

    let git = Sources::from([Source::Class("git".to_owned())]);
    assert_eq!(index.apply_class(class(GIT)), Sources::new());
    let mut other = class(GIT);
    other.spec.liveness_probe = None;
    assert_eq!(index.apply_class(other), git);
    assert_eq!(index.delete_class("git"), git);
}

#[test]
fn a_status_of_our_own_is_no_change_when_it_comes_back() {
    let mut index = filled();
    let status = ConnectorStatus {
        observed_generation: Some(1),
        ..ConnectorStatus::default()
    };
    let version = Some("2".to_owned());
    index.note_connector_status(&key("git-main"), &connector(GIT_MAIN), &status, version.clone());
    let mut back = connector(GIT_MAIN);
    back.status = Some(status.clone());
    back.metadata.resource_version = version.clone();
    assert_eq!(
        index
            .connector(&key("git-main"))
            .and_then(|c| c.metadata.resource_version.clone()),
        version
    );
    assert_eq!(index.apply_connector(back), Sources::new());
    // Somebody who wipes it is noticed.
    assert_ne!(index.apply_connector(connector(GIT_MAIN)), Sources::new());
    // A status of one that was deleted and made anew meanwhile is not taken for that of the new one.
    let mut another = connector(GIT_MAIN);
    another.metadata.uid = Some("another".to_owned());
    // Nor one that was decided on what the object was before.
    let mut older = connector(GIT_MAIN);
    older.metadata.resource_version = Some("0".to_owned());
    for of in [another, older] {
        index.note_connector_status(&key("git-main"), &of, &status, version.clone());
        assert!(
            index
                .connector(&key("git-main"))
                .is_some_and(|c| c.status.is_none())
        );
    }
}

#[test]
fn secrets_are_wanted_as_long_as_a_connector_names_them() {
    let mut index = filled();
    let mut second = connector(GIT_MAIN);
    second.metadata.name = Some("second".to_owned());
    second.spec.ca_cert_secret_ref = Some(patchbay_api::connector::LocalSecretRef {
        name: "ca".to_owned(),
    });
    index.apply_connector(second.clone());
    assert_eq!(index.wanted_secrets(), [key("ca"), key("git-creds")].into());
    assert_eq!(
        index.dependants(&Source::Secret(key("git-creds"))),
        [key("git-main"), key("second")]
    );
    assert_eq!(
        index.dependants(&Source::Class("git".to_owned())),
        [key("git-main"), key("second")]
    );
    index.delete_connector(&key("git-main"));
    assert_eq!(index.wanted_secrets().len(), 2);
    second.spec.auth = None;
    index.apply_connector(second);
    assert_eq!(index.wanted_secrets(), [key("ca")].into());
    assert!(
        matches!(index.secret(&key("git-creds")), SecretState::Unknown),
        "its values are gone from memory"
    );
    // An answer that comes late is not kept.
    assert_eq!(
        index.set_secret(&key("git-creds"), secret("2", &[])),
        Sources::new()
    );
    assert!(matches!(index.secret(&key("git-creds")), SecretState::Unknown));
}

#[test]
fn only_secrets_of_the_own_namespace_and_with_a_name_are_looked_at() {
    let named = |namespace: Option<&str>, name: &str| {
        let mut c = connector(GIT_MAIN);
        let reference = c.spec.auth.as_mut().unwrap().secret_ref.as_mut().unwrap();
        reference.namespace = namespace.map(str::to_owned);
        reference.name = name.to_owned();
        named_secrets(&key("git-main"), &c.spec)
    };
    assert_eq!(named(None, "s"), [key("s")]);
    assert_eq!(named(Some(""), "s"), [key("s")]);
    assert_eq!(named(Some("demo"), "s"), [key("s")]);
    assert_eq!(named(Some("kube-system"), "s"), []);
    for bad in [
        "",
        "a,metadata.namespace=kube-system",
        "A",
        "a/b",
        "a=b",
        &"a".repeat(254),
    ] {
        assert_eq!(named(None, bad), [], "{bad}");
    }
}

#[test]
fn connectors_are_counted_by_their_ready_condition() {
    let mut index = filled();
    assert_eq!(index.readiness(), [0, 0, 1]);
    for (ready, want) in [("True", [1, 0, 0]), ("False", [0, 1, 0]), ("Unknown", [0, 0, 1])] {
        let status = serde_json::json!({"conditions": [{
            "type": "Ready", "status": ready, "reason": "x", "message": "", "lastTransitionTime": "2020-01-01T00:00:00Z",
        }]});
        let mut object = connector(GIT_MAIN);
        object.status = Some(serde_json::from_value(status).unwrap());
        index.apply_connector(object);
        assert_eq!(index.readiness(), want);
    }
}

#[test]
fn a_failure_does_not_replace_knowledge() {
    let present = || secret("1", &["username"]);
    let name = |state: &SecretState| match state {
        SecretState::Unknown => "unknown",
        SecretState::NotReadable => "not readable",
        SecretState::Absent => "absent",
        SecretState::Present(_) => "present",
    };
    for (before, then, want, changed) in [
        (
            SecretState::Unknown,
            SecretState::NotReadable,
            "not readable",
            true,
        ),
        (SecretState::Unknown, SecretState::Absent, "absent", true),
        (SecretState::NotReadable, present(), "present", true),
        (present(), SecretState::NotReadable, "present", false),
        (present(), SecretState::Unknown, "present", false),
        (present(), present(), "present", false),
        (present(), secret("2", &[]), "present", true),
        (present(), SecretState::Absent, "absent", true),
        (SecretState::Absent, SecretState::NotReadable, "absent", false),
        (SecretState::Absent, present(), "present", true),
    ] {
        let mut index = filled();
        index.secrets.insert(key("git-creds"), before.clone());
        assert_eq!(index.secret_states().iter().sum::<usize>(), 1);
        let told = index.set_secret(&key("git-creds"), then.clone());
        assert_eq!(
            name(&index.secret(&key("git-creds"))),
            want,
            "{} then {}",
            name(&before),
            name(&then)
        );
        assert_eq!(
            !told.is_empty(),
            changed,
            "{} then {}",
            name(&before),
            name(&then)
        );
    }
}

#[test]
fn objects_are_wanted_as_long_as_a_class_names_them() {
    let mut index = filled();
    assert!(index.wanted_addressables().is_empty());
    let with_api = |uri: &str| {
        class(&GIT.replace(
            "  livenessProbe",
            &format!(
                "  api: {{uri: {uri}, ref: {{apiVersion: a.example.com/v1, kind: Route, name: git, namespace: demo}}}}\n  \
                 livenessProbe"
            ),
        ))
    };
    index.apply_class(with_api("/api"));
    let wanted: Vec<Addressable> = index.wanted_addressables().into_iter().collect();
    let [place] = wanted.as_slice() else {
        panic!("{wanted:?}")
    };
    assert_eq!(
        (place.shown().as_str(), &place.uri),
        ("Route.a.example.com demo/git", &None)
    );
    let source = Source::Addressable(Box::new(place.clone()));
    assert_eq!(index.dependent_classes(&source), ["git"]);
    assert_eq!(index.dependants(&source), [key("git-main")]);

    let said = AddressState::Said("http://h".to_owned());
    assert_eq!(index.set_address(place, said.clone()), [source.clone()].into());
    assert_eq!(index.set_address(place, said.clone()), Sources::new());
    let failed = AddressState::Forbidden("routes.a.example.com".to_owned());
    assert_eq!(index.set_address(place, failed), Sources::new());
    // Another path below the same object is the same object.
    index.apply_class(with_api("/other"));
    assert_eq!(index.address(place), said);

    index.apply_class(class(GIT));
    assert!(index.wanted_addressables().is_empty());
    assert_eq!(index.set_address(place, said.clone()), Sources::new());
    assert_eq!(index.address(place), AddressState::Unknown);
    index.apply_class(with_api("/api"));
    index.delete_class("git");
    assert!(index.wanted_addressables().is_empty());
}
