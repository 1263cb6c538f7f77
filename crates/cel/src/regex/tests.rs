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
        ("^[ab]+?$", "ab", true),
        ("^a??$", "a", true),
        ("(?)", "", true),
        ("^(?i:a)a$", "Aa", true),
        ("^(?i:a)a$", "AA", false),
    ] {
        assert_eq!(matches(pattern, text), Ok(wants), "{pattern} {text}");
    }
}

/// Go repeats what stands before flags, and before a quotation of nothing.
#[test]
fn repetitions_reach_over_flags() {
    for (pattern, text, wants) in [
        (".(?U)+", "a", true),
        (".(?U)+", "", false),
        ("^a(?)+$", "aa", true),
        ("^a(?)+$", "", false),
        ("^ab(?i)+$", "abb", true),
        ("^ab(?i)+$", "abab", false),
        ("^a(?i)+A$", "aaa", true),
        ("^a(?i)+A$", "Aa", false),
        ("^a(?i)(?-i)+A$", "aA", true),
        ("^a(?i)(?-i)+A$", "aa", false),
        ("^a(?i){2}b$", "aaB", true),
        ("^(?:ab)(?s){2}$", "abab", true),
        ("^[ab](?s)*$", "abba", true),
        ("^(?i)*$", "", true),
        (r"\b(?s)?", "", true),
        ("((?i))+", "", true),
        // A repetition of a repetition, and none that is lazy.
        ("^a+(?i)?$", "", true),
        ("^a{2}(?s){3}$", "aaaaaa", true),
        ("^a{2}(?s){3}$", "aaa", false),
        ("^a*(?)*(?)+?$", "aaa", true),
        (r"^a+\Q\E?$", "", true),
        (r"^a(?i)\Q\E+$", "aa", true),
    ] {
        assert_eq!(matches(pattern, text), Ok(wants), "{pattern} {text}");
    }
}

/// Of repetitions inside one another, Go takes so many that no more than a thousand come of them.
#[test]
fn repetitions_multiply() {
    for (pattern, taken) in [
        ("(a{2}){500}", true),
        ("(a{2}){501}", false),
        ("(a{2,}b){501}", false),
        ("(a{1,2}b){501}", false),
        (r"(?:\b{30}){40}", false),
        ("(?:(?:){2}){501}", false),
        ("(?:x|(?:(?:){2})*){501}", false),
        ("(?:(?:){2}?(?:){3}){333}", true),
        ("(?:){2}(?s){501}", false),
        ("(?:(?:){1000}){1}", true),
        ("(?:(?:){1000}){0,1}", true),
        ("(?:(?:){1000}){0,}", true),
        ("(?:(?:){1000}){0}{1}", false),
        ("(?:(?:(?:){1000}){0}){1000}", true),
        ("(?:(?:(?:){2}){501}){0}", false),
    ] {
        assert_eq!(matches(pattern, "").is_ok(), taken, "{pattern}");
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
        "(?)+",
        "(?i)+",
        "a|(?i)+",
        "(?:(?i)+)",
        "(?P<n>(?i)+)",
        r"\Q\E+",
        "x*(?)**",
        "(?",
        "(?i",
        "(?-)",
        "(?i-)",
        "(?i-:a)",
        "(?i))",
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
