//! Patterns.

use crate::{
    Limits,
    regex::compile,
    run::{Failure, Meter},
};

fn matches(pattern: &str, text: &str) -> Result<bool, Failure> {
    let mut meter = Meter::new(&Limits::default());
    compile(pattern, &mut meter)?.is_match(text, &mut meter)
}

#[test]
fn patterns_match() {
    for (pattern, text, wants) in [
        ("abc", "xabcx", true),
        ("^abc$", "xabc", false),
        ("a|b+c", "xbbc", true),
        ("(ab){2,3}c", "ababc", true),
        ("(ab){2,3}c", "abc", false),
        ("(ab){2,3}$", "abababab", true),
        ("^(ab){2,3}$", "abababab", false),
        ("a{0}b", "b", true),
        (r"\d+", "a1", true),
        (r"\d+", "٣", false),
        (r"^\w+$", "é", false),
        (r"\bfoo\b", "a foo b", true),
        (r"\bfoo\b", "afoo", false),
        (r"\Bo", "foo", true),
        ("^.$", "é", true),
        ("a.b", "a\nb", false),
        ("(?s)a.b", "a\nb", true),
        ("(?m)^b$", "a\nb\nc", true),
        ("^b$", "a\nb\nc", false),
        ("(?i)STRASSE", "strasse", true),
        ("[^a-c]", "abc", false),
        ("[^a-c]", "abcd", true),
        ("[[:alpha:]_]", "_", true),
        (r"\p{Greek}", "α", true),
        (r"\Qa.b\E", "a.b", true),
        (r"\Qa.b\E", "axb", false),
        ("x{", "x{", true),
        ("", "", true),
        ("$", "abc", true),
        ("(|a)*b", "aab", true),
    ] {
        assert_eq!(matches(pattern, text), Ok(wants), "{pattern} {text}");
    }
}

#[test]
fn wrong_patterns_are_refused() {
    for pattern in [
        "(",
        ")",
        "[",
        "a**",
        "*a",
        "a{2,1}",
        "a{1001}",
        r"\1",
        r"\y",
        "(?=a)",
        "(?<=a)",
        "[z-a]",
        r"\p{Nope}",
        "[[:nope:]]",
        r"\E",
        r"a\",
    ] {
        assert!(
            matches!(matches(pattern, ""), Err(Failure::Regex(_))),
            "{pattern}"
        );
    }
}

/// Large inside, or slow over a long text: an answer all the same, or a limit.
#[test]
fn dear_patterns_end() {
    let long = "a".repeat(64 * 1024);
    for pattern in [
        "((a{1000}){1000}){1000}",
        "(x?){2000}",
        &"(".repeat(500),
        &"a".repeat(2000),
    ] {
        assert!(
            matches!(matches(pattern, &long), Err(Failure::Regex(_))),
            "{pattern}"
        );
    }
    assert_eq!(matches("(a*)*(a*)*(a*)*b", &long), Err(Failure::Steps));
    assert_eq!(
        matches("b+c", &long),
        Ok(false),
        "what cannot begin costs next to nothing"
    );
}
