use serde_json::json;

use super::*;

fn declare(specs: Value) -> Result<Params, String> {
    let specs: Vec<ParamSpec> = serde_json::from_value(specs).expect("param specs");
    let mut report = Report::default();
    let params = Params::declare(
        &specs,
        Purpose::Values,
        &FieldPath::new("spec.params"),
        &mut report,
    );
    report
        .finish(params)
        .map(|checked| checked.value)
        .map_err(|violations| violations.to_string())
}

fn bind(params: &Params, given: Value) -> Result<BTreeMap<String, Value>, Vec<String>> {
    let given: Vec<ParamValue> = serde_json::from_value(given).expect("param values");
    let path = FieldPath::new("spec.params");
    let mut report = Report::default();
    let bound = params.bind(&given_in_list(&given, &path), &path, "class \"git\"", &mut report);
    match report.finish(bound) {
        Ok(checked) => Ok(checked.value),
        Err(violations) => Err(violations.iter().map(ToString::to_string).collect()),
    }
}

#[test]
fn every_type_takes_its_own_values_only() {
    let values = [
        ("string", json!("5")),
        ("integer", json!(5)),
        ("number", json!(5.5)),
        ("boolean", json!(true)),
        ("array", json!([5])),
        ("object", json!({"a": 5})),
    ];
    for (declared, _) in &values {
        let params = declare(json!([{"name": "p", "type": declared}])).expect("a declaration");
        for (own, value) in &values {
            let fits = own == declared || (*own == "integer" && *declared == "number");
            let bound = bind(&params, json!([{"name": "p", "value": value}]));
            assert_eq!(bound.is_ok(), fits, "{declared} takes {value}: {bound:?}");
            if let Err(violations) = bound {
                assert!(
                    violations[0].starts_with("spec.params[0].value: got "),
                    "{violations:?}"
                );
                assert!(
                    violations[0].contains(&format!("wants {}", show::with_article(declared))),
                    "{violations:?}"
                );
            }
        }
        let null = bind(&params, json!([{"name": "p"}])).expect_err("a param without a value");
        assert!(
            null[0].starts_with("spec.params[0].value: got null, class"),
            "{null:?}"
        );
    }
}

#[test]
fn declarations_are_checked() {
    for (specs, said) in [
        (
            json!([{"name": ""}]),
            "spec.params[0].name: got \"\", wants letters",
        ),
        (
            json!([{"name": "a b"}]),
            "spec.params[0].name: got \"a b\", wants letters",
        ),
        (
            json!([{"name": "a"}, {"name": "a"}]),
            "spec.params[1].name: \"a\" is declared twice",
        ),
        (
            json!([{"name": "a", "type": "int"}]),
            "spec.params[0].type: got \"int\", wants one of string, number, integer, boolean, array and object; did you mean \"integer\"?",
        ),
        (
            json!([{"name": "a", "type": "String"}]),
            "did you mean \"string\"?",
        ),
        (json!([{"name": "a", "type": "dict"}]), "did you mean \"object\"?"),
        (
            json!([{"name": "a", "type": "integer", "default": "5"}]),
            "spec.params[0].default: got \"5\" (string), the declared type is integer: remove the quotes",
        ),
        (
            json!([{"name": "a", "default": 5}]),
            "spec.params[0].default: got 5 (integer), the declared type is string: put it in quotes",
        ),
        (
            json!([{"name": "a", "enum": ["x"], "default": "y"}]),
            "spec.params[0].default: got \"y\" (string), the declaration wants \"x\"",
        ),
        (
            json!([{"name": "a", "type": "integer", "enum": [1, "2"]}]),
            "spec.params[0].enum[1]: got \"2\" (string), the declared type is integer",
        ),
        (
            json!([{"name": "a", "properties": {"x": {}}}]),
            "spec.params[0].properties: only a parameter of type object has properties",
        ),
        (
            json!([{"name": "a", "type": "object", "properties": {"x": {"type": "strng"}}}]),
            "spec.params[0].properties.x.type: got \"strng\"",
        ),
        (
            json!([{"name": "a", "type": "object", "properties": {"x": {"$ref": "http://x"}}}]),
            "wants a place in the same schema",
        ),
        (
            json!([{"name": "a", "type": "object", "properties": {"x": {"type": "string"}}, "default": {"x": 1}}]),
            "spec.params[0].default.x: got 1 (integer), the declaration wants a string",
        ),
    ] {
        let error = declare(specs.clone()).expect_err(&specs.to_string());
        assert!(error.contains(said), "{specs}: {error}");
    }
}

#[test]
fn all_that_is_wrong_with_values_is_said() {
    let params = declare(json!([
        {"name": "branch", "enum": ["main", "trunk"]},
        {"name": "depth", "type": "integer"},
        {"name": "repository", "description": "The path below the host.\nMore."},
        {"name": "verbose", "type": "boolean", "default": false},
        {"name": "extra", "type": "object", "default": {}, "properties": {"retries": {"type": "integer"}}},
    ]))
    .expect("a declaration");
    let violations = bind(
        &params,
        json!([
            {"name": "branch", "value": "mian"},
            {"name": "depth", "value": "5"},
            {"name": "repositry", "value": "a/b"},
            {"name": "verbose", "value": true},
            {"name": "verbose", "value": true},
            {"name": "extra", "value": {"retries": "x", "more": 1}},
        ]),
    )
    .expect_err("much is wrong");
    assert_eq!(
        violations,
        [
            "spec.params[0].value: got \"mian\" (string), class \"git\" wants one of \"main\" and \"trunk\"; did you mean \"main\"?",
            "spec.params[1].value: got \"5\" (string), class \"git\" wants an integer: remove the quotes",
            "spec.params[2].name: got \"repositry\", class \"git\" has branch, depth, repository, verbose and extra; did you mean \"repository\"?",
            "spec.params[4].name: \"verbose\" is given twice",
            "spec.params[5].value.retries: got \"x\" (string), class \"git\" wants an integer",
            "spec.params: \"repository\" (string) is missing, class \"git\" requires it: The path below the host.",
        ]
    );
}

#[test]
fn defaults_are_filled_in() {
    let params = declare(json!([{"name": "a"}, {"name": "b", "default": "x"}])).expect("a declaration");
    let bound = bind(&params, json!([{"name": "a", "value": "1"}])).expect("fits");
    assert_eq!(json!(bound), json!({"a": "1", "b": "x"}));
    let bound = bind(
        &params,
        json!([{"name": "a", "value": "1"}, {"name": "b", "value": "y"}]),
    )
    .expect("fits");
    assert_eq!(json!(bound), json!({"a": "1", "b": "y"}));
}

#[test]
fn nothing_declared_takes_nothing() {
    let violations = bind(&Params::default(), json!([{"name": "a", "value": 1}])).expect_err("a is unknown");
    assert_eq!(
        violations,
        ["spec.params[0].name: got \"a\", class \"git\" takes none here"]
    );
}
