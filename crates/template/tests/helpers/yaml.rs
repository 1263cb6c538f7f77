//! `toYaml` and `fromYaml` beside Go's `sigs.k8s.io/yaml`, which is what Helm uses.

use patchbay_template::escape::yaml::{Tree, from_yaml, to_yaml};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::readers::{Answer, Program, read};
use crate::values::values;

const RANDOM: usize = 1500;

fn words() -> impl Strategy<Value = String> {
    let letters = "[a-zA-Z0-9_./:@ #'\"\\\\{}\\[\\]&*!|>%?,~=+-]{0,12}";
    prop_oneof![
        letters,
        "[a-z]{1,8}",
        "[+-]?[0-9_.xobe:]{1,8}",
        "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,3})?(Z|[+-]0[0-9]:00)?)?",
        "(y|Y|n|N|yes|NO|on|Off|true|FALSE|null|~|<<|=|\\.inf|-\\.INF|\\.nan)",
        "[ \na-c]{0,10}",
        "([a-z]{1,9}[ ]{1,2}){8,20}[a-z]?",
        "([a-z:#'\"-]{1,9}[ ]{1,2}){8,20}",
        "[a-z0-9é☃😀\t]{0,6}",
        "(([a-z]{0,9}[ ]){0,6}\n){1,4}",
    ]
}

fn numbers() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1000_i64..1000).prop_map(Value::from),
        any::<f64>()
            .prop_filter("finite", |f| f.is_finite())
            .prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(Value::from),
        (0_i32..40, 1_i32..1000).prop_map(|(e, m)| Value::from(f64::from(m) * 10_f64.powi(e - 20))),
    ]
}

fn trees() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => words().prop_map(Value::from),
        1 => numbers(),
        1 => prop_oneof![Just(Value::Null), Just(json!(true)), Just(json!(false))],
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((words(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The trees that are compared, the same in every run.
fn cases() -> Vec<Value> {
    let texts = values().into_iter().filter(|text| text.len() < 10_000);
    let mut cases: Vec<Value> = texts
        .map(|text| {
            let key = text.clone();
            json!({"value": text, "list": [text, [text]], "map": {key: text}, "z": 1})
        })
        .collect();
    cases.extend([
        json!(null),
        json!({}),
        json!([]),
        json!([[], {}, [[]], [{}]]),
        json!("a\n"),
        json!({"": ""}),
    ]);
    let mut runner = TestRunner::deterministic();
    let random = trees();
    for _ in 0..RANDOM {
        cases.push(random.new_tree(&mut runner).expect("few are filtered").current());
    }
    cases
}

/// What Go cannot write as YAML and read back: on its way through JSON it trips over control characters that JSON may
/// hold bare, and over long keys; it writes U+2028 in a way that YAML 1.2 reads differently; and `<<` without quotes.
fn go_cannot(value: &Value) -> bool {
    let odd = |text: &str| {
        text == "<<"
            || text.contains(|c: char| {
                matches!(
                    c,
                    '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
                )
            })
    };
    match value {
        Value::String(text) => odd(text),
        Value::Array(items) => items.iter().any(go_cannot),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| odd(name) || name.len() > 900 || go_cannot(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Equal but for the kind of numbers: Go and JSON have one.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        // The reader of JSON in this test may miss the last bit.
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= a.abs() * f64::EPSILON,
            _ => false,
        },
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

fn as_json(tree: &Tree) -> Value {
    match tree {
        Tree::Null => Value::Null,
        Tree::Bool(value) => (*value).into(),
        Tree::Int(number) => (*number).into(),
        Tree::Float(number) => (*number).into(),
        Tree::Text(text) => text.as_str().into(),
        Tree::List(items) => items.iter().map(as_json).collect(),
        Tree::Map(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), as_json(value)))
            .collect(),
    }
}

fn one(answer: Answer) -> Result<String, String> {
    answer.map(|fields| fields.into_iter().next().unwrap_or_default())
}

#[test]
fn to_yaml_writes_what_helm_writes() {
    let cases = cases();
    let inputs: Vec<String> = cases.iter().map(ToString::to_string).collect();
    let (mut equal, mut other) = (0, 0);
    for (value, go) in cases.iter().zip(read(Program::Go, "to_yaml", &inputs)) {
        let ours = to_yaml(value).expect("finite and flat");
        if go_cannot(value) {
            other += 1;
            continue;
        }
        assert_eq!(one(go).as_deref(), Ok(ours.as_str()), "{value}");
        equal += 1;
    }
    println!("toYaml: {equal} equal to Go's, {other} that Go cannot write");
}

#[test]
fn from_yaml_reads_what_to_yaml_wrote() {
    let cases: Vec<Value> = cases().into_iter().map(|value| json!({"a": value})).collect();
    // The last line break is the template's to give, as in Helm.
    let file = |value| format!("{}\n", *to_yaml(value).expect("flat"));
    let files: Vec<String> = cases.iter().map(file).collect();
    let answers = read(Program::Go, "from_yaml", &files);
    for ((value, file), go) in cases.iter().zip(&files).zip(answers) {
        let back: Value =
            serde_saphyr::from_str(file).unwrap_or_else(|error| panic!("{value}: {error}\n{file}"));
        assert!(same(&back, value), "{value} is read as {back}:\n{file}");
        let ours = as_json(&from_yaml(file).unwrap_or_else(|error| panic!("{value}: {error}\n{file}")));
        assert!(same(&ours, value), "{value} is read as {ours}:\n{file}");
        let go: Value = serde_json::from_str(&one(go).expect("YAML")).expect("JSON");
        assert!(same(&go, value), "{value} is read by Go as {go}:\n{file}");
    }
    println!("fromYaml: {} files", files.len());
}

/// Documents that people write, and whether we read them as Go does. What differs says why.
const DOCUMENTS: [(&str, Option<&str>); 63] = [
    ("a:\n- |2+\n\n", None),
    ("", None),
    ("\n# nothing\n", None),
    ("---\n", None),
    ("a: 1", None),
    ("a: 1\nb: [1, 2.5, x]\nc: {d: e}\n", None),
    ("a:\n- 1\n- - 2\n  - 3\n- b: c\n  d: e\n", None),
    ("a:\n  - 1\n  -\n    - 2\n", None),
    ("a: yes\nb: No\nc: on\nd: 'yes'\ne: y\n", None),
    ("yes: a\nno: b\n", None),
    ("a: ~\nb: null\nc:\nd: Null\n", None),
    ("a: 0x1F\nb: 0o17\nc: 017\nd: 08\ne: 0b11\nf: -0b11\n", None),
    ("a: 1_000\nb: 1e3\nc: .5\nd: 5.\ne: +5\nf: -5\n", None),
    (
        "a: 9223372036854775807\nb: 9223372036854775808\nc: 18446744073709551616\n",
        None,
    ),
    (
        "a: 2024-01-02\nb: 2024-01-02T03:04:05Z\nc: 2024-1-2 3:4:5\n",
        None,
    ),
    ("a: 1:30\nb: 12:30:45\n", None),
    ("a: |\n  x\n  y\nb: >\n  x\n  y\n\n  z\n", None),
    ("a: |-\n  x\nb: |+\n  x\n\nc: >-\n  x\n  y\n", None),
    ("a: |2\n    x\n", None),
    ("a: 'it''s'\nb: \"a\\tb\\x41\\u00e9\\n\"\n", None),
    ("a: \"x\n  y\"\nb: 'x\n\n  y'\nc: x\n  y\n", None),
    ("a: &x {b: 1}\nc: *x\n", None),
    ("a: &x [1]\nb: [*x, *x]\n", None),
    ("x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  b: 3\n", None),
    ("x: &x {a: 1}\nw: &w {a: 2, c: 3}\nz:\n  <<: [*x, *w]\n", None),
    ("a: !!str 5\nb: !!int \"5\"\nc: !!float 5\n", None),
    ("1: a\n1.5: b\ntrue: c\n", None),
    ("? a\n: b\n? c\n", None),
    ("{a: b, c: [d, e,],}\n", None),
    ("{\"a\":1,\"b\":[true,null]}", None),
    ("a: b # c\n# d\ne: f#g\n", None),
    ("a: http://x:80/y\nb: x:y\n", None),
    ("%YAML 1.1\n---\na: 1\n...\n", None),
    ("a: 1\n---\nb: 2\n", None),
    ("a: \"\\\"\"\n", None),
    ("a: -\nb: x\n", None),
    ("a: @x\n", None),
    ("a: `x`\n", None),
    ("a: %x\n", None),
    ("a: *x\n", None),
    ("a: b: c\n", None),
    ("a: [1\n", None),
    ("a: {b\n", None),
    ("a: 'x\n", None),
    ("a:\n\tb: 1\n", None),
    ("  a: 1\n b: 2\n", None),
    ("- a\n- b\n", None),
    ("text\n", None),
    ("5\n", None),
    ("a: .inf\n", None),
    ("a: .nan\n", None),
    (
        "a: 1\na: 2\n",
        Some("Go takes the last; a key that is there twice is a mistake"),
    ),
    ("~: a\n", None),
    ("[a]: b\n", None),
    ("{a: b}: c\n", None),
    ("a: !secret x\n", Some("Go takes an unknown tag for text")),
    (
        "a: !!binary aGk=\n",
        Some("JSON has no bytes, so they are no value of a template"),
    ),
    (
        "a: !!timestamp 2024-01-02\n",
        Some("Go makes a time of it, and text of that again"),
    ),
    ("a: \u{1}\n", None),
    ("a: 1e400\n", None),
    ("a: \"\\q\"\n", None),
    ("a: &x [*x]\n", None),
    (
        "z:\n  b: 3\n  <<: {b: 1, c: 2}\n",
        Some("Go lets a later << win over the map's own keys"),
    ),
];

#[test]
fn from_yaml_reads_what_helm_reads() {
    let files: Vec<String> = DOCUMENTS.iter().map(|(text, _)| (*text).to_owned()).collect();
    let mut wrong: Vec<String> = Vec::new();
    for ((text, difference), go) in DOCUMENTS.iter().zip(read(Program::Go, "from_yaml", &files)) {
        let go: Option<Value> = one(go)
            .ok()
            .map(|json| serde_json::from_str(&json).expect("JSON"));
        // As the function: a map, or nothing at all.
        let ours = match from_yaml(text) {
            Ok(Tree::Null) => Some(json!({})),
            Ok(tree @ Tree::Map(_)) => Some(as_json(&tree)),
            Ok(_) | Err(_) => None,
        };
        let alike = match (&ours, &go) {
            (Some(ours), Some(go)) => same(ours, go),
            (None, None) => true,
            _ => false,
        };
        if alike != difference.is_none() {
            wrong.push(format!("{text:?}: {ours:?}, Go: {go:?}, {difference:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
