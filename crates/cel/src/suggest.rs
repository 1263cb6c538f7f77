//! "Did you mean …?"

/// Longer words are no typing mistakes, and the comparison is quadratic.
const LONGEST: usize = 64;

/// The known name that was probably meant: equal but for case and separators, or a slip of the finger or two away.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let folded = fold(word);
    let allowed = (folded.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&folded, &fold(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.chars().count())
        .min_by_key(|(distance, candidate)| (*distance, candidate.len().abs_diff(word.len())))
        .map(|(_, candidate)| candidate)
}

/// `; did you mean "x"?`, or nothing.
pub(crate) fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known)
        .map(|name| format!("; did you mean \"{name}\"?"))
        .unwrap_or_default()
}

fn fold(word: &str) -> String {
    word.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["statusCode", "bodyString", "headers", "size"];
        for (word, wants) in [
            ("statuscode", Some("statusCode")),
            ("status_code", Some("statusCode")),
            ("bodystrng", Some("bodyString")),
            ("header", Some("headers")),
            ("seize", Some("size")),
            ("zzz", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), wants, "{word}");
        }
        assert_eq!(nearest(&"x".repeat(10_000), known), None);
    }
}
