//! Tests of regular expressions.

use serde_json::json;

use super::compile;
use super::search::Search;
use super::tree::PatternError;
use crate::funcs::answered::{assert_limited, render, text};
use crate::{Limits, Meter};

/// The place of the first match.
fn find(pattern: &str, text: &str) -> Option<(usize, usize)> {
    let program = compile(pattern.as_bytes()).unwrap();
    let mut meter = Meter::new(&Limits::default());
    let found = Search::new(&program, text.as_bytes())
        .find(0, 1, &mut meter)
        .unwrap();
    found.map(|places| (places[0].unwrap(), places[1].unwrap()))
}

#[test]
fn the_first_way_wins() {
    let cases = [
        ("a|ab", "ab", Some((0, 1))),
        ("(?:a|ab)(?:c|bcd)", "abcd", Some((0, 4))),
        ("a*?", "aa", Some((0, 0))),
        ("(|a)*", "aa", Some((0, 0))),
        ("(|a)+", "aa", Some((0, 0))),
        ("(a|)+", "aa", Some((0, 2))),
        ("x{2,3}", "xxxx", Some((0, 3))),
        ("x{2,3}?", "xxxx", Some((0, 2))),
        ("(?U)x+", "xxx", Some((0, 1))),
        ("b$", "ab\n", None),
        ("(?m)b$", "ab\n", Some((1, 2))),
        (r"\bé", "é", None),
        (r"\d", "٣", None),
        ("(?i)k", "\u{212a}", Some((0, 3))),
        (r"\p{Greek}", "aω", Some((1, 3))),
        (r"\Qa.b\E+", "xa.bb", Some((1, 5))),
        ("[^a]", "\n", Some((0, 1))),
    ];
    for (pattern, text, expected) in cases {
        assert_eq!(find(pattern, text), expected, "{pattern} in {text:?}");
    }
}

#[test]
fn what_go_refuses_is_refused() {
    for pattern in [
        "(",
        ")",
        "a**",
        "*",
        "a{2,1}",
        "a{1001}",
        "(?:a{100}){11}",
        "[",
        "[z-a]",
        "[[:no:]]",
        r"\8",
        r"\1",
        r"\C",
        r"\Z",
        r"\p{Old_Italic}",
        r"\p{Grek}",
        "(?=a)",
        "(?P<>a)",
        "(?P<n",
        r"\",
        r"\x{110000}",
        "(?x)a",
    ] {
        assert!(
            matches!(compile(pattern.as_bytes()), Err(PatternError::Wrong(_))),
            "{pattern}"
        );
    }
    assert!(compile(b"\xff").is_err());
}

#[test]
fn what_is_too_large_is_refused() {
    let deep = format!("{}a{}", "(".repeat(500), ")".repeat(500));
    let folded = format!("(?i){}", r"[\x00-\x{10ffff}]".repeat(1000));
    for pattern in [
        deep,
        folded,
        r"[\pL\pN]".repeat(1000),
        "(a{1000}){1}".repeat(30),
        "a(?i)*(?i)*(?i)*(?i)*(?i)*(?i)*".to_owned(),
    ] {
        assert_eq!(
            compile(pattern.as_bytes()).err(),
            Some(PatternError::TooLarge),
            "{:.30}",
            pattern
        );
    }
}

#[test]
fn a_wrong_expression_does_not_match_and_fails_elsewhere() {
    assert_eq!(text(r#"{{regexMatch "(" "("}}"#), "false");
    for function in ["mustRegexMatch", "regexFind", "mustRegexFind"] {
        let error = text(&format!(r#"{{{{{function} "(" "("}}}}"#));
        assert!(error.contains("a closing ) is missing"), "{error}");
    }
}

#[test]
fn time_grows_with_the_text_only() {
    let data = json!({ "p": "(x+x+)+y", "x": "x".repeat(60_000), "q": "((a?){1000}){1}a{1000}" });
    // It ends, and says that there is none, or that it is too dear.
    for template in [
        "{{regexMatch .p .x}}",
        "{{regexFindAll .p .x -1}}",
        "{{regexMatch .q .x}}",
    ] {
        match render(template, &data, &Limits::default()) {
            Ok(output) => assert!(output.len() < 10),
            Err((phase, _)) => assert_eq!(phase, "limit"),
        }
    }
    assert_limited(r#"{{regexFindAll "x.*z|x" .x -1}}"#, &data);
    assert_limited(r#"{{regexReplaceAllLiteral "" .x .x}}"#, &data);
    let other_patterns = r#"{{range until 100000}}{{if regexMatch (printf "\\p{C}%d" .) "a"}}{{end}}{{end}}"#;
    assert_limited(other_patterns, &data);
}
