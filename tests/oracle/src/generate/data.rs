//! Random data: the same names hold values of the same kind, so that templates can be made without it.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Texts that differ in what functions look at.
pub(super) const TEXTS: [&str; 32] = [
    "",
    "a",
    "A",
    "b",
    "abc",
    "Hello, World",
    "foo_bar-baz",
    "fooBarBaz",
    "a,b,,c",
    "  padded ",
    "line1\nline2\n",
    "tab\there",
    "é",
    "日本 ☃",
    "😀",
    "\"quoted\"",
    "it's",
    "a\\b",
    "<b>&amp;",
    "42",
    "-7",
    "1.5",
    "0x1F",
    "true",
    "1.2.3",
    "v2.0.0-rc.1",
    "/a/b/../c.txt",
    "https://u:p@h.example:8443/p/q?x=1#f",
    "2024-02-29",
    "aGVsbG8=",
    "{\"a\":[1,null]}",
    "\u{a0}x\u{2028}",
];

const WHOLE: [i64; 12] = [0, 1, 2, 3, -1, 5, 7, 10, 42, 100, -300, 65];
const FRACTIONS: [f64; 14] = [
    0.0,
    1.0,
    1.5,
    -2.25,
    0.1,
    3.0,
    1e6,
    1e20,
    1e21,
    1e-5,
    1e-7,
    123_456_789.0,
    -0.5,
    2.5,
];

/// The root of a case.
pub fn data(rng: &mut Rng) -> Value {
    let mut root = Map::new();
    for name in ["s1", "s2", "s3"] {
        root.insert(name.to_owned(), text(rng));
    }
    for name in ["i1", "i2"] {
        root.insert(name.to_owned(), whole(rng));
    }
    root.insert("f1".to_owned(), fraction(rng));
    root.insert("b1".to_owned(), json!(rng.bool()));
    root.insert("ls".to_owned(), list(rng, text));
    root.insert("li".to_owned(), list(rng, whole));
    root.insert("lx".to_owned(), list(rng, |rng| value(rng, 2)));
    root.insert(
        "lm".to_owned(),
        list(
            rng,
            |rng| json!({ "s1": text(rng), "i1": whole(rng), "k": value(rng, 1) }),
        ),
    );
    root.insert("m1".to_owned(), map(rng, 1));
    root.insert("m3".to_owned(), map(rng, 2));
    root.insert(
        "m2".to_owned(),
        json!({ "s1": text(rng), "i1": whole(rng), "m1": map(rng, 0), "ls": list(rng, text) }),
    );
    root.insert("nil".to_owned(), Value::Null);
    root.insert("any".to_owned(), value(rng, 3));
    Value::Object(root)
}

/// Any value, so deep.
pub fn value(rng: &mut Rng, depth: u32) -> Value {
    match rng.u32(0..if depth == 0 { 8 } else { 11 }) {
        0 => Value::Null,
        1 => json!(rng.bool()),
        2 | 3 => whole(rng),
        4 => fraction(rng),
        5..=7 => text(rng),
        8 | 9 => map(rng, depth - 1),
        _ => list(rng, |rng| value(rng, depth - 1)),
    }
}

fn text(rng: &mut Rng) -> Value {
    if rng.u32(0..3) == 0 {
        return json!(super::texts::any(rng));
    }
    json!(rng.choice(TEXTS).unwrap_or_default())
}

fn whole(rng: &mut Rng) -> Value {
    if rng.u32(0..60) == 0 {
        // Seldom: whoever counts up to them never comes back.
        return json!(rng.choice([i64::MAX, i64::MIN, 1 << 53]).unwrap_or_default());
    }
    if rng.u32(0..4) == 0 {
        // Of any length. Not so long that counting up to it takes for ever, but for the few above.
        return json!(rng.i64(-100_000..100_000) >> rng.u32(0..16));
    }
    json!(rng.choice(WHOLE).unwrap_or_default())
}

fn fraction(rng: &mut Rng) -> Value {
    match rng.u32(0..4) {
        0 => {
            let any = f64::from_bits(rng.u64(..));
            json!(if any.is_finite() { any } else { 0.5 })
        }
        1 => json!(f64::from(rng.i32(-100_000..100_000)) / 10f64.powi(rng.i32(0..8))),
        _ => json!(rng.choice(FRACTIONS).unwrap_or_default()),
    }
}

fn list(rng: &mut Rng, mut item: impl FnMut(&mut Rng) -> Value) -> Value {
    // Not three: Go's reader of JSON leaves room behind those, which sprig's slice reaches.
    let length = rng.choice([0, 1, 2, 2, 4]).unwrap_or_default();
    Value::Array((0..length).map(|_| item(rng)).collect())
}

fn map(rng: &mut Rng, depth: u32) -> Value {
    let mut map = Map::new();
    for key in ["a", "b", "c", "s1", "x y"] {
        if rng.bool() {
            map.insert(key.to_owned(), value(rng, depth));
        }
    }
    if rng.u32(0..4) == 0 {
        map.insert(super::texts::any(rng), value(rng, depth));
    }
    Value::Object(map)
}
