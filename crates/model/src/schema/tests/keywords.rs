//! Every keyword of 2020-12: what fits passes, and what does not is explained.

use super::*;

/// Schema, a value that fits, one that does not, and what is said of it.
type Case = (Value, Value, Value, &'static str);

fn assert_all(cases: Vec<Case>) {
    for (schema, good, bad, said) in cases {
        assert_eq!(check(&schema, &good), Vec::<String>::new(), "{schema} {good}");
        assert_eq!(
            check(&schema, &bad),
            said.lines().collect::<Vec<_>>(),
            "{schema} {bad}"
        );
    }
}

#[test]
fn of_any_value() {
    assert_all(vec![
        (
            json!({"type": "integer"}),
            json!(5),
            json!("5"),
            "spec: got \"5\" (string), class \"git\" wants an integer: remove the quotes",
        ),
        (
            json!({"type": ["integer", "boolean"]}),
            json!(true),
            json!("true"),
            "spec: got \"true\" (string), class \"git\" wants a boolean or an integer: remove the quotes",
        ),
        (
            json!({"type": "array"}),
            json!([]),
            json!("a"),
            "spec: got \"a\" (string), class \"git\" wants an array: put it in a list",
        ),
        (
            json!({"const": {"a": 1}}),
            json!({"a": 1}),
            json!({"a": 2}),
            "spec: got an object, class \"git\" wants {\"a\":1}",
        ),
        (
            json!({"const": 5}),
            json!(5),
            json!("5"),
            "spec: got \"5\" (string), class \"git\" wants 5: remove the quotes",
        ),
        (
            json!({"enum": ["1.20", "1.21"]}),
            json!("1.21"),
            json!(1.21),
            "spec: got 1.21 (number), class \"git\" wants one of \"1.20\" and \"1.21\": put it in quotes",
        ),
        (
            json!({"enum": ["main", "trunk"]}),
            json!("main"),
            json!("Main"),
            "spec: got \"Main\" (string), class \"git\" wants one of \"main\" and \"trunk\"; did you mean \"main\"?",
        ),
    ]);
    assert_eq!(
        check(&json!(false), &json!(1)),
        ["spec: class \"git\" does not allow it"]
    );
    assert_eq!(check(&json!({"not": {}}), &json!(1)).len(), 1);
}

#[test]
fn of_numbers() {
    let said = |rest: &str| format!("spec: got {rest}");
    for (keyword, limit, good, bad, wants) in [
        (
            "minimum",
            json!(3),
            json!(3),
            json!(2),
            "2 (integer), class \"git\" wants at least 3",
        ),
        (
            "maximum",
            json!(3),
            json!(3),
            json!(3.5),
            "3.5 (number), class \"git\" wants at most 3",
        ),
        (
            "exclusiveMinimum",
            json!(3),
            json!(4),
            json!(3),
            "3 (integer), class \"git\" wants more than 3",
        ),
        (
            "exclusiveMaximum",
            json!(3),
            json!(2),
            json!(3),
            "3 (integer), class \"git\" wants less than 3",
        ),
        (
            "multipleOf",
            json!(5),
            json!(10),
            json!(7),
            "7 (integer), class \"git\" wants a multiple of 5",
        ),
    ] {
        let schema = json!({ keyword: limit });
        assert_eq!(check(&schema, &good), Vec::<String>::new());
        assert_eq!(check(&schema, &bad), [said(wants)]);
        assert_eq!(
            check(&schema, &json!("text")),
            Vec::<String>::new(),
            "other types are not its business"
        );
    }
}

#[test]
fn of_texts() {
    assert_all(vec![
        (
            json!({"minLength": 2}),
            json!("éé"),
            json!("é"),
            "spec: got \"é\" (string), class \"git\" wants at least 2 characters",
        ),
        (
            json!({"maxLength": 1}),
            json!("é"),
            json!("éé"),
            "spec: got \"éé\" (string), class \"git\" wants at most 1 character",
        ),
        (
            json!({"pattern": "^[a-z]+$"}),
            json!("a"),
            json!("A"),
            "spec: got \"A\" (string), class \"git\" wants a match of \"^[a-z]+$\"",
        ),
        (
            json!({"pattern": "^[a-z]+$", "description": "The branch, in small letters.\nMore."}),
            json!("a"),
            json!("A"),
            "spec: got \"A\" (string), class \"git\" wants a match of \"^[a-z]+$\" (The branch, in small letters.)",
        ),
        // Annotations in 2020-12.
        (
            json!({"contentEncoding": "base64", "maxLength": 4}),
            json!("%%%"),
            json!("%%%%%"),
            "spec: got \"%%%%%\" (string), class \"git\" wants at most 4 characters",
        ),
    ]);
}

#[test]
fn of_formats() {
    for (format, good, bad, wants) in [
        ("date", "2024-02-29", "2023-02-29", "a date such as 2024-01-31"),
        (
            "date-time",
            "2024-01-31T12:00:00Z",
            "2024-01-31 12:00",
            "a point in time such as 2024-01-31T12:00:00Z",
        ),
        ("duration", "PT1H", "1h", "a duration such as PT1H30M"),
        (
            "email",
            "a@example.com",
            "a",
            "an address such as ann@example.com",
        ),
        (
            "hostname",
            "git.example.com",
            "git_example.com",
            "a host name such as git.example.com",
        ),
        (
            "ipv4",
            "192.0.2.1",
            "192.0.2.256",
            "an IPv4 address such as 192.0.2.1",
        ),
        ("ipv6", "::1", "::g", "an IPv6 address such as 2001:db8::1"),
        (
            "iri",
            "https://é.example",
            "é",
            "an IRI such as https://example.com/path",
        ),
        (
            "iri-reference",
            "/é",
            "\\",
            "an IRI or a relative one such as /path",
        ),
        (
            "json-pointer",
            "/a/0",
            "a",
            "a JSON pointer such as /spec/params/0",
        ),
        ("regex", "^a+$", "(", "a regular expression"),
        (
            "relative-json-pointer",
            "1/a",
            "/a",
            "a relative JSON pointer such as 1/name",
        ),
        ("time", "12:00:00Z", "12:00", "a time of day such as 12:00:00Z"),
        (
            "uri",
            "https://example.com",
            "example.com",
            "a URI such as https://example.com/path",
        ),
        (
            "uri-reference",
            "/path",
            "a b",
            "a URI or a relative one such as /path",
        ),
        (
            "uri-template",
            "/{id}",
            "/{id",
            "a URI template such as https://example.com/{id}",
        ),
        (
            "uuid",
            "123e4567-e89b-12d3-a456-426614174000",
            "123e4567",
            "a UUID such as 123e4567-e89b-12d3-a456-426614174000",
        ),
    ] {
        let schema = json!({"format": format});
        assert_eq!(check(&schema, &json!(good)), Vec::<String>::new(), "{format}");
        let said = format!(
            "spec: got {} (string), class \"git\" wants {wants}",
            crate::show::text(bad)
        );
        assert_eq!(check(&schema, &json!(bad)), [said]);
        assert_eq!(check(&schema, &json!(5)), Vec::<String>::new(), "{format}");
    }
}

#[test]
fn of_lists() {
    assert_all(vec![
        (
            json!({"minItems": 1}),
            json!([1]),
            json!([]),
            "spec: got an array of 0 items, class \"git\" wants at least 1 item",
        ),
        (
            json!({"maxItems": 2}),
            json!([1]),
            json!([1, 2, 3]),
            "spec: got an array of 3 items, class \"git\" wants at most 2 items",
        ),
        (
            json!({"uniqueItems": true}),
            json!([1, 2]),
            json!([1, 2, 3, 2]),
            "spec: got an array of 4 items, class \"git\" wants each item once: [1] and [3] are equal",
        ),
        (
            json!({"items": {"type": "string"}}),
            json!(["a"]),
            json!(["a", 5, 6]),
            "spec[1]: got 5 (integer), class \"git\" wants a string: put it in quotes\n\
             spec[2]: got 6 (integer), class \"git\" wants a string: put it in quotes",
        ),
        (
            json!({"prefixItems": [{"type": "string"}], "items": false}),
            json!(["a"]),
            json!(["a", 5]),
            "spec[1]: class \"git\" does not allow it",
        ),
        (
            json!({"contains": {"const": "main"}}),
            json!(["main"]),
            json!(["trunk"]),
            "spec: got an array of 1 item, class \"git\" wants at least 1 item that is \"main\"",
        ),
        (
            json!({"contains": {"type": "integer"}, "minContains": 2, "maxContains": 3}),
            json!([1, 2]),
            json!([1]),
            "spec: got an array of 1 item, class \"git\" wants 2 to 3 items that are an integer",
        ),
        (
            json!({"contains": {"minimum": 5}, "maxContains": 1}),
            json!([5]),
            json!([5, 6]),
            "spec: got an array of 2 items, class \"git\" wants 1 to 1 items that are what its \"contains\" says",
        ),
        (
            json!({"prefixItems": [{}], "unevaluatedItems": false}),
            json!([1]),
            json!([1, 2]),
            "spec: has 1 item that class \"git\" does not know",
        ),
    ]);
}

#[test]
fn of_objects() {
    let user = json!({"user": {"type": "string", "description": "Who logs in."}, "port": {}});
    assert_all(vec![
        (
            json!({"minProperties": 1}),
            json!({"a": 1}),
            json!({}),
            "spec: got an object, class \"git\" wants at least 1 property",
        ),
        (
            json!({"maxProperties": 2}),
            json!({}),
            json!({"a": 1, "b": 1, "c": 1}),
            "spec: got an object, class \"git\" wants at most 2 properties",
        ),
        (
            json!({"required": ["user"], "properties": user}),
            json!({"user": "x"}),
            json!({"usr": "x"}),
            "spec.user: is missing, class \"git\" wants it: Who logs in.; is \"usr\" a slip?",
        ),
        (
            json!({"additionalProperties": false, "properties": user}),
            json!({"user": "x"}),
            json!({"usr": "x", "zzz": 1}),
            "spec.usr: class \"git\" does not know it; did you mean \"user\"?\nspec.zzz: class \"git\" does not know it",
        ),
        (
            json!({"additionalProperties": {"type": "string"}}),
            json!({"a": "x"}),
            json!({"a": 1}),
            "spec.a: got 1 (integer), class \"git\" wants a string: put it in quotes",
        ),
        (
            json!({"patternProperties": {"^x-": {"type": "string"}}}),
            json!({"x-a": "x", "a": 1}),
            json!({"x-a": 1}),
            "spec[x-a]: got 1 (integer), class \"git\" wants a string: put it in quotes",
        ),
        (
            json!({"patternProperties": {"^x-": {}}, "additionalProperties": false}),
            json!({"x-a": 1}),
            json!({"y": 1}),
            "spec.y: class \"git\" does not know it",
        ),
        (
            json!({"propertyNames": {"pattern": "^[a-z]+$"}}),
            json!({"a": 1}),
            json!({"A": 1}),
            "spec.A: got the name \"A\", class \"git\" wants a match of \"^[a-z]+$\"",
        ),
        (
            json!({"dependentRequired": {"user": ["port"]}, "properties": user}),
            json!({"port": 1}),
            json!({"user": "x"}),
            "spec.port: is missing, class \"git\" wants it",
        ),
        (
            json!({"dependentSchemas": {"user": {"required": ["port"]}}}),
            json!({"port": 1}),
            json!({"user": "x"}),
            "spec.port: is missing, class \"git\" wants it",
        ),
        (
            json!({"allOf": [{"properties": user}], "unevaluatedProperties": false}),
            json!({"user": "x"}),
            json!({"b": 1}),
            "spec.b: class \"git\" does not know it",
        ),
    ]);
}

#[test]
fn of_other_schemas() {
    let auth = json!({"oneOf": [
        {"title": "basic", "properties": {"kind": {"const": "basic"}, "user": {"type": "string"}}, "required": ["kind", "user"]},
        {"$ref": "#/$defs/ssh"},
    ], "$defs": {"ssh": {
        "title": "ssh", "properties": {"kind": {"const": "ssh"}, "key": {"type": "string"}, "port": {"type": "integer"}},
        "required": ["kind", "key"],
    }}});
    assert_all(vec![
        (
            auth,
            json!({"kind": "basic", "user": "x"}),
            json!({"kind": "ssh", "port": "22"}),
            "spec: got an object, class \"git\" wants one of 2 alternatives, and it is none of them; nearest is alternative \
             2 (\"ssh\"): spec.key is missing; spec.port: got \"22\" (string), it wants an integer: remove the quotes",
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 1}]}),
            json!("x"),
            json!(true),
            "spec: got true (boolean), class \"git\" wants a string or an integer: put it in quotes",
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 1}]}),
            json!(1),
            json!(0),
            "spec: got 0 (integer), class \"git\" wants one of 2 alternatives, and it is none of them; nearest is \
             alternative 2: spec: got 0 (integer), it wants at least 1",
        ),
        (
            json!({"anyOf": [{"required": ["user"]}, {"required": ["token"]}]}),
            json!({"token": 1}),
            json!({}),
            "spec: class \"git\" wants at least one of \"user\" and \"token\"",
        ),
        (
            json!({"oneOf": [{"required": ["user"]}, {"required": ["token"]}]}),
            json!({"token": 1}),
            json!({}),
            "spec: class \"git\" wants exactly one of \"user\" and \"token\"",
        ),
        (
            json!({"oneOf": [{"required": ["user"]}, {"title": "by token", "required": ["token"]}]}),
            json!({"token": 1}),
            json!({"user": 1, "token": 1}),
            "spec: got an object, class \"git\" wants exactly one of its alternatives, and it is several of them: \
             alternative 1 and alternative 2 (\"by token\")",
        ),
        (
            json!({"allOf": [{"minimum": 1}, {"multipleOf": 2}]}),
            json!(2),
            json!(-1),
            "spec: got -1 (integer), class \"git\" wants at least 1\nspec: got -1 (integer), class \"git\" wants a multiple \
             of 2",
        ),
        (
            json!({"not": {"required": ["token"]}}),
            json!({}),
            json!({"token": 1}),
            "spec.token: class \"git\" does not allow it here",
        ),
        (
            json!({"not": {"enum": ["root", "admin"]}}),
            json!("x"),
            json!("root"),
            "spec: got \"root\" (string), class \"git\" wants anything but one of \"root\" and \"admin\"",
        ),
        (
            json!({"not": {"minimum": 5}}),
            json!(1),
            json!(7),
            "spec: got 7 (integer), class \"git\" rules that out by /not",
        ),
        (
            json!({"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}),
            json!({"a": 2, "c": 1}),
            json!({"a": 1}),
            "spec.b: is missing, class \"git\" wants it",
        ),
        (
            json!({"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}),
            json!({"a": 1, "b": 1}),
            json!({"a": 2}),
            "spec.c: is missing, class \"git\" wants it",
        ),
        (
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"user": {}}, "additionalProperties": false}}}),
            json!({"user": 1}),
            json!({"usr": 1}),
            "spec.usr: class \"git\" does not know it; did you mean \"user\"?",
        ),
    ]);
}

#[test]
fn large_values_are_not_repeated() {
    let long = "s3cret".repeat(10_000);
    let many: Vec<Value> = (0..10_000)
        .map(|i| json!(format!("{long}{i}")))
        .take(20)
        .collect();
    let schema = json!({"anyOf": [
        {"type": "integer"}, {"enum": many}, {"pattern": "^x{1000}$"}, {"const": long.clone()},
    ]});
    // A schema of this size is refused before it is compiled.
    assert!(compile(&schema).is_err());
    for schema in [
        json!({"type": "integer"}),
        json!({"pattern": "^x+$"}),
        json!({"maxLength": 5}),
        json!({"enum": (0..500).map(|i| json!(format!("{}{i}", "option".repeat(20)))).collect::<Vec<_>>()}),
        json!({"anyOf": [{"pattern": "^x+$"}, {"maxLength": 1}, {"enum": ["a"]}, {"anyOf": [{"const": 1}, {"const": 2}]}]}),
    ] {
        let said = check(&schema, &json!(long)).join("\n");
        assert!(
            !said.is_empty() && said.len() < 2000,
            "{} bytes for {schema}",
            said.len()
        );
    }
    let wide: serde_json::Map<String, Value> = (0..5000)
        .map(|i| (format!("{}{i}", "k".repeat(300)), json!(1)))
        .collect();
    let said = check(&json!({"additionalProperties": false}), &Value::Object(wide)).join("\n");
    assert!(said.len() < 10_000, "{} bytes", said.len());
}

#[test]
fn what_is_not_checked_is_warned_of() {
    let warned = |schema: Value| {
        let mut report = Report::default();
        let compiled = Schema::compile(&schema, &FieldPath::new("spec.schema"), &mut report);
        assert!(compiled.is_some(), "{schema}");
        let checked = report.finish(()).expect("a schema without violations");
        checked
            .warnings
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    for (schema, said) in [
        (
            json!({"properties": {"a": {"format": "urii"}}}),
            "spec.schema.properties.a.format: the format \"urii\" is not known, so it is not checked; did you mean \"uri\"?",
        ),
        (
            json!({"properties": {"a": {"requierd": ["b"]}}}),
            "spec.schema.properties.a.requierd: JSON Schema has no such keyword, so it is ignored; did you mean \"required\"?",
        ),
    ] {
        assert_eq!(warned(schema), [said]);
    }
    for schema in [
        json!({"format": "int32", "x-order": 5, "properties": {"requierd": {}, "format": {}, "x": {"format": "uri"}}}),
        json!({"dependentRequired": {"tpye": ["a"]}, "default": {"tpye": 1}, "enum": [{"tpye": 1}]}),
    ] {
        assert_eq!(warned(schema), Vec::<String>::new());
    }
}
