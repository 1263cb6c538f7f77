use std::path::Path;

use serde_json::{Value, json};

use super::scalar::Scalar;
use super::{Content, Item, Stream, Syntax, find, offset_in_text, read};
use crate::source::{Place, Source};

fn yaml(text: &str) -> Stream {
    read(text, Syntax::Guess)
}

fn one(text: &str) -> Result<Value, String> {
    let stream = yaml(text);
    if let Some(error) = stream.error {
        return Err(error.message);
    }
    let root = stream
        .documents
        .first()
        .and_then(|document| document.root.as_ref());
    Ok(root.map_or(Value::Null, |root| root.node.to_json()))
}

fn root(text: &str) -> Item {
    let stream = yaml(text);
    assert_eq!(stream.error, None, "{text}");
    stream
        .documents
        .into_iter()
        .next()
        .and_then(|it| it.root)
        .expect("a document")
}

/// Where we differ. YAML 1.2 has what go-yaml refuses, and refusing more than `kubectl` would be no help only where it
/// is a matter of taste; and JSON is read as `kubectl` reads JSON, not as YAML.
const DIFFERENT: [(&str, &str); 7] = [
    ("%YAML 1.2\n---\na: yes", "{\"a\":true}"),
    ("\ta: 1", "{\"a\":1}"),
    ("a: \"\\u00e9\\x41\\/\"", "{\"a\":\"éA/\"}"),
    ("a: \"\\ud83d\\ude00\"", "{\"a\":\"😀\"}"),
    ("{\"a\":1.0}", "{\"a\":1.0}"),
    (
        "{\"a\": 1e3, \"b\": 10000000000000000000}",
        "{\"a\":1e3,\"b\":1e19}",
    ),
    ("a: !!timestamp x", "{\"a\":\"x\"}"),
];

/// Each line: a document as a JSON string, a tab, and what the library makes of it (`error` for any error), as
/// `cases/README.md` says.
#[test]
fn scalars_mean_what_they_mean_to_kubernetes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/yaml-scalars.tsv");
    let table = std::fs::read_to_string(path).expect("the table");
    let mut wrong = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let (document, wanted) = line.split_once('\t').expect("two columns");
        let document: String = serde_json::from_str(document).expect("a document");
        let got = match one(&document) {
            Ok(value) => value.to_string(),
            Err(_) => "error".to_owned(),
        };
        let wanted = DIFFERENT
            .iter()
            .find(|(it, _)| *it == document)
            .map_or(wanted, |(_, ours)| ours);
        let same = got == wanted || (got != "error" && wanted != "error" && is_same(&got, wanted));
        if !same {
            wrong.push(format!("{document:?}: {got}, and Kubernetes has {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same JSON, whatever the order of the keys; a number is an integer in both or in none.
fn is_same(a: &str, b: &str) -> bool {
    let read = |text: &str| read(text, Syntax::Json).documents.into_iter().next()?.root;
    match (read(a), read(b)) {
        (Some(a), Some(b)) => a.node.to_json() == b.node.to_json(),
        _ => false,
    }
}

#[test]
fn json_numbers_are_what_they_look_like() {
    let value =
        one(r#"{"a": 1.0, "b": 1e3, "c": 1, "d": 10000000000000000000, "e": -0, "f": "\ud83d\ude00\/"}"#);
    let value = value.expect("JSON");
    assert_eq!(value["a"], json!(1.0));
    assert!(value["b"].is_f64() && value["c"].is_i64() && value["d"].is_f64());
    assert_eq!((&value["e"], &value["f"]), (&json!(0), &json!("😀/")));
}

#[test]
fn broken_json_says_where() {
    for (text, at, said) in [
        ("{\"a\": }", 6, "a value is expected here"),
        ("{\"a\" 1}", 5, "a colon is expected here"),
        ("{\"a\": 1 \"b\": 2}", 8, "a comma or } is expected here"),
        ("[1, 2", 5, "the text ends too early, a comma or ] is expected"),
        ("[01]", 3, "a number without leading zeros is expected here"),
        ("[1.]", 3, "a digit is expected here"),
        (
            "[\"\\x\"]",
            1,
            "the text in quotes has a control character or an escape that JSON does not have",
        ),
        ("[\"a]", 1, "the text in quotes does not end"),
        ("[1e999]", 1, "is too large a number"),
        ("{a: 1}", 1, "a key in double quotes is expected here"),
        ("[\"\\", 1, "the text in quotes does not end"),
    ] {
        let error = read(text, Syntax::Json).error.expect(text);
        assert_eq!((error.at, error.message.as_str()), (at, said), "{text}");
    }
    assert_eq!(read("{} []\n{}", Syntax::Json).documents.len(), 3);
}

#[test]
fn what_is_read_before_an_error_stays() {
    let stream = yaml("a: 1\n---\nb: {{ .x }}\n---\nc: 1\n");
    assert_eq!(stream.documents.len(), 1);
    let error = stream.error.expect("a mapping is no key");
    assert!(error.message.contains("helm template"), "{}", error.message);
    let error = yaml("a: 1\n{{- if .x }}\nb: 2\n{{- end }}\n")
        .error
        .expect("no YAML");
    assert!(
        error.message.contains("looks like a template"),
        "{}",
        error.message
    );
}

#[test]
fn keys_that_are_given_twice_are_noted() {
    let stream = yaml("a:\n- b: 1\n  c: 2\n  b: 3\na: 4\n");
    let found: Vec<_> = stream.documents[0]
        .duplicates
        .iter()
        .map(|it| (it.path.as_str(), it.first, it.at))
        .collect();
    assert_eq!(found, [("a[0].b", 5, 19), ("a", 0, 24)]);
    assert_eq!(one("{\"a\": 1, \"a\": 2}"), Ok(json!({"a": 2})));
}

#[test]
fn hostile_documents_are_refused() {
    let laughs = {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let aliases = vec![format!("*a{}", i - 1); 10].join(", ");
            text.push_str(&format!("a{i}: &a{i} [{aliases}]\n"));
        }
        text
    };
    let merges = {
        let keys: Vec<String> = (0..1000).map(|i| format!("k{i}: 1")).collect();
        let uses: Vec<String> = (0..2000).map(|i| format!("u{i}: {{<<: *m}}\n")).collect();
        format!("m: &m {{{}}}\n{}", keys.join(", "), uses.concat())
    };
    let text = {
        let uses = vec!["*t"; 2000].join(", ");
        format!("t: &t {}\nu: [{uses}]\n", "x".repeat(100_000))
    };
    let deep_aliases = {
        let mut text = "a0: &a0 [x]\n".to_owned();
        for i in 1..200 {
            text.push_str(&format!("a{i}: &a{i} [*a{}]\n", i - 1));
        }
        text
    };
    for (text, said) in [
        (laughs, "more than 500000 values"),
        (merges, "more than 500000 values"),
        (text, "too much text"),
        (deep_aliases, "deeper than 100"),
        ("[".repeat(100_000), ""),
        ("- ".repeat(100_000), ""),
        ("{\"a\":".repeat(100_000), ""),
        ("a: &a [*a]".to_owned(), "contains the alias itself"),
        ("a: *b".to_owned(), ""),
        ("? [1]\n: 2".to_owned(), "a key must be text"),
        ("a: !!int x".to_owned(), "as its tag says"),
        ("a: .inf".to_owned(), "JSON does not have"),
        ("\u{0}".to_owned(), ""),
    ] {
        let started = std::time::Instant::now();
        let error = yaml(&text).error.expect("refused");
        assert!(error.message.contains(said), "{}", error.message);
        assert!(started.elapsed().as_secs() < 5, "{said}");
        let error = read(&text, Syntax::Json).error.expect("no JSON either");
        assert!(!error.message.is_empty());
    }
}

#[test]
fn any_text_is_read_or_refused() {
    use proptest::prelude::*;
    let part = prop::sample::select(vec![
        "a",
        ":",
        " ",
        "\n",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        "|",
        ">",
        "&a",
        "*a",
        "<<",
        "!!int",
        "#",
        "1",
        "\\",
        ",",
        "?",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "\t",
        "é",
        "\u{feff}",
        "\r\n",
        "  ",
    ]);
    proptest!(ProptestConfig::with_cases(2000), |(parts in prop::collection::vec(part, 0..40))| {
        let text = parts.concat();
        for syntax in [Syntax::Guess, Syntax::Json] {
            let stream = read(&text, syntax);
            for root in stream.documents.iter().filter_map(|it| it.root.as_ref()) {
                prop_assert!(text.is_char_boundary(root.at) && root.at <= text.len());
                let _json = root.node.to_json();
            }
            if let Some(error) = stream.error {
                prop_assert!(error.at <= text.len());
            }
        }
    });
}

const OBJECT: &str = "\
metadata:
  annotations:
    patchbay.dev/mounts: git
spec:
  params:
  - name: depth
    value: 5
  - {name: b, value: \"x\"}
  data:
    .gitconfig: |
      one
      two
    a.b[0]: x
  env:
    - name: HTTP_PROXY
      value: y
";

#[test]
fn paths_lead_to_places() {
    let source = Source::new("f", OBJECT.to_owned());
    let root = root(OBJECT);
    for (path, line, column, rest) in [
        ("", 1, 1, ""),
        ("spec", 5, 3, ""),
        ("spec.params[0].value", 7, 12, ""),
        ("spec.params[1].value", 8, 22, ""),
        ("spec.params[1]", 8, 5, ""),
        ("spec.params[7].value", 6, 5, "[7].value"),
        ("spec.address", 5, 3, ".address"),
        ("metadata.annotations[patchbay.dev/mounts]", 3, 26, ""),
        (
            "metadata.annotations[patchbay.dev/mounts][0].connector",
            3,
            26,
            "[0].connector",
        ),
        ("spec.data[.gitconfig]", 11, 7, ""),
        ("spec.data[a.b[0]]", 13, 13, ""),
        ("spec.env[HTTP_PROXY].value", 16, 14, ""),
        ("wholly.other", 1, 1, "wholly.other"),
        (
            "spec.params[99999999999999999999]",
            6,
            5,
            "[99999999999999999999]",
        ),
    ] {
        let found = find(&root, path);
        let place = source.place(found.item.at);
        assert_eq!((place, found.rest), (Place { line, column }, rest), "{path}");
    }
    let found = find(&root, "spec.params");
    assert_eq!(source.place(found.key_at), Place { line: 5, column: 3 });
}

/// The place of `%` in what `k` holds is the place of `%` in the text.
#[test]
fn places_in_texts_are_found() {
    for text in [
        "k: a%b",
        "k: |\n  one\n\n    two %\n  three",
        "k: |2-\n    one\n   %",
        "k: >\n  one\n  two %\n\n  three",
        "k: \"a\\tb\\n\\u00e9 \\\n   %\"",
        "k: 'it''s\n\n  so %'",
        "k: one\n  two\n  %",
        "{\"k\": \"\\ud83d\\ude00\\n%\"}",
        "k: | # why\n\tx\n  %".trim_start_matches("never"),
        "k: |\r\n  one\r\n  %\r\n",
        "k: &a !!str |\n  %",
        "k: ä%",
    ] {
        let stream = yaml(text);
        if stream.error.is_some() {
            continue;
        }
        let root = root(text);
        let entry = root.node.get("k").expect("k");
        let Content::Scalar {
            text: value,
            style,
            means,
        } = &entry.item.node.content
        else {
            panic!("{text}")
        };
        assert_eq!(*means, Scalar::Text);
        let before = value.split('%').next().expect("a part");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        let found = offset_in_text(text, entry.item.node.at, *style, value, line, column);
        assert_eq!(found, text.find('%'), "{text:?} {value:?}");
        // Any other place is a place of the text, or none.
        for line in 0..6 {
            for column in 0..12 {
                let found = offset_in_text(text, entry.item.node.at, *style, value, line, column);
                assert!(
                    found.is_none_or(|at| text.is_char_boundary(at)),
                    "{text:?} {line} {column}"
                );
            }
        }
    }
}
