//! Expressions that mean harm, over data that is as large as it may be.

use serde_json::{Value as Json, json};

/// The longest body that is read.
const BODY: usize = 64 * 1024;

/// Data of 64 KiB: long texts, long lists, many keys, deep nesting.
pub fn data() -> Json {
    let mut deep = json!(1);
    for _ in 0..110 {
        deep = json!([deep]);
    }
    let pairs: String = (0..BODY / 2)
        .map(|at| if at % 2 == 0 { "ab" } else { "aa" })
        .collect();
    json!({
        "b": true,
        "i": 7,
        "u": 7,
        "d": 7.5,
        "s": "a".repeat(BODY),
        "y": "a".repeat(BODY),
        "t": "2024-02-29T12:00:00Z",
        "p": "90s",
        "l": (0..20_000).collect::<Vec<i64>>(),
        "ls": (0..8000).map(|at| format!("item {at}")).collect::<Vec<String>>(),
        "m": (0..4000).map(|at| (format!("key {at}"), json!(at))).collect::<serde_json::Map<_, _>>(),
        "v": { "pairs": pairs, "deep": deep, "lines": "é\n".repeat(BODY / 3), "empty": vec![json!([]); 20_000] },
        "response": { "statusCode": 200, "bodyString": "a".repeat(BODY), "headers": {}, "body": {} },
    })
}

/// Expressions of every kind that mean no harm.
pub fn honest() -> Vec<String> {
    owned(&[
        "response.statusCode == 200 && response.bodyString.contains('UP')",
        "v.items.all(x, x.ready) || l.exists(x, x > 3)",
        "m.map(k, m[k] * 2).filter(x, x % 2 == 0).size() > 0 ? s : 'none'",
        "has(v.pairs) && !has(response.body.a)",
        "timestamp('2024-02-29T12:00:00Z') - t > duration('1h') || t.getHours('+02:00') == 14",
        "'a,b'.split(',').map(x, x.upperAscii()).join('-') == 'A-B'",
        "{'a': 1, 'b': [1, 2u, 3.0]}['b'][0] in [1, 2] && type(1) == int",
        "s.matches('^[a-z]+$') && y == b'\\xff' || string(i) == r'\\d'",
        "ls[0].substring(1, 3) + ls[1].replace('i', 'j') == \"\"\"x\"\"\"",
    ])
}

/// All that mean harm.
pub fn cases() -> Vec<String> {
    [nested(), long(), loops(), makers(), texts(), patterns(), types()].concat()
}

fn owned(cases: &[&str]) -> Vec<String> {
    cases.iter().map(|case| (*case).to_owned()).collect()
}

fn around(open: &str, inside: &str, close: &str, count: usize) -> String {
    format!("{}{inside}{}", open.repeat(count), close.repeat(count))
}

/// Nesting that a stack would not bear, as deep as the length of a source lets it be, and as deep as is taken.
fn nested() -> Vec<String> {
    let mut all = Vec::new();
    for count in [20, 30, 60, 63, 64, 65, 100, 250, 500, 2000] {
        all.extend([
            around("(", "1", ")", count),
            around("[", "1", "]", count),
            around("{1:", "1", "}", count),
            around("{", "1", ":1}", count),
            around("size(", "s", ")", count),
            around("l[", "0", "]", count),
            around("-(", "i", ")", count),
            around("!(", "b", ")", count),
            around("b&&(", "b", ")", count),
            around("b||(b&&(", "b", "))", count),
            around("b||b&&1<1+1*(", "b?1:1", ")", count),
            around("i+i*-(", "i", ")", count),
            around("b?(", "1", "):1", count),
            around("b?1:", "1", "", count),
            around("[1].all(x,", "b", ")", count),
            around("[1].map(x,", "x", ")", count),
            around("l.exists(x,", "b", ")", count),
            around("has(", "v", ".a)", count),
            around("dyn(", "v", ").a", count),
            around("", "v", ".a", count),
            around("", "v", "[0]", count),
            around("", "s", ".trim()", count),
            around("", "[1]", ".map(x,x)", count),
            "(".repeat(count),
            "[".repeat(count),
            "{1:".repeat(count),
            "b?".repeat(count),
            "!".repeat(count) + "b",
            "-".repeat(count) + "i",
            "1+".repeat(count) + "1",
            "1<".repeat(count) + "1",
            "b&&".repeat(count) + "b",
            "b||".repeat(count) + "b",
            "b&&b||".repeat(count) + "b",
            "b==".repeat(count) + "b",
            "s+".repeat(count) + "s",
            "'a'.".repeat(count),
        ]);
    }
    all
}

/// Long, not deep.
fn long() -> Vec<String> {
    vec![
        format!("[{}]", "1,".repeat(2000)),
        format!("{{{}}}", "1:1,".repeat(1000)),
        format!("[{}]", "[],".repeat(1300)),
        format!("[{}]", "{},".repeat(1300)),
        format!("size([{}])", "l,".repeat(2000)),
        "9".repeat(4000),
        format!("0.{}", "9".repeat(4000)),
        format!("1e{}", "9".repeat(4000)),
        format!("'{}'", "a".repeat(4000)),
        format!("b'{}'", "\\xff".repeat(1000)),
        "a".repeat(4000),
        format!("v.{}", "a".repeat(4000)),
        "// ".repeat(1000),
        " ".repeat(4000),
        "\u{0}".repeat(4000),
        "=".repeat(4000),
        "é".repeat(2000),
        "'".repeat(4000),
        "nope + ".repeat(500) + "nope",
        format!("[{}]", "nope(),".repeat(500)),
        format!("[{}]", "1 == 'a',".repeat(400)),
        format!("[{}]", "[]==[],".repeat(500)),
        format!("[{}]", "[]+[]<[],".repeat(400)),
        format!("[{}]", "v<v,".repeat(900)),
        format!("size({})", vec!["1"; 2000].join(",")),
    ]
}

/// Loops in loops.
fn loops() -> Vec<String> {
    owned(&[
        "l.all(a, l.all(b, a >= 0 || b >= 0))",
        "l.all(a, l.all(b, l.all(c, l.all(d, true))))",
        "l.exists(a, l.exists(b, l.exists(c, a + b + c < 0)))",
        "l.map(a, l.map(b, a * b)).size() == 0",
        "l.map(a, l).map(a, a.map(b, l)).size() == 0",
        "l.filter(a, l.filter(b, b == a).size() == 2).size() == 0",
        "l.exists_one(a, l.exists_one(b, a == b && b == -1))",
        "l.all(a, a in l)",
        "l.all(a, l == l)",
        "l.all(a, l + l == l)",
        "l.all(a, v == v)",
        "l.all(a, m == m)",
        "l.all(a, ls == ls)",
        "l.all(a, v.deep == v.deep)",
        "l.all(a, v.empty == v.empty)",
        "l.all(a, v in [v, v])",
        "l.all(a, s == s && s < s + 'a')",
        "l.all(a, y == y && y <= y)",
        "l.all(a, size(s) > 0)",
        "l.all(a, s.contains('b') == false)",
        "l.all(a, !s.endsWith(s + 'a'))",
        "l.all(a, s.startsWith(s))",
        "l.all(a, s.indexOf('b') == -1 && s.lastIndexOf('b') == -1)",
        "l.all(a, s.charAt(65535) == 'a')",
        "l.all(a, v.lines.charAt(20000) != 'a')",
        "l.all(a, s.substring(65000).size() > 0)",
        "l.all(a, m.all(k, m[k] >= 0))",
        "l.all(a, m.exists(k, k == 'none'))",
        "ls.all(a, ls.all(b, a != b || a == b))",
        "ls.all(a, a in ls)",
        "ls.all(a, (a in m) == false)",
        "l.all(a, a.missing || true)",
        "v.pairs.split('a').all(a, v.pairs.contains(a + 'c') == false)",
        "l.all(a, s in m || true)",
        "l.all(a, int(s) > 0 || true)",
        "l.all(a, double(s) > 0.0 || true)",
        "l.all(a, duration(s) > p || true)",
        "l.all(a, timestamp(s) > t || true)",
        "l.all(a, t.getHours(s) > 0 || true)",
        "l.all(a, s.matches(s) || true)",
        "l.all(a, string(t) == string(t + p))",
        "l.all(a, string(d) != '')",
        "l.all(a, t.getFullYear() + t.getDayOfYear() > 0)",
        "l.all(a, type(a) == int)",
        "l.all(a, has(v.a) || true)",
    ])
}

/// Makers of large values.
fn makers() -> Vec<String> {
    let doubling = |step: &str| format!("[s]{}.size() == 0", step.repeat(30));
    let mut all = owned(&[
        "l.map(a, s + s).size() == 0",
        "l.map(a, l + l).size() == 0",
        "l.map(a, [s, s, s, s, s, s, s, s]).size() == 0",
        "l.map(a, {'a': a, 'b': s, 'c': l}).size() == 0",
        "l.map(a, [[[[[[[[a]]]]]]]]).size() == 0",
        "l.map(a, ls.join(s)).size() == 0",
        "ls.join(s).size() == 0",
        "s.replace('', s).size() == 0",
        "s.replace('a', s).size() == 0",
        "s.replace('a', 'aa').replace('a', 'aa').replace('a', 'aa').replace('a', 'aa').replace('a', 'aa').size() == 0",
        "s.split('').size() == 0",
        "s.split('a').size() == 0",
        "l.map(a, s.split('')).size() == 0",
        "s.split('').map(a, s.split('')).size() == 0",
        "l.map(a, bytes(s)).size() == 0",
        "l.map(a, string(y)).size() == 0",
        "l.map(a, s.upperAscii()).size() == 0",
        "l.map(a, s.trim()).size() == 0",
        "l.map(a, b'\\xff' + y).size() == 0",
        "l.map(a, m.map(k, k)).size() == 0",
        "[l, l, l, l].map(a, [a, a, a, a].map(b, [b, b, b, b].map(c, c + c))).size() == 0",
    ]);
    all.extend([
        doubling(".map(a, a + a)"),
        doubling(".map(a, a.replace('a', 'aa'))"),
        format!("[l]{}.size() == 0", ".map(a, a + a)".repeat(30)),
        format!("[[1]]{}.size() == 0", ".map(a, [a, a])".repeat(30)),
        format!("[[1]]{} == [[1]]", ".map(a, [a, a])".repeat(30)),
        format!("[dyn(1)]{0} == [dyn(1)]{0}", ".map(a, [a, a])".repeat(25)),
        format!("[{{}}]{}.size() == 0", ".map(a, {'a': a, 'b': a})".repeat(30)),
        format!(
            "[dyn({{}})]{0} == [dyn({{}})]{0}",
            ".map(a, {'a': a, 'b': a})".repeat(20)
        ),
        format!("(s{}).size() == 0", " + s".repeat(60)),
        format!("size([{}]) == 0", "l + l,".repeat(100)),
    ]);
    all
}

/// Long searches.
fn texts() -> Vec<String> {
    owned(&[
        "s.contains(s.substring(1) + 'b')",
        "s.contains('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab')",
        "v.pairs.contains(v.pairs.substring(1000) + 'x')",
        "s.indexOf(s.substring(32768) + 'b') == 0",
        "s.lastIndexOf('b' + s.substring(32768)) == 0",
        "s.lastIndexOf('baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 60000) == 0",
        "v.lines.lastIndexOf('x', 40000) == 0",
        "v.lines.indexOf('x', 40000) == 0",
        "s.replace(s.substring(1) + 'b', 'c') == ''",
        "s.split('aaaaaaaaaaaaaaaaaaaaaaab').size() == 0",
        "l.all(a, v.pairs.contains('aaaaaaaaab') == v.pairs.contains('abaaaab'))",
        "s.split('a', 9223372036854775807).size() == 0",
        "s.replace('a', 'b', -9223372036854775807).size() == 0",
        "s.substring(9223372036854775807) == ''",
        "s.charAt(-9223372036854775808) == ''",
        "l[9223372036854775807] == 0 || l[-1] == 0",
    ])
}

/// Patterns that are dear.
fn patterns() -> Vec<String> {
    let mut all = Vec::new();
    for pattern in [
        "(a+a+)+b",
        "^(a|aa|aaa)*$",
        "(a*)*(a*)*(a*)*b",
        "a{900}b",
        "(a{1000})",
        "((a{30}){30}){30}",
        "(((((a{1000}){1000}){1000}){1000}){1000})",
        "(?i)[\\\\pL\\\\pN]{500}b",
        "(\\\\pL\\\\pN|\\\\pL\\\\pL|\\\\pL){400}",
        "(a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q|r|s|t|u|v|w|x|y|z)*1",
        "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^a]",
        "(a?){500}a{500}b",
        ".*.*.*.*=.*",
        "(^|a|$)*b",
        "(\\\\b|a)*c",
        "(|a)*b",
        "(||||||||){100}",
        "(((((((((())))))))))*",
        "[a-z][a-z][a-z][a-z][a-z][a-z][a-z][a-z][0-9]",
        "a$",
        "aaaaaaaaaaaaaaaaaaaaab",
        "[^b]*b",
        "\\\\x{10FFFF}",
    ] {
        all.push(format!("s.matches('{pattern}')"));
        all.push(format!("v.lines.matches('{pattern}')"));
        all.push(format!("l.all(a, v.pairs.matches('{pattern}'))"));
    }
    for (open, close) in [("(", ")"), ("(?:", ")*"), ("[", "]"), ("(a|", ")"), ("(?i:", ")")] {
        for count in [30, 45, 200] {
            all.push(format!("s.matches('{}')", around(open, "a", close, count)));
        }
    }
    all.extend([
        format!("s.matches('{}')", "a|".repeat(450)),
        format!("s.matches('{}')", "a?".repeat(450)),
        format!("s.matches('{}')", "a*".repeat(450)),
        format!("s.matches('{}')", ".*".repeat(450)),
        format!("s.matches('{}')", "\\\\pL".repeat(200)),
        format!("s.matches('{}')", "(?i)".repeat(200)),
        format!("l.all(a, s.matches('{}' + string(a)))", "x|".repeat(450)),
        format!("l.all(a, 'b'.matches('{}' + string(a)))", "\\\\PL".repeat(200)),
        "l.all(a, 'b'.matches('(\\\\pL{20}){50}' + string(a)))".to_owned(),
        "l.all(a, 'b'.matches('(x{100}){9}' + string(a)))".to_owned(),
    ]);
    all
}

/// Types that double with each level, or have no end.
fn types() -> Vec<String> {
    let unify: String = (0..24).fold("true".to_owned(), |inside, at| {
        format!("[].all(x{at}, x{at} == {{x{0}: x{0}}} || {inside})", at + 1)
    });
    let unify = format!("[].all(x24, {unify})");
    vec![
        unify,
        format!("[1]{}.size() == 0", ".map(x,{x:x})".repeat(60)),
        format!("[dyn(1)]{}.size() == 0", ".map(x,{x:x})".repeat(60)),
        format!("[[]]{}.size() == 0", ".map(x,{x:x})".repeat(60)),
        format!("[1]{0} == [1]{0}", ".map(x,{x:x})".repeat(28)),
        "[].all(x, x == [x])".to_owned(),
        "[].all(x, [x] == x && {x: x} == x)".to_owned(),
        format!("[{}]", "[].map(x, {x: [x]}) == [],".repeat(100)),
        format!("b {}", "? [] : b ".repeat(50)),
        "b ? [] : ".repeat(50) + "[]",
    ]
}
