//! What an expression of `response.cel` sees of a tool's answer. Classes are checked against it, and probes run with
//! it, so that the two cannot differ.

use std::sync::LazyLock;

use patchbay_cel::{Env, EvalError, Limits, Object, Program, Type, Value};

static RESPONSE: LazyLock<Object> = LazyLock::new(|| Object {
    name: "response",
    fields: vec![
        ("statusCode", Type::Int),
        ("bodyString", Type::String),
        ("headers", Type::map(Type::String, Type::list(Type::String))),
        ("body", Type::Dyn),
    ],
});

/// The names that an expression may use: `response.statusCode`, `.headers`, `.body` and `.bodyString`.
#[must_use]
pub fn env() -> Env {
    Env::new().variable("response", Type::Object(LazyLock::force(&RESPONSE)))
}

/// Whether an answer is a success.
///
/// `headers` are names in lower case and values, in the order of the answer. An expression finds them in lower case,
/// and as `Content-Type` too. `response.body` is the body read as JSON, null where it is none.
///
/// *Guarantees*: ends within `limits`, and no error carries a value of the answer.
///
/// # Errors
/// The expression cannot be evaluated over this answer.
pub fn holds<'a>(
    program: &Program,
    status: u16,
    headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    body: &[u8],
    limits: &Limits,
) -> Result<bool, EvalError> {
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let response = Value::map([
        ("statusCode", Value::Int(status.into())),
        (
            "bodyString",
            Value::from(String::from_utf8_lossy(body).into_owned()),
        ),
        ("headers", map_of(headers)),
        ("body", Value::from(&json)),
    ]);
    let value = program.run(&[("response", response)], limits)?;
    // The program was checked to give a boolean.
    Ok(value.as_bool().unwrap_or(false))
}

fn map_of<'a>(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Value {
    let mut all: Vec<(String, Vec<Value>)> = Vec::new();
    for (name, value) in headers {
        let value = Value::from(String::from_utf8_lossy(value).into_owned());
        match all.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => all.push((name.to_owned(), vec![value])),
        }
    }
    let both = all.into_iter().flat_map(|(name, values)| {
        let list = Value::list(values);
        [(canonical(&name), list.clone()), (name, list)]
    });
    Value::map(both)
}

/// As Go writes the names of headers: `content-type` is `Content-Type`.
fn canonical(name: &str) -> String {
    let mut up = true;
    let letter = |c: char| {
        let c = if up { c.to_ascii_uppercase() } else { c };
        up = c == '-';
        c
    };
    name.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADERS: [(&str, &[u8]); 3] = [
        ("content-type", b"application/json"),
        ("set-cookie", b"a"),
        ("set-cookie", b"b\xff"),
    ];

    fn run(source: &str, body: &[u8]) -> Result<bool, String> {
        let program = patchbay_cel::compile(source, &env(), &Type::Bool).map_err(|p| format!("{p:?}"))?;
        holds(&program, 204, HEADERS, body, &Limits::default()).map_err(|e| e.to_string())
    }

    #[test]
    fn an_answer_is_seen_whole() {
        for (source, body, want) in [
            ("response.statusCode == 204", &b""[..], true),
            ("response.statusCode in [200, 204]", b"", true),
            ("response.statusCode == 200", b"", false),
            ("response.bodyString == 'hi'", b"hi", true),
            ("response.bodyString.size() == 1", b"\xff", true),
            ("response.body == null", b"not JSON", true),
            ("response.body.status == 'UP'", br#"{"status":"UP"}"#, true),
            (
                "has(response.body.status) && response.body.status == 'UP'",
                b"{}",
                false,
            ),
            (
                "response.body.items.all(i, i.ready)",
                br#"{"items":[{"ready":true}]}"#,
                true,
            ),
            (
                "response.headers['content-type'][0].startsWith('application/')",
                b"",
                true,
            ),
            ("'Content-Type' in response.headers", b"", true),
            ("response.headers['Set-Cookie'].size() == 2", b"", true),
            ("'x-a' in response.headers", b"", false),
        ] {
            assert_eq!(run(source, body), Ok(want), "{source}");
        }
    }

    #[test]
    fn what_fails_does_not_tell_what_the_tool_said() {
        for (source, body) in [
            ("response.body.status == 'UP'", &b"hunter2"[..]),
            ("response.body.status == 'UP'", br#""hunter2""#),
            ("response.body.a > 5", br#"{"a":"hunter2"}"#),
            ("response.body.a", br#"{"a":"hunter2"}"#),
            ("int(response.bodyString) > 5", b"hunter2"),
            ("response.headers['x-missing'][0] == ''", b"hunter2"),
        ] {
            let error = run(source, body)
                .err()
                .unwrap_or_else(|| panic!("{source} fails"));
            assert!(!error.contains("hunter2"), "{source}: {error}");
        }
    }
}
