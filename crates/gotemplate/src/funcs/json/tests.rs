//! Tests of JSON.

use serde_json::json;

use crate::Limits;
use crate::funcs::answered::{assert_limited, render, text};

#[test]
fn a_map_that_holds_itself_has_no_form() {
    let cycle = r#"{{$d := dict "a" 1}}{{$_ := set $d "self" (list $d)}}"#;
    assert_eq!(text(&format!("{cycle}<{{{{toJson $d}}}}>")), "<>");
    assert!(text(&format!("{cycle}{{{{mustToJson $d}}}}")).contains("holds itself"));
    // The same map twice is no cycle.
    assert_eq!(
        text(r#"{{$d := dict "a" 1}}{{toJson (list $d $d)}}"#),
        r#"[{"a":1},{"a":1}]"#
    );
}

#[test]
fn escapes_are_those_of_go() {
    let data = json!("<\u{2028}\u{7f}\u{8}\u{c}\u{1}\"\\é");
    let output = render("{{toJson .}}{{toRawJson .}}", &data, &Limits::default()).unwrap();
    assert_eq!(
        String::from_utf8(output).unwrap(),
        concat!(
            r#""\u003c\u2028"#,
            "\u{7f}",
            r#"\b\f\u0001\"\\é""#,
            r#""<\u2028"#,
            "\u{7f}",
            r#"\b\f\u0001\"\\é""#
        )
    );
}

#[test]
fn depth_and_size_are_bounded() {
    let none = json!(null);
    let doubling = r#"{{$d := list 1}}{{range until 60}}{{$d = list $d $d}}{{end}}{{toJson $d}}"#;
    assert_limited(doubling, &none);
    assert_limited("{{fromJson .}}", &json!("[".repeat(100_000)));
    assert_limited("{{fromJson .}}", &json!(format!("[{}1]", "1,".repeat(500_000))));
}
