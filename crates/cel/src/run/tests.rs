//! What expressions come to.

use crate::{Env, EvalErrorKind, Limits, Object, Type, Value, compile};

fn response() -> &'static Object {
    static RESPONSE: std::sync::LazyLock<Object> = std::sync::LazyLock::new(|| Object {
        name: "response",
        fields: vec![
            ("statusCode", Type::Int),
            ("bodyString", Type::String),
            ("headers", Type::map(Type::String, Type::list(Type::String))),
            ("body", Type::Dyn),
        ],
    });
    &RESPONSE
}

fn env() -> Env {
    Env::new().variable("response", Type::Object(response()))
}

fn data() -> Value {
    Value::from(&serde_json::json!({
        "statusCode": 200,
        "bodyString": "{\"status\": \"UP\"}",
        "headers": { "content-type": ["application/json"], "x-a": ["1", "2"] },
        "body": { "status": "UP", "count": 3, "items": [{ "ok": true }, { "ok": false }], "ratio": 0.5 },
    }))
}

fn run(source: &str) -> Result<Value, EvalErrorKind> {
    let program =
        compile(source, &env(), &Type::Dyn).unwrap_or_else(|problems| panic!("{source}: {problems:?}"));
    program
        .run(&[("response", data())], &Limits::default())
        .map_err(|error| error.kind)
}

#[test]
fn conditions_on_responses() {
    for source in [
        "response.statusCode == 200",
        "response.statusCode in [200, 204]",
        "response.statusCode >= 200 && response.statusCode < 300",
        "response.body.status == 'UP'",
        "response.bodyString.contains('UP')",
        "response.body.items.exists(item, item.ok)",
        "!response.body.items.all(item, item.ok)",
        "response.body.items.exists_one(item, item.ok)",
        "response.body.items.filter(item, item.ok).size() == 1",
        "response.body.items.map(item, item.ok, 1) == [1]",
        "has(response.body.status) && !has(response.body.other)",
        "response.headers['content-type'][0].startsWith('application/')",
        "response.headers.`content-type`.exists(v, v.endsWith('json'))",
        "'x-a' in response.headers",
        "response.body.missing == 1 || true",
        "true || response.body.missing == 1",
        "!(response.body.missing == 1 && false)",
        "response.body.count % 2 == 1",
        "response.body.ratio < 1",
        "response.body.count == 3.0",
        "response.bodyString.matches('\"status\":\\\\s*\"UP\"')",
        "type(response.body.count) == int",
        "timestamp('2024-02-29T12:00:00Z').getDayOfYear() == 59",
        "duration('90s') > duration('1m')",
        "response.statusCode == 200 ? response.body.status == 'UP' : false",
    ] {
        assert_eq!(
            run(source).map(|value| value.as_bool()),
            Ok(Some(true)),
            "{source}"
        );
    }
}

#[test]
fn failures_have_their_kind() {
    use EvalErrorKind::{BadRegex, Conversion, DivisionByZero, NoOverload, NoSuchKey, Overflow, Range};
    for (source, wants) in [
        ("response.body.missing", NoSuchKey),
        ("response.headers['missing']", NoSuchKey),
        ("response.body.items[2]", Range),
        ("response.body.count + 'a'", NoOverload),
        ("response.body.count.x", NoOverload),
        ("1 / 0", DivisionByZero),
        ("9223372036854775807 + 1", Overflow),
        ("int(response.body.status)", Conversion),
        (
            "response.body.status.matches('(' + response.body.status)",
            BadRegex,
        ),
        ("response.body.status && true", NoOverload),
        ("dyn([]).exists(x, x) || response.body.missing", NoSuchKey),
    ] {
        assert_eq!(run(source).err(), Some(wants), "{source}");
    }
}

#[test]
fn a_field_that_is_declared_and_not_given_is_told_apart() {
    let program = compile("response.statusCode == 200", &env(), &Type::Bool).unwrap();
    let empty = Value::from(&serde_json::json!({}));
    let error = program
        .run(&[("response", empty)], &Limits::default())
        .unwrap_err();
    assert_eq!(error.kind, EvalErrorKind::NoSuchField);
    assert_eq!(error.to_string(), "1:10: there is no field \"statusCode\"");
    let error = program.run(&[], &Limits::default()).unwrap_err();
    assert_eq!(error.kind, EvalErrorKind::NoSuchVariable);
}

#[test]
fn the_result_is_of_the_type_that_is_wanted() {
    let program = compile("response.body.status", &env(), &Type::Bool).unwrap();
    let error = program
        .run(&[("response", data())], &Limits::default())
        .unwrap_err();
    assert_eq!(error.kind, EvalErrorKind::WrongResult);
    assert_eq!(error.public(), "the result is a string, and a bool is needed");
}

/// What is too dear is not absorbed, as other failures are.
#[test]
fn limits_end_a_run() {
    let nested = "[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, \
                  [1,2,3,4,5,6,7,8,9].all(d, [1,2,3,4,5,6,7,8,9].all(e, a + b + c + d + e > 0)))))";
    for source in [
        nested.to_owned(),
        format!("{nested} || true"),
        "[1].map(a, a).size() == 2 || ".repeat(2) + nested,
    ] {
        assert_eq!(run(&source).err(), Some(EvalErrorKind::Limit), "{source}");
    }
}
