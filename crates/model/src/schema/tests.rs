use serde_json::{Value, json};

use super::*;

mod keywords;

fn compile(schema: &Value) -> Result<Schema, String> {
    let mut report = Report::default();
    let compiled = Schema::compile(schema, &FieldPath::new("spec.schema"), &mut report);
    match report.finish(()) {
        Ok(_) => Ok(compiled.expect("a schema without violations is compiled")),
        Err(violations) => Err(violations.to_string()),
    }
}

fn check(schema: &Value, value: &Value) -> Vec<String> {
    let mut report = Report::default();
    let compiled = compile(schema).unwrap_or_else(|e| panic!("{schema}: {e}"));
    compiled.check(value, &FieldPath::new("spec"), "class \"git\"", &mut report);
    match report.finish(()) {
        Ok(_) => vec![],
        Err(violations) => violations.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn violations_say_where_what_and_what_would_be_right() {
    for (schema, value, said) in [
        (
            json!({"type": "integer"}),
            json!("5"),
            "spec: got \"5\" (string), class \"git\" wants an integer: remove the quotes",
        ),
        (
            json!({"type": "integer"}),
            json!("x"),
            "spec: got \"x\" (string), class \"git\" wants an integer",
        ),
        (
            json!({"type": "integer"}),
            json!(5.5),
            "spec: got 5.5 (number), class \"git\" wants an integer",
        ),
        (
            json!({"type": "boolean"}),
            json!("true"),
            "spec: got \"true\" (string), class \"git\" wants a boolean: remove the quotes",
        ),
        (
            json!({"type": "string"}),
            json!(5),
            "spec: got 5 (integer), class \"git\" wants a string: put it in quotes",
        ),
        (
            json!({"type": "string"}),
            json!(true),
            "spec: got true (boolean), class \"git\" wants a string: put it in quotes",
        ),
        (
            json!({"type": "string"}),
            json!(null),
            "spec: got null, class \"git\" wants a string",
        ),
        (
            json!({"type": "string"}),
            json!([1, 2]),
            "spec: got an array of 2 items, class \"git\" wants a string",
        ),
        (
            json!({"type": ["string", "null"]}),
            json!({}),
            "spec: got an object, class \"git\" wants a null or a string",
        ),
        (
            json!({"enum": ["a", "b"]}),
            json!("c"),
            "spec: got \"c\" (string), class \"git\" wants one of \"a\" and \"b\"",
        ),
        (
            json!({"enum": ["main", "trunk"]}),
            json!("mian"),
            "spec: got \"mian\" (string), class \"git\" wants one of \"main\" and \"trunk\"; did you mean \"main\"?",
        ),
        (
            json!({"enum": [1, 5]}),
            json!("5"),
            "spec: got \"5\" (string), class \"git\" wants one of 1 and 5: remove the quotes",
        ),
        (
            json!({"enum": ["only"]}),
            json!(1),
            "spec: got 1 (integer), class \"git\" wants \"only\"",
        ),
        (
            json!({"const": 1}),
            json!(2),
            "spec: got 2 (integer), class \"git\" wants 1",
        ),
        (
            json!({"minimum": 3}),
            json!(2),
            "spec: got 2 (integer), class \"git\" wants at least 3",
        ),
        (
            json!({"maximum": 3}),
            json!(4),
            "spec: got 4 (integer), class \"git\" wants at most 3",
        ),
        (
            json!({"exclusiveMinimum": 3}),
            json!(3),
            "spec: got 3 (integer), class \"git\" wants more than 3",
        ),
        (
            json!({"exclusiveMaximum": 3}),
            json!(3),
            "spec: got 3 (integer), class \"git\" wants less than 3",
        ),
        (
            json!({"multipleOf": 2}),
            json!(3),
            "spec: got 3 (integer), class \"git\" wants a multiple of 2",
        ),
        (
            json!({"maxLength": 3}),
            json!("long"),
            "spec: got \"long\" (string), class \"git\" wants at most 3 characters",
        ),
        (
            json!({"minLength": 3}),
            json!("a"),
            "spec: got \"a\" (string), class \"git\" wants at least 3 characters",
        ),
        (
            json!({"pattern": "^a+$"}),
            json!("b"),
            "spec: got \"b\" (string), class \"git\" wants a match of \"^a+$\"",
        ),
        (
            json!({"format": "uri"}),
            json!("not a uri"),
            "spec: got \"not a uri\" (string), class \"git\" wants a URI such as https://example.com/path",
        ),
        (
            json!({"maxItems": 1}),
            json!([1, 2]),
            "spec: got an array of 2 items, class \"git\" wants at most 1 item",
        ),
        (
            json!({"minItems": 1}),
            json!([]),
            "spec: got an array of 0 items, class \"git\" wants at least 1 item",
        ),
        (
            json!({"uniqueItems": true}),
            json!([1, 1]),
            "spec: got an array of 2 items, class \"git\" wants each item once: [0] and [1] are equal",
        ),
        (
            json!({"required": ["auth"]}),
            json!({}),
            "spec.auth: is missing, class \"git\" wants it",
        ),
        (
            json!({"additionalProperties": false}),
            json!({"x": 1}),
            "spec.x: class \"git\" does not know it",
        ),
        (
            json!({"properties": {"y": {}}, "additionalProperties": false}),
            json!({"x": 1}),
            "spec.x: class \"git\" does not know it",
        ),
        (
            json!({"properties": {"x": false}}),
            json!({"x": 1}),
            "spec.x: class \"git\" does not allow it",
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"minimum": 3}]}),
            json!(1),
            "spec: got 1 (integer), class \"git\" wants one of 2 alternatives, and it is none of them; nearest is alternative 2: spec: got 1 (integer), it wants at least 3",
        ),
        (
            json!({"oneOf": [{"minimum": 1}, {"minimum": 2}]}),
            json!(3),
            "spec: got 3 (integer), class \"git\" wants exactly one of its alternatives, and it is several of them: alternative 1 and alternative 2",
        ),
        (
            json!({"not": {"type": "integer"}}),
            json!(3),
            "spec: got 3 (integer), class \"git\" wants anything but an integer",
        ),
    ] {
        assert_eq!(check(&schema, &value), [said], "{schema} {value}");
    }
}

#[test]
fn every_violation_is_reported_with_its_path() {
    let schema = json!({
        "required": ["auth", "address"],
        "properties": {
            "params": {"items": {"properties": {"value": {"type": "string"}}}},
            "a/b~c": {"type": "string"},
        },
    });
    let value = json!({"params": [{"value": "ok"}, {"value": 1}], "a/b~c": 1});
    let mut violations = check(&schema, &value);
    violations.sort();
    assert_eq!(
        violations
            .iter()
            .map(|v| v.split(": ").next().unwrap_or_default())
            .collect::<Vec<_>>(),
        ["spec.address", "spec.auth", "spec.params[1].value", "spec[a/b~c]"]
    );
}

#[test]
fn passwords_in_addresses_are_not_repeated() {
    let schema = json!({"properties": {"address": {"pattern": "^https:"}}});
    let violations = check(&schema, &json!({"address": "http://me:hunter2@host"})).join("\n");
    assert!(violations.contains("http://***@host"), "{violations}");
    assert!(!violations.contains("hunter2"), "{violations}");
}

#[test]
fn what_is_no_schema_is_refused_with_its_place() {
    for (schema, said) in [
        (
            json!({"type": "strng"}),
            "spec.schema.type: got \"strng\" (string), which is not JSON Schema (2020-12)",
        ),
        (
            json!({"properties": {"a": {"minimum": "3"}}}),
            "spec.schema.properties.a.minimum: got \"3\" (string)",
        ),
        (
            json!({"required": "a"}),
            "spec.schema.required: got \"a\" (string)",
        ),
        (json!({"pattern": "("}), "look-around or back-references"),
        (json!({"pattern": "(?=a)b"}), "look-around or back-references"),
        (json!({"pattern": "(a)\\1"}), "look-around or back-references"),
        (json!({"patternProperties": {"(?<!a)b": {}}}), "spec.schema"),
        (json!({"pattern": "(a{1000}){1000}"}), "spec.schema.pattern"),
        (json!([]), "spec.schema"),
    ] {
        let error = compile(&schema).expect_err(&schema.to_string());
        assert!(error.contains(said), "{schema}: {error}");
    }
}

#[test]
fn references_stay_inside_and_never_go_in_a_circle() {
    for (schema, said) in [
        (
            json!({"$ref": "https://example.com/schema"}),
            "spec.schema[$ref]: got \"https://example.com/schema\", wants a place in the same schema",
        ),
        (
            json!({"$ref": "file:///etc/passwd"}),
            "wants a place in the same schema",
        ),
        (
            json!({"$ref": "other.json#/a"}),
            "wants a place in the same schema",
        ),
        (json!({"$ref": "#anchor"}), "wants a place in the same schema"),
        (json!({"$ref": "#"}), "may not be recursive"),
        (json!({"allOf": [{"$ref": "#"}]}), "may not be recursive"),
        (
            json!({"properties": {"a": {"$ref": "#/properties"}}}),
            "may not be recursive",
        ),
        (
            json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}),
            "may not be recursive",
        ),
        (
            json!({"$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"}),
            "may not be recursive",
        ),
        (json!({"$ref": "#/$defs/nowhere"}), "which is not in the schema"),
        (json!({"$ref": 5}), "got 5 (integer), wants a place such as"),
        (json!({"$dynamicRef": "#a"}), "$dynamicRef is not supported"),
        (json!({"$anchor": "a"}), "$anchor is not supported"),
        (json!({"$id": "https://example.com/"}), "$id is not supported"),
        (
            json!({"$schema": "http://json-schema.org/draft-07/schema#"}),
            "wants \"https://json-schema.org/draft/2020-12/schema\"",
        ),
        (
            json!({"properties": {"a": {"$schema": "https://json-schema.org/draft/2020-12/schema"}}}),
            "at the top",
        ),
        (
            json!({"properties": {"enum": {"$ref": "https://example.com"}}}),
            "wants a place in the same schema",
        ),
    ] {
        let error = compile(&schema).expect_err(&schema.to_string());
        assert!(error.contains(said), "{schema}: {error}");
    }
    for schema in [
        json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}}),
        json!({"properties": {"a": {"$ref": "#/$defs/a"}, "b": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "string"}}}),
        json!({"enum": [{"$ref": "https://example.com"}]}),
        json!({"properties": {"$ref": {"type": "string"}}}),
        json!(true),
    ] {
        compile(&schema).unwrap_or_else(|e| panic!("{schema}: {e}"));
    }
}

/// `n` definitions, each of which asks for the next one twice: without a bound this takes 2^n steps.
fn doubling(n: usize, keyword: &str) -> Value {
    let mut defs = serde_json::Map::new();
    for i in 0..n {
        let next = json!({"$ref": format!("#/$defs/d{}", i + 1)});
        defs.insert(format!("d{i}"), json!({ keyword: [next.clone(), next] }));
    }
    defs.insert(format!("d{n}"), json!({"type": "string"}));
    json!({"$ref": "#/$defs/d0", "$defs": defs})
}

#[test]
fn hostile_schemas_are_refused_quickly() {
    let mut deep = json!({});
    for _ in 0..200 {
        deep = json!({"not": deep});
    }
    let wide: Vec<Value> = (0..300).map(|_| json!({"$ref": "#/$defs/a"})).collect();
    for (schema, said) in [
        (doubling(15, "allOf"), "more than 10000 parts"),
        (doubling(20, "anyOf"), "more than 10000 parts"),
        (doubling(60, "oneOf"), "nested too deep"),
        (deep, "nested too deep"),
        (json!({"description": "x".repeat(70_000)}), "wants at most 65536"),
        (
            json!({"allOf": wide, "$defs": {"a": {}}}),
            "at most 256 references",
        ),
        (
            json!({"allOf": (0..5).map(|_| json!({"unevaluatedProperties": false})).collect::<Vec<_>>()}),
            "at most 4 unevaluatedProperties",
        ),
    ] {
        let error = compile(&schema).expect_err("a hostile schema");
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn patterns_take_linear_time() {
    let schema = json!({"pattern": "^(a+)+$"});
    let value = json!(format!("{}b", "a".repeat(100_000)));
    assert_eq!(check(&schema, &value).len(), 1);
}
