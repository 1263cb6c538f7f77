//! How values appear in messages: with their type, shortened, and without passwords.

use patchbay_template::suggest;
use serde_json::Value;

/// Longer texts are cut: a message must stay readable.
const TEXT_LIMIT: usize = 64;
/// Longer lists of names are cut.
const NAMES_LIMIT: usize = 12;
/// Longer names in a list are cut.
const NAME_LIMIT: usize = 80;

/// A value with its type: `"5" (string)`, `5 (integer)`, `an object`.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => format!("{b} (boolean)"),
        Value::Number(n) => format!("{n} ({})", type_name(value)),
        Value::String(s) => format!("{} (string)", text(s)),
        Value::Array(items) => format!("an array of {}", count(items.len(), "item")),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// A value without its type, as a person would write it in JSON.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(s) => text(s),
        Value::Array(_) | Value::Object(_) => shorten(&value.to_string(), TEXT_LIMIT),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// The JSON type of a value.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() && n.as_f64().is_none_or(|f| f.fract() != 0.0) => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// `a string`, `an integer`.
pub(crate) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {noun}")
}

/// `1 item`, `2 items`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// A text in quotes: shortened, control characters escaped, a password before an `@` replaced.
pub(crate) fn text(text: &str) -> String {
    format!("{:?}", shorten(&redact(text), TEXT_LIMIT))
}

/// A text without quotes, shortened, for examples.
pub(crate) fn bare(text: &str) -> String {
    shorten(text, TEXT_LIMIT)
        .chars()
        .filter(|c| !c.is_control())
        .collect()
}

fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The first line of a description that a person wrote, shortened.
pub(crate) fn sentence(description: &str) -> String {
    const SENTENCE_LIMIT: usize = 120;
    let line = description.trim().lines().next().unwrap_or_default();
    shorten(line, SENTENCE_LIMIT)
}

/// Replaces what may be `user:password` before an `@`. Works on text that is not a URL too, because what a person
/// mistyped still holds the password.
fn redact(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), text),
    };
    match rest.rsplit_once('@') {
        Some((before, after)) if before.contains(':') => format!("{scheme}***@{after}"),
        _ => text.to_owned(),
    }
}

/// `a`, `a and b`, `a, b and c`; a long list ends in a count.
pub(crate) fn names<T: AsRef<str>>(names: &[T]) -> String {
    let mut shown: Vec<String> = names
        .iter()
        .take(NAMES_LIMIT)
        .map(|name| shorten(name.as_ref(), NAME_LIMIT))
        .collect();
    if names.len() > NAMES_LIMIT {
        shown.push(format!("{} more", names.len() - NAMES_LIMIT));
    }
    match shown.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// `; did you mean "x"?` where a known word is near, else nothing.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    suggest::nearest(word, known)
        .map(|near| format!("; did you mean {near:?}?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_carry_their_type() {
        for (got, shown) in [
            (json!("5"), r#""5" (string)"#),
            (json!(5), "5 (integer)"),
            (json!(5.0), "5.0 (integer)"),
            (json!(5.5), "5.5 (number)"),
            (json!(true), "true (boolean)"),
            (json!(null), "null"),
            (json!([1]), "an array of 1 item"),
            (json!([1, 2]), "an array of 2 items"),
            (json!({"a": 1}), "an object"),
        ] {
            assert_eq!(value(&got), shown);
        }
    }

    #[test]
    fn long_texts_are_cut_and_control_characters_escaped() {
        assert_eq!(text(&"ä".repeat(1000)), format!("\"{}…\"", "ä".repeat(64)));
        assert_eq!(text("a\nb\u{1b}[0m"), r#""a\nb\u{1b}[0m""#);
    }

    #[test]
    fn passwords_before_an_at_sign_do_not_appear() {
        for (got, shown) in [
            ("http://user:hunter2@host/x", r#""http://***@host/x""#),
            ("http://user:hun/ter@2@host/x", r#""http://***@host/x""#),
            ("user:hunter2@host", r#""***@host""#),
            ("postgres://:hunter2@host", r#""postgres://***@host""#),
            ("http://user@host/x", r#""http://user@host/x""#),
            ("bob@example.com", r#""bob@example.com""#),
        ] {
            assert_eq!(text(got), shown, "{got}");
        }
    }

    #[test]
    fn lists_read_as_a_sentence() {
        assert_eq!(names::<&str>(&[]), "none");
        assert_eq!(names(&["a"]), "a");
        assert_eq!(names(&["a", "b"]), "a and b");
        assert_eq!(names(&["a", "b", "c"]), "a, b and c");
        let many: Vec<String> = (0..20).map(|i| format!("n{i}")).collect();
        assert!(names(&many).ends_with("n11 and 8 more"), "{}", names(&many));
    }
}
