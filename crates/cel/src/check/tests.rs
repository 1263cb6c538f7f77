//! What is wrong with expressions, in words.

use crate::{Env, Object, Problem, Type, compile};

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

fn problems(source: &str) -> Vec<Problem> {
    let env = Env::new().variable("response", Type::Object(response()));
    compile(source, &env, &Type::Bool).err().unwrap_or_default()
}

fn words(source: &str) -> Vec<String> {
    problems(source).iter().map(ToString::to_string).collect()
}

#[test]
fn problems_say_what_to_do() {
    for (source, wants) in [
        (
            "respons.statusCode == 200",
            "1:1: there is no \"respons\"; did you mean \"response\"?",
        ),
        ("x == 1", "1:1: there is no \"x\"; there is response"),
        (
            "response.statuscode == 200",
            "1:10: response has no field \"statuscode\"; did you mean \"statusCode\"?",
        ),
        (
            "response.zzz == 200",
            "1:10: response has no field \"zzz\"; it has statusCode, bodyString, headers, body",
        ),
        (
            "response.statusCode == '200'",
            "1:21: \"==\" does not take int and string; remove the quotes around the number",
        ),
        (
            "response.statusCode",
            "1:10: the result is a condition, true or false, and this is of type int; compare it with something",
        ),
        (
            "response.bodyString.contain('x')",
            "1:21: there is no function \"contain\"; did you mean \"contains\"?",
        ),
        (
            "response.bodyString.contains(1)",
            "1:21: there is no string.contains(int); there is string.contains(string)",
        ),
        (
            "response.bodyString.startsWith('a', 'b')",
            "1:21: there is no string.startsWith(string, string); there is string.startsWith(string)",
        ),
        (
            "contains('a', 'b')",
            "1:1: contains is called on a value: x.contains(…)",
        ),
        ("'1'.int() == 1", "1:5: int is not called on a value: int(x)"),
        (
            "response.headers['a'] == 'b'",
            "1:23: \"==\" does not take list(string) and string; the first item is list[0], and \"in\" looks at all of them",
        ),
        (
            "response.headers.all(1, true)",
            "1:22: the first argument of all is the name of a variable: items.all(item, …)",
        ),
        (
            "response.headers.all(x)",
            "1:18: all is called on a list or map, with two arguments: items.all(item, …)",
        ),
        (
            "has(response.body['a'])",
            "1:18: has() asks for a field, as in has(a.b); for a[b], write b in a",
        ),
        (
            "response.statusCode && true",
            "1:10: each side of \"&&\" is a condition, and this is of type int; compare it with something",
        ),
        (
            "response.statusCode = 200",
            "1:21: \"is equal to\" is written \"==\"",
        ),
        ("response.body.a & true", "1:17: \"and\" is written \"&&\""),
        ("(true", "1:6: the expression ends where \")\" should be"),
        (
            "true true",
            "1:6: \"true\" stands where an operator or the end should be",
        ),
        ("", "1:1: the expression is empty"),
        ("true ||\n  nope(1)", "2:3: there is no function \"nope\""),
        ("if == 1", "1:1: \"if\" is a reserved word and cannot be a name"),
        (
            "response.bodyString.matches('(')",
            "1:29: this is no regular expression: a \"(\" is not closed",
        ),
        (
            "timestamp('now') > timestamp(0)",
            "1:11: this is no time; one is written as \"2026-01-31T12:00:00Z\"",
        ),
        (
            "response.bodyString == 'it's'",
            "1:29: this text has no closing quotation mark",
        ),
        (
            "true ? 1 : 'a'",
            "1:6: both results of \"?\" have one type, and these are int and string",
        ),
    ] {
        let found = words(source);
        assert_eq!(
            found.first().map(String::as_str),
            Some(wants),
            "{source}: {found:?}"
        );
    }
}

#[test]
fn all_problems_are_said_in_their_order() {
    let found = words("a.b == 1 && response.c == 2 && response.statusCode == 'x' && nope()");
    let columns: Vec<&str> = found.iter().filter_map(|text| text.split(':').nth(1)).collect();
    assert_eq!(columns, ["1", "22", "52", "62"]);
    let many = "zz || ".repeat(100) + "zz";
    assert_eq!(words(&many).len(), 20);
}

#[test]
fn a_problem_covers_what_it_is_about() {
    let found = problems("true && response.statuscode == 200");
    assert_eq!((found[0].offset, found[0].length), (17, 10));
}

/// What is known only when it runs is taken.
#[test]
fn what_may_be_a_condition_is_taken() {
    for source in [
        "response.body",
        "response.body.a.b[0]",
        "response.body.items.all(x, x.ok)",
        "[1, 'a'].exists(x, x == 1)",
        "response.statusCode < 200.5",
        "[].all(x, x)",
        "{}.exists(k, k == 'a')",
        "response.headers.all(k, response.headers[k].exists(v, v == k))",
        "response.headers.exists(response, response == 'x')",
    ] {
        assert_eq!(words(source), Vec::<String>::new(), "{source}");
    }
}

/// A variable of a macro is known inside of it, and nowhere else.
#[test]
fn variables_of_macros_have_their_scope() {
    assert!(words("[1].all(x, x > 0)").is_empty());
    assert_eq!(words("[1].all(x, x > 0) && x > 0").len(), 1);
    assert_eq!(words("[1].all(x, y > 0)").len(), 1);
    assert_eq!(words("x.all(x, x > 0)").len(), 1);
}

/// Types that double with each level are refused, and not followed.
#[test]
fn types_without_end_are_refused() {
    let source = format!("[1]{}.size() == 0", ".map(x,{x:x})".repeat(50));
    assert_eq!(
        words(&source),
        ["1:1: the types in this expression become too large"]
    );
    assert_eq!(words("[].all(x, x == [x])").len(), 1);
}
