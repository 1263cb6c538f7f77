//! Trees.

use crate::{
    ast::{Expr, Kind},
    syntax::parse,
};

/// The tree in words, with all parentheses.
fn shown(expr: &Expr) -> String {
    let all = |of: &[Expr], between: &str| of.iter().map(shown).collect::<Vec<_>>().join(between);
    match &expr.kind {
        Kind::Literal(value) => format!("{value:?}"),
        Kind::Name(name) => name.name.to_string(),
        Kind::Select(select) if select.test => format!("has({}.{})", shown(&select.target), select.field),
        Kind::Select(select) => format!("{}.{}", shown(&select.target), select.field),
        Kind::Call(call) => {
            let target = call
                .target
                .as_ref()
                .map_or(String::new(), |target| shown(target) + ".");
            format!("{target}{}({})", call.name, all(&call.args, ", "))
        }
        Kind::Operator(operator, of) => match of.as_slice() {
            [one] => format!("{}{}", operator.sign(), shown(one)),
            of => format!("({})", all(of, &format!(" {} ", operator.sign()))),
        },
        Kind::And(of) => format!("({})", all(of, " && ")),
        Kind::Or(of) => format!("({})", all(of, " || ")),
        Kind::If(of) => format!("({} ? {} : {})", shown(&of[0]), shown(&of[1]), shown(&of[2])),
        Kind::List(of) => format!("[{}]", all(of, ", ")),
        Kind::Map(of) => {
            let entries: Vec<String> = of
                .iter()
                .map(|(key, value)| shown(key) + ": " + &shown(value))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Kind::Macro(one) => format!("{}.{:?}({})", shown(&one.target), one.kind, one.variable),
    }
}

#[test]
fn operators_bind_as_they_do_in_cel() {
    for (source, wants) in [
        ("a + b * c - d", "((a + (b * c)) - d)"),
        ("a - b - c", "((a - b) - c)"),
        ("a < b == c", "((a < b) == c)"),
        ("a in b && c || d", "(((a in b) && c) || d)"),
        ("a || b && c || d", "(a || (b && c) || d)"),
        ("a && b && c", "(a && b && c)"),
        ("(a && b) && c", "((a && b) && c)"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("!a.b(c)[d]", "!(a.b(c) [ ] d)"),
        ("-a + -1", "(-a + int)"),
        ("!!a", "a"),
        ("---a", "-a"),
        ("a.b.c(d).e", "a.b.c(d).e"),
        ("has(a.b)", "has(a.b)"),
        ("a.all(x, x)", "a.All(x)"),
        ("a.map(x, x, x)", "a.Map(x)"),
        ("[a, b,]", "[a, b]"),
        ("{a: b, c: d}", "{a: b, c: d}"),
        ("a.`b-c`", "a.b-c"),
        (".a", "a"),
        ("a // comment\n + b", "(a + b)"),
    ] {
        let tree = parse(source).map(|expr| shown(&expr));
        assert_eq!(tree, Ok(wants.to_owned()), "{source}");
    }
}

#[test]
fn depth_is_bounded_and_length_is_not() {
    let nested = |count: usize| "(".repeat(count) + "a" + &")".repeat(count);
    assert!(parse(&nested(30)).is_ok());
    assert!(parse(&nested(40)).is_err());
    assert!(parse(&(" a +".repeat(60) + " a")).is_ok());
    assert!(parse(&(" a +".repeat(70) + " a")).is_err());
    assert!(parse(&("a && ".repeat(5000) + "a")).is_ok());
    assert!(parse(&("!".repeat(5000) + "a")).is_ok());
    assert!(parse(&("[".to_owned() + &"a, ".repeat(5000) + "]")).is_ok());
}
