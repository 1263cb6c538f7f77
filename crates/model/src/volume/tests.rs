use proptest::prelude::*;
use serde_json::json;

use super::*;

fn parse(pairs: &[(&str, &str)]) -> Result<Checked<VolumeSource>, String> {
    let attributes = pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    parse_attributes(&attributes).map_err(|violations| violations.to_string())
}

fn connectors(refs: &[(&str, &str)]) -> Vec<ConnectorRef> {
    let one = |(namespace, name): &(&str, &str)| ConnectorRef {
        namespace: Some((*namespace).to_owned()).filter(|n| !n.is_empty()),
        name: (*name).to_owned(),
    };
    refs.iter().map(one).collect()
}

#[test]
fn connectors_are_read_in_both_forms() {
    for (pairs, wanted) in [
        (vec![("connectors", "git-main")], vec![("", "git-main")]),
        (
            vec![("connectors", "team/git-main, npm ,other/x.y")],
            vec![("team", "git-main"), ("", "npm"), ("other", "x.y")],
        ),
        (vec![("connectors", " a ,, a , b,")], vec![("", "a"), ("", "b")]),
        (vec![("connector.name", " git ")], vec![("", "git")]),
        (
            vec![("connector.name", "git"), ("connector.namespace", "team")],
            vec![("team", "git")],
        ),
        (
            vec![("connector.name", "git"), ("connector.namespace", " ")],
            vec![("", "git")],
        ),
    ] {
        let checked = parse(&pairs).unwrap_or_else(|e| panic!("{pairs:?}: {e}"));
        assert_eq!(checked.value.connectors, connectors(&wanted), "{pairs:?}");
    }
}

#[test]
fn what_kubelet_adds_is_passed_over() {
    let checked = parse(&[
        ("connectors", "git"),
        ("csi.storage.k8s.io/ephemeral", "true"),
        ("csi.storage.k8s.io/pod.name", "p"),
        ("csi.storage.k8s.io/serviceAccount.tokens", "{}"),
        ("csi.storage.k8s.io/anything.new", "x"),
    ])
    .expect("kubelet's attributes");
    assert_eq!(checked.warnings, []);
}

#[test]
fn names_are_split_from_files_to_leave_out() {
    for (names, configurations, excluded, warnings) in [
        ("gitconfig", vec!["gitconfig"], vec![], 0),
        (" a , b,, !x ", vec!["a", "b"], vec!["x"], 1),
        ("!x", vec![], vec!["x"], 0),
        ("! x", vec![], vec!["x"], 0),
        ("a,a,!x,!x, ! x", vec!["a"], vec!["x"], 3),
        ("!.gitconfig,!ca.crt", vec![], vec![".gitconfig", "ca.crt"], 0),
        ("", vec![], vec![], 0),
        ("  ", vec![], vec![], 0),
        (",", vec![], vec![], 2),
    ] {
        let checked = parse(&[("connectors", "c"), ("configuration.names", names)])
            .unwrap_or_else(|e| panic!("{names:?}: {e}"));
        assert_eq!(checked.value.configurations, configurations, "{names:?}");
        assert_eq!(checked.value.exclude_files, excluded, "{names:?}");
        assert_eq!(
            checked.warnings.len(),
            warnings,
            "{names:?}: {:?}",
            checked.warnings
        );
    }
}

#[test]
fn wrong_attributes_are_refused_with_what_would_be_right() {
    let c = ("connectors", "c");
    let names = ("configuration.names", "npmrc");
    let long = "a".repeat(20_000);
    let many = (0..17).map(|i| format!("c{i}")).collect::<Vec<_>>().join(",");
    for (pairs, said) in [
        (vec![], "volumeAttributes[connectors]: is missing"),
        (
            vec![("connectors", " , ")],
            "volumeAttributes[connectors]: is missing",
        ),
        (
            vec![("connectors", "Git")],
            "volumeAttributes[connectors]: got \"Git\", wants lower-case",
        ),
        (vec![("connectors", "a/b/c")], "got \"b/c\", wants lower-case"),
        (vec![("connectors", "/c")], "got the namespace \"\""),
        (vec![("connectors", "ns/")], "got \"\", wants"),
        (vec![("connectors", "A.B/c")], "got the namespace \"A.B\""),
        (vec![("connectors", &many)], "got 17 Connectors, wants at most 16"),
        (
            vec![("connectors", &long)],
            "got 20000 bytes, wants at most 16384",
        ),
        (
            vec![c, ("connector.name", "c")],
            "volumeAttributes[connector.name]: cannot stand beside connectors",
        ),
        (
            vec![c, ("connector.namespace", "c")],
            "volumeAttributes[connector.namespace]: belongs to connector.name",
        ),
        (
            vec![("connector.namespace", "c")],
            "volumeAttributes[connectors]: is missing",
        ),
        (
            vec![c, ("conector", "c")],
            "volumeAttributes[conector]: is not known",
        ),
        (
            vec![c, ("configuration.name", "c")],
            "did you mean \"configuration.names\"?",
        ),
        (
            vec![c, ("configuration.names", "a,!")],
            "got a \"!\" alone, wants the name of a file after it",
        ),
        (
            vec![c, ("configuration.names", "a/b")],
            "got \"a/b\", wants letters",
        ),
        (
            vec![c, ("configuration.names", "!../x")],
            "got \"../x\", wants a plain file name",
        ),
        (
            vec![c, ("configuration.names", "!..data")],
            "got \"..data\", wants a plain file name",
        ),
        (
            vec![c, ("configuration.names", "!!x")],
            "got \"!x\", wants a plain file name",
        ),
        (
            vec![c, names, ("configuration.params", "{")],
            "is not JSON (line 1, column 1), wants JSON such as",
        ),
        (
            vec![c, names, ("configuration.params", "[]")],
            "got an array of 0 items, wants JSON such as",
        ),
        (
            vec![c, names, ("configuration.params", "\"x\"")],
            "got \"x\" (string), wants JSON such as",
        ),
        (
            vec![c, names, ("configuration.params", "{\"npmrc\": 5}")],
            "volumeAttributes[configuration.params][npmrc]: got 5 (integer), wants an object",
        ),
        (
            vec![c, names, ("configuration.params", "{\"npmrcs\": {}}")],
            "is not one of the configurations in configuration.names; did you mean \"npmrc\"?",
        ),
        (
            vec![c, ("token.expiration", "soon")],
            "volumeAttributes[token.expiration]: got \"soon\", wants a duration such as 30m",
        ),
        (
            vec![c, ("token.expiration", "9m59s")],
            "got 9m59s, wants at least 10m",
        ),
        (vec![c, ("token.expiration", "30")], "wants a duration"),
        (vec![c, ("token.expiration", "-30m")], "wants a duration"),
    ] {
        let error = parse(&pairs)
            .err()
            .unwrap_or_else(|| panic!("{pairs:?} is refused"));
        assert!(error.contains(said), "{pairs:?}: {error}");
    }
}

#[test]
fn deep_parameters_are_refused() {
    let mut deep = json!(1);
    for _ in 0..20 {
        deep = json!([deep]);
    }
    let params = json!({"npmrc": {"a": deep}}).to_string();
    let error = parse(&[
        ("connectors", "c"),
        ("configuration.names", "npmrc"),
        ("configuration.params", &params),
    ])
    .expect_err("deep");
    assert!(
        error.contains("[configuration.params][npmrc][a]: is nested too deep"),
        "{error}"
    );
}

#[test]
fn every_violation_is_reported() {
    let error = parse(&[
        ("connectors", "A,B"),
        ("configuration.names", "x y,!a/b"),
        ("configuration.params", "{\"z\": {}}"),
        ("token.expiration", "1m"),
    ])
    .expect_err("much is wrong");
    assert!(error.starts_with("6 violations:"), "{error}");
}

#[test]
fn the_wire_form_obeys_the_same_rules() {
    let good = VolumeSource {
        connectors: connectors(&[("", "git")]),
        ..VolumeSource::default()
    };
    assert_eq!(check(&good), Ok(()));
    for bad in [
        VolumeSource::default(),
        VolumeSource {
            connectors: connectors(&[("", "git"), ("", "git")]),
            ..VolumeSource::default()
        },
        VolumeSource {
            configurations: vec!["a,b".to_owned()],
            ..good.clone()
        },
        VolumeSource {
            configurations: vec!["!a".to_owned()],
            ..good.clone()
        },
        VolumeSource {
            exclude_files: vec!["../a".to_owned()],
            ..good.clone()
        },
        VolumeSource {
            exclude_files: vec!["a".to_owned(); 2],
            ..good.clone()
        },
        VolumeSource {
            exclude_files: (0..100).map(|i| format!("f{i}")).collect(),
            ..good.clone()
        },
        VolumeSource {
            params: BTreeMap::from([("x".to_owned(), Map::new())]),
            ..good.clone()
        },
        VolumeSource {
            token_expiration: Some(Duration::ZERO),
            ..good
        },
    ] {
        assert!(check(&bad).is_err(), "{bad:?}");
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..3)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

fn source() -> impl Strategy<Value = VolumeSource> {
    let name = "[a-z][a-z0-9]{0,5}";
    let reference =
        (prop::option::of(name), name).prop_map(|(namespace, name)| ConnectorRef { namespace, name });
    (
        prop::collection::btree_set(reference, 1..4),
        prop::collection::btree_map(
            "[a-zA-Z][a-zA-Z0-9_.-]{0,5}",
            prop::option::of(prop::collection::btree_map(".{0,6}", json_value(), 0..3)),
            0..4,
        ),
        prop::collection::btree_set("[a-zA-Z0-9_-][a-zA-Z0-9_.-]{0,5}", 0..3),
        prop::option::of(600_u64..100_000),
    )
        .prop_map(
            |(connectors, configurations, excluded, expiration)| VolumeSource {
                connectors: connectors.into_iter().collect(),
                configurations: configurations.keys().cloned().collect(),
                exclude_files: excluded.into_iter().collect(),
                params: configurations
                    .into_iter()
                    .filter_map(|(name, params)| Some((name, params?.into_iter().collect())))
                    .collect(),
                token_expiration: expiration.map(Duration::from_secs),
            },
        )
}

proptest! {
    #[test]
    fn what_the_webhook_writes_the_driver_reads(source in source()) {
        prop_assert_eq!(check(&source), Ok(()));
        let read = parse_attributes(&attributes(&source)).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(read.value, source);
        prop_assert_eq!(read.warnings, vec![]);
    }

    #[test]
    fn any_attributes_are_read_without_a_panic(
        pairs in prop::collection::btree_map(
            prop_oneof![Just("connectors".to_owned()), Just("configuration.names".to_owned()), Just("configuration.params".to_owned()), Just("token.expiration".to_owned()), Just("connector.name".to_owned()), ".{0,20}"],
            prop_oneof![".{0,60}", "[a-z/!, \\[{\"}:]{0,40}"], 0..6)
    ) {
        if let Ok(read) = parse_attributes(&pairs) {
            prop_assert_eq!(check(&read.value), Ok(()));
        }
    }
}
