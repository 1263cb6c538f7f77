//! Random expressions. Most of them have types that fit, so that they run; some do not.

use fastrand::Rng;

/// What an expression is asked to be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    Time,
    Stretch,
    List,
    Texts,
    Map,
    Any,
}

const ALL: [Of; 12] = [
    Of::Bool,
    Of::Int,
    Of::Uint,
    Of::Double,
    Of::Text,
    Of::Bytes,
    Of::Time,
    Of::Stretch,
    Of::List,
    Of::Texts,
    Of::Map,
    Of::Any,
];

/// One expression.
pub fn source(rng: &mut Rng) -> String {
    let depth = rng.u8(1..5);
    let of = if rng.bool() { Of::Bool } else { any_of(rng) };
    expression(rng, of, depth)
}

fn any_of(rng: &mut Rng) -> Of {
    rng.choice(ALL).unwrap_or(Of::Any)
}

fn one(rng: &mut Rng, from: &[&str]) -> String {
    rng.choice(from).copied().unwrap_or_default().to_owned()
}

fn leaf(rng: &mut Rng, of: Of) -> String {
    let from: &[&str] = match of {
        Of::Bool => &["true", "false", "b"],
        Of::Int => &[
            "0",
            "1",
            "-1",
            "2",
            "7",
            "i",
            "0x1F",
            "9223372036854775807",
            "-9223372036854775808",
            "response.statusCode",
            "l[0]",
            "m.a",
            "m['b']",
            "v.n",
        ],
        Of::Uint => &["0u", "1u", "7u", "u", "18446744073709551615u", "0xffu"],
        Of::Double => &[
            "0.0",
            "1.5",
            "-2.0",
            "1e300",
            ".5",
            "d",
            "7.0",
            "1e-7",
            "v.f",
            "double('NaN')",
            "-0.0",
        ],
        Of::Text => &[
            "''",
            "'a'",
            "'abc'",
            "\"é😀\"",
            "s",
            "r'\\d+'",
            "'a,b,c'",
            "' x\\n'",
            "ls[0]",
            "v.s",
            "response.bodyString",
            "'1'",
            "'-7'",
            "'1.5'",
            "'true'",
            "'2024-02-29T12:30:00.5Z'",
            "'90s'",
            "'[a-c]+'",
            "'A'",
            "'''b'''",
        ],
        Of::Bytes => &["b''", "b'abc'", "b'\\xff'", "y", "b'\\303\\251'"],
        Of::Time => &[
            "t",
            "timestamp('2024-02-29T12:30:45.678Z')",
            "timestamp('1999-12-31T23:59:59+02:00')",
            "timestamp(0)",
            "timestamp('0001-01-01T00:00:00Z')",
            "timestamp('9999-12-31T23:59:59.999999999Z')",
        ],
        Of::Stretch => &[
            "p",
            "duration('1h30m')",
            "duration('-1.5s')",
            "duration('1ns')",
            "duration('87600h')",
        ],
        Of::List => &["[]", "[1, 2, 3]", "l", "[3, 1]", "v.l"],
        Of::Texts => &["ls", "['a', 'b']", "[]", "['x']", "response.headers['h']"],
        Of::Map => &[
            "m",
            "{}",
            "{'a': 1}",
            "{'a': 1, 'b': 2}",
            "response.headers",
            "{1: 2}",
            "v.m",
        ],
        Of::Any => &[
            "null",
            "v",
            "v.none",
            "v.l",
            "v.m",
            "v.s",
            "response.body",
            "dyn(1)",
            "dyn('a')",
            "int",
            "string",
            "type(1)",
            "[1, 'a']",
            "{1: 'a', 'b': 2u}",
            "[[1], []]",
            "x",
            "dyn([1, 2u, 3.0])",
            "v.l[0]",
            "response.body.items",
        ],
    };
    one(rng, from)
}

fn expression(rng: &mut Rng, of: Of, depth: u8) -> String {
    if depth == 0 || rng.u8(0..8) == 0 {
        return leaf(rng, of);
    }
    // Now and then something that does not fit.
    let of = if rng.u8(0..30) == 0 { any_of(rng) } else { of };
    let depth = depth - 1;
    match rng.u8(0..14) {
        0 => {
            let (condition, then, other) = (
                expression(rng, Of::Bool, depth),
                expression(rng, of, depth),
                expression(rng, of, depth),
            );
            format!("({condition} ? {then} : {other})")
        }
        1 => format!("dyn({})", expression(rng, of, depth)),
        2 => format!(
            "[{}][{}]",
            expression(rng, of, depth),
            one(rng, &["0", "0", "0u", "dyn(0.0)", "1"])
        ),
        3 => format!("{{'k': {}}}.k", expression(rng, of, depth)),
        _ => typed(rng, of, depth),
    }
}

/// Places of holes: `$b` a bool, `$i` an int, and so on.
fn typed(rng: &mut Rng, of: Of, depth: u8) -> String {
    let forms: &[&str] = match of {
        Of::Bool => &[
            "$b && $b",
            "$b || $b",
            "!$b",
            "$i == $i",
            "$i < $i",
            "$i >= $d",
            "$u <= $i",
            "$d > $u",
            "$s == $s",
            "$s < $s",
            "$a == $a",
            "$a != $a",
            "$i in $l",
            "$s in $t",
            "$s in $m",
            "$a in $l",
            "$a in $m",
            "$s.contains($s)",
            "$s.startsWith($s)",
            "$s.endsWith($s)",
            "$s.matches($s)",
            "$s.matches('^[a-z0-9]*$')",
            "$l.all(x, x > $i)",
            "$l.exists(x, x == $i)",
            "$l.exists_one(x, x < $i || $b)",
            "$t.exists(x, x.contains($s))",
            "$m.all(x, x != $s)",
            "has(v.s)",
            "has(v.none.x)",
            "has(response.body.items)",
            "has(response.statusCode)",
            "has({'a': $i}.a)",
            "bool($s)",
            "$w > $w",
            "$w == $w",
            "$r < $r",
            "$y == $y",
            "$y < $y",
            "$a < $a",
            "type($a) == type($a)",
            "$l == $l",
            "$m == $m",
            "$a.exists(x, $b)",
            "$l.exists(x, $l.all(x, x == $i))",
            "$b == $b",
            "$b < $b",
            "$a.all(x, x == $a)",
        ],
        Of::Int => &[
            "$i + $i",
            "$i - $i",
            "$i * $i",
            "$i / $i",
            "$i % $i",
            "-$i",
            "size($s)",
            "$s.size()",
            "size($l)",
            "$m.size()",
            "$y.size()",
            "int($d)",
            "int($u)",
            "int($s)",
            "int($w)",
            "int($r)",
            "$l[$i]",
            "$m[$s]",
            "$s.indexOf($s)",
            "$s.indexOf($s, $i)",
            "$s.lastIndexOf($s)",
            "$s.lastIndexOf($s, $i)",
            "$w.getFullYear()",
            "$w.getMonth()",
            "$w.getDate()",
            "$w.getDayOfMonth()",
            "$w.getDayOfWeek()",
            "$w.getDayOfYear()",
            "$w.getHours()",
            "$w.getHours('+05:30')",
            "$w.getMinutes('-00:45')",
            "$w.getSeconds()",
            "$w.getMilliseconds()",
            "$r.getHours()",
            "$r.getMinutes()",
            "$r.getSeconds()",
            "$r.getMilliseconds()",
            "$a + $i",
            "$w.getDate('-11:00')",
            "int($a)",
        ],
        Of::Uint => &[
            "$u + $u", "$u - $u", "$u * $u", "$u / $u", "$u % $u", "uint($i)", "uint($d)", "uint($s)",
            "uint($a)",
        ],
        Of::Double => &[
            "$d + $d",
            "$d - $d",
            "$d * $d",
            "$d / $d",
            "-$d",
            "double($i)",
            "double($u)",
            "double($s)",
        ],
        Of::Text => &[
            "$s + $s",
            "string($i)",
            "string($u)",
            "string($d)",
            "string($b)",
            "string($y)",
            "string($w)",
            "string($r)",
            "$s.substring($i)",
            "$s.substring($i, $i)",
            "$s.charAt($i)",
            "$s.lowerAscii()",
            "$s.upperAscii()",
            "$s.trim()",
            "$s.replace($s, $s)",
            "$s.replace($s, $s, $i)",
            "$t.join()",
            "$t.join($s)",
            "$t[$i]",
            "$a + $s",
            "string($a)",
        ],
        Of::Bytes => &["$y + $y", "bytes($s)"],
        Of::Time => &[
            "$w + $r",
            "$r + $w",
            "$w - $r",
            "timestamp($s)",
            "timestamp($i)",
            "timestamp(string($w))",
        ],
        Of::Stretch => &[
            "$r + $r",
            "$r - $r",
            "$w - $w",
            "duration($s)",
            "duration(string($r))",
        ],
        Of::List => &[
            "$l + $l",
            "[$i, $i]",
            "$l.filter(x, x > $i)",
            "$l.map(x, x + $i)",
            "$l.map(x, x > $i, x * 2)",
            "[$a, $a]",
            "$t.map(x, size(x))",
            "[[$i]].map(x, x[0])",
        ],
        Of::Texts => &[
            "$t + $t",
            "[$s, $s]",
            "$s.split($s)",
            "$s.split($s, $i)",
            "$t.filter(x, x != $s)",
            "$t.map(x, x + $s)",
            "$l.map(x, string(x))",
        ],
        Of::Map => &["{$s: $i}", "{$s: $i, $s: $i}", "{'a': $i, 'b': $i}", "{$i: $s}"],
        Of::Any => &[
            "[$a, $a]",
            "{$s: $a}",
            "v.m[$s]",
            "v.l[$i]",
            "type($a)",
            "$a.x",
            "$a[$i]",
            "$a[$s]",
            "$a + $a",
            "$a.map(x, x)",
            "$a.filter(x, $b)",
            "$l.map(x, [x, $a])",
            "v[$s]",
            "-$a",
            "$a - $a",
            "$a * $a",
            "$a % $a",
            "size($a)",
        ],
    };
    let form = one(rng, forms);
    fill(rng, &form, depth)
}

fn fill(rng: &mut Rng, form: &str, depth: u8) -> String {
    let mut out = String::new();
    let mut rest = form;
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        let of = match behind.as_bytes().first() {
            Some(b'b') => Of::Bool,
            Some(b'i') => Of::Int,
            Some(b'u') => Of::Uint,
            Some(b'd') => Of::Double,
            Some(b's') => Of::Text,
            Some(b'y') => Of::Bytes,
            Some(b'w') => Of::Time,
            Some(b'r') => Of::Stretch,
            Some(b'l') => Of::List,
            Some(b't') => Of::Texts,
            Some(b'm') => Of::Map,
            _ => Of::Any,
        };
        let part = expression(rng, of, depth);
        rest = behind.get(1..).unwrap_or_default();
        // A `$` at the end of the syntax of patterns is no hole, but what comes of it is fine too.
        let plain = part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_'\"".contains(&byte));
        if plain {
            out.push_str(&part);
        } else {
            out.push_str(&format!("({part})"));
        }
    }
    out + rest
}

/// The stretches that a source consists of: words, spaces, single characters.
pub fn tokens(source: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        _ if c.is_ascii_alphanumeric() || c == '_' => 1,
        _ if c.is_whitespace() => 2,
        _ => 0,
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, c) in source.char_indices() {
        let now = kind(c);
        if before.is_some_and(|before| before != now || now == 0) {
            tokens.extend(source.get(start..at));
            start = at;
        }
        before = Some(now);
    }
    tokens.extend(source.get(start..).filter(|last| !last.is_empty()));
    tokens
}

/// A source with some tokens gone, doubled, swapped, or taken from another.
pub fn mutated(rng: &mut Rng, source: &str, other: &str) -> String {
    let mut tokens = tokens(source);
    let others = self::tokens(other);
    for _ in 0..rng.u8(1..4) {
        if tokens.is_empty() {
            break;
        }
        let at = rng.usize(0..tokens.len());
        let another = rng.usize(0..tokens.len());
        match rng.u8(0..5) {
            0 => drop(tokens.remove(at)),
            1 => tokens.insert(at, tokens.get(another).copied().unwrap_or_default()),
            2 => tokens.swap(at, another),
            _ => {
                let Some(new) = rng.choice(&others) else { continue };
                if let Some(token) = tokens.get_mut(at) {
                    *token = new;
                }
            }
        }
    }
    tokens.concat()
}
